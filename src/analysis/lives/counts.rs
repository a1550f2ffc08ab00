//! Counts of one event in two scenarios: who has it in either, and the bounds that hold without common random numbers.

use serde::Serialize;

use super::person::{FIRST, FirstEvent, MonthIndex, PersonLife};

/// Counts of one event within the years simulated, among persons of both scenarios without an earlier occurrence: an
/// event before the first month cannot be prevented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EventCounts {
    /// Persons.
    pub persons: u64,
    /// Persons with the event under the comparator.
    pub comparator: u64,
    /// Persons with the event under the scenario.
    pub scenario: u64,
    /// Persons with the event under the comparator only.
    pub prevented: u64,
    /// Persons with the event under the scenario only.
    pub caused: u64,
    /// Of the prevented, those who under the scenario were gone by the month of the event: not protected, but absent.
    pub prevented_gone: u64,
    /// Of the caused, those who under the comparator were gone by the month of the event.
    pub caused_gone: u64,
    /// Persons with the event in both, later under the scenario.
    pub delayed: u64,
    /// Persons with the event in both, earlier under the scenario.
    pub hastened: u64,
    /// Months of delay, summed over the delayed.
    pub months_delayed: u64,
    /// Months of advance, summed over the hastened.
    pub months_hastened: u64,
}

impl EventCounts {
    /// Net reduction in the number of persons with the event: prevented minus caused.
    pub fn net(&self) -> i64 {
        self.comparator as i64 - self.scenario as i64
    }

    /// Persons with the event in either.
    pub fn either(&self) -> u64 {
        self.comparator + self.caused
    }

    /// Lower and upper bound of the number prevented, whatever the dependence between the two scenarios.
    pub fn prevented_bounds(&self) -> (u64, u64) {
        let spared = self.persons - self.scenario;
        (self.comparator.saturating_sub(self.scenario), self.comparator.min(spared))
    }

    /// Lower and upper bound of the number caused, whatever the dependence between the two scenarios.
    pub fn caused_bounds(&self) -> (u64, u64) {
        let spared = self.persons - self.comparator;
        (self.scenario.saturating_sub(self.comparator), self.scenario.min(spared))
    }

    /// Persons with the event per 1000, under the comparator and under the scenario; `None` without persons.
    pub fn per_thousand(&self) -> Option<(f64, f64)> {
        let of = |count: u64| 1000.0 * count as f64 / self.persons as f64;
        (self.persons > 0).then(|| (of(self.comparator), of(self.scenario)))
    }

    /// Variance of [`EventCounts::net`] if persons are independent, from their paired differences of −1, 0 and 1; `None`
    /// with one person.
    pub fn variance_of_net(&self) -> Option<f64> {
        let (n, net) = (self.persons as f64, self.net() as f64);
        let squares = (self.prevented + self.caused) as f64;
        (self.persons > 1).then(|| (squares - net * net / n) * n / (n - 1.0))
    }

    pub(super) fn see(&mut self, event: FirstEvent, comparator: &PersonLife, scenario: &PersonLife) {
        let (before, after) = (event.month(comparator), event.month(scenario));
        if [before, after].into_iter().flatten().any(|month| month < FIRST) {
            return;
        }
        self.persons += 1;
        self.comparator += u64::from(before.is_some());
        self.scenario += u64::from(after.is_some());
        let gone = |life: &PersonLife, month: MonthIndex| u64::from(life.gone.is_some_and(|gone| gone <= month));
        match (before, after) {
            (Some(month), None) => {
                self.prevented += 1;
                self.prevented_gone += gone(scenario, month);
            }
            (None, Some(month)) => {
                self.caused += 1;
                self.caused_gone += gone(comparator, month);
            }
            (Some(before), Some(after)) => {
                let months = u64::from(before.abs_diff(after));
                self.delayed += u64::from(after > before);
                self.hastened += u64::from(after < before);
                *(if after > before { &mut self.months_delayed } else { &mut self.months_hastened }) += months;
            }
            (None, None) => {}
        }
    }
}

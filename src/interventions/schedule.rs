//! The value of a card by city and month: its level inside the window of enrolment, the status quo outside.

use super::card::{Card, Level, Path};
use crate::engine::Window;
use crate::units::{Rows, Unit};
use crate::world::{City, Month};

/// Whether a month lies in the window of enrolment.
pub(super) fn is_open(window: Window, month: Month) -> bool {
    window.is_none_or(|(from, until)| (from..=until).contains(&month))
}

/// How a card is placed: its level, delay in months, and the cities in which it does not go beyond the status quo.
#[derive(Clone, Copy, Default)]
struct Placing<'a> {
    level: Level,
    delay: i32,
    without: &'a [City],
}

/// A value of a card by city and month as it applies: coverage, places, beds.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// At the level of the card.
    level: Path,
    /// At the level without the action programme.
    status_quo: Path,
    window: Window,
    cities: usize,
}

impl Schedule {
    /// The schedule of a value that `path` gives at each level.
    fn new(
        card: Placing<'_>,
        cities: usize,
        window: Window,
        path: impl Fn(Level) -> Result<Path, String>,
    ) -> Result<Schedule, String> {
        let outside = if card.level == Level::Off { Level::Off } else { Level::StatusQuo };
        let status_quo = path(outside)?;
        let level = path(card.level)?.later(&status_quo, card.delay, card.without);
        Ok(Schedule { level, status_quo, window, cities })
    }

    /// This schedule with more at every level.
    pub(super) fn plus(&self, more: &Path) -> Schedule {
        let (level, status_quo) = (self.level.plus(more), self.status_quo.plus(more));
        Schedule { level, status_quo, window: self.window, cities: self.cities }
    }

    /// The value in a city and month.
    pub fn at(&self, city: City, month: Month) -> f64 {
        if is_open(self.window, month) { &self.level } else { &self.status_quo }.at(city, month)
    }

    /// The highest value at the level of the card from `months` before a month on, also outside the window of enrolment.
    pub fn highest(&self, city: City, months: i32, month: Month) -> f64 {
        self.level.highest(city, month.plus(-months), month)
    }

    /// The value by city and month at the level of the card, also outside the window of enrolment.
    pub fn path(&self) -> &Path {
        &self.level
    }

    /// The excess over the status quo.
    pub fn beyond(&self, city: City, month: Month) -> f64 {
        self.at(city, month) - self.status_quo.at(city, month)
    }

    /// Number of cities.
    pub fn cities(&self) -> usize {
        self.cities
    }

    /// Months from which the value of a city may be another, ascending.
    pub fn changes(&self, city: City) -> Vec<Month> {
        let lists = [&self.level, &self.status_quo].into_iter().filter_map(|path| path.steps().get(city));
        let mut months: Vec<Month> = lists.flatten().map(|(month, _)| *month).collect();
        months.extend(self.window.into_iter().flat_map(|(from, until)| [from, until.plus(1)]));
        months.sort();
        months.dedup();
        months
    }

    /// Whether the value is above 0 in any city and month from `from` to before `until`.
    pub fn any(&self, from: Month, until: Month) -> bool {
        self.in_any(from, until, |city, month| self.at(city, month) > 0.0)
    }

    /// Whether the value is other than the status quo in any city and month from `from` to before `until`.
    pub fn goes_beyond(&self, from: Month, until: Month) -> bool {
        self.in_any(from, until, |city, month| self.at(city, month) != self.status_quo.at(city, month))
    }

    fn in_any(&self, from: Month, until: Month, holds: impl Fn(City, Month) -> bool) -> bool {
        (0..until.since(from).max(0)).any(|ahead| (0..self.cities).any(|city| holds(city, from.plus(ahead))))
    }
}

impl Card {
    fn placed(&self) -> Placing<'_> {
        Placing { level: self.level, delay: self.delay as i32, without: &self.without_cities }
    }

    /// The schedule of a table of this card: coverage or places.
    ///
    /// # Errors
    /// Names a missing column, a city out of range, or years out of order.
    pub fn schedule<U: Unit>(&self, table: &Rows<U>, cities: usize, window: Window) -> Result<Schedule, String> {
        Schedule::new(self.placed(), cities, window, |level| Path::of(table, level, cities))
    }

    /// The schedule of the places (or dwellings per year) of a kind that this card adds.
    ///
    /// # Errors
    /// As [`Card::schedule`].
    pub fn beds_schedule(&self, kind: &str, cities: usize, window: Window) -> Result<Schedule, String> {
        Schedule::new(self.placed(), cities, window, |level| self.beds_at(kind, level, cities))
    }

    /// The schedule of the places that this card adds to another programme.
    ///
    /// # Errors
    /// As [`Card::schedule`].
    pub fn more_places_schedule(&self, programme: &str, cities: usize, window: Window) -> Result<Schedule, String> {
        Schedule::new(self.placed(), cities, window, |level| self.more_places_at(programme, level, cities))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_of_a_card_applies_inside_the_window_of_enrolment_and_the_status_quo_outside() {
        let path = |level| Ok(Path::constant(if level == Level::Full { 0.75 } else { 0.25 }));
        let window = Some((Month(12), Month(23)));
        let full = Placing { level: Level::Full, ..Placing::default() };
        let schedule = Schedule::new(full, 4, window, path).expect("two paths");
        let months = [11, 12, 23, 24].map(Month);
        assert_eq!(months.map(|month| schedule.at(1, month)), [0.25, 0.75, 0.75, 0.25]);
        assert_eq!(months.map(|month| schedule.beyond(1, month)), [0.0, 0.5, 0.5, 0.0]);
        assert_eq!(schedule.changes(1)[1..], [Month(12), Month(24)]);
        assert!(schedule.goes_beyond(Month(0), Month(13)) && !schedule.goes_beyond(Month(0), Month(12)));
        let always = Schedule::new(full, 4, None, path).expect("two paths");
        assert_eq!(always.at(1, Month(500)), 0.75);
        let left_out = Placing { without: &[1], ..full };
        let schedule = Schedule::new(left_out, 4, None, path).expect("two paths");
        assert_eq!((schedule.at(1, Month(12)), schedule.at(2, Month(12))), (0.25, 0.75));
    }
}

//! A budget as a limit: a programme enrols persons until the money of the year is spent.
//!
//! A start is charged to the year in which it takes place, with the price per start and that of the months of the whole
//! stay: who has started can go on. A person may start as long as any money is left, so a year costs less than one start
//! more than its budget. What was spent beyond it is taken off the next year.
//!
//! The rule gives the same number of starts on average at any scale. A simulated start costs its full price, while the
//! budget is multiplied by the scale, so that one start may cost the money of several years. The money therefore begins
//! with a debt that is uniform between nothing and the price of a start: a budget for n starts, which need not be a whole
//! number, then pays for n starts on average, from the first year on. At full scale what is left at the end of a year
//! is lost. A small population has too few requests to spend its money evenly, and keeps as much as makes it lose the
//! same share: a budget for N starts a year at full scale loses about 1/√(2πN) of them when requests are as many as the
//! budget pays for, and a balance of at most M starts loses 1/(2M), so M = √(πN/2) · (1 − √scale).

use crate::interventions::card::{Card, Per, Programme};
use crate::world::{Funds, Month};

/// Budget of a programme, in all cities together.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// Calendar years, ascending, each with the euro a year from then on.
    steps: Vec<(i32, f64)>,
    /// Months by which the years of the budget begin later, as the measure does.
    delay: i32,
    /// Euro per start.
    per_start: f64,
    /// Euro per participant and month.
    per_month: f64,
    /// Mean months of a stay.
    stay: f64,
}

impl Budget {
    /// The budget of a programme; `None` if it has none.
    ///
    /// # Errors
    /// Names a missing column.
    pub fn of(card: &Card, programme: &Programme) -> Result<Option<Budget>, String> {
        let Some(table) = &programme.budget else { return Ok(None) };
        let years = table.values("year")?;
        let steps = years.into_iter().map(|year| year as i32).zip(table.values("euro")?).collect();
        Ok(Some(Budget {
            steps,
            delay: card.delay as i32,
            per_start: card.price_per(Per::Start),
            per_month: card.price_per(Per::PersonMonth),
            stay: programme.mean_stay(),
        }))
    }

    /// Euro a year in a year; `None` before the first.
    fn euro(&self, year: i32) -> Option<f64> {
        let at = self.steps.partition_point(|(from, _)| *from <= year);
        at.checked_sub(1).map(|at| self.steps[at].1)
    }

    /// Euro of a start whose stay has this number of months.
    pub(super) fn price(&self, months: f64) -> f64 {
        self.per_start + self.per_month * months
    }

    /// Largest amount that is kept at the end of a year, for a budget of this many euro a year at this scale.
    fn most(&self, given: f64, scale: f64) -> f64 {
        let price = self.price(self.stay);
        if price <= 0.0 || scale <= 0.0 {
            return 0.0;
        }
        let starts = given / scale / price;
        price * libm::sqrt(std::f64::consts::FRAC_PI_2 * starts) * (1.0 - libm::sqrt(scale.min(1.0)))
    }

    /// Adds the money of a year when it begins, or of the rest of it when the budget changes. `u`, uniform between 0 and
    /// 1, is the debt at the beginning.
    pub(super) fn fund(&self, funds: &mut Funds, now: Month, scale: f64, u: f64) {
        let planned = now.plus(-self.delay);
        let year = planned.year();
        let Some(euro) = self.euro(year) else {
            *funds = Funds::default();
            return;
        };
        let given = euro * scale;
        match funds.year {
            None => *funds = Funds { left: -u * self.price(self.stay), given: 0.0, year: Some(year) },
            Some(before) if before != year => {
                let kept = funds.left.min(self.most(funds.given.min(given), scale));
                *funds = Funds { left: kept, given: 0.0, year: Some(year) };
            }
            Some(_) => {}
        }
        let rest = (12 - planned.of_year()) as f64 / 12.0;
        funds.left += (given - funds.given) * rest;
        funds.given = given;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(steps: &[(i32, f64)], delay: i32) -> Budget {
        Budget { steps: steps.to_vec(), delay, per_start: 900.0, per_month: 20.0, stay: 5.0 }
    }

    /// Starts by year, from January 2008, when this many persons ask each month and wait for as long as they must.
    fn starts(budget: &Budget, scale: f64, u: f64, asked: usize, years: usize) -> Vec<usize> {
        let (mut funds, mut waiting) = (Funds::default(), 0);
        let mut year = |year: usize| {
            let mut count = 0;
            for month in 0..12 {
                budget.fund(&mut funds, Month((12 * year + month) as i16), scale, u);
                waiting += asked;
                while waiting > 0 && (funds.year.is_none() || funds.left > 0.0) {
                    funds.left -= budget.price(budget.stay);
                    (waiting, count) = (waiting - 1, count + 1);
                }
            }
            count
        };
        (0..years).map(&mut year).collect()
    }

    #[test]
    fn a_budget_pays_for_as_many_starts_on_average_at_every_scale() {
        // 1,000 euro a start: 137.4 starts a year.
        let budget = budget(&[(2008, 137_400.0)], 0);
        let phases = 1000;
        for scale in [0.001, 0.01, 0.3, 1.0] {
            let mean = |year: usize| -> f64 {
                let of = |phase: i32| {
                    let u = (f64::from(phase) + 0.5) / f64::from(phases);
                    starts(&budget, scale, u, 400, 3)[year] as f64
                };
                (0..phases).map(of).sum::<f64>() / f64::from(phases) / scale
            };
            for year in 0..3 {
                // A start is reached or not in steps of one phase.
                let error = 2.0 / f64::from(phases) / scale;
                assert!((mean(year) - 137.4).abs() < error, "{} in year {year} at {scale}", mean(year));
            }
        }
    }

    #[test]
    fn no_year_costs_a_whole_start_more_than_its_budget_and_the_excess_is_paid_back() {
        let budget = budget(&[(2008, 10_400.0)], 0);
        let all = starts(&budget, 1.0, 0.0, 50, 5);
        let mut total = 0;
        for (year, count) in all.iter().enumerate() {
            total += count;
            assert!((*count as f64) < 10.4 + 1.0, "{count} starts");
            let (least, most) = (10.4 * (year + 1) as f64, 10.4 * (year + 1) as f64 + 1.0);
            assert!((least..most).contains(&(total as f64)), "{total} starts after year {year}");
        }
    }

    #[test]
    fn half_the_budget_pays_for_half_the_starts_and_none_for_none() {
        let total = |euro: f64| starts(&budget(&[(2008, euro)], 0), 1.0, 0.5, 400, 4).iter().sum::<usize>() as f64;
        assert!((total(100_000.0) - 400.0).abs() <= 1.0 && (total(50_000.0) - 200.0).abs() <= 1.0);
        assert_eq!(total(0.0), 0.0);
    }

    #[test]
    fn what_is_left_at_full_scale_is_lost_and_a_year_without_budget_has_no_money() {
        let paid = |steps: &[(i32, f64)], delay: i32, scale: f64| {
            let (budget, mut funds) = (budget(steps, delay), Funds::default());
            let mut by_year = Vec::new();
            for month in 0..48 {
                budget.fund(&mut funds, Month(month), scale, 0.0);
                if month % 12 == 11 {
                    by_year.push(funds.left);
                }
            }
            by_year
        };
        assert_eq!(paid(&[(2008, 5000.0), (2010, 3000.0)], 0, 1.0), [5000.0, 5000.0, 3000.0, 3000.0]);
        assert_eq!(paid(&[(2008, 5000.0), (2010, 0.0)], 0, 0.01)[2..], [0.0, 0.0], "money ends");
        let left = paid(&[(2008, 100_000.0)], 0, 0.25)[3];
        let most = 1000.0 * libm::sqrt(std::f64::consts::FRAC_PI_2 * 100.0) * 0.5;
        assert!((left - 25_000.0 - most).abs() < 1e-6, "{left}");
        // Half a year later: no limit in 2008, then years from July to June.
        let budget = budget(&[(2008, 5000.0)], 6);
        let mut funds = Funds::default();
        budget.fund(&mut funds, Month(5), 1.0, 0.0);
        assert_eq!(funds.year, None, "no limit yet");
        budget.fund(&mut funds, Month(6), 1.0, 0.0);
        assert_eq!((funds.left, funds.year), (5000.0, Some(2008)));
        budget.fund(&mut funds, Month(17), 1.0, 0.0);
        assert_eq!(funds.left, 5000.0);
        funds.left = -300.0;
        budget.fund(&mut funds, Month(18), 1.0, 0.0);
        assert_eq!(funds.left, 4700.0);
    }

    #[test]
    fn a_scenario_that_begins_within_a_year_changes_the_rest_of_it() {
        let mut funds = Funds::default();
        budget(&[(2008, 12_000.0)], 0).fund(&mut funds, Month(0), 1.0, 0.0);
        budget(&[(2008, 6000.0)], 0).fund(&mut funds, Month(6), 1.0, 0.0);
        assert_eq!(funds.left, 9000.0);
        budget(&[(2008, 6000.0)], 0).fund(&mut funds, Month(7), 1.0, 0.0);
        assert_eq!(funds.left, 9000.0);
        let mut new = Funds::default();
        budget(&[(2008, 6000.0)], 0).fund(&mut new, Month(9), 1.0, 0.0);
        assert_eq!(new.left, 1500.0, "a quarter of the year");
    }
}

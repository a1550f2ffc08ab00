//! Amounts: volumes multiplied by prices, in integers, so that sums do not depend on the order of addition.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::prices::{CostUnit, Cutoffs, Price, Steps};
use crate::money::{Cents, Discounting, PRICE_YEAR, factor, present_years};
use crate::world::{City, Month, PLACES};

/// Discounting rules, in the order of their columns.
const RULES: [Discounting; 3] = [Discounting::Zin2024, Discounting::Zin2016, Discounting::Mkba2021];
/// Counts are stored in billionths, as integers.
const COUNT: f64 = 1e9;
/// Years of health are stored in thousandths.
const HEALTH: f64 = 1e3;
/// Within a year amounts are stored in this many parts of a cent or of a thousandth, and rounded at the end of the
/// year, so that twelve monthly fractions of a cent are not lost.
pub(super) const FINE: i64 = 10_000;

/// Total of one line in one city and year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Amount {
    /// In billionths.
    count: i64,
    /// In cents, or thousandths of a year of health; for the current year in fine parts of these.
    amount: i64,
    /// Value in that year under each rule: lower than `amount` where the amount covers later years.
    present: [i64; 3],
}

impl CostUnit {
    /// Number of smallest parts in one unit.
    fn parts(self) -> f64 {
        if self == CostUnit::Euro { 100.0 } else { HEALTH }
    }

    fn rate(self, rule: Discounting) -> f64 {
        if self == CostUnit::Euro { rule.costs() } else { rule.effects() }
    }
}

impl Amount {
    /// Adds another amount in the same unit.
    pub(super) fn add(&mut self, other: &Amount) {
        self.count += other.count;
        self.amount += other.amount;
        for (sum, more) in self.present.iter_mut().zip(other.present) {
            *sum += more;
        }
    }

    /// A count at a price, in fine parts.
    pub(super) fn of(unit: CostUnit, count: f64, price: f64) -> Amount {
        let amount = libm::round(count * price * unit.parts() * FINE as f64) as i64;
        Amount { count: libm::round(count * COUNT) as i64, amount, present: [amount; 3] }
    }

    /// A count of persons who lose a number of years of health in the year.
    pub(super) fn lost(unit: CostUnit, count: f64, years: f64) -> Amount {
        Amount { count: libm::round(count * COUNT) as i64, ..Amount::of(unit, years, 1.0) }
    }

    /// Fine parts rounded to whole ones.
    pub(super) fn rounded(&self) -> Amount {
        let whole = |fine: i64| (fine + FINE / 2).div_euclid(FINE);
        Amount { count: self.count, amount: whole(self.amount), present: self.present.map(whole) }
    }

    /// Number of units paid for or weighed.
    pub(super) fn count(&self) -> f64 {
        self.count as f64 / COUNT
    }

    /// The amount in its unit, without discounting.
    pub(super) fn amount(&self, unit: CostUnit) -> f64 {
        self.amount as f64 / unit.parts()
    }

    /// The amount of a year in its unit, discounted to the price year under each rule, in the order of the columns.
    pub(super) fn discounted(&self, unit: CostUnit, year: i32) -> [f64; 3] {
        std::array::from_fn(|rule| {
            let worth = factor(unit.rate(RULES[rule]), year - PRICE_YEAR);
            self.present[rule] as f64 / unit.parts() * worth
        })
    }
}

/// Charges a one-off price when it is due and not charged yet.
pub(super) fn once(
    price: &Price,
    beyond: &Steps,
    (lived, cities): (Month, usize),
    scale: f64,
    paid: &mut BTreeSet<(String, String)>,
    sums: &mut [Amount; PLACES],
) {
    let reached: Vec<City> = (0..cities).filter(|city| beyond.at(*city, lived) > 0.0).collect();
    if reached.is_empty() || !paid.insert((price.item.clone(), price.entry.clone())) {
        return;
    }
    let equal = vec![1.0; reached.len()];
    let whole = Amount::of(price.unit, scale, price.price).rounded();
    let (counts, amounts) = (Cents(whole.count).split(&equal), Cents(whole.amount).split(&equal));
    for (city, (count, amount)) in reached.into_iter().zip(counts.into_iter().zip(amounts)) {
        let amount = amount.0 * FINE;
        sums[city].add(&Amount { count: count.0, amount, present: [amount; 3] });
    }
}

/// Remaining life years of a person who was killed at an age.
pub(in crate::outcomes) fn years_left(age_months: i32, cutoffs: &Cutoffs) -> f64 {
    (cutoffs.life_expectancy - f64::from(age_months) / 12.0).max(cutoffs.least_left)
}

/// The life years lost by one person who was killed, and their value in the year of death.
pub(super) fn killed(price: &Price, age_months: i32, cutoffs: &Cutoffs) -> Amount {
    let left = years_left(age_months, cutoffs);
    let present = RULES.map(|rule| {
        let years = present_years(price.unit.rate(rule), left);
        libm::round(years * price.price * price.unit.parts() * FINE as f64) as i64
    });
    Amount { present, ..Amount { count: COUNT as i64, ..Amount::of(price.unit, left, price.price) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::costs::priced::{cells, everywhere, price, priced};
    use crate::outcomes::costs::{CostKind, Pricing, Volume};

    #[test]
    fn fixed_costs_are_those_of_the_scale_and_paid_once() {
        let from = Month::january(2008).plus(6);
        let prices = |coverage: f64| {
            vec![
                price(
                    CostKind::Programme,
                    "project",
                    "municipality",
                    721_000.01,
                    Volume::Once(everywhere(coverage, from)),
                ),
                price(
                    CostKind::Programme,
                    "teams",
                    "municipality",
                    87_500.0,
                    Volume::CityYears(everywhere(coverage, from)),
                ),
            ]
        };
        let mut small = priced(0.1, prices(0.5));
        small.live_until(Month::january(2009));
        // A branched scenario does not pay again for what was paid before the branch.
        small
            .outcomes
            .change(|settings| settings.pricing = Pricing { scale: 0.1, prices: prices(1.0), ..Pricing::default() });
        small.live_until(Month::january(2010));
        let table = small.table();
        assert_eq!(cells(&table, 2008, "G4", "project", "amount"), [72_100.0]);
        assert_eq!(cells(&table, 2008, "Utrecht", "project", "amount"), [36_050.0]);
        assert_eq!(cells(&table, 2009, "G4", "project", "amount"), [0.0]);
        // Half a year at half coverage in each of two cities; then a full year at full coverage.
        assert_eq!(cells(&table, 2008, "G4", "teams", "amount"), [4375.0]);
        assert!((cells(&table, 2009, "Utrecht", "teams", "count")[0] - 0.1).abs() < 1e-7);
    }
}

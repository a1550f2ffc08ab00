//! Money: whole cents, price indexation, and discounting (*disconteren*).
//!
//! Pure functions. Sums are of whole cents, so that parts by payer add up exactly to the total.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Euro, Ratio, Rows};

/// The price level of all amounts, and the base year of discounting.
pub const PRICE_YEAR: i32 = 2008;

/// An amount of money in whole cents of the price year 2008.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(pub i64);

impl Cents {
    /// Euro in whole cents; halves are rounded away from zero, and values outside the range of `i64` are clamped.
    pub fn of(euro: f64) -> Cents {
        Cents(libm::round(euro * 100.0) as i64)
    }

    /// The amount in euro.
    pub fn euro(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Divides an amount among parts in proportion to their weights (at least 0); the parts add up exactly to the
    /// amount.
    ///
    /// The running total is rounded, not each part, so that no cent is lost or gained. If all weights are 0 the first
    /// part takes all.
    pub fn split(self, weights: &[f64]) -> Vec<Cents> {
        let total: f64 = weights.iter().sum();
        let mut parts = Vec::with_capacity(weights.len());
        let (mut weighed, mut given) = (0.0, 0);
        for (at, weight) in weights.iter().enumerate() {
            weighed += weight;
            let last = at + 1 == weights.len() || total <= 0.0;
            let until = if last { self.0 } else { libm::round(self.0 as f64 * (weighed / total)) as i64 };
            parts.push(Cents(until - given));
            given = until;
        }
        parts
    }
}

impl From<Euro> for Cents {
    fn from(euro: Euro) -> Cents {
        Cents::of(euro.get())
    }
}

impl Add for Cents {
    type Output = Cents;

    fn add(self, other: Cents) -> Cents {
        Cents(self.0 + other.0)
    }
}

impl Sub for Cents {
    type Output = Cents;

    fn sub(self, other: Cents) -> Cents {
        Cents(self.0 - other.0)
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Cents) {
        self.0 += other.0;
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Cents>>(all: I) -> Cents {
        all.fold(Cents(0), Add::add)
    }
}

/// Organisation or budget that pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The municipality.
    Municipality,
    /// The national government (*Rijk*).
    Rijk,
    /// The national insurance for long-term care (*AWBZ*).
    Awbz,
    /// Police and justice.
    Justice,
    /// Other organisations or persons.
    Other,
}

impl Payer {
    /// All of them, in the order of tables.
    pub const ALL: [Payer; 5] = [Payer::Municipality, Payer::Rijk, Payer::Awbz, Payer::Justice, Payer::Other];

    /// The payer of that name.
    pub fn named(word: &str) -> Option<Payer> {
        Payer::ALL.into_iter().find(|payer| payer.word() == word)
    }

    /// The word used in files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Payer::Municipality => "municipality",
            Payer::Rijk => "rijk",
            Payer::Awbz => "awbz",
            Payer::Justice => "justice",
            Payer::Other => "other",
        }
    }
}

/// A Dutch discounting rule: a yearly rate for costs and one for health effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discounting {
    /// Health-economic guideline of 2024 (*Zorginstituut Nederland*).
    #[serde(rename = "zin-2024")]
    Zin2024,
    /// Health-economic guideline of 2016.
    #[serde(rename = "zin-2016")]
    Zin2016,
    /// Social cost-benefit analysis (*maatschappelijke kosten-batenanalyse*), working group of 2020, in force since
    /// 2021.
    #[serde(rename = "mkba-2021")]
    Mkba2021,
    /// No discounting.
    None,
}

impl Discounting {
    /// All rules, in the order of tables.
    pub const ALL: [Discounting; 4] =
        [Discounting::Zin2024, Discounting::Zin2016, Discounting::Mkba2021, Discounting::None];

    /// The word used in files and reports.
    pub fn word(self) -> &'static str {
        match self {
            Discounting::Zin2024 => "zin-2024",
            Discounting::Zin2016 => "zin-2016",
            Discounting::Mkba2021 => "mkba-2021",
            Discounting::None => "none",
        }
    }

    /// Discount rate for costs, per year.
    pub fn costs(self) -> f64 {
        match self {
            Discounting::Zin2024 => 0.03,
            Discounting::Zin2016 => 0.04,
            Discounting::Mkba2021 => 0.0225,
            Discounting::None => 0.0,
        }
    }

    /// Discount rate for health effects, per year.
    pub fn effects(self) -> f64 {
        match self {
            Discounting::Zin2024 | Discounting::Zin2016 => 0.015,
            Discounting::Mkba2021 => 0.0225,
            Discounting::None => 0.0,
        }
    }
}

/// Discount factor of a number of years after 2008, at a yearly rate above -1.
pub fn factor(rate: f64, years_since_2008: i32) -> f64 {
    libm::pow(1.0 + rate, -f64::from(years_since_2008))
}

/// Present value of one unit per year, received continuously for a number of years from now, at a yearly rate of at
/// least 0.
pub fn present_years(rate: f64, years: f64) -> f64 {
    if rate <= 0.0 { years } else { -libm::expm1(-years * libm::log1p(rate)) / libm::log1p(rate) }
}

/// Consumer price index: converts amounts of other years to euro of 2008.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceIndex(Vec<(i32, f64)>);

impl PriceIndex {
    /// The index of a table with the columns `year` and `factor` (euro of 2008 for one euro of that year).
    ///
    /// # Errors
    /// Names a missing column, a year that is not whole or occurs twice, a factor of 0, or a factor of 2008 other than
    /// 1.
    pub fn of(table: &Rows<Ratio>) -> Result<PriceIndex, String> {
        let (years, factors) = (table.values("year")?, table.values("factor")?);
        let mut index: Vec<(i32, f64)> = Vec::with_capacity(years.len());
        for (row, (year, factor)) in years.into_iter().zip(factors).enumerate() {
            let at = row + 1;
            if year.fract() != 0.0 || !(1900.0..=2200.0).contains(&year) {
                return Err(format!("row {at}: {year} is not a calendar year"));
            }
            let year = year as i32;
            if factor <= 0.0 {
                return Err(format!("row {at}: a factor of {factor} for {year} is not above 0"));
            }
            if year == PRICE_YEAR && factor != 1.0 {
                return Err(format!("row {at}: the factor of {PRICE_YEAR} is {factor}; it is 1 by definition"));
            }
            if index.iter().any(|(known, _)| *known == year) {
                return Err(format!("row {at}: {year} occurs twice"));
            }
            index.push((year, factor));
        }
        index.sort_by_key(|(year, _)| *year);
        Ok(PriceIndex(index))
    }

    /// An amount in euro of a year, in cents of 2008.
    ///
    /// # Errors
    /// For an unknown year: names the years in the table.
    pub fn to_2008(&self, euro: f64, year: i32) -> Result<Cents, String> {
        if year == PRICE_YEAR {
            return Ok(Cents::of(euro));
        }
        match self.0.iter().find(|(known, _)| *known == year) {
            Some((_, factor)) => Ok(Cents::of(euro * factor)),
            None => {
                let years: Vec<String> = self.0.iter().map(|(year, _)| year.to_string()).collect();
                Err(format!("no price level of {year}; the table has {}", years.join(", ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(rows: &[[f64; 2]]) -> Result<PriceIndex, String> {
        let columns = vec!["year".to_owned(), "factor".to_owned()];
        PriceIndex::of(&Rows::new(1.0, columns, rows.iter().map(|row| row.to_vec()).collect())?)
    }

    #[test]
    fn factors_are_those_worked_out_by_hand() {
        // 1 / 1.03, 1 / 1.04^2 = 1 / 1.0816, 1 / 1.0225^3 = 1 / 1.069030140625, 1 / 1.015^10 = 1 / 1.160540825.
        for (rate, years, by_hand) in
            [(0.03, 1, 0.970_873_786), (0.04, 2, 0.924_556_213), (0.0225, 3, 0.935_427_321), (0.015, 10, 0.861_667_232)]
        {
            assert!((factor(rate, years) - by_hand).abs() < 1e-8, "{rate} over {years} years: {}", factor(rate, years));
        }
        for rule in Discounting::ALL {
            assert_eq!(factor(rule.costs(), 0), 1.0, "2008 itself counts in full");
        }
        assert_eq!(factor(Discounting::None.costs(), 40), 1.0);
    }

    #[test]
    fn rules_have_their_rates() {
        let rates: Vec<(&str, f64, f64)> =
            Discounting::ALL.iter().map(|rule| (rule.word(), rule.costs(), rule.effects())).collect();
        let wanted =
            [("zin-2024", 0.03, 0.015), ("zin-2016", 0.04, 0.015), ("mkba-2021", 0.0225, 0.0225), ("none", 0.0, 0.0)];
        assert_eq!(rates, wanted);
        for rule in Discounting::ALL {
            assert_eq!(serde_json::to_value(rule).ok(), Some(rule.word().into()));
        }
    }

    #[test]
    fn years_to_come_are_worth_less_together() {
        // (1 - 1.015^-40) / ln 1.015 = (1 - 0.551262) / 0.01488861 = 30.1397.
        assert!((present_years(0.015, 40.0) - 30.1397).abs() < 1e-3, "{}", present_years(0.015, 40.0));
        assert_eq!(present_years(0.0, 40.0), 40.0);
        assert_eq!(present_years(0.0225, 0.0), 0.0);
    }

    #[test]
    fn money_of_another_year_is_brought_to_2008() {
        let index = index(&[[1997.0, 1.279], [2008.0, 1.0], [2016.0, 0.891]]).expect("a sound table");
        // 150.7 million euro of 1997 are 192.7453 million of 2008.
        assert_eq!(index.to_2008(150.7e6, 1997), Ok(Cents(19_274_530_000)));
        assert_eq!(index.to_2008(869.0, 2016), Ok(Cents(77_428)));
        assert_eq!(index.to_2008(12.34, 2008), Ok(Cents(1234)));
        assert!(index.to_2008(1.0, 2001).expect_err("no such year").contains("1997, 2008, 2016"));
    }

    #[test]
    fn a_table_of_prices_that_cannot_be_is_refused() {
        assert!(index(&[[2008.0, 1.1]]).expect_err("2008 is 1").contains("by definition"));
        assert!(index(&[[2007.5, 1.1]]).expect_err("half a year").contains("2007.5"));
        assert!(index(&[[2007.0, 1.0], [2007.0, 1.1]]).expect_err("twice").contains("twice"));
        assert!(index(&[[2007.0, 0.0]]).expect_err("nothing").contains("not above 0"));
    }

    #[test]
    fn parts_add_up_to_the_cent() {
        let shares = [4_684_297.0, 14_042_958.0, 2_000_593.0, 487_291.0];
        for amount in [4_500_000, 1, 0, 375_001, 99_999_999_999] {
            let parts = Cents(amount).split(&shares);
            assert_eq!(parts.iter().copied().sum::<Cents>(), Cents(amount));
            assert!(parts.iter().all(|part| part.0 >= 0));
        }
        assert_eq!(Cents(100).split(&[1.0, 1.0, 1.0]), [Cents(33), Cents(34), Cents(33)]);
        assert_eq!(Cents(5).split(&[0.0, 0.0]), [Cents(5), Cents(0)]);
        assert_eq!(Cents::of(0.1) + Cents::of(0.2) - Cents::of(0.3), Cents(0));
        assert_eq!(Cents::from(Euro::new(721_000.0).expect("an amount")).euro(), 721_000.0);
    }
}

//! Coverage of lifetime risk by the follow-up of a run: of the risk of onset of violence by old age, the part within
//! the years simulated, for persons born in them. From the tables `cohorts` and `yearly`, under the comparator.

use std::collections::BTreeMap;

use super::rows::RowPlaces;
use crate::error::Result;
use crate::store::Run;

/// Oldest age of onset considered; later onsets are too few to matter.
const OLDEST: i64 = 60;
/// Minimum number of simulated persons at risk for the hazard at an age.
const FEWEST_AT_RISK: f64 = 100.0;

/// Coverage of the risk of persons born in the years simulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// Share of the risk to begin by `until_age` that falls within the run.
    pub share: f64,
    /// Risk of using violence against a partner by that age, by life table.
    pub risk: f64,
    /// The age: 60, or less if nobody in the run reaches it.
    pub until_age: i64,
    /// Mean age of persons born in the years simulated, in the last year.
    pub mean_age: f64,
}

/// The coverage of a run; `None` if it lacks a table or is too short.
///
/// # Errors
/// A table that is damaged.
pub fn observed(run: &Run) -> Result<Option<Observed>> {
    if !run.has("cohorts") || !run.has("yearly") {
        return Ok(None);
    }
    let base = run.recorded.comparator.as_str();
    let mut hazards: BTreeMap<i64, [f64; 2]> = BTreeMap::new();
    run.scan("cohorts", &["scenario", "city", "age", "at_risk_use", "first_use"], |part| {
        let places = RowPlaces::of(part)?;
        let [age, at_risk, first] = [part.integers("age")?, part.integers("at_risk_use")?, part.integers("first_use")?];
        for row in (0..part.rows()).filter(|row| places.in_all_cities(*row, base)) {
            let sums = hazards.entry(age.or_zero(row)).or_default();
            sums[0] += at_risk.or_zero(row) as f64;
            sums[1] += first.or_zero(row) as f64;
        }
        Ok(())
    })?;
    let mut births: BTreeMap<i64, f64> = BTreeMap::new();
    run.scan("yearly", &["scenario", "city", "year", "births"], |part| {
        let (places, year, born) = (RowPlaces::of(part)?, part.integers("year")?, part.integers("births")?);
        for row in (0..part.rows()).filter(|row| places.in_all_cities(*row, base)) {
            *births.entry(year.or_zero(row)).or_default() += born.or_zero(row) as f64;
        }
        Ok(())
    })?;
    Ok(of(&hazards, &births))
}

/// `hazards` by age: persons at risk and onsets; `births` by year.
fn of(hazards: &BTreeMap<i64, [f64; 2]>, births: &BTreeMap<i64, f64>) -> Option<Observed> {
    let last = *births.keys().next_back()?;
    let mut begun: BTreeMap<i64, f64> = BTreeMap::new();
    let mut free = 1.0;
    let known = hazards.iter().take_while(|(age, sums)| **age <= OLDEST && sums[0] >= FEWEST_AT_RISK);
    for (age, [at_risk, first]) in known {
        free *= 1.0 - first / at_risk;
        begun.insert(*age, 1.0 - free);
    }
    let (until_age, risk) = begun.iter().next_back().map(|(age, share)| (*age, *share))?;
    let all: f64 = births.values().sum();
    if risk <= 0.0 || all <= 0.0 {
        return None;
    }
    let by = |age: i64| begun.range(..=age).next_back().map_or(0.0, |(_, share)| *share);
    let mean = |of: &dyn Fn(i64) -> f64| births.iter().map(|(year, born)| born * of(last - year)).sum::<f64>() / all;
    Some(Observed { share: mean(&by) / risk, risk, until_age, mean_age: mean(&|age| age as f64) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_hazard_is_observed_as_far_as_the_years_reach() {
        let hazards = (18..=60).map(|age| (age, [1000.0, 10.0])).collect();
        // Born in one year, 30 at the end: thirteen of forty-three years at risk.
        let births = (2008..=2038).map(|year| (year, if year == 2008 { 50.0 } else { 0.0 })).collect();
        let observed = of(&hazards, &births).expect("enough is known");
        let share = (1.0 - 0.99_f64.powi(13)) / (1.0 - 0.99_f64.powi(43));
        assert!((observed.share - share).abs() < 1e-12);
        assert!((observed.risk - (1.0 - 0.99_f64.powi(43))).abs() < 1e-12);
        assert_eq!((observed.until_age, observed.mean_age), (60, 30.0));
    }

    #[test]
    fn children_have_nothing_observed_and_thin_ages_are_left_out() {
        let hazards: BTreeMap<i64, [f64; 2]> =
            [(18, [1000.0, 10.0]), (19, [1000.0, 10.0]), (20, [99.0, 10.0]), (21, [1000.0, 10.0])].into();
        let births = (2008..=2024).map(|year| (year, 10.0)).collect();
        let observed = of(&hazards, &births).expect("two ages are known");
        assert_eq!((observed.share, observed.until_age, observed.mean_age), (0.0, 19, 8.0));
        assert_eq!(of(&BTreeMap::new(), &births), None);
        assert_eq!(of(&hazards, &BTreeMap::new()), None);
    }
}

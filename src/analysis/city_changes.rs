//! What a scenario changes in each city: differences of the table `yearly`, summed over the years.

use std::collections::BTreeMap;

use super::design;
use super::rows::{ALL_CITIES, RowPairs, RowPlaces};
use crate::error::Result;
use crate::stats::pairs::{Mean, Pair};
use crate::store::Run;

/// The difference that a scenario makes in a city.
#[derive(Clone, Debug, PartialEq)]
pub struct CityChange {
    /// The city, or all cities together.
    pub city: String,
    /// Real persons or cases under the comparator, sum over the years.
    pub comparator: f64,
    /// Scenario minus comparator, in real persons or cases.
    pub difference: Mean,
    /// Simulated persons or cases under the comparator, mean of the units.
    pub simulated: f64,
}

/// The differences in a sum of columns of `yearly`, for the cities of a run in their order and for all of them together.
///
/// # Errors
/// A run without the table `yearly`, or one that is damaged.
pub fn city_changes(run: &Run, columns: &[&str], [scenario, comparator]: [&str; 2]) -> Result<Vec<CityChange>> {
    let run = run.whole();
    let mut sums: BTreeMap<(String, Pair), [Option<f64>; 2]> = BTreeMap::new();
    let asked = [&["scenario", "draw", "replicate", "city"], columns].concat();
    run.scan("yearly", &asked, |part| {
        let (places, pairs) = (RowPlaces::of(part)?, RowPairs::of(part)?);
        let numbers = columns.iter().map(|name| part.numbers(name)).collect::<Result<Vec<_>>>()?;
        for row in 0..part.rows() {
            let Some(side) = [comparator, scenario].iter().position(|name| *name == places.scenario(row)) else {
                continue;
            };
            let value: f64 = numbers.iter().map(|column| column.or_zero(row)).sum();
            let sum = sums.entry((places.city(row).to_owned(), pairs.pair(row))).or_default();
            *sum[side].get_or_insert(0.0) += value;
        }
        Ok(())
    })?;
    let (scale, design) = (run.recorded.scale, design(&run));
    let of = |city: String| {
        let both = sums.iter().filter(|((own, _), _)| *own == city);
        let both: Vec<(Pair, f64, f64)> =
            both.filter_map(|((_, pair), [base, own])| Some((*pair, (*base)?, (*own)?))).collect();
        let differences = both.iter().map(|(pair, base, own)| (*pair, (own - base) / scale)).collect();
        let simulated = both.iter().map(|(_, base, _)| base).sum::<f64>() / both.len().max(1) as f64;
        let difference = Mean::of(&differences, design)?;
        Some(CityChange { city, comparator: simulated / scale, difference, simulated })
    };
    Ok(run.cities().into_iter().chain([ALL_CITIES.to_owned()]).filter_map(of).collect())
}

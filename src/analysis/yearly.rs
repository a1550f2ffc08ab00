//! Differences between two scenarios year by year.

use std::collections::BTreeMap;

use super::rows::{RowPairs, RowPlaces};
use crate::error::Result;
use crate::stats::pairs::Pair;
use crate::tables::Table;

/// Differences between two scenarios by draw and replicate, one value for each year, and the first year.
pub type YearlyDifferences = (i32, BTreeMap<Pair, Vec<f64>>);

/// Yearly differences between two scenarios of a figure of `yearly` (the sum of several columns) in one place, by draw
/// and replicate, in real persons or cases; pairs that lack a year are left out. Also returns the first year.
///
/// # Errors
/// A table that lacks a column.
pub fn yearly_differences(
    table: &Table,
    columns: &[&str],
    (scenario, comparator): (&str, &str),
    city: &str,
    scale: f64,
) -> Result<YearlyDifferences> {
    let mut sums: BTreeMap<Pair, BTreeMap<i64, (f64, usize)>> = BTreeMap::new();
    let (places, pairs, years) = (RowPlaces::of(table)?, RowPairs::of(table)?, table.integers("year")?);
    let numbers = columns.iter().map(|name| table.numbers(name)).collect::<Result<Vec<_>>>()?;
    for row in (0..table.rows()).filter(|row| places.city(*row) == city) {
        let sign = match places.scenario(row) {
            name if name == scenario => 1.0,
            name if name == comparator => -1.0,
            _ => continue,
        };
        let value: f64 = numbers.iter().filter_map(|column| column.get(row)).sum();
        let sum = sums.entry(pairs.pair(row)).or_default().entry(years.or_zero(row)).or_default();
        *sum = (sum.0 + sign * value / scale, sum.1 + 1);
    }
    let years = |of: &BTreeMap<i64, (f64, usize)>| of.keys().copied().collect::<Vec<_>>();
    let most = sums.values().map(years).max_by_key(Vec::len).unwrap_or_default();
    let first = most.first().and_then(|year| i32::try_from(*year).ok()).unwrap_or_default();
    let complete = |of: &BTreeMap<i64, (f64, usize)>| years(of) == most && of.values().all(|(_, sides)| *sides == 2);
    let whole = sums.into_iter().filter(|(_, of)| complete(of));
    let differences = |of: BTreeMap<i64, (f64, usize)>| of.into_values().map(|(difference, _)| difference).collect();
    Ok((first, whole.map(|(pair, of)| (pair, differences(of))).collect()))
}

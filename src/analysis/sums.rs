//! Sums of figures and of euro over the rows of a table, by scenario, place, draw and replicate.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bills::CostCategory;
use super::figure_columns::FigureColumns;
use super::figures::{Figure, Source};
use super::rows::{ALL_CITIES, RowPairs, RowPlaces};
use crate::error::Result;
use crate::money::Payer;
use crate::stats::pairs::Pair;
use crate::tables::Table;

/// Place of an effect: in the four cities, among persons who left them and are followed, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectPlace {
    /// In the four cities.
    Cities,
    /// Elsewhere: exported effects.
    Exported,
    /// Among persons of the cities, wherever they live at the time.
    Followed,
}

/// By scenario: the figure by place, draw and replicate.
pub(super) type Sums = BTreeMap<String, BTreeMap<(EffectPlace, Pair), f64>>;

/// By scenario, place, draw and replicate: euro by kind of cost and payer.
pub(super) type Lines = BTreeMap<String, LinesOf>;

/// The same of one scenario.
pub(super) type LinesOf = BTreeMap<(EffectPlace, Pair), BTreeMap<(CostCategory, Payer), f64>>;

/// Scenario, place, draw and replicate of each row of a part of a table.
struct RowKeys<'a> {
    places: RowPlaces<'a>,
    pairs: RowPairs<'a>,
}

impl<'a> RowKeys<'a> {
    fn of(part: &'a Table) -> Result<RowKeys<'a>> {
        Ok(RowKeys { places: RowPlaces::of(part)?, pairs: RowPairs::of(part)? })
    }

    /// The keys of a row; `None` for a single city.
    fn at(&self, row: usize) -> Option<(&'a str, (EffectPlace, Pair))> {
        let place = match self.places.city(row) {
            ALL_CITIES => EffectPlace::Cities,
            "elsewhere" => EffectPlace::Exported,
            _ => return None,
        };
        Some((self.places.scenario(row), (place, self.pairs.pair(row))))
    }
}

/// Adds the contributions of a part of a table to every figure that uses it.
pub(super) fn add_to(all: &mut [Sums], part: &Table, figures: &[&Figure]) -> Result<()> {
    let keys = RowKeys::of(part)?;
    let columns: Vec<FigureColumns<'_>> = figures.iter().map(|figure| FigureColumns::of(figure, part)).collect();
    for row in 0..part.rows() {
        let Some((scenario, at)) = keys.at(row) else { continue };
        for (sums, (figure, columns)) in all.iter_mut().zip(figures.iter().zip(&columns)) {
            // A suppressed value is not zero: no sum over years includes it.
            let nothing = if matches!(figure.source, Source::Yearly(_)) { f64::NAN } else { 0.0 };
            let value = columns.value(row).unwrap_or(nothing);
            match sums.get_mut(scenario) {
                Some(of) => *of.entry(at).or_default() += value,
                None => *sums.entry(scenario.to_owned()).or_default().entry(at).or_default() += value,
            }
        }
    }
    Ok(())
}

/// Adds the euro of a part of the table `costs`, line by line.
pub(super) fn add_lines(lines: &mut Lines, part: &Table) -> Result<()> {
    let keys = RowKeys::of(part)?;
    let [kind, payer, unit] = [part.texts("kind")?, part.texts("payer")?, part.texts("unit")?];
    let amount = part.numbers("amount")?;
    for row in 0..part.rows() {
        let Some((scenario, at)) = keys.at(row) else { continue };
        let line = CostCategory::named(kind.or_empty(row)).zip(Payer::named(payer.or_empty(row)));
        let Some(line) = line.filter(|_| unit.is(row, "euro_2008")) else { continue };
        let of = lines.entry(scenario.to_owned()).or_default().entry(at).or_default();
        *of.entry(line).or_default() += amount.or_zero(row);
    }
    Ok(())
}

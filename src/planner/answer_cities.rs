//! Main figures of an answer by city: sums over the rows of each city in `yearly` and `costs`.
//!
//! They count everybody who lives in the city, so children who are born under only one of the scenarios count too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answer_figure::{FEWEST, HiddenFigure, KnownFigure};
use super::file_text::{COMPARATOR, SCENARIO};
use crate::analysis::design;
use crate::error::Result;
use crate::stats::pairs::{Mean, Pair, Sides};
use crate::store::Run;

/// Columns of `yearly` that are summed by city, which are also keys of figures.
pub const CITY_COUNTS: [&str; 4] = ["first_exposed", "children_witnessing", "children_maltreated", "any_victims"];
/// Key of the euro of the measures.
pub const CITY_MEASURES: &str = "euro_measures";
/// Key of the euro of all of society.
pub const CITY_EURO: &str = "euro";

/// A figure in one city.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixCityFigure {
    /// The city.
    pub city: String,
    /// Key of the figure, as for the four cities together.
    pub key: String,
    /// What is known; the reason why nothing is shown otherwise.
    pub known: std::result::Result<KnownFigure, HiddenFigure>,
}

/// Simulated sums by figure, city, pair and scenario: under the comparator and under the mix.
type MixCitySums = BTreeMap<(String, String), BTreeMap<Pair, [f64; 2]>>;

/// Place of a scenario in the sums; `None` for others.
fn side(scenario: &str) -> Option<usize> {
    [COMPARATOR, SCENARIO].iter().position(|name| *name == scenario)
}

/// Whether a name in the column `city` is a single city of the model.
fn is_city(name: &str) -> bool {
    !["G4", "elsewhere", ""].contains(&name)
}

/// The main figures of a run by city.
///
/// # Errors
/// A damaged table.
pub(super) fn cities(run: &Run) -> Result<Vec<MixCityFigure>> {
    let mut sums = MixCitySums::new();
    counts(run, &mut sums)?;
    euro(run, &mut sums)?;
    let scale = run.recorded.scale;
    let figure = |((city, key), units): (&(String, String), &BTreeMap<Pair, [f64; 2]>)| {
        let known = known(run, key, units, scale)?;
        Some(MixCityFigure { city: city.clone(), key: key.clone(), known })
    };
    Ok(sums.iter().filter_map(figure).collect())
}

fn known(
    run: &Run,
    key: &str,
    units: &BTreeMap<Pair, [f64; 2]>,
    scale: f64,
) -> Option<std::result::Result<KnownFigure, HiddenFigure>> {
    if units.values().flatten().any(|value| value.is_nan()) {
        return Some(Err(HiddenFigure::Withheld));
    }
    let values = |of: fn(&[f64; 2]) -> f64| -> BTreeMap<Pair, f64> {
        units.iter().map(|(pair, both)| (*pair, of(both) / scale)).collect()
    };
    let (base, differences) = (values(|both| both[0]), values(|both| both[1] - both[0]));
    let comparator = Mean::of(&base, design(run))?.mean;
    if CITY_COUNTS.contains(&key) && comparator * scale < FEWEST {
        return Some(Err(HiddenFigure::Few));
    }
    let mean = Mean::of(&differences, design(run))?;
    let draws: std::collections::BTreeSet<i64> = units.keys().map(|pair| pair.0).collect();
    Some(Ok(KnownFigure {
        comparator,
        difference: mean.mean,
        error: mean.error,
        limits: mean.range,
        of_draws: draws.len() > 1,
        sides: KnownFigure::sides_of(Sides::of(&differences)),
    }))
}

fn counts(run: &Run, sums: &mut MixCitySums) -> Result<()> {
    let columns: Vec<&str> = ["scenario", "draw", "replicate", "city"].into_iter().chain(CITY_COUNTS).collect();
    run.scan("yearly", &columns, |part| {
        let (scenario, city) = (part.texts("scenario")?, part.texts("city")?);
        let (draw, replicate) = (part.integers("draw")?, part.integers("replicate")?);
        for key in CITY_COUNTS {
            let values = part.numbers(key)?;
            for row in (0..part.rows()).filter(|row| is_city(city.or_empty(*row))) {
                let Some(side) = side(scenario.or_empty(row)) else { continue };
                let units = sums.entry((city.or_empty(row).to_owned(), key.to_owned())).or_default();
                let unit = units.entry((draw.or_zero(row), replicate.or_zero(row))).or_default();
                // A suppressed value is no zero: no sum over years includes it.
                unit[side] += values.get(row).unwrap_or(f64::NAN);
            }
        }
        Ok(())
    })
}

fn euro(run: &Run, sums: &mut MixCitySums) -> Result<()> {
    let columns = ["scenario", "draw", "replicate", "city", "kind", "unit", "amount"];
    run.scan("costs", &columns, |part| {
        let (scenario, city) = (part.texts("scenario")?, part.texts("city")?);
        let (draw, replicate) = (part.integers("draw")?, part.integers("replicate")?);
        let (kind, unit, amount) = (part.texts("kind")?, part.texts("unit")?, part.numbers("amount")?);
        for row in (0..part.rows()).filter(|row| is_city(city.or_empty(*row)) && unit.is(*row, "euro_2008")) {
            let Some(side) = side(scenario.or_empty(row)) else { continue };
            let pair = (draw.or_zero(row), replicate.or_zero(row));
            let keys = [Some(CITY_EURO), Some(CITY_MEASURES).filter(|_| kind.is(row, "programme"))];
            for key in keys.into_iter().flatten() {
                let units = sums.entry((city.or_empty(row).to_owned(), key.to_owned())).or_default();
                units.entry(pair).or_default()[side] += amount.or_zero(row);
            }
        }
        Ok(())
    })
}

//! Reach of a measure: number of persons who started it, number of starts, and whether it changed anything at all.

use std::collections::BTreeMap;

use serde::Serialize;

use super::persons::SamePersons;
use super::rows::{ALL_CITIES, RowPairs, RowPlaces};
use super::{design, same_world};
use crate::error::Result;
use crate::stats::pairs::{Mean, Pair};
use crate::store::{RecordedScenario, Run};

/// Reach of a scenario's measures beyond its comparator, in simulated persons and starts, means over pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MeasureReach {
    /// Scenario.
    pub scenario: String,
    /// The scenario is identical to the comparator: all tables of all pairs are equal.
    pub same_world: bool,
    /// Measures of the scenario that persons start; empty if all of its measures work otherwise.
    pub programmes: Vec<String>,
    /// Persons who started a measure under the scenario and not, or not in the same month, under the comparator; `None`
    /// without the table `lives`.
    pub persons: Option<f64>,
    /// Starts of measures, minus those under the comparator; `None` without the table `chain`.
    pub starts: Option<f64>,
}

impl MeasureReach {
    /// The best available count: starts, or else persons.
    pub fn known(&self) -> Option<f64> {
        self.starts.or(self.persons)
    }

    /// Whether there are measures that persons start, and nobody started one.
    pub fn nobody(&self) -> bool {
        !self.programmes.is_empty() && self.known() == Some(0.0) && self.persons.is_none_or(|persons| persons == 0.0)
    }
}

/// Measures that persons start and that a scenario changes.
fn programmes(run: &Run, scenario: &str) -> Vec<String> {
    let model = run.manifest.model();
    let measures = run.recorded.scenario(scenario).map(RecordedScenario::measures).unwrap_or_default();
    measures.into_iter().filter(|measure| model.has_programme(measure)).map(str::to_owned).collect()
}

/// Starts of measures by scenario, draw and replicate; `None` without the table `chain`.
fn starts(run: &Run) -> Result<Option<BTreeMap<String, BTreeMap<Pair, f64>>>> {
    if !run.has("chain") {
        return Ok(None);
    }
    let model = run.manifest.model();
    let is_measure = |name: &str| model.card(name).is_some();
    let mut found: BTreeMap<String, BTreeMap<Pair, f64>> = BTreeMap::new();
    let columns = ["scenario", "draw", "replicate", "city", "edge", "service", "passed"];
    run.scan("chain", &columns, |part| {
        let (places, pairs) = (RowPlaces::of(part)?, RowPairs::of(part)?);
        let (edge, service, passed) = (part.texts("edge")?, part.texts("service")?, part.integers("passed")?);
        for row in (0..part.rows()).filter(|row| places.city(*row) == ALL_CITIES) {
            let of = found.entry(places.scenario(row).to_owned()).or_default();
            let sum = of.entry(pairs.pair(row)).or_default();
            if edge.is(row, "start") && is_measure(service.or_empty(row)) {
                *sum += passed.or_zero(row) as f64;
            }
        }
        Ok(())
    })?;
    Ok(Some(found))
}

/// Reach of the measures of each scenario.
///
/// # Errors
/// A table that is damaged.
pub(super) fn reaches(run: &Run, rivals: &[(String, String)], same: Option<&SamePersons>) -> Result<Vec<MeasureReach>> {
    let starts = starts(run)?;
    let of = |(name, comparator): &(String, String)| {
        let mean = |values: BTreeMap<Pair, f64>| Mean::of(&values, design(run)).map(|mean| mean.mean);
        let persons = same
            .and_then(|same| same.tallies.get(name))
            .and_then(|pairs| mean(pairs.iter().map(|(pair, tally)| (*pair, tally.reached)).collect()));
        let starts = starts.as_ref().and_then(|all| {
            let (own, base) = (all.get(name)?, all.get(comparator)?);
            mean(own.iter().filter_map(|(pair, own)| Some((*pair, own - base.get(pair)?))).collect())
        });
        MeasureReach {
            scenario: name.clone(),
            same_world: same_world(&run.manifest, name, comparator) == Some(true),
            programmes: programmes(run, name),
            persons,
            starts,
        }
    };
    Ok(rivals.iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_reached_only_where_somebody_could_be() {
        let nhv = || vec!["nhv".to_owned()];
        let of = |programmes: Vec<String>, persons: Option<f64>, starts: Option<f64>| {
            MeasureReach { programmes, persons, starts, ..MeasureReach::default() }.nobody()
        };
        assert!(of(nhv(), Some(0.0), None) && of(nhv(), Some(0.0), Some(0.0)) && of(nhv(), None, Some(0.0)));
        // A rule or beds are not started by persons; without data nothing is claimed.
        assert!(!of(vec![], Some(0.0), Some(0.0)) && !of(nhv(), None, None));
        assert!(!of(nhv(), Some(0.5), None) && !of(nhv(), Some(2.0), Some(0.0)));
    }
}

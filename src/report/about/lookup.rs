//! Results of a run by scenario, figure or key.

use std::collections::BTreeMap;

use serde_json::Value;

use super::About;
use super::tables::rows_where;
use crate::analysis::generations::Generations;
use crate::analysis::{Among, EffectPlace, MeasureReach, ScenarioEffect, places};
use crate::economics::Evppi;
use crate::error::Result;
use crate::report::numbers::FEWEST;

impl About<'_> {
    /// A difference. Differences counted among persons wherever they live represent the cities.
    pub(in crate::report) fn effect(
        &self,
        scenario: &str,
        measure: &str,
        place: EffectPlace,
    ) -> Option<&ScenarioEffect> {
        let there =
            |effect: &ScenarioEffect| (effect.place == EffectPlace::Exported) == (place == EffectPlace::Exported);
        let wanted =
            |effect: &&ScenarioEffect| effect.scenario == scenario && effect.measure == measure && there(effect);
        self.effects.as_ref()?.effects.iter().find(wanted)
    }

    /// Differences of a figure at all places of the run.
    pub(in crate::report) fn effects_of(&self, scenario: &str, measure: &str) -> impl Iterator<Item = &ScenarioEffect> {
        let all = self.effects.iter().flat_map(|effects| &effects.effects);
        all.filter(move |effect| effect.scenario == scenario && effect.measure == measure)
    }

    /// Persons reached by the measures of a scenario.
    pub(in crate::report) fn reach(&self, scenario: &str) -> Option<&MeasureReach> {
        self.effects.as_ref()?.reach(scenario)
    }

    /// Whether persons were matched between scenarios, so that children born in only one of them do not affect
    /// differences.
    pub(in crate::report) fn tells_persons_apart(&self) -> bool {
        let all = self.effects.iter().flat_map(|effects| &effects.effects);
        all.into_iter().any(|effect| effect.among != Among::Everybody)
    }

    /// Whether births may differ between a scenario and its comparator: false if all simulations have equal numbers.
    pub(in crate::report) fn births_differ(&self, scenario: &str) -> bool {
        let mut all = self.effects_of(scenario, "births").peekable();
        all.peek().is_none() || all.any(|effect| effect.sides.equal < effect.pairs)
    }

    /// Index of the style of a scenario in charts: measures in order, as in the cost-effectiveness plane, and the
    /// comparator last.
    pub(in crate::report) fn look(&self, name: &str) -> Option<usize> {
        let others = self.others();
        Some(others.iter().position(|own| *own == name).unwrap_or(others.len()))
    }

    /// Value of perfect information on each parameter, the largest first; the same for all scenarios.
    pub(in crate::report) fn worth(&self) -> Vec<(&str, Evppi)> {
        let mut worth: BTreeMap<&str, Evppi> = BTreeMap::new();
        for it in self.influences.values().flatten() {
            worth.extend(it.value.map(|value| (it.bar.param.as_str(), value)));
        }
        let mut worth: Vec<(&str, Evppi)> = worth.into_iter().collect();
        worth.sort_by(|a, b| b.1.corrected.total_cmp(&a.1.corrected));
        worth
    }

    /// Real persons a year in a scenario, from simulated persons in all its draws and replicates and in all years.
    pub(in crate::report) fn real_a_year(&self, scenario: &str, simulated: f64) -> f64 {
        let simulations = self.run.manifest.plan.iter().filter(|place| place.scenario == scenario).count();
        let years = (self.years.1 - self.years.0 + 1) as f64;
        simulated / simulations.max(1) as f64 / self.scale / years
    }

    /// The last year in which measures enrol people.
    pub(in crate::report) fn last_of_measures(&self) -> i64 {
        let (first, last) = self.years;
        self.run.recorded.enrolment.map_or(last, |window| i64::from(window.until.year).clamp(first, last))
    }

    /// Whether the scenarios other than the comparator only remove causation in order to measure it, and none is a
    /// measure.
    pub(in crate::report) fn takes_away(&self) -> bool {
        self.effects.is_none() && self.run.manifest.scenarios.len() > 1
    }

    /// The generational reproduction number, if enough parents were simulated to show it.
    pub(in crate::report) fn reproduction(&self) -> Option<&Generations> {
        self.generations.as_ref().filter(|found| found.counted >= FEWEST)
    }

    /// Keys of the measures of a scenario that persons start.
    fn measures_of(&self, scenario: &str) -> &[String] {
        self.reach(scenario).map(|reach| reach.programmes.as_slice()).unwrap_or_default()
    }

    /// The minimum scale at which effects of a scenario can be shown, if that of the run is smaller. At that scale
    /// every city has at least one simulated place of each of its measures with a shortage. Below it, starts are
    /// determined by rounding.
    pub(in crate::report) fn needs_scale(&self, scenario: &str) -> Option<f64> {
        let providers = self.providers.as_deref().unwrap_or_default();
        places::needs_scale(providers, scenario, self.measures_of(scenario), self.scale)
    }

    /// For the measure of a scenario with the largest shortage: the proportion of requests with a place, and the
    /// minimum scale for comparable waiting and refusals; `None` if this run has that scale.
    pub(in crate::report) fn shortest(&self, scenario: &str) -> Option<(f64, f64)> {
        let providers = self.providers.as_deref().unwrap_or_default();
        places::shortest(providers, scenario, self.measures_of(scenario))
    }

    /// Whether refusals by shelters are comparable to full scale. Without the table `capacity` only full scale is
    /// certain.
    pub(in crate::report) fn refusals_hold(&self) -> bool {
        places::refusals_hold(self.providers.as_deref(), self.scale)
    }

    /// The passport of a parameter in the manifest.
    pub(in crate::report) fn passport(&self, key: &str) -> Option<&Value> {
        self.run.manifest.model().entry(key)
    }

    /// Values of a column of `yearly` by year, one per draw and replicate, as simulated; empty without the table.
    ///
    /// # Errors
    /// A table that lacks the column.
    pub(in crate::report) fn by_year(
        &self,
        column: &str,
        scenario: &str,
        city: &str,
    ) -> Result<BTreeMap<i64, Vec<f64>>> {
        let mut values: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        let Some(table) = self.table("yearly") else { return Ok(values) };
        let (years, numbers) = (table.integers("year")?, table.numbers(column)?);
        for row in rows_where(table, &[("scenario", scenario), ("city", city)])? {
            if let (Some(year), Some(value)) = (years.get(row), numbers.get(row)) {
                values.entry(year).or_default().push(value);
            }
        }
        Ok(values)
    }
}

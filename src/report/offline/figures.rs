//! The figures of each mix: changes in comparison with the comparator, with their ranges, and the change in each draw, from
//! which the script estimates mixes that were not simulated.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::levers::OfflineLevers;
use super::texts::OfflineTexts;
use crate::analysis::figures::Figure;
use crate::analysis::places::places;
use crate::analysis::{EffectPlace, Interval, ScenarioEffect, effects, hidden};
use crate::error::Result;
use crate::notation::significant;
use crate::report::numbers::Numbers;
use crate::report::words::Language;
use crate::stats::pairs::{student, units};
use crate::store::{FIRST_YEAR, Run};

/// Effects on the page, in order; those that the run lacks are left out.
const EFFECTS: [&str; 8] = [
    "children_maltreated",
    "children_witnessing",
    "first_exposed",
    "any_victims",
    "incidents",
    "serious_injuries",
    "next_generation_used",
    "qaly_lost",
];
/// Money on the page, a year.
const MONEY: [&str; 7] =
    ["euro_measures", "euro_municipality", "euro_rijk", "euro_awbz", "euro_justice", "euro_other", "euro"];
/// Number of draws from which on a range is given by quantiles.
const QUANTILES: usize = 40;

/// A figure of the page.
#[derive(Clone, Debug, PartialEq)]
struct OfflineFigure {
    key: &'static str,
    name: String,
    money: bool,
    /// Its sum without measures, real persons or events; `None` for money, and when it is suppressed.
    base: Option<f64>,
}

/// The change of a figure by a mix.
#[derive(Clone, Debug, Default, PartialEq)]
struct OfflineChange {
    mean: f64,
    limits: Option<(f64, f64)>,
    /// The change in each draw, or in each replicate if there are no draws.
    units: Vec<f64>,
}

/// The figures of all mixes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OfflineFigures {
    figures: Vec<OfflineFigure>,
    /// Changes of each figure by mix; `None` where a figure is suppressed.
    changes: BTreeMap<Vec<usize>, Vec<Option<OfflineChange>>>,
    simulations: usize,
    interval: Interval,
}

impl OfflineFigures {
    /// Reads the figures of the mixes of a run.
    ///
    /// # Errors
    /// A damaged table.
    pub(super) fn of(run: &Run, levers: &OfflineLevers, language: Language) -> Result<OfflineFigures> {
        let found = effects(run)?;
        let providers = run.manifest.tables.contains_key("capacity").then(|| places(run)).transpose()?;
        let scale = run.recorded.scale;
        let years = budget_years(run);
        let own: Vec<&ScenarioEffect> =
            found.effects.iter().filter(|effect| effect.place != EffectPlace::Exported).collect();
        let is_hidden = |effect: &ScenarioEffect| {
            hidden(effect, found.reach(&effect.scenario), providers.as_deref(), scale).is_some()
        };
        let of = |keys: &[&'static str], money: bool| -> Vec<OfflineFigure> {
            let figure = |key: &&'static str| {
                let mut all = own.iter().filter(|effect| effect.measure == *key);
                let first = all.next()?;
                let shown = (!is_hidden(first) && !money).then_some(first.comparator);
                let words = Figure::named(key)?.words[usize::from(language == Language::Nl)];
                Some(OfflineFigure { key, name: words.to_owned(), money, base: shown })
            };
            keys.iter().filter_map(figure).collect()
        };
        let figures: Vec<OfflineFigure> = of(&EFFECTS, false).into_iter().chain(of(&MONEY, true)).collect();
        let simulations = own.iter().map(|effect| effect.pairs).max().unwrap_or(0);
        let interval = own.first().map_or(Interval::Mean, |effect| effect.interval);
        let changes = levers.mixes.iter().map(|(mix, scenario)| {
            let change = |figure: &OfflineFigure| {
                let by = if figure.money { years } else { 1.0 };
                let effect = own.iter().find(|it| it.scenario == *scenario && it.measure == figure.key);
                // A figure without a difference in any pair, such as those of the comparator, changes by nothing.
                let Some(effect) = effect else {
                    let suppressed = !figure.money && figure.base.is_none();
                    let units = vec![0.0; simulations];
                    return (!suppressed).then_some(OfflineChange { mean: 0.0, limits: Some((0.0, 0.0)), units });
                };
                (!is_hidden(effect)).then(|| OfflineChange {
                    mean: effect.difference / by,
                    limits: effect.limits.map(|(low, high)| (low / by, high / by)),
                    units: units(&effect.differences()).into_iter().map(|value| value / by).collect(),
                })
            };
            (mix.clone(), figures.iter().map(change).collect())
        });
        let changes = changes.collect();
        Ok(OfflineFigures { figures, changes, simulations, interval })
    }

    /// Draws, or replicates, of each mix.
    pub(super) fn simulations(&self) -> usize {
        self.simulations
    }

    /// Names of the figures for the script.
    pub(super) fn figures_json(&self) -> Value {
        let figure = |figure: &OfflineFigure| json!({ "key": figure.key, "name": figure.name, "money": figure.money, "base": figure.base.map(short) });
        self.figures.iter().map(figure).collect()
    }

    /// How the script gets a range from the changes of each draw: by quantiles, or as a multiple of their standard
    /// deviation; as `Mean` of the statistics does for independent draws or replicates.
    pub(super) fn spread_json(&self) -> Value {
        let n = self.simulations as f64;
        if self.simulations < 2 {
            return Value::Null;
        }
        match self.interval {
            Interval::Draws if self.simulations >= QUANTILES => json!("quantiles"),
            Interval::Draws => json!(student(0.975, n - 1.0) * (1.0 + 1.0 / n).sqrt()),
            Interval::Mean => json!(student(0.975, n - 1.0) / n.sqrt()),
        }
    }

    /// Changes by mix for the script: mean, limits and the change of each draw; `null` where a figure is suppressed.
    pub(super) fn mixes_json(&self) -> Value {
        let change = |change: &Option<OfflineChange>| {
            let Some(change) = change else { return Value::Null };
            let (low, high) = change.limits.unzip();
            let units: Vec<f64> = change.units.iter().copied().map(short).collect();
            json!([short(change.mean), low.map(short), high.map(short), units])
        };
        let of = |(mix, changes): (&Vec<usize>, &Vec<Option<OfflineChange>>)| {
            (OfflineLevers::key(mix), changes.iter().map(change).collect::<Value>())
        };
        Value::Object(self.changes.iter().map(of).collect())
    }

    /// The table of all mixes for the page: heading and rows.
    pub(super) fn table(&self, levers: &OfflineLevers, texts: &OfflineTexts, language: Language) -> Value {
        let numbers = Numbers(language);
        let shown: Vec<(usize, &OfflineFigure)> = self
            .figures
            .iter()
            .enumerate()
            .filter(|(_, figure)| !figure.money || figure.key == "euro_measures")
            .collect();
        let head: Vec<String> = std::iter::once(texts.get("mix").to_owned())
            .chain(shown.iter().map(|(_, figure)| figure.name.clone()))
            .collect();
        let cell = |change: Option<&OfflineChange>, figure: &OfflineFigure| {
            let Some(change) = change else { return texts.get("too_few").to_owned() };
            if figure.money {
                return numbers.euro(change.mean);
            }
            let range =
                change.limits.map(|(low, high)| format!(" ({}; {})", numbers.signed(low), numbers.signed(high)));
            format!("{}{}", numbers.signed(change.mean), range.unwrap_or_default())
        };
        let row = |(mix, changes): (&Vec<usize>, &Vec<Option<OfflineChange>>)| -> Vec<String> {
            let cells = shown.iter().map(|(at, figure)| cell(changes.get(*at).and_then(Option::as_ref), figure));
            std::iter::once(levers.words(mix, texts.get("nothing"))).chain(cells).collect()
        };
        json!({ "head": head, "rows": self.changes.iter().map(row).collect::<Vec<_>>() })
    }
}

/// Years over which money is spread: those of the window of enrolment, or all from 2009, the first of the plan. The same
/// years as those of `keten optimise`.
fn budget_years(run: &Run) -> f64 {
    let recorded = &run.recorded;
    let window = recorded.enrolment.map(|window| window.until.year - window.from.year + 1);
    f64::from(window.unwrap_or(recorded.until - FIRST_YEAR - 1).max(1))
}

/// A number with the digits that a page needs.
fn short(value: f64) -> f64 {
    significant(value, 5)
}

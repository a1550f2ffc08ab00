//! Targets with the values that a run reached, and levels of the main figures.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use keten::analysis::levels::levels as levels_of;
use keten::analysis::start::start;
use keten::error::Result;
use keten::stats::Ensemble;
use keten::stats::pairs::Mean;
use keten::store::Run;
use keten::study::Results;

use crate::columns::{Columns, count};

/// A target: city, margin, group.
type TargetKey<'a> = (&'a str, &'a str, &'a str);

/// What is known of a target, and what was reached.
struct Reached<'a> {
    standing: &'a str,
    unit: &'a str,
    target: Option<f64>,
    values: Ensemble,
}

struct Row<'a> {
    city: &'a str,
    margin: &'a str,
    group: &'a str,
    standing: &'a str,
    unit: &'a str,
    target: Option<f64>,
    target_limits: Option<(f64, f64)>,
    value: Option<f64>,
    error: Option<f64>,
    limits: Option<(f64, f64)>,
    units: Option<i64>,
}

/// The targets and margins of 2008, with the value that a scenario reached: its mean over draws and replicates, Monte
/// Carlo error and interval. With ten draws and more, the levels of violence that draws are set to follow, with the
/// range of the target.
pub(crate) fn targets(results: &Results, scenario: &str) -> Result<RecordBatch> {
    let table = results.run().table("fit")?;
    let texts = |name: &str| table.texts(name);
    let (scenarios, cities, margins) = (texts("scenario")?, texts("city")?, texts("margin")?);
    let (groups, units, standings) = (texts("group")?, texts("unit")?, texts("standing")?);
    let (targets, achieved) = (table.numbers("target")?, table.numbers("achieved")?);
    let (draws, replicates) = (table.integers("draw")?, table.integers("replicate")?);
    let mut order: Vec<TargetKey<'_>> = Vec::new();
    let mut all: BTreeMap<TargetKey<'_>, Reached<'_>> = BTreeMap::new();
    for row in (0..table.rows()).filter(|row| scenarios.is(*row, scenario)) {
        let key = (cities.or_empty(row), margins.or_empty(row), groups.or_empty(row));
        let reached = all.entry(key).or_insert_with(|| {
            order.push(key);
            let target = targets.get(row);
            Reached { standing: standings.or_empty(row), unit: units.or_empty(row), target, values: Ensemble::new() }
        });
        if let Some(value) = achieved.get(row) {
            reached.values.insert((draws.or_zero(row), replicates.or_zero(row)), value);
        }
    }
    let mut rows = Vec::new();
    for key @ (city, margin, group) in order {
        let reached = &all[&key];
        let mean: Option<Mean> = if reached.values.is_empty() { None } else { Some(results.mean(&reached.values)?) };
        rows.push(Row {
            city,
            margin,
            group,
            standing: reached.standing,
            unit: reached.unit,
            target: reached.target,
            target_limits: None,
            value: mean.map(|mean| mean.mean),
            error: mean.and_then(|mean| mean.error),
            limits: mean.and_then(|mean| mean.range),
            units: count(reached.values.len()),
        });
    }
    let levels = start(results.run())?;
    for level in levels.iter().flat_map(|levels| &levels.figures) {
        rows.push(Row {
            city: "G4",
            margin: "level",
            group: level.moment,
            standing: "drawn",
            unit: "share",
            target: Some(level.central),
            target_limits: Some(level.interval),
            value: Some(level.mean),
            error: None,
            limits: Some(level.range),
            units: levels.as_ref().and_then(|levels| count(levels.draws)),
        });
    }
    let each = || rows.iter();
    Columns::default()
        .texts("city", each().map(|row| row.city))
        .texts("margin", each().map(|row| row.margin))
        .texts("group", each().map(|row| row.group))
        .texts("standing", each().map(|row| row.standing))
        .texts("unit", each().map(|row| row.unit))
        .numbers("target", each().map(|row| row.target))
        .limits(["target_low", "target_high"], each().map(|row| row.target_limits))
        .numbers("value", each().map(|row| row.value))
        .numbers("error", each().map(|row| row.error))
        .limits(["low", "high"], each().map(|row| row.limits))
        .integers("units", each().map(|row| row.units))
        .table()
}

/// Levels of the main figures of the four cities under a scenario: means over draws and replicates in the first and in
/// the last year, and sums over all years, in real persons and events; rates as they are.
pub(crate) fn levels(run: &Run, scenario: &str) -> Result<RecordBatch> {
    let found = levels_of(run, scenario, run.recorded.scale)?.levels;
    let each = || found.iter();
    Columns::default()
        .texts("figure", each().map(|level| level.figure.key))
        .texts("words", each().map(|level| level.figure.words[0]))
        .texts("words_nl", each().map(|level| level.figure.words[1]))
        .texts("unit", each().map(|level| level.figure.unit))
        .numbers("first", each().map(|level| level.first))
        .numbers("last", each().map(|level| level.last))
        .numbers("sum", each().map(|level| level.sum))
        .table()
}

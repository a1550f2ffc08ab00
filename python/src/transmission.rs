//! How violence is passed on: the ratios of the table `transmission`, and the reproduction number, with intervals.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use keten::analysis::generations::generations;
use keten::error::{Error, Result};
use keten::stats::Ensemble;
use keten::stats::pairs::Mean;
use keten::study::{Frame, Results};

use crate::columns::{Columns, count};

/// The figures, as columns of `transmission`, each with the count of simulated persons or onsets behind it.
const FIGURES: [(&str, &str); 11] = [
    ("crude_ratio", "exposed_cases"),
    ("surveyed_ratio", "exposed_cases"),
    ("causal_ratio", "onsets_exposed"),
    ("achieved_kappa", "exposed_cases"),
    ("input_kappa", "exposed"),
    ("exposed_by_30", "exposed_reaching_30"),
    ("unexposed_by_30", "unexposed_reaching_30"),
    ("exposed_by_40", "exposed_reaching_40"),
    ("unexposed_by_40", "unexposed_reaching_40"),
    ("exposed_share_of_cases", "exposed_cases"),
    ("exposed_share_of_adults", "exposed"),
];
/// A figure that rests on fewer, on average over draws and replicates, is not shown; the same in reports.
const FEWEST: f64 = 10.0;

struct Row {
    pathway: String,
    sex: String,
    window: String,
    figure: &'static str,
    mean: Option<Mean>,
    units: Option<i64>,
}

/// Figures of the four cities under a scenario, by pathway and sex: a row for each figure that has a value, with the
/// mean over draws and replicates and its interval. A figure that rests on fewer than ten simulated persons has no
/// numbers, and says so in `withheld`. `windows` adds rows by age at first exposure.
pub(crate) fn transmission(results: &Results, scenario: &str, windows: bool) -> Result<RecordBatch> {
    let all = results.table("transmission")?.only("city", "G4")?.only("scenario", scenario)?;
    if all.rows() == 0 {
        let what = format!("the run has no scenario `{}`", scenario.escape_debug());
        let names: Vec<&str> = results.run().manifest.scenarios.iter().map(|it| it.name.as_str()).collect();
        let place = results.folder().display().to_string();
        return Err(Error::data(what, format!("its scenarios are {}", names.join(", "))).in_file(place, None).into());
    }
    let mut rows = Vec::new();
    let [pathways, sexes, all_windows] = [all.texts("pathway")?, all.texts("sex")?, all.texts("window")?];
    let mut seen = BTreeSet::new();
    for ((pathway, sex), window) in pathways.iter().zip(&sexes).zip(&all_windows) {
        let [pathway, sex, window] = [pathway, sex, window].map(String::as_str);
        if !(windows || window == "all") || !seen.insert([pathway, sex, window]) {
            continue;
        }
        let of = all.only("pathway", pathway)?.only("sex", sex)?.only("window", window)?;
        for (figure, behind) in FIGURES.into_iter().filter(|(figure, _)| of.table().has(figure)) {
            let values = of_unit(&of, figure)?;
            if values.is_empty() {
                continue;
            }
            let counted = of_unit(&of, behind)?;
            let few = counted.values().sum::<f64>() / (counted.len().max(1) as f64) < FEWEST;
            let mean = if few { None } else { Some(results.mean(&values)?) };
            let (pathway, sex, window) = (pathway.to_owned(), sex.to_owned(), window.to_owned());
            rows.push(Row { pathway, sex, window, figure, mean, units: count(values.len()) });
        }
    }
    rows.extend(reproduction(results)?);
    let each = || rows.iter();
    Columns::default()
        .texts("pathway", each().map(|row| row.pathway.as_str()))
        .texts("sex", each().map(|row| row.sex.as_str()))
        .texts("window", each().map(|row| row.window.as_str()))
        .texts("figure", each().map(|row| row.figure))
        .numbers("mean", each().map(|row| row.mean.map(|mean| mean.mean)))
        .numbers("error", each().map(|row| row.mean.and_then(|mean| mean.error)))
        .limits(["low", "high"], each().map(|row| row.mean.and_then(|mean| mean.range)))
        .integers("units", each().map(|row| row.units))
        .maybe_texts("withheld", each().map(|row| row.mean.is_none().then_some("fewer than ten simulated")))
        .table()
}

/// A column by draw and replicate, of rows with one for each; without empty cells.
fn of_unit(rows: &Frame, column: &str) -> Result<Ensemble> {
    let one = |unit: &Frame| Ok(unit.array(column)?.first().copied().unwrap_or(f64::NAN));
    let mut values = rows.per_unit(&one)?;
    values.retain(|_, value| value.is_finite());
    Ok(values)
}

/// The generational reproduction number and its parts; no rows for a run that does not have it.
fn reproduction(results: &Results) -> Result<Vec<Row>> {
    let Some(found) = generations(results.run())? else { return Ok(Vec::new()) };
    let row = |pathway: &str, figure: &'static str, mean: Mean| Row {
        pathway: pathway.to_owned(),
        sex: "both".to_owned(),
        window: "all".to_owned(),
        figure,
        mean: Some(mean),
        units: None,
    };
    let mut rows =
        vec![row("all", "reproduction_number", found.r), row("all", "users_per_parent_who_used", found.association)];
    rows.extend(found.pathways.iter().map(|(name, mean)| row(name, "reproduction_number", *mean)));
    rows.extend(found.remainder.map(|mean| row("several", "reproduction_number", mean)));
    Ok(rows)
}

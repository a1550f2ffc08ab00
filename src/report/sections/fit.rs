//! Fit to the evidence: what was aimed at, beside what came out.

use std::collections::BTreeMap;

use crate::report::about::About;
use crate::report::numbers::ABSENT;
use crate::report::view::{Block, Grid, Section};
use crate::table::Cell;

/// How near is near: within a tenth of the target.
const NEAR: f64 = 0.1;

/// A target and the mean of what came of it.
#[derive(Clone, Debug, Default)]
struct Line {
    target: f64,
    achieved: f64,
    number: f64,
    unit: String,
    standing: String,
}

pub(super) fn section(about: &About<'_>) -> Section {
    let (words, numbers) = (&about.words, about.numbers);
    let mut blocks = vec![Block::Lead { text: words.get("fit.lead") }];
    blocks.extend(gravest(about));
    let Some(table) = about.table("fit") else {
        blocks.push(about.missing("fit"));
        return Section { id: "fit", title: words.get("fit.title"), blocks };
    };
    let mut lines: BTreeMap<(String, String, String), Line> = BTreeMap::new();
    for row in 0..table.rows() {
        let word = |name: &str| table.cell(row, name).and_then(Cell::as_text).unwrap_or_default();
        let number = |name: &str| table.cell(row, name).and_then(Cell::as_float);
        if word("scenario") != about.base() {
            continue;
        }
        let (Some(target), Some(achieved)) = (number("target"), number("achieved")) else { continue };
        let key = (word("margin").to_owned(), word("group").to_owned(), word("city").to_owned());
        let line = lines.entry(key).or_insert_with(|| Line {
            unit: word("unit").to_owned(),
            standing: word("standing").to_owned(),
            ..Line::default()
        });
        line.target += target;
        line.achieved += achieved;
        line.number += 1.0;
    }
    let near = |line: &&Line| (line.achieved - line.target).abs() <= NEAR * line.target.abs();
    let of = |standing: &str| lines.values().filter(|line| line.standing == standing).collect::<Vec<_>>();
    let row = |standing: &&str| {
        let all = of(standing);
        let count = all.iter().filter(|line| near(line)).count();
        vec![
            about.of("standing", &standing.replace(' ', "_")),
            numbers.whole(all.len() as f64),
            numbers.whole(count as f64),
        ]
    };
    let standings = ["put in", "solved for", "emerged"];
    let head = ["standing", "count", "near"].iter().map(|name| about.of("fit.column", name)).collect();
    blocks.push(Block::Table(Grid::open(
        words.get("fit.summary"),
        head,
        standings.iter().filter(|standing| !of(standing).is_empty()).map(row).collect(),
    )));
    let told = lines.iter().filter(|(_, line)| line.standing != "put in").map(|((margin, group, city), line)| {
        let value = |sum: f64| numbers.about(sum / line.number.max(1.0));
        let ratio = if line.target == 0.0 { f64::NAN } else { line.achieved / line.target };
        vec![
            margin.replace('_', " "),
            group.replace('_', " "),
            city.clone(),
            value(line.target),
            value(line.achieved),
            numbers.percent(ratio),
            line.unit.clone(),
            about.of("standing", &line.standing.replace(' ', "_")),
        ]
    });
    let head = ["margin", "group", "city", "target", "achieved", "ratio", "unit", "standing"];
    let head = head.iter().map(|name| about.of("fit.column", name)).collect();
    let told: Vec<Vec<String>> = told.collect();
    // A run too short for anything to emerge has nothing more to tell.
    if !told.is_empty() {
        blocks.push(Block::Table(Grid::folded(words.get("fit.table"), head, told)));
    }
    blocks.push(Block::note(words.get("fit.note")));
    Section { id: "fit", title: words.get("fit.title"), blocks }
}

/// Years from the first on that are held beside figures of 2008: one alone has few deaths.
const NEAR_2008: usize = 5;

/// Homicide and serious injury beside the little that is known of them.
fn gravest(about: &About<'_>) -> Vec<Block> {
    let (words, numbers) = (&about.words, about.numbers);
    let mean = |column: &str| {
        let of_year = about.by_year(column, about.base(), "G4");
        let first: Vec<f64> = of_year.into_values().take(NEAR_2008).flatten().collect();
        let simulated: f64 = first.iter().sum();
        (!first.is_empty()).then(|| (simulated / first.len() as f64 / about.scale, simulated))
    };
    let (Some(killed), Some(injured)) = (mean("deaths_by_partner"), mean("serious_injuries")) else {
        return vec![about.missing("yearly")];
    };
    let value = |key: &str| about.passport(key).and_then(|it| it["value"].as_f64());
    let country = about.passport("validation.women_killed").and_then(|it| {
        let row = it["rows"].get(0)?;
        Some((row.get(0)?.as_f64()?, row.get(1)?.as_f64()?))
    });
    let known = country.and_then(|(low, high)| {
        let (share, ratio) = (value("targets.g4_share")?, value("targets.g4_ratio")?);
        // The cities' part of the country at their population and prevalence.
        let part = share * ratio / (1.0 - share + share * ratio);
        Some((low * part, high * part))
    });
    let known = known.map_or_else(
        || ABSENT.to_owned(),
        |(low, high)| words.say("effect.limits", &[("low", &numbers.about(low)), ("high", &numbers.about(high))]),
    );
    let row = |what: &str, (value, simulated): (f64, f64), known: String| {
        vec![words.get(what), numbers.unless_few(value, simulated), known]
    };
    let rows = vec![row("fit.killed", killed, known), row("fit.injured", injured, words.get("fit.nothing_known"))];
    let head = ["what", "model", "known"].iter().map(|name| about.of("fit.gravest_column", name)).collect();
    let (low, high) = country.unwrap_or((f64::NAN, f64::NAN));
    let of =
        [("years", &*numbers.whole(NEAR_2008 as f64)), ("low", &numbers.whole(low)), ("high", &numbers.whole(high))];
    let text = words.say("fit.gravest_how", &of);
    vec![
        Block::heading(words.get("fit.gravest")),
        Block::text(text),
        Block::Table(Grid::open(words.get("fit.gravest_table"), head, rows)),
        Block::heading(words.get("fit.figures")),
    ]
}

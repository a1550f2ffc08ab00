//! The effects of a run as a table.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use keten::analysis::figures::{Figure, MAIN};
use keten::analysis::places::places;
use keten::analysis::{Among, EffectPlace, Hidden, Interval, ScenarioEffect, hidden};
use keten::config::nearest;
use keten::error::{Error, Result};
use keten::study::Results;

use crate::columns::{Columns, count};

/// Differences between scenarios and their comparator: a row for each scenario, figure and place. Figures that too few
/// simulated persons stand behind have no numbers and say so in `withheld`. Only some scenarios and figures, if they are
/// named; with `main` only the main figures.
pub(crate) fn effects(
    results: &Results,
    scenarios: Option<&[String]>,
    figures: Option<&[String]>,
    main: bool,
) -> Result<RecordBatch> {
    let (run, all) = (results.run(), results.effects()?);
    let providers = if run.manifest.tables.contains_key("capacity") { Some(places(run)?) } else { None };
    let reason =
        |effect: &ScenarioEffect| hidden(effect, all.reach(&effect.scenario), providers.as_deref(), results.scale());
    check(results, "scenario", scenarios, all.effects.iter().map(|effect| effect.scenario.as_str()))?;
    check(results, "figure", figures, all.effects.iter().map(|effect| effect.measure))?;
    let has = |names: Option<&[String]>, own: &str| names.is_none_or(|names| names.iter().any(|name| name == own));
    let wanted = |effect: &&ScenarioEffect| {
        has(scenarios, &effect.scenario) && has(figures, effect.measure) && (!main || MAIN.contains(&effect.measure))
    };
    let rows: Vec<(&ScenarioEffect, Option<Hidden>)> =
        all.effects.iter().filter(wanted).map(|effect| (effect, reason(effect))).collect();
    let shown = |number: fn(&ScenarioEffect) -> Option<f64>| {
        rows.iter().map(move |(effect, hidden)| if hidden.is_some() { None } else { number(effect) })
    };
    let each = || rows.iter().map(|(effect, _)| *effect);
    let named = |effect: &ScenarioEffect| Figure::named(effect.measure);
    Columns::default()
        .texts("scenario", each().map(|effect| effect.scenario.as_str()))
        .texts("figure", each().map(|effect| effect.measure))
        .texts("words", each().map(|effect| named(effect).map_or(effect.measure, |figure| figure.words[0])))
        .texts("words_nl", each().map(|effect| named(effect).map_or(effect.measure, |figure| figure.words[1])))
        .texts("unit", each().map(|effect| effect.unit))
        .flags("record", each().map(|effect| effect.record))
        .flags("main", each().map(|effect| MAIN.contains(&effect.measure)))
        .texts("place", each().map(|effect| place(effect.place)))
        .texts("among", each().map(|effect| among(effect.among)))
        .numbers("comparator", shown(|effect| Some(effect.comparator)))
        .numbers("difference", shown(|effect| Some(effect.difference)))
        .numbers("error", shown(|effect| effect.error))
        .numbers("low", shown(|effect| effect.limits.map(|limits| limits.0)))
        .numbers("high", shown(|effect| effect.limits.map(|limits| limits.1)))
        .texts("interval", each().map(|effect| interval(effect.interval)))
        .integers("lower", each().map(|effect| count(effect.sides.lower)))
        .integers("equal", each().map(|effect| count(effect.sides.equal)))
        .integers("higher", each().map(|effect| count(effect.sides.higher)))
        .integers("pairs", each().map(|effect| count(effect.pairs)))
        .maybe_texts("withheld", rows.iter().map(|(_, hidden)| hidden.map(word)))
        .table()
}

/// Checks that the run has effects of all the names that are asked for.
fn check<'n>(
    results: &Results,
    what: &str,
    asked: Option<&[String]>,
    known: impl Iterator<Item = &'n str>,
) -> Result<()> {
    let known: BTreeSet<&str> = known.collect();
    let Some(name) = asked.unwrap_or_default().iter().find(|name| !known.contains(name.as_str())) else {
        return Ok(());
    };
    let cure = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("this run has effects of {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    };
    let fault = Error::data(format!("no effects of {what} `{}`", name.escape_debug()), cure);
    Err(fault.in_file(results.folder().display().to_string(), None).into())
}

fn place(place: EffectPlace) -> &'static str {
    match place {
        EffectPlace::Cities => "cities",
        EffectPlace::Exported => "exported",
        EffectPlace::Followed => "followed",
    }
}

fn among(among: Among) -> &'static str {
    match among {
        Among::BothWorlds => "both_worlds",
        Among::Cohort => "cohort",
        Among::Everybody => "everybody",
    }
}

fn interval(interval: Interval) -> &'static str {
    match interval {
        Interval::Draws => "draws",
        Interval::Mean => "mean",
    }
}

fn word(hidden: Hidden) -> &'static str {
    match hidden {
        Hidden::Few => "fewer than ten simulated",
        Hidden::Withheld => "queues too small at this scale",
    }
}

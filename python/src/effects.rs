//! The effects of a run as a table.

use arrow_array::RecordBatch;
use keten::analysis::figures::{Figure, MAIN};
use keten::analysis::places::places;
use keten::analysis::{Among, EffectPlace, Hidden, Interval, ScenarioEffect, hidden};
use keten::error::Result;
use keten::study::Results;

use crate::columns::{Columns, count};

/// Differences between scenarios and their comparator: a row for each scenario, figure and place. Figures that too few
/// simulated persons stand behind have no numbers and say so in `withheld`.
pub(crate) fn effects(results: &Results) -> Result<RecordBatch> {
    let (run, all) = (results.run(), results.effects()?);
    let providers = if run.manifest.tables.contains_key("capacity") { Some(places(run)?) } else { None };
    let reason =
        |effect: &ScenarioEffect| hidden(effect, all.reach(&effect.scenario), providers.as_deref(), results.scale());
    let rows: Vec<(&ScenarioEffect, Option<Hidden>)> =
        all.effects.iter().map(|effect| (effect, reason(effect))).collect();
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

//! Robustness of the answer to other assumptions, and the causal share at which it changes.

use std::collections::BTreeMap;

use super::differences::{ChangeDirection, sides, verdict, way};
use crate::analysis::figures::MAIN_AND_VALUE;
use crate::analysis::flip::{self, Flip, Limit, Swept, ThresholdSide};
use crate::analysis::{EffectPlace, ScenarioEffect, design};
use crate::report::about::About;
use crate::report::numbers::ABSENT;
use crate::report::view::{Grid, PageBlock, Section};
use crate::report::words::capital;
use crate::store::RecordedVariant;

/// The figure whose sign is tracked while kappa is swept.
const HEADLINE: &str = "next_generation_used";
/// Number of measures up to which what changes is in sight.
const FEW_MEASURES: usize = 4;
const KAPPA: &str = "transmission.kappa";

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("variants.lead") }];
    let variants = variants(about);
    if about.effects.is_none() {
        blocks.push(about.single());
    } else if variants.is_empty() {
        blocks.push(PageBlock::missing(words.get("variants.none")));
    } else {
        let few = about.others().len() <= FEW_MEASURES;
        let mut inside = vec![PageBlock::text(words.get("variants.how"))];
        for scenario in about.others() {
            inside.push(PageBlock::Table(grid(about, scenario, &variants)));
            let name = PageBlock::heading(capital(&about.label(scenario)));
            let said = std::iter::once(name).chain(turned(about, scenario, &variants)).chain(kappa(about, scenario));
            if few { &mut blocks } else { &mut inside }.extend(said);
        }
        blocks.extend(PageBlock::more(words.get("variants.tables"), inside));
    }
    Section { id: "variants", title: words.get("variants.title"), blocks }
}

/// Key and label of the variants of the run.
fn variants(about: &About<'_>) -> Vec<(String, String)> {
    let all = about.run.recorded.variants.iter();
    all.map(|variant| (variant.name.clone(), about.called(&variant.labels, &variant.name))).collect()
}

fn grid(about: &About<'_>, scenario: &str, variants: &[(String, String)]) -> Grid {
    let words = &about.words;
    let cell = |name: &str, measure: &str| {
        let Some(effect) = about.effect(name, measure, EffectPlace::Cities) else { return ABSENT.to_owned() };
        let (numbers, way) = (about.numbers, way(about, effect));
        if matches!(way, ChangeDirection::Few | ChangeDirection::Withheld) {
            return verdict(about, effect);
        }
        let size = numbers.about(effect.difference);
        let size = effect.error.map_or(size.clone(), |error| format!("{size} ± {}", numbers.about(error)));
        let verdict = match (way, sides(about, effect)) {
            (ChangeDirection::Unclear, Some(sides)) => words.say("variants.unclear", &[("sides", &sides)]),
            _ => verdict(about, effect),
        };
        format!("{size} · {verdict}")
    };
    let row = |name: &str, label: &str| {
        let cells = MAIN_AND_VALUE.iter().map(|measure| cell(name, measure));
        std::iter::once(label.to_owned()).chain(cells).collect::<Vec<_>>()
    };
    let mut rows = vec![row(scenario, &words.get("variants.main"))];
    rows.extend(variants.iter().map(|(name, label)| row(&format!("{scenario}@{name}"), label)));
    let head = MAIN_AND_VALUE.iter().map(|measure| capital(&about.figure(measure)));
    let head = std::iter::once(words.get("variants.variant")).chain(head).collect();
    Grid::open(words.say("variants.table", &[("name", &about.label(scenario))]), head, rows)
}

/// Conclusions that differ between a variant and the rest of the report.
fn turned(about: &About<'_>, scenario: &str, variants: &[(String, String)]) -> Vec<PageBlock> {
    let words = &about.words;
    let changes = |(name, label): &(String, String)| {
        let other = format!("{scenario}@{name}");
        let turned: Vec<String> = MAIN_AND_VALUE
            .iter()
            .filter_map(|measure| {
                let both = [scenario, &other].map(|name| about.effect(name, measure, EffectPlace::Cities));
                let [Some(own), Some(other)] = both else { return None };
                let (before, after) = (verdict(about, own), verdict(about, other));
                let what = about.figure(measure);
                let of = [("what", &*what), ("before", &before), ("after", &after)];
                (before != after).then(|| words.say("variants.turn", &of))
            })
            .collect();
        (!turned.is_empty()).then(|| format!("{}: {}.", capital(label), turned.join("; ")))
    };
    let items: Vec<String> = variants.iter().filter_map(changes).collect();
    if items.is_empty() {
        return vec![PageBlock::text(words.get("variants.no_turn"))];
    }
    vec![PageBlock::text(words.get("variants.turns")), PageBlock::List { items, ordered: false }]
}

/// The causal share at which the conclusion on the next generation changes; `None` when it was not swept.
fn kappa(about: &About<'_>, scenario: &str) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let of = |effect: &ScenarioEffect, x: f64| Swept {
        x,
        net: effect.differences().into_iter().map(|(k, v)| (k, -v)).collect(),
    };
    let mut sweep: BTreeMap<u64, Swept> = BTreeMap::new();
    for RecordedVariant { name, set, .. } in &about.run.recorded.variants {
        let x = set.get(KAPPA).and_then(|value| value.as_f64()).filter(|_| set.len() == 1);
        let effect = about.effect(&format!("{scenario}@{name}"), HEADLINE, EffectPlace::Cities);
        if let (Some(x), Some(effect)) = (x, effect) {
            sweep.insert(x.to_bits(), of(effect, x));
        }
    }
    let sweep: Vec<Swept> = sweep.into_values().collect();
    if sweep.len() < 2 {
        return None;
    }
    let seed = about.run.manifest.seed;
    let design = design(about.run).of(sweep[0].net.keys());
    let found = match flip::flip(&sweep, 0.0, None, design, seed) {
        Ok(found) => found,
        Err(fault) => return Some(PageBlock::missing(words.say("variants.no_flip", &[("why", &fault.to_string())]))),
    };
    let (low, high) = (numbers.about(sweep[0].x), numbers.about(sweep[sweep.len() - 1].x));
    let text = match found.at {
        Flip::At(x) => {
            let limit = |limit: Limit| match limit {
                Limit::At(x) => numbers.about(x),
                Limit::BelowRange => words.say("variants.below", &[("low", &low)]),
                Limit::AboveRange => words.say("variants.above", &[("high", &high)]),
            };
            let (from, until) =
                found.limits.map_or((ABSENT.to_owned(), ABSENT.to_owned()), |(a, b)| (limit(a), limit(b)));
            words.say("variants.flips", &[("at", &numbers.about(x)), ("from", &from), ("until", &until)])
        }
        Flip::Never(side) => {
            let key = if side == ThresholdSide::Above { "variants.always_less" } else { "variants.always_more" };
            words.say(key, &[("low", &low), ("high", &high), ("share", &numbers.percent(found.agree))])
        }
    };
    Some(PageBlock::text(text))
}

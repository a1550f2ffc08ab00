//! Differences between scenarios as text, figures and tables, shared by several sections.

use crate::analysis::figures::MAIN;
use crate::analysis::{Among, EffectPlace, Hidden, ScenarioEffect, hidden};
use crate::charts::{Axis, Strip, StripChart, StripDrawing};
use crate::report::about::About;
use crate::report::numbers::ABSENT;
use crate::report::view::{Grid, PageBlock, StripFigure, StripGroup, StripLine};
use crate::report::words::capital;

/// Direction of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum ChangeDirection {
    /// Its interval is below zero.
    Less,
    /// Its interval is above zero.
    More,
    /// Its interval includes zero.
    Unclear,
    /// There is no interval.
    Unknown,
    /// Fewer than ten were simulated.
    Few,
    /// It depends on a queue that is too small at this scale.
    Withheld,
}

/// The direction of a difference.
pub(in crate::report) fn way(about: &About<'_>, effect: &ScenarioEffect) -> ChangeDirection {
    match hidden(effect, about.reach(&effect.scenario), about.providers.as_deref(), about.scale) {
        Some(Hidden::Withheld) => return ChangeDirection::Withheld,
        Some(Hidden::Few) => return ChangeDirection::Few,
        None => {}
    }
    match effect.limits {
        None => ChangeDirection::Unknown,
        Some((_, high)) if high < 0.0 => ChangeDirection::Less,
        Some((low, _)) if low > 0.0 => ChangeDirection::More,
        Some(_) => ChangeDirection::Unclear,
    }
}

/// A difference in a sentence, with a remark if it may include births that did not happen.
pub(super) fn sentence(about: &About<'_>, effect: &ScenarioEffect) -> String {
    let words = &about.words;
    let said = difference(about, effect);
    let sides = effect.sides;
    let shown = !matches!(way(about, effect), ChangeDirection::Few | ChangeDirection::Withheld)
        && sides.lower + sides.higher > 0;
    if shown && has_births(about, effect) {
        return format!("{said} {}", words.get("effect.with_births"));
    }
    said
}

/// Whether a difference may include persons born in only one of the scenarios.
pub(super) fn has_births(about: &About<'_>, effect: &ScenarioEffect) -> bool {
    effect.among == Among::Everybody && effect.measure != "births" && about.births_differ(&effect.scenario)
}

fn difference(about: &About<'_>, effect: &ScenarioEffect) -> String {
    let (words, numbers) = (&about.words, about.numbers);
    let what = about.figure(effect.measure);
    let size = numbers.about(effect.difference.abs());
    let share = share_of(effect).map_or_else(|| ABSENT.to_owned(), |share| numbers.percent(share.abs()));
    let (low, high) = effect.limits.unwrap_or((f64::NAN, f64::NAN));
    let both = |a: f64, b: f64| (numbers.about(a.abs()), numbers.about(b.abs()));
    let direction = if effect.difference < 0.0 { words.get("effect.fewer") } else { words.get("effect.more") };
    match way(about, effect) {
        ChangeDirection::Withheld => words.say("effect.withheld", &[("what", &capital(&what))]),
        ChangeDirection::Unclear | ChangeDirection::Unknown if effect.sides.equal == effect.sides.all() => {
            words.say("effect.same", &[("what", &capital(&what))])
        }
        ChangeDirection::Less => {
            let (small, large) = both(high, low);
            let of = [("size", &*size), ("what", &what), ("share", &share), ("small", &small), ("large", &large)];
            words.say("effect.less", &of)
        }
        ChangeDirection::More => {
            let (small, large) = both(low, high);
            let of = [("size", &*size), ("what", &what), ("share", &share), ("small", &small), ("large", &large)];
            words.say("effect.rise", &of)
        }
        ChangeDirection::Unclear => {
            let (small, large) = both(low, high);
            let sides = about.sides(effect.sides);
            let what = capital(&what);
            let best = [("size", &*size), ("direction", &direction)];
            let of = [("what", &*what), ("less", &small), ("more", &large), ("sides", &sides), best[0], best[1]];
            words.say("effect.unclear", &of)
        }
        ChangeDirection::Unknown => {
            words.say("effect.single", &[("what", &capital(&what)), ("size", &size), ("direction", &direction)])
        }
        ChangeDirection::Few => words.say("effect.few", &[("what", &capital(&what))]),
    }
}

/// A short word for the direction of a difference.
pub(super) fn verdict(about: &About<'_>, effect: &ScenarioEffect) -> String {
    about.words.get(match way(about, effect) {
        ChangeDirection::Unclear | ChangeDirection::Unknown if effect.sides.equal == effect.pairs => "effect.word_same",
        ChangeDirection::Less => "effect.word_less",
        ChangeDirection::More => "effect.word_more",
        ChangeDirection::Unclear => "effect.word_unclear",
        ChangeDirection::Unknown => "effect.word_unknown",
        ChangeDirection::Few => "effect.word_few",
        ChangeDirection::Withheld => "effect.word_withheld",
    })
}

/// A difference as a fraction of the comparator.
fn share_of(effect: &ScenarioEffect) -> Option<f64> {
    (effect.comparator != 0.0).then(|| effect.difference / effect.comparator)
}

/// Number of measures up to which a figure has a group of rows for every outcome; with more it has the main outcomes.
const FEW_MEASURES: usize = 4;

/// One figure of changes: a group of rows for each outcome, a row for each measure, as fractions of the comparator.
/// Outcomes that cannot be shown are left out. `None` if nothing can be shown.
pub(super) fn strips(about: &About<'_>, title: String, measures: &[&str]) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let others = about.others();
    let many = others.len() > FEW_MEASURES;
    let mut drawn: Vec<(usize, StripLine)> = Vec::new();
    let mut strips = Vec::new();
    let mut names = Vec::new();
    for measure in measures.iter().filter(|measure| !many || MAIN.contains(measure)) {
        names.push(about.short(measure));
        for name in &others {
            let Some(effect) = about.effect(name, measure, EffectPlace::Cities) else { continue };
            if matches!(way(about, effect), ChangeDirection::Few | ChangeDirection::Withheld)
                || effect.comparator == 0.0
            {
                continue;
            }
            let of = |value: f64| value / effect.comparator;
            let (low, high) = effect.limits.map_or((f64::NAN, f64::NAN), |(low, high)| (of(low), of(high)));
            let range = match effect.limits {
                Some(_) => about.percents_between(low, high),
                None => numbers.percent(of(effect.difference)),
            };
            strips.push(Strip { point: of(effect.difference), low, high });
            let label = about.label(name);
            let line = StripLine { label, drawing: StripDrawing::default(), range, verdict: verdict(about, effect) };
            drawn.push((names.len() - 1, line));
        }
    }
    let axis = Axis { name: words.get("effect.axis"), format: numbers.percents(1), reach: vec![-0.01, 0.01] };
    let layout = StripChart { axis, zero: 0.0, rows: strips }.layout()?;
    let mut groups: Vec<StripGroup> = Vec::new();
    let mut last = None;
    for ((group, mut line), drawing) in drawn.into_iter().zip(layout.rows) {
        line.drawing = drawing;
        let name = names.get(group).cloned().unwrap_or_default();
        if others.len() == 1 {
            // The outcome is the name of the row.
            line.label = name;
            match groups.first_mut() {
                Some(all) => all.rows.push(line),
                None => groups.push(StripGroup { name: String::new(), rows: vec![line] }),
            }
        } else if last == Some(group) {
            groups.last_mut().into_iter().for_each(|own| own.rows.push(line.clone()));
        } else {
            groups.push(StripGroup { name, rows: vec![line] });
        }
        last = Some(group);
    }
    let rows_are = words.get(if others.len() == 1 { "effect.column.measure" } else { "effect.column.scenario" });
    Some(PageBlock::Strips(StripFigure {
        title,
        summary: words.get("changes.how"),
        head: [rows_are, words.get("effect.axis"), words.get("effect.column.interval"), words.get("effect.notes")],
        sides: [words.get("effect.left"), words.get("effect.right")],
        ticks: layout.ticks,
        zero: layout.zero,
        groups,
    }))
}

/// Number of draws, or replicates, in which the figure is lower, equal and higher; `None` with one.
pub(super) fn sides(about: &About<'_>, effect: &ScenarioEffect) -> Option<String> {
    (effect.pairs > 1).then(|| about.sides(effect.sides))
}

/// Table of differences: figures and scenarios, in the cities and elsewhere.
pub(super) fn grid(about: &About<'_>, caption: String, measures: &[&str]) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let head = ["measure", "scenario", "place", "among", "base", "difference", "interval", "sides", "verdict"];
    let head = head.iter().map(|name| about.of("effect.column", name)).collect();
    let mut rows = Vec::new();
    for measure in measures {
        for name in about.others() {
            for effect in about.effects_of(name, measure) {
                let hidden = match way(about, effect) {
                    ChangeDirection::Few => Some(numbers.few()),
                    ChangeDirection::Withheld => Some(words.get("effect.word_withheld")),
                    ChangeDirection::Less
                    | ChangeDirection::More
                    | ChangeDirection::Unclear
                    | ChangeDirection::Unknown => None,
                };
                let few = hidden.is_some();
                let shown = |value: f64| hidden.clone().unwrap_or_else(|| numbers.about(value));
                let limits = effect.limits.map_or_else(
                    || ABSENT.to_owned(),
                    |(low, high)| words.say("effect.limits", &[("low", &shown(low)), ("high", &shown(high))]),
                );
                rows.push(vec![
                    capital(&about.figure(measure)),
                    about.label(name),
                    about.place(effect),
                    about.among(effect),
                    shown(effect.comparator),
                    shown(effect.difference),
                    hidden.clone().unwrap_or(limits),
                    if few || effect.pairs < 2 { ABSENT.to_owned() } else { about.sides_cell(effect.sides) },
                    verdict(about, effect),
                ]);
            }
        }
    }
    Grid::folded(caption, head, rows)
}

//! Uncertainty: evidence grades of the inputs, draws, replicates, Monte Carlo error.

use std::collections::BTreeMap;

use super::differences::{ChangeDirection, way};
use crate::analysis::evaluation::{MANY_DRAWS, Share, share_explained};
use crate::analysis::figures::MAIN_AND_VALUE;
use crate::analysis::{self, Counted, EffectPlace};
use crate::report::about::{About, WTP};
use crate::report::numbers::ABSENT;
use crate::report::view::{Grid, PageBlock, Section};
use crate::report::words::capital;
use crate::stats::common_luck::ratio_of_common_luck;
use crate::stats::enough::{EnsembleCost, Number, enough};
use crate::stats::pairs::Design;
use crate::stats::variance::Split;

const GRADES: [&str; 4] = ["A", "B", "C", "derived"];

pub(super) fn section(about: &About<'_>) -> Section {
    let (words, numbers) = (&about.words, about.numbers);
    let of = [
        ("draws", &*numbers.whole(about.draws as f64)),
        ("replicates", &numbers.whole(about.replicates as f64)),
        ("scale", &numbers.percent(about.scale)),
    ];
    let lead = if about.draws == 0 { "sure.lead_central" } else { "sure.lead" };
    let mut blocks = vec![PageBlock::Lead { text: words.say(lead, &of) }];
    blocks.push(PageBlock::Table(grades(about)));
    blocks.push(lifetime(about));
    blocks.extend(PageBlock::more(words.get("sure.assumptions"), vec![resting(about)]));
    if about.effects.is_some() && about.draws.max(about.replicates) > 1 {
        let mut inside = vec![PageBlock::text(words.get("sure.luck_how")), PageBlock::Table(errors(about))];
        inside.extend(common_luck(about));
        inside.extend(split(about));
        blocks.extend(PageBlock::more(words.get("sure.luck"), inside));
    } else {
        blocks.push(PageBlock::missing(words.get("sure.no_luck")));
    }
    Section { id: "sure", title: words.get("sure.title"), blocks }
}

/// Part of the lifetime of persons born in the years simulated that lies within these years.
fn lifetime(about: &About<'_>) -> PageBlock {
    let (words, numbers) = (&about.words, about.numbers);
    let Some(observed) = about.observed else { return PageBlock::missing(words.get("sure.no_lifetime")) };
    let of = [
        ("share", &*numbers.percent(observed.share)),
        ("until", &observed.until_age.to_string()),
        ("age", &numbers.whole(observed.mean_age)),
        ("last", &about.years.1.to_string()),
    ];
    PageBlock::text(words.say("sure.lifetime_share", &of))
}

fn grades(about: &About<'_>) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let found = analysis::acting_by_grade(&about.run.manifest);
    let all: usize = found.values().map(|counted| counted.all).sum();
    let row = |grade: &&str| {
        let Counted { all: count, with_spread: spread } = found.get(*grade).copied().unwrap_or_default();
        vec![
            about.of("sure.grade", grade),
            numbers.whole(count as f64),
            numbers.percent(count as f64 / all.max(1) as f64),
            numbers.whole(spread as f64),
        ]
    };
    let head = ["grade", "count", "share", "spread"].iter().map(|name| about.of("sure.column", name)).collect();
    Grid::open(words.get("sure.grades"), head, GRADES.iter().map(row).collect())
}

/// Fraction of the variance of results that is due to assumptions.
fn resting(about: &About<'_>) -> PageBlock {
    let (words, numbers) = (&about.words, about.numbers);
    let (Some(main), Some(parameters), true) = (about.evaluation(), &about.parameters, about.draws >= MANY_DRAWS)
    else {
        let of = [("draws", &*numbers.whole(about.draws as f64)), ("needed", &numbers.whole(MANY_DRAWS as f64))];
        return PageBlock::missing(words.say("sure.resting_draws", &of));
    };
    let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, key) in parameters.names().iter().enumerate() {
        let passport = about.passport(key).filter(|it| it["grade"] == "C");
        let family = passport.map(|it| it["family"].as_str().unwrap_or(key));
        family.into_iter().for_each(|family| families.entry(family).or_default().push(at));
    }
    let families: Vec<Vec<usize>> = families.into_values().collect();
    let benefit = main.means.incremental_net_benefit(WTP);
    let told = |found: Share| {
        let percent = |share: f64| numbers.percents(0).write(share.clamp(0.0, 1.0));
        let ends = (found.share - 1.96 * found.se, found.share + 1.96 * found.se);
        let limits = about.share_limits(ends);
        limits
            .map_or_else(|| words.get("sure.resting_unknown"), |limits| format!("{} ({limits})", percent(found.share)))
    };
    let rows = about.others().into_iter().map(|name| {
        let at = main.means.strategies().iter().position(|own| own == name);
        let share = at.and_then(|at| share_explained(parameters, &families, benefit.column(at)));
        vec![about.label(name), share.map_or_else(|| ABSENT.to_owned(), told)]
    });
    let head = vec![words.get("effect.column.scenario"), words.get("sure.resting_share")];
    PageBlock::Table(Grid::open(words.get("sure.resting_table"), head, rows.collect()))
}

fn errors(about: &About<'_>) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let mut rows = Vec::new();
    for measure in MAIN_AND_VALUE {
        for name in about.others() {
            let Some(effect) = about.effect(name, measure, EffectPlace::Cities) else { continue };
            if matches!(way(about, effect), ChangeDirection::Few | ChangeDirection::Withheld) {
                continue;
            }
            let error = effect.error.map_or_else(|| ABSENT.to_owned(), |error| numbers.about(error));
            let what = capital(&about.figure(measure));
            rows.push(vec![what, about.label(name), numbers.about(effect.difference), error]);
        }
    }
    let head = ["measure", "scenario", "difference", "error"];
    let head = head.iter().map(|name| about.of("effect.column", name)).collect();
    Grid::open(words.get("sure.errors"), head, rows)
}

/// Variance reduction of differences by common random numbers.
fn common_luck(about: &About<'_>) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let mut rows = Vec::new();
    for measure in MAIN_AND_VALUE {
        for name in about.others() {
            let Some(effect) = about.effect(name, measure, EffectPlace::Cities) else { continue };
            let side = |own: bool| -> BTreeMap<(i64, i64), f64> {
                let of = |(base, scenario): &(f64, f64)| if own { *scenario } else { *base };
                effect.units.iter().map(|(unit, both)| (*unit, of(both))).collect()
            };
            let design = design(about);
            let seed = about.run.manifest.seed;
            let Ok(found) = ratio_of_common_luck(&side(false), &side(true), design, seed) else { continue };
            let limits = [("low", &*numbers.about(found.limits.0)), ("high", &numbers.about(found.limits.1))];
            rows.push(vec![
                capital(&about.figure(measure)),
                about.label(name),
                numbers.about(found.ratio),
                words.say("effect.limits", &limits),
            ]);
        }
    }
    let head = ["measure", "scenario", "ratio", "interval"];
    let head = head.iter().map(|name| about.of("sure.luck_column", name)).collect();
    (!rows.is_empty()).then(|| PageBlock::Table(Grid::folded(words.get("sure.common_luck"), head, rows)))
}

/// Dependence between the pairs of the run; `Alone` if there is nothing to decompose.
fn design(about: &About<'_>) -> Design {
    if about.draws < 2 || about.replicates < 2 { Design::Alone } else { analysis::design(about.run) }
}

/// The variance of the mean difference decomposed into parameter uncertainty and Monte Carlo error, and the number of
/// replicates needed.
fn split(about: &About<'_>) -> Vec<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    if design(about) == Design::Alone {
        return vec![PageBlock::missing(words.get("sure.no_split"))];
    }
    let mut rows = Vec::new();
    for measure in MAIN_AND_VALUE {
        for name in about.others() {
            let Some(effect) = about.effect(name, measure, EffectPlace::Cities) else { continue };
            let values = effect.differences();
            let found = match design(about) {
                Design::Crossed => Split::crossed(&values),
                _ => Split::nested(&values),
            };
            let Ok(found) = found else { continue };
            // A confidence interval of a tenth of the difference on either side.
            let target = effect.difference.abs() / 20.0;
            let cost = EnsembleCost { founding: 1.0, running: 1.0 };
            let number = |number: Number| match number {
                Number::Of(count) => numbers.whole(count as f64),
                Number::Never { .. } => words.get("sure.never_enough"),
            };
            let enough = enough(&found, target, cost);
            rows.push(vec![
                capital(&about.figure(measure)),
                about.label(name),
                numbers.percent(found.parameters.share),
                numbers.percent(1.0 - found.parameters.share),
                enough.map_or_else(|| ABSENT.to_owned(), |it| number(it.replicates)),
                enough.map_or_else(|| ABSENT.to_owned(), |it| number(it.draws)),
            ]);
        }
    }
    let head = ["measure", "scenario", "parameters", "luck", "replicates", "draws"];
    let head = head.iter().map(|name| about.of("sure.split_column", name)).collect();
    vec![PageBlock::Table(Grid::folded(words.get("sure.split"), head, rows))]
}

//! The question and the answer, at the top of the page.

use std::collections::BTreeSet;

use super::differences::{ChangeDirection, has_births, sentence, way};
use crate::analysis::figures::MAIN;
use crate::analysis::{EffectPlace, MeasureReach, ScenarioEffect};
use crate::money::Payer;
use crate::report::about::{About, WTP, mean_of, rows_where};
use crate::report::numbers::{ABSENT, FEWEST};
use crate::report::view::{Answer, KeyFigure, PageBlock, Section};
use crate::report::words::capital;

pub(super) fn section(about: &About<'_>) -> Section {
    let (words, numbers) = (&about.words, about.numbers);
    let (first, last) = (about.years.0.to_string(), about.years.1.to_string());
    let years = (about.years.1 - about.years.0 + 1).to_string();
    let base = about.label(about.base());
    let mut blocks = vec![PageBlock::Lead {
        text: if about.effects.is_some() {
            let of = [("base", &*base), ("first", &first), ("last", &last)];
            match about.others()[..] {
                [only] => words.say("answer.question_one", &[("name", &*about.label(only)), of[0], of[1], of[2]]),
                ref all => {
                    let count = numbers.whole(all.len() as f64);
                    words.say("answer.question", &[("count", &*count), of[0], of[1], of[2]])
                }
            }
        } else {
            let key = if about.takes_away() { "answer.question_passing" } else { "answer.question_single" };
            words.say(key, &[("base", &base), ("first", &first), ("last", &last)])
        },
    }];
    blocks.push(PageBlock::Figures { figures: figures(about) });
    if about.effects.is_some() {
        let of = [("years", &*years), ("range", &about.range_explained())];
        blocks.push(PageBlock::text(words.say("answer.reading", &of)));
        let apart = if about.tells_persons_apart() { "effect.apart" } else { "effect.not_apart" };
        blocks.push(PageBlock::text(words.get(apart)));
        blocks.push(PageBlock::Answers { answers: about.others().iter().map(|name| answer(about, name)).collect() });
        blocks.push(PageBlock::note(words.get("answer.many")));
    } else {
        blocks.push(about.single());
    }
    Section { id: "answer", title: words.get("answer.title"), blocks }
}

/// The two or three headline numbers.
fn figures(about: &About<'_>) -> Vec<KeyFigure> {
    let (words, numbers) = (&about.words, about.numbers);
    let mut figures = Vec::new();
    if let Some(found) = about.reproduction() {
        let of = [
            ("from", &*found.parents.0.to_string()),
            ("until", &found.parents.1.to_string()),
            ("limits", &found.r.range.map_or_else(|| ABSENT.to_owned(), |limits| about.limits(limits))),
            ("counted", &numbers.about(found.association.mean)),
        ];
        figures.push(KeyFigure {
            value: numbers.about(found.r.mean),
            label: words.get("answer.passing"),
            note: words.say("answer.passing_note", &of),
        });
    }
    if let Some(never) = never(about) {
        figures.push(KeyFigure {
            value: words.say("answer.of_100", &[("count", &numbers.whole(never))]),
            label: words.get("answer.never"),
            note: words.get("answer.never_note"),
        });
    }
    // A run without this column has no such figure.
    let witnessing = about.by_year("children_witnessing", about.base(), "G4").unwrap_or_default();
    let all: Vec<f64> = witnessing.into_values().flatten().collect();
    if !all.is_empty() {
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        figures.push(KeyFigure {
            value: numbers.unless_few(mean / about.scale, mean),
            label: words.get("answer.witnessing"),
            note: words.say("answer.witnessing_note", &[("base", &about.label(about.base()))]),
        });
    }
    if about.effects.is_some() {
        let others = about.others();
        let clear = others.iter().filter(|name| {
            let main = MAIN.iter().filter_map(|measure| about.effect(name, measure, EffectPlace::Cities));
            main.into_iter().any(|effect| way(about, effect) == ChangeDirection::Less)
        });
        let (count, all) = (clear.count().to_string(), others.len().to_string());
        figures.push(KeyFigure {
            value: words.say("answer.count_of", &[("count", &count), ("all", &all)]),
            label: words.get("answer.clear"),
            note: words.get("answer.clear_note"),
        });
    }
    figures
}

/// Of 100 children exposed to violence, the number who never use it against a partner by 40.
pub(super) fn never(about: &About<'_>) -> Option<f64> {
    let table = about.table("transmission")?;
    let says =
        [("scenario", about.base()), ("city", "G4"), ("sex", "both"), ("pathway", "exposed_use"), ("window", "all")];
    // A run without one of these columns has no such figure; the section on generations names the column.
    let rows = rows_where(table, &says).ok()?;
    let persons = mean_of(table, &rows, "exposed_reaching_40").ok()??;
    if persons < 10.0 { None } else { mean_of(table, &rows, "never_by_40_of_100").ok()? }
}

fn answer(about: &About<'_>, name: &str) -> Answer {
    let words = &about.words;
    let main: Vec<_> = MAIN.iter().filter_map(|measure| about.effect(name, measure, EffectPlace::Cities)).collect();
    let ways: Vec<ChangeDirection> = main.iter().map(|effect| way(about, effect)).collect();
    let (less, more) = (ways.contains(&ChangeDirection::Less), ways.contains(&ChangeDirection::More));
    let name_of = || capital(&about.label(name));
    let unclear = |key: &str, sentences: Vec<String>| Answer {
        name: name_of(),
        verdict: words.get(key),
        tone: "unclear",
        sentences,
    };
    let reach = about.reach(name);
    if reach.is_some_and(|reach| reach.same_world) {
        let scale = about.numbers.percent(about.scale);
        let nobody = reach.filter(|reach| reach.nobody()).map(|_| words.say("answer.nobody_how", &[("scale", &scale)]));
        let how = words.get("answer.same_world_how");
        return unclear("answer.same_world", std::iter::once(how).chain(nobody).collect());
    }
    if reach.is_some_and(MeasureReach::nobody) && main.iter().all(|effect| effect.sides.equal == effect.pairs) {
        let how = words.say("answer.nobody_how", &[("scale", &about.numbers.percent(about.scale))]);
        let costs = money(about, name).filter(|_| changes(about, name, "euro"));
        return unclear("answer.nobody", std::iter::once(how).chain(costs).collect());
    }
    if let Some(need) = about.needs_scale(name) {
        let need = (need * 100.0).ceil() / 100.0;
        let of = [("scale", &*about.numbers.percent(about.scale)), ("need", &about.numbers.percent(need))];
        let how = words.say("answer.withheld_how", &of);
        return unclear("answer.withheld", std::iter::once(how).chain(reached(about, name)).collect());
    }
    let (key, tone) = match (less, more) {
        (true, false) => ("answer.less", "better"),
        (false, true) => ("answer.more", "worse"),
        (true, true) => ("answer.mixed", "unclear"),
        (false, false) if ways.iter().all(|way| *way == ChangeDirection::Unknown) => ("answer.unknown", "unclear"),
        (false, false) if main.iter().all(|effect| effect.sides.equal == effect.pairs) => ("answer.none", "unclear"),
        (false, false) if leaning(&main) == Some(ChangeDirection::Less) => ("answer.leaning_less", "unclear"),
        (false, false) if leaning(&main) == Some(ChangeDirection::More) => ("answer.leaning_more", "unclear"),
        (false, false) => ("answer.unclear", "unclear"),
    };
    let mut sentences: Vec<String> = reached(about, name).into_iter().collect();
    if let Some((share, need)) = about.shortest(name) {
        let need = about.numbers.percent((need * 100.0).ceil() / 100.0);
        let of = [("share", &*about.numbers.percents(0).write(share)), ("need", &need)];
        sentences.push(words.say("answer.queue", &of));
    }
    sentences.extend(main.iter().map(|effect| sentence(about, effect)));
    sentences.extend(births(about, name));
    sentences.extend(money(about, name));
    sentences.extend(worth(about, name));
    Answer { name: name_of(), verdict: words.get(key), tone, sentences }
}

/// Whether a figure differs from the comparator in any pair.
fn changes(about: &About<'_>, name: &str, measure: &str) -> bool {
    about.effect(name, measure, EffectPlace::Cities).is_some_and(|effect| effect.sides.equal < effect.pairs)
}

/// Number of people reached by a measure, and cost of one start.
fn reached(about: &About<'_>, name: &str) -> Option<String> {
    let (words, numbers) = (&about.words, about.numbers);
    let reach = about.reach(name)?;
    if reach.programmes.is_empty() {
        return Some(words.get("answer.no_starts"));
    }
    let Some(known) = reach.known() else { return Some(words.get("answer.reach_unknown")) };
    if known <= -FEWEST {
        return Some(words.say("answer.starts_fewer", &[("starts", &numbers.about(-known / about.scale))]));
    }
    if known < 0.0 {
        return Some(words.get("answer.starts_few_fewer"));
    }
    if known < FEWEST {
        return Some(words.get("answer.reached_few"));
    }
    let key = match (reach.persons, reach.starts) {
        (Some(_), Some(_)) => "answer.reached_and_started",
        (Some(_), None) => "answer.reached",
        (None, _) => "answer.started",
    };
    let real = |value: Option<f64>| numbers.about(value.unwrap_or(0.0) / about.scale);
    let told = words.say(key, &[("persons", &*real(reach.persons)), ("starts", &real(reach.starts))]);
    let cost = about.effects.as_ref()?.cost_of(reach, about.scale).map(|euro| {
        let key = if reach.starts.is_some() { "answer.start_cost" } else { "answer.person_cost" };
        words.say(key, &[("euro", &numbers.euro(euro))])
    });
    Some(std::iter::once(told).chain(cost).collect::<Vec<_>>().join(" "))
}

/// Difference in the number of births: a number without a value.
fn births(about: &About<'_>, name: &str) -> Option<String> {
    let (words, numbers) = (&about.words, about.numbers);
    let effect = about.effect(name, "births", EffectPlace::Cities)?;
    if way(about, effect) == ChangeDirection::Few {
        return None;
    }
    if effect.sides.equal == effect.pairs {
        return Some(words.get("answer.births_same"));
    }
    let direction = words.get(if effect.difference < 0.0 { "effect.fewer" } else { "effect.more" });
    let of = [
        ("size", &*numbers.about(effect.difference.abs())),
        ("direction", &direction),
        ("sides", &about.sides(effect.sides)),
    ];
    Some(words.say("answer.births", &of))
}

/// Proportion of draws, or replicates, on one side for which an answer is said to lean to it.
const LEANING: f64 = 0.9;
/// Minimum number of draws or replicates for that.
const FEWEST_LEANING: usize = 10;

/// The side that some figures lean to although their ranges include zero, if none leans to the other.
fn leaning(main: &[&ScenarioEffect]) -> Option<ChangeDirection> {
    let enough = main.iter().filter(|effect| effect.pairs >= FEWEST_LEANING);
    let sides: BTreeSet<bool> = enough
        .filter_map(|effect| {
            let [less, _, more] = effect.sides.shares();
            (less.max(more) >= LEANING).then_some(less > more)
        })
        .collect();
    match sides.into_iter().collect::<Vec<_>>()[..] {
        [less] => Some(if less { ChangeDirection::Less } else { ChangeDirection::More }),
        _ => None,
    }
}

/// Cost per year, and the main payer.
fn money(about: &About<'_>, name: &str) -> Option<String> {
    let (words, numbers) = (&about.words, about.numbers);
    let years = (about.years.1 - about.years.0 + 1).max(1) as f64;
    let effect = |key: &str| about.effect(name, key, EffectPlace::Cities);
    let whole = effect("euro")?;
    if whole.sides.equal == whole.pairs {
        return Some(words.get("answer.euro_same"));
    }
    let all = whole.difference / years;
    let of = |payer: Payer| Some((payer, effect(&format!("euro_{}", payer.word()))?.difference / years));
    let by_payer = Payer::ALL.into_iter().filter_map(of);
    let (payer, most) = by_payer.max_by(|a, b| (a.1 * all.signum()).total_cmp(&(b.1 * all.signum())))?;
    let sure = match whole.limits {
        None => words.get("answer.euro_single"),
        Some((low, high)) if low <= 0.0 && high >= 0.0 => words.get("answer.euro_unclear"),
        Some(_) => words.get("answer.euro_clear"),
    };
    let key = if all >= 0.0 { "answer.costs" } else { "answer.saves" };
    let of = [
        ("euro", &*numbers.euro(all.abs())),
        ("payer", &about.of("payer", payer.word())),
        ("part", &numbers.euro(most.abs())),
        ("sure", &sure),
    ];
    let said = words.say(key, &of);
    let births = has_births(about, whole).then(|| words.get("effect.with_births"));
    Some(std::iter::once(said).chain(births).collect::<Vec<_>>().join(" "))
}

/// Probability of being cost-effective.
fn worth(about: &About<'_>, name: &str) -> Option<String> {
    let (words, numbers) = (&about.words, about.numbers);
    let evaluation = about.evaluation()?;
    let at = evaluation.means.strategies().iter().position(|own| own == name)?;
    let chance = evaluation.better(at, WTP).ok()?;
    Some(words.say("answer.worth", &[("chance", &about.chance(chance)), ("wtp", &numbers.euro(WTP))]))
}

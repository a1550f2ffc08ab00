//! The question and the answer, at the top of the page: one sentence for each measure, three scales, and the limits.

use super::differences::{ChangeDirection, has_births, sentence, way};
use super::verdict;
use crate::analysis::figures::MAIN;
use crate::analysis::{self, EffectPlace, MeasureReach};
use crate::report::about::{About, WTP};
use crate::report::numbers::{ABSENT, FEWEST};
use crate::report::view::{Answer, Grid, PageBlock, Section, VerdictScale};
use crate::report::words::capital;

/// Number of measures up to which the answers come first; with more, a table of all of them does.
const FEW_ANSWERS: usize = 4;

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: question(about) }];
    let answers: Vec<Answer> = match about.effects {
        Some(_) => about.others().iter().map(|name| answer(about, name)).collect(),
        None => Vec::new(),
    };
    let many = answers.len() > FEW_ANSWERS;
    if many {
        blocks.push(PageBlock::Table(overview(about, &answers)));
    } else if !answers.is_empty() {
        blocks.push(PageBlock::Answers { answers: answers.clone() });
    } else {
        blocks.push(PageBlock::Figures { figures: super::generations::figures(about) });
        blocks.push(about.single());
    }
    blocks.push(PageBlock::heading(words.get("answer.limits")));
    blocks.push(PageBlock::List { items: limits(about), ordered: false });
    if about.effects.is_some() {
        let years = (about.years.1 - about.years.0 + 1).to_string();
        let of = [("years", &*years), ("range", &about.range_explained())];
        let apart = if about.tells_persons_apart() { "effect.apart" } else { "effect.not_apart" };
        let how = vec![
            PageBlock::text(words.get("answer.scales_how")),
            PageBlock::text(words.say("answer.reading", &of)),
            PageBlock::text(words.get(apart)),
            PageBlock::text(words.get("answer.many")),
        ];
        blocks.extend(PageBlock::more(words.get("answer.how"), how));
    }
    if many {
        blocks.push(PageBlock::heading(words.get("answer.each")));
        blocks.push(PageBlock::Answers { answers });
    }
    Section { id: "answer", title: words.get("answer.title"), blocks }
}

/// One row for each measure: its three scales, or why there are none.
fn overview(about: &About<'_>, answers: &[Answer]) -> Grid {
    let words = &about.words;
    let names = ["effect.column.scenario", "scale.effect", "scale.cost", "scale.certainty"].map(|key| words.get(key));
    let cell = |scale: &VerdictScale| {
        if scale.text.is_empty() { scale.step.clone() } else { format!("{} ({})", scale.step, scale.text) }
    };
    let row = |answer: &Answer| -> Vec<String> {
        let said: Vec<String> = match &answer.scales[..] {
            [] => vec![answer.verdict.clone(), ABSENT.to_owned(), ABSENT.to_owned()],
            scales => scales.iter().map(cell).collect(),
        };
        std::iter::once(answer.name.clone()).chain(said).collect()
    };
    Grid::open(words.get("answer.overview"), names.to_vec(), answers.iter().map(row).collect())
}

fn question(about: &About<'_>) -> String {
    let (words, numbers) = (&about.words, about.numbers);
    let (first, last) = (about.years.0.to_string(), about.years.1.to_string());
    let base = about.label(about.base());
    let of = [("base", &*base), ("first", &first), ("last", &last)];
    if about.effects.is_none() {
        return words.say(if about.takes_away() { "answer.question_passing" } else { "answer.question_single" }, &of);
    }
    match about.others()[..] {
        [only] => words.say("answer.question_one", &[("name", &*about.label(only)), of[0], of[1], of[2]]),
        ref all => {
            let count = numbers.whole(all.len() as f64);
            words.say("answer.question", &[("count", &*count), of[0], of[1], of[2]])
        }
    }
}

/// What a reader must know before using the answer.
fn limits(about: &About<'_>) -> Vec<String> {
    let (words, numbers) = (&about.words, about.numbers);
    let mut items = vec![words.get("answer.limit_model")];
    let found = analysis::acting_by_grade(&about.run.manifest);
    let all: usize = found.values().map(|counted| counted.all).sum();
    let assumed = found.get("C").map_or(0, |counted| counted.all);
    if all > 0 {
        let ten = numbers.whole((10.0 * assumed as f64 / all as f64).round());
        items.push(words.say("answer.limit_assumed", &[("ten", &ten)]));
    }
    let draws = if about.draws == 0 { "answer.limit_central" } else { "answer.limit_draws" };
    let of = [("scale", &*numbers.percent(about.scale)), ("draws", &numbers.whole(about.draws as f64))];
    items.push(words.say(draws, &of));
    items
}

fn answer(about: &About<'_>, name: &str) -> Answer {
    let words = &about.words;
    let main: Vec<_> = MAIN.iter().filter_map(|measure| about.effect(name, measure, EffectPlace::Cities)).collect();
    let plain = |key: &str, facts: Vec<String>| Answer {
        name: capital(&about.label(name)),
        verdict: words.get(key),
        tone: "unclear",
        facts,
        ..Answer::default()
    };
    let scale = about.numbers.percent(about.scale);
    let nobody = || words.say("answer.nobody_how", &[("scale", &*scale)]);
    let reach = about.reach(name);
    if reach.is_some_and(|reach| reach.same_world) {
        let nobody = reach.filter(|reach| reach.nobody()).map(|_| nobody());
        return plain("answer.same_world", std::iter::once(words.get("answer.same_world_how")).chain(nobody).collect());
    }
    if reach.is_some_and(MeasureReach::nobody) && main.iter().all(|effect| effect.sides.equal == effect.pairs) {
        let costs = money(about, name).filter(|_| changes(about, name, "euro"));
        return plain("answer.nobody", std::iter::once(nobody()).chain(costs).collect());
    }
    if let Some(need) = about.needs_scale(name) {
        let of = [("scale", &*scale), ("need", &about.numbers.percent((need * 100.0).ceil() / 100.0))];
        let how = words.say("answer.withheld_how", &of);
        return plain("answer.withheld", std::iter::once(how).chain(reached(about, name)).collect());
    }
    if !main.is_empty() && main.iter().all(|effect| way(about, effect) == ChangeDirection::Few) {
        let facts = reached(about, name).into_iter().chain(money(about, name)).collect();
        return plain("answer.few", facts);
    }
    let headline = verdict::headline(about, name);
    let tone = match &headline {
        Some(it) if it.certainty >= verdict::Certainty::Probable && it.against.is_none() => {
            if it.less {
                "better"
            } else {
                "worse"
            }
        }
        _ => "unclear",
    };
    Answer {
        name: capital(&about.label(name)),
        verdict: verdict::sentence(about, name, headline.as_ref()),
        tone,
        scales: verdict::scales(about, name, headline.as_ref()),
        facts: reached(about, name).into_iter().collect(),
        sentences: details(about, name, &main),
    }
}

fn details(about: &About<'_>, name: &str, main: &[&analysis::ScenarioEffect]) -> Vec<String> {
    let (words, numbers) = (&about.words, about.numbers);
    let mut sentences: Vec<String> = main.iter().map(|effect| sentence(about, effect)).collect();
    if let Some((share, need)) = about.shortest(name) {
        let need = numbers.percent((need * 100.0).ceil() / 100.0);
        let of = [("share", &*numbers.percents(0).write(share)), ("need", &need)];
        sentences.push(words.say("answer.queue", &of));
    }
    sentences.extend(births(about, name));
    sentences.extend(money(about, name));
    sentences.extend(
        verdict::worth(about, name).map(|chance| {
            words.say("answer.worth", &[("chance", &*about.chance(chance)), ("wtp", &numbers.euro(WTP))])
        }),
    );
    sentences
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

/// Cost per year, and the main payer.
fn money(about: &About<'_>, name: &str) -> Option<String> {
    let (words, numbers) = (&about.words, about.numbers);
    let years = (about.years.1 - about.years.0 + 1).max(1) as f64;
    let whole = about.effect(name, "euro", EffectPlace::Cities)?;
    if whole.sides.equal == whole.pairs {
        return Some(words.get("answer.euro_same"));
    }
    let all = whole.difference / years;
    let (payer, most) = verdict::payer(about, name)?;
    let sure = match whole.limits {
        None => words.get("answer.euro_single"),
        Some((low, high)) if low <= 0.0 && high >= 0.0 => words.get("answer.euro_unclear"),
        Some((low, high)) => {
            let [small, large] =
                [low.abs().min(high.abs()), low.abs().max(high.abs())].map(|it| numbers.euro(it / years));
            words.say("answer.euro_clear", &[("low", &*small), ("high", &large)])
        }
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

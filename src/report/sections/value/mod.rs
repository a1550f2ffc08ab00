//! Cost-effectiveness: the cost-effective measures, with their probability, under each discounting rule.

mod costs;
mod curves;
mod thresholds;

use crate::analysis::evaluation::{ENOUGH_DRAWS, Evaluation, MARKS, Perspective};
use crate::economics::{IcerRow, Status};
use crate::report::about::{About, WTP};
use crate::report::numbers::ABSENT;
use crate::report::view::{Grid, PageBlock, Section};
use costs::{by_payer, named, two_measures};
use curves::{acceptability, loss, plane};
use thresholds::{frontier, presets, prices, without};

pub(super) fn section(about: &About<'_>) -> Section {
    let (words, numbers) = (&about.words, about.numbers);
    let mut blocks = vec![PageBlock::Lead { text: words.get("value.lead") }];
    match about.evaluation() {
        _ if about.accounts.is_none() => blocks.push(about.missing("costs")),
        _ if about.others().is_empty() => blocks.push(about.single()),
        Some(main) => {
            blocks.extend(best(about, main));
            blocks.extend(prices(about, main));
            let how = ["value.how", whose(about), "value.consequences"].map(|key| PageBlock::text(words.get(key)));
            blocks.extend(PageBlock::more(words.get("value.counted"), how.into()));
            blocks.extend(PageBlock::more(words.get("value.tables"), tables(about, main)));
            let drawn = [plane(about, main), acceptability(about, main), loss(about, main)];
            let rest = [frontier(about, main), information(about, main)].map(PageBlock::Table);
            let drawn = drawn.into_iter().flatten().chain(rest);
            blocks.extend(PageBlock::more(words.get("value.charts"), drawn.collect()));
            blocks.extend(PageBlock::more(words.get("value.presets"), other_rules(about, main)));
        }
        None => {
            let of = [("draws", &*numbers.whole(about.draws as f64)), ("needed", &numbers.whole(ENOUGH_DRAWS as f64))];
            blocks.push(PageBlock::missing(words.say("value.draws", &of)));
        }
    }
    Section { id: "value", title: words.get("value.title"), blocks }
}

/// Costs and health of the measures in tables.
fn tables(about: &About<'_>, main: &Evaluation) -> Vec<PageBlock> {
    let mut blocks = vec![
        PageBlock::Table(Grid { folded: false, ..icers(about, main) }),
        PageBlock::text(about.words.get("value.status")),
        PageBlock::Table(by_payer(about, main)),
    ];
    blocks.extend(two_measures(about, main));
    blocks
}

/// The decision under other rules of discounting, perspectives and health weights.
fn other_rules(about: &About<'_>, main: &Evaluation) -> Vec<PageBlock> {
    let mut blocks = vec![PageBlock::text(about.words.get("value.presets_how"))];
    blocks.extend(about.without_assumed.as_ref().map(|rest| without(about, main, rest)));
    blocks.extend(Perspective::WHOLE.map(|perspective| PageBlock::Table(presets(about, perspective))));
    let rest = about.evaluations.values().filter(|own| {
        let main = (own.rule, own.perspective) == (main.rule, main.perspective);
        !main && Perspective::WHOLE.contains(&own.perspective)
    });
    blocks.extend(rest.map(|own| PageBlock::Table(icers(about, own))));
    blocks
}

/// The text for the population whose costs and health are counted.
fn whose(about: &About<'_>) -> &'static str {
    let accounts = about.accounts.as_ref();
    let both = accounts.is_some_and(|accounts| accounts.of_both_worlds);
    let costs = accounts.is_some_and(|accounts| accounts.costs_of_both_worlds);
    let cohort = about.persons.iter().flatten().any(|persons| persons.of_cohort);
    match (both, cohort, costs) {
        (true, true, true) => "value.cohort_costs",
        (true, true, false) => "value.cohort",
        (true, false, true) => "value.both_costs",
        (true, false, false) => "value.both_worlds",
        (false, ..) => "value.births",
    }
}

/// The optimal measure, in a sentence.
fn best(about: &About<'_>, main: &Evaluation) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let at = main.curves.wtp.iter().position(|wtp| *wtp >= WTP)?;
    let optimal = *main.curves.optimal.get(at)?;
    let chance = main.curves.probability.get((at, optimal))?;
    let name = about.label(main.means.strategies().get(optimal)?);
    let of = [("wtp", &*numbers.euro(WTP)), ("name", &name), ("chance", &about.chance(*chance))];
    Some(PageBlock::text(words.say("value.best", &of)))
}

fn status(about: &About<'_>, status: Status) -> String {
    about.words.get(match status {
        Status::NonDominated => "value.nd",
        Status::ExtendedDominated => "value.ed",
        Status::Dominated => "value.d",
    })
}

/// The incremental table.
fn icers(about: &About<'_>, evaluation: &Evaluation) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let base = main_values(evaluation);
    let head = ["scenario", "cost", "effect", "inc_cost", "inc_effect", "icer", "status"];
    let head = head.iter().map(|name| about.of("value.column", name)).collect();
    let row = |row: &IcerRow| {
        let euro = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), |value| numbers.euro(value));
        let qaly = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), |value| numbers.about(value));
        vec![
            about.label(&row.strategy),
            numbers.euro(row.cost - base.0),
            numbers.about(row.effect - base.1),
            euro(row.inc_cost),
            qaly(row.inc_effect),
            if row.unsure { words.get("value.unsure") } else { euro(row.icer) },
            status(about, row.status),
        ]
    };
    let [preset, perspective] = named(about, evaluation);
    let of = [("preset", &*preset), ("perspective", &perspective), ("base", &about.label(about.base()))];
    Grid::folded(words.say("value.icers", &of), head, evaluation.icers.iter().map(row).collect())
}

/// Expected cost and effect of the comparator.
fn main_values(evaluation: &Evaluation) -> (f64, f64) {
    let at = evaluation.means.comparator();
    (evaluation.means.expected_cost()[at], evaluation.means.expected_effect()[at])
}

/// The value of perfect information.
fn information(about: &About<'_>, main: &Evaluation) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let row = |mark: &f64| {
        let at = main.curves.wtp.iter().position(|wtp| wtp == mark)?;
        let less = main.without_luck.iter().find(|it| it.wtp == *mark);
        let less = less.map_or_else(|| words.get("value.one_replicate"), |it| numbers.euro(it.shrunk));
        Some(vec![numbers.euro(*mark), numbers.euro(main.curves.evpi[at]), numbers.euro(main.curves.evpi_se[at]), less])
    };
    let head = ["wtp", "evpi", "se", "without_luck"].iter().map(|name| about.of("value.evpi_column", name)).collect();
    Grid::folded(words.get("value.evpi"), head, MARKS.iter().filter_map(row).collect())
}

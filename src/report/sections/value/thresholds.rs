//! Where the decision changes: by willingness to pay, discounting, health weights and prices.

use ndarray::ArrayView2;

use crate::analysis::evaluation::{Evaluation, MARKS, Perspective};
use crate::economics::{spans_zero, threshold_price};
use crate::money::Discounting;
use crate::report::about::{About, WTP};
use crate::report::numbers::ABSENT;
use crate::report::view::{Grid, PageBlock};
use crate::stats::pairs::range_of_draws;

/// The frontier: the scenario to choose at each mark, and where it changes.
pub(super) fn frontier(about: &About<'_>, main: &Evaluation) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let points = main.curves.frontier();
    let marked = points.iter().filter(|point| MARKS.contains(&point.wtp));
    let name = |at: usize| main.curves.strategies.get(at).map_or_else(String::new, |name| about.label(name));
    let mut rows: Vec<Vec<String>> = marked
        .map(|point| vec![numbers.euro(point.wtp), name(point.strategy), about.chance(point.probability)])
        .collect();
    rows.extend(main.switches.iter().map(|switch| {
        let to = words.say("value.switch", &[("from", &name(switch.from)), ("to", &name(switch.to))]);
        vec![numbers.euro(switch.wtp), to, ABSENT.to_owned()]
    }));
    let head = ["wtp", "choice", "chance"].iter().map(|name| about.of("value.frontier_column", name)).collect();
    Grid::folded(words.get("value.frontier"), head, rows)
}

/// Incremental net benefit at the middle mark under every discounting rule.
pub(super) fn presets(about: &About<'_>, perspective: Perspective) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let head = std::iter::once(words.get("effect.column.scenario"))
        .chain(Discounting::ALL.iter().map(|preset| about.of("preset", &preset.word().replace('-', "_"))))
        .collect();
    let row = |(at, name): (usize, &String)| {
        let cells = Discounting::ALL.iter().map(|preset| {
            let own = about.evaluations.get(&(*preset, perspective))?;
            let mean = own.means.incremental_net_benefit(WTP).column(at).mean()?;
            let chance = own.better(at, WTP).ok()?;
            Some(format!("{} ({})", numbers.euro(mean), about.chance(chance)))
        });
        let cells = cells.map(|cell| cell.unwrap_or_else(|| ABSENT.to_owned()));
        std::iter::once(about.label(name)).chain(cells).collect()
    };
    let all = about
        .accounts
        .iter()
        .flat_map(|accounts| accounts.scenarios.iter().enumerate().filter(|(at, _)| *at != accounts.comparator));
    let of = [("perspective", &*about.of("perspective", perspective.word())), ("wtp", &numbers.euro(WTP))];
    Grid::open(words.say("value.presets_table", &of), head, all.map(row).collect())
}

/// Net benefit with and without health weights that are assumptions.
pub(super) fn without(about: &About<'_>, main: &Evaluation, rest: &Evaluation) -> PageBlock {
    let (words, numbers) = (&about.words, about.numbers);
    let cell = |evaluation: &Evaluation, at: usize| {
        let benefit = evaluation.means.incremental_net_benefit(WTP);
        let mean = benefit.column(at).mean().unwrap_or(f64::NAN);
        let chance = evaluation.better(at, WTP).map_or_else(|_| ABSENT.to_owned(), |chance| about.chance(chance));
        format!("{} ({chance})", numbers.euro(mean))
    };
    let base = main.means.comparator();
    let others = main.means.strategies().iter().enumerate().filter(|(at, _)| *at != base);
    let rows = others.map(|(at, name)| vec![about.label(name), cell(main, at), cell(rest, at)]).collect();
    let head = vec![words.get("effect.column.scenario"), words.get("value.with"), words.get("value.without")];
    let caption = words.say("value.without_table", &[("wtp", &numbers.euro(WTP))]);
    PageBlock::Table(Grid::open(caption, head, rows))
}

/// Factor on the health gain at which a scenario would be just cost-effective, at unchanged costs.
fn times_the_health(about: &About<'_>, main: &Evaluation, at: usize, name: &str) -> Option<String> {
    let (words, numbers, base) = (&about.words, about.numbers, main.means.comparator());
    if spans_zero(&main.means, at, base) {
        return Some(words.say("value.health_unsure", &[("name", name)]));
    }
    let more = |of: ArrayView2<'_, f64>, per_unit: f64| -> Vec<f64> {
        of.column(at).iter().zip(of.column(base)).map(|(own, base)| -(own - base) * per_unit).collect()
    };
    let (cost, health) = (more(main.means.cost(), 1.0), more(main.means.effect(), WTP));
    // Net benefit is linear in this factor, as it is in a price.
    let found = threshold_price(&cost, &health, 0.0).ok()?;
    let gains = health.iter().sum::<f64>() < 0.0;
    let of = [
        ("name", name),
        ("wtp", &numbers.euro(WTP)),
        ("times", &numbers.about(found.price)),
        ("se", &numbers.about(found.se)),
    ];
    match (gains, found.price > 0.0) {
        (true, true) => Some(words.say("value.times_health", &of)),
        (false, true) => None,
        (false, false) => Some(words.say("value.no_health", &of[..1])),
        (true, false) => None,
    }
}

/// Price of the measures themselves at which each scenario would be just cost-effective.
pub(super) fn prices(about: &About<'_>, main: &Evaluation) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let accounts = about.accounts.as_ref()?;
    let benefit = main.means.incremental_net_benefit(WTP);
    let base = main.means.comparator();
    let mut items = Vec::new();
    for (at, name) in main.means.strategies().iter().enumerate().filter(|(at, _)| *at != base) {
        let units = accounts.measures(at, main.rule);
        // A ratio with a denominator that may be zero is not reported.
        if range_of_draws(&units).is_none_or(|(low, high)| low <= 0.0 && high >= 0.0) {
            continue;
        }
        let Ok(found) = threshold_price(&benefit.column(at).to_vec(), &units, 1.0) else { continue };
        let key = if found.price > 0.0 { "value.price" } else { "value.price_never" };
        let of = [
            ("name", &*about.label(name)),
            ("wtp", &numbers.euro(WTP)),
            ("times", &numbers.about(found.price)),
            ("se", &numbers.about(found.se)),
        ];
        items.push(words.say(key, &of));
        items.extend(times_the_health(about, main, at, &about.label(name)));
    }
    (!items.is_empty()).then_some(PageBlock::List { items, ordered: false })
}

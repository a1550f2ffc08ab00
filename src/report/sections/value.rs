//! Cost-effectiveness: the cost-effective measures, with their probability, under each discounting rule.

use ndarray::ArrayView2;

use crate::analysis::evaluation::{ENOUGH_DRAWS, Evaluation, MARKS, Perspective};
use crate::charts::{Axis, Cloud, Heading, Line, LineChart, LinePoint, Moment, PlaneChart, Threshold};
use crate::economics::{IcerRow, Status, spans_zero, threshold_price};
use crate::money::Discounting;
use crate::report::about::{About, WTP};
use crate::report::numbers::ABSENT;
use crate::report::view::{Block, Grid, Section};
use crate::stats::pairs::range_of_draws;

pub(super) fn section(about: &About<'_>) -> Section {
    let (words, numbers) = (&about.words, about.numbers);
    let mut blocks = vec![Block::Lead { text: words.get("value.lead") }];
    match about.evaluation() {
        _ if about.accounts.is_none() => blocks.push(about.missing("costs")),
        _ if about.others().is_empty() => blocks.push(about.single()),
        Some(main) => {
            blocks.push(Block::text(words.get("value.how")));
            blocks.push(Block::note(words.get(whose(about))));
            blocks.push(Block::note(words.get("value.consequences")));
            blocks.extend(best(about, main));
            blocks.push(Block::Table(Grid { folded: false, ..icers(about, main) }));
            blocks.push(Block::text(words.get("value.status")));
            blocks.push(Block::Table(by_payer(about, main)));
            blocks.extend(two_measures(about, main));
            blocks.extend(plane(about, main));
            blocks.extend(acceptability(about, main));
            blocks.extend(loss(about, main));
            blocks.push(Block::Table(frontier(about, main)));
            blocks.push(Block::Table(information(about, main)));
            blocks.push(Block::heading(words.get("value.presets")));
            blocks.push(Block::text(words.get("value.presets_how")));
            blocks.extend(prices(about, main));
            blocks.extend(about.without_assumed.as_ref().map(|rest| without(about, main, rest)));
            for perspective in Perspective::WHOLE {
                blocks.push(Block::Table(presets(about, perspective)));
            }
            let rest = about.evaluations.values().filter(|own| {
                let main = (own.rule, own.perspective) == (main.rule, main.perspective);
                !main && Perspective::WHOLE.contains(&own.perspective)
            });
            blocks.extend(rest.map(|own| Block::Table(icers(about, own))));
        }
        None => {
            let of = [("draws", &*numbers.whole(about.draws as f64)), ("needed", &numbers.whole(ENOUGH_DRAWS as f64))];
            blocks.push(Block::missing(words.say("value.draws", &of)));
        }
    }
    Section { id: "value", title: words.get("value.title"), blocks }
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

/// Additional cost by payer and scenario, and the health gained, with the range of draws: one row each, because there
/// are too many payers for columns.
fn by_payer(about: &About<'_>, main: &Evaluation) -> Grid {
    let (words, numbers, base) = (&about.words, about.numbers, main.means.comparator());
    let payers = about.accounts.iter().flat_map(|accounts| &accounts.payers);
    let payers: Vec<&Evaluation> =
        payers.filter_map(|payer| about.evaluations.get(&(main.rule, Perspective::Payer(*payer)))).collect();
    let more = |of: ArrayView2<'_, f64>, at: usize, write: &dyn Fn(f64) -> String| {
        let more: Vec<f64> = of.column(at).iter().zip(of.column(base)).map(|(own, base)| own - base).collect();
        let range = range_of_draws(&more).map_or_else(
            || ABSENT.to_owned(),
            |(low, high)| words.say("effect.limits", &[("low", &*write(low)), ("high", &write(high))]),
        );
        [write(more.iter().sum::<f64>() / more.len().max(1) as f64), range]
    };
    let euro = |value: f64| numbers.euro(value);
    let rows_of = |(at, name): (usize, &String)| {
        let of = |own: &Evaluation, who: String| {
            let [mean, range] = more(own.means.cost(), at, &euro);
            vec![about.label(name), who, mean, range]
        };
        let mut rows: Vec<Vec<String>> =
            payers.iter().map(|own| of(own, about.of("payer", own.perspective.word()))).collect();
        rows.push(of(main, words.get("money.total")));
        let [mean, range] = more(main.means.effect(), at, &|value| numbers.about(value));
        rows.push(vec![about.label(name), words.get("value.column.effect"), mean, range]);
        rows
    };
    let others = main.means.strategies().iter().enumerate().filter(|(at, _)| *at != base);
    let head = vec![
        words.get("effect.column.scenario"),
        words.get("value.who"),
        words.get("value.more"),
        words.get("effect.column.interval"),
    ];
    let of = [("preset", &*named(about, main)[0]), ("base", &about.label(about.base()))];
    Grid::open(words.say("value.payers", &of), head, others.flat_map(rows_of).collect())
}

/// Health gained in QALYs and in DALYs, each with the range of draws.
fn two_measures(about: &About<'_>, main: &Evaluation) -> Option<Block> {
    let (words, numbers, base) = (&about.words, about.numbers, main.means.comparator());
    let accounts = about.accounts.as_ref()?;
    let cells = |more: &[f64]| {
        let mean = numbers.about(more.iter().sum::<f64>() / more.len().max(1) as f64);
        let of = |(low, high): (f64, f64)| {
            words.say("effect.limits", &[("low", &*numbers.about(low)), ("high", &numbers.about(high))])
        };
        [mean, range_of_draws(more).map_or_else(|| ABSENT.to_owned(), of)]
    };
    let row = |(at, name): (usize, &String)| {
        let effect = main.means.effect();
        let qaly: Vec<f64> = effect.column(at).iter().zip(effect.column(base)).map(|(own, base)| own - base).collect();
        let saved: Vec<f64> = accounts.dalys_saved(at).into_iter().map(|[_, discounted]| discounted).collect();
        let ([qaly, qaly_range], [daly, daly_range]) = (cells(&qaly), cells(&saved));
        vec![about.label(name), qaly, qaly_range, daly, daly_range]
    };
    let interval = || words.get("effect.column.interval");
    let head = vec![
        words.get("effect.column.scenario"),
        words.get("value.qaly_gained"),
        interval(),
        words.get("value.daly_saved"),
        interval(),
    ];
    let others = main.means.strategies().iter().enumerate().filter(|(at, _)| *at != base);
    let caption = words.say("value.two_measures", &[("base", &about.label(about.base()))]);
    Some(Block::Table(Grid::open(caption, head, others.map(row).collect())))
}

/// The optimal measure, in a sentence.
fn best(about: &About<'_>, main: &Evaluation) -> Option<Block> {
    let (words, numbers) = (&about.words, about.numbers);
    let at = main.curves.wtp.iter().position(|wtp| *wtp >= WTP)?;
    let optimal = *main.curves.optimal.get(at)?;
    let chance = main.curves.probability.get((at, optimal))?;
    let name = about.label(main.means.strategies().get(optimal)?);
    let of = [("wtp", &*numbers.euro(WTP)), ("name", &name), ("chance", &about.chance(*chance))];
    Some(Block::text(words.say("value.best", &of)))
}

fn status(about: &About<'_>, status: Status) -> String {
    about.words.get(match status {
        Status::NonDominated => "value.nd",
        Status::ExtendedDominated => "value.ed",
        Status::Dominated => "value.d",
    })
}

fn named(about: &About<'_>, evaluation: &Evaluation) -> [String; 2] {
    let preset = about.of("preset", &evaluation.rule.word().replace('-', "_"));
    [preset, about.of("perspective", evaluation.perspective.word())]
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

/// The plane of costs and effects.
fn plane(about: &About<'_>, main: &Evaluation) -> Option<Block> {
    let (words, numbers) = (&about.words, about.numbers);
    let base = main.means.comparator();
    let strategies = main.means.strategies().iter().enumerate().filter(|(at, _)| *at != base);
    let clouds = strategies.map(|(at, name)| {
        let points = (0..main.means.draws()).map(|draw| {
            let cost = main.means.cost()[[draw, at]] - main.means.cost()[[draw, base]];
            let effect = main.means.effect()[[draw, at]] - main.means.effect()[[draw, base]];
            (effect, cost / 1e6)
        });
        Cloud { name: about.label(name), points: points.collect() }
    });
    let heading = Heading {
        id: "value-plane".into(),
        title: words.get("value.plane"),
        description: words.say("value.plane_summary", &[("wtp", &numbers.euro(WTP))]),
    };
    let chart = PlaneChart {
        heading: heading.clone(),
        rows_are: words.get("effect.column.scenario"),
        x: Axis { name: words.get("value.plane_x"), format: numbers.format(0), reach: vec![] },
        y: Axis { name: words.get("value.plane_y"), format: numbers.format(1), reach: vec![] },
        clouds: clouds.collect(),
        threshold: Some(Threshold {
            slope: WTP / 1e6,
            word: words.say("value.threshold", &[("wtp", &numbers.euro(WTP))]),
        }),
        quadrants: [
            words.get("value.worse_dearer"),
            words.get("value.better_dearer"),
            words.get("value.worse_cheaper"),
            words.get("value.better_cheaper"),
        ],
    };
    Block::chart(&chart, &heading, &words.get("page.table"))
}

/// Marks of willingness to pay.
fn moments(about: &About<'_>) -> Vec<Moment> {
    MARKS.iter().map(|wtp| Moment { x: wtp / 1000.0, word: about.numbers.euro(*wtp) }).collect()
}

fn curves(about: &About<'_>, main: &Evaluation, of: &ndarray::Array2<f64>, times: f64) -> Vec<Line> {
    let line = |(at, name): (usize, &String)| Line {
        name: about.label(name),
        look: about.look(name),
        points: main
            .curves
            .wtp
            .iter()
            .enumerate()
            .map(|(row, wtp)| LinePoint { x: wtp / 1000.0, y: of[[row, at]] * times, band: None })
            .collect(),
        ..Line::default()
    };
    main.curves.strategies.iter().enumerate().map(line).collect()
}

/// The acceptability curves.
fn acceptability(about: &About<'_>, main: &Evaluation) -> Option<Block> {
    let (words, numbers) = (&about.words, about.numbers);
    let heading = Heading {
        id: "value-ceac".into(),
        title: words.get("value.ceac"),
        description: words.get("value.ceac_summary"),
    };
    let chart = LineChart {
        heading: heading.clone(),
        x: Axis { name: words.get("value.wtp"), format: numbers.format(1), reach: vec![] },
        y: Axis { name: words.get("value.chance"), format: numbers.percents(0), reach: vec![0.0, 1.0] },
        lines: curves(about, main, &main.curves.probability, 1.0),
        moments: moments(about),
    };
    Block::chart(&chart, &heading, &words.get("page.table"))
}

/// The expected loss curves.
fn loss(about: &About<'_>, main: &Evaluation) -> Option<Block> {
    let (words, numbers) = (&about.words, about.numbers);
    let heading = Heading {
        id: "value-loss".into(),
        title: words.get("value.loss"),
        description: words.get("value.loss_summary"),
    };
    let chart = LineChart {
        heading: heading.clone(),
        x: Axis { name: words.get("value.wtp"), format: numbers.format(1), reach: vec![] },
        y: Axis { name: words.get("value.loss_axis"), format: numbers.format(1), reach: vec![0.0] },
        lines: curves(about, main, &main.curves.expected_loss, 1e-6),
        moments: moments(about),
    };
    Block::chart(&chart, &heading, &words.get("page.table"))
}

/// The frontier: the scenario to choose at each mark, and where it changes.
fn frontier(about: &About<'_>, main: &Evaluation) -> Grid {
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

/// Incremental net benefit at the middle mark under every discounting rule.
fn presets(about: &About<'_>, perspective: Perspective) -> Grid {
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
fn without(about: &About<'_>, main: &Evaluation, rest: &Evaluation) -> Block {
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
    Block::Table(Grid::open(caption, head, rows))
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
fn prices(about: &About<'_>, main: &Evaluation) -> Option<Block> {
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
    (!items.is_empty()).then_some(Block::List { items, ordered: false })
}

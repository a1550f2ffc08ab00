//! The most influential parameters, and research priorities.

use crate::analysis::evaluation::{ENOUGH_DRAWS, Evaluation, Influence, LineWorth, MANY_DRAWS};
use crate::charts::{Axis, Heading, Swing, TornadoChart};
use crate::economics::Evppi;
use crate::report::about::{About, WTP};
use crate::report::numbers::ABSENT;
use crate::report::view::{Grid, PageBlock, Section};
use crate::report::words::capital;

/// Number of bars drawn.
const BARS: usize = 10;
/// Number of parameters that are named in a sentence.
const MOST_NAMED: usize = 3;
/// Number of measures up to which it is said of each that no parameter has a clear influence.
const FEW_MEASURES: usize = 4;

pub(super) fn section(about: &About<'_>) -> Section {
    let (words, numbers) = (&about.words, about.numbers);
    let mut blocks = vec![PageBlock::Lead { text: words.get("matters.lead") }];
    if about.accounts.is_none() {
        blocks.push(about.missing("costs"));
    } else if about.others().is_empty() {
        blocks.push(about.single());
    } else if about.influences.is_empty() {
        let of = [("draws", &*numbers.whole(about.draws as f64)), ("needed", &numbers.whole(ENOUGH_DRAWS as f64))];
        blocks.push(PageBlock::missing(words.say("matters.draws", &of)));
    } else {
        blocks.extend(tornados(about));
    }
    Section { id: "matters", title: words.get("matters.title"), blocks }
}

fn tornados(about: &About<'_>) -> Vec<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let count = about.parameters.as_ref().map_or(0, |all| all.names().len());
    let of = [("draws", &*numbers.whole(about.draws as f64)), ("count", &numbers.whole(count as f64))];
    let mut blocks = Vec::new();
    let mut drawn = vec![PageBlock::text(words.say("matters.how", &of))];
    let mut items = Vec::new();
    for (at, all) in &about.influences {
        let Some(name) = about.names().get(*at).map(|name| about.label(name)) else { continue };
        let clear: Vec<String> =
            all.iter().filter(|it| it.beyond_chance).map(|it| about.parameter(&it.bar.param)).collect();
        let label = capital(&name);
        if about.influences.len() <= FEW_MEASURES || !clear.is_empty() {
            items.push(if clear.is_empty() {
                words.say("matters.chance", &[("name", &label)])
            } else {
                let first = clear.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join("; ");
                words.say("matters.clear", &[("name", &*label), ("parameters", &first)])
            });
        }
        drawn.extend(tornado(about, *at, &label, all));
    }
    blocks.push(PageBlock::List { items, ordered: false });
    blocks.extend(PageBlock::more(words.get("matters.charts"), drawn));
    let mut research = Vec::new();
    if about.draws < MANY_DRAWS {
        let of = [("draws", &*numbers.whole(about.draws as f64)), ("needed", &numbers.whole(MANY_DRAWS as f64))];
        research.push(PageBlock::missing(words.say("matters.study_draws", &of)));
    } else {
        research.push(PageBlock::text(words.say("matters.study_how", &[("wtp", &numbers.euro(WTP))])));
        research.push(study(about));
        research.extend(lines(about));
    }
    blocks.extend(PageBlock::more(words.get("matters.study"), research));
    blocks
}

fn tornado(about: &About<'_>, at: usize, name: &str, all: &[Influence]) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let main = about.evaluation()?;
    let base = main.means.incremental_net_benefit(WTP).column(at).mean()?;
    let rows = all.iter().take(BARS).map(|it| Swing {
        label: about.parameter(&it.bar.param),
        key: it.bar.param.clone(),
        low: it.bar.out_low / 1e6,
        high: it.bar.out_high / 1e6,
    });
    let first = about.parameter(&all.first()?.bar.param);
    let heading = Heading {
        id: format!("matters-{at}"),
        title: if all.iter().any(|it| it.beyond_chance) {
            words.say("matters.chart", &[("name", name), ("parameter", &first)])
        } else {
            words.say("matters.chart_chance", &[("name", name)])
        },
        description: words.say("matters.summary", &[("wtp", &numbers.euro(WTP))]),
    };
    let chart = TornadoChart {
        heading: heading.clone(),
        rows_are: words.get("matters.parameter"),
        keys_are: words.get("matters.key"),
        axis: Axis { name: words.get("matters.axis"), format: numbers.format(1), reach: vec![] },
        base: base / 1e6,
        base_is: words.get("matters.mean"),
        ends_are: [words.get("matters.low"), words.get("matters.high")],
        rows: rows.collect(),
    };
    PageBlock::chart(&chart, &heading, &words.get("page.table"))
}

/// The value of research by parameter: an upper bound.
fn study(about: &About<'_>) -> PageBlock {
    let (words, numbers) = (&about.words, about.numbers);
    let row = |(key, value): &(&str, Evppi)| {
        let grade = about.passport(key).and_then(|it| it["grade"].as_str()).unwrap_or(ABSENT).to_owned();
        vec![about.parameter(key), numbers.euro(value.corrected), numbers.euro(value.se), grade, (*key).to_owned()]
    };
    let head =
        ["parameter", "worth", "se", "grade", "key"].iter().map(|name| about.of("matters.column", name)).collect();
    let worth: Vec<(&str, Evppi)> = about.worth().into_iter().filter(|(_, value)| value.corrected > 0.0).collect();
    if worth.is_empty() {
        let at = |main: &Evaluation| Some(main.curves.evpi[main.curves.wtp.iter().position(|wtp| *wtp == WTP)?]);
        let evpi = about.evaluation().and_then(at).map_or_else(|| ABSENT.to_owned(), |euro| numbers.euro(euro));
        let of = [("draws", &*numbers.whole(about.draws as f64)), ("evpi", &evpi)];
        return PageBlock::text(words.say("matters.study_none", &of));
    }
    PageBlock::Table(Grid::open(words.get("matters.table"), head, worth.iter().take(BARS).map(row).collect()))
}

/// The lines of research proposed in the action programme, with the upper bound of their value.
fn lines(about: &About<'_>) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let row = |it: &LineWorth| {
        let looked_at: Vec<String> = it.looked_at.iter().map(|key| about.parameter(key)).collect();
        vec![
            about.of("matters.line", it.line.word()),
            numbers.euro(it.value.corrected),
            numbers.euro(it.value.se),
            numbers.whole(it.parameters as f64),
            looked_at.join("; "),
        ]
    };
    let head = ["line", "worth", "se", "count", "looked"];
    let head = head.iter().map(|name| about.of("matters.line_column", name)).collect();
    let rows: Vec<Vec<String>> = about.research.iter().map(row).collect();
    (!rows.is_empty()).then(|| PageBlock::Table(Grid::open(words.get("matters.lines"), head, rows)))
}

//! From reports to help that starts, and to violence that stops: one row for each city and target, and for each
//! scenario.

use std::collections::BTreeMap;

use crate::analysis::help::{FunnelKey, HelpFunnel, funnels};
use crate::error::Result;
use crate::report::about::{About, blocks_or_fault};
use crate::report::numbers::{ABSENT, FEWEST};
use crate::report::sections::again_after_help;
use crate::report::view::{Grid, PageBlock, Section};
use crate::tables::{ALL_CITIES, Table};

/// Persons whom a report concerns, as in the table.
const TARGETS: [&str; 3] = ["victim", "perpetrator", "child"];

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("help.lead") }];
    match about.table("help") {
        None => blocks.push(about.missing("help")),
        Some(table) => blocks.extend(blocks_or_fault(shown(about, table))),
    }
    blocks.extend(again_after_help::blocks(about));
    Section { id: "help", title: words.get("help.title"), blocks }
}

fn shown(about: &About<'_>, table: &Table) -> Result<Vec<PageBlock>> {
    let (words, numbers) = (&about.words, about.numbers);
    let all = funnels(table, about.scale)?;
    if all.values().all(|funnel| funnel.soon.is_none()) {
        return Ok(vec![PageBlock::missing(words.get("help.short"))]);
    }
    let mut blocks: Vec<PageBlock> = victims(about, &all).into_iter().collect();
    let mut inside = vec![PageBlock::text(words.get("help.how"))];
    let need = all.values().map(|funnel| funnel.queues_from).fold(0.0, f64::max);
    if need > about.scale {
        let up = (need * 100.0).ceil() / 100.0;
        let [need, scale] = [up, about.scale].map(|share| numbers.format(2).write(share));
        inside.push(PageBlock::note(words.say("help.scale", &[("need", &*need), ("scale", &scale)])));
    }
    inside.push(PageBlock::Table(by_city(about, &all)));
    if about.names().len() > 1 {
        inside.push(PageBlock::Table(by_scenario(about, &all)));
    }
    blocks.extend(PageBlock::more(words.get("help.tables"), inside));
    Ok(blocks)
}

/// The path of victims in the four cities under the comparator, in a sentence; `None` if too few were simulated.
fn victims(about: &About<'_>, all: &BTreeMap<FunnelKey, HelpFunnel>) -> Option<PageBlock> {
    let numbers = about.numbers;
    let funnel = all.get(&[about.base(), "G4", TARGETS[0]].map(str::to_owned).into())?;
    let (soon, stopped) = (funnel.soon?, funnel.stopped?);
    let [observed, followed, _] = funnel.simulated;
    if observed.min(followed) < FEWEST {
        return None;
    }
    let of_100 = |share: f64| numbers.whole(100.0 * share);
    let [offered, accepted, started] = soon.map(of_100);
    let of = [
        ("base", &*about.label(about.base())),
        ("offered", &offered),
        ("accepted", &accepted),
        ("started", &started),
        ("stopped", &of_100(stopped[0])),
    ];
    Some(PageBlock::text(about.words.say("help.victims", &of)))
}

/// Headings of the columns after the first.
fn heads(about: &About<'_>, first: &str) -> Vec<String> {
    let columns = [
        first,
        "target",
        "reports",
        "offered",
        "accepted",
        "started",
        "completed",
        "stopped",
        "stopped_later",
        "stopped_later_started",
    ];
    columns.iter().map(|name| about.of("help.column", name)).collect()
}

/// The rows of some cities or scenarios: a name, and the key of its funnels without the target.
fn rows(
    about: &About<'_>,
    all: &BTreeMap<FunnelKey, HelpFunnel>,
    of: impl Iterator<Item = (String, [String; 2])>,
) -> Vec<Vec<String>> {
    let row = |name: &str, [scenario, city]: &[String; 2], target: &str| {
        let funnel = all.get(&(scenario.clone(), city.clone(), target.to_owned()))?;
        let mut row = vec![name.to_owned(), about.of("help.target", target)];
        row.extend(cells(about, funnel));
        Some(row)
    };
    of.flat_map(|(name, key)| TARGETS.map(|target| row(&name, &key, target))).flatten().collect()
}

/// Numbers of a funnel: persons a year, and of 100 persons. Those that rest on few simulated persons are not shown.
fn cells(about: &About<'_>, funnel: &HelpFunnel) -> Vec<String> {
    let numbers = about.numbers;
    let [observed, followed, started] = funnel.simulated;
    let of_100 = |share: Option<f64>, simulated: f64| match share {
        None => ABSENT.to_owned(),
        Some(_) if simulated < FEWEST => numbers.few(),
        Some(share) => numbers.whole(100.0 * share),
    };
    let mut cells = vec![numbers.unless_few(funnel.reports, observed)];
    cells.extend((0..3).map(|at| of_100(funnel.soon.map(|soon| soon[at]), observed)));
    cells.push(of_100(funnel.completed, followed));
    cells.extend((0..2).map(|at| of_100(funnel.stopped.map(|stopped| stopped[at]), followed)));
    cells.push(of_100(funnel.stopped_started, started));
    cells
}

/// Each city, and all of them, under the comparator.
fn by_city(about: &About<'_>, all: &BTreeMap<FunnelKey, HelpFunnel>) -> Grid {
    let base = about.base();
    let mut cities: Vec<&str> = all.keys().filter(|key| key.0 == base).map(|key| key.1.as_str()).collect();
    cities.dedup();
    // In a report about one city, that city is the whole.
    cities.retain(|city| about.city().is_none() || *city != ALL_CITIES);
    // The four cities together come last.
    cities.sort_by_key(|city| *city == "G4");
    let name = |city: &str| if city == ALL_CITIES { about.words.get("cities.all") } else { city.to_owned() };
    let of = cities.into_iter().map(|city| (name(city), [base, city].map(str::to_owned)));
    let caption = about.words.say("help.cities", &[("base", &about.label(base))]);
    Grid::open(caption, heads(about, "city"), rows(about, all, of))
}

/// Each scenario, in the four cities together.
fn by_scenario(about: &About<'_>, all: &BTreeMap<FunnelKey, HelpFunnel>) -> Grid {
    let names = about.names().into_iter();
    let of = names.map(|name| (about.label(name), [name, "G4"].map(str::to_owned)));
    Grid::open(about.words.get("help.scenarios"), heads(about, "scenario"), rows(about, all, of))
}

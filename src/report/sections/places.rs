//! Places and queues: occupancy and refusals of providers, and the number of places with fewer refusals.

use crate::analysis::places::{MONTHS, ProviderUse};
use crate::charts::{Axis, Bar, BarChart, Heading};
use crate::report::about::About;
use crate::report::numbers::{ABSENT, FEWEST};
use crate::report::view::{Grid, PageBlock, Section};

pub(super) fn section(about: &About<'_>) -> Section {
    let (words, numbers) = (&about.words, about.numbers);
    let mut blocks = vec![PageBlock::Lead { text: words.get("places.lead") }];
    match &about.providers {
        None => blocks.push(about.missing("capacity")),
        Some(all) => {
            let used: Vec<&ProviderUse> = all.iter().filter(|of| of.requests > 0.0 || of.occupied > 0.0).collect();
            let (first, last) = window(about);
            let of = [("first", &*first.to_string()), ("last", &last.to_string())];
            let mut inside = vec![PageBlock::text(words.say("places.how", &of))];
            let withheld: Vec<&&ProviderUse> = used.iter().filter(|of| of.shown.is_none()).collect();
            let need = withheld.iter().map(|of| of.smallest_scale).fold(0.0, f64::max);
            if !withheld.is_empty() {
                let of = [
                    ("scale", &*numbers.percent(about.scale)),
                    ("need", &numbers.percent((need * 100.0).ceil() / 100.0)),
                ];
                blocks.push(PageBlock::missing(words.say("places.withheld", &of)));
            }
            blocks.extend(full(about, &used));
            inside.push(PageBlock::Table(grid(about, &used)));
            inside.push(PageBlock::text(words.get("places.erlang")));
            inside.extend(staff(about, &used));
            blocks.extend(PageBlock::more(words.get("places.numbers"), inside));
        }
    }
    Section { id: "places", title: words.get("places.title"), blocks }
}

/// Occupancy under the comparator.
fn full(about: &About<'_>, used: &[&ProviderUse]) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let here = used.iter().filter(|of| of.scenario == about.base() && of.simulated >= FEWEST);
    let rows: Vec<Bar> = here
        .filter_map(|of| {
            let places = of.places.filter(|places| *places > 0.0)?;
            Some(Bar { label: about.provider(&of.provider), values: vec![of.occupied / places] })
        })
        .collect();
    let fullest = rows.iter().max_by(|a, b| a.values[0].total_cmp(&b.values[0]))?;
    let of = [("provider", &*fullest.label), ("share", &numbers.percent(fullest.values[0]))];
    let heading = Heading {
        id: "places-full".into(),
        title: words.say("places.chart", &of),
        description: words.say("places.summary", &[("base", &about.label(about.base()))]),
    };
    let chart = BarChart {
        heading: heading.clone(),
        rows_are: words.get("places.provider"),
        axis: Axis { name: words.get("places.occupancy"), format: numbers.percents(0), reach: vec![0.0, 1.0] },
        parts: vec![],
        total: String::new(),
        rows,
    };
    PageBlock::chart(&chart, &heading, &words.get("page.table"))
}

fn grid(about: &About<'_>, used: &[&ProviderUse]) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let head = ["provider", "scenario", "places", "full", "requests", "refused", "wait", "needed_few", "needed_some"];
    let head = head.iter().map(|name| about.of("places.column", name)).collect();
    let held = words.get("places.held");
    let row = |of: &&ProviderUse| {
        let few = of.simulated < FEWEST;
        let number = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), |value| numbers.about(value));
        let shown = |value: Option<Option<f64>>| match value {
            _ if few => numbers.few(),
            None => held.clone(),
            Some(value) => number(value),
        };
        let full = of.places.filter(|places| *places > 0.0).map(|places| of.occupied / places);
        vec![
            about.provider(&of.provider),
            about.label(&of.scenario),
            of.places.map_or_else(|| words.get("places.unlimited"), |places| numbers.about(places)),
            if few { numbers.few() } else { full.map_or_else(|| ABSENT.to_owned(), |full| numbers.percent(full)) },
            numbers.unless_few(of.requests, of.simulated),
            shown(of.shown.map(|shown| Some(shown.refused))),
            shown(of.shown.map(|shown| shown.wait)),
            shown(of.shown.map(|shown| shown.needed.map(|needed| needed[0]))),
            shown(of.shown.map(|shown| shown.needed.map(|needed| needed[1]))),
        ]
    };
    let mut used = used.to_vec();
    used.sort_by(|a, b| a.provider.cmp(&b.provider));
    Grid::open(words.get("places.table"), head, used.iter().map(row).collect())
}

/// The years that are averaged: the last in which measures enrol people.
fn window(about: &About<'_>) -> (i64, i64) {
    let last = about.last_of_measures();
    ((last + 1 - MONTHS / 12).max(about.years.0), last)
}

/// The item of `costs` that pays for a provider.
fn item(provider: &str) -> &str {
    if provider.starts_with("shelter_") { "shelter_bed_month" } else { provider }
}

/// Staff in full-time equivalents: spending on a provider divided by the cost of a professional, and the addition for
/// the places needed.
fn staff(about: &About<'_>, used: &[&ProviderUse]) -> Vec<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let year = about.passport("money.staff_year").and_then(|it| it["value"].as_f64()).filter(|euro| *euro > 0.0);
    let (Some(accounts), Some(year)) = (&about.accounts, year) else {
        return vec![PageBlock::missing(words.get("places.no_staff"))];
    };
    let window = window(about);
    let spent = |of: &ProviderUse| {
        let at = accounts.scenarios.iter().position(|name| *name == of.scenario)?;
        // One item pays for the beds of all shelters: each has its part of those occupied.
        let sharing =
            used.iter().filter(|own| own.scenario == of.scenario && item(&own.provider) == item(&of.provider));
        let taken: f64 = sharing.map(|own| own.occupied).sum();
        let years = (window.1 - window.0 + 1) as f64;
        (taken > 0.0).then(|| accounts.spent_on(at, item(&of.provider), window) / years * of.occupied / taken)
    };
    let mut used = used.to_vec();
    used.sort_by(|a, b| a.provider.cmp(&b.provider));
    let row = |of: &&ProviderUse| {
        let now = spent(of).filter(|euro| *euro > 0.0)? / year;
        let per_place = of.places.filter(|places| *places > 0.0).map(|places| now / places);
        let needed = |at: usize| {
            let places = of.shown.and_then(|shown| shown.needed).map(|needed| needed[at]);
            places.zip(per_place).map_or_else(|| ABSENT.to_owned(), |(places, staff)| numbers.about(places * staff))
        };
        let few = of.simulated < FEWEST;
        let shown = |text: String| if few { numbers.few() } else { text };
        Some(vec![
            about.provider(&of.provider),
            about.label(&of.scenario),
            shown(numbers.about(now)),
            shown(needed(0)),
            shown(needed(1)),
        ])
    };
    let rows: Vec<Vec<String>> = used.iter().filter_map(row).collect();
    if rows.is_empty() {
        return vec![PageBlock::missing(words.get("places.no_staff"))];
    }
    let head = ["provider", "scenario", "staff", "staff_few", "staff_some"];
    let head = head.iter().map(|name| about.of("places.column", name)).collect();
    let how = words.say("places.staff_how", &[("euro", &numbers.euro(year))]);
    vec![PageBlock::text(how), PageBlock::Table(Grid::folded(words.get("places.staff"), head, rows))]
}

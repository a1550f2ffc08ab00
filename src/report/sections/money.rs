//! Money: what each measure costs more, who pays, in which year, and beside which budget.

use crate::analysis::evaluation::{Accounts, Kind};
use crate::report::about::About;
use crate::report::charts::{Axis, Bar, BarChart, Format, Heading, Line, LineChart, LinePoint};
use crate::report::view::{Block, Grid, Section};

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![Block::Lead { text: words.get("money.lead") }];
    match &about.accounts {
        None => blocks.push(about.missing("costs")),
        Some(accounts) if accounts.scenarios.len() > 1 => {
            blocks.extend(payers(about, accounts));
            blocks.extend(years(about, accounts));
            blocks.push(Block::Table(kinds(about, accounts)));
            blocks.extend(budget(about, accounts));
        }
        Some(accounts) => {
            blocks.push(Block::Table(kinds(about, accounts)));
            blocks.extend(budget(about, accounts));
            blocks.push(about.single());
        }
    }
    Section { id: "money", title: words.get("money.title"), blocks }
}

/// Scenarios but the comparator, with their place.
fn others(accounts: &Accounts) -> impl Iterator<Item = (usize, &String)> {
    accounts.scenarios.iter().enumerate().filter(|(at, _)| *at != accounts.comparator)
}

/// The format of millions of euro.
fn millions(about: &About<'_>, decimals: usize) -> Format {
    about.numbers.format(decimals).times(1e-6)
}

/// More a year by payer.
fn payers(about: &About<'_>, accounts: &Accounts) -> Option<Block> {
    let words = &about.words;
    let years = accounts.years.len().max(1) as f64;
    let more = |at: usize, payer: &str| {
        let spent = |scenario: usize| accounts.spent(scenario, None, Some(payer), None);
        (spent(at) - spent(accounts.comparator)) / years
    };
    let rows: Vec<Bar> = others(accounts)
        .map(|(at, name)| Bar {
            label: about.label(name),
            values: accounts.payers.iter().map(|payer| more(at, payer)).collect(),
        })
        .collect();
    let dearest = rows.iter().max_by(|a, b| a.values.iter().sum::<f64>().total_cmp(&b.values.iter().sum()))?;
    let most = dearest.values.iter().sum::<f64>();
    let heading = Heading {
        id: "money-payers".into(),
        title: words.say("money.chart", &[("name", &dearest.label), ("euro", &about.numbers.euro(most))]),
        description: words.get("money.summary"),
    };
    let chart = BarChart {
        heading: heading.clone(),
        rows_are: words.get("effect.column.scenario"),
        axis: Axis { name: words.get("money.axis"), format: millions(about, 2), reach: vec![0.0] },
        parts: accounts.payers.iter().map(|payer| about.of("payer", payer)).collect(),
        total: words.get("money.total"),
        rows,
    };
    Block::chart(&chart, &heading, &words.get("page.table"))
}

/// Budget impact: what the measures themselves cost more, year by year.
fn years(about: &About<'_>, accounts: &Accounts) -> Option<Block> {
    let words = &about.words;
    let more = |at: usize, year: i64| {
        let spent = |scenario: usize| accounts.spent(scenario, Some(year), None, Some(Kind::Programme));
        spent(at) - spent(accounts.comparator)
    };
    let lines: Vec<Line> = others(accounts)
        .map(|(at, name)| Line {
            name: about.label(name),
            look: about.look(name),
            points: accounts
                .years
                .iter()
                .map(|year| LinePoint { x: *year as f64, y: more(at, *year), band: None })
                .collect(),
            ..Line::default()
        })
        .collect();
    let heading = Heading {
        id: "money-years".into(),
        title: words.get("money.years_chart"),
        description: words.get("money.years_summary"),
    };
    let chart = LineChart {
        heading: heading.clone(),
        x: Axis { name: words.get("reports.year"), format: Format::years(), reach: vec![] },
        y: Axis { name: words.get("money.years_axis"), format: millions(about, 2), reach: vec![0.0] },
        lines,
        moments: vec![],
    };
    Block::chart(&chart, &heading, &words.get("page.table"))
}

/// Mean euro a year by scenario and kind.
fn kinds(about: &About<'_>, accounts: &Accounts) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let years = accounts.years.len().max(1) as f64;
    let head = std::iter::once(words.get("effect.column.scenario"))
        .chain(Kind::ALL.iter().map(|kind| about.of("kind", kind.word())))
        .chain([words.get("money.total")])
        .collect();
    let row = |(at, name): (usize, &String)| {
        let euro = |kind: Option<Kind>| numbers.euro(accounts.spent(at, None, None, kind) / years);
        let kinds = Kind::ALL.iter().map(|kind| euro(Some(*kind)));
        std::iter::once(about.label(name)).chain(kinds).chain([euro(None)]).collect()
    };
    Grid::open(words.get("money.kinds"), head, accounts.scenarios.iter().enumerate().map(row).collect())
}

/// What the chain needs beside the budget of 2008 that the model holds.
fn budget(about: &About<'_>, accounts: &Accounts) -> Vec<Block> {
    let (words, numbers) = (&about.words, about.numbers);
    let passport = about.passport("money.budget");
    let rows = passport.and_then(|budget| budget["rows"].as_array()).cloned().unwrap_or_default();
    let total: f64 = rows.iter().filter_map(|row| row.get(1)?.as_f64()).sum();
    let first = accounts.years.first().copied();
    let last = accounts.years.last().copied();
    if total <= 0.0 || first.is_none() {
        return vec![Block::missing(words.get("money.no_budget"))];
    }
    let row = |(at, name): (usize, &String)| {
        let spent = |year: Option<i64>| {
            let of = |kind: Kind| accounts.spent(at, year, None, Some(kind));
            of(Kind::Programme) + of(Kind::Service)
        };
        let cells = [first, last]
            .into_iter()
            .flat_map(|year| [numbers.euro(spent(year)), numbers.percent(spent(year) / total)]);
        std::iter::once(about.label(name)).chain(cells).collect()
    };
    let (first, last) = (first.unwrap_or_default().to_string(), last.unwrap_or_default().to_string());
    let need = |year: &str| words.say("money.need", &[("year", year)]);
    let share = |year: &str| words.say("money.share", &[("year", year)]);
    let head = vec![words.get("effect.column.scenario"), need(&first), share(&first), need(&last), share(&last)];
    let caption = words.say("money.budget_table", &[("euro", &numbers.euro(total))]);
    let grid = Grid::folded(caption, head, accounts.scenarios.iter().enumerate().map(row).collect());
    vec![Block::text(words.say("money.budget", &[("euro", &numbers.euro(total))])), Block::Table(grid)]
}

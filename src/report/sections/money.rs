//! Money: additional cost of each measure, by payer and year, and relative to the budget.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::analysis::CostCategory;
use crate::analysis::evaluation::Accounts;
use crate::charts::{Axis, Bar, BarChart, ChartLine, Heading, LineChart, LinePoint};
use crate::money::Payer;
use crate::notation::Format;
use crate::report::about::About;
use crate::report::numbers::ABSENT;
use crate::report::view::{Grid, PageBlock, Section};

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("money.lead") }];
    match &about.accounts {
        None => blocks.push(about.missing("costs")),
        Some(accounts) if accounts.scenarios.len() > 1 => {
            blocks.extend(payers(about, accounts));
            let inside = years(about, accounts).into_iter().chain([PageBlock::Table(kinds(about, accounts))]);
            blocks.extend(PageBlock::more(words.get("money.years"), inside.collect()));
            blocks.extend(beside(about, accounts));
        }
        Some(accounts) => {
            blocks.push(PageBlock::Table(kinds(about, accounts)));
            blocks.extend(beside(about, accounts));
            blocks.push(about.single());
        }
    }
    Section { id: "money", title: words.get("money.title"), blocks }
}

/// The budget of 2008 and the money of the action programme beside what the model spends.
fn beside(about: &About<'_>, accounts: &Accounts) -> impl Iterator<Item = PageBlock> {
    let budget = PageBlock::more(about.words.get("money.beside"), budget(about, accounts));
    let programme =
        PageBlock::more(about.words.get("programme_money.title"), super::programme_money::blocks(about, accounts));
    budget.into_iter().chain(programme)
}

/// Scenarios except the comparator, with their index.
fn others(accounts: &Accounts) -> impl Iterator<Item = (usize, &String)> {
    accounts.scenarios.iter().enumerate().filter(|(at, _)| *at != accounts.comparator)
}

/// The format of millions of euro.
fn millions(about: &About<'_>, decimals: usize) -> Format {
    about.numbers.format(decimals).times(1e-6)
}

/// Additional cost per year, by payer.
fn payers(about: &About<'_>, accounts: &Accounts) -> Option<PageBlock> {
    let words = &about.words;
    let years = accounts.years.len().max(1) as f64;
    let more = |at: usize, payer: Payer| {
        let spent = |scenario: usize| accounts.spent(scenario, None, Some(payer), None);
        (spent(at) - spent(accounts.comparator)) / years
    };
    let rows: Vec<Bar> = others(accounts)
        .map(|(at, name)| Bar {
            label: about.label(name),
            values: accounts.payers.iter().map(|payer| more(at, *payer)).collect(),
        })
        .collect();
    let dearest = rows.iter().max_by(|a, b| a.values.iter().sum::<f64>().total_cmp(&b.values.iter().sum()))?;
    let most = dearest.values.iter().sum::<f64>();
    let heading = Heading {
        id: "money-payers".into(),
        title: if most > 0.0 {
            words.say("money.chart", &[("name", &dearest.label), ("euro", &about.numbers.euro(most))])
        } else {
            words.get("money.chart_none")
        },
        description: words.get("money.summary"),
    };
    let chart = BarChart {
        heading: heading.clone(),
        rows_are: words.get("effect.column.scenario"),
        axis: Axis { name: words.get("money.axis"), format: millions(about, 2), reach: vec![0.0] },
        parts: accounts.payers.iter().map(|payer| about.of("payer", payer.word())).collect(),
        total: words.get("money.total"),
        rows,
    };
    PageBlock::chart(&chart, &heading, &words.get("page.table"))
}

/// Budget impact: additional cost of the measures themselves, by year.
fn years(about: &About<'_>, accounts: &Accounts) -> Option<PageBlock> {
    let words = &about.words;
    let more = |at: usize, year: i64| {
        let spent = |scenario: usize| accounts.spent(scenario, Some(year), None, Some(CostCategory::Programme));
        spent(at) - spent(accounts.comparator)
    };
    let lines: Vec<ChartLine> = others(accounts)
        .map(|(at, name)| ChartLine {
            name: about.label(name),
            look: about.look(name),
            points: accounts
                .years
                .iter()
                .map(|year| LinePoint { x: *year as f64, y: more(at, *year), band: None })
                .collect(),
            ..ChartLine::default()
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
    PageBlock::chart(&chart, &heading, &words.get("page.table"))
}

/// Mean euro per year, by scenario and category.
fn kinds(about: &About<'_>, accounts: &Accounts) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let years = accounts.years.len().max(1) as f64;
    let head = std::iter::once(words.get("effect.column.scenario"))
        .chain(CostCategory::ALL.iter().map(|kind| about.of("kind", kind.word())))
        .chain([words.get("money.total")])
        .collect();
    let row = |(at, name): (usize, &String)| {
        let euro = |kind: Option<CostCategory>| numbers.euro(accounts.spent(at, None, None, kind) / years);
        let kinds = CostCategory::ALL.iter().map(|kind| euro(Some(*kind)));
        std::iter::once(about.label(name)).chain(kinds).chain([euro(None)]).collect()
    };
    Grid::open(words.get("money.kinds"), head, accounts.scenarios.iter().enumerate().map(row).collect())
}

/// Spending of the chain compared with the budget of 2008 in the model, which is of the four cities together: none
/// about one city.
fn budget(about: &About<'_>, accounts: &Accounts) -> Vec<PageBlock> {
    if about.city().is_some() {
        return Vec::new();
    }
    let (words, numbers) = (&about.words, about.numbers);
    let passport = about.passport("money.budget");
    let rows = passport.and_then(|budget| budget["rows"].as_array()).cloned().unwrap_or_default();
    let sum = |rows: &[Value]| -> f64 { rows.iter().filter_map(|row| row.get(1)?.as_f64()).sum() };
    let covered = |row: &&Value| !items_of(about, row).is_empty();
    let both: Vec<Value> = rows.iter().filter(covered).cloned().collect();
    let (all, total) = (sum(&rows), sum(&both));
    let ours: BTreeSet<&str> = both.iter().flat_map(|row| items_of(about, row)).collect();
    let Some(first) = accounts.years.first().copied().filter(|_| total > 0.0) else {
        return vec![PageBlock::missing(words.get("money.no_budget"))];
    };
    let last = about.last_of_measures();
    let row = |(at, name): (usize, &String)| {
        let spent = |year: i64| -> f64 { ours.iter().map(|item| accounts.spent_on(at, item, (year, year))).sum() };
        let cells = [first, last]
            .into_iter()
            .flat_map(|year| [numbers.euro(spent(year)), numbers.percent(spent(year) / total)]);
        std::iter::once(about.label(name)).chain(cells).collect()
    };
    let (first, last) = (first.to_string(), last.to_string());
    let need = |year: &str| words.say("money.need", &[("year", year)]);
    let share = |year: &str| words.say("money.share", &[("year", year)]);
    let head = vec![words.get("effect.column.scenario"), need(&first), share(&first), need(&last), share(&last)];
    let caption = words.say("money.budget_table", &[("euro", &numbers.euro(total))]);
    let grid = Grid::folded(caption, head, accounts.scenarios.iter().enumerate().map(row).collect());
    let of = [("euro", &*numbers.euro(all)), ("covered", &numbers.euro(total))];
    let text = PageBlock::text(words.say("money.budget", &of));
    [Some(text), Some(PageBlock::Table(grid)), items(about, accounts, &rows)].into_iter().flatten().collect()
}

/// Cost items of the model that belong to a row of the budget, by `money.covers`.
fn items_of<'a>(about: &'a About<'_>, row: &Value) -> Vec<&'a str> {
    let name = || about.passport("money.items")?.as_array()?.get(row.get(0)?.as_f64()? as usize)?.as_str();
    let covers = name().and_then(|name| about.passport("money.covers")?.get(name)?.as_array());
    covers.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The budget of 2008 by item, compared with spending under each scenario in its last year.
fn items(about: &About<'_>, accounts: &Accounts, rows: &[Value]) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let names = about.passport("money.items")?.as_array()?;
    let (first, last) = (*accounts.years.first()?, about.last_of_measures());
    let need = |scenario: usize, of: &[&str], year: i64| -> f64 {
        of.iter().map(|item| accounts.spent_on(scenario, item, (year, year))).sum()
    };
    let columns: Vec<(usize, i64)> = std::iter::once((accounts.comparator, first))
        .chain((0..accounts.scenarios.len()).map(|at| (at, last)))
        .collect();
    let row = |name: String, budget: String, of: &[&str]| -> Vec<String> {
        let euro = columns.iter().map(|(at, year)| match of {
            [] => ABSENT.to_owned(),
            of => numbers.euro(need(*at, of, *year)),
        });
        [name, budget].into_iter().chain(euro).collect()
    };
    let mut told: Vec<Vec<String>> = Vec::new();
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    for budget in rows {
        let name = names.get(budget.get(0)?.as_f64()? as usize)?.as_str()?;
        let of = items_of(about, budget);
        covered.extend(&of);
        told.push(row(about.of("budget", name), numbers.euro(budget.get(1)?.as_f64()?), &of));
    }
    let all: BTreeSet<&str> = accounts.items.keys().map(|(_, item, _)| item.as_str()).collect();
    let rest: Vec<&str> = all.difference(&covered).copied().collect();
    told.push(row(words.get("money.rest"), ABSENT.to_owned(), &rest));
    let head_of = |(at, year): &(usize, i64)| {
        let name = accounts.scenarios.get(*at).map(|name| about.label(name)).unwrap_or_default();
        words.say("money.need_under", &[("name", &name), ("year", &year.to_string())])
    };
    let head = [words.get("money.item"), words.get("money.budgeted")].into_iter().chain(columns.iter().map(head_of));
    let head = head.collect();
    Some(PageBlock::Table(Grid::folded(words.get("money.items_table"), head, told)))
}

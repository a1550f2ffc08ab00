//! The money of the action programme beside what the model spends.

use crate::analysis::evaluation::Accounts;
use crate::analysis::programme_money::{self, ChapterMoney, YEARS};
use crate::money::Payer;
use crate::report::about::{About, blocks_or_fault};
use crate::report::numbers::ABSENT;
use crate::report::view::{Grid, PageBlock};

/// Differences below this share of a budget count as none.
const SAME: f64 = 0.005;

/// Tables and sentences; none if the run does not have the years of the programme, and none about one city: the
/// document has its amounts for the four cities together.
pub(super) fn blocks(about: &About<'_>, accounts: &Accounts) -> Vec<PageBlock> {
    if about.city().is_some() || !YEARS.iter().all(|year| accounts.years.contains(year)) {
        return Vec::new();
    }
    let mut blocks = chapters(about, accounts);
    blocks.extend(own_means(about, accounts).into_iter().flatten());
    blocks.extend(growth(about));
    blocks.extend(blocks_or_fault(bans(about, accounts)));
    blocks
}

/// The value of a parameter of the model.
fn value(about: &About<'_>, key: &str) -> Option<f64> {
    about.passport(key)?["value"].as_f64()
}

/// The range of a parameter of the model.
fn range(about: &About<'_>, key: &str) -> Option<[f64; 2]> {
    let spread = &about.passport(key)?["spread"];
    Some([spread["low"].as_f64()?, spread["high"].as_f64()?])
}

fn total(years: &[f64; 4]) -> f64 {
    years.iter().sum()
}

/// The budget by chapter and year beside the scenario that spends most on its measures, and all scenarios in total.
fn chapters(about: &About<'_>, accounts: &Accounts) -> Vec<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let model = about.run.manifest.model();
    let others = (0..accounts.scenarios.len()).filter(|at| *at != accounts.comparator);
    let all: Vec<(usize, Vec<ChapterMoney>)> =
        others.filter_map(|at| Some((at, programme_money::chapters(model, accounts, at)?))).collect();
    let spent = |chapters: &[ChapterMoney]| chapters.iter().map(|chapter| total(&chapter.spent())).sum::<f64>();
    let Some((at, most)) = all.iter().max_by(|a, b| spent(&a.1).total_cmp(&spent(&b.1))) else { return Vec::new() };
    let name = about.label(&accounts.scenarios[*at]);
    let budget: f64 = most.iter().filter_map(|chapter| chapter.budget).map(|years| total(&years)).sum();
    let lead = [("budget", &*numbers.euro(budget)), ("name", &name), ("base", &about.label(about.base()))];
    let caption = words.say("programme_money.table", &[("name", &name)]);
    let mut blocks = vec![
        PageBlock::text(words.say("programme_money.lead", &lead)),
        PageBlock::Table(by_year(about, caption, most)),
        PageBlock::List { items: most.iter().filter_map(|it| difference(about, it)).collect(), ordered: false },
    ];
    if all.len() > 1 {
        blocks.push(PageBlock::Table(by_scenario(about, accounts, &all)));
    }
    blocks
}

fn chapter_name(about: &About<'_>, name: &str) -> String {
    about.of("programme_money.chapter", name)
}

/// One scenario: each year of the document beside the model.
fn by_year(about: &About<'_>, caption: String, chapters: &[ChapterMoney]) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let row = |name: String, budget: Option<[f64; 4]>, spent: [f64; 4]| -> Vec<String> {
        let of = |budget: Option<f64>, spent: f64| {
            [budget.map_or_else(|| ABSENT.to_owned(), |budget| numbers.euro(budget)), numbers.euro(spent)]
        };
        let years = (0..YEARS.len()).flat_map(|year| of(budget.map(|budget| budget[year]), spent[year]));
        let all = of(budget.map(|budget| total(&budget)), total(&spent));
        std::iter::once(name).chain(years).chain(all).collect()
    };
    let mut rows: Vec<Vec<String>> =
        chapters.iter().map(|it| row(chapter_name(about, it.name), it.budget, it.spent())).collect();
    let sum = |of: &dyn Fn(&ChapterMoney) -> [f64; 4]| -> [f64; 4] {
        std::array::from_fn(|year| chapters.iter().map(|chapter| of(chapter)[year]).sum())
    };
    let budget = sum(&|chapter| chapter.budget.unwrap_or_default());
    rows.push(row(words.get("money.total"), Some(budget), sum(&ChapterMoney::spent)));
    let periods = YEARS.iter().map(i64::to_string).chain([format!("{}–{}", YEARS[0], YEARS[3])]);
    let pair = |period: String| {
        ["programme_money.document", "programme_money.model"].map(|key| words.say(key, &[("period", &period)]))
    };
    let head = std::iter::once(words.get("programme_money.chapter_is")).chain(periods.flat_map(pair)).collect();
    Grid::open(caption, head, rows)
}

/// All scenarios: spending on each chapter over the four years.
fn by_scenario(about: &About<'_>, accounts: &Accounts, all: &[(usize, Vec<ChapterMoney>)]) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let document = all.first().map(|(_, chapters)| chapters.iter()).into_iter().flatten();
    let budget = document.map(|it| it.budget.map_or_else(|| ABSENT.to_owned(), |years| numbers.euro(total(&years))));
    let mut rows: Vec<Vec<String>> = vec![std::iter::once(words.get("programme_money.budget")).chain(budget).collect()];
    for (at, chapters) in all {
        let spent = chapters.iter().map(|chapter| numbers.euro(total(&chapter.spent())));
        rows.push(std::iter::once(about.label(&accounts.scenarios[*at])).chain(spent).collect());
    }
    let names = all.first().map(|(_, chapters)| chapters.iter()).into_iter().flatten();
    let head = std::iter::once(words.get("effect.column.scenario"));
    let head = head.chain(names.map(|chapter| chapter_name(about, chapter.name))).collect();
    Grid::folded(words.get("programme_money.scenarios"), head, rows)
}

/// The difference between document and model for a chapter, in words; `None` if neither has any money.
fn difference(about: &About<'_>, it: &ChapterMoney) -> Option<String> {
    let (words, numbers) = (&about.words, about.numbers);
    let [once, running, spent] = [it.once, it.running, it.spent()].map(|years| total(&years));
    let budget = it.budget.map(|years| total(&years));
    let more = spent - budget.unwrap_or_default();
    if spent == 0.0 && budget.is_none() && once == 0.0 {
        return None;
    }
    let (measure, largest) = it.largest.as_ref().map_or_else(
        || (ABSENT.to_owned(), ABSENT.to_owned()),
        |(measure, euro)| (about.provider(measure), numbers.euro(*euro)),
    );
    let [chapter, more_in_words, once_in_words, running_in_words, budget_in_words] = [
        chapter_name(about, it.name),
        numbers.euro(more.abs()),
        numbers.euro(once),
        numbers.euro(running),
        numbers.euro(budget.unwrap_or_default()),
    ];
    let of = [
        ("chapter", &*chapter),
        ("more", &more_in_words),
        ("once", &once_in_words),
        ("running", &running_in_words),
        ("budget", &budget_in_words),
        ("measure", &measure),
        ("largest", &largest),
    ];
    let key = match budget {
        None => "programme_money.differs.unbudgeted",
        Some(_) if spent == 0.0 => "programme_money.differs.nothing",
        Some(budget) if more.abs() <= SAME * budget => "programme_money.differs.same",
        Some(_) if more < 0.0 => "programme_money.differs.less",
        Some(_) => "programme_money.differs.more",
    };
    let mut text = words.say(key, &of);
    if spent != 0.0 && it.largest.is_some() {
        text.push(' ');
        text.push_str(&words.say("programme_money.differs.largest", &of));
    }
    if it.moved() > SAME * budget.unwrap_or_default() && once > 0.0 {
        text.push(' ');
        text.push_str(&words.say("programme_money.differs.moved", &[("euro", &numbers.euro(it.moved()))]));
    }
    Some(text)
}

/// Own means of the cities in 2008 beside their spending under the comparator.
fn own_means(about: &About<'_>, accounts: &Accounts) -> Option<[PageBlock; 2]> {
    let (words, numbers) = (&about.words, about.numbers);
    let [own, regular, ban] = ["money.own", "money.own_regular", "money.own_ban"].map(|key| value(about, key));
    let first = YEARS[0];
    let all = accounts.spent(accounts.comparator, Some(first), Some(Payer::Municipality), None);
    let bans: f64 = ban_items(about).iter().map(|it| accounts.spent_on(accounts.comparator, it, (first, first))).sum();
    let rows = [
        ("programme_money.regular", regular?, all - bans),
        ("programme_money.bans", ban?, bans),
        ("money.total", own?, all),
    ];
    let rows = rows.map(|(key, document, model)| vec![words.get(key), numbers.euro(document), numbers.euro(model)]);
    let head = ["money.item", "programme_money.own_document", "programme_money.own_model"].map(|key| words.get(key));
    let of = [
        ("own", &*numbers.euro(own?)),
        ("regular", &numbers.euro(regular?)),
        ("ban", &numbers.euro(ban?)),
        ("model", &numbers.euro(all)),
        ("base", &about.label(about.base())),
    ];
    let text = PageBlock::text(words.say("programme_money.own", &of));
    Some([text, PageBlock::Table(Grid::open(words.get("programme_money.own_table"), head.to_vec(), rows.to_vec()))])
}

fn ban_items(about: &About<'_>) -> Vec<String> {
    programme_money::ban_items(about.run.manifest.model())
}

/// Growth of the means, and the places that it buys.
fn growth(about: &About<'_>) -> Vec<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let all = programme_money::growth(about.run.manifest.model());
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return Vec::new() };
    let services: Vec<&String> = last.places.keys().collect();
    let row = |it: &programme_money::GrowthMoney| {
        let places = services.iter().map(|name| it.places.get(*name).map_or(ABSENT.to_owned(), |n| numbers.about(*n)));
        [it.year.to_string(), numbers.euro(it.euro)].into_iter().chain(places).collect()
    };
    let places = |name: &&String| words.say("programme_money.places", &[("name", &about.provider(name))]);
    let head = [words.get("reports.year"), words.get("programme_money.extra")].into_iter();
    let head = head.chain(services.iter().map(places)).collect();
    let (years, euro) = ([first.year, last.year].map(|year| year.to_string()), [first.euro, last.euro]);
    let euro = euro.map(|euro| numbers.euro(euro));
    let of = [("first", &*years[0]), ("last", &years[1]), ("from", &euro[0]), ("to", &euro[1])];
    let text = PageBlock::text(words.say("programme_money.growth", &of));
    let caption = words.get("programme_money.growth_table");
    vec![text, PageBlock::Table(Grid::folded(caption, head, all.iter().map(row).collect()))]
}

/// Bans from home: those of the run beside those that the national government pays for and those that were expected.
fn bans(about: &About<'_>, accounts: &Accounts) -> crate::error::Result<Vec<PageBlock>> {
    let (words, numbers) = (&about.words, about.numbers);
    let (Some(funded), Some(expected), Some(invested)) =
        (value(about, "money.bans_funded"), range(about, "money.bans_expected"), range(about, "money.ban_investment"))
    else {
        return Ok(Vec::new());
    };
    let (items, years) = (ban_items(about), (YEARS[1], YEARS[3]));
    let number = (years.1 - years.0 + 1) as f64;
    let mut rows = Vec::new();
    for (at, name) in accounts.scenarios.iter().enumerate() {
        let by_year = about.by_year("bans", name, "G4")?;
        let within = by_year.range(years.0..=years.1).flat_map(|(_, values)| values);
        let (sum, count) = within.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        if count == 0.0 {
            continue;
        }
        let simulated = sum / count;
        let bans = simulated / about.scale;
        let spent = items.iter().map(|item| accounts.spent_on(at, item, years)).sum::<f64>() / number;
        let own = (bans - funded).max(0.0);
        let few = simulated * count < crate::report::numbers::FEWEST;
        let shown = |text: String| if few && simulated > 0.0 { numbers.few() } else { text };
        let price = if bans > 0.0 { spent / bans } else { 0.0 };
        rows.push(vec![
            about.label(name),
            shown(numbers.about(bans)),
            shown(numbers.about(bans - own)),
            shown(numbers.about(own)),
            shown(numbers.euro(own * price)),
            shown(numbers.euro(spent)),
            shown(numbers.euro(spent * number)),
        ]);
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let period = format!("{}–{}", years.0, years.1);
    let columns = ["count", "funded", "own", "own_euro", "spent", "spent_all"];
    let columns =
        columns.map(|name| words.say(&format!("{}.{name}", "programme_money.ban_column"), &[("period", &*period)]));
    let head = std::iter::once(words.get("effect.column.scenario")).chain(columns).collect();
    let of = [
        ("funded", &*numbers.whole(funded)),
        ("low", &numbers.whole(expected[0])),
        ("high", &numbers.whole(expected[1])),
        ("from", &numbers.euro(invested[0])),
        ("to", &numbers.euro(invested[1])),
        ("period", &period),
    ];
    let text = PageBlock::text(words.say("programme_money.ban_lead", &of));
    let caption = words.say("programme_money.ban_table", &of);
    Ok(vec![text, PageBlock::Table(Grid::open(caption, head, rows))])
}

#[cfg(test)]
mod tests {
    use crate::analysis::programme_money::UNBUDGETED;

    #[test]
    fn every_chapter_has_a_name_in_both_languages() {
        use crate::report::words::{Language, Words};
        for language in Language::ALL {
            let words = Words::new(language).expect("a catalog");
            assert_eq!(UNBUDGETED, "unbudgeted");
            for name in ["model_approach", "children", "perpetrators", "shelter", "unbudgeted"] {
                assert!(words.known(&format!("programme_money.chapter.{name}")).is_some(), "{name}");
            }
        }
    }
}

//! The tables, sentences and the chart of an answer.

use serde::Serialize;

use super::address::Asked;
use super::numbers::PageNumbers;
use super::site::Site;
use super::view::{WebChart, WebGrid, WebLink};
use super::words::PageWords;
use crate::analysis::figures::{Figure, GROUPS, HARM, NEXT_GENERATION};
use crate::charts::{Axis, Heading, IntervalChart, IntervalRow};
use crate::money::Payer;
use crate::planner::{AnswerFigure, CITY_COUNTS, CITY_EURO, CITY_MEASURES, HiddenFigure, KnownFigure, MixAnswer};
use crate::report::Language;

/// Figures of money and health.
const VALUE: [&str; 3] = ["euro", "euro_measures", "qaly_lost"];
/// Figures of the chart: violence now and in the next generation.
const DRAWN: [&str; 6] = [
    "first_exposed",
    "children_witnessing",
    "children_maltreated",
    "any_victims",
    "first_used",
    "next_generation_used",
];
/// The figure of the first sentence.
pub(super) const FIRST: &str = "first_exposed";

/// An answer as the page shows it.
#[derive(Serialize)]
pub(super) struct AnswerView {
    sentences: Vec<String>,
    chart: Option<WebChart>,
    groups: Vec<GroupView>,
    payers: WebGrid,
    city_links: Vec<WebLink>,
    city_sentences: Vec<String>,
    cities: WebGrid,
    file: String,
    report: String,
}

/// Figures of one group.
#[derive(Serialize)]
struct GroupView {
    name: String,
    rows: Vec<FigureView>,
}

/// A row of figures. Numbers are pairs: exact, for programs, and as printed.
#[derive(Serialize)]
struct FigureView {
    key: String,
    name: String,
    why: String,
    /// Why it is not shown; empty if it is.
    hidden: String,
    base: [String; 2],
    difference: [String; 2],
    range: String,
    error: String,
    sure: String,
}

/// Name of a figure in the language of the page.
pub(super) fn name(words: &PageWords, key: &str) -> String {
    let at = usize::from(words.language == Language::Nl);
    let name = Figure::named(key).map_or_else(|| key.replace('_', " "), |figure| figure.words[at].to_owned());
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Why a figure is not shown.
pub(super) fn reason(words: &PageWords, hidden: HiddenFigure) -> String {
    words.get(match hidden {
        HiddenFigure::Few => "page.few",
        HiddenFigure::Withheld => "page.withheld",
    })
}

/// A number of a figure: euro or a count.
pub(super) fn written(words: &PageWords, key: &str, value: f64, signed: bool) -> String {
    let numbers = PageNumbers(words);
    match (key.starts_with("euro"), signed) {
        (true, true) => numbers.euro_signed(value),
        (true, false) => numbers.euro(value),
        (false, true) => numbers.signed(value),
        (false, false) => numbers.about(value),
    }
}

/// The answer as the page shows it.
pub(super) fn view(site: &Site, words: &PageWords, asked: &Asked, answer: &MixAnswer) -> AnswerView {
    let groups = GROUPS.iter().map(|(group, keys)| (format!("answer.groups_{group}"), *keys)).chain([
        ("answer.groups_next".to_owned(), &NEXT_GENERATION[..]),
        ("answer.groups_harm".to_owned(), &HARM[..]),
        ("answer.groups_value".to_owned(), &VALUE[..]),
    ]);
    let group = |(key, keys): (String, &[&str])| GroupView {
        name: words.get(&key),
        rows: keys.iter().filter_map(|key| Some(row(site, words, asked, answer.figure(key)?))).collect(),
    };
    AnswerView {
        sentences: sentences(words, answer),
        chart: chart(words, answer),
        groups: groups.map(group).filter(|group| !group.rows.is_empty()).collect(),
        payers: payers(words, answer),
        city_links: city_links(site, words, asked),
        city_sentences: city_sentences(words, asked, answer),
        cities: cities(site, words, answer),
        file: site.link(asked, "/experiment.toml", &[]),
        report: site.link(asked, "/report", &[]),
    }
}

fn row(site: &Site, words: &PageWords, asked: &Asked, figure: &AnswerFigure) -> FigureView {
    let key = figure.key.as_str();
    let mut row = FigureView {
        key: key.to_owned(),
        name: name(words, key),
        why: site.link(asked, "/why", &[("figure", key)]),
        hidden: String::new(),
        base: Default::default(),
        difference: Default::default(),
        range: String::new(),
        error: String::new(),
        sure: String::new(),
    };
    match &figure.known {
        Err(hidden) => row.hidden = reason(words, *hidden),
        Ok(known) => {
            let numbers = PageNumbers(words);
            row.base = [known.comparator.to_string(), written(words, key, known.comparator, false)];
            row.difference = [known.difference.to_string(), written(words, key, known.difference, true)];
            row.range = numbers.range(known.limits, |value| written(words, key, value, true));
            row.error =
                known.error.map_or_else(String::new, |error| format!("±\u{a0}{}", written(words, key, error, false)));
            row.sure = sure(words, known);
        }
    }
    row
}

/// How sure the direction of a difference is: whether its range excludes zero, and how many draws agree.
fn sure(words: &PageWords, known: &KnownFigure) -> String {
    let [lower, equal, higher] = known.sides;
    let draws = lower + equal + higher;
    if equal == draws {
        return words.get("answer.sure_same");
    }
    let (key, count) = if lower >= higher { ("answer.sure_less", lower) } else { ("answer.sure_more", higher) };
    let sides = words.say(key, &[("count", &count.to_string()), ("draws", &draws.to_string())]);
    let clear = words.get(if known.is_clear() { "answer.sure_clear" } else { "answer.sure_unclear" });
    format!("{clear}: {sides}")
}

fn sentences(words: &PageWords, answer: &MixAnswer) -> Vec<String> {
    let numbers = PageNumbers(words);
    if answer.same {
        return vec![words.get("answer.same")];
    }
    let mut said = vec![first_sentence(words, answer, answer.figure(FIRST).map(|figure| figure.known))];
    if let Some(known) = answer.known("euro") {
        let euro = known.difference / answer.length();
        let key = if euro >= 0.0 { "answer.sentence_cost" } else { "answer.sentence_save" };
        said.push(words.say(key, &[("euro", &numbers.euro(euro.abs()))]));
    }
    if let Some(known) = answer.known("euro_measures") {
        let euro = numbers.euro(known.difference / answer.length());
        said.push(words.say("answer.sentence_cost_measures", &[("euro", &euro)]));
    }
    if let (Some(starts), Some(cost)) = (answer.starts, answer.start_cost) {
        let of = [("starts", &*numbers.about(starts)), ("euro", &numbers.euro(cost))];
        said.push(words.say("answer.sentence_reached", &of));
    }
    if let Some(scale) = answer.needs_scale {
        said.push(words.say("answer.sentence_needs", &[("scale", &numbers.percent(scale))]));
    }
    vec![said.join(" ")]
}

/// The sentence on children who experience violence for the first time.
fn first_sentence(words: &PageWords, answer: &MixAnswer, known: Option<Result<KnownFigure, HiddenFigure>>) -> String {
    let numbers = PageNumbers(words);
    let Some(Ok(known)) = known else { return words.get("answer.sentence_hidden") };
    let (low, high) = known.limits.unwrap_or((known.difference, known.difference));
    let years = (answer.years.0.to_string(), answer.years.1.to_string());
    let (key, ends) = match (low, high) {
        (low, high) if high < 0.0 => ("answer.sentence_less", (-high, -low)),
        (low, high) if low > 0.0 => ("answer.sentence_more", (low, high)),
        (low, high) => ("answer.sentence_both", (-low, high)),
    };
    let of =
        [("low", &*numbers.about(ends.0)), ("high", &numbers.about(ends.1)), ("first", &years.0), ("last", &years.1)];
    let [lower, equal, higher] = known.sides;
    let of_sides = [("count", lower.to_string()), ("draws", (lower + equal + higher).to_string())];
    let of_sides = of_sides.each_ref().map(|(name, value)| (*name, value.as_str()));
    format!("{} {}", words.say(key, &of), words.say("answer.sentence_sides", &of_sides))
}

fn chart(words: &PageWords, answer: &MixAnswer) -> Option<WebChart> {
    let rows = DRAWN.iter().filter_map(|key| {
        let known = answer.known(key).filter(|known| known.comparator > 0.0)?;
        let share = |value: f64| value / known.comparator;
        let (low, high) = known.limits.unwrap_or((f64::NAN, f64::NAN));
        Some(IntervalRow {
            label: name(words, key),
            point: share(known.difference),
            low: share(low),
            high: share(high),
            note: String::new(),
        })
    });
    let heading =
        Heading { id: "changes".into(), title: words.get("answer.chart"), description: words.get("answer.chart_note") };
    let after = if words.language == Language::Nl { " %" } else { "%" };
    let chart = IntervalChart {
        heading: heading.clone(),
        rows_are: words.get("answer.figure"),
        axis: Axis {
            name: words.get("answer.chart"),
            format: PageNumbers(words).format(1).times(100.0).after(after),
            reach: vec![0.0],
        },
        zero: 0.0,
        sides: [words.get("answer.chart_less"), words.get("answer.chart_more")],
        notes_are: String::new(),
        rows: rows.collect(),
    };
    WebChart::of(&chart, &heading, &words.get("page.table"))
}

/// Costs a year by payer.
fn payers(words: &PageWords, answer: &MixAnswer) -> WebGrid {
    let numbers = PageNumbers(words);
    let years = answer.length();
    let payer = |payer: &Payer| (words.of("payer", payer.word()), format!("euro_{}", payer.word()));
    let all = Payer::ALL.iter().map(payer).chain([(words.get("budget.total"), "euro".to_owned())]);
    let row = |(name, key): (String, String)| {
        let known = answer.known(&key)?;
        let limits = known.limits.map(|(low, high)| (low / years, high / years));
        let difference = numbers.euro_signed(known.difference / years);
        Some(vec![name, difference, numbers.range(limits, |euro| numbers.euro_signed(euro)), sure(words, known)])
    };
    WebGrid {
        caption: format!("{}, {}", words.get("answer.payers"), words.get("answer.a_year").to_lowercase()),
        head: ["budget.payer", "answer.a_year", "answer.range", "answer.sure"].map(|key| words.get(key)).to_vec(),
        rows: all.filter_map(row).collect(),
    }
}

fn city_links(site: &Site, words: &PageWords, asked: &Asked) -> Vec<WebLink> {
    let shown = asked.shows("city");
    let of = |city: &String| {
        WebLink::new(site.link(asked, "/answer", &[("city", city)]), city.clone()).marked(shown == Some(city))
    };
    let all = WebLink::new(site.link(asked, "/answer", &[]), words.get("page.all_cities")).marked(shown.is_none());
    std::iter::once(all).chain(site.desk.catalogue().cities().iter().map(of)).collect()
}

fn city_sentences(words: &PageWords, asked: &Asked, answer: &MixAnswer) -> Vec<String> {
    let Some(city) = asked.shows("city") else { return Vec::new() };
    let numbers = PageNumbers(words);
    let of = |key: &str| answer.cities.iter().find(|figure| figure.city == city && figure.key == key);
    let mut said = Vec::new();
    if let Some(Ok(known)) = of(CITY_MEASURES).map(|figure| figure.known) {
        let euro = numbers.euro(known.difference / answer.length());
        said.push(words.say("answer.city_sentence", &[("city", city), ("euro", &euro)]));
    }
    said.extend(of(FIRST).map(|figure| first_sentence(words, answer, Some(figure.known))));
    vec![said.join(" ")].into_iter().filter(|text| !text.is_empty()).collect()
}

/// Main figures of the four cities, side by side.
fn cities(site: &Site, words: &PageWords, answer: &MixAnswer) -> WebGrid {
    let keys: Vec<&str> = CITY_COUNTS.into_iter().chain([CITY_MEASURES, CITY_EURO]).collect();
    let cell = |city: &str, key: &str| {
        let found = answer.cities.iter().find(|figure| figure.city == city && figure.key == key);
        match found.map(|figure| figure.known) {
            Some(Ok(known)) => {
                let per = if key.starts_with("euro") { answer.length() } else { 1.0 };
                let limits = known.limits.map(|(low, high)| (low / per, high / per));
                let range = PageNumbers(words).range(limits, |value| written(words, key, value, true));
                format!("{} ({range})", written(words, key, known.difference / per, true))
            }
            Some(Err(hidden)) => reason(words, hidden),
            None => crate::notation::ABSENT.to_owned(),
        }
    };
    let row = |city: &String| std::iter::once(city.clone()).chain(keys.iter().map(|key| cell(city, key))).collect();
    let head = |key: &&str| {
        let year = if key.starts_with("euro") {
            format!(", {}", words.get("answer.a_year").to_lowercase())
        } else {
            String::new()
        };
        format!("{}{year}", name(words, key))
    };
    WebGrid {
        caption: format!("{}: {}", words.get("answer.cities"), words.get("answer.figures").to_lowercase()),
        head: std::iter::once(words.get("answer.city")).chain(keys.iter().map(head)).collect(),
        rows: site.desk.catalogue().cities().iter().map(row).collect(),
    }
}

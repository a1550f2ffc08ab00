//! Queues and places: places, who waits, and staff by provider, city and year or month; and sliders for other places.

use minijinja::context;
use serde::Serialize;
use serde_json::json;

use super::address::Asked;
use super::answer_page::{goes_on, mix_line};
use super::numbers::PageNumbers;
use super::site::{PageResult, Site, WebPage};
use super::view::{WebChart, WebGrid, as_value};
use super::words::PageWords;
use crate::charts::{Axis, ChartLine, Heading, LineChart, LineKind, LinePoint};
use crate::notation::{ABSENT, Format};
use crate::planner::{MixAnswer, MixLevel, OWN_PLACES, PlacesUse, PlacesYear, places_by_month, slug};

/// The four cities together, as in the tables.
const ALL: &str = "G4";
/// Largest end of a slider for a kind of places with few of them.
const FEW_PLACES: f64 = 50.0;

/// A choice of the page.
#[derive(Serialize)]
struct SelectView {
    name: &'static str,
    label: String,
    value: String,
    options: Vec<(String, String)>,
}

/// A slider for places of the mix.
#[derive(Serialize)]
struct LeverView {
    control: String,
    name: String,
    value: u32,
    most: u32,
    hint: String,
}

/// What the page shows of an answer.
#[derive(Serialize)]
struct PlacesView {
    provider: String,
    city: String,
    selects: Vec<SelectView>,
    charts: Vec<WebChart>,
    notes: Vec<String>,
    levers: Vec<LeverView>,
    /// Why there are no sliders.
    no_levers: String,
    /// Controls of the mix besides the sliders.
    rest: Vec<(String, String)>,
    table: WebGrid,
}

/// What the reader chose to see.
struct Choice {
    provider: String,
    city: String,
    /// A single year, by month; all years otherwise.
    year: Option<i64>,
}

/// `GET /places`.
pub(super) fn page(site: &Site, asked: &Asked) -> PageResult {
    let words = site.words(asked.language);
    if !asked.faults.is_empty() {
        return Ok(super::mix_page::page(site, asked)?.with_status(axum::http::StatusCode::UNPROCESSABLE_ENTITY));
    }
    let standing = site.desk.ask(&asked.mix);
    let view = standing.answer.as_ref().map(|answer| view(site, words, asked, answer)).transpose()?;
    let query = site.query(&asked.mix);
    let controls: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let refresh = view.is_none().then_some(4);
    let values = context! {
        mix_line => mix_line(site, words, &asked.mix),
        change => site.link(asked, "/", &[]),
        controls => as_value(controls),
        live => site.link(asked, "/places/part", &[]),
        view => as_value(view),
        ..site.shell(asked, "/places", &words.get("places.title"), refresh)
    };
    Ok(WebPage::html(site.render("places.html", values)?))
}

/// `GET /places/part`: whether there is an answer by now, for the script.
pub(super) fn part(site: &Site, asked: &Asked) -> PageResult {
    let standing = site.desk.ask(&asked.mix);
    let there = standing.answer.is_some();
    let content = there.then_some("");
    let more = !there && goes_on(&standing.work);
    Ok(WebPage::json(&json!({ "have": "", "state": "", "content": content, "more": more })))
}

fn view(
    site: &Site,
    words: &PageWords,
    asked: &Asked,
    answer: &MixAnswer,
) -> std::result::Result<PlacesView, super::site::PageFault> {
    let providers = providers(answer);
    let choice = choice(site, asked, answer, &providers);
    let rows: Vec<PlacesYear> = match choice.year {
        Some(year) => places_by_month(&site.desk.run(answer)?, year)?,
        None => answer.places.clone(),
    };
    let mut rows: Vec<PlacesYear> =
        rows.into_iter().filter(|row| row.provider == choice.provider && row.city == choice.city).collect();
    rows.sort_by_key(|row| (row.year, row.month));
    let rest = rest(site, asked, &choice);
    Ok(PlacesView {
        selects: selects(site, words, answer, &providers, &choice),
        charts: charts(words, &choice, &rows),
        notes: notes(words, &rows),
        levers: levers(site, words, asked, &choice),
        no_levers: no_levers(site, words, &choice),
        rest,
        table: table(words, &choice, &rows),
        provider: choice.provider,
        city: choice.city,
    })
}

/// Providers that somebody uses in the four cities, those of the mix included.
fn providers(answer: &MixAnswer) -> Vec<String> {
    let used = |row: &&PlacesYear| {
        row.city == ALL && row.both.iter().any(|both| both.occupied.is_some_and(|occupied| occupied > 0.0))
    };
    let mut names: Vec<String> = answer.places.iter().filter(used).map(|row| row.provider.clone()).collect();
    names.sort();
    names.dedup();
    names
}

fn choice(site: &Site, asked: &Asked, answer: &MixAnswer, providers: &[String]) -> Choice {
    let first = || {
        let usual = providers.iter().find(|name| *name == "shelter_crisis").or(providers.first());
        usual.cloned().unwrap_or_default()
    };
    let provider = asked.shows("provider").filter(|name| providers.iter().any(|own| own == name));
    let city = asked.shows("city").filter(|name| site.desk.catalogue().cities().iter().any(|own| own == name));
    let year = asked.shows("year").and_then(|year| year.parse::<i64>().ok());
    Choice {
        provider: provider.map_or_else(first, str::to_owned),
        city: city.unwrap_or(ALL).to_owned(),
        year: year.filter(|year| (answer.years.0..=answer.years.1).contains(year)),
    }
}

/// Name of a provider: of a shelter or service, or of a measure.
fn provider_name(site: &Site, words: &PageWords, provider: &str) -> String {
    match site.desk.catalogue().card(provider) {
        Some(card) => super::mix_page::title(words, card),
        None => words.of("provider", provider),
    }
}

fn city_name(words: &PageWords, city: &str) -> String {
    if city == ALL { words.get("page.all_cities") } else { city.to_owned() }
}

fn selects(
    site: &Site,
    words: &PageWords,
    answer: &MixAnswer,
    providers: &[String],
    choice: &Choice,
) -> Vec<SelectView> {
    let cities = std::iter::once(ALL.to_owned()).chain(site.desk.catalogue().cities().iter().cloned());
    let years = answer.years.0..=answer.years.1;
    let mut of_years = vec![(String::new(), words.get("places.all_years"))];
    of_years.extend(years.map(|year| (year.to_string(), year.to_string())));
    vec![
        SelectView {
            name: "provider",
            label: words.get("places.provider"),
            value: choice.provider.clone(),
            options: providers.iter().map(|name| (name.clone(), provider_name(site, words, name))).collect(),
        },
        SelectView {
            name: "city",
            label: words.get("places.city"),
            value: choice.city.clone(),
            options: cities.map(|city| (city.clone(), city_name(words, &city))).collect(),
        },
        SelectView {
            name: "year",
            label: words.get("places.year"),
            value: choice.year.map_or_else(String::new, |year| year.to_string()),
            options: of_years,
        },
    ]
}

/// Place of a row on the axis.
fn at(row: &PlacesYear) -> f64 {
    if row.month > 0 { row.month as f64 } else { row.year as f64 }
}

fn charts(words: &PageWords, choice: &Choice, rows: &[PlacesYear]) -> Vec<WebChart> {
    let line = |key: &str, look: usize, kind: LineKind, of: &dyn Fn(&PlacesYear) -> Option<f64>| ChartLine {
        name: words.get(key),
        look: Some(look),
        kind,
        points: rows.iter().map(|row| LinePoint { x: at(row), y: of(row).unwrap_or(f64::NAN), band: None }).collect(),
    };
    type Count = fn(&PlacesUse) -> Option<f64>;
    let side = |side: usize, of: Count| move |row: &PlacesYear| of(&row.both[side]);
    let [places, taken, waiting]: [Count; 3] = [|it| it.places, |it| it.occupied, |it| it.waiting];
    let lines = vec![
        line("places.places_base", 0, LineKind::Record, &side(0, places)),
        line("places.taken_base", 0, LineKind::Truth, &side(0, taken)),
        line("places.places_mix", 1, LineKind::Record, &side(1, places)),
        line("places.taken_mix", 1, LineKind::Truth, &side(1, taken)),
    ];
    let queue = vec![
        line("places.waiting_base", 0, LineKind::Truth, &side(0, waiting)),
        line("places.waiting_mix", 1, LineKind::Truth, &side(1, waiting)),
    ];
    [("places", lines, "places.axis_places"), ("waiting", queue, "places.axis_waiting")]
        .into_iter()
        .filter_map(|(id, lines, unit)| chart(words, choice, id, lines, unit))
        .collect()
}

fn chart(words: &PageWords, choice: &Choice, id: &str, mut lines: Vec<ChartLine>, unit: &str) -> Option<WebChart> {
    lines.retain(|line| line.points.iter().any(|point| point.y.is_finite()));
    let provider = words.of("provider", &choice.provider);
    let of = [("provider", &*provider), ("city", &city_name(words, &choice.city))];
    let heading = Heading {
        id: format!("chart-{id}"),
        title: words.say(&format!("places.chart_{id}"), &of),
        description: words.get(&format!("places.chart_{id}_note")),
    };
    let x = match choice.year {
        Some(year) => words.say("places.axis_month", &[("year", &year.to_string())]),
        None => words.get("places.axis_year"),
    };
    let chart = LineChart {
        heading: heading.clone(),
        x: Axis { name: x, format: Format::years(), reach: vec![] },
        y: Axis { name: words.get(unit), format: PageNumbers(words).format(0), reach: vec![0.0] },
        lines,
        moments: vec![],
    };
    WebChart::of(&chart, &heading, &words.get("page.table"))
}

fn notes(words: &PageWords, rows: &[PlacesYear]) -> Vec<String> {
    let all = || rows.iter().flat_map(|row| row.both);
    let limited = all().any(|it| it.places.is_some());
    let note = match (rows.is_empty(), limited) {
        (true, _) => "places.nothing",
        (false, false) => "places.no_limit",
        (false, true) if all().all(|it| it.waiting.is_none()) => "places.withheld",
        (false, true) => return Vec::new(),
    };
    vec![words.get(note)]
}

fn table(words: &PageWords, choice: &Choice, rows: &[PlacesYear]) -> WebGrid {
    let numbers = PageNumbers(words);
    let with_staff = rows.iter().any(|row| row.both.iter().any(|it| it.staff.is_some()));
    let number = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), |value| numbers.about(value));
    let cells = |it: &PlacesUse| {
        let mut cells = vec![number(it.places), number(it.occupied), number(it.waiting), number(it.wait)];
        cells.extend(with_staff.then(|| number(it.staff)));
        cells
    };
    let row = |row: &PlacesYear| {
        let period = if row.month > 0 { format!("{}-{:02}", row.year, row.month) } else { row.year.to_string() };
        // The two situations beside each other, quantity by quantity.
        let [base, own] = [cells(&row.both[0]), cells(&row.both[1])];
        std::iter::once(period).chain(base.into_iter().zip(own).flat_map(|(base, own)| [base, own])).collect()
    };
    let columns = ["places", "taken", "waiting", "wait", "staff"];
    let columns = columns.iter().take(if with_staff { 5 } else { 4 });
    let head = columns.flat_map(|column| {
        let name = words.get(&format!("places.column_{column}"));
        [format!("{name}, {}", words.get("places.base")), format!("{name}, {}", words.get("places.mix"))]
    });
    let provider = words.of("provider", &choice.provider);
    WebGrid {
        caption: format!("{provider}, {}", city_name(words, &choice.city)),
        head: std::iter::once(words.get("places.column_period")).chain(head).collect(),
        rows: rows.iter().map(row).collect(),
    }
}

/// The measure and kind of places by which a mix changes the places of a provider.
fn source(site: &Site, provider: &str) -> Option<(String, String)> {
    let catalogue = site.desk.catalogue();
    if catalogue.place_kinds(provider).contains(&OWN_PLACES) {
        return Some((provider.to_owned(), OWN_PLACES.to_owned()));
    }
    let cards = catalogue.cards();
    let found = cards.iter().find(|(key, _)| catalogue.place_kinds(key).contains(&provider));
    found.map(|(key, _)| ((*key).to_owned(), provider.to_owned()))
}

/// The lowest level above the status quo at which a measure does something in a city.
fn lowest_level(site: &Site, key: &str, city: usize) -> Option<MixLevel> {
    let levels = [MixLevel::Programme, MixLevel::Full];
    levels.into_iter().find(|level| site.desk.catalogue().start_in(key, *level, city).is_some())
}

/// Cities that have a slider, with their numbers: the chosen one, or those in which the measure runs.
fn cities_of_levers<'a>(site: &'a Site, asked: &Asked, choice: &Choice, key: &str) -> Vec<(usize, &'a String)> {
    let all = site.desk.catalogue().cities().iter().enumerate();
    let line = asked.mix.line(key);
    match choice.city.as_str() {
        ALL => all.filter(|(_, city)| line.level_in(city) > MixLevel::StatusQuo).collect(),
        chosen => all.filter(|(_, city)| *city == chosen).collect(),
    }
}

fn levers(site: &Site, words: &PageWords, asked: &Asked, choice: &Choice) -> Vec<LeverView> {
    let Some((key, kind)) = source(site, &choice.provider) else { return Vec::new() };
    let catalogue = site.desk.catalogue();
    let line = asked.mix.line(&key);
    let card = catalogue.card(&key).map(|card| super::mix_page::title(words, card)).unwrap_or_default();
    let lever = |(number, city): (usize, &String)| {
        let level = lowest_level(site, &key, number)?.max(line.level_in(city));
        let most = |level| catalogue.most_places(&key, &kind, level, number).filter(|most| most.is_finite());
        let planned = most(level)?;
        let own = line.places_in(&kind, city).map_or(planned, f64::from);
        let start = if line.level_in(city) == MixLevel::StatusQuo { 0.0 } else { own };
        let place = words.say("mix.places_of", &[("city", city), ("kind", &words.of("kind", &kind))]);
        Some(LeverView {
            control: format!("{key}.places.{kind}.{}", slug(city)),
            name: format!("{place} ({card})"),
            value: start as u32,
            most: (2.0 * most(MixLevel::Full).unwrap_or(planned)).max(own).max(FEW_PLACES) as u32,
            hint: words.say("mix.places_hint", &[("places", &PageNumbers(words).whole(planned))]),
        })
    };
    cities_of_levers(site, asked, choice, &key).into_iter().filter_map(lever).collect()
}

/// Why a provider has no sliders: no measure adds places, or no city is chosen.
fn no_levers(site: &Site, words: &PageWords, choice: &Choice) -> String {
    let card = source(site, &choice.provider).and_then(|(key, _)| site.desk.catalogue().card(&key));
    match card {
        Some(card) if choice.city == ALL => {
            words.say("places.choose_city", &[("measure", &super::mix_page::title(words, card))])
        }
        _ => words.get("places.none_change"),
    }
}

/// Controls of the mix that the sliders do not have. A city in which the measure does not run gets its lowest level, since
/// places need the measure.
fn rest(site: &Site, asked: &Asked, choice: &Choice) -> Vec<(String, String)> {
    let mut mix = asked.mix.clone();
    if let Some((key, kind)) = source(site, &choice.provider) {
        for (number, city) in cities_of_levers(site, asked, choice, &key) {
            let line = mix.lines.entry(key.clone()).or_default();
            if let Some(level) = lowest_level(site, &key, number).filter(|_| line.level_in(city) == MixLevel::StatusQuo)
            {
                line.cities.insert(city.clone(), level);
            }
            if let Some(cities) = line.places.get_mut(&kind) {
                cities.remove(city);
            }
        }
    }
    form_urlencoded::parse(site.query(&mix).as_bytes()).into_owned().collect()
}

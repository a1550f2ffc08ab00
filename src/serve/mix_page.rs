//! The page on which a mix is chosen: the scheme of functions and target groups, each measure with its controls, and the
//! running budget.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use minijinja::{Value, context};
use serde::Serialize;

use super::address::{Asked, link};
use super::numbers::PageNumbers;
use super::site::{PageResult, Site, WebPage};
use super::view::{WebLink, as_value};
use super::words::PageWords;
use crate::interventions::{Card, Per};
use crate::money::Payer;
use crate::notation::ABSENT;
use crate::planner::{Mix, MixLevel, MixLine, slug};
use crate::report::Language;
use crate::world::{ChainFunction, TargetGroup};

/// A function of the chain.
#[derive(Serialize)]
struct FunctionView {
    word: &'static str,
    name: String,
    targets: Vec<TargetView>,
}

/// A cell of the scheme.
#[derive(Serialize)]
struct TargetView {
    word: &'static str,
    name: String,
    /// What the scheme of 2008 says of the cell.
    scheme: String,
    /// Number of measures that go beyond the status quo, in words; empty for none.
    chosen: String,
    measures: Vec<MeasureView>,
}

/// A measure with its controls.
#[derive(Serialize)]
struct MeasureView {
    key: String,
    name: String,
    level: &'static str,
    active: bool,
    open: bool,
    cities: Vec<CityView>,
    fields: Vec<FieldView>,
    price: String,
    document: String,
    why: String,
}

/// The level in a city.
#[derive(Serialize)]
struct CityView {
    control: String,
    name: String,
    level: &'static str,
}

/// A field for a month or a number.
#[derive(Serialize)]
struct FieldView {
    control: String,
    name: String,
    value: String,
    hint: String,
}

/// A fault in the list above the mix.
#[derive(Serialize)]
struct FaultView {
    href: String,
    name: String,
    text: String,
}

/// `GET /`: the page of a mix.
pub(super) fn page(site: &Site, asked: &Asked) -> PageResult {
    Ok(WebPage::html(site.render("mix.html", values(site, asked))?))
}

/// `POST /mix`: the controls of the page, with what to do next. A mix with faults is shown again with what was filled in.
pub(super) fn send(site: &Site, asked: &Asked) -> PageResult {
    if !asked.faults.is_empty() {
        return Ok(page(site, asked)?.with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let path = match asked.shows("go") {
        Some("answer") => "/answer",
        Some("places") => "/places",
        _ => "/",
    };
    let shows: Vec<(&str, &str)> = ["provider", "city"]
        .into_iter()
        .filter(|_| path == "/places")
        .filter_map(|key| Some((key, asked.shows(key)?)))
        .collect();
    Ok(WebPage::go_to(site.link(asked, path, &shows)))
}

/// `POST /budget`: the budget of the controls of the page, for the script.
pub(super) fn budget(site: &Site, asked: &Asked) -> PageResult {
    let words = site.words(asked.language);
    let values = context! { w => words.tables.clone(), budget => budget_view(site, words, asked) };
    Ok(WebPage::html(site.render("budget.html", values)?))
}

fn values(site: &Site, asked: &Asked) -> Value {
    let words = site.words(asked.language);
    let levels: Vec<(&str, String)> =
        MixLevel::ALL.iter().map(|level| (level.word(), words.get(&format!("mix.level_{}", level.word())))).collect();
    let faults: BTreeMap<&str, &str> =
        asked.faults.iter().map(|fault| (fault.at.as_str(), words.either(&fault.text))).collect();
    let count = asked.faults.len().to_string();
    let end = asked.controls.get("end").cloned().unwrap_or_else(|| (asked.mix.end - 1).to_string());
    context! {
        levels => as_value(levels),
        faults => as_value(faults),
        list => as_value(fault_list(site, words, asked)),
        faults_count => words.say("mix.faults_count", &[("count", &count)]),
        presets => as_value(presets(site, asked)),
        scheme => as_value(scheme(site, words, asked)),
        end => end,
        budget => budget_view(site, words, asked),
        best => site.link(asked, "/best", &[]),
        clear => link("/", "", &[("lang", asked.language.word())]),
        ..site.shell(asked, "/", &words.get("mix.title"), None)
    }
}

/// Links to the presets, in the language asked and until the year of the mix.
fn presets(site: &Site, asked: &Asked) -> Vec<WebLink> {
    let words = site.words(asked.language);
    let of = |preset: &crate::planner::MixPreset| {
        let mix = Mix { end: asked.mix.end, ..preset.mix.clone() };
        let href = link("/", &site.query(&mix), &[("lang", asked.language.word())]);
        WebLink::new(href, words.either(&preset.label)).marked(asked.faults.is_empty() && mix == asked.mix)
    };
    site.desk.presets().iter().map(of).collect()
}

fn fault_list(site: &Site, words: &PageWords, asked: &Asked) -> Vec<FaultView> {
    let catalogue = site.desk.catalogue();
    let view = |fault: &crate::planner::MixFault| {
        let key = fault.at.split('.').next().unwrap_or_default();
        let (name, known) = match catalogue.card(key) {
            Some(card) => (title(words, card), true),
            None => (words.get("mix.end"), fault.at == "end"),
        };
        let href = if known { format!("c-{}", fault.at) } else { String::new() };
        FaultView { href, name, text: words.either(&fault.text).to_owned() }
    };
    asked.faults.iter().map(view).collect()
}

/// Name of a measure in the language of the page.
pub(super) fn title(words: &PageWords, card: &Card) -> String {
    if words.language == Language::Nl { card.dutch.clone() } else { card.title.clone() }
}

fn scheme(site: &Site, words: &PageWords, asked: &Asked) -> Vec<FunctionView> {
    let cards = site.desk.catalogue().cards();
    let function = |function: &ChainFunction| {
        let target = |target: &TargetGroup| {
            let here = cards.iter().filter(|(_, card)| card.function == *function && card.target == *target);
            let measures: Vec<MeasureView> = here.map(|(key, card)| measure(site, words, asked, key, card)).collect();
            let chosen = measures.iter().filter(|measure| measure.active).count();
            let entry = format!("scheme.{}_{}", function.word(), target.word());
            let entry = words.get(&entry);
            let scheme = match entry.starts_with("scheme.") {
                true => words.get("mix.gap"),
                false => words.say("mix.in_scheme", &[("words", &entry)]),
            };
            let none = measures.is_empty().then(|| words.get("mix.no_measure"));
            TargetView {
                word: target.word(),
                name: words.of("target", target.word()),
                scheme: std::iter::once(scheme).chain(none).collect::<Vec<_>>().join(" "),
                chosen: if chosen > 0 {
                    words.say("mix.chosen", &[("count", &chosen.to_string())])
                } else {
                    String::new()
                },
                measures,
            }
        };
        FunctionView {
            word: function.word(),
            name: words.of("function", function.word()),
            targets: TargetGroup::ALL.iter().map(target).collect(),
        }
    };
    ChainFunction::ALL.iter().map(function).collect()
}

fn measure(site: &Site, words: &PageWords, asked: &Asked, key: &str, card: &Card) -> MeasureView {
    let catalogue = site.desk.catalogue();
    let line = asked.mix.line(key);
    let city = |name: &String| CityView {
        control: format!("{key}.{}", slug(name)),
        name: name.clone(),
        level: line.cities.get(name).map_or("", |level| level.word()),
    };
    let prefix = format!("{key}.");
    let faulty = asked.faults.iter().any(|fault| fault.at.starts_with(&prefix));
    let chapter = card.chapter.and_then(|chapter| Some(serde_json::to_value(chapter).ok()?.as_str()?.to_owned()));
    let chapter = match chapter {
        Some(chapter) => words.say("mix.chapter", &[("chapter", &chapter)]),
        None => words.get("mix.not_in_document"),
    };
    let lines = words.say("mix.lines", &[("lines", &card.lines)]);
    MeasureView {
        key: key.to_owned(),
        name: title(words, card),
        level: line.level.word(),
        active: line.is_active(catalogue.cities()),
        open: faulty || line != MixLine::at(line.level),
        cities: catalogue.cities().iter().map(city).collect(),
        fields: fields(site, words, asked, key, &line),
        price: price(words, card),
        document: format!("{chapter}, {lines}."),
        why: site.link(asked, "/why", &[("measure", key)]),
    }
}

fn fields(site: &Site, words: &PageWords, asked: &Asked, key: &str, line: &MixLine) -> Vec<FieldView> {
    let catalogue = site.desk.catalogue();
    let field = |control: String, name: String, value: Option<String>, hint: String| {
        let typed = asked.controls.get(&control).cloned();
        FieldView { value: typed.or(value).unwrap_or_default(), control, name, hint }
    };
    // What is planned at the level chosen, or at full roll-out for a measure that is not chosen yet.
    let shown = if line.is_active(catalogue.cities()) { line.clone() } else { MixLine::at(MixLevel::Full) };
    let planned = match catalogue.planned_start(key, &shown) {
        Some(month) => words.say("mix.planned", &[("month", &month.to_string())]),
        None => words.get("mix.not_planned"),
    };
    let month = |month: Option<crate::world::Month>| month.map(|month| month.to_string());
    let mut fields = vec![
        field(format!("{key}.from"), words.get("mix.from"), month(line.from), planned),
        field(format!("{key}.until"), words.get("mix.until"), month(line.until), words.get("mix.month_hint")),
        field(
            format!("{key}.means"),
            words.get("mix.means"),
            (line.means != 100).then(|| line.means.to_string()),
            "1 … 100".to_owned(),
        ),
    ];
    if catalogue.has_own_price(key) || asked.controls.contains_key(&format!("{key}.price")) {
        fields.push(field(
            format!("{key}.price"),
            words.get("mix.price_share"),
            (line.price != 100).then(|| line.price.to_string()),
            words.get("mix.price_hint"),
        ));
    }
    for kind in catalogue.place_kinds(key) {
        for (number, city) in catalogue.cities().iter().enumerate() {
            let most = catalogue.most_places(key, kind, shown.level_in(city), number).unwrap_or_default();
            let most = if most.is_finite() { PageNumbers(words).whole(most) } else { words.get("page.unlimited") };
            let name = words.say("mix.places_of", &[("city", city), ("kind", &words.of("kind", kind))]);
            let value = line.places_in(kind, city).map(|places| places.to_string());
            let hint = words.say("mix.places_hint", &[("places", &most)]);
            fields.push(field(format!("{key}.places.{kind}.{}", slug(city)), name, value, hint));
        }
    }
    fields
}

/// Prices of a card: amounts by unit and payer.
fn price(words: &PageWords, card: &Card) -> String {
    let mut by_unit: BTreeMap<&str, (f64, BTreeSet<Payer>)> = BTreeMap::new();
    for cost in card.costs.values() {
        let (sum, payers) = by_unit.entry(per(cost.per)).or_default();
        *sum += cost.price.get();
        payers.insert(cost.payer);
    }
    let one = |(unit, (sum, payers)): (&str, (f64, BTreeSet<Payer>))| {
        let payers: Vec<String> = payers.into_iter().map(|payer| words.of("payer", payer.word())).collect();
        format!("{} {} ({})", PageNumbers(words).euro(sum), words.of("per", unit), payers.join(", "))
    };
    let all: Vec<String> = by_unit.into_iter().map(one).collect();
    if all.is_empty() { words.get("mix.price_none") } else { format!("{}.", all.join("; ")) }
}

/// The word of a unit of costs.
fn per(per: Per) -> &'static str {
    match per {
        Per::Start => "start",
        Per::PersonMonth => "person_month",
        Per::Offer => "offer",
        Per::Passage => "passage",
        Per::CityYear => "city_year",
        Per::Once => "once",
        Per::PlaceYear => "place_year",
    }
}

/// The budget by payer: rows of names and amounts, the total last; no rows for a mix that costs nothing.
fn budget_view(site: &Site, words: &PageWords, asked: &Asked) -> Value {
    let catalogue = site.desk.catalogue();
    let budget = asked.mix.budget(catalogue);
    let numbers = PageNumbers(words);
    let highest = budget.highest();
    let amounts = highest.map(|(_, euro)| euro).unwrap_or_default();
    let mean = budget.mean();
    let mut rows = Vec::new();
    for (at, payer) in Payer::ALL.iter().enumerate().filter(|(at, _)| mean[*at] > 0.0 || amounts[*at] > 0.0) {
        let name = words.of("payer", payer.word());
        rows.push([name, numbers.euro_in_column(mean[at]), numbers.euro_in_column(amounts[at])]);
    }
    if !rows.is_empty() {
        let sums = [mean.iter().sum::<f64>(), amounts.iter().sum::<f64>()];
        let [mean, highest] = sums.map(|euro| numbers.euro_in_column(euro));
        rows.push([words.get("budget.total"), mean, highest]);
    }
    let open: Vec<String> = budget.open().filter_map(|key| Some(title(words, catalogue.card(key)?))).collect();
    let year = highest.map_or_else(|| ABSENT.to_owned(), |(year, _)| year.to_string());
    context! {
        rows => as_value(rows),
        highest => words.say("budget.highest", &[("year", &year)]),
        open => if open.is_empty() { String::new() } else { words.say("budget.open", &[("measures", &open.join("; "))]) },
    }
}

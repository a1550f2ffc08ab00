//! Up to four mixes side by side.

use minijinja::context;
use serde::Serialize;
use serde_json::json;

use super::address::{Asked, MOST_COMPARED, link};
use super::answer_page::{goes_on, mix_line};
use super::answer_tables::{FIRST, name, reason, written};
use super::numbers::PageNumbers;
use super::site::{PageResult, Site, WebPage};
use super::view::{WebChart, WebGrid, WebLink, as_value};
use super::words::PageWords;
use crate::charts::{Axis, Heading, IntervalChart, IntervalRow};
use crate::money::Payer;
use crate::notation::ABSENT;
use crate::planner::{DeskWork, MixFault, MixStanding};

/// Rows of figures: key of the words, key of the figure, and whether it is shown by year.
const ROWS: [(&str, &str, bool); 7] = [
    ("compare.row_children", FIRST, false),
    ("compare.row_victims", "any_victims", false),
    ("compare.row_next", "next_generation_used", false),
    ("compare.row_waiting", "incidents_while_waiting", false),
    ("compare.row_health", "qaly_lost", false),
    ("compare.row_cost", "euro", true),
    ("compare.row_measures", "euro_measures", true),
];

/// A field for the address of a mix.
#[derive(Serialize)]
struct SlotView {
    number: usize,
    label: String,
    query: String,
    line: String,
}

/// The comparison.
#[derive(Serialize)]
struct CompareView {
    chart: Option<WebChart>,
    table: WebGrid,
    payers: WebGrid,
    open: Vec<WebLink>,
}

/// A mix of the comparison.
struct ComparedMix {
    asked: Asked,
    /// Its place among the fields, from 1.
    number: usize,
    line: String,
    standing: MixStanding,
}

/// `GET /compare`.
pub(super) fn page(site: &Site, asked: &Asked) -> PageResult {
    let words = site.words(asked.language);
    let (compared, faults) = compared(site, words, asked);
    let slots = (0..MOST_COMPARED).map(|at| {
        let number = at + 1;
        let label = words.say("compare.address", &[("number", &number.to_string())]);
        let line = compared.iter().find(|it| it.number == number).map(|it| it.line.clone());
        let fault = faults.iter().find(|(own, _)| *own == number);
        let fault = fault.map(|(_, fault)| words.say("compare.faulty", &[("fault", words.either(&fault.text))]));
        let query = asked.compared.get(at).cloned().unwrap_or_default();
        SlotView { number, label, query, line: line.or(fault).unwrap_or_default() }
    });
    let more = compared.iter().any(|it| goes_on(&it.standing.work));
    let note = if asked.compared.len() > MOST_COMPARED { words.get("compare.too_many") } else { String::new() };
    let values = context! {
        slots => as_value(slots.collect::<Vec<_>>()),
        presets => as_value(presets(site, asked)),
        note => note,
        live => address(asked, "/compare/part"),
        have => mark(&compared),
        more => more,
        view => as_value(view(site, words, &compared)),
        ..site.shell(asked, "/compare", &words.get("compare.title"), more.then_some(6))
    };
    Ok(WebPage::html(site.render("compare.html", values)?))
}

/// `GET /compare/part`: the comparison if the reader has an older one, for the script.
pub(super) fn part(site: &Site, asked: &Asked) -> PageResult {
    let words = site.words(asked.language);
    let (compared, _) = compared(site, words, asked);
    let have = mark(&compared);
    let fresh = if asked.shows("have") == Some(&have) {
        None
    } else {
        let view = as_value(view(site, words, &compared));
        Some(site.render("compare_content.html", context! { w => words.tables.clone(), view => view })?)
    };
    let more = compared.iter().any(|it| goes_on(&it.standing.work));
    Ok(WebPage::json(&json!({ "have": have, "state": "", "content": fresh, "more": more })))
}

/// The page of the same mixes.
fn address(asked: &Asked, path: &str) -> String {
    let language = std::iter::once(("lang", asked.language.word()));
    let shows: Vec<(&str, &str)> = language.chain(asked.compared.iter().map(|query| ("m", query.as_str()))).collect();
    link(path, "", &shows)
}

/// The mixes without faults, and the first fault of each other one with its number.
fn compared(site: &Site, words: &PageWords, asked: &Asked) -> (Vec<ComparedMix>, Vec<(usize, MixFault)>) {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for (at, query) in asked.compared.iter().take(MOST_COMPARED).enumerate() {
        let mut own = Asked::of(site.desk.catalogue(), query.as_bytes(), asked.language);
        own.language = asked.language;
        match own.faults.first() {
            Some(fault) => faults.push((at + 1, fault.clone())),
            None => {
                let (line, standing) = (mix_line(site, words, &own.mix), site.desk.ask(&own.mix));
                all.push(ComparedMix { asked: own, number: at + 1, line, standing });
            }
        }
    }
    (all, faults)
}

fn mark(compared: &[ComparedMix]) -> String {
    compared.iter().map(|it| it.standing.stages.to_string()).collect::<Vec<_>>().join("-")
}

/// Links that add a preset to the comparison; none if it is complete.
fn presets(site: &Site, asked: &Asked) -> Vec<WebLink> {
    if asked.compared.len() >= MOST_COMPARED {
        return Vec::new();
    }
    let words = site.words(asked.language);
    let of = |preset: &crate::planner::MixPreset| {
        let mut more = asked.clone();
        // The status quo has an empty address; its last year stands for it.
        let query = site.query(&preset.mix);
        more.compared.push(if query.is_empty() { format!("end={}", preset.mix.end - 1) } else { query });
        WebLink::new(address(&more, "/compare"), words.either(&preset.label))
    };
    site.desk.presets().iter().map(of).collect()
}

fn view(site: &Site, words: &PageWords, compared: &[ComparedMix]) -> Option<CompareView> {
    if compared.is_empty() {
        return None;
    }
    let name_of = |it: &ComparedMix| words.say("compare.mix", &[("number", &it.number.to_string())]);
    let head = || std::iter::once(words.get("compare.figure")).chain(compared.iter().map(name_of)).collect::<Vec<_>>();
    let open = |it: &ComparedMix| {
        let name = format!("{} {}: {}", words.get("compare.open"), name_of(it), it.line);
        WebLink::new(site.link(&it.asked, "/answer", &[]), name)
    };
    Some(CompareView {
        chart: chart(words, compared),
        table: WebGrid { caption: words.get("compare.title"), head: head(), rows: rows(words, compared) },
        payers: WebGrid { caption: words.get("compare.payers"), head: head(), rows: payers(words, compared) },
        open: compared.iter().map(open).collect(),
    })
}

/// A figure of a mix: its difference with its range.
fn cell(words: &PageWords, it: &ComparedMix, key: &str, by_year: bool) -> String {
    let Some(answer) = &it.standing.answer else { return words.get("compare.waiting") };
    let Some(figure) = answer.figure(key) else { return ABSENT.to_owned() };
    match figure.known {
        Err(hidden) => reason(words, hidden),
        Ok(known) => {
            let per = if by_year { answer.length() } else { 1.0 };
            let limits = known.limits.map(|(low, high)| (low / per, high / per));
            let range = PageNumbers(words).range(limits, |value| written(words, key, value, true));
            format!("{} ({range})", written(words, key, known.difference / per, true))
        }
    }
}

fn rows(words: &PageWords, compared: &[ComparedMix]) -> Vec<Vec<String>> {
    let numbers = PageNumbers(words);
    let figure = |(label, key, by_year): &(&str, &str, bool)| {
        std::iter::once(words.get(label)).chain(compared.iter().map(|it| cell(words, it, key, *by_year))).collect()
    };
    let mut rows: Vec<Vec<String>> = ROWS.iter().map(figure).collect();
    let more = |label: &str, of: &dyn Fn(&ComparedMix) -> String| -> Vec<String> {
        std::iter::once(words.get(label)).chain(compared.iter().map(of)).collect()
    };
    rows.push(more("compare.row_reached", &|it| {
        let starts = it.standing.answer.as_ref().and_then(|answer| answer.starts);
        starts.map_or_else(|| ABSENT.to_owned(), |starts| numbers.about(starts))
    }));
    rows.push(more("compare.row_draws", &|it| {
        let draws = it.standing.answer.as_ref().map(|answer| answer.stage.draws.max(1));
        draws.map_or_else(|| ABSENT.to_owned(), |draws| draws.to_string())
    }));
    rows.push(more("compare.row_known", &|it| {
        words.get(if it.standing.work == DeskWork::Done { "compare.complete" } else { "compare.waiting" })
    }));
    rows
}

fn payers(words: &PageWords, compared: &[ComparedMix]) -> Vec<Vec<String>> {
    let of = |payer: &Payer| {
        let key = format!("euro_{}", payer.word());
        let cells = compared.iter().map(|it| cell(words, it, &key, true));
        std::iter::once(words.of("payer", payer.word())).chain(cells).collect()
    };
    Payer::ALL.iter().map(of).collect()
}

fn chart(words: &PageWords, compared: &[ComparedMix]) -> Option<WebChart> {
    let rows = compared.iter().filter_map(|it| {
        let known = it.standing.answer.as_ref()?.known(FIRST).filter(|known| known.comparator > 0.0)?;
        let (low, high) = known.limits.unwrap_or((f64::NAN, f64::NAN));
        let share = |value: f64| value / known.comparator;
        Some(IntervalRow {
            label: words.say("compare.mix", &[("number", &it.number.to_string())]),
            point: share(known.difference),
            low: share(low),
            high: share(high),
            note: String::new(),
        })
    });
    let heading = Heading {
        id: "compare".into(),
        title: words.get("compare.chart"),
        description: words.get("answer.chart_note"),
    };
    let after = if words.language == crate::report::Language::Nl { " %" } else { "%" };
    let chart = IntervalChart {
        heading: heading.clone(),
        rows_are: words.get("page.mix"),
        axis: Axis {
            name: name(words, FIRST),
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

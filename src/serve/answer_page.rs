//! The answer of a mix: what is known at this moment, and the figures, which get sharper while the page is open.

use axum::http::StatusCode;
use minijinja::value::merge_maps;
use minijinja::{Value, context};
use serde::Serialize;
use serde_json::json;

use super::address::Asked;
use super::answer_tables::{AnswerView, view};
use super::mix_page::title;
use super::numbers::PageNumbers;
use super::site::{PageFault, PageResult, Site, WebPage};
use super::view::as_value;
use super::words::PageWords;
use crate::planner::{DeskWork, Mix, MixStanding};

/// Seconds after which a browser without scripts loads the page again while work is going on.
const REFRESH: u32 = 4;

/// What is known of the work on a mix or on a question.
#[derive(Serialize)]
pub(super) struct StateView {
    /// The size of the answer that is shown; empty without one.
    pub(super) stage: String,
    /// What is being done.
    pub(super) status: String,
    /// Per cent of the present simulation; `None` if none runs.
    pub(super) share: Option<u32>,
    /// Progress in words, which a screen reader does not repeat at every step.
    pub(super) detail: String,
    /// Words of the button; empty for none.
    pub(super) button: String,
    /// Where the button sends the mix.
    pub(super) action: &'static str,
    /// Controls of the mix, for that.
    pub(super) controls: Vec<(String, String)>,
}

/// `GET /answer`: the page of the answer.
pub(super) fn page(site: &Site, asked: &Asked) -> PageResult {
    if !asked.faults.is_empty() {
        return Ok(super::mix_page::page(site, asked)?.with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let words = site.words(asked.language);
    let standing = site.desk.ask(&asked.mix);
    let more = goes_on(&standing.work);
    let city: Vec<(&str, &str)> = asked.shows("city").map(|city| ("city", city)).into_iter().collect();
    let values = context! {
        live => site.link(asked, "/answer/part", &city),
        have => mark(&standing),
        more => more,
        ..merge_maps([
            content(site, words, asked, &standing),
            site.shell(asked, "/answer", &words.get("answer.title"), more.then_some(REFRESH)),
        ])
    };
    let page = WebPage::html(site.render("answer.html", values)?);
    let is_full = standing.work == DeskWork::Full && standing.answer.is_none();
    Ok(if is_full { page.with_status(StatusCode::TOO_MANY_REQUESTS) } else { page })
}

/// `GET /answer/part`: the same in parts, for the script: the state, and the content if the reader has an older one.
pub(super) fn part(site: &Site, asked: &Asked) -> PageResult {
    if !asked.faults.is_empty() {
        return Err(PageFault::of(StatusCode::UNPROCESSABLE_ENTITY, "fault.broken"));
    }
    let words = site.words(asked.language);
    let standing = site.desk.ask(&asked.mix);
    let have = mark(&standing);
    let fresh = if asked.shows("have") == Some(&have) {
        None
    } else {
        let values = context! { w => words.tables.clone(), lang => asked.language.word(), ..content(site, words, asked, &standing) };
        Some(site.render("answer_content.html", values)?)
    };
    let values = context! {
        w => words.tables.clone(),
        lang => asked.language.word(),
        state => as_value(state(site, words, asked, &standing)),
    };
    let state = site.render("state.html", values)?;
    Ok(WebPage::json(&json!({ "have": have, "state": state, "content": fresh, "more": goes_on(&standing.work) })))
}

/// `POST /stop`: stops the simulation of a mix.
pub(super) fn stop(site: &Site, asked: &Asked) -> PageResult {
    site.desk.cancel(&asked.mix);
    Ok(WebPage::go_to(site.link(asked, "/answer", &[])))
}

/// `POST /start`: goes on after a stop or a fault.
pub(super) fn start(site: &Site, asked: &Asked) -> PageResult {
    site.desk.resume(&asked.mix);
    Ok(WebPage::go_to(site.link(asked, "/answer", &[])))
}

/// `GET /experiment.toml`: the experiment file of a mix, at the size of its best answer.
pub(super) fn file(site: &Site, asked: &Asked) -> PageResult {
    if !asked.faults.is_empty() {
        return Err(PageFault::of(StatusCode::UNPROCESSABLE_ENTITY, "fault.broken"));
    }
    let text = site.desk.experiment_text(&asked.mix);
    Ok(WebPage { kind: "application/toml; charset=utf-8", file: Some("mix.toml"), ..WebPage::html(text) })
}

/// Which answer the reader has.
pub(super) fn mark(standing: &MixStanding) -> String {
    standing.stages.to_string()
}

/// Whether a later look may find more.
pub(super) fn goes_on(work: &DeskWork) -> bool {
    matches!(work, DeskWork::Waiting { .. } | DeskWork::Running(_) | DeskWork::Full)
}

/// What the page says of a mix: its answer first, then how far the simulation is.
fn content(site: &Site, words: &PageWords, asked: &Asked, standing: &MixStanding) -> Value {
    let answer: Option<AnswerView> = standing.answer.as_ref().map(|answer| view(site, words, asked, answer));
    context! {
        mix_line => mix_line(site, words, &asked.mix),
        change => site.link(asked, "/", &[]),
        state => as_value(state(site, words, asked, standing)),
        answer => as_value(answer),
    }
}

/// A mix in words: the name of its preset, or its measures with their levels.
pub(super) fn mix_line(site: &Site, words: &PageWords, mix: &Mix) -> String {
    let same = |preset: &&crate::planner::MixPreset| preset.mix.lines == mix.lines;
    if let Some(preset) = site.desk.presets().iter().find(same) {
        return format!("{}.", words.either(&preset.label));
    }
    let catalogue = site.desk.catalogue();
    let cities = catalogue.cities();
    let measure = |(key, line): (&String, &crate::planner::MixLine)| {
        let card = catalogue.card(key).filter(|_| line.is_active(cities))?;
        let level = words.get(&format!("mix.short_{}", line.highest(cities).word()));
        let without = line.without(cities);
        let place = match without.len() {
            0 => String::new(),
            _ => {
                let with: Vec<&str> =
                    cities.iter().map(String::as_str).filter(|city| !without.contains(city)).collect();
                format!(", {}", with.join(", "))
            }
        };
        Some(format!("{} ({level}{place})", title(words, card)))
    };
    let all: Vec<String> = mix.lines.iter().filter_map(measure).collect();
    if all.is_empty() { words.get("compare.empty") } else { format!("{}.", all.join("; ")) }
}

fn state(site: &Site, words: &PageWords, asked: &Asked, standing: &MixStanding) -> StateView {
    let numbers = PageNumbers(words);
    let all = site.desk.stages().len();
    let stage = match &standing.answer {
        Some(answer) => {
            let populations = site.desk.catalogue().model().populations().unwrap_or_default();
            let people: f64 = populations.iter().sum();
            words.say(
                "answer.stage",
                &[
                    ("stage", &standing.stages.to_string()),
                    ("stages", &all.to_string()),
                    ("persons", &numbers.whole(people * answer.stage.scale)),
                    ("real", &numbers.about(people)),
                    ("draws", &answer.stage.draws.max(1).to_string()),
                ],
            )
        }
        None => words.get("answer.stage_none"),
    };
    let controls = form_urlencoded::parse(site.query(&asked.mix).as_bytes()).into_owned().collect();
    StateView { stage, controls, ..work_view(words, &standing.work, standing.answer.is_some(), ["/stop", "/start"]) }
}

/// The work in words; `actions` are the addresses that stop it and let it go on. Without the size of the answer and the
/// controls.
pub(super) fn work_view(words: &PageWords, work: &DeskWork, has_answer: bool, actions: [&'static str; 2]) -> StateView {
    let numbers = PageNumbers(words);
    let (status, share, detail, button) = match work {
        DeskWork::Done => (words.get("answer.work_done"), None, String::new(), ""),
        DeskWork::Waiting { ahead: 0 } => (words.get("answer.work_next"), None, String::new(), "answer.stop"),
        DeskWork::Waiting { ahead } => {
            let count = ahead.to_string();
            (words.say("answer.work_waiting", &[("count", &count)]), None, String::new(), "answer.stop")
        }
        DeskWork::Running(progress) => {
            // In steps of a tenth, so that a screen reader does not speak at every moment.
            let tenths = (progress.share * 10.0).floor() / 10.0;
            let share = words.say("answer.work_share", &[("share", &numbers.percent(progress.share))]);
            let left = progress.seconds_left.map(|seconds| numbers.time(seconds));
            let left = left.map(|left| words.say("answer.work_left", &[("time", &left)]));
            let sharper = has_answer.then(|| words.get("answer.work_sharper"));
            let detail: Vec<String> = std::iter::once(share).chain(left).chain(sharper).collect();
            let status = words.get(if has_answer { "answer.status_more" } else { "answer.status_first" });
            (status, Some((tenths * 100.0) as u32), detail.join(" "), "answer.stop")
        }
        DeskWork::Stopped => (words.get("answer.work_stopped"), None, String::new(), "answer.resume"),
        DeskWork::Failed(fault) => {
            (words.say("answer.work_failed", &[("fault", &fault.text)]), None, String::new(), "answer.resume")
        }
        DeskWork::Full => (words.get("answer.work_full"), None, String::new(), ""),
    };
    StateView {
        stage: String::new(),
        status,
        share,
        detail,
        button: if button.is_empty() { String::new() } else { words.get(button) },
        action: actions[usize::from(button != "answer.stop")],
        controls: Vec::new(),
    }
}

//! The best mix under a budget: the question, the search in the queue, and what it found so far.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use minijinja::value::merge_maps;
use minijinja::{Value, context};
use serde::Serialize;
use serde_json::json;

use super::address::Asked;
use super::answer_page::{StateView, goes_on, work_view};
use super::answer_tables::name;
use super::best_view::{BestView, view};
use super::mix_page::title;
use super::numbers::PageNumbers;
use super::site::{PageFault, PageResult, Site, WebPage};
use super::view::as_value;
use super::words::PageWords;
use crate::analysis::figures::LESS_IS_BETTER;
use crate::money::Payer;
use crate::planner::{BestQuestion, BestStanding, DeskWork, MixFault, MixWords, slug};
use crate::world::TargetGroup;

/// Seconds after which a browser without scripts loads the page again while a search goes on.
const REFRESH: u32 = 6;
/// Budgets that are one click, million euro a year.
const BUDGETS: [f64; 3] = [1.0, 5.0, 20.0];
/// The field for another budget.
const OTHER: &str = "best.budget.other";

/// A choice of a group of radio buttons or check boxes, or an option of a list.
#[derive(Serialize)]
struct ChoiceView {
    value: String,
    name: String,
    chosen: bool,
}

/// A field for a number.
#[derive(Serialize)]
struct NumberView {
    control: String,
    name: String,
    value: String,
}

/// Measures that a mix may have, by target group.
#[derive(Serialize)]
struct CandidatesView {
    name: String,
    measures: Vec<ChoiceView>,
}

/// The question that a request asks, with its faults.
fn question(site: &Site, asked: &Asked) -> (BestQuestion, Vec<MixFault>) {
    BestQuestion::from_controls(site.desk.catalogue(), &asked.best)
}

/// `GET /best`: the question, and what is known of its answer.
pub(super) fn page(site: &Site, asked: &Asked) -> PageResult {
    let (question, faults) = question(site, asked);
    let words = site.words(asked.language);
    if asked.best.is_empty() || !faults.is_empty() {
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let values = context! {
            asked => false,
            ..merge_maps([
                form(site, words, asked, &question, &faults),
                site.shell(asked, "/best", &words.get("best.title"), None),
            ])
        };
        return Ok(WebPage::html(site.render("best.html", values)?).with_status(status));
    }
    let standing = site.desk.ask_best(&question)?;
    let more = goes_on(&standing.work);
    let values = context! {
        asked => true,
        live => address(site, asked, "/best/part", &question),
        have => mark(&standing),
        more => more,
        ..merge_maps([
            content(site, words, asked, &question, &standing),
            form(site, words, asked, &question, &faults),
            site.shell(asked, "/best", &words.get("best.title"), more.then_some(REFRESH)),
        ])
    };
    let page = WebPage::html(site.render("best.html", values)?);
    let is_full = standing.work == DeskWork::Full && standing.answer.stages.is_empty();
    Ok(if is_full { page.with_status(StatusCode::TOO_MANY_REQUESTS) } else { page })
}

/// `GET /best/part`: the same in parts, for the script.
pub(super) fn part(site: &Site, asked: &Asked) -> PageResult {
    let (question, faults) = question(site, asked);
    if !faults.is_empty() {
        return Err(PageFault::of(StatusCode::UNPROCESSABLE_ENTITY, "fault.broken"));
    }
    let words = site.words(asked.language);
    let standing = site.desk.ask_best(&question)?;
    let have = mark(&standing);
    let fresh = if asked.shows("have") == Some(&have) {
        None
    } else {
        let values = context! {
            w => words.tables.clone(),
            lang => asked.language.word(),
            ..content(site, words, asked, &question, &standing)
        };
        Some(site.render("best_content.html", values)?)
    };
    let values = context! {
        w => words.tables.clone(),
        lang => asked.language.word(),
        state => as_value(state(site, words, &question, &standing)),
    };
    let state = site.render("state.html", values)?;
    Ok(WebPage::json(&json!({ "have": have, "state": state, "content": fresh, "more": goes_on(&standing.work) })))
}

/// `POST /best/ask`: the controls of the form. A question with faults is shown again with what was filled in.
pub(super) fn send(site: &Site, asked: &Asked) -> PageResult {
    let mut asked = asked.clone();
    if let Some(other) = asked.best.remove(OTHER) {
        asked.best.insert("best.budget".to_owned(), other);
    }
    let (question, faults) = question(site, &asked);
    if !faults.is_empty() {
        return page(site, &asked);
    }
    // The search that the reader stopped goes on when the question is asked again.
    site.desk.resume_best(&question);
    Ok(WebPage::go_to(address(site, &asked, "/best", &question)))
}

/// `POST /best/stop`: stops the search.
pub(super) fn stop(site: &Site, asked: &Asked) -> PageResult {
    let (question, _) = question(site, asked);
    site.desk.cancel_best(&question);
    Ok(WebPage::go_to(address(site, asked, "/best", &question)))
}

/// `POST /best/start`: goes on after a stop or a fault.
pub(super) fn start(site: &Site, asked: &Asked) -> PageResult {
    let (question, _) = question(site, asked);
    site.desk.resume_best(&question);
    Ok(WebPage::go_to(address(site, asked, "/best", &question)))
}

/// `GET /best/question.toml`: the file of `keten optimise`.
pub(super) fn file(site: &Site, asked: &Asked) -> PageResult {
    let (question, faults) = question(site, asked);
    if !faults.is_empty() {
        return Err(PageFault::of(StatusCode::UNPROCESSABLE_ENTITY, "fault.broken"));
    }
    let text = site.desk.best_text(&question)?;
    Ok(WebPage { kind: "application/toml; charset=utf-8", file: Some("best.toml"), ..WebPage::html(text) })
}

/// The address of a page about a question.
fn address(site: &Site, asked: &Asked, path: &str, question: &BestQuestion) -> String {
    let controls = question.controls();
    let shows: Vec<(&str, &str)> = controls.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    site.link(asked, path, &shows)
}

/// Which answer the reader has.
fn mark(standing: &BestStanding) -> String {
    format!("{}{}", standing.answer.stages.len(), if standing.answer.is_complete { "c" } else { "" })
}

fn content(site: &Site, words: &PageWords, asked: &Asked, best: &BestQuestion, standing: &BestStanding) -> Value {
    let answer: Option<BestView> = view(site, words, asked, best, standing);
    context! {
        question => standing.question.title(words.side()),
        limits => limits(words, best),
        state => as_value(state(site, words, best, standing)),
        answer => as_value(answer),
    }
}

fn state(site: &Site, words: &PageWords, best: &BestQuestion, standing: &BestStanding) -> StateView {
    let stages = &standing.answer.stages;
    let numbers = PageNumbers(words);
    let stage = match stages.last() {
        Some(stage) => {
            let populations = site.desk.catalogue().model().populations().unwrap_or_default();
            let people: f64 = populations.iter().sum();
            words.say(
                "best.stage",
                &[
                    ("stage", &stages.len().to_string()),
                    ("stages", &standing.question.file.stages.len().to_string()),
                    ("mixes", &stage.mixes.len().to_string()),
                    ("persons", &numbers.whole(people * stage.scale)),
                    ("real", &numbers.about(people)),
                    ("draws", &stage.pairs.to_string()),
                ],
            )
        }
        None => words.get("best.stage_none"),
    };
    let mut view = work_view(words, &standing.work, !stages.is_empty(), ["/best/stop", "/best/start"]);
    if let DeskWork::Failed(fault) = &standing.work {
        view.status = match fault.key.as_deref() {
            Some("budget.euro") => words.get("best.too_small"),
            Some(key) if key.starts_with("stages") => words.get("best.too_rare"),
            _ => view.status,
        };
    }
    if standing.work == DeskWork::Done {
        view.status = words.get("best.done");
    }
    StateView { stage, controls: best.controls(), ..view }
}

/// The limits of a question in words; empty if it has none.
fn limits(words: &PageWords, best: &BestQuestion) -> String {
    let numbers = PageNumbers(words);
    let most = |name: &str, millions: f64| {
        words.say("best.at_most", &[("name", name), ("euro", &MixWords(words.side()).euro(millions * 1e6))])
    };
    let payers = best.payers.iter().map(|(payer, most_of)| most(&words.of("payer", payer.word()), *most_of));
    let cities = best.cities.iter().map(|(city, most_of)| most(city, *most_of));
    let shares = best.shares.iter().map(|(group, share)| {
        let share = numbers.percent(share / 100.0);
        words.say("best.at_least", &[("name", &words.of("target", group.word())), ("share", &share)])
    });
    let all: Vec<String> = payers.chain(cities).chain(shares).collect();
    if all.is_empty() { String::new() } else { words.say("best.limits_are", &[("limits", &all.join("; "))]) }
}

fn form(site: &Site, words: &PageWords, asked: &Asked, best: &BestQuestion, faults: &[MixFault]) -> Value {
    let catalogue = site.desk.catalogue();
    let typed = |control: &str| asked.best.get(control).cloned().unwrap_or_default();
    let cities = std::iter::once((None, words.get("page.all_cities")))
        .chain(catalogue.cities().iter().map(|city| (Some(city.clone()), city.clone())));
    let cities = cities.map(|(city, name)| ChoiceView {
        value: city.as_deref().map_or_else(|| "all".to_owned(), slug),
        name,
        chosen: best.city == city,
    });
    let in_words = MixWords(words.side());
    let faulty = |control: &str| faults.iter().any(|fault| fault.at == control);
    let is_preset = !faulty("best.budget") && BUDGETS.contains(&best.budget);
    let budgets = BUDGETS.map(|millions| ChoiceView {
        value: millions.to_string(),
        name: in_words.euro(millions * 1e6),
        chosen: is_preset && best.budget == millions,
    });
    let effects = LESS_IS_BETTER.map(|key| ChoiceView {
        value: key.to_owned(),
        name: name(words, key),
        chosen: best.effect == key,
    });
    let field = |control: String, name: String| NumberView { value: typed(&control), control, name };
    let payers = Payer::ALL.iter().map(|payer| {
        let name = words.say("best.most_of", &[("name", &words.of("payer", payer.word()))]);
        field(format!("best.payer.{}", payer.word()), name)
    });
    let of_cities = catalogue
        .cities()
        .iter()
        .map(|city| field(format!("best.most.{}", slug(city)), words.say("best.most_in", &[("name", city)])));
    let shares = TargetGroup::ALL.iter().map(|group| {
        let name = words.say("best.share_of", &[("name", &words.of("target", group.word()).to_lowercase())]);
        field(format!("best.share.{}", group.word()), name)
    });
    let faults: BTreeMap<&str, &str> =
        faults.iter().map(|fault| (fault.at.as_str(), words.either(&fault.text))).collect();
    let limited = !best.payers.is_empty() || !best.cities.is_empty() || !best.shares.is_empty();
    context! {
        cities => as_value(cities.collect::<Vec<_>>()),
        budgets => as_value(budgets),
        other => if is_preset { String::new() } else { typed("best.budget") },
        effects => as_value(effects),
        end => (best.end - 1).to_string(),
        payers => as_value(payers.collect::<Vec<_>>()),
        of_cities => as_value(of_cities.collect::<Vec<_>>()),
        shares => as_value(shares.collect::<Vec<_>>()),
        groups => as_value(candidates(site, words, best)),
        open => limited || !best.measures.is_empty() || faults.keys().any(|at| *at != "best.budget"),
        faults => as_value(faults),
    }
}

/// All measures by target group; those that are tried are chosen.
fn candidates(site: &Site, words: &PageWords, best: &BestQuestion) -> Vec<CandidatesView> {
    let catalogue = site.desk.catalogue();
    let chosen = best.candidates(catalogue);
    let cards = catalogue.cards();
    let group = |group: &TargetGroup| {
        let own = cards.iter().filter(|(_, card)| card.target == *group);
        let measure = |(key, card): &(&str, &crate::interventions::Card)| ChoiceView {
            value: (*key).to_owned(),
            name: title(words, card),
            chosen: chosen.iter().any(|own| own == key),
        };
        CandidatesView { name: words.of("target", group.word()), measures: own.map(measure).collect() }
    };
    TargetGroup::ALL.iter().map(group).collect()
}

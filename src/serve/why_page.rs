//! Why: the parameters that a figure or a measure rests on, with their sources and grades.

use minijinja::context;
use serde::Serialize;

use super::address::Asked;
use super::answer_tables::{FIRST, name};
use super::mix_page::title;
use super::numbers::PageNumbers;
use super::site::{PageResult, Site, WebPage};
use super::view::{WebLink, as_value};
use super::words::PageWords;
use crate::analysis::figures::FIGURES;
use crate::planner::Ground;

/// What the page explains.
#[derive(Serialize)]
struct WhyView {
    name: String,
    texts: Vec<String>,
    note: String,
    rows: Vec<GroundView>,
}

/// A parameter.
#[derive(Serialize)]
struct GroundView {
    name: String,
    key: String,
    value: String,
    range: String,
    grade: String,
    source: String,
    note: String,
}

/// `GET /why`.
pub(super) fn page(site: &Site, asked: &Asked) -> PageResult {
    let words = site.words(asked.language);
    let catalogue = site.desk.catalogue();
    let measure = asked.shows("measure").and_then(|key| Some((key, catalogue.card(key)?)));
    let figure = asked.shows("figure").filter(|key| FIGURES.iter().any(|figure| figure.key == *key)).unwrap_or(FIRST);
    let view = match measure {
        Some((key, card)) => {
            let title = title(words, card);
            let evidence = words.of("evidence", card.evidence.word());
            WhyView {
                name: words.say("why.measure", &[("name", &title)]),
                texts: vec![
                    words.say("why.document", &[("lines", &card.lines)]),
                    words.say("why.evidence", &[("evidence", &evidence)]),
                ],
                note: words.get("why.measure_note"),
                rows: rows(site, words, &catalogue.grounds_of_measure(key)),
            }
        }
        None => WhyView {
            name: words.say("why.figure", &[("name", &name(words, figure))]),
            texts: Vec::new(),
            note: words.get("why.figure_note"),
            rows: rows(site, words, &catalogue.grounds_of_figure(&asked.mix, figure)),
        },
    };
    let figures = FIGURES.iter().filter(|figure| figure.is_flow()).map(|it| {
        let here = measure.is_none() && it.key == figure;
        WebLink::new(site.link(asked, "/why", &[("figure", it.key)]), name(words, it.key)).marked(here)
    });
    let measures = asked.mix.active(catalogue.cities()).filter_map(|key| {
        let here = measure.is_some_and(|(own, _)| own == key);
        let name = title(words, catalogue.card(key)?);
        Some(WebLink::new(site.link(asked, "/why", &[("measure", key)]), name).marked(here))
    });
    let values = context! {
        view => as_value(view),
        figures => as_value(figures.collect::<Vec<_>>()),
        measures => as_value(measures.collect::<Vec<_>>()),
        ..site.shell(asked, "/why", &words.get("why.title"), None)
    };
    Ok(WebPage::html(site.render("why.html", values)?))
}

fn rows(site: &Site, words: &PageWords, grounds: &[Ground]) -> Vec<GroundView> {
    let numbers = PageNumbers(words);
    let row = |ground: &Ground| {
        let it = &ground.parameter;
        let value = match it.rows {
            0 => format!("{} {}", numbers.about(it.value), words.of("unit", &it.unit)),
            rows => words.say("why.rows", &[("rows", &rows.to_string())]),
        };
        let range = match ground.range {
            Some(range) => numbers.range(Some(range), |value| numbers.about(value)),
            None => words.get("why.fixed"),
        };
        GroundView {
            name: site.parameter(words.language, &it.key),
            key: it.key.clone(),
            value,
            range,
            grade: words.get(&format!("why.grade_{}", it.grade)),
            source: ground.citation.clone().unwrap_or_else(|| it.source.clone()),
            note: it.note.clone(),
        }
    };
    grounds.iter().map(row).collect()
}

//! What a search for the best mix found, as the page shows it: sentences, the curve, the mixes along it, and who pays.

use serde::Serialize;

use super::address::Asked;
use super::mix_page::title;
use super::numbers::PageNumbers;
use super::site::Site;
use super::view::{WebChart, WebGrid};
use super::words::PageWords;
use crate::planner::{AnsweredMix, BestQuestion, BestStanding, MixWords, MoneyPart, chart};

/// What was found so far.
#[derive(Serialize)]
pub(super) struct BestView {
    /// The answer for the budget.
    sentence: String,
    /// Whether larger simulations follow.
    provisional: bool,
    /// The answers for half and for twice the budget.
    others: Vec<String>,
    /// The best mix on the page of answers, and on that of the mix; empty if nothing was found.
    answer: String,
    mix: String,
    chart: Option<WebChart>,
    rows: Vec<BestRow>,
    money: Vec<WebGrid>,
    notes: Vec<String>,
    file: String,
}

/// A mix on the efficient frontier.
#[derive(Serialize)]
struct BestRow {
    words: String,
    href: String,
    /// For which budgets it is the best one.
    best: String,
    cost: String,
    fewer: String,
    range: String,
}

/// The answer so far; `None` before the first stage is complete.
pub(super) fn view(
    site: &Site,
    words: &PageWords,
    asked: &Asked,
    best: &BestQuestion,
    standing: &BestStanding,
) -> Option<BestView> {
    let stage = standing.answer.stages.last()?;
    let (question, side) = (&*standing.question, words.side());
    let in_words = MixWords(side);
    let sentence = |euro: f64| in_words.sentence(question, stage, euro);
    let found = stage.best(best.euro()).map(|(mix, _)| mix).filter(|mix| mix.choice.0.iter().any(|level| *level > 0));
    let page = |path: &str, mix: &AnsweredMix| {
        let query = site.query(&question.space.mix(&mix.choice));
        super::address::link(path, &query, &[("lang", asked.language.word())])
    };
    let row = |mix: &AnsweredMix| {
        let [cost, fewer, range, name] = in_words.row(question, mix);
        let budgets: Vec<String> = mix.best_under.iter().map(|(euro, _)| in_words.euro(*euro)).collect();
        let best = words.say("best.best_under", &[("euro", &budgets.join(", "))]);
        BestRow {
            words: name,
            href: page("/answer", mix),
            best: if budgets.is_empty() { String::new() } else { best },
            cost,
            fewer,
            range,
        }
    };
    // A sentence of its own only if another mix is better for that amount.
    let is_same =
        |euro: f64| found.is_some() && stage.best(euro).map(|(mix, _)| &mix.choice) == found.map(|mix| &mix.choice);
    let other = |euro: f64| match is_same(euro) {
        true => words.say("best.same_mix", &[("euro", &in_words.euro(euro))]),
        false => sentence(euro),
    };
    let drawn = chart(question, stage, side);
    let controls = best.controls();
    let controls: Vec<(&str, &str)> = controls.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let [half, _, double] = best.budgets();
    Some(BestView {
        sentence: sentence(best.euro()),
        provisional: !standing.answer.is_complete,
        others: [half, double].map(other).to_vec(),
        answer: found.map_or_else(String::new, |mix| page("/answer", mix)),
        mix: found.map_or_else(String::new, |mix| page("/", mix)),
        chart: WebChart::of(&drawn, &drawn.heading, &words.get("page.table")),
        rows: stage.frontier().into_iter().filter(|mix| mix.choice.0.iter().any(|level| *level > 0)).map(row).collect(),
        money: found.map_or_else(Vec::new, |mix| money(words, standing, mix)),
        notes: notes(site, words, standing, stage.scale),
        file: site.link(asked, "/best/question.toml", &controls),
    })
}

/// Who pays for a mix, for whom, and in which city, in euro a year.
fn money(words: &PageWords, standing: &BestStanding, mix: &AnsweredMix) -> Vec<WebGrid> {
    let numbers = PageNumbers(words);
    let parts = standing.question.parts();
    let one_city = standing.question.file.city.is_some();
    let grid = |key: &str, named: &dyn Fn(&MoneyPart) -> Option<String>| {
        let rows = parts.iter().zip(&mix.parts).filter_map(|(part, euro)| {
            let name = named(part)?;
            (euro.abs() >= 0.5).then(|| vec![name, numbers.euro_signed(*euro)])
        });
        WebGrid {
            caption: words.get(&format!("best.money_{key}")),
            head: vec![words.get(&format!("best.column_{key}")), words.get("answer.a_year")],
            rows: rows.collect(),
        }
    };
    let mut grids = vec![
        grid("payer", &|part| match part {
            MoneyPart::Payer(payer) => Some(words.of("payer", payer.word())),
            MoneyPart::City(_) | MoneyPart::Group(_) => None,
        }),
        grid("group", &|part| match part {
            MoneyPart::Group(group) => Some(words.of("target", group.word())),
            MoneyPart::City(_) | MoneyPart::Payer(_) => None,
        }),
    ];
    if !one_city {
        grids.push(grid("city", &|part| match part {
            MoneyPart::City(city) => Some(city.clone()),
            MoneyPart::Group(_) | MoneyPart::Payer(_) => None,
        }));
    }
    grids.retain(|grid| !grid.rows.is_empty());
    grids
}

/// What makes the answer less certain than it looks.
fn notes(site: &Site, words: &PageWords, standing: &BestStanding, scale: f64) -> Vec<String> {
    let name = |key: &str| site.desk.catalogue().card(key).map(|card| title(words, card));
    let few: Vec<String> = standing.question.few_places(scale).filter_map(|(key, ..)| name(key)).collect();
    if few.is_empty() { Vec::new() } else { vec![words.say("best.few_places", &[("measures", &few.join("; "))])] }
}

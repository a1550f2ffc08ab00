//! The files of an answer: a table of all mixes (CSV and JSON) and the curve of effect against euro (SVG), in both
//! languages.

use serde_json::{Map, Value, json};

use super::best_mix::{AnsweredMix, BestMixes, StageResult};
use super::best_mix_words::MixWords;
use super::question::{MoneyPart, OptimiseQuestion};
use crate::charts::{Axis, Chart, ChartLine, Heading, LineChart, LinePoint, Moment};
use crate::error::{Error, Kind, Result};
use crate::notation::Format;
use crate::stats::pairs::Mean;
use crate::store::rounded;

/// Codes of the languages, in the order of [`MixWords`].
const LANGUAGES: [&str; 2] = ["en", "nl"];

/// The files of an answer by name: `best-mix.csv`, `best-mix.json`, `best-mix-en.svg` and `best-mix-nl.svg`.
///
/// # Errors
/// An internal error when the chart cannot be drawn.
pub fn answer_files(question: &OptimiseQuestion, answer: &BestMixes) -> Result<Vec<(String, Vec<u8>)>> {
    let json = format!("{:#}\n", answer_json(question, &answer.stages));
    let mut files = vec![
        ("best-mix.csv".to_owned(), csv(question, &answer.stages).into_bytes()),
        ("best-mix.json".to_owned(), json.into_bytes()),
    ];
    for (language, code) in LANGUAGES.iter().enumerate() {
        let svg = chart(question, answer.answer(), language).svg().map_err(|cause| {
            Error::new(Kind::Internal, format!("the curve of the mixes cannot be drawn: {cause}"), "report this fault")
        })?;
        files.push((format!("best-mix-{code}.svg"), svg.into_bytes()));
    }
    Ok(files)
}

/// The curve of effect against euro: the frontier with the ranges of its mixes, all other mixes as points, and a mark for
/// the best mix under each budget. In English or Dutch (0 or 1).
pub fn chart(question: &OptimiseQuestion, answer: &StageResult, language: usize) -> LineChart {
    let words = MixWords(language);
    let texts = words.chart(question);
    let format = |decimals| if language == 0 { Format::english(decimals) } else { Format::dutch(decimals) };
    let point = |mix: &AnsweredMix, band| LinePoint { x: mix.cost.mean, y: mix.effect.mean, band };
    let frontier = answer.frontier().into_iter().map(|mix| point(mix, mix.effect.range)).collect();
    // Points without a line: each is followed by a gap.
    let others = answer.mixes.iter().filter(|mix| !mix.on_frontier).flat_map(|mix| {
        let own = point(mix, None);
        [own, LinePoint { y: f64::NAN, ..own }]
    });
    let line = |name: String, points: Vec<LinePoint>| ChartLine { name, points, ..ChartLine::default() };
    let mut lines = vec![line(texts.frontier, frontier)];
    let others: Vec<LinePoint> = others.collect();
    if !others.is_empty() {
        lines.push(line(texts.others, others));
    }
    let mut budgets = question.file.budget.euro.clone();
    budgets.sort_by(f64::total_cmp);
    let moments = budgets.into_iter().filter_map(|budget| {
        let (mix, _) = answer.best(budget)?;
        Some(Moment { x: mix.cost.mean, word: format!("{} {}", texts.upto, words.euro(budget)) })
    });
    LineChart {
        heading: Heading {
            id: format!("best-mix-{}", LANGUAGES[language.min(1)]),
            title: question.title(language).to_owned(),
            description: texts.description,
        },
        x: Axis { name: texts.x, format: format(1).times(1e-6), reach: vec![0.0] },
        y: Axis { name: texts.y, format: format(0), reach: vec![0.0] },
        lines,
        moments: moments.collect(),
    }
}

/// The answer as JSON: the question, and every mix of every stage.
pub fn answer_json(question: &OptimiseQuestion, stages: &[StageResult]) -> Value {
    let file = &question.file;
    let stage = |(at, stage): (usize, &StageResult)| {
        json!({
            "stage": at + 1,
            "scale": stage.scale,
            "simulations": stage.pairs,
            "without_measures": stage.comparator,
            "mixes": stage.mixes.iter().map(|mix| mix_json(question, mix)).collect::<Value>(),
        })
    };
    let sentences = |language: usize| -> Value {
        let Some(answer) = stages.last() else { return json!([]) };
        file.budget.euro.iter().map(|budget| MixWords(language).sentence(question, answer, *budget)).collect()
    };
    rounded(&json!({
        "title": file.title,
        "title_nl": question.title(1),
        "effect": question.effect.key,
        "unit": question.effect.unit,
        "city": question.counted_city(),
        "years": [2008, file.until - 1],
        "money": file.budget.counts.word(),
        "budgets": file.budget.euro,
        "answer": sentences(0),
        "answer_nl": sentences(1),
        "notes": question.notes(),
        "stages": stages.iter().enumerate().map(stage).collect::<Value>(),
    }))
}

fn mix_json(question: &OptimiseQuestion, mix: &AnsweredMix) -> Value {
    let measures: Map<String, Value> = question
        .space
        .active(&mix.choice)
        .map(|(lever, level)| (lever.key.clone(), json!({ "level": level.level.word(), "means": level.means })))
        .collect();
    let with_range = |mean: &Mean| {
        let (low, high) = mean.range.unzip();
        json!({ "mean": mean.mean, "low": low, "high": high, "error": mean.error })
    };
    let parts = question.parts();
    let part = |is: fn(&MoneyPart) -> bool| -> Map<String, Value> {
        let own = parts.iter().zip(&mix.parts).filter(|(part, _)| is(part));
        own.map(|(part, euro)| (part.word().to_owned(), json!(euro))).collect()
    };
    json!({
        "scenario": mix.scenario,
        "label": question.space.words(&mix.choice, 0),
        "label_nl": question.space.words(&mix.choice, 1),
        "measures": measures,
        "euro_a_year": with_range(&mix.cost),
        "effect": with_range(&mix.effect),
        "payers": part(|part| matches!(part, MoneyPart::Payer(_))),
        "cities": part(|part| matches!(part, MoneyPart::City(_))),
        "target_groups": part(|part| matches!(part, MoneyPart::Group(_))),
        "on_frontier": mix.on_frontier,
        "best_under": mix.best_under.iter().map(|(euro, share)| json!({ "euro": euro, "certainty": share })).collect::<Value>(),
    })
}

/// The table of all mixes of all stages as CSV, with a decimal point.
fn csv(question: &OptimiseQuestion, stages: &[StageResult]) -> String {
    let parts = question.parts();
    let kind = |part: &MoneyPart| match part {
        MoneyPart::Payer(_) => "payer",
        MoneyPart::City(_) => "city",
        MoneyPart::Group(_) => "target_group",
    };
    let fixed = [
        "stage",
        "scale",
        "simulations",
        "scenario",
        "mix",
        "mix_nl",
        "euro_a_year",
        "euro_low",
        "euro_high",
        "effect",
        "effect_low",
        "effect_high",
        "effect_error",
        "without_measures",
        "on_frontier",
        "best_under_euro",
    ];
    let named =
        parts.iter().map(|part| format!("euro_{}_{}", kind(part), part.word().to_lowercase().replace(' ', "_")));
    let levers = question.space.levers.iter().map(|lever| lever.key.clone());
    let head: Vec<String> = fixed.iter().map(|name| (*name).to_owned()).chain(named).chain(levers).collect();
    let mut text = line(&head);
    for (at, stage) in stages.iter().enumerate() {
        for mix in &stage.mixes {
            text.push_str(&line(&cells(question, (at + 1, stage), mix)));
        }
    }
    text
}

fn cells(question: &OptimiseQuestion, (number, stage): (usize, &StageResult), mix: &AnsweredMix) -> Vec<String> {
    let euro = |value: f64| format!("{value:.2}");
    let figure = |value: f64| format!("{value:.3}");
    let end = |of: Option<f64>, write: &dyn Fn(f64) -> String| of.map_or_else(String::new, write);
    let (cost, effect) = (&mix.cost, &mix.effect);
    let budgets: Vec<String> = mix.best_under.iter().map(|(budget, _)| budget.to_string()).collect();
    let mut cells = vec![
        number.to_string(),
        stage.scale.to_string(),
        stage.pairs.to_string(),
        mix.scenario.clone(),
        question.space.words(&mix.choice, 0),
        question.space.words(&mix.choice, 1),
        euro(cost.mean),
        end(cost.range.map(|range| range.0), &euro),
        end(cost.range.map(|range| range.1), &euro),
        figure(effect.mean),
        end(effect.range.map(|range| range.0), &figure),
        end(effect.range.map(|range| range.1), &figure),
        end(effect.error, &figure),
        figure(stage.comparator),
        mix.on_frontier.to_string(),
        budgets.join(" "),
    ];
    cells.extend(mix.parts.iter().map(|part| euro(*part)));
    cells.extend(question.space.levers.iter().zip(&mix.choice.0).map(|(lever, level)| {
        let level = lever.levels.get(*level).copied().unwrap_or(lever.levels[0]);
        if level.means == 100 {
            level.level.word().to_owned()
        } else {
            format!("{} {}%", level.level.word(), level.means)
        }
    }));
    cells
}

/// A line of CSV (RFC 4180): texts with a comma, a quotation mark or a line break are quoted.
fn line(cells: &[String]) -> String {
    let cell = |cell: &String| {
        if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    format!("{}\r\n", cells.iter().map(cell).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_with_a_comma_or_a_quotation_mark_is_quoted() {
        let cells = ["a", "b, c", "say \"d\""].map(str::to_owned);
        assert_eq!(line(&cells), "a,\"b, c\",\"say \"\"d\"\"\"\r\n");
    }
}

//! The comparison of two runs as tables.

use arrow_array::RecordBatch;
use keten::analysis::{ComparedFigure, InputDifference, InputPart, SideBySide, Span, compare as compare_runs};
use keten::error::Result;
use keten::stats::Estimate;
use keten::store::Run;

use crate::columns::{Columns, count};

/// The half-width of a 95 % interval in standard errors, by the normal law.
const HALF_WIDTH: f64 = 1.959_963_984_540_054;

/// Results and inputs in which two runs differ, and remarks to read first.
pub(crate) fn compare(first: &Run, second: &Run) -> Result<(RecordBatch, RecordBatch, Vec<String>)> {
    let found = compare_runs(first, second)?;
    Ok((outcomes(&found.outcomes)?, inputs(&found.inputs)?, found.notes))
}

fn outcomes(sides: &[SideBySide]) -> Result<RecordBatch> {
    let rows: Vec<(&SideBySide, &ComparedFigure)> =
        sides.iter().flat_map(|side| side.figures.iter().map(move |figure| (side, figure))).collect();
    let each = || rows.iter();
    let limits = |estimate: Estimate| {
        let half = HALF_WIDTH * estimate.error?;
        Some((estimate.mean - half, estimate.mean + half))
    };
    Columns::default()
        .texts("scenario", each().map(|(side, _)| side.scenarios[0].as_str()))
        .texts("other_scenario", each().map(|(side, _)| side.scenarios[1].as_str()))
        .texts("figure", each().map(|(_, figure)| figure.measure))
        .texts("words", each().map(|(_, figure)| figure.words))
        .texts("unit", each().map(|(_, figure)| figure.unit.as_str()))
        .texts("span", each().map(|(_, figure)| span(figure.span)))
        .integers("from", each().map(|(side, _)| Some(side.years.0)))
        .integers("until", each().map(|(side, _)| Some(side.years.1)))
        .numbers("first", each().map(|(_, figure)| Some(figure.first.mean)))
        .numbers("first_error", each().map(|(_, figure)| figure.first.error))
        .numbers("second", each().map(|(_, figure)| Some(figure.second.mean)))
        .numbers("second_error", each().map(|(_, figure)| figure.second.error))
        .numbers("difference", each().map(|(_, figure)| Some(figure.difference.mean)))
        .numbers("error", each().map(|(_, figure)| figure.difference.error))
        .limits(["low", "high"], each().map(|(_, figure)| limits(figure.difference)))
        .flags("paired", each().map(|(side, _)| side.paired))
        .integers("units", each().map(|(side, _)| count(side.units[0])))
        .integers("other_units", each().map(|(side, _)| count(side.units[1])))
        .table()
}

fn inputs(differences: &[InputDifference]) -> Result<RecordBatch> {
    let texts: Vec<[Option<String>; 2]> = differences
        .iter()
        .map(|it| [&it.first, &it.second].map(|value| (!value.is_null()).then(|| value.to_string())))
        .collect();
    Columns::default()
        .texts("part", differences.iter().map(|it| part(it.part)))
        .texts("key", differences.iter().map(|it| it.key.as_str()))
        .maybe_texts("first", texts.iter().map(|texts| texts[0].as_deref()))
        .maybe_texts("second", texts.iter().map(|texts| texts[1].as_deref()))
        .table()
}

fn span(span: Span) -> &'static str {
    match span {
        Span::First => "first",
        Span::Last => "last",
        Span::Sum => "sum",
    }
}

fn part(part: InputPart) -> &'static str {
    match part {
        InputPart::Keten => "keten",
        InputPart::Experiment => "experiment",
        InputPart::Model => "model",
        InputPart::Scenarios => "scenarios",
    }
}

//! `compare`: compares two runs.

use std::process::ExitCode;

use keten::analysis::{self, Comparison, DrawnOtherwise, InputDifference, InputPart, SideBySide, Span};
use keten::notation::Format;
use keten::stats::Estimate;
use keten::store::Run;
use serde_json::{Value, json};

use super::arguments::CompareArguments;
use super::done::Done;
use super::runs::found;
use super::talk::Talk;

/// `keten compare`
pub(super) fn compare(what: &CompareArguments, talk: &Talk) -> Done {
    let [first, second] = [&what.first, &what.second].map(|run| Run::open(found(run, what.out.as_deref())));
    let (mut first, mut second) = (first?, second?);
    if let Some(city) = &what.city {
        (first, second) = (first.of_city(city)?, second.of_city(city)?);
    }
    let comparison = analysis::compare(&first, &second)?;
    if talk.json {
        let mut value = json!(comparison);
        value["city"] = json!(first.city());
        talk.line(value);
    } else {
        talk.print(printed(&comparison, first.city().unwrap_or("the four cities")));
    }
    Ok(ExitCode::SUCCESS)
}

/// The comparison in words and columns; `place` is where it is counted.
fn printed(comparison: &Comparison, place: &str) -> String {
    let mut lines = Vec::new();
    for (which, side) in ["first", "second"].iter().zip(&comparison.runs) {
        let label = side.label.as_ref().map_or_else(String::new, |label| format!(" [{label}]"));
        lines.push(format!("{which:<8}{}{label}  {}", side.run, side.title.escape_debug()));
    }
    lines.extend(comparison.notes.iter().map(|note| format!("note    {note}")));
    lines.push(String::new());
    lines.extend(inputs(&comparison.inputs));
    lines.extend(drawn(&comparison.drawn));
    for outcomes in &comparison.outcomes {
        lines.push(String::new());
        lines.extend(outcome(outcomes, place));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Inputs that differ, by part.
fn inputs(inputs: &[InputDifference]) -> Vec<String> {
    if inputs.is_empty() {
        return vec!["No input differs".to_owned()];
    }
    let rows: Vec<(InputPart, String, [String; 2])> = inputs
        .iter()
        .map(|input| {
            let unit = input.unit.as_ref().map_or_else(String::new, |unit| format!(" ({unit})"));
            (input.part, format!("    {}{unit}", input.key), values(&input.first, &input.second))
        })
        .collect();
    let name = rows.iter().map(|(_, key, _)| key.chars().count()).max().unwrap_or(0).max(22);
    let wide = |side: usize| rows.iter().map(|row| row.2[side].chars().count()).max().unwrap_or(0).max(10);
    let (first, second) = (wide(0), wide(1));
    let mut lines = vec![format!("{:<name$}  {:>first$}  {:>second$}", "Inputs that differ", "first", "second")];
    let mut before = None;
    for (part, key, [a, b]) in &rows {
        if before != Some(*part) {
            lines.push(format!("  {}", part_word(*part)));
            before = Some(*part);
        }
        lines.push(format!("{key:<name$}  {a:>first$}  {b:>second$}"));
    }
    lines
}

fn part_word(part: InputPart) -> &'static str {
    match part {
        InputPart::Keten => "keten",
        InputPart::Experiment => "experiment",
        InputPart::Model => "model",
        InputPart::Scenarios => "scenarios",
    }
}

/// Two values of an input; for two tables, the number of rows that differ.
fn values(first: &Value, second: &Value) -> [String; 2] {
    let rows = |value: &Value| value.get("rows").and_then(Value::as_array).cloned();
    if let (Some(a), Some(b)) = (rows(first), rows(second))
        && a.len() == b.len()
        && first["columns"] == second["columns"]
    {
        let differ = a.iter().zip(&b).filter(|(a, b)| a != b).count();
        let words = |value: &Value| match value.get("value") {
            Some(times) if first.get("value") != second.get("value") => format!("× {times}"),
            _ => format!("{} rows", a.len()),
        };
        let also = if differ > 0 { format!(", {differ} differ") } else { String::new() };
        return [words(first), format!("{}{also}", words(second))];
    }
    [shown(first), shown(second)]
}

/// A value of an input as short text; `-` for a missing one.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 40;
    if let Some(rows) = value.get("rows").and_then(Value::as_array) {
        return format!("{} rows", rows.len());
    }
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.escape_debug().to_string(),
        Value::Array(items) => {
            let item =
                |item: &Value| item.as_str().map_or_else(|| item.to_string(), |word| word.escape_debug().to_string());
            items.iter().map(item).collect::<Vec<_>>().join(" ")
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    format!("{}…", text.chars().take(LONGEST - 1).collect::<String>())
}

/// Parameters with different draws: the first few by name.
fn drawn(drawn: &[DrawnOtherwise]) -> Vec<String> {
    const SHOWN: usize = 5;
    let line = |d: &DrawnOtherwise| format!("    {}: in {} of {} draws of the same number", d.key, d.draws, d.of);
    let mut lines: Vec<String> = drawn.iter().take(SHOWN).map(line).collect();
    if !drawn.is_empty() {
        lines.insert(0, "  drawn differently".to_owned());
    }
    if drawn.len() > SHOWN {
        lines.push(format!("    and {} more parameters (all with --json)", drawn.len() - SHOWN));
    }
    lines
}

/// A scenario's figures in columns.
fn outcome(outcome: &SideBySide, place: &str) -> Vec<String> {
    let [a, b] = outcome.scenarios.each_ref().map(|name| name.escape_debug().to_string());
    let names = if a == b { a } else { format!("{a} compared with {b}") };
    let [first, second] = outcome.units;
    let how = match (outcome.paired, first) {
        (true, 1) => "one pair with common random numbers".to_owned(),
        (true, pairs) => format!("{pairs} pairs with common random numbers"),
        (false, _) => format!("unpaired, {first} and {second} units"),
    };
    let mut lines = vec![format!("Scenario {names}: {place}, in real persons and events; mean, {how}")];
    let (from, to) = outcome.years;
    let whole = Format::ascii(0);
    let named = |figure: &analysis::ComparedFigure| format!("{} ({})", figure.words, figure.unit);
    let wide = outcome.figures.iter().map(|figure| named(figure).chars().count()).max().unwrap_or(0).max(46);
    for span in [Span::First, Span::Last, Span::Sum] {
        if span == Span::Last && from == to {
            continue;
        }
        let years = match span {
            Span::First => from.to_string(),
            Span::Last => to.to_string(),
            Span::Sum => format!("{from} to {to}, summed"),
        };
        let head = wide + 2;
        lines.push(format!("  {years:<head$}{:>14}{:>14}{:>14}{:>12}", "first", "second", "difference", "± s.e."));
        for figure in outcome.figures.iter().filter(|figure| figure.span == span) {
            let Estimate { mean, error } = figure.difference;
            lines.push(format!(
                "    {:<wide$}{:>14}{:>14}{:>14}{:>12}",
                named(figure),
                whole.write(figure.first.mean),
                whole.write(figure.second.mean),
                whole.write_signed(mean),
                error.map_or_else(|| "unknown".to_owned(), |error| whole.write(error)),
            ));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_in_a_few_words() {
        let table = |times: f64, last: f64| json!({ "value": times, "columns": ["year", "tfr"], "rows": [[2008, 1.7], [2009, last]] });
        assert_eq!(values(&table(1.0, 1.7), &table(1.0, 1.8)), ["2 rows", "2 rows, 1 differ"]);
        assert_eq!(values(&table(1.0, 1.7), &table(1.2, 1.7)), ["× 1.0", "× 1.2"]);
        assert_eq!(values(&Value::Null, &table(1.0, 1.7)), ["-", "2 rows"]);
        assert_eq!(shown(&json!(["fit", "yearly"])), "fit yearly");
        assert_eq!(shown(&json!("a\u{1b}[31m")), "a\\u{1b}[31m");
        assert_eq!(shown(&json!("x".repeat(80))).chars().count(), 40);
    }
}

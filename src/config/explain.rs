//! Listing a model for readers: a list of parameters, and the explanation of one key.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;
use toml::{Table, Value};

use crate::config::grammar::value_at;
use crate::config::merge::Merged;
use crate::config::shape::{columns, is_passport};
use crate::config::words::{self, dotted, nearest, number, push, show};
use crate::error::{Error, Result};

/// Distribution of an uncertain parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KnownSpread {
    /// Name of the distribution, for example `lognormal`.
    pub law: String,
    /// Parameters of the distribution by name, for example `sd`.
    pub numbers: Vec<(String, f64)>,
}

/// A parameter with its passport.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Dotted key.
    pub key: String,
    /// Value; for a table of rates its multiplier.
    pub value: f64,
    /// Columns of a table of rates, otherwise empty.
    pub columns: Vec<String>,
    /// Number of rows of a table of rates, otherwise 0.
    pub rows: usize,
    /// Unit of the value, or of the values in the table.
    pub unit: String,
    /// Spread, unless fixed.
    pub spread: Option<KnownSpread>,
    /// Key of the reference list.
    pub source: String,
    /// Year that the value describes.
    pub year: Option<i64>,
    /// Evidence grade: `A`, `B`, `C` or `derived`.
    pub grade: String,
    /// Note for the reader.
    pub note: String,
    /// Family of correlated parameters.
    pub family: Option<String>,
    /// Correlation within the family.
    pub rho: Option<f64>,
    /// File that contains it.
    pub file: String,
    /// Line in that file.
    pub line: Option<usize>,
}

/// All parameters of a model, in the order of its files.
pub fn parameters(merged: &Merged) -> Vec<Parameter> {
    fn gather(merged: &Merged, table: &Table, at: &str, found: &mut Vec<Parameter>) {
        for (key, value) in table {
            let here = push(at, key);
            match value {
                Value::Table(passport) if is_passport(passport) => found.push(parameter(merged, &here, passport)),
                Value::Table(inner) => gather(merged, inner, &here, found),
                Value::String(_) | Value::Integer(_) | Value::Float(_) => {}
                Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    gather(merged, &merged.table, "", &mut found);
    found
}

/// A setting: one of several words, a switch or a plain number without a passport.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// Dotted key.
    pub key: String,
    /// The value in use, as written.
    pub value: String,
    /// The words that it may take; empty if it is not a choice of words.
    pub choices: Vec<String>,
    /// Whether a file sets it; otherwise this is the default.
    pub written: bool,
}

/// All settings of a model, in the order of its files, including defaults. Names and other free text are left out.
pub fn settings(merged: &Merged) -> Vec<Setting> {
    fn one(merged: &Merged, at: &str, written: Option<&Value>) -> Option<Setting> {
        let choices = merged.grammar.choices_at(at);
        let value = match written {
            Some(Value::Boolean(_) | Value::Integer(_) | Value::Float(_)) => written.map(show)?,
            Some(Value::String(word)) if !choices.is_empty() => word.clone(),
            None => merged.grammar.usual(at)?,
            _ => return None,
        };
        Some(Setting { key: dotted(at), value, choices, written: written.is_some() })
    }
    fn gather(merged: &Merged, table: &Table, at: &str, found: &mut Vec<Setting>) {
        for (key, value) in table {
            let here = push(at, key);
            match value {
                Value::Table(inner) if is_passport(inner) => {}
                Value::Table(inner) => gather(merged, inner, &here, found),
                value => found.extend(one(merged, &here, Some(value))),
            }
        }
        for key in merged.grammar.keys(at).into_iter().filter(|key| !table.contains_key(*key)) {
            found.extend(one(merged, &push(at, key), None));
        }
    }
    let mut found = Vec::new();
    gather(merged, &merged.table, "", &mut found);
    found
}

/// Filter of a list; all given conditions must be met.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParameterFilter<'a> {
    /// Only parameters of this evidence grade; settings have none.
    pub grade: Option<&'a str>,
    /// Only keys in this table.
    pub table: Option<&'a str>,
    /// Only entries with this word in key, note, source or unit.
    pub word: Option<&'a str>,
}

impl ParameterFilter<'_> {
    fn key(&self, key: &str) -> bool {
        self.table
            .is_none_or(|table| key.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }

    /// Whether a parameter passes the filter.
    pub fn parameter(&self, it: &Parameter) -> bool {
        let word = self.word.map(str::to_lowercase);
        let says = |text: &String| word.as_ref().is_none_or(|word| text.to_lowercase().contains(word.as_str()));
        self.key(&it.key)
            && self.grade.is_none_or(|grade| it.grade == grade)
            && [&it.key, &it.note, &it.source, &it.unit].into_iter().any(says)
    }

    /// Whether a setting passes the filter.
    pub fn setting(&self, it: &Setting) -> bool {
        let word = self.word.map(str::to_lowercase);
        let says = |text: &String| word.as_ref().is_none_or(|word| text.to_lowercase().contains(word.as_str()));
        self.key(&it.key) && self.grade.is_none() && [&it.key, &it.value].into_iter().chain(&it.choices).any(says)
    }
}

/// The list of settings as aligned text: key, value and alternatives; empty if there are none.
pub fn list_settings(settings: &[Setting]) -> String {
    if settings.is_empty() {
        return String::new();
    }
    let width = |of: fn(&Setting) -> usize| settings.iter().map(of).max().unwrap_or(0);
    let (keys, values) = (width(|it| it.key.chars().count()), width(|it| it.value.chars().count()));
    let mut text = String::new();
    for it in settings {
        let others: Vec<&str> = it.choices.iter().map(String::as_str).filter(|word| *word != it.value).collect();
        let others = if others.is_empty() { String::new() } else { format!("or {}", others.join(", ")) };
        let line = format!("{:<keys$}  {:<values$}  {others}", it.key, it.value);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let _ = writeln!(text, "\n{} settings", settings.len());
    text
}

fn parameter(merged: &Merged, at: &str, passport: &Table) -> Parameter {
    let text = |key: &str| passport.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let place = merged.places.find(at);
    let spread = passport.get("spread").and_then(Value::as_table);
    let law = spread.and_then(|spread| spread.get("law")).and_then(Value::as_str).filter(|law| *law != "fixed");
    Parameter {
        key: dotted(at),
        value: passport.get("value").and_then(number).unwrap_or(1.0),
        columns: columns(passport).into_iter().map(str::to_owned).collect(),
        rows: passport.get("rows").and_then(Value::as_array).map_or(0, Vec::len),
        unit: text("unit"),
        spread: law.zip(spread).map(|(law, spread)| KnownSpread {
            law: law.to_owned(),
            numbers: spread.iter().filter_map(|(key, value)| Some((key.clone(), number(value)?))).collect(),
        }),
        source: text("source"),
        year: passport.get("year").and_then(Value::as_integer),
        grade: text("grade"),
        note: text("note").split_whitespace().collect::<Vec<_>>().join(" "),
        family: passport.get("family").and_then(Value::as_str).map(str::to_owned),
        rho: passport.get("rho").and_then(number),
        file: place.map_or_else(|| merged.folder.to_string(), |place| place.file.to_string()),
        line: place.and_then(|place| place.line),
    }
}

impl Parameter {
    /// Value (or size of the table) with unit.
    pub fn summary(&self) -> String {
        if self.rows == 0 {
            return format!("{} {}", self.value, self.unit);
        }
        let times = if self.value == 1.0 { String::new() } else { format!(" × {}", self.value) };
        format!("{} rows of {} in {}{times}", self.rows, self.columns.join(", "), self.unit)
    }

    /// Value (or number of rows) with unit.
    fn short(&self) -> String {
        match (self.rows, self.value) {
            (0, value) => format!("{value} {}", self.unit),
            (rows, 1.0) => format!("{rows} rows, {}", self.unit),
            (rows, value) => format!("{rows} rows, {} × {value}", self.unit),
        }
    }

    /// The spread on one line.
    pub fn spread_text(&self) -> String {
        match &self.spread {
            None => "fixed".into(),
            Some(spread) => {
                let numbers: Vec<String> = spread.numbers.iter().map(|(name, n)| format!("{name} {n}")).collect();
                format!("{}, {}", spread.law, numbers.join(", "))
            }
        }
    }
}

/// Number of parameters by evidence grade, in the order A, B, C, derived.
pub fn usage_by_grade(parameters: &[Parameter]) -> [(&'static str, usize); 4] {
    crate::config::passport::GRADES
        .map(|grade| (grade, parameters.iter().filter(|parameter| parameter.grade == grade).count()))
}

/// The list of parameters as aligned text: key, value, spread, grade and source.
pub fn list(parameters: &[Parameter]) -> String {
    let cells: Vec<[String; 5]> = std::iter::once(["key", "value", "spread", "grade", "source"].map(str::to_owned))
        .chain(parameters.iter().map(|parameter| {
            [
                parameter.key.clone(),
                parameter.short(),
                parameter.spread_text(),
                parameter.grade.clone(),
                parameter.source.clone(),
            ]
        }))
        .collect();
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut text = String::new();
    for row in &cells {
        let line: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    let grades: Vec<String> = usage_by_grade(parameters).iter().map(|(grade, n)| format!("{grade} {n}")).collect();
    // Writing into a string cannot fail.
    let _ = writeln!(text, "\n{} parameters; by grade: {}", parameters.len(), grades.join(", "));
    text
}

/// All information on one key: value, unit, spread, source with its full entry, grade, note and place. For a table of
/// parameters: its contents.
///
/// # Errors
/// When the model has no such key; the remedy names the most similar one.
pub fn explain(merged: &Merged, key: &str) -> Result<String> {
    let key = key.trim();
    let pointer = key.split('.').fold(String::new(), |at, step| push(&at, step.trim_matches('"')));
    let place = merged.places.find(&pointer).map_or_else(|| merged.folder.to_string(), |place| place.text());
    let described = merged.grammar.describe(&pointer);
    let mut text = format!("{key}\n");
    if let Some(described) = &described {
        let _ = writeln!(text, "  {described}");
    }
    match value_at(&merged.table, &pointer) {
        Some(Value::Table(passport)) if is_passport(passport) => {
            let parameter = parameter(merged, &pointer, passport);
            passport_text(merged, &parameter, passport, &mut text);
        }
        Some(Value::Table(_)) => {
            let below: Vec<Parameter> =
                parameters(merged).into_iter().filter(|p| p.key.starts_with(&format!("{key}."))).collect();
            let _ = writeln!(text, "  a table of {} parameters, first written in {place}\n", below.len());
            text.push_str(&list(&below));
            let own: Vec<Setting> =
                settings(merged).into_iter().filter(|it| it.key.starts_with(&format!("{key}."))).collect();
            if !own.is_empty() {
                let _ = write!(text, "\n{}", list_settings(&own));
            }
        }
        Some(value) => {
            let shown = match value {
                Value::Array(_) => value.to_string(),
                other => show(other),
            };
            let _ = writeln!(text, "  setting  {shown}{}\n  written  {place}", others(merged, &pointer));
        }
        None if merged.grammar.usual(&pointer).is_some() => {
            let usual = merged.grammar.usual(&pointer).unwrap_or_default();
            let _ = writeln!(
                text,
                "  setting  {usual}{}\n  written  nowhere: this is the default",
                others(merged, &pointer)
            );
        }
        None => {
            let mut known = merged.keys();
            known.extend(settings(merged).into_iter().filter(|setting| !setting.written).map(|setting| setting.key));
            let above = |key: &String| key.match_indices('.').map(|(at, _)| key[..at].to_owned()).collect::<Vec<_>>();
            let tables: BTreeSet<String> = known.iter().flat_map(above).collect();
            known.extend(tables);
            let last = key.rsplit('.').next().unwrap_or(key);
            let same = known.iter().map(String::as_str).find(|other| other.rsplit('.').next() == Some(last));
            let cure = match nearest(key, known.iter().map(String::as_str)).or(same) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "see `keten list parameters`".into(),
            };
            return Err(Error::data("the model has no such key", cure).at_key(key).into());
        }
    }
    Ok(text)
}

/// The other words that a setting may have.
fn others(merged: &Merged, pointer: &str) -> String {
    let choices = merged.grammar.choices_at(pointer);
    if choices.is_empty() { String::new() } else { format!(" (of {})", choices.join(", ")) }
}

fn passport_text(merged: &Merged, parameter: &Parameter, passport: &Table, text: &mut String) {
    let reference = merged.references.get(&parameter.source);
    let citation = reference.map_or_else(|| "not in references.bib".to_owned(), |entry| entry.citation());
    let grade = match parameter.grade.as_str() {
        "A" => "A: read in the source",
        "B" => "B: recalled from a named source",
        "C" => "C: assumption",
        "derived" => "derived: solved from named targets",
        other => other,
    };
    let mut line = |name: &str, words: String| {
        let _ = writeln!(text, "  {name:<8} {words}");
    };
    line("value", parameter.summary());
    line("unit", parameter.unit.clone());
    line("spread", parameter.spread_text());
    if let (Some(family), Some(rho)) = (&parameter.family, parameter.rho) {
        line("family", format!("{family}, correlation {rho}"));
    }
    line("source", format!("[{}] {citation}", parameter.source));
    line("year", parameter.year.map_or_else(|| "not given".into(), |year| year.to_string()));
    line("grade", grade.to_owned());
    if !parameter.note.is_empty() {
        line("note", parameter.note.clone());
    }
    let place = parameter.line.map_or_else(|| parameter.file.clone(), |line| format!("{}:{line}", parameter.file));
    line("written", place);
    if parameter.rows > 0 {
        rows_text(passport, text);
    }
}

/// The rows of a table of rates, at most forty of them.
fn rows_text(passport: &Table, text: &mut String) {
    const SHOWN: usize = 40;
    let names = columns(passport);
    let rows = passport.get("rows").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let widths: Vec<usize> = names
        .iter()
        .enumerate()
        .map(|(c, name)| {
            let cells = rows.iter().take(SHOWN).filter_map(|row| row.get(c)).map(|cell| words::show(cell).len());
            cells.chain([name.len()]).max().unwrap_or(0)
        })
        .collect();
    let mut line = |cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        let _ = writeln!(text, "    {}", cells.join("  "));
    };
    line(names.iter().map(|name| (*name).to_owned()).collect());
    for row in rows.iter().take(SHOWN) {
        line(row.as_array().into_iter().flatten().map(words::show).collect());
    }
    if rows.len() > SHOWN {
        let _ = writeln!(text, "    … and {} more rows", rows.len() - SHOWN);
    }
}

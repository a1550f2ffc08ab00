//! Passports of parameters: checks that a schema cannot express.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::config::fault::Fault;
use crate::config::references::References;
use crate::config::rows;
use crate::config::shape::columns;
use crate::config::spread::{spread, suits};
use crate::config::words::{self, listed, number, plain, push, show};
use crate::units::{self, KEY_COLUMNS};

/// Evidence grades: read in a source, recalled from a named source, assumption, calibrated to targets.
pub const GRADES: [&str; 4] = ["A", "B", "C", "derived"];

/// All faults of a passport that its schema cannot express.
pub(crate) fn check(
    at: &str,
    passport: &Table,
    unit: Option<&str>,
    references: Option<&References>,
    cities: &[String],
    faults: &mut Vec<Fault>,
) {
    let unit = unit.or_else(|| passport.get("unit").and_then(Value::as_str));
    let range = unit.and_then(units::range);
    let rows = passport.contains_key("rows") || passport.contains_key("columns");
    // Spreads and cells of rows have their own messages.
    let has_own = |key: &str, value: &Value| key == "spread" || key == "rows" && value.is_array();
    for (key, value) in passport.iter().filter(|(key, value)| !has_own(key, value)) {
        finite(&push(at, key), value, faults);
    }
    if let Some(year) = passport.get("year").filter(|year| year.is_float()) {
        let what = format!("year {} is not a whole number", show(year));
        faults.push(Fault::new(push(at, "year"), what, "give the year as in year = 2008"));
    }
    source(at, passport, references, faults);
    if rows {
        table_of_rates(at, passport, (unit, range), cities, faults);
    }
    for (one, other) in [("family", "rho"), ("rho", "family")] {
        if passport.contains_key(one) && !passport.contains_key(other) {
            let cure = format!("add `{other}`, or remove `{one}`");
            faults.push(Fault::absent(push(at, one), format!("`{one}` without `{other}`"), cure));
        }
    }
    match spread(at, passport) {
        Err(wrong) => faults.extend(wrong),
        Ok(spread) => suits(at, passport, spread, rows, range, faults),
    }
}

/// Reports numbers that are not finite, and dates, except in the rows of a table (whose message names row and column).
pub(crate) fn finite(at: &str, value: &Value, faults: &mut Vec<Fault>) {
    match value {
        Value::Float(number) if !number.is_finite() => {
            faults.push(Fault::new(at, format!("{number} cannot be used in a model"), "give a finite number"));
        }
        Value::Datetime(date) => {
            faults.push(Fault::new(at, format!("{date} is a date"), "give a number, or text in \"quotes\""));
        }
        Value::Table(inner) => {
            for (key, value) in inner.iter().filter(|(key, value)| *key != "rows" || !value.is_array()) {
                finite(&push(at, key), value, faults);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| finite(at, item, faults)),
        Value::Float(_) | Value::Integer(_) | Value::Boolean(_) | Value::String(_) => {}
    }
}

fn source(at: &str, passport: &Table, references: Option<&References>, faults: &mut Vec<Fault>) {
    let Some(source) = passport.get("source").and_then(Value::as_str) else { return };
    let here = push(at, "source");
    if source.trim().is_empty() {
        let cure = "name a key of references.bib (`assumption` when there is none)";
        faults.push(Fault::new(here, "the source is empty", cure));
    } else if let Some(references) = references
        && references.get(source).is_none()
    {
        let what = format!("source \"{source}\" is not in references.bib");
        let cure = match words::nearest(source, references.keys()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "add the entry there, or name one that is there".into(),
        };
        faults.push(Fault::new(here, what, cure));
    }
}

/// Columns and rows of a table of rates.
fn table_of_rates(
    at: &str,
    passport: &Table,
    (unit, range): (Option<&str>, Option<(f64, f64)>),
    cities: &[String],
    faults: &mut Vec<Fault>,
) {
    let columns = columns(passport);
    names_of_columns(at, passport, &columns, faults);
    let here = push(at, "rows");
    let Some(rows) = passport.get("rows").and_then(Value::as_array) else { return };
    if rows.is_empty() {
        faults.push(Fault::new(&here, "a table of rates without rows", "give at least one row"));
    }
    let keys = columns.iter().take_while(|column| KEY_COLUMNS.contains(column)).count();
    let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        let Some(cells) = row.as_array() else { continue };
        let here = push(&here, &i.to_string());
        if cells.len() != columns.len() && !columns.is_empty() {
            let what = format!("row {} has {} numbers for {} columns", i + 1, cells.len(), columns.len());
            faults.push(Fault::new(&here, what, format!("give {} numbers: {}", columns.len(), columns.join(", "))));
            continue;
        }
        for (column, cell) in columns.iter().zip(cells) {
            let place = format!("row {}, column `{column}`", i + 1);
            if let Some(word) = cell.as_str() {
                let (what, cure) = rows::fault(at, column, word, cities);
                let cell = push(&here, &columns_at(&columns, column));
                faults.push(Fault::new(cell, format!("{place}: {what}"), cure));
            } else if let Some((what, cure)) = wrong_number(column, cell, (unit, range)) {
                faults.push(Fault::new(&here, format!("{place}: {what}"), cure));
            }
        }
        let cell = |name: &str| columns.iter().position(|column| *column == name).and_then(|c| number(&cells[c]));
        if let (Some(from), Some(until)) = (cell("from"), cell("until"))
            && from >= until
        {
            let how = if from == until { "empty" } else { "reversed" };
            let what = format!("row {}: the range from {from} to {until} is {how}", i + 1);
            faults.push(Fault::new(&here, what, "give `from` below `until`"));
        }
        if keys > 0 && keys < columns.len() {
            let key: Vec<String> = cells[..keys].iter().map(show).collect();
            if let Some(first) = seen.get(&key) {
                let names: Vec<String> =
                    columns[..keys].iter().zip(&key).map(|(column, value)| format!("{column} {value}")).collect();
                let what = format!("row {} is for {}, as row {} is", i + 1, names.join(", "), first + 1);
                faults.push(Fault::new(&here, what, "keep one of the two"));
            } else {
                seen.insert(key, i);
            }
        }
    }
}

/// Columns of a table of rates have names, each once.
fn names_of_columns(at: &str, passport: &Table, columns: &[&str], faults: &mut Vec<Fault>) {
    let here = push(at, "columns");
    for (i, column) in columns.iter().enumerate() {
        if column.is_empty() {
            faults.push(Fault::new(&here, "a column without a name", "name it"));
        } else if columns[..i].contains(column) {
            faults.push(Fault::new(&here, format!("column `{column}` occurs twice"), "name each column once"));
        }
    }
    if passport.contains_key("columns") && columns.is_empty() {
        faults.push(Fault::new(&here, "no columns", "name them, as in columns = [\"age\", \"male\", \"female\"]"));
    }
}

/// Fault and cure of a cell that is a date, is not finite, or lies outside the range of the unit. Other cells that are
/// not numbers are reported by the schema.
fn wrong_number(
    column: &str,
    cell: &Value,
    (unit, range): (Option<&str>, Option<(f64, f64)>),
) -> Option<(String, String)> {
    let Some(number) = number(cell) else {
        return cell.is_datetime().then(|| (format!("{} is a date", show(cell)), "give a number".to_owned()));
    };
    if !number.is_finite() {
        return Some((format!("{number} is not finite"), "give a finite number".to_owned()));
    }
    let ((least, most), unit) = range.zip(unit).filter(|_| !KEY_COLUMNS.contains(&column))?;
    if (least..=most).contains(&number) {
        return None;
    }
    let what = format!("{number} is not a number of unit \"{unit}\"");
    Some((what, format!("give one from {} to {}", plain(least), plain(most))))
}

fn columns_at(columns: &[&str], column: &str) -> String {
    columns.iter().position(|known| *known == column).unwrap_or_default().to_string()
}

/// Keys of a passport, for a remedy.
pub(crate) fn keys_of_passport() -> String {
    listed(&["value", "unit", "spread", "source", "year", "grade", "note", "family", "rho", "columns", "rows"])
}

//! Passports of parameters: checks that a schema cannot express.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::config::fault::Fault;
use crate::config::references::References;
use crate::config::rows;
use crate::config::shape::columns;
use crate::config::words::{self, listed, number, plain, push, show, suggest};
use crate::units::{self, KEY_COLUMNS};

/// Evidence grades: read in a source, recalled from a named source, assumption, calibrated to targets.
pub const GRADES: [&str; 4] = ["A", "B", "C", "derived"];

/// Distributions of a spread, with the keys that each requires.
///
/// `lognormal`: the value is the median, `sd` that of the logarithm. `normal`: `sd`, truncated at the limits of the
/// unit. `beta`: the value is the mean, `n` the effective sample size. `gamma`: the value is the mean, `cv` the
/// coefficient of variation. `uniform`: between `low` and `high`. `dirichlet`: shares that sum to 1, `n` the effective
/// sample size.
pub const LAWS: [(&str, &[&str]); 7] = [
    ("fixed", &[]),
    ("lognormal", &["sd"]),
    ("normal", &["sd"]),
    ("beta", &["n"]),
    ("gamma", &["cv"]),
    ("uniform", &["low", "high"]),
    ("dirichlet", &["n"]),
];

/// Tolerance of the sum of shares, which are written with few digits.
const NEAR_ONE: f64 = 2e-3;

/// The distribution of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spread {
    /// Constant.
    Fixed,
    /// Value is the median; standard deviation of the logarithm.
    Lognormal { sd: f64 },
    /// Value is the mean before truncation at the limits of the unit.
    Normal { sd: f64 },
    /// Value is the mean; effective sample size.
    Beta { n: f64 },
    /// Value is the mean; coefficient of variation.
    Gamma { cv: f64 },
    /// Uniform between two limits.
    Uniform { low: f64, high: f64 },
    /// Shares that sum to 1; effective sample size.
    Dirichlet { n: f64 },
}

/// The spread of a passport, or its faults (with pointers that start with `at`, that of the passport).
pub(crate) fn spread(at: &str, passport: &Table) -> Result<Spread, Vec<Fault>> {
    let Some(spread) = passport.get("spread") else { return Ok(Spread::Fixed) };
    let at = push(at, "spread");
    let example = "write for example spread = { law = \"lognormal\", sd = 0.3 }";
    let laws = || LAWS.iter().map(|(law, _)| *law);
    let Some(table) = spread.as_table() else {
        return Err(vec![Fault::new(at, format!("{} is not a spread", show(spread)), example)]);
    };
    let Some(law) = table.get("law") else {
        return Err(vec![Fault::absent(at, "the spread names no law", example)]);
    };
    let Some((law, needs)) = law.as_str().and_then(|law| LAWS.iter().find(|(known, _)| *known == law)) else {
        let cure = suggest(law.as_str().unwrap_or_default(), laws(), "laws are");
        return Err(vec![Fault::new(push(&at, "law"), format!("{} is not a law of a spread", show(law)), cure)]);
    };
    let mut faults = Vec::new();
    for key in table.keys().filter(|key| *key != "law" && !needs.contains(&key.as_str())) {
        let cure = match needs.len() {
            0 => "take it out".to_owned(),
            _ => suggest(key, needs.iter().copied(), &format!("{law} takes")),
        };
        faults.push(Fault::new(push(&at, key), format!("a {law} spread has no `{key}`"), cure));
    }
    let mut take = |key: &str, least: f64| -> f64 {
        let inner = push(&at, key);
        match table.get(key).map(|value| (value, number(value))) {
            None => faults.push(Fault::absent(&at, format!("a {law} spread needs `{key}`"), format!("add {key} = …"))),
            Some((value, None)) => {
                faults.push(Fault::new(
                    inner,
                    format!("{} is not a number", show(value)),
                    format!("give {key} as a number"),
                ));
            }
            Some((_, Some(number))) if !number.is_finite() => {
                faults.push(Fault::new(inner, format!("{number} is not finite"), "give a finite number"));
            }
            Some((_, Some(number))) if number <= least => {
                let cure = format!("give a number above {}, or law = \"fixed\"", plain(least));
                faults.push(Fault::new(inner, format!("`{key}` is {number}"), cure));
            }
            Some((_, Some(number))) => return number,
        }
        f64::NAN
    };
    let spread = match *law {
        "lognormal" => Spread::Lognormal { sd: take("sd", 0.0) },
        "normal" => Spread::Normal { sd: take("sd", 0.0) },
        "beta" => Spread::Beta { n: take("n", 0.0) },
        "gamma" => Spread::Gamma { cv: take("cv", 0.0) },
        "uniform" => Spread::Uniform { low: take("low", f64::NEG_INFINITY), high: take("high", f64::NEG_INFINITY) },
        "dirichlet" => Spread::Dirichlet { n: take("n", 0.0) },
        _ => Spread::Fixed,
    };
    if let Spread::Uniform { low, high } = spread
        && low >= high
    {
        let how = if low == high { "empty" } else { "reversed" };
        let cure = "give low below high, or law = \"fixed\"";
        faults.push(Fault::new(&at, format!("range from {low} to {high} is {how}"), cure));
    }
    if faults.is_empty() { Ok(spread) } else { Err(faults) }
}

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

/// Checks whether a spread can be drawn around its value.
fn suits(at: &str, passport: &Table, spread: Spread, rows: bool, range: Option<(f64, f64)>, faults: &mut Vec<Fault>) {
    let value = passport.get("value").and_then(number).or(rows.then_some(1.0)).filter(|value| value.is_finite());
    let here = push(at, "spread");
    let (least, most) = if rows { (0.0, f64::MAX) } else { range.unwrap_or((f64::MIN, f64::MAX)) };
    if value.is_some_and(|value| value < least || value > most) {
        return; // reported already, and to be corrected first
    }
    match (spread, value) {
        (Spread::Lognormal { .. } | Spread::Gamma { .. }, Some(value)) if value <= 0.0 => {
            let what = format!("a spread of this law is impossible around {value}");
            faults.push(Fault::new(here, what, "give a value above 0, or the law normal, uniform or fixed"));
        }
        (Spread::Beta { .. }, _) if rows => {
            let what = "a beta spread on a table of rates, whose multiplier has no upper limit";
            faults.push(Fault::new(here, what, "use lognormal, gamma, normal or uniform"));
        }
        (Spread::Beta { .. }, Some(value)) if value <= 0.0 || value >= 1.0 => {
            let what = format!("a beta spread is impossible around {value}");
            faults.push(Fault::new(here, what, "give a value strictly between 0 and 1, or another law"));
        }
        (Spread::Uniform { low, high }, value) => {
            if low < least || high > most {
                let what = format!("range from {low} to {high} reaches outside what the unit allows");
                let cure = format!("stay between {} and {}", plain(least), plain(most));
                faults.push(Fault::new(here, what, cure));
            } else if let Some(value) = value.filter(|value| *value < low || *value > high) {
                let what = format!("value {value} lies outside its own range from {low} to {high}");
                faults.push(Fault::new(here, what, "widen the range or correct the value"));
            }
        }
        (Spread::Dirichlet { .. }, _) => {
            if !rows {
                let cure = "use beta for a single share";
                faults.push(Fault::new(here, "a dirichlet spread on a single number", cure));
                return;
            }
            if passport.contains_key("family") {
                let cure = "remove `family` and `rho`";
                faults.push(Fault::new(push(at, "family"), "a dirichlet spread cannot be in a family", cure));
            }
            for group in groups(passport) {
                let total: f64 = group.iter().map(|share| share.value).sum();
                if (total - 1.0).abs() > NEAR_ONE {
                    let rows: Vec<String> = group.iter().map(|share| (share.row + 1).to_string()).collect();
                    let what = match group.iter().all(|share| share.row == group[0].row) {
                        true => format!("the shares of row {} sum to {}", rows[0], round(total)),
                        false => format!("the shares of rows {} sum to {}", rows.join(", "), round(total)),
                    };
                    let here = push(&push(at, "rows"), &group[0].row.to_string());
                    faults.push(Fault::new(here, what, "make them sum to 1, or use another law"));
                }
            }
        }
        (Spread::Fixed | Spread::Lognormal { .. } | Spread::Normal { .. } | Spread::Beta { .. }, _)
        | (Spread::Gamma { .. }, _) => {}
    }
}

fn columns_at(columns: &[&str], column: &str) -> String {
    columns.iter().position(|known| *known == column).unwrap_or_default().to_string()
}

fn round(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

/// One share of a group that sums to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PartOfWhole {
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) value: f64,
}

/// Groups of shares that must sum to 1: the value columns of one row or, with one value column, the rows that differ in
/// the last key column only.
pub(crate) fn groups(passport: &Table) -> Vec<Vec<PartOfWhole>> {
    let columns = columns(passport);
    let values: Vec<usize> = (0..columns.len()).filter(|c| !KEY_COLUMNS.contains(&columns[*c])).collect();
    let keys: Vec<usize> = (0..columns.len()).filter(|c| KEY_COLUMNS.contains(&columns[*c])).collect();
    let mut groups: Vec<(Vec<String>, Vec<PartOfWhole>)> = Vec::new();
    for (row, cells) in passport.get("rows").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let Some(cells) = cells.as_array().filter(|cells| cells.len() == columns.len()) else { continue };
        let name: Vec<String> = if values.len() == 1 {
            keys.iter().rev().skip(1).map(|key| show(&cells[*key])).collect()
        } else {
            vec![row.to_string()]
        };
        let parts = values.iter().filter_map(|c| Some(PartOfWhole { row, column: *c, value: number(&cells[*c])? }));
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, group)) => group.extend(parts),
            None => groups.push((name, parts.collect())),
        }
    }
    groups.into_iter().map(|(_, group)| group).filter(|group| !group.is_empty()).collect()
}

/// Keys of a passport, for a remedy.
pub(crate) fn keys_of_passport() -> String {
    listed(&["value", "unit", "spread", "source", "year", "grade", "note", "family", "rho", "columns", "rows"])
}

/// The multipliers for which every value of a table of rates stays in the range of its unit.
pub(crate) fn multiplier_range(passport: &Table) -> (f64, f64) {
    let range = passport.get("unit").and_then(Value::as_str).and_then(units::range);
    let Some((low, high)) = range.filter(|(_, high)| *high < f64::MAX) else { return (0.0, f64::MAX) };
    let names = columns(passport);
    let mut most = f64::MAX;
    for row in passport.get("rows").and_then(Value::as_array).into_iter().flatten() {
        for (cell, name) in row.as_array().into_iter().flatten().zip(&names) {
            match number(cell) {
                Some(cell) if KEY_COLUMNS.contains(name) || cell == 0.0 => {}
                Some(cell) if cell > 0.0 => most = most.min(high / cell),
                Some(cell) => most = most.min(low / cell),
                None => {}
            }
        }
    }
    (0.0, most.max(1.0))
}

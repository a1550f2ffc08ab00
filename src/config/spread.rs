//! Spreads of parameters: the distributions of uncertain values, and whether they can be drawn.

use toml::{Table, Value};

use crate::config::fault::Fault;
use crate::config::shape::columns;
use crate::config::words::{number, plain, push, show, suggest};
use crate::units::{self, KEY_COLUMNS};

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

/// Checks whether a spread can be drawn around its value.
pub(super) fn suits(
    at: &str,
    passport: &Table,
    spread: Spread,
    rows: bool,
    range: Option<(f64, f64)>,
    faults: &mut Vec<Fault>,
) {
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

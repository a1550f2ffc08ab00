//! Faults of an experiment that its schema cannot express.

use toml::{Table, Value};

use crate::config::{self, Fault};
use crate::experiment::file::Uncertainty;
use crate::experiment::start::Start;
use crate::outcomes::Outcome;
use crate::world::{FIRST_YEAR, Month};

/// First year that can no longer be simulated: life tables and births are projected to here.
const LAST_YEAR: i64 = 2100;

/// Peak memory of a population, in bytes, fitted to measurements with 20,000 to 2 million simulated persons over 2 to
/// 92 years: a part per initial person and year, and a part for the program and its burn-in population, which does not
/// depend on the scale. With the years come newcomers, births and persons followed elsewhere; some tables store
/// something of most of these.
pub fn memory_estimate(persons: f64, years: f64, outcomes: &[Outcome]) -> f64 {
    const PROGRAM: f64 = 50e6;
    const PER_PERSON: f64 = 150.0;
    const PER_YEAR: f64 = 18.0;
    let kept = |outcome: &Outcome| outcome.size().memory_person_year;
    PROGRAM + persons * (PER_PERSON + years * (PER_YEAR + outcomes.iter().map(kept).sum::<f64>()))
}

/// Years of a typical experiment, for messages about a scale before the end is known.
const USUAL_YEARS: f64 = 40.0;

const SCALES: (f64, f64) = (0.001, 1.0);

pub(super) fn scale_fault(table: &Table, persons: Option<f64>) -> Option<Fault> {
    let scale = match table.get("scale")? {
        Value::Integer(whole) => *whole as f64,
        Value::Float(number) => *number,
        _ => return None,
    };
    let cure = format!("give a scale from {} to {}", SCALES.0, SCALES.1);
    if !scale.is_finite() {
        return Some(Fault::new("/scale", format!("{scale} is not a valid scale"), cure));
    }
    if (SCALES.0..=SCALES.1).contains(&scale) {
        return None;
    }
    let what = match persons {
        Some(persons) => {
            let people = (persons * scale).max(0.0);
            let gigabytes = memory_estimate(people, USUAL_YEARS, &[]) / 1e9;
            format!(
                "a scale of {scale} is {} simulated persons and about {} GB of memory",
                rough(people),
                rough(gigabytes)
            )
        }
        None => {
            let each = rough(memory_estimate(1e6 * scale.max(0.0), USUAL_YEARS, &[]) / 1e9);
            format!("a scale of {scale} is about {each} GB of memory for each million persons of the model")
        }
    };
    Some(Fault::new("/scale", what, cure))
}

/// A number with two significant digits.
fn rough(number: f64) -> String {
    match number {
        n if n >= 1e6 => format!("{n:.1e}"),
        n if n >= 10.0 => format!("{n:.0}"),
        n if n > 0.0 => format!("{n:.2}"),
        _ => "0".into(),
    }
}

/// Faults of an experiment that the schema cannot express, or expresses less clearly.
pub(super) fn own_faults(table: &Table, outcomes: &[&str]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (key, value) in table.iter().filter(|(key, _)| *key != "scale") {
        config::finite(&config::push("", key), value, &mut faults);
    }
    let first = i64::from(FIRST_YEAR);
    let until = table.get("until").map_or(Some(LAST_YEAR), Value::as_integer);
    let cure = format!("give a year from {} to {LAST_YEAR}", first + 1);
    match until {
        Some(year) if year <= first => {
            let what = format!("the follow-up ends with {year}, before it starts: the start is January {first}");
            faults.push(Fault::new("/until", what, cure));
        }
        Some(year) if year > LAST_YEAR => {
            let what = format!("the follow-up ends with {year}; projections reach to {LAST_YEAR}");
            faults.push(Fault::new("/until", what, cure));
        }
        _ => {}
    }
    let end = until.filter(|year| (first + 1..=LAST_YEAR).contains(year)).and_then(|year| i32::try_from(year).ok());
    let end = end.map(Month::january);
    enrolment_faults(table, end, &mut faults);
    panel_faults(table, until, &mut faults);
    outcome_faults(table, outcomes, &mut faults);
    scenario_faults(table, end, &mut faults);
    unit_faults(table, &mut faults);
    block_faults(table, &mut faults);
    faults
}

/// Incomplete blocks of a Latin hypercube, whose draws are not stratified.
fn block_faults(table: &Table, faults: &mut Vec<Fault>) {
    let uncertainty = table.get("uncertainty").and_then(Value::as_table);
    let of = |key: &str| uncertainty.and_then(|table| table.get(key));
    if of("design").and_then(Value::as_str).is_some_and(|design| design != "latin_hypercube") {
        return;
    }
    let block = of("block").map_or(Some(i64::from(Uncertainty::default().block)), Value::as_integer);
    let draws = table.get("draws").and_then(Value::as_integer);
    let (Some(block), Some(draws)) = (block.filter(|block| *block >= 2), draws) else { return };
    if draws > 0 && draws % block != 0 {
        let more = (draws / block + 1) * block;
        let what = format!("{draws} draws cannot be divided into Latin hypercubes (stratified samples) of {block}");
        let cure = format!("give draws = {more}, or [uncertainty] with block = {draws}, or with design = \"random\"");
        faults.push(Fault::new("/draws", what, cure));
    }
}

fn enrolment_faults(table: &Table, end: Option<Month>, faults: &mut Vec<Fault>) {
    let Some(enrolment) = table.get("enrolment").and_then(Value::as_table) else { return };
    let month = |key: &str| enrolment.get(key).and_then(Value::as_str).and_then(|text| Month::parse(text).ok());
    if let (Some(from), Some(until)) = (month("from"), month("until")) {
        if until < from {
            let what = format!("the enrolment window from {from} to {until} is reversed");
            faults.push(Fault::new("/enrolment", what, "give `from` before `until`"));
        } else if from < Month(0) || end.is_some_and(|end| from >= end) {
            let what = format!("the enrolment window begins in {from}, outside the months simulated");
            faults.push(Fault::new("/enrolment/from", what, span(end)));
        }
    }
}

/// Years of the panel that are reversed or outside the simulation, and two conditions of entry at once.
fn panel_faults(table: &Table, until: Option<i64>, faults: &mut Vec<Fault>) {
    let Some(panel) = table.get("panel").and_then(Value::as_table) else { return };
    let pair = |key: &str| {
        let pair: Vec<i64> = panel.get(key)?.as_array()?.iter().filter_map(Value::as_integer).collect();
        (pair.len() == 2).then(|| (pair[0], pair[1]))
    };
    for key in ["years", "born"] {
        if let Some((from, to)) = pair(key)
            && to < from
        {
            let what = format!("the years from {from} to {to} are reversed");
            faults.push(Fault::new(format!("/panel/{key}"), what, "give the first year before the last"));
        }
    }
    let (first, end) = (i64::from(FIRST_YEAR), until.unwrap_or(LAST_YEAR));
    if let Some((from, to)) = pair("years")
        && from <= to
        && (to < first || from >= end)
    {
        let what = format!("the panel keeps {from} to {to}, outside the years simulated");
        faults.push(Fault::new("/panel/years", what, format!("give years from {first} to {}", end - 1)));
    }
    if let Some((from, to)) = pair("born")
        && from <= to
        && from >= end
    {
        let what = format!("nobody is born from {from} to {to} in the years simulated");
        faults.push(Fault::new("/panel/born", what, format!("give years of birth before {end}")));
    }
    if panel.contains_key("participants") && panel.contains_key("eligible") {
        let cure = "keep `participants` (persons who started), or `eligible` (persons for whom it is meant)";
        faults.push(Fault::new("/panel/eligible", "participants and eligible are given both", cure));
    }
}

/// Programmes for entry into the panel that the model does not have.
pub(super) fn programme_faults(table: &Table, model: &Table) -> Vec<Fault> {
    let Some(panel) = table.get("panel").and_then(Value::as_table) else { return Vec::new() };
    let services = model.get("chain").and_then(Value::as_table).and_then(|chain| chain.get("services"));
    let tables = [services, model.get("interventions")].into_iter().flatten().filter_map(Value::as_table);
    let known: Vec<&str> = tables.flat_map(Table::keys).map(String::as_str).collect();
    let fault = |key: &str| {
        let name = panel.get(key)?.as_str().filter(|name| !known.contains(name))?;
        let cure = match config::nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "give the key of a service or measure; `keten list interventions` has them".to_owned(),
        };
        Some(Fault::new(format!("/panel/{key}"), format!("there is no service or measure \"{name}\""), cure))
    };
    ["participants", "eligible"].into_iter().filter_map(fault).collect()
}

fn span(end: Option<Month>) -> String {
    match end {
        Some(end) => format!("give a month from {} to {}", Month(0), end.plus(-1)),
        None => format!("give a month from {} on", Month(0)),
    }
}

fn outcome_faults(table: &Table, known: &[&str], faults: &mut Vec<Fault>) {
    let named: Vec<&Value> = table.get("outcomes").and_then(Value::as_array).into_iter().flatten().collect();
    for (i, value) in named.iter().enumerate() {
        let Some(name) = value.as_str() else { continue };
        let at = format!("/outcomes/{i}");
        if !known.contains(&name) {
            let cure = match config::nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("outcomes are {}", known.join(", ")),
            };
            faults.push(Fault::new(at, format!("no outcome \"{name}\""), cure));
        } else if named[..i].contains(value) {
            faults.push(Fault::new(at, format!("outcome \"{name}\" is named twice"), "name each once"));
        }
    }
}

fn name_fault(name: &str, what: &str, faults: &mut Vec<Fault>) {
    let fitting = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-' || sign == '_';
    if name.is_empty() || name.len() > 60 || !name.chars().all(fitting) {
        let cure = "use small letters, digits and hyphens, at most 60, for example `kappa-zero`";
        let at = config::push(&format!("/{what}s"), name);
        faults.push(Fault::new(at, format!("\"{name}\" cannot be the name of a {what}"), cure));
    } else if let Some(taken) = config::misread(name) {
        let cure = format!("give it another name, for example `{what}-{}`", name.trim_start_matches('-'));
        let at = config::push(&format!("/{what}s"), name);
        faults.push(Fault::new(
            at,
            format!("programs that read the tables take the name \"{name}\" for {taken}"),
            cure,
        ));
    }
}

fn scenario_faults(table: &Table, end: Option<Month>, faults: &mut Vec<Fault>) {
    let Some(scenarios) = table.get("scenarios").map_or(Some(&Table::new()), Value::as_table).cloned() else { return };
    if scenarios.is_empty() {
        let cure = "add at least one, for example [scenarios.status-quo]";
        return faults.push(Fault::absent("/scenarios", "there is no scenario", cure));
    }
    let names: Vec<&str> = scenarios.keys().map(String::as_str).collect();
    let variants = table.get("variants").and_then(Value::as_table);
    variants.into_iter().flat_map(Table::keys).for_each(|name| name_fault(name, "variant", faults));
    for (name, scenario) in &scenarios {
        let at = config::push("/scenarios", name);
        name_fault(name, "scenario", faults);
        let from = scenario.as_table().and_then(|scenario| scenario.get("from")).and_then(Value::as_str);
        if let Some(Ok(Start::Month(month))) = from.map(Start::parse)
            && (month < Month(0) || end.is_some_and(|end| month >= end))
        {
            let what = format!("the scenario begins in {month}, outside the months simulated");
            faults.push(Fault::new(format!("{at}/from"), what, span(end)));
        }
        let month = |of: Option<&Value>| of.and_then(Value::as_str).and_then(|text| Month::parse(text).ok());
        let enrolment = table.get("enrolment").and_then(Value::as_table).and_then(|window| month(window.get("from")));
        let begins = match from {
            Some("founding") => Month(0),
            _ => month(scenario.get("from")).or(enrolment).unwrap_or(Month::january(2009)),
        };
        if let Some(until) = month(scenario.get("until")).filter(|until| *until < begins) {
            let what = format!("its measures end with {until}, before the scenario begins in {begins}");
            faults.push(Fault::new(format!("{at}/until"), what, "give `from` before `until`"));
        }
    }
    if let Some(comparator) = table.get("comparator").and_then(Value::as_str)
        && !names.contains(&comparator)
    {
        let cure = match config::nearest(comparator, names.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("scenarios are {}", names.join(", ")),
        };
        faults.push(Fault::new("/comparator", format!("no scenario \"{comparator}\""), cure));
    }
}

/// A larger number of runs than any disk can store is a typing error.
const MOST_RUNS: u64 = 10_000_000;

fn unit_faults(table: &Table, faults: &mut Vec<Fault>) {
    let whole = |key: &str, least: u64| {
        table.get(key).and_then(Value::as_integer).and_then(|n| u64::try_from(n).ok()).unwrap_or(least).max(1)
    };
    let length = |key: &str| table.get(key).and_then(Value::as_table).map_or(0, Table::len) as u64;
    let scenarios = length("scenarios").max(1).saturating_mul(1 + length("variants"));
    let runs = whole("draws", 0).saturating_mul(whole("replicates", 1)).saturating_mul(scenarios);
    if runs > MOST_RUNS {
        let what = format!("{scenarios} scenarios, draws and replicates make {runs} runs");
        faults.push(Fault::new("/replicates", what, format!("stay below {MOST_RUNS}")));
    }
}

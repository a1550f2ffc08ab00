//! A mix as the text of an experiment file.
//!
//! A line that a scenario can express is written with its keys (`measures`, `delay`, `without_cities`, `until`). A line
//! with places, an end of its own, or different levels in its cities is written as tables of the card: by city and
//! month, with the values of the mix at the levels above the status quo.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, LevelTable, MODEL, OWN_PLACES, table_of, tables};
use super::line_table::{LineTable, delay};
use super::mix::{ALL_MEANS, CARD_PRICE, Mix, MixLevel, MixLine};
use crate::units::UNLIMITED_COUNT;
use crate::world::Month;

/// Name of the comparator in the experiment of a mix.
pub const COMPARATOR: &str = "status-quo";
/// Name of the scenario in the experiment of a mix.
pub const SCENARIO: &str = "mix";

/// Columns of a table of a card, as they are written here.
const COLUMNS: [&str; 5] = ["city", "year", "status_quo", "programme", "full"];
/// Tables of the run: what the answer and the full report read.
const OUTCOMES: [&str; 17] = [
    "fit",
    "yearly",
    "cohorts",
    "transmission",
    "lineages",
    "chain",
    "capacity",
    "doors",
    "clients",
    "help",
    "bottlenecks",
    "relatives",
    "course",
    "recidivism",
    "costs",
    "lives",
    "selection",
];
/// Persons of a burn-in population: a quarter of the usual number, since every draw has its own.
const POOL: u32 = 20_000;
/// Draws in each Latin hypercube: as few as possible, so that more draws leave the first ones as they are.
const BLOCK: u32 = 2;

/// The size of a simulation: a first answer is small, a later one larger.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerStage {
    /// Sampling fraction: simulated persons per real person.
    pub scale: f64,
    /// Number of parameter draws; 0 for the central values. Otherwise even.
    pub draws: u32,
}

impl Mix {
    /// The experiment file of the mix at a size: the status quo as the comparator and the scenario `mix`, with Dutch and
    /// English labels and the model inside the program. Equal mixes give equal texts.
    pub fn experiment_text(&self, catalogue: &Catalogue, stage: &AnswerStage) -> String {
        self.text(catalogue, stage, true)
    }

    /// The same without the scenario: the comparator that all mixes until this year have in common.
    pub fn comparator_text(&self, catalogue: &Catalogue, stage: &AnswerStage) -> String {
        self.text(catalogue, stage, false)
    }

    fn text(&self, catalogue: &Catalogue, stage: &AnswerStage, with_mix: bool) -> String {
        let last = self.end - 1;
        let mut text = format!(
            "# A mix of measures beside the status quo, written by keten. Run it with `keten run`.\n\n\
             title = \"A mix of measures in the four cities, 2008 to {last}\"\n\
             title_nl = \"Een mix van maatregelen in de vier steden, 2008 tot en met {last}\"\n\
             model = \"builtin:{MODEL}\"\nseed = 2008\nscale = {:?}\nuntil = {}\n",
            stage.scale, self.end
        );
        if stage.draws > 0 {
            let _ = writeln!(text, "draws = {}", stage.draws);
        }
        let _ = writeln!(text, "outcomes = {}", quoted(&OUTCOMES));
        let _ = writeln!(text, "comparator = \"{COMPARATOR}\"");
        if stage.draws > 0 {
            let _ = write!(text, "\n[uncertainty]\ndesign = \"latin_hypercube\"\nblock = {BLOCK}\n");
        }
        let _ = write!(
            text,
            "\n[set]\n\"founding.pool_size\" = {POOL}\n\n[scenarios.{COMPARATOR}]\nlabel = \"status quo of 2008\"\n\
             label_nl = \"situatie van 2008\"\n"
        );
        if with_mix {
            self.scenario_text(catalogue, &mut text);
        }
        text
    }

    fn scenario_text(&self, catalogue: &Catalogue, text: &mut String) {
        let cities = catalogue.cities();
        let mix = self.clone().tidy(cities);
        let active: Vec<(&String, &MixLine)> = mix.lines.iter().filter(|(_, line)| line.is_active(cities)).collect();
        let _ = write!(
            text,
            "\n[scenarios.{SCENARIO}]\nlabel = \"the mix of measures\"\nlabel_nl = \"de mix van maatregelen\"\n\
             from = \"2008-01\"\n"
        );
        let common = common_end(&active);
        if let Some(month) = common {
            let _ = writeln!(text, "until = \"{month}\"");
        }
        let mut by_level: BTreeMap<MixLevel, Vec<&str>> = BTreeMap::new();
        let mut sets = Vec::new();
        for (key, line) in active {
            by_level.entry(line.highest(cities)).or_default().push(key);
            sets.extend(changes(catalogue, key, line, common.is_some()));
        }
        let levels: Vec<String> =
            by_level.iter().map(|(level, keys)| format!("{} = {}", level.word(), quoted(keys))).collect();
        if !levels.is_empty() {
            let _ = writeln!(text, "measures = {{ {} }}", levels.join(", "));
        }
        if !sets.is_empty() {
            let _ = writeln!(text, "\n[scenarios.{SCENARIO}.set]");
        }
        for (key, value) in sets {
            let _ = writeln!(text, "\"interventions.{key}\" = {value}");
        }
    }
}

/// The last month of all lines, if they have the same one: a scenario has a key for it.
fn common_end(active: &[(&String, &MixLine)]) -> Option<Month> {
    let ends: BTreeSet<Option<Month>> = active.iter().map(|(_, line)| line.until).collect();
    ends.into_iter()
        .collect::<Vec<_>>()
        .as_slice()
        .first()
        .copied()
        .flatten()
        .filter(|month| active.iter().all(|(_, line)| line.until == Some(*month)))
}

/// Keys below `interventions`, and their values, that a line sets besides the level of its measure. `ends` if the
/// scenario ends all measures together.
fn changes(catalogue: &Catalogue, key: &str, line: &MixLine, ends: bool) -> Vec<(String, String)> {
    let Some(card) = catalogue.card(key) else { return Vec::new() };
    let cities = catalogue.cities();
    let mut sets = Vec::new();
    let until = line.until.filter(|_| !ends);
    if until.is_some() || line.is_mixed(cities) || line.places.values().any(|cities| !cities.is_empty()) {
        for (table, rows) in tables(card) {
            sets.extend(rows_of(catalogue, key, line, ends, (&table, rows)));
        }
    } else {
        let delay = delay(catalogue, key, line);
        if delay > 0 {
            sets.push((format!("{key}.delay"), delay.to_string()));
        }
        let without = line.without(cities);
        if !without.is_empty() {
            sets.push((format!("{key}.without_cities"), quoted(&without)));
        }
    }
    if line.means != ALL_MEANS {
        let table = table_of(card, OWN_PLACES).unwrap_or_else(|| "coverage".to_owned());
        sets.push((format!("{key}.{table}.value"), (f64::from(line.means) / 100.0).to_string()));
    }
    if line.price != CARD_PRICE {
        // A price that is given is certain: it is the same in every draw.
        let share = f64::from(line.price) / 100.0;
        for (item, cost) in &card.costs {
            sets.push((format!("{key}.costs.{item}.price"), format!("{:?}", cost.price.get() * share)));
        }
    }
    sets
}

/// The rows of a table of a card under a line, and its columns if the card has others. `ends` if the scenario ends all
/// measures together.
fn rows_of(
    catalogue: &Catalogue,
    key: &str,
    line: &MixLine,
    ends: bool,
    (table, rows): (&str, LevelTable<'_>),
) -> Vec<(String, String)> {
    let mut written = Vec::new();
    for (number, city) in catalogue.cities().iter().enumerate() {
        let of = LineTable::of(catalogue, key, line, table, number);
        let of = if ends { of.endless() } else { of };
        for month in of.months() {
            let [before, own] = [of.status_quo(month), of.value(month)].map(|value| cell(value, rows.multiplier()));
            written.push(format!("    [\"{city}\", \"{month}\", {before}, {own}, {own}],\n"));
        }
    }
    let mut sets = Vec::new();
    if rows.columns() != COLUMNS {
        sets.push((format!("{key}.{table}.columns"), quoted(&COLUMNS)));
    }
    sets.push((format!("{key}.{table}.rows"), format!("[\n{}]", written.concat())));
    sets
}

/// A value as a cell of a table with this multiplier.
fn cell(value: f64, multiplier: f64) -> String {
    if value >= UNLIMITED_COUNT {
        return "\"unlimited\"".to_owned();
    }
    let value = if multiplier > 0.0 { value / multiplier } else { value };
    format!("{value:?}")
}

/// A list of texts in TOML. Texts here are keys and names of cities, which have no quotation marks.
fn quoted<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("\"{}\"", text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

//! What each scenario of a run changes against the comparator, pair by pair: draws and replicates of the same number share
//! their luck, so that the difference of a pair is what the scenario did and not what chance did.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::pairs::{Design, Mean, Pair, means};
use super::{design, rivals};
use crate::error::{Error, Result};
use crate::store::Run;
use crate::table::{Cell, Table};

/// Where something happens: in the four cities, or to those who left them and are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the four cities.
    Cities,
    /// Elsewhere: what is exported.
    Exported,
}

/// What an interval is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// 95 % of parameter draws lie in it (quantiles from forty draws on, a prediction interval of the normal law below).
    Draws,
    /// The mean over luck lies in it, with a confidence of 95 % (Student's t).
    Mean,
}

/// What a scenario changes in one figure, in real persons, cases or euro, summed over the years simulated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Scenario.
    pub scenario: String,
    /// Key of the figure, for example `victims`.
    pub measure: &'static str,
    /// Unit of the figure.
    pub unit: &'static str,
    /// Whether it is what administrations record; the rest is the truth.
    pub record: bool,
    /// Where.
    pub place: Place,
    /// Mean under the comparator.
    pub comparator: f64,
    /// Mean difference, scenario minus comparator.
    pub difference: f64,
    /// Monte Carlo standard error of the mean difference; nothing from one pair.
    pub error: Option<f64>,
    /// Limits of the interval; nothing from one pair.
    pub limits: Option<(f64, f64)>,
    /// What the interval is of.
    pub interval: Interval,
    /// Share of pairs in which the figure is lower than under the comparator.
    pub lower: f64,
    /// Pairs: draws, or replicates where there is no draw.
    pub pairs: usize,
    /// The figure under the comparator and under the scenario, by draw and replicate.
    #[serde(skip)]
    pub units: BTreeMap<(i64, i64), (f64, f64)>,
}

impl Effect {
    /// Whether the run's tables withhold the figure, because the scale is too small for it: there are no numbers then.
    pub fn withheld(&self) -> bool {
        self.comparator.is_nan() || self.difference.is_nan()
    }

    /// Differences by draw and replicate.
    pub fn differences(&self) -> BTreeMap<(i64, i64), f64> {
        self.units.iter().map(|(unit, (base, own))| (*unit, own - base)).collect()
    }
}

/// All effects of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effects {
    /// The scenario the others are compared with.
    pub comparator: String,
    /// First and last year that is summed over.
    pub years: (i64, i64),
    /// Effects by scenario, measure and place.
    pub effects: Vec<Effect>,
}

/// Where a figure is read.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// Sum of columns of `yearly`.
    Yearly(&'static [&'static str]),
    /// Sum of a column of `cohorts` over those born in the cities since 2008; newcomers' children are not among them.
    NextGeneration(&'static str),
    /// Sum of `costs` in euro: one payer, or all.
    Euro(Option<&'static str>),
    /// Sum of `costs` in a unit of health.
    Health(&'static str),
}

/// A figure that scenarios are compared by.
#[derive(Clone, Copy, Debug)]
struct Measure {
    key: &'static str,
    unit: &'static str,
    record: bool,
    source: Source,
}

/// First year of birth of the next generation.
const NEXT: i64 = 2008;

const fn truth(key: &'static str, unit: &'static str, source: Source) -> Measure {
    Measure { key, unit, record: false, source }
}

const fn record(key: &'static str, unit: &'static str, source: Source) -> Measure {
    Measure { key, unit, record: true, source }
}

/// The figures, in the order of a report.
const MEASURES: [Measure; 23] = [
    truth("victims", "person-years", Source::Yearly(&["any_victims"])),
    truth("incidents", "incidents", Source::Yearly(&["incidents_by_men", "incidents_by_women"])),
    truth("serious_injuries", "couple-months", Source::Yearly(&["serious_injuries"])),
    truth("deaths_by_partner", "persons", Source::Yearly(&["deaths_by_partner"])),
    truth("children_witnessing", "person-years", Source::Yearly(&["children_witnessing"])),
    truth("children_maltreated", "person-years", Source::Yearly(&["children_maltreated"])),
    truth("first_exposed", "persons", Source::Yearly(&["first_exposed"])),
    truth("first_used", "persons", Source::Yearly(&["first_used"])),
    truth("first_suffered", "persons", Source::Yearly(&["first_suffered"])),
    truth("next_generation_used", "persons", Source::NextGeneration("first_use")),
    truth("next_generation_suffered", "persons", Source::NextGeneration("first_suffer")),
    record("police_reports", "couple-months", Source::Yearly(&["police_reports"])),
    record("amk_contacts", "cases", Source::Yearly(&["amk_contacts"])),
    record("shelter_refusals", "requests", Source::Yearly(&["shelter_refusals"])),
    truth("unfounded_investigations", "persons", Source::Yearly(&["unfounded_investigations"])),
    record("placements", "persons", Source::Yearly(&["placements"])),
    truth("incidents_while_waiting", "incidents", Source::Yearly(&["incidents_while_waiting"])),
    truth("serious_after_report", "couple-months", Source::Yearly(&["serious_after_report"])),
    record("euro", "euro of 2008", Source::Euro(None)),
    record("euro_municipality", "euro of 2008", Source::Euro(Some("municipality"))),
    record("euro_rijk", "euro of 2008", Source::Euro(Some("rijk"))),
    record("euro_justice", "euro of 2008", Source::Euro(Some("justice"))),
    truth("qaly_lost", "QALY", Source::Health("qaly")),
];

impl Source {
    fn table(self) -> &'static str {
        match self {
            Source::Yearly(_) => "yearly",
            Source::NextGeneration(_) => "cohorts",
            Source::Euro(_) | Source::Health(_) => "costs",
        }
    }

    /// The columns that it reads, beside those that say which row it is.
    fn columns(self) -> Vec<&'static str> {
        match self {
            Source::Yearly(columns) => columns.to_vec(),
            Source::NextGeneration(column) => vec!["birth_year", "birthplace", column],
            Source::Euro(_) | Source::Health(_) => vec!["unit", "payer", "amount"],
        }
    }

    /// What a row of its table adds.
    fn of(self, table: &Table, row: usize) -> f64 {
        let number = |column: &str| {
            let cell = table.cell(row, column);
            cell.and_then(|cell| cell.as_float().or(cell.as_int().map(|count| count as f64))).unwrap_or(0.0)
        };
        let says = |column: &str, word: &str| table.cell(row, column).and_then(Cell::as_text) == Some(word);
        match self {
            // What is withheld is no zero: no sum over years has it.
            Source::Yearly(columns) if columns.iter().any(|column| table.cell(row, column) == Some(Cell::Null)) => {
                f64::NAN
            }
            Source::Yearly(columns) => columns.iter().map(|column| number(column)).sum(),
            Source::NextGeneration(column) if number("birth_year") >= NEXT as f64 && says("birthplace", "cities") => {
                number(column)
            }
            Source::Euro(payer) if says("unit", "euro_2008") && payer.is_none_or(|payer| says("payer", payer)) => {
                number("amount")
            }
            Source::Health(unit) if says("unit", unit) => number("amount"),
            _ => 0.0,
        }
    }
}

/// By scenario: the figure by place, draw and replicate.
type Sums = BTreeMap<String, BTreeMap<(Place, (i64, i64)), f64>>;

/// Adds what a part of a table holds of every measure that it feeds.
fn add_to(all: &mut [Sums], part: &Table, measures: &[Measure]) {
    for row in 0..part.rows() {
        let place = match part.cell(row, "city").and_then(Cell::as_text) {
            Some("G4") => Place::Cities,
            Some("elsewhere") => Place::Exported,
            _ => continue,
        };
        let whole = |column: &str| part.cell(row, column).and_then(Cell::as_int).unwrap_or(0);
        let scenario = part.cell(row, "scenario").and_then(Cell::as_text).unwrap_or_default();
        let pair = (whole("draw"), whole("replicate"));
        for (sums, measure) in all.iter_mut().zip(measures) {
            let value = measure.source.of(part, row);
            match sums.get_mut(scenario) {
                Some(of) => *of.entry((place, pair)).or_default() += value,
                None => *sums.entry(scenario.to_owned()).or_default().entry((place, pair)).or_default() += value,
            }
        }
    }
}

/// A figure of `yearly` (several columns added) by draw and replicate, year by year, as the difference of two scenarios in one
/// place, in real persons or cases; pairs that lack a year are left out. Gives the first year with it.
///
/// # Errors
/// A table that is damaged, or a run without it.
pub fn yearly_differences(
    table: &Table,
    columns: &[&str],
    (scenario, comparator): (&str, &str),
    city: &str,
    scale: f64,
) -> (i32, BTreeMap<(i64, i64), Vec<f64>>) {
    let mut sums: BTreeMap<(i64, i64), BTreeMap<i64, (f64, usize)>> = BTreeMap::new();
    let word = |row: usize, name: &str| table.cell(row, name).and_then(Cell::as_text).unwrap_or_default();
    let whole = |row: usize, name: &str| table.cell(row, name).and_then(Cell::as_int).unwrap_or(0);
    for row in (0..table.rows()).filter(|row| word(*row, "city") == city) {
        let sign = match word(row, "scenario") {
            name if name == scenario => 1.0,
            name if name == comparator => -1.0,
            _ => continue,
        };
        let value: f64 = columns.iter().filter_map(|name| table.cell(row, name)?.as_float()).sum();
        let of = sums.entry((whole(row, "draw"), whole(row, "replicate"))).or_default();
        let sum = of.entry(whole(row, "year")).or_default();
        *sum = (sum.0 + sign * value / scale, sum.1 + 1);
    }
    let years = |of: &BTreeMap<i64, (f64, usize)>| of.keys().copied().collect::<Vec<_>>();
    let most = sums.values().map(years).max_by_key(Vec::len).unwrap_or_default();
    let first = most.first().and_then(|year| i32::try_from(*year).ok()).unwrap_or_default();
    let complete = |of: &BTreeMap<i64, (f64, usize)>| years(of) == most && of.values().all(|(_, sides)| *sides == 2);
    let whole = sums.into_iter().filter(|(_, of)| complete(of));
    (first, whole.map(|(pair, of)| (pair, of.into_values().map(|(difference, _)| difference).collect())).collect())
}

/// What every scenario of a run changes against its comparator, in all figures that the run's tables hold; scenarios under a
/// variant against the comparator under it, after the others.
///
/// # Errors
/// A table that is damaged; a run without another scenario, or one made by a keten that kept no scale.
pub fn effects(run: &Run) -> Result<Effects> {
    let manifest = &run.manifest;
    let at = |what: &str, cure: &str| Error::data(what, cure).in_file(run.folder().display().to_string(), None);
    let experiment = &manifest.config["experiment"];
    let Some(scale) = experiment["scale"].as_f64().filter(|scale| *scale > 0.0) else {
        return Err(at("the manifest has no scale", "run the experiment again").into());
    };
    let rivals = rivals(run);
    if rivals.is_empty() {
        let cure = "add a scenario to the experiment, and run it again";
        return Err(at("its only scenario is its own comparator", cure).into());
    }
    let mut all = Vec::new();
    let mut years = (i64::MAX, i64::MIN);
    for name in ["yearly", "cohorts", "costs"] {
        if !manifest.tables.contains_key(name) {
            continue;
        }
        let measures: Vec<Measure> = MEASURES.into_iter().filter(|measure| measure.source.table() == name).collect();
        let mut columns = vec!["scenario", "draw", "replicate", "city", "year"];
        columns.extend(measures.iter().flat_map(|measure| measure.source.columns()));
        let mut sums = vec![Sums::new(); measures.len()];
        run.scan(name, &columns, |part| {
            for row in 0..part.rows() {
                if let Some(year) = part.cell(row, "year").and_then(Cell::as_int) {
                    years = (years.0.min(year), years.1.max(year));
                }
            }
            add_to(&mut sums, part, &measures);
            Ok(())
        })?;
        all.extend(measures.into_iter().zip(sums));
    }
    let order = |measure: &Measure| MEASURES.iter().position(|other| other.key == measure.key);
    all.sort_by_key(|(measure, _)| order(measure));
    let mut effects = Vec::new();
    for (name, comparator) in &rivals {
        for (measure, sums) in &all {
            for place in [Place::Cities, Place::Exported] {
                let of = |scenario: &str| -> BTreeMap<(i64, i64), f64> {
                    let all = sums.get(scenario).into_iter().flatten().filter(|((own, _), _)| *own == place);
                    all.map(|((_, pair), value)| (*pair, *value)).collect()
                };
                effects.extend(effect(name, measure, place, [&of(comparator), &of(name)], scale, design(run)));
            }
        }
    }
    let comparator = rivals.first().map(|(_, comparator)| comparator.clone()).unwrap_or_default();
    Ok(Effects { comparator, years, effects })
}

/// The difference between two scenarios in one figure; nothing where no pair has any of it.
fn effect(
    scenario: &str,
    measure: &Measure,
    place: Place,
    [base, own]: [&BTreeMap<Pair, f64>; 2],
    scale: f64,
    design: Design,
) -> Option<Effect> {
    let units: BTreeMap<Pair, (f64, f64)> =
        base.iter().filter_map(|(pair, value)| Some((*pair, (value / scale, own.get(pair)? / scale)))).collect();
    if units.values().all(|(base, own)| *base == 0.0 && *own == 0.0) {
        return None;
    }
    let drawn = units.keys().map(|(draw, _)| draw).collect::<BTreeSet<_>>().len() > 1;
    let values = |of: fn(&(f64, f64)) -> f64| units.iter().map(|(pair, both)| (*pair, of(both))).collect();
    let differences: BTreeMap<Pair, f64> = values(|(base, own)| own - base);
    let mean = Mean::of(&differences, design)?;
    let by_pair = means(&differences, if drawn { |pair| pair.0 } else { |pair| pair.1 });
    let lower = by_pair.iter().filter(|difference| **difference < 0.0).count();
    Some(Effect {
        scenario: scenario.to_owned(),
        measure: measure.key,
        unit: measure.unit,
        record: measure.record,
        place,
        comparator: Mean::of(&values(|(base, _)| *base), design)?.mean,
        difference: mean.mean,
        error: mean.error,
        limits: mean.range,
        interval: if drawn { Interval::Draws } else { Interval::Mean },
        lower: lower as f64 / by_pair.len() as f64,
        pairs: by_pair.len(),
        units,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_share_their_luck_and_replicates_of_a_draw_are_averaged() {
        let measure = MEASURES[0];
        let base = BTreeMap::from([((1, 1), 10.0), ((1, 2), 20.0), ((2, 1), 30.0), ((2, 2), 40.0)]);
        let own = BTreeMap::from([((1, 1), 8.0), ((1, 2), 18.0), ((2, 1), 26.0), ((2, 2), 36.0)]);
        let found = effect("x", &measure, Place::Cities, [&base, &own], 0.5, Design::Nested).expect("pairs");
        assert_eq!((found.pairs, found.interval, found.lower), (2, Interval::Draws, 1.0));
        assert_eq!((found.comparator, found.difference), (50.0, -6.0));
        // Differences of the two draws are -4 and -8.
        assert!((found.error.expect("two draws") - 2.0).abs() < 1e-12);
    }

    #[test]
    fn what_a_table_withholds_in_any_year_is_withheld_and_no_zero() {
        let of = |second: f64| BTreeMap::from([((0, 1), 3.0), ((0, 2), second)]);
        let [whole, part] = [4.0, f64::NAN].map(of);
        let found = |base, own| effect("x", &MEASURES[0], Place::Cities, [base, own], 1.0, Design::Nested);
        assert_eq!(found(&whole, &part).map(|it| it.withheld()), Some(true));
        assert_eq!(found(&part, &whole).map(|it| it.withheld()), Some(true));
        assert_eq!(found(&whole, &whole).map(|it| it.withheld()), Some(false));
    }

    #[test]
    fn what_is_nowhere_has_no_effect() {
        let zero = BTreeMap::from([((0, 1), 0.0)]);
        assert_eq!(effect("x", &MEASURES[0], Place::Exported, [&zero, &zero], 1.0, Design::Nested), None);
    }
}

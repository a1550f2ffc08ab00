//! The same persons under two scenarios: the table `lives` of a run, read pair by pair.

mod matching;
mod populations;
mod tally;

use std::collections::BTreeMap;

use serde::Serialize;

pub(super) use populations::Populations;
pub use tally::Tally;

use super::lives::{self, Aggregate, KinGroup, PairedLives, PersonLife};
use super::spending::{Bills, Spending};
use super::{design, rivals};
use crate::error::Result;
use crate::stats::pairs::{Mean, Pair};
use crate::store::Run;
use crate::tables::Table;
use matching::{completed, find, health, tallied};
use populations::{PersonRow, damaged};

/// Effects of a scenario on persons who exist in both scenarios, relative to its comparator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Persons {
    /// Scenario.
    pub scenario: String,
    /// Its comparator.
    pub comparator: String,
    /// Counts by stratum, in simulated persons.
    pub aggregate: Aggregate,
    /// Whether health is that of a closed cohort: persons enrolled within the window of enrolment, their children and
    /// grandchildren. Otherwise it is that of all persons.
    pub of_cohort: bool,
    /// Health saved by persons of both scenarios, by discounting rule, in simulated QALY, and in DALY.
    pub health: Vec<(HealthMeasure, Mean)>,
    /// The same for every pair of draw and replicate.
    pub health_by_pair: BTreeMap<Pair, [f64; 6]>,
    /// Additional spending on the same persons and their partners; empty when the run has no table `life_costs`.
    #[serde(skip)]
    pub spent_by_pair: BTreeMap<Pair, Spending>,
}

/// Measures of health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthMeasure {
    /// Not discounted.
    Plain,
    /// Discounted at 1.5 % a year.
    Zin,
    /// Discounted at 2.25 % a year.
    Mkba,
    /// Discounted at 1.5 % a year, without the weights of ongoing violence, which are assumptions.
    ZinWithoutAbuse,
    /// DALY, not discounted.
    Daly,
    /// DALY, discounted at 1.5 % a year.
    DalyZin,
}

impl HealthMeasure {
    /// All, in the order of [`Persons::health_by_pair`].
    pub const ALL: [HealthMeasure; 6] = [
        HealthMeasure::Plain,
        HealthMeasure::Zin,
        HealthMeasure::Mkba,
        HealthMeasure::ZinWithoutAbuse,
        HealthMeasure::Daly,
        HealthMeasure::DalyZin,
    ];
}

/// Results from the table `lives` of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct SamePersons {
    /// Names of the places, by the number used for persons.
    pub cities: Vec<String>,
    /// Effects of every scenario, in the order of the run; scenarios under a variant are left out.
    pub scenarios: Vec<Persons>,
    /// Whether health and costs are those of a closed cohort.
    pub of_cohort: bool,
    /// By scenario, including those under a variant, and pair: counts per person.
    pub tallies: BTreeMap<String, BTreeMap<Pair, Tally>>,
}

/// Comparison of the same persons in two scenarios of one draw and replicate.
struct Compared {
    tally: Tally,
    /// The paired comparison, and health saved in the order of [`HealthMeasure::ALL`]; `None` under a variant.
    whole: Option<(PairedLives, [f64; 6])>,
}

/// The comparisons of a run, and the tables that they are made from.
struct Comparing<'a> {
    run: &'a Run,
    populations: Populations<'a>,
    bills: Option<Bills<'a>>,
    /// The scenarios by comparator.
    by_comparator: BTreeMap<&'a str, Vec<&'a str>>,
    of_cohort: bool,
}

/// The persons of a scenario with what was spent on them.
struct ScenarioPopulation {
    rows: Vec<PersonRow>,
    /// `None` without the table `life_costs`.
    bill: Option<Table>,
}

impl<'a> Comparing<'a> {
    fn of(run: &'a Run, rivals: &'a [(String, String)]) -> Result<Comparing<'a>> {
        let mut by_comparator: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, comparator) in rivals {
            by_comparator.entry(comparator).or_default().push(name);
        }
        let of_cohort = run.recorded.enrolment.is_some();
        let (populations, bills) = (Populations::of(run)?, Bills::of(run)?);
        Ok(Comparing { run, populations, bills, by_comparator, of_cohort })
    }

    /// A scenario in a draw and replicate; `None` if not in the plan.
    fn population(&self, scenario: &str, pair: Pair) -> Result<Option<ScenarioPopulation>> {
        let Some(rows) = self.populations.read(scenario, pair)? else { return Ok(None) };
        let place = self.bills.as_ref().zip(self.populations.place(scenario, pair));
        let bill = place.map(|(bills, place)| bills.read(place)).transpose()?;
        Ok(Some(ScenarioPopulation { rows, bill }))
    }

    /// All scenarios of a draw and replicate that have a comparator.
    fn pair(&self, pair: Pair) -> Result<Vec<(String, Compared)>> {
        let mut found = Vec::new();
        for (comparator, names) in &self.by_comparator {
            let Some(before) = self.population(comparator, pair)? else { continue };
            for name in names {
                let Some(after) = self.population(name, pair)? else { continue };
                found.push(((*name).to_owned(), self.compared(name, &before, &after)?));
            }
        }
        Ok(found)
    }

    /// A scenario relative to its comparator.
    fn compared(&self, name: &str, base: &ScenarioPopulation, own: &ScenarioPopulation) -> Result<Compared> {
        let (before, after) = completed(&base.rows, &own.rows);
        let plain = |rows: &[PersonRow]| rows.iter().map(|row| row.life).collect::<Vec<PersonLife>>();
        let (lives_own, lives_base) = (plain(&after), plain(&before));
        let counts = |life: &PersonLife| !self.of_cohort || lives::group(&lives_own, life) != KinGroup::Other;
        let of_key = |key: i64| match [&before, &after].map(|rows| find(rows, key)) {
            // A person without any row exists in every scenario, and hardly belongs to a cohort: at most a child born
            // before the first month to an enrolled person, without any event.
            [None, None] => !self.of_cohort,
            [Some(_), Some(row)] => counts(&row.life),
            _ => false,
        };
        let both = base.bill.as_ref().zip(own.bill.as_ref());
        let spent = self.bills.as_ref().zip(both).map(|(bills, (base, own))| bills.compare([base, own], of_key));
        let tally = Tally { spent: spent.transpose()?, ..tallied(&before, &after, counts) };
        let whole = if name.contains('@') {
            None
        } else {
            let lives = lives::paired(&lives_base, &lives_own, self.run.recorded.months());
            let lives = lives.map_err(|fault| damaged(self.run, &fault.to_string()))?;
            Some((lives, health(&before, &after, counts)))
        };
        Ok(Compared { tally, whole })
    }
}

/// Effects of every scenario of a run on persons in both; `None` when the run has no table `lives`.
///
/// # Errors
/// A damaged table, or one with the same person twice.
pub fn persons(run: &Run) -> Result<Option<SamePersons>> {
    let rivals: Vec<(String, String)> = rivals(run);
    if rivals.is_empty() || !run.has("lives") {
        return Ok(None);
    }
    let comparing = Comparing::of(run, &rivals)?;
    // Pair by pair, so that no more populations are in memory than necessary.
    let compared = comparing.populations.each_pair(|pair| comparing.pair(pair))?;
    let mut found: BTreeMap<String, BTreeMap<Pair, (PairedLives, [f64; 6])>> = BTreeMap::new();
    let mut tallies: BTreeMap<String, BTreeMap<Pair, Tally>> = BTreeMap::new();
    for (pair, all) in compared {
        for (name, Compared { tally, whole }) in all {
            if let Some(whole) = whole {
                found.entry(name.clone()).or_default().insert(pair, whole);
            }
            tallies.entry(name).or_default().insert(pair, tally);
        }
    }
    let (cities, of_cohort) = (comparing.populations.cities(), comparing.of_cohort);
    let mut scenarios = Vec::new();
    for (scenario, comparator) in &rivals {
        let Some(pairs) = found.remove(scenario) else { continue };
        let spent = tallies.get(scenario).into_iter().flatten();
        let spent_by_pair = spent.filter_map(|(pair, tally)| Some((*pair, tally.spent.clone()?))).collect();
        let found = Persons::of(run, [scenario, comparator], pairs);
        scenarios.extend(found.map(|persons| Persons { of_cohort, spent_by_pair, ..persons }));
    }
    Ok(Some(SamePersons { cities, scenarios, of_cohort, tallies }))
}

impl Persons {
    /// Means over pairs; `None` without pairs.
    fn of(
        run: &Run,
        [scenario, comparator]: [&String; 2],
        pairs: BTreeMap<Pair, (PairedLives, [f64; 6])>,
    ) -> Option<Persons> {
        let (mut health_by_pair, mut lives) = (BTreeMap::new(), BTreeMap::new());
        for (pair, (of, saved)) in pairs {
            health_by_pair.insert(pair, saved);
            lives.insert(pair, of);
        }
        let design = design(run).of(lives.keys());
        let aggregate = lives::aggregate(&lives, design)?;
        let mean = |index: usize| {
            let values = health_by_pair.iter().map(|(pair, saved)| (*pair, saved[index])).collect();
            Mean::of(&values, design)
        };
        let health =
            HealthMeasure::ALL.into_iter().zip(0..).filter_map(|(of, index)| Some((of, mean(index)?))).collect();
        Some(Persons {
            scenario: scenario.clone(),
            comparator: comparator.clone(),
            aggregate,
            of_cohort: false,
            health,
            health_by_pair,
            spent_by_pair: BTreeMap::new(),
        })
    }
}

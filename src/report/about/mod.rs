//! The data of a report: read from a run once, before any section is built.

mod lookup;
mod tables;
pub(in crate::report) mod wording;

use std::collections::{BTreeMap, BTreeSet};

use super::city;
use super::numbers::Numbers;
use super::request::ReportRequest;
use super::words::Words;
use crate::analysis::benchmark::{self, Benchmark};
use crate::analysis::evaluation::{
    self, Accounts, ENOUGH_DRAWS, Evaluation, Influence, LineWorth, MANY_DRAWS, MARKS, Perspective,
};
use crate::analysis::places::{self, ProviderUse};
use crate::analysis::recurrence::{Recurrence, recurrence};
use crate::analysis::selection::{SelectionRules, selection};
use crate::analysis::{
    Observed, Persons, ScenarioEffects, effects_among,
    generations::{self, Generations},
    observed, persons,
};
use crate::economics::Parameters;
use crate::error::Result;
use crate::money::Discounting;
use crate::store::Run;
use crate::tables::Table;
use tables::at_thirty;
pub(in crate::report) use tables::{COHORTS_AGE, blocks_or_fault, mean_of, range, range_of, rows_where};

/// Number of parameters for which the value of research is computed.
const VALUED: usize = 12;
/// Willingness to pay for results at a single value, in euro per QALY.
pub(in crate::report) const WTP: f64 = MARKS[1];

/// A run with the results derived from it.
#[derive(Debug)]
pub(in crate::report) struct About<'a> {
    /// The run.
    pub(in crate::report) run: &'a Run,
    /// The user's request.
    pub(in crate::report) request: &'a ReportRequest,
    /// The words.
    pub(in crate::report) words: Words,
    /// The numbers.
    pub(in crate::report) numbers: Numbers,
    /// Simulated persons per real person.
    pub(in crate::report) scale: f64,
    /// First and last year.
    pub(in crate::report) years: (i64, i64),
    /// Index of the comparator.
    pub(in crate::report) comparator: usize,
    /// Parameter draws; 0 for central values.
    pub(in crate::report) draws: usize,
    /// Replicates.
    pub(in crate::report) replicates: usize,
    /// Differences; `None` with a single scenario.
    pub(in crate::report) effects: Option<ScenarioEffects>,
    /// Money and health; `None` without the table.
    pub(in crate::report) accounts: Option<Accounts>,
    /// Evaluations by discounting rule and perspective; empty with too few draws.
    pub(in crate::report) evaluations: BTreeMap<(Discounting, Perspective), Evaluation>,
    /// Parameters as drawn.
    pub(in crate::report) parameters: Option<Parameters>,
    /// Influence of parameters on net benefit, by scenario.
    pub(in crate::report) influences: BTreeMap<usize, Vec<Influence>>,
    /// Upper bounds of the value of lines of research; empty with too few draws.
    pub(in crate::report) research: Vec<LineWorth>,
    /// Shelters and programmes; `None` without the table.
    pub(in crate::report) providers: Option<Vec<ProviderUse>>,
    /// Coverage of the lifetime risk of persons born in the years simulated; `None` if unknown.
    pub(in crate::report) observed: Option<Observed>,
    /// Performance of the eligibility rules of measures; `None` without the table, or with less than five years of
    /// follow-up.
    pub(in crate::report) rules: Option<SelectionRules>,
    /// Recurrence of violence after each route through a service; `None` without the table.
    pub(in crate::report) recurrence: Option<Vec<Recurrence>>,
    /// Comparison of the same persons in two scenarios; `None` without the table.
    pub(in crate::report) persons: Option<Vec<Persons>>,
    /// The generational reproduction number; `None` if unknown.
    pub(in crate::report) generations: Option<Generations>,
    /// The cities side by side, also in a report about one; `None` without the table.
    pub(in crate::report) benchmark: Option<Benchmark>,
    /// Names of the places of persons, by number.
    pub(in crate::report) cities: Vec<String>,
    /// The evaluation without health weights that are assumptions.
    pub(in crate::report) without_assumed: Option<Evaluation>,
    tables: BTreeMap<&'static str, Table>,
}

impl<'a> About<'a> {
    /// Reads a run.
    ///
    /// # Errors
    /// A damaged table.
    pub(in crate::report) fn new(run: &'a Run, request: &'a ReportRequest) -> Result<About<'a>> {
        let (manifest, recorded) = (&run.manifest, &run.recorded);
        let has = |name: &str| run.has(name);
        let mut tables = BTreeMap::new();
        for name in ["yearly", "transmission", "lineages", "fit", "help"] {
            if has(name) {
                tables.insert(name, run.table(name)?);
            }
        }
        if has("cohorts") {
            tables.insert("cohorts", at_thirty(run)?);
        }
        let names = manifest.scenarios.iter().map(|scenario| scenario.name.as_str());
        let names: Vec<&str> = names.filter(|name| recorded.is_measure(name)).collect();
        let comparator = names.iter().position(|own| *own == recorded.comparator).unwrap_or(0);
        let draws: BTreeSet<u32> = manifest.plan.iter().map(|place| place.draw).filter(|draw| *draw > 0).collect();
        let replicates: BTreeSet<u32> = manifest.plan.iter().map(|place| place.replicate).collect();
        let same = if names.len() > 1 { persons(run)? } else { None };
        let effects = if names.len() > 1 { Some(effects_among(run, same.as_ref())?) } else { None };
        let (cities, persons) = same.map_or((Vec::new(), None), |same| (same.cities, Some(same.scenarios)));
        let accounts = if has("costs") { Some(evaluation::accounts(run)?) } else { None };
        let with = |accounts: &Accounts, without_assumed: bool| {
            persons.as_ref().map(|persons| accounts.with_lives(persons, without_assumed))
        };
        let rest = accounts.as_ref().and_then(|accounts| with(accounts, true));
        let accounts = accounts.map(|accounts| with(&accounts, false).unwrap_or(accounts));
        let (first, last) = recorded.years();
        let mut it = About {
            run,
            request,
            words: words_of(run, request)?,
            numbers: Numbers(request.language),
            scale: recorded.scale,
            years: (i64::from(first), i64::from(last)),
            comparator,
            draws: draws.len(),
            replicates: replicates.len().max(1),
            effects,
            accounts,
            evaluations: BTreeMap::new(),
            parameters: None,
            influences: BTreeMap::new(),
            research: Vec::new(),
            providers: if has("capacity") { Some(places::places(run)?) } else { None },
            observed: observed(run)?,
            rules: selection(run)?,
            recurrence: recurrence(run)?,
            generations: generations::generations(run)?,
            benchmark: benchmark::benchmark(run)?,
            cities,
            persons,
            without_assumed: None,
            tables,
        };
        if let Some(rest) = rest.filter(|rest| rest.draws().len() >= ENOUGH_DRAWS) {
            it.without_assumed = evaluation::evaluate(&rest, Discounting::Zin2024, Perspective::Societal).ok();
        }
        it.evaluate();
        Ok(it)
    }

    /// Applies another request, for example another language, to all further output.
    ///
    /// # Errors
    /// As [`Words::new`].
    pub(in crate::report) fn speak(&mut self, request: &'a ReportRequest) -> Result<()> {
        self.request = request;
        self.words = words_of(self.run, request)?;
        self.numbers = Numbers(request.language);
        Ok(())
    }

    /// Runs the evaluations that the number of scenarios and draws allows; those that fail are left out.
    fn evaluate(&mut self) {
        let Some(accounts) = &self.accounts else { return };
        let draws = accounts.draws();
        self.parameters = evaluation::drawn(&self.run.manifest, &draws).ok();
        if draws.len() < ENOUGH_DRAWS {
            return;
        }
        for rule in Discounting::ALL {
            for perspective in Perspective::all() {
                if let Ok(found) = evaluation::evaluate(accounts, rule, perspective) {
                    self.evaluations.insert((rule, perspective), found);
                }
            }
        }
        let (Some(main), Some(parameters)) = (self.evaluation(), &self.parameters) else { return };
        let valued = if draws.len() >= MANY_DRAWS { VALUED } else { 0 };
        let others = (0..accounts.scenarios.len()).filter(|at| *at != accounts.comparator);
        let found = others
            .filter_map(|at| Some((at, evaluation::influences(main, parameters, at, WTP, valued).ok()?)))
            .collect();
        let found: BTreeMap<usize, Vec<Influence>> = found;
        let research = if draws.len() >= MANY_DRAWS {
            evaluation::research_lines(main, parameters, &found, WTP).unwrap_or_default()
        } else {
            Vec::new()
        };
        self.influences = found;
        self.research = research;
    }

    /// The main evaluation: the guideline in force, societal perspective.
    pub(in crate::report) fn evaluation(&self) -> Option<&Evaluation> {
        self.evaluations.get(&(Discounting::Zin2024, Perspective::Societal))
    }

    /// The city that the report is about; `None` for all cities together.
    pub(in crate::report) fn city(&self) -> Option<&str> {
        self.run.city()
    }

    /// A table of the run.
    pub(in crate::report) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Names of the scenarios in order.
    pub(in crate::report) fn names(&self) -> Vec<&str> {
        let names = self.run.manifest.scenarios.iter().map(|scenario| scenario.name.as_str());
        names.filter(|name| self.run.recorded.is_measure(name)).collect()
    }

    /// Names of the scenarios except the comparator.
    pub(in crate::report) fn others(&self) -> Vec<&str> {
        self.names().into_iter().enumerate().filter(|(at, _)| *at != self.comparator).map(|(_, name)| name).collect()
    }

    /// Name of the comparator.
    pub(in crate::report) fn base(&self) -> &str {
        self.names().get(self.comparator).copied().unwrap_or_default()
    }
}

/// The texts of a request, for the city that a run is seen from.
fn words_of(run: &Run, request: &ReportRequest) -> Result<Words> {
    let words = Words::new(request.language)?;
    Ok(match run.city() {
        Some(of) => city::words(request.language, of, words),
        None => words,
    })
}

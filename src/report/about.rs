//! The data of a report: read from a run once, before any section is built.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::numbers::{FEWEST, Numbers};
use super::request::Request;
use super::view::Block;
use super::words::{Language, Words, capital};
use crate::analysis::evaluation::{
    self, Accounts, ENOUGH_DRAWS, Evaluation, Influence, LineWorth, MANY_DRAWS, MARKS, Perspective,
};
use crate::analysis::places::{self, Provider};
use crate::analysis::selection::{Rules, selection};
use crate::analysis::{
    Among, Effect, Effects, Observed, Persons, Place, Reach, effects_among,
    figures::Figure,
    generations::{self, Generations},
    observed, persons,
};
use crate::economics::{Evppi, Parameters};
use crate::error::Result;
use crate::money::Discounting;
use crate::stats::pairs::Sides;
use crate::store::{Labels, Run};
use crate::table::{Cell, Table};

/// Age at which results of cohorts are reported.
pub(super) const COHORTS_AGE: i64 = 30;
/// With fewer simulations than this, their number is printed instead of a percentage.
const FEW_DRAWS: usize = 20;
/// Number of parameters for which the value of research is computed.
const VALUED: usize = 12;
/// Willingness to pay for results at a single value, in euro per QALY.
pub(super) const WTP: f64 = MARKS[1];
/// Parts of parameter keys that denote a place in the file and do not describe the parameter.
pub(super) const UNTOLD: [&str; 3] = ["programme", "costs", "everywhere"];

/// A run with the results derived from it.
#[derive(Debug)]
pub(super) struct About<'a> {
    /// The run.
    pub(super) run: &'a Run,
    /// The user's request.
    pub(super) request: &'a Request,
    /// The words.
    pub(super) words: Words,
    /// The numbers.
    pub(super) numbers: Numbers,
    /// Simulated persons per real person.
    pub(super) scale: f64,
    /// First and last year.
    pub(super) years: (i64, i64),
    /// Index of the comparator.
    pub(super) comparator: usize,
    /// Parameter draws; 0 for central values.
    pub(super) draws: usize,
    /// Replicates.
    pub(super) replicates: usize,
    /// Differences; `None` with a single scenario.
    pub(super) effects: Option<Effects>,
    /// Money and health; `None` without the table.
    pub(super) accounts: Option<Accounts>,
    /// Evaluations by discounting rule and perspective; empty with too few draws.
    pub(super) evaluations: BTreeMap<(Discounting, Perspective), Evaluation>,
    /// Parameters as drawn.
    pub(super) parameters: Option<Parameters>,
    /// Influence of parameters on net benefit, by scenario.
    pub(super) influences: BTreeMap<usize, Vec<Influence>>,
    /// Upper bounds of the value of lines of research; empty with too few draws.
    pub(super) research: Vec<LineWorth>,
    /// Shelters and programmes; `None` without the table.
    pub(super) providers: Option<Vec<Provider>>,
    /// Coverage of the lifetime risk of persons born in the years simulated; `None` if unknown.
    pub(super) observed: Option<Observed>,
    /// Performance of the eligibility rules of measures; `None` without the table, or with less than five years of
    /// follow-up.
    pub(super) rules: Option<Rules>,
    /// Comparison of the same persons in two scenarios; `None` without the table.
    pub(super) persons: Option<Vec<Persons>>,
    /// The generational reproduction number; `None` if unknown.
    pub(super) generations: Option<Generations>,
    /// Names of the places of persons, by number.
    pub(super) cities: Vec<String>,
    /// The evaluation without health weights that are assumptions.
    pub(super) without_assumed: Option<Evaluation>,
    tables: BTreeMap<&'static str, Table>,
}

impl<'a> About<'a> {
    /// Reads a run.
    ///
    /// # Errors
    /// A damaged table.
    pub(super) fn new(run: &'a Run, request: &'a Request) -> Result<About<'a>> {
        let (manifest, recorded) = (&run.manifest, &run.recorded);
        let has = |name: &str| manifest.tables.contains_key(name);
        let mut tables = BTreeMap::new();
        for name in ["yearly", "transmission", "lineages", "fit"] {
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
            words: Words::new(request.language)?,
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
            generations: generations::generations(run)?,
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
    pub(super) fn speak(&mut self, request: &'a Request) -> Result<()> {
        self.request = request;
        self.words = Words::new(request.language)?;
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
    pub(super) fn evaluation(&self) -> Option<&Evaluation> {
        self.evaluations.get(&(Discounting::Zin2024, Perspective::Societal))
    }

    /// A table of the run.
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Display name of a scenario.
    pub(super) fn label(&self, name: &str) -> String {
        let scenario = self.run.recorded.scenarios.iter().find(|scenario| scenario.name == name);
        scenario.map_or_else(|| readable(name), |scenario| self.called(&scenario.labels, name))
    }

    /// Display name of a scenario or variant of the experiment, in the language of the report if available.
    pub(super) fn called(&self, labels: &Labels, name: &str) -> String {
        let own = labels.label_nl.as_ref().filter(|_| self.request.language == Language::Nl);
        own.or(labels.label.as_ref()).map_or_else(|| readable(name), Clone::clone)
    }

    /// Title of the run.
    pub(super) fn title(&self) -> String {
        let dutch = self.run.recorded.title_nl.as_ref().filter(|_| self.request.language == Language::Nl);
        dutch.unwrap_or(&self.run.manifest.title).clone()
    }

    /// Names of the scenarios in order.
    pub(super) fn names(&self) -> Vec<&str> {
        let names = self.run.manifest.scenarios.iter().map(|scenario| scenario.name.as_str());
        names.filter(|name| self.run.recorded.is_measure(name)).collect()
    }

    /// Names of the scenarios except the comparator.
    pub(super) fn others(&self) -> Vec<&str> {
        self.names().into_iter().enumerate().filter(|(at, _)| *at != self.comparator).map(|(_, name)| name).collect()
    }

    /// Name of the comparator.
    pub(super) fn base(&self) -> &str {
        self.names().get(self.comparator).copied().unwrap_or_default()
    }

    /// A difference. Differences counted among persons wherever they live represent the cities.
    pub(super) fn effect(&self, scenario: &str, measure: &str, place: Place) -> Option<&Effect> {
        let there = |effect: &Effect| (effect.place == Place::Exported) == (place == Place::Exported);
        let wanted = |effect: &&Effect| effect.scenario == scenario && effect.measure == measure && there(effect);
        self.effects.as_ref()?.effects.iter().find(wanted)
    }

    /// Differences of a figure at all places of the run.
    pub(super) fn effects_of(&self, scenario: &str, measure: &str) -> impl Iterator<Item = &Effect> {
        let all = self.effects.iter().flat_map(|effects| &effects.effects);
        all.filter(move |effect| effect.scenario == scenario && effect.measure == measure)
    }

    /// Persons reached by the measures of a scenario.
    pub(super) fn reach(&self, scenario: &str) -> Option<&Reach> {
        self.effects.as_ref()?.reach(scenario)
    }

    /// Name of a figure.
    pub(super) fn figure(&self, key: &str) -> String {
        let of = usize::from(self.request.language == Language::Nl);
        Figure::named(key).map_or_else(|| key.replace('_', " "), |figure| figure.words[of].to_owned())
    }

    /// Among whom a difference is counted.
    pub(super) fn among(&self, effect: &Effect) -> String {
        self.words.get(match (effect.measure, effect.among) {
            ("births", _) => "effect.among_births",
            (_, Among::BothWorlds) => "effect.among_both",
            (_, Among::Cohort) => "effect.among_cohort",
            (_, Among::Everybody) => "effect.among_everybody",
        })
    }

    /// Place of a difference.
    pub(super) fn place(&self, effect: &Effect) -> String {
        self.words.get(match effect.place {
            Place::Cities => "effect.cities",
            Place::Exported => "effect.exported",
            Place::Followed => "effect.followed",
        })
    }

    /// Whether persons were matched between scenarios, so that children born in only one of them do not affect
    /// differences.
    pub(super) fn tells_persons_apart(&self) -> bool {
        let all = self.effects.iter().flat_map(|effects| &effects.effects);
        all.into_iter().any(|effect| effect.among != Among::Everybody)
    }

    /// Whether births may differ between a scenario and its comparator: false if all simulations have equal numbers.
    pub(super) fn births_differ(&self, scenario: &str) -> bool {
        let mut all = self.effects_of(scenario, "births").peekable();
        all.peek().is_none() || all.any(|effect| effect.sides.equal < effect.pairs)
    }

    /// Number of simulations in which a figure is lower, equal and higher; in percent unless there are few.
    pub(super) fn sides(&self, sides: Sides) -> String {
        let [lower, equal, higher] = self.three(sides);
        let all = sides.all().to_string();
        let of = [("lower", &*lower), ("equal", &equal), ("higher", &higher), ("all", &all)];
        let few = sides.all() < FEW_DRAWS;
        self.words.say(if few { "effect.sides_of" } else { "effect.sides" }, &of)
    }

    /// The same for a table cell.
    pub(super) fn sides_cell(&self, sides: Sides) -> String {
        self.three(sides).join(" / ")
    }

    fn three(&self, sides: Sides) -> [String; 3] {
        if sides.all() < FEW_DRAWS {
            return [sides.lower, sides.equal, sides.higher].map(|count| count.to_string());
        }
        // The absence of ties is known from the draws; the other values are estimated probabilities.
        let [lower, equal, higher] = sides.shares();
        let tie =
            if sides.equal == 0 { self.numbers.percents(0).write(0.0) } else { self.chance_of(equal, sides.all()) };
        [self.chance_of(lower, sides.all()), tie, self.chance_of(higher, sides.all())]
    }

    /// A probability as a proportion of draws, which cannot distinguish none from few, nor all from most.
    pub(super) fn chance(&self, share: f64) -> String {
        self.chance_of(share, self.draws)
    }

    /// The same as a proportion of a number of draws, or replicates.
    fn chance_of(&self, share: f64, number: usize) -> String {
        let least = 1.0 / number.max(1) as f64;
        let whole = |share: f64| self.numbers.percents(0).write(share);
        if share < least {
            self.words.say("value.under", &[("share", &whole(least))])
        } else if share > 1.0 - least {
            self.words.say("value.over", &[("share", &whole(1.0 - least))])
        } else {
            whole(share)
        }
    }

    /// Index of the style of a scenario in charts: measures in order, as in the cost-effectiveness plane, and the
    /// comparator last.
    pub(super) fn look(&self, name: &str) -> Option<usize> {
        let others = self.others();
        Some(others.iter().position(|own| *own == name).unwrap_or(others.len()))
    }

    /// Block that replaces the results of a missing table.
    pub(super) fn missing(&self, table: &str) -> Block {
        Block::missing(self.words.say("missing.table", &[("table", table)]))
    }

    /// Block that replaces differences.
    pub(super) fn single(&self) -> Block {
        Block::missing(self.words.get(if self.takes_away() { "missing.measure" } else { "missing.scenario" }))
    }

    /// Value of perfect information on each parameter, the largest first; the same for all scenarios.
    pub(super) fn worth(&self) -> Vec<(&str, Evppi)> {
        let mut worth: BTreeMap<&str, Evppi> = BTreeMap::new();
        for it in self.influences.values().flatten() {
            worth.extend(it.value.map(|value| (it.bar.param.as_str(), value)));
        }
        let mut worth: Vec<(&str, Evppi)> = worth.into_iter().collect();
        worth.sort_by(|a, b| b.1.corrected.total_cmp(&a.1.corrected));
        worth
    }

    /// Meaning of a range of differences in this run.
    pub(super) fn range_is(&self) -> String {
        self.words.get(if self.draws > 1 { "effect.range_draws" } else { "effect.range_mean" })
    }

    /// Meaning of a range, and of a draw if it is a range of draws; to be stated once.
    pub(super) fn range_explained(&self) -> String {
        let draws = (self.draws > 1).then(|| self.words.get("effect.of_draws"));
        std::iter::once(self.range_is()).chain(draws).collect::<Vec<_>>().join(" ")
    }

    /// The last year in which measures enrol people.
    pub(super) fn last_of_measures(&self) -> i64 {
        let (first, last) = self.years;
        self.run.recorded.enrolment.map_or(last, |window| i64::from(window.until.year).clamp(first, last))
    }

    /// Whether the scenarios other than the comparator only remove causation in order to measure it, and none is a
    /// measure.
    pub(super) fn takes_away(&self) -> bool {
        self.effects.is_none() && self.run.manifest.scenarios.len() > 1
    }

    /// The generational reproduction number, if enough parents were simulated to show it.
    pub(super) fn reproduction(&self) -> Option<&Generations> {
        self.generations.as_ref().filter(|found| found.counted >= FEWEST)
    }

    /// A range of ratios or small numbers as text.
    pub(super) fn limits(&self, (low, high): (f64, f64)) -> String {
        let of = [("low", &*self.numbers.about(low)), ("high", &self.numbers.about(high))];
        self.words.say("effect.limits", &of)
    }

    /// Text for a key that consists of a stem and data; the data itself, made readable, if the catalog has no text.
    pub(super) fn of(&self, stem: &str, word: &str) -> String {
        let key = format!("{stem}.{word}");
        self.words.known(&key).unwrap_or_else(|| word.replace(['_', '-'], " "))
    }

    /// The range of a proportion as text; `None` if it is uninformative, from 0 to 1.
    pub(super) fn share_limits(&self, (low, high): (f64, f64)) -> Option<String> {
        let ends = [low, high].map(|share| self.numbers.percents(0).write(share.clamp(0.0, 1.0)));
        let all = [0.0, 1.0].map(|share| self.numbers.percents(0).write(share));
        (ends != all).then(|| self.words.say("effect.limits", &[("low", &*ends[0]), ("high", &ends[1])]))
    }

    /// Keys of the measures of a scenario that persons start.
    fn measures_of(&self, scenario: &str) -> &[String] {
        self.reach(scenario).map(|reach| reach.programmes.as_slice()).unwrap_or_default()
    }

    /// The minimum scale at which effects of a scenario can be shown, if that of the run is smaller. At that scale
    /// every city has at least one simulated place of each of its measures with a shortage. Below it, starts are
    /// determined by rounding.
    pub(super) fn needs_scale(&self, scenario: &str) -> Option<f64> {
        let providers = self.providers.as_deref().unwrap_or_default();
        places::needs_scale(providers, scenario, self.measures_of(scenario), self.scale)
    }

    /// For the measure of a scenario with the largest shortage: the proportion of requests with a place, and the
    /// minimum scale for comparable waiting and refusals; `None` if this run has that scale.
    pub(super) fn shortest(&self, scenario: &str) -> Option<(f64, f64)> {
        let providers = self.providers.as_deref().unwrap_or_default();
        places::shortest(providers, scenario, self.measures_of(scenario))
    }

    /// Whether refusals by shelters are comparable to full scale. Without the table `capacity` only full scale is
    /// certain.
    pub(super) fn refusals_hold(&self) -> bool {
        places::refusals_hold(self.providers.as_deref(), self.scale)
    }

    /// Name of a provider: from the catalog, or from the card of the measure.
    pub(super) fn provider(&self, key: &str) -> String {
        let title = if self.request.language == Language::Nl { "dutch" } else { "title" };
        let card = self.run.manifest.model().card(key);
        let known = self.words.known(&format!("provider.{key}"));
        let words = known.or_else(|| card?[title].as_str().or_else(|| card?["title"].as_str()).map(str::to_owned));
        words.unwrap_or_else(|| key.replace('_', " "))
    }

    /// Name of a parameter: each part of its dotted key in the language of the report, or a text for the whole key.
    pub(super) fn parameter(&self, key: &str) -> String {
        if let Some(words) = self.words.known(&format!("path_of.{key}")) {
            return words;
        }
        let names: Vec<&str> = key.split('.').collect();
        let (whose, rest) = match names.as_slice() {
            ["interventions", whose, rest @ ..] | ["chain", "services", whose, rest @ ..] => (Some(*whose), rest),
            rest => (None, rest),
        };
        let told = rest.iter().filter(|name| !UNTOLD.contains(name)).map(|name| self.of("path", name));
        capital(&whose.map(|whose| self.provider(whose)).into_iter().chain(told).collect::<Vec<_>>().join(" › "))
    }

    /// The passport of a parameter in the manifest.
    pub(super) fn passport(&self, key: &str) -> Option<&Value> {
        self.run.manifest.model().entry(key)
    }

    /// Values of a column of `yearly` by year, one per draw and replicate, as simulated.
    pub(super) fn by_year(&self, column: &str, scenario: &str, city: &str) -> BTreeMap<i64, Vec<f64>> {
        let mut values: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        let Some(table) = self.table("yearly") else { return values };
        for row in 0..table.rows() {
            let says = |name: &str, word: &str| table.cell(row, name).and_then(Cell::as_text) == Some(word);
            if says("scenario", scenario) && says("city", city) {
                let year = table.cell(row, "year").and_then(Cell::as_int);
                let value = table.cell(row, column).and_then(Cell::as_float);
                if let (Some(year), Some(value)) = (year, value) {
                    values.entry(year).or_default().push(value);
                }
            }
        }
        values
    }
}

/// A name without the signs that join its words.
fn readable(name: &str) -> String {
    name.replace(['-', '_'], " ")
}

/// The table `cohorts` of the four cities at one age: the whole table is too large for memory.
fn at_thirty(run: &Run) -> Result<Table> {
    let columns = [
        "scenario",
        "draw",
        "replicate",
        "city",
        "birth_year",
        "birthplace",
        "childhood",
        "age",
        "persons",
        "share_ever_used",
    ];
    let mut whole: Option<Table> = None;
    run.scan("cohorts", &columns, |part| {
        let table = whole.get_or_insert_with(|| part.emptied());
        for row in 0..part.rows() {
            let here = part.cell(row, "city") == Some(Cell::Text("G4"));
            if here && part.cell(row, "age") == Some(Cell::Int(COHORTS_AGE)) {
                table.append(part, row..row + 1)?;
            }
        }
        Ok(())
    })?;
    whole.map_or_else(|| run.table("cohorts"), Ok)
}

/// Rows of a table in which columns have the given texts.
pub(super) fn rows_where(table: &Table, says: &[(&str, &str)]) -> Vec<usize> {
    let all =
        |row: &usize| says.iter().all(|(name, word)| table.cell(*row, name).and_then(Cell::as_text) == Some(*word));
    (0..table.rows()).filter(all).collect()
}

/// Mean of a column over rows; `None` when all are empty.
pub(super) fn mean_of(table: &Table, rows: &[usize], column: &str) -> Option<f64> {
    let values: Vec<f64> = rows.iter().filter_map(|row| table.cell(*row, column).and_then(Cell::as_float)).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Minimum and maximum of a column over rows; with forty rows or more, the 2.5 % at each end are left out.
pub(super) fn range_of(table: &Table, rows: &[usize], column: &str) -> Option<(f64, f64)> {
    range(rows.iter().filter_map(|row| table.cell(*row, column).and_then(Cell::as_float)).collect())
}

/// The range of values; with forty values or more, the 2.5 % at each end are left out. `None` with one value.
pub(super) fn range(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let cut = values.len() / 40;
    (values.len() > 1).then(|| (values[cut], values[values.len() - 1 - cut]))
}

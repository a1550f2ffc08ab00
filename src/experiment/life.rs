//! From the founding population to the end: units with a common past are simulated together until they branch.

use std::time::Instant;

use serde_json::{Map, Value as Json};

use crate::chain::SHELTERS;
use crate::engine::{Engine, EngineSettings, Scope, Simulation};
use crate::error::Result;
use crate::experiment::additions::Additions;
use crate::experiment::beside::{Companions, Parted};
use crate::experiment::census::Census;
use crate::experiment::file::Panel;
use crate::experiment::forecast::Costs;
use crate::experiment::groups::{UnitGroup, follower_share};
use crate::experiment::plan::{Plan, Unit};
use crate::experiment::pools::Pools;
use crate::experiment::watch::{Conditions, Doing, Stage};
use crate::founding::{self, FitRow, Founded};
use crate::model::{ModelFile, pricing};
use crate::outcomes::{Entry, FitLine, Inputs, OutcomeSettings, Outcomes, PanelPart, Pathway, Recall, Survey};
use crate::random::Luck;
use crate::store::{Account, Simulated, Timings, peak_memory_bytes};
use crate::tables::{Cell, Table};
use crate::world::{Month, Sex};

/// Callback that stores a finished unit: its tables and metadata.
pub(super) type Keep<'a> = dyn FnMut(&Unit, &[Table], Account) -> Result<()> + 'a;

/// A running simulation with the outcomes that observe it.
#[derive(Clone)]
struct Life {
    simulation: Simulation,
    outcomes: Outcomes,
    census: Census,
    timings: Timings,
    simulated: Simulated,
    /// What a month of it is in the forecast, as a share of a month in full.
    forecast: f64,
    /// Whether it is simulated on when no scenario is left beside it.
    goes_on: bool,
}

/// Simulates units with a common past and passes the tables of each to `keep` when it ends. `additions` are empty in a
/// run.
///
/// # Errors
/// Faults of the model's tables, errors of `keep`, and [`Kind::Interrupted`](crate::error::Kind::Interrupted) when the
/// run was asked to stop.
pub(super) fn live(
    plan: &Plan,
    group: &UnitGroup<'_>,
    pools: &Pools<'_>,
    conditions: &Conditions<'_>,
    additions: &mut Additions<'_>,
    keep: &mut Keep<'_>,
) -> Result<()> {
    let units = &group.units;
    let Some(first) = units.first() else { return Ok(()) };
    let model = plan.model_before(first)?;
    let reference = &plan.experiment.model;
    let file = &plan.experiment.file;
    let luck = Luck::new(file.seed, plan.luck_draw(first), first.replicate);
    let settings = EngineSettings::default();

    let costs = Costs::of(plan);
    let doing = |stage| Doing { stage, scenario: None, draw: first.draw, replicate: first.replicate };
    conditions.go_on()?;
    conditions.watch.doing(&doing(Stage::Pool));
    let began = Instant::now();
    let pool = pools.take(group, || founding::live_pool(&model, reference, luck, settings))?;
    let burn_in_s = began.elapsed().as_secs_f64();
    conditions.watch.worked(costs.pool(group));
    conditions.go_on()?;
    conditions.watch.doing(&doing(Stage::Founding));

    let began = Instant::now();
    let Founded { world, donors, fit } = founding::found_from(&pool, &model, luck, file.scale)?;
    // Released before the months: only groups that have yet to begin keep it in memory.
    drop(pool);
    let enrolment = if first.own_founding { file.enrolment_of(&first.scenario) } else { file.enrolment_of("") };
    let scope = Scope::of_cities(file.scale, donors).enrolling(enrolment);
    let engine = additions.engine(&model, reference, &scope, luck, settings)?;
    let census = Census::of(&world);
    let outcomes = Outcomes::new(&plan.outcomes, outcome_settings(plan, first, &model, &scope, &fit)?);
    let simulation = Simulation::new(world, &engine);
    let timings = Timings { founding_s: began.elapsed().as_secs_f64(), burn_in_s, ..Timings::default() };
    let simulated = Simulated::Full;
    let mut trunk = Life { simulation, outcomes, census, timings, simulated, forecast: 1.0, goes_on: true };
    conditions.watch.worked(costs.founding());
    let mut way = Way { conditions, costs, additions, end: plan.end() };
    let shared = if units.len() > 1 { doing(Stage::Founding) } else { of_unit(first) };

    let mut branches: Vec<(Month, &Unit)> = units.iter().filter_map(|unit| Some((unit.from?, *unit))).collect();
    branches.sort_by_key(|(month, _)| *month);
    let stays = units.iter().find(|unit| unit.from.is_none());
    let mut companions = Companions::default();
    for (month, unit) in branches {
        trunk.until(&engine, month, &mut way, shared, &mut companions, keep)?;
        let began = Instant::now();
        let own = plan.model_after(unit)?;
        let own_scope = scope.clone().enrolling(file.enrolment_of(&unit.scenario));
        let own_engine = way.additions.engine(&own, reference, &own_scope, luck, settings)?;
        let prices = pricing(&own, &own_scope)?;
        let own_settings = |settings: &mut OutcomeSettings| {
            (settings.inputs, settings.pricing) = (inputs(&own), prices);
        };
        if group.follows(unit) {
            let mut outcomes = trunk.outcomes.clone();
            outcomes.change(own_settings);
            let timings = Timings { months_s: began.elapsed().as_secs_f64(), ..Timings::default() };
            companions.add(unit, own_engine, &mut trunk.simulation.world, (outcomes, trunk.census), timings);
            continue;
        }
        let mut branch = trunk.branch();
        branch.turn(&own, &own_engine);
        branch.outcomes.change(own_settings);
        branch.timings.months_s += began.elapsed().as_secs_f64();
        branch.complete(unit, &own_engine, &mut way, keep)?;
    }
    complete_group(trunk, companions, &engine, (stays.copied(), shared), &mut way, keep)
}

/// Simulates the unit `stays` that never branches, if there is one, and those beside it to the end, and stores them;
/// `shared` is what is done for all of them.
fn complete_group(
    mut trunk: Life,
    mut companions: Companions<'_>,
    engine: &Engine,
    (stays, shared): (Option<&Unit>, Doing<'_>),
    way: &mut Way<'_, '_>,
    keep: &mut Keep<'_>,
) -> Result<()> {
    trunk.goes_on = stays.is_some();
    if stays.is_some() || !companions.is_empty() {
        let doing = stays.map_or(shared, of_unit);
        trunk.until(engine, way.end, way, doing, &mut companions, keep)?;
    }
    for completed in companions.complete(&mut trunk.simulation.world) {
        let mut it = completed?;
        way.conditions.watch.doing(&Doing { stage: Stage::Writing, ..of_unit(it.unit) });
        if stays.is_none() {
            it.timings.add(std::mem::take(&mut trunk.timings));
        }
        store(it.unit, &it.tables, it.timings, &it.census, it.simulated, way, keep)?;
    }
    if let Some(unit) = stays {
        trunk.end(unit, way, keep)?;
    }
    Ok(())
}

/// Context of a running simulation.
struct Way<'a, 'o> {
    conditions: &'a Conditions<'a>,
    costs: Costs,
    additions: &'a mut Additions<'o>,
    /// First month that is not simulated.
    end: Month,
}

/// Progress information of a unit after branching.
fn of_unit(unit: &Unit) -> Doing<'_> {
    Doing { stage: Stage::Founding, scenario: Some(&unit.scenario), draw: unit.draw, replicate: unit.replicate }
}

impl Life {
    /// Simulates until the first of a month, with scenarios beside it; ends earlier when nobody needs the rest.
    fn until(
        &mut self,
        engine: &Engine,
        month: Month,
        way: &mut Way<'_, '_>,
        doing: Doing<'_>,
        companions: &mut Companions<'_>,
        keep: &mut Keep<'_>,
    ) -> Result<()> {
        let mut year = None;
        while self.simulation.world.now() < month {
            way.conditions.go_on()?;
            let now = self.simulation.world.now();
            if now.of_year() == 0 {
                self.part(way, companions, keep)?;
            }
            if !self.goes_on && companions.is_empty() {
                let rest: f64 = (now.0..month.0).map(|month| way.costs.month(Month(month))).sum();
                way.conditions.watch.worked(rest * self.forecast);
                return Ok(());
            }
            if year != Some(now.year()) {
                year = Some(now.year());
                way.conditions.watch.doing(&Doing { stage: Stage::Year(now.year()), ..doing });
            }
            let began = Instant::now();
            companions.month(&mut self.simulation, engine, &mut self.outcomes);
            let world = &self.simulation.world;
            self.census.month(world);
            way.additions.observe(world);
            self.timings.months_s += began.elapsed().as_secs_f64();
            let months = self.forecast + companions.share();
            way.conditions.watch.worked(way.costs.month(now) * months);
        }
        Ok(())
    }

    /// Simulates scenarios in full, to their end, that differ in too many rows from this one.
    fn part(&mut self, way: &mut Way<'_, '_>, companions: &mut Companions<'_>, keep: &mut Keep<'_>) -> Result<()> {
        while let Some(parted) = companions.part(&mut self.simulation.world) {
            let Parted { unit, engine, simulation, outcomes, census, mut timings, simulated } = parted;
            if !self.goes_on {
                timings.add(std::mem::take(&mut self.timings));
            }
            let forecast = follower_share(unit.measures);
            let life = Life { simulation, outcomes, census, timings, simulated, forecast, goes_on: true };
            life.complete(unit, &engine, way, keep)?;
        }
        Ok(())
    }

    /// A copy with the same past. The time that the past took is reported once, by the first branch.
    fn branch(&mut self) -> Life {
        let branch = self.clone();
        self.timings = Timings::default();
        branch
    }

    /// Continues under another model from this month on.
    fn turn(&mut self, model: &ModelFile, engine: &Engine) {
        self.simulation.world.set_effect_rules(model.effects.combination, model.effects.in_force);
        self.simulation.rebase(engine);
    }

    /// Simulates a unit to its end and stores it.
    fn complete(mut self, unit: &Unit, engine: &Engine, way: &mut Way<'_, '_>, keep: &mut Keep<'_>) -> Result<()> {
        self.until(engine, way.end, way, of_unit(unit), &mut Companions::default(), keep)?;
        self.end(unit, way, keep)
    }

    fn end(self, unit: &Unit, way: &Way<'_, '_>, keep: &mut Keep<'_>) -> Result<()> {
        way.conditions.watch.doing(&Doing { stage: Stage::Writing, ..of_unit(unit) });
        let Life { simulation, outcomes, census, mut timings, simulated, .. } = self;
        let began = Instant::now();
        let tables = outcomes.finish(&simulation.world)?;
        timings.write_s += began.elapsed().as_secs_f64();
        store(unit, &tables, timings, &census, simulated, way, keep)
    }
}

/// Stores a unit.
fn store(
    unit: &Unit,
    tables: &[Table],
    timings: Timings,
    census: &Census,
    simulated: Simulated,
    way: &Way<'_, '_>,
    keep: &mut Keep<'_>,
) -> Result<()> {
    let account = Account {
        timings,
        simulated: Some(simulated),
        person_months: census.person_months,
        person_months_elsewhere: census.person_months_elsewhere,
        peak_memory_bytes: peak_memory_bytes(),
        achieved: achieved(tables),
    };
    keep(unit, tables, account)?;
    way.conditions.watch.worked(way.costs.unit());
    Ok(())
}

/// Settings of the outcomes of a unit at its start; `fit` are the margins that its founding population achieved.
fn outcome_settings(
    plan: &Plan,
    unit: &Unit,
    model: &ModelFile,
    scope: &Scope,
    fit: &[FitRow],
) -> Result<OutcomeSettings> {
    let file = &plan.experiment.file;
    let services = model.programmes()?;
    let names: Vec<String> = services.iter().map(|service| service.name.clone()).collect();
    Ok(OutcomeSettings {
        draw: unit.draw,
        replicate: unit.replicate,
        panel_size: file.panel.size,
        panel_part: PanelPart { years: file.panel.years, born: file.panel.born, entry: entry(&file.panel, &names) },
        expected_population: model.populations()?.iter().sum::<f64>() * file.scale,
        scale: file.scale,
        survey: survey(model),
        inputs: inputs(model),
        pricing: pricing(model, scope)?,
        shelters: SHELTERS.map(str::to_owned).to_vec(),
        measures: names.iter().map(|name| model.interventions.contains_key(name)).collect(),
        targets: names.iter().filter_map(|name| model.card(name)).map(|card| card.target).collect(),
        helps: services.iter().map(|service| service.helps).collect(),
        programmes: names,
        fit: fit.iter().map(fit_line).collect(),
    })
}

/// How a person enters the panel, by the index of the programme named in the file; the plan has checked that it exists.
fn entry(panel: &Panel, programmes: &[String]) -> Option<Entry> {
    let index = |name: &String| programmes.iter().position(|known| known == name).and_then(|at| u16::try_from(at).ok());
    let started = panel.participants.as_ref().and_then(index).map(Entry::Started);
    started.or_else(|| panel.eligible.as_ref().and_then(index).map(Entry::Eligible))
}

fn fit_line(row: &FitRow) -> FitLine {
    FitLine {
        city: row.city,
        margin: row.margin.clone(),
        group: row.group.clone(),
        target: row.target,
        achieved: row.achieved,
        unit: row.unit.to_owned(),
        standing: row.standing.to_owned(),
    }
}

/// Input values of the model, for outcomes that print them beside simulated values.
fn inputs(model: &ModelFile) -> Inputs {
    let transmission = &model.transmission;
    let recall = Recall {
        sensitivity: transmission.recall_sensitivity.get(),
        specificity: transmission.recall_specificity.get(),
    };
    let mut inputs = Inputs { kappa: Some(transmission.kappa.get()), recall: Some(recall), ..Inputs::default() };
    let mut put = |pathway: Pathway, men: f64, women: f64| {
        inputs.ratios[pathway as usize][Sex::Male as usize] = Some(men);
        inputs.ratios[pathway as usize][Sex::Female as usize] = Some(women);
    };
    put(Pathway::WitnessUse, transmission.witness_use_men.get(), transmission.witness_use_women.get());
    put(Pathway::ExposedSuffer, transmission.exposed_suffer_men.get(), transmission.exposed_suffer_women.get());
    inputs
}

/// Sensitivity of surveys, for the records of `yearly`.
fn survey(model: &ModelFile) -> Survey {
    let survey = &model.chain.survey;
    Survey {
        victims: survey.victims.get(),
        others: survey.others.get(),
        pupils: survey.pupils.get(),
        other_pupils: survey.other_pupils.get(),
    }
}

/// Achieved kappa by pathway and sex, from the table `transmission` if it is written.
fn achieved(tables: &[Table]) -> Map<String, Json> {
    let mut achieved = Map::new();
    let Some(table) = tables.iter().find(|table| table.name() == "transmission") else { return achieved };
    let text =
        |row: usize, column: &str| table.cell(row, column).and_then(Cell::as_text).unwrap_or_default().to_owned();
    for row in 0..table.rows() {
        let kappa = table.cell(row, "achieved_kappa").and_then(Cell::as_float);
        if let Some(kappa) = kappa.filter(|_| text(row, "city") == "G4") {
            let window = text(row, "window");
            let name = format!("achieved_kappa.{}.{}", text(row, "pathway"), text(row, "sex"));
            if window.is_empty() || window == "all" {
                achieved.insert(name, kappa.into());
            }
        }
    }
    achieved
}

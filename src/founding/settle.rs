//! The population of 1 January 2008: weights of the burn-in population's households in each city, whole copies of them,
//! and the resulting world.

use std::sync::Arc;

use rayon::prelude::*;

use super::former::{Copied, FormerCouples};
use super::households::pool_households;
use super::margins::{Constraints, FitRow};
use super::pool::{Pool, live_pool};
use super::raking::{Bounds, Membership, integerise_balanced, rake};
use crate::curve::ByAge;
use crate::engine::{Engine, EngineSettings, Scope, Simulation};
use crate::error::{Error, Result};
use crate::life::{Endings, copy_household};
use crate::model::ModelFile;
use crate::random::Luck;
use crate::world::{ADULT, Arrival, Change, Changes, Donor, Donors, Flag, Month, World};

/// The founding population with its sources.
pub struct Founded {
    /// The world of 1 January 2008.
    pub world: World,
    /// Households of the burn-in population with their weights over all cities, for newcomers.
    pub donors: Arc<Donors>,
    /// Target and achieved values of the margins.
    pub fit: Vec<FitRow>,
}

/// Kind, for key derivation, of a founding household.
const FOUNDER: u16 = 11;
/// Process identity of the random draws made here.
const SETTLING: u16 = 61;
/// Process identity of the draws of the numbers of copies; the city is added to it.
const COPIES: u16 = 70;
/// Bounds of the weight of a household as multiples of the mean, which limit the number of copies.
const BOUNDS: Bounds = Bounds { least: 0.0, most: 40.0 };
/// Number of households that one thread copies at a time.
const CHUNK: usize = 2048;

/// Creates the population of the four cities at a scale.
///
/// # Errors
/// Faults of the model's tables.
pub fn found(
    model: &ModelFile,
    reference: &ModelFile,
    luck: Luck,
    scale: f64,
    settings: EngineSettings,
) -> Result<Founded> {
    found_from(&live_pool(model, reference, luck, settings)?, model, luck, scale)
}

/// The simulation of the four cities at the start of January 2008, with its engine: from a simulated burn-in population, at
/// a scale, without enrolment.
///
/// # Errors
/// Faults of the model's tables.
pub fn cities_simulation(pool: &Pool, model: &ModelFile, luck: Luck, scale: f64) -> Result<(Simulation, Engine)> {
    let founded = found_from(pool, model, luck, scale)?;
    let scope = Scope::of_cities(scale, founded.donors);
    let engine = model.engine(model, &scope, luck, EngineSettings::default())?;
    Ok((Simulation::new(founded.world, &engine), engine))
}

/// Creates the population of the four cities at a scale from a simulated burn-in population.
///
/// # Errors
/// Faults of the model's tables.
pub fn found_from(pool: &Pool, model: &ModelFile, luck: Luck, scale: f64) -> Result<Founded> {
    let mut households = pool_households(&pool.world);
    if households.is_empty() {
        return Err(Error::data("the burn-in population died out", "check the rates of births and deaths")
            .at_key("founding")
            .into());
    }
    let grew_up = ByAge::both(&model.founding.grew_up_here, "share", 1.0)
        .map_err(|what| Error::data(what, "see the table in the model file").at_key("founding.grew_up_here"))?;
    let newcomers = newcomer_share(model)?;
    let mut world = World::new(Month(0), model.places()?);
    world.set_effect_rules(model.effects.combination, model.effects.in_force);
    let former = FormerCouples::of(&pool.world);
    let mut copied = Copied::default();
    let mut fit = Vec::new();
    let mut weights = vec![0.0; households.len()];
    let cities = model.places.cities.len();
    let raked: Vec<Result<(Vec<f64>, Constraints, Membership)>> = (0..cities)
        .into_par_iter()
        .map(|city| {
            let constraints = Constraints::of(model, city)?;
            let mut members = Membership::default();
            for household in &households {
                members.push(constraints.membership(household));
            }
            let raked = rake(&members, &constraints.targets, Some(BOUNDS))?;
            Ok((raked.weights, constraints, members))
        })
        .collect();
    for (city, raked) in raked.into_iter().enumerate() {
        let (mut own, constraints, members) = raked?;
        for (sum, weight) in weights.iter_mut().zip(&own) {
            *sum += weight;
        }
        own.iter_mut().for_each(|weight| *weight *= scale);
        let copies = integerise_balanced(&own, &members, luck, COPIES + city as u16);
        let mut achieved = vec![0.0; constraints.targets.len()];
        for (household, copies) in copies.iter().enumerate() {
            for (at, count) in members.of(household) {
                achieved[*at as usize] += f64::from(*count) * f64::from(*copies);
            }
        }
        for (((margin, group), target), achieved) in constraints.names.iter().zip(&constraints.targets).zip(achieved) {
            fit.push(FitRow {
                city: Some(city),
                margin: margin.word().to_owned(),
                group: group.clone(),
                target: target * scale,
                achieved,
                unit: "count",
                standing: "put in",
            });
        }
        let endings = model.life.flags.endings();
        let copying = Copying { households: &households, luck, grew_up: &grew_up, newcomers, endings, former: &former };
        copying.settle(&mut world, &copies, city, &mut copied);
    }
    former.link(&mut world, &copied, luck);
    world.set_up().clear_events();
    // Newcomers are unknown to the chain too.
    for member in households.iter_mut().flat_map(|household| &mut household.members) {
        member.body.set(Flag::InChain, false);
    }
    let donors = households.into_iter().zip(weights).filter(|(_, weight)| *weight > 0.0);
    let donors =
        donors.map(|(household, weight)| Donor { age: reference_age(&household), household, weight }).collect();
    Ok(Founded { world, donors: Arc::new(Donors(donors)), fit })
}

fn reference_age(household: &Arrival) -> i32 {
    household.members.first().map_or(40, |member| member.body.age(Month(0)))
}

/// Share of persons of foreign origin who came less than about five years ago: the equilibrium share under a constant
/// stream of newcomers from abroad, given the rates at which they stop being newcomers and leave.
fn newcomer_share(model: &ModelFile) -> Result<f64> {
    let at = |what: String| Error::data(what, "see the table in the model file").at_key("life.newcomers.rate");
    let table = &model.life.newcomers.rate;
    let (years, persons) = (table.values("year").map_err(at)?, table.values("persons").map_err(at)?);
    let first = years.iter().copied().fold(f64::INFINITY, f64::min);
    let coming: f64 = years.iter().zip(&persons).filter(|(year, _)| **year == first).map(|(_, persons)| persons).sum();
    let population: f64 = model.populations()?.iter().sum();
    let abroad = model.life.moving.newcomer_abroad.get();
    let leaving = coming / population;
    Ok((coming / population * abroad / (model.life.flags.newcomer_ends.get() + leaving)).min(1.0))
}

/// What copying households into the cities takes.
struct Copying<'a> {
    households: &'a [Arrival],
    luck: Luck,
    /// Share of those who live here that grew up here, by sex and age.
    grew_up: &'a ByAge,
    /// Share of persons of foreign origin who came not long ago.
    newcomers: f64,
    endings: Endings,
    former: &'a FormerCouples,
}

impl Copying<'_> {
    /// Copies households into a city, each as often as `copies` says, and notes the copies of former partners.
    fn settle(&self, world: &mut World, copies: &[u32], city: usize, copied: &mut Copied) {
        let Copying { households, luck, .. } = *self;
        let city_key = luck.derive(city as u64 + 1, FOUNDER, 0);
        let mut list: Vec<(u32, u32)> = Vec::new();
        for (household, copies) in copies.iter().enumerate() {
            list.extend((0..*copies).map(|copy| (household as u32, copy)));
        }
        let places = world.places().clone();
        let share_low = low_share(households, copies);
        let people: usize = list.iter().map(|(household, _)| households[*household as usize].members.len()).sum();
        world.set_up().reserve(people + people / 16, list.len() / 2);
        for chunk in list.chunks(CHUNK * 16) {
            let arrivals: Vec<Arrival> = chunk
                .par_iter()
                .with_min_len(CHUNK)
                .map(|(household, copy)| {
                    // The key identifies the burn-in household and the number of the copy, so that one more copy of a
                    // household changes no other.
                    let key = luck.derive(luck.derive(city_key, FOUNDER, *household), FOUNDER, *copy);
                    let donor = &households[*household as usize];
                    let draw = luck.block(key, SETTLING, 0, 0);
                    let low = donor.members.first().is_some_and(|member| member.body.has(Flag::LowIncome));
                    let mut arrival =
                        copy_household(donor, key, places.settle(city, low, share_low, draw.unit(0)), luck, 0);
                    let foreign = donor.members.first().is_some_and(|member| member.body.origin() != 0);
                    let newcomer = foreign && draw.happens(1, self.newcomers);
                    for member in &mut arrival.members {
                        let body = &mut member.body;
                        let share = self.grew_up.at(body.sex() as usize, body.age(Month(0)));
                        let grown = body.age_months(Month(0)) >= ADULT;
                        let here = !grown || luck.block(body.key, SETTLING, 1, 0).happens(0, share);
                        body.set(Flag::GrewUpHere, here && !(newcomer && grown));
                        body.set(Flag::Newcomer, newcomer);
                        // A person who lived abroad until now is unknown to the chain of the cities.
                        body.set(Flag::InChain, body.has(Flag::InChain) && !newcomer);
                        self.endings.draw(member, luck, Month(-1));
                    }
                    arrival
                })
                .collect();
            let mut changes = Changes::default();
            for (arrival, (household, _)) in arrivals.into_iter().zip(chunk) {
                for (member, copy) in households[*household as usize].members.iter().zip(&arrival.members) {
                    self.former.note(copied, member.body.key, copy.body.key);
                }
                changes.push(Change::Arrive(Box::new(arrival)));
            }
            world.apply(changes);
            world.set_up().clear_events();
        }
    }
}

fn low_share(households: &[Arrival], copies: &[u32]) -> f64 {
    let (mut all, mut low) = (0.0, 0.0);
    for (household, copies) in households.iter().zip(copies) {
        let copies = f64::from(*copies);
        all += copies;
        if household.members.first().is_some_and(|member| member.body.has(Flag::LowIncome)) {
            low += copies;
        }
    }
    if all > 0.0 { low / all } else { 0.15 }
}

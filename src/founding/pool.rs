//! The closed burn-in population: its first persons, and the hundred simulated years that give them histories.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::engine::{Engine, EngineSettings, Scope, Simulation};
use crate::error::{Error, Kind, Result};
use crate::life::Traits;
use crate::model::ModelFile;
use crate::random::Luck;
use crate::world::{ADULT, Flag, Month, Newcomer, Place, World, YearFlag};

/// Kind, for key derivation, of the first persons of the burn-in population.
const FIRST: u16 = 10;

/// The burn-in population on 1 January 2008, with counts of its last years.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pool {
    /// Its state.
    pub world: World,
    /// Yearly counts of the last years before 2008, oldest first.
    pub years: Vec<PoolYear>,
}

impl Pool {
    /// The population as bytes, from which [`Pool::of_bytes`] restores it exactly.
    ///
    /// # Errors
    /// An internal error of the format.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(self).map_err(|cause| {
            let what = format!("the burn-in population cannot be written: {cause}");
            Error::new(Kind::Internal, what, "report this fault").into()
        })
    }

    /// The population of these bytes; `None` when they are not one that this version of keten wrote.
    pub fn of_bytes(bytes: &[u8]) -> Option<Pool> {
        postcard::take_from_bytes(bytes).ok().filter(|(_, rest)| rest.is_empty()).map(|(pool, _)| pool)
    }
}

/// Counts of the burn-in population in one year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolYear {
    /// Persons at the end of the year.
    pub persons: u32,
    /// Adults at the end of the year.
    pub adults: u32,
    /// Adults who suffered violence from a partner.
    pub suffered: u32,
    /// Adults who used violence against a partner.
    pub used: u32,
    /// Children at the end of the year.
    pub children: u32,
    /// Children who were maltreated.
    pub maltreated: u32,
    /// Children who witnessed violence between adults at home.
    pub witnessed: u32,
    /// Births.
    pub births: u32,
}

/// The simulation of the burn-in population at its start, with its engine.
///
/// # Errors
/// Faults of the model's tables.
pub fn pool_simulation(
    model: &ModelFile,
    reference: &ModelFile,
    luck: Luck,
    settings: EngineSettings,
) -> Result<(Simulation, Engine)> {
    let scope = Scope::of_pool();
    let engine = model.engine(reference, &scope, luck, settings)?;
    let years = model.founding.pool_years.get() as i32;
    let start = Month::january(2008 - years);
    let size = model.founding.pool_size.get() as usize;
    let world = first_people(model, luck, start, size)?;
    Ok((Simulation::new(world, &engine), engine))
}

/// Simulates the burn-in population to 1 January 2008.
///
/// # Errors
/// Faults of the model's tables.
pub fn live_pool(model: &ModelFile, reference: &ModelFile, luck: Luck, settings: EngineSettings) -> Result<Pool> {
    let (mut simulation, engine) = pool_simulation(model, reference, luck, settings)?;
    let mut years = Vec::new();
    let mut births = 0;
    simulation.live(&engine, Month(0), |world| {
        births += world.events().births().count() as u32;
        if world.now().of_year() == 0 {
            years.push(count_year(world, births));
            births = 0;
        }
    });
    Ok(Pool { world: simulation.world, years })
}

fn count_year(world: &World, births: u32) -> PoolYear {
    let mut year = PoolYear { births, ..PoolYear::default() };
    for row in world.present() {
        let (body, past) = (world.body(row), world.past(row));
        let met = |flag: YearFlag| u32::from(past.year & flag.bit() != 0);
        year.persons += 1;
        if body.age_months(world.now()) >= ADULT {
            year.adults += 1;
            year.suffered += met(YearFlag::Suffered);
            year.used += met(YearFlag::Used);
        } else {
            year.children += 1;
            year.maltreated += met(YearFlag::Maltreated);
            year.witnessed += met(YearFlag::Witnessed);
        }
    }
    year
}

/// Single, unrelated adults of all ages; families arise from the model's own processes.
fn first_people(model: &ModelFile, luck: Luck, start: Month, size: usize) -> Result<World> {
    if size < 1000 {
        return Err(Error::data(format!("a burn-in population of {size} persons is too small"), "give at least 1000")
            .at_key("founding.pool_size")
            .into());
    }
    let traits = Traits::new(&model.life.education, &model.life.heredity, &model.life.unions)
        .map_err(|what| Error::data(what, "see the table in the model file").at_key("life.education"))?;
    let origins = mean_origins(model)?;
    let mut world = World::new(start, model.places()?);
    let people: Vec<Newcomer> = (0..size as u32)
        .into_par_iter()
        .with_min_len(512)
        .map(|ordinal| {
            let mut person = Newcomer::default();
            person.body.key = luck.derive(1, FIRST, ordinal);
            let draws = crate::engine::Draws::new(luck, 60, start);
            let draw = draws.lasting(person.body.key, 0);
            // Ages are uniform from 0 to 59: after a hundred years the initial age distribution no longer matters.
            person.body.born = start.plus(-((draw.unit(0) * 60.0 * 12.0) as i32));
            person.body.set(Flag::Female, draw.happens(1, 0.5));
            traits.endow(&mut person, None, None, &draws);
            let upto = |share: &f64| draw.unit(2) < *share;
            person.body.set_origin(origins.iter().position(upto).unwrap_or(0));
            person.body.set(Flag::Work, draw.happens(3, 0.65));
            person.body.place = Place::new(0, 0);
            person
        })
        .collect();
    world.set_up().reserve(size, 0);
    for person in people {
        world.set_up().person(person.body, person.mind, person.past);
    }
    Ok(world)
}

/// Shares of the origins over all cities, cumulative.
fn mean_origins(model: &ModelFile) -> Result<Vec<f64>> {
    let at = |what: String| Error::data(what, "see the table in the model file").at_key("founding.targets.origin");
    let table = &model.founding.targets.origin;
    let (city, origin, share) =
        (table.values("city").map_err(at)?, table.values("origin").map_err(at)?, table.values("share").map_err(at)?);
    let sizes = model.populations()?;
    let total: f64 = sizes.iter().sum();
    let mut shares = vec![0.0; 7];
    for row in 0..city.len() {
        let size = sizes.get(city[row] as usize).copied().unwrap_or(0.0);
        if let Some(sum) = shares.get_mut(origin[row] as usize) {
            *sum += share[row] * size / total;
        }
    }
    let mut sum = 0.0;
    Ok(shares
        .into_iter()
        .map(|share| {
            sum += share;
            sum
        })
        .collect())
}

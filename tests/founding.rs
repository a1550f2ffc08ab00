//! The population of January 2008 from the outside: what the monthly processes carry on from month to month is there from
//! the start, in the amount in which it is there some years later.

use keten::engine::EngineSettings;
use keten::founding::{cities_simulation, live_pool};
use keten::model::ModelFile;
use keten::random::Luck;
use keten::units::{Persons, Years};
use keten::world::{ADULT, Flag, InForce, Month, World};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::support::cities::model;

const POOLS: u32 = 12;
const SCALE: f64 = 0.02;
/// Probability that a stock in balance fails, over all stocks.
const FALSE_ALARM: f64 = 1e-4;
/// Change of a stock per person in three years that is no fault: the cities grow younger and have more couples.
const DRIFT: f64 = 0.15;

/// What is carried on, and how it is counted.
type Stock = (&'static str, fn(&World) -> f64);

const STOCKS: [Stock; 6] = [
    ("couples with ongoing violence", |world| {
        world.couples().filter(|couple| couple.present && couple.is_violent()).count() as f64
    }),
    ("couples together with violence in the past", |world| {
        let past = world.couples().filter(|couple| couple.present && couple.together());
        past.filter(|couple| couple.was_violent() && !couple.is_violent()).count() as f64
    }),
    ("former partners with violence, ongoing or in the past", |world| {
        let former = world.couples().filter(|couple| couple.present && !couple.together());
        former.filter(|couple| couple.was_violent()).count() as f64
    }),
    ("children who are maltreated", |world| {
        world.present().filter(|row| world.past(*row).maltreated != 0).count() as f64
    }),
    ("persons with symptoms", |world| flagged(world, Flag::Symptoms)),
    ("persons with debts", |world| flagged(world, Flag::Debts)),
];

fn flagged(world: &World, flag: Flag) -> f64 {
    world.present().filter(|row| world.body(*row).has(flag)).count() as f64
}

/// Each stock per 1000 adults at the end of January 2008 and of January 2011, without any help.
fn counted(model: &ModelFile, luck: Luck) -> [[f64; STOCKS.len()]; 2] {
    let pool = live_pool(model, model, luck, EngineSettings::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let (mut simulation, engine) =
        cities_simulation(&pool, model, luck, SCALE).unwrap_or_else(|errors| panic!("{errors}"));
    [2008, 2011].map(|year| {
        simulation.live(&engine, Month::january(year).plus(1), |_| {});
        let world = &simulation.world;
        let adults = world.present().filter(|row| world.body(*row).age_months(world.now()) >= ADULT).count() as f64;
        STOCKS.map(|(_, count)| 1000.0 * count(world) / adults)
    })
}

#[test]
fn what_is_carried_on_is_there_in_january_2008_as_it_is_later() {
    let mut model = model();
    model.founding.pool_size = Persons::new(6000.0).expect("a number of persons");
    model.founding.pool_years = Years::new(60.0).expect("a number of years");
    model.effects.in_force = InForce::None;
    let pools: Vec<_> =
        (1..=POOLS).into_par_iter().map(|replicate| counted(&model, Luck::new(2008, 0, replicate))).collect();
    let chance = 1.0 - FALSE_ALARM / (2.0 * STOCKS.len() as f64);
    let quantile = StudentsT::new(0.0, 1.0, f64::from(POOLS - 1)).expect("a law").inverse_cdf(chance);
    let n = f64::from(POOLS);
    for (at, (name, _)) in STOCKS.iter().enumerate() {
        let later = pools.iter().map(|pool| pool[1][at]).sum::<f64>() / n;
        // By burn-in population, so that differences between these cancel.
        let changes: Vec<f64> = pools.iter().map(|pool| pool[1][at] - pool[0][at]).collect();
        let mean = changes.iter().sum::<f64>() / n;
        let sd = (changes.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let chance_does = quantile * sd / n.sqrt();
        println!("{name}: {later:.2} in 2011, {mean:+.2} since 2008, chance does {chance_does:.2}");
        assert!(chance_does < 0.5 * later, "{name}: the test would not find a stock that begins empty");
        assert!(mean.abs() < DRIFT * later + chance_does, "{name}: {later:.2} in 2011, {mean:+.2} since 2008");
    }
}

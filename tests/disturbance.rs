//! The influence of one person on others: a single person is removed, and all others are compared ten years later.

use std::collections::BTreeMap;

use keten::engine::{Engine, Simulation};
use keten::model::ModelFile;
use keten::world::{ADULT, Childhood, Flag, Mind, Month, Past, PersonId, World};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::support::cities::{Cities, luck, model};
use crate::support::statistics::{FALSE_ALARM, moments};

/// Scales, with the number of singles removed one at a time. `KETEN_LONG=1` uses larger ones, which takes some minutes.
fn scales() -> Vec<(f64, usize)> {
    let long = std::env::var_os("KETEN_LONG").is_some();
    if long { vec![(0.02, 64), (0.1, 64), (0.5, 16)] } else { vec![(0.005, 32), (0.02, 32)] }
}
/// Years after which the two simulations are compared.
const YEARS: i32 = 10;

/// All properties of a person, with keys instead of row numbers, so that simulations with different rows can be
/// compared.
#[derive(Debug, PartialEq)]
struct Life {
    body: (Month, u16, u32),
    mind: Mind,
    past: Past,
    childhood: Childhood,
    /// Keys of home, partner, mother and father.
    kin: [u64; 4],
    union: Option<(u64, Month, [u8; 2])>,
}

/// All persons who are followed, by key.
fn lives(world: &World) -> BTreeMap<u64, Life> {
    let key = |who: PersonId| match who.row() {
        Some(row) => world.body(row).key,
        None => world.departed(who).map_or(0, |departed| departed.key),
    };
    let life = |row: usize| {
        let body = world.body(row);
        let kin = world.kin(row);
        let partner = world.partner_of(row).map_or(0, |partner| world.body(partner).key);
        Life {
            body: (body.born, body.place.0, body.state),
            mind: *world.mind(row),
            past: *world.past(row),
            childhood: *world.childhood(row),
            kin: [key(body.home), partner, key(kin.mother), key(kin.father)],
            union: world
                .couple_of(row)
                .map(|couple| (couple.key, couple.since, couple.violence.map(|state| state as u8))),
        }
    };
    world.present().map(|row| (world.body(row).key, life(row))).collect()
}

/// Number of persons, other than the one removed, who differ or who exist in only one of the simulations.
fn disturbed(a: &BTreeMap<u64, Life>, b: &BTreeMap<u64, Life>, out: u64) -> usize {
    let differs = a.iter().filter(|(key, life)| **key != out && b.get(key) != Some(*life)).count();
    differs + b.keys().filter(|key| **key != out && !a.contains_key(key)).count()
}

/// Rows of single adults who live alone, in an order that depends on keys only.
fn loners(world: &World) -> Vec<usize> {
    let alone = |row: &usize| {
        let body = world.body(*row);
        let adult = body.age_months(world.now()) >= ADULT && body.age(world.now()) < 60;
        adult && !body.at_parents() && !body.has_partner() && world.household(*row).len() == 1
    };
    let mut rows: Vec<usize> = world.present().filter(alone).collect();
    rows.sort_by_key(|row| luck().block(world.body(*row).key, 999, 0, 0).0);
    rows
}

fn after_ten_years(world: World, engine: &Engine) -> BTreeMap<u64, Life> {
    let mut simulation = Simulation::new(world, engine);
    simulation.live(engine, Month::january(2008 + YEARS), |_| {});
    lives(&simulation.world)
}

/// Number of persons affected by each of the singles removed.
fn disturbances(model: &ModelFile, scale: f64, removed: usize) -> Vec<f64> {
    let cities = Cities::of(model, scale);
    let (simulation, engine) = cities.start(model);
    let before = simulation.world;
    let undisturbed = after_ten_years(before.clone(), &engine);
    let mut counts: Vec<f64> = loners(&before)
        .into_iter()
        .take(removed)
        .map(|row| {
            let mut without = before.clone();
            without.set_up().body(row).set(Flag::Present, false);
            disturbed(&undisturbed, &after_ten_years(without, &engine), before.body(row).key) as f64
        })
        .collect();
    counts.sort_by(f64::total_cmp);
    let (mean, sd) = moments(&counts);
    println!(
        "scale {scale}: {} persons; one single less disturbs {mean:.1} others in {YEARS} years on average (sd {sd:.1}), \
         95th percentile {}, at most {}; none in {} of {} cases",
        before.rows().len(),
        counts[counts.len() * 95 / 100],
        counts[counts.len() - 1],
        counts.iter().filter(|count| **count == 0.0).count(),
        counts.len()
    );
    counts
}

#[test]
fn one_single_less_disturbs_as_many_others_in_a_large_city_as_in_a_small_one() {
    let model = model();
    let counts: Vec<Vec<f64>> =
        scales().into_iter().map(|(scale, removed)| disturbances(&model, scale, removed)).collect();
    let (small, large) = (&counts[0], &counts[counts.len() - 1]);
    let [(mean_small, sd_small), (mean_large, sd_large)] = [moments(small), moments(large)];
    // Welch's test: the difference of two means with unequal variances, one tail, since only growth is rejected.
    let [a, b] = [sd_small * sd_small / small.len() as f64, sd_large * sd_large / large.len() as f64];
    let freedom = (a + b) * (a + b) / (a * a / (small.len() - 1) as f64 + b * b / (large.len() - 1) as f64);
    let width = StudentsT::new(0.0, 1.0, freedom).expect("a law").inverse_cdf(1.0 - FALSE_ALARM);
    let allowed = width * (a + b).sqrt();
    assert!(
        mean_large - mean_small <= allowed,
        "a mean of {mean_large:.1} at the largest scale and {mean_small:.1} at the smallest: it may grow by chance by {allowed:.1}"
    );
}

#[test]
fn two_runs_of_the_same_world_do_not_differ_in_anybody() {
    let model = model();
    let (simulation, engine) = Cities::of(&model, 0.002).start(&model);
    let run = || after_ten_years(simulation.world.clone(), &engine);
    assert_eq!(disturbed(&run(), &run(), 0), 0);
}

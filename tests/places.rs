//! Places at any scale: as many women and children enter shelters, and as many programmes start, per real person, whether one in a
//! hundred or everybody is simulated.

use keten::engine::{Engine, EngineSettings, Scope, Simulation};
use keten::founding::{Founded, found};
use keten::interventions::Level;
use keten::model::ModelFile;
use keten::random::Luck;
use keten::world::{Edge, Event, Month, World};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::support::cities::model;
use crate::support::statistics::{FALSE_ALARM, moments};

/// Scales with the number of replicates at each; `KETEN_LONG=1` goes up to everybody, for some minutes.
fn scales() -> &'static [(f64, u32)] {
    if std::env::var_os("KETEN_LONG").is_some() {
        &[(0.01, 96), (0.05, 24), (0.25, 6), (1.0, 2)]
    } else {
        &[(0.01, 16), (0.05, 6), (0.2, 2)]
    }
}

const YEARS: i32 = 5;

const FIGURES: [&str; 5] = [
    "women admitted to shelters",
    "children admitted to shelters",
    "starts of guidance of children in shelters",
    "starts of help for perpetrators",
    "starts of supervision",
];

/// What one replicate counts.
type Counts = [f64; FIGURES.len()];

/// Guidance of children everywhere: a programme of few places, beside one that is asked for too much and one with room.
fn guidance() -> ModelFile {
    let mut model = model();
    model.interventions.get_mut("child_shelter").expect("a card").level = Level::Full;
    model
}

fn count(world: &World, programmes: [usize; 3], counts: &mut Counts) {
    for event in world.events() {
        match *event {
            Event::Sheltered { children, .. } => {
                counts[0] += 1.0;
                counts[1] += f64::from(children);
            }
            Event::Passage(passage) if passage.edge == Edge::Start && passage.passed => {
                if let Some(at) = programmes.iter().position(|own| *own == usize::from(passage.service)) {
                    counts[2 + at] += 1.0;
                }
            }
            _ => {}
        }
    }
}

fn replicate(model: &ModelFile, scale: f64, replicate: u32) -> Counts {
    let luck = Luck::new(2008, 0, replicate);
    let fail = |errors: keten::error::Errors| -> Founded { panic!("{errors}") };
    let founded = found(model, model, luck, scale, EngineSettings::default()).unwrap_or_else(fail);
    let scope = Scope::of_cities(scale, founded.donors);
    let engine: Engine =
        model.engine(model, &scope, luck, EngineSettings::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let names = model.programmes().unwrap_or_else(|errors| panic!("{errors}"));
    let of = |name: &str| names.iter().position(|service| service.name == name).expect("a programme");
    let programmes = [of("child_shelter"), of("perpetrator_help"), of("supervision")];
    let mut simulation = Simulation::new(founded.world, &engine);
    let mut counts = Counts::default();
    simulation.live(&engine, Month::january(2008 + YEARS), |world| count(world, programmes, &mut counts));
    counts
}

#[test]
fn shelters_and_programmes_take_in_as_many_at_every_scale() {
    let model = guidance();
    let all: Vec<Vec<Counts>> = scales()
        .iter()
        .map(|(scale, replicates)| {
            (1..=*replicates).into_par_iter().map(|number| replicate(&model, *scale, number)).collect()
        })
        .collect();
    let quantile = Normal::standard().inverse_cdf(1.0 - FALSE_ALARM / 2.0);
    let mut faults = Vec::new();
    let mut check = |name: &str, rates: &[(f64, f64)], scales: &[(f64, u32)]| {
        let (largest, smaller) = rates.split_last().expect("scales");
        for ((rate, error), (scale, _)) in smaller.iter().zip(scales) {
            let allowed = quantile * (error * error + largest.1 * largest.1).sqrt();
            let line = format!(
                "{name}: {:.3} at the largest scale, {rate:.3} at {scale}, chance does {allowed:.3}",
                largest.0
            );
            println!("{line}");
            if (rate - largest.0).abs() > allowed {
                faults.push(line);
            }
        }
    };
    for (at, name) in FIGURES.iter().enumerate() {
        // Counts scatter more than Poisson ones do; how much more is taken from the smallest scale, where replicates are many.
        let column = |of: &[Counts]| of.iter().map(|counts| counts[at]).collect::<Vec<_>>();
        let (mean, sd) = moments(&column(&all[0]));
        let over = (sd * sd / mean).max(1.0);
        let rates: Vec<(f64, f64)> = all
            .iter()
            .zip(scales())
            .map(|(of, (scale, replicates))| {
                let seen = scale * f64::from(*replicates) * f64::from(YEARS);
                let count: f64 = column(of).iter().sum();
                (count / seen, (over * count).sqrt() / seen)
            })
            .collect();
        assert!(rates[0].0 > 0.0, "{name}: none at the smallest scale");
        check(name, &rates, scales());
    }
    let children: Vec<(f64, f64)> = all
        .iter()
        .map(|of| {
            let (women, children): (f64, f64) = of.iter().fold((0.0, 0.0), |sum, c| (sum.0 + c[0], sum.1 + c[1]));
            // A woman's children vary about as a Poisson number and half as much again by the rule at the door.
            (children / women, (1.5 * children).sqrt() / women)
        })
        .collect();
    check("children with each woman", &children, scales());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

//! Equal means at any scale: a small simulation represents the whole population.

use keten::engine::EngineSettings;
use keten::founding::{cities_simulation, live_pool};
use keten::model::ModelFile;
use keten::random::Luck;
use keten::world::{ADULT, Event, Month, PersonId, World};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::support::cities::model;
use crate::support::statistics::{FALSE_ALARM, moments};

/// Burn-in populations, each used at all scales with common random numbers.
const POOLS: u32 = 24;
const YEARS: i32 = 4;

/// Scales, the largest last. `KETEN_LONG=1` goes up to the full population, which takes some minutes.
fn scales() -> &'static [f64] {
    if std::env::var_os("KETEN_LONG").is_some() { &[0.02, 0.1, 1.0] } else { &[0.005, 0.04] }
}

/// Figures compared, with the maximum standard error, so that the test can detect a relevant difference.
const FIGURES: [(&str, f64); 7] = [
    ("unions per 1000 adults and year", 3.0),
    ("years that the man is older", 0.6),
    ("likeness of education of new partners", 0.12),
    ("likeness of liability of new partners", 0.12),
    ("births per 1000 persons and year", 1.5),
    ("victims of a partner per 1000 adults and year", 4.0),
    ("maltreated children per 1000 children", 9.0),
];

fn correlation(pairs: &[[f64; 2]]) -> f64 {
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().map(|[x, y]| (*x, *y)).unzip();
    let ((mean_x, sd_x), (mean_y, sd_y)) = (moments(&x), moments(&y));
    let sum: f64 = pairs.iter().map(|[x, y]| (x - mean_x) * (y - mean_y)).sum();
    sum / (pairs.len() - 1) as f64 / (sd_x * sd_y)
}

/// Counts of a run.
#[derive(Default)]
struct Counted {
    adults: f64,
    persons: f64,
    children: f64,
    victims: f64,
    maltreated: f64,
    births: f64,
    gaps: Vec<f64>,
    education: Vec<[f64; 2]>,
    liability: Vec<[f64; 2]>,
}

impl Counted {
    fn month(&mut self, world: &World) {
        for event in world.events() {
            match event {
                Event::Birth { child } => {
                    let here = child.row().is_some_and(|row| world.body(row).place.is_here());
                    self.births += f64::from(u8::from(here));
                }
                Event::Union { couple } => {
                    let Some(couple) = world.couple_by_id(*couple) else { continue };
                    let [Some(man), Some(woman)] = couple.partners.map(PersonId::row) else { continue };
                    if couple.is_same_sex() {
                        continue;
                    }
                    if !world.body(man).counts() || !world.body(woman).counts() {
                        continue;
                    }
                    self.gaps.push(f64::from(world.body(woman).born.since(world.body(man).born)) / 12.0);
                    let both = |of: &dyn Fn(usize) -> f64| [of(man), of(woman)];
                    self.education.push(both(&|row| world.body(row).education() as usize as f64));
                    self.liability.push(both(&|row| world.body(row).liability_use.get()));
                }
                _ => {}
            }
        }
        if world.now().of_year() == 0 {
            use keten::world::YearFlag::{Maltreated, Suffered};
            for row in world.present().filter(|row| world.body(*row).place.is_here()) {
                let met = |flag: keten::world::YearFlag| f64::from(u8::from(world.past(row).year & flag.bit() != 0));
                self.persons += 1.0;
                if world.body(row).age_months(world.now()) >= ADULT {
                    self.adults += 1.0;
                    self.victims += met(Suffered);
                } else {
                    self.children += 1.0;
                    self.maltreated += met(Maltreated);
                }
            }
        }
    }

    fn figures(&self) -> [f64; FIGURES.len()] {
        [
            1000.0 * self.gaps.len() as f64 / self.adults,
            moments(&self.gaps).0,
            correlation(&self.education),
            correlation(&self.liability),
            1000.0 * self.births / self.persons,
            1000.0 * self.victims / self.adults,
            1000.0 * self.maltreated / self.children,
        ]
    }
}

fn lived(model: &ModelFile, luck: Luck, scale: f64) -> [f64; FIGURES.len()] {
    let pool = live_pool(model, model, luck, EngineSettings::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let (mut simulation, engine) =
        cities_simulation(&pool, model, luck, scale).unwrap_or_else(|errors| panic!("{errors}"));
    let mut counted = Counted::default();
    simulation.live(&engine, Month::january(2008 + YEARS), |world| counted.month(world));
    counted.figures()
}

#[test]
fn unions_births_and_violence_have_the_same_means_at_every_scale() {
    let model = model();
    let pools: Vec<Vec<[f64; FIGURES.len()]>> = (1..=POOLS)
        .into_par_iter()
        .map(|replicate| scales().iter().map(|scale| lived(&model, Luck::new(2008, 0, replicate), *scale)).collect())
        .collect();
    let quantile = StudentsT::new(0.0, 1.0, f64::from(POOLS - 1)).expect("a law").inverse_cdf(1.0 - FALSE_ALARM / 2.0);
    let mut faults = Vec::new();
    let (largest, smaller) = scales().split_last().expect("scales");
    for (at, (name, most)) in FIGURES.iter().enumerate() {
        let level = moments(&pools.iter().map(|pool| pool[smaller.len()][at]).collect::<Vec<_>>()).0;
        for (small, scale) in smaller.iter().enumerate() {
            // By burn-in population, so that differences between these cancel.
            let differences: Vec<f64> = pools.iter().map(|pool| pool[small][at] - pool[smaller.len()][at]).collect();
            let (mean, sd) = moments(&differences);
            let allowed = quantile * sd / f64::from(POOLS).sqrt();
            let told = format!("{name}: {level:.3} at {largest}, {mean:+.3} at {scale}, chance does {allowed:.3}");
            println!("{told}");
            if mean.abs() > allowed || allowed > *most {
                faults.push(told);
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

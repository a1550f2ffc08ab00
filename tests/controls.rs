//! Negative controls: the association between generations when nothing causes it, and no trend without a cause.

use std::sync::OnceLock;

use keten::engine::EngineSettings;
use keten::founding::pool_simulation;
use keten::model::ModelFile;
use keten::random::Luck;
use keten::units::{Correlation, LogRatio, Persons, RatePerYear, Ratio, Rows, Share, Years};
use keten::violence::LiabilityRule;
use keten::world::{ADULT, Flag, Month, World, YearFlag};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::support::cities::model;
use crate::support::statistics::{FALSE_ALARM, moments};

/// Number of burn-in populations, each with its own random numbers, over which a figure is averaged; their variation
/// gives its error.
const POOLS: u32 = 32;
/// Number of last years of a burn-in population that are observed.
const OBSERVED: i32 = 25;
/// Initial number of persons in these tests.
const PEOPLE: f64 = 5000.0;
/// Length of the burn-in in these tests, in years: two generations are born before it is observed.
const LENGTH: f64 = 100.0;

/// Simulates a burn-in population and calls `each` in each of its last Januaries, for the year that has ended.
fn pool(model: &ModelFile, replicate: u32, mut each: impl FnMut(i32, &World)) {
    let luck = Luck::new(2008, 0, replicate);
    let (mut simulation, engine) =
        pool_simulation(model, model, luck, EngineSettings::default()).unwrap_or_else(|errors| panic!("{errors}"));
    simulation.live(&engine, Month(0), |world| {
        let year = world.now().year() - 2008 + OBSERVED;
        if world.now().of_year() == 0 && year > 0 {
            each(year - 1, world);
        }
    });
}

fn with_pool(mut model: ModelFile) -> ModelFile {
    model.founding.pool_size = Persons::new(PEOPLE).expect("a number of persons");
    model.founding.pool_years = Years::new(LENGTH).expect("a number of years");
    model
}

/// Results of one burn-in population.
#[derive(Clone)]
struct Shown {
    /// Log of the risk ratio of men's use of violence in a year, witnesses versus others, adjusted for age
    /// (Mantel-Haenszel over years of age), among men born at least fifteen years after the start.
    log_ratio: f64,
    /// Relative growth per year of the victims per person of each of [`GROUPS`].
    slopes: [f64; GROUPS.len()],
}

/// Age and sex of the victims that are counted, and maltreated children.
const GROUPS: [&str; 7] =
    ["men 18-29", "women 18-29", "men 30-44", "women 30-44", "men 45-59", "women 45-59", "children"];

fn group(world: &World, row: usize) -> Option<usize> {
    let body = world.body(row);
    match body.age_months(world.now()) {
        0..ADULT => Some(6),
        ADULT..360 => Some(body.sex() as usize),
        360..540 => Some(2 + body.sex() as usize),
        540..720 => Some(4 + body.sex() as usize),
        _ => None,
    }
}

fn shown(model: &ModelFile, replicate: u32) -> Shown {
    let first = Month::january(2008 - LENGTH as i32 + 15);
    // Men, and users among them, by age, without and with witnessing; persons and victims by group and year.
    let mut cells = vec![[[0.0_f64; 2]; 2]; 120];
    let mut counts = vec![vec![[0.0_f64; 2]; OBSERVED as usize]; GROUPS.len()];
    let add = |cell: &mut [f64; 2], met: bool| {
        cell[0] += 1.0;
        cell[1] += f64::from(u8::from(met));
    };
    pool(model, replicate, |year, world| {
        for row in world.present() {
            let body = world.body(row);
            let met = |flag: YearFlag| world.past(row).year & flag.bit() != 0;
            if let Some(group) = group(world, row) {
                let mark = if group == 6 { YearFlag::Maltreated } else { YearFlag::Suffered };
                add(&mut counts[group][year as usize], met(mark));
            }
            if !body.has(Flag::Female) && body.age_months(world.now()) >= ADULT + 12 && body.born >= first {
                let witnessed = usize::from(world.childhood(row).any_witnessed());
                add(&mut cells[body.age(world.now()) as usize][witnessed], met(YearFlag::Used));
            }
        }
    });
    let (mut above, mut below) = (0.0, 0.0);
    for [without, with] in cells.iter().filter(|cell| cell[0][0] + cell[1][0] > 0.0) {
        let all = without[0] + with[0];
        above += with[1] * without[0] / all;
        below += without[1] * with[0] / all;
    }
    let rates = |group: usize| counts[group].iter().map(|[all, met]| met / all).collect::<Vec<_>>();
    Shown { log_ratio: (above / below).ln(), slopes: std::array::from_fn(|group| slope(&rates(group))) }
}

fn all_pools(model: ModelFile) -> Vec<Shown> {
    let model = with_pool(model);
    (1..=POOLS).into_par_iter().map(|replicate| shown(&model, replicate)).collect()
}

/// Results under the unchanged model, which two tests use.
fn usual() -> &'static [Shown] {
    static USUAL: OnceLock<Vec<Shown>> = OnceLock::new();
    USUAL.get_or_init(|| all_pools(model()))
}

/// Log ratios by burn-in population.
fn log_ratios(pools: &[Shown], what: &str) -> Vec<f64> {
    let all: Vec<f64> = pools.iter().map(|shown| shown.log_ratio).collect();
    let (mean, sd) = moments(&all);
    println!("{what}: ratio {:.3}, log {mean:.4}, standard error {:.4}", mean.exp(), sd / f64::from(POOLS).sqrt());
    all
}

/// Tolerance of the mean of a few normal values, by Student's t, both tails.
fn width(sample: &[f64]) -> f64 {
    let n = sample.len() as f64;
    let (_, sd) = moments(sample);
    StudentsT::new(0.0, 1.0, n - 1.0).expect("a law").inverse_cdf(1.0 - FALSE_ALARM / 2.0) * sd / n.sqrt()
}

/// No causal effects, with liability as at the central kappa.
fn held(model: &ModelFile) -> ModelFile {
    let mut model = model.clone();
    model.transmission.kappa = Share::new(0.0).expect("a share");
    model.transmission.liability = LiabilityRule::Held;
    model
}

/// No causal effects, and no influence on violence that runs in families or is shared by parents and children.
fn nothing(model: &ModelFile) -> ModelFile {
    let mut model = model.clone();
    model.transmission.kappa = Share::new(0.0).expect("a share");
    model.transmission.liability = LiabilityRule::None;
    let unions = &mut model.life.unions;
    for weight in [&mut unions.education_weight, &mut unions.antisocial_weight, &mut unions.origin_weight] {
        *weight = LogRatio::new(0.0).expect("a log ratio");
    }
    let heredity = &mut model.life.heredity;
    for correlation in
        [&mut heredity.parent_child, &mut heredity.partners, &mut heredity.use_suffer, &mut heredity.disclosure]
    {
        *correlation = Correlation::new(0.0).expect("a correlation");
    }
    heredity.education = LogRatio::new(0.0).expect("a log ratio");
    let onset = &mut model.violence.onset;
    for ratio in [
        &mut onset.alcohol,
        &mut onset.addiction,
        &mut onset.mental_illness,
        &mut onset.victim_mental_illness,
        &mut onset.victim_disability,
        &mut onset.low_income,
        &mut onset.no_work,
        &mut onset.debts,
        &mut onset.area,
        &mut onset.pregnancy,
        &mut onset.after_birth,
        &mut onset.relapse,
    ] {
        *ratio = Ratio::new(1.0).expect("a ratio");
    }
    // Rates high enough for many cases, which the ratios above no longer produce.
    for rate in [&mut onset.by_men, &mut onset.by_women] {
        *rate = RatePerYear::new(rate.get() * 4.0).expect("a rate");
    }
    onset.age = Rows::new(1.0, vec!["age".into(), "ratio".into()], vec![vec![15.0, 1.0]]).expect("a sound table");
    model
}

#[test]
fn without_a_causal_part_only_the_confounded_part_of_the_association_is_left() {
    let whole = log_ratios(usual(), "as the files say");
    let confounded = log_ratios(&all_pools(held(&model())), "kappa 0, liability held");
    // Between the two extremes. The differences are several standard errors wide, so that their signs are certain.
    let (left, _) = moments(&confounded);
    assert!(left > 0.0, "log ratio {left:.4}: shared causes leave an association");
    // By population with common random numbers.
    let lost: Vec<f64> = whole.iter().zip(&confounded).map(|(whole, left)| whole - left).collect();
    let (lost, _) = moments(&lost);
    assert!(lost > 0.0, "log ratio falls by {lost:.4} without its causal part");
}

#[test]
fn without_anything_that_runs_in_families_no_association_is_left() {
    let none = log_ratios(&all_pools(nothing(&model())), "nothing causal and nothing shared");
    let (mean, _) = moments(&none);
    assert!(mean.abs() <= width(&none), "log ratio {mean:.4}, expected 0 within {:.4}", width(&none));
    assert!(width(&none) < 0.5, "pools this small could not tell a ratio of {:.2} from 1", width(&none).exp());
}

/// Slope of a linear trend, divided by the mean: relative growth per year.
fn slope(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let (middle, mean) = ((n - 1.0) / 2.0, values.iter().sum::<f64>() / n);
    let (mut above, mut below) = (0.0, 0.0);
    for (year, value) in values.iter().enumerate() {
        let off = year as f64 - middle;
        above += off * (value - mean);
        below += off * off;
    }
    above / below / mean
}

#[test]
fn victims_per_person_of_an_age_and_sex_have_no_slope_in_a_closed_pool() {
    let mut faults = Vec::new();
    for (group, name) in GROUPS.iter().enumerate() {
        let own: Vec<f64> = usual().iter().map(|shown| shown.slopes[group]).collect();
        let ((mean, _), allowed) = (moments(&own), width(&own));
        let told = format!("{name}: {:+.3} % a year, chance does {:.3} %", 100.0 * mean, 100.0 * allowed);
        println!("{told}");
        if mean.abs() > allowed {
            faults.push(told);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

//! Fitting the response surface: how the levels of violence of 2008 depend on the parameters, from some hundred small
//! populations of the four cities in 2008, each from a burn-in population of its own.
//!
//! The runs are a Latin hypercube over the uncertain parameters. In the first part the levels are varied independently.
//! In the parts that follow the levels are those with which the response to the runs so far meets drawn targets, so that
//! most runs are in the region where the response will be used. `terms` selects the terms.

use rayon::prelude::*;

use super::first_year::first_year;
use super::terms::{Quality, Trial, choose, mean, variance};
use crate::config::{Change, Fitted, LEVELS, LatinDraws, LevelTargets, Scaled, Uniforms};
use crate::error::Result;
use crate::model::ModelFile;
use crate::random::{Luck, normal};

/// Settings of the fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitting {
    /// Number of runs at drawn parameters.
    pub runs: u32,
    /// Seed of draws and burn-in populations.
    pub seed: u64,
}

/// A fitted response.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedResponse {
    /// The response; only variables that some term names.
    pub fitted: Fitted,
    /// How well it fits each moment.
    pub quality: [Quality; 4],
    /// Number of runs used.
    pub runs: usize,
    /// For the last part of the runs, which aim at drawn targets: mean and standard deviation of the logarithm of the
    /// ratio of each moment to its target.
    pub aimed: [(f64, f64); 4],
}

/// Builds a model with the drawn parameters of a run and these levels.
pub type BuildDraw<'a> = dyn Fn(&[Change], &[(&'static str, f64)]) -> Result<ModelFile> + Sync + 'a;

/// A parameter draw: its changes, and the value of each key.
pub struct Drawn {
    /// Changes of the model.
    pub changes: Vec<Change>,
    /// Scores of the parameters, in the order of the variables after the levels.
    pub scores: Vec<f64>,
    /// The targets.
    pub targets: LevelTargets,
}

/// Share of the runs in which the levels are varied independently.
const FREE: f64 = 0.3;
/// Shares of the runs after which the response is fitted anew, to aim the next ones.
const AIMED: [f64; 3] = [0.45, 0.7, 1.0];
/// Standard deviation of the logarithm of a level in these runs.
const FREE_SD: f64 = 0.5;
/// The same in the second part, around the levels given by the response so far.
const JITTER: f64 = 0.15;

/// A moment of zero in a small population counts as half a case in a hundred thousand.
const FEWEST: f64 = 5e-6;
/// Simulated persons per real person in the open population.
const SCALE: f64 = 0.02;

/// Fits the response of a model.
///
/// `variables` are the levels and the parameters, `drawn` gives the parameters of a run; `told` is called with the
/// number of runs done.
///
/// # Errors
/// Faults of the model's tables.
pub fn fit_response(
    variables: Vec<Scaled>,
    drawn: &(dyn Fn(u32) -> Result<Drawn> + Sync),
    build: &BuildDraw<'_>,
    with: Fitting,
    told: &(dyn Fn(usize, usize) + Sync),
) -> Result<FittedResponse> {
    let runs = with.runs.max(20);
    let repeats = (runs / 25).clamp(2, 16);
    let all = (runs + repeats) as usize;
    let done = std::sync::atomic::AtomicUsize::new(0);
    let population = |changes: &[Change], scores: &[f64], luck: u32| -> Result<[f64; 4]> {
        let level = |at: usize| libm::exp(variables[at].centre + variables[at].sd * scores[at]);
        let levels: Vec<(&'static str, f64)> =
            LEVELS.into_iter().enumerate().map(|(at, key)| (key, level(at))).collect();
        let counts = first_year(&build(changes, &levels)?, Luck::new(with.seed, luck, 0), SCALE)?;
        told(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, all);
        Ok(counts.moments().map(|moment| libm::log(moment.max(FEWEST))))
    };
    let uniform = |run: u32, level: usize| {
        normal(LatinDraws { seed: with.seed, size: runs, draw: run }.uniform(&format!("level:{}", LEVELS[level])))
    };
    let free = (f64::from(runs) * FREE) as u32;
    let mut trials: Vec<Trial> = (1..=free)
        .into_par_iter()
        .map(|run| {
            let draw = drawn(run)?;
            let levels = (0..LEVELS.len()).map(|level| FREE_SD * uniform(run, level));
            let scores: Vec<f64> = levels.chain(draw.scores.iter().copied()).collect();
            Ok(Trial { logs: population(&draw.changes, &scores, run)?, scores })
        })
        .collect::<Result<_>>()?;
    let mut aimed: Vec<(Trial, [f64; 4])> = Vec::new();
    let mut from = free;
    for part in AIMED {
        trials.extend(aimed.drain(..).map(|(trial, _)| trial));
        let so_far = choose(&variables, &trials).0;
        let until = (f64::from(runs) * part) as u32;
        aimed = (from + 1..=until)
            .into_par_iter()
            .map(|run| {
                let draw = drawn(run)?;
                let aimed = level_scores(&so_far, &variables, &draw);
                let levels = (0..LEVELS.len()).map(|level| aimed[level] + JITTER * uniform(run, level));
                let scores: Vec<f64> = levels.chain(draw.scores.iter().copied()).collect();
                let logs = population(&draw.changes, &scores, run)?;
                Ok((Trial { scores, logs }, draw.targets.aims()))
            })
            .collect::<Result<_>>()?;
        from = until;
    }
    let central = vec![0.0; variables.len()];
    let noise: Vec<[f64; 4]> =
        (1..=repeats).into_par_iter().map(|repeat| population(&[], &central, runs + repeat)).collect::<Result<_>>()?;
    let over = |moment: usize| {
        let off: Vec<f64> = aimed.iter().map(|(trial, aims)| trial.logs[moment] - libm::log(aims[moment])).collect();
        (mean(&off), variance(&off).sqrt())
    };
    let aimed_at = std::array::from_fn(over);
    trials.extend(aimed.into_iter().map(|(trial, _)| trial));
    // The populations at central values anchor the centre of the surface.
    trials.extend(noise.iter().map(|logs| Trial { scores: central.clone(), logs: *logs }));
    let (fitted, mut quality) = choose(&variables, &trials);
    for (moment, quality) in quality.iter_mut().enumerate() {
        quality.noise = variance(&noise.iter().map(|logs| logs[moment]).collect::<Vec<_>>()).sqrt();
    }
    Ok(FittedResponse { fitted, quality, runs: trials.len(), aimed: aimed_at })
}

/// Scores of the levels with which a response meets the targets of a draw. A response has fewer variables than a draw:
/// those that no term names are left out.
fn level_scores(fitted: &Fitted, variables: &[Scaled], draw: &Drawn) -> [f64; 4] {
    let score = |variable: &Scaled| {
        let at = variables.iter().position(|known| known.key == variable.key)?;
        draw.scores.get(at.checked_sub(LEVELS.len())?).copied()
    };
    let levels = fitted.levels_at(draw.targets.aims(), score);
    std::array::from_fn(|level| {
        let variable = &variables[level];
        ((libm::log(levels[level]) - variable.centre) / variable.sd).clamp(-2.0, 2.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MOMENTS;
    use crate::random::unit;

    /// A uniform number between 0 and 1 by address.
    fn chance(run: u32, of: u16) -> f64 {
        unit(Luck::new(3, 0, 0).block(u64::from(run), of, 0, 0).0[0])
    }

    fn variables(parameters: usize) -> Vec<Scaled> {
        let level = |key: &&str| Scaled { key: (*key).to_owned(), log: true, centre: libm::log(0.01), sd: 1.0 };
        let other = |at: usize| Scaled { key: format!("p{at}"), log: false, centre: 1.0, sd: 0.5 };
        LEVELS.iter().map(level).chain((0..parameters).map(other)).collect()
    }

    /// A function whose moments are log-linear apart from one square and one product.
    fn world(scores: &[f64]) -> [f64; 4] {
        let (l, p) = scores.split_at(4);
        [
            -3.5 + 0.7 * l[0] + 0.25 * l[1] + 0.3 * p[0] - 0.1 * p[1],
            -4.2 + 0.4 * l[0] + 0.5 * l[1] + 0.2 * p[0] + 0.05 * p[1] * p[1],
            -4.8 + 0.7 * l[2] + 0.15 * p[2],
            -3.1 + 0.9 * l[3] + 0.1 * l[0] - 0.3 * p[3] + 0.08 * p[3] * p[3],
        ]
    }

    fn trials(count: u32, parameters: usize, noise: f64) -> Vec<Trial> {
        let trial = |run: u32| {
            let scores: Vec<f64> = (0..4 + parameters).map(|at| normal(chance(run, at as u16))).collect();
            let mut logs = world(&scores);
            logs.iter_mut().zip(900..).for_each(|(log, of)| *log += noise * normal(chance(run, of)));
            Trial { scores, logs }
        };
        (0..count).map(trial).collect()
    }

    #[test]
    fn a_log_linear_world_gives_its_levels_back_exactly() {
        let (fitted, quality) = choose(&variables(30), &trials(300, 30, 0.0));
        for run in 5000..5040_u32 {
            let scores: Vec<f64> = (0..fitted.variables.len()).map(|at| normal(chance(run, at as u16))).collect();
            let values = |key: &str| {
                let at = fitted.variables.iter().position(|variable| variable.key == key)?;
                Some(fitted.variables[at].centre + fitted.variables[at].sd * scores[at].clamp(-2.5, 2.5))
            };
            let aims = [0.03, 0.02, 0.009, 0.045].map(|aim| aim * libm::exp(0.3 * normal(chance(run, 77))));
            let score = |variable: &Scaled| values(&variable.key).map(|value| variable.score(value));
            let levels = fitted.levels_with(aims, score, 0.0);
            // Evaluated at these levels and parameters, the function itself gives the target moments.
            let mut all = vec![0.0; 34];
            for (at, level) in levels.iter().enumerate() {
                all[at] = libm::log(level / 0.01);
            }
            for variable in &fitted.variables[4..] {
                let at: usize = variable.key[1..].parse().expect("a number");
                all[4 + at] = (values(&variable.key).expect("a variable") - 1.0) / 0.5;
            }
            for (moment, log) in world(&all).into_iter().enumerate() {
                let off = log - libm::log(aims[moment]);
                assert!(off.abs() < 2e-3, "{}: {off}", MOMENTS[moment]);
            }
        }
        assert!(quality.iter().all(|moment| moment.r2_outside > 0.999), "{quality:?}");
    }

    #[test]
    fn a_response_without_some_variables_still_meets_the_targets_of_a_draw() {
        let variables = variables(30);
        let fitted = choose(&variables, &trials(300, 30, 0.0)).0;
        assert!(fitted.variables.len() < variables.len(), "most parameters have no effect");
        let targets = LevelTargets {
            g4_ratio: 1.0,
            g4_share: 0.2,
            victims_year: 0.03,
            women_victims: 0.6,
            partner_share: 0.7,
            maltreated_year: 0.045,
        };
        for run in 6000..6010_u32 {
            let scores = (0..30).map(|at| normal(chance(run, at)).clamp(-2.0, 2.0)).collect();
            let draw = Drawn { changes: Vec::new(), scores, targets };
            let mut all = level_scores(&fitted, &variables, &draw).to_vec();
            assert!(all.iter().all(|score| score.abs() < 2.0), "{all:?}");
            all.extend(&draw.scores);
            for (moment, log) in world(&all).into_iter().enumerate() {
                let off = log - libm::log(targets.aims()[moment]);
                // Victims of partners give way a little where levels of men and women would be far apart.
                let most = if moment < 2 { 0.1 } else { 2e-3 };
                assert!(off.abs() < most, "{}: {off}", MOMENTS[moment]);
            }
        }
    }

    #[test]
    fn noise_is_not_taken_for_effects() {
        let noise = 0.1;
        let (fitted, quality) = choose(&variables(100), &trials(300, 100, noise));
        for (moment, quality) in quality.iter().enumerate() {
            // The error outside the sample is little more than the noise; 300 runs estimate a standard deviation to 4
            // %.
            assert!(quality.sd_outside < 1.25 * noise, "{}: {quality:?}", MOMENTS[moment]);
            assert!(quality.sd_outside > 0.85 * noise, "{}: {quality:?}", MOMENTS[moment]);
        }
        let known: Vec<&str> = fitted.variables.iter().map(|variable| &*variable.key).collect();
        assert!(["p0", "p1", "p2", "p3"].iter().all(|key| known.contains(key)), "{known:?}");
    }

    #[test]
    fn a_world_without_any_effect_gets_no_terms_that_matter() {
        let mut trials = trials(200, 50, 0.0);
        for (run, trial) in (0..).zip(&mut trials) {
            trial.logs = [7, 8, 9, 10].map(|of| -3.0 + 0.1 * normal(chance(run, 1000 + of)));
        }
        let (_, quality) = choose(&variables(50), &trials);
        assert!(quality.iter().all(|moment| moment.r2_outside < 0.15), "{quality:?}");
    }
}

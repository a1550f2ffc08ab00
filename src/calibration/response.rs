//! Fitting the response surface: how the levels of violence of 2008 depend on the parameters, from some hundred small
//! burn-in populations.
//!
//! The runs are a Latin hypercube over the uncertain parameters. In the first part the levels are varied independently,
//! and a first response is fitted to these runs. In the second part the levels are those with which that response meets
//! drawn targets, so that most runs are in the region where the response will be used. Terms are selected by forward
//! selection on explained variance. Their number minimises the error in ten-fold cross-validation.
//!
//! The moments of a closed burn-in population are not those of the open population of the four cities in 2008, which is
//! younger, more deprived and has newcomers. In a last part draws are therefore simulated through 2008 in the open
//! population, with the levels that the response gives them; what they have more than their targets, on average, is added to
//! the constant of the response.

use rayon::prelude::*;

use super::observe::Moments;
use super::solve::observe;
use crate::config::{Change, Fitted, LEVELS, LatinDraws, LevelTargets, Scaled, Term, Uniforms};
use crate::engine::{EngineSettings, Scope, Simulation};
use crate::error::Result;
use crate::founding::{found_from, live_pool};
use crate::model::ModelFile;
use crate::random::{Luck, normal};
use crate::world::{ADULT, Month, Sex, YearFlag};

/// Settings of the fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitting {
    /// Number of runs at drawn parameters.
    pub runs: u32,
    /// Seed of draws and burn-in populations.
    pub seed: u64,
}

/// Result of one burn-in population: its inputs and moments.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Scores of all variables: the levels, then the parameters.
    pub scores: Vec<f64>,
    /// Logarithm of each moment.
    pub logs: [f64; 4],
}

/// How well a response fits one moment; standard deviations are of the logarithm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// Over the runs.
    pub sd: f64,
    /// Of the residual, within the sample.
    pub sd_within: f64,
    /// Of the residual, outside the sample.
    pub sd_outside: f64,
    /// Explained variance within the sample.
    pub r2_within: f64,
    /// Explained variance outside the sample.
    pub r2_outside: f64,
    /// Between burn-in populations with the same parameters: Monte Carlo noise, which no term can explain.
    pub noise: f64,
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
    /// Mean over draws of the logarithm of the ratio of each moment of the open population of 2008 to its target, with its
    /// standard error, before the constant of the response was corrected for it.
    pub open: [(f64, f64); 4],
    /// Number of draws simulated in the open population.
    pub opened: usize,
    /// For the second part of the runs: mean and standard deviation of the logarithm of the ratio of each moment to its
    /// target.
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
const FREE: f64 = 0.4;
/// Standard deviation of the logarithm of a level in these runs.
const FREE_SD: f64 = 0.5;
/// The same in the second part, around the levels given by the first response.
const JITTER: f64 = 0.15;

/// A moment of zero in a small population counts as half a case in a hundred thousand.
const FEWEST: f64 = 5e-6;
/// Number of draws simulated in the open population, and its scale.
const OPENED: u32 = 96;
const OPEN_SCALE: f64 = 0.02;

/// The level moments ([`crate::config::MOMENTS`]) in the open population of the four cities in 2008, from a burn-in population of its own.
///
/// # Errors
/// Faults of the model's tables.
pub fn open_moments(model: &ModelFile, luck: Luck) -> Result<[f64; 4]> {
    let pool = live_pool(model, model, luck, EngineSettings::default())?;
    let founded = found_from(pool, model, luck, OPEN_SCALE)?;
    let scope = Scope::of_cities(OPEN_SCALE, founded.donors);
    let engine = model.engine(model, &scope, luck, EngineSettings::default())?;
    let mut simulation = Simulation::new(founded.world, &engine);
    let (mut of, mut all) = ([0.0_f64; 4], [0.0_f64; 4]);
    simulation.live(&engine, Month::january(2009), |world| {
        if world.now().plus(-1) != Month(11) {
            return;
        }
        for row in world.present().filter(|row| world.body(*row).place.is_here()) {
            let body = world.body(row);
            let met = |flag: YearFlag| world.past(row).year & flag.bit() != 0;
            let mut count = |moment: usize, is_case: bool| {
                all[moment] += 1.0;
                of[moment] += f64::from(u8::from(is_case));
            };
            if body.age_months(world.now()) < ADULT {
                count(3, met(YearFlag::Maltreated));
                continue;
            }
            count(usize::from(body.sex() == Sex::Male), met(YearFlag::Suffered));
            count(2, met(YearFlag::OtherVictim) && !met(YearFlag::Suffered));
        }
    });
    Ok(std::array::from_fn(|moment| of[moment] / all[moment].max(1.0)))
}

/// Mean and standard error over draws of the logarithm of the ratio of each moment of the open population to its target, with
/// the levels of the response.
fn in_the_open(
    fitted: &Fitted,
    variables: &[Scaled],
    drawn: &(dyn Fn(u32) -> Result<Drawn> + Sync),
    build: &BuildDraw<'_>,
    with: Fitting,
) -> Result<([(f64, f64); 4], usize)> {
    let runs = with.runs.max(20);
    let draws = OPENED.min(runs);
    let off: Vec<[f64; 4]> = (0..draws)
        .into_par_iter()
        .map(|number| {
            // Spread over the Latin hypercube.
            let draw = drawn(1 + number * runs / draws)?;
            let aims = draw.targets.aims();
            let score = |variable: &Scaled| {
                let at = variables.iter().position(|known| known.key == variable.key)?;
                draw.scores.get(at.checked_sub(LEVELS.len())?).copied()
            };
            let values = fitted.levels_at(aims, score);
            let levels: Vec<(&'static str, f64)> = LEVELS.into_iter().zip(values).collect();
            let moments = open_moments(&build(&draw.changes, &levels)?, Luck::new(with.seed, 2 * runs + number, 0))?;
            Ok(std::array::from_fn(|moment| libm::log(moments[moment].max(FEWEST)) - libm::log(aims[moment])))
        })
        .collect::<Result<_>>()?;
    let of = |moment: usize| {
        let logs: Vec<f64> = off.iter().map(|off| off[moment]).collect();
        (mean(&logs), libm::sqrt(variance(&logs) / logs.len() as f64))
    };
    Ok((std::array::from_fn(of), off.len()))
}

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
    let pool = |changes: &[Change], scores: &[f64], luck: u32| -> Result<[f64; 4]> {
        let level = |at: usize| libm::exp(variables[at].centre + variables[at].sd * scores[at]);
        let levels: Vec<(&'static str, f64)> =
            LEVELS.into_iter().enumerate().map(|(at, key)| (key, level(at))).collect();
        let moments: Moments = observe(&build(changes, &levels)?, Luck::new(with.seed, luck, 0))?;
        told(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, all);
        Ok(moments.levels().map(|moment| libm::log(moment.max(FEWEST))))
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
            Ok(Trial { logs: pool(&draw.changes, &scores, run)?, scores })
        })
        .collect::<Result<_>>()?;
    let first = choose(&variables, &trials).0;
    let aimed: Vec<(Trial, [f64; 4])> = (free + 1..=runs)
        .into_par_iter()
        .map(|run| {
            let draw = drawn(run)?;
            let mut scores: Vec<f64> =
                std::iter::repeat_n(0.0, LEVELS.len()).chain(draw.scores.iter().copied()).collect();
            first.meet(draw.targets.aims(), &mut scores);
            for (level, score) in scores.iter_mut().enumerate().take(LEVELS.len()) {
                *score = score.clamp(-2.0, 2.0) + JITTER * uniform(run, level);
            }
            Ok((Trial { logs: pool(&draw.changes, &scores, run)?, scores }, draw.targets.aims()))
        })
        .collect::<Result<_>>()?;
    let central = vec![0.0; variables.len()];
    let noise: Vec<[f64; 4]> =
        (1..=repeats).into_par_iter().map(|repeat| pool(&[], &central, runs + repeat)).collect::<Result<_>>()?;
    let over = |moment: usize| {
        let off: Vec<f64> = aimed.iter().map(|(trial, aims)| trial.logs[moment] - libm::log(aims[moment])).collect();
        (mean(&off), variance(&off).sqrt())
    };
    let aimed_at = std::array::from_fn(over);
    trials.extend(aimed.into_iter().map(|(trial, _)| trial));
    // The populations at central values anchor the centre of the surface.
    trials.extend(noise.iter().map(|logs| Trial { scores: central.clone(), logs: *logs }));
    let (mut fitted, mut quality) = choose(&variables, &trials);
    for (moment, quality) in quality.iter_mut().enumerate() {
        quality.noise = variance(&noise.iter().map(|logs| logs[moment]).collect::<Vec<_>>()).sqrt();
    }
    let (open, opened) = in_the_open(&fitted, &variables, drawn, build, with)?;
    fitted.shift(open.map(|(mean, _)| mean));
    Ok(FittedResponse { fitted, quality, runs: trials.len(), open, opened, aimed: aimed_at })
}

/// Number of parameters, for each moment those with the largest effects, whose squares and products are candidate
/// terms.
const STRONGEST: usize = 8;
/// Limit of terms beyond those of the levels, also as a share of the runs.
const MOST_TERMS: usize = 60;
const PART_OF_RUNS: usize = 6;
/// Number of folds of the cross-validation.
const PARTS: usize = 10;

/// A term before it is fitted: indices of one or two variables.
type Pair = (Option<usize>, Option<usize>);

/// Selects the terms of each moment and fits them.
pub fn choose(variables: &[Scaled], trials: &[Trial]) -> (Fitted, [Quality; 4]) {
    let levels = LEVELS.len();
    let mut kept: Vec<Pair> = vec![(None, None)];
    kept.extend((0..levels).map(|level| (Some(level), None)));
    // Squares and products of the levels are candidates like all others.
    let of_levels: Vec<Pair> =
        (0..levels).flat_map(|one| (one..levels).map(move |other| (Some(one), Some(other)))).collect();
    let linear: Vec<Pair> = (levels..variables.len()).map(|at| (Some(at), None)).collect();
    let mut terms: Vec<Term> = Vec::new();
    let mut quality = [Quality::default(); 4];
    for moment in 0..4 {
        let logs: Vec<f64> = trials.iter().map(|trial| trial.logs[moment]).collect();
        // First the strongest parameters, then these with their squares and products.
        let ranked = Path::new(&kept, &linear, trials, &logs).best();
        let mut strongest = ranked.clone();
        strongest.truncate(STRONGEST);
        let strongest: Vec<usize> = strongest.iter().filter_map(|(one, _)| *one).collect();
        let mut offered: Vec<Pair> = linear.iter().chain(&of_levels).copied().collect();
        // A parameter may affect a moment through its square alone.
        offered.extend((levels..variables.len()).map(|at| (Some(at), Some(at))));
        for (at, one) in strongest.iter().enumerate() {
            offered.extend(strongest[at + 1..].iter().map(|other| (Some(*one), Some(*other))));
            offered.extend((0..levels).map(|level| (Some(level), Some(*one))));
        }
        let path = Path::new(&kept, &offered, trials, &logs);
        let chosen: Vec<Pair> = kept.iter().copied().chain(path.best()).collect();
        let effects = regression(&chosen, trials, &logs);
        let residuals: Vec<f64> = trials
            .iter()
            .zip(&logs)
            .map(|(trial, log)| {
                log - chosen
                    .iter()
                    .zip(&effects)
                    .map(|(pair, effect)| effect * product(*pair, &trial.scores))
                    .sum::<f64>()
            })
            .collect();
        let (all, within) = (variance(&logs), mean(&residuals.iter().map(|r| r * r).collect::<Vec<_>>()));
        let outside = path.errors[path.best_length()];
        let explained = |left: f64| if all > 0.0 { 1.0 - left / all } else { 0.0 };
        quality[moment] = Quality {
            sd: all.sqrt(),
            sd_within: within.sqrt(),
            sd_outside: outside.sqrt(),
            r2_within: explained(within),
            r2_outside: explained(outside),
            noise: 0.0,
        };
        for ((of, with), effect) in chosen.into_iter().zip(effects) {
            match terms.iter_mut().find(|term| (term.of, term.with) == (of, with)) {
                Some(term) => term.effect[moment] = effect,
                None => {
                    let mut own = [0.0; 4];
                    own[moment] = effect;
                    terms.push(Term { of, with, effect: own });
                }
            }
        }
    }
    (named(variables, terms), quality)
}

/// The response without unused variables; terms in the order of their variables.
fn named(variables: &[Scaled], mut terms: Vec<Term>) -> Fitted {
    let used = |at: usize| at < LEVELS.len() || terms.iter().any(|term| term.of == Some(at) || term.with == Some(at));
    let left: Vec<usize> = (0..variables.len()).filter(|at| used(*at)).collect();
    let place = |at: Option<usize>| at.and_then(|at| left.iter().position(|known| *known == at));
    for term in &mut terms {
        (term.of, term.with) = (place(term.of), place(term.with));
    }
    terms.sort_by_key(|term| (term.of, term.with));
    Fitted { variables: left.iter().map(|at| variables[*at].clone()).collect(), terms }
}

fn product((of, with): Pair, scores: &[f64]) -> f64 {
    let score = |at: Option<usize>| at.map_or(1.0, |at| scores[at]);
    score(of) * score(with)
}

/// Terms in the order of selection on all trials, and the cross-validation error by number of terms.
struct Path {
    chosen: Vec<Pair>,
    errors: Vec<f64>,
}

impl Path {
    fn new(kept: &[Pair], offered: &[Pair], trials: &[Trial], logs: &[f64]) -> Path {
        let most = (trials.len() / PART_OF_RUNS).min(MOST_TERMS).min(offered.len());
        let parts: Vec<Vec<f64>> = (0..PARTS)
            .into_par_iter()
            .map(|part| forward(kept, offered, trials, logs, most, |run| run % PARTS != part).1)
            .collect();
        let squares = |length: usize| parts.iter().map(|part| part[length]).sum::<f64>() / trials.len() as f64;
        let chosen = forward(kept, offered, trials, logs, most, |_| true).0;
        Path { errors: (0..=most).map(squares).collect(), chosen }
    }

    /// The number of terms with the smallest error; the smallest one if there are ties.
    fn best_length(&self) -> usize {
        let order = |a: &usize, b: &usize| self.errors[*a].total_cmp(&self.errors[*b]);
        (0..self.errors.len().min(self.chosen.len() + 1)).min_by(order).unwrap_or(0)
    }

    fn best(&self) -> Vec<Pair> {
        self.chosen[..self.best_length()].to_vec()
    }
}

/// Forward selection: each step adds the term with the strongest correlation with the residual. Columns are
/// orthogonalised on the trials for which `of_sample` is true, and the others are transformed along. Returns the terms
/// and, by number of terms, the residual sum of squares in the others.
fn forward(
    kept: &[Pair],
    offered: &[Pair],
    trials: &[Trial],
    logs: &[f64],
    most: usize,
    of_sample: impl Fn(usize) -> bool,
) -> (Vec<Pair>, Vec<f64>) {
    let sample: Vec<bool> = (0..trials.len()).map(of_sample).collect();
    let column = |pair: &Pair| trials.iter().map(|trial| product(*pair, &trial.scores)).collect::<Vec<f64>>();
    let dot = |a: &[f64], b: &[f64]| (0..a.len()).filter(|at| sample[*at]).map(|at| a[at] * b[at]).sum::<f64>();
    let mut left = logs.to_vec();
    let mut columns: Vec<Vec<f64>> = offered.iter().map(column).collect();
    let mut norms: Vec<f64> = columns.iter().map(|column| dot(column, column)).collect();
    let first = norms.clone();
    let take = |lead: &[f64], columns: &mut [Vec<f64>], norms: &mut [f64], left: &mut [f64]| {
        let size = dot(lead, lead);
        if size <= 1e-9 {
            return;
        }
        let remove = |from: &mut [f64]| {
            let share = dot(lead, from) / size;
            from.iter_mut().zip(lead).for_each(|(cell, lead)| *cell -= share * lead);
        };
        remove(left);
        columns.iter_mut().zip(norms).for_each(|(column, norm)| {
            remove(column);
            *norm = dot(column, column);
        });
    };
    let mut fixed: Vec<Vec<f64>> = kept.iter().map(column).collect();
    for at in 0..fixed.len() {
        let (done, rest) = fixed.split_at_mut(at + 1);
        let lead = done[at].clone();
        let mut none = vec![0.0; rest.len()];
        let mut nothing = vec![0.0; left.len()];
        take(&lead, rest, &mut none, &mut nothing);
        take(&lead, &mut columns, &mut norms, &mut left);
    }
    let outside = |left: &[f64]| (0..left.len()).filter(|at| !sample[*at]).map(|at| left[at] * left[at]).sum::<f64>();
    let (mut chosen, mut errors) = (Vec::new(), vec![outside(&left)]);
    let mut taken = vec![false; columns.len()];
    for _ in 0..most {
        let gain = |at: usize| {
            let along = dot(&columns[at], &left);
            along * along / norms[at]
        };
        // A column that is nearly collinear with the terms selected would only amplify noise.
        let open = (0..columns.len()).filter(|at| !taken[*at] && norms[*at] > 1e-3 * first[*at]);
        let Some(next) = open.max_by(|a, b| gain(*a).total_cmp(&gain(*b))) else { break };
        taken[next] = true;
        chosen.push(offered[next]);
        let lead = columns[next].clone();
        take(&lead, &mut columns, &mut norms, &mut left);
        errors.push(outside(&left));
    }
    errors.resize(most + 1, errors.last().copied().unwrap_or(0.0));
    (chosen, errors)
}

/// Least squares with a very small ridge penalty, by the normal equations.
fn regression(chosen: &[Pair], trials: &[Trial], logs: &[f64]) -> Vec<f64> {
    let n = chosen.len();
    let rows: Vec<Vec<f64>> =
        trials.iter().map(|trial| chosen.iter().map(|pair| product(*pair, &trial.scores)).collect()).collect();
    let mut system = vec![vec![0.0; n + 1]; n];
    for (row, log) in rows.iter().zip(logs) {
        for (one, equation) in system.iter_mut().enumerate() {
            for (other, cell) in equation.iter_mut().enumerate().take(n) {
                *cell += row[one] * row[other];
            }
            equation[n] += row[one] * log;
        }
    }
    for (at, equation) in system.iter_mut().enumerate() {
        equation[at] += 1e-6 * trials.len() as f64;
    }
    for pivot in 0..n {
        let lead = system[pivot].clone();
        for (row, equation) in system.iter_mut().enumerate() {
            if row != pivot {
                let factor = equation[pivot] / lead[pivot];
                equation.iter_mut().zip(&lead).for_each(|(cell, of)| *cell -= factor * of);
            }
        }
    }
    (0..n).map(|at| system[at][n] / system[at][at]).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (values.len().max(2) - 1) as f64
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
            let levels = fitted.levels(aims, values);
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

//! The terms of the response, selected by forward selection on explained variance and fitted by least squares. Their
//! number minimises the error in ten-fold cross-validation.

use rayon::prelude::*;

use crate::config::{Fitted, LEVELS, Scaled, Term};

/// Result of one population: its inputs and moments.
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
    /// Between populations with the same parameters: Monte Carlo noise, which no term can explain.
    pub noise: f64,
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
type TermVariables = (Option<usize>, Option<usize>);

/// Selects the terms of each moment and fits them.
pub fn choose(variables: &[Scaled], trials: &[Trial]) -> (Fitted, [Quality; 4]) {
    let levels = LEVELS.len();
    let mut kept: Vec<TermVariables> = vec![(None, None)];
    kept.extend((0..levels).map(|level| (Some(level), None)));
    // Squares and products of the levels are candidates like all others.
    let of_levels: Vec<TermVariables> =
        (0..levels).flat_map(|one| (one..levels).map(move |other| (Some(one), Some(other)))).collect();
    let linear: Vec<TermVariables> = (levels..variables.len()).map(|at| (Some(at), None)).collect();
    let mut terms: Vec<Term> = Vec::new();
    let mut quality = [Quality::default(); 4];
    for moment in 0..4 {
        let logs: Vec<f64> = trials.iter().map(|trial| trial.logs[moment]).collect();
        // First the strongest parameters, then these with their squares and products.
        let ranked = SelectionPath::new(&kept, &linear, trials, &logs).best();
        let mut strongest = ranked.clone();
        strongest.truncate(STRONGEST);
        let strongest: Vec<usize> = strongest.iter().filter_map(|(one, _)| *one).collect();
        let mut offered: Vec<TermVariables> = linear.iter().chain(&of_levels).copied().collect();
        // A parameter may affect a moment through its square alone.
        offered.extend((levels..variables.len()).map(|at| (Some(at), Some(at))));
        for (at, one) in strongest.iter().enumerate() {
            offered.extend(strongest[at + 1..].iter().map(|other| (Some(*one), Some(*other))));
            offered.extend((0..levels).map(|level| (Some(level), Some(*one))));
        }
        let path = SelectionPath::new(&kept, &offered, trials, &logs);
        let chosen: Vec<TermVariables> = kept.iter().copied().chain(path.best()).collect();
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

fn product((of, with): TermVariables, scores: &[f64]) -> f64 {
    let score = |at: Option<usize>| at.map_or(1.0, |at| scores[at]);
    score(of) * score(with)
}

/// Terms in the order of selection on all trials, and the cross-validation error by number of terms.
struct SelectionPath {
    chosen: Vec<TermVariables>,
    errors: Vec<f64>,
}

impl SelectionPath {
    fn new(kept: &[TermVariables], offered: &[TermVariables], trials: &[Trial], logs: &[f64]) -> SelectionPath {
        let most = (trials.len() / PART_OF_RUNS).min(MOST_TERMS).min(offered.len());
        let parts: Vec<Vec<f64>> = (0..PARTS)
            .into_par_iter()
            .map(|part| forward(kept, offered, trials, logs, most, |run| run % PARTS != part).1)
            .collect();
        let squares = |length: usize| parts.iter().map(|part| part[length]).sum::<f64>() / trials.len() as f64;
        let chosen = forward(kept, offered, trials, logs, most, |_| true).0;
        SelectionPath { errors: (0..=most).map(squares).collect(), chosen }
    }

    /// The number of terms with the smallest error; the smallest one if there are ties.
    fn best_length(&self) -> usize {
        let order = |a: &usize, b: &usize| self.errors[*a].total_cmp(&self.errors[*b]);
        (0..self.errors.len().min(self.chosen.len() + 1)).min_by(order).unwrap_or(0)
    }

    fn best(&self) -> Vec<TermVariables> {
        self.chosen[..self.best_length()].to_vec()
    }
}

/// Forward selection: each step adds the term with the strongest correlation with the residual. Columns are
/// orthogonalised on the trials for which `of_sample` is true, and the others are transformed along. Returns the terms
/// and, by number of terms, the residual sum of squares in the others.
fn forward(
    kept: &[TermVariables],
    offered: &[TermVariables],
    trials: &[Trial],
    logs: &[f64],
    most: usize,
    of_sample: impl Fn(usize) -> bool,
) -> (Vec<TermVariables>, Vec<f64>) {
    let sample: Vec<bool> = (0..trials.len()).map(of_sample).collect();
    let column = |pair: &TermVariables| trials.iter().map(|trial| product(*pair, &trial.scores)).collect::<Vec<f64>>();
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
fn regression(chosen: &[TermVariables], trials: &[Trial], logs: &[f64]) -> Vec<f64> {
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

/// The mean; 0 without values.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The sample variance.
pub(super) fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (values.len().max(2) - 1) as f64
}

//! Raking: weights of households that match targets.

use super::membership::Membership;
use crate::error::Error;

/// Smallest and largest weight allowed, as multiples of the equal weight that meets the total.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Lower bound as a multiple: from 0 to below 1.
    pub least: f64,
    /// Upper bound as a multiple: above 1.
    pub most: f64,
}

/// Weights that match the targets, with their residuals.
#[derive(Clone, Debug, PartialEq)]
pub struct Raked {
    /// One weight per household: positive, or 0 for households that count towards a target of 0.
    pub weights: Vec<f64>,
    /// Weighted sum of each constraint.
    pub achieved: Vec<f64>,
    /// (achieved - target) / target of each constraint; 0 where both are 0.
    pub residuals: Vec<f64>,
    /// Constraint with the largest absolute residual, and that value.
    pub worst: (usize, f64),
    /// Number of steps of Newton's method.
    pub steps: usize,
    /// Whether the iteration converged; false when it reached the limit of steps.
    pub converged: bool,
}

/// Limit of steps of Newton's method under one penalty; a feasible set of margins takes 3 to 15.
const MOST_STEPS: usize = 25;
/// Limit of halvings of a step.
const MOST_HALVINGS: i32 = 12;
/// Relative slope of the dual at which the iteration stops.
const CLOSE: f64 = 1e-8;
/// Penalty that keeps the multipliers of repeated or contradictory margins finite, relative to the target. It shifts a
/// margin that can be met by about this fraction. Where contradictory margins converge under it, the solution is the
/// compromise.
const FIRM: f64 = 1e-7;
/// Larger penalties, each started from the solution of the one before, for margins that no weights within the bounds
/// can meet.
const YIELDING: [f64; 5] = [1.0, 0.1, 1e-2, 1e-3, 1e-4];

/// Weights for the households such that their weighted counts equal the targets.
///
/// Households that contribute to a target of 0 get weight 0. A target to which no other household contributes cannot be
/// met and has a residual of -1; contradictory targets leave residuals too. Neither is an error here.
///
/// # Errors
/// Invalid targets, amounts or bounds, or no household that may be used.
pub fn rake(membership: &Membership, targets: &[f64], bounds: Option<Bounds>) -> Result<Raked, Error> {
    membership.check(targets)?;
    if let Some(Bounds { least, most }) = bounds
        && !((0.0..1.0).contains(&least) && most > 1.0 && most.is_finite())
    {
        let what = format!("weights bounded to {least} to {most} times the mean");
        return Err(Error::data(what, "give a lower bound from 0 to below 1 and an upper bound above 1"));
    }
    let allowed =
        |entries: &[(u32, f32)]| entries.iter().all(|(c, amount)| *amount == 0.0 || targets[*c as usize] > 0.0);
    let mut start: Vec<f64> = membership.households().map(|entries| f64::from(u8::from(allowed(entries)))).collect();
    let sums = membership.sums(&start, targets.len());
    let met = (0..targets.len()).filter(|c| targets[*c] > 0.0 && sums[*c] > 0.0).collect::<Vec<_>>();
    if met.is_empty() {
        return Err(Error::data(
            "no household of the burn-in population fits the population targets",
            "make founding.pool_size or founding.pool_years larger, or correct founding.targets",
        ));
    }
    let wanted: f64 = met.iter().map(|c| targets[*c]).sum();
    let scale = wanted / met.iter().map(|c| sums[*c]).sum::<f64>();
    start.iter_mut().for_each(|weight| *weight *= scale);
    let dual = Dual { membership, targets, met, start, curve: WeightCurve::new(bounds) };
    Ok(dual.solve())
}

/// The function `g` from the linear score of a household to the multiple of its starting weight.
#[derive(Clone, Copy)]
enum WeightCurve {
    Exponential,
    Logistic { least: f64, most: f64, steepness: f64 },
}

impl WeightCurve {
    fn new(bounds: Option<Bounds>) -> Self {
        match bounds {
            None => WeightCurve::Exponential,
            Some(Bounds { least, most }) => {
                WeightCurve::Logistic { least, most, steepness: (most - least) / ((1.0 - least) * (most - 1.0)) }
            }
        }
    }

    /// Integral of `g` up to a score, less a constant; `g` itself; and its derivative.
    fn at(self, score: f64) -> [f64; 3] {
        match self {
            WeightCurve::Exponential => {
                let value = libm::exp(score.min(500.0));
                [value, value, value]
            }
            WeightCurve::Logistic { least, most, steepness } => {
                // g = least + (most - least) p, p logistic with p(0) such that g(0) = 1.
                let z = steepness * score + libm::log((1.0 - least) / (most - 1.0));
                let small = libm::exp(-z.abs());
                let (p, not_p) = if z >= 0.0 {
                    (1.0 / (1.0 + small), small / (1.0 + small))
                } else {
                    (small / (1.0 + small), 1.0 / (1.0 + small))
                };
                let width = most - least;
                let integral = least * score + width / steepness * (z.max(0.0) + libm::log1p(small));
                [integral, least + width * p, width * steepness * p * not_p]
            }
        }
    }
}

/// The convex dual of the raking problem, over one multiplier per constraint that can be met.
struct Dual<'a> {
    membership: &'a Membership,
    targets: &'a [f64],
    met: Vec<usize>,
    start: Vec<f64>,
    curve: WeightCurve,
}

/// Current point of the search for the multipliers.
struct Descent {
    multipliers: Vec<f64>,
    steps: usize,
    converged: bool,
}

impl Descent {
    fn from_equal_weights(targets: usize) -> Self {
        Descent { multipliers: vec![0.0; targets], steps: 0, converged: false }
    }
}

/// The dual at one point: its value, direction of steepest descent, and (on request) its curvature.
struct Slope {
    value: f64,
    descent: Vec<f64>,
    curvature: Vec<f64>,
}

impl Dual<'_> {
    /// Tries to match the margins directly; if that fails, finds the best compromise through larger penalties.
    fn solve(&self) -> Raked {
        let mut best = Descent::from_equal_weights(self.targets.len());
        self.descend(&mut best, FIRM);
        if !best.converged {
            let straight = best.steps;
            best = Descent::from_equal_weights(self.targets.len());
            for penalty in YIELDING {
                self.descend(&mut best, penalty);
            }
            best.steps += straight;
        }
        self.report(&best)
    }

    /// Newton's method with step halving, under one penalty.
    fn descend(&self, descent: &mut Descent, penalty: f64) {
        let size =
            |slope: &Slope| self.met.iter().map(|c| (slope.descent[*c] / self.targets[*c]).abs()).fold(0.0, f64::max);
        let mut here = self.slope(&descent.multipliers, penalty, true);
        for _ in 0..MOST_STEPS {
            descent.converged = size(&here) <= CLOSE;
            if descent.converged {
                return;
            }
            let Some(step) = solve_symmetric(&mut here.curvature, &here.descent) else { return };
            let gain: f64 = step.iter().zip(&here.descent).map(|(s, d)| s * d).sum();
            let next = (0..MOST_HALVINGS).map(|halvings| 0.5_f64.powi(halvings)).find_map(|part| {
                let trial: Vec<f64> = descent.multipliers.iter().zip(&step).map(|(m, s)| m + part * s).collect();
                let there = self.slope(&trial, penalty, false);
                // Near the solution progress is below the precision of the value, but the slope still shows it.
                let better = there.value <= here.value - 1e-4 * part * gain || size(&there) < 0.5 * size(&here);
                better.then_some(trial)
            });
            let Some(next) = next else { return };
            descent.multipliers = next;
            descent.steps += 1;
            here = self.slope(&descent.multipliers, penalty, true);
        }
        descent.converged = size(&here) <= CLOSE;
    }

    /// Score of a household.
    fn score(multipliers: &[f64], entries: &[(u32, f32)]) -> f64 {
        entries.iter().map(|(c, amount)| multipliers[*c as usize] * f64::from(*amount)).sum()
    }

    fn slope(&self, multipliers: &[f64], penalty: f64, with_curvature: bool) -> Slope {
        let n = self.targets.len();
        let mut slope =
            Slope { value: 0.0, descent: vec![0.0; n], curvature: vec![0.0; if with_curvature { n * n } else { 0 }] };
        for (entries, start) in self.membership.households().zip(&self.start) {
            if *start == 0.0 {
                continue;
            }
            let [integral, multiple, steepness] = self.curve.at(Self::score(multipliers, entries));
            slope.value += start * integral;
            for (i, (row, amount)) in entries.iter().enumerate() {
                slope.descent[*row as usize] -= start * multiple * f64::from(*amount);
                if with_curvature {
                    let factor = start * steepness * f64::from(*amount);
                    // Entries are sorted by constraint: this fills the lower triangle row by row.
                    for (column, other) in &entries[..=i] {
                        slope.curvature[*row as usize * n + *column as usize] += factor * f64::from(*other);
                    }
                }
            }
        }
        for c in &self.met {
            let penalty = penalty * self.targets[*c];
            slope.value += multipliers[*c] * (0.5 * penalty * multipliers[*c] - self.targets[*c]);
            slope.descent[*c] += self.targets[*c] - penalty * multipliers[*c];
            if with_curvature {
                slope.curvature[*c * n + *c] += penalty;
            }
        }
        if with_curvature {
            // Multipliers of constraints without any household stay at their value.
            for c in (0..n).filter(|c| !self.met.contains(c)) {
                slope.curvature[c * n + c] = 1.0;
            }
        }
        slope
    }

    fn report(&self, descent: &Descent) -> Raked {
        let weight = |(entries, start): (&[(u32, f32)], &f64)| match *start {
            0.0 => 0.0,
            start => start * self.curve.at(Self::score(&descent.multipliers, entries))[1],
        };
        let weights: Vec<f64> = self.membership.households().zip(&self.start).map(weight).collect();
        let achieved = self.membership.sums(&weights, self.targets.len());
        let residuals: Vec<f64> = achieved
            .iter()
            .zip(self.targets)
            .map(|(got, target)| if *target == 0.0 { 0.0 } else { (got - target) / target })
            .collect();
        let larger = |a: (usize, f64), b: (usize, f64)| if b.1 > a.1 { b } else { a };
        let worst = residuals.iter().map(|r| r.abs()).enumerate().fold((0, 0.0), larger);
        Raked { weights, achieved, residuals, worst, steps: descent.steps, converged: descent.converged }
    }
}

/// Solves a symmetric positive definite system. The lower triangle is given row by row and is overwritten by its
/// Cholesky factor. Returns `None` when the matrix is not positive definite.
fn solve_symmetric(matrix: &mut [f64], right: &[f64]) -> Option<Vec<f64>> {
    let n = right.len();
    for row in 0..n {
        for column in 0..=row {
            let dot: f64 = (0..column).map(|k| matrix[row * n + k] * matrix[column * n + k]).sum();
            let rest = matrix[row * n + column] - dot;
            if column < row {
                matrix[row * n + column] = rest / matrix[column * n + column];
            } else if rest > 0.0 {
                matrix[row * n + row] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    let mut x = right.to_vec();
    for row in 0..n {
        let dot: f64 = (0..row).map(|k| matrix[row * n + k] * x[k]).sum();
        x[row] = (x[row] - dot) / matrix[row * n + row];
    }
    for row in (0..n).rev() {
        let dot: f64 = (row + 1..n).map(|k| matrix[k * n + row] * x[k]).sum();
        x[row] = (x[row] - dot) / matrix[row * n + row];
    }
    Some(x)
}

//! Household weights that match the margins of a population, and whole numbers of copies that preserve them.
//!
//! **Raking.** Household `h` of the burn-in population contributes `a[h][c]` to constraint `c` (persons of an age and
//! sex, households of a type, ...), and the weighted sum must equal the target `T[c]`. Among all weights that do so,
//! those closest to equal weights are chosen: `w[h] = s g(sum of l[c] a[h][c])`. The function `g` is the exponential
//! (the limit of iterative proportional fitting) or a logistic curve that stays between bounds, which limits the number
//! of copies of a household. The multipliers `l` come from Newton's method on the convex dual, for all margins at once.
//! It converges in a dozen steps, where iterating over the margins takes hundreds. Contradictory margins are met as
//! closely as a small penalty on squared residuals allows, and the residuals are reported.
//! Source: Deming and Stephan 1940 (Annals of Mathematical Statistics 11:427-444); Deville and Särndal 1992 (JASA
//! 87:376-382), the raking and the logit case.
//!
//! **Whole numbers.** [`integerise`] samples the households systematically; [`integerise_balanced`] preserves the
//! margins as well, by the cube method (Deville and Tillé 2004, Biometrika 91:893-912; the fast flight of Chauvet and
//! Tillé 2006). Both are unbiased and give exactly the rounded sum of the weights.

use crate::error::{Error, Kind};
use crate::random::Luck;

/// The contribution of each household to each constraint, as a sparse matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Membership {
    ends: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

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

impl Membership {
    /// Starts without households.
    pub fn new() -> Self {
        Membership::default()
    }

    /// Adds the next household: (constraint, amount) in any order; amounts for the same constraint add up.
    pub fn push(&mut self, counts: impl IntoIterator<Item = (u32, f32)>) {
        let start = self.entries.len();
        for (constraint, amount) in counts {
            match self.entries[start..].iter_mut().find(|entry| entry.0 == constraint) {
                Some(entry) => entry.1 += amount,
                None => self.entries.push((constraint, amount)),
            }
        }
        self.entries[start..].sort_unstable_by_key(|entry| entry.0);
        self.ends.push(self.entries.len());
    }

    /// Number of households.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no household at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Contributions of one household, by constraint.
    pub fn of(&self, household: usize) -> &[(u32, f32)] {
        let start = if household == 0 { 0 } else { self.ends[household - 1] };
        &self.entries[start..self.ends[household]]
    }

    /// All households in order.
    fn households(&self) -> impl Iterator<Item = &[(u32, f32)]> {
        (0..self.len()).map(|household| self.of(household))
    }

    /// Weighted sum of each of `constraints` constraints.
    pub fn sums(&self, weights: &[f64], constraints: usize) -> Vec<f64> {
        let mut sums = vec![0.0; constraints];
        for (entries, weight) in self.households().zip(weights) {
            for (constraint, amount) in entries {
                sums[*constraint as usize] += weight * f64::from(*amount);
            }
        }
        sums
    }

    /// An order that puts similar households next to each other: sorted by their contributions, lowest constraints
    /// first.
    ///
    /// Systematic sampling in this order spreads the copies over the lowest constraints, which should be the most
    /// important ones.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        let key = |household: &usize| {
            self.of(*household).iter().map(|(constraint, amount)| (*constraint, amount.to_bits())).collect::<Vec<_>>()
        };
        order.sort_by_cached_key(key);
        order
    }

    /// Rejects invalid amounts and targets.
    fn check(&self, targets: &[f64]) -> Result<(), Error> {
        if let Some(target) = targets.iter().position(|target| !(target.is_finite() && *target >= 0.0)) {
            let what = format!("target {target} of the initial population is {}", targets[target]);
            return Err(Error::data(what, "give a number of at least 0"));
        }
        let fits = |(constraint, amount): &(u32, f32)| {
            (*constraint as usize) < targets.len() && amount.is_finite() && *amount >= 0.0
        };
        if self.entries.iter().all(fits) {
            Ok(())
        } else {
            Err(Error::new(Kind::Internal, "a household belongs to no known target of the initial population", ""))
        }
    }
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
    let dual = Dual { membership, targets, met, start, curve: Curve::new(bounds) };
    Ok(dual.solve())
}

/// The function `g` from the linear score of a household to the multiple of its starting weight.
#[derive(Clone, Copy)]
enum Curve {
    Exponential,
    Logistic { least: f64, most: f64, steepness: f64 },
}

impl Curve {
    fn new(bounds: Option<Bounds>) -> Self {
        match bounds {
            None => Curve::Exponential,
            Some(Bounds { least, most }) => {
                Curve::Logistic { least, most, steepness: (most - least) / ((1.0 - least) * (most - 1.0)) }
            }
        }
    }

    /// Integral of `g` up to a score, less a constant; `g` itself; and its derivative.
    fn at(self, score: f64) -> [f64; 3] {
        match self {
            Curve::Exponential => {
                let value = libm::exp(score.min(500.0));
                [value, value, value]
            }
            Curve::Logistic { least, most, steepness } => {
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
    curve: Curve,
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

/// Whole numbers of copies for weights, by systematic sampling in the given order of the households.
///
/// Unbiased: the mean over replicates is the weight (times rounded sum / sum). Each number is the weight rounded down
/// or up, and they add up to the rounded sum of the weights. `stream` separates several uses of the same random
/// numbers.
///
/// # Panics
/// When a weight is negative or not finite.
pub fn integerise(weights: &[f64], luck: Luck, stream: u16) -> Vec<u32> {
    integerise_along(weights, 0..weights.len(), luck, stream)
}

/// [`integerise`] in another order of the households, such as [`Membership::order`].
///
/// # Panics
/// When a weight is negative or not finite, or `order` is not a permutation of the households.
pub fn integerise_along(weights: &[f64], order: impl IntoIterator<Item = usize>, luck: Luck, stream: u16) -> Vec<u32> {
    let (sum, total) = rounded_sum(weights);
    if total == 0.0 {
        return vec![0; weights.len()];
    }
    let mut copies = vec![0; weights.len()];
    let first = luck.block(0, stream, 0, 0).unit53(0);
    let mut running = 0.0;
    let mut given = 0.0;
    let mut last = None;
    for household in order {
        running += weights[household];
        // Sampling points are at (first + 0, 1, 2, ...) times the spacing sum / total; this many are below `running`.
        let below = (running / sum * total - first).ceil().clamp(given, total);
        copies[household] = (below - given) as u32;
        given = below;
        if weights[household] > 0.0 {
            last = Some(household);
        }
    }
    // Rounding of `running` may leave out the last point.
    if let Some(last) = last {
        copies[last] += (total - given) as u32;
    }
    copies
}

/// Sum of the weights, and its rounded value.
fn rounded_sum(weights: &[f64]) -> (f64, f64) {
    assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0), "weights are numbers of at least 0");
    let sum: f64 = weights.iter().sum();
    (sum, sum.round())
}

/// Whole numbers of copies for weights that preserve the weighted sums of all constraints up to a few units.
///
/// Unbiased like [`integerise`], with the same total; each number is the weight (times rounded sum / sum) rounded down
/// or up. Sums are preserved exactly as long as more households are undecided than there are constraints. The last few
/// are decided by dropping constraints from the last to the first. `stream` separates several uses of the same random
/// numbers.
///
/// # Panics
/// When a weight is negative or not finite.
pub fn integerise_balanced(weights: &[f64], membership: &Membership, luck: Luck, stream: u16) -> Vec<u32> {
    let (sum, total) = rounded_sum(weights);
    let factor = if sum > 0.0 { total / sum } else { 0.0 };
    let scaled: Vec<f64> = weights.iter().map(|weight| weight * factor).collect();
    let mut cube = Cube {
        parts: scaled.iter().map(|weight| weight - weight.floor()).collect(),
        rows: 1 + membership.entries.iter().map(|entry| entry.0 as usize + 1).max().unwrap_or(0),
        membership,
        luck,
        stream,
        lot: 0,
    };
    cube.settle();
    scaled.iter().zip(&cube.parts).map(|(weight, part)| weight.floor() as u32 + part.round() as u32).collect()
}

/// Fractional parts of households that move to 0 or 1 along directions that preserve all sums.
struct Cube<'a> {
    parts: Vec<f64>,
    /// Number of sums preserved: the number of households, then the constraints.
    rows: usize,
    membership: &'a Membership,
    luck: Luck,
    stream: u16,
    lot: u32,
}

/// Number of households in one flight, after which the inverse is recomputed to limit rounding errors.
const FLIGHT: usize = 500;
/// A part this close to 0 or 1 is decided.
const ARRIVED: f64 = 1e-7;
/// A direction with a smaller component than this in a row does not move it.
const STILL: f64 = 1e-7;

impl Cube<'_> {
    fn settle(&mut self) {
        let mut open = Vec::new();
        for household in 0..self.parts.len() {
            if self.is_open(household) {
                open.push(household);
            }
            if open.len() == self.rows + FLIGHT {
                self.fly(&mut open, self.rows);
            }
        }
        for rows in (0..=self.rows).rev() {
            self.fly(&mut open, rows);
        }
    }

    fn is_open(&self, household: usize) -> bool {
        (ARRIVED..=1.0 - ARRIVED).contains(&self.parts[household])
    }

    /// Decides open households while preserving the first `rows` sums, until at most as many are open as there are
    /// independent sums.
    ///
    /// The open households whose columns span the sums form a basis, as in the simplex method. Every other household in
    /// turn moves against it until one of them reaches 0 or 1. Initially the basis holds a placeholder for every sum,
    /// which cannot move and is replaced by the first household that would move it.
    fn fly(&mut self, open: &mut Vec<usize>, rows: usize) {
        let mut basis: Vec<Option<usize>> = vec![None; rows];
        let mut inverse = vec![0.0; rows * rows];
        (0..rows).for_each(|row| inverse[row * rows + row] = 1.0);
        for household in open.iter().copied() {
            let direction = self.direction(household, &inverse, rows);
            let stand_in = (0..rows)
                .filter(|row| basis[*row].is_none() && direction[*row].abs() > STILL)
                .max_by(|a, b| direction[*a].abs().total_cmp(&direction[*b].abs()));
            if let Some(row) = stand_in {
                pivot(&mut inverse, &direction, row);
                basis[row] = Some(household);
                continue;
            }
            self.walk(household, &basis, &direction);
            if self.is_open(household) {
                // A basis member is decided: the household replaces it. Other members decided at the same time stay in
                // the basis as fixed members; the next walk finds that they cannot move and replaces them in turn.
                let row = (0..rows)
                    .filter(|row| {
                        direction[*row].abs() > STILL && basis[*row].is_some_and(|member| !self.is_open(member))
                    })
                    .max_by(|a, b| direction[*a].abs().total_cmp(&direction[*b].abs()));
                if let Some(row) = row {
                    pivot(&mut inverse, &direction, row);
                    basis[row] = Some(household);
                }
            }
        }
        let parts = &self.parts;
        open.retain(|household| (ARRIVED..=1.0 - ARRIVED).contains(&parts[*household]));
    }

    /// The column of a household in terms of the basis: how its members change when the household's part increases.
    fn direction(&self, household: usize, inverse: &[f64], rows: usize) -> Vec<f64> {
        let column = || {
            let entries = self.membership.of(household).iter();
            std::iter::once((0, 1.0)).chain(entries.map(|(c, amount)| (*c as usize + 1, f64::from(*amount))))
        };
        (0..rows)
            .map(|row| column().filter(|(c, _)| *c < rows).map(|(c, amount)| inverse[row * rows + c] * amount).sum())
            .collect()
    }

    /// Moves a household up and the basis against it, or the other way round, until one of them reaches its limit. The
    /// direction is drawn so that the mean is preserved.
    fn walk(&mut self, household: usize, basis: &[Option<usize>], direction: &[f64]) {
        let mut room_up = 1.0 - self.parts[household];
        let mut room_down = self.parts[household];
        for (member, d) in basis.iter().zip(direction) {
            if let Some(member) = member
                && d.abs() > STILL
            {
                let (below, above) = (self.parts[*member].max(0.0), (1.0 - self.parts[*member]).max(0.0));
                let (gives, takes) = if *d > 0.0 { (below, above) } else { (above, below) };
                room_up = room_up.min(gives / d.abs());
                room_down = room_down.min(takes / d.abs());
            }
        }
        self.lot += 1;
        let u = self.luck.block(household as u64, self.stream, self.lot, 1).unit53(0);
        let step = if u * (room_up + room_down) < room_down { room_up } else { -room_down };
        self.parts[household] += step;
        for (member, d) in basis.iter().zip(direction) {
            if let Some(member) = member
                && d.abs() > STILL
            {
                self.parts[*member] -= step * d;
            }
        }
    }
}

/// Replaces basis member `row` by the column with this `direction`.
fn pivot(inverse: &mut [f64], direction: &[f64], row: usize) {
    let rows = direction.len();
    let replaced: Vec<f64> = inverse[row * rows..(row + 1) * rows].iter().map(|value| value / direction[row]).collect();
    for (other, d) in direction.iter().enumerate() {
        if other != row && *d != 0.0 {
            for (value, new) in inverse[other * rows..(other + 1) * rows].iter_mut().zip(&replaced) {
                *value -= d * new;
            }
        }
    }
    inverse[row * rows..(row + 1) * rows].copy_from_slice(&replaced);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A population of random households with ages, types and an income flag, and targets that weights of spread
    /// `spread` meet.
    fn pool(households: u32, spread: f64) -> (Membership, Vec<f64>) {
        const AGES: u32 = 36;
        const TYPES: u32 = 4;
        let luck = Luck::new(1940, 0, 0);
        let mut membership = Membership::new();
        let mut weights = Vec::new();
        for household in 0..households {
            let block = |ordinal| luck.block(u64::from(household), 1, ordinal, 0);
            let size = 1 + (block(0).unit(0) * f64::from(TYPES)) as u32;
            let mut counts = vec![(size - 1, 1.0)];
            counts.extend(block(0).happens(1, 0.15).then_some((TYPES, 1.0)));
            for person in 1..=size {
                let age = (block(person).unit(0) * f64::from(AGES)) as u32;
                counts.push((TYPES + 1 + age, 1.0));
                counts.push((TYPES + 1 + AGES + (block(person).unit(1) * 7.0) as u32, 1.0));
            }
            membership.push(counts);
            weights.push(1.3 * libm::exp(spread * crate::random::normal(block(0).unit(2))));
        }
        let targets = membership.sums(&weights, (TYPES + 1 + AGES + 7) as usize);
        (membership, targets)
    }

    /// [`rake`] with valid arguments.
    fn fit(membership: &Membership, targets: &[f64], bounds: Option<Bounds>) -> Raked {
        rake(membership, targets, bounds).expect("targets that mean something")
    }

    /// Largest deviation of a mean of `trials` whole parts from its expectation that `series` such means exceed with a
    /// probability below one in a million (Hoeffding's inequality).
    fn tolerance(trials: u32, series: usize) -> f64 {
        (libm::log(2e6 * series as f64) / (2.0 * f64::from(trials))).sqrt()
    }

    #[test]
    fn a_table_of_two_margins_comes_out_as_iterative_fitting_gives_it() {
        let seed = [[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]];
        let targets = [150.0, 300.0, 400.0, 150.0, 200.0, 300.0, 400.0, 100.0];
        let mut membership = Membership::new();
        let mut first_of_cell = Vec::new();
        for (row, cells) in (0..).zip(seed) {
            for (column, count) in (4..).zip(cells) {
                first_of_cell.push((membership.len(), f64::from(count)));
                (0..count).for_each(|_| membership.push([(row, 1.0), (column, 1.0)]));
            }
        }
        let raked = fit(&membership, &targets, None);
        // A thousand rounds of iterative proportional fitting, computed independently of this code.
        let known = [
            64.56, 46.23, 35.38, 3.82, 49.97, 68.16, 156.50, 25.37, 56.72, 144.43, 145.08, 53.77, 28.75, 41.18, 63.03,
            17.03,
        ];
        for ((household, count), cell) in first_of_cell.iter().zip(known) {
            assert!(
                (raked.weights[*household] * count - cell).abs() < 0.006,
                "{} for {cell}",
                raked.weights[*household] * count
            );
        }
        assert!(raked.converged && raked.worst.1 < 1e-5, "{:?} after {} steps", raked.worst, raked.steps);
    }

    #[test]
    fn the_odds_ratio_of_a_table_of_two_by_two_stays() {
        let mut membership = Membership::new();
        for (row, column, count) in [(0, 2, 6), (0, 3, 2), (1, 2, 3), (1, 3, 4)] {
            (0..count).for_each(|_| membership.push([(row, 1.0), (column, 1.0)]));
        }
        let weights = fit(&membership, &[30.0, 20.0, 15.0, 35.0], None).weights;
        // Odds ratio 4 and the margins give x (5 + x) = 4 (30 - x) (15 - x) for the first cell.
        let first = (185.0 - (185.0_f64 * 185.0 - 4.0 * 3.0 * 1800.0).sqrt()) / 6.0;
        assert!((weights[0] * 6.0 - first).abs() < 1e-5, "{} for {first}", weights[0] * 6.0);
    }

    #[test]
    fn the_eight_households_of_iterative_proportional_updating_are_met_with_weights_nearer_to_equal() {
        // Ye, Konduri, Pendyala, Sana and Waddell 2009: 35 and 65 households of two types, 91, 65 and 104 persons of
        // three.
        let pool = [
            (0, 1, 1, 1),
            (0, 1, 0, 1),
            (0, 2, 1, 0),
            (1, 1, 0, 2),
            (1, 0, 2, 1),
            (1, 1, 1, 0),
            (1, 2, 1, 2),
            (1, 1, 1, 0),
        ];
        let updated = [1.36, 25.66, 7.98, 27.79, 18.45, 8.64, 1.47, 8.64];
        let targets = [35.0, 65.0, 91.0, 65.0, 104.0];
        let mut membership = Membership::new();
        for (kind, first, second, third) in pool {
            membership.push([(kind, 1.0), (2, first as f32), (3, second as f32), (4, third as f32)]);
        }
        let raked = fit(&membership, &targets, None);
        let far = |weights: &[f64]| weights.iter().map(|w| w * libm::log(w / 12.5)).sum::<f64>();
        for (sum, target) in membership.sums(&updated, 5).iter().zip(targets) {
            assert!((sum - target).abs() < 0.02, "the published weights give {sum} for {target}");
        }
        assert!(raked.converged && raked.worst.1 < 1e-5, "{raked:?}");
        assert!(far(&raked.weights) < far(&updated), "{raked:?}");
    }

    #[test]
    fn persons_and_households_are_met_together() {
        let (membership, targets) = pool(3000, 0.4);
        for bounds in [None, Some(Bounds { least: 0.1, most: 6.0 })] {
            let raked = fit(&membership, &targets, bounds);
            assert!(raked.converged && raked.worst.1 < 1e-5, "{:?} after {} steps", raked.worst, raked.steps);
            assert!(raked.weights.iter().all(|weight| *weight > 0.0));
            assert_eq!(raked.achieved, membership.sums(&raked.weights, targets.len()));
        }
    }

    #[test]
    fn the_weight_of_a_couple_is_the_product_of_its_members() {
        let mut membership = Membership::new();
        membership.push([(0, 1.0)]);
        membership.push([(1, 1.0)]);
        membership.push([(0, 1.0), (1, 1.0)]);
        let raked = fit(&membership, &[7.0, 4.0], None);
        let [man, woman, couple] = raked.weights[..] else { panic!("three households") };
        assert!((man * woman / couple - 11.0 / 4.0).abs() < 1e-5);
        assert!((man + couple - 7.0).abs() < 1e-5 && (woman + couple - 4.0).abs() < 1e-5);
    }

    #[test]
    fn weights_keep_between_their_bounds() {
        let (membership, mut targets) = pool(2000, 0.0);
        targets[5] *= 3.0;
        let bounds = Bounds { least: 0.25, most: 3.0 };
        let raked = fit(&membership, &targets, Some(bounds));
        let equal = targets.iter().sum::<f64>() / membership.sums(&vec![1.0; 2000], targets.len()).iter().sum::<f64>();
        assert!(raked.weights.iter().all(|weight| (0.25 * equal..=3.0 * equal).contains(weight)));
        assert!(raked.residuals[5] < -1e-3, "the bound stands in the way of a target three times too high: {raked:?}");
    }

    #[test]
    fn targets_that_contradict_one_another_are_reported() {
        let mut membership = Membership::new();
        (0..60_u32).for_each(|i| membership.push([(i % 2, 1.0), (2 + i % 3, 1.0)]));
        let raked = fit(&membership, &[50.0, 50.0, 40.0, 40.0, 40.0], None);
        assert!(raked.converged, "after {} steps", raked.steps);
        let (worst, size) = raked.worst;
        assert!(
            worst < 5 && (size - 1.0 / 11.0).abs() < 1e-3,
            "100 and 120 persons meet near 109: {:?}",
            raked.achieved
        );
        for (residual, sign) in raked.residuals.iter().zip([1.0, 1.0, -1.0, -1.0, -1.0]) {
            assert!((residual * sign - 1.0 / 11.0).abs() < 1e-2, "{:?}", raked.residuals);
        }
    }

    #[test]
    fn targets_nobody_counts_towards_are_reported_and_those_of_nought_are_kept() {
        let mut membership = Membership::new();
        membership.push([(0, 1.0)]);
        membership.push([(0, 2.0), (1, 1.0)]);
        membership.push([(0, 0.0), (1, 0.0), (3, 1.0)]);
        let raked = fit(&membership, &[5.0, 0.0, 9.0, 2.0], None);
        assert_eq!(raked.weights[1], 0.0);
        assert!((raked.weights[0] - 5.0).abs() < 1e-5 && (raked.weights[2] - 2.0).abs() < 1e-5);
        assert_eq!((raked.residuals[1], raked.residuals[2]), (0.0, -1.0));
        assert_eq!(raked.worst, (2, 1.0));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let (membership, targets) = pool(100, 0.1);
        let mut wrong = targets.clone();
        wrong[3] = -1.0;
        assert!(rake(&membership, &wrong, None).is_err());
        wrong[3] = f64::NAN;
        assert!(rake(&membership, &wrong, None).is_err());
        assert!(rake(&membership, &targets[..3], None).is_err());
        assert!(rake(&membership, &vec![0.0; targets.len()], None).is_err());
        assert!(rake(&membership, &targets, Some(Bounds { least: 1.5, most: 3.0 })).is_err());
        assert!(rake(&Membership::new(), &targets, None).is_err());
    }

    #[test]
    fn copies_add_up_exactly_and_lie_next_to_their_weight() {
        let (membership, targets) = pool(1500, 0.4);
        let weights = fit(&membership, &targets, None).weights;
        let sum: f64 = weights.iter().sum();
        for replicate in 0..20 {
            let luck = Luck::new(5, 0, replicate);
            let ways = [
                integerise(&weights, luck, 9),
                integerise_along(&weights, membership.order(), luck, 9),
                integerise_balanced(&weights, &membership, luck, 9),
            ];
            for copies in ways {
                assert_eq!(copies.iter().map(|n| f64::from(*n)).sum::<f64>(), sum.round());
                for (copy, weight) in copies.iter().zip(&weights) {
                    let weight = weight * sum.round() / sum;
                    assert!((f64::from(*copy) - weight).abs() < 1.0, "{copy} copies for {weight}");
                }
            }
        }
    }

    #[test]
    fn copies_are_unbiased() {
        let (membership, targets) = pool(40, 0.5);
        let weights = fit(&membership, &targets, None).weights;
        let factor = weights.iter().sum::<f64>().round() / weights.iter().sum::<f64>();
        let trials = 1500;
        let mut plain = vec![0_u32; weights.len()];
        let mut balanced = vec![0_u32; weights.len()];
        for replicate in 0..trials {
            let luck = Luck::new(77, 0, replicate);
            plain.iter_mut().zip(integerise(&weights, luck, 3)).for_each(|(sum, copies)| *sum += copies);
            balanced.iter_mut().zip(integerise_balanced(&weights, &membership, luck, 3)).for_each(|(sum, n)| *sum += n);
        }
        let allowed = tolerance(trials, 2 * weights.len());
        for (household, weight) in weights.iter().enumerate() {
            for sum in [plain[household], balanced[household]] {
                let mean = f64::from(sum) / f64::from(trials);
                assert!((mean - weight * factor).abs() < allowed, "{mean} copies for {weight}, allowed {allowed}");
            }
        }
    }

    #[test]
    fn balanced_copies_keep_the_margins() {
        let (membership, targets) = pool(3000, 0.4);
        let weights: Vec<f64> = fit(&membership, &targets, None).weights.iter().map(|w| w * 0.3).collect();
        let sums = membership.sums(&weights, targets.len());
        let miss = |copies: Vec<u32>| {
            let copies: Vec<f64> = copies.into_iter().map(f64::from).collect();
            let got = membership.sums(&copies, targets.len());
            (got.iter().zip(&sums).map(|(g, s)| (g - s) * (g - s)).sum::<f64>() / sums.len() as f64).sqrt()
        };
        let luck = Luck::new(8, 0, 0);
        let balanced = miss(integerise_balanced(&weights, &membership, luck, 4));
        let plain = miss(integerise(&weights, luck, 4));
        assert!(balanced < 2.0 && plain > 3.0 * balanced, "sums are off by {balanced} balanced and {plain} plain");
    }

    #[test]
    fn nothing_to_copy_gives_nothing() {
        let luck = Luck::new(1, 0, 0);
        assert!(integerise(&[], luck, 0).is_empty());
        assert_eq!(integerise(&[0.0, 0.0], luck, 0), [0, 0]);
        let mut membership = Membership::new();
        (0..3).for_each(|_| membership.push([]));
        assert_eq!(integerise_balanced(&[0.0; 3], &membership, luck, 0), [0; 3]);
        assert_eq!(integerise_balanced(&[2.0, 0.0, 1.0], &membership, luck, 0), [2, 0, 1]);
    }
}

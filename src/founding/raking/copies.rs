//! Whole numbers of copies of households, for weights.

use super::membership::Membership;
use crate::random::Luck;

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
        rows: 1 + membership.households().flatten().map(|entry| entry.0 as usize + 1).max().unwrap_or(0),
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

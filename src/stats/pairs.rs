//! Pairs: differences between two scenarios by draw and replicate, their dependence structure, the error of their mean,
//! and resampling (bootstrap).
//!
//! Sources: Satterthwaite, Biometrics Bulletin 2 (1946), pages 110-114, for degrees of freedom; Owen, "The pigeonhole
//! bootstrap", Annals of Applied Statistics 1 (2007), pages 386-411, for resampling crossed tables.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Number of the draw and of the replicate.
pub type Pair = (i64, i64);

/// Number of bootstrap resamples: the error of a 95 % limit is then about a twentieth of a standard error.
pub const RESAMPLES: usize = 2000;

/// Dependence between pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// None: replicates of one draw, or draws of one replicate.
    Alone,
    /// Replicates of a draw share its parameters.
    Nested,
    /// Nested, and replicate r uses the same random numbers in all draws.
    Crossed,
}

/// A mean over pairs with its Monte Carlo error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// Mean over draws of the mean over their replicates.
    pub mean: f64,
    /// Monte Carlo standard error; `None` with one independent unit.
    pub error: Option<f64>,
    /// Degrees of freedom of the error; 0 if there is none.
    pub freedom: f64,
    /// 95 % confidence limits of the mean (Student's t).
    pub limits: Option<(f64, f64)>,
    /// Range with 95 % of parameter draws (quantiles from forty draws on, a normal prediction interval below); the
    /// limits of the mean if all pairs are from one draw.
    pub range: Option<(f64, f64)>,
}

/// Mean squares of a balanced table: two-way analysis of variance with one value per cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Squares {
    pub(crate) draws: f64,
    pub(crate) replicates: f64,
    pub(crate) mean: f64,
    /// Between draws.
    pub(crate) of_draws: f64,
    /// Between replicates.
    pub(crate) of_replicates: f64,
    /// Residual.
    pub(crate) rest: f64,
}

impl Design {
    /// The design that applies to these pairs: a factor with a single level is dropped.
    pub fn of<'a>(self, pairs: impl Iterator<Item = &'a Pair> + Clone) -> Design {
        let draws: BTreeSet<i64> = pairs.clone().map(|pair| pair.0).collect();
        let replicates: BTreeSet<i64> = pairs.clone().map(|pair| pair.1).collect();
        let alone = draws.len() < 2 || pairs.count() == draws.len();
        match self {
            Design::Crossed if !alone && replicates.len() > 1 => Design::Crossed,
            Design::Nested | Design::Crossed if !alone => Design::Nested,
            Design::Alone | Design::Nested | Design::Crossed => Design::Alone,
        }
    }
}

impl Mean {
    /// The mean of a figure by pair; `None` without pairs.
    ///
    /// The error is unbiased (in its square) if every draw has the same replicates. An unbalanced crossed table adds
    /// the error of draws to that of replicates, and so counts the residual twice, which is conservative.
    pub fn of(values: &BTreeMap<Pair, f64>, design: Design) -> Option<Mean> {
        if values.is_empty() {
            return None;
        }
        let design = design.of(values.keys());
        let by_draw = means(values, |pair| pair.0);
        let mut it = match design {
            Design::Alone => {
                let all: Vec<f64> = values.values().copied().collect();
                let (variance, freedom) = of_mean(&all);
                Mean::from_variance(average(&all), variance, freedom)
            }
            Design::Nested => {
                let (variance, freedom) = of_mean(&by_draw);
                Mean::from_variance(average(&by_draw), variance, freedom)
            }
            Design::Crossed => match Squares::of(values) {
                Some(squares) => {
                    let (variance, freedom) = squares.variance_of_mean();
                    Mean::from_variance(squares.mean, variance, freedom)
                }
                None => {
                    let parts = [of_mean(&by_draw), of_mean(&means(values, |pair| pair.1))];
                    let (variance, freedom) = satterthwaite(&parts.map(|(variance, freedom)| (variance, freedom)));
                    Mean::from_variance(average(&by_draw), variance, freedom)
                }
            },
        };
        it.range = if by_draw.len() > 1 { range_of_draws(&by_draw) } else { it.limits };
        Some(it)
    }

    /// The same with limits and range clamped to the possible values.
    #[must_use]
    pub fn within(self, low: f64, high: f64) -> Mean {
        let of = |ends: Option<(f64, f64)>| ends.map(|(a, b)| (a.clamp(low, high), b.clamp(low, high)));
        if low <= high { Mean { limits: of(self.limits), range: of(self.range), ..self } } else { self }
    }

    fn from_variance(mean: f64, variance: f64, freedom: f64) -> Mean {
        if freedom <= 0.0 {
            return Mean { mean, error: None, freedom: 0.0, limits: None, range: None };
        }
        let error = variance.max(0.0).sqrt();
        let half = student(0.975, freedom) * error;
        let limits = Some((mean - half, mean + half));
        Mean { mean, error: Some(error), freedom, limits, range: limits }
    }
}

impl Squares {
    /// `None` unless there are at least two draws, all with the same two or more replicates.
    pub(crate) fn of(values: &BTreeMap<Pair, f64>) -> Option<Squares> {
        let draws: BTreeSet<i64> = values.keys().map(|pair| pair.0).collect();
        let replicates: BTreeSet<i64> = values.keys().map(|pair| pair.1).collect();
        if draws.len() < 2 || replicates.len() < 2 || values.len() != draws.len() * replicates.len() {
            return None;
        }
        let (by_draw, by_replicate) = (means(values, |pair| pair.0), means(values, |pair| pair.1));
        let mean = average(&by_draw);
        let place =
            |of: &BTreeSet<i64>| of.iter().enumerate().map(|(at, name)| (*name, at)).collect::<BTreeMap<_, _>>();
        let (row, column) = (place(&draws), place(&replicates));
        let left = |(pair, value): (&Pair, &f64)| {
            let rest = value - by_draw[row[&pair.0]] - by_replicate[column[&pair.1]] + mean;
            rest * rest
        };
        let (d, r) = (draws.len() as f64, replicates.len() as f64);
        Some(Squares {
            draws: d,
            replicates: r,
            mean,
            of_draws: r * sum_of_squares(&by_draw) / (d - 1.0),
            of_replicates: d * sum_of_squares(&by_replicate) / (r - 1.0),
            rest: values.iter().map(left).sum::<f64>() / ((d - 1.0) * (r - 1.0)),
        })
    }

    /// Variance of the mean with negative components set to 0, and its degrees of freedom.
    pub(crate) fn variance_of_mean(&self) -> (f64, f64) {
        let (d, r) = (self.draws - 1.0, self.replicates - 1.0);
        let cells = self.draws * self.replicates;
        let (draws, replicates, rest) = (self.of_draws / cells, self.of_replicates / cells, self.rest / cells);
        // A source whose mean square does not exceed the residual has no variance of its own, and cancels it.
        match (draws > rest, replicates > rest) {
            (true, true) => satterthwaite(&[(draws, d), (replicates, r), (-rest, d * r)]),
            (true, false) => (draws, d),
            (false, true) => (replicates, r),
            (false, false) => (rest, d * r),
        }
    }
}

/// Sum of multiples of mean squares, each with its degrees of freedom, and the degrees of freedom of the sum; those of
/// the part with the fewest if all are 0.
pub(crate) fn satterthwaite(parts: &[(f64, f64)]) -> (f64, f64) {
    let sum: f64 = parts.iter().map(|part| part.0).sum();
    let square: f64 = parts.iter().filter(|part| part.1 > 0.0).map(|part| part.0 * part.0 / part.1).sum();
    let least = parts.iter().map(|part| part.1).fold(f64::INFINITY, f64::min);
    (sum, if square > 0.0 { (sum * sum / square).max(1.0) } else { least })
}

/// Quantile of Student's t.
pub(crate) fn student(at: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |law| law.inverse_cdf(at))
}

/// Number of draws (replicates, if all pairs are from one draw) in which a difference is negative, zero and positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sides {
    /// Below zero.
    pub lower: usize,
    /// Exactly zero, counted separately.
    pub equal: usize,
    /// Above zero.
    pub higher: usize,
}

impl Sides {
    /// Counts draws by the mean difference of their replicates.
    pub fn of(differences: &BTreeMap<Pair, f64>) -> Sides {
        let mut it = Sides::default();
        for value in units(differences) {
            *match value {
                value if value < 0.0 => &mut it.lower,
                value if value > 0.0 => &mut it.higher,
                _ => &mut it.equal,
            } += 1;
        }
        it
    }

    /// Number of all draws, or replicates.
    pub fn all(self) -> usize {
        self.lower + self.equal + self.higher
    }

    /// Fractions of these: below, equal, above.
    pub fn shares(self) -> [f64; 3] {
        let all = self.all().max(1) as f64;
        [self.lower, self.equal, self.higher].map(|count| count as f64 / all)
    }
}

/// The independent units: draws, with the mean of their replicates; or replicates, if all are from one draw.
pub(crate) fn units(values: &BTreeMap<Pair, f64>) -> Vec<f64> {
    let drawn = values.keys().map(|pair| pair.0).collect::<BTreeSet<_>>().len() > 1;
    means(values, if drawn { |pair| pair.0 } else { |pair| pair.1 })
}

/// Quantile of sorted numbers by linear interpolation (type 7 of Hyndman and Fan, American Statistician 50 (1996),
/// pages 361-365); NaN without numbers.
pub fn quantile(sorted: &[f64], at: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = at.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// Number of draws from which on their range is given by quantiles.
const QUANTILES: usize = 40;

/// Range with 95 % of draws: quantiles from forty draws on, below that a normal prediction interval; `None` with one
/// draw.
pub fn range_of_draws(draws: &[f64]) -> Option<(f64, f64)> {
    let n = draws.len() as f64;
    if draws.len() < 2 {
        return None;
    }
    if draws.len() >= QUANTILES {
        let mut sorted = draws.to_vec();
        sorted.sort_by(f64::total_cmp);
        return Some((quantile(&sorted, 0.025), quantile(&sorted, 0.975)));
    }
    let mean = average(draws);
    let half = student(0.975, n - 1.0) * (sum_of_squares(draws) / (n - 1.0) * (1.0 + 1.0 / n)).sqrt();
    Some((mean - half, mean + half))
}

/// Means of groups of pairs, in order of the groups.
pub(crate) fn means(values: &BTreeMap<Pair, f64>, group: fn(&Pair) -> i64) -> Vec<f64> {
    let mut sums: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for (pair, value) in values {
        let (sum, number) = sums.entry(group(pair)).or_default();
        *sum += value;
        *number += 1.0;
    }
    sums.into_values().map(|(sum, number)| sum / number).collect()
}

/// Arithmetic mean.
pub(crate) fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sum of squares about the mean.
pub(crate) fn sum_of_squares(values: &[f64]) -> f64 {
    let mean = average(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum()
}

/// Variance of the mean of independent values, and its degrees of freedom; 0 with one value.
fn of_mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    (if n > 1.0 { sum_of_squares(values) / (n - 1.0) / n } else { 0.0 }, n - 1.0)
}

/// Sequential random numbers from a seed (splitmix64), for resampling only; the simulation does not use them.
#[derive(Clone, Debug)]
pub(crate) struct Lots(u64);

impl Lots {
    /// The random numbers of resample `at`, independent of those of other resamples.
    pub(crate) fn new(seed: u64, at: usize) -> Lots {
        let mut start = Lots(seed ^ (at as u64).wrapping_mul(0xd134_2543_de82_ef95));
        let first = start.word();
        Lots(first ^ start.word().rotate_left(32))
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A whole number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.word()) * n as u128) >> 64) as usize
    }

    /// How often each of `n` items is drawn in `n` drawings with replacement.
    fn times(&mut self, n: usize) -> Vec<f64> {
        let mut times = vec![0.0; n];
        (0..n).for_each(|_| times[self.below(n)] += 1.0);
        times
    }
}

/// Resampling of pairs; draws and replicates are resampled as a whole if pairs share them.
///
/// In crossed tables both factors are resampled, and the weight of a cell is the product of the two counts. This
/// preserves the variances of draws and of replicates and counts the residual up to three times (Owen 2007), which is
/// conservative.
#[derive(Clone, Debug)]
pub(crate) struct Resampling {
    design: Design,
    /// Draw and replicate of each pair, numbered from 0.
    places: Vec<(usize, usize)>,
    draws: usize,
    replicates: usize,
    /// Weight of each pair in the mean: all draws have equal weight.
    base: Vec<f64>,
    seed: u64,
}

impl Resampling {
    pub(crate) fn new(pairs: &[Pair], design: Design, seed: u64) -> Resampling {
        let place = |of: fn(&Pair) -> i64| -> BTreeMap<i64, usize> {
            pairs.iter().map(of).collect::<BTreeSet<_>>().into_iter().enumerate().map(|(at, name)| (name, at)).collect()
        };
        let design = design.of(pairs.iter());
        let (draws, replicates) = (place(|pair| pair.0), place(|pair| pair.1));
        let places: Vec<(usize, usize)> = pairs.iter().map(|pair| (draws[&pair.0], replicates[&pair.1])).collect();
        let mut sizes = vec![0.0; draws.len()];
        places.iter().for_each(|place| sizes[place.0] += 1.0);
        let base = |place: &(usize, usize)| if design == Design::Alone { 1.0 } else { 1.0 / sizes[place.0] };
        let base = places.iter().map(base).collect();
        Resampling { design, places, draws: draws.len(), replicates: replicates.len(), base, seed }
    }

    /// Weights of the pairs in the original mean; they sum to 1.
    pub(crate) fn own(&self) -> Vec<f64> {
        normalised(self.base.clone()).unwrap_or_default()
    }

    /// Number of times that each pair occurs in resample `at`.
    pub(crate) fn times(&self, at: usize) -> Vec<f64> {
        let mut lots = Lots::new(self.seed, at);
        loop {
            let times: Vec<f64> = match self.design {
                Design::Alone => lots.times(self.places.len()),
                Design::Nested => {
                    let draws = lots.times(self.draws);
                    self.places.iter().map(|place| draws[place.0]).collect()
                }
                Design::Crossed => {
                    let (draws, replicates) = (lots.times(self.draws), lots.times(self.replicates));
                    self.places.iter().map(|place| draws[place.0] * replicates[place.1]).collect()
                }
            };
            // A resample of an unbalanced crossed table may be empty, and is then drawn again.
            if times.iter().any(|times| *times > 0.0) || self.places.is_empty() {
                return times;
            }
        }
    }

    /// Weights of the pairs in the mean of resample `at`; they sum to 1.
    pub(crate) fn weights(&self, at: usize) -> Vec<f64> {
        let times = self.times(at);
        normalised(times.iter().zip(&self.base).map(|(times, base)| times * base).collect()).unwrap_or_default()
    }
}

fn normalised(mut weights: Vec<f64>) -> Option<Vec<f64>> {
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    (sum > 0.0).then_some(weights)
}

/// Sum of products.
pub(crate) fn weighted(weights: &[f64], values: &[f64]) -> f64 {
    weights.iter().zip(values).map(|(weight, value)| weight * value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(draws: i64, replicates: i64, of: impl Fn(i64, i64) -> f64) -> BTreeMap<Pair, f64> {
        (0..draws).flat_map(|d| (0..replicates).map(move |r| (d, r))).map(|(d, r)| ((d, r), of(d, r))).collect()
    }

    #[test]
    fn ties_are_a_side_of_their_own() {
        // Five draws that are equal and one that is lower: must not count as "higher in five of six".
        let values: BTreeMap<Pair, f64> =
            (1..=6).map(|draw| ((draw, 1), if draw == 1 { -67.0 } else { 0.0 })).collect();
        let sides = Sides::of(&values);
        assert_eq!((sides.lower, sides.equal, sides.higher, sides.all()), (1, 5, 0, 6));
        assert_eq!(Sides::of(&grid(1, 3, |_, r| r as f64)), Sides { lower: 0, equal: 1, higher: 2 });
        let bound = Mean::of(&grid(5, 1, |d, _| d as f64), Design::Alone).expect("five").within(0.0, 4.0);
        assert_eq!(bound.range, Some((0.0, 4.0)));
    }

    #[test]
    fn quantiles_of_a_few_numbers_by_hand() {
        let numbers = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(quantile(&numbers, 0.0), 1.0);
        assert_eq!(quantile(&numbers, 1.0), 8.0);
        assert_eq!(quantile(&numbers, 0.5), 3.0);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn five_numbers_have_students_limits() {
        // Variance 2.5; Student's t with 4 degrees of freedom at .975 is 2.776445.
        let it = Mean::of(&grid(1, 5, |_, r| r as f64), Design::Crossed).unwrap();
        assert_eq!((it.mean, it.freedom), (2.0, 4.0));
        assert!((it.error.unwrap() - 0.5_f64.sqrt()).abs() < 1e-12);
        assert!((it.limits.unwrap().1 - 2.0 - 2.776_445 * 0.5_f64.sqrt()).abs() < 1e-5);
        let one = Mean::of(&grid(1, 1, |_, _| 7.0), Design::Nested).unwrap();
        assert_eq!((one.mean, one.error, one.limits), (7.0, None, None));
        assert_eq!(Mean::of(&BTreeMap::new(), Design::Alone), None);
    }

    #[test]
    fn the_range_is_that_of_draws_and_of_the_mean_where_there_is_one_draw() {
        // Draws with means 1 to 5: variance 2.5, and Student's t with 4 degrees of freedom is 2.776445.
        let of = |values: &BTreeMap<Pair, f64>| Mean::of(values, Design::Nested).and_then(|mean| mean.range);
        let (low, high) = of(&grid(5, 2, |d, r| d as f64 + if r == 1 { 0.25 } else { -0.25 })).expect("five draws");
        let half = 2.776_445 * (2.5_f64 * 1.2).sqrt();
        let middle = (low + high) / 2.0;
        assert!((high - low - 2.0 * half).abs() < 1e-5 && (middle - middle.round()).abs() < 1e-9, "{low} {high}");
        let many = of(&grid(101, 1, |d, _| d as f64)).expect("many draws");
        assert!((many.1 - many.0 - 95.0).abs() < 1e-9, "{many:?}");
        let one = Mean::of(&grid(1, 4, |_, r| r as f64), Design::Nested).expect("four replicates");
        assert!(one.range.is_some() && one.range == one.limits);
        assert_eq!(of(&grid(1, 1, |_, _| 3.0)), None);
    }

    #[test]
    fn a_crossed_table_by_hand_counts_what_is_left_over_once() {
        // Rows 2 2 / 3 5 / 7 11: draw means 2, 4, 9, replicate means 4, 6; residuals 1 −1 0 0 −1 1.
        let rows = [[2.0, 2.0], [3.0, 5.0], [7.0, 11.0]];
        let values = grid(3, 2, |d, r| rows[d as usize][r as usize]);
        let squares = Squares::of(&values).unwrap();
        assert_eq!((squares.mean, squares.of_draws, squares.of_replicates, squares.rest), (5.0, 26.0, 6.0, 2.0));
        let it = Mean::of(&values, Design::Crossed).unwrap();
        // (26 + 6 − 2) / 6 = 5; 30² ÷ (26²/2 + 6²/1 + 2²/2) = 900/376.
        assert!((it.error.unwrap() - 5_f64.sqrt()).abs() < 1e-12);
        assert!((it.freedom - 900.0 / 376.0).abs() < 1e-12);
        // Nested, 13/3 with two degrees of freedom.
        let nested = Mean::of(&values, Design::Nested).unwrap();
        assert!((nested.error.unwrap() - (13.0_f64 / 3.0).sqrt()).abs() < 1e-12 && nested.freedom == 2.0);
        // With a missing cell: draws with means 2, 4, 7 and replicates with means 4, 3.5.
        let mut gap = values;
        gap.remove(&(2, 1));
        let it = Mean::of(&gap, Design::Crossed).unwrap();
        let by_hand: f64 = (38.0 / 3.0) / 2.0 / 3.0 + 0.125 / 2.0;
        assert!((it.error.unwrap() - by_hand.sqrt()).abs() < 1e-12, "{it:?}");
    }

    #[test]
    fn a_design_is_no_richer_than_its_pairs() {
        let of = |pairs: &[Pair], design: Design| design.of(pairs.iter());
        assert_eq!(of(&[(1, 1), (1, 2)], Design::Crossed), Design::Alone);
        assert_eq!(of(&[(1, 1), (2, 1)], Design::Crossed), Design::Alone);
        assert_eq!(of(&[(1, 1), (1, 2), (2, 1)], Design::Crossed), Design::Crossed);
        assert_eq!(of(&[(1, 1), (1, 2), (2, 3), (2, 4)], Design::Nested), Design::Nested);
        assert_eq!(of(&[(1, 1), (1, 2), (2, 1)], Design::Alone), Design::Alone);
    }

    #[test]
    fn resamples_vary_as_their_law_says() {
        // Variance of a bootstrapped mean, given the sample: Σ(y − mean)²/n² for independent units. Its logarithm from
        // 4000 resamples has an error of √(2/4000); 5.5 of them leave less than 1e-6 for these nearly normal means.
        let spread = |values: &BTreeMap<Pair, f64>, design: Design| {
            let (pairs, numbers): (Vec<Pair>, Vec<f64>) = values.iter().map(|(pair, value)| (*pair, *value)).unzip();
            let sampling = Resampling::new(&pairs, design, 5);
            let means: Vec<f64> = (0..4000).map(|at| weighted(&sampling.weights(at), &numbers)).collect();
            sum_of_squares(&means) / 3999.0
        };
        let close = |found: f64, law: f64| (found / law).ln().abs() < 5.5 * (2.0_f64 / 4000.0).sqrt();
        let line = grid(1, 20, |_, r| r as f64);
        let law = (400.0 - 1.0) / 12.0 / 20.0;
        assert!(close(spread(&line, Design::Alone), law));
        // Only draws matter: the differences between replicates within a draw have no effect.
        let nested = grid(20, 3, |d, r| d as f64 + 100.0 * r as f64);
        assert!(close(spread(&nested, Design::Nested), law));
        // Crossed without residual: the two variances add.
        let crossed = grid(20, 20, |d, r| d as f64 + r as f64);
        assert!(close(spread(&crossed, Design::Crossed), 2.0 * law));
    }

    #[test]
    fn weights_add_up_and_follow_the_seed() {
        let pairs: Vec<Pair> = vec![(0, 0), (0, 1), (1, 0), (1, 2), (2, 0)];
        let sampling = Resampling::new(&pairs, Design::Crossed, 9);
        for at in 0..200 {
            assert!((sampling.weights(at).iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert_eq!(sampling.weights(3), Resampling::new(&pairs, Design::Crossed, 9).weights(3));
        assert!((0..20).any(|at| sampling.weights(at) != Resampling::new(&pairs, Design::Crossed, 10).weights(at)));
        // Every draw has equal weight.
        assert!((sampling.own()[4] - 1.0 / 3.0).abs() < 1e-12);
    }
}

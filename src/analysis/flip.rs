//! Threshold of a conclusion: the value of a swept input, such as kappa, at which the mean of a headline figure crosses
//! zero or another threshold.
//!
//! Means at the swept values are made monotone by pooling adjacent violators, and interpolated linearly. All values of
//! a sweep share their pairs, so the bootstrap resamples pairs for all of them together. Sources: Ayer, Brunk, Ewing,
//! Reid & Silverman, Annals of Mathematical Statistics 26 (1955), pages 641-647, for pooling; Efron & Tibshirani, An
//! Introduction to the Bootstrap (1993), chapter 13, for percentiles.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::stats::pairs::{Design, Mean, Pair, RESAMPLES, Resampling, quantile, weighted};

/// Net values at one value of the swept input, by pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Swept {
    /// Value of the input.
    pub x: f64,
    /// Net value of each pair, in the unit of the headline figure.
    pub net: BTreeMap<Pair, f64>,
}

/// Direction of the headline figure as the input increases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Up.
    Rising,
    /// Down.
    Falling,
}

/// Side of the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdSide {
    /// Above it.
    Above,
    /// Below it.
    Below,
    /// On it, at every value.
    On,
}

/// Location of the crossing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flip {
    /// At this value of the input; the midpoint if it equals the threshold over an interval.
    At(f64),
    /// Nowhere in the range: it stays on one side.
    Never(ThresholdSide),
}

/// A confidence limit of the crossing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Below the smallest value swept.
    BelowRange,
    /// At this value.
    At(f64),
    /// Above the largest value swept.
    AboveRange,
}

/// The headline figure at one value of the input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SweptMean {
    /// Value of the input.
    pub x: f64,
    /// The mean over pairs, its error and its limits.
    pub mean: Mean,
    /// The mean after pooling.
    pub monotone: f64,
    /// Proportion of resamples in which the mean, without pooling, is above the threshold.
    pub above: f64,
}

/// A sweep and its crossing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlipPoint {
    /// Threshold, in the unit of the headline figure.
    pub threshold: f64,
    /// Direction.
    pub direction: Direction,
    /// Location of the crossing.
    pub at: Flip,
    /// 95 % confidence limits of the crossing; `None` if it equals the threshold everywhere.
    pub limits: Option<(Limit, Limit)>,
    /// Proportion of resamples with a crossing within the range.
    pub within: f64,
    /// Proportion of resamples with the same conclusion: a crossing within the range, or none and the same side of the
    /// threshold.
    pub agree: f64,
    /// Results by value of the input.
    pub means: Vec<SweptMean>,
    /// Largest difference between pooled and original means, in the unit of the headline figure; a large one indicates
    /// that the relation is not monotone.
    pub misfit: f64,
    /// Pairs that all values have.
    pub pairs: usize,
    /// Pairs left out because a value lacks them.
    pub left_out: usize,
}

/// Why no crossing can be computed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlipFault {
    /// Fewer than two values of the input.
    FewValues(usize),
    /// A value of the input that is not finite, or occurs twice.
    Value(f64),
    /// Fewer than two pairs that all values have.
    FewPairs(usize),
    /// A net value that is not finite.
    NotFinite(Pair),
}

impl fmt::Display for FlipFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FlipFault::FewValues(have) => write!(f, "{have} values of the parameter are too few; give at least two"),
            FlipFault::Value(x) => write!(f, "{x} is given twice, or is not a number; give each value once"),
            FlipFault::FewPairs(have) => write!(f, "{have} pairs are common to all values; run at least two with all"),
            FlipFault::NotFinite((draw, replicate)) => {
                write!(f, "draw {draw}, replicate {replicate} has a net value that is not finite; leave it out")
            }
        }
    }
}

impl std::error::Error for FlipFault {}

/// Isotonic regression with equal weights: adjacent values that decrease are pooled.
fn pooled(values: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for value in values {
        let mut pool = (*value, 1);
        while let Some(last) = pools.last().copied().filter(|last| last.0 / last.1 as f64 >= pool.0 / pool.1 as f64) {
            pools.pop();
            pool = (last.0 + pool.0, last.1 + pool.1);
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(sum, number)| std::iter::repeat_n(sum / number as f64, number)).collect()
}

impl Direction {
    fn turned(self, values: &[f64]) -> Vec<f64> {
        let sign = if self == Direction::Rising { 1.0 } else { -1.0 };
        values.iter().map(|value| sign * value).collect()
    }

    /// Isotonic regression in this direction.
    fn monotone(self, values: &[f64]) -> Vec<f64> {
        self.turned(&pooled(&self.turned(values)))
    }

    /// The direction with the better fit; rising if they are equal.
    fn of(values: &[f64]) -> Direction {
        let away = |direction: Direction| -> f64 {
            direction.monotone(values).iter().zip(values).map(|(fit, value)| (fit - value) * (fit - value)).sum()
        };
        if away(Direction::Falling) < away(Direction::Rising) { Direction::Falling } else { Direction::Rising }
    }

    /// Where monotone values cross the threshold: minus infinity below the range and infinity above; `None` if all are
    /// equal to it.
    fn crossing(self, x: &[f64], monotone: &[f64], threshold: f64) -> Option<f64> {
        let past: Vec<f64> = self.turned(&monotone.iter().map(|value| value - threshold).collect::<Vec<_>>());
        let under = past.iter().take_while(|value| **value < 0.0).count();
        let on = past[under..].iter().take_while(|value| **value == 0.0).count();
        match (under, on) {
            (0, 0) => Some(f64::NEG_INFINITY),
            (under, 0) if under == x.len() => Some(f64::INFINITY),
            (0, on) if on == x.len() => None,
            (under, 0) => {
                let (low, high) = (past[under - 1], past[under]);
                Some(x[under - 1] + (x[under] - x[under - 1]) * (-low / (high - low)))
            }
            (under, on) => Some((x[under] + x[under + on - 1]) / 2.0),
        }
    }
}

fn limit(at: f64) -> Limit {
    match at {
        f64::NEG_INFINITY => Limit::BelowRange,
        f64::INFINITY => Limit::AboveRange,
        at => Limit::At(at),
    }
}

fn check(sweep: &[Swept]) -> Result<(Vec<&Swept>, BTreeSet<Pair>), FlipFault> {
    let mut sorted: Vec<&Swept> = sweep.iter().collect();
    sorted.sort_by(|one, other| one.x.total_cmp(&other.x));
    if sorted.len() < 2 {
        return Err(FlipFault::FewValues(sorted.len()));
    }
    let same = sorted.windows(2).find(|two| two[0].x == two[1].x).map(|two| two[0]);
    if let Some(it) = same.or(sorted.iter().find(|it| !it.x.is_finite()).copied()) {
        return Err(FlipFault::Value(it.x));
    }
    let has = |pair: &Pair| sorted.iter().all(|it| it.net.contains_key(pair));
    let common: BTreeSet<Pair> = sorted[0].net.keys().copied().filter(has).collect();
    if common.len() < 2 {
        return Err(FlipFault::FewPairs(common.len()));
    }
    let mut all = sorted.iter().flat_map(|it| &it.net);
    if let Some((pair, _)) = all.find(|(pair, net)| common.contains(pair) && !net.is_finite()) {
        return Err(FlipFault::NotFinite(*pair));
    }
    Ok((sorted, common))
}

/// Where the mean of a headline figure crosses `threshold` as the input increases, with an interval from resampled
/// pairs.
///
/// Give the direction if it is known in advance. Otherwise the one with the better fit is used, also in all resamples:
/// the interval then ignores the uncertainty about the direction.
///
/// # Errors
/// Fewer than two values or two common pairs, a duplicate value, or non-finite numbers.
pub fn flip(
    sweep: &[Swept],
    threshold: f64,
    direction: Option<Direction>,
    design: Design,
    seed: u64,
) -> Result<FlipPoint, FlipFault> {
    let (sorted, common) = check(sweep)?;
    let pairs: Vec<Pair> = common.iter().copied().collect();
    let every: BTreeSet<&Pair> = sorted.iter().flat_map(|it| it.net.keys()).collect();
    let x: Vec<f64> = sorted.iter().map(|it| it.x).collect();
    let columns: Vec<Vec<f64>> = sorted.iter().map(|it| pairs.iter().map(|pair| it.net[pair]).collect()).collect();
    let sampling = Resampling::new(&pairs, design, seed);
    let of = |weights: &[f64]| -> Vec<f64> { columns.iter().map(|column| weighted(weights, column)).collect() };
    let means = of(&sampling.own());
    let direction = direction.unwrap_or_else(|| Direction::of(&means));
    let monotone = direction.monotone(&means);
    let own = direction.crossing(&x, &monotone, threshold);

    let mut above = vec![0.0; x.len()];
    let mut crossings = Vec::new();
    for at in 0..RESAMPLES {
        let means = of(&sampling.weights(at));
        for (above, mean) in above.iter_mut().zip(&means) {
            *above += f64::from(u8::from(*mean > threshold)) / RESAMPLES as f64;
        }
        crossings.extend(direction.crossing(&x, &direction.monotone(&means), threshold));
    }
    crossings.sort_by(f64::total_cmp);
    let swept = |(at, column): (usize, &Vec<f64>)| {
        let by_pair = pairs.iter().copied().zip(column.iter().copied()).collect();
        let mean = Mean::of(&by_pair, design)?;
        Some(SweptMean { x: x[at], mean, monotone: monotone[at], above: above[at] })
    };
    let misfit = means.iter().zip(&monotone).map(|(mean, fit)| (mean - fit).abs()).fold(0.0, f64::max);
    let limits = own.filter(|_| !crossings.is_empty()).map(|_| {
        let at = |share: f64| limit(quantile_of_range(&crossings, share));
        (at(0.025), at(0.975))
    });
    let at = own.map_or(Flip::Never(ThresholdSide::On), |at| found(at, direction));
    let same = |crossing: &&f64| match (found(**crossing, direction), at) {
        (Flip::At(_), Flip::At(_)) => true,
        (other, at) => other == at,
    };
    Ok(FlipPoint {
        threshold,
        direction,
        at,
        agree: crossings.iter().filter(same).count() as f64 / RESAMPLES as f64,
        limits,
        within: crossings.iter().filter(|at| at.is_finite()).count() as f64 / RESAMPLES as f64,
        means: columns.iter().enumerate().filter_map(swept).collect(),
        misfit,
        pairs: pairs.len(),
        left_out: every.len() - pairs.len(),
    })
}

/// A quantile of sorted crossings, which may be infinite: between a finite and an infinite one the infinite one is
/// taken, which is conservative.
fn quantile_of_range(sorted: &[f64], at: f64) -> f64 {
    let position = at * (sorted.len() - 1) as f64;
    let neighbours = [position.floor(), position.ceil()].map(|place| sorted[place as usize]);
    if neighbours.iter().all(|value| value.is_finite()) {
        return quantile(sorted, at);
    }
    neighbours[usize::from(at > 0.5)]
}

fn found(at: f64, direction: Direction) -> Flip {
    match (at, direction) {
        (f64::NEG_INFINITY, Direction::Rising) | (f64::INFINITY, Direction::Falling) => {
            Flip::Never(ThresholdSide::Above)
        }
        (f64::NEG_INFINITY, Direction::Falling) | (f64::INFINITY, Direction::Rising) => {
            Flip::Never(ThresholdSide::Below)
        }
        (at, _) => Flip::At(at),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    use super::*;
    use crate::stats::pairs::Lots;

    const KAPPA: [f64; 4] = [0.0, 0.2, 0.5, 0.8];

    fn normal(seed: u64, at: usize) -> f64 {
        let uniform = ((Lots::new(seed, at).word() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0;
        Normal::standard().inverse_cdf(uniform)
    }

    /// `n` pairs with slope × (x − 0.4) + noise of the pair, the same at all x.
    fn line(seed: u64, n: usize, slope: f64) -> Vec<Swept> {
        let net = |x: f64| (0..n).map(|at| ((0, at as i64), slope * (x - 0.4) + normal(seed, at))).collect();
        KAPPA.iter().map(|x| Swept { x: *x, net: net(*x) }).collect()
    }

    #[test]
    fn neighbours_against_the_direction_are_pooled() {
        assert_eq!(pooled(&[1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(pooled(&[3.0, 2.0, 1.0]), [2.0, 2.0, 2.0]);
        // By hand, from the right: 8 and 1 pool to 4.5, with 6 to 5, and 9 stays.
        assert_eq!(pooled(&[6.0, 8.0, 1.0, 9.0]), [5.0, 5.0, 5.0, 9.0]);
        assert_eq!(Direction::Falling.monotone(&[4.0, 2.0, 3.0, 1.0]), [4.0, 2.5, 2.5, 1.0]);
        assert_eq!(Direction::of(&[4.0, 2.0, 3.0, 1.0]), Direction::Falling);
        assert_eq!(Direction::of(&[1.0, 1.0]), Direction::Rising);
    }

    #[test]
    fn crossings_by_hand() {
        let up = |values: &[f64]| Direction::Rising.crossing(&KAPPA, values, 10.0);
        assert_eq!(up(&[0.0, 5.0, 15.0, 20.0]), Some(0.35));
        assert_eq!(up(&[0.0, 10.0, 10.0, 20.0]), Some(0.35));
        assert_eq!(up(&[10.0, 11.0, 12.0, 13.0]), Some(0.0));
        assert_eq!(up(&[11.0, 11.0, 12.0, 13.0]), Some(f64::NEG_INFINITY));
        assert_eq!(up(&[1.0, 1.0, 2.0, 9.0]), Some(f64::INFINITY));
        assert_eq!(up(&[10.0; 4]), None);
        assert_eq!(Direction::Falling.crossing(&KAPPA, &[20.0, 15.0, 5.0, 0.0], 10.0), Some(0.35));
    }

    #[test]
    fn a_straight_line_flips_where_algebra_says_with_limits_of_the_mean() {
        let (n, slope) = (400, 10.0);
        for sign in [1.0, -1.0] {
            let it = flip(&line(1, n, sign * slope), 0.0, None, Design::Alone, 2).unwrap();
            assert_eq!(it.direction, if sign > 0.0 { Direction::Rising } else { Direction::Falling });
            let luck: Vec<f64> = (0..n).map(|at| normal(1, at)).collect();
            let mean = luck.iter().sum::<f64>() / n as f64;
            let sd = (luck.iter().map(|own| (own - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
            let Flip::At(at) = it.at else { panic!("{it:?}") };
            assert!((at - (0.4 - sign * mean / slope)).abs() < 1e-9, "{at}");
            let Some((Limit::At(low), Limit::At(high))) = it.limits else { panic!("{it:?}") };
            // The limits are quantiles of 2000 nearly normal means: error √(.025 × .975 / 2000) ÷ .0584 = 0.060 each.
            let unit = sd / (n as f64).sqrt() / slope;
            assert!(((at - low) / unit - 1.96).abs() < 4.9 * 0.061, "{}", (at - low) / unit);
            assert!(((high - at) / unit - 1.96).abs() < 4.9 * 0.061, "{}", (high - at) / unit);
            assert_eq!((it.within, it.misfit < 1e-12, it.pairs), (1.0, true, n));
        }
    }

    #[test]
    fn what_never_flips_says_on_which_side_it_stays() {
        let it = flip(&line(1, 50, 10.0), 30.0, Some(Direction::Rising), Design::Alone, 2).unwrap();
        assert_eq!((it.at, it.within, it.agree), (Flip::Never(ThresholdSide::Below), 0.0, 1.0));
        assert_eq!(it.limits, Some((Limit::AboveRange, Limit::AboveRange)));
        let it = flip(&line(1, 50, -10.0), -30.0, None, Design::Alone, 2).unwrap();
        assert_eq!(it.at, Flip::Never(ThresholdSide::Above));
        assert!(it.means.iter().all(|mean| mean.above > 0.999_999));
        // A threshold near the end of the range: the crossing is certainly high, but not certainly within the range.
        let it = flip(&line(1, 50, 10.0), 4.0, None, Design::Alone, 2).unwrap();
        let (low, high) = it.limits.unwrap();
        assert!(matches!(low, Limit::At(at) if at > 0.7) && high == Limit::AboveRange, "{it:?}");
        assert!(it.within > 0.05 && it.within < 0.95);
        let zero = Swept { x: 0.0, net: BTreeMap::from([((0, 0), 0.0), ((0, 1), 0.0)]) };
        let it = flip(&[zero.clone(), Swept { x: 1.0, ..zero }], 0.0, None, Design::Alone, 1).unwrap();
        assert_eq!((it.at, it.limits), (Flip::Never(ThresholdSide::On), None));
    }

    #[test]
    fn a_limit_between_the_range_and_beyond_is_the_outer_one() {
        let (under, over) = (f64::NEG_INFINITY, f64::INFINITY);
        // Five numbers: .1 is between the first two, .9 between the last two.
        assert_eq!(quantile_of_range(&[under, 1.0, 2.0, 3.0, over], 0.1), under);
        assert_eq!(quantile_of_range(&[under, 1.0, 2.0, 3.0, over], 0.9), over);
        assert_eq!(quantile_of_range(&[1.0, over, over, over, over], 0.1), 1.0);
        assert_eq!(quantile_of_range(&[under, under, under, under, 1.0], 0.9), 1.0);
        assert_eq!(quantile_of_range(&[0.0, 1.0, 2.0, 3.0, over], 0.125), 0.5);
    }

    #[test]
    fn limits_hold_the_truth_as_often_as_percentiles_do() {
        // Percentiles of 25 pairs have a variance that is too small by 1/25, and use the normal instead of Student's t:
        // 93.4 %.
        let (cases, mut held) = (400, 0);
        for case in 0..cases {
            let it = flip(&line(1000 + case, 25, 10.0), 0.0, Some(Direction::Rising), Design::Alone, case).unwrap();
            let Some((Limit::At(low), Limit::At(high))) = it.limits else { panic!("{it:?}") };
            held += usize::from(low <= 0.4 && 0.4 <= high);
        }
        let share = held as f64 / cases as f64;
        assert!((share - 0.934).abs() < 4.9 * (0.934_f64 * 0.066 / cases as f64).sqrt(), "{share}");
    }

    #[test]
    fn only_pairs_that_all_values_have_count_and_faults_are_told() {
        let mut sweep = line(1, 20, 10.0);
        sweep[2].net.remove(&(0, 3));
        sweep[0].net.insert((9, 9), 1e9);
        sweep.reverse();
        let it = flip(&sweep, 0.0, None, Design::Alone, 1).unwrap();
        assert_eq!((it.pairs, it.left_out, it.means[0].x), (19, 2, 0.0));
        assert_eq!(flip(&sweep[..1], 0.0, None, Design::Alone, 1), Err(FlipFault::FewValues(1)));
        assert_eq!(
            flip(&[sweep[0].clone(), sweep[0].clone()], 0.0, None, Design::Alone, 1),
            Err(FlipFault::Value(0.8))
        );
        sweep[0].net.insert((0, 5), f64::INFINITY);
        assert_eq!(flip(&sweep, 0.0, None, Design::Alone, 1), Err(FlipFault::NotFinite((0, 5))));
        sweep[0].net.clear();
        assert_eq!(flip(&sweep, 0.0, None, Design::Alone, 1), Err(FlipFault::FewPairs(0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pooled_values_never_fall_and_keep_their_sum(values in proptest::collection::vec(-9.0_f64..9.0, 1..12)) {
            let it = pooled(&values);
            prop_assert!(it.windows(2).all(|two| two[0] <= two[1]));
            prop_assert!((it.iter().sum::<f64>() - values.iter().sum::<f64>()).abs() < 1e-9);
            // It is the isotonic regression: residuals are orthogonal to it, and have no positive component along
            // increasing sequences.
            let along: f64 = it.iter().zip(&values).map(|(fit, value)| fit * (value - fit)).sum();
            prop_assert!(along.abs() < 1e-9);
            let mut left = 0.0;
            for (fit, value) in it.iter().zip(&values).rev() {
                left += value - fit;
                prop_assert!(left < 1e-9);
            }
        }
    }
}

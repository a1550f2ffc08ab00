//! Decomposition of the variance of a mean (*variantiecomponenten*): parameter uncertainty, Monte Carlo error, and
//! their interaction.
//!
//! A paired difference is y(d, r) = mean + parameters(d) + luck(r) + rest(d, r) if all draws use the same random
//! numbers in a replicate (crossed, two-way random effects), and mean + parameters(d) + luck(d, r) if each draw has its
//! own (nested). Sources: Searle, Casella & McCulloch, Variance Components (1992), chapter 4, for the estimates;
//! Williams, Biometrika 49 (1962), pages 278-281, for limits of a component.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

use super::pairs::{Design, Mean, Pair, Squares, means, sum_of_squares};

/// Why a table cannot be decomposed, or two tables not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VarianceFault {
    /// Too few draws.
    FewDraws {
        /// Number of draws.
        have: usize,
        /// Minimum number of draws.
        need: usize,
    },
    /// Too few replicates per draw.
    FewReplicates {
        /// Number of replicates of the draw with the fewest.
        have: usize,
        /// Minimum number of replicates.
        need: usize,
    },
    /// Not every draw has the same replicates (crossed) or as many (nested).
    Unbalanced {
        /// Number of values.
        have: usize,
        /// Number of values of the full table.
        need: usize,
    },
    /// A value that is not finite.
    NotFinite(Pair),
    /// A pair that only one of the two scenarios has.
    NotPaired(Pair),
    /// No variation.
    Constant,
}

impl fmt::Display for VarianceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VarianceFault::FewDraws { have, need } => write!(f, "too few draws: {have}; run at least {need}"),
            VarianceFault::FewReplicates { have, need } => {
                write!(f, "too few replicates of a draw: {have}; run at least {need}")
            }
            VarianceFault::Unbalanced { have, need } => {
                write!(f, "draws differ in their replicates: {have} values of {need}; run the rest, or leave draws out")
            }
            VarianceFault::NotFinite((draw, replicate)) => {
                write!(f, "draw {draw}, replicate {replicate} has no finite value; leave its draw out")
            }
            VarianceFault::NotPaired((draw, replicate)) => {
                write!(f, "draw {draw}, replicate {replicate} is of one scenario only; give both the same pairs")
            }
            VarianceFault::Constant => write!(f, "all values are the same; choose a figure that the scenario changes"),
        }
    }
}

impl std::error::Error for VarianceFault {}

/// One source of variance, in the squared unit of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Component {
    /// Unbiased estimate of the component; may be negative by chance if it is small.
    pub raw: f64,
    /// The same, with negative values set to 0.
    pub variance: f64,
    /// 95 % limits: exact for the residual, otherwise those of Williams, whose coverage is at least 90 % and in
    /// practice near 95 %.
    pub limits: (f64, f64),
    /// 95 % limits of its ratio to the residual, exact for normal data (F); `None` for the residual itself, or if it is
    /// zero.
    pub to_rest: Option<(f64, f64)>,
    /// Degrees of freedom of its mean square.
    pub freedom: f64,
    /// Its contribution to the variance of the mean.
    pub of_mean: f64,
    /// Fraction of the variance of the mean, between 0 and 1; 0 if nothing varies.
    pub share: f64,
}

/// The variance of a mean by source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Split {
    /// Design: nested or crossed.
    pub design: Design,
    /// Draws.
    pub draws: usize,
    /// Replicates per draw.
    pub replicates: usize,
    /// The mean, its error and its limits.
    pub mean: Mean,
    /// Unbiased estimate of the variance of the mean; may be negative by chance if it is small.
    pub raw: f64,
    /// Parameter uncertainty: between draws.
    pub parameters: Component,
    /// Random numbers that all draws share: between replicates. `None` in a nested table, where none are shared.
    pub luck: Option<Component>,
    /// Crossed: interaction of parameters and random numbers; nested: Monte Carlo error within draws.
    pub rest: Component,
}

/// A mean square with its degrees of freedom.
#[derive(Clone, Copy)]
struct Square {
    value: f64,
    freedom: f64,
}

impl Split {
    /// Decomposes a table in which replicate r uses the same random numbers in all draws.
    ///
    /// # Errors
    /// Fewer than two draws or replicates, a draw with missing replicates, or a non-finite value.
    pub fn crossed(values: &BTreeMap<Pair, f64>) -> Result<Split, VarianceFault> {
        check(values, Design::Crossed)?;
        let squares = Squares::of(values).ok_or(VarianceFault::FewReplicates { have: 1, need: 2 })?;
        let (d, r) = (squares.draws, squares.replicates);
        let rest = Square { value: squares.rest, freedom: (d - 1.0) * (r - 1.0) };
        let of_draws = Square { value: squares.of_draws, freedom: d - 1.0 };
        let of_luck = Square { value: squares.of_replicates, freedom: r - 1.0 };
        let mean = Mean::of(values, Design::Crossed).ok_or(VarianceFault::FewDraws { have: 0, need: 2 })?;
        let raw = (squares.of_draws + squares.of_replicates - squares.rest) / (d * r);
        let luck = Some(component(of_luck, rest, d, r));
        let parameters = component(of_draws, rest, r, d);
        let sizes = (d as usize, r as usize);
        Ok(Split::shared_out(Design::Crossed, sizes, mean, raw, parameters, luck, left_over(rest, d * r)))
    }

    /// Decomposes a table in which each draw has its own random numbers; replicates of different draws may have the
    /// same numbers.
    ///
    /// # Errors
    /// Fewer than two draws or replicates, draws with different numbers of replicates, or a non-finite value.
    pub fn nested(values: &BTreeMap<Pair, f64>) -> Result<Split, VarianceFault> {
        let (draws, replicates) = check(values, Design::Nested)?;
        let (d, r) = (draws as f64, replicates as f64);
        let by_draw = means(values, |pair| pair.0);
        let names: BTreeSet<i64> = values.keys().map(|pair| pair.0).collect();
        let own: BTreeMap<i64, f64> = names.into_iter().zip(by_draw.iter().copied()).collect();
        let within: f64 = values.iter().map(|(pair, value)| (value - own[&pair.0]).powi(2)).sum();
        let rest = Square { value: within / (d * (r - 1.0)), freedom: d * (r - 1.0) };
        let of_draws = Square { value: r * sum_of_squares(&by_draw) / (d - 1.0), freedom: d - 1.0 };
        let mean = Mean::of(values, Design::Nested).ok_or(VarianceFault::FewDraws { have: 0, need: 2 })?;
        let raw = of_draws.value / (d * r);
        let parameters = component(of_draws, rest, r, d);
        Ok(Split::shared_out(Design::Nested, (draws, replicates), mean, raw, parameters, None, left_over(rest, d * r)))
    }

    /// The decomposition with the fraction of each source.
    fn shared_out(
        design: Design,
        (draws, replicates): (usize, usize),
        mean: Mean,
        raw: f64,
        parameters: Component,
        luck: Option<Component>,
        rest: Component,
    ) -> Split {
        let whole = parameters.of_mean + luck.map_or(0.0, |luck| luck.of_mean) + rest.of_mean;
        let share = |it: Component| Component { share: if whole > 0.0 { it.of_mean / whole } else { 0.0 }, ..it };
        let (parameters, luck, rest) = (share(parameters), luck.map(share), share(rest));
        Split { design, draws, replicates, mean, raw, parameters, luck, rest }
    }

    /// The Monte Carlo standard error of a mean over this many draws and replicates per draw, given the estimated
    /// components.
    pub fn error_at(&self, draws: usize, replicates: usize) -> f64 {
        let (d, r) = (draws as f64, replicates as f64);
        let shared = self.luck.map_or(0.0, |luck| luck.variance);
        (self.parameters.variance / d + shared / r + self.rest.variance / (d * r)).sqrt()
    }
}

/// Numbers of draws and of replicates per draw of a table that can be decomposed.
fn check(values: &BTreeMap<Pair, f64>, design: Design) -> Result<(usize, usize), VarianceFault> {
    if let Some((pair, _)) = values.iter().find(|(_, value)| !value.is_finite()) {
        return Err(VarianceFault::NotFinite(*pair));
    }
    let mut sizes: BTreeMap<i64, usize> = BTreeMap::new();
    values.keys().for_each(|pair| *sizes.entry(pair.0).or_default() += 1);
    let fewest = sizes.values().copied().min().unwrap_or(0);
    let replicates = match design {
        Design::Crossed => values.keys().map(|pair| pair.1).collect::<BTreeSet<_>>().len(),
        Design::Alone | Design::Nested => sizes.values().copied().max().unwrap_or(0),
    };
    if sizes.len() < 2 {
        return Err(VarianceFault::FewDraws { have: sizes.len(), need: 2 });
    }
    if replicates < 2 {
        return Err(VarianceFault::FewReplicates { have: fewest, need: 2 });
    }
    let need = sizes.len() * replicates;
    if values.len() != need {
        return Err(VarianceFault::Unbalanced { have: values.len(), need });
    }
    Ok((sizes.len(), replicates))
}

/// The component from a mean square, where `each` values share a level, and the mean averages `levels` of them.
fn component(own: Square, rest: Square, each: f64, levels: f64) -> Component {
    let raw = (own.value - rest.value) / each;
    let variance = raw.max(0.0);
    let (limits, to_rest) = limits(own, rest, each);
    Component { raw, variance, limits, to_rest, freedom: own.freedom, of_mean: variance / levels, share: 0.0 }
}

fn left_over(rest: Square, cells: f64) -> Component {
    let limit = |at: f64| rest.freedom * rest.value / chi_squared(at, rest.freedom);
    Component {
        raw: rest.value,
        variance: rest.value,
        limits: (limit(0.975), limit(0.025)),
        to_rest: None,
        freedom: rest.freedom,
        of_mean: rest.value / cells,
        share: 0.0,
    }
}

/// Limits of a component (Williams) and of its ratio to the residual (exact).
fn limits(own: Square, rest: Square, each: f64) -> ((f64, f64), Option<(f64, f64)>) {
    let sum = own.value * own.freedom / each;
    if rest.value <= 0.0 {
        let limit = |at: f64| sum / chi_squared(at, own.freedom);
        return ((limit(0.975), limit(0.025)), None);
    }
    let ratio = own.value / rest.value;
    let [high, low] = [0.975, 0.025].map(|at| fisher(at, own.freedom, rest.freedom));
    let limit = |at: f64, f: f64| (sum * (1.0 - f / ratio) / chi_squared(at, own.freedom)).max(0.0);
    let to_rest = ((ratio / high - 1.0).max(0.0) / each, (ratio / low - 1.0).max(0.0) / each);
    let of_component = if ratio > 0.0 { (limit(0.975, high), limit(0.025, low)) } else { (0.0, 0.0) };
    (of_component, Some(to_rest))
}

fn chi_squared(at: f64, freedom: f64) -> f64 {
    ChiSquared::new(freedom).map_or(f64::NAN, |law| law.inverse_cdf(at))
}

fn fisher(at: f64, first: f64, second: f64) -> f64 {
    FisherSnedecor::new(first, second).map_or(f64::NAN, |law| law.inverse_cdf(at))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use statrs::distribution::Normal;

    use super::*;
    use crate::stats::pairs::Lots;

    /// Tolerance of tests on normal estimates: 4.9 standard errors leave 1e-6.
    pub(crate) const KNOWN: f64 = 4.9;

    /// A standard normal number with an address.
    pub(crate) fn normal(seed: u64, at: usize) -> f64 {
        let uniform = ((Lots::new(seed, at).word() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0;
        Normal::standard().inverse_cdf(uniform)
    }

    /// y(d, r) of one scenario: `a` × parameters of d + `b` × noise of r + `e` × an independent residual, all standard
    /// normal.
    pub(crate) fn outcome(
        world: u64,
        of: (f64, f64, f64, f64),
        draws: usize,
        replicates: usize,
    ) -> BTreeMap<Pair, f64> {
        let (mean, a, b, e) = of;
        let cells = (0..draws).flat_map(|d| (0..replicates).map(move |r| (d, r)));
        let value = |d: usize, r: usize| {
            let own = normal(1000 + world, d * 100_000 + r);
            mean + a * normal(1, d) + b * normal(2, r) + e * own
        };
        cells.map(|(d, r)| ((d as i64, r as i64), value(d, r))).collect()
    }

    fn less(first: &BTreeMap<Pair, f64>, second: &BTreeMap<Pair, f64>) -> BTreeMap<Pair, f64> {
        first.iter().zip(second.values()).map(|((pair, a), b)| (*pair, b - a)).collect()
    }

    #[test]
    fn a_crossed_ensemble_of_two_scenarios_gives_back_the_parts_of_its_paired_variance() {
        // In the paired difference, parameters leave (3 − 1)² = 4, noise (4 − 1)² = 9 and the residuals 1² + 2² = 5.
        let (d, r) = (120, 80);
        let difference = less(&outcome(1, (10.0, 1.0, 1.0, 1.0), d, r), &outcome(2, (7.0, 3.0, 4.0, 2.0), d, r));
        let it = Split::crossed(&difference).unwrap();
        let luck = it.luck.unwrap();
        let (d, r) = (d as f64, r as f64);
        let rest_error = 5.0 * (2.0 / ((d - 1.0) * (r - 1.0))).sqrt();
        // Mean squares are their expectation × chi squared ÷ degrees of freedom; that of the residual adds little. Chi
        // squared with 79 degrees has a skewness of √(8/79), which 6.5 errors cover.
        let draws_error = (4.0 + 5.0 / r) * (2.0 / (d - 1.0)).sqrt();
        let luck_error = (9.0 + 5.0 / d) * (2.0 / (r - 1.0)).sqrt();
        assert!((it.rest.raw - 5.0).abs() < KNOWN * rest_error, "{it:?}");
        assert!((it.parameters.raw - 4.0).abs() < 6.5 * draws_error, "{it:?}");
        assert!((luck.raw - 9.0).abs() < 6.5 * luck_error, "{it:?}");
        let law = 4.0 / d + 9.0 / r + 5.0 / (d * r);
        assert!((it.mean.mean + 3.0).abs() < KNOWN * law.sqrt(), "{it:?}");
        // The combination of the errors of the parts is that of the whole.
        let error = (draws_error / d).hypot(luck_error / r);
        assert!((it.raw - law).abs() < 6.5 * error, "{} {law}", it.raw);
        assert!((it.mean.error.unwrap().powi(2) - it.raw).abs() < 1e-12);
        assert!((it.parameters.share + luck.share + it.rest.share - 1.0).abs() < 1e-12);
        assert!((luck.share - luck.variance / r / it.raw).abs() < 1e-12);
        // Precise enough to separate the components 4, 9 and 5 by more than ten of their smallest errors.
        assert!(6.5 * rest_error < 0.5 && it.parameters.limits.0 > 2.0 && luck.limits.0 > 5.0, "{it:?}");
    }

    #[test]
    fn estimates_are_unbiased_over_many_small_tables_and_intervals_cover() {
        // 3000 tables of 6 draws × 4 replicates with components 2, 1 and 3.
        let tables = 3000;
        let (mut sums, mut squares, mut covered, mut exact, mut of_mean) = ([0.0; 4], [0.0; 4], [0; 3], 0, 0);
        for table in 0..tables {
            let value = |d: usize, r: usize| {
                let at = |kind: usize, cell: usize| normal(77 + kind as u64, table * 100 + cell);
                2_f64.sqrt() * at(0, d) + at(1, r) + 3_f64.sqrt() * at(2, d * 4 + r)
            };
            let cells = (0..6).flat_map(|d| (0..4).map(move |r| (d, r)));
            let values = cells.map(|(d, r)| ((d as i64, r as i64), value(d, r))).collect();
            let it = Split::crossed(&values).unwrap();
            let luck = it.luck.unwrap();
            for (at, found) in [it.parameters.raw, luck.raw, it.rest.raw, it.raw].into_iter().enumerate() {
                sums[at] += found;
                squares[at] += found * found;
            }
            for (at, (part, truth)) in [(it.parameters, 2.0), (luck, 1.0), (it.rest, 3.0)].into_iter().enumerate() {
                covered[at] += usize::from(part.limits.0 <= truth && truth <= part.limits.1);
            }
            let (low, high) = luck.to_rest.unwrap();
            exact += usize::from(low <= 1.0 / 3.0 && 1.0 / 3.0 <= high);
            let (low, high) = it.mean.limits.unwrap();
            of_mean += usize::from(low <= 0.0 && 0.0 <= high);
        }
        let n = tables as f64;
        let truth = [2.0, 1.0, 3.0, 2.0 / 6.0 + 1.0 / 4.0 + 3.0 / 24.0];
        for at in 0..4 {
            let mean = sums[at] / n;
            let error = ((squares[at] / n - mean * mean) / n).sqrt();
            assert!((mean - truth[at]).abs() < KNOWN * error && error < 0.05, "{at}: {mean} {error}");
        }
        // Binomial: 95 % within 4.9 errors for the exact limits; for Williams and for Satterthwaite at least 93 %,
        // minus the same.
        let error = (0.95 * 0.05 / n).sqrt();
        let share = |count: usize| count as f64 / n;
        assert!((share(covered[2]) - 0.95).abs() < KNOWN * error, "{covered:?}");
        assert!((share(exact) - 0.95).abs() < KNOWN * error, "{exact}");
        assert!(share(covered[0]) > 0.93 - KNOWN * error && share(covered[1]) > 0.93 - KNOWN * error, "{covered:?}");
        assert!(share(of_mean) > 0.93 - KNOWN * error, "{of_mean}");
    }

    #[test]
    fn a_table_by_hand_crossed_and_nested() {
        let rows = [[2.0, 2.0], [3.0, 5.0], [7.0, 11.0]];
        let cells = (0..3).flat_map(|d| (0..2).map(move |r| ((d as i64, r as i64), rows[d][r])));
        let values: BTreeMap<Pair, f64> = cells.collect();
        let it = Split::crossed(&values).unwrap();
        // Mean squares 26, 6 and 2.
        let luck = it.luck.unwrap();
        assert_eq!((it.parameters.raw, it.rest.raw, it.raw), (12.0, 2.0, 5.0));
        assert!((luck.raw - 4.0 / 3.0).abs() < 1e-12 && (luck.of_mean - 2.0 / 3.0).abs() < 1e-12);
        assert!((it.parameters.share - 0.8).abs() < 1e-12);
        // Tables: F(2, 2) at .975 is 39, so its inverse at .025; 13 ÷ 39 < 1, and (13 × 39 − 1) ÷ 2 = 253.
        let (low, high) = it.parameters.to_rest.unwrap();
        assert!(low == 0.0 && (high - 253.0).abs() < 1e-6, "{high}");
        // Chi squared with 2 degrees at .025 is −2 ln .975.
        let limit = 2.0 * 2.0 / (-2.0 * 0.975_f64.ln());
        assert!((it.rest.limits.1 / limit - 1.0).abs() < 1e-9);
        let limit = 26.0 * (1.0 - 1.0 / 39.0 / 13.0) / (-2.0 * 0.975_f64.ln());
        assert!((it.parameters.limits.1 / limit - 1.0).abs() < 1e-6, "{:?}", it.parameters);
        // Nested: squares within 0, 2, 8 with 3 degrees of freedom.
        let it = Split::nested(&values).unwrap();
        assert!((it.rest.raw - 10.0 / 3.0).abs() < 1e-12 && it.luck.is_none());
        assert!((it.parameters.raw - (26.0 - 10.0 / 3.0) / 2.0).abs() < 1e-12);
        assert!((it.raw - 26.0 / 6.0).abs() < 1e-12);
        // Replicate numbers may differ between draws in a nested design.
        let renamed = values.iter().map(|((d, r), value)| ((*d, 10 * d + r), *value)).collect();
        assert_eq!(Split::nested(&renamed).unwrap().rest, it.rest);
        assert_eq!(Split::crossed(&renamed), Err(VarianceFault::Unbalanced { have: 6, need: 18 }));
    }

    #[test]
    fn a_component_that_chance_takes_below_zero_is_told_and_counted_as_none() {
        // All draw means are 0: less variation between them than the residual would cause.
        let values = BTreeMap::from([((0, 0), 1.0), ((0, 1), -1.0), ((1, 0), -1.0), ((1, 1), 1.0)]);
        let it = Split::crossed(&values).unwrap();
        assert_eq!((it.parameters.raw, it.parameters.variance, it.rest.raw), (-2.0, 0.0, 4.0));
        assert_eq!((it.raw, it.rest.share, it.parameters.limits), (-1.0, 1.0, (0.0, 0.0)));
        // The error is that of four values of variance 4.
        assert_eq!(it.mean.error, Some(1.0));
    }

    #[test]
    fn what_cannot_be_split_says_what_is_needed() {
        let of = |pairs: &[Pair]| pairs.iter().map(|pair| (*pair, 1.0)).collect::<BTreeMap<_, _>>();
        assert_eq!(Split::crossed(&of(&[(0, 0), (0, 1)])), Err(VarianceFault::FewDraws { have: 1, need: 2 }));
        assert_eq!(Split::crossed(&of(&[(0, 0), (1, 0)])), Err(VarianceFault::FewReplicates { have: 1, need: 2 }));
        assert_eq!(Split::nested(&of(&[(0, 0), (0, 1), (1, 0)])), Err(VarianceFault::Unbalanced { have: 3, need: 4 }));
        assert_eq!(Split::nested(&BTreeMap::new()), Err(VarianceFault::FewDraws { have: 0, need: 2 }));
        let mut values = of(&[(0, 0), (0, 1), (1, 0), (1, 1)]);
        let flat = Split::crossed(&values).unwrap();
        assert_eq!((flat.mean.error, flat.rest.share), (Some(0.0), 0.0));
        values.insert((1, 1), f64::NAN);
        let fault = Split::crossed(&values).unwrap_err();
        assert_eq!(fault, VarianceFault::NotFinite((1, 1)));
        assert!(fault.to_string().contains("draw 1, replicate 1"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_add_up_to_the_whole_and_a_shift_moves_none(
            values in proptest::collection::vec(-50.0_f64..50.0, 12), shift in -1000.0_f64..1000.0,
        ) {
            let table = |shift: f64| -> BTreeMap<Pair, f64> {
                values.iter().enumerate().map(|(at, value)| ((at as i64 / 3, at as i64 % 3), value + shift)).collect()
            };
            let (it, moved) = (Split::crossed(&table(0.0)).unwrap(), Split::crossed(&table(shift)).unwrap());
            let luck = it.luck.unwrap();
            let raw = it.parameters.raw / 4.0 + luck.raw / 3.0 + it.rest.raw / 12.0;
            prop_assert!((raw - it.raw).abs() < 1e-9 * (1.0 + raw.abs()));
            prop_assert!((it.parameters.share + luck.share + it.rest.share - 1.0).abs() < 1e-9);
            let error = it.error_at(4, 3);
            prop_assert!((error - it.mean.error.unwrap()).abs() < 1e-9 * (1.0 + error), "{} {:?}", error, it.mean);
            prop_assert!((it.raw - moved.raw).abs() < 1e-8 * (1.0 + it.raw.abs()));
            for part in [it.parameters, luck, it.rest] {
                prop_assert!(part.limits.0 <= part.limits.1 && part.limits.0 >= 0.0);
            }
        }
    }
}

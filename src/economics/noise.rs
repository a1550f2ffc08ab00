//! Monte Carlo error in the value of information: it inflates the expected value of perfect information (EVPI) and
//! flattens acceptability curves, because the best strategy of a draw is selected partly on noise.
//!
//! The mean of a draw over R replicates has variance B + W/R: parameter uncertainty and Monte Carlo error. There are
//! two corrections: shrinking the draw means until their variance is B, and extrapolation in R by leaving replicates
//! out. Sources: O'Hagan, Stevenson & Madan, Health Economics 16 (2007), pages 1009-1023, for the components; Louis,
//! Journal of the American Statistical Association 79 (1984), pages 393-398, for shrinking that preserves the spread;
//! Quenouille, Biometrika 43 (1956), pages 353-360, for the jackknife.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayView3, Axis};

use super::acceptability::{check_wtp, perfect_information};
use super::psa::{DrawMeans, Psa, column_means};
use crate::stats::linear::eigen;
use crate::stats::lots;
use crate::stats::pairs::Design;

/// Number of groups of draws left out in turn for the standard error of the shrunk estimate, which is then accurate to
/// 11 %.
const GROUPS: usize = 40;
/// Directions with a smaller fraction of the largest variance are rounding error: the strategies do not differ there.
const FLAT: f64 = 1e-9;

/// Draw means shrunk to the variance due to parameters alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// The shrunk draw means, with the same expected values. They can be used like others, for example in acceptability
    /// curves. The comparator is unchanged, with its Monte Carlo error; only differences between strategies are shrunk.
    pub means: DrawMeans,
    /// Fraction of the variance that is due to parameters, along independent directions of incremental cost and effect,
    /// descending. A negative value is an unbiased estimate of little or nothing, and was used as 0.
    pub kept: Vec<f64>,
}

/// The expected value of perfect information at one willingness to pay, with and without Monte Carlo error, in euro.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvpiUnderNoise {
    /// Willingness to pay, in euro per QALY.
    pub wtp: f64,
    /// From the unadjusted draw means: biased upward by Monte Carlo error.
    pub raw: f64,
    /// Standard error of `raw`, from the variation over draws.
    pub raw_se: f64,
    /// From shrunk draw means. Exact in expectation if parameter effects and Monte Carlo error are normal; otherwise
    /// the shape remains that of their sum.
    pub shrunk: f64,
    /// Standard error of `shrunk`, by leaving out groups of draws.
    pub shrunk_se: f64,
    /// Extrapolated over replicates: R × raw − (R − 1) × mean of raw with one replicate left out. Makes no
    /// distributional assumption and removes the bias of order 1/R, not that of 1/R²; may be negative.
    pub jackknife: f64,
    /// Standard error of `jackknife`, from the variation over draws.
    pub jackknife_se: f64,
}

/// Incremental costs and effects, columns in that order: replicates × draws × columns, in the order of the strategies
/// without the comparator.
fn increments(psa: &Psa) -> Vec<Array2<f64>> {
    let base = psa.comparator();
    let others: Vec<usize> = (0..psa.strategies().len()).filter(|at| *at != base).collect();
    let of = |values: ArrayView3<'_, f64>, at: (usize, usize, usize)| values[at] - values[(at.0, base, at.2)];
    let (draws, width) = (psa.draws(), others.len());
    let one = |replicate: usize| {
        Array2::from_shape_fn((draws, 2 * width), |(draw, column)| {
            let values = if column < width { psa.cost() } else { psa.effect() };
            of(values, (draw, others[column % width], replicate))
        })
    };
    (0..psa.replicates()).map(one).collect()
}

/// The linear map that shrinks deviations from the mean, and the fractions of variance it keeps.
struct Map {
    mean: Array1<f64>,
    /// Deviations, one per row, are multiplied by it from the right.
    matrix: Array2<f64>,
    kept: Vec<f64>,
}

/// The map from the means and replicates of some draws.
fn map(means: &Array2<f64>, replicates: &[Array2<f64>], design: Design) -> Map {
    let (n, width) = means.dim();
    let (draws, r) = (n as f64, replicates.len() as f64);
    let mean = Array1::from(column_means(means.view()));
    let centred = means - &mean;
    let mut total = centred.t().dot(&centred) / (draws - 1.0);
    let mut luck = Array2::zeros((width, width));
    for one in replicates {
        let mut rest = one - means;
        if design == Design::Crossed {
            rest = &rest - &Array1::from(column_means(rest.view()));
        }
        luck += &rest.t().dot(&rest);
    }
    let freedom = match design {
        Design::Alone | Design::Nested => draws * (r - 1.0),
        Design::Crossed => (draws - 1.0) * (r - 1.0),
    };
    luck /= freedom * r;

    // Euro and QALYs on a common scale, so that negligible directions are negligible in both.
    let scale: Array1<f64> = total.diag().mapv(|own| if own > 0.0 { own.sqrt() } else { 1.0 });
    for matrix in [&mut total, &mut luck] {
        for ((row, column), value) in matrix.indexed_iter_mut() {
            *value /= scale[row] * scale[column];
        }
    }
    let (values, vectors) = eigen(total.view());
    let real: Vec<usize> = (0..width).filter(|at| values[*at] > FLAT * values[0] && values[*at] > 0.0).collect();
    let (values, vectors) = (values.select(Axis(0), &real), vectors.select(Axis(1), &real));
    let (roots, white) = (values.mapv(f64::sqrt), &vectors / &values.mapv(f64::sqrt));
    // In directions of variance 1 the Monte Carlo error has the covariance `share`, and 1 − share must remain. Its
    // square root is the smallest change with that result.
    let share = white.t().dot(&luck).dot(&white);
    let (lost, turn) = eigen(share.view());
    let root = (&turn * &lost.mapv(|own| (1.0 - own).max(0.0).sqrt())).dot(&turn.t());
    let mut matrix = white.dot(&root).dot(&(&vectors * &roots).t());
    for ((row, column), value) in matrix.indexed_iter_mut() {
        *value *= scale[column] / scale[row];
    }
    let mut kept: Vec<f64> = lost.iter().map(|own| 1.0 - own).collect();
    kept.reverse();
    Map { mean, matrix, kept }
}

/// Draw means with incremental values in the form of [`increments`].
fn replaced(means: &DrawMeans, values: ArrayView2<'_, f64>) -> DrawMeans {
    let mut it = means.clone();
    let base = means.comparator();
    let others = (0..means.strategies().len()).filter(|at| *at != base);
    let width = values.ncols() / 2;
    for (at, strategy) in others.enumerate() {
        it.replace(strategy, true, &values.column(at) + &means.cost().column(base));
        it.replace(strategy, false, &values.column(width + at) + &means.effect().column(base));
    }
    it
}

fn check_replicates(psa: &Psa) -> Result<(), String> {
    if psa.replicates() < 2 {
        return Err(
            "one replicate per draw cannot tell luck from parameters; run at least two, or smooth by regression"
                .to_owned(),
        );
    }
    Ok(())
}

fn mean_of(replicates: &[Array2<f64>]) -> Array2<f64> {
    let mut sum = Array2::zeros(replicates[0].dim());
    replicates.iter().for_each(|one| sum += one);
    sum / replicates.len() as f64
}

fn shrunk_values(means: &Array2<f64>, replicates: &[Array2<f64>], design: Design) -> (Array2<f64>, Vec<f64>) {
    let map = map(means, replicates, design);
    let values = (means - &map.mean).dot(&map.matrix) + &map.mean;
    (values, map.kept)
}

/// Shrinks draw means, incremental costs and effects of all strategies together, until their covariance equals that
/// between draws.
///
/// The posterior mean of each draw would be shrunk more, and vary less than the parameters do: right for a single draw,
/// but wrong for statistics over all of them.
///
/// # Errors
/// Only one replicate per draw.
pub fn shrink(psa: &Psa, design: Design) -> Result<Shrunk, String> {
    check_replicates(psa)?;
    let replicates = increments(psa);
    let (values, kept) = shrunk_values(&mean_of(&replicates), &replicates, design);
    Ok(Shrunk { means: replaced(&psa.draw_means(), values.view()), kept })
}

/// The expected value of perfect information with and without Monte Carlo error, over willingness to pay.
///
/// # Errors
/// Only one replicate per draw, fewer than eight draws, or a negative or non-finite willingness to pay.
pub fn evpi_under_noise(psa: &Psa, design: Design, wtp: &[f64]) -> Result<Vec<EvpiUnderNoise>, String> {
    check_replicates(psa)?;
    check_wtp(wtp)?;
    let draws = psa.draws();
    if draws < 8 {
        return Err(format!("{draws} draws are too few; give at least eight"));
    }
    let replicates = increments(psa);
    let means = mean_of(&replicates);
    let (values, _) = shrunk_values(&means, &replicates, design);
    let r = replicates.len() as f64;
    let without: Vec<Array2<f64>> = replicates.iter().map(|one| (&means * r - one) / (r - 1.0)).collect();

    let groups = GROUPS.min(draws);
    let order = lots::order(0x9051, draws);
    let part_shrunk = |group: usize| {
        let mut rows: Vec<usize> =
            order.iter().enumerate().filter(|it| it.0 % groups != group).map(|it| *it.1).collect();
        rows.sort_unstable();
        let some: Vec<Array2<f64>> = replicates.iter().map(|one| one.select(Axis(0), &rows)).collect();
        shrunk_values(&mean_of(&some), &some, design).0
    };
    let parts: Vec<Array2<f64>> = (0..groups).map(part_shrunk).collect();

    let at = |wtp: &f64| {
        let of = |values: &Array2<f64>| perfect_information(incremental(values.view(), *wtp).view());
        let (raw, variance) = of(&means);
        let by_part: Vec<f64> = parts.iter().map(|part| of(part).0).collect();
        let middle = by_part.iter().sum::<f64>() / groups as f64;
        let square = by_part.iter().map(|own| (own - middle) * (own - middle)).sum::<f64>();
        let mut losses = losses(incremental(means.view(), *wtp).view()) * r;
        for one in &without {
            losses.scaled_add(-(r - 1.0) / r, &self::losses(incremental(one.view(), *wtp).view()));
        }
        let (jackknife, jackknife_se) = mean_and_error(losses.view());
        EvpiUnderNoise {
            wtp: *wtp,
            raw,
            raw_se: (variance / draws as f64).sqrt(),
            shrunk: of(&values).0,
            shrunk_se: (square * (groups as f64 - 1.0) / groups as f64).sqrt(),
            jackknife,
            jackknife_se,
        }
    };
    Ok(wtp.iter().map(at).collect())
}

/// Incremental net benefit of all strategies, with the comparator's zeros in the first column.
fn incremental(values: ArrayView2<'_, f64>, wtp: f64) -> Array2<f64> {
    let width = values.ncols() / 2;
    Array2::from_shape_fn((values.nrows(), width + 1), |(draw, column)| match column.checked_sub(1) {
        Some(at) => wtp * values[[draw, width + at]] - values[[draw, at]],
        None => 0.0,
    })
}

/// Advantage of the best strategy of each draw over the one with the largest mean.
fn losses(nb: ArrayView2<'_, f64>) -> Array1<f64> {
    let means = column_means(nb);
    let optimal = means.iter().enumerate().fold(0, |best, (at, own)| if *own > means[best] { at } else { best });
    nb.outer_iter().map(|draw| draw.iter().fold(f64::NEG_INFINITY, |best, own| own.max(best)) - draw[optimal]).collect()
}

fn mean_and_error(values: ArrayView1<'_, f64>) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.sum() / n;
    let square = values.iter().map(|own| (own - mean) * (own - mean)).sum::<f64>();
    (mean, (square / (n - 1.0) / n).sqrt())
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;
    use statrs::distribution::{Continuous, ContinuousCDF, Normal};

    use super::super::acceptability::{acceptability, normal_loss};
    use super::*;

    /// At 1e-6: 5.8 for errors from 40 groups (Student's t with 39 degrees of freedom), 4.9 for known ones.
    const BY_GROUPS: f64 = 5.8;
    const KNOWN: f64 = 4.9;
    const WTP: f64 = 1000.0;

    /// Incremental net benefit at [`WTP`] of strategy s: `draw(i, s)` + `luck` × an independent standard normal number,
    /// of which a third is cost; plus a large error that strategies share.
    fn toy(draws: usize, strategies: usize, replicates: usize, luck: f64, draw: impl Fn(usize, usize) -> f64) -> Psa {
        let shape = (draws, strategies, replicates);
        let nb = Array3::from_shape_fn(shape, |(i, s, r)| {
            if s == 0 { 0.0 } else { draw(i, s) + luck * lots::normal(71, i * 64 + s, r) }
        });
        let shared = Array3::from_shape_fn(shape, |(i, _, r)| 5.0 * lots::normal(72, i, r));
        let names = (0..strategies).map(|at| format!("s{at}")).collect();
        Psa::new(names, 0, &shared * 200.0 - &nb / 3.0, shared + nb * (2.0 / 3.0 / WTP)).unwrap()
    }

    /// Standard error of the value of perfect information of n normal draws with mean m > 0, as in the tests of EVPPI.
    fn error(mean: f64, sd: f64, n: usize) -> f64 {
        let unit = Normal::standard();
        let square = (mean * mean + sd * sd) * unit.cdf(-mean / sd) - mean * sd * unit.pdf(mean / sd);
        ((square - normal_loss(mean, sd).powi(2)) / n as f64).sqrt()
    }

    #[test]
    fn luck_inflates_the_raw_value_and_both_corrections_take_it_out() {
        // Parameter effects of sd 1000, Monte Carlo error of sd 3000 in each of four replicates.
        let (n, r, m, tau, luck) = (1500, 4, 300.0, 1000.0, 3000.0_f64);
        let psa = toy(n, 2, r, luck, |i, _| m + tau * lots::normal(73, i, 0));
        let it = evpi_under_noise(&psa, Design::Nested, &[WTP]).unwrap()[0];
        let spread = |replicates: f64| (tau * tau + luck * luck / replicates).sqrt();
        let (truth, raw) = (normal_loss(m, tau), normal_loss(m, spread(4.0)));
        // 266.8 and 574 euro.
        let raw_error = error(m, spread(4.0), n);
        assert!((it.raw - raw).abs() < KNOWN * raw_error, "{it:?} {raw}");
        assert!(it.raw - truth > KNOWN * raw_error, "{it:?} {truth}");
        assert!((it.raw_se / raw_error).ln().abs() < 0.3);
        assert!((it.shrunk - truth).abs() < BY_GROUPS * it.shrunk_se, "{it:?} {truth}");
        // The jackknife has its own expectation, 4 × (4 replicates) − 3 × (3 replicates), closer to the true value.
        let extrapolated = 4.0 * raw - 3.0 * normal_loss(m, spread(3.0));
        assert!((it.jackknife - extrapolated).abs() < KNOWN * 1.1 * it.jackknife_se, "{it:?} {extrapolated}");
        assert!((extrapolated - truth).abs() < 0.5 * (raw - truth), "{extrapolated}");
        // Check that the errors are small enough for the test to mean something.
        assert!(it.shrunk_se < 60.0 && it.jackknife_se < 60.0, "{it:?}");
    }

    #[test]
    fn shrunk_draws_give_back_the_acceptability_that_luck_has_flattened() {
        let (n, m, tau, luck) = (1500, 1000.0, 1000.0, 3000.0_f64);
        let psa = toy(n, 2, 4, luck, |i, _| m + tau * lots::normal(74, i, 0));
        let it = shrink(&psa, Design::Nested).unwrap();
        let unit = Normal::standard();
        let probability = |means: &DrawMeans| acceptability(means, &[WTP]).unwrap().probability[[0, 1]];
        let (truth, flat) = (unit.cdf(1.0), unit.cdf(m / (tau * tau + luck * luck / 4.0).sqrt()));
        let binomial = |p: f64| (p * (1.0 - p) / n as f64).sqrt();
        let raw = probability(&psa.draw_means());
        assert!((raw - flat).abs() < KNOWN * binomial(flat), "{raw} {flat}");
        assert!(truth - raw > KNOWN * binomial(flat));
        // Φ(m/√B): besides the binomial error, that of the mean of draw means (sd 1803) and of √B. B = 3.25e6 − 2.25e6
        // has the error √(2/n) × √(3.25² + 2.25²/3) × 1e6, and its root half of that relatively; both weighted by φ(1).
        let of_mean = 1.803 / (n as f64).sqrt();
        let of_root = 0.5 * (2.0 / n as f64).sqrt() * (3.25_f64.powi(2) + 2.25_f64.powi(2) / 3.0).sqrt();
        let error = binomial(truth) + unit.pdf(1.0) * (of_mean * of_mean + of_root * of_root).sqrt();
        let shrunk = probability(&it.means);
        assert!((shrunk - truth).abs() < KNOWN * error, "{shrunk} {truth} {error}");
        assert!(shrunk - raw > 0.05);
        // Two columns, cost and effect, with the same net benefit: one direction, of which 1/3.25 is kept.
        assert_eq!(it.kept.len(), 1);
        assert!((it.kept[0] - 1.0 / 3.25).abs() < KNOWN * of_root * 2.0 / 3.25, "{:?}", it.kept);
        // Expected values are preserved.
        let (own, was) = (it.means.expected_cost()[1], psa.draw_means().expected_cost()[1]);
        assert!((own - was).abs() < 1e-9 * was.abs().max(1.0));
    }

    #[test]
    fn three_strategies_shrunk_together() {
        // E max(0, X, Y) of independent standard normals, as in the tests of EVPPI, times 1000; the largest of three
        // means with sd √(1 + 4/5) × 1000 / √n reduces it, by the same factor in the mean and up to KNOWN of it.
        let (n, luck) = (2000, 2000.0);
        let psa = toy(n, 3, 5, luck, |i, s| 1000.0 * lots::normal(75, i, s));
        let it = evpi_under_noise(&psa, Design::Nested, &[WTP]).unwrap()[0];
        let factor = (2.0 + 2_f64.sqrt()) / (2.0 * (2.0 * std::f64::consts::PI).sqrt());
        let kink = KNOWN * 1000.0 * (1.8 / n as f64).sqrt();
        let (truth, raw) = (1000.0 * factor, 1000.0 * 1.8_f64.sqrt() * factor);
        assert!((it.raw - raw).abs() < KNOWN * 1.1 * it.raw_se + kink, "{it:?} {raw}");
        assert!(it.raw > truth + KNOWN * it.raw_se, "{it:?} {truth}");
        assert!((it.shrunk - truth).abs() < BY_GROUPS * it.shrunk_se + kink, "{it:?} {truth}");
        // √V is nearly linear in 1/R here: the bias left by the extrapolation is 5 √(1 + 4/5) − 4 √(1 + 4/4) − 1, some
        // 5 %.
        let left = (5.0 * 1.8_f64.sqrt() - 4.0 * 2_f64.sqrt()) * truth;
        assert!((it.jackknife - left).abs() < KNOWN * 1.1 * it.jackknife_se + kink, "{it:?} {left}");
    }

    #[test]
    fn without_luck_nothing_is_shrunk_and_of_luck_alone_nothing_is_left() {
        let psa = toy(50, 3, 3, 0.0, |i, s| 100.0 * lots::normal(77, i, s));
        let it = evpi_under_noise(&psa, Design::Nested, &[0.0, WTP]).unwrap()[1];
        // Rounding of the shared error, of size 1e4 × 1e-16 per number.
        assert!((it.shrunk - it.raw).abs() < 1e-6 && (it.jackknife - it.raw).abs() < 1e-6, "{it:?}");
        let n = 1000;
        let psa = toy(n, 2, 4, 1000.0, |_, _| 0.0);
        let it = evpi_under_noise(&psa, Design::Nested, &[WTP]).unwrap()[0];
        // The variance between draws is 0 within 4.9 × √(2/n × (1 + 1/3)) of the variance of draw means, 500²; the loss
        // is φ(0) times its root.
        let most = 500.0 * (KNOWN * (8.0 / 3.0 / n as f64).sqrt()).sqrt() * 0.4;
        assert!(it.shrunk < most && it.raw > most, "{it:?} {most}");
    }

    #[test]
    fn luck_that_all_draws_share_is_not_taken_for_luck_between_draws() {
        // Replicates differ by the same large amount in all draws: in a crossed design nothing must be shrunk.
        let (n, r) = (40, 3);
        let nb = |i: usize, k: usize| lots::normal(78, i, 0) + 100.0 * lots::normal(79, k, 0);
        let cost = Array3::from_shape_fn((n, 2, r), |(i, s, k)| s as f64 * nb(i, k));
        let psa = Psa::new(vec!["a".into(), "b".into()], 0, cost.clone(), cost * 0.0).unwrap();
        let crossed = shrink(&psa, Design::Crossed).unwrap();
        assert!((crossed.kept[0] - 1.0).abs() < 1e-9);
        let (own, was) = (crossed.means.cost(), psa.draw_means());
        assert!((&own - &was.cost()).iter().all(|rest| rest.abs() < 1e-9));
        assert!(shrink(&psa, Design::Nested).unwrap().kept[0] < 0.0);
    }

    #[test]
    fn strategies_that_are_one_and_faults() {
        let psa = toy(20, 3, 2, 0.0, |i, _| lots::normal(80, i, 0));
        let it = shrink(&psa, Design::Nested).unwrap();
        assert_eq!(it.kept.len(), 1);
        let nothing = toy(20, 2, 2, 0.0, |_, _| 0.0);
        assert_eq!(evpi_under_noise(&nothing, Design::Nested, &[0.0]).unwrap()[0].shrunk, 0.0);
        let alone = toy(20, 1, 2, 0.0, |_, _| 0.0);
        assert_eq!(evpi_under_noise(&alone, Design::Nested, &[0.0]).unwrap()[0].raw, 0.0);
        let one = toy(20, 2, 1, 1.0, |_, _| 0.0);
        assert!(shrink(&one, Design::Nested).unwrap_err().contains("at least two"));
        assert!(evpi_under_noise(&psa, Design::Nested, &[-1.0]).is_err());
        assert!(evpi_under_noise(&toy(5, 2, 2, 1.0, |_, _| 0.0), Design::Nested, &[1.0]).is_err());
    }
}

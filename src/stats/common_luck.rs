//! Variance reduction of a difference between two scenarios by common random numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::pairs::{Design, Pair, RESAMPLES, Resampling, quantile};
use super::variance::VarianceFault;

/// Variance reduction by common random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CommonLuck {
    /// Variance, within a draw, of the difference with independent random numbers: the sum of both variances.
    pub independent: f64,
    /// Variance, within a draw, of the difference with common random numbers.
    pub paired: f64,
    /// The first divided by the second: the factor by which more replicates would be needed without common random
    /// numbers. Infinite if the scenarios never differ by chance.
    pub ratio: f64,
    /// 95 % limits of the ratio (percentile bootstrap); too narrow with fewer than about twenty units.
    pub limits: (f64, f64),
}

/// Variance reduction of a difference by common random numbers, from one figure in two scenarios.
///
/// Parameters are the same in both in either case, so only differences between replicates of the same draw count.
///
/// # Errors
/// Pairs that one scenario lacks, no draw with two replicates, a non-finite value, or no variance at all.
pub fn ratio_of_common_luck(
    comparator: &BTreeMap<Pair, f64>,
    scenario: &BTreeMap<Pair, f64>,
    design: Design,
    seed: u64,
) -> Result<CommonLuck, VarianceFault> {
    let lacks = |one: &BTreeMap<Pair, f64>, other: &BTreeMap<Pair, f64>| {
        one.keys().find(|pair| !other.contains_key(pair)).copied()
    };
    if let Some(pair) = lacks(comparator, scenario).or(lacks(scenario, comparator)) {
        return Err(VarianceFault::NotPaired(pair));
    }
    let infinite = |values: &BTreeMap<Pair, f64>| values.iter().find(|it| !it.1.is_finite()).map(|it| *it.0);
    if let Some(pair) = infinite(comparator).or(infinite(scenario)) {
        return Err(VarianceFault::NotFinite(pair));
    }
    let rows: Vec<(Pair, f64, f64)> =
        comparator.iter().zip(scenario.values()).map(|((pair, first), second)| (*pair, *first, *second)).collect();
    let draws = rows.iter().map(|row| row.0.0).collect::<BTreeSet<_>>().len();
    if rows.len() == draws {
        return Err(VarianceFault::FewReplicates { have: rows.len().min(1), need: 2 });
    }
    let (independent, paired) = within(&rows, &vec![1.0; rows.len()]);
    if independent <= 0.0 {
        return Err(VarianceFault::Constant);
    }
    let pairs: Vec<Pair> = rows.iter().map(|row| row.0).collect();
    let sampling = Resampling::new(&pairs, design, seed);
    let ratio = |(independent, paired): (f64, f64)| independent / paired;
    let mut ratios: Vec<f64> = (0..RESAMPLES)
        .map(|at| ratio(within(&rows, &sampling.times(at))))
        // A resample that repeats a single unit has no variance to compare.
        .filter(|ratio| !ratio.is_nan())
        .collect();
    ratios.sort_by(f64::total_cmp);
    let freedom = (rows.len() - draws) as f64;
    let own = ratio((independent, paired));
    let limits = if ratios.is_empty() { (own, own) } else { (quantile(&ratios, 0.025), quantile(&ratios, 0.975)) };
    Ok(CommonLuck { independent: independent / freedom, paired: paired / freedom, ratio: own, limits })
}

/// Sums of squares about draw means, pairs weighted by `times`: the sum over the two scenarios, and that of the
/// difference.
fn within(rows: &[(Pair, f64, f64)], times: &[f64]) -> (f64, f64) {
    let mut sums: BTreeMap<i64, [f64; 3]> = BTreeMap::new();
    for (row, times) in rows.iter().zip(times) {
        let sum = sums.entry(row.0.0).or_default();
        *sum = [sum[0] + times, sum[1] + times * row.1, sum[2] + times * row.2];
    }
    let (mut independent, mut paired) = (0.0, 0.0);
    for (row, times) in rows.iter().zip(times).filter(|it| *it.1 > 0.0) {
        let [number, first, second] = sums[&row.0.0];
        let (a, b) = (row.1 - first / number, row.2 - second / number);
        independent += times * (a * a + b * b);
        paired += times * (b - a) * (b - a);
    }
    (independent, paired)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::variance::tests::{KNOWN, normal, outcome};

    #[test]
    fn luck_in_common_saves_what_the_model_says() {
        // Within a draw: variances 9 + 1 and 16 + 1, and (4 − 3)² + 1 + 1 = 3 paired; the ratio is 9. Parameters have
        // no effect.
        let n = 2000;
        let (a, b) = (outcome(3, (0.0, 50.0, 3.0, 1.0), 1, n), outcome(4, (5.0, 70.0, 4.0, 1.0), 1, n));
        let it = ratio_of_common_luck(&a, &b, Design::Alone, 11).unwrap();
        // log of s²/t² for two normal figures u (sum of squares of a and b) and difference: bounded by the sum of their
        // errors, √(2/n) for the difference and √(2 (10² + 17² + 2 × 12²) / 27² / n) for the sum.
        let of_sum = (2.0 * (100.0 + 289.0 + 2.0 * 144.0) / 729.0 / n as f64).sqrt();
        let error = (2.0 / n as f64).sqrt() + of_sum;
        assert!((it.ratio / 9.0).ln().abs() < KNOWN * error, "{it:?}");
        assert!((it.paired / 3.0).ln().abs() < KNOWN * (2.0 / n as f64).sqrt(), "{it:?}");
        assert!((it.independent / 27.0).ln().abs() < KNOWN * of_sum, "{it:?}");
        // The width of the interval agrees with the error: at most four errors, and at least half of the larger part.
        let width = (it.limits.1 / it.limits.0).ln();
        assert!(width < 4.5 * error && width > 2.0 * of_sum.min((2.0 / n as f64).sqrt()), "{it:?} {error}");
        // Many draws with their own random numbers, nested.
        let (d, r) = (300, 4);
        let own = |world: u64, b: f64| -> BTreeMap<Pair, f64> {
            let base = outcome(world, (0.0, 30.0, 0.0, 1.0), d, r);
            base.into_iter().map(|(p, v)| (p, v + b * normal(9, p.0 as usize * 64 + p.1 as usize))).collect()
        };
        let it = ratio_of_common_luck(&own(5, 3.0), &own(6, 4.0), Design::Nested, 12).unwrap();
        let freedom = (d * (r - 1)) as f64;
        let error = error * (n as f64 / freedom).sqrt();
        assert!((it.ratio / 9.0).ln().abs() < KNOWN * error, "{it:?}");
    }

    #[test]
    fn scenarios_without_luck_in_common_have_a_ratio_of_one() {
        let n = 2000;
        let (a, b) = (outcome(7, (0.0, 0.0, 0.0, 2.0), 1, n), outcome(8, (0.0, 0.0, 0.0, 1.0), 1, n));
        let it = ratio_of_common_luck(&a, &b, Design::Alone, 1).unwrap();
        // 1 ÷ (1 − 2 ρ 2·1/5): the correlation of two samples has the error 1/√n.
        assert!(it.ratio.ln().abs() < KNOWN * 0.8 / (n as f64).sqrt(), "{it:?}");
        // Limits as far apart as 3.92 of these errors, to 15 %.
        let width = (it.limits.1 / it.limits.0).ln() / (3.92 * 0.8 / (n as f64).sqrt());
        assert!((width - 1.0).abs() < 0.15, "{it:?}");
    }

    #[test]
    fn faults_of_common_luck() {
        let a = BTreeMap::from([((0, 0), 1.0), ((0, 1), 2.0)]);
        let b = BTreeMap::from([((0, 0), 1.0), ((0, 2), 2.0)]);
        assert_eq!(ratio_of_common_luck(&a, &b, Design::Alone, 1), Err(VarianceFault::NotPaired((0, 1))));
        let same = ratio_of_common_luck(&a, &a, Design::Alone, 1).unwrap();
        assert_eq!((same.ratio, same.paired), (f64::INFINITY, 0.0));
        let flat = BTreeMap::from([((0, 0), 1.0), ((0, 1), 1.0)]);
        assert_eq!(ratio_of_common_luck(&flat, &flat, Design::Alone, 1), Err(VarianceFault::Constant));
        let one = BTreeMap::from([((0, 0), 1.0), ((1, 0), 1.0)]);
        let fault = ratio_of_common_luck(&one, &one, Design::Nested, 1);
        assert_eq!(fault, Err(VarianceFault::FewReplicates { have: 1, need: 2 }));
    }
}

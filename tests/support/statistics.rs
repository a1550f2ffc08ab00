//! Statistical assertions: each computes its tolerance from the distribution of its data, so that a correct program
//! fails it for less than one seed in a million. Each failure states the expected value, the value found, and the
//! tolerance.
//!
//! Included in a test file by `#[path = "support/statistics.rs"] mod statistics;`. The tests at the end use every
//! assertion, so that a file that needs only some of them has no dead code.

use statrs::distribution::{
    Binomial, ChiSquared, ContinuousCDF, Discrete, DiscreteCDF, Hypergeometric, Normal, Poisson as PoissonLaw,
};

/// Probability that an assertion fails although the program is correct.
pub(crate) const FALSE_ALARM: f64 = 1e-6;

/// Tolerance of a normal mean, in standard deviations.
fn normal_width() -> f64 {
    Normal::standard().inverse_cdf(1.0 - FALSE_ALARM / 2.0)
}

/// Rejects a count in either tail of its distribution, given the probabilities of at most and of at least that count.
#[track_caller]
fn assert_between_tails(at_most: f64, at_least: f64, claim: impl Fn() -> String) {
    let tail = at_most.min(at_least);
    assert!(
        tail >= FALSE_ALARM / 2.0,
        "{}: a count at least as far off has chance {tail:.2e}, allowed {:.1e}",
        claim(),
        FALSE_ALARM / 2.0
    );
}

/// `hits` of `trials` independent trials of probability `p`: exact binomial, both tails.
#[track_caller]
pub(crate) fn assert_share(hits: u64, trials: u64, p: f64) {
    assert!(hits <= trials, "{hits} hits in {trials} trials");
    let law = Binomial::new(p, trials).expect("a chance from 0 to 1");
    let at_least = if hits == 0 { 1.0 } else { law.sf(hits - 1) };
    assert_between_tails(law.cdf(hits), at_least, || {
        let (share, allowed) = (hits as f64 / trials as f64, normal_width() * (p * (1.0 - p) / trials as f64).sqrt());
        format!("share {hits}/{trials} = {share:.6}, expected {p:.6} within about {allowed:.6}")
    });
}

/// A count of independent events with expectation `mean`: exact Poisson, both tails.
#[track_caller]
pub(crate) fn assert_poisson(count: u64, mean: f64) {
    if mean == 0.0 {
        assert_eq!(count, 0, "{count} events, expected none");
        return;
    }
    let law = PoissonLaw::new(mean).expect("a positive mean");
    let at_least = if count == 0 { 1.0 } else { law.sf(count - 1) };
    assert_between_tails(law.cdf(count), at_least, || {
        format!("{count} events, expected {mean:.3} within about {:.3}", normal_width() * mean.sqrt())
    });
}

/// The mean of `n` independent values of known expectation and standard deviation: normal approximation, so `n` must be
/// large enough (hundreds for ordinary distributions).
#[track_caller]
pub(crate) fn assert_mean(mean: f64, n: u64, expected: f64, sd: f64) {
    let allowed = normal_width() * sd / (n as f64).sqrt();
    assert!(
        (mean - expected).abs() <= allowed,
        "mean {mean} of {n} values, expected {expected} within {allowed:.3e} (sd {sd})"
    );
}

/// Counts in cells compared with their expectations, for which `fitted` parameters were estimated from the counts,
/// besides their sum: chi-square, both tails, since a fit that is too good is wrong as well.
///
/// # Panics
/// When a cell has an expectation below ten (join cells), or when the two sums differ.
#[track_caller]
pub(crate) fn assert_cells(counts: &[u64], expected: &[f64], fitted: usize) {
    assert_eq!(counts.len(), expected.len(), "one expectation per cell");
    assert!(expected.iter().all(|e| *e >= 10.0), "a cell expects fewer than ten: join cells of {expected:?}");
    let (sum, total) = (counts.iter().sum::<u64>() as f64, expected.iter().sum::<f64>());
    assert!((sum - total).abs() < 1e-6 * total, "{sum} counted, {total} expected in all cells together");
    let off = |(count, e): (&u64, &f64)| (*count as f64 - e) * (*count as f64 - e) / e;
    let statistic: f64 = counts.iter().zip(expected).map(off).sum();
    let law = ChiSquared::new((counts.len() - 1 - fitted) as f64).expect("at least one degree of freedom");
    let (least, most) = (law.inverse_cdf(FALSE_ALARM / 2.0), law.inverse_cdf(1.0 - FALSE_ALARM / 2.0));
    let worst = counts.iter().zip(expected).map(off).enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    assert!(
        (least..=most).contains(&statistic),
        "chi-square {statistic:.2} of {} cells, expected {} within {least:.2} to {most:.2}; worst is cell {worst:?}",
        counts.len(),
        counts.len() - 1 - fitted
    );
}

/// Counts with equal expectations in all cells.
#[track_caller]
pub(crate) fn assert_even(counts: &[u64]) {
    let mean = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    assert_cells(counts, &vec![mean; counts.len()], 0);
}

/// Two samples of trials with one unknown probability: Fisher's exact test, both tails.
#[track_caller]
pub(crate) fn assert_same_share(hits: [u64; 2], trials: [u64; 2]) {
    let law = Hypergeometric::new(trials[0] + trials[1], hits[0] + hits[1], trials[0]).expect("hits within trials");
    let at_least = if hits[0] == 0 { 1.0 } else { law.sf(hits[0]) + law.pmf(hits[0]) };
    assert_between_tails(law.cdf(hits[0]), at_least, || {
        let shares = [0, 1].map(|i| hits[i] as f64 / trials[i] as f64);
        let both = (hits[0] + hits[1]) as f64 / (trials[0] + trials[1]) as f64;
        let sd = (both * (1.0 - both) * (1.0 / trials[0] as f64 + 1.0 / trials[1] as f64)).sqrt();
        format!(
            "shares {}/{} = {:.6} and {}/{} = {:.6}, expected equal within about {:.6}",
            hits[0],
            trials[0],
            shares[0],
            hits[1],
            trials[1],
            shares[1],
            normal_width() * sd
        )
    });
}

/// Mean and standard deviation of a sample.
pub(crate) fn moments(sample: &[f64]) -> (f64, f64) {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    (mean, (sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// Two samples of independent values with one unknown mean: normal approximation, so both must be large enough.
#[track_caller]
pub(crate) fn assert_same_mean(a: &[f64], b: &[f64]) {
    let [(mean_a, sd_a), (mean_b, sd_b)] = [moments(a), moments(b)];
    let allowed = normal_width() * (sd_a * sd_a / a.len() as f64 + sd_b * sd_b / b.len() as f64).sqrt();
    assert!(
        (mean_a - mean_b).abs() <= allowed,
        "means {mean_a} of {} and {mean_b} of {} values, expected equal within {allowed:.3e}",
        a.len(),
        b.len()
    );
}

/// Kolmogorov-Smirnov distance of two samples.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    let sorted = |sample: &[f64]| {
        let mut sample = sample.to_vec();
        sample.sort_unstable_by(f64::total_cmp);
        sample
    };
    let (a, b) = (sorted(a), sorted(b));
    let share = |sample: &[f64], x: f64| sample.partition_point(|y| *y <= x) as f64 / sample.len() as f64;
    a.iter().chain(&b).map(|x| (share(&a, *x) - share(&b, *x)).abs()).fold(0.0, f64::max)
}

/// Two samples of independent values with one unknown distribution: Kolmogorov-Smirnov test.
#[track_caller]
pub(crate) fn assert_same_law(a: &[f64], b: &[f64]) {
    let distance = distance(a, b);
    let allowed = ((2.0 / FALSE_ALARM).ln() / 2.0 * (1.0 / a.len() as f64 + 1.0 / b.len() as f64)).sqrt();
    assert!(
        distance <= allowed,
        "laws of {} and {} values lie {distance:.5} apart, expected equal within {allowed:.5}",
        a.len(),
        b.len()
    );
}

/// A sample of independent values with a known continuous distribution function: Kolmogorov distance, with the bound of
/// Dvoretzky, Kiefer, Wolfowitz and Massart, which is valid for any sample size.
#[track_caller]
pub(crate) fn assert_law(sample: &[f64], cumulative: impl Fn(f64) -> f64) {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distance = sorted
        .iter()
        .enumerate()
        .map(|(i, x)| {
            let p = cumulative(*x);
            (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs())
        })
        .fold(0.0, f64::max);
    let allowed = ((2.0 / FALSE_ALARM).ln() / (2.0 * n)).sqrt();
    assert!(distance <= allowed, "law of {n} values lies {distance:.6} from its own, expected within {allowed:.6}");
}

/// Pairs of uncorrelated values: normal approximation, so there must be enough pairs.
#[track_caller]
pub(crate) fn assert_uncorrelated(pairs: &[(f64, f64)]) {
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let [(mean_a, sd_a), (mean_b, sd_b)] = [moments(&a), moments(&b)];
    let n = pairs.len() as f64;
    let r = pairs.iter().map(|(x, y)| (x - mean_a) * (y - mean_b)).sum::<f64>() / (n * sd_a * sd_b);
    let allowed = normal_width() / n.sqrt();
    assert!(r.abs() <= allowed, "correlation {r:.6} of {n} pairs, expected 0 within {allowed:.6}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether an assertion fails.
    fn fails(claim: impl Fn() + std::panic::UnwindSafe) -> bool {
        std::panic::catch_unwind(claim).is_err()
    }

    /// A thousand numbers evenly spaced over 0 to 1, in an order without pattern.
    fn even_numbers() -> Vec<f64> {
        (0..1000_u32).map(|i| (f64::from(i * 387 % 1000) + 0.5) / 1000.0).collect()
    }

    #[test]
    fn shares_are_refused_from_one_in_a_million() {
        assert_share(50, 100, 0.5);
        // The probability of at most 26 of 100 is 6.6e-7 > 5e-7, and of at most 25 it is 2.8e-7.
        assert_share(26, 100, 0.5);
        assert!(fails(|| assert_share(25, 100, 0.5)) && fails(|| assert_share(75, 100, 0.5)));
        assert_share(0, 100, 0.0);
        assert_share(100, 100, 1.0);
        assert!(fails(|| assert_share(1, 100, 0.0)) && fails(|| assert_share(101, 100, 0.5)));
        assert_share(500_000, 1_000_000, 0.5);
        assert!(fails(|| assert_share(502_500, 1_000_000, 0.5)));
        assert_same_share([30, 35], [100, 120]);
        assert!(fails(|| assert_same_share([10, 60], [100, 120])));
    }

    #[test]
    fn counts_of_events_are_refused_from_one_in_a_million() {
        assert_poisson(0, 14.0);
        assert!(fails(|| assert_poisson(0, 15.0)) && fails(|| assert_poisson(1, 0.0)));
        assert_poisson(0, 0.0);
        assert_poisson(1_004_000, 1e6);
        assert!(fails(|| assert_poisson(1_005_500, 1e6)));
    }

    #[test]
    fn means_and_laws_are_refused_when_they_move() {
        let numbers = even_numbers();
        let moved: Vec<f64> = numbers.iter().map(|x| x + 0.15).collect();
        let (mean, sd) = moments(&numbers);
        assert_mean(mean, 1000, 0.5, sd);
        assert_same_mean(&numbers, &numbers);
        assert_same_law(&numbers, &numbers);
        assert_law(&numbers, |x| x.clamp(0.0, 1.0));
        assert!(fails(|| assert_mean(0.55, 1000, 0.5, 0.29)));
        assert!(fails(|| assert_same_mean(&even_numbers(), &moved)));
        assert!(fails(|| assert_same_law(&even_numbers(), &moved)));
        assert!(fails(|| assert_law(&moved, |x| x.clamp(0.0, 1.0))));
    }

    #[test]
    fn cells_are_refused_when_they_fit_badly_or_too_well() {
        assert_even(&[95, 105, 101, 99]);
        assert_cells(&[210, 290], &[200.0, 300.0], 0);
        assert!(fails(|| assert_even(&[50, 150, 100, 100])));
        assert!(fails(|| assert_even(&[100; 40])));
        assert!(fails(|| assert_cells(&[1, 19], &[2.0, 18.0], 0)));
    }

    #[test]
    fn correlation_is_refused() {
        let numbers = even_numbers();
        let pairs: Vec<(f64, f64)> = numbers.iter().map(|x| (*x, x * x)).collect();
        assert!(fails(|| assert_uncorrelated(&pairs)));
        let symmetric: Vec<(f64, f64)> = numbers.iter().map(|x| (*x, (x - 0.5) * (x - 0.5))).collect();
        assert_uncorrelated(&symmetric);
    }
}

//! Random numbers for resampling: functions of a seed and an address, without a sequential state.
//!
//! Only for bootstraps and choices of subsets; the simulation does not use them.

use statrs::distribution::{ContinuousCDF, Normal};

/// A 64-bit word: a hash of seed and address (finaliser of MurmurHash3 in Stafford's variant, applied three times).
fn word(seed: u64, row: u64, column: u64) -> u64 {
    let mut word = seed;
    for part in [0x9e37_79b9_7f4a_7c15, row, column] {
        word = (word ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
    }
    word
}

/// A uniform number strictly between 0 and 1, with 53 bits.
pub(crate) fn uniform(seed: u64, row: usize, column: usize) -> f64 {
    ((word(seed, row as u64, column as u64) >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
}

/// A standard normal number, by inversion.
pub(crate) fn normal(seed: u64, row: usize, column: usize) -> f64 {
    Normal::standard().inverse_cdf(uniform(seed, row, column))
}

/// The numbers below `n` in random order; equal words, if any, keep their order.
pub(crate) fn order(seed: u64, n: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..n).collect();
    all.sort_by_key(|at| word(seed, *at as u64, 0x0bde));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_lots_have_mean_0_and_variance_1_and_do_not_go_together() {
        let n = 20_000;
        let (mut sum, mut squares, mut products) = (0.0, 0.0, 0.0);
        for at in 0..n {
            let (a, b) = (normal(1, at, 0), normal(1, at, 1));
            sum += a;
            squares += a * a;
            products += a * b;
        }
        // Standard errors of the three means are 1, √2 and 1 over √n; 4.9 of them leave 1e-6.
        let unit = 4.9 / (n as f64).sqrt();
        assert!((sum / n as f64).abs() < unit);
        assert!((squares / n as f64 - 1.0).abs() < unit * 2_f64.sqrt());
        assert!((products / n as f64).abs() < unit);
    }

    #[test]
    fn an_order_names_each_number_once_and_depends_on_the_seed() {
        let mut one = order(1, 500);
        assert_ne!(one, order(2, 500));
        assert_eq!(one, order(1, 500));
        one.sort_unstable();
        assert_eq!(one, (0..500).collect::<Vec<_>>());
    }
}

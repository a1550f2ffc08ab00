//! Digits of the numbers that are found.

/// Rounds to five significant digits: more would be below the Monte Carlo error of the burn-in population.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}

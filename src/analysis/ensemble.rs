//! One figure over draws and replicates: its mean, and how far chance may have moved it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// A figure by draw and replicate.
pub type Ensemble = BTreeMap<(i64, i64), f64>;

/// A mean and its Monte Carlo standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Mean over draws and replicates.
    pub mean: f64,
    /// Monte Carlo standard error of the mean; nothing from one unit.
    pub error: Option<f64>,
}

impl Estimate {
    /// The mean of an ensemble; nothing of an empty one.
    ///
    /// What is independent is a draw, with the mean of its replicates, where there are several, and else a replicate. In a
    /// `crossed` ensemble all draws share the luck of a replicate, which adds its own part. Latin hypercubes spread draws more
    /// evenly than chance would, so their error is at most what is told.
    pub fn of(ensemble: &Ensemble, crossed: bool) -> Option<Estimate> {
        if ensemble.is_empty() {
            return None;
        }
        let (draws, replicates) = (means(ensemble, |(draw, _)| draw), means(ensemble, |(_, replicate)| replicate));
        let groups = if draws.len() > 1 { &draws } else { &replicates };
        let mut variance = variance_of_mean(groups);
        if crossed && draws.len() > 1 {
            variance = variance.map(|of_draws| of_draws + variance_of_mean(&replicates).unwrap_or(0.0));
        }
        Some(Estimate { mean: mean(groups), error: variance.map(f64::sqrt) })
    }
}

/// How the ensembles of two runs are held against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// Unit by unit: these draws and replicates share their luck.
    Paired(BTreeSet<(i64, i64)>),
    /// As two independent samples.
    Unpaired,
}

impl Pairing {
    /// Pairs units of the same draw and replicate if the runs have the `same_seed` and all or at least two units in common.
    pub fn of(first: &BTreeSet<(i64, i64)>, second: &BTreeSet<(i64, i64)>, same_seed: bool) -> Pairing {
        let common: BTreeSet<(i64, i64)> = first.intersection(second).copied().collect();
        let enough = common.len() > 1 || (!common.is_empty() && first == second);
        if same_seed && enough { Pairing::Paired(common) } else { Pairing::Unpaired }
    }

    /// Both means, and the second less the first; nothing when either ensemble is empty.
    ///
    /// In pairs, what only one of the two has is left out.
    pub fn difference(&self, ensembles: [&Ensemble; 2], crossed: [bool; 2]) -> Option<([Estimate; 2], Estimate)> {
        let [first, second] = ensembles;
        match self {
            Pairing::Paired(common) => {
                let of = |ensemble: &Ensemble| -> Ensemble {
                    common.iter().filter_map(|unit| Some((*unit, *ensemble.get(unit)?))).collect()
                };
                let (first, second) = (of(first), of(second));
                let differences: Ensemble =
                    first.iter().filter_map(|(unit, value)| Some((*unit, second.get(unit)? - value))).collect();
                let both = [Estimate::of(&first, crossed[0])?, Estimate::of(&second, crossed[1])?];
                Some((both, Estimate::of(&differences, crossed[0] || crossed[1])?))
            }
            Pairing::Unpaired => {
                let [a, b] = [Estimate::of(first, crossed[0])?, Estimate::of(second, crossed[1])?];
                let error = a.error.zip(b.error).map(|(a, b)| a.hypot(b));
                Some(([a, b], Estimate { mean: b.mean - a.mean, error }))
            }
        }
    }
}

/// Means of groups of units, in order.
fn means(ensemble: &Ensemble, group: fn((i64, i64)) -> i64) -> Vec<f64> {
    let mut sums: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for (unit, value) in ensemble {
        let (sum, number) = sums.entry(group(*unit)).or_default();
        *sum += value;
        *number += 1.0;
    }
    sums.into_values().map(|(sum, number)| sum / number).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Variance of the mean of independent values; nothing of one.
fn variance_of_mean(values: &[f64]) -> Option<f64> {
    let (n, mean) = (values.len() as f64, mean(values));
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (values.len() > 1).then(|| squares / (n - 1.0) / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(ensemble: &Ensemble) -> BTreeSet<(i64, i64)> {
        ensemble.keys().copied().collect()
    }

    fn close(estimate: Estimate, mean: f64, error: f64) -> bool {
        (estimate.mean - mean).abs() < 1e-12 && estimate.error.is_some_and(|found| (found - error).abs() < 1e-12)
    }

    #[test]
    fn the_error_is_that_of_replicates_where_there_is_one_draw_and_of_draws_else() {
        let of = |values: &[((i64, i64), f64)]| Estimate::of(&values.iter().copied().collect(), false);
        // Variance of 1, 2, 3, 4 is 5/3.
        let replicates = of(&[((0, 1), 1.0), ((0, 2), 2.0), ((0, 3), 3.0), ((0, 4), 4.0)]).expect("four units");
        assert!(close(replicates, 2.5, (5.0_f64 / 12.0).sqrt()), "{replicates:?}");
        // Draws of mean 2 and 6: what their replicates differ by does not count on its own.
        let draws = of(&[((1, 1), 1.0), ((1, 2), 3.0), ((2, 1), 5.0), ((2, 2), 7.0)]).expect("four units");
        assert!(close(draws, 4.0, 2.0), "{draws:?}");
        assert_eq!(of(&[((0, 1), 7.0)]), Some(Estimate { mean: 7.0, error: None }));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn draws_that_share_their_luck_add_the_error_of_replicates() {
        let crossed = BTreeMap::from([((1, 1), 1.0), ((1, 2), 3.0), ((2, 1), 5.0), ((2, 2), 7.0)]);
        // Replicates of mean 3 and 5: their mean has the variance 1, that of the draws 4.
        let found = Estimate::of(&crossed, true).expect("four units");
        assert!(close(found, 4.0, 5.0_f64.sqrt()), "{found:?}");
    }

    #[test]
    fn pairs_take_away_the_luck_that_both_runs_share() {
        let first = Ensemble::from([((0, 1), 10.0), ((0, 2), 30.0), ((0, 3), 50.0)]);
        let second = Ensemble::from([((0, 1), 11.0), ((0, 2), 32.0), ((0, 3), 53.0)]);
        let paired = Pairing::of(&units(&first), &units(&second), true);
        let (means, difference) = paired.difference([&first, &second], [false; 2]).expect("three pairs");
        assert_eq!((means[0].mean, means[1].mean), (30.0, 32.0));
        assert!(close(difference, 2.0, (1.0_f64 / 3.0).sqrt()), "{difference:?}");
        let unpaired = Pairing::of(&units(&first), &units(&second), false);
        assert_eq!(unpaired, Pairing::Unpaired);
        let (_, difference) = unpaired.difference([&first, &second], [false; 2]).expect("two samples of three");
        // Variances are 400 and 441.
        assert!(close(difference, 2.0, ((400.0 + 441.0) / 3.0_f64).sqrt()), "{difference:?}");
    }

    #[test]
    fn only_units_that_both_runs_have_are_paired() {
        let first = Ensemble::from([((0, 1), 1.0), ((0, 2), 2.0), ((0, 3), 300.0)]);
        let second = Ensemble::from([((0, 1), 2.0), ((0, 2), 3.0)]);
        let pairing = Pairing::of(&units(&first), &units(&second), true);
        let (means, difference) = pairing.difference([&first, &second], [false; 2]).expect("two pairs");
        assert_eq!((means[0].mean, means[1].mean), (1.5, 2.5));
        assert!(close(difference, 1.0, 0.0));
        // One pair of many says less than all units do unpaired; one pair of one is all there is.
        let (one, many) = (BTreeSet::from([(0, 1)]), units(&first));
        assert_eq!(Pairing::of(&one, &many, true), Pairing::Unpaired);
        assert_eq!(Pairing::of(&one, &one, true), Pairing::Paired(one.clone()));
        assert_eq!(Pairing::of(&one, &BTreeSet::from([(1, 1)]), true), Pairing::Unpaired);
        let (alone, difference) = Pairing::Unpaired
            .difference([&Ensemble::from([((0, 1), 1.0)]), &second], [false; 2])
            .expect("one and two units");
        assert_eq!((alone[0].error, difference.error), (None, None));
        assert_eq!(Pairing::Unpaired.difference([&Ensemble::new(), &second], [false; 2]), None);
    }
}

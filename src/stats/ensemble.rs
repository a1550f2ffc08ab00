//! One figure over draws and replicates: its mean and Monte Carlo error.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::pairs::{Design, Mean, Pair};

/// A figure by draw and replicate.
pub type Ensemble = BTreeMap<Pair, f64>;

/// A mean and its Monte Carlo standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Mean over draws and replicates.
    pub mean: f64,
    /// Monte Carlo standard error of the mean; `None` with one unit.
    pub error: Option<f64>,
}

impl Estimate {
    /// The mean of an ensemble, `None` if empty: mean and error of [`Mean::of`].
    pub fn of(ensemble: &Ensemble, design: Design) -> Option<Estimate> {
        Mean::of(ensemble, design).map(|mean| Estimate { mean: mean.mean, error: mean.error })
    }
}

/// How the ensembles of two runs are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// Unit by unit: these draws and replicates use common random numbers.
    Paired(BTreeSet<(i64, i64)>),
    /// As two independent samples.
    Unpaired,
}

impl Pairing {
    /// Pairs units of the same draw and replicate if the runs have the `same_seed` and all or at least two units in
    /// common.
    pub fn of(first: &BTreeSet<(i64, i64)>, second: &BTreeSet<(i64, i64)>, same_seed: bool) -> Pairing {
        let common: BTreeSet<(i64, i64)> = first.intersection(second).copied().collect();
        let enough = common.len() > 1 || (!common.is_empty() && first == second);
        if same_seed && enough { Pairing::Paired(common) } else { Pairing::Unpaired }
    }

    /// Both means, and the second minus the first; `None` when either ensemble is empty.
    ///
    /// In a paired comparison, units that only one of the two has are left out.
    pub fn difference(&self, ensembles: [&Ensemble; 2], designs: [Design; 2]) -> Option<([Estimate; 2], Estimate)> {
        let [first, second] = ensembles;
        match self {
            Pairing::Paired(common) => {
                let of = |ensemble: &Ensemble| -> Ensemble {
                    common.iter().filter_map(|unit| Some((*unit, *ensemble.get(unit)?))).collect()
                };
                let (first, second) = (of(first), of(second));
                let differences: Ensemble =
                    first.iter().filter_map(|(unit, value)| Some((*unit, second.get(unit)? - value))).collect();
                let both = [Estimate::of(&first, designs[0])?, Estimate::of(&second, designs[1])?];
                // Random numbers that draws share in either run are shared in the difference.
                let shared = designs.contains(&Design::Crossed);
                let design = if shared { Design::Crossed } else { designs[0] };
                Some((both, Estimate::of(&differences, design)?))
            }
            Pairing::Unpaired => {
                let [a, b] = [Estimate::of(first, designs[0])?, Estimate::of(second, designs[1])?];
                let error = a.error.zip(b.error).map(|(a, b)| a.hypot(b));
                Some(([a, b], Estimate { mean: b.mean - a.mean, error }))
            }
        }
    }
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
        let of = |values: &[((i64, i64), f64)]| Estimate::of(&values.iter().copied().collect(), Design::Nested);
        // Variance of 1, 2, 3, 4 is 5/3.
        let replicates = of(&[((0, 1), 1.0), ((0, 2), 2.0), ((0, 3), 3.0), ((0, 4), 4.0)]).expect("four units");
        assert!(close(replicates, 2.5, (5.0_f64 / 12.0).sqrt()), "{replicates:?}");
        // Draws with means 2 and 6: the variation between their replicates does not count separately.
        let draws = of(&[((1, 1), 1.0), ((1, 2), 3.0), ((2, 1), 5.0), ((2, 2), 7.0)]).expect("four units");
        assert!(close(draws, 4.0, 2.0), "{draws:?}");
        assert_eq!(of(&[((0, 1), 7.0)]), Some(Estimate { mean: 7.0, error: None }));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn draws_that_share_their_luck_add_the_error_of_replicates() {
        let crossed = BTreeMap::from([((1, 1), 1.0), ((1, 2), 3.0), ((2, 1), 5.0), ((2, 2), 7.0)]);
        // Mean squares 16 of draws, 4 of replicates and 0 of the rest: (16 + 4 - 0) / 4.
        let found = Estimate::of(&crossed, Design::Crossed).expect("four units");
        assert!(close(found, 4.0, 5.0_f64.sqrt()), "{found:?}");
    }

    #[test]
    fn pairs_take_away_the_luck_that_both_runs_share() {
        let first = Ensemble::from([((0, 1), 10.0), ((0, 2), 30.0), ((0, 3), 50.0)]);
        let second = Ensemble::from([((0, 1), 11.0), ((0, 2), 32.0), ((0, 3), 53.0)]);
        let paired = Pairing::of(&units(&first), &units(&second), true);
        let (means, difference) = paired.difference([&first, &second], [Design::Nested; 2]).expect("three pairs");
        assert_eq!((means[0].mean, means[1].mean), (30.0, 32.0));
        assert!(close(difference, 2.0, (1.0_f64 / 3.0).sqrt()), "{difference:?}");
        let unpaired = Pairing::of(&units(&first), &units(&second), false);
        assert_eq!(unpaired, Pairing::Unpaired);
        let (_, difference) =
            unpaired.difference([&first, &second], [Design::Nested; 2]).expect("two samples of three");
        // Variances are 400 and 441.
        assert!(close(difference, 2.0, ((400.0 + 441.0) / 3.0_f64).sqrt()), "{difference:?}");
    }

    #[test]
    fn two_scenarios_of_a_crossed_run_and_two_runs_have_the_same_error() {
        use crate::stats::pairs::Sides;
        // Three draws by three replicates without any effect of either: the error should be that of nine numbers, and
        // adding the components of draws and replicates would make it up to √2 times as large.
        let rows = [[3.0, -1.0, 1.0], [-2.0, 2.0, 0.0], [-1.0, -1.0, -1.0]];
        let units = (0..3).flat_map(|draw| (0..3).map(move |replicate| (draw, replicate)));
        let first: Ensemble = units.clone().map(|(d, r)| ((d, r), (10 * d + r) as f64)).collect();
        let second: Ensemble =
            units.map(|(d, r)| ((d, r), (10 * d + r) as f64 + rows[d as usize][r as usize])).collect();
        let pairing = Pairing::of(&self::units(&first), &self::units(&second), true);
        let (_, runs) = pairing.difference([&first, &second], [Design::Crossed; 2]).expect("nine pairs");
        let differences: Ensemble = first.iter().map(|(unit, base)| (*unit, second[unit] - base)).collect();
        let scenarios = Mean::of(&differences, Design::Crossed).expect("nine pairs");
        assert_eq!((runs.mean, runs.error), (scenarios.mean, scenarios.error));
        // Draw means 1, 0 and -1, replicate means 0, 0 and 0; mean squares by hand: 3 of draws, 0 of replicates,
        // residual (22 - 6) / 4 = 4. The residual exceeds both, so the error is √(4/9) and not √(3/9 + 0).
        assert!((runs.error.expect("nine pairs") - (4.0_f64 / 9.0).sqrt()).abs() < 1e-12, "{runs:?}");
        assert_eq!(Sides::of(&differences), Sides { lower: 1, equal: 1, higher: 1 });
    }

    #[test]
    fn only_units_that_both_runs_have_are_paired() {
        let first = Ensemble::from([((0, 1), 1.0), ((0, 2), 2.0), ((0, 3), 300.0)]);
        let second = Ensemble::from([((0, 1), 2.0), ((0, 2), 3.0)]);
        let pairing = Pairing::of(&units(&first), &units(&second), true);
        let (means, difference) = pairing.difference([&first, &second], [Design::Nested; 2]).expect("two pairs");
        assert_eq!((means[0].mean, means[1].mean), (1.5, 2.5));
        assert!(close(difference, 1.0, 0.0));
        // One common pair of many is less informative than an unpaired comparison; one pair of one is all there is.
        let (one, many) = (BTreeSet::from([(0, 1)]), units(&first));
        assert_eq!(Pairing::of(&one, &many, true), Pairing::Unpaired);
        assert_eq!(Pairing::of(&one, &one, true), Pairing::Paired(one.clone()));
        assert_eq!(Pairing::of(&one, &BTreeSet::from([(1, 1)]), true), Pairing::Unpaired);
        let (alone, difference) = Pairing::Unpaired
            .difference([&Ensemble::from([((0, 1), 1.0)]), &second], [Design::Nested; 2])
            .expect("one and two units");
        assert_eq!((alone[0].error, difference.error), (None, None));
        assert_eq!(Pairing::Unpaired.difference([&Ensemble::new(), &second], [Design::Nested; 2]), None);
    }
}

//! Household weights that match the margins of a population, and whole numbers of copies that preserve them.
//!
//! **Raking.** Household `h` of the burn-in population contributes `a[h][c]` to constraint `c` (persons of an age and
//! sex, households of a type, ...), and the weighted sum must equal the target `T[c]`. Among all weights that do so,
//! those closest to equal weights are chosen: `w[h] = s g(sum of l[c] a[h][c])`. The function `g` is the exponential
//! (the limit of iterative proportional fitting) or a logistic curve that stays between bounds, which limits the number
//! of copies of a household. The multipliers `l` come from Newton's method on the convex dual, for all margins at once.
//! It converges in a dozen steps, where iterating over the margins takes hundreds. Contradictory margins are met as
//! closely as a small penalty on squared residuals allows, and the residuals are reported.
//! Source: Deming and Stephan 1940 (Annals of Mathematical Statistics 11:427-444); Deville and Särndal 1992 (JASA
//! 87:376-382), the raking and the logit case.
//!
//! **Whole numbers.** [`integerise`] samples the households systematically; [`integerise_balanced`] preserves the
//! margins as well, by the cube method (Deville and Tillé 2004, Biometrika 91:893-912; the fast flight of Chauvet and
//! Tillé 2006). Both are unbiased and give exactly the rounded sum of the weights.

mod copies;
mod membership;
mod weights;

pub use self::copies::{integerise, integerise_along, integerise_balanced};
pub use self::membership::Membership;
pub use self::weights::{Bounds, Raked, rake};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Luck;

    /// A population of random households with ages, types and an income flag, and targets that weights of spread
    /// `spread` meet.
    fn pool(households: u32, spread: f64) -> (Membership, Vec<f64>) {
        const AGES: u32 = 36;
        const TYPES: u32 = 4;
        let luck = Luck::new(1940, 0, 0);
        let mut membership = Membership::new();
        let mut weights = Vec::new();
        for household in 0..households {
            let block = |ordinal| luck.block(u64::from(household), 1, ordinal, 0);
            let size = 1 + (block(0).unit(0) * f64::from(TYPES)) as u32;
            let mut counts = vec![(size - 1, 1.0)];
            counts.extend(block(0).happens(1, 0.15).then_some((TYPES, 1.0)));
            for person in 1..=size {
                let age = (block(person).unit(0) * f64::from(AGES)) as u32;
                counts.push((TYPES + 1 + age, 1.0));
                counts.push((TYPES + 1 + AGES + (block(person).unit(1) * 7.0) as u32, 1.0));
            }
            membership.push(counts);
            weights.push(1.3 * libm::exp(spread * crate::random::normal(block(0).unit(2))));
        }
        let targets = membership.sums(&weights, (TYPES + 1 + AGES + 7) as usize);
        (membership, targets)
    }

    /// [`rake`] with valid arguments.
    fn fit(membership: &Membership, targets: &[f64], bounds: Option<Bounds>) -> Raked {
        rake(membership, targets, bounds).expect("targets that mean something")
    }

    /// Largest deviation of a mean of `trials` whole parts from its expectation that `series` such means exceed with a
    /// probability below one in a million (Hoeffding's inequality).
    fn tolerance(trials: u32, series: usize) -> f64 {
        (libm::log(2e6 * series as f64) / (2.0 * f64::from(trials))).sqrt()
    }

    #[test]
    fn a_table_of_two_margins_comes_out_as_iterative_fitting_gives_it() {
        let seed = [[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]];
        let targets = [150.0, 300.0, 400.0, 150.0, 200.0, 300.0, 400.0, 100.0];
        let mut membership = Membership::new();
        let mut first_of_cell = Vec::new();
        for (row, cells) in (0..).zip(seed) {
            for (column, count) in (4..).zip(cells) {
                first_of_cell.push((membership.len(), f64::from(count)));
                (0..count).for_each(|_| membership.push([(row, 1.0), (column, 1.0)]));
            }
        }
        let raked = fit(&membership, &targets, None);
        // A thousand rounds of iterative proportional fitting, computed independently of this code.
        let known = [
            64.56, 46.23, 35.38, 3.82, 49.97, 68.16, 156.50, 25.37, 56.72, 144.43, 145.08, 53.77, 28.75, 41.18, 63.03,
            17.03,
        ];
        for ((household, count), cell) in first_of_cell.iter().zip(known) {
            assert!(
                (raked.weights[*household] * count - cell).abs() < 0.006,
                "{} for {cell}",
                raked.weights[*household] * count
            );
        }
        assert!(raked.converged && raked.worst.1 < 1e-5, "{:?} after {} steps", raked.worst, raked.steps);
    }

    #[test]
    fn the_odds_ratio_of_a_table_of_two_by_two_stays() {
        let mut membership = Membership::new();
        for (row, column, count) in [(0, 2, 6), (0, 3, 2), (1, 2, 3), (1, 3, 4)] {
            (0..count).for_each(|_| membership.push([(row, 1.0), (column, 1.0)]));
        }
        let weights = fit(&membership, &[30.0, 20.0, 15.0, 35.0], None).weights;
        // Odds ratio 4 and the margins give x (5 + x) = 4 (30 - x) (15 - x) for the first cell.
        let first = (185.0 - (185.0_f64 * 185.0 - 4.0 * 3.0 * 1800.0).sqrt()) / 6.0;
        assert!((weights[0] * 6.0 - first).abs() < 1e-5, "{} for {first}", weights[0] * 6.0);
    }

    #[test]
    fn the_eight_households_of_iterative_proportional_updating_are_met_with_weights_nearer_to_equal() {
        // Ye, Konduri, Pendyala, Sana and Waddell 2009: 35 and 65 households of two types, 91, 65 and 104 persons of
        // three.
        let pool = [
            (0, 1, 1, 1),
            (0, 1, 0, 1),
            (0, 2, 1, 0),
            (1, 1, 0, 2),
            (1, 0, 2, 1),
            (1, 1, 1, 0),
            (1, 2, 1, 2),
            (1, 1, 1, 0),
        ];
        let updated = [1.36, 25.66, 7.98, 27.79, 18.45, 8.64, 1.47, 8.64];
        let targets = [35.0, 65.0, 91.0, 65.0, 104.0];
        let mut membership = Membership::new();
        for (kind, first, second, third) in pool {
            membership.push([(kind, 1.0), (2, first as f32), (3, second as f32), (4, third as f32)]);
        }
        let raked = fit(&membership, &targets, None);
        let far = |weights: &[f64]| weights.iter().map(|w| w * libm::log(w / 12.5)).sum::<f64>();
        for (sum, target) in membership.sums(&updated, 5).iter().zip(targets) {
            assert!((sum - target).abs() < 0.02, "the published weights give {sum} for {target}");
        }
        assert!(raked.converged && raked.worst.1 < 1e-5, "{raked:?}");
        assert!(far(&raked.weights) < far(&updated), "{raked:?}");
    }

    #[test]
    fn persons_and_households_are_met_together() {
        let (membership, targets) = pool(3000, 0.4);
        for bounds in [None, Some(Bounds { least: 0.1, most: 6.0 })] {
            let raked = fit(&membership, &targets, bounds);
            assert!(raked.converged && raked.worst.1 < 1e-5, "{:?} after {} steps", raked.worst, raked.steps);
            assert!(raked.weights.iter().all(|weight| *weight > 0.0));
            assert_eq!(raked.achieved, membership.sums(&raked.weights, targets.len()));
        }
    }

    #[test]
    fn the_weight_of_a_couple_is_the_product_of_its_members() {
        let mut membership = Membership::new();
        membership.push([(0, 1.0)]);
        membership.push([(1, 1.0)]);
        membership.push([(0, 1.0), (1, 1.0)]);
        let raked = fit(&membership, &[7.0, 4.0], None);
        let [man, woman, couple] = raked.weights[..] else { panic!("three households") };
        assert!((man * woman / couple - 11.0 / 4.0).abs() < 1e-5);
        assert!((man + couple - 7.0).abs() < 1e-5 && (woman + couple - 4.0).abs() < 1e-5);
    }

    #[test]
    fn weights_keep_between_their_bounds() {
        let (membership, mut targets) = pool(2000, 0.0);
        targets[5] *= 3.0;
        let bounds = Bounds { least: 0.25, most: 3.0 };
        let raked = fit(&membership, &targets, Some(bounds));
        let equal = targets.iter().sum::<f64>() / membership.sums(&vec![1.0; 2000], targets.len()).iter().sum::<f64>();
        assert!(raked.weights.iter().all(|weight| (0.25 * equal..=3.0 * equal).contains(weight)));
        assert!(raked.residuals[5] < -1e-3, "the bound stands in the way of a target three times too high: {raked:?}");
    }

    #[test]
    fn targets_that_contradict_one_another_are_reported() {
        let mut membership = Membership::new();
        (0..60_u32).for_each(|i| membership.push([(i % 2, 1.0), (2 + i % 3, 1.0)]));
        let raked = fit(&membership, &[50.0, 50.0, 40.0, 40.0, 40.0], None);
        assert!(raked.converged, "after {} steps", raked.steps);
        let (worst, size) = raked.worst;
        assert!(
            worst < 5 && (size - 1.0 / 11.0).abs() < 1e-3,
            "100 and 120 persons meet near 109: {:?}",
            raked.achieved
        );
        for (residual, sign) in raked.residuals.iter().zip([1.0, 1.0, -1.0, -1.0, -1.0]) {
            assert!((residual * sign - 1.0 / 11.0).abs() < 1e-2, "{:?}", raked.residuals);
        }
    }

    #[test]
    fn targets_nobody_counts_towards_are_reported_and_those_of_nought_are_kept() {
        let mut membership = Membership::new();
        membership.push([(0, 1.0)]);
        membership.push([(0, 2.0), (1, 1.0)]);
        membership.push([(0, 0.0), (1, 0.0), (3, 1.0)]);
        let raked = fit(&membership, &[5.0, 0.0, 9.0, 2.0], None);
        assert_eq!(raked.weights[1], 0.0);
        assert!((raked.weights[0] - 5.0).abs() < 1e-5 && (raked.weights[2] - 2.0).abs() < 1e-5);
        assert_eq!((raked.residuals[1], raked.residuals[2]), (0.0, -1.0));
        assert_eq!(raked.worst, (2, 1.0));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let (membership, targets) = pool(100, 0.1);
        let mut wrong = targets.clone();
        wrong[3] = -1.0;
        assert!(rake(&membership, &wrong, None).is_err());
        wrong[3] = f64::NAN;
        assert!(rake(&membership, &wrong, None).is_err());
        assert!(rake(&membership, &targets[..3], None).is_err());
        assert!(rake(&membership, &vec![0.0; targets.len()], None).is_err());
        assert!(rake(&membership, &targets, Some(Bounds { least: 1.5, most: 3.0 })).is_err());
        assert!(rake(&Membership::new(), &targets, None).is_err());
    }

    #[test]
    fn copies_add_up_exactly_and_lie_next_to_their_weight() {
        let (membership, targets) = pool(1500, 0.4);
        let weights = fit(&membership, &targets, None).weights;
        let sum: f64 = weights.iter().sum();
        for replicate in 0..20 {
            let luck = Luck::new(5, 0, replicate);
            let ways = [
                integerise(&weights, luck, 9),
                integerise_along(&weights, membership.order(), luck, 9),
                integerise_balanced(&weights, &membership, luck, 9),
            ];
            for copies in ways {
                assert_eq!(copies.iter().map(|n| f64::from(*n)).sum::<f64>(), sum.round());
                for (copy, weight) in copies.iter().zip(&weights) {
                    let weight = weight * sum.round() / sum;
                    assert!((f64::from(*copy) - weight).abs() < 1.0, "{copy} copies for {weight}");
                }
            }
        }
    }

    #[test]
    fn copies_are_unbiased() {
        let (membership, targets) = pool(40, 0.5);
        let weights = fit(&membership, &targets, None).weights;
        let factor = weights.iter().sum::<f64>().round() / weights.iter().sum::<f64>();
        let trials = 1500;
        let mut plain = vec![0_u32; weights.len()];
        let mut balanced = vec![0_u32; weights.len()];
        for replicate in 0..trials {
            let luck = Luck::new(77, 0, replicate);
            plain.iter_mut().zip(integerise(&weights, luck, 3)).for_each(|(sum, copies)| *sum += copies);
            balanced.iter_mut().zip(integerise_balanced(&weights, &membership, luck, 3)).for_each(|(sum, n)| *sum += n);
        }
        let allowed = tolerance(trials, 2 * weights.len());
        for (household, weight) in weights.iter().enumerate() {
            for sum in [plain[household], balanced[household]] {
                let mean = f64::from(sum) / f64::from(trials);
                assert!((mean - weight * factor).abs() < allowed, "{mean} copies for {weight}, allowed {allowed}");
            }
        }
    }

    #[test]
    fn balanced_copies_keep_the_margins() {
        let (membership, targets) = pool(3000, 0.4);
        let weights: Vec<f64> = fit(&membership, &targets, None).weights.iter().map(|w| w * 0.3).collect();
        let sums = membership.sums(&weights, targets.len());
        let miss = |copies: Vec<u32>| {
            let copies: Vec<f64> = copies.into_iter().map(f64::from).collect();
            let got = membership.sums(&copies, targets.len());
            (got.iter().zip(&sums).map(|(g, s)| (g - s) * (g - s)).sum::<f64>() / sums.len() as f64).sqrt()
        };
        let luck = Luck::new(8, 0, 0);
        let balanced = miss(integerise_balanced(&weights, &membership, luck, 4));
        let plain = miss(integerise(&weights, luck, 4));
        assert!(balanced < 2.0 && plain > 3.0 * balanced, "sums are off by {balanced} balanced and {plain} plain");
    }

    #[test]
    fn nothing_to_copy_gives_nothing() {
        let luck = Luck::new(1, 0, 0);
        assert!(integerise(&[], luck, 0).is_empty());
        assert_eq!(integerise(&[0.0, 0.0], luck, 0), [0, 0]);
        let mut membership = Membership::new();
        (0..3).for_each(|_| membership.push([]));
        assert_eq!(integerise_balanced(&[0.0; 3], &membership, luck, 0), [0; 3]);
        assert_eq!(integerise_balanced(&[2.0, 0.0, 1.0], &membership, luck, 0), [2, 0, 1]);
    }
}

//! Number of draws and replicates that reduces the standard error of a mean to a target, and the cheapest combination.
//!
//! Source: Cochran, Sampling Techniques, 3rd edition 1977, section 10.6, for the optimal number of replicates.

use serde::Serialize;

use super::variance::Split;

/// Computing costs, in any unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EnsembleCost {
    /// Per draw: setting its parameters, creating its population.
    pub founding: f64,
    /// Per replicate of a draw: running both scenarios.
    pub running: f64,
}

/// A sufficient number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Number {
    /// The smallest sufficient number.
    Of(usize),
    /// No number is sufficient; the standard error converges to this.
    Never {
        /// Limit of the standard error.
        floor: f64,
    },
}

/// The cheapest ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EnsemblePlan {
    /// Draws.
    pub draws: usize,
    /// Replicates per draw.
    pub replicates: usize,
    /// Its cost, in the unit of [`EnsembleCost`].
    pub cost: f64,
    /// Its standard error.
    pub error: f64,
}

/// Numbers that reduce the standard error of the mean to a target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Enough {
    /// Target of the standard error, in the unit of the figure.
    pub target: f64,
    /// Present standard error, with negative components set to 0.
    pub now: f64,
    /// Replicates per draw, with the present number of draws.
    pub replicates: Number,
    /// Draws, with the present number of replicates.
    pub draws: Number,
    /// The cheapest sufficient table. `None` if none below a million replicates is, or if the costs are invalid.
    pub cheapest: Option<EnsemblePlan>,
}

/// Limit of the number of replicates per draw in a plan.
const MOST: usize = 1_000_000;

/// The number of replicates per draw, or of draws, that reduces the standard error of the mean to `target` or less, and
/// the cheapest combination. `None` for a target that is not positive.
///
/// The components are estimates, and one with few degrees of freedom may be far off: with nine, a standard error is
/// accurate to a quarter of itself. After adding runs, compute it again.
pub fn enough(split: &Split, target: f64, cost: EnsembleCost) -> Option<Enough> {
    if !(target > 0.0 && target.is_finite()) {
        return None;
    }
    let (parameters, rest) = (split.parameters.variance, split.rest.variance);
    let shared = split.luck.map_or(0.0, |luck| luck.variance);
    let (d, r) = (split.draws as f64, split.replicates as f64);
    Some(Enough {
        target,
        now: split.error_at(split.draws, split.replicates),
        replicates: number(shared + rest / d, parameters / d, target),
        draws: number(parameters + rest / r, shared / r, target),
        cheapest: cheapest(split, target, cost),
    })
}

/// Smallest n with falling / n + floor ≤ target².
fn number(falling: f64, floor: f64, target: f64) -> Number {
    let left = target * target - floor;
    if left <= 0.0 && (falling > 0.0 || left < 0.0) {
        return Number::Never { floor: floor.sqrt() };
    }
    Number::Of(whole(if falling > 0.0 { falling / left } else { 1.0 }))
}

/// The smallest integer of at least 1 that is not below this number, up to rounding error.
fn whole(number: f64) -> usize {
    (number * (1.0 - 1e-12)).ceil().max(1.0) as usize
}

/// Tries every number of replicates that could still be cheaper.
fn cheapest(split: &Split, target: f64, cost: EnsembleCost) -> Option<EnsemblePlan> {
    if !(cost.founding >= 0.0 && cost.running > 0.0 && cost.founding.is_finite() && cost.running.is_finite()) {
        return None;
    }
    let shared = split.luck.map_or(0.0, |luck| luck.variance);
    let mut best: Option<EnsemblePlan> = None;
    for replicates in 1..=MOST {
        let r = replicates as f64;
        let one = cost.founding + cost.running * r;
        if best.is_some_and(|best| best.cost <= one) {
            break;
        }
        let falling = split.parameters.variance + split.rest.variance / r;
        if let Number::Of(draws) = number(falling, shared / r, target) {
            let plan =
                EnsemblePlan { draws, replicates, cost: one * draws as f64, error: split.error_at(draws, replicates) };
            if best.is_none_or(|best| plan.cost < best.cost) {
                best = Some(plan);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::pairs::{Design, Mean};
    use crate::stats::variance::Component;

    /// A split of known components, by its fields.
    fn known(design: Design, parameters: f64, luck: f64, rest: f64) -> Split {
        let part = |variance: f64| Component {
            raw: variance,
            variance,
            limits: (0.0, 0.0),
            to_rest: None,
            freedom: 9.0,
            of_mean: 0.0,
            share: 0.0,
        };
        let mean = Mean { mean: 0.0, error: None, freedom: 0.0, limits: None, range: None };
        let luck = (design == Design::Crossed).then(|| part(luck));
        let (parameters, rest) = (part(parameters), part(rest));
        Split { design, draws: 100, replicates: 4, mean, raw: 0.0, parameters, luck, rest }
    }

    #[test]
    fn enough_is_the_fewest_that_reach_the_target_and_never_names_the_floor() {
        let split = known(Design::Crossed, 12.0, 0.5, 2.0);
        let cost = EnsembleCost { founding: 1.0, running: 1.0 };
        let it = enough(&split, 0.4, cost).unwrap();
        // 12/100 + (0.5 + 2/100)/R ≤ 0.16 requires R ≥ 13; (12 + 2/4)/D + 0.5/4 ≤ 0.16 requires D ≥ 357.2.
        assert_eq!((it.replicates, it.draws), (Number::Of(13), Number::Of(358)));
        assert!(split.error_at(100, 13) <= 0.4 && split.error_at(100, 12) > 0.4);
        assert!(split.error_at(358, 4) <= 0.4 && split.error_at(357, 4) > 0.4);
        let it = enough(&split, 0.3, cost).unwrap();
        assert_eq!(it.replicates, Number::Never { floor: 0.12_f64.sqrt() });
        assert_eq!(it.draws, Number::Never { floor: 0.125_f64.sqrt() });
        let plan = it.cheapest.unwrap();
        assert!(plan.error <= 0.3 && plan.replicates > 4 && plan.draws > 100, "{plan:?}");
        assert_eq!(enough(&split, 0.0, cost), None);
        assert_eq!(enough(&split, 0.3, EnsembleCost { founding: -1.0, running: 1.0 }).unwrap().cheapest, None);
        assert_eq!(enough(&known(Design::Crossed, 0.0, 0.0, 0.0), 1.0, cost).unwrap().draws, Number::Of(1));
    }

    #[test]
    fn the_cheapest_nested_plan_has_cochrans_number_of_replicates() {
        // √(8 ÷ 2 × 36 ÷ 1) = 12; the target is so small that rounding to integers does not matter.
        let plan = enough(&known(Design::Nested, 2.0, 0.0, 8.0), 0.001, EnsembleCost { founding: 36.0, running: 1.0 });
        let plan = plan.unwrap().cheapest.unwrap();
        assert_eq!(plan.replicates, 12);
        assert_eq!(plan.draws, 2_666_667);
        assert_eq!(plan.cost, 48.0 * 2_666_667.0);
    }

    #[test]
    fn the_cheapest_crossed_plan_is_that_of_a_search_over_everything() {
        let (split, cost) = (known(Design::Crossed, 5.0, 3.0, 9.0), EnsembleCost { founding: 7.0, running: 2.0 });
        let plan = enough(&split, 0.5, cost).unwrap().cheapest.unwrap();
        let all = (1..400_usize).flat_map(|d| (1..400_usize).map(move |r| (d, r)));
        let price = |(d, r): (usize, usize)| d as f64 * (7.0 + 2.0 * r as f64);
        let reach = all.filter(|(d, r)| split.error_at(*d, *r) <= 0.5).map(price).fold(f64::INFINITY, f64::min);
        assert_eq!(plan.cost, reach);
        assert!(plan.error <= 0.5);
    }
}

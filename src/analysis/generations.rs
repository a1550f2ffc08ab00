//! The generational reproduction number of a run: the comparator versus scenarios in which causal transmission, or one
//! pathway of it, is removed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::design;
use super::persons::Populations;
use super::reproduction::{ParentWindow, PerParent, RemovedPathway, Reproduction, reproduction};
use crate::error::{Error, Result};
use crate::stats::pairs::{Design, Mean, Pair, means, range_of_draws};
use crate::store::{FIRST_YEAR, RemovedCause, Run};

/// Nearly all children of parents born from this month on are born after 2008; months from January 2008.
const FROM: i32 = -18 * 12;
/// Months from the birth of a parent to that of nearly all last children.
const LAST_CHILD: i32 = 45 * 12;

/// Results over the pairs of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Generations {
    /// Years of birth of the parents.
    pub parents: (i32, i32),
    /// Children who use violence because a parent did, per parent who did.
    pub r: Mean,
    /// The same by pathway removed: label of its scenario.
    pub pathways: Vec<(String, Mean)>,
    /// Part that no single pathway explains.
    pub remainder: Option<Mean>,
    /// Children who use violence, per parent who did, whatever the cause.
    pub association: Mean,
    /// Risk ratio of use for children of parents who did.
    pub risk_ratio: Option<Mean>,
    /// Simulated parents of a pair, on average.
    pub counted: f64,
    /// Simulated parents left out because a child was under 40 at the end, on average.
    pub incomplete: f64,
}

/// The number of a run; `None` when it has no scenario without transmission, no table `lives`, or a follow-up too short
/// for children to reach 40, and for one city, whose parents may have children in another.
///
/// # Errors
/// A table that is damaged.
pub fn generations(run: &Run) -> Result<Option<Generations>> {
    let removing = |cause: RemovedCause| -> Vec<String> {
        let all = run.recorded.scenarios.iter().filter(|scenario| scenario.removes == Some(cause));
        all.map(|scenario| scenario.name.clone()).collect()
    };
    let on = run.recorded.comparator.as_str();
    let Some(off) = removing(RemovedCause::Transmission).pop() else { return Ok(None) };
    let horizon = run.recorded.months();
    let to = horizon - super::reproduction::UNTIL - LAST_CHILD;
    if to <= FROM || run.city().is_some() || !run.has("lives") {
        return Ok(None);
    }
    let window = ParentWindow { from: FROM, to, horizon };
    let removed = removing(RemovedCause::Pathway);
    let populations = Populations::of(run)?;
    let found = populations.each_pair(|pair| {
        let (Some(on), Some(off)) = (populations.lives(on, pair)?, populations.lives(&off, pair)?) else {
            return Ok(None);
        };
        let mut own = Vec::new();
        for name in &removed {
            own.extend(populations.lives(name, pair)?.map(|lives| (name, lives)));
        }
        let own: Vec<RemovedPathway<'_>> = own.iter().map(|(name, lives)| RemovedPathway { name, lives }).collect();
        reproduction(&on, &off, &own, window).map_err(|fault| {
            let place = run.folder().join("lives.parquet").display().to_string();
            Error::data(format!("damaged: {fault}"), "run the experiment again").in_file(place, None).into()
        })
    })?;
    let found = found.into_iter().filter_map(|(pair, number)| Some((pair, number?))).collect();
    Ok(summary(&found, design(run), (FIRST_YEAR + FROM.div_euclid(12), FIRST_YEAR + to.div_euclid(12))))
}

/// Range with 95 % of draws of a quantity that is positive in all of them, on the logarithmic scale. Numbers of
/// children per parent are as skewed as the causal share that they depend on, and never negative.
fn range_of_positive(draws: &[f64]) -> Option<(f64, f64)> {
    let logs: Option<Vec<f64>> = draws.iter().map(|value| (*value > 0.0).then(|| value.ln())).collect();
    range_of_draws(&logs?).map(|(low, high)| (low.exp(), high.exp()))
}

fn summary(found: &BTreeMap<Pair, Reproduction>, design: Design, parents: (i32, i32)) -> Option<Generations> {
    let design = design.of(found.keys());
    let mean = |of: &dyn Fn(&Reproduction) -> Option<f64>| {
        let values: BTreeMap<Pair, f64> = found.iter().filter_map(|(pair, it)| Some((*pair, of(it)?))).collect();
        let mean = Mean::of(&values, design)?;
        Some(Mean { range: range_of_positive(&means(&values, |pair| pair.0)).or(mean.range), ..mean })
    };
    let value = |of: PerParent| of.value;
    let names: Vec<String> = found.values().next()?.pathways.iter().map(|(name, _)| name.clone()).collect();
    let pathway = |name: &String| {
        let own = mean(&|it| it.pathways.iter().find(|(known, _)| known == name).map(|(_, of)| of.value))?;
        Some((name.clone(), own))
    };
    Some(Generations {
        parents,
        r: mean(&|it| Some(it.r.value))?,
        pathways: names.iter().filter_map(pathway).collect(),
        remainder: mean(&|it| it.remainder.map(value)),
        association: mean(&|it| Some(it.association.per_parent))?,
        risk_ratio: mean(&|it| it.association.risk_ratio),
        counted: mean(&|it| Some(it.parents as f64))?.mean,
        incomplete: mean(&|it| Some(it.incomplete as f64))?.mean,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_above_zero_in_all_draws_has_a_range_above_zero() {
        // Logarithms 0, 1 and 2: mean 1, variance 1; Student's t with 2 degrees of freedom at .975 is 4.302653.
        let draws = [1.0, 1.0_f64.exp(), 2.0_f64.exp()];
        let half = 4.302_653 * (1.0_f64 + 1.0 / 3.0).sqrt();
        let (low, high) = range_of_positive(&draws).expect("three draws");
        assert!((low.ln() - (1.0 - half)).abs() < 1e-5 && (high.ln() - (1.0 + half)).abs() < 1e-5, "{low} {high}");
        assert_eq!(range_of_positive(&[1.0, 0.0, 2.0]), None);
        assert_eq!(range_of_positive(&[1.0]), None);
    }
}

//! Shares of a plan for several workers: of about equal expected time, and without splitting units with a common past.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::error::{Error, Result};
use crate::experiment::forecast::{Costs, working};
use crate::experiment::groups::{UnitGroup, grouped};
use crate::experiment::machine::{abreast_at_most, memory_of_group};
use crate::experiment::plan::{Plan, Unit};
use crate::store::PoolId;

/// The part of a plan that one worker simulates.
#[derive(Clone, Debug)]
pub struct WorkShare<'a> {
    /// Its units, each id once, in the order in which they are simulated.
    pub units: Vec<&'a Unit>,
    /// Number of groups of units with a common past.
    pub groups: usize,
    /// Expected core-seconds on the reference machine of the forecast.
    pub core_seconds: f64,
    /// Expected seconds there, with the threads of the worker.
    pub seconds: f64,
    /// Expected peak memory, in bytes.
    pub memory_bytes: f64,
}

/// Groups with one burn-in population that stay together, with their expected core-seconds. A burn-in population counts
/// once for each piece that needs it.
struct SharePiece<'a> {
    groups: Vec<UnitGroup<'a>>,
    cost: f64,
}

/// Divides the units of a plan into a number of shares. Units with a common past stay in one share, scenarios with the
/// comparator beside which they are simulated among them. Groups with the same burn-in population stay together as far as the
/// shares get about equal. `full` if every unit is to be simulated in full. The result depends on the plan only.
///
/// # Errors
/// More shares than groups of units.
pub fn shares(plan: &Plan, number: usize, threads: usize, full: bool) -> Result<Vec<WorkShare<'_>>> {
    let groups = grouped(plan, &BTreeSet::new(), full, |_| false);
    if number > groups.len() || number == 0 {
        let what = format!("{number} shards for {} groups of units with a common past", groups.len());
        let cure = format!("give from 1 to {} shards: a group cannot be divided", groups.len());
        return Err(Error::data(what, cure).at_key("--shards").into());
    }
    let costs = Costs::of(plan);
    let mut shares: Vec<SharePiece<'_>> = (0..number).map(|_| SharePiece { groups: Vec::new(), cost: 0.0 }).collect();
    let mut pieces = pieces(groups, number, &costs);
    // The largest first, each to the share with the least so far: a share exceeds the mean by less than one piece.
    pieces.sort_by(|a, b| b.cost.total_cmp(&a.cost));
    let mut least: BinaryHeap<Reverse<(OrderedCost, usize)>> =
        (0..number).map(|at| Reverse((OrderedCost(0.0), at))).collect();
    for piece in pieces {
        let Some(Reverse((_, at))) = least.pop() else { continue };
        shares[at].cost += piece.cost;
        shares[at].groups.extend(piece.groups);
        least.push(Reverse((OrderedCost(shares[at].cost), at)));
    }
    Ok(shares.into_iter().map(|share| share_of(plan, share, threads)).collect())
}

/// An order of costs, which are finite.
#[derive(Clone, Copy, PartialEq)]
struct OrderedCost(f64);

impl Eq for OrderedCost {}

impl PartialOrd for OrderedCost {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedCost {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Pieces of the groups: a burn-in population with all its groups, divided where it would be larger than a share or where
/// there would be fewer pieces than shares.
fn pieces<'a>(groups: Vec<UnitGroup<'a>>, number: usize, costs: &Costs) -> Vec<SharePiece<'a>> {
    let mut bundles: Vec<Vec<UnitGroup<'a>>> = Vec::new();
    let mut known: BTreeMap<&PoolId, usize> = BTreeMap::new();
    for group in groups {
        let at = *known.entry(group.pool).or_insert(bundles.len());
        if at == bundles.len() {
            bundles.push(Vec::new());
        }
        bundles[at].push(group);
    }
    let total: f64 = bundles.iter().map(|bundle| cost_of(bundle, costs)).sum();
    let mean = total / number as f64;
    let mut parts: Vec<usize> = bundles
        .iter()
        .map(|bundle| ((cost_of(bundle, costs) / mean.max(f64::MIN_POSITIVE)).ceil() as usize).clamp(1, bundle.len()))
        .collect();
    while parts.iter().sum::<usize>() < number {
        // The bundle with the most groups in a part can best be divided once more.
        let of = |at: &usize| (bundles[*at].len() as f64 / parts[*at] as f64, Reverse(*at));
        let Some(at) = (0..bundles.len()).max_by(|a, b| of(a).partial_cmp(&of(b)).unwrap_or(std::cmp::Ordering::Equal))
        else {
            break;
        };
        parts[at] += 1;
    }
    let mut pieces = Vec::new();
    for (bundle, parts) in bundles.into_iter().zip(parts) {
        let all = bundle.len();
        let mut groups = bundle.into_iter();
        for part in 0..parts {
            let size = (part + 1) * all / parts - part * all / parts;
            let groups: Vec<UnitGroup<'a>> = groups.by_ref().take(size).collect();
            let cost = cost_of(&groups, costs);
            pieces.push(SharePiece { groups, cost });
        }
    }
    pieces.retain(|piece| !piece.groups.is_empty());
    pieces
}

/// Core-seconds of groups with the same burn-in population, which is simulated once.
fn cost_of(groups: &[UnitGroup<'_>], costs: &Costs) -> f64 {
    let of = |(at, group): (usize, &UnitGroup<'_>)| costs.group(&UnitGroup { burns_in: at == 0, ..group.clone() });
    groups.iter().enumerate().map(of).sum()
}

fn share_of<'a>(plan: &Plan, share: SharePiece<'a>, threads: usize) -> WorkShare<'a> {
    let side_by_side = abreast_at_most(plan, share.groups.len(), threads);
    WorkShare {
        groups: share.groups.len(),
        core_seconds: share.cost,
        seconds: working(share.cost, share.groups.len(), threads, side_by_side),
        memory_bytes: memory_of_group(plan, &share.groups) * side_by_side as f64,
        units: share.groups.into_iter().flat_map(|group| group.units).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::reading::{Experiment, ExperimentText};

    fn plan(text: &str) -> Plan {
        let text = format!(
            "title = \"x\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2011\noutcomes = [\"fit\"]\n{text}"
        );
        let text = ExperimentText { name: "x".into(), place: "x.toml".into(), text, folder: None };
        Experiment::of_text(text, &[]).and_then(Plan::of).unwrap_or_else(|errors| panic!("{errors}"))
    }

    const SCENARIOS: &str = "[scenarios.status-quo]\n[scenarios.same]\n\
        [scenarios.visits]\nset = { \"interventions.nhv.level\" = \"full\" }\n\
        [scenarios.kappa]\nset = { \"transmission.kappa\" = 0.1 }\n\
        [scenarios.founded]\nfrom = \"founding\"\nset = { \"transmission.kappa\" = 0.2 }\n";

    fn ids<'a>(share: &WorkShare<'a>) -> BTreeSet<&'a str> {
        share.units.iter().map(|unit| unit.id.as_str()).collect()
    }

    #[test]
    fn every_unit_is_in_one_share_and_a_common_past_is_not_divided() {
        let plan = plan(&format!("replicates = 9\n{SCENARIOS}"));
        let all: BTreeSet<&str> = plan.units.iter().map(|unit| unit.id.as_str()).collect();
        assert_eq!(all.len(), 4 * 9, "two scenarios are the same units");
        for number in [1, 4, 7, 18] {
            let shares = shares(&plan, number, 2, false).unwrap_or_else(|errors| panic!("{errors}"));
            assert_eq!(shares.len(), number);
            assert!(shares.iter().all(|share| !share.units.is_empty() && share.seconds > 0.0));
            assert_eq!(shares.iter().map(|share| share.units.len()).sum::<usize>(), all.len());
            assert_eq!(shares.iter().flat_map(ids).collect::<BTreeSet<_>>(), all);
            let pasts: Vec<BTreeSet<&str>> =
                shares.iter().map(|share| share.units.iter().map(|unit| unit.past.as_str()).collect()).collect();
            for (at, one) in pasts.iter().enumerate() {
                assert!(pasts[..at].iter().all(|other| other.is_disjoint(one)), "{number} shares");
            }
        }
        let fault = shares(&plan, 19, 2, false).expect_err("18 groups").to_string();
        assert!(fault.contains("19 shards for 18 groups") && fault.contains("from 1 to 18"), "{fault}");
    }

    #[test]
    fn shares_take_about_equally_long_and_depend_on_the_plan_only() {
        let plan = plan(&format!("replicates = 24\n{SCENARIOS}"));
        let of = |threads| shares(&plan, 5, threads, false).unwrap_or_else(|errors| panic!("{errors}"));
        let shares = of(1);
        let mean = shares.iter().map(|share| share.core_seconds).sum::<f64>() / 5.0;
        let most = shares.iter().map(|share| share.core_seconds).fold(0.0, f64::max);
        assert!(most < 1.3 * mean, "{most} of {mean} core-seconds");
        for (one, other) in shares.iter().zip(&of(8)) {
            assert_eq!(ids(one), ids(other));
            assert!(other.seconds <= one.seconds && other.memory_bytes >= one.memory_bytes);
        }
    }

    #[test]
    fn groups_with_the_same_burn_in_population_stay_together_if_there_are_enough_of_them() {
        let plan = plan(&format!(
            "replicates = 8\n{SCENARIOS}[variants.closed]\nset = {{ \"trends.migration\" = \"closed\" }}\n"
        ));
        let shares = shares(&plan, 4, 1, false).unwrap_or_else(|errors| panic!("{errors}"));
        let pools: Vec<BTreeSet<&PoolId>> =
            shares.iter().map(|share| share.units.iter().map(|unit| &unit.pool).collect()).collect();
        let all: BTreeSet<&PoolId> = plan.units.iter().map(|unit| &unit.pool).collect();
        assert_eq!(
            pools.iter().map(BTreeSet::len).sum::<usize>(),
            all.len(),
            "no burn-in population is simulated twice"
        );
    }
}

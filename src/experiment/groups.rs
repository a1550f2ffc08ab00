//! The units of a plan that are left to simulate, in groups with a common past.

use std::collections::{BTreeMap, BTreeSet};

use crate::experiment::plan::{Plan, Unit};
use crate::store::{PoolId, Store};

/// Cost of a month of a scenario of one measure beside its comparator, as a share of a month in full.
const FOLLOWER: f64 = 0.5;
/// Additional share for each further measure that the scenario changes: the whole programme costs 0.9.
const FURTHER_MEASURE: f64 = 0.017;

/// Cost of a month of a scenario beside its comparator that changes a number of measures, as a share of a month in full.
pub(super) fn follower_share(measures: usize) -> f64 {
    (FOLLOWER + FURTHER_MEASURE * measures.saturating_sub(1) as f64).min(1.0)
}

/// Units with a common past, which are simulated together.
#[derive(Clone, Debug)]
pub(super) struct UnitGroup<'a> {
    /// The units; there is at least one.
    pub(super) units: Vec<&'a Unit>,
    /// Their burn-in population.
    pub(super) pool: &'a PoolId,
    /// Whether the burn-in population has to be simulated for this group: it is not stored, and no earlier group has
    /// the same one.
    pub(super) burns_in: bool,
    /// Whether every unit is simulated in full.
    pub(super) full: bool,
}

impl UnitGroup<'_> {
    /// Whether a unit is simulated beside its comparator, which is the model without the changes of the scenario. The
    /// comparator is one of the units, or is simulated for this purpose when there are so many such units that it is worth its months.
    pub(super) fn follows(&self, unit: &Unit) -> bool {
        !self.full && unit.may_follow && self.has_leader()
    }

    /// Cost of a month of a unit, as a share of a month in full.
    pub(super) fn share(&self, unit: &Unit) -> f64 {
        if self.follows(unit) { follower_share(unit.measures) } else { 1.0 }
    }

    /// Whether any unit is simulated beside its comparator.
    pub(super) fn has_followers(&self) -> bool {
        self.units.iter().any(|unit| self.follows(unit))
    }

    fn has_leader(&self) -> bool {
        let saved = self.units.iter().filter(|unit| unit.may_follow).map(|unit| 1.0 - follower_share(unit.measures));
        let leader_pays = saved.sum::<f64>() > 1.0;
        leader_pays || self.units.iter().any(|unit| unit.from.is_none())
    }
}

/// Number of different units of a plan.
pub(super) fn distinct(plan: &Plan) -> usize {
    plan.units.iter().map(|unit| unit.id.as_str()).collect::<BTreeSet<_>>().len()
}

/// Ids of the units that are stored and undamaged.
pub(super) fn kept<'a>(plan: &'a Plan, store: &Store) -> BTreeSet<&'a str> {
    store.refresh();
    plan.units.iter().filter(|unit| store.find(&unit.id).is_some()).map(|unit| unit.id.as_str()).collect()
}

/// Units still to be simulated, each id once, grouped by common past. Groups with the same burn-in population follow each
/// other. `full` if every unit is to be simulated in full.
pub(super) fn groups<'a>(plan: &'a Plan, store: &Store, ready: &BTreeSet<&str>, full: bool) -> Vec<UnitGroup<'a>> {
    grouped(plan, ready, full, |pool| store.has_pool(pool))
}

/// The same with a store that has the burn-in populations for which `has_pool` is true.
pub(super) fn grouped<'a>(
    plan: &'a Plan,
    ready: &BTreeSet<&str>,
    full: bool,
    has_pool: impl Fn(&PoolId) -> bool,
) -> Vec<UnitGroup<'a>> {
    let mut seen: BTreeSet<&str> = ready.iter().copied().collect();
    let mut groups: Vec<UnitGroup<'a>> = Vec::new();
    let mut by_past: BTreeMap<&str, usize> = BTreeMap::new();
    let mut order: BTreeMap<&PoolId, usize> = BTreeMap::new();
    for unit in &plan.units {
        if !seen.insert(unit.id.as_str()) {
            continue;
        }
        let at = *by_past.entry(&unit.past).or_insert(groups.len());
        if let Some(group) = groups.get_mut(at) {
            group.units.push(unit);
            continue;
        }
        let pools = order.len();
        let is_first = !order.contains_key(&unit.pool);
        order.entry(&unit.pool).or_insert(pools);
        let burns_in = is_first && !has_pool(&unit.pool);
        groups.push(UnitGroup { units: vec![unit], pool: &unit.pool, burns_in, full });
    }
    groups.sort_by_key(|group| order.get(group.pool).copied());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::reading::{Experiment, ExperimentText};

    /// Names of the scenarios that are simulated beside their comparator.
    fn beside(scenarios: &str, full: bool) -> Vec<String> {
        let text = format!(
            "title = \"x\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2011\noutcomes = [\"fit\"]\n{scenarios}"
        );
        let text = ExperimentText { name: "x".into(), place: "x.toml".into(), text, folder: None };
        let plan = Experiment::of_text(text, &[]).and_then(Plan::of).unwrap_or_else(|errors| panic!("{errors}"));
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path()).unwrap_or_else(|errors| panic!("{errors}"));
        let groups = groups(&plan, &store, &BTreeSet::new(), full);
        let units = groups.iter().flat_map(|group| group.units.iter().filter(|unit| group.follows(unit)));
        units.map(|unit| unit.scenario.clone()).collect()
    }

    #[test]
    fn scenarios_of_measures_and_the_chain_are_simulated_beside_their_comparator() {
        let status_quo = "[scenarios.status-quo]\n";
        let visits = "[scenarios.visits]\nset = { \"interventions.nhv.level\" = \"full\" }\n";
        let arrests = "[scenarios.arrests]\nset = { \"chain.police.arrest\" = 0.9 }\n";
        let kappa = "[scenarios.kappa]\nset = { \"transmission.kappa\" = 0.1 }\n";
        assert_eq!(beside(&[status_quo, visits, kappa].concat(), false), ["visits"]);
        assert_eq!(beside(&[status_quo, visits, arrests].concat(), false), ["visits", "arrests"]);
        assert!(beside(&[status_quo, visits, arrests].concat(), true).is_empty(), "--full");
        // A comparator that no unit is: for two scenarios it is not worth its months, for three it is.
        let bans = "[scenarios.bans]\nset = { \"interventions.huisverbod.level\" = \"full\" }\n";
        assert!(beside(&[visits, arrests, kappa].concat(), false).is_empty());
        assert_eq!(beside(&[visits, arrests, bans, kappa].concat(), false), ["visits", "arrests", "bans"]);
        let founded = visits.replace("set =", "from = \"founding\"\nset =");
        assert!(beside(&[status_quo, &founded].concat(), false).is_empty(), "it has another past");
        for key in ["chain.suspicion.unfounded", "chain.suspicion.drift"] {
            let other = format!("{status_quo}[scenarios.other]\nset = {{ \"{key}\" = 0.02 }}\n");
            let other = other.replace("drift\" = 0.02", "drift\" = 1.2");
            assert!(beside(&other, false).is_empty(), "{key} decides on a hazard of persons");
        }
    }
}

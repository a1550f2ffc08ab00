//! The units of a plan that are left to simulate, in groups with a common past.

use std::collections::{BTreeMap, BTreeSet};

use crate::experiment::plan::{Plan, Unit};
use crate::store::Store;

/// Number of different units of a plan.
pub(super) fn distinct(plan: &Plan) -> usize {
    plan.units.iter().map(|unit| unit.id.as_str()).collect::<BTreeSet<_>>().len()
}

/// Ids of the units that are stored and undamaged.
pub(super) fn kept<'a>(plan: &'a Plan, store: &Store) -> BTreeSet<&'a str> {
    plan.units.iter().filter(|unit| store.find(&unit.id).is_some()).map(|unit| unit.id.as_str()).collect()
}

/// Units still to be simulated, each id once, grouped by common past.
pub(super) fn groups<'a>(plan: &'a Plan, ready: &BTreeSet<&str>) -> Vec<Vec<&'a Unit>> {
    let mut seen = ready.clone();
    let mut groups: Vec<Vec<&Unit>> = Vec::new();
    let mut by_past: BTreeMap<&str, usize> = BTreeMap::new();
    for unit in &plan.units {
        if !seen.insert(unit.id.as_str()) {
            continue;
        }
        let at = *by_past.entry(&unit.past).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(unit),
            None => groups.push(vec![unit]),
        }
    }
    groups
}

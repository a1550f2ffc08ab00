//! The units of a plan that are left to simulate, in groups with a common past.

use std::collections::{BTreeMap, BTreeSet};

use crate::experiment::plan::{Plan, Unit};
use crate::store::{PoolId, Store};

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
}

/// Number of different units of a plan.
pub(super) fn distinct(plan: &Plan) -> usize {
    plan.units.iter().map(|unit| unit.id.as_str()).collect::<BTreeSet<_>>().len()
}

/// Ids of the units that are stored and undamaged.
pub(super) fn kept<'a>(plan: &'a Plan, store: &Store) -> BTreeSet<&'a str> {
    plan.units.iter().filter(|unit| store.find(&unit.id).is_some()).map(|unit| unit.id.as_str()).collect()
}

/// Units still to be simulated, each id once, grouped by common past. Groups with the same burn-in population follow each
/// other.
pub(super) fn groups<'a>(plan: &'a Plan, store: &Store, ready: &BTreeSet<&str>) -> Vec<UnitGroup<'a>> {
    let mut seen = ready.clone();
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
        let burns_in = is_first && !store.has_pool(&unit.pool);
        groups.push(UnitGroup { units: vec![unit], pool: &unit.pool, burns_in });
    }
    groups.sort_by_key(|group| order.get(group.pool).copied());
    groups
}

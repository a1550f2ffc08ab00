//! What the machine offers, and how many groups of units it can simulate in parallel.

use std::num::NonZeroUsize;

use crate::experiment::groups::UnitGroup;
use crate::experiment::plan::Plan;
use crate::experiment::reading::memory_estimate;
use crate::experiment::sizes::panel_memory;
use crate::world::Month;

/// From this scale on, one population uses the whole machine: units run one after another, each on all threads.
const LARGE: f64 = 0.2;
/// Share of the free memory that a run may use.
const MEMORY_SHARE: f64 = 0.7;

/// Threads that the machine offers.
pub(super) fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Number of groups that may be simulated in parallel.
pub(super) fn abreast(plan: &Plan, groups: &[UnitGroup<'_>], threads: usize) -> usize {
    if plan.experiment.file.scale >= LARGE {
        return 1;
    }
    let each = memory_of_group(plan, groups);
    let fit = free_memory_bytes().map_or(usize::MAX, |free| (free as f64 * MEMORY_SHARE / each) as usize);
    threads.min(groups.len()).min(fit).max(1)
}

/// The same on a machine with enough memory.
pub(super) fn abreast_at_most(plan: &Plan, groups: usize, threads: usize) -> usize {
    if plan.experiment.file.scale >= LARGE { 1 } else { threads.min(groups).max(1) }
}

/// Memory of a scenario beside its comparator, its outcomes apart, as a share of a population without outcomes: own rows,
/// and the lists that every scenario has for itself. Not measured yet.
const FOLLOWER_MEMORY: f64 = 0.1;
/// The same for the copies of all rows in Januaries in which a population with scenarios beside it is put in order: one of
/// the comparator, and one of each scenario in turn. Not measured yet.
const ORDERING_MEMORY: f64 = 0.8;

/// Largest memory of a group, in bytes.
pub(super) fn memory_of_group(plan: &Plan, groups: &[UnitGroup<'_>]) -> f64 {
    groups.iter().map(|group| memory_of(plan, group)).fold(memory_of_one(plan, plan.end()), f64::max)
}

/// Memory of a group: a population at the end; where units branch, the copy of their common past; and the scenarios beside
/// their comparator. A scenario that leaves its comparator for a simulation of its own is not foreseen.
fn memory_of(plan: &Plan, group: &UnitGroup<'_>) -> f64 {
    let end = plan.end();
    let (program, whole) = (memory_estimate(0.0, 0.0, &[]), memory_of_one(plan, end));
    let population = memory_estimate(plan.persons(), years(end), &[]) - program;
    let branches = group.units.iter().filter(|unit| !group.follows(unit)).filter_map(|unit| unit.from);
    let past = branches.max().filter(|_| group.units.len() > 1);
    let past = past.map_or(0.0, |month| memory_of_one(plan, month) - program);
    let followers = group.units.iter().filter(|unit| group.follows(unit)).count() as f64;
    let outcomes = whole - program - population + panel_memory(plan);
    let ordering = if group.has_followers() { ORDERING_MEMORY * population } else { 0.0 };
    whole + panel_memory(plan) + followers * (FOLLOWER_MEMORY * population + outcomes) + past.max(ordering)
}

/// Memory of a population at a month with its outcomes, the panel apart.
fn memory_of_one(plan: &Plan, month: Month) -> f64 {
    memory_estimate(plan.persons(), years(month), &plan.outcomes)
}

fn years(month: Month) -> f64 {
    f64::from(month.since(Month(0))) / 12.0
}

/// Memory available for new work, in bytes; `None` if the system does not report it (Linux does).
pub(super) fn free_memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

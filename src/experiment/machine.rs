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
    let file = &plan.experiment.file;
    if file.scale >= LARGE {
        return 1;
    }
    let each = memory_of_group(plan, groups);
    let fit = free_memory_bytes().map_or(usize::MAX, |free| (free as f64 * MEMORY_SHARE / each) as usize);
    threads.min(groups.len()).min(fit).max(1)
}

/// Largest memory of a group, in bytes: a population at the end and, where units branch, the copy of their common past.
pub(super) fn memory_of_group(plan: &Plan, groups: &[UnitGroup<'_>]) -> f64 {
    let (persons, outcomes) = (plan.persons(), &plan.outcomes[..]);
    let years = |month: Month| f64::from(month.since(Month(0))) / 12.0;
    let branching = groups.iter().filter(|group| group.units.len() > 1).flat_map(|group| &group.units);
    let branching = branching.filter_map(|unit| unit.from).max();
    let past = branching
        .map_or(0.0, |month| memory_estimate(persons, years(month), outcomes) - memory_estimate(0.0, 0.0, outcomes));
    memory_estimate(persons, years(plan.end()), outcomes) + past + panel_memory(plan)
}

/// Memory available for new work, in bytes; `None` if the system does not report it (Linux does).
pub(super) fn free_memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

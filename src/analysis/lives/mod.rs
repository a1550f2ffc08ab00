//! Paired comparison of persons: the same persons under the comparator and under the scenario, and the events that
//! occur in one and not in the other.
//!
//! Net effects come first: they do not depend on common random numbers. The numbers of prevented and caused cases do,
//! since two scenarios with the same net effect may affect different persons; they are reported with the bounds that
//! hold without common random numbers (Fréchet, Annales de l'Université de Lyon, Section A 14 (1951), pages 53-77).
//! Only persons who exist in both scenarios are compared. Those in only one, because of a birth or an arrival there,
//! are counted without a value. Numbers needed follow Laupacis, Sackett & Roberts, New England Journal of Medicine 318
//! (1988), pages 1728-1733, and Altman, BMJ 317 (1998), pages 1309-1312, for their limits.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::store::FIRST_YEAR;

mod counts;
mod path;
mod person;
mod pooled;
#[cfg(test)]
pub(super) mod tests;

pub use counts::EventCounts;
use path::{Heads, Walk};
pub use path::{Needed, PathStart, PathStep, StepCounts};
use person::parents;
pub(super) use person::{ADULT, FIRST, check, find};
pub use person::{FirstEvent, LivesFault, MonthIndex, PersonLife, RecordedSex};
pub use pooled::{Aggregate, EventRow, PooledFigure, StepRow, StratumRow, aggregate};

/// Cells of fewer simulated persons are not shown.
pub const FEWEST: u64 = 10;

/// Relation of a person to those reached, in the scenario; the first that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KinGroup {
    /// Reached by a programme.
    Reached,
    /// Child of a person reached.
    Child,
    /// Grandchild of a person reached.
    Grandchild,
    /// Neither.
    Other,
}

/// A stratum of persons, by their properties under the comparator. Each kind of stratum partitions all persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stratum {
    /// All persons.
    Whole,
    /// Persons neither reached nor with a reached parent: effects on them are indirect, through partners, capacity or
    /// births. Overlaps with the groups, where they count as grandchildren and others.
    Spill,
    /// A group.
    Group(KinGroup),
    /// A generation.
    Generation(u8),
    /// Persons born in the ten years from this one on.
    Decade(i32),
    /// A sex.
    Sex(RecordedSex),
    /// A city.
    City(u8),
    /// A quintile of the city's households by deprivation of the area; 0 if unknown.
    Quintile(u8),
}

/// All comparisons for one stratum of persons of both scenarios.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct StratumCounts {
    /// Persons.
    pub persons: u64,
    /// Growing up with violence.
    pub exposed: EventCounts,
    /// Using violence.
    pub used: EventCounts,
    /// Suffering violence.
    pub suffered: EventCounts,
    /// QALYs saved by the scenario, summed over persons.
    pub qaly_gained: f64,
}

impl StratumCounts {
    /// Counts of an event.
    pub fn of(&self, event: FirstEvent) -> &EventCounts {
        match event {
            FirstEvent::Exposed => &self.exposed,
            FirstEvent::Used => &self.used,
            FirstEvent::Suffered => &self.suffered,
        }
    }

    /// The cell, if it has enough persons to be shown.
    pub fn shown(&self) -> Option<&StratumCounts> {
        (self.persons >= FEWEST).then_some(self)
    }

    fn see(&mut self, comparator: &PersonLife, scenario: &PersonLife) {
        self.persons += 1;
        self.exposed.see(FirstEvent::Exposed, comparator, scenario);
        self.used.see(FirstEvent::Used, comparator, scenario);
        self.suffered.see(FirstEvent::Suffered, comparator, scenario);
        let gained = comparator.qaly_lost - scenario.qaly_lost;
        self.qaly_gained += gained;
    }
}

/// Two scenarios of one pair, compared person by person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedLives {
    /// Persons under the comparator only, born or arrived only there. A count without a value.
    pub comparator_only: u64,
    /// Persons under the scenario only. A count without a value.
    pub scenario_only: u64,
    /// Persons of both scenarios by stratum.
    pub cells: BTreeMap<Stratum, StratumCounts>,
    /// From women reached to their grandchildren and from children reached to their children, one row per step.
    pub path: Vec<StepCounts>,
}

impl PairedLives {
    /// All persons of both scenarios.
    pub fn whole(&self) -> StratumCounts {
        self.cells.get(&Stratum::Whole).copied().unwrap_or_default()
    }
}

/// Relation of a person of the scenario to those reached there.
pub(super) fn group(scenario: &[PersonLife], life: &PersonLife) -> KinGroup {
    let reached = |life: &PersonLife| life.reached.is_some();
    if reached(life) {
        return KinGroup::Reached;
    }
    let (mut child, mut grandchild) = (false, false);
    for parent in parents(scenario, life) {
        child |= reached(parent);
        grandchild |= parents(scenario, parent).any(reached);
    }
    match (child, grandchild) {
        (true, _) => KinGroup::Child,
        (false, true) => KinGroup::Grandchild,
        (false, false) => KinGroup::Other,
    }
}

/// First year of the decade of birth.
fn decade(born: MonthIndex) -> i32 {
    (FIRST_YEAR + born.div_euclid(12)).div_euclid(10) * 10
}

fn strata(life: &PersonLife, group: KinGroup) -> impl Iterator<Item = Stratum> {
    let spill = matches!(group, KinGroup::Grandchild | KinGroup::Other).then_some(Stratum::Spill);
    let parted = [
        Stratum::Whole,
        Stratum::Group(group),
        Stratum::Generation(life.generation),
        Stratum::Decade(decade(life.born)),
        Stratum::Sex(life.sex),
        Stratum::City(life.city),
        Stratum::Quintile(life.quintile),
    ];
    parted.into_iter().chain(spill)
}

/// Compares two scenarios of one pair, both sorted by key; `horizon` is the first month that was not simulated.
///
/// Strata use properties under the comparator, except for being reached and for kin, which are those of the scenario.
/// Months are calendar months: a child born later in one scenario has its events delayed as well. Women and children
/// reached who exist only in the scenario have no path.
///
/// # Errors
/// Persons out of order, a duplicate key, or QALYs that are not finite.
pub fn paired(
    comparator: &[PersonLife],
    scenario: &[PersonLife],
    horizon: MonthIndex,
) -> Result<PairedLives, LivesFault> {
    check(comparator)?;
    check(scenario)?;
    let mut cells: BTreeMap<Stratum, StratumCounts> = BTreeMap::new();
    let mut walks = PathStep::ALL.map(Walk::new);
    let heads = Heads::of(scenario);
    let (mut both, mut first) = (0, PathStart::ALL.map(|_| BTreeSet::new()));
    for after in scenario {
        let Some(before) = find(comparator, Some(after.key)) else { continue };
        both += 1;
        for stratum in strata(before, group(scenario, after)) {
            cells.entry(stratum).or_default().see(before, after);
        }
        for (line, first) in PathStart::ALL.into_iter().zip(&mut first) {
            first.extend(heads.head(line, after, 0).map(|(key, _)| key));
        }
    }
    for after in scenario {
        let Some(before) = find(comparator, Some(after.key)) else { continue };
        for walk in &mut walks {
            let line = walk.step.line();
            let head = heads.head(line, after, walk.step.generations());
            if let Some(head) = head.filter(|(key, _)| first[line as usize].contains(key)) {
                walk.see(head, [before, after], horizon);
            }
        }
    }
    let done = |(reached, walk): (usize, Walk)| walk.done(reached as u64);
    Ok(PairedLives {
        comparator_only: comparator.len() as u64 - both,
        scenario_only: scenario.len() as u64 - both,
        cells,
        path: walks.into_iter().map(|walk| (first[walk.step.line() as usize].len(), walk)).map(done).collect(),
    })
}

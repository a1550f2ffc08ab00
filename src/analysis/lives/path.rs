//! Paths across generations from those reached: from a woman through her children to her grandchildren, and from a
//! child to its own children. Persons at risk at each step, and events that occur in only one of the scenarios.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::counts::EventCounts;
use super::person::{ADULT, FirstEvent, MonthIndex, PersonLife, RecordedSex, find, parents};

/// Start of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PathStart {
    /// A woman who was reached as an adult, or with a child, or when expecting one.
    Mother,
    /// A child that was reached itself.
    Child,
}

impl PathStart {
    /// Both.
    pub const ALL: [PathStart; 2] = [PathStart::Mother, PathStart::Child];
}

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PathStep {
    /// She suffers violence.
    MotherSuffers,
    /// She uses violence.
    MotherUses,
    /// Her child grows up with violence.
    ChildExposed,
    /// Her child suffers violence as an adult.
    ChildSuffers,
    /// Her child uses violence as an adult.
    ChildUses,
    /// Her child's child grows up with violence.
    GrandchildExposed,
    /// A child reached grows up with violence from then on.
    ReachedExposed,
    /// A child reached suffers violence as an adult.
    ReachedSuffers,
    /// A child reached uses violence as an adult.
    ReachedUses,
    /// The child of a child reached grows up with violence.
    TheirChildExposed,
}

impl PathStep {
    /// All of them, in order of the paths.
    pub const ALL: [PathStep; 10] = [
        PathStep::MotherSuffers,
        PathStep::MotherUses,
        PathStep::ChildExposed,
        PathStep::ChildSuffers,
        PathStep::ChildUses,
        PathStep::GrandchildExposed,
        PathStep::ReachedExposed,
        PathStep::ReachedSuffers,
        PathStep::ReachedUses,
        PathStep::TheirChildExposed,
    ];

    /// The path that the step belongs to.
    pub fn line(self) -> PathStart {
        match self {
            PathStep::MotherSuffers
            | PathStep::MotherUses
            | PathStep::ChildExposed
            | PathStep::ChildSuffers
            | PathStep::ChildUses
            | PathStep::GrandchildExposed => PathStart::Mother,
            PathStep::ReachedExposed
            | PathStep::ReachedSuffers
            | PathStep::ReachedUses
            | PathStep::TheirChildExposed => PathStart::Child,
        }
    }

    /// The event that is counted.
    pub fn event(self) -> FirstEvent {
        match self {
            PathStep::MotherSuffers | PathStep::ChildSuffers | PathStep::ReachedSuffers => FirstEvent::Suffered,
            PathStep::MotherUses | PathStep::ChildUses | PathStep::ReachedUses => FirstEvent::Used,
            PathStep::ChildExposed
            | PathStep::GrandchildExposed
            | PathStep::ReachedExposed
            | PathStep::TheirChildExposed => FirstEvent::Exposed,
        }
    }

    pub(super) fn generations(self) -> usize {
        match self {
            PathStep::MotherSuffers | PathStep::MotherUses => 0,
            PathStep::ReachedExposed | PathStep::ReachedSuffers | PathStep::ReachedUses => 0,
            PathStep::ChildExposed | PathStep::ChildSuffers | PathStep::ChildUses | PathStep::TheirChildExposed => 1,
            PathStep::GrandchildExposed => 2,
        }
    }

    /// Age in months from which the event counts.
    fn least_age(self) -> MonthIndex {
        match self {
            PathStep::ChildSuffers | PathStep::ChildUses | PathStep::ReachedSuffers | PathStep::ReachedUses => ADULT,
            PathStep::MotherSuffers | PathStep::MotherUses | PathStep::ChildExposed | PathStep::GrandchildExposed => 0,
            PathStep::ReachedExposed | PathStep::TheirChildExposed => 0,
        }
    }
}

/// Number to be reached to prevent one event.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Needed {
    /// Women, or children, reached per event prevented; negative: per event caused.
    pub value: f64,
    /// Its first-order variance, from differences between families; unreliable if the net effect is close to 0.
    pub variance: f64,
}

/// One step of a path among the kin of those at its start.
///
/// At risk are persons present in both scenarios in the month in which the woman or child was reached, or at birth, or
/// at the age from which the event counts, and without an earlier occurrence. Use of violence by her child without own
/// exposure is included, as are all other effects of the programme.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepCounts {
    /// Step.
    pub step: PathStep,
    /// Women, or children, reached who exist in both scenarios.
    pub reached: u64,
    /// Persons at risk, and their events.
    pub counts: EventCounts,
    /// Persons with an earlier occurrence in either scenario.
    pub already: u64,
    /// Variance of the net effect between families of those reached, including families without anybody at risk; `None`
    /// with one family.
    pub variance_of_net: Option<f64>,
}

impl StepCounts {
    /// Difference in persons with the event per 1000 at risk, comparator minus scenario, and its variance; `None`
    /// without persons.
    pub fn per_thousand(&self) -> Option<(f64, f64)> {
        let unit = 1000.0 / self.counts.persons as f64;
        let variance = self.variance_of_net.filter(|_| self.counts.persons > 0)?;
        Some((self.counts.net() as f64 * unit, variance * unit * unit))
    }

    /// Women, or children, to be reached to prevent one event; `None` if the net effect is 0.
    pub fn needed(&self) -> Option<Needed> {
        let (reached, net) = (self.reached as f64, self.counts.net() as f64);
        let variance = self.variance_of_net.filter(|_| net != 0.0)?;
        let slope = reached / (net * net);
        Some(Needed { value: reached / net, variance: slope * slope * variance })
    }
}

/// Length of the period before a birth in which a child is expected, in months.
const EXPECTING: MonthIndex = 9;

/// Persons reached in the scenario, at whom paths begin.
pub(super) struct Heads<'a> {
    scenario: &'a [PersonLife],
    /// Girls reached under age as mothers or expectant mothers.
    young_mothers: BTreeSet<i64>,
}

impl<'a> Heads<'a> {
    /// From persons sorted by key.
    pub(super) fn of(scenario: &'a [PersonLife]) -> Heads<'a> {
        let young = |child: &PersonLife| {
            let mother = find(scenario, child.mother)?;
            let reached = mother.reached.filter(|month| *month < mother.born + ADULT)?;
            (child.born <= reached + EXPECTING).then_some(mother.key)
        };
        Heads { scenario, young_mothers: scenario.iter().filter_map(young).collect() }
    }

    /// The person reached, as key and month, at the start of the line that leads to a person over a number of
    /// generations. If there are several, the mother's takes precedence; a woman's line leads through her own children.
    pub(super) fn head(&self, line: PathStart, life: &PersonLife, generations: usize) -> Option<(i64, MonthIndex)> {
        match (generations, line) {
            (0, _) => life.reached.filter(|_| self.begins(life) == Some(line)).map(|month| (life.key, month)),
            (1, PathStart::Mother) => self.head(line, find(self.scenario, life.mother)?, 0),
            _ => parents(self.scenario, life).find_map(|parent| self.head(line, parent, generations - 1)),
        }
    }

    /// The path that begins with a person, if reached.
    fn begins(&self, life: &PersonLife) -> Option<PathStart> {
        let of_age = life.born + ADULT <= life.reached?;
        match life.sex {
            RecordedSex::Female if of_age || self.young_mothers.contains(&life.key) => Some(PathStart::Mother),
            RecordedSex::Male if of_age => None,
            RecordedSex::Male | RecordedSex::Female => Some(PathStart::Child),
        }
    }
}

/// Status of a person at a step.
enum StatusAtStep {
    Absent,
    Already,
    AtRisk,
}

fn standing(step: PathStep, reached: MonthIndex, worlds: [&PersonLife; 2], horizon: MonthIndex) -> StatusAtStep {
    let start = |life: &PersonLife| reached.max(life.born + step.least_age());
    let absent = |life: &&PersonLife| start(life) >= horizon || life.gone.is_some_and(|gone| gone <= start(life));
    let already = |life: &&PersonLife| step.event().month(life).is_some_and(|month| month < start(life));
    if worlds.iter().any(absent) {
        StatusAtStep::Absent
    } else if worlds.iter().any(already) {
        StatusAtStep::Already
    } else {
        StatusAtStep::AtRisk
    }
}

/// Counts of a step while persons are processed.
pub(super) struct Walk {
    pub(super) step: PathStep,
    counts: EventCounts,
    already: u64,
    /// Net effect per woman or child reached.
    nets: BTreeMap<i64, i64>,
}

impl Walk {
    pub(super) fn new(step: PathStep) -> Walk {
        Walk { step, counts: EventCounts::default(), already: 0, nets: BTreeMap::new() }
    }

    pub(super) fn see(&mut self, (first, reached): (i64, MonthIndex), worlds: [&PersonLife; 2], horizon: MonthIndex) {
        match standing(self.step, reached, worlds, horizon) {
            StatusAtStep::Absent => {}
            StatusAtStep::Already => self.already += 1,
            StatusAtStep::AtRisk => {
                let before = self.counts.net();
                self.counts.see(self.step.event(), worlds[0], worlds[1]);
                *self.nets.entry(first).or_default() += self.counts.net() - before;
            }
        }
    }

    pub(super) fn done(self, reached: u64) -> StepCounts {
        let (n, net) = (reached as f64, self.counts.net() as f64);
        let squares: f64 = self.nets.values().map(|net| (net * net) as f64).sum();
        let variance_of_net = (reached > 1).then(|| (squares - net * net / n) * n / (n - 1.0));
        StepCounts { step: self.step, reached, counts: self.counts, already: self.already, variance_of_net }
    }
}

//! The path from a woman reached, over her children, to her grandchildren: who is at risk at each step, and what happens to them in one
//! world and not in the other.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ADULT, Counts, Event, Life, Month, Sex, find, parents};

/// A step of the path from a woman reached to her grandchildren.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
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
}

impl Step {
    /// All of them, down the path.
    pub const ALL: [Step; 6] = [
        Step::MotherSuffers,
        Step::MotherUses,
        Step::ChildExposed,
        Step::ChildSuffers,
        Step::ChildUses,
        Step::GrandchildExposed,
    ];

    /// What is counted.
    pub fn event(self) -> Event {
        match self {
            Step::MotherSuffers | Step::ChildSuffers => Event::Suffered,
            Step::MotherUses | Step::ChildUses => Event::Used,
            Step::ChildExposed | Step::GrandchildExposed => Event::Exposed,
        }
    }

    pub(super) fn generations(self) -> usize {
        match self {
            Step::MotherSuffers | Step::MotherUses => 0,
            Step::ChildExposed | Step::ChildSuffers | Step::ChildUses => 1,
            Step::GrandchildExposed => 2,
        }
    }

    /// Months of age from which it counts.
    fn least_age(self) -> Month {
        match self {
            Step::ChildSuffers | Step::ChildUses => ADULT,
            Step::MotherSuffers | Step::MotherUses | Step::ChildExposed | Step::GrandchildExposed => 0,
        }
    }
}

/// How many must be reached for one event to be prevented.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Needed {
    /// Women reached per event prevented; below 0, per event caused.
    pub value: f64,
    /// Its variance to first order, from differences between families; unreliable where the net effect is not far from
    /// 0.
    pub variance: f64,
}

/// One step of the path among the kin of women reached.
///
/// At risk are those who are there in both worlds at the month she was reached, or when born, or of age for what counts
/// from then on, and whom it has not befallen before. That her child uses violence without having grown up with any is
/// part of it, as is all that the programme changes by other ways than hers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepCounts {
    /// Step.
    pub step: Step,
    /// Women reached who are in both worlds.
    pub reached: u64,
    /// Persons at risk, and what happens to them.
    pub counts: Counts,
    /// Persons it had befallen before, in either world.
    pub already: u64,
    /// Variance of the net effect between families of women reached, who count also if nobody of theirs is at risk;
    /// nothing of one.
    pub variance_of_net: Option<f64>,
}

impl StepCounts {
    /// Difference in persons per 1000 at risk, comparator minus scenario, and its variance; nothing of nobody.
    pub fn per_thousand(&self) -> Option<(f64, f64)> {
        let unit = 1000.0 / self.counts.persons as f64;
        let variance = self.variance_of_net.filter(|_| self.counts.persons > 0)?;
        Some((self.counts.net() as f64 * unit, variance * unit * unit))
    }

    /// Women to be reached for one event less; nothing where the net effect is 0.
    pub fn needed(&self) -> Option<Needed> {
        let (reached, net) = (self.reached as f64, self.counts.net() as f64);
        let variance = self.variance_of_net.filter(|_| net != 0.0)?;
        let slope = reached / (net * net);
        Some(Needed { value: reached / net, variance: slope * slope * variance })
    }
}

/// A woman reached, by key and month, at the head of the line that leads to a person by so many generations. Where
/// several lines do, the mother's goes first.
pub(super) fn head(scenario: &[Life], life: &Life, generations: usize) -> Option<(i64, Month)> {
    match generations {
        0 => life.reached.filter(|_| life.sex == Sex::Female).map(|month| (life.key, month)),
        1 => head(scenario, find(scenario, life.mother)?, 0),
        _ => parents(scenario, life).find_map(|parent| head(scenario, parent, generations - 1)),
    }
}

/// How somebody stands to a step.
enum Standing {
    Absent,
    Already,
    AtRisk,
}

fn standing(step: Step, reached: Month, worlds: [&Life; 2], horizon: Month) -> Standing {
    let start = |life: &Life| reached.max(life.born + step.least_age());
    let absent = |life: &&Life| start(life) >= horizon || life.gone.is_some_and(|gone| gone <= start(life));
    let already = |life: &&Life| step.event().month(life).is_some_and(|month| month < start(life));
    if worlds.iter().any(absent) {
        Standing::Absent
    } else if worlds.iter().any(already) {
        Standing::Already
    } else {
        Standing::AtRisk
    }
}

/// A step while persons pass by.
pub(super) struct Walk {
    pub(super) step: Step,
    counts: Counts,
    already: u64,
    /// Net effect by woman reached.
    nets: BTreeMap<i64, i64>,
}

impl Walk {
    pub(super) fn new(step: Step) -> Walk {
        Walk { step, counts: Counts::default(), already: 0, nets: BTreeMap::new() }
    }

    pub(super) fn see(&mut self, scenario: &[Life], worlds: [&Life; 2], horizon: Month) {
        let Some((woman, reached)) = head(scenario, worlds[1], self.step.generations()) else { return };
        match standing(self.step, reached, worlds, horizon) {
            Standing::Absent => {}
            Standing::Already => self.already += 1,
            Standing::AtRisk => {
                let before = self.counts.net();
                self.counts.see(self.step.event(), worlds[0], worlds[1]);
                *self.nets.entry(woman).or_default() += self.counts.net() - before;
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

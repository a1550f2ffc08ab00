//! Counts of the exposed and of others, by region, sex, pathway and window of exposure.

use serde::{Deserialize, Serialize};

use crate::outcomes::settings::Pathway;
use crate::world::{Body, Sex, WINDOWS};

/// Never exposed, then first exposed in each of the windows.
pub(super) const GROUPS: usize = WINDOWS.len() + 1;
/// In the cities, and elsewhere.
pub(super) const REGIONS: [&str; 2] = ["G4", "elsewhere"];
/// Ages in months by which prior outcomes are counted.
pub(super) const AGES: [i32; 2] = [30 * 12, 40 * 12];
/// Index of using violence.
pub(super) const USED: usize = 0;
/// Index of suffering violence.
pub(super) const SUFFERED: usize = 1;
/// One onset, in the integers in which expected onsets are summed.
pub(super) const ONE: f64 = 1e9;

/// Adults of one region, sex, pathway and window in one year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExposureGroup {
    pub(super) persons: u64,
    pub(super) cases: u64,
    /// Turned 30, turned 40.
    pub(super) reaching: [u64; 2],
    /// Of these, with the outcome before that age.
    pub(super) before: [u64; 2],
    pub(super) eighteen: Eighteen,
    pub(super) onsets: u64,
    /// Probability of these onsets without the effect of the person's own childhood, summed, in billionths.
    pub(super) without: u64,
    /// The same without the effect of either partner's childhood.
    pub(super) without_both: u64,
}

/// Persons aged 18 in December, and their attitude and coping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Eighteen {
    pub(super) persons: u64,
    /// Sums in thousandths of a standard deviation: integers, so that the order of persons does not matter.
    attitude: i64,
    coping: i64,
}

impl Eighteen {
    /// Counts a person.
    pub(super) fn count(&mut self, attitude: f64, coping: f64) {
        let thousandths = |sd: f64| libm::rint(1000.0 * sd) as i64;
        self.persons += 1;
        self.attitude += thousandths(attitude);
        self.coping += thousandths(coping);
    }

    /// Adds the counts of others.
    pub(super) fn add(&mut self, other: &Eighteen) {
        self.persons += other.persons;
        self.attitude += other.attitude;
        self.coping += other.coping;
    }

    /// Takes away the counts of some of these persons.
    pub(super) fn less(&mut self, other: &Eighteen) {
        self.persons -= other.persons;
        self.attitude -= other.attitude;
        self.coping -= other.coping;
    }

    /// Mean attitude and coping, standard deviations; nothing of nobody.
    pub(super) fn means(&self) -> Option<[f64; 2]> {
        let mean = |sum: i64| sum as f64 / (1000.0 * self.persons as f64);
        (self.persons > 0).then(|| [mean(self.attitude), mean(self.coping)])
    }
}

/// Contribution of two childhoods to the log hazard of an onset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AcquiredLog {
    /// Of the person whose onset it is.
    pub(super) own: f64,
    /// Of this person and all others on whom the hazard depends.
    pub(super) both: f64,
}

/// Adults of one region, sex, window of first witnessing and window of first exposure in one December.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Adults {
    pub(super) persons: u64,
    /// Used violence, suffered violence in the year.
    pub(super) cases: [u64; 2],
    /// Turned 30, turned 40.
    pub(super) reaching: [u64; 2],
    /// Of these, used and suffered violence before that age.
    pub(super) before: [[u64; 2]; 2],
    pub(super) eighteen: Eighteen,
}

/// Groups by region, sex, pathway and window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ExposureGroups(Vec<ExposureGroup>);

impl ExposureGroup {
    /// Adds the counts of others.
    pub(super) fn add(&mut self, other: &ExposureGroup) {
        self.persons += other.persons;
        self.cases += other.cases;
        for index in 0..2 {
            self.reaching[index] += other.reaching[index];
            self.before[index] += other.before[index];
        }
        self.eighteen.add(&other.eighteen);
        self.onsets += other.onsets;
        self.without += other.without;
        self.without_both += other.without_both;
    }

    /// Takes away the counts of some of these persons.
    pub(super) fn less(&mut self, other: &ExposureGroup) {
        self.persons -= other.persons;
        self.cases -= other.cases;
        for index in 0..2 {
            self.reaching[index] -= other.reaching[index];
            self.before[index] -= other.before[index];
        }
        self.eighteen.less(&other.eighteen);
        self.onsets -= other.onsets;
        self.without -= other.without;
        self.without_both -= other.without_both;
    }
}

impl Default for ExposureGroups {
    fn default() -> Self {
        ExposureGroups(vec![ExposureGroup::default(); REGIONS.len() * 2 * Pathway::ALL.len() * GROUPS])
    }
}

impl ExposureGroups {
    /// One group.
    pub(super) fn at(&mut self, region: usize, sex: Sex, pathway: Pathway, group: usize) -> &mut ExposureGroup {
        &mut self.0[((region * 2 + sex as usize) * Pathway::ALL.len() + pathway as usize) * GROUPS + group]
    }

    /// Adds the counts of others.
    pub(super) fn add(&mut self, other: &ExposureGroups) {
        for (group, more) in self.0.iter_mut().zip(&other.0) {
            group.add(more);
        }
    }

    /// Takes away the counts of some of these persons.
    pub(super) fn less(&mut self, other: &ExposureGroups) {
        self.0.iter_mut().zip(&other.0).for_each(|(group, less)| group.less(less));
    }

    /// Distributes the adults of December over the pathways on which they are exposed or not.
    pub(super) fn add_adults(&mut self, adults: &[Adults]) {
        for (index, adults) in adults.iter().enumerate() {
            let (region, sex) = (index / (2 * GROUPS * GROUPS), Sex::BOTH[index / (GROUPS * GROUPS) % 2]);
            let (witnessed, exposed) = (index / GROUPS % GROUPS, index % GROUPS);
            for (pathway, group, which) in [
                (Pathway::WitnessUse, witnessed, USED),
                (Pathway::ExposedUse, exposed, USED),
                (Pathway::ExposedSuffer, exposed, SUFFERED),
            ] {
                let group = self.at(region, sex, pathway, group);
                group.persons += adults.persons;
                group.cases += adults.cases[which];
                group.eighteen.add(&adults.eighteen);
                for age in 0..AGES.len() {
                    group.reaching[age] += adults.reaching[age];
                    group.before[age] += adults.before[age][which];
                }
            }
        }
    }

    /// Counts an onset.
    pub(super) fn onset(&mut self, region: usize, body: &Body, pathway: Pathway, exposure: usize, added: AcquiredLog) {
        let billionths = |log: f64| libm::rint(ONE * libm::exp(-log)) as u64;
        let group = self.at(region, body.sex(), pathway, exposure);
        group.onsets += 1;
        group.without += billionths(added.own);
        group.without_both += billionths(added.both);
    }
}

//! Risk flags: alcohol, addiction, mental illness, debts and crime come and go, by age, sex, liability and income; being a
//! newcomer wears off.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::ByAge;
use crate::engine::{Draws, Hazard, Step};
use crate::units::{LogRatio, RatePerYear, Ratio, Rows};
use crate::world::{Change, Changes, Flag, Mechanism, PersonId, Touch, World};

/// `[life.flags.<flag>]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskFlag {
    /// Hazard of beginning, by age and sex.
    pub onset: Rows<RatePerYear>,
    /// Hazard of ending.
    pub remission: RatePerYear,
    /// Log hazard ratio of beginning per standard deviation of liability to use violence.
    pub liability: LogRatio,
    /// Low income on beginning.
    pub low_income: Ratio,
}

/// `[life.flags]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flags {
    /// Misuse of alcohol.
    pub alcohol: RiskFlag,
    /// Addiction.
    pub addiction: RiskFlag,
    /// Mental illness.
    pub mental_illness: RiskFlag,
    /// Problem debts.
    pub debts: RiskFlag,
    /// Registered as a suspect of a crime in the past year.
    pub crime: RiskFlag,
    /// Hazard with which a newcomer stops being one.
    pub newcomer_ends: RatePerYear,
}

struct Coming {
    name: &'static str,
    identity: u16,
    flag: Flag,
    onset: ByAge,
    remission: f64,
    liability: f64,
    low_income: f64,
}

impl Flags {
    /// One hazard per flag.
    ///
    /// # Errors
    /// A sentence on what a table lacks.
    pub fn build(&self) -> Result<Vec<Step>, String> {
        let list = [
            ("alcohol", 12, Flag::Alcohol, &self.alcohol),
            ("addiction", 13, Flag::Addiction, &self.addiction),
            ("mental_illness", 14, Flag::MentalIllness, &self.mental_illness),
            ("debts", 15, Flag::Debts, &self.debts),
            ("crime", 16, Flag::Crime, &self.crime),
        ];
        let mut steps: Vec<Step> = Vec::new();
        for (name, identity, flag, table) in list {
            let onset = ByAge::new(&table.onset, "male", "female", 0.0).map_err(|e| format!("{name}: {e}"))?;
            steps.push(Step::Person(Box::new(Coming {
                name,
                identity,
                flag,
                onset,
                remission: table.remission.get(),
                liability: table.liability.get(),
                low_income: table.low_income.get(),
            })));
        }
        steps.push(Step::Person(Box::new(Settling(self.newcomer_ends.get()))));
        Ok(steps)
    }
}

impl Coming {
    /// Onset over that of the mean person of the same age and sex: exp(b z − b²/2), so that the population's mean is kept.
    fn proneness(&self, world: &World, row: usize) -> f64 {
        let z = world.people.mind[row].liability_use.get();
        libm::exp(self.liability * z - 0.5 * self.liability * self.liability)
    }
}

/// Room of the envelope above the mean person's onset.
const CUSHION: f64 = 2.0;
/// Remission over the least envelope.
const REMISSION: f64 = 8.0;

impl Hazard for Coming {
    fn name(&self) -> &'static str {
        self.name
    }

    fn identity(&self) -> u16 {
        self.identity
    }

    fn envelope(&self, profile: usize, year: usize) -> f64 {
        // At least an eighth of the remission, so that those who have the flag need no more than three layers.
        if year < 10 { 0.0 } else { (self.onset.at(profile, year as i32) * CUSHION).max(self.remission / REMISSION) }
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = &world.people.body[row];
        if body.has(self.flag) {
            return self.remission;
        }
        let crime = if self.flag == Flag::Crime { libm::exp(world.effect(row, Mechanism::Crime)) } else { 1.0 };
        let income = if body.has(Flag::LowIncome) { self.low_income } else { 1.0 };
        self.onset.at(body.sex() as usize, body.age(world.now)) * self.proneness(world, row) * income * crime
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        let body = &world.people.body[row];
        if body.has(self.flag) {
            return REMISSION;
        }
        let crime = if self.flag == Flag::Crime { libm::exp(world.most_effect(row, Mechanism::Crime)) } else { 1.0 };
        let income = if body.has(Flag::LowIncome) { self.low_income.max(1.0) } else { 1.0 };
        self.proneness(world, row) * income * crime / CUSHION
    }

    fn responds_to(&self) -> Touch {
        Touch::RISK
    }

    fn happens(&self, world: &World, row: usize, _: &Draws, changes: &mut Changes) {
        let body = &world.people.body[row];
        if body.has(Flag::Present) {
            changes.push(Change::Flag { who: PersonId(row as u32), flag: self.flag, on: !body.has(self.flag) });
        }
    }
}

struct Settling(f64);

impl Hazard for Settling {
    fn name(&self) -> &'static str {
        "newcomer_ends"
    }

    fn identity(&self) -> u16 {
        17
    }

    fn envelope(&self, _: usize, _: usize) -> f64 {
        // Few are newcomers; they are followed in layers.
        self.0 / 32.0
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        if world.people.body[row].has(Flag::Newcomer) { self.0 } else { 0.0 }
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        if world.people.body[row].has(Flag::Newcomer) { 32.0 } else { 0.0 }
    }

    fn responds_to(&self) -> Touch {
        Touch::RISK
    }

    fn happens(&self, _: &World, row: usize, _: &Draws, changes: &mut Changes) {
        changes.push(Change::Flag { who: PersonId(row as u32), flag: Flag::Newcomer, on: false });
    }
}

//! Risk flags: alcohol, addiction, mental illness, debts and crime come and go, by age, sex, liability and income; being a
//! newcomer wears off.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::ByAge;
use crate::engine::{Draws, Hazard, Step, Sweep, YEARS};
use crate::random::exponential;
use crate::units::{LogRatio, RatePerYear, Ratio, Rows};
use crate::world::{Change, Changes, Flag, Mechanism, Month, PersonId, Touch, World};

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
    /// Remission over the least envelope at an age or later, by sex.
    ending: [Vec<f64>; 2],
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
            let mut coming = Coming {
                name,
                identity,
                flag,
                onset,
                remission: table.remission.get(),
                liability: table.liability.get(),
                low_income: table.low_income.get(),
                ending: Default::default(),
            };
            coming.ending = [0, 1].map(|sex| coming.ending_of(sex));
            steps.push(Step::Person(Box::new(coming)));
        }
        steps.push(Step::Sweep(Box::new(Settling)));
        Ok(steps)
    }
}

impl Coming {
    /// Remission over the envelope, largest from each year of age on.
    fn ending_of(&self, sex: usize) -> Vec<f64> {
        let mut most = vec![0.0_f64; YEARS];
        let mut later = 0.0_f64;
        for year in (FROM..YEARS).rev() {
            let envelope = self.envelope(sex, year);
            later = later.max(if envelope > 0.0 { self.remission / envelope } else { 0.0 });
            most[year] = later;
        }
        most
    }

    /// Onset over that of the mean person of the same age and sex: exp(b z − b²/2), so that the population's mean is kept.
    fn proneness(&self, world: &World, row: usize) -> f64 {
        let z = world.people.mind[row].liability_use.get();
        libm::exp(self.liability * z - 0.5 * self.liability * self.liability)
    }
}

/// Room of the envelope above the mean person's onset.
const CUSHION: f64 = 2.0;
/// Remission over the least envelope.
const REMISSION: f64 = 16.0;
/// Age from which flags may come.
const FROM: usize = 10;

impl Hazard for Coming {
    fn name(&self) -> &'static str {
        self.name
    }

    fn identity(&self) -> u16 {
        self.identity
    }

    fn envelope(&self, profile: usize, year: usize) -> f64 {
        // At least a part of the remission, so that those who have the flag do not need layer upon layer.
        if year < FROM { 0.0 } else { (self.onset.at(profile, year as i32) * CUSHION).max(self.remission / REMISSION) }
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
            let year = (body.age(world.now).max(0) as usize).clamp(FROM, YEARS - 1);
            return self.ending[body.sex() as usize][year];
        }
        let crime = if self.flag == Flag::Crime { libm::exp(world.most_effect(row, Mechanism::Crime)) } else { 1.0 };
        let income = if body.has(Flag::LowIncome) { self.low_income.max(1.0) } else { 1.0 };
        self.proneness(world, row) * income * crime / CUSHION
    }

    fn responds_to(&self) -> Touch {
        Touch::of(self.flag).and(Touch::INCOME)
    }

    fn happens(&self, world: &World, row: usize, _: &Draws, changes: &mut Changes) {
        let body = &world.people.body[row];
        if body.has(Flag::Present) {
            changes.push(Change::Flag { who: PersonId(row as u32), flag: self.flag, on: !body.has(self.flag) });
        }
    }
}

/// The month in which somebody who comes in `now` stops being a newcomer, at a hazard per year and by a draw in (0, 1).
pub fn settles(now: Month, ends: RatePerYear, u: f64) -> Option<Month> {
    let rate = ends.get();
    (rate > 0.0).then(|| now.plus(1 + (exponential(u) * 12.0 / rate).min(20_000.0) as i32))
}

/// Newcomers whose month has come. The month is drawn on arrival: the hazard is the same for all and never changes.
struct Settling;

impl Sweep for Settling {
    fn name(&self) -> &'static str {
        "newcomer_ends"
    }

    fn identity(&self) -> u16 {
        17
    }

    fn rows(&self, world: &World, _: &Draws) -> usize {
        world.settling.get(&world.now).map_or(0, Vec::len)
    }

    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, _: &Draws, changes: &mut Changes) {
        for who in world.settling.get(&world.now).map_or(&[][..], |list| &list[rows]) {
            if who.row().is_some_and(|row| world.people.body[row].has(Flag::Newcomer)) {
                changes.push(Change::Flag { who: *who, flag: Flag::Newcomer, on: false });
            }
        }
    }
}

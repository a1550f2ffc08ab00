//! Work and income (*werk en inkomen*): finding and losing paid work, falling below the low-income line and rising
//! above it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::indexed;
use crate::engine::{Draws, Hazard, Process};
use crate::units::{RatePerYear, Ratio, Rows};
use crate::world::{ADULT, Change, Changes, Flag, Mechanism, PersonId, Touch, World};

/// `[life.work]`: finding and losing paid work.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Hazard of losing paid work at ages 18 to 64, before the ratios for education and illness.
    pub loss: RatePerYear,
    /// Hazard of finding paid work at ages 18 to 64, before the ratio for education.
    pub gain: RatePerYear,
    /// Hazard ratios of losing (`loss`) and of finding (`gain`) paid work, by level of education.
    pub education_ratio: Rows<Ratio>,
    /// Hazard ratio of losing paid work: persons with a mental illness or an addiction versus others.
    pub illness_ratio: Ratio,
}

struct WorkProcess {
    loss: Vec<f64>,
    gain: Vec<f64>,
    illness: f64,
}

/// Age at which paid work ends.
const PENSION: i32 = 65;

impl Work {
    /// The hazard.
    ///
    /// # Errors
    /// Describes what is missing in the table.
    pub fn build(&self) -> Result<Process, String> {
        let by = |column: &str, base: RatePerYear| -> Result<Vec<f64>, String> {
            Ok(indexed(&self.education_ratio, "education", column, 3)?
                .into_iter()
                .map(|ratio| ratio * base.get())
                .collect())
        };
        Ok(Process::Person(Box::new(WorkProcess {
            loss: by("loss", self.loss)?,
            gain: by("gain", self.gain)?,
            illness: self.illness_ratio.get(),
        })))
    }
}

impl WorkProcess {
    fn envelope_of_working_age(&self) -> f64 {
        self.loss[1].max(self.gain[1] / 2.0)
    }
}

impl Hazard for WorkProcess {
    fn envelope(&self, _: usize, year: usize) -> f64 {
        match year as i32 {
            // Fewer people are without work than with it: a layer is opened for them.
            18..PENSION => self.envelope_of_working_age(),
            // Persons who still work at this age stop within a year or two.
            PENSION..75 => 1.0,
            _ => 0.0,
        }
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        let age = body.age(world.now());
        if body.age_months(world.now()) < ADULT || age >= 75 {
            return 0.0;
        }
        let level = body.education() as usize;
        if body.has(Flag::Work) {
            if age >= PENSION {
                return 1.0;
            }
            let ill = body.has(Flag::MentalIllness) || body.has(Flag::Addiction);
            self.loss[level] * if ill { self.illness } else { 1.0 }
        } else if age >= PENSION {
            0.0
        } else {
            self.gain[level] * world.effect_ratio(row, Mechanism::FindingWork)
        }
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        let level = body.education() as usize;
        if body.age(world.now()) >= PENSION {
            return 1.0;
        }
        let most = if body.has(Flag::Work) {
            let ill = body.has(Flag::MentalIllness) || body.has(Flag::Addiction);
            // The end of an illness is not reported.
            self.loss[level] * if ill { self.illness.max(1.0) } else { 1.0 }
        } else {
            self.gain[level] * world.most_effect_ratio(row, Mechanism::FindingWork)
        };
        (most / self.envelope_of_working_age()).max(1.0)
    }

    fn rises_at(&self) -> Option<&[usize]> {
        Some(&[])
    }

    fn responds_to(&self) -> Touch {
        Touch::WORK.and(Touch::ILLNESS).and(Touch::ADDICTION)
    }

    fn happens(&self, world: &World, row: usize, _: &Draws, changes: &mut Changes) {
        let body = world.body(row);
        if body.has(Flag::Present) {
            changes.push(Change::Flag { who: PersonId(row as u32), flag: Flag::Work, on: !body.has(Flag::Work) });
        }
    }
}

/// `[life.income]`: falling below and rising above the low-income line.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Income {
    /// Hazard that a household falls below the low-income line.
    pub fall: RatePerYear,
    /// Hazard that a household rises above the low-income line.
    pub rise: RatePerYear,
    /// Hazard ratio of falling below the line: no adult with paid work versus others. Its inverse is the hazard ratio
    /// of rising.
    pub no_work_ratio: Ratio,
    /// Hazard ratio of falling below the line: lone parents versus others. Its inverse is the hazard ratio of rising.
    pub lone_parent_ratio: Ratio,
    /// Hazard ratio of falling below the line by level of education of the adult. Its inverse is the hazard ratio of
    /// rising.
    pub education_ratio: Rows<Ratio>,
}

struct IncomeProcess {
    fall: f64,
    rise: f64,
    no_work: f64,
    lone: f64,
    education: Vec<f64>,
}

impl Income {
    /// The hazard.
    ///
    /// # Errors
    /// Describes what is missing in the table.
    pub fn build(&self) -> Result<Process, String> {
        Ok(Process::Person(Box::new(IncomeProcess {
            fall: self.fall.get(),
            rise: self.rise.get(),
            no_work: self.no_work_ratio.get().max(1e-3),
            lone: self.lone_parent_ratio.get().max(1e-3),
            education: indexed(&self.education_ratio, "education", "ratio", 3)?,
        })))
    }
}

impl IncomeProcess {
    /// Ratio of the household's risk of low income to that of one with work, two parents and middle education.
    fn strain(&self, world: &World, row: usize) -> f64 {
        let lone = !world.body(row).has_partner() && world.kin(row).youngest.is_some() && world.has_minor_at_home(row);
        self.strain_of(world, row, lone)
    }

    fn strain_of(&self, world: &World, row: usize, lone: bool) -> f64 {
        let body = world.body(row);
        let partner_works = || world.partner_of(row).is_some_and(|partner| world.body(partner).has(Flag::Work));
        let without = !body.has(Flag::Work) && body.age(world.now()) < PENSION && !partner_works();
        let ratio = self.education[body.education() as usize];
        ratio * if without { self.no_work } else { 1.0 } * if lone { self.lone } else { 1.0 }
    }
}

impl Hazard for IncomeProcess {
    fn envelope(&self, _: usize, year: usize) -> f64 {
        if year < 18 { 0.0 } else { self.fall }
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        if body.at_parents() || body.age_months(world.now()) < ADULT {
            return 0.0;
        }
        let part = if body.has_partner() { 0.5 } else { 1.0 };
        if body.has(Flag::LowIncome) {
            self.rise * part / self.strain(world, row) * world.effect_ratio(row, Mechanism::IncomeRise)
        } else {
            self.fall * part * self.strain(world, row)
        }
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        if body.at_parents() {
            return 0.0;
        }
        let part = if body.has_partner() { 0.5 } else { 1.0 };
        // Changes of work and partner are reported for this person, changes of children are not. The bound therefore
        // counts lone parenthood whenever that raises the rate.
        let with = |lone: bool| self.strain_of(world, row, lone && !body.has_partner());
        let most = if body.has(Flag::LowIncome) {
            let strain = with(self.lone < 1.0);
            self.rise * part / strain * world.most_effect_ratio(row, Mechanism::IncomeRise)
        } else {
            self.fall * part * with(self.lone > 1.0)
        };
        most / self.fall
    }

    fn rises_at(&self) -> Option<&[usize]> {
        // Without paid work, a person of this age no longer counts as without income.
        Some(&[PENSION as usize])
    }

    fn responds_to(&self) -> Touch {
        Touch::WORK.and(Touch::INCOME).and(Touch::HOME).and(Touch::NEAR)
    }

    fn happens(&self, world: &World, row: usize, _: &Draws, changes: &mut Changes) {
        let body = world.body(row);
        if body.has(Flag::Present) && !body.at_parents() {
            changes.push(Change::Income { who: PersonId(row as u32), low: !body.has(Flag::LowIncome) });
        }
    }
}

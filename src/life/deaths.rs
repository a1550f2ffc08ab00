//! Deaths (*sterfte*): the hazard by age and sex of the national period life table, times the mortality ratio of the
//! cities.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::ByAge;
use crate::engine::{Draws, Hazard, Process, Scope};
use crate::units::{RatePerYear, Ratio, Rows};
use crate::world::{Change, Changes, FIRST_YEAR, PersonId, Touch, World};

/// `[life.deaths]`: mortality.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deaths {
    /// National central death rate by five-year period, age and sex, per year.
    pub rate: Rows<RatePerYear>,
    /// Mortality rate ratio: the four cities versus the Netherlands.
    pub g4_ratio: Ratio,
}

struct DeathProcess {
    periods: Vec<(i32, ByAge)>,
    ratio: f64,
    held: bool,
}

impl Deaths {
    /// The process.
    ///
    /// # Errors
    /// Describes what is missing in the table.
    pub fn build(&self, scope: &Scope) -> Result<Process, String> {
        let mut starts = self.rate.values("period")?;
        starts.sort_by(f64::total_cmp);
        starts.dedup();
        let period_column = self.rate.column("period")?;
        let mut periods = Vec::new();
        for start in starts {
            let rows = self.rate.rows.iter().filter(|row| row[period_column] == start).cloned().collect();
            let table: Rows<RatePerYear> = Rows::new(self.rate.value, self.rate.columns.clone(), rows)?;
            periods.push((start as i32, ByAge::new(&table, "male", "female", 0.0)?));
        }
        Ok(Process::Person(Box::new(DeathProcess { periods, ratio: self.g4_ratio.get(), held: scope.keeps_rates() })))
    }
}

impl DeathProcess {
    fn curve(&self, year: i32) -> &ByAge {
        let year = if self.held { FIRST_YEAR } else { year.max(FIRST_YEAR) };
        let at = self.periods.partition_point(|(start, _)| *start <= year).saturating_sub(1);
        &self.periods[at].1
    }
}

impl Hazard for DeathProcess {
    fn envelope(&self, profile: usize, year: usize) -> f64 {
        // A rate of a later period may not exceed it, so the envelope is the largest of all periods.
        let now = self.curve(FIRST_YEAR).at(profile, year as i32);
        let later = self.periods.iter().map(|(_, curve)| curve.at(profile, year as i32));
        later.fold(now, f64::max) * self.ratio
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        self.curve(world.now().year()).at(body.sex() as usize, body.age(world.now())) * self.ratio
    }

    fn most(&self, _: &World, _: usize) -> f64 {
        1.0
    }

    fn same_for_all(&self) -> Option<f64> {
        Some(1.0)
    }

    fn responds_to(&self) -> Touch {
        Touch::none()
    }

    fn happens(&self, _: &World, row: usize, _: &Draws, changes: &mut Changes) {
        changes.push(Change::Dies { who: PersonId(row as u32), by_partner: false });
    }
}

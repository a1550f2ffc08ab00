//! Leaving the parental home (*uit huis gaan*).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::ByAge;
use crate::engine::{Draws, Hazard, Process};
use crate::units::{RatePerYear, Rows};
use crate::world::{ADULT, Change, Changes, Flag, PersonId, Touch, World};

/// `[life.leaving_home]`: leaving the parental home.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeavingHome {
    /// Hazard of leaving the parental home, for persons who live with a parent, by age and sex. Persons under 18 do not
    /// leave alone.
    pub rate: Rows<RatePerYear>,
}

struct LeavingHomeProcess(ByAge);

impl LeavingHome {
    /// The hazard.
    ///
    /// # Errors
    /// Describes what is missing in the table.
    pub fn build(&self) -> Result<Process, String> {
        Ok(Process::Person(Box::new(LeavingHomeProcess(ByAge::new(&self.rate, "male", "female", 0.0)?))))
    }
}

impl Hazard for LeavingHomeProcess {
    fn envelope(&self, profile: usize, year: usize) -> f64 {
        // Few people over 45 still live with a parent: an envelope for all would cost more than opening layers for
        // those few.
        let age = year as i32;
        if age < 18 { 0.0 } else { self.0.at(profile, age) * if age < 45 { 1.0 } else { 0.1 } }
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        if !body.at_parents() || body.age_months(world.now()) < ADULT {
            return 0.0;
        }
        self.envelope(body.sex() as usize, body.age(world.now()) as usize)
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

    fn happens(&self, world: &World, row: usize, draws: &Draws, changes: &mut Changes) {
        let body = world.body(row);
        if !body.at_parents() || !body.has(Flag::Present) {
            return;
        }
        let who = PersonId(row as u32);
        changes.push(Change::Home { who, home: PersonId::NONE });
        if body.place.is_here() {
            let place =
                world.places().settle(body.place.city(), !body.has(Flag::Work), 0.15, draws.of(body.key, 0).unit(0));
            changes.push(Change::Move { who, to: place });
        }
        let low = !body.has(Flag::Work) && draws.of(body.key, 0).happens(1, 0.5);
        changes.push(Change::Income { who, low });
    }
}

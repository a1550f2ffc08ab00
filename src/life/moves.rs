//! Moves (*verhuizingen*): within a city, between the cities, out of the cities, and back. In a couple each partner has
//! half the rate, so the household's rate does not depend on who is its head.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::ByAge;
use crate::engine::{Draws, Hazard, Process, Scope};
use crate::units::{RatePerYear, Rows, Share};
use crate::world::{ADULT, Change, Changes, Flag, PersonId, Place, Touch, World};

/// `[life.moving]`: moves of households, and newcomers from abroad.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moving {
    /// Hazard that a household moves to another area of the same city.
    pub within: RatePerYear,
    /// Hazard that a household moves to another of the four cities.
    pub between: RatePerYear,
    /// Hazard that a household leaves the four cities, by age of its reference person, without and with children.
    pub leave: Rows<RatePerYear>,
    /// Hazard that a household that left the four cities returns.
    #[serde(rename = "return")]
    pub come_back: RatePerYear,
    /// Share of newcomers who come from abroad; the others come from elsewhere in the Netherlands.
    pub newcomer_abroad: Share,
}

struct Movers {
    within: f64,
    between: f64,
    without: ByAge,
    with: ByAge,
    back: f64,
    /// Whether people move out of the cities and back.
    open: bool,
    /// Share of the population of each city, cumulative.
    cities: Vec<f64>,
}

impl Moving {
    /// The hazard; `sizes` are the cities' populations.
    ///
    /// # Errors
    /// Describes what is missing in the table.
    pub fn build(&self, sizes: &[f64], scope: &Scope) -> Result<Process, String> {
        let total: f64 = sizes.iter().sum();
        let cities = sizes
            .iter()
            .scan(0.0, |sum, size| {
                *sum += size / total;
                Some(*sum)
            })
            .collect();
        Ok(Process::Person(Box::new(Movers {
            within: self.within.get(),
            between: self.between.get(),
            without: ByAge::both(&self.leave, "without_children", 0.0)?,
            with: ByAge::both(&self.leave, "with_children", 0.0)?,
            back: self.come_back.get(),
            open: scope.is_open(),
            cities,
        })))
    }
}

impl Movers {
    fn leave(&self, age: i32, children: bool) -> f64 {
        if !self.open {
            0.0
        } else if children {
            self.with.at(0, age)
        } else {
            self.without.at(0, age)
        }
    }

    /// Share of the household's rate that applies to this adult.
    fn part(world: &World, row: usize) -> f64 {
        if world.body(row).has_partner() { 0.5 } else { 1.0 }
    }
}

impl Hazard for Movers {
    fn envelope(&self, _: usize, year: usize) -> f64 {
        let age = year as i32;
        if age < 18 {
            return 0.0;
        }
        // The envelope covers the rate of an adult in a couple; a single adult needs one more layer.
        0.5 * (self.within + self.between + self.without.at(0, age).max(self.with.at(0, age)).max(self.back))
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        if body.at_parents() || body.age_months(world.now()) < ADULT || body.has(Flag::Outsider) {
            return 0.0;
        }
        if !body.place.is_here() {
            return if self.open { self.back * Self::part(world, row) } else { 0.0 };
        }
        let age = body.age(world.now());
        let children = world.kin(row).youngest.is_some() && world.children_of_household(row).next().is_some();
        (self.within + self.between + self.leave(age, children)) * Self::part(world, row)
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        if body.at_parents() { 0.0 } else { 2.0 * Self::part(world, row) }
    }

    fn rises_at(&self) -> Option<&[usize]> {
        Some(&[])
    }

    fn responds_to(&self) -> Touch {
        Touch::HOME
    }

    fn happens(&self, world: &World, row: usize, draws: &Draws, changes: &mut Changes) {
        let body = world.body(row);
        if body.at_parents() || !body.has(Flag::Present) {
            return;
        }
        let who = PersonId(row as u32);
        let draw = draws.of(body.key, 0);
        let low = body.has(Flag::LowIncome);
        let anywhere = || self.cities.iter().position(|share| draw.unit(1) < *share).unwrap_or(0);
        let settle = |city: usize| world.places().settle(city, low, 0.15, draw.unit(2));
        let to = if !body.place.is_here() {
            settle(anywhere())
        } else {
            let children = world.children_of_household(row).next().is_some();
            let leave = self.leave(body.age(world.now()), children);
            let which = draw.unit(0) * (self.within + self.between + leave);
            if which < self.within {
                settle(body.place.city())
            } else if which < self.within + self.between {
                settle(anywhere())
            } else {
                Place::ELSEWHERE
            }
        };
        changes.push(Change::Move { who, to });
    }
}

//! Newcomers: households that come to the cities. Their numbers are inputs; their histories are copied from matched
//! donors in the burn-in population. The effect of childhood on adult newcomers is computed from those histories at
//! arrival, by the transmission then in force; without transmission there is none.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::risks::Endings;
use crate::curve::{ByAge, steps};
use crate::engine::{Draws, Process, Scope, Sweep};
use crate::random::Luck;
use crate::units::{Persons, Ratio, Rows, Share};
use crate::world::{
    ADULT, Arrival, Change, Changes, Donor, Donors, Flag, Lists, Month, Newcomer, Place, Subject, World,
};

/// `[life.newcomers]`: numbers, ages and childhood histories of households that move to the cities.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Newcomers {
    /// Persons who move to each city per year, by year. The last year of the table applies to all later years.
    pub rate: Rows<Persons>,
    /// Relative frequency of the age of the reference person: newcomer households versus households in the cities, by
    /// age.
    pub age_ratio: Rows<Ratio>,
    /// Which childhood histories newcomers have.
    pub histories: Histories,
}

/// Childhood histories of newcomers (a structural choice).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Histories {
    /// Those of their donor households in the burn-in population.
    #[default]
    Donors,
    /// None: newcomers were not exposed in childhood before they arrived.
    None,
    /// Donor households with an exposed member are selected twice as often.
    TwiceExposed,
}

/// Sets the acquired log hazard ratios of an adult newcomer, by the transmission in force.
pub type Grown = Box<dyn Fn(&mut Newcomer) + Send + Sync>;

struct ArrivalProcess {
    donors: Arc<Donors>,
    /// Cumulative weights of the donors.
    upto: Vec<f64>,
    mean_size: f64,
    rate: Vec<Vec<(f64, f64)>>,
    scale: f64,
    abroad: f64,
    endings: Endings,
    histories: Histories,
    grown: Grown,
}

/// Kind, for key derivation, of a newcomer household from its place and month.
const HOUSEHOLD: u16 = 4;
/// Kind, for key derivation, of a member of a household.
const MEMBER: u16 = 5;
/// Kind, for key derivation, of a couple in a household.
const UNION: u16 = 6;

impl Newcomers {
    /// The sweep over all newcomers of a month.
    ///
    /// `abroad` is the share of newcomers who come from abroad, `endings` gives the ends of their risk flags and of
    /// their being newcomers, `grown` the effect of childhood on the adults among them. None arrive in a closed population.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn build(&self, abroad: Share, endings: Endings, grown: Grown, scope: &Scope) -> Result<Process, String> {
        let open = scope.is_open();
        let (donors, scale) = if open { (Arc::clone(&scope.donors), scope.scale) } else { (Arc::default(), 0.0) };
        let ages = ByAge::both(&self.age_ratio, "ratio", 1.0)?;
        let column = self.rate.column("city")?;
        let rate = (0..scope.cities)
            .map(|city| {
                let rows: Vec<Vec<f64>> =
                    self.rate.rows.iter().filter(|row| row[column] == city as f64).cloned().collect();
                let table: Rows<Persons> = Rows::new(self.rate.value, self.rate.columns.clone(), rows)
                    .map_err(|_| format!("city {city} has no row"))?;
                steps(&table, "year", "persons")
            })
            .collect::<Result<Vec<_>, String>>()?;
        let exposed = |donor: &Donor| donor.household.members.iter().any(|member| member.past.exposed.has_come());
        let weight = |donor: &Donor| {
            let twice = if self.histories == Histories::TwiceExposed && exposed(donor) { 2.0 } else { 1.0 };
            donor.weight * ages.at(0, donor.age) * twice
        };
        let (mut total, mut members) = (0.0, 0.0);
        let upto = donors
            .0
            .iter()
            .map(|donor| {
                total += weight(donor);
                members += weight(donor) * donor.household.members.len() as f64;
                total
            })
            .collect();
        let mean_size = if total > 0.0 { members / total } else { 1.0 };
        let (abroad, histories) = (abroad.get(), self.histories);
        Ok(Process::Sweep(Box::new(ArrivalProcess {
            donors,
            upto,
            mean_size,
            rate,
            scale,
            abroad,
            endings,
            histories,
            grown,
        })))
    }
}

impl ArrivalProcess {
    /// Households that come to a city in a month: the expected number, with its fraction rounded at random by a keyed
    /// draw.
    fn households(&self, city: usize, now: Month, draws: &Draws) -> u32 {
        let persons = crate::curve::step_at(&self.rate[city], f64::from(now.year())) / 12.0 * self.scale;
        let expected = persons / self.mean_size;
        let whole = libm::floor(expected);
        whole as u32 + u32::from(draws.of(city as u64 + 1, 0).happens(0, expected - whole))
    }

    fn arrival(&self, world: &World, city: usize, ordinal: u32, draws: &Draws) -> Option<Arrival> {
        let month = i32::from(world.now().0) as u32;
        let place_key = draws.luck().derive(city as u64 + 1, HOUSEHOLD, month);
        let key = draws.luck().derive(place_key, HOUSEHOLD, ordinal);
        let draw = draws.lasting(key, 0);
        let target = draw.unit53(0) * self.upto.last().copied().unwrap_or(0.0);
        let donor = self.donors.0.get(self.upto.partition_point(|upto| *upto < target))?;
        let low = donor.household.members.first().is_some_and(|member| member.body.has(Flag::LowIncome));
        let place = world.places().settle(city, low, 0.15, draw.unit(2));
        let mut copy = copy_household(&donor.household, key, place, draws.luck(), i32::from(world.now().0));
        for member in &mut copy.members {
            let newcomer = draw.happens(3, self.abroad);
            member.body.set(Flag::Newcomer, newcomer);
            self.endings.draw(member, draws.luck(), world.now());
            let is_grown = member.body.age_months(world.now()) >= ADULT;
            member.body.set(Flag::GrewUpHere, false);
            member.body.set(Flag::Followed, !is_grown);
            if self.histories == Histories::None {
                member.childhood = Default::default();
                member.past.exposed = Month::NEVER;
            }
            if is_grown {
                (self.grown)(member);
            }
        }
        Some(copy)
    }
}

/// A copy of a household with new keys, all its months shifted by `months`.
pub fn copy_household(donor: &Arrival, key: u64, place: Place, luck: Luck, months: i32) -> Arrival {
    let mut copy = donor.clone();
    let moved = |month: Month| if month.has_come() { month.plus(months) } else { month };
    for (index, member) in copy.members.iter_mut().enumerate() {
        member.body.key = luck.derive(key, MEMBER, index as u32);
        member.body.place = place;
        member.body.born = member.body.born.plus(months);
        member.expects = member.expects.map(moved);
        let past = &mut member.past;
        for month in [&mut past.exposed, &mut past.used, &mut past.suffered, &mut past.reported, &mut past.gave_birth] {
            *month = moved(*month);
        }
    }
    if let Some(union) = &mut copy.union {
        union.key = luck.derive(key, UNION, 0);
        union.since = moved(union.since);
        union.calm = moved(union.calm);
    }
    copy
}

impl Sweep for ArrivalProcess {
    fn rows(&self, world: &World, draws: &Draws) -> usize {
        (0..self.rate.len()).map(|city| self.households(city, world.now(), draws) as usize).sum()
    }

    /// Households that arrive have no row yet. What is decided about them depends on no person of the world.
    fn subject(&self, _: &World, _: &Draws, index: usize) -> Option<(Subject, u64)> {
        Some((Subject::Nobody, index as u64))
    }

    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, draws: &Draws, changes: &mut Changes) {
        let mut first = 0;
        for city in 0..self.rate.len() {
            let count = self.households(city, world.now(), draws) as usize;
            let mine = rows.start.max(first)..rows.end.min(first + count);
            for row in mine {
                if let Some(arrival) = self.arrival(world, city, (row - first) as u32, draws) {
                    changes.push(Change::Arrive(Box::new(arrival)));
                }
            }
            first += count;
        }
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}

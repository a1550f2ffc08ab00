//! `doors`: requests for shelter by group and origin, and how each ended. Every request that is made ends once, or waits.
//!
//! Refusals and waiting are suppressed at small scale by the rule in `queues`.

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::queues::{self, Queues};
use super::scene::{TOTAL, YEAR, key, record};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ELSEWHERE, Group, Month, ShelterDecision, ShelterGroup, ShelterStep, World};

/// The table `doors`.
static DOORS: Schema = Schema {
    name: "doors",
    meaning: "requests for shelter of a group in a city and year, by origin, with what became of them; simulated \
        requests. Requested + waiting a year before = turned away + admitted + refused + withdrawn + waiting",
    keys: 6,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key(
            "shelter_group",
            Kind::Text,
            "-",
            "the first group that applies: men; honour (honour-related violence); disability (mild intellectual \
                disability); sons (the eldest son who comes along is 14 or older); large_family (three or more \
                children); family (one or two); women. Of persons from the rest of the country only the number of \
                children is known",
        ),
        key("origin", Kind::Text, "-", "city: lives in the city; country: came from the rest of the country"),
        record("requested", Kind::Int, "requests", "requests made; trying again is the same request"),
        record("turned_away", Kind::Int, "requests", "not taken in at the intake; 0 for the rest of the country"),
        record("admitted_here", Kind::Int, "requests", "admitted in the city where shelter was requested"),
        record("admitted_other_city", Kind::Int, "requests", "admitted in another of the four cities"),
        record("admitted_country", Kind::Int, "requests", "admitted in the rest of the country"),
        record("children_along", Kind::Int, "persons", "children who came along with those admitted"),
        record(
            "pupils_moved",
            Kind::Int,
            "persons",
            "of these, children of 4 to 17 whose shelter is outside the city where they lived: they change schools",
        ),
        record(
            "no_place",
            Kind::Int,
            "requests",
            "ended without a place after one or more refusals; empty where withheld",
        ),
        record(
            "withdrawn",
            Kind::Int,
            "requests",
            "ended because the person moved or died or the case was lost; empty where withheld",
        ),
        record("still_waiting", Kind::Int, "requests", "waiting on 31 December; empty where withheld"),
        record("doors_from", Kind::Float, "share", "smallest scale at which refusals are comparable to full scale"),
    ],
};

/// Counts of a group and origin in a city and year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct DoorCounts {
    requested: u64,
    turned_away: u64,
    /// In the city of the request, in another city, in the rest of the country.
    admitted: [u64; 3],
    children: u64,
    pupils_moved: u64,
    refused: u64,
    withdrawn: u64,
    waiting: u64,
}

impl DoorCounts {
    fn add(&mut self, other: &DoorCounts) {
        self.requested += other.requested;
        self.turned_away += other.turned_away;
        self.admitted.iter_mut().zip(other.admitted).for_each(|(sum, more)| *sum += more);
        self.children += other.children;
        self.pupils_moved += other.pupils_moved;
        self.refused += other.refused;
        self.withdrawn += other.withdrawn;
        self.waiting += other.waiting;
    }

    fn count(&mut self, decision: &ShelterDecision) {
        match decision.step {
            ShelterStep::Requested => self.requested += 1,
            ShelterStep::TurnedAway => self.turned_away += 1,
            ShelterStep::Refused => self.refused += 1,
            ShelterStep::Withdrawn => self.withdrawn += 1,
            ShelterStep::Admitted => {
                let place = usize::from(decision.place);
                let at = if decision.place == decision.city { 0 } else { 1 + usize::from(place == ELSEWHERE) };
                self.admitted[at] += 1;
                self.children += u64::from(decision.children);
                self.pupils_moved += if at > 0 { u64::from(decision.pupils) } else { 0 };
            }
        }
    }
}

/// City, group and whether from the rest of the country, with the counts.
type DoorLine = ((u8, ShelterGroup, bool), DoorCounts);

/// Counts of the current year and of earlier years.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Doors {
    running: Vec<DoorLine>,
    queues: Queues,
    years: Vec<(i32, Vec<DoorLine>, Queues)>,
}

impl Doors {
    fn at(&mut self, city: u8, group: ShelterGroup, from_country: bool) -> &mut DoorCounts {
        let wanted = (city, group, from_country);
        let at = match self.running.binary_search_by_key(&wanted, |(key, _)| *key) {
            Ok(at) => at,
            Err(at) => {
                self.running.insert(at, (wanted, DoorCounts::default()));
                at
            }
        };
        &mut self.running[at].1
    }
}

impl Observer for Doors {
    const SCHEMA: &'static Schema = &DOORS;
    const SIZE: Size = Size::by_year(1_500.0);
    type December = ();

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        self.queues.month(world);
        for decision in world.events().at_shelters() {
            self.at(decision.city, decision.group, decision.from_country).count(decision);
        }
    }

    fn year(&mut self, world: &World, december: Month, (): (), _: &OutcomeSettings) {
        for request in &world.chain().shelters.queue {
            self.at(request.city, request.placement.group, request.is_from_country()).waiting += 1;
        }
        let (counts, queues) = (std::mem::take(&mut self.running), std::mem::take(&mut self.queues));
        self.years.push((december.year(), counts, queues));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&DOORS);
        let cities = world.places().cities.len().min(ELSEWHERE);
        for (year, list, queues) in &self.years {
            for (place, name) in super::scene::places(world).filter(|(place, _)| *place != ELSEWHERE) {
                let range = if place == TOTAL { 0..cities } else { place..place + 1 };
                let least = queues.least(Group::Shelters, None, (place != TOTAL).then_some(place), settings);
                let shown = queues::shown(least, settings);
                for (group, from_country) in
                    ShelterGroup::ALL.iter().flat_map(|group| [(*group, false), (*group, true)])
                {
                    let is_in = |(city, of, country): &(u8, ShelterGroup, bool)| {
                        range.contains(&usize::from(*city)) && *of == group && *country == from_country
                    };
                    let mut counts = DoorCounts::default();
                    list.iter().filter(|(key, _)| is_in(key)).for_each(|(_, more)| counts.add(more));
                    if counts == DoorCounts::default() {
                        continue;
                    }
                    let visible = |count: u64| if shown { Cell::count(count) } else { Cell::Null };
                    table.push_row(&[
                        Cell::count(settings.draw),
                        Cell::count(settings.replicate),
                        Cell::Text(name),
                        Cell::count(*year),
                        Cell::Text(group.word()),
                        Cell::Text(if from_country { "country" } else { "city" }),
                        Cell::count(counts.requested),
                        Cell::count(counts.turned_away),
                        Cell::count(counts.admitted[0]),
                        Cell::count(counts.admitted[1]),
                        Cell::count(counts.admitted[2]),
                        Cell::count(counts.children),
                        Cell::count(counts.pupils_moved),
                        visible(counts.refused),
                        visible(counts.withdrawn),
                        visible(counts.waiting),
                        Cell::Float(least),
                    ])?;
                }
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use crate::outcomes::Outcome;
    use crate::outcomes::small::{AMSTERDAM, Small, UTRECHT, ints, rows_with, the_row};
    use crate::tables::Cell;
    use crate::world::{
        ELSEWHERE, Event, Month, PersonId, Placement, Request, ShelterDecision, ShelterGroup, ShelterStep,
    };

    #[test]
    fn a_request_is_counted_once_by_group_origin_and_place() {
        let mut small = Small::new(&[Outcome::Doors]);
        let placement = Placement { group: ShelterGroup::Family, pupils: 1, ..Placement::default() };
        let mother = Request { places: 3, placement, ..Request::new(0, AMSTERDAM as u8, PersonId(1), 7, Month(0)) };
        let placement = Placement { group: ShelterGroup::Men, ..Placement::default() };
        let man = Request { placement, ..Request::new(2, UTRECHT as u8, PersonId::NONE, 0, Month(0)) };
        let step = |of: &Request, step| Event::from(ShelterDecision::of(of, step));
        let admitted = |of: &Request, place: usize| {
            let decision = ShelterDecision::of(of, ShelterStep::Admitted);
            Event::from(ShelterDecision { place: place as u8, ..decision })
        };
        small.month(
            [],
            [
                step(&mother, ShelterStep::Requested),
                admitted(&mother, AMSTERDAM),
                step(&mother, ShelterStep::Requested),
                admitted(&mother, UTRECHT),
                step(&mother, ShelterStep::Requested),
                admitted(&mother, ELSEWHERE),
                step(&mother, ShelterStep::Requested),
                step(&mother, ShelterStep::TurnedAway),
                step(&man, ShelterStep::Requested),
                step(&man, ShelterStep::Refused),
            ],
        );
        small.live_until(Month::january(2009));
        let table = small.table();
        let row = |city: &'static str, group: &'static str| {
            the_row(&table, &[("city", Cell::Text(city)), ("shelter_group", Cell::Text(group))])
        };
        let columns = ["requested", "turned_away", "admitted_here", "admitted_other_city", "admitted_country"];
        for city in ["Amsterdam", "G4"] {
            let family = row(city, "family");
            assert_eq!(ints(&table, family, columns), [4, 1, 1, 1, 1]);
            assert_eq!(ints(&table, family, ["children_along", "pupils_moved", "no_place"]), [6, 2, 0]);
            assert_eq!(table.cell(family, "origin"), Some(Cell::Text("city")));
        }
        let men = row("Utrecht", "men");
        assert_eq!(ints(&table, men, ["requested", "admitted_here", "no_place"]), [1, 0, 1]);
        assert_eq!(table.cell(men, "origin"), Some(Cell::Text("country")));
        assert_eq!(rows_with(&table, &[("shelter_group", Cell::Text("honour"))]), Vec::<usize>::new());
    }
}

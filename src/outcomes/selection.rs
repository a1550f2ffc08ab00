//! `selection`: how well the eligibility rules of measures find homes with violence.
//!
//! A rule is evaluated whether or not its measure is in force. For every occasion at which it would consider a person,
//! the ground truth of the next five calendar years shows whether violence at home occurred. The comparison group is a
//! random sample of adults and children in the cities: the result of offering the same capacity to everybody.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::by_key::ByKey;
use super::observer::{Observer, Size};
use super::scene::{Seen, TOTAL, YEAR, key, place_of, places, record, truth};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use super::without::without;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ELSEWHERE, Event, Month, World, YearFlag};

/// Calendar years after that of the occasion in which violence at home counts.
const FOLLOW_UP: i32 = 5;

/// Names of the rows of the random samples, in place of a measure.
const AT_RANDOM: [&str; 2] = ["adults at random", "children at random"];

/// The table `selection`.
static SELECTION: Schema = Schema {
    name: "selection",
    meaning: "the eligibility rule of a measure in a city and year: occasions on which it was evaluated, occasions on \
        which the person was eligible, and how many of these persons had violence at home in the next five calendar \
        years. Violence at home: the person used or suffered violence between partners, or witnessed it or was \
        maltreated as a child, or a child in the person's care did. Simulated occasions, counted whether or not the \
        measure is in force. Persons who died or were lost to follow-up without violence count as lost, not as met. \
        Rows `adults at random` and `children at random` are random samples of all who lived in the cities in December",
    keys: 5,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key("measure", Kind::Text, "-", "key of the measure, or name of a random sample"),
        record("seen", Kind::Int, "occasions", "occasions on which the rule was evaluated for a person"),
        truth("seen_met", Kind::Int, "occasions", "of these, persons with violence at home in the next five years"),
        truth("seen_lost", Kind::Int, "occasions", "of these, persons who died or were lost to follow-up without it"),
        record("chosen", Kind::Int, "occasions", "of those seen, occasions on which the person was eligible"),
        truth("chosen_met", Kind::Int, "occasions", "of these, persons with violence at home in the next five years"),
        truth("chosen_lost", Kind::Int, "occasions", "of these, persons who died or were lost to follow-up without it"),
    ],
};

/// One occasion whose follow-up is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    year: i32,
    rule: u16,
    city: u8,
    chosen: bool,
}

/// Occasions of a rule in a city and year: all, with violence, lost; first of those considered, then of those eligible.
type OccasionCounts = [[u32; 3]; 2];

/// Result of an occasion.
#[derive(Clone, Copy)]
enum Came {
    Seen = 0,
    Met = 1,
    Lost = 2,
}

/// Data of the table so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Selection {
    counts: BTreeMap<(i32, u16, u8), OccasionCounts>,
    open: ByKey<Vec<Open>>,
    /// Calendar years that have ended.
    ended: Option<i32>,
}

/// Results of a pass over the rows: keys of persons with violence at home, and the random sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Homes {
    violent: Vec<u64>,
    by_lot: Vec<(u64, u8, bool)>,
}

/// Rule indices of the random samples count down from here: adults, then children.
const LOTS: u16 = u16::MAX;
/// One person in this number is sampled.
const ONE_IN: u64 = 64;
/// Persons are sampled if their 32-bit hash is below this.
const LOT: u64 = (1 << 32) / ONE_IN;
/// Flags of a year that indicate violence at home.
const VIOLENCE: u8 =
    YearFlag::Suffered.bit() | YearFlag::Used.bit() | YearFlag::Witnessed.bit() | YearFlag::Maltreated.bit();

impl Homes {
    #[inline]
    fn read(&mut self, seen: &Seen<'_>) {
        if seen.past.year & VIOLENCE != 0 {
            self.violent.push(seen.body.key);
            if !seen.is_adult() {
                // Violence against a child counts for the home of its carers.
                let (parent, partner) = seen.world.carers(seen.row);
                let keys = parent.into_iter().chain(partner).map(|row| seen.world.body(row).key);
                self.violent.extend(keys);
            }
        }
        // Keys are uniform; the odd factor makes this sample independent of the panel's.
        if seen.lives && seen.place != ELSEWHERE && seen.body.key.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 32 < LOT {
            self.by_lot.push((seen.body.key, seen.place as u8, seen.is_adult()));
        }
    }

    fn add(&mut self, more: &Homes) {
        self.violent.extend_from_slice(&more.violent);
        self.by_lot.extend_from_slice(&more.by_lot);
    }
}

impl Selection {
    fn see(&mut self, key: u64, open: Open) {
        count(&mut self.counts, open, Came::Seen);
        self.open.or_insert_with(key, Vec::new).push(open);
    }
}

fn count(counts: &mut BTreeMap<(i32, u16, u8), OccasionCounts>, open: Open, came: Came) {
    let counts = counts.entry((open.year, open.rule, open.city)).or_default();
    counts[0][came as usize] += 1;
    counts[1][came as usize] += u32::from(open.chosen);
}

impl Observer for Selection {
    const SCHEMA: &'static Schema = &SELECTION;
    const SIZE: Size = Size::by_year(1_500.0);
    type December = Homes;

    fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        let year = world.now().plus(-1).year();
        let key_of = |who| place_of(world, who).and(who.row()).map(|row| world.body(row).key);
        for event in world.events() {
            match *event {
                Event::Considered { service, city, who, chosen } if settings.is_measure(service) => {
                    if let Some(key) = key_of(who) {
                        self.see(key, Open { year, rule: service, city, chosen });
                    }
                }
                Event::Death { who, .. }
                | Event::Departure { who, followed: false, .. }
                | Event::LostFromSight { who } => {
                    // December does not show the year of a person who left. A person who has become an outsider is lost
                    // too.
                    let lost = who.row().and_then(|row| self.open.remove(world.body(row).key));
                    lost.into_iter().flatten().for_each(|open| count(&mut self.counts, open, Came::Lost));
                }
                _ => {}
            }
        }
    }

    #[inline]
    fn count(homes: &mut Homes, seen: &Seen<'_>) {
        homes.read(seen);
    }

    fn merge(homes: &mut Homes, following: Homes) {
        homes.add(&following);
    }

    fn less(homes: &mut Homes, rows: &Homes) {
        without(&mut homes.violent, &rows.violent, |key| *key);
        without(&mut homes.by_lot, &rows.by_lot, |(key, ..)| *key);
    }

    /// First the results of earlier occasions, then the random sample.
    fn year(&mut self, _: &World, december: Month, homes: Homes, _: &OutcomeSettings) {
        let year = december.year();
        for key in &homes.violent {
            let Some(opens) = self.open.get_mut(*key) else { continue };
            opens.retain(|open| {
                let is_met = open.year < year;
                if is_met {
                    count(&mut self.counts, *open, Came::Met);
                }
                !is_met
            });
        }
        self.open.retain(|opens| {
            opens.retain(|open| open.year + FOLLOW_UP > year);
            !opens.is_empty()
        });
        for (key, city, adult) in &homes.by_lot {
            self.see(*key, Open { year, rule: LOTS - u16::from(!adult), city: *city, chosen: true });
        }
        self.ended = Some(year);
    }

    /// The years whose follow-up has ended.
    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&SELECTION);
        let Some(ended) = self.ended else { return Ok(table) };
        let mut rules: BTreeMap<(i32, u16), Vec<(usize, OccasionCounts)>> = BTreeMap::new();
        for ((year, rule, city), counts) in &self.counts {
            if year + FOLLOW_UP <= ended {
                rules.entry((*year, *rule)).or_default().push((usize::from(*city), *counts));
            }
        }
        for ((year, rule), of_city) in rules {
            let measure = match rule {
                LOTS => AT_RANDOM[0],
                rule if rule == LOTS - 1 => AT_RANDOM[1],
                rule => settings.programme(rule).unwrap_or_default(),
            };
            for (place, name) in places(world).filter(|(place, _)| *place != ELSEWHERE) {
                let mut sum = OccasionCounts::default();
                for (_, counts) in of_city.iter().filter(|(city, _)| place == TOTAL || *city == place) {
                    sum.iter_mut().flatten().zip(counts.iter().flatten()).for_each(|(sum, more)| *sum += more);
                }
                let mut cells = vec![
                    Cell::count(settings.draw),
                    Cell::count(settings.replicate),
                    Cell::Text(name),
                    Cell::Int(i64::from(year)),
                    Cell::Text(measure),
                ];
                cells.extend(sum.iter().flatten().map(|count| Cell::count(*count)));
                table.push_row(&cells)?;
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, row, rows_with, the_row};
    use super::super::{Outcome, OutcomeSettings};
    use super::*;
    use crate::world::{Change, Flag, PersonId, Sex, Side, Violence};

    const COLUMNS: [&str; 6] = ["seen", "seen_met", "seen_lost", "chosen", "chosen_met", "chosen_lost"];

    fn selection() -> Small {
        let mut small = Small::with(&[Outcome::Selection], OutcomeSettings::default());
        small.outcomes.change(|settings| {
            settings.programmes = vec!["service".into(), "nhv".into()];
            settings.measures = vec![false, true];
        });
        small
    }

    fn looked(who: PersonId, service: u16, chosen: bool) -> Event {
        Event::Considered { service, city: AMSTERDAM as u8, who, chosen }
    }

    fn begins(small: &Small, man: PersonId) -> [Change; 2] {
        let couple = small.world.body(row(man)).couple;
        [
            Change::Violence { couple, by: Side::First, state: Violence::Situational },
            Change::Incidents { couple, counts: [1, 0] },
        ]
    }

    #[test]
    fn violence_in_the_five_years_after_is_met_and_that_of_the_same_year_or_later_is_not() {
        for (month, met) in [(6, 0), (12, 1), (71, 1), (72, 0)] {
            let mut small = selection();
            let man = small.person(Sex::Male, Month::january(1980), AMSTERDAM);
            let woman = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
            let couple = small.couple(man, woman);
            let alone = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
            small.month([], [looked(woman, 1, true), looked(alone, 1, false), looked(alone, 0, true)]);
            small.live_until(Month(month));
            small.month(begins(&small, man), []);
            let ends = Change::Violence { couple, by: Side::First, state: Violence::None };
            small.month([ends], []);
            small.live_until(Month::january(2016));
            let table = small.table();
            let of = |city: &'static str| {
                the_row(
                    &table,
                    &[("measure", Cell::Text("nhv")), ("year", Cell::Int(2008)), ("city", Cell::Text(city))],
                )
            };
            assert_eq!(ints(&table, of("Amsterdam"), COLUMNS), [2, met, 0, 1, met, 0], "violence in month {month}");
            assert_eq!(ints(&table, of("G4"), COLUMNS), [2, met, 0, 1, met, 0]);
            assert_eq!(ints(&table, of("Utrecht"), COLUMNS), [0; 6]);
            assert!(rows_with(&table, &[("measure", Cell::Text("service"))]).is_empty(), "a service is no measure");
        }
    }

    #[test]
    fn what_befalls_a_child_is_met_at_the_home_of_its_carer() {
        let mut small = selection();
        let mother = small.person(Sex::Female, Month::january(1985), AMSTERDAM);
        let child = small.child(Sex::Male, Month(-10), mother);
        small.month([], [looked(mother, 1, true), looked(child, 1, true)]);
        small.live_until(Month(20));
        small.month([Change::Witness { child, window: 0 }], []);
        small.live_until(Month::january(2014));
        let table = small.table();
        let row = the_row(&table, &[("measure", Cell::Text("nhv")), ("city", Cell::Text("G4"))]);
        assert_eq!(ints(&table, row, COLUMNS), [2, 2, 0, 2, 2, 0]);
    }

    #[test]
    fn who_dies_or_is_lost_is_counted_apart_and_unfinished_years_have_no_rows() {
        let mut small = selection();
        let people = [0, 1, 2].map(|_| small.person(Sex::Female, Month::january(1980), AMSTERDAM));
        small.month([], people.map(|who| looked(who, 1, true)));
        small.month([], [Event::Death { who: people[0], by_partner: false }]);
        small.world.set_up().body(row(people[0])).set(Flag::Present, false);
        small.month([], [Event::Departure { who: people[1], followed: false, city: 0 }]);
        small.world.set_up().body(row(people[1])).set(Flag::Present, false);
        // The third person becomes an outsider, kept for a partner.
        small.month([], [Event::LostFromSight { who: people[2] }]);
        small.world.set_up().body(row(people[2])).set(Flag::Outsider, true);
        small.live_until(Month::january(2013));
        assert_eq!(small.table().rows(), 0, "the year 2013 is still to come");
        small.live_until(Month::january(2014));
        let table = small.table();
        let row = the_row(&table, &[("measure", Cell::Text("nhv")), ("city", Cell::Text("G4"))]);
        assert_eq!(ints(&table, row, COLUMNS), [3, 0, 3, 3, 0, 3]);
    }

    #[test]
    fn lots_fall_on_one_in_sixty_four_of_either_age() {
        let mut small = selection();
        let (adults, children) = (40_000, 24_000);
        for number in 0..adults + children {
            let born = if number < adults { Month::january(1970) } else { Month(-1) };
            let who = small.person(Sex::Female, born, UTRECHT);
            // Keys of a real world are hashes; here they are consecutive.
            let body = small.world.set_up().body(row(who));
            body.key = crate::random::Luck::new(1, 0, 0).derive(body.key, 1, 0);
        }
        small.live_until(Month::january(2014));
        let table = small.table();
        for (name, of) in AT_RANDOM.into_iter().zip([adults, children]) {
            let at = the_row(
                &table,
                &[("measure", Cell::Text(name)), ("city", Cell::Text("G4")), ("year", Cell::Int(2008))],
            );
            let [seen, met, lost, chosen, ..] = ints(&table, at, COLUMNS);
            // Binomial; the probability of exceeding 5.3 standard deviations is one in ten million.
            let (mean, share) = (f64::from(of) / ONE_IN as f64, 1.0 / ONE_IN as f64);
            let tolerance = 5.3 * (mean * (1.0 - share)).sqrt();
            assert!((seen as f64 - mean).abs() < tolerance, "{name}: {seen} for {mean}");
            assert_eq!((met, lost, chosen), (0, 0, seen));
        }
    }
}

//! `cohorts`: age at onset of violence against a partner, by year of birth, sex and childhood.
//!
//! The cohorts are persons under 30 in the first year and all born later, if their childhood is known: those who lived
//! in the cities before 18, and followed children. Persons born in the cities since then are separated from those who
//! came as a child or were born elsewhere, whose first years no measure of a scenario can have reached. Onset is a life
//! table over calendar years: the proportion with onset in the year among those who live in the place on 31 December
//! and had no onset before the year. Persons who died or were lost to follow-up leave the table after the previous
//! year; persons who move continue in the row of the new place.

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::row_groups::RowGroups;
use super::scene::{BIRTHPLACE, Birthplace, ROWS, SEX, Seen, key, maybe, places, truth, with_total};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ADULT, Childhood, Month, PLACES, Sex, World};

/// The table `cohorts`.
static COHORTS: Schema = Schema {
    name: "cohorts",
    meaning: "persons with the same year of birth, place of birth, sex and childhood, in the calendar year in which \
        they reach an age; simulated persons",
    keys: 8,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("birth_year", Kind::Int, "year", "year of birth"),
        BIRTHPLACE,
        SEX,
        key(
            "childhood",
            Kind::Text,
            "-",
            "violence before 18: none, witnessed (between the adults at home), maltreated, or both",
        ),
        key("age", Kind::Int, "years", "age reached in the calendar year, from 18"),
        truth("persons", Kind::Int, "persons", "persons followed to the end of that year"),
        truth(
            "at_risk_use",
            Kind::Int,
            "persons",
            "of these, had never used violence against a partner before the year",
        ),
        truth(
            "first_use",
            Kind::Int,
            "persons",
            "of these, used violence against a partner for the first time in the year",
        ),
        truth(
            "share_ever_used",
            Kind::Float,
            "share",
            "share of persons who have ever used violence against a partner",
        ),
        truth(
            "cumulative_use",
            Kind::Float,
            "share",
            "cumulative incidence of using violence against a partner by this age, by life table from the first \
                observed age",
        ),
        truth(
            "at_risk_suffer",
            Kind::Int,
            "persons",
            "persons who had never suffered violence from a partner before the year",
        ),
        truth(
            "first_suffer",
            Kind::Int,
            "persons",
            "of these, suffered violence from a partner for the first time in the year",
        ),
        truth(
            "share_ever_suffered",
            Kind::Float,
            "share",
            "share of persons who have ever suffered violence from a partner",
        ),
        truth(
            "cumulative_suffer",
            Kind::Float,
            "share",
            "cumulative incidence of suffering violence from a partner by this age, by life table from the first \
                observed age",
        ),
    ],
};

/// Oldest age in the first year of a cohort member.
const OLDEST_AT_START: i32 = 29;
/// First age at which violence between partners can begin.
const FIRST_AGE: i32 = ADULT / 12;
/// Words for a childhood, by exposure to witnessing (bit 1) and maltreatment (bit 2).
const CHILDHOODS: [&str; 4] = ["none", "witnessed", "maltreated", "both"];

/// Places of birth distinguished: elsewhere, and the others, which are all cities or all unknown for a year of birth.
const BIRTHPLACES: usize = 2;

/// Persons of one group in one year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct CohortGroup {
    persons: u32,
    /// Ever used, ever suffered.
    ever: [u32; 2],
    /// First use in the year, first suffering in the year.
    first: [u32; 2],
}

/// One year: groups by place, year and place of birth, sex and childhood.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct CohortYear {
    year: i32,
    first_birth: i32,
    groups: Vec<CohortGroup>,
}

/// Years counted so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Cohorts {
    years: Vec<CohortYear>,
}

impl CohortGroup {
    fn add(&mut self, other: &CohortGroup) {
        self.persons += other.persons;
        for index in 0..2 {
            self.ever[index] += other.ever[index];
            self.first[index] += other.first[index];
        }
    }

    fn less(&mut self, other: &CohortGroup) {
        self.persons -= other.persons;
        for index in 0..2 {
            self.ever[index] -= other.ever[index];
            self.first[index] -= other.first[index];
        }
    }

    fn at_risk(&self, which: usize) -> u32 {
        self.persons - self.ever[which] + self.first[which]
    }
}

impl CohortYear {
    fn births(&self) -> usize {
        (self.year - FIRST_AGE - self.first_birth + 1).max(0) as usize
    }

    fn index(&self, place: usize, [birth, birthplace, sex, childhood]: [usize; 4]) -> usize {
        (((place * self.births() + birth) * BIRTHPLACES + birthplace) * 2 + sex) * CHILDHOODS.len() + childhood
    }

    /// Counts one person.
    #[inline]
    fn count(&mut self, seen: &Seen<'_>) {
        let birth = seen.body.born.year() - self.first_birth;
        if !seen.lives || birth < 0 || birth as usize >= self.births() || !seen.is_followed() {
            return;
        }
        let childhood = seen.childhood().map_or(0, childhood_index);
        let elsewhere = usize::from(Birthplace::of(seen.body) == Birthplace::Elsewhere);
        let index = self.index(seen.place, [birth as usize, elsewhere, seen.body.sex() as usize, childhood]);
        let january = Month::january(self.year);
        let group = &mut self.groups[index];
        group.persons += 1;
        for (which, first) in [seen.past.used, seen.past.suffered].into_iter().enumerate() {
            group.ever[which] += u32::from(first.has_come());
            group.first[which] += u32::from(first.has_come() && first >= january);
        }
    }

    /// Adds the counts of another block of rows.
    fn add(&mut self, other: &CohortYear) {
        for (group, more) in self.groups.iter_mut().zip(&other.groups) {
            group.add(more);
        }
    }

    /// A group by place and over all cities.
    fn everywhere(&self, kind: [usize; 4]) -> [CohortGroup; ROWS] {
        let mut of_place = [CohortGroup::default(); PLACES];
        for (place, group) in of_place.iter_mut().enumerate() {
            *group = self.groups[self.index(place, kind)];
        }
        with_total(&of_place, CohortGroup::add)
    }
}

fn childhood_index(childhood: &Childhood) -> usize {
    usize::from(childhood.any_witnessed()) + 2 * usize::from(childhood.any_maltreated())
}

impl Cohorts {
    /// The rows of one group.
    fn rows_of<'w>(
        &self,
        kind: [usize; 4],
        settings: &OutcomeSettings,
        world: &'w World,
        rows: &mut RowGroups<'_, 'w>,
    ) -> Result<()> {
        let [birth, birthplace, sex, childhood] = kind;
        let years = self.years.iter().filter(|year| birth < year.births());
        let groups: Vec<(i32, [CohortGroup; ROWS])> = years.map(|year| (year.year, year.everywhere(kind))).collect();
        let birth_year = self.years[0].first_birth + birth as i32;
        let birthplace = match birthplace {
            0 if birth_year >= Month(0).year() => Birthplace::Cities,
            0 => Birthplace::Unknown,
            _ => Birthplace::Elsewhere,
        };
        for (place, city) in places(world) {
            let mut cumulative = [None; 2];
            for (year, group) in &groups {
                let group = group[place];
                advance(&mut cumulative, &group);
                if group.persons == 0 {
                    continue;
                }
                let share = |which: usize| Cell::Float(f64::from(group.ever[which]) / f64::from(group.persons));
                let row = [
                    Cell::count(settings.draw),
                    Cell::count(settings.replicate),
                    Cell::Text(city),
                    Cell::count(birth_year),
                    Cell::Text(birthplace.word()),
                    Cell::Text(Sex::BOTH[sex].word()),
                    Cell::Text(CHILDHOODS[childhood]),
                    Cell::count(year - birth_year),
                    Cell::count(group.persons),
                    Cell::count(group.at_risk(0)),
                    Cell::count(group.first[0]),
                    share(0),
                    maybe(cumulative[0]),
                    Cell::count(group.at_risk(1)),
                    Cell::count(group.first[1]),
                    share(1),
                    maybe(cumulative[1]),
                ];
                rows.push(|cells| cells.extend(row))?;
            }
        }
        Ok(())
    }
}

impl Observer for Cohorts {
    const SCHEMA: &'static Schema = &COHORTS;
    const SIZE: Size = Size::by_year(47_500.0);
    type December = CohortYear;

    fn open(&self, december: Month, _: &OutcomeSettings) -> CohortYear {
        let year = december.year();
        let first_birth = self.years.first().map_or(year - OLDEST_AT_START, |first| first.first_birth);
        let mut open = CohortYear { year, first_birth, groups: Vec::new() };
        open.groups = vec![CohortGroup::default(); open.index(PLACES, [0; 4])];
        open
    }

    #[inline]
    fn count(year: &mut CohortYear, seen: &Seen<'_>) {
        year.count(seen);
    }

    fn merge(year: &mut CohortYear, following: CohortYear) {
        year.add(&following);
    }

    fn less(year: &mut CohortYear, rows: &CohortYear) {
        year.groups.iter_mut().zip(&rows.groups).for_each(|(group, less)| group.less(less));
    }

    fn year(&mut self, _: &World, _: Month, year: CohortYear, _: &OutcomeSettings) {
        self.years.push(year);
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&COHORTS);
        let mut rows = RowGroups::new(&mut table);
        let births = self.years.last().map_or(0, CohortYear::births);
        for birth in 0..births {
            for birthplace in 0..BIRTHPLACES {
                for sex in Sex::BOTH {
                    for childhood in 0..CHILDHOODS.len() {
                        self.rows_of([birth, birthplace, sex as usize, childhood], settings, world, &mut rows)?;
                    }
                }
            }
        }
        rows.end()?;
        Ok(table)
    }
}

/// Adds one year to the life table: in the first year all with any earlier onset, afterwards onsets among those at
/// risk.
fn advance(cumulative: &mut [Option<f64>; 2], group: &CohortGroup) {
    for (which, cumulative) in cumulative.iter_mut().enumerate() {
        let share = |of: u32, all: u32| if all > 0 { f64::from(of) / f64::from(all) } else { 0.0 };
        *cumulative = match *cumulative {
            None if group.persons == 0 => None,
            None => Some(share(group.ever[which], group.persons)),
            Some(before) => Some(1.0 - (1.0 - before) * (1.0 - share(group.first[which], group.at_risk(which)))),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, row, rows_with, the_row};
    use super::*;
    use crate::world::{Change, Flag, Past, Place};

    fn followed(small: &mut Small, born: i32, used: Month) -> usize {
        let who = row(small.person(Sex::Male, Month::january(born), AMSTERDAM));
        *small.world.set_up().past(who) = Past { used, ..Past::default() };
        who
    }

    fn group<'a>(city: &'a str, birth_year: i64, age: i64) -> [(&'static str, Cell<'a>); 4] {
        [
            ("city", Cell::Text(city)),
            ("birth_year", Cell::Int(birth_year)),
            ("childhood", Cell::Text("none")),
            ("age", Cell::Int(age)),
        ]
    }

    fn cumulative(table: &Table, at: usize) -> f64 {
        table.cell(at, "cumulative_use").and_then(Cell::as_float).expect("a share")
    }

    #[test]
    fn the_life_table_lets_the_dead_and_the_departed_go() {
        let mut small = Small::new(&[Outcome::Cohorts]);
        let men: Vec<usize> = (0..4).map(|_| followed(&mut small, 1985, Month::NEVER)).collect();
        followed(&mut small, 1985, Month(-30));
        small.world.set_up().past(men[0]).used = Month(5);
        small.live_until(Month::january(2009));
        // One of the three without onset leaves, another has an onset.
        small.world.set_up().body(men[1]).set(Flag::Present, false);
        small.world.set_up().past(men[2]).used = Month(20);
        small.live_until(Month::january(2010));
        let table = small.table();
        let at = the_row(&table, &group("Amsterdam", 1985, 23));
        assert_eq!(ints(&table, at, ["draw", "persons", "at_risk_use", "first_use"]), [3, 5, 4, 1]);
        assert_eq!(cumulative(&table, at), 0.4);
        let at = the_row(&table, &group("G4", 1985, 24));
        assert_eq!(ints(&table, at, ["persons", "at_risk_use", "first_use", "at_risk_suffer"]), [4, 2, 1, 4]);
        assert!((cumulative(&table, at) - (1.0 - 0.6 * 0.5)).abs() < 1e-12);
        assert_eq!(table.cell(at, "share_ever_used"), Some(Cell::Float(0.75)));
        assert!(rows_with(&table, &group("Utrecht", 1985, 24)).is_empty(), "no rows for nobody");
    }

    #[test]
    fn childhood_tells_cohorts_apart_and_who_came_as_an_adult_is_in_none() {
        let mut small = Small::new(&[Outcome::Cohorts]);
        let record = |small: &mut Small, who: usize, childhood: Childhood| {
            small.world.set_up().past(who).exposed = Month(-50);
            *small.world.set_up().childhood(who) = childhood;
        };
        let witness = followed(&mut small, 1990, Month::NEVER);
        record(&mut small, witness, Childhood { witnessed: [0, 1, 0, 0], ..Childhood::default() });
        let both = followed(&mut small, 1990, Month::NEVER);
        record(&mut small, both, Childhood { witnessed: [1; 4], maltreated: [[1; 4]; 4] });
        let stranger = followed(&mut small, 1990, Month::NEVER);
        small.world.set_up().body(stranger).set(Flag::GrewUpHere, false);
        followed(&mut small, 1978, Month::NEVER);
        small.person(Sex::Female, Month::january(1979), UTRECHT);
        small.live_until(Month::january(2009));
        let table = small.table();
        let of_1990 =
            |word| rows_with(&table, &[("birth_year", Cell::Int(1990)), ("childhood", Cell::Text(word))]).len();
        assert_eq!(["none", "witnessed", "maltreated", "both"].map(of_1990), [0, 2, 0, 2], "in Amsterdam and the G4");
        assert_eq!(rows_with(&table, &[("birth_year", Cell::Int(1978))]).len(), 0, "30 in the first year");
        assert_eq!(rows_with(&table, &[("birth_year", Cell::Int(1979)), ("sex", Cell::Text("female"))]).len(), 2);
    }

    #[test]
    fn who_was_born_in_the_cities_since_2008_stands_apart_from_who_came_as_a_child() {
        let mut small = Small::new(&[Outcome::Cohorts]);
        let mother = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        small.child(Sex::Male, Month(1), mother);
        // A household with a boy of the same age arrives from outside, and one with a boy born before 2008.
        for born in [Month(1), Month(-5)] {
            let newcomer = |born: Month, sex: Sex| {
                let mut member = crate::world::Newcomer::default();
                member.body.key = 1000 + born.0.unsigned_abs() as u64 + sex as u64;
                member.body.born = born;
                member.body.set(Flag::Female, sex == Sex::Female);
                member.body.set(Flag::Followed, sex == Sex::Male);
                member
            };
            let members =
                vec![newcomer(Month::january(1980).plus(-i32::from(born.0)), Sex::Female), newcomer(born, Sex::Male)];
            let arrival = crate::world::Arrival { members, union: None, parents: vec![[Some(0), None]] };
            small.apply([Change::Arrive(Box::new(arrival))]);
        }
        // Another boy is born to her elsewhere, and comes back with her.
        small.apply([Change::Move { who: mother, to: Place::ELSEWHERE }]);
        small.child(Sex::Female, Month(2), mother);
        small.apply([Change::Move { who: mother, to: Place::new(AMSTERDAM, 0) }]);
        small.live_until(Month::january(2027));
        let table = small.table();
        let at = |birth_year: i64, birthplace: &'static str, sex: &'static str| {
            let row = [
                ("city", Cell::Text("Amsterdam")),
                ("birth_year", Cell::Int(birth_year)),
                ("birthplace", Cell::Text(birthplace)),
                ("sex", Cell::Text(sex)),
                ("age", Cell::Int(2026 - birth_year)),
            ];
            rows_with(&table, &row).iter().map(|row| ints(&table, *row, ["persons"])[0]).sum::<i64>()
        };
        assert_eq!(at(2008, "cities", "male"), 1, "born here");
        assert_eq!(at(2008, "elsewhere", "male"), 1, "came as a child");
        assert_eq!(at(2007, "elsewhere", "male"), 1, "came as a child, born before 2008");
        assert_eq!((at(2008, "elsewhere", "female"), at(2008, "cities", "female")), (1, 0), "born to who had left");
    }
}

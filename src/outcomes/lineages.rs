//! `lineages`: parents who used violence against a partner, their children's exposure to it, and the children's own
//! use.
//!
//! Persons under 18 in January 2008 or born later with a known parent are counted in the year in which they turn 25, 30
//! and 40. A lineage is *continued*, *not continued* or *new*; most are *neither*.

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::scene::{SEX, Seen, TOTAL, key, places, truth};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use super::without::without;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ADULT, ELSEWHERE, Month, PersonId, Sex, World};

/// The table `lineages`.
static LINEAGES: Schema = Schema {
    name: "lineages",
    meaning: "persons by the violence of their parents and their own, in the year in which they reach an age, in the \
        place where they live then; simulated persons",
    keys: 10,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("age", Kind::Int, "years", "age reached: 25, 30 or 40"),
        key(
            "generation",
            Kind::Int,
            "count",
            "1: the mother was an adult in January 2008; 2: she was a child then; 3: she was born later (the father if \
                the mother is unknown)",
        ),
        key("birth_decade", Kind::Int, "year", "first year of the decade of birth"),
        SEX,
        key(
            "parents_violent",
            Kind::Text,
            "-",
            "number of known parents who used violence against a partner before this person was 18: none, one or both",
        ),
        key(
            "child_exposed",
            Kind::Bool,
            "-",
            "whether this person witnessed violence at home or was maltreated before 18",
        ),
        key("child_used", Kind::Bool, "-", "whether this person used violence against a partner before that age"),
        truth(
            "lineage",
            Kind::Text,
            "-",
            "who used violence: continued (a parent and this person), not continued (a parent only), new (this person \
                only) or neither",
        ),
        truth("persons", Kind::Int, "persons", "number of persons"),
    ],
};

/// Ages at which lineages are counted.
const AGES: [i32; 3] = [25, 30, 40];
/// Words for the number of violent parents.
const PARENTS: [&str; 3] = ["none", "one", "both"];

/// Key of a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct LineageKey {
    place: u8,
    age: i32,
    generation: u8,
    decade: i32,
    sex: Sex,
    parents: u8,
    exposed: bool,
    used: bool,
}

/// Counts so far, sorted by key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lineages {
    counts: Vec<(LineageKey, u64)>,
}

/// Whether a person is counted this December.
#[inline]
fn is_due(seen: &Seen<'_>) -> bool {
    let age = seen.age_months();
    seen.lives
        && AGES.iter().any(|from| (from * 12..from * 12 + 12).contains(&age))
        && seen.body.age_months(Month(0)) < ADULT
        && seen.is_followed()
}

/// Month of birth and of first use of a parent, present or departed.
fn parent(world: &World, who: PersonId) -> Option<(Month, Month)> {
    if let Some(row) = who.row() {
        return Some((world.body(row).born, world.past(row).used));
    }
    let departed = world.departed(who)?;
    Some((departed.born, departed.used))
}

fn line(seen: &Seen<'_>) -> Option<LineageKey> {
    let (world, born) = (seen.world, seen.body.born);
    let kin = world.kin(seen.row);
    let (mother, father) = (parent(world, kin.mother), parent(world, kin.father));
    let (bore, _) = mother.or(father)?;
    let grown = born.plus(ADULT);
    let violent = [mother, father].into_iter().flatten().filter(|(_, used)| used.has_come() && *used < grown).count();
    let age = seen.age_months().div_euclid(12);
    let generation = if bore.since(Month(0)) <= -ADULT {
        1
    } else if bore < Month(0) {
        2
    } else {
        3
    };
    Some(LineageKey {
        place: seen.place as u8,
        age,
        generation,
        decade: born.year().div_euclid(10) * 10,
        sex: seen.body.sex(),
        parents: violent as u8,
        exposed: seen.past.exposed.has_come(),
        used: seen.past.used.has_come() && seen.past.used < born.plus(12 * age),
    })
}

impl LineageKey {
    fn word(&self) -> &'static str {
        match (self.parents > 0, self.used) {
            (true, true) => "continued",
            (true, false) => "not continued",
            (false, true) => "new",
            (false, false) => "neither",
        }
    }
}

impl Lineages {
    fn add(&mut self, line: LineageKey, persons: u64) {
        match self.counts.binary_search_by_key(&line, |(line, _)| *line) {
            Ok(at) => self.counts[at].1 += persons,
            Err(at) => self.counts.insert(at, (line, persons)),
        }
    }
}

impl Observer for Lineages {
    const SCHEMA: &'static Schema = &LINEAGES;
    const SIZE: Size = Size::by_year(225.0);
    /// Rows of the persons who are counted this year.
    type December = Vec<u32>;

    #[inline]
    fn count(due: &mut Vec<u32>, seen: &Seen<'_>) {
        if is_due(seen) {
            due.push(seen.row as u32);
        }
    }

    fn merge(due: &mut Vec<u32>, following: Vec<u32>) {
        due.extend(following);
    }

    fn less(due: &mut Vec<u32>, rows: &Vec<u32>) {
        without(due, rows, |row| *row);
    }

    fn year(&mut self, world: &World, december: Month, due: Vec<u32>, _: &OutcomeSettings) {
        for row in due {
            let seen = Seen::new(world, row as usize, december);
            if let Some(line) = seen.as_ref().and_then(line) {
                self.add(line, 1);
            }
        }
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut all = self.clone();
        for (line, persons) in &self.counts {
            if usize::from(line.place) != ELSEWHERE {
                all.add(LineageKey { place: TOTAL as u8, ..*line }, *persons);
            }
        }
        let mut table = Table::new(&LINEAGES);
        for (place, city) in places(world) {
            for (line, persons) in all.counts.iter().filter(|(line, _)| usize::from(line.place) == place) {
                table.push_row(&[
                    Cell::count(settings.draw),
                    Cell::count(settings.replicate),
                    Cell::Text(city),
                    Cell::count(line.age),
                    Cell::count(line.generation),
                    Cell::count(line.decade),
                    Cell::Text(line.sex.word()),
                    Cell::Text(PARENTS[usize::from(line.parents)]),
                    Cell::Bool(line.exposed),
                    Cell::Bool(line.used),
                    Cell::Text(line.word()),
                    Cell::count(*persons),
                ])?;
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, row, the_row};
    use super::*;
    use crate::world::Departed;

    /// A couple in which the father used violence when the daughter was small, and a family without violence.
    fn families() -> (Small, [PersonId; 3]) {
        let mut small = Small::new(&[Outcome::Lineages]);
        let father = small.person(Sex::Male, Month::january(1960), AMSTERDAM);
        let mother = small.person(Sex::Female, Month::january(1962), AMSTERDAM);
        small.couple(father, mother);
        small.world.set_up().past(row(father)).used = Month::january(2000);
        let daughter = small.child(Sex::Female, Month::january(1996), mother);
        small.world.set_up().past(row(daughter)).exposed = Month::january(2000);
        let alone = small.person(Sex::Female, Month::january(1991), UTRECHT);
        let son = small.child(Sex::Male, Month::january(2009), alone);
        (small, [father, daughter, son])
    }

    fn line<'a>(city: &'a str, sex: &'a str, age: i64) -> [(&'static str, Cell<'a>); 3] {
        [("city", Cell::Text(city)), ("sex", Cell::Text(sex)), ("age", Cell::Int(age))]
    }

    #[test]
    fn a_lineage_is_not_continued_until_the_child_uses_violence() {
        let (mut small, [_, daughter, _]) = families();
        small.live_until(Month::january(2022));
        small.world.set_up().past(row(daughter)).used = Month::january(2023);
        small.live_until(Month::january(2027));
        let table = small.table();
        let at = the_row(&table, &line("Amsterdam", "female", 25));
        assert_eq!(table.cell(at, "lineage"), Some(Cell::Text("not continued")));
        assert_eq!(table.cell(at, "parents_violent"), Some(Cell::Text("one")));
        assert_eq!(table.cell(at, "child_exposed"), Some(Cell::Bool(true)));
        assert_eq!(ints(&table, at, ["draw", "generation", "birth_decade", "persons"]), [3, 1, 1990, 1]);
        let at = the_row(&table, &line("G4", "female", 30));
        assert_eq!(table.cell(at, "lineage"), Some(Cell::Text("continued")));
    }

    #[test]
    fn a_child_of_a_child_of_2008_is_the_second_generation_and_may_begin_a_new_lineage() {
        let (mut small, [_, _, son]) = families();
        small.world.set_up().past(row(son)).used = Month::january(2030);
        small.live_until(Month::january(2035));
        let table = small.table();
        let at = the_row(&table, &line("Utrecht", "male", 25));
        assert_eq!(table.cell(at, "lineage"), Some(Cell::Text("new")));
        assert_eq!(ints(&table, at, ["generation", "birth_decade"]), [2, 2000]);
        assert_eq!(table.cell(at, "child_exposed"), Some(Cell::Bool(false)));
    }

    #[test]
    fn a_departed_father_is_found_in_the_ledger() {
        let (mut small, [father, daughter, _]) = families();
        let born = small.world.body(row(father)).born;
        let departed = small.world.set_up().departed(Departed {
            key: 1,
            mother: PersonId::NONE,
            father: PersonId::NONE,
            born,
            last_seen: Month(0),
            exposed: Month::NEVER,
            used: Month::january(2000),
            suffered: Month::NEVER,
            female: false,
        });
        small.world.set_up().kin(row(daughter)).father = departed;
        small.live_until(Month::january(2022));
        let table = small.table();
        let at = the_row(&table, &line("Amsterdam", "female", 25));
        assert_eq!(table.cell(at, "parents_violent"), Some(Cell::Text("one")));
    }

    #[test]
    fn adults_of_2008_and_those_without_known_parents_begin_no_lineage() {
        let mut small = Small::new(&[Outcome::Lineages]);
        let mother = small.person(Sex::Female, Month::january(1955), AMSTERDAM);
        small.child(Sex::Male, Month::january(1985), mother);
        small.person(Sex::Female, Month::january(2000), UTRECHT);
        small.live_until(Month::january(2031));
        assert_eq!(small.table().rows(), 0);
    }
}

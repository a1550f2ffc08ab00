//! `spells`: cohabitation of persons of the panel: unions, with the violence in them, and homes of children.

use serde::{Deserialize, Serialize};

use super::by_key::ByKey;
use super::observer::{Observer, PanelRows, Size};
use super::sample::{Sample, SampleRows};
use super::scene::{key, month, truth};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{Body, Couple, Event, Flag, Incident, Month, Place, Side, World};

/// The table `spells`.
static SPELLS: Schema = Schema {
    name: "spells",
    meaning: "a spell: a union of two partners, or the time a child lived in the household of a parent (a home), if \
        either of the two is in the sample of the panel; the city is that of the person when the spell was first \
        observed",
    keys: 7,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key(
            "person",
            Kind::Key,
            "-",
            "key of the person, the same in every scenario. Union: the man (the woman if only she is in the study \
                population); home: the child",
        ),
        key("kind", Kind::Text, "-", "union or home"),
        key(
            "other",
            Kind::Key,
            "-",
            "key of the other person. Union: the partner; home: the parent who heads the household",
        ),
        key(
            "begins",
            Kind::Int,
            "month",
            "first month (0 = January 2008). Union: may lie before 2008; home: month in which it was first observed, 0 \
                if it existed at the start of the simulation",
        ),
        truth("ends", Kind::Int, "month", "month in which the spell ended (0 = January 2008); empty if it continues"),
        truth(
            "ended_by",
            Kind::Text,
            "-",
            "separation (union), moved (home), death of either person, or lost: either person was lost to follow-up; \
                empty if the spell continues",
        ),
        truth("married", Kind::Bool, "-", "whether the partners married; empty for a home"),
        truth(
            "other_followed",
            Kind::Bool,
            "-",
            "whether the other person was in the study population when the spell was first observed; false for a \
                partner elsewhere for whom only traits are stored and who has no row in `panel`",
        ),
        truth(
            "violence_by_person_first",
            Kind::Int,
            "month",
            "first month from 2008 on (0 = January 2008) with violence by the person against the other, \
                during or after the union; empty if none, and for a home",
        ),
        truth(
            "violence_by_person_last",
            Kind::Int,
            "month",
            "last month so far with such violence (0 = January 2008); empty if none, and for a home",
        ),
        truth(
            "violence_by_person_months",
            Kind::Int,
            "months",
            "number of months with such violence; empty for a home",
        ),
        truth(
            "violence_by_other_first",
            Kind::Int,
            "month",
            "first month from 2008 on (0 = January 2008) with violence by the other against the person, \
                during or after the union; empty if none, and for a home",
        ),
        truth(
            "violence_by_other_last",
            Kind::Int,
            "month",
            "last month so far with such violence (0 = January 2008); empty if none, and for a home",
        ),
        truth("violence_by_other_months", Kind::Int, "months", "number of months with such violence; empty for a home"),
    ],
};

/// How a spell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    Separation,
    Moved,
    Death,
    Lost,
}

/// State of a union when last observed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Union {
    place: Place,
    /// Keys of the first and of the second partner.
    keys: [u64; 2],
    followed: [bool; 2],
    since: Month,
    married: bool,
    ended: Option<(Month, End)>,
    /// By the first and by the second partner: first month, last month, number of months with violence.
    violence: [(Month, Month, u16); 2],
}

/// State of a home when last observed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Home {
    place: Place,
    begins: Month,
    followed: bool,
    ended: Option<(Month, End)>,
}

/// Keys of a child and of the parent in whose home it lives.
type ParentHome = (u64, u64);

/// Spells so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Spells {
    sample: Sample,
    rows: SampleRows,
    /// Unions by the key of the couple.
    unions: ByKey<Union>,
    /// Present homes, sorted by pair.
    homes: Vec<(ParentHome, Home)>,
    /// Past homes.
    left: Vec<(ParentHome, Home)>,
    /// Keys of the persons who died and of the couples that separated in the current year.
    died: Vec<u64>,
    separated: Vec<u64>,
}

impl Spells {
    fn violence(&mut self, world: &World, incident: &Incident, lived: Month) {
        let Some(couple) = world.couple_by_id(incident.couple) else { return };
        let Some(union) = self.union(world, couple) else { return };
        for by in Side::BOTH {
            if incident.counts[by as usize] > 0 {
                let (first, last, months) = &mut union.violence[by as usize];
                if !first.has_come() {
                    *first = lived;
                }
                *last = lived;
                *months = months.saturating_add(1);
            }
        }
    }

    /// The union of a couple of which either partner is in the sample.
    fn union(&mut self, world: &World, couple: &Couple) -> Option<&mut Union> {
        let rows = [couple.partners[0].row()?, couple.partners[1].row()?];
        let bodies = rows.map(|row| world.body(row));
        if !bodies.iter().any(|body| self.sample.holds(body)) {
            // A person who was sampled when the union was first observed may be an outsider by now.
            return self.unions.get_mut(couple.key);
        }
        let is_study = |body: &Body| !body.has(Flag::Outsider);
        let [first, second] = bodies;
        Some(self.unions.or_insert_with(couple.key, || Union {
            place: if is_study(first) { first.place } else { second.place },
            keys: [first.key, second.key],
            followed: [is_study(first), is_study(second)],
            since: couple.since,
            married: couple.married,
            ended: None,
            violence: [(Month::NEVER, Month::NEVER, 0); 2],
        }))
    }

    /// Starts and ends spells in homes, from the homes at the end of the month.
    fn at_home(&mut self, world: &World, lived: Month, died: &[u64], lost: &[u64]) {
        let sample = &self.sample;
        let home = |child: usize, parent: usize| {
            let (child, parent) = (world.body(child), world.body(parent));
            ((child.key, parent.key), child.place, !parent.has(Flag::Outsider))
        };
        let mut now: Vec<(ParentHome, Place, bool)> = Vec::with_capacity(self.homes.len());
        for row in self.rows.month(world, sample).iter().map(|row| *row as usize) {
            let body = world.body(row);
            if sample.holds(body) {
                let own = body.home.row().filter(|_| body.has(Flag::Present));
                now.extend(own.map(|parent| home(row, parent)));
                now.extend(world.children_at_home(row).map(|child| home(child, row)));
            }
        }
        now.sort_unstable_by_key(|(pair, ..)| *pair);
        // Homes of which child and parent are in the sample occur twice.
        now.dedup_by_key(|(pair, ..)| *pair);
        let among = |list: &[u64], (child, parent): &ParentHome| {
            list.binary_search(child).is_ok() || list.binary_search(parent).is_ok()
        };
        let before = std::mem::take(&mut self.homes);
        for (pair, home) in &before {
            if now.binary_search_by_key(pair, |(pair, ..)| *pair).is_err() {
                let end = match pair {
                    pair if among(died, pair) => End::Death,
                    pair if among(lost, pair) => End::Lost,
                    _ => End::Moved,
                };
                self.left.push((*pair, Home { ended: Some((lived, end)), ..*home }));
            }
        }
        self.homes = now
            .into_iter()
            .map(|(pair, place, followed)| match before.binary_search_by_key(&pair, |(pair, _)| *pair) {
                Ok(at) => before[at],
                Err(_) => (pair, Home { place, begins: lived, followed, ended: None }),
            })
            .collect();
    }
}

impl Observer for Spells {
    const SCHEMA: &'static Schema = &SPELLS;
    // Half of the persons begin with a union or a home; per hundred persons and year there are five new ones.
    const SIZE: Size =
        Size::by_panel(PanelRows { per_row: 0.05, per_person: 0.5, disk: 18.0, memory: size_of::<(u64, Union)>() });
    type December = ();

    fn adopt(&mut self, settings: &OutcomeSettings) {
        self.sample.adopt(settings);
        self.rows = SampleRows::default();
    }

    /// Processes the events of the month just simulated, and the homes at its end.
    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        self.sample.month(world);
        let lived = world.now().plus(-1);
        if !self.sample.keeps(lived.year()) {
            return;
        }
        let key = |who: crate::world::PersonId| who.row().map(|row| world.body(row).key);
        let mut died = Vec::new();
        let mut lost = Vec::new();
        for event in world.events() {
            match *event {
                Event::Death { who, .. } => died.extend(key(who)),
                Event::Departure { who, followed: false, .. } | Event::LostFromSight { who } => lost.extend(key(who)),
                Event::Separation { couple } => {
                    self.separated.extend(couple.row().map(|row| world.couple(row).key));
                }
                Event::Violence(incident) => self.violence(world, &incident, lived),
                _ => {}
            }
        }
        died.sort_unstable();
        lost.sort_unstable();
        self.at_home(world, lived, &died, &lost);
        self.died.extend(died);
    }

    /// Reads all couples in December, while unions that ended in the year still have their rows.
    fn year(&mut self, world: &World, december: Month, (): (), _: &OutcomeSettings) {
        let (mut died, mut separated) = (std::mem::take(&mut self.died), std::mem::take(&mut self.separated));
        if !self.sample.keeps(december.year()) {
            return;
        }
        died.sort_unstable();
        separated.sort_unstable();
        let january = december.plus(-11);
        for couple in world.couples() {
            let recent = couple.present || (couple.ended.has_come() && couple.ended >= january);
            if !recent {
                continue;
            }
            let Some(union) = self.union(world, couple) else { continue };
            union.married |= couple.married;
            if couple.ended.has_come() && union.ended.is_none() {
                let end = if couple.ended < january || separated.binary_search(&couple.key).is_ok() {
                    End::Separation
                } else if union.keys.iter().any(|key| died.binary_search(key).is_ok()) {
                    End::Death
                } else {
                    End::Lost
                };
                union.ended = Some((couple.ended, end));
            }
        }
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&SPELLS);
        let mut push = |place: Place, person: u64, kind: &str, other: u64, rest: [Cell<'_>; 11]| {
            let mut row = vec![
                Cell::count(settings.draw),
                Cell::count(settings.replicate),
                Cell::Text(world.places().name(place.city())),
                Cell::key(person),
                Cell::Text(kind),
                Cell::key(other),
            ];
            row.extend(rest);
            table.push_row(&row)
        };
        let ended = |ended: Option<(Month, End)>| match ended {
            Some((at, by)) => [month(at), Cell::Text(by.word())],
            None => [Cell::Null; 2],
        };
        for (_, union) in self.unions.sorted() {
            // The person of the study population comes first.
            let (own, other) = if union.followed[0] { (0, 1) } else { (1, 0) };
            let [ends, by] = ended(union.ended);
            let violence = |of: usize| {
                let (first, last, months) = union.violence[of];
                [month(first), month(last), Cell::count(months)]
            };
            let [first, last, months] = violence(own);
            let [other_first, other_last, other_months] = violence(other);
            let (married, followed) = (Cell::Bool(union.married), Cell::Bool(union.followed[other]));
            let begins = month(union.since);
            push(
                union.place,
                union.keys[own],
                "union",
                union.keys[other],
                [begins, ends, by, married, followed, first, last, months, other_first, other_last, other_months],
            )?;
        }
        for ((child, parent), home) in self.left.iter().chain(&self.homes) {
            let [ends, by] = ended(home.ended);
            let (begins, followed, none) = (month(home.begins), Cell::Bool(home.followed), Cell::Null);
            let rest = [begins, ends, by, none, followed, none, none, none, none, none, none];
            push(home.place, *child, "home", *parent, rest)?;
        }
        Ok(table)
    }
}

impl End {
    fn word(self) -> &'static str {
        match self {
            End::Separation => "separation",
            End::Moved => "moved",
            End::Death => "death",
            End::Lost => "lost",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, row, rows_with, the_row};
    use super::super::{Outcome, OutcomeSettings};
    use super::*;
    use crate::world::{Change, CoupleId, PersonId, Severity, Sex, Violence};

    fn small() -> Small {
        let settings = OutcomeSettings { panel_size: 100, expected_population: 100.0, ..OutcomeSettings::default() };
        Small::with(&[Outcome::Spells], settings)
    }

    fn incident(couple: CoupleId, counts: [u16; 2]) -> Event {
        let (severity, state) = ([Severity::Light; 2], [Violence::Situational; 2]);
        Event::Violence(Incident { couple, counts, severity, state, witnesses: 0, separated: false })
    }

    fn separate(couple: CoupleId, goes_on: bool) -> Change {
        let (stays, place) = (Side::Second, Place::new(UTRECHT, 0));
        Change::Separate { couple, goes_on, stays, place, low_income: [false; 2] }
    }

    #[test]
    fn a_union_has_a_beginning_an_end_and_months_of_violence_by_direction() {
        let mut small = small();
        let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1972), AMSTERDAM);
        small.live_until(Month(2));
        let couple = small.couple(man, woman);
        let begins = |by| Change::Violence { couple, by, state: Violence::Situational };
        small.month([begins(Side::First), begins(Side::Second)], [incident(couple, [2, 0])]);
        small.month([], [incident(couple, [1, 1])]);
        small.live_until(Month(7));
        small.month([separate(couple, true)], []);
        small.month([], [incident(couple, [3, 0])]);
        small.live_until(Month::january(2010));
        let table = small.table();
        assert_eq!(table.rows(), 1);
        let columns = [
            "person",
            "other",
            "begins",
            "ends",
            "violence_by_person_first",
            "violence_by_person_last",
            "violence_by_person_months",
            "violence_by_other_first",
            "violence_by_other_last",
            "violence_by_other_months",
        ];
        assert_eq!(ints(&table, 0, columns), [1, 2, 2, 7, 2, 8, 3, 3, 3, 1]);
        assert_eq!(table.cell(0, "ended_by"), Some(Cell::Text("separation")));
        assert_eq!(table.cell(0, "other_followed"), Some(Cell::Bool(true)));
    }

    #[test]
    fn a_union_that_lasts_has_no_end_and_one_that_death_ends_says_so() {
        let mut small = small();
        let mut pair = || {
            let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
            let woman = small.person(Sex::Female, Month::january(1972), AMSTERDAM);
            small.couple(man, woman);
            [man, woman]
        };
        let ([lasting, _], [dying, _], [outsider, _]) = (pair(), pair(), pair());
        small.flag(outsider, Flag::Outsider);
        small.live_until(Month(5));
        small.month([Change::Dies { who: dying, by_partner: false }], []);
        small.live_until(Month::january(2011));
        let table = small.table();
        assert_eq!(table.rows(), 3);
        let of = |who: PersonId| the_row(&table, &[("person", Cell::key(small.world.body(row(who)).key))]);
        assert_eq!(table.cell(of(lasting), "ends"), Some(Cell::Null));
        assert_eq!(table.cell(of(lasting), "violence_by_person_months"), Some(Cell::Int(0)));
        assert_eq!(ints(&table, of(dying), ["ends"]), [5]);
        assert_eq!(table.cell(of(dying), "ended_by"), Some(Cell::Text("death")));
        // Of the third couple only the woman belongs to the study population: she comes first.
        let at = the_row(&table, &[("other", Cell::key(5))]);
        assert_eq!(ints(&table, at, ["person"]), [6]);
        assert_eq!(table.cell(at, "other_followed"), Some(Cell::Bool(false)));
    }

    #[test]
    fn a_child_that_moves_from_one_parent_to_the_other_has_two_homes() {
        let mut small = small();
        let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1972), AMSTERDAM);
        let couple = small.couple(man, woman);
        let child = small.child(Sex::Male, Month::january(2000), woman);
        small.live_until(Month(3));
        small.month([separate(couple, false), Change::Home { who: child, home: man }], []);
        small.live_until(Month(10));
        small.month([Change::Dies { who: man, by_partner: false }], []);
        small.live_until(Month::january(2009));
        let table = small.table();
        let homes = rows_with(&table, &[("kind", Cell::Text("home"))]);
        let told = |at: usize| (ints(&table, at, ["person", "other", "begins"]), table.cell(at, "ends"));
        let mut all: Vec<_> = homes.iter().map(|at| told(*at)).collect();
        all.sort_by_key(|(ints, _)| ints[2]);
        assert_eq!(
            all,
            [([3, 2, 0], Some(Cell::Int(3))), ([3, 1, 3], Some(Cell::Int(10))), ([3, 2, 10], Some(Cell::Null)),],
            "with the mother, with the father, and with the mother after his death"
        );
        let at = the_row(&table, &[("kind", Cell::Text("home")), ("begins", Cell::Int(3))]);
        assert_eq!(table.cell(at, "ended_by"), Some(Cell::Text("death")));
    }

    #[test]
    fn homes_found_from_the_sample_are_those_of_all_rows() {
        let sampled = OutcomeSettings { panel_size: 30, expected_population: 100.0, ..OutcomeSettings::default() };
        let mut small = Small::with(&[Outcome::Spells], sampled.clone());
        let mut sample = Sample::default();
        sample.adopt(&sampled);
        let mut mothers = Vec::new();
        for number in 0..150 {
            let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
            let woman = small.person(Sex::Female, Month::january(1972), UTRECHT);
            small.couple(man, woman);
            mothers.push(woman);
            if number % 3 == 0 {
                small.child(Sex::Male, Month::january(1996), woman);
            }
        }
        small.live_until(Month(2));
        // Later births, children who move to their father, and those who leave home.
        for woman in &mothers[..90] {
            small.child(Sex::Female, Month(2), *woman);
        }
        small.month([], []);
        let home = |home| move |child: usize| Change::Home { who: PersonId(child as u32), home };
        let eldest = |small: &Small, who: PersonId| small.world.children_at_home(row(who)).last();
        let fathers = (0..40).map(|at| PersonId(mothers[at].0 - 1));
        let moves: Vec<Change> = (0..40)
            .zip(fathers)
            .filter_map(|(at, man)| eldest(&small, mothers[at]).map(home(man)))
            .chain((40..60).filter_map(|at| eldest(&small, mothers[at]).map(home(PersonId::NONE))))
            .collect();
        small.month(moves, []);
        let world = &small.world;
        let mut expected: Vec<[i64; 2]> = Vec::new();
        for child in world.present().map(|row| world.body(row)) {
            let Some(parent) = child.home.row().map(|row| world.body(row)) else { continue };
            if sample.holds(child) || sample.holds(parent) {
                expected.push([child.key as i64, parent.key as i64]);
            }
        }
        assert!(expected.len() > 20, "{expected:?}");
        let table = small.table();
        let homes = rows_with(&table, &[("kind", Cell::Text("home"))]);
        let lasting = homes.into_iter().filter(|at| table.cell(*at, "ends") == Some(Cell::Null));
        let mut found: Vec<[i64; 2]> = lasting.map(|at| ints(&table, at, ["person", "other"])).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_cohort_brings_the_unions_and_homes_of_its_members_only() {
        let mut settings =
            OutcomeSettings { panel_size: 100, expected_population: 100.0, ..OutcomeSettings::default() };
        settings.panel_part.born = Some([1995, 2005]);
        let mut small = Small::with(&[Outcome::Spells], settings);
        for _ in 0..2 {
            let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
            let woman = small.person(Sex::Female, Month::january(1972), AMSTERDAM);
            small.couple(man, woman);
        }
        small.child(Sex::Female, Month::january(2000), PersonId(1));
        small.child(Sex::Female, Month::january(2006), PersonId(3));
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(table.rows(), 1, "neither the unions of the parents nor the home of the younger child");
        assert_eq!(ints(&table, 0, ["person", "other"]), [5, 2]);
    }
}

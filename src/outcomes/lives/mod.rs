//! `lives`: one row per person who may have had an event, so that the same person can be compared in two scenarios.
//!
//! A person has the same key in every scenario. Persons without a row had no violence at home, no measure and no loss
//! of health in the years simulated, and were not born in them; all of them exist in every scenario, because only
//! births depend on it. The rows of two scenarios therefore show for each person what was prevented, what was postponed
//! and what was caused.

mod fifths;
mod health;
mod person;
mod schema;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::fifths::Fifths;
use self::health::{HEALTH, HealthWeights, Lost, MARKS, RULES, Scales, YearLost, all};
use self::person::{Appearance, PersonState, arrived, has_event_in, whole};
use self::schema::LIVES;
use super::observer::{Observer, Size};
use super::row_groups::RowGroups;
use super::scene::{Birthplace, Seen, month, place_of};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use super::sums::KeyedSums;
use super::without::without;
use crate::error::Result;
use crate::money::{PRICE_YEAR, factor};
use crate::tables::{Cell, Schema, Table};
use crate::world::{Edge, Event, Month, Passage, PersonId, World};

/// Data of the table so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lives {
    scales: Scales,
    /// Whether the persons present on the first day have been recorded.
    begun: bool,
    /// First observations, in order.
    seen: Vec<Appearance>,
    /// Persons who died or were lost to follow-up.
    closed: Vec<PersonState>,
    /// First start of a measure: month and index of the programme.
    reached: BTreeMap<u64, (Month, u16)>,
    /// Health lost, and years with violence, of persons who had any.
    lost: KeyedSums<u64, Lost>,
}

impl Lives {
    /// Keys of all persons, each with an index: those who died or were lost to follow-up, then the rows of the world.
    /// In the order of keys; the observations of one person in the order of time.
    fn order(&self, world: &World) -> Vec<(u64, u32)> {
        let closed = self.closed.iter().map(|life| life.key).enumerate();
        let present = world.present().map(|row| (self.closed.len() + row, world.body(row).key));
        let mut order: Vec<(u64, u32)> = closed.chain(present).map(|(at, key)| (key, at as u32)).collect();
        order.sort_unstable();
        order
    }

    /// The state of a person at an index of [`order`](Lives::order).
    fn state(&self, world: &World, at: u32) -> PersonState {
        let at = at as usize;
        self.closed.get(at).copied().unwrap_or_else(|| PersonState::of(world, at - self.closed.len()))
    }

    /// Whether that state has an event; without the look-up of parents that the whole state takes.
    fn has_event(&self, world: &World, at: u32) -> bool {
        let at = at as usize;
        self.closed.get(at).map_or_else(|| has_event_in(world, at - self.closed.len()), PersonState::has_event)
    }

    /// Adds the health lost by a person who was killed.
    fn killed(&mut self, key: u64, age_months: i32, lived: Month) {
        let health = self.scales.of_killed(age_months, lived.year());
        self.lost.add([(key, all(health, [false; MARKS]))]);
    }
}

impl Observer for Lives {
    const SCHEMA: &'static Schema = &LIVES;
    const SIZE: Size = Size { disk_person_year: 1.575, memory_person_year: 27.0, time: 0.08, ..Size::NONE };
    /// Health weights, and persons who lost health or had violence in the year.
    type December = (HealthWeights, Vec<YearLost>);

    fn adopt(&mut self, settings: &OutcomeSettings) {
        self.scales = Scales::of(&settings.pricing);
    }

    fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        let lived = world.now().plus(-1);
        if !self.begun {
            self.begun = true;
            let there = world.present().map(|row| world.body(row));
            self.seen.extend(there.map(|body| Appearance { key: body.key, place: body.place, arrived: Month::NEVER }));
        }
        for event in world.events() {
            match *event {
                Event::Birth { child: who } | Event::Arrival { who, .. } => {
                    if let Some(row) = studied(world, who) {
                        let body = world.body(row);
                        let arrived = if matches!(event, Event::Birth { .. }) { Month::NEVER } else { lived };
                        self.seen.push(Appearance { key: body.key, place: body.place, arrived });
                    }
                }
                Event::Death { who, by_partner } => {
                    if let Some(row) = studied(world, who) {
                        if by_partner {
                            self.killed(world.body(row).key, world.body(row).age_months(lived), lived);
                        }
                        self.closed.push(PersonState { gone: lived, died: true, ..PersonState::of(world, row) });
                    }
                }
                Event::Departure { who, followed: false, .. } | Event::LostFromSight { who } => {
                    // A person who has just become an outsider counted as a person until then.
                    self.closed.extend(who.row().map(|row| PersonState { gone: lived, ..PersonState::of(world, row) }));
                }
                Event::Passage(Passage { edge: Edge::Start, service, who, passed: true, .. })
                    if settings.is_measure(service) =>
                {
                    if let Some(row) = studied(world, who) {
                        self.reached.entry(world.body(row).key).or_insert((lived, service));
                    }
                }
                _ => {}
            }
        }
    }

    fn open(&self, _: Month, _: &OutcomeSettings) -> (HealthWeights, Vec<YearLost>) {
        (HealthWeights::of(&self.scales), Vec::new())
    }

    #[inline]
    fn count((weights, lost): &mut (HealthWeights, Vec<YearLost>), seen: &Seen<'_>) {
        lost.extend(weights.year(seen));
    }

    fn merge((_, lost): &mut (HealthWeights, Vec<YearLost>), (_, following): (HealthWeights, Vec<YearLost>)) {
        lost.extend(following);
    }

    fn less((_, lost): &mut (HealthWeights, Vec<YearLost>), (_, rows): &(HealthWeights, Vec<YearLost>)) {
        without(lost, rows, |(key, ..)| *key);
    }

    /// Adds the losses of the year, one entry per person.
    fn year(&mut self, _: &World, december: Month, (_, mut lost): (HealthWeights, Vec<YearLost>), _: &OutcomeSettings) {
        lost.sort_unstable_by_key(|(key, ..)| *key);
        let worth = RULES.map(|rule| factor(rule.effects(), december.year() - PRICE_YEAR));
        let entries = lost.into_iter().map(|(key, [now, later, daly], marks)| {
            let [plain, zin, mkba] = worth.map(|worth| (now + later) * worth);
            (key, all([plain, zin, mkba, now * worth[1], daly * worth[0], daly * worth[1]], marks))
        });
        self.lost.add(entries);
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut seen = self.seen.clone();
        seen.sort_by_key(|sight| sight.key);
        let fifths = Fifths::of(world.places());
        let mut table = Table::new(&LIVES);
        let mut rows = RowGroups::new(&mut table);
        // These are in the order of keys, as the persons are.
        let (mut reached, mut lost) = (self.reached.iter().peekable(), self.lost.iter().peekable());
        for same in self.order(world).chunk_by(|a, b| a.0 == b.0) {
            let key = same[0].0;
            while reached.next_if(|(known, _)| **known < key).is_some() {}
            while lost.next_if(|(known, _)| *known < key).is_some() {}
            let reached = reached.next_if(|(known, _)| **known == key).map(|(_, reached)| reached);
            let lost = lost.next_if(|(known, _)| *known == key).map_or(&[0.0; HEALTH + MARKS], |(_, lost)| lost);
            let nothing_else = reached.is_none() && lost.iter().all(|lost| *lost <= 0.0);
            if nothing_else && !same.iter().any(|(_, at)| self.has_event(world, *at)) {
                continue;
            }
            let states: Vec<PersonState> = same.iter().map(|(_, at)| self.state(world, *at)).collect();
            let life = whole(&states);
            if nothing_else && !life.has_event() {
                continue;
            }
            let at = seen.partition_point(|sight| sight.key < life.key);
            let sights = || seen[at..].iter().take_while(|sight| sight.key == life.key);
            let place = sights().next().map_or(life.place, |sight| sight.place);
            let arrived = arrived(sights());
            let birthplace = if arrived.has_come() { Birthplace::Elsewhere } else { life.birthplace };
            // The weights are less precise than millionths of a year, which take half the space.
            let health = |index: usize| Cell::Float(libm::rint(lost[index] * 1e6) / 1e6);
            let by = reached.and_then(|(_, service)| settings.programme(*service));
            let row = [
                Cell::count(settings.draw),
                Cell::count(settings.replicate),
                Cell::Text(world.places().name(place.city())),
                Cell::key(life.key),
                Cell::Int(i64::from(life.born.0)),
                Cell::Text(life.sex.word()),
                Cell::key(life.mother),
                Cell::key(life.father),
                life.generation.map_or(Cell::Null, Cell::count),
                Cell::Text(birthplace.word()),
                month(arrived),
                fifths.of_place(place).map_or(Cell::Null, Cell::count),
                month(life.exposed),
                month(life.used),
                month(life.suffered),
                Cell::count(life.months_exposed),
                month(life.gone),
                Cell::Bool(life.died),
                reached.map_or(Cell::Null, |(since, _)| month(*since)),
                by.map_or(Cell::Null, Cell::Text),
                health(0),
                health(1),
                health(2),
                health(3),
                health(4),
                health(5),
                Cell::count(lost[HEALTH] as u32),
                Cell::count(lost[HEALTH + 1] as u32),
                Cell::count(lost[HEALTH + 2] as u32),
                Cell::count(lost[HEALTH + 3] as u32),
            ];
            rows.push(|cells| cells.extend(row))?;
        }
        rows.end()?;
        Ok(table)
    }
}

/// Row of a person of the study population, that is, not an outsider.
fn studied(world: &World, who: PersonId) -> Option<usize> {
    place_of(world, who).and(who.row())
}

#[cfg(test)]
mod tests {
    use super::super::small::{AMSTERDAM, Small, UTRECHT, row, the_row};
    use super::super::{CostKind, CostUnit, Cutoffs, Outcome, Price, Pricing, State, Volume};
    use super::*;
    use crate::world::{Area, Change, Flag, Milli, Place, Places, Sex, Side, Violence};

    fn lives() -> Small {
        Small::new(&[Outcome::Lives])
    }

    fn of(table: &Table, who: u64) -> usize {
        the_row(table, &[("person", Cell::key(who))])
    }

    #[test]
    fn only_who_has_something_to_tell_has_a_row_and_it_tells_first_months() {
        let mut small = lives();
        let man = small.person(Sex::Male, Month::january(1980), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        small.person(Sex::Male, Month::january(1970), UTRECHT);
        let couple = small.couple(man, woman);
        let child = small.child(Sex::Female, Month(0), woman);
        small.month([], [Event::Birth { child }]);
        let begins = Change::Violence { couple, by: Side::First, state: Violence::Situational };
        small.month([begins, Change::Incidents { couple, counts: [1, 0] }], []);
        small.month([Change::Witness { child, window: 0 }], []);
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(table.rows(), 3, "the man, the woman and the child; the fourth person had no event");
        let int = |who: u64, column: &str| table.cell(of(&table, who), column).and_then(Cell::as_int);
        assert_eq!((int(1, "first_used"), int(1, "first_suffered")), (Some(1), None));
        assert_eq!((int(2, "first_used"), int(2, "first_suffered")), (None, Some(1)));
        assert_eq!((int(4, "first_exposed"), int(4, "months_exposed"), int(4, "born")), (Some(2), Some(1), Some(0)));
        assert_eq!((int(4, "mother"), int(4, "father")), (Some(2), Some(1)));
        assert_eq!((int(1, "generation"), int(4, "generation")), (Some(0), Some(1)));
        assert_eq!(int(4, "gone"), None);
    }

    #[test]
    fn who_dies_or_is_lost_keeps_a_row_and_who_comes_back_has_one_row() {
        let mut small = lives();
        let who = small.person(Sex::Male, Month(-300), AMSTERDAM);
        small.world.set_up().past(row(who)).used = Month(-7);
        let other = small.person(Sex::Female, Month(-300), UTRECHT);
        small.world.set_up().past(row(other)).suffered = Month(-5);
        small.month([], [Event::Departure { who, followed: false, city: 0 }]);
        small.world.set_up().body(row(who)).set(Flag::Present, false);
        small.month([], [Event::Death { who: other, by_partner: false }]);
        small.world.set_up().body(row(other)).set(Flag::Present, false);
        let table = small.table();
        assert_eq!(table.cell(of(&table, 1), "gone"), Some(Cell::Int(0)));
        assert_eq!(table.cell(of(&table, 1), "died"), Some(Cell::Bool(false)));
        assert_eq!(table.cell(of(&table, 2), "gone"), Some(Cell::Int(1)));
        assert_eq!(table.cell(of(&table, 2), "died"), Some(Cell::Bool(true)));
        assert_eq!(table.cell(of(&table, 2), "city"), Some(Cell::Text("Utrecht")));
        // The first person comes back under the same key, with the same history.
        let again = small.person(Sex::Male, Month(-300), UTRECHT);
        small.world.set_up().body(row(again)).key = 1;
        small.month([], [Event::Arrival { who: again, returning: true }]);
        let table = small.table();
        let at = of(&table, 1);
        assert_eq!(table.cell(at, "first_used"), Some(Cell::Int(-7)));
        assert_eq!(table.cell(at, "gone"), Some(Cell::Null));
        assert_eq!(table.cell(at, "city"), Some(Cell::Text("Amsterdam")), "where first seen");
    }

    #[test]
    fn of_whom_the_world_loses_sight_there_is_a_row_also_when_only_traits_are_left() {
        let mut small = lives();
        let [gone, traits] = [0, 1].map(|_| small.person(Sex::Female, Month(-300), AMSTERDAM));
        for who in [gone, traits] {
            // An adult newcomer who has moved on with a child that is followed.
            small.world.set_up().body(row(who)).set(Flag::GrewUpHere, false);
            small.world.set_up().past(row(who)).suffered = Month(-5);
        }
        small.month([], []);
        [gone, traits].into_iter().for_each(|who| small.world.set_up().body(row(who)).place = Place::ELSEWHERE);
        small.live_until(Month::january(2009));
        small.month([], [gone, traits].map(|who| Event::LostFromSight { who }));
        small.world.set_up().body(row(gone)).set(Flag::Present, false);
        small.world.set_up().body(row(traits)).set(Flag::Outsider, true);
        small.live_until(Month::january(2010));
        let table = small.table();
        assert_eq!(table.rows(), 2);
        for key in [1, 2] {
            assert_eq!(table.cell(of(&table, key), "gone"), Some(Cell::Int(12)));
            assert_eq!(table.cell(of(&table, key), "died"), Some(Cell::Bool(false)));
            assert_eq!(table.cell(of(&table, key), "city"), Some(Cell::Text("Amsterdam")));
        }
    }

    #[test]
    fn who_was_kept_for_a_child_is_lost_when_it_is_grown_and_nobody_stays_behind() {
        let mut small = lives();
        // Two newcomers, each with a child that is followed; one has a partner who is outside the study population.
        let mut family = |partner_is_of_the_study: bool| {
            let [woman, man] = [Sex::Female, Sex::Male].map(|sex| small.person(sex, Month(-300), AMSTERDAM));
            small.couple(man, woman);
            let child = small.child(Sex::Male, Month(-200), woman);
            small.world.set_up().past(row(woman)).suffered = Month(-5);
            small.world.set_up().body(row(woman)).set(Flag::GrewUpHere, false);
            small.world.set_up().body(row(man)).set(Flag::Outsider, !partner_is_of_the_study);
            small.world.set_up().body(row(man)).set(Flag::GrewUpHere, partner_is_of_the_study);
            [woman, man, child]
                .into_iter()
                .for_each(|who| small.world.set_up().body(row(who)).place = Place::ELSEWHERE);
            [woman, man, child]
        };
        let (alone, with_him) = (family(false), family(true));
        small.month([], []);
        let mut told = Vec::new();
        while small.world.now() < Month::january(2011) {
            small.world.set_up().clear_events();
            if small.world.now().of_year() == 0 {
                small.world.thin_elsewhere();
            }
            let events = small.world.events().all().to_vec();
            told.extend(events.iter().map(|event| (small.world.now(), *event)));
            small.month([], events);
        }
        // The children turn 18 in May 2009.
        let lost = |who| (Month::january(2010), Event::LostFromSight { who });
        assert_eq!(told, [lost(alone[0]), lost(with_him[0])]);
        let is = |who: PersonId, flag| small.world.body(row(who)).has(flag);
        assert_eq!(alone.map(|who| is(who, Flag::Present)), [false, false, true], "the outsider went along");
        assert_eq!(with_him.map(|who| is(who, Flag::Present)), [true; 3]);
        assert!(is(with_him[0], Flag::Outsider), "traits of somebody's partner");
        let table = small.table();
        for woman in [alone[0], with_him[0]] {
            let key = small.world.body(row(woman)).key;
            assert_eq!(table.cell(of(&table, key), "gone"), Some(Cell::Int(24)));
        }
    }

    #[test]
    fn a_start_of_a_measure_reaches_and_one_of_a_service_does_not() {
        let mut small = lives();
        small.outcomes.change(|settings| {
            settings.programmes = vec!["service".into(), "nhv".into()];
            settings.measures = vec![false, true];
        });
        let [first, second] = [0, 1].map(|_| small.person(Sex::Female, Month(-300), AMSTERDAM));
        let start = |who, service| Passage::at(Edge::Start, 0, who, true).of(service).into();
        small.month([], [start(first, 0), start(second, 0)]);
        small.month([], [start(second, 1)]);
        small.month([], [start(second, 1)]);
        let table = small.table();
        assert_eq!(table.rows(), 1);
        assert_eq!(table.cell(0, "person"), Some(Cell::Key(2)));
        assert_eq!(table.cell(0, "reached"), Some(Cell::Int(1)));
        assert_eq!(table.cell(0, "reached_by"), Some(Cell::Text("nhv")));
    }

    #[test]
    fn health_lost_is_that_of_the_table_of_costs_person_by_person() {
        let mut small = Small::new(&[Outcome::Lives, Outcome::Costs]);
        let price = |item: &str, price: f64, volume: Volume| Price {
            kind: CostKind::Health,
            item: item.into(),
            entry: String::new(),
            payer: "nobody".into(),
            unit: CostUnit::Qaly,
            price,
            overhead: 0.0,
            volume,
        };
        let prices = vec![
            price("abuse_severe", 0.2, Volume::Persons(State::AbuseSevere)),
            price("survivor", 0.028, Volume::Persons(State::Survivor)),
            price("killed", 1.0, Volume::Killed),
            price("depression_severe", 0.658, Volume::Persons(State::DepressionSevere)),
        ];
        let in_daly = |price: Price| Price { unit: CostUnit::Daly, ..price };
        let daly = prices[2..].iter().cloned().map(in_daly).collect::<Vec<_>>();
        let prices = [prices, daly].concat();
        let cutoffs = Cutoffs { symptoms: [1.5, 1.9, 2.4], conduct: 1.9, life_expectancy: 80.0, least_left: 5.0 };
        small
            .outcomes
            .change(|settings| settings.pricing = Pricing { scale: 1.0, prices, cutoffs, ..Pricing::default() });
        let man = small.person(Sex::Male, Month::january(1980), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        let couple = small.couple(man, woman);
        let killed = small.person(Sex::Female, Month::january(1968), UTRECHT);
        small.month(
            [Change::Violence { couple, by: Side::First, state: Violence::Coercive }],
            [Event::Death { who: killed, by_partner: true }],
        );
        small.world.set_up().body(row(killed)).set(Flag::Present, false);
        small.mind(man).depressive = Milli::new(1.0);
        small.live_until(Month::january(2010));
        let tables = small.outcomes.finish(&small.world).expect("tables");
        let of_costs = |unit: &'static str, column: &str| -> f64 {
            let table = tables.iter().find(|table| table.name() == "costs").expect("costs");
            let says = |row: usize, column: &str, word: &'static str| table.cell(row, column) == Some(Cell::Text(word));
            let total = |row: &usize| says(*row, "city", "G4") && says(*row, "unit", unit);
            (0..table.rows()).filter(total).filter_map(|row| table.cell(row, column)?.as_float()).sum()
        };
        let table = tables.iter().find(|table| table.name() == "lives").expect("lives");
        let sum =
            |column: &str| -> f64 { (0..table.rows()).filter_map(|row| table.cell(row, column)?.as_float()).sum() };
        // Two years of 0.2 and forty years of the person who was killed; and the symptoms of the man, the only
        // difference to DALY.
        assert!((sum("qaly_lost") - sum("daly_lost") - 0.4).abs() < 1e-6);
        assert!(sum("daly_lost") > 40.0);
        for (own, unit, of) in [
            ("qaly_lost", "qaly", "amount"),
            ("qaly_lost_zin", "qaly", "amount_zin_2024"),
            ("qaly_lost_mkba", "qaly", "amount_mkba_2021"),
            ("daly_lost", "daly", "amount"),
            ("daly_lost_zin", "daly", "amount_zin_2024"),
        ] {
            assert!((sum(own) - of_costs(unit, of)).abs() < 2e-3, "{own}: {} for {}", sum(own), of_costs(unit, of));
        }
        let abuse = table.cell(self::of(table, 2), "qaly_lost_abuse").and_then(Cell::as_float).expect("a number");
        assert!((abuse - 0.2 * (1.0 + 1.0 / 1.015)).abs() < 1e-6);
    }

    #[test]
    fn a_newcomers_child_is_told_from_one_born_here_and_who_returns_did_not_arrive() {
        let mut small = lives();
        let mother = small.person(Sex::Female, Month(-300), AMSTERDAM);
        let father = small.person(Sex::Male, Month(-300), AMSTERDAM);
        small.couple(father, mother);
        small.world.set_up().past(row(father)).used = Month(-7);
        small.month([], []);
        let born = |key: u64, born: i32| {
            let mut child = crate::world::Newcomer::default();
            (child.body.key, child.body.born) = (key, Month(born as i16));
            Change::Born { mother, father, child: Box::new(child) }
        };
        small.month([born(10, 1)], []);
        // A household arrives with a child born after the start; its mother was a victim before.
        let mut members = vec![crate::world::Newcomer::default(), crate::world::Newcomer::default()];
        (members[0].body.key, members[0].body.born, members[0].past.suffered) = (20, Month(-300), Month(0));
        (members[1].body.key, members[1].body.born) = (21, Month(0));
        members[0].body.set(Flag::Female, true);
        members[1].body.set(Flag::Followed, true);
        let arrival = crate::world::Arrival { members, union: None, parents: vec![[Some(0), None]] };
        small.month([Change::Arrive(Box::new(arrival))], []);
        small.month([Change::Move { who: mother, to: Place::ELSEWHERE }], []);
        small.month([born(11, 4)], []);
        small.month([Change::Move { who: mother, to: Place::new(UTRECHT, 0) }], []);
        let table = small.table();
        let told = |key: u64| {
            let at = of(&table, key);
            let place = table.cell(at, "birthplace").and_then(Cell::as_text).map(str::to_owned);
            (place.unwrap_or_default(), table.cell(at, "arrived").and_then(Cell::as_int))
        };
        assert_eq!(told(row(father) as u64 + 1), ("unknown".into(), None), "there at the start, left and returned");
        assert_eq!(told(10), ("cities".into(), None), "born here");
        assert_eq!(told(11), ("elsewhere".into(), Some(5)), "born to who had left, and came");
        assert_eq!(told(20), ("elsewhere".into(), Some(2)), "a newcomer");
        assert_eq!(told(21), ("elsewhere".into(), Some(2)), "a newcomer's child, born since the start");
    }

    #[test]
    fn fifths_are_of_households_and_not_of_areas() {
        let area = |up_to, deprivation| Area { up_to, deprivation, mark: 0 };
        // Shares .5, .1, .2, .2 with deprivation 1.0, 2.0, 0.5, 1.5: the third is lowest, then the first, the fourth,
        // the second.
        let areas = vec![area(0.5, 1.0), area(0.6, 2.0), area(0.8, 0.5), area(1.0, 1.5)];
        let fifths = Fifths::of(&Places { cities: vec!["one".into()], areas: vec![areas] });
        let of = |index| fifths.of_place(Place::new(0, index));
        assert_eq!([of(0), of(1), of(2), of(3)], [Some(3), Some(5), Some(1), Some(5)]);
        assert_eq!(fifths.of_place(Place::ELSEWHERE), None);
    }
}

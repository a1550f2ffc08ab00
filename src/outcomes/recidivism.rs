//! `recidivism`: time until violence recurs after each kind of entry, in the ground truth, as reported and as
//! convicted.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::by_key::ByKey;
use super::observer::{Observer, Size};
use super::scene::{TOTAL, YEAR, key, ratio, record, truth};
use super::settings::OutcomeSettings;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ELSEWHERE, Edge, Event, Month, NO_SERVICE, PersonId, Sex, Source, World};

/// The table `recidivism`.
static RECIDIVISM: Schema = Schema {
    name: "recidivism",
    meaning: "persons with an event of entry in a year, and the number with violence, a report or a conviction within \
        a number of months after it; simulated persons",
    keys: 6,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key(
            "entry",
            Kind::Text,
            "-",
            "event of entry: police_report, arrest, conviction, ban, left_shelter, help_started, help_completed",
        ),
        key("months", Kind::Int, "months", "months of follow-up since entry"),
        record(
            "persons_entered",
            Kind::Int,
            "persons",
            "persons with at least one such entry in the year; follow-up starts at the first",
        ),
        record("followed", Kind::Int, "persons", "of these, followed for this number of months"),
        truth(
            "again",
            Kind::Int,
            "persons",
            "of the followed, used violence again (after leaving a shelter: suffered violence again)",
        ),
        record("reported", Kind::Int, "persons", "of the followed, were reported to the police again"),
        record("convicted", Kind::Int, "persons", "of the followed, were convicted of violence used after entry"),
        truth("share_again", Kind::Float, "share", "again divided by followed"),
        record("share_reported", Kind::Float, "share", "reported divided by followed"),
        record("share_convicted", Kind::Float, "share", "convicted divided by followed"),
    ],
};

const ENTRIES: [&str; 7] =
    ["police_report", "arrest", "conviction", "ban", "left_shelter", "help_started", "help_completed"];
const HORIZONS: [i32; 5] = [6, 12, 18, 24, 36];
/// Longest follow-up, in months.
const LONGEST: i32 = 36;

/// One entry under follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Follow {
    entry: u8,
    city: u8,
    since: Month,
    /// Months until violence recurred, until a report, until a conviction.
    first: [Option<i16>; 3],
    /// Whether the person is followed as a victim.
    suffers: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct FollowUpCounts {
    entered: u64,
    followed: u64,
    events: [u64; 3],
}

/// Year of entry, city, entry and horizon, with the counts.
type FollowUpLine = ((i32, u8, u8, u8), FollowUpCounts);

/// Entries under follow-up, by key of the person, and counts of those whose follow-up ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Recidivism {
    following: ByKey<Vec<Follow>>,
    /// Months with entries whose longest follow-up is not over, with the persons who entered: those whose follow-up
    /// ends are found without reading all.
    entered: VecDeque<(Month, Vec<u64>)>,
    /// Counts by year of entry, city, entry and horizon.
    done: Vec<FollowUpLine>,
}

impl Recidivism {
    fn begin(&mut self, world: &World, who: PersonId, entry: u8, city: u8, suffers: bool) {
        let Some(row) = who.row() else { return };
        let since = world.now().plus(-1);
        let follow = Follow { entry, city, since, first: [None; 3], suffers };
        let key = world.body(row).key;
        let list = self.following.or_insert_with(key, Vec::new);
        // One entry of a kind per person and year, as registers count: ten reports of one person count once.
        if !list.iter().any(|other| other.entry == entry && other.since.year() == since.year()) {
            list.push(follow);
            match self.entered.back_mut().filter(|(month, _)| *month == since) {
                Some((_, persons)) => persons.push(key),
                None => self.entered.push_back((since, vec![key])),
            }
        }
    }

    /// Records an event of a person under follow-up, caused by an act `ago` months earlier. An act before the entry is
    /// no recurrence.
    fn note(&mut self, world: &World, who: PersonId, what: usize, suffers: bool, ago: i32) {
        let Some(row) = who.row() else { return };
        let now = world.now().plus(-1);
        let Some(list) = self.following.get_mut(world.body(row).key) else { return };
        for follow in list.iter_mut().filter(|follow| follow.suffers == suffers && follow.since < now.plus(-ago)) {
            let months = now.since(follow.since) as i16;
            follow.first[what].get_or_insert(months);
        }
    }

    /// Closes the entries whose longest follow-up ends this month.
    fn end(&mut self, now: Month) {
        let Recidivism { following, entered, done } = self;
        let is_over = |since: Month| now.since(since) >= LONGEST;
        while entered.front().is_some_and(|(since, _)| is_over(*since)) {
            for key in entered.pop_front().into_iter().flat_map(|(_, persons)| persons) {
                // Persons who died or left are not there any more.
                let Some(list) = following.get_mut(key) else { continue };
                list.retain(|follow| {
                    let stays = !is_over(follow.since);
                    if !stays {
                        close(done, follow, now);
                    }
                    stays
                });
                if list.is_empty() {
                    following.remove(key);
                }
            }
        }
    }
}

impl Observer for Recidivism {
    const SCHEMA: &'static Schema = &RECIDIVISM;
    const SIZE: Size = Size::by_year(5_375.0);
    type December = ();

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        let events = world.events();
        // Each kind of recurrence comes from one kind of event, so the order among kinds does not matter.
        for incident in events.incidents() {
            let Some(couple) = world.couple_by_id(incident.couple) else { continue };
            for by in Sex::BOTH {
                if incident.counts[by as usize] > 0 {
                    self.note(world, couple.partner(by), 0, false, 0);
                    self.note(world, couple.partner(by.other()), 0, true, 0);
                }
            }
        }
        for report in events.reports().filter(|report| report.source == Source::Police) {
            self.note(world, report.perpetrator, 1, false, 0);
            self.note(world, report.victim, 1, true, 0);
        }
        for passage in events.passages().filter(|passage| passage.edge == Edge::Conviction && passage.passed) {
            self.note(world, passage.who, 2, false, i32::from(passage.waited));
        }
        // In order: who dies or leaves first is not followed any more.
        for event in events {
            match *event {
                Event::Report(report) if report.source == Source::Police => {
                    self.begin(world, report.perpetrator, 0, report.city, false);
                }
                Event::LeftShelter { who, city, .. } => self.begin(world, who, 4, city, true),
                Event::Passage(passage) if passage.passed => {
                    let used = |who: PersonId| who.row().is_some_and(|row| world.past(row).used.has_come());
                    let entry = match passage.edge {
                        Edge::Arrest => 1,
                        Edge::Conviction => 2,
                        Edge::Ban => 3,
                        Edge::Start if used(passage.who) && passage.service != NO_SERVICE => 5,
                        Edge::Completion if used(passage.who) && passage.service != NO_SERVICE => 6,
                        _ => continue,
                    };
                    self.begin(world, passage.who, entry, passage.city, false);
                }
                // A person who leaves the cities is out of reach of the organisations that report.
                Event::Death { who, .. } | Event::Departure { who, .. } => {
                    if let Some(list) = who.row().and_then(|row| self.following.remove(world.body(row).key)) {
                        let until = world.now().plus(-1);
                        list.iter().for_each(|follow| close(&mut self.done, follow, until));
                    }
                }
                _ => {}
            }
        }
        self.end(world.now().plus(-1));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings) -> Result<Table> {
        let mut done = self.done.clone();
        let now = world.now().plus(-1);
        for (_, list) in self.following.sorted() {
            list.iter().for_each(|follow| close(&mut done, follow, now));
        }
        let mut table = Table::new(&RECIDIVISM);
        let cities = world.places().cities.len().min(ELSEWHERE) as u8;
        let names: Vec<(usize, &str)> = super::scene::places(world).filter(|(place, _)| *place != ELSEWHERE).collect();
        let years = || done.iter().map(|((year, ..), _)| *year);
        let (Some(first), Some(last)) = (years().min(), years().max()) else { return Ok(table) };
        for year in first..=last {
            for (place, name) in &names {
                for (entry, word) in ENTRIES.iter().enumerate() {
                    for (h, horizon) in HORIZONS.iter().enumerate() {
                        let mut counts = FollowUpCounts::default();
                        let range = if *place == TOTAL { 0..cities } else { *place as u8..*place as u8 + 1 };
                        for city in range {
                            let wanted = (year, city, entry as u8, h as u8);
                            if let Ok(at) = done.binary_search_by_key(&wanted, |(key, _)| *key) {
                                let more = done[at].1;
                                counts.entered += more.entered;
                                counts.followed += more.followed;
                                (0..3).for_each(|i| counts.events[i] += more.events[i]);
                            }
                        }
                        let share = |i: usize| ratio(counts.events[i] as f64, counts.followed as f64);
                        table.push_row(&[
                            Cell::count(settings.draw),
                            Cell::count(settings.replicate),
                            Cell::Text(name),
                            Cell::count(year),
                            Cell::Text(word),
                            Cell::count(*horizon),
                            Cell::count(counts.entered),
                            Cell::count(counts.followed),
                            Cell::count(counts.events[0]),
                            Cell::count(counts.events[1]),
                            Cell::count(counts.events[2]),
                            share(0),
                            share(1),
                            share(2),
                        ])?;
                    }
                }
            }
        }
        Ok(table)
    }
}

/// Counts an entry whose follow-up ended in a month.
fn close(done: &mut Vec<FollowUpLine>, follow: &Follow, until: Month) {
    let followed = until.since(follow.since);
    for (h, horizon) in HORIZONS.iter().enumerate() {
        let wanted = (follow.since.year(), follow.city, follow.entry, h as u8);
        let at = match done.binary_search_by_key(&wanted, |(key, _)| *key) {
            Ok(at) => at,
            Err(at) => {
                done.insert(at, (wanted, FollowUpCounts::default()));
                at
            }
        };
        let counts = &mut done[at].1;
        counts.entered += 1;
        let within = |months: Option<i16>| months.is_some_and(|months| i32::from(months) <= *horizon);
        // Proportions are among those followed for the whole period; a person lost earlier counts in neither number.
        if followed >= *horizon {
            counts.followed += 1;
            (0..3).for_each(|i| counts.events[i] += u64::from(within(follow.first[i])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, the_row};
    use super::*;
    use crate::world::{CoupleId, Incident, Passage, Severity, Violence};

    fn arrest(who: PersonId, city: usize) -> Event {
        Event::Passage(Passage::at(Edge::Arrest, city as u8, who, true))
    }

    fn incident(couple: CoupleId, counts: [u16; 2]) -> Event {
        let (severity, state) = ([Severity::Light; 2], [Violence::Situational; 2]);
        Event::Violence(Incident { couple, counts, severity, state, witnesses: 0, separated: false })
    }

    #[test]
    fn follow_up_ends_after_its_months_or_with_the_person_and_begins_once_a_year() {
        let mut small = Small::new(&[Outcome::Recidivism]);
        let mut pair = || {
            let [man, woman] = Sex::BOTH.map(|sex| small.person(sex, Month::january(1970), AMSTERDAM));
            (man, small.couple(man, woman))
        };
        let [(quick, first), (late, second), (dies, third)] = [(); 3].map(|()| pair());
        small.month([], [arrest(quick, AMSTERDAM), arrest(late, AMSTERDAM), arrest(dies, AMSTERDAM)]);
        small.month([], [arrest(quick, AMSTERDAM)]);
        small.live_until(Month(5));
        small.month([], [incident(first, [1, 0]), incident(third, [0, 1])]);
        small.month([], [Event::Death { who: dies, by_partner: false }]);
        small.live_until(Month(36));
        // In month 36 the follow-up of the first entries ends; the violence of that month is within 36 months.
        small.month([], [incident(second, [2, 0]), arrest(quick, UTRECHT)]);
        small.month([], [incident(second, [2, 0])]);
        small.live_until(Month::january(2012));
        let table = small.table();
        let of = |city: &'static str, year: i64, months: i64| {
            let row = [
                ("city", Cell::Text(city)),
                ("year", Cell::Int(year)),
                ("entry", Cell::Text("arrest")),
                ("months", Cell::Int(months)),
            ];
            ints(&table, the_row(&table, &row), ["persons_entered", "followed", "again"])
        };
        assert_eq!(of("Amsterdam", 2008, 6), [3, 3, 1], "who died was followed for six months");
        assert_eq!(of("Amsterdam", 2008, 24), [3, 2, 1]);
        assert_eq!(of("Amsterdam", 2008, 36), [3, 2, 2]);
        assert_eq!(of("Utrecht", 2011, 6), [1, 1, 0], "still under follow-up at the end");
        assert_eq!(of("Utrecht", 2011, 12), [1, 0, 0]);
    }
}

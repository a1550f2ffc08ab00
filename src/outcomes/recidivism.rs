//! `recidivism`: time until violence recurs after each kind of entry, per service and route, in the ground truth, as
//! reported and as convicted.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::by_key::ByKey;
use super::observer::{Observer, Size};
use super::profile::lives_here;
use super::routes::{FollowUpEntry, FollowedAs, Route};
use super::scene::{TOTAL, YEAR, key, ratio, record, truth};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{CaseKind, ELSEWHERE, Edge, Event, Month, NO_SERVICE, Passage, PersonId, Side, Source, World};

/// The table `recidivism`.
static RECIDIVISM: Schema = Schema {
    name: "recidivism",
    meaning: "persons with an event of entry in a year, and the number with violence, a report or a conviction within \
        a number of months after it; simulated persons. There is no row where nobody entered",
    keys: 8,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key(
            "entry",
            Kind::Text,
            "-",
            "event of entry: police_report, arrest, conviction, ban, left_shelter; or of a service: refused (the offer \
                was declined), gave_up (left the queue before a place became available), not_shown (did not start when \
                a place was available), started, dropped_out, completed",
        ),
        key("service", Kind::Text, "-", "key of the programme; empty for an entry that belongs to no programme"),
        key(
            "followed_as",
            Kind::Text,
            "-",
            "what recurs: user (used violence against a partner before entry; uses it again), victim (of a service for \
                victims, or leaving a shelter; suffers violence again) or child (witnessed violence or was maltreated \
                before entry; is maltreated)",
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
            "of the followed, used violence against a partner again; victims: suffered violence by a partner or \
                relative again; children: were maltreated",
        ),
        record(
            "reported",
            Kind::Int,
            "persons",
            "of the followed, were reported to the police again as user or as victim; children: were reported to the AMK",
        ),
        record(
            "convicted",
            Kind::Int,
            "persons",
            "of the followed, were convicted of violence used after entry; empty for victims and children",
        ),
        truth("share_again", Kind::Float, "share", "again divided by followed"),
        record("share_reported", Kind::Float, "share", "reported divided by followed"),
        record(
            "share_convicted",
            Kind::Float,
            "share",
            "convicted divided by followed; empty for victims and children",
        ),
    ],
};

const HORIZONS: [i32; 5] = [6, 12, 18, 24, 36];
/// Longest follow-up, in months.
const LONGEST: i32 = 36;

/// Places of the recurrences in [`Follow::first`] and [`FollowUpCounts::events`].
const AGAIN: usize = 0;
const REPORTED: usize = 1;
const CONVICTED: usize = 2;

/// One entry under follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Follow {
    route: Route,
    city: u8,
    since: Month,
    /// Months until violence recurred, until a report, until a conviction.
    first: [Option<i16>; 3],
    /// Did not live in the cities at entry: out of reach of the organisations that report, as one who leaves later.
    away: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct FollowUpCounts {
    entered: u64,
    followed: u64,
    events: [u64; 3],
}

/// Year of entry, city, route and horizon, with the counts.
type FollowUpLine = ((i32, u8, Route, u8), FollowUpCounts);

/// Entries under follow-up, by key of the person, and counts of those whose follow-up ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Recidivism {
    following: ByKey<Vec<Follow>>,
    /// Months with entries whose longest follow-up is not over, with the persons who entered: those whose follow-up
    /// ends are found without reading all.
    entered: VecDeque<(Month, Vec<u64>)>,
    /// Counts by year of entry, city, route and horizon.
    done: Vec<FollowUpLine>,
}

impl Recidivism {
    fn begin(&mut self, world: &World, who: PersonId, route: Route, city: u8) {
        let Some(row) = who.row() else { return };
        let since = world.now().plus(-1);
        let mut follow = Follow { route, city, since, first: [None; 3], away: !lives_here(world, who) };
        // Kinds of maltreatment under way at the end of a month are counted in the next month too.
        if route.role == FollowedAs::Child && world.past(row).maltreated != 0 {
            follow.first[AGAIN] = Some(1);
        }
        let key = world.body(row).key;
        let list = self.following.or_insert_with(key, Vec::new);
        // One entry of a kind per person, service and year, as registers count: ten reports of one person count once.
        if !list.iter().any(|other| other.route == route && other.since.year() == since.year()) {
            list.push(follow);
            match self.entered.back_mut().filter(|(month, _)| *month == since) {
                Some((_, persons)) => persons.push(key),
                None => self.entered.push_back((since, vec![key])),
            }
        }
    }

    /// Begins the follow-up of a person at an edge of the chain.
    fn pass(&mut self, world: &World, passage: Passage, settings: &OutcomeSettings) {
        if passage.service == NO_SERVICE {
            if let Some(entry) = FollowUpEntry::of_edge(passage.edge).filter(|_| passage.passed) {
                self.begin(world, passage.who, Route::of(entry, FollowedAs::User), passage.city);
            }
            return;
        }
        let Some(entry) = FollowUpEntry::of_service(passage.edge, passage.passed) else { return };
        let (Some(target), Some(row)) = (settings.target(passage.service), passage.who.row()) else { return };
        // Who left a queue or a service by death or by moving away cannot be followed.
        let body = world.body(row);
        if !body.counts() || !body.place.is_here() {
            return;
        }
        if let Some(role) = FollowedAs::of(world, row, target) {
            self.begin(world, passage.who, Route { entry, service: passage.service, role }, passage.city);
        }
    }

    /// Records an event of a person under follow-up, caused by an act `ago` months earlier. An act before the entry is
    /// no recurrence.
    fn note(&mut self, world: &World, who: PersonId, what: usize, role: FollowedAs, ago: i32) {
        let Some(row) = who.row() else { return };
        let now = world.now().plus(-1);
        let Some(list) = self.following.get_mut(world.body(row).key) else { return };
        for follow in list.iter_mut().filter(|follow| follow.route.role == role && follow.since < now.plus(-ago)) {
            let months = now.since(follow.since) as i16;
            follow.first[what].get_or_insert(months);
        }
    }

    /// Records recurrence in the month. Each kind of recurrence comes from kinds of events of its own, so the order
    /// among kinds does not matter.
    fn note_events(&mut self, world: &World) {
        let events = world.events();
        for incident in events.incidents() {
            let Some(couple) = world.couple_by_id(incident.couple) else { continue };
            for by in Side::BOTH {
                if incident.counts[by as usize] > 0 {
                    self.note(world, couple.partner(by), AGAIN, FollowedAs::User, 0);
                    self.note(world, couple.partner(by.other()), AGAIN, FollowedAs::Victim, 0);
                }
            }
        }
        for incident in events.others() {
            self.note(world, incident.victim, AGAIN, FollowedAs::Victim, 0);
        }
        for child in events.maltreatments() {
            self.note(world, child, AGAIN, FollowedAs::Child, 0);
        }
        for report in events.reports() {
            if report.source == Source::Police {
                self.note(world, report.perpetrator, REPORTED, FollowedAs::User, 0);
                self.note(world, report.victim, REPORTED, FollowedAs::Victim, 0);
            }
            if report.source == Source::Amk && report.kind == CaseKind::Child {
                self.note(world, report.victim, REPORTED, FollowedAs::Child, 0);
            }
        }
        for passage in events.passages().filter(|passage| passage.edge == Edge::Conviction && passage.passed) {
            self.note(world, passage.who, CONVICTED, FollowedAs::User, i32::from(passage.waited));
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
    const SIZE: Size = Size::by_year(40_000.0);
    type December = ();

    fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        self.note_events(world);
        // In order: who dies or leaves first is not followed any more.
        for event in world.events() {
            match *event {
                Event::Report(report) if report.source == Source::Police => {
                    let route = Route::of(FollowUpEntry::PoliceReport, FollowedAs::User);
                    self.begin(world, report.perpetrator, route, report.city);
                }
                Event::LeftShelter { who, city, .. } => {
                    self.begin(world, who, Route::of(FollowUpEntry::LeftShelter, FollowedAs::Victim), city);
                }
                Event::Passage(passage) => self.pass(world, passage, settings),
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

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut done = self.done.clone();
        let now = world.now().plus(-1);
        for (_, list) in self.following.sorted() {
            list.iter().for_each(|follow| close(&mut done, follow, now));
        }
        // Only routes that somebody took have rows: most services of most years and cities have none.
        let cities = world.places().cities.len().min(ELSEWHERE);
        let mut rows: BTreeMap<(i32, usize, Route, u8), FollowUpCounts> = BTreeMap::new();
        for ((year, city, route, horizon), counts) in
            done.iter().filter(|((_, city, ..), _)| usize::from(*city) < cities)
        {
            for place in [usize::from(*city), TOTAL] {
                rows.entry((*year, place, *route, *horizon)).or_default().add(counts);
            }
        }
        let mut table = Table::new(&RECIDIVISM);
        for ((year, place, route, horizon), counts) in &rows {
            let name = if *place == TOTAL { "G4" } else { world.places().name(*place) };
            let share = |i: usize| ratio(counts.events[i] as f64, counts.followed as f64);
            let is_user = route.role == FollowedAs::User;
            table.push_row(&[
                Cell::count(settings.draw),
                Cell::count(settings.replicate),
                Cell::Text(name),
                Cell::count(*year),
                Cell::Text(route.entry.word()),
                Cell::Text(settings.programme(route.service).unwrap_or_default()),
                Cell::Text(route.role.word()),
                Cell::count(HORIZONS[usize::from(*horizon)]),
                Cell::count(counts.entered),
                Cell::count(counts.followed),
                Cell::count(counts.events[AGAIN]),
                Cell::count(counts.events[REPORTED]),
                if is_user { Cell::count(counts.events[CONVICTED]) } else { Cell::Null },
                share(AGAIN),
                share(REPORTED),
                if is_user { share(CONVICTED) } else { Cell::Null },
            ])?;
        }
        Ok(table)
    }
}

impl FollowUpCounts {
    fn add(&mut self, more: &FollowUpCounts) {
        self.entered += more.entered;
        self.followed += more.followed;
        self.events.iter_mut().zip(more.events).for_each(|(sum, more)| *sum += more);
    }
}

/// Counts an entry whose follow-up ended in a month.
fn close(done: &mut Vec<FollowUpLine>, follow: &Follow, until: Month) {
    let followed = if follow.away { 0 } else { until.since(follow.since) };
    for (h, horizon) in HORIZONS.iter().enumerate() {
        let wanted = (follow.since.year(), follow.city, follow.route, h as u8);
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
    use crate::world::{Change, CoupleId, Incident, Severity, Sex, TargetGroup, Violence};

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

    #[test]
    fn who_lives_elsewhere_at_entry_counts_as_entered_and_not_as_followed() {
        let mut small = Small::new(&[Outcome::Recidivism]);
        let mut pair = |place: usize| {
            let [man, woman] = Sex::BOTH.map(|sex| small.person(sex, Month::january(1970), place));
            (man, small.couple(man, woman))
        };
        let [(here, first), (away, second)] = [pair(AMSTERDAM), pair(ELSEWHERE)];
        small.month([], [arrest(here, AMSTERDAM), arrest(away, AMSTERDAM)]);
        small.month([], [incident(first, [1, 0]), incident(second, [1, 0])]);
        // Who comes to the cities later has been out of reach all the same.
        small.month([Change::Move { who: away, to: crate::world::Place::new(AMSTERDAM, 0) }], []);
        small.live_until(Month(36));
        let table = small.table();
        for months in [6, 12, 24] {
            let row = [("city", Cell::Text("Amsterdam")), ("months", Cell::Int(months))];
            let counts = ints(&table, the_row(&table, &row), ["persons_entered", "followed", "again"]);
            assert_eq!(counts, [2, 1, 1], "after {months} months");
        }
    }

    const HELP: [&str; 3] = ["perpetrator_help", "victim_help", "child_help"];

    /// A world with a service for each target group.
    fn with_services() -> Small {
        let mut small = Small::new(&[Outcome::Recidivism]);
        small.outcomes.change(|settings| {
            settings.programmes = HELP.map(str::to_owned).to_vec();
            settings.targets = vec![TargetGroup::Perpetrators, TargetGroup::Victims, TargetGroup::Children];
        });
        small
    }

    fn at(edge: Edge, service: u16, who: PersonId, passed: bool) -> Event {
        Passage::at(edge, AMSTERDAM as u8, who, passed).of(service).into()
    }

    /// Entered, followed and with recurrence after six months, of the only row of a route in the four cities.
    fn counts(table: &Table, entry: &'static str, service: usize, role: &'static str) -> [i64; 4] {
        let row = [
            ("city", Cell::Text("G4")),
            ("entry", Cell::Text(entry)),
            ("service", Cell::Text(HELP[service])),
            ("followed_as", Cell::Text(role)),
            ("months", Cell::Int(6)),
        ];
        ints(table, the_row(table, &row), ["persons_entered", "followed", "again", "reported"])
    }

    #[test]
    fn each_route_through_a_service_has_its_own_follow_up() {
        let mut small = with_services();
        let [man, other] = [(); 2].map(|()| small.person(Sex::Male, Month::january(1970), AMSTERDAM));
        let woman = small.person(Sex::Female, Month::january(1972), AMSTERDAM);
        let couple = small.couple(man, woman);
        let [child, unexposed] = [(); 2].map(|()| small.child(Sex::Female, Month(-60), woman));
        let begins = Change::Violence { couple, by: Side::First, state: Violence::Situational };
        small.month([begins, Change::Incidents { couple, counts: [1, 0] }, Change::Witness { child, window: 1 }], []);
        small.month(
            [],
            [
                at(Edge::Offer, 0, man, false),
                at(Edge::Offer, 0, man, false),
                at(Edge::Place, 0, man, false),
                at(Edge::Start, 0, man, true),
                at(Edge::Start, 0, other, true),
                at(Edge::Offer, 1, woman, true),
                at(Edge::Start, 1, woman, false),
                at(Edge::Completion, 1, woman, true),
                at(Edge::Start, 2, woman, true),
                at(Edge::Completion, 2, child, false),
                at(Edge::Completion, 2, unexposed, false),
            ],
        );
        small.month([], [incident(couple, [1, 0])]);
        small.month([], [Event::Maltreatment { child, kinds: 1, first: true }]);
        small.live_until(Month(10));
        let table = small.table();
        for entry in ["refused", "gave_up", "started"] {
            assert_eq!(
                counts(&table, entry, 0, "user"),
                [1, 1, 1, 0],
                "{entry}; he who never used violence has no row"
            );
        }
        for entry in ["not_shown", "completed"] {
            assert_eq!(counts(&table, entry, 1, "victim"), [1, 1, 1, 0], "{entry}");
        }
        assert_eq!(counts(&table, "started", 2, "victim"), [1, 1, 1, 0], "the mother in a service for children");
        assert_eq!(counts(&table, "dropped_out", 2, "child"), [1, 1, 1, 0], "of the children only the witness");
        assert_eq!(table.rows(), 7 * 2 * HORIZONS.len(), "a city and the total; no row for what nobody did");
        let of_child = the_row(
            &table,
            &[("city", Cell::Text("G4")), ("followed_as", Cell::Text("child")), ("months", Cell::Int(6))],
        );
        assert_eq!(table.cell(of_child, "convicted"), Some(Cell::Null));
    }

    #[test]
    fn maltreatment_under_way_goes_on_and_the_dead_and_departed_are_not_followed() {
        let mut small = with_services();
        let woman = small.person(Sex::Female, Month::january(1972), AMSTERDAM);
        let away = small.person(Sex::Female, Month::january(1972), ELSEWHERE);
        let child = small.child(Sex::Female, Month(-60), woman);
        let maltreated = |small: &mut Small, end: u8| {
            small.month([Change::MaltreatmentMonth { child, window: 1, end }], []);
        };
        small.month([Change::MaltreatmentBegins { child, kinds: 1 }], []);
        maltreated(&mut small, 0);
        small.month(
            [Change::MaltreatmentMonth { child, window: 1, end: 0 }],
            [at(Edge::Start, 2, child, true), at(Edge::Place, 1, away, false)],
        );
        maltreated(&mut small, 1);
        small.live_until(Month(12));
        let table = small.table();
        assert_eq!(counts(&table, "started", 2, "child"), [1, 1, 1, 0]);
        assert_eq!(table.rows(), 2 * HORIZONS.len());
    }
}

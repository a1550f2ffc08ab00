//! Follow-up of reported persons: offers of help, help that starts and ends, and violence in the two years after a
//! report. Shared by the tables about help and bottlenecks.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::by_key::{ByKey, KeyFilter};
use super::profile::{key_of, lives_here, minors_concerned};
use super::settings::OutcomeSettings;
use crate::world::{
    ADULT, ELSEWHERE, Edge, Month, NO_SERVICE, Occasion, Passage, PersonId, Report, Side, Source, World,
};

/// Organisations that receive reports, as words of tables; first all of them together.
pub(super) const ENTRIES: [&str; 4] = ["any", "police", "ashg", "amk"];
/// Index of all organisations together.
pub(super) const ANY: u8 = 0;
/// Persons whom a report concerns, as words of tables.
pub(super) const TARGETS: [&str; 3] = ["victim", "perpetrator", "child"];
const VICTIM: u8 = 0;
const PERPETRATOR: u8 = 1;
/// Index of children.
pub(super) const CHILD: u8 = 2;

/// Months after a report in which help counts as soon.
pub(super) const SOON: i32 = 3;
/// Months after a report in which a start of help counts as late.
const LATE: i32 = 12;
/// Months after a report in which violence counts as at first.
const AT_FIRST: i32 = 6;
/// Months of follow-up.
pub(super) const FOLLOW_UP: i32 = 24;

/// A person after the first report of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ReportedPerson {
    entry: u8,
    target: u8,
    city: u8,
    since: Month,
    /// Took part in help before the report.
    in_help: bool,
    /// Was offered help, and accepted an offer, within three months.
    offered: bool,
    accepted: bool,
    /// Months to the first start of help.
    started: Option<u8>,
    completed: bool,
    /// Violence in the first half year, and in the time after it.
    violence: [bool; 2],
    /// Did not live in the cities when the report was made: is offered help, and not followed.
    away: bool,
    /// Died or left the cities.
    left: bool,
}

/// What becomes of an offer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HelpStep {
    Offered,
    Accepted,
    Started,
    Completed,
}

/// Numbers of persons after a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HelpCounts {
    /// Reported.
    pub(super) reports: u64,
    /// Of these, with three months simulated.
    pub(super) observed: u64,
    /// Of the observed: in help already, offered, accepted, started within three months.
    pub(super) in_help: u64,
    pub(super) offered: u64,
    pub(super) accepted: u64,
    pub(super) started: u64,
    /// Of the reported, with two years simulated.
    pub(super) observed_two_years: u64,
    /// Of these: started in the fourth to twelfth month, completed.
    pub(super) started_later: u64,
    pub(super) completed: u64,
    /// Of these: lived in the cities throughout.
    pub(super) followed: u64,
    /// Of the followed, without violence: from the first month, and after half a year.
    pub(super) stopped: [u64; 2],
    /// Of the followed, started within three months; and of these without violence.
    pub(super) followed_started: u64,
    pub(super) stopped_started: [u64; 2],
}

impl HelpCounts {
    /// Adds other persons.
    pub(super) fn add(&mut self, other: &HelpCounts) {
        let HelpCounts { reports, observed, in_help, offered, accepted, started, .. } = other;
        self.reports += reports;
        self.observed += observed;
        self.in_help += in_help;
        self.offered += offered;
        self.accepted += accepted;
        self.started += started;
        self.observed_two_years += other.observed_two_years;
        self.started_later += other.started_later;
        self.completed += other.completed;
        self.followed += other.followed;
        self.followed_started += other.followed_started;
        for half in 0..2 {
            self.stopped[half] += other.stopped[half];
            self.stopped_started[half] += other.stopped_started[half];
        }
    }

    /// Adds a person whose follow-up lasted a number of months.
    fn take(&mut self, person: &ReportedPerson, months: i32) {
        self.reports += 1;
        if months < SOON {
            return;
        }
        let soon = person.started.is_some_and(|month| i32::from(month) <= SOON);
        self.observed += 1;
        self.in_help += u64::from(person.in_help);
        self.offered += u64::from(person.offered);
        self.accepted += u64::from(person.accepted);
        self.started += u64::from(soon);
        if months < FOLLOW_UP {
            return;
        }
        self.observed_two_years += 1;
        self.started_later += u64::from(person.started.is_some() && !soon);
        self.completed += u64::from(person.completed);
        if person.left || person.away {
            return;
        }
        let [first, then] = person.violence;
        self.followed += 1;
        self.followed_started += u64::from(soon);
        for (half, stopped) in [!first && !then, !then].into_iter().enumerate() {
            self.stopped[half] += u64::from(stopped);
            self.stopped_started[half] += u64::from(stopped && soon);
        }
    }
}

/// Year of the report, city, entry and target.
pub(super) type ReportedGroup = (i32, u8, u8, u8);

/// Persons under follow-up, and counts of those whose follow-up has ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ReportedPersons {
    following: ByKey<Vec<ReportedPerson>>,
    /// Months with reports whose follow-up is not over, with the persons.
    entered: VecDeque<(Month, Vec<u64>)>,
    done: Vec<(ReportedGroup, HelpCounts)>,
}

/// The entry of a report, if it is counted: a request for shelter is not a report to an organisation that offers help.
fn entry_of(source: Source) -> Option<u8> {
    match source {
        Source::Police => Some(1),
        Source::Desk | Source::FirstLine => Some(2),
        Source::Amk => Some(3),
        Source::Shelter => None,
    }
}

/// What a passage means for the help of a person, if anything.
fn step_of(passage: &Passage, settings: &OutcomeSettings) -> Option<HelpStep> {
    let Passage { edge, service, passed, .. } = *passage;
    let offer = if passed { HelpStep::Accepted } else { HelpStep::Offered };
    let helps = service != NO_SERVICE && settings.is_help(service);
    match edge {
        Edge::HelpVictim
        | Edge::HelpPerpetrator
        | Edge::HelpChild
        | Edge::BanHelp
        | Edge::ScreeningAccepted
        | Edge::YouthCare => Some(offer),
        // Help by order of a judge is not declined.
        Edge::Protection => passed.then_some(HelpStep::Accepted),
        Edge::Offer if helps => Some(offer),
        Edge::Start if helps && passed => Some(HelpStep::Started),
        Edge::Completion if helps && passed => Some(HelpStep::Completed),
        _ => None,
    }
}

impl ReportedPersons {
    /// Processes the month just simulated.
    pub(super) fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        self.begin(world, settings);
        self.read_help(world, settings);
        self.read_violence(world);
        // A person who leaves the cities is out of reach of the organisations that help.
        for who in world.events().deaths().map(|(who, _)| who).chain(world.events().departures()) {
            self.change(world, who, |person, _| person.left = true);
        }
        self.end(world.now().plus(-1));
    }

    /// Counts by group, sorted, with those of the persons under follow-up so far.
    pub(super) fn counts(&self, now: Month) -> Vec<(ReportedGroup, HelpCounts)> {
        let mut done = self.done.clone();
        for (_, list) in self.following.sorted() {
            list.iter().for_each(|person| close(&mut done, person, now));
        }
        done
    }

    /// Begins the follow-up of the persons whom the reports of the month concern.
    fn begin(&mut self, world: &World, settings: &OutcomeSettings) {
        let now = world.now().plus(-1);
        let mut helped: Option<Vec<u64>> = None;
        for report in world.events().reports() {
            let Some(entry) = entry_of(report.source) else { continue };
            let helped = helped.get_or_insert_with(|| in_help(world, settings, now));
            for (key, target, is_here) in concerned(world, report, now) {
                let in_help = helped.binary_search(&key).is_ok();
                for entry in [ANY, entry] {
                    self.enter(
                        key,
                        ReportedPerson {
                            entry,
                            target,
                            city: report.city,
                            since: now,
                            in_help,
                            offered: in_help,
                            accepted: in_help,
                            started: in_help.then_some(0),
                            completed: false,
                            violence: [false; 2],
                            away: !is_here,
                            left: false,
                        },
                    );
                }
            }
        }
    }

    /// Adds a person, unless there was such a report in the same calendar year.
    fn enter(&mut self, key: u64, person: ReportedPerson) {
        let list = self.following.or_insert_with(key, Vec::new);
        let same = |other: &ReportedPerson| {
            (other.entry, other.target, other.since.year()) == (person.entry, person.target, person.since.year())
        };
        if list.iter().any(same) {
            return;
        }
        list.push(person);
        match self.entered.back_mut().filter(|(month, _)| *month == person.since) {
            Some((_, persons)) => persons.push(key),
            None => self.entered.push_back((person.since, vec![key])),
        }
    }

    /// Calls `change` for each follow-up of a person who has not left, with the months since the report.
    fn change(&mut self, world: &World, who: PersonId, change: impl Fn(&mut ReportedPerson, i32)) {
        let Some(row) = who.row() else { return };
        let now = world.now().plus(-1);
        let Some(list) = self.following.get_mut(world.body(row).key) else { return };
        for person in list.iter_mut().filter(|person| !person.left) {
            let months = now.since(person.since);
            change(person, months);
        }
    }

    /// Steps of help in one month may be read in any order.
    fn read_help(&mut self, world: &World, settings: &OutcomeSettings) {
        let events = world.events();
        for passage in events.passages() {
            if let Some(step) = step_of(passage, settings) {
                self.change(world, passage.who, |person, months| help(person, step, months));
            }
        }
        let children = events.occasions().filter(|(occasion, ..)| *occasion == Occasion::ChildSheltered);
        for who in events.sheltered().chain(children.map(|(_, who, _)| who)) {
            self.change(world, who, |person, months| help(person, HelpStep::Started, months));
        }
    }

    /// Calls `change` as [`change`](ReportedPersons::change), for a person who lives in the cities and may have been
    /// reported. All others are away, have left or are not followed; not to look them up saves time.
    fn change_here(
        &mut self,
        world: &World,
        reported: &KeyFilter,
        who: PersonId,
        change: impl Fn(&mut ReportedPerson, i32),
    ) {
        if lives_here(world, who) && who.row().is_some_and(|row| reported.may_have(world.body(row).key)) {
            self.change(world, who, change);
        }
    }

    fn read_violence(&mut self, world: &World) {
        let events = world.events();
        let reported = self.following.filter();
        let suffers = |person: &mut ReportedPerson, months: i32| violence(person, months, person.target != PERPETRATOR);
        for incident in events.incidents() {
            let Some(couple) = world.couple_by_id(incident.couple) else { continue };
            for by in Side::BOTH.into_iter().filter(|by| incident.counts[*by as usize] > 0) {
                let uses = |person: &mut ReportedPerson, months| violence(person, months, person.target == PERPETRATOR);
                self.change_here(world, &reported, couple.partner(by), uses);
                self.change_here(world, &reported, couple.partner(by.other()), suffers);
            }
        }
        for incident in events.others() {
            self.change_here(world, &reported, incident.victim, suffers);
        }
        let is_child = |person: &mut ReportedPerson, months| violence(person, months, person.target == CHILD);
        for (child, ..) in events.witnessed() {
            self.change_here(world, &reported, child, is_child);
        }
        let runs = |child: &PersonId| child.row().is_some_and(|row| world.past(row).maltreated != 0);
        for child in world.maltreated().iter().copied().filter(runs).chain(events.maltreatments()) {
            self.change_here(world, &reported, child, is_child);
        }
    }

    /// Closes the follow-ups that end this month.
    fn end(&mut self, now: Month) {
        let ReportedPersons { following, entered, done } = self;
        let is_over = |since: Month| now.since(since) >= FOLLOW_UP;
        while entered.front().is_some_and(|(since, _)| is_over(*since)) {
            for key in entered.pop_front().into_iter().flat_map(|(_, persons)| persons) {
                let Some(list) = following.get_mut(key) else { continue };
                list.retain(|person| {
                    let stays = !is_over(person.since);
                    if !stays {
                        close(done, person, now);
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

/// Keys of the persons who take part in help that began before this month, in order.
fn in_help(world: &World, settings: &OutcomeSettings, now: Month) -> Vec<u64> {
    let stays = world.chain().programmes.stays.iter();
    let helped = stays.filter(|stay| stay.since < now && settings.is_help(stay.service));
    let mut keys: Vec<u64> = helped.filter_map(|stay| key_of(world, stay.who)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Keys of the persons whom a report concerns, each with the target and whether the person lives in the cities. A report
/// to the AMK names no perpetrator: its carer of record is not suspected by name.
fn concerned(world: &World, report: &Report, now: Month) -> Vec<(u64, u8, bool)> {
    let minors = minors_concerned(world, report, now).into_iter();
    let mut all: Vec<(u64, u8, bool)> =
        minors.map(|(child, row)| (child, CHILD, world.body(row).place.is_here())).collect();
    if report.source == Source::Amk {
        return all;
    }
    let is_minor = |who: PersonId| who.row().is_some_and(|row| world.body(row).age_months(now) < ADULT);
    let named = |who: PersonId, target: u8| Some((key_of(world, who)?, target, lives_here(world, who)));
    if !is_minor(report.victim) {
        all.extend(named(report.victim, VICTIM));
    }
    all.extend(named(report.perpetrator, PERPETRATOR));
    all
}

/// Records a step of help a number of months after the report.
fn help(person: &mut ReportedPerson, step: HelpStep, months: i32) {
    if step == HelpStep::Completed {
        person.completed |= (1..=FOLLOW_UP).contains(&months);
        return;
    }
    // Who starts help has accepted it, and who accepts it was offered it, be it before the report.
    if (0..=SOON).contains(&months) {
        person.offered = true;
        person.accepted |= step != HelpStep::Offered;
    }
    if step == HelpStep::Started && (0..=LATE).contains(&months) {
        person.started.get_or_insert(months as u8);
    }
}

/// Records violence a number of months after the report, if it concerns the person as a target.
fn violence(person: &mut ReportedPerson, months: i32, concerns: bool) {
    if concerns && (1..=FOLLOW_UP).contains(&months) {
        person.violence[usize::from(months > AT_FIRST)] = true;
    }
}

/// Counts a person whose follow-up ended in a month.
fn close(done: &mut Vec<(ReportedGroup, HelpCounts)>, person: &ReportedPerson, now: Month) {
    if usize::from(person.city) >= ELSEWHERE {
        return;
    }
    let wanted = (person.since.year(), person.city, person.entry, person.target);
    let at = match done.binary_search_by_key(&wanted, |(group, _)| *group) {
        Ok(at) => at,
        Err(at) => {
            done.insert(at, (wanted, HelpCounts::default()));
            at
        }
    };
    done[at].1.take(person, now.since(person.since));
}

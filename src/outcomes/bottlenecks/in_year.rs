//! Counts of a year from the events of its months, by city.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::outcomes::profile::{has_multiple_problems, key_of};
use crate::outcomes::settings::OutcomeSettings;
use crate::world::{ELSEWHERE, Edge, Event, Group, NO_SERVICE, Passage, PersonId, Report, Source, World};

/// Offers of help of which the outcome came, and participations that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct HelpExits {
    pub(super) starts: u64,
    pub(super) no_shows: u64,
    pub(super) gave_up: u64,
    /// Lost at the transfer of the case to another city.
    pub(super) struck: u64,
    pub(super) completed: u64,
    pub(super) dropped_out: u64,
}

/// Persons, and those of them with multiple problems.
pub(super) type WithProblems = [u64; 2];

/// Counts of a city in a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct BottleneckCounts {
    pub(super) police_reports: u64,
    /// Police reports concluded: without consequence, with criminal proceedings only, with help.
    pub(super) concluded: [u64; 3],
    /// Police reports that were not, and that were handed over to the ASHG.
    pub(super) handed_over: [u64; 2],
    /// Cases that were lost at a transfer to another city, and those that went on.
    pub(super) transferred: [u64; 2],
    /// Months of places of programmes that count as help, and of beds in shelters.
    pub(super) place_months: [f64; 2],
    pub(super) accepted: u64,
    /// Of all persons, and of those who ever used violence.
    pub(super) exits: [HelpExits; 2],
    /// Victims reported to police or ASHG, persons who started help, adults admitted to a shelter.
    pub(super) clients: [WithProblems; 3],
    /// Adults who used violence and whose childhood is known: not exposed, exposed as a child.
    pub(super) users: [u64; 2],
}

const VICTIMS: usize = 0;
const STARTERS: usize = 1;
const SHELTERED: usize = 2;

impl HelpExits {
    fn add(&mut self, other: &HelpExits) {
        self.starts += other.starts;
        self.no_shows += other.no_shows;
        self.gave_up += other.gave_up;
        self.struck += other.struck;
        self.completed += other.completed;
        self.dropped_out += other.dropped_out;
    }

    /// Accepted offers of which the outcome came.
    pub(super) fn settled(&self) -> u64 {
        self.starts + self.no_shows + self.gave_up + self.struck
    }
}

fn sum<const N: usize>(into: &mut [u64; N], more: &[u64; N]) {
    into.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

impl BottleneckCounts {
    /// Adds another city.
    pub(super) fn add(&mut self, other: &BottleneckCounts) {
        self.police_reports += other.police_reports;
        sum(&mut self.concluded, &other.concluded);
        sum(&mut self.handed_over, &other.handed_over);
        sum(&mut self.transferred, &other.transferred);
        self.place_months.iter_mut().zip(other.place_months).for_each(|(sum, more)| *sum += more);
        self.accepted += other.accepted;
        self.exits.iter_mut().zip(&other.exits).for_each(|(sum, more)| sum.add(more));
        self.clients.iter_mut().zip(&other.clients).for_each(|(into, more)| sum(into, more));
        sum(&mut self.users, &other.users);
    }
}

/// Counts of the current year by city.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct BottleneckYear {
    cities: [BottleneckCounts; ELSEWHERE],
    /// Groups of clients and keys of those already counted in the year.
    met: BTreeSet<(u8, u64)>,
}

/// Waiting persons who left a queue in the month before a place became available, with the service.
fn gave_up(world: &World) -> BTreeSet<(u16, PersonId)> {
    let left = world.events().passages().filter(|passage| passage.edge == Edge::Place && !passage.passed);
    left.map(|passage| (passage.service, passage.who)).collect()
}

impl BottleneckYear {
    /// Processes the month just simulated.
    pub(super) fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        let gave_up = gave_up(world);
        for event in world.events() {
            match *event {
                Event::Report(report) => self.read_report(world, &report),
                Event::Passage(passage) => self.read_passage(world, settings, &passage, &gave_up),
                Event::Struck { group: Group::Programmes, service, city, who } if settings.is_help(service) => {
                    self.exit(world, city, who, |exits| exits.struck += 1);
                }
                Event::Sheltered { who, city, .. } => self.meet(world, who, SHELTERED, city),
                Event::Provider(month) => {
                    let helps = match month.group {
                        Group::Shelters => !settings.pricing.paid_elsewhere.contains(&month.service),
                        Group::Programmes => settings.is_help(month.service),
                    };
                    if helps && month.places.is_finite() {
                        let kind = usize::from(month.group == Group::Shelters);
                        self.in_city(month.city, |counts| counts.place_months[kind] += month.places);
                    }
                }
                _ => {}
            }
        }
    }

    /// The counts of the year, which ends; `users` are the adults who used violence, by city.
    pub(super) fn end(&mut self, users: &[[u64; 2]]) -> [BottleneckCounts; ELSEWHERE] {
        let mut cities = std::mem::take(self).cities;
        cities.iter_mut().zip(users).for_each(|(counts, users)| counts.users = *users);
        cities
    }

    fn in_city(&mut self, city: u8, count: impl FnOnce(&mut BottleneckCounts)) {
        if let Some(counts) = self.cities.get_mut(usize::from(city)) {
            count(counts);
        }
    }

    /// Counts an exit of a person from a queue or from help.
    fn exit(&mut self, world: &World, city: u8, who: PersonId, count: impl Fn(&mut HelpExits)) {
        let used = who.row().is_some_and(|row| world.past(row).used.has_come());
        self.in_city(city, |counts| {
            count(&mut counts.exits[0]);
            if used {
                count(&mut counts.exits[1]);
            }
        });
    }

    /// Counts a person as a client, if it is the first contact of the year.
    fn meet(&mut self, world: &World, who: PersonId, group: usize, city: u8) {
        let (Some(row), Some(key)) = (who.row(), key_of(world, who)) else { return };
        if self.met.insert((group as u8, key)) {
            let many = u64::from(has_multiple_problems(world.body(row)));
            self.in_city(city, |counts| {
                counts.clients[group][0] += 1;
                counts.clients[group][1] += many;
            });
        }
    }

    fn read_report(&mut self, world: &World, report: &Report) {
        match report.source {
            Source::Police => self.in_city(report.city, |counts| counts.police_reports += 1),
            Source::Desk | Source::FirstLine => {}
            Source::Amk | Source::Shelter => return,
        }
        self.meet(world, report.victim, VICTIMS, report.city);
    }

    fn read_passage(
        &mut self,
        world: &World,
        settings: &OutcomeSettings,
        passage: &Passage,
        gave_up: &BTreeSet<(u16, PersonId)>,
    ) {
        let Passage { edge, service, city, who, passed, .. } = *passage;
        let concluded = match edge {
            Edge::NoFollowUp => Some(0),
            Edge::CriminalOnly => Some(1),
            Edge::Helped => Some(2),
            _ => None,
        };
        if let Some(how) = concluded.filter(|_| passed) {
            self.in_city(city, |counts| counts.concluded[how] += 1);
        }
        match edge {
            Edge::HandOverCriminal | Edge::HandOverOther => {
                self.in_city(city, |counts| counts.handed_over[usize::from(passed)] += 1);
            }
            Edge::Transfer => self.in_city(city, |counts| counts.transferred[usize::from(passed)] += 1),
            _ => {}
        }
        if service == NO_SERVICE || !settings.is_help(service) {
            return;
        }
        match (edge, passed) {
            (Edge::Offer, true) => self.in_city(city, |counts| counts.accepted += 1),
            (Edge::Place, false) => self.exit(world, city, who, |exits| exits.gave_up += 1),
            (Edge::Start, true) => {
                self.exit(world, city, who, |exits| exits.starts += 1);
                self.meet(world, who, STARTERS, city);
            }
            // Without a place there was nothing to show up at.
            (Edge::Start, false) if !gave_up.contains(&(service, who)) => {
                self.exit(world, city, who, |exits| exits.no_shows += 1);
            }
            (Edge::Completion, true) => self.exit(world, city, who, |exits| exits.completed += 1),
            (Edge::Completion, false) => self.exit(world, city, who, |exits| exits.dropped_out += 1),
            _ => {}
        }
    }
}

//! `course`: violence of couples before and after the first event of a kind, such as the first report to the police.
//!
//! The months before an event are known only when it happens. So the months with violence of every couple are kept for
//! two years; a couple without any has no entry. A curve is counted when its follow-up ends, and takes the months that
//! are kept. The work of a month grows with its events.

mod curve;
mod history;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use self::curve::{BeforeAfter, CURVES};
use self::history::{CoupleHistory, FirstOfKind, REACH, Turning, WorstState};
use super::by_key::ByKey;
use super::observer::{Observer, Size};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{Schema, Table};
use crate::world::{
    CaseKind, CoupleId, Edge, Event, Month, Passage, PersonId, Report, Source, TargetGroup, Violence, World,
};

/// Couples with violence in the last two years or under follow-up, by key, and the curves of those whose follow-up
/// ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ViolenceCourse {
    /// First month that was observed.
    began: Option<Month>,
    couples: ByKey<CoupleHistory>,
    /// Kinds of event that a couple has had, one bit each.
    had: ByKey<u8>,
    /// Couples under follow-up, by key of the person: their follow-up ends with the person.
    partners: ByKey<Vec<u64>>,
    /// Months with entries whose follow-up is not over, with the couples that entered.
    entered: VecDeque<(Month, Vec<u64>)>,
    /// Months with arrivals of partners, of the last two years, with the keys of their couples in order.
    arrivals: VecDeque<(Month, Vec<u64>)>,
    curves: Vec<BeforeAfter>,
}

/// A couple in an event of the chain.
struct CoupleEvent {
    entry: FirstOfKind,
    city: u8,
    /// Key of the couple.
    key: u64,
    couple: CoupleId,
    partners: [PersonId; 2],
}

impl CoupleEvent {
    /// The couple of a case, if it is one of partners.
    fn of_case(world: &World, subject: u64, city: u8, entry: FirstOfKind) -> Option<CoupleEvent> {
        let case = world.chain().cases.get(&subject).filter(|case| case.kind == CaseKind::Partner)?;
        Some(CoupleEvent { entry, city, key: subject, couple: case.couple, partners: [case.victim, case.perpetrator] })
    }

    fn of_report(report: &Report, city: u8, entry: FirstOfKind) -> CoupleEvent {
        let partners = [report.victim, report.perpetrator];
        CoupleEvent { entry, city, key: report.subject, couple: report.couple, partners }
    }
}

impl ViolenceCourse {
    /// Notes the arrivals of the month: a couple is observed since its last arrival.
    fn note_arrivals(&mut self, world: &World, lived: Month) {
        let arrived = world.events().iter().filter_map(|event| match event {
            Event::Arrival { who, .. } => who.row(),
            _ => None,
        });
        let mut keys: Vec<u64> = arrived.filter_map(|row| world.couple_of(row)).map(|couple| couple.key).collect();
        keys.sort_unstable();
        keys.dedup();
        if !keys.is_empty() {
            self.arrivals.push_back((lived, keys));
        }
        while self.arrivals.front().is_some_and(|(month, _)| lived.since(*month) > REACH) {
            self.arrivals.pop_front();
        }
    }

    /// Notes the incidents, separations and reports of the month.
    fn note_violence(&mut self, world: &World, lived: Month) {
        let events = world.events();
        for incident in events.incidents() {
            let Some(couple) = world.couple_by_id(incident.couple) else { continue };
            let used = |by: usize| incident.counts[by] > 0;
            if used(0) || used(1) {
                let coercive = (0..2).any(|by| used(by) && incident.state[by] == Violence::Coercive);
                let history = self.couples.or_insert_with(couple.key, || CoupleHistory::of(world, couple));
                let month = history.month(lived);
                month.incidents = incident.counts.iter().fold(month.incidents, |sum, more| sum.saturating_add(*more));
                month.coercive |= coercive;
            }
        }
        for report in partner_reports(world) {
            if let Some(couple) = world.couple_by_id(report.couple).filter(|couple| couple.key == report.subject) {
                let history = self.couples.or_insert_with(couple.key, || CoupleHistory::of(world, couple));
                let reports = &mut history.month(lived).reports;
                *reports = reports.saturating_add(1);
            }
        }
        for event in events {
            if let Event::Separation { couple } = event
                && let Some(couple) = world.couple_by_id(*couple)
                && let Some(history) = self.couples.get_mut(couple.key)
            {
                history.ended = lived;
            }
        }
    }

    /// Couples with an event of entry in the month. Arrests and bans name the perpetrator: they follow from a report of
    /// the same month.
    fn concerned(world: &World, lived: Month, settings: &OutcomeSettings) -> Vec<CoupleEvent> {
        let mut reports: Vec<&Report> = partner_reports(world).collect();
        reports.sort_by_key(|report| (report.perpetrator, report.subject));
        let of_perpetrator = |who: PersonId| {
            let at = reports.partition_point(|report| report.perpetrator < who);
            reports.get(at).filter(|report| report.perpetrator == who)
        };
        let mut all: Vec<CoupleEvent> = partner_reports(world)
            .map(|report| CoupleEvent::of_report(report, report.city, FirstOfKind::PoliceReport))
            .collect();
        for passage in world.events().passages().filter(|passage| passage.passed) {
            let Passage { edge, city, who, .. } = *passage;
            let entry = match edge {
                Edge::Arrest => FirstOfKind::Arrest,
                Edge::Ban => FirstOfKind::Ban,
                _ => continue,
            };
            all.extend(of_perpetrator(who).map(|report| CoupleEvent::of_report(report, city, entry)));
        }
        // A stay lasts a month at least, so those that began in this month are all there.
        let chain = world.chain();
        for stay in chain.shelters.stays.iter().filter(|stay| stay.since == lived) {
            all.extend(CoupleEvent::of_case(world, stay.subject, stay.home, FirstOfKind::Shelter));
        }
        let is_new = |service: u16, since: Month| since == lived && settings.is_help(service);
        for stay in chain.programmes.stays.iter().filter(|stay| is_new(stay.service, stay.since)) {
            let own = settings.target(stay.service).map(|target| match target {
                TargetGroup::Victims => FirstOfKind::VictimHelp,
                TargetGroup::Perpetrators => FirstOfKind::PerpetratorHelp,
                TargetGroup::Children => FirstOfKind::ChildHelp,
            });
            for entry in own.into_iter().chain([FirstOfKind::HelpStarted]) {
                all.extend(CoupleEvent::of_case(world, stay.subject, stay.city, entry));
            }
        }
        all
    }

    /// Begins the follow-up of a couple, if this is its first event of the kind and both partners are in the cities.
    /// `gone` are the keys of the persons who died or left in this month, in order.
    fn begin(&mut self, world: &World, lived: Month, gone: &[u64], event: &CoupleEvent) {
        let had = self.had.or_insert_with(event.key, || 0);
        let bit = 1_u8 << event.entry as u8;
        if *had & bit != 0 {
            return;
        }
        *had |= bit;
        let is_here = |who: &PersonId| {
            who.row().is_some_and(|row| {
                let body = world.body(row);
                (body.counts() && body.place.is_here()) || gone.binary_search(&body.key).is_ok()
            })
        };
        if !event.partners.iter().all(is_here) {
            return;
        }
        let couple = world.couple_by_id(event.couple).filter(|couple| couple.key == event.key);
        let history = match couple {
            Some(couple) => self.couples.or_insert_with(event.key, || CoupleHistory::of(world, couple)),
            // A couple that has parted is known by its months with violence only.
            None => match self.couples.get_mut(event.key) {
                Some(history) => history,
                None => return,
            },
        };
        let arrived = self.arrivals.iter().rev().find(|(_, keys)| keys.binary_search(&event.key).is_ok());
        let since = [self.began, Some(history.since), arrived.map(|(month, _)| *month)];
        history.turnings.push(Turning {
            entry: event.entry,
            city: event.city,
            state: WorstState::of(history.in_month(lived), couple),
            at: lived,
            seen_from: since.into_iter().flatten().max().unwrap_or(lived),
        });
        for person in history.partners {
            let couples = self.partners.or_insert_with(person, Vec::new);
            if !couples.contains(&event.key) {
                couples.push(event.key);
            }
        }
        match self.entered.back_mut().filter(|(month, _)| *month == lived) {
            Some((_, couples)) => couples.push(event.key),
            None => self.entered.push_back((lived, vec![event.key])),
        }
    }

    /// Ends the follow-up of a couple for its events until some month; the last month followed is `until`.
    fn close(&mut self, key: u64, until: Month, is_over: impl Fn(Month) -> bool) {
        let Some(history) = self.couples.get_mut(key) else { return };
        let turnings = std::mem::take(&mut history.turnings);
        let (over, rest): (Vec<Turning>, Vec<Turning>) = turnings.into_iter().partition(|turning| is_over(turning.at));
        over.iter().for_each(|turning| curve::count(&mut self.curves, history, turning, until));
        let is_done = rest.is_empty();
        history.turnings = rest;
        if is_done {
            for person in history.partners {
                if let Some(couples) = self.partners.get_mut(person) {
                    couples.retain(|couple| *couple != key);
                    if couples.is_empty() {
                        self.partners.remove(person);
                    }
                }
            }
        }
    }

    /// Ends the follow-up of couples of whom a partner died or left, and of those followed for two years.
    fn end(&mut self, lived: Month, gone: &[u64]) {
        for person in gone {
            for key in self.partners.get(*person).cloned().unwrap_or_default() {
                self.close(key, lived, |_| true);
            }
        }
        while self.entered.front().is_some_and(|(month, _)| lived.since(*month) >= REACH) {
            for key in self.entered.pop_front().into_iter().flat_map(|(_, couples)| couples) {
                self.close(key, lived, |at| lived.since(at) >= REACH);
            }
        }
    }
}

impl Observer for ViolenceCourse {
    const SCHEMA: &'static Schema = &CURVES;
    const SIZE: Size = Size { disk_year: 2_500.0, memory_person_year: 0.3, time: 0.02, ..Size::NONE };
    type December = ();

    fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        let lived = world.now().plus(-1);
        self.began.get_or_insert(lived);
        self.note_arrivals(world, lived);
        self.note_violence(world, lived);
        let left = world.events().iter().filter_map(|event| match event {
            Event::Death { who, .. } | Event::Departure { who, .. } => who.row(),
            _ => None,
        });
        let mut gone: Vec<u64> = left.map(|row| world.body(row).key).collect();
        gone.sort_unstable();
        for event in Self::concerned(world, lived, settings) {
            self.begin(world, lived, &gone, &event);
        }
        self.end(lived, &gone);
    }

    fn year(&mut self, _: &World, december: Month, (): (), _: &OutcomeSettings) {
        self.couples.retain(|history| history.is_needed(december));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut curves = self.curves.clone();
        let now = world.now().plus(-1);
        for (_, history) in self.couples.sorted() {
            history.turnings.iter().for_each(|turning| curve::count(&mut curves, history, turning, now));
        }
        curve::table(&curves, world, settings)
    }
}

/// Police reports of the month about partners.
fn partner_reports(world: &World) -> impl Iterator<Item = &Report> {
    let is_of_partners = |report: &&Report| report.source == Source::Police && report.kind == CaseKind::Partner;
    world.events().reports().filter(is_of_partners)
}

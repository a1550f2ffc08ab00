//! The events of a month: all of them in the order in which they happened, and the events of each kind.

use std::ops::Range;

use super::chain::Report;
use super::couple::Side;
use super::event::{Event, Incident, OtherIncidents, Passage, ShelterDecision};
use super::ids::{CoupleId, PersonId};
use super::services::ProviderMonth;
use super::vocabulary::Occasion;

macro_rules! kinds {
    ($($name:ident)*) => {
        /// The kinds of [`Event`], in the same order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Kind { $($name,)* }

        /// Number of kinds.
        const KINDS: usize = [$(Kind::$name,)*].len();

        impl Kind {
            fn of(event: &Event) -> Kind {
                match event { $(Event::$name { .. } => Kind::$name,)* }
            }
        }
    };
}

kinds! {
    Birth Death Union Separation Arrival Departure LostFromSight Onset Resumption First Desistance Violence Witnessed Maltreatment
    MaltreatmentEnded Other Report Registered Suspected Passage Occasion Considered CaseOpened CaseClosed FirstHelp
    Investigated Struck Sheltered LeftShelter AtShelter Provider
}

/// The events of one month, filled while changes are applied.
///
/// Iterating over it gives all events in order. A reader of one kind uses the function of that kind, which passes over no
/// other event. The order within a kind is that of the whole list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Events {
    all: Vec<Event>,
    /// Places in `all` of the events of each kind, ascending.
    places: [Vec<u32>; KINDS],
}

impl Events {
    /// Adds an event.
    pub fn push(&mut self, event: Event) {
        self.places[Kind::of(&event) as usize].push(self.all.len() as u32);
        self.all.push(event);
    }

    /// Removes all events.
    pub fn clear(&mut self) {
        self.all.clear();
        self.places.iter_mut().for_each(Vec::clear);
    }

    /// Removes the events after the first `len`, and returns them.
    pub fn split_off(&mut self, len: usize) -> Vec<Event> {
        for places in &mut self.places {
            places.truncate(places.partition_point(|place| (*place as usize) < len));
        }
        self.all.split_off(len.min(self.all.len()))
    }

    /// Removes the events after the first `len`.
    pub fn truncate(&mut self, len: usize) {
        self.split_off(len);
    }

    /// Number of events of all kinds.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All events in order.
    pub fn all(&self) -> &[Event] {
        &self.all
    }

    /// All events in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Event> {
        self.all.iter()
    }

    /// The events of a kind among a range of [`all`](Events::all).
    fn of(&self, kind: Kind, range: Range<usize>) -> impl Iterator<Item = &Event> {
        let places = &self.places[kind as usize];
        let from = places.partition_point(|place| (*place as usize) < range.start);
        let until = places.partition_point(|place| (*place as usize) < range.end);
        places[from..until].iter().map(|place| &self.all[*place as usize])
    }

    fn every(&self, kind: Kind) -> impl Iterator<Item = &Event> {
        self.of(kind, 0..self.all.len())
    }

    /// Children born.
    pub fn births(&self) -> impl Iterator<Item = PersonId> {
        self.every(Kind::Birth).filter_map(|event| match event {
            Event::Birth { child } => Some(*child),
            _ => None,
        })
    }

    /// Deaths: the person, and whether a partner killed the person.
    pub fn deaths(&self) -> impl Iterator<Item = (PersonId, bool)> {
        self.every(Kind::Death).filter_map(|event| match event {
            Event::Death { who, by_partner } => Some((*who, *by_partner)),
            _ => None,
        })
    }

    /// Onsets of violence between partners: the couple, the sex of the partner who starts to use violence, and that of
    /// the partner whose hazard caused the onset.
    pub fn onsets(&self) -> impl Iterator<Item = (CoupleId, Side, Side)> {
        self.every(Kind::Onset).filter_map(|event| match event {
            Event::Onset { couple, by, begun_by, .. } => Some((*couple, *by, *begun_by)),
            _ => None,
        })
    }

    /// Children whose maltreatment began.
    pub fn maltreatments(&self) -> impl Iterator<Item = PersonId> {
        self.every(Kind::Maltreatment).filter_map(|event| match event {
            Event::Maltreatment { child, .. } => Some(*child),
            _ => None,
        })
    }

    /// Months of violence between partners.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents_within(0..self.all.len())
    }

    /// Months of violence between partners among a range of all events.
    pub fn incidents_within(&self, range: Range<usize>) -> impl Iterator<Item = &Incident> {
        self.of(Kind::Violence, range).filter_map(|event| match event {
            Event::Violence(incident) => Some(incident),
            _ => None,
        })
    }

    /// Violence by relatives who are not partners.
    pub fn others(&self) -> impl Iterator<Item = &OtherIncidents> {
        self.others_within(0..self.all.len())
    }

    /// Violence by relatives who are not partners among a range of all events.
    pub fn others_within(&self, range: Range<usize>) -> impl Iterator<Item = &OtherIncidents> {
        self.of(Kind::Other, range).filter_map(|event| match event {
            Event::Other(incidents) => Some(incidents),
            _ => None,
        })
    }

    /// Children who witnessed violence: the child, the couple, and whether there was any by the first and by the second
    /// partner.
    pub fn witnessed(&self) -> impl Iterator<Item = (PersonId, CoupleId, [bool; 2])> {
        self.every(Kind::Witnessed).filter_map(|event| match event {
            Event::Witnessed { child, couple, by } => Some((*child, *couple, *by)),
            _ => None,
        })
    }

    /// Reports that reached the chain.
    pub fn reports(&self) -> impl Iterator<Item = &Report> {
        self.reports_within(0..self.all.len())
    }

    /// Reports that reached the chain among a range of all events.
    pub fn reports_within(&self, range: Range<usize>) -> impl Iterator<Item = &Report> {
        self.of(Kind::Report, range).filter_map(|event| match event {
            Event::Report(report) => Some(report),
            _ => None,
        })
    }

    /// Passages at edges of the chain.
    pub fn passages(&self) -> impl Iterator<Item = &Passage> {
        self.every(Kind::Passage).filter_map(|event| match event {
            Event::Passage(passage) => Some(passage),
            _ => None,
        })
    }

    /// Occasions at which a programme may be offered: which, the person, and the stable key of the case, 0 for none.
    pub fn occasions(&self) -> impl Iterator<Item = (Occasion, PersonId, u64)> {
        self.every(Kind::Occasion).filter_map(|event| match event {
            Event::Occasion { occasion, who, subject, .. } => Some((*occasion, *who, *subject)),
            _ => None,
        })
    }

    /// Persons who left the cities.
    pub fn departures(&self) -> impl Iterator<Item = PersonId> {
        self.every(Kind::Departure).filter_map(|event| match event {
            Event::Departure { who, .. } => Some(*who),
            _ => None,
        })
    }

    /// Persons who came to a shelter.
    pub fn sheltered(&self) -> impl Iterator<Item = PersonId> {
        self.every(Kind::Sheltered).filter_map(|event| match event {
            Event::Sheltered { who, .. } => Some(*who),
            _ => None,
        })
    }

    /// Investigations of the AMK that ended: the city, and the child.
    pub fn investigations(&self) -> impl Iterator<Item = (u8, PersonId)> {
        self.every(Kind::Investigated).filter_map(|event| match event {
            Event::Investigated { city, child, .. } => Some((*city, *child)),
            _ => None,
        })
    }

    /// Steps of requests for shelter.
    pub fn at_shelters(&self) -> impl Iterator<Item = &ShelterDecision> {
        self.every(Kind::AtShelter).filter_map(|event| match event {
            Event::AtShelter(decision) => Some(decision),
            _ => None,
        })
    }

    /// Monthly reports of providers.
    pub fn providers(&self) -> impl Iterator<Item = &ProviderMonth> {
        self.every(Kind::Provider).filter_map(|event| match event {
            Event::Provider(month) => Some(month),
            _ => None,
        })
    }
}

impl Extend<Event> for Events {
    fn extend<T: IntoIterator<Item = Event>>(&mut self, events: T) {
        events.into_iter().for_each(|event| self.push(event));
    }
}

impl<'a> IntoIterator for &'a Events {
    type Item = &'a Event;
    type IntoIter = std::slice::Iter<'a, Event>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Edge, OtherViolence};
    use super::*;

    fn birth(row: u32) -> Event {
        Event::Birth { child: PersonId(row) }
    }

    fn union(row: u32) -> Event {
        Event::Union { couple: CoupleId(row) }
    }

    #[test]
    fn events_of_a_kind_keep_the_order_of_the_month() {
        let mut events = Events::default();
        events.extend([birth(3), union(0), birth(1), union(2), birth(2)]);
        assert_eq!(events.births().collect::<Vec<_>>(), [3, 1, 2].map(PersonId));
        assert_eq!(events.iter().copied().collect::<Vec<_>>(), [birth(3), union(0), birth(1), union(2), birth(2)]);
        assert!(events.passages().next().is_none());
        let onset = Event::Onset {
            couple: CoupleId(4),
            by: Side::First,
            begun_by: Side::Second,
            state: super::super::Violence::Situational,
            relapse: false,
        };
        events.extend([
            Event::Death { who: PersonId(5), by_partner: true },
            onset,
            Event::Maltreatment { child: PersonId(6), kinds: 1, first: true },
            Event::Investigated { child: PersonId(7), city: 2, maltreated: true, found: false },
            Event::Death { who: PersonId(8), by_partner: false },
        ]);
        assert_eq!(events.deaths().collect::<Vec<_>>(), [(PersonId(5), true), (PersonId(8), false)]);
        assert_eq!(events.onsets().collect::<Vec<_>>(), [(CoupleId(4), Side::First, Side::Second)]);
        assert_eq!(events.maltreatments().collect::<Vec<_>>(), [PersonId(6)]);
        assert_eq!(events.investigations().collect::<Vec<_>>(), [(2, PersonId(7))]);
        events.clear();
        assert!(events.is_empty() && events.births().next().is_none());
    }

    #[test]
    fn a_range_of_all_events_has_each_kind_once() {
        let passage = |row: u32| Event::Passage(Passage::at(Edge::Start, 0, PersonId(row), true));
        let mut events = Events::default();
        let other = |row: u32| Event::Other(OtherIncidents::light(PersonId(row), OtherViolence::Elder, 1));
        events.extend([other(0), passage(1), other(2), other(3), passage(4), other(5)]);
        let halves = [0..3, 3..6].map(|range| events.others_within(range).map(|it| it.victim.0).collect::<Vec<_>>());
        assert_eq!(halves, [vec![0, 2], vec![3, 5]]);
        assert_eq!(events.passages().map(|passage| passage.who.0).collect::<Vec<_>>(), [1, 4]);
    }
}

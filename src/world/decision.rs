//! The decisions of a step: the changes and events of a process, and whose decision each part of them is.

use std::ops::Range;

use super::change::Change;
use super::event::Event;

/// The person or couple that a decision is about, by row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// No person or couple of the world.
    #[default]
    Nobody,
    /// A person.
    Person(u32),
    /// A couple.
    Couple(u32),
}

/// A decision in [`Changes`]: everything between the end of the decision before it and its own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The subject of the decision.
    pub subject: Subject,
    /// Stable key of the subject.
    pub key: u64,
    /// End of the decision in [`Changes::list`].
    pub changes: u32,
    /// End of the decision in [`Changes::events`].
    pub events: u32,
}

/// All decisions of one process in one month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Changes in order.
    pub list: Vec<Change>,
    /// Events beyond those that the changes themselves emit.
    pub events: Vec<Event>,
    /// The decisions that were closed, in order.
    pub decisions: Vec<Decision>,
}

impl Changes {
    /// Adds a change.
    #[inline]
    pub fn push(&mut self, change: Change) {
        self.list.push(change);
    }

    /// Adds an event.
    #[inline]
    pub fn tell(&mut self, event: impl Into<Event>) {
        self.events.push(event.into());
    }

    /// Whether anything was added since the last decision was closed.
    #[inline]
    pub fn is_open(&self) -> bool {
        let (changes, events) = self.decisions.last().map_or((0, 0), |last| (last.changes, last.events));
        self.list.len() > changes as usize || self.events.len() > events as usize
    }

    /// Closes the decision of a subject: everything that was added since the last one. Nothing is noted when nothing was
    /// added.
    #[inline]
    pub fn decided(&mut self, subject: Subject, key: u64) {
        if self.is_open() {
            let (changes, events) = (self.list.len() as u32, self.events.len() as u32);
            self.decisions.push(Decision { subject, key, changes, events });
        }
    }

    /// Adds the changes and events of another part of the step.
    pub fn append(&mut self, other: Changes) {
        let (changes, events) = (self.list.len() as u32, self.events.len() as u32);
        let moved = other.decisions.into_iter().map(|decision| Decision {
            changes: decision.changes + changes,
            events: decision.events + events,
            ..decision
        });
        self.decisions.extend(moved);
        self.list.extend(other.list);
        self.events.extend(other.events);
    }

    /// The closed decisions in order: subject, key, changes and events.
    pub fn by_subject(&self) -> impl Iterator<Item = (Subject, u64, &[Change], &[Event])> {
        let (mut list, mut events) = (0, 0);
        self.decisions.iter().map(move |decision| {
            let changes = list..decision.changes as usize;
            let told = events..decision.events as usize;
            (list, events) = (changes.end, told.end);
            (decision.subject, decision.key, &self.list[changes], &self.events[told])
        })
    }
}

/// The decisions to which the events of the last step belong.
///
/// An entry is the subject of a decision, its key, and the end of its events in [`Events::all`](super::Events::all); they
/// begin at the end of the entry before. Events that changes caused come first, events that were decided follow. Decisions
/// without events have no entry. Decisions of a process that is not divided by subject belong to [`Subject::Nobody`]
/// with key 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepLog {
    /// Place of the first event of the step.
    pub from: usize,
    /// Decisions whose changes caused events.
    pub caused: Vec<(Subject, u64, u32)>,
    /// Decisions that contain events.
    pub decided: Vec<(Subject, u64, u32)>,
}

impl StepLog {
    /// Begins a step whose first event has the place `from`.
    pub(super) fn begin(&mut self, from: usize) {
        self.from = from;
        self.caused.clear();
        self.decided.clear();
    }

    /// Assigns the events up to `end` that changes caused.
    #[inline]
    pub(super) fn cause(&mut self, decision: &Decision, end: usize) {
        let begins = self.end_of_caused();
        assign(&mut self.caused, decision, begins, end);
    }

    /// Assigns the events up to `end` that were decided.
    #[inline]
    pub(super) fn decide(&mut self, decision: &Decision, end: usize) {
        let begins = self.decided.last().map_or_else(|| self.end_of_caused(), |(.., end)| *end as usize);
        assign(&mut self.decided, decision, begins, end);
    }

    fn end_of_caused(&self) -> usize {
        self.caused.last().map_or(self.from, |(.., end)| *end as usize)
    }

    /// The subject and key to which the events of each range of all events belong, in order.
    pub fn parts(&self) -> impl Iterator<Item = (Subject, u64, Range<usize>)> {
        let mut from = self.from;
        self.caused.iter().chain(&self.decided).map(move |(subject, key, end)| {
            let part = from..*end as usize;
            from = part.end;
            (*subject, *key, part)
        })
    }
}

/// Assigns the events from `begins` to `end` to a decision; a decision that is the last entry is made longer.
#[inline]
fn assign(entries: &mut Vec<(Subject, u64, u32)>, decision: &Decision, begins: usize, end: usize) {
    if end <= begins {
        return;
    }
    match entries.last_mut() {
        Some((subject, key, last)) if (*subject, *key) == (decision.subject, decision.key) => *last = end as u32,
        _ => entries.push((decision.subject, decision.key, end as u32)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;

    const COUPLE: (Subject, u64) = (Subject::Couple(0), 1000);

    /// A man, a woman and a couple of them, without events.
    fn small_world() -> World {
        let mut world = World::new(Month(0), Places::default());
        for (key, female) in [(1, false), (2, true)] {
            let mut body = Body { key, ..Body::default() };
            body.set(Flag::Female, female);
            world.set_up().person(body, Mind::default(), Past::default());
        }
        let couple = Box::new(Couple::new(COUPLE.1, Month(0)));
        let mut changes = Changes::default();
        changes.push(Change::Unite { partners: [PersonId(0), PersonId(1)], couple });
        world.apply(changes);
        world.set_up().clear_events();
        world
    }

    fn began(child: u32) -> Change {
        Change::MaltreatmentBegins { child: PersonId(child), kinds: 1 }
    }

    fn lost(row: u32) -> Event {
        Event::LostFromSight { who: PersonId(row) }
    }

    #[test]
    fn changes_keep_their_parts_by_subject() {
        let mut changes = Changes::default();
        changes.decided(Subject::Person(7), 70);
        assert_eq!(changes, Changes::default(), "nothing was decided");
        changes.push(began(1));
        changes.push(began(2));
        changes.tell(lost(1));
        changes.decided(Subject::Person(1), 10);
        changes.decided(Subject::Person(2), 20);
        changes.tell(lost(3));
        changes.decided(Subject::Couple(3), 30);
        changes.push(began(4));
        assert!(changes.is_open());
        changes.decided(Subject::Nobody, 0);
        assert!(!changes.is_open());
        let parts: Vec<_> = changes.by_subject().collect();
        let expected: [(_, _, &[Change], &[Event]); 3] = [
            (Subject::Person(1), 10, &[began(1), began(2)], &[lost(1)]),
            (Subject::Couple(3), 30, &[], &[lost(3)]),
            (Subject::Nobody, 0, &[began(4)], &[]),
        ];
        assert_eq!(parts, expected);
    }

    #[test]
    fn the_log_of_a_step_names_the_subject_of_each_event() {
        let mut world = small_world();
        world.apply(Changes { events: vec![lost(9)], ..Changes::default() });
        let [mut first, mut second] = [Changes::default(), Changes::default()];
        let (couple, by, state) = (CoupleId(0), Side::First, Violence::Situational);
        first.push(Change::Violence { couple, by, state });
        first.push(Change::Incidents { couple, counts: [2, 0] });
        let (counts, severity) = ([2, 0], [Severity::Light; 2]);
        let state = [state, Violence::None];
        let incident = Incident { couple, counts, severity, state, witnesses: 0, separated: false };
        first.tell(Event::Violence(incident));
        first.decided(COUPLE.0, COUPLE.1);
        let mother = PersonId(1);
        second.push(Change::YearMark { who: PersonId(0), mark: 1 });
        second.decided(Subject::Person(0), 1);
        second.push(Change::Born { mother, father: PersonId::NONE, child: Box::new(Newcomer::default()) });
        second.decided(Subject::Person(1), 2);
        second.tell(lost(0));
        world.apply_step(vec![first, second]);
        let log = world.step_log();
        let parts: Vec<_> = log.parts().map(|(subject, key, at)| (subject, key, &world.events().all()[at])).collect();
        let onset = Event::Onset { couple, by, begun_by: by, state: state[0], relapse: false };
        let at_first = |row, what| Event::First { who: PersonId(row), what };
        let expected: [(_, _, &[Event]); 4] = [
            (COUPLE.0, COUPLE.1, &[onset, at_first(0, First::Used), at_first(1, First::Suffered)]),
            (Subject::Person(1), 2, &[Event::Birth { child: PersonId(2) }]),
            (COUPLE.0, COUPLE.1, &[Event::Violence(incident)]),
            (Subject::Nobody, 0, &[lost(0)]),
        ];
        assert_eq!(parts, expected);
        assert_eq!((log.from, log.caused.len(), log.decided.len()), (1, 2, 2));
        world.tidy();
        assert_eq!(world.step_log(), &StepLog::default());
    }

    #[test]
    fn a_step_of_many_decisions_has_each_event_once() {
        const PERSONS: u32 = 3 * World::PREFETCH as u32 + 5;
        let mut world = World::new(Month(0), Places::default());
        let mut changes = Changes::default();
        for row in 0..PERSONS {
            world.set_up().person(Body { key: u64::from(row), ..Body::default() }, Mind::default(), Past::default());
            // Decisions of one change, of two, and of an event only.
            (0..row % 3).for_each(|_| changes.push(began(row)));
            if row % 3 != 1 {
                changes.tell(lost(row));
            }
            changes.decided(Subject::Person(row), u64::from(row));
        }
        world.apply_step(vec![changes]);
        let mut next = 0;
        for (subject, key, at) in world.step_log().parts() {
            assert_eq!((subject, at.start), (Subject::Person(key as u32), next));
            next = at.end;
            for event in &world.events().all()[at] {
                let (Event::Maltreatment { child: who, .. } | Event::LostFromSight { who }) = event else {
                    panic!("no other event is expected: {event:?}");
                };
                assert_eq!(u64::from(who.0), key);
            }
        }
        assert_eq!(next, world.events().len());
        let changed = (0..PERSONS).map(|row| row % 3).sum::<u32>();
        let told = (0..PERSONS).filter(|row| row % 3 != 1).count();
        assert_eq!(next, changed as usize + told);
    }
}

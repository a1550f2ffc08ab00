//! The decisions of the leader in a step, as its followers see them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::world::{Change, Changes, Decision, Event, RowKind, Subject, Touched, World};

/// Number of decisions that one thread looks at.
const TOGETHER: usize = 512;
/// The row of nobody.
const NO_ROW: u32 = u32::MAX;

/// A decision of the leader.
pub(super) struct LedDecision<'a> {
    /// Whose decision it is.
    pub(super) subject: Subject,
    /// The key of the subject.
    pub(super) key: u64,
    /// What it changes.
    pub(super) changes: &'a [Change],
    /// Events that it emits.
    pub(super) events: &'a [Event],
    /// Rows of the person or of both partners, as they are in the leader; a row that nobody has for nobody.
    pub(super) persons: [u32; 2],
    /// Whether it changes what each world has for itself.
    pub(super) is_kept_by_each: bool,
    /// Whether it affects who lives with whom.
    pub(super) moves_people: bool,
    /// Whether it changes the row of its subject only.
    is_apart: bool,
    /// Where its rows begin and end in [`Led::touched`].
    touched: [u32; 2],
}

/// All decisions of the leader in a step.
pub(super) struct Led<'a> {
    /// The decisions, in order.
    pub(super) decisions: Vec<LedDecision<'a>>,
    /// Rows that the application of decisions reads or writes, one decision after another.
    touched: Vec<Touched>,
    /// Rows that will be added: kind, key and number.
    pub(super) added: Vec<(RowKind, u64, u32)>,
    /// Numbers of rows after the step.
    pub(super) counts: [usize; 2],
}

impl<'a> Led<'a> {
    /// Numbers of the rows that will be added, by kind and key.
    pub(super) fn numbers(&self) -> BTreeMap<(RowKind, u64), u32> {
        self.added.iter().map(|(kind, key, row)| ((*kind, *key), *row)).collect()
    }

    /// Rows that the application of a decision reads or writes.
    pub(super) fn touched(&self, decision: &LedDecision<'_>) -> &[Touched] {
        let [from, to] = decision.touched;
        &self.touched[from as usize..to as usize]
    }

    /// Whether every decision changes the row of its subject only.
    pub(super) fn all_apart(&self) -> bool {
        self.decisions.iter().all(|it| it.is_apart)
    }

    /// The decisions of a step, with the rows that their application touches.
    pub(super) fn of(leader: &World, parts: &'a [Changes]) -> Led<'a> {
        let mut decisions: Vec<LedDecision<'a>> = Vec::new();
        let mut add = |subject, key, changes, events| {
            decisions.push(LedDecision {
                subject,
                key,
                changes,
                events,
                persons: [NO_ROW; 2],
                is_kept_by_each: false,
                moves_people: false,
                is_apart: true,
                touched: [0; 2],
            });
        };
        for part in parts {
            let mut ends = (0, 0);
            for (subject, key, changes, events) in part.by_subject() {
                ends = (ends.0 + changes.len(), ends.1 + events.len());
                add(subject, key, changes, events);
            }
            let (changes, events) = (&part.list[ends.0..], &part.events[ends.1..]);
            if !changes.is_empty() || !events.is_empty() {
                add(Subject::Nobody, 0, changes, events);
            }
        }
        let of_chunk = |chunk: &mut [LedDecision<'a>]| {
            let mut touched = Vec::new();
            chunk.iter_mut().for_each(|it| it.look(leader, &mut touched));
            touched
        };
        let mut touched: Vec<Touched> = Vec::new();
        let of_chunks: Vec<Vec<Touched>> = decisions.par_chunks_mut(TOGETHER).map(of_chunk).collect();
        for (chunk, of_chunk) in decisions.chunks_mut(TOGETHER).zip(of_chunks) {
            let before = touched.len() as u32;
            chunk.iter_mut().flat_map(|it| &mut it.touched).for_each(|place| *place += before);
            touched.extend(of_chunk);
        }
        let mut counts = leader.row_counts();
        let mut added = Vec::new();
        for (kind, key) in decisions.iter().flat_map(|it| it.changes).flat_map(Change::adds) {
            let next = &mut counts[kind as usize];
            added.push((kind, key, *next as u32));
            *next += 1;
        }
        Led { decisions, touched, added, counts }
    }
}

impl LedDecision<'_> {
    /// Looks up what every follower asks of this decision, and adds the rows that it touches to a list.
    fn look(&mut self, leader: &World, touched: &mut Vec<Touched>) {
        self.persons = match self.subject {
            Subject::Nobody => [NO_ROW; 2],
            Subject::Person(row) => [row, NO_ROW],
            Subject::Couple(row) if (row as usize) < leader.row_counts()[1] => {
                leader.couple(row as usize).partners.map(|who| who.row().map_or(NO_ROW, |row| row as u32))
            }
            Subject::Couple(_) => [NO_ROW; 2],
        };
        self.is_kept_by_each = self.changes.iter().any(Change::is_kept_by_each);
        self.moves_people = self.changes.iter().any(Change::moves_people);
        self.is_apart = self.changes.iter().all(Change::is_of_its_row);
        let from = touched.len() as u32;
        for change in self.changes {
            change.reach(leader, &mut |kind, row| touched.push(Touched { kind, row: row as u32, written: true }));
        }
        self.touched = [from, touched.len() as u32];
    }
}

/// Own decisions and adopted ones in order of key.
pub(super) fn merged(own: &Changes, led: &Led<'_>, adopted: &[bool]) -> Changes {
    let led = led.decisions.iter().zip(adopted).filter(|(_, adopted)| **adopted);
    let led = led.map(|(it, _)| (it.subject, it.key, it.changes, it.events));
    let mut all: Vec<_> = own.by_subject().chain(led).collect();
    all.sort_by_key(|(_, key, ..)| *key);
    let mut changes = Changes::default();
    for (subject, key, list, events) in all {
        changes.list.extend_from_slice(list);
        changes.events.extend_from_slice(events);
        changes.decisions.push(Decision {
            subject,
            key,
            changes: changes.list.len() as u32,
            events: changes.events.len() as u32,
        });
    }
    changes
}

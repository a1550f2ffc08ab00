//! The decisions of the leader in a step, as its followers see them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::world::{Change, Changes, Decision, Event, RowKind, Subject, Touched, World};

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
    /// Rows that its application reads or writes; empty when it changes the row of its subject only.
    pub(super) touched: Vec<Touched>,
}

/// All decisions of the leader in a step.
pub(super) struct Led<'a> {
    /// The decisions, in order.
    pub(super) decisions: Vec<LedDecision<'a>>,
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

    /// The decisions of a step, with the rows that their application touches.
    pub(super) fn of(leader: &World, parts: &'a [Changes]) -> Led<'a> {
        let mut decisions: Vec<LedDecision<'a>> = Vec::new();
        for part in parts {
            let mut ends = (0, 0);
            for (subject, key, changes, events) in part.by_subject() {
                ends = (ends.0 + changes.len(), ends.1 + events.len());
                decisions.push(LedDecision { subject, key, changes, events, touched: Vec::new() });
            }
            let (changes, events) = (&part.list[ends.0..], &part.events[ends.1..]);
            if !changes.is_empty() || !events.is_empty() {
                decisions.push(LedDecision { subject: Subject::Nobody, key: 0, changes, events, touched: Vec::new() });
            }
        }
        decisions.par_iter_mut().with_min_len(256).for_each(|it| {
            if !it.changes.iter().all(Change::is_of_its_row) {
                for change in it.changes {
                    change.reach(leader, &mut |kind, row| {
                        it.touched.push(Touched { kind, row: row as u32, written: true });
                    });
                }
            }
        });
        let mut counts = leader.row_counts();
        let mut added = Vec::new();
        for (kind, key) in decisions.iter().flat_map(|it| it.changes).flat_map(Change::adds) {
            let next = &mut counts[kind as usize];
            added.push((kind, key, *next as u32));
            *next += 1;
        }
        Led { decisions, added, counts }
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

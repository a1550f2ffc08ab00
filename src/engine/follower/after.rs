//! What a follower does after the leader applied a step, and after the last step of a month.

use std::ops::Range;

use super::state::{Follower, OpenStep};
use crate::world::{Event, RowKind, Subject, World};

impl Follower {
    /// After the leader applied its changes of the step: lets go of rows that are equal again, watches those near the
    /// rows that are not, and takes over the leader's events.
    pub(super) fn applied(&mut self, leader: &World) {
        let mut step = std::mem::take(&mut self.step);
        for (kind, row) in &step.empty {
            match kind {
                RowKind::Person => self.world.empty_person(*row as usize),
                RowKind::Couple => self.world.empty_couple(*row as usize),
            }
            match kind {
                RowKind::Person => step.moved.push(*row),
                RowKind::Couple => step.couples.push(*row),
            }
        }
        for (row, mind) in &step.minds {
            let row = *row as usize;
            if *leader.mind(row) != *mind || self.world.is_own_person(row) {
                self.world.set_mind(row, *mind);
                step.persons.push(row as u32);
            }
        }
        for row in std::mem::take(&mut step.kept) {
            let moved = self.world.is_linked_otherwise(row as usize, leader);
            if moved { &mut step.moved } else { &mut step.persons }.push(row);
        }
        step.persons.sort_unstable();
        step.persons.dedup();
        step.couples.sort_unstable();
        step.couples.dedup();
        // A row that is known to differ is let go of later, if it is equal again.
        step.moved.sort_unstable();
        step.moved.dedup();
        let known = |row: &u32| self.watched.differing.has(*row as usize);
        let anew: Vec<usize> =
            step.persons.iter().chain(&step.moved).filter(|row| !known(row)).map(|row| *row as usize).collect();
        let mut stays = Vec::new();
        if !anew.is_empty() {
            stays = self.residue.persons_in_order();
            self.read_fresh_effects(leader);
        }
        for couple in step.couples.iter().map(|row| *row as usize) {
            if self.world.settle_couple(couple) {
                let both: Vec<usize> = World::both(self.world.couple(couple)).collect();
                both.into_iter().for_each(|row| self.watch(leader, row));
            }
        }
        for row in anew {
            let own = self.world.settle_person(row, leader, stays.binary_search(&row).is_ok(), &self.fresh);
            self.watched.differing.set(row, own);
            if own && !self.watched.around.has(row) {
                self.watch(leader, row);
            } else if !own {
                self.watched.around.set(row, false);
            }
        }
        for row in &step.moved {
            self.watch_around(leader, *row as usize);
        }
        if !step.whole {
            self.merge_events(leader, &step);
        }
    }

    /// The events of the step: the leader's without those of decisions that the follower took itself, and its own, in
    /// the order of a world alone.
    fn merge_events(&mut self, leader: &World, step: &OpenStep) {
        let theirs = leader.step_log();
        let changed = self.world.events().len() > step.from;
        if theirs.caused.is_empty() && theirs.decided.is_empty() && !changed {
            return;
        }
        // Whether the events were decided (or caused by changes), whether they are nobody's, the key, whose, and where.
        let mut parts: Vec<(bool, bool, u64, bool, Range<usize>)> = Vec::new();
        for (world, ours) in [(&self.world, true), (leader, false)] {
            if ours && !changed {
                continue;
            }
            let log = world.step_log();
            let split = log.caused.len();
            for (at, (subject, key, range)) in log.parts().enumerate() {
                if ours || !step.taken.contains(&(subject, key)) {
                    parts.push((at >= split, subject == Subject::Nobody, key, ours, range));
                }
            }
        }
        parts.sort_by_key(|(decided, nobody, key, ..)| (*decided, *nobody, *key));
        let mut merged: Vec<Event> = Vec::new();
        for (.., ours, range) in parts {
            let world = if ours { &self.world } else { leader };
            merged.extend_from_slice(&world.events().all()[range]);
        }
        self.world.replace_events(step.from, merged);
    }

    /// Ends the steps of a month, before the leader tidies its lists.
    pub(in crate::engine) fn before_tidy(&mut self, leader: &World) {
        for row in leader.violent().iter().filter_map(|couple| couple.row()) {
            if World::both(leader.couple(row)).any(|person| self.world.is_own_person(person)) {
                self.world.keep_couple(row);
            }
        }
        self.world.take_own_lists();
    }
}

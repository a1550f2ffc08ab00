//! What a follower decides in a step of the month.

use rayon::prelude::*;

use super::beside::LedStep;
use super::led::Led;
use super::state::{Follower, OpenStep};
use crate::engine::decide::{Accepted, in_parallel};
use crate::engine::machine::Engine;
use crate::engine::process::{Draws, Process, Sweep};
use crate::world::{Changes, CoupleId, Flag, PersonId, RowKind, Subject, World};

impl Follower {
    /// Decides a step and applies it, before the leader applies its own.
    pub(super) fn decide(&mut self, leader: &World, engine: &Engine, by_leader: &LedStep<'_>, led: &Led<'_>) {
        let LedStep { index, accepted, searches, .. } = *by_leader;
        let step = &engine.steps()[index];
        let draws = Draws::new(engine.luck(), step.identity, self.world.now());
        let all = |_: &World, _: Subject| true;
        match &step.process {
            Process::Monthly(monthly) => self.world.take_lists(leader, &self.residue, monthly.lists(), &all),
            Process::Sweep(sweep) if !sweep.is_by_subject(leader, &draws) => {
                self.world.take_lists(leader, &self.residue, sweep.lists(), &all);
            }
            Process::Person(_) | Process::Couple(_) | Process::Meeting(_) | Process::Drift(_) | Process::Sweep(_) => {}
        }
        let position = engine.position(index);
        self.step = OpenStep { from: self.world.events().len(), counts: led.counts, ..OpenStep::default() };
        let own = match &step.process {
            Process::Person(hazard) => {
                let rows = self.rows_of(leader, accepted, RowKind::Person, position, false);
                let subject = |row: u32| self.world.person_subject(PersonId(row));
                self.of_rows(rows, subject, |row, changes| hazard.happens(&self.world, row, &draws, changes))
            }
            Process::Couple(hazard) => {
                let rows = self.rows_of(leader, accepted, RowKind::Couple, position, false);
                let subject = |row: u32| self.world.couple_subject(CoupleId(row));
                self.of_rows(rows, subject, |row, changes| hazard.happens(&self.world, row, &draws, changes))
            }
            Process::Sweep(sweep) if [leader, &self.world].iter().any(|world| sweep.is_by_subject(world, &draws)) => {
                self.sweep(leader, sweep.as_ref(), &draws)
            }
            Process::Drift(drift) => {
                let theirs = leader.symptomatic().iter().filter_map(|who| who.row());
                let theirs = theirs.filter(|row| self.watched.persons.has(*row) && !self.world.is_own_person(*row));
                let own = self.world.own_persons().into_iter().map(|row| row as usize);
                let own = own.filter(|row| self.world.body(*row).has(Flag::Symptoms));
                let rows: Vec<usize> = theirs.chain(own).collect();
                let world = &self.world;
                let next = rows.par_iter().with_min_len(64).map(|row| (*row as u32, drift.next(world, *row, &draws)));
                self.step.minds = next.collect();
                self.step.whole = true;
                return;
            }
            Process::Meeting(meeting) => {
                let rows = self.rows_of(leader, accepted, RowKind::Person, position, true);
                let changes = self.meet(meeting.as_ref(), &rows, searches, &draws);
                return self.take_all(&changes, led);
            }
            Process::Monthly(monthly) => {
                let mut changes = Changes::default();
                monthly.month(&self.world, &draws, &mut changes);
                return self.take_whole(vec![changes], led);
            }
            Process::Sweep(sweep) => {
                let rows = sweep.rows(&self.world, &draws);
                let world = &self.world;
                let changes = in_parallel(rows, |range, changes| sweep.sweep(world, range, &draws, changes));
                return self.take_whole(changes, led);
            }
        };
        self.take(&own, led);
    }

    /// The rows in which a hazard happens, in order of key: of all subjects, or of those for whom the follower decides.
    fn rows_of(&self, leader: &World, led: &Accepted, kind: RowKind, position: usize, all: bool) -> Vec<u32> {
        let (theirs, ours, slots) = match kind {
            RowKind::Person => (&led.persons[position], &self.accepted.persons[position], &self.watched.persons),
            RowKind::Couple => (&led.couples[position], &self.accepted.couples[position], &self.watched.couples),
        };
        let since = self.since[kind as usize];
        let subject = |row: u32| match kind {
            RowKind::Person => Subject::Person(row),
            RowKind::Couple => Subject::Couple(row),
        };
        // What happens to somebody who was not watched when the month began happens in the leader too.
        let not_ours = |row: &u32| slots.place(*row).is_none_or(|place| place >= since);
        let theirs = theirs.iter().copied().filter(not_ours);
        let mut rows: Vec<u32> = theirs.filter(|row| all || self.decides(leader, subject(*row))).collect();
        let key = |row: u32| match kind {
            RowKind::Person => self.world.body(row as usize).key,
            RowKind::Couple => self.world.couple(row as usize).key,
        };
        for row in ours {
            let own = (key(*row), *row);
            rows.insert(rows.partition_point(|known| (key(*known), *known) < own), *row);
        }
        rows
    }

    /// Decides for some rows, one after another.
    fn of_rows(
        &self,
        rows: Vec<u32>,
        subject: impl Fn(u32) -> (Subject, u64),
        happens: impl Fn(usize, &mut Changes),
    ) -> Changes {
        let mut changes = Changes::default();
        for row in rows {
            happens(row as usize, &mut changes);
            let (subject, key) = subject(row);
            changes.decided(subject, key);
        }
        changes
    }

    /// Decides for the watched subjects of a sweep.
    fn sweep(&mut self, leader: &World, sweep: &dyn Sweep, draws: &Draws) -> Changes {
        let Follower { world, watched, residue, .. } = self;
        let mine = |world: &World, subject: Subject| watched.has(world, leader, subject);
        world.take_lists(leader, residue, sweep.lists(), &mine);
        let mut changes = Changes::default();
        for index in 0..sweep.rows(world, draws) {
            let Some((subject, key)) = sweep.subject(world, draws, index) else { continue };
            if subject != Subject::Nobody {
                // A mother who is listed because the row of the father is an own row.
                if let Subject::Person(row) = subject {
                    watched.persons.add(row as usize);
                }
                sweep.sweep(world, index..index + 1, draws, &mut changes);
                changes.decided(subject, key);
            }
        }
        changes
    }
}

//! The calendars of a follower: candidates of watched subjects from the beginning of a month to its end.

use super::state::Follower;
use super::watched::{Slots, SomeRows};
use crate::engine::concerned::concerned;
use crate::engine::decide::Accepted;
use crate::engine::machine::Engine;
use crate::engine::process::Process;
use crate::engine::rolls::{CouplesRoll, PeopleRoll};
use crate::world::{Month, Touch, World};

/// Months after which all own rows are compared with the leader's.
const SETTLED_EVERY: usize = 3;

impl Follower {
    /// Begins a month. `year`: whether the calendars and lists of a year begin with it.
    pub(in crate::engine) fn begin_month(&mut self, leader: &World, engine: &Engine, year: bool) {
        let now = self.world.now();
        self.fresh = Default::default();
        if year {
            for step in engine.steps() {
                if let Process::Meeting(meeting) = &step.process {
                    self.list_singles(leader, meeting.as_ref());
                }
            }
            self.watch_anew(leader, engine, now);
        }
        let Follower { world, watched, people, couples, .. } = self;
        let persons = SomeRows { roll: PeopleRoll(world), rows: &watched.persons.rows };
        let both = SomeRows { roll: CouplesRoll(world), rows: &watched.couples.rows };
        let (person, couple) = (engine.person(), engine.couple());
        people.turn(&persons, person.rules(engine.luck()), now, |slot, process| {
            engine.layer(person, world, persons.rows[slot] as usize, process)
        });
        couples.turn(&both, couple.rules(engine.luck()), now, |slot, process| {
            engine.layer(couple, world, both.rows[slot] as usize, process)
        });
        let own_persons = people.accept(&persons, person.rules(engine.luck()), now, |slot, process| {
            engine.rate(person, world, persons.rows[slot] as usize, process)
        });
        let own_couples = couples.accept(&both, couple.rules(engine.luck()), now, |slot, process| {
            engine.rate(couple, world, both.rows[slot] as usize, process)
        });
        let of = |own: Vec<Vec<u32>>, rows: &[u32]| -> Vec<Vec<u32>> {
            own.into_iter().map(|slots| slots.into_iter().map(|slot| rows[slot as usize]).collect()).collect()
        };
        self.accepted = Accepted {
            persons: of(own_persons, &watched.persons.rows),
            couples: of(own_couples, &watched.couples.rows),
        };
        self.since = [watched.persons.rows.len() as u32, watched.couples.rows.len() as u32];
    }

    /// Ends the month, after the leader tidied its lists: `touched` are the subjects whose bounds the leader evaluated
    /// again.
    pub(in crate::engine) fn end_month(
        &mut self,
        leader: &World,
        engine: &Engine,
        touched: &[Vec<(u32, Touch)>],
        couples: &[Vec<(u32, Touch)>],
    ) {
        let next = self.world.now().plus(1);
        self.world.tidy();
        self.residue.tidy(self.world.now());
        self.settle(leader, next.of_year().is_multiple_of(SETTLED_EVERY));
        self.watch_couples(leader);
        let mine = self.world.take_touched();
        let all = usize::MAX;
        let (own_persons, own_couples) = concerned(&self.world, &mine, all, all);
        let Follower { world, watched, people, couples: calendar, .. } = self;
        let slots = |lists: &[Vec<(u32, Touch)>], own: &[Vec<(u32, Touch)>], slots: &Slots, known: usize| {
            let listed = lists.iter().chain(own).flatten();
            let found = listed.filter_map(|(row, touch)| slots.place(*row).map(|slot| (slot, *touch)));
            vec![found.filter(|(slot, _)| (*slot as usize) < known).collect::<Vec<_>>()]
        };
        let persons = slots(touched, &own_persons, &watched.persons, people.len());
        let both = slots(couples, &own_couples, &watched.couples, calendar.len());
        let (person, couple) = (engine.person(), engine.couple());
        let roll = SomeRows { roll: PeopleRoll(world), rows: &watched.persons.rows };
        people.reconsider(&roll, person.rules(engine.luck()), &persons, next, |slot, process| {
            engine.layer(person, world, roll.rows[slot] as usize, process)
        });
        let roll = SomeRows { roll: CouplesRoll(world), rows: &watched.couples.rows };
        calendar.reconsider(&roll, couple.rules(engine.luck()), &both, next, |slot, process| {
            engine.layer(couple, world, roll.rows[slot] as usize, process)
        });
        self.admit(engine, next);
        self.held[0] += self.world.own_persons().len() as u64;
        self.held[1] += self.world.row_counts()[0] as u64;
        self.world.next_month();
    }

    /// Adds newly watched subjects to the calendars, from month `from` on.
    pub(super) fn admit(&mut self, engine: &Engine, from: Month) {
        let Follower { world, watched, people, couples, .. } = self;
        let (person, couple) = (engine.person(), engine.couple());
        let roll = SomeRows { roll: PeopleRoll(world), rows: &watched.persons.rows };
        people.admit(&roll, person.rules(engine.luck()), from, |slot, process| {
            engine.layer(person, world, roll.rows[slot] as usize, process)
        });
        let roll = SomeRows { roll: CouplesRoll(world), rows: &watched.couples.rows };
        couples.admit(&roll, couple.rules(engine.luck()), from, |slot, process| {
            engine.layer(couple, world, roll.rows[slot] as usize, process)
        });
    }
}

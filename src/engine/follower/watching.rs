//! Whom a follower watches: everybody whose decisions may read an own row.

use super::state::Follower;
use super::watched::Watched;
use crate::engine::calendar::Calendar;
use crate::engine::machine::Engine;
use crate::world::{Month, World};

impl Follower {
    /// Watches everybody whose decisions may read the row of a person.
    pub(super) fn watch(&mut self, leader: &World, row: usize) {
        self.watched.around.set(row, true);
        let Follower { world, watched, .. } = self;
        for world in [&*world, leader] {
            if row < world.row_counts()[0] || world.is_own_person(row) {
                world.near(row, &mut |near| watched.persons.add(near));
            }
        }
    }

    /// Watches everybody whose decisions may read an own row near the row of a person.
    pub(super) fn watch_around(&mut self, leader: &World, row: usize) {
        let mut around = Vec::new();
        // A row that is not an own row is the same in both worlds, and so are those who live with that person unless
        // they are own rows themselves.
        for world in [&self.world, leader] {
            if row < world.row_counts()[0] || world.is_own_person(row) {
                world.near(row, &mut |near| around.push(near));
            }
        }
        around.push(row);
        around.sort_unstable();
        around.dedup();
        for near in around {
            let couple = self.world.body(near).couple.row();
            if self.world.is_own_person(near) || couple.is_some_and(|row| self.world.is_own_couple(row)) {
                self.watch(leader, near);
            }
        }
    }

    /// Watches all couples of watched persons.
    pub(super) fn watch_couples(&mut self, leader: &World) {
        let Follower { world, watched, .. } = self;
        let Watched { persons, couples, .. } = watched;
        for row in &persons.rows {
            for world in [&*world, leader] {
                if (*row as usize) < world.row_counts()[0] || world.is_own_person(*row as usize) {
                    let couple = world.body(*row as usize).couple.row();
                    couple.into_iter().for_each(|couple| couples.add(couple));
                }
            }
        }
        world.own_couples().into_iter().for_each(|couple| couples.add(couple as usize));
    }

    /// Watches everybody whose decisions may read an own row, and nobody else; the calendars begin anew.
    pub(super) fn watch_anew(&mut self, leader: &World, engine: &Engine, now: Month) {
        self.watched = Watched::default();
        let block = engine.settings().block;
        (self.people, self.couples) = (Calendar::new(block), Calendar::new(block));
        self.settle_all(leader);
        self.watch_own(leader);
        self.watch_couples(leader);
        self.admit(engine, now);
    }

    /// Watches everybody whose decisions may read an own row.
    fn watch_own(&mut self, leader: &World) {
        for row in self.world.own_persons() {
            self.watch(leader, row as usize);
        }
        for couple in self.world.own_couples() {
            let mut both: Vec<usize> = World::both(self.world.couple(couple as usize)).collect();
            if (couple as usize) < leader.row_counts()[1] {
                both.extend(World::both(leader.couple(couple as usize)));
            }
            both.into_iter().for_each(|row| self.watch(leader, row));
        }
    }

    /// Reads the effects that were added in both worlds this month.
    pub(super) fn read_fresh_effects(&mut self, leader: &World) {
        let [own, led] = &mut self.fresh;
        own.update(self.world.effects());
        led.update(leader.effects());
    }

    /// Lets go of all rows that equal the leader's.
    pub(super) fn settle_all(&mut self, leader: &World) {
        self.settle(leader, true);
    }

    /// Lets go of rows that equal the leader's: of all, or of those only of which it is not known that they differ. Rows
    /// that stay own cost time and change nothing; to compare all of them each month costs more.
    pub(super) fn settle(&mut self, leader: &World, all: bool) {
        let stays = self.residue.persons_in_order();
        self.read_fresh_effects(leader);
        let mut rows = self.world.own_persons();
        rows.retain(|row| all || !self.watched.differing.has(*row as usize));
        for row in rows.into_iter().map(|row| row as usize) {
            let own = self.world.settle_person(row, leader, stays.binary_search(&row).is_ok(), &self.fresh);
            self.watched.differing.set(row, own);
            if !own {
                self.watched.around.set(row, false);
            }
        }
        for row in self.world.own_couples() {
            self.world.settle_couple(row as usize);
        }
    }
}

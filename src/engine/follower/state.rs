//! What a follower holds, and how others read it.

use std::collections::BTreeSet;

use super::singles::OtherSingles;
use super::watched::Watched;
use crate::engine::calendar::Calendar;
use crate::engine::decide::Accepted;
use crate::engine::machine::Engine;
use crate::world::{FreshEffects, Lent, Lists, Mind, Residue, RowKind, Subject, World};

/// A scenario that holds only the rows in which it differs from its leader.
#[derive(Clone, Debug)]
pub struct Follower {
    /// Own rows, and the lists of this scenario.
    pub(super) world: World,
    /// Entries of lists in which it differs from its leader.
    pub(super) residue: Residue,
    /// Entries of lists of singles in which it differs from its leader, since January.
    pub(super) other_singles: OtherSingles,
    /// For whom it decides anew.
    pub(super) watched: Watched,
    /// Candidates of watched persons.
    pub(super) people: Calendar,
    /// Candidates of watched couples.
    pub(super) couples: Calendar,
    /// Rows in which hazards of watched subjects happen this month.
    pub(super) accepted: Accepted,
    /// Number of persons and couples who were watched when the month began.
    pub(super) since: [u32; 2],
    /// Effects that were added this month, here and in the leader.
    pub(super) fresh: [FreshEffects; 2],
    /// The step that the leader has yet to apply.
    pub(super) step: OpenStep,
    /// Own rows of persons, and rows of persons, summed over months.
    pub(super) held: [u64; 2],
}

/// What a follower keeps between the decisions of a step and their application by the leader.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenStep {
    /// Whether the whole step is decided and applied by the follower.
    pub(super) whole: bool,
    /// Decisions of the leader that are not the follower's.
    pub(super) taken: BTreeSet<(Subject, u64)>,
    /// Rows of persons that may differ now, or be equal to the leader's again.
    pub(super) persons: Vec<u32>,
    /// Rows of couples of which the same holds.
    pub(super) couples: Vec<u32>,
    /// Rows of persons whose families and homes may have changed.
    pub(super) moved: Vec<u32>,
    /// Rows of persons whose families and homes the leader may change.
    pub(super) kept: Vec<u32>,
    /// Rows that the leader is about to add and the follower has not.
    pub(super) empty: Vec<(RowKind, u32)>,
    /// Place of the first event of the step.
    pub(super) from: usize,
    /// Numbers of rows that the follower needs.
    pub(super) counts: [usize; 2],
    /// Minds that a drift decided.
    pub(super) minds: Vec<(u32, Mind)>,
}

impl Follower {
    /// A follower that does not differ yet from a world that has lent its rows.
    pub fn of(leader: &World, lent: &Lent, engine: &Engine) -> Follower {
        let mut world = leader.beside(lent);
        world.let_go_of_leader();
        let block = engine.settings().block;
        Follower {
            world,
            residue: Residue::default(),
            other_singles: OtherSingles::default(),
            watched: Watched::default(),
            people: Calendar::new(block),
            couples: Calendar::new(block),
            accepted: Accepted::default(),
            since: [0; 2],
            fresh: Default::default(),
            step: OpenStep::default(),
            held: [0; 2],
        }
    }

    /// The world. Its rows can be read only while the leader has lent its own.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world, for the engine to move it on.
    pub(in crate::engine) fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// Completes some lists of the world, for those who read it between two months.
    pub fn take_lists(&mut self, leader: &World, lists: Lists) {
        self.world.take_lists(leader, &self.residue, lists, &|_, _| true);
    }

    /// Rows of persons who may be counted otherwise than in the leader, by what they are and who lives with them: those who
    /// are watched. Each row once.
    pub fn differing(&self, leader: &World) -> Vec<u32> {
        let mut rows = self.watched.persons.rows.clone();
        rows.extend(self.world.own_persons());
        for couple in self.world.own_couples().into_iter().map(|couple| couple as usize) {
            rows.extend(World::both(self.world.couple(couple)).map(|row| row as u32));
            if couple < leader.row_counts()[1] {
                rows.extend(World::both(leader.couple(couple)).map(|row| row as u32));
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Share of persons whose rows are own rows, averaged over the months so far.
    pub fn share(&self) -> f64 {
        self.held[0] as f64 / (self.held[1] as f64).max(1.0)
    }

    /// Share of persons whose rows are own rows now.
    pub fn share_now(&self) -> f64 {
        self.world.own_persons().len() as f64 / (self.world.row_counts()[0] as f64).max(1.0)
    }

    /// Reads the leader's rows as they are now.
    pub fn read_from(&mut self, lent: &Lent) {
        self.world.read_from(lent);
    }

    /// Reads no rows of the leader until the next [`read_from`](Follower::read_from).
    pub fn let_go(&mut self) {
        self.world.let_go_of_leader();
    }

    /// This scenario as a world of its own, which a simulation continues on the first of a January: the lists of a
    /// year are made in January. The follower must read its leader's rows.
    pub fn alone(&mut self, leader: &World) -> World {
        self.world.alone(leader, &self.residue)
    }

    /// Whether the follower decides for a subject.
    pub(super) fn decides(&self, leader: &World, subject: Subject) -> bool {
        self.watched.has(&self.world, leader, subject)
    }
}

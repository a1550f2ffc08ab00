//! What a place far from home, and an own dwelling after the stay, mean for a victim: work, safety, and violence
//! afterwards.

use super::ShelterProcess;
use crate::engine::Draws;
use crate::units::Ratio;
use crate::world::{Change, Changes, Effect, Flag, InForce, Mechanism, Month, PersonId, Stay, World};

/// Index of the draws on work.
const WORK: u16 = 4;

impl ShelterProcess {
    /// The consequences of moving to a place outside the own city: paid work may be lost, and the partner does not know
    /// the place. In the null world only records change.
    pub(super) fn move_away(&self, world: &World, row: usize, stay: &Stay, draws: &Draws, changes: &mut Changes) {
        if self.in_force == InForce::None || !Self::is_far(stay) {
            return;
        }
        let (t, body) = (&self.table, world.body(row));
        if body.has(Flag::Work) && draws.of(body.key, WORK).happens(0, t.far_work.get()) {
            changes.push(Change::Flag { who: stay.who, flag: Flag::Work, on: false });
        }
        let (from, until) = (world.now().plus(1), stay.until.plus(1));
        act(row, Mechanism::SevereViolence, t.far_severe, (from, until), changes);
    }

    /// What acts on a victim who left a shelter and did not return to the partner.
    pub(super) fn act_after(&self, world: &World, row: usize, stay: &Stay, has_dwelling: bool, changes: &mut Changes) {
        if self.in_force == InForce::None {
            return;
        }
        let t = &self.table;
        let from = world.now().plus(1);
        let months = (from, from.plus(libm::rint(t.after_months.get()) as i32));
        if Self::is_far(stay) {
            act(row, Mechanism::SevereViolence, t.far_severe, months, changes);
        }
        if has_dwelling {
            act(row, Mechanism::IncidentsSuffered, t.dwelling_incidents, months, changes);
        }
    }
}

/// Adds an effect of full strength on a person for some months; none for a ratio of 1.
fn act(row: usize, mechanism: Mechanism, ratio: Ratio, (from, until): (Month, Month), changes: &mut Changes) {
    let log_ratio = libm::log(ratio.get().max(1e-6)) as f32;
    if log_ratio != 0.0 {
        let person = PersonId(row as u32);
        changes.push(Change::Effect(Effect { person, mechanism, log_ratio, from, half_life: f32::INFINITY, until }));
    }
}

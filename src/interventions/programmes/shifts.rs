//! Shifts of attitude and coping by completed programmes, and the part of a programme's effect on violence that passes
//! through them.

use super::Programmes;
use super::doses::{has_many_problems, is_unsafe, party};
use crate::interventions::card::{Dose, EffectForm, Mediator, Programme, ShiftForm};
use crate::world::{Change, Changes, Effect, Mechanism, Month, World};

impl Programmes {
    /// Shifts the attitude and coping of the persons on whom a completed programme acts, from the next month on.
    pub(super) fn shift(&self, world: &World, row: usize, form: &Programme, changes: &mut Changes) {
        for shift in form.shifts.values() {
            let log_ratio = self.size(world, row, form, shift) as f32;
            if log_ratio == 0.0 {
                continue;
            }
            let half_life = shift.half_life.map_or(f32::INFINITY, |months| months.get().max(0.01) as f32);
            let (mechanism, from, until) = (shift.of.mechanism(), world.now().plus(1), Month::NEVER);
            for person in party(world, row, shift.on) {
                changes.push(Change::Effect(Effect { person, mechanism, log_ratio, from, half_life, until }));
            }
        }
    }

    /// The log ratio of what a programme's shifts do to the violence on which one of its effects acts, in the first
    /// month. From then on each fades by its own half-life.
    pub(super) fn through_shifts(&self, world: &World, row: usize, form: &Programme, effect: &EffectForm) -> f64 {
        if effect.dose != Dose::Completed {
            return 0.0;
        }
        let same = form.shifts.values().filter(|shift| shift.on == effect.on);
        let log = |shift: &ShiftForm| {
            let size = self.size(world, row, form, shift);
            match (effect.mechanism, shift.of) {
                (Mechanism::ViolenceUse, Mediator::Attitude) => self.mediation.uses(size, 0.0),
                (Mechanism::ViolenceUse, Mediator::Coping) => self.mediation.uses(0.0, size),
                (Mechanism::ViolenceSuffer, Mediator::Coping) => self.mediation.suffers(size),
                _ => 0.0,
            }
        };
        same.map(log).sum()
    }

    /// A shift in standard deviations, given the safety and the problems of the participant.
    fn size(&self, world: &World, row: usize, form: &Programme, shift: &ShiftForm) -> f64 {
        let mut size = shift.size.get() * form.strength();
        if let Some(left) = shift.if_unsafe
            && is_unsafe(world, row)
        {
            size *= left.get();
        }
        if has_many_problems(world, row) {
            size *= self.many_problems;
        }
        size
    }
}

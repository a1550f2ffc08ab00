//! What the effects of measures and the chain do to a person: ratios on mechanisms, and protection from violence.

use super::World;
use super::effect::{InForce, Mechanism, Mediation, combine};
use super::ids::PersonId;
use super::place::{City, Place};
use super::recorder::{Read, note};
use super::system::with_place;
use super::traits::Flag;

impl World {
    /// Whether a stay (`InShelter`) or a ban (`Banned`) protects this person from violence. In the null world it has no
    /// effect and is only recorded.
    #[inline]
    pub fn is_kept_safe(&self, row: usize, by: Flag) -> bool {
        self.body(row).has(by) && self.effects.in_force == InForce::All
    }

    /// Combined log ratio of the effects on a mechanism of a person; 0 without effects.
    #[inline]
    pub fn effect(&self, row: usize, mechanism: Mechanism) -> f64 {
        if self.body(row).has(Flag::HasEffect) {
            self.effects.log_ratio(PersonId(row as u32), mechanism, self.now)
        } else {
            0.0
        }
    }

    /// Combined log ratio on a mechanism of the chain: effects on the person and area-wide effects of measures. Not for
    /// hazards of the calendar, whose bounds do not depend on areas.
    pub fn chain_effect(&self, row: usize, mechanism: Mechanism) -> f64 {
        let body = self.body(row);
        let own = if body.has(Flag::HasEffect) {
            self.effects.parts(PersonId(row as u32), mechanism, self.now)
        } else {
            (0.0, 0.0)
        };
        note(Read::System);
        if self.chain.system.effects.is_empty() {
            return combine(self.effects.combination, own.0, own.1);
        }
        let mark = self.places().mark(body.place);
        with_place(&self.chain.system, body.place, mark, mechanism, own, self.effects.combination)
    }

    /// Combined log ratio that measures have on a mechanism of the chain for all persons in the unmarked areas of a
    /// city.
    pub fn city_effect(&self, city: City, mechanism: Mechanism) -> f64 {
        note(Read::System);
        let place = Place::new(city, 0);
        with_place(&self.chain.system, place, 0, mechanism, (0.0, 0.0), self.effects.combination)
    }

    /// Upper bound of the log ratio, at least 0, that the effects on a mechanism of a person may reach.
    #[inline]
    pub fn most_effect(&self, row: usize, mechanism: Mechanism) -> f64 {
        if self.body(row).has(Flag::HasEffect) {
            self.effects.most(PersonId(row as u32), mechanism, self.now)
        } else {
            0.0
        }
    }

    /// Lower bound, at most 0, of the log ratio that the effects on a mechanism of a person may reach.
    #[inline]
    pub fn least_effect(&self, row: usize, mechanism: Mechanism) -> f64 {
        if self.body(row).has(Flag::HasEffect) {
            self.effects.least(PersonId(row as u32), mechanism, self.now)
        } else {
            0.0
        }
    }

    /// Attitude that condones violence, standard deviations: what exposure made of it and how far measures shift it.
    pub fn attitude(&self, row: usize) -> f64 {
        self.mind(row).attitude.get() + self.effect(row, Mechanism::Attitude)
    }

    /// Coping with conflict and stress, standard deviations: what exposure made of it and how far measures shift it.
    pub fn coping(&self, row: usize) -> f64 {
        self.mind(row).coping.get() + self.effect(row, Mechanism::Coping)
    }

    /// Log ratio on a person's hazard of using violence of how far measures shift attitude and coping, or an upper bound
    /// of it from now on. What exposure made of them is in [`Mind::acquired_use`](super::Mind::acquired_use).
    #[inline]
    pub fn shifted_use(&self, row: usize, by: &Mediation, bound: bool) -> f64 {
        match (self.body(row).has(Flag::HasEffect), bound) {
            (false, _) => 0.0,
            (true, false) => by.uses(self.effect(row, Mechanism::Attitude), self.effect(row, Mechanism::Coping)),
            (true, true) => {
                by.uses(self.most_effect(row, Mechanism::Attitude), self.least_effect(row, Mechanism::Coping))
            }
        }
    }

    /// As [`shifted_use`](World::shifted_use), of the hazard of suffering violence.
    #[inline]
    pub fn shifted_suffering(&self, row: usize, by: &Mediation, bound: bool) -> f64 {
        match (self.body(row).has(Flag::HasEffect), bound) {
            (false, _) => 0.0,
            (true, false) => by.suffers(self.effect(row, Mechanism::Coping)),
            (true, true) => by.suffers(self.least_effect(row, Mechanism::Coping)),
        }
    }

    /// Combined ratio of the effects on a mechanism of a person; 1 without effects.
    #[inline]
    pub fn effect_ratio(&self, row: usize, mechanism: Mechanism) -> f64 {
        match self.effect(row, mechanism) {
            0.0 => 1.0,
            log => libm::exp(log),
        }
    }

    /// Upper bound of the ratio, at least 1, that the effects on a mechanism of a person may reach.
    #[inline]
    pub fn most_effect_ratio(&self, row: usize, mechanism: Mechanism) -> f64 {
        match self.most_effect(row, mechanism) {
            0.0 => 1.0,
            log => libm::exp(log),
        }
    }
}

//! What a police visit, an arrest, a ban from home and a sentence change in the violence of the perpetrator: how soon it
//! stops, not how many incidents there are while it goes on.

use crate::units::{Months, Ratio};
use crate::world::{Change, Effect, Mechanism, Month, PersonId, World};

/// Natural logarithm of a ratio.
pub(super) fn log(ratio: Ratio) -> f64 {
    libm::log(ratio.get().max(1e-3))
}

/// The effect of a log rate ratio of violence on a perpetrator from next month on, as its inverse on the hazard that the
/// person stops using violence; nothing for a ratio of 1 or a person who is not simulated.
pub(super) fn stops(world: &World, person: PersonId, log_rate: f64, half_life: Months) -> Option<Change> {
    person.row().filter(|_| log_rate != 0.0)?;
    Some(Change::Effect(Effect {
        person,
        mechanism: Mechanism::Desistance,
        log_ratio: -log_rate as f32,
        from: world.now().plus(1),
        half_life: half_life.get().max(0.01) as f32,
        until: Month::NEVER,
    }))
}

//! Symptoms of children and adults: monthly increase under exposure, recovery once it is over; and how far exposure so far
//! shifts the attitude and coping of children.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::{Draws, Drift, Process};
use crate::random::normal;
use crate::units::{ChancePerMonth, Sd};
use crate::world::{ADULT, Body, Childhood, Flag, Milli, Mind, PersonId, Violence, World, YearFlag};

/// `[violence.symptoms]`: symptoms under exposure to violence, and recovery.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Symptoms {
    /// Level of internalising symptoms that an exposed child approaches, standard deviations.
    pub internalising: Sd,
    /// Level of externalising symptoms that an exposed child approaches, standard deviations.
    pub externalising: Sd,
    /// Level of post-traumatic symptoms that an exposed child approaches, standard deviations.
    pub post_traumatic: Sd,
    /// Level of post-traumatic symptoms that an adult victim approaches, standard deviations.
    pub adult_post_traumatic: Sd,
    /// Level of depressive symptoms that an adult victim approaches, standard deviations.
    pub depressive: Sd,
    /// Part of the distance to these levels that symptoms cover in a month of exposure.
    pub gain: ChancePerMonth,
    /// Part of the symptoms of a child that disappears in a month without exposure.
    pub recovery: ChancePerMonth,
    /// Part of the symptoms of an adult that disappears in a month without exposure.
    pub adult_recovery: ChancePerMonth,
    /// Standard deviation, between persons, of the logarithm of the reaction to exposure.
    pub reaction_sd: Sd,
}

/// Sets how far the exposure of a child so far shifts its attitude and coping, by the transmission in force.
type InChildhood = Box<dyn Fn(&Body, &Childhood, &mut Mind) + Send + Sync>;

struct Moving(Symptoms, InChildhood);

impl Symptoms {
    /// The monthly update of symptoms, and of the attitude and coping of exposed children.
    pub fn build(&self, in_childhood: impl Fn(&Body, &Childhood, &mut Mind) + Send + Sync + 'static) -> Process {
        Process::Drift(Box::new(Moving(self.clone(), Box::new(in_childhood))))
    }
}

/// Symptoms below this count as none.
const TRACE: f64 = 0.02;

impl Moving {
    /// One symptom after one more month.
    fn step(now: Milli, target: f64, exposed: bool, gain: f64, recovery: f64) -> Milli {
        // Most rows have only some of the symptoms, and without exposure none begins.
        if !exposed && now == Milli(0) {
            return now;
        }
        let x = now.get();
        if exposed && x < target {
            Milli::new(x + gain * (target - x))
        } else {
            let left = x * (1.0 - recovery);
            if left < TRACE { Milli(0) } else { Milli::new(left) }
        }
    }
}

impl Drift for Moving {
    fn next(&self, world: &World, row: usize, draws: &Draws) -> Mind {
        let s = &self.0;
        let body = world.body(row);
        let mut mind = *world.mind(row);
        if !body.has(Flag::Present) {
            return mind;
        }
        // Only the reaction to exposure varies between persons; recovery is the same for all.
        let sd = s.reaction_sd.get();
        let reaction = |exposed: bool| {
            let own = || sd * normal(draws.lasting(body.key, 0).unit(0)) - 0.5 * sd * sd;
            if exposed { libm::exp(own()) } else { 1.0 }
        };
        let gain = s.gain.get();
        if body.age_months(world.now()) < ADULT {
            let violent = |parent: usize| world.couple_of(parent).is_some_and(|couple| couple.is_violent());
            // A person in a shelter, or a child placed out of the home, is not exposed to the violence between the
            // adults.
            let witnesses = || !world.is_kept_safe(row, Flag::InShelter) && world.carers(row).0.is_some_and(violent);
            let exposed = world.past(row).maltreated != 0 || witnesses();
            let (reaction, recovery) = (reaction(exposed), s.recovery.get());
            let next = |now, shift: Sd| Self::step(now, shift.get() * reaction, exposed, gain, recovery);
            mind.internalising = next(mind.internalising, s.internalising);
            mind.externalising = next(mind.externalising, s.externalising);
            mind.post_traumatic = next(mind.post_traumatic, s.post_traumatic);
            mind.conduct = mind.conduct.max(mind.externalising);
            // Also a child whose first violence began and ended this month.
            if world.past(row).year & (YearFlag::Witnessed.bit() | YearFlag::Maltreated.bit()) != 0 {
                (self.1)(body, world.childhood(row), &mut mind);
            }
        } else {
            let who = PersonId(row as u32);
            let suffers = world.couple_of(row).is_some_and(|couple| couple.suffers(who) != Violence::None);
            let exposed = suffers && !world.is_kept_safe(row, Flag::InShelter);
            let reaction = reaction(exposed);
            let recovery = s.adult_recovery.get();
            let next = |now, shift: f64| Self::step(now, shift * reaction, exposed, gain, recovery);
            mind.post_traumatic = next(mind.post_traumatic, s.adult_post_traumatic.get());
            mind.depressive = next(mind.depressive, s.depressive.get());
            mind.internalising = next(mind.internalising, 0.0);
            mind.externalising = next(mind.externalising, 0.0);
        }
        mind
    }
}

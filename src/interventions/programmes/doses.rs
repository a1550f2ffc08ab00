//! Results of participation: effects on mechanisms, reductions of symptoms, and shifts of attitude and coping.

use super::Programmes;
use crate::interventions::card::{Dose, EffectForm, Party, Programme, Relief, Symptom};
use crate::world::{
    ADULT, Change, Changes, Effect, Flag, InForce, Mechanism, MindShift, Month, PersonId, Violence, World,
};

/// Number of risk flags from which a person counts as having multiple problems.
const MANY_PROBLEMS: usize = 3;

impl Programmes {
    /// Results of a dose: effects on mechanisms, and reductions of symptoms. `until` is the end of the stay.
    pub(super) fn act(&self, world: &World, row: usize, index: usize, dose: Dose, until: Month, changes: &mut Changes) {
        let form = &self.services[index].programme;
        for effect in form.effects.values() {
            // `during` begins at the start and ends with the stay.
            let earned = effect.dose == dose || (effect.dose == Dose::During && dose == Dose::Started);
            if earned {
                self.add_effect(world, row, form, effect, until, changes);
            }
        }
        if dose != Dose::Completed {
            return;
        }
        // In the null world only what is recorded takes place.
        if self.in_force == InForce::All {
            self.relieve(world, row, form, changes);
            self.shift(world, row, form, changes);
        }
        if world.body(row).age_months(world.now()) < ADULT {
            changes.push(Change::Flag { who: PersonId(row as u32), flag: Flag::Guided, on: true });
        }
    }

    /// Adds an effect of a programme to the persons on whom it acts, if its conditions hold for the participant. The stay
    /// ends with `until`; the log ratio is multiplied by the strength of the programme.
    fn add_effect(
        &self,
        world: &World,
        row: usize,
        form: &Programme,
        effect: &EffectForm,
        until: Month,
        changes: &mut Changes,
    ) {
        // In the null world only what is recorded takes place.
        if self.in_force != InForce::All && !effect.mechanism.is_of_the_chain() {
            return;
        }
        if !effect.only.iter().all(|condition| Self::holds(world, row, *condition)) {
            return;
        }
        let ratio = effect.ratio.get();
        if ratio <= 0.0 {
            return;
        }
        let mut log = libm::log(ratio) * form.strength();
        if let Some(lost) = effect.lost_to_violence
            && is_frequent(world, row)
        {
            log *= 1.0 - lost.get();
        }
        // A visitor sees and reports no less in a family with many problems.
        let is_seen = matches!(effect.mechanism, Mechanism::Detection | Mechanism::Reporting);
        if !is_seen && has_many_problems(world, row) {
            log *= self.many_problems;
        }
        // The effect is the total; what passes through attitude and coping takes place there.
        log -= self.through_shifts(world, row, form, effect);
        if log == 0.0 {
            return;
        }
        let from = world.now().plus(1 + effect.lag.map_or(0, |lag| libm::rint(lag.get()) as i32));
        let until = match (effect.dose, effect.lasts) {
            (Dose::During, _) => until.plus(1),
            (_, Some(months)) => from.plus(libm::rint(months.get()) as i32),
            (_, None) => Month::NEVER,
        };
        let half_life = effect.half_life.map_or(f32::INFINITY, |months| months.get().max(0.01) as f32);
        for person in party(world, row, effect.on) {
            let (mechanism, log_ratio) = (effect.mechanism, log as f32);
            changes.push(Change::Effect(Effect { person, mechanism, log_ratio, from, half_life, until }));
        }
    }

    /// Reduces the symptoms of the persons on whom a completed programme acts.
    fn relieve(&self, world: &World, row: usize, form: &Programme, changes: &mut Changes) {
        for relief in form.relief.values() {
            for who in party(world, row, relief.on) {
                let by = who.row().map(|row| self.relief_of(world, row, relief, form.strength()));
                changes.list.extend(by.map(|by| Change::MindShift { who, by }));
            }
        }
    }

    /// One reduction of the symptoms of one person, by a programme of this strength.
    fn relief_of(&self, world: &World, row: usize, relief: &Relief, strength: f64) -> MindShift {
        let mut share = strength;
        if let Some(left) = relief.if_unsafe
            && is_unsafe(world, row)
        {
            share *= left.get();
        }
        let relieved = share * (relief.attention.get() + relief.specific.get());
        let mut by = MindShift::default();
        // Conduct problems mediate transmission; a part of them can be reduced by help in childhood.
        if relief.symptom == Symptom::Externalising && world.body(row).age_months(world.now()) < ADULT {
            by.conduct = (self.treatable * relieved) as f32;
        }
        let symptom = match relief.symptom {
            Symptom::Internalising => 0,
            Symptom::Externalising => 1,
            Symptom::PostTraumatic => 2,
            Symptom::Depressive => 3,
        };
        by.symptoms[symptom] = relieved as f32;
        by
    }
}

/// Whether violence between the partners is frequent: coercive, or at least twelve incidents in the year so far.
fn is_frequent(world: &World, row: usize) -> bool {
    let carer = world.householder(row);
    world.couple_of(carer).is_some_and(|couple| {
        couple.violence.contains(&Violence::Coercive) || couple.incidents.iter().any(|count| *count >= 12)
    })
}

/// Whether there is ongoing violence against or by the carer of a child, or in the union of an adult.
pub(super) fn is_unsafe(world: &World, row: usize) -> bool {
    let carer = world.carers(row).0.unwrap_or(row);
    world.couple_of(carer).is_some_and(|couple| couple.is_violent())
}

/// Whether a person has multiple problems: a mild intellectual disability, or at least three of the risk flags.
pub(super) fn has_many_problems(world: &World, row: usize) -> bool {
    let body = world.body(row);
    body.has(Flag::Disability) || Flag::RISKS.iter().filter(|flag| body.has(**flag)).count() >= MANY_PROBLEMS
}

/// Persons on whom an effect of a programme acts.
pub(super) fn party(world: &World, row: usize, party: Party) -> Vec<PersonId> {
    let id = |row: usize| PersonId(row as u32);
    let young = |child: &usize| world.body(*child).age_months(world.now()) < ADULT;
    match party {
        Party::Participant => vec![id(row)],
        Party::Partner => world.partner_of(row).map(id).into_iter().collect(),
        Party::Children => world.children_of_household(world.householder(row)).filter(young).map(id).collect(),
        Party::Mother => {
            let mother = world.kin(row).mother;
            mother.row().filter(|row| world.body(*row).has(Flag::Present)).map(id).into_iter().collect()
        }
    }
}

//! Who is eligible for a programme.

use super::{Programmes, Service};
use crate::engine::Draws;
use crate::interventions::card::{Condition, SexRule};
use crate::world::{Flag, Sex, Violence, World};

impl Programmes {
    /// Whether a condition of a card holds for a person.
    pub(super) fn holds(world: &World, row: usize, condition: Condition) -> bool {
        let body = world.body(row);
        if let Some(flag) = condition.flag() {
            return body.has(flag);
        }
        let couple = || world.couple_of(row);
        match condition {
            Condition::Single => !body.has_partner(),
            Condition::NoWork => !body.has(Flag::Work),
            Condition::Teenager => body.age(world.now()) < 20,
            Condition::FirstBirth => body.parity() == 0,
            Condition::LowEducation => body.education() == crate::world::Education::Low,
            Condition::ViolentPartner => couple().is_some_and(|couple| couple.is_violent()),
            Condition::Coercive => couple().is_some_and(|couple| couple.violence.contains(&Violence::Coercive)),
            Condition::MarkedArea => world.places().mark(body.place) > 0,
            _ => false,
        }
    }

    /// Whether a person meets the rule of a service.
    pub(super) fn is_eligible(&self, world: &World, row: usize, service: &Service, draws: &Draws) -> bool {
        let who = &service.programme.eligible;
        let body = world.body(row);
        let age = f64::from(body.age_months(world.now())) / 12.0;
        let holds = |condition: &Condition| Self::holds(world, row, *condition);
        let partner = world.partner_of(row);
        let in_family = |condition: &Condition| {
            holds(condition) || partner.is_some_and(|partner| Self::holds(world, partner, *condition))
        };
        let any = who.any_of.is_empty() && who.family_any_of.is_empty();
        who.age_from.is_none_or(|from| age >= from.get())
            && who.age_to.is_none_or(|to| age < to.get())
            && who.sex.is_none_or(|sex| (sex == SexRule::Female) == (body.sex() == Sex::Female))
            && (any || who.any_of.iter().any(holds) || who.family_any_of.iter().any(in_family))
            && who.all_of.iter().all(holds)
            && !who.none_of.iter().any(holds)
            && who.symptoms_above.is_none_or(|least| {
                let mind = world.mind(row);
                let worst = mind.internalising.max(mind.externalising).max(mind.post_traumatic).max(mind.depressive);
                worst.get() > least.get()
            })
            && (who.origin.is_empty() || who.origin.iter().any(|origin| origin.index() == body.origin()))
            && who.suitable.is_none_or(|share| draws.lasting(body.key, service.tag).happens(0, share.get()))
    }
}

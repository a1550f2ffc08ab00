//! The households of the pool, as newcomers and founders copy them.

use crate::world::{ADULT, Arrival, Flag, Month, Newcomer, PersonId, World};

/// Every household of the pool whose head is an adult, with its histories; kin outside the household is left behind.
pub fn pool_households(world: &World) -> Vec<Arrival> {
    (0..world.people.len()).filter_map(|row| household(world, row)).collect()
}

fn household(world: &World, row: usize) -> Option<Arrival> {
    let body = &world.people.body[row];
    let partner = world.partner_of(row);
    let heads = body.counts() && !body.at_parents() && body.age_months(world.now) >= ADULT;
    if !heads || (partner.is_some() && body.has(Flag::Female)) {
        return None;
    }
    let mut adults = vec![row];
    adults.extend(partner);
    let mut rows = adults.clone();
    rows.extend(world.children_of_household(row));
    let members = rows.iter().map(|row| member(world, *row)).collect();
    let index =
        |who: PersonId| who.row().and_then(|row| adults.iter().position(|adult| *adult == row)).map(|at| at as u8);
    let parents = rows[adults.len()..]
        .iter()
        .map(|child| {
            let kin = &world.people.kin[*child];
            [index(kin.mother), index(kin.father)]
        })
        .collect();
    let union = world.couple_of(row).map(|couple| {
        let mut union = *couple;
        union.man = PersonId::NONE;
        union.woman = PersonId::NONE;
        union.incidents = [0; 2];
        union
    });
    Some(Arrival { members, union, parents })
}

fn member(world: &World, row: usize) -> Newcomer {
    let mut body = world.people.body[row];
    body.couple = crate::world::CoupleId::NONE;
    body.home = PersonId::NONE;
    for flag in [Flag::HasEffect, Flag::Newcomer] {
        body.set(flag, false);
    }
    let mut past = world.people.past[row];
    past.year = 0;
    past.reported = Month::NEVER;
    let expects = body
        .has(Flag::Pregnant)
        .then(|| world.pregnancies.iter().find(|pregnancy| pregnancy.mother.row() == Some(row)))
        .flatten();
    let expects = expects.map(|pregnancy| pregnancy.due);
    body.set(Flag::Pregnant, expects.is_some());
    let mind = world.people.mind[row];
    Newcomer { body, mind, past, childhood: *world.childhood(row), expects, ..Newcomer::default() }
}

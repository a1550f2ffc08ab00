//! The households of the burn-in population, as newcomers and founders copy them.

use crate::world::{ADULT, Arrival, Flag, Month, Newcomer, PersonId, World};

/// Every household of the burn-in population with an adult head, with its histories. Kin outside the household is
/// dropped, and so are placed minors, who belong to no household. In the order of the keys of the heads: copies are
/// named after the place of a household in this list.
pub fn pool_households(world: &World) -> Vec<Arrival> {
    let mut rows: Vec<usize> = world.rows().collect();
    rows.sort_unstable_by_key(|row| world.body(*row).key);
    rows.into_iter().filter_map(|row| household(world, row)).collect()
}

fn household(world: &World, row: usize) -> Option<Arrival> {
    let body = world.body(row);
    let partner = world.partner_of(row);
    let heads = body.counts() && !body.at_parents() && body.age_months(world.now()) >= ADULT;
    if !heads || (partner.is_some() && world.is_second_partner(row)) {
        return None;
    }
    let mut rows = vec![row];
    rows.extend(partner);
    let adults = rows.len();
    rows.extend(world.children_of_household(row));
    // The eldest first, as they were born: each is put at the head of its parents' lists, which begin with the youngest.
    let by_age = |rows: &mut [usize]| rows.sort_by_key(|row| (world.body(*row).born, world.body(*row).key));
    by_age(&mut rows[adults..]);
    // Children of a daughter who lives in the household come after all members of her generation, and so on.
    let mut at = adults;
    while let Some(child) = rows.get(at) {
        let mut children: Vec<usize> = world.children_at_home(*child).collect();
        by_age(&mut children);
        rows.extend(children);
        at += 1;
    }
    let members = rows.iter().map(|row| member(world, *row)).collect();
    let index =
        |who: PersonId| who.row().and_then(|row| rows.iter().position(|member| *member == row)).map(|at| at as u8);
    let parents = rows[adults..]
        .iter()
        .map(|child| {
            let kin = world.kin(*child);
            [index(kin.mother), index(kin.father)]
        })
        .collect();
    let union = world.couple_of(row).map(|couple| {
        let mut union = *couple;
        union.partners = [PersonId::NONE; 2];
        union.incidents = [0; 2];
        union
    });
    Some(Arrival { members, union, parents })
}

fn member(world: &World, row: usize) -> Newcomer {
    let mut body = *world.body(row);
    body.couple = crate::world::CoupleId::NONE;
    body.home = PersonId::NONE;
    for flag in [Flag::HasEffect, Flag::Newcomer] {
        body.set(flag, false);
    }
    let mut past = *world.past(row);
    past.year = 0;
    past.reported = Month::NEVER;
    let expects = body
        .has(Flag::Pregnant)
        .then(|| world.pregnancies().iter().find(|pregnancy| pregnancy.mother.row() == Some(row)))
        .flatten();
    let expects = expects.map(|pregnancy| pregnancy.due);
    body.set(Flag::Pregnant, expects.is_some());
    let mind = *world.mind(row);
    Newcomer { body, mind, past, childhood: *world.childhood(row), expects, ..Newcomer::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Body, Change, Changes, Mind, Past, Place, Places};

    #[test]
    fn a_grandchild_at_home_is_copied_with_the_household_and_lives_with_its_mother() {
        let mut world = World::new(Month(0), Places::default());
        let woman = |key: u64, born: i32| {
            let mut body = Body { key, born: Month(born as i16), place: Place::new(0, 0), ..Body::default() };
            body.set(Flag::Female, true);
            body
        };
        world.set_up().person(woman(1, -480), Mind::default(), Past::default());
        let born = |mother: u32, body: Body| Change::Born {
            mother: PersonId(mother),
            father: PersonId::NONE,
            child: Box::new(Newcomer { body, ..Newcomer::default() }),
        };
        // A daughter of 17, her younger sister, and the daughter's child.
        for change in [born(0, woman(2, -204)), born(0, woman(3, -120)), born(1, woman(4, -6))] {
            world.apply(Changes { list: vec![change], ..Changes::default() });
        }
        let households = pool_households(&world);
        assert_eq!(households.len(), 1);
        assert_eq!(households[0].members.len(), world.household(0).len(), "nobody of the household is left behind");
        let mut copy = World::new(Month(0), Places::default());
        let arrive = Change::Arrive(Box::new(households[0].clone()));
        copy.apply(Changes { list: vec![arrive], ..Changes::default() });
        let row = |key: u64| copy.rows().find(|row| copy.body(*row).key == key).expect("a row");
        assert_eq!(copy.body(row(4)).home, PersonId(row(2) as u32));
        assert_eq!(copy.body(row(2)).home, PersonId(row(1) as u32));
        assert_eq!(copy.household(row(1)).len(), 4);
        copy.check_homes().expect("every child is at home");
    }
}

//! The beginning of a year: rows of a leader and its followers are put in order together.

use rayon::prelude::*;

use super::beside::Beside;
use super::state::Follower;
use crate::world::{OrderPlan, Renaming, Renumbered, World};

/// Orders the rows of a leader and its followers together if `shuffle` is given, and removes households elsewhere
/// that are no longer followed if `thins`. Returns the new numbers of the leader's rows.
pub(in crate::engine) fn new_year(
    leader: &mut World,
    followers: &mut [Beside<'_>],
    shuffle: Option<bool>,
    thins: bool,
) -> Option<Renaming> {
    if followers.is_empty() || shuffle.is_none() && !thins {
        let renaming = shuffle.map(|shuffle| leader.order(shuffle));
        if thins {
            leader.thin_elsewhere();
        }
        return renaming;
    }
    let renaming = shuffle.map(|shuffle| order(leader, followers, shuffle));
    if thins {
        let rows = leader.may_be_closed();
        let lent = leader.lend();
        let (persons, couples) = leader.thinned(&lent, &rows);
        followers.par_iter_mut().for_each(|it| {
            it.follower.read_from(&lent);
            let world = it.follower.world_mut();
            persons.iter().for_each(|row| world.keep_person(*row as usize));
            couples.iter().for_each(|row| world.keep_couple(*row as usize));
            world.thin_elsewhere_beside(&rows);
            world.keep_own();
            it.follower.let_go();
        });
        leader.take_back(lent);
        leader.thin_elsewhere();
    }
    renaming
}

/// Orders the rows of a leader and its followers together.
fn order(leader: &mut World, followers: &mut [Beside<'_>], shuffle: bool) -> Renaming {
    let mut plan = leader.order_plan(shuffle);
    let lent = leader.lend();
    let of_own = |it: &mut Beside<'_>| {
        it.follower.read_from(&lent);
        it.follower.world.order_plan_of_own()
    };
    let others: Vec<OrderPlan> = followers.par_iter_mut().map(of_own).collect();
    plan.join(&others);
    let numbers = plan.numbers();
    let world = &*leader;
    let renumber = |it: &mut Beside<'_>| {
        let Follower { world: own, residue, .. } = &mut *it.follower;
        let renumbered = own.renumber(world, residue, &numbers);
        own.let_go_of_leader();
        renumbered
    };
    let renumbered: Vec<Renumbered> = followers.par_iter_mut().map(renumber).collect();
    leader.take_back(lent);
    let renaming = leader.order_by(&plan);
    let lent = leader.lend();
    let world = &*leader;
    followers.par_iter_mut().zip(renumbered).for_each(|(it, renumbered)| {
        let follower = &mut *it.follower;
        follower.residue = follower.world.take_renumbered(renumbered, world, &lent);
        follower.world.take_touched();
        follower.let_go();
    });
    leader.take_back(lent);
    renaming
}

//! Followers of one leader, step by step.

use rayon::prelude::*;

use super::led::Led;
use super::state::Follower;
use crate::engine::decide::Accepted;
use crate::engine::machine::Engine;
use crate::engine::process::PartnerSearch;
use crate::world::{Changes, World};

/// Followers of one leader with their engines.
pub struct Beside<'a> {
    /// The follower.
    pub follower: &'a mut Follower,
    /// The engine of its scenario.
    pub engine: &'a Engine,
}

/// A step that the leader has decided and not yet applied.
pub(in crate::engine) struct LedStep<'a> {
    /// Its place in the month.
    pub(in crate::engine) index: usize,
    /// The decisions.
    pub(in crate::engine) parts: &'a [Changes],
    /// The searches from which a meeting decided.
    pub(in crate::engine) searches: &'a [PartnerSearch],
    /// Rows in which hazards happen this month.
    pub(in crate::engine) accepted: &'a Accepted,
}

/// Lets followers decide a step and apply it, before the leader applies its own.
pub(in crate::engine) fn decide(leader: &mut World, followers: &mut [Beside<'_>], step: &LedStep<'_>) {
    let lent = leader.lend();
    let led = Led::of(leader, step.parts);
    let world = &*leader;
    followers.par_iter_mut().for_each(|it| {
        it.follower.read_from(&lent);
        it.follower.decide(world, it.engine, step, &led);
        it.follower.let_go();
    });
    drop(led);
    leader.take_back(lent);
}

/// Lets followers see the rows as they are after the leader applied a step.
pub(in crate::engine) fn applied(leader: &mut World, followers: &mut [Beside<'_>]) {
    let counts = followers.iter().map(|it| it.follower.step.counts);
    let most = counts.fold([0; 2], |most, counts| [most[0].max(counts[0]), most[1].max(counts[1])]);
    leader.pad(most);
    with_rows(leader, followers, |leader, it| it.follower.applied(leader));
}

/// Does something with each follower while it can read the leader's rows.
pub(in crate::engine) fn with_rows(
    leader: &mut World,
    followers: &mut [Beside<'_>],
    each: impl Fn(&World, &mut Beside<'_>) + Sync,
) {
    let lent = leader.lend();
    let world = &*leader;
    followers.par_iter_mut().for_each(|it| {
        it.follower.read_from(&lent);
        each(world, it);
        it.follower.let_go();
    });
    leader.take_back(lent);
}

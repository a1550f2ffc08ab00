//! Violence between adults that a child witnessed in a year.

use serde::{Deserialize, Serialize};

use crate::world::{CoupleId, Month, PersonId, Side, World};

/// A child's witnessing of one couple in one month, in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct WitnessedMonth {
    pub(super) child: u32,
    month: Month,
    user: u32,
    victim: u32,
}

/// Witnessing by a child in a year, as shown in the table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Witnessed {
    /// Index of the row.
    pub(super) life: u32,
    pub(super) months: u16,
    pub(super) pairs: u16,
    pub(super) keys: [u64; 2],
    pub(super) roles: [Role; 2],
}

/// Relation of an adult at home to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Role {
    Mother,
    Father,
    PartnerOfParent,
}

impl Role {
    /// The word in the table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Role::Mother => "mother",
            Role::Father => "father",
            Role::PartnerOfParent => "partner_of_parent",
        }
    }
}

/// A child's witnessing of a couple in a month, by direction.
pub(super) fn sights(
    world: &World,
    child: PersonId,
    couple: CoupleId,
    by: [bool; 2],
    month: Month,
) -> impl Iterator<Item = WitnessedMonth> {
    let couple = world.couple_by_id(couple);
    Side::BOTH.into_iter().filter(move |side| by[*side as usize]).filter_map(move |side| {
        let (user, victim) = (couple?.partner(side).row()?, couple?.partner(side.other()).row()?);
        Some(WitnessedMonth { child: child.row()? as u32, month, user: user as u32, victim: victim as u32 })
    })
}

/// The couple that a child witnessed in most months of a year; of several, the one with the smallest keys.
pub(super) fn witnessed(world: &World, life: u32, sights: &[WitnessedMonth]) -> Witnessed {
    let mut months: Vec<Month> = sights.iter().map(|sight| sight.month).collect();
    months.dedup();
    let mut pairs: Vec<([u32; 2], u16)> = Vec::new();
    for sight in sights {
        let pair = [sight.user, sight.victim];
        match pairs.iter_mut().find(|(known, _)| *known == pair) {
            Some((_, months)) => *months += 1,
            None => pairs.push((pair, 1)),
        }
    }
    let keys = |pair: [u32; 2]| pair.map(|row| world.body(row as usize).key);
    let first = pairs.iter().min_by_key(|(pair, months)| (std::cmp::Reverse(*months), keys(*pair)));
    let pair = first.map_or([0; 2], |(pair, _)| *pair);
    let kin = world.kin(sights[0].child as usize);
    let role = |row: u32| match PersonId(row) {
        who if who == kin.mother => Role::Mother,
        who if who == kin.father => Role::Father,
        _ => Role::PartnerOfParent,
    };
    Witnessed { life, months: months.len() as u16, pairs: pairs.len() as u16, keys: keys(pair), roles: pair.map(role) }
}

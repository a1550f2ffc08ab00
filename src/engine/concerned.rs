//! Whose hazards depend on what has changed: the layers of these subjects are evaluated again at the end of a month.

use rayon::prelude::*;

use crate::world::{Flag, PersonId, Touch, World};

/// Rows whose state changed, and which parts of it, in parts that were found by several threads.
pub(super) type TouchedRows = Vec<Vec<(u32, Touch)>>;

/// Parts of a person's state that hazards of the partner depend on; hazards of the couple are handled separately.
const OF_PARTNER: Touch = Touch::WORK.and(Touch::HOME).and(Touch::MIND);
/// Parts of an adult's state that hazards of the children at home depend on. A change of income is reported for every
/// member itself.
const OF_CARER: Touch =
    Touch::ALCOHOL.and(Touch::ADDICTION).and(Touch::ILLNESS).and(Touch::HOME).and(Touch::VIOLENCE).and(Touch::MIND);

/// Number of changed rows that one thread looks at.
const CHUNK: usize = 512;

/// The persons and couples whose hazards may depend on what was touched, among the first rows, which calendars know.
pub(super) fn concerned(
    world: &World,
    touched: &[(PersonId, Touch)],
    known_people: usize,
    known_couples: usize,
) -> (TouchedRows, TouchedRows) {
    let near = |chunk: &[(PersonId, Touch)]| {
        let known = |row: &usize| *row < known_people;
        let mut persons: Vec<(u32, Touch)> = Vec::with_capacity(2 * chunk.len());
        let mut couples: Vec<(u32, Touch)> = Vec::new();
        for (index, (who, touch)) in chunk.iter().enumerate() {
            if index % World::PREFETCH == 0 {
                let ahead = chunk[index..].iter().take(World::PREFETCH);
                world.prefetch(ahead.filter_map(|(who, _)| who.row()));
            }
            let Some(row) = who.row().filter(known) else { continue };
            let body = world.body(row);
            if !body.has(Flag::Present) {
                continue;
            }
            persons.push((row as u32, *touch));
            if let Some(couple) = body.couple.row().filter(|couple| *couple < known_couples) {
                couples.push((couple as u32, *touch));
            }
            if touch.meets(OF_PARTNER) {
                let partner = world.partner_of(row).filter(known);
                persons.extend(partner.map(|partner| (partner as u32, Touch::NEAR)));
            }
            if touch.meets(OF_CARER) && (world.kin(row).youngest.is_some() || body.has_partner()) {
                let minors = world.children_of_household(row).filter(known);
                persons.extend(minors.map(|child| (child as u32, Touch::NEAR)));
            }
        }
        (persons, couples)
    };
    touched.par_chunks(CHUNK).map(near).unzip()
}

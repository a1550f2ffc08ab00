//! Deciding for rows: in which rows each hazard happens, and what it does to them.

use std::ops::Range;

use rayon::prelude::*;

use super::process::{Draws, Hazard};
use crate::world::{Changes, Subject, World};

/// The rows in which each hazard of persons and of couples happens in a month, in order of key.
#[derive(Clone, Debug, Default)]
pub(super) struct Accepted {
    /// For each hazard of persons.
    pub(super) persons: Vec<Vec<u32>>,
    /// For each hazard of couples.
    pub(super) couples: Vec<Vec<u32>>,
}

/// Number of rows that one thread decides at a time.
const CHUNK: usize = 512;

/// Decides for a number of rows by several threads, each of which decides some rows into changes of its own.
pub(super) fn in_parallel(rows: usize, work: impl Fn(Range<usize>, &mut Changes) + Sync) -> Vec<Changes> {
    (0..rows.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut changes = Changes::default();
            work(chunk * CHUNK..((chunk + 1) * CHUNK).min(rows), &mut changes);
            changes
        })
        .collect()
}

/// Decides what a hazard does to each of the rows in which it happens.
pub(super) fn decide_rows(
    hazard: &dyn Hazard,
    world: &World,
    rows: &[u32],
    draws: &Draws,
    subject: impl Fn(u32) -> (Subject, u64) + Sync,
) -> Vec<Changes> {
    in_parallel(rows.len(), |range, changes| {
        for row in &rows[range] {
            hazard.happens(world, *row as usize, draws, changes);
            let (subject, key) = subject(*row);
            changes.decided(subject, key);
        }
    })
}

//! How far the shards of a plan are.

use rayon::prelude::*;
use serde::Serialize;

use super::folder::PlanFolder;
use crate::error::Result;
use crate::store::Store;

/// How far a shard is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ShardState {
    /// Its number, from 1.
    pub shard: usize,
    /// Number of its units.
    pub units: usize,
    /// Of these, units that are stored; they are not checked for damage.
    pub done: usize,
    /// Whether a worker is at work on it, as far as this machine can see.
    pub at_work: bool,
    /// Expected seconds for the whole shard.
    pub seconds: f64,
}

impl ShardState {
    /// Whether all units are stored.
    pub fn is_done(&self) -> bool {
        self.done == self.units
    }
}

/// The states of all shards.
///
/// # Errors
/// A shard whose file is missing or damaged.
pub fn states(folder: &PlanFolder, store: &Store) -> Result<Vec<ShardState>> {
    store.refresh();
    let state = |shard: usize| -> Result<ShardState> {
        let places = folder.shard(shard)?;
        Ok(ShardState {
            shard,
            units: places.len(),
            done: places.iter().filter(|place| store.holds(&place.unit)).count(),
            at_work: folder.is_locked(shard),
            seconds: folder.shards().get(shard - 1).map_or(0.0, |estimate| estimate.seconds),
        })
    };
    (1..=folder.shards().len()).into_par_iter().map(state).collect()
}

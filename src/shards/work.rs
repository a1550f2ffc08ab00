//! A worker: simulates the units of one shard that are not stored yet.

use std::collections::BTreeSet;

use super::folder::PlanFolder;
use crate::error::{Error, Kind, Result};
use crate::experiment::{self, Conditions, Plan};
use crate::store::{PackWriter, Place, Store};

/// Simulates the units of a shard that the store does not have, and appends them to packs. Returns how many are stored
/// now, and how many the shard has: fewer when the caller asked to stop. A second call goes on from there.
///
/// # Errors
/// A damaged shard; another process at work on it; a machine on which the parameters come out differently; a full,
/// read-only or failing disk. Units that were stored before an error stay.
pub fn work(folder: &PlanFolder, shard: usize, store: &Store, conditions: &Conditions<'_>) -> Result<(usize, usize)> {
    let places = folder.shard(shard)?;
    let _lock = folder.lock(shard)?;
    store.refresh();
    let is_whole = |place: &Place| store.holds(&place.unit) && store.find(&place.unit).is_some();
    if places.iter().all(is_whole) {
        return Ok((places.len(), places.len()));
    }
    let plan = plan_of(folder, &places)?;
    store.prepare()?;
    let packs = PackWriter::new(store, &folder.label(shard))?;
    let conditions = Conditions { full: conditions.full || folder.full(), ..*conditions };
    let done = experiment::work(&plan, store, &packs, &conditions)?;
    packs.finish()?;
    Ok(done)
}

/// The part of the plan that consists of these units. It is made anew on this machine from the experiment: a machine that
/// computes other parameters for a draw gets other ids and is refused.
fn plan_of(folder: &PlanFolder, places: &[Place]) -> Result<Plan> {
    let draws: BTreeSet<u32> = places.iter().map(|place| place.draw).collect();
    let ids: BTreeSet<&str> = places.iter().map(|place| place.unit.as_str()).collect();
    let plan = Plan::of_draws(folder.experiment()?, &draws)?.only(&ids);
    let found: BTreeSet<&str> = plan.units.iter().map(|unit| unit.id.as_str()).collect();
    if found == ids {
        return Ok(plan);
    }
    let what =
        format!("{} of {} units of the shard get another id on this machine", ids.len() - found.len(), ids.len());
    let cure = "use the same build of keten on every machine, and report this fault if you do";
    Err(Error::new(Kind::Internal, what, cure).in_file(folder.path().display().to_string(), None).into())
}

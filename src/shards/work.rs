//! A worker: simulates the units of one shard that are not stored yet.

use std::collections::BTreeSet;

use super::folder::PlanFolder;
use super::objects::{self, Objects, SendingSink};
use crate::error::{Error, Kind, Result};
use crate::experiment::{self, Conditions, Plan};
use crate::store::{PackWriter, Place, Store, UnitSink};

/// Simulates the units of a shard that the store does not have, and appends them to packs. Returns how many are stored
/// now, and how many the shard has: fewer when the caller asked to stop. A second call goes on from there. With an object
/// store the units that are there are not simulated again, and the others are sent there.
///
/// # Errors
/// A damaged shard; another process at work on it; a machine on which the parameters come out differently; a full,
/// read-only or failing disk; an object store that cannot be used. Units that were stored before an error stay.
pub fn work(
    folder: &PlanFolder,
    shard: usize,
    store: &Store,
    objects: Option<&dyn Objects>,
    conditions: &Conditions<'_>,
) -> Result<(usize, usize)> {
    let places = folder.shard(shard)?;
    let _lock = folder.lock(shard)?;
    store.refresh();
    if let Some(objects) = objects {
        objects::fetch(folder, shard, store, objects)?;
    }
    let is_whole = |place: &Place| store.holds(&place.unit) && store.find(&place.unit).is_some();
    let whole = places.iter().all(is_whole);
    if whole && objects.is_none() {
        return Ok((places.len(), places.len()));
    }
    store.prepare()?;
    let packs = PackWriter::new(store, &folder.label(shard))?;
    let conditions = Conditions { full: conditions.full || folder.full(), ..*conditions };
    let sending = objects.map(|objects| SendingSink::new(&packs, (folder, shard), &places, store, objects));
    let sink: &dyn UnitSink = sending.as_ref().map_or(&packs, |sending| sending);
    let simulate = || experiment::work(&plan_of(folder, &places)?, store, sink, &conditions);
    let done = if whole { Ok((places.len(), places.len())) } else { simulate() };
    packs.finish()?;
    // What was simulated before a fault is sent all the same.
    let sent = sending.as_ref().map_or(Ok(()), SendingSink::send);
    let done = done?;
    sent?;
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

//! The run folder from the units of all shards.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::folder::PlanFolder;
use crate::error::{Error, Errors, Kind, Result};
use crate::experiment::{self, Plan};
use crate::store::{Assembled, Store, Unit, UnitId};

/// The units of a shard that were found, and the numbers of those that are missing and damaged.
struct FoundUnits {
    units: Vec<Unit>,
    missing: usize,
    damaged: Vec<Error>,
}

/// Checks every unit of a plan in the store of the workers, and makes the run folder in `out`: the same as that of
/// `keten run`. The units are taken over into `out`, as links where the file system allows it.
///
/// # Errors
/// Every shard with missing or damaged units; the errors of [`Store::assemble_from`].
pub fn collect(folder: &PlanFolder, store: &Store, out: &Store) -> Result<Assembled> {
    let plan = Plan::of(folder.experiment()?)?;
    if experiment::run_name(&plan)?.0 != folder.id() {
        let what = "the units of the plan get other ids on this machine";
        let cure = "use the build of keten that made the plan, and report this fault if you do";
        return Err(Error::new(Kind::Internal, what, cure).in_file(folder.path().display().to_string(), None).into());
    }
    store.refresh();
    let found: Vec<Result<FoundUnits>> =
        (1..=folder.shards().len()).into_par_iter().map(|shard| find(folder, shard, store)).collect();
    let (mut units, mut faults) = (BTreeMap::new(), Vec::new());
    for (at, found) in found.into_iter().enumerate() {
        match found {
            Ok(FoundUnits { units: whole, missing: 0, damaged }) if damaged.is_empty() => {
                units.extend(whole.into_iter().map(|unit| (unit.record.id.to_string(), unit)));
            }
            Ok(found) => faults.extend(incomplete(folder, at + 1, found)),
            Err(Errors(errors)) => faults.extend(errors),
        }
    }
    if !faults.is_empty() {
        return Err(Errors(faults));
    }
    out.prepare()?;
    // Other processes see that a run is active until the run folder is complete.
    let _at_work = out.at_work();
    let ids: Vec<&UnitId> = units.values().map(|unit| &unit.record.id).collect();
    out.take_over(store, &ids)?;
    experiment::assemble_from(&plan, out, &units, folder.threads())
}

fn find(folder: &PlanFolder, shard: usize, store: &Store) -> Result<FoundUnits> {
    let mut found = FoundUnits { units: Vec::new(), missing: 0, damaged: Vec::new() };
    for place in folder.shard(shard)? {
        match store.inspect(&place.unit) {
            Ok(Some(unit)) => found.units.push(unit),
            Ok(None) => found.missing += 1,
            Err(Errors(errors)) => found.damaged.extend(errors.into_iter().take(1)),
        }
    }
    Ok(found)
}

/// What is wrong with a shard: one fault for what is missing, and one for each damaged unit.
fn incomplete(folder: &PlanFolder, shard: usize, found: FoundUnits) -> Vec<Error> {
    let of = found.units.len() + found.missing + found.damaged.len();
    let path = folder.path().display().to_string();
    let cure = format!("run keten work {path} --shard {shard}: only these units are simulated");
    let number = folder.shards().len();
    let mut faults = Vec::new();
    if found.missing > 0 {
        let what = format!("incomplete: shard {shard} of {number}: {} of {of} units are missing", found.missing);
        faults.push(Error::new(Kind::Io, what, cure.clone()).in_file(&path, None));
    }
    for error in found.damaged {
        let what = format!("shard {shard} of {number}: {}", error.what);
        faults.push(Error { kind: Kind::Io, what, cure: cure.clone(), ..error });
    }
    faults
}

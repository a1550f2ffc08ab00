//! Which units are in the packs of a store, and where.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;

use super::frames::{self, OpenedFrame, PackFrame};
use crate::error::{Error, Result};
use crate::store::{disk, read};
use crate::tables::Table;

/// Folder of the packs, in that of the units.
pub(in crate::store) const FOLDER: &str = "packs";
/// Extension of packs.
pub(super) const ENDING: &str = "pack";

/// The units in the packs of a folder, as far as this process has looked.
#[derive(Debug, Default)]
pub(in crate::store) struct PackIndex(Mutex<KnownPacks>);

#[derive(Debug, Default)]
struct KnownPacks {
    /// Whether the packs were looked for at all.
    loaded: bool,
    /// The packs, each with the number of bytes that were scanned.
    scanned: BTreeMap<PathBuf, u64>,
    /// Where each unit is.
    units: BTreeMap<String, Vec<(PathBuf, PackFrame)>>,
}

/// The place of a unit in a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct PackPlace {
    /// The pack.
    pub(in crate::store) path: PathBuf,
    /// Bytes of the files of its tables.
    parts: BTreeMap<String, Range<u64>>,
}

impl PackPlace {
    /// Reads a table of the unit.
    pub(in crate::store) fn table(&self, name: &str, file_hash: &str) -> Result<Table> {
        read::read_table_in(&self.path, self.bytes(name)?, file_hash)
    }

    /// The bytes of the file of a table of the unit.
    pub(in crate::store) fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        let range = self.parts.get(name).cloned().unwrap_or(0..0);
        Ok(frames::read_range(&self.path, range).map_err(|cause| disk::missing(&self.path, &cause))?)
    }
}

impl PackIndex {
    /// What is known, after a first look at the packs of a folder.
    fn known(&self, folder: &Path) -> MutexGuard<'_, KnownPacks> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.loaded {
            known.look(folder);
        }
        known
    }

    /// Scans what was added to the packs since the last look.
    pub(in crate::store) fn refresh(&self, folder: &Path) {
        self.known(folder).look(folder);
    }

    /// Forgets everything and looks again: packs were replaced under their names.
    pub(super) fn reload(&self, folder: &Path) {
        let mut known = self.known(folder);
        (known.scanned, known.units) = Default::default();
        known.look(folder);
    }

    /// Whether a unit is in a pack. It is not checked for damage.
    pub(in crate::store) fn holds(&self, folder: &Path, id: &str) -> bool {
        self.known(folder).units.contains_key(id)
    }

    /// The packs with a unit.
    pub(super) fn packs_of(&self, folder: &Path, id: &str) -> Vec<PathBuf> {
        self.known(folder).units.get(id).into_iter().flatten().map(|(path, _)| path.clone()).collect()
    }

    /// Adds a unit that this process has written.
    pub(super) fn add(&self, folder: &Path, id: &str, path: PathBuf, frame: PackFrame) {
        self.known(folder).add(id, path, frame);
    }

    /// The record of a unit and its place, or `None` if it is in no pack.
    ///
    /// # Errors
    /// Describes the fault if every copy of it is damaged.
    pub(in crate::store) fn open<T: DeserializeOwned>(
        &self,
        folder: &Path,
        id: &str,
    ) -> Result<Option<(T, PackPlace)>> {
        let look = || {
            // The lock is not held while the pack is read.
            let places = self.known(folder).units.get(id).cloned().unwrap_or_default();
            whole_copy(&places, id)
        };
        let mut found = look();
        if matches!(found, Copies::Damaged(_)) {
            // Another process may have merged packs.
            self.reload(folder);
            found = look();
        }
        match found {
            Copies::None => Ok(None),
            Copies::Whole(record, place) => Ok(Some((record, place))),
            Copies::Damaged(error) => Err((*error).into()),
        }
    }
}

/// What was found of a unit.
enum Copies<T> {
    /// No copy.
    None,
    /// A whole copy: its record and place.
    Whole(T, PackPlace),
    /// Only copies that are damaged or in packs that have vanished; the fault of the last one.
    Damaged(Box<Error>),
}

impl KnownPacks {
    fn look(&mut self, folder: &Path) {
        self.loaded = true;
        let there = pack_files(folder);
        if self.scanned.keys().any(|path| !there.contains(path)) {
            // Another process has merged or removed packs.
            (self.scanned, self.units) = Default::default();
        }
        for path in there {
            let from = self.scanned.get(&path).copied().unwrap_or(0);
            let size = fs::metadata(&path).map_or(0, |data| data.len());
            if size == from {
                continue;
            }
            // A pack that cannot be read counts as absent: its units are simulated again.
            let Ok((found, until)) = frames::scan(&path, if size < from { 0 } else { from }) else { continue };
            found.into_iter().for_each(|(id, frame)| self.add(&id, path.clone(), frame));
            self.scanned.insert(path, until);
        }
    }

    fn add(&mut self, id: &str, path: PathBuf, frame: PackFrame) {
        let places = self.units.entry(id.to_owned()).or_default();
        if !places.contains(&(path.clone(), frame)) {
            places.push((path, frame));
        }
    }
}

/// The first whole copy of a unit.
fn whole_copy<T: DeserializeOwned>(places: &[(PathBuf, PackFrame)], id: &str) -> Copies<T> {
    let mut found = Copies::None;
    for (path, frame) in places {
        let fault = match frames::open::<T>(path, *frame) {
            Ok(Some(OpenedFrame { id: own, record, parts })) if own == id => {
                return Copies::Whole(record, PackPlace { path: path.clone(), parts });
            }
            Ok(_) => {
                let cure = "run the experiment, or the worker of its shard, again: the unit is simulated again";
                let what = format!("the unit at byte {} has changed or is damaged since it was written", frame.at);
                Error::data(what, cure).in_file(path.display().to_string(), None)
            }
            Err(cause) => disk::missing(path, &cause),
        };
        found = Copies::Damaged(Box::new(fault));
    }
    found
}

/// The packs in a folder, sorted by name.
pub(super) fn pack_files(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_pack = |path: &PathBuf| {
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        !hidden && path.extension().is_some_and(|ending| ending == ENDING)
    };
    entries.filter(is_pack).collect()
}

//! The run folders of a store: listing, labelling and removing them, and units that no run refers to any more.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use super::disk::{self, TEMP};
use super::packs::LoosePack;
use super::run::{CODEBOOK, LABEL, MANIFEST, Run};
use super::unit::{Store, UnitId};
use super::{json, manifest::Place, pools::PoolFiles, products};
use crate::error::{Error, Errors, Kind, Result};

/// Properties of a run folder in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The run folder.
    pub folder: PathBuf,
    /// Id of the run.
    pub id: String,
    /// Name of the experiment.
    pub experiment: String,
    /// Title of the experiment.
    pub title: String,
    /// Label given by the user.
    pub label: Option<String>,
    /// Number of scenarios.
    pub scenarios: usize,
    /// Number of parameter draws, or 1 for the central values.
    pub draws: usize,
    /// Number of replicates.
    pub replicates: usize,
    /// Simulated persons per real person.
    pub scale: f64,
    /// First year that is not simulated.
    pub until: i32,
    /// Bytes of the run folder, without its units.
    pub bytes: u64,
    /// Time at which its manifest was written.
    pub made: SystemTime,
}

/// The run folders of a store, the newest first, and folders that only look like one.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// Complete runs.
    pub runs: Vec<Listing>,
    /// Why other folders are not complete runs: incomplete, foreign, damaged.
    pub skipped: Vec<Error>,
}

/// Folder of data files for further use, in a run folder.
const REPORT_FILES: &str = "report-files";

/// Maximum length of a label, in characters.
const LONGEST: usize = 100;

impl Run {
    /// Properties of the run for a list.
    ///
    /// # Errors
    /// A folder that was removed meanwhile.
    pub fn listing(&self) -> Result<Listing> {
        let Run { manifest, recorded, .. } = self;
        let path = self.folder().join(MANIFEST);
        let made =
            fs::metadata(&path).and_then(|data| data.modified()).map_err(|cause| disk::missing(&path, &cause))?;
        let distinct = |of: fn(&Place) -> u32| manifest.plan.iter().map(of).collect::<BTreeSet<u32>>().len();
        Ok(Listing {
            folder: self.folder().into(),
            id: manifest.id.clone(),
            experiment: manifest.experiment.clone(),
            title: manifest.title.clone(),
            label: self.label(),
            scenarios: manifest.scenarios.len(),
            draws: distinct(|place| place.draw),
            replicates: distinct(|place| place.replicate),
            scale: recorded.scale,
            until: recorded.until,
            bytes: size(self.folder()).1,
            made,
        })
    }

    /// Label of the run: the first line of `label.txt`, which is not part of any hash.
    pub fn label(&self) -> Option<String> {
        let text = fs::read(self.folder().join(LABEL)).ok()?;
        let text = String::from_utf8_lossy(&text);
        let line = text.lines().next()?.trim();
        let label: String = line.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        Some(label).filter(|label| !label.is_empty())
    }

    /// Sets the label of the run; an empty text removes it.
    ///
    /// # Errors
    /// A text of several lines or of more than a hundred characters; an existing label file with more than one line; a
    /// full, read-only or failing disk.
    pub fn set_label(&self, text: &str) -> Result<()> {
        let (path, text) = (self.folder().join(LABEL), text.trim());
        if let Ok(there) = fs::read(&path)
            && String::from_utf8_lossy(&there).trim_end().lines().count() > 1
        {
            let cure = "move it away, or edit its first line";
            let fault = Error::data("contains more than a label, so it is not replaced", cure);
            return Err(fault.in_file(path.display().to_string(), None).into());
        }
        if text.is_empty() {
            return match fs::remove_file(&path) {
                Err(cause) if cause.kind() != ErrorKind::NotFound => Err(Error::io(&path, &cause).into()),
                Ok(()) | Err(_) => Ok(()),
            };
        }
        if text.chars().count() > LONGEST || text.contains(char::is_control) {
            let cure = format!("give one line of at most {LONGEST} characters");
            let what = format!("a label of {} characters, or with line breaks", text.chars().count());
            return Err(Error::data(what, cure).into());
        }
        disk::write_whole(&path, format!("{text}\n").as_bytes())
    }
}

impl Store {
    /// The run folders, the newest first.
    ///
    /// # Errors
    /// A store that cannot be read; a missing store counts as empty.
    pub fn runs(&self) -> Result<Shelf> {
        let mut shelf = Shelf::default();
        for folder in folders(self.root())? {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') && !name.starts_with(TEMP) {
                continue;
            }
            match Run::open(&folder).and_then(|run| run.listing()) {
                Ok(listing) => shelf.runs.push(listing),
                Err(Errors(faults)) => shelf.skipped.extend(faults),
            }
        }
        shelf.runs.sort_by(|a, b| b.made.cmp(&a.made).then_with(|| a.folder.cmp(&b.folder)));
        Ok(shelf)
    }

    /// The units that no run folder of the store refers to, treating the run `but` as removed: those of removed runs,
    /// and those of stopped runs; and all burn-in populations, which can be made again. While this value exists, no run
    /// can begin in the store.
    ///
    /// # Errors
    /// An active run in the store; a run folder whose units cannot be read.
    pub fn loose_units(&self, but: Option<&Removal>) -> Result<LooseUnits> {
        let lock = self.alone()?;
        let mut needed = BTreeSet::new();
        let mut faults = Vec::new();
        let stays = |folder: &PathBuf| {
            folder.join(MANIFEST).is_file()
                && but.is_none_or(|but| folder.canonicalize().ok().as_ref() != Some(&but.whole))
        };
        for folder in folders(self.root())?.into_iter().filter(stays) {
            match json::read::<Value>(&folder.join(MANIFEST)) {
                Ok(manifest) => needed.extend(units_of(&manifest)),
                Err(Errors(causes)) => faults.extend(causes),
            }
        }
        if !faults.is_empty() {
            return Err(Errors(faults.into_iter().map(unknown_units).collect()));
        }
        let pools = PoolFiles::of(&self.pools());
        let packs = LoosePack::all(&self.packs(), &needed);
        let bytes = packs.iter().map(|pack| pack.bytes).sum();
        let mut loose = LooseUnits { folders: Vec::new(), packs, bytes, pools, _lock: lock };
        for folder in folders(&self.units())? {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if UnitId::try_from(name.clone()).is_ok() && !needed.contains(&name) {
                loose.bytes += size(&folder).1;
                loose.folders.push(folder);
            }
        }
        Ok(loose)
    }

    /// Shows other processes that a run is active here, until dropped. `None` if the system cannot lock a folder.
    pub fn at_work(&self) -> Option<AtWork> {
        let units = File::open(self.units()).ok()?;
        units.lock_shared().ok()?;
        Some(AtWork(units))
    }

    /// Checks that no run is active here; if the system cannot lock a folder, that no file is being written.
    fn alone(&self) -> Result<Option<File>> {
        let busy = || {
            let cure = "wait until it has finished, or stop it";
            let place = self.root().display().to_string();
            Err(Error::new(Kind::Io, "a run is in progress here", cure).in_file(place, None).into())
        };
        let Ok(units) = File::open(self.units()) else { return Ok(None) };
        match units.try_lock() {
            Ok(()) => Ok(Some(units)),
            Err(TryLockError::WouldBlock) => busy(),
            Err(TryLockError::Error(_)) => {
                let half_written =
                    |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(TEMP));
                let [here, units] = [folders(self.root())?, folders(&self.units())?];
                if here.iter().chain(&units).any(half_written) { busy() } else { Ok(None) }
            }
        }
    }
}

/// Marks an active run in a store.
#[derive(Debug)]
pub struct AtWork(#[expect(dead_code, reason = "the lock is given back when the file is closed")] File);

/// Units that no run folder refers to, and burn-in populations, which can be made again.
#[derive(Debug)]
pub struct LooseUnits {
    /// Folders of those that have one.
    pub folders: Vec<PathBuf>,
    packs: Vec<LoosePack>,
    /// Their total size in bytes.
    pub bytes: u64,
    /// Burn-in populations.
    pub pools: PoolFiles,
    _lock: Option<File>,
}

impl LooseUnits {
    /// Number of units.
    pub fn units(&self) -> usize {
        self.folders.len() + self.packs.iter().map(|pack| pack.units).sum::<usize>()
    }

    /// Removes them.
    ///
    /// # Errors
    /// A read-only or failing disk.
    pub fn remove(self) -> Result<()> {
        self.folders.iter().try_for_each(|folder| disk::clear(folder))?;
        self.packs.iter().try_for_each(LoosePack::remove)?;
        self.pools.remove()
    }
}

/// A run folder that can be removed: complete, or damaged but recognisable. Files that keten did not write are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The run folder, as given by the user.
    pub folder: PathBuf,
    /// Its absolute path.
    whole: PathBuf,
    /// Number of files to be removed.
    pub files: usize,
    /// Their total size in bytes.
    pub bytes: u64,
    /// Files and folders in it that are kept, because keten did not write them or because they were changed since.
    pub stays: Vec<String>,
    /// Names of the files to be removed, relative to the folder, the manifest last.
    goes: Vec<String>,
}

impl Removal {
    /// Determines what would be removed.
    ///
    /// # Errors
    /// The errors of [`Run::open`] for a folder that is not a run; a link; a folder that contains other runs.
    pub fn of(folder: &Path) -> Result<Removal> {
        let refuse =
            |what: &str, cure: &str| Err(Error::data(what, cure).in_file(folder.display().to_string(), None).into());
        let manifest = match Run::open(folder) {
            Ok(run) => serde_json::to_value(&run.manifest).unwrap_or_default(),
            Err(errors) => match json::read::<Value>(&folder.join(MANIFEST)) {
                Ok(manifest) if manifest.get("minimum_keten_version").is_some() => manifest,
                Ok(_) | Err(_) => return Err(errors),
            },
        };
        if fs::symlink_metadata(folder).is_ok_and(|data| data.is_symlink()) {
            return refuse("is a link to a run folder", "give the folder itself, or remove the link yourself");
        }
        if folder.join(".units").exists() {
            return refuse("is both a run folder and a folder of runs", "move the runs in it away first");
        }
        let whole = folder.canonicalize().map_err(|cause| disk::missing(folder, &cause))?;
        let tables = manifest["tables"].as_object().into_iter().flat_map(|tables| tables.keys());
        let mut ours: BTreeSet<String> = tables
            .map(|name| format!("{name}.parquet"))
            .chain([MANIFEST, CODEBOOK].map(str::to_owned))
            .chain(products::untouched(&whole))
            .collect();
        let one_line = |text: Vec<u8>| String::from_utf8_lossy(&text).trim_end().lines().count() < 2;
        ours.extend(fs::read(whole.join(LABEL)).is_ok_and(one_line).then(|| LABEL.to_owned()));
        let half_written = |name: &str| {
            name.rsplit('/').next().is_some_and(disk::is_temp)
                && (!name.contains('/') || name.starts_with(REPORT_FILES))
        };
        let (mut goes, mut stays, mut bytes) = (Vec::new(), BTreeSet::new(), 0);
        for (name, size) in files(&whole) {
            if ours.contains(&name) || half_written(&name) {
                bytes += size;
                goes.push(name);
            } else {
                stays.insert(name.split('/').next().unwrap_or_default().to_owned());
            }
        }
        goes.sort_by_key(|name| name == MANIFEST);
        let stays = stays.into_iter().collect();
        Ok(Removal { folder: folder.into(), whole, files: goes.len(), bytes, stays, goes })
    }

    /// The folder of runs that contains it.
    pub fn store(&self) -> Option<&Path> {
        self.whole.parent()
    }

    /// Removes the files, and the folder if nothing is left in it; its units are kept.
    ///
    /// # Errors
    /// A read-only or failing disk.
    pub fn carry_out(self) -> Result<()> {
        if self.stays.is_empty() {
            // Renamed atomically first, so that no process sees an incomplete run.
            return disk::clear(&self.whole);
        }
        for name in &self.goes {
            let path = self.whole.join(name);
            match fs::remove_file(&path) {
                Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(Error::io(&path, &cause).into()),
                Ok(()) | Err(_) => {}
            }
        }
        // Only succeeds when it is empty.
        fs::remove_dir(self.whole.join(REPORT_FILES)).ok();
        Ok(())
    }
}

/// Files in a folder and its subfolders with their sizes, by relative name; links and empty folders count as files
/// without size.
fn files(folder: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut left = vec![(folder.to_path_buf(), String::new())];
    while let Some((folder, before)) = left.pop() {
        let entries: Vec<_> = fs::read_dir(&folder).into_iter().flatten().flatten().collect();
        if entries.is_empty() && !before.is_empty() {
            found.push((before.trim_end_matches('/').to_owned(), 0));
        }
        for entry in entries {
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            match entry.metadata() {
                Ok(data) if data.is_dir() => left.push((entry.path(), format!("{name}/"))),
                data => found.push((name, data.map_or(0, |data| data.len()))),
            }
        }
    }
    found.sort();
    found
}

/// Ids of the units that a manifest refers to.
fn units_of(manifest: &Value) -> Vec<String> {
    let of_plan = manifest["plan"].as_array().into_iter().flatten().filter_map(|place| place["unit"].as_str());
    let described = manifest["units"].as_object().into_iter().flat_map(|units| units.keys().map(String::as_str));
    of_plan.chain(described).map(str::to_owned).collect()
}

fn unknown_units(fault: Error) -> Error {
    let cure = "remove that folder first, or run its experiment again: the units that it needs are unknown";
    Error { cure: cure.into(), ..fault }
}

/// The subfolders of a folder, sorted by name; empty if it does not exist.
fn folders(of: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(of) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(Iterator::collect::<std::io::Result<Vec<_>>>),
    };
    let entries = entries.map_err(|cause| disk::missing(of, &cause))?;
    let mut folders: Vec<PathBuf> =
        entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

/// Number of files in a folder and its subfolders, and their total size; unreadable ones do not count.
fn size(folder: &Path) -> (usize, u64) {
    let (mut files, mut bytes) = (0, 0);
    let mut left = vec![folder.to_path_buf()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(data) if data.is_dir() => left.push(entry.path()),
                Ok(data) => {
                    files += 1;
                    bytes += data.len();
                }
                Err(_) => {}
            }
        }
    }
    (files, bytes)
}

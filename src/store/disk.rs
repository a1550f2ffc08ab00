//! Writing so that nothing half-written carries a final name, and reading with the fault named.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::error::{Error, Kind, Result};

/// With this begins the name of everything that is not yet whole.
pub(super) const TEMP: &str = ".tmp-";

/// Left over from a run that was killed, once it is this old; a run at work elsewhere is younger.
const LEFTOVER_AGE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Whether a name is one that [`temp_name`] gives.
pub(super) fn is_temp(name: &str) -> bool {
    name.strip_prefix(TEMP)
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(process, rest)| process.parse::<u32>().is_ok() && !rest.is_empty())
}

/// A name that no other thread or process on this disk uses.
pub(super) fn temp_name(of: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{TEMP}{}-{}-{of}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The name under which a path is written until it is whole: in the same folder.
pub(super) fn temp_path(path: &Path) -> PathBuf {
    path.with_file_name(temp_name(&path.file_name().unwrap_or_default().to_string_lossy()))
}

/// Writes a file, whole or not at all.
///
/// # Errors
/// A folder that is not there; a full, read-only or failing disk.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let temp = temp_path(path);
    let written = File::create(&temp).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|cause| discard(&temp, path, &cause))?;
    settle(&temp, path)
}

/// Gives a written file its final name.
pub(super) fn settle(temp: &Path, path: &Path) -> Result<()> {
    fs::rename(temp, path).map_err(|cause| discard(temp, path, &cause))?;
    Ok(())
}

/// Gives a written file its final name, in place of what stands there, also where that is on another disk.
pub(super) fn move_file(from: &Path, to: &Path) -> Result<()> {
    match fs::rename(from, to) {
        Err(cause) if cause.kind() == ErrorKind::CrossesDevices => {
            let temp = temp_path(to);
            let copied = fs::copy(from, &temp).and_then(|_| File::open(&temp)?.sync_all());
            copied.map_err(|cause| discard(&temp, to, &cause))?;
            settle(&temp, to)
        }
        moved => moved.map_err(|cause| Error::io(to, &cause).into()),
    }
}

/// Takes away what could not be written to its end, and says why.
pub(super) fn discard(temp: &Path, path: &Path, cause: &std::io::Error) -> Error {
    // It may not exist or not be ours to remove; the first fault is the one to tell.
    fs::remove_file(temp).ok();
    Error::io(path, cause)
}

/// Reads a file; one that cannot be read counts as missing.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|cause| missing(path, &cause).into())
}

/// A file or folder that is not there, or may not be read.
pub(super) fn missing(path: &Path, cause: &std::io::Error) -> Error {
    Error { kind: Kind::Missing, ..Error::io(path, cause) }
}

/// Makes the names in a folder last through a power cut, where the system can.
pub(super) fn sync_folder(path: &Path) {
    // Some systems cannot open or sync a folder; what is at stake is only that a finished unit is made again.
    if let Ok(folder) = File::open(path) {
        folder.sync_all().ok();
    }
}

/// A folder being filled under a temporary name; gone when dropped before it is settled.
pub(super) struct Draft {
    path: PathBuf,
}

impl Draft {
    /// An empty folder inside `parent`, which is made if need be.
    pub(super) fn new(parent: &Path, of: &str) -> Result<Self> {
        fs::create_dir_all(parent).map_err(|cause| Error::io(parent, &cause))?;
        let path = parent.join(temp_name(of));
        // The same process number on another machine, or after a crash, may have left the name behind.
        fs::remove_dir_all(&path).ok();
        fs::create_dir(&path).map_err(|cause| Error::io(&path, &cause))?;
        Ok(Draft { path })
    }

    /// Where it is filled.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its final name; false when something stands there already.
    pub(super) fn settle(&self, path: &Path) -> Result<bool> {
        sync_folder(&self.path);
        match fs::rename(&self.path, path) {
            Ok(()) => {
                sync_folder(path.parent().unwrap_or(path));
                Ok(true)
            }
            Err(_) if fs::symlink_metadata(path).is_ok() => Ok(false),
            Err(cause) => Err(Error::io(path, &cause).into()),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After settling there is nothing of this name; before, what is left is swept up later at the latest.
        fs::remove_dir_all(&self.path).ok();
    }
}

/// Takes a file or folder out of the way: first by name, at once, then from the disk.
pub(super) fn clear(path: &Path) -> Result<()> {
    let aside = temp_path(path);
    match fs::rename(path, &aside) {
        Ok(()) => {
            fs::remove_dir_all(&aside).or_else(|_| fs::remove_file(&aside)).ok();
            Ok(())
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(Error::io(path, &cause).into()),
    }
}

/// Removes what killed runs left half-written long ago.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| is_temp(&entry.file_name().to_string_lossy())) {
        let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > LEFTOVER_AGE) {
            let path = entry.path();
            fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path)).ok();
        }
    }
}

/// Holds `folder` to be a place for runs: absent, empty, or holding units or runs.
pub(super) fn check_place(folder: &Path) -> Result<()> {
    let foreign = |what: &str| {
        let cure = "give an empty or new folder, or one that keten made, with --out";
        Err(Error::data(what, cure).in_file(folder.display().to_string(), None).into())
    };
    match fs::metadata(folder) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(Error::io(folder, &cause).into()),
        Ok(data) if !data.is_dir() => return foreign("exists and is not a run: it is a file"),
        Ok(_) => {}
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let entries = entries.map_err(|cause| Error::io(folder, &cause))?;
    let ours = |entry: &fs::DirEntry| {
        entry.file_name() == ".units"
            || entry.file_name() == "manifest.json"
            || entry.path().join("manifest.json").is_file()
    };
    let hidden = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with('.');
    if entries.iter().all(hidden) || entries.iter().any(ours) { Ok(()) } else { foreign("exists and is not a run") }
}

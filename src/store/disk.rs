//! Atomic writing, so that no incomplete file has a final name, and reading with errors that name the file.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::error::{Error, Kind, Result};

/// Prefix of temporary files.
pub(super) const TEMP: &str = ".tmp-";

/// Age after which a temporary file is assumed to be left over from a killed run; an active run elsewhere is younger.
const LEFTOVER_AGE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Whether a name was made by [`temp_name`].
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

/// Temporary path in the same folder, used until the file is complete.
pub(super) fn temp_path(path: &Path) -> PathBuf {
    path.with_file_name(temp_name(&path.file_name().unwrap_or_default().to_string_lossy()))
}

/// Writes a file atomically.
///
/// # Errors
/// A missing folder; a full, read-only or failing disk.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let temp = temp_path(path);
    let written = File::create(&temp).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|cause| discard(&temp, path, &cause))?;
    settle(&temp, path)
}

/// Makes a folder with its files: it gets its name when `write` has written all of them.
///
/// # Errors
/// A folder or file of that name that is there already, unless it is an empty folder; a full, read-only or failing disk;
/// errors of `write`.
pub fn new_folder(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let in_the_way = || {
        let fault = Error::data("exists already", "give a new folder with --out, or remove this one");
        fault.in_file(path.display().to_string(), None).into()
    };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(in_the_way)?;
    if fs::symlink_metadata(path).is_ok() {
        // Only succeeds for an empty folder.
        fs::remove_dir(path).map_err(|_| in_the_way())?;
    }
    let draft = Draft::new(parent, &name.to_string_lossy())?;
    write(draft.path())?;
    if draft.settle(path)? { Ok(()) } else { Err(in_the_way()) }
}

/// Renames a finished file to its final name.
pub(super) fn settle(temp: &Path, path: &Path) -> Result<()> {
    fs::rename(temp, path).map_err(|cause| discard(temp, path, &cause))?;
    Ok(())
}

/// Moves a finished file to its final path, replacing any file there, also across disks.
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

/// Removes a file that could not be completed, and returns the reason.
pub(super) fn discard(temp: &Path, path: &Path, cause: &std::io::Error) -> Error {
    // It may not exist or not be removable; the first error is the one to report.
    fs::remove_file(temp).ok();
    Error::io(path, cause)
}

/// Reads a file; an unreadable file counts as missing.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|cause| missing(path, &cause).into())
}

/// Error for a file or folder that does not exist or may not be read.
pub(super) fn missing(path: &Path, cause: &std::io::Error) -> Error {
    Error { kind: Kind::Missing, ..Error::io(path, cause) }
}

/// Fsyncs a directory where the platform supports it.
pub(super) fn sync_folder(path: &Path) {
    // Some systems cannot open or sync a folder. The only risk is that a finished unit must be simulated again.
    if let Ok(folder) = File::open(path) {
        folder.sync_all().ok();
    }
}

/// A folder under a temporary name, deleted when dropped before it is moved to its final name.
pub(super) struct Draft {
    path: PathBuf,
}

impl Draft {
    /// An empty folder inside `parent`, which is created if needed.
    pub(super) fn new(parent: &Path, of: &str) -> Result<Self> {
        fs::create_dir_all(parent).map_err(|cause| Error::io(parent, &cause))?;
        let path = parent.join(temp_name(of));
        // A process with the same number on another machine, or a crashed one, may have left the name behind.
        fs::remove_dir_all(&path).ok();
        fs::create_dir(&path).map_err(|cause| Error::io(&path, &cause))?;
        Ok(Draft { path })
    }

    /// Path of the draft.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Renames it to its final name; false when that exists already.
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
        // After renaming there is nothing of this name; before, a later sweep removes remains at the latest.
        fs::remove_dir_all(&self.path).ok();
    }
}

/// Removes a file or folder: first renames it atomically, then deletes it.
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

/// Removes old temporary files of killed runs.
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

/// Checks that `folder` can store runs: absent, empty, or containing units or runs.
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

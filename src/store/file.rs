//! One table as one Parquet file (zstd), whose metadata identify the table: what its writer and its reader share.

use std::fs::File;
use std::path::Path;

use super::disk;
use crate::error::{Error, Result};

/// Rows per batch: large enough for speed, small enough for memory.
pub(super) const BATCH: usize = 1 << 16;

/// Metadata key of the name of the table.
pub(super) const NAME: &str = "keten.table";
/// Metadata key of the number of key columns.
pub(super) const KEYS: &str = "keten.keys";
/// Metadata key of the layout of files.
pub(super) const VERSION: &str = "keten.schema_version";
/// Metadata key of text columns that contain keys of persons.
pub(super) const PERSONS: &str = "keten.persons";

/// Checks a file against the hash of the bytes that were written.
pub(super) fn check_file(path: &Path, file_hash: &str) -> Result<()> {
    if hash_bytes(path)? == file_hash {
        return Ok(());
    }
    Err(foreign(path, "changed or damaged since it was written").into())
}

/// A fault of a file that keten did not write, or that has changed since.
pub(super) fn foreign(path: &Path, what: &str) -> Error {
    Error::data(what, "run the experiment again").in_file(path.display().to_string(), None)
}

/// blake3 over the bytes of a file.
pub(super) fn hash_bytes(path: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let file = File::open(path).map_err(|cause| disk::missing(path, &cause))?;
    hasher.update_reader(file).map_err(|cause| disk::missing(path, &cause))?;
    Ok(hasher.finalize().to_string())
}

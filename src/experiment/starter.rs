//! `keten init`: writes a first experiment.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Errors, Result};
use crate::experiment::reading::{experiment_schema, schema_text};

/// The experiment that `keten init` writes.
pub const STARTER: &str = include_str!("starter.toml");

const README: &str = "# Experiments with keten\n\n`keten check first-run.toml` looks for faults, `keten run first-run.toml` \
runs it and prints the folder of its tables.\n";

/// Writes a first experiment, its schema (for editors) and a README into a folder, which is created if needed. Nothing
/// is overwritten. Returns the files written.
///
/// # Errors
/// [`Kind::Data`](crate::error::Kind::Data) when one of the files is there already;
/// [`Kind::Io`](crate::error::Kind::Io) when the folder cannot be written.
pub fn init(folder: &Path, outcomes: &[&str]) -> Result<Vec<PathBuf>> {
    let schema = schema_text(&experiment_schema(outcomes));
    let files = [("first-run.toml", STARTER), ("README.md", README), ("experiment.schema.json", schema.as_str())];
    let there: Vec<Error> = files
        .iter()
        .map(|(name, _)| folder.join(name))
        .filter(|path| path.exists())
        .map(|path| {
            let cure = "give another folder, or move the file away";
            Error::data("it exists and is not overwritten", cure).in_file(path.display().to_string(), None)
        })
        .collect();
    if !there.is_empty() {
        return Err(Errors(there));
    }
    fs::create_dir_all(folder).map_err(|cause| Error::io(folder, &cause))?;
    let mut written = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        fs::File::create_new(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|cause| Error::io(&path, &cause))?;
        written.push(path);
    }
    Ok(written)
}

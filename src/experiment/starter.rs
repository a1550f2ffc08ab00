//! `keten init`: writes a first experiment, and the built-in model as a folder to change.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::config;
use crate::error::{Error, Errors, Result};
use crate::experiment::reading::{experiment_schema, schema_text};

/// The experiment that `keten init` writes, with comments in English.
pub const STARTER: &str = include_str!("starter.toml");

/// The same experiment with comments in Dutch.
pub const STARTER_NL: &str = include_str!("starter-nl.toml");

/// Name of the experiment file.
const FILE: &str = "first-run.toml";

/// The model of the experiment, as it stands in its text.
const MODEL: &str = "builtin:g4-2008";

const README: &str = "# Experiments with keten\n\n`keten check first-run.toml` looks for faults. `keten run first-run.toml` \
simulates it and prints the folder of its tables. `keten report RUN` writes a page, a workbook and data files about it; with \
`--city Rotterdam` about one city.\n";

const README_NL: &str = "# Experimenten met keten\n\n`keten check first-run.toml` zoekt fouten. `keten run first-run.toml` \
simuleert het experiment en toont de map met de tabellen. `keten report RUN --lang nl` maakt er een verslag, een werkboek en \
bestanden van; met `--city Rotterdam` over één stad.\n";

/// Language of the comments in a first experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StarterLanguage {
    /// English.
    #[default]
    English,
    /// Dutch.
    Dutch,
}

/// A file to be written.
struct NewFile {
    path: PathBuf,
    text: String,
}

/// Writes a first experiment, its schema (for editors) and a README into a folder, which is created if needed. Nothing
/// is overwritten. The experiment uses the model in the folder `model`, or the built-in one. Returns the files written,
/// the experiment first.
///
/// # Errors
/// [`Kind::Data`](crate::error::Kind::Data) when one of the files is there already;
/// [`Kind::Io`](crate::error::Kind::Io) when the folder cannot be written.
pub fn init(folder: &Path, outcomes: &[&str], language: StarterLanguage, model: Option<&Path>) -> Result<Vec<PathBuf>> {
    let (starter, readme) = match language {
        StarterLanguage::English => (STARTER, README),
        StarterLanguage::Dutch => (STARTER_NL, README_NL),
    };
    let starter = match model {
        // A path in quotes; TOML escapes a backslash.
        Some(model) => starter.replacen(MODEL, &seen_from(folder, model).replace('\\', "/"), 1),
        None => starter.to_owned(),
    };
    let schema = schema_text(&experiment_schema(outcomes));
    let files = [(FILE, starter), ("README.md", readme.to_owned()), ("experiment.schema.json", schema)];
    write_new(files.map(|(name, text)| NewFile { path: folder.join(name), text }).into())
}

/// The path of a folder from another one: relative below the same folder, otherwise as a whole.
fn seen_from(folder: &Path, model: &Path) -> String {
    if let Ok(below) = model.strip_prefix(folder) {
        return below.display().to_string();
    }
    let whole = std::path::absolute(model).unwrap_or_else(|_| model.to_owned());
    whole.display().to_string()
}

/// Writes the files of a built-in model into a folder, with the `schema` of model files (for editors). A file that is
/// there already with the same content is left as it is; any other file is never overwritten, and then nothing is
/// written. Returns the files.
///
/// # Errors
/// [`Kind::Missing`](crate::error::Kind::Missing) for an unknown model; [`Kind::Data`](crate::error::Kind::Data) when
/// files with another content are there; [`Kind::Io`](crate::error::Kind::Io) when the folder cannot be written.
pub fn write_model(name: &str, folder: &Path, schema: &str) -> Result<Vec<PathBuf>> {
    /// Path of the schema from the files of the repository.
    const SCHEMA: &str = "../schema/model.schema.json";
    let draft = |(path, text): (PathBuf, String)| {
        // The files of the repository lie one folder deeper, and their schema in another.
        let depth = path.components().count().saturating_sub(1);
        let above = "../".repeat(depth + 1);
        let text = text.replacen(&format!("{above}{SCHEMA}"), &format!("{}model.schema.json", "../".repeat(depth)), 1);
        NewFile { path: folder.join(path), text }
    };
    let mut drafts: Vec<NewFile> = config::builtin_model_files(name)?.into_iter().map(draft).collect();
    drafts.push(NewFile { path: folder.join("model.schema.json"), text: schema.to_owned() });
    let all = drafts.iter().map(|draft| draft.path.clone()).collect();
    drafts.retain(|draft| fs::read(&draft.path).ok().as_deref() != Some(draft.text.as_bytes()));
    write_new(drafts)?;
    Ok(all)
}

/// Writes files that must not exist yet, and their folders. If any exists, none is written.
fn write_new(drafts: Vec<NewFile>) -> Result<Vec<PathBuf>> {
    let there: Vec<Error> = drafts
        .iter()
        .filter(|draft| draft.path.exists())
        .map(|draft| {
            let cure = "give another folder, or move the file away";
            Error::data("it exists and is not overwritten", cure).in_file(draft.path.display().to_string(), None)
        })
        .collect();
    if !there.is_empty() {
        return Err(Errors(there));
    }
    let mut written = Vec::new();
    for NewFile { path, text } in drafts {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|cause| Error::io(folder, &cause))?;
        }
        fs::File::create_new(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|cause| Error::io(&path, &cause))?;
        written.push(path);
    }
    Ok(written)
}

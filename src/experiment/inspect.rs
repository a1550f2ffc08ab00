//! `keten check`: all faults of model folders, model files and experiment files.

use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::config::{self, Document, Sources};
use crate::error::Error;
use crate::experiment::reading::{self, looks_like_experiment};
use crate::model::ModelFile;
use crate::outcomes::Outcome;

/// Checks each path: the folder or a file of a model, an experiment file with its model, or a folder of experiments;
/// `builtin:NAME` works for both. Returns every fault once; an empty list means that everything is valid.
pub fn check<T: DeserializeOwned + JsonSchema>(paths: &[&str], outcomes: &[&str]) -> Vec<Error> {
    let mut faults: Vec<Error> = Vec::new();
    for path in paths {
        for fault in check_one::<T>(path, outcomes) {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    faults
}

/// Checks each path with the models and tables of this crate: [`check`], compiled once in the library.
pub fn check_files(paths: &[&str]) -> Vec<Error> {
    check::<ModelFile>(paths, &Outcome::WORDS)
}

/// Kind of object at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A model, its folder or one file of it.
    Model,
    /// Experiment files.
    Experiments(Vec<String>),
}

/// The kind of object at a path: the folder or a file of a model, an experiment file, or a folder of experiments. For a
/// file that cannot be read, its location decides.
pub fn what_is(path: &str) -> What {
    let experiment = || What::Experiments(vec![path.to_owned()]);
    if let Some(name) = path.strip_prefix("builtin:") {
        let is_model = config::builtin_models().iter().any(|model| model == name);
        return if is_model { What::Model } else { experiment() };
    }
    let here = Path::new(path);
    if here.is_dir() {
        let experiments = experiments_in(here);
        return if experiments.is_empty() { What::Model } else { What::Experiments(experiments) };
    }
    let of_model = config::read_text(here).is_ok_and(|file| {
        let (document, _) = Document::parse(&file.name, &file.text);
        model_folder(here).is_some() && !looks_like_experiment(&document.table)
    });
    if of_model { What::Model } else { experiment() }
}

fn check_one<T: DeserializeOwned + JsonSchema>(path: &str, outcomes: &[&str]) -> Vec<Error> {
    if let Some(name) = path.strip_prefix("builtin:") {
        return match config::builtin_models().iter().any(|model| model == name) {
            true => config::check_folder::<T>(path),
            false => experiment_faults::<T>(path, outcomes),
        };
    }
    let here = Path::new(path);
    if here.is_dir() {
        let experiments = experiments_in(here);
        return match experiments.is_empty() {
            true => config::check_folder::<T>(path),
            false => experiments.iter().flat_map(|file| experiment_faults::<T>(file, outcomes)).collect(),
        };
    }
    match config::read_text(here) {
        Err(error) => vec![error],
        Ok(file) => {
            let (document, _) = Document::parse(&file.name, &file.text);
            match model_folder(here).filter(|_| !looks_like_experiment(&document.table)) {
                Some(folder) => file_faults::<T>(here, &folder),
                None => experiment_faults::<T>(path, outcomes),
            }
        }
    }
}

/// Experiment files of a folder that is not a model's.
fn experiments_in(folder: &Path) -> Vec<String> {
    if folder.join("references.bib").is_file() {
        return Vec::new();
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_experiment = |path: &PathBuf| {
        path.extension().is_some_and(|ending| ending == "toml")
            && config::read_text(path)
                .is_ok_and(|file| looks_like_experiment(&Document::parse(&file.name, &file.text).0.table))
    };
    let mut files: Vec<String> = entries.filter(is_experiment).map(|path| path.display().to_string()).collect();
    files.sort();
    files
}

fn experiment_faults<T: DeserializeOwned + JsonSchema>(path: &str, outcomes: &[&str]) -> Vec<Error> {
    reading::load::<T>(path, &[], outcomes).err().map(|errors| errors.0).unwrap_or_default()
}

/// The folder of the model that a file belongs to: the nearest one above it with a reference list.
pub fn model_folder(file: &Path) -> Option<PathBuf> {
    let start = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    start.ancestors().take(3).find(|folder| folder.join("references.bib").is_file()).map(Path::to_owned)
}

/// The faults of a model that are located in one of its files.
fn file_faults<T: DeserializeOwned + JsonSchema>(file: &Path, folder: &Path) -> Vec<Error> {
    let (_, faults) = match Sources::folder(folder) {
        Ok(sources) => config::read::<T>(&sources),
        Err(errors) => return errors.0,
    };
    let wanted = file.canonicalize().ok();
    let here = |fault: &Error| fault.file.as_ref().is_some_and(|name| Path::new(name).canonicalize().ok() == wanted);
    faults.into_iter().filter(here).collect()
}

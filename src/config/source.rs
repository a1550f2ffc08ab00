//! Sources of model and experiment files: a folder on disk, or the copy built into the program.

use std::fs;
use std::path::{Component, Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::config::words;
use crate::error::{Error, Errors, Kind, Result};

static MODELS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/models");
static EXPERIMENTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/experiments");

/// Prefix of built-in models and experiments: `builtin:g4-2008`.
const BUILTIN: &str = "builtin:";

/// One file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Name for messages, as the user can find the file.
    pub name: String,
    /// Content.
    pub text: String,
}

/// The files of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// Name of the model: the last part of the path of its folder.
    pub name: String,
    /// The folder as given by the user, or `builtin:NAME`.
    pub place: String,
    /// TOML files in order of name.
    pub files: Vec<SourceFile>,
    /// Reference list, if any.
    pub references: Option<SourceFile>,
}

impl Sources {
    /// Reads a model by folder, or by `builtin:NAME`.
    ///
    /// # Errors
    /// As [`Sources::folder`] and [`Sources::builtin`].
    pub fn open(place: &str) -> Result<Sources> {
        match place.strip_prefix(BUILTIN) {
            Some(name) => Sources::builtin(name),
            None => Sources::folder(Path::new(place)),
        }
    }

    /// Reads all `.toml` files of a folder and its subfolders, and its `references.bib`.
    ///
    /// # Errors
    /// [`Kind::Missing`] when the folder or a file in it cannot be read, or there is no model file;
    /// [`Kind::Data`] for files that are not text.
    pub fn folder(folder: &Path) -> Result<Sources> {
        let place = folder.display().to_string();
        let mut paths = Vec::new();
        let mut faults = Vec::new();
        collect(folder, 0, &mut paths, &mut faults);
        paths.sort();
        let mut files = Vec::new();
        let mut references = None;
        for path in paths {
            match read_text(&path) {
                Ok(file) if path.file_name().is_some_and(|name| name == "references.bib") => references = Some(file),
                Ok(file) => files.push(file),
                Err(error) => faults.push(error),
            }
        }
        if faults.is_empty() && files.is_empty() {
            let cure = "give the folder of a model, for example models/g4-2008, or builtin:g4-2008";
            faults.push(Error::new(Kind::Missing, "no model files (.toml) here", cure).in_file(&place, None));
        }
        if !faults.is_empty() {
            return Err(Errors(faults));
        }
        Ok(Sources { name: last_part(folder), place, files, references })
    }

    /// A built-in model.
    ///
    /// # Errors
    /// [`Kind::Missing`] when there is no built-in model of that name.
    pub fn builtin(name: &str) -> Result<Sources> {
        let place = format!("{BUILTIN}{name}");
        let Some(folder) = MODELS.get_dir(name) else {
            let known = builtin_models();
            let cure = words::suggest(name, known.iter().map(String::as_str), "built-in models");
            let error = Error::new(Kind::Missing, format!("the program has no built-in model `{name}`"), cure);
            return Err(error.in_file(place, None).into());
        };
        let mut found = Vec::new();
        embedded(folder, &mut found);
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let (references, files) = found.into_iter().partition(|file: &SourceFile| file.name.ends_with(".bib"));
        let references: Vec<SourceFile> = references;
        Ok(Sources { name: name.to_owned(), place, files, references: references.into_iter().next() })
    }

    /// A model from texts in memory: pairs of file name and content; the name of the reference list ends in `.bib`.
    pub fn from_texts(name: &str, texts: &[(&str, &str)]) -> Sources {
        let file = |(name, text): &(&str, &str)| SourceFile { name: (*name).to_owned(), text: (*text).to_owned() };
        Sources {
            name: name.to_owned(),
            place: name.to_owned(),
            files: texts.iter().filter(|(name, _)| !name.ends_with(".bib")).map(file).collect(),
            references: texts.iter().find(|(name, _)| name.ends_with(".bib")).map(file),
        }
    }
}

/// Reads one file as text.
///
/// # Errors
/// [`Kind::Missing`] when it cannot be read, [`Kind::Data`] when it is not UTF-8.
pub(crate) fn read_text(path: &Path) -> std::result::Result<SourceFile, Error> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|cause| missing(path, &cause))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile { name, text }),
        Err(cause) => {
            let line = 1 + cause.as_bytes()[..cause.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
            Err(Error::data("not UTF-8 text", "save the file as UTF-8").in_file(name, Some(line)))
        }
    }
}

/// The fault of a file or folder that cannot be read, with the most similar name in its folder.
pub(crate) fn missing(path: &Path, cause: &std::io::Error) -> Error {
    let name = path.display().to_string();
    let (what, cure) = match cause.kind() {
        std::io::ErrorKind::NotFound => ("there is no such file or folder".to_owned(), neighbour(path)),
        std::io::ErrorKind::PermissionDenied => ("it may not be read".to_owned(), "change its permissions".to_owned()),
        _ => (cause.to_string().to_lowercase(), "give the path of a file that can be read".to_owned()),
    };
    Error::new(Kind::Missing, what, cure).in_file(name, None)
}

fn neighbour(path: &Path) -> String {
    let wanted = last_part(path);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let names: Vec<String> = fs::read_dir(&folder)
        .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    match words::nearest(&wanted, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{}`?", path.with_file_name(near).display()),
        None => "give the path of one that exists".into(),
    }
}

/// A path without `.` and without `..` after a named folder.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::ParentDir | Component::Normal(_) => tidy.push(part),
        }
    }
    if tidy.as_os_str().is_empty() { PathBuf::from(".") } else { tidy }
}

fn last_part(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Deep enough for `interventions/`, and a limit for folders that contain themselves.
const DEEPEST: usize = 3;

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>, faults: &mut Vec<Error>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotADirectory => {
            let what = "a file where the folder of a model is expected";
            let cure = "give the folder the file is in";
            faults.push(Error::new(Kind::Missing, what, cure).in_file(folder.display().to_string(), None));
            return;
        }
        Err(cause) => return faults.push(missing(folder, &cause)),
    };
    for entry in entries {
        match entry {
            Err(cause) => faults.push(missing(folder, &cause)),
            Ok(entry) => {
                let path = entry.path();
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                let model_file = path.extension().is_some_and(|ending| ending == "toml")
                    || (depth == 0 && entry.file_name() == "references.bib");
                if hidden {
                } else if path.is_dir() && depth < DEEPEST {
                    collect(&path, depth + 1, paths, faults);
                } else if model_file {
                    paths.push(path);
                }
            }
        }
    }
}

fn embedded(folder: &Dir<'static>, found: &mut Vec<SourceFile>) {
    for file in folder.files() {
        let path = file.path();
        let wanted = path.extension().is_some_and(|ending| ending == "toml" || ending == "bib");
        if let (true, Some(text)) = (wanted, file.contents_utf8()) {
            let name = path.to_string_lossy().replace('\\', "/");
            found.push(SourceFile { name: format!("{BUILTIN}{name}"), text: text.to_owned() });
        }
    }
    for inner in folder.dirs() {
        embedded(inner, found);
    }
}

/// The text files of a built-in model with their paths in its folder: model files, references and descriptions.
///
/// # Errors
/// [`Kind::Missing`] when there is no built-in model of that name.
pub fn builtin_model_files(name: &str) -> Result<Vec<(PathBuf, String)>> {
    fn gather(folder: &Dir<'_>, root: &Path, found: &mut Vec<(PathBuf, String)>) {
        for file in folder.files() {
            if let (Ok(path), Some(text)) = (file.path().strip_prefix(root), file.contents_utf8()) {
                found.push((path.to_owned(), text.to_owned()));
            }
        }
        folder.dirs().for_each(|inner| gather(inner, root, found));
    }
    // An unknown name is a fault with the known ones.
    Sources::builtin(name)?;
    let mut found = Vec::new();
    MODELS.get_dir(name).into_iter().for_each(|folder| gather(folder, folder.path(), &mut found));
    found.sort();
    Ok(found)
}

/// Names of the built-in models, in alphabetical order.
pub fn builtin_models() -> Vec<String> {
    let mut names: Vec<String> = MODELS.dirs().map(|folder| last_part(folder.path())).collect();
    names.sort();
    names
}

/// Names of the built-in experiments, without `.toml`, in alphabetical order.
pub fn builtin_experiments() -> Vec<String> {
    let mut names: Vec<String> = EXPERIMENTS
        .files()
        .filter(|file| file.path().extension().is_some_and(|ending| ending == "toml"))
        .filter_map(|file| file.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}

/// A built-in experiment, by its name without `.toml`.
///
/// # Errors
/// [`Kind::Missing`] when there is none of that name.
pub fn builtin_experiment(name: &str) -> Result<SourceFile> {
    let place = format!("{BUILTIN}{name}");
    let file = EXPERIMENTS.get_file(format!("{name}.toml")).and_then(|file| file.contents_utf8());
    file.map(|text| SourceFile { name: place.clone(), text: text.to_owned() }).ok_or_else(|| {
        let known = builtin_experiments();
        let cure = words::suggest(name, known.iter().map(String::as_str), "built-in experiments");
        let what = format!("the program has no built-in experiment `{name}`");
        Error::new(Kind::Missing, what, cure).in_file(place, None).into()
    })
}

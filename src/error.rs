//! The error type of keten: what is wrong, where, and the remedy.

use std::fmt;

/// The kind of an [`Error`], which determines the exit code of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A fault in a model or experiment file, a `--set` value or a run folder (exit code 65).
    Data,
    /// A file that is missing or cannot be read (exit code 66).
    Missing,
    /// An internal error of keten (exit code 70).
    Internal,
    /// A disk that is full, read-only or failing (exit code 74).
    Io,
    /// Stopped by the user before anything was stored (exit code 130).
    Interrupted,
}

/// One fault: the place (file, line and key), what is wrong there, and the remedy.
///
/// ```
/// use keten::error::{Error, Kind};
/// let error = Error::data("chance lies outside 0 to 1: 1.2", "give a number from 0 to 1")
///     .at_key("life.births.share").in_file("model.toml", Some(12));
/// assert_eq!(error.to_string(), "model.toml:12: life.births.share: chance lies outside 0 to 1: 1.2; give a number from 0 to 1");
/// assert_eq!(error.kind.exit_code(), 65);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Kind of the fault.
    pub kind: Kind,
    /// File with the fault, as given by the user.
    pub file: Option<String>,
    /// Line in that file, counted from 1.
    pub line: Option<usize>,
    /// Dotted key, as in `violence.onset.base`.
    pub key: Option<String>,
    /// What is wrong: a lowercase fragment without a full stop.
    pub what: String,
    /// The remedy; empty when there is none.
    pub cure: String,
}

/// One or more faults, reported together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(pub Vec<Error>);

/// A result whose error lists every fault found.
pub type Result<T> = std::result::Result<T, Errors>;

impl Kind {
    /// Exit code of the program for this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Data => 65,
            Kind::Missing => 66,
            Kind::Internal => 70,
            Kind::Io => 74,
            Kind::Interrupted => 130,
        }
    }
}

impl Error {
    /// A fault of the given kind.
    pub fn new(kind: Kind, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Error { kind, file: None, line: None, key: None, what: what.into(), cure: cure.into() }
    }

    /// A fault in the user's input.
    pub fn data(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Error::new(Kind::Data, what, cure)
    }

    /// A fault of a disk or folder.
    pub fn io(place: impl AsRef<std::path::Path>, cause: &std::io::Error) -> Self {
        let cure = match cause.kind() {
            std::io::ErrorKind::NotFound => "give the path of a file that exists",
            std::io::ErrorKind::PermissionDenied => "give a place that may be read and written",
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge => {
                "free some space or give another folder with --out"
            }
            _ => "check the disk and the path",
        };
        Error::new(Kind::Io, cause.to_string().to_lowercase(), cure).in_file(place.as_ref().display().to_string(), None)
    }

    /// The same fault, located at a dotted key.
    pub fn at_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The same fault, located in a file (and on a line).
    pub fn in_file(mut self, file: impl Into<String>, line: Option<usize>) -> Self {
        self.file = Some(file.into());
        self.line = line;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            match self.line {
                Some(line) => write!(f, "{file}:{line}: ")?,
                None => write!(f, "{file}: ")?,
            }
        }
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        write!(f, "{}", self.what)?;
        if !self.cure.is_empty() {
            write!(f, "; {}", self.cure)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl Errors {
    /// Exit code of the first fault.
    pub fn exit_code(&self) -> u8 {
        self.0.first().map_or(70, |e| e.kind.exit_code())
    }
}

impl From<Error> for Errors {
    fn from(error: Error) -> Self {
        Errors(vec![error])
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

//! Model files: reading, merging, checking, patching and parameter draws.
//!
//! A model is a folder of TOML files in which every number has a passport (value, unit, spread, source, year, grade).
//! [`load`] is the only entry point: it reports all faults, each with file, line, key and remedy, or returns the typed
//! model together with the [`Merged`] table that patches, parameter draws and listings use.

mod change;
mod check;
mod document;
mod draw;
mod drawn_levels;
mod explain;
mod fault;
mod grammar;
mod level_targets;
mod merge;
mod passport;
mod patch;
mod prior;
mod references;
mod response;
mod rows;
mod shape;
mod source;
mod spread;
mod words;

pub use change::Change;
pub use check::{check_folder, load, read};
pub use document::{Document, FilePlace, FilePlaces};
pub use draw::{Drawing, LatinDraws, Levels, RandomDraws, SamplingDesign, Scaled, Uniforms, draw, draw_with, scales};
pub use drawn_levels::drawn_levels;
pub use explain::{
    KnownSpread, Parameter, ParameterFilter, Setting, explain, list, list_settings, parameters, settings,
    usage_by_grade,
};
pub use fault::Fault;
pub use grammar::{Grammar, schema};
pub use level_targets::{Aimed, AimedAt, LevelTargets, MOMENTS, target_intervals};
pub use merge::{Merged, strip};
pub use passport::GRADES;
pub use patch::overlaps;
pub use prior::Prior;
pub use references::{Reference, References};
pub use response::{Fitted, LEVELS, LevelResponse, Term};
pub use shape::is_passport;
pub use source::{SourceFile, Sources, builtin_experiment, builtin_experiments, builtin_model_files, builtin_models};
pub use spread::LAWS;
pub use words::{dotted, nearest, show};

pub(crate) use check::{located, schema_faults};
pub(crate) use fault::refused;
pub(crate) use merge::place;
pub(crate) use passport::finite;
pub(crate) use source::{read_text, tidy};
pub(crate) use words::{misread, push, year_and_month};

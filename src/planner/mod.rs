//! The planner's room: a mix of measures as data, its experiment file, and its answer from real simulations.
//!
//! A [`Mix`] says for each measure at which level it runs, where, when and with how many places. [`Mix::experiment_text`]
//! writes it as an experiment file of the model inside the program, so that every answer can be repeated by `keten run`.
//! This room knows no HTTP: `serve` shows it in a browser, and other programs can use it as it is.

mod address;
mod catalogue;
mod checks;
mod controls;
mod file_text;
mod mix;
mod presets;

pub use address::MixAddress;
pub use catalogue::{Catalogue, OWN_PLACES};
pub use controls::{MixFault, slug};
pub use file_text::{AnswerStage, COMPARATOR, SCENARIO};
pub use mix::{FIRST_END, LAST_END, Mix, MixLevel, MixLine, USUAL_END};
pub use presets::MixPreset;

//! Experiments: the runs defined by a file, their simulation, and the resulting run folder.
//!
//! [`load`] reads an experiment with its model, [`Plan::of`] expands it into units (scenario × draw × replicate), and
//! [`run`] simulates those that are not in the store yet and assembles the run folder.

mod acting;
mod additions;
mod beside;
mod census;
pub mod file;
mod forecast;
mod groups;
pub mod inspect;
mod json;
mod life;
mod machine;
mod models;
mod named;
mod parameters;
mod plan;
mod pools;
pub mod reading;
mod record;
mod run;
mod shares;
mod sizes;
pub mod start;
pub mod starter;
mod watch;
mod whole_steps;

pub use additions::{Additions, OwnProcess};
pub use census::Census;
pub use file::{Enrolment, ExperimentFile, Panel, Removes, Scenario, Scenarios, Variant, Variants};
pub use forecast::{Forecast, slowness};
pub use inspect::{What, check, check_files, model_folder, what_is};
pub use models::build;
pub use named::Named;
pub use plan::{Plan, Unit, plan_text, program};
pub use reading::{
    Experiment, ExperimentText, experiment_schema, load, load_text, memory_estimate, read_text, schema_text,
};
pub use record::{Reading, replicate};
pub use run::{Contents, Ending, assemble_from, contents, kept_of, run, run_name, simulate, work};
pub use shares::{WorkShare, shares};
pub use start::Start;
pub use starter::{STARTER, STARTER_NL, StarterLanguage, init, write_model};
pub use watch::{Conditions, Doing, Quiet, Stage, Watch};

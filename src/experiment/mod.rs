//! Experiments: the runs defined by a file, their simulation, and the resulting run folder.
//!
//! [`load`] reads an experiment with its model, [`Plan::of`] expands it into units (scenario × draw × replicate), and
//! [`run`] simulates those that are not in the store yet and assembles the run folder.

mod acting;
mod census;
pub mod file;
mod forecast;
pub mod inspect;
mod life;
mod plan;
pub mod reading;
mod record;
mod responding;
mod run;
mod solving;
pub mod starter;

pub use census::Census;
pub use file::{Enrolment, ExperimentFile, Named, Panel, Removes, Scenario, Scenarios, Start, Variant, Variants};
pub use forecast::{Forecast, slowness};
pub use inspect::{What, check, model_folder, what_is};
pub use plan::{Plan, Unit, build};
pub use reading::{
    Experiment, ExperimentText, experiment_schema, load, load_text, memory_estimate, plan_text, read_text, schema_text,
};
pub use record::{Reading, replicate};
pub use responding::{RESPONSE_FILE, response_of, response_text, solve_folder_response};
pub use run::{Conditions, Contents, Doing, Ending, Quiet, Stage, Watch, contents, kept_of, run};
pub use solving::{
    Effort, SOLVED, SolvedRecords, solve_folder, solve_folder_newcomers, solve_folder_records, solve_model,
    solve_newcomers,
};
pub use starter::{STARTER, init};

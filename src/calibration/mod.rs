//! Calibration: parameters that no source gives are found by simulation, and written into the files of a model.
//!
//! Reading order: `observe` counts the moments of the burn-in population; `solve` finds the levels of violence at which
//! these meet their targets; `open` finds newcomers and births, `records` the probabilities of detection and response;
//! `response`
//! fits how the levels follow the other parameters. `folders` and `response_file` do so for a model folder.

mod folders;
mod observe;
mod open;
mod records;
mod response;
mod response_file;
mod solve;

pub use folders::{
    Effort, SOLVED, SolvedRecords, solve_folder, solve_folder_newcomers, solve_folder_records, solve_model,
    solve_newcomers,
};
pub use observe::{Moments, Observation};
pub use open::{BuildOpen, Opened, PERIODS, Rounds, solve_open};
pub use records::{BuildRecords, RECORDS, Recorded, RecordedOver, recorded, solve_records};
pub use response::{BuildDraw, Drawn, FittedResponse, Fitting, Quality, Trial, choose, fit_response, open_moments};
pub use response_file::{RESPONSE_FILE, response_of, response_text, solve_folder_response};
pub use solve::{Build, KAPPAS, Residual, Solution, observe, residuals, solve};

//! Calibration: parameters that no source gives are found by simulation, and written into the files of a model.
//!
//! Reading order: `observe` counts the moments of the burn-in population; `solve` finds the base levels at which these
//! meet their targets; `open` finds newcomers and births; `first_year` counts the levels of violence of 2008 in the open
//! population and finds the central ones, with the help of `response` and `terms`, which fit how they follow the other
//! parameters; `records` finds the chances of the observed record. `folders` and `response_file` do so for a model folder.

mod first_year;
mod folders;
mod observe;
mod open;
mod records;
mod response;
mod response_file;
mod rounding;
mod solve;
mod terms;

pub use first_year::{BuildLevels, FirstYear, LevelCounts, first_year, solve_first_year};
pub use folders::{
    Effort, SOLVED, SolvedRecords, solve_folder, solve_folder_newcomers, solve_folder_records, solve_model,
    solve_newcomers,
};
pub use observe::{Moments, Observation};
pub use open::{BuildOpen, Opened, PERIODS, Rounds, solve_open};
pub use records::{BuildRecords, RECORDS, RecordFigures, RecordedOver, recorded, solve_records};
pub use response::{BuildDraw, Drawn, FittedResponse, Fitting, fit_response};
pub use response_file::{RESPONSE_FILE, SolvedResponse, response_of, response_text, solve_folder_response};
pub use solve::{Build, KAPPAS, Residual, Solution, observe, residuals, solve};
pub use terms::{Quality, Trial, choose};

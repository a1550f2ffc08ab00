//! The founding population: a closed burn-in population is simulated for a hundred years with the same monthly
//! processes. Its households, with their histories, are then sampled to the margins of the four cities on 1 January
//! 2008.

mod households;
mod margins;
mod observe;
mod open;
mod pool;
pub mod raking;
mod records;
mod response;
mod settle;
mod solve;

pub use households::pool_households;
pub use margins::{FitRow, Margin};
pub use observe::{Moments, Observation};
pub use open::{BuildOpen, Opened, PERIODS, Rounds, solve_open};
pub use pool::{Pool, live_pool, pool_simulation};
pub use records::{BuildRecords, RECORDS, Recorded, RecordedOver, recorded, solve_records};
pub use response::{BuildDraw, Drawn, FittedResponse, Fitting, Quality, Trial, choose, fit_response};
pub use settle::{Founded, found, found_from};
pub use solve::{Build, KAPPAS, Residual, Solution, observe, residuals, solve};

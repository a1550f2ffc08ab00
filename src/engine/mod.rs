//! The engine: the monthly time step, the calendar of candidate events, and the traits of processes.

mod calendar;
mod envelope;
mod month;
mod process;

pub use calendar::{BLOCK, Calendar, Roll, Rules};
pub use envelope::{Envelope, YEARS};
pub use month::{CouplesRoll, Engine, PeopleRoll, Settings, Simulation};
pub use process::{Draws, Drift, Hazard, Meeting, Monthly, Step, Sweep};

//! The engine: the monthly time step, the calendar of candidate events, and the traits of processes.

mod bounds;
mod calendar;
mod envelope;
mod month;
mod process;
mod reads;
mod scope;

pub use bounds::{LayerBound, LayerBounds};
pub use calendar::{BLOCK, Calendar, Roll, Rules};
pub use envelope::{Envelope, YEARS};
pub use month::{CouplesRoll, Engine, EngineSettings, PeopleRoll, Simulation};
pub use process::{Draws, Drift, Hazard, Meeting, Monthly, Process, Step, Sweep};
pub use reads::Reads;
pub use scope::{DemographyTrend, Migration, Scope, Trends, ViolenceTrend, Window};

//! The engine: the monthly time step, the calendar of candidate events, and the traits of processes.

mod bounds;
mod calendar;
mod concerned;
mod decide;
mod envelope;
mod follower;
mod hazards;
mod machine;
mod month;
mod process;
mod reads;
mod rolls;
mod scope;

pub use bounds::{LayerBound, LayerBounds};
pub use calendar::{BLOCK, Calendar, Roll, Rules};
pub use envelope::{Envelope, YEARS};
pub use follower::{Beside, Follower};
pub use machine::{Engine, EngineSettings};
pub use month::Simulation;
pub use process::{Draws, Drift, Hazard, Meeting, Monthly, PartnerSearch, Process, Step, Sweep};
pub use reads::Reads;
pub use rolls::{CouplesRoll, PeopleRoll};
pub use scope::{DemographyTrend, Migration, Scope, Trends, ViolenceTrend, Window};

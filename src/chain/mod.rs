//! The chain (*keten*): detection of violence and the response of the cities, edge by edge.
//!
//! Ground truth and observed record are separate: `detection` and `suspicion` read what happened and decide which
//! organisation learns of it. They change nothing that has happened. The response changes what happens next, unless
//! `effects.in_force` is `none`.

mod amk;
mod cases;
mod court;
mod detection;
mod known;
mod response;
mod shelter;
mod suspicion;

pub use amk::Amk;
pub use cases::Cases;
pub use court::Court;
pub use detection::Detection;
pub use known::mark_unfounded;
pub use response::{Desk, Police, Response};
pub use shelter::{Added, Allocation, SHELTERS, Shelter};
pub use suspicion::Suspicion;

//! The chain (*keten*): detection of violence and the response of the cities, edge by edge.
//!
//! Ground truth and observed record are separate: `detection` and `suspicion` read what happened and decide which
//! organisation learns of it. They change nothing that has happened. The response changes what happens next, unless
//! `effects.in_force` is `none`.

mod amk;
mod cases;
mod court;
mod detection;
mod deterrence;
mod follow_up;
mod known;
mod needs;
mod response;
mod shelter;
mod suspicion;
mod triage;

pub use amk::Amk;
pub use cases::Cases;
pub use court::Court;
pub use detection::Detection;
pub use follow_up::FollowUp;
pub use known::mark_unfounded;
pub use needs::Needs;
pub use response::{Desk, Police, Response};
pub use shelter::{Added, Allocation, OUTSIDE, SHELTERS, Shelter};
pub use suspicion::Suspicion;
pub use triage::Triage;

//! The chain (*keten*): who comes to know of violence, and what the cities do about it, edge by edge.
//!
//! Truth and record are two things: `detection` and `suspicion` read what happened and decide who learns of it; nothing here
//! changes what happened before. What is done changes what happens next, unless `effects.in_force` is `none`.

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
pub use known::marking_only;
pub use response::{Desk, Police, Response};
pub use shelter::{Added, Allocation, SHELTERS, Shelter};
pub use suspicion::Suspicion;

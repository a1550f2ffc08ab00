//! Scenarios beside their comparator: only what differs is decided and applied again.
//!
//! A *leader* is simulated in full. A *follower* is another scenario with the same past and the same random numbers.
//! It holds the rows in which it differs (its *own rows*) and reads all others from the leader. In every step of the
//! month:
//!
//! 1. A subject whose decision may read an own row is *watched*: the follower decides for it anew. All other subjects
//!    decide as in the leader, since a decision is a function of what it reads and of random numbers by address.
//! 2. The follower applies its own decisions to its own rows (copy on write). A decision of the leader that reads or
//!    writes a row which these touch is applied by the follower too (*adopted*), so that the order of changes is kept.
//! 3. The rows that the leader is about to change by decisions which are not the follower's are copied before.
//! 4. The leader applies its changes. Rows of the follower that equal the leader's again are let go of.
//!
//! Processes that decide for everybody together (measures, queues, the chain) are decided and applied in full in every
//! world. So is the matching of partners from the searches of all seekers. A search is taken over unless it met an own
//! row or a part of the list of singles that is another one, and a union is applied only where it differs.
//!
//! `state.rs` is what a follower holds. `watched.rs` and `watching.rs` are step 1 and `calendars.rs` its candidates;
//! `led.rs`, `steps.rs`, `searching.rs` with `singles.rs` and `take.rs` are steps 1 to 3, `after.rs` is step 4.
//! `beside.rs` leads all followers of a leader through a step, `january.rs` through the ordering of rows.

mod after;
mod beside;
mod calendars;
mod january;
mod led;
mod searching;
mod singles;
mod state;
mod steps;
mod take;
mod watched;
mod watching;

pub(super) use beside::{LedStep, applied, decide, with_rows};
pub(super) use january::new_year;

pub use beside::Beside;
pub use state::Follower;

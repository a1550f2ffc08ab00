//! From run folders to answers: what differs between scenarios, how sure that is. Plain data out; printing is for others.

pub mod economics;
mod effects;

pub use effects::{Effect, Effects, Interval, Place, effects};

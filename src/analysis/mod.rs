//! From run folders to answers: what differs between runs, and how sure that is. Plain data out; printing is for others.

mod compare;
mod ensemble;
mod inputs;

pub use compare::{Comparison, Figure, Side, SideBySide, Span, compare};
pub use ensemble::{Ensemble, Estimate, Pairing};
pub use inputs::{DrawnOtherwise, InputDifference, Part};

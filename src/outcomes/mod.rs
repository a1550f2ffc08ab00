//! Outcomes: what is read from the world, month by month and year by year, and the tables it becomes.
//!
//! One file per table. Everything here is truth: what happened, whoever saw it. An outcome never changes the world.

mod cohorts;
mod fit;
mod lineages;
mod outcome;
mod panel;
mod reading;
mod scene;
#[cfg(test)]
mod small;
mod transmission;
mod yearly;

pub use fit::FitLine;
pub use outcome::{Inputs, Outcome, OutcomeSettings, Pathway, Recall};
pub use reading::Outcomes;

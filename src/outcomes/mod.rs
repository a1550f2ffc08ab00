//! Outcomes: what is read from the world, month by month and year by year, and the tables it becomes.
//!
//! One file or folder per table. Truth (what happened, whoever saw it) and record (what police, ASHG, AMK, shelters and
//! surveys see of it) are columns apart, marked in the codebook. An outcome never changes the world.

mod capacity;
mod cohorts;
mod contacts;
mod costs;
mod fit;
mod funnel;
mod lineages;
mod lives;
mod outcome;
mod panel;
mod queues;
mod reading;
mod recidivism;
mod sample;
mod scene;
mod selection;
#[cfg(test)]
mod small;
mod spells;
mod transmission;
mod yearly;

pub use costs::{CostKind, CostUnit, Cutoffs, Price, Pricing, State, Steps, Volume};
pub use fit::FitLine;
pub use outcome::{Entry, Inputs, Outcome, OutcomeSettings, PanelPart, Pathway, Recall, Survey};
pub use reading::Outcomes;

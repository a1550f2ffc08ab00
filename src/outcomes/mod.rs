//! Outcomes: observers that read the world per month and per year, and the tables they write.
//!
//! One file or folder per table, and one line in `registry.rs`. Ground truth (what happened) and observed record (what police, ASHG, AMK, shelters and
//! surveys see of it) are separate columns, marked in the codebook. An outcome never changes the world.

mod bottlenecks;
mod by_key;
mod capacity;
mod clients;
mod cohorts;
mod contacts;
mod costs;
mod course;
mod doors;
mod fit;
mod funnel;
mod help;
mod lineages;
mod lives;
mod observer;
mod panel;
mod profile;
mod queues;
mod recidivism;
mod registry;
mod relatives;
mod reported;
mod routes;
mod row_groups;
mod sample;
mod scene;
mod selection;
mod settings;
mod shared;
#[cfg(test)]
mod small;
mod spells;
mod sums;
mod transmission;
mod without;
mod yearly;

pub use costs::{CostKind, CostUnit, Cutoffs, MovedEdge, Price, Pricing, State, Steps, Volume};
pub use observer::{PanelRows, Size};
pub use registry::{DecemberCounts, Outcome, Outcomes};
pub use settings::{Entry, FitLine, Inputs, OutcomeSettings, PanelPart, Pathway, Recall, Survey};

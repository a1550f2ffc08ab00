//! One experiment on many machines: a plan folder with shards, the workers that simulate a shard each, and the run that is
//! assembled from what they stored.
//!
//! ```text
//! PLAN/plan.json            the experiment with its model, the program that may work on it, the estimate of each shard
//! PLAN/shards/0001.json     the units of a shard
//! PLAN/locks/0001           locked as long as a worker is at work on the shard; the file itself says nothing
//! PLAN/store/.units/packs/  what the workers stored, unless the plan or a command names another folder
//! URL/0123456789abcdef/0001/  instead of a common store: what the workers sent to an object store
//! PLAN/slurm.sh             a job array, if it was asked for; with PLAN/logs/ for its output
//! ```
//! Which machine, which order and how many workers has no influence on the content: a unit is a pure function of its id.
//! No clock decides anything. The lock of a shard only saves work: two workers on one shard store the same units.

mod collect;
mod folder;
mod launch;
mod objects;
#[cfg(feature = "objects")]
mod remote;
mod script;
mod settings;
mod status;
mod work;

pub use collect::collect;
pub use folder::{PlanFolder, write_plan};
pub use launch::{queued, submit};
pub use objects::{Objects, fetch, fetch_all};
#[cfg(feature = "objects")]
pub use remote::ObjectFolder;
pub use settings::{Launcher, PlanSettings, ShardEstimate};
pub use status::{ShardState, states};
pub use work::work;

//! How a plan is divided and carried out, and what its shards are expected to need.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Folder for the output of jobs, in the plan folder.
pub(super) const LOGS: &str = "logs";

/// A system that runs workers on a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launcher {
    /// Slurm: a job array with an element for each shard.
    Slurm,
    /// HyperQueue: a task for each shard.
    HyperQueue,
}

impl Launcher {
    /// Name of the script in the plan folder.
    pub fn file(self) -> &'static str {
        match self {
            Launcher::Slurm => "slurm.sh",
            Launcher::HyperQueue => "hyperqueue.sh",
        }
    }
}

/// How a plan is divided and carried out.
#[derive(Clone, Debug)]
pub struct PlanSettings {
    /// Number of shards.
    pub shards: usize,
    /// Threads of each worker, for the estimates and for jobs; results do not depend on it.
    pub threads: usize,
    /// Whether every scenario is simulated in full, not beside its comparator; the results are the same.
    pub full: bool,
    /// Folder in which the workers store units, as an absolute path; `None` for one in the plan folder.
    pub store: Option<PathBuf>,
    /// For which system a job is written.
    pub launcher: Option<Launcher>,
    /// Slurm partition of the jobs.
    pub partition: Option<String>,
    /// The program that jobs call.
    pub program: PathBuf,
}

/// Expected use of resources by one shard.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShardEstimate {
    /// Number of units.
    pub units: usize,
    /// Number of groups of units with a common past.
    pub groups: usize,
    /// Core-seconds on the reference machine of the forecast.
    pub core_seconds: f64,
    /// Seconds with the threads of the plan, on a machine as fast as the one that planned.
    pub seconds: f64,
    /// Peak memory in bytes.
    pub memory_bytes: f64,
}

//! The command line: commands for many machines.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::changing::{Changing, seconds};

pub(super) const PLAN_EXAMPLES: &str = "\
Examples:
  keten plan experiments/uncertainty.toml --shards 64 --out plan --for slurm --threads 16
  keten plan builtin:flagships --set draws=200 --scale 0.1 --shards 8 --out plan
  keten work plan --shard 1           on any machine that sees the folder; every shard once
  keten status plan
  keten collect plan --out runs";

/// A system for which `keten plan` writes a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LauncherChoice {
    /// A job array for Slurm, PLAN/slurm.sh
    Slurm,
    /// Tasks for HyperQueue, PLAN/hyperqueue.sh
    Hyperqueue,
}

#[derive(Clone, Debug, Args)]
pub(super) struct PlanArguments {
    /// Experiment file, or builtin:NAME for one inside the program
    pub(super) experiment: String,
    #[command(flatten)]
    pub(super) changing: Changing,
    /// Number of shards, of about equal expected time; each is the work of one worker
    #[arg(long, value_name = "N")]
    pub(super) shards: NonZeroUsize,
    /// Folder of the plan; it must not exist yet
    #[arg(long, value_name = "PLAN")]
    pub(super) out: PathBuf,
    /// Threads that each worker will use, for estimates and jobs [default: all cores of this machine]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
    /// Folder in which workers store units [default: PLAN/store]
    #[arg(long, value_name = "DIR")]
    pub(super) store: Option<PathBuf>,
    /// Also write a job for this system
    #[arg(long = "for", value_enum, value_name = "SYSTEM")]
    pub(super) launcher: Option<LauncherChoice>,
    /// Partition of the Slurm jobs
    #[arg(long, value_name = "NAME", value_parser = partition)]
    pub(super) partition: Option<String>,
    /// Simulate every scenario in full, not beside its comparator; the results are the same
    #[arg(long)]
    pub(super) full: bool,
}

/// A name of a partition, which becomes part of a script.
fn partition(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ',' | '.');
    if !text.is_empty() && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("give the name of a partition".to_owned())
    }
}

#[derive(Clone, Debug, Args)]
pub(super) struct WorkArguments {
    /// Folder of the plan
    pub(super) plan: PathBuf,
    /// Number of the shard, from 1
    #[arg(long, value_name = "K")]
    pub(super) shard: usize,
    /// Folder in which workers store units [default: that of the plan]
    #[arg(long, value_name = "DIR")]
    pub(super) store: Option<PathBuf>,
    /// Object store through which units go to other machines, s3://BUCKET/FOLDER; needs a build with the feature objects
    #[arg(long, value_name = "URL")]
    pub(super) objects: Option<String>,
    /// Threads to use [default: all cores]; results do not depend on it
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
    /// Seconds between two lines of progress when standard error is not a terminal [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) progress: Option<f64>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct StatusArguments {
    /// Folder of the plan
    pub(super) plan: PathBuf,
    /// Folder in which workers store units [default: that of the plan]
    #[arg(long, value_name = "DIR")]
    pub(super) store: Option<PathBuf>,
    /// Object store to which workers sent units
    #[arg(long, value_name = "URL")]
    pub(super) objects: Option<String>,
    /// Submit the shards to Slurm that are neither done, nor at work, nor in its queue
    #[arg(long)]
    pub(super) resubmit: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct CollectArguments {
    /// Folder of the plan
    pub(super) plan: PathBuf,
    /// Folder in which workers stored units [default: that of the plan]
    #[arg(long, value_name = "DIR")]
    pub(super) store: Option<PathBuf>,
    /// Object store to which workers sent units
    #[arg(long, value_name = "URL")]
    pub(super) objects: Option<String>,
    /// Folder for runs [default: runs]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

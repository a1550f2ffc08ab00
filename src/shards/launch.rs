//! Scripts with which Slurm and HyperQueue run the workers of a plan.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::folder::{LOGS, PlanFolder, PlanSettings, ShardEstimate};
use crate::error::{Error, Kind, Result};

/// A system that runs workers on a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launcher {
    /// Slurm: a job array with an element for each shard.
    Slurm,
    /// HyperQueue: a task for each shard.
    HyperQueue,
}

const SLURM: &str = include_str!("templates/slurm.sh");
const HYPERQUEUE: &str = include_str!("templates/hyperqueue.sh");

/// How much longer a shard may take than expected before Slurm ends it, and seconds for its start.
const TIME: (f64, f64) = (3.0, 600.0);
/// How much more memory a shard may take than expected, and bytes besides.
const MEMORY: (f64, f64) = (1.5, 500e6);
/// Seconds to which time limits are rounded up, and bytes for memory.
const STEPS: (f64, f64) = (900.0, 100e6);

impl Launcher {
    /// Name of the script in the plan folder.
    pub fn file(self) -> &'static str {
        match self {
            Launcher::Slurm => "slurm.sh",
            Launcher::HyperQueue => "hyperqueue.sh",
        }
    }
}

/// The script of a plan in a folder, given as an absolute path.
pub(super) fn script(
    launcher: Launcher,
    folder: &Path,
    id: &str,
    shards: &[ShardEstimate],
    settings: &PlanSettings,
) -> String {
    let most = |of: fn(&ShardEstimate) -> f64| shards.iter().map(of).fold(0.0, f64::max);
    let up = |value: f64, step: f64| (value / step).ceil() * step;
    let seconds = up(most(|shard| shard.seconds) * TIME.0 + TIME.1, STEPS.0);
    let memory = up(most(|shard| shard.memory_bytes) * MEMORY.0 + MEMORY.1, STEPS.1);
    let partition = match &settings.partition {
        Some(name) => format!("#SBATCH --partition={name}"),
        None => "##SBATCH --partition=NAME".to_owned(),
    };
    let values = [
        ("@NAME@", job_name(id)),
        ("@SHARDS@", shards.len().to_string()),
        ("@PARTITION@", partition),
        ("@TIME@", time(seconds)),
        ("@SECONDS@", format!("{seconds:.0}")),
        ("@MEMORY@", format!("{:.0}M", memory / 1e6)),
        ("@THREADS@", settings.threads.to_string()),
        ("@PROGRAM@", quoted(&settings.program.display().to_string())),
        ("@PLAN@", quoted(&folder.display().to_string())),
        // In a line for Slurm: a path with a quote or a per cent sign has to be mended by hand.
        ("@LOGS@", folder.join(LOGS).display().to_string()),
    ];
    let text = match launcher {
        Launcher::Slurm => SLURM,
        Launcher::HyperQueue => HYPERQUEUE,
    };
    values.iter().fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value))
}

fn job_name(id: &str) -> String {
    format!("keten-{}", id.get(..8).unwrap_or_default())
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A time limit as Slurm reads it, `1-02:30:00`.
fn time(seconds: f64) -> String {
    let minutes = (seconds / 60.0).ceil() as u64;
    format!("{}-{:02}:{:02}:00", minutes / 1440, minutes / 60 % 24, minutes % 60)
}

/// The shards of a plan that are waiting or running in Slurm; `None` if Slurm does not answer.
pub fn queued(folder: &PlanFolder) -> Option<BTreeSet<usize>> {
    let name = format!("--name={}", job_name(folder.id()));
    let output = Command::new("squeue").args(["--noheader", "--array", "--format=%K", &name]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.split_whitespace().filter_map(|word| word.parse().ok()).collect())
}

/// Submits shards of a plan to Slurm as a job array; returns what Slurm says.
///
/// # Errors
/// A plan without a script for Slurm; Slurm is not installed, or refuses the job.
pub fn submit(folder: &PlanFolder, shards: &[usize]) -> Result<String> {
    let script = folder.path().join(Launcher::Slurm.file());
    let place = script.display().to_string();
    if !script.is_file() {
        let cure = "plan with --for slurm, or run keten work for each shard yourself";
        return Err(Error::new(Kind::Missing, "the plan has no job for Slurm", cure).in_file(place, None).into());
    }
    let array = format!("--array={}", array_of(shards));
    let output = Command::new("sbatch").arg(&array).arg(&script).output().map_err(|cause| {
        let cure = format!("run this where Slurm is installed: sbatch {array} {place}");
        Error::new(Kind::Missing, format!("sbatch cannot be run: {cause}"), cure)
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let cure = "change the lines #SBATCH of the script to what the cluster allows";
    let what = format!("Slurm refused the job: {}", text(&output.stderr));
    Err(Error::new(Kind::Io, what, cure).in_file(place, None).into())
}

/// Numbers in ascending order as Slurm reads them, `1-3,7`.
pub(super) fn array_of(shards: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &shard in shards {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == shard => *last = shard,
            _ => ranges.push((shard, shard)),
        }
    }
    let text =
        |(first, last): (usize, usize)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.into_iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_and_times_are_written_as_slurm_reads_them() {
        assert_eq!(array_of(&[1, 2, 3, 7, 9, 10]), "1-3,7,9-10");
        assert_eq!(array_of(&[4]), "4");
        assert_eq!(time(900.0), "0-00:15:00");
        assert_eq!(time(95_400.0), "1-02:30:00");
    }

    #[test]
    fn scripts_have_limits_above_the_estimates_and_survive_odd_paths() {
        let shard = ShardEstimate { units: 9, groups: 3, core_seconds: 1e3, seconds: 1000.0, memory_bytes: 2e9 };
        let settings = PlanSettings {
            shards: 2,
            threads: 16,
            full: false,
            store: None,
            launcher: Some(Launcher::Slurm),
            partition: Some("rome".into()),
            program: "/opt/it's/keten".into(),
        };
        let of = |launcher| script(launcher, Path::new("/scratch/my plan"), "0123456789abcdef", &[shard; 2], &settings);
        let slurm = of(Launcher::Slurm);
        for line in [
            "#SBATCH --array=1-2",
            "#SBATCH --partition=rome",
            "#SBATCH --time=0-01:00:00",
            "#SBATCH --mem=3500M",
            "#SBATCH --cpus-per-task=16",
            "#SBATCH --job-name=keten-01234567",
        ] {
            assert!(slurm.lines().any(|known| known == line), "{line} in\n{slurm}");
        }
        for text in [slurm, of(Launcher::HyperQueue)] {
            assert!(text.contains(r"'/opt/it'\''s/keten'") && text.contains("'/scratch/my plan'"), "{text}");
            assert!(!text.contains('@'), "every value is filled in: {text}");
        }
    }
}

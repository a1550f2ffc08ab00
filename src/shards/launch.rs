//! Submitting shards to Slurm.

use std::collections::BTreeSet;
use std::process::Command;

use super::folder::PlanFolder;
use super::script::job_name;
use super::settings::Launcher;
use crate::error::{Error, Kind, Result};

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
fn array_of(shards: &[usize]) -> String {
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
    fn arrays_are_written_as_slurm_reads_them() {
        assert_eq!(array_of(&[1, 2, 3, 7, 9, 10]), "1-3,7,9-10");
        assert_eq!(array_of(&[4]), "4");
    }
}

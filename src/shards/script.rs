//! Scripts with which Slurm and HyperQueue run the workers of a plan.

use std::path::Path;

use super::settings::{LOGS, Launcher, PlanSettings, ShardEstimate};

const SLURM: &str = include_str!("templates/slurm.sh");
const HYPERQUEUE: &str = include_str!("templates/hyperqueue.sh");

/// How much longer a shard may take than expected before Slurm ends it, and seconds for its start.
const TIME: (f64, f64) = (3.0, 600.0);
/// How much more memory a shard may take than expected, and bytes besides.
const MEMORY: (f64, f64) = (1.5, 500e6);
/// Seconds to which time limits are rounded up, and bytes for memory.
const STEPS: (f64, f64) = (900.0, 100e6);

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

/// Name of the jobs of a plan.
pub(super) fn job_name(id: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_are_written_as_slurm_reads_them() {
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
            assert!(!text.replace("TERM@120", "").contains('@'), "every value is filled in: {text}");
        }
    }
}

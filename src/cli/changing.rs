//! The command line: arguments that several commands share.

use clap::Args;

/// A length of time from a hundredth of a second to a day.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let wrong = || "give seconds from 0.01 to 86400".to_owned();
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    if (0.01..=86_400.0).contains(&seconds) { Ok(seconds) } else { Err(wrong()) }
}

/// What is changed in the experiment.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Changing {
    /// Change a key of the experiment or the model, for example transmission.kappa=0.2
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) sets: Vec<String>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub(super) seed: Option<u64>,
    /// Simulated persons for each real person, 0.001 to 1
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(super) scale: Option<f64>,
}

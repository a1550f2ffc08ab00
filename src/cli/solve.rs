//! `solve`.

use std::process::ExitCode;

use keten::experiment::{Effort, solve_folder};
use serde_json::json;

use super::Done;
use super::arguments::SolveArguments;
use super::talk::Talk;

/// `keten solve`
pub(super) fn solve(what: &SolveArguments, talk: &Talk) -> Done {
    let effort = Effort { steps: what.steps.max(1), pool: f64::from(what.pool), seed: what.seed };
    let solution =
        solve_folder(&what.model, effort, |kappa, step, _| talk.say(format_args!("kappa {kappa}: step {}", step + 1)))?;
    if talk.json {
        let residuals: Vec<_> = solution
            .residuals
            .iter()
            .map(|line| json!({ "target": line.target, "aim": line.aim, "got": line.got }))
            .collect();
        let values: serde_json::Map<_, _> =
            solution.values.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        talk.line(json!({ "values": values, "liability": solution.liability, "residuals": residuals }));
        return Ok(ExitCode::SUCCESS);
    }
    for (key, value) in &solution.values {
        talk.line(format_args!("{key:<44} {value:>10.5}"));
    }
    for [kappa, uses, suffers, maltreats] in &solution.liability {
        talk.line(format_args!(
            "kappa {kappa:<4} liability on using {uses:.3}, suffering {suffers:.3}, maltreating {maltreats:.3}"
        ));
    }
    talk.line(format_args!("{:<58} {:>10} {:>10} {:>9}", "target", "aim", "got", "residual"));
    for line in &solution.residuals {
        let residual = 100.0 * (line.got / line.aim - 1.0);
        talk.line(format_args!("{:<58} {:>10.4} {:>10.4} {residual:>+8.1}%", line.target, line.aim, line.got));
    }
    Ok(ExitCode::SUCCESS)
}

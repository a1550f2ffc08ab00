//! `solve`.

use std::process::ExitCode;

use keten::calibration::{
    Effort, Fitting, Opened, Quality, Rounds, Solution, SolvedRecords, SolvedResponse, solve_folder,
    solve_folder_newcomers, solve_folder_records, solve_folder_response,
};
use keten::config::MOMENTS;
use keten::error::Error;
use serde_json::json;

use super::arguments::{SolveArguments, SolvePart};
use super::done::Done;
use super::talk::Talk;

/// `keten solve`
pub(super) fn solve(what: &SolveArguments, talk: &Talk) -> Done {
    let mut found = Found::new();
    if what.part != SolvePart::Levels {
        check_scale(what.scale)?;
    }
    if matches!(what.part, SolvePart::All | SolvePart::Levels) {
        let effort =
            Effort { steps: what.steps.max(1), pool: f64::from(what.pool.unwrap_or(120_000)), seed: what.seed };
        let solution = solve_folder(&what.model, effort, |kappa, step, _| {
            talk.say(format_args!("kappa {kappa}: step {}", step + 1));
        })?;
        if talk.json {
            found.extend(levels_as_json(&solution));
        } else {
            print_levels(&solution, talk);
        }
    }
    if matches!(what.part, SolvePart::All | SolvePart::Open) {
        let opened = open(what, talk)?;
        if talk.json {
            found.extend(open_as_json(&opened));
        } else {
            print_open(&opened, talk);
        }
    }
    if matches!(what.part, SolvePart::All | SolvePart::Response) {
        let solved = response(what, talk)?;
        if talk.json {
            found.extend(response_as_json(&solved));
        } else {
            print_response(&solved, talk);
        }
    }
    if matches!(what.part, SolvePart::All | SolvePart::Records) {
        let solved = records(what, talk)?;
        if talk.json {
            found.insert("records".to_owned(), records_as_json(&solved));
        } else {
            print_records(&solved, talk);
        }
    }
    if talk.json {
        talk.line(serde_json::Value::Object(found));
    }
    Ok(ExitCode::SUCCESS)
}

/// Results by name, for `--json`.
type Found = serde_json::Map<String, serde_json::Value>;

/// Finds newcomers and births of the open population.
fn open(what: &SolveArguments, talk: &Talk) -> keten::error::Result<Opened> {
    let rounds = rounds(what, ROUNDS, OPEN_REPLICATES);
    solve_folder_newcomers(&what.model, rounds, |round, totals, births| {
        talk.say(format_args!(
            "open population, round {}: totals within {:.2} %, births within {:.1} %",
            round + 1,
            100.0 * totals,
            100.0 * births
        ));
    })
}

fn open_as_json(opened: &Opened) -> Found {
    let lines = |lines: &[(usize, i32, f64)]| {
        lines.iter().map(|(city, year, ratio)| json!({ "city": city, "year": year, "ratio": ratio })).collect()
    };
    let (totals, births): (Vec<_>, Vec<_>) = (lines(&opened.totals), lines(&opened.births));
    let mut found = Found::new();
    found.insert("totals".to_owned(), json!(totals));
    found.insert("births".to_owned(), json!(births));
    found
}

fn print_open(opened: &Opened, talk: &Talk) {
    for (name, lines) in [("persons over the known total", &opened.totals), ("births over the input", &opened.births)] {
        for (city, year, ratio) in lines {
            talk.line(format_args!("city {city}, from {year}: {name} {ratio:.4}"));
        }
    }
}

/// Finds the chances of the observed record.
fn records(what: &SolveArguments, talk: &Talk) -> keten::error::Result<SolvedRecords> {
    solve_folder_records(&what.model, rounds(what, ROUNDS, CASE_REPLICATES), |round, got| {
        let error = got.errors.map(|errors| format!(" (standard error {:.0})", errors[0])).unwrap_or_default();
        talk.say(format_args!("records, round {}: {:.0} police reports{error}", round + 1, got.all.reports));
    })
}

fn records_as_json(solved: &SolvedRecords) -> serde_json::Value {
    let of = |(at, (target, aim, got)): (usize, &(&str, f64, f64))| json!({ "target": target, "aim": aim, "got": got, "standard_error": solved.last.errors.map(|e| e[at]) });
    solved.residuals.iter().enumerate().map(of).collect()
}

fn print_records(solved: &SolvedRecords, talk: &Talk) {
    for (key, value) in &solved.values {
        talk.line(format_args!("{key:<44} {value:>10.5}"));
    }
    talk.line(format_args!("{:<58} {:>10} {:>10} {:>9} {:>14}", "target", "aim", "got", "residual", "standard error"));
    for (at, (target, aim, got)) in solved.residuals.iter().enumerate() {
        let residual = 100.0 * (got / aim - 1.0);
        let error = solved.last.errors.map(|errors| format!("{:>14.4}", errors[at])).unwrap_or_default();
        talk.line(format_args!("{target:<58} {aim:>10.4} {got:>10.4} {residual:>+8.1}% {error}"));
    }
    talk.line(format_args!(
        "{:<58} {:>10} {:>10.4}",
        "victims known to the police (CT4, carried: .20 to .33)", "", solved.last.all.victims_known
    ));
}

/// Persons with whom each burn-in population of the response begins.
const RESPONSE_POOL: u32 = 10_000;

/// Fits the response of the levels to the parameters and finds the central levels.
fn response(what: &SolveArguments, talk: &Talk) -> keten::error::Result<SolvedResponse> {
    let pool = f64::from(what.pool.unwrap_or(RESPONSE_POOL));
    let with = Fitting { runs: what.runs, seed: what.seed };
    let (sender, progress) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        // The sender goes with the work, so that the messages end with it.
        let work = scope.spawn(move || {
            let round = sender.clone();
            solve_folder_response(
                &what.model,
                pool,
                with,
                rounds(what, LEVEL_ROUNDS, CASE_REPLICATES),
                // Nobody listens any more: the work goes on all the same.
                &|done, of| {
                    if done % 20 == 0 || done == of {
                        sender.send(format!("response: {done} of {of} populations of 2008")).ok();
                    }
                },
                move |number, got| {
                    let off = (0..4).map(|at| format!("{:+.1} %", 100.0 * (got.got[at] / got.aims[at] - 1.0)));
                    let off = off.collect::<Vec<_>>().join(", ");
                    round.send(format!("central levels, round {}: {off} from their aims", number + 1)).ok();
                },
            )
        });
        for message in progress {
            talk.say(format_args!("{message}"));
        }
        work.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn response_as_json(solved: &SolvedResponse) -> Found {
    let SolvedResponse { response, levels, first_year } = solved;
    let row = |(at, (moment, q)): (usize, (&&str, &Quality))| {
        let (mean, sd) = response.aimed[at];
        json!({
            "moment": moment, "sd": q.sd, "sd_within": q.sd_within, "sd_outside": q.sd_outside, "noise": q.noise,
            "r2_within": q.r2_within, "r2_outside": q.r2_outside, "over_aim_mean": mean, "over_aim_sd": sd,
            "aim": first_year.aims[at], "got": first_year.got[at], "standard_error": first_year.errors[at],
        })
    };
    let rows: Vec<_> = MOMENTS.iter().zip(&response.quality).enumerate().map(row).collect();
    let levels: serde_json::Map<_, _> = levels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    let mut found = Found::new();
    found.insert("runs".to_owned(), json!(response.runs));
    found.insert("response".to_owned(), rows.into());
    found.insert("central_levels".to_owned(), levels.into());
    found
}

fn print_response(solved: &SolvedResponse, talk: &Talk) {
    let SolvedResponse { response, levels, first_year } = solved;
    talk.line(format_args!(
        "{} populations of 2008, {} variables, {} terms",
        response.runs,
        response.fitted.variables.len(),
        response.fitted.terms.len()
    ));
    talk.line("log of        sd over runs  residual within  outside   noise  R² within  outside");
    for (moment, q) in MOMENTS.iter().zip(&response.quality) {
        talk.line(format_args!(
            "{moment:<14} {:>11.3} {:>16.3} {:>8.3} {:>7.3} {:>10.3} {:>8.3}",
            q.sd, q.sd_within, q.sd_outside, q.noise, q.r2_within, q.r2_outside
        ));
    }
    for (key, value) in levels {
        talk.line(format_args!("{key:<44} {value:>10.5}"));
    }
    talk.line("central        aim in 2008        got  residual  standard error");
    for (at, moment) in MOMENTS.iter().enumerate() {
        let (aim, got, error) = (first_year.aims[at], first_year.got[at], first_year.errors[at]);
        let residual = 100.0 * (got / aim - 1.0);
        talk.line(format_args!("{moment:<14} {aim:>11.5} {got:>10.5} {residual:>+8.1}% {error:>15.5}"));
    }
}

/// Rounds of the open population, and of the central levels, which the response brings near at once.
const ROUNDS: usize = 6;
const LEVEL_ROUNDS: usize = 4;
/// Replicates for newcomers and births.
const OPEN_REPLICATES: u32 = 2;
/// Replicates for central levels and records: the reports of one burn-in population scatter by a tenth.
const CASE_REPLICATES: u32 = 16;

fn rounds(what: &SolveArguments, rounds: usize, replicates: u32) -> Rounds {
    let SolveArguments { scale, seed, .. } = *what;
    let rounds = what.rounds.unwrap_or(rounds).max(1);
    Rounds { rounds, replicates: what.replicates.unwrap_or(replicates), scale, seed }
}

fn check_scale(scale: f64) -> keten::error::Result<()> {
    if (0.001..=1.0).contains(&scale) {
        return Ok(());
    }
    Err(Error::data(format!("a scale of {scale}"), "give 0.001 to 1").at_key("--scale").into())
}

fn levels_as_json(solution: &Solution) -> Found {
    let residuals: Vec<_> = solution
        .residuals
        .iter()
        .map(|line| json!({ "target": line.target, "aim": line.aim, "got": line.got }))
        .collect();
    let values: serde_json::Map<_, _> =
        solution.values.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    let mut found = Found::new();
    found.insert("values".to_owned(), values.into());
    found.insert("liability".to_owned(), json!(solution.liability));
    found.insert("residuals".to_owned(), json!(residuals));
    found
}

fn print_levels(solution: &Solution, talk: &Talk) {
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
}

//! The response of the levels of 2008 to the parameters: fitted for a model folder and written to a separate file.

use std::fmt::Write as _;
use std::path::Path;

use super::first_year::{FirstYear, solve_first_year};
use super::folders::{put_values, rewrite};
use super::open::Rounds;
use super::response::{Drawn, FittedResponse, Fitting, fit_response};
use super::rounding::rounded;
use crate::config::{
    self, Change, Drawing, LEVELS, LevelTargets, Levels, MOMENTS, Merged, SamplingDesign, Scaled, Sources,
};
use crate::error::{Error, Result};
use crate::model::ModelFile;
use crate::store::write_whole;

/// File of a model folder that holds the response.
pub const RESPONSE_FILE: &str = "response.toml";

/// Tables of a model whose parameters are variables of the response. The chain of 2008 takes away incidents but hardly
/// any victims, and there are no measures yet.
const OF_THE_LEVELS: [&str; 3] = ["life.", "violence.", "transmission."];

/// Fits the response of a model. `pool` is the initial size of each burn-in population; `told` is called with the
/// number of runs done.
///
/// # Errors
/// Faults of the model; a missing level or target.
pub fn response_of(
    merged: &Merged,
    pool: f64,
    with: Fitting,
    told: &(dyn Fn(usize, usize) + Sync),
) -> Result<FittedResponse> {
    let mut variables = Vec::new();
    for key in LEVELS {
        let central = merged.value(key).filter(|value| *value > 0.0).ok_or_else(|| lacks(key))?;
        variables.push(Scaled { key: key.to_owned(), log: true, centre: libm::log(central), sd: 1.0 });
    }
    let acts = |key: &str| OF_THE_LEVELS.iter().any(|room| key.starts_with(room)) && !LEVELS.contains(&key);
    let inputs: Vec<Scaled> = config::scales(merged)?.into_iter().filter(|input| acts(&input.key)).collect();
    variables.extend(inputs.iter().cloned());
    // The response uses the spreads of the passports, whatever an experiment widens.
    let design = SamplingDesign::LatinHypercube { block: with.runs };
    let drawing = Drawing { seed: with.seed, design, grade_c: 1.0, levels: Levels::Held };
    let mut small = merged.clone();
    small.table.retain(|key, _| key != "response");
    let drawn = |run: u32| -> Result<Drawn> {
        let all = config::draw(&small, &drawing, run)?;
        let value = |key: &str| {
            let own = all.iter().find(|change| change.key == key);
            own.and_then(|change| change.value.as_float()).or_else(|| merged.value(key))
        };
        let targets = LevelTargets::read(value)
            .ok_or_else(|| lacks(LevelTargets::KEYS.iter().find(|key| value(key).is_none()).unwrap_or(&"targets")))?;
        let scores = inputs.iter().map(|input| value(&input.key).map_or(0.0, |value| input.score(value))).collect();
        let changes = all.into_iter().filter(|change| acts(&change.key)).collect();
        Ok(Drawn { changes, scores, targets })
    };
    let build = |changes: &[Change], levels: &[(&'static str, f64)]| -> Result<ModelFile> {
        let mut all = changes.to_vec();
        all.extend(levels.iter().map(|(key, value)| Change::new(*key, *value, "response")));
        all.push(Change::new("founding.pool_size", pool, "response"));
        small.with(&all)?.typed()
    };
    fit_response(variables, &drawn, &build, with, told)
}

/// What solving the response found.
#[derive(Clone, Debug)]
pub struct SolvedResponse {
    /// The response.
    pub response: FittedResponse,
    /// Central levels by key.
    pub levels: Vec<(&'static str, f64)>,
    /// What these levels give in 2008.
    pub first_year: FirstYear,
}

/// Fits the response of the model of a folder and writes it into [`RESPONSE_FILE`] there; then finds the central levels
/// with which 2008 meets its targets in the open population, and writes them into the files of the model.
///
/// `told` is called with the number of runs done, `round` after each round of the central levels.
///
/// # Errors
/// As [`response_of`]; a file that cannot be written.
pub fn solve_folder_response(
    folder: &Path,
    pool: f64,
    with: Fitting,
    rounds: Rounds,
    told: &(dyn Fn(usize, usize) + Sync),
    round: impl FnMut(usize, &FirstYear),
) -> Result<SolvedResponse> {
    let (_, merged) = config::load::<ModelFile>(&Sources::folder(folder)?)?;
    let response = response_of(&merged, pool, with, told)?;
    let targets = LevelTargets::read(|key| merged.value(key)).ok_or_else(|| lacks(LevelTargets::KEYS[0]))?;
    let build = |levels: &[(&'static str, f64)]| -> Result<ModelFile> {
        let changes: Vec<Change> = levels.iter().map(|(key, value)| Change::new(*key, *value, "solving")).collect();
        merged.with(&changes)?.typed()
    };
    let (levels, first_year) = solve_first_year(&build, &response.fitted, &targets, rounds, round)?;
    write_whole(&folder.join(RESPONSE_FILE), response_text(&response, pool, with).as_bytes())?;
    rewrite(folder, |document| put_values(document, &levels))?;
    Ok(SolvedResponse { response, levels, first_year })
}

fn lacks(key: &str) -> Error {
    Error::data("the response needs this parameter, and the model does not have it", "add it").at_key(key)
}

/// The file of a response.
pub fn response_text(response: &FittedResponse, pool: f64, with: Fitting) -> String {
    let FittedResponse { fitted, quality, runs, aimed } = response;
    let mut text = String::from("#:schema ../../schema/model.schema.json\n");
    // Writing into a string cannot fail.
    let mut line = |words: String| {
        let _ = writeln!(text, "{words}");
    };
    line("# The response of the levels of violence of 2008 to the parameters, by which each parameter draw gets levels of its own: it".into());
    line("# meets the targets of the levels at values drawn from the targets' spreads. The fitting command overwrites this file:".into());
    line(format!(
        "# keten solve MODEL --part response --runs {} --pool {pool} --seed {}, {runs} populations with those at central values.",
        with.runs, with.seed
    ));
    line("#".into());
    line("# Each run is 2008 in the open population, from a burn-in population of its own. In the last part of the runs, which".into());
    line("# aimed at drawn targets, the logarithm of what came out over the aim was".into());
    for (moment, (mean, sd)) in MOMENTS.iter().zip(aimed) {
        line(format!("#   {moment:<14} {mean:>+7.3} on average, standard deviation {sd:.3}"));
    }
    line("# with the response of the runs before, levels varied by .15 on purpose and the noise of a small population in it.".into());
    line(String::new());
    line("[response]".into());
    line("variables = [".into());
    for (number, variable) in fitted.variables.iter().enumerate() {
        line(format!("    \"{}\", # {}", variable.key, number + 1));
    }
    line("]".into());
    let passport = |unit: &str, note: &str| {
        format!(
            "unit = \"{unit}\"\nspread = {{ law = \"fixed\" }}\nsource = \"derived\"\nyear = 2008\ngrade = \"derived\"\nnote = \"{note}\""
        )
    };
    line(format!("\n[response.pool]\nvalue = {pool}"));
    line(passport("persons", "Persons with whom each burn-in population began."));
    line("\n[response.scale]".into());
    line(passport(
        "number",
        "Scale of each variable: on the logarithm or not, its centre and its standard deviation there; levels in logarithms over those at which the response was fitted.",
    ));
    line("columns = [\"input\", \"log\", \"centre\", \"sd\"]\nrows = [".into());
    for (number, variable) in fitted.variables.iter().enumerate() {
        let (centre, sd) = (rounded(variable.centre), rounded(variable.sd));
        line(format!("    [{}, {}, {centre}, {sd}], # {}", number + 1, u8::from(variable.log), variable.key));
    }
    line("]".into());
    line("\n[response.effects]".into());
    line(passport(
        "log",
        "Effects on the logarithm of each moment of the product of the scores of one or two variables, by their numbers; 0 for none.",
    ));
    let names: Vec<String> = MOMENTS.iter().map(|name| format!("\"{name}\"")).collect();
    line(format!("columns = [\"input\", \"with\", {}]\nrows = [", names.join(", ")));
    for term in &fitted.terms {
        let number = |at: Option<usize>| at.map_or(0, |at| at + 1);
        let name = |at: Option<usize>| at.map(|at| fitted.variables[at].key.as_str());
        let words = match (name(term.of), name(term.with)) {
            (Some(one), Some(other)) => format!("{one} × {other}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => "at the centre".to_owned(),
        };
        let effects: Vec<String> = term.effect.iter().map(|effect| rounded(*effect).to_string()).collect();
        line(format!("    [{}, {}, {}], # {words}", number(term.of), number(term.with), effects.join(", ")));
    }
    line("]".into());
    line("\n[response.quality]".into());
    line(passport(
        "number",
        "By number of the moment: runs; standard deviation of its logarithm over the runs, of the residual within and outside the sample, and between populations of the same parameters, which nothing can explain; explained variance within and outside the sample.",
    ));
    line("columns = [\"kind\", \"runs\", \"sd\", \"sd_within\", \"sd_outside\", \"noise\", \"r2_within\", \"r2_outside\"]\nrows = [".into());
    for (number, (moment, q)) in MOMENTS.iter().zip(quality).enumerate() {
        let cells =
            [q.sd, q.sd_within, q.sd_outside, q.noise, q.r2_within, q.r2_outside].map(|x| rounded(x).to_string());
        line(format!("    [{}, {runs}, {}], # {moment}", number + 1, cells.join(", ")));
    }
    line("]".into());
    text
}

//! Calibration of a model folder: solves the base levels that have no source, and writes them into its files.

use std::path::Path;

use super::observe::Moments;
use super::open::{Opened, Rounds, solve_open};
use super::records::{RECORDS, RecordedOver, solve_records};
use super::rounding::rounded;
use super::solve::{Solution, solve};
use crate::config::{self, Change, Merged, Sources};
use crate::error::{Error, Result};
use crate::model::ModelFile;
use crate::random::Luck;
use crate::store::write_whole;
use crate::units::Rows;

/// Parameters that are solved; `calibration::solve` names one target for each of their keys.
pub const SOLVED: [&str; 16] = [
    "life.births.level",
    "life.unions.level",
    "violence.onset.by_men",
    "violence.onset.by_women",
    "violence.onset.coercive_by_women",
    "violence.onset.mutual",
    "violence.other.relatives",
    "violence.maltreatment.onset",
    "violence.maltreatment.neglect",
    "violence.maltreatment.sexual",
    "violence.maltreatment.together",
    "violence.maltreatment.partner_violence",
    "violence.maltreatment.education",
    "violence.maltreatment.no_work",
    "violence.maltreatment.lone_parent",
    "transmission.conduct_mean",
];

/// Settings of the calibration of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Number of steps at the central kappa; half as many at each other value.
    pub steps: usize,
    /// Initial size of the burn-in population, persons; a larger one has less Monte Carlo error.
    pub pool: f64,
    /// Seed of the burn-in population.
    pub seed: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Effort { steps: 12, pool: 120_000.0, seed: 2008 }
    }
}

/// Calibrates the open population of a model under its present levels; `told` is called after each round with the
/// relative errors of totals and births.
///
/// # Errors
/// Faults of the model.
pub fn solve_newcomers(merged: &Merged, with: Rounds, told: impl FnMut(usize, f64, f64)) -> Result<Opened> {
    let model: ModelFile = merged.typed()?;
    let rows =
        |rows: &[Vec<f64>]| -> Vec<[f64; 3]> { rows.iter().filter_map(|row| row.as_slice().try_into().ok()).collect() };
    let start = Opened {
        newcomers: rows(&model.life.newcomers.rate.rows),
        make_up: rows(&model.life.births.make_up.rows),
        ..Opened::default()
    };
    let columns = |names: [&str; 3]| names.map(String::from).to_vec();
    let build = |opened: &Opened| -> Result<ModelFile> {
        let lists = |rows: &[[f64; 3]]| rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>();
        let mut model = model.clone();
        model.life.newcomers.rate = Rows::new(1.0, columns(["city", "year", "persons"]), lists(&opened.newcomers))
            .map_err(|what| Error::data(what, "").at_key("life.newcomers.rate"))?;
        model.life.births.make_up = Rows::new(1.0, columns(["city", "year", "ratio"]), lists(&opened.make_up))
            .map_err(|what| Error::data(what, "").at_key("life.births.make_up"))?;
        Ok(model)
    };
    solve_open(&build, start, with, told)
}

/// Calibrates the open population of the model of a folder, and writes the result into its files.
///
/// # Errors
/// Faults of the model; files that cannot be written.
pub fn solve_folder_newcomers(folder: &Path, with: Rounds, told: impl FnMut(usize, f64, f64)) -> Result<Opened> {
    let (_, merged) = config::load::<ModelFile>(&Sources::folder(folder)?)?;
    let opened = solve_newcomers(&merged, with, told)?;
    rewrite(folder, |document| {
        put_rows(document, "life.newcomers.rate", &opened.newcomers);
        put_rows(document, "life.births.make_up", &opened.make_up);
    })?;
    Ok(opened)
}

/// Result of the calibration of the records.
#[derive(Clone, Debug)]
pub struct SolvedRecords {
    /// Probabilities by key.
    pub values: Vec<(&'static str, f64)>,
    /// Each target with its target value and the value achieved.
    pub residuals: Vec<(&'static str, f64, f64)>,
    /// All counts of the last round.
    pub last: RecordedOver,
}

/// Calibrates the records of the model of a folder, and writes the result into its files; `told` is called after each
/// round.
///
/// # Errors
/// Faults of the model, or a parameter to be solved that it does not have; files that cannot be written.
pub fn solve_folder_records(
    folder: &Path,
    with: Rounds,
    told: impl FnMut(usize, &RecordedOver),
) -> Result<SolvedRecords> {
    let (model, merged) = config::load::<ModelFile>(&Sources::folder(folder)?)?;
    let missing = |key: &str| {
        Error::data("this parameter is to be calibrated and is missing from the model", "add it").at_key(key)
    };
    let start = RECORDS
        .iter()
        .map(|key| merged.value(key).map(|value| (*key, value)).ok_or_else(|| missing(key).into()))
        .collect::<Result<Vec<_>>>()?;
    let build = |values: &[(&'static str, f64)]| -> Result<ModelFile> {
        let changes: Vec<Change> = values.iter().map(|(key, value)| Change::new(*key, *value, "solving")).collect();
        merged.with(&changes)?.typed()
    };
    let (values, last) = solve_records(&build, start, with, told)?;
    rewrite(folder, |document| put_values(document, &values))?;
    Ok(SolvedRecords { values, residuals: last.all.beside(&model).to_vec(), last })
}

/// Calibrates a model; `told` is called after each step with kappa, the number of the step, and the targets and values.
///
/// # Errors
/// Faults of the model, or a parameter to be solved that it does not have.
pub fn solve_model(merged: &Merged, effort: Effort, told: impl FnMut(f64, usize, &Moments)) -> Result<Solution> {
    let missing = |key: &str| {
        Error::data("this parameter is to be calibrated and is missing from the model", "add it").at_key(key)
    };
    let start = SOLVED
        .iter()
        .map(|key| merged.value(key).map(|value| (*key, value)).ok_or_else(|| missing(key).into()))
        .collect::<Result<Vec<_>>>()?;
    let model: ModelFile = merged.typed()?;
    let (weights, maltreats) =
        model.transmission.weights().map_err(|what| Error::data(what, "").at_key("transmission.solved"))?;
    let columns: Vec<String> = ["kappa", "uses", "suffers", "maltreats"].map(String::from).to_vec();
    let build = |values: &[(&'static str, f64)], liability: &[[f64; 4]]| -> Result<ModelFile> {
        let mut changes: Vec<Change> = values.iter().map(|(key, value)| Change::new(*key, *value, "solving")).collect();
        changes.push(Change::new("founding.pool_size", effort.pool, "solving"));
        let mut model: ModelFile = merged.with(&changes)?.typed()?;
        let rows = liability.iter().map(|row| row.to_vec()).collect();
        model.transmission.solved = Rows::new(1.0, columns.clone(), rows)
            .map_err(|what| Error::data(what, "").at_key("transmission.solved"))?;
        Ok(model)
    };
    solve(&build, &start, [weights.uses, weights.suffers, maltreats], Luck::new(effort.seed, 0, 0), effort.steps, told)
}

/// Calibrates the model of a folder and writes the result into its files; comments and everything else stay unchanged.
///
/// # Errors
/// Faults of the model; files that cannot be written.
pub fn solve_folder(folder: &Path, effort: Effort, told: impl FnMut(f64, usize, &Moments)) -> Result<Solution> {
    let sources = Sources::folder(folder)?;
    let (_, merged) = config::load::<ModelFile>(&sources)?;
    let solution = solve_model(&merged, effort, told)?;
    rewrite(folder, |document| write_into(document, &solution))?;
    Ok(solution)
}

/// Changes the model files of a folder, each atomically.
pub(super) fn rewrite(folder: &Path, change: impl Fn(&mut toml_edit::DocumentMut)) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|cause| Error::io(folder, &cause))?;
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|cause| Error::io(&file, &cause))?;
        let mut document: toml_edit::DocumentMut = text.parse().map_err(|cause: toml_edit::TomlError| {
            Error::data(cause.to_string(), "").in_file(file.display().to_string(), None)
        })?;
        change(&mut document);
        let written = document.to_string();
        if written != text {
            write_whole(&file, written.as_bytes())?;
        }
    }
    Ok(())
}

/// Inserts the solved values where a model file defines them.
fn write_into(document: &mut toml_edit::DocumentMut, solution: &Solution) {
    put_values(document, &solution.values);
    put_rows(document, "transmission.solved", &solution.liability);
}

/// Puts values in where a model file holds the parameters.
pub(super) fn put_values(document: &mut toml_edit::DocumentMut, values: &[(&'static str, f64)]) {
    for (key, value) in values {
        if let Some(parameter) = find(document, key).and_then(|item| item.as_table_like_mut()) {
            parameter.insert("value", toml_edit::value(rounded(*value)));
        }
    }
}

/// Inserts the rows of a table, one per line, where a model file defines the table.
fn put_rows<const N: usize>(document: &mut toml_edit::DocumentMut, key: &str, list: &[[f64; N]]) {
    let Some(table) = find(document, key).and_then(|item| item.as_table_like_mut()) else { return };
    let mut rows = toml_edit::Array::new();
    for row in list {
        let cells = row.iter().map(|number| {
            let number = if number.fract() == 0.0 { *number } else { rounded(*number) };
            toml_edit::Value::from(number)
        });
        let mut row = toml_edit::Value::from(cells.collect::<toml_edit::Array>());
        row.decor_mut().set_prefix("\n    ");
        rows.push_formatted(row);
    }
    rows.set_trailing("\n");
    rows.set_trailing_comma(true);
    table.insert("rows", toml_edit::value(rows));
}

fn find<'a>(document: &'a mut toml_edit::DocumentMut, key: &str) -> Option<&'a mut toml_edit::Item> {
    key.split('.').try_fold(document.as_item_mut(), |item, part| item.as_table_like_mut()?.get_mut(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solved_numbers_take_the_place_of_the_old_ones_and_all_else_stays() {
        let text = "# why\n[life.births.level]\nvalue = 1.0 # old\nunit = \"ratio\"\n[transmission.solved]\nrows = [[0.5, 1, 1, 1]]\n";
        let solution = Solution {
            values: vec![("life.births.level", 1.234_567_8), ("life.unions.level", 2.0)],
            liability: vec![[0.0, 0.9, 0.8, 0.7], [0.5, 0.5, 0.4, 0.3]],
            residuals: Vec::new(),
        };
        let mut document: toml_edit::DocumentMut = text.parse().expect("sound TOML");
        write_into(&mut document, &solution);
        let written = document.to_string();
        assert!(written.contains("# why") && written.contains("unit = \"ratio\""), "{written}");
        assert!(written.contains("value = 1.2346"), "{written}");
        assert!(written.contains("[0.0, 0.9, 0.8, 0.7]"), "{written}");
        assert!(!written.contains("unions"), "{written}");
    }

    #[test]
    fn rows_take_the_place_of_the_old_ones_each_on_a_line_of_its_own() {
        let text = "[life.newcomers.rate]\ncolumns = [\"city\", \"year\", \"persons\"] # stays\nrows = [[0, 2008, 1]]\nsource = \"x\"\n";
        let mut document: toml_edit::DocumentMut = text.parse().expect("sound TOML");
        put_rows(&mut document, "life.newcomers.rate", &[[0.0, 2008.0, 31_240.0], [1.0, 2008.0, 0.123_456_78]]);
        put_rows(&mut document, "life.births.make_up", &[[0.0, 2008.0, 1.0]]);
        assert_eq!(
            document.to_string(),
            "[life.newcomers.rate]\ncolumns = [\"city\", \"year\", \"persons\"] # stays\nrows = [\n    [0.0, 2008.0, 31240.0],\n    [1.0, 2008.0, 0.12346],\n]\nsource = \"x\"\n"
        );
    }
}

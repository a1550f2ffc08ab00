//! Files to compute with: CSV with a point and comma, a Dutch variant for spreadsheets, a workbook, and draws as Parquet.
//!
//! Names of files and columns are the same in any language. Counts of fewer than ten simulated persons or cases are `<10`.

mod book;
mod money;
mod people;

use std::fs;
use std::path::{Path, PathBuf};

pub(super) use book::workbook;

use super::about::About;
use super::numbers::FEWEST;
use super::words::Language;
use crate::error::{Error, Result};
use crate::store::{write_table, write_whole};

/// A cell of a file.
#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Text(String),
    /// A number; nothing, or one that is not finite, is an empty cell.
    Number(Option<f64>),
}

/// Rows under a name.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sheet {
    name: &'static str,
    head: Vec<String>,
    rows: Vec<Vec<Entry>>,
}

fn text(text: impl Into<String>) -> Entry {
    Entry::Text(text.into())
}

fn number(value: f64) -> Entry {
    Entry::Number(Some(value))
}

/// A number of so many simulated persons, or that they are too few.
fn unless_few(simulated: f64, value: Option<f64>) -> Entry {
    if simulated < FEWEST && simulated > 0.0 { text("<10") } else { Entry::Number(value) }
}

impl Sheet {
    fn new(name: &'static str, head: &[&str]) -> Sheet {
        Sheet { name, head: head.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }

    /// As CSV; the Dutch variant has a mark of its encoding, semicolons and decimal commas.
    fn csv(&self, dutch: bool) -> String {
        let (mark, between) = if dutch { ("\u{feff}", ";") } else { ("", ",") };
        let quoted = |text: &str| {
            if text.contains([',', ';', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let cell = |entry: &Entry| match entry {
            Entry::Text(text) => quoted(text),
            Entry::Number(Some(value)) if value.is_finite() => {
                let plain = value.to_string();
                if dutch { plain.replace('.', ",") } else { plain }
            }
            Entry::Number(_) => String::new(),
        };
        let mut out = mark.to_owned();
        out.push_str(&self.head.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(between));
        out.push_str("\r\n");
        for row in &self.rows {
            out.push_str(&row.iter().map(cell).collect::<Vec<_>>().join(between));
            out.push_str("\r\n");
        }
        out
    }
}

/// Writes the files into a folder and gives their paths.
///
/// # Errors
/// A full, read-only or failing disk.
pub(super) fn files(about: &About<'_>, folder: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder).map_err(|cause| Error::io(folder, &cause))?;
    let mut written = Vec::new();
    for sheet in sheets(about) {
        let path = folder.join(format!("{}.csv", sheet.name));
        write_whole(&path, sheet.csv(false).as_bytes())?;
        written.push(path);
        if about.request.language == Language::Nl {
            let path = folder.join(format!("{}-nl.csv", sheet.name));
            write_whole(&path, sheet.csv(true).as_bytes())?;
            written.push(path);
        }
    }
    for (name, table) in [("psa", money::psa(about)?), ("psa_params", money::psa_params(about)?)] {
        if let Some(table) = table {
            let path = folder.join(format!("{name}.parquet"));
            write_table(&path, &table)?;
            written.push(path);
        }
    }
    Ok(written)
}

/// All CSV files that the run allows.
fn sheets(about: &About<'_>) -> Vec<Sheet> {
    let mut all = Vec::new();
    all.extend(about.effects.is_some().then(|| people::effects(about)));
    all.push(people::reached(about));
    if let Some(main) = about.evaluation() {
        all.push(money::icers(about));
        all.extend(money::curves(about, main));
        all.push(money::evppi(about));
        all.push(money::tornado(about));
        all.push(money::ceplane(about, main));
    }
    all.extend([people::persons(about), people::path(about), people::generations(about), people::selection(about)]);
    all.extend(about.accounts.is_some().then(|| money::budget(about)));
    all.extend(about.providers.is_some().then(|| people::capacity(about)));
    all.retain(|sheet| !sheet.rows.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_csv_is_for_machines_and_the_dutch_one_for_spreadsheets() {
        let mut sheet = Sheet::new("a", &["strategy", "cost"]);
        sheet.rows = vec![vec![text("a, \"b\""), number(1234.5)], vec![text("c"), Entry::Number(Some(f64::NAN))]];
        assert_eq!(sheet.csv(false), "strategy,cost\r\n\"a, \"\"b\"\"\",1234.5\r\nc,\r\n");
        assert_eq!(sheet.csv(true), "\u{feff}strategy;cost\r\n\"a, \"\"b\"\"\";1234,5\r\nc;\r\n");
    }
}

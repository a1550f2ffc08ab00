//! Data files: CSV with point and comma, a Dutch variant for spreadsheets, a workbook, draws as Parquet, and a codebook
//! for all of them.
//!
//! Names of files and columns are the same in any language. Numeric columns contain numbers or are empty. A count of
//! fewer than ten simulated persons or cases is suppressed: its cell is empty, and two columns at the end of the row
//! say so.

mod book;
mod columns;
mod labels;
mod money;
mod people;
mod sheet;

pub(super) use book::workbook;
use sheet::Sheet;

use super::about::About;
use super::words::Language;
use crate::error::Result;
use crate::store::table_bytes;

/// The files, by name relative to their folder.
///
/// # Errors
/// An internal error when one cannot be made.
pub(super) fn files(about: &About<'_>) -> Result<Vec<(String, Vec<u8>)>> {
    let mut all = Vec::new();
    for sheet in sheets(about) {
        sheet.check()?;
        all.push((format!("{}.csv", sheet.layout.name), sheet.csv(false).into_bytes()));
        if about.request.language == Language::Nl {
            all.push((format!("{}-nl.csv", sheet.layout.name), sheet.csv(true).into_bytes()));
        }
    }
    for (name, table) in [("psa", money::psa(about)?), ("psa_params", money::psa_params(about)?)] {
        if let Some(table) = table {
            all.push((format!("{name}.parquet"), table_bytes(&table)?));
        }
    }
    // The same codebook in every language, describing the files of both.
    let mut names: Vec<String> = all.iter().map(|(name, _)| name.replace("-nl.csv", ".csv")).collect();
    names.extend(names.clone().iter().filter_map(|name| Some(format!("{}-nl.csv", name.strip_suffix(".csv")?))));
    all.push(("codebook.json".to_owned(), columns::codebook(&names)?));
    Ok(all)
}

/// All CSV files for which the run has data.
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
    all.push(people::recurrence(about));
    all.extend(about.accounts.is_some().then(|| money::budget(about)));
    // The document has its amounts for the four cities together.
    all.extend((about.accounts.is_some() && about.city().is_none()).then(|| money::programme(about)));
    all.extend(about.providers.is_some().then(|| people::capacity(about)));
    all.push(people::cities(about, None));
    all.retain(|sheet| !sheet.rows.is_empty());
    all
}

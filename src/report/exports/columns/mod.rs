//! Contents of the data files: the single definition of their columns, from which headings, the codebook and the
//! headings of the Dutch workbook are made.

mod decision;
mod layout;
mod persons;
mod run;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(super) use decision::{
    BUDGET, CEAC, CEAF, CEPLANE, DRAWS, EVPI, EVPPI, EXP_LOSS, ICERS, NMB, PROGRAMME_MONEY, PSA, PSA_PARAMS, TORNADO,
};
pub(super) use layout::{FileColumn, Holds, Layout};
pub(super) use persons::{CAPACITY, CITIES, EFFECTS, GENERATIONS, PATH, PERSONS, REACHED, RECURRENCE, SELECTION};
pub(super) use run::{EXPLANATION, INPUTS, META, SUMMARY};

use crate::error::Result;
use crate::store::KETEN_VERSION;

/// All possible files.
static ALL: [&Layout; 22] = [
    &CITIES,
    &EFFECTS,
    &REACHED,
    &PERSONS,
    &PATH,
    &GENERATIONS,
    &SELECTION,
    &RECURRENCE,
    &CAPACITY,
    &ICERS,
    &CEAC,
    &CEAF,
    &EXP_LOSS,
    &EVPI,
    &NMB,
    &EVPPI,
    &TORNADO,
    &CEPLANE,
    &BUDGET,
    &PROGRAMME_MONEY,
    &PSA,
    &PSA_PARAMS,
];

/// The codebook of files of these names, as JSON.
pub(super) fn codebook(files: &[String]) -> Result<Vec<u8>> {
    let column = |column: &FileColumn| json!({ "name": column.name, "kind": column.holds, "unit": column.unit, "meaning": column.meaning });
    let described: BTreeMap<&String, Value> = files
        .iter()
        .filter_map(|file| {
            let name = file.split('.').next()?.trim_end_matches("-nl");
            let of = ALL.iter().find(|of| of.name == name)?;
            let columns: Vec<Value> = of.columns.iter().map(column).collect();
            Some((file, json!({ "meaning": of.meaning, "columns": columns })))
        })
        .collect();
    let notes = [
        "Each row is a record. Number columns contain numbers or nothing; the columns withheld and withheld_columns say which \
         figures are withheld, and why.",
        "NAME.csv: commas between cells, decimal point, UTF-8 without a byte order mark. NAME-nl.csv, for spreadsheets in Dutch: semicolon \
         between cells, comma in numbers; headings and codes are the same, and stay English so that programs find them in both. It begins with \
         a mark of UTF-8 only if it has letters beyond ASCII (in R: fileEncoding = \"UTF-8-BOM\").",
        "made.json lists the files that keten wrote, with hashes: a file that was changed since is never replaced.",
    ];
    let whole = json!({ "keten_version": KETEN_VERSION, "notes": notes, "files": described });
    let mut text = serde_json::to_string_pretty(&whole).expect("JSON of maps with text keys can be written");
    text.push('\n');
    Ok(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_every_file_is_described_once() {
        for of in ALL.iter().chain([&&SUMMARY, &&INPUTS, &&META, &&DRAWS, &&EXPLANATION]) {
            let mut names: Vec<&str> = of.columns.iter().map(|column| column.name).collect();
            assert!(of.columns.iter().all(|it| !it.meaning.is_empty() && !it.unit.is_empty() && !it.dutch.is_empty()));
            let mut headings: Vec<&str> = of.columns.iter().map(|column| column.dutch).collect();
            for list in [&mut names, &mut headings] {
                let all = list.len();
                list.sort_unstable();
                list.dedup();
                assert_eq!(list.len(), all, "{}", of.name);
            }
        }
    }
}

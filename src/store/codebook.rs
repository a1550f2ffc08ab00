//! The codebook of a run: every column of every table, its meaning, its unit, and whether it is ground truth or
//! observed record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SCHEMA_VERSION;
use crate::tables::{Column, Kind, SCENARIO, Schema, Sees};

/// The file `codebook.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codebook {
    /// Layout of the files.
    pub schema_version: u32,
    /// The tables by name.
    pub tables: BTreeMap<String, CodebookTable>,
}

/// A table in the codebook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodebookTable {
    /// Meaning of a row.
    pub meaning: String,
    /// Number of key columns (`scenario` included), which come first and identify a row.
    pub keys: usize,
    /// The columns in order.
    pub columns: Vec<CodebookColumn>,
}

/// A column in the codebook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodebookColumn {
    /// Name of the column.
    pub name: String,
    /// Type of its cells.
    pub kind: Kind,
    /// Unit of its cells.
    pub unit: String,
    /// Meaning of a cell, and when it is empty.
    pub meaning: String,
    /// Ground truth, observed record, input or key.
    pub sees: Sees,
}

impl From<&Column> for CodebookColumn {
    fn from(column: &Column) -> Self {
        CodebookColumn {
            name: column.name.into(),
            kind: column.kind,
            unit: column.unit.into(),
            meaning: column.meaning.into(),
            sees: column.sees,
        }
    }
}

impl Codebook {
    /// The codebook of the tables of a run, which have `scenario` as first column.
    pub fn new(schemas: &[&Schema]) -> Self {
        let table = |schema: &Schema| CodebookTable {
            meaning: schema.meaning.into(),
            keys: schema.keys + 1,
            columns: std::iter::once(&SCENARIO).chain(schema.columns).map(CodebookColumn::from).collect(),
        };
        let tables = schemas.iter().map(|schema| (schema.name.to_owned(), table(schema))).collect();
        Codebook { schema_version: SCHEMA_VERSION, tables }
    }
}

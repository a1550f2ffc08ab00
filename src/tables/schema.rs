//! Schemas: names, types, units and meanings of the columns of a table.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Errors, Kind as Family, Result};

/// Type of the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Integers (64 bits, signed).
    Int,
    /// Numbers (64 bits, IEEE 754); NaN is stored as an empty cell.
    Float,
    /// Text (UTF-8).
    Text,
    /// Boolean.
    Bool,
    /// Keys of persons: in files text, `p` and sixteen hexadecimal digits; empty for nobody.
    Key,
}

/// Role of a column: key, input, ground truth or observed record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sees {
    /// Key of the row.
    Key,
    /// Input: a target or a setting.
    Input,
    /// Ground truth of the simulated population.
    Truth,
    /// Observed record: what a register, survey or trial sees of it.
    Record,
}

/// A column of a [`Schema`], as described in the codebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name, in snake case; the same for the same quantity in every table.
    pub name: &'static str,
    /// Type of the cells.
    pub kind: Kind,
    /// Unit of the cells, for example `persons` or `1/year`; `-` for names.
    pub unit: &'static str,
    /// Meaning of a cell, and when it is empty.
    pub meaning: &'static str,
    /// Ground truth, observed record, input or key.
    pub sees: Sees,
}

/// First column of every table of a run folder; not part of a [`Schema`].
pub const SCENARIO: Column =
    Column { name: "scenario", kind: Kind::Text, unit: "-", meaning: "name of the scenario", sees: Sees::Key };

/// First column of every [`Schema`].
pub const DRAW: Column = Column {
    name: "draw",
    kind: Kind::Int,
    unit: "count",
    meaning: "number of the parameter draw; 0 = central values",
    sees: Sees::Key,
};

/// Second column of every [`Schema`].
pub const REPLICATE: Column = Column {
    name: "replicate",
    kind: Kind::Int,
    unit: "count",
    meaning: "number of the replicate: the same parameters with other random numbers",
    sees: Sees::Key,
};

/// Third column of every [`Schema`].
pub const CITY: Column =
    Column { name: "city", kind: Kind::Text, unit: "-", meaning: "name of the city; G4 = all four", sees: Sees::Key };

/// All cities together, in the column [`CITY`].
pub const ALL_CITIES: &str = "G4";

/// Description of a table: its columns start with [`DRAW`], [`REPLICATE`] and [`CITY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Name of the table and of its file: lower-case letters, digits and `_`.
    pub name: &'static str,
    /// Meaning of a row.
    pub meaning: &'static str,
    /// Number of key columns, which come first and identify a row (without `scenario`, which is added later).
    pub keys: usize,
    /// The columns, without `scenario`.
    pub columns: &'static [Column],
}

impl Kind {
    /// Name of the type in the codebook.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Text => "text",
            Kind::Bool => "bool",
            Kind::Key => "key",
        }
    }
}

impl Schema {
    /// Checks that the schema obeys the rules for all tables.
    ///
    /// # Errors
    /// All of `name`, `keys` and `columns` that break a rule, each as an internal error.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let mut fault = |what: String| {
            faults.push(Error::new(Family::Internal, format!("table `{}`: {what}", self.name), "report this fault"));
        };
        if !is_plain_name(self.name) {
            fault("its name is not in small letters, digits and _".into());
        }
        if self.columns.get(..3) != Some(&[DRAW, REPLICATE, CITY]) {
            fault("its first columns are not draw, replicate, city".into());
        }
        if !(3..=self.columns.len()).contains(&self.keys) {
            fault(format!("{} key columns among {} columns", self.keys, self.columns.len()));
        }
        for (at, column) in self.columns.iter().enumerate() {
            if !is_plain_name(column.name) || column.name == SCENARIO.name {
                fault(format!("a column may not be named `{}`", column.name));
            }
            if self.columns[..at].iter().any(|other| other.name == column.name) {
                fault(format!("column `{}` occurs twice", column.name));
            }
            if column.unit.is_empty() || column.meaning.is_empty() {
                fault(format!("column `{}` lacks its unit or meaning", column.name));
            }
            if (column.sees == Sees::Key) != (at < self.keys) {
                fault(format!("column `{}` is seen as key, or counted as key, but not both", column.name));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Errors(faults)) }
    }
}

/// Whether `name` is valid for a table or column: lower-case letters, digits and `_`, a letter first.
pub fn is_plain_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

//! Tables: typed columns, cells that may be empty, and a content hash by which two tables are compared.
//!
//! # Content hash
//! [`Table::content_hash`] is blake3 over the rows sorted by their cells (column by column, so the key columns, which
//! come first, decide; empty cells first, numbers by size, `false` before `true`, text by its bytes). Per cell: one
//! byte 0 when empty, else one byte 1 and the value: `Int` as eight bytes and `Float` as the eight bytes of its IEEE
//! 754 form, both little-endian; `Bool` as one byte; `Text` as its length in bytes (eight bytes, little-endian) and its
//! UTF-8 bytes; `Key` as eight bytes, little-endian. Numbers are never converted to decimal digits. NaN is an empty
//! cell, and -0.0 is 0.0.
//!
//! # Keys of persons
//! A key has 64 bits. Many programs store integers as floats with 53 bits (JavaScript, R, pandas in a column with empty
//! cells), and spreadsheets keep 15 digits; there the keys of different persons could become equal. Files therefore
//! contain a key as text, `p` and sixteen hexadecimal digits, which no program takes for a number; it is a number in
//! memory only. Fewer bits would not do: among ten million persons two would share a key of 53 bits in one table of two
//! hundred, and which of them keeps it would differ between scenarios.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind as Family, Result};

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

/// One cell of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A whole number.
    Int(i64),
    /// A number; NaN becomes [`Cell::Null`].
    Float(f64),
    /// Text.
    Text(&'a str),
    /// A Boolean.
    Bool(bool),
    /// The key of a person; not 0, which stands for nobody ([`Cell::key`]).
    Key(u64),
    /// Empty: not asked, not known, or not applicable.
    Null,
}

/// One column with its cells.
#[derive(Clone, Debug)]
pub struct Series {
    name: Cow<'static, str>,
    values: Values,
    filled: Bits,
}

/// A table: rows of cells, stored by column.
///
/// ```
/// use keten::table::{CITY, Cell, Column, DRAW, Kind, REPLICATE, Schema, Sees, Table};
/// const BIRTHS: Column = Column { name: "births", kind: Kind::Int, unit: "persons", meaning: "live births", sees: Sees::Truth };
/// static YEARLY: Schema =
///     Schema { name: "yearly", meaning: "one city", keys: 3, columns: &[DRAW, REPLICATE, CITY, BIRTHS] };
///
/// let mut table = Table::new(&YEARLY);
/// table.push_row(&[Cell::Int(0), Cell::Int(0), Cell::Text("Utrecht"), Cell::Int(4321)])?;
/// table.push_row(&[Cell::Int(0), Cell::Int(0), Cell::Text("Den Haag"), Cell::Null])?;
/// assert_eq!(table.content_hash(), table.sorted().content_hash());
/// assert_eq!(table.sorted().cell(0, "city"), Some(Cell::Text("Den Haag")));
/// # Ok::<(), keten::error::Errors>(())
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    name: Cow<'static, str>,
    keys: usize,
    rows: usize,
    columns: Vec<Series>,
}

#[derive(Clone, Debug)]
enum Values {
    Int(Vec<i64>),
    Float(Vec<f64>),
    Text(Words),
    Bool(Bits),
    Key(Vec<u64>),
}

/// Dictionary-encoded text: each distinct text is stored once, however many rows contain it.
#[derive(Clone, Debug, Default)]
struct Words {
    codes: Vec<u32>,
    words: Vec<Arc<str>>,
    codes_by_word: BTreeMap<Arc<str>, u32>,
}

/// A bit vector.
#[derive(Clone, Debug, Default)]
struct Bits {
    blocks: Vec<u64>,
    len: usize,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.blocks.push(0);
        }
        self.blocks[self.len / 64] |= u64::from(bit) << (self.len % 64);
        self.len += 1;
    }

    fn get(&self, at: usize) -> bool {
        self.blocks[at / 64] >> (at % 64) & 1 == 1
    }
}

impl Words {
    /// Code of an empty cell.
    const NONE: u32 = u32::MAX;

    fn push(&mut self, word: &str) {
        let repeated =
            self.codes.last().copied().filter(|&last| self.words.get(last as usize).is_some_and(|w| **w == *word));
        let code = repeated.or_else(|| self.codes_by_word.get(word).copied()).unwrap_or_else(|| self.learn(word));
        self.codes.push(code);
    }

    fn learn(&mut self, word: &str) -> u32 {
        let code = u32::try_from(self.words.len()).expect("a column has fewer than 4e9 different words");
        let word: Arc<str> = word.into();
        self.words.push(word.clone());
        self.codes_by_word.insert(word, code);
        code
    }

    /// Rank of each text, by its code, among all texts in order of their bytes.
    fn ranks(&self) -> Vec<u32> {
        let mut ranks = vec![0; self.words.len()];
        for (rank, &code) in (0..).zip(self.codes_by_word.values()) {
            ranks[code as usize] = rank;
        }
        ranks
    }
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
        if faults.is_empty() { Ok(()) } else { Err(crate::error::Errors(faults)) }
    }
}

/// The key of a person as in files: `p` and sixteen hexadecimal digits.
pub fn key_text(key: u64) -> String {
    format!("p{key:016x}")
}

/// The key from a text of [`key_text`]; `None` for any other text.
pub fn key_of_text(text: &str) -> Option<u64> {
    let small = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    let digits = text.strip_prefix('p').filter(|digits| digits.len() == 16 && digits.bytes().all(small))?;
    u64::from_str_radix(digits, 16).ok().filter(|key| *key != 0)
}

/// Whether `name` is valid for a table or column: lower-case letters, digits and `_`, a letter first.
pub fn is_plain_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl<'a> Cell<'a> {
    /// The key of a person, couple or household; empty for 0, which stands for nobody.
    pub fn key(key: u64) -> Self {
        if key == 0 { Cell::Null } else { Cell::Key(key) }
    }

    /// A count; counts above the largest `i64` are clamped.
    pub fn count(count: impl TryInto<i64>) -> Self {
        Cell::Int(count.try_into().unwrap_or(i64::MAX))
    }

    /// The type of the cell; `None` for an empty one, which is valid in every column.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Cell::Int(_) => Some(Kind::Int),
            Cell::Float(_) => Some(Kind::Float),
            Cell::Text(_) => Some(Kind::Text),
            Cell::Bool(_) => Some(Kind::Bool),
            Cell::Key(_) => Some(Kind::Key),
            Cell::Null => None,
        }
    }

    /// The integer in the cell, if it has one; for a key the integer with the same bits.
    pub fn as_int(self) -> Option<i64> {
        match self {
            Cell::Int(value) => Some(value),
            Cell::Key(value) => Some(value.cast_signed()),
            Cell::Float(_) | Cell::Text(_) | Cell::Bool(_) | Cell::Null => None,
        }
    }

    /// The key in the cell, if it has one.
    pub fn as_key(self) -> Option<u64> {
        if let Cell::Key(value) = self { Some(value) } else { None }
    }

    /// The number in the cell, if it has one, integer or float.
    pub fn as_float(self) -> Option<f64> {
        match self {
            Cell::Int(value) => Some(value as f64),
            Cell::Float(value) => Some(value),
            Cell::Text(_) | Cell::Bool(_) | Cell::Key(_) | Cell::Null => None,
        }
    }

    /// The text in the cell, if it has one.
    pub fn as_text(self) -> Option<&'a str> {
        if let Cell::Text(value) = self { Some(value) } else { None }
    }

    /// The Boolean in the cell, if it has one.
    pub fn as_bool(self) -> Option<bool> {
        if let Cell::Bool(value) = self { Some(value) } else { None }
    }
}

macro_rules! whole_numbers {
    ($($whole:ty),*) => {$(
        impl From<$whole> for Cell<'_> {
            fn from(value: $whole) -> Self {
                Cell::Int(i64::from(value))
            }
        }
    )*};
}
whole_numbers!(i64, i32, i16, i8, u32, u16, u8);

impl From<f64> for Cell<'_> {
    fn from(value: f64) -> Self {
        Cell::Float(value)
    }
}

impl From<bool> for Cell<'_> {
    fn from(value: bool) -> Self {
        Cell::Bool(value)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(value: &'a str) -> Self {
        Cell::Text(value)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

impl Series {
    fn new(name: Cow<'static, str>, kind: Kind) -> Self {
        let values = match kind {
            Kind::Int => Values::Int(Vec::new()),
            Kind::Float => Values::Float(Vec::new()),
            Kind::Text => Values::Text(Words::default()),
            Kind::Bool => Values::Bool(Bits::default()),
            Kind::Key => Values::Key(Vec::new()),
        };
        Series { name, values, filled: Bits::default() }
    }

    /// Name of the column.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Type of the cells.
    pub fn kind(&self) -> Kind {
        match self.values {
            Values::Int(_) => Kind::Int,
            Values::Float(_) => Kind::Float,
            Values::Text(_) => Kind::Text,
            Values::Bool(_) => Kind::Bool,
            Values::Key(_) => Kind::Key,
        }
    }

    /// The cell in a row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn cell(&self, row: usize) -> Cell<'_> {
        if !self.filled.get(row) {
            return Cell::Null;
        }
        match &self.values {
            Values::Int(values) => Cell::Int(values[row]),
            Values::Float(values) => Cell::Float(values[row]),
            Values::Text(words) => Cell::Text(&words.words[words.codes[row] as usize]),
            Values::Bool(values) => Cell::Bool(values.get(row)),
            Values::Key(values) => Cell::Key(values[row]),
        }
    }

    /// Appends a cell; a cell of another type is stored as empty, so the caller must check.
    fn push(&mut self, cell: Cell<'_>) {
        match &mut self.values {
            // Adding 0.0 turns -0.0 into 0.0 and changes no other number.
            Values::Float(values) => values.push(cell.as_float().filter(|v| !v.is_nan()).unwrap_or(0.0) + 0.0),
            Values::Int(values) => values.push(cell.as_int().unwrap_or(0)),
            Values::Bool(values) => values.push(cell.as_bool().unwrap_or(false)),
            Values::Key(values) => values.push(cell.as_key().unwrap_or(0)),
            Values::Text(words) => match cell.as_text() {
                Some(word) => words.push(word),
                None => words.codes.push(Words::NONE),
            },
        }
        let nan = matches!(cell, Cell::Float(value) if value.is_nan());
        self.filled.push(cell.kind() == Some(self.kind()) && !nan);
    }

    /// For every row a number whose order is that of its cell in the column; `None` for an empty cell.
    fn places(&self) -> Vec<Option<u64>> {
        const SIGN: u64 = 1 << 63;
        let filled = |(row, place): (usize, u64)| self.filled.get(row).then_some(place);
        match &self.values {
            Values::Int(values) => values.iter().map(|v| v.cast_unsigned() ^ SIGN).enumerate().map(filled).collect(),
            Values::Float(values) => {
                // The bit patterns of negative numbers are in reverse order.
                let place = |bits: u64| if bits & SIGN == 0 { bits | SIGN } else { !bits };
                values.iter().map(|v| place(v.to_bits())).enumerate().map(filled).collect()
            }
            Values::Text(words) => {
                let ranks = words.ranks();
                let rank = |&code: &u32| ranks.get(code as usize).map(|&rank| u64::from(rank));
                words.codes.iter().map(rank).collect()
            }
            Values::Bool(values) => (0..values.len).map(|row| (row, u64::from(values.get(row)))).map(filled).collect(),
            Values::Key(values) => values.iter().copied().enumerate().map(filled).collect(),
        }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(schema: &'static Schema) -> Self {
        let columns = schema.columns.iter().map(|column| Series::new(column.name.into(), column.kind)).collect();
        Table { name: schema.name.into(), keys: schema.keys, rows: 0, columns }
    }

    /// A table without rows whose columns are known only from a file.
    pub(crate) fn blank(name: String, keys: usize, columns: Vec<(String, Kind)>) -> Self {
        let columns = columns.into_iter().map(|(name, kind)| Series::new(name.into(), kind)).collect();
        Table { name: name.into(), keys, rows: 0, columns }
    }

    /// A table without rows, with the same name and columns.
    pub fn emptied(&self) -> Self {
        let columns = self.columns.iter().map(|series| Series::new(series.name.clone(), series.kind())).collect();
        Table { name: self.name.clone(), keys: self.keys, rows: 0, columns }
    }

    /// Name of the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of key columns.
    pub fn keys(&self) -> usize {
        self.keys
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Series] {
        &self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Series> {
        self.columns.iter().find(|series| series.name == name)
    }

    /// The cell in a row, by the name of its column; `None` when there is no such row or column.
    pub fn cell(&self, row: usize, column: &str) -> Option<Cell<'_>> {
        self.column(column).filter(|_| row < self.rows).map(|series| series.cell(row))
    }

    /// All cells of a row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: usize) -> Vec<Cell<'_>> {
        self.columns.iter().map(|series| series.cell(row)).collect()
    }

    /// Appends a row; an invalid row leaves the table unchanged.
    ///
    /// # Errors
    /// An internal error when there are too many or too few cells, or a cell does not have its column's type.
    pub fn push_row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        if cells.len() != self.columns.len() {
            let what =
                format!("table `{}`: a row of {} cells for {} columns", self.name, cells.len(), self.columns.len());
            return Err(Error::new(Family::Internal, what, "report this fault").into());
        }
        for (series, cell) in self.columns.iter().zip(cells) {
            if let Some(kind) = cell.kind()
                && kind != series.kind()
            {
                let (name, wanted) = (&series.name, series.kind().name());
                let what = format!("table `{}`: column `{name}` holds {wanted}, not {}", self.name, kind.name());
                return Err(Error::new(Family::Internal, what, "report this fault").into());
            }
        }
        for (series, &cell) in self.columns.iter_mut().zip(cells) {
            series.push(cell);
        }
        self.rows += 1;
        Ok(())
    }

    /// Appends a number of rows column by column; `cells` gives those of the column with that index, each of its type
    /// or empty.
    pub(crate) fn push_columns<'c, I: Iterator<Item = Cell<'c>>>(&mut self, rows: usize, cells: impl Fn(usize) -> I) {
        for (number, series) in self.columns.iter_mut().enumerate() {
            cells(number).take(rows).for_each(|cell| series.push(cell));
        }
        self.rows += rows;
    }

    /// Appends rows of another table with the same columns.
    ///
    /// # Errors
    /// An internal error when the columns differ.
    ///
    /// # Panics
    /// When the other table does not have these rows.
    pub fn append(&mut self, other: &Table, rows: Range<usize>) -> Result<()> {
        if !self.has_columns_of(other) {
            let what = format!("table `{}` has other columns than table `{}`", other.name, self.name);
            return Err(Error::new(Family::Internal, what, "report this fault").into());
        }
        for (series, others) in self.columns.iter_mut().zip(&other.columns) {
            rows.clone().for_each(|row| series.push(others.cell(row)));
        }
        self.rows += rows.len();
        Ok(())
    }

    /// Whether the other table has columns with the same names and types, in the same order.
    pub fn has_columns_of(&self, other: &Table) -> bool {
        self.columns.len() == other.columns.len()
            && self.columns.iter().zip(&other.columns).all(|(a, b)| a.name == b.name && a.kind() == b.kind())
    }

    /// One table after another.
    ///
    /// # Errors
    /// An internal error when there is no table, or when their columns differ.
    pub fn concat<'t>(tables: impl IntoIterator<Item = &'t Table>) -> Result<Table> {
        let mut tables = tables.into_iter();
        let Some(first) = tables.next() else {
            return Err(Error::new(Family::Internal, "no tables to put together", "report this fault").into());
        };
        let mut whole = first.clone();
        for table in tables {
            whole.append(table, 0..table.rows)?;
        }
        Ok(whole)
    }

    /// The same rows with the name of their scenario as first column.
    pub fn with_scenario(mut self, scenario: &str) -> Table {
        let mut column = Series::new(SCENARIO.name.into(), SCENARIO.kind);
        (0..self.rows).for_each(|_| column.push(Cell::Text(scenario)));
        self.columns.insert(0, column);
        self.keys += 1;
        self
    }

    /// The same rows without the name of their scenario, as stored in a unit.
    pub fn without_scenario(mut self) -> Table {
        if self.columns.first().is_some_and(|first| first.name == SCENARIO.name) {
            self.columns.remove(0);
            self.keys = self.keys.saturating_sub(1);
        }
        self
    }

    /// Row numbers in the order of the content hash: by the key columns, then by the others.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows).collect();
        // Ranges of `order` whose rows are equal in all columns so far.
        let mut ties = vec![Range { start: 0, end: self.rows }];
        for series in &self.columns {
            if ties.iter().all(|tie| tie.len() < 2) {
                break;
            }
            let places = series.places();
            let mut finer = Vec::new();
            for tie in ties {
                let rows = &mut order[tie.clone()];
                rows.sort_unstable_by_key(|&row| places[row]);
                let mut from = tie.start;
                for same in rows.chunk_by(|&a, &b| places[a] == places[b]) {
                    finer.extend((same.len() > 1).then_some(from..from + same.len()));
                    from += same.len();
                }
            }
            ties = finer;
        }
        order
    }

    /// The same table with its rows sorted by their key columns.
    pub fn sorted(&self) -> Table {
        let mut sorted = self.emptied();
        let order = self.order();
        for (series, unsorted) in sorted.columns.iter_mut().zip(&self.columns) {
            order.iter().for_each(|&row| series.push(unsorted.cell(row)));
        }
        sorted.rows = self.rows;
        sorted
    }

    /// Two rows with the same key, if there are any: a sign that a key column is missing.
    pub fn repeated_key(&self) -> Option<(usize, usize)> {
        let same = |a: usize, b: usize| self.columns.iter().take(self.keys).all(|s| s.cell(a) == s.cell(b));
        self.order().windows(2).find(|pair| same(pair[0], pair[1])).map(|pair| (pair[0], pair[1]))
    }

    /// The content hash, as defined at the top of this file; independent of the order of rows.
    pub fn content_hash(&self) -> blake3::Hash {
        const BATCH: usize = 1 << 16;
        let mut hasher = blake3::Hasher::new();
        let mut bytes = Vec::with_capacity(BATCH + 1024);
        for row in self.order() {
            self.columns.iter().for_each(|series| write_cell(&mut bytes, series.cell(row)));
            if bytes.len() >= BATCH {
                hasher.update(&bytes);
                bytes.clear();
            }
        }
        hasher.update(&bytes);
        hasher.finalize()
    }
}

fn write_cell(bytes: &mut Vec<u8>, cell: Cell<'_>) {
    bytes.push(u8::from(cell != Cell::Null));
    match cell {
        Cell::Int(value) => bytes.extend(value.to_le_bytes()),
        Cell::Float(value) => bytes.extend(value.to_bits().to_le_bytes()),
        Cell::Text(value) => {
            bytes.extend((value.len() as u64).to_le_bytes());
            bytes.extend(value.as_bytes());
        }
        Cell::Bool(value) => bytes.push(u8::from(value)),
        Cell::Key(value) => bytes.extend(value.to_le_bytes()),
        Cell::Null => {}
    }
}

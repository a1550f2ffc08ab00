//! Tables, the contract between those who write them (`outcomes`) and those who read them (`store`, `analysis`, `report`,
//! other programs): a schema of typed columns, cells that may be empty, and a content hash by which two tables are
//! compared.
//!
//! Writers append rows ([`Table::push_row`]). Readers take whole columns by name and type ([`Table::numbers`],
//! [`Table::integers`], [`Table::texts`], [`Table::flags`], [`Table::keys_of`]); a column that is missing or of another
//! type is an error that names table and column. [`Table::batch`] gives an Arrow record batch.
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

mod arrow;
mod cell;
mod column;
mod hash;
mod schema;
mod series;
mod table;

pub use arrow_array::RecordBatch;

pub use cell::{Cell, key_of_text, key_text};
pub use column::{FlagColumn, IntegerColumn, KeyColumn, NumberColumn, TextColumn};
pub use schema::{ALL_CITIES, CITY, Column, DRAW, Kind, REPLICATE, SCENARIO, Schema, Sees, is_plain_name};
pub use series::Series;
pub use table::Table;

//! Whole columns of a table by type: what readers take, once for a table, before they go through its rows.

use super::schema::Kind;
use super::series::{Bits, Series, TextDictionary, Values};
use super::table::Table;
use crate::error::{Error, Result};

/// Integers of a column by row.
#[derive(Clone, Copy, Debug)]
pub struct IntegerColumn<'a> {
    values: &'a [i64],
    filled: &'a Bits,
}

/// Numbers of a column by row: floats, or integers as floats.
#[derive(Clone, Copy, Debug)]
pub struct NumberColumn<'a> {
    values: NumberValues<'a>,
    filled: &'a Bits,
}

#[derive(Clone, Copy, Debug)]
enum NumberValues<'a> {
    Int(&'a [i64]),
    Float(&'a [f64]),
}

/// Texts of a column by row.
#[derive(Clone, Copy, Debug)]
pub struct TextColumn<'a> {
    words: &'a TextDictionary,
    filled: &'a Bits,
}

/// Booleans of a column by row.
#[derive(Clone, Copy, Debug)]
pub struct FlagColumn<'a> {
    values: &'a Bits,
    filled: &'a Bits,
}

/// Keys of persons of a column by row.
#[derive(Clone, Copy, Debug)]
pub struct KeyColumn<'a> {
    values: &'a [u64],
    filled: &'a Bits,
}

impl IntegerColumn<'_> {
    /// The integer in a row; `None` for an empty cell.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, row: usize) -> Option<i64> {
        self.filled.get(row).then(|| self.values[row])
    }

    /// The integer in a row; 0 for an empty cell.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn or_zero(&self, row: usize) -> i64 {
        self.get(row).unwrap_or(0)
    }
}

impl NumberColumn<'_> {
    /// The number in a row; `None` for an empty cell.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, row: usize) -> Option<f64> {
        self.filled.get(row).then(|| match self.values {
            NumberValues::Int(values) => values[row] as f64,
            NumberValues::Float(values) => values[row],
        })
    }

    /// The number in a row; 0 for an empty cell.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn or_zero(&self, row: usize) -> f64 {
        self.get(row).unwrap_or(0.0)
    }
}

impl<'a> TextColumn<'a> {
    /// The text in a row; `None` for an empty cell.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        self.filled.get(row).then(|| self.words.get(row))
    }

    /// The text in a row; `""` for an empty cell.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn or_empty(&self, row: usize) -> &'a str {
        self.get(row).unwrap_or_default()
    }

    /// Whether a row has this text.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn is(&self, row: usize, text: &str) -> bool {
        self.get(row) == Some(text)
    }
}

impl FlagColumn<'_> {
    /// The Boolean in a row; `None` for an empty cell.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, row: usize) -> Option<bool> {
        self.filled.get(row).then(|| self.values.get(row))
    }
}

impl KeyColumn<'_> {
    /// The key in a row; `None` for an empty cell.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, row: usize) -> Option<u64> {
        self.filled.get(row).then(|| self.values[row])
    }
}

impl Table {
    /// Whether the table has a column of that name: runs of older versions may lack some.
    pub fn has(&self, name: &str) -> bool {
        self.column(name).is_some()
    }

    /// A column of integers.
    ///
    /// # Errors
    /// A table without this column, or whose column has other cells; the error names both.
    pub fn integers(&self, name: &str) -> Result<IntegerColumn<'_>> {
        let series = self.series(name)?;
        match &series.values {
            Values::Int(values) => Ok(IntegerColumn { values, filled: &series.filled }),
            _ => Err(self.other_kind(series, Kind::Int)),
        }
    }

    /// A column of numbers, floats or integers.
    ///
    /// # Errors
    /// As [`Table::integers`].
    pub fn numbers(&self, name: &str) -> Result<NumberColumn<'_>> {
        let series = self.series(name)?;
        let values = match &series.values {
            Values::Int(values) => NumberValues::Int(values),
            Values::Float(values) => NumberValues::Float(values),
            _ => return Err(self.other_kind(series, Kind::Float)),
        };
        Ok(NumberColumn { values, filled: &series.filled })
    }

    /// A column of texts.
    ///
    /// # Errors
    /// As [`Table::integers`].
    pub fn texts(&self, name: &str) -> Result<TextColumn<'_>> {
        let series = self.series(name)?;
        match &series.values {
            Values::Text(words) => Ok(TextColumn { words, filled: &series.filled }),
            _ => Err(self.other_kind(series, Kind::Text)),
        }
    }

    /// A column of Booleans.
    ///
    /// # Errors
    /// As [`Table::integers`].
    pub fn flags(&self, name: &str) -> Result<FlagColumn<'_>> {
        let series = self.series(name)?;
        match &series.values {
            Values::Bool(values) => Ok(FlagColumn { values, filled: &series.filled }),
            _ => Err(self.other_kind(series, Kind::Bool)),
        }
    }

    /// A column of keys of persons.
    ///
    /// # Errors
    /// As [`Table::integers`].
    pub fn keys_of(&self, name: &str) -> Result<KeyColumn<'_>> {
        let series = self.series(name)?;
        match &series.values {
            Values::Key(values) => Ok(KeyColumn { values, filled: &series.filled }),
            _ => Err(self.other_kind(series, Kind::Key)),
        }
    }

    fn series(&self, name: &str) -> Result<&Series> {
        self.column(name).ok_or_else(|| {
            let what = format!("table `{}` has no column `{name}`", self.name());
            Error::data(what, "run the experiment again with this keten").into()
        })
    }

    fn other_kind(&self, series: &Series, wanted: Kind) -> crate::error::Errors {
        let (table, name, kind) = (self.name(), series.name(), series.kind().name());
        let what = format!("table `{table}`: column `{name}` holds {kind}, not {}", wanted.name());
        Error::data(what, "run the experiment again with this keten").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Cell;

    fn table() -> Table {
        let columns = [
            ("year", Kind::Int),
            ("share", Kind::Float),
            ("city", Kind::Text),
            ("known", Kind::Bool),
            ("person", Kind::Key),
        ];
        let columns = columns.map(|(name, kind)| (name.to_owned(), kind));
        let mut table = Table::blank("yearly".into(), 1, columns.into());
        let rows = [
            [Cell::Int(2008), Cell::Float(0.5), Cell::Text("Utrecht"), Cell::Bool(false), Cell::Key(u64::MAX)],
            [Cell::Null; 5],
            [Cell::Int(-1), Cell::Float(f64::NAN), Cell::Text(""), Cell::Bool(true), Cell::key(0)],
        ];
        rows.iter().for_each(|row| table.push_row(row).expect("a row of the table's kinds"));
        table
    }

    #[test]
    fn a_column_has_the_values_of_its_cells_and_none_where_they_are_empty() {
        let table = table();
        let years = table.integers("year").expect("integers");
        assert_eq!([0, 1, 2].map(|row| years.get(row)), [Some(2008), None, Some(-1)]);
        assert_eq!((years.or_zero(1), table.numbers("year").expect("numbers").get(2)), (0, Some(-1.0)));
        let shares = table.numbers("share").expect("numbers");
        assert_eq!([0, 1, 2].map(|row| shares.get(row)), [Some(0.5), None, None]);
        let cities = table.texts("city").expect("texts");
        assert_eq!([0, 1, 2].map(|row| cities.get(row)), [Some("Utrecht"), None, Some("")]);
        assert!(cities.is(0, "Utrecht") && !cities.is(1, "") && cities.is(2, "") && cities.or_empty(1).is_empty());
        let known = table.flags("known").expect("Booleans");
        assert_eq!([0, 1, 2].map(|row| known.get(row)), [Some(false), None, Some(true)]);
        let persons = table.keys_of("person").expect("keys");
        assert_eq!([0, 1, 2].map(|row| persons.get(row)), [Some(u64::MAX), None, None]);
    }

    #[test]
    fn a_column_that_is_missing_or_of_another_type_is_named() {
        let table = table();
        let missing = table.integers("month").expect_err("no such column").to_string();
        assert_eq!(missing, "table `yearly` has no column `month`; run the experiment again with this keten");
        let wrong = [
            table.integers("share").map(|_| ()),
            table.numbers("city").map(|_| ()),
            table.texts("person").map(|_| ()),
            table.flags("year").map(|_| ()),
            table.keys_of("year").map(|_| ()),
        ];
        let wrong = wrong.map(|found| found.expect_err("another type").to_string());
        assert!(wrong[0].contains("column `share` holds float, not int"), "{wrong:?}");
        assert!(wrong[4].contains("column `year` holds int, not key"), "{wrong:?}");
        assert!(table.has("year") && !table.has("month"));
    }
}

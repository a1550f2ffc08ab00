//! Tables of results, column by column.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use keten::error::{Error, Kind, Result};

/// Columns of a table that is being made.
#[derive(Default)]
pub(crate) struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn with(mut self, name: &str, kind: DataType, array: ArrayRef) -> Columns {
        self.fields.push(Field::new(name, kind, true));
        self.arrays.push(array);
        self
    }

    /// Adds a column of texts.
    pub(crate) fn texts<'t>(self, name: &str, cells: impl Iterator<Item = &'t str>) -> Columns {
        self.maybe_texts(name, cells.map(Some))
    }

    /// Adds a column of texts of which some may be missing.
    pub(crate) fn maybe_texts<'t>(self, name: &str, cells: impl Iterator<Item = Option<&'t str>>) -> Columns {
        self.with(name, DataType::Utf8, Arc::new(cells.collect::<StringArray>()))
    }

    /// Adds a column of numbers; a missing number and NaN are an empty cell.
    pub(crate) fn numbers(self, name: &str, cells: impl Iterator<Item = Option<f64>>) -> Columns {
        let cells = cells.map(|cell| cell.filter(|number| !number.is_nan()));
        self.with(name, DataType::Float64, Arc::new(cells.collect::<Float64Array>()))
    }

    /// Adds two columns of numbers: the limits of an interval.
    pub(crate) fn limits(self, names: [&str; 2], cells: impl Iterator<Item = Option<(f64, f64)>> + Clone) -> Columns {
        let low = cells.clone().map(|limits| limits.map(|(low, _)| low));
        self.numbers(names[0], low).numbers(names[1], cells.map(|limits| limits.map(|(_, high)| high)))
    }

    /// Adds a column of whole numbers.
    pub(crate) fn integers(self, name: &str, cells: impl Iterator<Item = Option<i64>>) -> Columns {
        self.with(name, DataType::Int64, Arc::new(cells.collect::<Int64Array>()))
    }

    /// Adds a column of Booleans.
    pub(crate) fn flags(self, name: &str, cells: impl Iterator<Item = bool>) -> Columns {
        self.with(name, DataType::Boolean, Arc::new(cells.map(Some).collect::<BooleanArray>()))
    }

    /// The table.
    ///
    /// # Errors
    /// An internal error only: columns of unequal length.
    pub(crate) fn table(self) -> Result<RecordBatch> {
        RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.arrays).map_err(|cause| {
            Error::new(Kind::Internal, format!("a table cannot be made: {cause}"), "report this fault").into()
        })
    }
}

/// A count as a cell.
pub(crate) fn count(number: usize) -> Option<i64> {
    i64::try_from(number).ok()
}

//! Tables as Arrow record batches, and back: the form of files and of other programs.
//!
//! Integers, numbers and Booleans have their own Arrow types; texts and keys of persons are `Utf8`. Empty cells are
//! nulls. The keys of a batch are those of files: text that no program takes for a number.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::NullBufferBuilder;
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema as ArrowSchema};

use super::cell::{Cell, key_of_text, key_text};
use super::schema::Kind;
use super::series::{Series, Values};
use super::table::Table;
use crate::error::{Error, Kind as Family, Result};

impl Kind {
    /// The Arrow type of a column.
    pub(crate) fn arrow(self) -> DataType {
        match self {
            Kind::Int => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Text | Kind::Key => DataType::Utf8,
            Kind::Bool => DataType::Boolean,
        }
    }

    /// The type of a column by its Arrow type, [`Kind::Text`] for keys; `None` for a type that no table has.
    pub(crate) fn of_arrow(data_type: &DataType) -> Option<Kind> {
        [Kind::Int, Kind::Float, Kind::Text, Kind::Bool].into_iter().find(|kind| kind.arrow() == *data_type)
    }
}

impl Table {
    /// All rows as an Arrow record batch, for other programs and libraries. Integers and numbers are copied as blocks of
    /// memory, texts cell by cell.
    ///
    /// # Errors
    /// An internal error only, since the columns of a table have equal lengths.
    pub fn batch(&self) -> Result<RecordBatch> {
        self.batch_of(&Arc::new(self.arrow_schema()), 0..self.rows()).map_err(|cause| {
            let what = format!("table `{}` cannot become a record batch: {cause}", self.name());
            Error::new(Family::Internal, what, "report this fault").into()
        })
    }

    /// The Arrow schema of the columns.
    pub(crate) fn arrow_schema(&self) -> ArrowSchema {
        let fields = self.columns().iter().map(|series| Field::new(series.name(), series.kind().arrow(), true));
        ArrowSchema::new(fields.collect::<Vec<_>>())
    }

    /// Some rows as a record batch of the schema of this table.
    pub(crate) fn batch_of(
        &self,
        schema: &Arc<ArrowSchema>,
        rows: Range<usize>,
    ) -> std::result::Result<RecordBatch, ArrowError> {
        let arrays = self.columns().iter().map(|series| array(series, rows.clone())).collect();
        RecordBatch::try_new(schema.clone(), arrays)
    }

    /// Appends the rows of a batch, whose columns are those of the table; cells of another type are empty.
    pub(crate) fn push_batch(&mut self, batch: &RecordBatch) {
        let kinds: Vec<Kind> = self.columns().iter().map(Series::kind).collect();
        self.push_columns(batch.num_rows(), |column| match kinds.get(column) {
            Some(Kind::Key) => keys(batch.column(column)),
            _ => cells(batch.column(column)),
        });
    }
}

/// All cells of a column of person keys.
fn keys(column: &ArrayRef) -> Box<dyn Iterator<Item = Cell<'_>> + '_> {
    match column.as_any().downcast_ref::<StringArray>() {
        Some(texts) => Box::new(texts.iter().map(|text| Cell::key(text.and_then(key_of_text).unwrap_or(0)))),
        None => Box::new(std::iter::repeat_n(Cell::Null, column.len())),
    }
}

/// All cells of a column; empty cells for a type that no table has.
fn cells(column: &ArrayRef) -> Box<dyn Iterator<Item = Cell<'_>> + '_> {
    let any = column.as_any();
    if let Some(values) = any.downcast_ref::<Int64Array>() {
        Box::new(values.iter().map(Cell::from))
    } else if let Some(values) = any.downcast_ref::<Float64Array>() {
        Box::new(values.iter().map(Cell::from))
    } else if let Some(values) = any.downcast_ref::<StringArray>() {
        Box::new(values.iter().map(Cell::from))
    } else if let Some(values) = any.downcast_ref::<BooleanArray>() {
        Box::new(values.iter().map(Cell::from))
    } else {
        Box::new(std::iter::repeat_n(Cell::Null, column.len()))
    }
}

/// The rows of a column as an Arrow array.
fn array(series: &Series, rows: Range<usize>) -> ArrayRef {
    let filled = |row: usize| series.filled.get(row);
    let nulls = || {
        let mut nulls = NullBufferBuilder::new(rows.len());
        rows.clone().for_each(|row| nulls.append(filled(row)));
        nulls.finish()
    };
    match &series.values {
        Values::Int(values) => Arc::new(Int64Array::new(values[rows.clone()].to_vec().into(), nulls())),
        Values::Float(values) => Arc::new(Float64Array::new(values[rows.clone()].to_vec().into(), nulls())),
        Values::Text(words) => Arc::new(rows.map(|row| filled(row).then(|| words.get(row))).collect::<StringArray>()),
        Values::Bool(values) => {
            Arc::new(rows.map(|row| filled(row).then(|| values.get(row))).collect::<BooleanArray>())
        }
        Values::Key(values) => {
            Arc::new(rows.map(|row| filled(row).then(|| key_text(values[row]))).collect::<StringArray>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_every_cell_and_comes_back_as_the_same_table() {
        let columns = [("year", Kind::Int), ("share", Kind::Float), ("city", Kind::Text), ("known", Kind::Bool)];
        let columns = columns.into_iter().chain([("person", Kind::Key)]);
        let columns: Vec<(String, Kind)> = columns.map(|(name, kind)| (name.to_owned(), kind)).collect();
        let mut table = Table::blank("yearly".into(), 1, columns);
        let rows = [
            [Cell::Int(i64::MIN), Cell::Float(0.1), Cell::Text("Utrecht"), Cell::Bool(true), Cell::Key(1 << 60)],
            [Cell::Null; 5],
            [Cell::Int(3), Cell::Float(-0.0), Cell::Text("Utrecht"), Cell::Bool(false), Cell::Key(7)],
        ];
        rows.iter().for_each(|row| table.push_row(row).expect("a row of the table's kinds"));
        let batch = table.batch().expect("a batch");
        assert_eq!((batch.num_rows(), batch.num_columns()), (3, 5));
        assert!(batch.columns().iter().all(|column| column.null_count() == 1 && column.is_null(1)));
        let years = batch.column(0).as_any().downcast_ref::<Int64Array>().expect("integers");
        assert_eq!((years.value(0), years.value(2)), (i64::MIN, 3));
        let persons = batch.column(4).as_any().downcast_ref::<StringArray>().expect("keys as texts");
        assert_eq!(persons.value(2), "p0000000000000007");
        let mut again = table.emptied();
        again.push_batch(&batch);
        assert!((0..3).all(|row| again.row(row) == table.row(row)));
        assert_eq!(again.content_hash(), table.content_hash());
        // A part of the rows is a batch of its own.
        let part = table.batch_of(&batch.schema(), 1..3).expect("a batch");
        assert_eq!((part.num_rows(), part.column(0).null_count()), (2, 1));
        assert_eq!(part.column(1).as_any().downcast_ref::<Float64Array>().map(|it| it.value(1)), Some(0.0));
    }
}

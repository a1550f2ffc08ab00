//! Run tables from the encoded columns of units: nothing is decoded or compressed again.
//!
//! A long table of a unit is a row group of its own in the table of the run, byte for byte as the unit has it, behind a
//! column with the scenario. Short tables are not worth a row group each; they are decoded and written together
//! (`write.rs`).

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use arrow_schema::Schema as ArrowSchema;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::ChunkReader;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};

use super::disk;
use super::file::{check_file, foreign};
use super::read::{heading, same_bytes};
use super::write::{Written, discard, parquet_schema, properties, settle};
use crate::error::{Error, Kind, Result};
use crate::tables::Table;

/// Rows of a table of a unit, on average, from which it is worth a row group of its own.
const LONG: u64 = 1 << 15;
/// Units of a table that is spliced, at most. What a file says of its row groups, some kilobytes for each, is in memory while
/// it is written or read.
const MOST_UNITS: usize = 4096;

/// Whether a table of a run with so many rows, of so many units, is spliced.
pub(super) fn is_worth_it(rows: u64, units: usize) -> bool {
    units <= MOST_UNITS && rows >= LONG * units.max(1) as u64
}

/// The file of a table of one unit.
pub(super) enum EncodedTable<'a> {
    /// A file, with the hash of its bytes.
    File(&'a Path, &'a str),
    /// Bytes that are part of the file at this path, with their hash.
    Part(&'a Path, Vec<u8>, &'a str),
}

/// What the rows of a unit have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnitRows<'a> {
    /// Scenario, which the table of a unit does not hold.
    pub(super) scenario: &'a str,
    /// Parameter draw and replicate, which it holds in every row.
    pub(super) draw: u32,
    pub(super) replicate: u32,
}

/// The table of a run, put together under a temporary name.
pub(super) struct Splicer<'a> {
    path: &'a Path,
    temp: std::path::PathBuf,
    /// The columns of a unit.
    columns: &'a Table,
    schema: Arc<ArrowSchema>,
    writer: Option<SerializedFileWriter<BufWriter<File>>>,
    rows: u64,
}

impl<'a> Splicer<'a> {
    /// Opens a file for tables of units with these columns.
    pub(super) fn create(path: &'a Path, columns: &'a Table) -> Result<Self> {
        let temp = disk::temp_path(path);
        let file = File::create(&temp).map_err(|cause| Error::io(path, &cause))?;
        let whole = columns.clone().with_scenario("");
        let schema = Arc::new(whole.arrow_schema());
        let open = || -> std::result::Result<_, ParquetError> {
            let properties = Arc::new(properties(&whole)?);
            SerializedFileWriter::new(BufWriter::new(file), parquet_schema(&schema)?.root_schema_ptr(), properties)
        };
        let writer = open().map_err(|cause| discard(&temp, path, cause))?;
        Ok(Splicer { path, temp, columns, schema, writer: Some(writer), rows: 0 })
    }

    /// Adds the rows of a unit.
    ///
    /// # Errors
    /// A file that has changed, has other columns, or is of another draw or replicate; a full or failing disk.
    pub(super) fn push(&mut self, from: EncodedTable<'_>, common: UnitRows<'_>) -> Result<()> {
        match from {
            EncodedTable::File(path, hash) => {
                check_file(path, hash)?;
                let file = File::open(path).map_err(|cause| disk::missing(path, &cause))?;
                self.copy(path, &file, common)
            }
            EncodedTable::Part(path, bytes, hash) => {
                let bytes = Bytes::from(same_bytes(path, bytes, hash)?);
                self.copy(path, &bytes, common)
            }
        }
    }

    fn copy<R: ChunkReader>(&mut self, path: &Path, from: &R, common: UnitRows<'_>) -> Result<()> {
        let damaged = |cause: ParquetError| foreign(path, &format!("damaged, or not a Parquet file: {cause}"));
        let read = ArrowReaderMetadata::load(from, ArrowReaderOptions::default()).map_err(damaged)?;
        let found = heading(path, read.metadata().file_metadata(), read.schema())?;
        let groups = read.metadata().row_groups();
        let stands = |group: &RowGroupMetaData| {
            is_everywhere(group, "draw", common.draw) && is_everywhere(group, "replicate", common.replicate)
        };
        if !found.has_columns_of(self.columns) || found.keys() != self.columns.keys() || !groups.iter().all(stands) {
            let what = format!("table `{}`: not the columns, draw or replicate of its plan", self.columns.name());
            let place = path.display().to_string();
            return Err(Error::new(Kind::Internal, what, "report this fault").in_file(place, None).into());
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        for group in groups.iter().filter(|group| group.num_rows() > 0) {
            let rows = u64::try_from(group.num_rows()).unwrap_or(0);
            let copied = copy_group(writer, &self.schema, from, group, common.scenario);
            copied.map_err(|cause| discard(&self.temp, self.path, cause))?;
            self.rows += rows;
        }
        Ok(())
    }

    /// Renames the file to its final name.
    pub(super) fn finish(mut self) -> Result<Written> {
        let Some(writer) = self.writer.take() else { return settle(&self.temp, self.path, None, self.rows) };
        settle(&self.temp, self.path, Some(writer.into_inner()), self.rows)
    }
}

impl Drop for Splicer<'_> {
    fn drop(&mut self) {
        // On failure the temporary file is deleted with the writer.
        if self.writer.take().is_some() {
            std::fs::remove_file(&self.temp).ok();
        }
    }
}

/// Whether every row of a group has this number in a column, by the statistics that are stored with it.
fn is_everywhere(group: &RowGroupMetaData, column: &str, number: u32) -> bool {
    let number = i64::from(number);
    let of_column = |it: &&ColumnChunkMetaData| it.column_path().string() == column;
    let statistics = group.columns().iter().find(of_column).and_then(ColumnChunkMetaData::statistics);
    matches!(statistics, Some(Statistics::Int64(it))
        if (it.min_opt(), it.max_opt(), it.null_count_opt()) == (Some(&number), Some(&number), Some(0)))
}

/// Copies a row group, with a column that holds the scenario before it.
fn copy_group<R: ChunkReader>(
    writer: &mut SerializedFileWriter<BufWriter<File>>,
    schema: &Arc<ArrowSchema>,
    from: &R,
    group: &RowGroupMetaData,
    scenario: &str,
) -> std::result::Result<(), ParquetError> {
    let rows = usize::try_from(group.num_rows()).unwrap_or(0);
    let factory = ArrowRowGroupWriterFactory::new(writer, schema.clone());
    let mut columns = factory.create_column_writers(writer.flushed_row_groups().len())?.into_iter();
    let mut into = writer.next_row_group()?;
    if let (Some(mut column), Some(field)) = (columns.next(), schema.fields().first()) {
        let same: ArrayRef = Arc::new(StringArray::from_iter_values(std::iter::repeat_n(scenario, rows)));
        for leaf in compute_leaves(field, &same)? {
            column.write(&leaf)?;
        }
        column.close()?.append_to_row_group(&mut into)?;
    }
    for column in group.columns() {
        copy_column(&mut into, from, group, column)?;
    }
    into.close()?;
    Ok(())
}

fn copy_column<R: ChunkReader>(
    into: &mut SerializedRowGroupWriter<'_, BufWriter<File>>,
    from: &R,
    group: &RowGroupMetaData,
    column: &ColumnChunkMetaData,
) -> std::result::Result<(), ParquetError> {
    let size = |number: i64| u64::try_from(number).unwrap_or(0);
    let written = ColumnCloseResult {
        bytes_written: size(column.compressed_size()),
        rows_written: size(group.num_rows()),
        metadata: column.clone(),
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    into.append_column(from, written)
}

#[cfg(test)]
mod tests {
    use super::super::read::read_table;
    use super::super::write::write_table;
    use super::*;
    use crate::tables::Cell;

    /// A table of a unit with some numbers, texts, keys and empty cells.
    fn of_unit(draw: u32, rows: u32) -> Table {
        let kinds = [
            ("draw", crate::tables::Kind::Int),
            ("replicate", crate::tables::Kind::Int),
            ("person", crate::tables::Kind::Key),
            ("city", crate::tables::Kind::Text),
            ("share", crate::tables::Kind::Float),
            ("known", crate::tables::Kind::Bool),
        ];
        let kinds = kinds.map(|(name, kind)| (name.to_owned(), kind)).to_vec();
        let mut table = Table::blank("lives".into(), 3, kinds);
        for row in 0..rows {
            let share = if row % 7 == 0 { Cell::Null } else { Cell::Float(f64::from(row).sin()) };
            let city = ["Amsterdam", "Utrecht", "Den Haag"][row as usize % 3];
            let row =
                [draw.into(), 1.into(), Cell::Key(u64::from(row) + 1), Cell::Text(city), share, (row % 2 == 0).into()];
            table.push_row(&row).expect("a row of the table's kinds");
        }
        table
    }

    fn common(scenario: &str, draw: u32) -> UnitRows<'_> {
        UnitRows { scenario, draw, replicate: 1 }
    }

    #[test]
    fn a_spliced_table_has_the_rows_of_its_units_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        // The second one has no rows, the third one several pages, the last one is part of another file.
        let units = [("a", 1, 5000), ("a", 2, 0), ("b", 1, 300_000), ("b", 2, 1)];
        let path = folder.path().join("lives.parquet");
        let columns = of_unit(1, 0);
        let mut splicer = Splicer::create(&path, &columns).expect("a file");
        let mut expected = columns.clone().with_scenario("");
        for (at, (scenario, draw, rows)) in units.into_iter().enumerate() {
            let table = of_unit(draw, rows);
            let file = folder.path().join(format!("{at}.parquet"));
            let hash = write_table(&file, &table).expect("a file");
            let bytes = std::fs::read(&file).expect("its bytes");
            let from = if at == 3 { EncodedTable::Part(&file, bytes, &hash) } else { EncodedTable::File(&file, &hash) };
            splicer.push(from, common(scenario, draw)).expect("the rows of the unit");
            let table = table.with_scenario(scenario);
            expected.append(&table, 0..table.rows()).expect("the same columns");
        }
        let written = splicer.finish().expect("the whole table");
        assert_eq!(written.rows, 305_001);
        let read = read_table(&path, &written.file_hash).expect("the table of the run");
        assert_eq!((read.name(), read.keys(), read.rows()), ("lives", 4, expected.rows()));
        assert!((0..read.rows()).all(|row| read.row(row) == expected.row(row)));
        assert_eq!(read.content_hash(), expected.content_hash());
    }

    #[test]
    fn long_tables_of_a_few_thousand_units_are_spliced_and_no_others() {
        assert!(is_worth_it(LONG, 1) && !is_worth_it(LONG - 1, 1) && !is_worth_it(0, 0));
        let (most, rows) = (MOST_UNITS, LONG * MOST_UNITS as u64);
        assert!(is_worth_it(rows, most) && !is_worth_it(rows - 1, most));
        assert!(!is_worth_it(100 * rows, most + 1), "the file would have too many row groups");
    }

    #[test]
    fn what_is_not_of_the_plan_or_has_changed_is_not_spliced() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, file) = (folder.path().join("lives.parquet"), folder.path().join("0.parquet"));
        let hash = write_table(&file, &of_unit(1, 100)).expect("a file");
        let columns = of_unit(1, 0);
        let mut splicer = Splicer::create(&path, &columns).expect("a file");
        for wrong in [common("a", 2), UnitRows { replicate: 2, ..common("a", 1) }] {
            let errors = splicer.push(EncodedTable::File(&file, &hash), wrong).expect_err("another place of the plan");
            assert!(errors.to_string().contains("not the columns, draw or replicate"), "{errors}");
        }
        let errors = splicer.push(EncodedTable::File(&file, "0"), common("a", 1)).expect_err("another hash");
        assert!(errors.to_string().contains("changed or damaged"), "{errors}");
        let bytes = std::fs::read(&file).expect("its bytes");
        let part = EncodedTable::Part(&file, bytes, "0");
        assert!(splicer.push(part, common("a", 1)).is_err());
        let other = Table::blank("lives".into(), 1, vec![("draw".into(), crate::tables::Kind::Int)]);
        let mut of_others = Splicer::create(&path, &other).expect("a file");
        assert!(of_others.push(EncodedTable::File(&file, &hash), common("a", 1)).is_err());
        drop((splicer, of_others));
        let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").flatten().collect();
        assert_eq!(left.len(), 1, "no temporary file is left");
    }
}

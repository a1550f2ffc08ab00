//! Writing tables to files, batch by batch.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::{ArrowError, Schema as ArrowSchema};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::SchemaDescriptor;

use super::file::{BATCH, KEYS, NAME, PERSONS, VERSION, hash_bytes};
use super::{KETEN_VERSION, SCHEMA_VERSION, disk};
use crate::error::{Error, Kind as Family, Result};
use crate::tables::{Kind, Series, Table};

/// Writes a table to a file atomically; returns the hash of its bytes, which reading requires.
///
/// # Errors
/// A full, read-only or failing disk.
pub fn write_table(path: &Path, table: &Table) -> Result<String> {
    let mut writer = TableWriter::create(path, table)?;
    writer.push(table)?;
    writer.finish().map(|written| written.file_hash)
}

/// A table as the bytes of a file.
///
/// # Errors
/// An internal error only, since memory does not fail.
pub fn table_bytes(table: &Table) -> Result<Vec<u8>> {
    let fault = |cause: ParquetError| {
        let what = format!("table `{}` cannot be written: {cause}", table.name());
        Error::new(Family::Internal, what, "report this fault")
    };
    let mut sink = TableSink::new(Vec::new(), table).map_err(fault)?;
    sink.push(table).map_err(fault)?;
    Ok(sink.finish().map_err(fault)?)
}

/// Result of writing a file.
pub(super) struct Written {
    pub(super) rows: u64,
    /// blake3 of its bytes.
    pub(super) file_hash: String,
}

/// A table being written to a file, batch by batch.
pub(super) struct TableWriter {
    path: PathBuf,
    temp: PathBuf,
    columns: Table,
    rows: u64,
    sink: Option<TableSink<BufWriter<File>>>,
}

impl TableWriter {
    /// Opens a file for tables with these columns, under a temporary name.
    pub(super) fn create(path: &Path, columns: &Table) -> Result<Self> {
        let temp = disk::temp_path(path);
        let file = File::create(&temp).map_err(|cause| Error::io(path, &cause))?;
        let sink = TableSink::new(BufWriter::new(file), columns).map_err(|cause| discard(&temp, path, cause))?;
        Ok(TableWriter { path: path.into(), temp, columns: columns.emptied(), rows: 0, sink: Some(sink) })
    }

    /// Adds rows.
    pub(super) fn push(&mut self, table: &Table) -> Result<()> {
        if !self.columns.has_columns_of(table) {
            let what = format!("table `{}` has other columns than its file", table.name());
            return Err(Error::new(Family::Internal, what, "report this fault").into());
        }
        let Some(sink) = &mut self.sink else { return Ok(()) };
        sink.push(table).map_err(|cause| discard(&self.temp, &self.path, cause))?;
        self.rows += table.rows() as u64;
        Ok(())
    }

    /// Renames the file to its final name.
    pub(super) fn finish(mut self) -> Result<Written> {
        settle(&self.temp, &self.path, self.sink.take().map(TableSink::finish), self.rows)
    }
}

/// Gives a finished file its final name; `out` is what its writer ended with.
pub(super) fn settle(
    temp: &Path,
    path: &Path,
    out: Option<std::result::Result<BufWriter<File>, ParquetError>>,
    rows: u64,
) -> Result<Written> {
    let synced = out.map_or(Ok(()), |out| {
        let file = out?.into_inner().map_err(|cause| cause.into_error())?;
        Ok(file.sync_all()?)
    });
    synced.map_err(|cause| discard(temp, path, cause))?;
    disk::settle(temp, path)?;
    Ok(Written { rows, file_hash: hash_bytes(path)? })
}

impl Drop for TableWriter {
    fn drop(&mut self) {
        // On failure the temporary file is deleted with the writer.
        if self.sink.take().is_some() {
            std::fs::remove_file(&self.temp).ok();
        }
    }
}

pub(super) fn discard(temp: &Path, path: &Path, cause: ParquetError) -> Error {
    disk::discard(temp, path, &io_cause(cause))
}

/// The disk error inside an error of the writer.
fn io_cause(cause: ParquetError) -> io::Error {
    let ParquetError::External(inner) = cause else { return io::Error::other(cause.to_string()) };
    let inner = match inner.downcast::<io::Error>() {
        Ok(cause) => return *cause,
        Err(inner) => inner,
    };
    match inner.downcast::<ArrowError>() {
        Ok(cause) => match *cause {
            ArrowError::IoError(_, cause) => cause,
            other => io::Error::other(other.to_string()),
        },
        Err(inner) => io::Error::other(inner.to_string()),
    }
}

/// The properties of the file of a table: compression, and the metadata that identify the table.
pub(super) fn properties(columns: &Table) -> std::result::Result<WriterProperties, ParquetError> {
    let pair = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
    let persons = columns.columns().iter().filter(|series| series.kind() == Kind::Key).map(Series::name);
    let persons = persons.collect::<Vec<_>>().join(",");
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by(format!("keten {KETEN_VERSION}"))
        .set_key_value_metadata(Some(vec![
            pair(KEYS, columns.keys().to_string()),
            pair(VERSION, SCHEMA_VERSION.to_string()),
            pair(PERSONS, persons),
            pair(NAME, columns.name().to_owned()),
        ]));
    Ok(properties.build())
}

/// The Parquet schema of a table with these Arrow columns.
pub(super) fn parquet_schema(columns: &ArrowSchema) -> std::result::Result<SchemaDescriptor, ParquetError> {
    ArrowSchemaConverter::new().convert(columns)
}

/// A Parquet writer to any byte stream.
struct TableSink<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: Arc<ArrowSchema>,
}

impl<W: Write + Send> TableSink<W> {
    fn new(out: W, columns: &Table) -> std::result::Result<Self, ParquetError> {
        let schema = Arc::new(columns.arrow_schema());
        let options = ArrowWriterOptions::new().with_properties(properties(columns)?).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(out, schema.clone(), options)?;
        Ok(TableSink { writer, schema })
    }

    fn push(&mut self, table: &Table) -> std::result::Result<(), ParquetError> {
        for start in (0..table.rows()).step_by(BATCH) {
            let rows = start..(start + BATCH).min(table.rows());
            self.writer.write(&table.batch_of(&self.schema, rows)?)?;
        }
        Ok(())
    }

    fn finish(self) -> std::result::Result<W, ParquetError> {
        self.writer.into_inner()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_a_fault_of_the_disk_with_its_cure() {
        let mut table =
            Table::blank("yearly".into(), 1, vec![("draw".into(), Kind::Int), ("share".into(), Kind::Float)]);
        for row in 0..100_000_i32 {
            table.push_row(&[row.into(), f64::from(row).sin().into()]).expect("a row of the table's kinds");
        }
        let full = File::options().write(true).open("/dev/full").expect("Linux has /dev/full");
        let mut sink = TableSink::new(full, &table).expect("the head of the file waits in memory");
        let cause = sink.push(&table).and_then(|()| sink.finish().map(|_| ())).expect_err("nothing fits on /dev/full");
        let error = Error::io("yearly.parquet", &io_cause(cause));
        assert_eq!(error.kind.exit_code(), 74);
        assert_eq!(error.cure, "free some space or give another folder with --out");
    }
}

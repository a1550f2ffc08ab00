//! One table as one Parquet file (zstd), whose metadata identify the table.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema as ArrowSchema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::disk;
use super::{KETEN_VERSION, SCHEMA_VERSION};
use crate::error::{Error, Kind as Family, Result};
use crate::table::{Cell, Kind, Series, Table, key_of_text, key_text};

/// Rows per batch: large enough for speed, small enough for memory.
const BATCH: usize = 1 << 16;

const NAME: &str = "keten.table";
const KEYS: &str = "keten.keys";
const VERSION: &str = "keten.schema_version";
/// Metadata key of text columns that contain keys of persons.
const PERSONS: &str = "keten.persons";

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
    let mut sheet = Sheet::new(Vec::new(), table).map_err(fault)?;
    sheet.push(table).map_err(fault)?;
    Ok(sheet.finish().map_err(fault)?)
}

/// Reads a table from a file that keten wrote and whose bytes have the given hash.
///
/// # Errors
/// A file that is missing, has changed, or was written by another program or a newer keten.
pub fn read_table(path: &Path, file_hash: &str) -> Result<Table> {
    let mut whole: Option<Table> = None;
    let blank = scan_table(path, file_hash, None, |batch| match &mut whole {
        Some(table) => table.append(&batch, 0..batch.rows()),
        None => {
            whole = Some(batch);
            Ok(())
        }
    })?;
    Ok(whole.unwrap_or(blank))
}

/// Checks a file against the hash of the bytes that were written.
pub(super) fn check_file(path: &Path, file_hash: &str) -> Result<()> {
    if hash_bytes(path)? == file_hash {
        return Ok(());
    }
    Err(foreign(path, "changed or damaged since it was written").into())
}

/// Passes a table from a file to a callback batch by batch, and finally once without rows; only the named columns, if
/// names are given.
pub(super) fn scan_table(
    path: &Path,
    file_hash: &str,
    columns: Option<&[&str]>,
    mut each: impl FnMut(Table) -> Result<()>,
) -> Result<Table> {
    // The Parquet library panics on some damaged files, so it only gets files with the expected hash.
    check_file(path, file_hash)?;
    let file = File::open(path).map_err(|cause| disk::missing(path, &cause))?;
    let damaged = |cause: ParquetError| foreign(path, &format!("damaged, or not a Parquet file: {cause}"));
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
    let mut blank = heading(path, &builder)?;
    if let Some(names) = columns {
        let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
        builder = builder.with_projection(mask);
        let kept = blank.columns().iter().filter(|series| names.contains(&series.name()));
        blank = Table::blank(blank.name().to_owned(), 0, kept.map(|it| (it.name().to_owned(), it.kind())).collect());
    }
    for batch in builder.with_batch_size(BATCH).build().map_err(damaged)? {
        let batch = batch.map_err(|cause| foreign(path, &format!("damaged: {cause}")))?;
        let mut table = blank.emptied();
        push(&mut table, &batch);
        each(table)?;
    }
    Ok(blank)
}

/// Some columns of a file, for reading ranges of rows.
pub(super) struct Leaves {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    mask: ProjectionMask,
    blank: Table,
}

impl Leaves {
    /// Opens a file whose bytes have the given hash; missing columns are left out.
    pub(super) fn open(path: &Path, file_hash: &str, columns: &[&str]) -> Result<Leaves> {
        check_file(path, file_hash)?;
        let file = File::open(path).map_err(|cause| disk::missing(path, &cause))?;
        let damaged = |cause: ParquetError| foreign(path, &format!("damaged, or not a Parquet file: {cause}"));
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()).map_err(damaged)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
        let all = heading(path, &builder)?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let kept = all.columns().iter().filter(|series| columns.contains(&series.name()));
        let blank = Table::blank(all.name().to_owned(), 0, kept.map(|it| (it.name().to_owned(), it.kind())).collect());
        Ok(Leaves { path: path.into(), metadata, mask, blank })
    }

    /// A number of rows starting at `first`; row groups outside the range are not read.
    pub(super) fn rows(&self, first: u64, number: u64) -> Result<Table> {
        let damaged = |cause: String| foreign(&self.path, &format!("damaged: {cause}"));
        let (mut groups, mut before, mut at) = (Vec::new(), None, 0);
        for (group, of) in self.metadata.metadata().row_groups().iter().enumerate() {
            let rows = u64::try_from(of.num_rows()).unwrap_or(0);
            if at < first + number && at + rows > first {
                groups.push(group);
                before.get_or_insert(at);
            }
            at += rows;
        }
        if at < first + number {
            return Err(damaged(format!("{at} rows, and the manifest has more")).into());
        }
        // Opened anew, because copies of an open file share their read position, and threads read in parallel.
        let file = File::open(&self.path).map_err(|cause| disk::missing(&self.path, &cause))?;
        let narrow = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_projection(self.mask.clone())
            .with_batch_size(BATCH)
            .with_row_groups(groups)
            .with_offset(narrow(first - before.unwrap_or(first)))
            .with_limit(narrow(number))
            .build()
            .map_err(|cause| damaged(cause.to_string()))?;
        let mut table = self.blank.emptied();
        for batch in reader {
            let batch = batch.map_err(|cause| damaged(cause.to_string()))?;
            push(&mut table, &batch);
        }
        Ok(table)
    }
}

fn foreign(path: &Path, what: &str) -> Error {
    Error::data(what, "run the experiment again").in_file(path.display().to_string(), None)
}

/// The table described by the metadata of a file, without its rows.
fn heading(path: &Path, builder: &ParquetRecordBatchReaderBuilder<File>) -> Result<Table> {
    let pairs = builder.metadata().file_metadata().key_value_metadata();
    let value =
        |key: &str| pairs.into_iter().flatten().find(|pair| pair.key == key).and_then(|pair| pair.value.clone());
    let version = value(VERSION).and_then(|version| version.parse::<u32>().ok());
    let (Some(name), Some(version)) = (value(NAME), version) else {
        return Err(foreign(path, "not a table of keten").into());
    };
    if version > SCHEMA_VERSION {
        let what = format!("written by a newer keten (layout {version}, this one reads {SCHEMA_VERSION})");
        let place = path.display().to_string();
        return Err(Error::data(what, "install the newest keten").in_file(place, None).into());
    }
    let fields = builder.schema().fields().iter();
    let persons = value(PERSONS).unwrap_or_default();
    let is_key = |name: &str| persons.split(',').any(|known| known == name);
    let column = |name: &String, data_type: &DataType| {
        let kind = kind(data_type)?;
        Some((name.clone(), if kind == Kind::Text && is_key(name) { Kind::Key } else { kind }))
    };
    let columns: Option<Vec<_>> = fields.map(|field| column(field.name(), field.data_type())).collect();
    let keys = value(KEYS).and_then(|keys| keys.parse().ok());
    match (columns, keys) {
        (Some(columns), Some(keys)) if keys <= columns.len() => Ok(Table::blank(name, keys, columns)),
        _ => Err(foreign(path, "its columns are not those of a table of keten").into()),
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Int => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Text | Kind::Key => DataType::Utf8,
        Kind::Bool => DataType::Boolean,
    }
}

fn kind(data_type: &DataType) -> Option<Kind> {
    [Kind::Int, Kind::Float, Kind::Text, Kind::Bool].into_iter().find(|&kind| self::data_type(kind) == *data_type)
}

/// Appends the rows of a batch, whose columns are those of the table.
fn push(table: &mut Table, batch: &RecordBatch) {
    let kinds: Vec<Kind> = table.columns().iter().map(Series::kind).collect();
    table.push_columns(batch.num_rows(), |column| match kinds.get(column) {
        Some(Kind::Key) => keys(batch.column(column)),
        _ => cells(batch.column(column)),
    });
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

fn array(series: &Series, rows: std::ops::Range<usize>) -> ArrayRef {
    let cells = rows.map(|row| series.cell(row));
    match series.kind() {
        Kind::Int => Arc::new(cells.map(Cell::as_int).collect::<Int64Array>()),
        Kind::Float => Arc::new(cells.map(Cell::as_float).collect::<Float64Array>()),
        Kind::Text => Arc::new(cells.map(Cell::as_text).collect::<StringArray>()),
        Kind::Bool => Arc::new(cells.map(Cell::as_bool).collect::<BooleanArray>()),
        Kind::Key => Arc::new(cells.map(|cell| cell.as_key().map(key_text)).collect::<StringArray>()),
    }
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
    sheet: Option<Sheet<BufWriter<File>>>,
}

impl TableWriter {
    /// Opens a file for tables with these columns, under a temporary name.
    pub(super) fn create(path: &Path, columns: &Table) -> Result<Self> {
        let temp = disk::temp_path(path);
        let file = File::create(&temp).map_err(|cause| Error::io(path, &cause))?;
        let sheet = Sheet::new(BufWriter::new(file), columns).map_err(|cause| discard(&temp, path, cause))?;
        Ok(TableWriter { path: path.into(), temp, columns: columns.emptied(), rows: 0, sheet: Some(sheet) })
    }

    /// Adds rows.
    pub(super) fn push(&mut self, table: &Table) -> Result<()> {
        if !self.columns.has_columns_of(table) {
            let what = format!("table `{}` has other columns than its file", table.name());
            return Err(Error::new(Family::Internal, what, "report this fault").into());
        }
        let Some(sheet) = &mut self.sheet else { return Ok(()) };
        sheet.push(table).map_err(|cause| discard(&self.temp, &self.path, cause))?;
        self.rows += table.rows() as u64;
        Ok(())
    }

    /// Renames the file to its final name.
    pub(super) fn finish(mut self) -> Result<Written> {
        let synced = self.sheet.take().map_or(Ok(()), |sheet| {
            let file = sheet.finish()?.into_inner().map_err(|cause| cause.into_error())?;
            Ok(file.sync_all()?)
        });
        synced.map_err(|cause| discard(&self.temp, &self.path, cause))?;
        disk::settle(&self.temp, &self.path)?;
        Ok(Written { rows: self.rows, file_hash: hash_bytes(&self.path)? })
    }
}

impl Drop for TableWriter {
    fn drop(&mut self) {
        // On failure the temporary file is deleted with the writer.
        if self.sheet.take().is_some() {
            std::fs::remove_file(&self.temp).ok();
        }
    }
}

fn discard(temp: &Path, path: &Path, cause: ParquetError) -> Error {
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

/// A Parquet writer to any byte stream.
struct Sheet<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: Arc<ArrowSchema>,
}

impl<W: Write + Send> Sheet<W> {
    fn new(out: W, columns: &Table) -> std::result::Result<Self, ParquetError> {
        let fields = columns.columns().iter().map(|series| Field::new(series.name(), data_type(series.kind()), true));
        let schema = Arc::new(ArrowSchema::new(fields.collect::<Vec<_>>()));
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
            ]))
            .build();
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(out, schema.clone(), options)?;
        Ok(Sheet { writer, schema })
    }

    fn push(&mut self, table: &Table) -> std::result::Result<(), ParquetError> {
        for start in (0..table.rows()).step_by(BATCH) {
            let rows = start..(start + BATCH).min(table.rows());
            let arrays = table.columns().iter().map(|series| array(series, rows.clone())).collect();
            let batch = RecordBatch::try_new(self.schema.clone(), arrays)?;
            self.writer.write(&batch)?;
        }
        Ok(())
    }

    fn finish(self) -> std::result::Result<W, ParquetError> {
        self.writer.into_inner()
    }
}

/// blake3 over the bytes of a file.
pub(super) fn hash_bytes(path: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let file = File::open(path).map_err(|cause| disk::missing(path, &cause))?;
    hasher.update_reader(file).map_err(|cause| disk::missing(path, &cause))?;
    Ok(hasher.finalize().to_string())
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
        let mut sheet = Sheet::new(full, &table).expect("the head of the file waits in memory");
        let cause =
            sheet.push(&table).and_then(|()| sheet.finish().map(|_| ())).expect_err("nothing fits on /dev/full");
        let error = Error::io("yearly.parquet", &io_cause(cause));
        assert_eq!(error.kind.exit_code(), 74);
        assert_eq!(error.cure, "free some space or give another folder with --out");
    }
}

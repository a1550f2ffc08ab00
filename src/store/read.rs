//! Reading tables from files: whole, batch by batch, or some rows of some columns.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_schema::{DataType, Schema as ArrowSchema};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::FileMetaData;
use parquet::file::reader::ChunkReader;

use super::file::{BATCH, KEYS, NAME, PERSONS, VERSION, check_file, foreign};
use super::{SCHEMA_VERSION, disk};
use crate::error::{Error, Result};
use crate::tables::{Kind, Table};

/// Reads a table from a file that keten wrote and whose bytes have the given hash.
///
/// # Errors
/// A file that is missing, has changed, or was written by another program or a newer keten.
pub fn read_table(path: &Path, file_hash: &str) -> Result<Table> {
    gathered(|each| scan_table(path, file_hash, None, each))
}

/// Reads a table from the bytes of such a file, which are part of the file at `path`.
///
/// # Errors
/// As [`read_table`].
pub(super) fn read_table_in(path: &Path, bytes: Vec<u8>, file_hash: &str) -> Result<Table> {
    let bytes = Bytes::from(same_bytes(path, bytes, file_hash)?);
    gathered(|each| scan(path, bytes, None, each))
}

/// The bytes, which are part of the file at `path`, if they have the given hash. The Parquet library panics on some damaged
/// files, so it only gets bytes with the expected hash.
pub(super) fn same_bytes(path: &Path, bytes: Vec<u8>, file_hash: &str) -> Result<Vec<u8>> {
    if blake3::hash(&bytes).to_string() != file_hash {
        return Err(foreign(path, "changed or damaged since it was written").into());
    }
    Ok(bytes)
}

/// A table from its batches, which a reader passes to a callback. The reader returns the table without rows.
fn gathered(read: impl FnOnce(&mut dyn FnMut(Table) -> Result<()>) -> Result<Table>) -> Result<Table> {
    let mut whole: Option<Table> = None;
    let blank = read(&mut |batch| match &mut whole {
        Some(table) => table.append(&batch, 0..batch.rows()),
        None => {
            whole = Some(batch);
            Ok(())
        }
    })?;
    Ok(whole.unwrap_or(blank))
}

/// Passes a table from a file to a callback batch by batch, and finally once without rows; only the named columns, if
/// names are given.
pub(super) fn scan_table(
    path: &Path,
    file_hash: &str,
    columns: Option<&[&str]>,
    each: impl FnMut(Table) -> Result<()>,
) -> Result<Table> {
    // The Parquet library panics on some damaged files, so it only gets files with the expected hash.
    check_file(path, file_hash)?;
    scan(path, File::open(path).map_err(|cause| disk::missing(path, &cause))?, columns, each)
}

/// The same for an opened file, or for bytes.
fn scan(
    path: &Path,
    reader: impl ChunkReader + 'static,
    columns: Option<&[&str]>,
    mut each: impl FnMut(Table) -> Result<()>,
) -> Result<Table> {
    let damaged = |cause: ParquetError| foreign(path, &format!("damaged, or not a Parquet file: {cause}"));
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(reader).map_err(damaged)?;
    let mut blank = heading(path, builder.metadata().file_metadata(), builder.schema())?;
    if let Some(names) = columns {
        let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
        builder = builder.with_projection(mask);
        let kept = blank.columns().iter().filter(|series| names.contains(&series.name()));
        blank = Table::blank(blank.name().to_owned(), 0, kept.map(|it| (it.name().to_owned(), it.kind())).collect());
    }
    for batch in builder.with_batch_size(BATCH).build().map_err(damaged)? {
        let batch = batch.map_err(|cause| foreign(path, &format!("damaged: {cause}")))?;
        let mut table = blank.emptied();
        table.push_batch(&batch);
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
        let all = heading(path, builder.metadata().file_metadata(), builder.schema())?;
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
            table.push_batch(&batch);
        }
        Ok(table)
    }
}

/// The table described by the metadata of a file, without its rows.
pub(super) fn heading(path: &Path, metadata: &FileMetaData, schema: &ArrowSchema) -> Result<Table> {
    let pairs = metadata.key_value_metadata();
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
    let fields = schema.fields().iter();
    let persons = value(PERSONS).unwrap_or_default();
    let is_key = |name: &str| persons.split(',').any(|known| known == name);
    let column = |name: &String, data_type: &DataType| {
        let kind = Kind::of_arrow(data_type)?;
        Some((name.clone(), if kind == Kind::Text && is_key(name) { Kind::Key } else { kind }))
    };
    let columns: Option<Vec<_>> = fields.map(|field| column(field.name(), field.data_type())).collect();
    let keys = value(KEYS).and_then(|keys| keys.parse().ok());
    match (columns, keys) {
        (Some(columns), Some(keys)) if keys <= columns.len() => Ok(Table::blank(name, keys, columns)),
        _ => Err(foreign(path, "its columns are not those of a table of keten").into()),
    }
}

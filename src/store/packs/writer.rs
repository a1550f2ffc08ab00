//! Writing units into packs.

use std::fs::{self, File};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::frames::{self, PackFrame, TITLE};
use super::index::{ENDING, pack_files};
use crate::error::{Error, Kind, Result};
use crate::store::disk;
use crate::store::unit::{Account, Store, Timings, UnitId, UnitRecord, new_record, same_content};
use crate::store::write;
use crate::tables::{Table, is_plain_name};

/// Takes the units of a run as they become ready.
pub trait UnitSink: Sync {
    /// Stores the tables of a unit and returns its record; a whole unit that is stored already is left as it is.
    ///
    /// # Errors
    /// A full, read-only or failing disk; an internal error when a whole unit of the same id has other content.
    fn keep(&self, id: &UnitId, tables: &[Table], account: Account) -> Result<UnitRecord>;
}

impl UnitSink for Store {
    fn keep(&self, id: &UnitId, tables: &[Table], account: Account) -> Result<UnitRecord> {
        Store::keep(self, id, tables, account).map(|unit| unit.record)
    }
}

/// Time between two moments at which what was written is forced onto the disk. A power failure can lose the units since
/// then, which are simulated again; a process that is killed loses none.
const SYNC_EVERY: Duration = Duration::from_secs(5);
/// Number of packs of one worker from which on they are merged before it goes on.
const MOST_PACKS: usize = 8;

/// Appends units to a pack of its own, which is created with the first unit.
#[derive(Debug)]
pub struct PackWriter<'a> {
    store: &'a Store,
    label: String,
    open: Mutex<Option<OpenPack>>,
}

/// A pack that is being written.
#[derive(Debug)]
struct OpenPack {
    path: PathBuf,
    /// Locked as long as it is open, so that no other process merges it.
    file: File,
    length: u64,
    synced: Instant,
}

impl<'a> PackWriter<'a> {
    /// A writer whose packs are named `LABEL-NUMBER.pack`. When earlier packs of this label are many, which is so after
    /// many workers were killed, they are merged into one first.
    ///
    /// # Errors
    /// A label that cannot be part of a file name; a full, read-only or failing disk.
    pub fn new(store: &'a Store, label: &str) -> Result<PackWriter<'a>> {
        if !is_plain_name(&label.replace('-', "_")) {
            return Err(
                Error::new(Kind::Internal, format!("no pack can be named `{label}`"), "report this fault").into()
            );
        }
        fs::create_dir_all(store.packs()).map_err(|cause| Error::io(store.packs(), &cause))?;
        disk::sweep(&store.packs());
        let writer = PackWriter { store, label: label.into(), open: Mutex::new(None) };
        let prefix = format!("{label}-");
        let own = pack_files(&store.packs()).into_iter();
        let own = own.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix)));
        let own: Vec<PathBuf> = own.collect();
        if own.len() >= MOST_PACKS {
            store.merge_packs(&own)?;
        }
        Ok(writer)
    }

    /// Creates the pack under the first number that is free. Only one process can create a file of a name.
    fn create(&self) -> Result<OpenPack> {
        let folder = self.store.packs();
        for number in 1_u32.. {
            let path = folder.join(format!("{}-{number}.{ENDING}", self.label));
            match File::options().append(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    // Where files cannot be locked, packs are not merged either.
                    file.try_lock().ok();
                    file.write_all(TITLE).map_err(|cause| disk::discard(&path, &path, &cause))?;
                    disk::sync_folder(&folder);
                    return Ok(OpenPack { path, file, length: TITLE.len() as u64, synced: Instant::now() });
                }
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(Error::io(&path, &cause).into()),
            }
        }
        Err(Error::new(Kind::Io, "no number is free for a pack", "remove packs of finished runs").into())
    }

    /// Appends a frame as a whole: what was written of a frame that does not fit is cut off again.
    fn append(&self, bytes: &[u8]) -> Result<(PathBuf, PackFrame)> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            *open = Some(self.create()?);
        }
        let Some(pack) = open.as_mut() else {
            return Err(Error::new(Kind::Internal, "no pack is open", "report this fault").into());
        };
        let written = pack.file.write_all(bytes).and_then(|()| {
            if pack.synced.elapsed() < SYNC_EVERY {
                return Ok(());
            }
            pack.synced = Instant::now();
            pack.file.sync_data()
        });
        if let Err(cause) = written {
            // If this fails too, readers find the incomplete frame by its length and checksum.
            pack.file.set_len(pack.length).ok();
            pack.file.seek(SeekFrom::End(0)).ok();
            return Err(Error::io(&pack.path, &cause).into());
        }
        let frame = PackFrame { at: pack.length, length: bytes.len() as u64 };
        pack.length += frame.length;
        Ok((pack.path.clone(), frame))
    }

    /// Forces what was written onto the disk.
    ///
    /// # Errors
    /// A full or failing disk.
    pub fn finish(&self) -> Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pack) = open.take() else { return Ok(()) };
        pack.file.sync_all().map_err(|cause| Error::io(&pack.path, &cause).into())
    }
}

impl UnitSink for PackWriter<'_> {
    fn keep(&self, id: &UnitId, tables: &[Table], account: Account) -> Result<UnitRecord> {
        let began = Instant::now();
        let mut record = new_record(id, tables, account)?;
        if let Some(kept) = self.store.find(id) {
            return same_content(kept, &record.tables).map(|unit| unit.record);
        }
        let mut files = Vec::new();
        // The record has its tables in the order of their names.
        for (name, described) in &mut record.tables {
            let table = tables.iter().find(|table| table.name() == name);
            let bytes = write::table_bytes(table.expect("the record holds the tables of the unit"))?;
            described.file_hash = blake3::hash(&bytes).to_string();
            files.push(bytes);
        }
        let write_s = began.elapsed().as_secs_f64();
        record.account.timings.add(Timings { write_s, ..Timings::default() });
        let (path, frame) = self.append(&frames::frame(&record, &files))?;
        self.store.index.add(&self.store.packs(), id.as_str(), path, frame);
        Ok(record)
    }
}

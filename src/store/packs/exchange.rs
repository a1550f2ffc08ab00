//! Packs that go to another store or come from one, as bytes.

use std::collections::BTreeSet;
use std::fs;

use super::frames::{self, TITLE};
use super::index::{ENDING, pack_files};
use crate::error::{Error, Kind, Result};
use crate::store::disk;
use crate::store::unit::{Store, UnitId, UnitPlace};

impl Store {
    /// A pack with these units, as bytes; `None` if no whole one of them is stored here. Each unit is in it once.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn packed(&self, ids: &[UnitId]) -> Result<Option<Vec<u8>>> {
        let mut bytes = TITLE.to_vec();
        for id in ids {
            let Some(unit) = self.find(id) else { continue };
            let files: Result<Vec<Vec<u8>>> = unit.record.tables.keys().map(|name| unit.place.bytes(name)).collect();
            bytes.extend(frames::frame(&unit.record, &files?));
        }
        Ok((bytes.len() > TITLE.len()).then_some(bytes))
    }

    /// Adds a pack from another store under a name, without the ending. A unit in it is checked when it is opened.
    ///
    /// # Errors
    /// A name that cannot be that of a file; a full, read-only or failing disk.
    pub fn add_pack(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if name.is_empty() || !name.chars().all(plain) {
            let what = format!("no pack can be named `{}`", name.escape_debug());
            return Err(Error::new(Kind::Internal, what, "report this fault").into());
        }
        fs::create_dir_all(self.packs()).map_err(|cause| Error::io(self.packs(), &cause))?;
        disk::write_whole(&self.packs().join(format!("{name}.{ENDING}")), bytes)?;
        self.index.refresh(&self.packs());
        Ok(())
    }

    /// Names of the packs that begin so, without the ending.
    pub fn pack_names(&self, prefix: &str) -> BTreeSet<String> {
        let names = pack_files(&self.packs()).into_iter();
        let names = names.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
        names.filter(|name| name.starts_with(prefix)).collect()
    }

    /// Whether a unit is in a pack whose name begins so. It is not checked for damage.
    pub fn is_in_packs(&self, prefix: &str, id: &UnitId) -> bool {
        let packs = self.index.packs_of(&self.packs(), id.as_str());
        packs.iter().any(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)))
    }
}

impl UnitPlace {
    /// The bytes of the file of a table.
    fn bytes(&self, table: &str) -> Result<Vec<u8>> {
        match self {
            UnitPlace::Folder(folder) => disk::read(&crate::store::unit::table_path(folder, table)),
            UnitPlace::Pack(place) => place.bytes(table),
        }
    }
}

//! Merging packs, taking them over into another store, and removing units from them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::frames::{self, TITLE};
use super::index::pack_files;
use crate::error::{Error, Result};
use crate::store::disk::{self, Draft};
use crate::store::unit::{Store, UnitId};

/// A pack with units that no run refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct LoosePack {
    path: PathBuf,
    /// Units in it that stay.
    needed: BTreeSet<String>,
    /// Number of units that go.
    pub(in crate::store) units: usize,
    /// Their bytes.
    pub(in crate::store) bytes: u64,
}

impl LoosePack {
    /// The packs of a folder with units that are not needed.
    pub(in crate::store) fn all(folder: &Path, needed: &BTreeSet<String>) -> Vec<LoosePack> {
        let of = |path: PathBuf| {
            let size = fs::metadata(&path).map_or(0, |data| data.len());
            let (found, _) = frames::scan(&path, 0).ok()?;
            let (stays, goes): (Vec<_>, Vec<_>) = found.into_iter().partition(|(id, _)| needed.contains(id));
            let units = goes.iter().map(|(id, _)| id).collect::<BTreeSet<_>>().len();
            let bytes = if stays.is_empty() { size } else { goes.iter().map(|(_, frame)| frame.length).sum() };
            let needed = stays.into_iter().map(|(id, _)| id).collect();
            (bytes > 0).then_some(LoosePack { path, needed, units, bytes })
        };
        pack_files(folder).into_iter().filter_map(of).collect()
    }

    /// Removes the units that are not needed, with the pack if nothing is left in it.
    pub(in crate::store) fn remove(&self) -> Result<()> {
        if self.needed.is_empty() {
            return disk::clear(&self.path);
        }
        merge(std::slice::from_ref(&self.path), &self.path, |id| self.needed.contains(id))
    }
}

/// Copies the whole frames of some packs into one file, each unit once. The file gets its name when it is complete.
fn merge(packs: &[PathBuf], to: &Path, keeps: impl Fn(&str) -> bool) -> Result<()> {
    let temp = disk::temp_path(to);
    let copied = (|| -> io::Result<()> {
        let mut out = BufWriter::new(File::create(&temp)?);
        out.write_all(TITLE)?;
        let mut seen = BTreeSet::new();
        for path in packs {
            for (id, frame) in frames::scan(path, 0)?.0 {
                if !keeps(&id) || seen.contains(&id) {
                    continue;
                }
                if let Some(bytes) = frames::read(path, frame)? {
                    out.write_all(&bytes)?;
                    seen.insert(id);
                }
            }
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    })();
    copied.map_err(|cause| disk::discard(&temp, to, &cause))?;
    disk::settle(&temp, to)
}

impl Store {
    /// Merges packs into the first of them. Packs that another process is writing, and damaged units, are left out.
    pub(super) fn merge_packs(&self, packs: &[PathBuf]) -> Result<()> {
        let mut locks = Vec::new();
        let mut free = Vec::new();
        for path in packs {
            let Ok(file) = File::options().append(true).open(path) else { continue };
            if file.try_lock().is_ok() {
                locks.push(file);
                free.push(path.clone());
            }
        }
        let Some((first, others)) = free.split_first() else { return Ok(()) };
        if others.is_empty() {
            return Ok(());
        }
        merge(&free, first, |_| true)?;
        // From here on every whole unit is in the first pack.
        others.iter().try_for_each(|path| disk::clear(path))?;
        drop(locks);
        self.index.reload(&self.packs());
        Ok(())
    }

    /// Takes over the units of another store that are not here yet. Packs are taken as a whole, and linked instead of
    /// copied where the file system allows it.
    ///
    /// # Errors
    /// A unit that cannot be read; a full, read-only or failing disk.
    pub fn take_over(&self, from: &Store, ids: &[&UnitId]) -> Result<()> {
        let whole = |path: &Path| path.canonicalize().ok();
        if whole(self.root()).is_some_and(|here| Some(here) == whole(from.root())) {
            return Ok(());
        }
        let mut packs = BTreeSet::new();
        for id in ids.iter().filter(|id| !self.holds(id)) {
            let folder = from.unit_folder(id);
            if folder.is_dir() {
                self.copy_unit(&folder, id)?;
            } else {
                packs.extend(from.index.packs_of(&from.packs(), id.as_str()));
            }
        }
        if packs.is_empty() {
            return Ok(());
        }
        fs::create_dir_all(self.packs()).map_err(|cause| Error::io(self.packs(), &cause))?;
        packs.iter().try_for_each(|pack| self.copy_pack(pack))?;
        disk::sync_folder(&self.packs());
        self.index.reload(&self.packs());
        Ok(())
    }

    fn copy_unit(&self, folder: &Path, id: &UnitId) -> Result<()> {
        let draft = Draft::new(&self.units(), id.as_str().get(..16).unwrap_or_default())?;
        for entry in fs::read_dir(folder).map_err(|cause| disk::missing(folder, &cause))?.flatten() {
            let to = draft.path().join(entry.file_name());
            fs::copy(entry.path(), &to).map_err(|cause| Error::io(&to, &cause))?;
        }
        draft.settle(&self.unit_folder(id)).map(|_| ())
    }

    /// Links or copies a pack. A file of the same name with other content gets a name beside it.
    fn copy_pack(&self, pack: &Path) -> Result<()> {
        let hash = crate::store::file::hash_bytes(pack)?;
        let name = pack.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut to = self.packs().join(&name);
        if to.exists() {
            if crate::store::file::hash_bytes(&to).is_ok_and(|known| known == hash) {
                return Ok(());
            }
            to = self.packs().join(format!("{}-{name}", hash.get(..8).unwrap_or_default()));
        }
        if to.exists() || fs::hard_link(pack, &to).is_ok() {
            return Ok(());
        }
        let temp = disk::temp_path(&to);
        let copied = fs::copy(pack, &temp).and_then(|_| File::open(&temp)?.sync_all());
        copied.map_err(|cause| disk::discard(&temp, &to, &cause))?;
        disk::settle(&temp, &to)
    }
}

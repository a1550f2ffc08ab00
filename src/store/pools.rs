//! Burn-in populations kept beside the units, so that later runs need not simulate them again. They are a cache: each
//! can be made again, and the store removes the oldest ones when they take too much space.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use super::disk;
use super::json;
use super::unit::Store;
use crate::error::{Error, Result};

/// Id of a burn-in population: blake3 of everything that determines it, in 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolId(String);

/// What the store has of a burn-in population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptPool {
    /// Nothing.
    Absent,
    /// A file that cannot be used: its path and the reason.
    Unusable(PathBuf, &'static str),
    /// Its content, exactly as it was given to [`Store::keep_pool`].
    Whole(Vec<u8>),
}

/// Space that the burn-in populations of a store may take together, in bytes. One of usual size takes about 5 MB.
pub const POOLS_LIMIT: u64 = 1_000_000_000;

/// Folder of the burn-in populations, in that of the units.
const FOLDER: &str = "pools";
/// Extension of their files.
const ENDING: &str = "pool";
/// First line of a file, without the version of its layout.
const MARK: &[u8] = b"keten burn-in population ";
/// Version of the layout of the file; increased by hand when it changes without a change of the sources, for example by
/// an update of the library that packs it. Any change of the sources already changes the ids.
const LAYOUT: &[u8] = b"1\n";
/// Bytes of a hash in the head of the file.
const HASH: usize = 32;
/// Level of zstd: the fastest one; a higher level saves little space.
const LEVEL: i32 = 1;

impl PoolId {
    /// The id of a burn-in population: a hash over `decides` (sources, address of random numbers, parameters that act
    /// in it) as canonical JSON.
    pub fn new(decides: &Value) -> Self {
        PoolId(blake3::hash(json::canonical(decides).as_bytes()).to_string())
    }
}

/// Whether a file name is that of a burn-in population. Files with other names belong to somebody else.
fn is_pool(name: &str) -> bool {
    let id = name.strip_suffix(ENDING).and_then(|rest| rest.strip_suffix('.'));
    id.is_some_and(|id| id.len() == 64 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}

impl fmt::Display for PoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Store {
    pub(super) fn pools(&self) -> PathBuf {
        self.units().join(FOLDER)
    }

    /// The file of a burn-in population, whether it exists or not.
    pub fn pool_file(&self, id: &PoolId) -> PathBuf {
        self.pools().join(format!("{id}.{ENDING}"))
    }

    /// Whether there is a file of a burn-in population; it is not read.
    pub fn has_pool(&self, id: &PoolId) -> bool {
        self.pool_file(id).is_file()
    }

    /// Reads a burn-in population.
    pub fn pool(&self, id: &PoolId) -> KeptPool {
        let path = self.pool_file(id);
        let Ok(bytes) = fs::read(&path) else {
            // Another process may have removed it.
            return if path.exists() { KeptPool::Unusable(path, "cannot be read") } else { KeptPool::Absent };
        };
        match content(&bytes, id) {
            Ok(content) => KeptPool::Whole(content),
            Err(why) => KeptPool::Unusable(path, why),
        }
    }

    /// Keeps a burn-in population. When the burn-in populations of the store would take more than `limit` bytes
    /// together, the oldest ones are removed first, but none of `in_use`. False when there is still no room: nothing is
    /// removed or kept then.
    ///
    /// # Errors
    /// A full, read-only or failing disk.
    pub fn keep_pool(&self, id: &PoolId, content: &[u8], in_use: &BTreeSet<PoolId>, limit: u64) -> Result<bool> {
        let path = self.pool_file(id);
        let packed = zstd::bulk::compress(content, LEVEL).map_err(|cause| Error::io(&path, &cause))?;
        let mut bytes = [MARK, LAYOUT].concat();
        bytes.extend_from_slice(seal(id, &packed).as_bytes());
        bytes.extend_from_slice(&packed);
        fs::create_dir_all(self.pools()).map_err(|cause| Error::io(self.pools(), &cause))?;
        if !self.make_room(id, bytes.len() as u64, in_use, limit) {
            return Ok(false);
        }
        disk::write_whole(&path, &bytes).map(|()| true)
    }

    /// Removes the oldest burn-in populations until one of a size has room; false when that cannot be reached. The
    /// earlier file of the same id does not count.
    fn make_room(&self, id: &PoolId, size: u64, in_use: &BTreeSet<PoolId>, limit: u64) -> bool {
        let own = self.pool_file(id);
        let in_use: BTreeSet<PathBuf> = in_use.iter().map(|id| self.pool_file(id)).collect();
        let mut all = pool_files(&self.pools());
        all.retain(|file| file.path != own);
        let mut sum: u64 = all.iter().map(|file| file.bytes).sum();
        all.retain(|file| !in_use.contains(&file.path));
        let may_go: u64 = all.iter().map(|file| file.bytes).sum();
        if (sum - may_go).saturating_add(size) > limit {
            return false;
        }
        all.sort_by(|a, b| (a.made, &a.path).cmp(&(b.made, &b.path)));
        for file in &all {
            if sum.saturating_add(size) <= limit {
                break;
            }
            // Another process may have removed it already.
            fs::remove_file(&file.path).ok();
            sum -= file.bytes;
        }
        true
    }
}

/// A file of a burn-in population on disk.
struct PoolFile {
    path: PathBuf,
    bytes: u64,
    made: Option<SystemTime>,
}

/// The burn-in populations of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolFiles {
    /// Their files.
    pub paths: Vec<PathBuf>,
    /// Their total size in bytes.
    pub bytes: u64,
}

impl PoolFiles {
    /// Those in a folder.
    pub(super) fn of(folder: &Path) -> PoolFiles {
        let files = pool_files(folder);
        let bytes = files.iter().map(|file| file.bytes).sum();
        PoolFiles { paths: files.into_iter().map(|file| file.path).collect(), bytes }
    }

    /// Removes them, and their folder when nothing is left in it.
    ///
    /// # Errors
    /// A read-only or failing disk.
    pub(super) fn remove(&self) -> Result<()> {
        for path in &self.paths {
            match fs::remove_file(path) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::io(path, &cause).into());
                }
                Ok(()) | Err(_) => {}
            }
        }
        if let Some(folder) = self.paths.first().and_then(|path| path.parent()) {
            // Only succeeds when it is empty.
            fs::remove_dir(folder).ok();
        }
        Ok(())
    }
}

/// The files of burn-in populations in a folder, in no particular order.
fn pool_files(folder: &Path) -> Vec<PoolFile> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| is_pool(&entry.file_name().to_string_lossy()))
        .filter_map(|entry| {
            let data = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(PoolFile { path: entry.path(), bytes: data.len(), made: data.modified().ok() })
        })
        .collect()
}

/// Hash over the id and the packed content.
fn seal(id: &PoolId, packed: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(id.0.as_bytes());
    hasher.update(packed);
    hasher.finalize()
}

/// The content of a file, or why it cannot be used.
fn content(bytes: &[u8], id: &PoolId) -> std::result::Result<Vec<u8>, &'static str> {
    const DAMAGED: &str = "is damaged";
    let rest = bytes.strip_prefix(MARK).ok_or(DAMAGED)?;
    let rest = rest.strip_prefix(LAYOUT).ok_or("was written by another version of keten, or is damaged")?;
    let (sealed, packed) = rest.split_at_checked(HASH).ok_or(DAMAGED)?;
    if seal(id, packed).as_bytes() != sealed {
        return Err(DAMAGED);
    }
    zstd::decode_all(packed).map_err(|_| DAMAGED)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    /// Bytes that zstd cannot compress.
    fn noise(number: u32) -> Vec<u8> {
        (0..100_u32)
            .flat_map(|at| *blake3::hash(&[number.to_le_bytes(), at.to_le_bytes()].concat()).as_bytes())
            .collect()
    }

    fn id(number: u32) -> PoolId {
        PoolId::new(&json!({ "number": number }))
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path().join("runs")).expect("a store");
        (folder, store)
    }

    #[test]
    fn what_is_kept_is_read_back_and_a_damaged_file_or_one_of_another_layout_or_id_is_not() {
        let (_folder, store) = store();
        assert_eq!(store.pool(&id(1)), KeptPool::Absent);
        for content in [noise(1), Vec::new()] {
            assert!(store.keep_pool(&id(1), &content, &BTreeSet::new(), POOLS_LIMIT).expect("room"));
            assert_eq!(store.pool(&id(1)), KeptPool::Whole(content));
        }
        store.keep_pool(&id(1), &noise(1), &BTreeSet::new(), POOLS_LIMIT).expect("room");
        let path = store.pool_file(&id(1));
        let whole = fs::read(&path).expect("the file");
        let unusable = |bytes: &[u8]| {
            fs::write(&path, bytes).expect("written");
            match store.pool(&id(1)) {
                KeptPool::Unusable(place, why) => {
                    assert_eq!(place, path);
                    why
                }
                other => panic!("{other:?}"),
            }
        };
        for end in [0, 5, MARK.len(), MARK.len() + 3, MARK.len() + LAYOUT.len() + HASH, whole.len() - 1] {
            assert!(unusable(&whole[..end]).contains("damaged"));
        }
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        assert_eq!(unusable(&flipped), "is damaged");
        let mut newer = whole.clone();
        newer[MARK.len()] = b'2';
        assert!(unusable(&newer).contains("another version"));
        fs::write(store.pool_file(&id(2)), &whole).expect("written");
        assert!(matches!(store.pool(&id(2)), KeptPool::Unusable(..)), "a file under the id of another");
    }

    #[test]
    fn the_oldest_go_first_and_those_of_the_run_itself_never() {
        let (_folder, store) = store();
        let limit = 10_000;
        let keep = |number: u32, in_use: &[u32]| {
            let in_use = in_use.iter().map(|number| id(*number)).collect();
            store.keep_pool(&id(number), &noise(number), &in_use, limit).expect("a sound disk")
        };
        for number in 1..=3 {
            assert!(keep(number, &[]));
            let made = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(number));
            let file = fs::File::options().write(true).open(store.pool_file(&id(number))).expect("the file");
            file.set_modified(made).expect("a time");
        }
        let there = || (1..=5).filter(|number| store.has_pool(&id(*number))).collect::<Vec<u32>>();
        assert_eq!(there(), [1, 2, 3]);
        assert!(keep(4, &[1]));
        assert_eq!(there(), [1, 3, 4], "2 is the oldest that may go");
        assert!(keep(3, &[1, 4]), "it takes the place of its earlier file");
        assert!(!keep(5, &[1, 3, 4]));
        assert_eq!(there(), [1, 3, 4]);
        // A file that keten did not write counts for nothing and stays.
        let foreign = store.pools().join("summer.pool");
        fs::write(&foreign, "x").expect("written");
        let files = PoolFiles::of(&store.pools());
        assert!(files.paths.len() == 3 && files.bytes <= limit, "{files:?}");
        files.remove().expect("removed");
        assert!(there().is_empty() && foreign.exists());
    }
}

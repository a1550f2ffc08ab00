//! Units that go through an object store, for machines without a common file system.
//!
//! ```text
//! URL/0123456789abcdef/0001/HASH.pack    units of shard 1 of the plan with this id; HASH is blake3 of the file
//! ```
//! An object is written once, under a name that is not there yet, and never changed. A worker fetches the objects of its
//! shard, simulates what is in none of them, and sends that from time to time and at its end. Two workers on one shard
//! send the same units in two objects, which does no harm.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::folder::PlanFolder;
use crate::error::Result;
use crate::store::{Account, Place, Store, UnitId, UnitRecord, UnitSink};
use crate::tables::Table;

/// Time between two moments at which a worker sends what it has simulated. A machine that is lost loses the units since.
const SEND_EVERY: Duration = Duration::from_secs(60);
/// Ending of objects.
const ENDING: &str = ".pack";

/// What is needed of an object store. Names have parts with `/` between them.
pub trait Objects: Sync {
    /// Names of the objects in a folder, without those in folders below it.
    ///
    /// # Errors
    /// A store that cannot be reached or refuses.
    fn list(&self, folder: &str) -> Result<Vec<String>>;

    /// The bytes of an object.
    ///
    /// # Errors
    /// An object that is not there; a store that cannot be reached or refuses.
    fn get(&self, name: &str) -> Result<Vec<u8>>;

    /// Writes an object as a whole, unless there is one of this name.
    ///
    /// # Errors
    /// A store that is full, cannot be reached or refuses.
    fn put_if_absent(&self, name: &str, bytes: Vec<u8>) -> Result<()>;
}

impl PlanFolder {
    /// The folder of the objects of a shard.
    fn objects_of(&self, shard: usize) -> String {
        format!("{}/{shard:04}", self.id().get(..16).unwrap_or_default())
    }

    /// First part of the names of packs that came from objects. They are not merged with those that a worker writes.
    fn fetched(&self, shard: usize) -> String {
        format!("from-{}-", self.label(shard))
    }
}

/// Takes over the units of a shard from an object store. An object that is not what its name says counts as absent: its
/// units are simulated again. Returns the number of objects that were fetched.
///
/// # Errors
/// A store that cannot be reached or refuses; a full, read-only or failing disk.
pub fn fetch(folder: &PlanFolder, shard: usize, store: &Store, objects: &dyn Objects) -> Result<usize> {
    let prefix = folder.fetched(shard);
    let known = store.pack_names(&prefix);
    let mut fetched = 0;
    for name in objects.list(&folder.objects_of(shard))? {
        let hash = name.rsplit('/').next().and_then(|last| last.strip_suffix(ENDING)).unwrap_or_default();
        let pack = format!("{prefix}{hash}");
        if hash.is_empty() || known.contains(&pack) {
            continue;
        }
        let bytes = objects.get(&name)?;
        if blake3::hash(&bytes).to_string() == hash {
            store.add_pack(&pack, &bytes)?;
            fetched += 1;
        }
    }
    store.refresh();
    Ok(fetched)
}

/// The same for every shard of a plan.
///
/// # Errors
/// As [`fetch`].
pub fn fetch_all(folder: &PlanFolder, store: &Store, objects: &dyn Objects) -> Result<usize> {
    (1..=folder.shards().len()).map(|shard| fetch(folder, shard, store, objects)).sum()
}

/// Stores units by another sink, and sends them to an object store.
pub(super) struct SendingSink<'a> {
    sink: &'a dyn UnitSink,
    folder: &'a PlanFolder,
    shard: usize,
    store: &'a Store,
    objects: &'a dyn Objects,
    unsent: Mutex<UnsentUnits>,
}

struct UnsentUnits {
    ids: Vec<UnitId>,
    sent: Instant,
}

impl<'a> SendingSink<'a> {
    /// A sink for a shard. Of its units those that are stored here and in no object are sent with the next ones.
    pub(super) fn new(
        sink: &'a dyn UnitSink,
        (folder, shard): (&'a PlanFolder, usize),
        places: &[Place],
        store: &'a Store,
        objects: &'a dyn Objects,
    ) -> SendingSink<'a> {
        let prefix = folder.fetched(shard);
        let stored = places.iter().map(|place| &place.unit);
        let ids = stored.filter(|id| store.holds(id) && !store.is_in_packs(&prefix, id)).cloned().collect();
        let unsent = Mutex::new(UnsentUnits { ids, sent: Instant::now() });
        SendingSink { sink, folder, shard, store, objects, unsent }
    }

    fn unsent(&self) -> MutexGuard<'_, UnsentUnits> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_now(&self, unsent: &mut UnsentUnits) -> Result<()> {
        if let Some(bytes) = self.store.packed(&unsent.ids)? {
            let hash = blake3::hash(&bytes);
            self.objects.put_if_absent(&format!("{}/{hash}{ENDING}", self.folder.objects_of(self.shard)), bytes)?;
        }
        unsent.ids.clear();
        unsent.sent = Instant::now();
        Ok(())
    }

    /// Sends what was not sent yet.
    ///
    /// # Errors
    /// As [`Objects::put_if_absent`].
    pub(super) fn send(&self) -> Result<()> {
        self.send_now(&mut self.unsent())
    }
}

impl UnitSink for SendingSink<'_> {
    fn keep(&self, id: &UnitId, tables: &[Table], account: Account) -> Result<UnitRecord> {
        let record = self.sink.keep(id, tables, account)?;
        let mut unsent = self.unsent();
        unsent.ids.push(id.clone());
        if unsent.sent.elapsed() >= SEND_EVERY {
            self.send_now(&mut unsent)?;
        }
        Ok(record)
    }
}

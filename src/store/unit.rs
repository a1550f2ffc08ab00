//! Units: the result of one scenario, draw and replicate, stored under a hash of everything that determines it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::disk::{self, Draft};
use super::packs::{FOLDER as PACKS, PackIndex, PackPlace};
use super::splice::{EncodedTable, Splicer, UnitRows};
use super::{KETEN_VERSION, file, json, read, write};
use crate::error::{Error, Errors, Kind, Result};
use crate::tables::{Schema, Table, is_plain_name};

/// Id of a unit: blake3 of everything that determines its content, in 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct UnitId(String);

/// Wall seconds that a unit took, by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Creating the population of January 2008 from the burn-in population.
    pub founding_s: f64,
    /// Simulating the burn-in population before 2008, or reading it.
    pub burn_in_s: f64,
    /// The months of the run. Those of a unit that was simulated beside its comparator are part of the time of the
    /// comparator, or of another such unit if the comparator is not in the run.
    pub months_s: f64,
    /// Writing tables (the store adds its own time).
    pub write_s: f64,
}

/// How a unit was simulated. Its content is the same in every way.
///
/// The comparator here is the model without the changes of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum Simulated {
    /// In full.
    Full,
    /// Beside its comparator.
    Beside {
        /// Share of persons whose rows differed from those of the comparator, averaged over months.
        differed: f64,
    },
    /// Beside its comparator, and in full from a January on, because too many persons differed.
    BesideThenFull {
        /// Share of persons whose rows differed, averaged over the months beside the comparator.
        differed: f64,
        /// The year that began with this January.
        full_from: i32,
    },
}

/// Metadata of a unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Wall seconds by phase.
    pub timings: Timings,
    /// How it was simulated; not recorded by earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<Simulated>,
    /// Simulated person-months in the four cities.
    pub person_months: u64,
    /// Simulated months of persons followed elsewhere.
    pub person_months_elsewhere: u64,
    /// Peak memory of the process when the unit was done, in bytes; empty if the system does not report it.
    pub peak_memory_bytes: Option<u64>,
    /// Simulated values that are printed with every run, for example achieved kappa.
    pub achieved: Map<String, Value>,
}

/// A table of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitTable {
    /// Number of rows.
    pub rows: u64,
    /// Content hash: [`Table::content_hash`], without the column `scenario`.
    pub content_hash: String,
    /// blake3 of the bytes of the file.
    pub file_hash: String,
}

/// The file `unit.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitRecord {
    /// Id of the unit.
    pub id: UnitId,
    /// Version of keten that made it.
    pub keten_version: String,
    /// Its tables by name.
    pub tables: BTreeMap<String, UnitTable>,
    /// Timings, sizes and achieved values.
    #[serde(flatten)]
    pub account: Account,
}

/// A complete unit on disk.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Contents of `unit.json`.
    pub record: UnitRecord,
    pub(super) place: UnitPlace,
}

/// Where a unit is stored.
#[derive(Clone, Debug)]
pub(super) enum UnitPlace {
    /// In a folder of its own.
    Folder(PathBuf),
    /// In a pack.
    Pack(PackPlace),
}

impl UnitPlace {
    fn path(&self) -> &Path {
        match self {
            UnitPlace::Folder(path) => path,
            UnitPlace::Pack(place) => &place.path,
        }
    }
}

/// A folder of runs (`runs/` or what `--out` names) with the units they are assembled from.
///
/// Any number of threads, processes and machines may use the same folder at the same time.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) root: PathBuf,
    pub(super) index: Arc<PackIndex>,
}

const UNIT_FILE: &str = "unit.json";

impl UnitId {
    /// The id of a unit: a hash over `decides` (merged and stripped parameters, seed, draw, replicate, scale, horizon,
    /// outcomes, ...; not the name of the scenario) as canonical JSON, and over the columns of its tables.
    pub fn new(decides: &Value, schemas: &[&Schema]) -> Self {
        UnitId::of(decides, &UnitId::columns(schemas))
    }

    /// The same with the columns as [`UnitId::columns`] gives them, which takes longer than the rest: for many units.
    pub fn of(decides: &Value, columns: &str) -> Self {
        // The canonical text of both as one object.
        let all = format!("{{\"decides\":{},\"tables\":{columns}}}", json::canonical(decides));
        UnitId(blake3::hash(all.as_bytes()).to_string())
    }

    /// The columns of tables as canonical JSON.
    pub fn columns(schemas: &[&Schema]) -> String {
        let columns = |schema: &Schema| -> Value {
            schema.columns.iter().map(|column| json!([column.name, column.kind.name()])).collect()
        };
        json::canonical(&schemas.iter().map(|schema| json!([schema.name, schema.keys, columns(schema)])).collect())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for UnitId {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, String> {
        let digits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if digits { Ok(UnitId(text)) } else { Err("not the id of a unit (64 hexadecimal digits)".into()) }
    }
}

impl Timings {
    /// Adds the seconds of another unit.
    pub fn add(&mut self, other: Timings) {
        self.founding_s += other.founding_s;
        self.burn_in_s += other.burn_in_s;
        self.months_s += other.months_s;
        self.write_s += other.write_s;
    }

    pub(super) fn are_finite(self) -> bool {
        [self.founding_s, self.burn_in_s, self.months_s, self.write_s].into_iter().all(f64::is_finite)
    }
}

impl Unit {
    /// Reads one of its tables.
    ///
    /// # Errors
    /// A table that is missing, damaged, or not among those of the unit.
    pub fn table(&self, name: &str) -> Result<Table> {
        let hash = &self.described(name)?.file_hash;
        match &self.place {
            UnitPlace::Folder(folder) => read::read_table(&table_path(folder, name), hash),
            UnitPlace::Pack(place) => place.table(name, hash),
        }
    }

    /// Adds the rows of a table of the unit to the table of a run, as they are encoded.
    pub(super) fn splice(&self, name: &str, into: &mut Splicer<'_>, common: UnitRows<'_>) -> Result<()> {
        let hash = &self.described(name)?.file_hash;
        match &self.place {
            UnitPlace::Folder(folder) => into.push(EncodedTable::File(&table_path(folder, name), hash), common),
            UnitPlace::Pack(place) => into.push(EncodedTable::Part(&place.path, place.bytes(name)?, hash), common),
        }
    }

    /// The content hash of one of its tables.
    pub(super) fn content_hash(&self, name: &str) -> Result<blake3::Hash> {
        let hash = blake3::Hash::from_hex(&self.described(name)?.content_hash);
        hash.map_err(|cause| self.fault(format!("table `{name}`: no hash: {cause}")))
    }

    fn described(&self, name: &str) -> Result<&UnitTable> {
        self.record.tables.get(name).ok_or_else(|| self.fault(format!("the unit has no table `{name}`")))
    }

    fn fault(&self, what: String) -> Errors {
        let place = self.place.path().display().to_string();
        Error::new(Kind::Internal, what, "report this fault").in_file(place, None).into()
    }

    /// Whether another unit has the same tables with the same content.
    fn agrees_with(&self, other: &BTreeMap<String, UnitTable>) -> bool {
        self.record.tables.len() == other.len()
            && self.record.tables.iter().all(|(name, table)| {
                other
                    .get(name)
                    .is_some_and(|there| there.content_hash == table.content_hash && there.rows == table.rows)
            })
    }

    /// Reads `unit.json` and checks every table against it.
    fn open(folder: &Path, id: &UnitId) -> Result<Unit> {
        let path = folder.join(UNIT_FILE);
        let (record, sealed) = json::read_sealed::<UnitRecord>(&path)?;
        let damaged = |what: &str| {
            let cure = "run the experiment again: the unit is simulated again";
            Error::data(what, cure).in_file(path.display().to_string(), None)
        };
        if !sealed || record.id != *id || !record.tables.keys().all(|name| is_plain_name(name)) {
            return Err(damaged("changed or damaged since it was written").into());
        }
        // The seal covers the hashes of files and of contents together, so the contents need not be read here.
        for (name, known) in &record.tables {
            file::check_file(&table_path(folder, name), &known.file_hash)?;
        }
        Ok(Unit { record, place: UnitPlace::Folder(folder.into()) })
    }
}

/// A table of a unit: Parquet like that of a run, but with another name, so that programs that read all tables below a
/// folder of runs do not count the rows of every unit twice.
pub(super) fn table_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.unit"))
}

impl Store {
    /// The store in a folder, which need not exist yet; nothing is written.
    ///
    /// # Errors
    /// A folder with contents other than runs, or one that cannot be read.
    pub fn at(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        disk::check_place(&root)?;
        Ok(Store { root, index: Arc::default() })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Creates the folder and checks that it is writable, so that a long run does not fail at its end.
    ///
    /// # Errors
    /// A full, read-only or failing disk.
    pub fn prepare(&self) -> Result<()> {
        let trial = Draft::new(&self.units(), "trial")?;
        disk::write_whole(&trial.path().join("trial"), b"keten")?;
        disk::sweep(&self.units());
        disk::sweep(&self.pools());
        disk::sweep(&self.root);
        Ok(())
    }

    pub(super) fn units(&self) -> PathBuf {
        self.root.join(".units")
    }

    /// The folder of a unit, whether it exists or not.
    pub fn unit_folder(&self, id: &UnitId) -> PathBuf {
        self.units().join(id.as_str())
    }

    /// The folder of the packs, whether it exists or not.
    pub fn packs(&self) -> PathBuf {
        self.units().join(PACKS)
    }

    /// Looks for units that other processes have added to packs since the last look. Without a call, a store knows the
    /// packs as they were when it first looked for a unit.
    pub fn refresh(&self) {
        self.index.refresh(&self.packs());
    }

    /// Whether a unit is stored. It is not checked for damage.
    pub fn holds(&self, id: &UnitId) -> bool {
        self.index.holds(&self.packs(), id.as_str()) || fs::symlink_metadata(self.unit_folder(id)).is_ok()
    }

    fn in_packs(&self, id: &UnitId) -> Result<Option<Unit>> {
        let found = self.index.open::<UnitRecord>(&self.packs(), id.as_str())?;
        Ok(found.map(|(record, place)| Unit { record, place: UnitPlace::Pack(place) }))
    }

    /// A unit, if it is stored and undamaged; a damaged unit counts as absent.
    pub fn find(&self, id: &UnitId) -> Option<Unit> {
        self.inspect(id).ok().flatten()
    }

    /// A unit, or `None` if it is not stored.
    ///
    /// # Errors
    /// Describes the fault of a damaged unit.
    pub fn inspect(&self, id: &UnitId) -> Result<Option<Unit>> {
        let folder = self.unit_folder(id);
        if fs::symlink_metadata(&folder).is_err() {
            return self.in_packs(id);
        }
        let unit = Unit::open(&folder, id);
        // A whole copy in a pack makes up for a damaged folder.
        unit.map(Some).or_else(|fault| self.in_packs(id).ok().flatten().map_or(Err(fault), |unit| Ok(Some(unit))))
    }

    /// Stores the tables of a unit. A complete unit is never written again: if there is one it is returned.
    ///
    /// # Errors
    /// A full, read-only or failing disk (nothing is left under the id then); an internal error when a complete unit of
    /// the same id has other content, or a table cannot be stored.
    pub fn keep(&self, id: &UnitId, tables: &[Table], account: Account) -> Result<Unit> {
        let began = Instant::now();
        let mut record = new_record(id, tables, account)?;
        if let Some(kept) = self.find(id) {
            return same_content(kept, &record.tables);
        }
        let draft = Draft::new(&self.units(), id.as_str().get(..16).unwrap_or_default())?;
        for table in tables {
            let written = record.tables.get_mut(table.name()).expect("the record holds every table of the unit");
            written.file_hash = write::write_table(&table_path(draft.path(), table.name()), table)?;
        }
        record.account.timings.write_s += began.elapsed().as_secs_f64();
        json::write_sealed(&draft.path().join(UNIT_FILE), &record)?;
        self.place(id, &draft, record)
    }

    /// Renames a finished draft; a complete unit has precedence, a damaged one is replaced.
    fn place(&self, id: &UnitId, draft: &Draft, record: UnitRecord) -> Result<Unit> {
        const TRIES: usize = 10;
        let folder = self.unit_folder(id);
        for _ in 0..TRIES {
            if draft.settle(&folder)? {
                return Ok(Unit { record, place: UnitPlace::Folder(folder) });
            }
            if let Some(kept) = self.find(id) {
                return same_content(kept, &record.tables);
            }
            disk::clear(&folder)?;
        }
        let what = "other processes keep writing a damaged unit here";
        Err(Error::new(Kind::Io, what, "check the disk").in_file(folder.display().to_string(), None).into())
    }
}

pub(super) fn new_record(id: &UnitId, tables: &[Table], account: Account) -> Result<UnitRecord> {
    let fault = |what: String| Err(Error::new(Kind::Internal, what, "report this fault").into());
    if !account.timings.are_finite() {
        return fault("the time of a unit is not a finite number".into());
    }
    let mut described = BTreeMap::new();
    for table in tables {
        if !is_plain_name(table.name()) {
            return fault(format!("no table can be named `{}`", table.name()));
        }
        let content_hash = table.content_hash().to_string();
        let entry = UnitTable { rows: table.rows() as u64, content_hash, file_hash: String::new() };
        if described.insert(table.name().to_owned(), entry).is_some() {
            return fault(format!("a unit has two tables named `{}`", table.name()));
        }
    }
    Ok(UnitRecord { id: id.clone(), keten_version: KETEN_VERSION.into(), tables: described, account })
}

pub(super) fn same_content(kept: Unit, made: &BTreeMap<String, UnitTable>) -> Result<Unit> {
    if kept.agrees_with(made) {
        return Ok(kept);
    }
    let what = "the same unit was simulated twice with different content: keten is not deterministic here";
    let place = kept.place.path().display().to_string();
    Err(Error::new(Kind::Internal, what, "report this fault with the experiment file").in_file(place, None).into())
}

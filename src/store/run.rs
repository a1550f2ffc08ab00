//! Reading a run folder.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::codebook::Codebook;
use super::disk::{self, TEMP};
use super::manifest::{Manifest, Place, PlanHash, describe};
use super::recorded::Recorded;
use super::{KETEN_VERSION, SCHEMA_VERSION, json, read};
use crate::error::{Error, Errors, Kind, Result};
use crate::tables::{Cell, SCENARIO, Table, is_plain_name};

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const CODEBOOK: &str = "codebook.json";
pub(super) const LABEL: &str = "label.txt";

/// Path of a table in a run folder.
pub(super) fn table_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.parquet"))
}

/// A run on disk: its manifest, its experiment, its codebook, and its tables on demand.
#[derive(Clone, Debug)]
pub struct Run {
    /// Contents of `manifest.json`.
    pub manifest: Manifest,
    /// The experiment that the manifest records.
    pub recorded: Recorded,
    /// Contents of `codebook.json`.
    pub codebook: Codebook,
    folder: PathBuf,
    /// The city whose rows are read; `None` for all rows.
    pub(super) city: Option<String>,
}

/// A table, or one unit of it, that differs between two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the table.
    pub table: String,
    /// Scenario, draw and replicate; `None` for the table as a whole.
    pub place: Option<String>,
    /// Content hash in the first run; `None` if absent.
    pub first: Option<String>,
    /// Content hash in the second run; `None` if absent.
    pub second: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |hash: &Option<String>| hash.as_deref().map_or("absent", |h| h.get(..16).unwrap_or(h)).to_owned();
        write!(f, "table `{}`", self.table)?;
        if let Some(place) = &self.place {
            write!(f, ", {place}")?;
        }
        write!(f, ": content {} in the first run, {} in the second", short(&self.first), short(&self.second))
    }
}

/// All differences in content between two runs; empty when they are equal.
pub fn compare_hashes(first: &Manifest, second: &Manifest) -> Vec<Difference> {
    let names: BTreeSet<&String> = first.tables.keys().chain(second.tables.keys()).collect();
    let mut differences = Vec::new();
    for &name in &names {
        let hash = |run: &Manifest| run.tables.get(name).map(|table| table.content_hash.clone());
        let (a, b) = (hash(first), hash(second));
        if a == b {
            continue;
        }
        differences.push(Difference { table: name.clone(), place: None, first: a, second: b });
        let added = second.plan.iter().filter(|place| !first.plan.iter().any(|other| same_place(place, other)));
        for place in first.plan.iter().chain(added) {
            let (a, b) = (unit_hash(first, place, name), unit_hash(second, place, name));
            if a != b {
                let place = Some(describe(place));
                differences.push(Difference { table: name.clone(), place, first: a, second: b });
            }
        }
    }
    differences
}

fn same_place(a: &Place, b: &Place) -> bool {
    (&a.scenario, a.draw, a.replicate) == (&b.scenario, b.draw, b.replicate)
}

fn unit_hash(run: &Manifest, place: &Place, table: &str) -> Option<String> {
    let place = run.plan.iter().find(|other| same_place(place, other))?;
    Some(run.units.get(place.unit.as_str())?.tables.get(table)?.content_hash.clone())
}

impl Run {
    /// Opens a run folder.
    ///
    /// # Errors
    /// A folder that is missing, is not a run, is incomplete or damaged, or was written by a newer keten; a manifest
    /// whose experiment lacks an entry that readers need.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        check_folder(folder)?;
        let path = folder.join(MANIFEST);
        check_version(&path, &json::read(&path)?)?;
        let manifest: Manifest = json::read(&path)?;
        let place = path.display().to_string();
        let recorded = Recorded::of(&manifest)
            .map_err(|Errors(faults)| Errors(faults.into_iter().map(|fault| fault.in_file(&place, None)).collect()))?;
        let codebook = json::read(&folder.join(CODEBOOK))?;
        let run = Run { manifest, recorded, codebook, folder: folder.into(), city: None };
        let faults: Vec<Error> = run.manifest.tables.keys().filter_map(|name| run.look_for(name)).collect();
        if faults.is_empty() { Ok(run) } else { Err(Errors(faults)) }
    }

    /// The run folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The fault of a table of the manifest, if any can be detected without reading it.
    fn look_for(&self, name: &str) -> Option<Error> {
        let path = self.folder.join(MANIFEST).display().to_string();
        if !is_plain_name(name) || !self.codebook.tables.contains_key(name) {
            let what = format!("damaged: no table `{}` in the codebook", name.escape_debug());
            return Some(Error::data(what, "run the experiment again").in_file(path, None));
        }
        let file = self.table_path(name);
        let cause = fs::metadata(&file).err()?;
        Some(Error { cure: "run the experiment again".into(), ..disk::missing(&file, &cause) })
    }

    fn table_path(&self, name: &str) -> PathBuf {
        table_path(&self.folder, name)
    }

    /// Path and hash of the file of a table.
    fn file_of(&self, name: &str) -> Result<(PathBuf, &str)> {
        match self.manifest.tables.get(name) {
            Some(table) if self.has(name) => Ok((self.table_path(name), &table.file_hash)),
            _ => {
                let names: Vec<&str> = self.names_of_tables().collect();
                let cure = format!("its tables are {}; add it to `outcomes` of the experiment", names.join(", "));
                let what = format!("the run has no table `{name}`");
                Err(Error::data(what, cure).in_file(self.folder.display().to_string(), None).into())
            }
        }
    }

    /// Reads a table, with `scenario` as first column.
    ///
    /// # Errors
    /// A table that is not in the run, missing, or damaged.
    pub fn table(&self, name: &str) -> Result<Table> {
        let (path, hash) = self.file_of(name)?;
        Ok(self.rows_of_city(name, read::read_table(&path, hash)?))
    }

    /// Passes some columns of a table to `each` batch by batch, in the order of the plan: for tables too large for
    /// memory. Missing columns are left out.
    ///
    /// # Errors
    /// As [`Run::table`], and errors of `each`.
    pub fn scan(&self, name: &str, columns: &[&str], mut each: impl FnMut(&Table) -> Result<()>) -> Result<()> {
        let (path, hash) = self.file_of(name)?;
        let columns = self.with_city(columns);
        read::scan_table(&path, hash, Some(&columns), |part| each(&self.rows_of_city(name, part))).map(|_| ())
    }

    /// Some columns of a table, to be read by place of the plan in any order, for analyses that need several places at
    /// once. Missing columns are left out.
    ///
    /// # Errors
    /// As [`Run::table`].
    pub fn places(&self, name: &str, columns: &[&str]) -> Result<Places> {
        let (path, hash) = self.file_of(name)?;
        let mut starts = vec![0];
        for place in &self.manifest.plan {
            let unit = self.manifest.units.get(place.unit.as_str()).and_then(|unit| unit.tables.get(name));
            let rows = unit.ok_or_else(|| {
                let what = format!("damaged: {} has no table `{name}`", describe(place));
                Error::data(what, "run the experiment again").in_file(path.display().to_string(), None)
            })?;
            starts.push(starts[starts.len() - 1] + rows.rows);
        }
        let leaves = read::Leaves::open(&path, hash, &self.with_city(columns))?;
        Ok(Places { leaves, starts, city: self.city_of_rows(name) })
    }

    /// The main figures of the run as one JSON object that names the folder: what `--json` prints.
    pub fn summary(&self) -> Value {
        let run = &self.manifest;
        json!({
            "run": self.folder.display().to_string(),
            "id": run.id,
            "title": run.title,
            "keten_version": run.keten_version,
            "commit": run.commit,
            "seed": run.seed,
            "config": run.config,
            "parameters": run.parameters,
            "tables": run.tables,
            "timings": run.timings,
            "simulated": run.simulated(),
            "person_months": run.person_months,
            "person_months_elsewhere": run.person_months_elsewhere,
            "peak_memory_bytes": run.peak_memory_bytes,
            "threads": run.threads,
        })
    }

    /// Recomputes every content hash from the tables and compares it with the manifest.
    ///
    /// # Errors
    /// Every table that is missing, damaged or different from the manifest, and a manifest changed since it was
    /// written.
    pub fn verify(&self) -> Result<()> {
        let path = self.folder.join(MANIFEST);
        let mut faults = Vec::new();
        if !json::read_sealed::<Value>(&path)?.1 {
            let what = "changed or damaged since it was written";
            faults.push(Error::data(what, "run the experiment again").in_file(path.display().to_string(), None));
        }
        for name in self.manifest.tables.keys() {
            faults.extend(self.verify_table(name).err().into_iter().flat_map(|errors| errors.0));
        }
        if faults.is_empty() { Ok(()) } else { Err(Errors(faults)) }
    }

    fn verify_table(&self, name: &str) -> Result<()> {
        let (path, hash) = self.file_of(name)?;
        let mut recount =
            Recount { run: self, name, path: &path, next: 0, rows: 0, hash: PlanHash::default(), unit: None };
        let blank = read::scan_table(&path, hash, None, |batch| recount.take(&batch))?;
        recount.finish(&blank)
    }
}

/// A table of a run that is read place by place.
pub struct Places {
    leaves: read::Leaves,
    /// First row of each place, and the number of rows.
    starts: Vec<u64>,
    /// The city whose rows are read, and whether they also stand for the whole; `None` for all rows.
    city: Option<(String, bool)>,
}

impl Places {
    /// The rows of a place of the plan, by its index.
    ///
    /// # Errors
    /// A damaged table; an index without a place.
    pub fn read(&self, place: usize) -> Result<Table> {
        let (Some(first), Some(end)) = (self.starts.get(place), self.starts.get(place + 1)) else {
            return Err(Error::new(Kind::Internal, format!("no place {place} in the plan"), "report this fault").into());
        };
        let rows = self.leaves.rows(*first, end - first)?;
        Ok(match &self.city {
            Some((city, as_whole)) => rows.of_city(city, *as_whole),
            None => rows,
        })
    }
}

/// Recomputes the hashes of a table of a run, in the order of the plan.
struct Recount<'a> {
    run: &'a Run,
    name: &'a str,
    path: &'a Path,
    /// Index of the place whose rows are being collected.
    next: usize,
    rows: u64,
    hash: PlanHash,
    /// Rows of that place so far.
    unit: Option<Table>,
}

impl Recount<'_> {
    fn fault(&self, what: String) -> Errors {
        Error::data(what, "run the experiment again").in_file(self.path.display().to_string(), None).into()
    }

    /// Processes the next rows of the table.
    fn take(&mut self, batch: &Table) -> Result<()> {
        self.rows += batch.rows() as u64;
        let mut from = 0;
        while from < batch.rows() {
            let Some(place) = self.run.manifest.plan.get(self.next) else {
                return Err(self.fault(format!("row {from} of the last part belongs to no place of the plan")));
            };
            let until = (from..batch.rows()).find(|&row| !belongs(batch, row, place)).unwrap_or(batch.rows());
            self.unit.get_or_insert_with(|| batch.emptied()).append(batch, from..until)?;
            if until < batch.rows() {
                self.close_unit(batch)?;
            }
            from = until;
        }
        Ok(())
    }

    /// Called when all rows of a place are collected: compares its hash, and continues with the next place.
    fn close_unit(&mut self, like: &Table) -> Result<()> {
        let Some(place) = self.run.manifest.plan.get(self.next) else { return Ok(()) };
        let hash = self.unit.take().unwrap_or_else(|| like.emptied()).without_scenario().content_hash();
        if unit_hash(&self.run.manifest, place, self.name).is_none_or(|known| known != hash.to_string()) {
            return Err(self.fault(format!("{}: the content differs from the manifest", describe(place))));
        }
        self.hash.add(place, hash);
        self.next += 1;
        Ok(())
    }

    fn finish(mut self, blank: &Table) -> Result<()> {
        while self.next < self.run.manifest.plan.len() {
            self.close_unit(blank)?;
        }
        match self.run.manifest.tables.get(self.name) {
            Some(known) if known.rows == self.rows && known.content_hash == self.hash.finish() => Ok(()),
            _ => Err(self.fault("the content differs from the manifest".into())),
        }
    }
}

fn belongs(table: &Table, row: usize, place: &Place) -> bool {
    table.cell(row, SCENARIO.name) == Some(Cell::Text(&place.scenario))
        && table.cell(row, "draw") == Some(place.draw.into())
        && table.cell(row, "replicate") == Some(place.replicate.into())
}

fn check_folder(folder: &Path) -> Result<()> {
    let place = folder.display().to_string();
    let foreign = |what: &str, cure: &str| Err(Error::data(what, cure).in_file(place.clone(), None).into());
    match fs::metadata(folder) {
        Err(cause) => {
            let fault = disk::missing(folder, &cause);
            return Err(Error { cure: "give a run folder, as printed by `keten run`".into(), ..fault }.into());
        }
        Ok(data) if !data.is_dir() => {
            return foreign("is not a run folder but a file", "give the folder that contains it");
        }
        Ok(_) => {}
    }
    if folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(TEMP)) {
        return foreign("is half-written", "run the experiment again, and give the folder that it prints");
    }
    if folder.join(MANIFEST).is_file() {
        Ok(())
    } else if folder.join(".units").is_dir() {
        foreign("is a folder of runs, not a run", "give one of the folders in it")
    } else {
        foreign("is not a run: it has no manifest.json", "give a run folder, as printed by `keten run`")
    }
}

/// Rejects a run that needs a newer keten, before reading anything else in it.
fn check_version(path: &Path, manifest: &Value) -> Result<()> {
    let needed = manifest.get("minimum_keten_version").and_then(Value::as_str).unwrap_or_default();
    let layout = manifest.get("schema_version").and_then(Value::as_u64).unwrap_or_default();
    if version(needed) <= version(KETEN_VERSION) && layout <= u64::from(SCHEMA_VERSION) {
        return Ok(());
    }
    let what = format!(
        "written by a newer keten: version {} or later is needed, this is {KETEN_VERSION}",
        needed.escape_debug()
    );
    Err(Error::data(what, "install the newest keten").in_file(path.display().to_string(), None).into())
}

/// The numbers of a version, for comparison; parts that are not numbers count as 0.
fn version(text: &str) -> [u64; 3] {
    let mut parts = text.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

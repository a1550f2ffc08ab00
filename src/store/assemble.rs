//! A run folder from its units.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use serde_json::{Value, json};

use super::codebook::Codebook;
use super::disk::{self, Draft};
use super::manifest::{Manifest, Place, PlanHash, RunTable, RunTimings, Scenario, describe};
use super::recorded::Recorded;
use super::run::{CODEBOOK, MANIFEST, Run, table_path};
use super::splice::{Splicer, UnitRows, is_worth_it};
use super::unit::{Store, Timings, Unit};
use super::write::TableWriter;
use super::{KETEN_VERSION, MINIMUM_KETEN_VERSION, SCHEMA_VERSION, file, host, json};
use crate::error::{Error, Errors, Kind, Result};
use crate::tables::{Cell, Schema, Table};

/// Inputs of a run folder, besides the units in the store.
#[derive(Clone, Debug)]
pub struct Assembly<'a> {
    /// Name of the experiment: its file name without `.toml`.
    pub experiment: &'a str,
    /// Title of the experiment.
    pub title: &'a str,
    /// Git commit of keten, if known at build time.
    pub commit: Option<&'a str>,
    /// Seed of all draws.
    pub seed: u64,
    /// Threads that the run might use.
    pub threads: usize,
    /// The scenarios in order.
    pub scenarios: &'a [Scenario],
    /// The merged configuration.
    pub config: &'a Value,
    /// Parameters as used; the store rounds them to nine significant digits.
    pub parameters: &'a Value,
    /// The unit of each combination of scenario, draw and replicate.
    pub plan: &'a [Place],
    /// The tables that every unit of the plan has.
    pub schemas: &'a [&'static Schema],
    /// Wall seconds since the run began; the store adds its own.
    pub wall_s: f64,
}

impl Assembly<'_> {
    /// blake3 of configuration and plan, which determine the whole content of the run folder.
    pub fn id(&self) -> String {
        let plan =
            self.plan.iter().map(|p| json!([p.scenario, p.draw, p.replicate, p.unit.as_str()])).collect::<Value>();
        let whole = json!({ "experiment": self.experiment, "title": self.title, "config": self.config, "plan": plan });
        blake3::hash(json::canonical(&whole).as_bytes()).to_string()
    }

    /// Name of the run folder: the experiment and eight digits of the id.
    pub fn folder_name(&self) -> String {
        let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
        let name: String = self.experiment.chars().map(plain).take(80).collect();
        let name = name.trim_start_matches('.');
        let name = if name.is_empty() { "run" } else { name };
        format!("{name}-{}", self.id().get(..8).unwrap_or_default())
    }

    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        for schema in self.schemas {
            faults.extend(schema.check().err().into_iter().flat_map(|errors| errors.0));
        }
        faults.extend(Recorded::read(self.config, self.scenarios).err().into_iter().flat_map(|errors| errors.0));
        let mut fault = |what: String| faults.push(Error::new(Kind::Internal, what, "report this fault"));
        let names: BTreeSet<_> = self.schemas.iter().map(|schema| schema.name).collect();
        if names.len() < self.schemas.len() {
            fault("two tables of a run have the same name".into());
        }
        let mut seen = BTreeSet::new();
        for place in self.plan {
            if !seen.insert((&place.scenario, place.draw, place.replicate)) {
                fault(format!("{} occurs twice in the plan", describe(place)));
            }
        }
        if !self.wall_s.is_finite() {
            fault("the time of a run is not a finite number".into());
        }
        if faults.is_empty() { Ok(()) } else { Err(Errors(faults)) }
    }
}

/// State of the run folder before assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It did not exist and was created.
    Made,
    /// It was complete and left unchanged.
    AsItWas,
    /// These files were missing or damaged and were written again; the others were left unchanged.
    Repaired(Vec<String>),
}

/// A complete run folder.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// The run.
    pub run: Run,
    /// State of the folder before assembly.
    pub standing: Standing,
}

impl Store {
    /// Assembles the run folder of a plan whose units are all stored, and opens it. A complete folder of the same run
    /// is left unchanged. In a damaged one the missing or damaged files are written again; its other files stay.
    ///
    /// # Errors
    /// Absent or damaged units of the plan (all of them); a folder of that name that is not this run; a full, read-only
    /// or failing disk. In these cases no new folder appears under the final name.
    pub fn assemble(&self, assembly: &Assembly<'_>) -> Result<Assembled> {
        assembly.check()?;
        self.assemble_from(assembly, &self.units_of(assembly.plan)?)
    }

    /// The same from units by id, which may be those of another store. They were checked when they were opened.
    ///
    /// # Errors
    /// As [`Store::assemble`].
    pub fn assemble_from(&self, assembly: &Assembly<'_>, units: &BTreeMap<String, Unit>) -> Result<Assembled> {
        let began = Instant::now();
        assembly.check()?;
        let absent = |place: &&Place| !units.contains_key(place.unit.as_str());
        if let Some(place) = assembly.plan.iter().find(absent) {
            let what = format!("incomplete: {}: the unit is missing", describe(place));
            return Err(Error::new(Kind::Io, what, "simulate it first").into());
        }
        let folder = self.root.join(assembly.folder_name());
        if let Some(run) = whole(&folder, assembly, units) {
            return Ok(Assembled { run, standing: Standing::AsItWas });
        }
        is_this_run(&folder, &assembly.id())?;
        let draft = Draft::new(&self.root, &assembly.folder_name())?;
        let mut tables = BTreeMap::new();
        for schema in assembly.schemas {
            tables.insert(schema.name.to_owned(), write_run_table(draft.path(), schema, assembly.plan, units)?);
        }
        json::write_whole(&draft.path().join(CODEBOOK), &Codebook::new(assembly.schemas))?;
        let manifest = manifest(assembly, units, tables, began.elapsed().as_secs_f64());
        json::write_sealed(&draft.path().join(MANIFEST), &manifest)?;
        let standing =
            if std::fs::symlink_metadata(&folder).is_err() && draft.names_tables(&manifest)?.settle(&folder)? {
                Standing::Made
            } else {
                fill(&folder, &draft, &manifest)?
            };
        Ok(Assembled { run: Run::open(&folder)?, standing })
    }

    /// The manifest of a plan whose units are all stored, for its hashes; no table is written.
    ///
    /// # Errors
    /// Units of the plan that are absent or damaged.
    pub fn account(&self, assembly: &Assembly<'_>) -> Result<Manifest> {
        assembly.check()?;
        let units = self.units_of(assembly.plan)?;
        let mut tables = BTreeMap::new();
        for schema in assembly.schemas {
            let (rows, content_hash) = contents(schema.name, assembly.plan, &units)?;
            tables.insert(schema.name.to_owned(), RunTable { rows, content_hash, file_hash: String::new() });
        }
        Ok(manifest(assembly, &units, tables, 0.0))
    }

    /// The units of a plan by id.
    fn units_of(&self, plan: &[Place]) -> Result<BTreeMap<String, Unit>> {
        self.refresh();
        let mut units = BTreeMap::new();
        let mut faults = Vec::new();
        let mut looked_for = BTreeSet::new();
        for place in plan.iter().filter(|place| looked_for.insert(&place.unit)) {
            let why = match self.inspect(&place.unit) {
                Ok(Some(unit)) => {
                    units.insert(place.unit.to_string(), unit);
                    continue;
                }
                Ok(None) => "the unit is missing".to_owned(),
                Err(Errors(causes)) => causes.into_iter().next().map_or_else(String::new, |cause| cause.what),
            };
            let what = format!("incomplete: {}: {why}", describe(place));
            let cure = "run the experiment again: only missing units are simulated";
            let folder = self.unit_folder(&place.unit).display().to_string();
            faults.push(Error::new(Kind::Io, what, cure).in_file(folder, None));
        }
        if faults.is_empty() { Ok(units) } else { Err(Errors(faults)) }
    }
}

/// Rows and content hash of a table of a run, from its units.
fn contents(table: &str, plan: &[Place], units: &BTreeMap<String, Unit>) -> Result<(u64, String)> {
    let (mut rows, mut hash) = (0, PlanHash::default());
    for place in plan {
        let unit = units.get(place.unit.as_str()).expect("all units of the plan were found");
        hash.add(place, unit.content_hash(table)?);
        rows += rows_of(table, place, units);
    }
    Ok((rows, hash.finish()))
}

/// The run in a folder, if it is this run and no file is missing or damaged.
fn whole(folder: &Path, assembly: &Assembly<'_>, units: &BTreeMap<String, Unit>) -> Option<Run> {
    let run = Run::open(folder).ok().filter(|run| run.manifest.id == assembly.id())?;
    let (_, sealed) = json::read_sealed::<Value>(&folder.join(MANIFEST)).ok()?;
    let names: Vec<&str> = run.manifest.tables.keys().map(String::as_str).collect();
    let mut wanted: Vec<&str> = assembly.schemas.iter().map(|schema| schema.name).collect();
    wanted.sort_unstable();
    let agrees = |name: &&str| {
        let known = run.manifest.tables.get(*name)?;
        let (rows, content_hash) = contents(name, assembly.plan, units).ok()?;
        file::check_file(&table_path(folder, name), &known.file_hash).ok()?;
        (known.rows == rows && known.content_hash == content_hash).then_some(())
    };
    let sound = sealed
        && run.codebook == Codebook::new(assembly.schemas)
        && names == wanted
        && names.iter().all(|name| agrees(name).is_some());
    sound.then_some(run)
}

/// Whether the path of a run folder contains the manifest of this run, whether complete or damaged; false for a folder
/// without a manifest, and if there is none.
fn is_this_run(folder: &Path, id: &str) -> Result<bool> {
    let refuse = |what: &str| {
        let cure = "move it away, or give another folder with --out";
        Err(Error::data(what, cure).in_file(folder.display().to_string(), None).into())
    };
    if std::fs::metadata(folder).is_ok_and(|data| !data.is_dir()) {
        return refuse("exists and is not a run");
    }
    let bytes = match std::fs::read(folder.join(MANIFEST)) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(false),
        Err(cause) => return Err(Error::io(folder.join(MANIFEST), &cause).into()),
    };
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(manifest) if manifest["id"] == id => Ok(true),
        Ok(manifest) if manifest.get("minimum_keten_version").is_some() => refuse("exists and is another run"),
        Err(_) if bytes.is_empty() || String::from_utf8_lossy(&bytes).contains(id) => Ok(true),
        Ok(_) | Err(_) => refuse("exists and is not a run"),
    }
}

/// Writes the missing files of a run into a folder, the manifest last, and changes no others.
fn fill(folder: &Path, draft: &Draft, manifest: &Manifest) -> Result<Standing> {
    let ours = is_this_run(folder, &manifest.id)?;
    let mut needed = Vec::new();
    let mut foreign = Vec::new();
    // Another process may have moved its folder there after the tables of this draft had got their names.
    let drafted = |name: &str| {
        let unnamed = draft_path(draft.path(), name);
        if unnamed.exists() { unnamed } else { table_path(draft.path(), name) }
    };
    let tables = manifest.tables.iter().map(|(name, table)| (drafted(name), table_path(folder, name), Some(table)));
    let codebook = (draft.path().join(CODEBOOK), folder.join(CODEBOOK), None);
    for (from, to, table) in tables.chain([codebook]) {
        let there = std::fs::symlink_metadata(&to).is_ok();
        let hash = match table {
            Some(table) => table.file_hash.clone(),
            None => file::hash_bytes(&from)?,
        };
        if there && file::hash_bytes(&to).is_ok_and(|known| known == hash) {
            continue;
        }
        if there && !ours {
            let cure = "move it away, or give another folder with --out";
            let what = "a file of this name exists and is not as keten wrote it";
            foreign.push(Error::data(what, cure).in_file(to.display().to_string(), None));
        }
        needed.push((from, to));
    }
    if !foreign.is_empty() {
        return Err(Errors(foreign));
    }
    let path = folder.join(MANIFEST);
    let stays = json::read_sealed::<Manifest>(&path)
        .is_ok_and(|(known, sealed)| sealed && known.id == manifest.id && known.tables == manifest.tables);
    if !stays {
        needed.push((draft.path().join(MANIFEST), path));
    }
    let mut names = Vec::new();
    for (from, to) in needed {
        disk::move_file(&from, &to)?;
        names.push(to.file_name().unwrap_or_default().to_string_lossy().into_owned());
    }
    disk::sync_folder(folder);
    Ok(if names.is_empty() { Standing::AsItWas } else { Standing::Repaired(names) })
}

/// Temporary name of a table in a draft, so that programs that read all tables of a folder of runs do not include it.
fn draft_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.draft"))
}

impl Draft {
    /// Renames the tables in it to their final names.
    fn names_tables(&self, manifest: &Manifest) -> Result<&Draft> {
        for name in manifest.tables.keys() {
            disk::move_file(&draft_path(self.path(), name), &table_path(self.path(), name))?;
        }
        Ok(self)
    }
}

/// Writes one table: the units' rows in the order of the plan, each with its scenario as first column.
fn write_run_table(
    folder: &Path,
    schema: &'static Schema,
    plan: &[Place],
    units: &BTreeMap<String, Unit>,
) -> Result<RunTable> {
    let path = draft_path(folder, schema.name);
    let blank = Table::new(schema);
    let rows: u64 = plan.iter().map(|place| rows_of(schema.name, place, units)).sum();
    if is_worth_it(rows, plan.len()) {
        return splice_run_table(&path, &blank, plan, units);
    }
    let mut writer = TableWriter::create(&path, &blank.clone().with_scenario(""))?;
    let mut hash = PlanHash::default();
    let read = |place: &Place| -> Result<(Table, blake3::Hash)> {
        let unit = units.get(place.unit.as_str()).expect("all units of the plan were found");
        let table = unit.table(schema.name)?;
        if !table.has_columns_of(&blank) || table.keys() != schema.keys || !stands_at(&table, place) {
            let what =
                format!("table `{}`, {}: not the columns, draw or replicate of its plan", schema.name, describe(place));
            return Err(Error::new(Kind::Internal, what, "report this fault").into());
        }
        Ok((table.with_scenario(&place.scenario), unit.content_hash(schema.name)?))
    };
    // One thread reads ahead while this one writes: half the time if there are many large units.
    std::thread::scope(|scope| -> Result<()> {
        let (sends, receives) = sync_channel(1);
        scope.spawn(move || {
            for place in plan {
                let got = read(place);
                let failed = got.is_err();
                // If nobody receives any more, the writer has stopped with its own error.
                if sends.send((place, got)).is_err() || failed {
                    break;
                }
            }
        });
        for (place, got) in receives {
            let (table, content) = got?;
            hash.add(place, content);
            writer.push(&table)?;
        }
        Ok(())
    })?;
    let written = writer.finish()?;
    Ok(RunTable { rows: written.rows, content_hash: hash.finish(), file_hash: written.file_hash })
}

/// Number of rows of a table of the unit of a place.
fn rows_of(table: &str, place: &Place, units: &BTreeMap<String, Unit>) -> u64 {
    units.get(place.unit.as_str()).and_then(|unit| unit.record.tables.get(table)).map_or(0, |table| table.rows)
}

/// Writes one table whose units have long tables: the columns of each as they are encoded, after a column with its scenario.
fn splice_run_table(path: &Path, columns: &Table, plan: &[Place], units: &BTreeMap<String, Unit>) -> Result<RunTable> {
    let mut splicer = Splicer::create(path, columns)?;
    let mut hash = PlanHash::default();
    for place in plan {
        let unit = units.get(place.unit.as_str()).expect("all units of the plan were found");
        let common = UnitRows { scenario: &place.scenario, draw: place.draw, replicate: place.replicate };
        unit.splice(columns.name(), &mut splicer, common)?;
        hash.add(place, unit.content_hash(columns.name())?);
    }
    let written = splicer.finish()?;
    Ok(RunTable { rows: written.rows, content_hash: hash.finish(), file_hash: written.file_hash })
}

/// Whether every row of a unit's table has the draw and replicate of its place in the plan.
fn stands_at(table: &Table, place: &Place) -> bool {
    let all = |column: &str, number: u32| {
        let cell = Cell::from(number);
        table.column(column).is_some_and(|series| (0..table.rows()).all(|row| series.cell(row) == cell))
    };
    all("draw", place.draw) && all("replicate", place.replicate)
}

fn manifest(
    assembly: &Assembly<'_>,
    units: &BTreeMap<String, Unit>,
    tables: BTreeMap<String, RunTable>,
    assembly_s: f64,
) -> Manifest {
    let accounts = || units.values().map(|unit| &unit.record.account);
    let mut timings = Timings { write_s: assembly_s, ..Timings::default() };
    accounts().for_each(|account| timings.add(account.timings));
    Manifest {
        id: assembly.id(),
        experiment: assembly.experiment.into(),
        title: assembly.title.into(),
        keten_version: KETEN_VERSION.into(),
        minimum_keten_version: MINIMUM_KETEN_VERSION.into(),
        schema_version: SCHEMA_VERSION,
        commit: assembly.commit.map(Into::into),
        seed: assembly.seed,
        threads: assembly.threads,
        scenarios: assembly.scenarios.to_vec(),
        config: assembly.config.clone(),
        parameters: json::rounded(assembly.parameters),
        tables,
        plan: assembly.plan.to_vec(),
        units: units.iter().map(|(id, unit)| (id.clone(), unit.record.clone())).collect(),
        timings: RunTimings { units: timings, wall_s: assembly.wall_s + assembly_s },
        person_months: accounts().map(|account| account.person_months).sum(),
        person_months_elsewhere: accounts().map(|account| account.person_months_elsewhere).sum(),
        peak_memory_bytes: accounts()
            .map(|account| account.peak_memory_bytes)
            .fold(host::peak_memory_bytes(), Option::max),
    }
}

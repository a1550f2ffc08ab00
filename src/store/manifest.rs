//! The manifest of a run: what was run, with what, and the hashes of what came out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json;
use super::unit::{Timings, UnitId, UnitRecord};

/// The file `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// blake3 of configuration and plan; its first digits end the name of the run folder.
    pub id: String,
    /// Name of the experiment: its file name without `.toml`.
    pub experiment: String,
    /// Title of the experiment.
    pub title: String,
    /// The keten that assembled the run.
    pub keten_version: String,
    /// The oldest keten that reads it.
    pub minimum_keten_version: String,
    /// Layout of the files.
    pub schema_version: u32,
    /// Commit of keten's source, if the build knew it.
    pub commit: Option<String>,
    /// Seed of all draws.
    pub seed: u64,
    /// Threads that the run might use.
    pub threads: usize,
    /// The scenarios in order.
    pub scenarios: Vec<Scenario>,
    /// The merged configuration.
    pub config: Value,
    /// Parameters as used, rounded to nine significant digits.
    pub parameters: Value,
    /// The tables by name.
    pub tables: BTreeMap<String, RunTable>,
    /// Which unit stands where, in the order of the rows.
    pub plan: Vec<Place>,
    /// The units by id; one that several scenarios share stands here once.
    pub units: BTreeMap<String, UnitRecord>,
    /// Wall seconds.
    pub timings: RunTimings,
    /// Simulated months of persons in the four cities, summed over units.
    pub person_months: u64,
    /// Simulated months of persons followed elsewhere, summed over units.
    pub person_months_elsewhere: u64,
    /// Most memory held while the run or one of its units was made, in bytes; empty where the system does not tell.
    pub peak_memory_bytes: Option<u64>,
}

impl Manifest {
    /// One hash over the contents of all tables: blake3 of their names and content hashes as sorted JSON. What is made from a run
    /// carries it.
    pub fn contents(&self) -> String {
        let tables = self.tables.iter().map(|(name, table)| (name.clone(), Value::from(table.content_hash.as_str())));
        blake3::hash(json::canonical(&Value::Object(tables.collect())).as_bytes()).to_string()
    }
}

/// A scenario by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// Name, as the column `scenario` has it.
    pub name: String,
    /// What a reader sees; empty when the experiment gives none.
    pub label: Option<String>,
}

/// One place of the plan: a scenario under one draw and replicate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Name of the scenario.
    pub scenario: String,
    /// Number of the parameter draw, 0 for central values.
    pub draw: u32,
    /// Number of the replicate.
    pub replicate: u32,
    /// The unit that holds its content.
    pub unit: UnitId,
}

/// A table of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTable {
    /// Number of rows.
    pub rows: u64,
    /// blake3 over the plan: per place the scenario (length in bytes and bytes), draw and replicate (eight bytes each,
    /// little-endian as the length) and the unit's content hash of this table (32 bytes).
    pub content_hash: String,
    /// blake3 of the bytes of the file.
    pub file_hash: String,
}

/// Wall seconds of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunTimings {
    /// By phase, summed over units (a unit found ready counts with the seconds of its making) and, for writing, with the
    /// run folder itself.
    #[serde(flatten)]
    pub units: Timings,
    /// From start to end of this run.
    pub wall_s: f64,
}

/// The hash of one table of a run, from the hashes of its units in the order of the plan.
#[derive(Clone, Debug, Default)]
pub(super) struct PlanHash(blake3::Hasher);

impl PlanHash {
    pub(super) fn add(&mut self, place: &Place, unit: blake3::Hash) {
        self.0.update(&(place.scenario.len() as u64).to_le_bytes());
        self.0.update(place.scenario.as_bytes());
        self.0.update(&u64::from(place.draw).to_le_bytes());
        self.0.update(&u64::from(place.replicate).to_le_bytes());
        self.0.update(unit.as_bytes());
    }

    pub(super) fn finish(&self) -> String {
        self.0.finalize().to_string()
    }
}

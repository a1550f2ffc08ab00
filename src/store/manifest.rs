//! The manifest of a run: configuration, software version, and hashes of the results.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json;
use super::unit::{Simulated, Timings, UnitId, UnitRecord};

/// The file `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// blake3 of configuration and plan; its first digits end the name of the run folder.
    pub id: String,
    /// Name of the experiment: its file name without `.toml`.
    pub experiment: String,
    /// Title of the experiment.
    pub title: String,
    /// Version of keten that assembled the run.
    pub keten_version: String,
    /// Oldest version of keten that can read it.
    pub minimum_keten_version: String,
    /// Layout of the files.
    pub schema_version: u32,
    /// Git commit of keten, if known at build time.
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
    /// The plan, in the order of the rows.
    pub plan: Vec<Place>,
    /// The units by id; a unit shared by several scenarios occurs once.
    pub units: BTreeMap<String, UnitRecord>,
    /// Wall seconds.
    pub timings: RunTimings,
    /// Simulated months of persons in the four cities, summed over units.
    pub person_months: u64,
    /// Simulated months of persons followed elsewhere, summed over units.
    pub person_months_elsewhere: u64,
    /// Peak memory while the run or one of its units was made, in bytes; empty if the system does not report it.
    pub peak_memory_bytes: Option<u64>,
}

impl Manifest {
    /// One hash of the contents of all tables: blake3 of their names and content hashes as sorted JSON. Products made
    /// from a run carry it.
    pub fn contents(&self) -> String {
        let tables = self.tables.iter().map(|(name, table)| (name.clone(), Value::from(table.content_hash.as_str())));
        blake3::hash(json::canonical(&Value::Object(tables.collect())).as_bytes()).to_string()
    }

    /// How the units of each scenario were simulated, in the order of the scenarios.
    pub fn simulated(&self) -> Vec<SimulatedScenario> {
        let of = |scenario: &Scenario| {
            let (mut full, mut then_full) = (0, 0);
            let mut shares: Vec<f64> = Vec::new();
            for place in self.plan.iter().filter(|place| place.scenario == scenario.name) {
                match self.units.get(place.unit.as_str()).and_then(|unit| unit.account.simulated) {
                    None | Some(Simulated::Full) => full += 1,
                    Some(Simulated::Beside { differed }) => shares.push(differed),
                    Some(Simulated::BesideThenFull { differed, .. }) => {
                        shares.push(differed);
                        then_full += 1;
                    }
                }
            }
            let beside = shares.len();
            let differed = (beside > 0).then(|| shares.iter().sum::<f64>() / beside as f64);
            SimulatedScenario { scenario: scenario.name.clone(), full, beside, then_full, differed }
        };
        self.scenarios.iter().map(of).collect()
    }
}

/// How the units of a scenario were simulated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SimulatedScenario {
    /// Name of the scenario.
    pub scenario: String,
    /// Units simulated in full from their first month on, or by an earlier version that did not record it.
    pub full: usize,
    /// Units simulated beside their comparator, to the end or for some years.
    pub beside: usize,
    /// Of these, units simulated in full from a January on.
    pub then_full: usize,
    /// Share of persons whose rows differed from those of the comparator, averaged over the units beside it; empty
    /// without such units.
    pub differed: Option<f64>,
}

/// A scenario by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// Name, as in the column `scenario`.
    pub name: String,
    /// Display name; empty when the experiment gives none.
    pub label: Option<String>,
}

/// One place of the plan: a scenario with a draw and replicate, and its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Name of the scenario.
    pub scenario: String,
    /// Number of the parameter draw, 0 for central values.
    pub draw: u32,
    /// Number of the replicate.
    pub replicate: u32,
    /// The unit with its content.
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
    /// By phase, summed over units (a unit found in the store counts with the time of its simulation); writing includes
    /// the run folder itself.
    #[serde(flatten)]
    pub units: Timings,
    /// From start to end of this run.
    pub wall_s: f64,
}

/// The content hash of one table of a run, from the hashes of its units in the order of the plan.
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

/// A text for one combination of scenario, draw and replicate.
pub(super) fn describe(place: &Place) -> String {
    format!("scenario {}, draw {}, replicate {}", place.scenario, place.draw, place.replicate)
}

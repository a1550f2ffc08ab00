//! Storage: units under a hash of everything that determines their content, run folders assembled from them, and
//! reading both. [`Recorded`] is the experiment of a run as typed fields.
//!
//! ```text
//! runs/.units/<id>/<table>.unit, unit.json                            one scenario x draw x replicate, never rewritten
//! runs/.units/packs/<label>-<number>.pack                           many units in one file, for runs on many machines
//! runs/.units/pools/<id>.pool                                       a burn-in population, in a cache of limited size
//! runs/<experiment>-<short hash>/<table>.parquet, manifest.json, codebook.json             all units of an experiment
//! runs/<experiment>-<short hash>/label.txt                                           label given by the user, if any
//! runs/<experiment>-<short hash>/report-en.html, report-en.xlsx, report-files/        products made from it, if any
//! ```
//! Files are written under a name that begins with `.tmp-` and renamed when complete, so a file with a final name is
//! complete even after a power failure. A complete run folder is never written again, and files in it that keten did
//! not write are never replaced or removed: `report-files/made.json` lists the products made from the run, with hashes.

mod assemble;
mod city;
mod codebook;
mod disk;
mod file;
mod host;
mod json;
mod manifest;
mod packs;
mod pools;
mod products;
mod read;
mod recorded;
mod run;
mod shelf;
mod splice;
mod unit;
mod write;

pub use assemble::{Assembled, Assembly, Standing};
pub use city::city_named;
pub use codebook::{Codebook, CodebookColumn, CodebookTable};
pub use disk::{new_folder, write_whole};
pub use host::peak_memory_bytes;
pub use json::{canonical, read_sealed, rounded, write_sealed};
pub use manifest::{Manifest, Place, RunTable, RunTimings, Scenario, SimulatedScenario};
pub use packs::{PackWriter, UnitSink};
pub use pools::{KeptPool, POOLS_LIMIT, PoolFiles, PoolId};
pub use products::{MADE, Product, ProductState, products, write_products};
pub use read::read_table;
pub use recorded::{
    EnrolmentWindow, FIRST_YEAR, Labels, Recorded, RecordedModel, RecordedScenario, RecordedVariant, RemovedCause,
    YearMonth,
};
pub use run::{Difference, Places, Run, compare_hashes};
pub use shelf::{AtWork, Listing, LooseUnits, Removal, Shelf};
pub use unit::{Account, Simulated, Store, Timings, Unit, UnitId, UnitRecord, UnitTable};
pub use write::{table_bytes, write_table};

/// Version of the layout of run folders, units and tables; increased when an older keten could not read them.
pub const SCHEMA_VERSION: u32 = 2;

/// The oldest version of keten that can read files written by this one.
pub const MINIMUM_KETEN_VERSION: &str = "0.1.0";

/// Version of this keten.
pub const KETEN_VERSION: &str = env!("CARGO_PKG_VERSION");

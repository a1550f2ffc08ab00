//! Measures the costs of the parts of a run on this machine, in the units of the forecast
//! (`src/experiment/forecast.rs`), and prints the forecast beside the time that each run took.
//!
//! ```text
//! cargo run --release --example costs [FOLDER FOR RUNS, which must be new]
//! ```

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use keten::config::Change;
use keten::error::{Error, Result};
use keten::experiment::{self, Conditions, Ending, Forecast, Plan, Quiet, slowness};
use keten::store::Store;

/// Name, changes, outcomes: many small units, few large ones, with `lives`, with a complete panel.
const SHAPES: [(&str, f64, i64, i64, &[&str]); 4] = [
    ("many small units", 0.001, 2010, 20, &["yearly"]),
    ("one longer unit", 0.02, 2028, 1, &["yearly", "transmission", "costs"]),
    ("with lives", 0.02, 2028, 1, &["yearly", "transmission", "costs", "lives", "life_costs", "selection"]),
    ("a whole panel", 0.004, 2018, 1, &["panel", "spells", "contacts"]),
];

/// Persons at the start of the burn-in populations.
const POOL_SIZE: f64 = 4000.0;

fn main() -> Result<()> {
    let root = std::env::args().nth(1).unwrap_or_else(|| "runs-costs".into());
    if std::path::Path::new(&root).exists() {
        // Units of an earlier run would be taken as they are, and cost nothing.
        return Err(Error::data("is there already", "remove it, or give another folder").in_file(root, None).into());
    }
    println!("slowness {:.2} on one thread", slowness(1, 8));
    for (number, (name, scale, until, replicates, outcomes)) in SHAPES.into_iter().enumerate() {
        let outcomes: toml::Value = outcomes.iter().map(|word| toml::Value::from(*word)).collect::<Vec<_>>().into();
        let here = "this example";
        let changes = [
            Change::new("scale", scale, here),
            Change::new("until", until, here),
            Change::new("replicates", replicates, here),
            Change::new("outcomes", outcomes, here),
            Change::new("panel.size", 10_000_000_i64, here),
            Change::new("founding.pool_size", POOL_SIZE, here),
        ];
        let plan = Plan::open("builtin:first-run", &changes)?;
        let store = Store::at(format!("{root}/{number}"))?;
        let told = Forecast::at(&plan, &store, 1, slowness(1, 8), false)?;
        let began = Instant::now();
        let stop = AtomicBool::new(false);
        let conditions = Conditions { threads: NonZeroUsize::new(1), stop: &stop, watch: &Quiet, full: false };
        let Ending::Whole(run) = experiment::run(&plan, &store, &conditions)? else { return Ok(()) };
        let wall = began.elapsed().as_secs_f64();
        let (manifest, parts) = (&run.manifest, &run.manifest.timings.units);
        let units = manifest.units.len() as f64;
        let months = (until - 2008) as f64 * 12.0;
        let pool = POOL_SIZE * plan.experiment.model.founding.pool_years.get() * 12.0;
        let rest = wall - parts.burn_in_s - parts.founding_s - parts.months_s - parts.write_s;
        let rows: u64 = manifest.tables.values().map(|table| table.rows).sum();
        let memory = manifest.peak_memory_bytes.unwrap_or_default() as f64;
        println!(
            "{name}: {units} units in {wall:.1} s, told {:.1} s; pool {:.0} ns and month {:.0} ns a person-month of the \
             start, founding {:.1} us a person, writing {:.0} ms and the rest {:.0} ms a unit; {rows} rows; memory {:.2} GB, \
             told {:.2}; disk told {:.4} GB",
            told.seconds,
            parts.burn_in_s / units / pool * 1e9,
            parts.months_s / units / months / plan.persons() * 1e9,
            parts.founding_s / units / plan.persons() * 1e6,
            parts.write_s / units * 1e3,
            rest / units * 1e3,
            memory / 1e9,
            told.memory_bytes / 1e9,
            told.disk_bytes / 1e9,
        );
        for (table, of) in &manifest.tables {
            println!("    {table}: {} rows", of.rows);
        }
        if number == 0 {
            stored_pools(&changes, until, pool, &store)?;
        }
    }
    beside(&root)?;
    println!("slowness {:.2} on one thread", slowness(1, 8));
    Ok(())
}

/// Measures a month of a scenario beside its comparator as a share of a month in full. All scenarios begin in January 2008,
/// so that every unit has the same months.
fn beside(root: &str) -> Result<()> {
    let here = "this example";
    let changes = [
        Change::new("scale", 0.02, here),
        Change::new("until", 2018_i64, here),
        Change::new("draws", 0_i64, here),
        Change::new("outcomes", toml::Value::from(vec!["yearly"]), here),
        Change::new("founding.pool_size", POOL_SIZE, here),
    ];
    let plan = Plan::open("builtin:action-programme", &changes)?;
    let mut months = [0.0; 2];
    let mut simulated = Vec::new();
    for full in [true, false] {
        let store = Store::at(format!("{root}/full-{full}"))?;
        let stop = AtomicBool::new(false);
        let conditions = Conditions { threads: NonZeroUsize::new(1), stop: &stop, watch: &Quiet, full };
        let Ending::Whole(run) = experiment::run(&plan, &store, &conditions)? else { return Ok(()) };
        months[usize::from(full)] = run.manifest.timings.units.months_s;
        simulated = run.manifest.simulated();
    }
    let units = plan.units.len() as f64;
    let (followers, each) = (simulated.iter().map(|scenario| scenario.beside).sum::<usize>() as f64, months[1] / units);
    let share = (months[0] - (units - followers) * each) / followers / each;
    println!("a month beside the comparator takes {share:.2} of a month in full ({followers} scenarios)");
    for scenario in simulated {
        if let Some(differed) = scenario.differed {
            println!("    {}: {:.3} % of persons differed", scenario.scenario, 100.0 * differed);
        }
    }
    Ok(())
}

/// Measures the burn-in populations that a run stored: their size, and the time to read one. Another end gives new units
/// with the same burn-in populations.
fn stored_pools(changes: &[Change], until: i64, pool: f64, store: &Store) -> Result<()> {
    let mut changes = changes.to_vec();
    changes.retain(|change| change.key != "until");
    changes.push(Change::new("until", until + 1, "this example"));
    let plan = Plan::open("builtin:first-run", &changes)?;
    let stop = AtomicBool::new(false);
    let conditions = Conditions { threads: NonZeroUsize::new(1), stop: &stop, watch: &Quiet, full: false };
    let Ending::Whole(run) = experiment::run(&plan, store, &conditions)? else { return Ok(()) };
    let files = store.loose_units(None)?.pools;
    let number = files.paths.len() as f64;
    println!(
        "    stored burn-in populations: {:.2} ns a person-month of the start to read, {:.0} bytes a person of the start",
        run.manifest.timings.units.burn_in_s / number / pool * 1e9,
        files.bytes as f64 / number / POOL_SIZE,
    );
    Ok(())
}

//! Reads the built-in first experiment, makes it smaller, runs it, and prints the resulting population.
//!
//! ```text
//! cargo run --release --example first_run [FOLDER FOR RUNS]
//! ```

use std::sync::atomic::AtomicBool;

use keten::config::Change;
use keten::error::Result;
use keten::experiment::{self, Conditions, Ending, Plan, Quiet};
use keten::outcomes::Outcome;
use keten::store::Store;
use keten::tables::Cell;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "runs".into());
    let smaller = [Change::new("scale", 0.005, "this example"), Change::new("until", 2018, "this example")];
    let experiment = experiment::load("builtin:first-run", &smaller, &Outcome::WORDS)?;
    let plan = Plan::of(experiment)?;
    let stop = AtomicBool::new(false);
    let conditions = Conditions { threads: None, stop: &stop, watch: &Quiet };
    let Ending::Whole(run) = experiment::run(&plan, &Store::at(folder)?, &conditions)? else { return Ok(()) };

    println!("{}", run.folder().display());
    let yearly = run.table("yearly")?;
    for row in (0..yearly.rows()).filter(|row| yearly.cell(*row, "city") == Some(Cell::Text("G4"))) {
        let number = |column: &str| yearly.cell(row, column).and_then(Cell::as_int).unwrap_or_default();
        println!("{}: {} persons, {} births", number("year"), number("population"), number("births"));
    }
    Ok(())
}

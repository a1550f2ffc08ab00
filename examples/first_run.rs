//! A first run: the built-in first experiment, made smaller, and the population that comes out of it.
//!
//! ```text
//! cargo run --release --example first_run [FOLDER FOR RUNS]
//! ```

use keten::error::Result;
use keten::study::Study;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "runs".into());
    let run = Study::open("builtin:first-run")?.set("scale", &0.005)?.set("until", &2018)?.run(&folder)?;
    println!("{}", run.folder().display());

    // A row is a city in a year; G4 are the four cities together. Counts are simulated persons.
    let cities = run.table("yearly")?.only("city", "G4")?;
    for row in cities.matrix(&["year", "population", "births"])?.rows() {
        println!("{}: {:.0} persons, {:.0} births", row[0], row[1] / run.scale(), row[2] / run.scale());
    }
    Ok(())
}

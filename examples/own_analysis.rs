//! An own analysis: the trend in the number of victims, under two scenarios and with its uncertainty.
//!
//! ```text
//! cargo run --release --example own_analysis [FOLDER FOR RUNS]
//! ```

use keten::error::Result;
use keten::study::{Frame, Study};

/// Four parameter draws, which both scenarios share. So few give a first impression only.
const QUESTION: &str = r#"
title = "Without transmission between generations"
model = "builtin:g4-2008"
scale = 0.002
until = 2016
draws = 4
uncertainty.block = 4
outcomes = ["yearly"]

[set]
"founding.pool_size" = 4000

[scenarios.status-quo]

[scenarios.no-transmission]
from = "2009-01"
set = { "transmission.kappa" = 0.0, "transmission.liability" = "held" }
"#;

/// Victims of partner violence per 1000 adults: change per year, by least squares.
fn trend(unit: &Frame) -> Result<f64> {
    let table = unit.matrix(&["year", "victims_per_1000_adults"])?;
    let [year, victims] = [0, 1].map(|column| {
        let values = table.column(column).to_owned();
        let mean = values.mean().unwrap_or_default();
        values - mean
    });
    Ok(year.dot(&victims) / year.dot(&year))
}

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "runs".into());
    let run = Study::from_text("own-analysis", QUESTION).run(&folder)?;
    let cities = run.table("yearly")?.only("city", "G4")?;
    let of = |scenario: &str| cities.only("scenario", scenario)?.per_unit(&trend);
    let (with, without) = (of("status-quo")?, of("no-transmission")?);

    let results = [("with transmission", run.mean(&with)?), ("difference", run.difference(&with, &without)?)];
    for (name, found) in results {
        let (low, high) = found.range.unwrap_or((f64::NAN, f64::NAN));
        println!("{name}: {:+.2} per 1000 adults a year; 95 % of draws between {low:+.2} and {high:+.2}", found.mean);
    }
    let effect = run.effect("no-transmission", "partner_victims")?;
    let (low, high) = effect.limits.unwrap_or((f64::NAN, f64::NAN));
    println!("victims, summed over the years: {:+.0}; between {low:+.0} and {high:+.0}", effect.difference);
    Ok(())
}

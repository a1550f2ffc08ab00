//! Violence against a partner after a childhood with violence, under one scenario: risk ratios by sex, and shares. From
//! the table `transmission`, over its whole window; means over draws and replicates.

use crate::error::Result;
use crate::store::Run;
use crate::table::{Cell, Table};

/// Use of violence by persons of one sex who witnessed violence as children, relative to others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WitnessRatios {
    /// The sex: `male` or `female`.
    pub sex: &'static str,
    /// Crude risk ratio in the simulation.
    pub crude: Option<f64>,
    /// Target of the crude ratio.
    pub target: Option<f64>,
    /// Crude ratio that a survey would find.
    pub surveyed: Option<f64>,
    /// Causal risk ratio.
    pub causal: Option<f64>,
    /// Causal fraction of the log ratio that was reached.
    pub kappa: Option<f64>,
    /// Causal fraction that was put in.
    pub input_kappa: Option<f64>,
}

/// What a childhood with violence has to do with later violence.
#[derive(Clone, Debug, PartialEq)]
pub struct AfterChildhood {
    /// Ratios by sex: men, women.
    pub ratios: [WitnessRatios; 2],
    /// Of 100 exposed children, the number who never use violence before an age, and that age; `None` if the run is too
    /// short.
    pub never: Option<(f64, u32)>,
    /// Share of exposed persons among adults who use violence in a year.
    pub exposed_of_violent: Option<f64>,
    /// Share of exposed persons among all adults.
    pub exposed_of_adults: Option<f64>,
}

/// Ratios and shares under a scenario.
///
/// # Errors
/// A run without the table `transmission`, or one that is damaged.
pub fn childhood(run: &Run, scenario: &str) -> Result<AfterChildhood> {
    Ok(read(&run.table("transmission")?, scenario))
}

fn read(transmission: &Table, scenario: &str) -> AfterChildhood {
    let mean = |pathway: &str, sex: &str, column: &str| {
        let wanted = [("city", "G4"), ("pathway", pathway), ("sex", sex), ("window", "all"), ("scenario", scenario)];
        let fits =
            |row: &usize| wanted.iter().all(|(column, word)| transmission.cell(*row, column) == Some(Cell::Text(word)));
        let number = |row: usize| transmission.cell(row, column).and_then(Cell::as_float);
        let values: Vec<f64> = (0..transmission.rows()).filter(fits).filter_map(number).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let ratios = ["male", "female"].map(|sex| {
        let of = |column: &str| mean("witness_use", sex, column);
        WitnessRatios {
            sex,
            crude: of("crude_ratio"),
            target: of("input_ratio"),
            surveyed: of("surveyed_ratio"),
            causal: of("causal_ratio"),
            kappa: of("achieved_kappa"),
            input_kappa: of("input_kappa"),
        }
    });
    let both = |column: &str| mean("exposed_use", "both", column);
    let by_30 = || both("exposed_by_30").map(|share| (100.0 * (1.0 - share), 30));
    AfterChildhood {
        ratios,
        never: both("never_by_40_of_100").map(|never| (never, 40)).or_else(by_30),
        exposed_of_violent: both("exposed_share_of_cases"),
        exposed_of_adults: both("exposed_share_of_adults"),
    }
}

//! Violence against a partner after a childhood with violence, under one scenario: risk ratios by sex, and shares. From
//! the table `transmission`, over its whole window; means over draws and replicates.

use crate::error::Result;
use crate::store::Run;
use crate::tables::Table;

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
    read(&run.table("transmission")?, scenario)
}

fn read(transmission: &Table, scenario: &str) -> Result<AfterChildhood> {
    let rows_of = |pathway: &str, sex: &str| -> Result<Vec<usize>> {
        let wanted = [("city", "G4"), ("pathway", pathway), ("sex", sex), ("window", "all"), ("scenario", scenario)];
        let mut rows: Vec<usize> = (0..transmission.rows()).collect();
        for (column, word) in wanted {
            let texts = transmission.texts(column)?;
            rows.retain(|row| texts.is(*row, word));
        }
        Ok(rows)
    };
    let mean = |rows: &[usize], column: &str| -> Result<Option<f64>> {
        let numbers = transmission.numbers(column)?;
        let values: Vec<f64> = rows.iter().filter_map(|row| numbers.get(*row)).collect();
        Ok((!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64))
    };
    let ratios_of = |sex: &'static str| -> Result<WitnessRatios> {
        let rows = rows_of("witness_use", sex)?;
        let of = |column: &str| mean(&rows, column);
        Ok(WitnessRatios {
            sex,
            crude: of("crude_ratio")?,
            target: of("input_ratio")?,
            surveyed: of("surveyed_ratio")?,
            causal: of("causal_ratio")?,
            kappa: of("achieved_kappa")?,
            input_kappa: of("input_kappa")?,
        })
    };
    let ratios = [ratios_of("male")?, ratios_of("female")?];
    let rows = rows_of("exposed_use", "both")?;
    let both = |column: &str| mean(&rows, column);
    let by_40 = both("never_by_40_of_100")?.map(|never| (never, 40));
    let by_30 = both("exposed_by_30")?.map(|share| (100.0 * (1.0 - share), 30));
    Ok(AfterChildhood {
        ratios,
        never: by_40.or(by_30),
        exposed_of_violent: both("exposed_share_of_cases")?,
        exposed_of_adults: both("exposed_share_of_adults")?,
    })
}

//! Levels of figures in the four cities under one scenario: means over draws and replicates, in the first and in the
//! last year.

use std::collections::BTreeMap;

use super::figure_columns::FigureColumns;
use super::figures::{Figure, OF_LEVELS};
use crate::error::Result;
use crate::store::Run;
use crate::tables::Table;

/// The level of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FigureLevel {
    /// The figure.
    pub figure: &'static Figure,
    /// Its mean in the first year, in real persons or events, or as a rate; `None` if the run lacks it.
    pub first: Option<f64>,
    /// The same in the last year.
    pub last: Option<f64>,
    /// Sum of the means over all years; `None` unless it is counted over a year.
    pub sum: Option<f64>,
}

/// Levels of the figures of [`OF_LEVELS`], in order.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureLevels {
    /// First and last year of the run.
    pub years: (i64, i64),
    /// The levels.
    pub levels: Vec<FigureLevel>,
}

/// Levels under a scenario, from the table `yearly`. `scale` is the number of simulated persons per real person.
///
/// # Errors
/// A run without the table, or one that is damaged.
pub fn levels(run: &Run, scenario: &str, scale: f64) -> Result<FigureLevels> {
    read(&run.table("yearly")?, scenario, scale)
}

fn read(yearly: &Table, scenario: &str, scale: f64) -> Result<FigureLevels> {
    let mut rows: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    let (cities, scenarios, years) = (yearly.texts("city")?, yearly.texts("scenario")?, yearly.integers("year")?);
    for row in (0..yearly.rows()).filter(|row| cities.is(*row, "G4") && scenarios.is(*row, scenario)) {
        if let Some(year) = years.get(row) {
            rows.entry(year).or_default().push(row);
        }
    }
    let ends = rows.keys().next().copied().zip(rows.keys().next_back().copied());
    let years = ends.unwrap_or_default();
    let level = |key: &&str| {
        let figure = Figure::named(key)?;
        let columns = FigureColumns::of(figure, yearly);
        let mean = |rows: &Vec<usize>| {
            let values: Vec<f64> = rows.iter().filter_map(|row| columns.value(*row)).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let real = |value: f64| if figure.is_rate() { value } else { value / scale };
        let at = |year: i64| rows.get(&year).and_then(mean).map(real);
        let sum = figure.is_flow().then(|| rows.values().filter_map(mean).sum::<f64>() / scale);
        Some(FigureLevel { figure, first: at(years.0), last: at(years.1), sum })
    };
    Ok(FigureLevels { years, levels: OF_LEVELS.iter().filter_map(level).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{CITY, Cell, Column, DRAW, Kind, REPLICATE, Schema, Sees};

    const fn column(name: &'static str, kind: Kind, sees: Sees) -> Column {
        Column { name, kind, unit: "persons", meaning: "a number", sees }
    }

    static YEARLY: Schema = Schema {
        name: "yearly",
        meaning: "a city in a year",
        keys: 4,
        columns: &[
            DRAW,
            REPLICATE,
            CITY,
            column("year", Kind::Int, Sees::Key),
            column("population", Kind::Int, Sees::Truth),
            column("births", Kind::Int, Sees::Truth),
            column("victims_per_1000_adults", Kind::Float, Sees::Truth),
        ],
    };

    /// Two replicates over three years, in one city and in all four.
    fn yearly() -> Table {
        let mut table = Table::new(&YEARLY);
        for replicate in [1, 2] {
            for year in 2008..=2010 {
                for (city, times) in [("Utrecht", 1), ("G4", 10)] {
                    let keys = [Cell::Int(0), Cell::Int(replicate), Cell::Text(city), Cell::Int(year)];
                    let population = times * (100 + replicate + 4 * (year - 2008));
                    let values = [Cell::Int(population), Cell::Int(times * replicate), Cell::Float(20.0)];
                    table.push_row(&[keys.as_slice(), &values].concat()).expect("a row of the table's kinds");
                }
            }
        }
        table.with_scenario("quo")
    }

    #[test]
    fn counts_are_of_real_persons_and_rates_are_not_scaled() {
        let found = read(&yearly(), "quo", 0.5).expect("sound columns");
        assert_eq!(found.years, (2008, 2010));
        let of = |key: &str| {
            let level = found.levels.iter().find(|level| level.figure.key == key).expect("a level");
            (level.first, level.last, level.sum)
        };
        assert_eq!(of("population"), (Some(2030.0), Some(2190.0), None));
        assert_eq!(of("births"), (Some(30.0), Some(30.0), Some(90.0)));
        assert_eq!(of("victims_per_1000_adults"), (Some(20.0), Some(20.0), None));
    }

    #[test]
    fn what_a_run_lacks_has_no_level() {
        let other = read(&yearly(), "another scenario", 0.5).expect("sound columns");
        assert!(other.levels.iter().all(|level| level.first.is_none() && level.last.is_none()));
        let incidents = read(&yearly(), "quo", 0.5)
            .expect("sound columns")
            .levels
            .into_iter()
            .find(|level| level.figure.key == "incidents_per_1000_adults");
        assert_eq!(incidents.map(|level| level.first), Some(None));
    }
}

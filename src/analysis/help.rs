//! Help after reports: of the persons whom a report concerns, how many were offered help, accepted, started and
//! completed it, and were without violence afterwards. From the table `help`.

use std::collections::BTreeMap;

use super::rows::RowPlaces;
use crate::error::Result;
use crate::tables::Table;

/// Persons whom reports to any organisation concern, over all years and units of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct HelpFunnel {
    /// Persons a year, in real numbers.
    pub reports: f64,
    /// Shares offered help, accepted it, and started it within three months; `None` if nobody was observed for so long.
    pub soon: Option<[f64; 3]>,
    /// Share that completed help within two years.
    pub completed: Option<f64>,
    /// Shares without violence for two years, and after half a year.
    pub stopped: Option<[f64; 2]>,
    /// The share after half a year of those who started help within three months.
    pub stopped_started: Option<f64>,
    /// Simulated persons that were observed for three months, followed for two years, and of the latter started help.
    pub simulated: [f64; 3],
    /// Smallest scale at which the share that starts is comparable to that at full scale.
    pub queues_from: f64,
}

/// Scenario, city and target.
pub type FunnelKey = (String, String, String);

/// Columns that are added up, in the order of [`FunnelSums`].
const COLUMNS: [&str; 12] = [
    "reports",
    "observed",
    "offered",
    "accepted",
    "started",
    "observed_two_years",
    "completed",
    "followed",
    "stopped",
    "stopped_later",
    "followed_started",
    "stopped_later_started",
];

/// Sums of the columns over years and units.
#[derive(Clone, Copy, Debug, Default)]
struct FunnelSums {
    rows: f64,
    columns: [f64; COLUMNS.len()],
    queues_from: f64,
}

/// The funnels of a table by scenario, city and target, for reports to any organisation.
///
/// # Errors
/// A table that is damaged.
pub fn funnels(table: &Table, scale: f64) -> Result<BTreeMap<FunnelKey, HelpFunnel>> {
    let (places, entry, target) = (RowPlaces::of(table)?, table.texts("entry")?, table.texts("target_group")?);
    let columns = COLUMNS.iter().map(|name| table.integers(name)).collect::<Result<Vec<_>>>()?;
    let queues = table.numbers("queues_from")?;
    let mut sums: BTreeMap<FunnelKey, FunnelSums> = BTreeMap::new();
    for row in (0..table.rows()).filter(|row| entry.is(*row, "any")) {
        let key = [places.scenario(row), places.city(row), target.or_empty(row)].map(str::to_owned);
        let sum = sums.entry(key.into()).or_default();
        sum.rows += 1.0;
        sum.queues_from = sum.queues_from.max(queues.or_zero(row));
        columns.iter().zip(&mut sum.columns).for_each(|(column, sum)| *sum += column.or_zero(row) as f64);
    }
    Ok(sums.into_iter().map(|(key, sum)| (key, sum.funnel(scale))).collect())
}

impl FunnelSums {
    fn funnel(&self, scale: f64) -> HelpFunnel {
        let [
            reports,
            observed,
            offered,
            accepted,
            started,
            two_years,
            completed,
            followed,
            stopped,
            later,
            followed_started,
            later_started,
        ] = self.columns;
        let part = |above: f64, below: f64| (below > 0.0).then(|| above / below);
        let real = if scale > 0.0 { scale } else { 1.0 };
        HelpFunnel {
            reports: reports / self.rows.max(1.0) / real,
            soon: (observed > 0.0).then(|| [offered, accepted, started].map(|number| number / observed)),
            completed: part(completed, two_years),
            stopped: (followed > 0.0).then(|| [stopped, later].map(|number| number / followed)),
            stopped_started: part(later_started, followed_started),
            simulated: [observed, followed, followed_started],
            queues_from: self.queues_from,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Cell, Kind};

    #[test]
    fn shares_are_of_those_observed_for_so_long_over_all_years_and_units() {
        let texts = ["scenario", "city", "entry", "target_group"].map(|name| (name.to_owned(), Kind::Text));
        let counts = COLUMNS.map(|name| (name.to_owned(), Kind::Int));
        let last = [("queues_from".to_owned(), Kind::Float)];
        let columns: Vec<_> = texts.into_iter().chain(counts).chain(last).collect();
        let mut table = Table::blank("help".into(), 4, columns);
        let mut add = |entry: &'static str, counts: [Option<i64>; 12], from: f64| {
            let words = ["quo", "Utrecht", entry, "victim"].map(Cell::Text);
            let counts = counts.map(|count| count.map_or(Cell::Null, Cell::Int));
            let cells: Vec<Cell<'_>> = words.into_iter().chain(counts).chain([Cell::Float(from)]).collect();
            table.push_row(&cells).expect("a row of the table's kinds");
        };
        add("any", [100, 100, 80, 50, 20, 100, 10, 80, 20, 40, 16, 12].map(Some), 0.5);
        // A year that has not been followed for two years, and reports to one organisation.
        let empty = [None; 7];
        let [a, b, c, d, e] = [60, 20, 16, 10, 10].map(Some);
        add("any", [a, b, c, d, e, empty[0], empty[1], empty[2], empty[3], empty[4], empty[5], empty[6]], 0.2);
        add("police", [Some(1000); 12], 1.0);
        let found = funnels(&table, 0.1).expect("a sound table");
        let key = ["quo", "Utrecht", "victim"].map(str::to_owned);
        let expected = HelpFunnel {
            reports: 800.0,
            soon: Some([0.8, 0.5, 0.25]),
            completed: Some(0.1),
            stopped: Some([0.25, 0.5]),
            stopped_started: Some(0.75),
            simulated: [120.0, 80.0, 16.0],
            queues_from: 0.5,
        };
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [(key.into(), expected)]);
    }
}

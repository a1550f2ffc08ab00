//! Capacity: occupancy and refusals of providers, and the number of places with fewer refusals, from the table
//! `capacity`.
//!
//! The number of places needed follows from Erlang's loss formula at the offered load: requests per month times mean
//! length of stay (occupied places divided by departures, Little's law), by city. This is an approximation: it assumes
//! random arrivals, no waiting, and a load that does not depend on the number of places.

use std::collections::BTreeMap;

use super::rows::RowPlaces;
use crate::error::Result;
use crate::store::Run;
use crate::tables::Table;

/// A provider of the four cities under a scenario: means over draws, replicates and the last [`MONTHS`] months in which
/// measures enrol people; in real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderUse {
    /// Scenario.
    pub scenario: String,
    /// Its key.
    pub provider: String,
    /// Places; `None` if capacity is unlimited.
    pub places: Option<f64>,
    /// Occupied places.
    pub occupied: f64,
    /// Requests per year.
    pub requests: f64,
    /// Smallest scale at which refusals and waiting are comparable to full scale.
    pub smallest_scale: f64,
    /// Figures that are suppressed below that scale; `None` then.
    pub shown: Option<QueueFigures>,
    /// Simulated requests per year in one unit, before scaling.
    pub simulated: f64,
    /// Proportion of requests that result in a place; `None` if capacity is unlimited, or without requests.
    pub admitted: Option<f64>,
    /// Simulated places of the city with the fewest; `None` if no city has a limit.
    pub fewest: Option<f64>,
}

impl ProviderUse {
    /// Whether more than `SHORT` of the requests result in no place, so that starts depend on a queue.
    pub fn falls_short(&self) -> bool {
        self.admitted.is_some_and(|share| share < 1.0 - SHORT)
    }
}

/// Providers of these measures of a scenario with a shortage of places and with too few of them for a queue comparable
/// to full scale; the number of starts depends on them.
fn queues<'a>(
    providers: &'a [ProviderUse],
    scenario: &'a str,
    measures: &'a [String],
) -> impl Iterator<Item = &'a ProviderUse> {
    let of = providers.iter().filter(move |of| of.scenario == scenario && measures.contains(&of.provider));
    of.filter(|of| of.shown.is_none() && of.falls_short())
}

/// The minimum scale at which effects of a scenario with these measures can be shown, if that of the run is smaller. At
/// that scale every city has at least one simulated place of each of its measures with a shortage. Below it, starts are
/// determined by rounding.
pub fn needs_scale(providers: &[ProviderUse], scenario: &str, measures: &[String], scale: f64) -> Option<f64> {
    let fewest = queues(providers, scenario, measures).filter_map(|of| of.fewest).filter(|fewest| *fewest < 1.0);
    fewest.reduce(f64::min).map(|fewest| scale / fewest)
}

/// For the measure of a scenario with the largest shortage: the proportion of requests with a place, and the minimum
/// scale for comparable waiting and refusals; `None` if the run has that scale.
pub fn shortest(providers: &[ProviderUse], scenario: &str, measures: &[String]) -> Option<(f64, f64)> {
    let all = queues(providers, scenario, measures).filter_map(|of| Some((of.admitted?, of.smallest_scale)));
    all.min_by(|a, b| a.0.total_cmp(&b.0))
}

/// Whether refusals by shelters are comparable to full scale. Without the table `capacity` only full scale is certain.
pub fn refusals_hold(providers: Option<&[ProviderUse]>, scale: f64) -> bool {
    let shelters =
        |all: &[ProviderUse]| all.iter().filter(|of| of.provider.starts_with("shelter")).all(|of| of.shown.is_some());
    scale >= 1.0 || providers.is_some_and(shelters)
}

/// Proportion of requests without a place that counts as a shortage.
const SHORT: f64 = 0.05;

/// Figures that are shown at a sufficient scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueFigures {
    /// Refused requests per year.
    pub refused: f64,
    /// Months waited by those admitted; `None` without admissions.
    pub wait: Option<f64>,
    /// Places with 5 % and 10 % of requests refused; `None` if unlimited.
    pub needed: Option<[f64; 2]>,
}

/// Number of months at the end of a run, or of its window of enrolment, that are averaged.
pub const MONTHS: i64 = 120;
/// Refusal rates for which the number of places is computed.
pub const REFUSED: [f64; 2] = [0.05, 0.10];

/// Sums over months of one provider in one city.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    months: f64,
    places: Option<f64>,
    occupied: f64,
    requests: f64,
    refused: f64,
    admitted: f64,
    left: f64,
    waited: f64,
    withheld: bool,
    smallest: f64,
}

/// Providers by scenario, in the order of the run.
///
/// # Errors
/// A missing or damaged table `capacity`.
pub fn places(run: &Run) -> Result<Vec<ProviderUse>> {
    let scale = run.recorded.scale;
    let table = run.table("capacity")?;
    let sums = sums(&table, last_of_measures(run))?;
    let mut all = Vec::new();
    for scenario in &run.manifest.scenarios {
        let mut names: Vec<&String> = sums.keys().filter(|key| key.0 == scenario.name).map(|key| &key.1).collect();
        names.dedup();
        for name in names {
            let of = |city: &str| sums.get(&(scenario.name.clone(), name.clone(), city.to_owned()));
            let Some(whole) = of("G4") else { continue };
            let cities: Vec<&Sum> = sums
                .iter()
                .filter(|(key, _)| key.0 == scenario.name && key.1 == *name && key.2 != "G4")
                .map(|(_, sum)| sum)
                .collect();
            all.push(provider(&scenario.name, name, whole, &cities, scale));
        }
    }
    Ok(all)
}

fn provider(scenario: &str, name: &str, whole: &Sum, cities: &[&Sum], scale: f64) -> ProviderUse {
    let months = whole.months.max(1.0);
    let real = |sum: f64| sum / months / scale;
    let needed = |share: f64| -> Option<f64> {
        whole.places?;
        let of_city = cities.iter().map(|city| {
            let load = city.requests / city.months.max(1.0) / scale * stay(city)?;
            places_for(load, share)
        });
        of_city.sum()
    };
    let shown = (!whole.withheld).then(|| QueueFigures {
        refused: 12.0 * real(whole.refused),
        wait: (whole.admitted > 0.0).then(|| whole.waited / whole.admitted),
        needed: needed(REFUSED[0]).zip(needed(REFUSED[1])).map(|(few, more)| [few, more]),
    });
    ProviderUse {
        scenario: scenario.to_owned(),
        provider: name.to_owned(),
        places: whole.places.map(real),
        occupied: real(whole.occupied),
        requests: 12.0 * real(whole.requests),
        smallest_scale: whole.smallest,
        shown,
        simulated: 12.0 * whole.requests / months,
        admitted: whole.places.filter(|_| whole.requests > 0.0).map(|_| whole.admitted / whole.requests),
        fewest: cities
            .iter()
            .filter_map(|city| Some(city.places? / city.months))
            .filter(|it| *it > 0.0)
            .reduce(f64::min),
    }
}

/// Mean length of stay in months; 0 without requests.
fn stay(city: &Sum) -> Option<f64> {
    if city.requests == 0.0 {
        return Some(0.0);
    }
    (city.left > 0.0).then(|| city.occupied / city.left)
}

/// Smallest number of places with at most a given refusal rate at an offered load (Erlang's loss formula).
fn places_for(load: f64, share: f64) -> Option<f64> {
    let mut refused = 1.0;
    for places in 1..100_000_u32 {
        if refused <= share || load <= 0.0 {
            return Some(f64::from(places - 1));
        }
        refused = load * refused / (f64::from(places) + load * refused);
    }
    None
}

/// Number of the last month in which measures enrol people, counted as in [`sums`]; `None` if there is no end.
fn last_of_measures(run: &Run) -> Option<i64> {
    run.recorded.enrolment.map(|window| i64::from(window.until.year * 12 + window.until.month))
}

fn sums(table: &Table, until: Option<i64>) -> Result<BTreeMap<(String, String, String), Sum>> {
    let (keys, provider, withheld) = (RowPlaces::of(table)?, table.texts("provider")?, table.texts("withheld")?);
    let (years, months) = (table.integers("year")?, table.integers("month")?);
    let [places, occupied, requests] =
        [table.numbers("places")?, table.numbers("occupied")?, table.numbers("requests")?];
    let [refused, admitted, left] = [table.numbers("refused")?, table.numbers("admitted")?, table.numbers("left")?];
    let (wait, smallest) = (table.numbers("mean_wait")?, table.numbers("smallest_scale")?);
    let month = |row: usize| years.or_zero(row) * 12 + months.or_zero(row);
    let last = (0..table.rows()).map(month).max().unwrap_or(0);
    let last = until.map_or(last, |until| until.min(last));
    let mut sums: BTreeMap<(String, String, String), Sum> = BTreeMap::new();
    for row in (0..table.rows()).filter(|row| (last - MONTHS + 1..=last).contains(&month(*row))) {
        let key = [keys.scenario(row), provider.or_empty(row), keys.city(row)].map(str::to_owned);
        let sum = sums.entry(key.into()).or_default();
        sum.months += 1.0;
        if let Some(places) = places.get(row) {
            *sum.places.get_or_insert(0.0) += places;
        }
        sum.occupied += occupied.or_zero(row);
        sum.requests += requests.or_zero(row);
        sum.refused += refused.or_zero(row);
        sum.admitted += admitted.or_zero(row);
        sum.left += left.or_zero(row);
        sum.waited += wait.or_zero(row) * admitted.or_zero(row);
        sum.withheld |= withheld.get(row).is_some();
        sum.smallest = sum.smallest.max(smallest.or_zero(row));
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_erlang() {
        // Erlang B of 10 erlang: 14 places lose 5.7 %, 15 lose 3.6 %.
        assert_eq!(places_for(10.0, 0.05), Some(15.0));
        assert_eq!(places_for(10.0, 0.06), Some(14.0));
        assert_eq!(places_for(0.0, 0.05), Some(0.0));
    }

    #[test]
    fn what_is_withheld_is_not_worked_out() {
        let sum = Sum { months: 2.0, places: Some(4.0), requests: 4.0, occupied: 2.0, left: 2.0, ..Sum::default() };
        let city = sum;
        let open = provider("a", "shelter", &sum, &[&city], 0.5);
        let needed = open.shown.and_then(|shown| shown.needed);
        assert_eq!((open.places, open.requests, open.simulated), (Some(4.0), 48.0, 24.0));
        assert!(needed.is_some_and(|needed| needed[0] >= needed[1]), "{needed:?}");
        let closed = provider("a", "shelter", &Sum { withheld: true, ..sum }, &[&city], 0.5);
        assert_eq!(closed.shown, None);
    }
}

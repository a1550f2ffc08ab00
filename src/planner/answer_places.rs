//! Places, queues and staff of an answer, by provider, city and year or month: from the tables `capacity` and `costs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answer_figure::FEWEST;
use super::file_text::{COMPARATOR, SCENARIO};
use crate::error::Result;
use crate::store::Run;

/// Prefix of the providers that are shelters; one item of `costs` pays for all of them.
const SHELTER: &str = "shelter_";
/// That item.
const BEDS: &str = "shelter_bed_month";

/// A provider in a city and a year or month: means over months and draws, in real numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacesYear {
    /// Provider: a shelter, a service of 2008, or a measure with participants.
    pub provider: String,
    /// City, or `G4` for the four cities together.
    pub city: String,
    /// Calendar year.
    pub year: i64,
    /// Month of the year, 1 to 12; 0 for the whole year.
    pub month: i64,
    /// Under the status quo, and under the mix.
    pub both: [PlacesUse; 2],
}

/// The use of places in a year or month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlacesUse {
    /// Places; `None` if capacity is unlimited.
    pub places: Option<f64>,
    /// Occupied places; `None` if fewer than ten persons were simulated, or none.
    pub occupied: Option<f64>,
    /// Persons waiting at the end of a month; `None` if withheld at this scale.
    pub waiting: Option<f64>,
    /// Months waited by those admitted; `None` if withheld, or without admissions.
    pub wait: Option<f64>,
    /// Staff, in full-time equivalents; `None` without a price, or for a month.
    pub staff: Option<f64>,
}

/// Sums over months and draws of one provider in one city, in simulated persons.
#[derive(Clone, Copy, Debug, Default)]
struct UseSum {
    months: f64,
    places: f64,
    has_limit: bool,
    occupied: f64,
    waiting: f64,
    withheld: bool,
    waited: f64,
    admitted: f64,
}

type PlaceKey = (String, String, i64, i64);

/// Places and queues of a run by year.
///
/// # Errors
/// A damaged table.
pub(super) fn places_by_year(run: &Run) -> Result<Vec<PlacesYear>> {
    let sums = sums(run, |year, _| Some((year, 0)))?;
    let staff = staff(run, &sums)?;
    Ok(uses(run, &sums, &staff))
}

/// Places and queues of a run by month of one year, without staff.
///
/// # Errors
/// A damaged table.
pub fn places_by_month(run: &Run, year: i64) -> Result<Vec<PlacesYear>> {
    let sums = sums(run, |own, month| (own == year).then_some((own, month)))?;
    Ok(uses(run, &sums, &BTreeMap::new()))
}

fn side(scenario: &str) -> Option<usize> {
    [COMPARATOR, SCENARIO].iter().position(|name| *name == scenario)
}

/// Sums of the rows to which `period` gives a year and a month.
fn sums(run: &Run, period: impl Fn(i64, i64) -> Option<(i64, i64)>) -> Result<BTreeMap<PlaceKey, [UseSum; 2]>> {
    let columns = [
        "scenario",
        "city",
        "year",
        "month",
        "provider",
        "places",
        "occupied",
        "admitted",
        "waiting",
        "mean_wait",
        "withheld",
    ];
    let mut sums: BTreeMap<PlaceKey, [UseSum; 2]> = BTreeMap::new();
    run.scan("capacity", &columns, |part| {
        let (scenario, city, provider) = (part.texts("scenario")?, part.texts("city")?, part.texts("provider")?);
        let (year, month) = (part.integers("year")?, part.integers("month")?);
        let [places, occupied, admitted] =
            [part.numbers("places")?, part.numbers("occupied")?, part.numbers("admitted")?];
        let (waiting, wait, withheld) = (part.numbers("waiting")?, part.numbers("mean_wait")?, part.texts("withheld")?);
        for row in 0..part.rows() {
            let Some((year, month)) = period(year.or_zero(row), month.or_zero(row)) else { continue };
            let Some(side) = side(scenario.or_empty(row)) else { continue };
            let key = (provider.or_empty(row).to_owned(), city.or_empty(row).to_owned(), year, month);
            let sum = &mut sums.entry(key).or_default()[side];
            sum.months += 1.0;
            sum.has_limit |= places.get(row).is_some();
            sum.places += places.or_zero(row);
            sum.occupied += occupied.or_zero(row);
            sum.waiting += waiting.or_zero(row);
            sum.withheld |= withheld.get(row).is_some();
            sum.waited += wait.or_zero(row) * admitted.or_zero(row);
            sum.admitted += admitted.or_zero(row);
        }
        Ok(())
    })?;
    Ok(sums)
}

fn uses(run: &Run, sums: &BTreeMap<PlaceKey, [UseSum; 2]>, staff: &BTreeMap<PlaceKey, [f64; 2]>) -> Vec<PlacesYear> {
    let scale = run.recorded.scale;
    let of = |(key, both): (&PlaceKey, &[UseSum; 2])| {
        let staff = staff.get(key);
        let both = std::array::from_fn(|side| {
            let sum = &both[side];
            let real = |value: f64| value / sum.months.max(1.0) / scale;
            let enough = sum.occupied >= FEWEST;
            let shown = !sum.withheld && sum.has_limit;
            PlacesUse {
                places: sum.has_limit.then(|| real(sum.places)),
                occupied: enough.then(|| real(sum.occupied)),
                waiting: shown.then(|| real(sum.waiting)),
                wait: (shown && sum.admitted >= FEWEST).then(|| sum.waited / sum.admitted),
                staff: staff.map(|staff| staff[side]).filter(|_| enough),
            }
        });
        let (provider, city, year, month) = key.clone();
        PlacesYear { provider, city, year, month, both }
    };
    sums.iter().map(of).collect()
}

/// Full-time equivalents by provider: its spending divided by the cost of a professional. Shelters share one item of
/// costs by the beds that are occupied.
fn staff(run: &Run, sums: &BTreeMap<PlaceKey, [UseSum; 2]>) -> Result<BTreeMap<PlaceKey, [f64; 2]>> {
    let mut found = BTreeMap::new();
    let price = run.manifest.model().entry("money.staff_year").and_then(|entry| entry["value"].as_f64());
    let Some(price) = price.filter(|euro| *euro > 0.0) else { return Ok(found) };
    let mut spent: BTreeMap<(String, String, i64), [f64; 2]> = BTreeMap::new();
    let columns = ["scenario", "city", "year", "item", "unit", "amount"];
    run.scan("costs", &columns, |part| {
        let (scenario, city, item) = (part.texts("scenario")?, part.texts("city")?, part.texts("item")?);
        let (year, unit, amount) = (part.integers("year")?, part.texts("unit")?, part.numbers("amount")?);
        for row in (0..part.rows()).filter(|row| unit.is(*row, "euro_2008")) {
            let Some(side) = side(scenario.or_empty(row)) else { continue };
            let key = (item.or_empty(row).to_owned(), city.or_empty(row).to_owned(), year.or_zero(row));
            spent.entry(key).or_default()[side] += amount.or_zero(row);
        }
        Ok(())
    })?;
    let (units, scale) = (units(run), run.recorded.scale);
    for (key, sum) in sums {
        let (provider, city, year, _) = key;
        let is_shelter = provider.starts_with(SHELTER);
        let item = if is_shelter { BEDS } else { provider };
        let Some(euro) = spent.get(&(item.to_owned(), city.clone(), *year)) else { continue };
        let beds = |side: usize| -> f64 {
            let all = sums
                .iter()
                .filter(|((name, place, when, _), _)| name.starts_with(SHELTER) && place == city && when == year);
            all.map(|(_, both)| both[side].occupied).sum()
        };
        let of = |side: usize| {
            let part = if is_shelter { sum[side].occupied / beds(side).max(1.0) } else { 1.0 };
            euro[side] * part / price / units / scale
        };
        found.insert(key.clone(), [of(0), of(1)]);
    }
    Ok(found)
}

/// Number of units of each scenario: draws and replicates.
fn units(run: &Run) -> f64 {
    let of_one = run.manifest.plan.iter().filter(|place| place.scenario == COMPARATOR);
    (of_one.count() as f64).max(1.0)
}

//! `capacity`: places, occupancy, queue and refusals of every provider, month by month.
//!
//! Queues have economies of size: fewer places refuse more at the same load. Every provider therefore states the smallest
//! scale at which its refusals would lie within five percentage points of those at full scale, and below it refusals and
//! waiting are withheld.

use serde::{Deserialize, Serialize};

use super::outcome::OutcomeSettings;
use super::scene::{TOTAL, YEAR, key, record};
use crate::error::Result;
use crate::table::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ELSEWHERE, Event, Group, Month, ProviderMonth, World};

/// The table `capacity`.
pub(super) static CAPACITY: Schema = Schema {
    name: "capacity",
    meaning: "a provider in a city and month; simulated places, divide by scale for real ones",
    keys: 6,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key("month", Kind::Int, "month of the year", "month of the year, 1 to 12"),
        key("provider", Kind::Text, "-", "shelter or programme"),
        record("places", Kind::Float, "places", "places there are; empty where demand alone decides"),
        record("occupied", Kind::Int, "places", "places taken at the end of the month"),
        record("blocked", Kind::Int, "persons", "ready to leave, and without a place or dwelling to go to"),
        record("requests", Kind::Int, "requests", "asked for a place in the month"),
        record("admitted", Kind::Int, "requests", "given a place in the month"),
        record("refused", Kind::Int, "requests", "refused or given up for lack of a place; empty where withheld"),
        record("left", Kind::Int, "persons", "left their place in the month"),
        record("waiting", Kind::Int, "requests", "wait at the end of the month; empty where withheld"),
        record("mean_wait", Kind::Float, "months", "mean months waited by those admitted; empty where withheld"),
        record("smallest_scale", Kind::Float, "share", "smallest scale at which refusals are those of full scale"),
        record("withheld", Kind::Text, "-", "why refusals and waiting are withheld; empty where they are not"),
    ],
};

/// Months of providers so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Capacity {
    months: Vec<(Month, ProviderMonth)>,
}

/// Load at which the smallest scale is stated.
const LOAD: f64 = 0.9;
/// Difference in the share refused that still counts as the same.
const SAME: f64 = 0.05;

/// Share of requests refused by `places` places at an offered load of `offered` places (Erlang's loss formula).
pub(super) fn refused(places: u32, offered: f64) -> f64 {
    (1..=places).fold(1.0, |blocked, n| offered * blocked / (f64::from(n) + offered * blocked))
}

/// The smallest scale at which a provider of so many places at full scale refuses, at a load of 90 %, within five percentage
/// points of what it refuses there; 1 when no smaller one does.
pub(super) fn smallest_scale(places: f64) -> f64 {
    let full = libm::rint(places) as u32;
    if full == 0 {
        return 0.0;
    }
    let aim = refused(full, LOAD * f64::from(full)) + SAME;
    let enough = |n: &u32| refused(*n, LOAD * f64::from(*n)) <= aim;
    f64::from((1..=full).find(enough).unwrap_or(full)) / f64::from(full)
}

impl Capacity {
    pub(super) fn month(&mut self, world: &World) {
        let lived = world.now.plus(-1);
        let months = world.events.iter().filter_map(|event| match event {
            Event::Provider(month) => Some((lived, *month)),
            _ => None,
        });
        self.months.extend(months);
    }

    pub(super) fn table(
        &self,
        settings: &OutcomeSettings,
        shelters: &[&str],
        services: &[String],
        world: &World,
    ) -> Result<Table> {
        let mut table = Table::new(&CAPACITY);
        let cities = world.places.cities.len().min(ELSEWHERE);
        // Each month tells of all services, each in all cities in turn.
        for chunk in self.months.chunks(cities.max(1)) {
            let (month, first) = chunk[0];
            let name = match first.group {
                Group::Shelters => shelters.get(usize::from(first.service)).copied(),
                Group::Programmes => services.get(usize::from(first.service)).map(String::as_str),
            };
            let mut total = ProviderMonth::new(first.group, first.service, 0);
            for (_, city) in chunk {
                total.places += city.places;
                for (sum, more) in [
                    (&mut total.occupied, city.occupied),
                    (&mut total.blocked, city.blocked),
                    (&mut total.requests, city.requests),
                    (&mut total.admitted, city.admitted),
                    (&mut total.refused, city.refused),
                    (&mut total.left, city.left),
                    (&mut total.waiting, city.waiting),
                    (&mut total.waited, city.waited),
                ] {
                    *sum += more;
                }
            }
            // Whether the numbers of the whole can be shown is decided by its smallest part that has places.
            let least = chunk.iter().map(|(_, city)| self.least(city, settings)).fold(0.0, f64::max);
            let of_city = chunk.iter().map(|(_, of)| (usize::from(of.city), *of, self.least(of, settings)));
            let names: Vec<(usize, &str)> = super::scene::places(world).collect();
            for (place, counts, least) in of_city.chain([(TOTAL, total, least)]) {
                let city = names.iter().find(|(known, _)| *known == place).map_or("", |(_, name)| *name);
                let shown = settings.scale >= least;
                let visible = |cell: Cell<'static>| if shown { cell } else { Cell::Null };
                table.push_row(&[
                    Cell::count(settings.draw),
                    Cell::count(settings.replicate),
                    Cell::Text(city),
                    Cell::count(month.year()),
                    Cell::count(month.of_year() as u32 + 1),
                    Cell::Text(name.unwrap_or_default()),
                    super::scene::maybe(Some(counts.places)),
                    Cell::count(counts.occupied),
                    Cell::count(counts.blocked),
                    Cell::count(counts.requests),
                    Cell::count(counts.admitted),
                    visible(Cell::count(counts.refused)),
                    Cell::count(counts.left),
                    visible(Cell::count(counts.waiting)),
                    visible(super::scene::ratio(f64::from(counts.waited), f64::from(counts.admitted))),
                    Cell::Float(least),
                    if shown {
                        Cell::Null
                    } else {
                        Cell::Text("too few places at this scale: run at the smallest scale or above")
                    },
                ])?;
            }
        }
        Ok(table)
    }

    fn least(&self, month: &ProviderMonth, settings: &OutcomeSettings) -> f64 {
        if month.places.is_finite() { smallest_scale(month.places / settings.scale.max(1e-9)) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_formula_gives_known_shares() {
        // Erlang B tables: 1 server at 1 erlang refuses half; 6 beds at 90 % load refuse 22 %, 120 beds 2 to 4 %.
        assert!((refused(1, 1.0) - 0.5).abs() < 1e-12);
        assert!((refused(6, 5.4) - 0.225).abs() < 0.005, "{}", refused(6, 5.4));
        assert!(refused(120, 108.0) < 0.03, "{}", refused(120, 108.0));
        assert!((refused(2, 1.0) - 0.2).abs() < 1e-12);
    }

    #[test]
    fn the_smallest_scale_keeps_refusals_within_five_points_and_one_place_less_does_not() {
        for places in [6.0, 40.0, 120.0, 470.0] {
            let least = smallest_scale(places);
            let n = libm::rint(least * places) as u32;
            let aim = refused(places as u32, LOAD * places) + SAME;
            assert!(refused(n, LOAD * f64::from(n)) <= aim, "{places}");
            assert!(n == 1 || refused(n - 1, LOAD * f64::from(n - 1)) > aim, "{places}");
        }
        assert_eq!(smallest_scale(0.0), 0.0);
    }
}

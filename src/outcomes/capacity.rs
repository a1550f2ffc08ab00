//! `capacity`: places, occupancy, queue and refusals of every provider, per month.
//!
//! Every provider has a smallest scale at which its refusals are comparable to full scale. Below it refusals and
//! waiting are suppressed, by the rule in `queues`.

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::queues;
use super::scene::{TOTAL, YEAR, key, record};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ELSEWHERE, Group, Month, ProviderMonth, World};

/// The table `capacity`.
static CAPACITY: Schema = Schema {
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
        record("places", Kind::Float, "places", "number of places; empty if capacity is unlimited"),
        record("occupied", Kind::Int, "places", "places taken at the end of the month"),
        record(
            "blocked",
            Kind::Int,
            "persons",
            "persons ready to leave who keep the place because there is no next place or dwelling",
        ),
        record("requests", Kind::Int, "requests", "requests for a place in the month"),
        record("admitted", Kind::Int, "requests", "requests admitted in the month"),
        record(
            "refused",
            Kind::Int,
            "requests",
            "requests refused or withdrawn for lack of a place; empty where withheld",
        ),
        record("left", Kind::Int, "persons", "persons who left their place in the month"),
        record("waiting", Kind::Int, "cases", "requests waiting at the end of the month; empty where withheld"),
        record(
            "mean_wait",
            Kind::Float,
            "months",
            "mean waiting time of the requests admitted, months; empty where withheld",
        ),
        record("smallest_scale", Kind::Float, "share", "smallest scale at which refusals are comparable to full scale"),
        record("withheld", Kind::Text, "-", "reason why refusals and waiting are withheld; empty where they are not"),
    ],
};

/// Monthly reports of providers so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Capacity {
    months: Vec<(Month, ProviderMonth)>,
}

impl Observer for Capacity {
    const SCHEMA: &'static Schema = &CAPACITY;
    const SIZE: Size = Size::by_year(5_000.0);
    type December = ();

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        let lived = world.now().plus(-1);
        self.months.extend(world.events().providers().map(|month| (lived, *month)));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&CAPACITY);
        let cities = world.places().cities.len().min(ELSEWHERE);
        // Each month has one entry per service and city, in order of services.
        for chunk in self.months.chunks(cities.max(1)) {
            let (month, first) = chunk[0];
            let name = match first.group {
                Group::Shelters => settings.shelters.get(usize::from(first.service)).map(String::as_str),
                Group::Programmes => settings.programme(first.service),
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
            // The totals over cities are shown only if the smallest provider among them that has places may be shown.
            let least = chunk.iter().map(|(_, city)| queues::least(city.places, settings)).fold(0.0, f64::max);
            let of_city = chunk.iter().map(|(_, of)| (usize::from(of.city), *of, queues::least(of.places, settings)));
            let names: Vec<(usize, &str)> = super::scene::places(world).collect();
            for (place, counts, least) in of_city.chain([(TOTAL, total, least)]) {
                let city = names.iter().find(|(known, _)| *known == place).map_or("", |(_, name)| *name);
                let shown = queues::shown(least, settings);
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
                    if shown { Cell::Null } else { Cell::Text(queues::TOO_FEW) },
                ])?;
            }
        }
        Ok(table)
    }
}

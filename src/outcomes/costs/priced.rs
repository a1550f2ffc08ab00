//! For the tests of costs: a small world with prices, and look-ups in its table.

use super::{CostKind, CostUnit, Cutoffs, Price, Pricing, Steps, Volume};
use crate::outcomes::Outcome;
use crate::outcomes::small::{Small, rows_with};
use crate::tables::{Cell, Table};
use crate::world::{Edge, Event, Month, Passage, PersonId};

/// One entry with one payer; health is weighed in QALY.
pub(super) fn price(kind: CostKind, item: &str, payer: &str, price: f64, volume: Volume) -> Price {
    let unit = if kind == CostKind::Health { CostUnit::Qaly } else { CostUnit::Euro };
    Price { kind, item: item.into(), entry: String::new(), payer: payer.into(), unit, price, overhead: 0.0, volume }
}

/// The same value in both cities, from a month on.
pub(super) fn everywhere(value: f64, from: Month) -> Steps {
    Steps(vec![vec![(from, value)]; 2])
}

/// A small world with these prices.
pub(super) fn priced(scale: f64, prices: Vec<Price>) -> Small {
    let mut small = Small::new(&[Outcome::Costs]);
    let cutoffs = Cutoffs { symptoms: [1.0, 1.5, 2.0], conduct: 1.5, life_expectancy: 80.0, least_left: 5.0 };
    small.outcomes.change(|settings| settings.pricing = Pricing { scale, prices, cutoffs, ..Pricing::default() });
    small
}

/// A passage at an edge of a service.
pub(super) fn passage(edge: Edge, service: u16, city: usize) -> Event {
    let (city, who) = (city as u8, PersonId::NONE);
    Event::Passage(Passage { edge, service, city, who, passed: true, waited: 0 })
}

/// Values of a column for an item in a year and city, row by row.
pub(super) fn cells(table: &Table, year: i32, city: &str, item: &str, column: &str) -> Vec<f64> {
    let wanted = [("year", Cell::Int(i64::from(year))), ("city", Cell::Text(city)), ("item", Cell::Text(item))];
    rows_with(table, &wanted)
        .into_iter()
        .map(|row| table.cell(row, column).and_then(Cell::as_float).expect("a number"))
        .collect()
}

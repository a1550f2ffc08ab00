//! `costs`: costs of measures, services and consequences, by payer, and health lost; per year.
//!
//! Nothing is counted twice. Costs that a measure pays are on its own account and not on that of the services: a
//! passage of an edge that it moves, a place that it adds. Further costs to society are a remainder. QALY and DALY
//! measure the same harm and are never added up; of one person the heaviest counts, by the rule in `burden`.
//!
//! This file has the table and its data. Each price has a volume, which is counted in the month or, for persons in a
//! state, in December. Price times volume is an amount.

mod amount;
mod burden;
mod by_person;
#[cfg(test)]
mod priced;
pub(super) mod prices;
mod volumes;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::scene::{self, ROWS, Seen, YEAR, key, record};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind as Cells, REPLICATE, Schema, Table};
use crate::world::{ELSEWHERE, Mechanism, Month, PLACES, World};

use amount::Amount;
use burden::Burden;
use volumes::Happened;

pub(super) use amount::years_left;
pub(super) use burden::{ByState, Grades, HELD, PersonStates, StateWeights, parts_of_held, states};
pub(super) use by_person::LifeCosts;
pub use prices::{CostKind, CostUnit, Cutoffs, MovedEdge, Price, Pricing, State, Steps, Volume};

/// The table `costs`.
pub(super) static COSTS: Schema = Schema {
    name: "costs",
    meaning: "an item of cost, or of health lost, in a city and year; simulated persons, divide by scale for real \
        ones. Costs that are the same at every scale are multiplied by scale, so that dividing gives real euro. Rows \
        of kind societal and health are ground truth; the other costs are as administrations record them. QALY and \
        DALY are two measures of the same harm: add only rows of one unit",
    keys: 9,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key(
            "kind",
            Cells::Text,
            "-",
            "programme: a measure; service: the chain of 2008; societal: further costs to society; health: health lost",
        ),
        key("item", Cells::Text, "-", "key of the measure or service, or name of the activity"),
        key("entry", Cells::Text, "-", "cost item on its card; empty if there is only one"),
        key("payer", Cells::Text, "-", "payer: municipality, rijk, awbz, justice or other; nobody for health"),
        key("unit", Cells::Text, "-", "unit of the amount: euro_2008, or qaly or daly lost"),
        record(
            "count",
            Cells::Float,
            "count",
            "volume: number of persons, person-months, passages, city-years or places, depending on the item",
        ),
        record(
            "amount",
            Cells::Float,
            "unit of the row",
            "amount, not discounted; for health, the loss in addition to larger losses of the same person",
        ),
        record(
            "amount_zin_2024",
            Cells::Float,
            "unit of the row",
            "amount, discounted to 2008: costs at 3 %, health at 1.5 % per year",
        ),
        record(
            "amount_zin_2016",
            Cells::Float,
            "unit of the row",
            "amount, discounted to 2008: costs at 4 %, health at 1.5 % per year",
        ),
        record(
            "amount_mkba_2021",
            Cells::Float,
            "unit of the row",
            "amount, discounted to 2008: costs and health at 2.25 % per year",
        ),
    ],
};

/// Key of a row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct CostLine {
    kind: CostKind,
    item: String,
    entry: String,
    payer: String,
    unit: CostUnit,
}

/// Amounts of the current year and totals of earlier years.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Costs {
    lines: Vec<CostLine>,
    /// Line of each price.
    line_of: Vec<usize>,
    running: Vec<[Amount; PLACES]>,
    years: Vec<(i32, Vec<[Amount; PLACES]>)>,
    /// One-off prices already charged, by item and entry.
    paid: BTreeSet<(String, String)>,
}

impl Observer for Costs {
    const SCHEMA: &'static Schema = &COSTS;
    const SIZE: Size = Size::by_year(7_750.0);
    type December = Burden;

    /// Earlier counts are kept.
    fn adopt(&mut self, settings: &OutcomeSettings) {
        let pricing = &settings.pricing;
        self.line_of = Vec::with_capacity(pricing.prices.len());
        for price in &pricing.prices {
            let Price { kind, item, entry, payer, unit, .. } = price.clone();
            let line = CostLine { kind, item, entry, payer, unit };
            let at = self.lines.iter().position(|known| *known == line).unwrap_or_else(|| {
                self.lines.push(line);
                self.lines.len() - 1
            });
            self.line_of.push(at);
        }
        self.running.resize(self.lines.len(), Default::default());
    }

    fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        let lived = world.now().plus(-1);
        let month = Happened::of(world);
        let pricing = &settings.pricing;
        let Costs { line_of, running, paid, .. } = self;
        let cities = world.places().cities.len().min(ELSEWHERE);
        // Pooled budgets and joint direction reduce the overhead of every case.
        let overhead: Vec<f64> = (0..cities).map(|city| world.city_effect(city, Mechanism::Overhead)).collect();
        for (price, line) in pricing.prices.iter().zip(line_of) {
            let sums = &mut running[*line];
            match &price.volume {
                Volume::Once(beyond) => amount::once(price, beyond, (lived, cities), pricing.scale, paid, sums),
                Volume::Killed => month.killed.iter().for_each(|(place, age)| {
                    sums[*place].add(&amount::killed(price, *age, &pricing.cutoffs));
                }),
                volume => {
                    for (city, sum) in sums.iter_mut().enumerate().take(cities) {
                        let count = pricing.count(volume, &month, city, lived);
                        if count > 0.0 {
                            sum.add(&Amount::of(price.unit, count, price.with_overhead(overhead[city])));
                        }
                    }
                }
            }
        }
    }

    fn open(&self, _: Month, settings: &OutcomeSettings) -> Burden {
        Burden::new(&settings.pricing.cutoffs, StateWeights::of(&settings.pricing.prices))
    }

    #[inline]
    fn count(burden: &mut Burden, seen: &Seen<'_>) {
        burden.count(seen);
    }

    fn merge(burden: &mut Burden, following: Burden) {
        burden.add(&following);
    }

    fn less(burden: &mut Burden, rows: &Burden) {
        burden.less(rows);
    }

    fn year(&mut self, _: &World, december: Month, burden: Burden, settings: &OutcomeSettings) {
        let burden = burden.whole();
        for (price, line) in settings.pricing.prices.iter().zip(&self.line_of) {
            let Volume::Persons(state) = price.volume else { continue };
            for (place, sum) in self.running[*line].iter_mut().enumerate() {
                let persons = burden.persons(place, state);
                if persons != 0.0 && price.kind == CostKind::Health {
                    let lost = burden.lost(place, state, price.unit, price.price);
                    sum.add(&Amount::lost(price.unit, persons, lost));
                } else if persons != 0.0 {
                    sum.add(&Amount::of(price.unit, persons, price.price));
                }
            }
        }
        let whole = self.running.iter().map(|sums| std::array::from_fn(|place| sums[place].rounded())).collect();
        self.running.fill(Default::default());
        self.years.push((december.year(), whole));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&COSTS);
        for (year, amounts) in &self.years {
            let sums: Vec<[Amount; ROWS]> = (0..self.lines.len())
                .map(|line| scene::with_total(&amounts.get(line).copied().unwrap_or_default(), Amount::add))
                .collect();
            for (place, name) in scene::places(world).filter(|(place, _)| *place != ELSEWHERE) {
                for (line, sums) in self.lines.iter().zip(&sums) {
                    let sum = &sums[place];
                    let unit = line.unit;
                    let [zin_2024, zin_2016, mkba_2021] = sum.discounted(unit, *year);
                    table.push_row(&[
                        Cell::count(settings.draw),
                        Cell::count(settings.replicate),
                        Cell::Text(name),
                        Cell::count(*year),
                        Cell::Text(line.kind.word()),
                        Cell::Text(&line.item),
                        Cell::Text(&line.entry),
                        Cell::Text(&line.payer),
                        Cell::Text(unit.word()),
                        Cell::Float(sum.count()),
                        Cell::Float(sum.amount(unit)),
                        Cell::Float(zin_2024),
                        Cell::Float(zin_2016),
                        Cell::Float(mkba_2021),
                    ])?;
                }
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::priced::{cells, everywhere, passage, price, priced};
    use super::*;
    use crate::money::Cents;
    use crate::outcomes::small::{AMSTERDAM, UTRECHT, the_row};
    use crate::world::{ChainChange, Change, Edge, Event, Month, NO_SERVICE, Passage, PersonId, System};

    #[test]
    fn a_start_is_paid_once_at_its_price_by_its_payer() {
        let mut small =
            priced(1.0, vec![price(CostKind::Programme, "nhv", "municipality", 4750.55, Volume::Starts(3))]);
        small.month([], []);
        let refused = Event::Passage(Passage {
            edge: Edge::Start,
            service: 3,
            city: UTRECHT as u8,
            who: PersonId::NONE,
            passed: false,
            waited: 0,
        });
        small.month([], [passage(Edge::Start, 3, UTRECHT), passage(Edge::Start, 4, UTRECHT), refused]);
        small.live_until(Month::january(2010));
        let table = small.table();
        let row = the_row(&table, &[("year", Cell::Int(2008)), ("city", Cell::Text("Utrecht"))]);
        assert_eq!(table.cell(row, "payer"), Some(Cell::Text("municipality")));
        assert_eq!(table.cell(row, "unit"), Some(Cell::Text("euro_2008")));
        assert_eq!(table.cell(row, "count"), Some(Cell::Float(1.0)));
        for column in ["amount", "amount_zin_2024", "amount_zin_2016", "amount_mkba_2021"] {
            assert_eq!(table.cell(row, column), Some(Cell::Float(4750.55)), "2008 counts in full");
        }
        assert_eq!(cells(&table, 2008, "G4", "nhv", "amount"), [4750.55]);
        assert_eq!(cells(&table, 2008, "Amsterdam", "nhv", "amount"), [0.0]);
        assert_eq!(cells(&table, 2009, "Utrecht", "nhv", "amount"), [0.0], "paid once");
    }

    #[test]
    fn payers_add_up_to_the_cents_of_the_whole() {
        let whole = Cents(2_250_001);
        let parts = whole.split(&[4_684_297.0, 14_042_958.0, 2_000_593.0, 487_291.0]);
        let payers = ["municipality", "rijk", "awbz", "other"];
        let bed = |(payer, part): (&str, Cents)| price(CostKind::Service, "bed", payer, part.euro(), Volume::Starts(0));
        let mut small = priced(1.0, payers.into_iter().zip(parts).map(bed).collect());
        for _ in 0..13 {
            small.month([], vec![passage(Edge::Start, 0, AMSTERDAM); 7]);
        }
        small.live_until(Month::january(2010));
        let table = small.table();
        for (year, months) in [(2008, 12), (2009, 1)] {
            let amounts = cells(&table, year, "G4", "bed", "amount");
            assert_eq!(amounts.len(), payers.len());
            let sum: Cents = amounts.into_iter().map(Cents::of).sum();
            assert_eq!(sum, Cents(whole.0 * 7 * months));
        }
    }

    #[test]
    fn later_years_count_for_less_at_the_rate_for_costs() {
        let mut small =
            priced(1.0, vec![price(CostKind::Service, "arrest", "justice", 1200.0, Volume::Passed(Edge::Arrest))]);
        small.live_until(Month::january(2010));
        small.month([], [passage(Edge::Arrest, NO_SERVICE, AMSTERDAM)]);
        small.live_until(Month::january(2011));
        let table = small.table();
        let of = |column| cells(&table, 2010, "G4", "arrest", column)[0];
        assert_eq!(of("amount"), 1200.0);
        assert!((of("amount_zin_2024") - 1200.0 / 1.0609).abs() < 1e-9);
        assert!((of("amount_zin_2016") - 1200.0 / 1.0816).abs() < 1e-9);
        assert!((of("amount_mkba_2021") - 1200.0 / 1.045_506_25).abs() < 1e-9);
    }

    #[test]
    fn a_measure_that_reaches_nobody_has_rows_of_zero() {
        let nobody = everywhere(0.0, Month(0));
        let prices = vec![
            price(CostKind::Programme, "project", "municipality", 721_000.0, Volume::Once(nobody.clone())),
            price(CostKind::Programme, "teams", "municipality", 87_500.0, Volume::CityYears(nobody.clone())),
            price(CostKind::Programme, "places", "rijk", 45_000.0, Volume::PlaceYears(nobody.clone())),
            price(
                CostKind::Programme,
                "ban",
                "municipality",
                3300.0,
                Volume::Moved {
                    edges: vec![MovedEdge { edge: Edge::Ban, to: 0.1, base: Vec::new() }],
                    coverage: nobody,
                },
            ),
            price(CostKind::Programme, "nhv", "awbz", 4750.0, Volume::Starts(0)),
        ];
        let mut small = priced(1.0, prices);
        small.month([], [passage(Edge::Ban, NO_SERVICE, AMSTERDAM)]);
        small.live_until(Month::january(2010));
        let table = small.table();
        assert_eq!(table.rows(), 2 * 3 * 5, "years, two cities and all together, items");
        for row in 0..table.rows() {
            for column in ["count", "amount", "amount_zin_2024", "amount_zin_2016", "amount_mkba_2021"] {
                assert_eq!(table.cell(row, column), Some(Cell::Float(0.0)), "{column}");
            }
        }
    }

    #[test]
    fn less_overhead_takes_its_part_off_a_price_in_that_city_and_nothing_off_others() {
        let help = price(CostKind::Service, "help", "municipality", 1000.0, Volume::Passed(Edge::Prosecution));
        let prices = vec![
            price(CostKind::Service, "arrest", "justice", 1000.0, Volume::Passed(Edge::Arrest)),
            Price { overhead: 0.25, ..help },
            price(CostKind::Programme, "nhv", "awbz", 1000.0, Volume::Starts(0)),
        ];
        let mut small = priced(1.0, prices);
        let mut system = System::default();
        system.add_effect(UTRECHT, 0, Mechanism::Overhead, libm::log(0.9));
        small.apply([Change::Chain(ChainChange::System(Box::new(system)))]);
        let both = |city| {
            let passed = |edge| passage(edge, NO_SERVICE, city);
            [passed(Edge::Arrest), passed(Edge::Prosecution), passage(Edge::Start, 0, city)]
        };
        small.month([], both(UTRECHT).into_iter().chain(both(AMSTERDAM)));
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(cells(&table, 2008, "Utrecht", "help", "amount"), [975.0], "a tenth of a quarter");
        assert_eq!(cells(&table, 2008, "Amsterdam", "help", "amount"), [1000.0]);
        assert_eq!(cells(&table, 2008, "Utrecht", "arrest", "amount"), [1000.0], "no overhead of the partners");
        assert_eq!(cells(&table, 2008, "Utrecht", "nhv", "amount"), [1000.0]);
    }
}

//! Budgets as a limit: what a year costs, half a budget, a budget that is never spent, who waits, and faults.

use std::collections::BTreeMap;

use keten::chain::SHELTERS;
use keten::engine::{EngineSettings, Simulation};
use keten::interventions::Per;
use keten::model::{ModelFile, pricing};
use keten::outcomes::{Outcome, OutcomeSettings, Outcomes};
use keten::tables::{Sees, Table};
use keten::units::{Count, Euro, Probability, Rows};
use keten::world::{Edge, Event, Group, InForce, Month, World};

use crate::support::cities::{Cities, model};

const SCALE: f64 = 0.01;
/// The service that has a budget here.
const SERVICE: &str = "victim_help";
const YEARS: i32 = 5;

/// A model in which much violence is reported, and help for victims is limited by money alone.
fn busy() -> ModelFile {
    let mut model = model();
    let reported = (8.0 * model.chain.detection.police.get()).min(0.9);
    model.chain.detection.police = Probability::new(reported).expect("a chance");
    let programme = model.chain.services.get_mut(SERVICE).and_then(|card| card.programme.as_mut());
    let programme = programme.expect("a programme");
    (programme.places, programme.growth) = (None, None);
    model
}

/// The model with a budget of this many euro a year from 2008 on.
fn with_budget(model: &ModelFile, euro: f64) -> ModelFile {
    let mut model = model.clone();
    let columns = ["year", "euro"].map(str::to_owned).to_vec();
    let table: Rows<Euro> = Rows::new(1.0, columns, vec![vec![2008.0, euro]]).expect("a table");
    let programme = model.chain.services.get_mut(SERVICE).and_then(|card| card.programme.as_mut());
    programme.expect("a programme").budget = Some(table);
    model
}

fn price(model: &ModelFile) -> f64 {
    let costs = model.chain.services[SERVICE].costs.values();
    costs.filter(|cost| cost.per == Per::Start).map(|cost| cost.price.get()).sum()
}

/// What happened to those who accepted help from 2008 to 2012.
#[derive(Debug, Default)]
struct Followed {
    starts: BTreeMap<i32, u32>,
    accepted: u32,
    absent: u32,
    left: u32,
    waiting: u32,
}

impl Followed {
    fn of(cities: &Cities, model: &ModelFile) -> Followed {
        let names: Vec<String> = model.programmes().expect("services").into_iter().map(|it| it.name).collect();
        let service = names.iter().position(|name| name == SERVICE).expect("the service is there") as u16;
        let mut it = Followed::default();
        let engine = cities.engine(model, model, EngineSettings::default());
        let mut simulation = Simulation::new(cities.world(), &engine);
        simulation.live(&engine, Month::january(2008 + YEARS), |world: &World| {
            let year = world.now().plus(-1).year();
            for event in world.events() {
                // The case was lost when the family moved.
                if let Event::Struck { group: Group::Programmes, service: struck, .. } = event {
                    it.left += u32::from(*struck == service);
                }
            }
            for passage in world.events().passages().filter(|passage| passage.service == service) {
                match (passage.edge, passage.passed) {
                    (Edge::Offer, true) => it.accepted += 1,
                    (Edge::Start, true) => *it.starts.entry(year).or_default() += 1,
                    (Edge::Start, false) => it.absent += 1,
                    (Edge::Place, false) => it.left += 1,
                    _ => {}
                }
            }
        });
        let queue = &simulation.world.chain().programmes.queue;
        it.waiting = queue.iter().filter(|request| request.service == service).count() as u32;
        it
    }

    fn all(&self) -> f64 {
        f64::from(self.starts.values().sum::<u32>())
    }
}

#[test]
fn no_year_costs_more_than_its_budget_and_half_of_it_pays_for_half_the_starts() {
    let base = busy();
    let cities = Cities::of(&base, SCALE);
    let (free, price) = (Followed::of(&cities, &base), price(&base));
    let wanted = free.all() / f64::from(YEARS);
    assert!(wanted > 20.0, "{wanted} starts a year are too few to limit");
    // Two fifths of what everybody would cost: the money of each year is spent, although some give up waiting.
    let a_year = 0.4 * wanted * price;
    let [full, half] = [1.0, 0.5].map(|part| Followed::of(&cities, &with_budget(&base, part * a_year / SCALE)));
    for (followed, budget) in [(&full, a_year), (&half, a_year / 2.0)] {
        let mut spent = 0.0;
        for year in 1..=YEARS {
            let of_year = price * f64::from(followed.starts.get(&(2007 + year)).copied().unwrap_or_default());
            spent += of_year;
            let until = f64::from(year) * budget;
            // The debt of the first month and the excess of the last start are each less than one start.
            assert!(of_year < budget + 2.0 * price, "{of_year} of {budget} in year {year}");
            assert!(spent > until - price && spent <= until + price, "{spent} of {until} after year {year}");
        }
        assert_eq!(
            followed.accepted,
            followed.starts.values().sum::<u32>() + followed.absent + followed.left + followed.waiting,
            "each who accepted started, did not turn up, left the queue or waits: {followed:?}"
        );
    }
    // Both are within one start of their money.
    assert!((2.0 * half.all() - full.all()).abs() <= 3.0, "{} with half of it, {} with all", half.all(), full.all());
    assert!(full.left > free.left, "who waits for money gives up more often");
}

#[test]
fn a_budget_of_nothing_lets_nobody_start_and_all_wait_or_give_up() {
    let base = busy();
    let cities = Cities::of(&base, SCALE);
    let none = Followed::of(&cities, &with_budget(&base, 0.0));
    assert!(none.accepted > 50 && none.all() == 0.0 && none.absent == 0, "{none:?}");
    assert_eq!(none.accepted, none.left + none.waiting);
}

/// Tables to the end of 2010 under a model.
fn tables(cities: &Cities, model: &ModelFile) -> Vec<Table> {
    let names: Vec<String> = model.programmes().expect("services").into_iter().map(|service| service.name).collect();
    let settings = OutcomeSettings {
        scale: SCALE,
        panel_size: 200,
        expected_population: 21_000.0,
        shelters: SHELTERS.map(str::to_owned).to_vec(),
        measures: names.iter().map(|name| model.interventions.contains_key(name)).collect(),
        programmes: names,
        pricing: pricing(model, &cities.scope).unwrap_or_else(|errors| panic!("{errors}")),
        ..OutcomeSettings::default()
    };
    let mut outcomes = Outcomes::new(&Outcome::ALL, settings);
    let engine = cities.engine(model, model, EngineSettings::default());
    let mut simulation = Simulation::new(cities.world(), &engine);
    simulation.live(&engine, Month::january(2011), |world| {
        outcomes.month(world);
        outcomes.year(world);
    });
    outcomes.finish(&simulation.world).expect("rows suit the tables")
}

#[test]
fn a_budget_that_is_never_spent_changes_no_table() {
    let base = busy();
    let cities = Cities::of(&base, SCALE);
    let hashes = |model: &ModelFile| -> Vec<(String, blake3::Hash)> {
        tables(&cities, model).iter().map(|table| (table.name().to_owned(), table.content_hash())).collect()
    };
    let free = hashes(&base);
    assert_eq!(hashes(&with_budget(&base, 1e12)), free);
    assert_ne!(hashes(&with_budget(&base, 1e5)), free, "and a small one does");
}

#[test]
fn in_the_null_world_a_budget_changes_records_and_nothing_else() {
    let mut base = busy();
    base.effects.in_force = InForce::None;
    let cities = Cities::of(&base, SCALE);
    let yearly = |model: &ModelFile| {
        let all = tables(&cities, model);
        all.into_iter().find(|table| table.name() == "yearly").expect("the table")
    };
    let (free, none) = (yearly(&base), yearly(&with_budget(&base, 0.0)));
    let truth = |table: &Table| -> Vec<String> {
        let columns = Outcome::Yearly.schema().columns.iter().filter(|column| column.sees == Sees::Truth);
        let rows = 0..table.rows();
        columns.flat_map(|column| rows.clone().map(|row| format!("{:?}", table.cell(row, column.name)))).collect()
    };
    assert_eq!(truth(&free), truth(&none));
}

#[test]
fn a_budget_that_buys_nothing_or_has_no_price_is_a_fault_with_place_and_cure() {
    let faults = |rows: Vec<Vec<f64>>, change: &dyn Fn(&mut keten::interventions::Card)| {
        let mut model = model();
        let card = model.chain.services.get_mut(SERVICE).expect("the service");
        let columns = ["year", "euro"].map(str::to_owned).to_vec();
        card.programme.as_mut().expect("a programme").budget = Some(Rows::new(1.0, columns, rows).expect("a table"));
        change(card);
        card.faults(4)
    };
    let nothing = |_: &mut keten::interventions::Card| {};
    assert!(faults(vec![vec![2008.0, 50_000.0], vec![2010.0, 0.0]], &nothing).is_empty());
    let one = |rows: Vec<Vec<f64>>, change: &dyn Fn(&mut keten::interventions::Card), what: &str, cure: &str| {
        let found = faults(rows, change);
        assert_eq!(found.len(), 1, "{found:?}");
        let (key, says, remedy) = &found[0];
        assert_eq!(key, "programme.budget");
        assert!(says.contains(what) && remedy.contains(cure), "{says}; {remedy}");
    };
    one(vec![vec![2008.0, 1199.0]], &nothing, "buy less than one start, which costs 1200", "at least 1200");
    one(vec![vec![2010.0, 5e4], vec![2009.0, 5e4]], &nothing, "2009 does not come after 2010", "in order");
    one(vec![vec![2009.5, 5e4]], &nothing, "2009.5 is no calendar year", "whole years");
    let free = |card: &mut keten::interventions::Card| card.costs.clear();
    one(vec![vec![2008.0, 5e4]], &free, "no price per start or per month", "person_month");
}

#[test]
fn money_limits_a_service_that_has_places_too() {
    let mut base = busy();
    let cities = Cities::of(&base, SCALE);
    let columns = ["year", "status_quo", "programme", "full"].map(str::to_owned).to_vec();
    let places: Rows<Count> = Rows::new(1.0, columns, vec![vec![2008.0, 300.0, 300.0, 300.0]]).expect("a table");
    let programme = base.chain.services.get_mut(SERVICE).and_then(|card| card.programme.as_mut());
    programme.expect("a programme").places = Some(places);
    let (free, price) = (Followed::of(&cities, &base), price(&base));
    let a_year = 0.4 * free.all() / f64::from(YEARS) * price;
    let limited = Followed::of(&cities, &with_budget(&base, a_year / SCALE));
    let whole = f64::from(YEARS) * a_year;
    assert!(limited.all() * price <= whole + price, "{} starts for {whole} euro", limited.all());
    assert!(limited.all() * price > whole - 3.0 * price, "{} starts for {whole} euro", limited.all());
}

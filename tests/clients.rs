//! Tables about the clients of the chain, help after reports, and bottlenecks: they agree with one another and with the
//! other tables, nobody is counted twice or lost, and without reports nothing is left.

use keten::chain::SHELTERS;
use keten::engine::{EngineSettings, Simulation};
use keten::interventions::Level;
use keten::model::ModelFile;
use keten::outcomes::{Outcome, OutcomeSettings, Outcomes};
use keten::tables::{Cell, Table};
use keten::units::{Probability, RatePerYear};
use keten::world::Month;

use crate::support::cities::{Cities, model};

const SCALE: f64 = 0.02;
/// First calendar year that is not simulated.
const UNTIL: i32 = 2012;
const TABLES: [Outcome; 5] = [Outcome::Yearly, Outcome::Chain, Outcome::Clients, Outcome::Help, Outcome::Bottlenecks];

/// The tables under a model, in the order of the list.
fn tables(model: &ModelFile) -> [Table; 5] {
    let cities = Cities::of(model, SCALE);
    let programmes = model.programmes().expect("services");
    let settings = OutcomeSettings {
        scale: SCALE,
        shelters: SHELTERS.map(str::to_owned).to_vec(),
        measures: programmes.iter().map(|service| model.interventions.contains_key(&service.name)).collect(),
        helps: programmes.iter().map(|service| service.helps).collect(),
        programmes: programmes.into_iter().map(|service| service.name).collect(),
        ..OutcomeSettings::default()
    };
    let mut outcomes = Outcomes::new(&TABLES, settings);
    let engine = cities.engine(model, model, EngineSettings::default());
    let mut simulation = Simulation::new(cities.world(), &engine);
    simulation.live(&engine, Month::january(UNTIL), |world| {
        outcomes.month(world);
        outcomes.year(world);
    });
    let tables = outcomes.finish(&simulation.world).expect("rows suit the tables");
    tables.try_into().unwrap_or_else(|tables: Vec<Table>| panic!("{} tables", tables.len()))
}

/// Sum of a column over the rows that have these texts and this year.
fn sum(table: &Table, year: i32, of: &[(&str, &str)], column: &str) -> f64 {
    let is_row = |row: &usize| {
        table.cell(*row, "year") == Some(Cell::Int(i64::from(year)))
            && of.iter().all(|(name, text)| table.cell(*row, name) == Some(Cell::Text(text)))
    };
    let rows = (0..table.rows()).filter(is_row);
    rows.filter_map(|row| table.cell(row, column).expect("a column").as_float()).sum()
}

fn clients(table: &Table, year: i32, city: &str, organisation: &str, [name, value]: [&str; 2]) -> f64 {
    let of = [("city", city), ("organisation", organisation), ("characteristic", name), ("value", value)];
    sum(table, year, &of, "persons")
}

/// All clients of an organisation.
fn all(table: &Table, year: i32, city: &str, organisation: &str) -> f64 {
    sum(table, year, &[("city", city), ("organisation", organisation), ("characteristic", "sex")], "persons")
}

#[test]
fn tables_of_clients_help_and_bottlenecks_agree_with_the_records_of_the_chain() {
    let mut model = model();
    model.interventions.values_mut().for_each(|card| card.level = Level::Programme);
    let [yearly, chain, of_clients, help, bottlenecks] = tables(&model);
    let cities = ["Amsterdam", "Rotterdam", "Den Haag", "Utrecht"];
    for year in 2008..UNTIL {
        for city in cities.into_iter().chain(["G4"]) {
            let of_city = [("city", city)];
            let recorded = |column: &str| sum(&yearly, year, &of_city, column);
            let women = clients(&of_clients, year, city, "police_victims", ["sex", "female"]);
            assert_eq!(women, recorded("police_victims_women"), "{city} {year}");
            let admitted = all(&of_clients, year, city, "shelter");
            assert!(admitted <= recorded("shelter_women"), "{admitted} women in {city} {year}");
            let concerned = |entry: &str, target: &str| {
                sum(&help, year, &[("city", city), ("entry", entry), ("target_group", target)], "reports")
            };
            assert_eq!(concerned("police", "perpetrator"), all(&of_clients, year, city, "police_perpetrators"));
            assert!(concerned("police", "victim") <= all(&of_clients, year, city, "police_victims"));
            for target in ["victim", "perpetrator", "child"] {
                let each: f64 = ["police", "ashg", "amk"].map(|entry| concerned(entry, target)).iter().sum();
                assert!(concerned("any", target) <= each, "{target} in {city} {year}");
            }
            let figure = |column: &str| sum(&bottlenecks, year, &of_city, column);
            let grown = recorded("police_reports") / sum(&yearly, 2008, &of_city, "police_reports");
            assert!((figure("reports_index") - grown).abs() < 1e-12, "{city} {year}");
            let shares = figure("no_follow_up") + figure("criminal_only") + figure("helped");
            assert!((shares - 1.0).abs() < 1e-12, "{shares} in {city} {year}");
            assert!(figure("programmes_judged") <= figure("programmes_with_starts"));
            // Every programme: as many clients as started at most, and the values of each characteristic add up.
            for row in (0..chain.rows()).filter(|row| chain.cell(*row, "edge") == Some(Cell::Text("start"))) {
                let service = chain.cell(row, "service").and_then(Cell::as_text).expect("a programme").to_owned();
                let of = [("city", city), ("edge", "start"), ("service", &*service)];
                assert!(all(&of_clients, year, city, &service) <= sum(&chain, year, &of, "passed"), "{service}");
            }
        }
        let parts: f64 = cities.map(|city| all(&of_clients, year, city, "police_victims")).iter().sum();
        assert_eq!(parts, all(&of_clients, year, "G4", "police_victims"), "the cities add up");
    }
    assert!(all(&of_clients, 2010, "G4", "police_victims") > 50.0, "too few for a test");
    let counted: f64 = (2008..UNTIL).map(|year| sum(&help, year, &[("city", "G4")], "started")).sum();
    assert!(counted > 0.0, "nobody started help");
}

#[test]
fn no_number_of_help_exceeds_the_one_it_is_of_and_shares_lie_between_0_and_1() {
    let [_, _, _, help, bottlenecks] = tables(&model());
    for row in 0..help.rows() {
        let count = |name: &str| help.cell(row, name).and_then(Cell::as_int).unwrap_or(0);
        for names in [
            &["reports", "observed", "offered", "accepted", "started", "in_help"][..],
            &["reports", "observed_two_years", "followed", "stopped_later", "stopped"],
            &["followed", "followed_started", "stopped_later_started", "stopped_started"],
        ] {
            let counts: Vec<i64> = names.iter().map(|name| count(name)).collect();
            assert!(counts.windows(2).all(|two| two[0] >= two[1]), "{names:?}: {counts:?}");
        }
        // Reports of the last two years have no outcome yet.
        if count("year") >= i64::from(UNTIL) - 2 {
            assert!(count("observed_two_years") == 0 || count("year") == i64::from(UNTIL) - 2);
        }
    }
    for column in Outcome::Bottlenecks.schema().columns.iter().filter(|column| column.unit == "share") {
        for row in 0..bottlenecks.rows() {
            let share = bottlenecks.cell(row, column.name).and_then(Cell::as_float);
            assert!(share.is_none_or(|share| (0.0..=1.0).contains(&share)), "{}: {share:?}", column.name);
        }
    }
}

#[test]
fn without_reports_there_are_no_clients_of_the_chain_and_nobody_to_follow() {
    let mut model = model();
    let never = Probability::new(0.0).expect("a probability");
    let detection = &mut model.chain.detection;
    (detection.police, detection.self_referral, detection.referred) = (never, never, never);
    detection.elder = never;
    model.interventions.get_mut("elder_desk").expect("a card").edges.clear();
    let suspicion = &mut model.chain.suspicion;
    (suspicion.reports, suspicion.unfounded) = (never, RatePerYear::new(0.0).expect("a rate"));
    model.chain.shelter.request = never;
    let [_, _, of_clients, help, bottlenecks] = tables(&model);
    for year in 2008..UNTIL {
        assert_eq!(sum(&help, year, &[], "reports"), 0.0);
        for organisation in
            ["police_victims", "police_perpetrators", "ashg", "amk", "shelter", "men_shelter", "shelter_children"]
        {
            assert_eq!(all(&of_clients, year, "G4", organisation), 0.0, "{organisation}");
        }
        let row = (0..bottlenecks.rows())
            .find(|row| {
                bottlenecks.cell(*row, "year") == Some(Cell::Int(i64::from(year)))
                    && bottlenecks.cell(*row, "city") == Some(Cell::Text("G4"))
            })
            .expect("a row of all cities");
        for column in
            ["no_follow_up", "handed_over", "needs_assessed", "children_helped_per_100", "multiple_problems_victims"]
        {
            assert_eq!(bottlenecks.cell(row, column), Some(Cell::Null), "{column}");
        }
        let exposed = bottlenecks.cell(row, "users_exposed_as_child").and_then(Cell::as_float);
        assert!(exposed.is_some_and(|share| share > 0.0), "the ground truth is there without any report");
    }
}

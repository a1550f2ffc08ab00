//! The tables `course` and `recidivism` of simulated cities: the curves are those of couples that are counted once, and
//! no route has more persons than the other tables count.

use std::collections::BTreeMap;

use keten::engine::{EngineSettings, Simulation};
use keten::interventions::Level;
use keten::outcomes::{Outcome, OutcomeSettings, Outcomes};
use keten::tables::{Cell, Table};
use keten::world::Month;

use crate::support::cities::{Cities, model};

const SCALE: f64 = 0.01;

/// The tables `yearly`, `chain`, `recidivism` and `course` of 2008 to 2012 with the measures of the programme.
fn tables() -> [Table; 4] {
    let mut model = model();
    model.interventions.values_mut().for_each(|card| card.level = Level::Programme);
    let cities = Cities::of(&model, SCALE);
    let services = model.programmes().expect("services");
    let names: Vec<String> = services.iter().map(|service| service.name.clone()).collect();
    let settings = OutcomeSettings {
        scale: SCALE,
        targets: names.iter().filter_map(|name| model.card(name)).map(|card| card.target).collect(),
        helps: services.iter().map(|service| service.helps).collect(),
        programmes: names,
        ..OutcomeSettings::default()
    };
    let wanted = [Outcome::Yearly, Outcome::Chain, Outcome::Recidivism, Outcome::ViolenceCourse];
    let mut outcomes = Outcomes::new(&wanted, settings);
    let engine = cities.engine(&model, &model, EngineSettings::default());
    let mut simulation = Simulation::new(cities.world(), &engine);
    simulation.live(&engine, Month::january(2013), |world| {
        outcomes.month(world);
        outcomes.year(world);
    });
    let tables = outcomes.finish(&simulation.world).expect("rows suit the tables");
    tables.iter().for_each(|table| assert_eq!(table.repeated_key(), None, "{}", table.name()));
    tables.try_into().unwrap_or_else(|_| panic!("four tables"))
}

fn int(table: &Table, row: usize, column: &str) -> i64 {
    table.cell(row, column).and_then(Cell::as_int).unwrap_or_default()
}

fn text<'a>(table: &'a Table, row: usize, column: &str) -> &'a str {
    match table.cell(row, column) {
        Some(Cell::Text(text)) => text,
        _ => "",
    }
}

/// Sum of a column over the rows of the four cities together that satisfy a condition.
fn total(table: &Table, column: &str, wanted: impl Fn(usize) -> bool) -> i64 {
    let rows = (0..table.rows()).filter(|row| text(table, *row, "city") == "G4" && wanted(*row));
    rows.map(|row| int(table, row, column)).sum()
}

const COUNTS: [&str; 7] = [
    "couples_entered",
    "couples_followed",
    "couples_with_violence",
    "incidents",
    "couples_coercive",
    "couples_together",
    "police_reports",
];

/// Checks the curves of each place for themselves and against their total.
fn check_curves(course: &Table) {
    let mut cities: BTreeMap<(String, String, i64), [i64; 7]> = BTreeMap::new();
    let mut all = cities.clone();
    let mut before: Option<(String, i64)> = None;
    for row in 0..course.rows() {
        let [city, entry, violence] = ["city", "entry", "violence"].map(|column| text(course, row, column));
        let month = int(course, row, "month_from_entry");
        let counts = COUNTS.map(|column| int(course, row, column));
        let [entered, followed, violent, incidents, coercive, together, _] = counts;
        let place = format!("{city}, {entry}, {violence}, month {month}");
        assert!(coercive <= violent && violent <= incidents && violent <= followed && together <= followed, "{place}");
        if month == 0 {
            assert!(followed == entered && entered > 0, "{place}: all are followed in the month of the event");
        }
        // Couples come into view before the event and leave it afterwards.
        let curve = format!("{city} {entry} {violence}");
        if let Some((_, last)) = before.filter(|(known, _)| *known == curve) {
            assert!(if month <= 0 { followed >= last } else { followed <= last }, "{place}");
        }
        before = Some((curve, followed));
        if violence == "other" && month == 0 {
            assert_eq!(violent, 0, "{place}");
        }
        let sums = if city == "G4" { &mut all } else { &mut cities };
        let sum = sums.entry((entry.to_owned(), violence.to_owned(), month)).or_default();
        sum.iter_mut().zip(counts).for_each(|(sum, more)| *sum += more);
    }
    assert_eq!(all, cities, "the total is the sum of the cities");
}

#[test]
fn curves_and_routes_of_founded_cities_agree_with_the_other_tables() {
    let [yearly, chain, recidivism, course] = tables();
    check_curves(&course);
    let entered = |entry: &str| {
        total(&course, "couples_entered", |row| {
            text(&course, row, "entry") == entry && int(&course, row, "month_from_entry") == 0
        })
    };
    let reports = total(&yearly, "police_partner_reports", |_| true);
    let passed = |edge: &str, service: Option<&str>, column: &str| {
        total(&chain, column, |row| {
            text(&chain, row, "edge") == edge && service.is_none_or(|name| text(&chain, row, "service") == name)
        })
    };
    let first = entered("police_report");
    assert!(first > 100 && first < reports, "{first} couples in {reports} reports");
    for (entry, edge) in [("arrest", "arrest"), ("ban", "ban"), ("shelter", "shelter_admission")] {
        let (couples, events) = (entered(entry), passed(edge, None, "passed"));
        assert!(couples > 0 && couples <= events, "{entry}: {couples} of {events}");
    }
    let own = ["victim_help", "perpetrator_help", "child_help"].map(entered);
    let any = entered("help_started");
    assert!(own.iter().all(|own| *own <= any) && any <= own.iter().sum(), "{own:?} and {any}");
    // In the month of a first report there is a report.
    let at_report = total(&course, "police_reports", |row| {
        text(&course, row, "entry") == "police_report" && int(&course, row, "month_from_entry") == 0
    });
    assert!(at_report >= first);
    check_routes(&recidivism, |edge, service, is_passed| {
        passed(edge, Some(service), if is_passed { "passed" } else { "not_passed" })
    });
}

/// Checks that no route of a service has more persons than pass, or do not pass, its edge. Who did not start is withheld
/// at this scale.
fn check_routes(recidivism: &Table, events: impl Fn(&str, &str, bool) -> i64) {
    let routes = [
        ("refused", "offer", false),
        ("started", "start", true),
        ("dropped_out", "completion", false),
        ("completed", "completion", true),
    ];
    let mut seen = 0;
    let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in (0..recidivism.rows()).filter(|row| text(recidivism, *row, "city") == "G4") {
        let [entry, service, role] = ["entry", "service", "followed_as"].map(|column| text(recidivism, row, column));
        let counts = ["persons_entered", "followed", "again", "reported"].map(|name| int(recidivism, row, name));
        let [entered, followed, again, reported] = counts;
        assert!(entered > 0 && again <= followed && reported <= followed && followed <= entered, "{entry} {service}");
        assert_eq!(recidivism.cell(row, "convicted") == Some(Cell::Null), role != "user", "{entry} {service}");
        if !service.is_empty() && int(recidivism, row, "months") == 12 {
            *sums.entry((entry.to_owned(), service.to_owned())).or_default() += entered;
        }
    }
    for ((entry, service), persons) in &sums {
        let Some((_, edge, is_passed)) = routes.iter().find(|(known, ..)| known == entry) else { continue };
        let events = events(edge, service, *is_passed);
        assert!(*persons <= events, "{entry} of {service}: {persons} persons, {events} events");
        seen += 1;
    }
    assert!(seen > 5, "only {seen} routes: {sums:?}");
}

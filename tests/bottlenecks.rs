//! The bottlenecks of chapter 2: the measures of `experiments/bottlenecks.toml` move the figures of the table `bottlenecks`
//! as the document hopes, on common random numbers, and measures that are as in the status quo move none.
//!
//! Not asserted: `users_exposed_as_child` (who uses violence in these years was a child long before them, so that a short
//! run cannot move it), and `organisations_per_case`, which nobody promises to fall and which rises: a case that is followed
//! up meets more organisations, those that help.

use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use keten::config::Change;
use keten::experiment::{Conditions, Ending, ExperimentText, Quiet, plan_text, run};
use keten::store::Store;
use keten::tables::{Cell, Table};

use crate::support::cities::model;

/// Factor by which violence between partners is more frequent than in 2008, so that a small population has hundreds of
/// reports.
const MORE: f64 = 3.0;
/// The years that are read: measures are at work, and reports have been followed.
const YEARS: [i32; 3] = [2009, 2010, 2011];
/// Scenarios of the experiment that are simulated.
const KEPT: [&str; 5] = ["status-quo", "closed-chain", "growth", "children", "no-shows"];
/// Tables that are read.
const TABLES: [&str; 4] = ["yearly", "chain", "help", "bottlenecks"];
/// Least difference, in standard deviations of the difference of two independent samples. On common random numbers the
/// difference varies less.
const WIDTH: f64 = 2.0;

/// The experiment at a small scale, with a scenario `nothing` that sets measures to what they are.
fn text() -> String {
    let mut whole: toml::Table = toml::from_str(include_str!("../experiments/bottlenecks.toml")).expect("TOML");
    whole.remove("uncertainty");
    whole.remove("draws");
    whole.insert("model".into(), "builtin:g4-2008".into());
    whole.insert("scale".into(), 0.02.into());
    whole.insert("until".into(), 2012.into());
    whole.insert("outcomes".into(), TABLES.map(toml::Value::from).to_vec().into());
    let scenarios = whole.get_mut("scenarios").and_then(toml::Value::as_table_mut).expect("scenarios");
    scenarios.retain(|name, _| KEPT.contains(&name));
    assert_eq!(scenarios.len(), KEPT.len(), "the experiment has these scenarios");
    let nothing = "label = \"nothing\"\nfrom = \"2008-01\"\n\
        measures = { status_quo = [\"guaranteed_followup\", \"one_intake\", \"tom\"] }";
    scenarios.insert("nothing".into(), toml::Value::Table(toml::from_str(nothing).expect("TOML")));
    toml::to_string(&whole).expect("TOML")
}

/// The tables of the run.
fn tables() -> &'static [Table; 4] {
    static RUN: OnceLock<[Table; 4]> = OnceLock::new();
    RUN.get_or_init(|| {
        let onset = model().violence.onset;
        let sets = [
            ("founding.pool_size", 4000.0),
            ("founding.pool_years", 40.0),
            ("violence.onset.by_men", MORE * onset.by_men.get()),
            ("violence.onset.by_women", MORE * onset.by_women.get()),
        ];
        let sets: Vec<Change> = sets.into_iter().map(|(key, value)| Change::new(key, value, "--set")).collect();
        let text = ExperimentText { name: "x".into(), place: "x.toml".into(), text: text(), folder: None };
        let plan = plan_text(text, &sets).unwrap_or_else(|errors| panic!("{errors}"));
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path()).unwrap_or_else(|errors| panic!("{errors}"));
        let stop = AtomicBool::new(false);
        match run(&plan, &store, &Conditions { threads: None, stop: &stop, watch: &Quiet, full: false }) {
            Ok(Ending::Whole(run)) => TABLES.map(|name| run.table(name).unwrap_or_else(|errors| panic!("{errors}"))),
            Ok(Ending::Stopped { .. }) => panic!("nobody stopped it"),
            Err(errors) => panic!("{errors}"),
        }
    })
}

/// Values of a column in the four cities, in the rows of a scenario and year that have these texts. Empty cells are left
/// out.
fn values(table: &str, scenario: &str, year: i32, of: &[(&str, &str)], column: &str) -> Vec<f64> {
    let place = TABLES.iter().position(|name| *name == table).expect("a table of the run");
    let table = &tables()[place];
    let has = |row: usize, name: &str, text: &str| table.cell(row, name) == Some(Cell::Text(text));
    let is_row = |row: &usize| {
        table.cell(*row, "year") == Some(Cell::Int(i64::from(year)))
            && has(*row, "scenario", scenario)
            && has(*row, "city", "G4")
            && of.iter().all(|(name, text)| has(*row, name, text))
    };
    let rows = (0..table.rows()).filter(is_row);
    rows.filter_map(|row| table.cell(row, column).expect("a column").as_float()).collect()
}

/// A figure of the table `bottlenecks` by year, for the years in which it is known.
fn figure(scenario: &str, column: &str) -> Vec<f64> {
    YEARS.iter().flat_map(|year| values("bottlenecks", scenario, *year, &[], column)).collect()
}

fn mean(of: &[f64]) -> f64 {
    assert!(!of.is_empty(), "a figure that is never known");
    of.iter().sum::<f64>() / of.len() as f64
}

/// Sum of a column over the years.
fn sum(table: &str, scenario: &str, of: &[(&str, &str)], column: &str) -> f64 {
    YEARS.iter().flat_map(|year| values(table, scenario, *year, of, column)).sum()
}

/// A share rises (or falls) by more than two samples of so many would differ by chance.
#[track_caller]
fn assert_moves(scenario: &str, column: &str, of: f64, numbers: [f64; 2], rises: bool) {
    let [before, after] = ["status-quo", scenario].map(|name| mean(&figure(name, column)) / of);
    let variance = |share: f64, number: f64| share * (1.0 - share) / number;
    let allowed = WIDTH * (variance(before, numbers[0]) + variance(after, numbers[1])).sqrt();
    let by = if rises { after - before } else { before - after };
    assert!(
        by > allowed,
        "{scenario}: {column} from {before:.4} to {after:.4} of {numbers:?}, at least {allowed:.4} was due"
    );
}

/// Numbers in the status quo and in a scenario.
fn numbers(scenario: &str, count: impl Fn(&str) -> f64) -> [f64; 2] {
    let numbers = ["status-quo", scenario].map(count);
    assert!(numbers.iter().all(|number| *number > 100.0), "{numbers:?} are too few for a test");
    numbers
}

#[test]
fn with_follow_up_reports_are_handed_over_and_helped_and_fewer_have_no_consequence() {
    let reports = numbers("closed-chain", |name| sum("yearly", name, &[], "police_reports"));
    assert_moves("closed-chain", "handed_over", 1.0, reports, true);
    assert_moves("closed-chain", "helped", 1.0, reports, true);
    assert_moves("closed-chain", "no_follow_up", 1.0, reports, false);
}

#[test]
fn growth_buys_places_of_help_from_2009_on() {
    // Places have no chance, and are those of the status quo in 2008.
    let of = |name: &str, year: i32| values("bottlenecks", name, year, &[], "places_index");
    assert_eq!((of("growth", 2008), of("status-quo", 2008)), (vec![1.0], vec![1.0]));
    for year in YEARS {
        let (quo, growth) = (of("status-quo", year)[0], of("growth", year)[0]);
        assert!(growth > quo + 0.1, "{year}: places from {quo} to {growth}");
    }
}

#[test]
fn with_measures_for_children_their_needs_are_assessed_and_more_of_them_are_helped() {
    // At this edge stand the children of families who are reported to the ASHG.
    let of = [("edge", "needs_assessed")];
    let asked = |name: &str| sum("chain", name, &of, "passed") + sum("chain", name, &of, "not_passed");
    assert_moves("children", "needs_assessed", 1.0, numbers("children", asked), true);
    let of = [("entry", "any"), ("target_group", "child")];
    let concerned = numbers("children", |name| sum("help", name, &of, "observed"));
    assert_moves("children", "children_helped_per_100", 100.0, concerned, true);
}

#[test]
fn with_three_routes_to_help_fewer_perpetrators_do_not_show_up() {
    // The table has no number of the perpetrators who were awaited: the share falls in each year.
    let [quo, routes] = ["status-quo", "no-shows"].map(|name| figure(name, "perpetrator_no_shows"));
    assert_eq!((quo.len(), routes.len()), (YEARS.len(), YEARS.len()));
    for ((year, before), after) in YEARS.iter().zip(&quo).zip(&routes) {
        assert!(after + 0.02 < *before, "{year}: no-shows of perpetrators from {before} to {after}");
    }
}

#[test]
fn measures_that_are_as_in_the_status_quo_move_no_bottleneck() {
    let table = &tables()[3];
    let rows_of = |name: &str| -> Vec<usize> {
        (0..table.rows()).filter(|row| table.cell(*row, "scenario") == Some(Cell::Text(name))).collect()
    };
    let (quo, nothing) = (rows_of("status-quo"), rows_of("nothing"));
    assert!(quo.len() == nothing.len() && quo.len() > 10, "{} and {} rows", quo.len(), nothing.len());
    for column in [
        "no_follow_up",
        "helped",
        "handed_over",
        "places_index",
        "needs_assessed",
        "children_helped_per_100",
        "perpetrator_no_shows",
    ] {
        let of = |rows: &[usize]| rows.iter().map(|row| table.cell(*row, column)).collect::<Vec<_>>();
        assert_eq!(of(&quo), of(&nothing), "{column}");
    }
}

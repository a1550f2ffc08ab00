//! `keten list interventions` from the outside: the scheme with its gaps, in two languages, and the cards as
//! JSON.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Standard output, standard error and exit code of `keten list` with further arguments.
fn list(arguments: &[&str]) -> (String, String, i32) {
    let folder = TempDir::new().unwrap();
    let mut command = Command::cargo_bin("keten").unwrap();
    command.current_dir(folder.path()).env_remove("NO_COLOR").env("RUST_BACKTRACE", "0");
    let output = command.arg("list").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
}

fn cards() -> Vec<Value> {
    let (out, err, code) = list(&["interventions", "--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out.lines().count(), 1, "one array on one line");
    serde_json::from_str(&out).unwrap()
}

fn word<'a>(card: &'a Value, key: &str) -> &'a str {
    card[key].as_str().unwrap_or_else(|| panic!("{key} is no string in {card}"))
}

#[test]
fn the_scheme_is_printed_in_english_and_in_dutch() {
    for (name, arguments) in
        [("interventions_en", &["interventions"][..]), ("interventions_nl", &["interventions", "--lang", "nl"])]
    {
        let (out, err, code) = list(arguments);
        assert_eq!((code, err.as_str()), (0, ""));
        for line in out.lines() {
            assert!(line.chars().count() <= 100, "wider than a terminal of 100 columns: {line}");
        }
        insta::assert_snapshot!(name, out);
    }
    assert_eq!(list(&["interventions", "--lang", "en"]).0, list(&["interventions"]).0, "English when nothing is said");
}

#[test]
fn the_scheme_of_2008_leaves_seven_cells_white_and_names_five() {
    for (arguments, white_spot, named, last) in [
        (&["interventions"][..], "gap", "\"Men's shelter\"", "33 measures"),
        (&["interventions", "--lang", "nl"], "witte vlek", "\"Mannenopvang\"", "33 maatregelen"),
    ] {
        let out = list(arguments).0;
        let scheme: Vec<&str> = out.lines().filter(|line| line.contains(" | ")).collect();
        let spots: usize = scheme.iter().map(|line| line.matches(white_spot).count()).sum();
        assert_eq!(spots, 7, "{out}");
        assert!(scheme.iter().any(|line| line.contains(named)), "{out}");
        assert_eq!(out.lines().last(), Some(last));
    }
}

#[test]
fn the_cards_are_one_array_with_words_of_the_model() {
    let cards = cards();
    assert_eq!(cards.len(), 33);
    let keys: BTreeSet<&str> = cards.iter().map(|card| word(card, "key")).collect();
    assert_eq!(keys.len(), 33, "{keys:?}");
    let mut order = Vec::new();
    for card in &cards {
        let place = |key: &str, words: &[&str]| {
            let found = words.iter().position(|one| *one == word(card, key));
            found.unwrap_or_else(|| panic!("{key} of {card} is none of {words:?}"))
        };
        let function = place("function", &["prevention", "detection", "response", "aftercare"]);
        let target = place("target", &["children", "perpetrators", "victims"]);
        place("grade", &["rct_nl", "rct_abroad", "quasi", "none"]);
        place("level", &["off", "status_quo", "programme", "full"]);
        order.push((function, target, word(card, "key")));
        for key in ["title", "dutch", "lines"] {
            assert!(!word(card, key).is_empty(), "{key} of {card}");
        }
        for level in ["status_quo", "programme", "full"] {
            for city in ["Amsterdam", "Rotterdam", "Den Haag", "Utrecht"] {
                let share = card["coverage"][level][city].as_f64().unwrap();
                assert!((0.0..=1.0).contains(&share), "{level} in {city} of {card}");
            }
        }
        assert!(card["in_scheme"].is_boolean() && card["edges"].is_object(), "{card}");
        assert!(!card["payers"].as_array().unwrap().is_empty(), "{card}");
        let classes = ["trial evidence", "carried over, shrunk", "assumed", "median 1: none shown", "chain only"];
        assert!(classes.contains(&word(card, "effect")), "{card}");
        assert!(!card["costs"].as_array().unwrap().is_empty() && card["occasions"].is_array(), "{card}");
        let reached = |level: &str| card["reach"][level]["coverage"].as_f64().unwrap();
        assert!(reached("full") >= reached("programme"), "{card}");
    }
    assert!(order.is_sorted(), "{order:?}");
    // The mechanisms of a card are words listed by `keten list mechanisms`.
    let known: Vec<Value> = serde_json::from_str(&list(&["mechanisms", "--json"]).0).unwrap();
    let known: BTreeSet<&str> = known.iter().map(|mechanism| word(mechanism, "name")).collect();
    for mechanism in cards.iter().flat_map(|card| card["mechanisms"].as_array().unwrap()) {
        assert!(known.contains(mechanism.as_str().unwrap()), "{mechanism}");
    }
}

#[test]
fn reach_cost_and_grounds_of_each_measure_are_listed_below_the_scheme() {
    for (arguments, head, none_shown) in [
        (&["interventions"][..], "cost, euro of", "median 1: none"),
        (&["interventions", "--lang", "nl"], "kosten, euro", "mediaan 1:"),
    ] {
        let out = list(arguments).0;
        let below = out.split_once(head).unwrap_or_else(|| panic!("{head} is not in\n{out}")).1;
        for card in cards() {
            let key = word(&card, "key");
            assert!(below.lines().any(|line| line.starts_with(key)), "{key}\n{below}");
        }
        assert!(below.contains(none_shown), "{below}");
    }
    let all = cards();
    let of = |key: &str| all.iter().find(|card| word(card, "key") == key).unwrap();
    assert_eq!(word(of("advocacy"), "effect"), "carried over, shrunk");
    assert_eq!(word(of("aftercare_criminal"), "effect"), "median 1: none shown");
    assert_eq!(word(of("one_intake"), "effect"), "chain only");
    assert_eq!(of("reintegration")["occasions"], serde_json::json!(["victim_help", "perpetrator_help"]));
}

#[test]
fn each_of_the_five_cells_of_the_scheme_has_a_card_that_it_names() {
    let cards = cards();
    let named = cards.iter().filter(|card| card["in_scheme"] == true);
    let cells: BTreeSet<(&str, &str)> = named.map(|card| (word(card, "function"), word(card, "target"))).collect();
    let scheme = [
        ("detection", "children"),
        ("detection", "perpetrators"),
        ("response", "children"),
        ("response", "perpetrators"),
        ("response", "victims"),
    ];
    assert_eq!(cells, BTreeSet::from(scheme));
}

/// Notes of the numbers of a card, each with its grade.
fn notes(of: &toml::Value, found: &mut Vec<(String, String)>) {
    let Some(table) = of.as_table() else { return };
    let text = |key: &str| table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    if let (Some(grade), Some(note)) = (text("grade"), text("note")) {
        found.push((grade, note));
    }
    table.values().for_each(|value| notes(value, found));
}

#[test]
fn what_was_not_studied_is_graded_as_no_trial_and_read_nowhere() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/g4-2008/interventions");
    let mut cards = 0;
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let card: toml::Value = toml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let (name, card) = card["interventions"].as_table().unwrap().iter().next().unwrap();
        let mut found = Vec::new();
        notes(card, &mut found);
        let unstudied = |note: &str| note.contains("not studied") || note.contains("never studied");
        for (grade, note) in found.iter().filter(|(_, note)| unstudied(note)) {
            assert!(grade == "C", "{name}: graded {grade}, but “{note}”");
            assert_eq!(card["evidence"].as_str(), Some("none"), "{name}: “{note}”");
        }
        cards += 1;
    }
    assert_eq!(cards, 33);
}

#[test]
fn a_level_that_the_model_sets_is_the_level_in_force() {
    let folder = TempDir::new().unwrap();
    let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/g4-2008");
    copy(&from, folder.path());
    let card = folder.path().join("interventions/tom.toml");
    let text = std::fs::read_to_string(&card).unwrap();
    std::fs::write(&card, text.replace("[interventions.tom]\n", "[interventions.tom]\nlevel = \"full\"\n")).unwrap();
    std::fs::remove_file(folder.path().join("interventions/mens_shelter.toml")).unwrap();
    let model = folder.path().display().to_string();
    let (out, err, code) = list(&["interventions", "--model", &model]);
    assert_eq!(code, 0, "{err}");
    assert!(out.lines().any(|line| line.starts_with("tom ") && line.contains(" full ")), "{out}");
    assert!(out.contains("\"Men's shelter\""), "what the document names does not depend on the cards:\n{out}");
    assert_eq!(out.lines().last(), Some("32 measures"));
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let there = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&there).unwrap();
            copy(&entry.path(), &there);
        } else {
            std::fs::copy(entry.path(), there).unwrap();
        }
    }
}

#[test]
fn a_language_for_another_list_is_a_fault_and_one_that_is_not_there_is_wrong_usage() {
    let (out, err, code) = list(&["parameters", "--lang", "nl"]);
    assert_eq!((out.as_str(), code), ("", 65));
    assert!(err.contains("leave out --lang"), "{err}");
    assert_eq!(list(&["interventions", "--lang", "fr"]).2, 2);
}

const GOOD: &str = include_str!("support/new_measure.toml");

/// Faults of `keten check` for the model with an additional card.
fn faults(card: &str) -> (String, i32) {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("m");
    std::fs::create_dir_all(model.join("interventions")).unwrap();
    let sources = keten::config::Sources::builtin("g4-2008").unwrap();
    for file in sources.files.iter().chain(sources.references.iter()) {
        let name = file.name.trim_start_matches("builtin:").trim_start_matches("g4-2008/");
        std::fs::write(model.join(name), &file.text).unwrap();
    }
    std::fs::write(model.join("interventions/evening_desk.toml"), card).unwrap();
    let mut command = Command::cargo_bin("keten").unwrap();
    let output = command.current_dir(folder.path()).env("RUST_BACKTRACE", "0").args(["check", "m"]).output().unwrap();
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code().unwrap_or(-1))
}

#[test]
fn the_faults_of_a_measure_are_told_all_at_once_with_file_line_key_and_cure() {
    assert_eq!(faults(GOOD), (String::new(), 0));
    // Invalid words and numbers.
    let words = GOOD
        .replace("function = \"response\"", "function = \"healing\"")
        .replace("occasion = \"victim_help\"", "occasion = \"victimhelp\"")
        .replace("mechanism = \"incidents_suffered\"", "mechanism = \"incidents_sufered\"")
        .replace("payer = \"municipality\"", "payer = \"mayor\"")
        .replace("value = 500", "value = -500");
    let (told, code) = faults(&words);
    assert_eq!(code, 65);
    insta::assert_snapshot!("measure_words", told);
    // Contradictions.
    let age = |name: &str, years: u32| {
        format!("{name} = {{ value = {years}, unit = \"years\", source = \"assumption\", year = 2008, grade = \"C\" }}")
    };
    let passport = "unit = \"ratio\"\nsource = \"assumption\"\nyear = 2008\ngrade = \"C\"\n";
    let count = "unit = \"count\"\nsource = \"assumption\"\nyear = 2008\ngrade = \"C\"\n\
        columns = [\"year\", \"status_quo\", \"programme\", \"full\"]\n";
    let contradicts = GOOD.replace("rows = [[2008, 0, 0, 1]]", "rows = [[2010, 0, 0, 1], [2009, 0, 0, 1]]").replace(
        "occasion = \"victim_help\"\n",
        &format!(
            "occasion = \"victim_help\"\neligible = {{ origin = [\"turkish\"], {}, {} }}\n",
            age("age_from", 30),
            age("age_to", 20)
        ),
    ) + &format!(
        "\n[interventions.evening_desk.everywhere.less]\nmechanism = \"incident_rate\"\n\
             [interventions.evening_desk.everywhere.less.ratio]\nvalue = 0.5\n{passport}\n\
             [interventions.evening_desk.beds.hotel]\n{count}rows = [[2008, 0, 0, 1]]\n"
    );
    let (told, code) = faults(&contradicts);
    assert_eq!(code, 65);
    insta::assert_snapshot!("measure_contradicts", told);
    // A card that covers people and has no place for them.
    let places = format!("\n[interventions.evening_desk.programme.places]\n{count}rows = [[2008, 0, 0, 0]]\n");
    let (told, code) = faults(&(GOOD.to_owned() + &places));
    assert_eq!(code, 65);
    insta::assert_snapshot!("measure_places", told);
}

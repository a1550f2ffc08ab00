//! An addition takes one file and one line: how often the names of an outcome, a process and the measures that are there
//! occur in the code, and a measure that is nothing but a file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use keten::config::Sources;
use keten::model::STEPS;
use keten::study::{Frame, Study};
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below `src/`, with their paths from there.
fn sources() -> Vec<(String, String)> {
    fn gather(folder: PathBuf, found: &mut Vec<PathBuf>) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                gather(path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    gather(root().join("src"), &mut paths);
    let of = |path: PathBuf| {
        let name = path.strip_prefix(root().join("src")).unwrap().display().to_string().replace('\\', "/");
        (name, fs::read_to_string(path).unwrap())
    };
    paths.into_iter().map(of).collect()
}

/// Lines of code of a file that satisfy a condition; tests and comments do not count.
fn lines(text: &str, is_wanted: impl Fn(&str) -> bool) -> usize {
    let code = text.lines().take_while(|line| !line.ends_with("mod tests {"));
    code.filter(|line| is_wanted(line.split("//").next().unwrap_or_default())).count()
}

/// Whether a line has a word that is not part of a longer name. A variant of an enumeration (`Other::Word`) is another
/// name; a path of modules (`file::Word`) is not.
fn has_word(line: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        let of_type = before.strip_suffix("::").is_some_and(|path| {
            path.rsplit(|c| !is_name(c)).next().unwrap_or_default().starts_with(|c: char| c.is_uppercase())
        });
        !before.ends_with(is_name) && !after.starts_with(is_name) && !of_type
    })
}

/// Number of lines of code in each file below `src/` that have one of some words, except in `own`.
fn places(own: &str, words: &[&str]) -> BTreeMap<String, usize> {
    let count = |text: &str| lines(text, |line| words.iter().any(|word| has_word(line, word)));
    let all = sources().into_iter().filter(|(file, _)| file != own);
    all.map(|(file, text)| (file, count(&text))).filter(|(_, count)| *count > 0).collect()
}

fn expected(places: &[(&str, usize)]) -> BTreeMap<String, usize> {
    places.iter().map(|(file, count)| ((*file).to_owned(), *count)).collect()
}

#[test]
fn an_outcome_is_one_file_and_one_line_and_its_declaration() {
    assert!(has_word("    recidivism::Recidivism: \"How soon\",", "Recidivism"));
    assert!(!has_word("Outcome::Recidivism => 1,", "Recidivism") && !has_word("recidivisms", "recidivism"));
    let found = places("outcomes/recidivism.rs", &["recidivism", "Recidivism"]);
    // `mod recidivism;`, which Rust wants of every file, the line of the registry, the reader of the table, and the tables that a mix
    // of a planner asks for.
    let places = [
        ("analysis/recurrence.rs", 1),
        ("outcomes/mod.rs", 1),
        ("outcomes/registry.rs", 1),
        ("planner/file_text.rs", 1),
    ];
    assert_eq!(found, expected(&places));
    // Written by `keten schema experiment`.
    let schema = fs::read_to_string(root().join("schema/experiment.schema.json")).unwrap();
    assert_eq!(schema.matches("\"recidivism\"").count(), 1);
}

#[test]
fn a_process_is_one_file_and_one_line_its_declarations_and_its_words() {
    for (file, name, table, kind) in [
        ("life/homes.rs", "leaving_home", "life.leaving_home", "LeavingHome"),
        ("violence/course.rs", "course_of_violence", "violence.course", "Course"),
    ] {
        let step: Vec<_> = STEPS.iter().filter(|step| step.name == name).map(|step| (step.table, step.file)).collect();
        assert_eq!(step, [(table, file)]);
        let room = format!("{}/mod.rs", file.split_once('/').unwrap().0);
        // The struct that is its table: passed on by its folder, imported by the model, and a field of the model.
        assert_eq!(places(file, &[kind]), expected(&[(room.as_str(), 1), ("model/mod.rs", 2)]), "{kind}");
        // The line of the month, with the key of its table.
        assert_eq!(places(file, &[format!("\"{table}\"").as_str()]), expected(&[("model/steps.rs", 1)]), "{table}");
        let named = places(file, &[name]);
        assert_eq!(named.get("model/steps.rs"), Some(&1), "{name}");
        // The field of the model may have the same name, and the test of what processes read names those whose subjects
        // are not persons or couples.
        let known = ["model/steps.rs", "model/mod.rs", "founding/reads.rs"];
        assert!(named.keys().all(|file| known.contains(&file.as_str())), "{named:?}");
    }
}

#[test]
fn the_words_of_the_processes_are_those_of_the_month_in_both_languages() {
    let mut names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
    names.sort_unstable();
    names.dedup();
    for language in ["en", "nl"] {
        let text = fs::read_to_string(root().join(format!("src/report/words/{language}.toml"))).unwrap();
        let catalog: toml::Table = text.parse().unwrap();
        let mut words: Vec<&str> = catalog["process"].as_table().unwrap().keys().map(String::as_str).collect();
        words.sort_unstable();
        assert_eq!(words, names, "{language}");
    }
}

/// Code that names measures: the lines of research under which a report sums up influence. Without a line of its own a
/// measure is under that of all measures.
const NAMES_MEASURES: &[&str] = &["analysis/evaluation/influence.rs"];

#[test]
fn no_code_names_a_measure() {
    let cards: Vec<String> = fs::read_dir(root().join("models/g4-2008/interventions"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.file_stem().unwrap().display().to_string())
        .collect();
    assert!(cards.len() > 20, "{cards:?}");
    for card in cards {
        let mut found = places("", &[card.as_str()]);
        found.retain(|file, _| !NAMES_MEASURES.contains(&file.as_str()) && !file.ends_with("/tests.rs"));
        assert!(found.is_empty(), "{card} is named in {found:?}: a measure is one file of the model");
    }
}

/// Writes the built-in model into a folder.
fn write_model(folder: &Path) {
    fs::create_dir_all(folder.join("interventions")).unwrap();
    let sources = Sources::builtin("g4-2008").unwrap();
    for file in sources.files.iter().chain(sources.references.iter()) {
        let name = file.name.trim_start_matches("builtin:").trim_start_matches("g4-2008/");
        fs::write(folder.join(name), &file.text).unwrap();
    }
}

const EXPERIMENT: &str = r#"
title = "A measure of one file"
model = "model"
scale = 0.005
until = 2011
outcomes = ["yearly", "chain", "costs"]

[set]
"founding.pool_size" = 2000
"founding.pool_years" = 30

[scenarios.without]
set = { "interventions.evening_desk.level" = "off" }

[scenarios.with]
set = { "interventions.evening_desk.level" = "full" }
"#;

#[test]
fn a_measure_is_one_file() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_model(&at("model"));
    fs::write(at("model/interventions/evening_desk.toml"), include_str!("support/new_measure.toml")).unwrap();
    fs::write(at("desk.toml"), EXPERIMENT).unwrap();
    let run = Study::open(at("desk.toml").to_str().unwrap()).unwrap().run(at("runs").to_str().unwrap()).unwrap();

    // People come in one scenario and not in the other: some hundred police reports a year at this scale.
    let sum = |table: &Frame, column: &str| table.array(column).unwrap().sum();
    let of = |table: &str, column: &str, scenario: &str| {
        let table = run.table(table).unwrap().only(column, "evening_desk").unwrap();
        table.only("scenario", scenario).unwrap().only("city", "G4").unwrap()
    };
    let passed = |scenario: &str| sum(&of("chain", "service", scenario), "passed");
    assert!(passed("with") > 0.0, "nobody came");
    assert_eq!(passed("without"), 0.0);
    // Each start costs 500 euro.
    let euro = |scenario: &str| sum(&of("costs", "item", scenario).only("unit", "euro_2008").unwrap(), "amount");
    assert!(euro("with") > 0.0);
    assert_eq!(euro("without"), 0.0);
}

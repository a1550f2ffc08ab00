//! The model and the experiments that are part of keten, and the consequences of faults in them.

use std::fs;
use std::path::{Path, PathBuf};

use keten::config::{Drawing, SourceFile, Sources, builtin_experiments, builtin_models, draw, parameters};
use keten::error::{Errors, Kind};
use keten::experiment::{Experiment, ExperimentText, STARTER, STARTER_NL, check_files, experiment_schema, schema_text};
use keten::model::ModelFile;
use keten::outcomes::Outcome;
use proptest::prelude::*;

const MODEL: &str = "g4-2008";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn builtin() -> Sources {
    match Sources::builtin(MODEL) {
        Ok(sources) => sources,
        Err(errors) => panic!("{errors}"),
    }
}

/// Experiment files of the folder `experiments/`.
fn experiments() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("experiments")).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths
}

#[test]
fn every_model_and_experiment_in_the_repository_is_sound() {
    let model = root().join("models").join(MODEL).display().to_string();
    let mut files = vec![model];
    files.extend(experiments().iter().map(|path| path.display().to_string()));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let faults = check_files(&files);
    assert!(faults.is_empty(), "{}", Errors(faults));
}

#[test]
fn what_is_inside_the_program_is_what_stands_in_the_folders() {
    let name = |file: &SourceFile| file.name.rsplit('/').next().unwrap_or_default().to_owned();
    let pairs = |sources: &Sources| -> Vec<(String, String)> {
        sources.files.iter().chain(&sources.references).map(|file| (name(file), file.text.clone())).collect()
    };
    let folder = Sources::folder(&root().join("models").join(MODEL)).expect("the folder is there");
    assert!(pairs(&folder) == pairs(&builtin()), "the program holds other model files: build it anew");
    assert_eq!(builtin_models(), [MODEL]);
    let stems: Vec<String> =
        experiments().iter().map(|path| path.file_stem().unwrap_or_default().display().to_string()).collect();
    assert_eq!(builtin_experiments(), stems);
}

#[test]
fn the_experiments_inside_the_program_and_the_first_of_init_are_sound() {
    for name in builtin_experiments() {
        let place = format!("builtin:{name}");
        if let Err(errors) = Experiment::open(&place, &[]) {
            panic!("{errors}");
        }
    }
    for starter in [STARTER, STARTER_NL] {
        let text =
            ExperimentText { name: "first".into(), place: "first.toml".into(), text: starter.into(), folder: None };
        if let Err(errors) = Experiment::of_text(text, &[]) {
            panic!("{errors}");
        }
    }
}

#[test]
fn every_draw_of_the_parameters_gives_a_sound_model() {
    let (_, merged) = ModelFile::load(&builtin()).unwrap_or_else(|errors| panic!("{errors}"));
    for number in 1..=100 {
        let drawn = draw(&merged, &Drawing::random(2008), number)
            .and_then(|patch| merged.with(&patch))
            .and_then(|m| ModelFile::of(&m));
        if let Err(errors) = drawn {
            panic!("draw {number}: {errors}");
        }
    }
}

#[test]
fn every_parameter_has_a_source_and_a_note_where_it_is_an_assumption() {
    let (_, merged) = ModelFile::load(&builtin()).unwrap_or_else(|errors| panic!("{errors}"));
    for parameter in parameters(&merged) {
        assert!(merged.references.get(&parameter.source).is_some(), "{}", parameter.key);
        let bare = parameter.note.is_empty() && parameter.source == "assumption";
        assert!(!bare, "{}:{:?}: {} is an assumption without a note", parameter.file, parameter.line, parameter.key);
    }
}

#[test]
fn the_published_schemas_are_those_of_the_program() {
    let schemas = [
        ("model", schema_text(&ModelFile::schema())),
        ("experiment", schema_text(&experiment_schema(&Outcome::WORDS))),
    ];
    for (name, text) in schemas {
        let file = Path::new("schema").join(format!("{name}.schema.json"));
        let published = fs::read_to_string(root().join(&file)).unwrap_or_default();
        let cure = format!("write it anew: cargo run -- schema {name} > {}", file.display());
        assert!(published == text, "{} is out of date; {cure}", file.display());
    }
}

/// The model with one of its files changed.
fn changed(which: usize, text: String) -> Sources {
    let mut sources = builtin();
    sources.files[which].text = text;
    sources
}

/// Every fault has a message and a place, and is located in one of the files, not in keten.
fn assert_told(errors: &Errors) {
    for error in &errors.0 {
        assert!(error.file.is_some() && !error.what.is_empty(), "{error:?}");
        assert!(matches!(error.kind, Kind::Data | Kind::Missing), "{error}");
        for raw in ["did not match", "anyOf", "invalid type", "missing field", "unknown field"] {
            assert!(!error.what.contains(raw), "{error}");
        }
    }
}

#[test]
fn every_table_of_the_model_left_out_is_named() {
    let long = std::env::var_os("KETEN_LONG").is_some();
    let mut tried = 0;
    for (which, file) in builtin().files.iter().enumerate() {
        let tables: Vec<&str> = file.text.split("\n[").collect();
        for left_out in 1..tables.len() {
            // Cards are alike: of their tables a quarter are tried, all with KETEN_LONG=1.
            tried += 1;
            if !long && file.name.contains("/interventions/") && tried % 4 != 0 {
                continue;
            }
            let header = tables[left_out].split(']').next().unwrap_or_default();
            let rest: Vec<&str> =
                tables.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, table)| *table).collect();
            match ModelFile::load(&changed(which, rest.join("\n["))) {
                Ok(_) => assert!(may_be_left_out(header), "{}: the model is sound without [{header}]", file.name),
                Err(errors) => {
                    assert_told(&errors);
                    let named = errors.0.iter().any(|error| {
                        error.key.as_ref().is_some_and(|key| {
                            header == key
                                || header.starts_with(&format!("{key}."))
                                || key.starts_with(&format!("{header}."))
                        })
                    });
                    assert!(named, "[{header}] left out: {errors}");
                }
            }
        }
    }
}

/// Whether a table of a card is optional.
fn may_be_left_out(header: &str) -> bool {
    let of_a_card = header.starts_with("interventions.") || header.starts_with("chain.services.");
    let optional =
        ["programme", "eligible", "places", "effects", "relief", "edges", "everywhere", "beds", "more_places", "costs"];
    of_a_card && header.split('.').skip(2).any(|part| optional.contains(&part))
}

/// Values that should all be invalid.
const NONSENSE: [&str; 13] = [
    "nan",
    "-inf",
    "\"\"",
    "[]",
    "{}",
    "-1",
    "1e300",
    "true",
    "1979-05-27",
    "[[1]]",
    "{ law = 3 }",
    "\"derived\"",
    "99999999999999999999",
];

#[test]
fn every_value_of_the_model_made_nonsense_is_read_or_refused_in_words() {
    let long = std::env::var_os("KETEN_LONG").is_some();
    let (mut turn, mut tried) = (0, 0);
    for (which, file) in builtin().files.iter().enumerate() {
        let lines: Vec<&str> = file.text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some((key, value)) = line.split_once(" = ").filter(|(key, _)| !key.contains(['[', '#', ' '])) else {
                continue;
            };
            // Each line gets one of the invalid values, the next line the next one. Cards are alike, so one line in
            // five is enough; of these an eighth are tried, all with KETEN_LONG=1.
            turn += 1;
            if file.name.contains("/interventions/") && turn % 5 != 0 {
                continue;
            }
            tried += 1;
            if !long && tried % 8 != 0 {
                continue;
            }
            let nonsense = NONSENSE[turn % NONSENSE.len()];
            let mut text = lines.clone();
            let replaced =
                if value == "[" { format!("{key} = {nonsense}\nleft_over = [") } else { format!("{key} = {nonsense}") };
            text[at] = &replaced;
            match ModelFile::load(&changed(which, text.join("\n"))) {
                Ok(_) => assert!(
                    ["value", "note", "grade", "family", "source"].contains(&key)
                        || (["title", "dutch", "lines"].contains(&key) && nonsense == "\"derived\"")
                        // A budget item may cover nothing that the model counts.
                        || (value.starts_with('[') && nonsense == "[]" && file.text.contains(&format!("    \"{key}\"")))
                        || value == nonsense,
                    "{}:{}: {replaced} was accepted",
                    file.name,
                    at + 1
                ),
                Err(errors) => assert_told(&errors),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_change_of_a_model_file_is_read_or_refused(
        which in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        length in 0_usize..60,
        put in "\\PC{0,6}",
    ) {
        let files = builtin().files;
        let which = which.index(files.len());
        let mut signs: Vec<char> = files[which].text.chars().collect();
        let from = at.index(signs.len());
        signs.splice(from..(from + length).min(signs.len()), put.chars());
        if let Err(errors) = ModelFile::load(&changed(which, signs.into_iter().collect())) {
            assert_told(&errors);
        }
    }
}

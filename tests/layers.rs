//! The rooms of the crate and what each may import: downward only, no catalogue room from another, and no files in a
//! circle.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use keten::engine::Scope;
use keten::outcomes::Outcome;
use keten::random::DERIVE;

use crate::support::cities;
use crate::support::imports::{circles, imports};

/// Each room with the rooms it may import. `main` is the program beside the library; it reaches the library from outside.
const ROOMS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("random", &[]),
    ("units", &["error"]),
    ("tables", &["error"]),
    ("money", &["units", "error"]),
    ("curve", &["units", "error"]),
    ("config", &["units", "error"]),
    ("world", &["units", "random", "tables", "curve", "config", "error"]),
    ("acting", &["world"]),
    ("engine", &["world", "units", "random", "tables", "curve", "config", "error"]),
    ("life", &["engine", "world", "units", "random", "tables", "curve", "config", "error"]),
    ("violence", &["engine", "world", "units", "random", "tables", "curve", "config", "error"]),
    ("chain", &["engine", "world", "units", "random", "tables", "curve", "config", "error"]),
    ("interventions", &["acting", "engine", "world", "units", "money", "random", "tables", "curve", "config", "error"]),
    ("outcomes", &["engine", "world", "units", "money", "random", "tables", "curve", "config", "error"]),
    (
        "model",
        &[
            "life",
            "violence",
            "chain",
            "interventions",
            "outcomes",
            "acting",
            "engine",
            "world",
            "units",
            "money",
            "random",
            "tables",
            "curve",
            "config",
            "error",
        ],
    ),
    ("founding", &["model", "life", "engine", "world", "units", "random", "curve", "config", "error"]),
    ("store", &["tables", "error"]),
    ("notation", &[]),
    ("stats", &[]),
    ("economics", &["stats"]),
    ("charts", &["stats", "notation"]),
    ("analysis", &["economics", "stats", "store", "tables", "money", "error"]),
    ("report", &["analysis", "charts", "economics", "stats", "notation", "store", "tables", "money", "units", "error"]),
    (
        "experiment",
        &[
            "founding",
            "store",
            "model",
            "chain",
            "interventions",
            "outcomes",
            "acting",
            "engine",
            "world",
            "units",
            "money",
            "random",
            "tables",
            "config",
            "error",
        ],
    ),
    ("shards", &["experiment", "store", "tables", "model", "error"]),
    ("calibration", &["founding", "store", "model", "engine", "world", "units", "random", "curve", "config", "error"]),
    ("study", &["experiment", "analysis", "stats", "store", "world", "random", "tables", "config", "error"]),
    (
        "planner",
        &[
            "study",
            "experiment",
            "report",
            "charts",
            "notation",
            "analysis",
            "stats",
            "store",
            "model",
            "interventions",
            "world",
            "money",
            "units",
            "tables",
            "config",
            "error",
        ],
    ),
    (
        "serve",
        &["planner", "report", "analysis", "charts", "notation", "store", "interventions", "world", "money", "error"],
    ),
];

/// Rooms with one file per process or table, which must not depend on each other.
const CATALOGUES: &[&str] = &["life", "violence", "chain", "interventions", "outcomes"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Rust files of a room, which is a folder or a single file.
fn files(room: &str) -> Vec<PathBuf> {
    let (folder, file) = (source().join(room), source().join(format!("{room}.rs")));
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    if file.is_file() {
        found.push(file);
    }
    found.sort();
    found
}

/// Phrases of an earlier dialect, each of which has a plain term: simulate, report, common random numbers, stable key, at
/// random, lost to follow-up, cost-effective, persons without any event, elder abuse, honour-related, target, status quo.
const DIALECT: &[&str] = &[
    "abuse of the old",
    "aimed at",
    "aims at",
    "are told",
    "as good as none",
    "as it says",
    "asked for too much",
    "befall",
    "befell",
    "between whom violence",
    "by lot",
    "came to know",
    "came to pass",
    "comes to know",
    "come to know",
    "drawn by lot",
    "goes on beside",
    "had the childhood",
    "hang on",
    "hangs on",
    "hears",
    "in the name of honour",
    "is being lived",
    "is no measure",
    "is told",
    "kind of derivation",
    "lasting key",
    "lasting name",
    "lost from sight",
    "looked at somebody",
    "luck in common",
    "luck moves",
    "no measure's account",
    "nobody's luck",
    "not told",
    "nothing of a",
    "nothing of one",
    "of many problems",
    "on nobody's name",
    "on somebody's name",
    "plain twin",
    "relive",
    "shared luck",
    "spared",
    "takes its course",
    "tells",
    "the quo",
    "to be lived",
    "told of",
    "what came out",
    "what it is of",
    "whatever the luck",
    "who is asked",
    "whoever",
    "whom nothing",
    "worth its money",
];

/// Rooms named after `crate::` in a text, also inside braces (`crate::{engine::Step, world::World}`); comments do not
/// count.
fn named_rooms(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(inside) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut starts = true;
            for (offset, c) in inside.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => starts = true,
                    c if c.is_whitespace() => {}
                    _ if starts => {
                        rooms.insert(word(&inside[offset..]));
                        starts = false;
                    }
                    _ => {}
                }
            }
        } else {
            rooms.insert(word(rest));
        }
    }
    rooms.remove("");
    rooms
}

#[test]
fn every_room_imports_only_from_rooms_below_it() {
    let mut faults = Vec::new();
    for (room, allowed) in ROOMS {
        let files = files(room);
        assert!(!files.is_empty(), "room {room} has no file: change the list of rooms in this test");
        for file in files {
            let text = fs::read_to_string(&file).expect("a source file can be read");
            for named in named_rooms(&text) {
                let inside_itself = named == *room;
                if !inside_itself && !allowed.contains(&named.as_str()) {
                    faults.push(format!("{}: {room} imports {named}", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_do_not_import_one_another_in_a_circle() {
    let found = imports(&source());
    let here = |file: &str| found.get(file).expect("the scan reads every file");
    assert!(here("report::sections::changes").contains("report::about"), "{:?}", here("report::sections::changes"));
    assert!(here("analysis::effects").contains("stats::pairs"), "{:?}", here("analysis::effects"));
    let mut faults = Vec::new();
    for circle in &circles(&found) {
        for file in circle {
            let met: Vec<&String> = found[file].iter().filter(|other| circle.contains(*other)).collect();
            faults.push(format!("{file} imports {met:?}"));
        }
    }
    assert!(faults.is_empty(), "files import one another in a circle:\n{}", faults.join("\n"));
}

#[test]
fn the_scan_of_files_follows_names_that_a_module_passes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file can be written");
    write("lib.rs", "mod a;\nmod b;\nmod c;\npub use b::{Two as Renamed};\n");
    write("a.rs", "use crate::{Renamed, c};\nfn one(two: Renamed) { c::three(two) }\n");
    write("b.rs", "pub struct Two; // crate::a\n#[cfg(test)]\nmod tests {\n    use crate::a;\n}\n");
    write("c.rs", "pub(in crate::a) fn three(_: super::b::Two) { let _ = \"crate::a\"; }\n");
    let found = imports(folder.path());
    let of = |file: &str| found[file].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!((of("a"), of("b"), of("c")), (vec!["b", "c"], vec![], vec!["b"]));
    assert!(circles(&found).is_empty());
    write("b.rs", "pub struct Two(pub fn() -> crate::c::Three);\n");
    assert_eq!(circles(&imports(folder.path())), [BTreeSet::from(["b".to_owned(), "c".to_owned()])]);
}

#[test]
fn the_list_of_rooms_is_itself_in_order_and_holds_every_room() {
    for (at, (room, allowed)) in ROOMS.iter().enumerate() {
        for below in *allowed {
            assert!(
                ROOMS[..at].iter().any(|(name, _)| name == below),
                "{room} may import {below}, which is not below it"
            );
        }
    }
    let known: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    let library = fs::read_to_string(source().join("lib.rs")).expect("the library has a root");
    for line in library.lines() {
        if let Some(room) = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")) {
            let room = room.trim_end_matches(';');
            assert!(known.contains(room), "room {room} is not in the list of rooms of this test");
        }
    }
}

#[test]
fn rooms_that_decide_a_unit_import_none_that_its_name_leaves_out() {
    let build = include_str!("../build.rs");
    let list = build
        .split_once("const READERS")
        .and_then(|(_, rest)| rest.split_once('=')?.1.split_once('[')?.1.split_once(']'));
    let (list, _) = list.expect("build.rs lists the rooms that its hash leaves out");
    let readers: BTreeSet<&str> =
        list.split(',').map(|room| room.trim_matches(|c: char| !c.is_alphabetic()).trim_end_matches(".rs")).collect();
    assert!(readers.contains("analysis") && readers.contains("cli"), "the list was not read: {readers:?}");
    for (room, allowed) in ROOMS.iter().filter(|(room, _)| !readers.contains(room)) {
        let met: Vec<_> = allowed.iter().filter(|room| readers.contains(**room)).collect();
        assert!(met.is_empty(), "{room} may import {met:?}, whose sources are not in the name of a unit");
    }
}

#[test]
fn catalogue_rooms_never_import_one_another() {
    for (room, allowed) in ROOMS.iter().filter(|(room, _)| CATALOGUES.contains(room)) {
        let others: Vec<_> = CATALOGUES.iter().filter(|other| *other != room && allowed.contains(*other)).collect();
        assert!(others.is_empty(), "{room} may import {others:?}");
        for file in files(room) {
            let named = named_rooms(&fs::read_to_string(&file).expect("a source file can be read"));
            let met: Vec<_> = CATALOGUES.iter().filter(|other| *other != room && named.contains(**other)).collect();
            assert!(met.is_empty(), "{} imports {met:?}", file.display());
        }
    }
}

#[test]
fn processes_and_outcomes_write_to_the_world_through_changes_only() {
    // A file of helpers for the tests of outcomes.
    let helpers = source().join("outcomes/small.rs");
    let mut faults = Vec::new();
    for room in CATALOGUES.iter().chain(&["engine", "experiment"]) {
        for file in files(room).into_iter().filter(|file| *file != helpers) {
            let text = fs::read_to_string(&file).expect("a source file can be read");
            let (code, _) = text.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&text, ""));
            if code.contains(".set_up()") {
                faults.push(file.display().to_string());
            }
        }
    }
    assert!(faults.is_empty(), "only the founding and tests set a world up: {faults:?}");
}

#[test]
fn the_files_of_a_catalogue_room_are_the_list_in_its_mod_file() {
    for room in CATALOGUES {
        let folder = source().join(room);
        let list = fs::read_to_string(folder.join("mod.rs")).expect("the room has a mod file");
        let listed: BTreeSet<String> = list
            .lines()
            .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
            .map(|name| name.trim_end_matches(';').to_owned())
            .collect();
        let there: BTreeSet<String> = fs::read_dir(&folder)
            .expect("the room is a folder")
            .flatten()
            .map(|entry| entry.path().file_stem().unwrap_or_default().display().to_string())
            .filter(|name| name != "mod")
            .collect();
        assert_eq!(listed, there, "src/{room}/mod.rs lists the files of the room");
    }
}

#[test]
fn processes_have_identities_and_names_of_their_own() {
    // 0 is the shared stream of the calendar; identities from 60 on belong to the founding.
    let steps = cities::model().steps(&Scope::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let identities: BTreeSet<u16> = steps.iter().map(|step| step.identity).collect();
    let names: BTreeSet<&str> = steps.iter().map(|step| step.name).collect();
    assert_eq!(identities.len(), steps.len(), "two processes share an identity among {identities:?}");
    assert_eq!(names.len(), steps.len(), "two processes share a name among {names:?}");
    assert!(!identities.contains(&0) && !identities.contains(&DERIVE), "{identities:?}");
    assert!(identities.iter().all(|identity| *identity < 60), "{identities:?}");
}

#[test]
fn the_scan_sees_through_braces_and_not_into_comments() {
    let text = "use crate::world::World;\nuse crate::{engine::{Step, Sweep}, units::Ratio};\n// crate::model\nlet x = crate::curve::at(1);";
    let rooms: Vec<String> = named_rooms(text).into_iter().collect();
    assert_eq!(rooms, ["curve", "engine", "units", "world"]);
}

/// Whether a text contains a phrase as whole words, in any case.
fn has_phrase(text: &str, phrase: &str) -> bool {
    let text = text.to_lowercase();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(phrase).any(|(at, found)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + found.len()..].chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[test]
fn comments_use_the_terms_of_the_field() {
    assert!(has_phrase("//! Sampled By lot.", "by lot") && !has_phrase("// by lots", "by lot"));
    let mut faults = Vec::new();
    // The room without a name is the whole source folder.
    for file in ["", "../tests", "../benches", "../examples"].into_iter().flat_map(files) {
        let text = fs::read_to_string(&file).expect("a source file can be read");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("//")) {
            for phrase in DIALECT.iter().filter(|phrase| has_phrase(line, phrase)) {
                faults.push(format!("{}:{}: \"{phrase}\"", file.display(), number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "write these in the terms of the field:\n{}", faults.join("\n"));
}

#[test]
fn meanings_of_tables_and_columns_use_the_terms_of_the_field() {
    let mut faults = Vec::new();
    for schema in Outcome::ALL.map(Outcome::schema) {
        let columns = schema.columns.iter().map(|column| (column.name, column.meaning));
        for (name, meaning) in columns.chain([("the table", schema.meaning)]) {
            // Text in backquotes is a name in the table.
            let words: Vec<&str> = meaning.split('`').step_by(2).collect();
            for phrase in DIALECT.iter().filter(|phrase| words.iter().any(|part| has_phrase(part, phrase))) {
                faults.push(format!("{}, {name}: \"{phrase}\"", schema.name));
            }
        }
    }
    assert!(faults.is_empty(), "write these in the terms of the field:\n{}", faults.join("\n"));
}

/// Files of tables and their types, from the list in `outcomes/registry.rs`.
fn tables() -> Vec<(String, String)> {
    let registry = fs::read_to_string(source().join("outcomes/registry.rs")).expect("the registry can be read");
    let (_, list) = registry.split_once("\noutcomes! {\n").expect("the registry has a list of tables");
    let (list, _) = list.split_once("\n}\n").expect("the list ends");
    let of_line = |line: &str| {
        let (path, _) = line.trim().split_once(": \"")?;
        path.split_once("::").map(|(file, table)| (file.to_owned(), table.to_owned()))
    };
    list.lines().map(|line| of_line(line).unwrap_or_else(|| panic!("not one line for a table: {line}"))).collect()
}

/// Files that may read the configuration in a manifest as JSON: the typed experiment, the configuration that is run
/// again, and the store, which writes and prints it as it is.
const READ_CONFIG: &[&str] =
    &["store/recorded/mod.rs", "store/recorded/model.rs", "experiment/record.rs", "store/assemble.rs", "store/run.rs"];

#[test]
fn readers_take_the_experiment_of_a_run_from_one_type() {
    let mut faults = Vec::new();
    for file in files("") {
        let place = file.strip_prefix(source()).expect("a file of the sources").display().to_string();
        if READ_CONFIG.iter().any(|known| *known == place) {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source file can be read");
        let (code, _) = text.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&text, ""));
        for (number, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            if ["manifest.config", "[\"experiment\"]", ".config[", ".config.get("]
                .iter()
                .any(|part| line.contains(part))
            {
                faults.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(faults.is_empty(), "take this from `Run::recorded` or `Manifest::model`:\n{}", faults.join("\n"));
}

#[test]
fn a_table_is_named_in_its_own_file_and_in_the_registry_only() {
    let tables = tables();
    assert!(tables.len() > 10, "the list was not read: {tables:?}");
    // Which parameters of the model only some tables use.
    let knows_tables = source().join("experiment/acting.rs");
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut faults = Vec::new();
    for file in files("").into_iter().filter(|file| *file != knows_tables) {
        let text = fs::read_to_string(&file).expect("a source file can be read");
        let (code, _) = text.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&text, ""));
        let place = file.strip_prefix(source().join("outcomes")).ok().map(|place| place.with_extension(""));
        // Files outside the room can name a table as a variant only.
        let named = |table: &str| match &place {
            Some(_) => table.to_owned(),
            None => format!("Outcome::{table}"),
        };
        for (own, table) in &tables {
            let is_own = place.as_ref().is_some_and(|place| place.starts_with(own) || place.ends_with("registry"));
            let name = named(table);
            let used = code.lines().filter_map(|line| line.split("//").next()).any(|line| {
                line.match_indices(&name).any(|(at, found)| {
                    let (before, after) = (&line[..at], &line[at + found.len()..]);
                    let is_part = before.ends_with(is_word) || after.starts_with(is_word);
                    // A variant of another type, or a word of a text.
                    let is_other = before.ends_with("::") && !before.ends_with("Outcome::");
                    !is_part && !is_other && before.matches('"').count() % 2 == 0
                })
            });
            if used && !is_own {
                faults.push(format!("{} names {name}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "a table takes its file and a line in outcomes/registry.rs:\n{}", faults.join("\n"));
}

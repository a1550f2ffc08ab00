//! A name of a type means one thing in the whole crate, but for the list below.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Type names that are defined more than once, each with the number of definitions, and why. The list only gets
/// shorter: a name that is not in it takes another word, and one that is defined less often leaves it or gets a lower
/// number.
const SHARED: &[(&str, usize, &str)] = &[
    ("Account", 2, "a balance of a service in the world, and a note on a stored unit"),
    ("Capacity", 2, "the table `capacity`, and what the world holds of a service"),
    ("Census", 2, "running counts of an experiment, and counts of a December"),
    ("Chain", 2, "the table `chain`, and the state of the chain in the world"),
    ("Change", 2, "a decision of a process, and a change of a model file"),
    ("Costs", 2, "the table `costs`, and computing time in a forecast"),
    ("Education", 2, "the level of a person, and the section `[life.education]` of the model"),
    ("Entry", 2, "entry into a sample, and private to stored products"),
    ("Fault", 2, "of a model file, and private to the list of processes"),
    ("Kind", 2, "of an error, and of a column"),
    ("Levels", 2, "a key of an experiment, whose schema has this name, and private to the calendar"),
    ("Life", 2, "the section `[life]` of the model, and private to a running simulation"),
    ("Moving", 2, "the section `[life.moving]` of the model, and private to symptoms"),
    ("Panel", 2, "the table `panel`, and its settings in an experiment, whose schema has this name"),
    ("Place", 2, "of a person, and of a unit in the plan of a run"),
    ("Places", 2, "names of the cities, and a table read place by place"),
    ("Scenario", 2, "of an experiment, whose schema has this name, and in a manifest"),
    ("Transmission", 2, "the table `transmission`, and the section `[transmission]` of the model"),
    ("Unit", 3, "of measure, of a plan, and on disk"),
    ("Written", 2, "tables that are written, and a file"),
];

/// Rust files under a folder, without those of tests alone.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The type that a line of code defines, if it does. Only items at the left margin count: associated types, and types
/// inside a function or a macro, are named by what they are in.
fn defined(line: &str) -> Option<&str> {
    let item = match line.strip_prefix("pub") {
        Some(rest) => {
            rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest).trim_start()
        }
        None => line,
    };
    let (kind, rest) = item.split_once(' ')?;
    let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (matches!(kind, "struct" | "enum" | "trait" | "type" | "union") && !name.is_empty()).then_some(name)
}

/// Types that a file defines, up to its tests.
fn types(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let begins = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].ends_with("mod tests {");
    let end = lines.windows(2).position(begins).unwrap_or(lines.len());
    lines[..end].iter().filter_map(|line| defined(line)).collect()
}

#[test]
fn a_name_of_a_type_means_one_thing() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in sources(&source) {
        let text = fs::read_to_string(&file).expect("a source file can be read");
        let place = file.strip_prefix(&source).expect("a file of the source folder").display().to_string();
        for name in types(&text) {
            places.entry(name.to_owned()).or_default().push(place.clone());
        }
    }
    assert!(places.len() > 300, "the sources were not read: {} types", places.len());
    let mut faults = Vec::new();
    for (name, files) in places.iter().filter(|(_, files)| files.len() > 1) {
        let known = SHARED.iter().find(|(shared, ..)| shared == name).map_or(1, |(_, count, _)| *count);
        if files.len() > known {
            faults.push(format!(
                "{name} is defined {} times, in {}: give one another name",
                files.len(),
                files.join(", ")
            ));
        }
    }
    for (name, count, _) in SHARED {
        let found = places.get(*name).map_or(0, Vec::len);
        if found < *count {
            faults.push(format!("{name} is defined {found} times and not {count}: shorten the list in tests/names.rs"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_list_of_shared_names_is_sorted_and_has_reasons() {
    assert!(SHARED.windows(2).all(|two| two[0].0 < two[1].0), "keep the list in order, each name once");
    assert!(SHARED.iter().all(|(_, count, reason)| *count > 1 && !reason.is_empty()));
}

#[test]
fn the_scan_finds_types_at_the_margin_and_stops_at_the_tests() {
    let text = "pub struct One;\nenum Two {\n    type Three = u8;\n}\npub(in crate::a) type Four<T> = T;\nfn struct_five() {}\n\
                // struct Six;\npub(crate) trait Seven: Copy {}\n#[cfg(test)]\nmod tests {\nstruct Eight;\n}\n";
    assert_eq!(types(text), ["One", "Two", "Four", "Seven"]);
}

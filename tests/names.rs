//! A name of a type means one thing in the whole crate, but for the list below.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Type names that are defined more than once, each with the number of definitions, and why. The list only gets
/// shorter: a name that is not in it takes another word, and one that is defined less often leaves it or gets a lower
/// number.
const SHARED: &[(&str, usize, &str)] = &[
    ("Account", 2, "a balance of a service in the world, and a note on a stored unit"),
    ("Aims", 2, "private to the start of draws and to the solver"),
    ("Block", 2, "random words of one address, and a piece of a section of the report"),
    ("Capacity", 2, "the table `capacity`, and what the world holds of a service"),
    ("Census", 2, "running counts of an experiment, and counts of a December"),
    ("Chain", 2, "the table `chain`, and the state of the chain in the world"),
    ("Change", 2, "a decision of a process, and a change of a model file"),
    ("Columns", 2, "private to two files of the analysis"),
    ("Costs", 2, "the table `costs`, and computing time in a forecast"),
    ("Counts", 2, "private to two files of the calibration"),
    ("Drawing", 2, "how parameters are drawn, and a chart in a page"),
    ("Education", 2, "the level of a person, and the section `[life.education]` of the model"),
    ("Effect", 2, "of a measure on a person in the world, and of a scenario on a figure"),
    ("Effects", 2, "lists of these two"),
    ("Entry", 3, "entry into a sample, a cell of an exported file, and a private key of stored products"),
    ("Fault", 2, "of a model file, and private to the list of processes"),
    ("Flags", 2, "the section `[life.flags]` of the model, and a column of yes and no"),
    ("Health", 2, "measures of health, and the section `[money.health]` of the model"),
    ("Inputs", 2, "input values that tables print, and private to the comparison of inputs"),
    ("Interval", 2, "the meaning of the limits of an effect, and a row of a chart"),
    ("Kind", 3, "of an error, of a column, and private to the month"),
    ("Level", 2, "of a measure, and private to the start of draws"),
    ("Levels", 2, "a key of an experiment, whose schema has this name, and private to the calendar"),
    ("Life", 2, "the section `[life]` of the model, and private to a running simulation"),
    ("Moving", 3, "the section `[life.moving]` of the model, and private to two files"),
    ("Numbers", 2, "a column of numbers, and the notation of a language in the report"),
    ("Pair", 2, "a draw with a replicate, and private to the calibration"),
    ("Panel", 2, "the table `panel`, and its settings in an experiment, whose schema has this name"),
    ("Path", 2, "a value by city and month of a card, and a private list of terms"),
    ("Place", 3, "of a person, of an effect, and of a unit in the plan of a run"),
    ("Places", 2, "names of the cities, and a table read place by place"),
    ("Read", 2, "a part of the world that is read, and a private reader of inputs"),
    ("Recorded", 2, "the experiment of a run in its manifest, and records that the calibration aims for"),
    ("Request", 2, "for a place in a service, and for a report"),
    ("Rules", 2, "of eligibility, and those of the calendar"),
    ("Scenario", 2, "of an experiment, whose schema has this name, and in a manifest"),
    ("Shown", 2, "whether an effect shows, and which figures a scale allows"),
    ("Standing", 2, "of a run folder, and private to paths between generations"),
    ("Start", 2, "the levels at the start of a run, and a date of an experiment, whose schema has this name"),
    ("Transmission", 2, "the table `transmission`, and the section `[transmission]` of the model"),
    ("Unit", 3, "of measure, of a plan, and on disk"),
    ("Values", 2, "private to the columns of a table and to pooled strata"),
    ("Way", 2, "the direction of a difference, and private to a running simulation"),
    ("Window", 2, "of enrolment, and private to the calibration"),
    ("Words", 2, "a catalog of the report, and private to the text columns of a table"),
    ("Written", 3, "tables that are written, a report, and a file"),
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

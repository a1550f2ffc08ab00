//! Run folders from the outside: comparing two runs, and listing, showing, labelling and removing those of a store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use keten::store::Store;
use serde_json::Value;
use tempfile::TempDir;

/// `keten` with its own working folder.
fn keten(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("keten").unwrap();
    command.current_dir(folder).env("RUST_BACKTRACE", "0");
    command
}

/// Standard output, standard error, exit code.
fn said(folder: &Path, arguments: &[&str]) -> (String, String, i32) {
    let output = keten(folder).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (out, err, code) = said(folder, &[arguments, &["--json"]].concat());
    assert_eq!(code, 0, "{arguments:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

const SMALL: &str = "title = \"Small\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2010\nreplicates = 2\n\
    outcomes = [\"yearly\"]\n\n[scenarios.status-quo]\n";

/// Runs an experiment under a name and returns the run folder.
fn run(folder: &Path, name: &str, text: &str, arguments: &[&str]) -> String {
    fs::write(folder.join(format!("{name}.toml")), text).unwrap();
    let file = format!("{name}.toml");
    let pool = ["--set", "founding.pool_size=2000", "--set", "founding.pool_years=30"];
    let run = json(folder, &[&["run", &file], &pool[..], arguments].concat());
    run["run"].as_str().unwrap().to_owned()
}

fn name(run: &str) -> &str {
    run.rsplit('/').next().unwrap()
}

/// Output with the hexadecimal ends of run folders removed.
fn nameless(text: &str, runs: &[&str]) -> String {
    runs.iter().fold(text.to_owned(), |text, run| {
        let whole = name(run);
        text.replace(whole, &format!("{}-HASH", whole.rsplit_once('-').unwrap().0))
    })
}

fn figure<'a>(outcome: &'a Value, measure: &str, span: &str) -> &'a Value {
    let wanted = |figure: &&Value| figure["measure"] == measure && figure["span"] == span;
    outcome["figures"].as_array().unwrap().iter().find(wanted).unwrap()
}

#[test]
fn a_comparison_shows_what_differs_and_pairs_what_shares_its_luck() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let less = "[scenarios.less]\nset = { \"violence.onset.by_men\" = VALUE }\n";
    let with = |value: &str| format!("{SMALL}{}", less.replace("VALUE", value));
    let first = run(at, "first", &with("0.01"), &[]);
    let second = run(at, "second", &with("0.02"), &["--set", "until=2011", "--set", "life.births.level=1.5"]);
    let (out, err, code) = said(at, &["compare", &first, &second]);
    assert_eq!((code, err.as_str()), (0, ""));
    let inputs: Vec<&str> = out.lines().take_while(|line| !line.starts_with("Scenario ")).collect();
    insta::assert_snapshot!("inputs", nameless(&inputs.join("\n"), &[&first, &second]));
    assert_eq!(out.matches("2 pairs with common random numbers").count(), 2, "{out}");
    assert!(out.contains("Scenario less") && out.contains("2008 to 2009, summed"), "{out}");

    // By name instead of path, with the number of units.
    let told = json(at, &["compare", name(&first), name(&second)]);
    let outcomes = told["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), 2);
    let population = figure(&outcomes[0], "population", "first");
    let of = |side: &str, what: &str| population[side][what].as_f64().unwrap();
    assert!((2e6..2.3e6).contains(&of("first", "mean")), "{population}");
    assert!((of("second", "mean") - of("first", "mean") - of("difference", "mean")).abs() < 1e-6);
    assert!(outcomes[0]["figures"].as_array().unwrap().iter().all(|figure| figure["measure"] != "shelter_refusals"));
}

#[test]
fn the_same_content_twice_differs_in_nothing() {
    let folder = TempDir::new().unwrap();
    let first = run(folder.path(), "small", SMALL, &["--out", "one"]);
    let second = run(folder.path(), "small", SMALL, &["--out", "two"]);
    let (out, _, code) = said(folder.path(), &["compare", &first, &second]);
    assert_eq!(code, 0);
    assert!(out.contains("No input differs"), "{out}");
    let told = json(folder.path(), &["compare", &first, &second]);
    assert_eq!(told["inputs"], Value::Array(Vec::new()));
    for figure in told["outcomes"][0]["figures"].as_array().unwrap() {
        assert_eq!(
            (&figure["difference"]["mean"], &figure["difference"]["error"]),
            (&0.0.into(), &0.0.into()),
            "{figure}"
        );
    }
}

#[test]
fn runs_that_share_little_are_compared_over_what_they_share() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let first = run(at, "first", SMALL, &[]);
    let renamed = SMALL.replace("status-quo", "as-it-was");
    let second = run(at, "second", &renamed, &["--seed", "7", "--scale", "0.002", "--set", "replicates=1"]);
    let told = json(at, &["compare", &first, &second]);
    let outcome = &told["outcomes"][0];
    assert_eq!(outcome["scenarios"], serde_json::json!(["status-quo", "as-it-was"]));
    assert_eq!((&outcome["paired"], &outcome["units"]), (&false.into(), &serde_json::json!([2, 1])));
    assert!(figure(outcome, "partner_victims", "sum")["difference"]["error"].is_null());
    let notes: Vec<&str> = told["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
    insta::assert_snapshot!("notes", notes.join("\n"));
    // Having no outcomes to compare is no fault: the inputs are reported.
    let fit = run(at, "fit", &SMALL.replace("\"yearly\"", "\"fit\""), &[]);
    let (out, _, code) = said(at, &["compare", &first, &fit]);
    assert_eq!(code, 0);
    assert!(out.contains("the second run has no table `yearly`") && out.contains("outcomes"), "{out}");
}

#[test]
fn what_cannot_be_compared_is_told_with_its_cure() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let sound = run(at, "small", SMALL, &[]);
    let other = run(at, "other", SMALL, &["--seed", "7"]);
    fs::create_dir(at.join("photos")).unwrap();
    fs::create_dir(at.join("runs/.tmp-1-0-half")).unwrap();
    // A run of another model, by editing its manifest.
    let manifest = at.join(&other).join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    assert!(text.contains("\"model_name\": \"g4-2008\""));
    let copy = |name: &str, from: &str, to: &str| {
        let place = at.join("runs").join(name);
        fs::create_dir(&place).unwrap();
        for file in ["manifest.json", "codebook.json", "yearly.parquet"] {
            fs::copy(at.join(&other).join(file), place.join(file)).unwrap();
        }
        fs::write(place.join("manifest.json"), text.replacen(from, to, 1)).unwrap();
    };
    copy("elsewhere", "\"model_name\": \"g4-2008\"", "\"model_name\": \"lisbon\"");
    copy("unreadable", "\"scale\": 0.001", "\"scale\": 0.0");
    copy("newer", "\"minimum_keten_version\": \"0.1.0\"", "\"minimum_keten_version\": \"99.0.0\"");
    copy("broken", "{", "[");
    copy("damaged", "{", "{");
    let table = at.join("runs/damaged/yearly.parquet");
    let mut bytes = fs::read(&table).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&table, bytes).unwrap();
    let mut told = String::new();
    for (second, expected) in [
        (sound.as_str(), 65),
        (&format!("{sound}/../{}", name(&sound)), 65),
        ("elsewhere", 65),
        ("unreadable", 65),
        ("newer", 65),
        ("broken", 65),
        ("damaged", 65),
        ("photos", 65),
        ("runs", 65),
        ("small.toml", 65),
        (".tmp-1-0-half", 65),
        ("runs/nowhere", 66),
    ] {
        let (out, err, code) = said(at, &["compare", &sound, second]);
        assert_eq!((code, out.as_str()), (expected, ""), "{second}: {err}");
        told.push_str(&format!("$ keten compare RUN {second}\n{err}\n"));
    }
    insta::assert_snapshot!("not_compared", nameless(&told, &[&sound]));
    assert_eq!(said(at, &["compare", &sound]).2, 2);
}

#[test]
fn runs_are_listed_the_newest_first_and_what_is_no_run_is_named() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let (out, err, code) = said(at, &["runs"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", "no runs in runs\n"));
    assert_eq!(json(at, &["runs", "list"]), Value::Array(Vec::new()));
    assert_eq!(said(at, &["runs", "--out", "nowhere"]).2, 66);

    let first = run(at, "first", SMALL, &[]);
    let scenarios = format!("{SMALL}[scenarios.less]\nset = {{ \"violence.onset.by_men\" = 0.01 }}\n");
    let second = run(at, "second", &scenarios, &["--set", "draws=2", "--set", "uncertainty.block=2"]);
    fs::create_dir(at.join("runs/photos")).unwrap();
    fs::create_dir(at.join("runs/.tmp-1-0-half")).unwrap();
    let made = |run: &str, seconds| {
        let file = fs::File::options().write(true).open(at.join(run).join("manifest.json")).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
    };
    made(&first, 1_764_086_531);
    made(&second, 1_764_086_531 + 60);
    assert_eq!(said(at, &["runs", "label", &first, "the first  "]).2, 0);

    let (out, err, code) = said(at, &["runs"]);
    assert_eq!(code, 0);
    assert_eq!(err.lines().count(), 2, "{err}");
    assert!(err.contains("runs/photos: is not a run") && err.contains("half-written"), "{err}");
    assert_eq!(said(at, &["runs", "--quiet"]).1, "");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3, "{out}");
    assert!(lines[1].starts_with(name(&second)) && lines[1].contains("2025-11-25 16:03  2 x 2 x 2"), "{out}");
    assert!(
        lines[2].starts_with(name(&first)) && lines[2].contains("1 x 1 x 2") && lines[2].ends_with("[the first] Small"),
        "{out}"
    );

    let all = json(at, &["runs", "list", "--out", "runs"]);
    assert_eq!(all[0]["run"], second.as_str());
    assert_eq!((&all[1]["label"], &all[1]["made"]), (&"the first".into(), &"2025-11-25T16:02:11Z".into()));
    assert_eq!((&all[1]["scale"], &all[1]["until"]), (&0.001.into(), &2010.into()));
    assert!(all[1]["bytes"].as_u64().unwrap() > 10_000, "{all}");
}

#[test]
fn a_run_is_shown_and_keeps_its_label_when_it_is_made_again() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let place = run(at, "small", SMALL, &[]);
    assert_eq!(json(at, &["runs", "label", name(&place), "kappa of Smith"])["label"], "kappa of Smith");
    let (out, _, code) = said(at, &["runs", "show", name(&place)]);
    assert_eq!(code, 0);
    for word in ["kappa of Smith", "Small", "g4-2008", "2008", "0.001", "status-quo", "central values", "yearly"] {
        assert!(out.contains(word), "{word} is not in {out}");
    }
    let shown = json(at, &["runs", "show", &place]);
    assert_eq!((&shown["label"], &shown["seed"]), (&"kappa of Smith".into(), &2008.into()));
    // No hash includes the label, and a run folder made again keeps it.
    let (_, err, code) = said(at, &["replicate", &place]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(run(at, "small", SMALL, &[]), place);
    assert_eq!(json(at, &["runs"])[0]["label"], "kappa of Smith");

    for text in ["two\nlines", "\u{1b}[31m", &"x".repeat(101)] {
        let (_, err, code) = said(at, &["runs", "label", &place, text]);
        assert_eq!(code, 65, "{err}");
        assert!(err.contains("give one line of at most 100 characters"), "{err}");
    }
    assert!(json(at, &["runs", "label", &place, ""])["label"].is_null());
    assert!(!at.join(&place).join("label.txt").exists());
    assert!(json(at, &["runs", "label", &place, " "])["label"].is_null());
    // Text written there by others is not trusted.
    fs::write(at.join(&place).join("label.txt"), b"\xff a\x1b[31m \nmore").unwrap();
    assert_eq!(json(at, &["runs"])[0]["label"], "\u{fffd} a[31m");
    assert_eq!(said(at, &["runs", "show", "nowhere"]).2, 66);
}

#[test]
fn what_keten_did_not_write_stays_when_a_run_is_made_again_or_removed() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let place = run(at, "small", SMALL, &[]);
    let whole = at.join(&place);
    assert_eq!(said(at, &["report", &place]).2, 0);
    assert_eq!(said(at, &["runs", "label", &place, "mine"]).2, 0);
    fs::create_dir(whole.join("figures")).unwrap();
    for name in ["analysis.R", "figures/a.png", "report-files/own.csv"] {
        fs::write(whole.join(name), "mine").unwrap();
    }
    let names = || {
        let mut found = Vec::new();
        let mut left = vec![whole.clone()];
        while let Some(at) = left.pop() {
            for entry in fs::read_dir(at).unwrap().flatten() {
                match entry.path() {
                    path if path.is_dir() => left.push(path),
                    path => found.push((
                        path.strip_prefix(&whole).unwrap().display().to_string(),
                        entry.metadata().unwrap().modified().unwrap(),
                    )),
                }
            }
        }
        found.sort();
        found
    };
    let before = names();
    let again = ["run", "small.toml", "--set", "founding.pool_size=2000", "--set", "founding.pool_years=30"];
    let (_, err, code) = said(at, &again);
    assert!(code == 0 && err.contains("is complete: nothing was written again"), "{err}");
    let (_, err, code) = said(at, &["replicate", &place, "--out", "runs"]);
    assert!(code == 0 && err.contains("2 of 2 units were kept in runs already and were not simulated again"), "{err}");
    assert_eq!(names(), before);
    // A lost table is restored; all other files stay.
    fs::remove_file(whole.join("yearly.parquet")).unwrap();
    let (_, err, code) = said(at, &again);
    assert!(code == 0 && err.contains("was incomplete: yearly.parquet written again"), "{err}");
    let times = |list: Vec<(String, std::time::SystemTime)>| {
        list.into_iter().filter(|(name, _)| name != "yearly.parquet").collect::<Vec<_>>()
    };
    assert_eq!(times(names()), times(before));
    // A label file with more than a label contains somebody's notes.
    fs::write(whole.join("label.txt"), "mine\nand many notes\n").unwrap();
    for text in ["other", ""] {
        let (_, err, code) = said(at, &["runs", "label", &place, text]);
        assert!(code == 65 && err.contains("label.txt: contains more than a label"), "{err}");
    }
    // The page was edited since it was written.
    fs::write(whole.join("report-en.html"), "edited").unwrap();
    let told = json(at, &["runs", "remove", &place, "--yes", "--units"]);
    assert_eq!(
        told["stays"],
        serde_json::json!(["analysis.R", "figures", "label.txt", "report-en.html", "report-files"])
    );
    let left: Vec<String> = names().into_iter().map(|(name, _)| name).collect();
    assert_eq!(left, ["analysis.R", "figures/a.png", "label.txt", "report-en.html", "report-files/own.csv"]);
    assert_eq!(units(at), 0);
    // The same run can be made again beside them.
    assert_eq!(run(at, "small", SMALL, &[]), place);
    assert!(whole.join("figures/a.png").is_file() && whole.join("manifest.json").is_file());
}

fn units(at: &Path) -> usize {
    let of_unit = |entry: &fs::DirEntry| entry.file_name() != "pools";
    fs::read_dir(at.join("runs/.units")).unwrap().flatten().filter(of_unit).count()
}

#[test]
fn a_run_is_removed_with_yes_only_and_units_that_others_need_stay() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let first = run(at, "first", SMALL, &[]);
    let second = run(at, "second", SMALL, &["--set", "replicates=3"]);
    let third = run(at, "third", SMALL, &["--seed", "7"]);
    assert_eq!(units(at), 5, "two replicates are shared");

    let (out, err, code) = said(at, &["runs", "remove", &first]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("give --yes"), "{err}");
    assert!(at.join(&first).exists());
    assert_eq!(said(at, &["runs", "remove"]).2, 2);

    let (_, err, code) = said(at, &["runs", "remove", name(&third), "--yes"]);
    assert_eq!(code, 0);
    assert!(err.contains("is removed") && err.contains("units stay in .units"), "{err}");
    assert!(!at.join(&third).exists());
    assert_eq!(units(at), 5);

    let told = json(at, &["runs", "remove", &second, "--yes", "--units"]);
    assert_eq!((&told["removed"], &told["units"]), (&second.as_str().into(), &3.into()), "{told}");
    assert_eq!(told["burn_in_populations"], 5, "of three replicates and of two: {told}");
    assert!(told["burn_in_bytes"].as_u64().unwrap() > 1000 && !at.join("runs/.units/pools").exists(), "{told}");
    assert_eq!(units(at), 2);
    assert_eq!(json(at, &["runs", "remove", "--yes", "--units"])["units"], 0);
    // The rest is complete: the run is made again without simulating a unit.
    assert_eq!(run(at, "first", SMALL, &[]), first);
    assert_eq!(units(at), 2);
    let left: Vec<PathBuf> = fs::read_dir(at.join("runs")).unwrap().flatten().map(|entry| entry.path()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn what_is_no_run_is_not_removed_and_a_damaged_run_is() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let place = run(at, "small", SMALL, &[]);
    let photos = at.join("runs/photos");
    fs::create_dir(&photos).unwrap();
    fs::write(photos.join("manifest.json"), "{\"summer\": 2008}").unwrap();
    for (what, expected) in [("photos", 65), ("runs", 65), (".", 65), ("small.toml", 65), ("nowhere", 66)] {
        let (_, err, code) = said(at, &["runs", "remove", what, "--yes"]);
        assert_eq!(code, expected, "{what}: {err}");
    }
    assert!(photos.join("manifest.json").exists() && at.join("runs/.units").exists());
    // If a run no longer lists its units, these cannot be known.
    let manifest = at.join(&place).join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, &text[1..]).unwrap();
    let (_, err, code) = said(at, &["runs", "remove", "--units", "--yes"]);
    assert_eq!(code, 65, "{err}");
    assert!(err.contains("the units that it needs are unknown"), "{err}");
    assert_eq!(units(at), 2);
    // A run with a missing table can only be removed.
    fs::write(&manifest, text).unwrap();
    fs::remove_file(at.join(&place).join("yearly.parquet")).unwrap();
    let told = json(at, &["runs", "remove", &place, "--units", "--yes"]);
    assert_eq!(told["units"], 2);
    assert!(!at.join(&place).exists());
}

#[cfg(unix)]
#[test]
fn a_link_and_a_folder_with_runs_in_it_are_not_removed() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let place = run(at, "small", SMALL, &[]);
    std::os::unix::fs::symlink(at.join(&place), at.join("runs/link")).unwrap();
    let (_, err, code) = said(at, &["runs", "remove", "link", "--yes"]);
    assert!(code == 65 && err.contains("is a link to a run folder"), "{err}");
    run(at, "small", SMALL, &["--out", &place]);
    let (_, err, code) = said(at, &["runs", "remove", &place, "--yes"]);
    assert!(code == 65 && err.contains("both a run folder and a folder of runs"), "{err}");
    assert!(at.join(&place).join("manifest.json").exists());
}

#[cfg(unix)]
#[test]
fn units_are_not_removed_while_a_run_is_at_work() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let place = run(at, "small", SMALL, &[]);
    let store = Store::at(at.join("runs")).unwrap();
    let at_work = store.at_work();
    assert!(at_work.is_some());
    let (_, err, code) = said(at, &["runs", "remove", &place, "--units", "--yes"]);
    assert_eq!(code, 74, "{err}");
    assert!(err.contains("runs: a run is in progress here; wait until it has finished"), "{err}");
    assert!(at.join(&place).exists() && units(at) == 2);
    assert_eq!(run(at, "small", SMALL, &[]), place, "several runs may be at work");
    drop(at_work);
    assert_eq!(said(at, &["runs", "remove", &place, "--units", "--yes"]).2, 0);
    assert_eq!(units(at), 0);
}

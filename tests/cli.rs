//! The command line from the outside: exit codes, messages, and standard output.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// `keten` with its own working folder, and without settings from the environment.
fn keten(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("keten").unwrap();
    command.current_dir(folder).env_remove("NO_COLOR").env("RUST_BACKTRACE", "0");
    command
}

/// Standard output, standard error, exit code.
fn said(command: &mut Command) -> (String, String, i32) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
}

const SMALL: &str = "title = \"Small\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2011\n\
    outcomes = [\"fit\", \"yearly\", \"transmission\"]\n\n[scenarios.status-quo]\n";

/// A burn-in population that takes only a moment; its lack of histories does not matter here.
const SMALL_POOL: [&str; 4] = ["--set", "founding.pool_size=2000", "--set", "founding.pool_years=30"];

fn experiment(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("small.toml");
    fs::write(&path, text).unwrap();
    path
}

/// Runs an experiment and returns its final JSON line.
fn run_json(folder: &Path, arguments: &[&str]) -> Value {
    let (out, err, code) = said(keten(folder).args(["run", "small.toml", "--json"]).args(SMALL_POOL).args(arguments));
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(out.lines().last().unwrap()).unwrap()
}

fn hashes(run: &Value) -> Vec<(String, String)> {
    let tables = run["tables"].as_object().unwrap();
    tables.iter().map(|(name, table)| (name.clone(), table["content_hash"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn without_a_command_the_help_is_shown_and_the_use_is_wrong() {
    let folder = TempDir::new().unwrap();
    let (_, err, code) = said(&mut keten(folder.path()));
    assert_eq!(code, 2);
    assert!(err.contains("Usage: keten"), "{err}");
    assert_eq!(said(keten(folder.path()).arg("dance")).2, 2);
    let (out, _, code) = said(keten(folder.path()).arg("--help"));
    assert_eq!(code, 0);
    for word in ["Exit codes", "65", "75", "130", "Examples", "replicate", "demo"] {
        assert!(out.contains(word), "{word} is not in the help");
    }
}

#[test]
fn a_run_ends_with_one_json_line_that_repeats_the_manifest() {
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), SMALL);
    let run = run_json(folder.path(), &[]);
    let place = folder.path().join(run["run"].as_str().unwrap());
    let manifest: Value = serde_json::from_slice(&fs::read(place.join("manifest.json")).unwrap()).unwrap();
    let keys = [
        "keten_version",
        "commit",
        "seed",
        "config",
        "parameters",
        "tables",
        "timings",
        "person_months",
        "person_months_elsewhere",
        "peak_memory_bytes",
        "threads",
    ];
    for key in keys {
        assert_eq!(run[key], manifest[key], "{key}");
    }
    for key in ["founding_s", "burn_in_s", "months_s", "write_s", "wall_s"] {
        assert!(run["timings"][key].as_f64().unwrap() > 0.0, "{key}");
    }
    // About 2,100 persons for 36 months.
    let person_months = run["person_months"].as_u64().unwrap();
    assert!((60_000..100_000).contains(&person_months), "{person_months}");
    for name in ["fit", "yearly", "transmission"] {
        assert!(place.join(format!("{name}.parquet")).is_file(), "{name}");
        assert!(run["tables"][name]["rows"].as_u64().unwrap() > 0, "{name}");
    }
    assert!(place.join("codebook.json").is_file());
}

#[test]
fn threads_do_not_change_what_comes_out_and_kept_units_are_not_lived_again() {
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), &SMALL.replace("until = 2011", "until = 2011\nreplicates = 3"));
    let one = run_json(folder.path(), &["--threads", "1", "--out", "one"]);
    for threads in ["2", "8"] {
        let other = run_json(folder.path(), &["--threads", threads, "--out", threads]);
        assert_eq!(hashes(&one), hashes(&other), "{threads} threads");
    }
    let again = run_json(folder.path(), &["--threads", "1", "--out", "one"]);
    assert_eq!(hashes(&one), hashes(&again));
    assert_eq!(one["timings"]["months_s"], again["timings"]["months_s"], "kept units keep the timings of their making");
    assert_eq!(
        fs::read_dir(folder.path().join("one/.units")).unwrap().count(),
        4,
        "three units, and the folder of pools"
    );
    assert_eq!(fs::read_dir(folder.path().join("one/.units/pools")).unwrap().count(), 3);
}

#[test]
fn a_scenario_that_changes_nothing_changes_nothing_and_a_branch_equals_the_full_run() {
    let folder = TempDir::new().unwrap();
    let scenarios = "
[scenarios.same]
from = \"2009-03\"
[scenarios.same.set]
\"transmission.kappa\" = 0.5
[scenarios.less]
from = \"2009-03\"
[scenarios.less.set]
\"violence.onset.by_men\" = 0.0
[scenarios.founded]
from = \"founding\"
[scenarios.founded.set]
\"violence.onset.by_men\" = 0.0
";
    experiment(folder.path(), &format!("{SMALL}{scenarios}"));
    let all = run_json(folder.path(), &["--out", "all"]);
    let manifest: Value = serde_json::from_slice(
        &fs::read(folder.path().join(all["run"].as_str().unwrap()).join("manifest.json")).unwrap(),
    )
    .unwrap();
    let units = |name: &str| -> Vec<Value> {
        let plan = manifest["plan"].as_array().unwrap().iter();
        let unit = |place: &Value| {
            manifest["units"][place["unit"].as_str().unwrap()]["tables"]["yearly"]["content_hash"].clone()
        };
        plan.filter(|place| place["scenario"] == name).map(unit).collect()
    };
    assert_eq!(units("status-quo"), units("same"));
    assert_ne!(units("status-quo"), units("less"));
    assert_ne!(units("founded"), units("less"));
    // The same scenario simulated alone, without a shared past.
    let alone = SMALL.replace(
        "[scenarios.status-quo]",
        "[scenarios.less]\nfrom = \"2009-03\"\n[scenarios.less.set]\n\"violence.onset.by_men\" = 0.0",
    );
    experiment(folder.path(), &alone);
    let alone = run_json(folder.path(), &["--out", "alone"]);
    let unit = manifest["plan"].as_array().unwrap().iter().find(|place| place["scenario"] == "less").unwrap();
    let shared = &manifest["units"][unit["unit"].as_str().unwrap()]["tables"];
    let place = folder.path().join(alone["run"].as_str().unwrap()).join("manifest.json");
    let manifest: Value = serde_json::from_slice(&fs::read(place).unwrap()).unwrap();
    let own = &manifest["units"][unit["unit"].as_str().unwrap()]["tables"];
    assert_eq!(shared, own, "the same unit, under the same id, has the same content");
}

#[test]
fn a_run_is_replicated_from_its_manifest_alone() {
    let folder = TempDir::new().unwrap();
    let scenarios = "[scenarios.less]\nfrom = \"2009-01\"\n[scenarios.less.set]\n\"violence.onset.by_men\" = 0.01\n";
    experiment(
        folder.path(),
        &format!(
            "{}{scenarios}",
            SMALL.replace("until = 2011", "until = 2010\ndraws = 2\nuncertainty = { block = 2 }")
        ),
    );
    let run = run_json(folder.path(), &["--set", "transmission.kappa=0.25"]);
    let place = folder.path().join(run["run"].as_str().unwrap());
    let alone = folder.path().join("manifest-alone.json");
    fs::copy(place.join("manifest.json"), &alone).unwrap();
    for what in [&place, &alone] {
        let (out, err, code) = said(keten(folder.path()).arg("replicate").arg(what));
        assert_eq!(code, 0, "{out}{err}");
        assert_eq!(out.lines().filter(|line| line.contains(" same ")).count(), 3, "{out}");
    }
    // Other content under the same configuration is reported as a difference.
    let text = fs::read_to_string(&alone).unwrap();
    let hash = run["tables"]["yearly"]["content_hash"].as_str().unwrap();
    fs::write(&alone, text.replace(hash, &"0".repeat(64))).unwrap();
    let (out, err, code) = said(keten(folder.path()).arg("replicate").arg(&alone));
    assert_eq!(code, 70, "{out}{err}");
    assert!(out.contains("DIFFERS") && err.contains("the contents differ"), "{out}{err}");
    // A damaged table is reported before anything is run.
    let table = place.join("yearly.parquet");
    let mut bytes = fs::read(&table).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&table, bytes).unwrap();
    let (_, err, code) = said(keten(folder.path()).arg("replicate").arg(&place));
    assert_eq!(code, 65, "{err}");
    let left = fs::read_dir(folder.path().join("runs")).unwrap().flatten();
    assert!(left.map(|entry| entry.file_name()).all(|name| !name.to_string_lossy().starts_with(".tmp")));
}

#[test]
fn faults_are_told_all_at_once_with_file_line_key_and_cure() {
    let folder = TempDir::new().unwrap();
    let text = SMALL.replace("scale = 0.001", "scale = 1e9").replace("until = 2011", "until = 2004\nreplicats = 2");
    experiment(folder.path(), &text.replace("\"yearly\"", "\"yaerly\""));
    let (out, err, code) = said(keten(folder.path()).args(["run", "small.toml"]));
    assert_eq!((code, out.as_str()), (65, ""));
    insta::assert_snapshot!("all_at_once", err);
    assert!(!folder.path().join("runs").exists(), "nothing is written");
}

#[test]
fn settings_on_the_command_line_are_checked_like_files() {
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), SMALL);
    let mut told = String::new();
    for arguments in [
        &["--set", "transmission.kapa=0.2"][..],
        &["--set", "transmission.kappa=1.5"],
        &["--set", "transmission.kappa=nan"],
        &["--set", "kappa"],
        &["--set", "replicates=0"],
        &["--scale", "0"],
        &["--scale", "1e9"],
        &["--scale", "inf"],
        &["--set", "trends.violence=up"],
    ] {
        let (out, err, code) = said(keten(folder.path()).args(["run", "small.toml"]).args(arguments));
        assert_eq!((code, out.as_str()), (65, ""), "{arguments:?}: {err}");
        told.push_str(&format!("$ {}\n{err}\n", arguments.join(" ")));
    }
    insta::assert_snapshot!("settings", told);
    assert_eq!(said(keten(folder.path()).args(["run", "small.toml", "--threads", "0"])).2, 2);
    assert!(!folder.path().join("runs").exists(), "nothing is written");
}

#[test]
fn a_patch_that_comes_too_late_is_told() {
    let folder = TempDir::new().unwrap();
    let scenario = "[scenarios.bigger]\nfrom = \"2009-01\"\n[scenarios.bigger.set]\n\"founding.pool_years\" = 60\n";
    experiment(folder.path(), &format!("{SMALL}{scenario}"));
    let (_, err, code) = said(keten(folder.path()).args(["check", "small.toml"]));
    assert_eq!(code, 65);
    insta::assert_snapshot!("too_late", err);
}

#[test]
fn what_is_missing_is_told_as_missing() {
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), &SMALL.replace("builtin:g4-2008", "models/g4"));
    fs::create_dir(folder.path().join("empty")).unwrap();
    let mut told = String::new();
    for arguments in [
        &["run", "smal.toml"][..],
        &["run", "small.toml"],
        &["run", "builtin:first-rum"],
        &["check", "nowhere"],
        &["check", "empty"],
        &["explain", "transmission.kappa", "--model", "nowhere"],
        &["replicate", "runs/x"],
    ] {
        let (out, err, code) = said(keten(folder.path()).args(arguments));
        assert_eq!((code, out.as_str()), (66, ""), "{arguments:?}: {err}");
        told.push_str(&format!("$ keten {}\n{err}\n", arguments.join(" ")));
    }
    insta::assert_snapshot!("missing", told);
}

#[test]
fn a_folder_that_is_not_a_run_is_left_alone() {
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), SMALL);
    let foreign = folder.path().join("photos");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("summer.jpg"), "x").unwrap();
    for out in ["photos", "small.toml"] {
        let (_, err, code) = said(keten(folder.path()).args(["run", "small.toml", "--out", out]));
        assert_eq!(code, 65, "{err}");
        assert!(err.contains("exists and is not a run") && err.contains("--out"), "{err}");
    }
    assert_eq!(fs::read_dir(&foreign).unwrap().count(), 1);
    let (_, err, code) = said(keten(folder.path()).args(["replicate", "photos"]));
    assert_eq!(code, 65, "{err}");
    assert!(err.contains("is not a run"), "{err}");
}

#[test]
fn a_place_that_cannot_be_written_is_a_fault_of_the_disk() {
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), SMALL);
    let (_, err, code) = said(keten(folder.path()).args(["run", "small.toml", "--out", "small.toml/runs"]));
    assert_eq!(code, 74, "{err}");
    if cfg!(target_os = "linux") {
        let (_, err, code) = said(keten(folder.path()).args(["run", "small.toml", "--out", "/proc/runs"]));
        assert_eq!(code, 74, "{err}");
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("keten"));
        let output = command.args(["list", "mechanisms"]).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(74));
        assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"));
    }
}

/// Two draws instead of those of the demo.
const DRAWS: [&str; 4] = ["--set", "draws=2", "--set", "uncertainty.block=2"];

#[test]
fn the_demo_tells_its_main_figures_and_where_the_files_are() {
    let folder = TempDir::new().unwrap();
    let (out, err, code) = said(
        keten(folder.path()).args(["demo", "--scale", "0.002", "--set", "until=2014"]).args(DRAWS).args(SMALL_POOL),
    );
    assert_eq!(code, 0, "{err}");
    assert!(out.lines().filter(|line| !line.trim().is_empty()).count() >= 8, "{out}");
    for words in [
        "persons",
        "births",
        "victims",
        "children",
        "never",
        "causal",
        "runs/demo-",
        "keten replicate",
        "not a forecast",
        "What the measures change",
        "support in pregnancy",
        "report-en.html",
    ] {
        assert!(out.contains(words), "`{words}` is not in:\n{out}");
    }
    let run =
        fs::read_dir(folder.path().join("runs")).unwrap().flatten().find(|e| e.path().join("manifest.json").is_file());
    let run = run.unwrap().path();
    for page in ["report-en.html", "report-nl.html", "report-en.xlsx"] {
        assert!(run.join(page).is_file(), "{page}");
    }
    #[cfg(target_os = "linux")]
    {
        // A script that records its arguments stands in for the browser.
        use std::os::unix::fs::PermissionsExt;
        let browser = folder.path().join("bin/xdg-open");
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(&browser, "#!/bin/sh\necho \"$1\" >> shown\n").unwrap();
        fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
        let demo = ["demo", "--scale", "0.002", "--set", "until=2014"];
        let again = |more: &[&str]| {
            let mut command = keten(folder.path());
            said(command.args(demo).args(DRAWS).args(SMALL_POOL).args(more).env("PATH", &path)).2
        };
        assert_eq!(again(&[]), 0);
        assert!(!folder.path().join("shown").exists(), "nothing is opened unless it is asked for");
        assert_eq!(again(&["--open", "--lang", "nl"]), 0);
        let shown = fs::read_to_string(folder.path().join("shown")).unwrap();
        assert_eq!(
            fs::canonicalize(folder.path().join(shown.trim())).unwrap(),
            fs::canonicalize(run.join("report-nl.html")).unwrap()
        );
        fs::remove_file(browser).unwrap();
        let alone = folder.path().join("bin").display().to_string();
        let mut command = keten(folder.path());
        command.args(demo).args(DRAWS).args(SMALL_POOL).arg("--open").env("PATH", alone);
        let (_, err, code) = said(&mut command);
        assert!(code == 0 && err.contains("no browser could be started; please open"), "{err}");
    }
}

/// Runs keten with a limit on file size, in blocks of 512 bytes: the errors are those of a full disk.
#[cfg(target_os = "linux")]
fn cramped(folder: &Path, blocks: u32, arguments: &[&str]) -> (String, String, i32) {
    let keten = assert_cmd::cargo::cargo_bin("keten");
    let mut command = Command::new("sh");
    command
        .current_dir(folder)
        .arg("-c")
        .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""))
        .arg(keten);
    said(command.args(arguments))
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_done_before_the_disk_was_full_stays_good_and_nothing_is_half_written() {
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), SMALL);
    let names = |place: &Path| -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(place)
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let run: Vec<&str> = ["run", "small.toml"].into_iter().chain(SMALL_POOL).collect();
    // Tables of a unit are smaller than 200 kB, the manifest of a run is larger.
    let (_, err, code) = cramped(folder.path(), 400, &run);
    assert!(code == 74 && err.contains("manifest.json: file too large") && err.contains("free some space"), "{err}");
    assert_eq!(names(&folder.path().join("runs")), [".units"]);
    let (_, err, code) = said(keten(folder.path()).args(&run));
    assert!(code == 0 && err.contains("1 of 1 units are kept already"), "{err}");
    let place = folder.path().join("runs").join(names(&folder.path().join("runs")).pop().unwrap());
    let before = names(&place);
    let report = ["report", place.to_str().unwrap(), "--lang", "en"];
    let (_, err, code) = cramped(folder.path(), 20, &report);
    assert!(code == 74 && err.contains("report-en.html: file too large"), "{err}");
    assert_eq!(names(&place), before, "no half page, no file of a name to come");
    assert_eq!(said(keten(folder.path()).args(report)).2, 0);
    assert!(place.join("report-en.html").exists());
}

#[test]
fn lists_and_explanations_stand_on_standard_output() {
    let folder = TempDir::new().unwrap();
    for (arguments, word) in [
        (&["list", "parameters"][..], "transmission.kappa"),
        (&["list", "mechanisms"], "violence_use"),
        (&["list", "outcomes"], "transmission"),
        (&["list", "--odd"], "Transmission"),
        (&["explain", "transmission.kappa"], "causal fraction"),
        (&["schema"], "\"scenarios\""),
        (&["schema", "model"], "\"transmission\""),
        (&["check", "builtin:g4-2008", "builtin:first-run"], "a valid model"),
    ] {
        let (out, err, code) = said(keten(folder.path()).args(arguments));
        assert_eq!(code, 0, "{arguments:?}: {err}");
        assert!(out.to_lowercase().contains(&word.to_lowercase()), "{arguments:?}: {word} is not in {out}");
    }
    for what in ["parameters", "mechanisms", "outcomes"] {
        let (out, _, code) = said(keten(folder.path()).args(["list", what, "--json"]));
        assert_eq!(code, 0);
        serde_json::from_str::<Value>(&out).unwrap();
    }
    let (_, err, code) = said(keten(folder.path()).args(["explain", "transmission.kapa"]));
    assert_eq!(code, 65);
    assert!(err.contains("did you mean `transmission.kappa`?"), "{err}");
}

#[test]
fn a_first_experiment_is_written_once_and_is_sound() {
    let folder = TempDir::new().unwrap();
    let (out, _, code) = said(keten(folder.path()).args(["init", "study"]));
    assert_eq!(code, 0);
    assert!(out.contains("first-run.toml"), "{out}");
    assert_eq!(said(keten(folder.path()).args(["check", "study/first-run.toml"])).2, 0);
    let (_, err, code) = said(keten(folder.path()).args(["init", "study"]));
    assert_eq!(code, 65);
    assert!(err.contains("not overwritten"), "{err}");
}

#[test]
fn the_shipped_files_are_sound_and_the_schemas_are_those_of_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The others are checked by `./check`, which takes longer: `assumptions` has many scenarios.
    let files = ["models/g4-2008", "experiments/first-run.toml", "experiments/demo.toml", "experiments/lifetime.toml"];
    let (_, err, code) = said(keten(root).arg("check").args(files));
    assert_eq!(code, 0, "{err}");
    for what in ["experiment", "model"] {
        let (out, _, _) = said(keten(root).args(["schema", what]));
        let there = fs::read_to_string(root.join(format!("schema/{what}.schema.json"))).unwrap();
        assert!(there == out, "schema/{what}.schema.json is not what `keten schema {what}` prints");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_what_is_kept_and_says_so() {
    use std::process::{Command, Stdio};
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), &SMALL.replace("until = 2011", "until = 2011\nreplicates = 500"));
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("keten"))
        .current_dir(folder.path())
        .args(["run", "small.toml"])
        .args(SMALL_POOL)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let units = folder.path().join("runs/.units");
    let kept = || {
        let whole = |entry: &fs::DirEntry| {
            entry.path().join("unit.json").is_file() && !entry.file_name().to_string_lossy().starts_with('.')
        };
        fs::read_dir(&units).map_or(0, |list| list.flatten().filter(whole).count())
    };
    for _ in 0..6000 {
        if kept() > 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    let mut err = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut err).unwrap();
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(75), "{err}");
    assert!(err.contains("the same command continues"), "{err}");
    assert!(kept() > 0);
    let left: Vec<_> =
        fs::read_dir(folder.path().join("runs")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, [".units"], "no run folder is left half-made");
}

/// A run is killed twenty times, first when a unit is stored and then at random times, and started again: it loses and
/// duplicates nothing.
#[cfg(unix)]
#[test]
fn a_run_killed_at_any_moment_goes_on_and_ends_as_if_undisturbed() {
    use std::process::{Command, Stdio};
    use std::time::Duration;
    let folder = TempDir::new().unwrap();
    let scenarios = "[scenarios.less]\nfrom = \"2009-01\"\nset = { \"transmission.kappa\" = 0.1 }\n";
    let text = SMALL.replace("until = 2011", "until = 2010\nreplicates = 12");
    experiment(folder.path(), &format!("{text}{scenarios}"));
    let undisturbed = run_json(folder.path(), &["--out", "undisturbed"]);
    let luck = keten::random::Luck::new(2008, 0, 0);
    let units = || {
        let whole = |entry: &fs::DirEntry| {
            entry.path().join("unit.json").is_file() && !entry.file_name().to_string_lossy().starts_with('.')
        };
        fs::read_dir(folder.path().join("killed/.units")).map_or(0, |list| list.flatten().filter(whole).count())
    };
    let (mut seen, mut middles) = (0, 0);
    for kill in 0..20 {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("keten"))
            .current_dir(folder.path())
            .args(["run", "small.toml", "--out", "killed"])
            .args(SMALL_POOL)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        if kill == 0 {
            // The first kill is when a unit is stored, so that there is something to continue from.
            while units() == 0 && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
        } else {
            // Up to a third of a second: from before the next unit is stored to after several are.
            let wait = 333.0 * luck.block(kill, 0, 0, 0).unit(0);
            std::thread::sleep(Duration::from_millis(wait as u64));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(units() >= seen, "kept units are lost");
        seen = units();
        middles += usize::from((1..24).contains(&seen));
    }
    assert!(middles > 0, "no kill left anything to go on from");
    let resumed = run_json(folder.path(), &["--out", "killed"]);
    assert_eq!(hashes(&resumed), hashes(&undisturbed));
    let units = |run: &Value| run["tables"]["yearly"]["rows"].as_u64().unwrap();
    assert_eq!(units(&resumed), units(&undisturbed));
}

/// Two processes run the same experiment at the same time in one folder: neither disturbs the other, and there is one
/// result.
#[test]
fn two_runs_at_once_in_one_folder_end_alike_and_leave_one_result() {
    use std::process::{Command, Stdio};
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), &SMALL.replace("until = 2011", "until = 2010\nreplicates = 6"));
    let alone = run_json(folder.path(), &["--out", "alone"]);
    let start = || {
        Command::new(assert_cmd::cargo::cargo_bin("keten"))
            .current_dir(folder.path())
            .args(["run", "small.toml", "--out", "shared", "--json", "--quiet"])
            .args(SMALL_POOL)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let both = [start(), start()];
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let run: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
        assert_eq!(hashes(&run), hashes(&alone));
    }
    let names = |folder: &Path| -> Vec<String> {
        fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let shared = folder.path().join("shared");
    assert_eq!(names(&shared).len(), 2, "one run folder beside its units: {:?}", names(&shared));
    for place in [".units", ".units/pools"] {
        assert_eq!(names(&shared.join(place)).len(), names(&folder.path().join("alone").join(place)).len());
    }
}

/// Number of repetitions of the following tests; fifty with `KETEN_LONG=1`.
#[cfg(target_os = "linux")]
fn trials() -> u32 {
    if std::env::var_os("KETEN_LONG").is_some() { 50 } else { 4 }
}

/// Two runs whose reports are written in turn to one folder that also contains a user's file.
#[cfg(target_os = "linux")]
struct Desk {
    folder: TempDir,
    runs: [PathBuf; 2],
}

#[cfg(target_os = "linux")]
impl Desk {
    fn new() -> Desk {
        let folder = TempDir::new().unwrap();
        experiment(folder.path(), &SMALL.replace("until = 2011", "until = 2009"));
        let runs = ["1", "2"].map(|seed| {
            let run = run_json(folder.path(), &["--seed", seed]);
            let place = folder.path().join(run["run"].as_str().unwrap());
            fs::write(place.join("notes.txt"), "mine").unwrap();
            for lang in ["en", "nl"] {
                assert_eq!(said(keten(folder.path()).arg("report").arg(&place).args(["--lang", lang])).2, 0);
            }
            place
        });
        fs::create_dir(folder.path().join("desk")).unwrap();
        fs::write(folder.path().join("desk/notes.txt"), "mine").unwrap();
        Desk { folder, runs }
    }

    /// Arguments of the trial with that number.
    fn report(&self, trial: u32) -> Vec<String> {
        let run = self.runs[trial as usize % 2].display().to_string();
        let lang = if trial.is_multiple_of(3) { "nl" } else { "en" };
        ["report", &run, "--lang", lang, "--out", "desk", "--quiet"].map(str::to_owned).into()
    }

    /// Checks that every file with a final name is complete: from one of the runs, or the unchanged user's file.
    fn check(&self, what: &str) {
        let desk = self.folder.path().join("desk");
        for (name, bytes) in files(&desk) {
            if name == "report-files/made.json" {
                serde_json::from_slice::<Value>(&bytes).unwrap();
                continue;
            }
            let of_runs = self.runs.iter().filter_map(|run| fs::read(run.join(&name)).ok());
            assert!(of_runs.into_iter().any(|whole| whole == bytes), "{what}: {name} is half-written or gone");
        }
        assert_eq!(fs::read_to_string(desk.join("notes.txt")).unwrap(), "mine", "{what}");
    }
}

/// Files of a folder and its subfolders by name, without temporary files.
#[cfg(target_os = "linux")]
fn files(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut left = vec![folder.to_path_buf()];
    while let Some(at) = left.pop() {
        for entry in fs::read_dir(at).unwrap().flatten() {
            let hidden = entry.file_name().to_string_lossy().starts_with(".tmp-");
            match entry.path() {
                path if path.is_dir() => left.push(path),
                path if hidden => drop(path),
                path => {
                    let name = path.strip_prefix(folder).unwrap().display().to_string();
                    found.insert(name, fs::read(path).unwrap());
                }
            }
        }
    }
    found
}

#[cfg(target_os = "linux")]
fn started(folder: &Path, arguments: &[String]) -> std::process::Child {
    use std::process::{Command, Stdio};
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("keten"));
    command.current_dir(folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Killed at random times.
#[cfg(target_os = "linux")]
#[test]
fn a_report_killed_at_any_moment_leaves_whole_files_and_can_be_made_again() {
    use std::time::{Duration, Instant};
    let desk = Desk::new();
    let began = Instant::now();
    assert_eq!(said(keten(desk.folder.path()).args(desk.report(0))).2, 0);
    let whole = began.elapsed().as_secs_f64();
    let luck = keten::random::Luck::new(2008, 0, 0);
    for trial in 1..=trials() {
        let mut child = started(desk.folder.path(), &desk.report(trial));
        // Most of the time is spent reading; files are written at the end.
        let part = 1.1 * (1.0 - luck.block(u64::from(trial), 0, 0, 0).unit(0).powi(2));
        std::thread::sleep(Duration::from_secs_f64(whole * part));
        child.kill().unwrap();
        child.wait().unwrap();
        desk.check(&format!("kill {trial}"));
    }
    for trial in 0..6 {
        let (_, err, code) = said(keten(desk.folder.path()).args(desk.report(trial)));
        assert_eq!(code, 0, "{err}");
    }
    desk.check("after all kills");
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_meets_a_full_disk_leaves_everything_as_it_was() {
    let desk = Desk::new();
    assert_eq!(said(keten(desk.folder.path()).args(desk.report(0))).2, 0);
    let mut met = 0;
    for trial in 1..=trials() {
        let before = files(&desk.folder.path().join("desk"));
        let arguments = desk.report(trial);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // From no space for the smallest file to nearly enough for the largest.
        let (_, err, code) = cramped(desk.folder.path(), 1 + 160 * trial / trials(), &arguments);
        assert!(code == 0 || code == 74 && err.contains("file too large"), "{err}");
        if code == 74 {
            met += 1;
            assert_eq!(files(&desk.folder.path().join("desk")), before, "trial {trial}");
        }
        desk.check(&format!("full disk {trial}"));
    }
    assert!(met > 0, "no disk was full");
}

#[cfg(target_os = "linux")]
#[test]
fn reports_made_at_once_into_one_folder_do_not_disturb_each_other() {
    let desk = Desk::new();
    for trial in 0..trials() {
        let both = [0, 1, 3].map(|more| started(desk.folder.path(), &desk.report(trial + more)));
        for child in both {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        desk.check(&format!("together {trial}"));
    }
    // All files are recognised as keten's own.
    assert_eq!(said(keten(desk.folder.path()).args(desk.report(0))).2, 0);
    assert_eq!(said(keten(desk.folder.path()).args(desk.report(1))).2, 0);
}

/// A run folder with a damaged table and manifest is repaired despite kills, a full disk, and two processes at once.
#[cfg(target_os = "linux")]
#[test]
fn a_repair_that_is_disturbed_is_carried_on_and_touches_nothing_else() {
    use std::time::{Duration, Instant};
    let desk = Desk::new();
    let (at, place) = (desk.folder.path(), &desk.runs[0]);
    let arguments: Vec<String> =
        ["run", "small.toml", "--seed", "1"].into_iter().chain(SMALL_POOL).map(str::to_owned).collect();
    let plain: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let sound = files(place);
    let damage = |trial: u32| {
        let table = place.join("yearly.parquet");
        fs::write(&table, &sound["yearly.parquet"][..sound["yearly.parquet"].len() / 2]).unwrap();
        match trial % 3 {
            0 => fs::remove_file(place.join("fit.parquet")).unwrap(),
            1 => fs::write(place.join("manifest.json"), &sound["manifest.json"][..2000]).unwrap(),
            _ => fs::write(place.join("codebook.json"), "").unwrap(),
        }
    };
    // In the manifest only the times may differ.
    let holds = |what: &str, whole: bool| {
        let now = files(place);
        for (name, bytes) in &sound {
            let is_repaired =
                ["yearly.parquet", "fit.parquet", "manifest.json", "codebook.json"].contains(&name.as_str());
            if name != "manifest.json" && (whole || !is_repaired) {
                assert!(now.get(name) == Some(bytes), "{what}: {name}");
            }
        }
        assert_eq!(now.keys().filter(|name| !sound.contains_key(*name)).count(), 0, "{what}: something was added");
        if whole {
            keten::store::Run::open(place).unwrap().verify().unwrap();
        }
    };
    let began = Instant::now();
    damage(0);
    assert_eq!(said(keten(at).args(&plain)).2, 0);
    let took = began.elapsed().as_secs_f64();
    let luck = keten::random::Luck::new(2008, 0, 0);
    for trial in 0..trials() {
        damage(trial);
        let mut child = started(at, &arguments);
        std::thread::sleep(Duration::from_secs_f64(took * luck.block(u64::from(trial), 0, 0, 0).unit(0)));
        child.kill().unwrap();
        child.wait().unwrap();
        holds(&format!("kill {trial}"), false);
        let (_, err, code) = cramped(at, 5 + 100 * trial / trials(), &plain);
        assert!(code == 0 || code == 74, "{err}");
        holds(&format!("full disk {trial}"), code == 0);
        let both = [started(at, &arguments), started(at, &arguments)];
        for child in both {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        holds(&format!("two at once {trial}"), true);
    }
}

#[test]
fn a_name_that_readers_of_tables_take_for_something_else_is_refused() {
    let folder = TempDir::new().unwrap();
    let names = ["null", "nan", "na", "none", "true", "1-2", "mar-1", "1e5", "007"];
    let scenarios: String = names.iter().map(|name| format!("[scenarios.\"{name}\"]\n")).collect();
    let variants = "[variants.null]\nset = { \"transmission.kappa\" = 0.1 }\n";
    experiment(folder.path(), &format!("{SMALL}{scenarios}{variants}"));
    for command in ["check", "run"] {
        let (out, err, code) = said(keten(folder.path()).args([command, "small.toml"]));
        assert_eq!((code, out.as_str()), (65, ""), "{command}: {err}");
        for name in names {
            assert!(
                err.contains(&format!("programs that read the tables take the name \"{name}\" for ")),
                "{command}, {name}: {err}"
            );
        }
        assert!(err.contains("small.toml:8") && err.contains("for example `scenario-null`"), "{command}: {err}");
        assert!(err.contains("for example `variant-null`") && err.contains("10 faults"), "{command}: {err}");
    }
    // A measure's key, the name of one of its costs, and a city's name appear in tables too.
    let model = folder.path().join("model");
    copied(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/g4-2008"), &model);
    let change = |file: &str, from: &str, to: &str| {
        let path = model.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replace(from, to)).unwrap();
    };
    change("interventions/nhv.toml", "interventions.nhv", "interventions.nan");
    change("interventions/nhv.toml", "costs.project", "costs.1e5");
    let (_, err, code) = said(keten(folder.path()).args(["check", "model"]));
    assert!(code == 65 && err.contains("the name \"nan\"") && err.contains("the name \"1e5\""), "{err}");
    change("interventions/nhv.toml", "interventions.nan", "interventions.nhv");
    change("interventions/nhv.toml", "costs.1e5", "costs.project");
    change("places.toml", "\"Utrecht\"", "\"G4\"");
    let (_, err, code) = said(keten(folder.path()).args(["check", "model"]));
    assert!(code == 65 && err.contains("the name \"G4\" is taken for all cities together"), "{err}");
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let there = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &there)
        } else {
            assert!(fs::copy(entry.path(), there).is_ok())
        }
    }
}

#[test]
fn a_dry_run_says_what_it_takes_and_runs_nothing() {
    let folder = TempDir::new().unwrap();
    let text = SMALL.replace("until = 2011", "until = 2010\ndraws = 4\nuncertainty = { block = 2 }\nreplicates = 3");
    experiment(folder.path(), &format!("{text}[scenarios.less]\nset = {{ \"transmission.kappa\" = 0.1 }}\n"));
    let (out, err, code) = said(keten(folder.path()).args(["run", "small.toml", "--dry-run", "--json"]));
    assert_eq!(code, 0, "{err}");
    let told: Value = serde_json::from_str(&out).unwrap();
    let of = |key: &str| told[key].as_f64().unwrap();
    assert_eq!((of("units"), of("kept"), of("foundings"), of("burn_ins")), (24.0, 0.0, 12.0, 12.0));
    assert!(of("seconds") > 0.0 && of("memory_bytes") > 5e7 && of("disk_bytes") > 1e4, "{told}");
    assert!(!folder.path().join("runs").exists());
    let (out, ..) = said(keten(folder.path()).args(["run", "small.toml", "--dry-run"]));
    assert!(out.contains("24 units: 2 scenarios, 4 parameter draws, 3 replicates"), "{out}");
    // After adding blocks, stored units are kept and only the rest is to be simulated.
    let sets = ["--set", "draws=2", "--set", "replicates=1"];
    run_json(folder.path(), &sets);
    let (out, ..) = said(
        keten(folder.path())
            .args(["run", "small.toml", "--dry-run", "--json", "--set", "replicates=1"])
            .args(SMALL_POOL),
    );
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((told["units"].as_u64(), told["kept"].as_u64()), (Some(8), Some(4)), "{told}");
    // With another end no unit is kept, but the burn-in populations of two of the four draws are.
    let longer = ["run", "small.toml", "--dry-run", "--set", "replicates=1", "--set", "until=2011"];
    let (out, ..) = said(keten(folder.path()).args(longer).arg("--json").args(SMALL_POOL));
    let told: Value = serde_json::from_str(&out).unwrap();
    let of = |key: &str| told[key].as_u64();
    assert_eq!((of("kept"), of("foundings"), of("burn_ins")), (Some(0), Some(4), Some(2)), "{told}");
    let (out, ..) = said(keten(folder.path()).args(longer).args(SMALL_POOL));
    assert!(out.contains("4 initial populations") && out.contains("burn-in populations of 2 are stored"), "{out}");
}

#[test]
fn a_run_ends_with_what_to_do_next_unless_it_speaks_to_programs() {
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), SMALL);
    let run = |more: &[&str]| said(keten(folder.path()).args(["run", "small.toml"]).args(SMALL_POOL).args(more));
    let (out, err, code) = run(&[]);
    assert_eq!(code, 0, "{err}");
    let place = out.lines().next().unwrap();
    let next = err.lines().find(|line| line.starts_with("next: ")).unwrap_or_else(|| panic!("no next step in {err}"));
    assert!(next.contains(&format!("keten report {place} --lang nl")), "{next}");
    for silent in ["--json", "--quiet"] {
        let (out, err, _) = run(&[silent]);
        assert!(!out.contains("next:") && !err.contains("next:"), "{silent}: {out}{err}");
    }
}

#[test]
fn where_standard_error_is_no_terminal_progress_is_told_in_lines_and_never_that_nothing_is_left() {
    let folder = TempDir::new().unwrap();
    experiment(folder.path(), &SMALL.replace("until = 2011", "until = 2016\nreplicates = 4"));
    let run = |more: &[&str]| {
        said(keten(folder.path()).args(["run", "small.toml", "--threads", "1"]).args(SMALL_POOL).args(more))
    };
    let (_, err, code) = run(&["--progress", "0.02", "--quiet", "--out", "silent"]);
    assert_eq!((code, err.as_str()), (0, ""), "quiet is silent");
    let (_, err, code) = run(&["--progress", "0.02", "--out", "told"]);
    assert_eq!(code, 0, "{err}");
    let lines: Vec<&str> = err.lines().filter(|line| line.contains(" of 4 units, ")).collect();
    assert!(lines.len() > 3, "{err}");
    assert!(lines.iter().any(|line| line.contains("(the burn-in population), replicate ")), "{err}");
    assert!(lines.iter().any(|line| line.contains("scenario 1 of 1 (status-quo), replicate ")), "{err}");
    assert!(lines.iter().all(|line| line.contains(" in all") || line.contains(" so far")), "{err}");
    assert!(lines.iter().all(|line| !line.contains(" 0 s")), "{err}");
    assert!(!lines[0].contains("left"), "nobody knows yet: {}", lines[0]);
    let (_, err, code) = run(&["--progress", "0"]);
    assert!(code == 2 && err.contains("give seconds from"), "{err}");
}

#[test]
fn a_panel_is_restricted_by_the_experiment_and_what_cannot_be_is_refused() {
    let folder = TempDir::new().unwrap();
    let panel = |more: &str| {
        let text = SMALL.replace("\"fit\", \"yearly\", \"transmission\"", "\"panel\", \"spells\", \"contacts\"");
        experiment(
            folder.path(),
            &text.replace("\n\n[scenarios", &format!("\n\n[panel]\nsize = 4000\n{more}\n[scenarios")),
        );
    };
    let rows =
        |run: &Value| ["panel", "spells", "contacts"].map(|table| run["tables"][table]["rows"].as_u64().unwrap());
    panel("");
    let all = rows(&run_json(folder.path(), &[]));
    panel("years = [2010, 2010]\nborn = [1995, 2010]");
    let some = rows(&run_json(folder.path(), &[]));
    assert!(all[0] > 5000 && all[1] > 1000 && all[2] > 10, "{all:?}");
    assert!(some[0] > 0 && some[0] < all[0] / 3 && some[1] < all[1] && some[2] < all[2], "{some:?} of {all:?}");
    for (wrong, key, cure) in [
        ("years = [2010, 2008]", "panel.years", "the first year before the last"),
        ("years = [2020, 2030]", "panel.years", "give years from 2008 to 2010"),
        ("born = [2011, 2012]", "panel.born", "give years of birth before 2011"),
        ("participants = \"nothing_of_this_name\"", "panel.participants", "keten list interventions"),
        ("participants = \"advocaci\"", "panel.participants", "did you mean"),
    ] {
        panel(wrong);
        let (_, err, code) = said(keten(folder.path()).args(["run", "small.toml", "--dry-run"]));
        assert!(code == 65 && err.contains(key) && err.contains(cure), "{wrong}: {err}");
    }
}

#[test]
fn the_forecast_of_a_whole_panel_counts_the_persons_there_are() {
    let folder = TempDir::new().unwrap();
    let text = SMALL.replace("\"fit\", \"yearly\", \"transmission\"", "\"panel\"");
    let told = |more: &str| -> Value {
        experiment(folder.path(), &text.replace("\n\n[scenarios", &format!("\n\n[panel]\n{more}\n\n[scenarios")));
        // The stored burn-in population counts too: a small one leaves the table in view.
        let small = ["--set", "founding.pool_size=1000"];
        let run = ["run", "small.toml", "--dry-run", "--json"];
        let (out, err, code) = said(keten(folder.path()).args(run).args(small));
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let of = |told: &Value, key: &str| told[key].as_f64().unwrap();
    let whole = told("size = 10000000");
    // About 2,000 persons over three years are about 6,000 rows: megabytes, whatever the requested number.
    assert!(of(&whole, "disk_bytes") < 5e6 && of(&whole, "memory_bytes") < 150e6, "{whole}");
    let (bytes, part) = (of(&whole, "disk_bytes"), told("size = 10000000\nyears = [2009, 2009]\nborn = [2000, 2008]"));
    assert!(of(&part, "disk_bytes") < bytes / 3.0 && of(&part, "disk_bytes") > 0.0, "{part} of {whole}");
    assert!(of(&part, "memory_bytes") < of(&whole, "memory_bytes"), "{part} of {whole}");
}

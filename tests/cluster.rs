//! One experiment on many machines: `plan`, `work`, `status` and `collect` give what `run` gives, whatever happens to the
//! workers. With KETEN_LONG=1 also a thousand kills, a large plan, a real Slurm, HyperQueue and Dask, and, where keten is
//! built with the feature `objects`, object stores. `tests/cluster/proof.py` does the same for a release, with a table.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use keten::experiment::{Conditions, Quiet};
use keten::random::Luck;
use keten::shards::{self, Objects, PlanFolder};
use keten::store::{Store, canonical};
use serde_json::Value;
use tempfile::TempDir;

/// Eight groups of units with a common past: of each replicate two. Two scenarios are the same units, and one is simulated
/// beside its comparator.
const EXPERIMENT: &str = "title = \"Small\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2010\nreplicates = 4\n\
    outcomes = [\"fit\", \"yearly\"]\nset = { \"founding.pool_size\" = 1000, \"founding.pool_years\" = 20 }\n\
    [scenarios.status-quo]\n[scenarios.same]\n\
    [scenarios.visits]\nset = { \"interventions.nhv.level\" = \"full\" }\n\
    [scenarios.founded]\nfrom = \"founding\"\nset = { \"transmission.kappa\" = 0.2 }\n";

/// Units of this experiment that differ, and groups of them.
const UNITS: usize = 12;
const GROUPS: usize = 8;

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("small.toml"), EXPERIMENT).unwrap();
        Desk { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("keten"));
        command.current_dir(self.folder.path()).args(arguments).env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        command
    }

    /// Standard output, standard error and exit code.
    fn said(&self, arguments: &[&str]) -> (String, String, i32) {
        let Output { stdout, stderr, status } = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(stdout), text(stderr), status.code().unwrap_or(-1))
    }

    /// What a command that must succeed prints.
    fn done(&self, arguments: &[&str]) -> String {
        let (out, err, code) = self.said(arguments);
        assert_eq!(code, 0, "{arguments:?}: {err}");
        out
    }

    /// Exit code and message of a command that must fail.
    fn fault(&self, arguments: &[&str]) -> (i32, String) {
        let (_, err, code) = self.said(arguments);
        assert_ne!(code, 0, "{arguments:?} did not fail");
        assert!(!err.contains("panicked"), "{err}");
        (code, err)
    }

    fn plan(&self, shards: usize) {
        self.done(&["plan", "small.toml", "--shards", &shards.to_string(), "--out", "plan", "--threads", "1"]);
    }

    fn work(&self, shard: usize) -> String {
        self.done(&["work", "plan", "--shard", &shard.to_string(), "--threads", "1", "--json"])
    }

    fn spawn(&self, shard: usize) -> Child {
        let mut command = self.command(&["work", "plan", "--shard", &shard.to_string(), "--threads", "1", "--quiet"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Units that are stored, by the status of the plan.
    fn stored(&self) -> usize {
        let status: Value = serde_json::from_str(&self.done(&["status", "plan", "--json"])).unwrap();
        status["done"].as_u64().unwrap() as usize
    }

    /// The run that `collect` makes in a new folder.
    fn collect(&self, out: &str) -> Value {
        last(&self.done(&["collect", "plan", "--out", out, "--json"]))
    }

    /// The packs of the plan.
    fn packs(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("plan/store/.units/packs")).into_iter().flatten().flatten();
        let mut packs: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        packs.sort();
        packs
    }
}

fn last(out: &str) -> Value {
    serde_json::from_str(out.lines().last().unwrap()).unwrap()
}

/// What must be the same in two runs: the id, and the content of every table.
fn contents(run: &Value) -> Value {
    let tables = run["tables"].as_object().unwrap().iter();
    let of = |table: &Value| serde_json::json!([table["content_hash"], table["rows"]]);
    let tables: Value = tables.map(|(name, table)| (name.clone(), of(table))).collect();
    assert!(tables["yearly"][0].is_string() && tables["fit"][1].is_number(), "{tables}");
    serde_json::json!({ "id": run["id"], "tables": tables })
}

/// The content that one machine gives.
fn on_one_machine(desk: &Desk) -> Value {
    contents(&last(&desk.done(&["run", "small.toml", "--out", "alone", "--json", "--threads", "1"])))
}

fn long() -> bool {
    std::env::var_os("KETEN_LONG").is_some_and(|value| value == "1")
}

/// Writes a sealed document of a plan again after a change.
fn reseal(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut document: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut document);
    document.as_object_mut().unwrap().remove("seal");
    let seal = blake3::hash(canonical(&document).as_bytes()).to_string();
    document["seal"] = seal.into();
    fs::write(path, document.to_string()).unwrap();
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

#[test]
fn one_four_and_seven_shards_in_any_order_give_the_content_of_one_machine() {
    let desk = Desk::new();
    let alone = on_one_machine(&desk);
    for (shards, order) in [(1, vec![1]), (4, vec![3, 1, 4, 2]), (7, vec![7, 2, 5, 1, 6, 3, 4])] {
        desk.plan(shards);
        assert_eq!(desk.stored(), 0);
        for pair in order.chunks(2) {
            // Two workers at a time.
            let workers: Vec<Child> = pair.iter().map(|shard| desk.spawn(*shard)).collect();
            for mut worker in workers {
                assert!(worker.wait().unwrap().success());
            }
        }
        assert_eq!(desk.stored(), UNITS);
        assert_eq!(desk.packs().len(), shards, "one file for each worker");
        let out = format!("collected-{shards}");
        let run = desk.collect(&out);
        assert_eq!(contents(&run), alone, "{shards} shards");
        // A second time nothing is simulated or written.
        assert_eq!(desk.work(order[0]), desk.work(order[0]));
        assert_eq!(contents(&desk.collect(&out)), alone);
        assert_eq!(desk.packs().len(), shards);
        fs::remove_dir_all(desk.path("plan")).unwrap();
    }
    // The units came with the run: the same experiment has nothing left to simulate there.
    let again = desk.said(&["run", "small.toml", "--out", "collected-4", "--threads", "1"]);
    assert!(again.1.contains(&format!("{UNITS} of {UNITS} units are kept already")), "{}", again.1);
    assert!(again.1.contains("nothing was written again"), "{}", again.1);
    assert_eq!(again.2, 0);
    // And are removed with it.
    let run = fs::read_dir(desk.path("collected-4")).unwrap().flatten().find(|entry| entry.file_name() != ".units");
    let run = run.unwrap().path().display().to_string();
    let removed = last(&desk.done(&["runs", "remove", &run, "--units", "--yes", "--json", "--out", "collected-4"]));
    assert_eq!(removed["units"], UNITS as u64);
    assert_eq!(fs::read_dir(desk.path("collected-4/.units/packs")).unwrap().count(), 0);
}

#[test]
fn changes_by_the_command_line_and_models_in_folders_come_with_the_plan() {
    let desk = Desk::new();
    let changes = ["--set", "transmission.kappa=0.3", "--seed", "7", "--set", "replicates=1"];
    let run = [&["run", "small.toml", "--json", "--out", "alone"][..], &changes[..]].concat();
    let alone = contents(&last(&desk.done(&run)));
    let plan = [&["plan", "small.toml", "--shards", "1", "--out", "plan"][..], &changes[..]].concat();
    desk.done(&plan);
    // Workers need neither the file nor the folder of the command.
    fs::remove_file(desk.path("small.toml")).unwrap();
    desk.work(1);
    assert_eq!(contents(&desk.collect("runs")), alone);
}

/// Kills workers at random times, again and again, and checks after each kill that no unit was lost. When all shards are
/// done the run must be that of one machine; then it begins anew until there were enough kills.
fn kills(number: u32, shards: usize) {
    let desk = Desk::new();
    let alone = on_one_machine(&desk);
    desk.plan(shards);
    let luck = Luck::new(20, 0, 0);
    let (mut killed, mut rounds, mut before, mut most_packs) = (0, 0, 0, 0);
    while killed < number {
        let block = luck.block(u64::from(killed), 1, rounds, 0);
        let shard = 1 + (block.unit(0) * shards as f64) as usize;
        let mut worker = desk.spawn(shard);
        std::thread::sleep(Duration::from_secs_f64(0.02 + 1.2 * block.unit(1) * block.unit(1)));
        let ended_by_itself = worker.try_wait().unwrap().is_some();
        worker.kill().ok();
        worker.wait().unwrap();
        killed += u32::from(!ended_by_itself);
        let now = desk.stored();
        assert!(now >= before, "{before} units were stored, and after a kill {now}");
        before = now;
        most_packs = most_packs.max(desk.packs().len());
        rounds += 1;
        assert!(rounds < 20 * number, "workers end before they can be killed");
        if now == UNITS && killed < number {
            assert_eq!(contents(&desk.collect("killed")), alone, "after {killed} kills");
            fs::remove_dir_all(desk.path("plan/store")).unwrap();
            fs::remove_dir_all(desk.path("killed")).unwrap();
            before = 0;
        }
    }
    (1..=shards).for_each(|shard| drop(desk.work(shard)));
    assert_eq!(contents(&desk.collect("killed")), alone);
    assert!(most_packs <= 9 * shards, "{most_packs} files for {shards} shards");
    eprintln!("{killed} workers were killed; at most {most_packs} packs");
}

#[test]
fn workers_killed_at_random_lose_nothing_and_double_nothing() {
    kills(if long() { 1000 } else { 24 }, 3);
}

#[test]
fn a_shard_that_is_missing_or_half_done_is_named() {
    let desk = Desk::new();
    desk.plan(4);
    for shard in [1, 2, 4] {
        desk.work(shard);
    }
    let (code, said) = desk.fault(&["collect", "plan", "--out", "runs"]);
    assert_eq!(code, 74, "{said}");
    assert!(said.contains("shard 3 of 4: 3 of 3 units are missing"), "{said}");
    assert!(said.contains("keten work plan --shard 3") && said.lines().count() == 1, "{said}");
    assert!(!desk.path("runs").exists(), "nothing is left of it");
    let status = desk.done(&["status", "plan"]);
    assert!(status.contains("3 of 4 shards are done, 9 of 12 units are stored"), "{status}");
    assert!(status.contains("shard 3 ") && !status.contains("shard 2 "), "{status}");
}

#[test]
fn a_damaged_pack_is_found_and_only_its_unit_is_simulated_again() {
    let desk = Desk::new();
    let alone = on_one_machine(&desk);
    desk.plan(2);
    (1..=2).for_each(|shard| drop(desk.work(shard)));
    let pack = desk.packs()[0].clone();
    let whole = fs::read(&pack).unwrap();
    // In the middle of the tables of some unit.
    for at in [whole.len() / 2, whole.len() - 10] {
        flip(&pack, at);
        let (code, said) = desk.fault(&["collect", "plan", "--out", "runs"]);
        assert_eq!(code, 74, "{said}");
        assert!(said.contains("shard 1 of 2: the unit at byte") && said.contains("damaged"), "{said}");
        assert!(said.contains(&*pack.file_name().unwrap().to_string_lossy()), "{said}");
        desk.work(1);
        assert_eq!(contents(&desk.collect("runs")), alone);
        fs::remove_dir_all(desk.path("runs")).unwrap();
    }
    // The end of a file that was not written to the disk before the power failed.
    fs::write(&pack, &whole[..whole.len() / 3]).unwrap();
    desk.packs()
        .iter()
        .filter(|other| **other != pack && other.display().to_string().contains("-0001-"))
        .for_each(|other| fs::remove_file(other).unwrap());
    assert!(desk.stored() < UNITS);
    desk.work(1);
    assert_eq!(contents(&desk.collect("runs")), alone);
}

#[test]
fn programs_of_another_version_are_refused_by_every_command() {
    let desk = Desk::new();
    desk.plan(2);
    reseal(&desk.path("plan/plan.json"), |plan| {
        plan["program"] = "1-00112233445566778899aabbccddeeff".into();
        plan["keten_version"] = "0.9.9".into();
    });
    for command in [&["work", "plan", "--shard", "1"][..], &["status", "plan"], &["collect", "plan"]] {
        let (code, said) = desk.fault(command);
        assert_eq!(code, 65, "{said}");
        assert!(said.contains("plan.json") && said.contains("keten 0.9.9 (sources 00112233)"), "{said}");
        assert!(said.contains("must not be mixed"), "{said}");
    }
    assert!(!desk.path("plan/store").exists());
}

#[test]
fn a_damaged_plan_is_refused_with_its_file() {
    let desk = Desk::new();
    desk.plan(2);
    let shard = desk.path("plan/shards/0001.json");
    let text = fs::read_to_string(&shard).unwrap();
    fs::write(&shard, text.replace("\"replicate\": 1", "\"replicate\": 2")).unwrap();
    for command in [&["work", "plan", "--shard", "1"][..], &["status", "plan"], &["collect", "plan"]] {
        let (code, said) = desk.fault(command);
        assert!(code == 65 && said.contains("0001.json: changed or damaged since it was written"), "{said}");
    }
    // The shard of another plan, with a seal that agrees.
    fs::write(&shard, &text).unwrap();
    reseal(&shard, |shard| shard["plan"] = "0".repeat(64).into());
    let (code, said) = desk.fault(&["work", "plan", "--shard", "1"]);
    assert!(code == 65 && said.contains("of another plan"), "{said}");
    fs::write(&shard, "{\"plan\": ").unwrap();
    assert!(desk.fault(&["work", "plan", "--shard", "1"]).1.contains("0001.json"));
    fs::remove_file(&shard).unwrap();
    let (code, said) = desk.fault(&["collect", "plan"]);
    assert!(code == 66 && said.contains("0001.json"), "{said}");
    // Units that this machine would name otherwise.
    fs::write(&shard, &text).unwrap();
    reseal(&shard, |shard| shard["units"][0]["unit"] = "a".repeat(64).into());
    let (code, said) = desk.fault(&["work", "plan", "--shard", "1"]);
    assert!(code == 70 && said.contains("get another id on this machine"), "{said}");
}

#[test]
fn wrong_use_is_refused_before_anything_is_written() {
    let desk = Desk::new();
    let plan = |shards: &str, out: &str| desk.fault(&["plan", "small.toml", "--shards", shards, "--out", out]);
    assert_eq!(plan("0", "plan").0, 2);
    let (code, said) = plan("99", "plan");
    assert!(code == 65 && said.contains(&format!("99 shards for {GROUPS} groups")), "{said}");
    assert!(!desk.path("plan").exists());
    fs::create_dir(desk.path("full")).unwrap();
    fs::write(desk.path("full/mine.txt"), "mine").unwrap();
    let (code, said) = plan("2", "full");
    assert!(code == 65 && said.contains("exists already"), "{said}");
    assert_eq!(fs::read_to_string(desk.path("full/mine.txt")).unwrap(), "mine");
    assert_eq!(desk.fault(&["work", "nowhere", "--shard", "1"]).0, 66);
    fs::create_dir(desk.path("empty")).unwrap();
    desk.done(&["plan", "small.toml", "--shards", "2", "--out", "empty"]);
    for shard in ["0", "3"] {
        let (code, said) = desk.fault(&["work", "empty", "--shard", shard]);
        assert!(code == 65 && said.contains("give a shard from 1 to 2"), "{said}");
    }
    let (code, said) = desk.fault(&["plan", "small.toml", "--shards", "2", "--out", "other", "--partition", "a;b"]);
    assert!(code == 2 && said.contains("partition"), "{said}");
}

#[test]
fn a_second_worker_on_a_shard_is_refused_as_long_as_the_first_one_lives() {
    let desk = Desk::new();
    desk.plan(1);
    let lock = fs::File::options().create(true).append(true).open(desk.path("plan/locks/0001")).unwrap();
    lock.lock().unwrap();
    let (code, said) = desk.fault(&["work", "plan", "--shard", "1"]);
    assert!(code == 74 && said.contains("another process is at work on shard 1"), "{said}");
    assert!(desk.done(&["status", "plan"]).contains("a worker is at work"));
    drop(lock);
    // A worker that is killed leaves no lock behind, and a file with a date in the future says nothing.
    let mut worker = desk.spawn(1);
    std::thread::sleep(Duration::from_millis(300));
    worker.kill().unwrap();
    worker.wait().unwrap();
    // The year 2100.
    let later = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800);
    for path in ["plan/locks/0001", "plan/plan.json"] {
        fs::File::options().append(true).open(desk.path(path)).unwrap().set_modified(later).unwrap();
    }
    assert!(!desk.done(&["status", "plan"]).contains("a worker is at work"));
    desk.work(1);
    assert_eq!(desk.stored(), UNITS);
}

#[test]
fn two_workers_that_do_not_see_each_other_store_the_same_units_and_no_harm_is_done() {
    let desk = Desk::new();
    let alone = on_one_machine(&desk);
    desk.plan(1);
    // Without a folder for locks nobody can lock, as on a file system that has no locks.
    fs::remove_dir(desk.path("plan/locks")).unwrap();
    let mut workers = [desk.spawn(1), desk.spawn(1), desk.spawn(1)];
    workers.iter_mut().for_each(|worker| assert!(worker.wait().unwrap().success()));
    assert!((1..=3).contains(&desk.packs().len()));
    assert_eq!(contents(&desk.collect("runs")), alone);
}

#[test]
fn a_store_that_is_full_or_in_the_way_stops_the_worker_and_loses_nothing() {
    let desk = Desk::new();
    let alone = on_one_machine(&desk);
    desk.plan(1);
    fs::create_dir_all(desk.path("plan/store/.units")).unwrap();
    fs::write(desk.path("plan/store/.units/packs"), "in the way").unwrap();
    let (code, said) = desk.fault(&["work", "plan", "--shard", "1"]);
    assert!(code == 74 && said.contains("packs"), "{said}");
    fs::remove_file(desk.path("plan/store/.units/packs")).unwrap();
    // A limit on the size of files stands for a full disk. Burn-in populations do not fit either, which is no fault.
    let binary = assert_cmd::cargo::cargo_bin("keten").display().to_string();
    let line = format!("trap '' XFSZ; ulimit -f 40; exec '{binary}' work plan --shard 1 --threads 1");
    let limited = Command::new("bash").args(["-c", &line]).current_dir(desk.folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&limited.stderr).into_owned();
    assert_eq!(limited.status.code(), Some(74), "{said}");
    assert!(said.contains(".pack") && said.contains("free some space"), "{said}");
    let stored = desk.stored();
    assert!(stored < UNITS, "the limit was too high to matter");
    desk.work(1);
    assert_eq!(contents(&desk.collect("runs")), alone);
    // Nothing of the frame that did not fit is in the way: every byte of the packs is a whole unit.
    assert_eq!(desk.stored(), UNITS);
}

/// Puts a program in front of all others of its name; returns the PATH.
fn fake(desk: &Desk, name: &str, script: &str) -> String {
    let folder = desk.path("bin");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

#[test]
fn resubmission_submits_what_is_neither_done_nor_at_work_nor_in_the_queue() {
    let desk = Desk::new();
    desk.done(&["plan", "small.toml", "--shards", "6", "--out", "plan", "--for", "slurm", "--partition", "rome"]);
    let script = fs::read_to_string(desk.path("plan/slurm.sh")).unwrap();
    assert!(script.contains("#SBATCH --array=1-6\n") && script.contains("#SBATCH --partition=rome\n"), "{script}");
    desk.work(2);
    let lock = fs::File::options().create(true).append(true).open(desk.path("plan/locks/0004")).unwrap();
    lock.lock().unwrap();
    fake(&desk, "squeue", "echo 5");
    let path = fake(&desk, "sbatch", "echo \"$@\" > submitted; echo Submitted batch job 7");
    let resubmit = || {
        let output = desk.command(&["status", "plan", "--resubmit"]).env("PATH", &path).output().unwrap();
        (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code().unwrap())
    };
    let (said, code) = resubmit();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("3 shards are submitted again: Submitted batch job 7"), "{said}");
    assert_eq!(fs::read_to_string(desk.path("submitted")).unwrap().trim(), "--array=1,3,6 plan/slurm.sh");
    fake(&desk, "sbatch", "echo 'invalid partition' >&2; exit 1");
    let (said, code) = resubmit();
    assert!(code == 74 && said.contains("Slurm refused the job: invalid partition"), "{said}");
    fake(&desk, "squeue", "exit 1");
    assert!(resubmit().0.contains("squeue does not answer"));
    // Without a job in the plan, or without Slurm, the message says what to do by hand.
    fs::remove_file(desk.path("plan/slurm.sh")).unwrap();
    let (said, code) = resubmit();
    assert!(code == 66 && said.contains("--for slurm"), "{said}");
}

#[test]
fn the_scripts_of_a_plan_work_on_every_shard() {
    let desk = Desk::new();
    let alone = on_one_machine(&desk);
    desk.done(&["plan", "small.toml", "--shards", "3", "--out", "my plan", "--threads", "1", "--for", "slurm"]);
    for shard in 1..=3 {
        // As Slurm starts an element of the array: from anywhere, with its number in the environment.
        let mut job = Command::new("bash");
        job.arg(desk.path("my plan/slurm.sh")).current_dir("/").env("SLURM_ARRAY_TASK_ID", shard.to_string());
        let output = job.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let run = last(&desk.done(&["collect", "my plan", "--out", "runs", "--json"]));
    assert_eq!(contents(&run), alone);
    // HyperQueue's command runs the task that it is given, here one after another.
    desk.done(&["plan", "small.toml", "--shards", "3", "--out", "other plan", "--threads", "1", "--for", "hyperqueue"]);
    let hq =
        "while [ \"$1\" != -- ]; do shift; done; shift\nfor HQ_TASK_ID in 1 2 3; do export HQ_TASK_ID; \"$@\"; done";
    let path = fake(&desk, "hq", hq);
    let mut submit = Command::new("bash");
    let output = submit.arg(desk.path("other plan/hyperqueue.sh")).current_dir("/").env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let run = last(&desk.done(&["collect", "other plan", "--out", "more", "--json"]));
    assert_eq!(contents(&run), alone);
}

#[test]
fn a_worker_that_is_asked_to_stop_keeps_its_units_and_says_so() {
    let desk = Desk::new();
    desk.plan(1);
    let mut seen = BTreeSet::new();
    for wait in [400, 700, 1000, 1500, 2000, 3000] {
        let worker = desk.spawn(1);
        std::thread::sleep(Duration::from_millis(wait));
        Command::new("kill").args(["-TERM", &worker.id().to_string()]).status().unwrap();
        let code = worker.wait_with_output().unwrap().status.code();
        seen.insert(code);
        // 75: the same command continues; 130: nothing was stored yet; none: before the signal was looked after.
        assert!([Some(0), Some(75), Some(130), None].contains(&code), "{code:?}");
        if code == Some(75) || code == Some(0) {
            break;
        }
    }
    assert!(seen.contains(&Some(75)) || seen.contains(&Some(0)), "{seen:?}");
    let before = desk.stored();
    desk.work(1);
    assert!(before <= UNITS && desk.stored() == UNITS);
}

/// An object store in memory.
#[derive(Default)]
struct Memory {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Fails from now on, as a store that cannot be reached.
    lost: AtomicBool,
}

impl Memory {
    fn is_there(&self) -> keten::error::Result<()> {
        match self.lost.load(Ordering::Relaxed) {
            true => Err(keten::error::Error::new(keten::error::Kind::Io, "cannot be reached", "try again").into()),
            false => Ok(()),
        }
    }

    fn names(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }
}

impl Objects for Memory {
    fn list(&self, folder: &str) -> keten::error::Result<Vec<String>> {
        self.is_there()?;
        let inside = |name: &String| name.rsplit_once('/').is_some_and(|(parent, _)| parent == folder);
        Ok(self.names().into_iter().filter(inside).collect())
    }

    fn get(&self, name: &str) -> keten::error::Result<Vec<u8>> {
        self.is_there()?;
        Ok(self.objects.lock().unwrap()[name].clone())
    }

    fn put_if_absent(&self, name: &str, bytes: Vec<u8>) -> keten::error::Result<()> {
        self.is_there()?;
        self.objects.lock().unwrap().entry(name.to_owned()).or_insert(bytes);
        Ok(())
    }
}

/// A worker on a machine of its own: no store is shared, only the objects.
fn work_elsewhere(desk: &Desk, machine: &str, shard: usize, objects: &Memory) -> keten::error::Result<(usize, usize)> {
    let folder = PlanFolder::open(desk.path("plan")).unwrap();
    let (stop, threads) = (AtomicBool::new(false), NonZeroUsize::new(1));
    let conditions = Conditions { threads, stop: &stop, watch: &Quiet, full: false };
    shards::work(&folder, shard, &Store::at(desk.path(machine)).unwrap(), Some(objects), &conditions)
}

/// The run that is collected from objects alone.
fn collect_from(desk: &Desk, objects: &Memory, machine: &str) -> Value {
    let folder = PlanFolder::open(desk.path("plan")).unwrap();
    let (store, out) = (Store::at(desk.path(machine)).unwrap(), Store::at(desk.path(machine).join("runs")).unwrap());
    shards::fetch_all(&folder, &store, objects).unwrap();
    contents(&serde_json::to_value(&shards::collect(&folder, &store, &out).unwrap().run.manifest).unwrap())
}

#[test]
fn machines_without_a_common_disk_make_the_run_through_an_object_store() {
    let (desk, objects) = (Desk::new(), Memory::default());
    let alone = on_one_machine(&desk);
    desk.plan(3);
    for shard in [2, 1, 3] {
        let (done, of) = work_elsewhere(&desk, &format!("machine-{shard}"), shard, &objects).unwrap();
        assert_eq!(done, of);
    }
    let sent = objects.names();
    assert_eq!(sent.len(), 3, "one object for each shard: {sent:?}");
    assert_eq!(collect_from(&desk, &objects, "home"), alone);
    // Another machine takes over what is there, and neither simulates nor sends it again.
    work_elsewhere(&desk, "other", 1, &objects).unwrap();
    assert_eq!(objects.names(), sent);
    let packs: Vec<String> = Store::at(desk.path("other")).unwrap().pack_names("").into_iter().collect();
    assert!(packs.len() == 1 && packs[0].starts_with("from-"), "{packs:?}");
}

#[test]
fn a_damaged_object_counts_as_absent_and_is_never_replaced() {
    let (desk, objects) = (Desk::new(), Memory::default());
    let alone = on_one_machine(&desk);
    desk.plan(2);
    (1..=2).for_each(|shard| assert!(work_elsewhere(&desk, &format!("machine-{shard}"), shard, &objects).is_ok()));
    let first = objects.names().remove(0);
    let damaged = {
        let mut all = objects.objects.lock().unwrap();
        let bytes = all.get_mut(&first).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        bytes.clone()
    };
    let (folder, home) = (PlanFolder::open(desk.path("plan")).unwrap(), Store::at(desk.path("home")).unwrap());
    assert_eq!(shards::fetch_all(&folder, &home, &objects).unwrap(), 1);
    let missing = shards::collect(&folder, &home, &Store::at(desk.path("runs")).unwrap()).unwrap_err().to_string();
    assert!(missing.contains("shard 1 of 2") && missing.contains("are missing"), "{missing}");
    // A third machine simulates the shard again, and adds an object.
    work_elsewhere(&desk, "third", 1, &objects).unwrap();
    assert_eq!(objects.names().len(), 3);
    assert_eq!(objects.objects.lock().unwrap()[&first], damaged);
    assert_eq!(collect_from(&desk, &objects, "home"), alone);
}

#[test]
fn an_object_store_that_is_lost_keeps_the_units_here_and_they_are_sent_later() {
    let (desk, objects) = (Desk::new(), Memory::default());
    let alone = on_one_machine(&desk);
    desk.plan(1);
    // Simulated without objects, for example before the option was given.
    desk.work(1);
    objects.lost.store(true, Ordering::Relaxed);
    let fault = work_elsewhere(&desk, "plan/store", 1, &objects).unwrap_err().to_string();
    assert!(fault.contains("cannot be reached"), "{fault}");
    objects.lost.store(false, Ordering::Relaxed);
    work_elsewhere(&desk, "plan/store", 1, &objects).unwrap();
    assert_eq!(objects.names().len(), 1);
    assert_eq!(desk.stored(), UNITS);
    assert_eq!(collect_from(&desk, &objects, "home"), alone);
}

#[test]
fn a_build_without_object_stores_says_so() {
    if cfg!(feature = "objects") {
        return;
    }
    let desk = Desk::new();
    desk.plan(1);
    for command in [&["work", "plan", "--shard", "1"][..], &["status", "plan"], &["collect", "plan"]] {
        let (code, said) = desk.fault(&[command, &["--objects", "s3://bucket/runs"]].concat());
        assert!(code == 65 && said.contains("--features objects") && said.contains("s3://bucket/runs"), "{said}");
    }
}

/// Blocks of a document between lines ```sh and ```.
fn blocks(text: &str) -> String {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        match (inside, line.trim()) {
            (false, "```sh") => inside = true,
            (true, "```") => inside = false,
            (true, _) => lines.push(line),
            _ => {}
        }
    }
    lines.join("\n")
}

#[test]
fn the_commands_of_the_page_for_clusters_do_what_it_says() {
    let desk = Desk::new();
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cluster.md")).unwrap();
    let commands = blocks(&page);
    assert!(commands.contains("keten plan") && commands.contains("keten collect"), "{commands}");
    let binary = assert_cmd::cargo::cargo_bin("keten");
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    shell.args(["-e", "-u", "-o", "pipefail", "-c", &commands]).current_dir(desk.folder.path()).env("PATH", path);
    let output = shell.output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", said(&output.stdout), said(&output.stderr));
    assert!(said(&output.stdout).contains("4 of 4 shards are done"), "{}", said(&output.stdout));
}

#[test]
fn a_hundred_thousand_units_are_planned_in_ten_seconds() {
    if !long() || cfg!(debug_assertions) {
        return;
    }
    let desk = Desk::new();
    let began = Instant::now();
    let sets = ["--set", "draws=100", "--set", "uncertainty.block=100", "--set", "replicates=334"];
    let plan = [&["plan", "small.toml", "--shards", "200", "--out", "large", "--json"][..], &sets[..]].concat();
    let plan = last(&desk.done(&plan));
    let took = began.elapsed();
    assert!(plan["units"].as_u64().unwrap() >= 100_000, "{}", plan["units"]);
    assert!(took < Duration::from_secs(10), "{took:?}");
}

/// Runs a script of `tests/cluster` with the program and a scratch folder.
fn script(language: &str, name: &str, more: &[&str]) {
    if !long() {
        return;
    }
    let desk = Desk::new();
    let alone = on_one_machine(&desk);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster").join(name);
    let mut command = Command::new(language);
    command.arg(path).arg(assert_cmd::cargo::cargo_bin("keten")).arg(desk.folder.path()).args(more);
    assert!(command.status().unwrap().success(), "{name}");
    let run = last(&fs::read_to_string(desk.path("collected.json")).unwrap());
    assert_eq!(contents(&run), alone);
}

#[test]
fn a_real_slurm_gives_the_content_of_one_machine_though_workers_are_killed() {
    script("bash", "slurm.sh", &[]);
}

#[test]
fn a_real_hyperqueue_gives_the_content_of_one_machine() {
    script("bash", "hyperqueue.sh", &[]);
}

#[test]
fn a_real_dask_cluster_gives_the_content_of_one_machine_though_workers_are_killed() {
    script("bash", "dask.sh", &[]);
}

#[test]
fn real_object_stores_give_the_content_of_one_machine_though_machines_lose_their_disks() {
    if cfg!(feature = "objects") {
        script("python3", "objects_kills.py", &["file"]);
        script("python3", "objects_kills.py", &["s3"]);
    }
}

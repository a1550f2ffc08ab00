//! Passes the hash of the sources and the commit to the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=KETEN_SOURCES={:032x}", hash_of(Path::new("src")));
    for place in [".git/HEAD", ".git/logs/HEAD"] {
        if Path::new(place).exists() {
            println!("cargo:rerun-if-changed={place}");
        }
    }
    println!("cargo:rustc-env=KETEN_COMMIT={}", commit().unwrap_or_default());
}

/// Rooms that only run commands, divide work, read runs or find parameters before a run, and cannot change the results of a run with
/// given parameters: stored units stay valid when these change. No other room imports them (`tests/layers.rs`).
const READERS: [&str; 13] = [
    "main.rs",
    "cli",
    "analysis",
    "report",
    "stats",
    "economics",
    "charts",
    "notation.rs",
    "calibration",
    "study",
    "planner",
    "serve",
    "shards",
];

/// Hash (FNV-1a, 128 bits) of the sources that can change the results of a run, independent of line endings.
fn hash_of(folder: &Path) -> u128 {
    let mut files = Vec::new();
    let top = entries(folder);
    let of_model = |path: &PathBuf| path.file_name().is_some_and(|name| READERS.iter().all(|other| name != *other));
    top.into_iter().filter(of_model).for_each(|path| gather(path, &mut files));
    files.sort();
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let mut take = |bytes: &[u8]| {
        for byte in bytes.iter().filter(|byte| **byte != b'\r') {
            hash = (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    };
    for path in files {
        take(path.to_string_lossy().replace('\\', "/").as_bytes());
        take(&fs::read(&path).unwrap_or_default());
    }
    hash
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map(|list| list.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
}

fn gather(path: PathBuf, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        entries(&path).into_iter().for_each(|path| gather(path, files));
    } else if path.extension().is_some_and(|ending| ending == "rs") {
        files.push(path);
    }
}

/// The commit that is checked out, if these sources are a git clone with a commit.
fn commit() -> Option<String> {
    let top = Command::new("git").args(["rev-parse", "--show-toplevel"]).output().ok()?;
    let here = fs::canonicalize(".").ok()?;
    // Inside another repository (a vendored copy), the commit is unrelated to keten.
    if fs::canonicalize(String::from_utf8(top.stdout).ok()?.trim()).ok()? != here {
        return None;
    }
    let head =
        Command::new("git").args(["rev-parse", "--verify", "HEAD"]).output().ok().filter(|out| out.status.success())?;
    Some(String::from_utf8(head.stdout).ok()?.trim().to_owned())
}

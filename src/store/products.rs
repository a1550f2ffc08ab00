//! Files made from a run (pages, workbooks, data files), written such that no file of anybody else is replaced.
//!
//! A list beside the files, `report-files/made.json`, records for each from which run and tables it was made, and the
//! hashes of its bytes. A file is replaced only while it is, byte for byte, as keten wrote it; a file that somebody
//! else changed or made is not replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk;
use super::manifest::Manifest;
use super::{KETEN_VERSION, file, json};
use crate::error::{Error, Errors, Result};

/// The list of products, in the folder of the products.
pub const MADE: &str = "report-files/made.json";

/// The file [`MADE`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct MadeFile {
    /// Products by name, relative to the folder.
    files: BTreeMap<String, Entry>,
}

/// An entry of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// Id of the run from which it was made.
    run: String,
    /// Content hash of that run's tables: [`Manifest::contents`].
    tables: String,
    /// Version of keten that made it.
    keten_version: String,
    /// blake3 hashes of its bytes; two while one version replaces the other.
    blake3: Vec<String>,
}

/// A product that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Name, relative to the folder.
    pub name: String,
    /// State with regard to the run.
    pub state: ProductState,
}

/// State of a product with regard to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductState {
    /// MadeFile from the tables of the run.
    Current,
    /// MadeFile from other tables.
    OtherTables,
    /// Changed since keten wrote it.
    Changed,
}

/// The products of a folder, ordered by name, without those that no longer exist. A list that cannot be read has no
/// entries.
pub fn products(folder: &Path, run: &Manifest) -> Vec<Product> {
    let contents = run.contents();
    let state = |name: &str, entry: &Entry| {
        let hash = hash_of(&folder.join(name))?;
        Some(match () {
            () if !entry.blake3.contains(&hash) => ProductState::Changed,
            () if entry.tables != contents => ProductState::OtherTables,
            () => ProductState::Current,
        })
    };
    let all = list(folder).unwrap_or_default().files;
    all.into_iter().filter_map(|(name, entry)| Some(Product { state: state(&name, &entry)?, name })).collect()
}

/// Names of products that are still as keten wrote them, and of their list.
pub(super) fn untouched(folder: &Path) -> BTreeSet<String> {
    let Ok(made) = list(folder) else { return BTreeSet::new() };
    let as_written = |(name, entry): (String, Entry)| {
        hash_of(&folder.join(&name)).filter(|hash| entry.blake3.contains(hash)).map(|_| name)
    };
    let names = made.files.into_iter().filter_map(as_written);
    names.chain(folder.join(MADE).is_file().then(|| MADE.to_owned())).collect()
}

/// Writes the products of a run into a folder, which is created if needed: all of them, each file atomically, or none.
/// A file that already has the same bytes is not written again. Returns the paths.
///
/// # Errors
/// A folder that is a file; files that exist and are not as keten wrote them (all are reported, and nothing is
/// written); a full, read-only or failing disk.
pub fn write_products(folder: &Path, run: &Manifest, files: &[(String, Vec<u8>)]) -> Result<Vec<PathBuf>> {
    if fs::metadata(folder).is_ok_and(|data| !data.is_dir()) {
        let cure = "give a folder with --out: the page and its files are written into it";
        return Err(Error::data("is a file", cure).in_file(folder.display().to_string(), None).into());
    }
    may_be_written(folder, &list(folder)?, files)?;
    let made_folders = make_folders(folder, files)?;
    let written = replaced(folder, run, files);
    if written.is_err() {
        // Products without content.
        made_folders.iter().rev().for_each(|made| drop(fs::remove_dir(made)));
    }
    written
}

fn replaced(folder: &Path, run: &Manifest, files: &[(String, Vec<u8>)]) -> Result<Vec<PathBuf>> {
    // Other writers of this folder wait, where the system can lock a folder.
    let lock = File::open(folder).ok().filter(|lock| lock.lock().is_ok());
    let mut made = list(folder)?;
    may_be_written(folder, &made, files)?;
    disk::sweep(folder);
    folder.join(MADE).parent().into_iter().for_each(disk::sweep);
    let drafts = drafts(folder, files)?;
    // The list contains the new hashes before the first file is replaced, and the old ones until the last has been:
    // whenever this is interrupted, each file is known as keten's own.
    let hash = |bytes: &[u8]| blake3::hash(bytes).to_string();
    let mut after = made.clone();
    for (name, bytes) in files {
        after.files.insert(name.clone(), Entry { blake3: vec![hash(bytes)], ..entry(run) });
    }
    after.files.retain(|name, _| folder.join(name).exists() || files.iter().any(|(own, _)| own == name));
    let paths = files.iter().map(|(name, _)| folder.join(name)).collect();
    if drafts.0.is_empty() && after == made {
        return Ok(paths);
    }
    for (name, bytes) in files {
        let old = made.files.get(name).map(|entry| entry.blake3.clone()).unwrap_or_default();
        let entry = Entry { blake3: old.into_iter().chain([hash(bytes)]).collect(), ..entry(run) };
        made.files.insert(name.clone(), entry);
    }
    json::write_whole(&folder.join(MADE), &made)?;
    for (temp, path) in drafts.0.iter() {
        disk::move_file(temp, path)?;
    }
    json::write_whole(&folder.join(MADE), &after)?;
    drop(lock);
    Ok(paths)
}

fn entry(run: &Manifest) -> Entry {
    Entry { run: run.id.clone(), tables: run.contents(), keten_version: KETEN_VERSION.into(), blake3: Vec::new() }
}

/// Files under temporary names; deleted when dropped before they are renamed.
struct Drafts(Vec<(PathBuf, PathBuf)>);

impl Drop for Drafts {
    fn drop(&mut self) {
        self.0.iter().for_each(|(temp, _)| drop(fs::remove_file(temp)));
    }
}

/// Writes the files whose bytes differ under temporary names, so that a full disk is detected before anything is
/// replaced.
fn drafts(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<Drafts> {
    let mut drafts = Drafts(Vec::new());
    for (name, bytes) in files {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|there| there == *bytes) {
            continue;
        }
        let temp = disk::temp_path(&path);
        drafts.0.push((temp.clone(), path.clone()));
        let written = File::create(&temp).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(|cause| Error::io(&path, &cause))?;
    }
    Ok(drafts)
}

/// Creates the missing folders and returns them, the outer ones first.
fn make_folders(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<Vec<PathBuf>> {
    let below = files.iter().map(|(name, _)| name.as_str()).chain([MADE]);
    let below = below.filter_map(|name| folder.join(name).parent().map(Path::to_path_buf));
    let wanted: BTreeSet<PathBuf> = below.chain([folder.to_path_buf()]).collect();
    let missing = |path: &Path| fs::symlink_metadata(path).is_err_and(|cause| cause.kind() == ErrorKind::NotFound);
    let mut made = BTreeSet::new();
    for folder in &wanted {
        let absent = folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && missing(path));
        made.extend(absent.map(Path::to_path_buf));
        fs::create_dir_all(folder).map_err(|cause| Error::io(folder, &cause))?;
    }
    Ok(made.into_iter().collect())
}

/// Checks that existing files at the target paths are keten's own and unchanged.
fn may_be_written(folder: &Path, made: &MadeFile, files: &[(String, Vec<u8>)]) -> Result<()> {
    let foreign = |(name, bytes): &(String, Vec<u8>)| {
        let path = folder.join(name);
        let data = fs::symlink_metadata(&path).ok()?;
        let known = made.files.get(name).map_or(&[][..], |entry| &entry.blake3);
        let own = blake3::hash(bytes).to_string();
        let replaceable = data.is_file() && hash_of(&path).is_some_and(|hash| hash == own || known.contains(&hash));
        let cure = "move it away, or give another folder with --out";
        let fault = Error::data("exists and is not as keten wrote it, so it is not replaced", cure);
        (!replaceable).then(|| fault.in_file(path.display().to_string(), None))
    };
    let faults: Vec<Error> = files.iter().filter_map(foreign).collect();
    if faults.is_empty() { Ok(()) } else { Err(Errors(faults)) }
}

fn hash_of(path: &Path) -> Option<String> {
    file::hash_bytes(path).ok()
}

/// The list of a folder; empty if there is none.
fn list(folder: &Path) -> Result<MadeFile> {
    let path = folder.join(MADE);
    if fs::symlink_metadata(&path).is_err() {
        return Ok(MadeFile::default());
    }
    json::read(&path).map_err(|Errors(faults)| {
        let cure = "move the folder report-files away, or give another folder with --out";
        let told = faults.into_iter().map(|fault| Error { cure: cure.into(), ..fault });
        Errors(told.collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(id: &str, hash: &str) -> Manifest {
        let table = serde_json::json!({ "rows": 1, "content_hash": hash, "file_hash": "" });
        serde_json::from_value(serde_json::json!({
            "id": id, "experiment": "e", "title": "t", "keten_version": "0", "minimum_keten_version": "0", "schema_version": 2,
            "commit": null, "seed": 1, "threads": 1, "scenarios": [], "config": {}, "parameters": {}, "tables": { "fit": table },
            "plan": [], "units": {}, "person_months": 0, "person_months_elsewhere": 0, "peak_memory_bytes": null,
            "timings": { "founding_s": 0.0, "burn_in_s": 0.0, "months_s": 0.0, "write_s": 0.0, "wall_s": 0.0 },
        }))
        .expect("a manifest")
    }

    fn files(text: &str) -> Vec<(String, Vec<u8>)> {
        vec![("a.html".into(), text.into()), ("report-files/b.csv".into(), text.into())]
    }

    fn states(folder: &Path, run: &Manifest) -> Vec<ProductState> {
        products(folder, run).into_iter().map(|product| product.state).collect()
    }

    #[test]
    fn a_product_is_replaced_while_it_is_as_it_was_written_and_no_longer() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out/deep");
        let (run, later) = (manifest("1", "x"), manifest("1", "y"));
        assert!(write_products(&out, &run, &files("one")).is_ok());
        assert_eq!(states(&out, &run), [ProductState::Current; 2]);
        assert_eq!(states(&out, &later), [ProductState::OtherTables; 2], "the tables have changed since");
        assert!(write_products(&out, &later, &files("two")).is_ok());
        let written = |name: &str| fs::metadata(out.join(name)).and_then(|data| data.modified()).expect("a file");
        let before = [MADE, "a.html", "report-files/b.csv"].map(written);
        assert!(write_products(&out, &later, &files("two")).is_ok());
        assert_eq!([MADE, "a.html", "report-files/b.csv"].map(written), before, "nothing to write, nothing written");
        assert_eq!(states(&out, &later), [ProductState::Current; 2]);
        fs::write(out.join("report-files/b.csv"), "mine").expect("a place to write");
        assert_eq!(states(&out, &later), [ProductState::Current, ProductState::Changed]);
        let told = write_products(&out, &run, &files("three")).expect_err("a changed file");
        assert!(told.to_string().contains("b.csv: exists and is not as keten wrote it"), "{told}");
        assert_eq!(told.exit_code(), 65);
        assert_eq!(fs::read_to_string(out.join("a.html")).expect("the page"), "two", "nothing was written");
        assert_eq!(untouched(&out).into_iter().collect::<Vec<_>>(), ["a.html", MADE]);
        assert!(write_products(&out, &run, &files("mine")).is_ok(), "the same bytes need no replacing");
    }

    #[test]
    fn what_was_there_before_is_never_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let page = folder.path().join("a.html");
        for there in ["", "<meta name=\"generator\" content=\"keten\">"] {
            fs::write(&page, there).expect("a place to write");
            assert!(write_products(folder.path(), &manifest("1", "x"), &files("one")).is_err());
            assert_eq!(fs::read_to_string(&page).expect("the file"), there);
        }
        assert!(write_products(&page, &manifest("1", "x"), &files("one")).is_err(), "a file is no folder");
        assert!(!folder.path().join("report-files").exists(), "nothing is left of what was refused");
        fs::remove_file(&page).expect("a file");
        fs::create_dir(&page).expect("a folder of that name");
        assert!(write_products(folder.path(), &manifest("1", "x"), &files("one")).is_err());
    }
}

//! Packs: many units in one file, appended by one worker, found by every reader, and rewritten only as a whole.

use std::fs;
use std::path::{Path, PathBuf};

use keten::error::Kind as Family;
use keten::store::{Account, PackWriter, Store, Timings, UnitId, UnitSink};
use keten::tables::{CITY, Column, DRAW, Kind, REPLICATE, Schema, Sees, Table};
use serde_json::json;
use tempfile::TempDir;

const SHARE: Column =
    Column { name: "share", kind: Kind::Float, unit: "share", meaning: "share reported", sees: Sees::Record };
static FIT: Schema = Schema { name: "fit", meaning: "one target", keys: 3, columns: &[DRAW, REPLICATE, CITY, SHARE] };
static LEVELS: Schema =
    Schema { name: "levels", meaning: "one level", keys: 3, columns: &[DRAW, REPLICATE, CITY, SHARE] };

fn table(schema: &'static Schema, salt: u32) -> Table {
    let mut table = Table::new(schema);
    for (at, city) in ["Amsterdam", "Den Haag", "Rotterdam", "Utrecht"].into_iter().enumerate() {
        let share = f64::from(salt).sin() + at as f64;
        table.push_row(&[0_u32.into(), 1_u32.into(), city.into(), share.into()]).expect("a row of the table's kinds");
    }
    table
}

fn id(number: u32) -> UnitId {
    UnitId::new(&json!({ "number": number }), &[&FIT])
}

fn account() -> Account {
    Account { timings: Timings { months_s: 1.5, ..Timings::default() }, person_months: 12, ..Account::default() }
}

fn store(folder: &TempDir, name: &str) -> Store {
    let store = Store::at(folder.path().join(name)).expect("a folder for runs");
    store.prepare().expect("a place to write");
    store
}

fn put(writer: &PackWriter<'_>, number: u32) {
    // Not in the order of their names.
    let tables = [table(&LEVELS, number), table(&FIT, number + 100)];
    writer.keep(&id(number), &tables, account()).expect("a place to write");
}

fn packs(store: &Store) -> Vec<PathBuf> {
    let mut packs: Vec<PathBuf> =
        fs::read_dir(store.packs()).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    packs.sort();
    packs
}

fn new_writer<'a>(store: &'a Store, label: &str) -> PackWriter<'a> {
    PackWriter::new(store, label).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Checks that a store has these units whole.
fn has(store: &Store, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        let unit = store.find(&id(number)).unwrap_or_else(|| panic!("no unit {number}"));
        let of = |name: &str| unit.table(name).unwrap_or_else(|errors| panic!("{errors}")).content_hash();
        assert_eq!(of("levels"), table(&LEVELS, number).content_hash());
        assert_eq!(of("fit"), table(&FIT, number + 100).content_hash());
        assert_eq!((unit.record.account.person_months, unit.record.tables["fit"].rows), (12, 4));
    }
}

#[test]
fn units_of_a_pack_are_found_by_this_process_and_by_others() {
    let folder = TempDir::new().expect("a folder");
    let (here, there) = (store(&folder, "runs"), store(&folder, "runs"));
    let writer = new_writer(&here, "a");
    assert!(packs(&here).is_empty(), "a worker that stores nothing makes no file");
    assert!(!there.holds(&id(1)));
    (1..=50).for_each(|number| put(&writer, number));
    has(&here, 1..=50);
    assert_eq!(packs(&here).len(), 1);
    assert!(there.find(&id(7)).is_none(), "it has not looked since");
    there.refresh();
    has(&there, 1..=50);
    put(&writer, 51);
    there.refresh();
    has(&there, [51]);
    // A unit that is stored already is not stored again; one with other content is a fault.
    let size = fs::metadata(&packs(&here)[0]).expect("a file").len();
    put(&writer, 3);
    assert_eq!(fs::metadata(&packs(&here)[0]).expect("a file").len(), size);
    let other = [table(&LEVELS, 3), table(&FIT, 3)];
    let fault = writer.keep(&id(3), &other, account()).expect_err("other content").0.remove(0);
    assert!(fault.kind == Family::Internal && fault.what.contains("twice with different content"), "{fault}");
    writer.finish().expect("a place to write");
    // A unit in a folder of its own is as good.
    let tables = [table(&LEVELS, 60), table(&FIT, 160)];
    here.keep(&id(60), &tables, account()).expect("a place to write");
    has(&here, [60, 1]);
}

#[test]
fn two_writers_never_share_a_file_and_many_files_of_a_label_are_merged() {
    let folder = TempDir::new().expect("a folder");
    let here = store(&folder, "runs");
    let (one, two) = (new_writer(&here, "a"), new_writer(&here, "a"));
    put(&one, 1);
    put(&two, 2);
    assert_eq!(packs(&here).len(), 2);
    drop((one, two));
    for number in 3..=8 {
        put(&new_writer(&here, "a"), number);
    }
    put(&new_writer(&here, "b"), 9);
    assert_eq!(packs(&here).len(), 9);
    let reader = store(&folder, "runs");
    has(&reader, 1..=9);
    // One of them is being written by another process, and stays.
    let busy = fs::File::options().append(true).open(&packs(&here)[4]).expect("a file");
    busy.lock().expect("a file system with locks");
    let writer = new_writer(&here, "a");
    assert_eq!(packs(&here).len(), 3, "the merged one, the one at work, and that of the other label");
    put(&writer, 10);
    has(&here, 1..=10);
    // A reader that looked before still finds them: the files that it knew are gone.
    has(&reader, 1..=9);
}

#[test]
fn units_go_over_into_another_store_with_their_packs() {
    let folder = TempDir::new().expect("a folder");
    let (from, to) = (store(&folder, "from"), store(&folder, "to"));
    let writer = new_writer(&from, "a");
    (1..=5).for_each(|number| put(&writer, number));
    from.keep(&id(6), &[table(&LEVELS, 6), table(&FIT, 106)], account()).expect("a place to write");
    let other = new_writer(&to, "a");
    put(&other, 20);
    let all: Vec<UnitId> = (1..=6).map(id).collect();
    let all: Vec<&UnitId> = all.iter().collect();
    to.take_over(&from, &all).unwrap_or_else(|errors| panic!("{errors}"));
    has(&to, (1..=6).chain([20]));
    let number = packs(&to).len();
    assert_eq!(number, 2, "two packs of the same name");
    to.take_over(&from, &all).unwrap_or_else(|errors| panic!("{errors}"));
    to.take_over(&to.clone(), &all).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(packs(&to).len(), number);
    // They stay when the other store goes.
    fs::remove_dir_all(from.root()).expect("removed");
    has(&store(&folder, "to"), (1..=6).chain([20]));
}

/// A run folder that refers to some units.
fn refer(folder: &Path, numbers: &[u32]) {
    let units: Vec<_> = numbers.iter().map(|number| json!({ "unit": id(*number).as_str() })).collect();
    fs::create_dir_all(folder).expect("a place to write");
    let text = json!({ "plan": units, "minimum_keten_version": "0.1.0" }).to_string();
    fs::write(folder.join("manifest.json"), text).expect("a place to write");
}

#[test]
fn units_that_no_run_refers_to_leave_their_packs() {
    let folder = TempDir::new().expect("a folder");
    let here = store(&folder, "runs");
    let (one, two) = (new_writer(&here, "a"), new_writer(&here, "b"));
    (1..=4).for_each(|number| put(&one, number));
    (5..=6).for_each(|number| put(&two, number));
    drop((one, two));
    refer(&folder.path().join("runs/x-1"), &[2, 3]);
    let before: u64 = packs(&here).iter().map(|path| fs::metadata(path).expect("a file").len()).sum();
    let loose = here.loose_units(None).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loose.units(), 4);
    let bytes = loose.bytes;
    loose.remove().unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(packs(&here).len(), 1);
    let after: u64 = packs(&here).iter().map(|path| fs::metadata(path).expect("a file").len()).sum();
    assert_eq!(before - after, bytes);
    let again = store(&folder, "runs");
    has(&again, [2, 3]);
    assert!([1, 4, 5, 6].iter().all(|number| again.find(&id(*number)).is_none()));
    let nothing = again.loose_units(None).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!((nothing.units(), nothing.bytes), (0, 0));
}

#[test]
fn a_damaged_copy_is_named_and_a_whole_one_makes_up_for_it() {
    let folder = TempDir::new().expect("a folder");
    let here = store(&folder, "runs");
    let writer = new_writer(&here, "a");
    (1..=3).for_each(|number| put(&writer, number));
    drop(writer);
    let pack = packs(&here).remove(0);
    let mut bytes = fs::read(&pack).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&pack, bytes).expect("a place to write");
    let again = store(&folder, "runs");
    has(&again, [1, 3]);
    assert!(again.find(&id(2)).is_none());
    let fault = again.inspect(&id(2)).expect_err("damaged").0.remove(0);
    assert!(fault.kind == Family::Data && fault.what.contains("damaged") && !fault.cure.is_empty(), "{fault}");
    assert_eq!(fault.file, Some(pack.display().to_string()));
    put(&new_writer(&again, "a"), 2);
    has(&again, 1..=3);
    has(&store(&folder, "runs"), 1..=3);
}

//! Tables and their storage: hashes, files, units, run folders, and every way in which they can be damaged.

use std::fs;
use std::path::{Path, PathBuf};

use keten::error::{Errors, Kind as Family};
use keten::store::{
    Account, Assembled, Assembly, Place, Run, Scenario, Simulated, Standing, Store, Timings, Unit, UnitId,
    compare_hashes, peak_memory_bytes, read_table, write_table,
};
use keten::tables::{CITY, Cell, Column, DRAW, Kind, REPLICATE, Schema, Sees, Table};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rayon::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

const YEAR: Column = Column { name: "year", kind: Kind::Int, unit: "years", meaning: "calendar year", sees: Sees::Key };
const BIRTHS: Column =
    Column { name: "births", kind: Kind::Int, unit: "persons", meaning: "live births", sees: Sees::Truth };
const SHARE: Column =
    Column { name: "share", kind: Kind::Float, unit: "share", meaning: "share reported", sees: Sees::Record };
const KNOWN: Column =
    Column { name: "known", kind: Kind::Bool, unit: "-", meaning: "whether known", sees: Sees::Record };
const WORD: Column = Column { name: "word", kind: Kind::Text, unit: "-", meaning: "a word", sees: Sees::Input };

static YEARLY: Schema = Schema {
    name: "yearly",
    meaning: "one city in one year",
    keys: 4,
    columns: &[DRAW, REPLICATE, CITY, YEAR, BIRTHS, SHARE, KNOWN, WORD],
};
static FIT: Schema = Schema { name: "fit", meaning: "one target", keys: 3, columns: &[DRAW, REPLICATE, CITY, SHARE] };

const CITIES: [&str; 4] = ["Amsterdam", "Den Haag", "Rotterdam", "Utrecht"];

/// A table of forty years whose cells depend on `salt`, with some empty cells of every type.
fn yearly(draw: u32, replicate: u32, salt: i64) -> Table {
    let mut table = Table::new(&YEARLY);
    for (at, city) in (0_i64..).zip(CITIES) {
        for year in 2008..2048_i64 {
            let n = year * 31 + at * 7 + salt;
            let births = if n % 11 == 0 { Cell::Null } else { Cell::Int(n) };
            let share = if n % 13 == 0 { Cell::Null } else { Cell::Float((n as f64).sin()) };
            let known = if n % 17 == 0 { Cell::Null } else { Cell::Bool(n % 2 == 0) };
            let word = if n % 5 == 0 { Cell::Null } else { Cell::Text(["", "één", "twee"][(n % 3) as usize]) };
            let row = [draw.into(), replicate.into(), city.into(), year.into(), births, share, known, word];
            table.push_row(&row).expect("a row of the table's kinds");
        }
    }
    table
}

fn fit(draw: u32, replicate: u32) -> Table {
    let mut table = Table::new(&FIT);
    table.push_row(&[draw.into(), replicate.into(), "G4".into(), 0.25.into()]).expect("a row of the table's kinds");
    table
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for temporary files")
}

/// The same rows, in the order given by `picks`.
fn reordered(table: &Table, picks: impl Iterator<Item = usize>) -> Table {
    let mut other = table.emptied();
    picks.for_each(|row| other.append(table, row..row + 1).expect("the same columns"));
    other
}

/// Always the same cases, so that a test never fails at random.
fn cases(number: u32) -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(2008), failure_persistence: None, ..ProptestConfig::with_cases(number) }
}

fn is(family: Family, errors: &Errors) -> bool {
    errors.0.first().is_some_and(|error| error.kind == family && !error.cure.is_empty() && error.file.is_some())
}

// Tables and their hash

#[test]
fn a_row_that_does_not_fit_is_refused_and_leaves_the_table_as_it_was() {
    let mut table = Table::new(&FIT);
    let short = table.push_row(&[Cell::Int(0)]).expect_err("one cell for four columns");
    assert_eq!(short.0[0].kind, Family::Internal);
    assert!(short.to_string().contains("a row of 1 cells for 4 columns"), "{short}");
    let wrong = table.push_row(&[0.into(), 0.into(), "G4".into(), Cell::Int(1)]).expect_err("an int among floats");
    assert!(wrong.to_string().contains("column `share` holds float, not int"), "{wrong}");
    assert_eq!(table.rows(), 0);
    assert_eq!(table.content_hash(), Table::new(&FIT).content_hash());
    assert!(table.append(&yearly(0, 0, 0), 0..1).is_err());
    assert!(Table::concat([&table, &yearly(0, 0, 0)]).is_err());
    assert!(Table::concat([]).is_err());
}

#[test]
fn the_content_hash_is_the_one_that_the_documentation_defines() {
    let mut table = Table::new(&YEARLY);
    let cells = |city, births| [0.into(), 2.into(), city, 2008.into(), births, 0.5.into(), true.into(), Cell::Null];
    table.push_row(&cells("Utrecht".into(), Cell::Null)).expect("a row of the table's kinds");
    table.push_row(&cells("Den Haag".into(), Cell::Int(-1))).expect("a row of the table's kinds");
    let mut bytes = Vec::new();
    for (city, births) in [("Den Haag", Some(-1_i64)), ("Utrecht", None)] {
        let int = |bytes: &mut Vec<u8>, value: i64| {
            bytes.push(1);
            bytes.extend(value.to_le_bytes());
        };
        int(&mut bytes, 0);
        int(&mut bytes, 2);
        bytes.push(1);
        bytes.extend((city.len() as u64).to_le_bytes());
        bytes.extend(city.as_bytes());
        int(&mut bytes, 2008);
        match births {
            Some(value) => int(&mut bytes, value),
            None => bytes.push(0),
        }
        bytes.push(1);
        bytes.extend(0.5_f64.to_bits().to_le_bytes());
        bytes.extend([1, 1, 0]);
    }
    assert_eq!(table.content_hash(), blake3::hash(&bytes));
}

#[test]
fn nan_is_empty_and_there_is_one_zero() {
    let with = |share: f64| {
        let mut table = Table::new(&FIT);
        table.push_row(&[0.into(), 0.into(), "G4".into(), share.into()]).expect("a row of the table's kinds");
        table
    };
    assert_eq!(with(f64::NAN).cell(0, "share"), Some(Cell::Null));
    assert_eq!(with(-f64::NAN).content_hash(), with(f64::NAN).content_hash());
    assert_eq!(with(-0.0).content_hash(), with(0.0).content_hash());
    assert_ne!(with(f64::NAN).content_hash(), with(0.0).content_hash());
    assert_ne!(with(f64::INFINITY).content_hash(), with(f64::MAX).content_hash());
}

#[test]
fn every_changed_cell_changes_the_hash_also_between_empty_and_zero() {
    let table = yearly(0, 0, 0);
    let hash = table.content_hash();
    for row in (0..table.rows()).step_by(7) {
        for at in 0..table.columns().len() {
            let mut other = table.emptied();
            other.append(&table, 0..row).expect("the same columns");
            let mut cells = table.row(row);
            cells[at] = match (cells[at], table.columns()[at].kind()) {
                (Cell::Null, Kind::Int) => Cell::Int(0),
                (Cell::Null, Kind::Float) => Cell::Float(0.0),
                (Cell::Null, Kind::Bool) => Cell::Bool(false),
                (Cell::Null, Kind::Text) => Cell::Text(""),
                (Cell::Null, Kind::Key) => Cell::Key(1),
                (Cell::Int(value), _) => Cell::Int(value + 1),
                (Cell::Float(value), _) => Cell::Float(f64::from_bits(value.to_bits() + 1)),
                (Cell::Bool(value), _) => Cell::Bool(!value),
                (Cell::Text(_), _) => Cell::Null,
                (Cell::Key(value), _) => Cell::Key(value + 1),
            };
            other.push_row(&cells).expect("a row of the table's kinds");
            other.append(&table, row + 1..table.rows()).expect("the same columns");
            assert_ne!(other.content_hash(), hash, "row {row}, column {at}");
        }
    }
}

#[test]
fn words_do_not_run_into_each_other_in_the_hash() {
    let with = |a: &str, b: &str| {
        let mut table = Table::new(&FIT);
        for city in [a, b] {
            table.push_row(&[0.into(), 0.into(), city.into(), Cell::Null]).expect("a row of the table's kinds");
        }
        table.content_hash()
    };
    assert_ne!(with("ab", "c"), with("a", "bc"));
}

#[test]
fn any_number_of_threads_gives_the_same_hash() {
    let hash_with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        let parts: Vec<Table> = pool.install(|| {
            let whole = yearly(0, 0, 0);
            let rows: Vec<usize> = (0..whole.rows()).collect();
            let part = |rows: &[usize]| reordered(&whole, rows.iter().rev().copied());
            rows.par_chunks(whole.rows() / (threads * 3)).map(part).collect()
        });
        Table::concat(&parts).expect("the same columns").content_hash()
    };
    assert_eq!(hash_with(1), yearly(0, 0, 0).content_hash());
    assert_eq!(hash_with(2), hash_with(1));
    assert_eq!(hash_with(8), hash_with(1));
}

#[test]
fn the_scenario_comes_in_front_and_goes_again() {
    let table = yearly(1, 2, 3);
    let named = table.clone().with_scenario("status-quo");
    assert_eq!(named.keys(), table.keys() + 1);
    assert_eq!(named.columns()[0].name(), "scenario");
    assert_eq!(named.cell(5, "scenario"), Some(Cell::Text("status-quo")));
    assert_ne!(named.content_hash(), table.content_hash());
    assert_eq!(named.without_scenario().content_hash(), table.content_hash());
    assert_eq!(table.clone().without_scenario().content_hash(), table.content_hash());
}

#[test]
fn rows_are_sorted_by_their_cells_the_empty_one_first() {
    let mut table = Table::new(&YEARLY);
    let mut push = |births: Cell<'_>, share: Cell<'_>, known: Cell<'_>, word: Cell<'_>| {
        let row = [0.into(), 0.into(), "G4".into(), 2008.into(), births, share, known, word];
        table.push_row(&row).expect("a row of the table's kinds");
    };
    let none = Cell::Null;
    for births in [i64::MAX, 3, -3, i64::MIN] {
        push(births.into(), none, none, none);
    }
    for share in [f64::INFINITY, 1e-300, 0.0, -1e-300, -2.0, f64::NEG_INFINITY] {
        push(none, share.into(), none, none);
    }
    for (known, word) in [(Some(true), ""), (Some(false), "é"), (Some(false), "z"), (Some(false), ""), (None, "a")] {
        push(none, none, known.into(), word.into());
    }
    push(none, none, none, none);
    assert_eq!(table.order(), [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    let order = table.order();
    assert_eq!(table.sorted().row(3), table.row(order[3]));
}

#[test]
fn a_repeated_key_is_found() {
    let table = yearly(0, 0, 0);
    assert_eq!(table.repeated_key(), None);
    let twice = Table::concat([&table, &yearly(0, 0, 1)]).expect("the same columns");
    assert!(twice.repeated_key().is_some());
}

#[test]
fn a_schema_is_held_to_its_rules() {
    assert_eq!(YEARLY.check(), Ok(()));
    static BAD: Schema =
        Schema { name: "Bad name", meaning: "", keys: 9, columns: &[REPLICATE, DRAW, CITY, WORD, WORD] };
    let errors = BAD.check().expect_err("a schema that breaks four rules");
    let text = errors.to_string();
    for said in ["not in small letters", "not draw, replicate, city", "9 key columns", "`word` occurs twice"] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

prop_compose! {
    fn any_row()(draw in 0..3_u32, city in 0..4_usize, year in prop::option::of(0..5_i64), births in any::<Option<i64>>(),
        share in prop::option::of(prop::num::f64::ANY), known in any::<Option<bool>>(), word in prop::option::of(".{0,4}"))
        -> (u32, usize, Option<i64>, Option<i64>, Option<f64>, Option<bool>, Option<String>)
    {
        (draw, city, year, births, share, known, word)
    }
}

prop_compose! {
    fn any_table()(rows in prop::collection::vec(any_row(), 0..40)) -> Table {
        let mut table = Table::new(&YEARLY);
        for (draw, city, year, births, share, known, word) in &rows {
            let word = word.as_deref().into();
            let row = [(*draw).into(), 0.into(), CITIES[*city].into(), (*year).into(), (*births).into(), (*share).into(), (*known).into(), word];
            table.push_row(&row).expect("a row of the table's kinds");
        }
        table
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn the_order_and_the_parts_of_a_table_do_not_matter(table in any_table(), turn in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let rows = table.rows();
        let turn = if rows == 0 { 0 } else { turn.index(rows) };
        let turned = reordered(&table, (0..rows).rev().map(|row| (row + turn) % rows));
        prop_assert_eq!(turned.content_hash(), table.content_hash());
        let cut = cut.index(rows + 1);
        let (first, last) = (reordered(&table, 0..cut), reordered(&table, cut..rows));
        let joined = Table::concat([&last, &first]).expect("the same columns");
        prop_assert_eq!(joined.content_hash(), table.content_hash());
        prop_assert_eq!(table.sorted().order(), (0..rows).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_written_is_read(table in any_table()) {
        let folder = folder();
        let path = folder.path().join("yearly.parquet");
        let hash = write_table(&path, &table).expect("a place to write");
        let back = read_table(&path, &hash).expect("a table just written");
        prop_assert!(back.has_columns_of(&table));
        prop_assert_eq!((back.name(), back.keys(), back.rows()), ("yearly", 4, table.rows()));
        for row in 0..table.rows() {
            prop_assert_eq!(back.row(row), table.row(row));
        }
        prop_assert_eq!(back.content_hash(), table.content_hash());
    }
}

// Files

#[test]
fn a_table_larger_than_a_batch_is_read_back_whole() {
    let mut table = Table::new(&FIT);
    for row in 0..150_000_u32 {
        let city = CITIES[(row % 4) as usize];
        table
            .push_row(&[row.into(), 0.into(), city.into(), f64::from(row).into()])
            .expect("a row of the table's kinds");
    }
    let folder = folder();
    let path = folder.path().join("fit.parquet");
    let hash = write_table(&path, &table).expect("a place to write");
    let back = read_table(&path, &hash).expect("a table just written");
    assert_eq!((back.rows(), back.content_hash()), (table.rows(), table.content_hash()));
}

#[test]
fn the_same_table_gives_the_same_bytes_which_say_who_wrote_them() {
    let folder = folder();
    let bytes = |name: &str| {
        let path = folder.path().join(name);
        write_table(&path, &yearly(0, 0, 0)).expect("a place to write");
        fs::read(path).expect("a file just written")
    };
    let first = bytes("a.parquet");
    assert_eq!(first, bytes("b.parquet"));
    let text = String::from_utf8_lossy(&first);
    for said in [&format!("keten {}", env!("CARGO_PKG_VERSION")), "keten.table", "keten.schema_version"] {
        assert!(text.contains(said), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "no temporary file is left");
}

#[test]
fn a_file_that_is_missing_or_not_a_table_is_named() {
    let folder = folder();
    let hash = blake3::hash(b"not Parquet at all").to_string();
    let missing = read_table(&folder.path().join("none.parquet"), &hash).expect_err("no such file");
    assert!(is(Family::Missing, &missing), "{missing}");
    let path = folder.path().join("other.parquet");
    fs::write(&path, "not Parquet at all").expect("a place to write");
    let foreign = read_table(&path, &hash).expect_err("not a table");
    assert!(is(Family::Data, &foreign) && foreign.to_string().contains("not a Parquet file"), "{foreign}");
    let other = write_table(&path, &fit(0, 0)).expect("a place to write");
    assert_ne!(other, hash);
    let changed = read_table(&path, &hash).expect_err("another file than that of the hash");
    assert!(is(Family::Data, &changed) && changed.to_string().contains("changed or damaged"), "{changed}");
}

// Units

fn unit_id(number: u32) -> UnitId {
    UnitId::new(&json!({"seed": 2008, "number": number}), &[&YEARLY, &FIT])
}

fn account() -> Account {
    let timings = Timings { founding_s: 0.1, burn_in_s: 0.2, months_s: 1.7, write_s: 0.0 };
    let achieved = json!({"kappa": {"witnessed": 0.3}}).as_object().cloned().expect("an object");
    Account {
        timings,
        simulated: Some(Simulated::Beside { differed: 0.002 }),
        person_months: 480,
        person_months_elsewhere: 48,
        peak_memory_bytes: peak_memory_bytes(),
        achieved,
    }
}

fn store_in(folder: &Path) -> Store {
    let store = Store::at(folder).expect("an empty folder");
    store.prepare().expect("a place to write");
    store
}

fn keep(store: &Store, number: u32, replicate: u32) -> Unit {
    let tables = [yearly(0, replicate, i64::from(number)), fit(0, replicate)];
    store.keep(&unit_id(number), &tables, account()).expect("a place to write")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_id_of_a_unit_is_that_of_what_decides_it() {
    let id = |text: &str, schemas: &[&Schema]| UnitId::new(&serde_json::from_str(text).expect("JSON"), schemas);
    let base = id(r#"{"seed": 1, "scale": 0.5, "until": 2048}"#, &[&FIT]);
    assert_eq!(base, id(r#"{"until": 2048.0, "scale": 5e-1, "seed": 1}"#, &[&FIT]));
    assert_ne!(base, id(r#"{"seed": 2, "scale": 0.5, "until": 2048}"#, &[&FIT]));
    assert_ne!(base, id(r#"{"seed": 1, "scale": 0.5, "until": 2048}"#, &[&FIT, &YEARLY]));
    assert_eq!(base.as_str().len(), 64);
}

#[test]
fn a_unit_is_kept_and_found_again() {
    let folder = folder();
    let store = store_in(folder.path());
    assert!(store.find(&unit_id(1)).is_none());
    let kept = keep(&store, 1, 0);
    let found = store.find(&unit_id(1)).expect("a unit just kept");
    assert_eq!(found.record, kept.record);
    assert!(found.record.account.timings.write_s > 0.0);
    assert_eq!(found.record.account.achieved["kappa"]["witnessed"], 0.3);
    let table = found.table("yearly").expect("a table of the unit");
    assert_eq!(table.content_hash(), yearly(0, 0, 1).content_hash());
    assert_eq!(found.record.tables["yearly"].content_hash, table.content_hash().to_string());
    assert!(found.table("lineages").is_err());
    assert_eq!(names_in(&store.unit_folder(&unit_id(1))), ["fit.unit", "unit.json", "yearly.unit"]);
    assert_eq!(names_in(&folder.path().join(".units")).len(), 1);
}

#[test]
fn a_complete_unit_is_never_written_again() {
    let folder = folder();
    let store = store_in(folder.path());
    let first = keep(&store, 1, 0);
    let again = keep(&store, 1, 0);
    assert_eq!(first.record, again.record, "the timings are those of its making");
    let other = [yearly(0, 0, 99), fit(0, 0)];
    let error = store.keep(&unit_id(1), &other, account()).expect_err("another content under the same id");
    assert!(is(Family::Internal, &error), "{error}");
    assert!(error.to_string().contains("not deterministic"), "{error}");
    assert_eq!(store.find(&unit_id(1)).map(|unit| unit.record), Some(first.record));
}

#[test]
fn many_threads_may_keep_the_same_unit_at_once() {
    let folder = folder();
    let store = store_in(folder.path());
    let records: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| keep(&store, 1, 0).record.tables)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(records.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(names_in(&folder.path().join(".units")).len(), 1, "no draft is left");
}

#[test]
fn a_damaged_unit_counts_as_absent_and_is_made_anew() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 7] = [
        ("a flipped byte", |unit| flip(&unit.join("yearly.unit"), 100)),
        ("a table cut short", |unit| cut(&unit.join("yearly.unit"))),
        ("a missing table", |unit| fs::remove_file(unit.join("fit.unit")).expect("a file of the unit")),
        ("a missing record", |unit| fs::remove_file(unit.join("unit.json")).expect("a file of the unit")),
        ("a record cut short", |unit| cut(&unit.join("unit.json"))),
        ("a changed figure", |unit| {
            let path = unit.join("unit.json");
            let text = fs::read_to_string(&path).expect("the record");
            fs::write(path, text.replace("\"person_months\": 480", "\"person_months\": 481"))
                .expect("a place to write");
        }),
        ("another table of the same name", |unit| {
            write_table(&unit.join("yearly.unit"), &yearly(0, 0, 5)).expect("a place to write");
        }),
    ];
    for (what, damage) in damages {
        let folder = folder();
        let store = store_in(folder.path());
        let whole = keep(&store, 1, 0);
        damage(&store.unit_folder(&unit_id(1)));
        assert!(store.find(&unit_id(1)).is_none(), "{what}");
        let error = store.inspect(&unit_id(1)).expect_err(what);
        assert!(is(Family::Data, &error) || is(Family::Missing, &error), "{what}: {error}");
        let anew = keep(&store, 1, 0);
        assert_eq!(anew.record.tables, whole.record.tables, "{what}");
        assert!(store.find(&unit_id(1)).is_some(), "{what}");
        assert_eq!(names_in(&folder.path().join(".units")).len(), 1, "{what}: nothing is left over");
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("a file to damage");
    let at = at % bytes.len();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).expect("a place to write");
}

fn cut(path: &Path) {
    let bytes = fs::read(path).expect("a file to damage");
    fs::write(path, &bytes[..bytes.len() / 2]).expect("a place to write");
}

#[test]
fn what_a_killed_run_left_is_ignored() {
    let folder = folder();
    let store = store_in(folder.path());
    let whole = keep(&store, 1, 0);
    let units = folder.path().join(".units");
    let left = units.join(format!(".tmp-99999-0-{}", &unit_id(2).as_str()[..16]));
    fs::create_dir(&left).expect("a place to write");
    fs::copy(store.unit_folder(&unit_id(1)).join("fit.unit"), left.join("fit.unit")).expect("a place to write");
    fs::create_dir(folder.path().join(".tmp-99999-1-first-run-12345678")).expect("a place to write");
    let again = Store::at(folder.path()).expect("a folder of runs");
    again.prepare().expect("a place to write");
    assert!(again.find(&unit_id(2)).is_none());
    assert_eq!(again.find(&unit_id(1)).map(|unit| unit.record), Some(whole.record));
    keep(&again, 2, 1);
    assert!(again.find(&unit_id(2)).is_some());
}

#[test]
fn a_folder_that_is_not_for_runs_is_refused_untouched() {
    let folder = folder();
    fs::write(folder.path().join("thesis.docx"), "years of work").expect("a place to write");
    let error = Store::at(folder.path()).expect_err("a folder with other things");
    assert!(is(Family::Data, &error), "{error}");
    assert!(error.to_string().contains("exists and is not a run"), "{error}");
    let file = Store::at(folder.path().join("thesis.docx")).expect_err("a file");
    assert!(is(Family::Data, &file), "{file}");
    assert_eq!(names_in(folder.path()), ["thesis.docx"]);
    let new = Store::at(folder.path().join("new/deep")).expect("a folder that does not exist");
    assert!(!new.root().exists(), "nothing is written before it is asked");
}

#[test]
fn a_disk_that_does_not_take_it_is_an_io_fault() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a place to write");
    let places = [file.join("under"), PathBuf::from("/proc/keten"), PathBuf::from("/dev/full/keten")];
    for place in places {
        let error = Store::at(&place).and_then(|store| store.prepare()).expect_err("no place to write");
        assert!(is(Family::Io, &error), "{}: {error}", place.display());
        assert_eq!(error.exit_code(), 74);
        let error = write_table(&place.join("fit.parquet"), &fit(0, 0)).expect_err("no place to write");
        assert!(is(Family::Io, &error), "{}: {error}", place.display());
    }
    let store = store_in(&folder.path().join("runs"));
    let units = folder.path().join("runs/.units");
    fs::remove_dir_all(&units).expect("an empty folder");
    fs::write(&units, "a file where the folder should be").expect("a place to write");
    let error = store.keep(&unit_id(1), &[fit(0, 0)], account()).expect_err("no place to write");
    assert!(is(Family::Io, &error), "{error}");
}

// Runs

/// Two scenarios and two replicates; in replicate 1 both scenarios share a unit.
fn plan() -> Vec<Place> {
    let place = |scenario: &str, replicate, number| Place {
        scenario: scenario.into(),
        draw: 0,
        replicate,
        unit: unit_id(number),
    };
    vec![place("status-quo", 0, 1), place("status-quo", 1, 2), place("kappa-zero", 0, 3), place("kappa-zero", 1, 2)]
}

fn assemble(store: &Store, plan: &[Place], title: &str) -> Result<Run, Errors> {
    assembled(store, plan, title).map(|assembled| assembled.run)
}

fn assembled(store: &Store, plan: &[Place], title: &str) -> Result<Assembled, Errors> {
    with_assembly(plan, title, |assembly| store.assemble(assembly))
}

fn with_assembly<T>(plan: &[Place], title: &str, take: impl FnOnce(&Assembly<'_>) -> T) -> T {
    let scenario = |name: &str| Scenario { name: name.into(), label: None };
    take(&Assembly {
        experiment: "first run",
        title,
        commit: Some("0123abc"),
        seed: u64::MAX,
        threads: 2,
        scenarios: &[scenario("status-quo"), scenario("kappa-zero")],
        config: &json!({
            "model_name": "g4",
            "experiment": {
                "title": title, "scale": 0.01, "until": 2048, "replicates": 2, "draws": 0, "crossed": false,
                "scenarios": { "status-quo": {}, "kappa-zero": { "set": { "transmission.kappa": 0.0 } } },
            },
        }),
        parameters: &json!({"life": {"births": {"share": 0.123456789123}}}),
        plan,
        schemas: &[&YEARLY, &FIT],
        wall_s: 2.5,
    })
}

fn first_run(folder: &Path) -> Run {
    let store = store_in(folder);
    [(1, 0), (2, 1), (3, 0)].into_iter().for_each(|(number, replicate)| drop(keep(&store, number, replicate)));
    assemble(&store, &plan(), "First run").expect("all units are kept")
}

#[test]
fn a_run_is_assembled_in_the_order_of_its_plan_and_read_again() {
    let folder = folder();
    let run = first_run(folder.path());
    let name = run.folder().file_name().expect("a name").to_string_lossy().into_owned();
    assert!(name.starts_with("first-run-") && name.len() == "first-run-".len() + 8, "{name}");
    assert_eq!(names_in(folder.path()), [".units".to_owned(), name]);
    assert_eq!(names_in(run.folder()), ["codebook.json", "fit.parquet", "manifest.json", "yearly.parquet"]);
    assert_eq!(run.verify(), Ok(()));

    let parts = [yearly(0, 0, 1).with_scenario("status-quo"), yearly(0, 1, 2).with_scenario("status-quo")];
    let more = [yearly(0, 0, 3).with_scenario("kappa-zero"), yearly(0, 1, 2).with_scenario("kappa-zero")];
    let expected = Table::concat(parts.iter().chain(&more)).expect("the same columns");
    let table = run.table("yearly").expect("a table of the run");
    assert_eq!(table.keys(), 5);
    assert!((0..expected.rows()).all(|row| table.row(row) == expected.row(row)));
    assert!(is(Family::Data, &run.table("lineages").expect_err("no such table")));

    let manifest = &run.manifest;
    assert_eq!(manifest.tables["yearly"].rows, 640);
    assert_eq!(manifest.seed, u64::MAX);
    assert_eq!(manifest.parameters["life"]["births"]["share"], 0.123456789);
    assert_eq!((manifest.person_months, manifest.person_months_elsewhere), (3 * 480, 3 * 48));
    assert!((manifest.timings.units.months_s - 3.0 * 1.7).abs() < 1e-9 && manifest.timings.wall_s > 2.5);
    assert_eq!(manifest.plan, plan());
    assert_eq!(manifest.units.len(), 3);
}

#[test]
fn the_manifest_holds_every_field_that_was_promised() {
    let folder = folder();
    let run = first_run(folder.path());
    let text = fs::read_to_string(run.folder().join("manifest.json")).expect("the manifest");
    let manifest: Value = serde_json::from_str(&text).expect("JSON");
    let fields = "keten_version minimum_keten_version commit seed title scenarios config parameters plan units tables timings \
                  person_months person_months_elsewhere peak_memory_bytes threads";
    for field in fields.split_whitespace() {
        assert!(manifest.get(field).is_some(), "{field}");
    }
    for field in ["founding_s", "burn_in_s", "months_s", "write_s", "wall_s"] {
        assert!(manifest["timings"][field].is_number(), "{field}");
    }
    assert!(
        manifest["tables"]["yearly"]["rows"].is_number() && manifest["tables"]["yearly"]["content_hash"].is_string()
    );
    let summary = run.summary();
    assert!(!summary.to_string().contains('\n'));
    for field in
        "run keten_version commit seed config parameters tables timings person_months threads".split_whitespace()
    {
        assert!(summary.get(field).is_some(), "{field}");
    }
}

#[test]
fn a_unit_says_how_it_was_simulated_and_one_of_an_earlier_version_says_nothing() {
    for way in [
        Simulated::Full,
        Simulated::Beside { differed: 0.002 },
        Simulated::BesideThenFull { differed: 0.27, full_from: 2031 },
    ] {
        let account = Account { simulated: Some(way), ..account() };
        let text = serde_json::to_value(&account).expect("JSON");
        assert_eq!(serde_json::from_value::<Account>(text).expect("the same account"), account);
    }
    let text = serde_json::to_value(account()).expect("JSON");
    assert_eq!(text["simulated"], json!({ "way": "beside", "differed": 0.002 }));
    let mut old = text;
    old.as_object_mut().expect("an object").remove("simulated");
    let read: Account = serde_json::from_value(old.clone()).expect("an account of an earlier version");
    assert_eq!(read.simulated, None);
    assert_eq!(serde_json::to_value(read).expect("JSON"), old);

    let folder = folder();
    let run = first_run(folder.path());
    let simulated = run.manifest.simulated();
    assert_eq!(simulated.iter().map(|scenario| scenario.beside).sum::<usize>(), run.manifest.plan.len());
    assert!(simulated.iter().all(|scenario| scenario.differed.is_none_or(|share| (share - 0.002).abs() < 1e-12)));
}

#[test]
fn the_codebook_tells_of_every_column() {
    let folder = folder();
    let run = first_run(folder.path());
    for name in ["yearly", "fit"] {
        let table = run.table(name).expect("a table of the run");
        let book = &run.codebook.tables[name];
        let columns: Vec<_> = table.columns().iter().map(|series| (series.name(), series.kind())).collect();
        let told: Vec<_> = book.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect();
        assert_eq!(columns, told);
        assert_eq!(book.keys, table.keys());
        assert!(book.columns.iter().all(|column| !column.meaning.is_empty() && !column.unit.is_empty()));
    }
    assert_eq!(run.codebook.tables["yearly"].columns[5].sees, Sees::Truth);
    assert_eq!(run.codebook.tables["yearly"].columns[6].sees, Sees::Record);
}

#[test]
fn the_same_units_give_the_same_run_folder_and_another_title_another() {
    let folder = folder();
    let first = first_run(folder.path());
    let store = Store::at(folder.path()).expect("a folder of runs");
    let again = assemble(&store, &plan(), "First run").expect("all units are kept");
    assert_eq!(again.folder(), first.folder());
    assert_eq!(again.manifest.tables, first.manifest.tables);
    assert_eq!(compare_hashes(&again.manifest, &first.manifest), []);
    let other = assemble(&store, &plan(), "Another title").expect("all units are kept");
    assert_ne!(other.folder(), first.folder());
    assert_eq!(names_in(folder.path()).len(), 3);
}

#[test]
fn a_run_whose_units_are_not_all_there_is_incomplete_and_leaves_no_folder() {
    let folder = folder();
    let store = store_in(folder.path());
    keep(&store, 1, 0);
    keep(&store, 2, 1);
    flip(&store.unit_folder(&unit_id(2)).join("fit.unit"), 50);
    let error = assemble(&store, &plan(), "First run").expect_err("one unit damaged, one absent");
    assert_eq!(error.exit_code(), 74);
    assert_eq!(error.0.len(), 2, "{error}");
    assert_eq!(names_in(folder.path()), [".units"]);
}

#[test]
fn a_unit_of_another_replicate_or_a_place_twice_in_the_plan_is_refused() {
    let folder = folder();
    let store = store_in(folder.path());
    keep(&store, 1, 1);
    let place = Place { scenario: "status-quo".into(), draw: 0, replicate: 0, unit: unit_id(1) };
    let error = assemble(&store, std::slice::from_ref(&place), "x").expect_err("rows of replicate 1 at replicate 0");
    assert_eq!(error.0[0].kind, Family::Internal, "{error}");
    let error = assemble(&store, &[place.clone(), place], "x").expect_err("the same place twice");
    assert!(error.to_string().contains("twice in the plan"), "{error}");
    assert_eq!(names_in(folder.path()), [".units"]);
}

/// Names, bytes and modification times of everything in a folder and its subfolders, except in `.units`.
fn state(folder: &Path) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_path_buf()];
    while let Some(at) = left.pop() {
        for entry in fs::read_dir(at).expect("a folder").flatten() {
            let data = entry.metadata().expect("what is known of a file");
            match data.is_dir() {
                true if entry.file_name() == ".units" => {}
                true => left.push(entry.path()),
                false => {
                    let bytes = fs::read(entry.path()).expect("a file");
                    found.push((entry.path(), bytes, data.modified().expect("a time")));
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_whole_run_folder_is_left_as_it_is_with_all_that_others_put_there() {
    let folder = folder();
    let run = first_run(folder.path());
    fs::create_dir(run.folder().join("figures")).expect("a place to write");
    for (name, text) in
        [("analysis.R", "mine"), ("figures/a.png", "x"), ("report-en.html", "a page"), ("label.txt", "ours")]
    {
        fs::write(run.folder().join(name), text).expect("a place to write");
    }
    let before = state(folder.path());
    let store = Store::at(folder.path()).expect("a folder of runs");
    let again = assembled(&store, &plan(), "First run").expect("all units are kept");
    assert_eq!(again.standing, Standing::AsItWas);
    assert_eq!(again.run.manifest, run.manifest);
    assert_eq!(state(folder.path()), before);
}

#[test]
fn a_damaged_run_folder_is_repaired_file_by_file_and_nothing_else_in_it_is_touched() {
    type Damage = fn(&Path);
    let damages: [(&str, &[&str], Damage); 7] = [
        ("a table flipped", &["yearly.parquet"], |run| flip(&run.join("yearly.parquet"), 300)),
        ("a table gone", &["fit.parquet"], |run| fs::remove_file(run.join("fit.parquet")).expect("a table")),
        ("a codebook cut", &["codebook.json"], |run| cut(&run.join("codebook.json"))),
        ("a manifest cut", &["manifest.json"], |run| cut(&run.join("manifest.json"))),
        ("an empty manifest", &["manifest.json"], |run| {
            fs::write(run.join("manifest.json"), "").expect("a place to write")
        }),
        ("a manifest gone", &["manifest.json"], |run| {
            fs::remove_file(run.join("manifest.json")).expect("the manifest")
        }),
        ("a manifest changed", &["manifest.json"], |run| {
            let path = run.join("manifest.json");
            let text = fs::read_to_string(&path).expect("the manifest");
            fs::write(path, text.replace("\"threads\": 2", "\"threads\": 3")).expect("a place to write");
        }),
    ];
    for (what, repaired, damage) in damages {
        let folder = folder();
        let run = first_run(folder.path());
        fs::write(run.folder().join("analysis.R"), "mine").expect("a place to write");
        let before = state(run.folder());
        damage(run.folder());
        let store = Store::at(folder.path()).expect("a folder of runs");
        let again = assembled(&store, &plan(), "First run").expect("all units are kept");
        assert_eq!(
            again.standing,
            Standing::Repaired(repaired.iter().map(|name| (*name).to_owned()).collect()),
            "{what}"
        );
        assert_eq!(again.run.verify(), Ok(()), "{what}");
        let untouched = |state: Vec<(PathBuf, Vec<u8>, std::time::SystemTime)>| {
            let of_others = |(path, ..): &(PathBuf, Vec<u8>, _)| !repaired.iter().any(|name| path.ends_with(name));
            state.into_iter().filter(of_others).collect::<Vec<_>>()
        };
        assert_eq!(untouched(state(run.folder())), untouched(before), "{what}");
        assert_eq!(names_in(folder.path()).len(), 2, "{what}: nothing is left over");
    }
}

#[test]
fn what_is_not_this_run_is_not_replaced_by_it() {
    let folder = folder();
    let run = first_run(folder.path());
    let store = Store::at(folder.path()).expect("a folder of runs");
    let refused = |what: &str, says: &str| {
        let before = state(folder.path());
        let error = assemble(&store, &plan(), "First run").expect_err(what);
        assert!(is(Family::Data, &error) && error.to_string().contains(says), "{what}: {error}");
        assert_eq!(state(folder.path()), before, "{what}");
    };
    let manifest = run.folder().join("manifest.json");
    let whole = fs::read_to_string(&manifest).expect("the manifest");
    fs::write(&manifest, "{\"summer\": 2008}").expect("a place to write");
    refused("a manifest of something else", "exists and is not a run");
    fs::write(&manifest, "summer").expect("a place to write");
    refused("what is no manifest at all", "exists and is not a run");
    fs::write(&manifest, whole.replace(&run.manifest.id, &"0".repeat(64))).expect("a place to write");
    refused("another run under the same name", "exists and is another run");
    fs::remove_file(&manifest).expect("the manifest");
    fs::write(run.folder().join("yearly.parquet"), "mine").expect("a place to write");
    refused("a table of somebody's own", "yearly.parquet: a file of this name exists");
    fs::remove_dir_all(run.folder()).expect("the run");
    fs::write(run.folder(), "a file").expect("a place to write");
    refused("a file", "exists and is not a run");
    // A folder with other files in it is completed, and those are kept.
    fs::remove_file(run.folder()).expect("a file");
    fs::create_dir(run.folder()).expect("a place to write");
    fs::write(run.folder().join("notes.txt"), "mine").expect("a place to write");
    assert_eq!(assemble(&store, &plan(), "First run").and_then(|run| run.verify()), Ok(()));
    assert_eq!(fs::read_to_string(run.folder().join("notes.txt")).expect("a file"), "mine");
}

#[test]
fn many_threads_may_assemble_and_repair_the_same_run_at_once() {
    let folder = folder();
    let run = first_run(folder.path());
    let store = Store::at(folder.path()).expect("a folder of runs");
    for damage in ["none", "a table", "all"] {
        match damage {
            "a table" => flip(&run.folder().join("yearly.parquet"), 100),
            "all" => fs::remove_dir_all(run.folder()).expect("the run"),
            _ => {}
        }
        std::thread::scope(|scope| {
            let again = || assemble(&store, &plan(), "First run").expect("all units are kept").manifest.tables;
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(again)).collect();
            threads.into_iter().for_each(|thread| assert_eq!(thread.join().expect("no panic"), run.manifest.tables));
        });
        assert_eq!(Run::open(run.folder()).and_then(|run| run.verify()), Ok(()), "{damage}");
        assert_eq!(names_in(folder.path()).len(), 2, "{damage}: nothing is left over");
    }
}

#[test]
fn who_reads_every_table_below_a_folder_of_runs_reads_each_row_once() {
    let folder = folder();
    let run = first_run(folder.path());
    let mut tables = Vec::new();
    let mut left = vec![folder.path().to_path_buf()];
    while let Some(at) = left.pop() {
        for entry in fs::read_dir(at).expect("a folder").flatten() {
            match entry.path() {
                path if path.is_dir() => left.push(path),
                path if path.extension().is_some_and(|end| end == "parquet") => tables.push(path),
                _ => {}
            }
        }
    }
    tables.sort();
    assert_eq!(tables, ["fit.parquet", "yearly.parquet"].map(|name| run.folder().join(name)));
}

#[test]
fn contents_are_told_without_a_table_being_written() {
    let folder = folder();
    let run = first_run(folder.path());
    let store = Store::at(folder.path()).expect("a folder of runs");
    let told = with_assembly(&plan(), "First run", |assembly| store.account(assembly)).expect("all units are kept");
    assert_eq!(compare_hashes(&told, &run.manifest), []);
    assert_eq!(told.contents(), run.manifest.contents());
    assert_eq!(told.tables["yearly"].rows, 640);
    let other =
        with_assembly(&plan()[..2], "First run", |assembly| store.account(assembly)).expect("all units are kept");
    assert_ne!(other.contents(), told.contents());
}

#[test]
fn keys_of_persons_are_text_in_files_and_come_back_as_they_were() {
    const WHO: Column = Column { name: "person", kind: Kind::Key, unit: "-", meaning: "a person", sees: Sees::Key };
    static LIVES: Schema =
        Schema { name: "lives", meaning: "a person", keys: 4, columns: &[DRAW, REPLICATE, CITY, WHO, WORD] };
    // Two keys that are equal in 53 bits, the largest key, and no person.
    let keys = [1_u64 << 62, (1 << 62) + 1, u64::MAX, 0, 1];
    let mut table = Table::new(&LIVES);
    for key in keys {
        let word = if key == 1 { "p0000000000000001".into() } else { Cell::Null };
        table.push_row(&[0.into(), 0.into(), "G4".into(), Cell::key(key), word]).expect("a row of the table's kinds");
    }
    let folder = folder();
    let path = folder.path().join("lives.parquet");
    let hash = write_table(&path, &table).expect("a place to write");
    let back = read_table(&path, &hash).expect("a table just written");
    assert!(back.has_columns_of(&table), "a text that looks like a key is still a text");
    assert_eq!(
        (0..5).map(|row| back.row(row)).collect::<Vec<_>>(),
        (0..5).map(|row| table.row(row)).collect::<Vec<_>>()
    );
    assert_eq!(back.cell(3, "person"), Some(Cell::Null), "nobody has no key");
    assert_eq!(back.content_hash(), table.content_hash());
    assert_eq!(table.order(), [3, 4, 0, 1, 2], "sorted as their texts are");
    assert_eq!(keten::tables::key_text(u64::MAX), "pffffffffffffffff");
    for text in [
        "",
        "p",
        "p1",
        "1234567890123456",
        "p123456789012345g",
        "p+234567890123456",
        "p123456789012345F",
        "p0000000000000000",
    ] {
        assert_eq!(keten::tables::key_of_text(text), None, "{text}");
    }
}

#[test]
fn folders_that_are_not_runs_are_told_apart() {
    let folder = folder();
    let run = first_run(folder.path());
    let open = |path: &Path| Run::open(path).expect_err("not a run");
    let missing = open(&folder.path().join("none"));
    assert!(is(Family::Missing, &missing), "{missing}");
    let runs = open(folder.path());
    assert!(is(Family::Data, &runs) && runs.to_string().contains("a folder of runs, not a run"), "{runs}");
    let file = open(&run.folder().join("manifest.json"));
    assert!(is(Family::Data, &file) && file.to_string().contains("not a run folder but a file"), "{file}");
    let foreign = open(&folder.path().join(".units"));
    assert!(is(Family::Data, &foreign) && foreign.to_string().contains("no manifest.json"), "{foreign}");
    let half = folder.path().join(".tmp-1-0-first-run");
    fs::rename(run.folder(), &half).expect("a place to write");
    let half = open(&half);
    assert!(is(Family::Data, &half) && half.to_string().contains("half-written"), "{half}");
}

#[test]
fn a_damaged_run_is_found_out() {
    let folder = folder();
    let run = first_run(folder.path());
    let yearly_path = run.folder().join("yearly.parquet");
    let whole = fs::read(&yearly_path).expect("a table");
    flip(&yearly_path, whole.len() / 2);
    assert!(is(Family::Data, &run.table("yearly").expect_err("a flipped byte")));
    assert!(is(Family::Data, &run.verify().expect_err("a flipped byte")));
    fs::remove_file(&yearly_path).expect("a table");
    let missing = Run::open(run.folder()).expect_err("a missing table");
    assert!(is(Family::Missing, &missing) && missing.to_string().contains("yearly.parquet"), "{missing}");
    fs::write(&yearly_path, whole).expect("a place to write");
    assert_eq!(Run::open(run.folder()).and_then(|run| run.verify()), Ok(()));

    let path = run.folder().join("manifest.json");
    let text = fs::read_to_string(&path).expect("the manifest");
    let rewrite = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1)).expect("a place to write");
    };
    rewrite("\"threads\": 2", "\"threads\": 3");
    let changed = Run::open(run.folder()).and_then(|run| run.verify()).expect_err("a changed manifest");
    assert!(changed.to_string().contains("manifest.json: changed or damaged"), "{changed}");
    rewrite("\"minimum_keten_version\": \"0.1.0\"", "\"minimum_keten_version\": \"99.0.0\"");
    let newer = Run::open(run.folder()).expect_err("a newer keten");
    assert!(is(Family::Data, &newer) && newer.to_string().contains("99.0.0"), "{newer}");
    rewrite("\"scale\": 0.01", "\"scale\": \"small\"");
    let unread = Run::open(run.folder()).expect_err("a scale that is no number");
    assert!(
        is(Family::Data, &unread) && unread.to_string().contains("config.experiment.scale: is \"small\""),
        "{unread}"
    );
    rewrite("\"yearly\"", "\"../yearly\"");
    assert!(is(Family::Data, &Run::open(run.folder()).expect_err("a table outside the folder")));
    rewrite("{", "[");
    let broken = Run::open(run.folder()).expect_err("broken JSON");
    assert!(is(Family::Data, &broken) && broken.0[0].line.is_some(), "{broken}");
}

#[test]
fn content_that_differs_from_the_manifest_is_found_out_even_when_the_file_is_whole() {
    let folder = folder();
    let run = first_run(folder.path());
    let (path, manifest) = (run.folder().join("yearly.parquet"), run.folder().join("manifest.json"));
    let table = run.table("yearly").expect("a table of the run");
    let last = table.rows() - 1;
    let mut moved = table.emptied();
    moved.append(&table, last..table.rows()).and_then(|()| moved.append(&table, 0..last)).expect("the same columns");
    let mut short = table.emptied();
    short.append(&table, 0..last).expect("the same columns");
    let mut long = table.clone();
    long.append(&table, 0..1).expect("the same columns");
    let text = fs::read_to_string(&manifest).expect("the manifest");
    for wrong in [moved, short, long] {
        let hash = write_table(&path, &wrong).expect("a place to write");
        fs::write(&manifest, text.replace(&run.manifest.tables["yearly"].file_hash, &hash)).expect("a place to write");
        let error = Run::open(run.folder()).and_then(|run| run.verify()).expect_err("another content");
        assert!(error.0.iter().any(|error| error.to_string().contains("yearly.parquet")), "{error}");
    }
}

#[test]
fn two_runs_are_compared_table_by_table_and_unit_by_unit() {
    let (here, there) = (folder(), folder());
    let first = first_run(here.path()).manifest;
    assert_eq!(compare_hashes(&first, &first_run(there.path()).manifest), []);
    let store = store_in(&there.path().join("other"));
    [(1, 0), (2, 1), (4, 0)].into_iter().for_each(|(number, replicate)| drop(keep(&store, number, replicate)));
    let mut other_plan = plan();
    other_plan[2].unit = unit_id(4);
    let second = assemble(&store, &other_plan, "First run").expect("all units are kept").manifest;
    let differences = compare_hashes(&first, &second);
    assert_eq!(differences.len(), 2, "{differences:?}");
    assert_eq!(differences[1].place.as_deref(), Some("scenario kappa-zero, draw 0, replicate 0"));
    assert!(
        differences
            .iter()
            .all(|difference| difference.table == "yearly" && difference.to_string().contains("first run"))
    );
    other_plan.pop();
    let shorter = assemble(&store, &other_plan, "First run").expect("all units are kept").manifest;
    assert!(compare_hashes(&second, &shorter).iter().any(|difference| difference.second.is_none()));
}

#[test]
#[cfg(target_os = "linux")]
fn the_peak_of_memory_is_known_on_linux() {
    assert!(peak_memory_bytes().is_some_and(|bytes| bytes > 1 << 20));
}

// Files written by others cause no panic

/// Random bytes, or a valid file with some bytes changed, cut or added.
fn spoilt(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let flips = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    let changed = (flips, any::<prop::sample::Index>(), any::<bool>()).prop_map(move |(flips, end, cut)| {
        let mut bytes = good.clone();
        flips.iter().for_each(|(at, byte)| *at.get_mut(&mut bytes) = *byte);
        bytes.truncate(if cut { end.index(bytes.len()) } else { bytes.len() });
        bytes
    });
    prop_oneof![1 => prop::collection::vec(any::<u8>(), 0..300), 4 => changed]
}

#[test]
fn no_bytes_in_place_of_a_file_of_a_run_or_unit_cause_a_panic() {
    let folder = folder();
    let run = first_run(folder.path());
    let store = Store::at(folder.path()).expect("a folder of runs");
    let unit = store.unit_folder(&unit_id(1));
    let in_run = ["manifest.json", "codebook.json", "yearly.parquet"].map(|name| run.folder().join(name));
    let in_unit = ["unit.json", "yearly.unit"].map(|name| unit.join(name));
    for path in in_run.iter().chain(&in_unit) {
        let good = fs::read(path).expect("a file of the run");
        let mut runner = proptest::test_runner::TestRunner::new(cases(200));
        let tried = runner.run(&spoilt(good.clone()), |bytes| {
            fs::write(path, bytes).expect("a place to write");
            if let Ok(run) = Run::open(run.folder()) {
                run.verify().ok();
                run.table("yearly").ok();
            }
            store.find(&unit_id(1));
            if path.extension().is_some_and(|end| end == "parquet" || end == "unit") {
                read_table(path, &blake3::hash(&good).to_string()).ok();
            }
            Ok(())
        });
        fs::write(path, good).expect("a place to write");
        assert!(tried.is_ok(), "{}: {tried:?}", path.display());
    }
}

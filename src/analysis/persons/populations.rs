//! The table `lives` of a run, read scenario by scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use rayon::prelude::*;

use crate::analysis::figures::YEARS;
use crate::analysis::lives::{PersonLife, RecordedSex};
use crate::error::{Error, Errors, Result};
use crate::stats::pairs::Pair;
use crate::store::{Place, Places, Run};
use crate::tables::{IntegerColumn, KeyColumn, NumberColumn, Table, TextColumn};

/// Pairs processed in parallel: each holds three or four populations in memory.
const ABREAST: usize = 4;

/// A person, with data beyond the comparison of lives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PersonRow {
    pub(super) life: PersonLife,
    /// Health lost, in the order of [`HealthMeasure::ALL`](super::HealthMeasure::ALL).
    pub(super) lost: [f64; 6],
    /// Years of each kind, in the order of [`YEARS`]; `None` if the run does not have them.
    pub(super) years: Option<[f64; 4]>,
    /// Was born in the four cities.
    pub(super) born_here: bool,
}

/// The columns that are read, besides [`YEARS`].
const COLUMNS: [&str; 20] = [
    "city",
    "person",
    "born",
    "sex",
    "mother",
    "father",
    "generation",
    "deprivation",
    "first_exposed",
    "first_used",
    "first_suffered",
    "gone",
    "reached",
    "qaly_lost",
    "qaly_lost_zin",
    "qaly_lost_mkba",
    "qaly_lost_abuse",
    "daly_lost",
    "daly_lost_zin",
    "birthplace",
];

/// The persons of a run, to be read scenario by scenario.
pub(in crate::analysis) struct Populations<'a> {
    run: &'a Run,
    places: Places,
    /// Index in the plan, by scenario and pair.
    of: BTreeMap<(&'a str, Pair), usize>,
    /// Names of cities; a city gets its number at its first occurrence.
    cities: Mutex<Vec<String>>,
}

impl<'a> Populations<'a> {
    /// Opens the table `lives` of a run.
    ///
    /// # Errors
    /// A missing or damaged table.
    pub(in crate::analysis) fn of(run: &'a Run) -> Result<Populations<'a>> {
        let key = |place: &'a Place| (place.scenario.as_str(), (i64::from(place.draw), i64::from(place.replicate)));
        let of = run.manifest.plan.iter().zip(0..).map(|(place, at)| (key(place), at)).collect();
        let columns = [&COLUMNS[..], &YEARS].concat();
        let it = Populations { run, places: run.places("lives", &columns)?, of, cities: Mutex::default() };
        // One unit is read first, so that the numbers of cities do not depend on the order of threads.
        if !it.of.is_empty() {
            it.rows(0)?;
        }
        Ok(it)
    }

    /// Applies `each` to every draw and replicate, a few pairs in parallel.
    ///
    /// # Errors
    /// The first error of `each`.
    pub(in crate::analysis) fn each_pair<T: Send>(
        &self,
        each: impl Fn(Pair) -> Result<T> + Sync,
    ) -> Result<BTreeMap<Pair, T>> {
        let pairs: Vec<Pair> = self.of.keys().map(|(_, pair)| *pair).collect::<BTreeSet<_>>().into_iter().collect();
        let mut found = BTreeMap::new();
        for pairs in pairs.chunks(ABREAST) {
            let some: Vec<(Pair, Result<T>)> = pairs.par_iter().map(|pair| (*pair, each(*pair))).collect();
            for (pair, of) in some {
                found.insert(pair, of?);
            }
        }
        Ok(found)
    }

    /// The index in the plan of a scenario's unit.
    pub(super) fn place(&self, scenario: &str, pair: Pair) -> Option<usize> {
        self.of.get(&(scenario, pair)).copied()
    }

    /// The persons of a scenario in a draw and replicate, sorted by key; `None` if not in the plan.
    pub(super) fn read(&self, scenario: &str, pair: Pair) -> Result<Option<Vec<PersonRow>>> {
        self.place(scenario, pair).map(|place| self.rows(place)).transpose()
    }

    /// The same with only the data for the comparison of lives.
    ///
    /// # Errors
    /// A table that is damaged.
    pub(in crate::analysis) fn lives(&self, scenario: &str, pair: Pair) -> Result<Option<Vec<PersonLife>>> {
        let rows = self.read(scenario, pair)?;
        Ok(rows.map(|rows| rows.into_iter().map(|row| row.life).collect()))
    }

    fn rows(&self, place: usize) -> Result<Vec<PersonRow>> {
        let part = self.places.read(place)?;
        let columns = PersonColumns::of(&part)?;
        let row = |at: usize| {
            let row = columns.row(at, |name| self.number_of(name));
            row.ok_or_else(|| damaged(self.run, "a person without key or month of birth"))
        };
        let mut rows = (0..part.rows()).map(row).collect::<Result<Vec<PersonRow>>>()?;
        rows.sort_unstable_by_key(|row| row.life.key);
        Ok(rows)
    }

    pub(super) fn cities(&self) -> Vec<String> {
        self.cities.lock().map(|cities| cities.clone()).unwrap_or_default()
    }

    /// The number of a city; it is added to the list if missing.
    fn number_of(&self, name: &str) -> u8 {
        let Ok(mut cities) = self.cities.lock() else { return u8::MAX };
        let at = cities.iter().position(|known| known == name).unwrap_or_else(|| {
            cities.push(name.to_owned());
            cities.len() - 1
        });
        u8::try_from(at).unwrap_or(u8::MAX)
    }
}

/// A fault of the table.
pub(super) fn damaged(run: &Run, what: &str) -> Errors {
    let place = run.folder().join("lives.parquet").display().to_string();
    Error::data(format!("damaged: {what}"), "run the experiment again").in_file(place, None).into()
}

/// Columns of a part of the table.
struct PersonColumns<'a> {
    city: TextColumn<'a>,
    person: KeyColumn<'a>,
    born: IntegerColumn<'a>,
    sex: TextColumn<'a>,
    mother: KeyColumn<'a>,
    father: KeyColumn<'a>,
    generation: IntegerColumn<'a>,
    deprivation: IntegerColumn<'a>,
    exposed: IntegerColumn<'a>,
    used: IntegerColumn<'a>,
    suffered: IntegerColumn<'a>,
    gone: IntegerColumn<'a>,
    reached: IntegerColumn<'a>,
    qaly: NumberColumn<'a>,
    qaly_zin: NumberColumn<'a>,
    qaly_mkba: NumberColumn<'a>,
    qaly_abuse: NumberColumn<'a>,
    daly: NumberColumn<'a>,
    daly_zin: NumberColumn<'a>,
    years: Option<[NumberColumn<'a>; 4]>,
    birthplace: TextColumn<'a>,
}

impl<'a> PersonColumns<'a> {
    fn of(table: &'a Table) -> Result<PersonColumns<'a>> {
        let years = if YEARS.iter().all(|name| table.has(name)) {
            let [any, partner, witnessing, maltreated] = YEARS.map(|name| table.numbers(name));
            Some([any?, partner?, witnessing?, maltreated?])
        } else {
            None
        };
        Ok(PersonColumns {
            city: table.texts("city")?,
            person: table.keys_of("person")?,
            born: table.integers("born")?,
            sex: table.texts("sex")?,
            mother: table.keys_of("mother")?,
            father: table.keys_of("father")?,
            generation: table.integers("generation")?,
            deprivation: table.integers("deprivation")?,
            exposed: table.integers("first_exposed")?,
            used: table.integers("first_used")?,
            suffered: table.integers("first_suffered")?,
            gone: table.integers("gone")?,
            reached: table.integers("reached")?,
            qaly: table.numbers("qaly_lost")?,
            qaly_zin: table.numbers("qaly_lost_zin")?,
            qaly_mkba: table.numbers("qaly_lost_mkba")?,
            qaly_abuse: table.numbers("qaly_lost_abuse")?,
            daly: table.numbers("daly_lost")?,
            daly_zin: table.numbers("daly_lost_zin")?,
            years,
            birthplace: table.texts("birthplace")?,
        })
    }

    /// A person; `None` without key or month of birth.
    fn row(&self, at: usize, number_of: impl Fn(&str) -> u8) -> Option<PersonRow> {
        let month = |column: &IntegerColumn<'_>| column.get(at).and_then(|month| i32::try_from(month).ok());
        let small = |column: &IntegerColumn<'_>| column.get(at).and_then(|number| u8::try_from(number).ok());
        let key = |column: &KeyColumn<'_>| column.get(at).map(u64::cast_signed);
        let [plain, zin, mkba] = [self.qaly, self.qaly_zin, self.qaly_mkba].map(|column| column.or_zero(at));
        let [abuse, daly, daly_zin] = [self.qaly_abuse, self.daly, self.daly_zin].map(|column| column.or_zero(at));
        let years = self.years.map(|years| years.map(|column| column.get(at)));
        Some(PersonRow {
            life: PersonLife {
                key: key(&self.person)?,
                born: month(&self.born)?,
                sex: if self.sex.is(at, "male") { RecordedSex::Male } else { RecordedSex::Female },
                mother: key(&self.mother),
                father: key(&self.father),
                generation: small(&self.generation).unwrap_or(u8::MAX),
                city: number_of(self.city.or_empty(at)),
                quintile: small(&self.deprivation).unwrap_or(0),
                exposed: month(&self.exposed),
                used: month(&self.used),
                suffered: month(&self.suffered),
                gone: month(&self.gone),
                reached: month(&self.reached),
                qaly_lost: plain,
            },
            lost: [plain, zin, mkba, zin - abuse, daly, daly_zin],
            born_here: self.birthplace.is(at, "cities"),
            years: years
                .and_then(|[any, partner, witnessing, maltreated]| Some([any?, partner?, witnessing?, maltreated?])),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Cell, Kind};

    /// One person; `None` is an empty cell, and columns that are not named are empty.
    fn table(years: bool) -> Table {
        let kind = |name: &str| match name {
            "city" | "sex" | "birthplace" => Kind::Text,
            "person" | "mother" | "father" => Kind::Key,
            name if name.contains("aly_lost") => Kind::Float,
            _ => Kind::Int,
        };
        let names: Vec<&str> = COLUMNS.into_iter().chain(YEARS.into_iter().filter(|_| years)).collect();
        let columns = names.iter().map(|name| ((*name).to_owned(), kind(name))).collect();
        let mut table = Table::blank("lives".to_owned(), 5, columns);
        let cell = |name: &&str| match *name {
            "person" => Cell::Key(7),
            "father" => Cell::Key(u64::MAX),
            "born" => Cell::Int(3),
            "sex" => Cell::Text("female"),
            "birthplace" => Cell::Text("cities"),
            "qaly_lost" => Cell::Float(1.0),
            "qaly_lost_zin" => Cell::Float(0.75),
            "qaly_lost_abuse" => Cell::Float(0.25),
            "daly_lost" => Cell::Float(2.0),
            "years_victim" | "years_partner_victim" | "years_witnessing" | "years_maltreated" => Cell::Int(4),
            _ => Cell::Null,
        };
        table.push_row(&names.iter().map(cell).collect::<Vec<_>>()).expect("cells of the table's kinds");
        table
    }

    #[test]
    fn a_row_of_the_table_is_read_as_it_was_written() {
        let table = table(true);
        let row = PersonColumns::of(&table).expect("all columns").row(0, |_| 0).expect("a person");
        assert_eq!((row.life.key, row.life.born, row.life.sex, row.life.used), (7, 3, RecordedSex::Female, None));
        assert_eq!((row.life.mother, row.life.father), (None, Some(-1)));
        assert_eq!(row.lost, [1.0, 0.75, 0.0, 0.5, 2.0, 0.0]);
        assert_eq!((row.years, row.born_here), (Some([4.0; 4]), true));
    }

    #[test]
    fn years_may_be_missing_and_other_columns_may_not() {
        let table = table(false);
        assert_eq!(PersonColumns::of(&table).expect("all other columns").row(0, |_| 0).expect("a person").years, None);
        let short = Table::blank("lives".to_owned(), 1, vec![("city".to_owned(), Kind::Text)]);
        let fault = PersonColumns::of(&short).map(|_| ()).expect_err("no key").to_string();
        assert!(fault.contains("table `lives` has no column `person`"), "{fault}");
    }
}

//! The same persons under two scenarios: the table `lives` of a run, read pair by pair.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use rayon::prelude::*;
use serde::Serialize;

use super::figures::{FIGURES, Person, YEARS};
use super::lives::{self, Aggregate, Group, Life, PairedLives, Sex};
use super::spending::{Bills, Spending};
use super::{design, rivals};
use crate::error::{Error, Errors, Result};
use crate::stats::pairs::{Mean, Pair};
use crate::store::{Place, Places, Run};
use crate::table::{Cell, Series, Table};

/// Pairs processed in parallel: each holds three or four populations in memory.
const ABREAST: usize = 4;

/// Effects of a scenario on persons who exist in both scenarios, relative to its comparator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Persons {
    /// Scenario.
    pub scenario: String,
    /// Its comparator.
    pub comparator: String,
    /// Counts by stratum, in simulated persons.
    pub aggregate: Aggregate,
    /// Whether health is that of a closed cohort: persons enrolled within the window of enrolment, their children and
    /// grandchildren. Otherwise it is that of all persons.
    pub of_cohort: bool,
    /// Health saved by persons of both scenarios, by discounting rule, in simulated QALY, and in DALY.
    pub health: Vec<(Health, Mean)>,
    /// The same for every pair of draw and replicate.
    pub health_by_pair: BTreeMap<Pair, [f64; 6]>,
    /// Additional spending on the same persons and their partners; empty when the run has no table `life_costs`.
    #[serde(skip)]
    pub spent_by_pair: BTreeMap<Pair, Spending>,
}

/// Measures of health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Not discounted.
    Plain,
    /// Discounted at 1.5 % a year.
    Zin,
    /// Discounted at 2.25 % a year.
    Mkba,
    /// Discounted at 1.5 % a year, without the weights of ongoing violence, which are assumptions.
    ZinWithoutAbuse,
    /// DALY, not discounted.
    Daly,
    /// DALY, discounted at 1.5 % a year.
    DalyZin,
}

impl Health {
    /// All, in the order of [`Persons::health_by_pair`].
    pub const ALL: [Health; 6] =
        [Health::Plain, Health::Zin, Health::Mkba, Health::ZinWithoutAbuse, Health::Daly, Health::DalyZin];
}

/// A person, with data beyond the comparison of lives.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    life: Life,
    /// Health lost, in the order of [`Health::ALL`].
    lost: [f64; 6],
    /// Years of each kind, in the order of [`YEARS`]; `None` if the run does not have them.
    years: Option<[f64; 4]>,
    /// Was born in the four cities.
    born_here: bool,
}

/// Counts per person for one pair of scenarios, in simulated persons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// By key of a figure: its total among persons who exist in both, under the comparator and under the scenario.
    pub figures: BTreeMap<&'static str, (f64, f64)>,
    /// Persons who started a measure under the scenario and not, or not in the same month, under the comparator.
    pub reached: f64,
    /// Persons under the comparator only and under the scenario only, through births. A count without a value.
    pub alone: [f64; 2],
    /// Additional spending on the persons whose costs count; `None` without the table `life_costs`.
    pub spent: Option<Spending>,
}

/// Comparison of the same persons in two scenarios of one draw and replicate.
struct Compared {
    tally: Tally,
    /// The paired comparison, and health saved in the order of [`Health::ALL`]; `None` under a variant.
    whole: Option<(PairedLives, [f64; 6])>,
}

/// The columns that are read.
const COLUMNS: [&str; 24] = [
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
    YEARS[0],
    YEARS[1],
    YEARS[2],
    YEARS[3],
    "birthplace",
];

/// Results from the table `lives` of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct SamePersons {
    /// Names of the places, by the number used for persons.
    pub cities: Vec<String>,
    /// Effects of every scenario, in the order of the run; scenarios under a variant are left out.
    pub scenarios: Vec<Persons>,
    /// Whether health and costs are those of a closed cohort.
    pub of_cohort: bool,
    /// By scenario, including those under a variant, and pair: counts per person.
    pub tallies: BTreeMap<String, BTreeMap<Pair, Tally>>,
}

/// Effects of every scenario of a run on persons in both; `None` when the run has no table `lives`.
///
/// # Errors
/// A damaged table, or one with the same person twice.
pub fn persons(run: &Run) -> Result<Option<SamePersons>> {
    if !run.manifest.tables.contains_key("lives") {
        return Ok(None);
    }
    let horizon = run.recorded.months();
    let rivals: Vec<(String, String)> = rivals(run);
    let mut by_comparator: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, comparator) in &rivals {
        by_comparator.entry(comparator).or_default().push(name);
    }
    if rivals.is_empty() {
        return Ok(None);
    }
    let worlds = Worlds::of(run)?;
    let bills = Bills::of(run)?;
    let of_cohort = run.recorded.enrolment.is_some();
    // Pair by pair, so that no more populations are in memory than necessary.
    let compared = worlds.each_pair(|pair| {
        let mut found = Vec::new();
        for (comparator, names) in &by_comparator {
            let Some(before) = worlds.read(comparator, pair)? else { continue };
            let bill_of = |name: &str| {
                let place = bills.as_ref().zip(worlds.place(name, pair));
                place.map(|(bills, place)| bills.read(place)).transpose()
            };
            let base = bill_of(comparator)?;
            for name in names {
                let Some(after) = worlds.read(name, pair)? else { continue };
                let (before, after) = completed(&before, &after);
                let plain = |rows: &[Row]| rows.iter().map(|row| row.life).collect::<Vec<Life>>();
                let (own, other) = (plain(&after), plain(&before));
                let counts = |life: &Life| !of_cohort || lives::group(&own, life) != Group::Other;
                let of_key = |key: i64| match [&before, &after].map(|rows| find(rows, key)) {
                    // A person without any row exists in every scenario, and hardly belongs to a cohort: at most a
                    // child born before 2008 to an enrolled person, without any event.
                    [None, None] => !of_cohort,
                    [Some(_), Some(row)] => counts(&row.life),
                    _ => false,
                };
                let own_bill = bill_of(name)?;
                let both = base.as_ref().zip(own_bill.as_ref());
                let spent = bills.as_ref().zip(both).map(|(bills, (base, own))| bills.compare([base, own], of_key));
                let tally = Tally { spent: spent.transpose()?, ..tally(&before, &after, counts) };
                let whole = if name.contains('@') {
                    None
                } else {
                    let lives = lives::paired(&other, &own, horizon);
                    let lives = lives.map_err(|fault| damaged(run, &fault.to_string()))?;
                    Some((lives, health(&before, &after, counts)))
                };
                found.push(((*name).to_owned(), Compared { tally, whole }));
            }
        }
        Ok(found)
    })?;
    let mut found: BTreeMap<String, BTreeMap<Pair, (PairedLives, [f64; 6])>> = BTreeMap::new();
    let mut tallies: BTreeMap<String, BTreeMap<Pair, Tally>> = BTreeMap::new();
    for (pair, all) in compared {
        for (name, Compared { tally, whole }) in all {
            if let Some(whole) = whole {
                found.entry(name.clone()).or_default().insert(pair, whole);
            }
            tallies.entry(name).or_default().insert(pair, tally);
        }
    }
    let cities = worlds.cities();
    let mut scenarios = Vec::new();
    for (scenario, comparator) in rivals {
        let Some(pairs) = found.remove(&scenario) else { continue };
        let (mut health_by_pair, mut lives) = (BTreeMap::new(), BTreeMap::new());
        for (pair, (of, saved)) in pairs {
            health_by_pair.insert(pair, saved);
            lives.insert(pair, of);
        }
        let spent = tallies.get(&scenario).into_iter().flatten();
        let spent_by_pair = spent.filter_map(|(pair, tally)| Some((*pair, tally.spent.clone()?))).collect();
        let design = design(run).of(lives.keys());
        let Some(aggregate) = lives::aggregate(&lives, design) else { continue };
        let mean = |index: usize| {
            let values = health_by_pair.iter().map(|(pair, saved)| (*pair, saved[index])).collect();
            Mean::of(&values, design)
        };
        let health = Health::ALL.into_iter().zip(0..).filter_map(|(of, index)| Some((of, mean(index)?))).collect();
        scenarios.push(Persons { scenario, comparator, aggregate, of_cohort, health, health_by_pair, spent_by_pair });
    }
    Ok(Some(SamePersons { cities, scenarios, of_cohort, tallies }))
}

/// Compares two scenarios person by person; both sorted by key and [`completed`]. `counts` selects the persons whose
/// health counts.
fn tally(before: &[Row], after: &[Row], counts: impl Fn(&Life) -> bool) -> Tally {
    let mut it = Tally::default();
    let figures = FIGURES.iter().filter_map(|figure| Some((figure.key, figure.person?)));
    let figures: Vec<(&'static str, Person)> = figures.collect();
    let mut sums = vec![Some((0.0, 0.0)); figures.len()];
    let mut both = 0.0;
    for own in after {
        it.reached += f64::from(u8::from(own.life.reached.is_some()));
        let Some(base) = find(before, own.life.key) else { continue };
        both += 1.0;
        let counts = counts(&own.life);
        // The same for both scenarios: a person who counts in only one of them would be an artificial difference.
        let born_here = base.born_here && own.born_here;
        for ((_, person), sum) in figures.iter().zip(&mut sums) {
            let of = |row: &Row| match *person {
                Person::First(event) => Some(first_within(event, &row.life)),
                Person::FirstOfNext(_) if row.life.born < lives::FIRST || !born_here => Some(0.0),
                Person::FirstOfNext(event) => Some(first_within(event, &row.life)),
                Person::Years(kind) => row.years.map(|years| years[kind]),
                Person::Health => Some(if counts { row.lost[0] } else { 0.0 }),
            };
            let more = of(base).zip(of(own));
            *sum = sum.zip(more).map(|((a, b), (before, after))| (a + before, b + after));
        }
    }
    it.alone = [before.len() as f64 - both, after.len() as f64 - both];
    it.figures = figures.iter().zip(sums).filter_map(|((key, _), sum)| Some((*key, sum?))).collect();
    it
}

/// 1 if the event occurs within the years simulated, 0 if not.
fn first_within(event: lives::Event, life: &Life) -> f64 {
    f64::from(u8::from(event.month(life).is_some_and(|month| month >= lives::FIRST)))
}

/// The persons of a run, to be read scenario by scenario.
pub(super) struct Worlds<'a> {
    run: &'a Run,
    places: Places,
    /// Index in the plan, by scenario and pair.
    of: BTreeMap<(&'a str, Pair), usize>,
    /// Names of cities; a city gets its number at its first occurrence.
    cities: Mutex<Vec<String>>,
}

impl<'a> Worlds<'a> {
    /// Opens the table `lives` of a run.
    ///
    /// # Errors
    /// A missing or damaged table.
    pub(super) fn of(run: &'a Run) -> Result<Worlds<'a>> {
        let key = |place: &'a Place| (place.scenario.as_str(), (i64::from(place.draw), i64::from(place.replicate)));
        let of = run.manifest.plan.iter().zip(0..).map(|(place, at)| (key(place), at)).collect();
        let known = run.codebook.tables.get("lives").map(|table| &table.columns);
        let is_known = |name: &&str| known.is_none_or(|all| all.iter().any(|column| column.name == **name));
        let columns: Vec<&str> = COLUMNS.into_iter().filter(is_known).collect();
        let it = Worlds { run, places: run.places("lives", &columns)?, of, cities: Mutex::default() };
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
    pub(super) fn each_pair<T: Send>(&self, each: impl Fn(Pair) -> Result<T> + Sync) -> Result<BTreeMap<Pair, T>> {
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
    fn place(&self, scenario: &str, pair: Pair) -> Option<usize> {
        self.of.get(&(scenario, pair)).copied()
    }

    /// The persons of a scenario in a draw and replicate, sorted by key; `None` if not in the plan.
    fn read(&self, scenario: &str, pair: Pair) -> Result<Option<Vec<Row>>> {
        self.place(scenario, pair).map(|place| self.rows(place)).transpose()
    }

    /// The same with only the data for the comparison of lives.
    ///
    /// # Errors
    /// A table that is damaged.
    pub(super) fn lives(&self, scenario: &str, pair: Pair) -> Result<Option<Vec<Life>>> {
        let rows = self.read(scenario, pair)?;
        Ok(rows.map(|rows| rows.into_iter().map(|row| row.life).collect()))
    }

    fn rows(&self, place: usize) -> Result<Vec<Row>> {
        let part = self.places.read(place)?;
        let columns = Columns::of(&part);
        let row = |at: usize| {
            let row = columns.row(at, |name| self.number_of(name));
            row.ok_or_else(|| damaged(self.run, "a person without key or month of birth"))
        };
        let mut rows = (0..part.rows()).map(row).collect::<Result<Vec<Row>>>()?;
        rows.sort_unstable_by_key(|row| row.life.key);
        Ok(rows)
    }

    fn cities(&self) -> Vec<String> {
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

fn damaged(run: &Run, what: &str) -> Errors {
    let place = run.folder().join("lives.parquet").display().to_string();
    Error::data(format!("damaged: {what}"), "run the experiment again").in_file(place, None).into()
}

/// Both scenarios, completed with persons who have a row in only one of them: a person not born in the years simulated
/// had no event in the other. A start of a measure that occurs in both does not count as reached.
fn completed(before: &[Row], after: &[Row]) -> (Vec<Row>, Vec<Row>) {
    let (mut both, mut own) = (Vec::with_capacity(before.len()), Vec::with_capacity(after.len()));
    let (mut a, mut b) = (before.iter().peekable(), after.iter().peekable());
    loop {
        match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x.life.key == y.life.key => {
                let (x, mut y) = (**x, **y);
                y.life.reached = y.life.reached.filter(|_| y.life.reached != x.life.reached);
                both.push(x);
                own.push(y);
                a.next();
                b.next();
            }
            (Some(x), other) if other.is_none_or(|y| x.life.key < y.life.key) => {
                both.push(**x);
                own.extend(untouched(x));
                a.next();
            }
            (_, Some(y)) => {
                own.push(**y);
                both.extend(untouched(y));
                b.next();
            }
            _ => return (both, own),
        }
    }
}

/// The same person without any event; `None` for a person born in the years simulated, who was not born in the other
/// scenario.
fn untouched(row: &Row) -> Option<Row> {
    let nothing = Life { exposed: None, used: None, suffered: None, reached: None, qaly_lost: 0.0, ..row.life };
    (row.life.born < 0).then_some(Row { life: nothing, lost: [0.0; 6], years: row.years.map(|_| [0.0; 4]), ..*row })
}

/// The row of a person, in rows sorted by key.
fn find(rows: &[Row], key: i64) -> Option<&Row> {
    rows.binary_search_by_key(&key, |row| row.life.key).ok().map(|at| &rows[at])
}

/// Health saved by the selected persons of both scenarios.
fn health(before: &[Row], after: &[Row], counts: impl Fn(&Life) -> bool) -> [f64; 6] {
    let mut saved = [0.0; 6];
    for row in after.iter().filter(|row| counts(&row.life)) {
        let Some(known) = find(before, row.life.key) else { continue };
        for (sum, (was, is)) in saved.iter_mut().zip(known.lost.iter().zip(row.lost)) {
            *sum += was - is;
        }
    }
    saved
}

/// Columns of a part of the table, looked up once, in the order of [`COLUMNS`].
struct Columns<'a>([Option<&'a Series>; COLUMNS.len()]);

impl<'a> Columns<'a> {
    fn of(table: &'a Table) -> Columns<'a> {
        Columns(COLUMNS.map(|name| table.column(name)))
    }

    fn row(&self, at: usize, number_of: impl Fn(&str) -> u8) -> Option<Row> {
        let cells = self.0.map(|series| series.map_or(Cell::Null, |series| series.cell(at)));
        let [city, person, born, sex, mother, father, generation, deprivation, rest @ ..] = cells;
        let [exposed, used, suffered, gone, reached, qaly, zin, mkba, abuse, daly, daly_zin, years @ .., birthplace] =
            rest;
        let [any, partner, witnessed, maltreated] = years.map(|cell| cell.as_float());
        let month = |cell: Cell<'_>| cell.as_int().and_then(|month| i32::try_from(month).ok());
        let small = |cell: Cell<'_>| cell.as_int().and_then(|number| u8::try_from(number).ok());
        let [plain, zin, mkba, abuse, daly, daly_zin] =
            [qaly, zin, mkba, abuse, daly, daly_zin].map(|cell| cell.as_float().unwrap_or(0.0));
        Some(Row {
            life: Life {
                key: person.as_int()?,
                born: month(born)?,
                sex: if sex.as_text() == Some("male") { Sex::Male } else { Sex::Female },
                mother: mother.as_int(),
                father: father.as_int(),
                generation: small(generation).unwrap_or(u8::MAX),
                city: number_of(city.as_text().unwrap_or_default()),
                quintile: small(deprivation).unwrap_or(0),
                exposed: month(exposed),
                used: month(used),
                suffered: month(suffered),
                gone: month(gone),
                reached: month(reached),
                qaly_lost: plain,
            },
            lost: [plain, zin, mkba, zin - abuse, daly, daly_zin],
            born_here: birthplace.as_text() == Some("cities"),
            years: any.zip(partner).zip(witnessed.zip(maltreated)).map(|((a, b), (c, d))| [a, b, c, d]),
        })
    }
}

/// Reads the first row of a table, for unit tests.
#[cfg(test)]
fn first(table: &Table) -> Option<Row> {
    Columns::of(table).row(0, |_| 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: i64, born: i32, used: Option<i32>, lost: f64) -> Row {
        let life = Life {
            key,
            born,
            sex: Sex::Male,
            mother: None,
            father: None,
            generation: 0,
            city: 0,
            quintile: 1,
            exposed: None,
            used,
            suffered: None,
            gone: None,
            reached: None,
            qaly_lost: lost,
        };
        let lost = [lost, lost / 2.0, lost / 4.0, lost / 8.0, 0.0, lost];
        Row { life, lost, years: Some([lost[0], 0.0, 0.0, 0.0]), born_here: true }
    }

    #[test]
    fn who_has_no_row_was_there_unless_born_in_the_years_simulated() {
        let before = [row(1, -300, Some(5), 1.0), row(3, -200, Some(9), 2.0), row(4, 10, None, 0.5)];
        let after = [row(2, -100, Some(7), 0.25), row(3, -200, None, 0.5), row(5, 10, None, 4.0)];
        let (a, b) = completed(&before, &after);
        let keys = |rows: &[Row]| rows.iter().map(|row| row.life.key).collect::<Vec<_>>();
        assert_eq!(keys(&a), [1, 2, 3, 4], "the fifth was born in the other world only");
        assert_eq!(keys(&b), [1, 2, 3, 5]);
        assert_eq!((b[0].life.used, a[1].life.used), (None, None));
        // 1.0 of the first, less .25 of the second, 1.5 of the third; persons in only one scenario do not count.
        assert_eq!(health(&a, &b, |_| true), [2.25, 1.125, 0.5625, 0.281_25, 0.0, 2.25]);
        assert_eq!(health(&a, &b, |life| life.key == 3), [1.5, 0.75, 0.375, 0.1875, 0.0, 1.5]);
        let reached = |reached: Option<i32>| {
            let mut row = row(1, -300, None, 0.0);
            row.life.reached = reached;
            row
        };
        let reach = |x: Option<i32>, y: Option<i32>| completed(&[reached(x)], &[reached(y)]).1[0].life.reached;
        assert_eq!((reach(None, Some(3)), reach(Some(3), Some(3)), reach(Some(9), Some(3))), (Some(3), None, Some(3)));
    }

    #[test]
    fn who_is_not_born_in_one_world_is_nobody_spared() {
        let exposed = |key: i64, born: i32, month: Option<i32>, lost: f64| {
            let mut row = row(key, born, None, lost);
            row.life.exposed = month;
            row
        };
        // Three children are exposed in the first scenario. In the second, exposure of one is prevented, one is not
        // born, and the exposure of the third, before the first month, is no case. A fourth is born in the second only.
        let before = [exposed(1, 4, Some(9), 2.0), exposed(2, 5, Some(9), 3.0), exposed(3, -90, Some(-1), 0.0)];
        let after = [exposed(1, 4, None, 0.5), exposed(3, -90, Some(-1), 0.0), exposed(4, 7, Some(20), 9.0)];
        let (before, after) = completed(&before, &after);
        let it = tally(&before, &after, |_| true);
        assert_eq!((it.figures["first_exposed"], it.alone), ((1.0, 0.0), [1.0, 1.0]));
        assert_eq!((it.figures["qaly_lost"], it.figures["any_victims"]), ((2.0, 0.5), (2.0, 0.5)));
        // A person born in the cities in only one scenario belongs to the next generation in neither.
        let grown = row(7, 4, Some(300), 0.0);
        let moved = Row { born_here: false, ..grown };
        let next = |before: Row, after: Row| tally(&[before], &[after], |_| true).figures["next_generation_used"];
        assert_eq!((next(grown, grown), next(grown, moved), next(moved, grown)), ((1.0, 1.0), (0.0, 0.0), (0.0, 0.0)));
        // A row without years makes them unknown for all persons.
        let blind = [Row { years: None, ..before[0] }];
        assert!(!tally(&blind, &blind, |_| true).figures.contains_key("any_victims"));
    }

    #[test]
    fn a_row_of_the_table_is_read_as_it_was_written() {
        use crate::table::{Column, Kind, Schema, Sees, Table};
        const fn column(name: &'static str, kind: Kind) -> Column {
            Column { name, kind, unit: "-", meaning: "of a test", sees: Sees::Key }
        }
        static SCHEMA: Schema = Schema {
            name: "lives",
            meaning: "of a test",
            keys: 7,
            columns: &[
                column("person", Kind::Int),
                column("born", Kind::Int),
                column("sex", Kind::Text),
                column("first_used", Kind::Int),
                column("qaly_lost", Kind::Float),
                column("qaly_lost_zin", Kind::Float),
                column("qaly_lost_abuse", Kind::Float),
                column("daly_lost", Kind::Float),
            ],
        };
        let mut table = Table::new(&SCHEMA);
        let health = [1.0, 0.75, 0.25, 2.0].map(Cell::from);
        let who = [Cell::Int(-7), Cell::Int(3), Cell::Text("female"), Cell::Null];
        table.push_row(&[who, health].concat()).expect("cells suit");
        let row = first(&table).expect("a row");
        assert_eq!((row.life.key, row.life.born, row.life.sex, row.life.used), (-7, 3, Sex::Female, None));
        assert_eq!(row.lost, [1.0, 0.75, 0.0, 0.5, 2.0, 0.0]);
    }
}

//! The same persons in two worlds: the table `lives` of a run, read pair by pair.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lives::{self, Aggregate, Life, PairedLives, Sex};
use super::pairs::{Design, Mean, Pair};
use super::rivals;
use crate::error::{Error, Errors, Result};
use crate::store::Run;
use crate::table::{Cell, Series};

/// What a scenario changes for persons who are in both worlds, against its comparator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Persons {
    /// Scenario.
    pub scenario: String,
    /// The scenario it is compared with.
    pub comparator: String,
    /// Counts by kind of person, in simulated persons.
    pub aggregate: Aggregate,
    /// Health saved by persons of both worlds, by rule of discounting, in simulated QALY.
    pub health: Vec<(Health, Mean)>,
    /// The same of every pair of draw and replicate.
    pub health_by_pair: BTreeMap<Pair, [f64; 4]>,
}

/// What health is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Not discounted.
    Plain,
    /// By 1.5 % a year.
    Zin,
    /// By 2.25 % a year.
    Mkba,
    /// By 1.5 % a year, without the weights of violence that goes on, which are assumptions.
    ZinWithoutAbuse,
}

impl Health {
    /// All, in the order of [`Persons::health_by_pair`].
    pub const ALL: [Health; 4] = [Health::Plain, Health::Zin, Health::Mkba, Health::ZinWithoutAbuse];
}

/// A life with what is not needed to compare lives.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    life: Life,
    /// Health lost, in the order of [`Health::ALL`].
    lost: [f64; 4],
}

/// The columns that are read.
const COLUMNS: [&str; 20] = [
    "scenario",
    "draw",
    "replicate",
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
];

/// What the table `lives` of a run tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SamePersons {
    /// Names of the places, by the number that persons have of them.
    pub cities: Vec<String>,
    /// What every scenario changes, in the order of the run.
    pub scenarios: Vec<Persons>,
}

/// What every scenario of a run changes for persons in both worlds; nothing when the run has no table `lives`.
///
/// Scenarios under a variant are left out.
///
/// # Errors
/// A table that is damaged, or that holds the same person twice.
pub fn persons(run: &Run) -> Result<Option<SamePersons>> {
    let Some(horizon) = horizon(run).filter(|_| run.manifest.tables.contains_key("lives")) else { return Ok(None) };
    let rivals: Vec<(String, String)> = rivals(run).into_iter().filter(|(name, _)| !name.contains('@')).collect();
    let Some((_, comparator)) = rivals.first() else { return Ok(None) };
    // The comparator is held, the others pass by one world at a time: all at once would be too many.
    let mut cities = Vec::new();
    let mut base: BTreeMap<Pair, Vec<Row>> = BTreeMap::new();
    let comparator_first = run.manifest.plan.first().is_some_and(|place| place.scenario == *comparator);
    if !comparator_first {
        each_world(run, &mut cities, |scenario, pair, rows| {
            if scenario == comparator {
                base.insert(pair, rows);
            }
            Ok(())
        })?;
    }
    let mut found: BTreeMap<String, BTreeMap<Pair, (PairedLives, [f64; 4])>> = BTreeMap::new();
    each_world(run, &mut cities, |scenario, pair, rows| {
        if scenario == comparator {
            base.entry(pair).or_insert(rows);
            return Ok(());
        }
        let Some(before) = base.get(&pair).filter(|_| rivals.iter().any(|(name, _)| name == scenario)) else {
            return Ok(());
        };
        let (before, after) = completed(before, &rows);
        let saved = health(&before, &after);
        let plain = |rows: &[Row]| rows.iter().map(|row| row.life).collect::<Vec<Life>>();
        let paired = lives::paired(&plain(&before), &plain(&after), horizon);
        let paired = paired.map_err(|fault| damaged(run, &fault.to_string()))?;
        found.entry(scenario.to_owned()).or_default().insert(pair, (paired, saved));
        Ok(())
    })?;
    let crossed = run.manifest.config["experiment"]["crossed"].as_bool().unwrap_or(false);
    let mut scenarios = Vec::new();
    for (scenario, comparator) in rivals {
        let Some(pairs) = found.remove(&scenario) else { continue };
        let health_by_pair: BTreeMap<Pair, [f64; 4]> = pairs.iter().map(|(pair, (_, saved))| (*pair, *saved)).collect();
        let pairs: BTreeMap<Pair, PairedLives> = pairs.into_iter().map(|(pair, (paired, _))| (pair, paired)).collect();
        let design = if crossed { Design::Crossed } else { Design::Nested }.of(pairs.keys());
        let Some(aggregate) = lives::aggregate(&pairs, design) else { continue };
        let mean = |index: usize| {
            let values = health_by_pair.iter().map(|(pair, saved)| (*pair, saved[index])).collect();
            Mean::of(&values, design)
        };
        let health = Health::ALL.into_iter().zip(0..).filter_map(|(of, index)| Some((of, mean(index)?))).collect();
        scenarios.push(Persons { scenario, comparator, aggregate, health, health_by_pair });
    }
    Ok(Some(SamePersons { cities, scenarios }))
}

/// Lives of some scenarios by pair as they are in the table, for the generational reproduction number.
///
/// # Errors
/// As [`persons`].
pub(super) fn worlds(run: &Run, scenarios: &[String]) -> Result<BTreeMap<String, BTreeMap<Pair, Vec<Life>>>> {
    let mut worlds: BTreeMap<String, BTreeMap<Pair, Vec<Life>>> = BTreeMap::new();
    each_world(run, &mut Vec::new(), |scenario, pair, rows| {
        if scenarios.iter().any(|name| name == scenario) {
            let rows = rows.into_iter().map(|row| row.life).collect();
            worlds.entry(scenario.to_owned()).or_default().insert(pair, rows);
        }
        Ok(())
    })?;
    Ok(worlds)
}

/// Hands over the lives of every scenario, draw and replicate, sorted by key, one world after another; cities get their
/// number when they are first met.
fn each_world(
    run: &Run,
    cities: &mut Vec<String>,
    mut each: impl FnMut(&str, Pair, Vec<Row>) -> Result<()>,
) -> Result<()> {
    let mut world: Option<(String, Pair)> = None;
    let mut rows: Vec<Row> = Vec::new();
    let mut done = |world: &(String, Pair), mut rows: Vec<Row>| {
        rows.sort_unstable_by_key(|row| row.life.key);
        each(&world.0, world.1, rows)
    };
    run.scan("lives", &COLUMNS, |part| {
        let columns = Columns(part.columns().iter().map(|series| (series.name(), series)).collect());
        for at in 0..part.rows() {
            let number = |name: &str| columns.cell(name, at).as_int();
            let scenario = columns.cell("scenario", at).as_text().unwrap_or_default();
            let (Some(draw), Some(replicate)) = (number("draw"), number("replicate")) else {
                return Err(damaged(run, "a person of no draw or replicate"));
            };
            let pair = (draw, replicate);
            if world.as_ref().is_none_or(|(name, of)| name != scenario || *of != pair) {
                if let Some(world) = &world {
                    done(world, std::mem::take(&mut rows))?;
                }
                world = Some((scenario.to_owned(), pair));
            }
            let city = number_of(cities, columns.cell("city", at).as_text().unwrap_or_default());
            let row = columns.row(at, city);
            rows.push(row.ok_or_else(|| damaged(run, "a person without key or month of birth"))?);
        }
        Ok(())
    })?;
    world.map_or(Ok(()), |world| done(&world, rows))
}

/// The number of a city in the list, put there if it is not.
fn number_of(cities: &mut Vec<String>, name: &str) -> u8 {
    let at = cities.iter().position(|known| known == name).unwrap_or_else(|| {
        cities.push(name.to_owned());
        cities.len() - 1
    });
    u8::try_from(at).unwrap_or(u8::MAX)
}

/// First month that was not simulated, counted from January 2008.
pub(super) fn horizon(run: &Run) -> Option<i32> {
    let until = run.manifest.config["experiment"]["until"].as_i64()?;
    i32::try_from((until - 2008) * 12).ok()
}

fn damaged(run: &Run, what: &str) -> Errors {
    let place = run.folder().join("lives.parquet").display().to_string();
    Error::data(format!("damaged: {what}"), "run the experiment again").in_file(place, None).into()
}

/// Both worlds with the persons who have no row in one of them: to who was not born in the years simulated nothing
/// happened there. A start of a measure that both worlds have is no reach of the scenario.
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

/// The same person in a world in which nothing happened to them; nothing of who was born in the years simulated, and so
/// was not born there.
fn untouched(row: &Row) -> Option<Row> {
    let nothing = Life { exposed: None, used: None, suffered: None, reached: None, qaly_lost: 0.0, ..row.life };
    (row.life.born < 0).then_some(Row { life: nothing, lost: [0.0; 4] })
}

/// Health saved by persons of both worlds.
fn health(before: &[Row], after: &[Row]) -> [f64; 4] {
    let mut saved = [0.0; 4];
    for row in after {
        let Ok(at) = before.binary_search_by_key(&row.life.key, |row| row.life.key) else { continue };
        for (sum, (was, is)) in saved.iter_mut().zip(before[at].lost.iter().zip(row.lost)) {
            *sum += was - is;
        }
    }
    saved
}

/// Columns of a part of the table, found once.
struct Columns<'a>(BTreeMap<&'a str, &'a Series>);

impl Columns<'_> {
    fn cell(&self, name: &str, row: usize) -> Cell<'_> {
        self.0.get(name).map_or(Cell::Null, |series| series.cell(row))
    }

    fn month(&self, name: &str, row: usize) -> Option<i32> {
        self.cell(name, row).as_int().and_then(|month| i32::try_from(month).ok())
    }

    fn small(&self, name: &str, row: usize) -> Option<u8> {
        self.cell(name, row).as_int().and_then(|number| u8::try_from(number).ok())
    }

    fn number(&self, name: &str, row: usize) -> f64 {
        self.cell(name, row).as_float().unwrap_or(0.0)
    }

    fn row(&self, at: usize, city: u8) -> Option<Row> {
        let plain = self.number("qaly_lost", at);
        let zin = self.number("qaly_lost_zin", at);
        let lost = [plain, zin, self.number("qaly_lost_mkba", at), zin - self.number("qaly_lost_abuse", at)];
        Some(Row {
            life: Life {
                key: self.cell("person", at).as_int()?,
                born: self.month("born", at)?,
                sex: if self.cell("sex", at).as_text() == Some("male") { Sex::Male } else { Sex::Female },
                mother: self.cell("mother", at).as_int(),
                father: self.cell("father", at).as_int(),
                generation: self.small("generation", at).unwrap_or(u8::MAX),
                city,
                quintile: self.small("deprivation", at).unwrap_or(0),
                exposed: self.month("first_exposed", at),
                used: self.month("first_used", at),
                suffered: self.month("first_suffered", at),
                gone: self.month("gone", at),
                reached: self.month("reached", at),
                qaly_lost: plain,
            },
            lost,
        })
    }
}

/// Reads a part of the table; only here so that a unit test can see one.
#[cfg(test)]
fn first(table: &crate::table::Table) -> Option<Row> {
    Columns(table.columns().iter().map(|series| (series.name(), series)).collect()).row(0, 0)
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
        Row { life, lost: [lost, lost / 2.0, lost / 4.0, lost / 8.0] }
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
        // 1.0 of the first, less .25 of the second, 1.5 of the third; those of one world only count for nothing.
        assert_eq!(health(&a, &b), [2.25, 1.125, 0.5625, 0.281_25]);
        let reached = |reached: Option<i32>| {
            let mut row = row(1, -300, None, 0.0);
            row.life.reached = reached;
            row
        };
        let reach = |x: Option<i32>, y: Option<i32>| completed(&[reached(x)], &[reached(y)]).1[0].life.reached;
        assert_eq!((reach(None, Some(3)), reach(Some(3), Some(3)), reach(Some(9), Some(3))), (Some(3), None, Some(3)));
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
            ],
        };
        let mut table = Table::new(&SCHEMA);
        let cells =
            [Cell::Int(-7), Cell::Int(3), Cell::Text("female"), Cell::Null, 1.0.into(), 0.75.into(), 0.25.into()];
        table.push_row(&cells).expect("cells suit");
        let row = first(&table).expect("a row");
        assert_eq!((row.life.key, row.life.born, row.life.sex, row.life.used), (-7, 3, Sex::Female, None));
        assert_eq!(row.lost, [1.0, 0.75, 0.0, 0.5]);
    }
}

//! Recurrence: how many persons use or suffer violence again, are reported or are convicted after each entry and each
//! route through a service, in a scenario and in its comparator.
//!
//! Those who complete a service differ from those who drop out or refuse before any help has an effect. So the figure
//! to compare with is that of the same entry under the comparator, where it exists, and not that of another route.

use std::collections::BTreeMap;

use super::rivals::rivals;
use super::rows::{ALL_CITIES, RowPlaces};
use crate::error::Result;
use crate::store::Run;
use crate::tables::Table;

/// Name of the table.
pub const TABLE: &str = "recidivism";

/// Months of follow-up that are read.
pub const HORIZONS: [i64; 2] = [12, 24];

/// The route of a person: entry, service (empty for an entry that belongs to none), and what recurs (`user`, `victim` or
/// `child`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteKey {
    /// Service or measure, or empty.
    pub service: String,
    /// Event of entry, for example `started`.
    pub entry: String,
    /// What recurs.
    pub followed_as: String,
}

/// Recurrence after entries of one route, in the four cities, over all years, draws and replicates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecurrenceShares {
    /// Simulated persons who entered.
    pub entered: f64,
    /// Of these, followed for the whole time.
    pub followed: f64,
    /// Proportion of the followed with violence again, in the ground truth; `None` if nobody was followed.
    pub again: Option<f64>,
    /// Proportion of the followed who were reported again.
    pub reported: Option<f64>,
    /// Proportion of the followed who were convicted of violence after entry; `None` for victims and children.
    pub convicted: Option<f64>,
}

/// Recurrence after one route within a number of months, in a scenario and in its comparator.
#[derive(Clone, Debug, PartialEq)]
pub struct Recurrence {
    /// Scenario.
    pub scenario: String,
    /// Its comparator; `None` in a run that compares no scenarios.
    pub comparator: Option<String>,
    /// The route.
    pub route: RouteKey,
    /// Months of follow-up.
    pub months: i64,
    /// Under the scenario.
    pub own: RecurrenceShares,
    /// The same route under the comparator; `None` without a comparator, and if nobody took the route there, as with a
    /// measure that the comparator does not have.
    pub base: Option<RecurrenceShares>,
}

/// Entered, followed, again, reported, and convicted if that is counted.
#[derive(Clone, Copy, Debug, Default)]
struct RouteSums {
    counts: [f64; 4],
    convicted: Option<f64>,
}

impl RouteSums {
    fn shares(&self) -> RecurrenceShares {
        let [entered, followed, again, reported] = self.counts;
        let share = |count: f64| (followed > 0.0).then(|| count / followed);
        RecurrenceShares {
            entered,
            followed,
            again: share(again),
            reported: share(reported),
            convicted: self.convicted.and_then(share),
        }
    }
}

/// Sums by scenario, route and months.
type AllSums = BTreeMap<String, BTreeMap<(RouteKey, i64), RouteSums>>;

const COUNTS: [&str; 4] = ["persons_entered", "followed", "again", "reported"];

/// Recurrence after each route in each scenario that has a comparator, by scenario, service and entry. A run that compares
/// no scenarios has the routes of each scenario alone; those that remove causation are left out. `None` if the run has no
/// such table.
///
/// # Errors
/// A table that is damaged.
pub fn recurrence(run: &Run) -> Result<Option<Vec<Recurrence>>> {
    if !run.has(TABLE) {
        return Ok(None);
    }
    let keys = ["scenario", "city", "service", "entry", "followed_as", "months", "convicted"];
    let columns: Vec<&str> = keys.into_iter().chain(COUNTS).collect();
    let mut sums = AllSums::new();
    run.scan(TABLE, &columns, |part| add(&mut sums, part))?;
    let scenarios = run.manifest.scenarios.iter().map(|scenario| scenario.name.as_str());
    let scenarios = scenarios.filter(|name| !run.recorded.removes_causation(name));
    Ok(Some(paired(&sums, &compared(rivals(run), scenarios))))
}

/// Adds the rows of a part of the table.
fn add(sums: &mut AllSums, part: &Table) -> Result<()> {
    let places = RowPlaces::of(part)?;
    let [service, entry, role] = [part.texts("service")?, part.texts("entry")?, part.texts("followed_as")?];
    let (months, convicted) = (part.integers("months")?, part.integers("convicted")?);
    let counts = COUNTS.iter().map(|name| part.integers(name)).collect::<Result<Vec<_>>>()?;
    for row in (0..part.rows()).filter(|row| places.city(*row) == ALL_CITIES) {
        let months = months.or_zero(row);
        if !HORIZONS.contains(&months) {
            continue;
        }
        let [service, entry, followed_as] = [service, entry, role].map(|column| column.or_empty(row).to_owned());
        let of = sums.entry(places.scenario(row).to_owned()).or_default();
        let sum = of.entry((RouteKey { service, entry, followed_as }, months)).or_default();
        counts.iter().zip(&mut sum.counts).for_each(|(count, sum)| *sum += count.or_zero(row) as f64);
        if let Some(count) = convicted.get(row) {
            *sum.convicted.get_or_insert(0.0) += count as f64;
        }
    }
    Ok(())
}

/// Scenarios with their comparators; every scenario alone if there is nothing to compare.
fn compared<'a>(
    rivals: Vec<(String, String)>,
    scenarios: impl Iterator<Item = &'a str>,
) -> Vec<(String, Option<String>)> {
    if rivals.is_empty() {
        scenarios.map(|name| (name.to_owned(), None)).collect()
    } else {
        rivals.into_iter().map(|(name, comparator)| (name, Some(comparator))).collect()
    }
}

/// Each route of each scenario beside the same route under its comparator.
fn paired(sums: &AllSums, compared: &[(String, Option<String>)]) -> Vec<Recurrence> {
    let of = |(scenario, comparator): &(String, Option<String>)| {
        let base = comparator.as_ref().and_then(|comparator| sums.get(comparator));
        let own = sums.get(scenario).into_iter().flatten();
        let beside = own.map(|(key, own)| Recurrence {
            scenario: scenario.clone(),
            comparator: comparator.clone(),
            route: key.0.clone(),
            months: key.1,
            own: own.shares(),
            base: base.and_then(|base| base.get(key)).map(RouteSums::shares),
        });
        beside.collect::<Vec<_>>()
    };
    compared.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{CITY, Cell, Column, Kind, SCENARIO, Schema, Sees};

    const fn column(name: &'static str, kind: Kind, sees: Sees) -> Column {
        Column { name, kind, unit: "-", meaning: "as in the table of outcomes", sees }
    }

    static SCHEMA: Schema = Schema {
        name: TABLE,
        meaning: "recurrence by route",
        keys: 7,
        columns: &[
            SCENARIO,
            CITY,
            column("year", Kind::Int, Sees::Key),
            column("service", Kind::Text, Sees::Key),
            column("entry", Kind::Text, Sees::Key),
            column("followed_as", Kind::Text, Sees::Key),
            column("months", Kind::Int, Sees::Key),
            column(COUNTS[0], Kind::Int, Sees::Record),
            column(COUNTS[1], Kind::Int, Sees::Record),
            column(COUNTS[2], Kind::Int, Sees::Truth),
            column(COUNTS[3], Kind::Int, Sees::Record),
            column("convicted", Kind::Int, Sees::Record),
        ],
    };

    #[test]
    fn routes_are_summed_over_years_and_stand_beside_the_comparator() {
        let mut table = Table::new(&SCHEMA);
        let mut row = |scenario, city, year, route: [&'static str; 3], months, counts: [i64; 4], convicted| {
            let [service, entry, role] = route.map(Cell::Text);
            let [a, b, c, d] = counts.map(Cell::Int);
            let first = [Cell::Text(scenario), Cell::Text(city), Cell::Int(year), service, entry, role];
            let cells: Vec<Cell<'_>> = first.into_iter().chain([Cell::Int(months), a, b, c, d, convicted]).collect();
            table.push_row(&cells).expect("a row that suits the columns");
        };
        let (court, help) = (["", "arrest", "user"], ["tom", "started", "victim"]);
        row("quo", ALL_CITIES, 2008, court, 12, [10, 8, 4, 2], Cell::Int(1));
        row("quo", ALL_CITIES, 2009, court, 12, [10, 8, 2, 2], Cell::Int(1));
        row("all", ALL_CITIES, 2008, court, 12, [10, 10, 1, 0], Cell::Int(0));
        row("all", "Utrecht", 2008, court, 12, [7, 7, 7, 7], Cell::Int(7));
        row("all", ALL_CITIES, 2008, court, 6, [10, 10, 9, 9], Cell::Int(9));
        row("all", ALL_CITIES, 2008, help, 24, [3, 0, 0, 0], Cell::Null);
        let mut sums = AllSums::new();
        add(&mut sums, &table).expect("a sound table");
        let rivals = vec![("all".to_owned(), "quo".to_owned())];
        let found = paired(&sums, &compared(rivals, ["quo", "all"].into_iter()));
        let [arrest, started] = &found[..] else { panic!("two routes: {found:?}") };
        assert_eq!((arrest.route.entry.as_str(), arrest.months), ("arrest", 12));
        assert_eq!((arrest.own.again, arrest.own.convicted), (Some(0.1), Some(0.0)));
        let base = arrest.base.expect("the comparator has arrests");
        assert_eq!((base.entered, base.followed), (20.0, 16.0));
        assert_eq!((base.again, base.reported, base.convicted), (Some(0.375), Some(0.25), Some(0.125)));
        assert_eq!((started.own.entered, started.own.again, started.own.convicted), (3.0, None, None));
        assert_eq!(started.base, None);
        let alone = paired(&sums, &compared(Vec::new(), ["quo"].into_iter()));
        let [arrest] = &alone[..] else { panic!("one route: {alone:?}") };
        assert_eq!((&arrest.comparator, arrest.base), (&None, None));
        assert_eq!((arrest.own.followed, arrest.own.again), (16.0, Some(0.375)));
    }
}

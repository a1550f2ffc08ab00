//! The cities side by side: figures by city and year, as the yearly benchmark of the action programme (L541, L1204). From
//! the tables `yearly`, `bottlenecks`, `clients` and `costs`, as far as a run has them.

use std::collections::{BTreeMap, BTreeSet};

use super::city_figures::CitySource;
pub use super::city_figures::{CITY_FIGURES, CityFigure, FigureForm};
use super::design;
use super::rows::{ALL_CITIES, RowPairs, RowPlaces};
use crate::error::Result;
use crate::stats::pairs::{Mean, Pair};
use crate::store::Run;
use crate::tables::Table;

/// A figure of a city: mean over draws and replicates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CityValue {
    /// The mean, with the range of the draws.
    pub mean: Mean,
    /// Simulated persons or cases that it rests on, mean of the units.
    pub simulated: f64,
}

/// A scenario, the index of a figure, a city and a year; no year for all years together.
type FigurePlace = (String, usize, String, Option<i64>);

/// The cities side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    /// The cities in the order of the model, and all of them together at the end.
    pub cities: Vec<String>,
    /// Scenarios, in the order of the run.
    pub scenarios: Vec<String>,
    /// The years, in order.
    pub years: Vec<i64>,
    values: BTreeMap<FigurePlace, CityValue>,
}

impl Benchmark {
    /// A figure of a scenario in a city, in a year or over all years; `None` if it is not known.
    pub fn value(&self, scenario: &str, figure: &CityFigure, city: &str, year: Option<i64>) -> Option<CityValue> {
        let at = CITY_FIGURES.iter().position(|own| own.key == figure.key)?;
        self.values.get(&(scenario.to_owned(), at, city.to_owned(), year)).copied()
    }

    /// The figures that are known for any city.
    pub fn figures(&self) -> impl Iterator<Item = &'static CityFigure> {
        let known: BTreeSet<usize> = self.values.keys().map(|key| key.1).collect();
        CITY_FIGURES.iter().enumerate().filter(move |(at, _)| known.contains(at)).map(|(_, figure)| figure)
    }
}

/// Numerator, denominator, and simulated persons or cases, by draw and replicate.
type Fractions = BTreeMap<Pair, [f64; 3]>;

/// What is summed for every figure.
#[derive(Default)]
struct CitySums(BTreeMap<FigurePlace, Fractions>);

impl CitySums {
    /// Adds to a figure of a year, and of all years.
    fn add(&mut self, (scenario, figure, city, year): (&str, usize, &str, i64), pair: Pair, more: [f64; 3]) {
        for year in [Some(year), None] {
            let place = (scenario.to_owned(), figure, city.to_owned(), year);
            let sums = self.0.entry(place).or_default().entry(pair).or_default();
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }
}

/// Rows of a table by scenario, city, year, draw and replicate.
struct CityRows<'a> {
    places: RowPlaces<'a>,
    pairs: RowPairs<'a>,
    years: crate::tables::IntegerColumn<'a>,
}

impl<'a> CityRows<'a> {
    fn of(table: &'a Table) -> Result<CityRows<'a>> {
        Ok(CityRows { places: RowPlaces::of(table)?, pairs: RowPairs::of(table)?, years: table.integers("year")? })
    }

    /// Scenario, city and year, and the pair; `None` for persons elsewhere.
    fn at(&self, row: usize, cities: &[String]) -> Option<((&'a str, &'a str, i64), Pair)> {
        let city = self.places.city(row);
        let known = cities.iter().any(|own| own == city);
        known.then(|| ((self.places.scenario(row), city, self.years.or_zero(row)), self.pairs.pair(row)))
    }
}

/// The cities of a run side by side, under every scenario; `None` without the table `yearly`.
///
/// # Errors
/// A table that is damaged.
pub fn benchmark(run: &Run) -> Result<Option<Benchmark>> {
    let run = run.whole();
    if !run.has("yearly") || run.cities().is_empty() {
        return Ok(None);
    }
    let mut cities = run.cities();
    cities.push(ALL_CITIES.to_owned());
    let yearly = run.table("yearly")?;
    let scale = run.recorded.scale;
    let mut sums = CitySums::default();
    let years = add_yearly(&mut sums, &yearly, &cities, scale)?;
    if run.has("bottlenecks") {
        add_bottlenecks(&mut sums, &run.table("bottlenecks")?, &yearly, &cities)?;
    }
    if run.has("clients") {
        add_clients(&mut sums, &run.table("clients")?, &cities)?;
    }
    if run.has("costs") {
        add_spending(&mut sums, &run.table("costs")?, &yearly, &cities)?;
    }
    let design = design(&run);
    let value = |(place, fractions): (FigurePlace, Fractions)| {
        let factor = if CITY_FIGURES[place.1].form == FigureForm::PerThousand { 1000.0 } else { 1.0 };
        let known = fractions.iter().filter(|(_, [_, below, _])| *below > 0.0);
        let values = known.map(|(pair, [above, below, _])| (*pair, factor * above / below)).collect();
        let simulated = fractions.values().map(|sums| sums[2]).sum::<f64>() / fractions.len() as f64;
        Some((place, CityValue { mean: Mean::of(&values, design)?, simulated }))
    };
    let values = sums.0.into_iter().filter_map(value).collect();
    let names = run.manifest.scenarios.iter().map(|scenario| scenario.name.clone());
    let scenarios = names.filter(|name| run.recorded.is_measure(name)).collect();
    Ok(Some(Benchmark { cities, scenarios, years, values }))
}

/// Adds the figures of `yearly`; returns the years.
fn add_yearly(sums: &mut CitySums, table: &Table, cities: &[String], scale: f64) -> Result<Vec<i64>> {
    let rows = CityRows::of(table)?;
    let mut years = BTreeSet::new();
    for (figure, it) in CITY_FIGURES.iter().enumerate() {
        let CitySource::Yearly(above, below) = it.source else { continue };
        let columns = |names: &[&str]| names.iter().map(|name| table.numbers(name)).collect::<Result<Vec<_>>>();
        let (above, below) = (columns(above)?, columns(below)?);
        for row in 0..table.rows() {
            let Some(((scenario, city, year), pair)) = rows.at(row, cities) else { continue };
            years.insert(year);
            let sum =
                |columns: &[crate::tables::NumberColumn<'_>]| columns.iter().map(|it| it.or_zero(row)).sum::<f64>();
            // A number is a mean over years.
            let below = if below.is_empty() { scale } else { sum(&below) };
            sums.add((scenario, figure, city, year), pair, [sum(&above), below, sum(&above)]);
        }
    }
    Ok(years.into_iter().collect())
}

/// A sum of columns of `yearly` by scenario, city, year and pair.
fn of_yearly(table: &Table, column: &str, cities: &[String]) -> Result<BTreeMap<(String, String, i64, Pair), f64>> {
    let (rows, numbers) = (CityRows::of(table)?, table.numbers(column)?);
    let found = (0..table.rows()).filter_map(|row| {
        let ((scenario, city, year), pair) = rows.at(row, cities)?;
        Some(((scenario.to_owned(), city.to_owned(), year, pair), numbers.or_zero(row)))
    });
    Ok(found.collect())
}

/// Adds the figures of `bottlenecks`. They rest on the cases of the year.
fn add_bottlenecks(sums: &mut CitySums, table: &Table, yearly: &Table, cities: &[String]) -> Result<()> {
    let (rows, cases) = (CityRows::of(table)?, of_yearly(yearly, "cases_opened", cities)?);
    for (figure, it) in CITY_FIGURES.iter().enumerate() {
        let CitySource::Bottleneck(column) = it.source else { continue };
        let numbers = table.numbers(column)?;
        for row in 0..table.rows() {
            let Some(((scenario, city, year), pair)) = rows.at(row, cities) else { continue };
            let Some(value) = numbers.get(row) else { continue };
            let opened = cases.get(&(scenario.to_owned(), city.to_owned(), year, pair)).copied().unwrap_or(0.0);
            sums.add((scenario, figure, city, year), pair, [value, 1.0, opened]);
        }
    }
    Ok(())
}

/// Adds the figures of `clients`.
fn add_clients(sums: &mut CitySums, table: &Table, cities: &[String]) -> Result<()> {
    let (rows, persons) = (CityRows::of(table)?, table.numbers("persons")?);
    let [organisation, characteristic, value] =
        [table.texts("organisation")?, table.texts("characteristic")?, table.texts("value")?];
    for (figure, it) in CITY_FIGURES.iter().enumerate() {
        let CitySource::Clients([whose, what, which]) = it.source else { continue };
        for row in (0..table.rows()).filter(|row| organisation.is(*row, whose) && characteristic.is(*row, what)) {
            let Some(((scenario, city, year), pair)) = rows.at(row, cities) else { continue };
            let all = persons.or_zero(row);
            let own = if value.is(row, which) { all } else { 0.0 };
            sums.add((scenario, figure, city, year), pair, [own, all, own]);
        }
    }
    Ok(())
}

/// Adds what is spent on the chain and on measures, per inhabitant.
fn add_spending(sums: &mut CitySums, table: &Table, yearly: &Table, cities: &[String]) -> Result<()> {
    let Some(figure) = CITY_FIGURES.iter().position(|it| it.source == CitySource::Spending) else { return Ok(()) };
    let (rows, amount) = (CityRows::of(table)?, table.numbers("amount")?);
    let (kind, unit) = (table.texts("kind")?, table.texts("unit")?);
    for row in (0..table.rows()).filter(|row| unit.is(*row, "euro_2008") && !kind.is(*row, "societal")) {
        let Some(((scenario, city, year), pair)) = rows.at(row, cities) else { continue };
        sums.add((scenario, figure, city, year), pair, [amount.or_zero(row), 0.0, 0.0]);
    }
    for ((scenario, city, year, pair), people) in of_yearly(yearly, "population", cities)? {
        sums.add((&scenario, figure, &city, year), pair, [0.0, people, people]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Cell, Kind};

    fn cities() -> Vec<String> {
        ["Utrecht", ALL_CITIES].map(str::to_owned).into()
    }

    fn table(texts: &[&str], numbers: &[&str], rows: &[(&[&str], i64, &[f64])]) -> Table {
        let column = |kind: Kind| move |name: &&str| ((*name).to_owned(), kind);
        let keys = ["draw", "replicate", "year"];
        let columns = texts.iter().map(column(Kind::Text)).chain(keys.iter().map(column(Kind::Int)));
        let mut table = Table::blank("t".into(), 0, columns.chain(numbers.iter().map(column(Kind::Float))).collect());
        for (words, year, values) in rows {
            let words = words.iter().map(|word| Cell::Text(word));
            let keys = [0, 1, *year].map(Cell::Int);
            let cells: Vec<Cell<'_>> = words.chain(keys).chain(values.iter().map(|it| Cell::Float(*it))).collect();
            table.push_row(&cells).expect("a row that suits");
        }
        table
    }

    #[test]
    fn keys_and_words_of_the_figures_are_there_once() {
        for of in 0..3 {
            let words = CITY_FIGURES.iter().map(|it| [it.key, it.words[0], it.words[1]][of]);
            assert_eq!(words.collect::<BTreeSet<_>>().len(), CITY_FIGURES.len());
        }
    }

    #[test]
    fn shares_of_clients_are_of_all_clients_of_the_organisation_over_the_years() {
        let who = ["scenario", "city", "organisation", "characteristic", "value"];
        let row = |value: &'static str| ["quo", "Utrecht", "police_victims", "contact", value];
        let (known, new) = (row("known"), row("new"));
        let other = ["quo", "Utrecht", "amk", "contact", "known"];
        let clients = table(
            &who,
            &["persons"],
            &[(&known, 2008, &[3.0]), (&new, 2008, &[9.0]), (&known, 2009, &[5.0]), (&other, 2009, &[50.0])],
        );
        let mut sums = CitySums::default();
        add_clients(&mut sums, &clients, &cities()).expect("sound");
        let figure = CITY_FIGURES.iter().position(|it| it.key == "known_before").expect("a figure");
        let of = |year: Option<i64>| sums.0[&("quo".to_owned(), figure, "Utrecht".to_owned(), year)][&(0, 1)];
        assert_eq!(of(Some(2008)), [3.0, 12.0, 3.0]);
        assert_eq!(of(None), [8.0, 17.0, 8.0]);
    }

    #[test]
    fn spending_is_that_of_payers_per_inhabitant_and_year() {
        let yearly = table(
            &["scenario", "city"],
            &["population"],
            &[
                (&["quo", "Utrecht"], 2008, &[10.0]),
                (&["quo", "Utrecht"], 2009, &[30.0]),
                (&["quo", "elsewhere"], 2009, &[99.0]),
            ],
        );
        let of = |kind: &'static str| ["quo", "Utrecht", kind, "euro_2008"];
        let (service, measure, society) = (of("service"), of("programme"), of("societal"));
        let costs = table(
            &["scenario", "city", "kind", "unit"],
            &["amount"],
            &[(&service, 2008, &[40.0]), (&measure, 2009, &[20.0]), (&society, 2009, &[1000.0])],
        );
        let mut sums = CitySums::default();
        add_spending(&mut sums, &costs, &yearly, &cities()).expect("sound");
        let figure = CITY_FIGURES.iter().position(|it| it.key == "spending").expect("a figure");
        let all = sums.0[&("quo".to_owned(), figure, "Utrecht".to_owned(), None)][&(0, 1)];
        assert_eq!((all[0], all[1]), (60.0, 40.0));
        assert!(sums.0.keys().all(|key| key.2 == "Utrecht"));
    }
}

//! A run seen from one city: its tables have the rows of that city only, which then also are the rows of the whole.

use serde_json::Value;

use super::run::Run;
use crate::error::{Error, Result};
use crate::tables::{CITY, Table};

/// Tables without rows of single cities: their counts are of all cities together, or compare these with evidence.
const OF_ALL_CITIES: [&str; 2] = ["fit", "transmission"];

/// Column of tables with rows of persons, which have no rows for all cities together.
const PERSON: &str = "person";

/// The city among these that a reader names, in small or capital letters.
///
/// # Errors
/// [`Kind::Data`](crate::error::Kind::Data) for a name that is not among them, with the nearest one.
pub fn city_named<'a>(cities: &'a [String], city: &str) -> std::result::Result<&'a str, Error> {
    if let Some(known) = cities.iter().find(|known| known.eq_ignore_ascii_case(city.trim())) {
        return Ok(known);
    }
    let distance = |known: &&String| strsim::osa_distance(&known.to_lowercase(), &city.to_lowercase());
    let near = cities.iter().min_by_key(distance).filter(|known| distance(known) <= 3);
    let known = format!("the cities are {}", cities.join(", "));
    let cure = near.map_or_else(|| known.clone(), |near| format!("did you mean \"{near}\"? {known}"));
    Err(Error::data(format!("there is no city \"{}\"", city.escape_debug()), cure))
}

impl Run {
    /// Names of the cities of the run's model, in its order.
    pub fn cities(&self) -> Vec<String> {
        let names = self.manifest.model().entry("places.cities").and_then(Value::as_array);
        names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The city whose rows this view of the run has; `None` for the whole run.
    pub fn city(&self) -> Option<&str> {
        self.city.as_deref()
    }

    /// The run seen from one city. Its tables have the rows of the city. In tables that also have rows for all cities
    /// together, the rows of the city stand for the whole as well, so that every reader of the whole reads the city.
    /// Persons belong to the city in which they were first observed. Tables without rows of single cities are absent.
    ///
    /// # Errors
    /// A name that is no city of the run's model; the most similar name is given.
    pub fn of_city(&self, city: &str) -> Result<Run> {
        let known = city_named(&self.cities(), city)
            .map_err(|fault| fault.in_file(self.folder().display().to_string(), None))?
            .to_owned();
        let mut own = self.clone();
        own.city = Some(known);
        Ok(own)
    }

    /// The whole run, with the rows of all cities.
    pub fn whole(&self) -> Run {
        let mut own = self.clone();
        own.city = None;
        own
    }

    /// Whether the run has a table, as far as this view of it goes.
    pub fn has(&self, table: &str) -> bool {
        self.manifest.tables.contains_key(table) && (self.city.is_none() || !OF_ALL_CITIES.contains(&table))
    }

    /// Names of the tables that this view of the run has, in order.
    pub fn names_of_tables(&self) -> impl Iterator<Item = &str> {
        self.manifest.tables.keys().map(String::as_str).filter(|name| self.has(name))
    }

    /// The city whose rows of a table are read, and whether they also stand for the whole; `None` for all rows.
    pub(super) fn city_of_rows(&self, table: &str) -> Option<(String, bool)> {
        let columns = self.codebook.tables.get(table).into_iter().flat_map(|table| &table.columns);
        let of_persons = columns.into_iter().any(|column| column.name == PERSON);
        self.city.clone().map(|city| (city, !of_persons))
    }

    /// The rows of a table, or of a part of it, that belong to this view.
    pub(super) fn rows_of_city(&self, name: &str, rows: Table) -> Table {
        match self.city_of_rows(name) {
            Some((city, as_whole)) => rows.of_city(&city, as_whole),
            None => rows,
        }
    }

    /// The columns that are read for some columns: those, and the city if rows are selected by it.
    pub(super) fn with_city<'a>(&self, columns: &[&'a str]) -> Vec<&'a str> {
        let missing = self.city.is_some() && !columns.contains(&CITY.name);
        columns.iter().copied().chain(missing.then_some(CITY.name)).collect()
    }
}

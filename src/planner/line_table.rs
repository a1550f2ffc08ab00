//! A table of a card in one city under a line of a mix: coverage or places by month.

use std::collections::BTreeSet;

use super::catalogue::{Catalogue, OWN_PLACES};
use super::mix::{MixLevel, MixLine};
use crate::world::{City, Month};

/// A table of a card in one city, under a line.
pub(super) struct LineTable<'a> {
    catalogue: &'a Catalogue,
    key: &'a str,
    table: &'a str,
    city: City,
    level: MixLevel,
    /// Months by which the line begins later than planned.
    later: i32,
    /// Last month in which the line goes beyond the status quo.
    until: Option<Month>,
    /// Number of places that the line sets.
    places: Option<f64>,
}

/// Months by which a line begins later than planned.
pub(super) fn delay(catalogue: &Catalogue, key: &str, line: &MixLine) -> i32 {
    let planned = catalogue.planned_start(key, line);
    line.from.zip(planned).map_or(0, |(from, planned)| from.since(planned).max(0))
}

impl<'a> LineTable<'a> {
    /// A table of the card by its key below the card, in a city by its number.
    pub(super) fn of(catalogue: &'a Catalogue, key: &'a str, line: &MixLine, table: &'a str, city: City) -> Self {
        let name = catalogue.cities().get(city).map(String::as_str).unwrap_or_default();
        let kind = table.rsplit('.').next().unwrap_or(table);
        let kind = if table == "programme.places" { OWN_PLACES } else { kind };
        let places = line.places_in(kind, name).filter(|_| table != "coverage").map(f64::from);
        let later = delay(catalogue, key, line);
        LineTable { catalogue, key, table, city, level: line.level_in(name), later, until: line.until, places }
    }

    /// The same without an end of its own.
    pub(super) fn endless(self) -> Self {
        LineTable { until: None, ..self }
    }

    fn at(&self, table: &str, level: MixLevel, month: Month) -> f64 {
        self.catalogue.path(self.key, table, level).map_or(0.0, |path| path.at(self.city, month))
    }

    /// The value in the situation of 2008.
    pub(super) fn status_quo(&self, month: Month) -> f64 {
        self.at(self.table, MixLevel::StatusQuo, month)
    }

    /// The value of a table in a month: that of the level, as many months later as the line begins, up to its end. Where
    /// the plan equals the status quo, the status quo of the month itself holds.
    fn value_of(&self, table: &str, month: Month) -> f64 {
        let before = self.at(table, MixLevel::StatusQuo, month);
        if self.until.is_some_and(|until| month > until) {
            return before;
        }
        let planned = month.plus(-self.later);
        let own = self.at(table, self.level, planned);
        if own == self.at(table, MixLevel::StatusQuo, planned) { before } else { own }
    }

    /// The value in a month: the places that the line sets, or those of the level.
    pub(super) fn value(&self, month: Month) -> f64 {
        self.places.filter(|_| self.is_beyond(month)).unwrap_or_else(|| self.value_of(self.table, month))
    }

    /// Whether the measure, by its coverage or by this table, goes beyond the status quo in a month.
    fn is_beyond(&self, month: Month) -> bool {
        let differs = |table| self.value_of(table, month) != self.at(table, MixLevel::StatusQuo, month);
        differs("coverage") || differs(self.table)
    }

    /// Months from which the table may have another value, ascending.
    pub(super) fn months(&self) -> Vec<Month> {
        let mut months = BTreeSet::new();
        for table in ["coverage", self.table] {
            for level in [MixLevel::StatusQuo, self.level] {
                let path = self.catalogue.path(self.key, table, level);
                let steps = path.and_then(|path| path.steps().get(self.city)).into_iter().flatten();
                months.extend(steps.flat_map(|(month, _)| [*month, month.plus(self.later)]));
            }
        }
        months.extend(self.until.map(|until| until.plus(1)));
        months.into_iter().collect()
    }
}

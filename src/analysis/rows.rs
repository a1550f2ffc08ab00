//! Keys of the rows of a table: scenario and city, draw and replicate.

use crate::error::Result;
use crate::stats::pairs::Pair;
pub(super) use crate::tables::ALL_CITIES;
use crate::tables::{IntegerColumn, Table, TextColumn};

/// Scenario and city of each row.
#[derive(Clone, Copy)]
pub(super) struct RowPlaces<'a> {
    scenario: TextColumn<'a>,
    city: TextColumn<'a>,
}

impl<'a> RowPlaces<'a> {
    /// The columns of a table.
    ///
    /// # Errors
    /// A table that lacks one of them.
    pub(super) fn of(table: &'a Table) -> Result<RowPlaces<'a>> {
        Ok(RowPlaces { scenario: table.texts("scenario")?, city: table.texts("city")? })
    }

    pub(super) fn scenario(&self, row: usize) -> &'a str {
        self.scenario.or_empty(row)
    }

    pub(super) fn city(&self, row: usize) -> &'a str {
        self.city.or_empty(row)
    }

    /// Whether a row belongs to a scenario in the four cities together.
    pub(super) fn in_all_cities(&self, row: usize, scenario: &str) -> bool {
        self.scenario.is(row, scenario) && self.city.is(row, ALL_CITIES)
    }
}

/// Draw and replicate of each row.
#[derive(Clone, Copy)]
pub(super) struct RowPairs<'a> {
    draw: IntegerColumn<'a>,
    replicate: IntegerColumn<'a>,
}

impl<'a> RowPairs<'a> {
    /// The columns of a table.
    ///
    /// # Errors
    /// A table that lacks one of them.
    pub(super) fn of(table: &'a Table) -> Result<RowPairs<'a>> {
        Ok(RowPairs { draw: table.integers("draw")?, replicate: table.integers("replicate")? })
    }

    pub(super) fn pair(&self, row: usize) -> Pair {
        (self.draw.or_zero(row), self.replicate.or_zero(row))
    }
}

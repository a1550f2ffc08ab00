//! A table: its columns with their rows.

use std::borrow::Cow;
use std::ops::Range;

use super::cell::Cell;
use super::schema::{ALL_CITIES, CITY, Kind, SCENARIO, Schema};
use super::series::Series;
use crate::error::{Error, Kind as Family, Result};

/// A table: rows of cells, stored by column.
///
/// ```
/// use keten::tables::{CITY, Cell, Column, DRAW, Kind, REPLICATE, Schema, Sees, Table};
/// const BIRTHS: Column = Column { name: "births", kind: Kind::Int, unit: "persons", meaning: "live births", sees: Sees::Truth };
/// static YEARLY: Schema =
///     Schema { name: "yearly", meaning: "one city", keys: 3, columns: &[DRAW, REPLICATE, CITY, BIRTHS] };
///
/// let mut table = Table::new(&YEARLY);
/// table.push_row(&[Cell::Int(0), Cell::Int(0), Cell::Text("Utrecht"), Cell::Int(4321)])?;
/// table.push_row(&[Cell::Int(0), Cell::Int(0), Cell::Text("Den Haag"), Cell::Null])?;
/// assert_eq!(table.content_hash(), table.sorted().content_hash());
/// assert_eq!(table.sorted().cell(0, "city"), Some(Cell::Text("Den Haag")));
/// # Ok::<(), keten::error::Errors>(())
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) name: Cow<'static, str>,
    pub(super) keys: usize,
    pub(super) rows: usize,
    pub(super) columns: Vec<Series>,
}

impl Table {
    /// A table without rows.
    pub fn new(schema: &'static Schema) -> Self {
        let columns = schema.columns.iter().map(|column| Series::new(column.name.into(), column.kind)).collect();
        Table { name: schema.name.into(), keys: schema.keys, rows: 0, columns }
    }

    /// A table without rows whose columns are known only from a file.
    pub(crate) fn blank(name: String, keys: usize, columns: Vec<(String, Kind)>) -> Self {
        let columns = columns.into_iter().map(|(name, kind)| Series::new(name.into(), kind)).collect();
        Table { name: name.into(), keys, rows: 0, columns }
    }

    /// A table without rows, with the same name and columns.
    pub fn emptied(&self) -> Self {
        let columns = self.columns.iter().map(|series| Series::new(series.name.clone(), series.kind())).collect();
        Table { name: self.name.clone(), keys: self.keys, rows: 0, columns }
    }

    /// Name of the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of key columns.
    pub fn keys(&self) -> usize {
        self.keys
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Series] {
        &self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Series> {
        self.columns.iter().find(|series| series.name == name)
    }

    /// The cell in a row, by the name of its column; `None` when there is no such row or column.
    pub fn cell(&self, row: usize, column: &str) -> Option<Cell<'_>> {
        self.column(column).filter(|_| row < self.rows).map(|series| series.cell(row))
    }

    /// All cells of a row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: usize) -> Vec<Cell<'_>> {
        self.columns.iter().map(|series| series.cell(row)).collect()
    }

    /// Appends a row; an invalid row leaves the table unchanged.
    ///
    /// # Errors
    /// An internal error when there are too many or too few cells, or a cell does not have its column's type.
    pub fn push_row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        if cells.len() != self.columns.len() {
            let what =
                format!("table `{}`: a row of {} cells for {} columns", self.name, cells.len(), self.columns.len());
            return Err(Error::new(Family::Internal, what, "report this fault").into());
        }
        for (series, cell) in self.columns.iter().zip(cells) {
            if let Some(kind) = cell.kind()
                && kind != series.kind()
            {
                let (name, wanted) = (&series.name, series.kind().name());
                let what = format!("table `{}`: column `{name}` holds {wanted}, not {}", self.name, kind.name());
                return Err(Error::new(Family::Internal, what, "report this fault").into());
            }
        }
        for (series, &cell) in self.columns.iter_mut().zip(cells) {
            series.push(cell);
        }
        self.rows += 1;
        Ok(())
    }

    /// Appends a number of rows column by column; `cells` gives those of the column with that index, each of its type
    /// or empty.
    pub(crate) fn push_columns<'c, I: Iterator<Item = Cell<'c>>>(&mut self, rows: usize, cells: impl Fn(usize) -> I) {
        for (number, series) in self.columns.iter_mut().enumerate() {
            cells(number).take(rows).for_each(|cell| series.push(cell));
        }
        self.rows += rows;
    }

    /// Appends rows of another table with the same columns.
    ///
    /// # Errors
    /// An internal error when the columns differ.
    ///
    /// # Panics
    /// When the other table does not have these rows.
    pub fn append(&mut self, other: &Table, rows: Range<usize>) -> Result<()> {
        if !self.has_columns_of(other) {
            let what = format!("table `{}` has other columns than table `{}`", other.name, self.name);
            return Err(Error::new(Family::Internal, what, "report this fault").into());
        }
        for (series, others) in self.columns.iter_mut().zip(&other.columns) {
            rows.clone().for_each(|row| series.push(others.cell(row)));
        }
        self.rows += rows.len();
        Ok(())
    }

    /// The rows of one city. With `as_whole` each of them comes twice: as a row of the city, and as a row of all cities
    /// together ([`ALL_CITIES`]), which are then this city alone. A table without the column `city` has no such rows.
    pub fn of_city(&self, city: &str, as_whole: bool) -> Table {
        let mut own = self.emptied();
        let Some(cities) = self.column(CITY.name) else { return own };
        let rows: Vec<usize> = (0..self.rows).filter(|row| cities.cell(*row).as_text() == Some(city)).collect();
        for (series, all) in own.columns.iter_mut().zip(&self.columns) {
            rows.iter().for_each(|row| series.push(all.cell(*row)));
            for row in rows.iter().filter(|_| as_whole) {
                series.push(if all.name == CITY.name { Cell::Text(ALL_CITIES) } else { all.cell(*row) });
            }
        }
        own.rows = rows.len() * if as_whole { 2 } else { 1 };
        own
    }

    /// Whether the other table has columns with the same names and types, in the same order.
    pub fn has_columns_of(&self, other: &Table) -> bool {
        self.columns.len() == other.columns.len()
            && self.columns.iter().zip(&other.columns).all(|(a, b)| a.name == b.name && a.kind() == b.kind())
    }

    /// One table after another.
    ///
    /// # Errors
    /// An internal error when there is no table, or when their columns differ.
    pub fn concat<'t>(tables: impl IntoIterator<Item = &'t Table>) -> Result<Table> {
        let mut tables = tables.into_iter();
        let Some(first) = tables.next() else {
            return Err(Error::new(Family::Internal, "no tables to put together", "report this fault").into());
        };
        let mut whole = first.clone();
        for table in tables {
            whole.append(table, 0..table.rows)?;
        }
        Ok(whole)
    }

    /// The same rows with the name of their scenario as first column.
    pub fn with_scenario(mut self, scenario: &str) -> Table {
        let mut column = Series::new(SCENARIO.name.into(), SCENARIO.kind);
        (0..self.rows).for_each(|_| column.push(Cell::Text(scenario)));
        self.columns.insert(0, column);
        self.keys += 1;
        self
    }

    /// The same rows without the name of their scenario, as stored in a unit.
    pub fn without_scenario(mut self) -> Table {
        if self.columns.first().is_some_and(|first| first.name == SCENARIO.name) {
            self.columns.remove(0);
            self.keys = self.keys.saturating_sub(1);
        }
        self
    }
}

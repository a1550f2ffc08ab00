//! Rows that go into a table in groups, column by column.
//!
//! The columns of a table lie far apart in memory. A long table is made faster when several cells of one column are added
//! together.

use crate::error::Result;
use crate::tables::{Cell, Table};

/// Number of rows that are added together.
const TOGETHER: usize = 64;

/// A table and the rows that are still to be added to it.
#[must_use = "the last rows are added by `end`"]
pub(super) struct RowGroups<'t, 'c> {
    table: &'t mut Table,
    /// Row by row.
    cells: Vec<Cell<'c>>,
}

impl<'t, 'c> RowGroups<'t, 'c> {
    /// Rows to be added to a table.
    pub(super) fn new(table: &'t mut Table) -> Self {
        let cells = Vec::with_capacity(table.columns().len() * TOGETHER);
        RowGroups { table, cells }
    }

    /// Adds a row; `row` appends its cells.
    ///
    /// # Errors
    /// An internal error when there are too many or too few cells, or cells that do not have their column's type.
    pub(super) fn push(&mut self, row: impl FnOnce(&mut Vec<Cell<'c>>)) -> Result<()> {
        let (from, width) = (self.cells.len(), self.table.columns().len());
        row(&mut self.cells);
        if self.cells.len() != from + width {
            return self.table.push_row(&self.cells[from..]);
        }
        if self.cells.len() == width * TOGETHER { self.add() } else { Ok(()) }
    }

    /// Adds the last rows.
    ///
    /// # Errors
    /// As [`push`](RowGroups::push).
    pub(super) fn end(mut self) -> Result<()> {
        self.add()
    }

    fn add(&mut self) -> Result<()> {
        let RowGroups { table, cells } = self;
        let width = table.columns().len();
        if cells.is_empty() {
            return Ok(());
        }
        let of = |column: usize| cells[column..].iter().step_by(width).copied();
        for (column, series) in table.columns().iter().enumerate() {
            let is_other = |cell: Cell<'_>| cell.kind().is_some_and(|kind| kind != series.kind());
            if let Some(row) = of(column).position(is_other) {
                // The table says what is wrong with this row.
                return table.push_row(&cells[row * width..(row + 1) * width]);
            }
        }
        table.push_columns(cells.len() / width, of);
        cells.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{key, truth};
    use super::*;
    use crate::tables::{DRAW, Kind, Schema};

    static NUMBERS: Schema = Schema {
        name: "numbers",
        meaning: "numbers in words",
        keys: 2,
        columns: &[
            DRAW,
            key("number", Kind::Int, "count", "a number"),
            truth("word", Kind::Text, "-", "the number in letters"),
            truth("half", Kind::Float, "count", "half of an even number"),
        ],
    };

    fn row(number: usize) -> [Cell<'static>; 4] {
        let half = if number.is_multiple_of(2) { Cell::Float(number as f64 / 2.0) } else { Cell::Null };
        [Cell::Int(1), Cell::count(number as i64), Cell::Text(["zero", "one", "two"][number % 3]), half]
    }

    #[test]
    fn groups_give_the_table_of_single_rows_whatever_their_number() {
        for rows in [0, 1, TOGETHER - 1, TOGETHER, TOGETHER + 1, 3 * TOGETHER + 7] {
            let (mut single, mut grouped) = (Table::new(&NUMBERS), Table::new(&NUMBERS));
            let mut groups = RowGroups::new(&mut grouped);
            for number in 0..rows {
                single.push_row(&row(number)).expect("a row that suits the columns");
                groups.push(|cells| cells.extend(row(number))).expect("a row that suits the columns");
            }
            groups.end().expect("rows that suit the columns");
            assert_eq!(grouped.rows(), rows);
            assert!((0..rows).all(|at| grouped.row(at) == single.row(at)));
            assert_eq!(grouped.content_hash(), single.content_hash());
        }
    }

    #[test]
    fn rows_that_do_not_suit_the_columns_are_an_error() {
        let mut table = Table::new(&NUMBERS);
        let mut groups = RowGroups::new(&mut table);
        assert!(groups.push(|cells| cells.extend(row(1).into_iter().take(3))).is_err());
        let mut groups = RowGroups::new(&mut table);
        groups.push(|cells| cells.extend(row(1))).expect("a row that suits the columns");
        groups.push(|cells| cells.extend([Cell::Int(1), Cell::Text("one"), Cell::Null, Cell::Null])).expect("not yet");
        assert!(groups.end().is_err());
        assert_eq!(table.rows(), 0);
    }
}

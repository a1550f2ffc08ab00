//! A table as arrays of numbers.

use std::collections::BTreeSet;

use ndarray::{Array1, Array2};

use crate::config::nearest;
use crate::error::{Error, Result};
use crate::stats::Ensemble;
use crate::tables::{Cell, Kind, Series, Table, key_text};

/// A table whose columns can be taken as arrays of `ndarray`.
#[derive(Clone, Debug)]
pub struct Frame {
    table: Table,
}

impl Frame {
    /// A frame of a table.
    pub fn new(table: Table) -> Frame {
        Frame { table }
    }

    /// The table itself, cell by cell.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.table.rows()
    }

    /// Names of the columns, in order.
    pub fn columns(&self) -> Vec<&str> {
        self.table.columns().iter().map(Series::name).collect()
    }

    /// A column of numbers; NaN where a cell is empty.
    ///
    /// # Errors
    /// No such column, or one without numbers.
    pub fn array(&self, column: &str) -> Result<Array1<f64>> {
        let series = self.series(column)?;
        match series.kind() {
            Kind::Int | Kind::Float => {
                Ok((0..self.rows()).map(|row| series.cell(row).as_float().unwrap_or(f64::NAN)).collect())
            }
            Kind::Text | Kind::Bool | Kind::Key => {
                let what = format!("column `{column}` of table `{}` holds no numbers", self.table.name());
                Err(Error::data(what, "read it with `texts`").into())
            }
        }
    }

    /// Several columns of numbers: a row for each row of the table, a column for each name; NaN where a cell is empty.
    ///
    /// # Errors
    /// As [`Frame::array`].
    pub fn matrix(&self, columns: &[&str]) -> Result<Array2<f64>> {
        let mut matrix = Array2::zeros((self.rows(), columns.len()));
        for (name, mut column) in columns.iter().zip(matrix.columns_mut()) {
            column.assign(&self.array(name)?);
        }
        Ok(matrix)
    }

    /// A column as texts, of any kind; an empty text where a cell is empty.
    ///
    /// # Errors
    /// No such column.
    pub fn texts(&self, column: &str) -> Result<Vec<String>> {
        let series = self.series(column)?;
        Ok((0..self.rows()).map(|row| text(series.cell(row))).collect())
    }

    /// The rows in which a column has a value, given as text: `("city", "G4")`, `("year", "2012")`. Rows with an empty
    /// cell are selected by an empty text.
    ///
    /// # Errors
    /// No such column.
    pub fn only(&self, column: &str, value: &str) -> Result<Frame> {
        let series = self.series(column)?;
        self.select((0..self.rows()).filter(|row| text(series.cell(*row)) == value))
    }

    /// A figure by draw and replicate: `figure` is called with the rows of each. It expects rows of one scenario.
    ///
    /// # Errors
    /// Rows of several scenarios; errors of `figure`.
    pub fn per_unit(&self, figure: &dyn Fn(&Frame) -> Result<f64>) -> Result<Ensemble> {
        if self.columns().contains(&"scenario") {
            let scenarios: BTreeSet<String> = self.texts("scenario")?.into_iter().collect();
            if scenarios.len() > 1 {
                let names = scenarios.into_iter().collect::<Vec<_>>().join(", ");
                let what = format!("table `{}` has rows of several scenarios: {names}", self.table.name());
                return Err(Error::data(what, "select one with `only(\"scenario\", …)`").into());
            }
        }
        let units = self.whole_numbers("draw")?.into_iter().zip(self.whole_numbers("replicate")?).collect::<Vec<_>>();
        let of = |unit: (i64, i64)| -> Result<((i64, i64), f64)> {
            let rows = self.select((0..units.len()).filter(|row| units[*row] == unit))?;
            Ok((unit, figure(&rows)?))
        };
        units.iter().copied().collect::<BTreeSet<_>>().into_iter().map(of).collect()
    }

    fn whole_numbers(&self, column: &str) -> Result<Vec<i64>> {
        let series = self.series(column)?;
        Ok((0..self.rows()).map(|row| series.cell(row).as_int().unwrap_or(0)).collect())
    }

    fn select(&self, rows: impl Iterator<Item = usize>) -> Result<Frame> {
        let mut table = self.table.emptied();
        for row in rows {
            table.append(&self.table, row..row + 1)?;
        }
        Ok(Frame { table })
    }

    fn series(&self, column: &str) -> Result<&Series> {
        self.table.column(column).ok_or_else(|| {
            let names = self.columns();
            let cure = match nearest(column, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its columns are {}", names.join(", ")),
            };
            Error::data(format!("table `{}` has no column `{column}`", self.table.name()), cure).into()
        })
    }
}

/// A cell as text; empty for an empty cell. Persons have the text of their key in files.
fn text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => value.to_string(),
        Cell::Text(value) => value.to_owned(),
        Cell::Bool(value) => value.to_string(),
        Cell::Key(value) => key_text(value),
        Cell::Null => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::tables::{CITY, Column, DRAW, REPLICATE, Schema, Sees};

    const fn count(name: &'static str, kind: Kind) -> Column {
        Column { name, kind, unit: "persons", meaning: "a test", sees: Sees::Truth }
    }

    static TOY: Schema = Schema {
        name: "toy",
        meaning: "a test",
        keys: 3,
        columns: &[DRAW, REPLICATE, CITY, count("men", Kind::Int), count("share", Kind::Float)],
    };

    fn toy() -> Frame {
        let mut table = Table::new(&TOY);
        for (draw, city, men, share) in
            [(1, "Utrecht", 4, Some(0.25)), (1, "G4", 9, None), (2, "G4", 7, Some(0.5)), (2, "G4", 1, Some(0.0))]
        {
            table.push_row(&[draw.into(), Cell::Int(1), city.into(), men.into(), share.into()]).unwrap();
        }
        Frame::new(table)
    }

    #[test]
    fn columns_of_numbers_are_arrays_and_an_empty_cell_is_not_a_zero() {
        assert_eq!(toy().array("men").unwrap(), array![4.0, 9.0, 7.0, 1.0]);
        let share = toy().array("share").unwrap();
        assert!(share[1].is_nan() && share[3] == 0.0);
        let cities = toy().only("city", "G4").unwrap();
        assert_eq!(cities.matrix(&["draw", "men"]).unwrap(), array![[1.0, 9.0], [2.0, 7.0], [2.0, 1.0]]);
        assert_eq!(cities.only("draw", "2").unwrap().texts("share").unwrap(), ["0.5", "0"]);
        assert_eq!(toy().only("share", "").unwrap().rows(), 1);
    }

    #[test]
    fn a_figure_is_computed_from_the_rows_of_each_draw_and_replicate() {
        let men = |unit: &Frame| Ok(unit.array("men")?.sum());
        let found = toy().only("city", "G4").unwrap().per_unit(&men).unwrap();
        assert_eq!(found, Ensemble::from([((1, 1), 9.0), ((2, 1), 8.0)]));
    }

    #[test]
    fn a_wrong_column_is_a_fault_with_a_remedy() {
        let said = |result: Result<Array1<f64>>| result.unwrap_err().to_string();
        assert_eq!(said(toy().array("man")), "table `toy` has no column `man`; did you mean `men`?");
        assert_eq!(said(toy().array("city")), "column `city` of table `toy` holds no numbers; read it with `texts`");
    }
}

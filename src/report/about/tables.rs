//! Rows and columns of the tables of a run.

use crate::error::Result;
use crate::report::view::PageBlock;
use crate::store::Run;
use crate::tables::Table;

/// Age at which results of cohorts are reported.
pub(in crate::report) const COHORTS_AGE: i64 = 30;

/// The table `cohorts` of the four cities at one age: the whole table is too large for memory.
pub(super) fn at_thirty(run: &Run) -> Result<Table> {
    let columns = [
        "scenario",
        "draw",
        "replicate",
        "city",
        "birth_year",
        "birthplace",
        "childhood",
        "age",
        "persons",
        "share_ever_used",
    ];
    let mut whole: Option<Table> = None;
    run.scan("cohorts", &columns, |part| {
        let table = whole.get_or_insert_with(|| part.emptied());
        let (city, age) = (part.texts("city")?, part.integers("age")?);
        for row in (0..part.rows()).filter(|row| city.is(*row, "G4") && age.get(*row) == Some(COHORTS_AGE)) {
            table.append(part, row..row + 1)?;
        }
        Ok(())
    })?;
    whole.map_or_else(|| run.table("cohorts"), Ok)
}

/// Blocks of a part of a section, or the fault of the table that it reads.
pub(in crate::report) fn blocks_or_fault(part: Result<Vec<PageBlock>>) -> Vec<PageBlock> {
    part.unwrap_or_else(|faults| vec![PageBlock::missing(faults.to_string())])
}

/// Rows of a table in which columns have the given texts.
///
/// # Errors
/// A table that lacks one of the columns.
pub(in crate::report) fn rows_where(table: &Table, says: &[(&str, &str)]) -> Result<Vec<usize>> {
    let columns = says.iter().map(|(name, word)| Ok((table.texts(name)?, *word))).collect::<Result<Vec<_>>>()?;
    let all = |row: &usize| columns.iter().all(|(column, word)| column.is(*row, word));
    Ok((0..table.rows()).filter(all).collect())
}

/// Mean of a column over rows; `None` when all are empty.
///
/// # Errors
/// A table that lacks the column.
pub(in crate::report) fn mean_of(table: &Table, rows: &[usize], column: &str) -> Result<Option<f64>> {
    let values = values_of(table, rows, column)?;
    Ok((!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64))
}

/// Minimum and maximum of a column over rows; with forty rows or more, the 2.5 % at each end are left out.
///
/// # Errors
/// A table that lacks the column.
pub(in crate::report) fn range_of(table: &Table, rows: &[usize], column: &str) -> Result<Option<(f64, f64)>> {
    Ok(range(values_of(table, rows, column)?))
}

fn values_of(table: &Table, rows: &[usize], column: &str) -> Result<Vec<f64>> {
    let numbers = table.numbers(column)?;
    Ok(rows.iter().filter_map(|row| numbers.get(*row)).collect())
}

/// The range of values; with forty values or more, the 2.5 % at each end are left out. `None` with one value.
pub(in crate::report) fn range(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let cut = values.len() / 40;
    (values.len() > 1).then(|| (values[cut], values[values.len() - 1 - cut]))
}

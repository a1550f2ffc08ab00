//! The columns that a figure reads, taken once for a table.

use super::bills::CostCategory;
use super::figures::{Bill, Figure, NEXT, Source};
use crate::money::Payer;
use crate::tables::{NumberColumn, Table, TextColumn};

/// The columns of a table that a figure reads. A column that the table lacks, or that has cells of another kind, has no
/// values: runs of older versions may lack some.
pub(super) enum FigureColumns<'t> {
    /// A single column.
    Value(Option<NumberColumn<'t>>),
    /// Columns that are summed.
    Sum(Vec<Option<NumberColumn<'t>>>),
    /// Numbers of persons; only persons born in the cities since [`NEXT`] count.
    NextGeneration {
        persons: Option<NumberColumn<'t>>,
        birth_year: Option<NumberColumn<'t>>,
        birthplace: Option<TextColumn<'t>>,
    },
    /// Amounts of `costs` in euro, of the lines of a bill.
    Euro { line: BillLine<'t>, bill: Bill },
    /// Amounts of `costs` in QALYs.
    Health(BillLine<'t>),
}

/// The columns of a line of `costs`.
pub(super) struct BillLine<'t> {
    kind: Option<TextColumn<'t>>,
    payer: Option<TextColumn<'t>>,
    unit: Option<TextColumn<'t>>,
    amount: Option<NumberColumn<'t>>,
}

impl<'t> BillLine<'t> {
    fn of(table: &'t Table) -> BillLine<'t> {
        let [kind, payer, unit] = ["kind", "payer", "unit"].map(|name| table.texts(name).ok());
        BillLine { kind, payer, unit, amount: table.numbers("amount").ok() }
    }

    /// The amount in a row; `None` if it is in another unit.
    fn amount(&self, row: usize, unit: &str) -> Option<f64> {
        let in_unit = self.unit.is_some_and(|units| units.is(row, unit));
        number(self.amount.as_ref(), row).filter(|_| in_unit)
    }

    /// Category and payer of a row; `None` if either is empty or unknown.
    fn category_and_payer(&self, row: usize) -> Option<(CostCategory, Payer)> {
        let kind = self.kind.and_then(|kinds| kinds.get(row)).and_then(CostCategory::named);
        kind.zip(self.payer.and_then(|payers| payers.get(row)).and_then(Payer::named))
    }
}

impl<'t> FigureColumns<'t> {
    /// The columns of a figure in a table or a part of it.
    pub(super) fn of(figure: &Figure, table: &'t Table) -> FigureColumns<'t> {
        let numbers = |name: &str| table.numbers(name).ok();
        match figure.source {
            Source::Yearly(names) => FigureColumns::Sum(names.iter().map(|name| numbers(name)).collect()),
            Source::Stock(name) | Source::Rate(name) => FigureColumns::Value(numbers(name)),
            Source::NextGeneration(name) => FigureColumns::NextGeneration {
                persons: numbers(name),
                birth_year: numbers("birth_year"),
                birthplace: table.texts("birthplace").ok(),
            },
            Source::Euro(bill) => FigureColumns::Euro { line: BillLine::of(table), bill },
            Source::Health => FigureColumns::Health(BillLine::of(table)),
        }
    }

    /// Contribution of a row; `None` if the row does not belong to the figure, or a column is empty or missing.
    pub(super) fn value(&self, row: usize) -> Option<f64> {
        match self {
            FigureColumns::Value(column) => number(column.as_ref(), row),
            FigureColumns::Sum(columns) => columns.iter().map(|column| number(column.as_ref(), row)).sum(),
            FigureColumns::NextGeneration { persons, birth_year, birthplace } => {
                let is_next = number(birth_year.as_ref(), row) >= Some(NEXT as f64);
                let in_cities = birthplace.is_some_and(|birthplace| birthplace.is(row, "cities"));
                number(persons.as_ref(), row).filter(|_| is_next && in_cities)
            }
            FigureColumns::Euro { line, bill } => {
                let holds = line.category_and_payer(row).is_some_and(|(kind, payer)| bill.holds(kind, payer));
                line.amount(row, "euro_2008").filter(|_| holds)
            }
            FigureColumns::Health(line) => line.amount(row, "qaly"),
        }
    }
}

fn number(column: Option<&NumberColumn<'_>>, row: usize) -> Option<f64> {
    column.and_then(|column| column.get(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Cell, Kind};

    fn table(name: &str, columns: &[(&str, Kind)], rows: &[&[Cell<'_>]]) -> Table {
        let columns = columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        let mut table = Table::blank(name.to_owned(), 0, columns);
        rows.iter().for_each(|row| table.push_row(row).expect("a row of the table's kinds"));
        table
    }

    /// Contributions of all rows to the figure of a key.
    fn values(key: &str, table: &Table) -> Vec<Option<f64>> {
        let columns = FigureColumns::of(Figure::named(key).expect("a figure"), table);
        (0..table.rows()).map(|row| columns.value(row)).collect()
    }

    #[test]
    fn columns_are_summed_and_an_empty_or_missing_one_leaves_no_value() {
        let columns = [("incidents_by_men", Kind::Int), ("incidents_by_women", Kind::Int), ("births", Kind::Text)];
        let rows: [&[Cell<'_>]; 2] =
            [&[Cell::Int(3), Cell::Int(4), Cell::Text("5")], &[Cell::Int(3), Cell::Null, Cell::Null]];
        let yearly = table("yearly", &columns, &rows);
        assert_eq!(values("incidents", &yearly), [Some(7.0), None]);
        assert_eq!(values("population", &yearly), [None, None]);
        assert_eq!(values("births", &yearly), [None, None], "texts are no numbers");
    }

    #[test]
    fn the_next_generation_was_born_in_the_cities_since_2008() {
        let columns = [("birth_year", Kind::Int), ("birthplace", Kind::Text), ("first_use", Kind::Int)];
        let row = |year, place| [Cell::Int(year), Cell::Text(place), Cell::Int(6)];
        let rows = [row(2008, "cities"), row(2007, "cities"), row(2009, "elsewhere")];
        let cohorts = table("cohorts", &columns, &rows.each_ref().map(|row| row.as_slice()));
        assert_eq!(values("next_generation_used", &cohorts), [Some(6.0), None, None]);
    }

    #[test]
    fn amounts_count_by_unit_category_and_payer() {
        let columns = [("kind", Kind::Text), ("payer", Kind::Text), ("unit", Kind::Text), ("amount", Kind::Float)];
        let (kind, payer) = (CostCategory::Programme, Payer::Rijk);
        let row = |kind, unit| [Cell::Text(kind), Cell::Text(payer.word()), Cell::Text(unit), Cell::Float(2.5)];
        let rows = [row(kind.word(), "euro_2008"), row("unknown", "euro_2008"), row(kind.word(), "qaly")];
        let costs = table("costs", &columns, &rows.each_ref().map(|row| row.as_slice()));
        assert_eq!(values("euro", &costs), [Some(2.5), None, None]);
        assert_eq!(values("euro_measures", &costs), [Some(2.5), None, None]);
        assert_eq!(values("euro_rijk", &costs), [Some(2.5), None, None]);
        assert_eq!(values("euro_awbz", &costs), [None, None, None]);
        assert_eq!(values("qaly_lost", &costs), [None, None, Some(2.5)]);
    }
}

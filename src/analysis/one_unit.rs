//! Figures and money of a single unit in one place: from the tables of a unit, which have no column `scenario`.

use std::collections::BTreeMap;

use super::bills::CostCategory;
use super::figure_columns::FigureColumns;
use super::figures::{Figure, Source};
use crate::error::Result;
use crate::money::Payer;
use crate::tables::Table;

/// A line of the table `costs` in euro: what is paid for, who pays, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MoneyLine {
    /// Whether it is a measure, a service or another cost to society.
    pub category: CostCategory,
    /// Key of the measure or service, or name of the activity.
    pub item: String,
    /// Who pays.
    pub payer: Payer,
    /// City; all of them together, and elsewhere, are left out.
    pub city: String,
}

/// Sum over all years of a figure in a city (`G4` for all), in simulated persons or events, from the table that
/// [`Figure::table`] names. `None` if a part of it is suppressed in the table.
///
/// # Errors
/// A table without the column `city`.
pub fn unit_figure(figure: &Figure, table: &Table, city: &str) -> Result<Option<f64>> {
    let places = table.texts("city")?;
    let columns = FigureColumns::of(figure, table);
    // Other tables have rows that do not belong to the figure; a row of `yearly` without a value is suppressed.
    let every_row = matches!(figure.source, Source::Yearly(_));
    let mut sum = 0.0;
    for row in (0..table.rows()).filter(|row| places.is(*row, city)) {
        match columns.value(row) {
            Some(value) => sum += value,
            None if every_row => return Ok(None),
            None => {}
        }
    }
    Ok(Some(sum))
}

/// Euro of all years by line, from the table `costs`, in simulated euro: divide by the scale for real ones.
///
/// # Errors
/// A table without the columns of `costs`.
pub fn unit_money(costs: &Table) -> Result<BTreeMap<MoneyLine, f64>> {
    let [city, kind, item, payer, unit] =
        [costs.texts("city")?, costs.texts("kind")?, costs.texts("item")?, costs.texts("payer")?, costs.texts("unit")?];
    let amount = costs.numbers("amount")?;
    let mut lines = BTreeMap::new();
    for row in (0..costs.rows()).filter(|row| unit.is(*row, "euro_2008")) {
        let city = city.or_empty(row);
        let line = CostCategory::named(kind.or_empty(row)).zip(Payer::named(payer.or_empty(row)));
        let Some((category, payer)) = line.filter(|_| city != super::rows::ALL_CITIES && city != "elsewhere") else {
            continue;
        };
        let line = MoneyLine { category, item: item.or_empty(row).to_owned(), payer, city: city.to_owned() };
        *lines.entry(line).or_default() += amount.or_zero(row);
    }
    Ok(lines)
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

    #[test]
    fn a_figure_is_summed_in_one_city_and_a_suppressed_row_leaves_no_sum() {
        let columns = [("city", Kind::Text), ("children_maltreated", Kind::Int)];
        let row = |city, value| [Cell::Text(city), value];
        let rows = [
            row("Utrecht", Cell::Int(3)),
            row("Utrecht", Cell::Int(4)),
            row("G4", Cell::Int(90)),
            row("Rotterdam", Cell::Int(5)),
            row("Rotterdam", Cell::Null),
        ];
        let yearly = table("yearly", &columns, &rows.each_ref().map(|row| row.as_slice()));
        let of = |city| {
            let figure = Figure::named("children_maltreated").expect("a figure");
            unit_figure(figure, &yearly, city).expect("a table with cities")
        };
        assert_eq!(
            (of("Utrecht"), of("G4"), of("Rotterdam"), of("Amsterdam")),
            (Some(7.0), Some(90.0), None, Some(0.0))
        );
    }

    #[test]
    fn money_is_summed_by_line_and_other_units_and_totals_are_left_out() {
        let columns = [
            ("city", Kind::Text),
            ("kind", Kind::Text),
            ("item", Kind::Text),
            ("payer", Kind::Text),
            ("unit", Kind::Text),
        ];
        let columns = [&columns[..], &[("amount", Kind::Float)]].concat();
        let row = |city, kind, item, payer, unit, amount| {
            [city, kind, item, payer, unit].map(Cell::Text).into_iter().chain([Cell::Float(amount)]).collect::<Vec<_>>()
        };
        let rows = [
            row("Utrecht", "programme", "nhv", "rijk", "euro_2008", 2.0),
            row("Utrecht", "programme", "nhv", "rijk", "euro_2008", 3.0),
            row("G4", "programme", "nhv", "rijk", "euro_2008", 5.0),
            row("elsewhere", "societal", "work", "other", "euro_2008", 7.0),
            row("Utrecht", "health", "victim", "", "qaly", 1.0),
        ];
        let costs = table("costs", &columns, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let lines = unit_money(&costs).expect("a table of costs");
        let line = MoneyLine {
            category: CostCategory::Programme,
            item: "nhv".into(),
            payer: Payer::Rijk,
            city: "Utrecht".into(),
        };
        assert_eq!(lines, BTreeMap::from([(line, 5.0)]));
        let qaly = Figure::named("qaly_lost").expect("a figure");
        assert_eq!(unit_figure(qaly, &costs, "Utrecht").expect("a table"), Some(1.0));
    }
}

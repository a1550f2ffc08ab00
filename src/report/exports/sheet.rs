//! A data file: rows of cells under a layout, and as CSV.

use super::columns::Layout;
use crate::error::{Error, Kind, Result};
use crate::report::numbers::FEWEST;

/// A cell of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SheetEntry {
    Text(String),
    /// A number; `None` or a non-finite one is an empty cell.
    Number(Option<f64>),
    /// A suppressed number, with the reason.
    Withheld(Why),
}

/// Reason for suppression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// It is based on fewer than ten simulated persons or cases.
    TooFew,
    /// A provider has less than one place at this scale.
    ScaleTooSmall,
}

impl Why {
    fn word(self) -> &'static str {
        match self {
            Why::TooFew => "too_few",
            Why::ScaleTooSmall => "scale_too_small",
        }
    }
}

/// Rows of a layout.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sheet {
    pub(super) layout: &'static Layout,
    pub(super) rows: Vec<Vec<SheetEntry>>,
}

pub(super) fn text(text: impl Into<String>) -> SheetEntry {
    SheetEntry::Text(text.into())
}

pub(super) fn number(value: f64) -> SheetEntry {
    SheetEntry::Number(Some(value))
}

pub(super) const TOO_FEW: SheetEntry = SheetEntry::Withheld(Why::TooFew);

/// A number based on a number of simulated persons, or suppressed if these are too few.
pub(super) fn unless_few(simulated: f64, value: Option<f64>) -> SheetEntry {
    if simulated < FEWEST && simulated > 0.0 { TOO_FEW } else { SheetEntry::Number(value) }
}

impl SheetEntry {
    /// The number in the cell, if finite.
    pub(super) fn value(&self) -> Option<f64> {
        if let SheetEntry::Number(value) = self { value.filter(|value| value.is_finite()) } else { None }
    }
}

impl Layout {
    /// A sheet of these columns, without rows.
    pub(super) fn sheet(&'static self) -> Sheet {
        Sheet { layout: self, rows: Vec::new() }
    }
}

impl Sheet {
    /// Adds a row; if figures may be suppressed, fills the columns that list them with the reason.
    pub(super) fn push(&mut self, mut cells: Vec<SheetEntry>) {
        if self.layout.may_withhold() {
            let (mut why, mut which) = (Vec::new(), Vec::new());
            for (cell, column) in cells.iter_mut().zip(self.layout.columns) {
                if let SheetEntry::Withheld(reason) = cell {
                    why.push(*reason);
                    which.push(column.name);
                    *cell = SheetEntry::Number(None);
                }
            }
            why.sort_unstable();
            why.dedup();
            let words: Vec<&str> = why.into_iter().map(Why::word).collect();
            cells.extend([text(words.join(" ")), text(which.join(" "))]);
        }
        self.rows.push(cells);
    }

    /// Adds rows.
    pub(super) fn extend(&mut self, rows: impl IntoIterator<Item = Vec<SheetEntry>>) {
        rows.into_iter().for_each(|row| self.push(row));
    }

    /// Whether a column has a number with decimals. All its numbers are then written with a decimal point, so that
    /// readers that infer the type from the first rows get it right.
    pub(super) fn has_fractions(&self, column: usize) -> bool {
        self.rows.iter().filter_map(|row| row.get(column)?.value()).any(|value| value.fract() != 0.0)
    }

    /// As CSV; the Dutch variant has semicolons, decimal commas, and a byte order mark if needed.
    pub(super) fn csv(&self, dutch: bool) -> String {
        let between = if dutch { ";" } else { "," };
        let quoted = |text: &str| {
            if text.contains([',', ';', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let fractions: Vec<bool> = (0..self.layout.columns.len()).map(|column| self.has_fractions(column)).collect();
        let cell = |(column, entry): (usize, &SheetEntry)| match entry {
            SheetEntry::Text(text) => quoted(text),
            SheetEntry::Number(_) | SheetEntry::Withheld(_) => entry.value().map_or_else(String::new, |value| {
                let with_point = fractions.get(column) == Some(&true) && value.fract() == 0.0;
                let plain = if with_point { format!("{value:.1}") } else { value.to_string() };
                if dutch { plain.replace('.', ",") } else { plain }
            }),
        };
        let mut out = self.layout.columns.iter().map(|column| quoted(column.name)).collect::<Vec<_>>().join(between);
        out.push_str("\r\n");
        for row in &self.rows {
            out.push_str(&row.iter().enumerate().map(cell).collect::<Vec<_>>().join(between));
            out.push_str("\r\n");
        }
        // ASCII needs no mark; readers other than spreadsheets take it for a part of the first heading.
        if dutch && !out.is_ascii() { format!("\u{feff}{out}") } else { out }
    }

    /// Checks that every row has a cell for each column.
    pub(super) fn check(&self) -> Result<()> {
        let columns = self.layout.columns.len();
        if self.rows.iter().all(|row| row.len() == columns) {
            return Ok(());
        }
        let what = format!("`{}` has rows with more or fewer cells than its {columns} columns", self.layout.name);
        Err(Error::new(Kind::Internal, what, "report this fault").into())
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::{BUDGET, GENERATIONS, SELECTION};
    use super::*;

    #[test]
    fn plain_csv_is_for_machines_and_the_dutch_one_for_spreadsheets() {
        let mut sheet = GENERATIONS.sheet();
        let none = || SheetEntry::Number(None);
        sheet.push(vec![text("a, \"b\""), number(1234.5), number(1.0), none(), number(1980.0), number(1990.0)]);
        sheet.push(vec![
            text("c"),
            SheetEntry::Number(Some(f64::NAN)),
            number(2.0),
            none(),
            number(1980.0),
            number(1990.0),
        ]);
        let head = "what,value,low,high,parents_from,parents_until";
        assert_eq!(sheet.csv(false), format!("{head}\r\n\"a, \"\"b\"\"\",1234.5,1,,1980,1990\r\nc,,2,,1980,1990\r\n"));
        let dutch = head.replace(',', ";");
        assert_eq!(sheet.csv(true), format!("{dutch}\r\n\"a, \"\"b\"\"\";1234,5;1;;1980;1990\r\nc;;2;;1980;1990\r\n"));
        sheet.push(vec![text("één"), none(), none(), none(), none(), none()]);
        assert!(sheet.csv(true).starts_with("\u{feff}what;") && sheet.csv(false).starts_with("what,"));
    }

    #[test]
    fn a_column_with_a_fraction_anywhere_has_a_point_in_every_number() {
        let mut sheet = BUDGET.sheet();
        for euro in [1.0, 2.5] {
            let words = ["a", "rijk", "service"].map(text);
            let [scenario, payer, kind] = words;
            sheet.push(vec![scenario, number(2008.0), payer, kind, number(euro), number(0.0), text("b")]);
        }
        assert_eq!(sheet.csv(false).lines().nth(1), Some("a,2008,rijk,service,1.0,0,b"));
    }

    #[test]
    fn what_is_withheld_is_empty_and_named_beside_it() {
        let mut sheet = SELECTION.sheet();
        let years = || [text("nhv"), number(2008.0), number(2010.0)];
        let row = |cells: [SheetEntry; 7]| years().into_iter().chain(cells).collect::<Vec<_>>();
        let few = |simulated| unless_few(simulated, Some(3.0));
        sheet.push(row([few(9.0), few(10.0), few(0.0), few(9.0), few(10.0), few(10.0), few(10.0)]));
        sheet.push(row(std::array::from_fn(|_| number(1.0))));
        assert!(sheet.check().is_ok());
        let csv = sheet.csv(false);
        let lines: Vec<&str> = csv.lines().collect();
        assert!(lines[0].ends_with("found_of_all,withheld,withheld_columns"), "{csv}");
        assert_eq!(lines[1], "nhv,2008,2010,,3,3,,3,3,3,too_few,chosen_per_year low");
        assert_eq!(lines[2], "nhv,2008,2010,1,1,1,1,1,1,1,,");
        sheet.rows.push(vec![number(1.0)]);
        assert!(sheet.check().is_err());
    }
}

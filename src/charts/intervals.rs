//! Intervals: estimates with their uncertainty, one per row, around a line of no difference (*forest plot*).

use super::labels::{height, widest, wrap};
use super::look::{DARK, FAINT, Look};
use super::scale::{Axis, Scale, sound};
use super::sheet::{DrawingSheet, LABEL, Mark, NAME, Stroke, Type, row_places};
use super::width::ChartWidth;
use super::{Chart, ChartTable, Heading};

/// Estimates with intervals, in the given order of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntervalChart {
    /// Ids and hidden text.
    pub heading: Heading,
    /// Kind of the rows, as the heading of their column in the table, for example `Maatregel`.
    pub rows_are: String,
    /// Estimated quantity.
    pub axis: Axis,
    /// Value of no difference, usually 0.
    pub zero: f64,
    /// Labels left and right of that line, for example `minder geweld` and `meer geweld`; empty for none.
    pub sides: [String; 2],
    /// Heading of the notes in the table and the chart; empty for none.
    pub notes_are: String,
    /// The rows, from the top.
    pub rows: Vec<IntervalRow>,
}

/// An estimate with its interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntervalRow {
    /// Name of the row.
    pub label: String,
    /// The estimate; NaN if missing, and then the row has no mark.
    pub point: f64,
    /// Lower bound; without both bounds only the estimate is drawn.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Text at the right; empty for none.
    pub note: String,
}

impl Chart for IntervalChart {
    fn drawn(&self, width: ChartWidth) -> Result<String, String> {
        let nothing = || {
            format!(
                "chart `{}`: no row has an estimate that can be drawn; give at least one finite value",
                self.heading.id
            )
        };
        let notes_wide = if width.is_narrow() { 100.0 } else { 170.0 };
        let labels: Vec<_> = self.rows.iter().map(|row| wrap(&row.label, LABEL, width.labels())).collect();
        let notes: Vec<_> = self.rows.iter().map(|row| wrap(&row.note, LABEL, notes_wide)).collect();
        let notes_are = wrap(&self.notes_are, NAME, notes_wide);
        let beside = widest(labels.iter().flatten().map(String::as_str), LABEL) + 22.0;
        let left = if width.is_narrow() { 16.0 } else { beside };
        let note_room = widest(notes.iter().flatten().map(String::as_str), LABEL)
            .max(widest(notes_are.iter().map(String::as_str), NAME));
        let right = width.units() - note_room - 22.0;

        let mut axis = self.axis.clone();
        axis.reach.push(self.zero);
        let drawable = self.rows.iter().filter(|row| sound(row.point));
        let values = drawable.flat_map(|row| [row.point, row.low, row.high]);
        let x = Scale::new(&axis, values, (left, right)).ok_or_else(nothing)?.to_ticks(6);
        let zero = x.at(if sound(self.zero) { self.zero } else { x.ends.0 });

        let sides = self.sides(zero, (left, right));
        let lines = sides.iter().map(|side| side.0.len()).fold(notes_are.len(), usize::max);
        let top = height(lines, LABEL) + 12.0;
        let lines = labels.iter().zip(&notes).map(|(label, note)| {
            if width.is_narrow() {
                (label.len(), (height(note.len(), LABEL) + 8.0).max(34.0))
            } else {
                (label.len().max(note.len()), 34.0)
            }
        });
        let rows = row_places(width, lines, top);
        let bottom = rows.last().map_or(top, |row| row.bottom);

        let sheet = DrawingSheet::new(&self.heading, width, bottom + DrawingSheet::below(&self.axis, width));
        sheet.axis_below(&x, &self.axis, top, bottom);
        for (lines, place, kind) in sides {
            sheet.lines((place, top - 6.0 - height(lines.len(), LABEL) / 2.0), &lines, kind);
        }
        let note_middle = top - 6.0 - height(notes_are.len(), LABEL) / 2.0;
        sheet.lines((right + 18.0, note_middle), &notes_are, Type::NAME);
        sheet.path(&[(zero, top), (zero, bottom)], Stroke(DARK, 1.4, ""));
        for ((row, place), (label, note)) in self.rows.iter().zip(rows).zip(labels.iter().zip(&notes)) {
            let edge = place.bottom;
            sheet.path(&[(4.0, edge), (width.units() - 4.0, edge)], Stroke(FAINT, 0.8, ""));
            sheet.lines((6.0, place.label), label, Type::LABEL.clear());
            sheet.lines((right + 18.0, place.mark), note, Type::LABEL);
            row.draw(&sheet, &x, place.mark);
        }
        sheet.finish()
    }

    fn table(&self) -> ChartTable {
        let with_notes = self.rows.iter().any(|row| !row.note.is_empty());
        let row = |row: &IntervalRow| {
            let mut cells = vec![row.label.clone(), self.axis.format.write_between(row.point, row.low, row.high)];
            cells.extend(with_notes.then(|| row.note.clone()));
            cells
        };
        let mut head = vec![self.rows_are.clone(), self.axis.name.clone()];
        head.extend(with_notes.then(|| self.notes_are.clone()));
        ChartTable { head, rows: self.rows.iter().map(row).collect() }
    }
}

impl IntervalChart {
    /// Labels on either side of the line of no difference; at the outer ends of the plot if they do not fit.
    fn sides(&self, zero: f64, (left, right): (f64, f64)) -> [(Vec<String>, f64, Type); 2] {
        let [less, more] = &self.sides;
        let (less, more) = (arrowed("←\u{a0}", less, ""), arrowed("", more, "\u{a0}→"));
        let beside = [wrap(&less, LABEL, zero - 8.0 - left), wrap(&more, LABEL, right - zero - 8.0)];
        if beside[0].join(" ") == less && beside[1].join(" ") == more {
            let [less, more] = beside;
            [(less, zero - 8.0, Type::LABEL.ending()), (more, zero + 8.0, Type::LABEL)]
        } else {
            let half = (right - left) / 2.0 - 8.0;
            let [less, more] = [less, more].map(|words| wrap(&words, LABEL, half));
            [(less, left, Type::LABEL), (more, right, Type::LABEL.ending())]
        }
    }
}

fn arrowed(before: &str, words: &str, after: &str) -> String {
    if words.is_empty() { String::new() } else { format!("{before}{words}{after}") }
}

impl IntervalRow {
    fn draw(&self, sheet: &DrawingSheet, x: &Scale, y: f64) {
        if !sound(self.point) {
            return;
        }
        let stroke = Stroke(Look::number(0).colour, 2.2, "");
        if sound(self.low) && sound(self.high) {
            let ends = (x.at(self.low), x.at(self.high));
            sheet.path(&[(ends.0, y), (ends.1, y)], stroke);
            for end in [ends.0, ends.1] {
                sheet.path(&[(end, y - 5.0), (end, y + 5.0)], stroke);
            }
        }
        sheet.marks(&[(x.at(self.point), y)], 0, Mark::Large);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::tests::{drawn, texts};
    use super::*;
    use crate::notation::Format;

    fn chart(points: &[f64]) -> IntervalChart {
        let row = |(at, point): (usize, &f64)| IntervalRow {
            label: format!("begeleiding van kinderen in de opvang, nummer {at}"),
            point: *point,
            low: point - 1.5,
            high: point + 1.5,
            note: "zeker minder geweld".into(),
        };
        IntervalChart {
            heading: Heading { id: "t".into(), ..Heading::default() },
            rows_are: "maatregel".into(),
            axis: Axis { name: "verschil".into(), format: Format::dutch(1), reach: vec![] },
            sides: ["minder geweld".into(), "meer geweld".into()],
            notes_are: "oordeel".into(),
            rows: points.iter().enumerate().map(row).collect(),
            ..IntervalChart::default()
        }
    }

    #[test]
    fn rows_stand_below_each_other_in_the_order_given() {
        let chart = chart(&[2.0, -3.0, 1.0]);
        let svg = chart.svg().unwrap();
        let document = drawn(&svg);
        let rows: Vec<f64> =
            texts(&document).iter().filter(|text| text.words.contains("nummer")).map(|text| text.baseline).collect();
        assert!(rows.len() == 3 && rows.windows(2).all(|pair| pair[1] - pair[0] >= 34.0));
        assert_eq!(svg, chart.svg().unwrap());
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        for points in [vec![f64::NAN, 1.0], vec![5.0], vec![0.0, 0.0], vec![-4.0, -5.0], vec![f64::INFINITY, 3e9]] {
            drawn(&chart(&points).svg().unwrap());
        }
        let mut unsure = chart(&[1.0, 2.0]);
        (unsure.rows[0].low, unsure.zero) = (f64::NAN, f64::NAN);
        drawn(&unsure.svg().unwrap());
        assert!(chart(&[f64::NAN]).svg().is_err());
    }

    #[test]
    fn the_table_has_estimate_and_interval_in_one_cell() {
        let table = chart(&[2.0, f64::NAN]).table();
        assert_eq!(table.head, ["maatregel", "verschil", "oordeel"]);
        assert_eq!((table.rows[0][1].as_str(), table.rows[1][1].as_str()), ("2,0 (0,5; 3,5)", "–"));
    }
}

//! Tornado: change of the outcome when one parameter at a time has its low or high value.

use super::labels::{widest, wrap};
use super::look::{DARK, Look};
use super::scale::{Axis, Scale, sound};
use super::sheet::{DrawingSheet, LABEL, Stroke, Type, key_height, row_places};
use super::width::ChartWidth;
use super::{Chart, ChartTable, Heading};

/// Half the height of a bar, or the height of each of two bars on the same side.
const HALF: f64 = 10.0;

/// Outcomes relative to the base case; the widest swing is drawn at the top.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TornadoChart {
    /// Ids and hidden text.
    pub heading: Heading,
    /// Kind of the rows, as the heading of their column in the table, for example `Parameter`.
    pub rows_are: String,
    /// Heading of their keys, above the last column of the table.
    pub keys_are: String,
    /// The outcome.
    pub axis: Axis,
    /// Outcome of the base case.
    pub base: f64,
    /// Name of the base case.
    pub base_is: String,
    /// Names of a low and a high value of the parameter.
    pub ends_are: [String; 2],
    /// The parameters.
    pub rows: Vec<Swing>,
}

/// Outcomes at the low and the high value of one parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Swing {
    /// Name of the parameter, with its values if needed.
    pub label: String,
    /// Its key, for the table.
    pub key: String,
    /// Outcome at its low value; NaN if missing.
    pub low: f64,
    /// Outcome at its high value.
    pub high: f64,
}

impl Chart for TornadoChart {
    fn drawn(&self, width: ChartWidth) -> Result<String, String> {
        if !sound(self.base) {
            return Err(format!("chart `{}`: the base case has no finite outcome; give one", self.heading.id));
        }
        let nothing = || {
            format!(
                "chart `{}`: no parameter has an outcome that can be drawn; give at least one finite value",
                self.heading.id
            )
        };
        let swings = self.sorted();
        let labels: Vec<_> = swings.iter().map(|row| wrap(&row.label, LABEL, width.labels())).collect();
        let values = || swings.iter().flat_map(|row| [row.low, row.high]).filter(|value| sound(*value));
        let written = |value: f64| self.axis.format.write(value);
        let room = values().map(|value| widest([written(value).as_str()], LABEL)).fold(0.0, f64::max) + 10.0;
        let beside = widest(labels.iter().flatten().map(String::as_str), LABEL) + 16.0;
        let left = if width.is_narrow() { 4.0 } else { beside };
        let mut axis = self.axis.clone();
        axis.reach.push(self.base);
        let x = Scale::new(&axis, values(), (left + room, width.units() - room - 6.0)).ok_or_else(nothing)?;
        let base = x.at(self.base);

        let [low, high] = &self.ends_are;
        let key = [(Look::number(0), low.as_str()), (Look::number(1), high.as_str())];
        let words = wrap(&format!("{}: {}", self.base_is, written(self.base)), LABEL, width.units() - 8.0);
        let head = key_height(width, 6.0, &key) + 8.0;
        let top = head + super::labels::height(words.len(), LABEL) + 8.0;
        let lines =
            labels.iter().zip(&swings).map(|(label, row)| (label.len(), if self.one_sided(row) { 54.0 } else { 36.0 }));
        let rows = row_places(width, lines, top);
        let bottom = rows.last().map_or(top, |row| row.bottom);

        let sheet = DrawingSheet::new(&self.heading, width, bottom + DrawingSheet::below(&self.axis, width));
        sheet.key((6.0, 6.0), &key);
        sheet.axis_below(&x, &self.axis, top, bottom);
        let half = widest(words.iter().map(String::as_str), LABEL) / 2.0;
        let over = base.min(width.units() - 4.0 - half).max(4.0 + half);
        sheet.lines((over, (head + top) / 2.0), &words, Type::LABEL.centred());
        for ((row, place), label) in swings.iter().zip(rows).zip(&labels) {
            let middle = place.mark;
            sheet.lines((6.0, place.label), label, Type::LABEL.clear());
            let shift = if self.one_sided(row) { HALF + 1.0 } else { 0.0 };
            for (value, other, y, number) in
                [(row.low, row.high, middle - shift, 0), (row.high, row.low, middle + shift, 1)]
            {
                // A zero difference is drawn on the side that the other bar leaves free.
                let leftward =
                    value < self.base || (value == self.base && (other > self.base || (other == value && number == 0)));
                if sound(value) {
                    self.draw(&sheet, &x, (value, leftward), y, number);
                }
            }
        }
        sheet.path(&[(base, top), (base, bottom)], Stroke(DARK, 1.4, ""));
        sheet.finish()
    }

    fn table(&self) -> ChartTable {
        let [low, high] = &self.ends_are;
        let cell = |value| self.axis.format.write(value);
        let line = |label: &str, low, high, key: &str| vec![label.to_owned(), cell(low), cell(high), key.to_owned()];
        let base = line(&self.base_is, self.base, self.base, "");
        let rows = self.sorted().into_iter().map(|row| line(&row.label, row.low, row.high, &row.key));
        ChartTable {
            head: vec![self.rows_are.clone(), low.clone(), high.clone(), self.keys_are.clone()],
            rows: std::iter::once(base).chain(rows).collect(),
        }
    }
}

impl TornadoChart {
    /// The widest swing first; equal ones in the given order.
    fn sorted(&self) -> Vec<&Swing> {
        let reach = |value: f64| if sound(value) { value - self.base } else { 0.0 };
        let span = |row: &Swing| {
            let (low, high) = (reach(row.low), reach(row.high));
            low.max(high).max(0.0) - low.min(high).min(0.0)
        };
        let mut rows: Vec<&Swing> = self.rows.iter().collect();
        rows.sort_by(|a, b| span(b).total_cmp(&span(a)));
        rows
    }

    /// Whether both outcomes are on one side of the base case, so that their bars would hide each other.
    fn one_sided(&self, row: &Swing) -> bool {
        sound(row.low) && sound(row.high) && (row.low - self.base) * (row.high - self.base) > 0.0
    }

    fn draw(&self, sheet: &DrawingSheet, x: &Scale, (value, leftward): (f64, bool), y: f64, number: usize) {
        let (base, end) = (x.at(self.base), x.at(value));
        sheet.patch((base.min(end), y - HALF), (base.max(end), y + HALF), &Look::number(number));
        let written = self.axis.format.write(value);
        if leftward {
            sheet.text((end - 6.0, y), &written, Type::LABEL.ending().clear());
        } else {
            sheet.text((end + 6.0, y), &written, Type::LABEL.clear());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::tests::{drawn, texts};
    use super::*;
    use crate::notation::Format;

    fn chart(base: f64, rows: &[(f64, f64)]) -> TornadoChart {
        let row = |(at, (low, high)): (usize, &(f64, f64))| Swing {
            label: format!("kans dat een kind in de opvang begeleiding afmaakt, {at}"),
            key: format!("completes_{at}"),
            low: *low,
            high: *high,
        };
        TornadoChart {
            heading: Heading { id: "t".into(), ..Heading::default() },
            rows_are: "parameter".into(),
            keys_are: "naam in het model".into(),
            axis: Axis { name: "kosten per QALY (€)".into(), format: Format::dutch(0), reach: vec![] },
            base,
            base_is: "uitgangspunt".into(),
            ends_are: ["lage waarde".into(), "hoge waarde".into()],
            rows: rows.iter().enumerate().map(row).collect(),
        }
    }

    #[test]
    fn the_widest_swing_comes_first_in_drawing_and_table() {
        let chart = chart(20_000.0, &[(19_000.0, 21_000.0), (40_000.0, 5_000.0), (22_000.0, 25_000.0)]);
        let svg = chart.svg().unwrap();
        drawn(&svg);
        let order: Vec<char> = chart.table().rows[1..].iter().filter_map(|row| row[0].chars().last()).collect();
        assert_eq!(order, ['1', '2', '0']);
        assert_eq!(chart.table().rows[0], ["uitgangspunt", "20.000", "20.000", ""]);
        assert_eq!(chart.table().rows[1][3], "completes_1");
        assert_eq!(svg, chart.svg().unwrap());
    }

    #[test]
    fn values_are_printed_once_each() {
        let svg = chart(10.0, &[(5.0, 15.0), (12.0, 13.0), (8.0, f64::NAN), (10.0, 10.0)]).svg().unwrap();
        let document = drawn(&svg);
        let words: Vec<String> = texts(&document).into_iter().map(|text| text.words).collect();
        assert!(["12", "13", "8"].iter().all(|value| words.iter().any(|word| word == value)));
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        for (base, rows) in [(0.0, vec![(0.0, 0.0)]), (-5.0, vec![(f64::NAN, -7.0)]), (1e9, vec![(f64::MAX, 2e9)])] {
            drawn(&chart(base, &rows).svg().unwrap());
        }
        assert!(chart(1.0, &[(f64::NAN, f64::INFINITY)]).svg().is_err());
        assert!(chart(f64::NAN, &[(1.0, 2.0)]).svg().is_err());
    }
}

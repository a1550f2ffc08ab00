//! Bars: amounts by row, whole or stacked by part, such as money by payer.

use super::labels::{widest, wrap};
use super::look::{DARK, Look};
use super::scale::{Axis, Scale, sound};
use super::sheet::{DrawingSheet, LABEL, Stroke, Type, key_height, row_places};
use super::width::ChartWidth;
use super::{Chart, ChartTable, Heading};
use crate::notation::ABSENT;

/// Amounts in the given order of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarChart {
    /// Ids and hidden text.
    pub heading: Heading,
    /// Kind of the rows, as the heading of their column in the table, for example `Maatregel`.
    pub rows_are: String,
    /// Quantity; zero is always on the axis.
    pub axis: Axis,
    /// Names of the stacked parts; none or one for plain bars.
    pub parts: Vec<String>,
    /// Name of the total in the table.
    pub total: String,
    /// The rows, from the top.
    pub rows: Vec<Bar>,
}

/// One bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// Name of the row.
    pub label: String,
    /// Amount of each part; NaN if unknown, and then the total is unknown too. Negative ones extend left of zero.
    pub values: Vec<f64>,
}

impl Bar {
    /// Start, end and part of each piece of the bar.
    fn pieces(&self, parts: usize) -> Vec<(f64, f64, usize)> {
        let (mut below, mut above) = (0.0, 0.0);
        let mut pieces = vec![];
        for (part, value) in self.values.iter().enumerate().take(parts).filter(|(_, value)| sound(**value)) {
            let side = if *value < 0.0 { &mut below } else { &mut above };
            pieces.push((*side, *side + value, part));
            *side += value;
        }
        pieces
    }

    fn total(&self, parts: usize) -> f64 {
        let values = (0..parts).map(|part| self.values.get(part).copied().unwrap_or(f64::NAN));
        values.map(|value| if sound(value) { value } else { f64::NAN }).sum()
    }
}

impl Chart for BarChart {
    fn drawn(&self, width: ChartWidth) -> Result<String, String> {
        let nothing = || {
            format!(
                "chart `{}`: no bar has an amount that can be drawn; give at least one finite value",
                self.heading.id
            )
        };
        let parts = self.parts.len().max(1);
        let labels: Vec<_> = self.rows.iter().map(|row| wrap(&row.label, LABEL, width.labels() - 16.0)).collect();
        let pieces: Vec<_> = self.rows.iter().map(|row| row.pieces(parts)).collect();
        let ends = || pieces.iter().flatten().map(|(_, to, _)| *to);
        let written: Vec<String> = self.rows.iter().map(|row| self.axis.format.write(row.total(parts))).collect();
        let room = widest(written.iter().map(String::as_str), LABEL) + 10.0;
        let beside = widest(labels.iter().flatten().map(String::as_str), LABEL) + 20.0;
        let left = if width.is_narrow() { 18.0 } else { beside };
        let below = if ends().any(|end| end < 0.0) { room } else { 0.0 };

        let mut axis = self.axis.clone();
        axis.reach.push(0.0);
        let places = (left + below, width.units() - room.max(30.0) - 8.0);
        let x = Scale::new(&axis, ends(), places).ok_or_else(nothing)?;

        let looks: Vec<_> =
            self.parts.iter().enumerate().map(|(part, name)| (Look::number(part), name.as_str())).collect();
        let key = if parts > 1 { looks } else { vec![] };
        let top = if key.is_empty() { 10.0 } else { key_height(width, 6.0, &key) + 14.0 };
        let rows = row_places(width, labels.iter().map(|lines| (lines.len(), 36.0)), top);
        let bottom = rows.last().map_or(top, |row| row.bottom);

        let sheet = DrawingSheet::new(&self.heading, width, bottom + DrawingSheet::below(&self.axis, width));
        sheet.key((6.0, 6.0), &key);
        sheet.axis_below(&x, &self.axis, top, bottom);
        for (at, row) in rows.into_iter().enumerate() {
            let middle = row.mark;
            // Above its bar a label begins right of the axis.
            let start = if width.is_narrow() { left + 4.0 } else { 6.0 };
            sheet.lines((start, row.label), &labels[at], Type::LABEL.clear());
            let edge = |far: fn(f64, f64) -> f64| pieces[at].iter().map(|piece| x.at(piece.1)).fold(x.at(0.0), far);
            for (from, to, part) in &pieces[at] {
                let (from, to) = (x.at(from.min(*to)), x.at(from.max(*to)));
                // A thin white gap separates neighbours.
                let gap = if parts > 1 && to - from > 2.0 { 0.6 } else { 0.0 };
                sheet.patch((from + gap, middle - 10.0), (to - gap, middle + 10.0), &Look::number(*part));
            }
            if self.rows[at].total(parts) < 0.0 && edge(f64::max) <= x.at(0.0) {
                sheet.text((edge(f64::min) - 6.0, middle), &written[at], Type::LABEL.ending().clear());
            } else {
                sheet.text((edge(f64::max) + 6.0, middle), &written[at], Type::LABEL.clear());
            }
        }
        sheet.path(&[(x.at(0.0), top), (x.at(0.0), bottom)], Stroke(DARK, 1.4, ""));
        sheet.finish()
    }

    fn table(&self) -> ChartTable {
        let parts = self.parts.len().max(1);
        let row = |row: &Bar| {
            let cell = |part: usize| row.values.get(part).map_or(ABSENT.into(), |value| self.axis.format.write(*value));
            let total = (parts > 1).then(|| self.axis.format.write(row.total(parts)));
            std::iter::once(row.label.clone()).chain((0..parts).map(cell)).chain(total).collect()
        };
        let names = if parts > 1 { self.parts.clone() } else { vec![self.axis.name.clone()] };
        let total = (parts > 1).then(|| self.total.clone());
        let head = std::iter::once(self.rows_are.clone()).chain(names).chain(total).collect();
        ChartTable { head, rows: self.rows.iter().map(row).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::tests::{drawn, texts};
    use super::*;
    use crate::notation::Format;

    fn chart(parts: &[&str], rows: &[&[f64]]) -> BarChart {
        let row =
            |values: &&[f64]| Bar { label: "begeleiding van kinderen in de opvang".into(), values: values.to_vec() };
        BarChart {
            heading: Heading { id: "t".into(), ..Heading::default() },
            rows_are: "maatregel".into(),
            axis: Axis { name: "kosten (€)".into(), format: Format::dutch(0), reach: vec![] },
            parts: parts.iter().map(|part| part.to_string()).collect(),
            total: "samen".into(),
            rows: rows.iter().map(row).collect(),
        }
    }

    #[test]
    fn values_stand_at_the_ends_of_bars() {
        let svg = chart(&[], &[&[1234.0], &[-500.0], &[0.0]]).svg().unwrap();
        let document = drawn(&svg);
        let words: Vec<String> = texts(&document).into_iter().map(|text| text.words).collect();
        assert!(["1.234", "−500", "0"].iter().all(|value| words.iter().any(|word| word == value)));
        assert_eq!(svg, chart(&[], &[&[1234.0], &[-500.0], &[0.0]]).svg().unwrap());
    }

    #[test]
    fn parts_are_told_apart_by_hatching_and_have_a_key() {
        let parts =
            ["gemeente", "Rijk", "zorgverzekeraars", "politie en justitie", "cliënten zelf", "werkgevers en anderen"];
        let chart = chart(&parts, &[&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[-1.0, 2.0, -3.0, 4.0, 0.0, 1.0]]);
        let svg = chart.svg().unwrap();
        let document = drawn(&svg);
        assert_eq!(svg.matches("<pattern").count(), 5);
        let words: Vec<String> = texts(&document).into_iter().map(|text| text.words).collect();
        assert!(parts.iter().all(|part| words.iter().any(|word| word == part)));
        assert_eq!(chart.table().rows[1].last().unwrap(), "3");
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let odd = [vec![f64::NAN, 1.0], vec![], vec![1e300, -1.0], vec![1e15, 1e15], vec![-2.0, f64::INFINITY]];
        for values in &odd[..1] {
            drawn(&chart(&["a", "b"], &[values]).svg().unwrap());
        }
        let rows: Vec<&[f64]> = odd.iter().map(Vec::as_slice).collect();
        let chart = chart(&["a", "b"], &rows);
        drawn(&chart.svg().unwrap());
        assert_eq!(chart.table().rows[0][1..], ["–", "1", "–"]);
        assert!(super::tests::chart(&["a", "b"], &[&[f64::NAN], &[]]).svg().is_err());
        drawn(&super::tests::chart(&[], &[&[0.0], &[0.0]]).svg().unwrap());
    }
}

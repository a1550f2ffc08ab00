//! Lines: values over years, or over any number, with bands of uncertainty.

use super::labels::{height, spread, widest, width, wrap};
use super::look::{GREY, Look};
use super::scale::{Axis, Scale, TICK, sound};
use super::sheet::{DrawingSheet, LABEL, Mark, NAME, SheetPoint, Stroke, Type};
use super::width::ChartWidth;
use super::{Chart, ChartTable, Heading};
use crate::notation::ABSENT;

/// Height of a row of text above the plot.
const ROW: f64 = 20.0;

/// Values over years, or a curve over any number (such as the probability of being cost-effective).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineChart {
    /// Ids and hidden text.
    pub heading: Heading,
    /// Years, with [`Format::years`](crate::notation::Format::years), or another number.
    pub x: Axis,
    /// Quantity shown.
    pub y: Axis,
    /// The lines, in the order of the table.
    pub lines: Vec<ChartLine>,
    /// Vertical marks with a label.
    pub moments: Vec<Moment>,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartLine {
    /// Its label, at its end.
    pub name: String,
    /// Index of its style, if not its position in the chart: for truth and record of one scenario.
    pub look: Option<usize>,
    /// Ground truth or observed record.
    pub kind: LineKind,
    /// Its points; a missing or invalid value interrupts the line.
    pub points: Vec<LinePoint>,
}

/// Whether a line shows the ground truth or the observed record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineKind {
    /// Ground truth.
    #[default]
    Truth,
    /// Observed record: dashed with hollow marks; lines of truth in the same chart are then solid.
    Record,
}

/// A point of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinePoint {
    /// Year or other number.
    pub x: f64,
    /// Value; NaN if missing.
    pub y: f64,
    /// Lower and upper bound, drawn as a band.
    pub band: Option<(f64, f64)>,
}

/// A vertical mark, such as the start of a programme.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// Position; not drawn beyond the ends of the axis.
    pub x: f64,
    /// Its label, above the plot.
    pub word: String,
}

/// A label beside the plot with what it belongs to.
struct Label {
    lines: Vec<String>,
    end: SheetPoint,
    line: usize,
}

impl Chart for LineChart {
    fn drawn(&self, width: ChartWidth) -> Result<String, String> {
        let nothing = || {
            format!(
                "chart `{}`: no line has a point that can be drawn; give at least one finite value",
                self.heading.id
            )
        };
        let drawable =
            || self.lines.iter().flat_map(|line| &line.points).filter(|point| sound(point.x) && sound(point.y));
        let labels_wide = if width.is_narrow() { 300.0 } else { 175.0 };
        let labels: Vec<Vec<String>> = self.lines.iter().map(|line| wrap(&line.name, LABEL, labels_wide)).collect();
        let label_room = widest(labels.iter().flatten().map(String::as_str), LABEL);
        let right = width.units() - if width.is_narrow() { 24.0 } else { label_room + 50.0 };

        let words = self.moments.iter().filter(|moment| sound(moment.x));
        let mut moments: Vec<(&Moment, SheetPoint)> = words.map(|moment| (moment, (0.0, 0.0))).collect();
        moments.sort_by(|a, b| a.0.x.total_cmp(&b.0.x));

        // Values first: the width of their labels determines where the plot begins.
        let values = drawable().flat_map(|point| {
            let (low, high) = point.band.unwrap_or((point.y, point.y));
            [point.y, low, high]
        });
        let across = Scale::new(&self.y, values, (1.0, 0.0)).ok_or_else(nothing)?.to_ticks(6);
        let ticks = across.ticks_up(&self.y.format, 7);
        let left = (widest(ticks.iter().map(|tick| tick.1.as_str()), TICK) + 14.0).max(30.0);
        let x = Scale::new(&self.x, drawable().map(|point| point.x), (left, right)).ok_or_else(nothing)?;
        moments.retain(|moment| moment.0.x >= x.ends.0 && moment.0.x <= x.ends.1);
        let rows = place_words(&mut moments, &x, width);

        let name = wrap(&self.y.name, NAME, width.units() - 20.0);
        let needed: f64 = labels.iter().map(|lines| height(lines.len(), LABEL) + 4.0).sum();
        // On a narrow sheet the names of lines are in a key above the plot.
        let key = if width.is_narrow() { needed + 6.0 } else { 0.0 };
        let top = key + height(name.len(), LABEL) + 20.0 + rows;
        let bottom = top + if width.is_narrow() { 240.0 } else { needed.max(300.0) };
        let y = across.between(bottom, top);

        let sheet = DrawingSheet::new(&self.heading, width, bottom + DrawingSheet::below(&self.x, width));
        sheet.lines((4.0, key + 6.0 + height(name.len(), LABEL) / 2.0), &name, Type::NAME);
        sheet.axis_left(&y, &ticks, left, right);
        sheet.axis_below(&x, &self.x, top, bottom);
        for line in 0..self.lines.len() {
            self.draw_band(&sheet, line, &x, &y);
        }
        for (moment, (start, row)) in &moments {
            let place = x.at(moment.x);
            let above = top - row - ROW / 2.0 - 4.0;
            sheet.path(&[(place, above - 7.0), (place, bottom)], Stroke(GREY, 1.4, "4 3"));
            sheet.text((*start, above), &moment.word, Type::TICK.starting().clear());
        }
        for line in 0..self.lines.len() {
            self.draw_line(&sheet, line, &x, &y);
        }
        if width.is_narrow() {
            self.draw_key(&sheet, &labels);
            return sheet.finish();
        }
        let labels = labels.into_iter().enumerate().filter_map(|(line, lines)| {
            let last = self.lines[line].points.iter().rfind(|point| sound(point.x) && sound(point.y))?;
            Some(Label { lines, end: (x.at(last.x), y.at(last.y)), line })
        });
        self.draw_labels(&sheet, &labels.collect::<Vec<_>>(), right, (top - 6.0, bottom + 6.0));
        sheet.finish()
    }

    fn table(&self) -> ChartTable {
        let mut xs: Vec<f64> = self.lines.iter().flat_map(|line| &line.points).map(|point| point.x).collect();
        xs.retain(|x| x.is_finite());
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        let cell = |line: &ChartLine, x: f64| {
            let point = line.points.iter().find(|point| point.x == x);
            point.map_or(ABSENT.into(), |point| {
                let (low, high) = point.band.unwrap_or((f64::NAN, f64::NAN));
                self.y.format.write_between(point.y, low, high)
            })
        };
        let row = |x: f64| {
            let cells = self.lines.iter().map(|line| cell(line, x));
            std::iter::once(self.x.format.write(x)).chain(cells).collect()
        };
        let names = self.lines.iter().map(|line| line.name.clone());
        let head = std::iter::once(self.x.name.clone()).chain(names).collect();
        ChartTable { head, rows: xs.into_iter().map(row).collect() }
    }
}

/// Places each label right of its mark, in the lowest possible row; returns the number of rows.
///
/// Later marks take the lower rows, so that lines of earlier ones pass left of all labels.
fn place_words(moments: &mut [(&Moment, SheetPoint)], x: &Scale, sheet: ChartWidth) -> f64 {
    let mut starts: Vec<f64> = vec![];
    for (moment, place) in moments.iter_mut().rev() {
        let wide = width(&moment.word, TICK);
        let start = (x.at(moment.x) + 4.0).min(sheet.units() - 4.0 - wide).max(4.0);
        let row = starts.iter().position(|taken| start + wide + 8.0 <= *taken).unwrap_or(starts.len());
        match starts.get_mut(row) {
            Some(taken) => *taken = start,
            None => starts.push(start),
        }
        *place = (start, row as f64 * ROW);
    }
    starts.len() as f64 * ROW
}

impl LineChart {
    fn look(&self, line: usize) -> usize {
        self.lines[line].look.unwrap_or(line)
    }

    fn stroke(&self, line: usize) -> Stroke {
        let look = Look::number(self.look(line));
        let records = self.lines.iter().any(|line| line.kind == LineKind::Record);
        let dash = match self.lines[line].kind {
            LineKind::Record => "5 4",
            LineKind::Truth if records => "",
            LineKind::Truth => look.dash,
        };
        Stroke(look.colour, 2.2, dash)
    }

    fn mark(&self, line: usize) -> Mark {
        match self.lines[line].kind {
            LineKind::Truth => Mark::Full,
            LineKind::Record => Mark::Hollow,
        }
    }

    fn draw_band(&self, sheet: &DrawingSheet, line: usize, x: &Scale, y: &Scale) {
        let Stroke(colour, ..) = self.stroke(line);
        let bounds = |point: &LinePoint| {
            let (low, high) = point.band?;
            (sound(point.x) && sound(low) && sound(high)).then(|| (x.at(point.x), y.at(low), y.at(high)))
        };
        let bounds: Vec<_> = self.lines[line].points.iter().map(bounds).collect();
        for run in bounds.split(Option::is_none) {
            let low: Vec<SheetPoint> = run.iter().flatten().map(|(x, low, _)| (*x, *low)).collect();
            let high: Vec<SheetPoint> = run.iter().flatten().map(|(x, _, high)| (*x, *high)).collect();
            match low.as_slice() {
                [] => {}
                [only] => sheet.path(&[*only, high[0]], Stroke(colour, 1.0, "")),
                _ => {
                    let around: Vec<SheetPoint> = low.iter().chain(high.iter().rev()).copied().collect();
                    sheet.polygon(&around, colour, 0.13);
                    sheet.path(&low, Stroke(colour, 0.8, "1 2"));
                    sheet.path(&high, Stroke(colour, 0.8, "1 2"));
                }
            }
        }
    }

    fn draw_line(&self, sheet: &DrawingSheet, line: usize, x: &Scale, y: &Scale) {
        let place = |point: &LinePoint| (sound(point.x) && sound(point.y)).then(|| (x.at(point.x), y.at(point.y)));
        let places: Vec<Option<SheetPoint>> = self.lines[line].points.iter().map(place).collect();
        let mut alone = vec![];
        for run in places.split(Option::is_none) {
            let run: Vec<SheetPoint> = run.iter().flatten().copied().collect();
            match run.as_slice() {
                [] => {}
                [only] => alone.push(*only),
                _ => sheet.path(&run, self.stroke(line)),
            }
        }
        // Marks on a few points, different ones for different lines, so that lines can be told apart where they
        // coincide.
        let every = places.len().div_ceil(8).max(1);
        let first = if every == 1 { 0 } else { line * every / self.lines.len().max(1) };
        let some = places.iter().skip(first).step_by(every).flatten().copied();
        let marks: Vec<SheetPoint> = some.chain(alone).collect();
        sheet.marks(&marks, self.look(line), self.mark(line));
    }

    /// The names of the lines above the plot, each beside a piece of its line.
    fn draw_key(&self, sheet: &DrawingSheet, labels: &[Vec<String>]) {
        let mut top = 6.0;
        for (line, lines) in labels.iter().enumerate() {
            let high = height(lines.len(), LABEL);
            let middle = top + high / 2.0;
            sheet.path(&[(4.0, middle), (36.0, middle)], self.stroke(line));
            sheet.marks(&[(20.0, middle)], self.look(line), self.mark(line));
            sheet.lines((44.0, middle), lines, Type::LABEL);
            top += high + 4.0;
        }
    }

    fn draw_labels(&self, sheet: &DrawingSheet, labels: &[Label], right: f64, (top, bottom): (f64, f64)) {
        let wanted: Vec<f64> = labels.iter().map(|label| label.end.1).collect();
        let heights: Vec<f64> = labels.iter().map(|label| height(label.lines.len(), LABEL) + 4.0).collect();
        let centres = spread(&wanted, &heights, top, bottom);
        for (label, centre) in labels.iter().zip(centres) {
            sheet.path(&[label.end, (right + 8.0, label.end.1), (right + 24.0, centre)], Stroke(GREY, 0.9, ""));
            sheet.marks(&[(right + 31.0, centre)], self.look(label.line), self.mark(label.line));
            sheet.lines((right + 41.0, centre), &label.lines, Type::LABEL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::tests::{drawn, texts};
    use super::*;
    use crate::notation::Format;

    fn line(name: &str, level: f64) -> ChartLine {
        let points =
            (2008..2020).map(|year| LinePoint { x: f64::from(year), y: level, band: Some((level - 1.0, level + 1.0)) });
        ChartLine { name: name.into(), points: points.collect(), ..ChartLine::default() }
    }

    fn chart(lines: Vec<ChartLine>) -> LineChart {
        let x = Axis { name: "jaar".into(), format: Format::years(), ..Axis::default() };
        let y = Axis { name: "gevallen".into(), format: Format::dutch(1), reach: vec![0.0] };
        LineChart { heading: Heading { id: "t".into(), ..Heading::default() }, x, y, lines, moments: vec![] }
    }

    #[test]
    fn labels_of_lines_that_meet_do_not_overlap() {
        let names =
            ["zoals nu", "begeleiding van kinderen in de opvang", "tijdelijk huisverbod", "alles", "niets", "half"];
        let mut chart = chart(names.iter().map(|name| line(name, 10.0)).collect());
        for x in [2010.0, 2010.0, 2010.5, 2011.0, 2019.0, 2050.0] {
            chart.moments.push(Moment { x, word: "begin van het programma".into() });
        }
        let svg = chart.svg().unwrap();
        let document = drawn(&svg);
        let words: String = texts(&document).iter().map(|text| text.words.clone() + " ").collect();
        assert!(names.iter().all(|name| name.split(' ').all(|word| words.contains(word))));
        assert_eq!(words.matches("begin van het programma").count(), 5);
        assert_eq!(svg, chart.svg().unwrap());
    }

    #[test]
    fn records_are_dashed_beside_whole_truth() {
        let mut record = line("bekend bij Veilig Thuis", 3.0);
        (record.kind, record.look) = (LineKind::Record, Some(1));
        let chart = chart(vec![line("a", 1.0), line("b", 2.0), record]);
        assert_eq!([0, 1, 2].map(|line| chart.stroke(line).2), ["", "", "5 4"]);
        assert_eq!(chart.stroke(1).0, chart.stroke(2).0);
        drawn(&chart.svg().unwrap());
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let bad = [f64::NAN, f64::INFINITY, 1e300, f64::MIN];
        let mut gaps = line("gaten", -5.0);
        gaps.points[3].y = f64::NAN;
        gaps.points[5].y = f64::INFINITY;
        gaps.points[7].band = Some((f64::NAN, 2.0));
        gaps.points[8].x = f64::NAN;
        let alone = ChartLine {
            name: "een punt".into(),
            points: vec![LinePoint { x: 2009.0, y: 4.0, band: None }],
            ..ChartLine::default()
        };
        let lost = bad.map(|y| LinePoint { x: 2009.0, y, band: Some((y, 1.0)) }).to_vec();
        let lost = ChartLine { name: "niets".into(), points: lost, ..ChartLine::default() };
        drawn(&chart(vec![gaps, alone.clone(), ChartLine::default(), lost.clone()]).svg().unwrap());
        drawn(&chart(vec![alone]).svg().unwrap());
        assert!(chart(vec![lost]).svg().unwrap_err().contains("`t`"));
    }

    #[test]
    fn the_table_has_a_row_for_each_x() {
        let mut short = line("b", 1234.5);
        short.points.truncate(1);
        let table = chart(vec![line("a", 10.0), short]).table();
        assert_eq!(table.head, ["jaar", "a", "b"]);
        assert_eq!(table.rows[0], ["2008", "10,0 (9,0; 11,0)", "1.234,5 (1.233,5; 1.235,5)"]);
        assert_eq!((table.rows.len(), table.rows[1][2].as_str()), (12, "–"));
    }

    #[test]
    fn curves_run_from_nought_to_one() {
        let mut chart = chart((0..4).map(|curve| line(&format!("maatregel {curve}"), 0.25)).collect());
        chart.x = Axis { name: "euro".into(), format: Format::dutch(0).before("€ "), reach: vec![0.0] };
        chart.y.reach = vec![0.0, 1.0];
        for (at, line) in chart.lines.iter_mut().enumerate() {
            let share = |step: i32| 1.0 / (1.0 + (f64::from(step) / 10.0 - at as f64).exp());
            line.points =
                (0..51).map(|step| LinePoint { x: f64::from(step) * 2000.0, y: share(step), band: None }).collect();
        }
        let svg = chart.svg().unwrap();
        assert!(svg.contains(">1,0<") && svg.contains("€\u{a0}100.000"));
        drawn(&svg);
    }
}

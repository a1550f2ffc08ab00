//! Plane: costs against effects of strategies, over the draws of an uncertainty analysis (*cost-effectiveness plane*).

use super::labels::{height, spread, widest, wrap};
use super::look::{DARK, GREY};
use super::scale::{Axis, Scale, TICK, sound};
use super::sheet::{DrawingSheet, LABEL, Mark, NAME, SheetPoint, Stroke, Type};
use super::width::ChartWidth;
use super::{Chart, ChartTable, Heading};
use crate::stats::pairs::range_of_draws;

/// Up to this number of points, a cloud is drawn with large separate marks.
const FEW: usize = 60;

const THRESHOLD: Stroke = Stroke(DARK, 1.6, "7 4");

/// Clouds of draws around the comparator, which is the origin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaneChart {
    /// Ids and hidden text.
    pub heading: Heading,
    /// Kind of the clouds, as the heading of their column in the table, for example `Maatregel`.
    pub rows_are: String,
    /// Difference in effects; zero is always on the axis.
    pub x: Axis,
    /// Difference in costs; zero is always on the axis.
    pub y: Axis,
    /// One cloud per strategy.
    pub clouds: Vec<Cloud>,
    /// Line of the willingness to pay for a unit of effect.
    pub threshold: Option<Threshold>,
    /// Labels of the quadrants: upper left, upper right, lower left, lower right; empty for none.
    pub quadrants: [String; 4],
}

/// The draws of a strategy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cloud {
    /// Its label, beside the plane.
    pub name: String,
    /// Difference in effects and in costs; draws without both are left out, also from the mean.
    pub points: Vec<(f64, f64)>,
}

/// Willingness to pay: a line through the origin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Threshold {
    /// Cost per unit of effect, in the units of the points; drawn when positive.
    pub slope: f64,
    /// Its label.
    pub word: String,
}

impl Cloud {
    fn sound(&self) -> Vec<(f64, f64)> {
        self.points.iter().copied().filter(|(x, y)| sound(*x) && sound(*y)).collect()
    }

    fn mean(&self) -> Option<(f64, f64)> {
        let points = self.sound();
        let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / points.len() as f64;
        (!points.is_empty()).then(|| (mean(|point| point.0), mean(|point| point.1)))
    }
}

impl Chart for PlaneChart {
    fn drawn(&self, width: ChartWidth) -> Result<String, String> {
        let nothing = || {
            format!(
                "chart `{}`: no cloud has a point that can be drawn; give at least one finite pair",
                self.heading.id
            )
        };
        let clouds: Vec<Vec<(f64, f64)>> = self.clouds.iter().map(Cloud::sound).collect();
        let scale = |axis: &Axis, value: fn(&(f64, f64)) -> f64| {
            let mut axis = axis.clone();
            axis.reach.push(0.0);
            Scale::new(&axis, clouds.iter().flatten().map(value), (0.0, 1.0))
        };
        let y = scale(&self.y, |point| point.1).ok_or_else(nothing)?.to_ticks(7);
        let ticks = y.ticks_up(&self.y.format, 8);
        let names = self.clouds.iter().map(|cloud| &cloud.name).chain(self.threshold.iter().map(|line| &line.word));
        let labels_wide = if width.is_narrow() { 300.0 } else { 175.0 };
        let labels: Vec<_> = names.map(|name| wrap(name, LABEL, labels_wide)).collect();
        let label_room = widest(labels.iter().flatten().map(String::as_str), LABEL);
        let right = width.units() - if width.is_narrow() { 20.0 } else { label_room + 50.0 };
        let left = (widest(ticks.iter().map(|tick| tick.1.as_str()), TICK) + 14.0).max(30.0);
        let name = wrap(&self.y.name, NAME, width.units() - 20.0);
        let needed: f64 = labels.iter().map(|lines| height(lines.len(), LABEL) + 4.0).sum();
        // On a narrow sheet the names of clouds are in a key above the plane.
        let key = if width.is_narrow() { needed + 6.0 } else { 0.0 };
        let above = key + height(name.len(), LABEL) + 20.0;
        let x = scale(&self.x, |point| point.0).ok_or_else(nothing)?.to_ticks(7);
        let leaves_above = self.threshold.as_ref().is_some_and(|line| line.slope * x.ends.1 > y.ends.1);
        let top = above + if leaves_above { 20.0 } else { 0.0 };
        let bottom = top + if width.is_narrow() { 280.0 } else { needed.max(380.0) };
        let (x, y) = (x.between(left, right), y.between(bottom, top));

        let sheet = DrawingSheet::new(&self.heading, width, bottom + DrawingSheet::below(&self.x, width));
        sheet.lines((4.0, key + 6.0 + height(name.len(), LABEL) / 2.0), &name, Type::NAME);
        sheet.axis_left(&y, &ticks, left, right);
        sheet.axis_below(&x, &self.x, top, bottom);
        sheet.path(&[(left, y.at(0.0)), (right, y.at(0.0))], Stroke(DARK, 1.4, ""));
        sheet.path(&[(x.at(0.0), top), (x.at(0.0), bottom)], Stroke(DARK, 1.4, ""));
        for (number, cloud) in clouds.iter().enumerate() {
            let places: Vec<SheetPoint> = cloud.iter().map(|point| (x.at(point.0), y.at(point.1))).collect();
            // Few points are drawn individually, many as a cloud.
            let mark = if places.len() <= FEW { Mark::Full } else { Mark::Small };
            sheet.marks(&places, number, mark);
        }
        if let (Some(line), Some(ends)) = (&self.threshold, self.threshold(&x, &y)) {
            sheet.path(&ends, THRESHOLD);
            if ends[1].0 < right - 0.5 && !width.is_narrow() {
                let half = widest([line.word.as_str()], LABEL) / 2.0;
                let middle = ends[1].0.min(width.units() - 4.0 - half).max(half + 4.0);
                sheet.text((middle, above + 6.0), &line.word, Type::LABEL.centred());
            }
        }
        self.draw_quadrants(&sheet, &x, &y);
        if width.is_narrow() {
            self.draw_key(&sheet, &x, &y, &labels);
        } else {
            self.draw_means(&sheet, &x, &y, &labels);
        }
        sheet.finish()
    }

    fn table(&self) -> ChartTable {
        let cell = |axis: &Axis, mean: Option<f64>, values: Vec<f64>| {
            let alone = mean.unwrap_or(f64::NAN);
            let (low, high) = range_of_draws(&values).unwrap_or((alone, alone));
            axis.format.write_between(mean.unwrap_or(f64::NAN), low, high)
        };
        let row = |cloud: &Cloud| {
            let (effects, costs) = cloud.sound().into_iter().unzip();
            let mean = cloud.mean();
            let effects = cell(&self.x, mean.map(|mean| mean.0), effects);
            vec![cloud.name.clone(), effects, cell(&self.y, mean.map(|mean| mean.1), costs)]
        };
        let head = vec![self.rows_are.clone(), self.x.name.clone(), self.y.name.clone()];
        ChartTable { head, rows: self.clouds.iter().map(row).collect() }
    }
}

impl PlaneChart {
    /// Where the line enters and leaves the plane; `None` when it has no positive slope.
    fn threshold(&self, x: &Scale, y: &Scale) -> Option<[SheetPoint; 2]> {
        let slope =
            self.threshold.as_ref().map(|threshold| threshold.slope).filter(|slope| sound(*slope) && *slope > 0.0)?;
        let (from, to) = (x.ends.0.max(y.ends.0 / slope), x.ends.1.min(y.ends.1 / slope));
        (from < to).then(|| [(x.at(from), y.at(from * slope)), (x.at(to), y.at(to * slope))])
    }

    /// The labels of the quadrants in their outer corners, if there is room.
    fn draw_quadrants(&self, sheet: &DrawingSheet, x: &Scale, y: &Scale) {
        let (left, right) = x.places;
        let (bottom, top) = y.places;
        let (zero_x, zero_y) = (x.at(0.0), y.at(0.0));
        for (at, word) in self.quadrants.iter().enumerate() {
            let (wide, high) = (
                if at % 2 == 0 { zero_x - left } else { right - zero_x },
                if at < 2 { zero_y - top } else { bottom - zero_y },
            );
            let lines = wrap(word, TICK, (wide - 16.0).max(1.0));
            let tall = height(lines.len(), TICK);
            if wide < 80.0 || high < tall + 16.0 {
                continue;
            }
            let middle = if at < 2 { top + 8.0 + tall / 2.0 } else { bottom - 8.0 - tall / 2.0 };
            let kind = if at % 2 == 0 { Type::TICK.starting() } else { Type::TICK.ending() };
            let place = (if at % 2 == 0 { left + 8.0 } else { right - 8.0 }, middle);
            sheet.lines(place, &lines, kind.clear());
        }
    }

    /// Means on the plane, and above it the names of the clouds and of the line.
    fn draw_key(&self, sheet: &DrawingSheet, x: &Scale, y: &Scale, labels: &[Vec<String>]) {
        let mut top = 6.0;
        for (number, lines) in labels.iter().enumerate() {
            let high = height(lines.len(), LABEL);
            let middle = top + high / 2.0;
            if let Some(cloud) = self.clouds.get(number) {
                let mean = cloud.mean().map(|mean| (x.at(mean.0), y.at(mean.1)));
                sheet.marks(mean.as_slice(), number, Mark::Large);
                sheet.marks(&[(20.0, middle)], number, Mark::Full);
            } else {
                sheet.path(&[(4.0, middle), (36.0, middle)], THRESHOLD);
            }
            sheet.lines((44.0, middle), lines, Type::LABEL);
            top += high + 4.0;
        }
    }

    /// Means with their labels at the right, including that of the line when it leaves the plane there.
    fn draw_means(&self, sheet: &DrawingSheet, x: &Scale, y: &Scale, labels: &[Vec<String>]) {
        let means = self.clouds.iter().map(|cloud| cloud.mean().map(|mean| (x.at(mean.0), y.at(mean.1))));
        let [_, leaves] = self.threshold(x, y).unwrap_or_default();
        let last = (leaves.0 >= x.places.1 - 0.5).then_some(leaves);
        let ends: Vec<(usize, SheetPoint)> =
            means.chain([last]).enumerate().filter_map(|(number, end)| Some((number, end?))).collect();
        let wanted: Vec<f64> = ends.iter().map(|(_, place)| place.1).collect();
        let heights: Vec<f64> = ends.iter().map(|(number, _)| height(labels[*number].len(), LABEL) + 4.0).collect();
        let centres = spread(&wanted, &heights, y.places.1 - 6.0, y.places.0 + 6.0);
        let right = x.places.1;
        for ((_, place), centre) in ends.iter().zip(&centres) {
            sheet.path(&[*place, (right + 8.0, *centre), (right + 24.0, *centre)], Stroke(GREY, 0.9, ""));
        }
        for ((number, place), centre) in ends.iter().zip(centres) {
            if *number < self.clouds.len() {
                sheet.marks(&[*place], *number, Mark::Large);
                sheet.marks(&[(right + 31.0, centre)], *number, Mark::Full);
            } else {
                sheet.path(&[(right + 22.0, centre), (right + 36.0, centre)], THRESHOLD);
            }
            sheet.lines((right + 41.0, centre), &labels[*number], Type::LABEL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::tests::{drawn, texts};
    use super::*;
    use crate::notation::Format;

    fn cloud(name: &str, centre: (f64, f64)) -> Cloud {
        let around = |draw: i32| (centre.0 + f64::from(draw % 7), centre.1 + f64::from(draw % 11));
        Cloud { name: name.into(), points: (0..200).map(around).collect() }
    }

    fn chart(clouds: Vec<Cloud>) -> PlaneChart {
        PlaneChart {
            heading: Heading { id: "t".into(), ..Heading::default() },
            rows_are: "maatregel".into(),
            x: Axis { name: "QALY's".into(), format: Format::dutch(1), reach: vec![] },
            y: Axis { name: "kosten".into(), format: Format::dutch(1), reach: vec![] },
            clouds,
            threshold: Some(Threshold { slope: 2.0, word: "€ 20.000 per QALY".into() }),
            quadrants: ["duurder en slechter", "duurder en beter", "goedkoper en slechter", "goedkoper en beter"]
                .map(String::from),
        }
    }

    #[test]
    fn labels_of_clouds_that_coincide_do_not_overlap() {
        let names = ["huisverbod", "begeleiding van kinderen in de opvang", "opvang", "alles samen"];
        let mut chart = chart(names.iter().map(|name| cloud(name, (-3.0, -4.0))).collect());
        for slope in [2.0, 0.1, -1.0, 1e9, 0.0, f64::NAN] {
            chart.threshold = Some(Threshold { slope, word: "€ 20.000 per QALY".into() });
            drawn(&chart.svg().unwrap());
        }
        assert_eq!(chart.svg(), chart.svg());
        let svg = chart.svg().unwrap();
        assert!(texts(&drawn(&svg)).iter().any(|text| text.words == "alles samen"));
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let point = |x, y| Cloud { name: "punt".into(), points: vec![(x, y)] };
        for clouds in [
            vec![point(1.0, 1.0)],
            vec![point(0.0, 0.0)],
            vec![point(f64::NAN, 1.0), point(-1.0, -1e12), Cloud::default()],
        ] {
            drawn(&chart(clouds).svg().unwrap());
        }
        assert!(chart(vec![point(f64::NAN, 1.0)]).svg().is_err());
    }

    #[test]
    fn the_table_has_means_and_the_middle_95_percent() {
        let points = (0..=100).map(|draw| (f64::from(draw), -f64::from(draw))).collect();
        let table = chart(vec![Cloud { name: "a".into(), points }, Cloud::default()]).table();
        assert_eq!(table.head, ["maatregel", "QALY's", "kosten"]);
        assert_eq!(table.rows[0], ["a", "50,0 (2,5; 97,5)", "−50,0 (−97,5; −2,5)"]);
        assert_eq!(table.rows[1], ["", "–", "–"]);
    }
}

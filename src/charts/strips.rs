//! Strips: estimates with their uncertainty as rows of a table that the page lays out (*forest plot*). The chart gives
//! positions in percent of the width, so that one layout works at every width, with the words of the page beside it.

use serde::Serialize;

use super::scale::{Axis, Scale, sound};

/// A range beyond this many times the middle range is cut off, so that one uncertain row does not hide the others.
const FAR: f64 = 4.0;

/// Estimates with intervals, in the given order of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StripChart {
    /// Estimated quantity.
    pub axis: Axis,
    /// Value of no difference, usually 0.
    pub zero: f64,
    /// The rows, from the top.
    pub rows: Vec<Strip>,
}

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strip {
    /// The estimate; NaN if missing, and then nothing is drawn.
    pub point: f64,
    /// Lower bound; without both bounds only the estimate is drawn.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Positions of a chart, in percent of the width of the strip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StripLayout {
    /// Ticks of the axis with their numbers.
    pub ticks: Vec<(f64, String)>,
    /// The line of no difference.
    pub zero: f64,
    /// The rows.
    pub rows: Vec<StripDrawing>,
}

/// Positions of a row, in percent of the width of the strip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct StripDrawing {
    /// The estimate; `None` if there is none.
    pub point: Option<f64>,
    /// Both ends of the interval; `None` if there is none.
    pub line: Option<(f64, f64)>,
    /// Whether the interval reaches beyond the left and the right end of the strip.
    pub cut: (bool, bool),
}

impl StripChart {
    /// The positions; `None` if no row has an estimate that can be drawn.
    pub fn layout(&self) -> Option<StripLayout> {
        let drawable: Vec<&Strip> = self.rows.iter().filter(|row| sound(row.point)).collect();
        let reach = self.reach(&drawable);
        let within = |value: f64| value.clamp(self.zero - reach, self.zero + reach);
        let values = drawable.iter().flat_map(|row| [row.point, row.low, row.high]).filter(|value| sound(*value));
        let mut axis = self.axis.clone();
        axis.reach.push(self.zero);
        // A little room at both ends, where the marks would be cut off.
        let scale = Scale::new(&axis, values.map(within), (3.0, 97.0))?.to_ticks(4);
        let (low, high) = scale.ends;
        let row = |row: &Strip| {
            let whole = sound(row.point) && sound(row.low) && sound(row.high);
            StripDrawing {
                point: sound(row.point).then(|| scale.at(row.point)),
                line: whole.then(|| (scale.at(row.low), scale.at(row.high))),
                cut: (whole && row.low < low, whole && row.high > high),
            }
        };
        Some(StripLayout {
            ticks: scale
                .ticks_up(&self.axis.format, 5)
                .into_iter()
                .map(|(tick, text)| (scale.at(tick), text))
                .collect(),
            zero: scale.at(self.zero),
            rows: self.rows.iter().map(row).collect(),
        })
    }

    /// Distance from the line of no difference that is drawn: all estimates, and ranges unless they are far beyond the
    /// middle one.
    fn reach(&self, rows: &[&Strip]) -> f64 {
        let from = |value: f64| if sound(value) { (value - self.zero).abs() } else { 0.0 };
        let mut far: Vec<f64> = rows.iter().map(|row| from(row.low).max(from(row.high)).max(from(row.point))).collect();
        far.sort_by(f64::total_cmp);
        let middle = far.get(far.len() / 2).copied().unwrap_or_default();
        let points = rows.iter().map(|row| from(row.point)).fold(0.0, f64::max);
        let most = far.last().copied().unwrap_or_default();
        most.min(FAR * middle).max(points * 1.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notation::Format;

    fn chart(rows: &[(f64, f64, f64)]) -> StripChart {
        let rows = rows.iter().map(|(point, low, high)| Strip { point: *point, low: *low, high: *high }).collect();
        let axis = Axis { format: Format::dutch(0), ..Axis::default() };
        StripChart { axis, zero: 0.0, rows }
    }

    #[test]
    fn positions_keep_the_order_of_the_values() {
        let layout = chart(&[(-4.0, -8.0, -1.0), (2.0, -1.0, 5.0)]).layout().unwrap();
        let first = layout.rows[0];
        let (low, high) = first.line.unwrap();
        assert!(0.0 < low && low < first.point.unwrap() && first.point.unwrap() < high && high < layout.zero);
        assert!(layout.rows[1].point.unwrap() > layout.zero && layout.rows[1].line.unwrap().1 < 100.0);
        let words: Vec<&str> = layout.ticks.iter().map(|tick| tick.1.as_str()).collect();
        assert!(words.contains(&"0") && layout.ticks.windows(2).all(|pair| pair[0].0 < pair[1].0), "{words:?}");
        assert_eq!(layout.ticks.iter().find(|tick| tick.1 == "0").unwrap().0, layout.zero);
    }

    #[test]
    fn one_wide_range_is_cut_off_and_says_so() {
        let rows = [(-1.0, -2.0, 0.5), (1.0, -1.0, 2.0), (0.0, -1.0, 1.0), (3.0, -90.0, 120.0)];
        let layout = chart(&rows).layout().unwrap();
        assert_eq!(layout.rows.iter().map(|row| row.cut).collect::<Vec<_>>()[2..], [(false, false), (true, true)]);
        let (low, high) = layout.rows[0].line.unwrap();
        assert!(high - low > 8.0, "the others can still be seen: {low} to {high}");
        assert_eq!(layout.rows[3].line, Some((3.0, 97.0)));
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        assert_eq!(chart(&[]).layout(), None);
        assert_eq!(chart(&[(f64::NAN, 0.0, 1.0)]).layout(), None);
        let layout = chart(&[(f64::INFINITY, 0.0, 1.0), (0.0, f64::NAN, 1.0), (0.0, 0.0, 0.0)]).layout().unwrap();
        assert_eq!(layout.rows[0], StripDrawing::default());
        assert!(layout.rows[1].point.is_some() && layout.rows[1].line.is_none());
        let all = layout.rows.iter().filter_map(|row| row.point).chain([layout.zero]);
        assert!(all.into_iter().all(|place| (0.0..=100.0).contains(&place)));
    }
}

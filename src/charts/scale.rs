//! Axes: quantity, range and ticks.

use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;

use super::labels::width;
use super::paper::{from_units, units};
use crate::notation::Format;

/// Font size of the numbers along an axis.
pub(super) const TICK: f64 = 13.0;

/// Larger numbers are treated as invalid: no axis could show them together with others.
const MOST: f64 = 1e15;

/// The quantity along an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// Name with unit, printed beside it and above its column in the table.
    pub name: String,
    /// Format of its numbers.
    pub format: Format,
    /// Values that the axis must include whatever the data: 0 for amounts, 0 and 1 for shares.
    pub reach: Vec<f64>,
}

/// Whether a number can be drawn.
pub(super) fn sound(value: f64) -> bool {
    value.is_finite() && value.abs() <= MOST
}

/// Mapping from values to positions on the sheet.
pub(super) struct Scale {
    range: RangedCoordf64,
    /// Minimum and maximum.
    pub(super) ends: (f64, f64),
    /// Their positions.
    pub(super) places: (f64, f64),
}

impl Scale {
    /// A scale for the valid `values` and those that the axis must include; `None` without valid values.
    pub(super) fn new(axis: &Axis, values: impl IntoIterator<Item = f64>, places: (f64, f64)) -> Option<Scale> {
        let mut values = values.into_iter().filter(|value| sound(*value)).peekable();
        values.peek()?;
        let all = values.chain(axis.reach.iter().copied().filter(|value| sound(*value)));
        let (mut low, mut high) =
            all.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let size = low.abs().max(high.abs());
        if high - low <= size * 1e-9 || high - low < 1e-9 {
            let room = if size < 1e-9 { 1.0 } else { size * 0.1 };
            (low, high) = (if low >= 0.0 { (low - room).max(0.0) } else { low - room }, high + room);
        }
        Some(Scale::over((low, high), places))
    }

    fn over(ends: (f64, f64), places: (f64, f64)) -> Scale {
        Scale { range: (ends.0..ends.1).into(), ends, places }
    }

    /// The same, extended to the nearest ticks.
    pub(super) fn to_ticks(&self, most: usize) -> Scale {
        let ticks = self.ticks(most);
        let [first, second, ..] = ticks.as_slice() else { return Scale::over(self.ends, self.places) };
        let step = second - first;
        // A negligible distance beyond a tick counts as the tick.
        let low = (self.ends.0 / step + 1e-6).floor() * step;
        let high = (self.ends.1 / step - 1e-6).ceil() * step;
        Scale::over((low.min(self.ends.0), high.max(self.ends.1)), self.places)
    }

    /// The same between other positions.
    pub(super) fn between(self, from: f64, to: f64) -> Scale {
        Scale { places: (from, to), ..self }
    }

    /// Position of a value; values beyond the ends are clamped.
    pub(super) fn at(&self, value: f64) -> f64 {
        let value = value.clamp(self.ends.0, self.ends.1);
        from_units(self.range.map(&value, (units(self.places.0), units(self.places.1))))
    }

    /// At most `most` round values at equal distances.
    pub(super) fn ticks(&self, most: usize) -> Vec<f64> {
        // Plotters compares with fixed small numbers, so values are scaled to a magnitude of about one.
        let size = 10f64.powi((self.ends.1 - self.ends.0).log10().floor() as i32);
        let range: RangedCoordf64 = (self.ends.0 / size..self.ends.1 / size).into();
        let inside = |tick: &f64| *tick >= self.ends.0 - size * 1e-9 && *tick <= self.ends.1 + size * 1e-9;
        range.key_points(most.max(2)).into_iter().map(|tick| tick * size).filter(inside).collect()
    }

    /// The largest number of ticks, up to `most`, whose numbers (or every second of them) fit side by side; integers
    /// for a format without decimals.
    pub(super) fn ticks_across(&self, format: &Format, most: usize) -> Vec<(f64, String)> {
        let mut most = most;
        if format.decimals == 0 {
            most = most.min(((self.ends.1 - self.ends.0) * format.times.abs()).floor().min(1e6) as usize + 1);
        }
        for count in (2..=most.max(2)).rev() {
            let mut ticks = written(&self.ticks(count), format);
            if self.fit(&ticks) || count == 2 {
                return ticks;
            }
            // Every second number is better than a coarse grid; zero keeps its number.
            let zero = ticks.iter().position(|tick| tick.0 == 0.0).unwrap_or(0);
            for (at, tick) in ticks.iter_mut().enumerate() {
                if (at + zero) % 2 == 1 {
                    tick.1.clear();
                }
            }
            if self.fit(&ticks) && ticks.len() > 3 {
                return ticks;
            }
        }
        vec![]
    }

    /// Whether numbers do not overlap.
    fn fit(&self, ticks: &[(f64, String)]) -> bool {
        let ticks: Vec<_> = ticks.iter().filter(|tick| !tick.1.is_empty()).collect();
        ticks.windows(2).all(|pair| {
            let apart = (self.at(pair[1].0) - self.at(pair[0].0)).abs();
            (width(&pair[0].1, TICK) + width(&pair[1].1, TICK)) / 2.0 + TICK <= apart
        })
    }

    /// Ticks of a vertical axis.
    pub(super) fn ticks_up(&self, format: &Format, most: usize) -> Vec<(f64, String)> {
        written(&self.ticks(most), format)
    }
}

/// Ticks with their numbers, with no more decimals than needed to distinguish them.
fn written(ticks: &[f64], format: &Format) -> Vec<(f64, String)> {
    let exact = |decimals: &usize| {
        ticks.iter().all(|tick| {
            let large = tick * format.times * 10f64.powi(*decimals as i32);
            (large - large.round()).abs() < 1e-4 * (1.0 + large.abs() * 1e-6)
        })
    };
    let decimals = (0..9).find(exact).unwrap_or(9);
    ticks.iter().map(|tick| (*tick, format.with_decimals(*tick, decimals))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(values: &[f64]) -> Option<Scale> {
        Scale::new(&Axis::default(), values.iter().copied(), (100.0, 500.0))
    }

    #[test]
    fn ticks_are_round_and_within() {
        let years = scale(&[2008.0, 2038.0]).unwrap();
        let ticks: Vec<String> = years.ticks_across(&Format::years(), 10).into_iter().map(|tick| tick.1).collect();
        assert_eq!(ticks, ["2010", "2015", "2020", "2025", "2030", "2035"]);
        let few: Vec<String> = scale(&[2008.0, 2010.0])
            .unwrap()
            .ticks_across(&Format::years(), 10)
            .into_iter()
            .map(|tick| tick.1)
            .collect();
        assert_eq!(few, ["2008", "2009", "2010"]);
        let shares = scale(&[0.0, 0.013]).unwrap().to_ticks(5);
        let ticks: Vec<String> = shares.ticks_up(&Format::dutch(0), 5).into_iter().map(|tick| tick.1).collect();
        assert_eq!(ticks, ["0,000", "0,005", "0,010", "0,015"]);
    }

    #[test]
    fn no_values_however_odd_upset_a_scale() {
        let odd = [
            vec![0.0],
            vec![5.0; 3],
            vec![-5.0],
            vec![1e15, -1e15],
            vec![1e15],
            vec![1e-300, 2e-300],
            vec![1e14, 1e14 + 1.0],
            vec![-3.0, -2.9999999],
            vec![f64::NAN, 1.0, f64::INFINITY, f64::MIN],
        ];
        for values in odd {
            let scale = scale(&values).unwrap().to_ticks(6);
            let ticks = scale.ticks_across(&Format::dutch(2), 8);
            assert!(ticks.len() < 20, "{values:?} {ticks:?}");
            let place = scale.at(values[0].clamp(-1e15, 1e15));
            assert!((100.0..=500.0).contains(&place), "{values:?} {place}");
        }
        assert!(scale(&[f64::NAN, f64::INFINITY, 1e300]).is_none());
        assert!(scale(&[]).is_none());
    }
}

//! Charts: plain data in, an SVG and a table of the same data out. They know no run and no report.
//!
//! One file per kind of chart; [`Chart`] is the common interface. All text comes from the caller, and numbers use the
//! given [`Format`]. A chart draws the valid data and leaves out the rest; it fails only when nothing is left. Equal
//! data give equal bytes.
//!
//! The drawings are 720 units wide and scale with their container. Text stays readable down to 40 rem, so the page puts
//! them in a scrolling box; [`STYLE`] does so for `<div class="chart">`.
//!
//! [`Format`]: crate::notation::Format

mod bars;
mod intervals;
mod labels;
mod lines;
mod look;
mod paper;
mod plane;
mod scale;
mod sheet;
mod tornado;

pub use bars::{Bar, BarChart};
pub use intervals::{IntervalChart, IntervalRow};
pub use lines::{ChartLine, LineChart, LineKind, LinePoint, Moment};
pub use plane::{Cloud, PlaneChart, Threshold};
pub use scale::Axis;
pub use tornado::{Swing, TornadoChart};

/// Style sheet for the surrounding page: the page's own font, and a scrolling box on narrow screens.
pub const STYLE: &str = "\
.chart { overflow-x: auto; max-width: 54rem; }
.chart svg { display: block; width: 100%; min-width: 40rem; height: auto; font-family: inherit; }
@media print { .chart { overflow: visible; break-inside: avoid; } .chart svg { min-width: 0; } }
";

/// A chart: a drawing, and the table shown below it.
pub trait Chart {
    /// The drawing, an `<svg>` element for use in a page (or alone).
    ///
    /// # Errors
    /// A message when none of the data can be drawn.
    fn svg(&self) -> Result<String, String>;

    /// The same data as text and numbers.
    fn table(&self) -> ChartTable;
}

/// Text for screen readers, and the prefix of ids in the drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heading {
    /// Unique in the page; characters other than letters, digits, `-` or `_` become `-`.
    pub id: String,
    /// Short name of the chart (`<title>`). It is not drawn: the page has its own heading or caption.
    pub title: String,
    /// Description of what the chart shows, in a sentence or two (`<desc>`).
    pub description: String,
}

/// Cells as printed; each row has the length of the head.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartTable {
    /// Names of the columns.
    pub head: Vec<String>,
    /// The rows; the first cell of each is its name.
    pub rows: Vec<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use super::sheet::tests::{drawn, texts};
    use super::*;

    #[test]
    fn an_id_and_words_of_any_kind_give_well_formed_drawings() {
        let heading = Heading { id: "a b&\"".into(), title: "<A & B>".into(), description: "\u{1}'x'".into() };
        let rows = vec![Bar { label: "x < y & \"z\"".into(), values: vec![1.0] }];
        let svg = BarChart { heading, rows, ..BarChart::default() }.svg().unwrap();
        let document = drawn(&svg);
        assert_eq!(document.root_element().attribute("aria-labelledby"), Some("a-b---title a-b---desc"));
        assert!(texts(&document).iter().any(|text| text.words == "x < y & \"z\""));
    }

    #[test]
    fn no_data_however_odd_break_a_chart() {
        const ODD: [f64; 14] = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            2008.0,
            1e-320,
            1e-12,
            1e15,
            -1e15,
            1e16,
            f64::MAX,
            f64::MIN,
            f64::NAN,
            f64::NEG_INFINITY,
        ];
        let mut state = 1_usize;
        let mut odd = || {
            state = (state * 48_271) % 0x7fff_ffff;
            ODD[state % ODD.len()]
        };
        let mut drawings = 0;
        for round in 0..400 {
            let heading = Heading { id: "t".into(), ..Heading::default() };
            let axis = Axis { reach: vec![odd()], ..Axis::default() };
            let count = round % 5;
            let points = |odd: &mut dyn FnMut() -> f64| {
                (0..count).map(|_| LinePoint { x: odd(), y: odd(), band: Some((odd(), odd())) }).collect()
            };
            let lines = (0..2).map(|_| ChartLine { points: points(&mut odd), ..ChartLine::default() }).collect();
            let moments = vec![Moment { x: odd(), word: "w".into() }];
            let (x, y) = (axis.clone(), axis.clone());
            let line = LineChart { heading: heading.clone(), x, y, lines, moments };
            let rows =
                (0..count).map(|_| IntervalRow { point: odd(), low: odd(), high: odd(), ..IntervalRow::default() });
            let rows = rows.collect();
            let (x, y, zero) = (axis.clone(), axis.clone(), odd());
            let interval =
                IntervalChart { heading: heading.clone(), axis: axis.clone(), zero, rows, ..IntervalChart::default() };
            let rows = (0..count).map(|_| Bar { values: vec![odd(), odd()], ..Bar::default() }).collect();
            let parts = vec!["a".into(), "b".into()];
            let bar = BarChart { heading: heading.clone(), axis: axis.clone(), parts, rows, ..BarChart::default() };
            let clouds = vec![Cloud { name: "c".into(), points: (0..count).map(|_| (odd(), odd())).collect() }];
            let threshold = Some(Threshold { slope: odd(), word: "w".into() });
            let plane = PlaneChart { heading: heading.clone(), x, y, clouds, threshold, ..PlaneChart::default() };
            let rows = (0..count).map(|_| Swing { low: odd(), high: odd(), ..Swing::default() }).collect();
            let tornado = TornadoChart { heading, axis, base: odd(), rows, ..TornadoChart::default() };
            let charts: [&dyn Chart; 5] = [&line, &interval, &bar, &plane, &tornado];
            for chart in charts {
                assert!(chart.table().rows.iter().all(|row| row.len() == chart.table().head.len()));
                if let Ok(svg) = chart.svg() {
                    assert!(!svg.contains("NaN") && !svg.contains("inf") && svg.len() < 100_000);
                    assert!(roxmltree::Document::parse(&svg).is_ok());
                    drawings += 1;
                }
            }
        }
        assert!(drawings > 800, "{drawings}");
    }

    #[test]
    fn charts_without_data_fail_and_say_which() {
        let heading = Heading { id: "leeg".into(), ..Heading::default() };
        let charts: [Box<dyn Chart>; 5] = [
            Box::new(LineChart { heading: heading.clone(), ..LineChart::default() }),
            Box::new(IntervalChart { heading: heading.clone(), ..IntervalChart::default() }),
            Box::new(BarChart { heading: heading.clone(), ..BarChart::default() }),
            Box::new(PlaneChart { heading: heading.clone(), ..PlaneChart::default() }),
            Box::new(TornadoChart { heading, base: f64::NAN, ..TornadoChart::default() }),
        ];
        for chart in charts {
            assert!(chart.svg().unwrap_err().contains("`leeg`"));
            assert!(chart.table().rows.iter().all(|row| row.len() == chart.table().head.len()));
        }
    }
}

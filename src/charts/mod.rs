//! Charts: plain data in, an SVG and a table of the same data out. They know no run and no report.
//!
//! One file per kind of chart; [`Chart`] is the common interface. All text comes from the caller, and numbers use the
//! given [`Format`]. A chart draws the valid data and leaves out the rest; it fails only when nothing is left. Equal
//! data give equal bytes.
//!
//! Every chart is drawn for two widths ([`ChartWidth`]): 720 units for a desk and for paper, 360 units for a phone. The
//! drawings scale with their container. [`STYLE`] shows the one that fits in `<div class="chart">`, so that text is never
//! smaller than 11 pixels.
//!
//! [`Format`]: crate::notation::Format

mod bars;
mod intervals;
mod labels;
mod lean;
mod lines;
mod look;
mod paper;
mod plane;
mod scale;
mod sheet;
mod strips;
mod tornado;
mod width;

pub use bars::{Bar, BarChart};
pub use intervals::{IntervalChart, IntervalRow};
pub use lines::{ChartLine, LineChart, LineKind, LinePoint, Moment};
pub use plane::{Cloud, PlaneChart, Threshold};
pub use scale::Axis;
pub use strips::{Strip, StripChart, StripDrawing, StripLayout};
pub use tornado::{Swing, TornadoChart};
pub use width::ChartWidth;

/// Style sheet for the surrounding page: the page's own font, and of [`Chart::both`] the drawing that fits. From 40 rem on
/// the wide one has text of at least 11 pixels; below, and down to 20 rem, the narrow one has.
pub const STYLE: &str = "\
.chart { container-type: inline-size; max-width: 54rem; }
.chart svg { display: block; width: 100%; height: auto; font-family: inherit; }
.chart text:not([fill]) { fill: #222; }
.chart .m, .chart .e { font-size: 13px; }
.chart .m { text-anchor: middle; }
.chart .e { text-anchor: end; }
.chart .h { stroke: #fff; stroke-width: 3; paint-order: stroke; }
.narrow-chart { max-width: 30rem; }
.wide-chart { display: none; }
@container (min-width: 40rem) { .wide-chart { display: block; } .narrow-chart { display: none; } }
@media print { .chart { break-inside: avoid; container-type: normal; }
  .wide-chart { display: block; } .narrow-chart { display: none; } }
";

/// A chart: a drawing, and the table shown below it.
pub trait Chart {
    /// The drawing for a width, an `<svg>` element for use in a page (or alone).
    ///
    /// # Errors
    /// A message when none of the data can be drawn.
    fn drawn(&self, width: ChartWidth) -> Result<String, String>;

    /// The wide drawing.
    ///
    /// # Errors
    /// As [`Chart::drawn`].
    fn svg(&self) -> Result<String, String> {
        self.drawn(ChartWidth::Wide)
    }

    /// Both drawings in as few bytes as a page with [`STYLE`] needs, of which a page with [`STYLE`] shows the one that fits.
    ///
    /// # Errors
    /// As [`Chart::drawn`].
    fn both(&self) -> Result<String, String> {
        let [wide, narrow] = ChartWidth::ALL.map(|width| self.drawn(width));
        let [wide, narrow] = [lean::lean(&wide?), lean::lean(&narrow?)];
        Ok(format!("<div class=\"wide-chart\">{wide}</div><div class=\"narrow-chart\">{narrow}</div>"))
    }

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
                for width in ChartWidth::ALL {
                    let Ok(svg) = chart.drawn(width) else { continue };
                    assert!(!svg.contains("NaN") && !svg.contains("inf") && svg.len() < 100_000);
                    assert!(roxmltree::Document::parse(&svg).is_ok());
                    drawings += 1;
                }
            }
        }
        assert!(drawings > 1600, "{drawings}");
    }

    #[test]
    fn a_narrow_drawing_has_the_same_words_within_its_width() {
        let heading = || Heading { id: "t".into(), title: "t".into(), description: "d".into() };
        let axis = || Axis { name: "miljoenen euro van 2008 per jaar".into(), ..Axis::default() };
        let long = "steun in de zwangerschap, in alle vier de steden en daarna";
        let point = |x: f64| LinePoint { x, y: x, band: Some((x - 1.0, x + 1.0)) };
        let lines = [long, "b"].map(|name| ChartLine {
            name: name.into(),
            points: (0..9).map(|x| point(f64::from(x))).collect(),
            ..ChartLine::default()
        });
        let moments = vec![Moment { x: 3.0, word: "€ 20.000".into() }];
        let line = LineChart { heading: heading(), x: axis(), y: axis(), lines: lines.into(), moments };
        let rows = vec![IntervalRow { label: long.into(), point: 1.0, low: -1.0, high: 3.0, note: "minder".into() }];
        let interval = IntervalChart { heading: heading(), axis: axis(), rows, ..IntervalChart::default() };
        let rows = vec![Bar { label: long.into(), values: vec![1.0, -2.0] }];
        let parts = vec!["de verzekering voor langdurige zorg (AWBZ) en anderen".into(), "b".into()];
        let bar = BarChart { heading: heading(), axis: axis(), parts, rows, ..BarChart::default() };
        let clouds = vec![Cloud { name: long.into(), points: (0..9).map(|x| (f64::from(x), 1.0)).collect() }];
        let plane = PlaneChart { heading: heading(), x: axis(), y: axis(), clouds, ..PlaneChart::default() };
        let rows = vec![Swing { label: long.into(), key: String::new(), low: 2.0, high: 3.0 }];
        let tornado = TornadoChart { heading: heading(), axis: axis(), base: 1.0, rows, ..TornadoChart::default() };
        let charts: [&dyn Chart; 5] = [&line, &interval, &bar, &plane, &tornado];
        for (at, chart) in charts.into_iter().enumerate() {
            let (wide, narrow) = (chart.drawn(ChartWidth::Wide).unwrap(), chart.drawn(ChartWidth::Narrow).unwrap());
            let [wide, narrow] = [drawn(&wide), drawn(&narrow)];
            assert_eq!(narrow.root_element().attribute("aria-labelledby"), Some("t-narrow-title t-narrow-desc"));
            let words = |document| {
                let texts: Vec<String> = texts(document).into_iter().map(|text| text.words).collect();
                texts.join(" ")
            };
            let (wide, narrow) = (words(&wide), words(&narrow));
            for word in long.split(' ') {
                assert!(wide.contains(word) && narrow.contains(word), "{at}: {word} is in {wide} and in {narrow}");
            }
        }
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

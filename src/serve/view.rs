//! Parts of pages as plain data: links, tables and charts.

use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

use crate::charts::{Chart, ChartTable, Heading};

/// Data for a template.
pub(super) fn as_value(data: impl Serialize) -> Value {
    Value::from(Serde(data))
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct WebLink {
    /// Where it leads.
    pub(super) href: String,
    /// Its words.
    pub(super) name: String,
    /// Whether it leads to what is shown already.
    pub(super) here: bool,
}

impl WebLink {
    /// A link to something else.
    pub(super) fn new(href: String, name: impl Into<String>) -> WebLink {
        WebLink { href, name: name.into(), here: false }
    }

    /// The same, marked if it leads to what is shown.
    pub(super) fn marked(self, here: bool) -> WebLink {
        WebLink { here, ..self }
    }
}

/// A table; the first cell of a row is its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct WebGrid {
    /// Its caption.
    pub(super) caption: String,
    /// Names of the columns.
    pub(super) head: Vec<String>,
    /// Rows.
    pub(super) rows: Vec<Vec<String>>,
}

/// A chart with its table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct WebChart {
    /// Unique in the page.
    pub(super) id: String,
    /// Its message.
    pub(super) title: String,
    /// One sentence.
    pub(super) summary: String,
    /// The drawings for a desk and for a phone, of which the page shows the one that fits.
    pub(super) svg: String,
    /// The same data.
    pub(super) grid: WebGrid,
}

impl WebChart {
    /// A drawn chart; `None` if it has nothing to draw. `caption` begins the name of its table.
    pub(super) fn of(chart: &dyn Chart, heading: &Heading, caption: &str) -> Option<WebChart> {
        // An SVG inside HTML needs no namespace, and without it the page contains no external address.
        let svg = chart.both().ok()?.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "");
        let ChartTable { head, rows } = chart.table();
        Some(WebChart {
            id: heading.id.clone(),
            title: heading.title.clone(),
            summary: heading.description.clone(),
            svg,
            grid: WebGrid { caption: format!("{caption}: {}", heading.title), head, rows },
        })
    }
}

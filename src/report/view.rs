//! Contents of a page as plain data: sections of blocks. The template knows only blocks, not runs.

use serde::Serialize;

use crate::charts::{Chart, ChartTable, Heading};

/// A chapter of the page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Section {
    /// Anchor.
    pub(super) id: &'static str,
    /// Heading.
    pub(super) title: String,
    /// Its contents, from the top.
    pub(super) blocks: Vec<PageBlock>,
}

/// A piece of a section.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum PageBlock {
    /// The first, larger sentence.
    Lead {
        /// The sentence.
        text: String,
    },
    /// A paragraph.
    Text {
        /// Its words.
        text: String,
    },
    /// A remark beside the text.
    Note {
        /// Its words.
        text: String,
    },
    /// Replaces results that a run does not have.
    Missing {
        /// What is missing, and the remedy.
        text: String,
    },
    /// A heading within a section.
    Heading {
        /// Its words.
        text: String,
    },
    /// Headline numbers.
    Figures {
        /// Two or three of them.
        figures: Vec<KeyFigure>,
    },
    /// Effects of each measure.
    Answers {
        /// One per measure.
        answers: Vec<Answer>,
    },
    /// A drawing and its table.
    Chart(PageChart),
    /// A table.
    Table(Grid),
    /// A list.
    List {
        /// Its items.
        items: Vec<String>,
        /// Whether their order matters.
        ordered: bool,
    },
    /// A command to type.
    Code {
        /// The command.
        text: String,
    },
}

/// A headline number.
#[derive(Clone, Debug, Serialize)]
pub(super) struct KeyFigure {
    /// The number.
    pub(super) value: String,
    /// Its meaning.
    pub(super) label: String,
    /// Its uncertainty and period.
    pub(super) note: String,
}

/// Effects of a measure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Answer {
    /// The measure.
    pub(super) name: String,
    /// A short conclusion.
    pub(super) verdict: String,
    /// Style of the verdict: `better`, `worse`, `unclear`.
    pub(super) tone: &'static str,
    /// Sentences.
    pub(super) sentences: Vec<String>,
}

/// A chart in a page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PageChart {
    /// Its message.
    pub(super) title: String,
    /// One sentence.
    pub(super) summary: String,
    /// The drawing.
    pub(super) svg: String,
    /// The same data.
    pub(super) grid: Grid,
}

/// A table in a page.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Grid {
    /// Its caption.
    pub(super) caption: String,
    /// Names of the columns, and whether they are numeric.
    pub(super) head: Vec<(String, bool)>,
    /// Rows; the first cell is the row's name.
    pub(super) rows: Vec<Vec<String>>,
    /// Whether it is collapsed initially.
    pub(super) folded: bool,
}

impl Grid {
    /// A table that is collapsed initially.
    pub(super) fn folded(caption: String, head: Vec<String>, rows: Vec<Vec<String>>) -> Grid {
        Grid { folded: true, ..Grid::open(caption, head, rows) }
    }

    /// A table that is expanded initially.
    pub(super) fn open(caption: String, head: Vec<String>, rows: Vec<Vec<String>>) -> Grid {
        let numeric = |at: usize| {
            let cells = || rows.iter().filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty());
            at > 0 && cells().next().is_some() && cells().all(|cell| is_number(cell))
        };
        let head = head.into_iter().enumerate().map(|(at, name)| (name, numeric(at))).collect();
        Grid { caption, head, rows, folded: false }
    }
}

/// Whether a cell is a number, an interval, an amount, a dash or `too few`.
fn is_number(cell: &str) -> bool {
    let first = cell.trim_start_matches(['−', '-', '€', '\u{a0}', ' ', '+', '<', '(']).chars().next();
    first.is_none_or(|first| first.is_ascii_digit() || first == '–') || cell.contains("<10")
}

impl PageBlock {
    /// A paragraph.
    pub(super) fn text(text: impl Into<String>) -> PageBlock {
        PageBlock::Text { text: text.into() }
    }

    /// A remark.
    pub(super) fn note(text: impl Into<String>) -> PageBlock {
        PageBlock::Note { text: text.into() }
    }

    /// What is missing.
    pub(super) fn missing(text: impl Into<String>) -> PageBlock {
        PageBlock::Missing { text: text.into() }
    }

    /// A heading within a section.
    pub(super) fn heading(text: impl Into<String>) -> PageBlock {
        PageBlock::Heading { text: text.into() }
    }

    /// A chart with its table collapsed below it; `None` when it has nothing to draw.
    pub(super) fn chart(chart: &dyn Chart, heading: &Heading, caption: &str) -> Option<PageBlock> {
        // An SVG inside HTML needs no namespace, and without it the page contains no external address.
        let svg = chart.svg().ok()?.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "");
        let ChartTable { head, rows } = chart.table();
        let grid = Grid::folded(format!("{caption}: {}", heading.title), head, rows);
        Some(PageBlock::Chart(PageChart {
            title: heading.title.clone(),
            summary: heading.description.clone(),
            svg,
            grid,
        }))
    }
}

//! Contents of a page as plain data: sections of blocks. The template knows only blocks, not runs.

use serde::Serialize;

use crate::charts::{Chart, ChartTable, Heading, StripDrawing};

/// A chapter of the page: parts with a heading of their own, or one part under the heading of the chapter.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PageChapter {
    /// Anchor.
    pub(super) id: &'static str,
    /// Heading.
    pub(super) title: String,
    /// Its parts, from the top.
    pub(super) parts: Vec<Section>,
}

/// A part of a chapter.
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
    /// Estimates with their ranges, one row each.
    Strips(StripFigure),
    /// Details behind a line that opens them.
    More {
        /// What is behind it.
        title: String,
        /// The details.
        blocks: Vec<PageBlock>,
    },
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

/// Answer to the question for one measure.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Answer {
    /// The measure.
    pub(super) name: String,
    /// The answer in one sentence, of which the measure is the subject.
    pub(super) verdict: String,
    /// Style of the verdict: `better`, `worse`, `unclear`.
    pub(super) tone: &'static str,
    /// Effect, cost and certainty; empty if there is nothing to show.
    pub(super) scales: Vec<VerdictScale>,
    /// Reach and price.
    pub(super) facts: Vec<String>,
    /// Details.
    pub(super) sentences: Vec<String>,
}

/// A verdict on a scale of three steps, as marks and in words.
#[derive(Clone, Debug, Serialize)]
pub(super) struct VerdictScale {
    /// What is judged.
    pub(super) name: String,
    /// Number of filled marks, of three.
    pub(super) level: usize,
    /// Shape of the marks, so that the scales differ by more than colour: `down`, `up`, `unclear`, `coin`, `block`.
    pub(super) shape: &'static str,
    /// The step in a word.
    pub(super) step: String,
    /// The number behind it.
    pub(super) text: String,
}

/// Estimates with their ranges as rows of a table: one layout for every width.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StripFigure {
    /// Its message.
    pub(super) title: String,
    /// One sentence.
    pub(super) summary: String,
    /// Headings of the columns: rows, strip, range, verdict.
    pub(super) head: [String; 4],
    /// Words at the left and right of the line of no difference.
    pub(super) sides: [String; 2],
    /// Ticks of the axis: position in percent, and number.
    pub(super) ticks: Vec<(f64, String)>,
    /// Position of the line of no difference, in percent.
    pub(super) zero: f64,
    /// Groups of rows.
    pub(super) groups: Vec<StripGroup>,
}

/// Rows of one outcome.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StripGroup {
    /// The outcome; empty if the row itself has its name.
    pub(super) name: String,
    /// A row for each measure.
    pub(super) rows: Vec<StripLine>,
}

/// One estimate.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StripLine {
    /// Its name.
    pub(super) label: String,
    /// Its drawing, in percent.
    pub(super) drawing: StripDrawing,
    /// Its range in numbers.
    pub(super) range: String,
    /// The verdict in words.
    pub(super) verdict: String,
}

/// A chart in a page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PageChart {
    /// Its message.
    pub(super) title: String,
    /// One sentence.
    pub(super) summary: String,
    /// The drawing, for a desk and for a phone.
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

    /// Details behind a line that opens them; `None` without details.
    pub(super) fn more(title: impl Into<String>, blocks: Vec<PageBlock>) -> Option<PageBlock> {
        (!blocks.is_empty()).then(|| PageBlock::More { title: title.into(), blocks })
    }

    /// Texts about missing data, also among details.
    pub(super) fn all_missing(blocks: &[PageBlock]) -> Vec<&str> {
        let mut texts = Vec::new();
        for block in blocks {
            match block {
                PageBlock::Missing { text } => texts.push(text.as_str()),
                PageBlock::More { blocks, .. } => texts.extend(PageBlock::all_missing(blocks)),
                _ => {}
            }
        }
        texts
    }

    /// Whether it shows something by itself; headings and introductions do not.
    pub(super) fn is_content(&self) -> bool {
        match self {
            PageBlock::Lead { .. } | PageBlock::Heading { .. } | PageBlock::Note { .. } | PageBlock::Missing { .. } => {
                false
            }
            PageBlock::Table(grid) => !grid.rows.is_empty(),
            PageBlock::List { items, .. } => !items.is_empty(),
            PageBlock::Figures { figures } => !figures.is_empty(),
            PageBlock::More { blocks, .. } => blocks.iter().any(PageBlock::is_content),
            PageBlock::Text { .. }
            | PageBlock::Answers { .. }
            | PageBlock::Chart(_)
            | PageBlock::Strips(_)
            | PageBlock::Code { .. } => true,
        }
    }

    /// A chart with its table collapsed below it; `None` when it has nothing to draw.
    pub(super) fn chart(chart: &dyn Chart, heading: &Heading, caption: &str) -> Option<PageBlock> {
        // An SVG inside HTML needs no namespace, and without it the page contains no external address.
        let svg = chart.both().ok()?.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "");
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

//! What a page shows, as plain data: sections of blocks. The template knows blocks, and nothing of a run.

use serde::Serialize;

use super::charts::{Chart, Heading, Table};

/// A chapter of the page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Section {
    /// Anchor.
    pub(super) id: &'static str,
    /// Heading.
    pub(super) title: String,
    /// What it shows, from the top.
    pub(super) blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum Block {
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
    /// What stands in the place of what a run cannot tell.
    Missing {
        /// What is missing, and the cure.
        text: String,
    },
    /// A heading within a section.
    Heading {
        /// Its words.
        text: String,
    },
    /// Large numbers.
    Figures {
        /// Two or three of them.
        figures: Vec<Figure>,
    },
    /// What each measure does.
    Answers {
        /// One a measure.
        answers: Vec<Answer>,
    },
    /// A drawing and its table.
    Chart(Drawing),
    /// A table.
    Table(Grid),
    /// A list.
    List {
        /// Its items.
        items: Vec<String>,
        /// Whether their order matters.
        ordered: bool,
    },
    /// Something to type.
    Code {
        /// What to type.
        text: String,
    },
}

/// A large number.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    /// The number.
    pub(super) value: String,
    /// What it is.
    pub(super) label: String,
    /// How sure, over which years.
    pub(super) note: String,
}

/// What a measure does.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Answer {
    /// The measure.
    pub(super) name: String,
    /// In a few words.
    pub(super) verdict: String,
    /// How the verdict looks: `better`, `worse`, `unclear`.
    pub(super) tone: &'static str,
    /// Sentences.
    pub(super) sentences: Vec<String>,
}

/// A chart in a page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Drawing {
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
    /// What it holds.
    pub(super) caption: String,
    /// Names of the columns, and whether they hold numbers.
    pub(super) head: Vec<(String, bool)>,
    /// Rows; the first cell is the row's name.
    pub(super) rows: Vec<Vec<String>>,
    /// Whether it is folded away at first.
    pub(super) folded: bool,
}

impl Grid {
    /// A table that is folded away at first.
    pub(super) fn folded(caption: String, head: Vec<String>, rows: Vec<Vec<String>>) -> Grid {
        Grid { folded: true, ..Grid::open(caption, head, rows) }
    }

    /// A table that is seen at once.
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

impl Block {
    /// A paragraph.
    pub(super) fn text(text: impl Into<String>) -> Block {
        Block::Text { text: text.into() }
    }

    /// A remark.
    pub(super) fn note(text: impl Into<String>) -> Block {
        Block::Note { text: text.into() }
    }

    /// What is missing.
    pub(super) fn missing(text: impl Into<String>) -> Block {
        Block::Missing { text: text.into() }
    }

    /// A heading within a section.
    pub(super) fn heading(text: impl Into<String>) -> Block {
        Block::Heading { text: text.into() }
    }

    /// A chart with its table folded below it; nothing when it has nothing to draw.
    pub(super) fn chart(chart: &dyn Chart, heading: &Heading, caption: &str) -> Option<Block> {
        // A drawing inside a page needs no name of its language, and the page then names no other place.
        let svg = chart.svg().ok()?.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "");
        let Table { head, rows } = chart.table();
        let grid = Grid::folded(format!("{caption}: {}", heading.title), head, rows);
        Some(Block::Chart(Drawing { title: heading.title.clone(), summary: heading.description.clone(), svg, grid }))
    }
}

//! How answers are shown: the report of a run as one page, a workbook and files to compute with; charts as SVG.
//!
//! A report goes one way: `about` reads a run once, each file of `sections` turns it into plain view data (`view`), and
//! one template makes a page of these. All words stand in two catalogs, `words/nl.toml` and `words/en.toml`. To add a section:
//! one file in `sections`, one line in its list, and its words in both catalogs.

mod about;
pub mod charts;
mod exports;
mod numbers;
mod page;
mod sections;
mod view;
mod words;

use std::path::PathBuf;

use crate::error::Result;
use crate::store::{Run, write_products};

use about::About;
pub use sections::IDS as SECTIONS;
use view::Block;
pub use words::Language;

/// What is said beside the run itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Language of the page and of the workbook.
    pub language: Language,
    /// Folder that everything is written into; the run folder when nothing is said.
    pub out: Option<PathBuf>,
    /// Processes of a month in running order, as their model has them; empty when not known.
    pub order: Vec<String>,
}

/// A report that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Paths of the page, the workbook and the files to compute with.
    pub files: Vec<PathBuf>,
    /// Id of a section (of [`SECTIONS`]) and what it cannot tell, with the cure: the sentences that stand in its place.
    pub missing: Vec<(&'static str, String)>,
}

/// Writes reports of a run, one for each request: the page, the workbook and the files to compute with, each whole or not at all.
/// The run is read once. Nothing but what keten wrote, and nobody changed since, is replaced.
///
/// # Errors
/// A file in the way; a table that is damaged; a full, read-only or failing disk; an internal fault when a part cannot be made.
pub fn write(run: &Run, requests: &[Request]) -> Result<Vec<Written>> {
    let Some(first) = requests.first() else { return Ok(Vec::new()) };
    let mut about = About::new(run, first)?;
    let mut all = Vec::new();
    for request in requests {
        about.speak(request)?;
        all.push(written(&about)?);
    }
    Ok(all)
}

fn written(about: &About<'_>) -> Result<Written> {
    let sections = sections::all(about);
    let language = about.request.language.word();
    let mut files = vec![
        (format!("report-{language}.html"), page::page(about, &sections)?.into_bytes()),
        (format!("report-{language}.xlsx"), exports::workbook(about, &sections)?),
    ];
    let below = exports::files(about)?.into_iter();
    files.extend(below.map(|(name, bytes)| (format!("report-files/{name}"), bytes)));
    let out = about.request.out.as_deref().unwrap_or(about.run.folder());
    let files = write_products(out, &about.run.manifest, &files)?;
    let missing = sections.iter().flat_map(|section| {
        let told = section.blocks.iter().filter_map(|block| match block {
            Block::Missing { text } => Some((section.id, text.clone())),
            _ => None,
        });
        told.collect::<Vec<_>>()
    });
    Ok(Written { files, missing: missing.collect() })
}

//! Presentation of results: the report of a run as one page, a workbook and data files.
//!
//! A report is built in one direction: `about` reads a run once, each file of `sections` converts it to plain view data
//! (`view`), and one template renders the page. All text is in two catalogs, `words/nl.toml` and `words/en.toml`. To
//! add a section: one file in `sections`, one line in its list, and its texts in both catalogs.

mod about;
mod exports;
mod numbers;
mod offline;
mod page;
mod request;
mod sections;
mod view;
mod words;

use std::path::PathBuf;

use crate::error::Result;
use crate::store::{Run, write_products};

use about::About;
pub use offline::{offline_page, write_offline};
pub use request::ReportRequest;
pub use sections::IDS as SECTIONS;
use view::PageBlock;
pub use words::Language;

/// A report that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenReport {
    /// Paths of the page, the workbook and the data files.
    pub files: Vec<PathBuf>,
    /// Id of a section (of [`SECTIONS`]) with its message about missing data and the remedy, as printed in its place.
    pub missing: Vec<(&'static str, String)>,
}

/// Writes reports of a run, one per request: the page, the workbook and the data files, each atomically. The run is
/// read once. Only files that keten wrote and that nobody changed since are replaced.
///
/// # Errors
/// A file in the way; a damaged table; a full, read-only or failing disk; an internal error when a part cannot be made.
pub fn write(run: &Run, requests: &[ReportRequest]) -> Result<Vec<WrittenReport>> {
    let Some(first) = requests.first() else { return Ok(Vec::new()) };
    let mut about = About::new(run, first)?;
    let mut all = Vec::new();
    for request in requests {
        about.speak(request)?;
        all.push(written(&about)?);
    }
    Ok(all)
}

fn written(about: &About<'_>) -> Result<WrittenReport> {
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
        let all = PageBlock::all_missing(&section.blocks);
        all.into_iter().map(|text| (section.id, text.to_owned())).collect::<Vec<_>>()
    });
    Ok(WrittenReport { files, missing: missing.collect() })
}

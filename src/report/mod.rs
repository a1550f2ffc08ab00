//! Presentation of results: the report of a run as one page, a workbook and data files.
//!
//! A report is built in one direction: `about` reads a run once, each file of `sections` converts it to plain view data
//! (`view`), and one template renders the page. All text is in two catalogs, `words/nl.toml` and `words/en.toml`. To
//! add a section: one file in `sections`, one line in its list, and its texts in both catalogs.

mod about;
mod city;
mod exports;
mod numbers;
mod offline;
mod page;
mod parameter_names;
mod request;
mod sections;
mod view;
mod words;

use std::path::PathBuf;

use crate::error::Result;
use crate::store::{Run, write_products};

use about::About;
pub use numbers::Numbers;
pub use offline::{offline_page, write_offline};
pub use parameter_names::ParameterNames;
pub use request::ReportRequest;
pub use sections::IDS as SECTIONS;
use view::PageBlock;
pub use words::{Language, Words};

/// A report that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenReport {
    /// Paths of the page, the workbook and the data files.
    pub files: Vec<PathBuf>,
    /// Id of a section (of [`SECTIONS`]) with its message about missing data and the remedy, as printed in its place.
    pub missing: Vec<(&'static str, String)>,
}

/// Writes reports of a run, one per request: the page, the workbook and the data files, each atomically. The run is
/// read once for each city, and once for all cities together. Only files that keten wrote and that nobody changed since
/// are replaced.
///
/// # Errors
/// An unknown city; a file in the way; a damaged table; a full, read-only or failing disk; an internal error when a part cannot be made.
pub fn write(run: &Run, requests: &[ReportRequest]) -> Result<Vec<WrittenReport>> {
    let mut all: Vec<Option<WrittenReport>> = vec![None; requests.len()];
    let mut cities: Vec<Option<&String>> = requests.iter().map(|request| request.city.as_ref()).collect();
    cities.sort_unstable();
    cities.dedup();
    // Every city is looked up before the first report is written.
    let views = cities.iter().map(|city| city.map_or_else(|| Ok(run.clone()), |city| run.of_city(city)));
    let views = views.collect::<Result<Vec<Run>>>()?;
    for (city, view) in cities.into_iter().zip(&views) {
        let mut of_city = requests.iter().zip(&mut all).filter(|(request, _)| request.city.as_ref() == city).peekable();
        let Some((first, _)) = of_city.peek() else { continue };
        let mut about = About::new(view, first)?;
        for (request, place) in of_city {
            about.speak(request)?;
            *place = Some(written(&about)?);
        }
    }
    Ok(all.into_iter().flatten().collect())
}

/// End of the names of files about one city: `-den-haag`; empty for all cities together.
fn ending(city: Option<&str>) -> String {
    city.map_or_else(String::new, |city| format!("-{}", city.to_lowercase().replace(' ', "-")))
}

fn written(about: &About<'_>) -> Result<WrittenReport> {
    let sections = sections::all(about);
    let (language, ending) = (about.request.language.word(), ending(about.city()));
    let mut files = vec![
        (format!("report-{language}{ending}.html"), page::page(about, &sections)?.into_bytes()),
        (format!("report-{language}{ending}.xlsx"), exports::workbook(about, &sections)?),
    ];
    let below = exports::files(about)?.into_iter();
    let folder = ending.strip_prefix('-').map_or_else(String::new, |city| format!("{city}/"));
    files.extend(below.map(|(name, bytes)| (format!("report-files/{folder}{name}"), bytes)));
    let out = about.request.out.as_deref().unwrap_or(about.run.folder());
    let files = write_products(out, &about.run.manifest, &files)?;
    let missing = sections.iter().flat_map(|section| {
        let all = PageBlock::all_missing(&section.blocks);
        all.into_iter().map(|text| (section.id, text.to_owned())).collect::<Vec<_>>()
    });
    Ok(WrittenReport { files, missing: missing.collect() })
}

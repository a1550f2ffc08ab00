//! What a reader asks of a report.

use std::path::PathBuf;

use super::words::Language;

/// Options of a report, besides the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportRequest {
    /// Language of the page and of the workbook.
    pub language: Language,
    /// The city that the report is about; all cities together if `None`.
    pub city: Option<String>,
    /// Output folder; the run folder if `None`.
    pub out: Option<PathBuf>,
    /// Processes of a month in running order, according to the model; empty if unknown.
    pub order: Vec<String>,
}

//! The full report of the run behind an answer, as `keten report` writes it.

use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;

use super::address::Asked;
use super::site::{PageFault, PageResult, Site, WebPage};
use crate::report::{self, ReportRequest};

/// One report is written at a time: it reads all tables of a run.
static WRITING: Mutex<()> = Mutex::new(());

/// `GET /report`: writes the report into the run folder of the answer, unless it is there, and shows it.
pub(super) fn page(site: &Site, asked: &Asked) -> PageResult {
    let answer = site.desk.look(&asked.mix).filter(|_| asked.faults.is_empty());
    let Some(answer) = answer else { return Err(PageFault::of(StatusCode::NOT_FOUND, "fault.no_answer")) };
    let run = site.desk.run(&answer)?;
    let request = ReportRequest { language: asked.language, ..ReportRequest::default() };
    let one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let written = report::write(&run, &[request])?;
    drop(one);
    let file =
        written.iter().flat_map(|report| &report.files).find(|file| file.extension().is_some_and(|it| it == "html"));
    let text = file.map(std::fs::read_to_string).transpose().map_err(|cause| PageFault {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        key: "fault.internal",
        detail: cause.to_string(),
    })?;
    let text = text.ok_or_else(|| PageFault::of(StatusCode::NOT_FOUND, "fault.no_answer"))?;
    Ok(WebPage { own_style: true, ..WebPage::html(text) })
}

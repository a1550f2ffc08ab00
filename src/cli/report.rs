//! `report`: the report of a run, written beside its tables.

use std::path::PathBuf;
use std::process::ExitCode;

use keten::error::{Error, Result};
use keten::experiment::Reading;
use keten::model::Setting;
use keten::report::{self, Language, Request};
use keten::store::Run;
use serde::Deserialize;
use serde_json::json;

use super::Done;
use super::arguments::{self, ReportArguments};
use super::runs::found;
use super::talk::Talk;

/// `keten report`
pub(super) fn report(what: &ReportArguments, talk: &Talk) -> Done {
    let run = Run::open(found(&what.run, None))?;
    let language = match what.lang {
        Some(arguments::Language::Nl) => Language::Nl,
        Some(arguments::Language::En) | None => Language::En,
    };
    let order = order(&run).unwrap_or_default();
    let written = report::write(&run, &Request { language, out: what.out.clone(), order })?;
    if talk.json {
        let paths: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        talk.line(json!({ "page": paths.first(), "files": paths }));
    } else {
        written.iter().take(1).for_each(|path| talk.line(path.display()));
        talk.say(format_args!("and {} files to compute with", written.len().saturating_sub(1)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes reports of a run in several languages; gives the paths of each, the page first.
pub(super) fn write_reports(run: &Run, languages: &[Language]) -> Result<Vec<Vec<PathBuf>>> {
    let order = order(run).unwrap_or_default();
    let request = |language: &Language| Request { language: *language, out: None, order: order.clone() };
    report::write_all(run, &languages.iter().map(request).collect::<Vec<_>>())
}

/// Processes of the run's model in the order of its month. One that this keten cannot read has none to tell.
fn order(run: &Run) -> Result<Vec<String>> {
    let (manifest, place) = (&run.manifest, run.folder().display().to_string());
    let reading = Reading::deserialize(&manifest.config)
        .map_err(|cause| Error::data(cause.to_string(), "use the keten that made it").in_file(&place, None))?;
    let experiment = reading.experiment(&manifest.experiment, &place)?;
    Ok(experiment.model.steps(&Setting::default())?.iter().map(|step| step.name().to_owned()).collect())
}

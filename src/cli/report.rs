//! `report`: writes the report of a run beside its tables.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use keten::engine::Scope;
use keten::error::{Error, Errors, Result};
use keten::experiment::Reading;
use keten::report::{self, Language, ReportRequest};
use keten::store::{self, Manifest, ProductState, Run};
use serde_json::json;

use super::arguments::{self, ReportArguments};
use super::done::Done;
use super::runs::found;
use super::talk::Talk;

/// Word for one report about each city.
const ALL: &str = "all";

/// `keten report`
pub(super) fn report(what: &ReportArguments, talk: &Talk) -> Done {
    if let Some(out) = &what.out {
        check_out(out)?;
    }
    let run = Run::open(found(&what.run, None))?;
    let language = match what.lang {
        Some(arguments::LanguageChoice::Nl) => Language::Nl,
        Some(arguments::LanguageChoice::En) | None => Language::En,
    };
    if let Some(file) = &what.offline_mixes {
        report::write_offline(&run, language, file)?;
        talk.line(if talk.json {
            json!({ "page": file.display().to_string() }).to_string()
        } else {
            file.display().to_string()
        });
        return Ok(ExitCode::SUCCESS);
    }
    let order = order(&run).unwrap_or_default();
    let request = |city: Option<String>| ReportRequest { language, city, out: what.out.clone(), order: order.clone() };
    let requests: Vec<ReportRequest> = cities(&run, &what.city).into_iter().map(request).collect();
    let all = report::write(&run, &requests)?;
    for written in &all {
        if talk.json {
            let paths: Vec<String> = written.files.iter().map(|path| path.display().to_string()).collect();
            talk.line(json!({ "page": paths.first(), "files": paths }));
        } else {
            written.files.iter().take(1).for_each(|path| talk.line(path.display()));
            talk.say(format_args!("and {} data files", written.files.len().saturating_sub(1)));
        }
    }
    say_outdated(what.out.as_deref().unwrap_or(run.folder()), &run.manifest, talk);
    let missing = all.into_iter().flat_map(|written| written.missing);
    let asked = missing.filter(|(section, _)| what.ask.iter().any(|asked| asked == section));
    let place = run.folder().display().to_string();
    let fault = |(section, text): (&str, String)| {
        let cure = "the report is written without it; follow the advice in the message, or leave out --ask";
        Error::data(text.trim_end_matches('.'), cure).in_file(&place, None).at_key(section)
    };
    let faults: Vec<Error> = asked.map(fault).collect();
    if faults.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Errors(faults)) }
}

/// The cities of the reports: those asked for, each once, and every city for `all`. `None` is all cities together.
fn cities(run: &Run, asked: &[String]) -> Vec<Option<String>> {
    if asked.is_empty() {
        return vec![None];
    }
    let mut found: Vec<Option<String>> = Vec::new();
    for name in asked {
        let named = if name.eq_ignore_ascii_case(ALL) { run.cities() } else { vec![name.clone()] };
        for city in named.into_iter().map(Some) {
            if !known(&found, &city) {
                found.push(city);
            }
        }
    }
    found
}

/// Whether a city is in a list, in small or capital letters.
fn known(found: &[Option<String>], city: &Option<String>) -> bool {
    let plain = |city: &Option<String>| city.as_ref().map(|city| city.trim().to_lowercase());
    found.iter().any(|other| plain(other) == plain(city))
}

/// Checks that `--out` is a folder, or can become one. A name that ends like a page was meant as a file.
fn check_out(out: &Path) -> Result<()> {
    let place = out.display().to_string();
    let cure = "give a folder: report-en.html, report-en.xlsx and report-files/ are written into it";
    if out.is_file() {
        return Err(Error::data("is a file, and --out takes a folder", cure).in_file(place, None).into());
    }
    let page =
        out.extension().is_some_and(|end| ["html", "htm", "xlsx", "csv", "pdf"].iter().any(|known| end == *known));
    if page && !out.is_dir() {
        return Err(Error::data("is the name of a file, and --out takes a folder", cure).in_file(place, None).into());
    }
    Ok(())
}

/// Prints which reports in a run folder were made from tables other than its present ones.
pub(super) fn say_outdated(folder: &Path, manifest: &Manifest, talk: &Talk) {
    for product in store::products(folder, manifest) {
        if product.state == ProductState::OtherTables {
            let path = folder.join(product.name);
            let what = "was made from earlier tables of this run; make it again with keten report";
            talk.say(format_args!("note: {} {what}", path.display()));
        }
    }
}

/// Writes reports of a run, or of the city from which it is seen, in several languages; returns the pages.
pub(super) fn write_reports(run: &Run, languages: &[Language]) -> Result<Vec<PathBuf>> {
    let order = order(run).unwrap_or_default();
    let city = run.city().map(str::to_owned);
    let request = |language: &Language| ReportRequest {
        language: *language,
        city: city.clone(),
        out: None,
        order: order.clone(),
    };
    let written = report::write(&run.whole(), &languages.iter().map(request).collect::<Vec<_>>())?;
    Ok(written.into_iter().filter_map(|written| written.files.into_iter().next()).collect())
}

/// Processes of the run's model in the order of its month. An error if this version of keten cannot read the model.
fn order(run: &Run) -> Result<Vec<String>> {
    let experiment = Reading::recorded(&run.manifest, &run.folder().display().to_string())?;
    Ok(experiment.model.steps(&Scope::default())?.iter().map(|step| step.name.to_owned()).collect())
}

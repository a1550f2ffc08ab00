//! A page to take along: the answers of a grid of mixes, computed beforehand, in one file that works without keten, without
//! a network, and from a memory stick.
//!
//! Every scenario of the run that changes only the levels of measures is a mix. The page has a control for each measure and
//! a small script that looks the chosen mix up. A mix that was not simulated is estimated from single measures and pairs,
//! and marked as estimated. Without a script the page is a table of all mixes.

mod figures;
mod levers;
mod texts;

use std::path::Path;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, context};
use serde_json::{Value, json};

use super::words::Language;
use crate::error::{Error, Errors, Kind, Result};
use crate::store::{KETEN_VERSION, Run, write_whole};

use figures::OfflineFigures;
use levers::OfflineLevers;
use texts::OfflineTexts;

const PAGE: &str = include_str!("page/offline.html");
const LOOK: &str = include_str!("page/offline.css");
const SCRIPT: &str = include_str!("page/offline.js");

/// Largest size of the page in bytes.
const LARGEST: usize = 10_000_000;

/// Writes the page of a run to a file. A file that exists is replaced only if it is a page of this kind.
///
/// # Errors
/// A run whose scenarios are no mixes, or have too many measures; a file in the way; a page that would be too large; a
/// damaged table; a full, read-only or failing disk.
pub fn write_offline(run: &Run, language: Language, file: &Path) -> Result<()> {
    let page = offline_page(run, language)?;
    match std::fs::read_to_string(file) {
        Ok(there) if !there.contains(MARK) => {
            let cure = "give another name: only an earlier page of this kind is replaced";
            return Err(Error::data("exists already", cure).in_file(file.display().to_string(), None).into());
        }
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            let cure = "give the name of a file that does not exist yet";
            return Err(Error { cure: cure.into(), ..Error::io(file, &cause) }.into());
        }
        Ok(_) | Err(_) => {}
    }
    write_whole(file, page.as_bytes())
}

/// What every page of this kind contains.
const MARK: &str = "<meta name=\"keten-page\" content=\"offline-mixes\">";

/// The page of a run.
///
/// # Errors
/// As [`write_offline`], without those of the file.
pub fn offline_page(run: &Run, language: Language) -> Result<String> {
    let levers = OfflineLevers::of(run, language)?;
    let figures = OfflineFigures::of(run, &levers, language)?;
    let texts = OfflineTexts::new(language)?;
    let page = filled(run, language, &levers, &figures, &texts)?;
    if page.len() > LARGEST {
        let what = format!("the page would have {:.1} MB, and 10 MB is the most", page.len() as f64 / 1e6);
        let cure = "run a grid with fewer levels or fewer draws";
        return Err(Error::data(what, cure).in_file(run.folder().display().to_string(), None).into());
    }
    Ok(page)
}

fn filled(
    run: &Run,
    language: Language,
    levers: &OfflineLevers,
    figures: &OfflineFigures,
    texts: &OfflineTexts,
) -> Result<String> {
    let fault = |cause: minijinja::Error| {
        let what = format!("the page of mixes cannot be made: {cause:#}");
        Errors::from(Error::new(Kind::Internal, what, "report this fault"))
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("offline.html", PAGE).map_err(fault)?;
    let (first, last) = run.recorded.years();
    let recorded = &run.recorded;
    let title = recorded.title_nl.as_ref().filter(|_| language == Language::Nl).unwrap_or(&recorded.title);
    let years = [("first", first.to_string()), ("last", last.to_string())];
    let data = data(levers, figures, texts, language);
    let page = environment.get_template("offline.html").map_err(fault)?;
    let filled = page.render(context! {
        lang => language.word(),
        version => KETEN_VERSION,
        title,
        texts => minijinja::Value::from(Serde(texts.all())),
        subtitle => texts.say("subtitle", &years),
        limits => texts.say("limits", &[("draws", figures.simulations().to_string())]),
        made => texts.say("made", &[("run", run.manifest.id.chars().take(8).collect()), ("version", KETEN_VERSION.into())]),
        levers => minijinja::Value::from(Serde(levers.controls())),
        table => minijinja::Value::from(Serde(figures.table(levers, texts, language))),
        style => LOOK,
        script => SCRIPT,
        data => embedded(&data),
    });
    filled.map_err(fault)
}

/// The data of the script.
fn data(levers: &OfflineLevers, figures: &OfflineFigures, texts: &OfflineTexts, language: Language) -> Value {
    json!({
        "lang": language.word(),
        "levers": levers.json(),
        "figures": figures.figures_json(),
        "spread": figures.spread_json(),
        "mixes": figures.mixes_json(),
        "texts": texts.all(),
    })
}

/// JSON inside a script element: no `<` can end it.
fn embedded(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_the_data_ends_the_script() {
        let data = json!({ "a": "</script><b>", "b": [1.5] });
        let text = embedded(&data);
        assert!(!text.contains('<'), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(data));
    }

    #[test]
    fn the_page_itself_fetches_nothing_and_has_its_mark() {
        for text in [PAGE, LOOK, SCRIPT] {
            for word in ["http://", "https://", "@import", "url(", "fetch(", "XMLHttpRequest", "import("] {
                assert!(!text.contains(word), "{word}");
            }
        }
        assert!(PAGE.contains(MARK));
    }
}

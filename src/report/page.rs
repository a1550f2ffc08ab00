//! The page: one template, filled with chapters of sections of blocks. It is self-contained and has no script.

mod chapters;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};

use super::about::About;
use super::view::Section;
use crate::charts::STYLE;
use crate::error::{Error, Kind, Result};
use crate::store::KETEN_VERSION;

const PAGE: &str = include_str!("page/page.html");
const BLOCKS: &str = include_str!("page/blocks.html");
const LOOK: &str = include_str!("page/page.css");

/// Fills the template.
///
/// # Errors
/// An internal error: the template is part of the program.
pub(super) fn page(about: &About<'_>, sections: &[Section]) -> Result<String> {
    let fault = |cause: minijinja::Error| {
        Error::new(Kind::Internal, format!("the page cannot be made: {cause:#}"), "report this fault")
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("blocks.html", BLOCKS).map_err(fault)?;
    environment.add_template("page.html", PAGE).map_err(fault)?;
    let words = &about.words;
    let manifest = &about.run.manifest;
    let said = |key: &str| words.get(key);
    let page = environment.get_template("page.html").map_err(fault)?;
    let subtitle = words.say(
        "page.subtitle",
        &[
            ("first", &about.years.0.to_string()),
            ("last", &about.years.1.to_string()),
            ("version", &manifest.keten_version),
        ],
    );
    let tables = manifest.contents();
    let made = words.say("page.made", &[("run", &manifest.id[..8.min(manifest.id.len())]), ("tables", &tables[..16])]);
    let filled = page.render(context! {
        tables,
        made,
        version => KETEN_VERSION,
        lang => about.request.language.word(),
        title => about.title(),
        subtitle,
        style => format!("{LOOK}{STYLE}"),
        chapters => Value::from(Serde(chapters::chapters(about, sections))),
        skip => said("page.skip"),
        contents => said("page.contents"),
        above => said("page.above"),
        kind => said("page.kind"),
        table => said("page.table"),
        show => said("page.show"),
        foot => said("page.foot"),
        note => said("page.note"),
        details => said("page.details"),
    });
    Ok(filled.map_err(fault)?)
}

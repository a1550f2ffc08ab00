//! The site: the desk, the templates and the words, and what all pages have in common.

use std::sync::Arc;

use axum::http::StatusCode;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use super::address::{Asked, link};
use super::view::{WebLink, as_value};
use super::words::PageWords;
use crate::charts;
use crate::error::{Error, Errors, Kind, Result};
use crate::planner::{Mix, MixDesk};
use crate::report::{Language, ParameterNames};
use crate::store::KETEN_VERSION;

/// Templates by name.
const TEMPLATES: [(&str, &str); 14] = [
    ("layout.html", include_str!("page/layout.html")),
    ("blocks.html", include_str!("page/blocks.html")),
    ("budget.html", include_str!("page/budget.html")),
    ("mix.html", include_str!("page/mix.html")),
    ("state.html", include_str!("page/state.html")),
    ("answer.html", include_str!("page/answer.html")),
    ("answer_content.html", include_str!("page/answer_content.html")),
    ("best.html", include_str!("page/best.html")),
    ("best_content.html", include_str!("page/best_content.html")),
    ("places.html", include_str!("page/places.html")),
    ("why.html", include_str!("page/why.html")),
    ("compare.html", include_str!("page/compare.html")),
    ("compare_content.html", include_str!("page/compare_content.html")),
    ("fault.html", include_str!("page/fault.html")),
];
const LOOK: &str = include_str!("page/style.css");
/// The script of the page.
pub(super) const SCRIPT: &str = include_str!("page/page.js");

/// The pages of the navigation: path and key of the name.
const PAGES: [(&str, &str); 6] = [
    ("/", "page.mix"),
    ("/best", "page.best"),
    ("/answer", "page.answer"),
    ("/places", "page.places"),
    ("/why", "page.why"),
    ("/compare", "page.compare"),
];

/// The planner's site.
#[derive(Debug)]
pub(super) struct Site {
    /// Where mixes are answered.
    pub(super) desk: Arc<MixDesk>,
    /// Language of addresses that name none.
    pub(super) usual: Language,
    templates: Environment<'static>,
    words: [PageWords; 2],
    parameters: [ParameterNames; 2],
}

/// What a page answers: the text, its kind, and the status.
#[derive(Clone, Debug)]
pub(super) struct WebPage {
    pub(super) status: StatusCode,
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// Where to go instead, if not empty.
    pub(super) location: String,
    /// Name of the file, for what is taken along.
    pub(super) file: Option<&'static str>,
    /// Whether the page has its own style inside, as the report does.
    pub(super) own_style: bool,
}

/// A fault that a page shows.
#[derive(Clone, Debug)]
pub(super) struct PageFault {
    pub(super) status: StatusCode,
    /// Key of the words.
    pub(super) key: &'static str,
    /// The fault in detail, if any.
    pub(super) detail: String,
}

/// A page or the fault that is shown instead.
pub(super) type PageResult = std::result::Result<WebPage, PageFault>;

impl WebPage {
    /// A page of HTML.
    pub(super) fn html(text: String) -> WebPage {
        WebPage {
            status: StatusCode::OK,
            kind: "text/html; charset=utf-8",
            text,
            location: String::new(),
            file: None,
            own_style: false,
        }
    }

    /// The same with another status.
    pub(super) fn with_status(self, status: StatusCode) -> WebPage {
        WebPage { status, ..self }
    }

    /// A step to another page, after a form was sent.
    pub(super) fn go_to(location: String) -> WebPage {
        WebPage { status: StatusCode::SEE_OTHER, location, ..WebPage::html(String::new()) }
    }

    /// Data for the script.
    pub(super) fn json(value: &serde_json::Value) -> WebPage {
        WebPage { kind: "application/json", ..WebPage::html(value.to_string()) }
    }
}

impl PageFault {
    /// A fault without details.
    pub(super) fn of(status: StatusCode, key: &'static str) -> PageFault {
        PageFault { status, key, detail: String::new() }
    }
}

impl From<Errors> for PageFault {
    fn from(errors: Errors) -> Self {
        PageFault { status: StatusCode::INTERNAL_SERVER_ERROR, key: "fault.internal", detail: errors.to_string() }
    }
}

impl Site {
    /// The site of a desk.
    ///
    /// # Errors
    /// An internal error: templates and words are part of the program.
    pub(super) fn new(desk: Arc<MixDesk>, usual: Language) -> Result<Site> {
        let mut templates = Environment::new();
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        for (name, text) in TEMPLATES {
            templates.add_template(name, text).map_err(|cause| broken(&cause))?;
        }
        let words = [PageWords::new(Language::En)?, PageWords::new(Language::Nl)?];
        let parameters = [ParameterNames::new(Language::En)?, ParameterNames::new(Language::Nl)?];
        Ok(Site { desk, usual, templates, words, parameters })
    }

    /// The words of a language.
    pub(super) fn words(&self, language: Language) -> &PageWords {
        &self.words[usize::from(language == Language::Nl)]
    }

    /// The name of a parameter in a language.
    pub(super) fn parameter(&self, language: Language, key: &str) -> String {
        let names = &self.parameters[usize::from(language == Language::Nl)];
        let whose = |owner: &str| match (self.desk.catalogue().card(owner), language) {
            (Some(card), Language::Nl) => card.dutch.clone(),
            (Some(card), Language::En) => card.title.clone(),
            (None, _) => self.words(language).of("provider", owner),
        };
        names.name(key, &whose)
    }

    /// The style sheet.
    pub(super) fn style() -> String {
        format!("{LOOK}{}", charts::STYLE)
    }

    /// The query of a mix.
    pub(super) fn query(&self, mix: &Mix) -> String {
        mix.to_query(self.desk.catalogue())
    }

    /// A link to a page about a mix in the language asked.
    pub(super) fn link(&self, asked: &Asked, path: &str, shows: &[(&str, &str)]) -> String {
        let language = [("lang", asked.language.word())];
        let shows: Vec<(&str, &str)> = language.into_iter().chain(shows.iter().copied()).collect();
        link(path, &self.query(&asked.mix), &shows)
    }

    /// What all templates read: words, navigation and the other language. `title` is the heading; `refresh` is the number of
    /// seconds after which a browser without scripts loads the page again.
    pub(super) fn shell(&self, asked: &Asked, path: &str, title: &str, refresh: Option<u32>) -> Value {
        let words = self.words(asked.language);
        let query = self.query(&asked.mix);
        let nav = PAGES.iter().map(|(to, key)| {
            let compared = Some(("m", query.as_str())).filter(|_| *to == "/compare");
            let shows: Vec<(&str, &str)> = compared.into_iter().collect();
            WebLink::new(self.link(asked, to, &shows), words.get(key)).marked(*to == path)
        });
        let nav: Vec<WebLink> = nav.collect();
        let other = if asked.language == Language::Nl { Language::En } else { Language::Nl };
        let mut shows = vec![("lang", other.word())];
        for key in ["city", "provider", "year", "figure", "measure"] {
            shows.extend(asked.shows(key).map(|value| (key, value)));
        }
        shows.extend(asked.compared.iter().map(|query| ("m", query.as_str())));
        shows.extend(asked.best.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        context! {
            lang => asked.language.word(),
            version => KETEN_VERSION,
            w => words.tables.clone(),
            title => title,
            nav => as_value(&nav),
            other_lang => other.word(),
            other_href => link(path, &query, &shows),
            refresh => refresh,
        }
    }

    /// Fills a template.
    pub(super) fn render(&self, template: &str, values: Value) -> std::result::Result<String, PageFault> {
        let filled = self.templates.get_template(template).and_then(|template| template.render(values));
        filled.map_err(|cause| PageFault::from(broken(&cause)))
    }

    /// The page that shows a fault.
    pub(super) fn fault_page(&self, asked: &Asked, fault: &PageFault) -> WebPage {
        let words = self.words(asked.language);
        let text = words.say(fault.key, &[("fault", &fault.detail)]);
        let values = context! {
            text => text.as_str(),
            back => self.link(asked, "/", &[]),
            ..self.shell(asked, "", &words.get("fault.title"), None)
        };
        // A template that cannot be filled leaves the plain words.
        let html = self.render("fault.html", values).unwrap_or(text);
        WebPage::html(html).with_status(fault.status)
    }
}

fn broken(cause: &minijinja::Error) -> Errors {
    Error::new(Kind::Internal, format!("the page cannot be made: {cause:#}"), "report this fault").into()
}

//! The texts of the page, in one language.

use std::collections::BTreeMap;

use crate::error::{Error, Kind, Result};
use crate::report::words::Language;

/// Texts by key.
#[derive(Clone, Debug)]
pub(super) struct OfflineTexts(BTreeMap<String, String>);

impl OfflineTexts {
    /// The texts of a language.
    ///
    /// # Errors
    /// An internal error: the texts are part of the program.
    pub(super) fn new(language: Language) -> Result<OfflineTexts> {
        let text = match language {
            Language::Nl => include_str!("words/nl.toml"),
            Language::En => include_str!("words/en.toml"),
        };
        toml::from_str(text).map(OfflineTexts).map_err(|cause| {
            let what = format!("the texts of `{}` cannot be read: {}", language.word(), cause.message());
            Error::new(Kind::Internal, what, "report this fault").into()
        })
    }

    /// All texts, for template and script.
    pub(super) fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The text of a key; the key itself if there is none, which a test prevents.
    pub(super) fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// The text of a key with each `{name}` replaced.
    pub(super) fn say(&self, key: &str, of: &[(&str, String)]) -> String {
        of.iter().fold(self.get(key).to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Placeholders of a text, sorted.
    fn placeholders(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> = text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn both_languages_have_the_same_texts_and_each_is_used() {
        let [nl, en] = Language::ALL.map(|language| OfflineTexts::new(language).expect("texts").0);
        assert_eq!(nl.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
        let sources = [
            include_str!("mod.rs"),
            include_str!("figures.rs"),
            include_str!("page/offline.html"),
            include_str!("page/offline.js"),
        ]
        .concat();
        for (key, text) in &nl {
            assert_eq!(placeholders(text), placeholders(&en[key]), "{key}");
            let used = [format!("\"{key}\""), format!("texts.{key}")];
            assert!(used.iter().any(|used| sources.contains(used)), "{key} is not used");
        }
    }
}

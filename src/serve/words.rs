//! The texts of the page: two catalogs with the same keys, one per language.

use std::collections::BTreeMap;

use minijinja::Value;

use super::view::as_value;
use crate::error::{Error, Kind, Result};
use crate::report::{Language, Words};

/// The catalog of a language.
#[derive(Clone, Debug)]
pub(super) struct PageWords {
    /// Language.
    pub(super) language: Language,
    words: Words,
    /// The same as tables, for the templates.
    pub(super) tables: Value,
}

impl PageWords {
    /// Reads the catalog of a language.
    ///
    /// # Errors
    /// An internal error: the catalogs are part of the program.
    pub(super) fn new(language: Language) -> Result<PageWords> {
        let text = match language {
            Language::Nl => include_str!("words/nl.toml"),
            Language::En => include_str!("words/en.toml"),
        };
        let words = Words::read(text, language)?;
        let tables: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(text).map_err(|cause| {
            let what = format!("the words of the page in `{}` cannot be read: {}", language.word(), cause.message());
            Error::new(Kind::Internal, what, "report this fault")
        })?;
        Ok(PageWords { language, words, tables: as_value(&tables) })
    }

    /// The text of a key; the key itself if there is none, which a test prevents.
    pub(super) fn get(&self, key: &str) -> String {
        self.words.get(key)
    }

    /// The text of a name from the model in a table of words; the name itself, readable, if the catalog lacks it.
    pub(super) fn of(&self, table: &str, name: &str) -> String {
        self.words.known(&format!("{table}.{name}")).unwrap_or_else(|| name.replace('_', " "))
    }

    /// The text of a key with each `{name}` replaced. Text that is put in is not searched again.
    pub(super) fn say(&self, key: &str, of: &[(&str, &str)]) -> String {
        self.words.say(key, of)
    }

    /// The place of this language in pairs in English and in Dutch.
    pub(super) fn side(&self) -> usize {
        usize::from(self.language == Language::Nl)
    }

    /// The text of this language of a pair in English and in Dutch.
    pub(super) fn either<'a>(&self, pair: &'a [String; 2]) -> &'a str {
        &pair[self.side()]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Tables whose keys are words of the model.
    const FAMILIES: [&str; 9] =
        ["payer.", "per.", "function.", "target.", "scheme.", "evidence.", "kind.", "provider.", "unit."];

    fn both() -> [PageWords; 2] {
        Language::ALL.map(|language| PageWords::new(language).unwrap_or_else(|errors| panic!("{errors}")))
    }

    fn placeholders(text: &str) -> BTreeSet<String> {
        text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0.to_owned())).collect()
    }

    fn sources() -> String {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve")];
        let mut text = String::new();
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "html") {
                    text.push_str(&fs::read_to_string(path).expect("a source file"));
                }
            }
        }
        text
    }

    #[test]
    fn the_catalogs_have_the_same_keys_and_placeholders() {
        let [nl, en] = both();
        let keys = |words: &PageWords| words.words.entries().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&nl), keys(&en));
        for (key, text) in nl.words.entries() {
            assert_eq!(placeholders(text), placeholders(&en.words.entries()[key]), "{key}");
            assert!(!text.is_empty(), "{key}");
        }
    }

    #[test]
    fn every_key_is_used_and_every_key_asked_for_is_there() {
        let ([_, en], text) = (both(), sources());
        let used = |key: &str| {
            let named = text.contains(&format!("\"{key}\"")) || text.contains(&format!("w.{key}"));
            // Keys of which a part is a word from data.
            let stems = key.char_indices().filter(|(_, letter)| ['.', '_'].contains(letter)).map(|(at, _)| &key[..=at]);
            let made = |stem: &str| text.contains(&format!("\"{stem}{{"));
            named || stems.into_iter().any(made)
        };
        let family = |key: &str| FAMILIES.iter().any(|family| key.starts_with(family));
        let unused: Vec<&String> = en.words.entries().keys().filter(|key| !family(key) && !used(key)).collect();
        assert_eq!(unused, Vec::<&String>::new());
        let asked = text.split("say(\"").skip(1).chain(text.split("get(\"").skip(1));
        let asked = asked.filter_map(|rest| Some(rest.split_once('"')?.0)).filter(|key| key.contains('.'));
        let absent: BTreeSet<&str> = asked.filter(|key| !en.words.entries().contains_key(*key)).collect();
        assert_eq!(absent, BTreeSet::new());
    }
}

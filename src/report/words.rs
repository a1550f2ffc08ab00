//! The texts of a report: two catalogs with the same keys, one per language.

use std::collections::BTreeMap;

use crate::error::{Error, Kind, Result};

/// A language of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Dutch.
    Nl,
    /// English.
    #[default]
    En,
}

impl Language {
    /// Both.
    pub const ALL: [Language; 2] = [Language::Nl, Language::En];

    /// Its code, as in the attribute `lang`.
    pub fn word(self) -> &'static str {
        match self {
            Language::Nl => "nl",
            Language::En => "en",
        }
    }

    fn catalog(self) -> &'static str {
        match self {
            Language::Nl => include_str!("words/nl.toml"),
            Language::En => include_str!("words/en.toml"),
        }
    }
}

/// A catalog by dotted key.
#[derive(Clone, Debug)]
pub struct Words {
    entries: BTreeMap<String, String>,
}

impl Words {
    /// Reads the catalog of a language.
    ///
    /// # Errors
    /// An internal error: the catalogs are part of the program.
    pub(super) fn new(language: Language) -> Result<Words> {
        Words::read(language.catalog(), language)
    }

    /// Reads the text of a catalog in a language.
    ///
    /// # Errors
    /// An internal error: catalogs are part of the program.
    pub fn read(catalog: &str, language: Language) -> Result<Words> {
        let fault = |cause: toml::de::Error| {
            let what = format!("the words of `{}` cannot be read: {}", language.word(), cause.message());
            Error::new(Kind::Internal, what, "report this fault")
        };
        let table: toml::Table = toml::from_str(catalog).map_err(fault)?;
        let mut entries = BTreeMap::new();
        flatten("", &table, &mut entries);
        Ok(Words { entries })
    }

    /// The same texts, but for those that `change` gives another one, by key and text.
    pub(super) fn changed(mut self, change: impl Fn(&str, &str) -> Option<String>) -> Words {
        for (key, text) in &mut self.entries {
            if let Some(other) = change(key, text) {
                *text = other;
            }
        }
        self
    }

    /// All texts by key.
    pub fn entries(&self) -> &BTreeMap<String, String> {
        &self.entries
    }

    /// The text of a key; the key itself if there is none, which a test prevents.
    pub fn get(&self, key: &str) -> String {
        self.entries.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// The text of a key that the catalog may lack, such as that of a measure from a user's model.
    pub fn known(&self, key: &str) -> Option<String> {
        self.entries.get(key).cloned()
    }

    /// The text of a key with each `{name}` replaced.
    pub fn say(&self, key: &str, of: &[(&str, &str)]) -> String {
        let mut out = String::new();
        let text = self.get(key);
        let mut rest = text.as_str();
        // In a single pass, so that inserted text is not searched for placeholders.
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                rest = after;
                break;
            };
            debug_assert!(of.iter().any(|(known, _)| *known == name), "nothing to put into {{{name}}} of {key}");
            out.push_str(of.iter().find(|(known, _)| *known == name).map_or(name, |(_, value)| value));
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// The text with an initial capital.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn flatten(at: &str, table: &toml::Table, entries: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, entries),
            toml::Value::String(text) => {
                entries.insert(key, text.clone());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::report::parameter_names::UNTOLD;

    /// Keys that consist of a stem and a word from data.
    const FAMILIES: [&str; 26] = [
        "cities.change.",
        "measure.",
        "payer.",
        "kind.",
        "unit.",
        "pathway.",
        "childhood.",
        "provider.",
        "fit.target.",
        "fit.moment.",
        "fit.margin.",
        "preset.",
        "perspective.",
        "lineage.",
        "process.",
        "budget.",
        "matters.line.",
        "path.",
        "short.",
        "changes.group.",
        "source.",
        "chapter.",
        "verdict.prevents.",
        "verdict.causes.",
        "verdict.unsure.",
        "path_of.",
    ];

    fn placeholders(text: &str) -> BTreeSet<String> {
        text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0.to_owned())).collect()
    }

    /// All Rust and template text of this room.
    fn sources() -> String {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report")];
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
        let [nl, en] = Language::ALL.map(|language| Words::new(language).expect("a catalog"));
        let keys = |words: &Words| words.entries.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&nl), keys(&en));
        for (key, text) in &nl.entries {
            assert_eq!(placeholders(text), placeholders(&en.entries[key]), "{key}");
            assert!(!text.is_empty(), "{key}");
        }
    }

    #[test]
    fn every_key_is_used() {
        let (words, text) = (Words::new(Language::En).expect("a catalog"), sources());
        let there = |word: &str| text.contains(&format!("\"{word}\"")) || text.contains(&format!("'{word}'"));
        // Used as a whole, or as a stem with a suffix.
        let used =
            |key: &str| there(key) || key.rsplit_once('.').is_some_and(|(stem, last)| there(stem) && there(last));
        let family = |key: &str| FAMILIES.iter().any(|family| key.starts_with(family));
        let unused: Vec<&String> = words.entries.keys().filter(|key| !family(key) && !used(key)).collect();
        assert_eq!(unused, Vec::<&String>::new());
    }

    #[test]
    fn every_key_asked_for_is_there() {
        let (words, text) = (Words::new(Language::En).expect("a catalog"), sources());
        let asked = text.split("say(\"").skip(1).chain(text.split("get(\"").skip(1)).chain(text.split("w(\"").skip(1));
        let asked = asked.filter_map(|rest| Some(rest.split_once('"')?.0));
        let dotted = asked.filter(|key| key.contains('.') && !key.ends_with('.'));
        let absent: BTreeSet<&str> = dotted.filter(|key| !words.entries.contains_key(*key)).collect();
        assert_eq!(absent, BTreeSet::new());
    }

    /// Keys of the parameters that vary between draws, in the files of a model.
    fn what_varies(table: &toml::Table, keys: &mut BTreeSet<String>, at: &mut Vec<String>) {
        let varies =
            table.get("spread").and_then(|spread| spread.get("law")).is_some_and(|law| law.as_str() != Some("fixed"));
        if varies {
            keys.insert(at.join("."));
        }
        for (key, value) in table {
            if let toml::Value::Table(inner) = value {
                at.push(key.clone());
                what_varies(inner, keys, at);
                at.pop();
            }
        }
    }

    #[test]
    fn every_parameter_that_varies_has_words_and_no_words_are_left_over() {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/g4-2008");
        let mut keys = BTreeSet::new();
        for folder in [model.clone(), model.join("interventions")] {
            for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
                if path.extension().is_some_and(|ending| ending == "toml") {
                    let table = fs::read_to_string(path).expect("a file").parse().expect("a table");
                    what_varies(&table, &mut keys, &mut Vec::new());
                }
            }
        }
        assert!(keys.contains("transmission.kappa"), "the files were read");
        // The name of a measure or a service is on its card.
        let told = |key: &String| -> Vec<String> {
            let names: Vec<&str> = key.split('.').collect();
            let card = names.iter().position(|name| ["interventions", "services"].contains(name));
            let rest = &names[card.map_or(0, |card| card + 2)..];
            rest.iter().filter(|name| !UNTOLD.contains(name)).map(|name| (*name).to_owned()).collect()
        };
        let names: BTreeSet<String> = keys.iter().flat_map(told).collect();
        let words = Words::new(Language::En).expect("a catalog");
        let stem = |stem: &str| -> BTreeSet<String> {
            words.entries.keys().filter_map(|key| key.strip_prefix(stem)).map(str::to_owned).collect()
        };
        assert_eq!(stem("path."), names);
        assert_eq!(stem("path_of.").difference(&keys).collect::<Vec<_>>(), Vec::<&String>::new());
    }

    /// Phrases of an earlier dialect that readers stumbled over.
    #[test]
    fn the_catalogs_are_free_of_the_old_dialect() {
        let english = ["luck", "by lot", "be told", "worth its money", "two worlds", "both worlds", "on nobody"];
        let dutch = ["nagebootst", "nabootsing", "voorval", "beste koop", "op niemand", "werelden", "begingetal"];
        for (language, phrases) in [(Language::En, english), (Language::Nl, dutch)] {
            for (key, text) in &Words::new(language).expect("a catalog").entries {
                let found: Vec<&str> = phrases.into_iter().filter(|phrase| text.contains(*phrase)).collect();
                assert_eq!(found, Vec::<&str>::new(), "{key}");
            }
        }
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let words = Words { entries: BTreeMap::from([("a".into(), "{x} and {y}".into())]) };
        assert_eq!(words.say("a", &[("x", "{y}"), ("y", "2")]), "{y} and 2");
    }
}

//! Names of parameters for readers, in the language of a page.

use super::words::{Language, Words, capital};
use crate::error::Result;

/// Parts of parameter keys that denote a place in the file and do not describe the parameter.
pub(super) const UNTOLD: [&str; 3] = ["programme", "costs", "everywhere"];

/// Names of parameters in one language, from the texts of reports.
#[derive(Clone, Debug)]
pub struct ParameterNames(Words);

impl ParameterNames {
    /// The names in a language.
    ///
    /// # Errors
    /// An internal error: the texts are part of the program.
    pub fn new(language: Language) -> Result<ParameterNames> {
        Words::new(language).map(ParameterNames)
    }

    /// The name of a parameter by its dotted key: `Support in pregnancy › uptake`. `whose` names a measure or service.
    pub fn name(&self, key: &str, whose: &dyn Fn(&str) -> String) -> String {
        parameter_name(&self.0, key, whose)
    }
}

/// The name of a parameter: a text for the whole key, or each part of it in the language of the texts.
pub(super) fn parameter_name(words: &Words, key: &str, whose: &dyn Fn(&str) -> String) -> String {
    if let Some(name) = words.known(&format!("path_of.{key}")) {
        return name;
    }
    let names: Vec<&str> = key.split('.').collect();
    let (owner, rest) = match names.as_slice() {
        ["interventions", owner, rest @ ..] | ["chain", "services", owner, rest @ ..] => (Some(*owner), rest),
        rest => (None, rest),
    };
    let readable = |word: &&str| words.known(&format!("path.{word}")).unwrap_or_else(|| word.replace(['_', '-'], " "));
    let told = rest.iter().filter(|name| !UNTOLD.contains(name)).map(readable);
    capital(&owner.map(whose).into_iter().chain(told).collect::<Vec<_>>().join(" › "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_of_a_measure_has_the_name_of_the_measure_and_words_of_the_language() {
        let names = ParameterNames::new(Language::Nl).expect("texts");
        let of = |key: &str| names.name(key, &|owner| format!("de maatregel {owner}"));
        let name = of("interventions.nhv.programme.uptake");
        assert!(
            name.starts_with("De maatregel nhv › ") && !name.contains("programme") && !name.contains('_'),
            "{name}"
        );
        assert_eq!(of("chain.shelter.injury"), "opvang › gevraagd bij letsel");
    }
}

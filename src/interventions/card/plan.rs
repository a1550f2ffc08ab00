//! The place of a card in the action programme: chapter and phase, and how a scenario moves it in time or leaves a city
//! out.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Chapter of the action programme that plans a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Chapter {
    /// Model approach and quality norms.
    #[serde(rename = "4.1")]
    ModelApproach,
    /// Help for children, and research into transmission between generations.
    #[serde(rename = "4.2")]
    Children,
    /// Persuasion and coercion for perpetrators.
    #[serde(rename = "4.3")]
    Perpetrators,
    /// Shelters.
    #[serde(rename = "4.4")]
    Shelters,
    /// Monitoring and effect measurement: measures that the document only wants to study.
    #[serde(rename = "4.5")]
    Monitoring,
    /// Pilots that ran in 2008.
    #[serde(rename = "annexe I")]
    AnnexeI,
}

impl Chapter {
    /// The words used in files.
    pub const WORDS: [&str; 6] = ["4.1", "4.2", "4.3", "4.4", "4.5", "annexe I"];
}

/// Calendar years of the phases of the model approach (L600-673), first and last.
pub const PHASES: [(i32, i32); 3] = [(2008, 2010), (2010, 2010), (2011, 2011)];

/// Schema of the phase of a card.
pub(super) fn phase_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "integer",
        "minimum": 1,
        "maximum": PHASES.len(),
        "x-setting": true,
        "x-cure": "give 1 (description, 2008 to 2010), 2 (norms and improvements, 2010) or 3 (execution, 2011)"
    })
}

/// Most months of a delay: forty years.
pub(super) const LONGEST_DELAY: u32 = 480;

/// Schema of a delay in whole months.
pub(super) fn delay_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "integer",
        "minimum": 0,
        "maximum": LONGEST_DELAY,
        "default": 0,
        "x-setting": true,
        "x-cure": "give whole months from 0 to 480"
    })
}

/// Schema of a list of cities: names, or numbers from 0.
pub(super) fn cities_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": { "anyOf": [{ "type": "string" }, { "type": "integer", "minimum": 0 }] },
        "uniqueItems": true,
        "x-cure": "give names of cities, for example [\"Utrecht\"]"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_chapters_are_those_that_files_use() {
        let all = [
            Chapter::ModelApproach,
            Chapter::Children,
            Chapter::Perpetrators,
            Chapter::Shelters,
            Chapter::Monitoring,
            Chapter::AnnexeI,
        ];
        let words = all.map(|chapter| serde_json::to_value(chapter).expect("a word"));
        assert_eq!(words, Chapter::WORDS.map(serde_json::Value::from));
    }
}

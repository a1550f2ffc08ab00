//! The model as recorded in a manifest.

use std::collections::BTreeMap;

use serde_json::Value;

use super::entries::below;
use crate::store::Manifest;

/// The model of a run, as its manifest records it: all its files as one table, before draw, scenario and `--set`.
#[derive(Clone, Copy, Debug)]
pub struct RecordedModel<'a>(&'a Value);

impl Manifest {
    /// The model as recorded.
    pub fn model(&self) -> RecordedModel<'_> {
        const NOTHING: &Value = &Value::Null;
        RecordedModel(self.config.get("model").unwrap_or(NOTHING))
    }
}

impl<'a> RecordedModel<'a> {
    /// The entry at a dotted key: the passport of a parameter, or a table.
    pub fn entry(self, key: &str) -> Option<&'a Value> {
        key.split('.').try_fold(self.0, |table, name| table.get(name))
    }

    /// Passports of all parameters by dotted key.
    pub fn passports(self) -> BTreeMap<String, &'a Value> {
        fn gather<'a>(table: &'a Value, at: &str, found: &mut BTreeMap<String, &'a Value>) {
            let Some(inner) = table.as_object() else { return };
            if inner.contains_key("unit") && inner.contains_key("grade") {
                found.insert(at.to_owned(), table);
                return;
            }
            for (key, value) in inner {
                gather(value, &below(at, key), found);
            }
        }
        let mut found = BTreeMap::new();
        gather(self.0, "", &mut found);
        found
    }

    /// The card of a measure.
    pub fn card(self, measure: &str) -> Option<&'a Value> {
        self.0.get("interventions")?.get(measure)
    }

    /// Whether persons start a measure.
    pub fn has_programme(self, measure: &str) -> bool {
        self.card(measure).is_some_and(|card| card["programme"].is_object())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn passports_are_found_by_dotted_key() {
        let model = json!({
            "interventions": { "nhv": { "programme": {} }, "court": {} },
            "birth": { "share": { "value": 0.5, "unit": "share", "grade": "A" } },
        });
        let model = RecordedModel(&model);
        assert_eq!(model.passports().keys().collect::<Vec<_>>(), ["birth.share"]);
        assert_eq!(model.entry("birth.share.value"), Some(&json!(0.5)));
        assert!(model.has_programme("nhv") && !model.has_programme("court") && model.card("court").is_some());
        assert!(model.card("other").is_none());
    }
}

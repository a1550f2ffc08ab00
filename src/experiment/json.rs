//! Values of model files as JSON.

use serde_json::{Map, Value as Json};
use toml::Value;

use crate::config::Change;

/// Changes of a model by their key.
pub(super) fn changes_json(changes: &[Change]) -> Json {
    changes.iter().map(|change| (change.key.clone(), to_json(&change.value))).collect::<Map<_, _>>().into()
}

/// A value of a model file as JSON; a checked model has no number that JSON cannot represent.
pub(super) fn to_json(value: &Value) -> Json {
    match value {
        Value::String(text) => text.as_str().into(),
        Value::Integer(whole) => (*whole).into(),
        Value::Float(number) => (*number).into(),
        Value::Boolean(answer) => (*answer).into(),
        Value::Datetime(date) => date.to_string().into(),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Table(table) => {
            table.iter().map(|(key, value)| (key.clone(), to_json(value))).collect::<Map<_, _>>().into()
        }
    }
}

//! Canonical JSON: sorted keys, a unique representation of numbers, and a seal (hash) over the document.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use super::disk;
use crate::error::{Error, Kind, Result};

/// The canonical text of a JSON value: keys sorted by their bytes, no white space, integers without a decimal point (so
/// `1` and `1.0` are equal), other numbers with the fewest digits that restore them.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_bytes());
            text.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                write_canonical(value, text);
            }
            text.push(']');
        }
        Value::Number(number) => text.push_str(&whole(number).unwrap_or_else(|| number.to_string())),
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
}

/// An integer that a float represents exactly, without a decimal point.
fn whole(number: &Number) -> Option<String> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    let value = number.as_f64().filter(|v| number.is_f64() && v.fract() == 0.0 && v.abs() <= EXACT)?;
    Some((value as i64).to_string())
}

/// The same value with every float rounded to nine significant digits.
pub fn rounded(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (key.clone(), rounded(value))).collect()),
        Value::Array(values) => values.iter().map(rounded).collect(),
        Value::Number(number) if number.is_f64() => {
            let nine = number.as_f64().and_then(|v| format!("{v:.8e}").parse::<f64>().ok());
            nine.and_then(Number::from_f64).map_or_else(|| value.clone(), Value::Number)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

const SEAL: &str = "seal";

/// blake3 of the document without the seal itself.
fn seal_of(document: &Map<String, Value>) -> String {
    let mut unsealed = document.clone();
    unsealed.remove(SEAL);
    blake3::hash(canonical(&Value::Object(unsealed)).as_bytes()).to_string()
}

/// Writes a document as readable JSON, with a seal at its end: a hash of the rest.
///
/// # Errors
/// A document that is not a JSON object; a full, read-only or failing disk.
pub fn write_sealed(path: &Path, document: &impl Serialize) -> Result<()> {
    let Ok(Value::Object(mut map)) = serde_json::to_value(document) else {
        return Err(Error::new(Kind::Internal, "a document that is not a JSON object", "report this fault").into());
    };
    map.insert(SEAL.into(), seal_of(&map).into());
    write_whole(path, &map)
}

/// Writes a document as readable JSON.
pub(super) fn write_whole(path: &Path, document: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(document).expect("a document of maps with text keys can be written");
    text.push('\n');
    disk::write_whole(path, text.as_bytes())
}

/// Reads a document, and reports whether its seal is valid.
///
/// # Errors
/// A file that is missing or cannot be read, or whose contents are not such a document.
pub fn read_sealed<T: DeserializeOwned>(path: &Path) -> Result<(T, bool)> {
    let value: Value = read(path)?;
    let sealed = value.as_object().is_some_and(|map| map.get(SEAL).and_then(Value::as_str) == Some(&seal_of(map)));
    let document = T::deserialize(value).map_err(|cause| damaged(path, &cause))?;
    Ok((document, sealed))
}

/// Reads a JSON document.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_slice(&disk::read(path)?).map_err(|cause| damaged(path, &cause).into())
}

fn damaged(path: &Path, cause: &serde_json::Error) -> Error {
    let line = Some(cause.line()).filter(|&line| line > 0);
    Error::data(format!("damaged: {cause}"), "run the experiment again").in_file(path.display().to_string(), line)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_and_the_point_of_a_whole_number_do_not_matter() {
        let one = json!({"b": [1.0, -0.0, null], "a": {"y": "é\n", "x": 0.1}});
        let other = json!({"a": {"x": 0.1, "y": "é\n"}, "b": [1, 0, null]});
        assert_eq!(canonical(&one), canonical(&other));
        assert_eq!(canonical(&one), r#"{"a":{"x":0.1,"y":"é\n"},"b":[1,0,null]}"#);
        assert_ne!(canonical(&json!({"a": 1, "b": 2})), canonical(&json!({"a": 2, "b": 1})));
        assert_eq!(canonical(&json!(u64::MAX)), "18446744073709551615");
    }

    #[test]
    fn floats_are_rounded_to_nine_digits_and_whole_numbers_are_left() {
        let value = json!({"a": [0.123456789123, 1e-300, 123456789012345.0], "n": 123456789012345u64});
        assert_eq!(rounded(&value), json!({"a": [0.123456789, 1e-300, 123456789000000.0], "n": 123456789012345u64}));
    }
}

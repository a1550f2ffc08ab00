//! The published schema of a kind of file, and look-ups in it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Validator;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value as Json;
use toml::{Table, Value};

use crate::config::words;
use crate::error::{Error, Kind};

/// Schema keyword with the message for an unknown key; the known keys are listed after it.
const UNKNOWN: &str = "x-unknown";
/// Schema keyword of a number that is a setting, such as a choice of months, and needs no passport.
pub(crate) const SETTING: &str = "x-setting";

/// The schema of a kind of file, ready to check tables against.
#[derive(Clone)]
pub struct Grammar {
    schema: Arc<Json>,
    pub(crate) validator: Arc<Validator>,
}

impl fmt::Debug for Grammar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grammar").field("title", &self.schema.get("title")).finish_non_exhaustive()
    }
}

/// Grammars built so far, by the id of their type: building one takes longer than checking a file against it.
static MADE: Mutex<BTreeMap<String, Grammar>> = Mutex::new(BTreeMap::new());

/// The JSON schema of a kind of file, as an editor reads it from the `#:schema` line.
pub fn schema<T: JsonSchema>() -> Json {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value();
    without_null(&mut schema);
    schema
}

/// TOML has no null: an optional value is simply absent.
fn without_null(node: &mut Json) {
    if let Json::Object(object) = node {
        if let Some(Json::Array(kinds)) = object.get_mut("type") {
            kinds.retain(|kind| kind != "null");
            if let [one] = kinds.as_slice() {
                let one = one.clone();
                object.insert("type".into(), one);
            }
        }
        for word in ["anyOf", "oneOf"] {
            let only = match object.get_mut(word) {
                Some(Json::Array(branches)) => {
                    branches.retain(|branch| branch.get("type").is_none_or(|kind| kind != "null"));
                    (branches.len() == 1).then(|| branches[0].clone())
                }
                _ => None,
            };
            if let Some(Json::Object(only)) = only {
                object.remove(word);
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
        }
        if object.get("default").is_some_and(Json::is_null) {
            object.remove("default");
        }
        object.iter_mut().for_each(|(_, inner)| without_null(inner));
    } else if let Json::Array(items) = node {
        items.iter_mut().for_each(without_null);
    }
}

impl Grammar {
    /// The grammar of files that are read into `T`.
    ///
    /// # Errors
    /// [`Kind::Internal`] when the schema of `T` is invalid.
    pub fn of<T: JsonSchema>() -> Result<Self, Error> {
        let id = T::schema_id().into_owned();
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(&id) {
            return Ok(known.clone());
        }
        let grammar = Grammar::from_schema(schema::<T>())?;
        made.insert(id, grammar.clone());
        Ok(grammar)
    }

    /// A grammar from a JSON schema.
    ///
    /// # Errors
    /// [`Kind::Internal`] when it is invalid.
    pub fn from_schema(schema: Json) -> Result<Self, Error> {
        let validator = jsonschema::validator_for(&schema).map_err(|cause| {
            Error::new(Kind::Internal, format!("the schema cannot be used: {cause}"), "please report this")
        })?;
        Ok(Grammar { schema: Arc::new(schema), validator: Arc::new(validator) })
    }

    /// The JSON schema itself.
    pub fn schema(&self) -> &Json {
        &self.schema
    }

    pub(crate) fn resolve<'a>(&'a self, mut node: &'a Json) -> &'a Json {
        // A chain of references in a generated schema is short; the bound only prevents an endless loop.
        for _ in 0..16 {
            let Some(name) = node.get("$ref").and_then(Json::as_str) else { break };
            let Some(next) = self.schema.pointer(name.trim_start_matches('#')) else { break };
            node = next;
        }
        node
    }

    fn step<'a>(&'a self, node: &'a Json, step: &str) -> Option<&'a Json> {
        let node = self.resolve(node);
        if let Some(inner) = node.get("properties").and_then(|all| all.get(step)) {
            return Some(inner);
        }
        if let Some(inner) = node.get("additionalProperties").filter(|rest| rest.is_object()) {
            return Some(inner);
        }
        if let Some(inner) = node.get("items").filter(|_| step.parse::<usize>().is_ok()) {
            return Some(inner);
        }
        ["anyOf", "oneOf", "allOf"]
            .iter()
            .filter_map(|word| node.get(word).and_then(Json::as_array))
            .flatten()
            .find_map(|branch| self.step(branch, step))
    }

    /// The schema node at a pointer (with its description), or `None` for an unknown key.
    pub(crate) fn node(&self, pointer: &str) -> Option<&Json> {
        words::steps(pointer).iter().try_fold(self.schema.as_ref(), |node, step| self.step(node, step))
    }

    /// Keys the schema allows at a pointer.
    pub(crate) fn keys(&self, pointer: &str) -> Vec<&str> {
        fn gather<'a>(grammar: &'a Grammar, node: &'a Json, keys: &mut Vec<&'a str>) {
            let node = grammar.resolve(node);
            if let Some(properties) = node.get("properties").and_then(Json::as_object) {
                keys.extend(properties.keys().map(String::as_str));
            }
            for word in ["anyOf", "oneOf", "allOf"] {
                for branch in node.get(word).and_then(Json::as_array).into_iter().flatten() {
                    gather(grammar, branch, keys);
                }
            }
        }
        let mut keys = Vec::new();
        if let Some(node) = self.node(pointer) {
            gather(self, node, &mut keys);
        }
        keys
    }

    /// Unit of the parameter that the schema expects at a pointer, or `None` if it expects something else.
    pub(crate) fn unit(&self, pointer: &str) -> Option<&str> {
        self.resolve(self.node(pointer)?).pointer("/properties/unit/const").and_then(Json::as_str)
    }

    /// Whether the schema allows a plain number here that is a parameter, which needs a passport.
    pub(crate) fn takes_number(&self, pointer: &str) -> bool {
        let Some(node) = self.node(pointer).map(|node| self.resolve(node)) else { return false };
        if node.get(SETTING).is_some() {
            return false;
        }
        match node.get("type").and_then(Json::as_str) {
            Some(kind) => matches!(kind, "number" | "integer"),
            None => ["enum", "const", "oneOf", "anyOf"].iter().all(|word| node.get(word).is_none()),
        }
    }

    /// Message for an unknown key in the table at a pointer, if the schema has one.
    pub(crate) fn unknown_at(&self, pointer: &str) -> Option<&str> {
        self.resolve(self.node(pointer)?).get(UNKNOWN).and_then(Json::as_str)
    }

    /// The words that are allowed at a pointer, if it is restricted to some.
    pub(crate) fn choices_at(&self, pointer: &str) -> Vec<String> {
        self.node(pointer).map(|node| self.choices(node)).unwrap_or_default()
    }

    /// Default of a setting that is left out, if the schema has one: a word, a switch or a number.
    pub(crate) fn usual(&self, pointer: &str) -> Option<String> {
        let given = self.node(pointer)?;
        let value = given.get("default").or_else(|| self.resolve(given).get("default"))?;
        match value {
            Json::String(word) => (!self.choices(given).is_empty()).then(|| word.clone()),
            Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
            _ => None,
        }
    }

    /// Meaningful range of a parameter beyond the range of its unit: minimum, exclusive minimum, maximum.
    pub(crate) fn limits(&self, pointer: &str) -> Limits {
        let node = self.node(pointer);
        let of = |word: &str| node.and_then(|node| node.get(word)).and_then(Json::as_f64);
        Limits { least: of("x-least"), above: of("x-above"), most: of("x-most") }
    }

    /// The keys that a new entry of a table of named things requires; `None` if the pointer is no such entry.
    pub(crate) fn entry_needs(&self, pointer: &str) -> Option<Vec<&str>> {
        let (above, name) = pointer.rsplit_once('/')?;
        let table = self.resolve(self.node(above)?);
        let named = table.get("properties").is_some_and(|all| all.get(name).is_some());
        let entry = table.get("additionalProperties").filter(|rest| rest.is_object() && !named)?;
        let needs = self.resolve(entry).get("required").and_then(Json::as_array);
        Some(needs.into_iter().flatten().filter_map(Json::as_str).collect())
    }

    pub(crate) fn wants_rows(&self, pointer: &str) -> bool {
        self.node(pointer).is_some_and(|node| self.resolve(node).pointer("/properties/rows").is_some())
    }

    /// Documentation of a key: the closest description, without line breaks.
    pub(crate) fn describe(&self, pointer: &str) -> Option<String> {
        let node = self.node(pointer)?;
        let words = node.get("description").or_else(|| {
            // The description of a unit type does not describe the parameter.
            self.unit(pointer).is_none().then(|| self.resolve(node).get("description")).flatten()
        })?;
        Some(words.as_str()?.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Meaningful range of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    least: Option<f64>,
    above: Option<f64>,
    most: Option<f64>,
}

impl Limits {
    /// The remedy for a value outside the range; `None` for a valid one.
    pub(crate) fn cure(&self, number: f64) -> Option<String> {
        let fits = self.least.is_none_or(|least| number >= least)
            && self.above.is_none_or(|above| number > above)
            && self.most.is_none_or(|most| number <= most);
        let low = match (self.least, self.above) {
            (Some(least), _) => Some(format!("of at least {}", words::plain(least))),
            (None, Some(above)) => Some(format!("above {}", words::plain(above))),
            (None, None) => None,
        };
        let high = self.most.map(|most| format!("at most {}", words::plain(most)));
        let limits: Vec<String> = low.into_iter().chain(high).collect();
        (!fits).then(|| format!("give a number {}", limits.join(" and ")))
    }
}

/// The value at a pointer of a table.
pub(crate) fn value_at<'a>(table: &'a Table, pointer: &str) -> Option<&'a Value> {
    let steps = words::steps(pointer);
    let (first, rest) = steps.split_first()?;
    rest.iter().try_fold(table.get(first)?, |value, step| match value {
        Value::Table(inner) => inner.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => None,
    })
}

/// The table as JSON; dates and numbers that are not finite become null, which every check skips.
pub(crate) fn to_json(table: &Table) -> Json {
    fn one(value: &Value) -> Json {
        match value {
            Value::String(text) => Json::String(text.clone()),
            Value::Integer(whole) => Json::from(*whole),
            Value::Float(number) => Json::from(*number),
            Value::Boolean(answer) => Json::Bool(*answer),
            Value::Datetime(_) => Json::Null,
            Value::Array(items) => Json::Array(items.iter().map(one).collect()),
            Value::Table(inner) => to_json(inner),
        }
    }
    Json::Object(table.iter().map(|(key, value)| (key.clone(), one(value))).collect())
}

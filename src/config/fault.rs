//! Faults of a table against a schema, in plain words.

use jsonschema::error::ValidationErrorKind as Wrong;
use serde_json::Value as Json;
use toml::{Table, Value};

use crate::config::grammar::{Grammar, to_json, value_at};
use crate::config::words::{self, dotted, listed, push, show, suggest, suggest_among};

/// Schema keyword with the remedy for a value that does not fit.
const CURE: &str = "x-cure";

/// One fault at one pointer of a table; becomes an [`Error`](crate::error::Error) when its place is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Pointer of the key or value.
    pub at: String,
    /// Description of the fault.
    pub what: String,
    /// The remedy.
    pub cure: String,
    /// Whether a required key is missing.
    pub missing: bool,
}

impl Fault {
    /// A fault of an existing key or value.
    pub(crate) fn new(at: impl Into<String>, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Fault { at: at.into(), what: what.into(), cure: cure.into(), missing: false }
    }

    /// A fault of a missing key.
    pub(crate) fn absent(at: impl Into<String>, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Fault { missing: true, ..Fault::new(at, what, cure) }
    }
}

impl Grammar {
    /// All faults of a table against the schema.
    pub(crate) fn faults(&self, table: &Table) -> Vec<Fault> {
        let json = to_json(table);
        let mut lacking: Vec<(String, Vec<String>)> = Vec::new();
        let mut faults = Vec::new();
        for wrong in self.validator.iter_errors(&json) {
            let at = wrong.instance_path().as_str().to_owned();
            if let Wrong::Required { property } = wrong.kind() {
                let name = property.as_str().unwrap_or_default().to_owned();
                match lacking.iter_mut().find(|(known, _)| *known == at) {
                    Some((_, names)) => names.push(name),
                    None => lacking.push((at, vec![name])),
                }
            } else {
                self.explain(&at, wrong.kind(), wrong.instance(), table, &mut faults);
            }
        }
        for (at, mut names) in lacking {
            // A misspelt key is one fault, reported at its place.
            names.retain(|name| !misspelt(name, &at, &faults));
            if !names.is_empty() {
                self.lacking(&at, &names, &mut faults);
            }
        }
        faults
    }

    fn lacking(&self, at: &str, names: &[String], faults: &mut Vec<Fault>) {
        if self.unit(at).is_some() {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let cures: Vec<String> = names.iter().map(|name| self.example(&words::push(at, name), name)).collect();
            let what = format!("its passport lacks {}", listed(&names));
            return faults.push(Fault::absent(at, what, format!("add {}", cures.join(", "))));
        }
        for name in names {
            let inner = words::push(at, name);
            faults.push(Fault::absent(&inner, "it is missing", self.how_to_add(&inner, name)));
        }
    }

    /// How to write a missing key.
    fn how_to_add(&self, pointer: &str, name: &str) -> String {
        let key = dotted(pointer);
        match self.unit(pointer) {
            Some(unit) if self.wants_rows(pointer) => {
                format!("add [{key}] with columns, rows, unit = \"{unit}\", source, year and grade")
            }
            Some(unit) => format!("add [{key}] with value, unit = \"{unit}\", source, year and grade"),
            None => match self.node(pointer).map(|node| self.resolve(node)) {
                Some(node) if node.get("properties").is_some() => format!("add the table [{key}]"),
                _ => format!("add {}", self.example(pointer, name)),
            },
        }
    }

    fn example(&self, pointer: &str, name: &str) -> String {
        let node = self.node(pointer).map(|node| self.resolve(node));
        if let Some(fixed) = node.and_then(|node| node.get("const")) {
            return format!("`{name} = {fixed}`");
        }
        if let Some(first) = node.and_then(|node| self.choices(node).into_iter().next()) {
            return format!("`{name} = \"{first}\"`");
        }
        match (name, node.and_then(|node| node.get("type")).and_then(Json::as_str)) {
            ("source", _) => "`source = \"…\"` (a key of references.bib)".into(),
            ("year", _) => "`year = …` (the year the figure describes)".into(),
            (_, Some("string")) => format!("`{name} = \"…\"`"),
            (_, Some("array")) => format!("`{name} = […]`"),
            (_, Some("object")) => format!("`[{}]`", dotted(pointer)),
            _ => format!("`{name} = …`"),
        }
    }

    /// The words that a node allows, if it is restricted to some.
    pub(crate) fn choices(&self, node: &Json) -> Vec<String> {
        let node = self.resolve(node);
        let one = |value: &Json| value.as_str().map(str::to_owned);
        let mut found: Vec<String> =
            node.get("enum").and_then(Json::as_array).into_iter().flatten().filter_map(one).collect();
        found.extend(node.get("const").and_then(one));
        for word in ["oneOf", "anyOf"] {
            for branch in node.get(word).and_then(Json::as_array).into_iter().flatten() {
                found.extend(self.choices(branch));
            }
        }
        found
    }

    fn explain(&self, at: &str, wrong: &Wrong, instance: &Json, table: &Table, faults: &mut Vec<Fault>) {
        if instance.is_null() {
            return; // not a number, infinite or a date: reported by other checks
        }
        let value = value_at(table, at);
        let shown = value.map_or_else(|| "this".to_owned(), show);
        let node = self.node(at).map(|node| self.resolve(node));
        let told = |otherwise: String| {
            self.node(at)
                .and_then(|given| given.get(CURE).or_else(|| node?.get(CURE)))
                .and_then(Json::as_str)
                .map_or(otherwise, str::to_owned)
        };
        let number = |limit: &Json| words::plain(limit.as_f64().unwrap_or(f64::NAN));
        match wrong {
            Wrong::AdditionalProperties { unexpected } | Wrong::UnevaluatedProperties { unexpected } => {
                self.unknown(at, unexpected, faults);
            }
            Wrong::Type { .. } => faults.push(self.wrong_kind(at, value, told)),
            Wrong::Constant { expected_value } => {
                let what = if at.ends_with("/unit") {
                    format!("unit {shown}, where {expected_value} belongs")
                } else {
                    format!("{shown}, where {expected_value} belongs")
                };
                let cure = if at.ends_with("/unit") {
                    format!("write unit = {expected_value}, and convert the figures when they are in another unit")
                } else {
                    format!("write {expected_value}")
                };
                faults.push(Fault::new(at, what, told(cure)));
            }
            Wrong::Minimum { limit } | Wrong::ExclusiveMinimum { limit } => {
                faults.push(self.outside(at, &shown, "lies below", &number(limit), told));
            }
            Wrong::Maximum { limit } | Wrong::ExclusiveMaximum { limit } => {
                faults.push(self.outside(at, &shown, "lies above", &number(limit), told));
            }
            Wrong::MinItems { limit } => {
                let what =
                    if *limit == 1 { "the list is empty".into() } else { format!("{shown}, where {limit} belong") };
                faults.push(Fault::new(at, what, told(format!("give at least {limit}"))));
            }
            Wrong::MaxItems { limit } => {
                faults.push(Fault::new(
                    at,
                    format!("{shown}, where {limit} belong"),
                    told(format!("give at most {limit}")),
                ));
            }
            Wrong::MinProperties { limit } => {
                faults.push(Fault::absent(at, "the table is empty", told(format!("give at least {limit} entry"))));
            }
            Wrong::MinLength { .. } => faults.push(Fault::new(at, "the text is empty", told("write something".into()))),
            Wrong::Pattern { .. } | Wrong::Format { .. } => {
                let cure = self.describe(at).unwrap_or_else(|| "write it another way".into());
                faults.push(Fault::new(at, format!("{shown} is not written as it should be"), told(cure)));
            }
            Wrong::UniqueItems => {
                faults.push(Fault::new(at, "the list contains an entry twice", told("name each once".into())));
            }
            Wrong::PropertyNames { .. } => {
                let cure = "use small letters, digits and hyphens, for example `status-quo`";
                let what = format!("{shown} contains a name that cannot be used");
                faults.push(Fault::new(at, what, told(cure.into())));
            }
            _ => self.choice(at, wrong, value, node, table, faults),
        }
    }

    /// A value that matches none of several alternatives.
    fn choice(
        &self,
        at: &str,
        wrong: &Wrong,
        value: Option<&Value>,
        node: Option<&Json>,
        table: &Table,
        faults: &mut Vec<Fault>,
    ) {
        let shown = value.map_or_else(|| "this".to_owned(), show);
        let choices = node.map(|node| self.choices(node)).unwrap_or_default();
        let text = value.and_then(Value::as_str);
        if !choices.is_empty() && (text.is_some() || !value.is_some_and(Value::is_table)) {
            let cure = suggest_among(text.unwrap_or_default(), choices.iter().map(String::as_str), "give one of");
            return faults.push(Fault::new(at, format!("{shown} is not one of the allowed words"), cure));
        }
        if let Wrong::AnyOf { context } | Wrong::OneOfNotValid { context } = wrong {
            // The alternative with the fewest faults is probably the intended one.
            if let Some(branch) = context.iter().min_by_key(|branch| branch.len()) {
                let before = faults.len();
                for inner in branch {
                    if let Wrong::Required { property } = inner.kind() {
                        let name = property.as_str().unwrap_or_default().to_owned();
                        self.lacking(inner.instance_path().as_str(), &[name], faults);
                    } else if inner.instance_path().as_str() != at || !matches!(inner.kind(), Wrong::AnyOf { .. }) {
                        self.explain(inner.instance_path().as_str(), inner.kind(), inner.instance(), table, faults);
                    }
                }
                if faults.len() > before {
                    return;
                }
            }
        }
        let cure = self.describe(at).map_or_else(|| "give something else".into(), |words| format!("this is: {words}"));
        faults.push(Fault::new(at, format!("{shown} is not allowed here"), cure));
    }

    fn unknown(&self, at: &str, unexpected: &[String], faults: &mut Vec<Fault>) {
        let known = self.keys(at);
        let passport = self.unit(at).is_some();
        if !passport && unexpected.iter().any(|key| key == "unit") && unexpected.len() > 2 {
            let what = "a parameter, where a table of parameters is expected";
            let cure = if known.is_empty() { "take it out".into() } else { format!("its keys are {}", listed(&known)) };
            return faults.push(Fault::new(at, what, cure));
        }
        if let Some(what) = self.unknown_at(at) {
            let all = |key: &str| suggest_among(key, known.iter().copied(), "there are");
            let fault = |key: &String| Fault::new(words::push(at, key), what, all(key));
            return faults.extend(unexpected.iter().map(fault));
        }
        for key in unexpected {
            let what = if passport { "no such key in the passport of a parameter" } else { "unknown key" };
            faults.push(Fault::new(words::push(at, key), what, suggest(key, known.iter().copied(), "keys here are")));
        }
    }

    fn wrong_kind(&self, at: &str, value: Option<&Value>, told: impl Fn(String) -> String) -> Fault {
        let shown = value.map_or_else(|| "this".to_owned(), show);
        if let Some(unit) = self.unit(at) {
            let key = dotted(at);
            let passport = format!("write [{key}] with value, unit = \"{unit}\", source, year and grade");
            return match value.and_then(words::number) {
                Some(_) => Fault::new(at, format!("{shown} is a bare number, without a passport"), passport),
                None => Fault::new(at, format!("{shown}, where a parameter with its passport is expected"), passport),
            };
        }
        let node = self.node(at).map(|node| self.resolve(node));
        let wanted = match node.and_then(|node| node.get("type")).and_then(Json::as_str) {
            Some("string") => ("text", "put it in \"quotes\""),
            Some("integer") => ("a whole number", "write it without decimals or quotes"),
            Some("number") => ("a number", "write it with a decimal point, without quotes"),
            Some("boolean") => ("true or false", "write true or false, without quotes"),
            Some("array") => ("a list", "write it between [ and ]"),
            Some("object") => ("a table", "write it as a [table] of its own"),
            _ => ("something else", "see `keten schema`"),
        };
        let kind = value.map_or("something else", words::kind);
        let what = if kind.starts_with("a list") || kind == "a table" || shown.starts_with('"') {
            format!("{shown}, where {} is expected", wanted.0)
        } else {
            format!("{shown} is {kind}, where {} is expected", wanted.0)
        };
        Fault::new(at, what, told(wanted.1.into()))
    }

    fn outside(&self, at: &str, shown: &str, how: &str, limit: &str, told: impl Fn(String) -> String) -> Fault {
        let node = self.node(at).map(|node| self.resolve(node));
        let bound = |names: [&str; 2]| {
            names
                .iter()
                .find_map(|name| node?.get(*name)?.as_f64())
                .filter(|edge| edge.abs() < f64::MAX)
                .map(words::plain)
        };
        let cure = match (bound(["minimum", "exclusiveMinimum"]), bound(["maximum", "exclusiveMaximum"])) {
            (Some(least), Some(most)) => format!("give a number from {least} to {most}"),
            (Some(least), None) => format!("give a number of at least {least}"),
            (None, Some(most)) => format!("give a number of at most {most}"),
            (None, None) => "give another number".into(),
        };
        let unit = words::parent(at).filter(|_| at.ends_with("/value")).and_then(|parameter| self.unit(parameter));
        let what = match unit.filter(|_| !self.wants_rows(words::parent(at).unwrap_or_default())) {
            Some(unit) => format!("{shown} is not a number of unit \"{unit}\": it {how} {limit}"),
            None => format!("{shown} {how} {limit}"),
        };
        Fault::new(at, what, told(cure))
    }
}

/// Whether one of the unknown keys beside a missing one is probably a misspelling of it.
fn misspelt(name: &str, at: &str, faults: &[Fault]) -> bool {
    let cure = format!("did you mean `{name}`?");
    faults.iter().any(|fault| fault.cure == cure && words::parent(&fault.at) == Some(at))
}

/// The fault reported by serde, as far as its message allows: the key and the text.
pub(crate) fn refused(cause: &toml::de::Error) -> Fault {
    let text = cause.to_string();
    let key = text.lines().find_map(|line| line.strip_prefix("in `")?.strip_suffix('`')).unwrap_or_default();
    let pointer: String =
        key.split('.').filter(|step| !step.is_empty()).fold(String::new(), |at, step| push(&at, step));
    let message = cause.message().trim();
    let (what, cure) = message.split_once("; ").unwrap_or((message, "see `keten schema` for what fits here"));
    Fault::new(pointer, what, cure)
}

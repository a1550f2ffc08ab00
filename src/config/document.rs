//! One TOML file: its content, and the line of each key.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use crate::config::words;
use crate::error::Error;

/// Location of a text: a file (or a word such as `--set`) and a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlace {
    /// File as the user named it.
    pub file: Arc<str>,
    /// Line, counted from 1, if any.
    pub line: Option<usize>,
}

impl FilePlace {
    /// A place without a line, for example `--set`.
    pub fn named(file: &str) -> Self {
        FilePlace { file: file.into(), line: None }
    }

    /// `file:line`, or the file alone.
    pub fn text(&self) -> String {
        self.line.map_or_else(|| self.file.to_string(), |line| format!("{}:{line}", self.file))
    }
}

/// The place of every key and list item of a table, by JSON pointer (`/life/deaths/rate/rows/3`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePlaces(Arc<BTreeMap<String, FilePlace>>);

impl FilePlaces {
    /// Place of the pointer, or of its nearest ancestor that has one.
    pub fn find(&self, pointer: &str) -> Option<&FilePlace> {
        let mut at = Some(pointer);
        while let Some(here) = at {
            if let Some(place) = self.0.get(here) {
                return Some(place);
            }
            at = words::parent(here);
        }
        None
    }

    /// Place of exactly this pointer.
    pub fn exact(&self, pointer: &str) -> Option<&FilePlace> {
        self.0.get(pointer)
    }

    pub(crate) fn put(&mut self, pointer: String, place: FilePlace) {
        Arc::make_mut(&mut self.0).insert(pointer, place);
    }

    /// Removes the places below a pointer and gives the pointer itself a new place.
    pub(crate) fn move_to(&mut self, pointer: &str, place: &FilePlace) {
        // All pointers below begin with this pointer and a slash; the character after the slash ends the range.
        let below: Vec<String> =
            self.0.range(format!("{pointer}/")..format!("{pointer}0")).map(|(known, _)| known.clone()).collect();
        for known in below {
            Arc::make_mut(&mut self.0).remove(&known);
        }
        Arc::make_mut(&mut self.0).insert(pointer.to_owned(), place.clone());
    }

    /// Adds the places of another table; places already known are kept.
    pub(crate) fn extend(&mut self, other: FilePlaces) {
        let own = Arc::make_mut(&mut self.0);
        for (pointer, place) in Arc::unwrap_or_clone(other.0) {
            own.entry(pointer).or_insert(place);
        }
    }
}

/// A parsed file.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Its content; for a file with syntax errors, the part that could be parsed.
    pub table: Table,
    /// Lines of keys and list items.
    pub places: FilePlaces,
}

impl Document {
    /// Parses a text and reports every syntax error, at most one per line.
    pub fn parse(file: &str, text: &str) -> (Document, Vec<Error>) {
        let name: Arc<str> = file.into();
        let (root, wrong) = DeTable::parse_recoverable(text);
        let mut reader =
            Reader { lines: line_starts(text), file: name, places: FilePlaces::default(), faults: Vec::new() };
        for error in wrong {
            let line = error.span().map(|span| reader.line(span.start));
            if !reader.faults.iter().any(|known: &Error| known.line == line) {
                reader.faults.push(syntax_fault(error.message()).in_file(file, line));
            }
        }
        let broken: Vec<_> = reader.faults.iter().map(|fault| fault.line).collect();
        let table = reader.table("", root.into_inner());
        // Errors in the recovered part of a broken line are not the user's.
        let (syntax, later) = reader.faults.split_at(broken.len());
        let faults = syntax.iter().chain(later.iter().filter(|fault| !broken.contains(&fault.line))).cloned().collect();
        (Document { table, places: reader.places }, faults)
    }

    /// Parses a single value, as after `--set key=`; returns the parser's message if it is invalid.
    pub(crate) fn one_value(text: &str) -> (Option<Value>, Option<String>) {
        match DeValue::parse(text) {
            Err(error) => (None, Some(error.message().to_owned())),
            Ok(value) => {
                let mut reader =
                    Reader { lines: vec![0], file: "".into(), places: FilePlaces::default(), faults: Vec::new() };
                let value = reader.value("", value);
                match reader.faults.into_iter().next() {
                    Some(fault) => (None, Some(fault.what)),
                    None => (Some(value), None),
                }
            }
        }
    }
}

fn syntax_fault(message: &str) -> Error {
    let cure = match message {
        m if m.contains("duplicate key") => "keep one of the two",
        m if m.contains("string values must be quoted") => "put the text in \"quotes\"",
        m if m.contains("unclosed") || m.contains("invalid basic string") => {
            "close it with the character that opened it"
        }
        m if m.contains("recurs") => "use fewer levels",
        m if m.contains("leading zero") => "write the number without the leading zero",
        _ => "write `key = value` or `[table]`, text in \"quotes\", numbers with a decimal point",
    };
    let what = message.replace("recursion limit", "too many levels");
    Error::data(format!("not valid TOML: {what}"), cure)
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

struct Reader {
    lines: Vec<usize>,
    file: Arc<str>,
    places: FilePlaces,
    faults: Vec<Error>,
}

impl Reader {
    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).max(1)
    }

    fn note(&mut self, pointer: &str, offset: usize) {
        let place = FilePlace { file: self.file.clone(), line: Some(self.line(offset)) };
        self.places.put(pointer.to_owned(), place);
    }

    fn table(&mut self, pointer: &str, table: DeTable<'_>) -> Table {
        let mut result = Table::new();
        for (key, value) in table {
            let inner = words::push(pointer, key.get_ref());
            self.note(&inner, key.span().start);
            let value = self.value(&inner, value);
            result.insert(key.into_inner().into_owned(), value);
        }
        result
    }

    fn value(&mut self, pointer: &str, value: Spanned<DeValue<'_>>) -> Value {
        let start = value.span().start;
        match value.into_inner() {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Boolean(answer) => Value::Boolean(answer),
            DeValue::Datetime(date) => Value::Datetime(date),
            DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
                Ok(whole) => Value::Integer(whole),
                Err(_) => {
                    let what = format!("{digits} is not a whole number that can be read");
                    self.fault(pointer, start, what, "give a smaller one, or add a decimal point");
                    Value::Integer(0)
                }
            },
            DeValue::Float(digits) => match digits.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() || digits.as_str().contains("inf") || number.is_nan() => {
                    Value::Float(number)
                }
                Ok(_) | Err(_) => {
                    let what = format!("{digits} is not a number that can be read");
                    self.fault(pointer, start, what, "give a number such as 0.25 or 1e-6");
                    Value::Float(0.0)
                }
            },
            DeValue::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (at, item) in items.into_iter().enumerate() {
                    let inner = words::push(pointer, &at.to_string());
                    self.note(&inner, item.span().start);
                    list.push(self.value(&inner, item));
                }
                Value::Array(list)
            }
            DeValue::Table(table) => Value::Table(self.table(pointer, table)),
        }
    }

    fn fault(&mut self, pointer: &str, offset: usize, what: String, cure: &str) {
        let line = self.line(offset);
        let key = words::dotted(pointer);
        self.faults.push(Error::data(what, cure).at_key(key).in_file(self.file.as_ref(), Some(line)));
    }
}

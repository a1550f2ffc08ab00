//! The reference list of a model (`references.bib`), which the `source` of a passport refers to.

use std::collections::BTreeMap;

use crate::error::Error;

/// One entry of the reference list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Key used in passports.
    pub key: String,
    /// Kind of entry in lower case, for example `article`.
    pub kind: String,
    /// Fields in file order, names in lower case, without braces or quotes.
    pub fields: Vec<(String, String)>,
    /// Line on which the entry begins.
    pub line: usize,
}

impl Reference {
    /// A field, for example `title`.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, text)| text.as_str())
    }

    /// The entry as one line of a list of references.
    pub fn citation(&self) -> String {
        const SHOWN: [&str; 3] = ["author", "year", "title"];
        let mut text = String::new();
        if let Some(author) = self.field("author") {
            text.push_str(author);
        }
        if let Some(year) = self.field("year") {
            text.push_str(&if text.is_empty() { year.to_owned() } else { format!(" ({year})") });
        }
        if let Some(title) = self.field("title") {
            text.push_str(if text.is_empty() { "" } else { ". " });
            text.push_str(title);
        }
        for (name, field) in &self.fields {
            if !SHOWN.contains(&name.as_str()) && !field.is_empty() {
                text.push_str(if text.is_empty() { "" } else { ". " });
                text.push_str(&if name == "doi" { format!("doi:{field}") } else { field.clone() });
            }
        }
        text
    }
}

/// All entries of a reference list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    entries: BTreeMap<String, Reference>,
}

impl References {
    /// Parses a BibTeX text; faults are unclosed entries, entries without a key, and duplicates.
    pub fn parse(file: &str, text: &str) -> (References, Vec<Error>) {
        let mut references = References::default();
        let mut faults = Vec::new();
        let signs: Vec<char> = text.chars().collect();
        let mut at = 0;
        while let Some(start) = (at..signs.len()).find(|i| signs[*i] == '@') {
            let line = 1 + signs[..start].iter().filter(|sign| **sign == '\n').count();
            let mut fault = |what: String, cure: &str| faults.push(Error::data(what, cure).in_file(file, Some(line)));
            let Some(open) = (start..signs.len()).find(|i| signs[*i] == '{') else { break };
            let kind: String = signs[start + 1..open].iter().collect::<String>().trim().to_lowercase();
            if kind.is_empty() || !kind.chars().all(char::is_alphabetic) {
                at = start + 1; // an @ in running text, for example an e-mail address
                continue;
            }
            let Some(close) = closing(&signs, open) else {
                fault(format!("entry `@{kind}` is never closed"), "close it with }");
                break;
            };
            at = close + 1;
            if matches!(kind.as_str(), "comment" | "string" | "preamble") {
                continue;
            }
            let (key, fields) = entry(&signs[open + 1..close]);
            if key.is_empty() {
                fault(format!("entry `@{kind}` has no key"), "write @kind{Key, title = {…}}");
            } else if let Some(other) = references.entries.get(&key) {
                fault(format!("`{key}` is also the key of line {}", other.line), "give each entry a key of its own");
            } else {
                references.entries.insert(key.clone(), Reference { key, kind, fields, line });
            }
        }
        (references, faults)
    }

    /// The entry of a key.
    pub fn get(&self, key: &str) -> Option<&Reference> {
        self.entries.get(key)
    }

    /// All keys, in alphabetical order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Whether the list has no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Index of the brace that closes the one at `open`.
fn closing(signs: &[char], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, sign) in signs.iter().enumerate().skip(open) {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Key and fields of the inside of an entry.
fn entry(inside: &[char]) -> (String, Vec<(String, String)>) {
    let comma = inside.iter().position(|sign| *sign == ',').unwrap_or(inside.len());
    let key = inside[..comma].iter().collect::<String>().trim().to_owned();
    let mut fields = Vec::new();
    let mut at = comma + 1;
    while at < inside.len() {
        let Some(equals) = (at..inside.len()).find(|i| inside[*i] == '=') else { break };
        let name = inside[at..equals].iter().collect::<String>().trim().trim_matches(',').trim().to_lowercase();
        let (mut depth, mut quoted, mut end) = (0_i32, false, equals + 1);
        while end < inside.len() && !(inside[end] == ',' && depth == 0 && !quoted) {
            match inside[end] {
                '{' => depth += 1,
                '}' => depth -= 1,
                '"' if depth == 0 => quoted = !quoted,
                _ => {}
            }
            end += 1;
        }
        let raw = unwrapped(&inside[equals + 1..end], name == "author" || name == "editor");
        fields.push((name, raw));
        at = end + 1;
    }
    (key, fields)
}

/// The words of a field without braces and quotes; `and` between names (outside inner braces) becomes a semicolon.
fn unwrapped(field: &[char], names: bool) -> String {
    let mut words: Vec<String> = Vec::new();
    let (mut depth, mut word, mut deep) = (0_i32, String::new(), false);
    for sign in field.iter().chain(&[' ']) {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            '"' => {}
            space if space.is_whitespace() => {
                match words.last_mut() {
                    Some(last) if names && word == "and" && !deep => last.push(';'),
                    _ if !word.is_empty() => words.push(std::mem::take(&mut word)),
                    _ => {}
                }
                word.clear();
                deep = false;
            }
            letter => {
                deep |= depth > 1;
                word.push(*letter);
            }
        }
    }
    words.join(" ")
}

//! Patches: changes to a model by a scenario, a parameter draw or `--set`.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::config::change::{Change, key_steps};
use crate::config::document::{FilePlace, FilePlaces};
use crate::config::fault::Fault;
use crate::config::grammar::value_at;
use crate::config::merge::Merged;
use crate::config::shape::is_passport;
use crate::config::spread::{self, Spread, multiplier_range};
use crate::config::words::{self, dotted, listed, nearest, number, plain, push, show};
use crate::config::{check, draw, rows};
use crate::error::{Error, Errors, Result};
use crate::units;

/// Faults of changes in one patch that concern the same key, or a key and a part of it.
pub fn overlaps(changes: &[Change]) -> Vec<Error> {
    let pointers: Vec<Option<String>> = changes.iter().map(Change::pointer).collect();
    // The first change at a pointer, and the first one at it or below it.
    let (mut at, mut within) = (BTreeMap::new(), BTreeMap::new());
    let mut faults = Vec::new();
    for (i, pointer) in pointers.iter().enumerate() {
        let Some(pointer) = pointer.as_deref() else { continue };
        let around = words::down_to(pointer).filter_map(|above| at.get(above));
        if let Some(first) = around.chain(within.get(pointer)).min().map(|first: &usize| &changes[*first]) {
            let what = format!("overlaps with `{}` of {}", first.key, first.place.text());
            faults.push(changes[i].error(what, "set each thing once"));
        }
        at.entry(pointer).or_insert(i);
        for above in words::down_to(pointer) {
            within.entry(above).or_insert(i);
        }
    }
    faults
}

/// Descends to the parameter, or to the end of a key: the pointer reached, the number of steps taken, and the value
/// there; `None` if the table lacks the next step.
fn descend<'a>(table: &'a Table, steps: &[String]) -> (String, usize, Option<&'a Value>) {
    let (mut here, mut depth, mut table) = (String::new(), 0, table);
    let mut found = None;
    for step in steps {
        let Some(value) = table.get(step) else { return (here, depth, None) };
        here = push(&here, step);
        depth += 1;
        found = Some(value);
        match value {
            Value::Table(inner) if !is_passport(inner) => table = inner,
            _ => break,
        }
    }
    (here, depth, found)
}

/// Fault of a change that gives a setting a value of another kind.
fn other_kind(change: &Change, setting: &Value) -> Option<Error> {
    if std::mem::discriminant(setting) == std::mem::discriminant(&change.value) {
        return None;
    }
    let what = format!(
        "{} is {}, where {} is expected",
        show(&change.value),
        words::kind(&change.value),
        words::kind(setting)
    );
    Some(change.error(what, format!("now it is {}", show(setting))))
}

impl Merged {
    /// The table with a patch applied. The order of the changes has no effect.
    ///
    /// # Errors
    /// Every fault of the patch: unknown keys (with the most similar known one), values of the wrong kind or outside
    /// the range of the unit, overlapping changes.
    pub fn with(&self, changes: &[Change]) -> Result<Merged> {
        let mut result = self.clone();
        let mut faults = overlaps(changes);
        let mut touched = Vec::new();
        for change in changes {
            match result.apply(change, changes) {
                Ok(Some(pointer)) => touched.push((pointer, change.place.clone())),
                Ok(None) => {}
                Err(wrong) => faults.extend(wrong),
            }
        }
        if changes.iter().any(|change| rows::holds_words(&change.value)) {
            rows::settle(&mut result.table);
        }
        if faults.is_empty() && !touched.is_empty() {
            faults = result.faults_within(&touched);
        }
        if faults.is_empty() { Ok(result) } else { Err(Errors(faults)) }
    }

    /// Faults at, below or around the keys that a patch changed, located at the change that caused them.
    fn faults_within(&self, touched: &[(String, FilePlace)]) -> Vec<Error> {
        let only: Vec<&str> = touched.iter().map(|(pointer, _)| pointer.as_str()).collect();
        let own = check::own_faults(&self.table, &self.grammar, Some(&self.references), Some(&only));
        let mut all = check::schema_faults(&self.grammar.faults(&self.table), &own);
        all.extend(own);
        let brought_by = |fault: &Fault| {
            touched.iter().find(|(pointer, _)| words::related(&fault.at, pointer)).map(|(_, place)| place)
        };
        all.retain(|fault| brought_by(fault).is_some());
        check::located(all, &[], |fault| match brought_by(fault) {
            Some(place) => self.place(fault).in_file(place.file.as_ref(), place.line),
            None => self.place(fault),
        })
    }

    /// Applies one change of a patch; returns the pointer when the result must be checked against the schema again.
    fn apply(&mut self, change: &Change, patch: &[Change]) -> std::result::Result<Option<String>, Vec<Error>> {
        let one = |error: Error| Err(vec![error]);
        let Some(steps) = key_steps(&change.key) else {
            return one(change.error("this is not a dotted key", "write it as in `transmission.kappa`"));
        };
        let pointer = steps.iter().fold(String::new(), |at, step| push(&at, step));
        let (here, depth, found) = descend(&self.table, &steps);
        match found {
            Some(Value::Table(passport)) if is_passport(passport) => {
                let passport = passport.clone();
                self.change_parameter(change, &here, &steps[depth..], passport)
            }
            Some(Value::Table(table)) if depth == steps.len() => match &change.value {
                Value::Table(values) if !is_passport(values) => self.change_table(change, values),
                other => {
                    let keys: Vec<&str> = table.keys().map(String::as_str).collect();
                    let what = format!("it is a table of parameters and cannot become {}", show(other));
                    one(change.error(what, format!("set one of its keys: {}", listed(&keys))))
                }
            },
            Some(setting) if depth == steps.len() => {
                if let Some(error) = other_kind(change, setting) {
                    return one(error);
                }
                self.put(&pointer, change.value.clone(), &change.place);
                Ok(Some(pointer))
            }
            Some(_) => one(change.error(
                format!("`{}` is a setting and has no keys below it", dotted(&here)),
                format!("set `{}` itself", dotted(&here)),
            )),
            None if self.grammar.node(&pointer).is_some() => {
                if let Some(error) = self.no_such_entry(change, patch, &here, &steps[depth..]) {
                    return one(error);
                }
                // A key that the model may have but has not.
                self.put(&pointer, change.value.clone(), &change.place);
                Ok(Some(pointer))
            }
            None => one(match self.closed_table(&steps) {
                Some((what, cure)) => change.error(what, cure),
                None => change.error("the model has no such key", self.suggest_key(&change.key, &here)),
            }),
        }
    }

    /// Applies a change of several keys of a table, given as a table, key by key.
    fn change_table(&mut self, change: &Change, values: &Table) -> std::result::Result<Option<String>, Vec<Error>> {
        let mut changes = Change::from_table(values, &FilePlaces::default(), "");
        for inner in &mut changes {
            inner.key = format!("{}.{}", change.key, inner.key);
            inner.place = change.place.clone();
        }
        let mut faults = Vec::new();
        for inner in &changes {
            match self.apply(inner, &changes) {
                Ok(Some(pointer)) => {
                    // Checked against the schema here, because the caller knows only one pointer.
                    faults.extend(self.faults_within(&[(pointer, change.place.clone())]));
                }
                Ok(None) => {}
                Err(wrong) => faults.extend(wrong),
            }
        }
        if faults.is_empty() { Ok(None) } else { Err(faults) }
    }

    /// Fault of a change below an entry that a table of named things does not have, unless the patch creates it: a
    /// misspelt name is not a new entry.
    fn no_such_entry(&self, change: &Change, patch: &[Change], here: &str, rest: &[String]) -> Option<Error> {
        let name = rest.first()?;
        let entry = push(here, name);
        let needs = self.grammar.entry_needs(&entry)?;
        if rest.len() == 1 && change.value.is_table() {
            return None;
        }
        let made = |need: &&str| {
            let at = push(&entry, need);
            patch.iter().filter_map(Change::pointer).any(|pointer| words::within(&pointer, &at))
        };
        if !needs.is_empty() && needs.iter().all(made) {
            return None;
        }
        let table = value_at(&self.table, here).and_then(Value::as_table);
        let known: Vec<&str> = table.into_iter().flat_map(Table::keys).map(String::as_str).collect();
        let above = dotted(here);
        let whole: Vec<String> = known.iter().map(|known| format!("{above}.{known}")).collect();
        let cure = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{above}.{near}`?"),
            None if whole.is_empty() => format!("a new one needs {}", listed(&needs)),
            None => format!("there are {}", listed(&known)),
        };
        Some(change.error(format!("there is no `{name}` in `{above}`"), cure))
    }

    /// The message of a table for an unknown key, if it has one, and the known keys.
    fn closed_table(&self, steps: &[String]) -> Option<(String, String)> {
        let mut at = String::new();
        for step in steps {
            let inner = push(&at, step);
            if self.grammar.node(&inner).is_none() {
                let what = self.grammar.unknown_at(&at)?;
                let known = self.grammar.keys(&at);
                return Some((what.to_owned(), words::suggest_among(step, known, "there are")));
            }
            at = inner;
        }
        None
    }

    /// Changes that are probably typing errors: an amount far outside the range of its passport's spread, such as
    /// 45.000 for 45,000.
    ///
    /// Probabilities, shares, rates and ratios may be set to any value that their unit allows, for what-if analysis; so
    /// may any parameter that is set with its whole passport.
    pub fn slips(&self, changes: &[Change]) -> Vec<Error> {
        changes.iter().filter_map(|change| self.slip(change)).collect()
    }

    fn slip(&self, change: &Change) -> Option<Error> {
        /// Units of amounts, whose order of magnitude is known.
        const AMOUNTS: [&str; 5] = ["euro", "count", "persons", "months", "years"];
        /// Factor beyond the ends of its spread up to which a value may be intended.
        const ON_PURPOSE: f64 = 10.0;
        /// The same factor for a parameter without a spread.
        const FIXED: f64 = 300.0;
        /// Probability of the smallest value that the spread is assumed to give.
        const RARE: f64 = 1e-6;
        let at = change.pointer()?;
        let passport = value_at(&self.table, &at)?.as_table().filter(|table| is_passport(table))?;
        let unit = passport.get("unit").and_then(Value::as_str).filter(|unit| AMOUNTS.contains(unit))?;
        let (own, new) = (passport.get("value").and_then(number)?, number(&change.value)?);
        if passport.contains_key("rows") || own <= 0.0 || new <= 0.0 || !new.is_finite() {
            return None;
        }
        let law = spread::spread(&at, passport).ok()?;
        let (low, high) = if law == Spread::Fixed {
            (own / FIXED, own * FIXED)
        } else {
            let range = units::range(unit)?;
            let end = |height| draw::quantile(law, own, range, height).ok();
            (end(RARE)? / ON_PURPOSE, end(1.0 - RARE)? * ON_PURPOSE)
        };
        if (low..=high).contains(&new) {
            return None;
        }
        let meant = [1e3, 1e6].map(|times| new * times).into_iter().find(|meant| (0.1..=10.0).contains(&(meant / own)));
        let cure = match meant {
            Some(meant) => format!("was {} meant? write it without a thousands separator", words::plain(meant)),
            None => {
                "correct it, or set it with its whole passport (value, unit, spread, source, year, grade)".to_owned()
            }
        };
        let what = format!(
            "{} {unit} is far outside the range of its passport, which has {} {unit}",
            words::plain(new),
            words::plain(own)
        );
        Some(change.error(what, cure))
    }

    fn change_parameter(
        &mut self,
        change: &Change,
        at: &str,
        rest: &[String],
        passport: Table,
    ) -> std::result::Result<Option<String>, Vec<Error>> {
        let value_only = rest.is_empty() || (rest.len() == 1 && rest[0] == "value");
        match &change.value {
            Value::String(word) if rest.is_empty() && word == rows::UNLIMITED && rows::may_be_unlimited(at) => {
                self.put(at, change.value.clone(), &change.place);
                Ok(Some(at.to_owned()))
            }
            Value::Table(whole) if rest.is_empty() && is_passport(whole) => {
                self.put(at, change.value.clone(), &change.place);
                Ok(Some(at.to_owned()))
            }
            value if value_only => {
                self.fits(change, value, at, &passport).map_err(|error| vec![error])?;
                let mut passport = passport;
                passport.insert("value".into(), value.clone());
                self.put(at, Value::Table(passport), &change.place);
                Ok(None)
            }
            value => {
                const KEYS: [&str; 11] =
                    ["value", "unit", "spread", "source", "year", "grade", "note", "family", "rho", "columns", "rows"];
                if !KEYS.contains(&rest[0].as_str()) {
                    let cure = match nearest(&rest[0], KEYS) {
                        Some(near) => format!("did you mean `{}.{near}`?", dotted(at)),
                        None => format!("set `{}` itself", dotted(at)),
                    };
                    return Err(vec![change.error(format!("`{}` is a parameter", dotted(at)), cure)]);
                }
                let pointer = rest.iter().fold(at.to_owned(), |at, step| push(&at, step));
                self.put(&pointer, value.clone(), &change.place);
                Ok(Some(at.to_owned()))
            }
        }
    }

    /// Checks that a value suits a parameter: a finite number in the range of its unit.
    fn fits(&self, change: &Change, value: &Value, at: &str, passport: &Table) -> std::result::Result<(), Error> {
        let unit = self.grammar.unit(at).or_else(|| passport.get("unit").and_then(Value::as_str)).unwrap_or_default();
        let rows = passport.contains_key("rows");
        let Some(new) = number(value) else {
            let cure =
                match value.as_str().map(|text| text.replace(',', ".")).filter(|text| text.parse::<f64>().is_ok()) {
                    Some(number) => format!("write {number}, with a decimal point"),
                    None => "give a number, or the whole passport as a table".into(),
                };
            let what =
                format!("{} is {}, where a number of unit \"{unit}\" is expected", show(value), words::kind(value));
            return Err(change.error(what, cure));
        };
        let (least, most) =
            if rows { multiplier_range(passport) } else { units::range(unit).unwrap_or((f64::MIN, f64::MAX)) };
        if new.is_finite() && (least..=most).contains(&new) {
            return match self.grammar.limits(at).cure(new) {
                Some(cure) => Err(change.error(format!("{new} is not valid here"), cure)),
                None => Ok(()),
            };
        }
        let what = match rows {
            true => format!("{new} cannot be the multiplier of this table of rates"),
            false => format!("{new} is not a number of unit \"{unit}\""),
        };
        let cure = match most == f64::MAX {
            true => format!("give a finite number of at least {}", plain(least)),
            false => format!("give a number from {} to {}", plain(least), plain(most)),
        };
        Err(change.error(what, cure))
    }

    /// Sets a value at a pointer; missing tables are created.
    fn put(&mut self, pointer: &str, value: Value, place: &FilePlace) {
        let steps = words::steps(pointer);
        let mut table = &mut self.table;
        for step in &steps[..steps.len().saturating_sub(1)] {
            let inner = table.entry(step.clone()).or_insert_with(|| Value::Table(Table::new()));
            if !inner.is_table() {
                *inner = Value::Table(Table::new());
            }
            let Value::Table(inner) = inner else { return };
            table = inner;
        }
        if let Some(last) = steps.last() {
            table.insert(last.clone(), value);
            self.places.move_to(pointer, place);
        }
    }

    fn suggest_key(&self, key: &str, here: &str) -> String {
        let known = self.keys();
        let siblings: Vec<String> =
            self.grammar.keys(here).into_iter().map(|sibling| dotted(&push(here, sibling))).collect();
        if let Some(near) = nearest(key, known.iter().chain(&siblings).map(String::as_str)) {
            return format!("did you mean `{near}`?");
        }
        let last = key.rsplit('.').next().unwrap_or(key);
        if let Some(same) = known.iter().find(|known| known.rsplit('.').next() == Some(last)) {
            return format!("did you mean `{same}`?");
        }
        let below: Vec<String> =
            known.iter().filter(|known| known.starts_with(&format!("{}.", dotted(here)))).cloned().collect();
        match below.len() {
            1..=8 => format!("there are {}", listed(&below.iter().map(String::as_str).collect::<Vec<_>>())),
            _ => "see `keten list parameters`".into(),
        }
    }

    /// Dotted keys of all parameters and plain settings, in the order of the files.
    pub fn keys(&self) -> Vec<String> {
        fn gather(table: &Table, at: &str, keys: &mut Vec<String>) {
            for (key, value) in table {
                let here = push(at, key);
                match value {
                    Value::Table(inner) if !is_passport(inner) => gather(inner, &here, keys),
                    _ => keys.push(dotted(&here)),
                }
            }
        }
        let mut keys = Vec::new();
        gather(&self.table, "", &mut keys);
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_overlaps_with_the_first_one_at_above_or_below_its_key() {
        let keys = ["a.b", "c", "a.b.d", "a.bc", "c", "a", "c.e", "a.b"];
        let changes: Vec<Change> = keys.iter().map(|key| Change::new(*key, 1, key)).collect();
        let related = |one: &Change, other: &Change| {
            let pointer = |change: &Change| change.pointer().expect("a dotted key");
            words::related(&pointer(one), &pointer(other))
        };
        let mut pairs = Vec::new();
        for (i, change) in changes.iter().enumerate() {
            pairs.extend(
                changes[..i].iter().find(|other| related(change, other)).map(|first| (&change.key, &first.key)),
            );
        }
        let found = overlaps(&changes);
        assert_eq!(pairs.len(), 5);
        assert_eq!(found.len(), pairs.len());
        for (fault, (own, first)) in found.iter().zip(pairs) {
            assert_eq!(fault.key.as_ref(), Some(own));
            assert!(fault.what.contains(&format!("`{first}`")), "{}", fault.what);
        }
    }
}

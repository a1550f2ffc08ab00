//! Keys of a scenario that set a key of many measures at once: levels by chapter, phases that slip, and cities that do
//! not take part; and places that are added in a city. They are written out as changes of the model, so that everything after the reading knows only these.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::more_places;
use crate::config::{self, Change, Fault, FilePlace, FilePlaces};
use crate::interventions::{Chapter, PHASES};

/// Name of all measures of the model.
const ALL: &str = "all";
/// Keys of a scenario that are written out here.
const KEYS: [&str; 4] = ["measures", "slips", "without_cities", "more_places"];

/// Writes the keys out as changes in the scenarios' tables `set`, and returns the faults in them. What `set` says of a
/// measure itself holds.
pub(super) fn write_out(table: &mut Table, places: &mut FilePlaces, model: &Table) -> Vec<Fault> {
    let Some(Value::Table(scenarios)) = table.get_mut("scenarios") else { return Vec::new() };
    let none = Table::new();
    let cards = model.get("interventions").and_then(Value::as_table).unwrap_or(&none);
    let cities = model.get("places").and_then(|places| places.get("cities")).and_then(Value::as_array);
    let cities: Vec<&str> = cities.into_iter().flatten().filter_map(Value::as_str).collect();
    let mut faults = Vec::new();
    for (name, scenario) in scenarios {
        let Value::Table(scenario) = scenario else { continue };
        if !KEYS.iter().any(|key| scenario.contains_key(*key)) {
            continue;
        }
        let at = config::push("/scenarios", name);
        let set = scenario.get("set").and_then(Value::as_table).unwrap_or(&none);
        let said = Change::from_table(set, &FilePlaces::default(), "").into_iter().map(|change| change.key).collect();
        let mut plan = ScenarioPlan { at: at.clone(), cards, said, faults: &mut faults, changes: Vec::new() };
        plan.levels(scenario.get("measures"));
        plan.slips(scenario.get("slips"));
        plan.without_cities(scenario.get("without_cities"), &cities);
        let ScenarioPlan { said, mut changes, .. } = plan;
        let added = more_places::cards(scenario.get("more_places"), &at, model, &mut faults);
        changes.extend(added.into_iter().map(|it| WrittenChange {
            key: format!("interventions.{}", it.key),
            value: Value::Table(it.card),
            from: it.from,
        }));
        changes.retain(|change| !said.contains(&change.key));
        put(scenario, changes, &at, places);
        KEYS.iter().for_each(|key| drop(scenario.remove(*key)));
    }
    faults
}

/// Adds the changes to the scenario's table `set`, each at the place of the entry that it comes from.
fn put(scenario: &mut Table, changes: Vec<WrittenChange>, at: &str, places: &mut FilePlaces) {
    let at = config::push(at, "set");
    let set = scenario.entry("set").or_insert_with(|| Value::Table(Table::new()));
    let Value::Table(set) = set else { return };
    for WrittenChange { key, value, from } in changes {
        let place: Option<FilePlace> = places.find(&from).cloned();
        set.insert(key.clone(), value);
        if let Some(place) = place {
            places.move_to(&config::push(&at, &key), &place);
        }
    }
}

/// A change that a key stands for.
struct WrittenChange {
    /// Dotted key of the model.
    key: String,
    value: Value,
    /// Pointer of the entry that it comes from.
    from: String,
}

/// What one scenario plans.
struct ScenarioPlan<'a> {
    /// Pointer of the scenario.
    at: String,
    /// The measures of the model.
    cards: &'a Table,
    /// Dotted keys that the scenario sets itself.
    said: Vec<String>,
    faults: &'a mut Vec<Fault>,
    changes: Vec<WrittenChange>,
}

impl ScenarioPlan<'_> {
    fn fault(&mut self, at: &str, what: String, cure: impl Into<String>) {
        self.faults.push(Fault::new(at, what, cure));
    }

    /// `measures = { programme = ["4.1", "nhv"] }`: the narrowest name of a measure decides, its own before that of its
    /// chapter before `all`.
    fn levels(&mut self, measures: Option<&Value>) {
        let above = config::push(&self.at, "measures");
        let mut chosen: BTreeMap<String, (usize, String, String)> = BTreeMap::new();
        for (level, names) in measures.and_then(Value::as_table).into_iter().flatten() {
            let names = names.as_array().into_iter().flatten().enumerate();
            for (i, name) in names.filter_map(|(i, name)| Some((i, name.as_str()?))) {
                let from = config::push(&config::push(&above, level), &i.to_string());
                let Some((width, cards)) = self.named(name, &from) else { continue };
                for card in cards {
                    match chosen.get(&card) {
                        Some((known, other, _)) if *known == width && other != level => {
                            let what = format!("`{card}` is at two levels, `{other}` and `{level}`");
                            self.fault(&from, what, "name each measure, or its chapter, at one level");
                        }
                        Some((known, ..)) if *known <= width => {}
                        _ => {
                            chosen.insert(card, (width, level.clone(), from.clone()));
                        }
                    }
                }
            }
        }
        let level = |(card, (_, level, from)): (String, (usize, String, String))| WrittenChange {
            key: format!("interventions.{card}.level"),
            value: Value::String(level),
            from,
        };
        self.changes.extend(chosen.into_iter().map(level));
    }

    /// The measures that a name stands for, and how wide it is: 0 a measure, 1 a chapter, 2 all.
    fn named(&mut self, name: &str, from: &str) -> Option<(usize, Vec<String>)> {
        let keys = |holds: &dyn Fn(&Value) -> bool| {
            self.cards.iter().filter(|(_, card)| holds(card)).map(|(key, _)| key.clone()).collect::<Vec<String>>()
        };
        if name == ALL {
            return Some((2, keys(&|_| true)));
        }
        if self.cards.contains_key(name) {
            return Some((0, vec![name.to_owned()]));
        }
        let found = keys(&|card| text(card, "chapter") == Some(name));
        if !found.is_empty() {
            return Some((1, found));
        }
        let chapters = Chapter::WORDS.into_iter().chain([ALL]);
        let (what, cure) = match Chapter::WORDS.contains(&name) {
            true => (
                format!("no measure of the model is in chapter {name}"),
                "name measures by their keys: `keten list interventions` has them".to_owned(),
            ),
            false => {
                let known = self.cards.keys().map(String::as_str).chain(chapters);
                let cure = match config::nearest(name, known) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("give the key of a measure, or one of {}, {ALL}", Chapter::WORDS.join(", ")),
                };
                (format!("there is no measure or chapter \"{name}\""), cure)
            }
        };
        self.fault(from, what, cure);
        None
    }

    /// `slips = { "2" = 12 }`: months by which the measures of a phase come later.
    fn slips(&mut self, slips: Option<&Value>) {
        let above = config::push(&self.at, "slips");
        let mut by_phase = [0_i64; PHASES.len()];
        for (word, months) in slips.and_then(Value::as_table).into_iter().flatten() {
            let from = config::push(&above, word);
            // A value of another kind is a fault of the schema.
            let Some(months) = months.as_integer().filter(|months| *months >= 0) else { continue };
            let phase = word.parse::<usize>().ok().filter(|phase| (1..=PHASES.len()).contains(phase));
            let Some(phase) = phase else { continue };
            let is_of_it =
                |card: &Value| card.get("phase").and_then(Value::as_integer).is_some_and(|own| own == phase as i64);
            let cards: Vec<String> =
                self.cards.iter().filter(|(_, card)| is_of_it(card)).map(|(key, _)| key.clone()).collect();
            if cards.is_empty() {
                let what = format!("no measure of the model belongs to phase {phase}");
                self.fault(&from, what, "give `phase` on the cards that it concerns, or leave the phase out");
                continue;
            }
            by_phase[phase - 1] = months;
            let cards = self.raised(cards);
            let later = |card: String| WrittenChange {
                key: format!("interventions.{card}.delay"),
                value: Value::Integer(months),
                from: from.clone(),
            };
            self.changes.extend(cards.into_iter().map(later));
        }
        self.check_order(&above, by_phase);
    }

    /// A phase rests on the results of the one before it, and cannot end before it.
    fn check_order(&mut self, at: &str, slips: [i64; PHASES.len()]) {
        let end = |phase: usize| i64::from(PHASES[phase].1) * 12 + 11 + slips[phase];
        let month = |of: i64| format!("{}-{:02}", of / 12, of % 12 + 1);
        for later in 1..PHASES.len() {
            let (before, own) = (end(later - 1), end(later));
            if own < before {
                let least = slips[later] + before - own;
                let what = format!(
                    "phases out of order: phase {} ends in {}, before phase {later} on which it rests, which ends in {}",
                    later + 1,
                    month(own),
                    month(before)
                );
                let cure = format!("let phase {} slip by {least} months or more", later + 1);
                let from = [later, later - 1].map(|phase| config::push(at, &(phase + 1).to_string()));
                let slipped = if slips[later - 1] > 0 { &from[1] } else { &from[0] };
                self.fault(&slipped.clone(), what, cure);
                return;
            }
        }
    }

    /// Those of the measures whose level the scenario sets; all of them if it sets the level of none.
    fn raised(&self, cards: Vec<String>) -> Vec<String> {
        let is_raised = |card: &&String| {
            let level = format!("interventions.{card}.level");
            self.said.contains(&level) || self.changes.iter().any(|change| change.key == level)
        };
        let raised: Vec<String> = cards.iter().filter(is_raised).cloned().collect();
        if raised.is_empty() { cards } else { raised }
    }

    /// `without_cities = ["Utrecht"]`: cities in which no measure goes beyond the status quo.
    fn without_cities(&mut self, names: Option<&Value>, cities: &[&str]) {
        let above = config::push(&self.at, "without_cities");
        let names: Vec<&str> =
            names.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        for (i, name) in names.iter().enumerate().filter(|(_, name)| !cities.contains(name)) {
            let cure = match config::nearest(name, cities.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("the cities are {}", cities.join(", ")),
            };
            self.fault(&config::push(&above, &i.to_string()), format!("there is no city \"{name}\""), cure);
        }
        if names.is_empty() || !names.iter().all(|name| cities.contains(name)) {
            return;
        }
        for card in self.raised(self.cards.keys().cloned().collect()) {
            let value = names.iter().map(|name| Value::String((*name).to_owned())).collect();
            let key = format!("interventions.{card}.without_cities");
            self.changes.push(WrittenChange { key, value: Value::Array(value), from: above.clone() });
        }
    }
}

fn text<'a>(card: &'a Value, key: &str) -> Option<&'a str> {
    card.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys and values that a scenario sets after its keys were written out, and the faults.
    fn written(model: &str, scenario: &str) -> (Vec<(String, String)>, Vec<Fault>) {
        let mut table: Table = format!("[scenarios.a]\n{scenario}").parse().expect("TOML");
        let model: Table = model.parse().expect("TOML");
        let faults = write_out(&mut table, &mut FilePlaces::default(), &model);
        let scenario = table["scenarios"]["a"].as_table().expect("a scenario");
        assert!(KEYS.iter().all(|key| !scenario.contains_key(*key)), "nothing after this knows the keys");
        let set = scenario.get("set").and_then(Value::as_table).cloned().unwrap_or_default();
        (set.into_iter().map(|(key, value)| (key, value.to_string())).collect(), faults)
    }

    const MODEL: &str = "[places]\ncities = [\"A\", \"B\"]\n[interventions.x]\nchapter = \"4.1\"\nphase = 2\n\
        [interventions.y]\nchapter = \"4.1\"\n[interventions.z]\n";

    #[test]
    fn the_keys_become_changes_of_the_measures_that_they_name() {
        let (set, faults) = written(
            MODEL,
            "measures = { full = [\"4.1\"], off = [\"y\"] }\nslips = { \"2\" = 6 }\nwithout_cities = [\"B\"]\n",
        );
        let pair = |key: &str, value: &str| (format!("interventions.{key}"), value.to_owned());
        let expected = [
            pair("x.level", "\"full\""),
            pair("y.level", "\"off\""),
            pair("x.delay", "6"),
            pair("x.without_cities", "[\"B\"]"),
            pair("y.without_cities", "[\"B\"]"),
        ];
        assert_eq!((set, faults), (expected.to_vec(), Vec::new()));
    }

    #[test]
    fn what_a_scenario_sets_itself_holds() {
        let (set, _) = written(MODEL, "measures = { full = [\"x\"] }\nset = { interventions.x.level = \"off\" }\n");
        assert_eq!(set.len(), 1, "nothing is added: {set:?}");
    }

    #[test]
    fn a_phase_that_no_measure_has_and_a_chapter_without_measures_are_faults() {
        let (set, faults) = written(MODEL, "slips = { \"3\" = 6 }\nmeasures = { full = [\"4.4\"] }\n");
        let told: Vec<&str> = faults.iter().map(|fault| fault.what.as_str()).collect();
        assert_eq!(told, ["no measure of the model is in chapter 4.4", "no measure of the model belongs to phase 3"]);
        assert!(set.is_empty());
    }
}

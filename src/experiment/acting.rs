//! Which settings of an experiment can change its run, and which have no effect.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use toml::Value;

use crate::acting::{Idles, Use, Written};
use crate::config::{self, Change, Levels, Merged};
use crate::error::{Error, Errors, Result};
use crate::experiment::file::{Panel, Uncertainty};
use crate::experiment::json::to_json;
use crate::experiment::plan::Plan;
use crate::experiment::start::Start;
use crate::interventions::Schedule;
use crate::model::ModelFile;
use crate::outcomes::Outcome;
use crate::world::Month;

/// A model in the period in which one scenario uses it.
struct Used {
    model: ModelFile,
    merged: Merged,
    idle: Idles,
    enrolment: Option<(Month, Month)>,
    from: Month,
}

impl Plan {
    fn used(&self, merged: Merged, from: Month, until: Month, founds: bool, scenario: &str) -> Result<Used> {
        let enrolment = self.experiment.file.enrolment_of(scenario);
        let model: ModelFile = merged.typed()?;
        let file = &self.experiment.file;
        let levels_aim = file.draws > 0 && file.uncertainty.levels == Levels::Targets && model.response.is_some();
        let writes = |any: &[Outcome]| any.iter().any(|outcome| self.outcomes.contains(outcome));
        let written = Written {
            yearly: writes(&[Outcome::Yearly]),
            transmission: writes(&[Outcome::Transmission]),
            lives: writes(&[Outcome::Lives]),
            selection: writes(&[Outcome::Selection]),
            money: writes(&[Outcome::Costs, Outcome::LifeCosts]),
        };
        let used = Use { from, until, founds, enrolment, written, levels_aim };
        let idle = model.idle(&used).map_err(|what| Error::data(what, "").at_key("interventions"))?;
        Ok(Used { model, merged, idle, enrolment, from })
    }

    /// The model before a scenario begins, with its period of use, and the model after; `None` for a model that is
    /// never used.
    fn uses(&self, scenario: &str, variant: Option<&str>) -> Result<(Option<Used>, Option<Used>)> {
        let experiment = &self.experiment;
        let patched = experiment.patches.iter().any(|(name, patch)| name == scenario && !patch.is_empty());
        let end = self.end();
        let name = variant.map_or_else(|| scenario.to_owned(), |variant| format!("{scenario}@{variant}"));
        let own = || experiment.scenario(&name, 0);
        let before = |until| self.used(experiment.base_under(variant, 0)?, Month(0), until, true, "");
        Ok(match (patched, experiment.file.start_of(scenario)) {
            (false, _) => (Some(before(end)?), None),
            (true, Start::Founding) => (None, Some(self.used(own()?, Month(0), end, true, scenario)?)),
            (true, Start::Month(month)) => {
                (Some(before(month)?), Some(self.used(own()?, month, end, false, scenario)?))
            }
        })
    }

    /// All that determines the course of a scenario: the acting keys of its models and the month of change. Equal
    /// values mean equal results.
    fn course(&self, scenario: &str, variant: Option<&str>, after: Option<&Used>) -> Result<Json> {
        let experiment = &self.experiment;
        let base = || experiment.base_under(variant, 0);
        let whole = acting(&self.used(base()?, Month(0), self.end(), true, "")?)?;
        let Some(after) = after else { return Ok(whole) };
        let own = acting(after)?;
        // The model that would apply if the scenario changed nothing, with the same use.
        let founds = after.from == Month(0) && experiment.file.start_of(scenario) == Start::Founding;
        let unchanged = self.used(base()?, after.from, self.end(), founds, scenario)?;
        if acting(&unchanged)? == own && after.enrolment == experiment.file.enrolment_of("") {
            return Ok(whole);
        }
        let window = after.enrolment.map(|(from, until)| vec![from.to_string(), until.to_string()]);
        Ok(json!([whole, founds, after.from.to_string(), own, window]))
    }

    /// Dotted keys of the parameters that cannot change the run, in any scenario under any variant.
    ///
    /// # Errors
    /// As [`Experiment::scenario`](crate::experiment::Experiment::scenario); cannot occur for a plan that was built.
    pub fn idle(&self) -> Result<Vec<String>> {
        let mut all: Vec<Used> = Vec::new();
        for variant in std::iter::once(None).chain(self.experiment.file.variants.names().map(Some)) {
            for scenario in self.experiment.file.scenarios.names() {
                let (before, after) = self.uses(scenario, variant)?;
                all.extend(before.into_iter().chain(after));
            }
        }
        let keys = config::parameters(&self.experiment.merged).into_iter().map(|parameter| parameter.key);
        Ok(keys.filter(|key| !all.iter().any(|used| used.idle.acts(key))).collect())
    }

    /// Settings that have no effect, and scenarios that are identical to the one they are compared with. Each with its
    /// location and the reason.
    ///
    /// # Errors
    /// As [`Plan::idle`].
    pub fn notes(&self) -> Result<Vec<Error>> {
        let experiment = &self.experiment;
        let file = &experiment.file;
        let mut notes = self.notes_of_the_file();
        let mut everywhere: Vec<(Option<&str>, Used)> = Vec::new();
        let comparator = file.comparator();
        let mut worlds: Vec<(&str, Vec<Json>)> = Vec::new();
        let variants: Vec<Option<&str>> = std::iter::once(None).chain(file.variants.names().map(Some)).collect();
        for scenario in file.scenarios.names() {
            let mut after_all: Vec<Used> = Vec::new();
            let mut world = Vec::new();
            for variant in &variants {
                let (before, after) = self.uses(scenario, *variant)?;
                world.push(self.course(scenario, *variant, after.as_ref())?);
                everywhere.extend(before.map(|used| (*variant, used)));
                after_all.extend(after);
            }
            worlds.push((scenario, world));
            let patch = experiment.patches.iter().find(|(name, _)| name == scenario);
            for change in patch.into_iter().flat_map(|(_, patch)| patch) {
                // A card that the scenario adds has words and columns that a run does not use.
                if self.is_of_new_card(change) {
                    continue;
                }
                if let Some(why) = why(change, after_all.iter()) {
                    notes.push(note(change, &format!("this has no effect in scenario {scenario}: {why}")));
                }
            }
            everywhere.extend(after_all.into_iter().map(|used| (None, used)));
        }
        for (name, patch) in std::iter::once((None, &experiment.own))
            .chain(std::iter::once((None, &experiment.sets)))
            .chain(experiment.variants.iter().map(|(name, patch)| (Some(name.as_str()), patch)))
        {
            let of = |used: &&(Option<&str>, Used)| name.is_none() || used.0.is_none() || used.0 == name;
            for change in patch {
                if let Some(why) = why(change, everywhere.iter().filter(of).map(|(_, used)| used)) {
                    notes.push(note(change, &format!("this has no effect in any scenario: {why}")));
                }
            }
        }
        let base = worlds.iter().find(|(name, _)| *name == comparator).map(|(_, world)| world);
        for (name, world) in worlds.iter().filter(|(name, _)| *name != comparator) {
            if Some(world) == base {
                let what = format!("scenario {name} gives the same results as {comparator}, with which it is compared");
                let cure = "let it change a setting that has an effect, or leave it out";
                let at = format!("scenarios.{name}");
                notes.push(Error::data(what, cure).at_key(at).in_file(&experiment.place, None));
            }
        }
        let mut told: Vec<Error> = Vec::new();
        notes.retain(|note| {
            let new = !told.contains(note);
            told.extend(new.then(|| note.clone()));
            new
        });
        Ok(notes)
    }

    /// Whether a change belongs to a card of a measure that the model does not have.
    fn is_of_new_card(&self, change: &Change) -> bool {
        let card = change.key.strip_prefix("interventions.").and_then(|rest| rest.split('.').next());
        card.is_some_and(|card| self.experiment.merged.table_at(&format!("interventions.{card}")).is_none())
    }

    /// Settings of the experiment itself that have no effect given the others.
    fn notes_of_the_file(&self) -> Vec<Error> {
        let file = &self.experiment.file;
        let mut notes = Vec::new();
        let mut put = |key: &str, what: &str, cure: &str| {
            notes.push(Error::data(what, cure).at_key(key).in_file(&self.experiment.place, None));
        };
        let of_panel = |outcome: &Outcome| outcome.size().panel.is_some();
        if file.panel != Panel::default() && !self.outcomes.iter().any(of_panel) {
            let words: Vec<String> = Outcome::ALL
                .iter()
                .filter(|outcome| of_panel(outcome))
                .map(|outcome| format!("`{}`", outcome.word()))
                .collect();
            let what = match words.split_last() {
                Some((last, others)) => format!("none of the tables {} and {last} is written", others.join(", ")),
                None => "no table has a panel".to_owned(),
            };
            put("panel", &format!("this has no effect: {what}"), "add \"panel\" to outcomes");
        }
        if file.draws == 0 {
            let cure = "set draws, or leave it out";
            if file.uncertainty != Uncertainty::default() {
                put("uncertainty", "this has no effect: there are no parameter draws", cure);
            }
            if file.crossed {
                put("crossed", "this has no effect: there are no parameter draws", cure);
            }
            for (name, _) in file.variants.0.iter().filter(|(_, variant)| variant.grade_c.is_some()) {
                let key = format!("variants.{name}.grade_c");
                put(&key, "this has no effect: there are no parameter draws", cure);
            }
        }
        let last = self.end().plus(-1);
        for (name, scenario) in &file.scenarios.0 {
            if let Some(until) = scenario.until.filter(|until| *until >= last) {
                let what = format!(
                    "this has no effect: the run ends with {last}, before the measures would end after {until}"
                );
                put(&format!("scenarios.{name}.until"), &what, "give an earlier month, or leave it out");
            }
        }
        notes
    }
}

fn note(change: &Change, what: &str) -> Error {
    Error::data(what, "").at_key(&change.key).in_file(change.place.file.as_ref(), change.place.line)
}

/// Why a change has no effect in any of these uses; `None` when it has one, or when there are no uses.
fn why<'a>(change: &Change, uses: impl Iterator<Item = &'a Used>) -> Option<&'static str> {
    let key = change.steps().join(".");
    let mut last = None;
    for used in uses {
        last = Some(used.idle.why(&key)?);
    }
    last
}

/// The acting keys of a model with their values; for cards the values of the level in force instead of all levels.
fn acting(used: &Used) -> Result<Json> {
    let mut table = config::strip(&used.merged.table);
    let cities = used.model.places.cities.len();
    let bad = |what: String| Errors::from(Error::data(what, "").at_key("interventions"));
    for (above, cards) in [("services", &used.model.chain.services), ("interventions", &used.model.interventions)] {
        let of = if above == "services" {
            table.get_mut("chain").and_then(|chain| chain.get_mut(above))
        } else {
            table.get_mut(above)
        };
        let Some(Value::Table(written)) = of else { continue };
        for (name, card) in cards {
            let key =
                if above == "services" { format!("chain.services.{name}") } else { format!("interventions.{name}") };
            let Some(Value::Table(own)) = written.get_mut(name) else { continue };
            if ["coverage", "programme", "everywhere"].iter().all(|deed| !used.idle.acts(&format!("{key}.{deed}"))) {
                written.remove(name);
                continue;
            }
            for placing in ["level", "delay", "without_cities"] {
                own.remove(placing);
            }
            let path = |schedule: std::result::Result<Schedule, String>| {
                schedule.map(|schedule| Value::String(format!("{:?}", schedule.path()))).map_err(bad)
            };
            own.insert("coverage".to_owned(), path(card.schedule(&card.coverage, cities, None))?);
            for kind in card.beds.keys() {
                own.insert(format!("beds {kind}"), path(card.beds_schedule(kind, cities, None))?);
            }
            own.remove("beds");
            for programme in card.more_places.keys() {
                let added = path(card.more_places_schedule(programme, cities, None))?;
                own.insert(format!("more_places {programme}"), added);
            }
            own.remove("more_places");
            if let (Some(programme), Some(Value::Table(inner))) = (&card.programme, own.get_mut("programme"))
                && let Some(places) = &programme.places
            {
                inner.insert("places".to_owned(), path(card.schedule(places, cities, None))?);
            }
        }
    }
    let mut keys = Vec::new();
    leaves(&to_json(&Value::Table(table)), String::new(), &mut keys);
    let kept: BTreeSet<(String, String)> = keys.into_iter().filter(|(key, _)| used.idle.acts(key)).collect();
    Ok(kept.into_iter().map(|(key, value)| Json::from(format!("{key} = {value}"))).collect())
}

fn leaves(value: &Json, at: String, found: &mut Vec<(String, String)>) {
    match value {
        Json::Object(map) => {
            for (key, inner) in map {
                leaves(inner, if at.is_empty() { key.clone() } else { format!("{at}.{key}") }, found);
            }
        }
        other => found.push((at, other.to_string())),
    }
}

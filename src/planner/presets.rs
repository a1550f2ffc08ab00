//! Mixes to begin with: the scenarios of the experiment on the action programme that a mix can express.

use super::catalogue::{Catalogue, OWN_PLACES, table_of};
use super::mix::{Mix, MixLevel, MixLine};
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::experiment::{ExperimentFile, Scenario};
use crate::interventions::{Card, Chapter};

/// The experiment inside the program whose scenarios are the presets.
const EXPERIMENT: &str = "action-programme";
/// Name of all measures.
const ALL: &str = "all";

/// A mix to begin with.
#[derive(Clone, Debug, PartialEq)]
pub struct MixPreset {
    /// Name of the scenario in the experiment.
    pub name: String,
    /// Its label in English and in Dutch.
    pub label: [String; 2],
    /// The mix.
    pub mix: Mix,
}

impl Catalogue {
    /// The presets, in the order of the experiment on the action programme: status quo, programme, chapters, full roll-out,
    /// closed chain and risks. A scenario that changes effects of measures is no mix and is left out.
    ///
    /// # Errors
    /// Faults of that experiment, which tests prevent.
    pub fn presets(&self) -> Result<Vec<MixPreset>> {
        let text = config::builtin_experiment(EXPERIMENT)?.text;
        let file: ExperimentFile = toml::from_str(&text).map_err(|cause| {
            let what = format!("the experiment inside the program cannot be read: {}", cause.message());
            Error::new(Kind::Internal, what, "report this fault")
        })?;
        let preset = |(name, scenario): &(String, Scenario)| {
            let english = scenario.label.clone().unwrap_or_else(|| name.clone());
            let dutch = scenario.label_nl.clone().unwrap_or_else(|| english.clone());
            Some(MixPreset { name: name.clone(), label: [english, dutch], mix: self.mix_of(scenario)? })
        };
        Ok(file.scenarios.0.iter().filter_map(preset).collect())
    }

    /// The mix of a scenario; `None` if it changes more than a mix can express.
    fn mix_of(&self, scenario: &Scenario) -> Option<Mix> {
        let mut mix = Mix::status_quo();
        for (key, card) in self.cards() {
            mix.lines.insert(key.to_owned(), MixLine::at(level_of(scenario, key, card)));
        }
        for city in &scenario.without_cities {
            for line in mix.lines.values_mut().filter(|line| line.level != MixLevel::StatusQuo) {
                line.cities.insert(city.clone(), MixLevel::StatusQuo);
            }
        }
        for (key, value) in &scenario.set {
            self.set(&mut mix, key, value)?;
        }
        for (phase, months) in &scenario.slips {
            let phase: u8 = phase.parse().ok()?;
            for (key, line) in &mut mix.lines {
                let of_phase = self.card(key).is_some_and(|card| card.phase == Some(phase));
                if let Some(planned) = self.planned_start(key, line).filter(|_| of_phase) {
                    line.from = Some(planned.plus(i32::try_from(*months).ok()?));
                }
            }
        }
        if let Some(until) = scenario.until {
            for (key, line) in &mut mix.lines {
                // A measure that begins after the end of all does not begin.
                match self.planned_start(key, line).map(|planned| line.from.unwrap_or(planned)) {
                    Some(begins) if begins <= until => line.until = Some(until),
                    _ => *line = MixLine::default(),
                }
            }
        }
        // At its level a measure may do nothing in any city, such as a study.
        let idle = |key: &str, line: &MixLine| self.planned_start(key, line).is_none();
        mix.lines.retain(|key, line| !idle(key, line));
        Some(mix.tidy(self.cities()))
    }

    /// A change of the model by the scenario: cities without a measure, or a share of its places or coverage.
    fn set(&self, mix: &mut Mix, key: &str, value: &toml::Value) -> Option<()> {
        let (card, rest) = key.strip_prefix("interventions.")?.split_once('.')?;
        let table = table_of(self.card(card)?, OWN_PLACES).unwrap_or_else(|| "coverage".to_owned());
        let line = mix.lines.get_mut(card)?;
        if rest == "without_cities" {
            for city in value.as_array()?.iter().filter_map(toml::Value::as_str) {
                line.cities.insert(city.to_owned(), MixLevel::StatusQuo);
            }
            return Some(());
        }
        let percent = value.as_float()? * 100.0;
        if rest != table || percent.fract() != 0.0 || !(1.0..=100.0).contains(&percent) {
            return None;
        }
        line.means = percent as u32;
        Some(())
    }
}

/// The level of a measure in a scenario: by its own name before that of its chapter, before all.
fn level_of(scenario: &Scenario, key: &str, card: &Card) -> MixLevel {
    let chapter = card.chapter.and_then(chapter_word);
    let names = [Some(key.to_owned()), chapter, Some(ALL.to_owned())];
    let at = |name: &String| {
        let has = |names: &Vec<String>| names.contains(name);
        scenario.measures.iter().find(|(_, names)| has(names)).map(|(level, _)| level.clone())
    };
    let word = names.iter().flatten().find_map(at);
    word.and_then(|word| MixLevel::named(&word)).unwrap_or_default()
}

/// The word of a chapter in experiment files.
fn chapter_word(chapter: Chapter) -> Option<String> {
    Some(serde_json::to_value(chapter).ok()?.as_str()?.to_owned())
}

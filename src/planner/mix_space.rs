//! The mixes that a question allows: a lever for each measure, with its levels, and what a choice changes in the model.

use toml::{Table, Value};

use super::catalogue::{OWN_PLACES, table_of};
use super::frontier::MixChoice;
use super::mix::{Mix, MixLevel, MixLine};

/// Digits of the levels of a lever in the name of a scenario.
const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A measure of a mix with the levels that it may have.
#[derive(Clone, Debug, PartialEq)]
pub struct MixLever {
    /// Key of its card.
    pub key: String,
    /// Name in English and in Dutch.
    pub words: [String; 2],
    /// Its levels; the first is the status quo.
    pub levels: Vec<LeverLevel>,
    /// Key below the card of the table that a share of the means applies to, and the multiplier of that table in the model.
    pub(super) means: (String, f64),
}

/// A level of a measure with a share of its means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeverLevel {
    /// The level.
    pub level: MixLevel,
    /// Share of the means, per cent.
    pub means: u32,
}

impl LeverLevel {
    /// The level in words, in English or Dutch (0 or 1).
    pub fn words(self, language: usize) -> String {
        let level = match (self.level, language) {
            (MixLevel::StatusQuo, 0) => "as in 2008",
            (MixLevel::StatusQuo, _) => "zoals in 2008",
            (MixLevel::Programme, 0) => "as in the programme",
            (MixLevel::Programme, _) => "zoals in het programma",
            (MixLevel::Full, 0) => "full",
            (MixLevel::Full, _) => "volledig",
        };
        if self.means == 100 { level.to_owned() } else { format!("{level}, {}\u{a0}%", self.means) }
    }
}

impl MixLever {
    /// The lever of a card: the status quo, and each level with each share of the means, from little to much.
    pub(super) fn of(
        key: &str,
        card: &crate::interventions::Card,
        multiplier: f64,
        levels: &[MixLevel],
        means: &[u32],
    ) -> MixLever {
        let table = table_of(card, OWN_PLACES).unwrap_or_else(|| "coverage".to_owned());
        let mut all = vec![LeverLevel { level: MixLevel::StatusQuo, means: 100 }];
        let (mut levels, mut means) = (levels.to_vec(), means.to_vec());
        levels.sort_unstable();
        means.sort_unstable();
        for level in levels {
            all.extend(means.iter().map(|means| LeverLevel { level, means: *means }));
        }
        let words = [card.title.clone(), card.dutch.clone()];
        MixLever { key: key.to_owned(), words, levels: all, means: (table, multiplier) }
    }
}

/// All mixes of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct MixSpace {
    /// The levers, in the order of the file.
    pub levers: Vec<MixLever>,
    /// Cities in which no measure goes beyond the status quo.
    pub(super) without_cities: Vec<String>,
    /// First year that is not simulated.
    pub(super) until: i32,
}

impl MixSpace {
    /// Number of levels of each lever.
    pub fn levels(&self) -> Vec<usize> {
        self.levers.iter().map(|lever| lever.levels.len()).collect()
    }

    /// The levers that a mix moves, with their levels.
    pub fn active<'a>(&'a self, mix: &'a MixChoice) -> impl Iterator<Item = (&'a MixLever, LeverLevel)> {
        let at = |(lever, level): (&'a MixLever, &usize)| Some((lever, *lever.levels.get(*level)?));
        self.levers.iter().zip(&mix.0).filter(|(_, level)| **level > 0).filter_map(at)
    }

    /// Name of the scenario of a mix: `mix-` and the number of the level of each lever.
    pub fn name(&self, mix: &MixChoice) -> String {
        let digit = |level: &usize| DIGITS.get(*level).copied().map_or('z', char::from);
        format!("mix-{}", mix.0.iter().map(digit).collect::<String>())
    }

    /// The mix in words, in English or Dutch (0 or 1): its measures, each with its level if there are several.
    pub fn words(&self, mix: &MixChoice, language: usize) -> String {
        let one = |(lever, level): (&MixLever, LeverLevel)| {
            let name = &lever.words[language.min(1)];
            if lever.levels.len() > 2 { format!("{name} ({})", level.words(language)) } else { name.clone() }
        };
        let all: Vec<String> = self.active(mix).map(one).collect();
        match (all.is_empty(), language) {
            (true, 0) => "no measure beyond those of 2008".to_owned(),
            (true, _) => "geen maatregel naast die van 2008".to_owned(),
            (false, _) => all.join(" + "),
        }
    }

    /// What a mix changes in the model: dotted keys and values, as in `set` of a scenario.
    pub(super) fn changes(&self, mix: &MixChoice) -> Table {
        let mut set = Table::new();
        for (lever, LeverLevel { level, means }) in self.active(mix) {
            let key = |rest: &str| format!("interventions.{}.{rest}", lever.key);
            set.insert(key("level"), Value::String(level.word().to_owned()));
            if !self.without_cities.is_empty() {
                let names = self.without_cities.iter().cloned().map(Value::String).collect();
                set.insert(key("without_cities"), Value::Array(names));
            }
            if means != 100 {
                let (table, multiplier) = &lever.means;
                set.insert(key(&format!("{table}.value")), Value::Float(multiplier * f64::from(means) / 100.0));
            }
        }
        set
    }

    /// The mix as the planner's page has it.
    pub fn mix(&self, mix: &MixChoice) -> Mix {
        let line = |LeverLevel { level, means }: LeverLevel| {
            let cities = self.without_cities.iter().map(|city| (city.clone(), MixLevel::StatusQuo)).collect();
            MixLine { cities, means, ..MixLine::at(level) }
        };
        let lines = self.active(mix).map(|(lever, level)| (lever.key.clone(), line(level))).collect();
        Mix { end: self.until, lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> MixSpace {
        let lever = |key: &str, levels: &[(MixLevel, u32)]| MixLever {
            key: key.to_owned(),
            words: [format!("{key} en"), format!("{key} nl")],
            levels: levels.iter().map(|(level, means)| LeverLevel { level: *level, means: *means }).collect(),
            means: ("programme.places".to_owned(), 1.0),
        };
        let (quo, full) = ((MixLevel::StatusQuo, 100), (MixLevel::Full, 100));
        MixSpace {
            levers: vec![lever("nhv", &[quo, (MixLevel::Full, 50), full]), lever("tom", &[quo, full])],
            without_cities: vec!["Utrecht".to_owned()],
            until: 2030,
        }
    }

    #[test]
    fn a_choice_has_a_name_words_and_changes() {
        let space = space();
        let mix = MixChoice(vec![1, 1]);
        assert_eq!((space.levels(), space.name(&mix)), (vec![3, 2], "mix-11".to_owned()));
        assert_eq!(space.words(&mix, 1), "nhv nl (volledig, 50\u{a0}%) + tom nl");
        assert_eq!(space.words(&MixChoice(vec![0, 0]), 0), "no measure beyond those of 2008");
        let changes: Vec<String> = space.changes(&mix).iter().map(|(key, value)| format!("{key} = {value}")).collect();
        assert_eq!(
            changes,
            [
                "interventions.nhv.level = \"full\"",
                "interventions.nhv.without_cities = [\"Utrecht\"]",
                "interventions.nhv.programme.places.value = 0.5",
                "interventions.tom.level = \"full\"",
                "interventions.tom.without_cities = [\"Utrecht\"]",
            ]
        );
        assert!(space.changes(&MixChoice(vec![0, 0])).is_empty());
    }

    #[test]
    fn the_page_has_the_same_mix() {
        let mix = space().mix(&MixChoice(vec![1, 0]));
        let line = &mix.lines["nhv"];
        assert_eq!((mix.end, mix.lines.len(), line.level, line.means), (2030, 1, MixLevel::Full, 50));
        assert_eq!(line.level_in("Utrecht"), MixLevel::StatusQuo);
        assert_eq!(line.level_in("Rotterdam"), MixLevel::Full);
    }
}

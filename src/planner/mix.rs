//! A mix of measures: for each measure its level by city, its months, its places and its share of the means.

use std::collections::{BTreeMap, BTreeSet};

use crate::interventions::Level;
use crate::world::Month;

/// First year that is not simulated, unless a mix says otherwise: 32 years from 2008.
pub const USUAL_END: i32 = 2040;
/// Earliest first year that is not simulated: the programme ends in 2011.
pub const FIRST_END: i32 = 2012;
/// Latest first year that is not simulated.
pub const LAST_END: i32 = 2060;
/// Share of the means in percent that a measure has unless a mix says otherwise.
pub(super) const ALL_MEANS: u32 = 100;
/// Prices in percent of those on its card that a measure has unless a mix says otherwise.
pub(super) const CARD_PRICE: u32 = 100;

/// A mix of measures. A measure without a line stays at the status quo.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mix {
    /// First year that is not simulated.
    pub end: i32,
    /// Lines by the key of the measure's card.
    pub lines: BTreeMap<String, MixLine>,
}

/// What a mix says of one measure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MixLine {
    /// Level in all cities, unless `cities` says otherwise: the status quo, as in the programme, or full roll-out.
    pub level: MixLevel,
    /// Level in single cities, by name.
    pub cities: BTreeMap<String, MixLevel>,
    /// First month in which the measure goes beyond the status quo; as planned if `None`. Not before the plan.
    pub from: Option<Month>,
    /// Last month in which it does; as planned if `None`.
    pub until: Option<Month>,
    /// Number of places while the measure goes beyond the status quo, in place of that of its level: by kind (see
    /// [`Catalogue::place_kinds`](super::Catalogue::place_kinds)) and city.
    pub places: BTreeMap<String, BTreeMap<String, u32>>,
    /// Share of the means, percent: places for a measure that has them, otherwise coverage.
    pub means: u32,
    /// Prices, percent of those on the card.
    pub price: u32,
}

/// A level that a mix can give to a measure, lowest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MixLevel {
    /// The situation of 2008, continued.
    #[default]
    StatusQuo,
    /// As planned in the action programme.
    Programme,
    /// Full roll-out: beyond the pilots, in all cities.
    Full,
}

impl MixLevel {
    /// All levels, lowest first.
    pub const ALL: [MixLevel; 3] = [MixLevel::StatusQuo, MixLevel::Programme, MixLevel::Full];

    /// The word used in files and addresses.
    pub fn word(self) -> &'static str {
        match self {
            MixLevel::StatusQuo => "status_quo",
            MixLevel::Programme => "programme",
            MixLevel::Full => "full",
        }
    }

    /// The level of a word.
    pub fn named(word: &str) -> Option<MixLevel> {
        MixLevel::ALL.into_iter().find(|level| level.word() == word)
    }

    /// The level of a card.
    pub fn of_card(self) -> Level {
        match self {
            MixLevel::StatusQuo => Level::StatusQuo,
            MixLevel::Programme => Level::Programme,
            MixLevel::Full => Level::Full,
        }
    }
}

impl Default for MixLine {
    fn default() -> Self {
        MixLine::at(MixLevel::StatusQuo)
    }
}

impl MixLine {
    /// A line at a level in all cities, otherwise as planned.
    pub fn at(level: MixLevel) -> MixLine {
        MixLine {
            level,
            cities: BTreeMap::new(),
            from: None,
            until: None,
            places: BTreeMap::new(),
            means: ALL_MEANS,
            price: CARD_PRICE,
        }
    }

    /// The level in a city.
    pub fn level_in(&self, city: &str) -> MixLevel {
        self.cities.get(city).copied().unwrap_or(self.level)
    }

    /// The highest level in any of the cities.
    pub fn highest(&self, cities: &[String]) -> MixLevel {
        cities.iter().map(|city| self.level_in(city)).max().unwrap_or_default()
    }

    /// Cities in which the measure stays at the status quo.
    pub fn without<'a>(&self, cities: &'a [String]) -> Vec<&'a str> {
        let stays = |city: &&String| self.level_in(city) == MixLevel::StatusQuo;
        cities.iter().filter(stays).map(String::as_str).collect()
    }

    /// Whether the measure goes beyond the status quo in any of the cities.
    pub fn is_active(&self, cities: &[String]) -> bool {
        self.highest(cities) > MixLevel::StatusQuo
    }

    /// Whether its cities have different levels above the status quo.
    pub(super) fn is_mixed(&self, cities: &[String]) -> bool {
        let levels: BTreeSet<MixLevel> = cities.iter().map(|city| self.level_in(city)).collect();
        levels.contains(&MixLevel::Programme) && levels.contains(&MixLevel::Full)
    }

    /// Number of places of a kind that the line sets in a city.
    pub fn places_in(&self, kind: &str, city: &str) -> Option<u32> {
        self.places.get(kind)?.get(city).copied()
    }

    /// The same line without what says nothing: cities at the level of all, empty lists of places.
    fn tidy(mut self, cities: &[String]) -> MixLine {
        if let [first, rest @ ..] = cities {
            let common = self.level_in(first);
            if rest.iter().all(|city| self.level_in(city) == common) {
                self.level = common;
            }
        }
        let level = self.level;
        self.cities.retain(|_, own| *own != level);
        self.places.retain(|_, cities| !cities.is_empty());
        self
    }
}

impl Default for Mix {
    fn default() -> Self {
        Mix::status_quo()
    }
}

impl Mix {
    /// The status quo: no measure goes beyond it.
    pub fn status_quo() -> Mix {
        Mix { end: USUAL_END, lines: BTreeMap::new() }
    }

    /// The same mix with a measure at a level in all cities, as planned otherwise.
    #[must_use]
    pub fn with(mut self, card: &str, level: MixLevel) -> Mix {
        self.lines.insert(card.to_owned(), MixLine::at(level));
        self
    }

    /// The line of a measure; at the status quo if the mix has none.
    pub fn line(&self, card: &str) -> MixLine {
        self.lines.get(card).cloned().unwrap_or_default()
    }

    /// The same mix without what says nothing, so that equal mixes are equal values. What contradicts itself stays, for
    /// the checks.
    #[must_use]
    pub fn tidy(mut self, cities: &[String]) -> Mix {
        self.lines = self.lines.into_iter().map(|(card, line)| (card, line.tidy(cities))).collect();
        self.lines.retain(|_, line| *line != MixLine::default());
        self
    }

    /// Keys of the measures that go beyond the status quo.
    pub fn active<'a>(&'a self, cities: &'a [String]) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter(|(_, line)| line.is_active(cities)).map(|(card, _)| card.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cities() -> Vec<String> {
        ["Amsterdam", "Rotterdam"].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_level_of_every_city_is_the_level_of_all() {
        let mut line = MixLine::at(MixLevel::StatusQuo);
        line.cities = cities().into_iter().map(|city| (city, MixLevel::Full)).collect();
        let mix = Mix { lines: BTreeMap::from([("nhv".to_owned(), line)]), ..Mix::default() };
        assert_eq!(mix.tidy(&cities()), Mix::status_quo().with("nhv", MixLevel::Full));
    }

    #[test]
    fn the_levels_of_cities_decide_where_a_measure_is_active() {
        let mut line = MixLine::at(MixLevel::Full);
        line.cities.insert("Rotterdam".into(), MixLevel::StatusQuo);
        assert_eq!(line.without(&cities()), ["Rotterdam"]);
        assert!(line.is_active(&cities()) && !line.is_mixed(&cities()));
        line.cities.insert("Rotterdam".into(), MixLevel::Programme);
        assert!(line.is_mixed(&cities()));
        assert_eq!(line.highest(&cities()), MixLevel::Full);
    }

    #[test]
    fn a_line_that_says_nothing_is_dropped_and_one_that_contradicts_itself_stays() {
        let mut mix = Mix::status_quo().with("nhv", MixLevel::StatusQuo).with("tom", MixLevel::StatusQuo);
        mix.lines.entry("tom".into()).or_default().from = Some(Month(12));
        let mix = mix.tidy(&cities());
        assert_eq!(mix.lines.keys().collect::<Vec<_>>(), ["tom"]);
        assert_eq!(mix.active(&cities()).count(), 0);
    }
}

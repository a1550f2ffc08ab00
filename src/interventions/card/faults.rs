//! Faults of a card that the schema cannot express.

use super::level::Level;
use super::path::Path;
use super::{BEDS, Card, Per};
use crate::units::{Count, Rows, UNLIMITED_COUNT};
use crate::world::{Edge, Mechanism};

/// Faults found so far: the key below the card's own, a description, and the remedy.
#[derive(Default)]
struct CardFaults(Vec<(String, String, String)>);

impl CardFaults {
    fn add(&mut self, key: &str, what: String, cure: &str) {
        self.0.push((key.to_owned(), what, cure.to_owned()));
    }
}

impl Card {
    /// Faults of a card that the schema cannot express: each with the key below the card's own, a description, and the
    /// remedy.
    pub fn faults(&self, cities: usize) -> Vec<(String, String, String)> {
        let mut faults = CardFaults::default();
        self.check_edges(&mut faults);
        self.check_coverage(cities, &mut faults);
        self.check_everywhere(&mut faults);
        self.check_effects(&mut faults);
        self.check_beds(cities, &mut faults);
        self.check_more_places(cities, &mut faults);
        self.check_eligible(&mut faults);
        self.check_recall(&mut faults);
        for (key, what, cure) in self.programme.iter().flat_map(|programme| programme.unfelt()) {
            faults.add(&format!("programme.{key}"), what, cure);
        }
        self.check_place_money(&mut faults);
        for (what, cure) in self.budget_faults() {
            faults.add("programme.budget", what, &cure);
        }
        for city in self.without_cities.iter().filter(|city| **city >= cities) {
            let what = format!("there is no city {city}");
            faults.add("without_cities", what, &format!("give names of cities, or 0 to {}", cities - 1));
        }
        faults.0
    }

    fn check_edges(&self, faults: &mut CardFaults) {
        for edge in self.edges.keys().filter(|edge| !Edge::OPEN.contains(edge)) {
            let open: Vec<&str> = Edge::OPEN.iter().map(|edge| edge.word()).collect();
            let what = "no process asks for the chance of this edge".to_owned();
            faults.add(&format!("edges.{}", edge.word()), what, &format!("use one of {}", open.join(", ")));
        }
    }

    /// Checks coverage and places, level by level up to the first table that cannot be read.
    fn check_coverage(&self, cities: usize, faults: &mut CardFaults) {
        for level in [Level::StatusQuo, Level::Programme, Level::Full] {
            let order = "give columns year, status_quo, programme and full, with the years of each city in order";
            let coverage = match Path::of(&self.coverage, level, cities) {
                Ok(coverage) => coverage,
                Err(what) => {
                    faults.add("coverage", what, order);
                    return;
                }
            };
            let Some(places) = self.programme.as_ref().and_then(|programme| programme.places.as_ref()) else {
                continue;
            };
            match Path::of(places, level, cities) {
                Ok(places) => {
                    self.check_places(level, &places, &coverage, cities, faults);
                    check_size("programme.places", level, &places, faults);
                }
                Err(what) => {
                    faults.add("programme.places", what, order);
                    return;
                }
            }
        }
    }

    /// Checks that a level has places if it covers persons, and the other way round.
    fn check_places(&self, level: Level, places: &Path, coverage: &Path, cities: usize, faults: &mut CardFaults) {
        let column = level.column().unwrap_or_default();
        let never = |path: &Path| (0..cities).all(|city| path.steps()[city].iter().all(|(_, value)| *value == 0.0));
        // A multiplier of 0 switches the measure off, which is consistent.
        let switched_off = self.coverage.value == 0.0;
        if never(places) && !never(coverage) {
            let what = format!("`{column}` covers people and has no place for any");
            faults.add("programme.places", what, "give places, or a coverage of 0, or leave the table out");
        } else if never(coverage) && !never(places) && !switched_off {
            let what = format!("`{column}` has places and covers nobody");
            faults.add("programme.places", what, "give coverage, or 0 places");
        }
    }

    fn check_everywhere(&self, faults: &mut CardFaults) {
        for (name, everywhere) in &self.everywhere {
            if !everywhere.mechanism.is_of_the_chain() {
                let words: Vec<&str> = Mechanism::OF_THE_CHAIN.iter().map(|mechanism| mechanism.word()).collect();
                let what = format!(
                    "`{}` is a hazard of persons and cannot change for a whole city",
                    everywhere.mechanism.word()
                );
                faults.add(
                    &format!("everywhere.{name}.mechanism"),
                    what,
                    &format!("put it on those who take part (programme.effects), or use one of {}", words.join(", ")),
                );
            }
            if let Some(pulse) =
                everywhere.pulse.filter(|pulse| pulse.get().fract() != 0.0 || !(1.0..=12.0).contains(&pulse.get()))
            {
                faults.add(
                    &format!("everywhere.{name}.pulse"),
                    format!("{} is no month", pulse.get()),
                    "give 1 for January to 12 for December",
                );
            }
        }
    }

    /// Attitude and coping are shifted in standard deviations and have no ratio.
    fn check_effects(&self, faults: &mut CardFaults) {
        let effects = self.programme.iter().flat_map(|programme| &programme.effects);
        for (name, effect) in effects.filter(|(_, effect)| Mechanism::MEDIATORS.contains(&effect.mechanism)) {
            let word = effect.mechanism.word();
            faults.add(
                &format!("programme.effects.{name}.mechanism"),
                format!("`{word}` has standard deviations and no ratio"),
                &format!("make it a shift: programme.shifts.{name} with of = \"{word}\" and a size"),
            );
        }
    }

    fn check_beds(&self, cities: usize, faults: &mut CardFaults) {
        for name in self.beds.keys().filter(|name| !BEDS.contains(&name.as_str())) {
            let cure = format!("use one of {}", BEDS.join(", "));
            faults.add(&format!("beds.{name}"), format!("no provider `{name}`"), &cure);
        }
        for (name, beds) in &self.beds {
            if let Err(what) = Path::of(beds, Level::Full, cities) {
                faults.add(
                    &format!("beds.{name}"),
                    what,
                    "give columns year, status_quo, programme and full, in order",
                );
            }
            check_sizes(&format!("beds.{name}"), beds, cities, faults);
            if beds.rows.iter().flatten().any(|cell| *cell >= UNLIMITED_COUNT) {
                let what = "places without limit cannot be added to those of a provider".to_owned();
                faults.add(&format!("beds.{name}"), what, "give a number of places");
            }
        }
    }

    fn check_more_places(&self, cities: usize, faults: &mut CardFaults) {
        for (name, places) in &self.more_places {
            let key = format!("more_places.{name}");
            if let Err(what) = Path::of(places, Level::Full, cities) {
                faults.add(&key, what, "give columns year, status_quo, programme and full, in order");
            }
            check_sizes(&key, places, cities, faults);
            if places.rows.iter().flatten().any(|cell| *cell >= UNLIMITED_COUNT) {
                let what = "places without limit cannot be added to those of a programme".to_owned();
                faults.add(&key, what, "give a number of places");
            }
        }
    }

    fn check_recall(&self, faults: &mut CardFaults) {
        let Some(programme) = &self.programme else { return };
        if programme.recall.is_some() && programme.leads_to.is_none() {
            let what = "participants are recalled, and the programme leads to nothing".to_owned();
            faults.add("programme.recall", what, "give `leads_to` the occasion to repeat, or take `recall` out");
        }
    }

    /// Checks that money for places has places that it can be paid for.
    fn check_place_money(&self, faults: &mut CardFaults) {
        let limited = self.programme.as_ref().and_then(|programme| programme.places.as_ref());
        let limited = limited.filter(|table| !table.rows.iter().flatten().any(|cell| *cell >= UNLIMITED_COUNT));
        if limited.is_some() || !self.beds.is_empty() {
            return;
        }
        for name in self.costs.iter().filter(|(_, cost)| cost.per == Per::PlaceYear).map(|(name, _)| name) {
            let what = "it is paid for places, and the card has no places with a limit".to_owned();
            faults.add(&format!("costs.{name}.per"), what, "give a table of places, or pay per start or person_month");
        }
    }

    fn check_eligible(&self, faults: &mut CardFaults) {
        let Some(programme) = &self.programme else { return };
        let who = &programme.eligible;
        if !who.origin.is_empty() && !who.own_language {
            faults.add(
                "programme.eligible.origin",
                "people would be taken in by origin".to_owned(),
                "take `origin` out; only services in people's own language may name it, with own_language = true",
            );
        }
        if let (Some(from), Some(to)) = (who.age_from, who.age_to)
            && from.get() >= to.get()
        {
            faults.add(
                "programme.eligible.age_to",
                format!("ages from {} to {} are nobody", from.get(), to.get()),
                "give age_from below age_to",
            );
        }
    }
}

/// Checks that no level of a table has part of a place.
fn check_sizes(key: &str, table: &Rows<Count>, cities: usize, faults: &mut CardFaults) {
    for level in [Level::StatusQuo, Level::Programme, Level::Full] {
        // A table that cannot be read is a fault of its own.
        if let Ok(path) = Path::of(table, level, cities) {
            check_size(key, level, &path, faults);
        }
    }
}

/// Checks that a level has no part of a place: means that buy less than one place buy none.
fn check_size(key: &str, level: Level, places: &Path, faults: &mut CardFaults) {
    let values = places.steps().iter().flatten().map(|(_, value)| *value);
    if let Some(part) = values.into_iter().find(|value| *value > 0.0 && *value < 1.0) {
        let what = format!("`{}` has {part} of a place, which nobody can take", level.column().unwrap_or_default());
        faults.add(key, what, "give 0, or means for at least one place in a city");
    }
}

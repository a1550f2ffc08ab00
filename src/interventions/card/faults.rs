//! Faults of a card that the schema cannot express.

use super::level::Level;
use super::path::Path;
use super::{BEDS, Card};
use crate::units::UNLIMITED_COUNT;
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
        self.check_beds(cities, &mut faults);
        self.check_eligible(&mut faults);
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
                Ok(places) => self.check_places(level, &places, &coverage, cities, faults),
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
            if beds.rows.iter().flatten().any(|cell| *cell >= UNLIMITED_COUNT) {
                let what = "places without limit cannot be added to those of a provider".to_owned();
                faults.add(&format!("beds.{name}"), what, "give a number of places");
            }
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

//! Which keys of a card can change a run.

use super::card::{Card, Level, Per};
use super::schedule::Schedule;
use crate::acting::{NO_MONEY, NOT_IN_FORCE, Use};
use crate::units::{Rows, Unit};
use crate::world::InForce;

/// Fields with text for lists and reports.
const WORDS: [&str; 9] = ["title", "dutch", "lines", "function", "target", "in_scheme", "evidence", "chapter", "phase"];
/// Fields that determine the effects of the measure.
const DEEDS: [&str; 7] = ["coverage", "programme", "edges", "everywhere", "beds", "more_places", "costs"];

impl Card {
    /// A value by city and month in one use of the model.
    fn in_use<U: Unit>(&self, table: &Rows<U>, cities: usize, used: &Use) -> Result<Schedule, String> {
        self.schedule(table, cities, used.enrolment)
    }

    /// Whether the measure reaches anybody in any city and month of a use.
    ///
    /// # Errors
    /// Describes an invalid table of coverage.
    pub fn is_on(&self, cities: usize, used: &Use) -> Result<bool, String> {
        Ok(self.in_use(&self.coverage, cities, used)?.any(used.from, used.until))
    }

    /// The keys below the card's own key that cannot change a run, each with the reason.
    ///
    /// # Errors
    /// Describes an invalid table.
    pub fn idle(&self, cities: usize, used: &Use, in_force: InForce) -> Result<Vec<(String, &'static str)>, String> {
        let mut idle: Vec<(String, &'static str)> = Vec::new();
        let mut put = |key: &str, why: &'static str| idle.push((key.to_owned(), why));
        WORDS.iter().for_each(|key| put(key, "it is a word for readers"));
        if matches!(self.level, Level::Off | Level::StatusQuo) {
            ["delay", "without_cities"]
                .iter()
                .for_each(|key| put(key, "the measure does not go beyond the status quo"));
        }
        let covered = self.in_use(&self.coverage, cities, used)?;
        // With a multiplier of 0 the card is off, but another multiplier would change results.
        let bare = Rows::<crate::units::Share>::new(1.0, self.coverage.columns.clone(), self.coverage.rows.clone())?;
        let could = self.in_use(&bare, cities, used)?.any(used.from, used.until);
        let off = match self.level {
            Level::Off => "the measure is off",
            _ => "the measure reaches nobody in any city and month of this scenario",
        };
        let places = self.programme.as_ref().and_then(|programme| programme.places.as_ref());
        let staffed = match places {
            Some(places) => self.in_use(places, cities, used)?.goes_beyond(used.from, used.until),
            None => false,
        };
        if !covered.any(used.from, used.until) {
            let judged = used.written.selection && self.programme.is_some();
            // Places are paid for as long as they are in the table, whether or not anybody new is reached.
            let per_place = self.costs.values().any(|cost| cost.per == Per::PlaceYear);
            let paid = staffed && per_place && used.written.money && self.coverage.value > 0.0;
            for key in DEEDS.iter().filter(|key| !(could && **key == "coverage")) {
                match (*key, &self.programme) {
                    // The effect of earlier coverage is still fading.
                    ("everywhere", _) if covered.any(used.from.plus(-FADES), used.from) => {}
                    // Eligibility rules are evaluated in every world, whether or not anybody is reached.
                    ("programme", Some(_)) if judged || paid => {
                        let idle = RUNNING.iter().filter(|inner| !(paid && PAID.contains(inner)));
                        idle.for_each(|inner| put(&format!("programme.{inner}"), off));
                    }
                    ("costs", _) if paid => {}
                    (key, _) => put(key, off),
                }
            }
            return Ok(idle);
        }
        if in_force == InForce::None {
            // Effects of a programme on the chain itself apply in the null world too.
            let effects = self.programme.iter().flat_map(|programme| &programme.effects);
            for (name, _) in effects.filter(|(_, effect)| !effect.mechanism.is_of_the_chain()) {
                put(&format!("programme.effects.{name}"), NOT_IN_FORCE);
            }
            put("programme.relief", NOT_IN_FORCE);
            put("programme.shifts", NOT_IN_FORCE);
        }
        let mut adds_places = staffed;
        for (kind, table) in &self.beds {
            if self.in_use(table, cities, used)?.any(used.from, used.until) {
                adds_places = true;
            } else {
                put(&format!("beds.{kind}"), "it adds no place at this level");
            }
        }
        for (programme, table) in &self.more_places {
            if !self.in_use(table, cities, used)?.any(used.from, used.until) {
                put(&format!("more_places.{programme}"), "it adds no place at this level");
            }
        }
        for (name, cost) in &self.costs {
            let key = format!("costs.{name}");
            // Prices also say how many places the growth of the means buys, and when a budget is spent.
            let buys = self.programme.as_ref().is_some_and(|form| form.growth.is_some() || form.budget.is_some());
            let acts = used.written.money || buys && matches!(cost.per, Per::Start | Per::PersonMonth);
            if !acts {
                put(&key, NO_MONEY);
                continue;
            }
            match cost.per {
                Per::Passage if self.edges.is_empty() => {
                    put(&key, "it is paid for passages, and the card sets no edge")
                }
                Per::PlaceYear if !adds_places => put(&key, "it is paid for places, and none is added"),
                Per::Once if !covered.goes_beyond(used.from, used.until) => {
                    put(&key, "it is paid once, for going beyond the status quo");
                }
                _ => {}
            }
        }
        Ok(idle)
    }
}

/// Fields of a programme that matter only for the persons it reaches.
const RUNNING: [&str; 19] = [
    "uptake",
    "starts",
    "starts_at",
    "completes",
    "wait",
    "patience",
    "length",
    "intensity",
    "dose_response",
    "places",
    "growth",
    "budget",
    "effects",
    "relief",
    "shifts",
    "leads_to",
    "instead_of",
    "recall",
    "victim",
];
/// Fields of a programme that determine the money for its places.
const PAID: [&str; 2] = ["places", "intensity"];
/// Months after which the effect of earlier coverage has vanished.
const FADES: i32 = super::system::MEMORY;

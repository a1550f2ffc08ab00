//! City-wide effects of measures, set anew at the beginning of each month: probabilities of edges of the chain, and log
//! ratios on its mechanisms. A measure without coverage sets nothing.

use std::collections::BTreeMap;

use super::card::{Card, Everywhere};
use super::schedule::Schedule;
use crate::engine::{Draws, Monthly, Process, Scope};
use crate::world::{ChainChange, Change, Changes, Edge, Lists, Month, System, World};

/// The sweep that sets [`System`].
pub struct Measures {
    cards: Vec<CityMeasure>,
    cities: usize,
}

struct CityMeasure {
    coverage: Schedule,
    edges: Vec<(Edge, f64)>,
    everywhere: Vec<Everywhere>,
}

/// Number of marks that an area can have.
const MARKS: u8 = 3;
/// Months after which the effect of earlier coverage or of a pulse has practically vanished.
pub(super) const MEMORY: i32 = 180;

impl Measures {
    /// The process of all services of 2008 and cards, by name.
    ///
    /// # Errors
    /// Describes an invalid path.
    pub fn build(
        services: &BTreeMap<String, Card>,
        cards: &BTreeMap<String, Card>,
        scope: &Scope,
    ) -> Result<Process, String> {
        let reach = |card: &Card| {
            Ok(CityMeasure {
                coverage: card.schedule(&card.coverage, scope.cities, scope.enrolment)?,
                edges: card.edges.iter().map(|(edge, chance)| (*edge, chance.get())).collect(),
                everywhere: card.everywhere.values().cloned().collect(),
            })
        };
        let all: BTreeMap<&String, &Card> = services.iter().chain(cards).collect();
        let cards = all
            .into_iter()
            .filter(|(_, card)| !card.edges.is_empty() || !card.everywhere.is_empty())
            .map(|(name, card)| reach(card).map_err(|what: String| format!("{name}: {what}")))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Process::Monthly(Box::new(Measures { cards, cities: scope.cities })))
    }

    /// Strength of a change in a city: the coverage, or the remaining effect of an earlier one.
    fn strength(coverage: &Schedule, form: &Everywhere, city: usize, now: Month) -> f64 {
        let half_life = form.half_life.map(|months| months.get().max(0.01));
        let left = |ago: i32| half_life.map_or(f64::from(ago == 0), |half| libm::exp2(-f64::from(ago) / half));
        let pulses = |month: Month| form.pulse.is_none_or(|pulse| month.of_year() + 1 == pulse.get() as usize);
        let back = if half_life.is_some() { MEMORY } else { 0 };
        (0..=back)
            .map(|ago| (ago, now.plus(-ago)))
            .filter(|(_, month)| pulses(*month))
            .map(|(ago, month)| coverage.at(city, month) * left(ago))
            .fold(0.0, f64::max)
    }

    /// The city-wide effects of this month.
    pub(super) fn system(&self, now: Month) -> System {
        let mut system = System::default();
        for reach in &self.cards {
            for city in 0..self.cities {
                let share = reach.coverage.at(city, now);
                if share > 0.0 {
                    reach.edges.iter().for_each(|(edge, chance)| system.move_edge(city, *edge, share, *chance));
                }
                for form in &reach.everywhere {
                    let ratio = form.ratio.get();
                    let strength = Self::strength(&reach.coverage, form, city, now);
                    if strength <= 0.0 || ratio <= 0.0 || ratio == 1.0 {
                        continue;
                    }
                    let marks = if form.marked_areas { 1..MARKS } else { 0..MARKS };
                    for mark in marks {
                        system.add_effect(city, mark, form.mechanism, strength * libm::log(ratio));
                    }
                }
            }
        }
        system
    }
}

impl Monthly for Measures {
    fn month(&self, world: &World, _: &Draws, changes: &mut Changes) {
        let system = self.system(world.now());
        if system != world.chain().system {
            changes.push(Change::Chain(ChainChange::System(Box::new(system))));
        }
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}

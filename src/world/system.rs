//! Effects of measures on a whole city or area, instead of on single persons.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::effect::{Combination, Mechanism, combine};
use super::place::{City, Place};
use super::vocabulary::Edge;

/// City-wide and area-wide effects of measures in this month.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct System {
    /// Log hazard, rate or odds ratios by (city, mark of the area, mechanism): the strongest and the sum; empty without
    /// any.
    pub effects: BTreeMap<(u8, u8, Mechanism), (f64, f64)>,
    /// Probabilities of edges by city: remaining share of the base probability, and the probability added.
    pub edges: BTreeMap<(u8, Edge), (f64, f64)>,
}

impl System {
    /// Probability of an edge in a city, given its probability in the model of 2008.
    pub fn edge(&self, city: City, edge: Edge, base: f64) -> f64 {
        debug_assert!(Edge::OPEN.contains(&edge), "{} is asked for and not open to measures", edge.word());
        match self.edges.get(&(city as u8, edge)) {
            Some((left, added)) => (left * base + added).clamp(0.0, 1.0),
            None => base,
        }
    }

    /// Moves a share of all cases of a city to another probability of an edge.
    pub fn move_edge(&mut self, city: City, edge: Edge, share: f64, to: f64) {
        let (left, added) = self.edges.entry((city as u8, edge)).or_insert((1.0, 0.0));
        (*left, *added) = (*left * (1.0 - share), *added * (1.0 - share) + share * to);
    }

    /// Adds a log ratio on a mechanism for an area of a city.
    pub fn add_effect(&mut self, city: City, mark: u8, mechanism: Mechanism, log: f64) {
        let (strongest, sum) = self.effects.entry((city as u8, mark, mechanism)).or_insert((0.0, 0.0));
        *sum += log;
        if log.abs() > strongest.abs() {
            *strongest = log;
        }
    }
}

/// Multiplies the odds of a probability by exp(`log`).
pub fn odds(chance: f64, log: f64) -> f64 {
    if log == 0.0 || chance <= 0.0 || chance >= 1.0 {
        return chance;
    }
    let odds = chance / (1.0 - chance) * libm::exp(log);
    odds / (1.0 + odds)
}

/// Combined log ratio of effects on the person and on the place.
pub(super) fn with_place(
    system: &System,
    place: Place,
    mark: u8,
    mechanism: Mechanism,
    own: (f64, f64),
    rule: Combination,
) -> f64 {
    let (mut strongest, mut sum) = own;
    let of_place = system.effects.get(&(place.city() as u8, mark, mechanism)).copied().unwrap_or_default();
    sum += of_place.1;
    if of_place.0.abs() > strongest.abs() {
        strongest = of_place.0;
    }
    combine(rule, strongest, sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_move_shares_of_cases_to_other_chances() {
        let mut system = System::default();
        assert_eq!(system.edge(0, Edge::HandOverOther, 0.5), 0.5);
        system.move_edge(0, Edge::HandOverOther, 0.4, 0.95);
        assert!((system.edge(0, Edge::HandOverOther, 0.5) - 0.68).abs() < 1e-12);
        system.move_edge(0, Edge::HandOverOther, 0.0, 0.1);
        assert!((system.edge(0, Edge::HandOverOther, 0.5) - 0.68).abs() < 1e-12, "a share of 0 moves nobody");
        assert_eq!(system.edge(1, Edge::HandOverOther, 0.5), 0.5);
    }
}

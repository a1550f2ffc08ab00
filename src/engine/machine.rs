//! The engine of a run: the processes in the order of the month, with everything that a simulation needs to decide
//! them.

use super::calendar::BLOCK;
use super::envelope::{Stream, level_for};
use super::hazards::{HazardsOf, hazard, is_couple, is_person};
use super::process::Step;
use crate::random::Luck;
use crate::world::World;

/// Technical settings of a simulation; none of them changes its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineSettings {
    /// Number of rows that one thread processes at a time.
    pub block: usize,
    /// Years between two orderings of the rows. Part of the content hash: an ordering also removes the departed, and
    /// effects that have faded.
    pub order_every: i32,
    /// Checks every month that no rate exceeds the opened layers, and before each January that the
    /// [books](crate::world::Books) of the population balance and that every home is sound (slow).
    pub watch_layers: bool,
    /// Draws every candidate anew from the random streams instead of keeping a calendar (very slow): the reference
    /// implementation.
    pub plain: bool,
    /// Numbers all rows at random at each ordering, instead of household by household (slow): a run gives the same
    /// results in any order of rows.
    pub shuffle: bool,
}

impl Default for EngineSettings {
    fn default() -> Self {
        EngineSettings { block: BLOCK, order_every: 3, watch_layers: false, plain: false, shuffle: false }
    }
}

/// The processes of a model in the order of the month, with their envelopes and random numbers.
pub struct Engine {
    steps: Vec<Step>,
    luck: Luck,
    settings: EngineSettings,
    /// Hazards of persons.
    person: HazardsOf,
    /// Hazards of couples.
    couple: HazardsOf,
}

impl Engine {
    /// The engine of the processes `steps`; `reference` are the same processes with the parameters of the model files.
    ///
    /// # Panics
    /// If the two lists differ in length or order, or two processes share an identity: an internal error of the model's
    /// lists.
    pub fn new(steps: Vec<Step>, reference: &[Step], luck: Luck, settings: EngineSettings) -> Engine {
        assert!(
            steps.len() == reference.len() && steps.iter().zip(reference).all(|(a, b)| a.identity == b.identity),
            "the reference lists the same processes"
        );
        let mut identities: Vec<u16> = steps.iter().map(|step| step.identity).collect();
        identities.sort_unstable();
        assert!(identities.windows(2).all(|pair| pair[0] != pair[1]), "identities are unique");
        let person = HazardsOf::new(&steps, reference, 2, is_person);
        let couple = HazardsOf::new(&steps, reference, 1, is_couple);
        let most = person.processes().max(couple.processes());
        assert!(most <= usize::from(u8::MAX), "{most} hazards of one kind; a calendar holds {}", u8::MAX);
        Engine { steps, luck, settings, person, couple }
    }

    /// Names of the processes in the order of the month.
    pub fn order_of_the_month(&self) -> Vec<&'static str> {
        self.steps.iter().map(|step| step.name).collect()
    }

    /// The random numbers of the run.
    pub fn luck(&self) -> Luck {
        self.luck
    }

    /// Technical settings.
    pub(super) fn settings(&self) -> &EngineSettings {
        &self.settings
    }

    /// Whether the rows are put in order in January of a year. A simulation that begins then does not order them.
    pub fn orders_rows(&self, year: i32) -> bool {
        year.rem_euclid(self.settings.order_every.max(1)) == 0
    }

    /// The processes in the order of the month.
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Hazards of persons.
    pub(super) fn person(&self) -> &HazardsOf {
        &self.person
    }

    /// Hazards of couples.
    pub(super) fn couple(&self) -> &HazardsOf {
        &self.couple
    }

    /// Place of a step among the hazards of its kind.
    pub(super) fn position(&self, step: usize) -> usize {
        let of = |kind: &HazardsOf| kind.steps.iter().position(|index| *index == step);
        of(&self.person).or_else(|| of(&self.couple)).unwrap_or_default()
    }

    /// The present rate of a hazard of a kind.
    #[inline]
    pub(super) fn rate(&self, kind: &HazardsOf, world: &World, row: usize, process: usize) -> f64 {
        hazard(&self.steps[kind.steps[process]]).map_or(0.0, |hazard| hazard.rate(world, row))
    }

    /// The highest layer that a hazard of a kind needs, by its bound in the present state.
    #[inline]
    pub(super) fn layer(&self, kind: &HazardsOf, world: &World, row: usize, process: usize) -> u8 {
        hazard(&self.steps[kind.steps[process]])
            .map_or(0, |hazard| level_for(hazard.most(world, row) * kind.raised[process]))
    }

    /// Envelope of each hazard of persons at an age and sex, per year.
    pub fn envelopes(&self, profile: usize, year: usize) -> Vec<(&'static str, f64)> {
        let kind = &self.person;
        kind.steps
            .iter()
            .enumerate()
            .map(|(p, step)| (self.steps[*step].name, kind.envelope.of(p, profile, year)))
            .collect()
    }

    /// Expected candidates per year of age and sex, summed over processes: a measure of the calendar's cost.
    pub fn candidates_per_year(&self, profile: usize, year: usize) -> f64 {
        self.person.envelope.yearly(Stream::Fused, profile, year)
    }
}

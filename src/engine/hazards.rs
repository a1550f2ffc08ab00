//! The hazards of persons or of couples among the processes of a model, with their envelopes and bounds.

use super::bounds::{LayerBound, LayerBounds};
use super::calendar::Rules;
use super::envelope::{Envelope, YEARS, level_for};
use super::process::{Hazard, Process, Step};
use crate::random::Luck;

/// Hazards of one kind of subject.
pub(super) struct HazardsOf {
    /// Index into the steps for each hazard of the kind.
    pub(super) steps: Vec<usize>,
    /// Identity of each hazard.
    pub(super) identities: Vec<u16>,
    /// Envelope of each hazard.
    pub(super) envelope: Envelope,
    /// What bounds each hazard between two changes of the state.
    bounds: LayerBounds,
    /// For each process, the largest ratio of its envelope in this run to its envelope in the model files.
    pub(super) raised: Vec<f64>,
}

impl HazardsOf {
    /// The hazards among `steps` for which `is_kind` holds; `reference` are the same processes with the parameters of
    /// the model files.
    pub(super) fn new(steps: &[Step], reference: &[Step], profiles: usize, is_kind: fn(&Step) -> bool) -> HazardsOf {
        let of_kind: Vec<usize> = (0..steps.len()).filter(|index| is_kind(&steps[*index])).collect();
        let envelope = Envelope::new(of_kind.len(), profiles, |process, profile, year| {
            hazard(&reference[of_kind[process]]).map_or(0.0, |hazard| hazard.envelope(profile, year))
        });
        let identities = of_kind.iter().map(|step| steps[*step].identity).collect();
        let raised = |process: usize, used: &dyn Hazard| {
            let ratio = |profile: usize, year: usize| {
                let (used, given) = (used.envelope(profile, year), envelope.of(process, profile, year));
                if used <= 0.0 { 0.0 } else { used / given }
            };
            (0..profiles).flat_map(|p| (0..YEARS).map(move |y| (p, y))).map(|(p, y)| ratio(p, y)).fold(0.0, f64::max)
        };
        let raised: Vec<f64> =
            of_kind.iter().enumerate().map(|(p, step)| hazard(&steps[*step]).map_or(0.0, |h| raised(p, h))).collect();
        let bound = |(process, step): (usize, &usize)| match hazard(&steps[*step]) {
            None => LayerBound::SameForAll(0),
            Some(hazard) => match hazard.same_for_all() {
                Some(most) => LayerBound::SameForAll(level_for(most * raised[process])),
                None => {
                    let rises_at = hazard.rises_at().map(<[usize]>::to_vec);
                    LayerBound::Own { responds_to: hazard.responds_to(), rises_at }
                }
            },
        };
        let bounds: Vec<LayerBound> = of_kind.iter().enumerate().map(bound).collect();
        let bounds =
            LayerBounds::new(&bounds, profiles, |process, profile, year| envelope.of(process, profile, year) > 0.0);
        HazardsOf { steps: of_kind, identities, envelope, bounds, raised }
    }

    /// Number of hazards.
    pub(super) fn processes(&self) -> usize {
        self.steps.len()
    }

    /// What a calendar needs to draw candidates of these hazards.
    #[inline]
    pub(super) fn rules(&self, luck: Luck) -> Rules<'_> {
        Rules { envelope: &self.envelope, bounds: &self.bounds, luck, identities: &self.identities }
    }
}

/// The hazard of a step that has one.
#[inline]
pub(super) fn hazard(step: &Step) -> Option<&dyn Hazard> {
    match &step.process {
        Process::Person(hazard) | Process::Couple(hazard) => Some(hazard.as_ref()),
        Process::Meeting(meeting) => Some(meeting.hazard()),
        Process::Sweep(_) | Process::Monthly(_) | Process::Drift(_) => None,
    }
}

/// Whether a step has a hazard of persons.
pub(super) fn is_person(step: &Step) -> bool {
    matches!(step.process, Process::Person(_) | Process::Meeting(_))
}

/// Whether a step has a hazard of couples.
pub(super) fn is_couple(step: &Step) -> bool {
    matches!(step.process, Process::Couple(_))
}

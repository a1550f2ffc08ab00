//! What follows from an assessment of a child's needs (*behoeften van kinderen in beeld*): an offer of help that fits,
//! and more attention to the child at home.
//!
//! Needs are assessed after a report to the ASHG, in a shelter, and while the AMK investigates. Whether they are is decided
//! with the response to the report, on admission, and when the investigation begins. The assessment takes place some months
//! later. A child without help is then offered it again, with better odds than at the report.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::response::Desk;
use crate::engine::{Draws, Monthly, Process, Scope};
use crate::units::{Months, Probability, Ratio};
use crate::world::{
    ADULT, ChainChange, Change, Changes, Due, Edge, Effect, Event, InForce, Lists, Mechanism, Month, Occasion, Passage,
    Pending, PersonId, World, odds,
};

/// `[chain.needs]`: where the needs of a child are assessed beside the report, and what follows from an assessment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Probability that the needs of a child who comes to a shelter of the four cities are assessed, without measures.
    pub in_shelter: Probability,
    /// Months from admission to that assessment.
    pub in_shelter_after: Months,
    /// Probability that the needs of a child are assessed while the AMK investigates, without measures. It ends with the
    /// investigation.
    pub in_investigation: Probability,
    /// Odds ratio that an offer of help for the child is accepted: after an assessment versus at the report.
    pub offer: Ratio,
    /// Hazard ratio of the onset of maltreatment of the child after an assessment.
    #[schemars(extend("x-above" = 0))]
    pub maltreatment: Ratio,
    /// Half-life of the effect of an assessment on the log hazard ratio, months.
    #[schemars(extend("x-above" = 0))]
    pub half_life: Months,
}

struct NeedsProcess {
    table: Needs,
    /// Probability that help for a child is accepted at the report, before measures.
    help_child: f64,
    in_force: InForce,
}

impl Needs {
    /// Decides whether the needs of a child are assessed, in a shelter or by the AMK, by a uniform number `u`. `assessment` is
    /// what is then scheduled. A child whose needs are to be assessed already is left alone.
    pub(super) fn schedule(&self, world: &World, assessment: Pending, u: f64, changes: &mut Changes) {
        let (edge, chance) = match assessment.what {
            Due::ShelterAssessment => (Edge::NeedsSheltered, self.in_shelter),
            Due::AmkAssessment => (Edge::NeedsInvestigated, self.in_investigation),
            _ => return,
        };
        let (who, city) = (assessment.who, assessment.city);
        let waits = |pending: &Pending| pending.who == who && edge_of(pending.what).is_some();
        if world.chain().pending.iter().any(waits) {
            return;
        }
        if u < world.chain().system.edge(usize::from(city), edge, chance.get()) {
            changes.push(Change::Chain(ChainChange::Later(assessment)));
        } else {
            changes.tell(Passage::at(edge, city, who, false));
        }
    }

    /// The assessments of the month.
    pub fn build(&self, desk: &Desk, scope: &Scope) -> Process {
        let (table, help_child, in_force) = (self.clone(), desk.help_child.get(), scope.in_force);
        Process::Monthly(Box::new(NeedsProcess { table, help_child, in_force }))
    }
}

/// The edge of an assessment that is scheduled; nothing for other items.
fn edge_of(what: Due) -> Option<Edge> {
    match what {
        Due::Assessment => Some(Edge::NeedsAssessed),
        Due::ShelterAssessment => Some(Edge::NeedsSheltered),
        Due::AmkAssessment => Some(Edge::NeedsInvestigated),
        _ => None,
    }
}

impl NeedsProcess {
    fn assess(&self, world: &World, waits: &Pending, edge: Edge, draws: &Draws, changes: &mut Changes) {
        let (who, city) = (waits.who, waits.city);
        let waited = world.now().since(waits.since);
        changes.tell(Passage::at(edge, city, who, true).after(waited));
        let Some(row) = who.row().filter(|row| world.body(*row).counts()) else { return };
        let body = world.body(row);
        if body.age_months(world.now()) >= ADULT {
            return;
        }
        let at_report = world.chain().system.edge(usize::from(city), Edge::HelpChild, self.help_child);
        let chance = odds(at_report, libm::log(self.table.offer.get().max(1e-3)));
        let passed = draws.of(body.key, 0).happens(0, chance);
        changes.tell(Passage::at(Edge::FittingHelp, city, who, passed));
        if passed {
            changes.tell(Event::Occasion { occasion: Occasion::ChildHelp, who, subject: waits.subject, city });
        }
        if self.in_force == InForce::All && !self.is_recent(world, who) {
            changes.push(Change::Effect(Effect {
                person: who,
                mechanism: Mechanism::Maltreatment,
                log_ratio: libm::log(self.table.maltreatment.get().max(1e-3)) as f32,
                from: world.now().plus(1),
                half_life: self.table.half_life.get().max(0.01) as f32,
                until: Month::NEVER,
            }));
        }
    }
}

impl NeedsProcess {
    /// Whether an earlier assessment of a child is less than one half-life old; another one then adds nothing.
    fn is_recent(&self, world: &World, who: PersonId) -> bool {
        let half_life = self.table.half_life.get().max(0.01) as f32;
        let of_needs = |effect: &&Effect| effect.mechanism == Mechanism::Maltreatment && effect.half_life == half_life;
        let is_recent = |effect: &Effect| (world.now().since(effect.from) as f32) < half_life;
        world.effects().of(who).iter().filter(of_needs).any(is_recent)
    }
}

impl Monthly for NeedsProcess {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        // Two reports of one month may have scheduled an assessment each; the child is assessed once.
        let mut seen = BTreeSet::new();
        for waits in world.chain().pending.iter().filter(|waits| waits.due <= world.now()) {
            if let Some(edge) = edge_of(waits.what)
                && seen.insert(waits.who)
            {
                self.assess(world, waits, edge, draws, changes);
            }
        }
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}

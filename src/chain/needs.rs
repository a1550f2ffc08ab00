//! What follows from an assessment of a child's needs (*behoeften van kinderen in beeld*): an offer of help that fits,
//! and more attention to the child at home.
//!
//! Whether the needs are assessed is decided with the response to the report. The assessment takes place some months
//! later. A child without help is then offered it again, with better odds than at the report.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::response::Desk;
use crate::engine::{Draws, Monthly, Process, Scope};
use crate::units::{Months, Ratio};
use crate::world::{
    ADULT, Change, Changes, Due, Edge, Effect, Event, InForce, Lists, Mechanism, Month, Occasion, Passage, Pending,
    PersonId, World, odds,
};

/// `[chain.needs]`: what follows from an assessment of the needs of a child of a reported family.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
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
    /// The assessments of the month.
    pub fn build(&self, desk: &Desk, scope: &Scope) -> Process {
        let (table, help_child, in_force) = (self.clone(), desk.help_child.get(), scope.in_force);
        Process::Monthly(Box::new(NeedsProcess { table, help_child, in_force }))
    }
}

impl NeedsProcess {
    fn assess(&self, world: &World, waits: &Pending, draws: &Draws, changes: &mut Changes) {
        let (who, city) = (waits.who, waits.city);
        let waited = world.now().since(waits.since);
        changes.tell(Passage::at(Edge::NeedsAssessed, city, who, true).after(waited));
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
        let due = |waits: &&Pending| waits.what == Due::Assessment && waits.due <= world.now();
        for waits in world.chain().pending.iter().filter(due) {
            if seen.insert(waits.who) {
                self.assess(world, waits, draws, changes);
            }
        }
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}

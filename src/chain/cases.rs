//! Administration of cases: removes items that were due, transfers or loses cases of families that move, and closes
//! inactive cases.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::{Draws, Monthly, Process};
use crate::units::{Months, Probability};
use crate::world::{ChainChange, Change, Changes, Edge, Lists, Passage, World};

/// `[chain.cases]`: closure and transfer of cases.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// Months without report, waiting or help after which a case is closed.
    pub quiet: Months,
    /// Probability that a case continues after its transfer to another city, which requires a second intake.
    pub transfer: Probability,
}

struct CaseProcess(Cases);

impl Cases {
    /// The sweep over open cases.
    pub fn build(&self) -> Process {
        Process::Monthly(Box::new(CaseProcess(self.clone())))
    }
}

impl Monthly for CaseProcess {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        changes.push(Change::Chain(ChainChange::Done));
        for (subject, case) in &world.chain().cases {
            let Some(place) = case.victim.row().map(|row| world.body(row).place) else { continue };
            if !place.is_here() || place.city() == usize::from(case.city) {
                continue;
            }
            let to = place.city() as u8;
            let chance = world.chain().system.edge(usize::from(case.city), Edge::Transfer, self.0.transfer.get());
            let passed = draws.of(*subject, 0).happens(0, chance);
            changes.tell(Passage::at(Edge::Transfer, case.city, case.victim, passed));
            changes.push(Change::Chain(ChainChange::Transfer { subject: *subject, to: passed.then_some(to) }));
        }
        changes.push(Change::Chain(ChainChange::Close { after: libm::rint(self.0.quiet.get()) as i32 }));
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}

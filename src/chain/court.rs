//! The criminal court: the prosecutor's decision on arrested suspects, and the verdict (*vervolging, veroordeling*).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::{Draws, Monthly, Process};
use crate::units::{Months, Probability};
use crate::world::{
    ChainChange, Change, Changes, Due, Edge, Event, Flag, Lists, Occasion, Passage, Pending, PersonId, World,
};

/// `[chain.court]`: prosecution and verdict.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Court {
    /// Probability that an arrested suspect is prosecuted.
    pub prosecution: Probability,
    /// Probability that a prosecuted suspect is convicted.
    pub conviction: Probability,
    /// Months from prosecution to verdict. The waiting time that is reported with a verdict counts from the arrest.
    pub months: Months,
}

struct CourtProcess(Court);

impl Court {
    /// The sweep over suspects whose decision is due; it also ends bans from home.
    pub fn build(&self) -> Process {
        Process::Monthly(Box::new(CourtProcess(self.clone())))
    }
}

impl CourtProcess {
    fn decide(&self, world: &World, waits: &Pending, draws: &Draws, changes: &mut Changes) {
        let Some(row) = waits.who.row().filter(|row| world.body(*row).has(Flag::Present)) else { return };
        let (edge, base) = match waits.what {
            Due::Prosecution => (Edge::Prosecution, self.0.prosecution.get()),
            Due::Verdict => (Edge::Conviction, self.0.conviction.get()),
            _ => return,
        };
        let draw = draws.of(world.body(row).key, waits.what as u16);
        let passed = draw.happens(0, world.chain().system.edge(usize::from(waits.city), edge, base));
        let waited = world.now().since(waits.since);
        let (city, who) = (waits.city, waits.who);
        changes.tell(Passage::at(edge, city, who, passed).after(waited));
        if passed && waits.what == Due::Prosecution {
            changes.tell(Event::Occasion { occasion: Occasion::Prosecuted, who, subject: waits.subject, city });
            changes.push(Change::Chain(ChainChange::Later(Pending {
                what: Due::Verdict,
                due: world.now().plus((libm::floor(self.0.months.get() + draw.unit(1)) as i32).max(1)),
                ..*waits
            })));
        }
    }
}

impl Monthly for CourtProcess {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        for waits in world.chain().pending.iter().filter(|waits| waits.due <= world.now()) {
            if waits.what == Due::BanEnds && waits.who != PersonId::NONE {
                changes.push(Change::Flag { who: waits.who, flag: Flag::Banned, on: false });
            }
            self.decide(world, waits, draws, changes);
        }
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}

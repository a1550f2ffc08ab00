//! The criminal court: the prosecutor's decision on arrested suspects, the verdict and the sentence (*vervolging,
//! veroordeling, straf*).

use schemars::JsonSchema;
use serde::Deserialize;

use super::deterrence::{log, stops};
use crate::engine::{Draws, Monthly, Process, Scope};
use crate::random::Block;
use crate::units::{Months, Probability, Ratio};
use crate::world::{
    ChainChange, Change, Changes, Due, Edge, Event, Flag, InForce, Lists, Mechanism, Occasion, Passage, Pending,
    PersonId, World, odds,
};

/// `[chain.court]`: prosecution, verdict and sentence.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Court {
    /// Probability that an arrested suspect is prosecuted.
    pub prosecution: Probability,
    /// Probability that a prosecuted suspect is convicted.
    pub conviction: Probability,
    /// Months from prosecution to verdict. The waiting time that is reported with a verdict counts from the arrest.
    pub months: Months,
    /// Probability that a convicted person is sentenced to custody that is not suspended.
    pub custody: Probability,
    /// Rate ratio of violence by a convicted person versus a suspect who is not convicted. Its inverse is a hazard ratio
    /// of desistance.
    #[schemars(extend("x-above" = 0))]
    pub convicted: Ratio,
    /// Rate ratio of violence by a person sentenced to custody versus another sentence. Its inverse is a hazard ratio of
    /// desistance.
    #[schemars(extend("x-above" = 0))]
    pub in_custody: Ratio,
    /// Half-life of the effects of conviction and sentence on the log hazard ratio, months.
    #[schemars(extend("x-above" = 0))]
    pub half_life: Months,
}

struct CourtProcess(Court, InForce);

impl Court {
    /// The sweep over suspects whose decision is due; it also ends bans from home.
    pub fn build(&self, scope: &Scope) -> Process {
        Process::Monthly(Box::new(CourtProcess(self.clone(), scope.in_force)))
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
        if waits.what == Due::Verdict {
            // Aftercare is for both parties, whatever the verdict.
            let case = world.chain().cases.get(&waits.subject);
            for who in [Some(who), case.map(|case| case.victim)].into_iter().flatten() {
                changes.tell(Event::Occasion { occasion: Occasion::Verdict, who, subject: waits.subject, city });
            }
        }
        if passed && waits.what == Due::Verdict {
            self.sentence(world, waits, row, draw, changes);
        }
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

impl CourtProcess {
    /// The sentence of a convicted person, and what conviction and sentence change in the person's violence.
    fn sentence(&self, world: &World, waits: &Pending, row: usize, draw: Block, changes: &mut Changes) {
        let CourtProcess(court, in_force) = self;
        let base = world.chain().system.edge(usize::from(waits.city), Edge::Custody, court.custody.get());
        // Who works on the own help under a hearing or a judge gets another sentence.
        let custody = draw.happens(2, odds(base, world.chain_effect(row, Mechanism::Sentence)));
        changes.tell(Passage::at(Edge::Custody, waits.city, waits.who, custody));
        if *in_force == InForce::All {
            let log_rate = log(court.convicted) + if custody { log(court.in_custody) } else { 0.0 };
            changes.list.extend(stops(world, waits.who, log_rate, court.half_life));
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

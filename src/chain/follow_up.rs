//! What followed a police report, established three months later: nothing, criminal proceedings alone, or help that
//! started; and what the victim learned from it about disclosure.

use std::collections::BTreeSet;

use super::response::{Desk, WITHIN};
use crate::engine::{Draws, Monthly, Process};
use crate::units::Sd;
use crate::world::{Change, Changes, Due, Edge, Lists, MindShift, Passage, Pending, World};

/// The process that establishes what followed the police reports of three months ago.
pub struct FollowUp {
    /// Whether the start of each programme counts as help in a case.
    helps: Vec<bool>,
    trust: Sd,
}

impl FollowUp {
    /// The process; `helps` says of each programme, in the order of their indices, whether its start counts as help in
    /// a case.
    pub fn build(desk: &Desk, helps: Vec<bool>) -> Process {
        Process::Monthly(Box::new(FollowUp { helps, trust: desk.trust }))
    }

    /// Whether help in the case of a report started since, or was under way already.
    fn is_helped(&self, world: &World, report: &Pending, under_way: &BTreeSet<u64>) -> bool {
        let chain = world.chain();
        under_way.contains(&report.subject)
            || chain.cases.get(&report.subject).is_some_and(|case| case.last_help.is_some_and(|at| at >= report.since))
    }

    fn conclude(&self, report: &Pending, helped: bool, changes: &mut Changes) {
        let criminal = report.founded;
        let outcomes = [
            (Edge::NoFollowUp, !criminal && !helped),
            (Edge::CriminalOnly, criminal && !helped),
            (Edge::Helped, helped),
        ];
        for (edge, passed) in outcomes {
            changes.tell(Passage::at(edge, report.city, report.who, passed).after(WITHIN));
        }
        if !criminal || helped {
            let step = if helped { self.trust.get() } else { -self.trust.get() };
            let by = MindShift { disclosure: step as f32, ..MindShift::default() };
            changes.push(Change::MindShift { who: report.who, by });
        }
    }
}

impl Monthly for FollowUp {
    fn month(&self, world: &World, _: &Draws, changes: &mut Changes) {
        let due = |waits: &&Pending| waits.what == Due::FollowUp && waits.due <= world.now();
        let mut due = world.chain().pending.iter().filter(due).peekable();
        if due.peek().is_none() {
            return;
        }
        let stays = world.chain().programmes.stays.iter();
        let helping = stays.filter(|stay| self.helps[usize::from(stay.service)]).map(|stay| stay.subject);
        let sheltered = world.chain().shelters.stays.iter().map(|stay| stay.subject);
        let under_way: BTreeSet<u64> = helping.chain(sheltered).filter(|subject| *subject != 0).collect();
        for report in due {
            self.conclude(report, self.is_helped(world, report, &under_way), changes);
        }
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}

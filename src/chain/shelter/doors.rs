//! The doors of shelters: the group of a person who requests a place, and the probability of an intake.

use super::requests::Applicant;
use super::{CRISIS, HONOUR, MEN, ShelterProcess};
use crate::world::{Edge, Flag, Mechanism, Sex, ShelterGroup, World, odds};

/// Age from which a son counts as older.
const OLDER: i32 = 14;

/// Age of the eldest boy among children.
fn eldest_son(world: &World, children: &[usize]) -> Option<i32> {
    let sons = children.iter().filter(|child| world.body(**child).sex() == Sex::Male);
    sons.map(|son| world.body(*son).age(world.now())).max()
}

impl ShelterProcess {
    /// The group of a person who requests a place: the first that applies.
    pub(super) fn group(world: &World, applicant: &Applicant) -> ShelterGroup {
        if applicant.kind == MEN {
            ShelterGroup::Men
        } else if applicant.is_under_honour_threat {
            ShelterGroup::Honour
        } else if world.body(applicant.row).has(Flag::Disability) {
            ShelterGroup::Disability
        } else if eldest_son(world, &applicant.children).is_some_and(|age| age >= OLDER) {
            ShelterGroup::Sons
        } else {
            Self::group_of_family(applicant.children.len())
        }
    }

    /// The group of a woman of whom only the number of children who come along is known.
    pub(super) fn group_of_family(children: usize) -> ShelterGroup {
        match children {
            0 => ShelterGroup::Women,
            1 | 2 => ShelterGroup::Family,
            _ => ShelterGroup::LargeFamily,
        }
    }

    /// Probability that a request leads to an intake. Measures on `shelter_admission` act where a group has a door of
    /// its own; they open it at most as far as it is open to others.
    pub(super) fn chance_of_intake(&self, world: &World, applicant: &Applicant) -> f64 {
        let (open, door) = if applicant.kind == HONOUR {
            (1.0, self.table.honour_intake.get())
        } else {
            let open = world.chain().system.edge(applicant.city, Edge::ShelterIntake, self.table.intake.get());
            (open, odds(open, self.log_of_door(world, applicant)) * self.sons_accepted(world, applicant))
        };
        if door == open {
            return open;
        }
        let opened = odds(door, world.chain_effect(applicant.row, Mechanism::ShelterAdmission));
        opened.min(open.max(door))
    }

    /// Log odds ratio of an intake that follows from problems, disability and the number of children.
    fn log_of_door(&self, world: &World, applicant: &Applicant) -> f64 {
        let t = &self.table;
        let body = world.body(applicant.row);
        let problems = [Flag::Addiction, Flag::MentalIllness, Flag::Newcomer];
        let children = applicant.children.len();
        let doors = [
            (problems.iter().any(|flag| body.has(*flag)), t.intake_problems),
            (body.has(Flag::Disability), t.intake_disability),
            (children == 3, t.intake_three_children),
            (children > 3, t.intake_four_children),
        ];
        doors.iter().filter(|(holds, _)| *holds).map(|(_, ratio)| libm::log(ratio.get().max(1e-6))).sum()
    }

    /// Probability that a women's shelter accepts the sons of a mother.
    fn sons_accepted(&self, world: &World, applicant: &Applicant) -> f64 {
        let t = &self.table;
        if applicant.kind != CRISIS {
            return 1.0;
        }
        match eldest_son(world, &applicant.children) {
            None => 1.0,
            Some(..=12) => t.sons_to_12.get(),
            Some(13..=14) => t.sons_13_14.get(),
            Some(15..=16) => t.sons_15_16.get(),
            Some(17..) => t.sons_17.get(),
        }
    }
}

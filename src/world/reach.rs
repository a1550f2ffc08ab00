//! The rows that the application of a decision reads and writes.

use super::World;
use super::chain::ChainChange;
use super::change::Change;
use super::ids::PersonId;
use super::trail::RowKind;

impl Change {
    /// Calls `each` for every row that the application of this change may read or write, beside rows that it adds.
    pub(crate) fn reach(&self, world: &World, each: &mut dyn FnMut(RowKind, usize)) {
        let row_of = |who: &PersonId| who.row().into_iter();
        match self {
            Change::Dies { who, .. } => row_of(who).for_each(|row| world.reach_of_loss(row, each)),
            Change::Unite { partners, .. } => {
                partners.iter().flat_map(row_of).for_each(|row| world.reach_of_household(row, each));
            }
            Change::UniteOutside { who, .. } | Change::Income { who, .. } => {
                row_of(who).for_each(|row| world.reach_of_household(row, each));
            }
            Change::Separate { couple, .. } => {
                if let Some(row) = couple.row() {
                    each(RowKind::Couple, row);
                    World::both(world.couple(row)).for_each(|person| world.reach_of_loss(person, each));
                }
            }
            Change::Home { who, home } => {
                row_of(home).for_each(|row| each(RowKind::Person, row));
                row_of(who).for_each(|row| world.reach_of_descendants(row, each));
            }
            Change::Move { who, to } => {
                for row in row_of(who) {
                    world.reach_of_household(row, each);
                    // Households that leave the cities may be closed.
                    if world.body(row).place.is_here() && !to.is_here() {
                        world.household(row).into_iter().for_each(|member| world.reach_of_loss(member, each));
                    }
                }
            }
            // Rows that are new, and a list that each world has for itself.
            Change::Arrive(_) | Change::Abuse(_) => {}
            Change::Born { mother, father, .. } => {
                [mother, father].into_iter().flat_map(row_of).for_each(|row| each(RowKind::Person, row));
            }
            Change::Witness { child, .. } => row_of(child).for_each(|row| each(RowKind::Person, row)),
            Change::Chain(ChainChange::Report(report)) => {
                let both = [&report.victim, &report.perpetrator].into_iter().flat_map(row_of);
                both.for_each(|row| each(RowKind::Person, row));
            }
            Change::Chain(_) => self.row_of_its_own().into_iter().for_each(|row| each(RowKind::Person, row as usize)),
            Change::Marry(couple)
            | Change::Resumes(couple)
            | Change::Violence { couple, .. }
            | Change::Joins { couple, .. }
            | Change::Incidents { couple, .. } => {
                if let Some(row) = couple.row() {
                    each(RowKind::Couple, row);
                    World::both(world.couple(row)).for_each(|person| each(RowKind::Person, person));
                }
            }
            Change::Conceives { .. }
            | Change::Flag { .. }
            | Change::SpellBegins { .. }
            | Change::SpellEnds { .. }
            | Change::Mind { .. }
            | Change::MindShift { .. }
            | Change::YearMark { .. }
            | Change::MaltreatmentBegins { .. }
            | Change::MaltreatmentMonth { .. }
            | Change::Effect(_) => {
                self.row_of_its_own().into_iter().for_each(|row| each(RowKind::Person, row as usize))
            }
        }
    }
}

impl World {
    /// A person, all children, and all of their descendants at home.
    fn reach_of_descendants(&self, row: usize, each: &mut dyn FnMut(RowKind, usize)) {
        each(RowKind::Person, row);
        for child in self.children(row) {
            each(RowKind::Person, child);
            if self.body(child).home.row() == Some(row) {
                self.reach_of_descendants(child, each);
            }
        }
    }

    /// Everybody whose row may be read or written when a person dies or is lost: the household, and for children at
    /// home all among whom a new home is looked for.
    fn reach_of_loss(&self, row: usize, each: &mut dyn FnMut(RowKind, usize)) {
        self.reach_of_household(row, each);
        for adult in [Some(row), self.partner_of(row)].into_iter().flatten() {
            for child in self.children_at_home(adult) {
                let kin = self.kin(child);
                for parent in [kin.mother, kin.father] {
                    if let Some(parent) = parent.row() {
                        each(RowKind::Person, parent);
                        self.children(parent).for_each(|sibling| each(RowKind::Person, sibling));
                    }
                    // Of a parent who is gone too.
                    let grandparents = self.parents_of(parent).into_iter().filter_map(PersonId::row);
                    grandparents.for_each(|row| each(RowKind::Person, row));
                }
                for mother in [true, false] {
                    self.older_siblings(child, mother).for_each(|sibling| each(RowKind::Person, sibling));
                }
            }
        }
    }

    /// A person, the partner, their union, and the descendants of both.
    fn reach_of_household(&self, row: usize, each: &mut dyn FnMut(RowKind, usize)) {
        self.body(row).couple.row().into_iter().for_each(|couple| each(RowKind::Couple, couple));
        self.reach_of_descendants(row, each);
        self.partner_of(row).into_iter().for_each(|partner| self.reach_of_descendants(partner, each));
    }
}

impl Change {
    /// Whether this change affects who lives with whom, or who is whose parent.
    pub(crate) fn moves_people(&self) -> bool {
        match self {
            Change::Dies { .. }
            | Change::Unite { .. }
            | Change::UniteOutside { .. }
            | Change::Separate { .. }
            | Change::Home { .. }
            | Change::Born { .. }
            | Change::Arrive(_) => true,
            // A household that leaves the cities may be closed.
            Change::Move { to, .. } => !to.is_here(),
            _ => false,
        }
    }

    /// The row of the person whose row alone this change reads and writes.
    pub(crate) fn row_of_its_own(&self) -> Option<u32> {
        let who = match self {
            Change::Conceives { mother: who, .. }
            | Change::Flag { who, .. }
            | Change::SpellBegins { who, .. }
            | Change::SpellEnds { who, .. }
            | Change::Mind { who, .. }
            | Change::MindShift { who, .. }
            | Change::YearMark { who, .. }
            | Change::MaltreatmentBegins { child: who, .. }
            | Change::MaltreatmentMonth { child: who, .. }
            | Change::Chain(ChainChange::Known(who)) => *who,
            Change::Effect(effect) => effect.person,
            _ => return None,
        };
        who.row().map(|row| row as u32)
    }

    /// Whether this change reads and writes no row but that of one person, who is the subject of its decision.
    pub(crate) fn is_of_its_row(&self) -> bool {
        self.row_of_its_own().is_some() || matches!(self, Change::Arrive(_) | Change::Abuse(_)) || self.is_of_queues()
    }

    /// Whether this change reads and writes no rows but those of persons whom it names, and adds none.
    pub(crate) fn is_of_known_persons(&self) -> bool {
        let of_row = self.is_of_its_row() && !matches!(self, Change::Arrive(_));
        of_row || matches!(self, Change::Chain(ChainChange::Report(_)))
    }

    /// Whether this change concerns lists that each world has for itself: the chain, spells of violence by
    /// relatives, and the effects of measures.
    pub(crate) fn is_kept_by_each(&self) -> bool {
        matches!(self, Change::Chain(_) | Change::Abuse(_) | Change::Effect(_))
    }

    /// Whether this change concerns queues, places and cases only.
    fn is_of_queues(&self) -> bool {
        matches!(self, Change::Chain(change) if !matches!(change, ChainChange::Report(_) | ChainChange::Known(_)))
    }

    /// Kind and key of the rows that this change adds, in order.
    pub(crate) fn adds(&self) -> Vec<(RowKind, u64)> {
        match self {
            Change::Born { child, .. } => vec![(RowKind::Person, child.body.key)],
            Change::Unite { couple, .. } => vec![(RowKind::Couple, couple.key)],
            Change::UniteOutside { partner, couple, .. } => {
                vec![(RowKind::Person, partner.body.key), (RowKind::Couple, couple.key)]
            }
            Change::Arrive(arrival) => {
                let members = arrival.members.iter().map(|member| (RowKind::Person, member.body.key));
                members.chain(arrival.union.map(|union| (RowKind::Couple, union.key))).collect()
            }
            _ => Vec::new(),
        }
    }
}

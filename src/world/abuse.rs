//! Spells of violence by relatives who are not partners: elder abuse (*ouderenmishandeling*) and honour-related violence
//! (*eergerelateerd geweld*).
//!
//! Ground truth as plain data. A spell concerns two persons who need not live together, so it is in the row of neither.
//! The list is whole in every world, also in a scenario beside its comparator.

use serde::{Deserialize, Serialize};

use super::event::OtherViolence;
use super::ids::PersonId;
use super::time::Month;

/// A spell of violence by relatives against one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abuse {
    /// The victim.
    pub victim: PersonId,
    /// The relative who uses violence, or nobody if that relative is not simulated.
    pub perpetrator: PersonId,
    /// Elder abuse or honour-related violence.
    pub kind: OtherViolence,
    /// First month.
    pub since: Month,
}

/// A change of the spells of violence by relatives.
#[derive(Clone, Debug, PartialEq)]
pub enum AbuseChange {
    /// A spell begins this month. Has no effect while a spell of the same kind against the same person is under way.
    Begins {
        /// The victim.
        victim: PersonId,
        /// Elder abuse or honour-related violence.
        kind: OtherViolence,
    },
    /// All spells under way from now on, by key of the victim and kind.
    UnderWay(Vec<Abuse>),
}

impl AbuseChange {
    /// Carries the change out this month.
    pub(super) fn carry_out(self, spells: &mut Vec<Abuse>, now: Month) {
        match self {
            AbuseChange::Begins { victim, kind } => {
                if !spells.iter().any(|spell| spell.victim == victim && spell.kind == kind) {
                    spells.push(Abuse { victim, perpetrator: PersonId::NONE, kind, since: now });
                }
            }
            AbuseChange::UnderWay(all) => *spells = all,
        }
    }
}

/// Updates the references in spells after rows moved. Spells of victims who are gone are dropped; a perpetrator who is
/// gone becomes nobody.
pub(super) fn remap(spells: &mut Vec<Abuse>, person: impl Fn(PersonId) -> PersonId) {
    spells.retain_mut(|spell| {
        let perpetrator = person(spell.perpetrator);
        spell.perpetrator = if perpetrator.row().is_some() { perpetrator } else { PersonId::NONE };
        spell.victim = person(spell.victim);
        spell.victim.row().is_some()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Body, Change, Changes, Mind, Past, Places, World};

    fn spell(victim: u32, perpetrator: u32, kind: OtherViolence) -> Abuse {
        Abuse { victim: PersonId(victim), perpetrator: PersonId(perpetrator), kind, since: Month(3) }
    }

    #[test]
    fn a_spell_begins_once_while_it_is_under_way() {
        let mut world = World::new(Month(3), Places::default());
        for key in [1, 2] {
            world.set_up().person(Body { key, ..Body::default() }, Mind::default(), Past::default());
        }
        let begins = |victim, kind| Change::Abuse(AbuseChange::Begins { victim: PersonId(victim), kind });
        let list = vec![
            begins(0, OtherViolence::Elder),
            begins(0, OtherViolence::Elder),
            begins(1, OtherViolence::Elder),
            begins(0, OtherViolence::Honour),
        ];
        world.apply(Changes { list, ..Changes::default() });
        let none = PersonId::NONE.0;
        let expected = [
            spell(0, none, OtherViolence::Elder),
            spell(1, none, OtherViolence::Elder),
            spell(0, none, OtherViolence::Honour),
        ];
        assert_eq!(world.abuse(), expected);
        world.apply(Changes {
            list: vec![Change::Abuse(AbuseChange::UnderWay(expected[1..2].to_vec()))],
            ..Changes::default()
        });
        assert_eq!(world.abuse(), &expected[1..2]);
    }

    #[test]
    fn spells_follow_the_rows_of_victim_and_perpetrator() {
        let elder = OtherViolence::Elder;
        let mut spells = vec![spell(0, 1, elder), spell(2, 3, elder), spell(4, 5, elder), spell(6, 7, elder)];
        // Row 2 is gone, row 5 became an entry of the ledger, and the others moved by ten.
        remap(&mut spells, |id| match id.0 {
            2 => PersonId::NONE,
            5 => PersonId(PersonId::LEDGER),
            row => PersonId(row + 10),
        });
        assert_eq!(spells, [spell(10, 11, elder), spell(14, PersonId::NONE.0, elder), spell(16, 17, elder)]);
    }
}

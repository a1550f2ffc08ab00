//! Changes: decisions of processes, as data. Only the world applies them.

use super::abuse::AbuseChange;
use super::chain::ChainChange;
use super::childhood::Childhood;
use super::couple::{Side, Violence};
use super::effect::Effect;
use super::ids::{CoupleId, PersonId};
use super::person::{Body, Mind, MindShift, Past};
use super::place::Place;
use super::time::Month;
use super::traits::Flag;

/// Set of the parts of a person's state that changed. Hazards declare the parts that their rates depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touch(pub u16);

impl Touch {
    /// Paid work.
    pub const WORK: Touch = Touch(1);
    /// Low income.
    pub const INCOME: Touch = Touch(1 << 1);
    /// Misuse of alcohol.
    pub const ALCOHOL: Touch = Touch(1 << 2);
    /// Addiction.
    pub const ADDICTION: Touch = Touch(1 << 3);
    /// Mental illness.
    pub const ILLNESS: Touch = Touch(1 << 4);
    /// Problem debts.
    pub const DEBTS: Touch = Touch(1 << 5);
    /// Being a suspect of a crime.
    pub const CRIME: Touch = Touch(1 << 6);
    /// Flags without a bit of their own here.
    pub const OTHER: Touch = Touch(1 << 7);
    /// Household, partner, place.
    pub const HOME: Touch = Touch(1 << 8);
    /// Violence in the union.
    pub const VIOLENCE: Touch = Touch(1 << 9);
    /// Liability, age of majority, symptoms.
    pub const MIND: Touch = Touch(1 << 10);
    /// State of another member of the household: partner or carer.
    pub const NEAR: Touch = Touch(1 << 11);
    /// Any flag.
    pub const RISK: Touch = Touch((1 << 8) - 1);

    /// Everything.
    pub const fn all() -> Touch {
        Touch((1 << 12) - 1)
    }

    /// The part that a flag belongs to.
    ///
    /// The end of a spell ([`Change::SpellEnds`]) is not reported: the bound of a hazard is valid whether or not a flag of
    /// [`Flag::SPELLS`] that was set is still set.
    pub const fn of(flag: Flag) -> Touch {
        match flag {
            Flag::Work => Touch::WORK,
            Flag::LowIncome => Touch::INCOME,
            Flag::Alcohol => Touch::ALCOHOL,
            Flag::Addiction => Touch::ADDICTION,
            Flag::MentalIllness => Touch::ILLNESS,
            Flag::Debts => Touch::DEBTS,
            Flag::Crime => Touch::CRIME,
            _ => Touch::OTHER,
        }
    }

    /// Nothing.
    pub const fn none() -> Touch {
        Touch(0)
    }

    /// Union of two sets.
    pub const fn and(self, other: Touch) -> Touch {
        Touch(self.0 | other.0)
    }

    /// Whether the two sets overlap.
    pub const fn meets(self, other: Touch) -> bool {
        self.0 & other.0 != 0
    }
}

/// A person about to enter the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Newcomer {
    /// Body; couple and home are filled in on arrival.
    pub body: Body,
    /// Mind.
    pub mind: Mind,
    /// Past.
    pub past: Past,
    /// Childhood so far.
    pub childhood: Childhood,
    /// Month of birth of a child on the way.
    pub expects: Option<Month>,
    /// Month in which each of [`Flag::SPELLS`] that is set ends, or [`Month::NEVER`].
    pub ends: [Month; Flag::SPELLS.len()],
}

impl Default for Newcomer {
    fn default() -> Self {
        Newcomer {
            body: Body::default(),
            mind: Mind::default(),
            past: Past::default(),
            childhood: Childhood::default(),
            expects: None,
            ends: [Month::NEVER; Flag::SPELLS.len()],
        }
    }
}

/// A household about to enter the world; its adults are the first one or two members.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrival {
    /// Members; the children follow the adults.
    pub members: Vec<Newcomer>,
    /// The union of the first two members (the man before a woman), when they are partners.
    pub union: Option<super::Couple>,
    /// For each child after the adults: index of the mother and of the father among the members before it, if they are
    /// there.
    pub parents: Vec<[Option<u8>; 2]>,
}

/// A household of the burn-in population that newcomers copy; months of birth are relative to January 2008.
#[derive(Clone, Debug)]
pub struct Donor {
    /// The household.
    pub household: Arrival,
    /// Age in years of its reference person in January 2008.
    pub age: i32,
    /// Weight of the household in the four cities of 2008.
    pub weight: f64,
}

/// All donors of newcomers.
#[derive(Clone, Debug, Default)]
pub struct Donors(pub Vec<Donor>);

/// One decision of a process.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A person dies.
    Dies {
        /// The person.
        who: PersonId,
        /// At the hands of a partner.
        by_partner: bool,
    },
    /// A woman conceives.
    Conceives {
        /// Mother.
        mother: PersonId,
        /// Father, or nobody.
        father: PersonId,
        /// Month of birth.
        due: Month,
    },
    /// A child is born.
    Born {
        /// Mother.
        mother: PersonId,
        /// Father, or nobody.
        father: PersonId,
        /// The child.
        child: Box<Newcomer>,
    },
    /// Two persons form a union.
    Unite {
        /// Both; of a man and a woman the man first.
        partners: [PersonId; 2],
        /// The union; the rows and sexes of the partners are filled in.
        couple: Box<super::Couple>,
    },
    /// A person elsewhere forms a union with somebody outside the study.
    UniteOutside {
        /// The person elsewhere.
        who: PersonId,
        /// The partner.
        partner: Box<Newcomer>,
        /// The union.
        couple: Box<super::Couple>,
    },
    /// Partners separate.
    Separate {
        /// The couple.
        couple: CoupleId,
        /// Violence continues after the separation.
        goes_on: bool,
        /// The partner who keeps the home; the other one moves to `place`.
        stays: Side,
        /// New place of the other partner.
        place: Place,
        /// Whether the households of the first and the second partner are below the income line afterwards.
        low_income: [bool; 2],
    },
    /// A couple marries.
    Marry(CoupleId),
    /// A child or young adult moves to the household of this parent, or forms an own household.
    Home {
        /// The person.
        who: PersonId,
        /// Parent, or nobody.
        home: PersonId,
    },
    /// A household moves. Persons who are followed stay in the simulation elsewhere; others are removed at departure.
    Move {
        /// An adult of the household.
        who: PersonId,
        /// Where to.
        to: Place,
    },
    /// A household arrives.
    Arrive(Box<Arrival>),
    /// A flag of one person changes.
    Flag {
        /// The person.
        who: PersonId,
        /// Which.
        flag: Flag,
        /// New value.
        on: bool,
    },
    /// A flag of [`Flag::SPELLS`] begins.
    SpellBegins {
        /// The person.
        who: PersonId,
        /// Which.
        flag: Flag,
        /// Month in which it ends.
        ends: Month,
    },
    /// A flag of [`Flag::SPELLS`] ends in the month drawn when it began.
    SpellEnds {
        /// The person.
        who: PersonId,
        /// Which.
        flag: Flag,
    },
    /// The income of a whole household changes.
    Income {
        /// An adult of the household.
        who: PersonId,
        /// Below the line.
        low: bool,
    },
    /// A state of violence begins, changes or ends in one direction.
    Violence {
        /// The couple.
        couple: CoupleId,
        /// The partner who uses violence.
        by: Side,
        /// New state.
        state: Violence,
    },
    /// The other partner starts to use violence too: violence begins in the second direction.
    Joins {
        /// The couple.
        couple: CoupleId,
        /// The partner who joins in.
        by: Side,
        /// State that begins.
        state: Violence,
    },
    /// Violence of a couple that had ended begins again, in the directions that it had.
    Resumes(CoupleId),
    /// Incidents of a month are added to a couple and its partners.
    Incidents {
        /// The couple.
        couple: CoupleId,
        /// Incidents by the first and by the second partner.
        counts: [u16; 2],
    },
    /// A child witnesses violence this month.
    Witness {
        /// The child.
        child: PersonId,
        /// Window of age.
        window: u8,
    },
    /// One or more kinds of maltreatment begin.
    MaltreatmentBegins {
        /// The child.
        child: PersonId,
        /// One bit each.
        kinds: u8,
    },
    /// A month of maltreatment of the kinds under way.
    MaltreatmentMonth {
        /// The child.
        child: PersonId,
        /// Window of age.
        window: u8,
        /// Kinds that end after this month.
        end: u8,
    },
    /// The `Mind` of a person is replaced.
    Mind {
        /// The person.
        who: PersonId,
        /// The new value.
        mind: Mind,
        /// Parts whose change affects the hazards of this person.
        touch: Touch,
    },
    /// Help or contact with services changes the mind of a person; several such changes in one month add up.
    MindShift {
        /// The person.
        who: PersonId,
        /// By how much.
        by: MindShift,
    },
    /// A flag of the current year is set.
    YearMark {
        /// The person.
        who: PersonId,
        /// Bit of [`YearFlag`](super::YearFlag).
        mark: u8,
    },
    /// Spells of violence by relatives who are not partners begin, go on or end.
    Abuse(AbuseChange),
    /// An effect of a measure is put on a person.
    Effect(Effect),
    /// A change of the chain's state.
    Chain(ChainChange),
}

impl Change {
    /// The person whose state changes, when the change concerns one person.
    pub(super) fn subject(&self) -> Option<PersonId> {
        match self {
            Change::Dies { who, .. }
            | Change::Home { who, .. }
            | Change::Move { who, .. }
            | Change::Flag { who, .. }
            | Change::SpellBegins { who, .. }
            | Change::SpellEnds { who, .. }
            | Change::Income { who, .. }
            | Change::Mind { who, .. }
            | Change::MindShift { who, .. }
            | Change::YearMark { who, .. } => Some(*who),
            Change::Conceives { mother, .. } | Change::Born { mother, .. } => Some(*mother),
            Change::Witness { child, .. }
            | Change::MaltreatmentBegins { child, .. }
            | Change::MaltreatmentMonth { child, .. } => Some(*child),
            Change::Unite { .. }
            | Change::UniteOutside { .. }
            | Change::Separate { .. }
            | Change::Marry(_)
            | Change::Arrive(_)
            | Change::Violence { .. }
            | Change::Joins { .. }
            | Change::Resumes(_)
            | Change::Incidents { .. }
            | Change::Abuse(_)
            | Change::Chain(_) => None,
            Change::Effect(effect) => Some(effect.person),
        }
    }
}

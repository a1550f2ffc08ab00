//! Traits and states of a person that are one of a few values: sex, education, and flags of one bit.

use serde::{Deserialize, Serialize};

/// Sex of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Sex {
    /// Male.
    Male = 0,
    /// Female.
    Female = 1,
}

impl Sex {
    /// Both, men first.
    pub const BOTH: [Sex; 2] = [Sex::Male, Sex::Female];

    /// The other one.
    pub fn other(self) -> Sex {
        match self {
            Sex::Male => Sex::Female,
            Sex::Female => Sex::Male,
        }
    }

    /// Word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Sex::Male => "male",
            Sex::Female => "female",
        }
    }
}

/// A group of single persons on the partner market: those of one sex who look for a partner of the other sex, or of
/// their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SinglesGroup {
    /// Their sex.
    pub sex: Sex,
    /// Whether they look for a partner of their own sex.
    pub seeks_own_sex: bool,
}

impl SinglesGroup {
    /// Number of groups.
    pub const COUNT: usize = 4;

    /// All groups, in the order of their indices.
    pub const ALL: [SinglesGroup; SinglesGroup::COUNT] = [
        SinglesGroup { sex: Sex::Male, seeks_own_sex: false },
        SinglesGroup { sex: Sex::Female, seeks_own_sex: false },
        SinglesGroup { sex: Sex::Male, seeks_own_sex: true },
        SinglesGroup { sex: Sex::Female, seeks_own_sex: true },
    ];

    /// Position of the group in lists by group.
    #[inline]
    pub fn index(self) -> usize {
        self.sex as usize + 2 * usize::from(self.seeks_own_sex)
    }

    /// The group in which persons of this group find their partners.
    #[inline]
    pub fn sought(self) -> SinglesGroup {
        if self.seeks_own_sex { self } else { SinglesGroup { sex: self.sex.other(), ..self } }
    }
}

/// Final level of education.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Education {
    /// At most lower secondary.
    Low = 0,
    /// Upper secondary.
    Middle = 1,
    /// Tertiary.
    High = 2,
}

impl Education {
    /// From 0, 1 or more.
    pub fn from_index(index: usize) -> Education {
        match index {
            0 => Education::Low,
            1 => Education::Middle,
            _ => Education::High,
        }
    }
}

/// A yes-or-no trait or state of a person, one bit each of [`Body::state`](super::Body::state).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Flag {
    /// Is a woman or girl.
    Female = 0,
    /// In the world: alive and followed by the model.
    Present = 1,
    /// Has paid work.
    Work = 4,
    /// Household below the low-income line.
    LowIncome = 5,
    /// Misuses alcohol.
    Alcohol = 9,
    /// Addicted to drugs or alcohol.
    Addiction = 10,
    /// Antisocial behaviour that lasts.
    Antisocial = 11,
    /// Registered suspect of a crime in the past year.
    Crime = 12,
    /// Mental illness.
    MentalIllness = 13,
    /// Mild intellectual disability (*licht verstandelijke beperking*).
    Disability = 14,
    /// Problem debts.
    Debts = 15,
    /// Came from abroad less than five years ago (*nieuwkomer*).
    Newcomer = 16,
    /// Lived in the four cities before the age of 18.
    GrewUpHere = 17,
    /// Born outside the cities and followed: to a parent who grew up here, or come here as a child.
    Followed = 18,
    /// The partner or former partner elsewhere of a followed person: a set of traits, not a person of the study
    /// population. Stays in the world while the union lasts or a minor child of it lives there.
    Outsider = 19,
    /// Was in a case of the chain.
    InChain = 20,
    /// Stays in a shelter.
    InShelter = 21,
    /// Banned from home (*huisverbod*).
    Banned = 22,
    /// Had a safe, stable and nurturing carer as a child.
    StableCarer = 23,
    /// Showed conduct problems in adolescence.
    Conduct = 24,
    /// On the list of persons whose symptoms are followed.
    Symptoms = 28,
    /// Has an active effect of an intervention.
    HasEffect = 29,
    /// Received guidance as an exposed child.
    Guided = 30,
    /// Is pregnant.
    Pregnant = 31,
}

impl Flag {
    /// The eight risk flags of the action programme's rule for pregnancy support, in table order.
    pub const RISKS: [Flag; 8] = [
        Flag::Addiction,
        Flag::Alcohol,
        Flag::Antisocial,
        Flag::Crime,
        Flag::MentalIllness,
        Flag::Disability,
        Flag::Debts,
        Flag::Newcomer,
    ];

    /// Flags that end in a month drawn when they begin, in the order of [`Newcomer::ends`](super::Newcomer::ends).
    pub const SPELLS: [Flag; 6] =
        [Flag::Alcohol, Flag::Addiction, Flag::MentalIllness, Flag::Debts, Flag::Crime, Flag::Newcomer];

    /// The bit of this flag.
    pub const fn bit(self) -> u32 {
        1 << self as u8
    }

    /// Word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Flag::Female => "female",
            Flag::Present => "present",
            Flag::Work => "work",
            Flag::LowIncome => "low_income",
            Flag::Alcohol => "alcohol",
            Flag::Addiction => "addiction",
            Flag::Antisocial => "antisocial",
            Flag::Crime => "crime",
            Flag::MentalIllness => "mental_illness",
            Flag::Disability => "disability",
            Flag::Debts => "debts",
            Flag::Newcomer => "newcomer",
            Flag::GrewUpHere => "grew_up_here",
            Flag::Followed => "followed",
            Flag::Outsider => "outsider",
            Flag::InChain => "in_chain",
            Flag::InShelter => "in_shelter",
            Flag::Banned => "banned",
            Flag::StableCarer => "stable_carer",
            Flag::Conduct => "conduct",
            Flag::Symptoms => "symptoms",
            Flag::HasEffect => "has_effect",
            Flag::Guided => "guided",
            Flag::Pregnant => "pregnant",
        }
    }
}

/// Experiences of a person in the current calendar year, one bit each of [`Past::year`](super::Past::year).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum YearFlag {
    /// Suffered violence from a partner or former partner.
    Suffered = 0,
    /// Used violence against a partner or former partner.
    Used = 1,
    /// Witnessed violence between the adults at home.
    Witnessed = 2,
    /// Was maltreated as a child.
    Maltreated = 3,
    /// Suffered violence from a relative who is not a partner.
    OtherVictim = 4,
    /// Suffered coercive violence.
    Coerced = 5,
    /// Suffered at least twelve incidents (structural violence).
    Structural = 6,
}

impl YearFlag {
    /// The bit of this flag.
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }
}

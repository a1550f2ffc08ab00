//! Persons: traits, latent state, kin and past, in four columns that are sorted together.

use serde::{Deserialize, Serialize};

use super::time::Month;

/// Row of a person in the [`World`](super::World), or of a departed person in the ledger.
///
/// Rows are renumbered when the world is ordered, and every reference is updated. The stable name of a person is its
/// key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u32);

impl PersonId {
    /// Nobody.
    pub const NONE: PersonId = PersonId(u32::MAX);
    /// References from here on point into the ledger of the departed.
    pub const LEDGER: u32 = 1 << 31;

    /// The row, when this person is in the world.
    pub fn row(self) -> Option<usize> {
        (self.0 < Self::LEDGER).then_some(self.0 as usize)
    }

    /// The index in the ledger, when this is a departed person.
    pub fn departed(self) -> Option<usize> {
        (self.0 >= Self::LEDGER && self != Self::NONE).then(|| (self.0 - Self::LEDGER) as usize)
    }

    /// Whether there is a person at all.
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }
}

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

/// A yes-or-no trait or state of a person, one bit each of [`Body::state`].
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

/// The fields of a person that are read most often (32 bytes, two per cache line).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Stable key, the address of every random draw of this person.
    pub key: u64,
    /// The union this person lives in, or [`CoupleId::NONE`](super::CoupleId::NONE).
    pub couple: super::CoupleId,
    /// The parent in whose household this person lives as a child. Nobody for an adult with an own household and for a
    /// minor who is placed ([`World::is_placed`](super::World::is_placed)).
    pub home: PersonId,
    /// Month of birth.
    pub born: Month,
    /// Where the household is.
    pub place: super::Place,
    /// Flags, education (bits 2-3), origin (bits 6-8) and number of live births (bits 25-27).
    pub state: u32,
    /// Latent liability to use violence, standard deviations.
    pub liability_use: Milli,
    /// Latent liability to suffer violence, standard deviations.
    pub liability_suffer: Milli,
}

/// Number stored as a sixteen-bit fixed-point value with three decimals, from -32.7 to 32.7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Milli(pub i16);

impl Milli {
    /// Nearest stored number.
    pub fn new(value: f64) -> Milli {
        Milli(libm::rint(value * 1000.0).clamp(-32_000.0, 32_000.0) as i16)
    }

    /// The number.
    pub fn get(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

/// Number stored as an eight-bit fixed-point value in steps of 1/16, from -8 to 7.9; the unit is standard deviations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sixteenth(pub i8);

impl Sixteenth {
    /// Nearest stored number.
    pub fn new(value: f64) -> Sixteenth {
        Sixteenth(libm::rint(value * 16.0).clamp(-127.0, 127.0) as i8)
    }

    /// The number.
    pub fn get(self) -> f64 {
        f64::from(self.0) / 16.0
    }
}

/// Lasting effects of childhood, traits and symptoms (20 bytes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mind {
    /// Log hazard ratio of using violence against a partner, caused by exposure in childhood.
    pub acquired_use: Milli,
    /// Log hazard ratio of suffering violence from a partner, caused by exposure in childhood.
    pub acquired_suffer: Milli,
    /// Log hazard ratio of maltreating own children, caused by own maltreatment.
    pub acquired_maltreat: Milli,
    /// Attitude that condones violence, standard deviations.
    pub attitude: Sixteenth,
    /// Coping, standard deviations.
    pub coping: Sixteenth,
    /// Propensity to disclose, standard deviations.
    pub disclosure: Sixteenth,
    /// Internalising symptoms above own baseline, as a child.
    pub internalising: Milli,
    /// Externalising symptoms above own baseline, as a child.
    pub externalising: Milli,
    /// Post-traumatic symptoms above own baseline, as a child or an adult.
    pub post_traumatic: Milli,
    /// Depressive symptoms above own baseline, as an adult.
    pub depressive: Milli,
    /// Conduct problems: the highest externalising symptoms reached in childhood.
    pub conduct: Milli,
}

/// Kin links and the childhood record (24 bytes).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kin {
    /// Mother by birth and rearing; or a stepmother or relative who took the child in when no parent was left.
    pub mother: PersonId,
    /// Father by birth and rearing; or a stepfather or relative who took the child in when no parent was left.
    pub father: PersonId,
    /// Youngest child.
    pub youngest: PersonId,
    /// Next older child of the same mother.
    pub older_of_mother: PersonId,
    /// Next older child of the same father.
    pub older_of_father: PersonId,
    /// Index of the childhood record, 0 for none.
    pub record: u32,
}

/// First months of experiences and maltreatment under way (12 bytes).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// First month of exposure to violence as a child.
    pub exposed: Month,
    /// First month of using violence against a partner.
    pub used: Month,
    /// First month of suffering violence from a partner.
    pub suffered: Month,
    /// First month of being reported.
    pub reported: Month,
    /// Month of the last birth given.
    pub gave_birth: Month,
    /// Kinds of maltreatment under way, one bit each ([`MaltreatmentKind`](super::MaltreatmentKind)).
    pub maltreated: u8,
    /// What happened to this person in the current year ([`YearFlag`]).
    pub year: u8,
}

/// Experiences of a person in the current calendar year, one bit each of [`Past::year`].
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
    /// Suffered violence from a relative who is no partner.
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

impl Mind {
    /// Whether any symptom lies above the person's own baseline.
    pub fn any_symptoms(&self) -> bool {
        [self.internalising, self.externalising, self.post_traumatic, self.depressive] != [Milli(0); 4]
    }
}

impl Default for Body {
    fn default() -> Self {
        Body {
            key: 0,
            couple: super::CoupleId::NONE,
            home: PersonId::NONE,
            born: Month(0),
            place: super::Place::default(),
            state: Flag::Present.bit(),
            liability_use: Milli(0),
            liability_suffer: Milli(0),
        }
    }
}

impl Default for Kin {
    fn default() -> Self {
        let none = PersonId::NONE;
        Kin { mother: none, father: none, youngest: none, older_of_mother: none, older_of_father: none, record: 0 }
    }
}

impl Default for Past {
    fn default() -> Self {
        let never = Month::NEVER;
        Past {
            exposed: never,
            used: never,
            suffered: never,
            reported: never,
            gave_birth: never,
            maltreated: 0,
            year: 0,
        }
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

impl Body {
    /// Whether a flag is set.
    #[inline]
    pub fn has(&self, flag: Flag) -> bool {
        self.state & flag.bit() != 0
    }

    /// Sets or clears a flag.
    #[inline]
    pub fn set(&mut self, flag: Flag, on: bool) {
        if on {
            self.state |= flag.bit();
        } else {
            self.state &= !flag.bit();
        }
    }

    /// Sex.
    #[inline]
    pub fn sex(&self) -> Sex {
        if self.has(Flag::Female) { Sex::Female } else { Sex::Male }
    }

    /// Age in whole months.
    #[inline]
    pub fn age_months(&self, now: Month) -> i32 {
        now.since(self.born)
    }

    /// Age in whole years.
    #[inline]
    pub fn age(&self, now: Month) -> i32 {
        now.since(self.born).div_euclid(12)
    }

    /// Final level of education (of a child: the level it will reach).
    #[inline]
    pub fn education(&self) -> Education {
        Education::from_index(((self.state >> 2) & 3) as usize)
    }

    /// Sets the level of education.
    pub fn set_education(&mut self, level: Education) {
        self.state = self.state & !(3 << 2) | (level as u32) << 2;
    }

    /// Origin group: 0 Dutch, 1 western, 2 Moroccan, 3 Turkish, 4 Surinamese, 5 Antillean, 6 other non-western.
    #[inline]
    pub fn origin(&self) -> usize {
        ((self.state >> 6) & 7) as usize
    }

    /// Sets the origin group.
    pub fn set_origin(&mut self, origin: usize) {
        self.state = self.state & !(7 << 6) | (origin as u32 & 7) << 6;
    }

    /// Number of live births, at most 7.
    #[inline]
    pub fn parity(&self) -> u32 {
        (self.state >> 25) & 7
    }

    /// Sets the number of live births.
    pub fn set_parity(&mut self, births: u32) {
        self.state = self.state & !(7 << 25) | births.min(7) << 25;
    }

    /// Whether this person lives with a partner.
    #[inline]
    pub fn has_partner(&self) -> bool {
        self.couple.is_some()
    }

    /// Whether this person lives in the household of a parent.
    #[inline]
    pub fn at_parents(&self) -> bool {
        self.home.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packed_fields_of_a_body_do_not_touch_each_other() {
        let mut body = Body::default();
        body.set_education(Education::High);
        body.set_origin(6);
        body.set_parity(6);
        for flag in Flag::RISKS {
            body.set(flag, true);
        }
        assert_eq!((body.education(), body.origin(), body.parity()), (Education::High, 6, 6));
        assert!(body.has(Flag::Present) && !body.has(Flag::Work) && !body.has(Flag::Female));
        body.set_parity(40);
        assert_eq!(body.parity(), 7);
        assert!(!body.has(Flag::HasEffect) && !body.has(Flag::Symptoms));
    }

    #[test]
    fn rows_stay_as_thin_as_they_were_made() {
        assert_eq!(size_of::<Body>(), 32);
        assert_eq!(size_of::<Mind>(), 20);
        assert_eq!(size_of::<Kin>(), 24);
        assert_eq!(size_of::<Past>(), 12);
    }
}

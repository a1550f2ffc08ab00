//! Persons: traits, latent state, kin and past, in four columns that are sorted together.

use serde::{Deserialize, Serialize};

use super::ids::{CoupleId, PersonId};
use super::place::Place;
use super::time::Month;
use super::traits::{Education, Flag, Sex, SinglesGroup};

/// The fields of a person that are read most often (32 bytes, two per cache line).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Stable key, the address of every random draw of this person.
    pub key: u64,
    /// The union this person lives in, or [`CoupleId::NONE`].
    pub couple: CoupleId,
    /// The parent in whose household this person lives as a child. Nobody for an adult with an own household and for a
    /// minor who is placed ([`World::is_placed`](super::World::is_placed)).
    pub home: PersonId,
    /// Month of birth.
    pub born: Month,
    /// Where the household is.
    pub place: Place,
    /// Flags, education (bits 2-3), origin (bits 6-8) and number of live births (bits 25-27).
    pub state: u32,
    /// Latent liability to use violence, standard deviations.
    pub liability_use: Milli,
    /// Latent liability to suffer violence, standard deviations.
    pub liability_suffer: Milli,
    /// Looks for a partner of the own sex, and lives with no other one.
    pub seeks_own_sex: bool,
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

/// Number stored as an eight-bit fixed-point value in steps of 1/32, from -4 to 4; the unit is standard deviations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ThirtySecond(pub i8);

impl ThirtySecond {
    /// Nearest stored number.
    pub fn new(value: f64) -> ThirtySecond {
        ThirtySecond(libm::rint(value * 32.0).clamp(-127.0, 127.0) as i8)
    }

    /// The number.
    pub fn get(self) -> f64 {
        f64::from(self.0) / 32.0
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
    /// Shift, by exposure in childhood, of the attitude that condones violence, standard deviations. What measures shift
    /// is an effect ([`World::attitude`](super::World::attitude) adds both).
    pub attitude: ThirtySecond,
    /// Shift of coping by exposure in childhood, standard deviations, where less is worse; see `attitude`.
    pub coping: ThirtySecond,
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
    /// What happened to this person in the current year ([`YearFlag`](super::YearFlag)).
    pub year: u8,
}

/// By how much help, or a contact with services, changes the mind of a person; standard deviations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MindShift {
    /// Reduction of internalising, externalising, post-traumatic and depressive symptoms.
    pub symptoms: [f32; 4],
    /// Reduction of conduct problems.
    pub conduct: f32,
    /// Increase of the propensity to disclose.
    pub disclosure: f32,
    /// Increase of depressive symptoms, also of a person who has none.
    pub burden: f32,
}

impl Mind {
    /// How far contacts with services can move the propensity to disclose, standard deviations.
    const MOST_TRUST: f64 = 2.0;

    /// Applies a shift. Symptoms and conduct problems do not fall below zero, and a person without a symptom is not
    /// harmed by help; a burden falls on everybody.
    pub(super) fn shift(&mut self, by: &MindShift) {
        let symptoms =
            [&mut self.internalising, &mut self.externalising, &mut self.post_traumatic, &mut self.depressive];
        for (symptom, by) in symptoms.into_iter().zip(by.symptoms).filter(|(symptom, _)| **symptom > Milli(0)) {
            *symptom = Milli::new((symptom.get() - f64::from(by)).max(0.0));
        }
        if by.burden != 0.0 {
            self.depressive = Milli::new((self.depressive.get() + f64::from(by.burden)).max(0.0));
        }
        self.conduct = Milli::new((self.conduct.get() - f64::from(by.conduct)).max(0.0));
        let (before, step) = (self.disclosure.get(), f64::from(by.disclosure));
        // A propensity that was beyond the bound from the beginning stays there.
        let within = (before + step).clamp(-Self::MOST_TRUST, Self::MOST_TRUST);
        self.disclosure = Sixteenth::new(within.clamp(before.min(before + step), before.max(before + step)));
    }

    /// Whether any symptom lies above the person's own baseline.
    pub fn any_symptoms(&self) -> bool {
        [self.internalising, self.externalising, self.post_traumatic, self.depressive] != [Milli(0); 4]
    }
}

impl Default for Body {
    fn default() -> Self {
        Body {
            key: 0,
            couple: CoupleId::NONE,
            home: PersonId::NONE,
            born: Month(0),
            place: Place::default(),
            state: Flag::Present.bit(),
            liability_use: Milli(0),
            liability_suffer: Milli(0),
            seeks_own_sex: false,
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

impl Body {
    /// The body of an empty row: nobody in this world, a person in another world with the same row numbers.
    pub const EMPTY: Body = Body {
        key: 0,
        couple: CoupleId::NONE,
        home: PersonId::NONE,
        born: Month(0),
        place: Place::ELSEWHERE,
        state: 0,
        liability_use: Milli(0),
        liability_suffer: Milli(0),
        seeks_own_sex: false,
    };

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

    /// The group of singles in which this person stands while without a partner.
    #[inline]
    pub fn singles_group(&self) -> SinglesGroup {
        SinglesGroup { sex: self.sex(), seeks_own_sex: self.seeks_own_sex }
    }

    /// Whether this person lives with a partner of the other sex.
    #[inline]
    pub fn has_partner_of_other_sex(&self) -> bool {
        self.has_partner() && !self.seeks_own_sex
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
    fn shifts_of_one_month_add_up_and_stop_at_their_bounds() {
        let mut mind = Mind { externalising: Milli::new(1.0), conduct: Milli::new(0.5), ..Mind::default() };
        let relief = MindShift { symptoms: [0.3; 4], conduct: 0.2, disclosure: 0.5, ..MindShift::default() };
        mind.shift(&relief);
        mind.shift(&relief);
        assert_eq!((mind.externalising, mind.conduct), (Milli::new(0.4), Milli::new(0.1)));
        assert_eq!(mind.internalising, Milli(0), "nobody is harmed who has no symptom");
        assert_eq!(mind.disclosure, Sixteenth::new(1.0));
        for _ in 0..4 {
            mind.shift(&relief);
        }
        assert_eq!((mind.externalising, mind.conduct, mind.disclosure), (Milli(0), Milli(0), Sixteenth::new(2.0)));
        let mut far = Mind { disclosure: Sixteenth::new(3.0), ..Mind::default() };
        far.shift(&relief);
        assert_eq!(far.disclosure, Sixteenth::new(3.0));
        far.shift(&MindShift { disclosure: -0.5, ..MindShift::default() });
        assert_eq!(far.disclosure, Sixteenth::new(2.5));
    }

    #[test]
    fn a_burden_falls_also_on_a_person_without_symptoms() {
        let burden = MindShift { burden: 0.1, ..MindShift::default() };
        for before in [0.0, 0.7] {
            let mut mind = Mind { depressive: Milli::new(before), ..Mind::default() };
            mind.shift(&burden);
            assert_eq!(mind, Mind { depressive: Milli::new(before + 0.1), ..Mind::default() });
        }
    }

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

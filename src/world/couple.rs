//! Couples: partners who live together, and former partners with violence, ongoing or recent.

use serde::{Deserialize, Serialize};

use super::ids::PersonId;
use super::time::Month;
use super::traits::Sex;

/// One of the two partners of a couple, and the direction of violence by that partner.
///
/// Of a man and a woman the man is the first. Of two partners of one sex either may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// The first partner.
    First = 0,
    /// The second partner.
    Second = 1,
}

impl Side {
    /// Both, the first before the second.
    pub const BOTH: [Side; 2] = [Side::First, Side::Second];

    /// The other one.
    pub fn other(self) -> Side {
        match self {
            Side::First => Side::Second,
            Side::Second => Side::First,
        }
    }
}

/// State of violence in one direction (*situationeel geweld*, *intieme terreur*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Violence {
    /// None now.
    #[default]
    None = 0,
    /// Situational: conflicts that get out of hand.
    Situational = 1,
    /// Coercive: control by violence and threat.
    Coercive = 2,
}

/// Two persons who form a union, or formed one: a man and a woman, two men or two women.
///
/// The paired fields are indexed by [`Side`]: those of violence by the partner who uses it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Couple {
    /// Stable key, derived from both persons' keys and the number of the union.
    pub key: u64,
    /// Both partners; of a man and a woman the man first.
    pub partners: [PersonId; 2],
    /// Sexes of both partners, in the same order. Kept here so that hazards of couples need not read the persons.
    pub sexes: [Sex; 2],
    /// First month of the union.
    pub since: Month,
    /// Month of separation, or [`Month::NEVER`].
    pub ended: Month,
    /// Personal level of incidents: standard normal score of this couple's incident rate.
    pub intensity: super::Milli,
    /// Incidents in the current year per direction.
    pub incidents: [u16; 2],
    /// State per direction.
    pub violence: [Violence; 2],
    /// Violence of this direction began this month.
    pub fresh: [bool; 2],
    /// Month in which the last violence of the couple stopped, or [`Month::NEVER`] if there was none or it is ongoing.
    pub calm: Month,
    /// State per direction in the violence that is ongoing or stopped last; violence that resumes has the same
    /// directions.
    pub last: [Violence; 2],
    /// Married.
    pub married: bool,
    /// Whether the row is still in use: false once the union has ended without violence, ongoing or recent, or either
    /// partner is gone.
    pub present: bool,
}

impl Couple {
    /// An empty row: no couple in this world, a couple in another world with the same row numbers. It ended before all
    /// months, so that no table takes it for a recent union.
    pub const EMPTY: Couple = Couple {
        key: 0,
        partners: [PersonId::NONE; 2],
        sexes: Sex::BOTH,
        since: Month(0),
        ended: Month(i16::MIN),
        intensity: super::Milli(0),
        incidents: [0; 2],
        violence: [Violence::None; 2],
        fresh: [false; 2],
        calm: Month::NEVER,
        last: [Violence::None; 2],
        married: false,
        present: false,
    };

    /// A union that begins, of partners who are filled in when they unite.
    pub fn new(key: u64, since: Month) -> Couple {
        Couple { key, since, ended: Month::NEVER, present: true, ..Couple::EMPTY }
    }

    /// Whether violence is ongoing in any direction.
    #[inline]
    pub fn is_violent(&self) -> bool {
        self.violence != [Violence::None; 2]
    }

    /// Whether there is or was violence in any direction.
    #[inline]
    pub fn was_violent(&self) -> bool {
        self.is_violent() || self.calm.has_come()
    }

    /// Sets the state of violence of one direction.
    pub(super) fn set_violence(&mut self, by: Side, state: Violence, now: Month) {
        let (index, was_violent) = (by as usize, self.is_violent());
        let before = std::mem::replace(&mut self.violence[index], state);
        self.fresh[index] = before == Violence::None;
        if state != Violence::None {
            // Violence that begins anew has its own directions.
            let kept = if was_violent || before != Violence::None { self.last } else { [Violence::None; 2] };
            self.last = kept;
            self.last[index] = state;
            self.calm = Month::NEVER;
        } else if !self.is_violent() {
            self.calm = now;
        }
    }

    /// Ends all violence between the partners.
    pub(super) fn calm_down(&mut self, now: Month) {
        if self.is_violent() {
            self.violence = [Violence::None; 2];
            self.calm = now;
        }
    }

    /// Whether the partners live together.
    #[inline]
    pub fn together(&self) -> bool {
        !self.ended.has_come()
    }

    /// Ends the union, if it has not ended, and all violence in it; the row is no longer in use.
    pub(super) fn close(&mut self, now: Month) {
        if self.together() {
            self.ended = now;
        }
        self.violence = [Violence::None; 2];
        self.present = false;
    }

    /// The partner on a side.
    #[inline]
    pub fn partner(&self, side: Side) -> PersonId {
        self.partners[side as usize]
    }

    /// Sex of the partner on a side.
    #[inline]
    pub fn sex(&self, side: Side) -> Sex {
        self.sexes[side as usize]
    }

    /// Whether both partners are men, or both are women.
    #[inline]
    pub fn is_same_sex(&self) -> bool {
        self.sexes[0] == self.sexes[1]
    }

    /// The side of a person; `None` for a person who is not a partner of this couple.
    #[inline]
    pub fn side_of(&self, who: PersonId) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| self.partner(*side) == who)
    }

    /// State of the violence that a person of this couple suffers from the other partner.
    #[inline]
    pub fn suffers(&self, who: PersonId) -> Violence {
        self.side_of(who).map_or(Violence::None, |side| self.violence[side.other() as usize])
    }

    /// The other partner of a person of this couple.
    #[inline]
    pub fn partner_of(&self, who: PersonId) -> PersonId {
        if self.partners[0] == who { self.partners[1] } else { self.partners[0] }
    }
}

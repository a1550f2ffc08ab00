//! A simulated person at the end of a run, and the first month of each event.

use std::fmt;

use serde::Serialize;

/// A calendar month; 0 is January 2008.
pub type MonthIndex = i32;

/// The first month that is simulated.
pub(in crate::analysis) const FIRST: MonthIndex = 0;

/// Age of majority, in months.
pub(in crate::analysis) const ADULT: MonthIndex = 18 * 12;

/// Sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordedSex {
    /// Male.
    Male,
    /// Female.
    Female,
}

/// Data on one simulated person at the end of a run. A first month is `None` if the event did not occur.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PersonLife {
    /// Key, the same in every scenario.
    pub key: i64,
    /// Month of birth.
    pub born: MonthIndex,
    /// Sex.
    pub sex: RecordedSex,
    /// Key of the mother, if she is known.
    pub mother: Option<i64>,
    /// Key of the father, if he is known.
    pub father: Option<i64>,
    /// Generations since the founding population, which is 0.
    pub generation: u8,
    /// City.
    pub city: u8,
    /// Quintile of the city's households by deprivation of the area, 1 for the least deprived; 0 if unknown.
    pub quintile: u8,
    /// First month of growing up with violence.
    pub exposed: Option<MonthIndex>,
    /// First month of using violence against a partner.
    pub used: Option<MonthIndex>,
    /// First month of suffering violence by a partner.
    pub suffered: Option<MonthIndex>,
    /// Month of death, or of loss to follow-up.
    pub gone: Option<MonthIndex>,
    /// First month in a programme that the scenario adds.
    pub reached: Option<MonthIndex>,
    /// QALYs lost to violence.
    pub qaly_lost: f64,
}

/// An event of a person, counted at its first occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstEvent {
    /// Growing up with violence.
    Exposed,
    /// Using violence against a partner.
    Used,
    /// Suffering violence by a partner.
    Suffered,
}

impl FirstEvent {
    /// All of them, in life-course order.
    pub const ALL: [FirstEvent; 3] = [FirstEvent::Exposed, FirstEvent::Used, FirstEvent::Suffered];

    /// Month of its first occurrence.
    pub fn month(self, life: &PersonLife) -> Option<MonthIndex> {
        match self {
            FirstEvent::Exposed => life.exposed,
            FirstEvent::Used => life.used,
            FirstEvent::Suffered => life.suffered,
        }
    }
}

/// Why two scenarios cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LivesFault {
    /// Keys are not ascending at this one.
    NotSorted(i64),
    /// The QALYs of this person are not finite.
    NotFinite(i64),
}

impl fmt::Display for LivesFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LivesFault::NotSorted(key) => {
                write!(f, "lives are not in rising order of keys at {key}; sort them, each once")
            }
            LivesFault::NotFinite(key) => write!(f, "the QALYs lost by {key} are no number; give 0 where none are"),
        }
    }
}

impl std::error::Error for LivesFault {}

/// The person with a key, in a list sorted by key.
pub(in crate::analysis) fn find(lives: &[PersonLife], key: Option<i64>) -> Option<&PersonLife> {
    let at = lives.binary_search_by_key(&key?, |life| life.key).ok()?;
    lives.get(at)
}

/// Checks the assumptions of the comparison.
pub(in crate::analysis) fn check(lives: &[PersonLife]) -> Result<(), LivesFault> {
    if let Some(two) = lives.windows(2).find(|two| two[0].key >= two[1].key) {
        return Err(LivesFault::NotSorted(two[1].key));
    }
    let faulty = lives.iter().find(|life| !life.qaly_lost.is_finite());
    faulty.map_or(Ok(()), |life| Err(LivesFault::NotFinite(life.key)))
}

/// The parents of a person, as far as they are in the list.
pub(super) fn parents<'a>(
    lives: &'a [PersonLife],
    life: &PersonLife,
) -> impl Iterator<Item = &'a PersonLife> + use<'a> {
    [find(lives, life.mother), find(lives, life.father)].into_iter().flatten()
}

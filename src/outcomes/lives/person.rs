//! What is known of a person: the state when last observed, and first appearances.

use serde::{Deserialize, Serialize};

use crate::outcomes::scene::Birthplace;
use crate::world::{ADULT, Month, PersonId, Place, Sex, World};

/// State of a person when last observed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PersonState {
    pub(super) key: u64,
    pub(super) place: Place,
    pub(super) born: Month,
    pub(super) sex: Sex,
    pub(super) mother: u64,
    pub(super) father: u64,
    pub(super) generation: Option<u8>,
    pub(super) birthplace: Birthplace,
    pub(super) exposed: Month,
    pub(super) used: Month,
    pub(super) suffered: Month,
    pub(super) months_exposed: u16,
    pub(super) gone: Month,
    pub(super) died: bool,
}

/// First observation of a person, or a later arrival in the cities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Appearance {
    pub(super) key: u64,
    pub(super) place: Place,
    /// Month of arrival from elsewhere; never for persons who were present at the start or were born here.
    pub(super) arrived: Month,
}

/// Key and month of birth of a parent, present or departed; a key of 0 if there is none.
fn parent(world: &World, who: PersonId) -> (u64, Option<Month>) {
    if let Some(row) = who.row() {
        let body = world.body(row);
        return (body.key, Some(body.born));
    }
    let departed = world.departed(who);
    departed.map_or((0, None), |departed| (departed.key, Some(departed.born)))
}

impl PersonState {
    /// The state of a person of the world.
    pub(super) fn of(world: &World, row: usize) -> PersonState {
        let (body, past, kin) = (world.body(row), world.past(row), world.kin(row));
        let ((mother, bore), (father, begot)) = (parent(world, kin.mother), parent(world, kin.father));
        let start = Month(0);
        let generation = if body.age_months(start) >= ADULT {
            Some(0)
        } else {
            bore.or(begot).map(|parent| match start.since(parent) {
                ADULT.. => 1,
                1.. => 2,
                _ => 3,
            })
        };
        let months = if past.exposed.has_come() {
            let childhood = world.childhood(row);
            let maltreated: u32 = childhood.maltreated.iter().flatten().map(|months| u32::from(*months)).sum();
            childhood.months_witnessed() + maltreated
        } else {
            0
        };
        PersonState {
            key: body.key,
            place: body.place,
            born: body.born,
            sex: body.sex(),
            mother,
            father,
            generation,
            birthplace: Birthplace::of(body),
            exposed: past.exposed,
            used: past.used,
            suffered: past.suffered,
            months_exposed: months.try_into().unwrap_or(u16::MAX),
            gone: Month::NEVER,
            died: false,
        }
    }

    /// Whether this person was born in the simulated years or had violence at home, and so gets a row.
    pub(super) fn has_event(&self) -> bool {
        has_event(self.born, [self.exposed, self.used, self.suffered])
    }
}

fn has_event(born: Month, firsts: [Month; 3]) -> bool {
    born >= Month(0) || firsts.iter().any(|first| first.has_come())
}

/// Whether the state of the person in a row [has an event](PersonState::has_event).
pub(super) fn has_event_in(world: &World, row: usize) -> bool {
    let past = world.past(row);
    has_event(world.body(row).born, [past.exposed, past.used, past.suffered])
}

/// Combines several observations of a person who left and came back: the earliest of each first month, and the last
/// end.
pub(super) fn whole(same: &[PersonState]) -> PersonState {
    let mut whole = same[same.len() - 1];
    for life in same {
        let first = |a: Month, b: Month| match (a.has_come(), b.has_come()) {
            (true, true) => a.min(b),
            (true, false) => a,
            _ => b,
        };
        whole.exposed = first(whole.exposed, life.exposed);
        whole.used = first(whole.used, life.used);
        whole.suffered = first(whole.suffered, life.suffered);
        whole.months_exposed = whole.months_exposed.max(life.months_exposed);
        whole.generation = whole.generation.or(life.generation);
        whole.mother = if whole.mother == 0 { life.mother } else { whole.mother };
        whole.father = if whole.father == 0 { life.father } else { whole.father };
    }
    whole
}

/// First month of arrival from elsewhere, from the observations of one person in order; never for a person who was in
/// the cities before.
pub(super) fn arrived<'a>(sights: impl Iterator<Item = &'a Appearance>) -> Month {
    let mut sights = sights.peekable();
    let was_here = sights.peek().is_some_and(|first| !first.arrived.has_come() && first.place.is_here());
    let came = sights.map(|sight| sight.arrived).find(|month| month.has_come());
    came.filter(|_| !was_here).unwrap_or(Month::NEVER)
}

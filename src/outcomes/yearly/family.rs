//! For the tests of `yearly`: a family and a single woman, and look-up of a row.

use crate::outcomes::Outcome;
use crate::outcomes::small::{AMSTERDAM, Small, UTRECHT, the_row};
use crate::tables::{Cell, Table};
use crate::world::{CoupleId, Event, Incident, Month, PersonId, Severity, Sex, Violence};

/// The table, and its row for a city and year.
pub(super) fn year_of(small: &Small, city: &str, year: i64) -> (Table, usize) {
    let table = small.table();
    let row = the_row(&table, &[("city", Cell::Text(city)), ("year", Cell::Int(year))]);
    (table, row)
}

/// A couple with a child in Amsterdam, a single woman in Utrecht.
pub(super) fn family() -> (Small, CoupleId, [PersonId; 4]) {
    let mut small = Small::new(&[Outcome::Yearly]);
    let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
    let woman = small.person(Sex::Female, Month::january(1972), AMSTERDAM);
    let alone = small.person(Sex::Female, Month::january(1950), UTRECHT);
    let couple = small.couple(man, woman);
    let child = small.child(Sex::Male, Month::january(2000), woman);
    (small, couple, [man, woman, alone, child])
}

/// A month of situational violence by the man, with incidents by him and by her.
pub(super) fn violence(couple: CoupleId, counts: [u16; 2], severity: Severity) -> Event {
    let state = [Violence::Situational, Violence::None];
    Event::Violence(Incident {
        couple,
        counts,
        severity: [severity, Severity::Light],
        state,
        witnesses: 0,
        separated: false,
    })
}

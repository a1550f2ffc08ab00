//! Helpers shared by outcomes: the person and the place that a count belongs to.

use serde::{Deserialize, Serialize};

use crate::tables::{Cell, Column, Kind, Sees};
use crate::world::{
    ADULT, Body, Childhood, Couple, ELSEWHERE, Flag, Month, PLACES, Past, PersonId, Side, World, YearFlag,
};

/// Places that tables distinguish: the cities, elsewhere, and all cities together.
pub(super) const ROWS: usize = PLACES + 1;
/// Index of all cities together.
pub(super) const TOTAL: usize = PLACES;

/// The calendar year.
pub(super) const YEAR: Column =
    Column { name: "year", kind: Kind::Int, unit: "year", meaning: "calendar year", sees: Sees::Key };

/// Sex of the persons counted.
pub(super) const SEX: Column =
    Column { name: "sex", kind: Kind::Text, unit: "-", meaning: "sex: male or female", sees: Sees::Key };

/// Column of the ground truth.
pub(super) const fn truth(name: &'static str, kind: Kind, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, kind, unit, meaning, sees: Sees::Truth }
}

/// Column of the observed record.
pub(super) const fn record(name: &'static str, kind: Kind, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, kind, unit, meaning, sees: Sees::Record }
}

/// Column of a key.
pub(super) const fn key(name: &'static str, kind: Kind, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, kind, unit, meaning, sees: Sees::Key }
}

/// First month of exposure as a child; months are counted in the same way in every table.
pub(super) const FIRST_EXPOSED: Column = truth(
    "first_exposed",
    Kind::Int,
    "month",
    "first month of witnessing violence or being maltreated before 18 (0 = January 2008); empty if never",
);

/// First month of using violence against a partner.
pub(super) const FIRST_USED: Column = truth(
    "first_used",
    Kind::Int,
    "month",
    "first month of using violence against a partner (0 = January 2008); empty if never",
);

/// First month of suffering violence from a partner.
pub(super) const FIRST_SUFFERED: Column = truth(
    "first_suffered",
    Kind::Int,
    "month",
    "first month of suffering violence from a partner (0 = January 2008); empty if never",
);

/// Mother of a person.
pub(super) const MOTHER: Column = truth(
    "mother",
    Kind::Key,
    "-",
    "key of the mother (biological and rearing); for an orphan who was taken in, the person who took her place; empty \
        if unknown",
);

/// Father of a person.
pub(super) const FATHER: Column = truth(
    "father",
    Kind::Key,
    "-",
    "key of the father (biological and rearing); for an orphan who was taken in, the person who took his place; empty \
        if unknown",
);

/// Whether a person of the panel is in its sample.
pub(super) const SAMPLED: Column = truth(
    "sampled",
    Kind::Bool,
    "-",
    "whether this person is in the sample, and not only in the household of a sampled person",
);

/// A month counted from January 2008 (= 0); an empty cell if it never came.
pub(super) fn month(month: Month) -> Cell<'static> {
    if month.has_come() { Cell::Int(i64::from(month.0)) } else { Cell::Null }
}

/// Places with rows in this world's tables: its cities, all of them together, elsewhere.
pub(super) fn places(world: &World) -> impl Iterator<Item = (usize, &str)> {
    let cities = world.places().cities.iter().take(ELSEWHERE).enumerate().map(|(city, name)| (city, name.as_str()));
    cities.chain([(TOTAL, "G4"), (ELSEWHERE, "elsewhere")])
}

/// Place of birth, as far as known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Birthplace {
    /// In the cities, in the years simulated.
    Cities,
    /// Elsewhere: came to the cities later, or was born to a parent who had left them.
    Elsewhere,
    /// Unknown: present in January 2008, or came as an adult born before then.
    Unknown,
}

/// Column of the place of birth, in the words of [`Birthplace`].
pub(super) const BIRTHPLACE: Column = Column {
    name: "birthplace",
    kind: Kind::Text,
    unit: "-",
    meaning: "place of birth: cities (in the four cities, in the simulated years), elsewhere (newcomer, or born to a \
        parent who had left the cities) or unknown (present in January 2008)",
    sees: Sees::Key,
};

impl Birthplace {
    /// The place of birth derived from a body.
    #[inline]
    pub(super) fn of(body: &Body) -> Birthplace {
        if body.has(Flag::Followed) || (body.born >= Month(0) && !body.has(Flag::GrewUpHere)) {
            Birthplace::Elsewhere
        } else if body.born >= Month(0) {
            Birthplace::Cities
        } else {
            Birthplace::Unknown
        }
    }

    /// Word used in tables.
    pub(super) fn word(self) -> &'static str {
        match self {
            Birthplace::Cities => "cities",
            Birthplace::Elsewhere => "elsewhere",
            Birthplace::Unknown => "unknown",
        }
    }
}

/// A quotient, or an empty cell if the denominator is not positive.
pub(super) fn ratio(above: f64, below: f64) -> Cell<'static> {
    if below > 0.0 { Cell::Float(above / below) } else { Cell::Null }
}

/// A number, or an empty cell.
pub(super) fn maybe(value: Option<f64>) -> Cell<'static> {
    value.filter(|value| value.is_finite()).map_or(Cell::Null, Cell::Float)
}

/// The person in a row, as observed in December.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) world: &'a World,
    pub(super) row: usize,
    pub(super) body: &'a Body,
    pub(super) past: &'a Past,
    /// The December just simulated.
    pub(super) december: Month,
    /// Index of the place: a city or elsewhere.
    pub(super) place: usize,
    /// Whether the person lives there on 31 December; false for a person who died there in this year and has data for
    /// the year.
    pub(super) lives: bool,
}

impl<'a> Seen<'a> {
    /// The person in a row, or `None` if the row does not count.
    ///
    /// Outsiders never count. Of persons who are no longer present, those who died in a city this year count for the
    /// events of the year; those who were lost to follow-up when they left do not.
    #[inline]
    pub(super) fn new(world: &'a World, row: usize, december: Month) -> Option<Seen<'a>> {
        let body = world.body(row);
        if body.has(Flag::Outsider) {
            return None;
        }
        let past = world.past(row);
        let lives = body.has(Flag::Present);
        if !lives && (past.year == 0 || !body.place.is_here()) {
            return None;
        }
        Some(Seen { world, row, body, past, december, place: body.place.city(), lives })
    }

    /// Age in months at the end of December.
    #[inline]
    pub(super) fn age_months(&self) -> i32 {
        self.body.age_months(self.december)
    }

    #[inline]
    pub(super) fn is_adult(&self) -> bool {
        self.age_months() >= ADULT
    }

    /// Whether a flag of the year is set.
    #[inline]
    pub(super) fn marked(&self, flag: YearFlag) -> bool {
        self.past.year & flag.bit() != 0
    }

    /// Whether this person's childhood is known: lived in the cities before 18, or is a followed child.
    #[inline]
    pub(super) fn is_followed(&self) -> bool {
        self.body.has(Flag::GrewUpHere) || self.body.has(Flag::Followed)
    }

    /// The childhood record, or `None` for a person who was never exposed.
    #[inline]
    pub(super) fn childhood(&self) -> Option<&'a Childhood> {
        self.past.exposed.has_come().then(|| self.world.childhood(self.row))
    }
}

/// The place of a person of the study population, present or not.
#[inline]
pub(super) fn place_of(world: &World, who: PersonId) -> Option<usize> {
    let body = world.body(who.row()?);
    (!body.has(Flag::Outsider)).then(|| body.place.city())
}

/// Key of a known person, present or departed.
pub(super) fn key_of(world: &World, who: PersonId) -> Option<u64> {
    let of_row = who.row().map(|row| world.body(row).key);
    of_row.or_else(|| Some(world.departed(who)?.key)).filter(|key| *key != 0)
}

/// Place where violence of a couple in one direction counts: that of the victim, or of the user when the victim is an
/// outsider.
#[inline]
pub(super) fn scene(world: &World, couple: &Couple, by: Side) -> Option<usize> {
    place_of(world, couple.partner(by.other())).or_else(|| place_of(world, couple.partner(by)))
}

/// Place of residence of a couple: that of the second partner, who is the woman if there is one, or of the first when
/// the second is an outsider.
#[inline]
pub(super) fn home_of(world: &World, couple: &Couple) -> Option<usize> {
    scene(world, couple, Side::First)
}

/// Adds a row with the sum over the cities.
pub(super) fn with_total<T: Clone + Default>(of_place: &[T; PLACES], add: impl Fn(&mut T, &T)) -> [T; ROWS] {
    let mut rows: [T; ROWS] = Default::default();
    for (place, value) in of_place.iter().enumerate() {
        rows[place] = value.clone();
        if place != ELSEWHERE {
            add(&mut rows[TOTAL], value);
        }
    }
    rows
}

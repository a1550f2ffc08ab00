//! The world: persons, couples, places, and the effects on them. Plain data, without services or callbacks.

mod apply;
mod books;
mod capacity;
mod cases;
mod chain;
mod change;
mod childhood;
mod couple;
mod effect;
mod event;
mod ledger;
mod order;
mod people;
mod person;
mod place;
mod time;

pub use books::Books;
pub use capacity::{Account, Capacity};
pub use chain::{
    Case, CaseKind, Chain, ChainChange, ChainFunction, Due, Edge, Occasion, Pending, Report, Request, Services, Source,
    Stay, System, TargetGroup, odds,
};
pub use change::{Arrival, Change, Changes, Donor, Donors, Newcomer, Touch};
pub use childhood::{ADULT, Childhood, MaltreatmentKind, WINDOWS, window};
pub use couple::{Couple, CoupleId, Violence};
pub use effect::{Combination, Effect, Effects, EffectsTable, InForce, Mechanism};
pub use event::{
    Event, First, Group, Incident, NO_SERVICE, OtherViolence, Passage, ProviderMonth, ProviderMonths, Severity,
};
pub use ledger::Departed;
pub use order::Renaming;
pub use people::People;
pub use person::{Body, Education, Flag, Kin, Milli, Mind, Past, PersonId, Sex, Sixteenth, YearFlag};
pub use place::{Area, City, ELSEWHERE, PLACES, Place, Places};
pub use time::{FIRST_YEAR, Month};

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A pregnancy under way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pregnancy {
    /// The mother.
    pub mother: PersonId,
    /// The father, or nobody.
    pub father: PersonId,
    /// Month of birth.
    pub due: Month,
}

/// A single person who may be chosen as a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Single {
    /// Month of birth.
    pub born: Month,
    /// Upper half of the key's 63 bits: a fixed random number that orders those born in one month.
    pub lot: u32,
    /// Row, until the next ordering.
    pub row: u32,
}

/// Singles in order of month of birth and random number, with an index of where each month begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Singles {
    list: Vec<Single>,
    /// Index of the first single of each month of birth, starting with the oldest.
    begins: Vec<u32>,
}

impl Singles {
    /// Sorts singles; ties of month and random number are broken by the key that `key` returns for a row.
    pub fn new(mut list: Vec<Single>, key: impl Fn(u32) -> u64 + Sync) -> Singles {
        list.par_sort_unstable_by_key(|single| (single.born, single.lot, key(single.row)));
        let mut begins = Vec::new();
        if let (Some(oldest), Some(youngest)) = (list.first(), list.last()) {
            let months = youngest.born.since(oldest.born) + 2;
            let month = |offset: i32| oldest.born.plus(offset);
            begins = (0..months).map(|m| list.partition_point(|single| single.born < month(m)) as u32).collect();
        }
        Singles { list, begins }
    }

    /// The singles in order.
    pub fn list(&self) -> &[Single] {
        &self.list
    }

    /// Index of the first single at or after a month of birth and a random number.
    #[inline]
    pub fn place(&self, born: Month, lot: u32) -> usize {
        let Some(oldest) = self.list.first() else { return 0 };
        let Ok(month) = usize::try_from(born.since(oldest.born)) else { return 0 };
        let (Some(from), Some(to)) = (self.begins.get(month), self.begins.get(month + 1)) else {
            return self.list.len();
        };
        let (from, to) = (*from as usize, *to as usize);
        // The random numbers are uniform, so interpolation gives a good first guess.
        let mut at = from + (((to - from) as u64 * u64::from(lot)) >> 32) as usize;
        while at > from && self.list[at - 1].lot >= lot {
            at -= 1;
        }
        while at < to && self.list[at].lot < lot {
            at += 1;
        }
        at
    }
}

/// A flag that a person carries until a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spell {
    /// The person.
    pub who: PersonId,
    /// Which.
    pub flag: Flag,
}

/// The ground truth: complete state of one run in one month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// The month being simulated.
    pub now: Month,
    /// Persons, here and elsewhere.
    pub people: People,
    /// Couples, and former couples with ongoing violence.
    pub couples: Vec<Couple>,
    /// Childhood records; number 0 is the empty one.
    pub records: Vec<Childhood>,
    /// Departed persons who left children or a history.
    pub ledger: Vec<Departed>,
    /// Pregnancies, in order of conception.
    pub pregnancies: Vec<Pregnancy>,
    /// Couples with violence in any direction, ascending after each January.
    pub violent: Vec<CoupleId>,
    /// Children who are being maltreated.
    pub maltreated: Vec<PersonId>,
    /// Persons with symptoms above their own baseline.
    pub symptomatic: Vec<PersonId>,
    /// Single adults who may be chosen as partners, by city and sex, by month of birth and key; listed each January.
    pub singles: Vec<[Singles; 2]>,
    /// Persons who turn 18 in each month of the current year.
    pub coming_of_age: Vec<Vec<PersonId>>,
    /// Spells of flags by the month in which they end.
    pub ending: BTreeMap<Month, Vec<Spell>>,
    /// Hazards per year from which the ends of [`Flag::SPELLS`] were drawn; 0 before the first draw.
    pub ending_rates: [f64; Flag::SPELLS.len()],
    /// Active effects of interventions.
    pub effects: Effects,
    /// Cases, queues and places of the chain.
    pub chain: Chain,
    /// Cities and areas.
    pub places: Places,
    /// Persons whose state changed this month, and which parts of it; the calendar updates their hazards.
    #[serde(skip)]
    pub touched: Vec<(PersonId, Touch)>,
    /// Events of this month.
    #[serde(skip)]
    pub events: Vec<Event>,
}

impl World {
    /// An empty world in a month.
    pub fn new(now: Month, places: Places) -> World {
        World {
            now,
            people: People::default(),
            couples: Vec::new(),
            records: vec![Childhood::default()],
            ledger: Vec::new(),
            pregnancies: Vec::new(),
            violent: Vec::new(),
            maltreated: Vec::new(),
            symptomatic: Vec::new(),
            singles: Vec::new(),
            coming_of_age: vec![Vec::new(); 12],
            ending: BTreeMap::new(),
            ending_rates: [0.0; Flag::SPELLS.len()],
            effects: Effects::default(),
            chain: Chain::default(),
            places,
            touched: Vec::new(),
            events: Vec::new(),
        }
    }

    /// The couple that a person lives in, if any.
    #[inline]
    pub fn couple_of(&self, row: usize) -> Option<&Couple> {
        self.people.body[row].couple.row().map(|couple| &self.couples[couple])
    }

    /// Row of the partner this person lives with.
    #[inline]
    pub fn partner_of(&self, row: usize) -> Option<usize> {
        let body = &self.people.body[row];
        let couple = self.couples[body.couple.row()?];
        couple.partner(body.sex().other()).row()
    }

    /// Rows of the children of a parent, youngest first.
    pub fn children(&self, parent: usize) -> Children<'_> {
        let mother = self.people.body[parent].has(Flag::Female);
        Children { world: self, next: self.people.kin[parent].youngest, mother }
    }

    /// Rows of the children (of any age) who live in the household of which this adult is the carer of record.
    pub fn children_at_home(&self, parent: usize) -> impl Iterator<Item = usize> + '_ {
        let id = PersonId(parent as u32);
        self.children(parent).filter(move |child| {
            let body = &self.people.body[*child];
            body.home == id && body.has(Flag::Present)
        })
    }

    /// Rows of the children at home with an adult or with that adult's partner.
    pub fn children_of_household(&self, adult: usize) -> impl Iterator<Item = usize> + '_ {
        let partner = self.partner_of(adult);
        self.children_at_home(adult).chain(partner.into_iter().flat_map(|partner| self.children_at_home(partner)))
    }

    /// Whether a child under 18 lives with an adult or the adult's partner.
    pub fn has_minor_at_home(&self, adult: usize) -> bool {
        self.children_of_household(adult).any(|child| self.people.body[child].age_months(self.now) < ADULT)
    }

    /// The adult who heads the household of this person: a parent for a person who lives at home, else the person.
    pub fn householder(&self, row: usize) -> usize {
        self.people.body[row].home.row().unwrap_or(row)
    }

    /// All members of the household of an adult: the adult, the partner, the children at home, and the children of a
    /// daughter who still lives there.
    pub fn household(&self, adult: usize) -> Vec<usize> {
        let mut members = vec![adult];
        members.extend(self.partner_of(adult));
        for child in self.children_of_household(adult) {
            self.with_descendants(child, &mut |row| members.push(row));
        }
        members
    }

    /// Calls `each` for a person and all descendants who live in the same home.
    pub(crate) fn with_descendants(&self, row: usize, each: &mut dyn FnMut(usize)) {
        each(row);
        for child in self.children_at_home(row) {
            self.with_descendants(child, each);
        }
    }

    /// Whether a minor has no carer in the world, and so lives with a foster family or in an institution. The children
    /// of a minor mother who is placed are placed with her.
    ///
    /// Different from a placement out of the home by a judge ([`Due::PlacementEnds`]), which leaves a child in its
    /// household.
    #[inline]
    pub fn is_placed(&self, row: usize) -> bool {
        self.is_placed_in(row, self.now)
    }

    /// The same for a minor of that month. Yearly tables judge December when the world is already in January.
    #[inline]
    pub fn is_placed_in(&self, row: usize, month: Month) -> bool {
        let mut at = row;
        while let Some(parent) = self.people.body[at].home.row() {
            at = parent;
        }
        self.people.body[at].age_months(month) < ADULT && self.people.body[row].has(Flag::Present)
    }

    /// Adults in the home of a child: the parent of record and that parent's partner.
    #[inline]
    pub fn carers(&self, child: usize) -> (Option<usize>, Option<usize>) {
        let Some(parent) = self.people.body[child].home.row() else { return (None, None) };
        (Some(parent), self.partner_of(parent))
    }

    /// The childhood record of a person.
    #[inline]
    pub fn childhood(&self, row: usize) -> &Childhood {
        &self.records[self.people.kin[row].record as usize]
    }

    /// Whether a stay (`InShelter`) or a ban (`Banned`) protects this person from violence. In the null world it has no
    /// effect and is only recorded.
    #[inline]
    pub fn is_kept_safe(&self, row: usize, by: Flag) -> bool {
        self.people.body[row].has(by) && self.effects.in_force == InForce::All
    }

    /// Combined log ratio of the effects on a mechanism of a person; 0 without effects.
    #[inline]
    pub fn effect(&self, row: usize, mechanism: Mechanism) -> f64 {
        if self.people.body[row].has(Flag::HasEffect) {
            self.effects.log_ratio(PersonId(row as u32), mechanism, self.now)
        } else {
            0.0
        }
    }

    /// Combined log ratio on a mechanism of the chain: effects on the person and area-wide effects of measures. Not for
    /// hazards of the calendar, whose bounds do not depend on areas.
    pub fn chain_effect(&self, row: usize, mechanism: Mechanism) -> f64 {
        let body = &self.people.body[row];
        let own = if body.has(Flag::HasEffect) {
            self.effects.parts(PersonId(row as u32), mechanism, self.now)
        } else {
            (0.0, 0.0)
        };
        if self.chain.system.effects.is_empty() {
            return effect::combine(self.effects.combination, own.0, own.1);
        }
        let mark = self.places.mark(body.place);
        chain::with_place(&self.chain.system, body.place, mark, mechanism, own, self.effects.combination)
    }

    /// Combined log ratio that measures have on a mechanism of the chain for all persons in the unmarked areas of a
    /// city.
    pub fn city_effect(&self, city: City, mechanism: Mechanism) -> f64 {
        let place = Place::new(city, 0);
        chain::with_place(&self.chain.system, place, 0, mechanism, (0.0, 0.0), self.effects.combination)
    }

    /// Upper bound of the log ratio, at least 0, that the effects on a mechanism of a person may reach.
    #[inline]
    pub fn most_effect(&self, row: usize, mechanism: Mechanism) -> f64 {
        if self.people.body[row].has(Flag::HasEffect) {
            self.effects.most(PersonId(row as u32), mechanism, self.now)
        } else {
            0.0
        }
    }

    /// Combined ratio of the effects on a mechanism of a person; 1 without effects.
    #[inline]
    pub fn effect_ratio(&self, row: usize, mechanism: Mechanism) -> f64 {
        match self.effect(row, mechanism) {
            0.0 => 1.0,
            log => libm::exp(log),
        }
    }

    /// Upper bound of the ratio, at least 1, that the effects on a mechanism of a person may reach.
    #[inline]
    pub fn most_effect_ratio(&self, row: usize, mechanism: Mechanism) -> f64 {
        match self.most_effect(row, mechanism) {
            0.0 => 1.0,
            log => libm::exp(log),
        }
    }

    /// Adds an effect to a person.
    pub fn add_effect(&mut self, effect: Effect) {
        if let Some(row) = effect.person.row() {
            self.people.body[row].set(Flag::HasEffect, true);
            self.touched.push((effect.person, Touch::all()));
            self.effects.push(effect);
        }
    }
}

/// The children of one parent, youngest first; see [`World::children`].
#[derive(Clone, Debug)]
pub struct Children<'a> {
    world: &'a World,
    next: PersonId,
    mother: bool,
}

impl Iterator for Children<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let row = self.next.row()?;
        let kin = &self.world.people.kin[row];
        self.next = if self.mother { kin.older_of_mother } else { kin.older_of_father };
        Some(row)
    }
}

//! Entries of lists by month in which a follower and its leader differ.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Month, PersonId, Pregnancy, Spell};

/// Entries of lists by month that a follower has and its leader has not, or the reverse.
///
/// Pregnancies and spells are not in the rows of persons. A person with such an entry stays an own row, also when the
/// rows are equal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Residue {
    /// Pregnancies; `true` for those of the follower, `false` for those that only the leader has.
    pregnancies: Vec<(Pregnancy, bool)>,
    /// Spells with the month in which they end.
    spells: Vec<(Month, Spell, bool)>,
}

impl Residue {
    /// Notes the entries that a change makes in the lists of the follower, or in those of the leader.
    pub fn note(&mut self, change: &Change, follower: bool) {
        match change {
            Change::Conceives { mother, father, due } => {
                let entry = Pregnancy { mother: *mother, father: *father, due: *due };
                toggle(&mut self.pregnancies, (entry, follower), (entry, !follower));
            }
            Change::SpellBegins { who, flag, ends } => {
                let entry = (*ends, Spell { who: *who, flag: *flag });
                toggle(&mut self.spells, (entry.0, entry.1, follower), (entry.0, entry.1, !follower));
            }
            _ => {}
        }
    }

    /// Removes entries that are over.
    pub fn tidy(&mut self, now: Month) {
        self.pregnancies.retain(|(pregnancy, _)| pregnancy.due > now);
        self.spells.retain(|(ends, ..)| *ends > now);
    }

    /// Persons with an entry, ascending.
    pub fn persons_in_order(&self) -> Vec<usize> {
        let mut persons: Vec<usize> = self.persons().collect();
        persons.sort_unstable();
        persons
    }

    /// Persons with an entry.
    fn persons(&self) -> impl Iterator<Item = usize> + '_ {
        let mothers = self.pregnancies.iter().map(|(pregnancy, _)| pregnancy.mother);
        mothers.chain(self.spells.iter().map(|(_, spell, _)| spell.who)).filter_map(PersonId::row)
    }

    /// Pregnancies that only the follower has, or only the leader.
    pub(super) fn pregnancies(&self, follower: bool) -> impl Iterator<Item = &Pregnancy> + '_ {
        self.pregnancies.iter().filter(move |(_, of)| *of == follower).map(|(pregnancy, _)| pregnancy)
    }

    /// The spells that end in a month, as the follower has them.
    pub(super) fn spells(&self, month: Month, leader: &[Spell]) -> Vec<Spell> {
        let mut list = leader.to_vec();
        for (ends, spell, follower) in &self.spells {
            match follower {
                _ if *ends != month => {}
                true => list.push(*spell),
                false => remove_first(&mut list, spell),
            }
        }
        list
    }

    /// The leader's pregnancies as the follower has them.
    pub(super) fn pregnancies_of(&self, leader: &[Pregnancy]) -> Vec<Pregnancy> {
        let mut list = leader.to_vec();
        for (pregnancy, follower) in &self.pregnancies {
            match follower {
                true => list.push(*pregnancy),
                false => remove_first(&mut list, pregnancy),
            }
        }
        list
    }

    /// The spells of all months as the follower has them.
    pub(super) fn all_spells(&self, leader: &BTreeMap<Month, Vec<Spell>>) -> BTreeMap<Month, Vec<Spell>> {
        let months: BTreeSet<Month> =
            leader.keys().copied().chain(self.spells.iter().map(|(ends, ..)| *ends)).collect();
        let of = |month: Month| self.spells(month, leader.get(&month).map_or(&[], Vec::as_slice));
        months.into_iter().map(|month| (month, of(month))).collect()
    }

    /// Notes the entries in which lists of a follower differ from those of its leader.
    pub(super) fn differ(
        &mut self,
        pregnancies: &[Pregnancy],
        led_pregnancies: &[Pregnancy],
        ending: &BTreeMap<Month, Vec<Spell>>,
        led_ending: &BTreeMap<Month, Vec<Spell>>,
        now: Month,
    ) {
        differences(pregnancies, led_pregnancies, |entry, follower| self.pregnancies.push((*entry, follower)));
        let months: BTreeSet<Month> = ending.keys().chain(led_ending.keys()).copied().collect();
        let none = Vec::new();
        for month in months.into_iter().filter(|month| *month >= now) {
            let (ours, theirs) = (ending.get(&month), led_ending.get(&month));
            differences(ours.unwrap_or(&none), theirs.unwrap_or(&none), |spell, follower| {
                self.spells.push((month, *spell, follower));
            });
        }
    }
}

/// Adds an entry, or removes its opposite.
fn toggle<T: PartialEq>(list: &mut Vec<T>, entry: T, opposite: T) {
    match list.iter().position(|known| *known == opposite) {
        Some(at) => {
            list.remove(at);
        }
        None => list.push(entry),
    }
}

/// Removes the first entry of a list that equals `entry`.
pub(super) fn remove_first<T: PartialEq>(list: &mut Vec<T>, entry: &T) {
    if let Some(at) = list.iter().position(|known| known == entry) {
        list.remove(at);
    }
}

/// Calls `each` for the entries that only one of two lists has; `true` for those of `ours`.
fn differences<T: PartialEq>(ours: &[T], theirs: &[T], mut each: impl FnMut(&T, bool)) {
    let mut rest: Vec<Option<&T>> = theirs.iter().map(Some).collect();
    let mut from = 0;
    for entry in ours {
        while from < rest.len() && rest[from].is_none() {
            from += 1;
        }
        match rest[from..].iter().position(|known| *known == Some(entry)) {
            Some(at) => rest[from + at] = None,
            None => each(entry, true),
        }
    }
    rest.into_iter().flatten().for_each(|entry| each(entry, false));
}

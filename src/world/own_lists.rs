//! The lists of a follower: the leader's for all rows that are not its own, and entries of own rows.

use super::residue::remove_first;
use super::*;

impl World {
    /// Makes the list of persons with symptoms that of the leader for all persons who are not own rows.
    pub(super) fn take_symptomatic(&mut self, leader: &World) {
        let own = self.own_where(|row| self.people.body[row].has(Flag::Symptoms));
        self.symptomatic = self.not_own(&leader.symptomatic);
        self.symptomatic.extend(own);
        self.symptomatic.sort_unstable();
    }

    /// Makes the lists of violent couples, maltreated children and symptoms those of own rows only.
    pub fn take_own_lists(&mut self) {
        let violent = |row: &u32| {
            let couple = self.couples[*row as usize];
            couple.present && couple.was_violent()
        };
        self.violent = self.own_couples().into_iter().filter(violent).map(CoupleId).collect();
        self.maltreated = self.own_where(|row| self.people.past[row].maltreated != 0);
        self.symptomatic = self.own_where(|row| self.people.body[row].has(Flag::Symptoms));
        self.pregnancies.clear();
        self.ending.clear();
    }

    /// Makes some lists of the month those of the leader for all rows that are not own rows, in order of key. The
    /// leader's lists are in that order. Entries of other subjects than those of `keep` are left out.
    pub fn take_lists(
        &mut self,
        leader: &World,
        residue: &Residue,
        lists: Lists,
        keep: &dyn Fn(&World, Subject) -> bool,
    ) {
        if lists.has(Lists::VIOLENT) {
            let violent = |row: &u32| {
                let couple = self.couples[*row as usize];
                couple.present && couple.was_violent()
            };
            let own: Vec<CoupleId> = self.own_couples().into_iter().filter(violent).map(CoupleId).collect();
            let not_own = |couple: &&CoupleId| couple.row().is_some_and(|row| !self.is_own_couple(row));
            let theirs = leader.violent.iter().filter(not_own).copied();
            let mut list: Vec<CoupleId> = theirs.filter(|couple| keep(self, Subject::Couple(couple.0))).collect();
            add_in_order(&mut list, own, |couple| couple.row().map_or(0, |row| self.couples[row].key));
            self.violent = list;
        }
        let kept_of = |world: &World, list: &[PersonId]| -> Vec<PersonId> {
            let not_own = |who: &&PersonId| who.row().is_some_and(|row| !world.is_own_person(row));
            list.iter().filter(not_own).filter(|who| keep(world, Subject::Person(who.0))).copied().collect()
        };
        let kept = |world: &World, who: PersonId| who.row().is_some() && keep(world, Subject::Person(who.0));
        let key = |world: &World, who: PersonId| who.row().map_or(0, |row| world.people.body[row].key);
        if lists.has(Lists::MALTREATED) {
            let own = self.own_where(|row| self.people.past[row].maltreated != 0);
            let mut list = kept_of(self, &leader.maltreated);
            add_in_order(&mut list, own, |who| key(self, *who));
            self.maltreated = list;
        }
        let month = self.now.of_year();
        if lists.has(Lists::COMING_OF_AGE) {
            let own = self.own_where(|row| {
                let body = &self.people.body[row];
                body.has(Flag::Present) && body.born.plus(ADULT) == self.now
            });
            let mut list = kept_of(self, &leader.coming_of_age[month]);
            add_in_order(&mut list, own, |who| key(self, *who));
            self.coming_of_age[month] = list;
        }
        if lists.has(Lists::PREGNANCIES) {
            let born =
                |it: &&Pregnancy| kept(self, it.mother) || it.father.row().is_some_and(|row| self.is_own_person(row));
            let mut list: Vec<Pregnancy> = leader.pregnancies.iter().filter(born).copied().collect();
            for pregnancy in residue.pregnancies(false) {
                remove_first(&mut list, pregnancy);
            }
            let own = residue.pregnancies(true).copied();
            let place = |it: &Pregnancy| (it.due, it.mother.row().map_or(u64::MAX, |row| self.people.body[row].key));
            add_in_order(&mut list, own.collect(), place);
            self.pregnancies = list;
        }
        if lists.has(Lists::SPELLS) {
            let theirs = leader.ending.get(&self.now).map_or(&[][..], Vec::as_slice);
            let theirs: Vec<Spell> = theirs.iter().filter(|spell| kept(self, spell.who)).copied().collect();
            let mut list = residue.spells(self.now, &theirs);
            list.sort_by_key(|spell| (key(self, spell.who), spell.flag as u8));
            self.ending = BTreeMap::from([(self.now, list)]);
        }
    }

    /// Own rows of persons for which a condition holds.
    fn own_where(&self, holds: impl Fn(usize) -> bool) -> Vec<PersonId> {
        self.own_persons().into_iter().filter(|row| holds(*row as usize)).map(PersonId).collect()
    }

    /// The entries of a list of the leader that are not own rows.
    fn not_own(&self, list: &[PersonId]) -> Vec<PersonId> {
        list.iter().copied().filter(|who| who.row().is_none_or(|row| !self.is_own_person(row))).collect()
    }

    /// Makes the lists of singles those of the leader for all persons who are not own rows; `own` are the entries of
    /// own rows by city and group.
    pub fn take_singles(&mut self, leader: &World, own: Vec<(City, SinglesGroup, Single)>) {
        let key = |row: u32| self.people.body[row as usize].key;
        let gone = |row: u32| self.is_own_person(row as usize);
        let of = |city: usize, group: SinglesGroup| {
            let own = own.iter().filter(|(place, of, _)| (*place, *of) == (city, group));
            leader.singles[city][group.index()].with(gone, own.map(|(.., single)| *single), key)
        };
        let singles = (0..leader.singles.len()).map(|city| SinglesGroup::ALL.map(|group| of(city, group))).collect();
        self.singles = singles;
    }
}

/// Adds entries to a list in order of key at their places.
fn add_in_order<T, K: Ord>(list: &mut Vec<T>, entries: Vec<T>, key: impl Fn(&T) -> K) {
    for entry in entries {
        let own = key(&entry);
        list.insert(list.partition_point(|known| key(known) <= own), entry);
    }
}

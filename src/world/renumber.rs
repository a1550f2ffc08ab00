//! The ordering of rows for followers: own rows get the numbers of the common plan, and references in them are updated.
//!
//! The rows that are not own rows are those of the leader, which it has renumbered itself. A person who is present in
//! one of the two worlds and not in the other is referred to by different numbers; everybody who refers to such a
//! person becomes an own row.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// New numbers of the rows of a plan.
#[derive(Debug)]
pub struct NewNumbers {
    /// New row of each old row of a person that any world keeps, `u32::MAX` for others.
    persons: Vec<u32>,
    /// New row of each old row of a couple that any world keeps.
    couples: Vec<u32>,
    /// Place among the new entries of the ledger, by old row.
    departed: BTreeMap<u32, u32>,
    /// Old rows of the new entries of the ledger.
    entering: Vec<u32>,
    /// Number of entries of the ledger before the ordering.
    ledger: usize,
}

/// Own rows of a follower under their new numbers.
#[derive(Debug, Default)]
pub struct Renumbered {
    persons: Vec<(u32, Body, Mind, Kin, Past)>,
    couples: Vec<(u32, Couple)>,
    ledger: Vec<(u32, Departed)>,
    pregnancies: Vec<Pregnancy>,
    ending: BTreeMap<Month, Vec<Spell>>,
}

impl OrderPlan {
    /// The new numbers of rows under this plan.
    pub fn numbers(&self) -> NewNumbers {
        let [persons, couples, ledger] = self.lengths();
        NewNumbers {
            persons: order::new_rows(self.persons(), persons),
            couples: order::new_rows(self.couples(), couples),
            departed: (0..).zip(self.departed()).map(|(at, row)| (*row, at)).collect(),
            entering: self.departed().to_vec(),
            ledger,
        }
    }
}

impl World {
    /// The own rows of this follower under new numbers. It reads its leader's rows as they are before the ordering. Own
    /// references in the chain, in spells of abuse and in effects are updated at once.
    pub fn renumber(&mut self, leader: &World, residue: &Residue, numbers: &NewNumbers) -> Renumbered {
        self.keep_whoever_refers_to_absent(leader);
        let mut renumbered = Renumbered::default();
        for row in self.own_persons() {
            let new = numbers.persons[row as usize];
            if new != u32::MAX {
                renumbered.persons.push(self.renumbered_person(row as usize, new, numbers));
            }
        }
        for row in self.own_couples() {
            let new = numbers.couples[row as usize];
            let couple = self.couples[row as usize];
            if new != u32::MAX {
                let kept = self.keeps_couple(&couple);
                let partners = couple.partners.map(|who| self.renamed(who, numbers));
                renumbered.couples.push((new, if kept { Couple { partners, ..couple } } else { Couple::EMPTY }));
            }
        }
        renumbered.ledger = self.renumbered_ledger(numbers);
        let here = |who: PersonId| who.row().is_some_and(|row| self.is_present(row));
        let pregnancies = residue.pregnancies_of(&leader.pregnancies).into_iter().filter(|it| here(it.mother));
        renumbered.pregnancies = pregnancies
            .map(|it| {
                let (mother, father) = (self.renamed(it.mother, numbers), self.renamed(it.father, numbers));
                Pregnancy { mother, father, ..it }
            })
            .collect();
        for (month, list) in residue.all_spells(&leader.ending) {
            let list = list.into_iter().filter(|spell| here(spell.who));
            let list = list.map(|spell| Spell { who: self.renamed(spell.who, numbers), ..spell });
            renumbered.ending.insert(month, list.collect());
        }
        let mut chain = std::mem::take(&mut self.chain);
        chain.remap(|who| self.renamed(who, numbers), |couple| self.renamed_couple(couple, numbers));
        self.chain = chain;
        let mut spells = std::mem::take(&mut self.abuse);
        abuse::remap(&mut spells, |who| self.renamed(who, numbers));
        self.abuse = spells;
        let mut effects = std::mem::take(&mut self.effects);
        effects.remap(self.now, |who| self.renamed(who, numbers));
        self.effects = effects;
        self.singles.clear();
        renumbered
    }

    /// Takes the own rows under their new numbers, after the leader has ordered its rows and lent them. Returns the
    /// entries of lists that differ.
    pub fn take_renumbered(&mut self, renumbered: Renumbered, leader: &World, lent: &Lent) -> Residue {
        self.follow_anew(lent);
        for (row, body, mind, kin, past) in renumbered.persons {
            let row = row as usize;
            self.people.body.set(row, body);
            self.people.mind.set(row, mind);
            self.people.kin.set(row, kin);
            self.people.past.set(row, past);
        }
        for (row, couple) in renumbered.couples {
            self.couples.set(row as usize, couple);
        }
        for (row, departed) in renumbered.ledger {
            if leader.ledger.get(row as usize) != Some(&departed) {
                self.ledger.set(row as usize, departed);
            }
        }
        let mut residue = Residue::default();
        residue.differ(&renumbered.pregnancies, &leader.pregnancies, &renumbered.ending, &leader.ending, self.now);
        residue
    }

    fn is_present(&self, row: usize) -> bool {
        self.people.body[row].has(Flag::Present)
    }

    fn keeps_couple(&self, couple: &Couple) -> bool {
        couple.present && World::both(couple).filter(|row| self.is_present(*row)).count() == 2
    }

    /// Makes an own row of everybody who refers to a person who is present in one of the two worlds only, and of their
    /// couples.
    fn keep_whoever_refers_to_absent(&mut self, leader: &World) {
        let own = self.own_persons().into_iter().map(|row| row as usize);
        let absent: BTreeSet<usize> =
            own.filter(|row| self.is_present(*row) != leader.people.body[*row].has(Flag::Present)).collect();
        let mut persons = Vec::new();
        let mut couples = Vec::new();
        for row in &absent {
            for world in [&*self, leader] {
                let kin = world.people.kin[*row];
                let parents = [kin.mother, kin.father].into_iter().filter_map(PersonId::row);
                for who in parents.chain([*row]) {
                    persons.push(who);
                    persons.extend(world.children(who));
                }
                persons.extend(world.partner_of(*row));
                couples.extend(world.people.body[*row].couple.row());
            }
        }
        let violent = leader.violent.iter().filter_map(|couple| couple.row());
        couples.extend(violent.filter(|row| World::both(leader.couple(*row)).any(|who| absent.contains(&who))));
        persons.into_iter().for_each(|row| self.keep_person(row));
        couples.into_iter().for_each(|row| self.keep_couple(row));
    }

    fn renumbered_person(&self, row: usize, new: u32, numbers: &NewNumbers) -> (u32, Body, Mind, Kin, Past) {
        if !self.is_present(row) {
            return (new, Body::EMPTY, Mind::default(), Kin::default(), Past::default());
        }
        let People { body, mind, kin, past } = &self.people;
        let (mut body, mut kin) = (body[row], kin[row]);
        let mother = body.has(Flag::Female);
        body.home = self.renamed(body.home, numbers);
        body.couple = self.renamed_couple(body.couple, numbers);
        kin.youngest = self.renamed(self.bridged(kin.youngest, mother), numbers);
        kin.older_of_mother = self.renamed(self.bridged(kin.older_of_mother, true), numbers);
        kin.older_of_father = self.renamed(self.bridged(kin.older_of_father, false), numbers);
        kin.mother = self.renamed(kin.mother, numbers);
        kin.father = self.renamed(kin.father, numbers);
        (new, body, mind[row], kin, past[row])
    }

    /// The first person of a list of siblings who is present.
    fn bridged(&self, mut id: PersonId, mother: bool) -> PersonId {
        while let Some(row) = id.row().filter(|row| !self.is_present(*row)) {
            let kin = self.people.kin[row];
            id = if mother { kin.older_of_mother } else { kin.older_of_father };
        }
        id
    }

    /// The new number of a person: a row, an entry of the ledger, or nobody.
    fn renamed(&self, id: PersonId, numbers: &NewNumbers) -> PersonId {
        let Some(row) = id.row() else { return id };
        if self.is_present(row) {
            return PersonId(numbers.persons[row]);
        }
        match numbers.departed.get(&(row as u32)) {
            Some(at) if self.has_child_here(row) => PersonId(PersonId::LEDGER + numbers.ledger as u32 + at),
            _ => PersonId::NONE,
        }
    }

    fn renamed_couple(&self, id: CoupleId, numbers: &NewNumbers) -> CoupleId {
        match id.row() {
            Some(row) if self.keeps_couple(&self.couples[row]) => CoupleId(numbers.couples[row]),
            _ => CoupleId::NONE,
        }
    }

    fn has_child_here(&self, row: usize) -> bool {
        let id = PersonId(row as u32);
        self.children(row).any(|child| {
            let kin = self.people.kin[child];
            self.is_present(child) && (kin.mother == id || kin.father == id)
        })
    }

    /// The entries of the ledger as this follower has them: those whose references change, own ones, and new ones.
    fn renumbered_ledger(&self, numbers: &NewNumbers) -> Vec<(u32, Departed)> {
        let mut ledger = Vec::new();
        for at in 0..numbers.ledger {
            let entry = self.ledger[at];
            if self.ledger.is_own(at) || entry.mother.row().is_some() || entry.father.row().is_some() {
                let (mother, father) = (self.renamed(entry.mother, numbers), self.renamed(entry.father, numbers));
                ledger.push((at as u32, Departed { mother, father, ..entry }));
            }
        }
        for (at, row) in (numbers.ledger..).zip(numbers.entering.iter().map(|row| *row as usize)) {
            let (body, kin, past) = (&self.people.body[row], &self.people.kin[row], &self.people.past[row]);
            let entry = if body.has(Flag::Present) || !self.has_child_here(row) {
                Departed::EMPTY
            } else {
                Departed {
                    key: body.key,
                    mother: self.renamed(kin.mother, numbers),
                    father: self.renamed(kin.father, numbers),
                    born: body.born,
                    last_seen: self.now,
                    exposed: past.exposed,
                    used: past.used,
                    suffered: past.suffered,
                    female: body.has(Flag::Female),
                }
            };
            ledger.push((at as u32, entry));
        }
        ledger
    }

    /// The rows of persons and couples that would change if households elsewhere who are no longer followed were removed
    /// from this world, which has lent its rows. `rows` are those of `World::may_be_closed`.
    pub fn thinned(&self, lent: &Lent, rows: &[usize]) -> (Vec<u32>, Vec<u32>) {
        let mut trial = World::new(self.now, self.places.clone());
        trial.follow(lent);
        trial.thin_elsewhere_beside(rows);
        (trial.own_persons(), trial.own_couples())
    }
}

//! Moves, departures and arrivals, and who is followed elsewhere.

use rayon::prelude::*;

use super::*;

impl World {
    /// Whether a person who lives elsewhere is followed for their own sake, not for that of a partner or child.
    pub(super) fn is_followed(body: &Body) -> bool {
        body.has(Flag::GrewUpHere) || body.has(Flag::Followed)
    }

    /// Puts a person in a place. A person who comes to the cities belongs to the study population from then on; a minor
    /// stays followed after leaving.
    pub(super) fn settle(&mut self, row: usize, to: Place) {
        let body = &mut self.people.body[row];
        let comes = !body.place.is_here() && to.is_here();
        body.place = to;
        if comes {
            body.set(Flag::Outsider, false);
            if body.age_months(self.now) < ADULT {
                if !body.has(Flag::GrewUpHere) {
                    body.set(Flag::Followed, true);
                }
                body.set(Flag::GrewUpHere, true);
            }
            self.events.push(Event::Arrival { who: PersonId(row as u32), returning: true });
        }
    }

    pub(super) fn move_household(&mut self, who: PersonId, to: Place) {
        // Both partners may decide to move in one month. A partner whom the first move took out of the study makes no
        // second move.
        let Some(adult) = who.row().filter(|row| self.people.body[*row].has(Flag::Present)) else { return };
        let from = self.people.body[adult].place;
        let members = self.household(adult);
        for member in &members {
            self.settle(*member, to);
            // Hazard bounds are the same for all areas of the cities.
            if from.is_here() != to.is_here() {
                self.touched.push((PersonId(*member as u32), Touch::HOME));
            }
        }
        if from.is_here() && !to.is_here() {
            let city = from.city() as u8;
            let closed = self.close_unfollowed(&members);
            for member in members {
                let followed = !closed.contains(&member);
                self.events.push(Event::Departure { who: PersonId(member as u32), followed, city });
            }
        }
    }

    /// Removes the members of a household elsewhere who are not followed, or reduces them to outsiders; returns those
    /// lost to follow-up.
    pub(super) fn close_unfollowed(&mut self, members: &[usize]) -> Vec<usize> {
        let body = |row: usize| &self.people.body[row];
        let rears = members.iter().any(|row| {
            body(*row).at_parents() && body(*row).age_months(self.now) < ADULT && Self::is_followed(body(*row))
        });
        if rears {
            return Vec::new();
        }
        let unfollowed = |row: &usize| !Self::is_followed(body(*row)) && body(*row).counts();
        let unfollowed: Vec<usize> = members.iter().copied().filter(unfollowed).collect();
        let of_followed = |row: usize| self.partner_of(row).is_some_and(|partner| Self::is_followed(body(partner)));
        let (traits, lost): (Vec<usize>, Vec<usize>) = unfollowed.iter().partition(|row| of_followed(**row));
        for row in traits {
            self.people.body[row].set(Flag::Outsider, true);
        }
        self.lose(&lost);
        members.iter().for_each(|row| self.let_go(*row));
        unfollowed
    }

    /// Removes persons of one household from the study for good.
    pub(super) fn lose(&mut self, rows: &[usize]) {
        for row in rows {
            self.end_union(*row);
            self.people.body[*row].set(Flag::Present, false);
        }
        for row in rows {
            self.provide_for_children(*row, None);
        }
    }

    /// Each first of January: thins out households elsewhere that no longer rear a followed child.
    ///
    /// Runs after any ordering of rows, so that the row numbers in its events stay valid as long as those of other
    /// events.
    pub(crate) fn thin_elsewhere(&mut self) {
        let rows = self.may_be_closed();
        self.close_elsewhere(rows);
    }

    /// Rows of persons elsewhere whose households may be closed, ascending.
    pub(crate) fn may_be_closed(&self) -> Vec<usize> {
        let body = &self.people.body;
        let rows = (0..body.len()).into_par_iter().with_min_len(1 << 14);
        rows.filter(|row| Self::is_closable(&body[*row])).collect()
    }

    /// [`thin_elsewhere`](World::thin_elsewhere) of a follower; `leader` are the rows that may be closed in its leader.
    pub(crate) fn thin_elsewhere_beside(&mut self, leader: &[usize]) {
        let own = self.own_persons().into_iter().map(|row| row as usize);
        let own = own.filter(|row| *row < self.people.len() && Self::is_closable(&self.people.body[*row]));
        let theirs = leader.iter().copied().filter(|row| !self.is_own_person(*row));
        let rows = own.chain(theirs).collect();
        self.close_elsewhere(rows);
    }

    /// Whether the household of a person elsewhere may be closed. An outsider is removed together with the union or the
    /// child that it is kept for.
    fn is_closable(body: &Body) -> bool {
        let is_there = body.counts() || (body.has(Flag::Present) && !body.has_partner());
        is_there && !body.place.is_here() && !Self::is_followed(body) && !body.at_parents()
    }

    /// Closes the households elsewhere of some persons, in order of key, unless they rear a followed child.
    fn close_elsewhere(&mut self, mut rows: Vec<usize>) {
        rows.sort_unstable_by_key(|row| self.people.body[*row].key);
        for row in rows {
            // Closing one household may have changed another.
            if Self::is_closable(&self.people.body[row]) {
                let members = self.household(row);
                let closed = self.close_unfollowed(&members);
                self.events.extend(closed.into_iter().map(|row| Event::LostFromSight { who: PersonId(row as u32) }));
            }
        }
    }

    pub(super) fn arrive(&mut self, arrival: Arrival) {
        let base = self.people.len();
        let adults = if arrival.union.is_some() { 2 } else { 1 };
        for (index, member) in arrival.members.into_iter().enumerate() {
            let Newcomer { mut body, mind, past, childhood, expects, ends } = member;
            let mut kin = Kin::default();
            if childhood != Childhood::default() {
                kin.record = self.records.push(childhood) as u32;
            }
            let parents =
                index.checked_sub(adults).and_then(|child| arrival.parents.get(child)).copied().unwrap_or_default();
            let [mother, father] =
                parents.map(|adult| adult.map_or(PersonId::NONE, |adult| PersonId((base + usize::from(adult)) as u32)));
            let id = PersonId((base + index) as u32);
            if index >= adults {
                body.home = if mother.is_some() { mother } else { father };
                if body.age_months(self.now) < ADULT {
                    body.set(Flag::GrewUpHere, true);
                }
            }
            kin.mother = mother;
            kin.father = father;
            if let Some(m) = mother.row() {
                kin.older_of_mother = std::mem::replace(&mut self.people.kin[m].youngest, id);
            }
            if let Some(f) = father.row() {
                kin.older_of_father = std::mem::replace(&mut self.people.kin[f].youngest, id);
            }
            let symptoms = body.has(Flag::Symptoms);
            let maltreated = past.maltreated != 0;
            self.people.push(body, mind, kin, past);
            if let Some(due) = expects {
                // A pregnant daughter arrives with her own father, who is not the father of her child.
                let of_union = arrival.union.is_some_and(|union| !union.is_same_sex()) && index < adults;
                let father = if of_union { PersonId(base as u32) } else { PersonId::NONE };
                self.pregnancies.push(Pregnancy { mother: id, father, due });
            }
            for (flag, month) in Flag::SPELLS.into_iter().zip(ends).filter(|(_, month)| *month != Month::NEVER) {
                self.ending.entry(month).or_default().push(Spell { who: id, flag });
            }
            if symptoms {
                self.symptomatic.push(id);
            }
            if maltreated {
                self.maltreated.push(id);
            }
            let comes_of_age = body.born.plus(ADULT);
            if comes_of_age >= self.now && comes_of_age.year() == self.now.year() {
                self.coming_of_age[comes_of_age.of_year()].push(id);
            }
            self.events.push(Event::Arrival { who: id, returning: false });
        }
        if let Some(union) = arrival.union {
            let partners = [PersonId(base as u32), PersonId(base as u32 + 1)];
            let sexes = [base, base + 1].map(|row| self.people.body[row].sex());
            let id = CoupleId(self.couples.push(Couple { partners, sexes, present: true, ..union }) as u32);
            self.people.body[base].couple = id;
            self.people.body[base + 1].couple = id;
            if union.was_violent() {
                self.violent.push(id);
            }
        }
    }
}

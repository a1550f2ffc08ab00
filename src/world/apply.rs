//! Applies the changes that processes decided to the world.

use rayon::prelude::*;

use super::*;

impl World {
    /// Applies the changes in order and stores their events.
    pub fn apply(&mut self, changes: Changes) {
        let mut list = changes.list.into_iter();
        while !list.as_slice().is_empty() {
            let ahead = list.as_slice().iter().take(World::PREFETCH);
            self.prefetch(ahead.filter_map(|change| change.subject()?.row()));
            list.by_ref().take(World::PREFETCH).for_each(|change| self.carry_out(change));
        }
        self.events.extend(changes.events);
    }

    fn touch(&mut self, who: PersonId, touch: Touch) {
        self.touched.push((who, touch));
    }

    fn carry_out(&mut self, change: Change) {
        match change {
            Change::Dies { who, by_partner } => self.die(who, by_partner),
            Change::Conceives { mother, father, due } => {
                if let Some(row) = mother.row() {
                    self.people.body[row].set(Flag::Pregnant, true);
                    self.pregnancies.push(Pregnancy { mother, father, due });
                }
            }
            Change::Born { mother, father, child } => self.bear(mother, father, *child),
            Change::Unite { man, woman, couple } => self.unite(man, woman, *couple),
            Change::UniteOutside { who, partner, couple } => {
                let Some(row) = who.row() else { return };
                let Newcomer { mut body, mind, past, .. } = *partner;
                body.place = self.people.body[row].place;
                body.state |= Flag::Outsider.bit() | Flag::Present.bit();
                let partner = PersonId(self.people.push(body, mind, Kin::default(), past) as u32);
                match self.people.body[row].sex() {
                    Sex::Male => self.unite(who, partner, *couple),
                    Sex::Female => self.unite(partner, who, *couple),
                }
            }
            Change::Separate { couple, goes_on, stays, place, low_income } => {
                self.separate(couple, goes_on, stays, place, low_income);
            }
            Change::Marry(couple) => {
                if let Some(row) = couple.row() {
                    self.couples[row].married = true;
                }
            }
            Change::Home { who, home } => self.rehome(who, home),
            Change::Move { who, to } => self.move_household(who, to),
            Change::Arrive(arrival) => self.arrive(*arrival),
            Change::Flag { who, flag, on } => {
                if let Some(row) = who.row() {
                    self.people.body[row].set(flag, on);
                    self.touch(who, Touch::of(flag));
                }
            }
            Change::SpellBegins { who, flag, ends } => {
                let Some(row) = who.row() else { return };
                self.people.body[row].set(flag, true);
                self.ending.entry(ends).or_default().push(Spell { who, flag });
                self.touch(who, Touch::of(flag));
            }
            Change::SpellEnds { who, flag } => {
                if let Some(row) = who.row() {
                    self.people.body[row].set(flag, false);
                }
            }
            Change::Income { who, low } => {
                let Some(row) = who.row() else { return };
                for member in self.household(row) {
                    self.people.body[member].set(Flag::LowIncome, low);
                    self.touch(PersonId(member as u32), Touch::INCOME);
                }
            }
            Change::Violence { couple, by, state } => self.set_violence(couple, by, by, state),
            Change::Joins { couple, by, state } => self.set_violence(couple, by, by.other(), state),
            Change::Incidents { couple, counts } => self.add_incidents(couple, counts),
            Change::Witness { child, window } => {
                let Some(row) = child.row() else { return };
                let record = self.record_of(row);
                let months = &mut self.records[record].witnessed[usize::from(window)];
                *months = months.saturating_add(1);
                self.people.past[row].year |= YearFlag::Witnessed.bit();
                self.exposed(row);
            }
            Change::MaltreatmentBegins { child, kinds } => {
                let Some(row) = child.row() else { return };
                let first = !self.childhood(row).any_maltreated();
                let past = &mut self.people.past[row];
                if past.maltreated == 0 {
                    self.maltreated.push(child);
                }
                past.maltreated |= kinds;
                self.events.push(Event::Maltreatment { child, kinds, first });
            }
            Change::MaltreatmentMonth { child, window, end } => {
                let Some(row) = child.row() else { return };
                let running = self.people.past[row].maltreated;
                let record = self.record_of(row);
                for kind in MaltreatmentKind::ALL {
                    if running & kind.bit() != 0 {
                        let months = &mut self.records[record].maltreated[kind as usize][usize::from(window)];
                        *months = months.saturating_add(1);
                    }
                }
                let past = &mut self.people.past[row];
                past.maltreated &= !end;
                past.year |= YearFlag::Maltreated.bit();
                if running != 0 && past.maltreated == 0 {
                    self.events.push(Event::MaltreatmentEnded { child });
                }
                self.exposed(row);
            }
            Change::Mind { who, mind, touch } => {
                if let Some(row) = who.row() {
                    self.people.mind[row] = mind;
                    if touch != Touch::none() {
                        self.touch(who, touch);
                    }
                }
            }
            Change::YearMark { who, mark } => {
                if let Some(row) = who.row() {
                    self.people.past[row].year |= mark;
                }
            }
            Change::Effect(effect) => self.add_effect(effect),
            Change::Chain(change) => self.change_chain(change),
        }
    }

    /// Adds an effect to a person.
    pub(super) fn add_effect(&mut self, effect: Effect) {
        if let Some(row) = effect.person.row() {
            self.people.body[row].set(Flag::HasEffect, true);
            self.touched.push((effect.person, Touch::all()));
            self.effects.push(effect);
        }
    }

    /// Index of the childhood record of a row; the record is created when this is the first entry.
    pub(super) fn record_of(&mut self, row: usize) -> usize {
        let record = &mut self.people.kin[row].record;
        if *record == 0 {
            *record = self.records.len() as u32;
            self.records.push(Childhood::default());
        }
        *record as usize
    }

    /// Records the first exposure and starts following this person's symptoms.
    fn exposed(&mut self, row: usize) {
        let id = PersonId(row as u32);
        if !self.people.past[row].exposed.has_come() {
            self.people.past[row].exposed = self.now;
            self.events.push(Event::First { who: id, what: First::Exposed });
        }
        self.follow_symptoms(row);
    }

    /// Adds a person to the list of those whose symptoms are followed.
    fn follow_symptoms(&mut self, row: usize) {
        if !self.people.body[row].has(Flag::Symptoms) {
            self.people.body[row].set(Flag::Symptoms, true);
            self.symptomatic.push(PersonId(row as u32));
        }
    }

    fn die(&mut self, who: PersonId, by_partner: bool) {
        let Some(row) = who.row() else { return };
        if !self.people.body[row].has(Flag::Present) {
            return;
        }
        if self.people.body[row].counts() {
            self.events.push(Event::Death { who, by_partner });
        }
        let partner = self.partner_of(row);
        self.end_union(row);
        self.people.body[row].set(Flag::Present, false);
        self.provide_for_children(row, partner);
        if let Some(partner) = partner {
            self.let_go(partner);
        }
    }

    /// Finds homes for the children of a carer of record who is gone; `partner` is the person who lived with that
    /// carer.
    ///
    /// The eldest come first, so that a grown child who now has an own household can take in the others.
    fn provide_for_children(&mut self, carer: usize, partner: Option<usize>) {
        let mut children: Vec<usize> = self.children_at_home(carer).collect();
        children.sort_by_key(|child| (self.people.body[*child].born, self.people.body[*child].key));
        for child in children {
            self.provide_for(child, partner);
        }
    }

    /// Finds a home for one such child.
    ///
    /// A minor goes to the first of these who is in the world: the other parent of record; the partner of the carer who
    /// is gone; a grandparent; the eldest grown brother or sister. Without any of them the minor is placed with a
    /// foster family or in an institution. A grown child stays with a partner who is its parent, or forms an own
    /// household.
    fn provide_for(&mut self, child: usize, partner: Option<usize>) {
        let present = |row: &usize| self.people.body[*row].has(Flag::Present);
        let kin = &self.people.kin[child];
        let parent = [kin.mother, kin.father].into_iter().filter_map(PersonId::row).find(present);
        let partner = partner.filter(present);
        let home = if self.people.body[child].age_months(self.now) >= ADULT {
            partner.filter(|partner| parent == Some(*partner))
        } else if parent.is_some() {
            parent
        } else {
            let carer = partner.or_else(|| self.relative_of(child));
            if let Some(carer) = carer {
                self.adopt(child, carer);
            }
            carer
        };
        self.rehome(PersonId(child as u32), home.map_or(PersonId::NONE, |home| PersonId(home as u32)));
    }

    /// The relative who takes in a minor without parents: a grandparent, mother's side first, or else the eldest grown
    /// brother or sister who has an own household. Only persons of the study population qualify.
    fn relative_of(&self, child: usize) -> Option<usize> {
        let kin = &self.people.kin[child];
        let parents_of = |who: PersonId| match (who.row(), who.departed().and_then(|at| self.ledger.get(at))) {
            (Some(row), _) => [self.people.kin[row].mother, self.people.kin[row].father],
            (None, Some(departed)) => [departed.mother, departed.father],
            (None, None) => [PersonId::NONE; 2],
        };
        let may = |row: &usize| {
            let body = &self.people.body[*row];
            body.counts() && body.age_months(self.now) >= ADULT
        };
        let grandparents = parents_of(kin.mother).into_iter().chain(parents_of(kin.father));
        grandparents.filter_map(PersonId::row).find(may).or_else(|| {
            let older = |mother: bool| {
                let next = move |row: usize| {
                    let kin = &self.people.kin[row];
                    if mother { kin.older_of_mother } else { kin.older_of_father }.row()
                };
                std::iter::successors(next(child), move |row| next(*row))
            };
            let same = |a: PersonId, b: PersonId| a.is_some() && a == b;
            let sibling = |row: &usize| {
                let own = &self.people.kin[*row];
                same(own.mother, kin.mother) || same(own.father, kin.father)
            };
            let alone = |row: &usize| may(row) && !self.people.body[*row].at_parents();
            let siblings = older(true).chain(older(false)).filter(sibling).filter(alone);
            siblings.min_by_key(|row| (self.people.body[*row].born, self.people.body[*row].key))
        })
    }

    /// Makes a stepparent or relative a parent of record, on the side of their sex, so that the child is found in the
    /// household.
    fn adopt(&mut self, child: usize, carer: usize) {
        let head = self.people.kin[carer].youngest;
        let mother = self.people.body[carer].has(Flag::Female);
        self.unlink(child, mother);
        let kin = &mut self.people.kin[child];
        if mother {
            kin.older_of_mother = head;
            kin.mother = PersonId(carer as u32);
        } else {
            kin.older_of_father = head;
            kin.father = PersonId(carer as u32);
        }
        self.people.kin[carer].youngest = PersonId(child as u32);
    }

    /// Removes a child from the list of its present mother (or father).
    fn unlink(&mut self, child: usize, mother: bool) {
        let kin = self.people.kin[child];
        let (parent, older) =
            if mother { (kin.mother, kin.older_of_mother) } else { (kin.father, kin.older_of_father) };
        let Some(parent) = parent.row() else { return };
        let id = PersonId(child as u32);
        if self.people.kin[parent].youngest == id {
            self.people.kin[parent].youngest = older;
            return;
        }
        let younger = self.children(parent).find(|row| {
            let kin = &self.people.kin[*row];
            (if mother { kin.older_of_mother } else { kin.older_of_father }) == id
        });
        if let Some(younger) = younger {
            let kin = &mut self.people.kin[younger];
            *(if mother { &mut kin.older_of_mother } else { &mut kin.older_of_father }) = older;
        }
    }

    /// Ends the union of a person who dies or is lost to follow-up.
    fn end_union(&mut self, row: usize) {
        let Some(couple) = self.people.body[row].couple.row() else { return };
        let partner = self.partner_of(row);
        self.close_couple(couple);
        self.people.body[row].couple = CoupleId::NONE;
        if let Some(partner) = partner {
            self.people.body[partner].couple = CoupleId::NONE;
            self.touch(PersonId(partner as u32), Touch::HOME);
        }
    }

    /// Removes an outsider (a set of traits) who is nobody's partner and rears no minor; grown children form their own
    /// household.
    fn let_go(&mut self, row: usize) {
        let body = &self.people.body[row];
        if !body.has(Flag::Outsider) || !body.has(Flag::Present) || body.has_partner() {
            return;
        }
        let children: Vec<usize> = self.children_at_home(row).collect();
        if children.iter().any(|child| self.people.body[*child].age_months(self.now) < ADULT) {
            return;
        }
        for child in children {
            self.rehome(PersonId(child as u32), PersonId::NONE);
        }
        self.people.body[row].set(Flag::Present, false);
    }

    fn close_couple(&mut self, couple: usize) {
        self.couples[couple].close(self.now);
    }

    fn bear(&mut self, mother: PersonId, father: PersonId, child: Newcomer) {
        let Some(m) = mother.row() else { return };
        let Newcomer { mut body, mind, past, .. } = child;
        let parent = self.people.body[m];
        body.place = parent.place;
        body.home = mother;
        body.couple = CoupleId::NONE;
        body.set(Flag::LowIncome, parent.has(Flag::LowIncome));
        let father =
            if father.row().is_some_and(|f| self.people.body[f].has(Flag::Present)) { father } else { PersonId::NONE };
        let here = parent.place.is_here();
        let grew = |who: PersonId| who.row().is_some_and(|row| self.people.body[row].has(Flag::GrewUpHere));
        body.set(Flag::GrewUpHere, here);
        body.set(Flag::Followed, !here && (grew(mother) || grew(father)));
        let kin = Kin {
            mother,
            father,
            older_of_mother: self.people.kin[m].youngest,
            older_of_father: father.row().map_or(PersonId::NONE, |f| self.people.kin[f].youngest),
            ..Kin::default()
        };
        let id = PersonId(self.people.push(body, mind, kin, past) as u32);
        self.people.kin[m].youngest = id;
        if let Some(f) = father.row() {
            self.people.kin[f].youngest = id;
        }
        let mother_body = &mut self.people.body[m];
        mother_body.set(Flag::Pregnant, false);
        mother_body.set_parity(mother_body.parity() + 1);
        self.people.past[m].gave_birth = self.now;
        self.events.push(Event::Birth { child: id });
        self.touch(mother, Touch::HOME);
    }

    fn unite(&mut self, man: PersonId, woman: PersonId, couple: Couple) {
        let (Some(m), Some(w)) = (man.row(), woman.row()) else { return };
        let id = CoupleId(self.couples.len() as u32);
        self.couples.push(Couple { man, woman, present: true, ..couple });
        for row in [m, w] {
            self.people.body[row].home = PersonId::NONE;
            self.people.body[row].couple = id;
        }
        let (his, hers) = (self.people.body[m], self.people.body[w]);
        let keeps_hers = self.children_at_home(w).next().is_some() || his.has(Flag::Outsider);
        let place = if keeps_hers { hers.place } else { his.place };
        let poor = |body: &Body| body.has(Flag::LowIncome);
        let earns = |body: &Body| body.has(Flag::Work);
        let low = (poor(&his) && poor(&hers)) || (poor(&his) && !earns(&hers)) || (poor(&hers) && !earns(&his));
        for member in self.household(m) {
            let body = &mut self.people.body[member];
            body.place = place;
            body.set(Flag::LowIncome, low);
            self.touch(PersonId(member as u32), Touch::HOME.and(Touch::INCOME));
        }
        self.events.push(Event::Union { couple: id });
    }

    fn separate(&mut self, couple: CoupleId, goes_on: bool, stays: Sex, place: Place, low_income: [bool; 2]) {
        let Some(row) = couple.row() else { return };
        let now = self.now;
        let this = self.couples[row];
        if !this.present || !this.together() {
            return;
        }
        self.events.push(Event::Separation { couple });
        let outsider =
            [this.man, this.woman].iter().any(|who| who.row().is_some_and(|r| self.people.body[r].has(Flag::Outsider)));
        for (sex, low) in Sex::BOTH.into_iter().zip(low_income) {
            let Some(person) = this.partner(sex).row() else { continue };
            self.people.body[person].couple = CoupleId::NONE;
            for member in self.members_below(person) {
                let body = &mut self.people.body[member];
                if sex != stays {
                    body.place = place;
                }
                body.set(Flag::LowIncome, low);
                self.touched.push((PersonId(member as u32), Touch::HOME.and(Touch::INCOME)));
            }
        }
        if goes_on && !outsider {
            self.couples[row].ended = now;
        } else {
            self.close_couple(row);
        }
        // Former partners outside the study population stay in the world while they rear a child of it.
        [this.man, this.woman].into_iter().filter_map(PersonId::row).for_each(|person| self.let_go(person));
    }

    /// A person and all descendants who live in the same home.
    fn members_below(&self, row: usize) -> Vec<usize> {
        let mut members = Vec::new();
        self.with_descendants(row, &mut |member| members.push(member));
        members
    }

    fn rehome(&mut self, who: PersonId, home: PersonId) {
        let Some(row) = who.row() else { return };
        if self.people.body[row].home != home {
            // A person who moves elsewhere has left the shelter.
            self.people.body[row].set(Flag::InShelter, false);
        }
        self.people.body[row].home = home;
        if let Some(parent) = home.row() {
            let (place, low) = (self.people.body[parent].place, self.people.body[parent].has(Flag::LowIncome));
            for member in self.members_below(row) {
                let from = self.people.body[member].place;
                self.settle(member, place);
                if from.is_here() && !place.is_here() {
                    let (who, city) = (PersonId(member as u32), from.city() as u8);
                    self.events.push(Event::Departure { who, followed: true, city });
                }
                self.people.body[member].set(Flag::LowIncome, low);
                self.touch(PersonId(member as u32), Touch::HOME.and(Touch::INCOME));
            }
            self.touch(home, Touch::HOME);
        } else if self.people.body[row].age_months(self.now) < ADULT {
            // Foster families and institutions do not count as low-income households.
            for member in self.members_below(row) {
                self.people.body[member].set(Flag::LowIncome, false);
                self.touch(PersonId(member as u32), Touch::INCOME);
            }
        }
        self.touch(who, Touch::HOME.and(Touch::INCOME));
    }

    /// Whether a person who lives elsewhere is followed for their own sake, not for that of a partner or child.
    fn is_followed(body: &Body) -> bool {
        body.has(Flag::GrewUpHere) || body.has(Flag::Followed)
    }

    /// Puts a person in a place. A person who comes to the cities belongs to the study population from then on; a minor
    /// stays followed after leaving.
    fn settle(&mut self, row: usize, to: Place) {
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

    fn move_household(&mut self, who: PersonId, to: Place) {
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
    fn close_unfollowed(&mut self, members: &[usize]) -> Vec<usize> {
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
    fn lose(&mut self, rows: &[usize]) {
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
        // An outsider is removed together with the union or the child that it is kept for.
        let may_be_closed = |body: &Body| {
            let is_there = body.counts() || (body.has(Flag::Present) && !body.has_partner());
            is_there && !body.place.is_here() && !Self::is_followed(body) && !body.at_parents()
        };
        let body = &self.people.body;
        let rows: Vec<usize> =
            (0..body.len()).into_par_iter().with_min_len(1 << 14).filter(|row| may_be_closed(&body[*row])).collect();
        for row in rows {
            // Closing one household may have changed another.
            if may_be_closed(&self.people.body[row]) {
                let members = self.household(row);
                let closed = self.close_unfollowed(&members);
                self.events.extend(closed.into_iter().map(|row| Event::LostFromSight { who: PersonId(row as u32) }));
            }
        }
    }

    fn arrive(&mut self, arrival: Arrival) {
        let base = self.people.len();
        let adults = if arrival.union.is_some() { 2 } else { 1 };
        for (index, member) in arrival.members.into_iter().enumerate() {
            let Newcomer { mut body, mind, past, childhood, expects, ends } = member;
            let mut kin = Kin::default();
            if childhood != Childhood::default() {
                kin.record = self.records.len() as u32;
                self.records.push(childhood);
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
                let of_union = arrival.union.is_some() && index < adults;
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
            let id = CoupleId(self.couples.len() as u32);
            let (man, woman) = (PersonId(base as u32), PersonId(base as u32 + 1));
            self.couples.push(Couple { man, woman, present: true, ..union });
            self.people.body[base].couple = id;
            self.people.body[base + 1].couple = id;
            if union.is_violent() {
                self.violent.push(id);
            }
        }
    }

    fn set_violence(&mut self, couple: CoupleId, by: Sex, begun_by: Sex, state: Violence) {
        let Some(row) = couple.row() else { return };
        let before = self.couples[row];
        if !before.present || before.violence[by as usize] == state {
            return;
        }
        self.couples[row].violence[by as usize] = state;
        if !before.is_violent() {
            self.violent.push(couple);
        }
        self.couples[row].fresh[by as usize] = before.violence[by as usize] == Violence::None;
        match state {
            Violence::None => self.events.push(Event::Desistance { couple, by }),
            Violence::Situational | Violence::Coercive => {
                if before.violence[by as usize] == Violence::None {
                    let user = before.partner(by).row();
                    let relapse = user.is_some_and(|row| self.people.past[row].used.has_come());
                    self.events.push(Event::Onset { couple, by, begun_by, state, relapse });
                }
            }
        }
        for sex in Sex::BOTH {
            self.touch(before.partner(sex), Touch::VIOLENCE);
        }
    }

    fn add_incidents(&mut self, couple: CoupleId, counts: [u16; 2]) {
        let Some(row) = couple.row() else { return };
        let now = self.now;
        self.couples[row].fresh = [false; 2];
        for by in Sex::BOTH {
            let count = counts[by as usize];
            if count == 0 {
                continue;
            }
            let couple = &mut self.couples[row];
            let total = &mut couple.incidents[by as usize];
            *total = total.saturating_add(count);
            let (total, state) = (*total, couple.violence[by as usize]);
            let (user, victim) = (couple.partner(by), couple.partner(by.other()));
            if let Some(user) = user.row() {
                let past = &mut self.people.past[user];
                past.year |= YearFlag::Used.bit();
                if !past.used.has_come() {
                    past.used = now;
                    self.events.push(Event::First { who: PersonId(user as u32), what: First::Used });
                }
            }
            if let Some(victim) = victim.row() {
                let past = &mut self.people.past[victim];
                past.year |= YearFlag::Suffered.bit();
                if state == Violence::Coercive {
                    past.year |= YearFlag::Coerced.bit();
                }
                if total >= 12 {
                    past.year |= YearFlag::Structural.bit();
                }
                if !past.suffered.has_come() {
                    past.suffered = now;
                    self.events.push(Event::First { who: PersonId(victim as u32), what: First::Suffered });
                }
                self.follow_symptoms(victim);
            }
        }
    }
}

//! Births, deaths, unions, separations, and with whom children live.

use super::*;

impl World {
    pub(super) fn die(&mut self, who: PersonId, by_partner: bool) {
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
    pub(super) fn provide_for_children(&mut self, carer: usize, partner: Option<usize>) {
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
    pub(super) fn provide_for(&mut self, child: usize, partner: Option<usize>) {
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

    /// Mother and father of record of a person, also of one who is gone.
    pub(super) fn parents_of(&self, who: PersonId) -> [PersonId; 2] {
        match (who.row(), who.departed().and_then(|at| self.ledger.get(at))) {
            (Some(row), _) => [self.people.kin[row].mother, self.people.kin[row].father],
            (None, Some(departed)) => [departed.mother, departed.father],
            (None, None) => [PersonId::NONE; 2],
        }
    }

    /// The next older child in the list of the present mother (or father) of record, and so on.
    pub(super) fn older_siblings(&self, child: usize, mother: bool) -> impl Iterator<Item = usize> + '_ {
        let next = move |row: usize| {
            let kin = &self.people.kin[row];
            if mother { kin.older_of_mother } else { kin.older_of_father }.row()
        };
        std::iter::successors(next(child), move |row| next(*row))
    }

    /// The relative who takes in a minor without parents: a grandparent, mother's side first, or else the eldest grown
    /// brother or sister who has an own household. Only persons of the study population qualify.
    pub(super) fn relative_of(&self, child: usize) -> Option<usize> {
        let kin = &self.people.kin[child];
        let may = |row: &usize| {
            let body = &self.people.body[*row];
            body.counts() && body.age_months(self.now) >= ADULT
        };
        let grandparents = self.parents_of(kin.mother).into_iter().chain(self.parents_of(kin.father));
        grandparents.filter_map(PersonId::row).find(may).or_else(|| {
            let same = |a: PersonId, b: PersonId| a.is_some() && a == b;
            let sibling = |row: &usize| {
                let own = &self.people.kin[*row];
                same(own.mother, kin.mother) || same(own.father, kin.father)
            };
            let alone = |row: &usize| may(row) && !self.people.body[*row].at_parents();
            let older = self.older_siblings(child, true).chain(self.older_siblings(child, false));
            let siblings = older.filter(sibling).filter(alone);
            siblings.min_by_key(|row| (self.people.body[*row].born, self.people.body[*row].key))
        })
    }

    /// Makes a stepparent or relative a parent of record, on the side of their sex, so that the child is found in the
    /// household.
    pub(super) fn adopt(&mut self, child: usize, carer: usize) {
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
    pub(super) fn unlink(&mut self, child: usize, mother: bool) {
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
    pub(super) fn end_union(&mut self, row: usize) {
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
    pub(super) fn let_go(&mut self, row: usize) {
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

    pub(super) fn close_couple(&mut self, couple: usize) {
        self.couples[couple].close(self.now);
    }

    pub(super) fn bear(&mut self, mother: PersonId, father: PersonId, child: Newcomer) {
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

    pub(super) fn unite(&mut self, partners: [PersonId; 2], couple: Couple) {
        let [Some(first), Some(second)] = partners.map(PersonId::row) else { return };
        let sexes = [first, second].map(|row| self.people.body[row].sex());
        let id = CoupleId(self.couples.push(Couple { partners, sexes, present: true, ..couple }) as u32);
        for row in [first, second] {
            self.people.body[row].home = PersonId::NONE;
            self.people.body[row].couple = id;
        }
        let [one, other] = [first, second].map(|row| self.people.body[row]);
        // The children of the second partner, who is the mother if there is one, keep their home.
        let moves_in = self.children_at_home(second).next().is_some() || one.has(Flag::Outsider);
        let place = if moves_in { other.place } else { one.place };
        let poor = |body: &Body| body.has(Flag::LowIncome);
        let earns = |body: &Body| body.has(Flag::Work);
        let low = (poor(&one) && poor(&other)) || (poor(&one) && !earns(&other)) || (poor(&other) && !earns(&one));
        for member in self.household(first) {
            let body = &mut self.people.body[member];
            body.place = place;
            body.set(Flag::LowIncome, low);
            self.touch(PersonId(member as u32), Touch::HOME.and(Touch::INCOME));
        }
        self.events.push(Event::Union { couple: id });
    }

    /// Adds a partner elsewhere who is outside the study population.
    pub(super) fn unite_outside(&mut self, who: PersonId, partner: Newcomer, couple: Couple) {
        let Some(row) = who.row() else { return };
        let Newcomer { mut body, mind, past, .. } = partner;
        body.place = self.people.body[row].place;
        body.state |= Flag::Outsider.bit() | Flag::Present.bit();
        let partner = PersonId(self.people.push(body, mind, Kin::default(), past) as u32);
        let is_first = self.people.body[row].sex() == Sex::Male;
        self.unite(if is_first { [who, partner] } else { [partner, who] }, couple);
    }

    pub(super) fn separate(
        &mut self,
        couple: CoupleId,
        goes_on: bool,
        stays: Side,
        place: Place,
        low_income: [bool; 2],
    ) {
        let Some(row) = couple.row() else { return };
        let now = self.now;
        let this = self.couples[row];
        if !this.present || !this.together() {
            return;
        }
        self.events.push(Event::Separation { couple });
        let outsider =
            this.partners.iter().any(|who| who.row().is_some_and(|r| self.people.body[r].has(Flag::Outsider)));
        for (side, low) in Side::BOTH.into_iter().zip(low_income) {
            let Some(person) = this.partner(side).row() else { continue };
            self.people.body[person].couple = CoupleId::NONE;
            for member in self.members_below(person) {
                let body = &mut self.people.body[member];
                if side != stays {
                    body.place = place;
                }
                body.set(Flag::LowIncome, low);
                self.touched.push((PersonId(member as u32), Touch::HOME.and(Touch::INCOME)));
            }
        }
        if (goes_on || this.was_violent()) && !outsider {
            // Violence that does not go on has stopped, and may resume between former partners.
            self.couples[row].ended = now;
            if !goes_on {
                self.couples[row].calm_down(now);
            }
        } else {
            self.close_couple(row);
        }
        // Former partners outside the study population stay in the world while they rear a child of it.
        this.partners.into_iter().filter_map(PersonId::row).for_each(|person| self.let_go(person));
    }

    /// A person and all descendants who live in the same home.
    pub(super) fn members_below(&self, row: usize) -> Vec<usize> {
        let mut members = Vec::new();
        self.with_descendants(row, &mut |member| members.push(member));
        members
    }

    pub(super) fn rehome(&mut self, who: PersonId, home: PersonId) {
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
}

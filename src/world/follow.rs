//! Worlds that follow another one: a scenario that holds only the rows in which it differs from its comparator.
//!
//! Rows have the same numbers in a leader and its followers. A person or couple that only one of them has is an *empty
//! row* in the others. Lists, queues, effects and events are whole in every world: those of a follower are the leader's
//! for all rows that are not its own (`own_lists.rs`, `residue.rs`).

use std::sync::Arc;

use super::*;

/// The rows of a leader while its followers read them.
#[derive(Debug)]
pub struct Lent {
    body: Arc<Vec<Body>>,
    mind: Arc<Vec<Mind>>,
    kin: Arc<Vec<Kin>>,
    past: Arc<Vec<Past>>,
    couples: Arc<Vec<Couple>>,
    records: Arc<Vec<Childhood>>,
    ledger: Arc<Vec<Departed>>,
}

impl World {
    /// Hands over all rows to followers for reading. Until [`take_back`](World::take_back) this world can be read and
    /// not be written.
    pub fn lend(&mut self) -> Lent {
        Lent {
            body: self.people.body.lend(),
            mind: self.people.mind.lend(),
            kin: self.people.kin.lend(),
            past: self.people.past.lend(),
            couples: self.couples.lend(),
            records: self.records.lend(),
            ledger: self.ledger.lend(),
        }
    }

    /// Takes back the rows when all followers have let go of them.
    pub fn take_back(&mut self, lent: Lent) {
        self.people.body.take_back(lent.body);
        self.people.mind.take_back(lent.mind);
        self.people.kin.take_back(lent.kin);
        self.people.past.take_back(lent.past);
        self.couples.take_back(lent.couples);
        self.records.take_back(lent.records);
        self.ledger.take_back(lent.ledger);
    }

    /// Drops all rows and reads those of a leader.
    pub fn follow(&mut self, lent: &Lent) {
        self.people.body.follow(&lent.body);
        self.people.mind.follow(&lent.mind);
        self.people.kin.follow(&lent.kin);
        self.people.past.follow(&lent.past);
        self.couples.follow(&lent.couples);
        self.records.follow(&lent.records);
        self.ledger.follow(&lent.ledger);
    }

    /// Drops all own rows but childhood records, and reads those of a leader.
    pub(super) fn follow_anew(&mut self, lent: &Lent) {
        self.people.body.follow(&lent.body);
        self.people.mind.follow(&lent.mind);
        self.people.kin.follow(&lent.kin);
        self.people.past.follow(&lent.past);
        self.couples.follow(&lent.couples);
        self.records.read_from(&lent.records);
        self.ledger.follow(&lent.ledger);
    }

    /// Reads the leader's rows as they are now.
    pub fn read_from(&mut self, lent: &Lent) {
        self.people.body.read_from(&lent.body);
        self.people.mind.read_from(&lent.mind);
        self.people.kin.read_from(&lent.kin);
        self.people.past.read_from(&lent.past);
        self.couples.read_from(&lent.couples);
        self.records.read_from(&lent.records);
        self.ledger.read_from(&lent.ledger);
    }

    /// Reads no rows of the leader until the next [`read_from`](World::read_from).
    pub fn let_go_of_leader(&mut self) {
        self.people.body.let_go();
        self.people.mind.let_go();
        self.people.kin.let_go();
        self.people.past.let_go();
        self.couples.let_go();
        self.records.let_go();
        self.ledger.let_go();
    }

    /// Persons whose rows are own rows, ascending. Between two steps all columns of an own row are own.
    pub fn own_persons(&self) -> Vec<u32> {
        self.people.body.own()
    }

    /// Whether the row of a person is an own row. Within a step single columns may be own before the others.
    #[inline]
    pub fn is_own_person(&self, row: usize) -> bool {
        self.people.body.is_own(row)
    }

    /// Whether any column of the row of a person is own.
    fn is_own_in_part(&self, row: usize) -> bool {
        let People { body, mind, kin, past } = &self.people;
        body.is_own(row) || past.is_own(row) || mind.is_own(row) || kin.is_own(row)
    }

    /// Couples whose rows are own rows, ascending.
    pub fn own_couples(&self) -> Vec<u32> {
        self.couples.own()
    }

    /// Whether the row of a couple is an own row.
    #[inline]
    pub fn is_own_couple(&self, row: usize) -> bool {
        self.couples.is_own(row)
    }

    /// Makes the row of a person an own row as it is now, before the leader changes it.
    pub fn keep_person(&mut self, row: usize) {
        self.people.body.keep(row);
        self.people.mind.keep(row);
        self.people.kin.keep(row);
        self.people.past.keep(row);
        let record = self.people.kin[row].record;
        if record != 0 {
            self.records.keep(record as usize);
        }
    }

    /// Makes the row of a couple an own row as it is now.
    pub fn keep_couple(&mut self, row: usize) {
        self.couples.keep(row);
    }

    /// Makes the row of a person an empty row.
    pub fn empty_person(&mut self, row: usize) {
        self.people.body.set(row, Body::EMPTY);
        self.people.mind.set(row, Mind::default());
        self.people.kin.set(row, Kin::default());
        self.people.past.set(row, Past::default());
    }

    /// Makes the row of a couple an empty row.
    pub fn empty_couple(&mut self, row: usize) {
        self.couples.set(row, Couple::EMPTY);
    }

    /// Lets go of the own row of a person if it equals the leader's in every column; otherwise all of its columns
    /// become own. `stays` keeps it in any case. Returns whether it is still an own row.
    ///
    /// A person with an effect is let go of only with the same effects in the same order; `fresh` are those that were added
    /// in this world and in the leader.
    pub fn settle_person(&mut self, row: usize, leader: &World, stays: bool, fresh: &[FreshEffects; 2]) -> bool {
        if !self.is_own_in_part(row) {
            return false;
        }
        let id = PersonId(row as u32);
        let (ours, theirs) = (&self.people, &leader.people);
        let same = || {
            let Some(body) = theirs.body.get(row) else { return false };
            let (kin, led) = (ours.kin[row], theirs.kin[row]);
            ours.body[row] == *body
                && ours.mind[row] == theirs.mind[row]
                && ours.past[row] == theirs.past[row]
                && Kin { record: 0, ..kin } == Kin { record: 0, ..led }
                && self.records[kin.record as usize] == leader.records[led.record as usize]
        };
        let same_effects = || {
            let [own, led] = fresh.each_ref().map(|fresh| fresh.of(id));
            let all = self.effects.of(id).iter().chain(own);
            !ours.body[row].has(Flag::HasEffect) || all.eq(leader.effects.of(id).iter().chain(led))
        };
        if stays || !same() || !same_effects() {
            self.keep_person(row);
            return true;
        }
        let (record, led) = (ours.kin[row].record, theirs.kin[row].record);
        self.records.release(record as usize);
        self.records.release(led as usize);
        self.people.body.release(row);
        self.people.mind.release(row);
        self.people.kin.release(row);
        self.people.past.release(row);
        false
    }

    /// Whether a person lives with others, or is related to others, than in the leader.
    pub fn is_linked_otherwise(&self, row: usize, leader: &World) -> bool {
        let links = |world: &World| {
            let (body, kin) = (world.people.body[row], world.people.kin[row]);
            (body.home, body.couple, Kin { record: 0, ..kin })
        };
        self.is_own_in_part(row) && (row >= leader.people.len() || links(self) != links(leader))
    }

    /// Lets go of the own row of a couple if it equals the leader's; returns whether it is still an own row.
    pub fn settle_couple(&mut self, row: usize) -> bool {
        self.couples.settle(row)
    }

    /// Numbers of the rows that the next persons and couples added to a follower have.
    pub fn give_rows(&mut self, persons: &[u32], couples: &[u32]) {
        self.people.body.give(persons.iter().copied());
        self.couples.give(couples.iter().copied());
    }

    /// Number of rows of persons and of couples.
    pub fn row_counts(&self) -> [usize; 2] {
        [self.people.len(), self.couples.len()]
    }

    /// Adds empty rows up to these numbers of persons and couples, which followers have rows for.
    pub fn pad(&mut self, counts: [usize; 2]) {
        while self.people.len() < counts[0] {
            self.people.push(Body::EMPTY, Mind::default(), Kin::default(), Past::default());
        }
        while self.couples.len() < counts[1] {
            self.couples.push(Couple::EMPTY);
        }
    }

    /// Makes every row of which any column is own an own row as a whole.
    pub fn keep_own(&mut self) {
        let People { body, mind, kin, past } = &self.people;
        let mut own = body.own();
        for more in [mind.own(), kin.own(), past.own()] {
            own.extend(more);
        }
        own.into_iter().for_each(|row| self.keep_person(row as usize));
    }

    /// Resets the marks and counts of the year of own rows.
    pub fn begin_own_year(&mut self) {
        for row in self.people.past.own() {
            self.people.past[row as usize].year = 0;
        }
        for row in self.couples.own() {
            self.couples[row as usize].incidents = [0; 2];
        }
    }

    /// This follower as a world of its own, with rows under the same numbers. It must read its leader's rows.
    pub fn alone(&mut self, leader: &World, residue: &Residue) -> World {
        self.take_lists(leader, residue, Lists::ALL, &|_, _| true);
        self.take_symptomatic(leader);
        let mut world = World {
            people: People {
                body: self.people.body.alone(),
                mind: self.people.mind.alone(),
                kin: self.people.kin.alone(),
                past: self.people.past.alone(),
            },
            couples: self.couples.alone(),
            records: self.records.alone(),
            ledger: self.ledger.alone(),
            ending: BTreeMap::new(),
            singles: Vec::new(),
            ..self.clone_lists()
        };
        let number = self.records.numbers_alone();
        for row in self.people.kin.own() {
            let kin = &mut world.people.kin[row as usize];
            kin.record = number(kin.record as usize) as u32;
        }
        world.ending = residue.all_spells(&leader.ending);
        world.singles.clone_from(&self.singles);
        world
    }

    /// Everything but rows, spells and singles.
    fn clone_lists(&self) -> World {
        World {
            now: self.now,
            people: People::default(),
            couples: RowColumn::default(),
            records: RowColumn::default(),
            ledger: RowColumn::default(),
            pregnancies: self.pregnancies.clone(),
            violent: self.violent.clone(),
            maltreated: self.maltreated.clone(),
            symptomatic: self.symptomatic.clone(),
            singles: Vec::new(),
            coming_of_age: self.coming_of_age.clone(),
            ending: BTreeMap::new(),
            ending_rates: self.ending_rates,
            abuse: self.abuse.clone(),
            effects: self.effects.clone(),
            chain: self.chain.clone(),
            places: self.places.clone(),
            touched: self.touched.clone(),
            events: self.events.clone(),
            step: self.step.clone(),
            in_order: None,
        }
    }

    /// A follower that does not differ yet from this world, which has lent its rows.
    pub fn beside(&self, lent: &Lent) -> World {
        let mut world = self.clone_lists();
        world.singles.clone_from(&self.singles);
        world.follow(lent);
        world
    }

    /// Sets the mind of a person, who becomes an own row.
    pub fn set_mind(&mut self, row: usize, mind: Mind) {
        self.people.mind[row] = mind;
    }

    /// Replaces the events after the first `from`.
    pub fn replace_events(&mut self, from: usize, events: Vec<Event>) {
        self.events.truncate(from);
        self.events.extend(events);
    }
}

//! Direct writes to the world, for founding a population and for tests.

use super::*;

/// Writes directly to a world that is being set up: a population at the founding, or a small world of a test.
///
/// Processes never use it. What they decide is a [`Change`], which [`World::apply`] carries out with all its
/// consequences; a direct write has no consequences and no event.
pub struct SetUp<'w>(&'w mut World);

impl World {
    /// Writes directly to this world, see [`SetUp`].
    pub fn set_up(&mut self) -> SetUp<'_> {
        SetUp(self)
    }
}

impl<'w> SetUp<'w> {
    /// Sets the present month.
    pub fn month(self, now: Month) {
        self.0.now = now;
    }

    /// Makes room for more persons and couples; affects speed only.
    pub fn reserve(self, persons: usize, couples: usize) {
        self.0.people.reserve(persons);
        self.0.couples.reserve(couples);
    }

    /// Adds a person without kin.
    pub fn person(self, body: Body, mind: Mind, past: Past) -> PersonId {
        PersonId(self.0.people.push(body, mind, Kin::default(), past) as u32)
    }

    /// The body of a person.
    pub fn body(self, row: usize) -> &'w mut Body {
        &mut self.0.people.body[row]
    }

    /// The mind of a person.
    pub fn mind(self, row: usize) -> &'w mut Mind {
        &mut self.0.people.mind[row]
    }

    /// The kin of a person.
    pub fn kin(self, row: usize) -> &'w mut Kin {
        &mut self.0.people.kin[row]
    }

    /// The past of a person.
    pub fn past(self, row: usize) -> &'w mut Past {
        &mut self.0.people.past[row]
    }

    /// The childhood record of a person.
    pub fn childhood(self, row: usize) -> &'w mut Childhood {
        let record = self.0.record_of(row);
        &mut self.0.records[record]
    }

    /// A couple.
    pub fn couple(self, row: usize) -> &'w mut Couple {
        &mut self.0.couples[row]
    }

    /// Adds former partners with violence, ongoing or in the past.
    pub fn former_couple(self, couple: Couple) -> CoupleId {
        let id = CoupleId(self.0.couples.push(couple) as u32);
        self.0.violent.push(id);
        id
    }

    /// Enters a person into the ledger of the departed.
    pub fn departed(self, departed: Departed) -> PersonId {
        self.0.ledger.push(departed);
        PersonId(PersonId::LEDGER + (self.0.ledger.len() - 1) as u32)
    }

    /// The state of the chain.
    pub fn chain(self) -> &'w mut Chain {
        &mut self.0.chain
    }

    /// The effects of measures; [`SetUp::effect`] adds one.
    pub fn effects(self) -> &'w mut Effects {
        &mut self.0.effects
    }

    /// Adds an effect to a person.
    pub fn effect(self, effect: Effect) {
        self.0.add_effect(effect);
    }

    /// Removes the events of the month.
    pub fn clear_events(self) {
        self.0.events.clear();
        self.0.step = StepLog::default();
    }
}

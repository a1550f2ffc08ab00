//! Trying out an application of decisions: what it reads and writes is known afterwards, and it can be put back.

use super::*;

/// Lengths of lists to which the application of decisions adds.
#[derive(Clone, Copy, Debug)]
pub struct Savepoint {
    touched: usize,
    events: usize,
    violent: usize,
    maltreated: usize,
    symptomatic: usize,
    pregnancies: usize,
}

impl World {
    /// Begins to remember rows and lists before they are written, and keeps a trail.
    pub fn savepoint(&mut self) -> Savepoint {
        self.people.body.savepoint();
        self.people.mind.savepoint();
        self.people.kin.savepoint();
        self.people.past.savepoint();
        self.couples.savepoint();
        self.records.savepoint();
        self.keep_trail(true);
        trail::take();
        Savepoint {
            touched: self.touched.len(),
            events: self.events.len(),
            violent: self.violent.len(),
            maltreated: self.maltreated.len(),
            symptomatic: self.symptomatic.len(),
            pregnancies: self.pregnancies.len(),
        }
    }

    /// The rows that were read and written since the savepoint.
    pub fn trail(&mut self) -> Vec<Touched> {
        self.keep_trail(false);
        trail::take()
    }

    /// Ends what [`savepoint`](World::savepoint) began, and puts everything back as it was then if `back`. Returns the
    /// rows that were read and written.
    ///
    /// Spells are not put back: no decision whose reach depends on families begins one.
    pub fn end_savepoint(&mut self, savepoint: &Savepoint, back: bool) -> Vec<Touched> {
        self.keep_trail(false);
        let touched = trail::take();
        self.people.body.end_savepoint(back);
        self.people.mind.end_savepoint(back);
        self.people.kin.end_savepoint(back);
        self.people.past.end_savepoint(back);
        self.couples.end_savepoint(back);
        self.records.end_savepoint(back);
        if back {
            self.touched.truncate(savepoint.touched);
            self.events.truncate(savepoint.events);
            self.violent.truncate(savepoint.violent);
            self.maltreated.truncate(savepoint.maltreated);
            self.symptomatic.truncate(savepoint.symptomatic);
            self.pregnancies.truncate(savepoint.pregnancies);
        }
        touched
    }

    /// Keeps a trail of the rows that are read and written.
    fn keep_trail(&mut self, on: bool) {
        let (person, couple) = (on.then_some(RowKind::Person), on.then_some(RowKind::Couple));
        self.people.body.keep_trail(person);
        self.people.mind.keep_trail(person);
        self.people.kin.keep_trail(person);
        self.people.past.keep_trail(person);
        self.couples.keep_trail(couple);
    }
}

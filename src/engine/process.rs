//! What a part of the model is to the engine: a hazard on the calendar, or a sweep over the rows of a sparse table.

use crate::random::{Block, Luck};
use crate::world::{Changes, Mind, Month, Touch, World};

/// Draws of one process in one month: what a person meets is a function of the key, not of the order of asking.
#[derive(Clone, Copy)]
pub struct Draws {
    luck: Luck,
    identity: u16,
    month: Month,
}

impl Draws {
    /// Draws of the process `identity` in `month`.
    pub fn new(luck: Luck, identity: u16, month: Month) -> Draws {
        Draws { luck, identity, month }
    }

    /// Four words for a subject; `index` tells questions of one process in one month apart.
    #[inline]
    pub fn of(&self, subject: u64, index: u16) -> Block {
        self.luck.block(subject, self.identity, i32::from(self.month.0) as u32, index)
    }

    /// Four words for a subject that are the same in every month.
    #[inline]
    pub fn lasting(&self, subject: u64, index: u16) -> Block {
        self.luck.block(subject, self.identity, 1 << 30, index)
    }

    /// The luck itself, for keys.
    pub fn luck(&self) -> Luck {
        self.luck
    }
}

/// Something that may happen to a subject in any month, asked through the calendar.
///
/// The rate is asked of the world as it stands at the beginning of the month; what happens is decided in the order of the
/// month, so `happens` looks again whether it still can.
pub trait Hazard: Send + Sync {
    /// Name in the order of the month and in messages.
    fn name(&self) -> &'static str;
    /// Identity in the addresses of draws; unique among all processes and never reused.
    fn identity(&self) -> u16;
    /// Rate per year up to which everybody of a profile and a year of age is asked. Called on the process as the model files
    /// give it, before draw, scenario and `--set`, so that it is the same in every run of the model.
    fn envelope(&self, profile: usize, year: usize) -> f64;
    /// Present rate per year of the subject in a row.
    fn rate(&self, world: &World, row: usize) -> f64;
    /// Upper bound of the rate, in multiples of this process's own `envelope` at the same age, until the subject's next
    /// birthday or until a side of the state named in [`responds_to`](Self::responds_to) changes, whichever comes first. Not
    /// asked at ages whose envelope is 0.
    fn most(&self, world: &World, row: usize) -> f64;
    /// The bound `most`, where it is the same for everybody at all times.
    fn same_for_all(&self) -> Option<f64> {
        None
    }
    /// Changes of state after which `most` has to be asked again. The end of a spell is no such change, see
    /// [`Touch::of`](crate::world::Touch::of).
    fn responds_to(&self) -> Touch;
    /// Decides what happens to the subject.
    fn happens(&self, world: &World, row: usize, draws: &Draws, changes: &mut Changes);
}

/// Something that is done every month for the rows of a sparse table.
pub trait Sweep: Send + Sync {
    /// Name in the order of the month.
    fn name(&self) -> &'static str;
    /// Identity in the addresses of draws.
    fn identity(&self) -> u16;
    /// Number of rows to sweep this month.
    fn rows(&self, world: &World, draws: &Draws) -> usize;
    /// Decides for a range of those rows.
    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, draws: &Draws, changes: &mut Changes);
    /// Decides what needs all rows at once, after the ranges; most sweeps need nothing.
    fn close(&self, _world: &World, _draws: &Draws, _changes: &mut Changes) {}
    /// Called each January after the ordering, to list whom the year will concern.
    fn list(&self, _world: &mut World) {}
    /// Called when a world goes on under this engine, before its first month: what was drawn ahead under another model is
    /// brought in line with this one.
    fn take_over(&self, _world: &mut World, _luck: Luck) {}
}

/// Something that moves minds a month on: of every person on the list of symptoms, by itself.
///
/// No hazard may respond to what it moves, and it may not look at what it moves in others.
pub trait Drift: Send + Sync {
    /// Name in the order of the month.
    fn name(&self) -> &'static str;
    /// Identity in the addresses of draws.
    fn identity(&self) -> u16;
    /// The mind of a person after this month.
    fn next(&self, world: &World, row: usize, draws: &Draws) -> Mind;
}

/// Something that decides for everybody to whom one hazard happened this month together, as partner matching does.
pub trait Meeting: Send + Sync {
    /// The hazard by which people come.
    fn hazard(&self) -> &dyn Hazard;
    /// Decides for all rows that came, ascending.
    fn meet(&self, world: &World, rows: &[u32], draws: &Draws, changes: &mut Changes);
    /// Called each January after the ordering, to list who can be met.
    fn list(&self, world: &mut World);
}

/// One line of the month.
pub enum Step {
    /// A hazard of persons; its index is its place among those steps.
    Person(Box<dyn Hazard>),
    /// A hazard of persons whose outcome is decided together.
    Meeting(Box<dyn Meeting>),
    /// A hazard of couples.
    Couple(Box<dyn Hazard>),
    /// A sweep.
    Sweep(Box<dyn Sweep>),
    /// A drift of minds.
    Drift(Box<dyn Drift>),
}

impl Step {
    /// Name of the process.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Person(p) | Step::Couple(p) => p.name(),
            Step::Meeting(m) => m.hazard().name(),
            Step::Sweep(s) => s.name(),
            Step::Drift(d) => d.name(),
        }
    }

    /// Identity of the process.
    pub fn identity(&self) -> u16 {
        match self {
            Step::Person(p) | Step::Couple(p) => p.identity(),
            Step::Meeting(m) => m.hazard().identity(),
            Step::Sweep(s) => s.identity(),
            Step::Drift(d) => d.identity(),
        }
    }
}

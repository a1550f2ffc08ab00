//! The traits of processes: a hazard on the calendar, a sweep over the rows of a sparse table, or a decision made once a
//! month for everybody concerned.

use crate::random::{Block, Luck};
use crate::world::{Changes, City, Lists, Mind, Month, Single, SinglesGroup, Subject, Touch, World};

/// Random draws of one process in one month: a function of the subject's key, not of the order of evaluation.
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

    /// Four random words for a subject; `index` distinguishes several draws of one process in one month.
    #[inline]
    pub fn of(&self, subject: u64, index: u16) -> Block {
        self.luck.block(subject, self.identity, i32::from(self.month.0) as u32, index)
    }

    /// Four random words for a subject that are the same in every month.
    #[inline]
    pub fn lasting(&self, subject: u64, index: u16) -> Block {
        self.luck.block(subject, self.identity, 1 << 30, index)
    }

    /// Four random words for a subject at a time that the process counts itself, such as a quarter.
    #[inline]
    pub fn at(&self, subject: u64, time: u32, index: u16) -> Block {
        self.luck.block(subject, self.identity, time, index)
    }

    /// The random numbers of the run, for deriving keys.
    pub fn luck(&self) -> Luck {
        self.luck
    }
}

/// An event that may happen to a subject in any month, evaluated through the calendar.
///
/// The rate is evaluated on the world at the beginning of the month. Processes decide in the order of the month, so
/// `happens` must check again whether the event is still possible.
pub trait Hazard: Send + Sync {
    /// Rate per year that layer 0 covers for everybody of a profile and a year of age. Called on the process with the
    /// parameters of the model files, before parameter draw, scenario and `--set`, so that it is the same in every run
    /// of the model.
    fn envelope(&self, profile: usize, year: usize) -> f64;
    /// Present rate per year of the subject in a row.
    fn rate(&self, world: &World, row: usize) -> f64;
    /// Upper bound of the rate, as a multiple of this process's own `envelope` at the same age. It must be valid until a
    /// part of the state in [`responds_to`](Self::responds_to) changes or a birthday of
    /// [`rises_at`](Self::rises_at) comes, whichever is first. Not called at ages whose envelope is 0.
    fn most(&self, world: &World, row: usize) -> f64;
    /// Years of age (or of the union) at whose beginning the bound may rise although no part of the state in
    /// [`responds_to`](Self::responds_to) changed. Other birthdays may lower the bound only. `None` stands for every
    /// year: the bound is evaluated on each birthday.
    fn rises_at(&self) -> Option<&[usize]> {
        None
    }
    /// The bound `most`, if it is the same for everybody at all times.
    fn same_for_all(&self) -> Option<f64> {
        None
    }
    /// Changes of state after which `most` must be evaluated again. The end of a spell is not one of them, see
    /// [`Touch::of`](crate::world::Touch::of).
    fn responds_to(&self) -> Touch;
    /// Decides the consequences for the subject.
    fn happens(&self, world: &World, row: usize, draws: &Draws, changes: &mut Changes);
}

/// A process that runs every month over the rows of a sparse table.
pub trait Sweep: Send + Sync {
    /// Number of rows to sweep this month.
    fn rows(&self, world: &World, draws: &Draws) -> usize;
    /// Decides for a range of these rows.
    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, draws: &Draws, changes: &mut Changes);
    /// The subject of the decision about one of these rows, and its stable key. A process that decides by subject has one
    /// for every row: its list is put in order of key first ([`World::sort_lists`]), and each row is swept and noted by
    /// itself. `None` stands for a process that decides for everybody together.
    fn subject(&self, _world: &World, _draws: &Draws, _index: usize) -> Option<(Subject, u64)> {
        None
    }
    /// Whether the process decides by subject, see [`subject`](Self::subject).
    fn is_by_subject(&self, world: &World, draws: &Draws) -> bool {
        self.rows(world, draws) > 0 && self.subject(world, draws, 0).is_some()
    }
    /// The lists of the world that the process reads.
    fn lists(&self) -> Lists {
        Lists::ALL
    }
    /// Called each January after the ordering, to list the persons whom the process concerns this year.
    fn list(&self, _world: &mut World) {}
    /// Called when a world continues under this engine, before its first month: adapts values drawn in advance under
    /// another model to this one.
    fn take_over(&self, _world: &mut World, _luck: Luck) {}
}

/// A process that decides once a month for everybody concerned, one after another: queues for places, decisions that are
/// due, effects on a whole city.
pub trait Monthly: Send + Sync {
    /// Makes all decisions of the month.
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes);
    /// The lists of the world that the process reads.
    fn lists(&self) -> Lists {
        Lists::ALL
    }
}

/// A process that updates the `Mind` of every person on the list of symptoms, each independently of the others.
///
/// No hazard may depend on the fields that it updates, and it may not read those fields of other persons.
pub trait Drift: Send + Sync {
    /// The mind of a person after this month.
    fn next(&self, world: &World, row: usize, draws: &Draws) -> Mind;
}

/// The search of one person for a match, and everything on which it depended.
#[derive(Clone, Debug, PartialEq)]
pub struct PartnerSearch {
    /// Row of the person.
    pub seeker: u32,
    /// City and group of the list.
    pub list: (City, SinglesGroup),
    /// Candidates by score and row, best first.
    pub found: Vec<(f64, u32)>,
    /// Rows that were looked at.
    pub seen: Vec<u32>,
    /// Parts of the list that were looked at, from and to, both included, by month of birth and random number.
    pub spans: Vec<[(Month, u32); 2]>,
}

/// A process that decides jointly for all persons to whom a hazard happened this month, such as partner matching.
pub trait Meeting: Send + Sync {
    /// The hazard that selects the persons.
    fn hazard(&self) -> &dyn Hazard;
    /// The searches of those among some rows who look for a match in a list, in order of these rows. A search depends on
    /// random numbers by address and on what it says of itself, and on nothing else.
    fn search(&self, world: &World, rows: &[u32], draws: &Draws) -> Vec<PartnerSearch>;
    /// Decides for all selected rows, in order of key, from their searches in the same order. Every decision is closed
    /// with a key that gives it the same place among the others in every world.
    fn meet(&self, world: &World, rows: &[u32], searches: &[&PartnerSearch], draws: &Draws, changes: &mut Changes);
    /// Called each January after the ordering, to list the candidates for a match: all who are
    /// [`listed`](Self::listed).
    fn list(&self, world: &mut World);
    /// The city and sex under which a person is listed, and the entry, if the person is a candidate.
    fn listed(&self, world: &World, row: usize) -> Option<(City, SinglesGroup, Single)>;
}

/// A process, by the way in which it decides.
pub enum Process {
    /// A hazard of persons; hazards are indexed by their order among the steps.
    Person(Box<dyn Hazard>),
    /// A hazard of persons whose outcome is decided jointly.
    Meeting(Box<dyn Meeting>),
    /// A hazard of couples.
    Couple(Box<dyn Hazard>),
    /// A sweep.
    Sweep(Box<dyn Sweep>),
    /// Decisions made once a month for everybody concerned.
    Monthly(Box<dyn Monthly>),
    /// A monthly update of `Mind`.
    Drift(Box<dyn Drift>),
}

/// One step of the month: a process with its name and identity.
pub struct Step {
    /// Name in the order of the month and in error messages.
    pub name: &'static str,
    /// Identity in the addresses of random draws; unique among all processes and never reused.
    pub identity: u16,
    /// The process.
    pub process: Process,
}

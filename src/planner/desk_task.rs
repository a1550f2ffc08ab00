//! What waits at the desk, and what a reader learns about it.

use super::answer::MixAnswer;
use super::best_question::BestQuestion;
use super::mix::Mix;
use super::progress::WorkProgress;
use crate::error::Errors;

/// What is simulated.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DeskJob {
    /// A mix beside the status quo.
    Mix(Mix),
    /// The search for the best mix.
    Best(BestQuestion),
}

/// One piece of work.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DeskTask {
    pub(super) job: DeskJob,
    /// The address of the mix, or of the question.
    pub(super) key: String,
    pub(super) stage: usize,
    /// Whether only the comparator is simulated, before anybody asks.
    pub(super) warms: bool,
    pub(super) number: u64,
}

impl DeskTask {
    /// Smaller simulations first, then mixes before preparation, then in the order asked.
    pub(super) fn rank(&self) -> (usize, bool, u64) {
        (self.stage, self.warms, self.number)
    }
}

/// How a piece of work ended.
pub(super) enum TaskEnd {
    /// It is complete.
    Complete,
    /// It was stopped, and can go on.
    Stopped,
}

/// The fault of a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskFault {
    /// The fault and the cure.
    pub text: String,
    /// Key of the file that it concerns, if it concerns one.
    pub key: Option<String>,
}

impl DeskFault {
    pub(super) fn of(errors: &Errors) -> DeskFault {
        DeskFault { text: errors.to_string(), key: errors.0.first().and_then(|error| error.key.clone()) }
    }
}

/// The work on a mix.
#[derive(Clone, Debug, PartialEq)]
pub enum DeskWork {
    /// Nothing is left to simulate.
    Done,
    /// Other simulations go first.
    Waiting {
        /// Their number.
        ahead: usize,
    },
    /// It is being simulated.
    Running(WorkProgress),
    /// The reader stopped it.
    Stopped,
    /// It failed.
    Failed(DeskFault),
    /// Too many simulations wait already.
    Full,
}

/// A mix with what is known of it at this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct MixStanding {
    /// The best answer so far.
    pub answer: Option<MixAnswer>,
    /// Number of answers from smaller to larger simulations that are there.
    pub stages: usize,
    /// The work on the next one.
    pub work: DeskWork,
}

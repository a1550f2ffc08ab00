//! The desk answers questions for the best mix: the search of `keten optimise`, kept by content, in the same queue as
//! answers of mixes. What the first stage found is shown while the next one is simulated.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

use super::best_mix::{OptimiseEnding, SearchSeen, StageResult, optimise_seen};
use super::best_question::BestQuestion;
use super::desk::MixDesk;
use super::desk_task::{DeskJob, DeskWork, TaskEnd};
use super::question::OptimiseQuestion;
use crate::error::Result;
use crate::experiment::Conditions;
use crate::store::Store;

/// A search waits behind first answers of mixes, and goes before larger ones.
const BEST_RANK: usize = 1;
/// Most questions that are kept as they were read.
const MOST_QUESTIONS: usize = 16;

/// What is known of a question for the best mix.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BestAnswer {
    /// The stages that are complete, in order; the last one has the answer.
    pub stages: Vec<StageResult>,
    /// Whether all stages are complete.
    pub is_complete: bool,
}

/// A question with what is known of it at this moment.
#[derive(Clone, Debug)]
pub struct BestStanding {
    /// The question as the search has it.
    pub question: Arc<OptimiseQuestion>,
    /// The answer so far; no stages if there is none.
    pub answer: BestAnswer,
    /// The work on the next stage.
    pub work: DeskWork,
}

impl MixDesk {
    /// What is known of a question, and the search for it: asks for that unless it waits or runs already. The question must
    /// be without faults.
    ///
    /// # Errors
    /// An internal error when the question cannot be written or read.
    pub fn ask_best(&self, best: &BestQuestion) -> Result<BestStanding> {
        let key = key(best);
        let question = self.question(best, &key)?;
        let answer = self.kept_best(best)?;
        let work = match answer.is_complete {
            true => DeskWork::Done,
            false => self.work_on(DeskJob::Best(best.clone()), key, BEST_RANK),
        };
        Ok(BestStanding { question, answer, work })
    }

    /// Stops the search for a question; what was simulated is kept.
    pub fn cancel_best(&self, best: &BestQuestion) {
        self.stop_work(key(best));
    }

    /// Lets the search for a question go on after a stop or a fault.
    pub fn resume_best(&self, best: &BestQuestion) {
        self.allow_work(&key(best));
    }

    /// The file of `keten optimise` of a question.
    ///
    /// # Errors
    /// An internal error when it cannot be written.
    pub fn best_text(&self, best: &BestQuestion) -> Result<String> {
        best.text(self.catalogue(), &self.best_stages)
    }

    /// Carries a search out.
    pub(super) fn search(&self, best: &BestQuestion) -> Result<TaskEnd> {
        let question = self.question(best, &key(best))?;
        let place = self.best_place(best)?;
        let store = Store::at(&self.folder)?;
        let conditions = Conditions { threads: self.threads, stop: &self.stop, watch: &self.watch, full: false };
        let known = std::sync::Mutex::new((BestAnswer::default(), Ok(())));
        let seen = |seen: &SearchSeen<'_>| {
            self.watch.span(seen.share, seen.running);
            if let Some(stage) = seen.completed {
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                known.0.stages.push(stage.clone());
                known.1 = self.keep(&place, &known.0);
            }
        };
        let ending = optimise_seen(&question, &store, &conditions, &seen)?;
        let (mut answer, kept) = known.into_inner().unwrap_or_else(PoisonError::into_inner);
        kept?;
        match ending {
            OptimiseEnding::Stopped => Ok(TaskEnd::Stopped),
            OptimiseEnding::Answered(found) => {
                answer.stages = found.stages;
                answer.is_complete = true;
                self.keep(&place, &answer)?;
                Ok(TaskEnd::Complete)
            }
        }
    }

    /// The question as the search has it. Reading it reads the model, so the latest ones are kept.
    fn question(&self, best: &BestQuestion, key: &str) -> Result<Arc<OptimiseQuestion>> {
        let known = || self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, question)) = known().iter().find(|(own, _)| own == key) {
            return Ok(Arc::clone(question));
        }
        let question = Arc::new(OptimiseQuestion::read(best.file(self.catalogue(), &self.best_stages)?)?);
        let mut known = known();
        if known.len() >= MOST_QUESTIONS {
            known.remove(0);
        }
        known.push((key.to_owned(), Arc::clone(&question)));
        Ok(question)
    }

    fn kept_best(&self, best: &BestQuestion) -> Result<BestAnswer> {
        let bytes = std::fs::read(self.best_place(best)?).ok();
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
    }

    fn best_place(&self, best: &BestQuestion) -> Result<PathBuf> {
        Ok(self.place_of(&self.best_text(best)?))
    }
}

/// The key of the work on a question: its address, which no mix has.
fn key(best: &BestQuestion) -> String {
    let controls: Vec<String> = best.controls().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    controls.join("&")
}

//! The desk: mixes that are asked, one simulation at a time, and answers kept by content.
//!
//! An answer is a file named after the hash of everything that decides it, so a mix that was asked before is answered at
//! once and a restart loses nothing. Simulated units lie in the store of runs, and the status quo of all mixes with them.
//! Small answers go first: a larger simulation stops for them and continues afterwards.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::answer::{MixAnswer, STAGES};
use super::best_question::BEST_STAGES;
use super::catalogue::Catalogue;
use super::desk_task::{DeskFault, DeskJob, DeskTask, DeskWork, MixStanding, TaskEnd};
use super::file_text::AnswerStage;
use super::mix::Mix;
use super::optimise_file::SearchStage;
use super::presets::MixPreset;
use super::progress::{DeskWatch, WorkProgress};
use super::question::OptimiseQuestion;
use crate::error::{Error, Kind, Result};
use crate::experiment::{self, Conditions, Contents, Ending, ExperimentText};
use crate::store::{KETEN_VERSION, Run, Store, write_whole};

/// Most simulations that may wait.
pub const MOST_WAITING: usize = 16;
/// Folder of the answers, in the folder of runs.
const ANSWERS: &str = ".answers";
/// Increased by hand when the same run gives other answers.
const ANSWER_VERSION: u32 = 1;
/// Name of the experiment of a mix.
const NAME: &str = "mix";

/// Asks the store for answers, and simulates those that it does not have.
#[derive(Debug)]
pub struct MixDesk {
    catalogue: Catalogue,
    presets: Vec<MixPreset>,
    stages: Vec<AnswerStage>,
    /// Sizes of a search for the best mix.
    pub(super) best_stages: Vec<SearchStage>,
    /// Questions that were read lately, by their addresses.
    pub(super) questions: Mutex<Vec<(String, Arc<OptimiseQuestion>)>>,
    /// Folder of runs.
    pub(super) folder: PathBuf,
    pub(super) threads: Option<NonZeroUsize>,
    state: Mutex<DeskState>,
    changed: Condvar,
    /// Stops the present simulation.
    pub(super) stop: AtomicBool,
    pub(super) watch: DeskWatch,
}

/// What waits, what is simulated, and what went wrong.
#[derive(Debug, Default)]
struct DeskState {
    waiting: Vec<DeskTask>,
    running: Option<DeskTask>,
    /// Faults of simulations by the key of their work.
    failed: BTreeMap<String, DeskFault>,
    /// Keys of the work that was stopped by the reader.
    stopped: Vec<String>,
    next: u64,
    closed: bool,
}

impl MixDesk {
    /// A desk that keeps its runs and answers in a folder, which is created when something is kept.
    ///
    /// # Errors
    /// A folder that cannot hold runs; faults of the model inside the program.
    pub fn open(folder: &Path, threads: Option<NonZeroUsize>) -> Result<MixDesk> {
        MixDesk::with_stages(folder, threads, STAGES.to_vec())
    }

    /// The same with other sizes of the answers, for tests and small machines; the first is used if the list is empty.
    ///
    /// # Errors
    /// As [`MixDesk::open`].
    pub fn with_stages(folder: &Path, threads: Option<NonZeroUsize>, stages: Vec<AnswerStage>) -> Result<MixDesk> {
        let catalogue = Catalogue::built_in()?;
        let presets = catalogue.presets()?;
        Store::at(folder)?;
        let stages = if stages.is_empty() { STAGES[..1].to_vec() } else { stages };
        let best_stages = if stages == STAGES { BEST_STAGES.to_vec() } else { one_size(&stages) };
        Ok(MixDesk {
            catalogue,
            presets,
            stages,
            best_stages,
            questions: Mutex::default(),
            folder: folder.to_owned(),
            threads,
            state: Mutex::default(),
            changed: Condvar::new(),
            stop: AtomicBool::new(false),
            watch: DeskWatch::default(),
        })
    }

    /// The measures.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The mixes to begin with.
    pub fn presets(&self) -> &[MixPreset] {
        &self.presets
    }

    /// Sizes of the answers, from small to large.
    pub fn stages(&self) -> &[AnswerStage] {
        &self.stages
    }

    /// The experiment file of a mix at the size of its best answer, or of the last stage if there is none.
    pub fn experiment_text(&self, mix: &Mix) -> String {
        let at = self.kept(mix).map_or(self.stages.len() - 1, |(stage, _)| stage);
        mix.experiment_text(&self.catalogue, &self.stages[at])
    }

    /// The best answer of a mix, and the simulation of a better one: asks for it unless it waits or runs already. The mix
    /// must be without faults.
    pub fn ask(&self, mix: &Mix) -> MixStanding {
        let kept = self.kept(mix);
        let stages = kept.as_ref().map_or(0, |(stage, _)| stage + 1);
        let answer = kept.map(|(_, answer)| answer);
        if stages == self.stages.len() {
            return MixStanding { answer, stages, work: DeskWork::Done };
        }
        let query = mix.to_query(&self.catalogue);
        let work = self.work_on(DeskJob::Mix(mix.clone()), query, stages);
        MixStanding { answer, stages, work }
    }

    /// The best answer of a mix, without asking for a better one.
    pub fn look(&self, mix: &Mix) -> Option<MixAnswer> {
        self.kept(mix).map(|(_, answer)| answer)
    }

    /// The work on a job at a stage; it waits from now on unless it does already or cannot.
    pub(super) fn work_on(&self, job: DeskJob, key: String, stage: usize) -> DeskWork {
        let mut state = self.locked();
        if let Some(fault) = state.failed.get(&key) {
            return DeskWork::Failed(fault.clone());
        }
        if state.stopped.contains(&key) {
            return DeskWork::Stopped;
        }
        if state.running.as_ref().is_some_and(|task| task.key == key && !task.warms) {
            return DeskWork::Running(self.watch.progress());
        }
        let is_own = |task: &&DeskTask| task.key == key && !task.warms;
        if state.waiting.iter().find(is_own).is_none() {
            if state.waiting.iter().filter(|task| !task.warms).count() >= MOST_WAITING {
                return DeskWork::Full;
            }
            let number = state.next;
            state.next += 1;
            let task = DeskTask { job, key: key.clone(), stage, warms: false, number };
            // A larger simulation gives way; it keeps what is complete.
            if state.running.as_ref().is_some_and(|running| (task.stage, task.warms) < (running.stage, running.warms)) {
                self.stop.store(true, Ordering::Relaxed);
            }
            state.waiting.push(task);
            self.changed.notify_all();
        }
        let own = state.waiting.iter().find(|task| task.key == key && !task.warms).map(DeskTask::rank);
        let before = state.waiting.iter().filter(|task| Some(task.rank()) < own).count();
        DeskWork::Waiting { ahead: before + usize::from(state.running.is_some()) }
    }

    /// Stops the simulation of a mix; what is complete is kept. Nothing happens if it neither waits nor runs.
    pub fn cancel(&self, mix: &Mix) {
        self.stop_work(mix.to_query(&self.catalogue));
    }

    /// Stops the work of a key.
    pub(super) fn stop_work(&self, key: String) {
        let mut state = self.locked();
        state.waiting.retain(|task| task.key != key || task.warms);
        if state.running.as_ref().is_some_and(|task| task.key == key && !task.warms) {
            self.stop.store(true, Ordering::Relaxed);
        }
        if !state.stopped.contains(&key) {
            state.stopped.push(key);
        }
        // Old entries only mean that a mix that was stopped long ago is simulated when it is shown again.
        if state.stopped.len() > 10 * MOST_WAITING {
            state.stopped.remove(0);
        }
    }

    /// Lets a mix that was stopped or failed be simulated again.
    pub fn resume(&self, mix: &Mix) {
        self.allow_work(&mix.to_query(&self.catalogue));
    }

    /// Lets the work of a key go on after a stop or a fault.
    pub(super) fn allow_work(&self, key: &str) {
        let mut state = self.locked();
        state.stopped.retain(|stopped| stopped != key);
        state.failed.remove(key);
    }

    /// Prepares the comparator and the burn-in populations of mixes until the year `end`, after what is asked.
    pub fn warm(&self, end: i32) {
        let mix = Mix { end, ..Mix::status_quo() };
        let query = mix.to_query(&self.catalogue);
        let mut state = self.locked();
        for stage in 0..self.stages.len() {
            let number = state.next;
            state.next += 1;
            let job = DeskJob::Mix(mix.clone());
            state.waiting.push(DeskTask { job, key: query.clone(), stage, warms: true, number });
        }
        self.changed.notify_all();
    }

    /// Simulates what is asked until the desk is closed. One thread of a program calls it.
    pub fn work(&self) {
        while let Some(task) = self.next() {
            let ended = self.carry_out(&task);
            let mut state = self.locked();
            state.running = None;
            match ended {
                Ok(TaskEnd::Complete) => {}
                Ok(TaskEnd::Stopped) if state.stopped.contains(&task.key) && !task.warms => {}
                Ok(TaskEnd::Stopped) => state.waiting.push(task),
                // The comparator is simulated again with the first mix, whose reader gets the fault.
                Err(_) if task.warms => {}
                Err(errors) => {
                    state.failed.insert(task.key, DeskFault::of(&errors));
                }
            }
            self.changed.notify_all();
        }
    }

    /// Ends [`MixDesk::work`] after the present month of the present simulation.
    pub fn close(&self) {
        self.locked().closed = true;
        self.stop.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// The simulation that runs now, if it is one of a mix or of the preparation.
    pub fn busy(&self) -> Option<WorkProgress> {
        let running = self.locked().running.is_some();
        running.then(|| self.watch.progress())
    }

    /// The run of an answer, for its full report and its tables.
    ///
    /// # Errors
    /// A run that was removed since, or is damaged.
    pub fn run(&self, answer: &MixAnswer) -> Result<Run> {
        Run::open(self.folder.join(&answer.run))
    }

    fn next(&self) -> Option<DeskTask> {
        let mut state = self.locked();
        loop {
            if state.closed {
                return None;
            }
            let first = (0..state.waiting.len()).min_by_key(|at| state.waiting[*at].rank());
            if let Some(at) = first {
                let task = state.waiting.remove(at);
                self.stop.store(false, Ordering::Relaxed);
                self.watch.reset();
                state.running = Some(task.clone());
                return Some(task);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn carry_out(&self, task: &DeskTask) -> Result<TaskEnd> {
        match &task.job {
            DeskJob::Best(question) => self.search(question),
            DeskJob::Mix(mix) => self.simulate(mix, task),
        }
    }

    fn simulate(&self, mix: &Mix, task: &DeskTask) -> Result<TaskEnd> {
        let stage = &self.stages[task.stage];
        let text = match task.warms {
            true => mix.comparator_text(&self.catalogue, stage),
            false => mix.experiment_text(&self.catalogue, stage),
        };
        let plan = {
            let text = ExperimentText { name: NAME.into(), place: format!("{NAME}.toml"), text, folder: None };
            experiment::plan_text(text, &[])?
        };
        let store = Store::at(&self.folder)?;
        let conditions = Conditions { threads: self.threads, stop: &self.stop, watch: &self.watch, full: false };
        if task.warms {
            return Ok(match experiment::contents(&plan, &store, &conditions)? {
                Contents::Whole(_) => TaskEnd::Complete,
                Contents::Stopped => TaskEnd::Stopped,
            });
        }
        match experiment::run(&plan, &store, &conditions)? {
            Ending::Whole(run) => {
                self.keep(&self.place(mix, stage), &MixAnswer::of(&run, *stage)?)?;
                Ok(TaskEnd::Complete)
            }
            Ending::Stopped { .. } => Ok(TaskEnd::Stopped),
        }
    }

    /// The answer of the largest simulation that is kept, with the number of its stage.
    fn kept(&self, mix: &Mix) -> Option<(usize, MixAnswer)> {
        let of = |stage: usize| {
            let bytes = std::fs::read(self.place(mix, &self.stages[stage])).ok()?;
            let answer: MixAnswer = serde_json::from_slice(&bytes).ok()?;
            // A run that was removed takes its answer with it: the report and the tables would be missing.
            self.folder.join(&answer.run).is_dir().then_some((stage, answer))
        };
        (0..self.stages.len()).rev().find_map(of)
    }

    /// Keeps an answer in its file.
    pub(super) fn keep(&self, place: &Path, answer: &impl Serialize) -> Result<()> {
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder).map_err(|cause| Error::io(folder, &cause))?;
        }
        let bytes = serde_json::to_vec(answer).map_err(|cause| {
            Error::new(Kind::Internal, format!("an answer cannot be written: {cause}"), "report this fault")
        })?;
        write_whole(place, &bytes)
    }

    /// Where an answer is kept: under the hash of all that decides it.
    fn place(&self, mix: &Mix, stage: &AnswerStage) -> PathBuf {
        self.place_of(&mix.experiment_text(&self.catalogue, stage))
    }

    /// Where the answer of a text is kept.
    pub(super) fn place_of(&self, text: &str) -> PathBuf {
        let mut hash = blake3::Hasher::new();
        let version = ANSWER_VERSION.to_string();
        for part in [&*version, KETEN_VERSION, env!("KETEN_SOURCES"), self.catalogue.fingerprint(), text] {
            hash.update(part.as_bytes()).update(&[0]);
        }
        self.folder.join(ANSWERS).join(format!("{}.json", hash.finalize().to_hex()))
    }

    fn locked(&self) -> MutexGuard<'_, DeskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one size of a search on a desk whose answers have one size too: at least two simulations of each mix, since one
/// gives no range.
fn one_size(stages: &[AnswerStage]) -> Vec<SearchStage> {
    let of = |stage: &AnswerStage| {
        let replicates = if stage.draws < 2 { 2 } else { 1 };
        SearchStage { scale: stage.scale, draws: stage.draws, replicates }
    };
    stages.last().map(of).into_iter().collect()
}

//! Progress: current activity, remaining time, and Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use keten::error::{Error, Kind, Result};
use keten::experiment::{Doing, Stage, Watch};

use super::arguments::LanguageChoice;
use super::talk::{Talk, complain, duration};

/// Set to true by Ctrl-C or a termination signal.
static STOP: AtomicBool = AtomicBool::new(false);

/// The first Ctrl-C stops the run after the current month, the second ends the program at once.
pub(super) fn stop_on_interrupt() -> Result<&'static AtomicBool> {
    static SET: OnceLock<bool> = OnceLock::new();
    let set = SET.get_or_init(|| {
        let stop = || {
            if STOP.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(Kind::Interrupted.exit_code()));
            }
        };
        ctrlc::set_handler(stop).is_ok()
    });
    if *set {
        return Ok(&STOP);
    }
    Err(Error::new(Kind::Internal, "Ctrl-C cannot be handled", "report this fault").into())
}

/// Seconds between two lines of progress when standard error is not a terminal.
pub(super) const LINES_EVERY: f64 = 30.0;
/// Seconds between two updates of a progress bar.
const TICK: f64 = 0.5;
/// Share of the work from which on the remaining time is extrapolated from the elapsed time; before it, the forecast is
/// used.
const KNOWN_FROM: f64 = 0.05;

/// Progress of a run.
#[derive(Clone, Debug, Default, PartialEq)]
struct Progress {
    /// Work done and total work; 0 while unknown.
    work: (f64, f64),
    /// Expected total seconds.
    expected: f64,
    /// Units stored and all units.
    units: (usize, usize),
    /// Current activity.
    doing: String,
}

impl Progress {
    fn share(&self) -> f64 {
        if self.work.1 > 0.0 { (self.work.0 / self.work.1).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The remaining time after a number of seconds: extrapolated from the elapsed time once that is informative.
    fn time(&self, elapsed: f64, dutch: bool) -> String {
        let share = self.share();
        let length = |seconds: f64| if dutch { dutch_duration(seconds) } else { duration(seconds) };
        if share < KNOWN_FROM {
            let all = length(self.expected.max(elapsed));
            return if dutch { format!("ongeveer {all} in totaal") } else { format!("about {all} in all") };
        }
        let so_far = length(elapsed);
        let so_far = if dutch { format!("{so_far} bezig") } else { format!("{so_far} so far") };
        if share >= 1.0 {
            return so_far;
        }
        let left = length(elapsed * (1.0 - share) / share);
        if dutch { format!("{so_far}, nog ongeveer {left}") } else { format!("{so_far}, about {left} left") }
    }

    /// One line: amount done, current activity, remaining time.
    fn line(&self, elapsed: f64, dutch: bool) -> String {
        let (kept, of) = self.units;
        let percent = (100.0 * self.share()).floor();
        let starting = if dutch { "begint" } else { "starting" };
        let what = if self.doing.is_empty() { starting } else { &self.doing };
        let done = if dutch { format!("{kept} van {of} eenheden") } else { format!("{kept} of {of} units") };
        format!("{done}, {percent:.0} %: {what}; {}", self.time(elapsed, dutch))
    }
}

/// A duration in Dutch.
fn dutch_duration(seconds: f64) -> String {
    duration(seconds).replace("minutes", "minuten").replace("hours", "uur").replace('.', ",")
}

/// What is known of a run when its progress is printed.
#[derive(Clone, Debug)]
pub(super) struct RunParts {
    /// Language of the words.
    pub(super) language: LanguageChoice,
    /// Names of the scenarios, in order, also under variants.
    pub(super) scenarios: Vec<String>,
    /// Parameter draws; 0 for central values.
    pub(super) draws: u32,
    /// Replicates.
    pub(super) replicates: u32,
}

impl RunParts {
    /// Parts that are not known beforehand: scenarios are named, and nothing is counted.
    pub(super) fn unknown(language: LanguageChoice) -> RunParts {
        RunParts { language, scenarios: Vec::new(), draws: 0, replicates: 1 }
    }

    /// The current activity in words.
    fn words(&self, doing: &Doing<'_>) -> String {
        let of = if self.language == LanguageChoice::Nl { DUTCH } else { ENGLISH };
        let mut part = String::new();
        if doing.draw > 0 {
            part.push_str(&format!(", {} {} {} {}", of.draw, doing.draw, of.of, self.draws.max(doing.draw)));
        }
        if self.replicates > 1 {
            part.push_str(&format!(", {} {} {} {}", of.replicate, doing.replicate, of.of, self.replicates));
        }
        let whose = doing.scenario.map_or_else(
            || of.common.to_owned(),
            |name| match self.scenarios.iter().position(|known| known == name) {
                Some(at) => format!("scenario {} {} {} ({name})", at + 1, of.of, self.scenarios.len()),
                None => format!("scenario {name}"),
            },
        );
        match doing.stage {
            Stage::Pool => format!("{}{part}", of.pool),
            Stage::Founding => format!("{}{part}", of.founding),
            Stage::Year(year) => format!("{whose}{part}, {} {year}", of.year),
            Stage::Writing => format!("{whose}{part}, {}", of.writing),
            Stage::Assembling => of.assembling.to_owned(),
        }
    }
}

/// Words about a run in one language.
#[derive(Clone, Copy)]
struct ProgressWords {
    of: &'static str,
    draw: &'static str,
    replicate: &'static str,
    common: &'static str,
    pool: &'static str,
    founding: &'static str,
    year: &'static str,
    writing: &'static str,
    assembling: &'static str,
}

const ENGLISH: ProgressWords = ProgressWords {
    of: "of",
    draw: "draw",
    replicate: "replicate",
    common: "history common to all scenarios",
    pool: "simulating earlier generations (the burn-in population)",
    founding: "founding the population of 2008",
    year: "year",
    writing: "writing its tables",
    assembling: "writing the run folder",
};

const DUTCH: ProgressWords = ProgressWords {
    of: "van",
    draw: "trekking",
    replicate: "herhaling",
    common: "geschiedenis die alle scenario's delen",
    pool: "eerdere generaties simuleren (de beginbevolking)",
    founding: "de bevolking van 2008 samenstellen",
    year: "jaar",
    writing: "de tabellen schrijven",
    assembling: "de map van de run schrijven",
};

/// Shows the progress of a run: as a bar on a terminal, otherwise as occasional lines.
pub(super) struct ProgressReport {
    bar: ProgressBar,
    messages: bool,
    known: Arc<ProgressState>,
    parts: RunParts,
    ticker: Option<JoinHandle<()>>,
}

/// State shared by the run and the display thread.
struct ProgressState {
    progress: Mutex<(Progress, Instant)>,
    done: Mutex<bool>,
    ends: Condvar,
}

impl ProgressState {
    /// The progress; still usable if a thread panicked while holding the lock.
    fn with<T>(&self, read: impl FnOnce(&mut (Progress, Instant)) -> T) -> T {
        read(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for a time, or until the run is done; returns whether it is.
    fn is_done_after(&self, seconds: f64) -> bool {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = self.ends.wait_timeout_while(done, Duration::from_secs_f64(seconds), |done| !*done);
        *wait.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl ProgressReport {
    /// A bar on a terminal; if standard error is not one, a line at intervals of some seconds; nothing when quiet.
    pub(super) fn new(talk: &Talk, every: f64, parts: RunParts) -> ProgressReport {
        let on_terminal = talk.shows_progress();
        let bar = if on_terminal { ProgressBar::new(1000) } else { ProgressBar::hidden() };
        // The template is a constant that indicatif accepts.
        if let Ok(style) = ProgressStyle::with_template("{bar:20} {wide_msg}") {
            bar.set_style(style);
        }
        let known = Arc::new(ProgressState {
            progress: Mutex::new((Progress::default(), Instant::now())),
            done: Mutex::new(false),
            ends: Condvar::new(),
        });
        let ticker = (!talk.quiet).then(|| {
            let (known, bar) = (Arc::clone(&known), bar.clone());
            let dutch = parts.language == LanguageChoice::Nl;
            std::thread::spawn(move || {
                while !known.is_done_after(if on_terminal { TICK } else { every }) {
                    let (line, share) = known.with(|(progress, began)| {
                        (progress.line(began.elapsed().as_secs_f64(), dutch), progress.share())
                    });
                    if on_terminal {
                        bar.set_position((share * 1000.0) as u64);
                        bar.set_message(line);
                    } else {
                        complain(line);
                    }
                }
            })
        });
        ProgressReport { bar, messages: !talk.quiet, known, parts, ticker }
    }

    /// Removes the bar.
    pub(super) fn done(&mut self) {
        *self.known.done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.known.ends.notify_all();
        if let Some(ticker) = self.ticker.take() {
            // A ticker that panicked has only stopped printing.
            ticker.join().ok();
        }
        self.bar.finish_and_clear();
    }
}

impl Watch for ProgressReport {
    fn begins(&self, work: f64, seconds: f64) {
        self.known.with(|known| {
            (known.0.work, known.0.expected, known.0.units) = ((0.0, work), seconds, (0, 0));
            known.1 = Instant::now();
        });
    }

    fn worked(&self, work: f64) {
        self.known.with(|(progress, _)| progress.work.0 += work);
    }

    fn units(&self, kept: usize, of: usize) {
        self.known.with(|(progress, _)| progress.units = (kept.max(progress.units.0), of));
    }

    fn doing(&self, what: &Doing<'_>) {
        self.known.with(|(progress, _)| progress.doing = self.parts.words(what));
    }

    fn says(&self, what: &str) {
        if self.messages {
            self.bar.suspend(|| complain(what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(share: f64) -> Progress {
        Progress { work: (share * 40.0, 40.0), expected: 600.0, units: (2, 8), doing: "x".into() }
    }

    #[test]
    fn what_is_left_is_told_once_it_is_known_and_is_never_nothing() {
        for share in [0.0, 0.01, 0.049] {
            let line = progress(share).line(0.0, false);
            assert!(line.ends_with("about 10 minutes in all") && !line.contains("left"), "{line}");
        }
        let line = progress(0.02).line(1200.0, false);
        assert!(line.ends_with("about 20 minutes in all"), "at least what it took so far");
        assert_eq!(progress(0.25).line(60.0, false), "2 of 8 units, 25 %: x; 60 s so far, about 3 minutes left");
        assert_eq!(progress(0.25).line(60.0, true), "2 van 8 eenheden, 25 %: x; 60 s bezig, nog ongeveer 3 minuten");
        for share in [0.0, 0.05, 0.5, 0.999_999, 1.0, 1.7] {
            for elapsed in [0.0, 1e-9, 5.0] {
                let line = progress(share).line(elapsed, false);
                assert!(!line.contains(" 0 s") && !line.contains("NaN") && !line.contains("inf"), "{line}");
            }
        }
        assert_eq!(progress(1.7).line(90.0, false), "2 of 8 units, 100 %: x; 2 minutes so far");
        // While nothing is known about the work.
        assert!(!Progress::default().line(0.0, false).contains(" 0 s"));
    }

    #[test]
    fn it_says_what_is_being_done() {
        let parts = |language| {
            let scenarios = ["quo", "children", "visits"].map(str::to_owned).into();
            RunParts { language, scenarios, draws: 6, replicates: 2 }
        };
        let doing = |stage, scenario| Doing { stage, scenario, draw: 3, replicate: 2 };
        for (stage, scenario, english, dutch) in [
            (
                Stage::Pool,
                None,
                "simulating earlier generations (the burn-in population), draw 3 of 6, replicate 2 of 2",
                "eerdere generaties simuleren (de beginbevolking), trekking 3 van 6, herhaling 2 van 2",
            ),
            (
                Stage::Year(2019),
                None,
                "history common to all scenarios, draw 3 of 6, replicate 2 of 2, year 2019",
                "geschiedenis die alle scenario's delen, trekking 3 van 6, herhaling 2 van 2, jaar 2019",
            ),
            (
                Stage::Year(2019),
                Some("children"),
                "scenario 2 of 3 (children), draw 3 of 6, replicate 2 of 2, year 2019",
                "scenario 2 van 3 (children), trekking 3 van 6, herhaling 2 van 2, jaar 2019",
            ),
            (Stage::Assembling, None, "writing the run folder", "de map van de run schrijven"),
        ] {
            let doing = doing(stage, scenario);
            assert_eq!(parts(LanguageChoice::En).words(&doing), english);
            assert_eq!(parts(LanguageChoice::Nl).words(&doing), dutch);
        }
        let central = Doing { stage: Stage::Year(2008), scenario: Some("a"), draw: 0, replicate: 1 };
        let alone = RunParts { draws: 0, replicates: 1, scenarios: Vec::new(), ..parts(LanguageChoice::En) };
        assert_eq!(alone.words(&central), "scenario a, year 2008");
    }
}

//! Progress: current activity, remaining time, and Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use keten::error::{Error, Kind, Result};
use keten::experiment::{Doing, Stage, Watch};

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
    fn time(&self, elapsed: f64) -> String {
        let share = self.share();
        if share < KNOWN_FROM {
            return format!("about {} in all", duration(self.expected.max(elapsed)));
        }
        if share >= 1.0 {
            return format!("{} so far", duration(elapsed));
        }
        format!("{} so far, about {} left", duration(elapsed), duration(elapsed * (1.0 - share) / share))
    }

    /// One line: amount done, current activity, remaining time.
    fn line(&self, elapsed: f64) -> String {
        let (kept, of) = self.units;
        let what = if self.doing.is_empty() { "starting" } else { &self.doing };
        format!("{kept} of {of} units, {:.0} %: {what}; {}", (100.0 * self.share()).floor(), self.time(elapsed))
    }
}

/// The current activity as text.
fn words(doing: &Doing<'_>) -> String {
    let draw = if doing.draw > 0 { format!(", draw {}", doing.draw) } else { String::new() };
    let whose = match doing.scenario {
        Some(scenario) => format!("scenario {scenario}{draw}, replicate {}", doing.replicate),
        None => format!("history common to all scenarios{draw}, replicate {}", doing.replicate),
    };
    match doing.stage {
        Stage::Pool => format!("burn-in population{draw}, replicate {}", doing.replicate),
        Stage::Founding => format!("founding the population of 2008{draw}, replicate {}", doing.replicate),
        Stage::Year(year) => format!("{whose}, year {year}"),
        Stage::Writing => format!("{whose}, writing its tables"),
        Stage::Assembling => "writing the run folder".to_owned(),
    }
}

/// Shows the progress of a run: as a bar on a terminal, otherwise as occasional lines.
pub(super) struct ProgressReport {
    bar: ProgressBar,
    messages: bool,
    known: Arc<ProgressState>,
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
    pub(super) fn new(talk: &Talk, every: f64) -> ProgressReport {
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
            std::thread::spawn(move || {
                while !known.is_done_after(if on_terminal { TICK } else { every }) {
                    let (line, share) = known
                        .with(|(progress, began)| (progress.line(began.elapsed().as_secs_f64()), progress.share()));
                    if on_terminal {
                        bar.set_position((share * 1000.0) as u64);
                        bar.set_message(line);
                    } else {
                        complain(line);
                    }
                }
            })
        });
        ProgressReport { bar, messages: !talk.quiet, known, ticker }
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
            (known.0.work, known.0.expected) = ((0.0, work), seconds);
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
        self.known.with(|(progress, _)| progress.doing = words(what));
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
            let line = progress(share).line(0.0);
            assert!(line.ends_with("about 10 minutes in all") && !line.contains("left"), "{line}");
        }
        assert!(progress(0.02).line(1200.0).ends_with("about 20 minutes in all"), "at least what it took so far");
        assert_eq!(progress(0.25).line(60.0), "2 of 8 units, 25 %: x; 60 s so far, about 3 minutes left");
        for share in [0.0, 0.05, 0.5, 0.999_999, 1.0, 1.7] {
            for elapsed in [0.0, 1e-9, 5.0] {
                let line = progress(share).line(elapsed);
                assert!(!line.contains(" 0 s") && !line.contains("NaN") && !line.contains("inf"), "{line}");
            }
        }
        assert_eq!(progress(1.7).line(90.0), "2 of 8 units, 100 %: x; 2 minutes so far");
        // While nothing is known about the work.
        assert!(!Progress::default().line(0.0).contains(" 0 s"));
    }

    #[test]
    fn it_says_what_is_being_done() {
        let doing = |stage, scenario| Doing { stage, scenario, draw: 3, replicate: 2 };
        for (stage, scenario, told) in [
            (Stage::Pool, None, "burn-in population, draw 3, replicate 2"),
            (Stage::Founding, None, "founding the population of 2008, draw 3, replicate 2"),
            (Stage::Year(2019), None, "history common to all scenarios, draw 3, replicate 2, year 2019"),
            (Stage::Year(2019), Some("children"), "scenario children, draw 3, replicate 2, year 2019"),
            (Stage::Writing, Some("children"), "scenario children, draw 3, replicate 2, writing its tables"),
            (Stage::Assembling, None, "writing the run folder"),
        ] {
            assert_eq!(words(&doing(stage, scenario)), told);
        }
        let central = Doing { stage: Stage::Year(2008), scenario: Some("a"), draw: 0, replicate: 1 };
        assert_eq!(words(&central), "scenario a, replicate 1, year 2008");
    }
}

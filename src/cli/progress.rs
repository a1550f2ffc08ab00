//! A progress bar with time left, and Ctrl-C.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use keten::error::{Error, Kind, Result};
use keten::experiment::Watch;

use super::talk::Talk;

/// Turned true by Ctrl-C or a request to end.
static STOP: AtomicBool = AtomicBool::new(false);

/// Lets the first Ctrl-C stop the run after the month at hand, and the second end the program at once.
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
    Err(Error::new(Kind::Internal, "Ctrl-C cannot be listened for", "report this fault").into())
}

/// Shows how far a run is, on a terminal.
pub(super) struct Bar {
    bar: ProgressBar,
    messages: bool,
}

impl Bar {
    /// A bar for a run, hidden unless standard error is a terminal.
    pub(super) fn new(talk: &Talk) -> Bar {
        let bar = if talk.shows_progress() { ProgressBar::new(1) } else { ProgressBar::hidden() };
        // The template is a constant that indicatif reads.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {elapsed} so far, {eta} left") {
            bar.set_style(style);
        }
        Bar { bar, messages: !talk.quiet }
    }

    /// Takes the bar away.
    pub(super) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Bar {
    fn begins(&self, work: f64) {
        self.bar.set_length(work as u64);
        self.bar.enable_steady_tick(Duration::from_millis(250));
    }

    fn worked(&self, work: f64) {
        self.bar.inc(work as u64);
    }

    fn says(&self, what: &str) {
        if self.messages {
            self.bar.suspend(|| eprintln!("{what}"));
        }
    }
}

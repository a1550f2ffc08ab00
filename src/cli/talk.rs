//! Output: data on standard output, messages on standard error, and handling of write errors.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};

use keten::error::{Error, Errors, Result};

use super::arguments::Voice;

/// Output settings of a command.
pub(super) struct Talk {
    /// Results as JSON.
    pub(super) json: bool,
    /// Only results and faults.
    pub(super) quiet: bool,
    fault: RefCell<Option<std::io::Error>>,
}

impl Talk {
    /// Settings from the arguments.
    pub(super) fn new(voice: &Voice) -> Talk {
        let level = match voice.verbose {
            0 => None,
            1 => Some(tracing::Level::INFO),
            _ => Some(tracing::Level::TRACE),
        };
        if let Some(level) = level {
            let colour =
                std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|text| text.is_empty());
            tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(colour).init();
        }
        Talk { json: voice.json, quiet: voice.quiet, fault: RefCell::new(None) }
    }

    /// Whether a progress bar is visible.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && std::io::stderr().is_terminal()
    }

    /// Writes text to standard output; an error is stored for [`finish`](Self::finish).
    pub(super) fn print(&self, text: impl Display) {
        if self.fault.borrow().is_none()
            && let Err(cause) = write!(std::io::stdout().lock(), "{text}")
        {
            *self.fault.borrow_mut() = Some(cause);
        }
    }

    /// Writes a line to standard output.
    pub(super) fn line(&self, text: impl Display) {
        self.print(format_args!("{text}\n"));
    }

    /// Writes a message to standard error, unless quiet.
    pub(super) fn say(&self, text: impl Display) {
        if !self.quiet {
            complain(text);
        }
    }

    /// Writes faults to standard error.
    pub(super) fn errors(&self, errors: &Errors) {
        complain(errors);
        if errors.0.len() > 1 {
            complain(format_args!("{} faults", errors.0.len()));
        }
    }

    /// Flushes standard output.
    ///
    /// # Errors
    /// When something could not be written. A closed pipe (`| head`) is not an error.
    pub(super) fn finish(&self) -> Result<()> {
        let fault = self.fault.borrow_mut().take();
        match fault.map_or_else(|| std::io::stdout().flush(), Err) {
            Err(cause) if cause.kind() != ErrorKind::BrokenPipe => Err(Error::io("standard output", &cause).into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Writes a line to standard error; a failure there cannot be reported.
pub(super) fn complain(text: impl Display) {
    writeln!(std::io::stderr().lock(), "{text}").ok();
}

/// A duration in readable units.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} s", s.max(1.0)),
        s if s < 5400.0 => format!("{:.0} minutes", s / 60.0),
        s => format!("{:.1} hours", s / 3600.0),
    }
}

//! WorkProgress of the present simulation: the share done and the time left.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::experiment::Watch;

/// Share of the work from which on the time left follows from the time so far; before it, from the forecast.
const KNOWN_FROM: f64 = 0.05;

/// WorkProgress of a simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WorkProgress {
    /// Share of the work that is done, 0 to 1.
    pub share: f64,
    /// Seconds left, as far as is known.
    pub seconds_left: Option<f64>,
}

/// Observes the simulation of a desk.
#[derive(Debug, Default)]
pub(super) struct DeskWatch(Mutex<WatchedWork>);

/// What was observed.
#[derive(Debug, Default)]
struct WatchedWork {
    began: Option<Instant>,
    expected: f64,
    total: f64,
    done: f64,
}

impl DeskWatch {
    /// Forgets the previous simulation.
    pub(super) fn reset(&self) {
        *self.locked() = WatchedWork::default();
    }

    /// The progress at this moment.
    pub(super) fn progress(&self) -> WorkProgress {
        let watched = self.locked();
        let Some(began) = watched.began else { return WorkProgress::default() };
        let share = if watched.total > 0.0 { (watched.done / watched.total).clamp(0.0, 1.0) } else { 1.0 };
        let elapsed = began.elapsed().as_secs_f64();
        let left = if share < KNOWN_FROM { watched.expected - elapsed } else { elapsed * (1.0 - share) / share };
        WorkProgress { share, seconds_left: Some(left.max(0.0)) }
    }

    fn locked(&self) -> MutexGuard<'_, WatchedWork> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for DeskWatch {
    fn begins(&self, work: f64, seconds: f64) {
        *self.locked() = WatchedWork { began: Some(Instant::now()), expected: seconds, total: work, done: 0.0 };
    }

    fn worked(&self, work: f64) {
        self.locked().done += work;
    }

    fn says(&self, _: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_the_forecast_and_later_the_work() {
        let watch = DeskWatch::default();
        assert_eq!(watch.progress(), WorkProgress::default());
        watch.begins(10.0, 60.0);
        let first = watch.progress();
        assert!(
            first.share == 0.0 && first.seconds_left.is_some_and(|left| (59.0..=60.0).contains(&left)),
            "{first:?}"
        );
        watch.worked(5.0);
        let half = watch.progress();
        assert!(half.share == 0.5 && half.seconds_left.is_some_and(|left| left < 1.0), "{half:?}");
        watch.reset();
        assert_eq!(watch.progress(), WorkProgress::default());
    }
}

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
    /// When the work began.
    began: Option<Instant>,
    /// The share before the present simulation, and that of the simulation itself; `None` if it is all of the work.
    span: Option<(f64, f64)>,
    expected: f64,
    /// Work of the present simulation; `None` before it is known.
    total: Option<f64>,
    done: f64,
}

impl DeskWatch {
    /// Forgets the previous work.
    pub(super) fn reset(&self) {
        *self.locked() = WatchedWork::default();
    }

    /// The next simulation is a part of the work: the share that lies before it, and its own.
    pub(super) fn span(&self, before: f64, own: f64) {
        let mut watched = self.locked();
        watched.began.get_or_insert_with(Instant::now);
        watched.span = Some((before, own));
        watched.total = None;
        watched.done = 0.0;
    }

    /// The progress at this moment.
    pub(super) fn progress(&self) -> WorkProgress {
        let watched = self.locked();
        let Some(began) = watched.began else { return WorkProgress::default() };
        let of_simulation = match watched.total {
            Some(total) if total > 0.0 => (watched.done / total).clamp(0.0, 1.0),
            Some(_) => 1.0,
            None => 0.0,
        };
        let elapsed = began.elapsed().as_secs_f64();
        let (before, own) = watched.span.unwrap_or((0.0, 1.0));
        let share = before + own * of_simulation;
        let left = match (share < KNOWN_FROM, watched.span) {
            (false, _) => Some(elapsed * (1.0 - share) / share),
            (true, None) => Some(watched.expected - elapsed),
            (true, Some(_)) => None,
        };
        WorkProgress { share, seconds_left: left.map(|left| left.max(0.0)) }
    }

    fn locked(&self) -> MutexGuard<'_, WatchedWork> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for DeskWatch {
    fn begins(&self, work: f64, seconds: f64) {
        let mut watched = self.locked();
        watched.began.get_or_insert_with(Instant::now);
        watched.expected = seconds;
        watched.total = Some(work);
        watched.done = 0.0;
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

    #[test]
    fn simulations_that_are_parts_of_the_work_add_up() {
        let watch = DeskWatch::default();
        watch.span(0.0, 0.5);
        assert_eq!(watch.progress(), WorkProgress { share: 0.0, seconds_left: None });
        watch.begins(10.0, 60.0);
        watch.worked(5.0);
        assert_eq!(watch.progress().share, 0.25);
        watch.span(0.5, 0.25);
        assert_eq!(watch.progress().share, 0.5);
        watch.begins(0.0, 0.0);
        assert_eq!(watch.progress().share, 0.75, "a simulation that is kept already");
        watch.span(1.0, 0.0);
        assert!(watch.progress().seconds_left == Some(0.0));
    }
}

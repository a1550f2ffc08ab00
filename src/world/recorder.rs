//! Records which parts of a world are read, in builds of the unit tests only: the test of what processes declare to read.

/// A part of the world that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Read {
    /// The row of a person.
    Person(usize),
    /// The row of a couple.
    Couple(usize),
    /// Singles of a city.
    Singles,
    /// Areas and cities.
    Places,
    /// Cases, queues and places of the chain.
    Chain,
    /// City-wide effects of measures.
    System,
    /// Events of the month.
    Events,
}

/// Notes a read; does nothing outside unit tests.
#[cfg(not(test))]
#[inline(always)]
pub(super) fn note(_: Read) {}

#[cfg(test)]
pub(super) use recording::note;
#[cfg(test)]
pub(crate) use recording::record;

#[cfg(test)]
mod recording {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::Read;

    thread_local! {
        /// What this thread has read since the recording began; nothing when none is under way.
        static READS: RefCell<Option<BTreeSet<Read>>> = const { RefCell::new(None) };
    }

    /// Notes a read of this thread if a recording is under way.
    pub(in crate::world) fn note(read: Read) {
        READS.with_borrow_mut(|reads| {
            if let Some(reads) = reads {
                reads.insert(read);
            }
        });
    }

    /// Does some work and returns what this thread read in it. The work must not pass to other threads.
    pub(crate) fn record(work: impl FnOnce()) -> BTreeSet<Read> {
        READS.set(Some(BTreeSet::new()));
        work();
        READS.take().unwrap_or_default()
    }
}

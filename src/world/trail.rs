//! The rows that one thread reads and writes while it applies a decision: its trail.

use std::cell::RefCell;

/// Kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKind {
    /// Person.
    Person,
    /// Couple.
    Couple,
}

/// A row that was read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Touched {
    /// Kind of row.
    pub kind: RowKind,
    /// Its number.
    pub row: u32,
    /// Written, not only read.
    pub written: bool,
}

thread_local! {
    static TRAIL: RefCell<Vec<Touched>> = const { RefCell::new(Vec::new()) };
}

/// Adds a row that was read.
#[cold]
pub(super) fn read(kind: RowKind, row: usize) {
    TRAIL.with_borrow_mut(|trail| trail.push(Touched { kind, row: row as u32, written: false }));
}

/// Adds a row that was written.
#[cold]
pub(super) fn wrote(kind: RowKind, row: usize) {
    TRAIL.with_borrow_mut(|trail| trail.push(Touched { kind, row: row as u32, written: true }));
}

/// Takes the trail of this thread: each row once, written if it was written at all.
pub(super) fn take() -> Vec<Touched> {
    TRAIL.with_borrow_mut(|trail| {
        let mut rows = std::mem::take(trail);
        rows.sort_unstable_by_key(|it| (it.kind, it.row, !it.written));
        rows.dedup_by_key(|it| (it.kind, it.row));
        rows
    })
}

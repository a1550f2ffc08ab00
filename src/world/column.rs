//! Rows of one kind: all of them, or the few in which a scenario differs from its comparator.
//!
//! A column of a world alone holds every row. A column of a *follower* holds only its own rows, and reads all others
//! from the column of its *leader*; a row becomes its own when it is first written to (copy on write). While
//! followers read a leader, the leader reads its own rows in the same way and writes none.

use std::ops::{Deref, DerefMut, Index, IndexMut};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::own_rows::{OF_ONE, OwnRows};
use super::trail::{self, RowKind};

/// Rows of one kind by number.
#[derive(Clone, Debug)]
pub(super) struct RowColumn<T> {
    /// All rows; none in a column that reads from another.
    rows: Vec<T>,
    over: Option<Box<Over<T>>>,
}

/// What a column that reads from another knows beside its own rows.
#[derive(Clone, Debug)]
struct Over<T> {
    /// All rows of the leader; empty while it is at work.
    base: Arc<Vec<T>>,
    /// Number of rows, also while the leader is at work.
    len: usize,
    /// Own rows.
    own: OwnRows<T>,
    /// Rows given out for the next pushes, last first.
    given: Vec<u32>,
    /// Next row that exists in this column only.
    next: u32,
    /// Kind of row in the trail of what is read and written; none is kept without it.
    kind: Option<RowKind>,
    /// Rows as they were before the writes since the savepoint, in the order of writing; `None` for a row that was not
    /// an own row.
    undo: Option<Vec<(u32, Option<T>)>>,
}

impl<T> Over<T> {
    fn new(base: Arc<Vec<T>>) -> Over<T> {
        let len = base.len();
        Over { base, len, own: OwnRows::default(), given: Vec::new(), next: OF_ONE, kind: None, undo: None }
    }

    /// The own row, or that of the leader.
    #[inline(never)]
    fn read(&self, row: usize) -> &T {
        if let Some(kind) = self.kind {
            trail::read(kind, row);
        }
        self.own.get(row).unwrap_or_else(|| &self.base[row])
    }
}

impl<T: Copy + PartialEq> RowColumn<T> {
    /// Number of rows, without those that exist in one follower only.
    #[inline]
    pub(super) fn len(&self) -> usize {
        match &self.over {
            None => self.rows.len(),
            Some(over) => over.len,
        }
    }

    /// Adds a row and returns its number: the next one, or for a follower the next that was given out.
    pub(super) fn push(&mut self, value: T) -> usize {
        let Some(over) = &mut self.over else {
            self.rows.push(value);
            return self.rows.len() - 1;
        };
        let row = over.given.pop().unwrap_or_else(|| {
            over.next += 1;
            over.next - 1
        });
        self.set(row as usize, value);
        row as usize
    }

    /// Adds a row under a number at which the column of another kind of field has just added one.
    pub(super) fn push_at(&mut self, row: usize, value: T) {
        match &self.over {
            None => {
                debug_assert_eq!(row, self.rows.len(), "columns have equal lengths");
                self.rows.push(value);
            }
            Some(_) => self.set(row, value),
        }
    }

    /// Makes room for more rows.
    pub(super) fn reserve(&mut self, more: usize) {
        self.rows.reserve_exact(more);
    }

    /// The row, if there is one with this number.
    pub(super) fn get(&self, row: usize) -> Option<&T> {
        (row < self.len() || self.is_own(row)).then(|| &self[row])
    }

    /// All rows, unless this column reads from another.
    #[inline]
    pub(super) fn whole(&self) -> Option<&[T]> {
        self.over.is_none().then_some(self.rows.as_slice())
    }

    /// Whether this is an own row of a follower.
    #[inline]
    pub(super) fn is_own(&self, row: usize) -> bool {
        self.over.as_ref().is_some_and(|over| over.own.has(row))
    }

    /// Own rows of a follower, ascending.
    pub(super) fn own(&self) -> Vec<u32> {
        self.over.as_ref().map(|over| over.own.numbers()).unwrap_or_default()
    }

    /// The row of the leader, whatever the own one is.
    pub(super) fn leads(&self, row: usize) -> Option<&T> {
        self.over.as_ref()?.base.get(row)
    }

    /// Makes a row an own row with the value that it has now.
    pub(super) fn keep(&mut self, row: usize) {
        if self.over.is_some() && !self.is_own(row) {
            let value = self[row];
            self.set(row, value);
        }
    }

    /// Makes a row an own row with a value.
    pub(super) fn set(&mut self, row: usize, value: T) {
        let Some(over) = &mut self.over else {
            self.rows[row] = value;
            return;
        };
        if row < OF_ONE as usize {
            over.len = over.len.max(row + 1);
        }
        if let Some(kind) = over.kind {
            trail::wrote(kind, row);
        }
        match over.own.get_mut(row) {
            Some(own) => {
                let before = std::mem::replace(own, value);
                if let Some(undo) = &mut over.undo {
                    undo.push((row as u32, Some(before)));
                }
            }
            None => {
                if let Some(undo) = &mut over.undo {
                    undo.push((row as u32, None));
                }
                over.own.insert(row, value);
            }
        }
    }

    /// Lets go of an own row, which from now on is the leader's.
    pub(super) fn release(&mut self, row: usize) {
        if let Some(over) = &mut self.over {
            over.own.remove(row);
        }
    }

    /// Lets go of an own row that equals the leader's; returns whether it is still an own row.
    pub(super) fn settle(&mut self, row: usize) -> bool {
        if !self.is_own(row) {
            return false;
        }
        let same = self.leads(row).is_some_and(|leads| *leads == self[row]);
        if same {
            self.release(row);
        }
        !same
    }

    /// Gives out rows for the next pushes, in this order.
    pub(super) fn give(&mut self, rows: impl DoubleEndedIterator<Item = u32>) {
        if let Some(over) = &mut self.over {
            over.given.clear();
            over.given.extend(rows.rev());
        }
    }

    /// Hands over all rows for reading by followers; this column reads them in the same way until it
    /// [takes them back](RowColumn::take_back).
    pub(super) fn lend(&mut self) -> Arc<Vec<T>> {
        debug_assert!(self.over.is_none(), "rows are lent once");
        let base = Arc::new(std::mem::take(&mut self.rows));
        self.over = Some(Box::new(Over::new(Arc::clone(&base))));
        base
    }

    /// Takes back rows that nobody reads any more.
    ///
    /// # Panics
    /// If a follower still reads them: an internal error of the engine.
    pub(super) fn take_back(&mut self, base: Arc<Vec<T>>) {
        self.over = None;
        let rows = Arc::try_unwrap(base);
        assert!(rows.is_ok(), "no follower reads the rows of a leader at work");
        self.rows = rows.unwrap_or_default();
    }

    /// Becomes a column of a follower without own rows.
    pub(super) fn follow(&mut self, base: &Arc<Vec<T>>) {
        self.rows = Vec::new();
        self.over = Some(Box::new(Over::new(Arc::clone(base))));
    }

    /// Reads from the rows of the leader; rows that are not own rows are as in `base`.
    pub(super) fn read_from(&mut self, base: &Arc<Vec<T>>) {
        if let Some(over) = &mut self.over {
            over.len = base.len().max(over.len);
            over.base = Arc::clone(base);
        }
    }

    /// Reads from nothing until the next [`read_from`](RowColumn::read_from).
    pub(super) fn let_go(&mut self) {
        if let Some(over) = &mut self.over {
            over.base = Arc::default();
        }
    }

    /// All rows of a follower as the column of a world alone. Rows that exist in it only come at the end, in order.
    pub(super) fn alone(&self) -> RowColumn<T> {
        let Some(over) = &self.over else { return self.clone() };
        let mut rows = Vec::with_capacity(over.len + over.len / 16);
        rows.extend_from_slice(&over.base);
        for row in self.own() {
            match (row as usize) < rows.len() {
                true => rows[row as usize] = self[row as usize],
                false => rows.push(self[row as usize]),
            }
        }
        RowColumn { rows, over: None }
    }

    /// Number that an own row has in the column of [`alone`](RowColumn::alone).
    pub(super) fn numbers_alone(&self) -> impl Fn(usize) -> usize + use<T> {
        let base = self.over.as_ref().map_or(usize::MAX, |over| over.base.len());
        let mut more = self.own();
        more.retain(|row| *row as usize >= base);
        move |row| if row < base { row } else { base + more.partition_point(|known| (*known as usize) < row) }
    }

    /// Keeps a trail of the rows that are read and written, as rows of this kind.
    pub(super) fn keep_trail(&mut self, kind: Option<RowKind>) {
        if let Some(over) = &mut self.over {
            over.kind = kind;
        }
    }

    /// Begins to remember rows before they are written.
    pub(super) fn savepoint(&mut self) {
        if let Some(over) = &mut self.over {
            over.undo = Some(Vec::new());
        }
    }

    /// Puts rows back as they were at the savepoint (`back`), or forgets how they were.
    pub(super) fn end_savepoint(&mut self, back: bool) {
        let Some(undo) = self.over.as_mut().and_then(|over| over.undo.take()) else { return };
        if back {
            for (row, value) in undo.into_iter().rev() {
                match value {
                    Some(value) => self.set(row as usize, value),
                    None => self.release(row as usize),
                }
            }
        }
    }
}

impl<T> Index<usize> for RowColumn<T> {
    type Output = T;

    // A world alone reads rows in most of its instructions: its way must not carry what the other needs.
    #[inline(always)]
    fn index(&self, row: usize) -> &T {
        match &self.over {
            None => &self.rows[row],
            Some(over) => over.read(row),
        }
    }
}

impl<T: Copy + PartialEq> IndexMut<usize> for RowColumn<T> {
    #[inline]
    fn index_mut(&mut self, row: usize) -> &mut T {
        if self.over.is_some() {
            let value = self[row];
            self.set(row, value);
        }
        match self.over.as_mut().and_then(|over| over.own.get_mut(row)) {
            Some(own) => own,
            None => &mut self.rows[row],
        }
    }
}

impl<T> Default for RowColumn<T> {
    fn default() -> Self {
        RowColumn { rows: Vec::new(), over: None }
    }
}

impl<T> From<Vec<T>> for RowColumn<T> {
    fn from(rows: Vec<T>) -> Self {
        RowColumn { rows, over: None }
    }
}

/// All rows of a world alone.
///
/// # Panics
/// If the column reads from another, whose rows are in no one place: an internal error.
impl<T> Deref for RowColumn<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        assert!(self.over.is_none(), "only a world alone has all rows in one place");
        &self.rows
    }
}

impl<T> DerefMut for RowColumn<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        assert!(self.over.is_none(), "only a world alone has all rows in one place");
        &mut self.rows
    }
}

impl<T: PartialEq> PartialEq for RowColumn<T> {
    fn eq(&self, other: &RowColumn<T>) -> bool {
        **self == **other
    }
}

impl<T: Serialize> Serialize for RowColumn<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for RowColumn<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(RowColumn::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leader() -> RowColumn<u32> {
        RowColumn::from((0..200).collect::<Vec<u32>>())
    }

    #[test]
    fn a_follower_reads_its_leader_until_it_writes() {
        let mut leads = leader();
        let rows = leads.lend();
        let mut follows = RowColumn::default();
        follows.follow(&rows);
        assert_eq!((follows.len(), follows[70], leads[70]), (200, 70, 70));
        follows[70] += 1;
        follows.keep(3);
        assert_eq!((follows[70], leads[70], follows.own()), (71, 70, vec![3, 70]));
        follows.let_go();
        leads.take_back(rows);
        leads[3] = 1000;
        leads[4] = 1001;
        let rows = leads.lend();
        follows.read_from(&rows);
        assert_eq!((follows[3], follows[4]), (3, 1001), "an own row stays, another is the leader's");
        assert!(follows.settle(3), "it differs now");
        follows[3] = 1000;
        assert!(!follows.settle(3) && !follows.is_own(3));
        let mut expected: Vec<u32> = (0..200).collect();
        (expected[3], expected[4], expected[70]) = (1000, 1001, 71);
        assert_eq!(*follows.alone(), expected);
    }

    #[test]
    fn rows_that_a_follower_adds_have_the_numbers_given_out() {
        let mut leads = leader();
        let rows = leads.lend();
        let mut follows = RowColumn::default();
        follows.follow(&rows);
        follows.give([205, 201].into_iter());
        assert_eq!((follows.push(7), follows.push(8)), (205, 201));
        assert_eq!((follows.len(), follows[205], follows[201]), (206, 7, 8));
        let only_here = follows.push(9);
        assert!(only_here >= OF_ONE as usize);
        assert_eq!((follows.len(), follows[only_here], follows.get(only_here)), (206, 9, Some(&9)));
        assert_eq!(follows.get(300), None);
    }

    #[test]
    fn a_savepoint_brings_back_what_was() {
        let mut leads = leader();
        let rows = leads.lend();
        let mut follows = RowColumn::default();
        follows.follow(&rows);
        follows[5] = 50;
        follows.savepoint();
        follows[5] = 51;
        follows[5] = 52;
        follows[6] = 60;
        follows.end_savepoint(true);
        assert_eq!((follows[5], follows[6], follows.own()), (50, 6, vec![5]));
        follows.savepoint();
        follows[6] = 60;
        follows.end_savepoint(false);
        assert_eq!((follows[6], follows.own()), (60, vec![5, 6]));
    }
}

//! The order of rows and the content hash, as defined at the top of this room.

use std::ops::Range;

use super::cell::Cell;
use super::table::Table;

impl Table {
    /// Row numbers in the order of the content hash: by the key columns, then by the others.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows).collect();
        // Ranges of `order` whose rows are equal in all columns so far.
        let mut ties = vec![Range { start: 0, end: self.rows }];
        for series in &self.columns {
            if ties.iter().all(|tie| tie.len() < 2) {
                break;
            }
            let places = series.places();
            let mut finer = Vec::new();
            for tie in ties {
                let rows = &mut order[tie.clone()];
                rows.sort_unstable_by_key(|&row| places[row]);
                let mut from = tie.start;
                for same in rows.chunk_by(|&a, &b| places[a] == places[b]) {
                    finer.extend((same.len() > 1).then_some(from..from + same.len()));
                    from += same.len();
                }
            }
            ties = finer;
        }
        order
    }

    /// The same table with its rows sorted by their key columns.
    pub fn sorted(&self) -> Table {
        let mut sorted = self.emptied();
        let order = self.order();
        for (series, unsorted) in sorted.columns.iter_mut().zip(&self.columns) {
            order.iter().for_each(|&row| series.push(unsorted.cell(row)));
        }
        sorted.rows = self.rows;
        sorted
    }

    /// Two rows with the same key, if there are any: a sign that a key column is missing.
    pub fn repeated_key(&self) -> Option<(usize, usize)> {
        let same = |a: usize, b: usize| self.columns.iter().take(self.keys).all(|s| s.cell(a) == s.cell(b));
        self.order().windows(2).find(|pair| same(pair[0], pair[1])).map(|pair| (pair[0], pair[1]))
    }

    /// The content hash, as defined at the top of this file; independent of the order of rows.
    pub fn content_hash(&self) -> blake3::Hash {
        const BATCH: usize = 1 << 16;
        let mut hasher = blake3::Hasher::new();
        let mut bytes = Vec::with_capacity(BATCH + 1024);
        for row in self.order() {
            self.columns.iter().for_each(|series| write_cell(&mut bytes, series.cell(row)));
            if bytes.len() >= BATCH {
                hasher.update(&bytes);
                bytes.clear();
            }
        }
        hasher.update(&bytes);
        hasher.finalize()
    }
}

fn write_cell(bytes: &mut Vec<u8>, cell: Cell<'_>) {
    bytes.push(u8::from(cell != Cell::Null));
    match cell {
        Cell::Int(value) => bytes.extend(value.to_le_bytes()),
        Cell::Float(value) => bytes.extend(value.to_bits().to_le_bytes()),
        Cell::Text(value) => {
            bytes.extend((value.len() as u64).to_le_bytes());
            bytes.extend(value.as_bytes());
        }
        Cell::Bool(value) => bytes.push(u8::from(value)),
        Cell::Key(value) => bytes.extend(value.to_le_bytes()),
        Cell::Null => {}
    }
}

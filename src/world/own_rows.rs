//! The own rows of a follower: few rows with scattered numbers, found by number and listed in order.
//!
//! A bit for each row says whether it is there. The rows of 64 neighbouring numbers lie together in ascending order, so
//! the place of a row follows from the bits below it. Members of a household are neighbours.

/// Numbers of rows from here on exist in one follower only.
pub(super) const OF_ONE: u32 = 1 << 30;

/// Number of rows that share a block.
const TOGETHER: usize = 64;
/// Sizes of blocks: 1, 2, 4, up to 64 rows.
const SIZES: usize = 7;

/// Rows by number; below [`OF_ONE`], and from there on.
#[derive(Clone, Debug)]
pub(super) struct OwnRows<T> {
    low: Blocks<T>,
    high: Blocks<T>,
}

impl<T> Default for OwnRows<T> {
    fn default() -> Self {
        OwnRows { low: Blocks::default(), high: Blocks::default() }
    }
}

impl<T> OwnRows<T> {
    /// Whether a row is there.
    #[inline]
    pub(super) fn has(&self, row: usize) -> bool {
        match row.checked_sub(OF_ONE as usize) {
            None => self.low.has(row),
            Some(row) => self.high.has(row),
        }
    }

    /// A row, if it is there.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<&T> {
        match row.checked_sub(OF_ONE as usize) {
            None => self.low.place(row).map(|place| &self.low.rows[place]),
            Some(row) => self.high.place(row).map(|place| &self.high.rows[place]),
        }
    }

    /// A row for writing, if it is there.
    #[inline]
    pub(super) fn get_mut(&mut self, row: usize) -> Option<&mut T> {
        let (blocks, row) = match row.checked_sub(OF_ONE as usize) {
            None => (&mut self.low, row),
            Some(row) => (&mut self.high, row),
        };
        blocks.place(row).map(|place| &mut blocks.rows[place])
    }

    /// Numbers of all rows, ascending.
    pub(super) fn numbers(&self) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(self.low.len + self.high.len);
        self.low.each(&mut |row| numbers.push(row));
        self.high.each(&mut |row| numbers.push(OF_ONE + row));
        numbers
    }
}

impl<T: Copy> OwnRows<T> {
    /// Adds a row that is not there.
    pub(super) fn insert(&mut self, row: usize, value: T) {
        match row.checked_sub(OF_ONE as usize) {
            None => self.low.insert(row, value),
            Some(row) => self.high.insert(row, value),
        }
    }

    /// Removes a row; returns whether it was there.
    pub(super) fn remove(&mut self, row: usize) -> bool {
        match row.checked_sub(OF_ONE as usize) {
            None => self.low.remove(row),
            Some(row) => self.high.remove(row),
        }
    }
}

/// Where the rows of a block begin, and the size of the block: 1 shifted by `size`. Meaningless while it has no row.
#[derive(Clone, Copy, Debug, Default)]
struct RowBlock {
    begins: u32,
    size: u8,
}

/// Rows in blocks of neighbouring numbers.
#[derive(Clone, Debug)]
struct Blocks<T> {
    /// One bit for each row.
    bits: Vec<u64>,
    /// One bit for each block: whether it has any row.
    some: Vec<u64>,
    blocks: Vec<RowBlock>,
    /// The rows of all blocks, and unused places.
    rows: Vec<T>,
    /// Where unused blocks of each size begin.
    free: [Vec<u32>; SIZES],
    /// Number of rows.
    len: usize,
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        let free = std::array::from_fn(|_| Vec::new());
        Blocks { bits: Vec::new(), some: Vec::new(), blocks: Vec::new(), rows: Vec::new(), free, len: 0 }
    }
}

impl<T> Blocks<T> {
    #[inline]
    fn has(&self, row: usize) -> bool {
        self.bits.get(row / TOGETHER).is_some_and(|bits| bits >> (row % TOGETHER) & 1 == 1)
    }

    #[inline]
    fn place(&self, row: usize) -> Option<usize> {
        if !self.has(row) {
            return None;
        }
        let below = self.bits[row / TOGETHER] & ((1 << (row % TOGETHER)) - 1);
        Some(self.blocks[row / TOGETHER].begins as usize + below.count_ones() as usize)
    }

    /// Calls `each` for the number of every row, ascending.
    fn each(&self, each: &mut dyn FnMut(u32)) {
        for (many, some) in self.some.iter().enumerate() {
            for block in bits_of(*some).map(|bit| many * TOGETHER + bit) {
                bits_of(self.bits[block]).for_each(|bit| each((block * TOGETHER + bit) as u32));
            }
        }
    }
}

impl<T: Copy> Blocks<T> {
    fn insert(&mut self, row: usize, value: T) {
        let (at, bit) = (row / TOGETHER, row % TOGETHER);
        if self.bits.len() <= at {
            self.bits.resize(at + 1, 0);
            self.blocks.resize(at + 1, RowBlock::default());
            self.some.resize(at / TOGETHER + 1, 0);
        }
        let bits = self.bits[at];
        let (many, below) = (bits.count_ones() as usize, (bits & ((1 << bit) - 1)).count_ones() as usize);
        if many == 0 {
            self.blocks[at] = self.open(0, value);
            self.some[at / TOGETHER] |= 1 << (at % TOGETHER);
        } else if many == 1 << self.blocks[at].size {
            let full = self.blocks[at];
            let wider = self.open(full.size + 1, value);
            let begins = full.begins as usize;
            self.rows.copy_within(begins..begins + many, wider.begins as usize);
            self.free[usize::from(full.size)].push(full.begins);
            self.blocks[at] = wider;
        }
        let begins = self.blocks[at].begins as usize;
        self.rows.copy_within(begins + below..begins + many, begins + below + 1);
        self.rows[begins + below] = value;
        self.bits[at] = bits | 1 << bit;
        self.len += 1;
    }

    /// An unused block of a size; `value` fills it.
    fn open(&mut self, size: u8, value: T) -> RowBlock {
        let begins = self.free[usize::from(size)].pop().unwrap_or_else(|| {
            let begins = self.rows.len() as u32;
            self.rows.resize(self.rows.len() + (1 << size), value);
            begins
        });
        RowBlock { begins, size }
    }

    fn remove(&mut self, row: usize) -> bool {
        let Some(place) = self.place(row) else { return false };
        let (at, bit) = (row / TOGETHER, row % TOGETHER);
        let block = self.blocks[at];
        let ends = block.begins as usize + self.bits[at].count_ones() as usize;
        self.rows.copy_within(place + 1..ends, place);
        self.bits[at] &= !(1 << bit);
        self.len -= 1;
        if self.bits[at] == 0 {
            self.some[at / TOGETHER] &= !(1 << (at % TOGETHER));
            self.free[usize::from(block.size)].push(block.begins);
        }
        true
    }
}

/// Places of the bits that are set, ascending.
fn bits_of(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn rows_come_and_go_as_in_a_map_in_order() {
        let (mut rows, mut map) = (OwnRows::default(), BTreeMap::new());
        // A fixed sequence of numbers that meets few blocks often, and both ranges.
        let mut state = 7_u64;
        for step in 0..20_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = (state >> 33) as usize % 700 + if state >> 63 == 1 { OF_ONE as usize } else { 0 };
            assert_eq!(rows.get(number), map.get(&number), "{number}");
            assert_eq!(rows.has(number), map.contains_key(&number));
            match (state >> 60) & 3 {
                0 => assert_eq!(rows.remove(number), map.remove(&number).is_some()),
                _ => match map.get_mut(&number) {
                    Some(value) => {
                        *value = step;
                        *rows.get_mut(number).expect("it is there") = step;
                    }
                    None => {
                        map.insert(number, step);
                        rows.insert(number, step);
                    }
                },
            }
            if step % 500 == 0 {
                let numbers: Vec<u32> = map.keys().map(|number| *number as u32).collect();
                assert_eq!(rows.numbers(), numbers);
                assert!(map.iter().all(|(number, value)| rows.get(*number) == Some(value)));
            }
        }
    }
}

//! Where rows with scattered numbers stand in a list.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Place in a list of each of some rows.
///
/// No order of it is ever used: rows that are listed from it are sorted. The hasher is the same in every run all the
/// same.
pub(crate) type PlaceByRow = HashMap<u32, u32, BuildHasherDefault<RowHasher>>;

/// Spreads row numbers over a hash table, in the same way in every run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowHasher(u64);

impl Hasher for RowHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }
    fn write_u32(&mut self, row: u32) {
        let mixed = (self.0 ^ u64::from(row)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ mixed >> 32;
    }
}

//! Data by the key of a person, couple or case, for tables that look up many keys every month.
//!
//! A look-up in a hash table reads one place in memory; in a tree it reads one on each level. The order within a hash
//! table means nothing, so no table may depend on it: [`ByKey::sorted`] gives the entries in the order of their keys.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Serialize};

/// Values by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ByKey<T>(HashMap<u64, T, BuildHasherDefault<KeyHasher>>);

/// Factor (2^64 over the golden ratio) that spreads keys over the high digits.
const SPREADS: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of a key: the same in every run.
#[derive(Clone, Copy, Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    /// Keys of a run are uniform already; those of tests and numbers of rows are not.
    #[inline]
    fn write_u64(&mut self, key: u64) {
        self.0 = (self.0 ^ key).wrapping_mul(SPREADS).rotate_left(32);
    }
}

impl<T> Default for ByKey<T> {
    fn default() -> Self {
        ByKey(HashMap::default())
    }
}

impl<T> ByKey<T> {
    /// The value of a key.
    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<&T> {
        self.0.get(&key)
    }

    /// The value of a key, to be changed.
    #[inline]
    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut T> {
        self.0.get_mut(&key)
    }

    /// The value of a key, inserted first if there is none.
    pub(super) fn or_insert_with(&mut self, key: u64, value: impl FnOnce() -> T) -> &mut T {
        self.0.entry(key).or_insert_with(value)
    }

    /// Removes a key and returns its value.
    #[inline]
    pub(super) fn remove(&mut self, key: u64) -> Option<T> {
        self.0.remove(&key)
    }

    /// Removes the entries that do not meet a condition. It is asked in no particular order.
    pub(super) fn retain(&mut self, mut keeps: impl FnMut(&mut T) -> bool) {
        self.0.retain(|_, value| keeps(value));
    }

    /// All entries in the order of their keys.
    pub(super) fn sorted(&self) -> Vec<(u64, &T)> {
        let mut all: Vec<(u64, &T)> = self.0.iter().map(|(key, value)| (*key, value)).collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }
}

/// A small set of bits that says of most keys without an entry that there is none. Most persons of a month are in no
/// table; to find that out here does not wait for memory.
#[derive(Clone, Debug)]
pub(super) struct KeyFilter {
    bits: Vec<u64>,
    shift: u32,
}

impl KeyFilter {
    /// Number of bits for each key: one in sixteen other keys is taken for one of them.
    const SPARSE: usize = 16;

    fn place(&self, key: u64) -> (usize, u64) {
        let at = (key.wrapping_mul(SPREADS) >> self.shift) as usize;
        (at / 64, 1 << (at % 64))
    }

    /// Whether a key may have an entry; `false` means that it has none.
    #[inline]
    pub(super) fn may_have(&self, key: u64) -> bool {
        let (word, bit) = self.place(key);
        self.bits[word] & bit != 0
    }
}

impl<T> ByKey<T> {
    /// A filter of the keys that have an entry now.
    pub(super) fn filter(&self) -> KeyFilter {
        let size = (self.0.len() * KeyFilter::SPARSE).next_power_of_two().max(64);
        let mut filter = KeyFilter { bits: vec![0; size / 64], shift: 64 - size.trailing_zeros() };
        for key in self.0.keys() {
            let (word, bit) = filter.place(*key);
            filter.bits[word] |= bit;
        }
        filter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_key_and_listed_in_the_order_of_keys() {
        let mut all: ByKey<Vec<u64>> = ByKey::default();
        // Small numbers, and keys that differ in their high digits only.
        let keys = || (0..1000_u64).chain((1..1000).map(|high| high << 48));
        keys().for_each(|key| all.or_insert_with(key, Vec::new).push(key));
        assert_eq!(all.or_insert_with(7, || vec![1]), &[7]);
        assert!(keys().all(|key| all.get_mut(key).is_some_and(|list| *list == [key])));
        assert_eq!((all.remove(3), all.remove(3)), (Some(vec![3]), None));
        assert!(all.get_mut(5000).is_none());
        let mut listed: Vec<u64> = keys().filter(|key| *key != 3).collect();
        listed.sort_unstable();
        assert_eq!(all.sorted().iter().map(|(key, _)| *key).collect::<Vec<_>>(), listed);
        all.retain(|list| list[0] < 500);
        listed.retain(|key| *key < 500);
        assert_eq!(all.sorted().iter().map(|(key, _)| *key).collect::<Vec<_>>(), listed);
        let text = serde_json::to_string(&all).expect("plain data");
        assert_eq!(serde_json::from_str::<ByKey<Vec<u64>>>(&text).expect("plain data"), all);
    }

    #[test]
    fn a_filter_finds_every_key_and_turns_away_most_others() {
        let mut all: ByKey<u64> = ByKey::default();
        assert!((0..1000_u64).all(|key| !all.filter().may_have(key)), "nothing is found without entries");
        let keys = || (0..3000_u64).map(|number| number * 7919 + 5).chain((1..1000).map(|high| high << 48));
        keys().for_each(|key| {
            all.or_insert_with(key, || key);
        });
        let filter = all.filter();
        assert!(keys().all(|key| filter.may_have(key)));
        let others = (0..100_000_u64).map(|number| number * 104_729 + 3).filter(|key| all.get(*key).is_none());
        let found = others.clone().filter(|key| filter.may_have(*key)).count();
        assert!(found * 8 < others.count(), "{found} others are taken for keys");
    }
}

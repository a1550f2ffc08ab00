//! Sums by key that grow every year, for tables with a row for each person.

use serde::{Deserialize, Serialize};

/// Sums by key.
///
/// They are kept as lists sorted by key, each shorter than half of the list before it, and each key is in one list.
/// Amounts of known keys are added in place. Those of new keys become a list, and short lists are merged. So a year, or
/// a single amount, does not copy the sums of all years before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct KeyedSums<K, V>(Vec<SortedSums<K, V>>);

/// Keys in order, with their sums beside them: a search reads keys only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SortedSums<K, V> {
    keys: Vec<K>,
    sums: Vec<V>,
}

impl<K, V> Default for KeyedSums<K, V> {
    fn default() -> Self {
        KeyedSums(Vec::new())
    }
}

impl<K: Copy + Ord, const N: usize> SortedSums<K, [f64; N]> {
    fn with_capacity(length: usize) -> Self {
        SortedSums { keys: Vec::with_capacity(length), sums: Vec::with_capacity(length) }
    }

    /// Adds an amount whose key is not below the last key.
    fn push(&mut self, key: K, amount: &[f64; N]) {
        match self.sums.last_mut() {
            Some(sum) if self.keys.last() == Some(&key) => add(sum, amount),
            _ => {
                self.keys.push(key);
                self.sums.push(*amount);
            }
        }
    }

    /// The number of keys below a key; those before `from` are known to be below it.
    ///
    /// The step doubles until it reaches beyond the key, so that keys in ascending order are found one after another.
    #[inline]
    fn below(&self, key: K, from: usize) -> usize {
        let (mut from, mut step) = (from, 1);
        while let Some(next) = self.keys.get(from + step - 1)
            && *next < key
        {
            from += step;
            step *= 2;
        }
        let until = (from + step - 1).min(self.keys.len());
        from + self.keys[from..until].partition_point(|known| *known < key)
    }

    /// Both lists as one.
    fn merged(&self, other: &Self) -> Self {
        let mut all = Self::with_capacity(self.keys.len() + other.keys.len());
        let mut at = 0;
        for (key, sum) in other.keys.iter().zip(&other.sums) {
            let until = self.below(*key, at);
            all.keys.extend_from_slice(&self.keys[at..until]);
            all.sums.extend_from_slice(&self.sums[at..until]);
            at = until;
            all.push(*key, sum);
        }
        all.keys.extend_from_slice(&self.keys[at..]);
        all.sums.extend_from_slice(&self.sums[at..]);
        all
    }
}

impl<K: Copy + Ord, const N: usize> KeyedSums<K, [f64; N]> {
    /// Adds amounts, which are sorted by key; amounts of one key are added in their order.
    pub(super) fn add(&mut self, amounts: impl IntoIterator<Item = (K, [f64; N])>) {
        let mut amounts: Vec<(K, [f64; N])> = amounts.into_iter().collect();
        // Lists that the new keys may be merged with become one before, so that fewer lists are searched.
        self.merge_while(|before, last| before < amounts.len() || before <= 2 * last);
        for list in &mut self.0 {
            let mut at = 0;
            amounts.retain(|(key, amount)| {
                at = list.below(*key, at);
                let is_known = list.keys.get(at) == Some(key);
                if is_known {
                    add(&mut list.sums[at], amount);
                }
                !is_known
            });
        }
        if amounts.is_empty() {
            return;
        }
        let mut new = SortedSums::with_capacity(amounts.len());
        amounts.iter().for_each(|(key, amount)| new.push(*key, amount));
        self.0.push(new);
        self.merge_while(|before, last| before <= 2 * last);
    }

    /// Merges the last two lists as long as their lengths meet a condition.
    fn merge_while(&mut self, is_short: impl Fn(usize, usize) -> bool) {
        while let [.., before, last] = &self.0[..]
            && is_short(before.keys.len(), last.keys.len())
        {
            let merged = before.merged(last);
            self.0.truncate(self.0.len() - 2);
            self.0.push(merged);
        }
    }

    /// All keys in order, with their sums.
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, &[f64; N])> {
        let mut rest: Vec<(&[K], &[[f64; N]])> = self.0.iter().map(|list| (&list.keys[..], &list.sums[..])).collect();
        std::iter::from_fn(move || {
            let (keys, sums) = rest.iter_mut().filter(|(keys, _)| !keys.is_empty()).min_by_key(|(keys, _)| keys[0])?;
            let ((key, later_keys), (sum, later_sums)) = (keys.split_first()?, sums.split_first()?);
            (*keys, *sums) = (later_keys, later_sums);
            Some((*key, sum))
        })
    }
}

#[inline]
fn add<const N: usize>(sum: &mut [f64; N], amount: &[f64; N]) {
    sum.iter_mut().zip(amount).for_each(|(sum, more)| *sum += more);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn listed<K: Copy + Ord, const N: usize>(sums: &KeyedSums<K, [f64; N]>) -> Vec<(K, [f64; N])> {
        sums.iter().map(|(key, sum)| (key, *sum)).collect()
    }

    #[test]
    fn amounts_are_added_key_by_key_and_stay_in_order() {
        let mut kept: KeyedSums<u8, [f64; 2]> = KeyedSums::default();
        kept.add([(2, [1.0, 2.0]), (2, [3.0, 4.0]), (5, [1.0, 1.0])]);
        kept.add([(1, [7.0, 0.0]), (5, [0.5, 0.25]), (9, [1.0, 0.0])]);
        kept.add([]);
        assert_eq!(listed(&kept), [(1, [7.0, 0.0]), (2, [4.0, 6.0]), (5, [1.5, 1.25]), (9, [1.0, 0.0])]);
    }

    #[test]
    fn years_and_single_amounts_give_the_sums_of_one_list_to_the_last_digit() {
        let mut kept: KeyedSums<u64, [f64; 3]> = KeyedSums::default();
        let mut plain: BTreeMap<u64, [f64; 3]> = BTreeMap::new();
        let mut next = 1_u64;
        let mut random = |below: u64| {
            next = next.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
            (next >> 33) % below
        };
        for (year, size) in [400, 0, 150, 1, 1, 1, 60, 1, 800, 1, 1, 300].into_iter().enumerate() {
            let mut amounts: Vec<(u64, [f64; 3])> = (0..size)
                .map(|_| (random(1500), [0.1, 1.0 / 3.0, random(9) as f64 / 7.0].map(|of| of * year as f64)))
                .collect();
            amounts.sort_by_key(|(key, _)| *key);
            for (key, amount) in &amounts {
                // A new sum begins with the amount itself.
                plain.entry(*key).and_modify(|sum| add(sum, amount)).or_insert(*amount);
            }
            kept.add(amounts);
            assert_eq!(listed(&kept), plain.iter().map(|(key, sum)| (*key, *sum)).collect::<Vec<_>>());
            assert!(kept.0.windows(2).all(|two| two[0].keys.len() > 2 * two[1].keys.len()), "year {year}");
        }
        let text = serde_json::to_string(&kept).expect("plain data");
        assert_eq!(serde_json::from_str::<KeyedSums<u64, [f64; 3]>>(&text).expect("plain data"), kept);
    }
}

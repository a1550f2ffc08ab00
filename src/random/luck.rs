//! The random numbers of one replicate, by address. Scenarios that have the same `Luck` use common random numbers.

use std::convert::Infallible;

use rand::rand_core::TryRng;
use rand::rand_core::utils;

use super::block::Block;
use super::philox::{philox, philox_each, philox_many};

/// Process number reserved for [`Luck::derive`]; no process of the model may use it.
pub const DERIVE: u16 = u16::MAX;

/// The random numbers of one (seed, draw, replicate): a key of two words and no other state.
///
/// The scenario is not part of the key, so all scenarios use common random numbers.
///
/// ```
/// use keten::random::Luck;
/// let luck = Luck::new(2008, 0, 1);
/// let mother = 42;
/// let girl = luck.block(mother, 3, 1, 0).happens(0, 0.486);
/// assert_eq!(girl, luck.block(mother, 3, 1, 0).happens(0, 0.486));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Luck {
    key: [u32; 2],
}

impl Luck {
    /// The random numbers of a seed, a parameter draw (0 = central values, or all draws of a crossed ensemble) and a
    /// replicate.
    pub fn new(seed: u64, draw: u32, replicate: u32) -> Self {
        // The words of "keten" separate this use of the generator from addresses under the same key.
        let words = philox([draw, replicate, 0x6b65_7465, 0x6e00_0000], [seed as u32, (seed >> 32) as u32]);
        Luck { key: [words[0], words[1]] }
    }

    /// The random words of one address: subject, process, ordinal (usually the month) and index of the draw.
    #[inline]
    pub fn block(self, subject: u64, process: u16, ordinal: u32, index: u16) -> Block {
        let [third, fourth] = upper(process, ordinal, index);
        Block(philox([subject as u32, (subject >> 32) as u32, third, fourth], self.key))
    }

    /// [`Luck::block`] for many subjects at once: the same values, several times faster.
    ///
    /// # Panics
    /// When `out` is not as long as `subjects`.
    pub fn blocks(self, subjects: &[u64], process: u16, ordinal: u32, index: u16, out: &mut [Block]) {
        assert_eq!(subjects.len(), out.len(), "one block per subject");
        philox_many(subjects, upper(process, ordinal, index), self.key, out);
    }

    /// [`Luck::block`] for many addresses at once, each a subject and the upper half of its counter as [`Luck::upper`]
    /// returns it: the same values, several times faster.
    ///
    /// # Panics
    /// When the three slices differ in length.
    pub fn blocks_at(self, subjects: &[u64], uppers: &[u64], out: &mut [Block]) {
        assert!(subjects.len() == uppers.len() && subjects.len() == out.len(), "one block per address");
        philox_each(subjects, uppers, self.key, out);
    }

    /// The upper half of the counter of an address, for [`Luck::blocks_at`].
    #[inline]
    pub fn upper(process: u16, ordinal: u32, index: u16) -> u64 {
        let [third, fourth] = upper(process, ordinal, index);
        u64::from(fourth) << 32 | u64::from(third)
    }

    /// Key of the `ordinal`-th child, copy or couple (distinguished by `kind`) that derives from `parent`: 63 bits,
    /// never 0.
    #[inline]
    pub fn derive(self, parent: u64, kind: u16, ordinal: u32) -> u64 {
        let Block([a, b, c, d]) = self.block(parent, DERIVE, ordinal, kind);
        let key = (u64::from(a) << 32 | u64::from(b)) >> 1;
        if key == 0 { (u64::from(c) << 32 | u64::from(d)) >> 1 | 1 } else { key }
    }

    /// A sequential generator over the addresses of one subject and process, for distributions that need several
    /// numbers.
    ///
    /// For parameter draws only: in the model every number has its own address.
    pub fn keyed_rng(self, subject: u64, process: u16) -> KeyedRng {
        KeyedRng { luck: self, subject, process, ordinal: 0, block: Block::default(), used: 4 }
    }
}

/// The upper half of a counter.
#[inline(always)]
fn upper(process: u16, ordinal: u32, index: u16) -> [u32; 2] {
    [u32::from(process) << 16 | u32::from(index), ordinal]
}

/// A generator with the interface of the `rand` crates that walks through the ordinals of one subject and process.
#[derive(Clone, Debug)]
pub struct KeyedRng {
    luck: Luck,
    subject: u64,
    process: u16,
    ordinal: u64,
    block: Block,
    used: usize,
}

impl TryRng for KeyedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.used == 4 {
            // 2^32 ordinals under each index: the stream repeats only after 2^50 words.
            self.block = self.luck.block(self.subject, self.process, self.ordinal as u32, (self.ordinal >> 32) as u16);
            self.ordinal += 1;
            self.used = 0;
        }
        self.used += 1;
        Ok(self.block.0[self.used - 1])
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_u64_via_u32(self)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(bytes, || self.try_next_u32())
    }
}

#[cfg(test)]
mod tests {
    use rand::rand_core::Rng;

    use super::*;

    #[test]
    fn the_luck_of_a_seed_never_changes() {
        // Computed independently of this code, from the definitions of the generator and of the address.
        let luck = Luck::new(2008, 0, 1);
        assert_eq!(
            luck.block(42, 3, 1, 0),
            Block([355_729_989, 1_790_436_205, 4_170_771_637, 3_277_272_870]),
            "a change here changes every result ever published"
        );
        assert_eq!(luck.derive(42, 1, 1), 1_694_217_505_920_200_116);
    }

    #[test]
    fn every_part_of_the_address_matters() {
        let luck = Luck::new(1, 0, 0);
        let here = luck.block(1, 2, 3, 4);
        let others = [
            luck.block(1 << 32, 2, 3, 4),
            luck.block(0, 2, 3, 4),
            luck.block(1, 4, 3, 2),
            luck.block(1, 3, 3, 4),
            luck.block(1, 2, 4, 4),
            luck.block(1, 2, 3, 5),
            Luck::new(2, 0, 0).block(1, 2, 3, 4),
            Luck::new(1 << 32, 0, 0).block(1, 2, 3, 4),
            Luck::new(1, 1, 0).block(1, 2, 3, 4),
            Luck::new(1, 0, 1).block(1, 2, 3, 4),
        ];
        for other in others {
            assert!(here.0.iter().zip(other.0).all(|(a, b)| *a != b));
        }
    }

    #[test]
    fn many_subjects_at_once_share_the_luck_of_one_at_a_time() {
        let luck = Luck::new(7, 8, 9);
        let subjects: Vec<u64> = (0..1003).map(|i| luck.derive(5, 0, i)).collect();
        let mut blocks = vec![Block::default(); subjects.len()];
        luck.blocks(&subjects, 12, 480, 3, &mut blocks);
        for (subject, block) in subjects.iter().zip(&blocks) {
            assert_eq!(*block, luck.block(*subject, 12, 480, 3));
        }
        let uppers: Vec<u64> = (0..1003).map(|i| Luck::upper(12, i * 7, 3)).collect();
        luck.blocks_at(&subjects, &uppers, &mut blocks);
        for (i, (subject, block)) in subjects.iter().zip(&blocks).enumerate() {
            assert_eq!(*block, luck.block(*subject, 12, i as u32 * 7, 3));
        }
    }

    #[test]
    fn derived_keys_have_63_bits_and_differ() {
        let luck = Luck::new(3, 0, 0);
        let mut keys: Vec<u64> =
            (0..200_000).map(|i| luck.derive(1 + i / 1000, (i % 5) as u16, (i % 1000) as u32)).collect();
        assert!(keys.iter().all(|key| *key != 0 && *key >> 63 == 0));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 200_000);
    }

    #[test]
    fn a_keyed_generator_walks_the_ordinals() {
        let luck = Luck::new(11, 0, 0);
        let mut rng = luck.keyed_rng(6, 2);
        let first: Vec<u32> = (0..6).map(|_| rng.next_u32()).collect();
        assert_eq!(first[..4], luck.block(6, 2, 0, 0).0);
        assert_eq!(first[4..], luck.block(6, 2, 1, 0).0[..2]);
        let mut bytes = [0; 8];
        rng.fill_bytes(&mut bytes);
        let next = luck.block(6, 2, 1, 0).0;
        assert_eq!(u64::from_le_bytes(bytes), u64::from(next[3]) << 32 | u64::from(next[2]));
    }
}

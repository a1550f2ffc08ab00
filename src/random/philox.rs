//! Philox4x32-10: a keyed bijection of 128 bits, ten rounds of two 32-bit multiplications.
//!
//! Source: Salmon et al. 2011 (SC11), tables 2 and 3 for the constants; known answers from the Random123 distribution.
//! Integer arithmetic only, so the values are the same on every machine, whichever instructions the compiler selects.

use multiversion::multiversion;

use super::block::Block;

/// Multipliers of the first and the third word.
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Increments of the key words after each round: the golden ratio and the square root of three, less one.
const STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
/// Number of rounds; seven already pass every known test, ten leave a margin, as the authors recommend.
const ROUNDS: usize = 10;
/// Number of counters processed together: few enough that their words fit in the L1 cache.
const GROUP: usize = 32;

/// High and low half of a product.
#[inline(always)]
fn product(a: u32, b: u32) -> (u32, u32) {
    let wide = u64::from(a) * u64::from(b);
    ((wide >> 32) as u32, wide as u32)
}

/// The four words that belong to one counter under one key.
#[inline]
pub(super) fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let mut x = counter;
    let mut k = key;
    for _ in 0..ROUNDS {
        let (high0, low0) = product(MULTIPLIERS[0], x[0]);
        let (high1, low1) = product(MULTIPLIERS[1], x[2]);
        x = [high1 ^ x[1] ^ k[0], low1, high0 ^ x[3] ^ k[1], low0];
        k = [k[0].wrapping_add(STEPS[0]), k[1].wrapping_add(STEPS[1])];
    }
    x
}

/// The words of a group of counters, one column per two words; `upper(i)` is the upper half of the counter of subject
/// `i`.
///
/// A plain loop over subjects, which the compiler vectorises. Each word is stored in the lower half of 64 bits, where
/// the vector multiplication reads it; the upper halves are never read.
#[inline(always)]
fn philox_columns(
    subjects: &[u64; GROUP],
    upper: impl Fn(usize) -> u64,
    key: [u32; 2],
    columns: &mut [[u64; GROUP]; 2],
) {
    const LOW: u64 = u32::MAX as u64;
    let [m0, m1] = MULTIPLIERS.map(u64::from);
    let [first, second] = columns;
    for i in 0..GROUP {
        let high = upper(i);
        let mut x = [subjects[i], subjects[i] >> 32, high, high >> 32];
        let mut k = key;
        for _ in 0..ROUNDS {
            let product0 = (x[0] & LOW) * m0;
            let product1 = (x[2] & LOW) * m1;
            x = [product1 >> 32 ^ x[1] ^ u64::from(k[0]), product1, product0 >> 32 ^ x[3] ^ u64::from(k[1]), product0];
            k = [k[0].wrapping_add(STEPS[0]), k[1].wrapping_add(STEPS[1])];
        }
        first[i] = x[0] & LOW | x[1] << 32;
        second[i] = x[2] & LOW | x[3] << 32;
    }
}

/// The words of many subjects that share the upper half of the counter; `out` is as long as `subjects`.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn philox_many(subjects: &[u64], high_words: [u32; 2], key: [u32; 2], out: &mut [Block]) {
    let (groups, rest) = subjects.as_chunks::<GROUP>();
    let (out_groups, out_rest) = out.as_chunks_mut::<GROUP>();
    let mut columns = [[0; GROUP]; 2];
    let upper = u64::from(high_words[1]) << 32 | u64::from(high_words[0]);
    for (group, blocks) in groups.iter().zip(out_groups) {
        philox_columns(group, |_| upper, key, &mut columns);
        gather(&columns, blocks);
    }
    for (subject, block) in rest.iter().zip(out_rest) {
        *block = Block(philox(counter(*subject, upper), key));
    }
}

/// The words of many counters, each given by its lower half (the subject) and its upper half; all three slices have
/// equal length.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn philox_each(subjects: &[u64], uppers: &[u64], key: [u32; 2], out: &mut [Block]) {
    let (groups, rest) = subjects.as_chunks::<GROUP>();
    let (upper_groups, upper_rest) = uppers.as_chunks::<GROUP>();
    let (out_groups, out_rest) = out.as_chunks_mut::<GROUP>();
    let mut columns = [[0; GROUP]; 2];
    for ((group, upper), blocks) in groups.iter().zip(upper_groups).zip(out_groups) {
        philox_columns(group, |i| upper[i], key, &mut columns);
        gather(&columns, blocks);
    }
    for ((subject, upper), block) in rest.iter().zip(upper_rest).zip(out_rest) {
        *block = Block(philox(counter(*subject, *upper), key));
    }
}

#[inline(always)]
fn gather(columns: &[[u64; GROUP]; 2], blocks: &mut [Block; GROUP]) {
    for (i, block) in blocks.iter_mut().enumerate() {
        let [first, second] = [columns[0][i], columns[1][i]];
        *block = Block([first as u32, (first >> 32) as u32, second as u32, (second >> 32) as u32]);
    }
}

#[inline(always)]
fn counter(subject: u64, upper: u64) -> [u32; 4] {
    [subject as u32, (subject >> 32) as u32, upper as u32, (upper >> 32) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_answers_of_random123_come_out() {
        let zeros = philox([0; 4], [0; 2]);
        assert_eq!(zeros, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        let ones = philox([u32::MAX; 4], [u32::MAX; 2]);
        assert_eq!(ones, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]);
        assert_eq!(pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn many_counters_give_the_words_of_one_at_a_time() {
        for count in [0, 1, 31, 32, 33, 64, 1001] {
            let subjects: Vec<u64> = (0..count).map(|i: u64| i.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
            let mut words = vec![Block::default(); subjects.len()];
            philox_many(&subjects, [7, u32::MAX], [1, 2], &mut words);
            for (subject, word) in subjects.iter().zip(&words) {
                let at = [*subject as u32, (*subject >> 32) as u32, 7, u32::MAX];
                assert_eq!(word.0, philox(at, [1, 2]), "{count} subjects");
            }
            let uppers: Vec<u64> = subjects.iter().map(|subject| subject.rotate_left(17)).collect();
            philox_each(&subjects, &uppers, [1, 2], &mut words);
            for ((subject, upper), word) in subjects.iter().zip(&uppers).zip(&words) {
                assert_eq!(word.0, philox(counter(*subject, *upper), [1, 2]), "{count} addresses");
            }
        }
    }
}

//! Properties of the random numbers: uniform over every part of the address, without correlation between neighbours,
//! and each distribution with the right moments and tails.

use crate::support::statistics::{
    assert_cells, assert_even, assert_law, assert_mean, assert_poisson, assert_same_law, assert_share,
    assert_uncorrelated, moments,
};
use keten::random::{Block, Luck, exponential, lognormal, normal, poisson};
use rand_distr::{Beta, Distribution, Gamma};
use statrs::distribution::{ContinuousCDF, Discrete, DiscreteCDF, Normal, Poisson};

const N: u32 = 1 << 18;

/// Sequences of addresses: each changes one part alone, in steps of one (processes and indices have 2^16 values).
fn walks() -> Vec<(&'static str, Vec<Block>)> {
    let luck = Luck::new(2008, 0, 0);
    let over = |n: u32, block: &dyn Fn(u32) -> Block| (0..n).map(block).collect::<Vec<_>>();
    vec![
        ("subjects", over(N, &|i| luck.block(u64::from(i), 3, 17, 0))),
        ("subjects by their upper half", over(N, &|i| luck.block(u64::from(i) << 32, 3, 17, 0))),
        ("derived subjects", over(N, &|i| luck.block(luck.derive(7, 1, i), 3, 17, 0))),
        ("processes", over(1 << 16, &|i| luck.block(12_345, i as u16, 17, 0))),
        ("ordinals", over(N, &|i| luck.block(12_345, 3, i, 0))),
        ("indices", over(1 << 16, &|i| luck.block(12_345, 3, 17, i as u16))),
        ("seeds", over(N, &|i| Luck::new(u64::from(i), 0, 0).block(12_345, 3, 17, 0))),
        ("draws", over(N, &|i| Luck::new(2008, i, 0).block(12_345, 3, 17, 0))),
        ("replicates", over(N, &|i| Luck::new(2008, 0, i).block(12_345, 3, 17, 0))),
    ]
}

/// Runs `check` on each sequence, and names the sequence when it fails.
fn on_every_walk(check: impl Fn(&[Block]) + std::panic::RefUnwindSafe) {
    for (name, blocks) in walks() {
        let outcome = std::panic::catch_unwind(|| check(&blocks));
        assert!(outcome.is_ok(), "on the walk over {name}");
    }
}

#[test]
fn numbers_are_even_over_every_part_of_the_address() {
    on_every_walk(|blocks| {
        for word in 0..4 {
            for shift in [0, 8, 16, 24] {
                let mut counts = [0; 256];
                blocks.iter().for_each(|block| counts[(block.0[word] >> shift) as usize & 255] += 1);
                assert_even(&counts);
            }
        }
    });
}

#[test]
fn neighbours_have_nothing_in_common() {
    on_every_walk(|blocks| {
        for word in 0..4 {
            for apart in [1, 2, 12] {
                let pairs: Vec<(f64, f64)> =
                    blocks.iter().zip(&blocks[apart..]).map(|(a, b)| (a.unit(word), b.unit(word))).collect();
                assert_uncorrelated(&pairs);
                // Disjoint pairs of numbers, counted in a grid of 16 by 16.
                let mut squares = [0; 256];
                for pair in blocks.chunks_exact(2 * apart) {
                    for i in 0..apart {
                        let (a, b) = (pair[i].0[word] >> 28, pair[i + apart].0[word] >> 28);
                        squares[(16 * a + b) as usize] += 1;
                    }
                }
                assert_even(&squares);
            }
        }
    });
}

#[test]
fn every_bit_changes_half_the_time_between_neighbours() {
    on_every_walk(|blocks| {
        for word in 0..4 {
            for bit in 0..32 {
                let changes = blocks.chunks_exact(2).filter(|pair| (pair[0].0[word] ^ pair[1].0[word]) >> bit & 1 == 1);
                assert_share(changes.count() as u64, blocks.len() as u64 / 2, 0.5);
            }
        }
    });
}

#[test]
fn the_words_of_a_block_have_nothing_in_common() {
    on_every_walk(|blocks| {
        for (a, b) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
            let mut squares = [0; 256];
            blocks.iter().for_each(|block| squares[(16 * (block.0[a] >> 28) + (block.0[b] >> 28)) as usize] += 1);
            assert_even(&squares);
            assert_uncorrelated(&blocks.iter().map(|block| (block.unit(a), block.unit(b))).collect::<Vec<_>>());
        }
    });
}

#[test]
fn the_life_of_one_subject_has_nothing_in_common_with_the_next_replicate() {
    let [one, two] = [1, 2].map(|replicate| Luck::new(2008, 0, replicate));
    let pairs: Vec<(f64, f64)> =
        (0..N).map(|i| (one.block(u64::from(i), 5, 9, 0).unit(0), two.block(u64::from(i), 5, 9, 0).unit(0))).collect();
    assert_uncorrelated(&pairs);
}

#[test]
fn keys_of_children_are_even_and_have_nothing_in_common_with_their_mothers() {
    let luck = Luck::new(2008, 0, 0);
    let mothers: Vec<u64> = (0..N).map(|i| luck.derive(1, 0, i)).collect();
    let size = |key: u64| key as f64 / 2_f64.powi(63);
    for order in [1, 2] {
        let children: Vec<u64> = mothers.iter().map(|mother| luck.derive(*mother, 2, order)).collect();
        let mut counts = [0; 256];
        children.iter().for_each(|key| counts[(key >> 55) as usize] += 1);
        assert_even(&counts);
        let mut counts = [0; 256];
        children.iter().for_each(|key| counts[(key & 255) as usize] += 1);
        assert_even(&counts);
        assert_uncorrelated(&mothers.iter().zip(&children).map(|(m, c)| (size(*m), size(*c))).collect::<Vec<_>>());
    }
}

#[test]
fn things_happen_as_often_as_their_chance_says() {
    let luck = Luck::new(99, 0, 0);
    let blocks: Vec<Block> = (0..4 * N).map(|i| luck.block(u64::from(i), 1, 2, 3)).collect();
    for p in [0.0, 1e-5, 0.021 / 12.0, 0.486, 0.999, 1.0] {
        let hits = blocks.iter().filter(|block| block.happens(2, p)).count();
        assert_share(hits as u64, u64::from(4 * N), p);
    }
}

/// Uniform numbers of 53 bits, another set for each `about`.
fn uniforms(about: u16) -> Vec<f64> {
    let luck = Luck::new(1838, 0, 0);
    (0..2 * N).map(|i| luck.block(u64::from(i), about, 0, 0).unit53(0)).collect()
}

#[test]
fn normal_numbers_have_the_normal_law_and_its_tails() {
    let values: Vec<f64> = uniforms(1).into_iter().map(normal).collect();
    let law = Normal::standard();
    assert_law(&values, |x| law.cdf(x));
    let n = values.len() as u64;
    let moment = |power: i32| values.iter().map(|z| z.powi(power)).sum::<f64>() / n as f64;
    assert_mean(moment(1), n, 0.0, 1.0);
    assert_mean(moment(2), n, 1.0, 2_f64.sqrt());
    assert_mean(moment(3), n, 0.0, 15_f64.sqrt());
    assert_mean(moment(4), n, 3.0, 96_f64.sqrt());
    for limit in [2.0, 3.0, 4.0, 4.5] {
        assert_share(values.iter().filter(|z| **z > limit).count() as u64, n, law.sf(limit));
        assert_share(values.iter().filter(|z| **z < -limit).count() as u64, n, law.sf(limit));
    }
}

#[test]
fn waiting_times_and_lognormal_values_have_their_laws() {
    let waits: Vec<f64> = uniforms(2).into_iter().map(exponential).collect();
    assert_law(&waits, |x| 1.0 - (-x).exp());
    assert_mean(moments(&waits).0, waits.len() as u64, 1.0, 1.0);
    assert_share(waits.iter().filter(|x| **x > 10.0).count() as u64, waits.len() as u64, (-10_f64).exp());
    let values: Vec<f64> = uniforms(3).into_iter().map(|u| lognormal(u, 3.0, 0.5)).collect();
    let law = Normal::standard();
    assert_law(&values, |x| law.cdf((x / 3.0).ln() / 0.5));
    let (mean, spread) = (3.0 * 0.125_f64.exp(), 0.25_f64.exp_m1().sqrt());
    assert_mean(moments(&values).0, values.len() as u64, mean, mean * spread);
}

/// Compares counts with the Poisson distribution, count by count, with the rare ones at either end joined.
fn assert_counts(counts: &[u32], mean: f64) {
    let law = Poisson::new(mean).expect("a positive mean");
    let below = |k: u64| if k == 0 { 0.0 } else { law.cdf(k - 1) };
    let n = counts.len() as f64;
    let common = |k: &u64| n * law.pmf(*k) >= 10.0;
    let low = (0..).find(common).expect("some count is common");
    let high = (low..).find(|k| !common(k)).expect("the tail ends") - 1;
    let mut cells = vec![0; (high - low + 1) as usize];
    counts.iter().for_each(|k| cells[(u64::from(*k).clamp(low, high) - low) as usize] += 1);
    let mut expected: Vec<f64> = (low..=high).map(|k| n * law.pmf(k)).collect();
    expected[0] += n * below(low);
    expected[(high - low) as usize] += n * law.sf(high);
    assert_cells(&cells, &expected, 0);
}

#[test]
fn counts_have_the_poisson_law_for_small_and_large_means() {
    for (about, mean) in (10..).zip([0.003, 0.3, 3.0, 30.0, 199.0, 201.0, 1500.0]) {
        let counts: Vec<u32> = uniforms(about).into_iter().map(|u| poisson(u, mean)).collect();
        assert_counts(&counts, mean);
        assert_poisson(counts.iter().map(|k| u64::from(*k)).sum(), mean * counts.len() as f64);
        let squares: f64 = counts.iter().map(|k| (f64::from(*k) - mean).powi(2)).sum::<f64>() / counts.len() as f64;
        assert_mean(squares, counts.len() as u64, mean, (2.0 * mean * mean + mean).sqrt());
    }
}

#[test]
fn a_keyed_generator_serves_the_laws_of_other_crates() {
    let luck = Luck::new(4, 1, 0);
    let mut rng = luck.keyed_rng(1, 1);
    let gamma = Gamma::new(4.0, 0.5).expect("positive shape and scale");
    let values: Vec<f64> = (0..N).map(|_| gamma.sample(&mut rng)).collect();
    assert_mean(moments(&values).0, u64::from(N), 2.0, 1.0);
    let mut others = luck.keyed_rng(2, 1);
    let again: Vec<f64> = (0..N).map(|_| gamma.sample(&mut others)).collect();
    assert_same_law(&values[..20_000], &again[..20_000]);
    let beta = Beta::new(2.0, 3.0).expect("positive shapes");
    let shares: Vec<f64> = (0..N).map(|_| beta.sample(&mut rng)).collect();
    assert_mean(moments(&shares).0, u64::from(N), 0.4, 0.2);
}

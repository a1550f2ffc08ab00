//! Cost of random numbers: one block by address, many blocks at once, and the distributions, over a million keys.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use keten::random::{Block, Luck, exponential, normal, poisson};
use std::hint::black_box;

/// Keys of one sweep: half the population of the four cities.
const KEYS: usize = 1_000_000;

fn draws(c: &mut Criterion) {
    let luck = Luck::new(2008, 0, 0);
    let subjects: Vec<u64> = (0..KEYS as u32).map(|i| luck.derive(1, 0, i)).collect();
    let mut out = vec![Block::default(); KEYS];

    let mut blocks = c.benchmark_group("block");
    blocks.throughput(Throughput::Elements(KEYS as u64));
    blocks.bench_function("one at a time", |b| {
        b.iter(|| {
            for (subject, block) in subjects.iter().zip(&mut out) {
                // Hidden from the compiler, which would otherwise vectorise over several keys here as well.
                *block = luck.block(black_box(*subject), 3, 17, 0);
            }
        });
    });
    blocks.bench_function("many at once", |b| b.iter(|| luck.blocks(black_box(&subjects), 3, 17, 0, &mut out)));
    blocks.bench_function("many at once, 512 at a time", |b| {
        let mut few = [Block::default(); 512];
        b.iter(|| {
            let mut hits = 0_u32;
            for group in subjects.chunks(512) {
                let few = &mut few[..group.len()];
                luck.blocks(black_box(group), 3, 17, 0, few);
                hits += few.iter().map(|block| u32::from(block.happens(0, 0.01))).sum::<u32>();
            }
            hits
        });
    });
    blocks.finish();

    let mut laws = c.benchmark_group("law");
    laws.throughput(Throughput::Elements(KEYS as u64));
    luck.blocks(&subjects, 1, 0, 0, &mut out);
    let mut law = |name: &str, value: fn(Block) -> f64| {
        laws.bench_function(name, |b| {
            b.iter_batched(|| &out, |out| out.iter().map(|block| value(*block)).sum::<f64>(), BatchSize::SmallInput);
        });
    };
    law("unit", |block| block.unit(0));
    law("normal", |block| normal(block.unit(0)));
    law("exponential", |block| exponential(block.unit(0)));
    law("poisson of mean 0.3", |block| f64::from(poisson(block.unit(0), 0.3)));
    law("poisson of mean 30", |block| f64::from(poisson(block.unit(0), 30.0)));
    laws.finish();
}

criterion_group!(benches, draws);
criterion_main!(benches);

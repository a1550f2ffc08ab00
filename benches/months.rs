//! A month of the whole model, per person: the main cost of a run, at two scales.
//!
//! Run with `cargo bench --bench months`.

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use keten::config::Sources;
use keten::engine::{EngineSettings, Scope, Simulation};
use keten::founding::found;
use keten::model::ModelFile;
use keten::random::Luck;
use keten::world::Month;

fn months(criterion: &mut Criterion) {
    let sources = Sources::builtin("g4-2008").expect("the model is inside the binary");
    let (model, _) = ModelFile::load(&sources).expect("the model is sound");
    let luck = Luck::new(2008, 0, 0);
    for scale in [0.01, 0.05] {
        let founded = found(&model, &model, luck, scale, EngineSettings::default()).expect("the model founds");
        let scope = Scope::of_cities(scale, founded.donors);
        let engine = model.engine(&model, &scope, luck, EngineSettings::default()).expect("the model builds");
        let start = Simulation::new(founded.world, &engine);
        let mut group = criterion.benchmark_group("months");
        group.sample_size(10);
        group.bench_function(format!("five years at scale {scale}"), |bencher| {
            bencher.iter_custom(|times| {
                let mut spent = Duration::ZERO;
                for _ in 0..times {
                    let mut simulation = start.clone();
                    let begun = Instant::now();
                    simulation.live(&engine, Month::january(2013), |_| {});
                    spent += begun.elapsed();
                }
                spent
            });
        });
        group.finish();
    }
}

criterion_group!(benches, months);
criterion_main!(benches);

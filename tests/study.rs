//! The library as a program uses it: a study is opened, set, run and read; units are simulated in memory with processes
//! and observers of the program's own; parameters are sampled by their passports.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use keten::config::parameters;
use keten::engine::{Draws, Hazard, Monthly};
use keten::error::{Kind, Result};
use keten::experiment::{Conditions, OwnProcess, Quiet};
use keten::random::Luck;
use keten::stats::Ensemble;
use keten::study::{Frame, Results, Study};
use keten::world::{Change, Changes, Event, Side, Touch, Violence, World};
use rand_distr::Distribution;
use tempfile::TempDir;

use crate::support::statistics::{assert_law, assert_mean};

/// A study of two replicates, small enough for a test.
fn small() -> Study {
    let settings: [(&str, &dyn std::fmt::Display); 6] = [
        ("scale", &0.001),
        ("until", &2010),
        ("replicates", &2),
        ("outcomes", &"[\"yearly\"]"),
        ("founding.pool_size", &2000),
        ("founding.pool_years", &30),
    ];
    let open = Study::open("builtin:first-run").unwrap();
    settings.into_iter().try_fold(open, |study, (key, value)| study.set(key, value)).unwrap()
}

/// The rows of the four cities, as numbers.
fn cities(table: &Frame) -> ndarray::Array2<f64> {
    let columns = ["year", "population", "births", "victims", "desistances", "incidents_by_men"];
    table.only("city", "G4").unwrap().matrix(&columns).unwrap()
}

#[test]
fn a_unit_in_memory_has_the_tables_of_the_same_unit_in_a_run() {
    let folder = TempDir::new().unwrap();
    let study = small();
    let run = study.run(folder.path().to_str().unwrap()).unwrap();
    let stored = run.table("yearly").unwrap().only("replicate", "2").unwrap();
    let mut months = 0;
    let mut births = 0.0;
    let mut count = |world: &World| {
        months += 1;
        births += world.events().iter().filter(|event| matches!(event, Event::Birth { .. })).count() as f64;
    };
    let unit = study.unit("status-quo").unwrap().replicate(2).each_month(&mut count).run().unwrap();
    assert_eq!(cities(&unit.table("yearly").unwrap()), cities(&stored));
    assert_eq!(months, 24);
    assert!(births >= cities(&stored).column(2).sum(), "{births} births, here and elsewhere");

    // The run folder opens again, and a figure by replicate has a mean with its limits.
    let again = Results::open(run.folder().to_str().unwrap()).unwrap();
    let victims = |unit: &Frame| Ok(unit.array("victims")?.sum());
    let figure = again.table("yearly").unwrap().only("city", "G4").unwrap().per_unit(&victims).unwrap();
    assert_eq!(figure.keys().copied().collect::<Vec<_>>(), [(0, 1), (0, 2)]);
    let mean = again.mean(&figure).unwrap();
    assert!((mean.mean - (figure[&(0, 1)] + figure[&(0, 2)]) / 2.0).abs() < 1e-9);
    let (low, high) = mean.limits.unwrap();
    assert!(low <= mean.mean && mean.mean <= high);
    assert_eq!(again.difference(&figure, &figure).unwrap().limits, Some((0.0, 0.0)));
    assert_eq!(again.mean(&Ensemble::new()).unwrap_err().0[0].kind, Kind::Data);
    // The only scenario is the comparator.
    assert!(again.effects().is_err());
}

/// The number of people is a setting like others: what is planned, simulated and sampled follows it.
#[test]
fn a_model_of_more_people_is_planned_simulated_and_sampled_as_such() {
    const SAMPLE: f64 = 400.0;
    let of_first_year = |people: f64| {
        let mut study = small().set("outcomes", &"[\"yearly\", \"panel\"]").unwrap();
        study = study.set("replicates", &1).unwrap().set("panel.size", &SAMPLE).unwrap();
        for counts in ["places.population", "founding.targets.age_sex", "founding.targets.households"] {
            study = study.set(counts, &people).unwrap();
        }
        let planned = study.plan().unwrap().persons();
        let unit = study.unit("status-quo").unwrap().run().unwrap();
        let population = cities(&unit.table("yearly").unwrap())[[0, 1]];
        let sampled = unit.table("panel").unwrap().only("year", "2008").unwrap().only("sampled", "true").unwrap();
        (planned, population, sampled.rows() as f64)
    };
    let (planned, ..) = of_first_year(1.0);
    for people in [1.0, 3.0] {
        let (now, population, sampled) = of_first_year(people);
        assert!((now / planned - people).abs() < 1e-9, "{now} planned for {people} times {planned}");
        assert!((population / now - 1.0).abs() < 0.03, "{population} simulated of {now} planned");
        // Each person is in the sample or not, independently of the others; five standard deviations.
        let deviation = (SAMPLE * (1.0 - SAMPLE / now)).sqrt();
        let expected = SAMPLE * population / now;
        assert!((sampled - expected).abs() < 5.0 * deviation, "{sampled} sampled for {expected}");
    }
}

/// A process that ends all violence between partners as soon as it may, with a probability a month.
struct Ends(f64);

impl Monthly for Ends {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        for &couple in world.violent() {
            let Some(state) = world.couple_by_id(couple).copied() else { continue };
            if draws.of(state.key, 0).happens(0, self.0) {
                changes.list.extend(Side::BOTH.map(|by| Change::Violence { couple, by, state: Violence::None }));
            }
        }
    }
}

/// A hazard of persons that has no consequences; the rate is a share of the envelope.
struct Nothing(f64);

impl Hazard for Nothing {
    fn envelope(&self, _: usize, _: usize) -> f64 {
        0.5 * self.0
    }

    fn rate(&self, _: &World, _: usize) -> f64 {
        0.5 * self.0
    }

    fn most(&self, _: &World, _: usize) -> f64 {
        1.0
    }

    fn same_for_all(&self) -> Option<f64> {
        Some(1.0)
    }

    fn responds_to(&self) -> Touch {
        Touch::none()
    }

    fn happens(&self, _: &World, _: usize, _: &Draws, _: &mut Changes) {}
}

#[test]
fn an_own_process_changes_what_it_decides_and_no_random_number_of_the_others() {
    let study = small();
    let with = |own: Vec<OwnProcess>| -> Result<ndarray::Array2<f64>> {
        let unit = own.into_iter().fold(study.unit("status-quo")?, keten::study::UnitSimulation::process);
        Ok(cities(&unit.run()?.table("yearly")?))
    };
    let ends = |name, probability| OwnProcess::monthly(name, "course_of_violence", Arc::new(Ends(probability)));
    let without = with(Vec::new()).unwrap();
    assert_eq!(with(vec![ends("never", 0.0)]).unwrap(), without);
    let always = with(vec![ends("always", 1.0)]).unwrap();
    assert!(always.column(4).sum() > without.column(4).sum(), "more violence ends");
    assert!(always.column(5).sum() < without.column(5).sum(), "fewer incidents");

    // A hazard is drawn together with the others: simulations with the same reference have common random numbers.
    let hazard = |used| OwnProcess::of_persons("nothing", "deaths", Arc::new(Nothing(used)), Arc::new(Nothing(1.0)));
    assert_eq!(with(vec![hazard(0.0)]).unwrap(), with(vec![hazard(1.0)]).unwrap());
}

#[test]
fn what_is_wrong_with_a_study_is_said_with_its_place_and_remedy() {
    assert!(Study::open("builtin:first-ran").is_err());
    assert!(small().set("scale", &"").is_err());
    assert!(small().set("sc ale", &1).is_err());
    let said = |study: Study| study.plan().unwrap_err().to_string();
    let wrong = small().set("scale", &7).unwrap().set("transmission.kapa", &0.5).unwrap();
    let both = said(wrong);
    assert!(both.contains("Study::set") && both.contains("scale"), "{both}");
    assert!(both.contains("did you mean `transmission.kappa`?"), "{both}");
    // The later of two settings of one key holds.
    let study = small().set("scale", &7).unwrap().set("scale", &0.001).unwrap();
    assert!(study.plan().is_ok());

    let fault = |unit: keten::study::UnitSimulation<'_>| unit.run().unwrap_err().to_string();
    let none = fault(study.unit("status-qou").unwrap().draw(3));
    assert!(none.contains("scenarios are status-quo; draws 0; replicates 1 to 2"), "{none}");
    let ends = |name, after| OwnProcess::monthly(name, after, Arc::new(Ends(0.0)));
    let taken = fault(study.unit("status-quo").unwrap().process(ends("deaths", "births")));
    assert!(taken.contains("give the process another name"), "{taken}");
    let lost = fault(study.unit("status-quo").unwrap().process(ends("own", "birth")));
    assert!(lost.contains("no process `birth`") && lost.contains("births"), "{lost}");
    // The burn-in population is simulated before the fault of an own process is found, a wish to stop before anything.
    let folder = TempDir::new().unwrap();
    let conditions = Conditions { threads: None, stop: &AtomicBool::new(true), watch: &Quiet, full: false };
    let stopped = study.run_watched(folder.path().to_str().unwrap(), &conditions).unwrap_err();
    assert_eq!(stopped.0[0].kind, Kind::Interrupted);
}

#[test]
fn samples_of_a_parameter_have_the_law_that_its_draws_have() {
    const SAMPLES: usize = 20_000;
    let study = small();
    let merged = &study.plan().unwrap().experiment.merged;
    let all = parameters(merged);
    for law in ["lognormal", "normal", "beta", "gamma", "uniform"] {
        let has = |spread: &keten::config::KnownSpread| spread.law == law;
        // A model need not use every law.
        let Some(found) = all.iter().find(|parameter| parameter.spread.as_ref().is_some_and(has)) else { continue };
        let prior = study.prior(&found.key).unwrap();
        assert_eq!((prior.value(), prior.is_fixed()), (found.value, false), "{}", found.key);
        let mut rng = Luck::new(5, 0, 0).keyed_rng(1, 1);
        let values: Vec<f64> = (0..SAMPLES).map(|_| prior.sample(&mut rng)).collect();
        let (least, most) = prior.range();
        assert!(values.iter().all(|value| (least..=most).contains(value)), "{}", found.key);
        // The cumulative probability by the quantiles that draws use, on a grid with linear interpolation.
        let grid: Vec<f64> = (1..500).map(|step| prior.quantile(f64::from(step) / 500.0)).collect();
        assert_law(&values, |x| {
            let above = grid.partition_point(|quantile| *quantile < x);
            match (above.checked_sub(1).map(|below| grid[below]), grid.get(above)) {
                (Some(low), Some(high)) if *high > low => (above as f64 + (x - low) / (high - low)) / 500.0,
                _ => above as f64 / 500.0,
            }
        });
    }
    let fixed = all.iter().find(|parameter| parameter.spread.is_none()).unwrap();
    let prior = study.prior(&fixed.key).unwrap();
    assert!(prior.is_fixed() && prior.sample(&mut Luck::new(5, 0, 0).keyed_rng(1, 1)) == fixed.value);
    let wrong = study.prior("transmission.kapa").unwrap_err().to_string();
    assert!(wrong.contains("did you mean `transmission.kappa`?"), "{wrong}");
}

#[test]
fn a_column_of_samples_depends_on_its_own_key_only() {
    let study = small();
    let pair = study.sample(&["transmission.kappa", "violence.onset.pregnancy"], 2000, 7).unwrap();
    let alone = study.sample(&["violence.onset.pregnancy"], 2000, 7).unwrap();
    assert_eq!(pair.dim(), (2000, 2));
    assert_eq!(pair.column(1), alone.column(0));
    assert_ne!(study.sample(&["violence.onset.pregnancy"], 2000, 8).unwrap(), alone);
    // A lognormal law around its median: the scores are standard normal numbers.
    let prior = study.prior("violence.onset.pregnancy").unwrap();
    let sd = (prior.quantile(0.8).ln() - prior.value().ln()) / 0.841_621_233_572_914_3;
    let scores = alone.mapv(|value| (value.ln() - prior.value().ln()) / sd);
    assert_mean(scores.mean().unwrap(), 2000, 0.0, 1.0);
    let faults = study.sample(&["transmission.kapa", "no.such.key"], 1, 7).unwrap_err();
    assert_eq!(faults.0.len(), 2);
}

/// Measures the constants of the forecast; `docs/performance.md` names it.
const TOOLS: [&str; 1] = ["costs.rs"];

#[test]
fn every_example_is_short_and_in_the_guide_of_the_library() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("docs/researcher.md")).unwrap();
    let mut examples = 0;
    for path in fs::read_dir(root.join("examples")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().display().to_string();
        if TOOLS.contains(&name.as_str()) {
            continue;
        }
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 60, "{name} has {lines} lines: an example is read in one go");
        assert!(guide.contains(&format!("(../examples/{name})")), "docs/researcher.md does not name {name}");
        examples += 1;
    }
    assert!(examples >= 4, "{examples} examples");
}

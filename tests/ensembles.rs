//! Ensembles from the outside: variants, the same persons in two scenarios, and the removal of causal transmission.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use keten::analysis::lives::{FirstEvent, Stratum};
use keten::analysis::{EffectPlace, effects, generations, persons};
use keten::calibration::{LevelCounts, first_year};
use keten::config::{
    Change, Drawing, LEVELS, LevelTargets, Levels, MOMENTS, Merged, Sources, draw, drawn_levels, target_intervals,
};
use keten::model::ModelFile;
use keten::random::Luck;
use keten::store::Run;
use keten::tables::{Cell, Table};
use tempfile::TempDir;

const HEAD: &str = "title = \"Small\"\nmodel = \"builtin:g4-2008\"\nscale = 0.002\ncomparator = \"status-quo\"\n";
const SMALL_POOL: [&str; 4] = ["--set", "founding.pool_size=2000", "--set", "founding.pool_years=30"];

/// Runs an experiment and gives its folder.
fn run(folder: &Path, name: &str, text: &str) -> PathBuf {
    fs::write(folder.join(format!("{name}.toml")), format!("{HEAD}{text}")).unwrap();
    let file = format!("{name}.toml");
    let arguments = [&["run", &file, "--json", "--quiet"], &SMALL_POOL[..]].concat();
    let output = Command::cargo_bin("keten").unwrap().current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    folder.join(line["run"].as_str().unwrap())
}

fn ids(run: &Run) -> BTreeMap<String, String> {
    run.manifest.plan.iter().map(|place| (place.scenario.clone(), place.unit.to_string())).collect()
}

#[test]
fn a_variant_runs_every_scenario_again_and_leaves_the_others_as_they_are() {
    let folder = TempDir::new().unwrap();
    let plain = "until = 2011\noutcomes = [\"yearly\", \"costs\"]\n[scenarios.status-quo]\n[scenarios.support]\n\
        from = \"2008-01\"\nset = { \"interventions.nhv.level\" = \"full\" }\n";
    let with = format!(
        "{plain}[variants.zero]\nset = {{ \"transmission.kappa\" = 0.0 }}\n[variants.same]\nset = {{ \"transmission.kappa\" = 0.5 }}\n"
    );
    let plain = Run::open(run(folder.path(), "plain", plain)).unwrap();
    let with = Run::open(run(folder.path(), "with", &with)).unwrap();
    let names: Vec<&str> = with.manifest.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["status-quo", "support", "status-quo@zero", "support@zero", "status-quo@same", "support@same"]);
    let (before, after) = (ids(&plain), ids(&with));
    assert!(before.iter().all(|(name, id)| after[name] == *id), "variants move no unit without one");
    assert_eq!(after["support"], after["support@same"], "a variant that changes nothing is the same unit");
    assert_ne!(after["status-quo"], after["status-quo@zero"]);
    // Each is compared with the comparator under the same variant.
    let effects = effects(&with).unwrap();
    let of = |scenario: &str| {
        let wanted = |it: &&keten::analysis::ScenarioEffect| {
            it.scenario == scenario && it.measure == "euro" && it.place == EffectPlace::Cities
        };
        effects.effects.iter().find(wanted).unwrap()
    };
    assert_eq!(
        (of("support").comparator, of("support").difference),
        (of("support@same").comparator, of("support@same").difference)
    );
    assert_ne!(of("support").comparator, of("support@zero").comparator);
    assert!(effects.effects.iter().all(|effect| !effect.scenario.starts_with("status-quo")));
    // It can be run again from its manifest alone.
    let again = Command::cargo_bin("keten")
        .unwrap()
        .current_dir(folder.path())
        .arg("replicate")
        .arg(with.folder())
        .output()
        .unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
}

fn sums(table: &Table, scenario: &str, column: &str) -> f64 {
    let own = |row: &usize| table.cell(*row, "scenario") == Some(Cell::Text(scenario));
    (0..table.rows()).filter(own).filter_map(|row| table.cell(row, column)?.as_float()).sum()
}

#[test]
fn lives_tell_of_the_same_persons_in_both_worlds_and_agree_with_the_tables_of_sums() {
    let folder = TempDir::new().unwrap();
    let text = "until = 2016\noutcomes = [\"yearly\", \"lives\"]\n[scenarios.status-quo]\n\
        [scenarios.nothing]\nfrom = \"2008-01\"\nset = { \"interventions.nhv.coverage\" = 0.0 }\n\
        [scenarios.less]\nfrom = \"2008-01\"\nset = { \"trends.violence\" = \"decline\" }\n";
    let path = run(folder.path(), "lives", text);
    let run = Run::open(&path).unwrap();
    let lives = run.table("lives").unwrap();
    assert_eq!(lives.repeated_key(), None);
    let yearly = run.table("yearly").unwrap();
    // First events in the simulated years, by person and in total. Newcomers have events before their arrival that no
    // city counts, so there may be more by at most the number of newcomers, and never fewer.
    for event in ["first_exposed", "first_used", "first_suffered"] {
        for scenario in ["status-quo", "less"] {
            let persons = (0..lives.rows())
                .filter(|row| lives.cell(*row, "scenario") == Some(Cell::Text(scenario)))
                .filter_map(|row| lives.cell(row, event)?.as_int())
                .filter(|month| *month >= 0)
                .count() as f64;
            let all = |column: &str| {
                let own = |row: &usize| {
                    let city = yearly.cell(*row, "city").and_then(Cell::as_text);
                    yearly.cell(*row, "scenario") == Some(Cell::Text(scenario))
                        && (city == Some("G4") || city == Some("elsewhere"))
                };
                (0..yearly.rows()).filter(own).filter_map(|row| yearly.cell(row, column)?.as_float()).sum::<f64>()
            };
            let counted = all(event);
            assert!(persons >= counted, "{event} of {scenario}: {persons} in lives, {counted} counted");
            assert!(persons - counted <= 0.1 * all("arrivals"), "{event} of {scenario}: {persons} for {counted}");
        }
    }
    assert!(sums(&lives, "less", "months_exposed") < sums(&lives, "status-quo", "months_exposed"));
    let persons = persons(&run).unwrap().unwrap();
    let less = persons.scenarios.iter().find(|persons| persons.scenario == "less").unwrap();
    let whole = less.aggregate.rows.iter().find(|row| row.stratum == Stratum::Whole).unwrap();
    let (_, used) = whole.events.iter().find(|(event, _)| *event == FirstEvent::Used).unwrap();
    let used = used.as_ref().unwrap();
    assert!(used.net.mean.mean > 0.0);
    assert!((used.prevented.mean - used.caused.mean - used.net.mean.mean).abs() < 1e-9);
    assert!(used.prevented_bounds.0 <= used.prevented.mean && used.prevented.mean <= used.prevented_bounds.1);
}

#[test]
fn a_scenario_that_takes_transmission_away_is_no_measure_and_gives_the_number_of_generations() {
    let folder = TempDir::new().unwrap();
    let text = "until = 2100\noutcomes = [\"yearly\", \"lives\"]\n[scenarios.status-quo]\n[scenarios.gone]\nfrom = \"2008-01\"\n\
        removes = \"transmission\"\n[scenarios.gone.set]\n\"transmission.kappa\" = 0.0\n\"transmission.liability\" = \"held\"\n\
        [scenarios.support]\nfrom = \"2008-01\"\nset = { \"interventions.nhv.level\" = \"full\" }\n";
    let run = Run::open(run(folder.path(), "generations", text)).unwrap();
    let found = generations::generations(&run).unwrap().unwrap();
    assert_eq!(found.parents, (1990, 2015));
    assert!(found.counted > 10.0, "{found:?}");
    // Even with the Monte Carlo error of so few cases, an effect is no larger than the total count.
    assert!(found.r.mean < found.association.mean, "{found:?}");
    assert!(effects(&run).unwrap().effects.iter().all(|effect| effect.scenario == "support"));
    // Read unit by unit, the table has the same content as a whole.
    let whole = run.table("lives").unwrap();
    let places = run.places("lives", &["person", "scenario"]).unwrap();
    let mut read = 0;
    for (at, place) in run.manifest.plan.iter().enumerate() {
        let part = places.read(at).unwrap();
        assert!(part.rows() > 0 && part.columns().len() == 2);
        for row in 0..part.rows() {
            assert_eq!(part.cell(row, "scenario"), Some(Cell::Text(&place.scenario)));
            assert_eq!(part.cell(row, "person"), whole.cell(read + row, "person"));
        }
        read += part.rows();
    }
    assert_eq!(read, whole.rows());
    assert!(places.read(run.manifest.plan.len()).is_err());
}

/// Scale of the open population, as in the fit of the response.
const SCALE: f64 = 0.02;

/// Number and initial size of the burn-in populations in which the levels of draws are observed. `KETEN_LONG=1` uses
/// two hundred, which takes some minutes.
fn pools() -> (u32, f64) {
    if std::env::var_os("KETEN_LONG").is_some() { (200, 20_000.0) } else { (16, 4_000.0) }
}

fn builtin() -> Merged {
    let (_, merged) = ModelFile::load(&Sources::open("builtin:g4-2008").unwrap()).unwrap();
    merged
}

/// Quality of fit of a response as stored in the model: a column, by moment.
fn quality(merged: &Merged, column: &str) -> [f64; 4] {
    let model = ModelFile::of(merged).unwrap();
    model.response.expect("a response").quality.values(column).unwrap().try_into().unwrap()
}

#[test]
fn parameter_draws_start_where_the_targets_are() {
    let merged = builtin();
    let (draws, size) = pools();
    let drawing = Drawing::random(11);
    // Logarithm of the ratio of each level moment to its target in the draw, and of the moment itself.
    let mut off: Vec<[f64; 4]> = Vec::new();
    let mut came: Vec<[f64; 4]> = Vec::new();
    for number in 1..=draws {
        let drawn = draw(&merged, &drawing, number).unwrap();
        let levels = drawn_levels(&merged, &drawing, number, &drawn, &[]).unwrap();
        assert_eq!(levels.iter().map(|change| &*change.key).collect::<Vec<_>>(), LEVELS);
        let mut changes = [drawn, levels].concat();
        changes.push(Change::new("founding.pool_size", size, "test"));
        let of_draw = merged.with(&changes).unwrap();
        let aims = LevelTargets::read(|key| of_draw.value(key)).unwrap().aims();
        let model = ModelFile::of(&of_draw).unwrap();
        let moments = first_year(&model, Luck::new(12, number, 0), SCALE).unwrap().moments();
        off.push(std::array::from_fn(|at| (moments[at] / aims[at]).ln()));
        came.push(moments.map(f64::ln));
    }
    let aimed = target_intervals(&merged, &drawing, &[]).unwrap().unwrap();
    let model = ModelFile::of(&merged).unwrap();
    let n = f64::from(draws);
    for (at, moment) in MOMENTS.iter().enumerate() {
        // What is left between a draw and its aim is what the response leaves outside its sample, with the noise of
        // populations of this size instead of those it was fitted with.
        let (noise, fitted) = (quality(&merged, "noise")[at], quality(&merged, "sd_outside")[at]);
        let larger = model.response.as_ref().expect("a response").pool.get() / size;
        let expected = (fitted * fitted + noise * noise * (larger - 1.0).max(0.0)).sqrt();
        // The response is itself a mean over runs.
        let constant = fitted / quality(&merged, "runs")[at].sqrt();
        let mean = |all: &[[f64; 4]]| all.iter().map(|log| log[at]).sum::<f64>() / n;
        let sd = |all: &[[f64; 4]]| {
            let mean = mean(all);
            (all.iter().map(|log| (log[at] - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
        };
        let error = (expected / n.sqrt()).hypot(constant);
        // A response that explains little of what is not noise would pass all that follows.
        let sd_of_runs = quality(&merged, "sd")[at];
        let explained = 1.0 - (fitted * fitted - noise * noise) / (sd_of_runs * sd_of_runs - noise * noise);
        assert!(explained > 0.8 && mean(&off).abs() < 0.2, "{moment}: R² {explained}, {} over its aims", mean(&off));
        assert!(mean(&off).abs() < 5.0 * error, "{moment}: {} over its aims, error {error}", mean(&off));
        // The relative standard error of a standard deviation of n normal numbers is 1 / √(2 (n − 1)).
        let most = expected * (1.0 + 5.0 / (2.0 * (n - 1.0)).sqrt());
        assert!(sd(&off) < most, "{moment}: {} around its aims, {expected} expected", sd(&off));
        // The distribution over the draws is that of the target, widened by the error of the response.
        let target = aimed.log_covariance[at][at].sqrt();
        let spread = target.hypot(expected);
        let shift = (mean(&came) - aimed.moments[at].log_mean) / (spread / n.sqrt()).hypot(constant);
        assert!(shift.abs() < 5.0, "{moment}: {shift} standard errors from the mean of the target");
        let ratio = sd(&came) / spread;
        assert!(
            (ratio - 1.0).abs() < 5.0 / (2.0 * (n - 1.0)).sqrt(),
            "{moment}: {ratio} times the spread of the target"
        );
    }
}

#[test]
fn the_central_run_starts_where_the_targets_are() {
    let merged = builtin();
    let (runs, size) = if std::env::var_os("KETEN_LONG").is_some() { (32, 80_000.0) } else { (12, 20_000.0) };
    let model: ModelFile = merged.with(&[Change::new("founding.pool_size", size, "test")]).unwrap().typed().unwrap();
    let fitted_with = model.response.as_ref().expect("a response").pool.get();
    let aims = LevelTargets::read(|key| merged.value(key)).unwrap().aims();
    let counts = (1..=runs).map(|run| first_year(&model, Luck::new(13, 0, run), SCALE).unwrap());
    let got = counts.reduce(LevelCounts::and).unwrap().moments();
    for (at, moment) in MOMENTS.iter().enumerate() {
        // The noise of burn-in populations of this size, and of the 16 of full size with which the levels were found.
        let noise = |size: f64| quality(&merged, "noise")[at] * (fitted_with / size).sqrt();
        let error = noise(size) / f64::from(runs).sqrt() + noise(80_000.0) / 4.0;
        let off = (got[at] / aims[at]).ln();
        // Nearly all violence is mutual, so the levels of women and men cannot be moved apart: one lies below its aim
        // and the other above (ODD, element 5). Their sum meets its aim.
        let apart = if at < 2 { 0.12 } else { 0.0 };
        // The noise of maltreated children between populations is large: errors above .09 would test nothing.
        assert!(off.abs() < apart + 4.0 * error && error < 0.09, "{moment}: {off} over its aim, error {error}");
        if at == 1 {
            let off = ((got[0] + got[1]) / (aims[0] + aims[1])).ln();
            assert!(off.abs() < 4.0 * error, "victims of a partner: {off} over the aim, error {error}");
        }
    }
}

#[test]
fn levels_follow_the_draw_its_targets_and_what_is_set() {
    let merged = builtin();
    let drawing = Drawing::random(11);
    let drawn = draw(&merged, &drawing, 1).unwrap();
    let levels = |drawing: &Drawing, held: &[&Change]| -> Vec<f64> {
        let changes = drawn_levels(&merged, drawing, 1, &drawn, held).unwrap();
        changes.iter().map(|change| change.value.as_float().unwrap()).collect()
    };
    let usual = levels(&drawing, &[]);
    assert_eq!(levels(&Drawing { levels: Levels::Held, ..drawing }, &[]), Vec::<f64>::new(), "levels may be held");
    assert_eq!(drawn_levels(&merged, &drawing, 0, &[], &[]).unwrap(), [], "central values stay");
    // A target that is set is used as it is: twice the victims need higher levels (less than twice, because violence
    // leads to more violence), and maltreatment stays as it was.
    let drawn_target = drawn.iter().find(|change| change.key == "targets.victims_year").unwrap();
    let twice = Change::new("targets.victims_year", 2.0 * drawn_target.value.as_float().unwrap(), "test");
    let more = levels(&drawing, &[&twice]);
    for level in 0..3 {
        assert!(more[level] / usual[level] > 1.2, "{}: {} to {}", LEVELS[level], usual[level], more[level]);
    }
    // A parameter that is set is not part of the draw: it counts as central at any value.
    let set = |value: f64| levels(&drawing, &[&Change::new("transmission.kappa", value, "test")]);
    assert_eq!(set(0.0), set(0.8));
    // A model without a response, or without a target, keeps the levels that were solved.
    let mut without = merged.clone();
    without.table.remove("response");
    assert_eq!(drawn_levels(&without, &drawing, 1, &drawn, &[]).unwrap(), []);
}

//! The best mix: the search against exhaustive search on real simulations, budgets and limits, repeatability, faults, and
//! the page to take along.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use assert_cmd::Command;
use keten::error::Result;
use keten::experiment::{Conditions, ExperimentText, Quiet};
use keten::planner::{
    self, BestMixes, EvaluatedMixes, MixChoice, OptimiseEnding, OptimiseQuestion, SimulatedMixes, every_mix, search,
};
use keten::report::{Language, offline_page, write_offline};
use keten::store::Store;
use serde_json::Value;
use tempfile::TempDir;

/// A question of three measures with two levels each, at a size that takes a moment. The figure is one that much happens of.
const SMALL: &str = r#"title = "Three measures"
title_nl = "Drie maatregelen"
model = "builtin:g4-2008"
until = 2014
effect = "incidents"

[budget]
euro = [3_000_000, 40_000_000]

[measures.nhv]
levels = ["full"]

[measures.advocacy]
levels = ["full"]

[measures.low_threshold_perp]
levels = ["full"]

[search]
breadth = 8
rounds = 3
keep = 6

[[stages]]
scale = 0.004
replicates = 2

[set]
"founding.pool_size" = 2000
"founding.pool_years" = 30
"#;

fn question(text: &str) -> Result<OptimiseQuestion> {
    let (name, place) = ("small".to_owned(), "small.toml".to_owned());
    OptimiseQuestion::read(ExperimentText { name, place, text: text.to_owned(), folder: None })
}

/// Calls a function with the conditions of a run.
fn under<T>(call: impl FnOnce(&Conditions<'_>) -> T) -> T {
    let stop = AtomicBool::new(false);
    call(&Conditions { threads: None, stop: &stop, watch: &Quiet, full: false })
}

fn answered(question: &OptimiseQuestion, folder: &Path) -> BestMixes {
    let store = Store::at(folder).unwrap();
    match under(|conditions| planner::optimise(question, &store, conditions))
        .unwrap_or_else(|errors| panic!("{errors}"))
    {
        OptimiseEnding::Answered(answer) => *answer,
        OptimiseEnding::Stopped => panic!("nobody stopped it"),
    }
}

/// What is said of a question that cannot be answered.
fn fault(text: &str) -> String {
    question(text).map_or_else(|errors| errors.to_string(), |_| panic!("a fault is expected"))
}

/// Folders of kept units.
fn units(folder: &Path) -> usize {
    fs::read_dir(folder.join(".units")).unwrap().count()
}

#[test]
fn the_best_mixes_are_those_of_exhaustive_search_and_nothing_is_simulated_twice() {
    let folder = TempDir::new().unwrap();
    let question = question(SMALL).unwrap_or_else(|errors| panic!("{errors}"));
    let store = Store::at(folder.path()).unwrap();
    let levels = question.space.levels();
    assert_eq!(levels, [2, 2, 2]);
    let settings = question.settings();
    let (whole, found) = under(|conditions| {
        let mut simulated = SimulatedMixes::new(&question, 0, &store, conditions);
        let mut whole = EvaluatedMixes::default();
        whole.take(&every_mix(&levels, 8).unwrap(), &mut simulated).unwrap();
        let before = units(folder.path());
        let mut again = SimulatedMixes::new(&question, 0, &store, conditions);
        let found = search(&levels, &settings, &mut again).unwrap();
        assert_eq!(units(folder.path()), before, "every mix was there");
        (whole, found)
    });
    assert_eq!(whole.all().len(), 8);
    for budget in &settings.budgets {
        let best = |mixes: &EvaluatedMixes| mixes.best(*budget, &settings.limits).unwrap().clone();
        assert_eq!(best(&found), best(&whole), "under {budget}");
    }
    // Outcomes do not depend on which mixes are simulated together.
    for it in found.all() {
        assert_eq!(Some(it), whole.get(&it.mix));
    }
    let comparator = whole.get(&MixChoice::comparator(3)).unwrap();
    assert!(comparator.outcome.effect.iter().chain(&comparator.outcome.cost).all(|value| *value == 0.0));
}

#[test]
fn an_answer_repeats_and_keeps_to_its_budgets_and_its_files_say_the_same() {
    let text = SMALL.replace("[measures.nhv]", "[budget.payers]\nmunicipality = 2_000_000\n\n[measures.nhv]");
    let question = question(&text).unwrap_or_else(|errors| panic!("{errors}"));
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let [one, two] = folders.each_ref().map(|folder| answered(&question, folder.path()));
    let json = planner::answer_json(&question, &one.stages);
    assert_eq!(json, planner::answer_json(&question, &two.stages));
    let answer = one.answer();
    for budget in &question.file.budget.euro {
        let (best, certainty) = answer.best(*budget).unwrap();
        assert!(best.cost.mean <= budget + 1.0, "{best:?}");
        assert!(best.parts[0] <= 2_000_001.0, "the municipality pays {}", best.parts[0]);
        assert!((0.0..=1.0).contains(&certainty));
    }
    // The frontier rises with its cost.
    let frontier = answer.frontier();
    assert!(
        frontier
            .windows(2)
            .all(|two| { two[0].cost.mean <= two[1].cost.mean && two[0].effect.mean < two[1].effect.mean })
    );
    let files = planner::answer_files(&question, &one).unwrap();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["best-mix.csv", "best-mix.json", "best-mix-en.svg", "best-mix-nl.svg"]);
    let text = |at: usize| String::from_utf8(files[at].1.clone()).unwrap();
    assert_eq!(text(0).lines().count(), 1 + answer.mixes.len());
    assert_eq!(serde_json::from_str::<Value>(&text(1)).unwrap(), json);
    for at in [2, 3] {
        assert!(roxmltree::Document::parse(&text(at)).is_ok());
    }
    // The run has the mixes of the answer as scenarios.
    let shown = answer.mixes.iter().filter(|mix| mix.on_frontier || !mix.best_under.is_empty());
    let scenarios: BTreeSet<&str> = shown.map(|mix| mix.scenario.as_str()).filter(|name| *name != "mix-000").collect();
    let run: BTreeSet<&str> = one.run.recorded.scenarios.iter().map(|it| it.name.as_str()).collect();
    assert!(scenarios.is_subset(&run), "{scenarios:?} {run:?}");
}

#[test]
fn measures_of_one_city_cost_and_act_there() {
    let text = SMALL.replace("effect = ", "city = \"Rotterdam\"\neffect = ");
    let question = question(&text).unwrap_or_else(|errors| panic!("{errors}"));
    let folder = TempDir::new().unwrap();
    let store = Store::at(folder.path()).unwrap();
    let all = MixChoice(vec![1; 3]);
    let mixes = under(|conditions| {
        let mut mixes = EvaluatedMixes::default();
        let mut simulated = SimulatedMixes::new(&question, 0, &store, conditions);
        mixes.take(std::slice::from_ref(&all), &mut simulated).unwrap();
        mixes
    });
    let it = mixes.get(&all).unwrap();
    assert!(it.mean.cost > 0.0, "{it:?}");
    let parts: Vec<(String, f64)> =
        question.parts().iter().map(|part| part.word().to_owned()).zip(it.mean.parts.clone()).collect();
    let of = |name: &str| parts.iter().find(|(part, _)| part == name).map_or(f64::NAN, |(_, euro)| *euro);
    assert!((of("Rotterdam") - it.mean.cost).abs() < 1.0);
    for other in ["Amsterdam", "Den Haag", "Utrecht"] {
        assert_eq!(of(other), 0.0, "{other}");
    }
    let payers: f64 = ["municipality", "rijk", "awbz", "justice", "other"].map(of).iter().sum();
    assert!((payers - it.mean.cost).abs() < 1.0, "{payers} and {}", it.mean.cost);
    let changes = question.experiment(0, &[all], "").unwrap().text;
    assert!(changes.contains("without_cities") && changes.contains("Utrecht"), "{changes}");
}

#[test]
fn what_contradicts_itself_is_told_with_its_line_and_a_cure() {
    let swapped = |from: &str, to: &str| fault(&SMALL.replace(from, to));
    for (from, to, told) in [
        (
            "[measures.advocacy]",
            "[measures.advocasy]",
            "small.toml:13: measures.advocasy: the model has no measure `advocasy`; did you mean `advocacy`?",
        ),
        (
            "effect = \"incidents\"",
            "effect = \"incident\"",
            "small.toml:5: effect: \"incident\" is not one of the allowed words; did you mean `incidents`?",
        ),
        (
            "[measures.advocacy]\nlevels = [\"full\"]",
            "[measures.advocacy]\nlevels = [\"most\"]",
            "small.toml:14: measures.advocacy.levels: \"most\" is not one of the allowed words",
        ),
        (
            "effect = ",
            "city = \"Roterdam\"\neffect = ",
            "small.toml:5: city: the model has no city \"Roterdam\"; did you mean \"Rotterdam\"?",
        ),
        (
            "[measures.nhv]\n",
            "[measures.nhv]\nmeans = [0]\n",
            "small.toml:11: measures.nhv.means: 0 lies below 1; give a number from 1 to 100",
        ),
        (
            "[3_000_000, 40_000_000]",
            "[-1]",
            "small.toml:8: budget.euro: a budget of -1 euro buys no measure; give more than 0",
        ),
        (
            "[measures.nhv]\n",
            "[budget.least_share]\nchildren = 0.7\nperpetrators = 0.6\n\n[measures.nhv]\n",
            "small.toml:10: budget.least_share: the shares of the target groups add up to 1.3; give shares that add up to at \
             most 1",
        ),
        ("effect = ", "city = \"Utrecht\"\neffect = ", ""),
        ("replicates = 2", "replicates = 1", "small.toml:24: stages: the last stage has one simulation of each mix"),
        (
            "[set]\n",
            "[set]\n\"interventions.nhv.level\" = \"full\"\n",
            "contradicts [measures.nhv]: the search itself changes the level and means of `nhv`; take it out here",
        ),
        ("[set]\n", "[set]\n\"founding.pool_sise\" = 3\n", "did you mean"),
        ("scale = 0.004", "scale = 4", "small.toml:25: stages.0.scale: 4 lies above 1"),
    ] {
        if told.is_empty() {
            assert!(question(&SMALL.replace(from, to)).is_ok(), "{to} is no fault");
            continue;
        }
        let said = swapped(from, to);
        assert!(said.contains(told), "{said}\n  {told}");
    }
    // The pilot is in Rotterdam only.
    let pilot = SMALL
        .replace("effect = ", "city = \"Utrecht\"\neffect = ")
        .replace("[measures.nhv]\nlevels = [\"full\"]", "[measures.nhv]\nlevels = [\"full\", \"programme\"]");
    let said = fault(&pilot);
    assert!(said.contains("`nhv` at level `programme` does nothing beyond the status quo in Utrecht"), "{said}");
    let other = SMALL.replace("effect = ", "city = \"Utrecht\"\neffect = ");
    let other = other.replace("[measures.nhv]", "[budget.cities]\nRotterdam = 1e6\n\n[measures.nhv]");
    let said = fault(&other);
    assert!(said.contains("limits the money of Rotterdam, and measures are taken in Utrecht only"), "{said}");
    assert!(fault("title = \"x\"\nmodel = \"builtin:g4-2008\"\n").contains("effect: it is missing"));
    assert!(fault("title = \"x").contains("not valid TOML"));
}

#[test]
fn a_budget_below_the_cheapest_measure_and_a_stage_that_is_too_small_are_faults() {
    let folder = TempDir::new().unwrap();
    let store = Store::at(folder.path()).unwrap();
    let said = |text: &str| {
        let question = question(text).unwrap_or_else(|errors| panic!("{errors}"));
        under(|conditions| planner::optimise(&question, &store, conditions)).expect_err("a fault").to_string()
    };
    let poor = said(&SMALL.replace("[3_000_000, 40_000_000]", "[10]"));
    assert!(poor.starts_with("small.toml:8: budget.euro: 10 euro a year is below the cheapest measure: "), "{poor}");
    assert!(poor.ends_with("give a larger budget, or `means` with smaller shares of a measure"), "{poor}");
    let few = said(&SMALL.replace("\"incidents\"", "\"deaths_by_partner\""));
    assert!(few.contains("small.toml:25: stages.0.scale: `deaths_by_partner` cannot be compared"), "{few}");
    assert!(few.contains("give this stage a larger scale"), "{few}");
}

#[test]
fn a_page_to_take_along_has_every_mix_and_replaces_no_other_file() {
    let folder = TempDir::new().unwrap();
    let question = question(SMALL).unwrap_or_else(|errors| panic!("{errors}"));
    let store = Store::at(folder.path()).unwrap();
    let OptimiseEnding::Answered(grid) = under(|conditions| planner::grid(&question, &store, conditions)).unwrap()
    else {
        panic!("nobody stopped it");
    };
    assert_eq!(grid.answer().mixes.len(), 8);
    let run = grid.run;
    for (language, words) in [(Language::En, "Choose the measures"), (Language::Nl, "Kies de maatregelen")] {
        let page = offline_page(&run, language).unwrap();
        assert!(page.contains(words) && page.len() < 10_000_000, "{} bytes", page.len());
        let (_, rest) = page.split_once("id=\"data\">").unwrap();
        let data: Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
        let mixes = data["mixes"].as_object().unwrap();
        assert_eq!(mixes.len(), 8);
        assert_eq!(data["levers"].as_array().unwrap().len(), 3);
        // The same numbers as those of the search, which counts among everybody too.
        let figures = data["figures"].as_array().unwrap();
        let incidents = figures.iter().position(|figure| figure["key"] == "incidents").unwrap();
        let measures = figures.iter().position(|figure| figure["key"] == "euro_measures").unwrap();
        // Measures are in alphabetical order on the page: advocacy, low_threshold_perp, nhv.
        let nhv = &mixes["001"];
        let mut simulated = EvaluatedMixes::default();
        under(|conditions| {
            let mut evaluate = SimulatedMixes::new(&question, 0, &store, conditions);
            simulated.take(&[MixChoice(vec![1, 0, 0])], &mut evaluate).unwrap();
        });
        let own = &simulated.get(&MixChoice(vec![1, 0, 0])).unwrap().mean;
        let near = |page: &Value, own: f64| (page.as_f64().unwrap() - own).abs() <= 1e-3 * own.abs().max(1.0);
        assert!(near(&nhv[incidents][0], -own.effect), "{} and {}", nhv[incidents][0], own.effect);
        assert!(near(&nhv[measures][0], own.cost), "{} and {}", nhv[measures][0], own.cost);
        // Without a script: a table with a row for each mix, and controls that are hidden.
        assert_eq!(page.matches("<tr><th scope=\"row\">").count(), 8);
        assert!(page.contains("<form id=\"controls\" hidden>") && page.contains("<details id=\"all\" open>"));
    }
    let file = folder.path().join("mixes.html");
    write_offline(&run, Language::En, &file).unwrap();
    write_offline(&run, Language::Nl, &file).unwrap();
    fs::write(&file, "mine").unwrap();
    let said = write_offline(&run, Language::En, &file).expect_err("a file in the way").to_string();
    assert!(said.contains("exists already"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn the_command_answers_in_words_and_says_what_is_wrong() {
    let folder = TempDir::new().unwrap();
    let keten = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("keten").unwrap();
        let output = command.current_dir(folder.path()).args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr), output.status.code())
    };
    fs::write(folder.path().join("small.toml"), SMALL).unwrap();
    let (out, err, code) = keten(&["optimise", "small.toml", "--lang", "nl"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("Drie maatregelen\n") && out.contains("Voor "), "{out}");
    assert!(out.contains("best-mix-nl.svg"), "{out}");
    let (json, _, code) = keten(&["optimise", "small.toml", "--json", "--quiet"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (code, json["effect"].as_str(), json["stages"][0]["mixes"][0]["scenario"].is_string()),
        (Some(0), Some("incidents"), true)
    );
    fs::write(folder.path().join("bad.toml"), SMALL.replace("advocacy", "advocasy")).unwrap();
    let (_, err, code) = keten(&["optimise", "bad.toml"]);
    assert_eq!(code, Some(65));
    assert!(err.contains("did you mean `advocacy`?"), "{err}");
    assert_eq!(keten(&["check", "bad.toml"]).2, Some(65));
    let (out, err, code) = keten(&["check", "small.toml"]);
    assert_eq!((code, out.as_str()), (Some(0), "small.toml: a valid question: 3 measures, 8 mixes, G4\n"), "{err}");
    let (_, err, code) = keten(&["optimise", "none.toml"]);
    assert_eq!(code, Some(66), "{err}");
}

#[test]
fn a_stage_in_which_a_measure_has_less_than_a_place_is_told() {
    assert_eq!(question(SMALL).unwrap().notes(), Vec::<String>::new());
    let text =
        SMALL.replace("[measures.nhv]", "[measures.nhv]\nmeans = [25, 100]").replace("scale = 0.004", "scale = 0.002");
    let notes = question(&text).unwrap().notes();
    // A quarter of 660 places at .002 is a third of a place; 300 places are .6.
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].starts_with("stage 1: `nhv` has less than one place in "), "{}", notes[0]);
    assert!(
        notes[0].ends_with("at scale 0.002, so rounding decides who starts; a scale of 0.007 is enough"),
        "{}",
        notes[0]
    );
}

#[test]
fn the_question_inside_the_program_is_sound() {
    let question = OptimiseQuestion::open("builtin:optimise/rotterdam").unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!((question.name.as_str(), question.counted_city()), ("rotterdam", "Rotterdam"));
    assert!(question.space.levers.len() <= planner::GRID_LEVERS);
    let place = format!("{}/experiments/optimise/rotterdam.toml", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(OptimiseQuestion::open(&place).unwrap().file, question.file);
}

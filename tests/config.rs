//! Model files, patches, parameter draws and experiment files, from the outside.

#![expect(clippy::unwrap_used, dead_code, reason = "helpers of tests; the toy model is only read")]

use std::collections::BTreeSet;
use std::path::Path;

use keten::config::{
    Change, Drawing, LatinDraws, Merged, Sources, Uniforms, check_folder, draw, draw_with, explain, list, load,
    nearest, parameters, strip,
};
use keten::error::{Error, Errors, Kind};
use keten::experiment::file::ExperimentFile;
use keten::experiment::inspect::check;
use keten::experiment::reading::{
    Experiment, ExperimentText, experiment_schema, load as load_experiment, load_text, schema_text,
};
use keten::experiment::start::Start;
use keten::experiment::starter::{STARTER, StarterLanguage, init};
use keten::model::ModelFile;
use keten::outcomes::Outcome;
use keten::units::{ChancePerMonth, LogRatio, Months, Probability, RatePerYear, Ratio, Rows, Share, Years};
use keten::world::Month;
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use statrs::distribution::{ContinuousCDF, Normal};

const OUTCOMES: [&str; Outcome::WORDS.len()] = Outcome::WORDS;

/// A small model with one parameter of each kind.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Toy {
    life: Life,
    violence: Violence,
}

/// Births and deaths.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Life {
    /// Central death rates.
    deaths: Rows<RatePerYear>,
    /// Length of a pregnancy.
    pregnancy: Months,
    /// Trend after 2019.
    trend: Trend,
    /// Names of the cities.
    cities: Vec<String>,
    /// Education of the children by that of the mother.
    education: Rows<Share>,
    /// Years between man and woman.
    gap: Years,
    /// Not in every model.
    spare: Option<Ratio>,
}

/// A trend.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Trend {
    /// None.
    Flat,
    /// Decreasing.
    Decline,
}

/// Violence.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Violence {
    /// First use.
    onset: RatePerYear,
    /// Use that ends.
    end: ChancePerMonth,
    /// Share that is causal.
    kappa: Share,
    /// Seen by the child.
    witnessed: Probability,
    /// Of liability.
    liability: LogRatio,
    /// Of a deprived area.
    area: Ratio,
}

const LIFE: &str = r#"[life]
trend = "flat"
cities = ["Noord", "Zuid"]

[life.deaths]
unit = "1/year"
spread = { law = "lognormal", sd = 0.1 }
source = "Rob10"
year = 2008
grade = "A"
columns = ["age", "male", "female"]
rows = [
    [0, 0.004, 0.003],
    [60, 0.01, 0.007],
]

[life.pregnancy]
value = 9
unit = "months"
source = "assumption"
year = 2008
grade = "C"

[life.education]
unit = "share"
spread = { law = "dirichlet", n = 50 }
source = "Rob10"
year = 2008
grade = "B"
columns = ["education", "low", "high"]
rows = [[0, 0.7, 0.3], [1, 0.0, 1.0]]

[life.gap]
value = 2.5
unit = "years"
spread = { law = "normal", sd = 0.5 }
source = "Rob10"
year = 2008
grade = "A"
"#;

const VIOLENCE: &str = r#"[violence.onset]
value = 0.02
unit = "1/year"
spread = { law = "lognormal", sd = 0.3 }
source = "Rob10"
year = 2008
grade = "A"
family = "levels"
rho = 0.5
note = "of couples"

[violence.end]
value = 0.05
unit = "1/month"
spread = { law = "gamma", cv = 0.4 }
source = "assumption"
year = 2008
grade = "C"

[violence.kappa]
value = 0.5
unit = "share"
spread = { law = "uniform", low = 0.2, high = 0.8 }
source = "assumption"
year = 2008
grade = "C"

[violence.witnessed]
value = 0.3
unit = "probability"
spread = { law = "beta", n = 40 }
source = "Rob10"
year = 2010
grade = "A"

[violence.liability]
value = 0.4
unit = "log"
spread = { law = "normal", sd = 0.2 }
source = "Rob10"
year = 2010
grade = "B"

[violence.area]
value = 1.3
unit = "ratio"
spread = { law = "lognormal", sd = 0.2 }
source = "Rob10"
year = 2010
grade = "B"
family = "levels"
rho = 0.5
"#;

const BIB: &str = r#"
@article{Rob10, author = {Robin, A. and {Bureau of Ins and Outs} and Wit, B.}, title = {On {Figures}}, year = 2010, journal = "Facts"}
@misc{assumption, title = {Assumption of the authors}}
"#;

fn sources(life: &str, violence: &str) -> Sources {
    Sources::from_texts("toy", &[("life.toml", life), ("violence.toml", violence), ("references.bib", BIB)])
}

fn merged() -> Merged {
    match load::<Toy>(&sources(LIFE, VIOLENCE)) {
        Ok((_, merged)) => merged,
        Err(errors) => panic!("{errors}"),
    }
}

/// Faults of the toy model with the first occurrence of a text replaced by another.
fn faults(old: &str, new: &str) -> Vec<Error> {
    let (mut life, mut violence) = (LIFE.to_owned(), VIOLENCE.to_owned());
    let file = if life.contains(old) { &mut life } else { &mut violence };
    assert!(file.contains(old), "`{old}` stands in neither file");
    *file = file.replacen(old, new, 1);
    match load::<Toy>(&sources(&life, &violence)) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.0,
    }
}

/// The only fault of such a change.
fn fault(old: &str, new: &str) -> Error {
    let all = faults(old, new);
    assert_eq!(all.len(), 1, "{}", Errors(all.clone()));
    assert_eq!(all[0].kind, Kind::Data, "{}", all[0]);
    assert!(all[0].file.is_some() && all[0].line.is_some() && all[0].key.is_some(), "{:?}", all[0]);
    assert!(!all[0].cure.is_empty(), "no cure: {}", all[0]);
    all[0].clone()
}

#[test]
fn a_sound_model_is_read_into_its_types() {
    let (toy, merged) = load::<Toy>(&sources(LIFE, VIOLENCE)).unwrap();
    assert_eq!(toy.violence.onset.get(), 0.02);
    assert_eq!(toy.life.deaths.values("female").unwrap(), [0.003, 0.007]);
    assert_eq!(toy.life.trend, Trend::Flat);
    assert_eq!(toy.life.cities, ["Noord", "Zuid"]);
    assert!(toy.life.spare.is_none());
    assert_eq!(merged.value("violence.area"), Some(1.3));
    assert_eq!(merged.value("life.deaths"), Some(1.0));
    assert_eq!(strip(&merged.table)["violence"]["kappa"].as_float(), Some(0.5));
}

#[test]
fn each_fault_is_told_with_line_key_and_cure() {
    let cases = [
        // (text, replacement, line, key, part of the message)
        ("trend = \"flat\"", "trend = \"flatt\"", 2, "life.trend", "did you mean `flat`?"),
        ("trend = \"flat\"", "trend = 3", 2, "life.trend", "not one of the allowed words"),
        ("cities = [\"Noord\"", "cities = [7", 3, "life.cities", "where text is expected"),
        ("value = 9", "value = \"nine\"", 18, "life.pregnancy.value", "where a number is expected"),
        ("value = 9", "value = inf", 18, "life.pregnancy.value", "finite"),
        ("value = 9", "value = nan", 18, "life.pregnancy.value", "finite"),
        ("value = 9", "valu = 9\nvalue = 9", 18, "life.pregnancy.valu", "did you mean `value`?"),
        ("value = 0.05", "value = 1.2", 13, "violence.end.value", "from 0 to 1"),
        ("value = 0.3", "value = -0.1", 29, "violence.witnessed.value", "lies below 0"),
        ("unit = \"1/month\"", "unit = \"1/year\"", 14, "violence.end.unit", "\"1/month\""),
        ("[violence.kappa]", "[violence.kapa]", 20, "violence.kapa", "did you mean `kappa`?"),
        (
            "source = \"assumption\"",
            "source = \"assumptio\"",
            20,
            "life.pregnancy.source",
            "did you mean `assumption`?",
        ),
        ("source = \"assumption\"", "source = \"\"", 20, "life.pregnancy.source", "the source is empty"),
        ("source = \"assumption\"", "", 17, "life.pregnancy", "lacks `source`"),
        ("grade = \"B\"", "grade = \"E\"", 29, "life.education.grade", "`derived`"),
        ("year = 2010", "year = 1066", 33, "violence.witnessed.year", "1900"),
        ("year = 2010", "year = 2010.5", 33, "violence.witnessed.year", "whole number"),
        ("year = 2010", "year = 2010-01-01", 33, "violence.witnessed.year", "date"),
        ("low = 0.2, high = 0.8", "low = 0.8, high = 0.2", 23, "violence.kappa.spread", "reversed"),
        ("low = 0.2, high = 0.8", "low = 0.8, high = 0.8", 23, "violence.kappa.spread", "empty"),
        ("low = 0.2, high = 0.8", "low = 0.2, high = 1.8", 23, "violence.kappa.spread", "outside what the unit allows"),
        ("low = 0.2, high = 0.8", "low = 0.6, high = 0.8", 23, "violence.kappa.spread", "outside its own range"),
        ("law = \"beta\"", "law = \"betta\"", 31, "violence.witnessed.spread.law", "did you mean `beta`?"),
        ("n = 40", "sd = 40, n = 40", 31, "violence.witnessed.spread.sd", "a beta spread has no `sd`"),
        ("n = 40", "n = -40", 31, "violence.witnessed.spread.n", "above 0"),
        ("{ law = \"beta\", n = 40 }", "{ law = \"beta\" }", 31, "violence.witnessed.spread", "needs `n`"),
        ("{ law = \"beta\", n = 40 }", "0.3", 31, "violence.witnessed.spread", "is not a spread"),
        ("rho = 0.5\nnote", "note", 8, "violence.onset.family", "without `rho`"),
        ("rho = 0.5\nnote", "rho = 1.5\nnote", 9, "violence.onset.rho", "lies above 1"),
        ("[60, 0.01, 0.007]", "[60, 0.01]", 14, "life.deaths", "row 2 has 2 numbers for 3 columns"),
        ("[60, 0.01, 0.007]", "[60, 0.01, -0.007]", 14, "life.deaths", "row 2, column `female`"),
        ("[60, 0.01, 0.007]", "[60, 0.01, nan]", 14, "life.deaths", "not finite"),
        ("[60, 0.01, 0.007]", "[60, 0.01, \"x\"]", 14, "life.deaths", "where a number is expected"),
        ("[60, 0.01, 0.007]", "[0, 0.01, 0.007]", 14, "life.deaths", "row 2 is for age 0, as row 1 is"),
        ("[\"age\", \"male\", \"female\"]", "[\"age\", \"male\", \"male\"]", 11, "life.deaths.columns", "twice"),
        ("[0, 0.7, 0.3]", "[0, 0.7, 0.4]", 31, "life.education", "sum to 1.1"),
    ];
    for (old, new, line, key, words) in cases {
        let error = fault(old, new);
        assert_eq!((error.line, error.key.as_deref()), (Some(line), Some(key)), "{new}: {error}");
        assert!(error.to_string().contains(words), "{new}: {error}");
        for raw in ["anyOf", "oneOf", "did not match", "schema", "\"null\"", "additionalProp"] {
            assert!(!error.to_string().contains(raw), "{error}");
        }
    }
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_files() {
    let life = LIFE.replace("\"flat\"", "\"flt\"").replace("value = 9", "value = -9").replace("Rob10", "Rob11");
    let violence = VIOLENCE.replace("value = 0.5", "value = 5").replace("grade = \"B\"", "grade = 2");
    let errors = load::<Toy>(&sources(&life, &violence)).unwrap_err().0;
    assert_eq!(errors.len(), 8, "{}", Errors(errors.clone()));
    let places: Vec<_> = errors.iter().map(|error| (error.file.clone(), error.line)).collect();
    let mut sorted = places.clone();
    sorted.sort();
    assert_eq!(places, sorted);
}

#[test]
fn a_bare_number_is_refused_and_the_passport_it_needs_is_named() {
    let life = LIFE.replace("cities =", "pregnancy = 9\ncities =");
    let start = life.find("[life.pregnancy]").unwrap();
    let end = life.find("[life.education]").unwrap();
    let life = format!("{}{}", &life[..start], &life[end..]);
    let errors = load::<Toy>(&sources(&life, VIOLENCE)).unwrap_err().0;
    assert_eq!(errors.len(), 1, "{}", Errors(errors.clone()));
    assert_eq!((errors[0].line, errors[0].key.as_deref()), (Some(3), Some("life.pregnancy")));
    assert!(errors[0].to_string().contains("without a passport") && errors[0].cure.contains("unit = \"months\""));
}

#[test]
fn a_missing_parameter_and_a_missing_table_are_named() {
    let violence = &VIOLENCE[..VIOLENCE.find("[violence.area]").unwrap()];
    let errors = load::<Toy>(&sources(LIFE, violence)).unwrap_err().0;
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].key.as_deref(), Some("violence.area"));
    assert!(errors[0].cure.contains("[violence.area]") && errors[0].cure.contains("\"ratio\""), "{}", errors[0]);
    let errors = load::<Toy>(&sources(LIFE, "")).unwrap_err().0;
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].key.as_deref(), errors[0].file.as_deref()), (Some("violence"), Some("toy")));
}

#[test]
fn faults_of_syntax_are_told_together_with_the_others() {
    let life = LIFE.replace("trend = \"flat\"", "trend = flat").replace("value = 9", "value = = 9");
    let violence = VIOLENCE.replace("grade = \"A\"\nfamily", "grade = \"Q\"\nfamily");
    let errors = load::<Toy>(&sources(&life, &violence)).unwrap_err().0;
    let lines: Vec<_> = errors.iter().map(|error| (error.file.as_deref().unwrap(), error.line.unwrap())).collect();
    assert_eq!(lines, [("life.toml", 2), ("life.toml", 18), ("violence.toml", 7)], "{}", Errors(errors.clone()));
    assert!(errors[0].what.contains("TOML"));
}

#[test]
fn a_key_in_two_files_is_refused_with_both_places() {
    let errors = load::<Toy>(&sources(&format!("{LIFE}\n{}", &VIOLENCE[..150]), VIOLENCE)).unwrap_err().0;
    let error = errors.iter().find(|error| error.what.contains("also written")).unwrap();
    assert_eq!(error.key.as_deref(), Some("violence.onset"));
    assert!(error.file.as_deref() == Some("violence.toml") && error.what.contains("life.toml:41"), "{error}");
    let twice = LIFE.replace("trend = \"flat\"", "trend = \"flat\"\ntrend = \"flat\"");
    let errors = load::<Toy>(&sources(&twice, VIOLENCE)).unwrap_err().0;
    assert!(errors.len() == 1 && errors[0].line == Some(3) && errors[0].what.contains("duplicate"), "{}", errors[0]);
}

#[test]
fn a_missing_reference_list_and_a_missing_folder_are_missing_input() {
    let without = Sources::from_texts("toy", &[("life.toml", LIFE), ("violence.toml", VIOLENCE)]);
    let errors = load::<Toy>(&without).unwrap_err();
    assert_eq!((errors.0.len(), errors.exit_code()), (1, 66));
    let none = check_folder::<Toy>("no/such/folder");
    assert_eq!((none.len(), none[0].kind), (1, Kind::Missing));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(check_folder::<Toy>(folder.path().to_str().unwrap())[0].kind, Kind::Missing);
    std::fs::create_dir(folder.path().join("g4-2008")).unwrap();
    let slip = check_folder::<Toy>(folder.path().join("g4-208").to_str().unwrap());
    assert!(slip[0].cure.contains("g4-2008"), "{}", slip[0]);
    assert_eq!(Sources::builtin("nowhere").unwrap_err().exit_code(), 66);
}

#[test]
fn a_file_that_is_no_text_is_a_fault_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("life.toml"), b"[life]\nx = \"\xff\"\n").unwrap();
    let errors = check_folder::<Toy>(folder.path().to_str().unwrap());
    assert_eq!((errors[0].kind, errors[0].line), (Kind::Data, Some(2)), "{}", errors[0]);
}

#[test]
fn patches_change_values_multipliers_settings_and_whole_passports() {
    let model = merged();
    let set = |text: &str| model.with(&[Change::from_set(text).unwrap()]).map(|merged| merged.typed::<Toy>().unwrap());
    assert_eq!(set("violence.onset=0.5").unwrap().violence.onset.get(), 0.5);
    assert_eq!(set("violence.onset.value=1").unwrap().violence.onset.get(), 1.0);
    assert_eq!(set("life.deaths=2").unwrap().life.deaths.values("male").unwrap(), [0.008, 0.02]);
    assert_eq!(set("life.deaths.rows=[[0, 0.5, 0.25]]").unwrap().life.deaths.values("male").unwrap(), [0.5]);
    assert_eq!(set("life.trend=decline").unwrap().life.trend, Trend::Decline);
    assert_eq!(set("life.cities=[\"Oost\"]").unwrap().life.cities, ["Oost"]);
    let passport = "{ value = 2.0, unit = \"ratio\", source = \"Rob10\", year = 2008, grade = \"A\" }";
    assert_eq!(set(&format!("life.spare={passport}")).unwrap().life.spare.map(Ratio::get), Some(2.0));
    assert_eq!(set(&format!("violence.area={passport}")).unwrap().violence.area.get(), 2.0);
    let both = set("violence={ onset = 0.1, kappa = 0.3 }").unwrap();
    assert_eq!((both.violence.onset.get(), both.violence.kappa.get()), (0.1, 0.3));
}

#[test]
fn faults_of_a_patch_name_their_origin() {
    let model = merged();
    let cases = [
        ("violence.kappa=1.5", "from 0 to 1"),
        ("violence.kappa=nan", "NaN"),
        ("violence.kappa=0,5", "write 0.5"),
        ("violence.kappa=true", "where a number of unit \"share\" is expected"),
        ("violence.kapa=0.5", "did you mean `violence.kappa`?"),
        ("kappa=0.5", "did you mean `violence.kappa`?"),
        ("life.spar=1", "did you mean `life.spare`?"),
        ("life.spare=1", "passport"),
        ("life.trend=declin", "did you mean `decline`?"),
        ("life.trend.x=1", "has no keys below it"),
        ("life=3", "set one of its keys"),
        ("life.deaths=-1", "multiplier"),
        ("life.education=2", "from 0 to 1"),
        ("life.deaths.rows=[[0, 0.5]]", "row 1 has 2 numbers"),
        ("life.deaths.columns=[\"age\", \"a\", \"a\"]", "twice"),
        ("violence.area.unit=share", "\"ratio\" belongs"),
        ("violence.area.valeu=1", "did you mean `violence.area.value`?"),
        (
            "violence.area={ value = 2.0, unit = \"ratio\", source = \"Rob1\", year = 2008, grade = \"A\" }",
            "did you mean `Rob10`?",
        ),
        ("violence={ onset = 0.1, kapa = 0.3 }", "did you mean `violence.kappa`?"),
    ];
    for (set, words) in cases {
        let errors = model.with(&[Change::from_set(set).unwrap()]).unwrap_err();
        assert!(errors.0.iter().all(|error| error.file.as_deref() == Some("--set")), "{errors}");
        assert!(errors.0.len() == 1 && errors.to_string().contains(words), "{set}: {errors}");
    }
    for set in ["violence.kappa", "=1", "a..b=1", "a=", "a=[1", "a=\"x"] {
        let error = Change::from_set(set).unwrap_err();
        assert_eq!((error.file.as_deref(), error.kind), (Some("--set"), Kind::Data), "{error}");
    }
}

#[test]
fn overlapping_changes_are_refused_and_apart_from_that_their_order_does_not_matter() {
    let model = merged();
    let change = |key: &str, value: f64| Change::new(key, value, "test");
    for (one, other) in [
        ("violence.kappa", "violence.kappa"),
        ("violence.kappa", "violence.kappa.value"),
        ("violence.kappa.value", "violence.kappa.spread"),
    ] {
        let errors = model.with(&[change(one, 0.1), change(other, 0.1)]);
        if other.ends_with("spread") {
            assert!(errors.unwrap_err().to_string().contains("spread"));
        } else {
            assert!(errors.unwrap_err().to_string().contains("overlaps"));
        }
    }
    let (a, b) = (change("violence.kappa", 0.1), change("violence.area", 2.0));
    let there = model.with(&[a.clone(), b.clone()]).unwrap();
    let back = model.with(&[b, a]).unwrap();
    assert_eq!(there.table, back.table);
    assert_eq!(model.with(&[]).unwrap().table, model.table);
}

#[test]
fn parameters_are_listed_and_explained_with_their_passports() {
    let model = merged();
    let all = parameters(&model);
    assert_eq!(all.len(), 10);
    let onset = all.iter().find(|parameter| parameter.key == "violence.onset").unwrap();
    assert_eq!((onset.value, onset.unit.as_str(), onset.line), (0.02, "1/year", Some(1)));
    assert_eq!((onset.file.as_str(), onset.family.as_deref(), onset.rho), ("violence.toml", Some("levels"), Some(0.5)));
    assert!(list(&all).contains("10 parameters; by grade: A 4, B 3, C 3, derived 0"), "{}", list(&all));
    let text = explain(&model, "violence.onset").unwrap();
    for words in [
        "First use.",
        "0.02 1/year",
        "lognormal, sd 0.3",
        "[Rob10] Robin, A.; Bureau of Ins and Outs; Wit, B. (2010). On Figures. Facts",
        "A: read in the source",
        "of couples",
        "violence.toml:1",
        "levels, correlation 0.5",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    assert!(explain(&model, "life.deaths").unwrap().contains("0.007"));
    assert!(explain(&model, "violence").unwrap().contains("6 parameters"));
    assert!(explain(&model, "life.trend").unwrap().contains("Trend after 2019."));
    assert!(explain(&model, "violence.onst").unwrap_err().to_string().contains("did you mean `violence.onset`?"));
    assert!(explain(&model, "kappa").unwrap_err().to_string().contains("did you mean `violence.kappa`?"));
}

#[test]
fn the_nearest_word_is_found_and_far_words_are_not_offered() {
    assert_eq!(nearest("lognorml", ["normal", "lognormal", "gamma"]), Some("lognormal"));
    assert_eq!(nearest("D", ["A", "B", "C"]), None);
    assert_eq!(nearest("zebra", ["normal", "gamma"]), None);
}

// Draws. 4.9 standard errors are exceeded with a probability below 1e-6.
const ERRORS: f64 = 4.9;
const DRAWS: u32 = 4000;

/// Values of a key over many draws.
fn drawn(model: &Merged, key: &str) -> Vec<f64> {
    let value = |number| {
        let patch = draw(model, &Drawing::random(7), number).unwrap();
        patch.iter().find(|change| change.key == key).unwrap().value.as_float().unwrap()
    };
    (1..=DRAWS).map(value).collect()
}

/// Compares mean and variance with their expectations; `excess` is the excess kurtosis of the distribution.
fn assert_moments(sample: &[f64], mean: f64, sd: f64, excess: f64) {
    let n = sample.len() as f64;
    let got = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|x| (x - got) * (x - got)).sum::<f64>() / (n - 1.0);
    let tolerance = ERRORS * sd / n.sqrt();
    assert!((got - mean).abs() < tolerance, "mean {got}, expected {mean} within {tolerance}");
    let tolerance = ERRORS * sd * sd * (excess / n + 2.0 / (n - 1.0)).sqrt();
    assert!((variance - sd * sd).abs() < tolerance, "variance {variance}, expected {} within {tolerance}", sd * sd);
}

#[test]
fn draws_have_the_mean_and_variance_of_their_law() {
    let model = merged();
    let logs = |key: &str, value: f64| drawn(&model, key).iter().map(|x| (x / value).ln()).collect::<Vec<_>>();
    assert_moments(&logs("violence.onset", 0.02), 0.0, 0.3, 0.0);
    assert_moments(&logs("life.deaths", 1.0), 0.0, 0.1, 0.0);
    assert_moments(&drawn(&model, "violence.liability"), 0.4, 0.2, 0.0);
    assert_moments(&drawn(&model, "violence.kappa"), 0.5, 0.6 / 12_f64.sqrt(), -1.2);
    // Gamma with coefficient of variation c: excess kurtosis 6 c².
    assert_moments(&drawn(&model, "violence.end"), 0.05, 0.05 * 0.4, 6.0 * 0.4 * 0.4);
    // Beta(12, 28): variance pq / (n + 1), excess kurtosis from its closed form.
    let (a, b) = (12.0, 28.0);
    let n: f64 = a + b;
    let excess = 6.0 * ((a - b) * (a - b) * (n + 1.0) - a * b * (n + 2.0)) / (a * b * (n + 2.0) * (n + 3.0));
    assert_moments(&drawn(&model, "violence.witnessed"), 0.3, (0.3 * 0.7 / (n + 1.0)).sqrt(), excess);
}

#[test]
fn members_of_a_family_correlate_as_rho_says_and_others_do_not() {
    let model = merged();
    let score = |key: &str| drawn(&model, key).iter().map(|x| x.ln()).collect::<Vec<_>>();
    let correlation = |a: &[f64], b: &[f64]| {
        let n = a.len() as f64;
        let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
        let sum = |f: &dyn Fn(usize) -> f64| (0..a.len()).map(f).sum::<f64>();
        sum(&|i| (a[i] - ma) * (b[i] - mb)) / (sum(&|i| (a[i] - ma).powi(2)) * sum(&|i| (b[i] - mb).powi(2))).sqrt()
    };
    // Fisher's z of a correlation has standard error 1 / sqrt(n - 3).
    let tolerance = ERRORS / f64::from(DRAWS - 3).sqrt();
    let (onset, area, deaths) = (score("violence.onset"), score("violence.area"), score("life.deaths"));
    let inside = correlation(&onset, &area);
    assert!((inside.atanh() - 0.5_f64.atanh()).abs() < tolerance, "{inside}");
    let outside = correlation(&onset, &deaths);
    assert!(outside.atanh().abs() < tolerance, "{outside}");
}

#[test]
fn shares_drawn_together_sum_to_one_around_their_values() {
    let model = merged();
    let mut low = Vec::new();
    for number in 1..=DRAWS {
        let patch = draw(&model, &Drawing::random(7), number).unwrap();
        let rows = patch.iter().find(|change| change.key == "life.education.rows").unwrap().value.as_array().unwrap();
        let cell = |row: usize, column: usize| rows[row][column].as_float().unwrap();
        assert!((cell(0, 1) + cell(0, 2) - 1.0).abs() < 1e-8);
        assert_eq!((cell(1, 1), cell(1, 2)), (0.0, 1.0), "a share of nothing stays nothing");
        low.push(cell(0, 1));
    }
    // One share of a Dirichlet is Beta(35, 15).
    let (a, b) = (35.0, 15.0);
    let n: f64 = a + b;
    let excess = 6.0 * ((a - b) * (a - b) * (n + 1.0) - a * b * (n + 2.0)) / (a * b * (n + 2.0) * (n + 3.0));
    assert_moments(&low, 0.7, (0.7 * 0.3 / (n + 1.0)).sqrt(), excess);
}

#[test]
fn draw_zero_is_the_central_values_and_every_draw_can_be_applied() {
    let model = merged();
    assert!(draw(&model, &Drawing::random(7), 0).unwrap().is_empty());
    for number in 1..50 {
        let patch = draw(&model, &Drawing::random(7), number).unwrap();
        assert_eq!(patch.len(), 9, "all but the fixed one");
        assert_eq!(patch, draw(&model, &Drawing::random(7), number).unwrap());
        assert_ne!(patch, draw(&model, &Drawing::random(8), number).unwrap());
        model.with(&patch).unwrap().typed::<Toy>().unwrap();
    }
}

#[test]
fn one_parameter_more_leaves_the_draws_of_the_others_alone() {
    let life = format!(
        "{LIFE}\n[life.spare]\nvalue = 1.5\nunit = \"ratio\"\nspread = {{ law = \"lognormal\", sd = 0.2 }}\nsource = \"Rob10\"\nyear = 2008\ngrade = \"A\"\nfamily = \"levels\"\nrho = 0.3\n"
    );
    let more = load::<Toy>(&sources(&life, VIOLENCE)).unwrap().1;
    let mut patch = draw(&more, &Drawing::random(7), 3).unwrap();
    patch.retain(|change| change.key != "life.spare");
    assert_eq!(patch, draw(&merged(), &Drawing::random(7), 3).unwrap());
}

#[test]
fn wide_spreads_stay_inside_the_range_of_the_unit() {
    struct At(f64);
    impl Uniforms for At {
        fn uniform(&self, _: &str) -> f64 {
            self.0
        }
    }
    let violence = VIOLENCE
        .replace("{ law = \"beta\", n = 40 }", "{ law = \"normal\", sd = 5 }")
        .replace("{ law = \"uniform\", low = 0.2, high = 0.8 }", "{ law = \"lognormal\", sd = 3 }")
        .replace("cv = 0.4", "cv = 6");
    let model = load::<Toy>(&sources(LIFE, &violence)).unwrap().1;
    for level in [1e-16, 1e-6, 0.3, 0.5, 0.9, 1.0 - 1e-6, 1.0 - 1e-16] {
        let patch = draw_with(&model, &At(level), 1.0, "edge").unwrap();
        model.with(&patch).unwrap().typed::<Toy>().unwrap();
    }
}

#[test]
fn a_latin_hypercube_has_one_draw_in_each_part_and_grows_by_blocks() {
    let (seed, size) = (7, 20_u32);
    let at = |draw: u32, dimension: &str| LatinDraws { seed, size, draw }.uniform(dimension);
    for dimension in ["violence.onset", "life.deaths", "family:x"] {
        for block in 0..3 {
            let mut parts: Vec<u32> =
                (1..=size).map(|member| (at(block * size + member, dimension) * f64::from(size)) as u32).collect();
            parts.sort_unstable();
            assert_eq!(parts, (0..size).collect::<Vec<_>>(), "{dimension}, block {block}");
        }
    }
    // Dimensions and blocks have independent permutations: 400 pairs of ranks have only a random correlation, with a
    // standard error of 1/20; five of them are exceeded twice in two million.
    let pairs: Vec<[f64; 3]> =
        (1..=400).map(|draw| [at(draw, "a"), at(draw, "b"), at((draw + 19) % 400 + 1, "a")]).collect();
    let correlation = |one: usize, other: usize| {
        let sum: f64 = pairs.iter().map(|pair| (pair[one] - 0.5) * (pair[other] - 0.5)).sum();
        sum / 400.0 * 12.0
    };
    assert!(correlation(0, 1).abs() < 0.25, "{}", correlation(0, 1));
    assert!(correlation(0, 2).abs() < 0.25, "{}", correlation(0, 2));
}

#[test]
fn assumptions_can_be_widened_and_sourced_numbers_stay() {
    struct At(f64);
    impl Uniforms for At {
        fn uniform(&self, _: &str) -> f64 {
            self.0
        }
    }
    let model = ModelFile::load(&Sources::builtin("g4-2008").unwrap()).unwrap().1;
    let score = 1.5_f64;
    let level = Normal::standard().cdf(score);
    let of = |grade_c: f64, key: &str| {
        let patch = draw_with(&model, &At(level), grade_c, "edge").unwrap();
        let change = patch.into_iter().find(|change| change.key == key).unwrap();
        change.value.as_float().unwrap()
    };
    // Grade C, lognormal with sd .3 around 3; grade A, lognormal with sd .015 around 1.038.
    for (widening, sd) in [(1.0, 0.3), (2.0, 0.6)] {
        let got = of(widening, "chain.detection.injury");
        assert!((got / (3.0 * (sd * score).exp()) - 1.0).abs() < 1e-6, "{got}");
        let got = of(widening, "chain.detection.drift");
        assert!((got / (1.038 * (0.015 * score).exp()) - 1.0).abs() < 1e-6, "{got}");
    }
}

// Experiments.

/// A model folder on disk with an experiment beside it; returns the folder and the experiment's path.
fn experiment(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("toy");
    std::fs::create_dir(&model).unwrap();
    for (name, text) in [("life.toml", LIFE), ("violence.toml", VIOLENCE), ("references.bib", BIB)] {
        std::fs::write(model.join(name), text).unwrap();
    }
    let path = folder.path().join("first.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

const EXPERIMENT: &str = r#"title = "First"
model = "toy"
seed = 1
scale = 0.01
until = 2048
replicates = 2
draws = 10
crossed = false
enrolment = { from = "2009-01", until = "2018-12" }
outcomes = ["fit", "yearly"]
comparator = "status-quo"
[panel]
size = 200
[scenarios.status-quo]
[scenarios.half]
label = "half as much"
from = "2009-01"
[scenarios.half.set]
"violence.onset" = 0.01
life.deaths.value = 0.5
[scenarios.nothing]
from = "founding"
set = { violence = { kappa = 0.0 } }
"#;

fn sets(texts: &[&str]) -> Vec<Change> {
    texts.iter().map(|text| Change::from_set(text).unwrap()).collect()
}

fn read(text: &str) -> Result<Experiment<Toy>, Errors> {
    let (_folder, path) = experiment(text);
    load_experiment::<Toy>(&path, &[], &OUTCOMES)
}

#[test]
fn a_sound_experiment_is_read_with_its_model_and_patches() {
    let experiment = read(EXPERIMENT).unwrap();
    let ExperimentFile { seed, replicates, draws, ref enrolment, ref scenarios, .. } = experiment.file;
    assert_eq!((seed, replicates, draws, experiment.name.as_str()), (1, 2, 10, "first"));
    assert_eq!(enrolment.map(|window| window.until), Some(Month(131)));
    assert_eq!(scenarios.names().collect::<Vec<_>>(), ["status-quo", "half", "nothing"]);
    assert_eq!(scenarios.get("half").and_then(|half| half.from), Some(Start::Month(Month(12))));
    assert_eq!(scenarios.get("nothing").and_then(|nothing| nothing.from), Some(Start::Founding));
    assert_eq!((experiment.file.months(), experiment.file.comparator()), (480, "status-quo"));
    let half = experiment.scenario("half", 0).unwrap();
    assert_eq!((half.value("violence.onset"), half.value("life.deaths")), (Some(0.01), Some(0.5)));
    assert_eq!(experiment.scenario("nothing", 0).unwrap().value("violence.kappa"), Some(0.0));
    let (base, drawn) = (experiment.base(2).unwrap(), experiment.scenario("half", 2).unwrap());
    assert_ne!(base.value("violence.kappa"), Some(0.5));
    assert_eq!(base.value("violence.kappa"), drawn.value("violence.kappa"));
    assert_eq!(drawn.value("violence.onset"), Some(0.01), "the scenario comes after the draw");
    assert!(experiment.scenario("none", 0).is_err());
}

#[test]
fn set_reaches_experiment_and_model_and_comes_last() {
    let (_folder, path) = experiment(EXPERIMENT);
    let changes = sets(&["until=2010", "panel.size=5", "violence.onset=0.3"]);
    let experiment = load_experiment::<Toy>(&path, &changes, &OUTCOMES).unwrap();
    assert_eq!((experiment.file.until, experiment.file.panel.size), (2010, 5));
    assert_eq!(experiment.scenario("half", 1).unwrap().value("violence.onset"), Some(0.3));
    let deep =
        sets(&["scenarios.half.set.\"violence.onset\"=0.2", "enrolment={ from = \"2010-01\", until = \"2010-02\" }"]);
    let experiment = load_experiment::<Toy>(&path, &deep, &OUTCOMES).unwrap();
    assert_eq!(experiment.scenario("half", 1).unwrap().value("violence.onset"), Some(0.2));
    assert_eq!(experiment.file.enrolment.map(|window| window.from), Some(Month(24)));
    let wrong = sets(&["until=1990", "scael=1", "violence.onset=-1"]);
    let errors = load_experiment::<Toy>(&path, &wrong, &OUTCOMES).unwrap_err();
    assert_eq!(errors.0.len(), 3, "{errors}");
    assert!(errors.0.iter().all(|error| error.file.as_deref() == Some("--set")), "{errors}");
    assert!(errors.to_string().contains("did you mean `scale`?"));
}

#[test]
fn each_fault_of_an_experiment_is_told_with_line_key_and_cure() {
    let cases = [
        ("scale = 0.01", "scale = 0", 4, "scale", "memory"),
        ("scale = 0.01", "scale = 1e9", 4, "scale", "from 0.001 to 1"),
        ("scale = 0.01", "scale = nan", 4, "scale", "from 0.001 to 1"),
        ("scale = 0.01", "scale = \"1\"", 4, "scale", "number"),
        ("until = 2048", "until = 2008", 5, "until", "before it starts"),
        ("until = 2048", "until = 2101", 5, "until", "2100"),
        ("until = 2048", "until = 2048.5", 5, "until", "whole number"),
        ("replicates = 2", "replicates = 0", 6, "replicates", "from 1"),
        ("replicates = 2", "replicats = 2", 6, "replicats", "did you mean `replicates`?"),
        ("draws = 10", "draws = -3", 7, "draws", "from 0"),
        ("draws = 10", "draws = 12", 7, "draws", "draws = 20"),
        ("seed = 1", "seed = -1", 3, "seed", "at least 0"),
        ("crossed = false", "crossed = \"no\"", 8, "crossed", "true or false"),
        ("from = \"2009-01\", until", "from = \"2019-01\", until", 9, "enrolment", "reversed"),
        ("from = \"2009-01\", until", "from = \"2009-13\", until", 9, "enrolment.from", "2009-01"),
        ("from = \"2009-01\", until", "from = \"2001-01\", until", 9, "enrolment.from", "outside"),
        ("\"yearly\"]", "\"yearley\"]", 10, "outcomes", "did you mean \"yearly\"?"),
        ("\"yearly\"]", "\"fit\"]", 10, "outcomes", "twice"),
        ("[\"fit\", \"yearly\"]", "[]", 10, "outcomes", "empty"),
        ("\"status-quo\"", "\"statusquo\"", 11, "comparator", "did you mean \"status-quo\"?"),
        ("size = 200", "size = nan", 13, "panel.size", "finite"),
        ("title = \"First\"", "title = 2008-01-01", 1, "title", "is a date"),
        ("size = 200", "size = 0", 13, "panel.size", "from 1"),
        ("from = \"2009-01\"\n", "from = \"2049-01\"\n", 17, "scenarios.half.from", "outside the months simulated"),
        ("from = \"2009-01\"\n", "from = \"foundling\"\n", 17, "scenarios.half.from", "\"founding\""),
        (
            "\"violence.onset\" = 0.01",
            "\"violence.onst\" = 0.01",
            19,
            "violence.onst",
            "did you mean `violence.onset`?",
        ),
        ("\"violence.onset\" = 0.01", "\"violence.onset\" = -1", 19, "violence.onset", "from 0 to 1000"),
        ("\"violence.onset\" = 0.01", "\"life.deaths\" = 0.01", 20, "life.deaths.value", "overlaps"),
        ("[scenarios.half]", "[scenarios.\"Half it\"]\n[scenarios.half]", 15, "scenarios.\"Half it\"", "small letters"),
    ];
    for (old, new, line, key, words) in cases {
        assert!(EXPERIMENT.contains(old));
        let errors = read(&EXPERIMENT.replacen(old, new, 1)).unwrap_err();
        assert_eq!(errors.0.len(), 1, "{new}: {errors}");
        let error = &errors.0[0];
        assert_eq!((error.line, error.key.as_deref()), (Some(line), Some(key)), "{error}");
        assert!(error.to_string().contains(words) && !error.cure.is_empty(), "{new}: {error}");
        assert_eq!(error.kind, Kind::Data);
    }
}

#[test]
fn an_experiment_without_scenarios_or_model_is_refused() {
    let none = &EXPERIMENT[..EXPERIMENT.find("comparator").unwrap()];
    let errors = read(none).unwrap_err();
    assert!(errors.0.len() == 1 && errors.to_string().contains("[scenarios.status-quo]"), "{errors}");
    let errors = read(&EXPERIMENT.replace("model = \"toy\"", "model = \"tou\"")).unwrap_err();
    assert_eq!((errors.0.len(), errors.exit_code(), errors.0[0].line), (1, 66, Some(2)), "{errors}");
    assert!(errors.0[0].cure.contains("toy"), "{errors}");
    let errors = load_experiment::<Toy>("no/such.toml", &[], &OUTCOMES).unwrap_err();
    assert_eq!(errors.exit_code(), 66);
    let errors = load_experiment::<Toy>("builtin:no-such", &[], &OUTCOMES).unwrap_err();
    assert_eq!(errors.exit_code(), 66);
}

#[test]
fn faults_of_experiment_and_model_are_told_together() {
    let (folder, path) = experiment(&EXPERIMENT.replace("until = 2048", "until = 1"));
    std::fs::write(folder.path().join("toy/violence.toml"), VIOLENCE.replace("value = 0.02", "value = 5000")).unwrap();
    let errors = check::<Toy>(&[&path, folder.path().join("toy").to_str().unwrap()], &OUTCOMES);
    assert_eq!(errors.len(), 2, "{}", Errors(errors.clone()));
    assert_eq!(check::<Toy>(&[folder.path().to_str().unwrap()], &OUTCOMES).len(), 2, "a folder of experiments");
    let file = folder.path().join("toy/violence.toml");
    assert_eq!(check::<Toy>(&[file.to_str().unwrap()], &OUTCOMES).len(), 1);
    let file = folder.path().join("toy/life.toml");
    assert!(check::<Toy>(&[file.to_str().unwrap()], &OUTCOMES).is_empty());
}

#[test]
fn init_writes_a_first_experiment_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("new");
    assert_eq!(init(&place, &OUTCOMES, StarterLanguage::English, None).unwrap().len(), 3);
    assert_eq!(std::fs::read_to_string(place.join("first-run.toml")).unwrap(), STARTER);
    let errors = init(&place, &OUTCOMES, StarterLanguage::English, None).unwrap_err();
    assert_eq!((errors.0.len(), errors.exit_code()), (3, 65));
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    assert_eq!(init(&blocked.join("below"), &OUTCOMES, StarterLanguage::English, None).unwrap_err().exit_code(), 74);
}

#[test]
fn the_published_schema_of_experiments_is_that_of_the_program() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/experiment.schema.json");
    let published = std::fs::read_to_string(&file).unwrap_or_default();
    let cure = "write it anew: keten schema experiment > schema/experiment.schema.json";
    assert!(published == schema_text(&experiment_schema(&OUTCOMES)), "{} is out of date; {cure}", file.display());
}

// No content of a file makes keten panic.

/// Fragments of TOML, and some others.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop_oneof![
        "[a-z.]{1,6}",
        Just("[life.deaths]\n".to_owned()),
        Just("[violence".to_owned()),
        Just("]".to_owned()),
        Just(" = ".to_owned()),
        Just("\n".to_owned()),
        Just("\"\"\"".to_owned()),
        Just("rows = [[1, 2], []]\n".to_owned()),
        Just("columns = []\n".to_owned()),
        Just("unit = \"share\"\n".to_owned()),
        Just("spread = { law = \"uniform\" }\n".to_owned()),
        Just("1e999".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("nan".to_owned()),
        Just("{".to_owned()),
        Just("a.b.c.d = [[[[{}]]]]\n".to_owned()),
        "\\PC{0,8}",
    ];
    proptest::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.concat())
}

/// Replacements of values that should all be invalid.
const NONSENSE: [&str; 12] =
    ["nan", "-inf", "\"\"", "[]", "{}", "-1", "1e300", "true", "1979-05-27", "[[1]]", "{ law = 3 }", "\"derived\""];

/// Every error has a message and a place.
fn assert_told(errors: &Errors) {
    for error in &errors.0 {
        assert!(error.file.is_some() && !error.what.is_empty(), "{error:?}");
        assert_ne!(error.kind, Kind::Internal, "{error}");
    }
}

#[test]
fn every_table_deleted_and_every_value_made_nonsense_gives_faults() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let all = [lines(LIFE), lines(VIOLENCE)];
    let mut harmless = BTreeSet::new();
    for (which, file) in all.iter().enumerate() {
        for (at, line) in file.iter().enumerate() {
            let Some((key, _)) = line.split_once(" = ") else { continue };
            for nonsense in NONSENSE {
                let mut texts = all.clone();
                texts[which][at] = format!("{key} = {nonsense}");
                match load::<Toy>(&sources(&texts[0].join("\n"), &texts[1].join("\n"))) {
                    Ok(_) => {
                        harmless.insert((key.trim().to_owned(), nonsense));
                    }
                    Err(errors) => assert_told(&errors),
                }
            }
        }
    }
    // Values that are valid after all.
    for (key, nonsense) in &harmless {
        let may = match key.as_str() {
            "value" => matches!(*nonsense, "-1" | "true"),
            "note" | "family" => nonsense.starts_with('"'),
            "cities" => *nonsense == "[]",
            "grade" => *nonsense == "\"derived\"",
            _ => false,
        };
        assert!(may, "{key} = {nonsense} was accepted");
    }
    let text = format!("{LIFE}\n{VIOLENCE}");
    let tables: Vec<&str> = text.split("\n[").collect();
    for left_out in 0..tables.len() {
        let rest: Vec<&str> =
            tables.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, table)| *table).collect();
        let rest = rest.join("\n[");
        assert_told(&load::<Toy>(&sources(&rest, "")).unwrap_err());
    }
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    for text in [
        format!("[{}x]\n", "a.".repeat(100_000)),
        format!("x = {}", "[".repeat(100_000)),
        format!("x = {}", "{a = ".repeat(100_000)),
        format!("{}x = 1", "a.".repeat(100_000)),
    ] {
        assert_told(&load::<Toy>(&sources(&text, VIOLENCE)).unwrap_err());
        assert!(Change::from_set(&format!("{}b=1", "a.".repeat(100_000))).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_as_a_model_file_is_read_or_refused(text in scraps(), bib in "\\PC{0,60}") {
        let sources = Sources::from_texts("toy", &[("a.toml", &text), ("violence.toml", VIOLENCE), ("references.bib", &bib)]);
        if let Err(errors) = load::<Toy>(&sources) {
            assert_told(&errors);
        }
    }

    #[test]
    fn any_change_of_a_model_file_is_read_or_refused(from in 0_usize..1500, length in 0_usize..40, put in "\\PC{0,6}") {
        let mut signs: Vec<char> = format!("{LIFE}\n{VIOLENCE}").chars().collect();
        let from = from.min(signs.len());
        let until = (from + length).min(signs.len());
        signs.splice(from..until, put.chars());
        let text: String = signs.into_iter().collect();
        if let Err(errors) = load::<Toy>(&sources(&text, "")) {
            assert_told(&errors);
        }
    }

    #[test]
    fn any_text_as_an_experiment_is_read_or_refused(text in scraps(), from in 0_usize..700, put in "\\PC{0,6}") {
        let whole: Vec<char> = EXPERIMENT.chars().collect();
        let at = from.min(whole.len());
        let changed: String = whole[..at].iter().copied().chain(put.chars()).chain(whole[at..].iter().copied()).collect();
        for text in [text, changed] {
            let text = ExperimentText { name: "x".into(), place: "x.toml".into(), text, folder: Some("no".into()) };
            if let Err(errors) = load_text::<Toy>(text, &[], &OUTCOMES) {
                assert_told(&errors);
            }
        }
    }

    #[test]
    fn any_set_is_applied_or_refused(key in "[a-z.\"]{0,12}|violence\\.[a-z]{0,6}|life\\.deaths\\.[a-z]{0,7}", value in "\\PC{0,12}") {
        let model = merged();
        if let Ok(change) = Change::from_set(&format!("{key}={value}"))
            && let Err(errors) = model.with(&[change])
        {
            assert_told(&errors);
        }
    }
}

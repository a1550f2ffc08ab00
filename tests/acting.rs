//! Which parameters can change a run: idle keys change nothing, settings without effect are reported, and typing errors
//! are rejected.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use keten::analysis::{acting, acting_by_grade, same_world};
use keten::config::{self, Change, SourceFile, Sources};
use keten::experiment::{Conditions, Ending, ExperimentText, Plan, Quiet, build, plan_text, run};
use keten::model::ModelFile;
use keten::store::{Run, Store};

fn text(body: &str) -> ExperimentText {
    let head = "title = \"x\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2011\n";
    let text = format!("{head}{body}");
    ExperimentText { name: "x".into(), place: "x.toml".into(), text, folder: None }
}

fn sets(changes: &[(&str, f64)]) -> Vec<Change> {
    changes.iter().map(|(key, value)| Change::new(*key, *value, "--set")).collect()
}

const SMALL_POOL: [(&str, f64); 2] = [("founding.pool_size", 2000.0), ("founding.pool_years", 30.0)];

fn planned(body: &str, more: &[Change]) -> Plan {
    let all: Vec<Change> = sets(&SMALL_POOL).into_iter().chain(more.iter().cloned()).collect();
    plan_text(text(body), &all).unwrap_or_else(|errors| panic!("{errors}"))
}

fn lived(plan: &Plan, folder: &Path) -> Run {
    let store = Store::at(folder).unwrap_or_else(|errors| panic!("{errors}"));
    let stop = AtomicBool::new(false);
    match run(plan, &store, &Conditions { threads: None, stop: &stop, watch: &Quiet, full: false }) {
        Ok(Ending::Whole(run)) => *run,
        Ok(Ending::Stopped { .. }) => panic!("nobody stopped it"),
        Err(errors) => panic!("{errors}"),
    }
}

fn notes(body: &str, more: &[Change]) -> String {
    let notes = planned(body, more).notes().unwrap_or_else(|errors| panic!("{errors}"));
    notes.iter().map(|note| format!("{note}\n")).collect()
}

fn faults(body: &str, more: &[Change]) -> String {
    plan_text(text(body), more).err().map(|errors| errors.to_string()).unwrap_or_default()
}

const TWO: &str = "outcomes = [\"yearly\", \"transmission\", \"chain\", \"capacity\"]\n[scenarios.quo]\n\
    [scenarios.nhv.set]\n\"interventions.nhv.level\" = \"full\"\n";

/// Each idle parameter with another value that its unit allows.
fn elsewhere(plan: &Plan) -> Vec<Change> {
    let idle: BTreeSet<String> = plan.idle().unwrap_or_else(|errors| panic!("{errors}")).into_iter().collect();
    let merged = &plan.experiment.merged;
    // A pulse is a calendar month and cannot be any other number.
    let wanted = |it: &config::Parameter| idle.contains(&it.key) && !it.key.ends_with(".pulse");
    let all = config::parameters(merged).into_iter().filter(wanted);
    let moved = |it: config::Parameter| {
        let tried = [it.value * 1.3 + 0.01, it.value * 0.8, it.value * 0.99];
        let change = |value: f64| vec![Change::new(it.key.as_str(), value, "--set")];
        tried.into_iter().map(change).find(|change| merged.with(change).is_ok()).unwrap_or_default()
    };
    all.flat_map(moved).collect()
}

#[test]
fn all_that_is_idle_set_otherwise_at_once_leaves_every_table_as_it_was() {
    let folder = tempfile::tempdir().unwrap_or_else(|cause| panic!("{cause}"));
    let plan = planned(TWO, &[]);
    let changes = elsewhere(&plan);
    assert!(changes.len() > 150, "{} of the parameters are idle", changes.len());
    let one = lived(&plan, folder.path());
    let other = lived(&planned(TWO, &changes), folder.path());
    assert_ne!(one.manifest.units.keys().next(), other.manifest.units.keys().next(), "it was run again");
    for (name, table) in &one.manifest.tables {
        assert_eq!(table.content_hash, other.manifest.tables[name].content_hash, "{name}");
    }
    // All counts refer to one set.
    let found = acting(&one.manifest);
    assert!(!found.keys().any(|key| key.starts_with("targets.") || key.starts_with("interventions.dv_court.")));
    assert!(found.contains_key("interventions.nhv.programme.uptake") && found.contains_key("transmission.kappa"));
    assert!(!found.contains_key("money.prices.arrest.price"), "no table counts euro");
    let counted: usize = acting_by_grade(&one.manifest).values().map(|grade| grade.all).sum();
    let idle = plan.idle().unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(counted, config::parameters(&plan.experiment.merged).len() - idle.len());
    assert_eq!(same_world(&one.manifest, "nhv", "quo"), Some(false));
    assert_eq!(same_world(&one.manifest, "quo", "quo"), Some(true));
    assert_eq!(same_world(&one.manifest, "full", "quo"), None);
}

#[test]
fn in_the_null_world_what_measures_do_to_the_chain_acts_and_nothing_else_of_theirs() {
    let folder = tempfile::tempdir().unwrap_or_else(|cause| panic!("{cause}"));
    let null = Change::from_set("effects.in_force=none").unwrap_or_else(|error| panic!("{error}"));
    let plan = planned(TWO, std::slice::from_ref(&null));
    let idle: BTreeSet<String> = plan.idle().unwrap_or_else(|errors| panic!("{errors}")).into_iter().collect();
    let effect = |name: &str| format!("interventions.nhv.programme.effects.{name}.ratio");
    assert!(idle.contains(&effect("suffer")) && idle.contains("effects.treatable"), "a life and its symptoms");
    assert!(!idle.contains(&effect("reporting")) && !idle.contains("effects.many_problems"), "reports by the nurse");
    let changes: Vec<Change> = elsewhere(&plan).into_iter().chain([null]).collect();
    let one = lived(&plan, folder.path());
    let other = lived(&planned(TWO, &changes), folder.path());
    for (name, table) in &one.manifest.tables {
        assert_eq!(table.content_hash, other.manifest.tables[name].content_hash, "{name}");
    }
}

#[test]
fn a_measure_acts_where_it_is_on_and_prices_where_euro_are_counted() {
    let idle = |body: &str| -> BTreeSet<String> {
        planned(body, &[]).idle().unwrap_or_else(|errors| panic!("{errors}")).into_iter().collect()
    };
    let of = |measure: &str, level: &str, outcomes: &str| {
        let set = format!("\"interventions.{measure}.level\" = \"{level}\"");
        idle(&format!("outcomes = [{outcomes}]\n[scenarios.quo]\n[scenarios.b.set]\n{set}\n"))
    };
    let count = |keys: &BTreeSet<String>, measure: &str| {
        keys.iter().filter(|key| key.starts_with(&format!("interventions.{measure}."))).count()
    };
    let ban = |level: &str, outcomes: &str| of("huisverbod", level, outcomes);
    let (off, on, priced) = (ban("off", "\"yearly\""), ban("full", "\"yearly\""), ban("full", "\"costs\""));
    let counts = [&off, &on, &priced].map(|keys| count(keys, "huisverbod"));
    assert!(counts[0] > counts[1] && counts[1] > counts[2], "{counts:?}");
    // A court from 2011 on has no effect in a run to the end of 2010.
    assert_eq!(of("dv_court", "full", "\"costs\""), of("dv_court", "off", "\"costs\""));
    assert!(on.contains("money.prices.arrest.price") && !priced.contains("money.prices.arrest.price"));
    assert!(!on.contains("chain.shelter.bed_price"), "beds are bought with the budget of shelters");
    assert!(priced.contains("chain.survey.victims") && !on.contains("chain.survey.victims"));
}

#[test]
fn what_is_set_for_nothing_is_told_with_its_place_and_the_reason() {
    let body = "outcomes = [\"yearly\"]\npanel = { size = 9 }\ncrossed = true\n[scenarios.quo]\n[scenarios.idle.set]\n\
        \"interventions.huisverbod.edges.ban\" = 0.9\n[scenarios.again.set]\n\"transmission.kappa\" = 0.5\n\
        [scenarios.other.set]\n\"transmission.kappa\" = 0.4\n";
    let told = notes(body, &sets(&[("targets.g4_ratio", 1.2), ("money.prices.arrest.price", 1000.0)]));
    for said in [
        "x.toml:10: interventions.huisverbod.edges.ban: this has no effect in scenario idle: the measure",
        "scenarios.idle: scenario idle gives the same results as quo",
        "scenarios.again: scenario again gives the same results as quo",
        "--set: targets.g4_ratio: this has no effect in any scenario: only `keten solve`",
        "--set: money.prices.arrest.price: this has no effect in any scenario: no table that is written contains amounts in euro",
        "panel: this has no effect",
        "crossed: this has no effect",
    ] {
        assert!(told.contains(said), "{said} is not in\n{told}");
    }
    assert!(!told.contains("scenarios.other"), "{told}");
    let off = "outcomes = [\"yearly\"]\n[scenarios.quo]\n[scenarios.idle.set]\n\"chain.services.victim_help.level\" = \"off\"\n\
        [scenarios.more.set]\n\"interventions.nhv.level\" = \"full\"\n";
    assert_eq!(notes(off, &[]), "");
}

#[test]
fn values_of_nonsense_are_refused_by_their_meaning() {
    let body = "outcomes = [\"yearly\"]\n[scenarios.a]\n";
    for (key, value, said) in [
        ("founding.pool_years", -3.0, "is not valid here; give a number of at least 1"),
        ("founding.pool_size", 0.0, "is not valid here; give a number of at least 1000"),
        ("interventions.advocacy.programme.effects.reabuse.half_life", 0.0, "give a number above 0"),
        ("interventions.prev_school.programme.eligible.age_to", -5.0, "is not valid here"),
        ("chain.shelter.bed_price", 45.000, "was 45000 meant?"),
        ("money.prices.arrest.price", 1e9, "far outside the range of its passport"),
    ] {
        let told = faults(body, &sets(&[(key, value)]));
        assert!(told.starts_with(&format!("--set: {key}: ")) && told.contains(said), "{key} = {value}: {told}");
    }
    for (key, value) in
        [("chain.shelter.bed_price", 60_000.0), ("violence.onset.by_men", 1e-6), ("money.prices.arrest.price", 0.0)]
    {
        assert_eq!(faults(body, &sets(&[(key, value)])), "", "{key} = {value}");
    }
}

#[test]
fn faults_of_all_stages_are_told_at_once_where_the_user_wrote_them() {
    let body = "outcomes = [\"yearly\"]\n[scenarios.a]\n[scenarios.b]\nfrom = \"2008-01\"\n[scenarios.b.set]\n\
        \"transmission.kappa\" = 40\n\"founding.grew_up_here\" = 0.2\n\
        \"interventions.prev_school.programme.eligible.age_from\" = 22\n";
    let told = faults(body, &[]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    for (line, (at, said)) in lines.iter().zip([
        ("x.toml:10: transmission.kappa: ", "40 is not a number"),
        ("x.toml:11: founding.grew_up_here: ", "the population of January 2008"),
        ("x.toml:12: interventions.prev_school.programme.eligible.age_to: ", "ages from 22 to 15 are nobody"),
    ]) {
        assert!(line.starts_with(at) && line.contains(said), "{line}");
    }
}

#[test]
fn a_measure_that_is_misspelt_is_named_and_none_is_made() {
    let body = "outcomes = [\"yearly\"]\n[scenarios.a]\n";
    for (set, said) in [
        ("interventions.huisverbot.level=full", "did you mean `interventions.huisverbod`?"),
        ("interventions.nhv.costs.strat.price=3", "there is no `strat` in `interventions.nhv.costs`"),
        ("interventions.nhv.edges.first_line=0.5", "no edge of that name has a chance that a measure can set"),
    ] {
        let change = Change::from_set(set).unwrap_or_else(|error| panic!("{error}"));
        let told = faults(body, &[change]);
        assert!(told.starts_with("--set: ") && told.contains(said), "{set}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn cities_months_and_places_without_limit_are_written_in_words() {
    let body = "outcomes = [\"yearly\"]\n[scenarios.a]\n[scenarios.b.set]\n\
        \"interventions.nhv.coverage.rows\" = [[\"Rotterdam\", \"2010-09\", 0, 1, 1]]\n\
        \"interventions.nhv.coverage.columns\" = [\"city\", \"year\", \"status_quo\", \"programme\", \"full\"]\n\
        \"interventions.nhv.level\" = \"full\"\n\"interventions.nhv.programme.places\" = \"unlimited\"\n";
    let overlapping = faults(body, &[]);
    assert_eq!(overlapping, "");
    let plan = planned(body, &[]);
    let last = plan.units.last().unwrap_or_else(|| panic!("two units"));
    let model = plan.model_after(last).unwrap_or_else(|errors| panic!("{errors}"));
    let card = &model.interventions["nhv"];
    assert!(card.programme.as_ref().is_some_and(|programme| programme.places.is_none()));
    let path = keten::interventions::Path::of(&card.coverage, card.level, 4).unwrap_or_else(|what| panic!("{what}"));
    let at =
        |city, month: &str| path.at(city, keten::world::Month::parse(month).unwrap_or_else(|what| panic!("{what}")));
    assert_eq!([at(1, "2010-08"), at(1, "2010-09"), at(0, "2010-09")], [0.0, 1.0, 0.0]);
    for (old, new, said) in [
        ("Rotterdam", "Roterdam", "there is no city \"Roterdam\"; did you mean \"Rotterdam\"?"),
        ("2010-09", "2010-13", "\"2010-13\" is not a month; write it as \"2010-09\""),
    ] {
        let told = faults(&body.replace(old, new), &[]);
        assert!(told.contains(said) && told.contains("x.toml:8"), "{told}");
    }
}

/// Faults of the model with one additional card, derived from one of its own.
fn with_card(make: impl Fn(&str) -> String) -> String {
    let mut sources = Sources::builtin("g4-2008").unwrap_or_else(|errors| panic!("{errors}"));
    let own = sources.files.iter().find(|file| file.name.ends_with("/nhv.toml"));
    let text = make(&own.unwrap_or_else(|| panic!("there is nhv.toml")).text);
    sources.files.push(SourceFile { name: "mine.toml".into(), text });
    let loaded = ModelFile::load(&sources);
    match loaded.and_then(|(_, merged)| build(&merged, "m")) {
        Ok(()) => String::new(),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn mistakes_of_a_copied_card_are_told_once_and_in_words() {
    let renamed = |text: &str, name: &str| text.replace("interventions.nhv", &format!("interventions.{name}"));
    assert_eq!(with_card(|text| renamed(text, "nhv_b")), "");
    type Case<'a> = (&'a dyn Fn(&str) -> String, &'a [&'a str]);
    let cases: [Case<'_>; 5] = [
        (
            &|text| text.to_owned(),
            &["mine.toml:", "`nhv` is also written in", "in a copied card every key must be renamed"],
        ),
        (
            &|text| renamed(text, "nhv_b").replace("occasion = \"pregnancy\"", "occasion = \"shelter_child\""),
            &["mine.toml:", "did you mean `child_sheltered`?", "`left_shelter`", "`honour`"],
        ),
        (&|text| renamed(text, "nhv-b"), &["mine.toml:", "cannot be the key of a card", "`nhv_b`"]),
        (
            &|text| {
                let edge = "value = 0.5\nunit = \"probability\"\nsource = \"assumption\"\nyear = 2008\ngrade = \"C\"\n";
                format!("{}\n[interventions.nhv_b.edges.first_line]\n{edge}", renamed(text, "nhv_b"))
            },
            &["mine.toml:", "no edge of that name has a chance that a measure can set", "`hand_over_other`", "`ban`"],
        ),
        (
            &|text| {
                let beds = "unit = \"count\"\nsource = \"assumption\"\nyear = 2008\ngrade = \"C\"\n\
                    columns = [\"year\", \"status_quo\", \"programme\", \"full\"]\nrows = [[2008, 0.0, 0.0, 1e9]]\n";
                format!("{}\n[interventions.nhv_b.beds.shelter_crisis]\n{beds}", renamed(text, "nhv_b"))
            },
            &["nhv_b.beds.shelter_crisis", "places without limit cannot be added to those of a provider"],
        ),
    ];
    for (make, said) in cases {
        let told = with_card(make);
        assert!(said.iter().all(|words| told.contains(words)), "{said:?} is not in {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn settings_are_listed_and_explained_also_those_that_no_file_writes() {
    let sources = Sources::builtin("g4-2008").unwrap_or_else(|errors| panic!("{errors}"));
    let (_, merged) = ModelFile::load(&sources).unwrap_or_else(|errors| panic!("{errors}"));
    let settings = config::settings(&merged);
    for (key, value) in
        [("effects.in_force", "all"), ("trends.violence", "flat"), ("interventions.nhv.level", "status_quo")]
    {
        let setting = settings.iter().find(|setting| setting.key == key).unwrap_or_else(|| panic!("{key} is listed"));
        assert_eq!(setting.value, value, "{key}");
        assert!(setting.choices.len() > 1, "{key}");
        let explained = config::explain(&merged, key).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(explained.contains(value) && explained.contains(&setting.choices[1]), "{explained}");
    }
    let near = config::explain(&merged, "interventions.huisverbot").err().map(|errors| errors.to_string());
    assert!(near.is_some_and(|near| near.contains("did you mean `interventions.huisverbod`?")));
    let wanted = config::ParameterFilter { grade: Some("C"), table: Some("violence.onset"), word: None };
    let all = config::parameters(&merged);
    let found: Vec<_> = all.iter().filter(|it| wanted.parameter(it)).collect();
    assert!(!found.is_empty() && found.iter().all(|it| it.grade == "C" && it.key.starts_with("violence.onset.")));
    let word = config::ParameterFilter { word: Some("KAPPA"), ..config::ParameterFilter::default() };
    assert!(all.iter().any(|it| it.key == "transmission.kappa" && word.parameter(it)));
}

//! One city of a run: its rows, its report and files, the cities side by side, places added in one city by one line, and
//! the first steps in both languages.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use keten::analysis::benchmark::{CITY_FIGURES, benchmark};
use keten::analysis::{EffectPlace, city_changes, effects};
use keten::store::Run;
use keten::tables::{ALL_CITIES, Table};
use tempfile::TempDir;

/// A measure everywhere, and places in one city. Without `lives`, so that every figure is counted in the city.
const TWO: &str = "title = \"The four cities, tried\"\nmodel = \"builtin:g4-2008\"\nscale = 0.002\nuntil = 2010\ndraws = 2\n\
    outcomes = [\"fit\", \"yearly\", \"capacity\", \"costs\", \"chain\", \"help\", \"clients\", \"bottlenecks\", \"transmission\"]\n\
    comparator = \"status-quo\"\n\n[uncertainty]\nblock = 2\n\n[scenarios.status-quo]\n\n\
    [scenarios.arrests]\nlabel = \"more arrests\"\nfrom = \"2008-01\"\nset = { \"chain.police.arrest\" = 0.9 }\n\n\
    [scenarios.beds]\nfrom = \"2009-01\"\nmore_places.Rotterdam.shelter_crisis = 60\n";
const SMALL_POOL: [&str; 4] = ["--set", "founding.pool_size=2000", "--set", "founding.pool_years=30"];
const CITIES: [&str; 4] = ["Amsterdam", "Rotterdam", "Den Haag", "Utrecht"];

fn output(folder: &Path, arguments: &[&str]) -> (String, String, i32) {
    let output = Command::cargo_bin("keten").unwrap().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let (out, err, code) = output(folder, arguments);
    assert_eq!(code, 0, "{err}");
    out
}

/// The run, made once for all tests.
fn made() -> &'static (TempDir, PathBuf) {
    static MADE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("two.toml"), TWO).unwrap();
        let out = done(folder.path(), &[&["run", "two.toml", "--json", "--quiet"], &SMALL_POOL[..]].concat());
        let line: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
        let run = folder.path().join(line["run"].as_str().unwrap());
        (folder, run)
    })
}

/// Sum of a column over the rows in which the city is this one.
fn sum(table: &Table, column: &str, city: &str) -> f64 {
    let (cities, numbers) = (table.texts("city").unwrap(), table.numbers(column).unwrap());
    (0..table.rows()).filter(|row| cities.is(*row, city)).map(|row| numbers.or_zero(row)).sum()
}

#[test]
fn four_views_of_one_city_add_up_to_the_four_cities() {
    let run = Run::open(&made().1).unwrap();
    let views: Vec<Run> = CITIES.iter().map(|city| run.of_city(city).unwrap()).collect();
    for (table, column) in
        [("yearly", "population"), ("yearly", "police_reports"), ("costs", "amount"), ("clients", "persons")]
    {
        let whole = sum(&run.table(table).unwrap(), column, ALL_CITIES);
        let parts: f64 = views.iter().map(|view| sum(&view.table(table).unwrap(), column, ALL_CITIES)).sum();
        assert!(whole > 0.0 && (whole - parts).abs() < 1e-6 * whole, "{table}.{column}: {whole} and {parts}");
    }
    // The city itself is there too, and no other.
    let view = views[1].table("yearly").unwrap();
    assert_eq!(sum(&view, "population", "Rotterdam"), sum(&view, "population", ALL_CITIES));
    assert_eq!(sum(&view, "population", "Utrecht"), 0.0);
    assert_eq!(views[1].whole().table("yearly").unwrap().rows(), run.table("yearly").unwrap().rows());
    let difference = |run: &Run| {
        let all = effects(run).unwrap();
        let of = all
            .effects
            .iter()
            .find(|it| it.scenario == "arrests" && it.measure == "euro_justice" && it.place == EffectPlace::Cities);
        of.unwrap_or_else(|| panic!("no figure of euro by justice")).difference
    };
    let (whole, parts) = (difference(&run), views.iter().map(difference).sum::<f64>());
    assert!(whole > 0.0 && (whole - parts).abs() < 1e-6 * whole, "{whole} and {parts}");
    let changes = city_changes(&run, &["arrests"], ["arrests", "status-quo"]).unwrap();
    assert_eq!(changes.iter().map(|it| it.city.as_str()).collect::<Vec<_>>(), [&CITIES[..], &[ALL_CITIES]].concat());
    let all = changes.last().unwrap().difference.mean;
    assert!(all > 0.0, "{all}");
    assert!((changes.iter().take(4).map(|it| it.difference.mean).sum::<f64>() - all).abs() < 1e-6 * all);
}

#[test]
fn tables_of_all_cities_together_are_not_there_for_one() {
    let run = Run::open(&made().1).unwrap();
    let view = run.of_city(" rotterdam ").unwrap();
    assert_eq!(view.city(), Some("Rotterdam"));
    assert!(run.has("transmission") && !view.has("transmission") && !view.has("fit") && view.has("costs"));
    let fault = view.table("transmission").unwrap_err().to_string();
    assert!(fault.contains("no table `transmission`"), "{fault}");
    let fault = run.of_city("Roterdam").unwrap_err().to_string();
    assert!(fault.contains("there is no city \"Roterdam\"; did you mean \"Rotterdam\"?"), "{fault}");
    assert!(fault.contains("Amsterdam, Rotterdam, Den Haag, Utrecht"), "{fault}");
    let fault = run.of_city("Eindhoven").unwrap_err().to_string();
    assert!(!fault.contains("did you mean") && fault.contains("the cities are Amsterdam"), "{fault}");
}

/// The text of a page, without its markup.
fn plain(page: &str) -> String {
    let text =
        page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<Vec<_>>().join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_report_about_one_city_has_its_name_and_no_figure_of_the_four_without_saying_so() {
    let (folder, run) = made();
    let place = run.display().to_string();
    let (_, err, code) = output(folder.path(), &["report", &place, "--city", "Roterdam"]);
    assert!(code == 65 && err.contains("did you mean \"Rotterdam\"?"), "{err}");
    // Of the chapter that compares the cities, and of what was left out.
    let remarks = ["Weggelaten", "Left out", "Alleen het hoofdstuk", "Only the chapter"];
    for (language, four) in [("nl", ["vier steden", "Vier steden"]), ("en", ["four cities", "Four cities"])] {
        let out = done(folder.path(), &["report", &place, "--city", "rotterdam", "--lang", language, "--quiet"]);
        assert!(out.trim().ends_with(&format!("report-{language}-rotterdam.html")), "{out}");
        let page = fs::read_to_string(run.join(format!("report-{language}-rotterdam.html"))).unwrap();
        let title = page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        assert!(title.starts_with("Rotterdam"), "{title}");
        assert!(page.contains("<section id=\"cities\"") && !page.contains("<section id=\"fit\""));
        let heading =
            |page: &str| page.split("<section id=\"cities\"").nth(1).unwrap().split("</h2>").next().unwrap().to_owned();
        let name = heading(&page).rsplit('>').next().unwrap().to_owned();
        // What is left without the chapter that compares the cities, its name, and the remark at the beginning.
        let (before, rest) = page.split_once("<section id=\"cities\"").unwrap();
        let after = rest.split_once("</section>").unwrap().1;
        let text = plain(&format!("{before}{after}")).replace(&name, "");
        let left: Vec<&str> = text.split(". ").filter(|it| four.iter().any(|word| it.contains(word))).collect();
        assert!(left.iter().all(|it| remarks.iter().any(|remark| it.contains(remark))), "{language}: {left:?}");
        for city in CITIES {
            assert!(rest.split_once("</section>").unwrap().0.contains(city), "{language}: {city}");
        }
    }
    let out = done(folder.path(), &["report", &place, "--city", "all", "--city", "Utrecht", "--quiet"]);
    let names: Vec<&str> = out.lines().filter_map(|line| line.rsplit('/').next()).collect();
    assert_eq!(names, ["amsterdam", "rotterdam", "den-haag", "utrecht"].map(|city| format!("report-en-{city}.html")));
    let files = run.join("report-files");
    assert!(files.join("den-haag/budget.csv").is_file() && run.join("report-en-den-haag.xlsx").is_file());
    done(folder.path(), &["report", &place, "--quiet"]);
    let cities = |at: &str| fs::read_to_string(files.join(at)).unwrap();
    assert_eq!(cities("utrecht/cities.csv"), cities("cities.csv"), "the cities side by side are the same everywhere");
    assert_ne!(cities("utrecht/budget.csv"), cities("budget.csv"));
}

#[test]
fn the_cities_side_by_side_have_the_figures_of_the_tables() {
    let run = Run::open(&made().1).unwrap();
    let found = benchmark(&run).unwrap().unwrap();
    assert_eq!(found.years, [2008, 2009]);
    let of = |key: &str, city: &str, year: Option<i64>| {
        let figure = CITY_FIGURES.iter().find(|figure| figure.key == key).unwrap();
        found.value("status-quo", figure, city, year).unwrap().mean.mean
    };
    let parts: f64 = CITIES.iter().map(|city| of("inhabitants", city, Some(2009))).sum();
    assert!((parts - of("inhabitants", ALL_CITIES, Some(2009))).abs() < 1e-6 * parts);
    let years = [2008, 2009].map(|year| of("inhabitants", "Utrecht", Some(year)));
    assert!((of("inhabitants", "Utrecht", None) - (years[0] + years[1]) / 2.0).abs() < 1e-6 * years[0]);
    assert!(
        of("police_reports", "Utrecht", None) < of("police_reports", ALL_CITIES, None),
        "as its chance of the chain"
    );
    assert!(
        found.figures().any(|figure| figure.key == "known_before")
            && found.figures().any(|figure| figure.key == "spending")
    );
}

#[test]
fn sixty_crisis_beds_more_in_rotterdam_are_one_line() {
    let run = Run::open(&made().1).unwrap();
    let capacity = run.table("capacity").unwrap();
    let [scenario, city, provider] = ["scenario", "city", "provider"].map(|name| capacity.texts(name).unwrap());
    let (places, years) = (capacity.numbers("places").unwrap(), capacity.integers("year").unwrap());
    let beds = |of: &str, at: &str, year: i64| -> f64 {
        let rows = (0..capacity.rows())
            .filter(|row| scenario.is(*row, of) && city.is(*row, at) && years.get(*row) == Some(year));
        let own: Vec<f64> =
            rows.filter(|row| provider.is(*row, "shelter_crisis")).map(|row| places.or_zero(row)).collect();
        own.iter().sum::<f64>() / own.len() as f64 / run.recorded.scale
    };
    let more = |at: &str, year: i64| beds("beds", at, year) - beds("status-quo", at, year);
    assert!((more("Rotterdam", 2009) - 60.0).abs() < 1e-6, "{}", more("Rotterdam", 2009));
    assert_eq!([more("Rotterdam", 2008), more("Utrecht", 2009)], [0.0, 0.0]);
    let costs = run.table("costs").unwrap();
    let [scenario, city, item] = ["scenario", "city", "item"].map(|name| costs.texts(name).unwrap());
    let amount = costs.numbers("amount").unwrap();
    let paid = |at: &str| -> f64 {
        let rows = (0..costs.rows()).filter(|row| scenario.is(*row, "beds") && city.is(*row, at));
        rows.filter(|row| item.is(*row, "more_shelter_crisis")).map(|row| amount.or_zero(row)).sum()
    };
    assert!(paid("Rotterdam") > 0.0 && paid("Amsterdam") == 0.0);
    // Each draw has its own price of a place.
    let draw = costs.integers("draw").unwrap();
    let of_draw = |number: i64| -> f64 {
        let rows =
            (0..costs.rows()).filter(|row| draw.get(*row) == Some(number) && item.is(*row, "more_shelter_crisis"));
        rows.map(|row| amount.or_zero(row)).sum()
    };
    assert_ne!(of_draw(1), of_draw(2));
}

#[test]
fn places_in_a_city_or_of_a_provider_that_is_not_there_are_named() {
    let folder = TempDir::new().unwrap();
    let said = |line: &str| {
        fs::write(folder.path().join("x.toml"), TWO.replace("more_places.Rotterdam.shelter_crisis = 60", line))
            .unwrap();
        let (_, err, code) = output(folder.path(), &["check", "x.toml"]);
        let faults = err.lines().any(|line| !line.starts_with("note: "));
        assert_eq!(code, if faults { 65 } else { 0 }, "{err}");
        err
    };
    let err = said("more_places.Roterdam.shelter_crisis = 60");
    assert!(
        err.contains("x.toml:21") && err.contains("there is no city \"Roterdam\"; did you mean \"Rotterdam\"?"),
        "{err}"
    );
    let err = said("more_places.Rotterdam.shelter_crises = 60");
    assert!(err.contains("did you mean `shelter_crisis`?"), "{err}");
    let err = said("more_places.Rotterdam.shelter_crisis = 0.5");
    assert!(err.contains("number of places of at least 1"), "{err}");
    let err = said("more_places.Rotterdam = 60");
    assert!(err.contains("write more_places.Rotterdam.shelter_crisis = 60"), "{err}");
    assert_eq!(said("more_places.\"Den Haag\".victim_help = 40"), "");
    // A city and a month by name, in the rows of a table; without a level they have no effect, which a note says.
    let rows = "set = { \"interventions.shelter_capacity.beds.shelter_crisis.rows\" = [[\"Rotterdam\", \"2009-07\", 0, 60, 60]] }";
    let err = said(rows);
    assert!(err.lines().all(|line| line.starts_with("note: ")), "{err}");
}

#[test]
fn the_first_steps_are_in_the_language_asked_for() {
    let folder = TempDir::new().unwrap();
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    for (place, language, words) in [("studie", "nl", "Een eerste experiment"), ("study", "en", "A first experiment")] {
        done(folder.path(), &["init", place, "--lang", language]);
        let experiment = text(&format!("{place}/first-run.toml"));
        assert!(experiment.contains(words) && experiment.contains("more_places.Rotterdam"), "{experiment}");
        done(folder.path(), &["check", &format!("{place}/first-run.toml")]);
    }
    assert!(text("studie/README.md").starts_with("# Experimenten"));
    done(folder.path(), &["init", "--model", "own"]);
    done(folder.path(), &["check", "own"]);
    done(folder.path(), &["init", "--model", "own"]);
    let card = text("own/interventions/nhv.toml");
    assert!(card.starts_with("#:schema ../model.schema.json") && folder.path().join("own/model.schema.json").is_file());
    fs::write(folder.path().join("own/interventions/nhv.toml"), "# mine\n").unwrap();
    let (_, err, code) = output(folder.path(), &["init", "--model", "own"]);
    assert!(code == 65 && err.contains("nhv.toml") && err.contains("not overwritten"), "{err}");
    assert_eq!(text("own/interventions/nhv.toml"), "# mine\n");
    done(folder.path(), &["init", "both", "--model", "both/model"]);
    assert!(text("both/first-run.toml").contains("model = \"model\""));
    done(folder.path(), &["check", "both/first-run.toml"]);
}

#[test]
fn the_demo_speaks_dutch_and_ends_with_the_answer() {
    let folder = TempDir::new().unwrap();
    let small = ["--scale", "0.002", "--set", "until=2012", "--set", "draws=2", "--set", "uncertainty.block=2"];
    let demo = [&["demo", "--lang", "nl", "--progress", "0.05"], &small[..], &SMALL_POOL].concat();
    let (out, err, code) = output(folder.path(), &demo);
    assert_eq!(code, 0, "{err}");
    for words in [
        "In de vier steden",
        "Wat de maatregelen in de vier steden veranderen",
        "Verslag",
        "Antwoord",
        "report-nl.html",
    ] {
        assert!(out.contains(words), "`{words}` is not in:\n{out}");
    }
    for words in [" the ", " and ", "unknown", "withheld", "children", "simulated"] {
        let lines: Vec<&str> =
            out.lines().filter(|line| line.contains(words) && !line.contains("runs/demo-")).collect();
        assert!(lines.is_empty(), "`{words}`: {lines:?}");
    }
    let last: Vec<&str> = out.trim_end().lines().rev().take(2).collect();
    assert!(last[1].contains("Steun in de zwangerschap") && last[0].contains("Begeleiding van kinderen"), "{last:?}");
    assert!(err.contains("gesimuleerde mensen staan voor") && err.contains(" eenheden, "), "{err}");
}

#[test]
fn two_runs_are_compared_in_one_city() {
    let (folder, run) = made();
    let out =
        done(folder.path(), &[&["run", "two.toml", "--seed", "5", "--json", "--quiet"], &SMALL_POOL[..]].concat());
    let line: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    let (run, other) = (run.to_str().unwrap(), line["run"].as_str().unwrap());
    let value = |city: &str| -> serde_json::Value {
        serde_json::from_str(&done(folder.path(), &["compare", run, other, "--city", city, "--json"])).unwrap()
    };
    let figure = |value: &serde_json::Value, key: &str| {
        let figures = value["outcomes"][0]["figures"].as_array().unwrap().clone();
        let own = figures.iter().filter(|figure| figure["measure"] == key);
        own.map(|figure| figure["first"]["mean"].as_f64().unwrap()).fold(0.0, f64::max)
    };
    let whole: serde_json::Value =
        serde_json::from_str(&done(folder.path(), &["compare", run, other, "--json"])).unwrap();
    assert!(whole["city"].is_null());
    let cities: Vec<serde_json::Value> = CITIES.iter().map(|city| value(city)).collect();
    assert_eq!(cities[1]["city"], "Rotterdam");
    // Incidents of the four cities are those of each of them together.
    let sum: f64 = cities.iter().map(|value| figure(value, "incidents")).sum();
    assert!((sum - figure(&whole, "incidents")).abs() <= 1e-6 * sum && sum > 0.0, "{sum}");
    let text = done(folder.path(), &["compare", run, other, "--city", "rotterdam"]);
    assert!(text.contains(": Rotterdam, in real persons") && !text.contains("the four cities"), "{text}");
    let (_, err, code) = output(folder.path(), &["compare", run, other, "--city", "Roterdam"]);
    assert!(code != 0 && err.contains("did you mean \"Rotterdam\"?"), "{err}");
}

#[test]
fn the_demo_is_about_one_city_if_asked() {
    let folder = TempDir::new().unwrap();
    let small =
        ["--scale", "0.002", "--set", "until=2010", "--set", "draws=2", "--set", "uncertainty.block=2", "--quiet"];
    let text =
        done(folder.path(), &[&["demo", "--city", "utrecht", "--lang", "nl"], &small[..], &SMALL_POOL[..]].concat());
    assert!(
        text.contains("In Utrecht ") && text.contains("veranderen") && !text.contains("In de vier steden"),
        "{text}"
    );
    assert!(text.contains("report-nl-utrecht.html"), "{text}");
    let (_, err, code) = output(folder.path(), &["demo", "--city", "Utregt", "--quiet"]);
    assert!(code != 0 && err.contains("did you mean \"Utrecht\"?"), "{err}");
}

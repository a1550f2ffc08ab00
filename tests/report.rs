//! The report of a run from the outside: every section in both languages, no unfilled placeholder, no external request,
//! and a run that still agrees with its manifest.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use keten::analysis::recurrence::recurrence;
use keten::report::{Language, Numbers, ReportRequest, SECTIONS};
use keten::store::Run;
use keten::tables::Table;
use tempfile::TempDir;

/// Two scenarios with as many draws as an evaluation needs, of a tiny population that takes only a moment.
const SMALL: &str = "title = \"Small <b>& safe</b>\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2009\ndraws = 20\n\
    outcomes = [\"fit\", \"yearly\", \"cohorts\", \"transmission\", \"lineages\", \"capacity\", \"costs\", \"lives\", \"life_costs\"]\n\
    comparator = \"status-quo\"\nenrolment = { from = \"2008-01\", until = \"2008-12\" }\n\n[uncertainty]\nblock = 20\n\n[scenarios.status-quo]\n\n\
    [scenarios.support]\nlabel = \"support in pregnancy\"\nfrom = \"2008-01\"\n\n\
    [scenarios.support.set]\n\"interventions.nhv.level\" = \"full\"\n";
/// Two draws with two replicates under other assumptions, long enough for the follow-up of eligibility rules. An
/// attribution scenario comes first, the comparator after it.
const VARIED: &str = "title = \"Varied\"\nmodel = \"builtin:g4-2008\"\nscale = 0.002\nuntil = 2014\ndraws = 2\nreplicates = 2\n\
    crossed = true\ncomparator = \"status-quo\"\n\
    outcomes = [\"yearly\", \"cohorts\", \"capacity\", \"costs\", \"selection\", \"recidivism\"]\n\n[uncertainty]\nblock = 2\n\n\
    [scenarios.without]\nremoves = \"pathway\"\nfrom = \"2008-01\"\nset = { \"transmission.dose\" = 1.0 }\n\n[scenarios.status-quo]\n\n\
    [scenarios.support]\nfrom = \"2008-01\"\nset = { \"interventions.nhv.level\" = \"full\" }\n\n\
    [variants.low]\nset = { \"transmission.kappa\" = 0.2 }\n\n[variants.high]\nset = { \"transmission.kappa\" = 0.8 }\n";
const SINGLE: &str = "title = \"Single\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2010\noutcomes = [\"yearly\"]\n\n\
    [scenarios.status-quo]\n";
/// A scenario that equals the comparator, and a measure for children in shelters, of whom there are none in such a
/// small population.
const IDLE: &str = "title = \"Idle\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2010\n\
    outcomes = [\"yearly\", \"costs\", \"lives\", \"chain\"]\ncomparator = \"status-quo\"\n\n[scenarios.status-quo]\n\n\
    [scenarios.idle]\nfrom = \"2008-01\"\nset = { \"interventions.nhv.level\" = \"status_quo\" }\n\n\
    [scenarios.nobody]\nfrom = \"2009-12\"\nset = { \"interventions.child_shelter.level\" = \"full\" }\n";
/// Support for every first pregnancy, for long enough that some second children are not born, or are born later.
const SPACED: &str = "title = \"Spaced\"\nmodel = \"builtin:g4-2008\"\nscale = 0.004\nuntil = 2013\ndraws = 2\n\
    outcomes = [\"yearly\", \"lives\"]\ncomparator = \"status-quo\"\n\n[uncertainty]\nblock = 2\n\n[scenarios.status-quo]\n\n\
    [scenarios.support]\nfrom = \"2008-01\"\nset = { \"interventions.nhv.level\" = \"full\" }\n";
const SMALL_POOL: [&str; 4] = ["--set", "founding.pool_size=2000", "--set", "founding.pool_years=30"];

fn keten(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::cargo_bin("keten").unwrap().current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A run of an experiment, in the folder `name`.
fn made(folder: &Path, name: &str, text: &str) -> PathBuf {
    fs::write(folder.join(format!("{name}.toml")), text).unwrap();
    let file = format!("{name}.toml");
    let arguments = [&["run", &file, "--json", "--quiet"], &SMALL_POOL[..]].concat();
    let out = keten(folder, &arguments);
    let line: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    folder.join(line["run"].as_str().unwrap())
}

/// Reports of both languages, made once for all tests.
fn reported() -> &'static (TempDir, PathBuf, PathBuf) {
    static MADE: OnceLock<(TempDir, PathBuf, PathBuf)> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let runs = [made(folder.path(), "small", SMALL), made(folder.path(), "single", SINGLE)];
        for run in &runs {
            for language in ["nl", "en"] {
                keten(folder.path(), &["report", &run.display().to_string(), "--lang", language, "--quiet"]);
            }
        }
        let [small, single] = runs;
        (folder, small, single)
    })
}

/// The run under other assumptions, with its reports of both languages, made once for all tests.
fn varied() -> &'static (TempDir, PathBuf) {
    static MADE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let run = made(folder.path(), "varied", VARIED);
        for language in ["nl", "en"] {
            keten(folder.path(), &["report", &run.display().to_string(), "--lang", language, "--quiet"]);
        }
        (folder, run)
    })
}

fn page(run: &Path, language: &str) -> String {
    fs::read_to_string(run.join(format!("report-{language}.html"))).unwrap()
}

/// A section of a page, with its markup.
fn section_of(page: &str, id: &str) -> String {
    let from = page.split(&format!("<section id=\"{id}\"")).nth(1).unwrap_or_else(|| panic!("no section {id}"));
    from.split("</section>").next().unwrap().to_owned()
}

/// Ids of the sections of which a run lacks something.
fn lacking(run: &Path) -> BTreeSet<&'static str> {
    let out = TempDir::new().unwrap();
    let request = ReportRequest { out: Some(out.path().to_owned()), ..ReportRequest::default() };
    let written = keten::report::write(&Run::open(run).unwrap(), &[request]).unwrap();
    written.into_iter().flat_map(|it| it.missing).map(|(section, _)| section).collect()
}

/// Values of an attribute.
fn values<'t>(page: &'t str, attribute: &str) -> Vec<&'t str> {
    let begin = format!(" {attribute}=\"");
    page.split(&begin).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_section_is_there_whole_and_asks_for_nothing_elsewhere() {
    let (_, small, single) = reported();
    for run in [small, single] {
        for language in ["nl", "en"] {
            let page = page(run, language);
            assert!(page.contains(&format!("<html lang=\"{language}\">")), "{language}");
            let chapters = page.matches("class=\"chapter\"").count();
            assert!((4..=8).contains(&chapters), "{language}: {chapters} chapters");
            let limits = section_of(&page, "limits");
            for section in SECTIONS {
                // A section of which the run has nothing is in the list of what the run does not show.
                let there = page.contains(&format!("<section id=\"{section}\""));
                assert!(there || lacking(run).contains(section), "{language}: no section {section}");
            }
            assert!(!limits.contains("<li></li>") && limits.contains("<li>"), "{language}: {limits}");
            for word in ["{{", "}}", "{%", "NaN", "http://", "https://", "<script", "inf "] {
                assert!(!page.contains(word), "{language}: {word} is in the page");
            }
            assert_eq!(page.matches("<h1>").count(), 1);
            let tables = page.matches("<table>").count() + page.matches("<table class=\"").count();
            let strips = page.matches("<figure class=\"strips\">").count();
            assert_eq!(page.matches("<caption><span>").count() + strips, tables);
            let ids = values(&page, "id");
            assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an id is there twice");
            for link in values(&page, "href") {
                assert!(link.strip_prefix('#').is_some_and(|id| ids.contains(&id)), "{link} leads nowhere");
            }
        }
    }
}

#[test]
fn rules_variants_and_prices_are_told_where_the_run_has_them() {
    let (_, small, single) = reported();
    let (_, varied) = varied();
    let told = section_of;
    let page = page(varied, "en");
    let rules = told(&page, "selection");
    for words in ["Support in pregnancy", "At random at the same event", "everybody were selected", "2008 to 2008"] {
        assert!(rules.to_lowercase().contains(&words.to_lowercase()), "{words} is not in {rules}");
    }
    let variants = told(&page, "variants");
    assert!(variants.contains("as in the rest of this report") && variants.contains(">low<"), "{variants}");
    let turned = ["These conclusions change", "The conclusions stay the same"];
    assert!(turned.iter().any(|words| variants.contains(words)), "whether a conclusion changes is told: {variants}");
    let english = fs::read_to_string(small.join("report-en.html")).unwrap();
    for (language, named) in [("en", "Name in the model"), ("nl", "Naam in het model")] {
        let whole = fs::read_to_string(small.join(format!("report-{language}.html"))).unwrap();
        let matters = told(&whole, "matters");
        let drawn = matters.split("<svg").nth(1).and_then(|rest| rest.split("</svg>").next()).unwrap();
        assert!(drawn.contains(" › ") && !drawn.contains('_'), "{language}: parameters have names: {drawn}");
        assert!(matters.contains(named), "{language}: and keys in the table");
    }
    let value = told(&english, "value");
    assert!(value.contains("Health and costs are those of the people whom the measure reached"), "{value}");
    assert!(value.contains("What each payer pays more or less, and for how much health"), "{value}");
    assert!(value.contains("At €50,000 for a healthy year"), "{value}");
    assert!(
        told(&page, "money").contains("Women&#x27;s shelters") || told(&page, "money").contains("Women's shelters")
    );
    let money = told(&page, "money");
    for words in ["for 2008 to 2011 (chapter 5)", "Children (4.2)", "2009: document", "€18.4", "1,800"] {
        assert!(money.contains(words), "{words} is not in {money}");
    }
    // Pilot 2 costs 33,600 once, and no other chapter costs anything.
    let chapters = fs::read_to_string(varied.join("report-files/programme_money.csv")).unwrap();
    let of = |chapter: &str, column: usize| -> f64 {
        let rows = chapters.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let rows = rows.filter(|row| row[0] == "support" && row[1] == chapter);
        rows.map(|row| row[column].parse::<f64>().unwrap_or_default()).sum()
    };
    assert_eq!([of("children", 3), of("children", 4)], [358_400.0, 33_600.0]);
    assert_eq!([of("shelter", 3), of("shelter", 4), of("shelter", 5)], [212_400.0, 0.0, 0.0]);
    assert!(told(&page, "places").contains("full-time") && told(&page, "places").contains("Means over 2008 to 2013"));
    let answer = told(&page, "answer");
    assert!(answer.contains("What would “Support” change from") && answer.contains("compared with “Status quo”"));
    let split = told(&page, "sure");
    assert!(split.contains("Draws needed") && split.contains("Gain from common random numbers"), "{split}");
    let effects = fs::read_to_string(varied.join("report-files/effects.csv")).unwrap();
    let refusals: Vec<&str> = effects.lines().filter(|line| line.contains("shelter_refusals")).collect();
    let held = ",scale_too_small,reference_value difference low high mc_error share_lower share_equal share_higher";
    assert!(!refusals.is_empty() && refusals.iter().all(|line| line.ends_with(held)), "{refusals:?}");
    assert!(told(&page, "fit").contains("Killed by a partner"));
    assert!(told(&page, "fit").contains("Police reports a year") && told(&page, "fit").contains("17,000"));
    assert!(told(&page, "reports").contains("In the model the four cities have"));
    let lacking = fs::read_to_string(single.join("report-en.html")).unwrap();
    assert!(told(&lacking, "limits").contains("The table “selection” was not kept"));
}

/// Entered, followed, with violence again, reported and convicted again after a route in the table, in the four cities
/// over all years, draws and replicates.
fn route_counts(table: &Table, scenario: &str, [service, role, entry]: [&str; 3], months: i64) -> [f64; 5] {
    let is = |row: usize, column: &str, word: &str| table.texts(column).unwrap().is(row, word);
    let wanted =
        [("city", "G4"), ("scenario", scenario), ("service", service), ("followed_as", role), ("entry", entry)];
    let rows = (0..table.rows()).filter(|row| wanted.iter().all(|(column, word)| is(*row, column, word)));
    let rows: Vec<usize> = rows.filter(|row| table.integers("months").unwrap().get(*row) == Some(months)).collect();
    ["persons_entered", "followed", "again", "reported", "convicted"].map(|column| {
        let numbers = table.integers(column).unwrap();
        rows.iter().map(|row| numbers.or_zero(*row) as f64).sum()
    })
}

#[test]
fn violence_after_help_is_that_of_the_table_by_service_and_way_out() {
    let (_, run) = varied();
    let opened = Run::open(run).unwrap();
    let table = opened.table("recidivism").unwrap();
    let languages = [(Language::En, "too few (&lt;10)", "too few"), (Language::Nl, "te weinig (&lt;10)", "te weinig")];
    let services = [
        (["victim_help", "victim"], ["Help for victims: victims", "Hulp voor slachtoffers: slachtoffers"]),
        (["child_help", "child"], ["Help for children: children", "Hulp voor kinderen: kinderen"]),
        (
            ["perpetrator_help", "user"],
            [
                "Help for people who use violence: people who used violence",
                "Hulp voor wie geweld gebruikt: wie geweld gebruikte",
            ],
        ),
    ];
    let entries = [
        ("started", ["started", "begonnen"]),
        ("completed", ["completed", "afgemaakt"]),
        ("dropped_out", ["dropped out", "eerder gestopt"]),
        ("not_shown", ["did not show up", "niet komen opdagen"]),
        ("gave_up", ["gave up waiting", "gestopt met wachten"]),
    ];
    for (at, (language, few, few_of_base)) in languages.into_iter().enumerate() {
        let section = section_of(&page(run, language.word()), "help");
        let rows: Vec<Vec<&str>> = section
            .split("<tr><th>")
            .skip(1)
            .map(|row| row.split("</tbody>").next().unwrap().trim_end().split("<td>").collect())
            .collect();
        let share = |count: f64, of: f64, few: &str| {
            let share = count / of;
            let decimals = if share * 100.0 < 9.95 && share != 0.0 { 1 } else { 0 };
            if of == 0.0 {
                return "–".to_owned();
            }
            if of < 10.0 { few.to_owned() } else { Numbers(language).percents(decimals).write(share) }
        };
        let (mut shown, mut withheld) = (0, 0);
        for ([service, role], group) in services {
            for (entry, words) in entries {
                let counts =
                    |scenario: &str, months: i64| route_counts(&table, scenario, [service, role, entry], months);
                let entered = counts("support", 12)[0];
                if entered == 0.0 {
                    continue;
                }
                // Four simulations of six years, in which each person stands for five hundred.
                let people = Numbers(language).about(entered / 4.0 / 0.002 / 6.0);
                let mut expected = vec![group[at].to_owned(), words[at].to_owned()];
                expected.push(if entered < 10.0 { few.to_owned() } else { people });
                for months in [12, 24] {
                    let [own, base] = ["support", "status-quo"].map(|scenario| counts(scenario, months));
                    for what in [2, 3, 4] {
                        if what == 4 && role != "user" {
                            expected.push("–".to_owned());
                            continue;
                        }
                        let own = share(own[what], own[1], few);
                        let base = share(base[what], base[1], few_of_base);
                        let is_empty = own == "–" && base == "–" || own == few && base == few_of_base;
                        *(if is_empty { &mut withheld } else { &mut shown }) += 1;
                        expected.push(if is_empty { own } else { format!("{own} ({base})") });
                    }
                }
                assert!(rows.contains(&expected.iter().map(String::as_str).collect()), "{expected:?} in {rows:?}");
            }
        }
        assert!(shown >= 10 && withheld > 0, "{shown} cells with figures, {withheld} without");
        let note = ["compare a row with the same row under “Status quo”", "Vergelijk een rij dus met dezelfde rij"][at];
        let (before, _) = section.split_once("<tr><th>").unwrap();
        assert!(before.contains(note), "the comparison that is fair is said before the table: {before}");
        // Too few start with it in so small a population; an arrest is no service.
        let others = [["Support in pregnancy: ", "Steun in de zwangerschap: "][at], "arrest"];
        assert!(rows.iter().all(|row| others.iter().all(|other| !row[0].contains(other))), "{rows:?}");
    }
    let file = fs::read_to_string(run.join("report-files/recurrence.csv")).unwrap();
    let started = file.lines().find(|line| line.starts_with("support,victim_help,started,victim,12,")).unwrap();
    let cells: Vec<&str> = started.split(',').collect();
    let counts = route_counts(&table, "support", ["victim_help", "victim", "started"], 12);
    let found = [6, 7, 8].map(|at: usize| cells[at].parse::<f64>().unwrap());
    assert_eq!(found, [counts[1], counts[2] / counts[1], counts[3] / counts[1]], "{started}");
    assert_eq!((cells[9], cells[14]), ("", "status-quo"), "{started}");
    // A view of one city has the routes of that city.
    let entered = |run: &Run| -> f64 {
        let all = recurrence(run).unwrap().unwrap();
        let own = all.iter().filter(|of| of.scenario == "support" && of.route.service == "victim_help");
        own.filter(|of| of.route.entry == "started" && of.months == 12).map(|of| of.own.entered).sum()
    };
    let cities = opened.cities();
    assert_eq!(cities.iter().map(|city| entered(&opened.of_city(city).unwrap())).sum::<f64>(), entered(&opened));
    assert_eq!(entered(&opened), counts[0]);
}

/// The text of a page, without its markup.
fn plain(page: &str) -> String {
    page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_measure_that_reaches_nobody_and_a_world_that_is_the_same_are_called_so() {
    let folder = TempDir::new().unwrap();
    let idle = made(folder.path(), "idle", IDLE);
    let said = [
        (
            "en",
            [
                "all results are identical to those of the comparator",
                "The measure reached nobody",
                "may lower or raise violence",
            ],
        ),
        (
            "nl",
            [
                "alle uitkomsten zijn gelijk aan die van het vergelijkingsscenario",
                "De maatregel bereikte niemand",
                "kan geweld doen dalen of stijgen",
            ],
        ),
    ];
    for (language, [same, nobody, unclear]) in said {
        keten(folder.path(), &["report", &idle.display().to_string(), "--lang", language, "--quiet"]);
        let page = page(&idle, language);
        let answer = page.split("<section id=\"answer\"").nth(1).unwrap().split("</section>").next().unwrap();
        let answer = plain(answer);
        assert!(answer.contains(same) && answer.contains(nobody), "{answer}");
        assert!(!answer.contains(unclear) && !answer.contains("€0") && !answer.contains("€\u{a0}0"), "{answer}");
    }
    let reached = fs::read_to_string(idle.join("report-files/reached.csv")).unwrap();
    assert!(reached.contains("idle,yes,0,0,,") && reached.contains("nobody,no,0,0,,"), "{reached}");
}

#[test]
fn many_measures_begin_with_a_table_of_all_of_them() {
    let folder = TempDir::new().unwrap();
    let mut text = SMALL.split("[scenarios.support]").next().unwrap().to_owned();
    let measures = ["nhv", "child_group", "huisverbod", "screening_team", "aware"];
    for measure in measures {
        let set = format!("\"interventions.{measure}.level\" = \"full\"");
        text += &format!("[scenarios.{measure}]\nfrom = \"2008-01\"\nset = {{ {set} }}\n\n");
    }
    let run = made(folder.path(), "many", &text);
    for (language, caption) in [("en", "All measures side by side"), ("nl", "Alle maatregelen naast elkaar")] {
        keten(folder.path(), &["report", &run.display().to_string(), "--lang", language, "--quiet"]);
        let answer = section_of(&page(&run, language), "answer");
        let (before, cards) = answer.split_once("<article").expect("an answer for each measure");
        let table = before.rsplit(caption).next().expect("a table before them").split("</table>").next().unwrap();
        let rows = table.split("<tbody>").nth(1).unwrap().matches("<tr>").count();
        assert_eq!((rows, cards.matches("<article").count() + 1), (measures.len(), measures.len()), "{language}");
        for step in cards.split("<strong>").skip(1).filter_map(|rest| rest.split("</strong>").next()) {
            assert!(table.contains(step), "{language}: {step} is not in the table");
        }
    }
    // Few measures need none.
    let (_, small, _) = reported();
    assert!(!page(small, "en").contains("All measures side by side"));
}

#[test]
fn children_who_are_not_born_are_nobody_spared() {
    let (folder, small, _) = reported();
    let run = Run::open(made(folder.path(), "spaced", SPACED)).unwrap();
    let (yearly, lives) = (run.table("yearly").unwrap(), run.table("lives").unwrap());
    let int = |table: &keten::tables::Table, row: usize, column: &str| table.cell(row, column).unwrap().as_int();
    let text = |table: &keten::tables::Table, row: usize, column: &str| {
        table.cell(row, column).unwrap().as_text().unwrap().to_owned()
    };
    // By draw: keys of persons born in the simulated years, and the counts that `lives` and `yearly` have in common.
    let counted = ["years_victim", "years_partner_victim", "years_witnessing", "years_maltreated"];
    let columns = ["any_victims", "victims", "children_witnessing", "children_maltreated"];
    let keys = |scenario: &str, draw: i64| {
        let rows = (0..lives.rows()).filter(|row| text(&lives, *row, "scenario") == scenario);
        let rows: Vec<usize> = rows.filter(|row| int(&lives, *row, "draw") == Some(draw)).collect();
        let mut births = 0;
        let mut of_year = [0; 4];
        for row in 0..yearly.rows() {
            let whole = ["G4", "elsewhere"].contains(&text(&yearly, row, "city").as_str());
            if whole && text(&yearly, row, "scenario") == scenario && int(&yearly, row, "draw") == Some(draw) {
                births += int(&yearly, row, "births").unwrap();
                let sums = of_year.iter_mut().zip(columns);
                sums.for_each(|(sum, column)| *sum += int(&yearly, row, column).unwrap());
            }
        }
        let of_lives = counted.map(|column| rows.iter().map(|row| int(&lives, *row, column).unwrap()).sum::<i64>());
        assert_eq!(of_lives, of_year, "{scenario} {draw}: `lives` counts what `yearly` does");
        let born = rows.iter().filter(|row| int(&lives, **row, "born") >= Some(0));
        (born.map(|row| int(&lives, *row, "person").unwrap()).collect::<BTreeSet<i64>>(), births)
    };
    let mut differ = 0;
    for draw in 1..=2 {
        let ((base, base_births), (own, own_births)) = (keys("status-quo", draw), keys("support", draw));
        let alone = (own.difference(&base).count() as i64, base.difference(&own).count() as i64);
        assert_eq!(own_births - base_births, alone.0 - alone.1, "draw {draw}: only births differ");
        differ += alone.0 + alone.1;
    }
    assert!(differ > 0, "no birth differs, so that this shows nothing");
    let effects = fs::read_to_string(small.join("report-files/effects.csv")).unwrap();
    let rows: Vec<Vec<&str>> = effects.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let among = |measure: &str| -> Vec<(&str, &str)> {
        rows.iter().filter(|row| row[1] == measure).map(|row| (row[3], row[4])).collect()
    };
    for measure in ["first_exposed", "first_used", "any_victims", "partner_victims", "children_maltreated"] {
        assert_eq!(among(measure), [("followed", "both_worlds")], "{measure}");
    }
    for measure in ["qaly_lost", "euro", "euro_measures", "euro_municipality"] {
        // Such a small cohort may have lost nothing.
        let found = among(measure);
        assert!(found.is_empty() || found == [("followed", "cohort")], "{measure}: {found:?}");
    }
    assert!(
        among("births").contains(&("cities", "everybody")) && among("incidents").contains(&("cities", "everybody"))
    );
    assert!(!effects.contains("\nsupport,victims,"), "one word for two figures");
    for (language, apart) in [("en", "compared with himself or herself"), ("nl", "met zichzelf vergeleken")] {
        assert!(page(small, language).contains(apart), "{language}");
    }
}

#[test]
fn what_a_file_says_is_words_and_no_markup() {
    let (_, small, _) = reported();
    let page = page(small, "en");
    assert!(page.contains("Small &lt;b&gt;&amp; safe&lt;") && !page.contains("<b>"), "the title is markup");
}

#[test]
fn a_single_scenario_is_told_what_it_lacks() {
    let (_, _, single) = reported();
    let page = page(single, "en");
    assert!(page.contains("one scenario") && page.contains("The table “costs” was not kept"));
    assert!(!single.join("report-files/icers.csv").exists());
}

#[test]
fn few_persons_are_not_told() {
    let (_, small, _) = reported();
    assert!(page(small, "nl").contains("te weinig (&lt;10)"));
    let effects = fs::read_to_string(small.join("report-files/effects.csv")).unwrap();
    let deaths = effects.lines().find(|line| line.contains("deaths_by_partner"));
    assert!(deaths.is_none_or(|line| line.contains(",too_few,reference_value difference")), "{deaths:?}");
}

#[test]
fn files_have_the_columns_that_others_know() {
    let (_, small, _) = reported();
    let head = |name: &str| {
        let text = fs::read_to_string(small.join("report-files").join(name)).unwrap();
        text.lines().next().unwrap_or_default().to_owned()
    };
    let icers =
        "Strategy,Cost,Effect,Inc_Cost,Inc_Effect,ICER,Status,Discounting,Perspective,Reference,Sign,No_Ratio_Because";
    let effects = "scenario,measure,unit,place,among,reference,reference_value,difference,low,high,interval,mc_error,\
                   share_lower,share_equal,share_higher,pairs,withheld,withheld_columns";
    let reached = "scenario,same_world,persons_reached,starts,euro_per_start_or_person,reference,measures,withheld,\
                   withheld_columns";
    let heads = [
        ("icers", icers),
        ("ceac", "wtp,strategy,prob"),
        ("ceaf", "wtp,strategy,prob,switch"),
        ("exp_loss", "wtp,strategy,expected_loss"),
        ("evpi", "wtp,evpi,se,evpi_without_luck,se_without_luck"),
        ("nmb", "wtp,strategy,nmb,inc_nmb,reference"),
        ("tornado", "param,low,high,out_low,out_high,strategy,wtp,beyond_chance"),
        ("ceplane", "sample,strategy,inc_cost,inc_effect,reference"),
        ("budget", "scenario,year,payer,kind,euro_2008,more_than_reference,reference"),
        ("effects", effects),
        ("reached", reached),
    ];
    let before_2011 = !small.join("report-files/programme_money.csv").exists();
    assert!(before_2011, "a run that ends before 2011 has no money of the programme");
    for (name, expected) in heads {
        assert_eq!(head(&format!("{name}.csv")), expected, "{name}");
        assert_eq!(head(&format!("{name}-nl.csv")), expected.replace(',', ";"), "{name}");
    }
    let columns = |name: &str| {
        let hash = blake3::hash(&fs::read(small.join("report-files").join(name)).unwrap()).to_string();
        let table = keten::store::read_table(&small.join("report-files").join(name), &hash).unwrap();
        (table.columns().iter().map(|series| series.name().to_owned()).collect::<Vec<_>>(), table.rows())
    };
    let (names, rows) = columns("psa.parquet");
    assert_eq!(names, ["sample", "strategy", "grp", "cost", "qalys", "replicate_se"]);
    // Twenty draws of two scenarios under four rules of discounting; the societal perspective, the measures, and five
    // payers.
    assert_eq!(rows, 20 * 2 * 4 * 7);
    let icers = fs::read_to_string(small.join("report-files/icers.csv")).unwrap();
    let cost = |perspectives: &[&str]| -> f64 {
        let rows = icers.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let rows = rows.filter(|row| row[0] == "support" && row[7] == "zin-2024" && perspectives.contains(&row[8]));
        rows.map(|row| row[1].parse::<f64>().unwrap()).sum()
    };
    let (all, payers) = (cost(&["societal"]), cost(&["municipality", "rijk", "awbz", "justice", "other"]));
    assert!(all > 0.0 && (all - payers).abs() < 1e-9 * all, "what payers pay is {payers}, all of it {all}");
    let (names, rows) = columns("psa_params.parquet");
    assert!(rows == 20 && names[0] == "sample" && names.contains(&"transmission.kappa".to_owned()), "{names:?}");
}

#[test]
fn who_asks_for_what_a_run_cannot_tell_is_told_and_has_the_report() {
    let (folder, small, _) = reported();
    let out = folder.path().join("asked");
    let page = out.join("report-en.html");
    let ask = |section: &str| {
        let mut command = Command::cargo_bin("keten").unwrap();
        let run = small.display().to_string();
        let output = command.args(["report", &run, "--out"]).arg(&out).args(["--ask", section]).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told) = ask("places");
    assert!(code == Some(65) && told.contains("places: Refusals, waiting and needed places"), "{told}");
    assert!(told.contains("the report is written without it") && page.is_file(), "{told}");
    let (code, told) = ask("matters");
    assert!(code == Some(65) && told.contains("100 draws are needed"), "{told}");
    assert_eq!(ask("month").0, Some(0));
    let (code, told) = ask("summer");
    assert!(code == Some(2) && told.contains("places"), "{told}");
}

#[test]
fn the_run_is_still_what_its_manifest_says_and_is_on_the_shelf() {
    let (folder, small, _) = reported();
    Run::open(small).unwrap().verify().unwrap();
    let out = keten(folder.path(), &["runs"]);
    assert!(out.contains("small-"), "{out}");
    let left = fs::read_dir(small).unwrap().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    assert!(left.into_iter().all(|name| !name.starts_with(".tmp")), "something half-written was left");
}

/// All files of a folder and its subfolders by name, with their bytes and modification times.
fn state(folder: &Path) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_path_buf()];
    while let Some(at) = left.pop() {
        for entry in fs::read_dir(at).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => left.push(path),
                path => {
                    found.push((path.clone(), fs::read(path).unwrap(), entry.metadata().unwrap().modified().unwrap()))
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_same_run_gives_the_same_bytes_elsewhere_and_writes_nothing_into_the_run() {
    let (folder, small, other) = reported();
    let (run, out) = (small.display().to_string(), folder.path().join("else/where"));
    let before = state(small);
    keten(folder.path(), &["report", &run, "--quiet"]);
    assert!(state(small) == before, "the same report made again leaves every file as it is");
    keten(folder.path(), &["report", &run, "--out", &out.display().to_string(), "--quiet"]);
    keten(folder.path(), &["compare", &run, &other.display().to_string()]);
    keten(folder.path(), &["runs", "show", &run]);
    assert!(state(small) == before, "a run that cannot be written to can be reported, compared and shown");
    assert_eq!(fs::read_to_string(out.join("report-en.html")).unwrap(), page(small, "en"));
    for name in ["report-en.xlsx", "report-files/effects.csv", "report-files/codebook.json"] {
        assert_eq!(fs::read(out.join(name)).unwrap(), fs::read(small.join(name)).unwrap(), "{name}");
    }
}

/// What is possible with a run folder that its owner may not write to, such as an archive's or a colleague's; root may
/// write everywhere.
#[cfg(unix)]
#[test]
fn a_run_that_may_not_be_written_to_is_reported_and_replicated_elsewhere() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let run = made(folder.path(), "single", SINGLE);
    let may = |mode| {
        for path in [run.parent().unwrap(), &run] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    may(0o555);
    let before = state(&run);
    let place = run.display().to_string();
    keten(folder.path(), &["report", &place, "--out", "there", "--quiet"]);
    keten(folder.path(), &["replicate", &place, "--out", "again", "--quiet"]);
    keten(folder.path(), &["replicate", &place, "--quiet"]);
    assert_eq!(state(&run), before);
    may(0o755);
    assert!(folder.path().join("there/report-en.xlsx").is_file());
    let left: Vec<_> = fs::read_dir(run.parent().unwrap()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 2, "the run and its units: {left:?}");
}

/// The message with which `keten report` refuses.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output =
        Command::cargo_bin("keten").unwrap().current_dir(folder).arg("report").args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(65), "{arguments:?}: {told}");
    told
}

#[test]
fn a_report_replaces_nothing_that_keten_did_not_write() {
    let (_, _, single) = reported();
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let (run, table) = (single.display().to_string(), single.join("yearly.parquet").display().to_string());
    fs::write(at.join("tiny.toml"), "title = \"tiny\"\n").unwrap();
    let before = state(single);
    for out in ["tiny.toml", &table] {
        let told = refused(at, &[&run, "--out", out]);
        assert!(told.contains("is a file, and --out takes a folder; give a folder"), "{told}");
    }
    assert!(refused(at, &[&run, "--out", "council.html"]).contains("is the name of a file"));
    assert_eq!(fs::read_to_string(at.join("tiny.toml")).unwrap(), "title = \"tiny\"\n");
    assert_eq!(fs::read_dir(at).unwrap().count(), 1, "nothing is written when it is refused");
    // A page, a workbook and a data file written by somebody else, and one of keten's that was changed.
    for name in ["report-en.html", "report-en.xlsx", "report-files/persons.csv", "report-files/codebook.json"] {
        let out = at.join("mine").join(name.replace(['/', '.'], "-"));
        fs::create_dir_all(out.join(name).parent().unwrap()).unwrap();
        fs::write(out.join(name), "mine").unwrap();
        let all = state(&out);
        let of_run = if name.contains("persons") { &reported().1 } else { single };
        let told = refused(at, &[&of_run.display().to_string(), "--out", &out.display().to_string()]);
        assert!(
            told.contains(&format!("{name}: exists and is not as keten wrote it")) && told.contains("move it away"),
            "{told}"
        );
        assert_eq!(state(&out), all, "{name}");
    }
    let own = at.join("own").display().to_string();
    keten(at, &["report", &run, "--out", &own]);
    let csv = at.join("own/report-en.html");
    fs::write(&csv, fs::read_to_string(&csv).unwrap().replace("<h1>", "<h1>Our ")).unwrap();
    assert!(refused(at, &[&run, "--out", &own]).contains("report-en.html: exists and is not as keten wrote it"));
    fs::remove_file(&csv).unwrap();
    keten(at, &["report", &run, "--out", &own]);
    keten(at, &["report", &run, "--out", &own, "--lang", "nl"]);
    assert_eq!(state(single), before);
}

#[test]
fn products_carry_the_hash_of_their_tables_and_say_when_those_are_others() {
    let folder = TempDir::new().unwrap();
    let run = made(folder.path(), "single", SINGLE);
    let place = run.display().to_string();
    keten(folder.path(), &["report", &place]);
    let opened = Run::open(&run).unwrap();
    let contents = opened.manifest.contents();
    let text = page(&run, "en");
    assert!(text.contains(&format!("<meta name=\"keten-tables\" content=\"{contents}\">")));
    assert!(text.contains(&format!("Its tables have the content hash {}", &contents[..16])));
    let made: serde_json::Value =
        serde_json::from_slice(&fs::read(run.join("report-files/made.json")).unwrap()).unwrap();
    for name in ["report-en.html", "report-en.xlsx", "report-files/codebook.json"] {
        let entry = &made["files"][name];
        assert_eq!((&entry["tables"], &entry["run"]), (&contents.as_str().into(), &opened.manifest.id.as_str().into()));
        let hash = blake3::hash(&fs::read(run.join(name)).unwrap()).to_string();
        assert_eq!(entry["blake3"], serde_json::json!([hash]), "{name}");
    }
    let shown = keten(folder.path(), &["runs", "show", &place]);
    assert!(shown.contains("report-en.html: made from these tables"), "{shown}");
    // The report of another run at this place.
    fs::write(run.join("report-files/made.json"), made.to_string().replace(&contents, &"0".repeat(64))).unwrap();
    let shown = keten(folder.path(), &["runs", "show", &place]);
    assert!(shown.contains("report-en.html: made from earlier tables of this run"), "{shown}");
    let output = |arguments: &[&str]| {
        let output = Command::cargo_bin("keten").unwrap().current_dir(folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let again = [&["run", "single.toml"], &SMALL_POOL[..]].concat();
    let outdated = "report-en.html was made from earlier tables of this run; make it again";
    assert!(output(&again).contains(outdated));
    assert!(output(&["report", &place, "--lang", "nl"]).contains(outdated), "the English one still is");
    assert!(!output(&["report", &place]).contains("earlier tables"));
}

#[test]
fn columns_of_numbers_hold_numbers_or_nothing_and_all_are_described() {
    let (_, small, single) = reported();
    for run in [small, single] {
        let files = run.join("report-files");
        let codebook: serde_json::Value =
            serde_json::from_slice(&fs::read(files.join("codebook.json")).unwrap()).unwrap();
        let mut seen = 0;
        for entry in fs::read_dir(&files).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".json") {
                continue;
            }
            let columns =
                codebook["files"][&name]["columns"].as_array().unwrap_or_else(|| panic!("{name} is not described"));
            if name.ends_with(".parquet") {
                continue;
            }
            let dutch = name.ends_with("-nl.csv");
            let text = fs::read_to_string(entry.path()).unwrap();
            assert!(text.starts_with(columns[0]["name"].as_str().unwrap()), "{name}: no mark before the first heading");
            let mut lines = text.lines().map(|line| line.split(if dutch { ';' } else { ',' }).collect::<Vec<_>>());
            let head = lines.next().unwrap();
            let names: Vec<&str> = columns.iter().map(|column| column["name"].as_str().unwrap()).collect();
            assert_eq!(head, names, "{name}");
            for line in lines.filter(|line| line.len() == names.len()) {
                for (cell, column) in line.iter().zip(columns).filter(|(_, column)| column["kind"] == "number") {
                    let cell = if dutch { cell.replace(',', ".") } else { (*cell).to_owned() };
                    assert!(cell.is_empty() || cell.parse::<f64>().is_ok(), "{name}, {column}: {cell}");
                    seen += 1;
                }
            }
        }
        assert!(run != small || seen > 1000, "{seen} numbers were seen");
    }
}

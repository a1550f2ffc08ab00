//! `demo`: a small G4 in a minute: the two main experiments versus the status quo, headline figures as text, and a
//! report.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use keten::analysis::figures::Figure;
use keten::analysis::places::{needs_scale, places};
use keten::analysis::{Among, Effect, Effects, Hidden, Place, Reach, acting_by_grade, effects, hidden};
use keten::error::Result;
use keten::experiment::{Ending, ExperimentText};
use keten::report::Language;
use keten::store::Run;
use keten::tables::{Cell, Table};
use serde_json::{Value, json};

use super::arguments::{self, DemoArguments};
use super::done::Done;
use super::talk::Talk;
use super::{report, run};

/// The built-in experiment of the demo.
const EXPERIMENT: &str = "builtin:demo";

/// `keten demo`
pub(super) fn demo(what: &DemoArguments, talk: &Talk) -> Done {
    let text = ExperimentText { name: "demo".into(), ..ExperimentText::open(EXPERIMENT)? };
    let plan = run::plan(text, &what.changing)?;
    run::say_notes(&plan, talk)?;
    let experiment = &plan.experiment;
    talk.say(format_args!(
        "{} simulated persons stand for the people of {}, month by month from 2008 to {}",
        grouped(plan.persons()),
        listed(&experiment.model.places.cities),
        experiment.file.until - 1
    ));
    match run::carry_out(&plan, &what.carrying, talk)? {
        Ending::Stopped { kept, of } => Ok(run::stopped(kept, of, talk)),
        Ending::Whole(run) => {
            let figures = Figures::of(&run, experiment.file.scale, experiment.file.comparator())?;
            let pages = pages(&run, what.lang)?;
            if talk.json {
                let mut summary = run.summary();
                summary["figures"] = figures.json();
                summary["report"] = json!(pages[0].display().to_string());
                talk.line(summary);
            } else {
                talk.line(&experiment.file.title);
                talk.print(figures.text());
                talk.print(measures(&run)?);
                talk.print(ending(&run, &pages[0]));
            }
            if what.open {
                open(&pages[0], talk);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Writes the report, with the requested language first.
fn pages(run: &Run, first: Option<arguments::Language>) -> Result<Vec<PathBuf>> {
    let mut languages = vec![Language::En, Language::Nl];
    if first == Some(arguments::Language::Nl) {
        languages.reverse();
    }
    report::write_reports(run, &languages)
}

/// Opens the page in the browser; prints its location if there is none.
fn open(page: &Path, talk: &Talk) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let shown = if cfg!(windows) {
        Command::new("cmd").args(["/C", "start", ""]).arg(page).status()
    } else {
        Command::new(program).arg(page).status()
    };
    if !shown.is_ok_and(|status| status.success()) {
        talk.say(format_args!("no browser could be started; please open {}", page.display()));
    }
}

/// Effects of the measures, in a few lines.
fn measures(run: &Run) -> Result<String> {
    let effects = effects(run)?;
    let scale = run.manifest.config["experiment"]["scale"].as_f64().unwrap_or(1.0);
    let providers = run.manifest.tables.contains_key("capacity").then(|| places(run)).transpose()?;
    let providers = providers.as_deref();
    let mut text =
        format!("\nWhat the measures change in the four cities, {} to {}\n", effects.years.0, effects.years.1);
    if effects.effects.iter().any(|effect| effect.among == Among::BothWorlds) {
        let _ =
            writeln!(text, "among people who are alive in both scenarios, wherever they live; + is more, - is less");
    }
    let label = |name: &str| {
        let known = run.manifest.scenarios.iter().find(|scenario| scenario.name == name);
        known.and_then(|scenario| scenario.label.clone()).unwrap_or_else(|| name.to_owned())
    };
    for reach in &effects.reaches {
        let _ = writeln!(text, "  {}", label(&reach.scenario));
        let _ = writeln!(text, "    {}", reached(reach, &effects, scale));
        if reach.same_world {
            continue;
        }
        if let Some(need) = needs_scale(providers.unwrap_or_default(), &reach.scenario, &reach.programmes, scale) {
            let need = (need * 100.0).ceil() / 100.0;
            let _ = writeln!(
                text,
                "    effects are withheld: the measure has fewer places than requests, and in so small a run rounding decides who\n    \
                 starts (--scale {need} is enough)"
            );
            continue;
        }
        let own = effects.effects.iter().filter(|effect| effect.scenario == reach.scenario);
        let own = own.filter(|effect| effect.place != Place::Exported);
        let own: Vec<(&Effect, Option<Hidden>)> =
            own.map(|effect| (effect, hidden(effect, Some(reach), providers, scale))).collect();
        text.push_str(&changes(&own));
    }
    Ok(text)
}

/// Number of persons reached by a measure, and the cost of one start.
fn reached(reach: &Reach, effects: &Effects, scale: f64) -> String {
    if reach.same_world {
        return "identical to the comparator in every table".to_owned();
    }
    if reach.nobody() {
        return "it reached nobody: no person started with a measure".to_owned();
    }
    if reach.programmes.is_empty() {
        return "it works through rules, places or professionals; no person starts with it".to_owned();
    }
    let Some(known) = reach.known() else { return "the number of people reached is unknown in this run".to_owned() };
    if known < 0.0 {
        let fewer = if known > -FEWEST { String::new() } else { format!("{} ", grouped(rounded(-known / scale))) };
        return format!("{fewer}fewer people start than under the comparator");
    }
    if known < FEWEST {
        return "it reached fewer than 10 simulated people: too few for a conclusion".to_owned();
    }
    let (what, one) = if reach.starts.is_some() { ("starts", "start") } else { ("people reached", "person reached") };
    let cost = effects
        .cost_of(reach, scale)
        .map_or_else(String::new, |euro| format!("; the measure costs {} euro per {one}", grouped(euro)));
    format!("{} {what}{cost}", grouped(rounded(known / scale)))
}

/// Minimum number of simulated persons for a number to be printed.
const FEWEST: f64 = 10.0;

/// Effects of a scenario, one line per figure.
fn changes(effects: &[(&Effect, Option<Hidden>)]) -> String {
    let mut text = String::new();
    for key in MEASURES {
        let Some((effect, hidden)) = effects.iter().find(|(effect, _)| effect.measure == key) else { continue };
        let words = Figure::named(key).map_or(key, |figure| figure.words[0]);
        let born =
            if effect.among == Among::Everybody && key != "births" { " (including differences in births)" } else { "" };
        let words = format!("{words}{born}");
        if let Some(why) = hidden {
            let why = match why {
                Hidden::Few => "too few simulated",
                Hidden::Withheld => "withheld: the run is too small",
            };
            let _ = writeln!(text, "    {words:<68}  {why}");
            continue;
        }
        let sides = effect.sides;
        let range = match effect.limits {
            _ if sides.equal == sides.all() => "  the same in every simulation".to_owned(),
            None => "  one pair, no interval".to_owned(),
            Some((low, high)) => {
                let unclear = if low <= 0.0 && high >= 0.0 { "  the interval includes zero" } else { "" };
                format!("  ({} to {}){unclear}", signed(low), signed(high))
            }
        };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "    {words:<68}{:>12}{range}", signed(effect.difference));
    }
    text
}

/// Figures that are printed.
const MEASURES: [&str; 6] = ["first_exposed", "any_victims", "next_generation_used", "births", "euro", "qaly_lost"];

/// A number with three digits.
fn rounded(number: f64) -> f64 {
    let size = 10f64.powi((number.abs().max(1.0).log10().floor() as i32 - 2).max(0));
    (number / size).round() * size
}

/// An integer with its sign, with three digits.
fn signed(number: f64) -> String {
    let rounded = rounded(number);
    if rounded > 0.0 { format!("+{}", grouped(rounded)) } else { grouped(rounded) }
}

/// Location of the files, next steps, and limits of the figures.
fn ending(run: &Run, page: &Path) -> String {
    let grades = acting_by_grade(&run.manifest);
    let assumed = grades.get("C").map_or(0, |counted| counted.all);
    let all: usize = grades.values().map(|counted| counted.all).sum();
    let folder = run.folder().display();
    let page = page.display();
    format!(
        "\nReport      {page}\n\
         Files       {folder}: {}, manifest.json, codebook.json\n\
         Again       keten replicate {folder}\n\
         Further     keten explain transmission.kappa; keten init study; keten run study/first-run.toml\n\
         Honesty     a model estimate for groups, not a forecast for any person or family; {assumed} of the {all} parameters\n            \
         that can change it are assumptions (grade C), and a small run has a large Monte Carlo error\n",
        run.manifest.tables.keys().map(|name| format!("{name}.parquet")).collect::<Vec<_>>().join(", ")
    )
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "nowhere".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// An integer with thousands separators.
pub(super) fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = String::from(if number < -0.5 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Rows of a table selected by column values: one per draw and replicate.
#[derive(Clone)]
struct Rows<'a> {
    table: &'a Table,
    rows: Vec<usize>,
}

impl<'a> Rows<'a> {
    /// All matching rows; `None` if there are none.
    fn find(table: &'a Table, wanted: &[(&str, Cell<'_>)]) -> Option<Rows<'a>> {
        let fits = |row: &usize| wanted.iter().all(|(column, cell)| table.cell(*row, column) == Some(*cell));
        let rows: Vec<usize> = (0..table.rows()).filter(fits).collect();
        (!rows.is_empty()).then_some(Rows { table, rows })
    }

    /// The mean over draws and replicates.
    fn number(&self, column: &str) -> Option<f64> {
        let values: Vec<f64> =
            self.rows.iter().filter_map(|row| self.table.cell(*row, column).and_then(Cell::as_float)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }
}

/// A stock or flow in the first and in the last year.
struct Line {
    name: &'static str,
    words: &'static str,
    first: Option<f64>,
    last: Option<f64>,
    /// Whether it is a count, printed for all real persons; otherwise a rate.
    count: bool,
}

/// Transmission of violence, for one sex.
struct Passing {
    sex: &'static str,
    crude: Option<f64>,
    /// The target of the crude ratio, and the causal share of the input.
    target: Option<f64>,
    kappa_in: Option<f64>,
    surveyed: Option<f64>,
    causal: Option<f64>,
    kappa: Option<f64>,
}

/// The main figures of the comparator of a run.
struct Figures {
    years: (i64, i64),
    lines: Vec<Line>,
    births: f64,
    passing: Vec<Passing>,
    never: Option<(f64, u32)>,
    exposed_of_violent: Option<f64>,
    exposed_of_adults: Option<f64>,
}

impl Figures {
    fn of(run: &Run, scale: f64, comparator: &str) -> Result<Figures> {
        let yearly = run.table("yearly")?;
        let years: Vec<i64> =
            (0..yearly.rows()).filter_map(|row| yearly.cell(row, "year").and_then(Cell::as_int)).collect();
        let years = (years.iter().copied().min().unwrap_or_default(), years.iter().copied().max().unwrap_or_default());
        let year = |year: i64| {
            let of = [("city", Cell::Text("G4")), ("year", Cell::Int(year)), ("scenario", Cell::Text(comparator))];
            Rows::find(&yearly, &of)
        };
        let (first, last) = (year(years.0), year(years.1));
        let line = |name, words, count| {
            let of = |row: &Option<Rows<'_>>| {
                row.as_ref().and_then(|row| row.number(name)).map(|value| if count { value / scale } else { value })
            };
            Line { name, words, first: of(&first), last: of(&last), count }
        };
        let lines = vec![
            line("population", "persons on 31 December", true),
            line("children", "children among them", true),
            line("births", "births in the year", true),
            line("victims_per_1000_adults", "victims of a (former) partner per 1000 adults", false),
            line("incidents_per_1000_adults", "incidents per 1000 adults", false),
            line("witnessing_per_1000_children", "children witnessing, per 1000 children", false),
            line("maltreated_per_1000_children", "children maltreated, per 1000 children", false),
        ];
        let births = (years.0..=years.1).filter_map(|at| year(at)?.number("births")).sum::<f64>() / scale;
        let transmission = run.table("transmission")?;
        let pathway = |pathway: &'static str, sex: &'static str| {
            let wanted = [
                ("city", Cell::Text("G4")),
                ("pathway", Cell::Text(pathway)),
                ("sex", Cell::Text(sex)),
                ("window", Cell::Text("all")),
                ("scenario", Cell::Text(comparator)),
            ];
            Rows::find(&transmission, &wanted)
        };
        let passing = [("men", "male"), ("women", "female")].map(|(words, sex)| {
            let number = |column: &str| pathway("witness_use", sex).and_then(|row| row.number(column));
            Passing {
                sex: words,
                crude: number("crude_ratio"),
                target: number("input_ratio"),
                kappa_in: number("input_kappa"),
                surveyed: number("surveyed_ratio"),
                causal: number("causal_ratio"),
                kappa: number("achieved_kappa"),
            }
        });
        let both = |column: &str| pathway("exposed_use", "both").and_then(|row| row.number(column));
        let by_30 = || both("exposed_by_30").map(|share| (100.0 * (1.0 - share), 30));
        Ok(Figures {
            years,
            lines,
            births,
            passing: passing.into(),
            never: both("never_by_40_of_100").map(|never| (never, 40)).or_else(by_30),
            exposed_of_violent: both("exposed_share_of_cases"),
            exposed_of_adults: both("exposed_share_of_adults"),
        })
    }

    fn text(&self) -> String {
        let mut text = format!("\n{:<48}{:>12}{:>12}\n", "In the four cities", self.years.0, self.years.1);
        // Writing into a string cannot fail.
        for line in &self.lines {
            let told = |value: Option<f64>| match value {
                Some(value) if line.count => grouped(value),
                Some(value) => format!("{value:.1}"),
                None => "none".to_owned(),
            };
            let _ = writeln!(text, "  {:<46}{:>12}{:>12}", line.words, told(line.first), told(line.last));
        }
        let _ = writeln!(text, "  {:<58}{:>12}", "births in all these years", grouped(self.births));
        let _ = writeln!(text, "\nTransmission from one generation to the next (the last ten years)");
        for passing in &self.passing {
            let times = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:.2}"));
            let _ = writeln!(
                text,
                "  {} who witnessed violence as children: crude risk ratio of using it {} (target {});\n    in a survey {}; \
                 causal ratio {}; causal fraction of the log ratio (kappa) {}, input {}",
                passing.sex,
                times(passing.crude),
                times(passing.target),
                times(passing.surveyed),
                times(passing.causal),
                times(passing.kappa),
                times(passing.kappa_in),
            );
        }
        let percent =
            |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), |value| format!("{:.0} %", 100.0 * value));
        let _ = writeln!(
            text,
            "  grew up with violence: {} of the adults who use violence against a partner in a year, {} of all adults",
            percent(self.exposed_of_violent),
            percent(self.exposed_of_adults)
        );
        let _ = match self.never {
            Some((never, age)) => writeln!(
                text,
                "  of 100 children who grow up with violence, {never:.0} in this model never use it against a partner before {age}"
            ),
            None => writeln!(
                text,
                "  share of exposed children who never use violence: unknown, because the run is too short"
            ),
        };
        text
    }

    fn json(&self) -> Value {
        let lines: serde_json::Map<String, Value> =
            self.lines.iter().map(|line| (line.name.to_owned(), json!([line.first, line.last]))).collect();
        let passing: serde_json::Map<String, Value> = self
            .passing
            .iter()
            .map(|p| {
                (
                    p.sex.to_owned(),
                    json!({
                        "crude": p.crude, "target": p.target, "surveyed": p.surveyed, "causal": p.causal,
                        "kappa": p.kappa, "kappa_put_in": p.kappa_in,
                    }),
                )
            })
            .collect();
        json!({
            "years": [self.years.0, self.years.1],
            "first_and_last_year": lines,
            "births": self.births,
            "witness_use": passing,
            "never_of_100_exposed": self.never.map(|(never, _)| never),
            "never_before_age": self.never.map(|(_, age)| age),
            "exposed_share_of_violent_adults": self.exposed_of_violent,
            "exposed_share_of_adults": self.exposed_of_adults,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [0.0, 999.4, 1000.0, 1_234_567.8, -1200.0].map(grouped),
            ["0", "999", "1,000", "1,234,568", "-1,200"]
        );
    }
}

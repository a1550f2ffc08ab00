//! `demo`: a small G4 in a minute: the two main experiments versus the status quo, headline figures as text, and a
//! report.

mod comparator;
mod differences;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use keten::analysis::places::{needs_scale, places};
use keten::analysis::{Among, EffectPlace, Hidden, ScenarioEffect, acting_by_grade, effects, hidden};
use keten::error::Result;
use keten::experiment::{Ending, ExperimentText};
use keten::notation::Format;
use keten::report::Language;
use keten::store::Run;
use serde_json::json;

use comparator::Comparator;
use differences::{differences, reached};

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
        Format::ascii(0).write(plan.persons()),
        listed(&experiment.model.places.cities),
        experiment.file.until - 1
    ));
    match run::carry_out(&plan, &what.carrying, talk)? {
        Ending::Stopped { kept, of } => Ok(run::stopped(kept, of, talk)),
        Ending::Whole(run) => {
            let comparator = Comparator::of(&run, experiment.file.scale, experiment.file.comparator())?;
            let pages = pages(&run, what.lang)?;
            if talk.json {
                let mut summary = run.summary();
                summary["figures"] = comparator.json();
                summary["report"] = json!(pages[0].display().to_string());
                talk.line(summary);
            } else {
                talk.line(&experiment.file.title);
                talk.print(comparator.text());
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
fn pages(run: &Run, first: Option<arguments::LanguageChoice>) -> Result<Vec<PathBuf>> {
    let mut languages = vec![Language::En, Language::Nl];
    if first == Some(arguments::LanguageChoice::Nl) {
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
    let scale = run.recorded.scale;
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
        let own = own.filter(|effect| effect.place != EffectPlace::Exported);
        let own: Vec<(&ScenarioEffect, Option<Hidden>)> =
            own.map(|effect| (effect, hidden(effect, Some(reach), providers, scale))).collect();
        text.push_str(&differences(&own));
    }
    Ok(text)
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

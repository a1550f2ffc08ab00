//! `demo`: a small G4 in a minute: the two main experiments versus the status quo, headline figures as text, and a
//! report.

mod answer;
mod comparator;
mod differences;
mod speech;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use keten::analysis::places::{needs_scale, places};
use keten::analysis::{Among, EffectPlace, Hidden, ScenarioEffect, acting_by_grade, effects, hidden};
use keten::error::Result;
use keten::experiment::{Ending, ExperimentText};
use keten::report::Language;
use keten::store::{Run, city_named};
use serde_json::json;

use comparator::Comparator;
use differences::{differences, reached};
use speech::Speech;

use super::arguments::{DemoArguments, LanguageChoice};
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
    let language = what.lang.unwrap_or(LanguageChoice::En);
    let speech = Speech { language };
    let persons = speech.format(0).write(plan.persons());
    let (cities, last) = (speech.listed(&experiment.model.places.cities), experiment.file.until - 1);
    talk.say(speech.of(
        format!("{persons} simulated persons stand for the people of {cities}, month by month from 2008 to {last}"),
        format!("{persons} gesimuleerde mensen staan voor de mensen van {cities}, maand voor maand van 2008 tot en met {last}"),
    ));
    // An unknown city is a fault before the run, not after it.
    let city = what.city.as_deref().map(|city| city_named(&experiment.model.places.cities, city)).transpose()?;
    match run::carry_out(&plan, &what.carrying, talk, language)? {
        Ending::Stopped { kept, of } => Ok(run::stopped(kept, of, talk, language)),
        Ending::Whole(run) => {
            let run = match city {
                Some(city) => run.of_city(city)?,
                None => *run,
            };
            let comparator = Comparator::of(&run, experiment.file.scale, experiment.file.comparator())?;
            let pages = pages(&run, what.lang)?;
            if talk.json {
                let mut summary = run.summary();
                summary["figures"] = comparator.json();
                summary["report"] = json!(pages[0].display().to_string());
                talk.line(summary);
            } else {
                let dutch = experiment.file.title_nl.as_ref().unwrap_or(&experiment.file.title);
                talk.line(speech.of(&experiment.file.title, dutch));
                talk.print(comparator.text(speech));
                let (told, answers) = measures(&run, speech)?;
                talk.print(told);
                talk.print(ending(&run, &pages[0], speech));
                talk.print(speech.of("\nAnswer\n", "\nAntwoord\n"));
                answers.iter().for_each(|answer| talk.line(format_args!("  {answer}")));
            }
            if what.open {
                open(&pages[0], talk, speech);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Writes the report, with the requested language first.
fn pages(run: &Run, first: Option<LanguageChoice>) -> Result<Vec<PathBuf>> {
    let mut languages = vec![Language::En, Language::Nl];
    if first == Some(LanguageChoice::Nl) {
        languages.reverse();
    }
    report::write_reports(run, &languages)
}

/// Opens the page in the browser; prints its location if there is none.
fn open(page: &Path, talk: &Talk, speech: Speech) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let shown = if cfg!(windows) {
        Command::new("cmd").args(["/C", "start", ""]).arg(page).status()
    } else {
        Command::new(program).arg(page).status()
    };
    if !shown.is_ok_and(|status| status.success()) {
        let page = page.display();
        talk.say(speech.of(
            format!("no browser could be started; please open {page}"),
            format!("er kon geen browser worden gestart; open {page} zelf"),
        ));
    }
}

/// Effects of the measures, in a few lines, and a sentence for each measure.
fn measures(run: &Run, speech: Speech) -> Result<(String, Vec<String>)> {
    let effects = effects(run)?;
    let scale = run.recorded.scale;
    let providers = run.has("capacity").then(|| places(run)).transpose()?;
    let providers = providers.as_deref();
    let (first, last) = effects.years;
    let place = run.city().unwrap_or(speech.of("the four cities", "de vier steden"));
    let mut text = speech.of(
        format!("\nWhat the measures change in {place}, {first} to {last}\n"),
        format!("\nWat de maatregelen in {place} veranderen, {first} tot en met {last}\n"),
    );
    if effects.effects.iter().any(|effect| effect.among == Among::BothWorlds) {
        text.push_str(speech.of(
            "among people who are alive in both scenarios, wherever they live; + is more, - is less\n",
            "onder mensen die in beide scenario's leven, waar zij ook wonen; + is meer, - is minder\n",
        ));
    }
    let mut answers = Vec::new();
    for reach in &effects.reaches {
        let label = label(run, &reach.scenario, speech);
        let _ = writeln!(text, "  {label}");
        let _ = writeln!(text, "    {}", reached(reach, &effects, scale, speech));
        let own = effects.effects.iter().filter(|effect| effect.scenario == reach.scenario);
        let own = own.filter(|effect| effect.place != EffectPlace::Exported);
        let own: Vec<(&ScenarioEffect, Option<Hidden>)> =
            own.map(|effect| (effect, hidden(effect, Some(reach), providers, scale))).collect();
        answers.push(answer::sentence(&label, &own, effects.years, speech));
        if reach.same_world {
            continue;
        }
        if let Some(need) = needs_scale(providers.unwrap_or_default(), &reach.scenario, &reach.programmes, scale) {
            let need = (need * 100.0).ceil() / 100.0;
            text.push_str(&speech.of(
                format!(
                    "    effects are withheld: the measure has fewer places than requests, and in so small a run rounding decides who\n    \
                     starts (--scale {need} is enough)\n"
                ),
                format!(
                    "    effecten worden niet getoond: de maatregel heeft minder plaatsen dan aanvragen, en in zo'n kleine run bepaalt\n    \
                     afronding wie begint (--scale {need} is genoeg)\n"
                ),
            ));
            continue;
        }
        text.push_str(&differences(&own, speech));
    }
    Ok((text, answers))
}

/// Name of a scenario.
fn label(run: &Run, name: &str, speech: Speech) -> String {
    let known = run.recorded.scenarios.iter().find(|scenario| scenario.name == name).map(|scenario| &scenario.labels);
    let english = known.and_then(|labels| labels.label.clone());
    let dutch = known.and_then(|labels| labels.label_nl.clone()).or_else(|| english.clone());
    speech.of(english, dutch).unwrap_or_else(|| name.to_owned())
}

/// Location of the files, next steps, and limits of the figures.
fn ending(run: &Run, page: &Path, speech: Speech) -> String {
    let grades = acting_by_grade(&run.manifest);
    let assumed = grades.get("C").map_or(0, |counted| counted.all);
    let all: usize = grades.values().map(|counted| counted.all).sum();
    let folder = run.folder().display();
    let page = page.display();
    let tables = run.manifest.tables.keys().map(|name| format!("{name}.parquet")).collect::<Vec<_>>().join(", ");
    speech.of(
        format!(
            "\nReport      {page}\n\
             Files       {folder}: {tables}, manifest.json, codebook.json\n\
             Again       keten replicate {folder}\n\
             One city    keten report {folder} --city Rotterdam\n\
             Further     keten explain transmission.kappa; keten init study; keten run study/first-run.toml\n\
             Honesty     a model estimate for groups, not a forecast for any person or family; {assumed} of the {all} parameters\n            \
             that can change it are assumptions (grade C), and a small run has a large Monte Carlo error\n"
        ),
        format!(
            "\nVerslag     {page}\n\
             Bestanden   {folder}: {tables}, manifest.json, codebook.json\n\
             Herhalen    keten replicate {folder}\n\
             Eén stad    keten report {folder} --city Rotterdam --lang nl\n\
             Verder      keten explain transmission.kappa; keten init studie --lang nl; keten run studie/first-run.toml\n\
             Eerlijk     een schatting met een model voor groepen, geen voorspelling voor een mens of gezin; {assumed} van de {all}\n            \
             parameters die haar kunnen veranderen zijn aannamen (graad C), en een kleine run heeft een grote toevalsfout\n"
        ),
    )
}

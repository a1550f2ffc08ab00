//! `check`, `list`, `explain`, `init` and `schema`.

use std::path::PathBuf;
use std::process::ExitCode;

use keten::config::{self, ParameterFilter, Sources};
use keten::error::{Error, Errors, Result};
use keten::experiment::{self, ExperimentText, StarterLanguage, What};
use keten::model::ModelFile;
use keten::outcomes::Outcome;
use keten::planner::OptimiseQuestion;
use keten::store::Codebook;
use keten::world::Mechanism;
use serde_json::{Value, json};

use super::arguments::{
    Changing, CheckArguments, Described, ExplainArguments, InitArguments, LanguageChoice, ListArguments, Listed,
    SchemaArguments,
};
use super::done::Done;
use super::talk::Talk;
use super::{odd, run, scheme};

/// `keten check`
pub(super) fn check(what: &CheckArguments, talk: &Talk) -> Done {
    let mut faults: Vec<Error> = Vec::new();
    let mut notes: Vec<Error> = Vec::new();
    let mut fine = Vec::new();
    for file in &what.files {
        let found = match experiment::what_is(file) {
            _ if OptimiseQuestion::is_at(file) => question_faults(file, &mut fine),
            What::Experiments(files) => {
                files.iter().flat_map(|file| experiment_faults(file, &mut fine, &mut notes)).collect()
            }
            What::Model => {
                let found = experiment::check_files(&[file]);
                match found.is_empty() {
                    true => deeper(file)
                        .map(|words| fine.push((file.clone(), words)))
                        .err()
                        .map_or(found, |errors| errors.0),
                    false => found,
                }
            }
        };
        for fault in found {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    if talk.json {
        let told: Vec<Value> = faults.iter().map(fault_json).collect();
        let notes: Vec<Value> = notes.iter().map(fault_json).collect();
        talk.line(json!({ "files": what.files, "faults": told, "notes": notes }));
    } else {
        notes.iter().for_each(|note| talk.say(format_args!("note: {note}")));
        for (file, words) in fine {
            talk.line(format_args!("{file}: {words}"));
        }
    }
    if faults.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Errors(faults)) }
}

/// The faults of an experiment file, the same as `keten run` reports.
fn experiment_faults(file: &str, fine: &mut Vec<(String, String)>, notes: &mut Vec<Error>) -> Vec<Error> {
    let planned = ExperimentText::open(file).and_then(|text| run::plan(text, &Changing::default()));
    let plan = match planned.and_then(|plan| Ok((plan.notes()?, plan))) {
        Ok((found, plan)) => {
            notes.extend(found);
            plan
        }
        Err(errors) => return errors.0,
    };
    let words = format!(
        "a valid experiment: {} units, {:.0} persons each, 2008 to {}",
        plan.units.len(),
        plan.persons(),
        plan.experiment.file.until - 1
    );
    fine.push((file.to_owned(), words));
    Vec::new()
}

/// The faults of a file of `keten optimise`.
fn question_faults(file: &str, fine: &mut Vec<(String, String)>) -> Vec<Error> {
    match OptimiseQuestion::open(file) {
        Err(errors) => errors.0,
        Ok(question) => {
            let mixes: f64 = question.space.levels().iter().map(|levels| *levels as f64).product();
            let levers = question.space.levers.len();
            let words = format!("a valid question: {levers} measures, {mixes:.0} mixes, {}", question.counted_city());
            fine.push((file.to_owned(), words));
            Vec::new()
        }
    }
}

fn fault_json(fault: &Error) -> Value {
    json!({ "file": fault.file, "line": fault.line, "key": fault.key, "what": fault.what, "cure": fault.cure })
}

/// Faults that appear only when the model is built; returns a description of a valid file.
fn deeper(file: &str) -> Result<String> {
    let is_model = std::path::Path::new(file).is_dir()
        || file.strip_prefix("builtin:").is_some_and(|name| config::builtin_models().iter().any(|model| model == name));
    if is_model {
        let merged = ModelFile::load(&Sources::open(file)?)?.1;
        experiment::build(&merged, file)?;
        let parameters = config::parameters(&merged);
        let grades = config::usage_by_grade(&parameters).map(|(grade, number)| format!("{grade} {number}"));
        return Ok(format!("a valid model: {} parameters; by grade: {}", parameters.len(), grades.join(", ")));
    }
    // For one file of a model: faults that appear only when the whole model is built, and that are located in this
    // file.
    let path = std::path::Path::new(file);
    let built = experiment::model_folder(path)
        .and_then(|folder| ModelFile::load(&Sources::folder(&folder).ok()?).ok())
        .map_or(Ok(()), |(_, merged)| experiment::build(&merged, file));
    let wanted = path.canonicalize().ok();
    let here = |fault: &Error| {
        fault.file.as_ref().is_some_and(|name| std::path::Path::new(name).canonicalize().ok() == wanted)
    };
    match built {
        Err(errors) if errors.0.iter().any(here) => Err(Errors(errors.0.into_iter().filter(here).collect())),
        _ => Ok("a valid model file".to_owned()),
    }
}

/// `keten list`
pub(super) fn list(what: &ListArguments, talk: &Talk) -> Done {
    if what.lang.is_some() && (what.odd || what.what != Some(Listed::Interventions)) {
        return Err(Error::data("only the list of interventions has two languages", "leave out --lang").into());
    }
    let filtered = what.grade.is_some() || what.table.is_some() || what.word.is_some();
    if filtered && (what.odd || what.what != Some(Listed::Parameters)) {
        let cure = "write keten list parameters, or leave out the word, --grade and --table";
        return Err(Error::data("only the list of parameters can be filtered", cure).into());
    }
    if what.odd {
        ModelFile::load(&Sources::open(&what.model)?)?;
        talk.print(odd::chapters());
        return Ok(ExitCode::SUCCESS);
    }
    match what.what {
        Some(Listed::Parameters) => {
            let merged = ModelFile::load(&Sources::open(&what.model)?)?.1;
            let wanted = ParameterFilter {
                grade: what.grade.as_deref(),
                table: what.table.as_deref(),
                word: what.word.as_deref(),
            };
            let mut parameters = config::parameters(&merged);
            parameters.retain(|it| wanted.parameter(it));
            let mut settings = config::settings(&merged);
            settings.retain(|it| wanted.setting(it));
            if talk.json {
                let all = json!(parameters).as_array().cloned().unwrap_or_default();
                let rest = json!(settings).as_array().cloned().unwrap_or_default();
                talk.line(json!(all.into_iter().chain(rest).collect::<Vec<_>>()));
            } else {
                if !parameters.is_empty() || settings.is_empty() {
                    talk.print(config::list(&parameters));
                }
                if !parameters.is_empty() && !settings.is_empty() {
                    talk.line("");
                }
                talk.print(config::list_settings(&settings));
            }
        }
        Some(Listed::Mechanisms) => {
            if talk.json {
                let all: Vec<Value> =
                    Mechanism::ALL.iter().map(|m| json!({ "name": m.word(), "meaning": m.meaning().trim() })).collect();
                talk.line(json!(all));
            } else {
                let width = Mechanism::ALL.iter().map(|mechanism| mechanism.word().len()).max().unwrap_or(0);
                for mechanism in Mechanism::ALL {
                    talk.line(format_args!("{:<width$}  {}", mechanism.word(), mechanism.meaning().trim()));
                }
            }
        }
        Some(Listed::Outcomes) => {
            let schemas: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.schema()).collect();
            if talk.json {
                talk.line(json!(Codebook::new(&schemas)));
            } else {
                for schema in schemas {
                    talk.line(format_args!(
                        "{:<13}  {} ({} columns)",
                        schema.name,
                        schema.meaning,
                        schema.columns.len() + 1
                    ));
                }
            }
        }
        Some(Listed::Interventions) => {
            let model = ModelFile::load(&Sources::open(&what.model)?)?.0;
            if talk.json {
                talk.line(scheme::json(&model)?);
            } else {
                talk.print(scheme::printed(&model, what.lang.unwrap_or(LanguageChoice::En)));
            }
        }
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// `keten explain`
pub(super) fn explain(what: &ExplainArguments, talk: &Talk) -> Done {
    let merged = ModelFile::load(&Sources::open(&what.model)?)?.1;
    talk.print(config::explain(&merged, &what.key)?);
    Ok(ExitCode::SUCCESS)
}

/// The model that `keten init --model` writes.
const BUILTIN_MODEL: &str = "g4-2008";

/// `keten init`
pub(super) fn init(what: &InitArguments, talk: &Talk) -> Done {
    let dutch = what.lang == Some(LanguageChoice::Nl);
    let language = if dutch { StarterLanguage::Dutch } else { StarterLanguage::English };
    let next = if dutch { "verder:" } else { "next:" };
    // With a model alone, no experiment is asked for.
    let folder = what.folder.clone().or_else(|| what.model.is_none().then(|| PathBuf::from(".")));
    if let Some(model) = &what.model {
        let schema = experiment::schema_text(&config::schema::<ModelFile>());
        for path in experiment::write_model(BUILTIN_MODEL, model, &schema)? {
            talk.line(path.display());
        }
        if folder.is_none() {
            talk.say(format_args!("{next} keten check {}", model.display()));
        }
    }
    let Some(folder) = folder else { return Ok(ExitCode::SUCCESS) };
    let written = experiment::init(&folder, &Outcome::WORDS, language, what.model.as_deref())?;
    for path in &written {
        talk.line(path.display());
    }
    if let Some(first) = written.first() {
        talk.say(format_args!("{next} keten run {}", first.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// `keten schema`
pub(super) fn schema(what: &SchemaArguments, talk: &Talk) -> Done {
    let schema = match what.what {
        Described::Experiment => experiment::experiment_schema(&Outcome::WORDS),
        Described::Model => config::schema::<ModelFile>(),
    };
    talk.print(experiment::schema_text(&schema));
    Ok(ExitCode::SUCCESS)
}

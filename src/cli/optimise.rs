//! `optimise`: the best mixes of measures for their money.

use std::path::Path;
use std::process::ExitCode;

use keten::experiment::Conditions;
use keten::planner::{self, BestMixes, MixWords, OptimiseEnding, OptimiseQuestion};
use keten::store::{Store, write_products};
use serde_json::json;

use super::arguments::{LanguageChoice, OptimiseArguments};
use super::done::{Done, RESUMABLE};
use super::progress::{LINES_EVERY, ProgressReport, RunParts, stop_on_interrupt};
use super::runs::RUNS;
use super::talk::Talk;

/// `keten optimise`
pub(super) fn optimise(what: &OptimiseArguments, talk: &Talk) -> Done {
    let question = OptimiseQuestion::open(&what.question)?;
    question.notes().iter().for_each(|note| talk.say(format_args!("note: {note}")));
    let store = Store::at(what.carrying.out.as_deref().unwrap_or(Path::new(RUNS)))?;
    let parts = RunParts::unknown(what.lang.unwrap_or(LanguageChoice::En));
    let mut bar = ProgressReport::new(talk, what.carrying.progress.unwrap_or(LINES_EVERY), parts);
    let conditions = Conditions {
        threads: what.carrying.threads,
        stop: stop_on_interrupt()?,
        watch: &bar,
        full: what.carrying.full,
    };
    let find = if what.grid { planner::grid } else { planner::optimise };
    let ending = find(&question, &store, &conditions);
    bar.done();
    match ending? {
        OptimiseEnding::Stopped => Ok(stopped(talk)),
        OptimiseEnding::Answered(answer) => {
            let files = planner::answer_files(&question, &answer)?;
            let paths = write_products(answer.run.folder(), &answer.run.manifest, &files)?;
            if talk.json {
                let mut value = planner::answer_json(&question, &answer.stages);
                value["run"] = json!(answer.run.folder().display().to_string());
                value["files"] = json!(paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>());
                talk.line(value);
                return Ok(ExitCode::SUCCESS);
            }
            let language = usize::from(what.lang == Some(LanguageChoice::Nl));
            talk.print(printed(&question, &answer, language));
            paths.iter().for_each(|path| talk.line(path.display()));
            talk.say(format_args!(
                "next: keten report {}   the mixes of the frontier in full",
                answer.run.folder().display()
            ));
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Prints how to continue.
fn stopped(talk: &Talk) -> ExitCode {
    talk.say("stopped; what was simulated is kept, and the same command continues from there");
    ExitCode::from(RESUMABLE)
}

/// The question, a sentence for each budget, and the frontier as a table.
fn printed(question: &OptimiseQuestion, answer: &BestMixes, language: usize) -> String {
    let words = MixWords(language);
    let stage = answer.answer();
    let mut text = format!("{}\n", question.title(language));
    let mut budgets = question.file.budget.euro.clone();
    budgets.sort_by(f64::total_cmp);
    for budget in budgets {
        text.push_str(&format!("\n{}\n", words.sentence(question, stage, budget)));
    }
    let rows: Vec<[String; 4]> = stage.frontier().into_iter().map(|mix| words.row(question, mix)).collect();
    let head = words.head().map(str::to_owned);
    let wide = |column: usize| {
        let cells = rows.iter().chain([&head]).map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let (a, b, c) = (wide(0), wide(1), wide(2));
    text.push('\n');
    for [cost, effect, range, mix] in std::iter::once(&head).chain(&rows) {
        text.push_str(format!("{cost:>a$}  {effect:>b$}  {range:>c$}  {mix}").trim_end());
        text.push('\n');
    }
    text.push('\n');
    text
}

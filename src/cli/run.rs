//! `run` and `replicate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use keten::config::Change;
use keten::error::{Error, Errors, Kind, Result};
use keten::experiment::{self, Conditions, Contents, Ending, ExperimentText, Forecast, Plan};
use keten::store::{Manifest, Run, Store, compare_hashes};
use serde_json::json;

use super::arguments::{Carrying, Changing, LanguageChoice, ReplicateArguments, RunArguments};
use super::done::{Done, RESUMABLE};
use super::progress::{LINES_EVERY, ProgressReport, RunParts, stop_on_interrupt};
use super::report::say_outdated;
use super::runs::{RUNS, beside_comparator};
use super::talk::{Talk, duration};

/// `keten run`
pub(super) fn run(what: &RunArguments, talk: &Talk) -> Done {
    let plan = plan(ExperimentText::open(&what.experiment)?, &what.changing)?;
    say_notes(&plan, talk)?;
    if what.dry_run {
        return dry_run(&plan, &what.carrying, talk);
    }
    match carry_out(&plan, &what.carrying, talk, LanguageChoice::En)? {
        Ending::Whole(run) => {
            report(&run, talk);
            next(&run, talk);
            Ok(ExitCode::SUCCESS)
        }
        Ending::Stopped { kept, of } => Ok(stopped(kept, of, talk, LanguageChoice::En)),
    }
}

/// Prints the forecast of a run.
fn dry_run(plan: &Plan, carrying: &Carrying, talk: &Talk) -> Done {
    let root = carrying.out.as_deref().unwrap_or(Path::new(RUNS));
    let forecast = Forecast::of(plan, &Store::at(root)?, carrying.threads, carrying.full)?;
    if talk.json {
        talk.line(json!(forecast));
        return Ok(ExitCode::SUCCESS);
    }
    let f = &forecast;
    let gigabytes = |bytes: f64| format!("{:.2} GB", bytes / 1e9);
    talk.line(format_args!(
        "{} units: {} scenarios, {} parameter draws, {} replicates; {} are kept already",
        f.units, f.scenarios, f.draws, f.replicates, f.kept
    ));
    let stored = match f.foundings.saturating_sub(f.burn_ins) {
        0 => String::new(),
        number => format!("; burn-in populations of {number} are stored or shared"),
    };
    talk.line(format_args!(
        "{} initial populations, {:.0} persons each, {} in parallel{stored}",
        f.foundings, f.persons, f.abreast
    ));
    if f.beside > 0 {
        talk.line(format_args!(
            "{} units are simulated beside their comparator (--full simulates them in full)",
            f.beside
        ));
    }
    talk.line(format_args!("time    about {}", duration(f.seconds)));
    let free = f.free_memory_bytes.map_or_else(String::new, |free| format!(" of {} free", gigabytes(free as f64)));
    talk.line(format_args!("memory  about {}{free}", gigabytes(f.memory_bytes)));
    talk.line(format_args!("disk    about {}", gigabytes(f.disk_bytes)));
    Ok(ExitCode::SUCCESS)
}

/// Prints settings without effect on standard error.
pub(super) fn say_notes(plan: &Plan, talk: &Talk) -> Result<()> {
    plan.notes()?.iter().for_each(|note| talk.say(format_args!("note: {note}")));
    Ok(())
}

/// Reads an experiment with the changes of the command line, and plans its units.
pub(super) fn plan(text: ExperimentText, changing: &Changing) -> Result<Plan> {
    let mut faults = Vec::new();
    let mut changes = Vec::new();
    for set in &changing.sets {
        match Change::from_set(set) {
            Ok(change) => changes.push(change),
            Err(error) => faults.push(error),
        }
    }
    if !faults.is_empty() {
        return Err(Errors(faults));
    }
    changes.extend(changing.seed.map(|seed| Change::new("seed", seed.cast_signed(), "--seed")));
    changes.extend(changing.scale.map(|scale| Change::new("scale", scale, "--scale")));
    experiment::plan_text(text, &changes)
}

/// Runs a plan, with a progress bar and Ctrl-C.
pub(super) fn carry_out(plan: &Plan, carrying: &Carrying, talk: &Talk, language: LanguageChoice) -> Result<Ending> {
    let store = Store::at(carrying.out.as_deref().unwrap_or(Path::new(RUNS)))?;
    carry_into(&store, plan, carrying, talk, language)
}

fn carry_into(
    store: &Store,
    plan: &Plan,
    carrying: &Carrying,
    talk: &Talk,
    language: LanguageChoice,
) -> Result<Ending> {
    let mut bar = ProgressReport::new(talk, carrying.progress.unwrap_or(LINES_EVERY), parts_of(plan, language));
    let conditions =
        Conditions { threads: carrying.threads, stop: stop_on_interrupt()?, watch: &bar, full: carrying.full };
    tracing::info!(units = plan.units.len(), persons = plan.persons(), "planned");
    let ending = experiment::run(plan, store, &conditions);
    bar.done();
    ending
}

/// What a report of progress needs to know of a plan.
fn parts_of(plan: &Plan, language: LanguageChoice) -> RunParts {
    let file = &plan.experiment.file;
    RunParts { language, scenarios: file.branches(), draws: file.draws, replicates: file.replicates }
}

/// Prints how to continue a stopped run.
pub(super) fn stopped(kept: usize, of: usize, talk: &Talk, language: LanguageChoice) -> ExitCode {
    let dutch = language == LanguageChoice::Nl;
    if kept == 0 {
        talk.say(if dutch { "gestopt; er is niets bewaard" } else { "stopped; nothing was kept" });
        return ExitCode::from(Kind::Interrupted.exit_code());
    }
    talk.say(match dutch {
        true => format!("gestopt; {kept} van {of} eenheden zijn bewaard, en dezelfde opdracht gaat daar verder"),
        false => format!("stopped; {kept} of {of} units are kept, and the same command continues from there"),
    });
    ExitCode::from(RESUMABLE)
}

/// Prints the tables and the main figures of a run.
pub(super) fn report(run: &Run, talk: &Talk) {
    let manifest = &run.manifest;
    say_outdated(run.folder(), manifest, talk);
    if talk.json {
        return talk.line(run.summary());
    }
    talk.line(run.folder().display());
    for (name, table) in &manifest.tables {
        talk.line(format_args!("  {name:<14} {:>9} rows   {}", table.rows, short(&table.content_hash)));
    }
    let seconds = &manifest.timings;
    talk.say(format_args!(
        "{:.1} s in all: burn-in {:.1}, founding {:.1}, months {:.1}, writing {:.1} (summed over {} units); {:.1} million \
         person-months{}",
        seconds.wall_s,
        seconds.units.burn_in_s,
        seconds.units.founding_s,
        seconds.units.months_s,
        seconds.units.write_s,
        manifest.units.len(),
        manifest.person_months as f64 / 1e6,
        manifest.peak_memory_bytes.map_or_else(String::new, |bytes| format!("; {:.0} MB at most", bytes as f64 / 1e6)),
    ));
    beside_comparator(manifest).iter().for_each(|text| talk.say(text));
    // A run whose table cannot be read reports that where it is used.
    if let Ok(Some(start)) = keten::analysis::start::start(run) {
        talk.say(format_args!(
            "{} of {} draws meet all targets of the levels of 2008 (each within its 95 % interval){}",
            start.within,
            start.draws,
            start.effective.map_or_else(String::new, |n| format!("; effective number of draws {n:.0}")),
        ));
    }
}

/// Prints possible next steps.
fn next(run: &Run, talk: &Talk) {
    if talk.json {
        return;
    }
    let folder = run.folder().display().to_string();
    let place = if folder.contains(char::is_whitespace) { format!("\"{folder}\"") } else { folder };
    talk.say(format_args!("next: keten report {place} --lang nl   a page, a workbook and data files (or --lang en)"));
    let tables = &run.manifest.tables;
    if !["yearly", "costs", "lives"].iter().any(|table| tables.contains_key(*table)) {
        talk.say("      (the report will be short: `yearly`, `costs` and `lives` are not among the outcomes)");
    }
}

fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

/// `keten replicate`
pub(super) fn replicate(what: &ReplicateArguments, talk: &Talk) -> Done {
    let (manifest, place) = manifest_of(&what.run)?;
    if manifest.keten_version != keten::store::KETEN_VERSION {
        let (made, this) = (&manifest.keten_version, keten::store::KETEN_VERSION);
        talk.say(format_args!("note: the run was made by keten {}, this is {this}", made.escape_debug()));
    }
    let plan = experiment::replicate(&manifest, &place)?;
    let (mut kept, mut of) = (0, 0);
    let again = match &what.carrying.out {
        Some(out) => {
            let (ending, ready, all) = replicate_into(out, &plan, &what.carrying, talk)?;
            (kept, of) = (ready, all);
            match ending {
                Ending::Whole(run) => Some(run.manifest),
                Ending::Stopped { .. } => None,
            }
        }
        None => {
            // A separate folder, so that no stored unit replaces a new one.
            let scratch = Scratch::beside(&what.run)?;
            let store = Store::at(&scratch.0)?;
            let stop = stop_on_interrupt()?;
            let every = what.carrying.progress.unwrap_or(LINES_EVERY);
            let mut bar = ProgressReport::new(talk, every, parts_of(&plan, LanguageChoice::En));
            let conditions = Conditions { threads: what.carrying.threads, stop, watch: &bar, full: what.carrying.full };
            let contents = experiment::contents(&plan, &store, &conditions);
            bar.done();
            match contents? {
                Contents::Whole(manifest) => Some(*manifest),
                Contents::Stopped => None,
            }
        }
    };
    let Some(again) = again else {
        talk.say("stopped; nothing was compared");
        return Ok(ExitCode::from(Kind::Interrupted.exit_code()));
    };
    let differences = compare_hashes(&manifest, &again);
    if talk.json {
        let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
        let tables: Vec<&String> = manifest.tables.keys().collect();
        let same = differences.is_empty();
        talk.line(json!({
            "run": place, "same": same, "kept": kept, "tables": tables, "differences": told, "timings": again.timings,
        }));
    } else {
        for (name, table) in &manifest.tables {
            let same = again.tables.get(name).is_some_and(|other| other.content_hash == table.content_hash);
            let word = if same { "same" } else { "DIFFERS" };
            talk.line(format_args!("{name:<14} {word:<8} {}", short(&table.content_hash)));
        }
        for difference in &differences {
            talk.line(difference);
        }
    }
    if differences.is_empty() {
        let all = manifest.tables.len();
        if kept > 0 && kept == of {
            talk.say(format_args!("nothing was simulated again: all {all} tables come from units that were kept"));
        } else {
            talk.say(format_args!("all {all} tables have the same content"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let what = "the contents differ: the run could not be reproduced";
    Err(Error::new(Kind::Internal, what, "compare keten versions and commits; if they agree, report this fault")
        .in_file(place, None)
        .into())
}

/// Runs a plan again into a permanent folder. Units stored there are not simulated again, which is reported. Returns
/// the number of units that were stored and of all, besides the ending.
fn replicate_into(out: &Path, plan: &Plan, carrying: &Carrying, talk: &Talk) -> Result<(Ending, usize, usize)> {
    let store = Store::at(out)?;
    let (kept, of) = experiment::kept_of(plan, &store);
    let ending = carry_into(&store, plan, carrying, talk, LanguageChoice::En)?;
    if kept > 0 {
        talk.say(format_args!(
            "note: {kept} of {of} units were kept in {} already and were not simulated again; give a new folder, or leave out \
             --out, to simulate all of them",
            out.display()
        ));
    }
    Ok((ending, kept, of))
}

/// The manifest of a run folder whose tables match it, or a manifest alone.
fn manifest_of(run: &Path) -> Result<(Manifest, String)> {
    if run.is_file() {
        let place = run.display().to_string();
        let text = std::fs::read(run).map_err(|cause| Error { kind: Kind::Missing, ..Error::io(run, &cause) })?;
        let manifest = serde_json::from_slice(&text).map_err(|cause| {
            let cure = "give a run folder, or the manifest.json of one";
            Error::data(format!("not a manifest: {cause}"), cure).in_file(&place, Some(cause.line()))
        })?;
        return Ok((manifest, place));
    }
    let opened = Run::open(run)?;
    opened.verify()?;
    Ok((opened.manifest, run.join("manifest.json").display().to_string()))
}

/// A folder for a run that is deleted afterwards.
struct Scratch(PathBuf);

impl Scratch {
    /// In the folder of runs or, if that is not writable, among the system's temporary files.
    fn beside(run: &Path) -> Result<Scratch> {
        let name = format!(".tmp-{}-replicate", std::process::id());
        let near = run.canonicalize().ok().and_then(|run| run.parent().map(|folder| folder.join(&name)));
        let places = near.into_iter().chain([std::env::temp_dir().join(&name)]);
        let mut fault = None;
        for place in places {
            match std::fs::create_dir(&place) {
                Ok(()) => return Ok(Scratch(place)),
                Err(cause) => fault = Some(Error::io(&place, &cause)),
            }
        }
        Err(fault.unwrap_or_else(|| Error::new(Kind::Io, "no folder for a second run", "give one with --out")).into())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Remains have the name of a temporary folder and are removed by a later run.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

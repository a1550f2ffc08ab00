//! `runs`: lists, shows, labels and removes the run folders of a store.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use keten::error::{Error, Kind, Result};
use keten::store::{
    Listing, LooseUnits, Manifest, Product, ProductState, Removal, Run, SimulatedScenario, Store, products,
};
use serde_json::{Value, json};

use super::arguments::{RemoveArguments, RunsArguments, RunsCommand};
use super::done::Done;
use super::talk::Talk;

/// Default folder of runs, without `--out`.
pub(super) const RUNS: &str = "runs";

/// `keten runs`
pub(super) fn runs(what: &RunsArguments, talk: &Talk) -> Done {
    let out = what.out.as_deref();
    match &what.command {
        None | Some(RunsCommand::List) => list(out, talk),
        Some(RunsCommand::Show { run }) => show(&Run::open(found(run, out))?, talk),
        Some(RunsCommand::Label { run, text }) => label(&Run::open(found(run, out))?, text, talk),
        Some(RunsCommand::Remove(remove)) => self::remove(remove, out, talk),
    }
}

/// The path of a run as given: a path, or the name of a folder in `--out` or `runs/`.
pub(super) fn found(run: &Path, out: Option<&Path>) -> PathBuf {
    let inside = out.unwrap_or(Path::new(RUNS)).join(run);
    // A run in an explicitly given folder has precedence over one in the working directory.
    if (out.is_some() || !run.exists()) && inside.exists() { inside } else { run.to_path_buf() }
}

/// The store in `--out`, which must exist, or in `runs/`.
fn store(out: Option<&Path>) -> Result<Store> {
    if let Some(out) = out
        && let Err(cause) = std::fs::metadata(out)
    {
        return Err(Error { kind: Kind::Missing, ..Error::io(out, &cause) }.into());
    }
    Store::at(out.unwrap_or(Path::new(RUNS)))
}

fn list(out: Option<&Path>, talk: &Talk) -> Done {
    let store = store(out)?;
    let shelf = store.runs()?;
    if talk.json {
        talk.line(shelf.runs.iter().map(listing_json).collect::<Value>());
    } else {
        talk.print(table(&shelf.runs));
    }
    for fault in &shelf.skipped {
        talk.say(format_args!("skipped: {fault}"));
    }
    if shelf.runs.is_empty() {
        talk.say(format_args!("no runs in {}", store.root().display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The list, one line per run.
fn table(runs: &[Listing]) -> String {
    let name = |run: &Listing| run.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let rows: Vec<[String; 7]> = runs
        .iter()
        .map(|run| {
            let label = run.label.as_ref().map_or_else(String::new, |label| format!("[{label}] "));
            [
                name(run),
                utc(run.made).chars().take(16).collect::<String>().replace('T', " "),
                format!("{} x {} x {}", run.scenarios, run.draws, run.replicates),
                run.scale.to_string(),
                (run.until - 1).to_string(),
                bytes(run.bytes),
                format!("{label}{}", run.title.escape_debug()),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let heads =
        ["run", "made (UTC)", "scenarios x draws x replicates", "scale", "to", "size", "title"].map(str::to_owned);
    let wide = |at: usize| rows.iter().chain([&heads]).map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(wide).collect();
    let line = |row: &[String; 7]| {
        let [run, made, size, scale, to, disk, title] = row;
        let w = &widths;
        format!(
            "{run:<0$}  {made:<1$}  {size:<2$}  {scale:>3$}  {to:>4$}  {disk:>5$}  {title}\n",
            w[0], w[1], w[2], w[3], w[4], w[5]
        )
    };
    [&heads].into_iter().chain(&rows).map(line).collect()
}

fn listing_json(run: &Listing) -> Value {
    json!({
        "run": run.folder.display().to_string(),
        "id": run.id,
        "label": run.label,
        "experiment": run.experiment,
        "title": run.title,
        "scenarios": run.scenarios,
        "draws": run.draws,
        "replicates": run.replicates,
        "scale": run.scale,
        "until": run.until,
        "bytes": run.bytes,
        "made": utc(run.made),
    })
}

fn show(run: &Run, talk: &Talk) -> Done {
    let listing = run.listing()?;
    if talk.json {
        let mut summary = run.summary();
        for key in ["label", "experiment", "scale", "until", "bytes", "made"] {
            summary[key] = listing_json(&listing)[key].take();
        }
        let told = |product: Product| json!({ "file": product.name, "made": state_word(product.state) });
        summary["reports"] = products(run.folder(), &run.manifest).into_iter().map(told).collect();
        talk.line(summary);
        return Ok(ExitCode::SUCCESS);
    }
    let manifest = &run.manifest;
    let line = |name: &str, text: String| talk.line(format_args!("{name:<12}{text}"));
    line("run", run.folder().display().to_string());
    line("id", manifest.id.clone());
    if let Some(label) = &listing.label {
        line("label", label.clone());
    }
    line("title", manifest.title.escape_debug().to_string());
    let commit = manifest.commit.as_deref().map_or_else(String::new, |commit| format!(", commit {commit}"));
    line("made", format!("{} by keten {}{commit}", utc(listing.made), manifest.keten_version));
    line("model", run.recorded.model_name.escape_debug().to_string());
    line("seed", manifest.seed.to_string());
    line("scale", listing.scale.to_string());
    line("to", (listing.until - 1).to_string());
    let names: Vec<String> =
        manifest.scenarios.iter().map(|scenario| scenario.name.escape_debug().to_string()).collect();
    line("scenarios", names.join(", "));
    let central = manifest.plan.iter().all(|place| place.draw == 0);
    line("draws", if central { "none: central values".to_owned() } else { listing.draws.to_string() });
    line("replicates", listing.replicates.to_string());
    line("size", format!("{}, and {} units", bytes(listing.bytes), manifest.units.len()));
    line("took", format!("{:.1} s on {} threads", manifest.timings.wall_s, manifest.threads));
    for text in beside_comparator(manifest) {
        line("beside", text);
    }
    for product in products(run.folder(), manifest) {
        let state = match product.state {
            ProductState::Current => "made from these tables",
            ProductState::OtherTables => "made from earlier tables of this run; make it again with keten report",
            ProductState::Changed => "changed since keten wrote it",
        };
        let below = product.name.contains('/') && product.state == ProductState::Current;
        if !below {
            line("report", format!("{}: {state}", product.name));
        }
    }
    for (name, table) in &manifest.tables {
        let hash = table.content_hash.get(..16).unwrap_or(&table.content_hash);
        line("table", format!("{name:<14} {:>9} rows   {hash}", table.rows));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is said about scenarios that were simulated beside their comparator: a line each, or one line if there are many.
pub(super) fn beside_comparator(manifest: &Manifest) -> Vec<String> {
    const LINES: usize = 8;
    let simulated = manifest.simulated();
    let beside: Vec<(&SimulatedScenario, f64)> =
        simulated.iter().filter_map(|scenario| Some((scenario, scenario.differed?))).collect();
    let then_full = |number: usize, of: usize| match number {
        0 => String::new(),
        _ => format!("; {number} of {of} units differed too much and were continued in full"),
    };
    if beside.len() > LINES {
        let (least, most) =
            beside.iter().fold((f64::MAX, 0.0_f64), |(least, most), (_, share)| (least.min(*share), most.max(*share)));
        let sum = |of: fn(&SimulatedScenario) -> usize| beside.iter().map(|(scenario, _)| of(scenario)).sum::<usize>();
        return vec![format!(
            "{} scenarios: {} to {} of persons differed from the world without the scenario{}",
            beside.len(),
            percent(least),
            percent(most),
            then_full(sum(|scenario| scenario.then_full), sum(|scenario| scenario.beside)),
        )];
    }
    let line = |(scenario, differed): (&SimulatedScenario, f64)| {
        format!(
            "{}: {} of persons differed from the world without the scenario{}",
            scenario.scenario.escape_debug(),
            percent(differed),
            then_full(scenario.then_full, scenario.beside),
        )
    };
    beside.into_iter().map(line).collect()
}

/// A share in per cent, with two digits if it is small.
fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p >= 10.0 => format!("{p:.0} %"),
        p if p >= 0.1 => format!("{p:.1} %"),
        p if p >= 0.01 || p == 0.0 => format!("{p:.2} %"),
        _ => "less than 0.01 %".to_owned(),
    }
}

/// The state of a report relative to its run, as a word for programs.
fn state_word(state: ProductState) -> &'static str {
    match state {
        ProductState::Current => "from_these_tables",
        ProductState::OtherTables => "from_other_tables",
        ProductState::Changed => "changed_since",
    }
}

fn label(run: &Run, text: &str, talk: &Talk) -> Done {
    run.set_label(text)?;
    let label = run.label();
    if talk.json {
        talk.line(json!({ "run": run.folder().display().to_string(), "label": label }));
    }
    match label {
        Some(label) => talk.say(format_args!("{} is labelled: {label}", run.folder().display())),
        None => talk.say(format_args!("{} has no label", run.folder().display())),
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(what: &RemoveArguments, out: Option<&Path>, talk: &Talk) -> Done {
    let removal = match &what.run {
        Some(run) => Some(Removal::of(&found(run, out))?),
        None => None,
    };
    let loose = match what.units {
        // Units are stored beside the run folder, wherever that is.
        true => Some(store(removal.as_ref().and_then(Removal::store).or(out))?.loose_units(removal.as_ref())?),
        false => None,
    };
    if !what.yes {
        match agreed(removal.as_ref(), loose.as_ref())? {
            None => {
                let fault = Error::data("the removal cannot be confirmed without a terminal", "give --yes");
                talk.errors(&fault.into());
                return Ok(ExitCode::from(USAGE));
            }
            Some(false) => {
                talk.say("nothing is removed");
                return Ok(ExitCode::SUCCESS);
            }
            Some(true) => {}
        }
    }
    let mut told = json!({ "removed": null, "bytes": 0, "stays": [], "units": 0, "unit_bytes": 0,
        "burn_in_populations": 0, "burn_in_bytes": 0 });
    if let Some(removal) = removal {
        let (folder, freed) = (removal.folder.display().to_string(), removal.bytes);
        let stays = removal.stays.clone();
        removal.carry_out()?;
        if !stays.is_empty() {
            talk.say(format_args!(
                "{folder} stays, because keten did not write these files in it: {}",
                stays.join(", ").escape_debug()
            ));
        }
        told["stays"] = json!(stays);
        let stay = if loose.is_some() {
            ""
        } else {
            "; its units stay in .units (--units removes those that no run refers to)"
        };
        talk.say(format_args!("{folder} is removed: {}{stay}", bytes(freed)));
        told["removed"] = json!(folder);
        told["bytes"] = json!(freed);
    }
    if let Some(loose) = loose {
        let (number, freed) = (loose.units(), loose.bytes);
        let (pools, pool_bytes) = (loose.pools.paths.len(), loose.pools.bytes);
        loose.remove()?;
        talk.say(format_args!("{number} units that no run refers to are removed: {}", bytes(freed)));
        if pools > 0 {
            talk.say(format_args!(
                "{pools} burn-in populations kept for later runs are removed: {}",
                bytes(pool_bytes)
            ));
        }
        told["burn_in_populations"] = json!(pools);
        told["burn_in_bytes"] = json!(pool_bytes);
        told["units"] = json!(number);
        told["unit_bytes"] = json!(freed);
    }
    if talk.json {
        talk.line(told);
    }
    Ok(ExitCode::SUCCESS)
}

/// Exit code of wrong usage.
const USAGE: u8 = 2;

/// Asks on the terminal for confirmation of the removal; `None` without a terminal.
fn agreed(removal: Option<&Removal>, loose: Option<&LooseUnits>) -> Result<Option<bool>> {
    let (input, mut output) = (std::io::stdin(), std::io::stderr());
    if !input.is_terminal() || !output.is_terminal() {
        return Ok(None);
    }
    let folder = removal.map(|removal| {
        let foreign = match removal.stays.as_slice() {
            [] => String::new(),
            names => format!(", not {}, which keten did not write", names.join(", ").escape_debug()),
        };
        format!("{} ({} files{foreign}; {})", removal.folder.display(), removal.files, bytes(removal.bytes))
    });
    let units = loose.map(|loose| {
        let pools = match loose.pools.paths.len() {
            0 => String::new(),
            number => format!(" and {number} burn-in populations kept for later runs ({})", bytes(loose.pools.bytes)),
        };
        format!(
            "{} units that no run refers to, including those of stopped runs ({}){pools}",
            loose.units(),
            bytes(loose.bytes)
        )
    });
    let all: Vec<String> = folder.into_iter().chain(units).collect();
    let asked = write!(output, "remove {}? [y/N] ", all.join(" and "));
    asked.and_then(|()| output.flush()).map_err(|cause| Error::io("standard error", &cause))?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer).map_err(|cause| Error::io("standard input", &cause))?;
    Ok(Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")))
}

/// A size on disk in readable units.
fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// A time in UTC, `2026-11-25T16:02:11Z`; times before 1970 count as 1970.
fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Days are counted from 1 March 0000 in eras of 400 years, so that a leap day is the last day of its year.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_told_by_the_calendar() {
        let at = |seconds| utc(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_764_086_531), "2025-11-25T16:02:11Z");
        assert_eq!(at(4_102_444_799), "2099-12-31T23:59:59Z");
    }

    #[test]
    fn small_shares_keep_a_digit() {
        assert_eq!(
            [0.0, 0.00004, 0.00031, 0.0021, 0.137].map(percent),
            ["0.00 %", "less than 0.01 %", "0.03 %", "0.2 %", "14 %"]
        );
    }

    #[test]
    fn sizes_are_told_in_three_units() {
        assert_eq!([999, 1_500_000, 2_340_000_000].map(bytes), ["1 kB", "1.5 MB", "2.3 GB"]);
    }
}

//! The command line: commands and arguments.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use super::changing::Changing;
use super::changing::seconds;
use super::shard_arguments::{CollectArguments, PLAN_EXAMPLES, PlanArguments, StatusArguments, WorkArguments};

const EXAMPLES: &str = "\
Examples:
  keten demo                                     both flagship measures in a small population, with a report, in a minute
  keten init study && keten run study/first-run.toml
  keten run experiments/g4-baseline.toml --threads 8
  keten run experiments/first-run.toml --set transmission.kappa=0.2 --scale 0.05 --json
  keten explain transmission.kappa               value, unit, source and grade of a parameter
  keten replicate runs/first-run-1a2b3c4d        run again from the manifest, compare contents
  keten compare first-run-1a2b3c4d first-run-5e6f7a8b
  keten report first-run-1a2b3c4d --lang nl      a page to read and print, a workbook, data files
  keten serve --lang nl                          the planner's page: mixes of measures, and their answers

Exit codes:
  0 done    2 wrong usage    65 fault in a file or setting    66 file missing
  70 fault of keten, or contents that differ    74 disk full, read-only or failing, or a run incomplete
  75 stopped; the same command continues    130 stopped with nothing kept

Results are model estimates for groups, never a forecast for a person or family.";

/// Simulates domestic violence in the four large Dutch cities: how it is transmitted from parents to children, and which
/// measures prevent it
#[derive(Debug, Parser)]
#[command(name = "keten", version, after_help = EXAMPLES, arg_required_else_help = true, propagate_version = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) voice: Voice,
}

/// Amount of output.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Voice {
    /// Print results as JSON on standard output
    #[arg(long, global = true, display_order = 100)]
    pub(super) json: bool,
    /// Print results and faults only
    #[arg(long, short, global = true, conflicts_with = "verbose", display_order = 101)]
    pub(super) quiet: bool,
    /// Print more messages; twice for all
    #[arg(long, short, global = true, action = clap::ArgAction::Count, display_order = 102)]
    pub(super) verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run an experiment and write its tables into a run folder
    ///
    /// Units (scenario x draw x replicate) that were simulated before are not simulated again. After Ctrl-C the same command
    /// continues where it stopped.
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArguments),
    /// Check model folders, model files and experiment files for faults
    Check(CheckArguments),
    /// List parameters, mechanisms, outcomes or interventions, or the processes of a month
    List(ListArguments),
    /// Explain a parameter or setting: value, unit, spread, source, grade, and where it is written
    Explain(ExplainArguments),
    /// Write a first experiment to start from, or the built-in model as a folder to change
    ///
    /// The experiment compares three measures with the status quo. With --model alone only the model is written; with a folder
    /// too, the experiment uses that model.
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArguments),
    /// Print the JSON schema of experiment or model files
    Schema(SchemaArguments),
    /// Run a run folder's manifest again and compare the contents
    Replicate(ReplicateArguments),
    /// Compare two runs: the inputs that differ, and main outcomes side by side
    ///
    /// Scenarios of the same name are compared with each other; comparators also if their names differ. Runs with the same
    /// seed are compared draw by draw and replicate by replicate.
    #[command(after_help = COMPARE_EXAMPLES)]
    Compare(CompareArguments),
    /// Write the report of a run: one page to read and print, a workbook, and data files
    ///
    /// They are written into the run folder, or into that of --out: report-en.html, report-en.xlsx and report-files/ with a
    /// codebook; in Dutch report-nl.html and so on. The page needs no network and no script. A file that keten did not write, or
    /// that was changed since, is not replaced. A report about one city has the name of the city in its file names, and its
    /// data files in a folder below report-files/.
    #[command(after_help = REPORT_EXAMPLES)]
    Report(ReportArguments),
    /// List run folders, or show, label or remove one
    #[command(after_help = RUNS_EXAMPLES)]
    Runs(RunsArguments),
    /// Divide an experiment into shards for many machines
    ///
    /// Writes a folder with everything that workers need, and with shards of about equal expected time. Each shard is one `keten
    /// work`; `keten collect` makes the run from all of them, with the content that `keten run` gives.
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(PlanArguments),
    /// Simulate one shard of a plan
    ///
    /// May be stopped and started again at any time and on any machine: units that are stored are not simulated again.
    Work(WorkArguments),
    /// Show how far the shards of a plan are
    Status(StatusArguments),
    /// Check the units of all shards and make the run folder
    Collect(CollectArguments),
    /// Calibrate the base levels of a model folder to its targets and write them into its files
    ///
    /// Takes minutes: every step simulates the closed burn-in population for a hundred years. Prints targets and residuals.
    Solve(SolveArguments),
    /// Simulate both flagship measures in a small version of the four cities from 2008 to 2047, print the main figures and write a
    /// report
    Demo(DemoArguments),
    /// Open the planner's page: choose a mix of measures in a browser and see what it changes, who pays, and how sure that is
    ///
    /// The page is for this computer only and sends nothing elsewhere. A mix is simulated beside the status quo of 2008: the first
    /// answer comes within seconds and gets sharper while one looks. Every answer is kept in the folder of runs.
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(ServeArguments),
    /// Find the best mixes of measures for their money: the efficient frontier of effect against euro
    ///
    /// Searches with small simulations, compares the most promising mixes again with larger ones, and writes the curve, a table
    /// and a run with the best mixes. A mix that was simulated once is not simulated again. After Ctrl-C the same command
    /// continues where it stopped.
    #[command(after_help = OPTIMISE_EXAMPLES)]
    Optimise(OptimiseArguments),
}

const OPTIMISE_EXAMPLES: &str = "\
Examples:
  keten optimise builtin:optimise/rotterdam --lang nl     what Rotterdam gets for 1, 5 and 20 million euro a year
  keten optimise experiments/optimise/rotterdam.toml --grid
  keten report rotterdam-grid-1a2b3c4d --offline-mixes mixes.html";

const RUN_EXAMPLES: &str = "\
Examples:
  keten run experiments/first-run.toml
  keten run experiments/first-run.toml --set replicates=4 --set trends.violence=decline
  keten run builtin:g4-baseline --scale 0.1 --out results --json";

const INIT_EXAMPLES: &str = "\
Examples:
  keten init study && keten run study/first-run.toml
  keten init studie --lang nl
  keten init --model my-model                   the files of the model, to change or to add a measure
  keten init study --model study/model          both; the experiment uses that model";

const COMPARE_EXAMPLES: &str = "\
Examples:
  keten compare runs/first-run-1a2b3c4d runs/first-run-5e6f7a8b
  keten compare first-run-1a2b3c4d first-run-5e6f7a8b --json";

const REPORT_EXAMPLES: &str = "\
Examples:
  keten report runs/first-run-1a2b3c4d --lang nl
  keten report first-run-1a2b3c4d --city Rotterdam --lang nl      writes report-nl-rotterdam.html
  keten report first-run-1a2b3c4d --city all                      one report for each of the four cities
  keten report flagships-5e6f7a8b --out council";

const RUNS_EXAMPLES: &str = "\
Examples:
  keten runs                                       the runs in runs/, the newest first
  keten runs show first-run-1a2b3c4d --json
  keten runs label first-run-1a2b3c4d \"kappa of Smith\"
  keten runs remove first-run-1a2b3c4d --yes --units";

const SERVE_EXAMPLES: &str = "\
Examples:
  keten serve                                      prints the address to open, and prepares the status quo
  keten serve --lang nl --port 0                   in Dutch, on any free port
  keten serve --out answers --cold                 answers in a folder of their own; prepares nothing beforehand";

/// How a run is carried out.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Carrying {
    /// Threads to use [default: all cores]; results do not depend on it
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
    /// Folder for runs
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Simulate every scenario in full, not beside its comparator; the results are the same
    #[arg(long)]
    pub(super) full: bool,
    /// Seconds between two lines of progress when standard error is not a terminal [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) progress: Option<f64>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct RunArguments {
    /// Experiment file, or builtin:NAME for one inside the program
    pub(super) experiment: String,
    #[command(flatten)]
    pub(super) changing: Changing,
    #[command(flatten)]
    pub(super) carrying: Carrying,
    /// Print the expected units, time, memory and disk space, and simulate nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct CheckArguments {
    /// Model folders, model files, experiment files, or builtin:NAME
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<String>,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Listed {
    /// All parameters of a model with value, spread, grade and source, and its settings
    Parameters,
    /// The mechanisms on which an effect can act
    Mechanisms,
    /// The tables that a run can write
    Outcomes,
    /// The measures, in the scheme of the action programme with its gaps, and as a list
    Interventions,
}

/// A language of the list of interventions and of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LanguageChoice {
    /// Dutch
    Nl,
    /// English
    En,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ListArguments {
    /// What to list
    #[arg(required_unless_present = "odd")]
    pub(super) what: Option<Listed>,
    /// List only parameters with this word in key, note, source or unit
    pub(super) word: Option<String>,
    /// List only parameters of this evidence grade
    #[arg(long, value_name = "GRADE", value_parser = clap::builder::PossibleValuesParser::new(keten::config::GRADES))]
    pub(super) grade: Option<String>,
    /// List only parameters and settings in this table, for example violence.onset
    #[arg(long, value_name = "KEY")]
    pub(super) table: Option<String>,
    /// Print the processes of a month in running order, each with its description (section 7 of ODD)
    #[arg(long)]
    pub(super) odd: bool,
    /// Language of the list of interventions [default: en]
    #[arg(long, value_enum, value_name = "LANG")]
    pub(super) lang: Option<LanguageChoice>,
    /// Folder of the model, or builtin:NAME
    #[arg(long, value_name = "MODEL", default_value = "builtin:g4-2008")]
    pub(super) model: String,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ExplainArguments {
    /// Dotted key, for example transmission.kappa, or a table such as life.births
    pub(super) key: String,
    /// Folder of the model, or builtin:NAME
    #[arg(long, value_name = "MODEL", default_value = "builtin:g4-2008")]
    pub(super) model: String,
}

#[derive(Clone, Debug, Args)]
pub(super) struct InitArguments {
    /// Folder to write into; created if missing, and nothing in it is overwritten [default: this folder]
    #[arg(value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
    /// Language of the experiment's comments [default: en]
    #[arg(long, value_enum, value_name = "LANG")]
    pub(super) lang: Option<LanguageChoice>,
    /// Write the files of the built-in model into this folder
    #[arg(long, value_name = "DIR")]
    pub(super) model: Option<PathBuf>,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Described {
    /// Experiment files
    Experiment,
    /// All files of a model together
    Model,
}

#[derive(Clone, Debug, Args)]
pub(super) struct SchemaArguments {
    /// What the schema describes
    #[arg(default_value = "experiment")]
    pub(super) what: Described,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ReplicateArguments {
    /// Run folder, or its manifest.json alone
    pub(super) run: PathBuf,
    #[command(flatten)]
    pub(super) carrying: Carrying,
}

#[derive(Clone, Debug, Args)]
pub(super) struct CompareArguments {
    /// Run folder, or its name in the folder for runs
    #[arg(value_name = "RUN")]
    pub(super) first: PathBuf,
    /// The run folder it is compared with
    #[arg(value_name = "RUN")]
    pub(super) second: PathBuf,
    /// Compare this city alone [default: all cities together]
    #[arg(long, value_name = "CITY")]
    pub(super) city: Option<String>,
    /// Folder for runs [default: runs]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ReportArguments {
    /// Run folder, or its name in runs/
    pub(super) run: PathBuf,
    /// Language of the report [default: en]
    #[arg(long, value_enum, value_name = "LANG")]
    pub(super) lang: Option<LanguageChoice>,
    /// Report about this city alone, or `all` for one report about each city; may be repeated [default: all cities together]
    #[arg(long, value_name = "CITY")]
    pub(super) city: Vec<String>,
    /// Folder for the page, the workbook and the other files, instead of the run folder
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Write a page to take along into this file instead: the answers of the run's mixes of measures with controls, for a
    /// browser without keten and without a network
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "ask"])]
    pub(super) offline_mixes: Option<PathBuf>,
    /// End with exit code 65 if the run lacks data for this section, for example places at too small a scale; may be
    /// repeated
    #[arg(long, value_name = "SECTION", value_parser = clap::builder::PossibleValuesParser::new(keten::report::SECTIONS))]
    pub(super) ask: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct RunsArguments {
    #[command(subcommand)]
    pub(super) command: Option<RunsCommand>,
    /// Folder for runs [default: runs]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

/// What can be done with runs.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum RunsCommand {
    /// List the runs, the newest first
    List,
    /// Print the summary of a run
    Show {
        /// Run folder, or its name in the folder for runs
        run: PathBuf,
    },
    /// Give a run a label of your own
    Label {
        /// Run folder, or its name in the folder for runs
        run: PathBuf,
        /// The label, one line; "" removes it
        text: String,
    },
    /// Remove a run folder; files that keten did not write stay, and so do its units in .units
    Remove(RemoveArguments),
}

#[derive(Clone, Debug, Args)]
pub(super) struct RemoveArguments {
    /// Run folder, or its name in the folder for runs
    #[arg(required_unless_present = "units")]
    pub(super) run: Option<PathBuf>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Also remove the units that no run in the folder refers to, including those of stopped runs
    #[arg(long)]
    pub(super) units: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct SolveArguments {
    /// Folder of the model
    pub(super) model: PathBuf,
    /// Steps at the central kappa; half as many at each other value
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(super) steps: usize,
    /// Initial size of the burn-in population [default: 120,000 persons for levels, 10,000 for the response]
    #[arg(long, value_name = "N")]
    pub(super) pool: Option<u32>,
    /// Populations of 2008 to which the response is fitted
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub(super) runs: u32,
    /// Seed of the burn-in population
    #[arg(long, value_name = "N", default_value_t = 2008)]
    pub(super) seed: u64,
    /// What is calibrated: base levels in the closed burn-in population, newcomers and births in the open population, the
    /// levels of violence of 2008 there with their response to the parameters, and records; or one part alone
    #[arg(long, value_enum, default_value_t = SolvePart::All)]
    pub(super) part: SolvePart,
    /// Times that the open population is simulated and corrected [default: 6, and 4 for the central levels of the response]
    #[arg(long, value_name = "N")]
    pub(super) rounds: Option<usize>,
    /// Simulated persons per real person in the open population
    #[arg(long, value_name = "SCALE", default_value_t = 0.1)]
    pub(super) scale: f64,
    /// Replicates of the open population [default: 2 for newcomers and births, 16 for central levels and records, because few
    /// families make many of the reports]
    #[arg(long, value_name = "N")]
    pub(super) replicates: Option<u32>,
}

/// What `keten solve` solves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum SolvePart {
    /// All of them, in this order.
    #[default]
    All,
    /// Base levels and weights of liability, in the closed burn-in population.
    Levels,
    /// Newcomers and births, in the open population.
    Open,
    /// How the levels of violence of 2008 in the open population depend on the parameters, and the central levels: so the
    /// central run and the parameter draws meet the targets.
    Response,
    /// What police, ASHG, AMK and shelters record of 2008.
    Records,
}

#[derive(Clone, Debug, Args)]
pub(super) struct DemoArguments {
    /// Open the report in the browser
    #[arg(long)]
    pub(super) open: bool,
    /// Language of what is printed, and of the report that is opened [default: en]; reports of both languages are written
    #[arg(long, value_enum)]
    pub(super) lang: Option<LanguageChoice>,
    /// Print figures of this city, and write reports about it, instead of all cities together
    #[arg(long, value_name = "CITY")]
    pub(super) city: Option<String>,
    #[command(flatten)]
    pub(super) changing: Changing,
    #[command(flatten)]
    pub(super) carrying: Carrying,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ServeArguments {
    /// Port on this computer [default: 8008]; 0 for any that is free
    #[arg(long, value_name = "N")]
    pub(super) port: Option<u16>,
    /// Folder for runs and answers [default: runs]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Language of the first page
    #[arg(long, value_enum)]
    pub(super) lang: Option<LanguageChoice>,
    /// Threads to use [default: all cores]; results do not depend on it
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
    /// Simulate nothing before a mix is asked
    #[arg(long)]
    pub(super) cold: bool,
    /// One size of simulation only, instead of sizes that grow: simulated persons for each real person, 0.001 to 1
    #[arg(long, value_name = "X")]
    pub(super) scale: Option<f64>,
    /// Parameter draws of that one size, an even number; 0 for the central values
    #[arg(long, value_name = "N", requires = "scale", default_value_t = 0)]
    pub(super) draws: u32,
}

#[derive(Clone, Debug, Args)]
pub(super) struct OptimiseArguments {
    /// File with the question: measures, effect, budgets and stages; or builtin:NAME for one inside the program
    #[arg(value_name = "FILE")]
    pub(super) question: String,
    /// Language of the answer that is printed [default: en]
    #[arg(long, value_enum, value_name = "LANG")]
    pub(super) lang: Option<LanguageChoice>,
    /// Run a grid of mixes with the size of the last stage instead of searching, for `report --offline-mixes`
    #[arg(long)]
    pub(super) grid: bool,
    #[command(flatten)]
    pub(super) carrying: Carrying,
}

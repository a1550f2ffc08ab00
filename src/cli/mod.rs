//! Commands: one file per command of more than a few lines. Standard output is data, standard error is messages.

mod arguments;
mod changing;
mod compare;
mod demo;
mod done;
mod inspect;
mod odd;
mod optimise;
mod progress;
mod reach;
mod report;
mod run;
mod runs;
mod scheme;
mod serve;
mod shard_arguments;
mod shards;
mod solve;
mod talk;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use talk::Talk;

/// Parses the arguments, runs the command, and returns the exit code.
pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let talk = Talk::new(&arguments.voice);
    let done = match &arguments.command {
        Command::Run(what) => run::run(what, &talk),
        Command::Check(what) => inspect::check(what, &talk),
        Command::List(what) => inspect::list(what, &talk),
        Command::Explain(what) => inspect::explain(what, &talk),
        Command::Init(what) => inspect::init(what, &talk),
        Command::Schema(what) => inspect::schema(what, &talk),
        Command::Replicate(what) => run::replicate(what, &talk),
        Command::Compare(what) => compare::compare(what, &talk),
        Command::Report(what) => report::report(what, &talk),
        Command::Runs(what) => runs::runs(what, &talk),
        Command::Plan(what) => shards::plan_shards(what, &talk),
        Command::Work(what) => shards::work(what, &talk),
        Command::Status(what) => shards::status(what, &talk),
        Command::Collect(what) => shards::collect(what, &talk),
        Command::Solve(what) => solve::solve(what, &talk),
        Command::Demo(what) => demo::demo(what, &talk),
        Command::Serve(what) => serve::serve(what, &talk),
        Command::Optimise(what) => optimise::optimise(what, &talk),
    };
    match done.and_then(|code| talk.finish().map(|()| code)) {
        Ok(code) => code,
        Err(errors) => {
            talk.errors(&errors);
            ExitCode::from(errors.exit_code())
        }
    }
}

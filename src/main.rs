//! The command line of keten: parses arguments, calls the library, prints, and exits.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}

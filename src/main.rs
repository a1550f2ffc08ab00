//! The command line of keten: reads what is asked, has the library do it, prints, and exits.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}

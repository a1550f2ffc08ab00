//! How a command ends.

use std::process::ExitCode;

/// Result of a command: its exit code, or faults.
pub(super) type Done = keten::error::Result<ExitCode>;

/// Exit code after an interruption; the same command continues from the stored units.
pub(super) const RESUMABLE: u8 = 75;

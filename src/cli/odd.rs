//! Section 7 of ODD (submodels): the heads of the process files, in the order of the month.

use std::fmt::Write as _;

use keten::model::STEPS;

/// The processes of the cities in the order of the month, each file's head at its first process.
pub(super) fn chapters() -> String {
    let mut text = String::from("# Submodels, in the order of the month (ODD, section 7)\n");
    let entries: Vec<_> = STEPS.iter().filter(|entry| entry.runs(false)).collect();
    for (number, entry) in entries.iter().enumerate() {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "\n## {}. {}\n", number + 1, entry.name.replace('_', " "));
        let reads: Vec<&str> = entry.reads.words().collect();
        let _ = writeln!(text, "Reads: {}.\n", reads.join(", "));
        let _ = match entries[..number].iter().find(|before| before.file == entry.file) {
            None => writeln!(text, "{}", entry.head()),
            Some(before) => writeln!(text, "See {} above.", before.name.replace('_', " ")),
        };
    }
    text
}

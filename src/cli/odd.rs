//! Section 7 of ODD (submodels): the heads of the process files, in the order of the month.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use keten::engine::Scope;
use keten::error::Result;
use keten::model::ModelFile;

/// Source files of processes, with the names of their processes in the order of the month.
const FILES: &[(&str, &str, &[&str])] = &[
    ("interventions/system.rs", include_str!("../interventions/system.rs"), &["measures"]),
    ("life/deaths.rs", include_str!("../life/deaths.rs"), &["deaths"]),
    ("life/separations.rs", include_str!("../life/separations.rs"), &["separations"]),
    ("life/unions.rs", include_str!("../life/unions.rs"), &["unions", "marriages"]),
    ("life/births.rs", include_str!("../life/births.rs"), &["conception", "births"]),
    ("life/homes.rs", include_str!("../life/homes.rs"), &["leaving_home"]),
    ("life/moves.rs", include_str!("../life/moves.rs"), &["moves"]),
    ("life/arrivals.rs", include_str!("../life/arrivals.rs"), &["newcomers"]),
    ("life/work.rs", include_str!("../life/work.rs"), &["work", "income"]),
    (
        "life/risks.rs",
        include_str!("../life/risks.rs"),
        &["alcohol", "addiction", "mental_illness", "debts", "crime", "spells_end"],
    ),
    ("violence/onset.rs", include_str!("../violence/onset.rs"), &["onset_by_men", "onset_by_women"]),
    ("violence/course.rs", include_str!("../violence/course.rs"), &["course_of_violence"]),
    (
        "violence/maltreatment.rs",
        include_str!("../violence/maltreatment.rs"),
        &["maltreatment_begins", "maltreatment_runs"],
    ),
    ("violence/other.rs", include_str!("../violence/other.rs"), &["other_family_violence"]),
    ("violence/symptoms.rs", include_str!("../violence/symptoms.rs"), &["symptoms"]),
    ("violence/transmission.rs", include_str!("../violence/transmission.rs"), &["coming_of_age"]),
    ("chain/detection.rs", include_str!("../chain/detection.rs"), &["detection"]),
    ("chain/suspicion.rs", include_str!("../chain/suspicion.rs"), &["unfounded_reports", "suspicion"]),
    ("chain/response.rs", include_str!("../chain/response.rs"), &["response"]),
    ("chain/amk.rs", include_str!("../chain/amk.rs"), &["investigations"]),
    ("chain/court.rs", include_str!("../chain/court.rs"), &["court"]),
    ("chain/shelter.rs", include_str!("../chain/shelter.rs"), &["shelters"]),
    ("interventions/programmes.rs", include_str!("../interventions/programmes.rs"), &["programmes"]),
    ("chain/cases.rs", include_str!("../chain/cases.rs"), &["cases"]),
];

/// The processes of a model in running order, each file's header at its first occurrence.
pub(super) fn chapters(model: &ModelFile) -> Result<String> {
    let mut text = String::from("# Submodels, in the order of the month (ODD, section 7)\n");
    let mut told = BTreeSet::new();
    for (number, step) in model.steps(&Scope::default())?.iter().enumerate() {
        let name = step.name();
        // Writing into a string cannot fail.
        let _ = writeln!(text, "\n## {}. {}\n", number + 1, name.replace('_', " "));
        match FILES.iter().find(|(_, _, names)| names.contains(&name)) {
            Some((file, source, _)) if told.insert(*file) => {
                let _ = writeln!(text, "{}", head(source));
            }
            Some((_, _, names)) => {
                let _ = writeln!(text, "See {} above.", names[0].replace('_', " "));
            }
            None => {}
        }
    }
    Ok(text)
}

/// The `//!` lines at the top of a source file.
fn head(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_process_of_the_month_has_a_head() {
        let sources = keten::config::Sources::builtin("g4-2008").expect("the model inside the program");
        let (model, _) = keten::config::load::<ModelFile>(&sources).expect("a sound model");
        for step in model.steps(&Scope::default()).expect("a sound model") {
            let found = FILES.iter().find(|(_, _, names)| names.contains(&step.name()));
            let (file, source, _) = found.unwrap_or_else(|| panic!("no file for {}", step.name()));
            assert!(!head(source).is_empty(), "{file} has no head");
        }
    }
}

//! The list of outcomes.

use serde::{Deserialize, Serialize};

use super::{
    capacity, cohorts, contacts, costs, fit, funnel, lineages, lives, panel, recidivism, selection, spells,
    transmission, yearly,
};
use crate::table::Schema;

/// A table that a run can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Targets and values achieved.
    Fit,
    /// Each city, year by year.
    Yearly,
    /// Onset by age, by year of birth and childhood.
    Cohorts,
    /// Association and causation between childhood and adult violence.
    Transmission,
    /// From parents to children, generation by generation.
    Lineages,
    /// A sample of whole lives.
    Panel,
    /// The funnel of the chain, edge by edge.
    Chain,
    /// Places, occupancy, queues and refusals.
    Capacity,
    /// How soon violence comes again after each kind of entry.
    Recidivism,
    /// Costs by payer, and health lost.
    Costs,
    /// Each person who may have had an event, to be compared between scenarios.
    Lives,
    /// Spending on each person.
    LifeCosts,
    /// How well the rules of measures find homes with violence.
    Selection,
    /// Cohabitation of persons of the panel: with whom, from when to when.
    Spells,
    /// Contacts of the chain with persons of the panel.
    Contacts,
}

impl Outcome {
    /// All outcomes, in the order in which their tables are written.
    pub const ALL: [Outcome; 15] = [
        Outcome::Fit,
        Outcome::Yearly,
        Outcome::Cohorts,
        Outcome::Transmission,
        Outcome::Lineages,
        Outcome::Panel,
        Outcome::Chain,
        Outcome::Capacity,
        Outcome::Recidivism,
        Outcome::Costs,
        Outcome::Lives,
        Outcome::LifeCosts,
        Outcome::Selection,
        Outcome::Spells,
        Outcome::Contacts,
    ];

    /// The words for the outcomes in experiment files, in the same order.
    pub const WORDS: [&'static str; 15] = [
        "fit",
        "yearly",
        "cohorts",
        "transmission",
        "lineages",
        "panel",
        "chain",
        "capacity",
        "recidivism",
        "costs",
        "lives",
        "life_costs",
        "selection",
        "spells",
        "contacts",
    ];

    /// The word for this outcome in experiment files; also the name of its table.
    pub fn word(self) -> &'static str {
        self.schema().name
    }

    /// The outcome of that name.
    pub fn named(word: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// Memory per row of its table during the simulation, in bytes, if that depends on the size of the panel.
    pub fn kept_row_bytes(self) -> Option<usize> {
        match self {
            Outcome::Panel => Some(panel::Panel::ROW_BYTES),
            Outcome::Spells => Some(spells::Spells::ROW_BYTES),
            Outcome::Contacts => Some(contacts::Contacts::ROW_BYTES),
            _ => None,
        }
    }

    /// The columns of its table.
    pub fn schema(self) -> &'static Schema {
        match self {
            Outcome::Fit => &fit::FIT,
            Outcome::Yearly => &yearly::YEARLY,
            Outcome::Cohorts => &cohorts::COHORTS,
            Outcome::Transmission => &transmission::TRANSMISSION,
            Outcome::Lineages => &lineages::LINEAGES,
            Outcome::Panel => &panel::PANEL,
            Outcome::Chain => &funnel::CHAIN,
            Outcome::Capacity => &capacity::CAPACITY,
            Outcome::Recidivism => &recidivism::RECIDIVISM,
            Outcome::Costs => &costs::COSTS,
            Outcome::Lives => &lives::LIVES,
            Outcome::LifeCosts => &costs::LIFE_COSTS,
            Outcome::Selection => &selection::SELECTION,
            Outcome::Spells => &spells::SPELLS,
            Outcome::Contacts => &contacts::CONTACTS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_one_name_has_one_kind_and_unit_in_all_tables_and_months_are_counted_alike() {
        let all: Vec<_> =
            Outcome::ALL.into_iter().flat_map(|of| of.schema().columns.iter().map(move |c| (of, c))).collect();
        // A column of a table of persons and a count in a table of places and groups may have the same name.
        let is_of_persons = |outcome: Outcome| outcome.schema().columns.iter().any(|column| column.name == "person");
        for (at, (outcome, column)) in all.iter().enumerate() {
            let same_sort = |other: Outcome| is_of_persons(other) == is_of_persons(*outcome);
            for (other, same) in all[..at].iter().filter(|(other, same)| same.name == column.name && same_sort(*other))
            {
                let (a, b) = (outcome.word(), other.word());
                assert_eq!((column.kind, column.unit), (same.kind, same.unit), "{} in {a} and {b}", column.name);
            }
            if column.unit == "month" {
                let place = format!("{} of {}", column.name, outcome.word());
                assert_eq!(column.kind, crate::table::Kind::Int, "{place}");
                assert!(column.meaning.contains("counted from January 2008 = 0"), "{place} does not say from when");
                let same = all.iter().filter(|(_, other)| other.name == column.name && other.unit == "month");
                assert!(same.clone().all(|(_, other)| other.meaning == column.meaning), "{place} has two meanings");
            }
        }
    }

    #[test]
    fn every_outcome_has_a_sound_table_of_its_own_name() {
        assert_eq!(Outcome::ALL.map(Outcome::word), Outcome::WORDS);
        for outcome in Outcome::ALL {
            outcome.schema().check().expect("a sound schema");
            assert_eq!(Outcome::named(outcome.word()), Some(outcome));
        }
        assert_eq!(Outcome::named("weekly"), None);
    }
}

//! Selections from the list of figures, by their keys: which are shown together, in order.

/// The main figures of an answer: children, adults, the next generation.
pub const MAIN: [&str; 3] = ["first_exposed", "any_victims", "next_generation_used"];

/// The main figures with money and health.
pub const MAIN_AND_VALUE: [&str; 5] = ["first_exposed", "any_victims", "next_generation_used", "euro", "qaly_lost"];

/// The same with births, on which the others depend.
pub const MAIN_AND_BIRTHS: [&str; 6] =
    ["first_exposed", "any_victims", "next_generation_used", "births", "euro", "qaly_lost"];

/// Groups of persons with their figures.
pub const GROUPS: [(&str, &[&str]); 3] = [
    ("children", &["first_exposed", "children_witnessing", "children_maltreated"]),
    (
        "victims",
        &["any_victims", "partner_victims", "incidents", "serious_injuries", "deaths_by_partner", "first_suffered"],
    ),
    ("perpetrators", &["first_used"]),
];

/// The next generation.
pub const NEXT_GENERATION: [&str; 2] = ["next_generation_used", "next_generation_suffered"];

/// Possible adverse effects of help.
pub const HARM: [&str; 5] =
    ["unfounded_investigations", "placements", "shelter_refusals", "incidents_while_waiting", "serious_after_report"];

/// Violence, which a measure may raise.
pub const VIOLENCE: [&str; 8] = [
    "first_exposed",
    "children_witnessing",
    "children_maltreated",
    "any_victims",
    "incidents",
    "serious_injuries",
    "deaths_by_partner",
    "first_used",
];

/// Figures of which less is better, so that a mix of measures can be chosen to lower one of them: violence and its
/// consequences, in the ground truth.
pub const LESS_IS_BETTER: [&str; 14] = [
    "children_maltreated",
    "children_witnessing",
    "first_exposed",
    "any_victims",
    "partner_victims",
    "incidents",
    "serious_injuries",
    "deaths_by_partner",
    "first_suffered",
    "first_used",
    "next_generation_used",
    "next_generation_suffered",
    "serious_after_report",
    "qaly_lost",
];

/// The figures by which two runs are compared: those of `yearly`.
pub const OF_RUNS: [&str; 9] = [
    "population",
    "any_victims",
    "partner_victims",
    "children_witnessing",
    "children_maltreated",
    "incidents",
    "police_reports",
    "shelter_women",
    "shelter_refusals",
];

/// The figures whose level in a year is shown: those of `yearly`.
pub const OF_LEVELS: [&str; 7] = [
    "population",
    "children",
    "births",
    "victims_per_1000_adults",
    "incidents_per_1000_adults",
    "witnessing_per_1000_children",
    "maltreated_per_1000_children",
];

#[cfg(test)]
mod tests {
    use super::super::Figure;
    use super::*;

    #[test]
    fn differences_are_of_figures_with_a_sum_over_years() {
        let groups = GROUPS.iter().flat_map(|(_, keys)| keys.iter());
        let others = MAIN.iter().chain(&MAIN_AND_VALUE).chain(&MAIN_AND_BIRTHS).chain(&NEXT_GENERATION);
        for key in groups.chain(others).chain(&HARM).chain(&VIOLENCE).chain(&LESS_IS_BETTER) {
            assert!(Figure::named(key).is_some_and(Figure::is_flow), "{key}");
        }
    }

    #[test]
    fn runs_and_levels_are_read_from_one_table() {
        for key in OF_RUNS.iter().chain(&OF_LEVELS) {
            assert_eq!(Figure::named(key).map(Figure::table), Some("yearly"), "{key}");
        }
    }
}

//! Counts per person for one pair of scenarios.

use std::collections::BTreeMap;

use crate::analysis::spending::Spending;

/// Counts per person for one pair of scenarios, in simulated persons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// By key of a figure: its total among persons who exist in both, under the comparator and under the scenario.
    pub figures: BTreeMap<&'static str, (f64, f64)>,
    /// Persons who started a measure under the scenario and not, or not in the same month, under the comparator.
    pub reached: f64,
    /// Persons under the comparator only and under the scenario only, through births. A count without a value.
    pub alone: [f64; 2],
    /// Additional spending on the persons whose costs count; `None` without the table `life_costs`.
    pub spent: Option<Spending>,
}

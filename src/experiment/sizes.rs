//! Expected sizes of the tables of the panel, which follow from the settings of the panel.

use crate::experiment::file::Panel;
use crate::experiment::plan::Plan;
use crate::outcomes::{Outcome, PanelRows};
use crate::tables::Kind;
use crate::world::{FIRST_YEAR, Month};

/// Growth of the mean cost of a month per simulated year: with births, newcomers and persons followed elsewhere, 100
/// persons become 210 on average over 40 years, and 350 over 92.
const GROWTH: f64 = 0.027;
/// Mean household size, for the members that a sampled person adds to the panel.
const HOUSEHOLD: f64 = 2.4;
/// Range of ages over which persons are assumed uniform, for the share of a birth cohort.
const AGES: i32 = 80;

/// Ratio of the number of persons after some years to the initial number, consistent with the mean growth.
pub(super) fn grown(years: f64) -> f64 {
    1.0 + 2.0 * GROWTH * years
}

/// Expected rows of the panel of one unit, from the settings; for a sample of participants an upper bound, as if all
/// persons participated.
pub(super) fn panel_rows(panel: &Panel, persons: f64, end: Month) -> f64 {
    let share = (f64::from(panel.size) / persons.max(1.0)).min(1.0);
    let last = end.year() - 1;
    let [from, until] = panel.years.unwrap_or([FIRST_YEAR, last]);
    let of_year = |year: i32| {
        let [first, latest] = panel.born.unwrap_or([year - AGES + 1, year]);
        let years = latest.min(year) - first.max(year - AGES + 1) + 1;
        let sampled = share * f64::from(years.clamp(0, AGES)) / f64::from(AGES);
        let members = 1.0 - libm::pow(1.0 - sampled, HOUSEHOLD);
        persons * grown(f64::from(year - FIRST_YEAR) + 0.5) * members
    };
    (from.max(FIRST_YEAR)..=until.min(last)).map(of_year).sum()
}

/// Rows of a table of the panel, from those of `panel` itself.
pub(super) fn rows_of(table: &PanelRows, panel_rows: f64, years: f64) -> f64 {
    panel_rows * (table.per_row + table.per_person / years.max(1.0))
}

/// Memory for the tables of the panel at the end of one unit, in bytes: the stored rows, and two or three copies of the
/// table while it is sorted and written.
pub(super) fn panel_memory(plan: &Plan) -> f64 {
    let years = f64::from(plan.end().since(Month(0))) / 12.0;
    let rows = panel_rows(&plan.experiment.file.panel, plan.persons(), plan.end());
    let of = |outcome: &Outcome| {
        let Some(table) = outcome.size().panel else { return 0.0 };
        let cell = |kind: Kind| match kind {
            Kind::Int | Kind::Float | Kind::Key => 8.0,
            Kind::Text => 4.0,
            Kind::Bool => 0.125,
        };
        let row: f64 = outcome.schema().columns.iter().map(|column| cell(column.kind) + 0.125).sum();
        // A growing list has half as much spare capacity on average.
        rows_of(&table, rows, years) * (1.5 * table.memory as f64 + 2.5 * row)
    };
    plan.outcomes.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_has_no_more_rows_than_there_are_persons_and_years() {
        let end = Month::january(2018);
        let rows = |panel: Panel| panel_rows(&panel, 1000.0, end);
        let whole = Panel { size: 10_000_000, ..Panel::default() };
        let all = rows(whole.clone());
        let persons: f64 = (0..10).map(|year| 1000.0 * grown(f64::from(year) + 0.5)).sum();
        assert!((all / persons - 1.0).abs() < 1e-9, "{all} of {persons}");
        let one_year = rows(Panel { years: Some([2010, 2010]), ..whole.clone() });
        assert!((one_year / (1000.0 * grown(2.5)) - 1.0).abs() < 1e-9);
        let cohort = rows(Panel { born: Some([1998, 2007]), ..whole });
        assert!(cohort > 0.1 * all && cohort < 0.4 * all, "{cohort} of {all}: an eighth, and their households");
        // A tenth of the persons, with their households.
        let part = rows(Panel { size: 100, ..Panel::default() });
        assert!(part > 0.15 * all && part < 0.3 * all, "{part} of {all}");
    }
}

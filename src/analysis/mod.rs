//! From run folders to results: differences between scenarios and between runs, with their uncertainty. Returns plain
//! data; presentation is in `report` and `cli`.

pub mod benchmark;
mod bills;
pub mod childhood;
mod city_changes;
mod city_figures;
mod compare;
mod effects;
pub mod evaluation;
mod figure_columns;
pub mod figures;
pub mod flip;
pub mod generations;
pub mod help;
mod inputs;
pub mod levels;
pub mod lives;
mod observed;
mod one_unit;
mod persons;
pub mod places;
pub mod programme_money;
mod reach;
pub mod recurrence;
pub mod reproduction;
mod rivals;
mod rows;
pub mod selection;
pub mod shows;
mod spending;
pub mod start;
mod sums;
mod yearly;
mod yearly_count;

use crate::stats::pairs::Design;

pub use bills::CostCategory;
pub use city_changes::{CityChange, city_changes};
pub use compare::{ComparedFigure, Comparison, RunSide, SideBySide, Span, compare};
pub use effects::{Among, Hidden, Interval, ScenarioEffect, ScenarioEffects, effects, effects_among, hidden};
pub use inputs::{Counted, DrawnOtherwise, InputDifference, InputPart, acting, acting_by_grade, same_world};
pub use observed::{Observed, observed};
pub use one_unit::{MoneyLine, unit_figure, unit_money};
pub use persons::{HealthMeasure, Persons, SamePersons, Tally, persons};
pub use reach::MeasureReach;
pub use rivals::rivals;
pub use spending::{Spending, Spent};
pub use sums::EffectPlace;
pub use yearly::{YearlyDifferences, yearly_differences};
pub use yearly_count::YearlyCount;

/// Whether draws and replicates of a run are nested or crossed.
pub fn design(run: &crate::store::Run) -> Design {
    if run.recorded.crossed { Design::Crossed } else { Design::Nested }
}

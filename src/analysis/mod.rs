//! From run folders to results: differences between scenarios and between runs, with their uncertainty. Returns plain
//! data; presentation is in `report` and `cli`.

mod bills;
pub mod childhood;
mod compare;
mod effects;
pub mod evaluation;
pub mod figures;
pub mod flip;
pub mod generations;
mod inputs;
pub mod levels;
pub mod lives;
mod observed;
mod persons;
pub mod places;
mod reach;
pub mod reproduction;
mod rivals;
pub mod selection;
pub mod shows;
mod spending;
pub mod start;

use crate::stats::pairs::Design;

pub use bills::Kind;
pub use compare::{Comparison, Figure, Side, SideBySide, Span, compare};
pub use effects::{
    Among, Effect, Effects, Hidden, Interval, Place, effects, effects_among, hidden, yearly_differences,
};
pub use inputs::{Counted, DrawnOtherwise, InputDifference, Part, acting, acting_by_grade, same_world};
pub use observed::{Observed, observed};
pub use persons::{Health, Persons, SamePersons, Tally, persons};
pub use reach::{Reach, patched};
pub use rivals::{comparator, is_measure, rivals};
pub use spending::{Spending, Spent};

/// Whether draws and replicates of a run are nested or crossed.
pub fn design(run: &crate::store::Run) -> Design {
    design_of(&run.manifest)
}

/// The same, by the manifest.
fn design_of(manifest: &crate::store::Manifest) -> Design {
    let crossed = manifest.config["experiment"]["crossed"].as_bool().unwrap_or(false);
    if crossed { Design::Crossed } else { Design::Nested }
}

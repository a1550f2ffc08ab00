//! What every table is made by: an observer that reads the world during a run and makes the table at its end.

use serde::Serialize;

use super::scene::Seen;
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{Schema, Table};
use crate::world::{Month, World};

/// An observer of the world and the table it makes. It is plain data: a branched scenario continues with a copy.
///
/// Each month calls `month`. Each December then reads all rows of the world in blocks: `open` for every block, `count`
/// for every row, `merge` for every two neighbouring blocks; and `year` takes the counts of all rows. `month`, `year` and
/// `table` run at the same time as those of other tables. Beside a comparator the counts are those of the comparator,
/// `less` what it counts in the rows that may differ, with what the scenario counts in them.
pub(super) trait Observer: Default + Send + Sync {
    /// The columns of the table; its name is the word for the table in experiment files.
    const SCHEMA: &'static Schema;

    /// What the table takes of memory, disk space and time.
    const SIZE: Size;

    /// Whether the table is made from the reported persons that several tables share ([`SharedData::reported`]).
    const OF_REPORTED: bool = false;

    /// Counts of a block of rows in December; `()` if none are needed.
    type December: Default + Clone + PartialEq + Send + Sync;

    /// Takes over the settings: at the start, and when a branched scenario changes them.
    fn adopt(&mut self, _: &OutcomeSettings) {}

    /// Processes the events of the month just simulated.
    fn month(&mut self, _: &World, _: &OutcomeSettings) {}

    /// Empty counts of a block of rows.
    fn open(&self, _december: Month, _: &OutcomeSettings) -> Self::December {
        Self::December::default()
    }

    /// Counts the person in a row.
    fn count(_: &mut Self::December, _: &Seen<'_>) {}

    /// Adds the counts of the rows that follow.
    fn merge(_: &mut Self::December, _following: Self::December) {}

    /// Takes away the counts of some of the rows that were counted. Afterwards the counts are those of the other rows; of
    /// a list only the order may be another.
    fn less(_: &mut Self::December, _rows: &Self::December) {}

    /// Processes the year that ended with this December.
    fn year(&mut self, _: &World, _december: Month, _: Self::December, _: &OutcomeSettings) {}

    /// The table, from the data of this observer and those that several share.
    ///
    /// # Errors
    /// An internal error when a row does not match the columns.
    fn table(&self, _: &World, _: &OutcomeSettings, _: &SharedData) -> Result<Table>;
}

/// What a table takes, as measured: for the forecast of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Size {
    /// Bytes on disk per simulated year.
    pub disk_year: f64,
    /// Bytes on disk per person of the first day and simulated year.
    pub disk_person_year: f64,
    /// Bytes of memory per person of the first day and simulated year.
    pub memory_person_year: f64,
    /// Time, relative to that of the simulation without tables.
    pub time: f64,
    /// The rows, if their number depends on the size of the panel.
    pub panel: Option<PanelRows>,
}

/// The rows of a table whose number depends on the size of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PanelRows {
    /// Rows per row of `panel`.
    pub per_row: f64,
    /// Rows per person of the panel.
    pub per_person: f64,
    /// Bytes on disk per row.
    pub disk: f64,
    /// Bytes of memory per row during the simulation.
    pub memory: usize,
}

impl Size {
    /// A table that takes nothing but little time.
    pub(super) const NONE: Size =
        Size { disk_year: 0.0, disk_person_year: 0.0, memory_person_year: 0.0, time: 0.01, panel: None };

    /// A table whose length depends on the number of years only.
    pub(super) const fn by_year(disk_year: f64) -> Size {
        Size { disk_year, ..Size::NONE }
    }

    /// A table whose length depends on the size of the panel.
    pub(super) const fn by_panel(rows: PanelRows) -> Size {
        Size { time: 0.02, panel: Some(rows), ..Size::NONE }
    }
}

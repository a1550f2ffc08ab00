//! What several tables read: made once, whichever of them are written.

use serde::{Deserialize, Serialize};

use super::reported::ReportedPersons;
use super::settings::OutcomeSettings;
use crate::world::World;

/// Data that more than one table is made from. Plain data, like the observers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SharedData {
    /// Reported persons, if a table about them is written.
    reported: Option<ReportedPersons>,
}

impl SharedData {
    /// Empty data; `reported` if a table of the run is made from reported persons.
    pub(super) fn new(reported: bool) -> SharedData {
        SharedData { reported: reported.then(ReportedPersons::default) }
    }

    /// Processes the month just simulated.
    pub(super) fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        if let Some(reported) = &mut self.reported {
            reported.month(world, settings);
        }
    }

    /// Reported persons.
    ///
    /// # Panics
    /// If no table of the run says that it is made from them: an internal error.
    pub(super) fn reported(&self) -> &ReportedPersons {
        self.reported.as_ref().expect("a table that is made from reported persons says so")
    }
}

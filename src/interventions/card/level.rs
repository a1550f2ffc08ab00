//! The level of a measure: which column of its tables is in force.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The variant of coverage and places that is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// No coverage and no places.
    Off,
    /// The situation of 2008, continued.
    #[default]
    StatusQuo,
    /// As planned in the action programme.
    Programme,
    /// Full roll-out: beyond the pilots, in all cities.
    Full,
}

impl Level {
    /// The column of coverage and places for this level.
    pub fn column(self) -> Option<&'static str> {
        match self {
            Level::Off => None,
            Level::StatusQuo => Some("status_quo"),
            Level::Programme => Some("programme"),
            Level::Full => Some("full"),
        }
    }
}

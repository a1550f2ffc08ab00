//! Months in experiment files: when a scenario starts, and months as text.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};

use crate::world::Month;

/// Month in which the changes of a scenario take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From the creation of the population of 2008 on.
    Founding,
    /// From this month on.
    Month(Month),
}

impl Start {
    /// Reads `founding` or a month.
    ///
    /// # Errors
    /// A sentence with the remedy.
    pub fn parse(text: &str) -> Result<Start, String> {
        match text {
            "founding" => Ok(Start::Founding),
            _ => Month::parse(text).map(Start::Month),
        }
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Start::Founding => f.write_str("founding"),
            Start::Month(month) => month.fmt(f),
        }
    }
}

impl Serialize for Start {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Start {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Start::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for Start {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Start".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(founding|[0-9]{4}-(0[1-9]|1[0-2]))$",
            "x-cure": "write a month as \"2009-01\", or \"founding\""
        })
    }
}

/// Schema of a month as text.
pub(super) fn month_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$",
        "x-cure": "write a month as \"2009-01\""
    })
}

/// Months as text, `2009-01`.
pub(super) mod month_text {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::world::Month;

    pub(in crate::experiment) fn serialize<S: Serializer>(month: &Month, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(month)
    }

    pub(in crate::experiment) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Month, D::Error> {
        Month::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A month as text, or nothing.
pub(super) mod maybe_month_text {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::world::Month;

    pub(in crate::experiment) fn serialize<S: Serializer>(
        month: &Option<Month>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match month {
            Some(month) => serializer.collect_str(month),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::experiment) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Month>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Month::parse(&text).map_err(D::Error::custom)).transpose()
    }
}

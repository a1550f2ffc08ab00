//! Numbers with units: every figure of a model file is read into one of these types, which reject invalid values.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

/// A unit of measure: its name in passports and the range of its values.
pub trait Unit {
    /// The unit as written in passports, for example `1/year`.
    const UNIT: &'static str;
    /// Smallest number allowed.
    const LEAST: f64;
    /// Largest number allowed.
    const MOST: f64;
}

/// Checks whether `value` is valid for unit `U`.
///
/// # Errors
/// A sentence naming the range, for NaN, infinities and numbers outside it.
pub fn fits<U: Unit>(value: f64) -> Result<f64, String> {
    if value.is_finite() && (U::LEAST..=U::MOST).contains(&value) {
        Ok(value)
    } else if U::MOST == f64::MAX && U::LEAST == f64::MIN {
        Err(format!("{value} is not a number of unit `{}`; give a finite number", U::UNIT))
    } else if U::MOST == f64::MAX {
        Err(format!("{value} is not a number of unit `{}`; give a finite number of at least {}", U::UNIT, U::LEAST))
    } else {
        Err(format!("{value} is not a number of unit `{}`; give one from {} to {}", U::UNIT, U::LEAST, U::MOST))
    }
}

/// Smallest and largest value of the unit named in a passport, or `None` for an unknown unit.
pub fn range(unit: &str) -> Option<(f64, f64)> {
    macro_rules! among {
        ($($name:ident)*) => { [$(($name::UNIT, $name::LEAST, $name::MOST)),*] };
    }
    let all = among![
        Probability Share RatePerYear ChancePerMonth Ratio Correlation Months Years Sd Count Persons ChildrenPerWoman
        Percent LogRatio Euro Number
    ];
    all.iter().find(|(name, _, _)| *name == unit).map(|(_, least, most)| (*least, *most))
}

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident, $unit:literal, $least:expr, $most:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl Unit for $name {
            const UNIT: &'static str = $unit;
            const LEAST: f64 = $least;
            const MOST: f64 = $most;
        }

        impl $name {
            /// The plain number.
            pub const fn get(self) -> f64 {
                self.0
            }

            /// A number of this unit.
            ///
            /// # Errors
            /// Names the range when the number is outside it.
            pub fn new(value: f64) -> Result<Self, String> {
                fits::<Self>(value).map($name)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = f64::deserialize(deserializer)?;
                Self::new(value).map_err(D::Error::custom)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_f64(self.0)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                passport_schema::<Self>(false)
            }
        }
    };
}

unit!(
    /// A probability between 0 and 1.
    Probability, "probability", 0.0, 1.0);
unit!(
    /// A part of a whole, between 0 and 1.
    Share, "share", 0.0, 1.0);
unit!(
    /// Events per person (or couple) per year.
    RatePerYear, "1/year", 0.0, 1000.0);
unit!(
    /// A probability per month.
    ChancePerMonth, "1/month", 0.0, 1.0);
unit!(
    /// A hazard ratio, rate ratio, odds ratio, risk ratio or other factor; the description of the parameter says which.
    Ratio, "ratio", 0.0, 1e6);
unit!(
    /// A correlation between -1 and 1.
    Correlation, "correlation", -1.0, 1.0);
unit!(
    /// A duration in months.
    Months, "months", 0.0, 1320.0);
unit!(
    /// A duration or an age in years.
    Years, "years", -110.0, 110.0);
unit!(
    /// Standard deviations of a trait or symptom scale.
    Sd, "sd", -20.0, 20.0);
unit!(
    /// A number of things.
    Count, "count", 0.0, 1e9);
unit!(
    /// A number of persons.
    Persons, "persons", 0.0, 1e9);
unit!(
    /// Children per woman who lives through all fertile ages under the rates of one year.
    ChildrenPerWoman, "children/woman", 0.0, 20.0);
unit!(
    /// Parts per hundred.
    Percent, "percent", 0.0, 100.0);
unit!(
    /// Euro of the price year 2008.
    Euro, "euro", 0.0, 1e12);
unit!(
    /// A natural logarithm of a ratio, per standard deviation where the description of the parameter says so.
    LogRatio, "log", -20.0, 20.0);
unit!(
    /// A number whose unit the description of the table gives.
    Number, "number", -1e9, 1e9);

/// Ratio of the prevalence in the four cities to that in the whole country, from the ratio to the rest of the country
/// and the share of the national population that lives in the cities.
///
/// ```
/// // 1.55 times the rest of the country, of which the cities are .13: 1.55 / (.87 + .13 · 1.55).
/// assert!((keten::units::cities_over_country(1.55, 0.13) - 1.446_570).abs() < 1e-6);
/// ```
pub fn cities_over_country(ratio: f64, share: f64) -> f64 {
    ratio / (1.0 - share + share * ratio)
}

/// The count that represents "no limit".
pub const UNLIMITED_COUNT: f64 = 1e9;

/// A table of numbers with one passport: key columns (city, year, age …) first, then value columns of unit `U`.
///
/// Every value is multiplied by `value`, which carries the uncertainty of the whole table.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows<U> {
    /// Multiplier of all values: 1 unless drawn or set.
    pub value: f64,
    /// Names of the columns, keys first.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<f64>>,
    unit: PhantomData<U>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainRows {
    #[serde(default = "one")]
    value: f64,
    columns: Vec<String>,
    rows: Vec<Vec<f64>>,
}

fn one() -> f64 {
    1.0
}

/// Columns that are keys of a row, not values.
pub const KEY_COLUMNS: [&str; 18] = [
    "city",
    "area",
    "year",
    "period",
    "age",
    "parity",
    "years",
    "sex",
    "kind",
    "months",
    "education",
    "mark",
    "from",
    "origin",
    "pathway",
    "kappa",
    "input",
    "with",
];

impl<U: Unit> Rows<U> {
    /// A checked table from its parts.
    ///
    /// # Errors
    /// Names the row and column that is invalid.
    pub fn new(value: f64, columns: Vec<String>, rows: Vec<Vec<f64>>) -> Result<Self, String> {
        if !(value.is_finite() && value >= 0.0) {
            return Err(format!("multiplier {value} is not a number of at least 0"));
        }
        if rows.is_empty() || columns.is_empty() {
            return Err("a table of rates needs columns and at least one row".into());
        }
        for (i, row) in rows.iter().enumerate() {
            if row.len() != columns.len() {
                return Err(format!("row {} has {} numbers for {} columns", i + 1, row.len(), columns.len()));
            }
            for (number, column) in row.iter().zip(&columns) {
                if KEY_COLUMNS.contains(&column.as_str()) {
                    if !number.is_finite() {
                        return Err(format!("row {}, column `{column}`: {number} is not finite", i + 1));
                    }
                } else {
                    fits::<U>(*number).map_err(|e| format!("row {}, column `{column}`: {e}", i + 1))?;
                }
            }
        }
        Ok(Rows { value, columns, rows, unit: PhantomData })
    }

    /// Index of a column.
    ///
    /// # Errors
    /// Names the missing column and the existing ones.
    pub fn column(&self, name: &str) -> Result<usize, String> {
        self.columns
            .iter()
            .position(|c| c == name)
            .ok_or_else(|| format!("column `{name}` is missing; the table has {}", self.columns.join(", ")))
    }

    /// The values of one column in row order, including the multiplier (key columns are unchanged).
    ///
    /// # Errors
    /// Names the missing column.
    pub fn values(&self, name: &str) -> Result<Vec<f64>, String> {
        let at = self.column(name)?;
        let factor = if KEY_COLUMNS.contains(&name) { 1.0 } else { self.value };
        Ok(self.rows.iter().map(|row| row[at] * factor).collect())
    }
}

impl<'de, U: Unit> Deserialize<'de> for Rows<U> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let plain = PlainRows::deserialize(deserializer)?;
        Rows::new(plain.value, plain.columns, plain.rows).map_err(D::Error::custom)
    }
}

impl<U: Unit> JsonSchema for Rows<U> {
    fn schema_name() -> Cow<'static, str> {
        format!("RowsOf{}", U::UNIT.replace(['/', ' '], "Per")).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        passport_schema::<U>(true)
    }
}

/// The schema of a parameter in a model file, with its passport.
fn passport_schema<U: Unit>(rows: bool) -> Schema {
    let mut value = json_schema!({ "type": "number", "minimum": U::LEAST, "maximum": U::MOST });
    if rows {
        value = json_schema!({ "type": "number", "minimum": 0 });
    }
    let mut schema = json_schema!({
        "type": "object",
        "additionalProperties": false,
        "required": ["unit", "source", "year", "grade"],
        "properties": {
            "value": value,
            "unit": { "const": U::UNIT },
            "spread": { "type": "object" },
            "source": { "type": "string" },
            "year": { "type": "integer", "minimum": 1900, "maximum": 2100 },
            "grade": { "enum": ["A", "B", "C", "derived"] },
            "note": { "type": "string" },
            "family": { "type": "string" },
            "rho": { "type": "number", "minimum": 0, "maximum": 1 }
        }
    });
    let object = schema.ensure_object();
    if rows {
        object["required"] = serde_json::json!(["unit", "source", "year", "grade", "columns", "rows"]);
        object["properties"]["columns"] = serde_json::json!({ "type": "array", "items": { "type": "string" } });
        object["properties"]["rows"] = serde_json::json!({ "type": "array", "items": { "type": "array", "items": { "type": ["number", "string"] } } });
    } else {
        object["required"] = serde_json::json!(["value", "unit", "source", "year", "grade"]);
    }
    schema
}

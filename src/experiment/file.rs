//! The experiment file: model, scenarios, size of the run, and outcomes.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use toml::Table;

use crate::config::{Drawing, Levels, SamplingDesign};
use crate::world::Month;

/// An experiment: what `keten run` reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keten experiment")]
pub struct ExperimentFile {
    /// Title, as it stands above reports.
    pub title: String,
    /// Title above reports in Dutch; `title` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_nl: Option<String>,
    /// Folder of the model, relative to this file, or `builtin:NAME` for a model inside the program.
    pub model: String,
    /// Seed of all draws.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Simulated persons for each real person, from 0.001 to 1.
    #[schemars(range(min = 0.001, max = 1.0))]
    pub scale: f64,
    /// First year that is no longer simulated (2048: the last month is December 2047). The start is January 2008.
    #[serde(default = "default_until")]
    #[schemars(range(min = 2009, max = 2100))]
    pub until: i32,
    /// Number of replicates: runs that differ in luck only.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100_000))]
    pub replicates: u32,
    /// Number of parameter draws; 0 stands for one run at the central values.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub draws: u32,
    /// How parameter draws are made.
    #[serde(default, skip_serializing_if = "Uncertainty::is_default")]
    pub uncertainty: Uncertainty,
    /// Whether all draws share the luck of a replicate (needed to split variance into parameters and luck).
    #[serde(default)]
    pub crossed: bool,
    /// Months in which interventions take people in; all months when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<Enrolment>,
    /// Tables to write; `keten list outcomes` names them.
    #[schemars(length(min = 1))]
    pub outcomes: Vec<String>,
    /// Scenario the others are compared with; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparator: Option<String>,
    /// The sample whose lives are followed year by year.
    #[serde(default)]
    pub panel: Panel,
    /// What holds in every scenario and variant instead of the model's own values, unless one of them sets it otherwise: dotted
    /// keys of the model and their new values.
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    #[schemars(schema_with = "set_schema")]
    pub set: Table,
    /// Scenarios by name, in the order written.
    pub scenarios: Scenarios,
    /// Other assumptions by name, under each of which all scenarios are run once more, to see whether the answer holds.
    #[serde(default, skip_serializing_if = "Variants::is_empty")]
    pub variants: Variants,
}

fn default_seed() -> u64 {
    2008
}

fn default_until() -> i32 {
    2048
}

fn one() -> u32 {
    1
}

/// Months in which interventions take people in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// First month, for example `2009-01`.
    #[serde(with = "month_text")]
    #[schemars(schema_with = "month_schema")]
    pub from: Month,
    /// Last month, for example `2018-12`.
    #[serde(with = "month_text")]
    #[schemars(schema_with = "month_schema")]
    pub until: Month,
}

/// The sample whose lives are followed year by year, for the tables `panel`, `spells` and `contacts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Number of persons followed (with their households), the same people in every scenario. Of more persons than there
    /// are it is all.
    #[serde(default = "default_panel")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub size: u32,
    /// First and last calendar year that is kept, for example `[2010, 2019]`; all years when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "years_schema")]
    pub years: Option<[i32; 2]>,
    /// First and last year of birth of those followed, for example `[1995, 2008]`; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "years_schema")]
    pub born: Option<[i32; 2]>,
    /// Key of a service or measure: only those are followed with whom it was started, from that month on. In a scenario
    /// without it there is nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<String>,
    /// Key of a service or measure: only those are followed for whom its rule held at its occasion, whether or not it
    /// reached them, from that month on. So they are found in scenarios with and without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eligible: Option<String>,
}

fn default_panel() -> u32 {
    2000
}

impl Default for Panel {
    fn default() -> Self {
        Panel { size: default_panel(), years: None, born: None, participants: None, eligible: None }
    }
}

/// How parameter draws lie in what the passports allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrawDesign {
    /// Latin hypercubes, block after block.
    #[default]
    LatinHypercube,
    /// Independent random draws.
    Random,
}

/// How parameter draws are made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uncertainty {
    /// How the draws lie.
    #[serde(default)]
    pub design: DrawDesign,
    /// Draws in each Latin hypercube. `draws` is a multiple of it; more draws later are more blocks, and leave those made as
    /// they are.
    #[serde(default = "default_block")]
    #[schemars(range(min = 2, max = 10_000))]
    pub block: u32,
    /// Spread of parameters of grade C (assumptions) over that of their passports.
    #[serde(default = "unwidened")]
    #[schemars(range(min = 0.1, max = 10.0))]
    pub grade_c: f64,
    /// What the levels of violence of a draw follow: its targets, drawn too, or nothing, so that all draws keep the levels solved
    /// at central values.
    #[serde(default)]
    pub levels: Levels,
}

fn default_block() -> u32 {
    10
}

fn unwidened() -> f64 {
    1.0
}

impl Default for Uncertainty {
    fn default() -> Self {
        Uncertainty {
            design: DrawDesign::default(),
            block: default_block(),
            grade_c: unwidened(),
            levels: Levels::default(),
        }
    }
}

impl Uncertainty {
    fn is_default(&self) -> bool {
        *self == Uncertainty::default()
    }
}

/// A scenario: a patch of the model that holds from a month on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Name for figures and reports; the scenario's key when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The same in Dutch; `label` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_nl: Option<String>,
    /// First month in which the patch holds (`2009-01`), or `founding` when it also shapes the population of 2008; when
    /// left out, the first month of enrolment, or January 2009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Start>,
    /// Last month in which measures go beyond the status quo in this scenario, for example when its money ends; the end of
    /// enrolment when left out.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "maybe_month_text")]
    #[schemars(schema_with = "month_schema")]
    pub until: Option<Month>,
    /// What the scenario takes away so that its part can be seen, when it is no measure: all causal transmission, or one
    /// pathway of it. The comparator without it gives the generational reproduction number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removes: Option<Removes>,
    /// What the scenario changes: dotted keys of the model and their new values.
    #[serde(default)]
    #[schemars(schema_with = "set_schema")]
    pub set: Table,
}

/// What a scenario takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Removes {
    /// All causal transmission from childhood to adult violence.
    Transmission,
    /// One pathway of it.
    Pathway,
}

/// Another assumption: what holds from the founding on in all scenarios that are run under it. A scenario under a variant is
/// named `scenario@variant` in tables, and compared with the comparator under the same variant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Name for figures and reports; the variant's key when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The same in Dutch; `label` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_nl: Option<String>,
    /// What the variant changes: dotted keys of the model and their new values.
    #[serde(default)]
    #[schemars(schema_with = "set_schema")]
    pub set: Table,
    /// Spread of parameters of grade C under it, over that of their passports; that of `uncertainty` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.1, max = 10.0))]
    pub grade_c: Option<f64>,
}

/// When a scenario's patch takes effect.
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

fn month_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$",
        "x-cure": "write a month as \"2009-01\""
    })
}

fn years_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": { "type": "integer", "minimum": 1880, "maximum": 2100 },
        "minItems": 2,
        "maxItems": 2,
        "x-cure": "write the first and the last year as [2010, 2019]"
    })
}

fn set_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

/// Months as text, `2009-01`.
mod month_text {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::world::Month;

    pub(super) fn serialize<S: Serializer>(month: &Month, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(month)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Month, D::Error> {
        Month::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A month as text, or nothing.
mod maybe_month_text {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::world::Month;

    pub(super) fn serialize<S: Serializer>(month: &Option<Month>, serializer: S) -> Result<S::Ok, S::Error> {
        match month {
            Some(month) => serializer.collect_str(month),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Month>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Month::parse(&text).map_err(D::Error::custom)).transpose()
    }
}

/// Tables by name, in file order.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

/// Scenarios by name, in the order written.
pub type Scenarios = Named<Scenario>;

/// Variants by name, in file order.
pub type Variants = Named<Variant>;

impl<T> Default for Named<T> {
    fn default() -> Self {
        Named(Vec::new())
    }
}

impl<T> Named<T> {
    /// The table of that name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, of)| of)
    }

    /// Names in file order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, of) in &self.0 {
            map.serialize_entry(name, of)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tables by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(Named(all))
            }
        }
        deserializer.deserialize_map(InOrder(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}s", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": generator.subschema_for::<T>()
        })
    }
}

/// The scenario and the variant of a name in tables: `children` or `children@kappa-zero`.
pub fn parts(branch: &str) -> (&str, Option<&str>) {
    branch.split_once('@').map_or((branch, None), |(scenario, variant)| (scenario, Some(variant)))
}

impl ExperimentFile {
    /// The comparator: the scenario that others are compared with.
    pub fn comparator(&self) -> &str {
        self.comparator.as_deref().or_else(|| self.scenarios.names().next()).unwrap_or_default()
    }

    /// Names of all branches, as in tables: the scenarios, then the scenarios under each variant.
    pub fn branches(&self) -> Vec<String> {
        let under = |variant: &str| self.scenarios.names().map(|name| format!("{name}@{variant}")).collect::<Vec<_>>();
        self.scenarios.names().map(str::to_owned).chain(self.variants.names().flat_map(under)).collect()
    }

    /// When the patch of a scenario takes effect, under any variant.
    pub fn start_of(&self, scenario: &str) -> Start {
        let (scenario, _) = parts(scenario);
        let enrolment = || self.enrolment.map_or(Month::january(2009), |window| window.from);
        self.scenarios.get(scenario).and_then(|scenario| scenario.from).unwrap_or_else(|| Start::Month(enrolment()))
    }

    /// First and last month in which a scenario's measures go beyond the status quo; `None` if in all months.
    pub fn enrolment_of(&self, scenario: &str) -> Option<(Month, Month)> {
        let (scenario, _) = parts(scenario);
        let last = self.scenarios.get(scenario).and_then(|scenario| scenario.until);
        match (self.enrolment, last) {
            (Some(window), last) => Some((window.from, last.map_or(window.until, |last| last.min(window.until)))),
            (None, Some(last)) => Some((Month(0), last)),
            (None, None) => None,
        }
    }

    /// How parameters are drawn under a variant, or without one.
    pub fn drawing(&self, variant: Option<&str>) -> Drawing {
        let design = match self.uncertainty.design {
            DrawDesign::LatinHypercube => SamplingDesign::LatinHypercube { block: self.uncertainty.block },
            DrawDesign::Random => SamplingDesign::Random,
        };
        let own = variant.and_then(|name| self.variants.get(name)?.grade_c);
        let grade_c = own.unwrap_or(self.uncertainty.grade_c);
        Drawing { seed: self.seed, design, grade_c, levels: self.uncertainty.levels }
    }

    /// Numbers of the parameter draws: 0 alone (central values), or 1 to `draws`.
    pub fn draw_numbers(&self) -> std::ops::RangeInclusive<u32> {
        if self.draws == 0 { 0..=0 } else { 1..=self.draws }
    }

    /// Months simulated, from January 2008.
    pub fn months(&self) -> i32 {
        Month::january(self.until).since(Month(0))
    }
}

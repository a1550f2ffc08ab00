//! The experiment file: model, scenarios, size of the run, and outcomes.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::{Drawing, Levels, SamplingDesign};
use crate::experiment::named::Named;
use crate::experiment::start::{Start, maybe_month_text, month_schema, month_text};
use crate::world::Month;

/// An experiment: what `keten run` reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keten experiment")]
pub struct ExperimentFile {
    /// Title of the experiment in English, shown in reports.
    pub title: String,
    /// Title of the experiment in Dutch, shown in reports; `title` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_nl: Option<String>,
    /// Folder of the model, relative to this file, or `builtin:NAME` for a model that is part of the program.
    pub model: String,
    /// Seed of all random numbers.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Sampling fraction: simulated persons per real person, from 0.001 to 1.
    #[schemars(range(min = 0.001, max = 1.0))]
    pub scale: f64,
    /// First year that is not simulated: with 2048 the last month is December 2047. The simulation starts in January
    /// 2008.
    #[serde(default = "default_until")]
    #[schemars(range(min = 2009, max = 2100))]
    pub until: i32,
    /// Number of replicates: runs with the same parameters and other random numbers.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100_000))]
    pub replicates: u32,
    /// Number of parameter draws; 0 is a single run at the central values.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub draws: u32,
    /// Design of the parameter draws.
    #[serde(default, skip_serializing_if = "Uncertainty::is_default")]
    pub uncertainty: Uncertainty,
    /// Whether all draws use the same random numbers within a replicate. This is needed to divide variance into
    /// parameter uncertainty and stochastic uncertainty.
    #[serde(default)]
    pub crossed: bool,
    /// Window of enrolment: months in which measures enrol persons; all months if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<Enrolment>,
    /// Tables to write; `keten list outcomes` lists them.
    #[schemars(length(min = 1))]
    pub outcomes: Vec<String>,
    /// Scenario with which the others are compared; the first scenario if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparator: Option<String>,
    /// Sample of persons who are followed year by year.
    #[serde(default)]
    pub panel: Panel,
    /// Changes to the model that apply in every scenario and variant, unless one of these sets another value: dotted
    /// keys of the model and their new values.
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    #[schemars(schema_with = "set_schema")]
    pub set: Table,
    /// Scenarios by name, in file order.
    pub scenarios: Scenarios,
    /// Variants by name: alternative assumptions. All scenarios are also simulated under each variant, to test whether
    /// conclusions depend on the assumptions.
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

/// Window of enrolment: months in which measures enrol persons.
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

/// Sample of persons who are followed year by year, for the tables `panel`, `spells` and `contacts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Number of sampled persons; their households are followed too, and all scenarios have the same sample. If the
    /// population is smaller, everybody is in the sample.
    #[serde(default = "default_panel")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub size: u32,
    /// First and last calendar year in the tables, for example `[2010, 2019]`; all years if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "years_schema")]
    pub years: Option<[i32; 2]>,
    /// First and last year of birth of the sampled persons, for example `[1995, 2008]`; all years if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "years_schema")]
    pub born: Option<[i32; 2]>,
    /// Key of a service or measure: the sample is limited to persons who started it, from the month of the start on. It
    /// is empty in scenarios without the measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<String>,
    /// Key of a service or measure: the sample is limited to persons who met its rule of eligibility on its occasion,
    /// from that month on, whether or not they took part. The sample therefore exists in scenarios with and without the
    /// measure.
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

/// Sampling design of the parameter draws within the uncertainty of the passports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrawDesign {
    /// Latin hypercube sampling, one hypercube for each block.
    #[default]
    LatinHypercube,
    /// Independent random sampling.
    Random,
}

/// Design of the parameter draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uncertainty {
    /// Sampling design: `latin-hypercube` or `random`.
    #[serde(default)]
    pub design: DrawDesign,
    /// Number of draws in each Latin hypercube. `draws` must be a multiple of it. Increasing `draws` adds blocks and
    /// leaves existing draws unchanged.
    #[serde(default = "default_block")]
    #[schemars(range(min = 2, max = 10_000))]
    pub block: u32,
    /// Factor on the spread of parameters of grade C (assumptions).
    #[serde(default = "unwidened")]
    #[schemars(range(min = 0.1, max = 10.0))]
    pub grade_c: f64,
    /// How the levels of violence of each draw are set: to meet targets that are drawn too, or fixed at the levels
    /// solved at the central values.
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

/// A scenario: changes to the model that take effect in a given month.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Name in English for figures and reports; the key of the scenario if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Name in Dutch for figures and reports; `label` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_nl: Option<String>,
    /// First month in which the changes apply, for example `2009-01`, or `founding` if they also shape the population
    /// of 2008. If left out: the first month of the window of enrolment, or January 2009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Start>,
    /// Last month in which measures go beyond the status quo in this scenario, for example the end of funding. If left
    /// out: the end of the window of enrolment.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "maybe_month_text")]
    #[schemars(schema_with = "month_schema")]
    pub until: Option<Month>,
    /// For attribution scenarios, which are not measures: the causal transmission that the scenario removes, in full or
    /// by one pathway. A comparator without it gives the generational reproduction number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removes: Option<Removes>,
    /// Measures by level (`off`, `status_quo`, `programme`, `full`): keys of measures, chapters of the action programme
    /// (`4.1` to `4.5`, `annexe I`), or `all`. A measure has the level of its narrowest name: its own key before its
    /// chapter, its chapter before `all`. Measures that are not named keep their level.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "measures_schema")]
    pub measures: BTreeMap<String, Vec<String>>,
    /// Months by which phases of the model approach slip, by number of the phase: `{ "2" = 12 }` for a year. Everything
    /// beyond the status quo of the measures of that phase comes so much later.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "slips_schema")]
    pub slips: BTreeMap<String, u32>,
    /// Cities that do not take part, by name: no measure goes beyond the status quo there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_cities: Vec<String>,
    /// Places added in a city from the start of the scenario on, by city and provider: `more_places.Rotterdam.shelter_crisis
    /// = 60`. A provider is capacity of shelters (`shelter_crisis`, `shelter_follow_up`, `shelter_men`, `dwellings` a
    /// year), or the key of a service of 2008 or of a measure with a limited number of places.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "more_places_schema")]
    pub more_places: BTreeMap<String, BTreeMap<String, f64>>,
    /// Changes to the model in this scenario: dotted keys of the model and their new values. A change here holds against
    /// one by `measures`, `slips` or `without_cities`.
    #[serde(default)]
    #[schemars(schema_with = "set_schema")]
    pub set: Table,
}

/// Causal transmission that a scenario removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Removes {
    /// All causal transmission from childhood exposure to adult violence.
    Transmission,
    /// One pathway of causal transmission.
    Pathway,
}

/// A variant: alternative assumptions that apply from the founding on, in all scenarios that are simulated under it. A
/// scenario under a variant is named `scenario@variant` in tables and is compared with the comparator under the same
/// variant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Name in English for figures and reports; the key of the variant if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Name in Dutch for figures and reports; `label` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_nl: Option<String>,
    /// Changes to the model in this variant: dotted keys of the model and their new values.
    #[serde(default)]
    #[schemars(schema_with = "set_schema")]
    pub set: Table,
    /// Factor on the spread of parameters of grade C in this variant; that of `uncertainty` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.1, max = 10.0))]
    pub grade_c: Option<f64>,
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

/// Lists of names by level.
fn measures_schema(_: &mut SchemaGenerator) -> Schema {
    let names = json_schema!({
        "type": "array",
        "items": { "type": "string" },
        "minItems": 1,
        "uniqueItems": true,
        "x-cure": "give a list of keys of measures or chapters, for example [\"4.1\", \"annexe I\"]"
    });
    let names = names.to_value();
    json_schema!({
        "type": "object",
        "additionalProperties": false,
        "x-unknown": "a measure has no such level",
        "properties": { "off": names, "status_quo": names, "programme": names, "full": names }
    })
}

/// Months by number of a phase.
fn slips_schema(_: &mut SchemaGenerator) -> Schema {
    let months = json_schema!({
        "type": "integer",
        "minimum": 0,
        "maximum": 480,
        "x-cure": "give whole months from 0 to 480"
    });
    let months = months.to_value();
    json_schema!({
        "type": "object",
        "additionalProperties": false,
        "x-unknown": "the model approach has three phases",
        "properties": { "1": months, "2": months, "3": months }
    })
}

/// Numbers of places by city and provider.
fn more_places_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-cure": "write more_places.Rotterdam.shelter_crisis = 60",
        "additionalProperties": {
            "type": "object",
            "x-cure": "write more_places.Rotterdam.shelter_crisis = 60",
            "additionalProperties": {
                "type": "number",
                "minimum": 1,
                "maximum": 100_000,
                "x-cure": "give a number of places of at least 1"
            }
        }
    })
}

fn set_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

/// Scenarios by name, in the order written.
pub type Scenarios = Named<Scenario>;

/// Variants by name, in file order.
pub type Variants = Named<Variant>;

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

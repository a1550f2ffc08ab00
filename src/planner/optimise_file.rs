//! The file of `keten optimise`: which measures a mix may have, what it is to achieve, and what it may cost.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::analysis::figures::LESS_IS_BETTER;
use crate::experiment::{Enrolment, Named};
use crate::money::Payer;
use crate::world::TargetGroup;

/// A question about the best mix: what `keten optimise` reads.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keten optimise")]
pub struct OptimiseFile {
    /// The question in English, shown with the answer.
    #[schemars(length(min = 1))]
    pub title: String,
    /// The question in Dutch; `title` if left out.
    #[serde(default)]
    pub title_nl: Option<String>,
    /// Folder of the model, relative to this file, or `builtin:NAME` for a model that is part of the program.
    pub model: String,
    /// Seed of all random numbers of the last stage; earlier stages have the next ones.
    #[serde(default = "usual_seed")]
    #[schemars(range(max = 1_000_000_000))]
    pub seed: u64,
    /// First year that is not simulated: with 2040 the last month is December 2039.
    #[serde(default = "usual_end")]
    #[schemars(range(min = 2010, max = 2100))]
    pub until: i32,
    /// Window of enrolment: months in which measures enrol persons; all months if left out.
    #[serde(default)]
    pub enrolment: Option<Enrolment>,
    /// Key of the figure that a mix is to lower, for example `children_maltreated`, summed over all simulated years.
    #[schemars(schema_with = "effect_schema")]
    pub effect: String,
    /// City in which measures are taken, and in which effect and money are counted; all cities if left out.
    #[serde(default)]
    pub city: Option<String>,
    /// What a mix may cost.
    pub budget: OptimiseBudget,
    /// The measures that a mix may have, by the keys of their cards.
    pub measures: Named<CandidateMeasure>,
    /// Size of the search.
    #[serde(default)]
    pub search: SearchSize,
    /// Stages, from a small simulation of many mixes to a large one of few.
    #[schemars(length(min = 1, max = 6))]
    pub stages: Vec<SearchStage>,
    /// More tables of the run that the answer is written to, for its report.
    #[serde(default)]
    pub outcomes: Vec<String>,
    /// Changes to the model that apply in all mixes and in the comparator: dotted keys of the model and new values.
    #[serde(default)]
    #[schemars(schema_with = "set_schema")]
    pub set: Table,
}

/// What a mix may cost: euro of 2008 a year, in addition to the status quo.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptimiseBudget {
    /// Budgets in euro a year; the best mix is sought under each of them.
    #[schemars(length(min = 1, max = 20), extend("uniqueItems" = true))]
    pub euro: Vec<f64>,
    /// Which money counts.
    #[serde(default)]
    pub counts: CountedMoney,
    /// Number of years over which the money of a mix is spread; all years from 2009, or those of the window of enrolment,
    /// if left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub over_years: Option<u32>,
    /// Most euro a year that a payer pays in addition.
    #[serde(default)]
    #[schemars(schema_with = "payers_schema")]
    pub payers: BTreeMap<Payer, f64>,
    /// Most euro a year that is spent in a city in addition, by its name.
    #[serde(default)]
    pub cities: BTreeMap<String, f64>,
    /// Smallest share of the money of measures that goes to measures for a target group: children, perpetrators or victims.
    #[serde(default)]
    #[schemars(schema_with = "groups_schema")]
    pub least_share: BTreeMap<TargetGroup, f64>,
}

/// Which money counts against the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedMoney {
    /// What measures cost, and services of 2008 to which a measure of the file adds places.
    #[default]
    Measures,
    /// What measures and all services of the chain cost, less what they save there.
    Help,
    /// All costs to society, less what is saved.
    Society,
}

impl CountedMoney {
    /// The word used in files.
    pub fn word(self) -> &'static str {
        match self {
            CountedMoney::Measures => "measures",
            CountedMoney::Help => "help",
            CountedMoney::Society => "society",
        }
    }
}

/// A measure that a mix may have.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateMeasure {
    /// Levels beyond the status quo that are tried: `programme`, `full`.
    #[schemars(schema_with = "levels_schema")]
    pub levels: Vec<String>,
    /// Shares of the means at which each level is tried, per cent: of its places if it has them, otherwise of its coverage.
    #[serde(default = "all_means")]
    #[schemars(schema_with = "means_schema")]
    pub means: Vec<u32>,
}

/// Size of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchSize {
    /// Mixes that are simulated together in each step.
    #[serde(default = "usual_breadth")]
    #[schemars(range(min = 1, max = 50))]
    pub breadth: usize,
    /// Steps of exchange under each budget.
    #[serde(default = "usual_rounds")]
    #[schemars(range(min = 0, max = 50))]
    pub rounds: usize,
    /// Mixes that go on to the next stage.
    #[serde(default = "usual_keep")]
    #[schemars(range(min = 2, max = 200))]
    pub keep: usize,
}

impl Default for SearchSize {
    fn default() -> Self {
        SearchSize { breadth: usual_breadth(), rounds: usual_rounds(), keep: usual_keep() }
    }
}

/// A stage of the search.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchStage {
    /// Sampling fraction: simulated persons per real person, from 0.001 to 1.
    #[schemars(range(min = 0.001, max = 1.0))]
    pub scale: f64,
    /// Number of parameter draws; 0 is the central values.
    #[serde(default)]
    #[schemars(schema_with = "draws_schema")]
    pub draws: u32,
    /// Number of replicates: the same parameters with other random numbers.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 1000))]
    pub replicates: u32,
}

fn usual_seed() -> u64 {
    2008
}

fn usual_end() -> i32 {
    2040
}

fn all_means() -> Vec<u32> {
    vec![100]
}

fn usual_breadth() -> usize {
    6
}

fn usual_rounds() -> usize {
    3
}

fn usual_keep() -> usize {
    12
}

fn one() -> u32 {
    1
}

fn effect_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": LESS_IS_BETTER })
}

fn levels_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": { "type": "string", "enum": ["programme", "full"] },
        "minItems": 1,
        "uniqueItems": true
    })
}

fn means_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": { "type": "integer", "minimum": 1, "maximum": 100 },
        "minItems": 1,
        "uniqueItems": true,
        "x-cure": "give whole per cents from 1 to 100, each once, for example [50, 100]"
    })
}

fn draws_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "integer",
        "anyOf": [{ "const": 0 }, { "minimum": 2, "maximum": 10000 }],
        "x-cure": "give 0 for the central values, or a number of draws from 2 to 10000"
    })
}

/// Amounts by a fixed list of names.
fn amounts(names: &[&str], most: Option<f64>, unknown: &str, cure: &str) -> Schema {
    let mut amount = serde_json::json!({ "type": "number", "minimum": 0, "x-cure": cure });
    if let Some(most) = most {
        amount["maximum"] = most.into();
    }
    let names: serde_json::Map<String, serde_json::Value> =
        names.iter().map(|name| ((*name).to_owned(), amount.clone())).collect();
    json_schema!({
        "type": "object",
        "additionalProperties": false,
        "x-unknown": unknown,
        "properties": names
    })
}

fn payers_schema(_: &mut SchemaGenerator) -> Schema {
    let names = Payer::ALL.map(Payer::word);
    amounts(&names, None, "there is no such payer", "give euro a year, 0 or more")
}

fn groups_schema(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = TargetGroup::ALL.iter().map(|group| group.word()).collect();
    amounts(&names, Some(1.0), "there is no such target group", "give a share from 0 to 1")
}

fn set_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

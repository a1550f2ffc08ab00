//! The format of a card: one measure of the action programme, or one service of 2008, as data.

mod faults;
mod level;
mod path;
mod programme;

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

pub use self::level::Level;
pub use self::path::Path;
pub(super) use self::programme::{Condition, SexRule};
pub use self::programme::{Dose, EffectForm, Eligible, Party, Programme, Relief, Symptom};
use crate::money::Payer;
use crate::units::{Count, Euro, Months, Probability, Ratio, Rows, Share};
use crate::world::{ChainFunction, Edge, Mechanism, TargetGroup};

/// Quality of the evidence for the effect of a measure (interventions, section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A randomised trial in the Netherlands.
    RctNl,
    /// A randomised trial abroad.
    RctAbroad,
    /// A quasi-experimental study.
    Quasi,
    /// No evaluation of the effect.
    None,
}

impl Evidence {
    /// The word used in files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Evidence::RctNl => "rct_nl",
            Evidence::RctAbroad => "rct_abroad",
            Evidence::Quasi => "quasi",
            Evidence::None => "none",
        }
    }
}

/// One measure.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Name in English.
    #[schemars(length(min = 1))]
    pub title: String,
    /// Name in Dutch, as in the action programme if it has one there.
    #[schemars(length(min = 1))]
    pub dutch: String,
    /// Lines of the action programme that describe the measure, for example L823-842.
    #[schemars(length(min = 1))]
    pub lines: String,
    /// Function in the chain: prevention, detection, response or aftercare.
    pub function: ChainFunction,
    /// Target group: children, perpetrators or victims.
    pub target: TargetGroup,
    /// Whether the scheme of the action programme (L474-501) lists the measure; other measures are mentioned elsewhere
    /// in the text.
    #[serde(default)]
    pub in_scheme: bool,
    /// Quality of the evidence for the effect.
    pub evidence: Evidence,
    /// Level in force.
    #[serde(default)]
    pub level: Level,
    /// Coverage: share of the persons or cases concerned that the measure reaches. By city (all cities if the column
    /// `city` is left out) and from a year on (`2009.5` is July 2009); one column for each level: `status_quo`,
    /// `programme`, `full`.
    pub coverage: Rows<Share>,
    /// Enrolment, queue, duration and effects, for a measure with participants.
    #[serde(default)]
    pub programme: Option<Programme>,
    /// Probabilities of transitions in the chain, for the covered share of cases.
    #[serde(default)]
    #[schemars(schema_with = "edges_schema")]
    pub edges: BTreeMap<Edge, Probability>,
    /// Effects on all persons of a city, in proportion to coverage.
    #[serde(default)]
    pub everywhere: BTreeMap<String, Everywhere>,
    /// Capacity added at full coverage (proportionally less below it): beds in a shelter (`shelter_crisis`,
    /// `shelter_follow_up`, `shelter_men`), or dwellings per year (`dwellings`).
    #[serde(default)]
    pub beds: BTreeMap<String, Rows<Count>>,
    /// Costs, item by item.
    #[serde(default)]
    pub costs: BTreeMap<String, Cost>,
}

/// Only edges whose probability a process reads from the model.
fn edges_schema(generator: &mut SchemaGenerator) -> Schema {
    let chance = generator.subschema_for::<Probability>();
    let edges = Edge::OPEN.iter().map(|edge| (edge.word().to_owned(), chance.clone().to_value()));
    let edges: serde_json::Map<String, serde_json::Value> = edges.collect();
    json_schema!({
        "type": "object",
        "additionalProperties": false,
        "x-unknown": "no edge of that name has a chance that a measure can set",
        "properties": edges
    })
}

/// Effect of a measure on all persons of a city, through a mechanism of the chain.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Everywhere {
    /// Mechanism that changes.
    pub mechanism: Mechanism,
    /// Odds ratio at full coverage; the log odds ratio is proportional to coverage.
    #[schemars(extend("x-above" = 0))]
    pub ratio: Ratio,
    /// Whether the effect is limited to marked areas.
    #[serde(default)]
    pub marked_areas: bool,
    /// Month of the year (1 to 12) for an effect that occurs once a year; permanent if left out.
    #[serde(default)]
    pub pulse: Option<Months>,
    /// Half-life of the log odds ratio after a yearly pulse, or after coverage decreases, months.
    #[serde(default)]
    #[schemars(extend("x-above" = 0))]
    pub half_life: Option<Months>,
}

/// Unit to which a cost applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Per person who starts.
    Start,
    /// Per participant and month.
    PersonMonth,
    /// Per person who receives an offer.
    Offer,
    /// Per passage of an edge whose probability the card sets.
    Passage,
    /// Per city and year, in proportion to coverage.
    CityYear,
    /// Once, in the first year with coverage above zero.
    Once,
    /// Per added place and year.
    PlaceYear,
}

/// A cost item.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Unit to which the price applies.
    pub per: Per,
    /// Price per unit, euro of 2008.
    pub price: Euro,
    /// Organisation that pays.
    pub payer: Payer,
}

impl Card {
    /// Places (or dwellings per year) of a kind that the measure adds at a level: those of its table, in proportion to
    /// its coverage.
    ///
    /// # Errors
    /// Describes an invalid table.
    pub fn beds_at(&self, kind: &str, level: Level, cities: usize) -> Result<Path, String> {
        let Some(table) = self.beds.get(kind) else { return Ok(Path::constant(0.0)) };
        Ok(Path::of(table, level, cities)?.times(&Path::of(&self.coverage, level, cities)?))
    }
}

/// Kinds of capacity that `beds` of a card may add to.
pub const BEDS: [&str; 4] = ["shelter_crisis", "shelter_follow_up", "shelter_men", "dwellings"];

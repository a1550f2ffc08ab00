//! The format of a card: one measure of the action programme, or one service of 2008, as data.

mod budget_faults;
mod class;
mod faults;
mod felt;
mod level;
mod path;
mod plan;
mod programme;

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

pub use self::class::EffectClass;
pub use self::level::Level;
pub use self::path::Path;
pub use self::plan::{Chapter, PHASES};
pub(super) use self::programme::SexRule;
pub use self::programme::{
    Condition, Dose, EffectForm, Eligible, Mediator, Party, Programme, Relief, ShiftForm, Symptom, VictimOffer,
};
use crate::money::Payer;
use crate::units::{Count, Euro, Months, Probability, Ratio, Rows, Share};
use crate::world::{ChainFunction, City, Edge, Mechanism, TargetGroup};

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
    /// Chapter of the action programme that plans the measure; none for a measure that is not in the document. A
    /// scenario can name all measures of a chapter at once.
    #[serde(default)]
    pub chapter: Option<Chapter>,
    /// Phase of the model approach (L600-673) to which the measure belongs: 1 description (2008 to 2010), 2 norms and
    /// improvements (2010), 3 execution (2011). None for pilots and measures with a date of their own. A scenario can let
    /// a phase slip.
    #[serde(default)]
    #[schemars(schema_with = "plan::phase_schema")]
    pub phase: Option<u8>,
    /// Level in force.
    #[serde(default)]
    pub level: Level,
    /// Months by which everything beyond the status quo comes later than in the tables.
    #[serde(default)]
    #[schemars(schema_with = "plan::delay_schema")]
    pub delay: u32,
    /// Cities in which the measure does not go beyond the status quo, by name.
    #[serde(default)]
    #[schemars(schema_with = "plan::cities_schema")]
    pub without_cities: Vec<City>,
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
    /// Places added to a programme at full coverage (proportionally less below it), by the key of a service of 2008 or
    /// of another card that has places. What they cost is the price of that programme.
    #[serde(default)]
    pub more_places: BTreeMap<String, Rows<Count>>,
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
    /// Per added place and year, whether or not it is occupied: of `beds`, or of a programme beyond the status quo.
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
    /// Euro per unit of this kind, all items together, at the intensity of the programme.
    pub(super) fn price_per(&self, per: Per) -> f64 {
        let prices = self.costs.values().filter(|cost| cost.per == per).map(|cost| cost.price.get());
        let by_intensity = matches!(per, Per::Start | Per::PersonMonth | Per::PlaceYear);
        let intensity = self.programme.as_ref().filter(|_| by_intensity).map_or(1.0, Programme::intensity);
        prices.sum::<f64>() * intensity
    }

    /// Places (or dwellings per year) of a kind that the measure adds at a level: those of its table, in proportion to
    /// its coverage.
    ///
    /// # Errors
    /// Describes an invalid table.
    pub fn beds_at(&self, kind: &str, level: Level, cities: usize) -> Result<Path, String> {
        self.added_at(self.beds.get(kind), level, cities)
    }

    /// Places that the measure adds to another programme at a level: those of its table, in proportion to its coverage.
    ///
    /// # Errors
    /// Describes an invalid table.
    pub fn more_places_at(&self, programme: &str, level: Level, cities: usize) -> Result<Path, String> {
        self.added_at(self.more_places.get(programme), level, cities)
    }

    fn added_at(&self, table: Option<&Rows<Count>>, level: Level, cities: usize) -> Result<Path, String> {
        let Some(table) = table else { return Ok(Path::constant(0.0)) };
        Ok(Path::of(table, level, cities)?.times(&Path::of(&self.coverage, level, cities)?))
    }
}

/// Kinds of capacity that `beds` of a card may add to.
pub const BEDS: [&str; 4] = ["shelter_crisis", "shelter_follow_up", "shelter_men", "dwellings"];

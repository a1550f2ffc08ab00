//! The model: the types of the model files, the list of processes in the order of the month ([`STEPS`]), and prices.

mod cards;
mod idle;
mod money;
mod places;
mod pricing;
mod steps;
mod targets;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::chain::{Amk, Cases, Court, Desk, Detection, Police, Shelter, Suspicion};
use crate::config::{self, LevelResponse, Merged, Sources};
use crate::engine::Trends;
use crate::error::Result;
use crate::interventions::Card;
use crate::life::{
    Births, Deaths, Education, Flags, Heredity, Income, LeavingHome, Moving, Newcomers, Separations, Unions, Work,
};
use crate::units::{Count, Persons, Rows, Share, Years};
use crate::violence::{Course, Maltreatment, Onset, Other, Symptoms, Transmission};
use crate::world::{EffectsTable, Places};

pub use money::{Health, Money, OverheadTable, Prices, Society, UnitPrice};
pub use places::PlacesTable;
pub use pricing::pricing;
pub use steps::{Population, STEPS, StepEntry};
pub use targets::{Targets, Validation};

/// A whole model: its nesting equals the dotted keys of the model files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Cities and areas.
    pub places: PlacesTable,
    /// Life.
    pub life: Life,
    /// Violence.
    pub violence: ViolenceTable,
    /// Transmission between the generations.
    pub transmission: Transmission,
    /// The chain of detection, response and aftercare as it stood in 2008.
    pub chain: ChainTable,
    /// Measures by name, one file each.
    #[serde(default)]
    pub interventions: BTreeMap<String, Card>,
    /// Structural choices on trends.
    pub trends: Trends,
    /// Structural choice on effects.
    pub effects: EffectsTable,
    /// What things cost, who pays, and what consequences weigh.
    pub money: Money,
    /// The founding population.
    pub founding: FoundingTable,
    /// Figures of later years, printed beside results and never fitted.
    pub validation: Validation,
    /// What the solving command aims at.
    pub targets: Targets,
    /// How the levels of 2008 follow the parameters, so that each parameter draw meets the targets; without it all draws keep
    /// the solved levels.
    #[serde(default)]
    pub response: Option<LevelResponse>,
}

impl ModelFile {
    /// Reads and checks a model: [`config::load`] for this type, compiled once in the library.
    ///
    /// # Errors
    /// Every fault of the model's files.
    pub fn load(sources: &Sources) -> Result<(ModelFile, Merged)> {
        config::load(sources)
    }

    /// The model of a merged table: [`Merged::typed`] for this type.
    ///
    /// # Errors
    /// As [`Merged::typed`].
    pub fn of(merged: &Merged) -> Result<ModelFile> {
        merged.typed()
    }

    /// The JSON schema of model files.
    pub fn schema() -> serde_json::Value {
        config::schema::<ModelFile>()
    }

    /// Names and areas of the cities, for the world.
    ///
    /// # Errors
    /// Names the table and what is missing in it.
    pub fn places(&self) -> Result<Places> {
        self.places.places()
    }

    /// Population of each city in 2008.
    ///
    /// # Errors
    /// Names the table and what is missing in it.
    pub fn populations(&self) -> Result<Vec<f64>> {
        self.places.populations()
    }
}

/// `[life]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// Deaths.
    pub deaths: Deaths,
    /// Births.
    pub births: Births,
    /// Unions.
    pub unions: Unions,
    /// Separations.
    pub separations: Separations,
    /// Leaving the parental home.
    pub leaving_home: LeavingHome,
    /// Moves.
    pub moving: Moving,
    /// Newcomers.
    pub newcomers: Newcomers,
    /// Work.
    pub work: Work,
    /// Income.
    pub income: Income,
    /// Risk flags.
    pub flags: Flags,
    /// Education.
    pub education: Education,
    /// Liability and temper.
    pub heredity: Heredity,
}

/// `[violence]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ViolenceTable {
    /// Onset between partners.
    pub onset: Onset,
    /// Its course.
    pub course: Course,
    /// Child maltreatment.
    pub maltreatment: Maltreatment,
    /// Other family violence.
    pub other: Other,
    /// Symptoms.
    pub symptoms: Symptoms,
}

/// `[chain]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainTable {
    /// Who comes to know of violence.
    pub detection: Detection,
    /// Who suspects maltreatment.
    pub suspicion: Suspicion,
    /// What the police do.
    pub police: Police,
    /// What the ASHG does.
    pub desk: Desk,
    /// What the AMK does.
    pub amk: Amk,
    /// What the court does.
    pub court: Court,
    /// Shelters.
    pub shelter: Shelter,
    /// Cases.
    pub cases: Cases,
    /// What surveys find.
    pub survey: SurveyTable,
    /// Programmes that ran in 2008, in the form of cards.
    #[serde(default)]
    pub services: BTreeMap<String, Card>,
}

/// `[chain.survey]`: shares of those concerned, and of others, who say yes in a survey.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurveyTable {
    /// Adult victims of evident violence in the year.
    pub victims: Share,
    /// Other adults.
    pub others: Share,
    /// Pupils of 12 to 17 who were maltreated in the year.
    pub pupils: Share,
    /// Other pupils.
    pub other_pupils: Share,
}

/// `[founding]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundingTable {
    /// Persons with whom the closed pool begins.
    #[schemars(extend("x-least" = 1000))]
    pub pool_size: Persons,
    /// Years that the pool lives before 2008.
    #[schemars(extend("x-least" = 1))]
    pub pool_years: Years,
    /// Share of adults who lived in the four cities before 18, by age.
    pub grew_up_here: Rows<Share>,
    /// Margins of 1 January 2008.
    pub targets: Margins,
}

/// `[founding.targets]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Margins {
    /// Persons by city, five-year age group and sex.
    pub age_sex: Rows<Persons>,
    /// Households by city and type.
    pub households: Rows<Count>,
    /// Share of low-income households by city.
    pub low_income: Rows<Share>,
    /// Level of education of adults.
    pub education: Rows<Share>,
    /// Share of those of 18 to 64 with paid work, by city.
    pub work: Rows<Share>,
    /// Origin by city.
    pub origin: Rows<Share>,
    /// Position in the household by age.
    pub position: Rows<Share>,
}

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

use crate::chain::{Amk, Cases, Court, Desk, Detection, Needs, Police, Shelter, Suspicion, Triage};
use crate::config::{self, LevelResponse, Merged, Sources};
use crate::engine::Trends;
use crate::error::Result;
use crate::interventions::{Card, ParticipationTable};
use crate::life::{
    Births, Deaths, Education, Flags, Heredity, Income, LeavingHome, Moving, Newcomers, Separations, Unions, Work,
};
use crate::units::{Count, Persons, Rows, Share, Years};
use crate::violence::{AbuseCourse, Course, Maltreatment, Onset, Other, Symptoms, Transmission};
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
    /// Cities and their areas.
    pub places: PlacesTable,
    /// Demography, work, income and risk factors.
    pub life: Life,
    /// Violence between partners, child maltreatment, other family violence, and symptoms.
    pub violence: ViolenceTable,
    /// Transmission of violence from one generation to the next.
    pub transmission: Transmission,
    /// The chain of detection, response and aftercare as it was in 2008.
    pub chain: ChainTable,
    /// Measures, by name: one file for each.
    #[serde(default)]
    pub interventions: BTreeMap<String, Card>,
    /// Structural choices on secular trends and migration.
    pub trends: Trends,
    /// Structural choices on the effects of measures and of the chain.
    pub effects: EffectsTable,
    /// Prices, payers, budgets and health weights.
    pub money: Money,
    /// The burn-in population, and the margins of the population of 1 January 2008.
    pub founding: FoundingTable,
    /// Observed figures of later years. They are reported beside the results and never used for calibration.
    pub validation: Validation,
    /// Calibration targets of `keten solve`.
    pub targets: Targets,
    /// Response of the levels of violence in 2008 to the parameters, by which each parameter draw meets the targets.
    /// Without it all draws keep the levels that were solved at the central values.
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

/// `[life]`: demography, work, income and risk factors.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// Mortality.
    pub deaths: Deaths,
    /// Fertility.
    pub births: Births,
    /// Formation of unions and marriage.
    pub unions: Unions,
    /// Separation and divorce.
    pub separations: Separations,
    /// Leaving the parental home.
    pub leaving_home: LeavingHome,
    /// Moves within, between, out of and back to the cities.
    pub moving: Moving,
    /// Newcomers: households that move to the cities.
    pub newcomers: Newcomers,
    /// Finding and losing paid work.
    pub work: Work,
    /// Falling below and rising above the low-income line.
    pub income: Income,
    /// Risk factors that start and end: alcohol misuse, addiction, mental illness, debts, crime.
    pub flags: Flags,
    /// Level of education.
    pub education: Education,
    /// Latent liability to violence, and traits that correlate with it.
    pub heredity: Heredity,
}

/// `[violence]`: onset and course of violence, and its symptoms.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ViolenceTable {
    /// Onset of violence between partners.
    pub onset: Onset,
    /// Course of violence between partners: incidents, harm, witnesses, escalation and end.
    pub course: Course,
    /// Child maltreatment.
    pub maltreatment: Maltreatment,
    /// Violence by relatives who are not partners: yearly rates and onset.
    pub other: Other,
    /// The course of elder abuse and of honour-related violence.
    pub abuse: AbuseCourse,
    /// Symptoms of children and adults who are exposed to violence.
    pub symptoms: Symptoms,
}

/// `[chain]`: detection, response and aftercare as they were in 2008.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainTable {
    /// Detection of violence by the police, the ASHG and first-line professionals.
    pub detection: Detection,
    /// Suspicions of child maltreatment and reports to the AMK.
    pub suspicion: Suspicion,
    /// Response of the police and the prosecutor to reports.
    pub police: Police,
    /// Response of the advice and support desk for domestic violence (ASHG).
    pub desk: Desk,
    /// The instrument with which the ASHG screens families for their risk.
    pub triage: Triage,
    /// What follows from an assessment of a child's needs.
    pub needs: Needs,
    /// Investigations and decisions of the child protection desk (AMK).
    pub amk: Amk,
    /// Prosecution and verdict.
    pub court: Court,
    /// Shelters: requests, places, stays and what follows.
    pub shelter: Shelter,
    /// Transfer and closure of cases.
    pub cases: Cases,
    /// Who waits for a programme, starts it and completes it.
    pub participation: ParticipationTable,
    /// Probabilities of a positive answer in surveys of victims.
    pub survey: SurveyTable,
    /// Programmes that existed in 2008, in the format of cards.
    #[serde(default)]
    pub services: BTreeMap<String, Card>,
}

/// `[chain.survey]`: probabilities of reporting violence in a survey, for persons who experienced it and for others.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurveyTable {
    /// Probability that an adult victim of evident violence in the year reports it in a survey.
    pub victims: Share,
    /// Probability that any other adult reports violence in a survey.
    pub others: Share,
    /// Probability that a pupil of 12 to 17 who was maltreated in the year reports it in a survey.
    pub pupils: Share,
    /// Probability that any other pupil of 12 to 17 reports maltreatment in a survey.
    pub other_pupils: Share,
}

/// `[founding]`: the burn-in population, and the population of 1 January 2008 made from it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundingTable {
    /// Initial size of the burn-in population, persons.
    #[schemars(extend("x-least" = 1000))]
    pub pool_size: Persons,
    /// Years for which the burn-in population is simulated before 2008.
    #[schemars(extend("x-least" = 1))]
    pub pool_years: Years,
    /// Share of adults who lived in the four cities before age 18, by age.
    pub grew_up_here: Rows<Share>,
    /// Margins of the population of 1 January 2008.
    pub targets: Margins,
}

/// `[founding.targets]`: margins of the population of 1 January 2008.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Margins {
    /// Persons by city, five-year age group and sex.
    pub age_sex: Rows<Persons>,
    /// Households by city and type.
    pub households: Rows<Count>,
    /// Share of households below the low-income line, by city.
    pub low_income: Rows<Share>,
    /// Share of adults at each level of education.
    pub education: Rows<Share>,
    /// Share of persons of 18 to 64 with paid work, by city.
    pub work: Rows<Share>,
    /// Share of persons of each origin, by city.
    pub origin: Rows<Share>,
    /// Share of persons in each position in the household, by age.
    pub position: Rows<Share>,
}

//! What the processes of a model are built for: which population, at which scale, under which choices of the model.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::world::{Donors, InForce, Month};

/// First and last month in which measures enrol people beyond the status quo; all months when `None`.
pub type Window = Option<(Month, Month)>;

/// What a process is built for. The caller that starts a simulation gives the first four fields; the model file gives
/// the others.
///
/// Technical settings, which change no result, are in [`EngineSettings`](super::EngineSettings).
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The burn-in population before 2008: rates of 2008, nobody leaves or arrives.
    pub pool: bool,
    /// Simulated persons per real person.
    pub scale: f64,
    /// Donors of newcomers.
    pub donors: Arc<Donors>,
    /// Months in which measures enrol people beyond the status quo.
    pub enrolment: Window,
    /// Number of cities; from the model file.
    pub cities: usize,
    /// Whether the chain and the measures change the ground truth; from the model file.
    pub in_force: InForce,
    /// Structural choices on trends; from the model file.
    pub trends: Trends,
}

impl Scope {
    /// The burn-in population.
    pub fn of_pool() -> Scope {
        Scope { pool: true, ..Scope::default() }
    }

    /// The cities at a scale.
    pub fn of_cities(scale: f64, donors: Arc<Donors>) -> Scope {
        Scope { scale, donors, ..Scope::default() }
    }

    /// The same with a window of enrolment.
    #[must_use]
    pub fn enrolling(self, enrolment: Window) -> Scope {
        Scope { enrolment, ..self }
    }

    /// Whether mortality and fertility stay as in 2008.
    pub fn keeps_rates(&self) -> bool {
        self.pool || self.trends.demography == DemographyTrend::Held
    }

    /// Whether people leave the cities, come back and arrive.
    pub fn is_open(&self) -> bool {
        !self.pool && self.trends.migration == Migration::Open
    }

    /// Whether hazards of partner violence decline.
    pub fn partner_violence_declines(&self) -> bool {
        !self.pool && self.trends.violence != ViolenceTrend::Flat
    }

    /// Whether hazards of maltreatment decline.
    pub fn maltreatment_declines(&self) -> bool {
        !self.pool && self.trends.violence == ViolenceTrend::Decline
    }
}

/// `[trends]`: structural choices on secular trends and migration.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trends {
    /// Secular trend of the hazards of violence.
    pub violence: ViolenceTrend,
    /// Trend of mortality and fertility after 2008.
    pub demography: DemographyTrend,
    /// Whether persons move out of and into the cities.
    pub migration: Migration,
}

/// Secular trend of the hazards of violence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ViolenceTrend {
    /// No trend.
    #[default]
    Flat,
    /// The hazards of partner violence and of maltreatment decline.
    Decline,
    /// The hazard of partner violence declines; that of maltreatment does not.
    MaltreatmentFlat,
}

/// Trend of mortality and fertility after 2008.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DemographyTrend {
    /// Observed rates, then projected rates.
    #[default]
    Projected,
    /// The rates of 2008 in all years.
    Held,
}

/// Whether the population is open or closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Migration {
    /// Open: persons leave the cities, return, and move in.
    #[default]
    Open,
    /// Closed: nobody leaves or moves in.
    Closed,
}

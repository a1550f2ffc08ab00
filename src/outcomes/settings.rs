//! What outcomes use of a run and its model besides the world: settings, names, prices and input values.

use serde::{Deserialize, Serialize};

use super::costs::prices::Pricing;
use crate::world::TargetGroup;

/// A pathway of transmission, from exposure in childhood to violence in adult life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Pathway {
    /// Witnessing violence as a child, using it against a partner as an adult.
    WitnessUse = 0,
    /// Witnessing or being maltreated as a child, using violence against a partner as an adult.
    ExposedUse = 1,
    /// Witnessing or being maltreated as a child, suffering violence from a partner as an adult.
    ExposedSuffer = 2,
    /// Being maltreated as a child, own child at home maltreated.
    MaltreatedMaltreats = 3,
}

/// Recall of childhood exposure in a survey of adults (epidemiology, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// Sensitivity: proportion of the exposed who report it.
    pub sensitivity: f64,
    /// Specificity: proportion of the others who report no exposure.
    pub specificity: f64,
}

/// Sensitivity and false-positive rates of surveys (epidemiology, section 6): proportions of those concerned and of the
/// others who say yes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// Adult victims of evident violence in the year.
    pub victims: f64,
    /// Other adults.
    pub others: f64,
    /// Pupils of 12 to 17 who were maltreated in the year.
    pub pupils: f64,
    /// Other pupils.
    pub other_pupils: f64,
}

/// Input values that tables print beside simulated ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// Causal fraction of the log hazard ratios of the input.
    pub kappa: Option<f64>,
    /// Crude ratio of the input, by [`Pathway`] and [`Sex`](crate::world::Sex); `None` if the model has no single
    /// number.
    pub ratios: [[Option<f64>; 2]; 4],
    /// Recall of exposure in a survey; without it no surveyed ratio is given.
    pub recall: Option<Recall>,
}

/// How a person enters the panel's sample if the sample is that of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// With the start of the programme of this index.
    Started(u16),
    /// In the first month in which the person meets the eligibility rule of the programme of this index, started or
    /// not.
    Eligible(u16),
}

/// Restrictions of the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelPart {
    /// First and last calendar year included.
    pub years: Option<[i32; 2]>,
    /// First and last year of birth of the sample.
    pub born: Option<[i32; 2]>,
    /// The measure through which a person enters.
    pub entry: Option<Entry>,
}

/// One margin or target with the value achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitLine {
    /// City, or `None` for all of them together.
    pub city: Option<usize>,
    /// Margin or target, for example `age_sex`.
    pub margin: String,
    /// Group within it.
    pub group: String,
    /// Target value.
    pub target: f64,
    /// Value achieved.
    pub achieved: f64,
    /// Unit of both.
    pub unit: String,
    /// `put in`, `solved for` or `emerged`.
    pub standing: String,
}

/// What outcomes use of a run and its model besides the world.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutcomeSettings {
    /// Number of the parameter draw.
    pub draw: u32,
    /// Number of the replicate.
    pub replicate: u32,
    /// Number of persons in the panel's sample when the population has its expected size.
    pub panel_size: u32,
    /// Restrictions of the panel.
    pub panel_part: PanelPart,
    /// Expected number of simulated persons on the first day; must not depend on the scenario.
    pub expected_population: f64,
    /// Simulated persons per real person.
    pub scale: f64,
    /// What surveys find.
    pub survey: Survey,
    /// Input values.
    pub inputs: Inputs,
    /// Prices of the model.
    pub pricing: Pricing,
    /// Names of the shelters, by their indices in events.
    pub shelters: Vec<String>,
    /// Names of the programmes, by their indices in events.
    pub programmes: Vec<String>,
    /// Whether each programme is a measure and not a service of 2008, in the same order.
    pub measures: Vec<bool>,
    /// Target group of each programme, in the same order.
    pub targets: Vec<TargetGroup>,
    /// Whether a start of each programme counts as help in a case, in the same order.
    pub helps: Vec<bool>,
    /// Targets of the founding population with the values achieved.
    pub fit: Vec<FitLine>,
}

impl OutcomeSettings {
    /// Whether a programme is a measure.
    pub(super) fn is_measure(&self, programme: u16) -> bool {
        self.measures.get(usize::from(programme)) == Some(&true)
    }

    /// Target group of a programme.
    pub(super) fn target(&self, programme: u16) -> Option<TargetGroup> {
        self.targets.get(usize::from(programme)).copied()
    }

    /// Whether a start of a programme counts as help in a case.
    pub(super) fn is_help(&self, programme: u16) -> bool {
        self.helps.get(usize::from(programme)) == Some(&true)
    }

    /// Name of a programme.
    pub(super) fn programme(&self, index: u16) -> Option<&str> {
        self.programmes.get(usize::from(index)).map(String::as_str)
    }
}

impl Pathway {
    /// All pathways in table order.
    pub const ALL: [Pathway; 4] =
        [Pathway::WitnessUse, Pathway::ExposedUse, Pathway::ExposedSuffer, Pathway::MaltreatedMaltreats];

    /// Word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Pathway::WitnessUse => "witness_use",
            Pathway::ExposedUse => "exposed_use",
            Pathway::ExposedSuffer => "exposed_suffer",
            Pathway::MaltreatedMaltreats => "maltreated_maltreats",
        }
    }
}

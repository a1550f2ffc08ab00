//! Prices of a model: item, payer, and the volume counted for it. Plain data, without a world.

use serde::{Deserialize, Serialize};

use crate::world::{City, Edge, Month};

/// States of persons on the last day of a year that have costs or a health weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum State {
    /// Suffers situational violence from a partner or former partner.
    AbuseModerate,
    /// Suffers coercive violence.
    AbuseSevere,
    /// Suffered coercive or structural violence in the year.
    SevereVictim,
    /// Adult who was maltreated as a child.
    Survivor,
    /// Adults with mild depression, beyond those who would have it at their own baseline. The same holds for all states
    /// below.
    DepressionMild,
    /// With moderate depression.
    DepressionModerate,
    /// With severe depression.
    DepressionSevere,
    /// Persons with mild anxiety, including post-traumatic stress. Counted by post-traumatic symptoms, in children by
    /// internalising symptoms if these are more severe.
    AnxietyMild,
    /// With moderate anxiety.
    AnxietyModerate,
    /// With severe anxiety.
    AnxietySevere,
    /// Children with conduct disorder; counted by externalising symptoms.
    ConductDisorder,
}

impl State {
    /// Ongoing violence by a partner, without its later consequences.
    pub(in crate::outcomes) const VIOLENCE: [State; 3] =
        [State::AbuseModerate, State::AbuseSevere, State::SevereVictim];

    /// Whether it is a grade of symptoms, which is counted in fractions of persons.
    pub(in crate::outcomes) fn is_grade(self) -> bool {
        self >= State::DepressionMild
    }
}

/// Cut-offs of consequences, on the scale of the whole population. The model simulates the shift of a person from the
/// own baseline. A shift of s moves those persons across a cut-off whose baseline is less than s below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cutoffs {
    /// Scores above which depression and anxiety are mild, moderate and severe, in standard deviations above the mean.
    pub symptoms: [f64; 3],
    /// Score above which a child has conduct disorder, in standard deviations above the mean.
    pub conduct: f64,
    /// Age that a person who was killed would have reached, in years.
    pub life_expectancy: f64,
    /// Years that the oldest would have had left.
    pub least_left: f64,
}

/// Category of a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CostKind {
    /// A measure.
    Programme,
    /// The chain of 2008.
    Service,
    /// Further costs to society.
    Societal,
    /// Health lost.
    Health,
}

/// Unit of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CostUnit {
    /// Euro of 2008.
    Euro,
    /// Quality-adjusted life years lost.
    Qaly,
    /// Disability-adjusted life years lost.
    Daly,
}

/// A piecewise constant value by city and month: coverage, or places. Cities without steps, and months before the first
/// step, have 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Steps(pub Vec<Vec<(Month, f64)>>);

impl Steps {
    /// The value in a city and month.
    pub fn at(&self, city: City, month: Month) -> f64 {
        let Some(list) = self.0.get(city) else { return 0.0 };
        let at = list.partition_point(|(from, _)| *from <= month);
        at.checked_sub(1).map_or(0.0, |at| list[at].1)
    }
}

/// An edge that a measure sets to another probability, in the share of cases that it covers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MovedEdge {
    /// The edge.
    pub edge: Edge,
    /// Its probability where the measure covers.
    pub to: f64,
    /// Its probability elsewhere, by city; empty if it differs from case to case.
    pub base: Vec<f64>,
}

impl MovedEdge {
    /// Share of all passages in a city that are among the cases covered. A measure that covers half of the cases and makes
    /// passage likelier has more than half of the passages.
    pub(super) fn paid(&self, city: City, coverage: f64) -> f64 {
        let Some(base) = self.base.get(city) else { return coverage };
        let (with, without) = (coverage * self.to, (1.0 - coverage) * base);
        if with > 0.0 { with / (with + without) } else { 0.0 }
    }
}

/// The volume that a price applies to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Volume {
    /// Persons who start a programme, by its index.
    Starts(u16),
    /// Months of persons in a programme.
    PersonMonths(u16),
    /// Persons to whom a programme is offered, whether or not they accept.
    Offers(u16),
    /// Passages of edges among the share of cases that a measure covers. They include passages that would have happened
    /// anyway: only the scenario without the measure shows which these are.
    Moved {
        /// The edges.
        edges: Vec<MovedEdge>,
        /// Coverage of the measure.
        coverage: Steps,
    },
    /// Coverage, per year and city; the cost is the same at every scale.
    CityYears(Steps),
    /// Once, in the first month in which the coverage of a measure exceeds the status quo, shared equally by the cities
    /// in which it does; the cost is the same at every scale. Contains the coverage beyond the status quo.
    Once(Steps),
    /// Places added, per year and place, whether occupied or not; at the scale of the run.
    PlaceYears(Steps),
    /// Police reports.
    PoliceReports,
    /// Passages of an edge, minus those on the account of a measure.
    Passed(Edge),
    /// Contacts of the ASHG: victims who come or are referred, and hand-overs by the police minus those on the account
    /// of a measure.
    DeskContacts,
    /// Families in which help starts, cases of maltreatment alone left out.
    HelpedFamilies,
    /// Investigations of the AMK that end.
    Investigations,
    /// Months of placement out of the home, multiplied by this share.
    PlacementMonths(f64),
    /// Months of occupied beds in shelters, minus the part of the places that measures pay for.
    BedMonths,
    /// Years of persons in a state, by the number on 31 December.
    Persons(State),
    /// Life years lost by those killed by a partner.
    Killed,
}

/// One price of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Category of the cost.
    pub kind: CostKind,
    /// Key of the measure or service, or the activity.
    pub item: String,
    /// Cost item on the card; empty if there is only one.
    pub entry: String,
    /// Who pays.
    pub payer: String,
    /// Unit of the amount.
    pub unit: CostUnit,
    /// Euro, or years of health, per unit of volume.
    pub price: f64,
    /// Share of the price that is overhead, which joint direction and pooled budgets change; 0 if they do not.
    #[serde(default)]
    pub overhead: f64,
    /// Volume counted.
    pub volume: Volume,
}

/// All prices of a model; plain data, built for each scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pricing {
    /// Simulated persons per real person.
    pub scale: f64,
    /// The prices.
    pub prices: Vec<Price>,
    /// Places in shelters that measures pay for, by kind of shelter, one or more of each.
    pub added_beds: Vec<(u16, Steps)>,
    /// Kinds of shelter outside the four cities, whose places other budgets pay for.
    #[serde(default)]
    pub paid_elsewhere: Vec<u16>,
    /// Cut-offs of consequences.
    pub cutoffs: Cutoffs,
}

impl Price {
    /// Price per unit in a city whose overhead has changed by a log ratio.
    pub(super) fn with_overhead(&self, log: f64) -> f64 {
        self.price * (1.0 + self.overhead * libm::expm1(log))
    }
}

impl CostKind {
    /// The word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            CostKind::Programme => "programme",
            CostKind::Service => "service",
            CostKind::Societal => "societal",
            CostKind::Health => "health",
        }
    }
}

impl CostUnit {
    /// The word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            CostUnit::Euro => "euro_2008",
            CostUnit::Qaly => "qaly",
            CostUnit::Daly => "daly",
        }
    }
}

//! Prices of a model: what costs something, who pays, and what is counted for it. Plain data, without a world.

use serde::{Deserialize, Serialize};

use super::burden::{Cutoffs, State};
use crate::world::{City, Edge, Month};

/// What an amount is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CostKind {
    /// A measure.
    Programme,
    /// The chain of 2008.
    Service,
    /// What society pays besides.
    Societal,
    /// Health lost.
    Health,
}

/// What an amount is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CostUnit {
    /// Euro of 2008.
    Euro,
    /// Quality-adjusted life years lost.
    Qaly,
    /// Disability-adjusted life years lost.
    Daly,
}

/// A number by city and month that changes in steps: coverage, or places. Cities without steps, and months before the first
/// step, have 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Steps(pub Vec<Vec<(Month, f64)>>);

impl Steps {
    /// The number in a city and month.
    pub fn at(&self, city: City, month: Month) -> f64 {
        let Some(list) = self.0.get(city) else { return 0.0 };
        let at = list.partition_point(|(from, _)| *from <= month);
        at.checked_sub(1).map_or(0.0, |at| list[at].1)
    }
}

/// What is counted for a price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Volume {
    /// Those who start a programme, by its index.
    Starts(u16),
    /// Months of persons in a programme.
    PersonMonths(u16),
    /// Those to whom a programme is offered, whether or not they accept.
    Offers(u16),
    /// Passages of edges, times the share of cases that a measure moves. The passages that would have come anyway are
    /// among them: which of the cases that it moves those are is known from the scenario without the measure only.
    Moved {
        /// The edges.
        edges: Vec<Edge>,
        /// Coverage of the measure.
        coverage: Steps,
    },
    /// Coverage, one year of one city at a time; costs the same at every scale.
    CityYears(Steps),
    /// Once, in the first month in which a measure reaches more than the status quo, shared equally by the cities in which
    /// it does; costs the same at every scale. Holds the coverage beyond the status quo.
    Once(Steps),
    /// Places added, one year of one place at a time, whether taken or not; at the scale of the run.
    PlaceYears(Steps),
    /// Police reports.
    PoliceReports,
    /// Passages of an edge, less those on the account of a measure.
    Passed(Edge),
    /// Contacts of the ASHG: victims who come or are sent, and hand-overs by the police less those on the account of a
    /// measure.
    DeskContacts,
    /// Families in which help starts, cases of maltreatment alone left out.
    HelpedFamilies,
    /// Investigations of the AMK that end.
    Investigations,
    /// Months of placement out of the home, in this share.
    PlacementMonths(f64),
    /// Months of beds taken in shelters, less the part of the places that measures pay for.
    BedMonths,
    /// Years of persons in a state, by the number on 31 December.
    Persons(State),
    /// Life years lost by those killed by a partner.
    Killed,
}

/// One price of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// What it is of.
    pub kind: CostKind,
    /// Key of the measure or service, or what is done.
    pub item: String,
    /// Item of cost on its card; empty where there is one only.
    pub entry: String,
    /// Who pays.
    pub payer: String,
    /// What the amount is counted in.
    pub unit: CostUnit,
    /// Euro, or years of health, for one.
    pub price: f64,
    /// Share of the price that is overhead, which direction and pooled budgets change; 0 where they do not.
    #[serde(default)]
    pub overhead: f64,
    /// What is counted.
    pub volume: Volume,
}

/// All prices of a model; plain data, made anew for each scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pricing {
    /// Simulated persons for each real one.
    pub scale: f64,
    /// The prices.
    pub prices: Vec<Price>,
    /// Places in shelters that measures pay for, by kind of shelter, one or more of each.
    pub added_beds: Vec<(u16, Steps)>,
    /// From where on consequences count.
    pub cutoffs: Cutoffs,
}

impl Price {
    /// What one costs in a city whose overhead has changed by a log ratio.
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

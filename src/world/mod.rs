//! The world: persons, couples, places, and the effects on them. Plain data, without services or callbacks.
//!
//! Its storage is private. Other rooms read it through the functions of `access.rs`, `households.rs` and
//! `influence.rs`, by row. They write to it through [`Change`] and [`World::apply`]; the engine moves it on from
//! month to month (`advance.rs`). Only the founding and tests write to it directly ([`SetUp`]).

mod abuse;
mod access;
mod advance;
mod apply;
mod books;
mod capacity;
mod cases;
mod chain;
mod change;
mod childhood;
mod column;
mod couple;
mod decision;
mod effect;
mod event;
mod events;
mod families;
mod follow;
mod households;
mod ids;
mod influence;
mod ledger;
mod lists;
mod migration;
mod near;
mod order;
mod own_lists;
mod own_rows;
mod people;
mod person;
mod place;
mod place_by_row;
mod provider_months;
mod reach;
mod recorder;
mod renumber;
mod residue;
mod savepoint;
mod services;
mod set_up;
mod system;
mod time;
mod trail;
mod traits;
mod vocabulary;

pub use abuse::{Abuse, AbuseChange};
pub use books::Books;
pub use capacity::{Account, Capacity};
pub use chain::{Case, Chain, ChainChange, Due, FileEntry, Offender, Pending, Report};
pub use change::{Arrival, Change, Donor, Donors, Newcomer, Touch};
pub use childhood::{ADULT, Childhood, MaltreatmentKind, WINDOWS, window};
pub use couple::{Couple, Side, Violence};
pub use decision::{Changes, Decision, StepLog, Subject};
pub use effect::{Combination, Effect, Effects, EffectsTable, FreshEffects, InForce, Mechanism, Mediation};
pub use event::{Event, First, Incident, NO_SERVICE, OtherIncidents, OtherViolence, Passage, ShelterDecision};
pub use events::Events;
pub use follow::Lent;
pub use households::Children;
pub use ids::{CoupleId, PersonId};
pub use ledger::Departed;
pub use lists::{Lists, Pregnancy, Single, Singles, Spell};
pub use order::{OrderPlan, Renaming};
pub use person::{Body, Kin, Milli, Mind, MindShift, Past, Sixteenth, ThirtySecond};
pub use place::{Area, City, ELSEWHERE, PLACES, Place, Places};
pub(crate) use place_by_row::PlaceByRow;
pub use provider_months::ProviderMonths;
#[cfg(test)]
pub(crate) use recorder::{Read, record};
pub use renumber::{NewNumbers, Renumbered};
pub use residue::Residue;
pub use savepoint::Savepoint;
pub use services::{Funds, Placement, ProviderMonth, Request, Services, Stay};
pub use set_up::SetUp;
pub use system::{System, odds};
pub use time::{FIRST_YEAR, Month};
pub use trail::{RowKind, Touched};
pub use traits::{Education, Flag, Sex, SinglesGroup, YearFlag};
pub use vocabulary::{
    CaseKind, ChainFunction, Edge, Group, Occasion, Severity, ShelterGroup, ShelterStep, Source, TargetGroup,
};

use std::collections::BTreeMap;

use column::RowColumn;
use people::People;
use serde::{Deserialize, Serialize};

/// The ground truth: complete state of one run in one month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// The month being simulated.
    now: Month,
    /// Persons, here and elsewhere.
    people: People,
    /// Couples, and former couples with ongoing violence.
    couples: RowColumn<Couple>,
    /// Childhood records; number 0 is the empty one.
    records: RowColumn<Childhood>,
    /// Departed persons who left children or a history.
    ledger: RowColumn<Departed>,
    /// Pregnancies, by month of birth and key of the mother; those since the last ordering stand at the end.
    pregnancies: Vec<Pregnancy>,
    /// Couples with violence in any direction, by key; those since the last ordering stand at the end.
    violent: Vec<CoupleId>,
    /// Children who are being maltreated, by key; those since the last ordering stand at the end.
    maltreated: Vec<PersonId>,
    /// Persons with symptoms above their own baseline.
    symptomatic: Vec<PersonId>,
    /// Single adults who may be chosen as partners, by city and sex, by month of birth and key; listed each January.
    singles: Vec<[Singles; SinglesGroup::COUNT]>,
    /// Persons who turn 18 in each month of the current year.
    coming_of_age: Vec<Vec<PersonId>>,
    /// Spells of flags by the month in which they end.
    ending: BTreeMap<Month, Vec<Spell>>,
    /// Hazards per year from which the ends of [`Flag::SPELLS`] were drawn; 0 before the first draw.
    ending_rates: [f64; Flag::SPELLS.len()],
    /// Spells of violence by relatives who are not partners, by key of the victim and kind; those since the last course
    /// of the month stand at the end.
    abuse: Vec<Abuse>,
    /// Active effects of interventions.
    effects: Effects,
    /// Cases, queues and places of the chain.
    chain: Chain,
    /// Cities and areas.
    places: Places,
    /// Persons whose state changed this month, and which parts of it; the calendar updates their hazards.
    #[serde(skip)]
    touched: Vec<(PersonId, Touch)>,
    /// Events of this month.
    #[serde(skip)]
    events: Events,
    /// The decisions to which the events of the last step belong; empty between two months.
    #[serde(skip)]
    step: StepLog,
    /// Lengths of the lists when they were last put in order of key within this month; they only grow until it ends.
    #[serde(skip)]
    in_order: Option<[usize; 5]>,
}

impl World {
    /// An empty world in a month.
    pub fn new(now: Month, places: Places) -> World {
        World {
            now,
            people: People::default(),
            couples: RowColumn::default(),
            records: RowColumn::from(vec![Childhood::default()]),
            ledger: RowColumn::default(),
            pregnancies: Vec::new(),
            violent: Vec::new(),
            maltreated: Vec::new(),
            symptomatic: Vec::new(),
            singles: Vec::new(),
            coming_of_age: vec![Vec::new(); 12],
            ending: BTreeMap::new(),
            ending_rates: [0.0; Flag::SPELLS.len()],
            abuse: Vec::new(),
            effects: Effects::default(),
            chain: Chain::default(),
            places,
            touched: Vec::new(),
            events: Events::default(),
            step: StepLog::default(),
            in_order: None,
        }
    }
}

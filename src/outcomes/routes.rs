//! Routes by which persons come under follow-up: an event of the chain or of a service, and what recurs.

use serde::{Deserialize, Serialize};

use crate::world::{ADULT, Edge, NO_SERVICE, TargetGroup, World};

/// The event with which a follow-up begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum FollowUpEntry {
    PoliceReport,
    Arrest,
    Conviction,
    Ban,
    LeftShelter,
    Refused,
    GaveUp,
    NotShown,
    Started,
    DroppedOut,
    Completed,
}

impl FollowUpEntry {
    /// The entry at an edge that belongs to no programme.
    pub(super) fn of_edge(edge: Edge) -> Option<FollowUpEntry> {
        match edge {
            Edge::Arrest => Some(FollowUpEntry::Arrest),
            Edge::Conviction => Some(FollowUpEntry::Conviction),
            Edge::Ban => Some(FollowUpEntry::Ban),
            _ => None,
        }
    }

    /// The entry at an edge of a programme.
    pub(super) fn of_service(edge: Edge, passed: bool) -> Option<FollowUpEntry> {
        match (edge, passed) {
            (Edge::Offer, false) => Some(FollowUpEntry::Refused),
            (Edge::Place, false) => Some(FollowUpEntry::GaveUp),
            (Edge::Start, false) => Some(FollowUpEntry::NotShown),
            (Edge::Start, true) => Some(FollowUpEntry::Started),
            (Edge::Completion, false) => Some(FollowUpEntry::DroppedOut),
            (Edge::Completion, true) => Some(FollowUpEntry::Completed),
            _ => None,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            FollowUpEntry::PoliceReport => "police_report",
            FollowUpEntry::Arrest => "arrest",
            FollowUpEntry::Conviction => "conviction",
            FollowUpEntry::Ban => "ban",
            FollowUpEntry::LeftShelter => "left_shelter",
            FollowUpEntry::Refused => "refused",
            FollowUpEntry::GaveUp => "gave_up",
            FollowUpEntry::NotShown => "not_shown",
            FollowUpEntry::Started => "started",
            FollowUpEntry::DroppedOut => "dropped_out",
            FollowUpEntry::Completed => "completed",
        }
    }
}

/// What is counted as recurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum FollowedAs {
    User,
    Victim,
    Child,
}

impl FollowedAs {
    /// How a participant of a service is followed, if at all: without earlier violence nothing can recur. An adult in a
    /// service for children is the mother, for whose child it is meant.
    pub(super) fn of(world: &World, row: usize, target: TargetGroup) -> Option<FollowedAs> {
        let past = world.past(row);
        let (role, has_begun) = match target {
            TargetGroup::Perpetrators => (FollowedAs::User, past.used.has_come()),
            // A victim of violence by relatives has no first month of violence by a partner.
            TargetGroup::Victims => (FollowedAs::Victim, true),
            TargetGroup::Children if world.body(row).age_months(world.now()) < ADULT => {
                (FollowedAs::Child, past.exposed.has_come())
            }
            TargetGroup::Children => (FollowedAs::Victim, past.suffered.has_come()),
        };
        has_begun.then_some(role)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            FollowedAs::User => "user",
            FollowedAs::Victim => "victim",
            FollowedAs::Child => "child",
        }
    }
}

/// The route by which a person came under follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Route {
    pub(super) entry: FollowUpEntry,
    /// Index of the programme, or [`NO_SERVICE`].
    pub(super) service: u16,
    pub(super) role: FollowedAs,
}

impl Route {
    pub(super) fn of(entry: FollowUpEntry, role: FollowedAs) -> Route {
        Route { entry, service: NO_SERVICE, role }
    }
}

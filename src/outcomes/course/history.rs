//! What is kept of a couple: the months with violence, and the events under follow-up.

use serde::{Deserialize, Serialize};

use crate::outcomes::scene::key_of;
use crate::world::{Couple, Month, Violence, World};

/// Months before and after an event.
pub(super) const REACH: i32 = 24;

/// Months with violence that may pile up before those that no curve needs any more are removed.
const KEPT: usize = 64;

/// An event whose first occurrence in a couple is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub(super) enum FirstOfKind {
    PoliceReport = 0,
    Arrest = 1,
    Ban = 2,
    Shelter = 3,
    VictimHelp = 4,
    PerpetratorHelp = 5,
    ChildHelp = 6,
    HelpStarted = 7,
}

impl FirstOfKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            FirstOfKind::PoliceReport => "police_report",
            FirstOfKind::Arrest => "arrest",
            FirstOfKind::Ban => "ban",
            FirstOfKind::Shelter => "shelter",
            FirstOfKind::VictimHelp => "victim_help",
            FirstOfKind::PerpetratorHelp => "perpetrator_help",
            FirstOfKind::ChildHelp => "child_help",
            FirstOfKind::HelpStarted => "help_started",
        }
    }
}

/// The worse state of violence of the two partners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum WorstState {
    Situational,
    Coercive,
    /// No violence at that time.
    Other,
}

impl WorstState {
    /// The state in a month with violence, and otherwise that of the couple now.
    pub(super) fn of(month: Option<&ViolentMonth>, couple: Option<&Couple>) -> WorstState {
        let month = month.filter(|month| month.incidents > 0);
        let state = couple.and_then(|couple| couple.violence.into_iter().max()).unwrap_or_default();
        match (month, state) {
            (Some(month), _) if month.coercive => WorstState::Coercive,
            (_, Violence::Coercive) => WorstState::Coercive,
            (Some(_), _) | (_, Violence::Situational) => WorstState::Situational,
            (None, Violence::None) => WorstState::Other,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            WorstState::Situational => "situational",
            WorstState::Coercive => "coercive",
            WorstState::Other => "other",
        }
    }
}

/// A month in which a couple had incidents or was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ViolentMonth {
    pub(super) month: Month,
    pub(super) incidents: u16,
    /// Reports of the police.
    pub(super) reports: u8,
    /// Whether a partner whose violence is coercive used it.
    pub(super) coercive: bool,
}

/// A first event under follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Turning {
    pub(super) entry: FirstOfKind,
    pub(super) city: u8,
    pub(super) state: WorstState,
    /// Month of the event.
    pub(super) at: Month,
    /// First month in which the couple existed and was simulated in the cities.
    pub(super) seen_from: Month,
}

/// A couple with violence in the last two years, or under follow-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CoupleHistory {
    /// Keys of the first and the second partner.
    pub(super) partners: [u64; 2],
    /// First month of the union.
    pub(super) since: Month,
    /// Month of separation, or [`Month::NEVER`].
    pub(super) ended: Month,
    /// Months with incidents or reports, in order; at least those of the last two years and of two years before each
    /// event under follow-up.
    months: Vec<ViolentMonth>,
    pub(super) turnings: Vec<Turning>,
}

impl CoupleHistory {
    pub(super) fn of(world: &World, couple: &Couple) -> CoupleHistory {
        let partners = couple.partners.map(|who| key_of(world, who).unwrap_or_default());
        let Couple { since, ended, .. } = *couple;
        CoupleHistory { partners, since, ended, months: Vec::new(), turnings: Vec::new() }
    }

    /// Counts of this month, which is not before any other; to be added to.
    pub(super) fn month(&mut self, now: Month) -> &mut ViolentMonth {
        if self.months.last().is_none_or(|last| last.month != now) {
            if self.months.len() >= KEPT {
                self.months.retain(|month| now.since(month.month) <= 2 * REACH);
            }
            self.months.push(ViolentMonth { month: now, incidents: 0, reports: 0, coercive: false });
        }
        let last = self.months.len() - 1;
        &mut self.months[last]
    }

    /// Counts of the last month with any, if it is this one.
    pub(super) fn in_month(&self, now: Month) -> Option<&ViolentMonth> {
        self.months.last().filter(|last| last.month == now)
    }

    /// Months with incidents or reports from one month until another, both included.
    pub(super) fn between(&self, from: Month, until: Month) -> impl Iterator<Item = &ViolentMonth> {
        self.months.iter().filter(move |month| from <= month.month && month.month <= until)
    }

    /// Whether the partners lived together in a month.
    pub(super) fn is_together(&self, month: Month) -> bool {
        self.since <= month && month < self.ended
    }

    /// Whether a later curve may still need what is kept.
    pub(super) fn is_needed(&self, now: Month) -> bool {
        !self.turnings.is_empty() || self.months.last().is_some_and(|last| now.since(last.month) < REACH)
    }
}

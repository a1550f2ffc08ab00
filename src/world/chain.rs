//! State of the chain (*keten*): cases of families, pending decisions, queues and places, and city-wide effects of
//! measures.
//!
//! Plain data, read and written by the rooms `chain` and `interventions`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::{CoupleId, PersonId};
use super::services::Services;
use super::system::System;
use super::time::Month;
use super::vocabulary::{CaseKind, Severity, Source};

/// A report of violence to one of the recording organisations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Organisation that received the report.
    pub source: Source,
    /// Kind of violence.
    pub kind: CaseKind,
    /// City of the case.
    pub city: u8,
    /// Stable key of the subject of the case: couple, victim or home of the child.
    pub subject: u64,
    /// The couple, for violence between partners.
    pub couple: CoupleId,
    /// The victim (of maltreatment: the child).
    pub victim: PersonId,
    /// The perpetrator (of maltreatment: the carer of record), or nobody.
    pub perpetrator: PersonId,
    /// Worst harm of the month.
    pub severity: Severity,
    /// Number of registrations that the source makes of this month.
    pub registrations: u16,
    /// The subject was in the chain before this report.
    pub known: bool,
    /// There was violence or maltreatment.
    pub founded: bool,
}

/// A family in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Source of the first report.
    pub source: Source,
    /// Kind of violence.
    pub kind: CaseKind,
    /// City that is responsible.
    pub city: u8,
    /// First month.
    pub opened: Month,
    /// Last month in which anything was reported or done.
    pub last: Month,
    /// The couple, or none.
    pub couple: CoupleId,
    /// The victim.
    pub victim: PersonId,
    /// The perpetrator, or nobody.
    pub perpetrator: PersonId,
    /// Reports so far.
    pub reports: u16,
    /// Number of pending or running items of this case.
    pub open: u16,
    /// Help was started by anybody.
    pub helped: bool,
    /// The ASHG found a high risk: requests of this case are served before others of the same month.
    #[serde(default)]
    pub urgent: bool,
    /// First month in which help was started.
    pub first_help: Month,
    /// Last month in which help was started.
    pub last_help: Option<Month>,
}

/// Decision or event scheduled for a later month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Due {
    /// The prosecutor decides on an arrested suspect.
    Prosecution,
    /// The judge decides on a prosecuted suspect.
    Verdict,
    /// The AMK concludes its investigation.
    Conclusion,
    /// The ban from home ends.
    BanEnds,
    /// The placement out of the home ends.
    PlacementEnds,
    /// The needs of a child of a reported family are assessed.
    Assessment,
    /// The needs of a child who came to a shelter are assessed.
    ShelterAssessment,
    /// The needs of a child are assessed while the AMK investigates.
    AmkAssessment,
    /// What followed a police report is established.
    FollowUp,
}

/// Item of a case that is scheduled for a month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// Decision or event.
    pub what: Due,
    /// Month in which it takes place.
    pub due: Month,
    /// Month in which it was scheduled.
    pub since: Month,
    /// Stable key of the subject of the case.
    pub subject: u64,
    /// Person concerned.
    pub who: PersonId,
    /// City.
    pub city: u8,
    /// Of an investigation: the suspected maltreatment was real. Of a police report: criminal proceedings were started.
    /// Otherwise: the case went to help.
    pub founded: bool,
}

/// What police and prosecutor have on file about a person arrested since January 2008.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offender {
    /// Month of the first arrest.
    pub arrested: Month,
    /// Month in which help for perpetrators was last completed, or [`Month::NEVER`].
    pub completed: Month,
}

/// An entry in the file of a suspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileEntry {
    /// The suspect was arrested.
    Arrested,
    /// The suspect completed help for perpetrators; entered only in a file that exists.
    Completed,
}

/// All of the chain's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// Open cases by the stable key of their subject.
    pub cases: BTreeMap<u64, Case>,
    /// Items scheduled for later months, in order of entry.
    pub pending: Vec<Pending>,
    /// Files of suspects by the stable key of the person.
    pub offenders: BTreeMap<u64, Offender>,
    /// Shelters.
    pub shelters: Services,
    /// Programmes: services of 2008 and measures.
    pub programmes: Services,
    /// City-wide and area-wide effects of measures.
    pub system: System,
}

impl Chain {
    /// Updates references to persons and couples after rows moved; references to persons who are gone become nobody.
    pub(super) fn remap(&mut self, person: impl Fn(PersonId) -> PersonId, couple: impl Fn(CoupleId) -> CoupleId) {
        let here = |id: PersonId| {
            let id = person(id);
            if id.row().is_some() { id } else { PersonId::NONE }
        };
        for case in self.cases.values_mut() {
            case.victim = here(case.victim);
            case.perpetrator = here(case.perpetrator);
            case.couple = couple(case.couple);
        }
        self.pending.iter_mut().for_each(|pending| pending.who = here(pending.who));
        for services in [&mut self.shelters, &mut self.programmes] {
            services.queue.iter_mut().for_each(|request| request.who = here(request.who));
            services.stays.iter_mut().for_each(|stay| stay.who = here(stay.who));
        }
    }

    /// Makes an entry of a month in the file of a suspect.
    pub(super) fn enter(&mut self, key: u64, entry: FileEntry, now: Month) {
        match entry {
            FileEntry::Arrested => {
                self.offenders.entry(key).or_insert(Offender { arrested: now, completed: Month::NEVER });
            }
            FileEntry::Completed => {
                if let Some(file) = self.offenders.get_mut(&key) {
                    file.completed = now;
                }
            }
        }
    }

    /// Whether proceedings against a person are pending: the prosecutor's decision, or the verdict.
    pub fn is_prosecuted(&self, who: PersonId) -> bool {
        let runs = |waits: &Pending| waits.who == who && matches!(waits.what, Due::Prosecution | Due::Verdict);
        self.pending.iter().any(runs)
    }

    /// Records an activity of this month on the case of a subject, if it has one.
    pub fn touch_case(&mut self, subject: u64, now: Month, change: impl FnOnce(&mut Case)) {
        if let Some(case) = self.cases.get_mut(&subject) {
            case.last = now;
            change(case);
        }
    }
}

/// A change of the chain's state.
#[derive(Clone, Debug, PartialEq)]
pub enum ChainChange {
    /// City-wide and area-wide effects of measures from now on.
    System(Box<System>),
    /// A report opens a case or is added to an open one.
    Report(Report),
    /// An item is scheduled for a later month.
    Later(Pending),
    /// Removes scheduled items that are due by now.
    Done,
    /// New state of the queues and places of the shelters.
    Shelters(Box<Services>),
    /// New state of the queues and places of the programmes.
    Programmes(Box<Services>),
    /// Changes the number of pending or running items of a case.
    Open {
        /// Stable key of the subject of the case.
        subject: u64,
        /// Increase, or decrease if negative.
        by: i16,
        /// Whether help was started.
        helped: bool,
    },
    /// Marks the case of a subject as urgent from now on.
    Urgent(u64),
    /// An entry of this month in the file of a suspect.
    OnFile {
        /// Stable key of the person.
        key: u64,
        /// The entry.
        entry: FileEntry,
    },
    /// Marks a person as known to the chain from now on.
    Known(PersonId),
    /// The family of a case moved to another city: the case goes along, or is lost (*verlies bij overdracht*).
    Transfer {
        /// Stable key of the subject of the case.
        subject: u64,
        /// City that is responsible from now on; `None` when the case is lost.
        to: Option<u8>,
    },
    /// Closes cases that had no open items for a number of months.
    Close {
        /// Months without activity.
        after: i32,
    },
}

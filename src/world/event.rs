//! Events: what happened in a month. Read by the chain, the measures and the outcomes.

use serde::{Deserialize, Serialize};

use super::chain::Report;
use super::couple::{Side, Violence};
use super::ids::{CoupleId, PersonId};
use super::services::{ProviderMonth, Request};
use super::vocabulary::{CaseKind, Edge, Group, Occasion, Severity, ShelterGroup, ShelterStep, Source};

/// A month of violence between two partners (*huiselijk geweldsincident*), the input of detection.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The couple.
    pub couple: CoupleId,
    /// Incidents in which the first, and the second partner, used violence.
    pub counts: [u16; 2],
    /// Worst severity by direction.
    pub severity: [Severity; 2],
    /// State of violence by direction.
    pub state: [Violence; 2],
    /// Number of children living with either partner who witnessed violence.
    pub witnesses: u8,
    /// Whether the partners are separated.
    pub separated: bool,
}

/// Kind of violence by a relative who is not a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum OtherViolence {
    /// By a parent, sibling or adult child, or among other adult relatives.
    Relatives = 0,
    /// Elder abuse (*ouderenmishandeling*).
    Elder = 1,
    /// Honour-related violence (*eergerelateerd geweld*).
    Honour = 2,
}

/// Violence by a relative who is not a partner: a month of a spell ([`Abuse`](super::Abuse)), or a year of violence by
/// other relatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherIncidents {
    /// The victim.
    pub victim: PersonId,
    /// The relative, or nobody if not simulated.
    pub perpetrator: PersonId,
    /// Its kind.
    pub kind: OtherViolence,
    /// Number of incidents: of a spell in the month, otherwise in the year; at least 1.
    pub count: u16,
    /// Worst harm.
    pub severity: Severity,
}

impl OtherIncidents {
    /// Incidents without injury by somebody who is not simulated.
    pub fn light(victim: PersonId, kind: OtherViolence, count: u16) -> OtherIncidents {
        OtherIncidents { victim, perpetrator: PersonId::NONE, kind, count, severity: Severity::Light }
    }
}

/// Experiences whose first month is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum First {
    /// Exposure to violence as a child: witnessing it or being maltreated.
    Exposed,
    /// Using violence against a partner.
    Used,
    /// Suffering violence from a partner.
    Suffered,
}

/// Index that stands for no service.
pub const NO_SERVICE: u16 = u16::MAX;

/// A person reaches an edge of the chain, and passes or does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// The edge.
    pub edge: Edge,
    /// Index of the programme, or [`NO_SERVICE`].
    pub service: u16,
    /// City of the case.
    pub city: u8,
    /// The person, or nobody if not simulated.
    pub who: PersonId,
    /// Whether the person passed.
    pub passed: bool,
    /// Months waited before it.
    pub waited: u16,
}

impl Passage {
    /// A passage at an edge without waiting time and without a programme.
    pub fn at(edge: Edge, city: u8, who: PersonId, passed: bool) -> Passage {
        Passage { edge, service: NO_SERVICE, city, who, passed, waited: 0 }
    }

    /// The same passage at a programme.
    pub fn of(self, service: u16) -> Passage {
        Passage { service, ..self }
    }

    /// The same passage after a waiting time in months; negative values count as 0.
    pub fn after(self, waited: i32) -> Passage {
        Passage { waited: waited.clamp(0, i32::from(u16::MAX)) as u16, ..self }
    }
}

impl From<Passage> for Event {
    fn from(passage: Passage) -> Event {
        Event::Passage(passage)
    }
}

/// A step of a request for shelter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShelterDecision {
    /// City in which the place was requested.
    pub city: u8,
    /// Group of the person.
    pub group: ShelterGroup,
    /// What happened.
    pub step: ShelterStep,
    /// Whether the person came from the rest of the country.
    pub from_country: bool,
    /// City of the place of a person who was admitted, [`ELSEWHERE`](super::ELSEWHERE) for a place in the rest of the
    /// country; otherwise the city of the request.
    pub place: u8,
    /// Children who came along.
    pub children: u8,
    /// Of these, children of school age.
    pub pupils: u8,
}

impl ShelterDecision {
    /// A step of a request, at the shelter that it was made to.
    pub fn of(request: &Request, step: ShelterStep) -> ShelterDecision {
        ShelterDecision {
            city: request.city,
            group: request.placement.group,
            step,
            from_country: request.is_from_country(),
            place: request.city,
            children: request.places.saturating_sub(1),
            pupils: request.placement.pupils,
        }
    }
}

impl From<ShelterDecision> for Event {
    fn from(decision: ShelterDecision) -> Event {
        Event::AtShelter(decision)
    }
}

/// An event of one month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A child was born.
    Birth {
        /// The child.
        child: PersonId,
    },
    /// A person died.
    Death {
        /// The person.
        who: PersonId,
        /// Whether a partner killed the person.
        by_partner: bool,
    },
    /// A union began.
    Union {
        /// The new couple.
        couple: CoupleId,
    },
    /// Partners separated.
    Separation {
        /// The couple.
        couple: CoupleId,
    },
    /// A person moved to the cities.
    Arrival {
        /// The person.
        who: PersonId,
        /// Whether the person had lived in the cities before.
        returning: bool,
    },
    /// A person left the cities.
    Departure {
        /// The person.
        who: PersonId,
        /// Whether the person is followed elsewhere.
        followed: bool,
        /// City that was left.
        city: u8,
    },
    /// In January of every third year: a person elsewhere who was followed only as a relative of others is no longer
    /// followed.
    LostFromSight {
        /// The person: removed, or from now on only an outsider, kept as somebody's partner.
        who: PersonId,
    },
    /// Violence between partners began in one direction.
    Onset {
        /// The couple.
        couple: CoupleId,
        /// The partner who starts to use violence.
        by: Side,
        /// The partner whose hazard caused the onset: the same partner, or the other one if this partner joins
        /// in.
        begun_by: Side,
        /// Kind of violence that starts.
        state: Violence,
        /// Whether this person had used violence before, in this or another union.
        relapse: bool,
    },
    /// Violence between partners that had ended began again in one direction.
    Resumption {
        /// The couple.
        couple: CoupleId,
        /// The partner who uses violence again.
        by: Side,
    },
    /// Something happened to a person for the first time.
    First {
        /// The person.
        who: PersonId,
        /// The experience.
        what: First,
    },
    /// Violence between partners ended in one direction.
    Desistance {
        /// The couple.
        couple: CoupleId,
        /// The partner who stops.
        by: Side,
    },
    /// A month of violence.
    Violence(Incident),
    /// A child witnessed violence of a couple this month.
    Witnessed {
        /// The child.
        child: PersonId,
        /// The couple.
        couple: CoupleId,
        /// Whether the first, and whether the second partner, used violence.
        by: [bool; 2],
    },
    /// Maltreatment of a child began.
    Maltreatment {
        /// The child.
        child: PersonId,
        /// Kinds that began, one bit each.
        kinds: u8,
        /// Whether it is the first maltreatment in this childhood.
        first: bool,
    },
    /// All kinds of maltreatment of a child have ended.
    MaltreatmentEnded {
        /// The child.
        child: PersonId,
    },
    /// Violence by a relative who is not a partner.
    Other(OtherIncidents),
    /// A report reached the chain.
    Report(Report),
    /// The police registered a month of violence without handing it over to another organisation.
    Registered {
        /// City.
        city: u8,
        /// Number of registrations.
        count: u16,
    },
    /// A professional suspected maltreatment of a child, whether or not it was reported.
    Suspected {
        /// The child.
        child: PersonId,
        /// City.
        city: u8,
    },
    /// A person reached an edge of the chain, and passed or not.
    Passage(Passage),
    /// An occasion at which a programme may be offered.
    Occasion {
        /// The occasion.
        occasion: Occasion,
        /// The person concerned.
        who: PersonId,
        /// Stable key of the case; 0 for none.
        subject: u64,
        /// City.
        city: u8,
    },
    /// The eligibility rule of a programme was evaluated for a person, whether or not the programme has capacity.
    Considered {
        /// Index of the programme.
        service: u16,
        /// City.
        city: u8,
        /// The person.
        who: PersonId,
        /// Whether the person is eligible.
        chosen: bool,
    },
    /// A case was opened.
    CaseOpened {
        /// City.
        city: u8,
        /// Source of the report.
        source: Source,
        /// Kind of violence.
        kind: CaseKind,
        /// Whether a family member was in the chain before.
        again: bool,
        /// Months since the victim first suffered violence; negative when unknown.
        after: i16,
    },
    /// A case was closed.
    CaseClosed {
        /// City.
        city: u8,
        /// Source of the first report.
        source: Source,
        /// Kind of violence.
        kind: CaseKind,
        /// Whether any member of the family started help.
        helped: bool,
        /// Months that the case was open.
        months: u16,
    },
    /// Help was started for the first time in a case.
    FirstHelp {
        /// City of the case.
        city: u8,
        /// Months since the report that opened it.
        months: u16,
    },
    /// An investigation of the AMK ended.
    Investigated {
        /// The child.
        child: PersonId,
        /// City.
        city: u8,
        /// Whether there was maltreatment when the investigation began.
        maltreated: bool,
        /// Whether the investigation found maltreatment.
        found: bool,
    },
    /// A waiting request was removed because the case was lost in the transfer to another city.
    Struck {
        /// Group of services.
        group: Group,
        /// Index of the service.
        service: u16,
        /// City.
        city: u8,
        /// The person.
        who: PersonId,
    },
    /// A victim was admitted to a shelter.
    Sheltered {
        /// The person.
        who: PersonId,
        /// City in which shelter was requested.
        city: u8,
        /// Children who came along.
        children: u8,
    },
    /// A victim left the shelters.
    LeftShelter {
        /// The person.
        who: PersonId,
        /// City in which shelter was requested.
        city: u8,
        /// Whether the victim went back to the partner.
        returned: bool,
    },
    /// A step of a request for shelter.
    AtShelter(ShelterDecision),
    /// Monthly report of a provider.
    Provider(ProviderMonth),
}

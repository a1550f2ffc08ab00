//! State of the chain (*keten*): cases of families, pending decisions, queues and places, and city-wide effects of
//! measures.
//!
//! Plain data, read and written by the rooms `chain` and `interventions`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::capacity::Account;
use super::couple::CoupleId;
use super::effect::{Combination, Mechanism, combine};
use super::event::Severity;
use super::person::PersonId;
use super::place::{City, ELSEWHERE, Place};
use super::time::Month;

macro_rules! words {
    ($(#[doc = $about:literal])* $name:ident { $($(#[doc = $doc:literal])* $variant:ident = $word:literal,)* }) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum $name { $($(#[doc = $doc])* $variant,)* }

        impl $name {
            /// All variants in order.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// The word used in files and tables.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// One sentence that explains the variant.
            pub fn meaning(self) -> &'static str {
                match self { $($name::$variant => concat!($($doc),*).trim_ascii_start(),)* }
            }
        }
    };
}

words! {
    /// Function of a measure in the chain (*ketenfunctie*), L284-291.
    ChainFunction {
        /// Prevention and awareness (*preventie en bewustwording*).
        Prevention = "prevention",
        /// Detection, report and referral (*signalering, melding, toeleiding*).
        Detection = "detection",
        /// Help, shelter and criminal law (*interventies*).
        Response = "response",
        /// Aftercare (*nazorg*).
        Aftercare = "aftercare",
    }
}

words! {
    /// Target group of a measure (*doelgroep*), L455-461.
    TargetGroup {
        /// Children (*kinderen*).
        Children = "children",
        /// Perpetrators (*plegers*).
        Perpetrators = "perpetrators",
        /// Victims (*slachtoffers*).
        Victims = "victims",
    }
}

words! {
    /// Edge of the chain: a transition that a person or case reaches, and passes or does not pass.
    Edge {
        /// The police learn of a month of violence in the cities.
        PoliceReport = "police_report",
        /// The victim files a complaint after a police report (*aangifte*).
        Complaint = "complaint",
        /// Police and prosecutor act without a complaint (ex officio, *ambtshalve*).
        ExOfficio = "ex_officio",
        /// The suspect is arrested after a complaint.
        Arrest = "arrest",
        /// The prosecutor decides to prosecute the arrested suspect.
        Prosecution = "prosecution",
        /// The prosecuted suspect is convicted.
        Conviction = "conviction",
        /// The arrested suspect is screened for help.
        Screening = "screening",
        /// The screened suspect accepts a voluntary programme.
        ScreeningAccepted = "screening_accepted",
        /// The perpetrator is banned from home after a police report (*tijdelijk huisverbod*).
        Ban = "ban",
        /// The banned perpetrator accepts help.
        BanHelp = "ban_help",
        /// A police report with criminal proceedings is handed over to the ASHG.
        HandOverCriminal = "hand_over_criminal",
        /// A police report without criminal proceedings is handed over to the ASHG.
        HandOverOther = "hand_over_other",
        /// The victim contacts the ASHG in a month of violence.
        SelfReferral = "self_referral",
        /// A first-line professional who saw the victim refers the victim to the ASHG.
        FirstLine = "first_line",
        /// The victim accepts the ASHG's offer of help.
        HelpVictim = "help_victim",
        /// The perpetrator accepts the ASHG's offer of help.
        HelpPerpetrator = "help_perpetrator",
        /// The ASHG's offer of help for a child of the family is accepted.
        HelpChild = "help_child",
        /// The needs of a child of a reported family are assessed.
        NeedsAssessed = "needs_assessed",
        /// A police report has no consequence: neither criminal proceedings nor help.
        NoFollowUp = "no_follow_up",
        /// A police report leads to criminal proceedings without help.
        CriminalOnly = "criminal_only",
        /// A police report leads to help, with or without criminal proceedings.
        Helped = "helped",
        /// A professional who suspects child maltreatment reports it to the AMK.
        Suspicion = "suspicion",
        /// The police report the children of a family to the AMK.
        PoliceToAmk = "police_to_amk",
        /// The AMK starts an investigation after a first contact.
        Investigation = "investigation",
        /// The investigation confirms maltreatment.
        Substantiation = "substantiation",
        /// The family accepts voluntary youth care after maltreatment was confirmed.
        YouthCare = "youth_care",
        /// A judge orders supervision of the child after maltreatment was confirmed (*ondertoezichtstelling*).
        Protection = "protection",
        /// The child under supervision is placed out of the home.
        Placement = "placement",
        /// A request for shelter leads to an intake (selection at the door).
        ShelterIntake = "shelter_intake",
        /// A victim is admitted to a shelter after the intake.
        ShelterAdmission = "shelter_admission",
        /// A victim moves from crisis shelter to a follow-up place.
        FollowUpPlace = "follow_up_place",
        /// A victim returns to the partner on leaving a shelter.
        ReturnToPartner = "return_to_partner",
        /// A victim who needs an own dwelling on leaving a shelter gets one.
        Dwelling = "dwelling",
        /// A case continues after its transfer to another city, with a second intake.
        Transfer = "transfer",
        /// An eligible person accepts the offer of a programme.
        Offer = "offer",
        /// A person who accepted a programme starts it once a place is available.
        Start = "start",
        /// A person who started a programme completes it.
        Completion = "completion",
        /// A new case opens for a family with an earlier, closed case.
        ReEntry = "re_entry",
    }
}

words! {
    /// Organisation that receives a report or records it (*bron van de melding*).
    Source {
        /// The police.
        Police = "police",
        /// The advice and support desk for domestic violence (*Advies- en Steunpunt Huiselijk Geweld*), contacted by
        /// victims.
        Desk = "ashg",
        /// A first-line professional: general practitioner, midwife or emergency department.
        FirstLine = "first_line",
        /// The child protection desk (*Advies- en Meldpunt Kindermishandeling*).
        Amk = "amk",
        /// A women's or men's shelter.
        Shelter = "shelter",
    }
}

words! {
    /// Kind of violence that a case concerns.
    CaseKind {
        /// Violence between partners or former partners.
        Partner = "partner",
        /// Child maltreatment.
        Child = "child",
        /// Violence by other relatives.
        Relative = "relative",
        /// Elder abuse (*ouderenmishandeling*).
        Elder = "elder",
        /// Honour-related violence (*eergerelateerd geweld*).
        Honour = "honour",
    }
}

words! {
    /// Occasion on which a programme may be offered.
    Occasion {
        /// A woman reaches the fifth month of pregnancy.
        Pregnancy = "pregnancy",
        /// A pupil reaches the age of the programme.
        Pupil = "pupil",
        /// A victim accepts help from the ASHG.
        VictimHelp = "victim_help",
        /// A perpetrator accepts help.
        PerpetratorHelp = "perpetrator_help",
        /// Help for a child of a reported family is accepted.
        ChildHelp = "child_help",
        /// A suspect is arrested.
        Arrested = "arrested",
        /// A suspect is prosecuted.
        Prosecuted = "prosecuted",
        /// The police receive a report of violence between partners.
        Reported = "reported",
        /// A victim is admitted to a shelter.
        Sheltered = "sheltered",
        /// A child is admitted to a shelter with its mother.
        ChildSheltered = "child_sheltered",
        /// A victim leaves a shelter.
        LeftShelter = "left_shelter",
        /// A victim returns from a shelter to the partner.
        Returned = "returned",
        /// A family accepts voluntary youth care after the AMK confirmed maltreatment.
        YouthCare = "youth_care",
        /// A judge orders supervision of a child.
        Supervised = "supervised",
        /// A case of honour-related violence is opened.
        Honour = "honour",
        /// A case of elder abuse is opened.
        Elder = "elder",
    }
}

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
    /// First month in which help was started.
    pub first_help: Month,
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
    /// The needs of a reported child are assessed.
    Assessment,
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
    /// Of an investigation: the suspected maltreatment was real. Otherwise: the case went to help.
    pub founded: bool,
}

/// A person who waits for a place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Index of the service.
    pub service: u16,
    /// City in which the place is requested.
    pub city: u8,
    /// Requests of one month are served in ascending order of this number.
    pub priority: u8,
    /// The person, or nobody if not simulated.
    pub who: PersonId,
    /// Stable key of the case; 0 for none.
    pub subject: u64,
    /// Month of the request.
    pub since: Month,
    /// First month in which the request can be served.
    pub ready: Month,
    /// Random number, addressed by key, that orders requests of the same month and priority.
    pub lot: u32,
    /// Places requested: one, and one for each child that comes along.
    pub places: u8,
}

impl Request {
    /// A request made this month for one place, which can be served at once; of usual priority, and first in the
    /// order by random number.
    pub fn new(service: u16, city: u8, who: PersonId, subject: u64, now: Month) -> Request {
        Request { service, city, priority: 1, who, subject, since: now, ready: now, lot: 0, places: 1 }
    }
}

/// A person who has a place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// Index of the service.
    pub service: u16,
    /// City of the place.
    pub city: u8,
    /// City in which the place was requested.
    pub home: u8,
    /// Places taken.
    pub places: u8,
    /// The person, or nobody if not simulated.
    pub who: PersonId,
    /// Stable key of the case; 0 for none.
    pub subject: u64,
    /// First month.
    pub since: Month,
    /// Planned first month after the stay.
    pub until: Month,
    /// Will be completed.
    pub completes: bool,
}

impl Stay {
    /// The stay of a person whose request was granted in a city, from one month until another; it will be completed.
    pub fn of(request: &Request, city: u8, since: Month, until: Month) -> Stay {
        let &Request { service, city: home, places, who, subject, .. } = request;
        Stay { service, city, home, places, who, subject, since, until, completes: true }
    }
}

/// Queues and places of a group of services; the changing state beside the fixed model parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Services {
    /// Waiting requests, in order of request.
    pub queue: Vec<Request>,
    /// Persons who have a place.
    pub stays: Vec<Stay>,
    /// Places left over or taken in advance, by service and city.
    pub accounts: Vec<[Account; ELSEWHERE]>,
    /// Occasions since January 2008 on which a person met the rule of a service, by service and city.
    pub eligible: Vec<[f64; ELSEWHERE]>,
    /// Fractions of a dwelling that became available, carried over by city.
    pub dwellings: [f64; ELSEWHERE],
}

/// City-wide and area-wide effects of measures in this month.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct System {
    /// Log hazard, rate or odds ratios by (city, mark of the area, mechanism): the strongest and the sum; empty without
    /// any.
    pub effects: BTreeMap<(u8, u8, Mechanism), (f64, f64)>,
    /// Probabilities of edges by city: remaining share of the base probability, and the probability added.
    pub edges: BTreeMap<(u8, Edge), (f64, f64)>,
}

impl Edge {
    /// Edges whose probability a process reads through [`System::edge`], so that a measure can set it; other edges
    /// follow from events.
    pub const OPEN: [Edge; 23] = [
        Edge::Complaint,
        Edge::ExOfficio,
        Edge::Arrest,
        Edge::Prosecution,
        Edge::Conviction,
        Edge::Screening,
        Edge::ScreeningAccepted,
        Edge::Ban,
        Edge::BanHelp,
        Edge::HandOverCriminal,
        Edge::HandOverOther,
        Edge::HelpVictim,
        Edge::HelpPerpetrator,
        Edge::HelpChild,
        Edge::NeedsAssessed,
        Edge::PoliceToAmk,
        Edge::Investigation,
        Edge::YouthCare,
        Edge::Protection,
        Edge::Placement,
        Edge::ShelterIntake,
        Edge::ReturnToPartner,
        Edge::Transfer,
    ];
}

impl System {
    /// Probability of an edge in a city, given its probability in the model of 2008.
    pub fn edge(&self, city: City, edge: Edge, base: f64) -> f64 {
        debug_assert!(Edge::OPEN.contains(&edge), "{} is asked for and not open to measures", edge.word());
        match self.edges.get(&(city as u8, edge)) {
            Some((left, added)) => (left * base + added).clamp(0.0, 1.0),
            None => base,
        }
    }

    /// Moves a share of all cases of a city to another probability of an edge.
    pub fn move_edge(&mut self, city: City, edge: Edge, share: f64, to: f64) {
        let (left, added) = self.edges.entry((city as u8, edge)).or_insert((1.0, 0.0));
        (*left, *added) = (*left * (1.0 - share), *added * (1.0 - share) + share * to);
    }

    /// Adds a log ratio on a mechanism for an area of a city.
    pub fn add_effect(&mut self, city: City, mark: u8, mechanism: Mechanism, log: f64) {
        let (strongest, sum) = self.effects.entry((city as u8, mark, mechanism)).or_insert((0.0, 0.0));
        *sum += log;
        if log.abs() > strongest.abs() {
            *strongest = log;
        }
    }
}

/// All of the chain's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// Open cases by the stable key of their subject.
    pub cases: BTreeMap<u64, Case>,
    /// Items scheduled for later months, in order of entry.
    pub pending: Vec<Pending>,
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

/// Multiplies the odds of a probability by exp(`log`).
pub fn odds(chance: f64, log: f64) -> f64 {
    if log == 0.0 || chance <= 0.0 || chance >= 1.0 {
        return chance;
    }
    let odds = chance / (1.0 - chance) * libm::exp(log);
    odds / (1.0 + odds)
}

/// Combined log ratio of effects on the person and on the place.
pub(super) fn with_place(
    system: &System,
    place: Place,
    mark: u8,
    mechanism: Mechanism,
    own: (f64, f64),
    rule: Combination,
) -> f64 {
    let (mut strongest, mut sum) = own;
    let of_place = system.effects.get(&(place.city() as u8, mark, mechanism)).copied().unwrap_or_default();
    sum += of_place.1;
    if of_place.0.abs() > strongest.abs() {
        strongest = of_place.0;
    }
    combine(rule, strongest, sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_move_shares_of_cases_to_other_chances() {
        let mut system = System::default();
        assert_eq!(system.edge(0, Edge::HandOverOther, 0.5), 0.5);
        system.move_edge(0, Edge::HandOverOther, 0.4, 0.95);
        assert!((system.edge(0, Edge::HandOverOther, 0.5) - 0.68).abs() < 1e-12);
        system.move_edge(0, Edge::HandOverOther, 0.0, 0.1);
        assert!((system.edge(0, Edge::HandOverOther, 0.5) - 0.68).abs() < 1e-12, "a share of 0 moves nobody");
        assert_eq!(system.edge(1, Edge::HandOverOther, 0.5), 0.5);
    }

    #[test]
    fn words_of_edges_and_occasions_are_their_own() {
        let words: std::collections::BTreeSet<_> = Edge::ALL.iter().map(|edge| edge.word()).collect();
        assert_eq!(words.len(), Edge::ALL.len());
        for occasion in Occasion::ALL {
            assert_eq!(serde_json::to_value(occasion).ok(), Some(occasion.word().into()));
            assert!(!occasion.meaning().is_empty());
        }
        for edge in Edge::ALL {
            assert_eq!(serde_json::to_value(edge).ok(), Some(edge.word().into()));
        }
    }
}

//! The words of the chain: closed lists whose variants are also words of model files and tables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
        /// The convicted person is sentenced to custody that is not suspended (*onvoorwaardelijke gevangenisstraf*).
        Custody = "custody",
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
        /// Elder abuse by relatives becomes known in a month with incidents, to the police or to a desk.
        ElderReport = "elder_report",
        /// The victim accepts the ASHG's offer of help.
        HelpVictim = "help_victim",
        /// The perpetrator accepts the ASHG's offer of help.
        HelpPerpetrator = "help_perpetrator",
        /// The ASHG's offer of help for a child of the family is accepted.
        HelpChild = "help_child",
        /// The needs of a child of a reported family are assessed.
        NeedsAssessed = "needs_assessed",
        /// The needs of a child who came to a shelter are assessed.
        NeedsSheltered = "needs_sheltered",
        /// The needs of a child are assessed while the AMK investigates.
        NeedsInvestigated = "needs_investigated",
        /// Help that fits the needs of a child is accepted after their assessment.
        FittingHelp = "fitting_help",
        /// The ASHG screens a reported family for its risk with one instrument; urgent cases go first in queues.
        RiskScreening = "risk_screening",
        /// A police report has no consequence: neither criminal proceedings nor help that starts within three months.
        NoFollowUp = "no_follow_up",
        /// A police report leads to criminal proceedings without help that starts within three months.
        CriminalOnly = "criminal_only",
        /// Help starts within three months of a police report or was under way, with or without criminal proceedings.
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
        /// A request for shelter is served by the rule "local where possible, national where necessary".
        LocalAllocation = "local_allocation",
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
        /// A place became available before the person left the queue.
        Place = "place",
        /// A person who was given a place turns up and starts the programme.
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
    /// Group of persons who request shelter, by the door that a shelter has for them. A request belongs to the first group
    /// that applies.
    ShelterGroup {
        /// Men.
        Men = "men",
        /// Victims of honour-related violence.
        Honour = "honour",
        /// Women with a mild intellectual disability.
        Disability = "disability",
        /// Mothers whose eldest son who comes along is 14 or older.
        Sons = "sons",
        /// Mothers of three or more children who come along.
        LargeFamily = "large_family",
        /// Mothers of one or two children who come along.
        Family = "family",
        /// Women without children who come along.
        Women = "women",
    }
}

words! {
    /// What happens to a request for shelter. A request is made once and ends once: at the door, with a place, without
    /// one, or because the person gives up, moves or dies.
    ShelterStep {
        /// A victim requests a place.
        Requested = "requested",
        /// The shelter does not take the person in at the intake.
        TurnedAway = "turned_away",
        /// The person is admitted.
        Admitted = "admitted",
        /// There is no place, and the person does not try again.
        Refused = "refused",
        /// The person moved away or died while waiting, or the case was lost.
        Withdrawn = "withdrawn",
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
        /// A suspect who was not arrested or convicted before is released after an arrest for violence without serious
        /// injury.
        Released = "released",
        /// A perpetrator who is approached right after an arrest or a ban from home accepts help.
        Approached = "approached",
        /// A suspect is prosecuted.
        Prosecuted = "prosecuted",
        /// The police receive a report of violence between partners: an occasion for the victim.
        Reported = "reported",
        /// The police receive a report of violence between partners: an occasion for the perpetrator.
        PerpetratorReported = "perpetrator_reported",
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
        /// A criminal case ends with a verdict; an occasion for suspect and victim.
        Verdict = "verdict",
    }
}

/// Worst harm of the incidents of one couple in one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Severity {
    /// No injury.
    Light = 0,
    /// Injury.
    Injury = 1,
    /// Serious injury that needs a hospital.
    Serious = 2,
    /// Death of the victim.
    Fatal = 3,
}

/// Group of services to which a provider belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Group {
    /// Shelters.
    Shelters,
    /// Programmes: services of 2008 and measures.
    Programmes,
}

impl Edge {
    /// Edges whose probability a process reads through [`System::edge`](super::System::edge), so that a measure can set
    /// it; other edges follow from events.
    pub const OPEN: [Edge; 29] = [
        Edge::Complaint,
        Edge::ExOfficio,
        Edge::Arrest,
        Edge::Prosecution,
        Edge::Conviction,
        Edge::Custody,
        Edge::Screening,
        Edge::ScreeningAccepted,
        Edge::Ban,
        Edge::BanHelp,
        Edge::HandOverCriminal,
        Edge::HandOverOther,
        Edge::ElderReport,
        Edge::HelpVictim,
        Edge::HelpPerpetrator,
        Edge::HelpChild,
        Edge::NeedsAssessed,
        Edge::NeedsSheltered,
        Edge::NeedsInvestigated,
        Edge::RiskScreening,
        Edge::PoliceToAmk,
        Edge::Investigation,
        Edge::YouthCare,
        Edge::Protection,
        Edge::Placement,
        Edge::ShelterIntake,
        Edge::LocalAllocation,
        Edge::ReturnToPartner,
        Edge::Transfer,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

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

//! The part of a card about participants: occasion, eligibility, queue, duration and effects.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::units::{Count, Euro, Months, Number, Probability, Ratio, Rows, Sd, Share, Years};
use crate::world::{Flag, Mechanism, Occasion};

/// Enrolment, queue, duration and effects of a programme.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Occasion on which the programme is offered.
    pub occasion: Occasion,
    /// Further occasions on which the same programme is offered.
    #[serde(default)]
    pub also_on: Vec<Occasion>,
    /// Eligibility among the persons with that occasion; everybody if left out.
    #[serde(default)]
    pub eligible: Eligible,
    /// Probability that an eligible person who receives the offer accepts it (uptake).
    pub uptake: Probability,
    /// Probability that a person who was given a place starts, after the wait `starts_at`; it falls with every further
    /// month of waiting (`chain.participation`).
    pub starts: Probability,
    /// Waiting time at which `starts` holds, months; `wait` if left out.
    #[serde(default)]
    pub starts_at: Option<Months>,
    /// Probability that a person who started completes the programme.
    pub completes: Probability,
    /// Minimum waiting time from acceptance to start, months, even if a place is free.
    pub wait: Months,
    /// Median, over persons, of the waiting time after which a person leaves the queue, months.
    pub patience: Months,
    /// Duration of a completed programme, months.
    pub length: Months,
    /// Intensity of the programme, for example in hours a week, as a ratio to the intensity that the prices and effects
    /// of the card describe; 1 if left out. Prices per start, per participant and month, and per place are proportional
    /// to it.
    #[serde(default)]
    #[schemars(extend("x-above" = 0))]
    pub intensity: Option<Ratio>,
    /// Dose-response: power of the intensity with which log ratios and reductions of symptoms grow. 0 if left out: the
    /// effects do not depend on the intensity; 1: they are proportional to it. Below 0 it counts as 0, above 2 as 2.
    #[serde(default)]
    pub dose_response: Option<Number>,
    /// Number of simultaneous places by city and year, in columns as `coverage`. If left out, capacity is unlimited.
    #[serde(default)]
    pub places: Option<Rows<Count>>,
    /// Share of the growth of the means for regular work (`money.growth`) that buys places of this service.
    #[serde(default)]
    pub growth: Option<Share>,
    /// Budget of the programme in all cities together, columns `year` (calendar year, from which on the amount holds) and
    /// `euro` (euro of 2008 a year). Enrolment stops for the rest of a year when the persons who started in it cost as
    /// much as the budget: each start counts with its price and that of the months of its whole stay. Persons waiting
    /// stay in the queue. Without a limit before the first year, and in all years if left out; 0 stops enrolment. The
    /// budget holds at every level of the card.
    #[serde(default)]
    pub budget: Option<Rows<Euro>>,
    /// Effects on mechanisms, by name.
    #[serde(default)]
    pub effects: BTreeMap<String, EffectForm>,
    /// Reductions of symptoms, by name.
    #[serde(default)]
    pub relief: BTreeMap<String, Relief>,
    /// Shifts of attitude and coping, by name. An effect of the same programme on the use or suffering of violence is the
    /// total: what its shifts do to the same persons is a part of it.
    #[serde(default)]
    pub shifts: BTreeMap<String, ShiftForm>,
    /// Occasion that a start of this programme creates for other programmes.
    #[serde(default)]
    pub leads_to: Option<Occasion>,
    /// Key of the service or measure in whose place this programme is given, on the same occasion. This programme is
    /// offered first. A person who waits for or takes part in one of the two is not offered the other.
    #[serde(default)]
    pub instead_of: Option<String>,
    /// Months between the hearings to which a participant is recalled. At each hearing the occasion of `leads_to` is
    /// repeated for a participant who has not completed help since the start.
    #[serde(default)]
    #[schemars(extend("x-least" = 1))]
    pub recall: Option<Months>,
    /// Offer to the victim of the case when the participant starts.
    #[serde(default)]
    pub victim: Option<VictimOffer>,
}

/// Offer to the victim of a case, who is present when the perpetrator starts a programme.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VictimOffer {
    /// Occasion that is created for a victim who accepts.
    pub leads_to: Occasion,
    /// Probability that the victim accepts.
    pub accepts: Probability,
}

/// Eligibility: all conditions that are given must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Eligible {
    /// Minimum age, years.
    #[serde(default)]
    #[schemars(extend("x-least" = 0, "x-most" = 110))]
    pub age_from: Option<Years>,
    /// Age from which a person is no longer eligible, years.
    #[serde(default)]
    #[schemars(extend("x-above" = 0, "x-most" = 110))]
    pub age_to: Option<Years>,
    /// Sex that is eligible: `male` or `female`; both if left out.
    #[serde(default)]
    pub sex: Option<SexRule>,
    /// Conditions of which at least one must hold.
    #[serde(default)]
    pub any_of: Vec<Condition>,
    /// Conditions of which at least one must hold for the person or for the partner with whom the person lives. With
    /// `any_of` as well, one condition of either list is enough.
    #[serde(default)]
    pub family_any_of: Vec<Condition>,
    /// Conditions that must all hold.
    #[serde(default)]
    pub all_of: Vec<Condition>,
    /// Conditions of which none may hold.
    #[serde(default)]
    pub none_of: Vec<Condition>,
    /// Threshold that the person's highest symptom score must exceed, standard deviations.
    #[serde(default)]
    pub symptoms_above: Option<Sd>,
    /// Share of the persons who meet the conditions that is found suitable.
    #[serde(default)]
    pub suitable: Option<Share>,
    /// Eligible groups of origin. Allowed only for services in the language of these groups (`own_language`).
    #[serde(default)]
    pub origin: Vec<Origin>,
    /// Whether the service is given in the language of these groups.
    #[serde(default)]
    pub own_language: bool,
}

/// Sex, as a criterion of eligibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SexRule {
    /// Men and boys.
    Male,
    /// Women and girls.
    Female,
}

/// Groups of origin, in the order of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Origin {
    /// Dutch.
    Dutch,
    /// Other western.
    Western,
    /// Moroccan.
    Moroccan,
    /// Turkish.
    Turkish,
    /// Surinamese.
    Surinamese,
    /// Antillean.
    Antillean,
    /// Other non-western.
    OtherNonWestern,
}

/// Condition on the present state of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Has an addiction.
    Addiction,
    /// Misuses alcohol.
    Alcohol,
    /// Has permanent antisocial behaviour.
    Antisocial,
    /// Was registered as a suspect of a crime in the past year.
    Crime,
    /// Has a mental illness.
    MentalIllness,
    /// Has a mild intellectual disability.
    Disability,
    /// Has problematic debts.
    Debts,
    /// Is a newcomer.
    Newcomer,
    /// Lives without a partner.
    Single,
    /// Has no paid work.
    NoWork,
    /// Lives in a household below the low-income line.
    LowIncome,
    /// Is a teenager.
    Teenager,
    /// Has had no live birth.
    FirstBirth,
    /// Has at most lower secondary education.
    LowEducation,
    /// Lives with a partner, with ongoing violence in either direction.
    ViolentPartner,
    /// Lives with a partner, with coercive violence by either of them.
    Coercive,
    /// Was in a case of the chain before this month.
    Known,
    /// Lives in a marked area of the city.
    MarkedArea,
}

/// Persons on whom an effect acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The participant.
    #[default]
    Participant,
    /// The participant's partner.
    Partner,
    /// Children under 18 in the participant's household.
    Children,
    /// The participant's mother, for programmes for children.
    Mother,
}

/// The part of a programme that produces an effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dose {
    /// Completion.
    #[default]
    Completed,
    /// Start, with or without completion.
    Started,
    /// Participation: from the start until the participant leaves the place.
    During,
}

/// Effect of a programme on a mechanism.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EffectForm {
    /// Persons on whom the effect acts.
    #[serde(default)]
    pub on: Party,
    /// Mechanism that changes.
    pub mechanism: Mechanism,
    /// Ratio at full strength: of the hazard, rate, odds or duration, depending on the mechanism.
    #[schemars(extend("x-above" = 0))]
    pub ratio: Ratio,
    /// The part of the programme that produces the effect.
    #[serde(default)]
    pub dose: Dose,
    /// Months between that part and the first month of the effect.
    #[serde(default)]
    pub lag: Option<Months>,
    /// Half-life of the log ratio, months; no decline if left out.
    #[serde(default)]
    #[schemars(extend("x-above" = 0))]
    pub half_life: Option<Months>,
    /// Duration of the effect, months; unlimited if left out.
    #[serde(default)]
    #[schemars(extend("x-above" = 0))]
    pub lasts: Option<Months>,
    /// Share of the log ratio that is lost if violence between the partners is frequent.
    #[serde(default)]
    pub lost_to_violence: Option<Share>,
    /// Conditions that must hold for the participant; always in effect if left out.
    #[serde(default)]
    pub only: Vec<Condition>,
}

/// Symptom that a programme can reduce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Symptom {
    /// Internalising symptoms of a child.
    Internalising,
    /// Externalising symptoms of a child.
    Externalising,
    /// Post-traumatic symptoms.
    PostTraumatic,
    /// Depressive symptoms of an adult.
    Depressive,
}

/// Reduction of symptoms by a completed programme, in addition to natural recovery.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Relief {
    /// Persons whose symptoms are reduced.
    #[serde(default)]
    pub on: Party,
    /// Symptom that is reduced.
    pub symptom: Symptom,
    /// Reduction by attention as such, which any programme would give, standard deviations.
    pub attention: Sd,
    /// Reduction by the specific content of this programme, standard deviations; negative if it does harm.
    pub specific: Sd,
    /// Share of the reduction that remains if there is ongoing violence against or by the carer.
    #[serde(default)]
    pub if_unsafe: Option<Share>,
}

impl Programme {
    /// Whether the programme is offered on an occasion.
    pub fn is_offered_on(&self, occasion: Occasion) -> bool {
        self.occasion == occasion || self.also_on.contains(&occasion)
    }

    /// Mean duration of a stay, months: a person who drops out stays half the length on average, and at least one month.
    pub fn mean_stay(&self) -> f64 {
        let completes = self.completes.get();
        (self.length.get() * (completes + (1.0 - completes) / 2.0)).max(1.0)
    }

    /// Intensity as a ratio to that of the evidence; multiplies prices of delivery.
    pub fn intensity(&self) -> f64 {
        self.intensity.map_or(1.0, Ratio::get)
    }

    /// Factor on log ratios and on reductions of symptoms at this intensity.
    pub fn strength(&self) -> f64 {
        libm::pow(self.intensity(), self.dose_response.map_or(0.0, Number::get).clamp(0.0, 2.0))
    }
}

/// A mediator between exposure in childhood and violence in later life, other than conduct problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mediator {
    /// Attitude that condones violence: a negative shift is the one that is hoped for.
    Attitude,
    /// Coping with conflict and stress: a positive shift is the one that is hoped for.
    Coping,
}

/// Shift of attitude or coping by a completed programme, from the next month on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftForm {
    /// Persons whose attitude or coping is shifted.
    #[serde(default)]
    pub on: Party,
    /// What is shifted: `attitude` or `coping`.
    pub of: Mediator,
    /// Shift at full strength, standard deviations: of attitude negative, of coping positive if it helps.
    pub size: Sd,
    /// Half-life of the shift, months; no decline if left out.
    #[serde(default)]
    #[schemars(extend("x-above" = 0))]
    pub half_life: Option<Months>,
    /// Share of the shift that remains if there is ongoing violence against or by the carer.
    #[serde(default)]
    pub if_unsafe: Option<Share>,
}

impl Mediator {
    /// The mechanism on which a shift acts.
    pub fn mechanism(self) -> Mechanism {
        match self {
            Mediator::Attitude => Mechanism::Attitude,
            Mediator::Coping => Mechanism::Coping,
        }
    }
}

impl Origin {
    /// Index of the group in the model.
    pub fn index(self) -> usize {
        self as usize
    }
}

impl Condition {
    /// The flag of the condition, if it is one.
    pub fn flag(self) -> Option<Flag> {
        Some(match self {
            Condition::Addiction => Flag::Addiction,
            Condition::Alcohol => Flag::Alcohol,
            Condition::Antisocial => Flag::Antisocial,
            Condition::Crime => Flag::Crime,
            Condition::MentalIllness => Flag::MentalIllness,
            Condition::Disability => Flag::Disability,
            Condition::Debts => Flag::Debts,
            Condition::Newcomer => Flag::Newcomer,
            Condition::LowIncome => Flag::LowIncome,
            Condition::Known => Flag::InChain,
            _ => return None,
        })
    }
}

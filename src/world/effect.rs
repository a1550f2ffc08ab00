//! Effects of interventions: which mechanism they change, by how much, for whom and when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::PersonId;
use super::time::Month;
use crate::units::Share;

macro_rules! mechanisms {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal,)*) => {
        /// What an effect can act on: a hazard, a rate, a probability, a duration or symptoms, never an outcome.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum Mechanism { $($(#[doc = $doc])* $name,)* }

        impl Mechanism {
            /// All mechanisms in order.
            pub const ALL: &[Mechanism] = &[$(Mechanism::$name,)*];

            /// The word used in files and tables.
            pub fn word(self) -> &'static str {
                match self { $(Mechanism::$name => $word,)* }
            }

            /// One sentence that explains the mechanism.
            pub fn meaning(self) -> &'static str {
                match self { $(Mechanism::$name => concat!($($doc),*),)* }
            }
        }
    };
}

mechanisms! {
    /// Hazard that the person starts to use violence against a partner.
    ViolenceUse = "violence_use",
    /// Hazard that a partner starts to use violence against the person.
    ViolenceSuffer = "violence_suffer",
    /// Rate of incidents that the person uses against a partner or relative.
    IncidentRate = "incident_rate",
    /// Rate of incidents that the person suffers from a partner or relative.
    IncidentsSuffered = "incidents_suffered",
    /// Probability that an incident between the person and a partner or relative causes serious injury or death.
    SevereViolence = "severe_violence",
    /// Hazard that the person stops using violence against a partner or relative; its inverse acts on the hazard that the
    /// person resumes it.
    Desistance = "desistance",
    /// Hazard that a partner or relative stops using violence against the person; its inverse acts on the hazard that
    /// they resume it.
    DesistanceSuffered = "desistance_suffered",
    /// Hazard of the onset of child maltreatment.
    Maltreatment = "maltreatment",
    /// Hazard that child maltreatment ends.
    MaltreatmentEnd = "maltreatment_end",
    /// Attitude that condones violence, in standard deviations: what programmes shift, and no ratio.
    Attitude = "attitude",
    /// Coping with conflict and stress, in standard deviations, where less is worse: what programmes shift, and no
    /// ratio.
    Coping = "coping",
    /// Hazard of conception.
    Conception = "conception",
    /// Hazard of separation from the partner.
    Separation = "separation",
    /// Hazard of finding paid work.
    FindingWork = "finding_work",
    /// Hazard that the household rises above the low-income line.
    IncomeRise = "income_rise",
    /// Hazard of registration as a suspect of a crime.
    Crime = "crime",
    /// Probability that a victim seeks help.
    HelpSeeking = "help_seeking",
    /// Probability that a victim or child discloses violence when asked.
    Disclosure = "disclosure",
    /// Probability that a professional detects violence.
    Detection = "detection",
    /// Probability that a professional reports a suspicion.
    Reporting = "reporting",
    /// Probability that a detected victim is referred to help.
    Referral = "referral",
    /// Probability that a case is handed over from one organisation to the next.
    HandOver = "hand_over",
    /// Duration of waiting between steps of the chain.
    Delay = "delay",
    /// Probability that a person who accepted help starts it.
    HelpStart = "help_start",
    /// Probability that a person who started help completes it.
    HelpCompletion = "help_completion",
    /// Probability that a convicted person is sentenced to custody that is not suspended.
    Sentence = "sentence",
    /// Probability that a victim requests a place in a shelter.
    ShelterRequest = "shelter_request",
    /// Probability that a request for shelter of a group with a door of its own leads to an intake; it never exceeds
    /// that of other victims.
    ShelterAdmission = "shelter_admission",
    /// Duration of a stay in a shelter.
    ShelterExit = "shelter_exit",
    /// Probability that a victim returns to the violent partner after a stay in a shelter.
    ReturnToPartner = "return_to_partner",
    /// Overhead costs of services that work together.
    Overhead = "overhead",
}

impl Mechanism {
    /// Mechanisms of the chain: detection and the flow of cases. No hazard of a person's life depends on them, so a
    /// measure may change them for a whole city, and they stay in force in the null world.
    pub const OF_THE_CHAIN: &[Mechanism] = &[
        Mechanism::HelpSeeking,
        Mechanism::Disclosure,
        Mechanism::Detection,
        Mechanism::Reporting,
        Mechanism::Referral,
        Mechanism::HandOver,
        Mechanism::Delay,
        Mechanism::HelpStart,
        Mechanism::HelpCompletion,
        Mechanism::Sentence,
        Mechanism::ShelterRequest,
        Mechanism::ShelterAdmission,
        Mechanism::ShelterExit,
        Mechanism::ReturnToPartner,
        Mechanism::Overhead,
    ];

    /// Attitude and coping: an effect on them is a shift in standard deviations, which [`Mediation`] turns into a log
    /// ratio.
    pub const MEDIATORS: &[Mechanism] = &[Mechanism::Attitude, Mechanism::Coping];

    /// Whether this is a mechanism of the chain.
    pub fn is_of_the_chain(self) -> bool {
        Mechanism::OF_THE_CHAIN.contains(&self)
    }
}

/// Rule by which effects of several measures on one mechanism combine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Combination {
    /// The strongest log ratio plus half of the sum of the others.
    #[default]
    StrongestPlusHalf,
    /// The product of all ratios (the sum of all log ratios).
    Product,
    /// The strongest log ratio alone.
    Strongest,
}

/// Whether the chain and the measures affect the ground truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InForce {
    /// They affect the ground truth as the model describes.
    #[default]
    All,
    /// Null world: reports, cases, queues and programmes take place and change no ground truth (negative control).
    None,
}

/// `[effects]`: structural choices on the effects of measures and of the chain.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EffectsTable {
    /// Rule by which effects of several measures on one mechanism combine.
    pub combination: Combination,
    /// Whether the chain and the measures affect the ground truth.
    #[serde(default)]
    pub in_force: InForce,
    /// Share of the log ratio of an effect that remains in persons with multiple problems.
    pub many_problems: Share,
    /// Reduction of a child's conduct score by a programme, as a share of the reduction of its externalising symptoms.
    pub treatable: Share,
}

/// What a standard deviation of attitude and of coping does to violence: the causal part of the log hazard ratios.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mediation {
    /// Log hazard ratio of using violence per standard deviation of attitude that condones it.
    pub attitude: f64,
    /// Log hazard ratio of using and of suffering violence per standard deviation of worse coping.
    pub coping: f64,
}

impl Mediation {
    /// Log ratio on the hazard of using violence for these shifts of attitude and coping, standard deviations.
    pub fn uses(&self, attitude: f64, coping: f64) -> f64 {
        self.attitude * attitude - self.coping * coping
    }

    /// Log ratio on the hazard of suffering violence for this shift of coping, standard deviations.
    pub fn suffers(&self, coping: f64) -> f64 {
        -self.coping * coping
    }
}

/// Log ratio that combines the strongest effect and the sum of all effects.
pub(super) fn combine(rule: Combination, strongest: f64, sum: f64) -> f64 {
    match rule {
        Combination::StrongestPlusHalf => strongest + 0.5 * (sum - strongest),
        Combination::Product => sum,
        Combination::Strongest => strongest,
    }
}

/// One effect on one person.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// On whom.
    pub person: PersonId,
    /// Mechanism that it changes.
    pub mechanism: Mechanism,
    /// Natural logarithm of the hazard, rate or odds ratio at full strength; of a mediator, the shift in standard
    /// deviations.
    pub log_ratio: f32,
    /// First month of effect.
    pub from: Month,
    /// Half-life of the log ratio after `from`, in months; infinite for a lasting effect.
    pub half_life: f32,
    /// First month without effect, or [`Month::NEVER`].
    pub until: Month,
}

impl Effect {
    /// Log ratio in a month.
    pub fn log_at(&self, now: Month) -> f64 {
        if now < self.from || now >= self.until {
            return 0.0;
        }
        let faded = f64::from(now.since(self.from)) / f64::from(self.half_life);
        f64::from(self.log_ratio) * libm::exp2(-faded)
    }
}

/// All active effects, by person; persons with an effect carry [`Flag::HasEffect`](super::Flag::HasEffect).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effects {
    /// How effects on one mechanism combine.
    pub combination: Combination,
    /// Whether actions of the chain affect the ground truth: whether a stay in a shelter or a ban protects anybody.
    #[serde(default)]
    pub in_force: InForce,
    /// Sorted by person, then in order of entry.
    list: Vec<Effect>,
    /// Added since the list was last sorted.
    fresh: Vec<Effect>,
}

/// Absolute log ratios below this count as no effect.
const TRACE: f64 = 0.01;

impl Effects {
    /// Adds an effect, which counts after the next [`settle`](Effects::settle); the caller sets the person's flag.
    pub fn push(&mut self, effect: Effect) {
        self.fresh.push(effect);
    }

    /// Merges the effects added since the last call; called once a month, so that many additions cost one merge.
    pub fn settle(&mut self) {
        if !self.fresh.is_empty() {
            self.list.append(&mut self.fresh);
            self.list.sort_by_key(|effect| effect.person);
        }
    }

    /// Number of effects kept.
    pub fn len(&self) -> usize {
        self.list.len() + self.fresh.len()
    }

    /// Whether no effect is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Persons with a present or future effect, each once.
    pub fn persons(&self) -> impl Iterator<Item = PersonId> + '_ {
        let mut last = None;
        self.list.iter().map(|effect| effect.person).filter(move |person| last.replace(*person) != Some(*person))
    }

    /// The smallest and the largest combined ratio of any person on a mechanism in a month; 1 and 1 without any.
    pub fn reach(&self, mechanism: Mechanism, now: Month) -> (f64, f64) {
        let logs = self.persons().map(|person| self.log_ratio(person, mechanism, now));
        let (least, most) = logs.fold((0.0_f64, 0.0_f64), |(least, most), log| (least.min(log), most.max(log)));
        (libm::exp(least), libm::exp(most))
    }

    /// Combined log ratio on a mechanism of a person in a month.
    pub fn log_ratio(&self, person: PersonId, mechanism: Mechanism, now: Month) -> f64 {
        let (strongest, sum) = self.parts(person, mechanism, now);
        combine(self.combination, strongest, sum)
    }

    /// The strongest log effect on a mechanism of a person in a month, and the sum of all.
    pub fn parts(&self, person: PersonId, mechanism: Mechanism, now: Month) -> (f64, f64) {
        let from = self.list.partition_point(|e| e.person < person);
        let (mut strongest, mut sum) = (0.0_f64, 0.0);
        for effect in self.list[from..].iter().take_while(|e| e.person == person) {
            if effect.mechanism == mechanism {
                let log = effect.log_at(now);
                sum += log;
                if log.abs() > strongest.abs() {
                    strongest = log;
                }
            }
        }
        (strongest, sum)
    }

    /// The effects on a person, in order of entry; without those added since the last [`settle`](Effects::settle).
    pub fn of(&self, person: PersonId) -> &[Effect] {
        let from = self.list.partition_point(|e| e.person < person);
        let many = self.list[from..].iter().take_while(|e| e.person == person).count();
        &self.list[from..from + many]
    }

    /// Upper bound of the log ratio, at least zero, that this person's effects on a mechanism can reach from `now` on:
    /// protective effects may fade, harmful effects add up.
    pub fn most(&self, person: PersonId, mechanism: Mechanism, now: Month) -> f64 {
        self.furthest(person, mechanism, now, 1.0)
    }

    /// Lower bound, at most zero, as [`most`](Effects::most) is an upper bound.
    pub fn least(&self, person: PersonId, mechanism: Mechanism, now: Month) -> f64 {
        -self.furthest(person, mechanism, now, -1.0)
    }

    /// The sum of all effects of one sign at full strength, those to come included.
    fn furthest(&self, person: PersonId, mechanism: Mechanism, now: Month, sign: f64) -> f64 {
        let from = self.list.partition_point(|e| e.person < person);
        self.list[from..]
            .iter()
            .take_while(|e| e.person == person)
            .filter(|e| e.mechanism == mechanism && now < e.until)
            .map(|e| sign * f64::from(e.log_ratio))
            .filter(|log| *log > 0.0)
            .sum()
    }

    /// Updates references after rows moved; drops effects that are over or whose person is gone.
    pub(crate) fn remap(&mut self, now: Month, rename: impl Fn(PersonId) -> PersonId) {
        self.settle();
        self.list.retain_mut(|effect| {
            effect.person = rename(effect.person);
            let faded = now >= effect.from && effect.log_at(now).abs() < TRACE && effect.half_life.is_finite();
            effect.person.row().is_some() && now < effect.until && !faded
        });
        self.list.sort_by_key(|effect| effect.person);
    }
}

/// The effects added to a world since the last [`settle`](Effects::settle), in order of person.
#[derive(Clone, Debug, Default)]
pub struct FreshEffects(Vec<Effect>);

impl FreshEffects {
    /// Reads what was added since the last call. After effects were settled, begin anew with an empty one.
    pub fn update(&mut self, effects: &Effects) {
        if effects.fresh.len() < self.0.len() {
            self.0.clear();
        }
        if effects.fresh.len() > self.0.len() {
            self.0.extend_from_slice(&effects.fresh[self.0.len()..]);
            self.0.sort_by_key(|effect| effect.person);
        }
    }

    /// The effects of a person, in order of entry.
    pub(super) fn of(&self, person: PersonId) -> &[Effect] {
        let from = self.0.partition_point(|effect| effect.person < person);
        let many = self.0[from..].iter().take_while(|effect| effect.person == person).count();
        &self.0[from..from + many]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(person: u32, ratio: f64, half_life: f32) -> Effect {
        let log_ratio = libm::log(ratio) as f32;
        let (from, until) = (Month(0), Month::NEVER);
        Effect { person: PersonId(person), mechanism: Mechanism::ViolenceUse, log_ratio, from, half_life, until }
    }

    #[test]
    fn the_strongest_effect_counts_whole_and_the_rest_by_half() {
        let mut effects = Effects::default();
        effects.push(effect(3, 0.5, f32::INFINITY));
        effects.push(effect(3, 0.8, f32::INFINITY));
        effects.push(effect(2, 0.1, f32::INFINITY));
        effects.settle();
        let log = effects.log_ratio(PersonId(3), Mechanism::ViolenceUse, Month(5));
        assert!((log - (libm::log(0.5) + 0.5 * libm::log(0.8))).abs() < 1e-6);
        assert_eq!(effects.log_ratio(PersonId(3), Mechanism::Maltreatment, Month(5)), 0.0);
        assert_eq!(effects.log_ratio(PersonId(4), Mechanism::ViolenceUse, Month(5)), 0.0);
    }

    #[test]
    fn an_effect_halves_in_its_half_life_and_never_raises_the_bound_when_it_lowers() {
        let fading = effect(0, 0.25, 12.0);
        assert!((fading.log_at(Month(12)) - 0.5 * libm::log(0.25)).abs() < 1e-6);
        assert_eq!(fading.log_at(Month(-1)), 0.0);
        let mut effects = Effects::default();
        effects.push(fading);
        effects.settle();
        assert_eq!(effects.most(PersonId(0), Mechanism::ViolenceUse, Month(0)), 0.0);
    }

    #[test]
    fn bounds_hold_every_value_from_now_on_whatever_the_sign() {
        let mut effects = Effects::default();
        let both = [effect(0, 0.5, 12.0), effect(0, 1.5, 6.0), Effect { from: Month(9), ..effect(0, 0.7, 24.0) }];
        both.into_iter().for_each(|effect| effects.push(effect));
        effects.settle();
        for rule in [Combination::StrongestPlusHalf, Combination::Product, Combination::Strongest] {
            effects.combination = rule;
            let bound = |of: fn(&Effects, PersonId, Mechanism, Month) -> f64| {
                of(&effects, PersonId(0), Mechanism::ViolenceUse, Month(0))
            };
            let (least, most) = (bound(Effects::least), bound(Effects::most));
            for month in 0..60 {
                let log = effects.log_ratio(PersonId(0), Mechanism::ViolenceUse, Month(month));
                assert!((least..=most).contains(&log), "{rule:?}, month {month}: {log} is not in {least} to {most}");
            }
        }
        assert_eq!(effects.least(PersonId(0), Mechanism::Maltreatment, Month(0)), 0.0);
    }

    #[test]
    fn better_coping_and_less_condoning_lower_the_hazards() {
        let by = Mediation { attitude: 0.15, coping: 0.13 };
        assert!((by.uses(-1.0, 0.0) + 0.15).abs() < 1e-12 && (by.uses(0.0, 1.0) + 0.13).abs() < 1e-12);
        assert!((by.suffers(-2.0) - 0.26).abs() < 1e-12);
        assert_eq!(Mediation::default().uses(-1.0, 1.0), 0.0);
    }
}

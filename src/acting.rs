//! Which keys of a model can change a run, and which cannot: said by the rooms that read them.
//!
//! A key is *idle* where no process that runs, and no table that is written, reads it: a measure that is switched off, a price in a
//! run without costs, a figure that only `keten solve` aims at. What is not idle *acts*. A test changes all idle keys at once
//! and finds the same tables.

use crate::config::LevelTargets;
use crate::interventions::Card;
use crate::model::{Migration, ModelFile, Money, Targets, Validation, ViolenceTrend};
use crate::outcomes::Outcome;
use crate::world::{InForce, Month};

/// What a model is used for in a run.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    /// First month in which it holds.
    pub from: Month,
    /// First month in which it no longer holds.
    pub until: Month,
    /// Whether it shapes the population of January 2008.
    pub founds: bool,
    /// First and last month in which measures go beyond the status quo; all months when nothing.
    pub enrolment: Option<(Month, Month)>,
    /// Tables that are written.
    pub outcomes: &'a [Outcome],
    /// Whether there are parameter draws whose levels of violence are set so that they meet drawn targets.
    pub levels_aim: bool,
}

impl Use<'_> {
    /// Whether one of these tables is written.
    pub fn writes(&self, any: &[Outcome]) -> bool {
        any.iter().any(|outcome| self.outcomes.contains(outcome))
    }

    /// Whether euro are counted.
    pub fn counts_money(&self) -> bool {
        self.writes(&[Outcome::Costs, Outcome::LifeCosts])
    }
}

/// A key, or all that lies below it, that cannot change a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Dotted key.
    pub key: String,
    /// Why: a fragment that goes on from "it changes nothing:".
    pub why: &'static str,
}

/// All that is idle in one use of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Idles {
    idle: Vec<Idle>,
    /// Keys that act although they lie below one that is idle.
    but: Vec<&'static str>,
}

impl Idles {
    /// Why a key cannot change the run; nothing when it can.
    pub fn why(&self, key: &str) -> Option<&'static str> {
        let below = |above: &str| key.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let idle = self.idle.iter().find(|idle| below(&idle.key)).filter(|_| !self.but.contains(&key));
        idle.map(|idle| idle.why)
    }

    /// Whether a key can change the run.
    pub fn acts(&self, key: &str) -> bool {
        self.why(key).is_none()
    }

    fn put(&mut self, key: impl Into<String>, why: &'static str) {
        self.idle.push(Idle { key: key.into(), why });
    }
}

impl ModelFile {
    /// The keys that cannot change a run in which the model is so used.
    ///
    /// # Errors
    /// A sentence on a table of a card that is not in order.
    pub fn idle(&self, used: &Use<'_>) -> Result<Idles, String> {
        let mut idle = Idles::default();
        idle.put("validation", Validation::BESIDE);
        idle.put("targets", Targets::AIMED_AT);
        if used.levels_aim {
            idle.but.extend(LevelTargets::KEYS);
        } else {
            idle.put("response", "no parameter draw has levels of its own");
        }
        if !used.founds {
            for key in ["founding", "places"] {
                idle.put(key, "it shapes the population of January 2008, which is there already");
            }
        }
        self.idle_trends(&mut idle);
        self.idle_money(used, &mut idle);
        if !used.writes(&[Outcome::Yearly]) {
            idle.put("chain.survey", "surveys are shown in the table `yearly`, which is not written");
        }
        if !used.writes(&[Outcome::Transmission]) {
            for key in ["recall_sensitivity", "recall_specificity"] {
                let why = "recall is shown in the table `transmission`, which is not written";
                idle.put(format!("transmission.{key}"), why);
            }
        }
        let cities = self.places.cities.len();
        let in_force = self.effects.in_force;
        let mut on: Vec<&Card> = Vec::new();
        for (above, cards) in [("chain.services", &self.chain.services), ("interventions", &self.interventions)] {
            for (name, card) in cards {
                for (key, why) in card.idle(cities, used, in_force).map_err(|what| format!("{name}: {what}"))? {
                    idle.put(format!("{above}.{name}.{key}"), why);
                }
                if card.is_on(cities, used)? {
                    on.push(card);
                }
            }
        }
        if in_force == InForce::None {
            for key in ["many_problems", "treatable", "combination"] {
                idle.put(format!("effects.{key}"), NOT_IN_FORCE);
            }
        } else {
            let programmes = || on.iter().filter_map(|card| card.programme.as_ref());
            if programmes().all(|programme| programme.effects.is_empty()) {
                idle.put("effects.many_problems", "no measure or service with an effect on persons is on");
            }
            if programmes().all(|programme| programme.relief.is_empty()) {
                idle.put("effects.treatable", "no measure or service that relieves symptoms is on");
            }
        }
        Ok(idle)
    }

    fn idle_trends(&self, idle: &mut Idles) {
        let trend = self.trends.violence;
        if trend == ViolenceTrend::Flat {
            idle.put("violence.onset.decline", "it belongs to a trend, and `trends.violence` is `flat`");
        }
        if trend != ViolenceTrend::Decline {
            let why = "it belongs to a trend of maltreatment, and `trends.violence` has none";
            idle.put("violence.maltreatment.decline", why);
        }
        if self.trends.migration == Migration::Closed {
            for key in ["life.newcomers", "life.moving.leave", "life.moving.return"] {
                idle.put(key, "nobody leaves or arrives: `trends.migration` is `closed`");
            }
        }
    }

    fn idle_money(&self, used: &Use<'_>, idle: &mut Idles) {
        for key in Money::BESIDE {
            idle.put(format!("money.{key}"), "it stands beside results and is no part of them");
        }
        if !used.counts_money() {
            for key in ["money.overhead", "money.prices", "money.society", "money.budget"] {
                idle.put(key, NO_MONEY);
            }
        }
        if !used.counts_money() && !used.writes(&[Outcome::Lives]) {
            idle.put("money.health", "no table that is written weighs health");
        }
    }
}

/// Why a price is idle.
pub(crate) const NO_MONEY: &str = "no table that is written counts euro";
/// Why an effect is idle.
pub(crate) const NOT_IN_FORCE: &str = "nothing that the chain does reaches the truth: `effects.in_force` is `none`";

impl Targets {
    /// Why its keys are idle in a run.
    const AIMED_AT: &str = "only `keten solve` aims at it";
}

impl Validation {
    /// Why its keys are idle.
    const BESIDE: &str = "it is a figure to hold results against and no part of them";
}

impl Money {
    /// Figures of the document that reports print beside results, and names: nothing is counted with them.
    const BESIDE: [&str; 12] = [
        "items",
        "covers",
        "staff_year",
        "cpi",
        "programme",
        "own",
        "own_regular",
        "own_ban",
        "growth",
        "bans_funded",
        "bans_expected",
        "ban_investment",
    ];
}

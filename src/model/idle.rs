//! Which keys of the model can change a run, apart from those of cards.

use super::{ModelFile, Money, STEPS, Targets, Validation};
use crate::acting::{Idles, NO_MONEY, NOT_IN_FORCE, Use, Written};
use crate::config::LevelTargets;
use crate::engine::{Migration, ViolenceTrend};
use crate::interventions::Card;
use crate::world::{InForce, Month};

/// Hazards that only a trend of the hazards of partner violence reads.
const PARTNER_DECLINE: &str = "violence.onset.decline";
/// Hazards that only a trend of maltreatment reads.
const MALTREATMENT_DECLINE: &str = "violence.maltreatment.decline";
/// Households that move to the cities.
const NEWCOMERS: &str = "life.newcomers";

impl ModelFile {
    /// The keys that cannot change the burn-in population, whatever the values of a model. A key counts as acting unless
    /// the list of processes or the scope of the burn-in population shows that it does not act. Keys that only shape the
    /// layers of candidates, such as rates of migration, count as acting.
    pub fn idle_in_pool() -> Idles {
        let mut idle = Idles::default();
        let nothing = Use {
            from: Month(0),
            until: Month(0),
            founds: true,
            enrolment: None,
            written: Written::default(),
            levels_aim: false,
        };
        idle_beside(&nothing, &mut idle);
        let below = |table: &str, above: &str| {
            table.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        for entry in STEPS {
            if !STEPS.iter().any(|other| other.runs(true) && below(other.table, entry.table)) {
                idle.put(entry.table, "its processes run in the cities only");
            }
        }
        for key in ["chain.desk", "chain.triage"] {
            idle.put(key, "the response of the chain runs in the cities only");
        }
        idle.put("effects", "there are no measures and no effects in the burn-in population");
        for key in ["trends", PARTNER_DECLINE, MALTREATMENT_DECLINE] {
            idle.put(key, "the burn-in population has no trends");
        }
        for key in [NEWCOMERS, "life.births.make_up"] {
            idle.put(key, "the burn-in population is closed");
        }
        idle
    }

    /// The keys that cannot change a run with this use of the model.
    ///
    /// # Errors
    /// Describes an invalid table of a card.
    pub fn idle(&self, used: &Use) -> Result<Idles, String> {
        let mut idle = Idles::default();
        idle_beside(used, &mut idle);
        if !used.founds {
            for key in ["founding", "places"] {
                idle.put(key, "it shapes the population of January 2008, which is there already");
            }
        }
        self.idle_trends(&mut idle);
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
        let programmes = || on.iter().filter_map(|card| card.programme.as_ref());
        if in_force == InForce::None {
            idle.put("effects.treatable", NOT_IN_FORCE);
            // Effects of measures on the chain itself apply in the null world too.
            let mut effects = programmes().flat_map(|programme| programme.effects.values());
            let on_the_chain = effects.any(|effect| effect.mechanism.is_of_the_chain());
            if !on_the_chain {
                idle.put("effects.many_problems", NOT_IN_FORCE);
            }
            if !on_the_chain && on.iter().all(|card| card.everywhere.is_empty()) {
                idle.put("effects.combination", NOT_IN_FORCE);
            }
        } else {
            if programmes().all(|programme| programme.effects.is_empty() && programme.shifts.is_empty()) {
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
            idle.put(PARTNER_DECLINE, "it belongs to a trend, and `trends.violence` is `flat`");
        }
        if trend != ViolenceTrend::Decline {
            let why = "it belongs to a trend of maltreatment, and `trends.violence` has none";
            idle.put(MALTREATMENT_DECLINE, why);
        }
        if self.trends.migration == Migration::Closed {
            for key in [NEWCOMERS, "life.moving.leave", "life.moving.return"] {
                idle.put(key, "nobody leaves or arrives: `trends.migration` is `closed`");
            }
        }
    }
}

/// Keys that no process reads: figures beside results, and what only tables that are not written show.
fn idle_beside(used: &Use, idle: &mut Idles) {
    idle.put("validation", Validation::BESIDE);
    idle.put("targets", Targets::AIMED_AT);
    for key in ["response.pool", "response.quality"] {
        idle.put(key, "it says how the response was fitted, and no draw is made with it");
    }
    if used.levels_aim {
        idle.but(LevelTargets::KEYS);
    } else {
        idle.put("response", "no parameter draw has levels of its own");
    }
    for key in Money::BESIDE {
        idle.put(format!("money.{key}"), "it stands beside results and is no part of them");
    }
    if !used.written.money {
        for key in ["money.overhead", "money.prices", "money.society", "money.budget"] {
            idle.put(key, NO_MONEY);
        }
    }
    if !used.written.money && !used.written.lives {
        idle.put("money.health", "no table that is written weighs health");
    }
    if !used.written.yearly {
        idle.put("chain.survey", "surveys are shown in the table `yearly`, which is not written");
    }
    if !used.written.transmission {
        for key in ["recall_sensitivity", "recall_specificity"] {
            let why = "recall is shown in the table `transmission`, which is not written";
            idle.put(format!("transmission.{key}"), why);
        }
    }
}

impl Targets {
    /// Reason: the key is only a target.
    const AIMED_AT: &str = "only `keten solve` aims at it";
}

impl Validation {
    /// Reason: the key is only reported beside results.
    const BESIDE: &str = "it is a figure to hold results against and no part of them";
}

impl Money {
    /// Figures of the document that reports print beside results, and names; no computation uses them.
    const BESIDE: [&str; 11] = [
        "items",
        "covers",
        "staff_year",
        "cpi",
        "programme",
        "own",
        "own_regular",
        "own_ban",
        "bans_funded",
        "bans_expected",
        "ban_investment",
    ];
}

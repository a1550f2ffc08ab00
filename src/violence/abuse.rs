//! The course of elder abuse (*ouderenmishandeling*) and of honour-related violence (*eergerelateerd geweld*), month by
//! month: who uses it, incidents, harm, and its end. A spell ends with the death or departure of the victim; elder abuse
//! ends also with that of the relative who uses it.
//!
//! In January 2008 as many spells are under way as begin and end in balance.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Other;
use super::other::KINDS;
use crate::engine::{Draws, Monthly, Process, Scope};
use crate::random::{exponential, normal, poisson};
use crate::units::{Probability, RatePerYear, Ratio, Sd, Share};
use crate::world::{
    ADULT, Abuse, AbuseChange, Change, Changes, Event, Flag, Lists, Mechanism, Month, OtherIncidents, OtherViolence,
    PersonId, Severity, Sex, World, YearFlag,
};

/// `[violence.abuse]`: the course of elder abuse and of honour-related violence.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AbuseCourse {
    /// Elder abuse by relatives.
    pub elder: AbuseRates,
    /// Honour-related violence.
    pub honour: AbuseRates,
    /// Share of elder abuse by relatives that is used by an adult child of the victim. Other relatives are not
    /// simulated, and neither are children outside the four cities.
    pub by_child: Share,
    /// Rate ratio of incidents while the victim stays in a shelter, versus before.
    pub sheltered: Ratio,
}

/// Incidents, harm and end of one kind of violence by relatives.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AbuseRates {
    /// Incidents per year in a spell of median intensity.
    pub incidents: RatePerYear,
    /// Standard deviation of the logarithm of the incident rate between spells.
    pub intensity_sd: Sd,
    /// Hazard that a spell ends.
    #[schemars(extend("x-above" = 0))]
    pub end: RatePerYear,
    /// Probability of an injury in an incident.
    pub injury: Probability,
    /// Probability that an injury is serious.
    pub serious: Probability,
    /// Probability that a serious injury is fatal.
    pub fatal: Probability,
}

/// The process of all spells.
struct AbuseProcess {
    course: AbuseCourse,
    onset: Other,
    /// Whether spells under way are drawn in January 2008: in the cities, not in the burn-in population.
    founds: bool,
}

/// Youngest age of a male relative who may use honour-related violence.
const PERPETRATOR_AGE: i32 = 15;
/// Draws of one spell in a month, by index; those of honour-related violence follow [`OF_HONOUR`] further.
const INCIDENTS: u16 = 0;
const RELATIVE: u16 = 1;
const INTENSITY: u16 = 2;
const UNDER_WAY: u16 = 3;
const OF_HONOUR: u16 = 8;

impl AbuseCourse {
    /// The process. Onsets come from `onset`.
    pub fn build(&self, onset: &Other, scope: &Scope) -> Process {
        let (course, onset) = (self.clone(), onset.clone());
        Process::Monthly(Box::new(AbuseProcess { course, onset, founds: !scope.pool }))
    }

    fn rates(&self, kind: OtherViolence) -> Option<&AbuseRates> {
        match kind {
            OtherViolence::Relatives => None,
            OtherViolence::Elder => Some(&self.elder),
            OtherViolence::Honour => Some(&self.honour),
        }
    }
}

/// Index of a draw of a spell.
fn index(kind: OtherViolence, draw: u16) -> u16 {
    draw + if kind == OtherViolence::Honour { OF_HONOUR } else { 0 }
}

/// Probability in a month of an event with this hazard per year.
fn monthly(rate: f64) -> f64 {
    1.0 - libm::exp(-rate / 12.0)
}

/// Share of persons with a spell under way between two months, in balance of onset and end at these hazards per year. In
/// the month of its onset a spell runs, and it may end after it.
fn in_balance(onset: f64, end: f64) -> f64 {
    let begins = monthly(onset) * (1.0 - monthly(end));
    begins / (begins + monthly(end))
}

impl AbuseProcess {
    /// Spells under way on 1 January 2008, in balance of onset and end, for persons without one.
    fn under_way(&self, world: &World, draws: &Draws, spells: &mut Vec<Abuse>) {
        // Only what began this month can be there already: every person is asked once.
        let begun = spells.len();
        for row in world.present().filter(|row| world.body(*row).place.is_here()) {
            let rates = self.onset.rates_of(world, row);
            for (kind, onset) in KINDS.into_iter().zip(rates) {
                let Some(end) = self.course.rates(kind).map(|rates| rates.end.get()) else { continue };
                if onset <= 0.0 || end <= 0.0 {
                    continue;
                }
                let draw = draws.lasting(world.body(row).key, index(kind, UNDER_WAY));
                let victim = PersonId(row as u32);
                let is_new = || !spells[..begun].iter().any(|spell| spell.victim == victim && spell.kind == kind);
                if draw.happens(0, in_balance(onset, end)) && is_new() {
                    let months = (exponential(draw.unit(1)) * 12.0 / end).min(600.0);
                    let since = world.now().plus(-1 - libm::floor(months) as i32);
                    let perpetrator = self.perpetrator(world, row, kind, draws);
                    spells.push(Abuse { victim, perpetrator, kind, since });
                }
            }
        }
    }

    /// The relative who uses violence, if simulated: of elder abuse an adult child of the victim in the cities, of
    /// honour-related violence a man of the household.
    fn perpetrator(&self, world: &World, victim: usize, kind: OtherViolence, draws: &Draws) -> PersonId {
        let now = world.now();
        let draw = draws.of(world.body(victim).key, index(kind, RELATIVE));
        let mut relatives: Vec<usize> = match kind {
            OtherViolence::Relatives => Vec::new(),
            OtherViolence::Elder if !draw.happens(0, self.course.by_child.get()) => Vec::new(),
            OtherViolence::Elder => {
                world.children(victim).filter(|child| world.body(*child).age_months(now) >= ADULT).collect()
            }
            OtherViolence::Honour => {
                let men = |row: &usize| {
                    let body = world.body(*row);
                    *row != victim && body.sex() == Sex::Male && body.age(now) >= PERPETRATOR_AGE
                };
                world.household(world.householder(victim)).into_iter().filter(men).collect()
            }
        };
        relatives.retain(|row| world.body(*row).counts() && world.body(*row).place.is_here());
        relatives.sort_unstable_by_key(|row| world.body(*row).key);
        let at = (draw.unit(1) * relatives.len() as f64) as usize;
        relatives.get(at).map_or(PersonId::NONE, |row| PersonId(*row as u32))
    }

    /// Expected incidents of a spell this month.
    fn mean(&self, world: &World, spell: &Abuse, victim: usize, rates: &AbuseRates, draws: &Draws) -> f64 {
        let since = i32::from(spell.since.0) as u32;
        let intensity = normal(draws.at(world.body(victim).key, since, index(spell.kind, INTENSITY)).unit(0));
        let effects =
            world.effect(victim, Mechanism::IncidentsSuffered) + of(world, spell.perpetrator, Mechanism::IncidentRate);
        let sheltered = if world.is_kept_safe(victim, Flag::InShelter) { self.course.sheltered.get() } else { 1.0 };
        let log = rates.intensity_sd.get() * intensity + effects;
        (rates.incidents.get() * libm::exp(log) * sheltered / 12.0).min(60.0)
    }

    /// Worst harm of the incidents of a spell in a month.
    fn severity(world: &World, spell: &Abuse, victim: usize, rates: &AbuseRates, count: u32, u: f64) -> Severity {
        let effects =
            world.effect(victim, Mechanism::SevereViolence) + of(world, spell.perpetrator, Mechanism::SevereViolence);
        let injury = rates.injury.get();
        let serious = (injury * rates.serious.get() * libm::exp(effects)).min(injury);
        let any = |p: f64| 1.0 - libm::pow(1.0 - p, f64::from(count));
        if u < any(serious * rates.fatal.get()) {
            Severity::Fatal
        } else if u < any(serious) {
            Severity::Serious
        } else if u < any(injury) {
            Severity::Injury
        } else {
            Severity::Light
        }
    }

    /// A month of a spell; returns the spell if it goes on.
    fn run(&self, world: &World, mut spell: Abuse, draws: &Draws, changes: &mut Changes) -> Option<Abuse> {
        let rates = self.course.rates(spell.kind)?;
        let counts = |who: PersonId| who.row().filter(|row| world.body(*row).counts());
        let victim = counts(spell.victim)?;
        let begins = spell.since == world.now();
        if begins {
            spell.perpetrator = self.perpetrator(world, victim, spell.kind, draws);
        } else if spell.perpetrator != PersonId::NONE && counts(spell.perpetrator).is_none() {
            if spell.kind == OtherViolence::Elder {
                return None;
            }
            spell.perpetrator = PersonId::NONE;
        }
        let draw = draws.of(world.body(victim).key, index(spell.kind, INCIDENTS));
        let drawn = poisson(draw.unit(0), self.mean(world, &spell, victim, rates, draws)).min(999);
        // The month of onset has at least one incident.
        let count = if begins { drawn.max(1) } else { drawn };
        if count > 0 {
            let severity = Self::severity(world, &spell, victim, rates, count, draw.unit(1));
            let Abuse { victim: who, perpetrator, kind, .. } = spell;
            changes.push(Change::YearMark { who, mark: YearFlag::OtherVictim.bit() });
            changes.tell(Event::Other(OtherIncidents {
                victim: who,
                perpetrator,
                kind,
                count: count as u16,
                severity,
            }));
            if severity == Severity::Fatal {
                changes.push(Change::Dies { who, by_partner: false });
                return None;
            }
        }
        let effects =
            world.effect(victim, Mechanism::DesistanceSuffered) + of(world, spell.perpetrator, Mechanism::Desistance);
        (draw.unit(2) >= monthly(rates.end.get() * libm::exp(effects))).then_some(spell)
    }
}

/// Combined log ratio of the effects on a mechanism of a person; 0 for nobody.
fn of(world: &World, who: PersonId, mechanism: Mechanism) -> f64 {
    who.row().map_or(0.0, |row| world.effect(row, mechanism))
}

impl Monthly for AbuseProcess {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        let mut spells = world.abuse().to_vec();
        if self.founds && world.now() == Month(0) {
            self.under_way(world, draws, &mut spells);
        }
        if spells.is_empty() {
            return;
        }
        spells.sort_unstable_by_key(|spell| (world.order_key(spell.victim), spell.kind));
        let spells = spells.into_iter().filter_map(|spell| self.run(world, spell, draws, changes)).collect();
        changes.push(Change::Abuse(AbuseChange::UnderWay(spells)));
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balance_is_where_as_many_spells_begin_as_end() {
        for (onset, end) in [(0.012, 1.0), (0.2, 0.8), (3.0, 12.0)] {
            let share = in_balance(onset, end);
            let (begins, ends) = (monthly(onset), monthly(end));
            let after_a_month = (share + (1.0 - share) * begins) * (1.0 - ends);
            assert!((after_a_month - share).abs() < 1e-12, "{onset} {end}: {share} became {after_a_month}");
        }
        // Rare spells of a year: the share is the onset times the duration, less the months in which spells end at once.
        assert!((in_balance(0.012, 1.0) / 0.012 - 0.95).abs() < 0.01);
    }

    #[test]
    fn draws_of_the_two_kinds_have_indices_of_their_own() {
        let mut all: Vec<u16> = [OtherViolence::Elder, OtherViolence::Honour]
            .into_iter()
            .flat_map(|kind| [INCIDENTS, RELATIVE, INTENSITY, UNDER_WAY].map(|draw| index(kind, draw)))
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 8);
    }
}

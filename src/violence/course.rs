//! The course of violence between partners (*verloop*), month by month in couples with ongoing or earlier violence:
//! incidents, harm, witnesses, escalation, desistance and resumption.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::{Draws, Process, Sweep};
use crate::random::{normal, poisson};
use crate::units::{LogRatio, Probability, RatePerYear, Ratio, Sd, Years};
use crate::world::{
    Change, Changes, Couple, CoupleId, Event, Flag, Incident, Lists, Mechanism, PersonId, Severity, Sex, Side, Subject,
    Violence, World, window,
};

/// `[violence.course]`: incidents, harm, witnesses, escalation, end and resumption of violence between partners.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// Incidents per year in a couple of median intensity, for each partner who uses situational violence.
    pub incidents_situational: RatePerYear,
    /// Incidents per year in a couple of median intensity, for each partner who uses coercive violence.
    pub incidents_coercive: RatePerYear,
    /// Standard deviation of the logarithm of the incident rate between couples.
    pub intensity_sd: Sd,
    /// Standard deviation of the logarithm of the incident rate between the quarters of a year within a couple
    /// (episodes).
    pub episode_sd: Sd,
    /// Hazard that situational violence ends, in a couple of median intensity that lives together; violence in both
    /// directions ends at once.
    pub desistance_situational: RatePerYear,
    /// Hazard that coercive violence ends, in a couple of median intensity that lives together.
    pub desistance_coercive: RatePerYear,
    /// Hazard that violence resumes, right after it ended, in a couple of median intensity that lives together. It
    /// resumes in the directions that it had.
    pub resumption: RatePerYear,
    /// Time without violence after which the hazard of resumption has halved, years.
    #[schemars(extend("x-above" = 0))]
    pub resumption_half_life: Years,
    /// Log hazard ratio of resumption per standard deviation of the couple's intensity; the hazard of desistance has its
    /// negative. Couples with frequent violence also have longer violence.
    pub persistence: LogRatio,
    /// Hazard that situational violence by a man becomes coercive.
    pub escalation: RatePerYear,
    /// Hazard ratio of escalation: violence by a woman versus by a man.
    pub escalation_by_women: Ratio,
    /// Rate ratio of incidents: after versus before separation.
    pub separated_incidents: Ratio,
    /// Ratio of the probability of a serious injury per incident: first year after separation versus before.
    pub separated_severity: Ratio,
    /// Hazard ratio of desistance: after versus before separation.
    pub separated_desistance: Ratio,
    /// Hazard ratio of resumption: former partners versus partners who live together.
    pub separated_resumption: Ratio,
    /// Rate ratio of incidents while one of the partners stays in a shelter, versus before.
    pub sheltered: Ratio,
    /// Rate ratio of incidents in a month in which one of the partners is banned from home (10 to 28 days), versus
    /// before.
    pub banned: Ratio,
    /// Probability of an injury in an incident of situational violence.
    pub injury_situational: Probability,
    /// Probability of an injury in an incident of coercive violence.
    pub injury_coercive: Probability,
    /// Probability that an injury is serious.
    pub serious: Probability,
    /// Probability that a serious injury inflicted by a man is fatal.
    pub fatal_by_men: Probability,
    /// Probability that a serious injury inflicted by a woman is fatal.
    pub fatal_by_women: Probability,
    /// Probability that a child at home witnesses an incident between its parents or carers who live together.
    pub witness: Probability,
    /// Probability that a child at home with either parent witnesses an incident between separated parents.
    pub witness_separated: Probability,
}

/// The sweep over couples with ongoing or earlier violence.
struct CourseProcess(Course);

impl Course {
    /// The sweep.
    pub fn build(&self) -> Process {
        Process::Sweep(Box::new(CourseProcess(self.clone())))
    }
}

fn monthly(rate: f64) -> f64 {
    1.0 - libm::exp(-rate / 12.0)
}

impl CourseProcess {
    /// Expected incidents this month by one partner.
    fn mean(&self, world: &World, couple: &Couple, by: Side, episode: f64) -> f64 {
        let c = &self.0;
        let median = match couple.violence[by as usize] {
            Violence::None => return 0.0,
            Violence::Situational => c.incidents_situational.get(),
            Violence::Coercive => c.incidents_coercive.get(),
        };
        let log = c.intensity_sd.get() * couple.intensity.get() + c.episode_sd.get() * episode
            - 0.5 * c.episode_sd.get() * c.episode_sd.get();
        let separated = if couple.together() { 1.0 } else { c.separated_incidents.get() };
        let of = |who: PersonId, mechanism| who.row().map_or(0.0, |row| world.effect(row, mechanism));
        let effects = of(couple.partner(by), Mechanism::IncidentRate)
            + of(couple.partner(by.other()), Mechanism::IncidentsSuffered);
        (median * libm::exp(log + effects) * separated * self.apart(world, couple) / 12.0).min(60.0)
    }

    /// Factor by which a stay in a shelter or a ban from home reduces the incidents and the hazard of resumption.
    fn apart(&self, world: &World, couple: &Couple) -> f64 {
        let any =
            |flag: Flag| couple.partners.into_iter().filter_map(PersonId::row).any(|row| world.is_kept_safe(row, flag));
        if any(Flag::InShelter) {
            self.0.sheltered.get()
        } else if any(Flag::Banned) {
            self.0.banned.get()
        } else {
            1.0
        }
    }

    fn severity(&self, world: &World, couple: &Couple, by: Side, count: u32, u: f64) -> Severity {
        if count == 0 {
            return Severity::Light;
        }
        let c = &self.0;
        let injury = match couple.violence[by as usize] {
            Violence::Coercive => c.injury_coercive.get(),
            Violence::Situational | Violence::None => c.injury_situational.get(),
        };
        let recent = !couple.together() && world.now().since(couple.ended) < 12;
        let ratio = if recent { c.separated_severity.get() } else { 1.0 };
        let effects: f64 = couple
            .partners
            .into_iter()
            .filter_map(PersonId::row)
            .map(|row| world.effect(row, Mechanism::SevereViolence))
            .sum();
        let serious = (injury * c.serious.get() * ratio * libm::exp(effects)).min(injury);
        let fatal = serious * if couple.sex(by) == Sex::Male { c.fatal_by_men.get() } else { c.fatal_by_women.get() };
        let any = |p: f64| 1.0 - libm::pow(1.0 - p, f64::from(count));
        if u < any(fatal) {
            Severity::Fatal
        } else if u < any(serious) {
            Severity::Serious
        } else if u < any(injury) {
            Severity::Injury
        } else {
            Severity::Light
        }
    }

    fn witnesses(&self, world: &World, id: CoupleId, counts: [u16; 2], draws: &Draws, changes: &mut Changes) -> u8 {
        let Some(couple) = world.couple_by_id(id) else { return 0 };
        let chance = if couple.together() { self.0.witness.get() } else { self.0.witness_separated.get() };
        let total = f64::from(counts[0]) + f64::from(counts[1]);
        let seen = 1.0 - libm::pow(1.0 - chance, total);
        let mut witnesses = 0_u8;
        for parent in couple.partners.into_iter().rev().filter_map(PersonId::row) {
            for child in world.children_at_home(parent) {
                let Some(window) = window(world.body(child).age_months(world.now())) else { continue };
                if world.is_kept_safe(child, Flag::InShelter) {
                    continue;
                }
                if draws.of(world.body(child).key, 2).happens(0, seen) {
                    witnesses = witnesses.saturating_add(1);
                    let child = PersonId(child as u32);
                    changes.push(Change::Witness { child, window: window as u8 });
                    changes.tell(Event::Witnessed { child, couple: id, by: counts.map(|count| count > 0) });
                }
            }
        }
        witnesses
    }

    fn month(&self, world: &World, id: CoupleId, draws: &Draws, changes: &mut Changes) {
        let Some(row) = id.row() else { return };
        let couple = world.couple(row);
        let here = |who: PersonId| who.row().is_some_and(|row| world.body(row).has(Flag::Present));
        if !couple.present || !couple.partners.into_iter().all(here) {
            return;
        }
        if !couple.is_violent() {
            self.resume(world, id, couple, draws.of(couple.key, 4).unit(0), changes);
            return;
        }
        let quarter = i32::from(world.now().0).div_euclid(3) as u32;
        let episode = normal(draws.at(couple.key, 1 << 29 | (quarter & 0xffff), 0).unit(0));
        let (luck, harm, course) = (draws.of(couple.key, 0), draws.of(couple.key, 1), draws.of(couple.key, 3));
        let mut counts = [0_u16; 2];
        let mut severity = [Severity::Light; 2];
        for by in Side::BOTH {
            let index = by as usize;
            let drawn = poisson(luck.unit(index), self.mean(world, couple, by, episode)).min(999);
            // The month of onset has at least one incident.
            let count = if couple.fresh[index] { drawn.max(1) } else { drawn };
            counts[index] = count as u16;
            severity[index] = self.severity(world, couple, by, count, harm.unit(index));
        }
        if counts != [0; 2] {
            let witnesses = self.witnesses(world, id, counts, draws, changes);
            changes.push(Change::Incidents { couple: id, counts });
            let separated = !couple.together();
            let state = couple.violence;
            changes.tell(Event::Violence(Incident { couple: id, counts, severity, state, witnesses, separated }));
        }
        for by in Side::BOTH {
            if severity[by as usize] == Severity::Fatal {
                changes.push(Change::Dies { who: couple.partner(by.other()), by_partner: true });
                return;
            }
        }
        let u: [f64; 4] = std::array::from_fn(|index| course.unit(index));
        self.turn(world, id, couple, u, changes);
    }

    /// Log hazard ratio of desistance in one direction by the effects of measures; its negative acts on resumption.
    fn stops(world: &World, couple: &Couple, by: Side) -> f64 {
        let of = |who: PersonId, mechanism| who.row().map_or(0.0, |row| world.effect(row, mechanism));
        of(couple.partner(by), Mechanism::Desistance) + of(couple.partner(by.other()), Mechanism::DesistanceSuffered)
    }

    /// Log hazard ratio of resumption of a couple by its intensity; its negative acts on desistance.
    fn persists(&self, couple: &Couple) -> f64 {
        self.0.persistence.get() * couple.intensity.get()
    }

    /// Hazard that situational violence by a person of this sex becomes coercive.
    fn escalation(&self, by: Sex) -> f64 {
        let ratio = if by == Sex::Female { self.0.escalation_by_women.get() } else { 1.0 };
        self.0.escalation.get() * ratio
    }

    /// Desistance and escalation; `u` are uniform draws, two for each partner.
    fn turn(&self, world: &World, id: CoupleId, couple: &Couple, u: [f64; 4], changes: &mut Changes) {
        let c = &self.0;
        let separated = if couple.together() { 1.0 } else { c.separated_desistance.get() };
        let ends = |base: f64, log: f64| monthly(base * separated * libm::exp(log - self.persists(couple)));
        // An episode of situational violence in both directions is one episode.
        let mutual = couple.violence == [Violence::Situational; 2];
        let mean = 0.5 * Side::BOTH.into_iter().map(|by| Self::stops(world, couple, by)).sum::<f64>();
        let together = mutual && u[0] < ends(c.desistance_situational.get(), mean);
        for by in Side::BOTH {
            let state = couple.violence[by as usize];
            let own = || Self::stops(world, couple, by);
            let stops = match state {
                Violence::None => continue,
                Violence::Situational if mutual => together,
                Violence::Situational => u[by as usize] < ends(c.desistance_situational.get(), own()),
                Violence::Coercive => u[by as usize] < ends(c.desistance_coercive.get(), own()),
            };
            if stops {
                changes.push(Change::Violence { couple: id, by, state: Violence::None });
            } else if state == Violence::Situational && u[2 + by as usize] < monthly(self.escalation(couple.sex(by))) {
                changes.push(Change::Violence { couple: id, by, state: Violence::Coercive });
            }
        }
    }

    /// Resumption of violence that had ended, in the directions that it had.
    fn resume(&self, world: &World, id: CoupleId, couple: &Couple, u: f64, changes: &mut Changes) {
        let c = &self.0;
        let directions = || Side::BOTH.into_iter().filter(|by| couple.last[*by as usize] != Violence::None);
        let many = directions().count();
        if many == 0 {
            return;
        }
        let years = f64::from(world.now().since(couple.calm)) / 12.0;
        let left = libm::exp2(-years / c.resumption_half_life.get().max(0.01));
        let separated = if couple.together() { 1.0 } else { c.separated_resumption.get() };
        let most = c.resumption.get() * left * separated * self.apart(world, couple);
        let stops = directions().map(|by| Self::stops(world, couple, by)).sum::<f64>() / many as f64;
        if u < monthly(most * libm::exp(self.persists(couple) - stops)) {
            changes.push(Change::Resumes(id));
        }
    }
}

impl Sweep for CourseProcess {
    fn rows(&self, world: &World, _: &Draws) -> usize {
        world.violent().len()
    }

    fn subject(&self, world: &World, _: &Draws, index: usize) -> Option<(Subject, u64)> {
        Some(world.couple_subject(world.violent()[index]))
    }

    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, draws: &Draws, changes: &mut Changes) {
        for couple in &world.violent()[rows] {
            self.month(world, *couple, draws, changes);
        }
    }

    fn lists(&self) -> Lists {
        Lists::VIOLENT
    }
}

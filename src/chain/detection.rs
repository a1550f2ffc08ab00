//! Detection: which months of violence become known to the police, the ASHG and first-line professionals, and what
//! these register.
//!
//! Each month of violence of a couple in the cities is one record, with its number of incidents and worst harm. Each
//! incident has a probability of reaching the police that depends on harm, on the victim's sex and readiness to
//! disclose, on whether the family is known, and on measures. Registration is modelled separately: a break in
//! registration practice adds registrations without a hand-over.

use schemars::JsonSchema;
use serde::Deserialize;

use super::known::reports_of;
use crate::engine::{Draws, Process, Scope, Sweep};
use crate::random::poisson;
use crate::units::{LogRatio, Probability, Ratio};
use crate::world::{
    CaseKind, ChainChange, Change, Changes, CoupleId, Edge, Event, Flag, Incident, Lists, Mechanism, Month,
    OtherViolence, Passage, PersonId, Report, Severity, Sex, Source, World, odds,
};

/// `[chain.detection]`: detection by the police, the ASHG and first-line professionals.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Detection {
    /// Probability that the police learn of an incident without injury, against a woman with average readiness to
    /// disclose, in a family not yet known.
    pub police: Probability,
    /// Ratio of the probability of detection: incident with injury versus without.
    pub injury: Ratio,
    /// Ratio of the probability of detection: incident with serious injury versus without injury.
    pub serious: Ratio,
    /// Ratio of the probability of detection: male versus female victim.
    pub men: Ratio,
    /// Ratio of the probability of detection: violence by other relatives versus by partners.
    pub relatives: Ratio,
    /// Ratio of the probability of detection: families with an earlier case versus others.
    pub known: Ratio,
    /// Log ratio of the probability of detection per standard deviation of the victim's readiness to disclose.
    pub disclosure: LogRatio,
    /// Ratio of the probability of detection per calendar year, at the start of its growth in 2008.
    pub drift: Ratio,
    /// Upper limit of that growth: ratio of the probability of detection to that of 2008.
    pub ceiling: Ratio,
    /// Ratio of police registrations to police reports from January 2009 on, after the change of the registration
    /// system.
    pub registration_2009: Ratio,
    /// Probability that a victim contacts the ASHG in a month of violence without injury.
    pub self_referral: Probability,
    /// Probability that a first-line professional sees the victim in a month of violence with injury.
    pub seen: Probability,
    /// Probability that a first-line professional who sees the victim recognises the violence.
    pub recognised: Probability,
    /// Probability that a first-line professional who recognises the violence refers the victim to the ASHG.
    pub referred: Probability,
}

struct DetectionProcess(Detection);

impl Detection {
    /// The sweep over the events of the month.
    pub fn build(&self, scope: &Scope) -> Process {
        reports_of(DetectionProcess(self.clone()), scope)
    }
}

/// Logistic growth towards a ceiling: 1 in January 2008, initial growth factor `growth` per year, never above
/// `ceiling`.
pub(super) fn drifted(growth: f64, ceiling: f64, now: Month) -> f64 {
    let years = f64::from(now.0) / 12.0;
    if years <= 0.0 || growth <= 1.0 || ceiling <= 1.0 {
        return 1.0;
    }
    // The rate that gives the logistic curve this growth at its start.
    let rate = libm::log(growth) * ceiling / (ceiling - 1.0);
    ceiling / (1.0 + (ceiling - 1.0) * libm::exp(-rate * years))
}

impl DetectionProcess {
    /// Ratio to 2008 of the probability that violence against this victim is noticed, common to all organisations.
    fn readiness(&self, world: &World, victim: usize, perpetrator: Option<usize>) -> f64 {
        let d = &self.0;
        let known = |row: usize| world.body(row).has(Flag::InChain);
        let mut ratio = libm::exp(d.disclosure.get() * world.mind(victim).disclosure.get());
        if known(victim) || perpetrator.is_some_and(known) {
            ratio *= d.known.get();
        }
        if world.body(victim).sex() == Sex::Male {
            ratio *= d.men.get();
        }
        ratio
            * libm::exp(
                world.chain_effect(victim, Mechanism::HelpSeeking) + world.chain_effect(victim, Mechanism::Disclosure),
            )
    }

    fn of_harm(&self, severity: Severity) -> f64 {
        match severity {
            Severity::Light => 1.0,
            Severity::Injury => self.0.injury.get(),
            Severity::Serious | Severity::Fatal => self.0.serious.get(),
        }
    }

    /// Incidents of one direction that reach the police, and the additional registrations.
    fn to_police(&self, now: Month, count: u16, severity: Severity, ratio: f64, u: [f64; 3]) -> (u32, u32) {
        let d = &self.0;
        let light = (d.police.get() * ratio * drifted(d.drift.get(), d.ceiling.get(), now)).min(0.95);
        let worst = (light * self.of_harm(severity)).min(0.95);
        let others = f64::from(count - 1);
        let reports = u32::from(u[0] < worst) + poisson(u[1], others * light).min(u32::from(count - 1));
        let more = if now >= Month::january(2009) { (d.registration_2009.get() - 1.0).max(0.0) } else { 0.0 };
        (reports, poisson(u[2], more * (worst + others * light)))
    }

    fn incident(&self, world: &World, incident: &Incident, draws: &Draws, changes: &mut Changes) {
        let Some(couple) = world.couple_by_id(incident.couple) else { return };
        let (Some(man), Some(woman)) = (couple.man.row(), couple.woman.row()) else { return };
        let place = world.body(woman).place;
        if !place.is_here() {
            return;
        }
        let (mut reports, mut more, mut main) = ([0_u32; 2], 0, Sex::Male);
        let mut seeks: Option<(Sex, Source)> = None;
        let mut seen_by_first_line = false;
        for by in Sex::BOTH {
            let index = by as usize;
            let count = incident.counts[index];
            if count == 0 {
                continue;
            }
            let (user, victim) = if by == Sex::Male { (man, woman) } else { (woman, man) };
            let severity = incident.severity[index];
            let ratio = self.readiness(world, victim, Some(user));
            let draw = draws.of(couple.key, index as u16);
            let (known, extra) =
                self.to_police(world.now(), count, severity, ratio, [draw.unit(0), draw.unit(1), draw.unit(2)]);
            reports[index] = known;
            more += extra;
            if known > 0 && (reports[0] == 0 || known > reports[0]) {
                main = by;
            }
            if severity < Severity::Fatal {
                let help = draws.of(couple.key, 2 + index as u16);
                let (source, seen) = self.to_desk(
                    world,
                    victim,
                    ratio * self.of_harm(severity),
                    severity,
                    [help.unit(0), help.unit(1), help.unit(2)],
                );
                seeks = seeks.or(source.map(|source| (by, source)));
                seen_by_first_line |= seen;
            }
        }
        let city = place.city() as u8;
        let total = reports[0] + reports[1];
        let edge = |edge, passed, who| Passage::at(edge, city, who, passed);
        changes.tell(edge(Edge::PoliceReport, total > 0, PersonId(woman as u32)));
        changes.tell(edge(Edge::SelfReferral, matches!(seeks, Some((_, Source::Desk))), PersonId(woman as u32)));
        if seen_by_first_line {
            let referred = matches!(seeks, Some((_, Source::FirstLine)));
            changes.tell(edge(Edge::FirstLine, referred, PersonId(woman as u32)));
        }
        let report = |source, by: Sex, registrations: u32| {
            let (perpetrator, victim) = if by == Sex::Male { (man, woman) } else { (woman, man) };
            Change::Chain(ChainChange::Report(Report {
                source,
                kind: CaseKind::Partner,
                city,
                subject: couple.key,
                couple: incident.couple,
                victim: PersonId(victim as u32),
                perpetrator: PersonId(perpetrator as u32),
                severity: incident.severity[by as usize],
                registrations: registrations.min(u32::from(u16::MAX)) as u16,
                known: false,
                founded: true,
            }))
        };
        if total > 0 {
            changes.push(report(Source::Police, main, total + more));
        } else if more > 0 {
            changes.tell(Event::Registered { city, count: more.min(u32::from(u16::MAX)) as u16 });
        }
        if let Some((by, source)) = seeks {
            changes.push(report(source, by, 1));
        }
    }

    /// Whether the victim contacts the ASHG, on her own initiative or referred by a professional; and whether a
    /// professional noticed the violence.
    fn to_desk(
        &self,
        world: &World,
        victim: usize,
        ratio: f64,
        severity: Severity,
        u: [f64; 3],
    ) -> (Option<Source>, bool) {
        let d = &self.0;
        let growth = drifted(d.drift.get(), d.ceiling.get(), world.now());
        if u[0] < (d.self_referral.get() * ratio * growth).min(0.95) {
            return (Some(Source::Desk), false);
        }
        if severity < Severity::Injury || u[1] >= d.seen.get() {
            return (None, false);
        }
        let recognised = odds(d.recognised.get(), world.chain_effect(victim, Mechanism::Detection));
        let referred = odds(d.referred.get(), world.chain_effect(victim, Mechanism::Referral));
        ((u[2] < recognised * referred).then_some(Source::FirstLine), true)
    }

    fn other(
        &self,
        world: &World,
        victim: PersonId,
        kind: OtherViolence,
        count: u16,
        draws: &Draws,
        changes: &mut Changes,
    ) {
        let Some(row) = victim.row() else { return };
        let body = world.body(row);
        if !body.place.is_here() || count == 0 {
            return;
        }
        let kind = match kind {
            OtherViolence::Relatives => CaseKind::Relative,
            OtherViolence::Elder => CaseKind::Elder,
            OtherViolence::Honour => CaseKind::Honour,
        };
        let draw = draws.of(body.key, 4);
        // A professional carer of an old person may report.
        let ratio = self.readiness(world, row, None)
            * self.0.relatives.get()
            * libm::exp(world.effect(row, Mechanism::Reporting));
        let units = [draw.unit(0), draw.unit(1), draw.unit(2)];
        let (reports, more) = self.to_police(world.now(), count, Severity::Light, ratio, units);
        let city = body.place.city() as u8;
        let passed = reports > 0;
        changes.tell(Passage::at(Edge::PoliceReport, city, victim, passed));
        if passed {
            changes.push(Change::Chain(ChainChange::Report(Report {
                source: Source::Police,
                kind,
                city,
                subject: body.key,
                couple: CoupleId::NONE,
                victim,
                perpetrator: PersonId::NONE,
                severity: Severity::Light,
                registrations: (reports + more).min(u32::from(u16::MAX)) as u16,
                known: false,
                founded: true,
            })));
        }
    }
}

impl Sweep for DetectionProcess {
    fn rows(&self, world: &World, _: &Draws) -> usize {
        world.events().len()
    }

    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, draws: &Draws, changes: &mut Changes) {
        let events = world.events();
        // The month decides on violence between partners before that between other relatives.
        for incident in events.incidents_within(rows.clone()) {
            self.incident(world, incident, draws, changes);
        }
        for (victim, kind, count) in events.others_within(rows) {
            self.other(world, victim, kind, count, draws, changes);
        }
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drift_starts_at_1_grows_as_it_says_and_stays_below_its_ceiling() {
        assert_eq!(drifted(1.08, 3.0, Month(0)), 1.0);
        let slope = (drifted(1.08, 3.0, Month(1)) - 1.0) * 12.0;
        assert!((slope - libm::log(1.08)).abs() < 2e-3, "{slope}");
        assert!(drifted(1.08, 3.0, Month(1200)) <= 3.0 && drifted(1.08, 3.0, Month(1200)) > 2.99);
        assert_eq!(drifted(1.0, 3.0, Month(100)), 1.0);
    }
}

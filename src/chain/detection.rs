//! Detection: which months of violence become known to the police, the ASHG and first-line professionals, and what
//! these register.
//!
//! Each month of violence of a couple in the cities is one record, with its number of incidents and worst harm. Each
//! incident has a probability of reaching the police that depends on harm, on the victim's sex and readiness to
//! disclose, on whether the family is known, on the city, and on measures; it is lower where violence is frequent.
//! Registration is modelled separately: a break in registration practice adds registrations without a hand-over. Elder
//! abuse becomes known month by month, to the police or to a desk.

use schemars::JsonSchema;
use serde::Deserialize;

use super::known::reports_of;
use crate::engine::{Draws, Process, Scope, Sweep};
use crate::random::{Block, poisson};
use crate::units::{LogRatio, Probability, Ratio, Rows, Share};
use crate::world::{
    CaseKind, ChainChange, Change, Changes, CoupleId, Edge, Event, Flag, Incident, Lists, Mechanism, Month,
    OtherIncidents, OtherViolence, Passage, PersonId, Report, Severity, Sex, Side, Source, World, odds,
};

/// `[chain.detection]`: detection by the police, the ASHG and first-line professionals.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Detection {
    /// Probability that the police learn of an incident without injury, against a woman with average readiness to
    /// disclose, in a family not yet known.
    pub police: Probability,
    /// Exponent of the number of incidents of a couple in a month in the expected number that reach the police: 1 if
    /// each incident has the same probability, 0 if the month has the probability of one incident however many there
    /// are.
    pub repeated: Share,
    /// Log ratio of the probability of detection by the police: victims in a city versus the mean of the four cities.
    pub city: Rows<LogRatio>,
    /// Ratio of the probability of detection: incident with injury versus without.
    pub injury: Ratio,
    /// Ratio of the probability of detection: incident with serious injury versus without injury.
    pub serious: Ratio,
    /// Ratio of the probability of detection: male versus female victim.
    pub men: Ratio,
    /// Ratio of the probability of detection: violence by other relatives versus by partners.
    pub relatives: Ratio,
    /// Ratio of the probability of detection: honour-related violence versus violence by partners.
    pub honour: Ratio,
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
    /// Probability that elder abuse by relatives becomes known in a month with incidents and without injury, where there
    /// is no desk for elder abuse.
    pub elder: Probability,
    /// Share of the elder abuse that becomes known that the police learn of first.
    pub elder_police: Share,
    /// Share of the other elder abuse that becomes known that a professional reports; victim and family report the rest.
    pub elder_professional: Share,
}

/// Detection, and the ratio of the probability of detection by the police of each city.
struct DetectionProcess(Detection, Vec<f64>);

impl Detection {
    /// The sweep over the events of the month. The burn-in population has the mean of the cities.
    ///
    /// # Errors
    /// Names a city without a ratio.
    pub fn build(&self, scope: &Scope) -> Result<Process, String> {
        let logs = crate::curve::indexed(&self.city, "city", "log_ratio", scope.cities)?;
        let ratios = if scope.pool { Vec::new() } else { logs.into_iter().map(libm::exp).collect() };
        Ok(reports_of(DetectionProcess(self.clone(), ratios), scope))
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

    /// Ratio of the probability that the police of a city learn of an incident to the mean of the cities.
    fn of_city(&self, city: usize) -> f64 {
        self.1.get(city).copied().unwrap_or(1.0)
    }

    /// Incidents of one direction that reach the police, and the additional registrations.
    fn to_police(&self, now: Month, count: u16, severity: Severity, ratio: f64, u: [f64; 3]) -> (u32, u32) {
        let d = &self.0;
        let one_of_many = libm::pow(f64::from(count), d.repeated.get() - 1.0);
        let light = (d.police.get() * one_of_many * ratio * drifted(d.drift.get(), d.ceiling.get(), now)).min(0.95);
        let worst = (light * self.of_harm(severity)).min(0.95);
        let others = f64::from(count - 1);
        let reports = u32::from(u[0] < worst) + poisson(u[1], others * light).min(u32::from(count - 1));
        let more = if now >= Month::january(2009) { (d.registration_2009.get() - 1.0).max(0.0) } else { 0.0 };
        (reports, poisson(u[2], more * (worst + others * light)))
    }

    fn incident(&self, world: &World, incident: &Incident, draws: &Draws, changes: &mut Changes) {
        let Some(couple) = world.couple_by_id(incident.couple) else { return };
        let [Some(first), Some(second)] = couple.partners.map(PersonId::row) else { return };
        // What is not about one direction is recorded with the woman; of two men or two women, with the partner against
        // whom there was more violence.
        let mostly_first = couple.is_same_sex() && incident.counts[1] > incident.counts[0];
        let main_victim = if mostly_first { first } else { second };
        let place = world.body(main_victim).place;
        if !place.is_here() {
            return;
        }
        let (mut reports, mut more, mut main) = ([0_u32; 2], 0, Side::First);
        let mut seeks: Option<(Side, Source)> = None;
        let mut seen_by_first_line = false;
        for by in Side::BOTH {
            let index = by as usize;
            let count = incident.counts[index];
            if count == 0 {
                continue;
            }
            let (user, victim) = if by == Side::First { (first, second) } else { (second, first) };
            let severity = incident.severity[index];
            let ratio = self.readiness(world, victim, Some(user));
            let draw = draws.of(couple.key, index as u16);
            let units = [draw.unit(0), draw.unit(1), draw.unit(2)];
            let (known, extra) =
                self.to_police(world.now(), count, severity, ratio * self.of_city(place.city()), units);
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
        changes.tell(edge(Edge::PoliceReport, total > 0, PersonId(main_victim as u32)));
        changes.tell(edge(Edge::SelfReferral, matches!(seeks, Some((_, Source::Desk))), PersonId(main_victim as u32)));
        if seen_by_first_line {
            let referred = matches!(seeks, Some((_, Source::FirstLine)));
            changes.tell(edge(Edge::FirstLine, referred, PersonId(main_victim as u32)));
        }
        let report = |source, by: Side, registrations: u32| {
            let (perpetrator, victim) = if by == Side::First { (first, second) } else { (second, first) };
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
        // A reporting code is for partner violence too: to report is one way to refer.
        let refers = world.chain_effect(victim, Mechanism::Referral) + world.chain_effect(victim, Mechanism::Reporting);
        let referred = odds(d.referred.get(), refers);
        ((u[2] < recognised * referred).then_some(Source::FirstLine), true)
    }

    /// Violence by a relative who is not a partner. Violence by other relatives and honour-related violence reach the
    /// police incident by incident.
    fn by_relative(&self, world: &World, incidents: &OtherIncidents, draws: &Draws, changes: &mut Changes) {
        let OtherIncidents { victim, perpetrator, kind, count, severity } = *incidents;
        let Some(row) = victim.row().filter(|row| count > 0 && world.body(*row).place.is_here()) else { return };
        // Several kinds of violence may meet one person in a month.
        let draw = draws.of(world.body(row).key, 4 + kind as u16);
        // A professional carer of an old person may report.
        let ratio = self.readiness(world, row, perpetrator.row())
            * self.of_city(world.body(row).place.city())
            * libm::exp(world.effect(row, Mechanism::Reporting));
        let of_kind = match kind {
            OtherViolence::Relatives => self.0.relatives,
            OtherViolence::Honour => self.0.honour,
            OtherViolence::Elder => return self.elder(world, incidents, ratio, draw, changes),
        };
        let units = [draw.unit(0), draw.unit(1), draw.unit(2)];
        let ratio = ratio * of_kind.get();
        let (reports, more) = self.to_police(world.now(), count, severity, ratio, units);
        let city = world.body(row).place.city() as u8;
        changes.tell(Passage::at(Edge::PoliceReport, city, victim, reports > 0));
        if reports > 0 {
            changes.push(by_relative(world, incidents, row, Source::Police, reports + more));
        }
    }

    /// A month of elder abuse, which becomes known as a whole by one of three routes: to the police, or to the ASHG
    /// through a professional, or through the victim or the family.
    fn elder(&self, world: &World, incidents: &OtherIncidents, ratio: f64, draw: Block, changes: &mut Changes) {
        let (d, victim) = (&self.0, incidents.victim);
        let Some(row) = victim.row() else { return };
        let city = world.body(row).place.city();
        // A desk sets the chance of 2008; what raises or lowers that chance does the same to the chance with a desk.
        let chance = world.chain().system.edge(city, Edge::ElderReport, d.elder.get())
            * ratio
            * self.of_harm(incidents.severity)
            * drifted(d.drift.get(), d.ceiling.get(), world.now());
        let source = match draw.happens(0, chance.min(0.95)) {
            false => None,
            true if draw.happens(1, d.elder_police.get()) => Some(Source::Police),
            true if draw.happens(2, d.elder_professional.get()) => Some(Source::FirstLine),
            true => Some(Source::Desk),
        };
        let city = city as u8;
        changes.tell(Passage::at(Edge::ElderReport, city, victim, source.is_some()));
        for (edge, of) in [(Edge::PoliceReport, Source::Police), (Edge::SelfReferral, Source::Desk)] {
            changes.tell(Passage::at(edge, city, victim, source == Some(of)));
        }
        if let Some(source) = source {
            changes.push(by_relative(world, incidents, row, source, 1));
        }
    }
}

/// The report of violence by a relative against the person in a row.
fn by_relative(world: &World, incidents: &OtherIncidents, row: usize, source: Source, registrations: u32) -> Change {
    let OtherIncidents { victim, perpetrator, kind, severity, .. } = *incidents;
    let kind = match kind {
        OtherViolence::Relatives => CaseKind::Relative,
        OtherViolence::Elder => CaseKind::Elder,
        OtherViolence::Honour => CaseKind::Honour,
    };
    Change::Chain(ChainChange::Report(Report {
        source,
        kind,
        city: world.body(row).place.city() as u8,
        subject: world.body(row).key,
        couple: CoupleId::NONE,
        victim,
        perpetrator,
        severity,
        registrations: registrations.min(u32::from(u16::MAX)) as u16,
        known: false,
        founded: true,
    }))
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
        for incidents in events.others_within(rows) {
            self.by_relative(world, incidents, draws, changes);
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

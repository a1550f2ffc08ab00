//! Suspicion: professionals (teachers, doctors, carers of small children) who suspect maltreatment and may report it to
//! the AMK; and reports about children who are not maltreated.

use schemars::JsonSchema;
use serde::Deserialize;

use super::detection::drifted;
use super::known::reports_of;
use crate::engine::{Draws, Hazard, Process, Scope, Sweep};
use crate::units::{LogRatio, Probability, RatePerYear, Ratio};
use crate::world::{
    ADULT, CaseKind, ChainChange, Change, Changes, CoupleId, Edge, Event, Flag, Lists, Mechanism, Passage, PersonId,
    Report, Severity, Source, Touch, World, odds,
};

/// `[chain.suspicion]`: suspicions of child maltreatment by professionals, and their reports to the AMK.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suspicion {
    /// Suspicions per year about a maltreated child without symptoms, in a family not yet known.
    pub rate: RatePerYear,
    /// Rate ratio of suspicions: child who witnesses violence without being maltreated versus maltreated child.
    pub witnesses: Ratio,
    /// Log rate ratio of suspicions per standard deviation of the child's highest symptom score.
    pub symptoms: LogRatio,
    /// Rate ratio of suspicions: families with an earlier case versus others.
    pub known: Ratio,
    /// Probability that a professional reports a suspicion to the AMK, without a reporting code.
    pub reports: Probability,
    /// Growth of the odds of reporting per calendar year, as a ratio, at its start in 2008; also applies to the rate of
    /// unfounded reports.
    pub drift: Ratio,
    /// Upper limit of that growth: ratio to 2008.
    pub ceiling: Ratio,
    /// Unfounded reports per year and child: reports about a child who is not maltreated.
    pub unfounded: RatePerYear,
}

struct SuspicionProcess(Suspicion);

/// Reports about children who are not maltreated.
struct Unfounded {
    rate: f64,
    growth: f64,
    ceiling: f64,
}

impl Suspicion {
    /// The sweep over maltreated and witnessing children.
    pub fn build(&self, scope: &Scope) -> Process {
        reports_of(SuspicionProcess(self.clone()), scope)
    }

    /// The hazard of an unfounded report.
    pub fn build_unfounded(&self) -> Process {
        let (rate, growth, ceiling) = (self.unfounded.get(), self.drift.get(), self.ceiling.get());
        Process::Person(Box::new(Unfounded { rate, growth, ceiling }))
    }
}

/// Key of the cases of the children in a home, and the carer of record of that home.
fn home_of(world: &World, child: usize) -> Option<(u64, PersonId)> {
    let carer = world.body(child).home.row()?;
    let key = world.couple_of(carer).map_or(world.body(carer).key, |couple| couple.key);
    Some((key, PersonId(carer as u32)))
}

fn report(world: &World, child: usize, severity: Severity, founded: bool) -> Option<Change> {
    let (subject, carer) = home_of(world, child)?;
    let body = world.body(child);
    Some(Change::Chain(ChainChange::Report(Report {
        source: Source::Amk,
        kind: CaseKind::Child,
        city: body.place.city() as u8,
        subject,
        couple: carer.row().map_or(CoupleId::NONE, |row| world.body(row).couple),
        victim: PersonId(child as u32),
        perpetrator: carer,
        severity,
        registrations: 1,
        known: false,
        founded,
    })))
}

impl SuspicionProcess {
    fn child(&self, world: &World, row: usize, maltreated: bool, draws: &Draws, changes: &mut Changes) {
        let s = &self.0;
        let body = world.body(row);
        if !body.counts() || !body.place.is_here() || body.age_months(world.now()) >= ADULT {
            return;
        }
        let mind = world.mind(row);
        let worst = mind.internalising.max(mind.externalising).max(mind.post_traumatic);
        let carer = world.carers(row).0;
        let known = |row: usize| world.body(row).has(Flag::InChain);
        let mut rate = s.rate.get() * libm::exp(s.symptoms.get() * worst.get());
        if !maltreated {
            rate *= s.witnesses.get();
        }
        if known(row) || carer.is_some_and(known) {
            rate *= s.known.get();
        }
        let seen =
            |mechanism| world.chain_effect(row, mechanism) + carer.map_or(0.0, |carer| world.effect(carer, mechanism));
        rate *= libm::exp(seen(Mechanism::Detection));
        let draw = draws.of(body.key, 0);
        if !draw.happens(0, 1.0 - libm::exp(-rate / 12.0)) {
            return;
        }
        let (child, city) = (PersonId(row as u32), body.place.city() as u8);
        changes.tell(Event::Suspected { child, city });
        let growth = libm::log(drifted(s.drift.get(), s.ceiling.get(), world.now()));
        let passed = draw.happens(1, odds(s.reports.get(), growth + seen(Mechanism::Reporting)));
        changes.tell(Passage::at(Edge::Suspicion, city, child, passed));
        if passed {
            let severity = if maltreated { Severity::Injury } else { Severity::Light };
            changes.list.extend(report(world, row, severity, true));
        }
    }
}

impl Sweep for SuspicionProcess {
    fn rows(&self, world: &World, _: &Draws) -> usize {
        world.maltreated().len() + world.violent().len()
    }

    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, draws: &Draws, changes: &mut Changes) {
        let maltreated = world.maltreated().len();
        for at in rows {
            if at < maltreated {
                if let Some(row) = world.maltreated()[at].row().filter(|row| world.past(*row).maltreated != 0) {
                    self.child(world, row, true, draws, changes);
                }
                continue;
            }
            let Some(couple) = world.violent()[at - maltreated].row().map(|row| world.couple(row)) else { continue };
            if !couple.present || !couple.is_violent() {
                continue;
            }
            for parent in couple.partners.into_iter().rev().filter_map(PersonId::row) {
                for child in world.children_at_home(parent) {
                    if world.past(child).maltreated == 0 {
                        self.child(world, child, false, draws, changes);
                    }
                }
            }
        }
    }

    fn lists(&self) -> Lists {
        Lists::MALTREATED.and(Lists::VIOLENT)
    }
}

impl Hazard for Unfounded {
    fn envelope(&self, _: usize, year: usize) -> f64 {
        if year < 18 { self.rate * self.ceiling.max(1.0) } else { 0.0 }
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        let concerned = body.age_months(world.now()) < ADULT && body.place.is_here();
        if concerned { self.rate * drifted(self.growth, self.ceiling, world.now()) } else { 0.0 }
    }

    fn most(&self, _: &World, _: usize) -> f64 {
        1.0
    }

    fn same_for_all(&self) -> Option<f64> {
        Some(1.0)
    }

    fn responds_to(&self) -> Touch {
        Touch::none()
    }

    fn happens(&self, world: &World, row: usize, _: &Draws, changes: &mut Changes) {
        let body = world.body(row);
        if !body.counts() || !body.place.is_here() || world.past(row).maltreated != 0 {
            return;
        }
        if let Some(report) = report(world, row, Severity::Light, false) {
            changes.push(report);
        }
    }
}

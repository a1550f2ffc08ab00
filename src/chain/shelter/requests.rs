//! Requests for a place in a shelter: which victims make one, and what follows at the door.

use std::collections::BTreeSet;

use super::{CRISIS, HONOUR, MEN, ShelterProcess};
use crate::engine::Draws;
use crate::random::Block;
use crate::world::{
    ADULT, CaseKind, ChainChange, Change, Changes, Couple, Edge, Incident, Mechanism, PersonId, Placement,
    ProviderMonths, Report, Request, Services, Severity, Sex, ShelterDecision, ShelterStep, Side, Source, Violence,
    World, odds,
};

/// Age from which a victim of honour-related violence is too old for a specialised shelter, and the least age.
const YOUNG: std::ops::Range<i32> = 12..24;
/// Ages at which children go to school, years.
const SCHOOL: std::ops::Range<i32> = 4..18;
/// Index of the draws on the children of fathers and on the rule of allocation.
const ALONG: u16 = 5;
/// Index of the draws of victims of honour-related violence.
const OF_HONOUR: u16 = 6;

/// A person of the four cities who requests a place.
pub(super) struct Applicant {
    pub(super) row: usize,
    /// Kind of shelter.
    pub(super) kind: u16,
    pub(super) city: usize,
    /// Rows of the minors who come along.
    pub(super) children: Vec<usize>,
    pub(super) is_under_honour_threat: bool,
    /// Stable key of the case.
    subject: u64,
    is_in_danger: bool,
}

/// A victim of partner violence of the month who can request a place.
struct Victim<'a> {
    incident: &'a Incident,
    couple: &'a Couple,
    /// The partner who used the violence.
    by: Side,
    applicant: Applicant,
}

impl Applicant {
    fn who(&self) -> PersonId {
        PersonId(self.row as u32)
    }
}

impl<'a> Victim<'a> {
    /// The partner against whom `by` used violence in the month, if there is one in the cities.
    fn of(world: &'a World, incident: &'a Incident, by: Side) -> Option<Victim<'a>> {
        let couple = world.couple_by_id(incident.couple)?;
        let row = couple.partner(by.other()).row().filter(|_| incident.counts[by as usize] > 0)?;
        let body = world.body(row);
        if !body.counts() || !body.place.is_here() {
            return None;
        }
        let kind = if body.sex() == Sex::Female { CRISIS } else { MEN };
        let is_coerced = incident.state[by as usize] == Violence::Coercive;
        let applicant = Applicant {
            row,
            kind,
            city: body.place.city(),
            children: ShelterProcess::children(world, row, kind),
            is_under_honour_threat: false,
            subject: couple.key,
            is_in_danger: is_coerced || incident.severity[by as usize] == Severity::Serious,
        };
        Some(Victim { incident, couple, by, applicant })
    }

    fn severity(&self) -> Severity {
        self.incident.severity[self.by as usize]
    }

    fn is_coerced(&self) -> bool {
        self.incident.state[self.by as usize] == Violence::Coercive
    }

    /// The report that a shelter makes of the violence.
    fn report(&self) -> Report {
        Report {
            source: Source::Shelter,
            kind: CaseKind::Partner,
            city: self.applicant.city as u8,
            subject: self.couple.key,
            couple: self.incident.couple,
            victim: self.applicant.who(),
            perpetrator: self.couple.partner(self.by),
            severity: self.severity(),
            registrations: 1,
            known: false,
            founded: true,
        }
    }
}

impl ShelterProcess {
    /// Handles the requests of the month: who makes one, and who is admitted to an intake.
    pub(super) fn ask(
        &self,
        world: &World,
        state: &mut Services,
        draws: &Draws,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let held = state.stays.iter().map(|stay| stay.who).chain(state.queue.iter().map(|request| request.who));
        let mut busy: BTreeSet<PersonId> = held.collect();
        for incident in world.events().incidents() {
            for by in Side::BOTH {
                let victim = Victim::of(world, incident, by).filter(|victim| !busy.contains(&victim.applicant.who()));
                let Some(mut victim) = victim else { continue };
                let key = world.body(victim.applicant.row).key;
                let draw = draws.of(key, 0);
                if !draw.happens(0, self.chance_of_request(world, &victim)) {
                    continue;
                }
                let takes_along = || draws.of(key, ALONG).happens(0, self.table.fathers_with_children.get());
                if victim.applicant.kind == MEN && !takes_along() {
                    victim.applicant.children.clear();
                }
                if let Some(request) = self.at_the_door(world, &victim.applicant, draw, draws, changes) {
                    changes.push(Change::Chain(ChainChange::Report(victim.report())));
                    months.of(request.service, request.city).requests += 1;
                    busy.insert(request.who);
                    state.queue.push(request);
                }
            }
        }
        self.ask_after_abuse(world, state, draws, months, busy, changes);
        self.ask_from_country(world, state, draws, months, changes);
    }

    /// Requests of victims of honour-related violence and of elder abuse whose case was reported this month.
    fn ask_after_abuse(
        &self,
        world: &World,
        state: &mut Services,
        draws: &Draws,
        months: &mut ProviderMonths,
        mut busy: BTreeSet<PersonId>,
        changes: &mut Changes,
    ) {
        for report in world.events().reports().filter(|report| report.founded) {
            let Some(row) = report.victim.row() else { continue };
            let body = world.body(row);
            let draw = draws.of(body.key, OF_HONOUR);
            let asks = match report.kind {
                // Whether a victim would ask does not change from one report to the next.
                CaseKind::Honour => draws.lasting(body.key, OF_HONOUR).happens(0, self.table.honour_request.get()),
                CaseKind::Elder => draw.happens(0, self.table.elder_request.get()),
                CaseKind::Partner | CaseKind::Child | CaseKind::Relative => false,
            };
            if !asks || !body.counts() || !body.place.is_here() || !busy.insert(report.victim) {
                continue;
            }
            let is_under_honour_threat = report.kind == CaseKind::Honour;
            let kind = match body.sex() {
                Sex::Male => MEN,
                Sex::Female if is_under_honour_threat && YOUNG.contains(&body.age(world.now())) => HONOUR,
                Sex::Female => CRISIS,
            };
            // A minor can go to a specialised shelter only.
            if kind != HONOUR && body.age_months(world.now()) < ADULT {
                continue;
            }
            let children = if kind == CRISIS { ShelterProcess::children(world, row, kind) } else { Vec::new() };
            let applicant = Applicant {
                row,
                kind,
                city: body.place.city(),
                children,
                is_under_honour_threat,
                subject: report.subject,
                is_in_danger: is_under_honour_threat,
            };
            if let Some(request) = self.at_the_door(world, &applicant, draw, draws, changes) {
                months.of(request.service, request.city).requests += 1;
                state.queue.push(request);
            }
        }
    }

    /// The intake of a person who requests a place; nothing if the shelter does not take the person in. Uses words 1
    /// to 3 of the draw.
    fn at_the_door(
        &self,
        world: &World,
        applicant: &Applicant,
        draw: Block,
        draws: &Draws,
        changes: &mut Changes,
    ) -> Option<Request> {
        let &Applicant { row, kind, city, subject, is_in_danger, .. } = applicant;
        let is_pupil = |child: &&usize| SCHOOL.contains(&world.body(**child).age(world.now()));
        let placement = Placement {
            group: Self::group(world, applicant),
            secret: is_in_danger && draw.happens(3, self.table.secret.get()),
            local: self.is_local(world, city, draws.of(world.body(row).key, ALONG).unit(1)),
            pupils: applicant.children.iter().filter(is_pupil).count().min(19) as u8,
        };
        let request = Request {
            priority: u8::from(!is_in_danger),
            lot: draw.0[2],
            places: (1 + applicant.children.len()).min(20) as u8,
            placement,
            ..Request::new(kind, city as u8, applicant.who(), subject, world.now())
        };
        changes.tell(ShelterDecision::of(&request, ShelterStep::Requested));
        let passed = draw.happens(1, self.chance_of_intake(world, applicant));
        self.passage(changes, Edge::ShelterIntake, city as u8, applicant.who(), passed, 0);
        if !passed {
            changes.tell(ShelterDecision::of(&request, ShelterStep::TurnedAway));
            return None;
        }
        self.passage(changes, Edge::LocalAllocation, city as u8, applicant.who(), placement.local, 0);
        Some(request)
    }

    /// Probability that a victim of partner violence requests a place in this month.
    fn chance_of_request(&self, world: &World, victim: &Victim<'_>) -> f64 {
        let t = &self.table;
        let applicant = &victim.applicant;
        let mut chance = t.request.get();
        chance *= match victim.severity() {
            Severity::Light => 1.0,
            Severity::Injury => t.injury.get(),
            Severity::Serious => t.serious.get(),
            Severity::Fatal => 0.0,
        };
        for (holds, ratio) in [
            (victim.is_coerced(), t.coercive.get()),
            (world.chain().cases.contains_key(&victim.couple.key), t.in_chain.get()),
            (applicant.kind == CRISIS && !applicant.children.is_empty(), t.with_children.get()),
            (applicant.kind == MEN, t.men.get()),
        ] {
            if holds {
                chance *= ratio;
            }
        }
        chance *= libm::exp(world.chain_effect(applicant.row, Mechanism::HelpSeeking));
        // A person who is protected at home may not need a shelter.
        odds(chance.min(0.95), world.chain_effect(applicant.row, Mechanism::ShelterRequest))
    }
}

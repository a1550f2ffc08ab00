//! Requests for a place in a shelter: which victims make one, and selection at intake.

use std::collections::BTreeSet;

use super::{CRISIS, MEN, OUTSIDERS, ShelterProcess};
use crate::engine::Draws;
use crate::random::poisson;
use crate::world::{
    CaseKind, ChainChange, Change, Changes, Couple, Edge, Flag, Incident, Mechanism, PersonId, ProviderMonths, Report,
    Request, Services, Severity, Sex, Source, Violence, World, odds,
};

/// A victim of the month who can request a place.
struct Victim<'a> {
    incident: &'a Incident,
    couple: &'a Couple,
    /// Sex of the partner who used the violence.
    by: Sex,
    row: usize,
    /// Kind of shelter.
    kind: u16,
    city: usize,
    /// Rows of the minors who would come along.
    children: Vec<usize>,
}

impl<'a> Victim<'a> {
    /// The partner against whom `by` used violence in the month, if there is one in the cities.
    fn of(world: &'a World, incident: &'a Incident, by: Sex) -> Option<Victim<'a>> {
        let couple = world.couple_by_id(incident.couple)?;
        let row = couple.partner(by.other()).row().filter(|_| incident.counts[by as usize] > 0)?;
        let body = world.body(row);
        if !body.counts() || !body.place.is_here() {
            return None;
        }
        let kind = if by == Sex::Male { CRISIS } else { MEN };
        let children = if kind == CRISIS { ShelterProcess::children(world, row) } else { Vec::new() };
        Some(Victim { incident, couple, by, row, kind, city: body.place.city(), children })
    }

    fn who(&self) -> PersonId {
        PersonId(self.row as u32)
    }

    fn severity(&self) -> Severity {
        self.incident.severity[self.by as usize]
    }

    fn is_coerced(&self) -> bool {
        self.incident.state[self.by as usize] == Violence::Coercive
    }

    /// Whether the victim is in grave danger.
    fn is_in_danger(&self) -> bool {
        self.severity() == Severity::Serious || self.is_coerced()
    }

    /// The report that a shelter makes of the violence.
    fn report(&self) -> Report {
        Report {
            source: Source::Shelter,
            kind: CaseKind::Partner,
            city: self.city as u8,
            subject: self.couple.key,
            couple: self.incident.couple,
            victim: self.who(),
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
        let sheltered: BTreeSet<PersonId> = state.stays.iter().map(|stay| stay.who).collect();
        for incident in world.events().incidents() {
            for by in Sex::BOTH {
                let victim = Victim::of(world, incident, by).filter(|victim| !sheltered.contains(&victim.who()));
                let Some(victim) = victim else { continue };
                let draw = draws.of(world.body(victim.row).key, 0);
                let waits = state.queue.iter().any(|request| request.who == victim.who());
                if waits || !draw.happens(0, self.chance_of_request(world, &victim).min(0.95)) {
                    continue;
                }
                let passed = draw.happens(1, self.chance_of_intake(world, &victim));
                self.passage(changes, Edge::ShelterIntake, victim.city as u8, victim.who(), passed, 0);
                if !passed {
                    continue;
                }
                changes.push(Change::Chain(ChainChange::Report(victim.report())));
                months.of(victim.kind, victim.city as u8).requests += 1;
                let (city, subject) = (victim.city as u8, victim.couple.key);
                state.queue.push(Request {
                    priority: u8::from(!victim.is_in_danger()),
                    lot: draw.0[2],
                    places: (1 + victim.children.len()).min(20) as u8,
                    ..Request::new(victim.kind, city, victim.who(), subject, world.now())
                });
            }
        }
        self.ask_from_elsewhere(world, state, draws, months);
    }

    /// Probability that a victim requests a place in this month; it can exceed 1.
    fn chance_of_request(&self, world: &World, victim: &Victim<'_>) -> f64 {
        let t = &self.table;
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
            (!victim.children.is_empty(), t.with_children.get()),
            (victim.kind == MEN, t.men.get()),
        ] {
            if holds {
                chance *= ratio;
            }
        }
        chance * libm::exp(world.chain_effect(victim.row, Mechanism::HelpSeeking))
    }

    /// Probability that a request leads to an intake.
    fn chance_of_intake(&self, world: &World, victim: &Victim<'_>) -> f64 {
        let t = &self.table;
        let body = world.body(victim.row);
        let problems = [Flag::Addiction, Flag::MentalIllness, Flag::Disability, Flag::Newcomer];
        let mut log = world.chain_effect(victim.row, Mechanism::ShelterAdmission);
        if problems.iter().any(|flag| body.has(*flag)) {
            log += libm::log(t.intake_problems.get().max(1e-6));
        }
        let is_boy = |child: &usize| {
            let child = world.body(*child);
            child.sex() == Sex::Male && child.age(world.now()) >= 14
        };
        if victim.children.iter().any(is_boy) {
            log += libm::log(t.intake_boys.get().max(1e-6));
        }
        odds(world.chain().system.edge(victim.city, Edge::ShelterIntake, t.intake.get()), log)
    }

    /// Requests from the rest of the country, by each city's share of the beds.
    fn ask_from_elsewhere(&self, world: &World, state: &mut Services, draws: &Draws, months: &mut ProviderMonths) {
        let t = &self.table;
        let all: f64 = self.beds.iter().flatten().sum::<f64>().max(1.0);
        let cities = world.places().cities.len();
        for city in 0..cities {
            let month = months.of(CRISIS, city as u8);
            let part = (self.beds[0][city] + self.beds[1][city]) / all;
            let mean = t.inflow.get() * part * self.scale / 12.0;
            let number = poisson(draws.of(city as u64 | 1 << 41, OUTSIDERS).unit(0), mean);
            for ordinal in 0..number {
                let draw = draws.of(u64::from(ordinal) << 8 | city as u64 | 1 << 42, OUTSIDERS);
                month.requests += 1;
                state.queue.push(Request {
                    priority: 2,
                    lot: draw.0[1],
                    places: (1 + poisson(draw.unit(0), t.inflow_children.get())).min(20) as u8,
                    ..Request::new(CRISIS, city as u8, PersonId::NONE, 0, world.now())
                });
            }
        }
    }
}

//! Response (*opvolging van meldingen*): actions on each report in the same month: complaint, arrest, screening, ban
//! from home, hand-over to the ASHG, offers to victim, perpetrator and children.
//!
//! Whether a police report leads to nothing, to criminal law alone or to help is an outcome of these edges.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::{Draws, Process, Scope, Sweep};
use crate::units::{Months, Probability, Ratio, Rows, Sd};
use crate::world::{
    ADULT, CaseKind, ChainChange, Change, Changes, Due, Edge, Effect, Event, Flag, InForce, Mechanism, Month, Occasion,
    Passage, Pending, PersonId, Report, Sixteenth, Source, Touch, World, odds,
};

/// `[chain.police]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Police {
    /// Chance that the victim makes a complaint after a police report.
    pub complaint: Probability,
    /// Chance of action ex officio without a complaint.
    pub ex_officio: Probability,
    /// Chance of an arrest after a complaint.
    pub arrest: Probability,
    /// Chance that an arrested suspect is screened for help, by city.
    pub screening: Rows<Probability>,
    /// Chance that who is screened accepts a voluntary trajectory.
    pub screening_accepted: Probability,
    /// Chance of a ban from home after a report about partners who live together, from January 2009 on.
    pub ban: Probability,
    /// Chance that a banned perpetrator accepts help.
    pub ban_help: Probability,
    /// Chance that a report with criminal proceedings is handed over to the ASHG.
    pub hand_over_criminal: Probability,
    /// Chance that a report without is.
    pub hand_over_other: Probability,
    /// Chance that the children of the family are reported to the AMK.
    pub to_amk: Probability,
    /// Fewest months from an arrest to the prosecutor's decision.
    pub decision_from: Months,
    /// Most months from an arrest to the prosecutor's decision.
    pub decision_to: Months,
    /// Incidents that a perpetrator with paid work uses after an arrest, over before.
    pub arrest_employed: Ratio,
    /// The same of one without.
    pub arrest_unemployed: Ratio,
    /// Months in which that effect halves.
    #[schemars(extend("x-above" = 0))]
    pub arrest_half_life: Months,
}

/// `[chain.desk]`: the ASHG.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// Chance that the victim accepts an offer.
    pub help_victim: Probability,
    /// Chance that the perpetrator does.
    pub help_perpetrator: Probability,
    /// Chance that an offer for a child is accepted.
    pub help_child: Probability,
    /// Chance that the needs of a child of the family are assessed.
    pub needs_assessed: Probability,
    /// Months until they are.
    pub assessment: Months,
    /// By how much readiness to disclose rises after a report that brought help, and falls after one that brought nothing.
    pub trust: Sd,
}

/// The response to reports.
pub struct Response {
    police: Police,
    desk: Desk,
    screening: Vec<f64>,
    in_force: InForce,
}

/// Standard deviations of readiness to disclose beyond which experience with the chain has no further effect.
const MOST_TRUST: f64 = 2.0;

/// First month of the ban from home: the law came into force on 1 January 2009.
pub(super) const BANS_FROM: Month = Month(12);

impl Response {
    /// The sweep over the reports of the month.
    ///
    /// # Errors
    /// Names a city without a probability of screening.
    pub fn build(police: &Police, desk: &Desk, scope: &Scope) -> Result<Process, String> {
        let screening = crate::curve::indexed(&police.screening, "city", "screening", scope.cities)?;
        let (police, desk, in_force) = (police.clone(), desk.clone(), scope.in_force);
        Ok(Process::Sweep(Box::new(Response { police, desk, screening, in_force })))
    }

    fn respond(&self, world: &World, report: &Report, draws: &Draws, changes: &mut Changes) {
        let city = usize::from(report.city);
        let draw = |index: u16| draws.of(report.subject, index);
        let system = &world.chain().system;
        let pass = |changes: &mut Changes, edge: Edge, who: PersonId, base: f64, log: f64, u: f64| {
            let passed = u < odds(system.edge(city, edge, base), log);
            changes.tell(Passage::at(edge, report.city, who, passed));
            passed
        };
        let on = |who: PersonId, mechanism| who.row().map_or(0.0, |row| world.chain_effect(row, mechanism));
        let (victim, perpetrator) = (report.victim, report.perpetrator);
        let alive = |who: PersonId| who.row().is_some_and(|row| world.body(row).counts());
        let p = &self.police;
        let mut helped = false;
        let mut criminal = false;
        let mut to_desk = matches!(report.source, Source::Desk | Source::FirstLine);
        if report.source == Source::Police {
            let (first, second, third) = (draw(0), draw(1), draw(2));
            let complaint = pass(changes, Edge::Complaint, victim, p.complaint.get(), 0.0, first.unit(0));
            let mut arrested = false;
            if complaint {
                arrested = pass(changes, Edge::Arrest, perpetrator, p.arrest.get(), 0.0, first.unit(1));
            }
            let ex_officio =
                !complaint && pass(changes, Edge::ExOfficio, victim, p.ex_officio.get(), 0.0, first.unit(2));
            criminal = complaint || ex_officio;
            if arrested && alive(perpetrator) {
                self.tell(changes, Occasion::Arrested, perpetrator, report);
                self.deter(world, perpetrator, changes);
                // New facts are added to an earlier arrest on which the decision is still pending.
                let runs =
                    |waits: &Pending| waits.who == perpetrator && matches!(waits.what, Due::Prosecution | Due::Verdict);
                if !world.chain().pending.iter().any(runs) {
                    let span = (p.decision_to.get() - p.decision_from.get()).max(0.0) + 1.0;
                    let wait = libm::floor(p.decision_from.get() + first.unit(3) * span) as i32;
                    changes.push(Change::Chain(ChainChange::Later(Pending {
                        what: Due::Prosecution,
                        due: world.now().plus(wait.max(1)),
                        since: world.now(),
                        subject: report.subject,
                        who: perpetrator,
                        city: report.city,
                        founded: true,
                    })));
                }
                let screened = pass(changes, Edge::Screening, perpetrator, self.screening[city], 0.0, second.unit(0));
                let accepts = p.screening_accepted.get();
                if screened && pass(changes, Edge::ScreeningAccepted, perpetrator, accepts, 0.0, second.unit(1)) {
                    self.tell(changes, Occasion::PerpetratorHelp, perpetrator, report);
                    helped = true;
                }
            }
            let together =
                report.couple.row().is_some_and(|row| world.couple(row).together() && world.couple(row).present);
            if world.now() >= BANS_FROM && together && alive(perpetrator) && alive(victim) {
                let banned = pass(changes, Edge::Ban, perpetrator, p.ban.get(), 0.0, second.unit(2));
                if banned {
                    changes.push(Change::Flag { who: perpetrator, flag: Flag::Banned, on: true });
                    changes.push(Change::Chain(ChainChange::Later(Pending {
                        what: Due::BanEnds,
                        due: world.now().plus(1),
                        since: world.now(),
                        subject: report.subject,
                        who: perpetrator,
                        city: report.city,
                        founded: true,
                    })));
                    if pass(changes, Edge::BanHelp, perpetrator, p.ban_help.get(), 0.0, second.unit(3)) {
                        self.tell(changes, Occasion::PerpetratorHelp, perpetrator, report);
                        helped = true;
                    }
                }
            }
            if report.kind == CaseKind::Partner && alive(victim) {
                self.tell(changes, Occasion::Reported, victim, report);
            }
            let (edge, base) = if criminal {
                (Edge::HandOverCriminal, p.hand_over_criminal.get())
            } else {
                (Edge::HandOverOther, p.hand_over_other.get())
            };
            to_desk = pass(changes, edge, victim, base, on(victim, Mechanism::HandOver), third.unit(0));
            self.children_to_amk(world, report, third.unit(1), changes);
        }
        if to_desk {
            helped |= self.offers(world, report, draws, changes);
        }
        match report.kind {
            CaseKind::Honour if alive(victim) => self.tell(changes, Occasion::Honour, victim, report),
            CaseKind::Elder if alive(victim) => self.tell(changes, Occasion::Elder, victim, report),
            _ => {}
        }
        if report.source == Source::Police {
            // A person who already receives help counts as helped.
            let helped =
                helped || world.chain().cases.get(&report.subject).is_some_and(|case| case.helped && case.open > 0);
            let outcomes = [
                (Edge::NoFollowUp, !criminal && !helped),
                (Edge::CriminalOnly, criminal && !helped),
                (Edge::Helped, helped),
            ];
            for (edge, passed) in outcomes {
                changes.tell(Passage::at(edge, report.city, victim, passed));
            }
            if let Some(row) = victim.row().filter(|_| !criminal || helped) {
                let mut mind = *world.mind(row);
                let step = if helped { self.desk.trust.get() } else { -self.desk.trust.get() };
                let before = mind.disclosure.get();
                mind.disclosure = Sixteenth::new(
                    (before + step)
                        .clamp(-MOST_TRUST, MOST_TRUST)
                        .clamp(before.min(before + step), before.max(before + step)),
                );
                changes.push(Change::Mind { who: victim, mind, touch: Touch::none() });
            }
        }
    }

    /// The deterrent effect of an arrest on the violence of the arrested person.
    fn deter(&self, world: &World, perpetrator: PersonId, changes: &mut Changes) {
        let Some(row) = perpetrator.row().filter(|_| self.in_force == InForce::All) else { return };
        let p = &self.police;
        let ratio = if world.body(row).has(Flag::Work) { p.arrest_employed } else { p.arrest_unemployed };
        changes.push(Change::Effect(Effect {
            person: perpetrator,
            mechanism: Mechanism::IncidentRate,
            log_ratio: libm::log(ratio.get().max(1e-3)) as f32,
            from: world.now().plus(1),
            half_life: p.arrest_half_life.get().max(0.01) as f32,
            until: Month::NEVER,
        }));
    }

    fn tell(&self, changes: &mut Changes, occasion: Occasion, who: PersonId, report: &Report) {
        changes.tell(Event::Occasion { occasion, who, subject: report.subject, city: report.city });
    }

    /// Minors in the homes of victim and perpetrator, each once.
    fn children(&self, world: &World, report: &Report) -> Vec<usize> {
        let Some(couple) = world.couple_by_id(report.couple) else { return Vec::new() };
        let homes = [couple.woman, couple.man].into_iter().filter_map(PersonId::row);
        homes
            .flat_map(|home| world.children_at_home(home))
            .filter(|child| world.body(*child).age_months(world.now()) < ADULT)
            .collect()
    }

    fn children_to_amk(&self, world: &World, report: &Report, u: f64, changes: &mut Changes) {
        let children = self.children(world, report);
        let Some(child) = children.first() else { return };
        let passed =
            u < world.chain().system.edge(usize::from(report.city), Edge::PoliceToAmk, self.police.to_amk.get());
        changes.tell(Passage::at(Edge::PoliceToAmk, report.city, PersonId(*child as u32), passed));
        if passed {
            let maltreated = children.iter().find(|child| world.past(**child).maltreated != 0);
            changes.push(Change::Chain(ChainChange::Report(Report {
                source: Source::Amk,
                kind: CaseKind::Child,
                victim: PersonId(*maltreated.unwrap_or(child) as u32),
                registrations: 1,
                ..*report
            })));
        }
    }

    /// Makes the offers of the ASHG; returns whether any was accepted.
    fn offers(&self, world: &World, report: &Report, draws: &Draws, changes: &mut Changes) -> bool {
        let system = &world.chain().system;
        let city = usize::from(report.city);
        let draw = draws.of(report.subject, 3);
        let d = &self.desk;
        let mut any = false;
        let offer = |changes: &mut Changes, edge: Edge, who: PersonId, base: f64, u: f64| {
            if !who.row().is_some_and(|row| world.body(row).counts()) {
                return false;
            }
            let passed = u < system.edge(city, edge, base);
            changes.tell(Passage::at(edge, report.city, who, passed));
            passed
        };
        if offer(changes, Edge::HelpVictim, report.victim, d.help_victim.get(), draw.unit(0)) {
            self.tell(changes, Occasion::VictimHelp, report.victim, report);
            any = true;
        }
        if offer(changes, Edge::HelpPerpetrator, report.perpetrator, d.help_perpetrator.get(), draw.unit(1)) {
            self.tell(changes, Occasion::PerpetratorHelp, report.perpetrator, report);
            any = true;
        }
        for child in self.children(world, report) {
            let who = PersonId(child as u32);
            let own = draws.of(world.body(child).key, 4);
            if own.unit(0) >= system.edge(city, Edge::NeedsAssessed, d.needs_assessed.get()) {
                changes.tell(Passage::at(Edge::NeedsAssessed, report.city, who, false));
            } else {
                changes.push(Change::Chain(ChainChange::Later(Pending {
                    what: Due::Assessment,
                    due: world.now().plus(libm::floor(d.assessment.get() + own.unit(1)) as i32),
                    since: world.now(),
                    subject: report.subject,
                    who,
                    city: report.city,
                    founded: true,
                })));
            }
            if offer(changes, Edge::HelpChild, who, d.help_child.get(), own.unit(2)) {
                self.tell(changes, Occasion::ChildHelp, who, report);
                any = true;
            }
        }
        any
    }
}

impl Sweep for Response {
    fn rows(&self, world: &World, _: &Draws) -> usize {
        world.events().len()
    }

    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, draws: &Draws, changes: &mut Changes) {
        for report in world.events().reports_within(rows) {
            self.respond(world, report, draws, changes);
        }
    }
}

//! Response (*opvolging van meldingen*): actions on each report in the same month: complaint, arrest, screening, ban
//! from home, hand-over to the ASHG, offers to victim, perpetrator and children.
//!
//! Whether a police report leads to nothing, to criminal law alone or to help is an outcome of these edges.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::{Draws, Process, Scope, Sweep};
use crate::random::Block;
use crate::units::{Months, Probability, Ratio, Rows, Sd};
use crate::world::{
    ADULT, CaseKind, ChainChange, Change, Changes, Due, Edge, Effect, Event, Flag, InForce, Lists, Mechanism,
    MindShift, Month, Occasion, Passage, Pending, PersonId, Report, Source, World, odds,
};

/// `[chain.police]`: response of the police and the prosecutor to a report.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Police {
    /// Probability that the victim files a complaint after a police report.
    pub complaint: Probability,
    /// Probability that police and prosecutor act without a complaint (ex officio).
    pub ex_officio: Probability,
    /// Probability that the suspect is arrested after a complaint.
    pub arrest: Probability,
    /// Probability that an arrested suspect is screened for help, by city.
    pub screening: Rows<Probability>,
    /// Probability that a screened suspect accepts a voluntary programme.
    pub screening_accepted: Probability,
    /// Probability of a ban from home after a report about partners who live together, from January 2009 on.
    pub ban: Probability,
    /// Probability that a banned perpetrator accepts help.
    pub ban_help: Probability,
    /// Probability that a police report with criminal proceedings is handed over to the ASHG.
    pub hand_over_criminal: Probability,
    /// Probability that a police report without criminal proceedings is handed over to the ASHG.
    pub hand_over_other: Probability,
    /// Probability that the police report the children of the family to the AMK.
    pub to_amk: Probability,
    /// Smallest number of months from an arrest to the prosecutor's decision.
    pub decision_from: Months,
    /// Largest number of months from an arrest to the prosecutor's decision.
    pub decision_to: Months,
    /// Rate ratio of incidents by the arrested person after the arrest versus before, with paid work.
    pub arrest_employed: Ratio,
    /// Rate ratio of incidents by the arrested person after the arrest versus before, without paid work.
    pub arrest_unemployed: Ratio,
    /// Half-life of the effect of an arrest on the log rate ratio, months.
    #[schemars(extend("x-above" = 0))]
    pub arrest_half_life: Months,
}

/// `[chain.desk]`: response of the advice and support desk for domestic violence (ASHG).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// Probability that the victim accepts the offer of help.
    pub help_victim: Probability,
    /// Probability that the perpetrator accepts the offer of help.
    pub help_perpetrator: Probability,
    /// Probability that the offer of help for a child of the family is accepted.
    pub help_child: Probability,
    /// Probability that the needs of a child of the family are assessed.
    pub needs_assessed: Probability,
    /// Months from report to assessment.
    pub assessment: Months,
    /// Change of the victim's readiness to disclose after a police report, standard deviations: increase if help was
    /// started, decrease if the report had no consequence.
    pub trust: Sd,
}

/// The response to reports.
pub struct Response {
    police: Police,
    desk: Desk,
    screening: Vec<f64>,
    in_force: InForce,
}

/// What has followed from a report so far.
#[derive(Clone, Copy, Debug, Default)]
struct Follows {
    /// Criminal proceedings were started.
    criminal: bool,
    /// Somebody accepted help.
    helped: bool,
    /// The ASHG handles the report.
    to_desk: bool,
}

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

    /// Decides what follows from a report.
    fn respond(&self, world: &World, report: &Report, draws: &Draws, changes: &mut Changes) {
        let follows = match report.source {
            Source::Police => self.police_follows(world, report, draws, changes),
            source => Follows { to_desk: matches!(source, Source::Desk | Source::FirstLine), ..Follows::default() },
        };
        let mut helped = follows.helped;
        if follows.to_desk {
            helped |= self.offers(world, report, draws, changes);
        }
        let victim = report.victim;
        match report.kind {
            CaseKind::Honour if is_alive(world, victim) => self.tell(changes, Occasion::Honour, victim, report),
            CaseKind::Elder if is_alive(world, victim) => self.tell(changes, Occasion::Elder, victim, report),
            _ => {}
        }
        if report.source == Source::Police {
            self.conclude(world, report, &Follows { helped, ..follows }, changes);
        }
    }

    /// What police and prosecutor do after a report of the police: complaint, arrest, ban, hand-over to the ASHG, and a
    /// report to the AMK.
    fn police_follows(&self, world: &World, report: &Report, draws: &Draws, changes: &mut Changes) -> Follows {
        let draw = |index: u16| draws.of(report.subject, index);
        let (first, second, third) = (draw(0), draw(1), draw(2));
        let (victim, perpetrator) = (report.victim, report.perpetrator);
        let p = &self.police;
        let complaint = passes(world, report, changes, Edge::Complaint, victim, p.complaint.get(), first.unit(0));
        let arrested =
            complaint && passes(world, report, changes, Edge::Arrest, perpetrator, p.arrest.get(), first.unit(1));
        let ex_officio =
            !complaint && passes(world, report, changes, Edge::ExOfficio, victim, p.ex_officio.get(), first.unit(2));
        let mut follows = Follows { criminal: complaint || ex_officio, ..Follows::default() };
        if arrested && is_alive(world, perpetrator) {
            follows.helped |= self.arrest(world, report, [first, second], changes);
        }
        let together = report.couple.row().is_some_and(|row| world.couple(row).together() && world.couple(row).present);
        if world.now() >= BANS_FROM && together && is_alive(world, perpetrator) && is_alive(world, victim) {
            follows.helped |= self.ban(world, report, second, changes);
        }
        if report.kind == CaseKind::Partner && is_alive(world, victim) {
            self.tell(changes, Occasion::Reported, victim, report);
        }
        let (edge, base) = if follows.criminal {
            (Edge::HandOverCriminal, p.hand_over_criminal.get())
        } else {
            (Edge::HandOverOther, p.hand_over_other.get())
        };
        let log = victim.row().map_or(0.0, |row| world.chain_effect(row, Mechanism::HandOver));
        let chance = odds(world.chain().system.edge(usize::from(report.city), edge, base), log);
        follows.to_desk = third.unit(0) < chance;
        changes.tell(Passage::at(edge, report.city, victim, follows.to_desk));
        self.children_to_amk(world, report, third.unit(1), changes);
        follows
    }

    /// An arrest: its effect on the perpetrator, the decision of the prosecutor, and screening for help. Returns
    /// whether help was started.
    fn arrest(&self, world: &World, report: &Report, [first, second]: [Block; 2], changes: &mut Changes) -> bool {
        let (p, perpetrator) = (&self.police, report.perpetrator);
        self.tell(changes, Occasion::Arrested, perpetrator, report);
        self.deter(world, perpetrator, changes);
        // New facts are added to an earlier arrest on which the decision is still pending.
        let runs = |waits: &Pending| waits.who == perpetrator && matches!(waits.what, Due::Prosecution | Due::Verdict);
        if !world.chain().pending.iter().any(runs) {
            let span = (p.decision_to.get() - p.decision_from.get()).max(0.0) + 1.0;
            let wait = libm::floor(p.decision_from.get() + first.unit(3) * span) as i32;
            changes.push(later(world, report, perpetrator, Due::Prosecution, wait.max(1)));
        }
        let screening = self.screening[usize::from(report.city)];
        let accepts = p.screening_accepted.get();
        let helped = passes(world, report, changes, Edge::Screening, perpetrator, screening, second.unit(0))
            && passes(world, report, changes, Edge::ScreeningAccepted, perpetrator, accepts, second.unit(1));
        if helped {
            self.tell(changes, Occasion::PerpetratorHelp, perpetrator, report);
        }
        helped
    }

    /// A ban of the perpetrator from home, for a month. Returns whether the perpetrator accepted help.
    fn ban(&self, world: &World, report: &Report, draw: Block, changes: &mut Changes) -> bool {
        let (p, perpetrator) = (&self.police, report.perpetrator);
        if !passes(world, report, changes, Edge::Ban, perpetrator, p.ban.get(), draw.unit(2)) {
            return false;
        }
        changes.push(Change::Flag { who: perpetrator, flag: Flag::Banned, on: true });
        changes.push(later(world, report, perpetrator, Due::BanEnds, 1));
        let helped = passes(world, report, changes, Edge::BanHelp, perpetrator, p.ban_help.get(), draw.unit(3));
        if helped {
            self.tell(changes, Occasion::PerpetratorHelp, perpetrator, report);
        }
        helped
    }

    /// Records what followed a report of the police, and what the victim learned from it about disclosure.
    fn conclude(&self, world: &World, report: &Report, follows: &Follows, changes: &mut Changes) {
        let (victim, criminal) = (report.victim, follows.criminal);
        // A person who already receives help counts as helped.
        let helped =
            follows.helped || world.chain().cases.get(&report.subject).is_some_and(|case| case.helped && case.open > 0);
        let outcomes = [
            (Edge::NoFollowUp, !criminal && !helped),
            (Edge::CriminalOnly, criminal && !helped),
            (Edge::Helped, helped),
        ];
        for (edge, passed) in outcomes {
            changes.tell(Passage::at(edge, report.city, victim, passed));
        }
        if !criminal || helped {
            let step = if helped { self.desk.trust.get() } else { -self.desk.trust.get() };
            let by = MindShift { disclosure: step as f32, ..MindShift::default() };
            changes.push(Change::MindShift { who: victim, by });
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

    /// Records an occasion for an offer of help.
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

    /// The report of the police to the AMK about the children of the family.
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
            is_alive(world, who) && passes(world, report, changes, edge, who, base, u)
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
                let months = libm::floor(d.assessment.get() + own.unit(1)) as i32;
                changes.push(later(world, report, who, Due::Assessment, months));
            }
            if offer(changes, Edge::HelpChild, who, d.help_child.get(), own.unit(2)) {
                self.tell(changes, Occasion::ChildHelp, who, report);
                any = true;
            }
        }
        any
    }
}

/// Whether a person is simulated and alive.
fn is_alive(world: &World, who: PersonId) -> bool {
    who.row().is_some_and(|row| world.body(row).counts())
}

/// Decides by a uniform number `u` whether a person passes an edge after a report, and records it. `base` is the
/// probability before measures.
fn passes(world: &World, report: &Report, changes: &mut Changes, edge: Edge, who: PersonId, base: f64, u: f64) -> bool {
    let passed = u < world.chain().system.edge(usize::from(report.city), edge, base);
    changes.tell(Passage::at(edge, report.city, who, passed));
    passed
}

/// A step of the case of a report that takes place a number of months from now.
fn later(world: &World, report: &Report, who: PersonId, what: Due, months: i32) -> Change {
    Change::Chain(ChainChange::Later(Pending {
        what,
        due: world.now().plus(months),
        since: world.now(),
        subject: report.subject,
        who,
        city: report.city,
        founded: true,
    }))
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

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}

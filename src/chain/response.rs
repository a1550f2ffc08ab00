//! Response (*opvolging van meldingen*): actions on each report in the same month: complaint, arrest, screening, ban
//! from home, hand-over to the ASHG, offers to victim, perpetrator and children.
//!
//! Whether a police report leads to nothing, to criminal law alone or to help that starts is an outcome of these edges
//! and of the queues behind them (`follow_up`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::deterrence::{log, stops};
use super::triage::Triage;
use crate::engine::{Draws, Process, Scope, Sweep};
use crate::random::Block;
use crate::units::{Months, Probability, Ratio, Rows, Sd, Share};
use crate::world::{
    ADULT, CaseKind, ChainChange, Change, Changes, Due, Edge, Effect, Event, FileEntry, Flag, InForce, Lists,
    Mechanism, Month, Occasion, Passage, Pending, PersonId, Report, Severity, Source, Violence, World, odds,
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
    /// Probability that the victim and the children are offered help at a ban from home.
    pub ban_reached: Probability,
    /// Rate ratio of violence by the perpetrator after a ban from home versus a report without one, beyond the month
    /// apart and help. Its inverse is a hazard ratio of desistance.
    #[schemars(extend("x-above" = 0))]
    pub ban_effect: Ratio,
    /// Rate ratio of violence by the perpetrator after a police report about partners versus violence without a report.
    /// Its inverse is a hazard ratio of desistance.
    #[schemars(extend("x-above" = 0))]
    pub visit: Ratio,
    /// Half-life of the effects of a police report and of a ban on the log hazard ratio, months.
    #[schemars(extend("x-above" = 0))]
    pub visit_half_life: Months,
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
    /// Rate ratio of violence by the arrested person versus a suspect who is not arrested, with paid work.
    pub arrest_employed: Ratio,
    /// Rate ratio of violence by the arrested person versus a suspect who is not arrested, without paid work.
    pub arrest_unemployed: Ratio,
    /// Share of the log ratio of an arrest that the arrest has beside the effect of the police report. The inverse of
    /// the ratio that remains is a hazard ratio of desistance.
    pub arrest_part: Share,
    /// Half-life of the effect of an arrest on the log hazard ratio, months.
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
    triage: Triage,
    screening: Vec<f64>,
    in_force: InForce,
}

/// What has followed from a report so far.
#[derive(Clone, Copy, Debug, Default)]
struct Follows {
    /// Criminal proceedings were started.
    criminal: bool,
    /// The ASHG handles the report.
    to_desk: bool,
    /// The perpetrator was banned from home, and was offered help with the ban.
    banned: bool,
}

/// Months after a police report in which help must have started for the report to count as followed by help.
pub(super) const WITHIN: i32 = 3;

/// First month of the ban from home: the law came into force on 1 January 2009.
pub(super) const BANS_FROM: Month = Month(12);

impl Response {
    /// The sweep over the reports of the month.
    ///
    /// # Errors
    /// Names a city without a probability of screening.
    pub fn build(police: &Police, desk: &Desk, triage: Triage, scope: &Scope) -> Result<Process, String> {
        let screening = crate::curve::indexed(&police.screening, "city", "screening", scope.cities)?;
        let (police, desk, in_force) = (police.clone(), desk.clone(), scope.in_force);
        Ok(Process::Sweep(Box::new(Response { police, desk, triage, screening, in_force })))
    }

    /// Decides what follows from a report.
    fn respond(&self, world: &World, report: &Report, draws: &Draws, changes: &mut Changes) {
        let follows = match report.source {
            Source::Police => self.police_follows(world, report, draws, changes),
            source => Follows { to_desk: matches!(source, Source::Desk | Source::FirstLine), ..Follows::default() },
        };
        if follows.to_desk {
            self.offers(world, report, follows.banned, draws, changes);
        }
        let victim = report.victim;
        match report.kind {
            CaseKind::Honour if is_alive(world, victim) => self.tell(changes, Occasion::Honour, victim, report),
            CaseKind::Elder if is_alive(world, victim) => self.tell(changes, Occasion::Elder, victim, report),
            _ => {}
        }
        if report.source == Source::Police {
            changes.push(followed_up(world, report, follows.criminal));
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
            self.arrest(world, report, [first, second], changes);
        }
        let together = report.couple.row().is_some_and(|row| world.couple(row).together() && world.couple(row).present);
        if world.now() >= BANS_FROM && together && is_alive(world, perpetrator) && is_alive(world, victim) {
            follows.banned = self.ban(world, report, second, changes);
        }
        if report.kind == CaseKind::Partner {
            self.visit(world, report, changes);
        }
        let (edge, base) = if follows.criminal {
            (Edge::HandOverCriminal, p.hand_over_criminal.get())
        } else {
            (Edge::HandOverOther, p.hand_over_other.get())
        };
        let log = victim.row().map_or(0.0, |row| world.chain_effect(row, Mechanism::HandOver));
        let chance = odds(world.chain().system.edge(usize::from(report.city), edge, base), log);
        // The authorities bring in the ASHG at a ban, whatever else is handed over.
        let reached = follows.banned && third.unit(2) < p.ban_reached.get();
        follows.to_desk = reached || third.unit(0) < chance;
        changes.tell(Passage::at(edge, report.city, victim, follows.to_desk));
        self.children_to_amk(world, report, third.unit(1), changes);
        follows
    }

    /// What a report about partners is by itself: occasions for victim and perpetrator, and the visit of the police.
    fn visit(&self, world: &World, report: &Report, changes: &mut Changes) {
        let (victim, perpetrator) = (report.victim, report.perpetrator);
        if is_alive(world, victim) {
            self.tell(changes, Occasion::Reported, victim, report);
        }
        if is_alive(world, perpetrator) {
            self.tell(changes, Occasion::PerpetratorReported, perpetrator, report);
            // A visit soon after another one adds nothing.
            if !is_deterred(world, perpetrator, self.police.visit_half_life) {
                self.deter(world, perpetrator, log(self.police.visit), self.police.visit_half_life, changes);
            }
        }
    }

    /// An arrest: its effect on the perpetrator, the decision of the prosecutor, and screening for help.
    fn arrest(&self, world: &World, report: &Report, [first, second]: [Block; 2], changes: &mut Changes) {
        let (p, perpetrator) = (&self.police, report.perpetrator);
        let Some(row) = perpetrator.row() else { return };
        // An arrest while proceedings are pending adds facts to the same criminal case.
        if !world.chain().is_prosecuted(perpetrator) {
            self.tell(changes, Occasion::Arrested, perpetrator, report);
            let ratio = if world.body(row).has(Flag::Work) { p.arrest_employed } else { p.arrest_unemployed };
            self.deter(world, perpetrator, p.arrest_part.get() * log(ratio), p.arrest_half_life, changes);
            let key = world.body(row).key;
            let is_first = !world.chain().offenders.contains_key(&key);
            if is_first && report.severity < Severity::Serious {
                self.tell(changes, Occasion::Released, perpetrator, report);
            }
            changes.push(Change::Chain(ChainChange::OnFile { key, entry: FileEntry::Arrested }));
            let span = (p.decision_to.get() - p.decision_from.get()).max(0.0) + 1.0;
            let wait = libm::floor(p.decision_from.get() + first.unit(3) * span) as i32;
            changes.push(later(world, report, perpetrator, Due::Prosecution, wait.max(1)));
        }
        let screening = self.screening[usize::from(report.city)];
        let accepts = p.screening_accepted.get();
        let accepted = passes(world, report, changes, Edge::Screening, perpetrator, screening, second.unit(0))
            && passes(world, report, changes, Edge::ScreeningAccepted, perpetrator, accepts, second.unit(1));
        if accepted {
            self.approached(perpetrator, report, changes);
        }
    }

    /// A perpetrator accepts help when approached after an arrest or a ban.
    fn approached(&self, perpetrator: PersonId, report: &Report, changes: &mut Changes) {
        self.tell(changes, Occasion::Approached, perpetrator, report);
        self.tell(changes, Occasion::PerpetratorHelp, perpetrator, report);
    }

    /// A ban of the perpetrator from home, for a month. Returns whether there is one.
    fn ban(&self, world: &World, report: &Report, draw: Block, changes: &mut Changes) -> bool {
        let (p, perpetrator) = (&self.police, report.perpetrator);
        if !passes(world, report, changes, Edge::Ban, perpetrator, p.ban.get(), draw.unit(2)) {
            return false;
        }
        self.deter(world, perpetrator, log(p.ban_effect), p.visit_half_life, changes);
        changes.push(Change::Flag { who: perpetrator, flag: Flag::Banned, on: true });
        changes.push(later(world, report, perpetrator, Due::BanEnds, 1));
        if passes(world, report, changes, Edge::BanHelp, perpetrator, p.ban_help.get(), draw.unit(3)) {
            self.approached(perpetrator, report, changes);
        }
        true
    }

    /// A deterrent effect on the violence of the perpetrator, unless the chain has no effect on the ground truth.
    fn deter(&self, world: &World, perpetrator: PersonId, log_rate: f64, half_life: Months, changes: &mut Changes) {
        if self.in_force == InForce::All {
            changes.list.extend(stops(world, perpetrator, log_rate, half_life));
        }
    }

    /// Records an occasion for an offer of help.
    fn tell(&self, changes: &mut Changes, occasion: Occasion, who: PersonId, report: &Report) {
        changes.tell(Event::Occasion { occasion, who, subject: report.subject, city: report.city });
    }

    /// Minors in the homes of victim and perpetrator, each once.
    fn children(&self, world: &World, report: &Report) -> Vec<usize> {
        let Some(couple) = world.couple_by_id(report.couple) else { return Vec::new() };
        let homes = couple.partners.into_iter().rev().filter_map(PersonId::row);
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

    /// Screens a reported family for its risk. In 2008 no ASHG had one instrument for all reports: a measure brings it.
    fn triage(&self, world: &World, report: &Report, u: [f64; 2], changes: &mut Changes) {
        if !passes(world, report, changes, Edge::RiskScreening, report.victim, 0.0, u[0]) {
            return;
        }
        let coercive =
            world.couple_by_id(report.couple).is_some_and(|couple| couple.violence.contains(&Violence::Coercive));
        let high = coercive || report.severity >= Severity::Serious;
        let t = &self.triage;
        if u[1] < if high { t.found.get() } else { t.found_wrongly.get() } {
            changes.push(Change::Chain(ChainChange::Urgent(report.subject)));
        }
    }

    /// Makes the offers of the ASHG. A banned perpetrator had an offer with the ban.
    fn offers(&self, world: &World, report: &Report, banned: bool, draws: &Draws, changes: &mut Changes) {
        let system = &world.chain().system;
        let city = usize::from(report.city);
        let draw = draws.of(report.subject, 3);
        let d = &self.desk;
        self.triage(world, report, [draw.unit(2), draw.unit(3)], changes);
        let offer = |changes: &mut Changes, edge: Edge, who: PersonId, base: f64, u: f64| {
            is_alive(world, who) && passes(world, report, changes, edge, who, base, u)
        };
        if offer(changes, Edge::HelpVictim, report.victim, d.help_victim.get(), draw.unit(0)) {
            self.tell(changes, Occasion::VictimHelp, report.victim, report);
        }
        let perpetrator = if banned { PersonId::NONE } else { report.perpetrator };
        if offer(changes, Edge::HelpPerpetrator, perpetrator, d.help_perpetrator.get(), draw.unit(1)) {
            self.tell(changes, Occasion::PerpetratorHelp, report.perpetrator, report);
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
            }
        }
    }
}

/// Whether an effect of the police with this half-life on how soon a person stops using violence is less than one
/// half-life old.
fn is_deterred(world: &World, who: PersonId, half_life: Months) -> bool {
    let half_life = half_life.get() as f32;
    let is_recent = |effect: &Effect| (world.now().since(effect.from) as f32) < half_life;
    let of_visit = |effect: &&Effect| effect.mechanism == Mechanism::Desistance && effect.half_life == half_life;
    world.effects().of(who).iter().filter(of_visit).any(is_recent)
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

/// The establishment of what followed a police report, three months from now.
fn followed_up(world: &World, report: &Report, criminal: bool) -> Change {
    let Report { subject, victim: who, city, .. } = *report;
    let (now, what) = (world.now(), Due::FollowUp);
    let due = now.plus(WITHIN);
    Change::Chain(ChainChange::Later(Pending { what, due, since: now, subject, who, city, founded: criminal }))
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

//! Applies the changes that the chain decided to the world.

use super::*;

fn closed(case: &Case, now: Month) -> Event {
    let Case { city, source, kind, helped, opened, .. } = *case;
    Event::CaseClosed { city, source, kind, helped, months: now.since(opened).max(0) as u16 }
}

impl World {
    pub(super) fn change_chain(&mut self, change: ChainChange) {
        let now = self.now;
        match change {
            ChainChange::System(system) => self.chain.system = *system,
            ChainChange::Report(report) => self.take_report(report),
            ChainChange::Later(pending) => {
                // To look back at a report is no activity in its case, and keeps it open no longer.
                if pending.what != Due::FollowUp {
                    self.chain.touch_case(pending.subject, now, |case| case.open += 1);
                }
                self.chain.pending.push(pending);
            }
            ChainChange::Done => {
                let Chain { pending, cases, .. } = &mut self.chain;
                pending.retain(|waits| {
                    if waits.due > now {
                        return true;
                    }
                    if let Some(case) = cases.get_mut(&waits.subject).filter(|_| waits.what != Due::FollowUp) {
                        case.open = case.open.saturating_sub(1);
                        case.last = now;
                    }
                    false
                });
            }
            ChainChange::Shelters(services) => self.chain.shelters = *services,
            ChainChange::Programmes(services) => self.chain.programmes = *services,
            ChainChange::Open { subject, by, helped } => {
                let mut first = None;
                self.chain.touch_case(subject, now, |case| {
                    case.open = case.open.saturating_add_signed(by);
                    if helped {
                        case.last_help = Some(now);
                    }
                    if helped && !case.helped {
                        case.helped = true;
                        case.first_help = now;
                        first =
                            Some(Event::FirstHelp { city: case.city, months: now.since(case.opened).max(0) as u16 });
                    }
                });
                self.events.extend(first);
            }
            ChainChange::Urgent(subject) => self.chain.touch_case(subject, now, |case| case.urgent = true),
            ChainChange::OnFile { key, entry } => self.chain.enter(key, entry, now),
            ChainChange::Known(who) => {
                if let Some(row) = who.row() {
                    self.people.body[row].set(Flag::InChain, true);
                }
            }
            ChainChange::Transfer { subject, to: Some(city) } => {
                self.chain.touch_case(subject, now, |case| case.city = city);
            }
            ChainChange::Transfer { subject, to: None } => {
                if let Some(case) = self.chain.cases.remove(&subject) {
                    self.events.push(closed(&case, now));
                    // Waiting requests are removed; help that has started continues.
                    let Chain { shelters, programmes, .. } = &mut self.chain;
                    for (group, services) in [(Group::Shelters, shelters), (Group::Programmes, programmes)] {
                        let lost = |request: &Request| request.subject == subject;
                        let struck = services.queue.iter().filter(|request| lost(request));
                        self.events.extend(struck.map(|request| Event::Struck {
                            group,
                            service: request.service,
                            city: request.city,
                            who: request.who,
                        }));
                        if group == Group::Shelters {
                            let lost = services.queue.iter().filter(|request| lost(request));
                            self.events
                                .extend(lost.map(|of| Event::from(ShelterDecision::of(of, ShelterStep::Withdrawn))));
                        }
                        services.queue.retain(|request| !lost(request));
                    }
                }
            }
            ChainChange::Close { after } => {
                let events = &mut self.events;
                self.chain.cases.retain(|_, case| {
                    let stays = case.open > 0 || now.since(case.last) < after;
                    if !stays {
                        events.push(closed(case, now));
                    }
                    stays
                });
            }
        }
    }

    /// Opens a case or adds to an open one; marks the persons whom the chain now knows.
    fn take_report(&mut self, mut report: Report) {
        let now = self.now;
        let rows = || [report.victim, report.perpetrator].into_iter().filter_map(PersonId::row);
        report.known = rows().any(|row| self.people.body[row].has(Flag::InChain));
        let suffered = report.victim.row().map(|row| self.people.past[row].suffered);
        for row in rows() {
            self.people.body[row].set(Flag::InChain, true);
            let reported = &mut self.people.past[row].reported;
            if !reported.has_come() {
                *reported = now;
            }
        }
        let Report { source, kind, city, subject, couple, victim, perpetrator, known, .. } = report;
        match self.chain.cases.get_mut(&subject) {
            Some(case) => {
                case.reports = case.reports.saturating_add(1);
                case.last = now;
            }
            None => {
                let case = Case {
                    source,
                    kind,
                    city,
                    opened: now,
                    last: now,
                    couple,
                    victim,
                    perpetrator,
                    reports: 1,
                    open: 0,
                    helped: false,
                    urgent: false,
                    first_help: Month::NEVER,
                    last_help: None,
                };
                self.chain.cases.insert(subject, case);
                let after =
                    suffered.filter(|month| month.has_come()).map_or(-1, |month| now.since(month).max(0) as i16);
                self.events.push(Event::CaseOpened { city, source, kind, again: known, after });
            }
        }
        self.events.push(Event::Report(report));
    }
}

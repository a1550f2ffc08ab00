//! Records of police, ASHG, AMK, shelters and courts in a month.

use super::Yearly;
use super::columns::Counts;
use super::waiting::Waiting;
use crate::outcomes::scene::home_of;
use crate::world::{CoupleId, Edge, Event, Incident, Month, Passage, PersonId, Report, Severity, Sex, Source, World};

/// Months after the first report of a case in which help counts.
const FIRST_MONTHS: u16 = 3;

impl Yearly {
    /// Counts the open cases whose first months end now; cases closed earlier are counted when they close.
    pub(super) fn first_months(&mut self, world: &World) {
        let now = world.now().plus(-1);
        for case in world.chain().cases.values().filter(|case| now.since(case.opened) == i32::from(FIRST_MONTHS)) {
            if let Some(counts) = self.running.get_mut(usize::from(case.city)) {
                let delay = &mut counts.delays[2];
                *delay = (delay.0 + u64::from(case.first_help.has_come()), delay.1 + 1);
            }
        }
    }

    /// Counts events recorded by the chain.
    pub(super) fn record(&mut self, world: &World, event: &Event, waiting: &Waiting) {
        match *event {
            Event::Report(report) => self.count_report(world, &report),
            Event::Registered { city, count } => self.in_city(city, |c| c.police_registrations += u64::from(count)),
            Event::Suspected { child, city } => {
                let new = u64::from(self.is_first(2, world, child));
                self.in_city(city, |c| c.children_suspected += new);
            }
            Event::Investigated { city, maltreated, found, .. } => self.in_city(city, |c| {
                c.amk_investigations += 1;
                c.amk_substantiated += u64::from(found);
                c.unfounded_investigations += u64::from(!maltreated);
            }),
            Event::Passage(passage) => self.count_passage(&passage),
            Event::Sheltered { who, city, children } => {
                let woman = is_woman(world, who);
                self.in_city(city, |c| {
                    *(if woman { &mut c.shelter_women } else { &mut c.shelter_men }) += 1;
                    c.shelter_children += u64::from(children);
                });
            }
            Event::LeftShelter { city, returned, .. } => {
                self.in_city(city, |c| c.shelter_returns += u64::from(returned));
            }
            Event::CaseOpened { city, again, after, .. } => self.in_city(city, |c| {
                c.cases_opened += 1;
                c.cases_again += u64::from(again);
                if after >= 0 && !again {
                    c.delays[0] = (c.delays[0].0 + after as u64, c.delays[0].1 + 1);
                }
            }),
            Event::CaseClosed { city, helped, months, .. } => self.in_city(city, |c| {
                c.cases_closed += 1;
                c.cases_helped += u64::from(helped);
                if months <= FIRST_MONTHS {
                    c.delays[2] = (c.delays[2].0 + u64::from(helped), c.delays[2].1 + 1);
                }
            }),
            Event::FirstHelp { city, months } => {
                self.in_city(city, |c| c.delays[1] = (c.delays[1].0 + u64::from(months), c.delays[1].1 + 1));
            }
            Event::Violence(incident) => self.count_violence(world, &incident, waiting),
            _ => {}
        }
    }

    /// Counts in the current year of a city; nothing elsewhere.
    fn in_city(&mut self, city: u8, count: impl FnOnce(&mut Counts)) {
        if let Some(counts) = self.running.get_mut(usize::from(city)) {
            count(counts);
        }
    }

    /// Adds a person to a set of persons counted in the year; returns whether the person was not in it.
    fn is_first(&mut self, set: usize, world: &World, who: PersonId) -> bool {
        who.row().is_some_and(|row| self.counted[set].insert(world.body(row).key))
    }

    /// Counts a report by its source.
    fn count_report(&mut self, world: &World, report: &Report) {
        let Report { source, city, victim, .. } = *report;
        match source {
            Source::Police => {
                let woman = is_woman(world, victim);
                let new = u64::from(self.is_first(0, world, victim));
                self.in_city(city, |c| {
                    c.police_reports += 1;
                    c.police_registrations += u64::from(report.registrations);
                    c.police_partner_reports += u64::from(report.couple != CoupleId::NONE);
                    *(if woman { &mut c.police_victims_women } else { &mut c.police_victims_men }) += new;
                });
                self.reported.insert(report.subject, world.now().plus(-1));
            }
            Source::Desk => self.in_city(city, |c| c.ashg_self += 1),
            Source::FirstLine => self.in_city(city, |c| c.ashg_first_line += 1),
            Source::Amk => {
                let maltreated = victim.row().is_some_and(|row| world.past(row).maltreated != 0);
                let new = u64::from(maltreated && self.is_first(1, world, victim));
                self.in_city(city, |c| {
                    c.amk_contacts += 1;
                    c.children_known_to_amk += new;
                });
            }
            Source::Shelter => {}
        }
    }

    /// Counts a passage of an edge, and refusals of a place in a shelter.
    fn count_passage(&mut self, passage: &Passage) {
        self.in_city(passage.city, |c| match passage.edge {
            Edge::ShelterAdmission if !passage.passed => c.shelter_refusals += 1,
            Edge::NoFollowUp => {
                c.followed_up += 1;
                c.no_follow_ups += u64::from(passage.passed);
            }
            _ if !passage.passed => {}
            Edge::HandOverCriminal | Edge::HandOverOther => c.ashg_from_police += 1,
            Edge::Protection => c.supervisions += 1,
            Edge::Placement => c.placements += 1,
            Edge::Ban => c.bans += 1,
            Edge::Arrest => c.arrests += 1,
            Edge::Conviction => c.convictions += 1,
            _ => {}
        });
    }

    /// Counts violence while the couple waits for help, and serious violence soon after a report.
    fn count_violence(&mut self, world: &World, incident: &Incident, waiting: &Waiting) {
        let Some(couple) = world.couple_by_id(incident.couple) else { return };
        let waits = waiting.has(world, couple.key);
        let is_serious = incident.severity[0].max(incident.severity[1]) >= Severity::Serious;
        // Most violence is neither: only then the place is of interest.
        if !waits && !is_serious {
            return;
        }
        let Some(place) = home_of(world, couple) else { return };
        let months = |since: Month| world.now().plus(-1).since(since);
        let lately =
            is_serious && self.reported.get(&couple.key).is_some_and(|since| (1..=3).contains(&months(*since)));
        self.in_city(place as u8, |c| {
            if waits {
                c.incidents_while_waiting += u64::from(incident.counts[0]) + u64::from(incident.counts[1]);
            }
            c.serious_after_report += u64::from(lately);
        });
    }
}

fn is_woman(world: &World, who: PersonId) -> bool {
    who.row().is_some_and(|row| world.body(row).sex() == Sex::Female)
}

#[cfg(test)]
mod tests {
    use crate::outcomes::small::ints;
    use crate::outcomes::yearly::family::{family, violence, year_of};
    use crate::world::{
        CaseKind, ChainChange, Change, CoupleId, Month, Report, Request, Services, Severity, Side, Source, Violence,
    };

    #[test]
    fn violence_counts_while_somebody_waits_and_serious_violence_soon_after_a_report() {
        let (mut small, couple, [man, woman, ..]) = family();
        let subject = small.world.couple_by_id(couple).expect("a couple").key;
        let chain = |change| Change::Chain(change);
        let report = chain(ChainChange::Report(Report {
            source: Source::Police,
            kind: CaseKind::Partner,
            city: 0,
            subject,
            couple: CoupleId::NONE,
            victim: woman,
            perpetrator: man,
            severity: Severity::Light,
            registrations: 1,
            known: false,
            founded: true,
        }));
        let request = Request::new(0, 0, woman, subject, Month(0));
        let queue = |queue| chain(ChainChange::Shelters(Box::new(Services { queue, ..Services::default() })));
        let begins = Change::Violence { couple, by: Side::First, state: Violence::Situational };
        let open = |by| chain(ChainChange::Open { subject, by, helped: false });
        // The request is of the same month as this violence.
        small.month([begins, report, open(1), queue(vec![request])], [violence(couple, [7, 0], Severity::Serious)]);
        small.month([], [violence(couple, [2, 1], Severity::Serious)]);
        // The request stays in the queue, but the case has nothing pending.
        small.month([open(-1)], [violence(couple, [9, 0], Severity::Injury)]);
        small.month([open(1), queue(Vec::new())], [violence(couple, [9, 0], Severity::Serious)]);
        small.month([], [violence(couple, [9, 0], Severity::Serious)]);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        assert_eq!(ints(&table, at, ["incidents_while_waiting", "serious_after_report", "incident_months"]), [3, 2, 5]);
    }
}

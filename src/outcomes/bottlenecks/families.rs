//! Follow-up of families for a year after their first report: who is involved, when help starts, and whether the needs
//! of children are assessed.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::outcomes::by_key::ByKey;
use crate::outcomes::profile::{key_of, minors_concerned};
use crate::outcomes::reported::SOON;
use crate::outcomes::settings::OutcomeSettings;
use crate::world::{ELSEWHERE, Edge, Month, PersonId, Report, Source, World};

/// Months for which a family is followed.
const MONTHS: i32 = 12;

/// Organisations by their indices; programmes follow.
const POLICE: u16 = 0;
const ASHG: u16 = 1;
const AMK: u16 = 2;
const SHELTER: u16 = 3;
const ORGANISATIONS: u16 = 4;

/// A family after its first report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TrackedFamily {
    opened: Month,
    city: u8,
    /// Organisations and programmes involved, each once.
    involved: Vec<u16>,
    /// Months to the first start of help.
    help: Option<u8>,
    /// Keys of the children whom reports concern.
    children: Vec<u64>,
    assessed: bool,
}

/// Numbers of families.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FamilyCounts {
    /// With three months simulated, and of these helped within three months.
    pub(super) observed: u64,
    pub(super) helped_soon: u64,
    /// With twelve months simulated in which help started: families, organisations involved, months to help.
    pub(super) helped: u64,
    pub(super) involved: u64,
    pub(super) months: u64,
    /// With twelve months simulated and children, and of these with needs assessed.
    pub(super) with_children: u64,
    pub(super) assessed: u64,
}

impl FamilyCounts {
    /// Adds other families.
    pub(super) fn add(&mut self, other: &FamilyCounts) {
        self.observed += other.observed;
        self.helped_soon += other.helped_soon;
        self.helped += other.helped;
        self.involved += other.involved;
        self.months += other.months;
        self.with_children += other.with_children;
        self.assessed += other.assessed;
    }

    /// Adds a family that was followed for a number of months.
    fn take(&mut self, family: &TrackedFamily, months: i32) {
        if months >= SOON {
            self.observed += 1;
            self.helped_soon += u64::from(family.help.is_some_and(|month| i32::from(month) <= SOON));
        }
        if months < MONTHS {
            return;
        }
        if let Some(month) = family.help {
            self.helped += 1;
            self.involved += family.involved.len() as u64;
            self.months += u64::from(month);
        }
        if !family.children.is_empty() {
            self.with_children += 1;
            self.assessed += u64::from(family.assessed);
        }
    }
}

/// Year of the report and city, with the counts.
pub(super) type FamilyLine = ((i32, u8), FamilyCounts);

/// Families under follow-up, and counts of those whose follow-up has ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct TrackedFamilies {
    /// By the stable key of the case.
    families: ByKey<TrackedFamily>,
    /// Families of children by the key of the child.
    of_child: ByKey<u64>,
    /// Months in which follow-ups began, with the families.
    opened: VecDeque<(Month, Vec<u64>)>,
    done: Vec<FamilyLine>,
}

fn organisation(source: Source) -> u16 {
    match source {
        Source::Police => POLICE,
        Source::Desk | Source::FirstLine => ASHG,
        Source::Amk => AMK,
        Source::Shelter => SHELTER,
    }
}

impl TrackedFamilies {
    /// Processes the month just simulated.
    pub(super) fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        let now = world.now().plus(-1);
        let mut of_victim: BTreeMap<PersonId, u64> = BTreeMap::new();
        for report in world.events().reports() {
            self.read_report(world, report, now);
            if report.source == Source::Police {
                of_victim.insert(report.victim, report.subject);
            }
        }
        for passage in world.events().passages().filter(|passage| passage.passed) {
            match passage.edge {
                Edge::HandOverCriminal | Edge::HandOverOther => {
                    if let Some(family) = of_victim.get(&passage.who).and_then(|key| self.families.get_mut(*key)) {
                        family.involve(ASHG);
                    }
                }
                Edge::NeedsAssessed | Edge::NeedsSheltered | Edge::NeedsInvestigated => {
                    let subject = key_of(world, passage.who).and_then(|key| self.of_child.get(key)).copied();
                    if let Some(family) = subject.and_then(|key| self.families.get_mut(key)) {
                        family.assessed = true;
                    }
                }
                _ => {}
            }
        }
        let chain = world.chain();
        for stay in chain.shelters.stays.iter().filter(|stay| stay.since == now) {
            self.begin_stay(stay.subject, SHELTER, true, now);
        }
        for stay in chain.programmes.stays.iter().filter(|stay| stay.since == now) {
            self.begin_stay(stay.subject, ORGANISATIONS + stay.service, settings.is_help(stay.service), now);
        }
        self.end(now);
    }

    /// Counts by year and city, sorted, with those of the families under follow-up so far.
    pub(super) fn counts(&self, now: Month) -> Vec<FamilyLine> {
        let mut done = self.done.clone();
        for (_, family) in self.families.sorted() {
            close(&mut done, family, now);
        }
        done
    }

    /// Begins the follow-up of a family, or adds a report to it.
    fn read_report(&mut self, world: &World, report: &Report, now: Month) {
        let subject = report.subject;
        if self.families.get(subject).is_none() {
            match self.opened.back_mut().filter(|(month, _)| *month == now) {
                Some((_, families)) => families.push(subject),
                None => self.opened.push_back((now, vec![subject])),
            }
        }
        let family = self.families.or_insert_with(subject, || TrackedFamily {
            opened: now,
            city: report.city,
            involved: Vec::new(),
            help: None,
            children: Vec::new(),
            assessed: false,
        });
        family.involve(organisation(report.source));
        for child in minors_concerned(world, report, now).into_keys() {
            if !family.children.contains(&child) {
                family.children.push(child);
            }
            // The latest family of a child that belongs to two.
            *self.of_child.or_insert_with(child, || subject) = subject;
        }
    }

    fn begin_stay(&mut self, subject: u64, organisation: u16, helps: bool, now: Month) {
        let Some(family) = self.families.get_mut(subject) else { return };
        family.involve(organisation);
        if helps {
            family.help.get_or_insert(now.since(family.opened) as u8);
        }
    }

    /// Closes the follow-ups that end this month.
    fn end(&mut self, now: Month) {
        let is_over = |since: Month| now.since(since) >= MONTHS;
        while self.opened.front().is_some_and(|(since, _)| is_over(*since)) {
            for subject in self.opened.pop_front().into_iter().flat_map(|(_, families)| families) {
                let Some(family) = self.families.remove(subject) else { continue };
                for child in &family.children {
                    if self.of_child.get(*child) == Some(&subject) {
                        self.of_child.remove(*child);
                    }
                }
                close(&mut self.done, &family, now);
            }
        }
    }
}

impl TrackedFamily {
    fn involve(&mut self, organisation: u16) {
        if !self.involved.contains(&organisation) {
            self.involved.push(organisation);
        }
    }
}

/// Counts a family whose follow-up ended in a month.
fn close(done: &mut Vec<FamilyLine>, family: &TrackedFamily, now: Month) {
    if usize::from(family.city) >= ELSEWHERE {
        return;
    }
    let wanted = (family.opened.year(), family.city);
    let at = match done.binary_search_by_key(&wanted, |(key, _)| *key) {
        Ok(at) => at,
        Err(at) => {
            done.insert(at, (wanted, FamilyCounts::default()));
            at
        }
    };
    done[at].1.take(family, now.since(family.opened));
}

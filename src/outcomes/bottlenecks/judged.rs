//! Whether the effect of a programme could be judged from its records: persons who started it and persons who were
//! offered it and did not, with police reports in the year after.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::outcomes::by_key::ByKey;
use crate::outcomes::profile::{key_of, lives_here, minors_concerned};
use crate::outcomes::settings::OutcomeSettings;
use crate::world::{ELSEWHERE, Edge, Event, Month, NO_SERVICE, Passage, Source, World};

/// Months in which a police report counts.
pub(super) const MONTHS: i32 = 12;
/// Difference between the shares of the two groups that must be found.
const DIFFERENCE: f64 = 0.1;
/// Quantiles of the normal distribution: of a two-sided test at 5 %, and of a power of .8.
const QUANTILES: f64 = 1.959_964 + 0.841_621;

/// A person who was offered a programme, followed from the start, or from the month in which it was clear that it would
/// not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OfferedPerson {
    service: u16,
    city: u8,
    since: Month,
    started: bool,
    again: bool,
    left: bool,
}

/// Numbers of persons who were offered a programme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JudgedCounts {
    /// Starts in the year, also of persons who were not followed for the whole time.
    pub(super) starts: u64,
    /// Followed: who did not start and who started.
    followed: [u64; 2],
    /// Of these, reported to the police again.
    again: [u64; 2],
}

impl JudgedCounts {
    /// Adds other persons.
    pub(super) fn add(&mut self, other: &JudgedCounts) {
        self.starts += other.starts;
        for group in 0..2 {
            self.followed[group] += other.followed[group];
            self.again[group] += other.again[group];
        }
    }

    fn take(&mut self, person: &OfferedPerson, months: i32) {
        let group = usize::from(person.started);
        self.starts += u64::from(person.started);
        if months >= MONTHS && !person.left {
            self.followed[group] += 1;
            self.again[group] += u64::from(person.again);
        }
    }

    /// Whether a difference of ten percentage points would be found with a power of .8, when each simulated person
    /// stands for `1 / scale` real ones.
    pub(super) fn can_be_judged(&self, scale: f64) -> bool {
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let [without, with] = self.followed.map(|persons| persons as f64);
        if without == 0.0 || with == 0.0 {
            return false;
        }
        let half = DIFFERENCE / 2.0;
        let share = ((self.again[0] + self.again[1]) as f64 / (without + with)).clamp(half, 1.0 - half);
        let variance = |share: f64| share * (1.0 - share) * scale;
        let error = (variance(share + half) / without + variance(share - half) / with).sqrt();
        DIFFERENCE >= QUANTILES * error
    }
}

/// Year, programme and city, with the counts.
pub(super) type JudgedLine = ((i32, u16, u8), JudgedCounts);

/// Persons under follow-up, and counts of those whose follow-up has ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct JudgedProgrammes {
    following: ByKey<Vec<OfferedPerson>>,
    /// Months in which follow-ups began, with the persons.
    entered: VecDeque<(Month, Vec<u64>)>,
    done: Vec<JudgedLine>,
}

/// Whether a passage decides that a person starts a programme (true) or not (false).
fn decides(passage: &Passage) -> Option<bool> {
    match (passage.edge, passage.passed) {
        (Edge::Start, started) => Some(started),
        (Edge::Offer | Edge::Place, false) => Some(false),
        _ => None,
    }
}

impl JudgedProgrammes {
    /// Processes the month just simulated.
    pub(super) fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        let now = world.now().plus(-1);
        for report in world.events().reports().filter(|report| report.source == Source::Police) {
            let named = [report.victim, report.perpetrator].into_iter().filter_map(|who| key_of(world, who));
            for key in named.chain(minors_concerned(world, report, now).into_keys()) {
                for person in self.following.get_mut(key).into_iter().flatten() {
                    person.again |= !person.left && person.since < now;
                }
            }
        }
        for passage in world.events().passages() {
            let Some(started) = decides(passage) else { continue };
            if passage.service != NO_SERVICE && settings.is_help(passage.service) {
                self.enter(world, passage, started, now);
            }
        }
        for event in world.events() {
            let (Event::Death { who, .. } | Event::Departure { who, .. }) = *event else { continue };
            let key = who.row().map(|row| world.body(row).key);
            for person in key.and_then(|key| self.following.get_mut(key)).into_iter().flatten() {
                person.left = true;
            }
        }
        self.end(now);
    }

    /// Counts by year, programme and city, sorted, with those of the persons under follow-up so far.
    pub(super) fn counts(&self, now: Month) -> Vec<JudgedLine> {
        let mut done = self.done.clone();
        for (_, list) in self.following.sorted() {
            list.iter().for_each(|person| close(&mut done, person, now));
        }
        done
    }

    /// Begins a follow-up: one for each programme and calendar year, of the start if there is one.
    fn enter(&mut self, world: &World, passage: &Passage, started: bool, now: Month) {
        let Some(key) = key_of(world, passage.who) else { return };
        let Passage { service, city, .. } = *passage;
        let left = !lives_here(world, passage.who);
        let person = OfferedPerson { service, city, since: now, started, again: false, left };
        let list = self.following.or_insert_with(key, Vec::new);
        let same = |other: &&mut OfferedPerson| other.service == service && other.since.year() == now.year();
        match list.iter_mut().find(same) {
            Some(other) if other.started || !started => return,
            Some(other) => *other = person,
            None => list.push(person),
        }
        match self.entered.back_mut().filter(|(month, _)| *month == now) {
            Some((_, persons)) => persons.push(key),
            None => self.entered.push_back((now, vec![key])),
        }
    }

    /// Closes the follow-ups that end this month.
    fn end(&mut self, now: Month) {
        let JudgedProgrammes { following, entered, done } = self;
        let is_over = |since: Month| now.since(since) >= MONTHS;
        while entered.front().is_some_and(|(since, _)| is_over(*since)) {
            for key in entered.pop_front().into_iter().flat_map(|(_, persons)| persons) {
                let Some(list) = following.get_mut(key) else { continue };
                list.retain(|person| {
                    let stays = !is_over(person.since);
                    if !stays {
                        close(done, person, now);
                    }
                    stays
                });
                if list.is_empty() {
                    following.remove(key);
                }
            }
        }
    }
}

/// Counts a person whose follow-up ended in a month.
fn close(done: &mut Vec<JudgedLine>, person: &OfferedPerson, now: Month) {
    if usize::from(person.city) >= ELSEWHERE {
        return;
    }
    let wanted = (person.since.year(), person.service, person.city);
    let at = match done.binary_search_by_key(&wanted, |(key, _)| *key) {
        Ok(at) => at,
        Err(at) => {
            done.insert(at, (wanted, JudgedCounts::default()));
            at
        }
    };
    done[at].1.take(person, now.since(person.since));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_points_are_found_from_326_persons_in_each_group_around_a_share_of_three_tenths() {
        // (1.96 + 0.84)² × (.25 × .75 + .35 × .65) / .1² = 325.7 persons in each group.
        // Both groups together have a share of three tenths.
        let at = |persons: u64| JudgedCounts { starts: persons, followed: [persons; 2], again: [persons * 6 / 10, 0] };
        assert!(at(330).can_be_judged(1.0) && !at(320).can_be_judged(1.0));
        assert!(at(33).can_be_judged(0.1) && !at(32).can_be_judged(0.1), "a tenth of the persons stands for all");
        assert!(!JudgedCounts { followed: [0, 9000], ..at(320) }.can_be_judged(1.0), "nobody to compare with");
    }
}

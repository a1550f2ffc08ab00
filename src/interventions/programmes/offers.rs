//! Occasions of the month, and the offers made to the persons who have one.

use std::collections::BTreeSet;

use super::Programmes;
use crate::engine::Draws;
use crate::world::{
    ChainChange, Change, Changes, Edge, Event, Mechanism, Occasion, Passage, PersonId, Request, Services, World,
};

/// Months before the birth at which a pregnancy is an occasion: the fifth month, when antenatal care has begun.
const BEFORE_BIRTH: i32 = 5;

impl Programmes {
    /// Occasions of the month: those emitted by the chain, pregnancies, and pupils.
    pub(super) fn occasions(&self, world: &World) -> Vec<(Occasion, PersonId, u64)> {
        let now = world.now();
        let mut occasions: Vec<(Occasion, PersonId, u64)> = world.events().occasions().collect();
        // Also without coverage: eligibility is evaluated in every scenario.
        let has = |occasion: Occasion| self.services.iter().any(|s| s.programme.is_offered_on(occasion));
        if has(Occasion::Pregnancy) {
            let due = world.pregnancies().iter().filter(|pregnancy| pregnancy.due.since(now) == BEFORE_BIRTH);
            occasions.extend(due.map(|pregnancy| (Occasion::Pregnancy, pregnancy.mother, 0)));
        }
        if now.of_year() == 8 && has(Occasion::Pupil) {
            // School years begin in September.
            let youngest = self.services.iter().filter(|s| s.programme.is_offered_on(Occasion::Pupil));
            let ages: BTreeSet<i32> = youngest
                .filter_map(|s| s.programme.eligible.age_from.map(|age| libm::floor(age.get()) as i32))
                .collect();
            for age in ages {
                let of_age = |row: &usize| {
                    let body = world.body(*row);
                    body.counts() && body.place.is_here() && body.age(now) == age
                };
                let mut pupils: Vec<usize> = world.rows().filter(of_age).collect();
                pupils.sort_unstable_by_key(|row| world.body(*row).key);
                occasions.extend(pupils.into_iter().map(|row| (Occasion::Pupil, PersonId(row as u32), 0)));
            }
        }
        occasions
    }

    /// Makes offers to the persons with an occasion.
    pub(super) fn offer(
        &self,
        world: &World,
        occasions: Vec<(Occasion, PersonId, u64)>,
        state: &mut Services,
        draws: &Draws,
        changes: &mut Changes,
    ) {
        let now = world.now();
        // Nobody is in a programme and in the one in whose place it is given at once.
        let group = |service: u16| self.instead_of[usize::from(service)];
        let waiting = state.queue.iter().map(|request| (group(request.service), request.who));
        let mut busy: BTreeSet<(u16, PersonId)> =
            waiting.chain(state.stays.iter().map(|stay| (group(stay.service), stay.who))).collect();
        for (occasion, who, subject) in occasions {
            let Some(row) = who.row() else { continue };
            let body = world.body(row);
            if !body.counts() || !body.place.is_here() {
                continue;
            }
            let city = body.place.city();
            for &index in &self.offered {
                let service = &self.services[index];
                if !service.programme.is_offered_on(occasion) {
                    continue;
                }
                let chosen = self.is_eligible(world, row, service, draws);
                changes.tell(Event::Considered { service: index as u16, city: city as u8, who, chosen });
                state.eligible[index][city] += f64::from(u8::from(chosen));
                let covered = self.coverage(index, city, now);
                let lasting = draws.lasting(body.key, service.tag);
                if !chosen
                    || covered <= 0.0
                    || !lasting.happens(1, covered)
                    || busy.contains(&(group(index as u16), who))
                {
                    continue;
                }
                let draw = draws.of(body.key, service.tag);
                let passed = draw.happens(0, service.programme.uptake.get());
                changes.tell(Passage::at(Edge::Offer, city as u8, who, passed).of(index as u16));
                if passed {
                    busy.insert((group(index as u16), who));
                    let delay = service.programme.wait.get() * libm::exp(world.chain_effect(row, Mechanism::Delay));
                    let request = Request::new(index as u16, city as u8, who, subject, now);
                    // Where a screening found a high risk, the request goes before others of its month.
                    let urgent = world.chain().cases.get(&subject).is_some_and(|case| case.urgent);
                    let priority = if urgent { 0 } else { request.priority };
                    let ready = now.plus(libm::floor(delay + draw.unit(3)) as i32);
                    let lot = draws.of(body.key, service.tag | 0x8000).0[0];
                    state.queue.push(Request { ready, lot, priority, ..request });
                    changes.push(Change::Chain(ChainChange::Open { subject, by: 1, helped: false }));
                }
            }
        }
    }
}

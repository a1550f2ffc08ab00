//! Waiting and participation: who starts, who leaves the queue, and the ends of stays.

use super::Programmes;
use crate::engine::Draws;
use crate::interventions::card::Dose;
use crate::interventions::schedule::is_open;
use crate::random::Block;
use crate::world::{
    Capacity, ChainChange, Change, Changes, ELSEWHERE, Edge, Mechanism, Occasion, Passage, PersonId, ProviderMonths,
    Request, Services, Stay, World, odds,
};

impl Programmes {
    /// Ends of the month: completion, dropout, and departure of participants.
    pub(super) fn finish(
        &self,
        world: &World,
        state: &mut Services,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let now = world.now();
        let mut staying = Vec::with_capacity(state.stays.len());
        for stay in state.stays.drain(..) {
            let row = stay.who.row().filter(|row| world.body(*row).counts());
            let here = row.filter(|row| world.body(*row).place.is_here());
            if here.is_some() && now < stay.until {
                staying.push(stay);
                continue;
            }
            let completed = here.is_some() && stay.completes;
            months.of(stay.service, stay.city).left += 1;
            changes.tell(
                Passage::at(Edge::Completion, stay.city, stay.who, completed)
                    .of(stay.service)
                    .after(now.since(stay.since)),
            );
            changes.push(Change::Chain(ChainChange::Open { subject: stay.subject, by: -1, helped: false }));
            if let Some(row) = here.filter(|_| completed) {
                self.act(world, row, usize::from(stay.service), Dose::Completed, now, changes);
            }
        }
        state.stays = staying;
    }

    /// Serves waiting persons in the order of month of request, priority and random number. Returns the occasions that
    /// their starts create for other programmes.
    pub(super) fn serve(
        &self,
        world: &World,
        state: &mut Services,
        draws: &Draws,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) -> Vec<(Occasion, PersonId, u64)> {
        let now = world.now();
        let mut led = Vec::new();
        let mut taken = vec![[0.0; ELSEWHERE]; self.services.len()];
        let mut asked = taken.clone();
        for stay in &state.stays {
            taken[usize::from(stay.service)][usize::from(stay.city)] += 1.0;
        }
        for request in state.queue.iter().filter(|request| is_open(self.enrolment, request.since)) {
            asked[usize::from(request.service)][usize::from(request.city)] += 1.0;
        }
        // A place offered while there were more places may still be taken.
        let capacity =
            |index: usize, city: usize| self.capacity(index, city, now, taken[index][city] + asked[index][city]);
        let capacities: Vec<[Capacity; ELSEWHERE]> =
            (0..self.services.len()).map(|index| std::array::from_fn(|city| capacity(index, city))).collect();
        self.update_accounts(world, state, draws, &capacities, &asked);
        state.queue.sort_by_key(|r| (r.since, r.priority, r.lot, world.order_key(r.who), r.service));
        let queue = std::mem::take(&mut state.queue);
        for request in queue {
            let (index, city) = (usize::from(request.service), usize::from(request.city));
            let service = &self.services[index];
            let here = request.who.row().filter(|row| {
                let body = world.body(*row);
                body.counts() && body.place.is_here()
            });
            let waited = now.since(request.since).max(0);
            let month = months.of(request.service, request.city);
            let mut passage = |passed: bool| {
                changes.tell(
                    Passage::at(Edge::Start, request.city, request.who, passed).of(request.service).after(waited),
                );
            };
            let Some(row) = here.filter(|_| f64::from(waited) <= service.programme.patience.get()) else {
                month.refused += u32::from(here.is_some());
                passage(false);
                changes.push(Change::Chain(ChainChange::Open { subject: request.subject, by: -1, helped: false }));
                continue;
            };
            let capacity = &capacities[index][city];
            let free = capacity.free(&state.accounts[index][city], taken[index][city]);
            if now < request.ready || !capacity.admits(free, 1.0) {
                state.queue.push(request);
                continue;
            }
            let draw = draws.of(world.body(row).key, service.tag);
            let starts = service.programme.starts.get();
            let shows = draw.happens(1, odds(starts, world.chain_effect(row, Mechanism::HelpStart)));
            passage(shows);
            if !shows {
                changes.push(Change::Chain(ChainChange::Open { subject: request.subject, by: -1, helped: false }));
                continue;
            }
            taken[index][city] += 1.0;
            month.admitted += 1;
            month.waited += waited as u32;
            state.stays.push(self.start(world, row, &request, draw, changes));
            if let Some(occasion) = service.programme.leads_to {
                led.push((occasion, request.who, request.subject));
            }
        }
        for (index, accounts) in state.accounts.iter_mut().enumerate() {
            for (city, account) in accounts.iter_mut().enumerate().take(world.places().cities.len()) {
                capacities[index][city].settle(account, taken[index][city]);
            }
        }
        led
    }

    /// Opens the accounts of services that begin to have places, and records which services are asked for.
    fn update_accounts(
        &self,
        world: &World,
        state: &mut Services,
        draws: &Draws,
        capacities: &[[Capacity; ELSEWHERE]],
        asked: &[[f64; ELSEWHERE]],
    ) {
        let cities = world.places().cities.len();
        for (index, service) in self.services.iter().enumerate() {
            let opening = (0..cities).any(|city| state.accounts[index][city].opens(&capacities[index][city]));
            let load = if opening {
                self.load(index, &state.eligible[index][..cities], &capacities[index], world.now())
            } else {
                None
            };
            let accounts = state.accounts[index].iter_mut().zip(capacities[index]).enumerate();
            for (city, (account, capacity)) in accounts.take(cities) {
                if account.opens(&capacity) {
                    *account = capacity.opened(draws.of(city as u64 | 1 << 46, service.tag).unit(0), load);
                }
                account.hear(&capacity, asked[index][city] > 0.0, service.programme.patience.get());
            }
        }
    }

    /// The start of a participant: the stay, which ends earlier after dropout, and the effects of the start.
    fn start(&self, world: &World, row: usize, request: &Request, draw: Block, changes: &mut Changes) -> Stay {
        let now = world.now();
        let index = usize::from(request.service);
        let service = &self.services[index];
        let chance = service.programme.completes.get();
        let completes = draw.happens(2, odds(chance, world.chain_effect(row, Mechanism::HelpCompletion)));
        let part = if completes { 1.0 } else { draw.unit(3) };
        let until = now.plus((libm::ceil(service.programme.length.get() * part) as i32).max(1));
        changes.push(Change::Chain(ChainChange::Open { subject: request.subject, by: 0, helped: service.helps }));
        self.act(world, row, index, Dose::Started, until, changes);
        Stay { completes, ..Stay::of(request, request.city, now, until) }
    }
}

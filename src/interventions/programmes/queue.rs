//! Waiting and participation: who starts, who leaves the queue, and the ends of stays.

use std::collections::BTreeSet;

use super::{Programmes, Service};
use crate::engine::Draws;
use crate::interventions::card::Dose;
use crate::interventions::schedule::is_open;
use crate::random::{Block, normal};
use crate::world::{
    Capacity, ChainChange, Change, Changes, ELSEWHERE, Edge, Event, FileEntry, Mechanism, Occasion, Passage, PersonId,
    ProviderMonths, Request, Services, Stay, TargetGroup, World, odds,
};

impl Programmes {
    /// Ends of the month: completion, dropout, death and departure of participants. A move between the cities ends
    /// nothing. Who leaves the cities goes on with the programme in the new place: the share of a card that completes
    /// includes people who move, so that moving is no second reason to drop out. The place becomes free.
    pub(super) fn finish(
        &self,
        world: &World,
        state: &mut Services,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let now = world.now();
        let moved: BTreeSet<PersonId> = world.events().iter().filter_map(departed).collect();
        let mut staying = Vec::with_capacity(state.stays.len());
        for stay in state.stays.drain(..) {
            let row = stay.who.row().filter(|row| world.body(*row).counts());
            let here = row.filter(|row| world.body(*row).place.is_here());
            if here.is_some() && now < stay.until {
                staying.push(stay);
                continue;
            }
            let completed = stay.completes && (here.is_some() || moved.contains(&stay.who));
            months.of(stay.service, stay.city).left += 1;
            changes.tell(
                Passage::at(Edge::Completion, stay.city, stay.who, completed)
                    .of(stay.service)
                    .after(now.since(stay.since)),
            );
            changes.push(Change::Chain(ChainChange::Open { subject: stay.subject, by: -1, helped: false }));
            if let Some(row) = row.filter(|_| completed) {
                if self.services[usize::from(stay.service)].programme.occasion == Occasion::PerpetratorHelp {
                    let (key, entry) = (world.body(row).key, FileEntry::Completed);
                    changes.push(Change::Chain(ChainChange::OnFile { key, entry }));
                }
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
        self.update_funds(state, draws, now);
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
            let mut passage = |edge: Edge, passed: bool| {
                changes.tell(Passage::at(edge, request.city, request.who, passed).of(request.service).after(waited));
            };
            let patient = |row: &usize| f64::from(waited) <= self.patience(world, *row, service, draws);
            let Some(row) = here.filter(patient) else {
                month.refused += u32::from(here.is_some());
                passage(Edge::Place, false);
                changes.push(Change::Chain(ChainChange::Open { subject: request.subject, by: -1, helped: false }));
                continue;
            };
            let capacity = &capacities[index][city];
            let free = capacity.free(&state.accounts[index][city], taken[index][city]);
            let may_start = capacity.admits(free, 1.0) && service.is_funded(&state.funds[index]);
            if now < request.ready || !may_start {
                state.queue.push(request);
                continue;
            }
            let draw = draws.of(world.body(row).key, service.tag);
            let log =
                world.chain_effect(row, Mechanism::HelpStart) - self.lost_by_waiting(world, service, &request, waited);
            let shows = draw.happens(1, odds(service.programme.starts.get(), log));
            passage(Edge::Place, true);
            passage(Edge::Start, shows);
            if !shows {
                changes.push(Change::Chain(ChainChange::Open { subject: request.subject, by: -1, helped: false }));
                continue;
            }
            taken[index][city] += 1.0;
            month.admitted += 1;
            month.waited += waited as u32;
            let stay = self.start(world, row, &request, draw, changes);
            service.charge(&mut state.funds[index], &stay);
            state.stays.push(stay);
            led.extend(self.leads(world, index, request.who, request.subject, draws));
        }
        for (index, accounts) in state.accounts.iter_mut().enumerate() {
            for (city, account) in accounts.iter_mut().enumerate().take(world.places().cities.len()) {
                capacities[index][city].settle(account, taken[index][city]);
            }
        }
        led
    }

    /// Months that a person is prepared to wait for a service; lasting, and lognormal between persons.
    fn patience(&self, world: &World, row: usize, service: &Service, draws: &Draws) -> f64 {
        let score = normal(draws.lasting(world.body(row).key, service.tag).unit(2));
        service.programme.patience.get() * libm::exp(self.participation.patience_sd.get() * score)
    }

    /// Whether a person takes part as the perpetrator. A programme for perpetrators may be offered to the victim of the
    /// case too, as aftercare of a criminal case is.
    fn as_perpetrator(world: &World, service: &Service, request: &Request) -> bool {
        let is_victim = || world.chain().cases.get(&request.subject).is_some_and(|case| case.victim == request.who);
        service.target == TargetGroup::Perpetrators && !is_victim()
    }

    /// Decrease of the log odds of completing that a participant brings along.
    fn risk_of_dropout(&self, world: &World, row: usize, service: &Service, request: &Request) -> f64 {
        let p = &self.participation;
        if !Self::as_perpetrator(world, service, request) {
            return 0.0;
        }
        p.selection.get() * (world.body(row).liability_use.get() - p.selection_from.get())
    }

    /// Decrease of the log odds of starting after a number of months of waiting, against the wait at which the
    /// probability of the service holds.
    fn lost_by_waiting(&self, world: &World, service: &Service, request: &Request, waited: i32) -> f64 {
        let w = &self.participation;
        let by_group = if Self::as_perpetrator(world, service, request) {
            &w.start_per_month_perpetrators
        } else {
            &w.start_per_month
        };
        let per_month = by_group.get();
        let form = &service.programme;
        let counted = |months: f64| months.min(w.longest.get());
        let usual = form.starts_at.unwrap_or(form.wait);
        per_month * (counted(f64::from(waited)) - counted(usual.get()))
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
        let log =
            world.chain_effect(row, Mechanism::HelpCompletion) - self.risk_of_dropout(world, row, service, request);
        let completes = draw.happens(2, odds(chance, log));
        let part = if completes { 1.0 } else { draw.unit(3) };
        let until = now.plus((libm::ceil(service.programme.length.get() * part) as i32).max(1));
        changes.push(Change::Chain(ChainChange::Open { subject: request.subject, by: 0, helped: service.helps }));
        self.act(world, row, index, Dose::Started, until, changes);
        Stay { completes, ..Stay::of(request, request.city, now, until) }
    }
}

/// The person who leaves the cities by an event, if it is a departure.
fn departed(event: &Event) -> Option<PersonId> {
    match event {
        Event::Departure { who, .. } => Some(*who),
        _ => None,
    }
}

//! Who gets a place in a shelter, and what a refusal leads to.

use super::places::taken;
use super::{Allocation, MEN, ShelterProcess};
use crate::engine::Draws;
use crate::world::{
    ChainChange, Change, Changes, Edge, Event, Flag, Occasion, PersonId, ProviderMonths, Request, Services, Stay, World,
};

impl ShelterProcess {
    /// Handles waiting requests by month of request, priority and random number; refuses those that find no place.
    pub(super) fn serve(
        &self,
        world: &World,
        state: &mut Services,
        draws: &Draws,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let now = world.now();
        let mut free = self.free(world, state);
        // Under the local rule requests from other cities come after the city's own; in the national pool all are
        // equal.
        let local = self.table.allocation == Allocation::LocalFirst;
        let rank = |request: &Request| if local { request.priority } else { u8::from(request.priority > 0) };
        state.queue.sort_by_key(|request| (request.since, rank(request), request.lot, world.order_key(request.who)));
        let queue = std::mem::take(&mut state.queue);
        for request in queue {
            let kind = usize::from(request.service);
            let row = request.who.row();
            let waited = now.since(request.since);
            if request.who != PersonId::NONE
                && !row.is_some_and(|row| world.body(row).counts() && world.body(row).place.is_here())
            {
                // A person who made another request, moved away or died meanwhile is no longer waiting.
                self.passage(changes, Edge::ShelterAdmission, request.city, request.who, false, waited);
                continue;
            }
            let found = self
                .cities_for(world, &request)
                .into_iter()
                .find(|city| self.admits(kind, *city, now, free[kind][*city], request.places));
            if request.who != PersonId::NONE {
                self.passage(changes, Edge::ShelterAdmission, request.city, request.who, found.is_some(), waited);
            }
            let Some(city) = found else {
                months.of(request.service, request.city).refused += 1;
                let again = row.is_some_and(|row| draws.of(world.body(row).key, 1).happens(0, self.table.retry.get()));
                if again {
                    state.queue.push(Request { since: now.plus(1), ready: now.plus(1), ..request });
                    months.of(request.service, request.city).requests += 1;
                }
                continue;
            };
            free[kind][city] -= f64::from(request.places);
            let month = months.of(request.service, city as u8);
            month.admitted += 1;
            month.waited += waited.max(0) as u32;
            let key = row.map_or(u64::from(request.lot) | 1 << 43, |row| world.body(row).key);
            let length = self.length(request.service, draws.of(key, 2).unit(0)) as i32;
            state.stays.push(Stay::of(&request, city as u8, now, now.plus(length.max(1))));
            if let Some(row) = row {
                self.admit(world, row, &request, changes);
            }
        }
        let taken = taken(&state.stays);
        for (kind, accounts) in state.accounts.iter_mut().enumerate() {
            for (city, account) in accounts.iter_mut().enumerate() {
                self.capacity(kind, city, now).settle(account, taken[kind][city]);
            }
        }
    }

    /// Records an admission, and that of the children at home.
    fn admit(&self, world: &World, row: usize, request: &Request, changes: &mut Changes) {
        let (who, subject, city) = (request.who, request.subject, request.city);
        let mut tell = |occasion, who| changes.tell(Event::Occasion { occasion, who, subject, city });
        tell(Occasion::Sheltered, who);
        let children = if request.service == MEN { Vec::new() } else { Self::children(world, row) };
        children.iter().for_each(|child| tell(Occasion::ChildSheltered, PersonId(*child as u32)));
        changes.tell(Event::Sheltered { who, city, children: children.len().min(255) as u8 });
        changes.push(Change::Chain(ChainChange::Open { subject, by: 1, helped: true }));
        changes.push(Change::Chain(ChainChange::Known(who)));
        for person in std::iter::once(row).chain(children) {
            changes.push(Change::Flag { who: PersonId(person as u32), flag: Flag::InShelter, on: true });
        }
    }
}

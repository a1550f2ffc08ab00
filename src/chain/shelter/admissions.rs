//! Who gets a place in a shelter, and what a refusal leads to.

use super::places::{Seat, taken};
use super::{COUNTRY, MEN, ShelterProcess};
use crate::engine::Draws;
use crate::world::{
    ADULT, ChainChange, Change, Changes, Due, ELSEWHERE, Edge, Event, Flag, Mechanism, Occasion, Pending, PersonId,
    ProviderMonths, Request, Services, ShelterDecision, ShelterStep, Stay, World,
};

/// Index of the draws on the needs of children who come along.
const NEEDS: u16 = 7;

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
        let mut free = self.free(world, state);
        // Under the local rule requests from elsewhere come after the city's own; in the national pool all are equal.
        let rank = |of: &Request| if of.placement.local { of.priority } else { u8::from(of.priority > 0) };
        state.queue.sort_by_key(|request| (request.since, rank(request), request.lot, world.order_key(request.who)));
        let mut left = Vec::new();
        for request in std::mem::take(&mut state.queue) {
            if !request.is_from_country() && !Self::is_there(world, &request) {
                self.withdraw(world, &request, changes);
            } else if let Some(seat) = self.seat(world, &request, &free, true) {
                free[seat.0][seat.1] -= f64::from(request.places);
                self.admit(world, &request, seat, state, draws, months, changes);
            } else {
                left.push(request);
            }
        }
        // What a city does not need for its own victims is for those of others.
        for request in left {
            match self.seat(world, &request, &free, false) {
                Some(seat) => {
                    free[seat.0][seat.1] -= f64::from(request.places);
                    self.admit(world, &request, seat, state, draws, months, changes);
                }
                None => self.refuse(world, request, state, draws, months, changes),
            }
        }
        let taken = taken(&state.stays);
        for (kind, accounts) in state.accounts.iter_mut().enumerate() {
            for (city, account) in accounts.iter_mut().enumerate() {
                self.capacity(kind, city, world.now()).settle(account, taken[kind][city]);
            }
        }
    }

    /// Whether the person of a request lives in the cities. A person who moved away or died is no longer waiting.
    fn is_there(world: &World, request: &Request) -> bool {
        request.who.row().is_some_and(|row| world.body(row).counts() && world.body(row).place.is_here())
    }

    /// The place found for a request: in the first round under the local rule only where the victim belongs, otherwise
    /// anywhere.
    fn seat(&self, world: &World, request: &Request, free: &[[f64; ELSEWHERE]], is_first_round: bool) -> Option<Seat> {
        let placement = request.placement;
        let is_own = |seat: &Seat| seat.0 == usize::from(request.service) && seat.1 == usize::from(request.city);
        let waits = placement.local && is_first_round;
        self.seats_for(world, request)
            .into_iter()
            .filter(|seat| !waits || is_own(seat) != placement.secret)
            .find(|seat| self.admits(seat.0, seat.1, world.now(), free[seat.0][seat.1], request.places))
    }

    fn withdraw(&self, world: &World, request: &Request, changes: &mut Changes) {
        if request.who != PersonId::NONE {
            let waited = world.now().since(request.since);
            self.passage(changes, Edge::ShelterAdmission, request.city, request.who, false, waited);
        }
        changes.tell(ShelterDecision::of(request, ShelterStep::Withdrawn));
    }

    /// Refuses a request for lack of a place. A victim of the four cities may try again in the next month; a person from
    /// elsewhere looks in another part of the country.
    fn refuse(
        &self,
        world: &World,
        request: Request,
        state: &mut Services,
        draws: &Draws,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let now = world.now();
        if request.who != PersonId::NONE {
            let waited = now.since(request.since);
            self.passage(changes, Edge::ShelterAdmission, request.city, request.who, false, waited);
        }
        months.of(request.service, request.city).refused += 1;
        let tries_again = |row: usize| draws.of(world.body(row).key, 1).happens(0, self.table.retry.get());
        if request.who.row().is_some_and(tries_again) {
            state.queue.push(Request { since: now.plus(1), ready: now.plus(1), ..request });
            months.of(request.service, request.city).requests += 1;
        } else {
            changes.tell(ShelterDecision::of(&request, ShelterStep::Refused));
        }
    }

    /// Gives a place to a request.
    #[expect(clippy::too_many_arguments, reason = "the state of the month is passed on in parts, as everywhere here")]
    fn admit(
        &self,
        world: &World,
        request: &Request,
        (kind, city): Seat,
        state: &mut Services,
        draws: &Draws,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let now = world.now();
        let waited = now.since(request.since);
        let month = months.of(kind as u16, city as u8);
        month.admitted += 1;
        month.waited += waited.max(0) as u32;
        let place = if kind == usize::from(COUNTRY) { ELSEWHERE as u8 } else { city as u8 };
        changes.tell(ShelterDecision { place, ..ShelterDecision::of(request, ShelterStep::Admitted) });
        let row = request.who.row();
        let key = row.map_or(u64::from(request.lot) | 1 << 43, |row| world.body(row).key);
        let shorter = row.map_or(0.0, |row| world.chain_effect(row, Mechanism::ShelterExit));
        let length = self.length(kind as u16, draws.of(key, 2).unit(0)) * libm::exp(shorter);
        let until = now.plus((libm::rint(length) as i32).max(1));
        let stay = Stay::of(&Request { service: kind as u16, ..*request }, city as u8, now, until);
        state.stays.push(stay);
        if let Some(row) = row {
            self.passage(changes, Edge::ShelterAdmission, request.city, request.who, true, waited);
            let children = self.enter(world, row, request, changes);
            if kind != usize::from(COUNTRY) {
                children.into_iter().for_each(|child| self.assess(world, child, request, draws, changes));
            }
            self.move_away(world, row, &stay, draws, changes);
        }
    }

    /// Records an admission, and that of the children who come along; returns their rows.
    fn enter(&self, world: &World, row: usize, request: &Request, changes: &mut Changes) -> Vec<usize> {
        let (who, subject, city) = (request.who, request.subject, request.city);
        let mut tell = |occasion, who| changes.tell(Event::Occasion { occasion, who, subject, city });
        // Programmes for victims are for adults.
        if world.body(row).age_months(world.now()) >= ADULT {
            tell(Occasion::Sheltered, who);
        }
        let comes_alone = request.service == MEN && request.places == 1;
        let children = if comes_alone { Vec::new() } else { Self::children(world, row, request.service) };
        children.iter().for_each(|child| tell(Occasion::ChildSheltered, PersonId(*child as u32)));
        changes.tell(Event::Sheltered { who, city, children: children.len().min(255) as u8 });
        changes.push(Change::Chain(ChainChange::Open { subject, by: 1, helped: true }));
        changes.push(Change::Chain(ChainChange::Known(who)));
        for person in std::iter::once(row).chain(children.iter().copied()) {
            changes.push(Change::Flag { who: PersonId(person as u32), flag: Flag::InShelter, on: true });
        }
        children
    }

    /// Schedules an assessment of the needs of a child who comes along, if there is one.
    fn assess(&self, world: &World, child: usize, request: &Request, draws: &Draws, changes: &mut Changes) {
        let draw = draws.of(world.body(child).key, NEEDS);
        let months = libm::floor(self.needs.in_shelter_after.get() + draw.unit(1)) as i32;
        let assessment = Pending {
            what: Due::ShelterAssessment,
            due: world.now().plus(months.max(1)),
            since: world.now(),
            subject: request.subject,
            who: PersonId(child as u32),
            city: request.city,
            founded: true,
        };
        self.needs.schedule(world, assessment, draw.unit(0), changes);
    }
}

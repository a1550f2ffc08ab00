//! Women and men from the rest of the country who request a place in the four cities.

use super::{CRISIS, FOLLOW_UP, MEN, OUTSIDERS, ShelterProcess};
use crate::engine::Draws;
use crate::random::{Block, poisson};
use crate::world::{
    Changes, PersonId, Placement, ProviderMonths, Request, Services, ShelterDecision, ShelterGroup, ShelterStep, World,
};

/// Highest bits of the keys of draws: the number of women and of men of a city and month, and each of them.
const WOMEN_OF_MONTH: u64 = 1 << 41;
const WOMAN: u64 = 1 << 42;
const MEN_OF_MONTH: u64 = 1 << 47;
const MAN: u64 = 1 << 48;

impl ShelterProcess {
    /// Requests from the rest of the country: of women by each city's share of the beds for women, of men by its share
    /// of the beds for men. Without such beds men do not come.
    pub(super) fn ask_from_country(
        &self,
        world: &World,
        state: &mut Services,
        draws: &Draws,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let (t, now, cities) = (&self.table, world.now(), world.places().cities.len());
        let of_women = |city: usize| self.beds[usize::from(CRISIS)][city] + self.beds[usize::from(FOLLOW_UP)][city];
        let of_men = |city: usize| self.places(usize::from(MEN), city, now) / self.scale;
        let all = |beds: &dyn Fn(usize) -> f64| (0..cities).map(beds).sum::<f64>().max(1.0);
        let (women, men) = (all(&of_women), all(&of_men));
        for city in 0..cities {
            let yearly = t.inflow.get() * of_women(city) / women;
            let number = draws.of(city as u64 | WOMEN_OF_MONTH, OUTSIDERS).unit(0);
            for ordinal in 0..poisson(number, yearly * self.scale / 12.0) {
                let draw = draws.of(u64::from(ordinal) << 8 | city as u64 | WOMAN, OUTSIDERS);
                let children = poisson(draw.unit(0), t.inflow_children.get()).min(19);
                let group = Self::group_of_family(children as usize);
                let request = self.request_from_country(world, CRISIS, city, children, group, draw);
                self.take_request(request, state, months, changes);
            }
            let yearly = t.country_women.get() * t.men_per_woman.get() * of_men(city) / men;
            let number = draws.of(city as u64 | MEN_OF_MONTH, OUTSIDERS + MEN).unit(0);
            for ordinal in 0..poisson(number, yearly * self.scale / 12.0) {
                let draw = draws.of(u64::from(ordinal) << 8 | city as u64 | MAN, OUTSIDERS + MEN);
                let request = self.request_from_country(world, MEN, city, 0, ShelterGroup::Men, draw);
                self.take_request(request, state, months, changes);
            }
        }
    }

    /// The request of a person who is not simulated. Uses words 1 to 3 of the draw.
    fn request_from_country(
        &self,
        world: &World,
        kind: u16,
        city: usize,
        children: u32,
        group: ShelterGroup,
        draw: Block,
    ) -> Request {
        let placement = Placement { group, local: self.is_local(world, city, draw.unit(3)), ..Placement::default() };
        Request {
            // Persons in grave danger are served with those of the city; others come after them under the local rule.
            priority: if draw.happens(2, self.table.inflow_danger.get()) { 0 } else { 2 },
            lot: draw.0[1],
            places: 1 + children as u8,
            placement,
            ..Request::new(kind, city as u8, PersonId::NONE, 0, world.now())
        }
    }

    fn take_request(&self, request: Request, state: &mut Services, months: &mut ProviderMonths, changes: &mut Changes) {
        changes.tell(ShelterDecision::of(&request, ShelterStep::Requested));
        months.of(request.service, request.city).requests += 1;
        state.queue.push(request);
    }
}

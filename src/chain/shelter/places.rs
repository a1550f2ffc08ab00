//! The places of shelters: beds by kind and city, how many are free, and the stays of 1 January 2008.

use super::{COUNTRY, CRISIS, FOLLOW_UP, HONOUR, MEN, OUTSIDERS, SHELTERS, ShelterProcess};
use crate::engine::Draws;
use crate::random::{normal, poisson};
use crate::world::{Capacity, ELSEWHERE, Month, PersonId, Request, Services, Stay, World};

/// A place: kind of shelter, and city.
pub(super) type Seat = (usize, usize);

impl ShelterProcess {
    /// Beds or dwellings of a kind that measures add in a city, at full scale.
    pub(super) fn more(&self, kind: &str, city: usize, now: Month) -> f64 {
        self.added.get(kind).map_or(0.0, |added| added(city, now))
    }

    /// Beds of a kind in a city, at the scale of the simulation.
    pub(super) fn places(&self, kind: usize, city: usize, now: Month) -> f64 {
        (self.beds[kind][city] + self.more(SHELTERS[kind], city, now)) * self.scale
    }

    /// Capacity of a kind of shelter in a city.
    pub(super) fn capacity(&self, kind: usize, city: usize, now: Month) -> Capacity {
        let t = &self.table;
        let stay = match kind as u16 {
            FOLLOW_UP => t.follow_up_months.get() * libm::exp(0.5 * t.follow_up_sd.get() * t.follow_up_sd.get()),
            HONOUR => t.honour_months.get(),
            _ => t.crisis_months.get(),
        };
        // The expected number of beds of a woman with a Poisson number of children.
        let children = t.inflow_children.get();
        let household =
            if matches!(kind as u16, MEN | HONOUR) { 1.0 } else { 1.0 + children + children / (1.0 + children) };
        Capacity { places: self.places(kind, city, now), scale: self.scale, stay, household }
    }

    /// Whether a number of free beds of a kind in a city is enough for a household.
    pub(super) fn admits(&self, kind: usize, city: usize, now: Month, free: f64, places: u8) -> bool {
        self.capacity(kind, city, now).admits(free, f64::from(places))
    }

    /// Opens the shelters on 1 January 2008.
    pub(super) fn open(&self, world: &World, state: &mut Services, draws: &Draws) {
        // Demand for crisis beds exceeded supply in 2008; follow-up places were available.
        let open = |kind: usize, city: usize| {
            let capacity = self.capacity(kind, city, world.now());
            let u = draws.of(city as u64 | 1 << 45, OUTSIDERS + kind as u16).unit(0);
            if kind as u16 == FOLLOW_UP { capacity.opened_with_room() } else { capacity.opened(u, None) }
        };
        state.accounts = (0..SHELTERS.len()).map(|kind| std::array::from_fn(|city| open(kind, city))).collect();
        self.fill(world, state, draws);
    }

    /// Fills the beds of 1 January 2008 with women and children who are not simulated.
    fn fill(&self, world: &World, state: &mut Services, draws: &Draws) {
        for kind in [CRISIS, FOLLOW_UP, COUNTRY] {
            for city in 0..world.places().cities.len() {
                let beds = self.places(usize::from(kind), city, world.now());
                // The fraction of a bed is rounded at random, so that the mean number taken is the same at every scale.
                let rounded_up = draws.of(city as u64 | 1 << 44, OUTSIDERS + kind).unit(0);
                let taken = libm::floor(beds * self.table.occupied.get() + rounded_up) as u32;
                let mut left = taken;
                let mut number = 0_u32;
                while left > 0 {
                    let draw = draws.of(u64::from(number) << 8 | city as u64 | 1 << 40, OUTSIDERS + kind);
                    let places = (1 + poisson(draw.unit(0), self.table.inflow_children.get())).min(left);
                    let months = libm::ceil(self.length(kind, draw.unit(1)) * draw.unit(2)).max(1.0) as i32;
                    let request = Request::new(kind, city as u8, PersonId::NONE, 0, world.now());
                    let request = Request { places: places as u8, ..request };
                    state.stays.push(Stay::of(&request, city as u8, world.now(), world.now().plus(months)));
                    left -= places;
                    number += 1;
                }
            }
        }
    }

    /// Length of a stay in months.
    pub(super) fn length(&self, kind: u16, u: f64) -> f64 {
        // A geometric number of months has exactly this mean.
        let geometric = |mean: f64| 1.0 + libm::floor(libm::log(u) / libm::log(1.0 - 1.0 / mean.max(1.000_1)));
        match kind {
            CRISIS | MEN | COUNTRY => geometric(self.table.crisis_months.get()),
            HONOUR => geometric(self.table.honour_months.get()),
            _ => libm::rint(self.table.follow_up_months.get() * libm::exp(self.table.follow_up_sd.get() * normal(u)))
                .max(1.0),
        }
    }

    /// Free beds, including fractions carried over from earlier months.
    pub(super) fn free(&self, world: &World, state: &Services) -> Vec<[f64; ELSEWHERE]> {
        let taken = taken(&state.stays);
        let of = |kind: usize, city: usize| {
            self.capacity(kind, city, world.now()).free(&state.accounts[kind][city], taken[kind][city])
        };
        (0..SHELTERS.len()).map(|kind| std::array::from_fn(|city| of(kind, city))).collect()
    }

    /// Places in which a request is searched for, in order of preference: the own city, another one, the rest of the
    /// country. A victim who needs a secret place looks outside the own city first.
    pub(super) fn seats_for(&self, world: &World, request: &Request) -> Vec<Seat> {
        let cities = world.places().cities.len();
        let (kind, city) = (usize::from(request.service), usize::from(request.city));
        let own = (kind, city);
        if request.service == HONOUR {
            return vec![own];
        }
        let has_country = request.service == CRISIS && !request.is_from_country();
        let country = has_country.then_some((usize::from(COUNTRY), city));
        let others = (1..cities).map(|step| (kind, (city + step) % cities)).chain(country);
        if request.placement.secret { others.chain([own]).collect() } else { [own].into_iter().chain(others).collect() }
    }
}

/// Beds taken by kind of shelter and city.
pub(super) fn taken(stays: &[Stay]) -> Vec<[f64; ELSEWHERE]> {
    let mut taken = vec![[0.0; ELSEWHERE]; SHELTERS.len()];
    for stay in stays {
        taken[usize::from(stay.service)][usize::from(stay.city)] += f64::from(stay.places);
    }
    taken
}

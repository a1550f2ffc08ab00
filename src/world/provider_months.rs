//! Counts of all providers of a group of services in one month, which become one event for each provider.

use super::decision::Changes;
use super::event::Event;
use super::place::ELSEWHERE;
use super::services::{ProviderMonth, Request, Services};
use super::vocabulary::Group;

/// Counts of all providers of a group for the month under way.
pub struct ProviderMonths(Vec<[ProviderMonth; ELSEWHERE]>);

impl ProviderMonths {
    /// A month without any counts yet, for a number of services.
    pub fn new(group: Group, services: usize) -> ProviderMonths {
        let of = |service| std::array::from_fn(|city| ProviderMonth::new(group, service as u16, city as u8));
        ProviderMonths((0..services).map(of).collect())
    }

    /// The counts of one provider.
    pub fn of(&mut self, service: u16, city: u8) -> &mut ProviderMonth {
        &mut self.0[usize::from(service)][usize::from(city)]
    }

    /// Counts requests at the provider that they are made to.
    pub fn ask(&mut self, requests: &[Request]) {
        for request in requests {
            self.of(request.service, request.city).requests += 1;
        }
    }

    /// Adds occupancy and waiting requests at the end of the month, and emits one event per provider; `places` gives
    /// the capacity.
    pub fn tell(
        mut self,
        state: &Services,
        cities: usize,
        places: impl Fn(&ProviderMonth) -> f64,
        changes: &mut Changes,
    ) {
        for stay in &state.stays {
            self.of(stay.service, stay.city).occupied += u32::from(stay.places);
        }
        for request in &state.queue {
            self.of(request.service, request.city).waiting += 1;
        }
        for mut month in self.0.into_iter().flat_map(|cities_of| cities_of.into_iter().take(cities)) {
            month.places = places(&month);
            changes.tell(Event::Provider(month));
        }
    }
}

//! Programmes (*trajecten*): offer, waiting, start or no-show, dropout or completion, and their effects. Services of
//! 2008 and measures follow the same steps: occasion, eligibility, coverage, uptake, queue, start or no-show, dose,
//! completion, effects.
//!
//! Computing time grows with the number of persons concerned: occasions of the month, persons waiting, and
//! participants.

mod doses;
mod eligibility;
mod offers;
mod queue;

use std::collections::BTreeMap;

use super::card::{Card, Programme};
use super::schedule::Schedule;
use crate::engine::{Draws, Monthly, Process, Scope, Window};
use crate::world::{
    Account, Capacity, ChainChange, ChainFunction, Change, Changes, ELSEWHERE, EffectsTable, Group, InForce, Lists,
    Month, ProviderMonth, ProviderMonths, World,
};

/// A programme in a simulation: a service of 2008 or a measure.
#[derive(Clone, Debug)]
pub struct Service {
    /// Key of the service or measure.
    pub name: String,
    /// Enrolment, queue, duration and effects.
    pub programme: Programme,
    /// Coverage by city and month.
    pub coverage: Schedule,
    /// Places at full scale; `None` if capacity is unlimited.
    pub places: Option<Schedule>,
    /// Whether a start counts as help in a case. Screening at a desk and lessons at school do not.
    pub helps: bool,
    /// Separates its random numbers from those of other services, in any order of the services.
    tag: u16,
}

impl Service {
    /// A service from its parts.
    pub fn new(
        name: &str,
        function: ChainFunction,
        programme: Programme,
        coverage: Schedule,
        places: Option<Schedule>,
    ) -> Service {
        // FNV-1a: the tag follows from the name alone, so that an additional card does not change the random numbers of
        // others.
        let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let tag = ((hash ^ hash >> 16) & 0x7fff) as u16;
        let helps = matches!(function, ChainFunction::Response | ChainFunction::Aftercare);
        Service { name: name.to_owned(), programme, coverage, places, helps, tag }
    }

    /// Separates the random numbers of services.
    pub fn tag(&self) -> u16 {
        self.tag
    }
}

/// The process of all programmes.
pub struct Programmes {
    services: Vec<Service>,
    enrolment: Window,
    scale: f64,
    in_force: InForce,
    /// Share of a log ratio that remains in persons with multiple problems.
    many_problems: f64,
    /// Reduction of the conduct score as a share of the reduction of externalising symptoms.
    treatable: f64,
}

impl Programmes {
    /// Services of 2008 and the programmes of all cards, in the order of their indices: by name. Cards go beyond the status
    /// quo inside the window of enrolment only; services of 2008 keep their level.
    ///
    /// # Errors
    /// A sentence on a path that is not in order, or on two services whose draws would be the same.
    pub fn services(
        services: &BTreeMap<String, Card>,
        cards: &BTreeMap<String, Card>,
        cities: usize,
        enrolment: Window,
    ) -> Result<Vec<Service>, String> {
        let mut all = Vec::new();
        let services = services.iter().map(|of| (of, None));
        for ((name, card), window) in services.chain(cards.iter().map(|of| (of, enrolment))) {
            let Some(programme) = &card.programme else { continue };
            let at = |what| format!("{name}: {what}");
            let coverage = card.schedule(&card.coverage, cities, window).map_err(at)?;
            let places = programme.places.as_ref().map(|places| card.schedule(places, cities, window)).transpose();
            all.push(Service::new(name, card.function, programme.clone(), coverage, places.map_err(at)?));
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        for (one, other) in all.iter().enumerate().flat_map(|(i, one)| all[..i].iter().map(move |other| (one, other))) {
            if one.tag == other.tag {
                return Err(format!(
                    "{} and {} would share their draws; give one of them another name",
                    one.name, other.name
                ));
            }
        }
        Ok(all)
    }

    /// The process.
    ///
    /// # Errors
    /// As [`Programmes::services`].
    pub fn build(
        services: &BTreeMap<String, Card>,
        cards: &BTreeMap<String, Card>,
        effects: &EffectsTable,
        scope: &Scope,
    ) -> Result<Process, String> {
        let services = Programmes::services(services, cards, scope.cities, scope.enrolment)?;
        Ok(Process::Monthly(Box::new(Programmes {
            services,
            enrolment: scope.enrolment,
            scale: scope.scale,
            in_force: scope.in_force,
            many_problems: effects.many_problems.get(),
            treatable: effects.treatable.get(),
        })))
    }

    /// Coverage of a service in a city this month.
    fn coverage(&self, service: usize, city: usize, now: Month) -> f64 {
        self.services[service].coverage.at(city, now)
    }

    /// Simulated places of a service in a city this month, of which `taken` are occupied: those of the window of
    /// enrolment, and otherwise those of the status quo. Persons admitted earlier keep their place until the end of
    /// their stay. A service without coverage has only the places still occupied. Infinite if capacity is unlimited.
    fn places(&self, service: usize, city: usize, now: Month, taken: f64) -> f64 {
        let Some(places) = &self.services[service].places else { return f64::INFINITY };
        let (own, all) = (places.at(city, now) * self.scale, places.at_level(city, now) * self.scale);
        let open = if self.coverage(service, city, now) > 0.0 { own } else { 0.0 };
        open.max(all.min(taken))
    }

    /// Capacity of a service in a city this month, given the number of persons who have or were offered a place. A stay
    /// lasts its full length, and on average half of it after dropout.
    fn capacity(&self, service: usize, city: usize, now: Month, held: f64) -> Capacity {
        let programme = &self.services[service].programme;
        let completes = programme.completes.get();
        Capacity {
            places: self.places(service, city, now, held),
            scale: self.scale,
            // A person who drops out stays half the length on average, and at least one month.
            stay: (programme.length.get() * (completes + (1.0 - completes) / 2.0)).max(1.0),
            household: 1.0,
        }
    }

    /// Load of a service: places needed for everybody who would start, divided by the places, in the cities that have
    /// any; estimated from the occasions since January 2008. `None` in January 2008, before any occasion.
    fn load(&self, service: usize, eligible: &[f64], capacities: &[Capacity; ELSEWHERE], now: Month) -> Option<f64> {
        let months = f64::from(now.since(Month(0)));
        let form = &self.services[service].programme;
        let cities = eligible.iter().zip(capacities).enumerate().filter(|(_, (_, capacity))| capacity.places > 0.0);
        let (needed, there) = cities.fold((0.0, 0.0), |(needed, there), (city, (eligible, capacity))| {
            let starts = eligible * self.coverage(service, city, now) * form.uptake.get() * form.starts.get();
            (needed + starts / months * capacity.stay, there + capacity.places)
        });
        (months > 0.0 && there > 0.0).then(|| needed / there)
    }
}

impl Monthly for Programmes {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        let mut state = world.chain().programmes.clone();
        state.accounts.resize(self.services.len(), [Account::default(); ELSEWHERE]);
        state.eligible.resize(self.services.len(), [0.0; ELSEWHERE]);
        let mut months = ProviderMonths::new(Group::Programmes, self.services.len());
        self.finish(world, &mut state, &mut months, changes);
        let before = state.queue.len();
        self.offer(world, self.occasions(world), &mut state, draws, changes);
        months.ask(&state.queue[before..]);
        let led = self.serve(world, &mut state, draws, &mut months, changes);
        let before = state.queue.len();
        self.offer(world, led, &mut state, draws, changes);
        months.ask(&state.queue[before..]);
        let places = |month: &ProviderMonth| {
            let (index, city) = (usize::from(month.service), usize::from(month.city));
            self.places(index, city, world.now(), f64::from(month.occupied))
        };
        months.tell(&state, world.places().cities.len(), places, changes);
        changes.push(Change::Chain(ChainChange::Programmes(Box::new(state))));
    }

    fn lists(&self) -> Lists {
        Lists::PREGNANCIES
    }
}

//! Programmes (*trajecten*): offer, waiting, start or no-show, dropout or completion, and their effects. Services of
//! 2008 and measures follow the same steps: occasion, eligibility, coverage, uptake, queue, start or no-show, dose,
//! completion, effects.
//!
//! Computing time grows with the number of persons concerned: occasions of the month, persons waiting, and
//! participants.

mod budget;
mod doses;
mod eligibility;
mod funds;
mod growth;
mod leads;
mod offers;
mod participation;
mod queue;
mod shifts;
mod stand_ins;

use std::collections::BTreeMap;

pub use self::budget::Budget;
pub use self::growth::Growth;
pub use self::participation::ParticipationTable;
use super::card::{Card, Programme};
use super::schedule::Schedule;
use crate::engine::{Draws, Monthly, Process, Scope, Window};
use crate::world::{
    Account, Capacity, ChainChange, ChainFunction, Change, Changes, ELSEWHERE, EffectsTable, Funds, Group, InForce,
    Lists, Mediation, Month, ProviderMonth, ProviderMonths, TargetGroup, World,
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
    /// Budget; `None` if money is no limit.
    pub budget: Option<Budget>,
    /// Places that measures add, at full scale; they count only where the programme itself has limited places.
    pub added: Vec<Schedule>,
    /// Target group.
    pub target: TargetGroup,
    /// Whether a start counts as help in a case. Screening at a desk and lessons at school do not, and a hearing that leads
    /// to help is the way to it.
    pub helps: bool,
    /// Separates its random numbers from those of other services, in any order of the services.
    tag: u16,
}

impl Service {
    /// A service from its parts.
    pub fn new(
        name: &str,
        (function, target): (ChainFunction, TargetGroup),
        programme: Programme,
        coverage: Schedule,
        places: Option<Schedule>,
    ) -> Service {
        // FNV-1a: the tag follows from the name alone, so that an additional card does not change the random numbers of
        // others.
        let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let tag = ((hash ^ hash >> 16) & 0x7fff) as u16;
        let of_help = matches!(function, ChainFunction::Response | ChainFunction::Aftercare);
        let helps = of_help && programme.leads_to.is_none();
        Service {
            name: name.to_owned(),
            programme,
            coverage,
            places,
            budget: None,
            added: Vec::new(),
            target,
            helps,
            tag,
        }
    }

    /// Places of a city by `of`: those of the programme itself, and those that measures add.
    fn with_added(&self, own: &Schedule, of: impl Fn(&Schedule) -> f64) -> f64 {
        of(own) + self.added.iter().map(of).sum::<f64>()
    }

    /// Separates the random numbers of services.
    pub fn tag(&self) -> u16 {
        self.tag
    }
}

/// The process of all programmes.
pub struct Programmes {
    services: Vec<Service>,
    /// Index of the service in whose place each service is given, or its own.
    instead_of: Vec<u16>,
    /// The services in the order in which they are offered at one occasion.
    offered: Vec<usize>,
    enrolment: Window,
    scale: f64,
    in_force: InForce,
    participation: ParticipationTable,
    /// Share of a log ratio that remains in persons with multiple problems.
    many_problems: f64,
    /// Reduction of the conduct score as a share of the reduction of externalising symptoms.
    treatable: f64,
    /// What shifts of attitude and coping do to violence.
    mediation: Mediation,
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
        growth: &Growth,
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
            let mut places = places.map_err(at)?;
            if let (Some(places), Some(more)) = (&mut places, growth.places(card, programme).map_err(at)?) {
                *places = places.plus(&more);
            }
            let of = (card.function, card.target);
            let mut service = Service::new(name, of, programme.clone(), coverage, places);
            service.budget = Budget::of(card, programme).map_err(at)?;
            for (other, adds) in cards.iter().filter(|(_, adds)| adds.more_places.contains_key(name)) {
                let schedule = adds.more_places_schedule(name, cities, enrolment);
                service.added.push(schedule.map_err(|what| format!("{other}: more_places.{name}: {what}"))?);
            }
            all.push(service);
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
        (participation, growth, effects): (&ParticipationTable, &Growth, &EffectsTable),
        mediation: Mediation,
        scope: &Scope,
    ) -> Result<Process, String> {
        let services = Programmes::services(services, cards, growth, scope.cities, scope.enrolment)?;
        let named = services.iter().map(|it| (it.name.as_str(), it.programme.instead_of.as_deref()));
        let instead_of = stand_ins::stand_ins(&named.collect::<Vec<_>>());
        Ok(Process::Monthly(Box::new(Programmes {
            offered: stand_ins::in_order_of_offer(&instead_of),
            instead_of,
            services,
            enrolment: scope.enrolment,
            scale: scope.scale,
            in_force: scope.in_force,
            participation: participation.clone(),
            many_problems: effects.many_problems.get(),
            treatable: effects.treatable.get(),
            mediation,
        })))
    }

    /// Coverage of a service in a city this month.
    fn coverage(&self, service: usize, city: usize, now: Month) -> f64 {
        self.services[service].coverage.at(city, now)
    }

    /// Simulated places of a service in a city this month, of which `taken` are occupied: those of the window of
    /// enrolment, and otherwise those of the status quo. Persons admitted earlier keep their place until the end of
    /// their stay, also after the last month that has places in the table. A service without coverage has only the places still occupied. Infinite if capacity is unlimited.
    fn places(&self, service: usize, city: usize, now: Month, taken: f64) -> f64 {
        let service_of = &self.services[service];
        let Some(places) = &service_of.places else { return f64::INFINITY };
        let programme = &service_of.programme;
        let stay = libm::ceil(programme.length.get() + programme.patience.get()) as i32;
        let own = service_of.with_added(places, |places| places.at(city, now)) * self.scale;
        let all = service_of.with_added(places, |places| places.highest(city, stay, now)) * self.scale;
        let open = if self.coverage(service, city, now) > 0.0 { own } else { 0.0 };
        open.max(all.min(taken))
    }

    /// Capacity of a service in a city this month, given the number of persons who have or were offered a place. A stay
    /// lasts its full length, and on average half of it after dropout.
    fn capacity(&self, service: usize, city: usize, now: Month, held: f64) -> Capacity {
        Capacity {
            places: self.places(service, city, now, held),
            scale: self.scale,
            stay: self.services[service].programme.mean_stay(),
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
        state.funds.resize(self.services.len(), Funds::default());
        let mut months = ProviderMonths::new(Group::Programmes, self.services.len());
        self.finish(world, &mut state, &mut months, changes);
        let before = state.queue.len();
        self.offer(world, self.occasions(world), &mut state, draws, changes);
        months.ask(&state.queue[before..]);
        let mut led = self.serve(world, &mut state, draws, &mut months, changes);
        led.extend(self.recalls(world, &state));
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

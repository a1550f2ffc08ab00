//! Programmes (*trajecten*): offer, waiting, start or no-show, dropout or completion, and their effects. Services of
//! 2008 and measures follow the same steps: occasion, eligibility, coverage, uptake, queue, start or no-show, dose,
//! completion, effects.
//!
//! Computing time grows with the number of persons concerned: occasions of the month, persons waiting, and
//! participants.

use std::collections::{BTreeMap, BTreeSet};

use super::card::{Card, Condition, Dose, Party, Programme, SexRule, Symptom};
use super::schedule::{Schedule, is_open};
use crate::engine::{Draws, Monthly, Process, Scope, Window};
use crate::world::{
    ADULT, Account, Capacity, ChainChange, ChainFunction, Change, Changes, ELSEWHERE, Edge, Effect, EffectsTable,
    Event, Flag, Group, InForce, Mechanism, Milli, Month, Occasion, Passage, PersonId, ProviderMonth, ProviderMonths,
    Request, Services, Sex, Stay, Touch, Violence, World, odds,
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

/// The sweep over all programmes.
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

/// Months before the birth at which a pregnancy is an occasion: the fifth month, when antenatal care has begun.
const BEFORE_BIRTH: i32 = 5;
/// Number of risk flags from which a person counts as having multiple problems.
const MANY_PROBLEMS: usize = 3;

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

    /// The sweep.
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

    fn holds(world: &World, row: usize, condition: Condition) -> bool {
        let body = world.body(row);
        if let Some(flag) = condition.flag() {
            return body.has(flag);
        }
        let couple = || world.couple_of(row);
        match condition {
            Condition::Single => !body.has_partner(),
            Condition::NoWork => !body.has(Flag::Work),
            Condition::Teenager => body.age(world.now()) < 20,
            Condition::FirstBirth => body.parity() == 0,
            Condition::LowEducation => body.education() == crate::world::Education::Low,
            Condition::ViolentPartner => couple().is_some_and(|couple| couple.is_violent()),
            Condition::Coercive => couple().is_some_and(|couple| couple.violence.contains(&Violence::Coercive)),
            Condition::MarkedArea => world.places().mark(body.place) > 0,
            _ => false,
        }
    }

    fn is_eligible(&self, world: &World, row: usize, service: &Service, draws: &Draws) -> bool {
        let who = &service.programme.eligible;
        let body = world.body(row);
        let age = f64::from(body.age_months(world.now())) / 12.0;
        let holds = |condition: &Condition| Self::holds(world, row, *condition);
        who.age_from.is_none_or(|from| age >= from.get())
            && who.age_to.is_none_or(|to| age < to.get())
            && who.sex.is_none_or(|sex| (sex == SexRule::Female) == (body.sex() == Sex::Female))
            && (who.any_of.is_empty() || who.any_of.iter().any(holds))
            && who.all_of.iter().all(holds)
            && !who.none_of.iter().any(holds)
            && who.symptoms_above.is_none_or(|least| {
                let mind = world.mind(row);
                let worst = mind.internalising.max(mind.externalising).max(mind.post_traumatic).max(mind.depressive);
                worst.get() > least.get()
            })
            && (who.origin.is_empty() || who.origin.iter().any(|origin| origin.index() == body.origin()))
            && who.suitable.is_none_or(|share| draws.lasting(body.key, service.tag).happens(0, share.get()))
    }

    /// Occasions of the month: those emitted by the chain, pregnancies, and pupils.
    fn occasions(&self, world: &World) -> Vec<(Occasion, PersonId, u64)> {
        let now = world.now();
        let mut occasions: Vec<(Occasion, PersonId, u64)> = world.events().occasions().collect();
        // Also without coverage: eligibility is evaluated in every scenario.
        let has = |occasion: Occasion| self.services.iter().any(|s| s.programme.occasion == occasion);
        if has(Occasion::Pregnancy) {
            let due = world.pregnancies().iter().filter(|pregnancy| pregnancy.due.since(now) == BEFORE_BIRTH);
            occasions.extend(due.map(|pregnancy| (Occasion::Pregnancy, pregnancy.mother, 0)));
        }
        if now.of_year() == 8 && has(Occasion::Pupil) {
            // School years begin in September.
            let youngest = self.services.iter().filter(|s| s.programme.occasion == Occasion::Pupil);
            let ages: BTreeSet<i32> = youngest
                .filter_map(|s| s.programme.eligible.age_from.map(|age| libm::floor(age.get()) as i32))
                .collect();
            for age in ages {
                let of_age = |row: &usize| {
                    let body = world.body(*row);
                    body.counts() && body.place.is_here() && body.age(now) == age
                };
                let pupils = world.rows().filter(of_age);
                occasions.extend(pupils.map(|row| (Occasion::Pupil, PersonId(row as u32), 0)));
            }
        }
        occasions
    }

    /// Makes offers to the persons with an occasion.
    fn offer(
        &self,
        world: &World,
        occasions: Vec<(Occasion, PersonId, u64)>,
        state: &mut Services,
        draws: &Draws,
        changes: &mut Changes,
    ) {
        let now = world.now();
        let waiting = state.queue.iter().map(|request| (request.service, request.who));
        let mut busy: BTreeSet<(u16, PersonId)> =
            waiting.chain(state.stays.iter().map(|stay| (stay.service, stay.who))).collect();
        for (occasion, who, subject) in occasions {
            let Some(row) = who.row() else { continue };
            let body = world.body(row);
            if !body.counts() || !body.place.is_here() {
                continue;
            }
            let city = body.place.city();
            for (index, service) in self.services.iter().enumerate() {
                if service.programme.occasion != occasion {
                    continue;
                }
                let chosen = self.is_eligible(world, row, service, draws);
                changes.tell(Event::Considered { service: index as u16, city: city as u8, who, chosen });
                state.eligible[index][city] += f64::from(u8::from(chosen));
                let covered = self.coverage(index, city, now);
                let lasting = draws.lasting(body.key, service.tag);
                if !chosen || covered <= 0.0 || !lasting.happens(1, covered) || busy.contains(&(index as u16, who)) {
                    continue;
                }
                let draw = draws.of(body.key, service.tag);
                let passed = draw.happens(0, service.programme.uptake.get());
                changes.tell(Passage::at(Edge::Offer, city as u8, who, passed).of(index as u16));
                if passed {
                    busy.insert((index as u16, who));
                    let delay = service.programme.wait.get() * libm::exp(world.chain_effect(row, Mechanism::Delay));
                    state.queue.push(Request {
                        service: index as u16,
                        city: city as u8,
                        priority: 1,
                        who,
                        subject,
                        since: now,
                        ready: now.plus(libm::floor(delay + draw.unit(3)) as i32),
                        lot: draws.of(body.key, service.tag | 0x8000).0[0],
                        places: 1,
                    });
                    changes.push(Change::Chain(ChainChange::Open { subject, by: 1, helped: false }));
                }
            }
        }
    }

    /// Ends of the month: completion, dropout, and departure of participants.
    fn finish(&self, world: &World, state: &mut Services, months: &mut ProviderMonths, changes: &mut Changes) {
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

    /// Serves waiting persons in the order of month of request, priority and random number.
    fn serve(
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
        for (index, service) in self.services.iter().enumerate() {
            let cities = world.places().cities.len();
            let opening = (0..cities).any(|city| state.accounts[index][city].opens(&capacities[index][city]));
            let load = if opening {
                self.load(index, &state.eligible[index][..cities], &capacities[index], now)
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
        state.queue.sort_by_key(|r| (r.since, r.priority, r.lot));
        let mut waiting = Vec::with_capacity(state.queue.len());
        for request in state.queue.drain(..) {
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
                waiting.push(request);
                continue;
            }
            let draw = draws.of(world.body(row).key, service.tag);
            let form = &service.programme;
            let shows = draw.happens(1, odds(form.starts.get(), world.chain_effect(row, Mechanism::HelpStart)));
            passage(shows);
            if !shows {
                changes.push(Change::Chain(ChainChange::Open { subject: request.subject, by: -1, helped: false }));
                continue;
            }
            taken[index][city] += 1.0;
            month.admitted += 1;
            month.waited += waited as u32;
            let length = form.length.get();
            let completes =
                draw.happens(2, odds(form.completes.get(), world.chain_effect(row, Mechanism::HelpCompletion)));
            let part = if completes { 1.0 } else { draw.unit(3) };
            let until = now.plus((libm::ceil(length * part) as i32).max(1));
            state.stays.push(Stay {
                service: request.service,
                city: request.city,
                home: request.city,
                places: 1,
                who: request.who,
                subject: request.subject,
                since: now,
                until,
                completes,
            });
            changes.push(Change::Chain(ChainChange::Open { subject: request.subject, by: 0, helped: service.helps }));
            self.act(world, row, index, Dose::Started, until, changes);
            if let Some(occasion) = form.leads_to {
                led.push((occasion, request.who, request.subject));
            }
        }
        state.queue = waiting;
        for (index, accounts) in state.accounts.iter_mut().enumerate() {
            for (city, account) in accounts.iter_mut().enumerate().take(world.places().cities.len()) {
                capacities[index][city].settle(account, taken[index][city]);
            }
        }
        led
    }

    /// Results of a dose: effects on mechanisms, and reductions of symptoms.
    fn act(&self, world: &World, row: usize, index: usize, dose: Dose, until: Month, changes: &mut Changes) {
        // In the null world only what is recorded takes place.
        let in_force = self.in_force == InForce::All;
        let form = &self.services[index].programme;
        let now = world.now();
        for effect in form.effects.values() {
            // `during` begins at the start and ends with the stay.
            let earned = effect.dose == dose || (effect.dose == Dose::During && dose == Dose::Started);
            if !in_force && !effect.mechanism.is_of_the_chain() {
                continue;
            }
            if !earned || !effect.only.iter().all(|condition| Self::holds(world, row, *condition)) {
                continue;
            }
            let ratio = effect.ratio.get();
            if ratio <= 0.0 {
                continue;
            }
            let mut log = libm::log(ratio);
            if let Some(lost) = effect.lost_to_violence
                && is_frequent(world, row)
            {
                log *= 1.0 - lost.get();
            }
            if has_many_problems(world, row) {
                log *= self.many_problems;
            }
            if log == 0.0 {
                continue;
            }
            let from = now.plus(1 + effect.lag.map_or(0, |lag| libm::rint(lag.get()) as i32));
            let until = match (effect.dose, effect.lasts) {
                (Dose::During, _) => until.plus(1),
                (_, Some(months)) => from.plus(libm::rint(months.get()) as i32),
                (_, None) => Month::NEVER,
            };
            let half_life = effect.half_life.map_or(f32::INFINITY, |months| months.get().max(0.01) as f32);
            for person in party(world, row, effect.on) {
                let (mechanism, log_ratio) = (effect.mechanism, log as f32);
                changes.push(Change::Effect(Effect { person, mechanism, log_ratio, from, half_life, until }));
            }
        }
        if dose != Dose::Completed {
            return;
        }
        let mut minds: Vec<(PersonId, crate::world::Mind)> = Vec::new();
        for relief in form.relief.values().filter(|_| in_force) {
            for person in party(world, row, relief.on) {
                let Some(who) = person.row() else { continue };
                let mut share = 1.0;
                if let Some(left) = relief.if_unsafe
                    && world
                        .carers(who)
                        .0
                        .or(Some(who))
                        .and_then(|carer| world.couple_of(carer))
                        .is_some_and(|c| c.is_violent())
                {
                    share = left.get();
                }
                let relieved = share * (relief.attention.get() + relief.specific.get());
                let at = minds.iter().position(|(known, _)| *known == person).unwrap_or_else(|| {
                    minds.push((person, *world.mind(who)));
                    minds.len() - 1
                });
                let mind = &mut minds[at].1;
                // Conduct problems mediate transmission; a part of them can be reduced by help in childhood.
                if relief.symptom == Symptom::Externalising && world.body(who).age_months(now) < ADULT {
                    mind.conduct = Milli::new((mind.conduct.get() - self.treatable * relieved).max(0.0));
                }
                let symptom = match relief.symptom {
                    Symptom::Internalising => &mut mind.internalising,
                    Symptom::Externalising => &mut mind.externalising,
                    Symptom::PostTraumatic => &mut mind.post_traumatic,
                    Symptom::Depressive => &mut mind.depressive,
                };
                // Symptoms cannot fall below zero, and a person without symptoms is not harmed.
                if *symptom > Milli(0) {
                    *symptom = Milli::new((symptom.get() - relieved).max(0.0));
                }
            }
        }
        for (who, mind) in minds {
            changes.push(Change::Mind { who, mind, touch: Touch::none() });
        }
        if world.body(row).age_months(now) < ADULT {
            changes.push(Change::Flag { who: PersonId(row as u32), flag: Flag::Guided, on: true });
        }
    }
}

/// Whether violence between the partners is frequent: coercive, or at least twelve incidents in the year so far.
fn is_frequent(world: &World, row: usize) -> bool {
    let carer = world.householder(row);
    world.couple_of(carer).is_some_and(|couple| {
        couple.violence.contains(&Violence::Coercive) || couple.incidents.iter().any(|count| *count >= 12)
    })
}

/// Whether a person has multiple problems: a mild intellectual disability, or at least three of the risk flags.
fn has_many_problems(world: &World, row: usize) -> bool {
    let body = world.body(row);
    body.has(Flag::Disability) || Flag::RISKS.iter().filter(|flag| body.has(**flag)).count() >= MANY_PROBLEMS
}

fn party(world: &World, row: usize, party: Party) -> Vec<PersonId> {
    let id = |row: usize| PersonId(row as u32);
    let young = |child: &usize| world.body(*child).age_months(world.now()) < ADULT;
    match party {
        Party::Participant => vec![id(row)],
        Party::Partner => world.partner_of(row).map(id).into_iter().collect(),
        Party::Children => world.children_of_household(world.householder(row)).filter(young).map(id).collect(),
        Party::Mother => {
            let mother = world.kin(row).mother;
            mother.row().filter(|row| world.body(*row).has(Flag::Present)).map(id).into_iter().collect()
        }
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
}

//! Shelters (*vrouwenopvang, mannenopvang*): requests, selection at intake, places and refusals, stays, and the next
//! step: a follow-up place, the partner, an own dwelling if one is available, or family.
//!
//! A place is a bed: a mother takes one bed, plus one for each child. A person who is ready to leave but has no
//! dwelling keeps the place. Women from the rest of the country take places too; they are not simulated further.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::{Draws, Monthly, Process, Scope};
use crate::random::{normal, poisson};
use crate::units::{Euro, Months, Probability, RatePerYear, Ratio, Rows, Sd, Share};
use crate::world::{
    ADULT, Capacity, CaseKind, ChainChange, Change, Changes, CoupleId, ELSEWHERE, Edge, Event, Flag, Group, InForce,
    Mechanism, Month, Occasion, Passage, PersonId, Place, ProviderMonth, ProviderMonths, Report, Request, Services,
    Severity, Sex, Source, Stay, Violence, World, odds,
};

/// Kinds of shelter in the order of their indices.
pub const SHELTERS: [&str; 3] = ["shelter_crisis", "shelter_follow_up", "shelter_men"];

const CRISIS: u16 = 0;
const FOLLOW_UP: u16 = 1;
const MEN: u16 = 2;

/// Rule by which places are allocated to requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// One national pool: requests are served in the order in which they were made, in any city.
    #[default]
    NationalPool,
    /// Local where possible, national where necessary (L1067-1096): a city serves its own requests first. Victims in
    /// grave danger go to another city first.
    LocalFirst,
}

/// `[chain.shelter]`: shelters for women and men.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shelter {
    /// Rule by which places are allocated to requests.
    pub allocation: Allocation,
    /// Yearly budget of the women's shelters, euro of 2008.
    pub budget: Euro,
    /// Price of one bed for a year, euro of 2008; the number of beds is the budget divided by this price.
    pub bed_price: Euro,
    /// Share of the beds for crisis shelter; the others are for follow-up.
    pub crisis_share: Share,
    /// Share of the beds in each city.
    pub city_share: Rows<Share>,
    /// Probability that a woman requests shelter in a month of violence without injury.
    pub request: Probability,
    /// Ratio of the probability of a request: month with injury versus without.
    pub injury: Ratio,
    /// Ratio of the probability of a request: month with serious injury versus without injury.
    pub serious: Ratio,
    /// Ratio of the probability of a request: coercive versus situational violence.
    pub coercive: Ratio,
    /// Ratio of the probability of a request: family with an open case versus without.
    pub in_chain: Ratio,
    /// Ratio of the probability of a request: woman with children at home versus without.
    pub with_children: Ratio,
    /// Ratio of the probability of a request: male versus female victim.
    pub men: Ratio,
    /// Probability that a request leads to an intake (selection at the door).
    pub intake: Probability,
    /// Odds ratio of an intake: victim with an addiction, a mental illness or a mild intellectual disability, or
    /// newcomer, versus others.
    pub intake_problems: Ratio,
    /// Odds ratio of an intake: mother with a boy of fourteen or older versus others.
    pub intake_boys: Ratio,
    /// Probability that a refused victim repeats the request in the next month.
    pub retry: Probability,
    /// Women from the rest of the country who request a place in the four cities, per year.
    pub inflow: RatePerYear,
    /// Mean number of children who come with a woman from the rest of the country.
    pub inflow_children: Ratio,
    /// Share of the beds that are occupied on 1 January 2008.
    pub occupied: Share,
    /// Mean duration of a stay in crisis shelter, months.
    pub crisis_months: Months,
    /// Probability that a victim needs a follow-up place after crisis shelter.
    pub to_follow_up: Probability,
    /// Probability that a victim returns to the partner after crisis shelter.
    pub return_after_crisis: Probability,
    /// Probability that a victim needs an own dwelling after crisis shelter; the remaining victims go to family.
    pub to_dwelling: Probability,
    /// Median duration of a stay in a follow-up place, months.
    pub follow_up_months: Months,
    /// Standard deviation of the logarithm of the duration of a stay in a follow-up place.
    pub follow_up_sd: Sd,
    /// Probability that a victim returns to the partner after a follow-up place.
    pub return_after_follow_up: Probability,
    /// Dwellings that become available to victims who leave a shelter, per year and city.
    pub dwellings: Rows<RatePerYear>,
    /// Probability that violence continues after the victim leaves the partner from a shelter.
    pub goes_on: Probability,
}

/// Beds and dwellings added by a measure, by city and month.
pub type Added = BTreeMap<String, Box<dyn Fn(usize, Month) -> f64 + Send + Sync>>;

struct Sheltering {
    table: Shelter,
    beds: Vec<[f64; ELSEWHERE]>,
    dwellings: Vec<f64>,
    added: Added,
    scale: f64,
    in_force: InForce,
}

/// First index of draws that belong to no person.
const OUTSIDERS: u16 = 100;

impl Shelter {
    /// The sweep; `added` gives the beds and dwellings that measures add, at full scale.
    ///
    /// # Errors
    /// Names a city without a share of the beds.
    pub fn build(&self, added: Added, scope: &Scope) -> Result<Process, String> {
        let share = crate::curve::indexed(&self.city_share, "city", "share", scope.cities)?;
        let mut dwellings = crate::curve::indexed(&self.dwellings, "city", "dwellings", scope.cities)?;
        dwellings.resize(ELSEWHERE, 0.0);
        let price = self.bed_price.get();
        if price <= 0.0 {
            return Err("bed_price is 0; give the price of a bed for a year".into());
        }
        let all = self.budget.get() / price;
        let of_kind =
            |part: f64| std::array::from_fn(|city| libm::rint(all * part * share.get(city).copied().unwrap_or(0.0)));
        let crisis = self.crisis_share.get();
        let beds = vec![of_kind(crisis), of_kind(1.0 - crisis), [0.0; ELSEWHERE]];
        let (table, scale, in_force) = (self.clone(), scope.scale, scope.in_force);
        Ok(Process::Monthly(Box::new(Sheltering { table, beds, dwellings, added, scale, in_force })))
    }
}

impl Sheltering {
    fn more(&self, kind: &str, city: usize, now: Month) -> f64 {
        self.added.get(kind).map_or(0.0, |added| added(city, now))
    }

    /// Beds of a kind in a city, at the scale of the simulation.
    fn places(&self, kind: usize, city: usize, now: Month) -> f64 {
        (self.beds[kind][city] + self.more(SHELTERS[kind], city, now)) * self.scale
    }

    fn capacity(&self, kind: usize, city: usize, now: Month) -> Capacity {
        let t = &self.table;
        let stay = match kind as u16 {
            FOLLOW_UP => t.follow_up_months.get() * libm::exp(0.5 * t.follow_up_sd.get() * t.follow_up_sd.get()),
            _ => t.crisis_months.get(),
        };
        // The expected number of beds of a woman with a Poisson number of children.
        let children = t.inflow_children.get();
        let household = if kind as u16 == MEN { 1.0 } else { 1.0 + children + children / (1.0 + children) };
        Capacity { places: self.places(kind, city, now), scale: self.scale, stay, household }
    }

    /// Whether a number of free beds of a kind in a city is enough for a household.
    fn admits(&self, kind: usize, city: usize, now: Month, free: f64, places: u8) -> bool {
        self.capacity(kind, city, now).admits(free, f64::from(places))
    }

    /// Fills the beds of 1 January 2008 with women and children who are not simulated.
    fn fill(&self, world: &World, state: &mut Services, draws: &Draws) {
        for kind in [CRISIS, FOLLOW_UP] {
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
                    state.stays.push(Stay {
                        service: kind,
                        city: city as u8,
                        home: city as u8,
                        places: places as u8,
                        who: PersonId::NONE,
                        subject: 0,
                        since: world.now(),
                        until: world.now().plus(months),
                        completes: true,
                    });
                    left -= places;
                    number += 1;
                }
            }
        }
    }

    /// Length of a stay in months.
    fn length(&self, kind: u16, u: f64) -> f64 {
        match kind {
            // A geometric number of months has exactly this mean.
            CRISIS | MEN => {
                let mean = self.table.crisis_months.get().max(1.000_1);
                1.0 + libm::floor(libm::log(u) / libm::log(1.0 - 1.0 / mean))
            }
            _ => libm::rint(self.table.follow_up_months.get() * libm::exp(self.table.follow_up_sd.get() * normal(u)))
                .max(1.0),
        }
    }

    fn passage(&self, changes: &mut Changes, edge: Edge, city: u8, who: PersonId, passed: bool, waited: i32) {
        changes.tell(Passage::at(edge, city, who, passed).after(waited));
    }

    /// Minors at home with an adult.
    fn children(world: &World, row: usize) -> Vec<usize> {
        let young = |child: &usize| world.body(*child).age_months(world.now()) < ADULT;
        world.children_at_home(row).filter(young).collect()
    }

    /// Handles the requests of the month: who makes one, and who is admitted to an intake.
    fn ask(
        &self,
        world: &World,
        state: &mut Services,
        draws: &Draws,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let t = &self.table;
        let sheltered: BTreeSet<PersonId> = state.stays.iter().map(|stay| stay.who).collect();
        for incident in world.events().incidents() {
            let Some(couple) = world.couple_by_id(incident.couple) else { continue };
            for by in Sex::BOTH {
                let index = by as usize;
                let Some(row) = couple.partner(by.other()).row().filter(|_| incident.counts[index] > 0) else {
                    continue;
                };
                let body = world.body(row);
                if !body.counts() || !body.place.is_here() || sheltered.contains(&PersonId(row as u32)) {
                    continue;
                }
                let kind = if by == Sex::Male { CRISIS } else { MEN };
                let city = body.place.city();
                let children = if kind == CRISIS { Self::children(world, row) } else { Vec::new() };
                let mut chance = t.request.get();
                chance *= match incident.severity[index] {
                    Severity::Light => 1.0,
                    Severity::Injury => t.injury.get(),
                    Severity::Serious => t.serious.get(),
                    Severity::Fatal => 0.0,
                };
                for (holds, ratio) in [
                    (incident.state[index] == Violence::Coercive, t.coercive.get()),
                    (world.chain().cases.contains_key(&couple.key), t.in_chain.get()),
                    (!children.is_empty(), t.with_children.get()),
                    (kind == MEN, t.men.get()),
                ] {
                    if holds {
                        chance *= ratio;
                    }
                }
                chance *= libm::exp(world.chain_effect(row, Mechanism::HelpSeeking));
                let draw = draws.of(body.key, 0);
                let who = PersonId(row as u32);
                let waits = state.queue.iter().any(|request| request.who == who);
                if waits || !draw.happens(0, chance.min(0.95)) {
                    continue;
                }
                let problems = [Flag::Addiction, Flag::MentalIllness, Flag::Disability, Flag::Newcomer];
                let mut log = world.chain_effect(row, Mechanism::ShelterAdmission);
                if problems.iter().any(|flag| body.has(*flag)) {
                    log += libm::log(t.intake_problems.get().max(1e-6));
                }
                let is_boy = |child: &usize| {
                    let child = world.body(*child);
                    child.sex() == Sex::Male && child.age(world.now()) >= 14
                };
                if children.iter().any(is_boy) {
                    log += libm::log(t.intake_boys.get().max(1e-6));
                }
                let intake = world.chain().system.edge(city, Edge::ShelterIntake, t.intake.get());
                let passed = draw.happens(1, odds(intake, log));
                self.passage(changes, Edge::ShelterIntake, city as u8, who, passed, 0);
                if !passed {
                    continue;
                }
                changes.push(Change::Chain(ChainChange::Report(Report {
                    source: Source::Shelter,
                    kind: CaseKind::Partner,
                    city: city as u8,
                    subject: couple.key,
                    couple: incident.couple,
                    victim: who,
                    perpetrator: couple.partner(by),
                    severity: incident.severity[index],
                    registrations: 1,
                    known: false,
                    founded: true,
                })));
                months.of(kind, city as u8).requests += 1;
                let grave =
                    incident.severity[index] == Severity::Serious || incident.state[index] == Violence::Coercive;
                state.queue.push(Request {
                    service: kind,
                    city: city as u8,
                    priority: u8::from(!grave),
                    who,
                    subject: couple.key,
                    since: world.now(),
                    ready: world.now(),
                    lot: draw.0[2],
                    places: (1 + children.len()).min(20) as u8,
                });
            }
        }
        // Requests from the rest of the country, by each city's share of the beds.
        let all: f64 = self.beds.iter().flatten().sum::<f64>().max(1.0);
        let cities = world.places().cities.len();
        for city in 0..cities {
            let month = months.of(CRISIS, city as u8);
            let part = (self.beds[0][city] + self.beds[1][city]) / all;
            let mean = t.inflow.get() * part * self.scale / 12.0;
            let number = poisson(draws.of(city as u64 | 1 << 41, OUTSIDERS).unit(0), mean);
            for ordinal in 0..number {
                let draw = draws.of(u64::from(ordinal) << 8 | city as u64 | 1 << 42, OUTSIDERS);
                month.requests += 1;
                state.queue.push(Request {
                    service: CRISIS,
                    city: city as u8,
                    priority: 2,
                    who: PersonId::NONE,
                    subject: 0,
                    since: world.now(),
                    ready: world.now(),
                    lot: draw.0[1],
                    places: (1 + poisson(draw.unit(0), t.inflow_children.get())).min(20) as u8,
                });
            }
        }
    }

    /// Cities in which a place is searched, in order of preference.
    fn cities_for(&self, world: &World, request: &Request) -> Vec<usize> {
        let cities = world.places().cities.len();
        let own = usize::from(request.city);
        let others = (1..cities).map(|step| (own + step) % cities);
        match self.table.allocation {
            // Grave danger: outside the own city if possible.
            Allocation::LocalFirst if request.priority == 0 => others.chain([own]).collect(),
            _ => std::iter::once(own).chain(others).collect(),
        }
    }

    /// Handles waiting requests by month of request, priority and random number; refuses those that find no place.
    fn serve(
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
        state.queue.sort_by_key(|request| (request.since, rank(request), request.lot));
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
            state.stays.push(Stay {
                service: request.service,
                city: city as u8,
                home: request.city,
                places: request.places,
                who: request.who,
                subject: request.subject,
                since: now,
                until: now.plus(length.max(1)),
                completes: true,
            });
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

    /// Free beds, including fractions carried over from earlier months.
    fn free(&self, world: &World, state: &Services) -> Vec<[f64; ELSEWHERE]> {
        let taken = taken(&state.stays);
        let of = |kind: usize, city: usize| {
            self.capacity(kind, city, world.now()).free(&state.accounts[kind][city], taken[kind][city])
        };
        (0..SHELTERS.len()).map(|kind| std::array::from_fn(|city| of(kind, city))).collect()
    }

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

    /// Handles the ends of stays.
    fn finish(
        &self,
        world: &World,
        state: &mut Services,
        draws: &Draws,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let t = &self.table;
        let now = world.now();
        for (city, dwellings) in state.dwellings.iter_mut().enumerate() {
            // At most as many dwellings stay vacant as become available in a quarter; at a small scale more, to
            // compensate for random variation.
            let quarter = self.dwellings[city] / 4.0;
            let evens_out = libm::sqrt(quarter) * (1.0 - libm::sqrt(self.scale.min(1.0)));
            *dwellings = (*dwellings + (self.dwellings[city] + self.more("dwellings", city, now)) * self.scale / 12.0)
                .min(1.0 + quarter * self.scale + evens_out);
        }
        let mut free = self.free(world, state);
        let stays = std::mem::take(&mut state.stays);
        for stay in stays {
            let city = usize::from(stay.city);
            if now < stay.until {
                state.stays.push(stay);
                continue;
            }
            let Some(row) = stay.who.row().filter(|row| world.body(*row).has(Flag::Present)) else {
                months.of(stay.service, stay.city).left += 1;
                continue;
            };
            let body = world.body(row);
            // The wish is drawn once, at the end of the stay, and does not change while the person waits.
            let draw = draws.at(body.key, i32::from(stay.since.0) as u32, 3);
            let waited = now.since(stay.until);
            let goes = world.chain_effect(row, Mechanism::ReturnToPartner);
            let returns = match stay.service {
                FOLLOW_UP => t.return_after_follow_up.get(),
                _ => t.return_after_crisis.get(),
            };
            let returns = odds(world.chain().system.edge(city, Edge::ReturnToPartner, returns), goes);
            let has_partner = world.couple_of(row).is_some_and(|couple| couple.key == stay.subject);
            let u = draw.unit(0);
            let wanted = match stay.service {
                _ if has_partner && u < returns => Wanted::Partner,
                FOLLOW_UP => Wanted::Dwelling,
                _ => {
                    let rest = (u - returns).max(0.0) / (1.0 - returns).max(1e-9);
                    let others = 1.0 - t.return_after_crisis.get();
                    let (follow_up, own) =
                        (t.to_follow_up.get() / others.max(1e-9), t.to_dwelling.get() / others.max(1e-9));
                    match rest {
                        rest if rest < follow_up && stay.service == CRISIS => Wanted::FollowUp,
                        rest if rest < follow_up + own => Wanted::Dwelling,
                        _ => Wanted::Family,
                    }
                }
            };
            if wanted == Wanted::FollowUp {
                let request = Request {
                    service: FOLLOW_UP,
                    city: stay.home,
                    priority: 1,
                    who: stay.who,
                    subject: stay.subject,
                    since: stay.until,
                    ready: now,
                    lot: 0,
                    places: stay.places,
                };
                let room = |c: &usize| {
                    self.admits(usize::from(FOLLOW_UP), *c, now, free[usize::from(FOLLOW_UP)][*c], stay.places)
                };
                let place = self.cities_for(world, &request).into_iter().find(room);
                if waited == 0 {
                    months.of(FOLLOW_UP, stay.home).requests += 1;
                }
                let Some(to) = place else {
                    if waited == 0 {
                        self.passage(changes, Edge::FollowUpPlace, stay.home, stay.who, false, 0);
                    }
                    months.of(stay.service, stay.city).blocked += 1;
                    months.of(FOLLOW_UP, stay.home).waiting += 1;
                    state.stays.push(stay);
                    continue;
                };
                if waited == 0 {
                    self.passage(changes, Edge::FollowUpPlace, stay.home, stay.who, true, 0);
                }
                free[usize::from(FOLLOW_UP)][to] -= f64::from(stay.places);
                months.of(stay.service, stay.city).left += 1;
                let month = months.of(FOLLOW_UP, to as u8);
                month.admitted += 1;
                month.waited += waited.max(0) as u32;
                let length =
                    self.length(FOLLOW_UP, draw.unit(1)) * libm::exp(world.chain_effect(row, Mechanism::ShelterExit));
                let until = now.plus((libm::rint(length) as i32).max(1));
                state.stays.push(Stay { service: FOLLOW_UP, city: to as u8, since: now, until, ..stay });
                continue;
            }
            let home = usize::from(stay.home);
            if wanted == Wanted::Dwelling {
                // As for beds: a dwelling is available when there would be one at full scale.
                if state.dwellings[home] < self.scale {
                    if waited == 0 {
                        self.passage(changes, Edge::Dwelling, stay.home, stay.who, false, 0);
                    }
                    months.of(stay.service, stay.city).blocked += 1;
                    state.stays.push(stay);
                    continue;
                }
                state.dwellings[home] -= 1.0;
                self.passage(changes, Edge::Dwelling, stay.home, stay.who, true, waited);
            }
            months.of(stay.service, stay.city).left += 1;
            self.passage(changes, Edge::ReturnToPartner, stay.home, stay.who, wanted == Wanted::Partner, 0);
            self.leave(world, row, &stay, wanted, [draw.unit(2), draw.unit(3)], changes);
        }
    }

    fn leave(&self, world: &World, row: usize, stay: &Stay, wanted: Wanted, u: [f64; 2], changes: &mut Changes) {
        let (who, subject, city) = (stay.who, stay.subject, stay.home);
        changes.tell(Event::Occasion { occasion: Occasion::LeftShelter, who, subject, city });
        if wanted == Wanted::Partner {
            changes.tell(Event::Occasion { occasion: Occasion::Returned, who, subject, city });
        }
        changes.tell(Event::LeftShelter { who, city, returned: wanted == Wanted::Partner });
        changes.push(Change::Chain(ChainChange::Open { subject, by: -1, helped: false }));
        // Children who came of age in the shelter leave it too; those who left home have lost the flag already.
        for person in std::iter::once(row).chain(world.children_at_home(row)) {
            changes.push(Change::Flag { who: PersonId(person as u32), flag: Flag::InShelter, on: false });
        }
        if self.in_force == InForce::None {
            return;
        }
        let body = world.body(row);
        let Some(couple) = body.couple.row().filter(|row| world.couple(*row).key == subject) else { return };
        if wanted == Wanted::Partner || !world.couple(couple).together() {
            return;
        }
        let sex = body.sex();
        let partner = world.couple(couple).partner(sex.other());
        let low = |who: PersonId| who.row().is_some_and(|row| !world.body(row).has(Flag::Work));
        let mut low_income = [false; 2];
        low_income[sex as usize] = low(who);
        low_income[sex.other() as usize] = partner.row().is_some_and(|row| world.body(row).has(Flag::LowIncome));
        let place = if body.place.is_here() {
            world.places().settle(body.place.city(), low(who), MEAN_LOW_INCOME, u[1])
        } else {
            Place::ELSEWHERE
        };
        // Her own children go with her; those of the partner alone stay.
        for child in world.children_of_household(row) {
            let kin = world.kin(child);
            if kin.mother == who || kin.father == who {
                changes.push(Change::Home { who: PersonId(child as u32), home: who });
            }
        }
        let after = world.effect(row, Mechanism::ViolenceAfterSeparation)
            + partner.row().map_or(0.0, |partner| world.effect(partner, Mechanism::ViolenceAfterSeparation));
        let goes_on = world.couple(couple).is_violent() && u[0] < odds(self.table.goes_on.get(), after);
        let couple = CoupleId(couple as u32);
        changes.push(Change::Separate { couple, goes_on, stays: sex.other(), place, low_income });
    }
}

/// Beds taken by kind of shelter and city.
fn taken(stays: &[Stay]) -> Vec<[f64; ELSEWHERE]> {
    let mut taken = vec![[0.0; ELSEWHERE]; SHELTERS.len()];
    for stay in stays {
        taken[usize::from(stay.service)][usize::from(stay.city)] += f64::from(stay.places);
    }
    taken
}

/// Mean share of low-income households, used to choose an area after a move, as in `life.separations`.
const MEAN_LOW_INCOME: f64 = 0.15;

/// Where a person who is ready to leave wants to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Partner,
    FollowUp,
    Dwelling,
    Family,
}

impl Monthly for Sheltering {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        let mut state = world.chain().shelters.clone();
        if state.accounts.is_empty() {
            // Demand for crisis beds exceeded supply in 2008; follow-up places were available.
            let open = |kind: usize, city: usize| {
                let capacity = self.capacity(kind, city, world.now());
                let u = draws.of(city as u64 | 1 << 45, OUTSIDERS + kind as u16).unit(0);
                if kind as u16 == FOLLOW_UP { capacity.opened_with_room() } else { capacity.opened(u, None) }
            };
            state.accounts = (0..SHELTERS.len()).map(|kind| std::array::from_fn(|city| open(kind, city))).collect();
            self.fill(world, &mut state, draws);
        }
        let mut months = ProviderMonths::new(Group::Shelters, SHELTERS.len());
        self.finish(world, &mut state, draws, &mut months, changes);
        self.ask(world, &mut state, draws, &mut months, changes);
        self.serve(world, &mut state, draws, &mut months, changes);
        let places =
            |month: &ProviderMonth| self.places(usize::from(month.service), usize::from(month.city), world.now());
        months.tell(&state, world.places().cities.len(), places, changes);
        changes.push(Change::Chain(ChainChange::Shelters(Box::new(state))));
    }
}

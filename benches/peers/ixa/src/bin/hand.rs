//! The reference workload as a hand-written event calendar: a list of persons per month and kind of event.
//!
//! No hazard of the workload depends on a state that can change. So the month of death is drawn once per person, and
//! nothing is scheduled that death prevents. A general calendar cannot do this.

use std::mem::take;
use std::time::Instant;

use peers::{
    ADULT, Counts, Cumulative, DESISTANCE, EXPOSURE, MONTHS, arguments, chance_at_eighteen, founders, months_before,
};
use rand::RngExt;
use rand::rngs::SmallRng;

/// A month after the end of every run.
const NEVER: i16 = i16::MAX;

#[derive(Clone, Copy)]
struct Person {
    born: i16,
    dies: i16,
    /// The last month in which the person can expose a child.
    violent_until: i16,
    female: bool,
    exposed: bool,
}

/// Persons with an event, by month.
type Months<T> = Vec<Vec<T>>;

struct Calendar {
    people: Vec<Person>,
    mothers: Vec<Option<u32>>,
    violent: Vec<bool>,
    deaths: Months<u32>,
    births: Months<u32>,
    exposures: Months<u32>,
    birthdays: Months<u32>,
    desistances: Months<u32>,
    /// Mothers under eighteen and their children, by the month in which the mother turns eighteen.
    young_mothers: Months<(u32, u32)>,
    death: Cumulative,
    birth: Cumulative,
    random: SmallRng,
    counts: Counts,
}

fn months<T: Clone>() -> Months<T> {
    vec![Vec::new(); MONTHS as usize]
}

impl Calendar {
    /// Schedules death, the first birth and the eighteenth birthday of a person, from month `from` on.
    fn schedule(&mut self, number: u32, from: i16) {
        let Person { born, female, .. } = self.people[number as usize];
        if from < MONTHS
            && let Some(month) = self.death.first(born, from, MONTHS, &mut self.random)
        {
            self.people[number as usize].dies = month;
            self.deaths[month as usize].push(number);
        }
        let birthday = born + ADULT;
        if (0..MONTHS.min(self.people[number as usize].dies)).contains(&birthday) {
            self.birthdays[birthday as usize].push(number);
        }
        if female {
            self.schedule_birth(number, from);
        }
    }

    /// Schedules the next birth of a woman, from month `from` on.
    fn schedule_birth(&mut self, woman: u32, from: i16) {
        let Person { born, dies, .. } = self.people[woman as usize];
        let (first, end) = (from.max(born + 180), MONTHS.min(dies).min(born + 600));
        if first < end
            && let Some(month) = self.birth.first(born, first, end, &mut self.random)
        {
            self.births[month as usize].push(woman);
        }
    }

    /// Makes a person violent, from month `month` on.
    fn make_violent(&mut self, number: u32, month: i16) {
        let desists = month + months_before(DESISTANCE, &mut self.random);
        let person = &mut self.people[number as usize];
        person.violent_until = desists.min(person.dies.saturating_sub(1));
        self.violent[number as usize] = true;
        self.counts.violent += 1;
        if desists < person.dies.min(MONTHS) {
            self.desistances[desists as usize].push(number);
        }
    }

    /// Schedules the exposure of a child to its mother's violence, from month `from` on.
    fn schedule_exposure(&mut self, child: u32, mother: u32, from: i16) {
        let until = self.people[mother as usize].violent_until;
        if until < from {
            return;
        }
        let month = from + months_before(EXPOSURE, &mut self.random);
        let person = self.people[child as usize];
        if month <= until && month < person.dies.min(MONTHS).min(person.born + ADULT) {
            self.exposures[month as usize].push(child);
        }
    }

    fn month(&mut self, now: i16) {
        let at = now as usize;
        for number in take(&mut self.deaths[at]) {
            let person = self.people[number as usize];
            self.counts.deaths += 1;
            self.counts.population -= 1;
            self.counts.exposed -= u64::from(person.exposed && now - person.born < ADULT);
            self.counts.violent -= u64::from(self.violent[number as usize]);
        }
        for mother in take(&mut self.births[at]) {
            let child = self.people.len() as u32;
            let female = self.random.random_bool(0.5);
            self.people.push(Person { born: now, dies: NEVER, violent_until: -1, female, exposed: false });
            self.mothers.push(Some(mother));
            self.violent.push(false);
            self.counts.births += 1;
            self.counts.population += 1;
            self.schedule(child, now + 1);
            self.schedule_exposure(child, mother, now);
            self.schedule_birth(mother, now + 1);
            let birthday = self.people[mother as usize].born + ADULT;
            if (now..MONTHS).contains(&birthday) {
                self.young_mothers[birthday as usize].push((mother, child));
            }
        }
        for child in take(&mut self.exposures[at]) {
            self.people[child as usize].exposed = true;
            self.counts.exposed += 1;
        }
        for number in take(&mut self.birthdays[at]) {
            let exposed = self.people[number as usize].exposed;
            self.counts.exposed -= u64::from(exposed);
            if self.random.random_bool(chance_at_eighteen(exposed)) && !self.violent[number as usize] {
                self.make_violent(number, now);
            }
        }
        for (mother, child) in take(&mut self.young_mothers[at]) {
            self.schedule_exposure(child, mother, now + 1);
        }
        for number in take(&mut self.desistances[at]) {
            self.violent[number as usize] = false;
            self.counts.violent -= 1;
        }
        self.counts.person_months += self.counts.population;
    }
}

fn main() {
    let (persons, seed) = arguments();
    let mut random = peers::random(seed);
    let founders = founders(persons, &mut random);
    let mut calendar = Calendar {
        people: founders
            .iter()
            .map(|founder| Person {
                born: founder.born,
                dies: NEVER,
                violent_until: -1,
                female: founder.female,
                exposed: false,
            })
            .collect(),
        mothers: founders.iter().map(|founder| founder.mother).collect(),
        violent: founders.iter().map(|founder| founder.violent).collect(),
        deaths: months(),
        births: months(),
        exposures: months(),
        birthdays: months(),
        desistances: months(),
        young_mothers: months(),
        death: Cumulative::deaths(),
        birth: Cumulative::births(),
        random,
        counts: Counts { population: u64::from(persons), ..Counts::default() },
    };
    drop(founders);
    let begun = Instant::now();
    for number in 0..persons {
        calendar.schedule(number, 0);
        if calendar.violent[number as usize] {
            calendar.make_violent(number, 0);
        }
    }
    for child in 0..persons {
        if let Some(mother) = calendar.mothers[child as usize] {
            calendar.schedule_exposure(child, mother, 0);
        }
    }
    let mut years = Vec::new();
    for month in 0..MONTHS {
        calendar.month(month);
        if month % 12 == 11 {
            years.push(calendar.counts);
        }
    }
    peers::print(persons, seed, begun.elapsed(), &years);
}

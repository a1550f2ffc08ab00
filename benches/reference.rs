//! The reference workload "cycle-ref" on keten's own calendar and random numbers: births, deaths, exposure of children
//! to violent mothers, transmission of violence at 18 and desistance, 480 months.
//!
//! Run with `cargo bench --bench reference`. Prints nanoseconds per person-month, and the check values beside the
//! expected ones. With `-- --json PERSONS SEED` it makes one run and prints its counts as JSON, for
//! `benches/peers/run.py`.
//!
//! The clock starts when the columns that the rules name are there: month of birth, sex, mother, violence. It covers
//! every list that is made from them, the first candidates of the calendar and the tables of rates.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use keten::engine::{BLOCK, Calendar, Envelope, LayerBound, LayerBounds, Roll, Rules};
use keten::random::{Block, Luck};
use keten::world::Month;

const NOBODY: u32 = u32::MAX;
const ADULT: i32 = 216;
const MONTHS: i16 = 480;
/// Process identities of draws outside the calendar.
const START: u16 = 100;
const CHILD: u16 = 101;
const EXPOSURE: u16 = 102;
const GROWN: u16 = 103;
const DESISTANCE: u16 = 104;

/// The state of the workload, in columns.
struct Folk {
    key: Vec<u64>,
    born: Vec<Month>,
    state: Vec<u8>,
    mother: Vec<u32>,
    youngest: Vec<u32>,
    older: Vec<u32>,
    /// Adults who are violent, and children of violent mothers.
    violent: Vec<u32>,
    at_risk: Vec<u32>,
    coming_of_age: Vec<Vec<u32>>,
    alive: i64,
    exposed_children: usize,
}

const FEMALE: u8 = 1;
const ALIVE: u8 = 2;
const EXPOSED: u8 = 4;
const VIOLENT: u8 = 8;

impl Roll for Folk {
    fn len(&self) -> usize {
        self.key.len()
    }
    fn key(&self, row: usize) -> u64 {
        self.key[row]
    }
    fn profile(&self, row: usize) -> usize {
        usize::from(self.state[row] & FEMALE)
    }
    fn origin(&self, row: usize) -> Month {
        self.born[row]
    }
    fn live(&self, row: usize) -> bool {
        self.state[row] & ALIVE != 0
    }
}

/// Check values of the workload.
#[derive(Debug, Default)]
struct Counts {
    births: u64,
    deaths: u64,
    population: i64,
    exposed: usize,
    violent: usize,
    person_months: i64,
    exposed_20: usize,
    violent_20: usize,
    taken: Duration,
}

fn death(age_years: f64) -> f64 {
    (3e-5 * (0.1 * age_years).exp()).min(24.0)
}

fn birth(age_years: f64) -> f64 {
    0.165 * (-((age_years - 30.0) / 7.0).powi(2)).exp()
}

impl Folk {
    fn has(&self, row: u32, bit: u8) -> bool {
        self.state[row as usize] & bit != 0
    }

    fn age(&self, row: u32, now: Month) -> i32 {
        now.since(self.born[row as usize])
    }

    fn push(&mut self, key: u64, born: Month, state: u8, mother: u32) -> u32 {
        let row = self.key.len() as u32;
        self.key.push(key);
        self.born.push(born);
        self.state.push(state | ALIVE);
        self.mother.push(mother);
        self.alive += 1;
        row
    }

    /// Enters a person in the lists that the rules need.
    fn list(&mut self, row: u32) {
        let (born, mother) = (self.born[row as usize], self.mother[row as usize]);
        self.youngest.push(NOBODY);
        self.older.push(NOBODY);
        let birthday = born.plus(ADULT);
        if (0..MONTHS).contains(&birthday.0) {
            self.coming_of_age[birthday.0 as usize].push(row);
        }
        if self.has(row, VIOLENT) {
            self.violent.push(row);
        }
        if mother != NOBODY {
            self.older[row as usize] = self.youngest[mother as usize];
            self.youngest[mother as usize] = row;
            if self.has(mother, VIOLENT) {
                self.at_risk.push(row);
            }
        }
    }

    fn start(size: usize, luck: Luck) -> Folk {
        let mut folk = Folk {
            key: Vec::new(),
            born: Vec::new(),
            state: Vec::new(),
            mother: Vec::new(),
            youngest: Vec::new(),
            older: Vec::new(),
            violent: Vec::new(),
            at_risk: Vec::new(),
            coming_of_age: vec![Vec::new(); MONTHS as usize],
            alive: 0,
            exposed_children: 0,
        };
        let mut women: Vec<Vec<u32>> = vec![Vec::new(); 961];
        let mut minors = Vec::new();
        for ordinal in 0..size as u32 {
            let key = luck.derive(1, START, ordinal);
            let draw = luck.block(key, START, 0, 0);
            let months = (draw.unit(0) * 960.0) as i32;
            let sex = if draw.happens(1, 0.5) { FEMALE } else { 0 };
            if months < ADULT {
                minors.push((key, months, sex));
                continue;
            }
            let violent = draw.happens(2, 0.05);
            let row = folk.push(key, Month(-months as i16), sex | if violent { VIOLENT } else { 0 }, NOBODY);
            if sex == FEMALE {
                women[months as usize].push(row);
            }
        }
        for (key, months, sex) in minors {
            let draw = luck.block(key, START, 1, 0);
            let older = ADULT + (draw.unit(0) * 324.0) as i32;
            let list = &women[(months + older).min(960) as usize];
            let mother = if list.is_empty() { NOBODY } else { list[(draw.unit(1) * list.len() as f64) as usize] };
            folk.push(key, Month(-months as i16), sex, mother);
        }
        folk
    }

    fn month(
        &mut self,
        now: Month,
        calendar: &mut Calendar,
        rules: Rules<'_>,
        rates: &[Vec<f64>; 2],
        counts: &mut Counts,
    ) {
        calendar.turn(self, rules, now, |_, _| 0);
        let luck = rules.luck;
        let (folk, ordinal) = (&*self, now.0 as u32);
        let happened = calendar
            .accept(folk, rules, now, |row, process| rates[process][(now.since(folk.born[row]) as usize).min(1559)]);
        for row in &happened[0] {
            self.state[*row as usize] &= !ALIVE;
            self.alive -= 1;
            let child = self.has(*row, EXPOSED) && self.age(*row, now) < ADULT;
            self.exposed_children -= usize::from(child);
            counts.deaths += 1;
        }
        for mother in &happened[1] {
            if self.has(*mother, ALIVE) {
                let key = luck.derive(self.key[*mother as usize], CHILD, ordinal);
                let sex = if luck.block(key, CHILD, 0, 0).happens(0, 0.5) { FEMALE } else { 0 };
                let row = self.push(key, now, sex, *mother);
                self.list(row);
                counts.births += 1;
            }
        }
        let mut at_risk = std::mem::take(&mut self.at_risk);
        at_risk.retain(|child| {
            let mother = self.mother[*child as usize];
            let met = self.has(*child, ALIVE) && self.age(*child, now) < ADULT && !self.has(*child, EXPOSED);
            if !met || !self.has(mother, ALIVE) || !self.has(mother, VIOLENT) {
                return false;
            }
            if luck.block(self.key[*child as usize], EXPOSURE, ordinal, 0).happens(0, 0.02) {
                self.state[*child as usize] |= EXPOSED;
                self.exposed_children += 1;
                return false;
            }
            true
        });
        at_risk.append(&mut self.at_risk);
        self.at_risk = at_risk;
        for row in std::mem::take(&mut self.coming_of_age[now.0 as usize]) {
            if !self.has(row, ALIVE) {
                continue;
            }
            let exposed = self.has(row, EXPOSED);
            self.exposed_children -= usize::from(exposed);
            let chance = if exposed { 0.15 } else { 0.05 };
            let onset = luck.block(self.key[row as usize], GROWN, 0, 0).happens(0, chance);
            if onset && !self.has(row, VIOLENT) {
                self.state[row as usize] |= VIOLENT;
                self.violent.push(row);
                let mut child = self.youngest[row as usize];
                while child != NOBODY {
                    self.at_risk.push(child);
                    child = self.older[child as usize];
                }
            }
        }
        let mut violent = std::mem::take(&mut self.violent);
        violent.retain(|row| self.has(*row, ALIVE));
        let keys: Vec<u64> = violent.iter().map(|row| self.key[*row as usize]).collect();
        let mut draws = vec![Block::default(); keys.len()];
        luck.blocks(&keys, DESISTANCE, ordinal, 0, &mut draws);
        let mut draw = draws.iter();
        violent.retain(|row| {
            let stops = draw.next().is_some_and(|block| block.happens(0, 0.01));
            if stops {
                self.state[*row as usize] &= !VIOLENT;
            }
            !stops
        });
        self.violent = violent;
        calendar.admit(self, rules, now.plus(1), |_, _| 0);
        counts.person_months += self.alive;
    }
}

fn run(size: usize, seed: u64) -> Counts {
    let luck = Luck::new(seed, 0, 0);
    let mut folk = Folk::start(size, luck);
    let begun = Instant::now();
    for row in 0..size as u32 {
        folk.list(row);
    }
    let envelope = Envelope::new(2, 2, |process, profile, year| {
        let age = year as f64;
        match process {
            0 => death(age + 1.0),
            _ if profile == 1 && (15..50).contains(&year) => {
                birth(age).max(birth(age + 1.0)).max(if year == 29 { 0.165 } else { 0.0 })
            }
            _ => 0.0,
        }
    });
    // No rate is above its envelope.
    let bounds = LayerBounds::new(&[LayerBound::SameForAll(0), LayerBound::SameForAll(0)], 2, |_, _, _| true);
    let rules = Rules { envelope: &envelope, bounds: &bounds, luck, identities: &[1, 2] };
    let rates = [
        (0..1560).map(|month| death(f64::from(month) / 12.0)).collect::<Vec<f64>>(),
        (0..1560).map(|month| if (180..600).contains(&month) { birth(f64::from(month) / 12.0) } else { 0.0 }).collect(),
    ];
    let mut calendar = Calendar::new(BLOCK);
    calendar.admit(&folk, rules, Month(0), |_, _| 0);
    let mut counts = Counts::default();
    for month in 0..MONTHS {
        folk.month(Month(month), &mut calendar, rules, &rates, &mut counts);
        if month % 12 == 11 {
            (counts.population, counts.exposed, counts.violent) =
                (folk.alive, folk.exposed_children, folk.violent.len());
        }
        if month == MONTHS / 2 - 1 {
            (counts.exposed_20, counts.violent_20) = (counts.exposed, counts.violent);
        }
    }
    counts.taken = begun.elapsed();
    counts
}

/// One run, printed as JSON.
fn print_one(mut words: impl Iterator<Item = String>) {
    let mut number = || words.next().and_then(|word| word.parse().ok()).expect("arguments: --json PERSONS SEED");
    let (persons, seed) = (number(), number());
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread can be had");
    let counts = one.install(|| run(persons as usize, seed));
    let figures = serde_json::json!({
        "persons": persons,
        "seed": seed,
        "seconds": counts.taken.as_secs_f64(),
        "person_months": counts.person_months,
        "births": counts.births,
        "deaths": counts.deaths,
        "population": counts.population,
        "exposed": counts.exposed,
        "violent": counts.violent,
        "exposed_20": counts.exposed_20,
        "violent_20": counts.violent_20,
    });
    println!("{figures}");
}

fn reference(criterion: &mut Criterion) {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread can be had");
    for (size, expected) in [
        (
            100_000,
            "births 50,820 ± 356, deaths 55,821 ± 113, population 94,998 ± 382, exposed 190 ± 19, violent 537 ± 27",
        ),
        (
            1_000_000,
            "births 508,565 ± 968, deaths 555,576 ± 305, population 952,990 ± 1,007, exposed 1,907 ± 71, violent 5,418 ± 80",
        ),
    ] {
        let counts = one.install(|| run(size, 2008));
        let each = counts.taken.as_nanos() as f64 / counts.person_months as f64;
        println!("N = {size}: {each:.2} ns per person-month; {counts:?}\nexpected: {expected}");
        let mut group = criterion.benchmark_group("reference");
        group.sample_size(10);
        group.bench_function(format!("{size} persons, 480 months, one thread"), |bencher| {
            bencher.iter_custom(|times| one.install(|| (0..times).map(|seed| black_box(run(size, seed)).taken).sum()));
        });
        group.finish();
    }
}

fn main() {
    let mut words = std::env::args().skip_while(|word| word != "--json");
    if words.next().is_some() {
        print_one(words);
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    reference(&mut criterion);
    criterion.final_summary();
}

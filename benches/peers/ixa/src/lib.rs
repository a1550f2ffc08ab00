//! What both programs share: the rules of the reference workload as cumulative hazards, the persons at the start, and
//! the counts at the end.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};

/// Months that are simulated.
pub const MONTHS: i16 = 480;
/// Age in months at which childhood ends.
pub const ADULT: i16 = 216;
/// Chance that an adult is violent at the start.
pub const VIOLENT_AT_START: f64 = 0.05;
/// Chance per month that a violent mother exposes her child.
pub const EXPOSURE: f64 = 0.02;
/// Chance per month that a violent person desists.
pub const DESISTANCE: f64 = 0.01;

/// Chance of becoming violent at eighteen.
pub fn chance_at_eighteen(exposed: bool) -> f64 {
    if exposed { 0.15 } else { 0.05 }
}

/// The oldest age in months that a person can have in a run.
const OLDEST: usize = 960 + MONTHS as usize;

/// Sums of the monthly hazards of one event, by age in months: element `a` is the sum over all ages below `a`.
pub struct Cumulative(Vec<f64>);

impl Cumulative {
    fn new(hazard_per_year: impl Fn(usize) -> f64) -> Cumulative {
        let mut sums = vec![0.0];
        for age in 0..OLDEST {
            sums.push(sums[age] + hazard_per_year(age) / 12.0);
        }
        Cumulative(sums)
    }

    /// Deaths.
    pub fn deaths() -> Cumulative {
        Cumulative::new(|age| (3e-5 * (0.1 * age as f64 / 12.0).exp()).min(24.0))
    }

    /// Births of a woman.
    pub fn births() -> Cumulative {
        let rate = |age: f64| 0.165 * (-((age - 30.0) / 7.0).powi(2)).exp();
        Cumulative::new(|age| if (180..600).contains(&age) { rate(age as f64 / 12.0) } else { 0.0 })
    }

    /// The first month, from `from` on and before `end`, in which the event happens to a person born in month `born`.
    /// The sum of hazards until then is exponentially distributed, so that the chance of month `m` is 1 − exp(−h(m)).
    #[inline]
    pub fn first(&self, born: i16, from: i16, end: i16, random: &mut impl Rng) -> Option<i16> {
        let ages = &self.0[(from - born) as usize..=(end - born) as usize];
        let level = ages[0] + exponential(random);
        let months = ages.partition_point(|sum| *sum < level);
        (months < ages.len()).then(|| from + months as i16 - 1)
    }
}

/// A standard exponential draw.
#[inline]
pub fn exponential(random: &mut impl Rng) -> f64 {
    -(1.0 - random.random::<f64>()).ln()
}

/// Months without success before the first success, for a monthly chance. Never more than the simulated months.
#[inline]
pub fn months_before(chance: f64, random: &mut impl Rng) -> i16 {
    (exponential(random) / -(-chance).ln_1p()).min(f64::from(MONTHS)) as i16
}

/// A person at the start of a run.
pub struct Founder {
    pub born: i16,
    pub female: bool,
    pub violent: bool,
    pub mother: Option<u32>,
}

/// Persons at the start: mothers are numbers in this list.
pub fn founders(persons: u32, random: &mut impl Rng) -> Vec<Founder> {
    let mut founders: Vec<Founder> = (0..persons)
        .map(|_| {
            let age = random.random_range(0..960);
            let violent = age >= ADULT && random.random_bool(VIOLENT_AT_START);
            Founder { born: -age, female: random.random_bool(0.5), violent, mother: None }
        })
        .collect();
    let mut women = vec![Vec::new(); 960];
    for (number, founder) in founders.iter().enumerate().filter(|(_, founder)| founder.female) {
        women[-founder.born as usize].push(number as u32);
    }
    for child in founders.iter_mut().filter(|founder| founder.born > -ADULT) {
        let list = &women[(-child.born + random.random_range(18 * 12..45 * 12)) as usize];
        if !list.is_empty() {
            child.mother = Some(list[random.random_range(0..list.len())]);
        }
    }
    founders
}

/// Counts of a run so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub births: u64,
    pub deaths: u64,
    pub population: u64,
    pub exposed: u64,
    pub violent: u64,
    pub person_months: u64,
}

/// Reads the number of persons and the seed from the command line.
pub fn arguments() -> (u32, u64) {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u64>().expect("arguments: PERSONS SEED"));
    let mut next = || numbers.next().expect("arguments: PERSONS SEED");
    (next() as u32, next())
}

/// The random numbers of a run.
pub fn random(seed: u64) -> SmallRng {
    SmallRng::seed_from_u64(seed)
}

/// Prints the counts at the end of each year, of which there are forty, for `run.py`.
pub fn print(persons: u32, seed: u64, taken: Duration, years: &[Counts]) {
    let (middle, end) = (years[19], years[39]);
    println!(
        "{{\"persons\": {persons}, \"seed\": {seed}, \"seconds\": {:.6}, \"person_months\": {}, \"births\": {}, \
         \"deaths\": {}, \"population\": {}, \"exposed\": {}, \"violent\": {}, \"exposed_20\": {}, \"violent_20\": {}}}",
        taken.as_secs_f64(),
        end.person_months,
        end.births,
        end.deaths,
        end.population,
        end.exposed,
        end.violent,
        middle.exposed,
        middle.violent
    );
}

//! Calibration of the open population: the number of newcomers that reproduces the known totals of the cities, and
//! corrections to birth rates for the composition of the population, so that births follow the rates of the input
//! tables.
//!
//! Both are found by simulating the open population and correcting, round after round. People who leave have more
//! children than people who come, so the factors of partner and parity, which average 1 in the closed burn-in
//! population, do not average 1 here.

use crate::curve::step_at;
use crate::engine::EngineSettings;
use crate::error::{Error, Result};
use crate::founding::{Pool, cities_simulation, live_pool};
use crate::model::ModelFile;
use crate::random::Luck;
use crate::world::{Event, Flag, Month, PersonId, World};

/// Last year with a known total to calibrate newcomers to; the row after it applies from then on.
const LAST_KNOWN: i32 = 2018;
/// Years whose net departures the row after the last known year balances.
const BALANCED: [i32; 2] = [2019, 2020];
/// First years of the periods for which births are corrected.
pub const PERIODS: [i32; 7] = [2008, 2010, 2012, 2015, 2019, 2025, 2032];
/// Year in which the simulation ends.
const END: i32 = 2040;
/// First year with conceptions that are not all born by then.
const LAST_CONCEIVED: i32 = END - 1;

/// The result: rows of the two tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// Rows city, year, persons of `life.newcomers.rate`.
    pub newcomers: Vec<[f64; 3]>,
    /// Rows city, year, ratio of `life.births.make_up`.
    pub make_up: Vec<[f64; 3]>,
    /// Ratio of simulated to known totals, by city and year of a known total, in the last round.
    pub totals: Vec<(usize, i32, f64)>,
    /// Ratio of births to those given by the input rates, by city and period, in the last round.
    pub births: Vec<(usize, i32, f64)>,
}

/// Builds a model from rows of the two tables.
pub type BuildOpen<'a> = dyn Fn(&Opened) -> Result<ModelFile> + 'a;

/// Settings of the calibration of the open population.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rounds {
    /// Number of iterations.
    pub rounds: usize,
    /// Replicates of each round.
    pub replicates: u32,
    /// Simulated persons per real person.
    pub scale: f64,
    /// Seed.
    pub seed: u64,
}

/// Counts of one city in one year, in real persons.
#[derive(Clone, Copy, Debug, Default)]
struct CityYear {
    /// Persons on 1 January.
    persons: f64,
    /// Births conceived in the year, without those of pregnancies that began before the open population started.
    births: f64,
    /// Births expected from the input rates, for the women of that year.
    put_in: f64,
    /// Departures from the four cities minus returns to them.
    net_left: f64,
}

/// Years of each city.
struct CityYears(Vec<Vec<CityYear>>);

impl CityYears {
    fn at(&self, city: usize, year: i32) -> CityYear {
        self.0[city].get((year - 2008) as usize).copied().unwrap_or_default()
    }
}

/// Calibrates the two tables. `start` holds their present values. `told` is called after each round with the largest
/// relative difference of a total from the known one, and of births from those expected.
///
/// # Errors
/// Faults of the model's tables.
pub fn solve_open(
    build: &BuildOpen<'_>,
    start: Opened,
    with: Rounds,
    mut told: impl FnMut(usize, f64, f64),
) -> Result<Opened> {
    let mut opened = start;
    let mut model = build(&opened)?;
    let pools: Vec<(Luck, Pool)> = (0..with.replicates.max(1))
        .map(|replicate| {
            let luck = Luck::new(with.seed, 0, replicate);
            Ok((luck, live_pool(&model, &model, luck, EngineSettings::default())?))
        })
        .collect::<Result<_>>()?;
    for round in 0..with.rounds {
        let counts = lived(&model, &pools, with.scale)?;
        let last = opened.clone();
        compare(&model, &counts, &mut opened)?;
        let far = |list: &[(usize, i32, f64)]| list.iter().map(|(.., ratio)| (ratio - 1.0).abs()).fold(0.0, f64::max);
        told(round, far(&opened.totals), far(&opened.births));
        if round + 1 == with.rounds {
            return Ok(Opened { totals: opened.totals, births: opened.births, ..last });
        }
        correct(&model, &counts, &mut opened)?;
        model = build(&opened)?;
    }
    Ok(opened)
}

/// Simulates the open population; returns the mean over the replicates.
fn lived(model: &ModelFile, pools: &[(Luck, Pool)], scale: f64) -> Result<CityYears> {
    let cities = model.places.cities.len();
    let rates = model.life.births.put_in(cities).map_err(|what| fault("life.births", what))?;
    let mut sums = vec![vec![CityYear::default(); (END - 2008 + 1) as usize]; cities];
    let share = 1.0 / (scale * pools.len() as f64);
    let pregnancy = model.life.births.pregnancy.get() as i32;
    for (luck, pool) in pools {
        let (mut simulation, engine) = cities_simulation(pool, model, *luck, scale)?;
        let mut january = |world: &World| {
            let year = world.now().year();
            let index = (year - 2008) as usize;
            for row in world.present() {
                let body = world.body(row);
                if !body.place.is_here() {
                    continue;
                }
                let of_city = &mut sums[body.place.city()];
                of_city[index].persons += share;
                if body.has(Flag::Female) {
                    // The women of a year are the mean of its two Januaries, by age at the birth of a child conceived
                    // in the middle of the year.
                    let rate = |months: i32, year: i32| {
                        let age = (body.age_months(world.now()) + months + pregnancy).div_euclid(12);
                        share * 0.5 * rates(body.place.city(), age, year)
                    };
                    of_city[index].put_in += rate(6, year);
                    if index > 0 {
                        of_city[index - 1].put_in += rate(-6, year - 1);
                    }
                }
            }
        };
        january(&simulation.world);
        let mut events: Vec<(usize, usize, f64, f64)> = Vec::new();
        let place = |world: &World, who: PersonId| {
            who.row().map(|row| world.body(row).place).filter(|place| place.is_here()).map(|p| p.city())
        };
        simulation.live(&engine, Month::january(END), |world| {
            let lived = world.now().plus(-1);
            let index = (lived.year() - 2008) as usize;
            let conceived = usize::try_from(lived.plus(-pregnancy).year() - 2008).ok();
            for event in world.events() {
                match event {
                    Event::Birth { child } => {
                        let city = place(world, *child).zip(conceived);
                        events.extend(city.map(|(city, conceived)| (city, conceived, share, 0.0)));
                    }
                    Event::Departure { city, .. } => events.push((usize::from(*city), index, 0.0, share)),
                    Event::Arrival { who, returning: true } => {
                        events.extend(place(world, *who).map(|city| (city, index, 0.0, -share)));
                    }
                    _ => {}
                }
            }
            if world.now().of_year() == 0 {
                january(world);
            }
        });
        for (city, index, births, left) in events {
            sums[city][index].births += births;
            sums[city][index].net_left += left;
        }
    }
    Ok(CityYears(sums))
}

fn fault(key: &str, what: String) -> crate::error::Errors {
    Error::data(what, "see the table in the model file").at_key(key).into()
}

/// Known totals of each city, by year.
fn known(model: &ModelFile) -> Result<Vec<Vec<(f64, f64)>>> {
    let table = &model.targets.population;
    let at = |what: String| fault("targets.population", what);
    let (city, year) = (table.values("city").map_err(at)?, table.values("year").map_err(at)?);
    let persons = table.values("persons").map_err(at)?;
    let mut known = vec![Vec::new(); model.places.cities.len()];
    for row in 0..city.len() {
        let of_city = known
            .get_mut(city[row] as usize)
            .ok_or_else(|| at(format!("city {} is not named in places.cities", city[row])))?;
        of_city.push((year[row], persons[row]));
    }
    for of_city in &mut known {
        of_city.sort_by(|a, b| a.0.total_cmp(&b.0));
        if of_city.len() < 2 || of_city[0].0 != 2008.0 || of_city[of_city.len() - 1].0 <= f64::from(LAST_KNOWN) {
            return Err(at(format!("each city needs totals from 2008 to {}", LAST_KNOWN + 1)));
        }
    }
    Ok(known)
}

/// Linear interpolation between the known years.
fn between(known: &[(f64, f64)], year: i32) -> f64 {
    let year = f64::from(year);
    let after = known.partition_point(|(known, _)| *known <= year).clamp(1, known.len() - 1);
    let ((from, low), (to, high)) = (known[after - 1], known[after]);
    low + (high - low) * (year - from) / (to - from)
}

/// Compares totals and births with their targets.
fn compare(model: &ModelFile, counts: &CityYears, opened: &mut Opened) -> Result<()> {
    opened.totals.clear();
    opened.births.clear();
    for (city, of_city) in known(model)?.iter().enumerate() {
        for (year, persons) in of_city {
            opened.totals.push((city, *year as i32, counts.at(city, *year as i32).persons / persons));
        }
        for (from, until) in periods() {
            let sum = |of: fn(&CityYear) -> f64| (from..until).map(|year| of(&counts.at(city, year))).sum::<f64>();
            opened.births.push((city, from, sum(|year| year.births) / sum(|year| year.put_in)));
        }
    }
    Ok(())
}

fn periods() -> impl Iterator<Item = (i32, i32)> {
    PERIODS.into_iter().zip(PERIODS.into_iter().skip(1).chain([LAST_CONCEIVED]))
}

/// Corrects the rows for the next round.
fn correct(model: &ModelFile, counts: &CityYears, opened: &mut Opened) -> Result<()> {
    let rows_of = |rows: &[[f64; 3]], city: usize| -> Vec<(f64, f64)> {
        rows.iter().filter(|row| row[0] == city as f64).map(|row| (row[1], row[2])).collect()
    };
    let (mut newcomers, mut make_up) = (Vec::new(), Vec::new());
    for (city, known) in known(model)?.iter().enumerate() {
        let (coming, ratios) = (rows_of(&opened.newcomers, city), rows_of(&opened.make_up, city));
        for year in 2008..=LAST_KNOWN {
            let grown = counts.at(city, year + 1).persons - counts.at(city, year).persons;
            let wanted = between(known, year + 1) - between(known, year);
            let persons = (step_at(&coming, f64::from(year)) + wanted - grown).max(0.0);
            newcomers.push([city as f64, f64::from(year), (persons / 10.0).round() * 10.0]);
        }
        let left = BALANCED.into_iter().map(|year| counts.at(city, year).net_left).sum::<f64>();
        let persons = left / BALANCED.len() as f64;
        newcomers.push([city as f64, f64::from(LAST_KNOWN + 1), (persons.max(0.0) / 10.0).round() * 10.0]);
        for (from, _) in periods() {
            let far = opened.births.iter().find(|(c, year, _)| (*c, *year) == (city, from)).map_or(1.0, |line| line.2);
            let ratio = step_at(&ratios, f64::from(from)) / far.clamp(0.5, 2.0);
            make_up.push([city as f64, f64::from(from), (ratio * 1000.0).round() / 1000.0]);
        }
    }
    (opened.newcomers, opened.make_up) = (newcomers, make_up);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_lie_on_a_line_between_known_years() {
        let known = [(2008.0, 100.0), (2010.0, 120.0), (2019.0, 210.0)];
        assert_eq!(
            [2008, 2009, 2010, 2013, 2019].map(|year| between(&known, year)),
            [100.0, 110.0, 120.0, 150.0, 210.0]
        );
    }

    fn model() -> ModelFile {
        let sources = crate::config::Sources::folder(std::path::Path::new("models/g4-2008")).expect("a folder");
        crate::config::load::<ModelFile>(&sources).unwrap_or_else(|errors| panic!("{errors}")).0
    }

    #[test]
    fn a_city_that_stays_too_small_gets_more_newcomers_and_one_with_too_many_births_gets_fewer() {
        let model = model();
        let start = Opened {
            newcomers: (0..4).map(|city| [f64::from(city), 2008.0, 30_000.0]).collect(),
            make_up: (0..4).map(|city| [f64::from(city), 2008.0, 0.9]).collect(),
            ..Opened::default()
        };
        // All cities follow the known line except the first, which does not grow; only the second has departures.
        let known = known(&model).expect("totals");
        let mut counts = CityYears(vec![vec![CityYear::default(); (END - 2008 + 1) as usize]; 4]);
        for (city, years) in counts.0.iter_mut().enumerate() {
            for (at, year) in years.iter_mut().enumerate() {
                let on = if city == 0 { 2008 } else { 2008 + at as i32 };
                let births = if city == 2 { 110.0 } else { 100.0 };
                let net_left = if city == 1 { 25_000.0 } else { 0.0 };
                *year = CityYear { persons: between(&known[city], on), births, put_in: 100.0, net_left };
            }
        }
        let mut opened = start.clone();
        compare(&model, &counts, &mut opened).expect("sound tables");
        let (_, year, small) = opened.totals.iter().rfind(|(city, ..)| *city == 0).copied().expect("totals");
        let last = known[0].last().expect("totals");
        assert_eq!((f64::from(year), small), (last.0, known[0][0].1 / last.1));
        correct(&model, &counts, &mut opened).expect("sound tables");
        let row = |rows: &[[f64; 3]], city: f64, year: f64| {
            rows.iter().find(|row| row[0] == city && row[1] == year).map(|row| row[2]).expect("a row")
        };
        let wanted = between(&known[0], 2009) - between(&known[0], 2008);
        assert!((row(&opened.newcomers, 0.0, 2008.0) - 30_000.0 - wanted).abs() <= 5.0);
        assert!((row(&opened.newcomers, 3.0, 2012.0) - 30_000.0).abs() <= 5.0);
        assert_eq!(
            row(&opened.newcomers, 1.0, 2019.0),
            25_000.0,
            "newcomers balance who leaves, once nothing is known"
        );
        assert_eq!(row(&opened.newcomers, 0.0, 2019.0), 0.0);
        for period in PERIODS {
            assert_eq!(row(&opened.make_up, 1.0, f64::from(period)), 0.9);
            assert_eq!(row(&opened.make_up, 2.0, f64::from(period)), 0.818, "0.9 / 1.1");
        }
    }

    #[test]
    fn births_are_corrected_in_the_cities_and_not_in_the_closed_pool() {
        let mut model = model();
        let lived = |model: &ModelFile| {
            let luck = Luck::new(1, 0, 0);
            let pool =
                live_pool(model, model, luck, EngineSettings::default()).unwrap_or_else(|errors| panic!("{errors}"));
            let counts = lived(model, &[(luck, pool.clone())], 0.002).unwrap_or_else(|errors| panic!("{errors}"));
            let births = counts.0.iter().flatten().map(|year| year.births * 0.002).sum::<f64>();
            (pool.world.present().count(), births)
        };
        model.founding.pool_size = crate::units::Persons::new(2_000.0).expect("a number");
        let halved = |model: &mut ModelFile| {
            let table = &mut model.life.births.make_up;
            let ratio = table.column("ratio").expect("a column");
            table.rows.iter_mut().for_each(|row| row[ratio] *= 0.5);
        };
        let (pool, births) = lived(&model);
        halved(&mut model);
        let (same, fewer) = lived(&model);
        assert_eq!(pool, same, "the pool knows nothing of it");
        // Halving the rates leaves more than half of the births: women who have no child yet, or one, conceive more often
        // (`life.births.parity_ratio`), by up to a factor of 1.3 over all. Fewer mothers are born in time, which takes away.
        // Poisson counts; probability of a false alarm below one in a million.
        let spread = (births + 4.0 * fewer).sqrt();
        assert!(fewer < births - 5.0 * (births + fewer).sqrt(), "{births} then {fewer}");
        assert!(2.0 * fewer < 1.3 * births + 5.0 * spread, "{births} then {fewer}");
    }
}

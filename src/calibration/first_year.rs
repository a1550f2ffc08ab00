//! The levels of violence in 2008, the first year of the open population: how they are counted, and the central levels
//! with which they meet their targets.
//!
//! Levels solved in the closed burn-in population do not hold here, because the population of the four cities is younger
//! and more deprived and has newcomers. So all that is calibrated to a target of 2008 is counted here: the runs of the
//! response, the central levels, and the records.

use rayon::prelude::*;

use super::open::Rounds;
use super::rounding::rounded;
use crate::config::{Fitted, LEVELS, LevelTargets};
use crate::engine::EngineSettings;
use crate::error::Result;
use crate::founding::{cities_simulation, live_pool};
use crate::model::ModelFile;
use crate::random::Luck;
use crate::world::{ADULT, Month, Sex, World, YearFlag};

/// Cases and persons of each level moment ([`crate::config::MOMENTS`]) in one year.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LevelCounts {
    /// Persons with violence in the year: women and men with that of a partner, adults with that of other relatives
    /// only, maltreated children.
    pub cases: [f64; 4],
    /// Women, men, adults and children present in the cities.
    pub persons: [f64; 4],
}

impl LevelCounts {
    /// Counts the year that has just ended, among those present in the cities; to be called in January, before the
    /// first month of the new year.
    pub fn of(world: &World) -> LevelCounts {
        let mut counts = LevelCounts::default();
        for row in world.present().filter(|row| world.body(*row).place.is_here()) {
            let body = world.body(row);
            let met = |flag: YearFlag| world.past(row).year & flag.bit() != 0;
            let mut count = |moment: usize, is_case: bool| {
                counts.persons[moment] += 1.0;
                counts.cases[moment] += f64::from(u8::from(is_case));
            };
            if body.age_months(world.now()) < ADULT {
                count(3, met(YearFlag::Maltreated));
                continue;
            }
            count(usize::from(body.sex() == Sex::Male), met(YearFlag::Suffered));
            count(2, met(YearFlag::OtherVictim) && !met(YearFlag::Suffered));
        }
        counts
    }

    /// The counts of both.
    #[must_use]
    pub fn and(self, other: LevelCounts) -> LevelCounts {
        let sum = |a: [f64; 4], b: [f64; 4]| std::array::from_fn(|at| a[at] + b[at]);
        LevelCounts { cases: sum(self.cases, other.cases), persons: sum(self.persons, other.persons) }
    }

    /// Cases per person.
    pub fn moments(&self) -> [f64; 4] {
        std::array::from_fn(|at| self.cases[at] / self.persons[at].max(1.0))
    }

    /// Adults with violence from any relative.
    pub fn victims(&self) -> f64 {
        self.cases[..3].iter().sum()
    }

    /// Maltreated children.
    pub fn maltreated(&self) -> f64 {
        self.cases[3]
    }
}

/// Simulates 2008 in the open population of the four cities, from a burn-in population of its own, and counts the level
/// moments. `scale` is the number of simulated persons per real person.
///
/// # Errors
/// Faults of the model's tables.
pub fn first_year(model: &ModelFile, luck: Luck, scale: f64) -> Result<LevelCounts> {
    let (mut simulation, engine) =
        cities_simulation(&live_pool(model, model, luck, EngineSettings::default())?, model, luck, scale)?;
    let (end, mut counts) = (Month::january(2009), LevelCounts::default());
    simulation.live(&engine, end, |world| {
        if world.now() == end {
            counts = LevelCounts::of(world);
        }
    });
    Ok(counts)
}

/// The level moments at central values, over several burn-in populations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FirstYear {
    /// Targets of the moments.
    pub aims: [f64; 4],
    /// Moments of all populations together.
    pub got: [f64; 4],
    /// Standard errors of the moments, from the scatter between populations; zero for a single one.
    pub errors: [f64; 4],
}

/// Builds a model with these levels.
pub type BuildLevels<'a> = dyn Fn(&[(&'static str, f64)]) -> Result<ModelFile> + Sync + 'a;

/// Finds the central levels with which the first year of the open population meets the targets.
///
/// The response gives the levels. What a round misses is added to the aim of the next, so that the response needs to be
/// right in its slopes only. `told` is called after each round.
///
/// # Errors
/// Faults of the model's tables.
pub fn solve_first_year(
    build: &BuildLevels<'_>,
    fitted: &Fitted,
    targets: &LevelTargets,
    with: Rounds,
    mut told: impl FnMut(usize, &FirstYear),
) -> Result<(Vec<(&'static str, f64)>, FirstYear)> {
    let aims = targets.aims();
    let mut shifted = aims;
    let mut round = 0;
    loop {
        let levels: Vec<(&'static str, f64)> = LEVELS
            .into_iter()
            .zip(fitted.levels_at(shifted, |_| None))
            .map(|(key, level)| (key, rounded(level)))
            .collect();
        let got = over_populations(&build(&levels)?, aims, with)?;
        told(round, &got);
        round += 1;
        if round >= with.rounds {
            return Ok((levels, got));
        }
        // From the second correction on what is missed is mostly noise, which smaller steps average out.
        let part = 1.0 / round as f64;
        for (shifted, (aim, got)) in shifted.iter_mut().zip(aims.into_iter().zip(got.got)) {
            if got > 0.0 {
                *shifted *= libm::pow((aim / got).clamp(0.5, 2.0), part);
            }
        }
    }
}

fn over_populations(model: &ModelFile, aims: [f64; 4], with: Rounds) -> Result<FirstYear> {
    let each: Vec<LevelCounts> = (0..with.replicates.max(1))
        .into_par_iter()
        .map(|replicate| first_year(model, Luck::new(with.seed, 0, replicate), with.scale))
        .collect::<Result<_>>()?;
    let all = each.iter().copied().fold(LevelCounts::default(), LevelCounts::and).moments();
    let n = each.len() as f64;
    let error = |at: usize| {
        let squares: f64 = each.iter().map(|counts| (counts.moments()[at] - all[at]).powi(2)).sum();
        if n > 1.0 { libm::sqrt(squares / (n - 1.0) / n) } else { 0.0 }
    };
    Ok(FirstYear { aims, got: all, errors: std::array::from_fn(error) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Scaled, Sources, Term};

    #[test]
    fn counts_add_up_and_shares_are_of_their_own_persons() {
        let one = LevelCounts { cases: [1.0, 2.0, 3.0, 4.0], persons: [10.0, 20.0, 30.0, 40.0] };
        let both = one.and(LevelCounts { cases: [1.0; 4], persons: [10.0; 4] });
        assert_eq!(both.moments(), [2.0 / 20.0, 3.0 / 30.0, 4.0 / 40.0, 5.0 / 50.0]);
        assert_eq!((both.victims(), both.maltreated()), (9.0, 5.0));
        assert_eq!(LevelCounts::default().moments(), [0.0; 4], "nobody, no share");
    }

    /// A response that is wrong in its constant and right in its slopes, in two rounds.
    #[test]
    fn what_a_round_misses_is_added_to_the_aim_of_the_next() {
        let sources = Sources::folder(std::path::Path::new("models/g4-2008")).expect("a folder");
        let (model, merged) = crate::config::load::<ModelFile>(&sources).unwrap_or_else(|errors| panic!("{errors}"));
        let targets = LevelTargets::read(|key| merged.value(key)).expect("targets");
        let variables = LEVELS.map(|key| {
            let centre = libm::log(merged.value(key).expect("a level"));
            Scaled { key: key.to_owned(), log: true, centre, sd: 1.0 }
        });
        let slope = |level: usize| {
            let mut effect = [0.0; 4];
            effect[level] = 0.8;
            Term { of: Some(level), with: None, effect }
        };
        // By this response present levels give twice the target, which would halve them.
        let constant = Term { of: None, with: None, effect: targets.aims().map(|aim| libm::log(2.0 * aim)) };
        let fitted = Fitted { variables: variables.to_vec(), terms: (0..4).map(slope).chain([constant]).collect() };
        let build = |levels: &[(&'static str, f64)]| -> Result<ModelFile> {
            let mut model = model.clone();
            model.founding.pool_size = crate::units::Persons::new(4_000.0).expect("a number");
            let level = |at: usize| crate::units::RatePerYear::new(levels[at].1).expect("a rate");
            model.violence.onset.by_men = level(0);
            model.violence.onset.by_women = level(1);
            model.violence.other.relatives = level(2);
            model.violence.maltreatment.onset = level(3);
            Ok(model)
        };
        let mut rounds = Vec::new();
        let with = Rounds { rounds: 3, replicates: 2, scale: 0.005, seed: 1 };
        let (levels, last) = solve_first_year(&build, &fitted, &targets, with, |_, got| rounds.push(got.got))
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(rounds.len(), 3);
        assert_eq!(last.got, rounds[2]);
        for at in 0..4 {
            assert!(rounds[0][at] < rounds[2][at], "{at}: {rounds:?}");
            let far = |got: f64| libm::log(got / last.aims[at]).abs();
            assert!(far(rounds[2][at]) < far(rounds[0][at]), "{at}: {rounds:?} for {:?}", last.aims);
            assert!(levels[at].1 > 0.0 && last.errors[at] > 0.0);
        }
    }
}

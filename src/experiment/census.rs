//! Number of persons in the cities and followed elsewhere, updated monthly without counting all rows.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::world::{Event, PersonId, World};

/// A running count of persons, and the person-months so far.
///
/// The count is updated with the events of each month and recomputed from all rows each January.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// Persons in the cities at the end of the last month.
    pub here: u64,
    /// Persons followed elsewhere at the end of the last month.
    pub elsewhere: u64,
    /// Person-months in the cities so far.
    pub person_months: u64,
    /// Person-months elsewhere so far.
    pub person_months_elsewhere: u64,
}

impl Census {
    /// Counts all persons, at the beginning.
    pub fn of(world: &World) -> Census {
        let mut census = Census::default();
        census.recount(world);
        census
    }

    /// Adds a month that was simulated; to be called after each month.
    pub fn month(&mut self, world: &World) {
        if world.now().of_year() == 0 {
            self.recount(world);
        } else {
            let (here, elsewhere) = balance(world);
            self.here = self.here.saturating_add_signed(here);
            self.elsewhere = self.elsewhere.saturating_add_signed(elsewhere);
        }
        self.person_months += self.here;
        self.person_months_elsewhere += self.elsewhere;
    }

    fn recount(&mut self, world: &World) {
        let add = |a: (u64, u64), b: (u64, u64)| (a.0 + b.0, a.1 + b.1);
        let one = |here: bool| if here { (1, 0) } else { (0, 1) };
        (self.here, self.elsewhere) = world
            .rows()
            .into_par_iter()
            .with_min_len(1 << 14)
            .map(|row| world.body(row))
            .filter(|body| body.counts())
            .map(|body| one(body.place.is_here()))
            .reduce(|| (0, 0), add);
    }
}

/// Changes of the numbers here and elsewhere through the events of a month.
fn balance(world: &World) -> (i64, i64) {
    let (mut here, mut elsewhere) = (0, 0);
    let is_here = |who: PersonId| who.row().is_some_and(|row| world.body(row).place.is_here());
    // A child that moved in the month of its birth is assigned by its move.
    let mut moved: Vec<(PersonId, bool)> = Vec::new();
    for event in world.events() {
        match event {
            Event::Departure { who, followed, .. } => {
                here -= 1;
                elsewhere += i64::from(*followed);
                moved.push((*who, true));
            }
            Event::Arrival { who, returning } => {
                here += 1;
                elsewhere -= i64::from(*returning);
                moved.push((*who, false));
            }
            Event::Death { who, .. } if is_here(*who) => here -= 1,
            Event::Death { .. } | Event::LostFromSight { .. } => elsewhere -= 1,
            _ => {}
        }
    }
    moved.sort_unstable_by_key(|(who, _)| *who);
    for child in world.events().births() {
        let born_here = match moved.binary_search_by_key(&child, |(who, _)| *who) {
            Ok(at) => moved[at].1,
            Err(_) => is_here(child),
        };
        if born_here {
            here += 1;
        } else {
            elsewhere += 1;
        }
    }
    (here, elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Change, Sources};
    use crate::engine::{EngineSettings, Scope, Simulation};
    use crate::model::ModelFile;
    use crate::random::Luck;
    use crate::world::Month;

    #[test]
    fn the_running_count_of_persons_here_is_that_of_all_rows_in_every_month() {
        let sources = Sources::builtin("g4-2008").expect("the model inside the program");
        let (_, merged) = config::load::<ModelFile>(&sources).expect("a sound model");
        let small =
            [Change::new("founding.pool_size", 2000.0, "test"), Change::new("founding.pool_years", 30.0, "test")];
        let model: ModelFile = merged.with(&small).and_then(|merged| merged.typed()).expect("a sound model");
        let (luck, scale, settings) = (Luck::new(2008, 0, 1), 0.002, EngineSettings::default());
        let founded = crate::founding::found(&model, &model, luck, scale, settings).expect("a founded world");
        let scope = Scope::of_cities(scale, founded.donors);
        let engine = model.engine(&model, &scope, luck, settings).expect("an engine");
        let mut census = Census::of(&founded.world);
        let mut simulation = Simulation::new(founded.world, &engine);
        let (mut months, mut elsewhere) = (0, 0);
        simulation.live(&engine, Month::january(2012), |world| {
            census.month(world);
            let count = Census::of(world);
            assert_eq!(census.here, count.here, "at the beginning of {}", world.now());
            months += count.here;
            elsewhere = elsewhere.max(census.elsewhere.abs_diff(count.elsewhere));
        });
        assert_eq!(census.person_months, months);
        // An outsider who comes along with a returning partner is missing from the count until January.
        assert!(elsewhere * 100 <= census.elsewhere, "{elsewhere} of {}", census.elsewhere);
    }
}

//! The model of the four cities and small populations from it, for tests.
//!
//! Included in a test file by `#[path = "support/cities.rs"] mod cities;`. The tests at the end use every helper, so
//! that a file that needs only some of them has no dead code.

use keten::config::Sources;
use keten::engine::{Engine, EngineSettings, Scope, Simulation};
use keten::founding::{Founded, found};
use keten::model::ModelFile;
use keten::random::Luck;
use keten::units::{Persons, Years};
use keten::world::World;

/// Random numbers of the tests.
pub(crate) fn luck() -> Luck {
    Luck::new(2008, 0, 0)
}

/// The model as in its files, with a burn-in population that is small and short enough for tests.
pub(crate) fn model() -> ModelFile {
    let sources = Sources::builtin("g4-2008").unwrap_or_else(|errors| panic!("{errors}"));
    let (mut model, _) = ModelFile::load(&sources).unwrap_or_else(|errors| panic!("{errors}"));
    model.founding.pool_size = Persons::new(4000.0).expect("a number of persons");
    model.founding.pool_years = Years::new(40.0).expect("a number of years");
    model
}

/// Inputs for a simulation of the cities: the founding population, and the scope of the engine.
pub(crate) struct Cities {
    /// The founding population.
    pub(crate) founded: Founded,
    /// Scale and donors.
    pub(crate) scope: Scope,
}

impl Cities {
    /// The four cities at a scale under a model.
    pub(crate) fn of(model: &ModelFile, scale: f64) -> Cities {
        Cities::under(model, scale, luck())
    }

    /// The same with other random numbers.
    pub(crate) fn under(model: &ModelFile, scale: f64, luck: Luck) -> Cities {
        Cities::with(model, scale, luck, EngineSettings::default())
    }

    /// The same with technical settings for the burn-in population.
    pub(crate) fn with(model: &ModelFile, scale: f64, luck: Luck, settings: EngineSettings) -> Cities {
        let founded = found(model, model, luck, scale, settings).unwrap_or_else(|errors| panic!("{errors}"));
        let scope = Scope::of_cities(scale, founded.donors.clone());
        Cities { founded, scope }
    }

    /// The world of January 2008.
    pub(crate) fn world(&self) -> World {
        self.founded.world.clone()
    }

    /// An engine for these cities.
    pub(crate) fn engine(&self, model: &ModelFile, reference: &ModelFile, settings: EngineSettings) -> Engine {
        model.engine(reference, &self.scope, luck(), settings).unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// A simulation from January 2008 with its engine, under the unchanged model and the default settings.
    pub(crate) fn start(&self, model: &ModelFile) -> (Simulation, Engine) {
        let engine = self.engine(model, model, EngineSettings::default());
        (Simulation::new(self.world(), &engine), engine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_cities_have_people_in_proportion_to_their_scale() {
        let model = model();
        let cities = Cities::under(&model, 0.001, Luck::new(1, 0, 0));
        let expected = model.populations().expect("the model has cities").iter().sum::<f64>() * 0.001;
        let (simulation, _) = Cities::of(&model, 0.001).start(&model);
        for world in [&cities.world(), &simulation.world] {
            let people = world.rows().len() as f64;
            assert!((people / expected - 1.0).abs() < 0.1, "{people} persons, about {expected} expected");
        }
    }
}

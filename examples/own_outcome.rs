//! Simulates a small G4 month by month with a custom outcome: months in which a child under two witnessed violence.
//!
//! ```text
//! cargo run --release --example own_outcome
//! ```

use keten::config::{self, Sources};
use keten::engine::{EngineSettings, Scope, Simulation};
use keten::error::Result;
use keten::founding;
use keten::model::ModelFile;
use keten::random::Luck;
use keten::world::Month;

fn main() -> Result<()> {
    let (model, _) = config::load::<ModelFile>(&Sources::builtin("g4-2008")?)?;
    let (luck, scale) = (Luck::new(2008, 0, 1), 0.002);
    let founded = founding::found(&model, &model, luck, scale, EngineSettings::default())?;
    let scope = Scope::of_cities(scale, founded.donors);
    let engine = model.engine(&model, &scope, luck, EngineSettings::default())?;
    let mut simulation = Simulation::new(founded.world, &engine);

    let (mut months_of_violence, mut with_an_infant) = (0, 0);
    simulation.live(&engine, Month::january(2013), |world| {
        for incident in world.events().incidents() {
            months_of_violence += 1;
            let couple = world.couple_by_id(incident.couple).copied();
            let mother = couple.and_then(|couple| couple.woman.row());
            let infant = |child: usize| world.body(child).age_months(world.now()) < 24;
            with_an_infant += u32::from(mother.is_some_and(|row| world.children_at_home(row).any(infant)));
        }
    });
    println!(
        "{months_of_violence} months of violence between partners from 2008 to 2012, {with_an_infant} of them with a child under two at home"
    );
    Ok(())
}

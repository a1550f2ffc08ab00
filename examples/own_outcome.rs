//! An own outcome: in each year, the months of violence between partners, and those with a child under two at home.
//!
//! ```text
//! cargo run --release --example own_outcome
//! ```

use std::collections::BTreeMap;

use keten::error::Result;
use keten::study::Study;
use keten::world::{Incident, World};

/// Whether a child under two lives with the mother.
fn has_infant(world: &World, incident: &Incident) -> bool {
    let couple = world.couple_by_id(incident.couple).copied();
    let infant = |child: usize| world.body(child).age_months(world.now()) < 24;
    couple.and_then(|couple| couple.partners[1].row()).is_some_and(|mother| world.children_at_home(mother).any(infant))
}

fn main() -> Result<()> {
    let study = Study::open("builtin:first-run")?
        .set("scale", &0.002)?
        .set("until", &2013)?
        .set("outcomes", &"[\"yearly\"]")?
        .set("founding.pool_size", &4000)?;

    // Called after each month: `now` is the month that follows, so the events are those of the month before it.
    let mut years: BTreeMap<i32, [u32; 2]> = BTreeMap::new();
    let mut count = |world: &World| {
        let year = years.entry(world.now().plus(-1).year()).or_default();
        for incident in world.events().incidents() {
            year[0] += 1;
            year[1] += u32::from(has_infant(world, incident));
        }
    };
    study.unit("status-quo")?.each_month(&mut count).run()?;

    for (year, [months, with_infant]) in years {
        println!("{year}: {months} months of violence between partners, {with_infant} with a child under two at home");
    }
    Ok(())
}

//! An own process: a helpline after which violence between partners ends, compared with the cities without it.
//!
//! ```text
//! cargo run --release --example own_process
//! ```

use std::sync::Arc;

use keten::engine::{Draws, Monthly};
use keten::error::Result;
use keten::experiment::OwnProcess;
use keten::stats::Ensemble;
use keten::stats::pairs::{Design, Mean};
use keten::study::{Study, UnitSimulation};
use keten::world::{Change, Changes, Side, Violence, World};

/// Each month a couple with violence calls the helpline with this probability, and the violence ends.
struct Helpline(f64);

impl Monthly for Helpline {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        for &couple in world.violent() {
            let Some(state) = world.couple_by_id(couple).copied() else { continue };
            // The draw belongs to the couple and the month: it is the same in every scenario.
            if state.is_violent() && draws.of(state.key, 0).happens(0, self.0) {
                let ends = |by| Change::Violence { couple, by, state: Violence::None };
                changes.list.extend(Side::BOTH.map(ends));
            }
        }
    }
}

/// Adults who suffered violence from a partner, each counted once a year, in real persons.
fn victims(unit: UnitSimulation<'_>, scale: f64) -> Result<f64> {
    Ok(unit.run()?.table("yearly")?.only("city", "G4")?.array("victims")?.sum() / scale)
}

fn main() -> Result<()> {
    let (scale, replicates) = (0.002, 4);
    let study = Study::open("builtin:first-run")?
        .set("scale", &scale)?
        .set("until", &2013)?
        .set("replicates", &replicates)?
        .set("outcomes", &"[\"yearly\"]")?
        .set("founding.pool_size", &4000)?;
    let mut fewer = Ensemble::new();
    for replicate in 1..=replicates {
        let helpline = OwnProcess::monthly("helpline", "course_of_violence", Arc::new(Helpline(0.05)));
        let without = victims(study.unit("status-quo")?.replicate(replicate), scale)?;
        let with = victims(study.unit("status-quo")?.replicate(replicate).process(helpline), scale)?;
        fewer.insert((0, replicate.into()), without - with);
    }
    if let Some(Mean { mean, limits: Some((low, high)), .. }) = Mean::of(&fewer, Design::Alone) {
        println!("{mean:.0} victims fewer from 2008 to 2012; 95 % confidence interval {low:.0} to {high:.0}");
    }
    Ok(())
}

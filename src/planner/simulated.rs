//! Outcomes of mixes from simulations: each mix is a scenario beside the status quo, with common random numbers. Units are
//! kept in the store, so a mix that was simulated once is never simulated again.

use std::collections::BTreeMap;

use super::frontier::{Evaluate, MixChoice, MixOutcome};
use super::question::{OptimiseQuestion, STATUS_QUO};
use crate::analysis::{unit_figure, unit_money};
use crate::error::{Error, Kind, Result};
use crate::experiment::{self, Conditions, Contents, Plan};
use crate::stats::pairs::Pair;
use crate::store::Store;

/// Fewest simulated persons or events that an effect is counted from: below, a number could point to a family.
const FEWEST: f64 = 10.0;

/// Simulates mixes in one stage of a question.
pub struct SimulatedMixes<'a> {
    question: &'a OptimiseQuestion,
    stage: usize,
    store: &'a Store,
    conditions: &'a Conditions<'a>,
    /// What the comparator has, by draw and replicate, once it is known.
    comparator: BTreeMap<Pair, UnitSums>,
}

/// Sums over all years of one unit, in real persons and euro.
#[derive(Clone, Debug, Default, PartialEq)]
struct UnitSums {
    /// The figure that is to fall.
    figure: f64,
    /// Money that counts.
    euro: f64,
    /// The same by part.
    parts: Vec<f64>,
}

impl<'a> SimulatedMixes<'a> {
    /// The mixes of a question in a stage, simulated into a store.
    pub fn new(
        question: &'a OptimiseQuestion,
        stage: usize,
        store: &'a Store,
        conditions: &'a Conditions<'a>,
    ) -> SimulatedMixes<'a> {
        SimulatedMixes { question, stage, store, conditions, comparator: BTreeMap::new() }
    }

    /// Draws and replicates of the outcomes, in their order; empty before the first evaluation.
    pub fn pairs(&self) -> Vec<Pair> {
        self.comparator.keys().copied().collect()
    }

    /// The figure under the comparator, a mean over draws and replicates, summed over all years in real persons or events.
    pub fn comparator_figure(&self) -> f64 {
        self.comparator.values().map(|sums| sums.figure).sum::<f64>() / self.comparator.len().max(1) as f64
    }

    fn scale(&self) -> f64 {
        self.question.file.stages.get(self.stage).map_or(1.0, |stage| stage.scale)
    }

    /// Reads the stored units of a plan, by scenario, draw and replicate.
    fn read(&self, plan: &Plan) -> Result<BTreeMap<String, BTreeMap<Pair, UnitSums>>> {
        let mut all: BTreeMap<String, BTreeMap<Pair, UnitSums>> = BTreeMap::new();
        for unit in &plan.units {
            let pair = (i64::from(unit.draw), i64::from(unit.replicate));
            if unit.scenario == STATUS_QUO && self.comparator.contains_key(&pair) {
                continue;
            }
            let Some(kept) = self.store.inspect(&unit.id)? else {
                let place = self.store.root().display().to_string();
                let what = format!("the simulation of {} was removed while it was read", unit.scenario);
                return Err(Error::new(Kind::Io, what, "run the same command again").in_file(place, None).into());
            };
            let sums = self.sums(&kept)?;
            all.entry(unit.scenario.clone()).or_default().insert(pair, sums);
        }
        Ok(all)
    }

    fn sums(&self, unit: &crate::store::Unit) -> Result<UnitSums> {
        let (question, scale) = (self.question, self.scale());
        let figure = unit_figure(question.effect, &unit.table(question.effect.table())?, question.counted_city())?;
        let Some(figure) = figure else { return Err(self.too_small("a part of it is withheld at this scale")) };
        let parts = question.parts();
        let mut sums = UnitSums { figure: figure / scale, euro: 0.0, parts: vec![0.0; parts.len()] };
        let here = question.file.city.as_deref();
        let lines = unit_money(&unit.table("costs")?)?;
        for (line, amount) in lines.into_iter().filter(|(line, _)| question.counts(line)) {
            if here.is_some_and(|city| city != line.city) {
                continue;
            }
            let euro = amount / scale / question.years;
            sums.euro += euro;
            for (sum, _) in sums.parts.iter_mut().zip(&parts).filter(|(_, part)| question.is_part(part, &line)) {
                *sum += euro;
            }
        }
        Ok(sums)
    }

    /// The fault of a stage that is too small for the figure.
    fn too_small(&self, why: &str) -> crate::error::Errors {
        let key = self.question.effect.key;
        let what = format!("`{key}` cannot be compared in the stage of scale {}: {why}", self.scale());
        let cure = "give this stage a larger scale, or choose a figure that happens more often";
        self.question.fault(&format!("/stages/{}/scale", self.stage), what, cure).into()
    }

    /// Keeps what the comparator has, and checks that it is enough to compare with.
    fn keep_comparator(&mut self, found: BTreeMap<Pair, UnitSums>) -> Result<()> {
        self.comparator.extend(found);
        let simulated = self.comparator_figure() * self.scale();
        if self.question.effect.counts() && simulated < FEWEST {
            return Err(self.too_small(&format!("{simulated:.1} are simulated without any measure, and 10 are needed")));
        }
        Ok(())
    }

    /// Changes by a mix; those of the comparator are zero.
    fn outcome(&self, own: Option<&BTreeMap<Pair, UnitSums>>) -> MixOutcome {
        let pairs = self.comparator.len().max(1) as f64;
        let mut outcome = MixOutcome { parts: vec![0.0; self.question.parts().len()], ..MixOutcome::default() };
        for (pair, base) in &self.comparator {
            let own = own.and_then(|own| own.get(pair)).unwrap_or(base);
            outcome.effect.push(without_rounding(base.figure, own.figure));
            outcome.cost.push(without_rounding(own.euro, base.euro));
            for (sum, (own, base)) in outcome.parts.iter_mut().zip(own.parts.iter().zip(&base.parts)) {
                *sum += without_rounding(*own, *base) / pairs;
            }
        }
        outcome
    }
}

/// A difference; one that is smaller than the rounding of sums is zero.
fn without_rounding(own: f64, base: f64) -> f64 {
    let difference = own - base;
    if difference.abs() <= 1e-9 * own.abs().max(base.abs()) { 0.0 } else { difference }
}

impl Evaluate for SimulatedMixes<'_> {
    fn evaluate(&mut self, mixes: &[MixChoice]) -> Result<Vec<MixOutcome>> {
        let text = self.question.experiment(self.stage, mixes, "-mixes")?;
        let plan = experiment::plan_text(text, &[])?;
        match experiment::contents(&plan, self.store, self.conditions)? {
            Contents::Whole(_) => {}
            Contents::Stopped => {
                let cure = "run the same command again: it goes on from the stored simulations";
                return Err(Error::new(Kind::Interrupted, "stopped", cure).into());
            }
        }
        let mut found = self.read(&plan)?;
        if let Some(comparator) = found.remove(STATUS_QUO) {
            self.keep_comparator(comparator)?;
        }
        let space = &self.question.space;
        Ok(mixes.iter().map(|mix| self.outcome(found.get(&space.name(mix)))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rounding_of_sums_is_no_difference() {
        assert_eq!(without_rounding(0.1 + 0.2, 0.3), 0.0);
        assert_eq!(without_rounding(3.0, 1.0), 2.0);
        assert_eq!(without_rounding(0.0, 0.0), 0.0);
    }
}

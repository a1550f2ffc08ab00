//! Pooling over pairs of scenarios: means, errors, limits and the probability of benefit.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{EventCounts, FEWEST, FirstEvent, PairedLives, PathStep, StepCounts, Stratum, StratumCounts};
use crate::stats::pairs::{Design, Mean, Pair, Sides};

/// A figure over pairs; positive values are a benefit of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PooledFigure {
    /// Mean over pairs, its Monte Carlo error and limits.
    pub mean: Mean,
    /// Number of draws in which it is above 0 (a benefit), and below; exactly 0 counts separately.
    pub sides: Sides,
}

/// An event over pairs, in simulated persons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EventRow {
    /// Persons with the event per 1000 under the comparator.
    pub comparator_per_thousand: f64,
    /// Persons with the event per 1000 under the scenario.
    pub scenario_per_thousand: f64,
    /// Prevented minus caused.
    pub net: PooledFigure,
    /// Prevented, given common random numbers.
    pub prevented: Mean,
    /// Caused, given common random numbers.
    pub caused: Mean,
    /// Mean bounds of the prevented without common random numbers.
    pub prevented_bounds: (f64, f64),
    /// Mean bounds of the caused without common random numbers.
    pub caused_bounds: (f64, f64),
    /// Mean number delayed.
    pub delayed: f64,
    /// Mean delay in months among the delayed; `None` if there are none.
    pub months_delayed: Option<f64>,
    /// Mean number hastened.
    pub hastened: f64,
    /// Mean advance in months among the hastened; `None` if there are none.
    pub months_hastened: Option<f64>,
}

/// A stratum over pairs. Missing values are suppressed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StratumRow {
    /// Stratum.
    pub stratum: Stratum,
    /// Mean number of simulated persons in both scenarios; `None` below [`FEWEST`].
    pub persons: Option<f64>,
    /// By event; `None` if fewer than [`FEWEST`] persons have it in either scenario, on average over pairs.
    pub events: [(FirstEvent, Option<EventRow>); 3],
    /// QALYs saved, summed over persons; `None` below [`FEWEST`] persons.
    pub qaly_gained: Option<PooledFigure>,
}

/// A step of the path over pairs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepRow {
    /// Step.
    pub step: PathStep,
    /// Mean number of women reached.
    pub reached: f64,
    /// Mean number at risk.
    pub persons: f64,
    /// Persons with the event per 1000 at risk, under the comparator and under the scenario.
    pub per_thousand: (f64, f64),
    /// Prevented minus caused.
    pub net: PooledFigure,
    /// Women reached per event prevented, from the means; negative: per event caused. `None` if the net effect is 0.
    pub needed: Option<f64>,
    /// The same at the limits of the net effect; `None` if these include 0, because the ratio would pass through
    /// infinity.
    pub needed_limits: Option<(f64, f64)>,
}

impl StepRow {
    /// Whether enough persons have the event, in both scenarios together, to show it.
    pub fn shown(&self) -> bool {
        self.persons * (self.per_thousand.0 + self.per_thousand.1) / 1000.0 >= FEWEST as f64
    }
}

/// All pairs together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Aggregate {
    /// Mean number of persons under the comparator only: a count without a value.
    pub comparator_only: Mean,
    /// Mean number of persons under the scenario only: a count without a value.
    pub scenario_only: Mean,
    /// By stratum.
    pub rows: Vec<StratumRow>,
    /// Steps of the paths; `None` if women reached, or persons at risk, are fewer than [`FEWEST`] on average.
    pub path: Vec<(PathStep, Option<StepRow>)>,
}

/// Values of all pairs.
type PairValues = BTreeMap<Pair, f64>;

fn figure(values: &PairValues, design: Design) -> Option<PooledFigure> {
    Some(PooledFigure { mean: Mean::of(values, design)?, sides: Sides::of(values) })
}

/// The net effect on an event, with limits in the possible range: no more can be prevented than there are cases under
/// the comparator, and no more caused than there are other persons.
fn net<'a>(counts: impl Iterator<Item = (Pair, &'a EventCounts)> + Clone, design: Design) -> Option<PooledFigure> {
    let most = |of: fn(&EventCounts) -> u64| counts.clone().map(|(_, it)| of(it)).max().unwrap_or(0) as f64;
    let (cases, others) = (most(|it| it.comparator), most(|it| it.persons - it.comparator));
    let found = figure(&counts.clone().map(|(pair, it)| (pair, it.net() as f64)).collect(), design)?;
    Some(PooledFigure { mean: found.mean.within(-others, cases), ..found })
}

fn event_row(counts: &BTreeMap<Pair, EventCounts>, design: Design) -> Option<EventRow> {
    let of = |figure: &dyn Fn(&EventCounts) -> f64| -> PairValues {
        counts.iter().map(|(pair, counts)| (*pair, figure(counts))).collect()
    };
    let mean = |figure: &dyn Fn(&EventCounts) -> f64| Mean::of(&of(figure), design);
    let plain = |figure: &dyn Fn(&EventCounts) -> f64| mean(figure).map(|mean| mean.mean);
    if plain(&|it| it.either() as f64)? < FEWEST as f64 {
        return None;
    }
    let persons = plain(&|it| it.persons as f64)?;
    let (delayed, hastened) = (plain(&|it| it.delayed as f64)?, plain(&|it| it.hastened as f64)?);
    let (late, early) = (plain(&|it| it.months_delayed as f64)?, plain(&|it| it.months_hastened as f64)?);
    let (prevented, caused) = (EventCounts::prevented_bounds, EventCounts::caused_bounds);
    Some(EventRow {
        comparator_per_thousand: 1000.0 * plain(&|it| it.comparator as f64)? / persons,
        scenario_per_thousand: 1000.0 * plain(&|it| it.scenario as f64)? / persons,
        net: net(counts.iter().map(|(pair, it)| (*pair, it)), design)?,
        prevented: mean(&|it| it.prevented as f64)?,
        caused: mean(&|it| it.caused as f64)?,
        prevented_bounds: (plain(&|it| prevented(it).0 as f64)?, plain(&|it| prevented(it).1 as f64)?),
        caused_bounds: (plain(&|it| caused(it).0 as f64)?, plain(&|it| caused(it).1 as f64)?),
        delayed,
        months_delayed: (delayed > 0.0).then(|| late / delayed),
        hastened,
        months_hastened: (hastened > 0.0).then(|| early / hastened),
    })
}

fn row(stratum: Stratum, cells: &BTreeMap<Pair, StratumCounts>, design: Design) -> StratumRow {
    let of = |figure: fn(&StratumCounts) -> f64| -> PairValues {
        cells.iter().map(|(pair, cell)| (*pair, figure(cell))).collect()
    };
    let persons = Mean::of(&of(|cell| cell.persons as f64), design).map(|mean| mean.mean);
    let persons = persons.filter(|persons| *persons >= FEWEST as f64);
    let event = |event: FirstEvent| {
        let counts = cells.iter().map(|(pair, cell)| (*pair, *cell.of(event))).collect();
        (event, persons.and_then(|_| event_row(&counts, design)))
    };
    let qaly_gained = persons.and_then(|_| figure(&of(|cell| cell.qaly_gained), design));
    StratumRow { stratum, persons, events: FirstEvent::ALL.map(event), qaly_gained }
}

fn step_row(step: PathStep, pairs: &BTreeMap<Pair, StepCounts>, design: Design) -> Option<StepRow> {
    let of =
        |figure: fn(&StepCounts) -> f64| -> PairValues { pairs.iter().map(|(pair, it)| (*pair, figure(it))).collect() };
    let mean = |figure: fn(&StepCounts) -> f64| Mean::of(&of(figure), design).map(|mean| mean.mean);
    let (reached, persons) = (mean(|it| it.reached as f64)?, mean(|it| it.counts.persons as f64)?);
    if reached.min(persons) < FEWEST as f64 {
        return None;
    }
    let net = net(pairs.iter().map(|(pair, it)| (*pair, &it.counts)), design)?;
    let risk = |count: f64| 1000.0 * count / persons;
    // Limits are exchanged: the larger the effect, the smaller the number needed.
    let sure = net.mean.range.filter(|(low, high)| low * high > 0.0);
    Some(StepRow {
        step,
        reached,
        persons,
        per_thousand: (risk(mean(|it| it.counts.comparator as f64)?), risk(mean(|it| it.counts.scenario as f64)?)),
        net,
        needed: (net.mean.mean != 0.0).then(|| reached / net.mean.mean),
        needed_limits: sure.map(|(low, high)| (reached / high, reached / low)),
    })
}

/// Means over pairs, with errors, limits and the probability of benefit; `None` without pairs.
///
/// Numbers are simulated persons, before scaling. A stratum that a pair lacks counts as empty there. Small cells are
/// suppressed because they are unreliable, not for privacy: the persons are not real.
pub fn aggregate(pairs: &BTreeMap<Pair, PairedLives>, design: Design) -> Option<Aggregate> {
    let of = |figure: fn(&PairedLives) -> f64| -> PairValues {
        pairs.iter().map(|(pair, it)| (*pair, figure(it))).collect()
    };
    let strata: BTreeSet<Stratum> = pairs.values().flat_map(|lives| lives.cells.keys().copied()).collect();
    let cells = |stratum: Stratum| {
        pairs.iter().map(|(pair, it)| (*pair, it.cells.get(&stratum).copied().unwrap_or_default())).collect()
    };
    let steps = |step: PathStep| {
        let at = |lives: &PairedLives| lives.path.iter().find(|it| it.step == step).copied();
        pairs.iter().filter_map(|(pair, lives)| Some((*pair, at(lives)?))).collect()
    };
    Some(Aggregate {
        comparator_only: Mean::of(&of(|it| it.comparator_only as f64), design)?,
        scenario_only: Mean::of(&of(|it| it.scenario_only as f64), design)?,
        rows: strata.into_iter().map(|stratum| row(stratum, &cells(stratum), design)).collect(),
        path: PathStep::ALL.into_iter().map(|step| (step, step_row(step, &steps(step), design))).collect(),
    })
}

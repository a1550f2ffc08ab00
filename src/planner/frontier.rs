//! The best mixes of measures for their money: greedy search with exchange. This file knows no simulation; it asks an
//! [`Evaluate`] for the outcomes of mixes.
//!
//! 1. The mixes that change one lever are evaluated.
//! 2. *Greedy*: from the comparator on, the change of one lever with the most effect per additional euro is made, until
//!    the largest budget is spent or nothing adds effect.
//! 3. *Exchange*: under each budget, the best mix known is compared with mixes that differ from it in up to three levers,
//!    for example one measure less and another one more. The better one is kept.
//!
//! Which mixes are worth an evaluation follows from a prediction: the outcome of the most similar mixes that were
//! evaluated, plus the separate effects of the levers in which they differ. Interactions between measures are not
//! predicted but found, because every mix on the way is evaluated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// A mix of measures: the level of each lever by its number. Level 0 is that of the comparator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MixChoice(pub Vec<usize>);

/// What a mix changes in comparison with the comparator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MixOutcome {
    /// Effect by draw and replicate, in the same order for all mixes; more is better.
    pub effect: Vec<f64>,
    /// Euro a year by draw and replicate, in the same order.
    pub cost: Vec<f64>,
    /// Mean euro a year by part, for [`MixLimit`]: by payer, city or target group, in an order of the caller's.
    pub parts: Vec<f64>,
}

/// What simulates mixes.
pub trait Evaluate {
    /// Outcomes of mixes, in their order.
    ///
    /// # Errors
    /// Those of the simulation; the search ends with them.
    fn evaluate(&mut self, mixes: &[MixChoice]) -> Result<Vec<MixOutcome>>;
}

/// A limit besides the budget: the weighted sum of the parts of a mix's money is at most `most`.
#[derive(Clone, Debug, PartialEq)]
pub struct MixLimit {
    /// Weight of each part.
    pub weights: Vec<f64>,
    /// Largest sum, euro a year.
    pub most: f64,
}

/// How the search goes.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchSettings {
    /// Budgets in euro a year, under each of which the best mix is sought.
    pub budgets: Vec<f64>,
    /// Limits besides the budget.
    pub limits: Vec<MixLimit>,
    /// Number of mixes that are evaluated together in a step.
    pub breadth: usize,
    /// Number of steps of exchange under each budget.
    pub rounds: usize,
}

/// Levers that an exchange changes at most.
const EXCHANGED: usize = 3;
/// Number of mixes up to which all mixes are compared in an exchange, whatever the number of levers in which they differ.
const ALL_COMPARED: usize = 4096;
/// A limit may be exceeded by this share of a euro: sums of money are rounded.
const ROUNDING: f64 = 1e-6;

impl MixChoice {
    /// The mix that changes nothing.
    pub fn comparator(levers: usize) -> MixChoice {
        MixChoice(vec![0; levers])
    }

    /// The mix with another level of one lever.
    #[must_use]
    pub fn with(&self, lever: usize, level: usize) -> MixChoice {
        let mut mix = self.clone();
        if let Some(own) = mix.0.get_mut(lever) {
            *own = level;
        }
        mix
    }

    /// Number of levers in which two mixes differ.
    fn distance(&self, other: &MixChoice) -> usize {
        self.0.iter().zip(&other.0).filter(|(own, other)| own != other).count()
    }
}

impl MixLimit {
    /// Euro a year by which parts exceed the limit; 0 if they do not.
    fn excess(&self, parts: &[f64]) -> f64 {
        let sum: f64 = self.weights.iter().zip(parts).map(|(weight, part)| weight * part).sum();
        (sum - self.most - ROUNDING).max(0.0)
    }
}

/// Mean outcome of a mix, evaluated or predicted.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanOutcome {
    /// Mean effect.
    pub effect: f64,
    /// Mean euro a year.
    pub cost: f64,
    /// Mean euro a year by part.
    pub parts: Vec<f64>,
}

impl MeanOutcome {
    fn of(outcome: &MixOutcome) -> MeanOutcome {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        MeanOutcome { effect: mean(&outcome.effect), cost: mean(&outcome.cost), parts: outcome.parts.clone() }
    }

    /// Adds a multiple of another outcome.
    fn add(&mut self, times: f64, other: &MeanOutcome) {
        self.effect += times * other.effect;
        self.cost += times * other.cost;
        self.parts.iter_mut().zip(&other.parts).for_each(|(own, other)| *own += times * other);
    }

    /// Whether it keeps to a budget and to limits.
    pub fn fits(&self, budget: f64, limits: &[MixLimit]) -> bool {
        self.cost <= budget + ROUNDING && limits.iter().all(|limit| limit.excess(&self.parts) == 0.0)
    }

    /// Effect for each additional euro compared with another outcome; infinite if it costs no more. `None` if it adds no
    /// effect.
    fn worth(&self, than: &MeanOutcome) -> Option<f64> {
        let (effect, cost) = (self.effect - than.effect, self.cost - than.cost);
        if effect > 0.0 { Some(if cost > ROUNDING { effect / cost } else { f64::INFINITY }) } else { None }
    }
}

/// A mix that was evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatedMix {
    /// The mix.
    pub mix: MixChoice,
    /// Its outcome by draw and replicate.
    pub outcome: MixOutcome,
    /// The mean of that.
    pub mean: MeanOutcome,
}

/// Mixes that were evaluated, each once, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EvaluatedMixes {
    all: Vec<EvaluatedMix>,
    places: BTreeMap<MixChoice, usize>,
}

impl EvaluatedMixes {
    /// Evaluates those of the mixes that are not evaluated yet, together.
    ///
    /// # Errors
    /// As [`Evaluate::evaluate`]; an internal error if it returns another number of outcomes than mixes.
    pub fn take(&mut self, mixes: &[MixChoice], evaluate: &mut dyn Evaluate) -> Result<()> {
        let mut fresh: Vec<MixChoice> = Vec::new();
        for mix in mixes {
            if !self.places.contains_key(mix) && !fresh.contains(mix) {
                fresh.push(mix.clone());
            }
        }
        if fresh.is_empty() {
            return Ok(());
        }
        let outcomes = evaluate.evaluate(&fresh)?;
        if outcomes.len() != fresh.len() {
            let what = format!("{} mixes were to be evaluated, and {} outcomes came back", fresh.len(), outcomes.len());
            return Err(Error::new(Kind::Internal, what, "return one outcome for each mix, in their order").into());
        }
        for (mix, outcome) in fresh.into_iter().zip(outcomes) {
            self.places.insert(mix.clone(), self.all.len());
            let mean = MeanOutcome::of(&outcome);
            self.all.push(EvaluatedMix { mix, outcome, mean });
        }
        Ok(())
    }

    /// All of them, in the order of their evaluation.
    pub fn all(&self) -> &[EvaluatedMix] {
        &self.all
    }

    /// The evaluation of a mix.
    pub fn get(&self, mix: &MixChoice) -> Option<&EvaluatedMix> {
        self.places.get(mix).and_then(|at| self.all.get(*at))
    }

    /// The mix with the most effect under a budget and limits; of equal ones the cheapest, then the first. `None` if no mix
    /// fits.
    pub fn best(&self, budget: f64, limits: &[MixLimit]) -> Option<&EvaluatedMix> {
        let fitting = self.all.iter().filter(|it| it.mean.fits(budget, limits));
        fitting.reduce(|best, it| {
            let (own, best_so_far) = (&it.mean, &best.mean);
            let is_better =
                own.effect > best_so_far.effect || (own.effect == best_so_far.effect && own.cost < best_so_far.cost);
            if is_better { it } else { best }
        })
    }

    /// The efficient frontier: mixes within the limits than which no other one has as much effect for as little money. By
    /// cost, the cheapest first.
    pub fn frontier(&self, limits: &[MixLimit]) -> Vec<&EvaluatedMix> {
        let mut fitting: Vec<&EvaluatedMix> =
            self.all.iter().filter(|it| it.mean.fits(f64::INFINITY, limits)).collect();
        // The sort is stable: of mixes with equal outcomes the first stays.
        fitting.sort_by(|a, b| a.mean.cost.total_cmp(&b.mean.cost).then(b.mean.effect.total_cmp(&a.mean.effect)));
        let mut most = f64::NEG_INFINITY;
        fitting.retain(|it| {
            let is_better = it.mean.effect > most;
            most = most.max(it.mean.effect);
            is_better
        });
        fitting
    }

    /// Share of draws and replicates in which a mix has more effect than every other evaluated mix that fits the budget and
    /// the limits; ties are shared.
    pub fn certainty(&self, mix: &EvaluatedMix, budget: f64, limits: &[MixLimit]) -> f64 {
        let rivals: Vec<&EvaluatedMix> = self.all.iter().filter(|it| it.mean.fits(budget, limits)).collect();
        let of = |at: usize| {
            let own = mix.outcome.effect.get(at).copied().unwrap_or(f64::NAN);
            let effects = || rivals.iter().filter_map(|it| it.outcome.effect.get(at).copied());
            if effects().any(|other| other > own) {
                return 0.0;
            }
            1.0 / effects().filter(|other| *other == own).count().max(1) as f64
        };
        let draws = mix.outcome.effect.len();
        (0..draws).map(of).sum::<f64>() / draws.max(1) as f64
    }

    /// At most `keep` mixes for a stage with less noise: the best under each budget, the frontier, and then those closest to
    /// it, measured in standard errors of the paired difference. The comparator is always among them.
    pub fn promising(&self, settings: &SearchSettings, keep: usize) -> Vec<MixChoice> {
        let limits = &settings.limits;
        let frontier = self.frontier(limits);
        let mut chosen: Vec<MixChoice> =
            self.all.first().map(|it| MixChoice::comparator(it.mix.0.len())).into_iter().collect();
        let mut choose = |mix: &MixChoice| {
            if chosen.len() < keep.max(1) && !chosen.contains(mix) {
                chosen.push(mix.clone());
            }
        };
        settings.budgets.iter().filter_map(|budget| self.best(*budget, limits)).for_each(|it| choose(&it.mix));
        let most = settings.budgets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let affordable: Vec<&&EvaluatedMix> = frontier.iter().filter(|it| it.mean.fits(most, limits)).collect();
        // A long frontier is thinned evenly, so that a part of the room is left for the mixes close to it.
        let room = (keep / 2).max(1);
        let step = affordable.len().div_ceil(room).max(1);
        affordable.iter().rev().step_by(step).for_each(|it| choose(&it.mix));
        let mut near: Vec<(f64, usize)> = Vec::new();
        for (at, it) in self.all.iter().enumerate().filter(|(_, it)| it.mean.fits(most, limits)) {
            let rival = frontier.iter().rev().find(|rival| rival.mean.cost <= it.mean.cost);
            near.push((rival.map_or(0.0, |rival| behind(it, rival)), at));
        }
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.iter().filter_map(|(_, at)| self.all.get(*at)).for_each(|it| choose(&it.mix));
        chosen
    }
}

/// By how many standard errors a mix has less effect than another one, from the differences of each draw; with one draw, by
/// which share of the other's effect.
fn behind(mix: &EvaluatedMix, rival: &EvaluatedMix) -> f64 {
    let differences: Vec<f64> =
        rival.outcome.effect.iter().zip(&mix.outcome.effect).map(|(rival, own)| rival - own).collect();
    let number = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / number.max(1.0);
    if differences.len() < 2 {
        return mean / rival.mean.effect.abs().max(f64::MIN_POSITIVE);
    }
    let squares: f64 = differences.iter().map(|it| (it - mean) * (it - mean)).sum();
    let error = (squares / (number - 1.0) / number).sqrt();
    if error > 0.0 { mean / error } else { mean.signum() * f64::INFINITY }
}

/// Searches for the best mixes. `levels` has the number of levels of each lever, level 0 included. Returns all mixes that
/// were evaluated; [`EvaluatedMixes::frontier`] and [`EvaluatedMixes::best`] select from them.
///
/// # Errors
/// As [`Evaluate::evaluate`].
pub fn search(levels: &[usize], settings: &SearchSettings, evaluate: &mut dyn Evaluate) -> Result<EvaluatedMixes> {
    let mut it = MixSearch { levels, settings, evaluate, mixes: EvaluatedMixes::default() };
    let comparator = MixChoice::comparator(levels.len());
    let singles = it.changes(&comparator);
    it.take(&[vec![comparator.clone()], singles].concat())?;
    it.climb(comparator)?;
    let mut budgets = settings.budgets.clone();
    budgets.sort_by(f64::total_cmp);
    budgets.iter().try_for_each(|budget| it.exchange(*budget))?;
    Ok(it.mixes)
}

/// Every mix: all combinations of levels, the comparator first. `None` if there are more than `most`.
pub fn every_mix(levels: &[usize], most: usize) -> Option<Vec<MixChoice>> {
    let number = levels.iter().try_fold(1_usize, |all, levels| all.checked_mul(*levels))?;
    (number <= most).then(|| {
        let of = |mut at: usize| {
            let mut mix = Vec::with_capacity(levels.len());
            for levels in levels {
                mix.push(at % levels);
                at /= levels;
            }
            MixChoice(mix)
        };
        (0..number).map(of).collect()
    })
}

/// A search in progress.
struct MixSearch<'a> {
    levels: &'a [usize],
    settings: &'a SearchSettings,
    evaluate: &'a mut dyn Evaluate,
    mixes: EvaluatedMixes,
}

impl MixSearch<'_> {
    fn take(&mut self, mixes: &[MixChoice]) -> Result<()> {
        self.mixes.take(mixes, self.evaluate)
    }

    /// Mixes that differ from a mix in one lever.
    fn changes(&self, from: &MixChoice) -> Vec<MixChoice> {
        let levers = self.levels.iter().enumerate();
        let of = |(lever, levels): (usize, &usize)| {
            let own = from.0.get(lever).copied();
            (0..*levels).filter(move |level| Some(*level) != own).map(move |level| (lever, level))
        };
        levers.flat_map(of).map(|(lever, level)| from.with(lever, level)).collect()
    }

    /// Mixes that differ from a mix in up to [`EXCHANGED`] levers; all mixes if there are few.
    fn neighbours(&self, from: &MixChoice) -> Vec<MixChoice> {
        if let Some(all) = every_mix(self.levels, ALL_COMPARED) {
            return all.into_iter().filter(|mix| mix != from).collect();
        }
        let mut all: Vec<MixChoice> = Vec::new();
        let mut latest = vec![(0, from.clone())];
        for _ in 0..EXCHANGED {
            let mut next = Vec::new();
            for (first, mix) in &latest {
                // Levers are changed in their order, so that each combination comes once.
                for lever in *first..self.levels.len() {
                    let changed = self.changes(mix).into_iter().filter(|it| it.0.get(lever) != mix.0.get(lever));
                    next.extend(changed.map(|mix| (lever + 1, mix)));
                }
            }
            all.extend(next.iter().map(|(_, mix)| mix.clone()));
            latest = next;
        }
        all
    }

    /// The outcome that a mix probably has: that of the most similar evaluated mixes, plus the separate effects of the
    /// levers in which they differ.
    fn predicted(&self, mix: &MixChoice) -> MeanOutcome {
        let nearest = self.mixes.all.iter().map(|it| it.mix.distance(mix)).min().unwrap_or(0);
        let near: Vec<&EvaluatedMix> = self.mixes.all.iter().filter(|it| it.mix.distance(mix) == nearest).collect();
        let parts = near.first().map_or(0, |it| it.mean.parts.len());
        let mut sum = MeanOutcome { effect: 0.0, cost: 0.0, parts: vec![0.0; parts] };
        let share = 1.0 / near.len().max(1) as f64;
        for it in near {
            sum.add(share, &it.mean);
            for (lever, (from, to)) in it.mix.0.iter().zip(&mix.0).enumerate().filter(|(_, (from, to))| from != to) {
                sum.add(-share, self.alone(lever, *from));
                sum.add(share, self.alone(lever, *to));
            }
        }
        sum
    }

    /// The outcome of one lever at a level, all others as in the comparator.
    fn alone(&self, lever: usize, level: usize) -> &MeanOutcome {
        let mix = MixChoice::comparator(self.levels.len()).with(lever, level);
        &self.mixes.get(&mix).expect("every change of one lever was evaluated first").mean
    }

    /// Outcome of a mix as evaluated, or else as predicted.
    fn expected(&self, mix: &MixChoice) -> MeanOutcome {
        self.mixes.get(mix).map_or_else(|| self.predicted(mix), |it| it.mean.clone())
    }

    /// Greedy: the change with the most effect per additional euro, again and again.
    fn climb(&mut self, from: MixChoice) -> Result<()> {
        let most = self.settings.budgets.iter().copied().fold(0.0, f64::max);
        let mut here = from;
        loop {
            let now = self.expected(&here);
            let mut ranked: Vec<(f64, MixChoice)> = Vec::new();
            for mix in self.changes(&here) {
                let expected = self.expected(&mix);
                let worth = expected.worth(&now).filter(|_| expected.cost <= most + ROUNDING);
                ranked.extend(worth.map(|worth| (worth, mix)));
            }
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
            let first: Vec<MixChoice> = ranked.into_iter().take(self.settings.breadth).map(|(_, mix)| mix).collect();
            self.take(&first)?;
            let mut best: Option<(f64, f64, &EvaluatedMix)> = None;
            for it in first.iter().filter_map(|mix| self.mixes.get(mix)).filter(|it| it.mean.cost <= most + ROUNDING) {
                let Some(worth) = it.mean.worth(&now) else { continue };
                let is_better = best.is_none_or(|(known, effect, _)| (worth, it.mean.effect) > (known, effect));
                if is_better {
                    best = Some((worth, it.mean.effect, it));
                }
            }
            let Some((_, _, next)) = best else { return Ok(()) };
            here = next.mix.clone();
        }
    }

    /// Exchange under a budget: evaluates the mixes that probably have more effect than the best one known.
    fn exchange(&mut self, budget: f64) -> Result<()> {
        let limits = &self.settings.limits;
        for _ in 0..self.settings.rounds {
            let Some(best) = self.mixes.best(budget, limits) else { return Ok(()) };
            let mut ranked: Vec<(f64, MixChoice)> = Vec::new();
            for mix in self.neighbours(&best.mix).into_iter().filter(|mix| self.mixes.get(mix).is_none()) {
                let expected = self.predicted(&mix);
                if expected.effect > best.mean.effect && expected.fits(budget, limits) {
                    ranked.push((expected.effect, mix));
                }
            }
            if ranked.is_empty() {
                return Ok(());
            }
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
            let first: Vec<MixChoice> = ranked.into_iter().take(self.settings.breadth).map(|(_, mix)| mix).collect();
            self.take(&first)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measures whose effects add up but for interactions between pairs: two that reach the same families have less effect
    /// together, two that lead to each other more.
    struct Toy {
        levels: Vec<usize>,
        effect: Vec<Vec<f64>>,
        cost: Vec<Vec<f64>>,
        /// By pair of levers: share of the smaller effect that is added or lost when both are above level 0.
        pairs: Vec<(usize, usize, f64)>,
        evaluated: usize,
    }

    /// Numbers from 0 to 1, the same on every machine (Lehmer, modulus 2^31 - 1).
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> f64 {
            self.0 = self.0 * 48_271 % 0x7fff_ffff;
            self.0 as f64 / f64::from(0x7fff_ffff_u32)
        }
    }

    impl Toy {
        fn random(seed: u64) -> Toy {
            let mut numbers = Numbers(seed * 7919 + 1);
            for _ in 0..10 {
                numbers.next();
            }
            let levers = 3 + (numbers.next() * 4.0) as usize;
            let levels: Vec<usize> = (0..levers).map(|_| 2 + usize::from(numbers.next() < 0.4)).collect();
            let mut rising = |most: f64| -> Vec<Vec<f64>> {
                let mut of = |levels: usize| {
                    let mut sum = 0.0;
                    let mut steps = vec![0.0];
                    for _ in 1..levels {
                        sum += most * (0.05 + numbers.next());
                        steps.push(sum);
                    }
                    steps
                };
                levels.iter().map(|levels| of(*levels)).collect()
            };
            let (effect, cost) = (rising(100.0), rising(3e6));
            let mut pairs = Vec::new();
            for first in 0..levers {
                for second in first + 1..levers {
                    if numbers.next() < 0.5 {
                        pairs.push((first, second, 1.2 * numbers.next() - 0.8));
                    }
                }
            }
            Toy { levels, effect, cost, pairs, evaluated: 0 }
        }

        fn outcome(&self, mix: &MixChoice) -> MixOutcome {
            let at = |of: &[Vec<f64>], lever: usize| of[lever][mix.0[lever]];
            let sum = |of: &[Vec<f64>]| (0..mix.0.len()).map(|lever| at(of, lever)).sum::<f64>();
            let together = |&(a, b, share): &(usize, usize, f64)| share * at(&self.effect, a).min(at(&self.effect, b));
            let effect = sum(&self.effect) + self.pairs.iter().map(together).sum::<f64>();
            let parts = (0..mix.0.len()).map(|lever| at(&self.cost, lever)).collect();
            // Two draws that differ in the size of all effects.
            MixOutcome { effect: vec![0.8 * effect, 1.2 * effect], cost: vec![sum(&self.cost); 2], parts }
        }
    }

    impl Evaluate for Toy {
        fn evaluate(&mut self, mixes: &[MixChoice]) -> Result<Vec<MixOutcome>> {
            self.evaluated += mixes.len();
            Ok(mixes.iter().map(|mix| self.outcome(mix)).collect())
        }
    }

    fn settings(budgets: &[f64], limits: Vec<MixLimit>) -> SearchSettings {
        SearchSettings { budgets: budgets.to_vec(), limits, breadth: 4, rounds: 4 }
    }

    fn exhaustive(toy: &mut Toy) -> EvaluatedMixes {
        let all = every_mix(&toy.levels, 100_000).expect("few mixes");
        let mut mixes = EvaluatedMixes::default();
        mixes.take(&all, toy).expect("a toy does not fail");
        mixes
    }

    #[test]
    fn the_search_finds_what_exhaustive_search_finds_with_a_part_of_the_evaluations() {
        const BUDGETS: [f64; 4] = [1e6, 3e6, 6e6, 9e6];
        let (mut same, mut all, mut share, mut worst) = (0, 0, 0.0, 1.0_f64);
        for seed in 1..=200 {
            let mut toy = Toy::random(seed);
            let whole = exhaustive(&mut toy);
            toy.evaluated = 0;
            let found = search(&toy.levels.clone(), &settings(&BUDGETS, vec![]), &mut toy).expect("no fault");
            share += toy.evaluated as f64 / whole.all().len() as f64;
            for budget in BUDGETS {
                let best = |mixes: &EvaluatedMixes| mixes.best(budget, &[]).expect("the comparator fits").mean.effect;
                let (own, most) = (best(&found), best(&whole));
                all += 1;
                same += usize::from(own == most);
                worst = worst.min(if most > 0.0 { own / most } else { 1.0 });
            }
        }
        assert!(same * 100 >= all * 95, "{same} of {all} are the same");
        assert!(worst > 0.85, "the worst has {worst} of the effect");
        assert!(share < 0.5 * 200.0, "{} of the mixes were evaluated", share / 200.0);
    }

    #[test]
    fn of_many_measures_few_mixes_are_evaluated() {
        // Eight toys side by side: more levers than exhaustive search can compare.
        let toys: Vec<Toy> = (1..=4).map(Toy::random).collect();
        let mut toy = Toy { levels: vec![], effect: vec![], cost: vec![], pairs: vec![], evaluated: 0 };
        for one in toys {
            let first = toy.levels.len();
            toy.pairs.extend(one.pairs.iter().map(|(a, b, share)| (a + first, b + first, *share)));
            toy.levels.extend(one.levels);
            toy.effect.extend(one.effect);
            toy.cost.extend(one.cost);
        }
        assert!(every_mix(&toy.levels, 50_000).is_none(), "{:?}", toy.levels);
        let levels = toy.levels.clone();
        let found = search(&levels, &settings(&[5e6, 15e6], vec![]), &mut toy).expect("no fault");
        assert!(toy.evaluated < 400, "{}", toy.evaluated);
        // No change of one lever and no exchange of two improves on what was found.
        for budget in [5e6, 15e6] {
            let best = found.best(budget, &[]).expect("the comparator fits");
            let singles = |mix: &MixChoice| {
                let levers = levels.iter().enumerate();
                let all = levers.flat_map(|(lever, levels)| (0..*levels).map(move |level| (lever, level)));
                all.map(|(lever, level)| mix.with(lever, level)).collect::<Vec<_>>()
            };
            let near = singles(&best.mix).into_iter().flat_map(|mix| singles(&mix));
            let better = near.map(|mix| MeanOutcome::of(&toy.outcome(&mix))).filter(|it| it.fits(budget, &[]));
            let most = better.map(|it| it.effect).fold(0.0, f64::max);
            assert!(best.mean.effect >= 0.98 * most, "{} and {most}", best.mean.effect);
        }
    }

    #[test]
    fn limits_of_payers_and_shares_of_groups_hold_and_cost_little_effect() {
        let (mut same, mut all) = (0, 0);
        for seed in 1..=100 {
            let mut toy = Toy::random(seed);
            let parts = toy.levels.len();
            let one = |at: usize| (0..parts).map(|part| f64::from(u8::from(part == at))).collect::<Vec<f64>>();
            // The first lever takes at most a million; the second at least a fifth of all money.
            let share = (0..parts).map(|part| if part == 1 { 0.2 - 1.0 } else { 0.2 }).collect();
            let limits = vec![MixLimit { weights: one(0), most: 1e6 }, MixLimit { weights: share, most: 0.0 }];
            let whole = exhaustive(&mut toy);
            let found =
                search(&toy.levels.clone(), &settings(&[4e6, 8e6], limits.clone()), &mut toy).expect("no fault");
            for budget in [4e6, 8e6] {
                let best =
                    |mixes: &EvaluatedMixes| mixes.best(budget, &limits).expect("the comparator fits").mean.clone();
                let (own, most) = (best(&found), best(&whole));
                assert!(own.cost <= budget + 1.0 && own.parts[0] <= 1e6 + 1.0, "{own:?}");
                assert!(own.parts[1] >= 0.2 * own.cost - 1.0, "{own:?}");
                all += 1;
                same += usize::from(own.effect == most.effect);
            }
        }
        assert!(same * 100 >= all * 90, "{same} of {all}");
    }

    #[test]
    fn the_same_question_has_the_same_answer_and_each_mix_is_evaluated_once() {
        let run = || {
            let mut toy = Toy::random(7);
            let found = search(&toy.levels.clone(), &settings(&[2e6, 7e6], vec![]), &mut toy).expect("no fault");
            (found, toy.evaluated)
        };
        let (first, evaluated) = run();
        assert_eq!(first, run().0);
        assert_eq!(first.all().len(), evaluated);
        assert_eq!(first.all()[0].mix, MixChoice::comparator(first.all()[0].mix.0.len()));
    }

    /// Mixes of one lever with these effects by draw and costs.
    fn evaluated(outcomes: &[(&[f64], f64)]) -> EvaluatedMixes {
        struct Fixed<'a>(&'a [(&'a [f64], f64)]);
        impl Evaluate for Fixed<'_> {
            fn evaluate(&mut self, mixes: &[MixChoice]) -> Result<Vec<MixOutcome>> {
                let of = |mix: &MixChoice| {
                    let (effect, cost) = self.0[mix.0[0]];
                    MixOutcome { effect: effect.to_vec(), cost: vec![cost; effect.len()], parts: vec![] }
                };
                Ok(mixes.iter().map(of).collect())
            }
        }
        let mut mixes = EvaluatedMixes::default();
        let all: Vec<MixChoice> = (0..outcomes.len()).map(|level| MixChoice(vec![level])).collect();
        mixes.take(&all, &mut Fixed(outcomes)).expect("no fault");
        mixes
    }

    #[test]
    fn a_frontier_has_no_mix_that_another_one_beats() {
        let mixes = evaluated(&[
            (&[0.0, 0.0], 0.0),
            (&[4.0, 6.0], 10.0),
            (&[3.0, 5.0], 20.0),
            (&[9.0, 9.0], 30.0),
            (&[1.0, 3.0], -5.0),
        ]);
        let levels: Vec<usize> = mixes.frontier(&[]).iter().map(|it| it.mix.0[0]).collect();
        // The last one saves money and has effect: the comparator is beaten.
        assert_eq!(levels, [4, 1, 3]);
        assert_eq!(mixes.best(25.0, &[]).map(|it| it.mix.0[0]), Some(1));
        assert_eq!(mixes.best(-10.0, &[]), None);
    }

    #[test]
    fn certainty_is_the_share_of_draws_in_which_a_mix_is_best() {
        let mixes = evaluated(&[(&[0.0; 4], 0.0), (&[4.0, 4.0, 1.0, 4.0], 5.0), (&[3.0, 3.0, 9.0, 4.0], 5.0)]);
        let of = |at: usize| mixes.certainty(&mixes.all()[at], 5.0, &[]);
        assert_eq!((of(0), of(1), of(2)), (0.0, 0.625, 0.375));
        assert_eq!(mixes.certainty(&mixes.all()[0], 1.0, &[]), 1.0, "no other mix fits");
    }

    #[test]
    fn what_may_be_best_goes_on_to_the_next_stage_and_what_is_clearly_worse_does_not() {
        let mixes = evaluated(&[
            (&[0.0, 0.0, 0.0], 0.0),
            (&[5.0, 5.2, 5.1], 10.0),
            (&[1.0, 1.1, 0.9], 10.0),
            (&[4.0, 6.0, 5.0], 10.0),
            (&[8.0, 8.5, 8.2], 20.0),
        ]);
        let settings = SearchSettings { budgets: vec![10.0, 20.0], limits: vec![], breadth: 1, rounds: 1 };
        let kept = |keep: usize| {
            let chosen = mixes.promising(&settings, keep);
            chosen.iter().map(|mix| mix.0[0]).collect::<Vec<_>>()
        };
        assert_eq!(kept(4), [0, 1, 4, 3]);
        assert_eq!(kept(2), [0, 1]);
        assert_eq!(kept(9).len(), 5, "all of them");
    }

    #[test]
    fn a_fault_of_the_simulation_ends_the_search() {
        struct Broken;
        impl Evaluate for Broken {
            fn evaluate(&mut self, _: &[MixChoice]) -> Result<Vec<MixOutcome>> {
                Err(crate::error::Error::data("broken", "").into())
            }
        }
        assert!(search(&[2, 2], &settings(&[1.0], vec![]), &mut Broken).is_err());
        struct Silent;
        impl Evaluate for Silent {
            fn evaluate(&mut self, _: &[MixChoice]) -> Result<Vec<MixOutcome>> {
                Ok(Vec::new())
            }
        }
        let said = search(&[2, 2], &settings(&[1.0], vec![]), &mut Silent).expect_err("no outcomes").to_string();
        assert!(said.starts_with("3 mixes were to be evaluated, and 0 outcomes came back"), "{said}");
    }
}

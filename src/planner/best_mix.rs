//! The answer to a question about the best mix: stages of search, from many mixes in a small simulation to few in a large
//! one, and the mixes on the efficient frontier with their uncertainty.

use serde::{Deserialize, Serialize};

use super::frontier::{Evaluate, EvaluatedMix, EvaluatedMixes, MixChoice, MixOutcome, every_mix, search};
use super::question::OptimiseQuestion;
use super::simulated::SimulatedMixes;
use crate::error::{Error, Kind, Result};
use crate::experiment::{self, Conditions, Ending};
use crate::stats::pairs::{Design, Mean, Pair};
use crate::store::{Run, Store};

/// Most levers of a grid of mixes.
pub const GRID_LEVERS: usize = 8;
/// Most mixes of a grid that has all combinations.
pub const GRID_MIXES: usize = 256;
/// Simulating the comparator of a stage takes about as long as this many mixes beside it.
const COMPARATOR_WORK: usize = 15;

/// A mix of the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnsweredMix {
    /// The mix.
    pub choice: MixChoice,
    /// Name of its scenario.
    pub scenario: String,
    /// Reduction of the figure, in real persons or events over all simulated years; more is better.
    pub effect: Mean,
    /// Euro a year in addition to the status quo.
    pub cost: Mean,
    /// Mean euro a year by part, in the order of [`OptimiseQuestion::parts`].
    pub parts: Vec<f64>,
    /// Whether it is on the efficient frontier.
    pub on_frontier: bool,
    /// Budgets under which it is the best mix, each with the share of draws and replicates in which no other evaluated mix
    /// of the last stage has more effect.
    pub best_under: Vec<(f64, f64)>,
}

/// A stage as it was carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageResult {
    /// Simulated persons per real person.
    pub scale: f64,
    /// Draws and replicates of each mix.
    pub pairs: usize,
    /// The figure under the comparator, real persons or events over all years.
    pub comparator: f64,
    /// All mixes that were evaluated, by cost.
    pub mixes: Vec<AnsweredMix>,
}

/// The answer to a question.
#[derive(Clone, Debug)]
pub struct BestMixes {
    /// The stages, in order; the last one has the answer.
    pub stages: Vec<StageResult>,
    /// The run with the mixes of the frontier, for a report.
    pub run: Run,
}

/// How answering ended.
#[derive(Clone, Debug)]
pub enum OptimiseEnding {
    /// The answer is complete.
    Answered(Box<BestMixes>),
    /// Stopped by the caller; the same command continues from the stored simulations.
    Stopped,
}

/// How far a search is.
#[derive(Clone, Copy, Debug)]
pub struct SearchSeen<'a> {
    /// Number of mixes that were simulated in this stage.
    pub mixes: usize,
    /// Share of all stages that is done, 0 to 1: an estimate, since the search may end early.
    pub share: f64,
    /// Share of all stages that is being simulated now, beyond `share`.
    pub running: f64,
    /// The stage that was completed now, if one was.
    pub completed: Option<&'a StageResult>,
}

/// Simulates the mixes of a stage, and reports how far the search is.
struct SeenMixes<'a, 'b> {
    simulated: SimulatedMixes<'a>,
    seen: &'b dyn Fn(&SearchSeen<'_>),
    /// Shares of all stages: that of the stages before, and that of this stage.
    span: (f64, f64),
    /// Most mixes that this stage probably simulates.
    expected: usize,
    mixes: usize,
}

impl SeenMixes<'_, '_> {
    /// Share of all stages after this many mixes of the stage.
    fn share(&self, mixes: usize) -> f64 {
        let done = if mixes == 0 { 0 } else { mixes + COMPARATOR_WORK };
        let share = done as f64 / (self.expected + COMPARATOR_WORK) as f64;
        self.span.0 + self.span.1 * share.min(1.0)
    }
}

impl Evaluate for SeenMixes<'_, '_> {
    fn evaluate(&mut self, mixes: &[MixChoice]) -> Result<Vec<MixOutcome>> {
        let (share, after) = (self.share(self.mixes), self.share(self.mixes + mixes.len()));
        (self.seen)(&SearchSeen { mixes: self.mixes, share, running: after - share, completed: None });
        let outcomes = self.simulated.evaluate(mixes)?;
        self.mixes += mixes.len();
        (self.seen)(&SearchSeen { mixes: self.mixes, share: after, running: 0.0, completed: None });
        Ok(outcomes)
    }
}

impl BestMixes {
    /// The last stage, which has the answer.
    pub fn answer(&self) -> &StageResult {
        self.stages.last().expect("a question has at least one stage")
    }
}

impl StageResult {
    /// The mixes of the efficient frontier, the cheapest first.
    pub fn frontier(&self) -> Vec<&AnsweredMix> {
        self.mixes.iter().filter(|mix| mix.on_frontier).collect()
    }

    /// The best mix under a budget of the question, with its certainty.
    pub fn best(&self, budget: f64) -> Option<(&AnsweredMix, f64)> {
        let share = |mix: &AnsweredMix| mix.best_under.iter().find(|(own, _)| *own == budget).map(|(_, share)| *share);
        self.mixes.iter().find_map(|mix| Some((mix, share(mix)?)))
    }

    fn of(
        question: &OptimiseQuestion,
        stage: usize,
        mixes: &EvaluatedMixes,
        simulated: &SimulatedMixes<'_>,
    ) -> StageResult {
        let settings = question.settings();
        let pairs = simulated.pairs();
        let frontier: Vec<&MixChoice> = mixes.frontier(&settings.limits).iter().map(|it| &it.mix).collect();
        let answered = |it: &EvaluatedMix| {
            let best_under = settings.budgets.iter().filter_map(|budget| {
                let best = mixes.best(*budget, &settings.limits).filter(|best| best.mix == it.mix)?;
                Some((*budget, mixes.certainty(best, *budget, &settings.limits)))
            });
            Some(AnsweredMix {
                choice: it.mix.clone(),
                scenario: question.space.name(&it.mix),
                effect: mean(&pairs, &it.outcome.effect)?,
                cost: mean(&pairs, &it.outcome.cost)?,
                parts: it.mean.parts.clone(),
                on_frontier: frontier.contains(&&it.mix),
                best_under: best_under.collect(),
            })
        };
        let mut answered: Vec<AnsweredMix> = mixes.all().iter().filter_map(answered).collect();
        answered.sort_by(|a, b| a.cost.mean.total_cmp(&b.cost.mean).then(a.effect.mean.total_cmp(&b.effect.mean)));
        let scale = question.file.stages.get(stage).map_or(1.0, |stage| stage.scale);
        StageResult { scale, pairs: pairs.len(), comparator: simulated.comparator_figure(), mixes: answered }
    }
}

fn mean(pairs: &[Pair], values: &[f64]) -> Option<Mean> {
    Mean::of(&pairs.iter().copied().zip(values.iter().copied()).collect(), Design::Nested)
}

/// Answers a question: searches in the first stage, compares the most promising mixes again in each further stage, and
/// writes the frontier of the last stage as a run into the store. The same question has the same answer.
///
/// # Errors
/// Faults of the model under a mix; a largest budget below the cheapest measure; a stage too small for its figure; a full,
/// read-only or failing disk.
pub fn optimise(question: &OptimiseQuestion, store: &Store, conditions: &Conditions<'_>) -> Result<OptimiseEnding> {
    optimise_seen(question, store, conditions, &|_| {})
}

/// The same, and calls `seen` whenever the search is further.
///
/// # Errors
/// As [`optimise`].
pub fn optimise_seen(
    question: &OptimiseQuestion,
    store: &Store,
    conditions: &Conditions<'_>,
    seen: &dyn Fn(&SearchSeen<'_>),
) -> Result<OptimiseEnding> {
    let last = question.file.stages.len() - 1;
    let mut stages: Vec<StageResult> = Vec::new();
    let mut promising: Vec<MixChoice> = Vec::new();
    for stage in 0..=last {
        let found = match one_stage(question, stage, &promising, (store, conditions), seen) {
            Ok(found) => found,
            Err(errors) if errors.0.iter().all(|error| error.kind == Kind::Interrupted) => {
                return Ok(OptimiseEnding::Stopped);
            }
            Err(errors) => return Err(errors),
        };
        promising = found.1;
        stages.push(found.0);
    }
    let Some(answer) = stages.last() else { return Ok(OptimiseEnding::Stopped) };
    let shown: Vec<MixChoice> = answer
        .mixes
        .iter()
        .filter(|mix| mix.on_frontier || !mix.best_under.is_empty())
        .map(|mix| mix.choice.clone())
        .collect();
    match run(question, &shown, "-best", store, conditions)? {
        Ending::Whole(run) => Ok(OptimiseEnding::Answered(Box::new(BestMixes { stages, run: *run }))),
        Ending::Stopped { .. } => Ok(OptimiseEnding::Stopped),
    }
}

/// A stage: the search in the first one, a comparison of the promising mixes in the others. Returns its result, and the
/// mixes that are promising after it.
fn one_stage(
    question: &OptimiseQuestion,
    stage: usize,
    promising: &[MixChoice],
    (store, conditions): (&Store, &Conditions<'_>),
    seen: &dyn Fn(&SearchSeen<'_>),
) -> Result<(StageResult, Vec<MixChoice>)> {
    let settings = question.settings();
    let (expected, span) = spans(question, stage);
    let simulated = SimulatedMixes::new(question, stage, store, conditions);
    let mut simulated = SeenMixes { simulated, seen, span, expected, mixes: 0 };
    let mixes = if stage == 0 {
        search(&question.space.levels(), &settings, &mut simulated)?
    } else {
        let mut mixes = EvaluatedMixes::default();
        mixes.take(promising, &mut simulated)?;
        mixes
    };
    if stage == 0 {
        check_budgets(question, &mixes)?;
    }
    conditions.watch.says(&format!(
        "stage {} of {}: {} mixes at scale {}, {} on the frontier",
        stage + 1,
        question.file.stages.len(),
        mixes.all().len(),
        question.file.stages[stage].scale,
        mixes.frontier(&settings.limits).len()
    ));
    let result = StageResult::of(question, stage, &mixes, &simulated.simulated);
    let share = span.0 + span.1;
    seen(&SearchSeen { mixes: simulated.mixes, share, running: 0.0, completed: Some(&result) });
    Ok((result, mixes.promising(&settings, question.file.search.keep)))
}

/// Most mixes that a stage probably simulates, and the shares of all stages that lie before it and in it.
fn spans(question: &OptimiseQuestion, stage: usize) -> (usize, (f64, f64)) {
    let size = question.file.search;
    let mixes = |stage: usize| {
        let levels = question.space.levels();
        let singles: usize = levels.iter().map(|levels| levels.saturating_sub(1)).sum();
        // A climb changes about half of the measures, and each step of it knows a part of its mixes already.
        let searched = 1 + singles + size.breadth * (levels.len() / 2 + size.rounds * question.file.budget.euro.len());
        if stage == 0 { searched } else { size.keep }
    };
    let work = |(at, stage): (usize, &super::optimise_file::SearchStage)| {
        let simulations = f64::from(stage.draws.max(1)) * f64::from(stage.replicates);
        (mixes(at) + COMPARATOR_WORK) as f64 * stage.scale * simulations
    };
    let all: Vec<f64> = question.file.stages.iter().enumerate().map(work).collect();
    let sum: f64 = all.iter().sum();
    let before: f64 = all.iter().take(stage).sum();
    (mixes(stage), (before / sum, all.get(stage).copied().unwrap_or_default() / sum))
}

/// Runs some mixes as an experiment with the size of the last stage.
fn run(
    question: &OptimiseQuestion,
    mixes: &[MixChoice],
    what: &str,
    store: &Store,
    conditions: &Conditions<'_>,
) -> Result<Ending> {
    let text = question.experiment(question.file.stages.len() - 1, mixes, what)?;
    experiment::run(&experiment::plan_text(text, &[])?, store, conditions)
}

/// Runs a grid of the mixes of a question as one experiment with the size of the last stage: all combinations if there are
/// at most [`GRID_MIXES`], otherwise every measure and every pair of measures at each of their levels, and all measures
/// together at their highest level. For a page that answers without simulating; with all combinations, its frontier is
/// that of exhaustive search.
///
/// # Errors
/// More than [`GRID_LEVERS`] measures; as [`optimise`].
pub fn grid(question: &OptimiseQuestion, store: &Store, conditions: &Conditions<'_>) -> Result<OptimiseEnding> {
    let levels = question.space.levels();
    if levels.len() > GRID_LEVERS {
        let what = format!("a grid of {} measures is too large for one page", levels.len());
        let cure = format!("give at most {GRID_LEVERS} measures");
        return Err(question.fault("/measures", what, cure).into());
    }
    let all = grid_mixes(&levels);
    let Ending::Whole(run) = run(question, &all, "-grid", store, conditions)? else {
        return Ok(OptimiseEnding::Stopped);
    };
    let last = question.file.stages.len() - 1;
    let mut simulated = SimulatedMixes::new(question, last, store, conditions);
    let mut mixes = EvaluatedMixes::default();
    mixes.take(&all, &mut simulated)?;
    let stages = vec![StageResult::of(question, last, &mixes, &simulated)];
    Ok(OptimiseEnding::Answered(Box::new(BestMixes { stages, run: *run })))
}

/// The mixes of a grid with these levels of each lever.
fn grid_mixes(levels: &[usize]) -> Vec<MixChoice> {
    if let Some(all) = every_mix(levels, GRID_MIXES) {
        return all;
    }
    let comparator = MixChoice::comparator(levels.len());
    let raised = |from: &MixChoice, first: usize| -> Vec<(usize, MixChoice)> {
        let levers = levels.iter().enumerate().skip(first);
        let all = levers.flat_map(|(lever, levels)| (1..*levels).map(move |level| (lever, level)));
        all.map(|(lever, level)| (lever + 1, from.with(lever, level))).collect()
    };
    let singles = raised(&comparator, 0);
    let pairs: Vec<(usize, MixChoice)> = singles.iter().flat_map(|(next, mix)| raised(mix, *next)).collect();
    let top = MixChoice(levels.iter().map(|levels| levels - 1).collect());
    let all = singles.into_iter().chain(pairs).map(|(_, mix)| mix);
    std::iter::once(comparator).chain(all).chain([top]).collect()
}

/// Checks that the largest budget buys a measure.
fn check_budgets(question: &OptimiseQuestion, mixes: &EvaluatedMixes) -> Result<()> {
    let budgets = &question.file.budget.euro;
    let most = budgets.iter().copied().fold(0.0, f64::max);
    // A measure that changes nothing at this scale costs nothing, and says nothing about prices.
    let changing = mixes.all().iter().filter(|it| it.mean.cost != 0.0 || it.mean.effect != 0.0);
    let cheapest = changing.reduce(|best, it| if it.mean.cost < best.mean.cost { it } else { best });
    let Some(cheapest) = cheapest.filter(|it| it.mean.cost > most) else { return Ok(()) };
    let euro = |value: f64| crate::notation::Format::ascii(0).write(value);
    let what = format!(
        "{} euro a year is below the cheapest measure: {} costs about {} euro a year",
        euro(most),
        question.space.words(&cheapest.mix, 0),
        euro(cheapest.mean.cost)
    );
    let cure = "give a larger budget, or `means` with smaller shares of a measure";
    let error: Error = question.fault("/budget/euro", what, cure);
    Err(error.into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_grid_has_all_mixes_or_all_pairs() {
        assert_eq!(grid_mixes(&[2, 2, 3]).len(), 12);
        let many = grid_mixes(&[3; 8]);
        // The status quo, 16 single changes, 28 pairs of measures at four combinations of levels, and all together.
        assert_eq!(many.len(), 1 + 16 + 28 * 4 + 1);
        assert_eq!(many.iter().collect::<BTreeSet<_>>().len(), many.len(), "each once");
        assert_eq!(many.last(), Some(&MixChoice(vec![2; 8])));
    }
}

//! The economic evaluation of a run as tables.

use arrow_array::RecordBatch;
use keten::analysis::evaluation::{ENOUGH_DRAWS, Evaluation, MARKS, Perspective, accounts, evaluate};
use keten::analysis::persons;
use keten::economics::IcerRow;
use keten::error::{Error, Result};
use keten::money::Discounting;
use keten::stats::pairs::range_of_draws;
use keten::store::Run;

use crate::columns::{Columns, count};

/// Evaluates a run as its report does: among persons who exist in both scenarios, where the run can count them.
fn evaluation(run: &Run, rule: &str, perspective: &str) -> Result<Evaluation> {
    let rule = named(rule, "rule", Discounting::ALL.into_iter(), Discounting::word)?;
    let perspective = named(perspective, "perspective", Perspective::all(), Perspective::word)?;
    let place = run.folder().display().to_string();
    let accounts = accounts(run)?;
    let draws = accounts.draws().len();
    if accounts.scenarios.len() < 2 || draws < ENOUGH_DRAWS {
        let what =
            format!("{} scenarios and {draws} parameter draws are too few for an evaluation", accounts.scenarios.len());
        let cure = format!("run at least two scenarios with at least {ENOUGH_DRAWS} draws (`draws`)");
        return Err(Error::data(what, cure).in_file(place, None).into());
    }
    let same = persons(run)?;
    let accounts = same.map_or_else(|| accounts.clone(), |same| accounts.with_lives(&same.scenarios, false));
    evaluate(&accounts, rule, perspective)
        .map_err(|what| Error::data(what, "add draws or scenarios").in_file(place, None).into())
}

/// The one of several that has a word as its name.
fn named<T: Copy>(word: &str, of: &str, all: impl Iterator<Item = T>, name: fn(T) -> &'static str) -> Result<T> {
    let all: Vec<T> = all.collect();
    all.iter().copied().find(|it| name(*it) == word).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|it| name(*it)).collect();
        let what = format!("no {of} `{}`", word.escape_debug());
        Error::data(what, format!("write one of {}", words.join(", "))).in_file(of, None).into()
    })
}

/// One scenario in the table.
struct Row<'a> {
    icer: &'a IcerRow,
    is_comparator: bool,
    differences: [Option<f64>; 2],
    limits: [Option<(f64, f64)>; 2],
    better: [Option<f64>; 3],
}

/// Costs and health of each scenario, in the order of the incremental table, with differences from the comparator, their
/// ranges over draws, and the probability that the net benefit is larger than the comparator's.
pub(crate) fn economics(run: &Run, rule: &str, perspective: &str) -> Result<RecordBatch> {
    let found = evaluation(run, rule, perspective)?;
    let base = found.means.comparator();
    let (cost, effect) = (found.means.cost(), found.means.effect());
    let rows: Vec<Row<'_>> = found
        .icers
        .iter()
        .map(|icer| {
            let is_comparator = icer.index == base;
            let differences = [&cost, &effect].map(|values| -> Vec<f64> {
                let (own, other) = (values.column(icer.index), values.column(base));
                own.iter().zip(other.iter()).map(|(own, other)| own - other).collect()
            });
            let mean = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
            Row {
                icer,
                is_comparator,
                differences: differences.each_ref().map(|values| (!is_comparator).then(|| mean(values))),
                limits: differences.each_ref().map(|values| range_of_draws(values).filter(|_| !is_comparator)),
                better: MARKS.map(|wtp| found.better(icer.index, wtp).ok().filter(|_| !is_comparator)),
            }
        })
        .collect();
    let each = || rows.iter();
    let all = Columns::default()
        .texts("scenario", each().map(|row| row.icer.strategy.as_str()))
        .flags("comparator", each().map(|row| row.is_comparator))
        .numbers("cost", each().map(|row| Some(row.icer.cost)))
        .numbers("effect", each().map(|row| Some(row.icer.effect)))
        .numbers("cost_difference", each().map(|row| row.differences[0]))
        .limits(["cost_low", "cost_high"], each().map(|row| row.limits[0]))
        .numbers("effect_difference", each().map(|row| row.differences[1]))
        .limits(["effect_low", "effect_high"], each().map(|row| row.limits[1]))
        .numbers("inc_cost", each().map(|row| row.icer.inc_cost))
        .numbers("inc_effect", each().map(|row| row.icer.inc_effect))
        .numbers("icer", each().map(|row| row.icer.icer))
        .flags("unsure", each().map(|row| row.icer.unsure))
        .texts("status", each().map(|row| row.icer.status.word()));
    MARKS
        .iter()
        .enumerate()
        .fold(all, |all, (at, wtp)| all.numbers(&format!("better_at_{wtp}"), each().map(|row| row.better[at])))
        .table()
}

/// Curves over willingness to pay: a row for each value of it and scenario.
pub(crate) fn acceptability(run: &Run, rule: &str, perspective: &str) -> Result<RecordBatch> {
    let curves = evaluation(run, rule, perspective)?.curves;
    let cells = || (0..curves.wtp.len()).flat_map(|at| (0..curves.strategies.len()).map(move |own| (at, own)));
    Columns::default()
        .numbers("wtp", cells().map(|(at, _)| Some(curves.wtp[at])))
        .texts("scenario", cells().map(|(_, own)| curves.strategies[own].as_str()))
        .numbers("probability", cells().map(|cell| Some(curves.probability[cell])))
        .numbers("expected_nb", cells().map(|cell| Some(curves.expected_nb[cell])))
        .numbers("incremental_nb", cells().map(|cell| Some(curves.incremental_nb[cell])))
        .numbers("expected_loss", cells().map(|cell| Some(curves.expected_loss[cell])))
        .flags("optimal", cells().map(|(at, own)| curves.optimal[at] == own))
        .numbers("evpi", cells().map(|(at, _)| Some(curves.evpi[at])))
        .numbers("evpi_error", cells().map(|(at, _)| Some(curves.evpi_se[at])))
        .table()
}

/// Cost and QALYs gained by draw and scenario, with the columns that the R package hesim expects, and the standard error
/// of the cost over replicates.
pub(crate) fn psa(run: &Run, rule: &str, perspective: &str) -> Result<RecordBatch> {
    let found = evaluation(run, rule, perspective)?;
    let group = format!("{rule}_{perspective}").replace('-', "_");
    let (cost, effect, names) = (found.means.cost(), found.means.effect(), found.means.strategies());
    let cells = || (0..found.means.draws()).flat_map(|draw| (0..names.len()).map(move |own| (draw, own)));
    Columns::default()
        .integers("sample", cells().map(|(draw, _)| count(draw + 1)))
        .texts("strategy", cells().map(|(_, own)| names[own].as_str()))
        .texts("grp", cells().map(|_| group.as_str()))
        .numbers("cost", cells().map(|cell| Some(cost[cell])))
        .numbers("qalys", cells().map(|cell| Some(effect[cell])))
        .numbers("replicate_se", cells().map(|(draw, own)| found.replicate_error(draw, own)))
        .table()
}

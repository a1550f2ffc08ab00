//! Costs and health of the scenarios, by payer and by measure of health.

use ndarray::ArrayView2;

use crate::analysis::evaluation::{Evaluation, Perspective};
use crate::report::about::About;
use crate::report::numbers::ABSENT;
use crate::report::view::{Grid, PageBlock};
use crate::stats::pairs::range_of_draws;

pub(super) fn named(about: &About<'_>, evaluation: &Evaluation) -> [String; 2] {
    let preset = about.of("preset", &evaluation.rule.word().replace('-', "_"));
    [preset, about.of("perspective", evaluation.perspective.word())]
}

/// Additional cost by payer and scenario, and the health gained, with the range of draws: one row each, because there
/// are too many payers for columns.
pub(super) fn by_payer(about: &About<'_>, main: &Evaluation) -> Grid {
    let (words, numbers, base) = (&about.words, about.numbers, main.means.comparator());
    let payers = about.accounts.iter().flat_map(|accounts| &accounts.payers);
    let payers: Vec<&Evaluation> =
        payers.filter_map(|payer| about.evaluations.get(&(main.rule, Perspective::Payer(*payer)))).collect();
    let more = |of: ArrayView2<'_, f64>, at: usize, write: &dyn Fn(f64) -> String| {
        let more: Vec<f64> = of.column(at).iter().zip(of.column(base)).map(|(own, base)| own - base).collect();
        let range = range_of_draws(&more).map_or_else(
            || ABSENT.to_owned(),
            |(low, high)| words.say("effect.limits", &[("low", &*write(low)), ("high", &write(high))]),
        );
        [write(more.iter().sum::<f64>() / more.len().max(1) as f64), range]
    };
    let euro = |value: f64| numbers.euro(value);
    let rows_of = |(at, name): (usize, &String)| {
        let of = |own: &Evaluation, who: String| {
            let [mean, range] = more(own.means.cost(), at, &euro);
            vec![about.label(name), who, mean, range]
        };
        let mut rows: Vec<Vec<String>> =
            payers.iter().map(|own| of(own, about.of("payer", own.perspective.word()))).collect();
        rows.push(of(main, words.get("money.total")));
        let [mean, range] = more(main.means.effect(), at, &|value| numbers.about(value));
        rows.push(vec![about.label(name), words.get("value.column.effect"), mean, range]);
        rows
    };
    let others = main.means.strategies().iter().enumerate().filter(|(at, _)| *at != base);
    let head = vec![
        words.get("effect.column.scenario"),
        words.get("value.who"),
        words.get("value.more"),
        words.get("effect.column.interval"),
    ];
    let of = [("preset", &*named(about, main)[0]), ("base", &about.label(about.base()))];
    Grid::open(words.say("value.payers", &of), head, others.flat_map(rows_of).collect())
}

/// Health gained in QALYs and in DALYs, each with the range of draws.
pub(super) fn two_measures(about: &About<'_>, main: &Evaluation) -> Option<PageBlock> {
    let (words, numbers, base) = (&about.words, about.numbers, main.means.comparator());
    let accounts = about.accounts.as_ref()?;
    let cells = |more: &[f64]| {
        let mean = numbers.about(more.iter().sum::<f64>() / more.len().max(1) as f64);
        let of = |(low, high): (f64, f64)| {
            words.say("effect.limits", &[("low", &*numbers.about(low)), ("high", &numbers.about(high))])
        };
        [mean, range_of_draws(more).map_or_else(|| ABSENT.to_owned(), of)]
    };
    let row = |(at, name): (usize, &String)| {
        let effect = main.means.effect();
        let qaly: Vec<f64> = effect.column(at).iter().zip(effect.column(base)).map(|(own, base)| own - base).collect();
        let saved: Vec<f64> = accounts.dalys_saved(at).into_iter().map(|[_, discounted]| discounted).collect();
        let ([qaly, qaly_range], [daly, daly_range]) = (cells(&qaly), cells(&saved));
        vec![about.label(name), qaly, qaly_range, daly, daly_range]
    };
    let interval = || words.get("effect.column.interval");
    let head = vec![
        words.get("effect.column.scenario"),
        words.get("value.qaly_gained"),
        interval(),
        words.get("value.daly_saved"),
        interval(),
    ];
    let others = main.means.strategies().iter().enumerate().filter(|(at, _)| *at != base);
    let caption = words.say("value.two_measures", &[("base", &about.label(about.base()))]);
    Some(PageBlock::Table(Grid::open(caption, head, others.map(row).collect())))
}

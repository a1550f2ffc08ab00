//! Events, persons and places: the files that are not about money.

use super::columns;
use super::sheet::{Sheet, SheetEntry, TOO_FEW, Why, number, text, unless_few};
use crate::analysis::Interval;
use crate::analysis::benchmark::CITY_FIGURES;
use crate::analysis::lives::Stratum;
use crate::analysis::recurrence::RecurrenceShares;
use crate::report::about::About;
use crate::report::numbers::FEWEST;
use crate::report::sections::{ChangeDirection, fewer, too_few, way};
use crate::report::words::Language;
use crate::stats::pairs::Mean;

pub(super) fn effects(about: &About<'_>) -> Sheet {
    let mut sheet = columns::EFFECTS.sheet();
    let all = about.effects.iter().flat_map(|effects| &effects.effects);
    let rows = all.map(|effect| {
        let way = way(about, effect);
        let shown = |value: Option<f64>| match way {
            ChangeDirection::Withheld => SheetEntry::Withheld(Why::ScaleTooSmall),
            ChangeDirection::Few => TOO_FEW,
            _ => SheetEntry::Number(value),
        };
        let shares = effect.sides.shares().map(|share| match way {
            ChangeDirection::Withheld => SheetEntry::Withheld(Why::ScaleTooSmall),
            _ => number(share),
        });
        vec![
            text(&effect.scenario),
            text(effect.measure),
            text(effect.unit),
            text(named(effect.place).0),
            text(named(effect.among).0),
            text(about.base()),
            shown(Some(effect.comparator)),
            shown(Some(effect.difference)),
            shown(effect.limits.map(|limits| limits.0)),
            shown(effect.limits.map(|limits| limits.1)),
            text(if effect.interval == Interval::Draws { "95% of draws" } else { "95% confidence of mean" }),
            shown(effect.error),
        ]
        .into_iter()
        .chain(shares)
        .chain([number(effect.pairs as f64)])
        .collect()
    });
    sheet.extend(rows);
    sheet
}

/// Reach of the measures of each scenario, in real persons and starts, and the cost of one start.
pub(super) fn reached(about: &About<'_>) -> Sheet {
    let mut sheet = columns::REACHED.sheet();
    let Some(effects) = &about.effects else { return sheet };
    let rows = effects.reaches.iter().map(|reach| {
        let real =
            |value: Option<f64>| value.map_or(SheetEntry::Number(None), |it| unless_few(it, Some(it / about.scale)));
        let few = reach.known().is_some_and(|known| known > 0.0 && known < FEWEST);
        vec![
            text(&reach.scenario),
            text(if reach.same_world { "yes" } else { "no" }),
            real(reach.persons),
            real(reach.starts),
            if few { TOO_FEW } else { SheetEntry::Number(effects.cost_of(reach, about.scale)) },
            text(about.base()),
            text(reach.programmes.join(" ")),
        ]
    });
    sheet.extend(rows);
    sheet
}

/// Name of a serialised choice without data, or its name and its data.
fn named(of: impl serde::Serialize) -> (String, SheetEntry) {
    match serde_json::to_value(of) {
        Ok(serde_json::Value::String(name)) => (name, text("")),
        Ok(serde_json::Value::Object(whole)) => match whole.into_iter().next() {
            Some((name, serde_json::Value::String(of))) => (name, text(of)),
            Some((name, of)) => (name, text(of.to_string())),
            None => (String::new(), text("")),
        },
        _ => (String::new(), text("")),
    }
}

/// Cases prevented, caused and delayed by measures among the same persons, by stratum; real persons.
pub(super) fn persons(about: &About<'_>) -> Sheet {
    let mut sheet = columns::PERSONS.sheet();
    for of in about.persons.iter().flatten() {
        for row in &of.aggregate.rows {
            let (stratum, which) = named(row.stratum);
            let which = match row.stratum {
                Stratum::City(at) => text(about.cities.get(usize::from(at)).cloned().unwrap_or_default()),
                _ => which,
            };
            for (event, cells) in &row.events {
                let mut line = vec![text(&of.scenario), text(&stratum), which.clone(), text(named(event).0)];
                line.push(row.persons.map_or_else(|| TOO_FEW, |persons| number(persons / about.scale)));
                let numbers = cells.as_ref().map(|it| {
                    let real = |value: f64| Some(value / about.scale);
                    let few = |mean: f64, value: f64| unless_few(mean, real(value));
                    let (prevented, caused) = (it.prevented.mean, it.caused.mean);
                    let range = it.net.mean.range.map(|(low, high)| [low, high]);
                    let end = |at: usize| range.and_then(|range| real(range[at]));
                    let [fewer, same, more] = fewer(it.net.sides).shares();
                    [
                        number(it.comparator_per_thousand),
                        number(it.scenario_per_thousand),
                        few(prevented + caused, it.net.mean.mean),
                        unless_few(prevented + caused, end(0)),
                        unless_few(prevented + caused, end(1)),
                        unless_few(prevented + caused, Some(fewer)),
                        unless_few(prevented + caused, Some(same)),
                        unless_few(prevented + caused, Some(more)),
                        few(prevented, prevented),
                        few(prevented, it.prevented_bounds.0),
                        few(prevented, it.prevented_bounds.1),
                        few(caused, caused),
                        few(caused, it.caused_bounds.0),
                        few(caused, it.caused_bounds.1),
                        few(it.delayed, it.delayed),
                    ]
                });
                line.extend(numbers.unwrap_or_else(|| std::array::from_fn(|_| TOO_FEW)));
                line.push(text(&of.comparator));
                sheet.push(line);
            }
        }
    }
    sheet
}

/// Paths across generations from those reached; real persons.
pub(super) fn path(about: &About<'_>) -> Sheet {
    let mut sheet = columns::PATH.sheet();
    for of in about.persons.iter().flatten() {
        for (step, row) in of.aggregate.path.iter().filter_map(|(step, row)| Some((step, row.as_ref()?))) {
            let shown = |value: Option<f64>| if row.shown() { SheetEntry::Number(value) } else { TOO_FEW };
            let limits = row.needed_limits.map(|(a, b)| (a.min(b), a.max(b)));
            sheet.push(vec![
                text(&of.scenario),
                text(named(step.line()).0),
                text(named(step).0),
                number(row.reached / about.scale),
                number(row.persons / about.scale),
                shown(Some(row.per_thousand.0)),
                shown(Some(row.per_thousand.1)),
                shown(row.needed),
                shown(limits.map(|limits| limits.0)),
                shown(limits.map(|limits| limits.1)),
                text(&of.comparator),
            ]);
        }
    }
    sheet
}

/// The generational reproduction number: children who use violence per parent who did.
pub(super) fn generations(about: &About<'_>) -> Sheet {
    let mut sheet = columns::GENERATIONS.sheet();
    let Some(found) = about.reproduction() else { return sheet };
    let mut row = |what: String, mean: &Mean| {
        let ends = [Some(mean.mean), mean.range.map(|range| range.0), mean.range.map(|range| range.1)];
        let years = [found.parents.0, found.parents.1].map(|year| number(f64::from(year)));
        sheet.push(std::iter::once(text(what)).chain(ends.map(SheetEntry::Number)).chain(years).collect());
    };
    row("causal".into(), &found.r);
    found.pathways.iter().for_each(|(name, mean)| row(format!("gone_in:{name}"), mean));
    found.remainder.iter().for_each(|mean| row("gone_only_in_all".into(), mean));
    row("association".into(), &found.association);
    found.risk_ratio.iter().for_each(|mean| row("association_risk_ratio".into(), mean));
    sheet
}

/// Performance of the eligibility rules of measures.
pub(super) fn selection(about: &About<'_>) -> Sheet {
    let mut sheet = columns::SELECTION.sheet();
    let Some(rules) = &about.rules else { return sheet };
    let rows = rules.rules.iter().map(|rule| {
        let shown = |value: Option<f64>| unless_few(rule.simulated, value);
        let range = rule.predictive.and_then(|mean| mean.range).filter(|_| !too_few(about, rule));
        vec![
            text(&rule.measure),
            number(rules.years.0 as f64),
            number(rules.years.1 as f64),
            shown(Some(rule.chosen)),
            shown(Some(rule.wrongly)),
            shown(rule.predictive.map(|mean| mean.mean)),
            shown(range.map(|range| range.0)),
            shown(range.map(|range| range.1)),
            shown(rule.base.map(|mean| mean.mean)),
            shown(rule.found),
        ]
    });
    sheet.extend(rows);
    sheet
}

/// Recurrence of violence after each route, also those that belong to no service; a row for each number of months.
pub(super) fn recurrence(about: &About<'_>) -> Sheet {
    let mut sheet = columns::RECURRENCE.sheet();
    let names = about.names();
    let shares = |of: Option<RecurrenceShares>| {
        let followed = of.map_or(0.0, |of| of.followed);
        let values = [Some(followed).filter(|_| of.is_some()), of.and_then(|of| of.again)];
        let values = values.into_iter().chain([of.and_then(|of| of.reported), of.and_then(|of| of.convicted)]);
        values.map(|value| unless_few(followed, value)).collect::<Vec<_>>()
    };
    for of in about.recurrence.iter().flatten().filter(|of| names.contains(&of.scenario.as_str())) {
        let entered = of.own.entered;
        let mut line = vec![
            text(&of.scenario),
            text(&of.route.service),
            text(&of.route.entry),
            text(&of.route.followed_as),
            number(of.months as f64),
            unless_few(entered, Some(about.real_a_year(&of.scenario, entered))),
        ];
        line.extend(shares(Some(of.own)));
        line.extend(shares(of.base));
        line.push(text(of.comparator.as_deref().unwrap_or_default()));
        sheet.push(line);
    }
    sheet
}

/// The four cities side by side: every scenario, or one of them, over all years and by year.
pub(super) fn cities(about: &About<'_>, scenario: Option<&str>) -> Sheet {
    let mut sheet = columns::CITIES.sheet();
    let Some(found) = &about.benchmark else { return sheet };
    let years: Vec<Option<i64>> = std::iter::once(None).chain(found.years.iter().copied().map(Some)).collect();
    for name in found.scenarios.iter().filter(|name| scenario.is_none_or(|wanted| wanted == *name)) {
        for figure in found.figures() {
            for (city, year) in found.cities.iter().flat_map(|city| years.iter().map(move |year| (city, *year))) {
                let Some(of) = found.value(name, figure, city, year) else { continue };
                let shown = |value: Option<f64>| unless_few(of.simulated, value);
                sheet.push(vec![
                    text(name),
                    text(figure.key),
                    text(figure.form.unit()),
                    text(if figure.record { "record" } else { "truth" }),
                    text(city),
                    SheetEntry::Number(year.map(|year| year as f64)),
                    shown(Some(of.mean.mean)),
                    shown(of.mean.range.map(|range| range.0)),
                    shown(of.mean.range.map(|range| range.1)),
                ]);
            }
        }
    }
    sheet
}

/// Name of a figure of the cities in the language of the report.
pub(super) fn city_figure(about: &About<'_>, key: &str) -> String {
    let language = usize::from(about.request.language == Language::Nl);
    let known = CITY_FIGURES.iter().find(|figure| figure.key == key);
    known.map_or_else(|| key.to_owned(), |figure| figure.words[language].to_owned())
}

pub(super) fn capacity(about: &About<'_>) -> Sheet {
    let mut sheet = columns::CAPACITY.sheet();
    let rows = about.providers.iter().flatten().map(|of| {
        let few = of.simulated < FEWEST && of.simulated > 0.0;
        let shown = |value: Option<f64>| if few { TOO_FEW } else { SheetEntry::Number(value) };
        let of_scale = |value: Option<f64>| match of.shown {
            Some(_) => shown(value),
            None => SheetEntry::Withheld(Why::ScaleTooSmall),
        };
        let needed = of.shown.and_then(|shown| shown.needed);
        vec![
            text(&of.scenario),
            text(&of.provider),
            SheetEntry::Number(of.places),
            shown(Some(of.occupied)),
            shown(Some(of.requests)),
            of_scale(of.shown.map(|shown| shown.refused)),
            of_scale(of.shown.and_then(|shown| shown.wait)),
            of_scale(needed.map(|needed| needed[0])),
            of_scale(needed.map(|needed| needed[1])),
            number(of.smallest_scale),
        ]
    });
    sheet.extend(rows);
    sheet
}

//! Money, health and value of information: columns named as in the R packages of the field.

use super::columns::{self, FileColumn, Holds, Layout};
use super::sheet::{Sheet, SheetEntry, number, text};
use crate::analysis::CostCategory;
use crate::analysis::evaluation::Evaluation;
use crate::analysis::programme_money::{self, YEARS};
use crate::economics::Evppi;
use crate::error::Result;
use crate::report::about::{About, WTP};
use crate::tables::{Cell, Kind as Cells, Table};

pub(super) fn icers(about: &About<'_>) -> Sheet {
    let mut sheet = columns::ICERS.sheet();
    for own in about.evaluations.values() {
        sheet.rows.extend(own.icers.iter().map(|row| {
            vec![
                text(&row.strategy),
                number(row.cost),
                number(row.effect),
                SheetEntry::Number(row.inc_cost),
                SheetEntry::Number(row.inc_effect),
                SheetEntry::Number(row.icer),
                text(row.status.word()),
                text(own.rule.word()),
                text(own.perspective.word()),
                text("the previous one on the frontier"),
                text("cost in euro of 2008, positive is more expensive; effect in QALY, minus those lost, positive is better"),
                text(if row.unsure { "the interval of Inc_Effect over the draws includes zero" } else { "" }),
            ]
        }));
    }
    sheet
}

/// Curves over willingness to pay: the main evaluation.
pub(super) fn curves(about: &About<'_>, main: &Evaluation) -> Vec<Sheet> {
    let curves = &main.curves;
    let long = |layout: &'static Layout, of: &ndarray::Array2<f64>| {
        let mut sheet = layout.sheet();
        for (row, wtp) in curves.wtp.iter().enumerate() {
            let cells = curves.strategies.iter().enumerate();
            sheet.rows.extend(cells.map(|(at, strategy)| vec![number(*wtp), text(strategy), number(of[[row, at]])]));
        }
        sheet
    };
    let name = |at: usize| curves.strategies.get(at).cloned().unwrap_or_default();
    let mut frontier = columns::CEAF.sheet();
    frontier.rows = curves
        .frontier()
        .iter()
        .map(|it| vec![number(it.wtp), text(name(it.strategy)), number(it.probability), text("grid")])
        .collect();
    frontier.rows.extend(
        main.switches
            .iter()
            .map(|it| vec![number(it.wtp), text(name(it.to)), SheetEntry::Number(None), text("switch point")]),
    );
    let mut evpi = columns::EVPI.sheet();
    evpi.rows = curves
        .wtp
        .iter()
        .enumerate()
        .map(|(at, wtp)| {
            let less = main.without_luck.iter().find(|it| it.wtp == *wtp);
            vec![
                number(*wtp),
                number(curves.evpi[at]),
                number(curves.evpi_se[at]),
                SheetEntry::Number(less.map(|it| it.shrunk)),
                SheetEntry::Number(less.map(|it| it.shrunk_se)),
            ]
        })
        .collect();
    let mut benefit = columns::NMB.sheet();
    for (row, wtp) in curves.wtp.iter().enumerate() {
        benefit.rows.extend(curves.strategies.iter().enumerate().map(|(at, strategy)| {
            let (all, more) = (curves.expected_nb[[row, at]], curves.incremental_nb[[row, at]]);
            vec![number(*wtp), text(strategy), number(all), number(more), text(about.base())]
        }));
    }
    vec![
        long(&columns::CEAC, &curves.probability),
        frontier,
        long(&columns::EXP_LOSS, &curves.expected_loss),
        evpi,
        benefit,
    ]
}

/// Value of perfect information on one parameter, or on those included for a line of research (`line:…`).
pub(super) fn evppi(about: &About<'_>) -> Sheet {
    let mut sheet = columns::EVPPI.sheet();
    let mut row = |name: &str, value: &Evppi, of: String| {
        let numbers = [Some(value.wtp), Some(value.corrected), Some(value.se), value.bias].map(SheetEntry::Number);
        sheet.rows.push(std::iter::once(text(name)).chain(numbers).chain([text(of)]).collect());
    };
    for (name, value) in about.worth() {
        row(name, &value, name.to_owned());
    }
    for it in &about.research {
        row(&format!("line:{}", it.line.word()), &it.value, it.looked_at.join(" "));
    }
    sheet
}

pub(super) fn tornado(about: &About<'_>) -> Sheet {
    let mut sheet = columns::TORNADO.sheet();
    for (at, all) in &about.influences {
        let strategy = about.names().get(*at).copied().unwrap_or_default();
        sheet.rows.extend(all.iter().map(|it| {
            vec![
                text(&it.bar.param),
                number(it.bar.low),
                number(it.bar.high),
                number(it.bar.out_low),
                number(it.bar.out_high),
                text(strategy),
                number(WTP),
                text(it.beyond_chance.to_string()),
            ]
        }));
    }
    sheet
}

pub(super) fn ceplane(about: &About<'_>, main: &Evaluation) -> Sheet {
    let mut sheet = columns::CEPLANE.sheet();
    let (cost, effect, base) = (main.means.cost(), main.means.effect(), main.means.comparator());
    for draw in 0..main.means.draws() {
        for (at, strategy) in main.means.strategies().iter().enumerate().filter(|(at, _)| *at != base) {
            sheet.rows.push(vec![
                number((draw + 1) as f64),
                text(strategy),
                number(cost[[draw, at]] - cost[[draw, base]]),
                number(effect[[draw, at]] - effect[[draw, base]]),
                text(about.base()),
            ]);
        }
    }
    sheet
}

pub(super) fn budget(about: &About<'_>) -> Sheet {
    let mut sheet = columns::BUDGET.sheet();
    let Some(accounts) = &about.accounts else { return sheet };
    for (at, scenario) in accounts.scenarios.iter().enumerate() {
        for year in &accounts.years {
            for payer in &accounts.payers {
                for kind in CostCategory::ALL {
                    let spent = |at: usize| accounts.spending.get(&(at, *year, *payer, kind)).copied().unwrap_or(0.0);
                    let (own, base) = (spent(at), spent(accounts.comparator));
                    if own == 0.0 && base == 0.0 {
                        continue;
                    }
                    sheet.rows.push(vec![
                        text(scenario),
                        number(*year as f64),
                        text(payer.word()),
                        text(kind.word()),
                        number(own),
                        number(own - base),
                        text(about.base()),
                    ]);
                }
            }
        }
    }
    sheet
}

/// The budget of the action programme by chapter and year beside what each scenario spends.
pub(super) fn programme(about: &About<'_>) -> Sheet {
    let mut sheet = columns::PROGRAMME_MONEY.sheet();
    let Some(accounts) = &about.accounts else { return sheet };
    for (at, scenario) in accounts.scenarios.iter().enumerate().filter(|(at, _)| *at != accounts.comparator) {
        let chapters = programme_money::chapters(about.run.manifest.model(), accounts, at);
        for chapter in chapters.into_iter().flatten() {
            sheet.rows.extend(YEARS.iter().enumerate().map(|(of, year)| {
                vec![
                    text(scenario),
                    text(chapter.name),
                    number(*year as f64),
                    SheetEntry::Number(chapter.budget.map(|budget| budget[of])),
                    number(chapter.once[of]),
                    number(chapter.running[of]),
                    text(about.base()),
                ]
            }));
        }
    }
    sheet
}

/// Costs and QALYs by draw, strategy and group (`grp`), in the format of the R package hesim.
pub(super) fn psa(about: &About<'_>) -> Result<Option<Table>> {
    if about.evaluations.is_empty() {
        return Ok(None);
    }
    let kind = |column: &FileColumn| match column.holds {
        Holds::Number if column.unit == "count" => Cells::Int,
        Holds::Number => Cells::Float,
        Holds::Text => Cells::Text,
    };
    let columns = columns::PSA.columns.iter().map(|column| (column.name.to_owned(), kind(column))).collect();
    let mut table = Table::blank("psa".to_owned(), 3, columns);
    for own in about.evaluations.values() {
        let group = format!("{}_{}", own.rule.word(), own.perspective.word()).replace('-', "_");
        for draw in 0..own.means.draws() {
            for (at, strategy) in own.means.strategies().iter().enumerate() {
                table.push_row(&[
                    Cell::count(draw + 1),
                    Cell::Text(strategy),
                    Cell::Text(&group),
                    Cell::Float(own.means.cost()[[draw, at]]),
                    Cell::Float(own.means.effect()[[draw, at]]),
                    own.replicate_error(draw, at).into(),
                ])?;
            }
        }
    }
    Ok(Some(table))
}

/// Parameters by draw.
pub(super) fn psa_params(about: &About<'_>) -> Result<Option<Table>> {
    let Some(parameters) = &about.parameters else { return Ok(None) };
    let columns = std::iter::once(("sample".to_owned(), Cells::Int));
    let columns = columns.chain(parameters.names().iter().map(|name| (name.clone(), Cells::Float)));
    let mut table = Table::blank("psa_params".to_owned(), 1, columns.collect());
    for (draw, row) in parameters.values().rows().into_iter().enumerate() {
        let cells = std::iter::once(Cell::count(draw + 1)).chain(row.iter().map(|value| Cell::Float(*value)));
        table.push_row(&cells.collect::<Vec<_>>())?;
    }
    Ok(Some(table))
}

/// Draws of the main evaluation.
pub(super) fn draws(about: &About<'_>) -> Sheet {
    let mut sheet = columns::DRAWS.sheet();
    let Some(main) = about.evaluation() else { return sheet };
    for draw in 0..main.means.draws() {
        sheet.rows.extend(main.means.strategies().iter().enumerate().map(|(at, strategy)| {
            let (cost, effect) = (main.means.cost()[[draw, at]], main.means.effect()[[draw, at]]);
            vec![number((draw + 1) as f64), text(strategy), number(cost), number(effect)]
        }));
    }
    sheet
}

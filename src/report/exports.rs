//! Files to compute with: CSV with a point and comma, a Dutch variant for spreadsheets, a workbook, and draws as Parquet.
//!
//! Names of files and columns are the same in any language. Counts of fewer than ten simulated persons or cases are `<10`.

use std::fs;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::about::{About, WTP};
use super::numbers::FEWEST;
use super::view::{Block, Section};
use super::words::Language;
use crate::analysis::economics::Evppi;
use crate::analysis::evaluation::{Evaluation, Kind};
use crate::analysis::lives::Stratum;
use crate::analysis::pairs::Mean;
use crate::analysis::{Effect, Interval, Place};
use crate::error::{Error, Kind as Family, Result};
use crate::store::{write_table, write_whole};
use crate::table::{Cell, Kind as Cells, Table};

/// A cell of a file.
#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Text(String),
    /// A number; nothing, or one that is not finite, is an empty cell.
    Number(Option<f64>),
}

/// Rows under a name.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sheet {
    name: &'static str,
    head: Vec<String>,
    rows: Vec<Vec<Entry>>,
}

fn text(text: impl Into<String>) -> Entry {
    Entry::Text(text.into())
}

fn number(value: f64) -> Entry {
    Entry::Number(Some(value))
}

impl Sheet {
    fn new(name: &'static str, head: &[&str]) -> Sheet {
        Sheet { name, head: head.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }

    /// As CSV; the Dutch variant has a mark of its encoding, semicolons and decimal commas.
    fn csv(&self, dutch: bool) -> String {
        let (mark, between) = if dutch { ("\u{feff}", ";") } else { ("", ",") };
        let quoted = |text: &str| {
            if text.contains([',', ';', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let cell = |entry: &Entry| match entry {
            Entry::Text(text) => quoted(text),
            Entry::Number(Some(value)) if value.is_finite() => {
                let plain = value.to_string();
                if dutch { plain.replace('.', ",") } else { plain }
            }
            Entry::Number(_) => String::new(),
        };
        let mut out = mark.to_owned();
        out.push_str(&self.head.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(between));
        out.push_str("\r\n");
        for row in &self.rows {
            out.push_str(&row.iter().map(cell).collect::<Vec<_>>().join(between));
            out.push_str("\r\n");
        }
        out
    }
}

/// Writes the files into a folder and gives their paths.
///
/// # Errors
/// A full, read-only or failing disk.
pub(super) fn files(about: &About<'_>, folder: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder).map_err(|cause| Error::io(folder, &cause))?;
    let mut written = Vec::new();
    for sheet in sheets(about) {
        let path = folder.join(format!("{}.csv", sheet.name));
        write_whole(&path, sheet.csv(false).as_bytes())?;
        written.push(path);
        if about.request.language == Language::Nl {
            let path = folder.join(format!("{}-nl.csv", sheet.name));
            write_whole(&path, sheet.csv(true).as_bytes())?;
            written.push(path);
        }
    }
    for (name, table) in [("psa", psa(about)?), ("psa_params", psa_params(about)?)] {
        if let Some(table) = table {
            let path = folder.join(format!("{name}.parquet"));
            write_table(&path, &table)?;
            written.push(path);
        }
    }
    Ok(written)
}

/// All CSV files that the run allows.
fn sheets(about: &About<'_>) -> Vec<Sheet> {
    let mut all = Vec::new();
    all.extend(about.effects.is_some().then(|| effects(about)));
    if let Some(main) = about.evaluation() {
        all.push(icers(about));
        all.extend(curves(about, main));
        all.push(evppi(about));
        all.push(tornado(about));
        all.push(ceplane(about, main));
    }
    all.extend([persons(about), path(about), generations(about), selection(about)]);
    all.extend(about.accounts.is_some().then(|| budget(about)));
    all.extend(about.providers.is_some().then(|| capacity(about)));
    all.retain(|sheet| !sheet.rows.is_empty());
    all
}

fn counted(about: &About<'_>, effect: &Effect) -> bool {
    !effect.unit.starts_with("euro") && effect.unit != "QALY" && effect.comparator * about.scale < FEWEST
}

fn effects(about: &About<'_>) -> Sheet {
    let head = [
        "scenario",
        "measure",
        "unit",
        "place",
        "reference",
        "reference_value",
        "difference",
        "low",
        "high",
        "interval",
        "mc_error",
        "share_lower",
        "pairs",
    ];
    let mut sheet = Sheet::new("effects", &head);
    let all = about.effects.iter().flat_map(|effects| &effects.effects);
    sheet.rows = all
        .map(|effect| {
            let few = counted(about, effect);
            let held = effect.measure == "shelter_refusals" && !about.refusals_hold();
            let shown = |value: Option<f64>| match value {
                _ if held => text("withheld: the scale is too small"),
                _ if few => text("<10"),
                value => Entry::Number(value),
            };
            vec![
                text(&effect.scenario),
                text(effect.measure),
                text(effect.unit),
                text(if effect.place == Place::Cities { "cities" } else { "exported" }),
                text(about.base()),
                shown(Some(effect.comparator)),
                shown(Some(effect.difference)),
                shown(effect.limits.map(|limits| limits.0)),
                shown(effect.limits.map(|limits| limits.1)),
                text(if effect.interval == Interval::Draws { "95% of draws" } else { "95% confidence of mean" }),
                shown(effect.error),
                if held { Entry::Number(None) } else { number(effect.lower) },
                number(effect.pairs as f64),
            ]
        })
        .collect();
    sheet
}

/// A number of so many simulated persons, or that they are too few.
fn unless_few(simulated: f64, value: Option<f64>) -> Entry {
    if simulated < FEWEST && simulated > 0.0 { text("<10") } else { Entry::Number(value) }
}

/// Name of a serialised choice without data, or its name and its number.
fn named(of: impl serde::Serialize) -> (String, Entry) {
    match serde_json::to_value(of) {
        Ok(serde_json::Value::String(name)) => (name, Entry::Number(None)),
        Ok(serde_json::Value::Object(whole)) => match whole.into_iter().next() {
            Some((name, serde_json::Value::String(of))) => (name, text(of)),
            Some((name, of)) => (name, Entry::Number(of.as_f64())),
            None => (String::new(), Entry::Number(None)),
        },
        _ => (String::new(), Entry::Number(None)),
    }
}

/// What measures prevent, cause and put off for the same persons, by kind of person; real persons.
fn persons(about: &About<'_>) -> Sheet {
    let head = [
        "scenario",
        "stratum",
        "of",
        "event",
        "persons",
        "reference_per_1000",
        "scenario_per_1000",
        "net_prevented",
        "low",
        "high",
        "chance_of_benefit",
        "prevented",
        "prevented_low",
        "prevented_high",
        "caused",
        "caused_low",
        "caused_high",
        "delayed",
        "reference",
    ];
    let mut sheet = Sheet::new("persons", &head);
    for of in about.persons.iter().flatten() {
        for row in &of.aggregate.rows {
            let (stratum, which) = named(row.stratum);
            let which = match row.stratum {
                Stratum::City(at) => text(about.cities.get(usize::from(at)).cloned().unwrap_or_default()),
                _ => which,
            };
            for (event, cells) in &row.events {
                let mut line = vec![text(&of.scenario), text(&stratum), which.clone(), text(named(event).0)];
                line.push(row.persons.map_or_else(|| text("<10"), |persons| number(persons / about.scale)));
                let numbers = cells.as_ref().map(|it| {
                    let real = |value: f64| Some(value / about.scale);
                    let range = it.net.mean.range;
                    let few = |mean: f64, value: f64| unless_few(mean, real(value));
                    let (prevented, caused) = (it.prevented.mean, it.caused.mean);
                    [
                        number(it.comparator_per_thousand),
                        number(it.scenario_per_thousand),
                        few(prevented + caused, it.net.mean.mean),
                        Entry::Number(range.and_then(|range| real(range.0))),
                        Entry::Number(range.and_then(|range| real(range.1))),
                        number(it.net.benefit),
                        few(prevented, prevented),
                        few(prevented, it.prevented_bounds.0),
                        few(prevented, it.prevented_bounds.1),
                        few(caused, caused),
                        few(caused, it.caused_bounds.0),
                        few(caused, it.caused_bounds.1),
                        few(it.delayed, it.delayed),
                    ]
                });
                line.extend(numbers.unwrap_or_else(|| std::array::from_fn(|_| text("<10"))));
                line.push(text(&of.comparator));
                sheet.rows.push(line);
            }
        }
    }
    sheet
}

/// Down the generations from those reached; real persons.
fn path(about: &About<'_>) -> Sheet {
    let head = [
        "scenario",
        "begins_with",
        "step",
        "reached",
        "at_risk",
        "reference_per_1000",
        "scenario_per_1000",
        "needed_to_reach",
        "low",
        "high",
        "reference",
    ];
    let mut sheet = Sheet::new("path", &head);
    for of in about.persons.iter().flatten() {
        for (step, row) in of.aggregate.path.iter().filter_map(|(step, row)| Some((step, row.as_ref()?))) {
            let events = row.persons * (row.per_thousand.0 + row.per_thousand.1) / 1000.0;
            let shown = |value: Option<f64>| if events < FEWEST { text("<10") } else { Entry::Number(value) };
            let limits = row.needed_limits.map(|(a, b)| (a.min(b), a.max(b)));
            sheet.rows.push(vec![
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

/// The generational reproduction number: violent children of one violent parent.
fn generations(about: &About<'_>) -> Sheet {
    let mut sheet = Sheet::new("generations", &["what", "value", "low", "high", "parents_from", "parents_until"]);
    let Some(found) = about.reproduction() else { return sheet };
    let mut row = |what: String, mean: &Mean| {
        let ends = [Some(mean.mean), mean.range.map(|range| range.0), mean.range.map(|range| range.1)];
        let years = [found.parents.0, found.parents.1].map(|year| number(f64::from(year)));
        sheet.rows.push(std::iter::once(text(what)).chain(ends.map(Entry::Number)).chain(years).collect());
    };
    row("causal".into(), &found.r);
    found.pathways.iter().for_each(|(name, mean)| row(format!("gone_in:{name}"), mean));
    found.remainder.iter().for_each(|mean| row("gone_only_in_all".into(), mean));
    row("association".into(), &found.association);
    found.risk_ratio.iter().for_each(|mean| row("association_risk_ratio".into(), mean));
    sheet
}

/// How well the rules of measures choose.
fn selection(about: &About<'_>) -> Sheet {
    let head = [
        "measure",
        "from",
        "until",
        "chosen_per_year",
        "wrongly_per_year",
        "predictive_value",
        "low",
        "high",
        "by_lot",
        "found_of_all",
    ];
    let mut sheet = Sheet::new("selection", &head);
    let Some(rules) = &about.rules else { return sheet };
    sheet.rows = rules
        .rules
        .iter()
        .map(|rule| {
            let shown = |value: Option<f64>| unless_few(rule.simulated, value);
            let range = rule.predictive.and_then(|mean| mean.range);
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
        })
        .collect();
    sheet
}

fn icers(about: &About<'_>) -> Sheet {
    let head = [
        "Strategy",
        "Cost",
        "Effect",
        "Inc_Cost",
        "Inc_Effect",
        "ICER",
        "Status",
        "Discounting",
        "Perspective",
        "Reference",
        "Sign",
    ];
    let mut sheet = Sheet::new("icers", &head);
    for own in about.evaluations.values() {
        sheet.rows.extend(own.icers.iter().map(|row| {
            vec![
                text(&row.strategy),
                number(row.cost),
                number(row.effect),
                Entry::Number(row.inc_cost),
                Entry::Number(row.inc_effect),
                Entry::Number(row.icer),
                text(row.status.word()),
                text(own.preset.word()),
                text(own.perspective.word()),
                text("the one before it on the frontier"),
                text("cost in euro of 2008, positive is dearer; effect in QALY, minus those lost, positive is better"),
            ]
        }));
    }
    sheet
}

/// Curves over willingness to pay: the evaluation that others stand beside.
fn curves(about: &About<'_>, main: &Evaluation) -> Vec<Sheet> {
    let curves = &main.curves;
    let long = |name: &'static str, column: &str, of: &ndarray::Array2<f64>| {
        let mut sheet = Sheet::new(name, &["wtp", "strategy", column]);
        for (row, wtp) in curves.wtp.iter().enumerate() {
            let cells = curves.strategies.iter().enumerate();
            sheet.rows.extend(cells.map(|(at, strategy)| vec![number(*wtp), text(strategy), number(of[[row, at]])]));
        }
        sheet
    };
    let name = |at: usize| curves.strategies.get(at).cloned().unwrap_or_default();
    let mut frontier = Sheet::new("ceaf", &["wtp", "strategy", "prob", "switch"]);
    frontier.rows = curves
        .frontier()
        .iter()
        .map(|it| vec![number(it.wtp), text(name(it.strategy)), number(it.probability), text("grid")])
        .collect();
    frontier.rows.extend(
        main.switches
            .iter()
            .map(|it| vec![number(it.wtp), text(name(it.to)), Entry::Number(None), text("switch point")]),
    );
    let mut evpi = Sheet::new("evpi", &["wtp", "evpi", "se", "evpi_without_luck", "se_without_luck"]);
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
                Entry::Number(less.map(|it| it.shrunk)),
                Entry::Number(less.map(|it| it.shrunk_se)),
            ]
        })
        .collect();
    let mut benefit = Sheet::new("nmb", &["wtp", "strategy", "nmb", "inc_nmb", "reference"]);
    for (row, wtp) in curves.wtp.iter().enumerate() {
        benefit.rows.extend(curves.strategies.iter().enumerate().map(|(at, strategy)| {
            let (all, more) = (curves.expected_nb[[row, at]], curves.incremental_nb[[row, at]]);
            vec![number(*wtp), text(strategy), number(all), number(more), text(about.base())]
        }));
    }
    vec![
        long("ceac", "prob", &curves.probability),
        frontier,
        long("exp_loss", "expected_loss", &curves.expected_loss),
        evpi,
        benefit,
    ]
}

/// Value of knowing one parameter, or those looked at of a line of research (`line:…`).
fn evppi(about: &About<'_>) -> Sheet {
    let mut sheet = Sheet::new("evppi", &["param", "wtp", "evppi", "se", "bias", "parameters"]);
    let mut row = |name: &str, value: &Evppi, of: String| {
        let numbers = [Some(value.wtp), Some(value.corrected), Some(value.se), value.bias].map(Entry::Number);
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

fn tornado(about: &About<'_>) -> Sheet {
    let head = ["param", "low", "high", "out_low", "out_high", "strategy", "wtp", "beyond_chance"];
    let mut sheet = Sheet::new("tornado", &head);
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

fn ceplane(about: &About<'_>, main: &Evaluation) -> Sheet {
    let mut sheet = Sheet::new("ceplane", &["sample", "strategy", "inc_cost", "inc_effect", "reference"]);
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

fn budget(about: &About<'_>) -> Sheet {
    let head = ["scenario", "year", "payer", "kind", "euro_2008", "more_than_reference", "reference"];
    let mut sheet = Sheet::new("budget", &head);
    let Some(accounts) = &about.accounts else { return sheet };
    for (at, scenario) in accounts.scenarios.iter().enumerate() {
        for year in &accounts.years {
            for payer in &accounts.payers {
                for kind in Kind::ALL {
                    let spent =
                        |at: usize| accounts.spending.get(&(at, *year, payer.clone(), kind)).copied().unwrap_or(0.0);
                    let (own, base) = (spent(at), spent(accounts.comparator));
                    if own == 0.0 && base == 0.0 {
                        continue;
                    }
                    sheet.rows.push(vec![
                        text(scenario),
                        number(*year as f64),
                        text(payer),
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

fn capacity(about: &About<'_>) -> Sheet {
    let head = [
        "scenario",
        "provider",
        "places",
        "occupied",
        "requests_per_year",
        "refused_per_year",
        "mean_wait_months",
        "needed_5_percent",
        "needed_10_percent",
        "smallest_scale",
        "withheld",
    ];
    let mut sheet = Sheet::new("capacity", &head);
    sheet.rows = about
        .providers
        .iter()
        .flatten()
        .map(|of| {
            let few = of.simulated < FEWEST && of.simulated > 0.0;
            let shown = |value: Option<f64>| if few { text("<10") } else { Entry::Number(value) };
            let needed = of.shown.and_then(|shown| shown.needed);
            vec![
                text(&of.scenario),
                text(&of.provider),
                Entry::Number(of.places),
                shown(Some(of.occupied)),
                shown(Some(of.requests)),
                shown(of.shown.map(|shown| shown.refused)),
                shown(of.shown.and_then(|shown| shown.wait)),
                shown(needed.map(|needed| needed[0])),
                shown(needed.map(|needed| needed[1])),
                number(of.smallest_scale),
                text(if of.shown.is_none() { "scale below smallest_scale" } else { "" }),
            ]
        })
        .collect();
    sheet
}

/// Costs and QALYs by draw, strategy and way of counting (`grp`), as the R package hesim wants them.
fn psa(about: &About<'_>) -> Result<Option<Table>> {
    if about.evaluations.is_empty() {
        return Ok(None);
    }
    let columns = [
        ("sample", Cells::Int),
        ("strategy", Cells::Text),
        ("grp", Cells::Text),
        ("cost", Cells::Float),
        ("qalys", Cells::Float),
        ("replicate_se", Cells::Float),
    ];
    let columns = columns.map(|(name, kind)| (name.to_owned(), kind)).into();
    let mut table = Table::blank("psa".to_owned(), 3, columns);
    for own in about.evaluations.values() {
        let group = format!("{}_{}", own.preset.word(), own.perspective.word()).replace('-', "_");
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
fn psa_params(about: &About<'_>) -> Result<Option<Table>> {
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

/// The workbook: what the page says in short, and the numbers behind it.
///
/// # Errors
/// An internal fault when it cannot be made.
pub(super) fn workbook(about: &About<'_>, page: &[Section]) -> Result<Vec<u8>> {
    let fault = |cause: XlsxError| {
        Error::new(Family::Internal, format!("the workbook cannot be made: {cause}"), "report this fault")
    };
    let mut book = Workbook::new();
    // The same run gives the same bytes, so the book is not dated.
    let undated = ExcelDateTime::from_ymd(2008, 1, 1).map_err(fault)?;
    book.set_properties(&DocProperties::new().set_title(&about.run.manifest.title).set_creation_datetime(&undated));
    let mut all = vec![summary(about, page), inputs(about)];
    let mut by_name = sheets(about);
    let mut take = |name: &str, title: &'static str| {
        let at = by_name.iter().position(|sheet| sheet.name == name);
        let empty = Sheet {
            name: title,
            head: vec![about.words.get("book.empty")],
            rows: vec![vec![text(about.words.get("book.empty_why"))]],
        };
        at.map_or(empty, |at| Sheet { name: title, ..by_name.swap_remove(at) })
    };
    all.extend([take("effects", "Effects"), take("icers", "ICERs")]);
    all.push(draws(about));
    all.push(take("capacity", "Capacity"));
    all.push(meta(about));
    for sheet in &all {
        put(book.add_worksheet(), sheet).map_err(fault)?;
    }
    Ok(book.save_to_buffer().map_err(fault)?)
}

fn put(page: &mut Worksheet, sheet: &Sheet) -> std::result::Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    page.set_name(sheet.name)?;
    page.set_freeze_panes(1, 0)?;
    for (column, name) in (0_u16..).zip(&sheet.head) {
        page.write_string_with_format(0, column, name, &bold)?;
        page.set_column_width(column, (name.chars().count() as f64 + 2.0).clamp(14.0, 40.0))?;
    }
    for (row, cells) in (1_u32..).zip(&sheet.rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Entry::Text(words) => page.write_string(row, column, words)?,
                Entry::Number(Some(value)) if value.is_finite() => page.write_number(row, column, *value)?,
                Entry::Number(_) => page,
            };
        }
    }
    Ok(())
}

fn summary(about: &About<'_>, page: &[Section]) -> Sheet {
    let words = &about.words;
    let mut sheet = Sheet::new("Summary", &[&words.get("book.what"), &words.get("book.says")]);
    for section in page.iter().take(2) {
        for block in section.blocks.clone() {
            match block {
                Block::Lead { text: said } | Block::Text { text: said } | Block::Missing { text: said } => {
                    sheet.rows.push(vec![text(&section.title), text(said)]);
                }
                Block::Figures { figures } => {
                    sheet.rows.extend(figures.into_iter().map(|figure| vec![text(figure.label), text(figure.value)]))
                }
                Block::Answers { answers } => {
                    for answer in answers {
                        sheet.rows.push(vec![text(&answer.name), text(answer.verdict)]);
                        let said = answer.sentences.into_iter();
                        sheet.rows.extend(said.map(|sentence| vec![text(&answer.name), text(sentence)]));
                    }
                }
                _ => {}
            }
        }
    }
    sheet
}

fn inputs(about: &About<'_>) -> Sheet {
    let mut sheet = Sheet::new("Inputs", &["key", "value", "unit", "grade", "source", "year", "spread", "note"]);
    let base = about.run.manifest.parameters["base"].as_object();
    for (key, value) in base.into_iter().flatten() {
        let passport = about.passport(key);
        let of = |name: &str| match passport.and_then(|passport| passport.get(name)) {
            Some(serde_json::Value::String(said)) => text(said),
            Some(other) => other.as_f64().map_or_else(|| text(other.to_string()), number),
            None => text(""),
        };
        let value = match value {
            serde_json::Value::Number(own) => Entry::Number(own.as_f64()),
            serde_json::Value::String(own) => text(own),
            other if other.get("rows").is_some() => match other["value"].as_f64() {
                Some(times) => number(times),
                None => text("table"),
            },
            other => text(other.to_string().chars().take(200).collect::<String>()),
        };
        let cells = ["unit", "grade", "source", "year", "spread", "note"].map(of);
        sheet.rows.push([text(key), value].into_iter().chain(cells).collect());
    }
    sheet
}

/// Draws of the evaluation that others stand beside.
fn draws(about: &About<'_>) -> Sheet {
    let mut sheet =
        Sheet::new("PSA", &["sample", "strategy", "cost (euro of 2008)", "effect (QALY, minus those lost)"]);
    let Some(main) = about.evaluation() else {
        sheet.rows.push(vec![text(about.words.get("book.empty_why"))]);
        return sheet;
    };
    for draw in 0..main.means.draws() {
        sheet.rows.extend(main.means.strategies().iter().enumerate().map(|(at, strategy)| {
            let (cost, effect) = (main.means.cost()[[draw, at]], main.means.effect()[[draw, at]]);
            vec![number((draw + 1) as f64), text(strategy), number(cost), number(effect)]
        }));
    }
    sheet
}

fn meta(about: &About<'_>) -> Sheet {
    let manifest = &about.run.manifest;
    let mut sheet = Sheet::new("Meta", &["key", "value"]);
    let facts = [
        ("title", text(&manifest.title)),
        ("id", text(&manifest.id)),
        ("keten_version", text(&manifest.keten_version)),
        ("commit", text(manifest.commit.clone().unwrap_or_default())),
        ("seed", text(manifest.seed.to_string())),
        ("scale", number(about.scale)),
        ("first_year", number(about.years.0 as f64)),
        ("last_year", number(about.years.1 as f64)),
        ("draws", number(about.draws as f64)),
        ("replicates", number(about.replicates as f64)),
        ("reference", text(about.base())),
        ("wtp_mark (euro per QALY)", number(WTP)),
        ("note", text(about.words.get("page.foot"))),
    ];
    sheet.rows = facts.into_iter().map(|(key, value)| vec![text(key), value]).collect();
    let hashes = manifest.tables.iter();
    sheet.rows.extend(hashes.map(|(name, table)| vec![text(format!("hash of {name}")), text(&table.content_hash)]));
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_csv_is_for_machines_and_the_dutch_one_for_spreadsheets() {
        let mut sheet = Sheet::new("a", &["strategy", "cost"]);
        sheet.rows = vec![vec![text("a, \"b\""), number(1234.5)], vec![text("c"), Entry::Number(Some(f64::NAN))]];
        assert_eq!(sheet.csv(false), "strategy,cost\r\n\"a, \"\"b\"\"\",1234.5\r\nc,\r\n");
        assert_eq!(sheet.csv(true), "\u{feff}strategy;cost\r\n\"a, \"\"b\"\"\";1234,5\r\nc;\r\n");
    }
}

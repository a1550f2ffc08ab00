//! Reports versus ground truth: events, and the part of them on record.

use crate::analysis::shows::{self, Sign, Smoothing, Verdict, WhenShown};
use crate::analysis::{design, yearly_differences};
use crate::charts::{Axis, ChartLine, Heading, LineChart, LineKind, LinePoint};
use crate::error::Result;
use crate::notation::Format;
use crate::report::about::{About, blocks_or_fault, range};
use crate::report::numbers::FEWEST;
use crate::report::view::{Grid, PageBlock, Section};
use crate::tables::Table;

/// A ground truth and an observed record of the same kind, by year.
const PAIRS: [(&str, &str, &str); 2] = [
    ("partners", "incident_months", "police_partner_reports"),
    ("children", "children_maltreated", "children_known_to_amk"),
];

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("reports.lead") }];
    if about.table("yearly").is_none() {
        blocks.push(about.missing("yearly"));
    } else {
        let [partners, children] = PAIRS.map(|pair| blocks_or_fault(curves(about, pair)));
        blocks.extend(partners);
        let rest = blocks_or_fault(growth(about)).into_iter().chain(children);
        let rest = rest.chain([PageBlock::note(words.get("reports.note"))]);
        blocks.extend(PageBlock::more(words.get("reports.more"), rest.collect()));
        blocks.extend(PageBlock::more(words.get("shows.heading"), blocks_or_fault(shows(about))));
    }
    Section { id: "reports", title: words.get("reports.title"), blocks }
}

/// Growth of the cities, which by itself changes every number.
fn growth(about: &About<'_>) -> Result<Vec<PageBlock>> {
    let (words, numbers) = (&about.words, about.numbers);
    let people = about.by_year("population", about.base(), "G4")?;
    let mean = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64 / about.scale;
    let Some(((first, before), (last, after))) = people.first_key_value().zip(people.last_key_value()) else {
        return Ok(Vec::new());
    };
    let (before, after) = (mean(before), mean(after));
    let of = [
        ("from", &*first.to_string()),
        ("until", &last.to_string()),
        ("before", &numbers.about(before)),
        ("after", &numbers.about(after)),
    ];
    let grows = first < last && before > 0.0 && after.is_finite();
    Ok(grows.then(|| PageBlock::text(words.say("reports.growth", &of))).into_iter().collect())
}

/// Two curves in two charts with separate scales: the record is often too small to be visible beside the truth.
fn curves(about: &About<'_>, (group, truth, record): (&str, &str, &str)) -> Result<Vec<PageBlock>> {
    let (words, numbers) = (&about.words, about.numbers);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let line = |column: &str, kind: LineKind, look: usize| -> Result<ChartLine> {
        let points = about.by_year(column, about.base(), "G4")?;
        let points = points.into_iter().map(|(year, values)| {
            let y = mean(&values);
            let band = range(values).map(|(low, high)| (low / about.scale, high / about.scale));
            // Values based on few persons are not drawn.
            let y = if y < FEWEST { f64::NAN } else { y / about.scale };
            LinePoint { x: year as f64, y, band: band.filter(|_| y.is_finite()) }
        });
        Ok(ChartLine { name: about.of("reports", column), look: Some(look), kind, points: points.collect() })
    };
    let lines = [line(truth, LineKind::Truth, 0)?, line(record, LineKind::Record, 1)?];
    let sum = |line: &ChartLine| line.points.iter().map(|point| point.y).filter(|y| y.is_finite()).sum::<f64>();
    let [all, seen] = lines.each_ref().map(sum);
    let few = lines.iter().any(|line| line.points.iter().all(|point| !point.y.is_finite()));
    if few || all == 0.0 {
        return Ok(vec![PageBlock::missing(words.get("changes.few"))]);
    }
    let heading = Heading {
        id: format!("reports-{group}"),
        title: words.say(
            if group == "children" { "reports.chart_children" } else { "reports.chart_partners" },
            &[
                ("share", &*numbers.percent(seen / all)),
                ("first", &about.years.0.to_string()),
                ("last", &about.years.1.to_string()),
            ],
        ),
        description: words.say("reports.summary", &[("base", &about.label(about.base()))]),
    };
    let chart = LineChart {
        heading: heading.clone(),
        x: Axis { name: words.get("reports.year"), format: Format::years(), reach: vec![] },
        y: Axis { name: words.get("reports.number"), format: numbers.format(0), reach: vec![0.0] },
        lines: lines.into(),
        moments: vec![],
    };
    Ok(PageBlock::chart(&chart, &heading, &words.get("page.table")).into_iter().collect())
}

/// First year in which each measure shows, in the ground truth and on record.
fn shows(about: &About<'_>) -> Result<Vec<PageBlock>> {
    let words = &about.words;
    let Some(table) = about.table("yearly").filter(|_| about.effects.is_some()) else { return Ok(Vec::new()) };
    let mut blocks = vec![PageBlock::text(words.get("shows.how"))];
    blocks.push(PageBlock::note(words.get("effect.not_apart_years")));
    let mut rows = Vec::new();
    let mut fault = None;
    for (group, truth, record) in PAIRS {
        for scenario in about.others() {
            let series =
                |column: &str| yearly_differences(table, &[column], (scenario, about.base()), "G4", about.scale);
            let ((first, truth), (_, record)) = (series(truth)?, series(record)?);
            let design = design(about.run).of(truth.keys());
            let seed = about.run.manifest.seed;
            match shows::truth_and_records(&truth, &record, first, Smoothing::Centred, design, seed) {
                Err(why) => fault = Some(why),
                Ok(found) => rows.push(vec![
                    about.of("reports", group),
                    about.label(scenario),
                    from(about, found.truth.shown),
                    from(about, found.records.shown),
                    words.get(match found.verdict {
                        Verdict::RiseWhileTruthFalls => "shows.while",
                        Verdict::RiseBeforeTruthFalls => "shows.before",
                        Verdict::NotShown => "shows.not",
                    }),
                ]),
            }
        }
    }
    if rows.is_empty() {
        let why = fault.map_or_else(String::new, |fault| fault.to_string());
        blocks.push(PageBlock::missing(words.say("shows.missing", &[("why", &why)])));
        return Ok(blocks);
    }
    let head = ["what", "scenario", "truth", "record", "verdict"];
    let head = head.iter().map(|column| about.of("shows.column", column)).collect();
    blocks.push(PageBlock::Table(Grid::open(words.get("shows.table"), head, rows)));
    for scenario in about.others() {
        blocks.extend(both(about, table, scenario)?);
    }
    Ok(blocks)
}

fn from(about: &About<'_>, shown: WhenShown) -> String {
    let words = &about.words;
    match shown {
        WhenShown::Never => words.get("shows.never"),
        WhenShown::From { year, sign: Sign::Lower } => words.say("shows.lower", &[("year", &year.to_string())]),
        WhenShown::From { year, sign: Sign::Higher } => words.say("shows.higher", &[("year", &year.to_string())]),
    }
}

/// Both curves of a measure for partner violence: its effect on the ground truth and on reports.
fn both(about: &About<'_>, table: &Table, scenario: &str) -> Result<Option<PageBlock>> {
    let words = &about.words;
    let (group, truth, record) = PAIRS[0];
    let line = |column: &str, kind: LineKind, look: usize| -> Result<Option<ChartLine>> {
        let (first, series) = yearly_differences(table, &[column], (scenario, about.base()), "G4", about.scale)?;
        let design = design(about.run).of(series.keys());
        let curve = shows::curve(&series, first, Smoothing::Centred, design, about.run.manifest.seed).ok();
        Ok(curve.map(|curve| {
            let points = curve.points.into_iter();
            let points = points.map(|it| LinePoint { x: f64::from(it.year), y: it.mean, band: Some(it.limits) });
            ChartLine { name: about.of("reports", column), look: Some(look), kind, points: points.collect() }
        }))
    };
    let lines = line(truth, LineKind::Truth, 0)?.zip(line(record, LineKind::Record, 1)?);
    let Some((truth, record)) = lines else { return Ok(None) };
    let heading = Heading {
        id: format!("shows-{group}-{scenario}"),
        title: words.say("shows.chart", &[("name", &about.label(scenario))]),
        description: words.get("shows.summary"),
    };
    let chart = LineChart {
        heading: heading.clone(),
        x: Axis { name: words.get("reports.year"), format: Format::years(), reach: vec![] },
        y: Axis { name: words.get("shows.axis"), format: about.numbers.format(0), reach: vec![0.0] },
        lines: vec![truth, record],
        moments: vec![],
    };
    Ok(PageBlock::chart(&chart, &heading, &words.get("page.table")))
}

//! Reports against truth: what happens, and what of it is on record.

use crate::report::about::{About, range};
use crate::report::charts::{Axis, Format, Heading, Line, LineChart, LinePoint, Sight};
use crate::report::numbers::FEWEST;
use crate::report::view::{Block, Section};

/// A truth and a record of the same kind, by year.
const PAIRS: [(&str, &str, &str); 2] =
    [("partners", "incident_months", "police_reports"), ("children", "children_maltreated", "children_known_to_amk")];

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![Block::Lead { text: words.get("reports.lead") }];
    if about.table("yearly").is_none() {
        blocks.push(about.missing("yearly"));
    } else {
        blocks.extend(PAIRS.iter().flat_map(|pair| curves(about, *pair)));
        blocks.push(Block::note(words.get("reports.note")));
    }
    Section { id: "reports", title: words.get("reports.title"), blocks }
}

/// Two curves in two charts of one scale: the record is often too small to be seen beside the truth otherwise.
fn curves(about: &About<'_>, (group, truth, record): (&str, &str, &str)) -> Vec<Block> {
    let (words, numbers) = (&about.words, about.numbers);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let line = |column: &str, sight: Sight, look: usize| {
        let points = about.by_year(column, about.base(), "G4");
        let points = points.into_iter().map(|(year, values)| {
            let y = mean(&values);
            let band = range(values).map(|(low, high)| (low / about.scale, high / about.scale));
            // Few are told as few, not drawn.
            let y = if y < FEWEST { f64::NAN } else { y / about.scale };
            LinePoint { x: year as f64, y, band: band.filter(|_| y.is_finite()) }
        });
        Line { name: about.of("reports", column), look: Some(look), sight, points: points.collect() }
    };
    let lines = [line(truth, Sight::Truth, 0), line(record, Sight::Record, 1)];
    let sum = |line: &Line| line.points.iter().map(|point| point.y).filter(|y| y.is_finite()).sum::<f64>();
    let [all, seen] = lines.each_ref().map(sum);
    let few = lines.iter().any(|line| line.points.iter().all(|point| !point.y.is_finite()));
    if few || all == 0.0 {
        let name = about.of("reports", group);
        return vec![Block::heading(name), Block::missing(words.get("changes.few"))];
    }
    let heading = Heading {
        id: format!("reports-{group}"),
        title: words.say(
            if group == "children" { "reports.chart_children" } else { "reports.chart_partners" },
            &[("share", &numbers.percent(seen / all))],
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
    let mut blocks = vec![Block::heading(about.of("reports", group))];
    blocks.extend(Block::chart(&chart, &heading, &words.get("page.table")));
    blocks
}

//! Fit to the evidence: targets and values achieved.

use std::collections::BTreeMap;

use crate::analysis::YearlyCount::{self, Columns, Figure};
use crate::analysis::start;
use crate::error::Result;
use crate::report::about::{About, blocks_or_fault, rows_where};
use crate::report::numbers::{ABSENT, FEWEST, Numbers};
use crate::report::view::{Grid, PageBlock, Section};
use crate::stats::pairs::range_of_draws;
use crate::units::cities_over_country;

/// Tolerance for a close fit: a tenth of the target.
const NEAR: f64 = 0.1;

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("fit.lead") }];
    blocks.extend(PageBlock::more(words.get("fit.gravest"), blocks_or_fault(gravest(about))));
    blocks.extend(PageBlock::more(words.get("fit.evidence"), blocks_or_fault(first_year(about))));
    blocks.extend(PageBlock::more(words.get("fit.start"), draws_start(about)));
    let margins = blocks_or_fault(margins(about).map(|grid| match grid {
        Some(grid) => vec![PageBlock::Table(grid)],
        None => vec![about.missing("fit")],
    }));
    blocks.push(PageBlock::text(words.get("fit.note")));
    blocks.extend(PageBlock::more(words.get("fit.figures"), margins));
    Section { id: "fit", title: words.get("fit.title"), blocks }
}

/// A figure of the evidence, with the corresponding counts of `yearly`.
struct EvidenceFigure {
    /// Its key among the targets of the model, and in the catalog.
    key: &'static str,
    /// The numerator.
    above: YearlyCount,
    /// The denominator; `None` for a number of real persons.
    below: Option<YearlyCount>,
    form: Form,
}

/// Format of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Per 1000 in the cities; the evidence is for the whole country, whose level is lower.
    PerThousand,
    /// A part of a whole.
    Share,
    /// A number or a ratio.
    Number,
}

const fn figure(key: &'static str, above: YearlyCount, below: Option<YearlyCount>, form: Form) -> EvidenceFigure {
    EvidenceFigure { key, above, below, form }
}

/// Figures that the model is calibrated to and that `yearly` counts with nearly the same definition as the sources.
const EVIDENCE: [EvidenceFigure; 10] = [
    figure("victims_year", Figure("any_victims"), Some(Columns(&["adults"])), Form::PerThousand),
    figure("women_victims", Columns(&["any_victims_women"]), Some(Figure("any_victims")), Form::Share),
    figure("partner_share", Figure("partner_victims"), Some(Figure("any_victims")), Form::Share),
    figure("maltreated_year", Figure("children_maltreated"), Some(Figure("children")), Form::PerThousand),
    figure("police_reports", Figure("police_reports"), None, Form::Number),
    figure(
        "police_women",
        Columns(&["police_victims_women"]),
        Some(Columns(&["police_victims_women", "police_victims_men"])),
        Form::Share,
    ),
    figure("police_partners", Columns(&["police_partner_reports"]), Some(Figure("police_reports")), Form::Share),
    figure("children_known", Columns(&["children_known_to_amk"]), Some(Figure("children_maltreated")), Form::Share),
    figure(
        "desk_from_police",
        Columns(&["ashg_from_police"]),
        Some(Columns(&["ashg_from_police", "ashg_self", "ashg_first_line"])),
        Form::Share,
    ),
    figure(
        "children_in_shelter",
        Columns(&["shelter_children"]),
        Some(Columns(&["shelter_women", "shelter_men"])),
        Form::Number,
    ),
];

impl Form {
    /// Factor applied to a quotient.
    fn times(self) -> f64 {
        if self == Form::PerThousand { 1000.0 } else { 1.0 }
    }

    /// Clamps to the possible values.
    fn within(self, value: f64) -> f64 {
        value.clamp(0.0, if self == Form::Share { 1.0 } else { f64::INFINITY })
    }

    fn write(self, numbers: Numbers, value: f64) -> String {
        if self == Form::Share { numbers.percent(value) } else { numbers.about(value) }
    }
}

/// Violence and reports in the first year compared with the evidence.
fn first_year(about: &About<'_>) -> Result<Vec<PageBlock>> {
    let (words, numbers) = (&about.words, about.numbers);
    let target = |key: &str| about.passport(&format!("targets.{key}"));
    let value = |key: &str| target(key)?["value"].as_f64();
    let national = value("g4_ratio").zip(value("g4_share")).map(|(ratio, share)| cities_over_country(ratio, share));
    let sums = |count: Option<YearlyCount>| -> Result<Option<Vec<f64>>> {
        let mut sums: Vec<f64> = Vec::new();
        for column in count.map(YearlyCount::columns).unwrap_or_default() {
            let Some((_, first)) = about.by_year(column, about.base(), "G4")?.pop_first() else { return Ok(None) };
            sums.resize(first.len(), 0.0);
            sums.iter_mut().zip(first).for_each(|(sum, more)| *sum += more);
        }
        Ok(Some(sums))
    };
    let row = |figure: &EvidenceFigure, above: Vec<f64>, below: Vec<f64>| {
        let (passport, form) = (target(figure.key)?, figure.form);
        let raised = if form == Form::PerThousand { 1000.0 * national? } else { 1.0 };
        let came: Vec<f64> = if below.is_empty() {
            above.iter().map(|above| above / about.scale).collect()
        } else {
            above.iter().zip(below).map(|(above, below)| above / below * form.times()).collect()
        };
        let came: Vec<f64> = came.into_iter().filter(|value| value.is_finite()).collect();
        let few = above.iter().sum::<f64>() < FEWEST || came.is_empty();
        let write = |value: f64| form.write(numbers, form.within(value));
        let model = match came.iter().sum::<f64>() / came.len() as f64 {
            _ if few => words.get("effect.word_few"),
            mean => write(mean),
        };
        let range = range_of_draws(&came).filter(|_| !few).map_or_else(
            || ABSENT.to_owned(),
            |(low, high)| words.say("effect.limits", &[("low", &*write(low)), ("high", &write(high))]),
        );
        let text = |name: &str| passport[name].as_str().unwrap_or(ABSENT).to_owned();
        // Some sources have a name of their own; the others are keys of the list of literature.
        let source = words.known(&format!("source.{}", text("source"))).unwrap_or_else(|| text("source"));
        let source = match passport["year"].as_i64() {
            Some(year) => format!("{source} ({year})"),
            None => source,
        };
        let known = form.write(numbers, value(figure.key)? * raised);
        Some(vec![about.of("fit.target", figure.key), known, model, range, text("grade"), source])
    };
    let mut rows = Vec::new();
    for figure in &EVIDENCE {
        if let Some((above, below)) = sums(Some(figure.above))?.zip(sums(figure.below)?) {
            rows.extend(row(figure, above, below));
        }
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let head = ["what", "known", "model", "range", "grade", "source"];
    let head = head.iter().map(|name| about.of("fit.evidence_column", name)).collect();
    Ok(vec![
        PageBlock::text(words.get("fit.evidence_how")),
        PageBlock::Table(Grid::open(words.get("fit.evidence_table"), head, rows)),
    ])
}

/// Whether the parameter draws start at levels that agree with the evidence.
fn draws_start(about: &About<'_>) -> Vec<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let Some(start) = start::start(about.run).ok().flatten() else { return Vec::new() };
    let whole = |count: usize| numbers.whole(count as f64);
    let (within, draws) = (whole(start.within), whole(start.draws));
    let mut text = words.say("fit.start_how", &[("within", &*within), ("draws", &draws)]);
    if let Some(effective) = start.effective {
        text.push(' ');
        text.push_str(&words.say("fit.start_effective", &[("effective", &*numbers.whole(effective.round()))]));
    }
    let row = |figure: &start::StartLevel| {
        let write = |value: f64| numbers.about(1000.0 * value);
        let limits =
            |(low, high): (f64, f64)| words.say("effect.limits", &[("low", &*write(low)), ("high", &write(high))]);
        vec![
            about.of("fit.moment", figure.moment),
            write(figure.central),
            limits(figure.interval),
            write(figure.mean),
            limits(figure.range),
            whole(figure.within),
        ]
    };
    let head = ["what", "central", "interval", "mean", "range", "within"];
    let head = head.iter().map(|name| about.of("fit.start_column", name)).collect();
    let rows = start.figures.iter().map(row).collect();
    vec![PageBlock::text(text), PageBlock::Table(Grid::open(words.get("fit.start_table"), head, rows))]
}

/// Fit of the initial population to the input margins, by kind.
fn margins(about: &About<'_>) -> Result<Option<Grid>> {
    let (words, numbers) = (&about.words, about.numbers);
    let Some(table) = about.table("fit") else { return Ok(None) };
    let [margin, group, city] = [table.texts("margin")?, table.texts("group")?, table.texts("city")?];
    let (targets, values) = (table.numbers("target")?, table.numbers("achieved")?);
    let mut means: BTreeMap<[&str; 3], (f64, f64)> = BTreeMap::new();
    for row in rows_where(table, &[("scenario", about.base())])? {
        let (Some(target), Some(achieved)) = (targets.get(row), values.get(row)) else { continue };
        let sums = means.entry([margin, group, city].map(|column| column.or_empty(row))).or_default();
        *sums = (sums.0 + target, sums.1 + achieved);
    }
    // Number of figures, number close to their target, and sums of differences and of targets.
    let mut kinds: BTreeMap<&str, (usize, usize, f64, f64)> = BTreeMap::new();
    for ([margin, ..], (target, achieved)) in means {
        let kind = kinds.entry(margin).or_default();
        let off = (achieved - target).abs();
        *kind = (kind.0 + 1, kind.1 + usize::from(off <= NEAR * target), kind.2 + off, kind.3 + target);
    }
    let row = |(margin, (all, near, off, target)): (&str, (usize, usize, f64, f64))| {
        let [all, near] = [all, near].map(|count| numbers.whole(count as f64));
        vec![about.of("fit.margin", margin), all, near, numbers.percent(off / target)]
    };
    let head = ["margin", "count", "near", "off"].iter().map(|name| about.of("fit.column", name)).collect();
    let rows: Vec<Vec<String>> = kinds.into_iter().map(row).collect();
    Ok((!rows.is_empty()).then(|| Grid::open(words.get("fit.summary"), head, rows)))
}

/// Number of first years compared with figures of 2008: a single year has few deaths.
const NEAR_2008: usize = 5;

/// Homicide and serious injury compared with the little that is known of them.
fn gravest(about: &About<'_>) -> Result<Vec<PageBlock>> {
    let (words, numbers) = (&about.words, about.numbers);
    let mean = |column: &str| -> Result<Option<(f64, f64)>> {
        let of_year = about.by_year(column, about.base(), "G4")?;
        let first: Vec<f64> = of_year.into_values().take(NEAR_2008).flatten().collect();
        let simulated: f64 = first.iter().sum();
        Ok((!first.is_empty()).then(|| (simulated / first.len() as f64 / about.scale, simulated)))
    };
    let (Some(killed), Some(injured)) = (mean("deaths_by_partner")?, mean("serious_injuries")?) else {
        return Ok(vec![about.missing("yearly")]);
    };
    let value = |key: &str| about.passport(key).and_then(|it| it["value"].as_f64());
    let country = about.passport("validation.women_killed").and_then(|it| {
        let row = it["rows"].get(0)?;
        Some((row.get(0)?.as_f64()?, row.get(1)?.as_f64()?))
    });
    let known = country.and_then(|(low, high)| {
        let (share, ratio) = (value("targets.g4_share")?, value("targets.g4_ratio")?);
        // The cities' part of the national figure, by population and prevalence.
        let part = share * cities_over_country(ratio, share);
        Some((low * part, high * part))
    });
    let known = known.map_or_else(
        || ABSENT.to_owned(),
        |(low, high)| words.say("effect.limits", &[("low", &numbers.about(low)), ("high", &numbers.about(high))]),
    );
    let row = |what: &str, (value, simulated): (f64, f64), known: String| {
        vec![words.get(what), numbers.unless_few(value, simulated), known]
    };
    let rows = vec![row("fit.killed", killed, known), row("fit.injured", injured, words.get("fit.nothing_known"))];
    let head = ["what", "model", "known"].iter().map(|name| about.of("fit.gravest_column", name)).collect();
    let (low, high) = country.unwrap_or((f64::NAN, f64::NAN));
    let of =
        [("years", &*numbers.whole(NEAR_2008 as f64)), ("low", &numbers.whole(low)), ("high", &numbers.whole(high))];
    let text = words.say("fit.gravest_how", &of);
    Ok(vec![PageBlock::text(text), PageBlock::Table(Grid::open(words.get("fit.gravest_table"), head, rows))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::figures::FIGURES;

    #[test]
    fn a_number_that_is_a_figure_is_taken_from_the_list() {
        for count in EVIDENCE.iter().flat_map(|it| [Some(it.above), it.below]).flatten() {
            let figure = |key| YearlyCount::Figure(key).columns();
            match count {
                Figure(key) => assert!(!figure(key).is_empty(), "{key}"),
                Columns(columns) => assert!(FIGURES.iter().all(|it| figure(it.key) != columns), "{columns:?}"),
            }
        }
    }

    #[test]
    fn the_level_of_the_cities_is_that_of_targets_and_shares_stay_shares() {
        assert_eq!(cities_over_country(1.0, 0.4), 1.0);
        assert_eq!([Form::Share, Form::Number].map(|form| form.within(1.2)), [1.0, 1.2]);
        assert_eq!(Form::PerThousand.within(-3.0), 0.0);
    }
}

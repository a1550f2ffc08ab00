//! The next generation: onset, continuation of lineages, and causal effect of childhood versus association.

use std::collections::BTreeMap;

use crate::analysis::figures::NEXT;
use crate::charts::{Axis, Bar, BarChart, Heading, IntervalChart, IntervalRow};
use crate::error::Result;
use crate::report::about::{About, COHORTS_AGE as AGE, blocks_or_fault, mean_of, range_of, rows_where};
use crate::report::numbers::{ABSENT, FEWEST};
use crate::report::view::{Grid, KeyFigure, PageBlock, Section};
use crate::stats::pairs::Mean;
use crate::tables::Table;

const PATHWAYS: [&str; 4] = ["witness_use", "exposed_use", "exposed_suffer", "maltreated_maltreats"];
const CHILDHOODS: [&str; 4] = ["none", "witnessed", "maltreated", "both"];
const LINEAGES: [&str; 4] = ["continued", "not continued", "new", "neither"];

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("generations.lead") }];
    if about.effects.is_some() {
        blocks.push(PageBlock::Figures { figures: figures(about) });
    }
    let parts = [
        ("generations.cohorts", blocks_or_fault(cohorts(about))),
        ("generations.lineages", blocks_or_fault(lineages(about))),
        ("generations.ratios", blocks_or_fault(ratios(about))),
        ("generations.number", number(about)),
    ];
    for (title, inside) in parts {
        blocks.extend(PageBlock::more(words.get(title), inside));
    }
    Section { id: "generations", title: words.get("generations.title"), blocks }
}

/// Headline numbers: children per parent who come to use violence, children who never do, and children who witness it.
pub(super) fn figures(about: &About<'_>) -> Vec<KeyFigure> {
    let (words, numbers) = (&about.words, about.numbers);
    let mut figures = Vec::new();
    if let Some(found) = about.reproduction() {
        let of = [
            ("from", &*found.parents.0.to_string()),
            ("until", &found.parents.1.to_string()),
            ("limits", &found.r.range.map_or_else(|| ABSENT.to_owned(), |limits| about.limits(limits))),
            ("counted", &numbers.about(found.association.mean)),
        ];
        figures.push(KeyFigure {
            value: numbers.about(found.r.mean),
            label: words.get("generations.passing"),
            note: words.say("generations.passing_note", &of),
        });
    }
    if let Some(never) = never(about) {
        figures.push(KeyFigure {
            value: words.say("generations.of_100", &[("count", &numbers.whole(never))]),
            label: words.get("generations.never"),
            note: words.get("generations.never_note"),
        });
    }
    // A run without this column has no such figure.
    let witnessing = about.by_year("children_witnessing", about.base(), "G4").unwrap_or_default();
    let all: Vec<f64> = witnessing.into_values().flatten().collect();
    if !all.is_empty() {
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        figures.push(KeyFigure {
            value: numbers.unless_few(mean / about.scale, mean),
            label: words.get("generations.witnessing"),
            note: words.say("generations.witnessing_note", &[("base", &about.label(about.base()))]),
        });
    }
    figures
}

/// Of 100 children exposed to violence, the number who never use it against a partner by 40.
pub(super) fn never(about: &About<'_>) -> Option<f64> {
    let table = about.table("transmission")?;
    let says =
        [("scenario", about.base()), ("city", "G4"), ("sex", "both"), ("pathway", "exposed_use"), ("window", "all")];
    // A run without one of these columns has no such figure; the section on generations names the column.
    let rows = rows_where(table, &says).ok()?;
    let persons = mean_of(table, &rows, "exposed_reaching_40").ok()??;
    if persons < FEWEST { None } else { mean_of(table, &rows, "never_by_40_of_100").ok()? }
}

/// Proportion who ever used violence by 30, by childhood, among persons born in the cities since 2008.
fn cohorts(about: &About<'_>) -> Result<Vec<PageBlock>> {
    let (words, numbers) = (&about.words, about.numbers);
    let Some(table) = about.table("cohorts") else { return Ok(vec![about.missing("cohorts")]) };
    let [scenario, childhood] = [table.texts("scenario")?, table.texts("childhood")?];
    let [born, age] = [table.integers("birth_year")?, table.integers("age")?];
    let [persons, ever] = [table.numbers("persons")?, table.numbers("share_ever_used")?];
    // By scenario and childhood: persons, and those who ever used violence.
    let mut sums: BTreeMap<(&str, &str), (f64, f64)> = BTreeMap::new();
    for row in rows_where(table, &[("city", "G4"), ("birthplace", "cities")])? {
        if born.or_zero(row) < NEXT || age.or_zero(row) != AGE {
            continue;
        }
        let sum = sums.entry((scenario.or_empty(row), childhood.or_empty(row))).or_default();
        sum.0 += persons.or_zero(row);
        sum.1 += persons.or_zero(row) * ever.or_zero(row);
    }
    let units = units(about);
    let share = |sum: &(f64, f64)| {
        if sum.0 / units < FEWEST { numbers.few() } else { numbers.percent(sum.1 / sum.0) }
    };
    let rows: Vec<Vec<String>> = about
        .names()
        .iter()
        .map(|name| {
            let cells = CHILDHOODS.iter().map(|childhood| sums.get(&(*name, *childhood)));
            std::iter::once(about.label(name))
                .chain(cells.map(|sum| sum.map_or_else(|| numbers.few(), share)))
                .collect()
        })
        .collect();
    let head = CHILDHOODS.iter().map(|childhood| about.of("childhood", childhood));
    let head = std::iter::once(words.get("effect.column.scenario")).chain(head).collect();
    Ok(vec![PageBlock::Table(Grid::open(words.get("generations.cohorts_table"), head, rows))])
}

/// Draws multiplied by replicates.
fn units(about: &About<'_>) -> f64 {
    (about.draws.max(1) * about.replicates) as f64
}

/// Lineages at 30 by scenario.
fn lineages(about: &About<'_>) -> Result<Vec<PageBlock>> {
    let (words, numbers) = (&about.words, about.numbers);
    let Some(table) = about.table("lineages") else { return Ok(vec![about.missing("lineages")]) };
    let [scenario, lineage] = [table.texts("scenario")?, table.texts("lineage")?];
    let [age, persons] = [table.integers("age")?, table.integers("persons")?];
    let mut sums: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for row in rows_where(table, &[("city", "G4")])?.into_iter().filter(|row| age.or_zero(*row) == AGE) {
        let sum = sums.entry((scenario.or_empty(row), lineage.or_empty(row))).or_default();
        *sum += persons.or_zero(row) as f64;
    }
    let units = units(about);
    let of =
        |name: &'_ str, lineage: &str| sums.iter().find(|(key, _)| **key == (name, lineage)).map_or(0.0, |it| *it.1);
    let real = |name: &str, lineage: &str| of(name, lineage) / units / about.scale;
    let base = about.base();
    // Enough digits in a column for different values to look different.
    let least = |lineage: &str| {
        let others = about.others().into_iter().map(|name| (real(name, lineage) - real(base, lineage)).abs());
        others.filter(|difference| *difference > 0.0).fold(f64::INFINITY, f64::min)
    };
    let cell = |name: &str, lineage: &str| {
        let simulated = of(name, lineage) / units;
        if simulated < FEWEST && simulated > 0.0 {
            return numbers.few();
        }
        let value = numbers.about_within(real(name, lineage), least(lineage));
        let more = real(name, lineage) - real(base, lineage);
        if name == base || about.effects.is_none() {
            value
        } else {
            words.say("generations.beside", &[("value", &*value), ("more", &numbers.signed(more))])
        }
    };
    let rows: Vec<Vec<String>> = about
        .names()
        .iter()
        .map(|name| std::iter::once(about.label(name)).chain(LINEAGES.iter().map(|of| cell(name, of))).collect())
        .collect();
    let head = LINEAGES.iter().map(|lineage| about.of("lineage", &lineage.replace(' ', "_")));
    let head = std::iter::once(words.get("effect.column.scenario")).chain(head).collect();
    let (continued, stopped) = (of(base, "continued"), of(base, "not continued"));
    let mut blocks = Vec::new();
    if (continued / units).min(stopped / units) >= FEWEST {
        let share = numbers.percent(stopped / (continued + stopped));
        blocks.push(PageBlock::text(words.say("generations.stopped", &[("share", &share)])));
    }
    blocks.push(PageBlock::Table(Grid::open(words.get("generations.lineages_table"), head, rows)));
    if about.effects.is_some() {
        blocks.push(PageBlock::note(words.get("generations.lineages_births")));
    }
    Ok(blocks)
}

/// Causal versus crude ratios.
fn ratios(about: &About<'_>) -> Result<Vec<PageBlock>> {
    let (words, numbers) = (&about.words, about.numbers);
    let Some(table) = about.table("transmission") else { return Ok(vec![about.missing("transmission")]) };
    let mut rows = Vec::new();
    let mut bars = Vec::new();
    for pathway in PATHWAYS {
        let says =
            |sex| [("scenario", about.base()), ("city", "G4"), ("sex", sex), ("pathway", pathway), ("window", "all")];
        let found = rows_where(table, &says("both"))?;
        if mean_of(table, &found, "exposed_cases")?.is_none_or(|cases| cases < FEWEST) {
            continue;
        }
        for (column, kind) in [("causal_ratio", "generations.causal"), ("crude_ratio", "generations.association")] {
            let Some(point) = mean_of(table, &found, column)? else { continue };
            let (low, high) = range_of(table, &found, column)?.unwrap_or((f64::NAN, f64::NAN));
            let label = about.of("pathway", pathway);
            rows.push(IntervalRow { label, point, low, high, note: words.get(kind) });
        }
        let shares = (mean_of(table, &found, "exposed_by_40")?, mean_of(table, &found, "unexposed_by_40")?);
        let enough = mean_of(table, &found, "exposed_reaching_40")?.is_some_and(|persons| persons >= FEWEST);
        if let ((Some(exposed), Some(others)), true) = (shares, enough) {
            bars.push((about.of("pathway", pathway), exposed, others));
        }
    }
    let heading = Heading {
        id: "generations-ratios".into(),
        title: words.get("generations.ratios_chart"),
        description: words.get("generations.ratios_summary"),
    };
    let intervals = IntervalChart {
        heading: heading.clone(),
        rows_are: words.get("generations.rows"),
        axis: Axis { name: words.get("generations.ratio"), format: numbers.format(1), reach: vec![] },
        zero: 1.0,
        sides: [String::new(), words.get("generations.likelier")],
        notes_are: words.get("generations.kind"),
        rows,
    };
    let mut blocks = vec![PageBlock::text(words.get("generations.ratios_how"))];
    match PageBlock::chart(&intervals, &heading, &words.get("page.table")) {
        Some(block) => blocks.push(block),
        None => blocks.push(PageBlock::missing(words.get("changes.few"))),
    }
    let heading = Heading {
        id: "generations-shares".into(),
        title: words.get("generations.shares_chart"),
        description: words.get("generations.shares_summary"),
    };
    let row = |label: &str, group: &str, share: f64| Bar {
        label: format!("{label}, {}", words.get(group)),
        values: vec![share],
    };
    let shares = BarChart {
        heading: heading.clone(),
        rows_are: words.get("generations.rows"),
        axis: Axis { name: words.get("generations.share"), format: numbers.percents(0), reach: vec![0.0] },
        parts: vec![],
        total: String::new(),
        rows: bars
            .iter()
            .flat_map(|(label, exposed, others)| {
                [row(label, "generations.exposed", *exposed), row(label, "generations.unexposed", *others)]
            })
            .collect(),
    };
    blocks.extend(PageBlock::chart(&shares, &heading, &words.get("page.table")));
    blocks.extend(kappas(about, table)?);
    Ok(blocks)
}

/// Targets and values achieved: the crude ratio and its target, the causal ratio, kappa of the input and kappa
/// achieved.
fn kappas(about: &About<'_>, table: &Table) -> Result<Vec<PageBlock>> {
    let (words, numbers) = (&about.words, about.numbers);
    let mut rows = Vec::new();
    for name in about.names() {
        for (pathway, sex) in PATHWAYS.into_iter().flat_map(|pathway| ["male", "female"].map(|sex| (pathway, sex))) {
            let says = [("scenario", name), ("city", "G4"), ("sex", sex), ("pathway", pathway), ("window", "all")];
            let found = rows_where(table, &says)?;
            let mean = |column: &str| mean_of(table, &found, column);
            let cases = mean("exposed_cases")?.unwrap_or(0.0);
            let (Some(target), true) = (mean("input_ratio")?, cases >= FEWEST) else { continue };
            let ratio = |mean: Option<f64>| mean.map_or_else(String::new, |it| numbers.about(it));
            let share = |mean: Option<f64>| mean.map_or_else(String::new, |it| numbers.percent(it));
            rows.push(vec![
                about.label(name),
                format!("{}: {}", words.get(&format!("persons.who.{sex}")), about.of("pathway", pathway)),
                numbers.about(target),
                ratio(mean("crude_ratio")?),
                ratio(mean("causal_ratio")?),
                ratio(mean("input_kappa")?),
                ratio(mean("achieved_kappa")?),
                share(mean("attributable_own")?),
                share(mean("attributable_both")?),
            ]);
        }
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let head = [
        "effect.column.scenario",
        "generations.rows",
        "generations.kappa_target",
        "generations.kappa_crude",
        "generations.kappa_causal",
        "generations.kappa_in",
        "generations.kappa_out",
        "generations.kappa_own",
        "generations.kappa_both",
    ];
    let head = head.map(|key| words.get(key)).into();
    Ok(vec![
        PageBlock::text(words.get("generations.kappa_how")),
        PageBlock::Table(Grid::folded(words.get("generations.kappa_table"), head, rows)),
    ])
}

/// The generational reproduction number, causal versus counted.
fn number(about: &About<'_>) -> Vec<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    if about.generations.is_none() {
        return vec![PageBlock::missing(words.get("generations.no_number"))];
    }
    let Some(found) = about.reproduction() else { return vec![PageBlock::missing(words.get("changes.few"))] };
    let told = |mean: &Mean| match mean.range {
        Some(limits) => format!("{} ({})", numbers.about(mean.mean), about.limits(limits)),
        None => numbers.about(mean.mean),
    };
    let years = (found.parents.0.to_string(), found.parents.1.to_string());
    let of = [
        ("from", &*years.0),
        ("until", &years.1),
        ("r", &told(&found.r)),
        ("counted", &told(&found.association)),
        ("persons", &numbers.about(found.counted / about.scale)),
    ];
    let mut rows = vec![vec![words.get("generations.number_all"), told(&found.r)]];
    rows.extend(found.pathways.iter().map(|(name, mean)| {
        vec![words.say("generations.number_without", &[("name", &about.label(name))]), told(mean)]
    }));
    rows.extend(found.remainder.iter().map(|mean| vec![words.get("generations.number_rest"), told(mean)]));
    rows.push(vec![words.get("generations.number_counted"), told(&found.association)]);
    rows.extend(found.risk_ratio.iter().map(|mean| vec![words.get("generations.number_ratio"), told(mean)]));
    let head = vec![words.get("generations.number_kind"), words.get("generations.number_value")];
    vec![
        PageBlock::text(words.say("generations.number_how", &of)),
        PageBlock::Table(Grid::open(words.get("generations.number_table"), head, rows)),
    ]
}

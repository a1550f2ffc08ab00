//! Comparison of two runs: differences in their inputs and in their results.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::Serialize;

use super::figure_columns::FigureColumns;
use super::figures::{Figure, OF_RUNS};
use super::inputs::{self, DrawnOtherwise, InputDifference, InputSource};
use super::rows::{ALL_CITIES, RowPairs, RowPlaces};
use crate::error::{Error, Result};
use crate::stats::pairs::Design;
use crate::stats::{Ensemble, Estimate, Pairing};
use crate::store::Run;
use crate::tables::Table;

/// Differences between two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The two runs.
    pub runs: [RunSide; 2],
    /// Remarks to read first: what the runs do not have in common, and what is left out for that reason.
    pub notes: Vec<String>,
    /// Inputs that differ.
    pub inputs: Vec<InputDifference>,
    /// Parameters with different values in draws that both runs have.
    pub drawn: Vec<DrawnOtherwise>,
    /// Outcomes, scenario by scenario.
    pub outcomes: Vec<SideBySide>,
}

/// One of the two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunSide {
    /// The run folder.
    pub run: String,
    /// Id of the run.
    pub id: String,
    /// Title of the experiment.
    pub title: String,
    /// Label given by the user.
    pub label: Option<String>,
}

/// A scenario of one run compared with a scenario of the other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SideBySide {
    /// Names of the scenario in the two runs.
    pub scenarios: [String; 2],
    /// First and last year that all units of both have.
    pub years: (i64, i64),
    /// Whether draws and replicates of the two runs are compared one by one (common random numbers).
    pub paired: bool,
    /// Number of units (draws x replicates) averaged.
    pub units: [usize; 2],
    /// The figures.
    pub figures: Vec<ComparedFigure>,
}

/// Years that a figure covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Span {
    /// The first common year.
    First,
    /// The last common year.
    Last,
    /// The sum over all common years.
    Sum,
}

/// A figure of the four cities in both runs, in real persons or events: the simulated number divided by the scale.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedFigure {
    /// Key of the figure.
    pub measure: &'static str,
    /// In words.
    pub words: &'static str,
    /// Unit; persons summed over years are person-years.
    pub unit: String,
    /// Years covered.
    pub span: Span,
    /// Mean in the first run.
    pub first: Estimate,
    /// Mean in the second run.
    pub second: Estimate,
    /// The second minus the first.
    pub difference: Estimate,
}

const YEARLY: &str = "yearly";
const REFUSALS: &str = "shelter_refusals";

/// The figures that are compared, in order.
fn compared() -> impl Iterator<Item = &'static Figure> {
    OF_RUNS.iter().filter_map(|key| Figure::named(key))
}

/// Compares two runs of the same model.
///
/// Runs that end in different years are compared over the years that both have. Scenarios are matched by name; if the
/// comparators (or the only scenarios) have different names, they are compared too.
///
/// # Errors
/// The same folder twice; runs of different models; a table that is damaged.
pub fn compare(first: &Run, second: &Run) -> Result<Comparison> {
    let place = |run: &Run| run.folder().display().to_string();
    if let (Ok(a), Ok(b)) = (first.folder().canonicalize(), second.folder().canonicalize())
        && a == b
    {
        let fault = Error::data("both are the same run", "give two different run folders");
        return Err(fault.in_file(place(second), None).into());
    }
    let facts = [Facts::of(first), Facts::of(second)];
    if facts[0].model != facts[1].model {
        let [a, b] = facts.each_ref().map(|facts| facts.model.escape_debug());
        let what = format!("a run of another model: `{b}`, where the first run is of `{a}`");
        return Err(Error::data(what, "compare runs of the same model").in_file(place(second), None).into());
    }
    let mut notes = notes(&facts);
    let outcomes = match tables([first, second], &mut notes)? {
        Some(tables) => {
            let withheld = withheld(first, &facts[0])? || withheld(second, &facts[1])?;
            if withheld {
                notes.push("refusals by shelters are left out: too few places at this scale".to_owned());
            }
            side_by_side([&tables[0], &tables[1]], &facts, withheld, &mut notes)?
        }
        None => Vec::new(),
    };
    let side = |run: &Run| RunSide {
        run: place(run),
        id: run.manifest.id.clone(),
        title: run.manifest.title.clone(),
        label: run.label(),
    };
    Ok(Comparison {
        runs: [side(first), side(second)],
        notes,
        inputs: inputs::differences(&InputSource::of(first), &InputSource::of(second)),
        drawn: inputs::drawn_otherwise(&first.manifest, &second.manifest),
        outcomes,
    })
}

/// Facts of a manifest that determine how a run can be compared.
struct Facts {
    model: String,
    seed: u64,
    scale: f64,
    until: i32,
    design: Design,
    comparator: String,
    scenarios: Vec<String>,
    /// Units of the columns of `yearly`.
    units: BTreeMap<String, String>,
}

impl Facts {
    fn of(run: &Run) -> Facts {
        let columns = run.codebook.tables.get(YEARLY).into_iter().flat_map(|table| &table.columns);
        let recorded = &run.recorded;
        Facts {
            model: recorded.model_name.clone(),
            seed: run.manifest.seed,
            scale: recorded.scale,
            until: recorded.until,
            design: super::design(run),
            comparator: recorded.comparator.clone(),
            scenarios: run.manifest.scenarios.iter().map(|scenario| scenario.name.clone()).collect(),
            units: columns.map(|column| (column.name.clone(), column.unit.clone())).collect(),
        }
    }
}

/// Differences between two runs that limit the comparison, as far as their manifests show.
fn notes([first, second]: &[Facts; 2]) -> Vec<String> {
    let mut notes = Vec::new();
    if first.until != second.until {
        notes.push(format!(
            "the runs end in different years ({} and {}): only the years that both have are compared",
            first.until - 1,
            second.until - 1
        ));
    }
    if first.seed != second.seed {
        notes.push(
            "the seeds differ: differences are unpaired, and their errors include the Monte Carlo error of both runs"
                .to_owned(),
        );
    }
    if first.scale != second.scale {
        notes.push(format!(
            "the scales differ ({} and {}): figures are scaled up to all real persons, but the simulated persons differ",
            first.scale, second.scale
        ));
    }
    notes
}

/// The table `yearly` of both runs; `None`, with a remark, if one has none.
fn tables(runs: [&Run; 2], notes: &mut Vec<String>) -> Result<Option<[Table; 2]>> {
    for (run, which) in runs.iter().zip(["first", "second"]) {
        if !run.has(YEARLY) {
            notes.push(format!(
                "outcomes are not compared: the {which} run has no table `{YEARLY}`; add it to `outcomes` of the experiment"
            ));
            return Ok(None);
        }
    }
    Ok(Some([runs[0].table(YEARLY)?, runs[1].table(YEARLY)?]))
}

/// Whether refusals by shelters are invalid at the scale of a run, according to its table `capacity` or because it has
/// none.
fn withheld(run: &Run, facts: &Facts) -> Result<bool> {
    if facts.scale >= 1.0 {
        return Ok(false);
    }
    if !run.has("capacity") {
        return Ok(true);
    }
    let capacity = run.table("capacity")?;
    let [city, provider] = [capacity.texts("city")?, capacity.texts("provider")?];
    let withheld = capacity.texts("withheld")?;
    Ok((0..capacity.rows()).any(|row| {
        city.is(row, ALL_CITIES) && provider.or_empty(row).starts_with("shelter_") && withheld.get(row).is_some()
    }))
}

/// The scenarios that are compared: those of the same name, and the comparators when neither run has that of the other.
fn matched([first, second]: &[Facts; 2], notes: &mut Vec<String>) -> Vec<[String; 2]> {
    let shared = |name: &&String| second.scenarios.contains(*name);
    let mut pairs: Vec<[String; 2]> =
        first.scenarios.iter().filter(shared).map(|name| [name.clone(), name.clone()]).collect();
    let (a, b) = (&first.comparator, &second.comparator);
    if !second.scenarios.contains(a) && !first.scenarios.contains(b) {
        notes.push(format!(
            "the comparators have different names: `{}` of the first run is compared with `{}` of the second",
            a.escape_debug(),
            b.escape_debug()
        ));
        pairs.insert(0, [a.clone(), b.clone()]);
    }
    for (facts, others, which) in [(first, second, "first"), (second, first, "second")] {
        let alone = |name: &&String| !pairs.iter().flatten().any(|other| other == *name);
        let left: Vec<&str> = facts
            .scenarios
            .iter()
            .filter(|name| !others.scenarios.contains(name))
            .filter(alone)
            .map(String::as_str)
            .collect();
        if !left.is_empty() {
            notes.push(format!("only in the {which} run, so not compared: {}", left.join(", ").escape_debug()));
        }
    }
    pairs
}

/// By unit and year: the measures, `None` if the table lacks one.
type Years = BTreeMap<(i64, i64), BTreeMap<i64, Vec<Option<f64>>>>;

/// Reads a scenario's rows of the four cities, in real persons.
fn read(table: &Table, scenario: &str, scale: f64) -> Result<Years> {
    let (places, pairs, year) = (RowPlaces::of(table)?, RowPairs::of(table)?, table.integers("year")?);
    let columns: Vec<FigureColumns<'_>> = compared().map(|figure| FigureColumns::of(figure, table)).collect();
    let mut years = Years::new();
    for row in (0..table.rows()).filter(|row| places.in_all_cities(*row, scenario)) {
        let values = columns.iter().map(|columns| columns.value(row).map(|value| value / scale)).collect();
        years.entry(pairs.pair(row)).or_default().insert(year.or_zero(row), values);
    }
    Ok(years)
}

/// The years that all units have.
fn common_years<'a>(units: impl Iterator<Item = &'a BTreeMap<i64, Vec<Option<f64>>>>) -> Option<BTreeSet<i64>> {
    let years = units.map(|unit| unit.keys().copied().collect::<BTreeSet<i64>>());
    years.reduce(|common, years| common.intersection(&years).copied().collect()).filter(|years| !years.is_empty())
}

fn side_by_side(
    tables: [&Table; 2],
    facts: &[Facts; 2],
    refusals_withheld: bool,
    notes: &mut Vec<String>,
) -> Result<Vec<SideBySide>> {
    let mut all = Vec::new();
    let pairs = matched(facts, notes);
    if pairs.is_empty() {
        notes.push("outcomes are not compared: the runs have no scenario in common".to_owned());
    }
    let mut missing: BTreeSet<&str> = BTreeSet::new();
    for scenarios in pairs {
        let of = |side: usize| read(tables[side], &scenarios[side], facts[side].scale);
        let sides = [of(0)?, of(1)?];
        let Some(years) = common_years(sides.iter().flat_map(BTreeMap::values)) else {
            notes.push(format!("no year in common: scenario `{}` is left out", scenarios[0].escape_debug()));
            continue;
        };
        let units = sides.each_ref().map(|side| side.keys().copied().collect::<BTreeSet<_>>());
        let pairing = Pairing::of(&units[0], &units[1], facts[0].seed == facts[1].seed);
        let mut figures = Vec::new();
        for (at, measure) in compared().enumerate() {
            if refusals_withheld && measure.key == REFUSALS {
                continue;
            }
            let found = figures_of(at, measure, &sides, &years, &pairing, facts);
            if found.is_empty() {
                missing.insert(measure.key);
            }
            figures.extend(found);
        }
        figures.sort_by_key(|figure: &ComparedFigure| figure.span);
        let counted = match &pairing {
            Pairing::Paired(common) => [common.len(); 2],
            Pairing::Unpaired => units.each_ref().map(BTreeSet::len),
        };
        if counted != units.each_ref().map(BTreeSet::len) {
            notes.push(format!(
                "scenario `{}`: only the {} units (draws x replicates) that both runs have are compared",
                scenarios[0].escape_debug(),
                counted[0]
            ));
        }
        let ends = years.first().copied().zip(years.last().copied()).unwrap_or_default();
        let paired = pairing != Pairing::Unpaired;
        all.push(SideBySide { scenarios, years: ends, paired, units: counted, figures });
    }
    if !missing.is_empty() {
        let names: Vec<&str> = missing.into_iter().collect();
        notes.push(format!("left out, because `{YEARLY}` of one run lacks it: {}", names.join(", ")));
    }
    Ok(all)
}

/// A measure in the first, the last and all common years; `None` if a run lacks it.
fn figures_of(
    at: usize,
    measure: &Figure,
    sides: &[Years; 2],
    years: &BTreeSet<i64>,
    pairing: &Pairing,
    facts: &[Facts; 2],
) -> Vec<ComparedFigure> {
    let (Some(&first), Some(&last)) = (years.first(), years.last()) else { return Vec::new() };
    let unit = measure.columns().first().and_then(|column| facts[0].units.get(*column)).map_or("-", String::as_str);
    let sum = |unit: &BTreeMap<i64, Vec<Option<f64>>>, span: RangeInclusive<i64>| -> Option<f64> {
        years.range(span).map(|year| unit.get(year).and_then(|values| values.get(at).copied().flatten())).sum()
    };
    let figure = |(span, of): (Span, RangeInclusive<i64>)| {
        let ensemble = |side: &Years| -> Option<Ensemble> {
            side.iter().map(|(unit, years)| Some((*unit, sum(years, of.clone())?))).collect()
        };
        let [a, b] = sides.each_ref().map(ensemble);
        let ([first, second], difference) =
            pairing.difference([&a?, &b?], facts.each_ref().map(|facts| facts.design))?;
        let unit = if span == Span::Sum { measure.unit } else { unit }.to_owned();
        Some(ComparedFigure { measure: measure.key, words: measure.words[0], unit, span, first, second, difference })
    };
    let spans = [(Span::First, first..=first), (Span::Last, last..=last), (Span::Sum, first..=last)];
    spans.into_iter().filter_map(figure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{CITY, Cell, Column, DRAW, Kind, REPLICATE, Schema, Sees};

    const fn column(name: &'static str, sees: Sees) -> Column {
        Column { name, kind: Kind::Int, unit: "persons", meaning: "a number", sees }
    }

    static SHORT: Schema = Schema {
        name: "yearly",
        meaning: "a city in a year",
        keys: 4,
        columns: &[
            DRAW,
            REPLICATE,
            CITY,
            column("year", Sees::Key),
            column("population", Sees::Truth),
            column("incidents_by_men", Sees::Truth),
            column("incidents_by_women", Sees::Truth),
        ],
    };

    /// Two replicates of one scenario, with a number of people that increases by one each year.
    fn yearly(scenario: &str, replicates: [i64; 2], years: RangeInclusive<i64>, people: i64) -> Table {
        let mut table = Table::new(&SHORT);
        for replicate in replicates {
            for year in years.clone() {
                for (city, times) in [("Utrecht", 1), ("G4", 10)] {
                    let population = times * (people + 3 * replicate + year - 2008);
                    let row = [0, replicate].map(Cell::Int);
                    let rest = [year, population, times, 2 * times].map(Cell::Int);
                    let cells: Vec<Cell<'_>> = row.into_iter().chain([city.into()]).chain(rest).collect();
                    table.push_row(&cells).expect("a row of the table's kinds");
                }
            }
        }
        table.with_scenario(scenario)
    }

    fn facts(scenarios: &[&str], seed: u64, scale: f64, until: i32) -> Facts {
        let scenarios: Vec<String> = scenarios.iter().map(|name| (*name).to_owned()).collect();
        let units = BTreeMap::from([("population".to_owned(), "persons".to_owned())]);
        let comparator = scenarios[0].clone();
        Facts { model: "g4".into(), seed, scale, until, design: Design::Nested, comparator, scenarios, units }
    }

    fn figure<'a>(found: &'a SideBySide, measure: &str, span: Span) -> &'a ComparedFigure {
        let wanted = |figure: &&ComparedFigure| figure.measure == measure && figure.span == span;
        found.figures.iter().find(wanted).expect("a figure")
    }

    #[test]
    fn figures_are_of_real_persons_over_the_years_that_both_runs_have() {
        let tables = [yearly("a", [1, 2], 2008..=2010, 100), yearly("a", [1, 2], 2009..=2012, 102)];
        let facts = [facts(&["a"], 1, 0.1, 2011), facts(&["a"], 1, 0.1, 2013)];
        let mut told = notes(&facts);
        let found = side_by_side([&tables[0], &tables[1]], &facts, true, &mut told).expect("its columns");
        let [found] = found.as_slice() else { panic!("one scenario: {found:?}") };
        assert_eq!((found.years, found.paired, found.units), ((2009, 2010), true, [2, 2]));
        let first = figure(found, "population", Span::First);
        // In 2009: ten times 100 + 3 or 6 + 1, at a scale of a tenth.
        assert_eq!((first.first.mean, first.unit.as_str()), (100.0 * 105.5, "persons"));
        assert_eq!((first.difference.mean, first.difference.error), (200.0, Some(0.0)));
        let sum = figure(found, "population", Span::Sum);
        assert_eq!((sum.second.mean, sum.unit.as_str()), (100.0 * (107.5 + 108.5), "person-years"));
        assert_eq!(figure(found, "incidents", Span::Sum).first.mean, 2.0 * 300.0);
        assert!(found.figures.is_sorted_by_key(|figure| figure.span));
        let told = told.join("\n");
        assert!(told.contains("(2010 and 2012)"), "{told}");
        assert!(
            told.contains(
                "lacks it: any_victims, children_maltreated, children_witnessing, partner_victims, police_reports, \
                 shelter_women"
            ),
            "{told}"
        );
    }

    #[test]
    fn other_seeds_are_unpaired_and_single_years_and_units_are_whole_comparisons() {
        let tables = [yearly("a", [1, 2], 2008..=2008, 100), yearly("a", [1, 2], 2008..=2008, 100)];
        let facts = [facts(&["a"], 1, 1.0, 2009), facts(&["a"], 2, 1.0, 2009)];
        let found = side_by_side([&tables[0], &tables[1]], &facts, false, &mut Vec::new()).expect("its columns");
        let population = figure(&found[0], "population", Span::Last);
        // Replicates differ by 30: the variance of each mean is 225.
        assert!(!found[0].paired && population.difference.mean == 0.0);
        assert!(population.difference.error.is_some_and(|error| (error - 450.0_f64.sqrt()).abs() < 1e-9));
    }

    #[test]
    fn replicates_that_only_one_run_has_are_left_out_and_told() {
        let more = Table::concat([&yearly("a", [1, 2], 2008..=2009, 100), &yearly("a", [3, 4], 2008..=2009, 900)]);
        let tables = [yearly("a", [1, 2], 2008..=2009, 100), more.expect("the same columns")];
        let facts = [facts(&["a"], 1, 1.0, 2010), facts(&["a"], 1, 1.0, 2010)];
        let mut notes = Vec::new();
        let found = side_by_side([&tables[0], &tables[1]], &facts, false, &mut notes).expect("its columns");
        let population = figure(&found[0], "population", Span::Sum);
        assert_eq!((found[0].units, population.difference.mean), ([2, 2], 0.0));
        assert!(notes[0].contains("only the 2 units"), "{notes:?}");
    }

    #[test]
    fn scenarios_are_matched_by_name_and_comparators_by_their_part() {
        let names = |first: &[&str], second: &[&str]| {
            let mut notes = Vec::new();
            let pairs = matched(&[facts(first, 1, 1.0, 2009), facts(second, 1, 1.0, 2009)], &mut notes);
            let pairs: Vec<String> = pairs.iter().map(|[a, b]| format!("{a}={b}")).collect();
            (pairs.join(" "), notes.join("\n"))
        };
        assert_eq!(names(&["a", "b"], &["a", "b"]), ("a=a b=b".into(), String::new()));
        let (pairs, notes) = names(&["a", "b"], &["c", "b", "d"]);
        assert_eq!(pairs, "a=c b=b");
        assert!(
            notes.contains("`a` of the first run is compared with `c`")
                && notes.contains("second run, so not compared: d"),
            "{notes}"
        );
        let (pairs, notes) = names(&["a", "b"], &["b"]);
        assert_eq!((pairs.as_str(), notes.as_str()), ("b=b", "only in the first run, so not compared: a"));
    }

    #[test]
    fn runs_without_a_year_or_a_scenario_in_common_say_so() {
        let tables = [yearly("a", [1, 2], 2008..=2009, 1), yearly("a", [1, 2], 2010..=2011, 1)];
        let facts = [facts(&["a"], 1, 1.0, 2010), facts(&["a"], 1, 1.0, 2012)];
        let mut notes = Vec::new();
        assert_eq!(side_by_side([&tables[0], &tables[1]], &facts, false, &mut notes), Ok(vec![]));
        assert!(notes[0].contains("no year in common"), "{notes:?}");
    }
}

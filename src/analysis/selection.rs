//! Selection: how often the eligibility rule of a measure selects homes with violence, how often it selects wrongly,
//! and the result of offering the same capacity to everybody. From the table `selection`, under the comparator.

use std::collections::BTreeMap;

use super::design;
use super::rows::{RowPairs, RowPlaces};
use crate::error::Result;
use crate::stats::pairs::{Design, Mean, Pair};
use crate::store::Run;
use crate::tables::Table;

/// Performance of a rule, over all years whose follow-up of five years has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The measure.
    pub measure: String,
    /// Proportion of the eligible with violence at home in the five years after: the positive predictive value.
    pub predictive: Option<Mean>,
    /// The same proportion among all considered: the result of selecting at random among them.
    pub base: Option<Mean>,
    /// Proportion of the eligible among those with violence at home (sensitivity).
    pub found: Option<f64>,
    /// Occasions per year at which a person was considered, in real numbers.
    pub seen: f64,
    /// Eligible occasions per year, in real numbers.
    pub chosen: f64,
    /// Of these, without violence in the five years after: false positives. Persons who died or were lost to follow-up
    /// are left out.
    pub wrongly: f64,
    /// Eligible as simulated in total, before scaling.
    pub simulated: f64,
}

impl Rule {
    /// Whether the rule selects among those considered; otherwise the occasion alone selects.
    pub fn chooses(&self) -> bool {
        self.chosen < self.seen
    }
}

/// The rules of a run, sorted by key, with the random samples for comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectionRules {
    /// First and last year of occasions.
    pub years: (i64, i64),
    /// One per measure that considered anybody.
    pub rules: Vec<Rule>,
    /// Random sample of adults: proportion with violence at home in the five years after.
    pub adults: Option<Mean>,
    /// The same for a random sample of children.
    pub children: Option<Mean>,
}

/// Names of the rows of the random samples.
const AT_RANDOM: [&str; 2] = ["adults at random", "children at random"];

/// Sums of one unit: considered, with violence and lost; then eligible, with violence and lost.
type RuleSums = [f64; 6];
const COLUMNS: [&str; 6] = ["seen", "seen_met", "seen_lost", "chosen", "chosen_met", "chosen_lost"];

/// The rules of a run under its comparator; `None` if the run has no table `selection` or is too short.
///
/// # Errors
/// A table that is damaged.
pub fn selection(run: &Run) -> Result<Option<SelectionRules>> {
    if !run.has("selection") {
        return Ok(None);
    }
    let recorded = &run.recorded;
    rules(&run.table("selection")?, &recorded.comparator, recorded.scale, design(run))
}

fn rules(table: &Table, base: &str, scale: f64, design: Design) -> Result<Option<SelectionRules>> {
    let mut worlds: BTreeMap<String, BTreeMap<Pair, RuleSums>> = BTreeMap::new();
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    let (places, pairs) = (RowPlaces::of(table)?, RowPairs::of(table)?);
    let (measure, year) = (table.texts("measure")?, table.integers("year")?);
    let counts = COLUMNS.iter().map(|name| table.integers(name)).collect::<Result<Vec<_>>>()?;
    for row in (0..table.rows()).filter(|row| places.in_all_cities(*row, base)) {
        (first, last) = (first.min(year.or_zero(row)), last.max(year.or_zero(row)));
        let of_pair = worlds.entry(measure.or_empty(row).to_owned()).or_default();
        let sums = of_pair.entry(pairs.pair(row)).or_default();
        counts.iter().zip(sums).for_each(|(count, sum)| *sum += count.or_zero(row) as f64);
    }
    if first > last {
        return Ok(None);
    }
    let years = (last - first + 1) as f64;
    let lot = |at: usize| worlds.get(AT_RANDOM[at]).and_then(|of| share(of, chosen, design));
    let rule = |(measure, of): (&String, &BTreeMap<Pair, RuleSums>)| {
        let mean = |at: usize| of.values().map(|sums| sums[at]).sum::<f64>() / of.len().max(1) as f64;
        let met = of.values().map(|sums| sums[1]).sum::<f64>();
        Rule {
            measure: measure.clone(),
            predictive: share(of, chosen, design),
            base: share(of, |sums| (sums[1], sums[0] - sums[2]), design),
            found: (met > 0.0).then(|| of.values().map(|sums| sums[4]).sum::<f64>() / met),
            seen: mean(0) / years / scale,
            chosen: mean(3) / years / scale,
            wrongly: (mean(3) - mean(4) - mean(5)) / years / scale,
            simulated: of.values().map(|sums| sums[3]).sum(),
        }
    };
    let seen = worlds.iter().filter(|(measure, _)| !AT_RANDOM.contains(&measure.as_str()));
    let rules = seen.map(rule).collect();
    Ok(Some(SelectionRules { years: (first, last), rules, adults: lot(0), children: lot(1) }))
}

/// Number with violence, and number followed up, among the eligible.
fn chosen(sums: &RuleSums) -> (f64, f64) {
    (sums[4], sums[3] - sums[5])
}

/// Mean over units of a proportion; `None` if all are empty.
fn share(of: &BTreeMap<Pair, RuleSums>, parts: fn(&RuleSums) -> (f64, f64), design: Design) -> Option<Mean> {
    let shares = of.iter().filter_map(|(pair, sums)| {
        let (met, all) = parts(sums);
        (all > 0.0).then(|| (*pair, met / all))
    });
    let mean = Mean::of(&shares.collect(), design)?;
    // Clamped to the range of a proportion, which the normal distribution of few draws may exceed.
    let range = mean.range.map(|(low, high)| (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0)));
    Some(Mean { range, ..mean })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, SCENARIO, Schema, Sees};

    const fn column(name: &'static str, kind: Kind, sees: Sees) -> crate::tables::Column {
        crate::tables::Column { name, kind, unit: "-", meaning: "as in the table of outcomes", sees }
    }

    static SCHEMA: Schema = Schema {
        name: "selection",
        meaning: "rules of measures",
        keys: 6,
        columns: &[
            SCENARIO,
            DRAW,
            REPLICATE,
            CITY,
            column("year", Kind::Int, Sees::Key),
            column("measure", Kind::Text, Sees::Key),
            column(COLUMNS[0], Kind::Int, Sees::Truth),
            column(COLUMNS[1], Kind::Int, Sees::Truth),
            column(COLUMNS[2], Kind::Int, Sees::Truth),
            column(COLUMNS[3], Kind::Int, Sees::Truth),
            column(COLUMNS[4], Kind::Int, Sees::Truth),
            column(COLUMNS[5], Kind::Int, Sees::Truth),
        ],
    };

    fn table(rows: &[(u32, &str, &str, i64, [i64; 6])]) -> Table {
        let mut table = Table::new(&SCHEMA);
        for (replicate, city, measure, year, counts) in rows {
            let mut cells = vec![Cell::Text("quo"), Cell::count(0), Cell::count(*replicate)];
            cells.extend([Cell::Text(city), Cell::Int(*year), Cell::Text(measure)]);
            cells.extend(counts.iter().map(|count| Cell::Int(*count)));
            table.push_row(&cells).expect("a row");
        }
        table
    }

    #[test]
    fn shares_are_of_those_followed_and_numbers_are_real_ones_a_year() {
        let table = table(&[
            (0, "G4", "nhv", 2008, [100, 20, 10, 40, 12, 10]),
            (0, "G4", "nhv", 2009, [100, 20, 10, 40, 12, 10]),
            (0, "Utrecht", "nhv", 2008, [9, 9, 9, 9, 9, 9]),
            (0, "G4", "adults at random", 2008, [50, 5, 0, 50, 5, 0]),
        ]);
        let rules = rules(&table, "quo", 0.1, Design::Nested).expect("its columns").expect("two years");
        assert_eq!(rules.years, (2008, 2009));
        let nhv = &rules.rules[0];
        let mean = |of: &Option<Mean>| of.expect("a share").mean;
        assert!((mean(&nhv.predictive) - 24.0 / 60.0).abs() < 1e-12);
        assert!((mean(&nhv.base) - 40.0 / 180.0).abs() < 1e-12);
        assert!((nhv.found.expect("some were met") - 0.6).abs() < 1e-12);
        assert!((nhv.chosen - 400.0).abs() < 1e-9 && (nhv.wrongly - 180.0).abs() < 1e-9);
        assert_eq!((rules.rules.len(), nhv.simulated), (1, 80.0));
        assert!((mean(&rules.adults) - 0.1).abs() < 1e-12);
        assert_eq!(rules.children, None);
        assert_eq!(super::rules(&table, "other", 0.1, Design::Nested), Ok(None));
    }

    #[test]
    fn several_worlds_give_a_range() {
        let rows = [0, 1, 2].map(|at| (at, "G4", "nhv", 2008, [100, 20, 0, 50, 20 + i64::from(at) * 5, 0]));
        let rules = rules(&table(&rows), "quo", 1.0, Design::Nested).expect("its columns").expect("a year");
        let predictive = rules.rules[0].predictive.expect("a share");
        assert!((predictive.mean - 0.5).abs() < 1e-12);
        // Student's t of two degrees of freedom on .4, .5, .6: .5 ± 4.303 × .1 / √3.
        let (low, high) = predictive.limits.expect("three worlds");
        assert!((low - (0.5 - 0.24843)).abs() < 1e-4 && (high - (0.5 + 0.24843)).abs() < 1e-4, "{low} {high}");
    }
}

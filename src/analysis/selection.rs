//! Selection: how often the rule of a measure chooses homes with violence, how many it chooses wrongly, and what the same means
//! would meet if they were offered to everybody. From the table `selection`, in the world of the comparator.

use std::collections::BTreeMap;

use super::pairs::{Design, Mean, Pair};
use super::{comparator, design};
use crate::error::Result;
use crate::store::Run;
use crate::table::{Cell, Table};

/// How a rule chooses, over all years whose five years after have passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The measure.
    pub measure: String,
    /// Of those chosen, the share at whose home there was violence in the five years after: the positive predictive value.
    pub predictive: Option<Mean>,
    /// Of all whom the rule looked at, the same share: what choosing by lot among them would meet.
    pub base: Option<Mean>,
    /// Of those at whose home there was violence, the share whom the rule chose (sensitivity).
    pub found: Option<f64>,
    /// Occasions a year at which it looked at somebody, real ones.
    pub seen: f64,
    /// Chosen a year, real occasions.
    pub chosen: f64,
    /// Of these, without violence in the five years after: chosen wrongly. Who died or was lost from sight is in neither.
    pub wrongly: f64,
    /// Chosen as simulated in all, before scaling.
    pub simulated: f64,
}

impl Rule {
    /// Whether the rule chooses among those whom it looks at; else the occasion alone chooses.
    pub fn chooses(&self) -> bool {
        self.chosen < self.seen
    }
}

/// The rules of a run, in the order of their keys, and everybody beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// First and last year of occasions.
    pub years: (i64, i64),
    /// One a measure that looked at anybody.
    pub rules: Vec<Rule>,
    /// Adults by lot: the share at whose home there was violence in the five years after.
    pub adults: Option<Mean>,
    /// Children by lot: the same.
    pub children: Option<Mean>,
}

/// Names of the rows of those drawn by lot.
const BY_LOT: [&str; 2] = ["adults by lot", "children by lot"];

/// Sums of one world: seen, met and lost, then chosen, met and lost.
type Sums = [f64; 6];
const COLUMNS: [&str; 6] = ["seen", "seen_met", "seen_lost", "chosen", "chosen_met", "chosen_lost"];

/// The rules of a run under its comparator; nothing where the run has no table `selection` or is too short to know.
///
/// # Errors
/// A table that is damaged.
pub fn selection(run: &Run) -> Result<Option<Rules>> {
    if !run.manifest.tables.contains_key("selection") {
        return Ok(None);
    }
    let experiment = &run.manifest.config["experiment"];
    let scale = experiment["scale"].as_f64().filter(|scale| *scale > 0.0).unwrap_or(1.0);
    Ok(rules(&run.table("selection")?, comparator(run), scale, design(run)))
}

fn rules(table: &Table, base: &str, scale: f64, design: Design) -> Option<Rules> {
    let mut worlds: BTreeMap<String, BTreeMap<Pair, Sums>> = BTreeMap::new();
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    for row in 0..table.rows() {
        let word = |name: &str| table.cell(row, name).and_then(Cell::as_text).unwrap_or_default();
        if word("scenario") != base || word("city") != "G4" {
            continue;
        }
        let int = |name: &str| table.cell(row, name).and_then(Cell::as_int).unwrap_or(0);
        (first, last) = (first.min(int("year")), last.max(int("year")));
        let of_pair = worlds.entry(word("measure").to_owned()).or_default();
        let sums = of_pair.entry((int("draw"), int("replicate"))).or_default();
        COLUMNS.iter().zip(sums).for_each(|(name, sum)| *sum += int(name) as f64);
    }
    if first > last {
        return None;
    }
    let years = (last - first + 1) as f64;
    let lot = |at: usize| worlds.get(BY_LOT[at]).and_then(|of| share(of, chosen, design));
    let rule = |(measure, of): (&String, &BTreeMap<Pair, Sums>)| {
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
    let seen = worlds.iter().filter(|(measure, _)| !BY_LOT.contains(&measure.as_str()));
    Some(Rules { years: (first, last), rules: seen.map(rule).collect(), adults: lot(0), children: lot(1) })
}

/// Met and followed among those chosen.
fn chosen(sums: &Sums) -> (f64, f64) {
    (sums[4], sums[3] - sums[5])
}

/// Mean over worlds of a share; nothing where no world has anybody.
fn share(of: &BTreeMap<Pair, Sums>, parts: fn(&Sums) -> (f64, f64), design: Design) -> Option<Mean> {
    let shares = of.iter().filter_map(|(pair, sums)| {
        let (met, all) = parts(sums);
        (all > 0.0).then(|| (*pair, met / all))
    });
    let mean = Mean::of(&shares.collect(), design)?;
    // No share is below 0 or above 1, whatever a normal law makes of a few draws.
    let range = mean.range.map(|(low, high)| (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0)));
    Some(Mean { range, ..mean })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{CITY, DRAW, Kind, REPLICATE, SCENARIO, Schema, Sees};

    const fn column(name: &'static str, kind: Kind, sees: Sees) -> crate::table::Column {
        crate::table::Column { name, kind, unit: "-", meaning: "as in the table of outcomes", sees }
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
            (0, "G4", "adults by lot", 2008, [50, 5, 0, 50, 5, 0]),
        ]);
        let rules = rules(&table, "quo", 0.1, Design::Nested).expect("two years");
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
        assert_eq!(super::rules(&table, "other", 0.1, Design::Nested), None);
    }

    #[test]
    fn several_worlds_give_a_range() {
        let rows = [0, 1, 2].map(|at| (at, "G4", "nhv", 2008, [100, 20, 0, 50, 20 + i64::from(at) * 5, 0]));
        let rules = rules(&table(&rows), "quo", 1.0, Design::Nested).expect("a year");
        let predictive = rules.rules[0].predictive.expect("a share");
        assert!((predictive.mean - 0.5).abs() < 1e-12);
        // Student's t of two degrees of freedom on .4, .5, .6: .5 ± 4.303 × .1 / √3.
        let (low, high) = predictive.limits.expect("three worlds");
        assert!((low - (0.5 - 0.24843)).abs() < 1e-4 && (high - (0.5 + 0.24843)).abs() < 1e-4, "{low} {high}");
    }
}

//! Spending on the same persons under two scenarios: the table `life_costs` of a run, read pair by pair.

use std::collections::BTreeMap;

use super::bills::{ByRule, CostCategory};
use crate::error::{Error, Errors, Result};
use crate::money::Payer;
use crate::store::{Places, Run};
use crate::tables::Table;

/// Additional spending under the scenario relative to the comparator, in euro of simulated persons, by discounting
/// rule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// On the selected persons and their partners, wherever they live.
    pub on_those: ByRule,
    /// On all persons, in the cities: the part of `costs` that is attributed to persons.
    pub in_cities: ByRule,
}

/// By category of cost and payer.
pub type Spending = BTreeMap<(CostCategory, Payer), Spent>;

/// The part of a line of costs that counts under a scenario. Arguments: the whole line under the comparator and under
/// the scenario, and the additional attributed spending, in the cities and on the selected persons. Unattributed costs
/// count in full, but for a closed cohort only those of measures.
pub(super) fn counted(
    kind: CostCategory,
    [before, after]: [f64; 2],
    [in_cities, on_those]: [f64; 2],
    of_cohort: bool,
) -> f64 {
    let nameless = after - before - in_cities;
    before + on_those + if of_cohort && kind != CostCategory::Programme { 0.0 } else { nameless }
}

/// The columns that are read; amounts in the order of rules of [`ByRule`].
const COLUMNS: [&str; 9] =
    ["city", "person", "partner", "kind", "payer", "euro_zin_2024", "euro_zin_2016", "euro_mkba_2021", "euro"];

/// The table of a run, to be read unit by unit.
pub(super) struct Bills<'a> {
    run: &'a Run,
    places: Places,
}

impl<'a> Bills<'a> {
    /// Opens the table; `None` if the run has none.
    ///
    /// # Errors
    /// A damaged table.
    pub(super) fn of(run: &'a Run) -> Result<Option<Bills<'a>>> {
        if !run.has("life_costs") {
            return Ok(None);
        }
        Ok(Some(Bills { run, places: run.places("life_costs", &COLUMNS)? }))
    }

    /// The rows of one place of the plan.
    ///
    /// # Errors
    /// A damaged table.
    pub(super) fn read(&self, place: usize) -> Result<Table> {
        self.places.read(place)
    }

    /// Additional spending under the scenario (the second) relative to the comparator (the first). `counts` selects
    /// persons by key.
    ///
    /// # Errors
    /// A damaged table.
    pub(super) fn compare(&self, worlds: [&Table; 2], counts: impl Fn(i64) -> bool) -> Result<Spending> {
        let mut spending = Spending::new();
        for (part, sign) in worlds.into_iter().zip([-1.0, 1.0]) {
            add(part, sign, &counts, &mut spending).map_err(|Errors(faults)| {
                let place = self.run.folder().join("life_costs.parquet").display().to_string();
                Errors(faults.into_iter().map(|fault| fault.in_file(&place, None)).collect())
            })?;
        }
        Ok(spending)
    }
}

/// Adds or subtracts the rows of a unit, each once.
fn add(part: &Table, sign: f64, counts: impl Fn(i64) -> bool, sums: &mut Spending) -> Result<()> {
    let (city, kind, payer) = (part.texts("city")?, part.texts("kind")?, part.texts("payer")?);
    let [person, partner] = [part.keys_of("person")?, part.keys_of("partner")?];
    let euro = COLUMNS[5..].iter().map(|name| part.numbers(name)).collect::<Result<Vec<_>>>()?;
    for row in 0..part.rows() {
        let (kind, payer) = (kind.or_empty(row), payer.or_empty(row));
        let line = CostCategory::named(kind).zip(Payer::named(payer)).ok_or_else(|| {
            let what = format!("damaged: `{kind}` paid by `{payer}` is not a known cost");
            Error::data(what, "run the experiment again")
        })?;
        let spent = sums.entry(line).or_default();
        let amounts: ByRule = std::array::from_fn(|rule| euro[rule].or_zero(row));
        let take = |into: &mut ByRule| into.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += sign * amount);
        if !city.is(row, "elsewhere") {
            take(&mut spent.in_cities);
        }
        if [person, partner].iter().filter_map(|who| who.get(row)).any(|key| counts(key.cast_signed())) {
            take(&mut spent.on_those);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Cell, Kind as Cells};

    fn table(rows: &[(&str, u64, Option<u64>, &str, f64)]) -> Table {
        let text = |name: &str| (name.to_owned(), Cells::Text);
        let columns = vec![text("city"), ("person".to_owned(), Cells::Key), ("partner".to_owned(), Cells::Key)];
        let money = COLUMNS[5..].iter().map(|name| ((*name).to_owned(), Cells::Float));
        let columns = columns.into_iter().chain([text("kind"), text("payer")]).chain(money).collect();
        let mut table = Table::blank("life_costs".to_owned(), 5, columns);
        for (city, person, partner, payer, euro) in rows {
            let partner = partner.map_or(Cell::Null, Cell::Key);
            let head = [Cell::Text(city), Cell::Key(*person), partner, Cell::Text("service"), Cell::Text(payer)];
            let euro = [1.0, 2.0, 3.0, 4.0].map(|times| Cell::Float(times * euro));
            table.push_row(&head.into_iter().chain(euro).collect::<Vec<_>>()).expect("a row that suits");
        }
        table
    }

    #[test]
    fn a_cost_counts_once_for_a_couple_of_the_cohort_and_elsewhere_for_the_cohort_alone() {
        let before = table(&[("Utrecht", 1, Some(2), "justice", 10.0), ("Utrecht", 9, None, "justice", 7.0)]);
        let after = table(&[
            ("Utrecht", 1, Some(2), "justice", 100.0),
            ("Utrecht", 9, Some(2), "justice", 20.0),
            ("Utrecht", 9, Some(8), "justice", 5.0),
            ("elsewhere", 2, None, "other", 3.0),
        ]);
        let mut spending = Spending::new();
        let of_cohort = |key: i64| key <= 2;
        add(&before, -1.0, of_cohort, &mut spending).expect("sound");
        add(&after, 1.0, of_cohort, &mut spending).expect("sound");
        let times = |euro: f64| [1.0, 2.0, 3.0, 4.0].map(|times| times * euro);
        let justice = spending[&(CostCategory::Service, Payer::Justice)];
        assert_eq!(justice, Spent { on_those: times(110.0), in_cities: times(108.0) });
        let other = spending[&(CostCategory::Service, Payer::Other)];
        assert_eq!(other, Spent { on_those: times(3.0), in_cities: [0.0; 4] });
    }

    #[test]
    fn a_payer_nobody_knows_is_a_fault_with_its_name() {
        let fault = add(&table(&[("Utrecht", 1, None, "duke", 1.0)]), 1.0, |_| true, &mut Spending::new());
        let fault = fault.expect_err("an unknown payer").to_string();
        assert_eq!(fault, "damaged: `service` paid by `duke` is not a known cost; run the experiment again");
    }
}

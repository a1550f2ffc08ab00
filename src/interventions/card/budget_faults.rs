//! Faults of the budget of a programme.

use super::{Card, Per, Programme};
use crate::units::{Euro, Rows};

impl Card {
    /// Faults of the budget of the programme, each with its remedy.
    pub(super) fn budget_faults(&self) -> Vec<(String, String)> {
        let Some((programme, table)) =
            self.programme.as_ref().and_then(|programme| Some((programme, programme.budget.as_ref()?)))
        else {
            return Vec::new();
        };
        let (years, euro) = match (table.values("year"), table.values("euro")) {
            (Ok(years), Ok(euro)) => (years, euro),
            (Err(what), _) | (_, Err(what)) => return vec![(what, "give the columns year and euro".to_owned())],
        };
        let mut faults = order_faults(&years);
        faults.extend(self.too_little(programme, table, &years, &euro));
        faults
    }

    /// A budget that buys no start: without a price, or with less money than a start costs.
    fn too_little(
        &self,
        programme: &Programme,
        table: &Rows<Euro>,
        years: &[f64],
        euro: &[f64],
    ) -> Option<(String, String)> {
        let price = self.price_per(Per::Start) + self.price_per(Per::PersonMonth) * programme.mean_stay();
        if price <= 0.0 {
            let what = "the programme has a budget and no price per start or per month".to_owned();
            return Some((what, "give it a cost with per = \"start\" or \"person_month\", or no budget".to_owned()));
        }
        // A multiplier of 0 gives no money in any year, which is consistent.
        let mut rows = years.iter().zip(euro).filter(|_| table.value > 0.0);
        let (year, euro) = rows.find(|(_, euro)| (0.0..price).contains(*euro) && **euro > 0.0)?;
        let what = format!("the {euro:.0} euro of {year} buy less than one start, which costs {price:.0}");
        Some((what, format!("give 0, or at least {:.0}", price.ceil())))
    }
}

/// Years that are not whole, or not in order.
fn order_faults(years: &[f64]) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    for (row, year) in years.iter().enumerate() {
        if year.fract() != 0.0 || !(1900.0..=2200.0).contains(year) {
            let what = format!("row {}: {year} is no calendar year", row + 1);
            faults.push((what, "give whole years: a budget is for a calendar year".to_owned()));
        }
        if let Some(before) = row.checked_sub(1).map(|before| years[before]).filter(|before| before >= year) {
            let what = format!("row {}: {year} does not come after {before}", row + 1);
            faults.push((what, "give the years in order, each once".to_owned()));
        }
    }
    faults
}

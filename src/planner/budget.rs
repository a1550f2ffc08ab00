//! What a mix costs by payer before it is simulated: fixed costs, and the costs of all places when they are taken.
//!
//! How many people ask for help is known after the simulation only; the amounts here are what a planner can compute by hand
//! from the prices of the cards.

use std::collections::BTreeMap;

use super::catalogue::Catalogue;
use super::line_table::LineTable;
use super::mix::{Mix, MixLine};
use crate::interventions::{Card, Per};
use crate::money::Payer;
use crate::world::Month;

/// Euro of 2008 by payer, in the order of [`Payer::ALL`].
type ByPayer = [f64; Payer::ALL.len()];

/// Costs of a mix beyond the status quo.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MixBudget {
    /// Costs of each measure that goes beyond the status quo, by its key.
    pub lines: BTreeMap<String, LineBudget>,
    /// Number of years.
    pub years: usize,
}

/// Costs of one measure beyond the status quo.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineBudget {
    /// By year from 2008 on: costs that do not depend on the number of persons, and those of all places when taken.
    pub years: Vec<ByPayer>,
    /// Whether it also costs money for each person or case, without a limit of places: known after the simulation.
    pub is_open: bool,
}

impl MixBudget {
    /// Euro a year by payer, on average over all years.
    pub fn mean(&self) -> ByPayer {
        let all = self.lines.values().flat_map(|line| &line.years);
        let mut sum = ByPayer::default();
        all.for_each(|year| sum.iter_mut().zip(year).for_each(|(sum, euro)| *sum += euro));
        sum.map(|euro| euro / self.years.max(1) as f64)
    }

    /// The year in which the mix costs most, and euro by payer in it; `None` for a mix that costs nothing.
    pub fn highest(&self) -> Option<(i32, ByPayer)> {
        let of_year = |year: usize| {
            let mut sum = ByPayer::default();
            let lines = self.lines.values().filter_map(|line| line.years.get(year));
            lines.for_each(|own| sum.iter_mut().zip(own).for_each(|(sum, euro)| *sum += euro));
            sum
        };
        let whole = |euro: &ByPayer| euro.iter().sum::<f64>();
        let all = (0..self.years).map(|year| (year, of_year(year)));
        // Of equal years the first.
        let (year, euro) = all.max_by(|a, b| whole(&a.1).total_cmp(&whole(&b.1)).then(b.0.cmp(&a.0)))?;
        (whole(&euro) > 0.0).then(|| (Month(0).year() + year as i32, euro))
    }

    /// Keys of the measures that also cost money for each person or case without a limit.
    pub fn open(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(|(_, line)| line.is_open).map(|(key, _)| key.as_str())
    }
}

impl LineBudget {
    /// Euro a year of all payers, on average over all years.
    pub fn mean(&self) -> f64 {
        self.years.iter().flatten().sum::<f64>() / self.years.len().max(1) as f64
    }
}

impl Mix {
    /// The costs of the mix beyond the status quo, without those that depend on the number of persons. The mix must be
    /// without faults.
    pub fn budget(&self, catalogue: &Catalogue) -> MixBudget {
        let years = usize::try_from(self.end - Month(0).year()).unwrap_or_default();
        let active: Vec<&str> = self.active(catalogue.cities()).collect();
        let line = |key: &str| {
            let card = catalogue.card(key)?;
            Some((key.to_owned(), line_budget(catalogue, (key, card), &self.line(key), years)))
        };
        MixBudget { lines: active.into_iter().filter_map(line).collect(), years }
    }
}

fn line_budget(catalogue: &Catalogue, (key, card): (&str, &Card), line: &MixLine, years: usize) -> LineBudget {
    let own_places = card.programme.as_ref().and_then(|programme| programme.places.as_ref()).is_some();
    let means = f64::from(line.means) / 100.0;
    let (cover_means, place_means) = if own_places { (1.0, means) } else { (means, 1.0) };
    let mut found = LineBudget { years: vec![ByPayer::default(); years], is_open: false };
    let mut paid_once = false;
    for (number, year) in found.years.iter_mut().enumerate() {
        let months = (0..12).map(|month| Month((12 * number + month) as i16));
        let mean = |table: &str, of: &dyn Fn(f64, f64) -> f64| -> f64 {
            let cities = 0..catalogue.cities().len();
            let tables = cities.map(|city| LineTable::of(catalogue, key, line, table, city));
            let all = tables.flat_map(|table| {
                months.clone().map(move |month| (table.value(month), table.status_quo(month))).collect::<Vec<_>>()
            });
            all.map(|(own, before)| of(own, before)).sum::<f64>() / 12.0
        };
        let covered = mean("coverage", &|own, before| (own - before).max(0.0)) * cover_means;
        // Beds come in proportion to the coverage of their card.
        let beds: f64 = card
            .beds
            .keys()
            .map(|kind| mean(&format!("beds.{kind}"), &|own, before| (own - before).max(0.0)))
            .sum::<f64>()
            * cover_means;
        let places = if own_places {
            mean("programme.places", &|own, before| (own - before).max(0.0)) * place_means
        } else {
            0.0
        };
        let begins = covered > 0.0 && !paid_once;
        for cost in card.costs.values() {
            let price = cost.price.get() * f64::from(line.price) / 100.0;
            let at = Payer::ALL.iter().position(|payer| *payer == cost.payer).unwrap_or_default();
            let stay = card.programme.as_ref().map_or(1.0, |programme| programme.mean_stay());
            let intensity = card.programme.as_ref().map_or(1.0, |programme| programme.intensity());
            let euro = match cost.per {
                Per::CityYear => price * covered,
                Per::Once if begins => price,
                Per::Once => 0.0,
                Per::PlaceYear => price * (beds + places * intensity),
                Per::PersonMonth if places.is_finite() && own_places => 12.0 * price * places * intensity,
                Per::Start if places.is_finite() && own_places => 12.0 / stay * price * places * intensity,
                Per::PersonMonth | Per::Start | Per::Offer | Per::Passage => {
                    found.is_open |= covered > 0.0;
                    0.0
                }
            };
            year[at] += euro;
        }
        paid_once |= begins;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::MixLevel;

    #[test]
    fn beds_cost_their_price_from_the_year_in_which_they_come() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"));
        let mut mix = Mix::status_quo().with("shelter_capacity", MixLevel::Programme);
        let budget = mix.budget(&catalogue);
        let line = &budget.lines["shelter_capacity"];
        assert_eq!(line.years[1], ByPayer::default(), "nothing in 2009");
        // 94 beds of about 45,000 euro a year.
        let whole: f64 = line.years[3].iter().sum();
        assert!((whole / 94.0 - 45_000.0).abs() < 10.0, "{whole}");
        assert_eq!(budget.highest().map(|(year, _)| year), Some(2010));
        // Sixty in Rotterdam, in place of 25: 35 more.
        let places = BTreeMap::from([("Rotterdam".to_owned(), 60)]);
        let line = mix.lines.get_mut("shelter_capacity").expect("a line");
        line.places.insert("shelter_crisis".into(), places);
        let more: f64 = mix.budget(&catalogue).lines["shelter_capacity"].years[3].iter().sum();
        assert!((more / whole - 129.0 / 94.0).abs() < 1e-9, "{more} {whole}");
        assert!(Mix::status_quo().budget(&catalogue).highest().is_none());
    }

    #[test]
    fn places_cost_what_their_participants_do_and_what_has_no_limit_is_open() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"));
        let full = Mix::status_quo().with("nhv", MixLevel::Full).budget(&catalogue);
        let half = {
            let mut mix = Mix::status_quo().with("nhv", MixLevel::Full);
            mix.lines.get_mut("nhv").expect("a line").means = 50;
            mix.budget(&catalogue)
        };
        let year = |budget: &MixBudget| budget.lines["nhv"].years[10].iter().sum::<f64>();
        assert!(year(&full) > 0.0 && (year(&half) / year(&full) - 0.5).abs() < 1e-9);
        let all = catalogue.cards().into_iter().fold(Mix::status_quo(), |mix, (key, _)| mix.with(key, MixLevel::Full));
        assert!(all.budget(&catalogue).open().count() > 0, "some measures cost money for each case");
    }
}

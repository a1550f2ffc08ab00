//! The money of the action programme beside what the model spends: chapter 5 by year and chapter, the growth of the means
//! with the places that it buys, and the bans from home that the national government pays for.
//!
//! Figures of the document are those of the model as recorded in the run (`money`); spending is that of the table `costs`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::evaluation::Accounts;
use crate::store::RecordedModel;

/// Years of the action programme.
pub const YEARS: [i64; 4] = [2008, 2009, 2010, 2011];
/// Columns of `money.programme`, each with the chapter that plans the measures.
const CHAPTERS: [(&str, &str); 4] =
    [("model_approach", "4.1"), ("children", "4.2"), ("perpetrators", "4.3"), ("shelter", "4.4")];
/// Measures that chapter 5 of the document has no money for.
pub const UNBUDGETED: &str = "unbudgeted";

/// Budget and spending of a chapter, in euro by year of [`YEARS`].
#[derive(Clone, Debug, PartialEq)]
pub struct ChapterMoney {
    /// Column of `money.programme`, or [`UNBUDGETED`].
    pub name: &'static str,
    /// Budget in the document; `None` for measures without one.
    pub budget: Option<[f64; 4]>,
    /// One-off costs beyond the comparator: development, steering.
    pub once: [f64; 4],
    /// Other costs of the measures beyond the comparator: work with clients, places, teams.
    pub running: [f64; 4],
    /// The measure with the largest of these other costs, and that amount over all years.
    pub largest: Option<(String, f64)>,
}

impl ChapterMoney {
    /// Spending by year.
    pub fn spent(&self) -> [f64; 4] {
        std::array::from_fn(|year| self.once[year] + self.running[year])
    }

    /// One-off costs that fall in another year than in the document: the part of the differences between the years that
    /// cancels out in the total.
    pub fn moved(&self) -> f64 {
        let Some(budget) = self.budget else { return 0.0 };
        let by_year = self.once.iter().zip(budget).map(|(once, budget)| (once - budget).abs()).sum::<f64>();
        let total = (self.once.iter().sum::<f64>() - budget.iter().sum::<f64>()).abs();
        (by_year - total) / 2.0
    }
}

/// Money of the chapters under a scenario; `None` if the run does not have the years 2008 to 2011, or its model has no
/// budget by chapter.
pub fn chapters(model: RecordedModel<'_>, accounts: &Accounts, scenario: usize) -> Option<Vec<ChapterMoney>> {
    if !YEARS.iter().all(|year| accounts.years.contains(year)) {
        return None;
    }
    let table = Columns::of(model.entry("money.programme")?)?;
    let years = table.column("year")?;
    let mut all = Vec::new();
    for (name, _) in CHAPTERS {
        let euro = table.column(name)?;
        let of_year = |year: i64| years.iter().position(|own| *own == year as f64).map_or(0.0, |row| euro[row]);
        all.push(ChapterMoney::blank(name, Some(YEARS.map(of_year))));
    }
    all.push(ChapterMoney::blank(UNBUDGETED, None));
    let mut running: Vec<BTreeMap<&str, f64>> = vec![BTreeMap::new(); all.len()];
    for ((of, measure, entry, year), euro) in &accounts.entries {
        let sign = match *of {
            of if of == scenario && scenario != accounts.comparator => 1.0,
            of if of == accounts.comparator && scenario != accounts.comparator => -1.0,
            _ => continue,
        };
        let Some(at_year) = YEARS.iter().position(|own| own == year) else { continue };
        let card = model.card(measure).unwrap_or(&Value::Null);
        let chapter = CHAPTERS.iter().position(|(_, chapter)| card["chapter"] == *chapter).unwrap_or(CHAPTERS.len());
        if card["costs"][entry.as_str()]["per"] == "once" {
            all[chapter].once[at_year] += sign * euro;
        } else {
            all[chapter].running[at_year] += sign * euro;
            *running[chapter].entry(measure).or_default() += sign * euro;
        }
    }
    for (chapter, measures) in all.iter_mut().zip(running) {
        // Sums of euro in another order differ by fractions of a cent.
        chapter.once.iter_mut().chain(&mut chapter.running).for_each(|euro| *euro = cents(*euro));
        let largest = measures.into_iter().filter(|(_, euro)| cents(*euro) > 0.0).max_by(|a, b| a.1.total_cmp(&b.1));
        chapter.largest = largest.map(|(measure, euro)| (measure.to_owned(), euro));
    }
    Some(all)
}

/// An amount in whole cents.
fn cents(euro: f64) -> f64 {
    (euro * 100.0).round() / 100.0 + 0.0
}

impl ChapterMoney {
    fn blank(name: &'static str, budget: Option<[f64; 4]>) -> ChapterMoney {
        ChapterMoney { name, budget, once: [0.0; 4], running: [0.0; 4], largest: None }
    }
}

/// Growth of the means in a year, euro, and the places that it buys in all cities, by service of 2008.
#[derive(Clone, Debug, PartialEq)]
pub struct GrowthMoney {
    /// Year.
    pub year: i64,
    /// Euro more than in 2008.
    pub euro: f64,
    /// Places more than in 2008.
    pub places: BTreeMap<String, f64>,
}

/// Growth of the means in the years of the programme after 2008, at the central values of the model; empty without it.
pub fn growth(model: RecordedModel<'_>) -> Vec<GrowthMoney> {
    let table = model.entry("money.growth").and_then(Columns::of);
    let Some((years, extra)) = table.and_then(|table| Some((table.column("year")?, table.column("extra")?))) else {
        return Vec::new();
    };
    let services = model.entry("chain.services").and_then(Value::as_object);
    let share = |card: &Value| Some(card["programme"]["growth"]["value"].as_f64()? / place_price(card)?);
    let bought: Vec<(&String, f64)> =
        services.into_iter().flatten().filter_map(|(name, card)| Some((name, share(card)?))).collect();
    let of_year = |year: i64| {
        let at = years.iter().rposition(|from| *from <= year as f64)?;
        let places = bought.iter().map(|(name, per_euro)| ((*name).clone(), extra[at] * per_euro)).collect();
        Some(GrowthMoney { year, euro: extra[at], places })
    };
    YEARS.into_iter().skip(1).filter_map(of_year).collect()
}

/// Euro that the participants of one place of a service cost in a year, as the model computes it when it divides the
/// growth of the means; `None` for a service without price.
fn place_price(card: &Value) -> Option<f64> {
    let programme = &card["programme"];
    let value = |key: &str| programme[key]["value"].as_f64();
    let completes = value("completes")?;
    let stay = (value("length")? * (completes + (1.0 - completes) / 2.0)).max(1.0);
    let costs = card["costs"].as_object()?;
    let per = |unit: &str| -> f64 {
        costs.values().filter(|cost| cost["per"] == unit).filter_map(|cost| cost["price"]["value"].as_f64()).sum()
    };
    let price = 12.0 * value("intensity").unwrap_or(1.0) * (per("start") / stay + per("person_month"));
    (price > 0.0).then_some(price)
}

/// Items of `costs` that pay for bans from home: the price of the chain, and measures that move that edge.
pub fn ban_items(model: RecordedModel<'_>) -> Vec<String> {
    let cards = model.entry("interventions").and_then(Value::as_object).into_iter().flatten();
    let movers = cards.filter(|(_, card)| card["edges"]["ban"].is_object()).map(|(name, _)| name.clone());
    std::iter::once("ban".to_owned()).chain(movers).collect()
}

/// A table of rows in a recorded model.
struct Columns<'a> {
    names: Vec<&'a str>,
    rows: &'a [Value],
}

impl<'a> Columns<'a> {
    fn of(passport: &'a Value) -> Option<Columns<'a>> {
        let names = passport["columns"].as_array()?.iter().filter_map(Value::as_str).collect();
        Some(Columns { names, rows: passport["rows"].as_array()? })
    }

    fn column(&self, name: &str) -> Option<Vec<f64>> {
        let at = self.names.iter().position(|own| *own == name)?;
        self.rows.iter().map(|row| row.get(at)?.as_f64()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_costs_what_its_participants_of_a_year_cost() {
        // 1,200 euro a start and five months a stay: 2,880 euro a place and year.
        let card = json!({
            "costs": {"start": {"per": "start", "price": {"value": 1200.0}}},
            "programme": {"completes": {"value": 0.5}, "length": {"value": 20.0 / 3.0}},
        });
        assert!((place_price(&card).expect("a price") - 2880.0).abs() < 1e-9);
        let twice = json!({
            "costs": {"visit": {"per": "person_month", "price": {"value": 100.0}}, "team": {"per": "city_year"}},
            "programme": {"completes": {"value": 1.0}, "length": {"value": 6.0}, "intensity": {"value": 2.0}},
        });
        assert_eq!(place_price(&twice), Some(2400.0));
        assert_eq!(place_price(&json!({"programme": {}, "costs": {}})), None);
    }

    #[test]
    fn money_in_another_year_is_what_cancels_out() {
        let budget = Some([100.0, 200.0, 200.0, 200.0]);
        let of = |once: [f64; 4]| ChapterMoney { once, ..ChapterMoney::blank("children", budget) }.moved();
        assert_eq!(of([100.0, 200.0, 200.0, 200.0]), 0.0);
        assert_eq!(of([0.0, 700.0, 0.0, 0.0]), 500.0);
        assert_eq!(of([0.0, 200.0, 0.0, 0.0]), 0.0, "less, but in no other year");
        assert_eq!(ChapterMoney::blank(UNBUDGETED, None).moved(), 0.0);
    }
}

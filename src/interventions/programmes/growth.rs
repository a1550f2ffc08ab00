//! Growth of the means for regular work, and the places that it buys.
//!
//! Each service gets a share of the growth (`growth` of its programme), divided among the cities by population. A place
//! costs what its participants of a year cost: the prices of the service per start and per month.

use crate::interventions::card::{Card, Path, Per, Programme};
use crate::units::{Euro, Rows};
use crate::world::Month;

/// Growth of the means, euro a year by city and month.
#[derive(Clone, Debug)]
pub struct Growth(Path);

impl Growth {
    /// The growth of a table with the columns `year` and `extra` (euro a year in all cities), for cities with these
    /// populations.
    ///
    /// # Errors
    /// Names a missing column.
    pub fn new(table: &Rows<Euro>, populations: &[f64]) -> Result<Growth, String> {
        let all: f64 = populations.iter().sum();
        let steps: Vec<(Month, f64)> =
            crate::curve::steps(table, "year", "extra")?.iter().map(|(year, euro)| (month_of(*year), *euro)).collect();
        let of_city = |people: &f64| steps.iter().map(|(month, euro)| (*month, euro * people / all)).collect();
        Ok(Growth(Path::by_city(populations.iter().map(of_city).collect())))
    }

    /// The places that the growth buys for a service; `None` if it has no share, or places without limit.
    ///
    /// # Errors
    /// The service has no price.
    pub fn places(&self, card: &Card, programme: &Programme) -> Result<Option<Path>, String> {
        let (Some(share), Some(_)) = (programme.growth, &programme.places) else { return Ok(None) };
        let price = yearly_price(card, programme);
        if price <= 0.0 {
            return Err("it has a share of the growth of means and no price per start or per month".to_owned());
        }
        Ok(Some(self.0.scaled(share.get() / price)))
    }
}

/// Euro that the participants of one place cost in a year.
fn yearly_price(card: &Card, programme: &Programme) -> f64 {
    12.0 * (card.price_per(Per::Start) / programme.mean_stay() + card.price_per(Per::PersonMonth))
}

fn month_of(year: f64) -> Month {
    Month::january(0).plus(libm::rint(year * 12.0) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_city_gets_its_share_from_the_year_on() {
        let columns = ["year", "extra"].map(str::to_owned).to_vec();
        let table = Rows::new(1.0, columns, vec![vec![2009.0, 1e6], vec![2011.0, 3e6]]).expect("a table");
        let growth = Growth::new(&table, &[3000.0, 1000.0]).expect("in order");
        let at = |city, month: i32| growth.0.at(city, Month(0).plus(month));
        assert_eq!([at(0, 11), at(0, 12), at(0, 35), at(0, 36), at(1, 36)], [0.0, 7.5e5, 7.5e5, 2.25e6, 7.5e5]);
        // 1,200 euro a start and five months a stay: 2,880 euro a place and year.
        let places = growth.0.scaled(0.5 / 2880.0);
        assert!((places.at(0, Month(36)) - 390.625).abs() < 1e-9);
    }
}

//! Values of a card by city and month.

use super::level::Level;
use crate::units::{Rows, UNLIMITED_COUNT, Unit};
use crate::world::{City, ELSEWHERE, Month};

/// A piecewise constant value by city and month.
#[derive(Clone, Debug, PartialEq)]
pub struct Path(Vec<Vec<(Month, f64)>>);

impl Path {
    /// The same value in all cities and months.
    pub fn constant(value: f64) -> Path {
        Path(vec![vec![(Month::january(1900), value)]; ELSEWHERE])
    }

    /// The path of a level in a table of coverage or places.
    ///
    /// # Errors
    /// Names a missing column, a city out of range, or years out of order.
    pub fn of<U: Unit>(table: &Rows<U>, level: Level, cities: usize) -> Result<Path, String> {
        let Some(column) = level.column() else { return Ok(Path::constant(0.0)) };
        let (years, mut values) = (table.values("year")?, table.values(column)?);
        let at = table.column(column)?;
        // Unlimited values stay unlimited, whatever the multiplier.
        for (value, _) in values.iter_mut().zip(&table.rows).filter(|(_, row)| row[at] >= UNLIMITED_COUNT) {
            *value = f64::INFINITY;
        }
        let of_city = table.column("city").is_ok().then(|| table.values("city")).transpose()?;
        let mut path = vec![Vec::new(); ELSEWHERE];
        for (row, (year, value)) in years.iter().zip(values).enumerate() {
            let month = Month::january(0).plus(libm::rint(year * 12.0) as i32);
            let cities: Vec<City> = match of_city.as_ref().map(|of_city| of_city[row]) {
                Some(city) if city.fract() == 0.0 && city >= 0.0 && (city as usize) < cities => vec![city as usize],
                Some(city) => {
                    return Err(format!("row {}: there is no city {city}; give 0 to {}", row + 1, cities - 1));
                }
                None => (0..cities).collect(),
            };
            for city in cities {
                let list: &mut Vec<(Month, f64)> = &mut path[city];
                if let Some((before, _)) = list.last()
                    && *before >= month
                {
                    return Err(format!("row {}: {year} does not come after {}", row + 1, before));
                }
                list.push((month, value));
            }
        }
        Ok(Path(path))
    }

    /// The values of each city, each with the first month in which it applies.
    pub fn steps(&self) -> &[Vec<(Month, f64)>] {
        &self.0
    }

    /// The value in a city and month, 0 before the first row.
    pub fn at(&self, city: City, month: Month) -> f64 {
        let Some(list) = self.0.get(city) else { return 0.0 };
        let at = list.partition_point(|(from, _)| *from <= month);
        at.checked_sub(1).map_or(0.0, |at| list[at].1)
    }

    /// The product of two paths, city by city.
    pub fn times(&self, other: &Path) -> Path {
        let of_city = |city: usize| {
            let lists = [self, other].into_iter().filter_map(|path| path.0.get(city));
            let mut months: Vec<Month> = lists.flatten().map(|(month, _)| *month).collect();
            months.sort();
            months.dedup();
            // Zero times unlimited is zero.
            let product = |one: f64, two: f64| if one == 0.0 || two == 0.0 { 0.0 } else { one * two };
            months.into_iter().map(|month| (month, product(self.at(city, month), other.at(city, month)))).collect()
        };
        Path((0..self.0.len().max(other.0.len())).map(of_city).collect())
    }

    /// Whether it is above 0 anywhere in a month.
    pub fn any(&self, month: Month) -> bool {
        (0..self.0.len()).any(|city| self.at(city, month) > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Share;

    fn coverage(columns: &[&str], rows: &[&[f64]]) -> Rows<Share> {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        Rows::new(1.0, columns, rows.iter().map(|row| row.to_vec()).collect()).expect("a table")
    }

    #[test]
    fn a_path_steps_in_its_months_and_is_0_before() {
        let table = coverage(
            &["year", "status_quo", "programme", "full"],
            &[&[2009.5, 0.1, 0.4, 1.0], &[2011.0, 0.2, 0.6, 1.0]],
        );
        let path = Path::of(&table, Level::Programme, 4).expect("in order");
        let at = |year, month| path.at(3, Month::january(year).plus(month));
        assert_eq!([at(2009, 5), at(2009, 6), at(2010, 11), at(2011, 0), at(2040, 0)], [0.0, 0.4, 0.4, 0.6, 0.6]);
        assert_eq!(Path::of(&table, Level::Off, 4).map(|path| path.any(Month(100))), Ok(false));
    }

    #[test]
    fn the_product_of_two_paths_steps_where_either_does() {
        let table = |rows: &[&[f64]]| coverage(&["year", "status_quo", "programme", "full"], rows);
        let path = |rows: &[&[f64]]| Path::of(&table(rows), Level::Full, 4).expect("in order");
        let product =
            path(&[&[2008.0, 0.0, 0.0, 0.5], &[2010.0, 0.0, 0.0, 1.0]]).times(&path(&[&[2009.0, 0.0, 0.0, 0.8]]));
        assert_eq!([6, 12, 30].map(|month| product.at(1, Month(month))), [0.0, 0.4, 0.8]);
        let product = Path::constant(f64::INFINITY).times(&Path::constant(0.0));
        assert_eq!(product.at(1, Month(6)), 0.0, "nobody is covered, whatever there is");
    }

    #[test]
    fn years_out_of_order_and_cities_that_are_not_there_are_refused() {
        let columns = ["city", "year", "status_quo", "programme", "full"];
        let wrong = coverage(&columns, &[&[0.0, 2010.0, 0.0, 0.0, 0.0], &[0.0, 2009.0, 0.0, 0.0, 0.0]]);
        assert!(Path::of(&wrong, Level::Full, 4).expect_err("out of order").contains("does not come after"));
        let wrong = coverage(&columns, &[&[4.0, 2010.0, 0.0, 0.0, 0.0]]);
        assert!(Path::of(&wrong, Level::Full, 4).expect_err("no city").contains("no city 4"));
        let two = coverage(&columns, &[&[0.0, 2010.0, 0.0, 0.0, 0.3], &[1.0, 2009.0, 0.0, 0.0, 0.2]]);
        let path = Path::of(&two, Level::Full, 4).expect("each city in order");
        assert_eq!([path.at(0, Month(30)), path.at(1, Month(30)), path.at(2, Month(30))], [0.3, 0.2, 0.0]);
    }
}

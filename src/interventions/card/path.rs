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

    /// A path from the values of each city, each with the first month in which it applies, in ascending order.
    pub fn by_city(mut values: Vec<Vec<(Month, f64)>>) -> Path {
        values.resize(ELSEWHERE, Vec::new());
        Path(values)
    }

    /// This path times a number.
    pub fn scaled(&self, by: f64) -> Path {
        Path(self.0.iter().map(|list| list.iter().map(|(month, value)| (*month, value * by)).collect()).collect())
    }

    /// The sum of two paths, city by city.
    pub fn plus(&self, other: &Path) -> Path {
        self.joined(other, |one, two| one + two)
    }

    /// This path with everything beyond another one (the status quo) later by some months, and without it in some cities.
    /// Where this path equals the status quo, the status quo of the later month holds.
    pub fn later(&self, status_quo: &Path, months: i32, without: &[City]) -> Path {
        if months == 0 && without.is_empty() {
            return self.clone();
        }
        let of_city = |city: City| {
            if without.contains(&city) {
                return status_quo.0.get(city).cloned().unwrap_or_default();
            }
            let value = |now: Month| {
                let planned = now.plus(-months);
                let own = self.at(city, planned);
                if own == status_quo.at(city, planned) { status_quo.at(city, now) } else { own }
            };
            let steps = [self, status_quo].into_iter().filter_map(|path| path.0.get(city)).flatten();
            let mut dates: Vec<Month> = steps.map(|(month, _)| month.plus(months)).collect();
            dates.extend(status_quo.0.get(city).into_iter().flatten().map(|(month, _)| *month));
            dates.sort();
            dates.dedup();
            dates.into_iter().map(|month| (month, value(month))).collect()
        };
        Path((0..self.0.len().max(status_quo.0.len())).map(of_city).collect())
    }

    /// The highest value in a city from a month to another one, both included.
    pub fn highest(&self, city: City, from: Month, until: Month) -> f64 {
        let within = |month: &Month| *month > from && *month <= until;
        let steps = self.0.get(city).into_iter().flatten().filter(|(month, _)| within(month)).map(|(_, value)| *value);
        steps.fold(self.at(city, from), f64::max)
    }

    /// The product of two paths, city by city.
    pub fn times(&self, other: &Path) -> Path {
        // Zero times unlimited is zero.
        self.joined(other, |one, two| if one == 0.0 || two == 0.0 { 0.0 } else { one * two })
    }

    /// Two paths joined month by month, city by city.
    fn joined(&self, other: &Path, with: impl Fn(f64, f64) -> f64) -> Path {
        let of_city = |city: usize| {
            let lists = [self, other].into_iter().filter_map(|path| path.0.get(city));
            let mut months: Vec<Month> = lists.flatten().map(|(month, _)| *month).collect();
            months.sort();
            months.dedup();
            months.into_iter().map(|month| (month, with(self.at(city, month), other.at(city, month)))).collect()
        };
        Path((0..self.0.len().max(other.0.len())).map(of_city).collect())
    }

    /// The largest value of any city and month.
    pub fn most(&self) -> f64 {
        self.0.iter().flatten().map(|(_, value)| *value).fold(0.0, f64::max)
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
    fn a_delay_moves_what_goes_beyond_the_status_quo_and_nothing_else() {
        let columns = ["city", "year", "status_quo", "programme", "full"];
        let rows: [&[f64]; 5] = [
            &[0.0, 2008.0, 0.2, 0.2, 0.2],
            &[0.0, 2010.0, 0.3, 0.6, 0.9],
            &[0.0, 2011.0, 0.3, 0.9, 0.9],
            &[1.0, 2008.0, 0.0, 0.0, 0.0],
            &[1.0, 2009.0, 0.0, 1.0, 1.0],
        ];
        let path = |level| Path::of(&coverage(&columns, &rows), level, 2).expect("in order");
        let (plan, quo) = (path(Level::Programme), path(Level::StatusQuo));
        let slipped = plan.later(&quo, 12, &[]);
        let years = [2008, 2009, 2010, 2011, 2012];
        assert_eq!(years.map(|year| slipped.at(0, Month::january(year))), [0.2, 0.2, 0.3, 0.6, 0.9]);
        assert_eq!(years.map(|year| slipped.at(1, Month::january(year))), [0.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(slipped.at(0, Month::january(2011).plus(-1)), 0.3, "December 2010 has the status quo of 2010");
        assert_eq!(plan.later(&quo, 0, &[]), plan);
        let left_out = plan.later(&quo, 0, &[0]);
        assert_eq!(years.map(|year| left_out.at(0, Month::january(year))), [0.2, 0.2, 0.3, 0.3, 0.3]);
        assert_eq!(left_out.at(1, Month::january(2009)), 1.0, "the other city goes on");
        // What a pilot has for a year only is later, and not longer.
        let pilot = coverage(
            &["year", "status_quo", "programme", "full"],
            &[&[2009.0, 0.0, 1.0, 1.0], &[2010.0, 0.0, 0.0, 1.0]],
        );
        let of = |level| Path::of(&pilot, level, 1).expect("in order");
        let later = of(Level::Programme).later(&of(Level::StatusQuo), 6, &[]);
        assert_eq!([17, 18, 29, 30].map(|month| later.at(0, Month(month))), [0.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn a_slip_of_a_year_equals_the_same_table_with_its_years_moved_by_hand() {
        let columns = ["year", "status_quo", "programme", "full"];
        let plan = coverage(
            &columns,
            &[&[2008.0, 0.1, 0.1, 0.1], &[2010.0, 0.1, 0.3, 0.5], &[2011.0, 0.1, 0.5, 0.9], &[2012.0, 0.1, 0.7, 0.9]],
        );
        let moved = coverage(
            &columns,
            &[&[2008.0, 0.1, 0.1, 0.1], &[2011.0, 0.1, 0.3, 0.5], &[2012.0, 0.1, 0.5, 0.9], &[2013.0, 0.1, 0.7, 0.9]],
        );
        let of = |table: &Rows<Share>, level| Path::of(table, level, 4).expect("in order");
        for level in [Level::StatusQuo, Level::Programme, Level::Full] {
            let slipped = of(&plan, level).later(&of(&plan, Level::StatusQuo), 12, &[]);
            for month in (-24..96).map(Month) {
                assert_eq!(slipped.at(2, month), of(&moved, level).at(2, month), "{level:?} in {month}");
            }
        }
    }

    #[test]
    fn the_highest_value_is_that_of_a_span_with_both_its_ends() {
        let table = coverage(
            &["year", "status_quo", "programme", "full"],
            &[&[2009.0, 0.0, 0.0, 0.5], &[2010.0, 0.0, 0.0, 1.0], &[2011.0, 0.0, 0.0, 0.0]],
        );
        let path = Path::of(&table, Level::Full, 1).expect("in order");
        let highest = |from, until| path.highest(0, Month(from), Month(until));
        assert_eq!(
            [highest(0, 11), highest(0, 12), highest(12, 24), highest(35, 40), highest(36, 40)],
            [0.0, 0.5, 1.0, 1.0, 0.0]
        );
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

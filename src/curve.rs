//! Curves by age: rate tables of the model files expanded for look-up.

use ndarray::Array2;

use crate::units::{Rows, Unit};

/// Years of age that a curve distinguishes.
pub const AGES: usize = 110;

/// Values by year of age for a man (0) and a woman (1); a step function between the rows of its table.
#[derive(Clone, Debug, PartialEq)]
pub struct ByAge(Array2<f64>);

impl ByAge {
    /// From a table with the column `age` and the two named (for men and for women; the same name twice for both).
    ///
    /// Ages below the first row have the value `below`.
    ///
    /// # Errors
    /// Names a missing column or ages out of order.
    pub fn new<U: Unit>(rows: &Rows<U>, male: &str, female: &str, below: f64) -> Result<ByAge, String> {
        let ages = rows.values("age")?;
        if ages.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err("the ages do not rise from row to row; put the rows in order of age".into());
        }
        let columns = [rows.values(male)?, rows.values(female)?];
        Ok(ByAge(Array2::from_shape_fn((2, AGES), |(sex, age)| {
            let row = ages.iter().rposition(|from| *from <= age as f64);
            row.map_or(below, |row| columns[sex][row])
        })))
    }

    /// The same for men and women.
    ///
    /// # Errors
    /// As [`ByAge::new`].
    pub fn both<U: Unit>(rows: &Rows<U>, column: &str, below: f64) -> Result<ByAge, String> {
        ByAge::new(rows, column, column, below)
    }

    /// The same value at all ages.
    pub fn constant(value: f64) -> ByAge {
        ByAge(Array2::from_elem((2, AGES), value))
    }

    /// All values times a factor.
    #[must_use]
    pub fn scaled(&self, by: f64) -> ByAge {
        ByAge(self.0.mapv(|value| value * by))
    }

    /// Value at a year of age for a sex (0 male, 1 female).
    #[inline]
    pub fn at(&self, sex: usize, age: i32) -> f64 {
        self.0[(sex, (age.max(0) as usize).min(AGES - 1))]
    }

    /// The largest value at each year of age or any later one below `end`, for a sex.
    pub fn most_from(&self, sex: usize, end: usize) -> Vec<f64> {
        let mut most = vec![f64::MIN; end];
        let mut later = f64::MIN;
        for age in (0..end).rev() {
            later = later.max(self.at(sex, age as i32));
            most[age] = later;
        }
        most
    }
}

/// A step function over one key column: the value of the last row whose key is not above the argument.
///
/// # Errors
/// Names a missing column.
pub fn steps<U: Unit>(rows: &Rows<U>, key: &str, column: &str) -> Result<Vec<(f64, f64)>, String> {
    let mut pairs: Vec<(f64, f64)> = rows.values(key)?.into_iter().zip(rows.values(column)?).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(pairs)
}

/// Looks a key up in [`steps`]; below the first row, the first value.
#[inline]
pub fn step_at(steps: &[(f64, f64)], key: f64) -> f64 {
    let after = steps.partition_point(|(from, _)| *from <= key);
    steps.get(after.saturating_sub(1)).map_or(0.0, |(_, value)| *value)
}

/// A table with a value for each index 0, 1, 2 … of a key column.
///
/// # Errors
/// Names a missing column, or states that the keys are not 0 to `len` − 1.
pub fn indexed<U: Unit>(rows: &Rows<U>, key: &str, column: &str, len: usize) -> Result<Vec<f64>, String> {
    let pairs = steps(rows, key, column)?;
    if pairs.len() != len || pairs.iter().enumerate().any(|(index, (key, _))| *key != index as f64) {
        return Err(format!("column `{key}` must hold 0 to {} once each", len - 1));
    }
    Ok(pairs.into_iter().map(|(_, value)| value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::RatePerYear;

    fn table() -> Rows<RatePerYear> {
        let columns = ["age", "male", "female"].map(String::from).to_vec();
        Rows::new(2.0, columns, vec![vec![15.0, 0.1, 0.2], vec![20.0, 0.3, 0.4]]).unwrap()
    }

    #[test]
    fn a_curve_steps_at_its_rows_and_carries_the_multiplier() {
        let curve = ByAge::new(&table(), "male", "female", 0.0).unwrap();
        assert_eq!([14, 15, 19, 20, 200].map(|age| curve.at(0, age)), [0.0, 0.2, 0.2, 0.6, 0.6]);
        assert_eq!(curve.at(1, 17), 0.4);
        assert!(ByAge::both(&table(), "neither", 0.0).unwrap_err().contains("neither"));
    }

    #[test]
    fn an_indexed_table_must_be_whole() {
        assert!(indexed(&table(), "age", "male", 2).is_err());
        assert_eq!(step_at(&[(0.0, 1.0), (5.0, 2.0)], 4.9), 1.0);
        assert_eq!(step_at(&[(0.0, 1.0), (5.0, 2.0)], 5.0), 2.0);
    }
}

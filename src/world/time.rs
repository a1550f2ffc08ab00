//! Months: the clock of the model.

use serde::{Deserialize, Serialize};

use crate::config::year_and_month;

/// A month, counted from January 2008 (= 0); earlier months are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month(pub i16);

/// Calendar year in which month 0 lies.
pub const FIRST_YEAR: i32 = 2008;

impl Month {
    /// The month that never comes: first month of an experience that did not happen.
    pub const NEVER: Month = Month(i16::MAX);

    /// January of a calendar year.
    pub fn january(year: i32) -> Month {
        Month(((year - FIRST_YEAR) * 12) as i16)
    }

    /// Calendar year.
    pub fn year(self) -> i32 {
        FIRST_YEAR + i32::from(self.0).div_euclid(12)
    }

    /// Month of the year, January = 0.
    #[inline]
    pub fn of_year(self) -> usize {
        // From a January before all months, so that no number is negative: the remainder is then one multiplication.
        const BEFORE_ALL: i32 = 12 * 3072;
        ((i32::from(self.0) + BEFORE_ALL) as u32 % 12) as usize
    }

    /// The month `months` later.
    pub fn plus(self, months: i32) -> Month {
        Month((i32::from(self.0) + months).clamp(-32_000, 32_000) as i16)
    }

    /// Whole months from `earlier` to this month.
    pub fn since(self, earlier: Month) -> i32 {
        i32::from(self.0) - i32::from(earlier.0)
    }

    /// Whether something with this first month has happened, that is, the month is not [`Month::NEVER`].
    pub fn has_come(self) -> bool {
        self != Month::NEVER
    }

    /// Reads `2009-01`.
    ///
    /// # Errors
    /// A sentence with the remedy when the text is not a month from 1900 to 2150.
    pub fn parse(text: &str) -> Result<Month, String> {
        let wrong = || format!("`{text}` is no month; write it as `2009-01`");
        let (year, month) = year_and_month(text).ok_or_else(wrong)?;
        Ok(Month::january(year).plus(month - 1))
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.has_come() { write!(f, "{}-{:02}", self.year(), self.of_year() + 1) } else { write!(f, "never") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_has_its_place_in_the_year() {
        assert!((i16::MIN..=i16::MAX).all(|month| Month(month).of_year() == i32::from(month).rem_euclid(12) as usize));
    }

    #[test]
    fn months_read_and_write_as_year_and_month() {
        assert_eq!(Month::parse("2008-01"), Ok(Month(0)));
        assert_eq!(Month::parse("2009-12").map(|m| m.to_string()), Ok("2009-12".into()));
        assert_eq!(Month(-1).to_string(), "2007-12");
        for wrong in ["", "2009", "2009-13", "2009-00", "209-01", "2009-1", "x-y"] {
            assert!(Month::parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! Number formats: decimal comma or point, thousands separators, prefixes and suffixes.

/// Replaces a missing number.
pub(super) const ABSENT: &str = "–";

const NO_BREAK: char = '\u{a0}';
const MINUS: char = '\u{2212}';

/// Number format of an axis or column.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    /// Decimal separator.
    pub decimal: char,
    /// Thousands separator; `None` for years.
    pub thousands: Option<char>,
    /// Number of decimals in tables and at marks; axis ticks have as many as they need.
    pub decimals: usize,
    /// Factor applied first: 100 for shares as percentages, 0.000001 for millions.
    pub times: f64,
    /// Prefix, for example `€ `. Spaces become non-breaking.
    pub before: String,
    /// Suffix, for example ` %`.
    pub after: String,
}

impl Default for Format {
    fn default() -> Format {
        Format::english(1)
    }
}

impl Format {
    /// Dutch format: 1.234,5.
    pub fn dutch(decimals: usize) -> Format {
        let (before, after) = (String::new(), String::new());
        Format { decimal: ',', thousands: Some('.'), decimals, times: 1.0, before, after }
    }

    /// English format: 1,234.5.
    pub fn english(decimals: usize) -> Format {
        Format { decimal: '.', thousands: Some(','), ..Format::dutch(decimals) }
    }

    /// Calendar years: whole and without separators, in any language.
    pub fn years() -> Format {
        Format { thousands: None, ..Format::dutch(0) }
    }

    /// The same with a factor.
    pub fn times(self, times: f64) -> Format {
        Format { times, ..self }
    }

    /// The same with a unit before the number.
    pub fn before(self, unit: &str) -> Format {
        Format { before: unit.into(), ..self }
    }

    /// The same with a unit after the number.
    pub fn after(self, unit: &str) -> Format {
        Format { after: unit.into(), ..self }
    }

    /// A number as printed; a dash for a missing one.
    ///
    /// ```
    /// # use keten::charts::Format;
    /// assert_eq!(Format::dutch(1).before("€ ").write(-1234.5), "−€\u{a0}1.234,5");
    /// assert_eq!(Format::english(0).times(100.0).after("%").write(0.256), "26%");
    /// ```
    pub fn write(&self, value: f64) -> String {
        self.with_decimals(value, self.decimals)
    }

    /// A number with its interval: `2,5 (1,0; 4,0)`; without the bounds when one is missing.
    pub fn write_between(&self, value: f64, low: f64, high: f64) -> String {
        let point = self.write(value);
        if low.is_finite() && high.is_finite() {
            format!("{point} ({}; {})", self.write(low), self.write(high))
        } else {
            point
        }
    }

    /// As [`Format::write`], with another number of decimals.
    pub(super) fn with_decimals(&self, value: f64, decimals: usize) -> String {
        let value = value * self.times;
        if !value.is_finite() {
            return ABSENT.into();
        }
        let digits = format!("{:.*}", decimals.min(12), value.abs());
        let (whole, rest) = digits.split_once('.').unwrap_or((&digits, ""));
        let mut out = String::new();
        if value < 0.0 && digits.contains(|digit: char| ('1'..='9').contains(&digit)) {
            out.push(MINUS);
        }
        let unit = |text: &str| text.replace(' ', &NO_BREAK.to_string());
        out.push_str(&unit(&self.before));
        for (at, digit) in whole.chars().enumerate() {
            if let Some(mark) = self.thousands
                && at > 0
                && (whole.len() - at).is_multiple_of(3)
            {
                out.push(mark);
            }
            out.push(digit);
        }
        if !rest.is_empty() {
            out.push(self.decimal);
            out.push_str(rest);
        }
        out.push_str(&unit(&self.after));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_the_dutch_and_the_english_way() {
        let cases = [
            (1234.5, "1.234,5", "1,234.5"),
            (0.0, "0,0", "0.0"),
            (-0.04, "0,0", "0.0"),
            (-0.05001, "−0,1", "−0.1"),
            (999.96, "1.000,0", "1,000.0"),
            (-1_234_567.89, "−1.234.567,9", "−1,234,567.9"),
            (f64::NAN, "–", "–"),
            (f64::INFINITY, "–", "–"),
        ];
        for (value, dutch, english) in cases {
            assert_eq!(
                (Format::dutch(1).write(value), Format::english(1).write(value)),
                (dutch.into(), english.into())
            );
        }
        assert_eq!(Format::years().write(2008.0), "2008");
    }

    #[test]
    fn units_stay_with_their_number() {
        let money = Format::dutch(1).times(1e-6).before("€ ").after(" mln");
        assert_eq!(money.write(-12_345_678.0), "−€\u{a0}12,3\u{a0}mln");
        assert_eq!(money.write_between(1e6, f64::NAN, 2e6), "€\u{a0}1,0\u{a0}mln");
        assert_eq!(Format::dutch(1).write_between(2.0, -1.0, 5.0), "2,0 (−1,0; 5,0)");
    }
}

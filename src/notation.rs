//! Notation of numbers for readers: decimal comma or point, thousands separators, signs, units, significant digits.
//!
//! Charts, the report and the commands write their numbers with this. Numbers in files for programs are not formatted.

/// Replaces a missing number.
pub const ABSENT: &str = "–";

const NO_BREAK: char = '\u{a0}';
const MINUS: char = '\u{2212}';

/// Number format of an axis, a column or a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    /// Decimal separator.
    pub decimal: char,
    /// Thousands separator; `None` for years.
    pub thousands: Option<char>,
    /// Sign of negative numbers.
    pub minus: char,
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
        Format { decimal: ',', thousands: Some('.'), minus: MINUS, decimals, times: 1.0, before, after }
    }

    /// English format: 1,234.5.
    pub fn english(decimals: usize) -> Format {
        Format { decimal: '.', thousands: Some(','), ..Format::dutch(decimals) }
    }

    /// English format in ASCII, for a terminal and for text that programs search: -1,234.5.
    pub fn ascii(decimals: usize) -> Format {
        Format { minus: '-', ..Format::english(decimals) }
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
    /// # use keten::notation::Format;
    /// assert_eq!(Format::dutch(1).before("€ ").write(-1234.5), "−€\u{a0}1.234,5");
    /// assert_eq!(Format::english(0).times(100.0).after("%").write(0.256), "26%");
    /// ```
    pub fn write(&self, value: f64) -> String {
        self.with_decimals(value, self.decimals)
    }

    /// A number with its sign: a plus if it is above zero.
    pub fn write_signed(&self, value: f64) -> String {
        let plus = if value.is_finite() && value > 0.0 { "+" } else { "" };
        format!("{plus}{}", self.write(value))
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
    pub(crate) fn with_decimals(&self, value: f64, decimals: usize) -> String {
        let value = value * self.times;
        if !value.is_finite() {
            return ABSENT.into();
        }
        let digits = format!("{:.*}", decimals.min(12), value.abs());
        let (whole, rest) = digits.split_once('.').unwrap_or((&digits, ""));
        let mut out = String::new();
        if value < 0.0 && digits.contains(|digit: char| ('1'..='9').contains(&digit)) {
            out.push(self.minus);
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

/// A number rounded to this number of significant digits.
pub fn significant(value: f64, digits: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let power = digits - 1 - value.abs().log10().floor() as i32;
    // Powers of ten are exact, their reciprocals are not: dividing keeps halves where they are.
    let size = 10f64.powi(power.abs());
    if power >= 0 { (value * size).round() / size } else { (value / size).round() * size }
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
    fn a_terminal_gets_ascii_and_signs_where_asked() {
        let whole = Format::ascii(0);
        let numbers = [0.0, 999.4, 1000.0, 1_234_567.8, -1200.0, -0.4];
        assert_eq!(numbers.map(|number| whole.write(number)), ["0", "999", "1,000", "1,234,568", "-1,200", "0"]);
        assert_eq!(
            [1200.0, 0.0, -1200.0, f64::INFINITY].map(|number| whole.write_signed(number)),
            ["+1,200", "0", "-1,200", ABSENT]
        );
    }

    #[test]
    fn significant_digits_are_kept_on_both_sides_of_the_point() {
        assert_eq!([12_345.6, 0.045_67, -87.65].map(|value| significant(value, 2)), [12_000.0, 0.046, -88.0]);
        assert_eq!([0.0, 999.6, 12_350.0].map(|value| significant(value, 3)), [0.0, 1000.0, 12_400.0]);
        assert!(significant(f64::NAN, 3).is_nan());
    }

    #[test]
    fn units_stay_with_their_number() {
        let money = Format::dutch(1).times(1e-6).before("€ ").after(" mln");
        assert_eq!(money.write(-12_345_678.0), "−€\u{a0}12,3\u{a0}mln");
        assert_eq!(money.write_between(1e6, f64::NAN, 2e6), "€\u{a0}1,0\u{a0}mln");
        assert_eq!(Format::dutch(1).write_between(2.0, -1.0, 5.0), "2,0 (−1,0; 5,0)");
    }
}

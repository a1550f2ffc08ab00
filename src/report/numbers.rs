//! Numbers in sentences: rounded to their precision, in the notation of the language.

use super::words::Language;
pub(super) use crate::notation::ABSENT;
use crate::notation::{Format, significant};

/// Minimum number of simulated persons for a cell to be shown.
pub(super) const FEWEST: f64 = 10.0;

/// Number notation of a language.
#[derive(Clone, Copy, Debug)]
pub struct Numbers(pub Language);

impl Numbers {
    /// A format with this number of decimals.
    pub fn format(self, decimals: usize) -> Format {
        match self.0 {
            Language::Nl => Format::dutch(decimals),
            Language::En => Format::english(decimals),
        }
    }

    /// A number rounded to two significant digits, or three from a hundred thousand on.
    pub fn about(self, value: f64) -> String {
        let digits = if value.abs() >= 100_000.0 { 3 } else { 2 };
        let value = significant(value, digits);
        self.format(decimals(value, digits)).write(value)
    }

    /// A number rounded as in [`Numbers::about`], or with more digits if needed to distinguish it from one at a
    /// distance of `apart`.
    pub(super) fn about_within(self, value: f64, apart: f64) -> String {
        if apart <= 0.0 || !apart.is_finite() {
            return self.about(value);
        }
        let size = |of: f64| of.abs().log10().floor() as i32;
        let finer = (size(value) - size(apart) + 1).clamp(2, 15);
        let digits = if value == 0.0 { 2 } else { finer.max(if value.abs() >= 100_000.0 { 3 } else { 2 }) };
        let value = significant(value, digits);
        self.format(decimals(value, digits)).write(value)
    }

    /// A difference with its sign, rounded by its own size.
    pub fn signed(self, value: f64) -> String {
        let plain = self.about(value);
        if value > 0.0 { format!("+{plain}") } else { plain }
    }

    /// An amount of euro with a unit: `€ 1,2 miljoen`.
    pub fn euro(self, value: f64) -> String {
        let (size, word) = match (value.abs(), self.0) {
            (value, Language::Nl) if value >= 0.9995e9 => (1e9, " miljard"),
            (value, Language::En) if value >= 0.9995e9 => (1e9, " billion"),
            (value, Language::Nl) if value >= 0.9995e6 => (1e6, " miljoen"),
            (value, Language::En) if value >= 0.9995e6 => (1e6, " million"),
            _ => (1.0, ""),
        };
        let value = significant(value / size, 3);
        let before = if self.0 == Language::Nl { "€ " } else { "€" };
        let decimals = if size > 1.0 { decimals(value, 3).min(1) } else { 0 };
        self.format(decimals).before(before).after(word).write(value)
    }

    /// A share as a percentage: whole, or with one decimal below ten.
    pub(super) fn percent(self, share: f64) -> String {
        let decimals = if (share * 100.0).abs() < 9.95 && share != 0.0 { 1 } else { 0 };
        self.percents(decimals).write(share)
    }

    /// The format of shares as percentages.
    pub fn percents(self, decimals: usize) -> Format {
        let after = if self.0 == Language::Nl { " %" } else { "%" };
        self.format(decimals).times(100.0).after(after)
    }

    /// An integer.
    pub fn whole(self, value: f64) -> String {
        self.format(0).write(value)
    }

    /// A rounded number if at least [`FEWEST`] were simulated, otherwise the text for too few.
    pub(super) fn unless_few(self, value: f64, simulated: f64) -> String {
        if simulated.abs() >= FEWEST || value == 0.0 && simulated == 0.0 { self.about(value) } else { self.few() }
    }

    /// The text for too few.
    pub(super) fn few(self) -> String {
        match self.0 {
            Language::Nl => "te weinig (<10)".to_owned(),
            Language::En => "too few (<10)".to_owned(),
        }
    }
}

fn decimals(value: f64, digits: i32) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    (digits - 1 - value.abs().log10().floor() as i32).clamp(0, 4) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_are_known_and_the_signs_of_the_reader() {
        let (nl, en) = (Numbers(Language::Nl), Numbers(Language::En));
        assert_eq!((nl.about(12345.6), en.about(12345.6)), ("12.000".into(), "12,000".into()));
        assert_eq!((nl.about(0.4567), en.about(87.6)), ("0,46".into(), "88".into()));
        assert_eq!((nl.euro(1_234_567.0), en.euro(-56_789.0)), ("€\u{a0}1,2\u{a0}miljoen".into(), "−€56,800".into()));
        assert_eq!((nl.percent(0.256), en.percent(0.0123)), ("26\u{a0}%".into(), "1.2%".into()));
        assert_eq!(nl.about(f64::NAN), ABSENT);
    }

    #[test]
    fn two_numbers_look_alike_only_if_they_are() {
        let en = Numbers(Language::En);
        for (base, apart) in [(16_980.0, 33.0), (16_500.0, 0.25), (17_000.0, 4_000.0), (999.6, 0.4), (123_456.0, 7.0)] {
            for other in [base + apart, base - apart] {
                assert_ne!(en.about_within(base, apart), en.about_within(other, apart), "{base} and {other}");
            }
        }
        assert_eq!(
            (en.about_within(16_980.0, 33.0), en.about_within(16_947.0, 33.0)),
            ("16,980".into(), "16,950".into())
        );
        assert_eq!((en.about_within(16_980.0, f64::INFINITY), en.signed(33.0)), ("17,000".into(), "+33".into()));
        assert_eq!((en.signed(-33.0), en.signed(0.0)), ("−33".into(), "0".into()));
    }

    #[test]
    fn fewer_than_ten_simulated_are_not_told() {
        let en = Numbers(Language::En);
        assert_eq!(en.unless_few(900.0, 9.0), "too few (<10)");
        assert_eq!(en.unless_few(1000.0, 10.0), "1,000");
        assert_eq!(en.unless_few(0.0, 0.0), "0");
    }
}

//! Numbers of the page: rounded to their precision, in the notation of the language.

use crate::notation::{ABSENT, Format, significant};
use crate::report::Language;

use super::words::PageWords;

/// Numbers in the words of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageNumbers<'a>(pub(super) &'a PageWords);

impl PageNumbers<'_> {
    /// A format with this number of decimals.
    pub(super) fn format(self, decimals: usize) -> Format {
        match self.0.language {
            Language::Nl => Format::dutch(decimals),
            Language::En => Format::english(decimals),
        }
    }

    /// A number rounded to two significant digits, or three from a hundred thousand on.
    pub(super) fn about(self, value: f64) -> String {
        let digits = if value.abs() >= 100_000.0 { 3 } else { 2 };
        let value = significant(value, digits);
        self.format(decimals(value, digits)).write(value)
    }

    /// The same with a plus before positive numbers.
    pub(super) fn signed(self, value: f64) -> String {
        let plain = self.about(value);
        if value > 0.0 { format!("+{plain}") } else { plain }
    }

    /// A range, its ends rounded alike.
    pub(super) fn range(self, limits: Option<(f64, f64)>, write: impl Fn(f64) -> String) -> String {
        limits.map_or_else(|| ABSENT.to_owned(), |(low, high)| format!("{}\u{a0}… {}", write(low), write(high)))
    }

    /// An amount of euro with a unit: `€ 1,2 miljoen`.
    pub(super) fn euro(self, value: f64) -> String {
        let (size, word) = match value.abs() {
            value if value >= 0.9995e9 => (1e9, self.0.get("page.billion")),
            value if value >= 0.9995e6 => (1e6, self.0.get("page.million")),
            _ => (1.0, String::new()),
        };
        let value = significant(value / size, 3);
        let before = if self.0.language == Language::Nl { "€ " } else { "€" };
        let decimals = if size > 1.0 { decimals(value, 3).min(1) } else { 0 };
        // A sign stays with its amount at the end of a line.
        self.format(decimals).before(before).after(&word).write(value).replace("−€", "−\u{2060}€")
    }

    /// The same with a plus before positive amounts.
    pub(super) fn euro_signed(self, value: f64) -> String {
        let plain = self.euro(value);
        if value > 0.0 { format!("+\u{2060}{plain}") } else { plain }
    }

    /// A share as a percentage.
    pub(super) fn percent(self, share: f64) -> String {
        let after = if self.0.language == Language::Nl { " %" } else { "%" };
        self.format(0).times(100.0).after(after).write(share)
    }

    /// A whole number.
    pub(super) fn whole(self, value: f64) -> String {
        self.format(0).write(value)
    }

    /// A time in words: seconds, or minutes from ninety seconds on.
    pub(super) fn time(self, seconds: f64) -> String {
        let (key, count) =
            if seconds < 90.0 { ("answer.seconds", seconds.max(1.0)) } else { ("answer.minutes", seconds / 60.0) };
        self.0.say(key, &[("count", &self.whole(count.ceil()))])
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
    fn numbers_have_the_signs_and_units_of_the_reader() {
        let words = Language::ALL.map(|language| PageWords::new(language).unwrap_or_else(|errors| panic!("{errors}")));
        let [nl, en] = [&words[0], &words[1]].map(PageNumbers);
        assert_eq!((nl.about(12345.6), en.signed(12345.6)), ("12.000".into(), "+12,000".into()));
        assert_eq!(
            (nl.euro(1_234_567.0), en.euro_signed(-56_789.0)),
            ("€\u{a0}1,2\u{a0}miljoen".into(), "−\u{2060}€56,800".into())
        );
        assert_eq!((en.time(12.2), nl.time(130.0)), ("13 seconds".into(), "3 minuten".into()));
        assert_eq!(en.range(None, |value| en.about(value)), ABSENT);
    }
}

//! Numbers of the page: rounded to their precision, in the notation of the language.

use crate::notation::{ABSENT, Format};
use crate::report::Numbers;

use super::words::PageWords;

/// Numbers in the words of a page: those of reports, and some that only the page has.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageNumbers<'a>(pub(super) &'a PageWords);

impl PageNumbers<'_> {
    fn plain(self) -> Numbers {
        Numbers(self.0.language)
    }

    /// A format with this number of decimals.
    pub(super) fn format(self, decimals: usize) -> Format {
        self.plain().format(decimals)
    }

    /// A number rounded to two significant digits, or three from a hundred thousand on.
    pub(super) fn about(self, value: f64) -> String {
        self.plain().about(value)
    }

    /// The same with a plus before positive numbers.
    pub(super) fn signed(self, value: f64) -> String {
        self.plain().signed(value)
    }

    /// A range, its ends rounded alike.
    pub(super) fn range(self, limits: Option<(f64, f64)>, write: impl Fn(f64) -> String) -> String {
        limits.map_or_else(|| ABSENT.to_owned(), |(low, high)| format!("{}\u{a0}… {}", write(low), write(high)))
    }

    /// An amount of euro with a unit: `€ 1,2 miljoen`. A sign stays with its amount at the end of a line.
    pub(super) fn euro(self, value: f64) -> String {
        self.plain().euro(value).replace("−€", "−\u{2060}€")
    }

    /// The same for a narrow column: the word after the number may stand on a line of its own.
    pub(super) fn euro_in_column(self, value: f64) -> String {
        let text = self.euro(value);
        match text.rsplit_once('\u{a0}') {
            Some((number, word)) if word.chars().all(char::is_alphabetic) => format!("{number} {word}"),
            _ => text,
        }
    }

    /// The same with a plus before positive amounts.
    pub(super) fn euro_signed(self, value: f64) -> String {
        let plain = self.euro(value);
        if value > 0.0 { format!("+\u{2060}{plain}") } else { plain }
    }

    /// A share as a percentage.
    pub(super) fn percent(self, share: f64) -> String {
        self.plain().percents(0).write(share)
    }

    /// A whole number.
    pub(super) fn whole(self, value: f64) -> String {
        self.plain().whole(value)
    }

    /// A time in words: seconds, or minutes from ninety seconds on.
    pub(super) fn time(self, seconds: f64) -> String {
        let (key, count) =
            if seconds < 90.0 { ("answer.seconds", seconds.max(1.0)) } else { ("answer.minutes", seconds / 60.0) };
        self.0.say(key, &[("count", &self.whole(count.ceil()))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Language;

    #[test]
    fn numbers_have_the_signs_and_units_of_the_reader() {
        let words = Language::ALL.map(|language| PageWords::new(language).unwrap_or_else(|errors| panic!("{errors}")));
        let [nl, en] = [&words[0], &words[1]].map(PageNumbers);
        assert_eq!((nl.about(12345.6), en.signed(12345.6)), ("12.000".into(), "+12,000".into()));
        assert_eq!(
            (nl.euro(1_234_567.0), en.euro_signed(-56_789.0)),
            ("€\u{a0}1,2\u{a0}miljoen".into(), "−\u{2060}€56,800".into())
        );
        assert_eq!(
            [20.8e6, 56_800.0].map(|euro| nl.euro_in_column(euro)),
            ["€\u{a0}20,8 miljoen".to_owned(), "€\u{a0}56.800".to_owned()]
        );
        assert_eq!(en.euro_in_column(20.8e6), "€20.8 million");
        assert_eq!((en.time(12.2), nl.time(130.0)), ("13 seconds".into(), "3 minuten".into()));
        assert_eq!(en.range(None, |value| en.about(value)), ABSENT);
    }
}

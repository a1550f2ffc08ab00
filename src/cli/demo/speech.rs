//! The language of the demo: words and numbers.

use keten::notation::{Format, significant};

use crate::cli::arguments::LanguageChoice;

/// A language in which the demo prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Speech {
    pub(super) language: LanguageChoice,
}

impl Speech {
    /// The text of this language.
    pub(super) fn of<T>(self, english: T, dutch: T) -> T {
        match self.language {
            LanguageChoice::En => english,
            LanguageChoice::Nl => dutch,
        }
    }

    /// Index of the language in pairs of words.
    pub(super) fn index(self) -> usize {
        self.of(0, 1)
    }

    /// A format of numbers for a terminal.
    pub(super) fn format(self, decimals: usize) -> Format {
        self.of(Format::ascii(decimals), Format { minus: '-', ..Format::dutch(decimals) })
    }

    /// An integer with three significant digits.
    pub(super) fn whole(self, number: f64) -> String {
        self.format(0).write(rounded(number))
    }

    /// The same with its sign.
    pub(super) fn signed(self, number: f64) -> String {
        self.format(0).write_signed(rounded(number))
    }

    /// Names with commas between them, and a word before the last.
    pub(super) fn listed(self, names: &[String]) -> String {
        match names {
            [] => self.of("nowhere", "nergens").to_owned(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} {} {last}", first.join(", "), self.of("and", "en")),
        }
    }
}

fn rounded(number: f64) -> f64 {
    if number.abs() < 1000.0 { number.round() } else { significant(number, 3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_three_digits_and_a_sign_where_asked() {
        let [en, nl] = [LanguageChoice::En, LanguageChoice::Nl].map(|language| Speech { language });
        assert_eq!([0.4, 12.5, 999.4, 12_345.0].map(|it| en.whole(it)), ["0", "13", "999", "12,300"]);
        assert_eq!([0.4, -0.4, 12.5, -12_355.0].map(|it| en.signed(it)), ["0", "0", "+13", "-12,400"]);
        assert_eq!([nl.whole(12_345.0), nl.signed(-12_355.0)], ["12.300", "-12.400"]);
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!((nl.listed(&names), en.listed(&names[..1])), ("a, b en c".to_owned(), "a".to_owned()));
    }
}

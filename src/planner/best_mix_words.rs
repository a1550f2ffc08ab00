//! The answer in words, in English and Dutch: a sentence for each budget, and the columns of the table of mixes.

use super::best_mix::{AnsweredMix, StageResult};
use super::question::OptimiseQuestion;
use crate::notation::{Format, significant};
use crate::stats::pairs::Mean;

/// Words and numbers of a language: 0 is English, 1 is Dutch.
#[derive(Clone, Copy, Debug)]
pub struct MixWords(pub usize);

impl MixWords {
    /// The English or the Dutch text.
    fn pick<'t>(self, english: &'t str, dutch: &'t str) -> &'t str {
        if self.0 == 0 { english } else { dutch }
    }

    fn format(self, decimals: usize) -> Format {
        if self.0 == 0 { Format::english(decimals) } else { Format::dutch(decimals) }
    }

    /// A number with three significant digits at most; whole from a hundred on.
    pub fn about(self, value: f64) -> String {
        let value = significant(value, 3);
        let size = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
        let decimals = usize::try_from(2 - size).unwrap_or(0).min(2);
        let decimals = if value.fract() == 0.0 { 0 } else { decimals };
        self.format(decimals).write(value)
    }

    /// An amount: `€ 4,6 miljoen`.
    pub fn euro(self, value: f64) -> String {
        let before = self.pick("€", "€ ");
        if value.abs() < 999_500.0 {
            return self.format(0).before(before).write(significant(value, 3));
        }
        let millions = significant(value / 1e6, 3);
        let decimals = [0, 1, 2].into_iter().find(|decimals| {
            let size = 10_f64.powi(*decimals);
            ((millions * size).round() / size - millions).abs() < 1e-9
        });
        let decimals = usize::try_from(decimals.unwrap_or(2)).unwrap_or(0);
        self.format(decimals).before(before).after(self.pick(" million", " miljoen")).write(millions)
    }

    /// The range of a mean: that of the parameter draws, or of the mean without draws.
    pub fn range(self, mean: &Mean) -> Option<(String, String)> {
        mean.range.map(|(low, high)| (self.about(low), self.about(high)))
    }

    /// Where and when effects are counted.
    pub fn place(self, question: &OptimiseQuestion) -> String {
        let place = question.file.city.clone().unwrap_or_else(|| {
            let number = question.cities.len();
            match (number, self.0) {
                (4, 0) => "the four cities".to_owned(),
                (4, _) => "de vier steden".to_owned(),
                (_, 0) => format!("the {number} cities"),
                (..) => format!("de {number} steden"),
            }
        });
        let last = question.file.until - 1;
        if self.0 == 0 { format!("in {place}, 2008 to {last}") } else { format!("in {place}, 2008 tot en met {last}") }
    }

    /// The name of the figure.
    pub fn figure(self, question: &OptimiseQuestion) -> &'static str {
        question.effect.words[self.0.min(1)]
    }

    /// One sentence or a few for a budget.
    pub fn sentence(self, question: &OptimiseQuestion, answer: &StageResult, budget: f64) -> String {
        let euro = self.euro(budget);
        let Some((mix, certainty)) = answer.best(budget) else {
            return match self.0 {
                0 => format!("For {euro} a year no mix was found that keeps to the limits."),
                _ => format!("Voor {euro} per jaar is geen mix gevonden die binnen de grenzen blijft."),
            };
        };
        if mix.choice.0.iter().all(|level| *level == 0) {
            return match self.0 {
                0 => format!("For {euro} a year no mix was found that does more than the measures of 2008."),
                _ => format!("Voor {euro} per jaar is geen mix gevonden die meer doet dan de maatregelen van 2008."),
            };
        }
        let (words, cost) = (question.space.words(&mix.choice, self.0), self.euro(mix.cost.mean));
        let effect = self.effect(question, answer, mix);
        let sure = self.certainty(answer.pairs, certainty);
        match self.0 {
            0 => format!(
                "For at most {euro} a year the best mix found is: {words}. It costs {cost} a year. {effect} {sure}"
            ),
            _ => format!(
                "Voor hoogstens {euro} per jaar is dit de beste mix die is gevonden: {words}. Die kost {cost} per jaar. \
                 {effect} {sure}"
            ),
        }
    }

    fn effect(self, question: &OptimiseQuestion, answer: &StageResult, mix: &AnsweredMix) -> String {
        let (place, figure) = (self.place(question), self.figure(question));
        let (fewer, base) = (self.about(mix.effect.mean), self.about(answer.comparator));
        let range = match (mix.effect.range, self.0) {
            (Some(range), 0) => format!(" The range is {}.", self.ends(range)),
            (Some(range), _) => format!(" De marge loopt van {}.", self.ends(range)),
            (None, _) => String::new(),
        };
        let doubt = mix.effect.range.is_some_and(|(low, _)| low <= 0.0);
        let doubt = match (doubt, self.0) {
            (true, 0) => " That it has any effect is not certain.",
            (true, _) => " Het is niet zeker dat hij iets doet.",
            (false, _) => "",
        };
        match self.0 {
            0 => format!(
                "With it there are {fewer} fewer {figure}, {place}.{range}{doubt} Without these measures there are {base}."
            ),
            _ => format!(
                "Met deze mix zijn er {fewer} minder {figure}, {place}.{range}{doubt} Zonder deze maatregelen zijn het er \
                 {base}."
            ),
        }
    }

    /// A range of reductions: `from 300 more to 570 fewer`, so that nobody has to read "minus 300 fewer".
    fn ends(self, (low, high): (f64, f64)) -> String {
        let end = |value: f64| {
            let size = self.about(value.abs());
            let way = if value < 0.0 { self.pick("more", "meer") } else { self.pick("fewer", "minder") };
            format!("{size} {way}")
        };
        let to = self.pick("to", "tot");
        if (low < 0.0) == (high < 0.0) {
            format!("{} {to} {}", self.about(low.abs()), end(high))
        } else {
            format!("{} {to} {}", end(low), end(high))
        }
    }

    fn certainty(self, pairs: usize, certainty: f64) -> String {
        // Ties are shared, so the number need not be whole.
        let times = self.about((certainty * pairs as f64).round());
        match self.0 {
            0 => format!("In {times} of {pairs} simulations it has the most effect of all mixes that were compared."),
            _ => format!(
                "In {times} van de {pairs} doorrekeningen doet hij het meeste van alle mixen die zijn vergeleken."
            ),
        }
    }

    /// Headings of the table of the frontier.
    pub fn head(self) -> [&'static str; 4] {
        match self.0 {
            0 => ["euro a year", "fewer", "range", "mix"],
            _ => ["euro per jaar", "minder", "spreiding", "mix"],
        }
    }

    /// A row of that table.
    pub fn row(self, question: &OptimiseQuestion, mix: &AnsweredMix) -> [String; 4] {
        let range = self.range(&mix.effect).map_or_else(String::new, |(low, high)| match self.0 {
            0 => format!("{low} to {high}"),
            _ => format!("{low} tot {high}"),
        });
        [self.euro(mix.cost.mean), self.about(mix.effect.mean), range, question.space.words(&mix.choice, self.0)]
    }

    /// Texts of the chart: the axes, the line of the frontier, the other mixes, the description.
    pub(super) fn chart(self, question: &OptimiseQuestion) -> ChartTexts {
        let (figure, place) = (self.figure(question), self.place(question));
        match self.0 {
            0 => ChartTexts {
                x: "million euro a year".into(),
                y: format!("Fewer {figure}, {place}"),
                frontier: "best mixes, with their range".into(),
                others: "other mixes".into(),
                description: "Each point is a mix of measures. The line joins the mixes that no other one beats."
                    .into(),
                upto: "up to",
            },
            _ => ChartTexts {
                x: "miljoen euro per jaar".into(),
                y: format!("Minder {figure}, {place}"),
                frontier: "beste mixen, met spreiding".into(),
                others: "andere mixen".into(),
                description: "Elk punt is een mix van maatregelen. De lijn verbindt de mixen waarvoor geen betere is \
                              gevonden."
                    .into(),
                upto: "tot",
            },
        }
    }
}

/// Texts of the chart.
pub(super) struct ChartTexts {
    /// Name of the horizontal axis.
    pub(super) x: String,
    /// Name of the vertical axis.
    pub(super) y: String,
    /// Name of the line.
    pub(super) frontier: String,
    /// Name of the other points.
    pub(super) others: String,
    /// What the chart shows.
    pub(super) description: String,
    /// The word before a budget.
    pub(super) upto: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_amounts_have_three_digits_and_the_notation_of_the_language() {
        let [en, nl] = [MixWords(0), MixWords(1)];
        assert_eq!(
            [12_345.0, 123.4, 12.34, 1.234, -0.5, 0.0].map(|value| en.about(value)),
            ["12,300", "123", "12.3", "1.23", "−0.50", "0"]
        );
        assert_eq!(nl.about(12_345.6), "12.300");
        assert_eq!(en.euro(4_567_890.0), "€4.57\u{a0}million");
        assert_eq!(nl.euro(5e6), "€\u{a0}5\u{a0}miljoen");
        assert_eq!(nl.euro(20_400_000.0), "€\u{a0}20,4\u{a0}miljoen");
        assert_eq!(nl.euro(12_345.0), "€\u{a0}12.300");
    }

    #[test]
    fn a_range_says_what_is_more_and_what_is_fewer() {
        let [en, nl] = [MixWords(0), MixWords(1)];
        assert_eq!(en.ends((-323.0, 573.0)), "323 more to 573 fewer");
        assert_eq!(nl.ends((100.0, 573.0)), "100 tot 573 minder");
        assert_eq!(nl.ends((-20.0, -10.0)), "20 tot 10 meer");
    }
}

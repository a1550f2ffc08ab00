//! The comparator of the demo: levels in the first and last year, and transmission, as text and as JSON.

use std::fmt::Write as _;

use keten::analysis::childhood::{AfterChildhood, WitnessRatios, childhood};
use keten::analysis::levels::{FigureLevel, FigureLevels, levels};
use keten::error::Result;
use keten::notation::Format;
use keten::store::Run;
use serde_json::{Map, Value, json};

/// Figures of the comparator of a run.
pub(super) struct Comparator {
    levels: FigureLevels,
    childhood: AfterChildhood,
}

impl Comparator {
    /// Reads them from a run with this scale and comparator.
    pub(super) fn of(run: &Run, scale: f64, comparator: &str) -> Result<Comparator> {
        Ok(Comparator { levels: levels(run, comparator, scale)?, childhood: childhood(run, comparator)? })
    }

    /// Births in all years, in real persons.
    fn births(&self) -> Option<f64> {
        self.levels.levels.iter().find(|level| level.figure.key == "births")?.sum
    }

    /// Lines of text.
    pub(super) fn text(&self) -> String {
        let mut text = levels_text(&self.levels);
        let births = self.births().map_or_else(absent, |births| Format::ascii(0).write(births));
        let _ = writeln!(text, "  {:<58}{births:>12}", "births in all these years");
        text.push_str(&childhood_text(&self.childhood));
        text
    }

    /// The same as JSON; levels by key of the figure.
    pub(super) fn json(&self) -> Value {
        let levels: Map<String, Value> =
            self.levels.levels.iter().map(|it| (it.figure.key.to_owned(), json!([it.first, it.last]))).collect();
        let ratios: Map<String, Value> = self
            .childhood
            .ratios
            .iter()
            .map(|it| {
                (
                    plural(it.sex).to_owned(),
                    json!({
                        "crude": it.crude, "target": it.target, "surveyed": it.surveyed, "causal": it.causal,
                        "kappa": it.kappa, "kappa_put_in": it.input_kappa,
                    }),
                )
            })
            .collect();
        let never = self.childhood.never;
        json!({
            "years": [self.levels.years.0, self.levels.years.1],
            "first_and_last_year": levels,
            "births": self.births(),
            "witness_use": ratios,
            "never_of_100_exposed": never.map(|(never, _)| never),
            "never_before_age": never.map(|(_, age)| age),
            "exposed_share_of_violent_adults": self.childhood.exposed_of_violent,
            "exposed_share_of_adults": self.childhood.exposed_of_adults,
        })
    }
}

fn absent() -> String {
    "none".to_owned()
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// The word for persons of a sex.
fn plural(sex: &str) -> &'static str {
    if sex == "male" { "men" } else { "women" }
}

/// A table of levels in the first and last year.
fn levels_text(levels: &FigureLevels) -> String {
    let mut text = format!("\n{:<48}{:>12}{:>12}\n", "In the four cities", levels.years.0, levels.years.1);
    for FigureLevel { figure, first, last, .. } in &levels.levels {
        let format = Format::ascii(if figure.is_rate() { 1 } else { 0 });
        let write = |value: &Option<f64>| value.map_or_else(absent, |value| format.write(value));
        let words = format!("{}{}", figure.words[0], if figure.is_flow() { " in the year" } else { "" });
        // Writing into a string cannot fail.
        let _ = writeln!(text, "  {words:<46}{:>12}{:>12}", write(first), write(last));
    }
    text
}

/// Ratios and shares of transmission, in sentences.
fn childhood_text(childhood: &AfterChildhood) -> String {
    let mut text = "\nTransmission from one generation to the next (the last ten years)\n".to_owned();
    childhood.ratios.iter().for_each(|ratios| text.push_str(&ratios_text(ratios)));
    let percent =
        |value: Option<f64>| value.map_or_else(unknown, |value| format!("{} %", Format::ascii(0).write(100.0 * value)));
    let _ = writeln!(
        text,
        "  grew up with violence: {} of the adults who use violence against a partner in a year, {} of all adults",
        percent(childhood.exposed_of_violent),
        percent(childhood.exposed_of_adults)
    );
    text.push_str(&match childhood.never {
        Some((never, age)) => format!(
            "  of 100 children who grow up with violence, {} in this model never use it against a partner before {age}\n",
            Format::ascii(0).write(never)
        ),
        None => "  share of exposed children who never use violence: unknown, because the run is too short\n".to_owned(),
    });
    text
}

fn ratios_text(ratios: &WitnessRatios) -> String {
    let times = |value: Option<f64>| value.map_or_else(unknown, |value| Format::ascii(2).write(value));
    format!(
        "  {} who witnessed violence as children: crude risk ratio of using it {} (target {});\n    in a survey {}; \
         causal ratio {}; causal fraction of the log ratio (kappa) {}, input {}\n",
        plural(ratios.sex),
        times(ratios.crude),
        times(ratios.target),
        times(ratios.surveyed),
        times(ratios.causal),
        times(ratios.kappa),
        times(ratios.input_kappa),
    )
}

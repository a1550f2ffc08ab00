//! The comparator of the demo: levels in the first and last year, and transmission, as text and as JSON.

use std::fmt::Write as _;

use keten::analysis::childhood::{AfterChildhood, WitnessRatios, childhood};
use keten::analysis::levels::{FigureLevel, FigureLevels, levels};
use keten::error::Result;
use keten::store::Run;
use serde_json::{Map, Value, json};

use super::speech::Speech;

/// Figures of the comparator of a run.
pub(super) struct Comparator {
    levels: FigureLevels,
    /// Not of a single city: parents may have children in another one.
    childhood: Option<AfterChildhood>,
    /// The city that is counted; all of them together if `None`.
    city: Option<String>,
}

impl Comparator {
    /// Reads them from a run with this scale and comparator.
    pub(super) fn of(run: &Run, scale: f64, comparator: &str) -> Result<Comparator> {
        let childhood = if run.city().is_some() { None } else { Some(childhood(run, comparator)?) };
        Ok(Comparator { levels: levels(run, comparator, scale)?, childhood, city: run.city().map(str::to_owned) })
    }

    /// Births in all years, in real persons.
    fn births(&self) -> Option<f64> {
        self.levels.levels.iter().find(|level| level.figure.key == "births")?.sum
    }

    /// Lines of text.
    pub(super) fn text(&self, speech: Speech) -> String {
        let mut text = levels_text(&self.levels, self.city.as_deref(), speech);
        let births = self.births().map_or_else(|| absent(speech), |births| speech.format(0).write(births));
        let words = speech.of("births in all these years", "geboorten in al deze jaren");
        let _ = writeln!(text, "  {words:<58}{births:>12}");
        text.extend(self.childhood.as_ref().map(|childhood| childhood_text(childhood, speech)));
        text
    }

    /// The same as JSON; levels by key of the figure.
    pub(super) fn json(&self) -> Value {
        let levels: Map<String, Value> =
            self.levels.levels.iter().map(|it| (it.figure.key.to_owned(), json!([it.first, it.last]))).collect();
        let childhood = self.childhood.as_ref();
        let ratios: Map<String, Value> = childhood
            .map_or(&[][..], |childhood| &childhood.ratios)
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
        let never = childhood.and_then(|childhood| childhood.never);
        json!({
            "city": self.city,
            "years": [self.levels.years.0, self.levels.years.1],
            "first_and_last_year": levels,
            "births": self.births(),
            "witness_use": ratios,
            "never_of_100_exposed": never.map(|(never, _)| never),
            "never_before_age": never.map(|(_, age)| age),
            "exposed_share_of_violent_adults": childhood.and_then(|childhood| childhood.exposed_of_violent),
            "exposed_share_of_adults": childhood.and_then(|childhood| childhood.exposed_of_adults),
        })
    }
}

fn absent(speech: Speech) -> String {
    speech.of("none", "geen").to_owned()
}

fn unknown(speech: Speech) -> String {
    speech.of("unknown", "onbekend").to_owned()
}

/// The word for persons of a sex.
fn plural(sex: &str) -> &'static str {
    if sex == "male" { "men" } else { "women" }
}

/// A table of levels in the first and last year.
fn levels_text(levels: &FigureLevels, city: Option<&str>, speech: Speech) -> String {
    let title = city
        .map_or_else(|| speech.of("In the four cities", "In de vier steden").to_owned(), |city| format!("In {city}"));
    let mut text = format!("\n{title:<48}{:>12}{:>12}\n", levels.years.0, levels.years.1);
    for FigureLevel { figure, first, last, .. } in &levels.levels {
        let format = speech.format(if figure.is_rate() { 1 } else { 0 });
        let write = |value: &Option<f64>| value.map_or_else(|| absent(speech), |value| format.write(value));
        let in_year = if figure.is_flow() { speech.of(" in the year", " in het jaar") } else { "" };
        let words = format!("{}{in_year}", figure.words[speech.index()]);
        // Writing into a string cannot fail.
        let _ = writeln!(text, "  {words:<46}{:>12}{:>12}", write(first), write(last));
    }
    text
}

/// Ratios and shares of transmission, in sentences.
fn childhood_text(childhood: &AfterChildhood, speech: Speech) -> String {
    let mut text = speech
        .of(
            "\nTransmission from one generation to the next (the last ten years)\n",
            "\nHoe geweld van ouders op kinderen overgaat (de laatste tien jaar)\n",
        )
        .to_owned();
    childhood.ratios.iter().for_each(|ratios| text.push_str(&ratios_text(ratios, speech)));
    let percent = |value: Option<f64>| {
        value.map_or_else(|| unknown(speech), |value| format!("{} %", speech.format(0).write(100.0 * value)))
    };
    let (violent, adults) = (percent(childhood.exposed_of_violent), percent(childhood.exposed_of_adults));
    let _ = match speech.of(true, false) {
        true => writeln!(
            text,
            "  grew up with violence: {violent} of the adults who use violence against a partner in a year, {adults} of all adults"
        ),
        false => writeln!(
            text,
            "  met geweld opgegroeid: {violent} van de volwassenen die in een jaar geweld tegen een partner gebruiken, {adults} van alle volwassenen"
        ),
    };
    text.push_str(&match childhood.never {
        Some((never, age)) => {
            let never = speech.format(0).write(never);
            speech.of(
                format!("  of 100 children who grow up with violence, {never} in this model never use it against a partner before {age}\n"),
                format!("  van 100 kinderen die met geweld opgroeien, gebruiken er {never} in dit model vóór hun {age}e nooit geweld tegen een partner\n"),
            )
        }
        None => speech
            .of(
                "  share of exposed children who never use violence: unknown, because the run is too short\n",
                "  deel van de kinderen met geweld thuis dat nooit geweld gebruikt: onbekend, want de run is te kort\n",
            )
            .to_owned(),
    });
    text
}

fn ratios_text(ratios: &WitnessRatios, speech: Speech) -> String {
    let times = |value: Option<f64>| value.map_or_else(|| unknown(speech), |value| speech.format(2).write(value));
    let [crude, target, surveyed] = [ratios.crude, ratios.target, ratios.surveyed].map(times);
    let [causal, kappa, input] = [ratios.causal, ratios.kappa, ratios.input_kappa].map(times);
    let who = plural(ratios.sex);
    let wie = if ratios.sex == "male" { "mannen" } else { "vrouwen" };
    speech.of(
        format!(
            "  {who} who witnessed violence as children: crude risk ratio of using it {crude} (target {target});\n    in a survey \
             {surveyed}; causal ratio {causal}; causal fraction of the log ratio (kappa) {kappa}, input {input}\n"
        ),
        format!(
            "  {wie} die als kind geweld zagen: ruwe risicoverhouding om het te gebruiken {crude} (doel {target});\n    in een enquête \
             {surveyed}; oorzakelijke verhouding {causal}; oorzakelijk deel van de log-verhouding (kappa) {kappa}, invoer {input}\n"
        ),
    )
}

//! The last words of the demo: what each measure changes, in a sentence.

use keten::analysis::{EffectPlace, Hidden, ScenarioEffect};

use super::speech::Speech;

/// Figures of the sentence: children exposed for the first time, and euro of the measure.
const EXPOSED: &str = "first_exposed";
const EURO: &str = "euro_measures";

/// The sentence about a scenario. `effects` are those of the scenario with the reason for hiding each, if any; `years` the
/// first and last year.
pub(super) fn sentence(
    label: &str,
    effects: &[(&ScenarioEffect, Option<Hidden>)],
    years: (i64, i64),
    speech: Speech,
) -> String {
    let of = |key: &str| {
        let own = effects.iter().filter(|(effect, _)| effect.place != EffectPlace::Exported);
        own.filter(|(effect, _)| effect.measure == key).find(|(_, hidden)| hidden.is_none()).map(|(effect, _)| *effect)
    };
    let number = years.1 - years.0 + 1;
    let mut letters = label.chars();
    let name: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let Some(exposed) = of(EXPOSED) else {
        return speech.of(
            format!("{name}: this run is too small to say what it changes."),
            format!("{name}: deze run is te klein om te zeggen wat het verandert."),
        );
    };
    let cost = of(EURO).map_or_else(String::new, |effect| {
        let euro = speech.whole(effect.difference / number as f64);
        // What it saves or causes elsewhere is in the figure for all of society.
        speech.of(
            format!(" The measure itself costs {euro} euro a year."),
            format!(" De maatregel zelf kost {euro} euro per jaar."),
        )
    });
    if exposed.sides.equal == exposed.sides.all() {
        return speech.of(
            format!("{name}: exposure of children to violence stays the same in {number} years.{cost}"),
            format!("{name}: in {number} jaar verandert er voor kinderen niets.{cost}"),
        );
    }
    let children = speech.whole(exposed.difference.abs());
    let fewer = exposed.difference < 0.0;
    let direction = if fewer { speech.of("fewer", "minder") } else { speech.of("more", "meer") };
    let range = exposed.limits.map_or_else(String::new, |(low, high)| {
        let [low, high] = [low, high].map(|end| speech.signed(end));
        speech.of(format!(" ({low} to {high})"), format!(" ({low} tot {high})"))
    });
    let unsure = match exposed.limits {
        Some((low, high)) if low > 0.0 || high < 0.0 => "",
        _ => speech.of(
            " So small a run cannot tell this from no change.",
            " Zo'n kleine run kan dit niet onderscheiden van geen verandering.",
        ),
    };
    speech.of(
        format!("{name}: {children} {direction} children are exposed to violence at home in {number} years{range}.{unsure}{cost}"),
        format!("{name}: in {number} jaar krijgen {children} kinderen {direction} met geweld thuis te maken{range}.{unsure}{cost}"),
    )
}

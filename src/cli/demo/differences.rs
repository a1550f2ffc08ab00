//! Reach and effects of a measure as lines of text.

use std::fmt::Write as _;

use keten::analysis::figures::{Figure, MAIN_AND_BIRTHS};
use keten::analysis::{Among, Hidden, MeasureReach, ScenarioEffect, ScenarioEffects};

use super::speech::Speech;

/// Minimum number of simulated persons for a number to be printed.
const FEWEST: f64 = 10.0;

/// Number of persons reached by a measure, and the cost of one start.
pub(super) fn reached(reach: &MeasureReach, effects: &ScenarioEffects, scale: f64, speech: Speech) -> String {
    let plain = |english: &'static str, dutch: &'static str| speech.of(english, dutch).to_owned();
    if reach.same_world {
        return plain(
            "identical to the comparator in every table",
            "in elke tabel gelijk aan het vergelijkingsscenario",
        );
    }
    if reach.nobody() {
        return plain(
            "it reached nobody: no person started with a measure",
            "het bereikte niemand: niemand begon aan een maatregel",
        );
    }
    if reach.programmes.is_empty() {
        return plain(
            "it works through rules, places or professionals; no person starts with it",
            "het werkt via regels, plaatsen of professionals; niemand begint eraan",
        );
    }
    let Some(known) = reach.known() else {
        return plain(
            "the number of people reached is unknown in this run",
            "het aantal bereikte mensen is in deze run onbekend",
        );
    };
    if known < 0.0 {
        let fewer = if known > -FEWEST { String::new() } else { format!("{} ", speech.whole(-known / scale)) };
        return speech.of(
            format!("{fewer}fewer people start than under the comparator"),
            format!("{fewer}minder mensen beginnen dan in het vergelijkingsscenario"),
        );
    }
    if known < FEWEST {
        return plain(
            "it reached fewer than 10 simulated people: too few for a conclusion",
            "het bereikte minder dan 10 gesimuleerde mensen: te weinig voor een conclusie",
        );
    }
    let (what, one) = match reach.starts {
        Some(_) => speech.of(("starts", "start"), ("keer begonnen", "start")),
        None => speech.of(("people reached", "person reached"), ("mensen bereikt", "bereikt mens")),
    };
    let cost = effects.cost_of(reach, scale).map_or_else(String::new, |euro| {
        let euro = speech.format(0).write(euro);
        speech.of(
            format!("; the measure costs {euro} euro per {one}"),
            format!("; de maatregel kost {euro} euro per {one}"),
        )
    });
    format!("{} {what}{cost}", speech.whole(known / scale))
}

/// Effects of a scenario, one line per figure; those with a reason are not shown.
pub(super) fn differences(effects: &[(&ScenarioEffect, Option<Hidden>)], speech: Speech) -> String {
    let mut text = String::new();
    for key in MAIN_AND_BIRTHS {
        let Some((effect, hidden)) = effects.iter().find(|(effect, _)| effect.measure == key) else { continue };
        let words = Figure::named(key).map_or(key, |figure| figure.words[speech.index()]);
        let born = match effect.among {
            Among::Everybody if key != "births" => {
                speech.of(" (including differences in births)", " (met verschillen in geboorten)")
            }
            _ => "",
        };
        let words = format!("{words}{born}");
        if let Some(why) = hidden {
            let why = match why {
                Hidden::Few => speech.of("too few simulated", "te weinig gesimuleerd"),
                Hidden::Withheld => speech.of("withheld: the run is too small", "niet getoond: de run is te klein"),
            };
            let _ = writeln!(text, "    {words:<68}  {why}");
            continue;
        }
        let sides = effect.sides;
        let range = match effect.limits {
            _ if sides.equal == sides.all() => {
                speech.of("  the same in every simulation", "  in elke simulatie gelijk").to_owned()
            }
            None => speech.of("  one pair, no interval", "  één paar, geen marge").to_owned(),
            Some((low, high)) => {
                let unclear = match low <= 0.0 && high >= 0.0 {
                    true => speech.of("  the interval includes zero", "  de marge bevat nul"),
                    false => "",
                };
                format!("  ({} {} {}){unclear}", speech.signed(low), speech.of("to", "tot"), speech.signed(high))
            }
        };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "    {words:<68}{:>12}{range}", speech.signed(effect.difference));
    }
    text
}

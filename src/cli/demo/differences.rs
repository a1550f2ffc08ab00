//! Reach and effects of a measure as lines of text.

use std::fmt::Write as _;

use keten::analysis::figures::{Figure, MAIN_AND_BIRTHS};
use keten::analysis::{Among, Hidden, MeasureReach, ScenarioEffect, ScenarioEffects};
use keten::notation::{Format, significant};

/// Minimum number of simulated persons for a number to be printed.
const FEWEST: f64 = 10.0;

/// Number of persons reached by a measure, and the cost of one start.
pub(super) fn reached(reach: &MeasureReach, effects: &ScenarioEffects, scale: f64) -> String {
    if reach.same_world {
        return "identical to the comparator in every table".to_owned();
    }
    if reach.nobody() {
        return "it reached nobody: no person started with a measure".to_owned();
    }
    if reach.programmes.is_empty() {
        return "it works through rules, places or professionals; no person starts with it".to_owned();
    }
    let Some(known) = reach.known() else { return "the number of people reached is unknown in this run".to_owned() };
    if known < 0.0 {
        let fewer = if known > -FEWEST { String::new() } else { format!("{} ", whole(-known / scale)) };
        return format!("{fewer}fewer people start than under the comparator");
    }
    if known < FEWEST {
        return "it reached fewer than 10 simulated people: too few for a conclusion".to_owned();
    }
    let (what, one) = if reach.starts.is_some() { ("starts", "start") } else { ("people reached", "person reached") };
    let cost = effects.cost_of(reach, scale).map_or_else(String::new, |euro| {
        format!("; the measure costs {} euro per {one}", Format::ascii(0).write(euro))
    });
    format!("{} {what}{cost}", whole(known / scale))
}

/// Effects of a scenario, one line per figure; those with a reason are not shown.
pub(super) fn differences(effects: &[(&ScenarioEffect, Option<Hidden>)]) -> String {
    let mut text = String::new();
    for key in MAIN_AND_BIRTHS {
        let Some((effect, hidden)) = effects.iter().find(|(effect, _)| effect.measure == key) else { continue };
        let words = Figure::named(key).map_or(key, |figure| figure.words[0]);
        let born =
            if effect.among == Among::Everybody && key != "births" { " (including differences in births)" } else { "" };
        let words = format!("{words}{born}");
        if let Some(why) = hidden {
            let why = match why {
                Hidden::Few => "too few simulated",
                Hidden::Withheld => "withheld: the run is too small",
            };
            let _ = writeln!(text, "    {words:<68}  {why}");
            continue;
        }
        let sides = effect.sides;
        let range = match effect.limits {
            _ if sides.equal == sides.all() => "  the same in every simulation".to_owned(),
            None => "  one pair, no interval".to_owned(),
            Some((low, high)) => {
                let unclear = if low <= 0.0 && high >= 0.0 { "  the interval includes zero" } else { "" };
                format!("  ({} to {}){unclear}", signed(low), signed(high))
            }
        };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "    {words:<68}{:>12}{range}", signed(effect.difference));
    }
    text
}

/// An integer with three significant digits.
fn whole(number: f64) -> String {
    Format::ascii(0).write(rounded(number))
}

/// The same with its sign.
fn signed(number: f64) -> String {
    Format::ascii(0).write_signed(rounded(number))
}

fn rounded(number: f64) -> f64 {
    if number.abs() < 1000.0 { number.round() } else { significant(number, 3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_three_digits_and_a_sign_where_asked() {
        assert_eq!([0.4, 12.5, 999.4, 12_345.0].map(whole), ["0", "13", "999", "12,300"]);
        assert_eq!([0.4, -0.4, 12.5, -12_355.0].map(signed), ["0", "0", "+13", "-12,400"]);
    }
}

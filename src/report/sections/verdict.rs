//! The answer for a measure: one sentence, and three scales for effect, cost and certainty.

use super::differences::{ChangeDirection, way};
use crate::analysis::figures::MAIN;
use crate::analysis::{EffectPlace, ScenarioEffect};
use crate::money::Payer;
use crate::report::about::{About, WTP};
use crate::report::view::VerdictScale;
use crate::report::words::capital;

/// Proportion of draws, or replicates, on one side for which an effect is called probable.
const PROBABLE: f64 = 0.9;
/// Minimum number of draws or replicates for that.
const FEWEST_LEANING: usize = 10;
/// Minimum number of draws or replicates for which a range without zero is called very certain.
const MANY: usize = 20;
/// Changes of a figure below the first are called small, from the second on large.
const SIZES: [f64; 2] = [0.01, 0.05];
/// Costs a year below the first are called low, from the second on high, in euro.
const COSTS: [f64; 2] = [1e6, 1e7];

/// How certain it is that an effect has its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// One pair of simulations.
    Unknown,
    /// The range includes zero, and fewer than nine in ten simulations are on one side.
    Unsure,
    /// The range includes zero, but nine in ten simulations are on one side; or few simulations.
    Probable,
    /// The range does not include zero.
    High,
}

/// The main figure that decides the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Headline<'a> {
    /// Its effect.
    pub(super) effect: &'a ScenarioEffect,
    /// How certain its direction is.
    pub(super) certainty: Certainty,
    /// Whether there is less violence.
    pub(super) less: bool,
    /// A main figure that clearly changes the other way.
    pub(super) against: Option<&'a ScenarioEffect>,
}

fn certainty(about: &About<'_>, effect: &ScenarioEffect) -> Option<Certainty> {
    let [less, _, more] = effect.sides.shares();
    Some(match way(about, effect) {
        ChangeDirection::Few | ChangeDirection::Withheld => return None,
        ChangeDirection::Unknown => Certainty::Unknown,
        ChangeDirection::Less | ChangeDirection::More if effect.pairs >= MANY => Certainty::High,
        ChangeDirection::Less | ChangeDirection::More => Certainty::Probable,
        ChangeDirection::Unclear if effect.pairs >= FEWEST_LEANING && less.max(more) >= PROBABLE => Certainty::Probable,
        ChangeDirection::Unclear => Certainty::Unsure,
    })
}

/// The most certain of the main figures, the first of equals; `None` if none can be shown, or none differs at all.
pub(super) fn headline<'a>(about: &'a About<'_>, name: &str) -> Option<Headline<'a>> {
    let all: Vec<(&ScenarioEffect, Certainty)> = MAIN
        .iter()
        .filter_map(|measure| about.effect(name, measure, EffectPlace::Cities))
        .filter(|effect| effect.sides.equal < effect.pairs)
        .filter_map(|effect| Some((effect, certainty(about, effect)?)))
        .collect();
    let most = all.iter().map(|(_, certainty)| *certainty).max()?;
    let (effect, certainty) = all.iter().find(|(_, certainty)| *certainty == most).copied()?;
    let less = effect.difference < 0.0;
    let clear = |effect: &ScenarioEffect| match way(about, effect) {
        ChangeDirection::Less => Some(true),
        ChangeDirection::More => Some(false),
        _ => None,
    };
    let against =
        all.iter().map(|(other, _)| *other).find(|other| clear(other) == Some(!less) && clear(effect) == Some(less));
    Some(Headline { effect, certainty, less, against })
}

/// Additional cost a year for all of society, and whether its sign is clear.
fn cost(about: &About<'_>, name: &str) -> Option<(f64, bool)> {
    let effect = about.effect(name, "euro", EffectPlace::Cities)?;
    let years = (about.years.1 - about.years.0 + 1).max(1) as f64;
    let clear = effect.limits.is_none_or(|(low, high)| low > 0.0 || high < 0.0);
    Some((if effect.sides.equal == effect.pairs { 0.0 } else { effect.difference / years }, clear))
}

/// The sentence that answers the question; the measure is its subject.
pub(super) fn sentence(about: &About<'_>, name: &str, headline: Option<&Headline<'_>>) -> String {
    let words = &about.words;
    let effect = headline.map_or_else(|| words.get("verdict.same"), |it| effect_clause(about, it));
    let parts = [Some(effect), cost_clause(about, name), worth_clause(about, name)];
    let mut parts: Vec<String> = parts.into_iter().flatten().collect();
    let last = parts.pop().unwrap_or_default();
    let joined = if parts.is_empty() {
        last
    } else {
        words.say("verdict.joined", &[("first", &*parts.join(", ")), ("last", &last)])
    };
    capital(&joined)
}

fn effect_clause(about: &About<'_>, it: &Headline<'_>) -> String {
    let (words, numbers) = (&about.words, about.numbers);
    let years = (about.years.1 - about.years.0 + 1).to_string();
    let (low, high) = it.effect.limits.unwrap_or((it.effect.difference, it.effect.difference));
    let (near, far) = (low.abs().min(high.abs()), low.abs().max(high.abs()));
    let what = |stem: &str| words.get(&format!("verdict.{stem}.{}", it.effect.measure));
    let of = |range: &str, sure: &str, what: &str| {
        [("range", range), ("sure", sure), ("what", what), ("years", &years)]
            .map(|(key, value)| (key, value.to_owned()))
    };
    let put = |key: &str, of: [(&str, String); 4]| {
        let of: Vec<(&str, &str)> = of.iter().map(|(key, value)| (*key, value.as_str())).collect();
        words.say(key, &of)
    };
    let clear = low > 0.0 || high < 0.0;
    let stem = if it.less { "prevents" } else { "causes" };
    let key = if it.less { "verdict.prevents_is" } else { "verdict.causes_is" };
    let clause = match it.certainty {
        Certainty::High | Certainty::Probable => {
            let range = if clear && it.effect.limits.is_some() {
                words.say("effect.limits", &[("low", &*numbers.about(near)), ("high", &numbers.about(far))])
            } else {
                words.say("verdict.best", &[("best", &*numbers.about(it.effect.difference.abs()))])
            };
            let sure = if it.certainty == Certainty::High { "verdict.very_probably" } else { "verdict.probably" };
            put(key, of(&range, &words.get(sure), &what(stem)))
        }
        Certainty::Unknown => {
            let range = words.say("verdict.best", &[("best", &*numbers.about(it.effect.difference.abs()))]);
            put(key, of(&range, &words.get("verdict.perhaps"), &what(stem)))
        }
        Certainty::Unsure => {
            let ends = [("less", &*numbers.about(low.abs())), ("more", &numbers.about(high.abs()))];
            let range = words.say("verdict.both_ways", &ends);
            put("verdict.unsure_is", of(&range, "", &what("unsure")))
        }
    };
    match it.against {
        Some(other) => {
            let key = if other.difference > 0.0 { "verdict.but_more" } else { "verdict.but_less" };
            format!("{clause} {}", words.say(key, &[("what", &*about.short(other.measure))]))
        }
        None => clause,
    }
}

fn cost_clause(about: &About<'_>, name: &str) -> Option<String> {
    let (words, numbers) = (&about.words, about.numbers);
    let (euro, clear) = cost(about, name)?;
    let key = match (euro, clear) {
        (0.0, _) => "verdict.free",
        (euro, true) if euro > 0.0 => "verdict.costs",
        (_, true) => "verdict.saves",
        (euro, false) if euro > 0.0 => "verdict.costs_unsure",
        (_, false) => "verdict.saves_unsure",
    };
    Some(words.say(key, &[("euro", &numbers.euro(euro.abs()))]))
}

/// Whether the health gained is worth the cost at the middle threshold; `None` if the run cannot show it.
fn worth_clause(about: &About<'_>, name: &str) -> Option<String> {
    let (words, numbers) = (&about.words, about.numbers);
    let key = match worth(about, name) {
        None => return about.accounts.is_some().then(|| words.get("verdict.worth_unknown")),
        Some(chance) if chance >= 0.95 => "verdict.worth_very",
        Some(chance) if chance >= 0.75 => "verdict.worth_probably",
        Some(chance) if chance > 0.25 => "verdict.worth_unsure",
        Some(chance) if chance > 0.05 => "verdict.worthless_probably",
        Some(_) => "verdict.worthless_very",
    };
    Some(words.say(key, &[("wtp", &numbers.euro(WTP))]))
}

/// Probability of being cost-effective.
pub(super) fn worth(about: &About<'_>, name: &str) -> Option<f64> {
    let evaluation = about.evaluation()?;
    let at = evaluation.means.strategies().iter().position(|own| own == name)?;
    evaluation.better(at, WTP).ok()
}

/// The payer with the largest part of an additional cost, or saving, and that part a year.
pub(super) fn payer(about: &About<'_>, name: &str) -> Option<(Payer, f64)> {
    let years = (about.years.1 - about.years.0 + 1).max(1) as f64;
    let (all, _) = cost(about, name)?;
    let effect = |payer: Payer| about.effect(name, &format!("euro_{}", payer.word()), EffectPlace::Cities);
    let by_payer = Payer::ALL.into_iter().filter_map(|payer| Some((payer, effect(payer)?.difference / years)));
    by_payer.max_by(|a, b| (a.1 * all.signum()).total_cmp(&(b.1 * all.signum())))
}

/// Effect, cost and certainty.
pub(super) fn scales(about: &About<'_>, name: &str, headline: Option<&Headline<'_>>) -> Vec<VerdictScale> {
    let unknown = |name: &str, shape: &'static str| scale(about, name, 0, shape, "scale.unknown", String::new());
    let cost = cost_scale(about, name).unwrap_or_else(|| unknown("scale.cost", "coin"));
    let sure = headline.map(|it| certainty_scale(about, it));
    vec![effect_scale(about, headline), cost, sure.unwrap_or_else(|| unknown("scale.certainty", "block"))]
}

/// The step of a size among two limits: 1 to 3.
fn step(size: f64, [low, high]: [f64; 2]) -> usize {
    if size < low {
        1
    } else if size < high {
        2
    } else {
        3
    }
}

fn scale(about: &About<'_>, name: &str, level: usize, shape: &'static str, key: &str, text: String) -> VerdictScale {
    VerdictScale { name: about.words.get(name), level, shape, step: about.words.get(key), text }
}

fn effect_scale(about: &About<'_>, headline: Option<&Headline<'_>>) -> VerdictScale {
    let (words, numbers) = (&about.words, about.numbers);
    let Some(it) = headline else {
        return scale(about, "scale.effect", 0, "unclear", "scale.no_effect", String::new());
    };
    let share = it.effect.difference / it.effect.comparator;
    let what = about.short(it.effect.measure);
    if it.certainty <= Certainty::Unsure {
        return scale(about, "scale.effect", 0, "unclear", "scale.effect_unsure", what);
    }
    let key = ["scale.small", "scale.medium", "scale.large"][step(share.abs(), SIZES) - 1];
    let of = [("what", &*what), ("share", &numbers.percent(share.abs()))];
    let (shape, text) = if it.less { ("down", "scale.less") } else { ("up", "scale.more") };
    let text = if share.is_finite() { words.say(text, &of) } else { what };
    scale(about, "scale.effect", step(share.abs(), SIZES), shape, key, text)
}

fn cost_scale(about: &About<'_>, name: &str) -> Option<VerdictScale> {
    let (words, numbers) = (&about.words, about.numbers);
    let (euro, clear) = cost(about, name)?;
    if euro == 0.0 {
        return Some(scale(about, "scale.cost", 0, "coin", "scale.free", String::new()));
    }
    let who = payer(about, name).map(|(payer, _)| about.of("payer", payer.word())).unwrap_or_default();
    let of = [("euro", &*numbers.euro(euro.abs())), ("payer", &who)];
    if euro < 0.0 {
        let key = if clear { "scale.saving" } else { "scale.saving_unsure" };
        return Some(scale(about, "scale.cost", 0, "coin", key, words.say("scale.saves", &of)));
    }
    let key = match (clear, step(euro, COSTS)) {
        (false, 1) => "scale.perhaps_low",
        (false, 2) => "scale.perhaps_middle",
        (false, _) => "scale.perhaps_high",
        (true, 1) => "scale.low",
        (true, 2) => "scale.middle",
        (true, _) => "scale.high",
    };
    Some(scale(about, "scale.cost", step(euro, COSTS), "coin", key, words.say("scale.costs", &of)))
}

fn certainty_scale(about: &About<'_>, it: &Headline<'_>) -> VerdictScale {
    let (level, key) = match it.certainty {
        Certainty::Unknown => (0, "scale.unknown"),
        Certainty::Unsure => (1, "scale.unsure"),
        Certainty::Probable => (2, "scale.probable"),
        Certainty::High => (3, "scale.certain"),
    };
    // Where the direction is unsure, the side with more simulations, whatever the mean is.
    let [less, _, more] = it.effect.sides.shares();
    let lower = if it.certainty == Certainty::Unsure { less >= more } else { it.less };
    let text = if it.effect.pairs > 1 { about.side(it.effect.sides, lower) } else { String::new() };
    scale(about, "scale.certainty", level, "block", key, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_with_size() {
        assert_eq!([0.001, 0.01, 0.049, 0.05, 0.9].map(|size| step(size, SIZES)), [1, 2, 2, 3, 3]);
        assert!(Certainty::Unknown < Certainty::Unsure && Certainty::Probable < Certainty::High);
    }
}

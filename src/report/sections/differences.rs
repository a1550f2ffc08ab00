//! Differences between scenarios in words, charts and tables: what several sections share.

use crate::analysis::{Effect, Place};
use crate::report::about::About;
use crate::report::charts::{Axis, Heading, Interval, IntervalChart};
use crate::report::numbers::{ABSENT, FEWEST};
use crate::report::view::{Block, Grid};
use crate::report::words::capital;

/// Which way a difference goes, as far as can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Its interval lies below zero.
    Less,
    /// Its interval lies above zero.
    More,
    /// Its interval holds zero.
    Unclear,
    /// There is no interval.
    Unknown,
    /// Fewer than ten were simulated.
    Few,
}

/// Whether a unit counts persons or cases, so that few of them are not told.
fn counts(effect: &Effect) -> bool {
    !effect.unit.starts_with("euro") && effect.unit != "QALY"
}

/// Which way a difference goes.
pub(super) fn way(about: &About<'_>, effect: &Effect) -> Way {
    if counts(effect) && effect.comparator * about.scale < FEWEST {
        return Way::Few;
    }
    match effect.limits {
        None => Way::Unknown,
        Some((_, high)) if high < 0.0 => Way::Less,
        Some((low, _)) if low > 0.0 => Way::More,
        Some(_) => Way::Unclear,
    }
}

/// A difference in a sentence.
pub(super) fn sentence(about: &About<'_>, effect: &Effect) -> String {
    let (words, numbers) = (&about.words, about.numbers);
    let what = about.of("measure", effect.measure);
    let size = numbers.about(effect.difference.abs());
    let share = share_of(effect).map_or_else(|| ABSENT.to_owned(), |share| numbers.percent(share.abs()));
    let (low, high) = effect.limits.unwrap_or((f64::NAN, f64::NAN));
    let both = |a: f64, b: f64| (numbers.about(a.abs()), numbers.about(b.abs()));
    let direction = if effect.difference < 0.0 { words.get("effect.fewer") } else { words.get("effect.more") };
    match way(about, effect) {
        Way::Unclear if (low, high) == (0.0, 0.0) => words.say("effect.same", &[("what", &capital(&what))]),
        Way::Less => {
            let (small, large) = both(high, low);
            let of = [("size", &*size), ("what", &what), ("share", &share), ("small", &small), ("large", &large)];
            words.say("effect.less", &of)
        }
        Way::More => {
            let (small, large) = both(low, high);
            let of = [("size", &*size), ("what", &what), ("share", &share), ("small", &small), ("large", &large)];
            words.say("effect.rise", &of)
        }
        Way::Unclear => {
            let (small, large) = both(low, high);
            let chance = chance(about, effect).unwrap_or_else(|| ABSENT.to_owned());
            let what = capital(&what);
            let best = [("size", &*size), ("direction", &direction)];
            let of = [("what", &*what), ("less", &small), ("more", &large), ("chance", &chance), best[0], best[1]];
            words.say("effect.unclear", &of)
        }
        Way::Unknown => {
            words.say("effect.single", &[("what", &capital(&what)), ("size", &size), ("direction", &direction)])
        }
        Way::Few => words.say("effect.few", &[("what", &capital(&what))]),
    }
}

/// A word in short for which way a difference goes.
pub(super) fn verdict(about: &About<'_>, effect: &Effect) -> String {
    about.words.get(match way(about, effect) {
        Way::Less => "effect.word_less",
        Way::More => "effect.word_more",
        Way::Unclear => "effect.word_unclear",
        Way::Unknown => "effect.word_unknown",
        Way::Few => "effect.word_few",
    })
}

/// A difference as a share of the comparator.
fn share_of(effect: &Effect) -> Option<f64> {
    (effect.comparator != 0.0).then(|| effect.difference / effect.comparator)
}

/// A chart for each measure: what scenarios change in it, as shares of the comparator. Measures of which too few were simulated
/// have none.
pub(super) fn charts(about: &About<'_>, id: &str, measures: &[&str], place: Place) -> Vec<Block> {
    measures.iter().filter_map(|measure| chart(about, &format!("{id}-{measure}"), measure, place)).collect()
}

fn chart(about: &About<'_>, id: &str, measure: &str, place: Place) -> Option<Block> {
    let (words, numbers) = (&about.words, about.numbers);
    let mut rows = Vec::new();
    let (mut less, mut more) = (Vec::new(), Vec::new());
    for name in about.others() {
        let Some(effect) = about.effect(name, measure, place) else { continue };
        match way(about, effect) {
            Way::Few => continue,
            Way::Less => less.push(about.label(name)),
            Way::More => more.push(about.label(name)),
            Way::Unclear | Way::Unknown => {}
        }
        let (low, high) = effect.limits.unwrap_or((f64::NAN, f64::NAN));
        rows.push(Interval {
            label: about.label(name),
            point: effect.difference / effect.comparator,
            low: low / effect.comparator,
            high: high / effect.comparator,
            note: verdict(about, effect),
        });
    }
    let mut what = capital(&about.of("measure", measure));
    if place == Place::Exported {
        what = format!("{what}, {}", words.get("effect.exported"));
    }
    let title = match (less.is_empty(), more.is_empty()) {
        (true, true) => words.say("effect.title_none", &[("what", &what)]),
        (false, false) => {
            let of = [("what", &*what), ("names", &less.join("; ")), ("others", &more.join("; "))];
            words.say("effect.title_both", &of)
        }
        (false, true) => words.say("effect.title_less", &[("what", &what), ("names", &less.join("; "))]),
        (true, false) => words.say("effect.title_more", &[("what", &what), ("names", &more.join("; "))]),
    };
    let (clear, all) = ((less.len() + more.len()).to_string(), rows.len().to_string());
    let heading = Heading {
        id: id.to_owned(),
        title,
        description: words.say("effect.chart", &[("clear", &clear), ("all", &all), ("range", &about.range_is())]),
    };
    let chart = IntervalChart {
        heading: heading.clone(),
        rows_are: words.get("effect.column.scenario"),
        axis: Axis { name: words.get("effect.axis"), format: numbers.percents(1), reach: vec![-0.01, 0.01] },
        zero: 0.0,
        sides: [words.get("effect.left"), words.get("effect.right")],
        notes_are: words.get("effect.notes"),
        rows,
    };
    Block::chart(&chart, &heading, &words.get("page.table"))
}

/// In how many draws, or replicates, the figure is lower; nothing of one.
pub(super) fn chance(about: &About<'_>, effect: &Effect) -> Option<String> {
    (effect.pairs > 1).then(|| about.chance_of(effect.lower, effect.pairs))
}

/// Differences in numbers: measures and scenarios in the cities and elsewhere.
pub(super) fn grid(about: &About<'_>, caption: String, measures: &[&str]) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let head = ["measure", "scenario", "place", "base", "difference", "interval", "chance", "verdict"];
    let head = head.iter().map(|name| about.of("effect.column", name)).collect();
    let mut rows = Vec::new();
    for measure in measures {
        for name in about.others() {
            for place in [Place::Cities, Place::Exported] {
                let Some(effect) = about.effect(name, measure, place) else { continue };
                let few = way(about, effect) == Way::Few;
                let shown = |value: f64| if few { numbers.few() } else { numbers.about(value) };
                let limits = effect.limits.map_or_else(
                    || ABSENT.to_owned(),
                    |(low, high)| words.say("effect.limits", &[("low", &shown(low)), ("high", &shown(high))]),
                );
                rows.push(vec![
                    capital(&about.of("measure", measure)),
                    about.label(name),
                    words.get(if place == Place::Cities { "effect.cities" } else { "effect.exported" }),
                    shown(effect.comparator),
                    shown(effect.difference),
                    if few { numbers.few() } else { limits },
                    chance(about, effect).filter(|_| !few).unwrap_or_else(|| ABSENT.to_owned()),
                    verdict(about, effect),
                ]);
            }
        }
    }
    Grid::folded(caption, head, rows)
}

//! Eligibility rules: correct and wrong selections, and the result of offering the same capacity to everybody.

use std::collections::BTreeSet;

use crate::analysis::selection::{Rule, SelectionRules};
use crate::report::about::About;
use crate::report::numbers::{ABSENT, FEWEST};
use crate::report::view::{Grid, PageBlock, Section};
use crate::report::words::capital;
use crate::stats::pairs::Mean;
use crate::store::RecordedScenario;

/// Number of rules up to which each has its sentence in sight.
const FEW_RULES: usize = 2;

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("selection.lead") }];
    match &about.rules {
        Some(rules) => blocks.extend(told(about, rules)),
        None if about.run.has("selection") => {
            blocks.push(PageBlock::missing(words.get("selection.short")));
        }
        None => blocks.push(about.missing("selection")),
    }
    Section { id: "selection", title: words.get("selection.title"), blocks }
}

fn told(about: &About<'_>, rules: &SelectionRules) -> Vec<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let years = [("first", &*rules.years.0.to_string()), ("last", &rules.years.1.to_string())];
    let mut blocks = Vec::new();
    let mut inside = vec![PageBlock::text(words.say("selection.how", &years))];
    let of_100 = |mean: &Option<Mean>| mean.map(|mean| numbers.whole(100.0 * mean.mean));
    if let (Some(adults), Some(children)) = (of_100(&rules.adults), of_100(&rules.children)) {
        inside.push(PageBlock::text(words.say("selection.everybody", &[("adults", &adults), ("children", &children)])));
    }
    let asked = measures(about);
    let (own, others): (Vec<&Rule>, Vec<&Rule>) =
        rules.rules.iter().partition(|rule| asked.contains(rule.measure.as_str()));
    let sentences = own.iter().map(|rule| sentence(about, rule)).collect::<Vec<_>>();
    let list = PageBlock::List { items: sentences, ordered: false };
    if own.len() <= FEW_RULES { &mut blocks } else { &mut inside }.push(list);
    inside.push(PageBlock::Table(grid(about, words.get("selection.table"), &own)));
    if !others.is_empty() {
        inside.push(PageBlock::Table(grid(about, words.get("selection.others"), &others)));
    }
    inside.push(PageBlock::note(words.get("selection.note")));
    blocks.extend(PageBlock::more(words.get("selection.tables"), inside));
    blocks
}

/// Measures that a scenario of the run changes.
fn measures(about: &About<'_>) -> BTreeSet<String> {
    let scenarios = about.run.recorded.scenarios.iter();
    scenarios.flat_map(RecordedScenario::measures).map(str::to_owned).collect()
}

fn sentence(about: &About<'_>, rule: &Rule) -> String {
    let (words, numbers) = (&about.words, about.numbers);
    let name = capital(&about.provider(&rule.measure));
    let (Some(predictive), Some(base)) = (rule.predictive.filter(|_| !too_few(about, rule)), rule.base) else {
        return words.say("selection.few", &[("name", &name)]);
    };
    let right = numbers.whole(100.0 * predictive.mean);
    let wrongly = numbers.about(rule.wrongly);
    if rule.chooses() {
        let base = numbers.whole(100.0 * base.mean);
        let missed = rule.found.map_or_else(|| ABSENT.to_owned(), |found| numbers.whole(100.0 * (1.0 - found)));
        let of = [("name", &*name), ("right", &right), ("base", &base), ("wrongly", &wrongly), ("missed", &missed)];
        words.say("selection.rule", &of)
    } else {
        words.say("selection.occasion", &[("name", &name), ("right", &right), ("wrongly", &wrongly)])
    }
}

/// Whether too few were simulated to assess a rule: a range from 0 to 1 is uninformative.
pub(in crate::report) fn too_few(about: &About<'_>, rule: &Rule) -> bool {
    let range = rule.predictive.and_then(|mean| mean.range);
    rule.simulated < FEWEST || range.is_some_and(|range| about.share_limits(range).is_none())
}

fn grid(about: &About<'_>, caption: String, rules: &[&Rule]) -> Grid {
    let (words, numbers) = (&about.words, about.numbers);
    let head = ["measure", "chosen", "right", "interval", "wrongly", "base", "found"];
    let head = head.iter().map(|name| about.of("selection.column", name)).collect();
    let row = |rule: &&Rule| {
        let few = too_few(about, rule);
        let shown = |text: Option<String>| match text {
            _ if rule.simulated < FEWEST => numbers.few(),
            _ if few => words.get("selection.unsure"),
            text => text.unwrap_or_else(|| ABSENT.to_owned()),
        };
        let limits = |mean: Mean| about.share_limits(mean.range?);
        let percent = |mean: Option<Mean>| mean.map(|mean| numbers.percents(0).write(mean.mean));
        let (base, found) = if rule.chooses() {
            (percent(rule.base), rule.found.map(|found| numbers.percents(0).write(found)))
        } else {
            (None, None)
        };
        vec![
            capital(&about.provider(&rule.measure)),
            numbers.unless_few(rule.chosen, rule.simulated),
            shown(percent(rule.predictive)),
            shown(rule.predictive.and_then(limits)),
            shown(Some(numbers.about(rule.wrongly))),
            shown(base),
            shown(found),
        ]
    };
    Grid::open(caption, head, rules.iter().map(row).collect())
}

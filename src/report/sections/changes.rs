//! Changes for children, victims and perpetrators.

use super::differences::{grid, strips};
use crate::analysis::figures::{GROUPS, NEXT_GENERATION};
use crate::report::about::About;
use crate::report::view::{Grid, PageBlock, Section};

/// The outcomes that are drawn, in order; the tables have all.
const DRAWN: [&str; 7] = [
    "first_exposed",
    "children_maltreated",
    "any_victims",
    "incidents",
    "serious_injuries",
    "first_used",
    "next_generation_used",
];

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = Vec::new();
    if about.effects.is_some() {
        match strips(about, words.get("changes.figure"), &DRAWN) {
            Some(figure) => blocks.push(figure),
            None => blocks.push(PageBlock::missing(words.get("changes.few"))),
        }
        blocks.extend(PageBlock::more(words.get("changes.numbers"), tables(about)));
    } else {
        blocks.push(about.single());
    }
    Section { id: "changes", title: words.get("changes.title"), blocks }
}

/// All outcomes in numbers, births, and people who left the cities.
fn tables(about: &About<'_>) -> Vec<PageBlock> {
    let words = &about.words;
    let open =
        |caption: String, measures: &[&str]| PageBlock::Table(Grid { folded: false, ..grid(about, caption, measures) });
    let groups = GROUPS.iter().map(|(group, measures)| {
        let name = about.of("changes.group", group);
        open(words.say("changes.table", &[("group", &name)]), measures)
    });
    let mut blocks: Vec<PageBlock> = groups.collect();
    blocks.push(open(words.get("generations.table"), &NEXT_GENERATION));
    blocks.push(PageBlock::heading(words.get("changes.births")));
    blocks.push(PageBlock::text(words.get("changes.births_how")));
    blocks.push(open(words.get("changes.births_table"), &["births"]));
    let exported = if about.tells_persons_apart() { "changes.exported_in" } else { "changes.exported_how" };
    blocks.push(PageBlock::heading(words.get("changes.exported")));
    blocks.push(PageBlock::text(words.get(exported)));
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_in_a_table_too() {
        let all: Vec<&str> = GROUPS.iter().flat_map(|(_, keys)| keys.iter().copied()).chain(NEXT_GENERATION).collect();
        assert!(DRAWN.iter().all(|key| all.contains(key)));
    }
}

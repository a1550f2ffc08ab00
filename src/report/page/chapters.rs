//! The chapters of the page: at most eight, made of the sections of a run. What a run cannot show is taken out of the
//! sections and gathered in one list in the last chapter.

use crate::report::about::About;
use crate::report::view::{PageBlock, PageChapter, Section};

/// Chapters with their sections, in order. A chapter of one section has its anchor.
const CHAPTERS: [(&str, &[&str]); 8] = [
    ("answer", &["answer"]),
    ("effects", &["changes", "harm", "persons"]),
    ("generations", &["generations"]),
    ("chain", &["reports", "help", "cities", "selection"]),
    ("places", &["places"]),
    ("costs", &["money", "value"]),
    ("certainty", &["sure", "matters", "variants", "fit"]),
    ("reading", &["ethics", LIMITS, "month", "again"]),
];
/// The list of what a run cannot show.
const LIMITS: &str = "limits";

/// The chapters of a run; those without contents are left out.
pub(super) fn chapters(about: &About<'_>, sections: &[Section]) -> Vec<PageChapter> {
    let mut lacking: Vec<(String, Vec<String>)> = Vec::new();
    let mut parts: Vec<Section> = Vec::new();
    for section in sections {
        let mut section = section.clone();
        section.blocks = without_missing(section.blocks, &section.title, &mut lacking);
        parts.push(section);
    }
    parts.push(limits(about, lacking));
    let chapter = |(id, ids): &(&'static str, &[&str])| {
        let of = |id: &&str| parts.iter().find(|part| part.id == *id).filter(|part| has_contents(part)).cloned();
        let parts: Vec<Section> = ids.iter().filter_map(of).collect();
        let title = about.words.get(&format!("chapter.{id}"));
        (!parts.is_empty()).then_some(PageChapter { id, title, parts })
    };
    CHAPTERS.iter().filter_map(chapter).collect()
}

fn has_contents(section: &Section) -> bool {
    section.blocks.iter().any(PageBlock::is_content)
}

/// The blocks without those about missing data, whose texts are added to the list, each with the sections that lack it.
fn without_missing(blocks: Vec<PageBlock>, title: &str, lacking: &mut Vec<(String, Vec<String>)>) -> Vec<PageBlock> {
    let mut kept = Vec::new();
    for block in blocks {
        match block {
            PageBlock::Missing { text } => match lacking.iter_mut().find(|(known, _)| *known == text) {
                Some((_, titles)) if titles.iter().any(|known| known == title) => {}
                Some((_, titles)) => titles.push(title.to_owned()),
                None => lacking.push((text, vec![title.to_owned()])),
            },
            PageBlock::More { title: own, blocks } => {
                let blocks = without_missing(blocks, title, lacking);
                if blocks.iter().any(PageBlock::is_content) {
                    kept.push(PageBlock::More { title: own, blocks });
                }
            }
            other => kept.push(other),
        }
    }
    kept
}

/// What the run cannot show, in one list.
fn limits(about: &About<'_>, lacking: Vec<(String, Vec<String>)>) -> Section {
    let words = &about.words;
    let item = |(text, titles): (String, Vec<String>)| {
        words.say("limits.item", &[("what", &*titles.join("; ")), ("why", &text)])
    };
    let items: Vec<String> = lacking.into_iter().map(item).collect();
    let cure = (!items.is_empty()).then(|| PageBlock::text(words.get("limits.cure")));
    let blocks = std::iter::once(PageBlock::List { items, ordered: false }).chain(cure).collect();
    Section { id: LIMITS, title: words.get("limits.title"), blocks }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::SECTIONS;

    #[test]
    fn every_section_is_in_one_chapter() {
        let ids: Vec<&str> = CHAPTERS.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
        let all: BTreeSet<&str> = SECTIONS.into_iter().chain([LIMITS]).collect();
        assert_eq!(ids.iter().copied().collect::<BTreeSet<_>>(), all);
        assert_eq!(ids.len(), all.len(), "a section is in two chapters");
        for (id, ids) in CHAPTERS {
            assert!(ids == [id] || !all.contains(id), "{id} would be an anchor twice");
        }
    }

    #[test]
    fn what_is_missing_is_said_once_with_all_sections_that_lack_it() {
        let text = |text: &str| PageBlock::text(text);
        let missing = || PageBlock::missing("no table");
        let mut lacking = Vec::new();
        let more = PageBlock::More { title: "details".into(), blocks: vec![missing(), text("b")] };
        let left = without_missing(vec![text("a"), missing(), more], "One", &mut lacking);
        assert_eq!(left.len(), 2);
        let empty = PageBlock::More { title: "nothing".into(), blocks: vec![missing()] };
        assert!(without_missing(vec![empty], "Two", &mut lacking).is_empty());
        assert_eq!(lacking, [("no table".to_owned(), vec!["One".to_owned(), "Two".to_owned()])]);
    }
}

//! Changes for children, victims and perpetrators.

use super::differences::{charts, grid};
use crate::analysis::EffectPlace;
use crate::analysis::figures::GROUPS;
use crate::report::about::About;
use crate::report::view::{Grid, PageBlock, Section};

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("changes.lead") }];
    if about.effects.is_some() {
        blocks.push(PageBlock::text(words.get("changes.how")));
        blocks.push(PageBlock::note(words.get(if about.tells_persons_apart() {
            "effect.apart"
        } else {
            "effect.not_apart"
        })));
        let mut exported = Vec::new();
        for (group, measures) in GROUPS {
            let name = about.of("changes", group);
            blocks.push(PageBlock::heading(name.clone()));
            let drawn = charts(about, "changes", measures, EffectPlace::Cities);
            if drawn.is_empty() {
                blocks.push(PageBlock::missing(words.get("changes.few")));
            }
            blocks.extend(drawn);
            let caption = words.say("changes.table", &[("group", &name)]);
            blocks.push(PageBlock::Table(grid(about, caption, measures)));
            exported.extend(charts(about, "exported", &measures[..1], EffectPlace::Exported));
        }
        blocks.push(PageBlock::heading(words.get("changes.births")));
        blocks.push(PageBlock::text(words.get("changes.births_how")));
        blocks.push(PageBlock::Table(Grid {
            folded: false,
            ..grid(about, words.get("changes.births_table"), &["births"])
        }));
        blocks.push(PageBlock::heading(words.get("changes.exported")));
        if about.tells_persons_apart() {
            blocks.push(PageBlock::text(words.get("changes.exported_in")));
        } else {
            blocks.push(PageBlock::text(words.get("changes.exported_how")));
            if exported.is_empty() {
                blocks.push(PageBlock::missing(words.get("changes.few")));
            }
            blocks.extend(exported);
        }
    } else {
        blocks.push(about.single());
    }
    Section { id: "changes", title: words.get("changes.title"), blocks }
}

//! What changes for children, victims and those who use violence.

use super::differences::{chart, grid};
use crate::analysis::Place;
use crate::report::about::About;
use crate::report::view::{Block, Section};

/// Groups with their measures.
const GROUPS: [(&str, &[&str]); 3] = [
    ("children", &["first_exposed", "children_witnessing", "children_maltreated"]),
    ("victims", &["victims", "incidents", "serious_injuries", "deaths_by_partner", "first_suffered"]),
    ("perpetrators", &["first_used"]),
];

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![Block::Lead { text: words.get("changes.lead") }];
    let (mut exported, mut drawn) = (Vec::new(), 0);
    if about.effects.is_some() {
        blocks.push(Block::text(words.get("changes.how")));
        for (group, measures) in GROUPS {
            let name = about.of("changes", group);
            blocks.push(Block::heading(name.clone()));
            let title = words.say("changes.chart", &[("group", &name)]);
            match chart(about, &format!("changes-{group}"), title, measures, Place::Cities) {
                Some(block) => blocks.push(block),
                None => blocks.push(Block::missing(words.get("changes.few"))),
            }
            let caption = words.say("changes.table", &[("group", &name)]);
            blocks.push(Block::Table(grid(about, caption, measures)));
            let title = words.say("changes.chart_exported", &[("group", &name)]);
            let away = chart(about, &format!("exported-{group}"), title, measures, Place::Exported);
            drawn += usize::from(away.is_some());
            exported.extend(away);
        }
        blocks.push(Block::heading(words.get("changes.exported")));
        blocks.push(Block::text(words.get("changes.exported_how")));
        blocks.append(&mut exported);
        if drawn == 0 {
            blocks.push(Block::missing(words.get("changes.few")));
        }
    } else {
        blocks.push(about.single());
    }
    Section { id: "changes", title: words.get("changes.title"), blocks }
}

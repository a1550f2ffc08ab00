//! What the report must not be used for: individual forecasts or risk scores.

use super::generations::never;
use crate::report::about::About;
use crate::report::view::{PageBlock, Section};

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = Vec::new();
    match never(about) {
        Some(count) => {
            let count = about.numbers.whole(count);
            blocks.push(PageBlock::Lead { text: words.say("ethics.never", &[("count", &count)]) });
        }
        None => blocks.push(PageBlock::missing(words.get("ethics.never_missing"))),
    }
    let items = ["ethics.groups", "ethics.record", "ethics.words", "ethics.few", "ethics.selection"];
    blocks.push(PageBlock::List { items: items.iter().map(|key| words.get(key)).collect(), ordered: false });
    Section { id: "ethics", title: words.get("ethics.title"), blocks }
}

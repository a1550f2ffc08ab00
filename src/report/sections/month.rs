//! The order of the month, printed because a change of it is a change of the model.

use crate::report::about::About;
use crate::report::view::{PageBlock, Section};

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("month.lead") }];
    if about.request.order.is_empty() {
        blocks.push(PageBlock::missing(words.get("month.missing")));
    } else {
        let items = about.request.order.iter().map(|name| about.of("process", name)).collect();
        let list = PageBlock::List { items, ordered: true };
        blocks.extend(PageBlock::more(words.get("month.list"), vec![list]));
    }
    Section { id: "month", title: words.get("month.title"), blocks }
}

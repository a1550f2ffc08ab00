//! Harm: adverse effects of protective measures, reported with what they prevent.

use super::differences::{ChangeDirection, grid, sentence, strips, way};
use crate::analysis::EffectPlace;
use crate::analysis::figures::{Figure, HARM, VIOLENCE};
use crate::report::about::About;
use crate::report::view::{PageBlock, Section};
use crate::report::words::capital;

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let queues = |key: &str| Figure::named(key).is_some_and(Figure::is_of_queues);
    let held = |key: &&str| !queues(key) || about.refusals_hold();
    let harm: Vec<&str> = HARM.into_iter().filter(held).collect();
    let mut blocks = Vec::new();
    if about.effects.is_some() {
        let mut rises = Vec::new();
        for name in about.others() {
            for measure in harm.iter().chain(&VIOLENCE) {
                let effect = about.effect(name, measure, EffectPlace::Cities);
                if let Some(effect) = effect.filter(|effect| way(about, effect) == ChangeDirection::More) {
                    rises.push(format!("{}: {}", capital(&about.label(name)), sentence(about, effect)));
                }
            }
        }
        if rises.is_empty() {
            let single = about.draws.max(about.replicates) < 2;
            blocks.push(PageBlock::text(words.get(if single { "harm.unknown" } else { "harm.none" })));
        } else {
            blocks.push(PageBlock::text(words.get("harm.rises")));
            blocks.push(PageBlock::List { items: rises, ordered: false });
        }
        match strips(about, words.get("harm.figure"), &harm) {
            Some(figure) => blocks.push(figure),
            None => blocks.push(PageBlock::missing(words.get("changes.few"))),
        }
        blocks.push(PageBlock::Table(grid(about, words.get("harm.table"), &harm)));
        if !about.refusals_hold() {
            blocks.push(PageBlock::missing(words.get("harm.refusals")));
        }
    } else {
        blocks.push(about.single());
    }
    Section { id: "harm", title: words.get("harm.title"), blocks }
}

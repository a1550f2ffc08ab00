//! The sections of a report, in order: one file each, which converts a run to view data.

mod again;
mod again_after_help;
mod answer;
mod changes;
mod cities;
mod differences;
mod ethics;
mod fit;
mod generations;
mod harm;
mod help;
mod matters;
mod money;
mod month;
mod persons;
mod places;
mod programme_money;
mod reports;
mod selection;
mod sure;
mod value;
mod variants;
mod verdict;

pub(super) use differences::{ChangeDirection, way};
pub(super) use persons::fewer;
pub(super) use selection::too_few;

use super::about::About;
use super::view::{PageBlock, Section};

/// Builds one section.
type Make = fn(&About<'_>) -> Section;

/// Ids of the sections, in the order of the page.
pub const IDS: [&str; 19] = [
    "answer",
    "ethics",
    "changes",
    "persons",
    "generations",
    "reports",
    "help",
    "cities",
    "harm",
    "selection",
    "places",
    "money",
    "value",
    "matters",
    "sure",
    "variants",
    "fit",
    "month",
    "again",
];

/// The sections, in the same order.
const SECTIONS: [Make; 19] = [
    answer::section,
    ethics::section,
    changes::section,
    persons::section,
    generations::section,
    reports::section,
    help::section,
    cities::section,
    harm::section,
    selection::section,
    places::section,
    money::section,
    value::section,
    matters::section,
    sure::section,
    variants::section,
    fit::section,
    month::section,
    again::section,
];

/// All sections of a run; tables and lists without rows are left out, also among details.
pub(super) fn all(about: &About<'_>) -> Vec<Section> {
    let mut all: Vec<Section> = SECTIONS.iter().map(|make| make(about)).collect();
    all.iter_mut().for_each(|section| section.blocks.retain_mut(is_filled));
    cities::for_city(about, all)
}

/// Whether a block has rows, items or blocks; those of its own that have none are taken out.
fn is_filled(block: &mut PageBlock) -> bool {
    match block {
        PageBlock::Table(grid) => !grid.rows.is_empty(),
        PageBlock::List { items, .. } => !items.is_empty(),
        PageBlock::Figures { figures } => !figures.is_empty(),
        PageBlock::More { blocks, .. } => {
            blocks.retain_mut(is_filled);
            !blocks.is_empty()
        }
        _ => true,
    }
}

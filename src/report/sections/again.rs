//! Reproducing the run: command, version, seed, hashes.

use crate::report::about::About;
use crate::report::view::{Grid, PageBlock, Section};

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let manifest = &about.run.manifest;
    let folder = about.run.folder().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let commands =
        format!("keten replicate runs/{folder}\nketen report runs/{folder} --lang {}", about.request.language.word());
    let model = about.run.recorded.model_name.clone();
    let facts = [
        ("run", folder.clone()),
        ("id", manifest.id.clone()),
        ("version", manifest.keten_version.clone()),
        ("commit", manifest.commit.clone().unwrap_or_else(|| words.get("again.no_commit"))),
        ("model", model),
        ("seed", manifest.seed.to_string()),
        ("scale", about.numbers.format(3).write(about.scale)),
        ("draws", about.draws.to_string()),
        ("replicates", about.replicates.to_string()),
        ("years", format!("{}–{}", about.years.0, about.years.1)),
    ];
    let rows = facts.into_iter().map(|(name, value)| vec![about.of("again.fact", name), value]).collect();
    let head = vec![words.get("again.what"), words.get("again.value")];
    let facts = Grid::open(words.get("again.facts"), head, rows);
    let rows = manifest
        .tables
        .iter()
        .map(|(name, table)| vec![name.clone(), about.numbers.whole(table.rows as f64), table.content_hash.clone()]);
    let head = ["table", "rows", "hash"].iter().map(|name| about.of("again.column", name)).collect();
    let hashes = Grid::folded(words.get("again.hashes"), head, rows.collect());
    let inside = vec![PageBlock::Code { text: commands }, PageBlock::Table(facts), PageBlock::Table(hashes)];
    let mut blocks = vec![PageBlock::text(words.get("again.files"))];
    blocks.extend(PageBlock::more(words.get("again.lead"), inside));
    Section { id: "again", title: words.get("again.title"), blocks }
}

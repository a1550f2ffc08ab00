//! The workbook.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::money::draws;
use super::{Entry, Sheet, number, sheets, text};
use crate::error::{Error, Kind, Result};
use crate::report::about::{About, WTP};
use crate::report::view::{Block, Section};

/// The workbook: what the page says in short, and the numbers behind it.
///
/// # Errors
/// An internal fault when it cannot be made.
pub(in crate::report) fn workbook(about: &About<'_>, page: &[Section]) -> Result<Vec<u8>> {
    let fault = |cause: XlsxError| {
        Error::new(Kind::Internal, format!("the workbook cannot be made: {cause}"), "report this fault")
    };
    let mut book = Workbook::new();
    // The same run gives the same bytes, so the book is not dated.
    let undated = ExcelDateTime::from_ymd(2008, 1, 1).map_err(fault)?;
    book.set_properties(&DocProperties::new().set_title(&about.run.manifest.title).set_creation_datetime(&undated));
    let mut all = vec![summary(about, page), inputs(about)];
    let mut by_name = sheets(about);
    let mut take = |name: &str, title: &'static str| {
        let at = by_name.iter().position(|sheet| sheet.name == name);
        let empty = Sheet {
            name: title,
            head: vec![about.words.get("book.empty")],
            rows: vec![vec![text(about.words.get("book.empty_why"))]],
        };
        at.map_or(empty, |at| Sheet { name: title, ..by_name.swap_remove(at) })
    };
    all.extend([take("effects", "Effects"), take("icers", "ICERs")]);
    all.push(draws(about));
    all.push(take("capacity", "Capacity"));
    all.push(meta(about));
    for sheet in &all {
        put(book.add_worksheet(), sheet).map_err(fault)?;
    }
    Ok(book.save_to_buffer().map_err(fault)?)
}

fn put(page: &mut Worksheet, sheet: &Sheet) -> std::result::Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    page.set_name(sheet.name)?;
    page.set_freeze_panes(1, 0)?;
    for (column, name) in (0_u16..).zip(&sheet.head) {
        page.write_string_with_format(0, column, name, &bold)?;
        page.set_column_width(column, (name.chars().count() as f64 + 2.0).clamp(14.0, 40.0))?;
    }
    for (row, cells) in (1_u32..).zip(&sheet.rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Entry::Text(words) => page.write_string(row, column, words)?,
                Entry::Number(Some(value)) if value.is_finite() => page.write_number(row, column, *value)?,
                Entry::Number(_) => page,
            };
        }
    }
    Ok(())
}

fn summary(about: &About<'_>, page: &[Section]) -> Sheet {
    let words = &about.words;
    let mut sheet = Sheet::new("Summary", &[&words.get("book.what"), &words.get("book.says")]);
    for section in page.iter().take(2) {
        for block in section.blocks.clone() {
            match block {
                Block::Lead { text: said } | Block::Text { text: said } | Block::Missing { text: said } => {
                    sheet.rows.push(vec![text(&section.title), text(said)]);
                }
                Block::Figures { figures } => {
                    sheet.rows.extend(figures.into_iter().map(|figure| vec![text(figure.label), text(figure.value)]))
                }
                Block::Answers { answers } => {
                    for answer in answers {
                        sheet.rows.push(vec![text(&answer.name), text(answer.verdict)]);
                        let said = answer.sentences.into_iter();
                        sheet.rows.extend(said.map(|sentence| vec![text(&answer.name), text(sentence)]));
                    }
                }
                _ => {}
            }
        }
    }
    sheet
}

fn inputs(about: &About<'_>) -> Sheet {
    let mut sheet = Sheet::new("Inputs", &["key", "value", "unit", "grade", "source", "year", "spread", "note"]);
    let base = about.run.manifest.parameters["base"].as_object();
    for (key, value) in base.into_iter().flatten() {
        let passport = about.passport(key);
        let of = |name: &str| match passport.and_then(|passport| passport.get(name)) {
            Some(serde_json::Value::String(said)) => text(said),
            Some(other) => other.as_f64().map_or_else(|| text(other.to_string()), number),
            None => text(""),
        };
        let value = match value {
            serde_json::Value::Number(own) => Entry::Number(own.as_f64()),
            serde_json::Value::String(own) => text(own),
            other if other.get("rows").is_some() => match other["value"].as_f64() {
                Some(times) => number(times),
                None => text("table"),
            },
            other => text(other.to_string().chars().take(200).collect::<String>()),
        };
        let cells = ["unit", "grade", "source", "year", "spread", "note"].map(of);
        sheet.rows.push([text(key), value].into_iter().chain(cells).collect());
    }
    sheet
}

fn meta(about: &About<'_>) -> Sheet {
    let manifest = &about.run.manifest;
    let mut sheet = Sheet::new("Meta", &["key", "value"]);
    let facts = [
        ("title", text(&manifest.title)),
        ("id", text(&manifest.id)),
        ("keten_version", text(&manifest.keten_version)),
        ("commit", text(manifest.commit.clone().unwrap_or_default())),
        ("seed", text(manifest.seed.to_string())),
        ("scale", number(about.scale)),
        ("first_year", number(about.years.0 as f64)),
        ("last_year", number(about.years.1 as f64)),
        ("draws", number(about.draws as f64)),
        ("replicates", number(about.replicates as f64)),
        ("reference", text(about.base())),
        ("wtp_mark (euro per QALY)", number(WTP)),
        ("note", text(about.words.get("page.foot"))),
    ];
    sheet.rows = facts.into_iter().map(|(key, value)| vec![text(key), value]).collect();
    let hashes = manifest.tables.iter();
    sheet.rows.extend(hashes.map(|(name, table)| vec![text(format!("hash of {name}")), text(&table.content_hash)]));
    sheet
}

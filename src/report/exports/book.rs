//! The workbook.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::columns::{self, Layout};
use super::labels;
use super::money::draws;
use super::sheet::{Sheet, SheetEntry, number, text};
use super::sheets;
use crate::error::{Error, Kind, Result};
use crate::report::about::{About, WTP};
use crate::report::view::{PageBlock, Section};
use crate::store::KETEN_VERSION;

/// The workbook: a summary of the page, and the numbers behind it.
///
/// # Errors
/// An internal error when it cannot be made.
pub(in crate::report) fn workbook(about: &About<'_>, page: &[Section]) -> Result<Vec<u8>> {
    let fault = |cause: XlsxError| {
        Error::new(Kind::Internal, format!("the workbook cannot be made: {cause}"), "report this fault")
    };
    let mut book = Workbook::new();
    // The same run gives the same bytes, so the file has a fixed date.
    let undated = ExcelDateTime::from_ymd(2008, 1, 1).map_err(fault)?;
    let properties = DocProperties::new()
        .set_title(about.title())
        .set_creation_datetime(&undated)
        .set_custom_property("keten", KETEN_VERSION)
        .set_custom_property("keten-tables", about.run.manifest.contents().as_str());
    book.set_properties(&properties);
    let mut by_name = sheets(about);
    let mut take = |layout: &'static Layout| {
        let at = by_name.iter().position(|sheet| sheet.layout == layout);
        at.map_or_else(|| layout.sheet(), |at| by_name.swap_remove(at))
    };
    let all = [
        ("summary", summary(page)),
        ("inputs", inputs(about)),
        ("effects", take(&columns::EFFECTS)),
        ("icers", take(&columns::ICERS)),
        ("psa", draws(about)),
        ("capacity", take(&columns::CAPACITY)),
        ("meta", meta(about)),
        ("cities", super::people::cities(about, Some(about.base()))),
    ];
    for (name, sheet) in &all {
        sheet.check()?;
        put(about, book.add_worksheet(), &about.of("book.sheet", name), sheet).map_err(fault)?;
    }
    let named: Vec<(String, &'static Layout)> =
        all.iter().map(|(name, sheet)| (about.of("book.sheet", name), sheet.layout)).collect();
    let mut explained = columns::EXPLANATION.sheet();
    explained.rows = labels::explained(about, &named).into_iter().map(|row| row.map(text).into()).collect();
    put(about, book.add_worksheet(), &about.of("book.sheet", "explanation"), &explained).map_err(fault)?;
    Ok(book.save_to_buffer().map_err(fault)?)
}

/// Excel number format of a cell in a column whose unit differs by row.
fn look_of_row(sheet: &Sheet, cells: &[SheetEntry]) -> &'static str {
    let at = sheet.layout.columns.iter().position(|column| column.name == "unit");
    match at.and_then(|at| cells.get(at)) {
        Some(SheetEntry::Text(unit)) if unit == "share" => "0.0%",
        Some(SheetEntry::Text(unit))
            if ["1/1000", "months", "QALY", "qaly", "euro of 2008"].contains(&unit.as_str()) =>
        {
            "#,##0.0"
        }
        _ => "#,##0",
    }
}

/// Excel number format of a column: years and counts without decimals, others with the decimals that their size
/// requires.
fn look(sheet: &Sheet, at: usize) -> &'static str {
    let column = sheet.layout.columns.get(at);
    let largest = sheet.rows.iter().filter_map(|row| row.get(at)?.value()).map(f64::abs).fold(0.0, f64::max);
    match column.map_or("-", |column| column.unit) {
        "year" => "0",
        "count" => "#,##0",
        _ if !sheet.has_fractions(at) && largest < 1e15 => "#,##0",
        _ if largest >= 1000.0 => "#,##0",
        _ if largest >= 10.0 => "#,##0.0",
        _ => "0.000",
    }
}

fn put(about: &About<'_>, page: &mut Worksheet, name: &str, sheet: &Sheet) -> std::result::Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    page.set_name(name)?;
    page.set_freeze_panes(1, 0)?;
    let mut looks = Vec::new();
    for (column, of) in (0_u16..).zip(sheet.layout.columns) {
        let heading = labels::head(about, of);
        page.write_string_with_format(0, column, &heading, &bold)?;
        page.set_column_width(column, (heading.chars().count() as f64 + 4.0).clamp(14.0, 40.0))?;
        looks.push(Format::new().set_num_format(look(sheet, usize::from(column))));
    }
    for (row, cells) in (1_u32..).zip(&sheet.rows) {
        let by_row = Format::new().set_num_format(look_of_row(sheet, cells));
        for (((column, cell), look), of) in (0_u16..).zip(cells).zip(&looks).zip(sheet.layout.columns) {
            match cell {
                SheetEntry::Text(words) if words.is_empty() => {}
                SheetEntry::Text(words) => {
                    page.write_string(row, column, labels::shown(about, sheet.layout, of, words))?;
                }
                SheetEntry::Number(_) | SheetEntry::Withheld(_) => {
                    if let Some(value) = cell.value() {
                        let look = if of.unit == "see unit" { &by_row } else { look };
                        page.write_number_with_format(row, column, value, look)?;
                    }
                }
            }
        }
    }
    match (u32::try_from(sheet.rows.len()), u16::try_from(sheet.layout.columns.len())) {
        (Ok(0), _) => {
            page.write_string(1, 0, about.words.get("book.empty_why"))?;
        }
        (Ok(rows), Ok(columns)) if columns > 2 => {
            page.autofilter(0, 0, rows, columns - 1)?;
        }
        _ => {}
    }
    Ok(())
}

fn summary(page: &[Section]) -> Sheet {
    let mut sheet = columns::SUMMARY.sheet();
    for section in page.iter().take(2) {
        for block in section.blocks.clone() {
            match block {
                PageBlock::Lead { text: said } | PageBlock::Text { text: said } | PageBlock::Missing { text: said } => {
                    sheet.rows.push(vec![text(&section.title), text(said)]);
                }
                PageBlock::Figures { figures } => {
                    sheet.rows.extend(figures.into_iter().map(|figure| vec![text(figure.label), text(figure.value)]))
                }
                PageBlock::Answers { answers } => {
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
    let mut sheet = columns::INPUTS.sheet();
    let base = about.run.manifest.parameters["base"].as_object();
    for (key, value) in base.into_iter().flatten() {
        let passport = about.passport(key);
        let of = |name: &str| match passport.and_then(|passport| passport.get(name)) {
            Some(serde_json::Value::String(said)) => text(said),
            Some(other) => other.as_f64().map_or_else(|| text(other.to_string()), number),
            None => text(""),
        };
        let value = match value {
            serde_json::Value::Number(own) => SheetEntry::Number(own.as_f64()),
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
    let mut sheet = columns::META.sheet();
    let facts = [
        ("title", text(about.title())),
        ("id", text(&manifest.id)),
        ("tables", text(manifest.contents())),
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

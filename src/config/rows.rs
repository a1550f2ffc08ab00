//! Words in tables of numbers: cities by name, months as `"2010-09"`, and unlimited places are converted to the numbers
//! that the model reads.

use toml::{Table, Value};

use crate::config::shape::{self, is_passport};
use crate::config::words::{push, steps, year_and_month};
use crate::units::UNLIMITED_COUNT;

/// The word for unlimited places.
pub(crate) const UNLIMITED: &str = "unlimited";

/// Whether a value is or contains text, so that there is something to convert.
pub(crate) fn holds_words(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().any(holds_words),
        Value::Table(table) => table.values().any(holds_words),
        _ => false,
    }
}

/// Whether the key at a pointer is a number of places, which may be unlimited.
pub(crate) fn may_be_unlimited(pointer: &str) -> bool {
    pointer.ends_with("/programme/places") && is_of_card(pointer)
}

/// Whether the key at a pointer is a list of cities of a card.
pub(crate) fn lists_cities(pointer: &str) -> bool {
    pointer.ends_with("/without_cities") && is_of_card(pointer)
}

fn is_of_card(pointer: &str) -> bool {
    pointer.starts_with("/interventions/") || pointer.starts_with("/chain/services/")
}

/// Converts words to numbers in the rows of all tables of rates. Unknown words are kept, for the checks.
pub(crate) fn settle(table: &mut Table) {
    let cities = table.get("places").and_then(|places| places.get("cities")).and_then(Value::as_array);
    let cities: Vec<String> = cities.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    within(table, "", &cities);
}

fn within(table: &mut Table, at: &str, cities: &[String]) {
    // Unlimited places are represented by a missing table.
    table.retain(|key, value| value.as_str() != Some(UNLIMITED) || !may_be_unlimited(&push(at, key)));
    for (key, value) in table.iter_mut() {
        let here = push(at, key);
        if let Value::Array(names) = value {
            names.iter_mut().filter(|_| lists_cities(&here)).for_each(|name| {
                if let Some(number) = name.as_str().and_then(|word| city(word, cities)) {
                    *name = Value::Integer(number as i64);
                }
            });
        }
        let Value::Table(inner) = value else { continue };
        if is_passport(inner) { rates(inner, &here, cities) } else { within(inner, &here, cities) }
    }
}

fn rates(passport: &mut Table, at: &str, cities: &[String]) {
    let columns: Vec<String> = shape::columns(passport).into_iter().map(str::to_owned).collect();
    let Some(Value::Array(rows)) = passport.get_mut("rows") else { return };
    for row in rows {
        let Value::Array(cells) = row else { continue };
        for (column, cell) in columns.iter().zip(cells) {
            let Some(word) = cell.as_str() else { continue };
            let number = match column.as_str() {
                "city" => city(word, cities).map(|at| Value::Integer(at as i64)),
                "year" if is_of_card(at) => month(word).map(Value::Float),
                "status_quo" | "programme" | "full" if word == UNLIMITED && may_be_unlimited(at) => {
                    Some(Value::Float(UNLIMITED_COUNT))
                }
                _ => None,
            };
            if let Some(number) = number {
                *cell = number;
            }
        }
    }
}

fn city(word: &str, cities: &[String]) -> Option<usize> {
    cities.iter().position(|name| name.eq_ignore_ascii_case(word.trim()))
}

/// A month as a year and a fraction.
fn month(word: &str) -> Option<f64> {
    let (year, month) = year_and_month(word)?;
    Some(f64::from(year) + f64::from(month - 1) / 12.0)
}

/// The fault of an unknown word in a column, and the remedy; `cities` are the known names.
pub(crate) fn fault(at: &str, column: &str, word: &str, cities: &[String]) -> (String, String) {
    let names = cities.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    match column {
        "city" if !cities.is_empty() => {
            let near = crate::config::words::nearest(word, cities.iter().map(String::as_str));
            let cure = match near {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("give one of {names}, or its number from 0"),
            };
            (format!("there is no city \"{word}\""), cure)
        }
        "year" if is_of_card(at) => {
            (format!("\"{word}\" is not a month"), "write it as \"2010-09\", or the year as 2010".to_owned())
        }
        _ => {
            let cure = "write it with a decimal point, without quotes".to_owned();
            let unlimited = match may_be_unlimited(at) && steps(at).len() > 2 {
                true => format!("{cure}; for places without a limit write \"{UNLIMITED}\""),
                false => cure,
            };
            (format!("\"{word}\" is text, where a number is expected"), unlimited)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cities_months_and_places_without_limit_become_numbers() {
        let text = r#"
            [places]
            cities = ["Amsterdam", "Rotterdam"]
            [interventions.a.coverage]
            unit = "share"
            columns = ["city", "year", "status_quo", "programme", "full"]
            rows = [["Rotterdam", "2010-09", 0, 1, 1], [0, 2011, 0, 1, 1]]
            [interventions.a.programme.places]
            unit = "count"
            columns = ["year", "status_quo", "programme", "full"]
            rows = [[2010, 0, 12, "unlimited"]]
            [interventions.b]
            without_cities = ["rotterdam", "Utrecht", 0]
            [interventions.b.programme]
            places = "unlimited"
            uptake = 1
        "#;
        let mut table: Table = text.parse().expect("sound TOML");
        settle(&mut table);
        let rows = |key: &str| table["interventions"]["a"][key]["rows"].clone();
        assert_eq!(rows("coverage")[0][0].as_integer(), Some(1));
        let year = rows("coverage")[0][1].as_float().expect("a number");
        assert_eq!((year * 12.0).round(), 2010.0 * 12.0 + 8.0);
        assert_eq!(table["interventions"]["a"]["programme"]["places"]["rows"][0][3].as_float(), Some(UNLIMITED_COUNT));
        assert!(table["interventions"]["b"]["programme"].get("places").is_none());
        let left_out = table["interventions"]["b"]["without_cities"].as_array().expect("a list");
        let found: Vec<Option<i64>> = left_out.iter().map(Value::as_integer).collect();
        assert_eq!(found, [Some(1), None, Some(0)], "an unknown city stays a word, for the checks");
    }
}

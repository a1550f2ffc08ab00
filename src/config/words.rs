//! Wording of messages: most similar known words, and values and keys as a user would write them.

use toml::Value;

/// The candidate most similar to `word`, or `None` when none is similar enough.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let near = |candidate: &&&str| strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase()) <= 2;
    if !candidates.iter().any(|candidate| near(&candidate) && *candidate != word)
        && let Some(same) = candidates.iter().find(|candidate| **candidate != word && same_parts(word, candidate))
    {
        return Some(same);
    }
    candidates
        .into_iter()
        .filter(|candidate| !candidate.is_empty() && *candidate != word)
        .map(|candidate| {
            let (a, b) = (word.to_lowercase(), candidate.to_lowercase());
            (strsim::osa_distance(&a, &b), strsim::jaro_winkler(&a, &b), candidate)
        })
        .filter(|(distance, likeness, candidate)| {
            // Single letters all differ by one change, which means nothing.
            *distance < candidate.chars().count() && (*distance <= allowed || *likeness >= 0.9)
        })
        .min_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)))
        .map(|(_, _, candidate)| candidate)
}

/// Whether two words have the same parts, in any order and with any endings (`shelter_child`, `child_sheltered`).
fn same_parts(word: &str, other: &str) -> bool {
    let parts = |text: &str| -> Vec<String> {
        text.to_lowercase().split(['_', '-']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (own, mut rest) = (parts(word), parts(other));
    // Parts match if one is the beginning of the other, or they differ by one typing error.
    let alike = |a: &str, b: &str| {
        let begins = a.len().min(b.len()) >= 4 && (a.starts_with(b) || b.starts_with(a));
        a == b || begins || (a.len() > 3 && strsim::osa_distance(a, b) <= 1)
    };
    own.len() > 1
        && own.len() == rest.len()
        && own.iter().all(|part| match rest.iter().position(|other| alike(part, other)) {
            Some(at) => {
                rest.remove(at);
                true
            }
            None => false,
        })
}

/// All candidates, preceded by "did you mean …?" when one is similar.
pub(crate) fn suggest_among<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, what: &str) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {what}: {}", listed(&candidates)),
        None => format!("{what}: {}", listed(&candidates)),
    }
}

/// "did you mean …?" when a candidate is similar, otherwise the list of candidates (at most ten).
pub(crate) fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, what: &str) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(near) = nearest(word, candidates.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    match candidates.len() {
        0 => format!("{what}: none"),
        1..=10 => format!("{what}: {}", listed(&candidates)),
        more => format!("{what}: {} and {} more", listed(&candidates[..10]), more - 10),
    }
}

/// Names in backquotes, separated by commas.
pub(crate) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A value as shown in a message: short, text in quotes.
pub fn show(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() > 40 => {
            format!("\"{}…\"", text.chars().take(40).collect::<String>())
        }
        Value::String(text) => format!("\"{text}\""),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(answer) => answer.to_string(),
        Value::Datetime(date) => date.to_string(),
        Value::Array(items) => match items.len() {
            0 => "an empty list".into(),
            1 => "a list of one".into(),
            n => format!("a list of {n}"),
        },
        Value::Table(_) => "a table".into(),
    }
}

/// The kind of a value in everyday words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// The number in a value, integer or float.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        // Exact up to 2^53, far above every number of a model.
        Value::Integer(whole) => Some(*whole as f64),
        Value::Float(number) => Some(*number),
        Value::String(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

/// How some reader of tables (pandas, polars, R, YAML, a spreadsheet) misreads a name: as a missing value, a Boolean, a
/// number, a date, or a formula. `None` for a name that is safe everywhere.
pub(crate) fn misread(name: &str) -> Option<&'static str> {
    const NONE: [&str; 12] =
        ["na", "n/a", "nan", "-nan", "null", "none", "nil", "nat", "#n/a", "#na", "<na>", "1.#ind"];
    // Including the words of Dutch spreadsheets.
    const BOTH: [&str; 12] = ["true", "false", "t", "f", "yes", "no", "y", "n", "on", "off", "waar", "onwaar"];
    const MONTHS: [&str; 32] = [
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mrt",
        "mei",
        "okt",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "januari",
        "februari",
        "maart",
        "juni",
        "juli",
    ];
    let name = name.trim().to_lowercase();
    let is_number = |text: &str| {
        let exponent = text.replace(['d', 'D'], "e");
        let of_hex = text.strip_prefix("0x").is_some_and(|rest| rest.chars().all(|sign| sign.is_ascii_hexdigit()));
        of_hex || text.replace([',', '_', '%'], "").parse::<f64>().is_ok() || exponent.parse::<f64>().is_ok()
    };
    let parts: Vec<&str> = name.split(['-', '/', ' ', ':', '_', '.']).filter(|part| !part.is_empty()).collect();
    let digits = |part: &&str| part.chars().all(|sign| sign.is_ascii_digit());
    let is_date = parts.iter().any(digits) && parts.iter().all(|part| digits(part) || MONTHS.contains(part));
    match name.as_str() {
        "" => Some("nothing"),
        word if NONE.contains(&word) => Some("something missing"),
        word if BOTH.contains(&word) => Some("yes or no"),
        word if word.starts_with(['=', '+', '@']) => Some("a formula"),
        word if is_number(word) => Some("a number"),
        _ if is_date => Some("a number or a date"),
        word if word.starts_with('-') => Some("a formula"),
        _ => None,
    }
}

/// A pointer extended by one step (`/a/b` and `c` give `/a/b/c`).
pub(crate) fn push(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

/// The steps of a pointer.
pub(crate) fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// The parent pointer, and `None` at the root.
pub(crate) fn parent(pointer: &str) -> Option<&str> {
    pointer.rfind('/').map(|at| &pointer[..at])
}

/// Whether one pointer equals the other or is below it.
pub(crate) fn within(pointer: &str, above: &str) -> bool {
    pointer.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether one of two pointers equals the other or is below it.
pub(crate) fn related(one: &str, other: &str) -> bool {
    within(one, other) || within(other, one)
}

/// A pointer and all above it but the root, from the top down.
pub(crate) fn down_to(pointer: &str) -> impl Iterator<Item = &str> {
    let ends = pointer.match_indices('/').skip(1).map(|(at, _)| at);
    ends.chain([pointer.len()]).map(|end| &pointer[..end])
}

/// A pointer as the dotted key that a user writes; parts with characters other than letters, digits, `-` and `_` are
/// quoted.
///
/// ```
/// assert_eq!(keten::config::dotted("/violence/onset/base"), "violence.onset.base");
/// assert_eq!(keten::config::dotted("/set/a.b"), "set.\"a.b\"");
/// ```
pub fn dotted(pointer: &str) -> String {
    let plain = |step: &str| {
        !step.is_empty() && step.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_')
    };
    let parts: Vec<String> =
        steps(pointer).into_iter().map(|step| if plain(&step) { step } else { format!("\"{step}\"") }).collect();
    parts.join(".")
}

/// A number without unnecessary digits.
pub(crate) fn plain(number: f64) -> String {
    if number != 0.0 && (number.abs() >= 1e7 || number.abs() < 1e-4) {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

/// Year and month of a text like `2009-01`; `None` when it is not a month from 1900 to 2150.
pub(crate) fn year_and_month(text: &str) -> Option<(i32, i32)> {
    let (year, month) = text.split_once('-')?;
    let (year, month): (i32, i32) = (year.parse().ok()?, month.parse().ok()?);
    ((1900..=2150).contains(&year) && (1..=12).contains(&month) && text.len() == 7).then_some((year, month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_readers_take_for_something_else_are_known() {
        let wrong = "null nan na none n/a true false t f yes no waar onwaar 1-2 mar-1 1e5 1d5 007 12 0x1f 1_000 inf -inf infinity \
                     2010-01 may-2010 3-mrt 12-30 1-2-3 = =a1 +a -a @x NaN Null TRUE";
        for name in wrong.split_whitespace().chain(["", " "]) {
            assert!(misread(name).is_some(), "{name} is taken for something else");
        }
        let right = "status-quo kappa-zero nhv a n1 e5 x-1 2020-plan plan-2020 a-1 marathon nanny nullify on-site na-2010x \
                     no-ministries mei-plan may flat shelters none-of-these true-love 4x unknown";
        for name in right.split_whitespace() {
            assert_eq!(misread(name), None, "{name} stays a name");
        }
    }
}

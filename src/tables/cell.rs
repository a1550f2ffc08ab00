//! Cells of a table, and keys of persons as text.

use super::schema::Kind;

/// One cell of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A whole number.
    Int(i64),
    /// A number; NaN becomes [`Cell::Null`].
    Float(f64),
    /// Text.
    Text(&'a str),
    /// A Boolean.
    Bool(bool),
    /// The key of a person; not 0, which stands for nobody ([`Cell::key`]).
    Key(u64),
    /// Empty: not asked, not known, or not applicable.
    Null,
}

/// The key of a person as in files: `p` and sixteen hexadecimal digits.
pub fn key_text(key: u64) -> String {
    format!("p{key:016x}")
}

/// The key from a text of [`key_text`]; `None` for any other text.
pub fn key_of_text(text: &str) -> Option<u64> {
    let small = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    let digits = text.strip_prefix('p').filter(|digits| digits.len() == 16 && digits.bytes().all(small))?;
    u64::from_str_radix(digits, 16).ok().filter(|key| *key != 0)
}

impl<'a> Cell<'a> {
    /// The key of a person, couple or household; empty for 0, which stands for nobody.
    pub fn key(key: u64) -> Self {
        if key == 0 { Cell::Null } else { Cell::Key(key) }
    }

    /// A count; counts above the largest `i64` are clamped.
    pub fn count(count: impl TryInto<i64>) -> Self {
        Cell::Int(count.try_into().unwrap_or(i64::MAX))
    }

    /// The type of the cell; `None` for an empty one, which is valid in every column.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Cell::Int(_) => Some(Kind::Int),
            Cell::Float(_) => Some(Kind::Float),
            Cell::Text(_) => Some(Kind::Text),
            Cell::Bool(_) => Some(Kind::Bool),
            Cell::Key(_) => Some(Kind::Key),
            Cell::Null => None,
        }
    }

    /// The integer in the cell, if it has one; for a key the integer with the same bits.
    pub fn as_int(self) -> Option<i64> {
        match self {
            Cell::Int(value) => Some(value),
            Cell::Key(value) => Some(value.cast_signed()),
            Cell::Float(_) | Cell::Text(_) | Cell::Bool(_) | Cell::Null => None,
        }
    }

    /// The key in the cell, if it has one.
    pub fn as_key(self) -> Option<u64> {
        if let Cell::Key(value) = self { Some(value) } else { None }
    }

    /// The number in the cell, if it has one, integer or float.
    pub fn as_float(self) -> Option<f64> {
        match self {
            Cell::Int(value) => Some(value as f64),
            Cell::Float(value) => Some(value),
            Cell::Text(_) | Cell::Bool(_) | Cell::Key(_) | Cell::Null => None,
        }
    }

    /// The text in the cell, if it has one.
    pub fn as_text(self) -> Option<&'a str> {
        if let Cell::Text(value) = self { Some(value) } else { None }
    }

    /// The Boolean in the cell, if it has one.
    pub fn as_bool(self) -> Option<bool> {
        if let Cell::Bool(value) = self { Some(value) } else { None }
    }
}

macro_rules! whole_numbers {
    ($($whole:ty),*) => {$(
        impl From<$whole> for Cell<'_> {
            fn from(value: $whole) -> Self {
                Cell::Int(i64::from(value))
            }
        }
    )*};
}
whole_numbers!(i64, i32, i16, i8, u32, u16, u8);

impl From<f64> for Cell<'_> {
    fn from(value: f64) -> Self {
        Cell::Float(value)
    }
}

impl From<bool> for Cell<'_> {
    fn from(value: bool) -> Self {
        Cell::Bool(value)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(value: &'a str) -> Self {
        Cell::Text(value)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

//! The cells of one column: values, a bit for each row that has one, and a dictionary of texts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::cell::Cell;
use super::schema::Kind;

/// One column with its cells.
#[derive(Clone, Debug)]
pub struct Series {
    pub(super) name: Cow<'static, str>,
    pub(super) values: Values,
    /// Whether a row has a value.
    pub(super) filled: Bits,
}

/// Values of a column by row; those of empty cells have no meaning.
#[derive(Clone, Debug)]
pub(super) enum Values {
    Int(Vec<i64>),
    Float(Vec<f64>),
    Text(TextDictionary),
    Bool(Bits),
    Key(Vec<u64>),
}

/// Dictionary-encoded text: each distinct text is stored once, however many rows contain it.
#[derive(Clone, Debug, Default)]
pub(super) struct TextDictionary {
    codes: Vec<u32>,
    words: Vec<Arc<str>>,
    codes_by_word: BTreeMap<Arc<str>, u32>,
}

/// A bit vector.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    blocks: Vec<u64>,
    len: usize,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.blocks.push(0);
        }
        self.blocks[self.len / 64] |= u64::from(bit) << (self.len % 64);
        self.len += 1;
    }

    pub(super) fn get(&self, at: usize) -> bool {
        self.blocks[at / 64] >> (at % 64) & 1 == 1
    }
}

impl TextDictionary {
    /// Code of an empty cell.
    const NONE: u32 = u32::MAX;

    fn push(&mut self, word: &str) {
        let repeated =
            self.codes.last().copied().filter(|&last| self.words.get(last as usize).is_some_and(|w| **w == *word));
        let code = repeated.or_else(|| self.codes_by_word.get(word).copied()).unwrap_or_else(|| self.learn(word));
        self.codes.push(code);
    }

    fn learn(&mut self, word: &str) -> u32 {
        let code = u32::try_from(self.words.len()).expect("a column has fewer than 4e9 different words");
        let word: Arc<str> = word.into();
        self.words.push(word.clone());
        self.codes_by_word.insert(word, code);
        code
    }

    /// The text of a row that has one.
    pub(super) fn get(&self, row: usize) -> &str {
        &self.words[self.codes[row] as usize]
    }

    /// Rank of each text, by its code, among all texts in order of their bytes.
    fn ranks(&self) -> Vec<u32> {
        let mut ranks = vec![0; self.words.len()];
        for (rank, &code) in (0..).zip(self.codes_by_word.values()) {
            ranks[code as usize] = rank;
        }
        ranks
    }
}

impl Series {
    pub(super) fn new(name: Cow<'static, str>, kind: Kind) -> Self {
        let values = match kind {
            Kind::Int => Values::Int(Vec::new()),
            Kind::Float => Values::Float(Vec::new()),
            Kind::Text => Values::Text(TextDictionary::default()),
            Kind::Bool => Values::Bool(Bits::default()),
            Kind::Key => Values::Key(Vec::new()),
        };
        Series { name, values, filled: Bits::default() }
    }

    /// Name of the column.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Type of the cells.
    pub fn kind(&self) -> Kind {
        match self.values {
            Values::Int(_) => Kind::Int,
            Values::Float(_) => Kind::Float,
            Values::Text(_) => Kind::Text,
            Values::Bool(_) => Kind::Bool,
            Values::Key(_) => Kind::Key,
        }
    }

    /// The cell in a row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn cell(&self, row: usize) -> Cell<'_> {
        if !self.filled.get(row) {
            return Cell::Null;
        }
        match &self.values {
            Values::Int(values) => Cell::Int(values[row]),
            Values::Float(values) => Cell::Float(values[row]),
            Values::Text(words) => Cell::Text(words.get(row)),
            Values::Bool(values) => Cell::Bool(values.get(row)),
            Values::Key(values) => Cell::Key(values[row]),
        }
    }

    /// Appends a cell; a cell of another type is stored as empty, so the caller must check.
    pub(super) fn push(&mut self, cell: Cell<'_>) {
        match &mut self.values {
            // Adding 0.0 turns -0.0 into 0.0 and changes no other number.
            Values::Float(values) => values.push(cell.as_float().filter(|v| !v.is_nan()).unwrap_or(0.0) + 0.0),
            Values::Int(values) => values.push(cell.as_int().unwrap_or(0)),
            Values::Bool(values) => values.push(cell.as_bool().unwrap_or(false)),
            Values::Key(values) => values.push(cell.as_key().unwrap_or(0)),
            Values::Text(words) => match cell.as_text() {
                Some(word) => words.push(word),
                None => words.codes.push(TextDictionary::NONE),
            },
        }
        let nan = matches!(cell, Cell::Float(value) if value.is_nan());
        self.filled.push(cell.kind() == Some(self.kind()) && !nan);
    }

    /// For every row a number whose order is that of its cell in the column; `None` for an empty cell.
    pub(super) fn places(&self) -> Vec<Option<u64>> {
        const SIGN: u64 = 1 << 63;
        let filled = |(row, place): (usize, u64)| self.filled.get(row).then_some(place);
        match &self.values {
            Values::Int(values) => values.iter().map(|v| v.cast_unsigned() ^ SIGN).enumerate().map(filled).collect(),
            Values::Float(values) => {
                // The bit patterns of negative numbers are in reverse order.
                let place = |bits: u64| if bits & SIGN == 0 { bits | SIGN } else { !bits };
                values.iter().map(|v| place(v.to_bits())).enumerate().map(filled).collect()
            }
            Values::Text(words) => {
                let ranks = words.ranks();
                let rank = |&code: &u32| ranks.get(code as usize).map(|&rank| u64::from(rank));
                words.codes.iter().map(rank).collect()
            }
            Values::Bool(values) => (0..values.len).map(|row| (row, u64::from(values.get(row)))).map(filled).collect(),
            Values::Key(values) => values.iter().copied().enumerate().map(filled).collect(),
        }
    }
}

//! What a data file consists of, and columns that several files share.

use serde::Serialize;

/// Type of the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::report::exports) enum Holds {
    /// Numbers, or empty.
    Number,
    /// Text, or empty.
    Text,
}

/// A column of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report::exports) struct FileColumn {
    pub(in crate::report::exports) name: &'static str,
    pub(in crate::report::exports) holds: Holds,
    pub(in crate::report::exports) unit: &'static str,
    pub(in crate::report::exports) meaning: &'static str,
    /// Heading in a Dutch workbook.
    pub(in crate::report::exports) dutch: &'static str,
}

/// A file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report::exports) struct Layout {
    pub(in crate::report::exports) name: &'static str,
    pub(in crate::report::exports) meaning: &'static str,
    pub(in crate::report::exports) columns: &'static [FileColumn],
}

pub(in crate::report::exports) const fn number(
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    dutch: &'static str,
) -> FileColumn {
    FileColumn { name, holds: Holds::Number, unit, meaning, dutch }
}

pub(in crate::report::exports) const fn text(
    name: &'static str,
    meaning: &'static str,
    dutch: &'static str,
) -> FileColumn {
    FileColumn { name, holds: Holds::Text, unit: "-", meaning, dutch }
}

/// Last columns of a file in which figures may be suppressed.
pub(in crate::report::exports) const WITHHELD: FileColumn = text(
    "withheld",
    "why figures of this row are empty: too_few (they rest on fewer than ten simulated persons or cases), scale_too_small (a \
     provider has less than one place, see smallest_scale in capacity.csv); empty if none is withheld",
    "niet getoond omdat",
);
pub(in crate::report::exports) const WITHHELD_COLUMNS: FileColumn = text(
    "withheld_columns",
    "names of the columns whose figures are withheld, separated by spaces",
    "kolommen niet getoond",
);

pub(in crate::report::exports) const SCENARIO: FileColumn = text("scenario", "name of the scenario", "scenario");
pub(in crate::report::exports) const REFERENCE: FileColumn =
    text("reference", "name of the scenario it is compared with", "vergeleken met");
pub(in crate::report::exports) const STRATEGY: FileColumn = text("strategy", "name of the scenario", "scenario");
pub(in crate::report::exports) const WILLING: FileColumn =
    number("wtp", "euro of 2008/QALY", "willingness to pay for a QALY", "betalingsbereidheid");
pub(in crate::report::exports) const SAMPLE: FileColumn =
    number("sample", "count", "number of the parameter draw, from 1", "trekking");

impl Layout {
    /// Whether its last columns list suppressed figures.
    pub(in crate::report::exports) fn may_withhold(&self) -> bool {
        self.columns.ends_with(&[WITHHELD, WITHHELD_COLUMNS])
    }
}

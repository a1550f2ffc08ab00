//! Files about the run itself: summary, inputs and origin.

use super::layout::{Layout, number, text};

pub(in crate::report::exports) static SUMMARY: Layout = Layout {
    name: "summary",
    meaning: "summary of the report",
    columns: &[
        text("about", "subject", "onderwerp"),
        text("said", "statement of the report", "uitspraak van het verslag"),
    ],
};
pub(in crate::report::exports) static INPUTS: Layout = Layout {
    name: "inputs",
    meaning: "central values of the parameters",
    columns: &[
        text("key", "key of the parameter", "sleutel"),
        text("value", "central value; for a table its multiplier", "waarde"),
        text("unit", "unit", "eenheid"),
        text("grade", "grade of the evidence, A to C", "graad"),
        text("source", "source", "bron"),
        number("year", "year", "year of the source", "jaar"),
        text("spread", "distribution from which it is drawn", "spreiding"),
        text("note", "note", "toelichting"),
    ],
};
pub(in crate::report::exports) static META: Layout = Layout {
    name: "meta",
    meaning: "the run, and how it was made",
    columns: &[text("key", "what", "sleutel"), text("value", "its value", "waarde")],
};

pub(in crate::report::exports) static EXPLANATION: Layout = Layout {
    name: "explanation",
    meaning: "the columns of the sheets of the workbook",
    columns: &[
        text("sheet", "sheet", "blad"),
        text("column", "heading of the column", "kolom"),
        text("unit", "unit of its numbers", "eenheid"),
        text("meaning", "meaning of its cells", "betekenis"),
    ],
};

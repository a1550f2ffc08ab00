//! What a model says of itself.

use keten::config::{self, ParameterFilter, Sources};
use keten::error::Result;
use keten::model::ModelFile;
use pyo3::prelude::*;

use crate::batch::Batch;
use crate::columns::{Columns, count};
use crate::errors::raised;
use crate::workers::on_threads;

fn merged(model: &str) -> Result<config::Merged> {
    Ok(ModelFile::load(&Sources::open(model)?)?.1)
}

/// All that a model says of a key: value, unit, spread, source, grade, note and place.
#[pyfunction]
pub(crate) fn explain(py: Python<'_>, key: &str, model: &str) -> PyResult<String> {
    let text = || config::explain(&merged(model)?, key);
    py.detach(|| on_threads(text)).map_err(|errors| raised(py, errors))
}

/// The parameters of a model, filtered by grade, table and a word.
#[pyfunction]
pub(crate) fn parameters(
    py: Python<'_>,
    model: &str,
    grade: Option<String>,
    table: Option<String>,
    word: Option<String>,
) -> PyResult<Batch> {
    let list = || {
        let wanted = ParameterFilter { grade: grade.as_deref(), table: table.as_deref(), word: word.as_deref() };
        let mut all = config::parameters(&merged(model)?);
        all.retain(|parameter| wanted.parameter(parameter));
        let spreads: Vec<String> = all.iter().map(config::Parameter::spread_text).collect();
        let each = || all.iter();
        Columns::default()
            .texts("key", each().map(|it| it.key.as_str()))
            .numbers("value", each().map(|it| Some(it.value)))
            .integers("rows", each().map(|it| count(it.rows)))
            .texts("unit", each().map(|it| it.unit.as_str()))
            .texts("spread", spreads.iter().map(String::as_str))
            .texts("source", each().map(|it| it.source.as_str()))
            .integers("year", each().map(|it| it.year))
            .texts("grade", each().map(|it| it.grade.as_str()))
            .texts("note", each().map(|it| it.note.as_str()))
            .texts("file", each().map(|it| it.file.as_str()))
            .integers("line", each().map(|it| it.line.and_then(count)))
            .table()
    };
    py.detach(|| on_threads(list)).map(Batch::new).map_err(|errors| raised(py, errors))
}

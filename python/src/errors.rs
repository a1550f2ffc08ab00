//! Faults of the library as exceptions of the package.

use keten::error::{Error, Errors, Kind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// Makes an exception from faults: `keten._errors.raised`.
static RAISED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// One fault as a tuple: kind, file, line, key, what is wrong, remedy.
type Fault = (&'static str, Option<String>, Option<usize>, Option<String>, String, String);

fn fault(error: Error) -> Fault {
    let kind = match error.kind {
        Kind::Data => "data",
        Kind::Missing => "missing",
        Kind::Internal => "internal",
        Kind::Io => "io",
        Kind::Interrupted => "interrupted",
    };
    (kind, error.file, error.line, error.key, error.what, error.cure)
}

/// The exception of some faults: a `keten.Error` with all of them.
pub(crate) fn raised(py: Python<'_>, errors: Errors) -> PyErr {
    let faults: Vec<Fault> = errors.0.into_iter().map(fault).collect();
    let made = RAISED.get_or_try_init(py, || {
        let class = py.import("keten._errors")?.getattr("Error")?.cast_into::<PyType>()?;
        class.getattr("of").map(Bound::unbind)
    });
    match made.and_then(|made| made.bind(py).call1((faults,))) {
        Ok(exception) => PyErr::from_value(exception),
        Err(other) => other,
    }
}

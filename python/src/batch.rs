//! A table that other libraries read without a copy, by the Arrow PyCapsule interface.
//!
//! The capsules hold the C structures of Arrow's own crate, which own a reference to the memory and release it. Both the
//! crate and PyO3's capsules do this in safe code, so nothing here is unsafe.

use arrow_array::ffi::{FFI_ArrowSchema, to_ffi};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    Array, BooleanArray, Float64Array, Int64Array, RecordBatch, RecordBatchIterator, StringArray, StructArray,
};
use arrow_schema::ArrowError;
use pyo3::exceptions::{PyKeyError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};

/// A table in memory, in the form of Arrow.
#[pyclass(frozen, module = "keten._keten")]
pub(crate) struct Batch {
    table: RecordBatch,
}

impl Batch {
    /// A table.
    pub(crate) fn new(table: RecordBatch) -> Batch {
        Batch { table }
    }
}

fn broken(cause: &ArrowError) -> PyErr {
    PyRuntimeError::new_err(format!("the table cannot be handed over: {cause}"))
}

#[pymethods]
impl Batch {
    /// Names of the columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.table.schema_ref().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Number of rows.
    #[getter]
    fn rows(&self) -> usize {
        self.table.num_rows()
    }

    /// The first rows, of the same memory.
    fn head(&self, rows: usize) -> Batch {
        Batch { table: self.table.slice(0, rows.min(self.table.num_rows())) }
    }

    /// The cells of a column, as a list; `None` for an empty cell.
    fn column<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyList>> {
        let Some(column) = self.table.column_by_name(name) else {
            let names = self.columns().join(", ");
            return Err(PyKeyError::new_err(format!("no column `{name}`; the columns are {names}")));
        };
        let any = column.as_any();
        if let Some(cells) = any.downcast_ref::<Int64Array>() {
            PyList::new(py, cells.iter().collect::<Vec<_>>())
        } else if let Some(cells) = any.downcast_ref::<Float64Array>() {
            PyList::new(py, cells.iter().collect::<Vec<_>>())
        } else if let Some(cells) = any.downcast_ref::<BooleanArray>() {
            PyList::new(py, cells.iter().collect::<Vec<_>>())
        } else if let Some(cells) = any.downcast_ref::<StringArray>() {
            PyList::new(py, cells.iter().collect::<Vec<_>>())
        } else {
            Err(PyRuntimeError::new_err(format!("column `{name}` has a type that no table has")))
        }
    }

    /// The schema, as an Arrow capsule.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.table.schema_ref().as_ref()).map_err(|cause| broken(&cause))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// Schema and rows, as two Arrow capsules: a struct with a child for each column. The library may ask for another
    /// schema; it gets this one, as the interface allows.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        drop(requested_schema);
        let rows = StructArray::from(self.table.clone());
        let (array, schema) = to_ffi(&rows.into_data()).map_err(|cause| broken(&cause))?;
        Ok((
            PyCapsule::new_with_value(py, schema, c"arrow_schema")?,
            PyCapsule::new_with_value(py, array, c"arrow_array")?,
        ))
    }

    /// A stream of one batch, as an Arrow capsule.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let batches = RecordBatchIterator::new([Ok(self.table.clone())], self.table.schema());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
    }
}

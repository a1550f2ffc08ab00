//! The native module of the Python package `keten`: studies, runs and their tables.
//!
//! It calls the library only and computes nothing of its own that the library has. What a user sees, the classes and
//! functions of the package, is Python (`python/keten/`); this module hands over results and faults. Tables leave it as
//! Arrow capsules, without a copy. The interpreter is released while the library works, and signals are handled.

mod batch;
mod columns;
mod comparison;
mod economics;
mod effects;
mod errors;
mod model;
mod results;
mod study;
mod targets;
mod transmission;
mod watching;
mod workers;

/// The native part of the package.
#[pyo3::pymodule]
mod _keten {
    #[pymodule_export]
    use crate::batch::Batch;
    #[pymodule_export]
    use crate::model::{explain, parameters};
    #[pymodule_export]
    use crate::results::Results;
    #[pymodule_export]
    use crate::study::{Planned, Study};

    /// Version of keten.
    #[pymodule_export]
    const VERSION: &str = keten::store::KETEN_VERSION;
}

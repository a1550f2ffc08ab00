//! Statistics: means, errors, variance, resampling, regression and linear algebra. It knows no run.
//!
//! Reading order: [`pairs`] has the mean of a figure over draws and replicates, its error and the bootstrap; `ensemble`
//! compares two figures; [`variance`] separates Monte Carlo error from parameter uncertainty, [`enough`] plans the
//! number of draws and replicates, [`common_luck`] measures the gain by common random numbers; `regression` and
//! `gaussian` draw smooth curves through draws, with the matrices of `linear` and the random numbers of `lots`.

pub mod common_luck;
pub mod enough;
mod ensemble;
pub(crate) mod gaussian;
pub(crate) mod linear;
pub(crate) mod lots;
pub mod pairs;
pub(crate) mod regression;
pub mod variance;

pub use ensemble::{Ensemble, Estimate, Pairing};
pub use gaussian::{GaussianProcess, Kernel};

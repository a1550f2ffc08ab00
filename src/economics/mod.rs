//! Economics: decisions under uncertainty (cost-effectiveness, value of information) from probabilistic sensitivity
//! analysis. It knows no run.
//!
//! Reading order: `psa` has costs and effects by draw, strategy and replicate; `icer` and `acceptability` compare
//! strategies; `evppi` gives the value of information on parameters, by the regressions of [`stats`](crate::stats);
//! `noise` removes Monte Carlo error from the value of perfect information; `threshold` has threshold prices and
//! tornados. [`variance`](crate::stats::variance) separates Monte Carlo error from parameter uncertainty. Costs are in
//! euro, effects in QALYs, willingness to pay (wtp) in euro per QALY. All functions are pure; errors are returned as a
//! sentence.

mod acceptability;
mod evppi;
mod icer;
mod noise;
mod psa;
mod threshold;

pub use acceptability::{
    Acceptability, FrontierPoint, PairwiseProbabilities, SwitchPoint, acceptability, pairwise_probabilities,
    switch_points,
};
pub use evppi::{Bootstrap, Evppi, Method, Regression, evppi, regress};
pub use icer::{IcerRow, Status, expected_icers, icers, spans_zero};
pub use noise::{EvpiUnderNoise, Shrunk, evpi_under_noise, shrink};
pub use psa::{DrawMeans, Parameters, Psa};
pub use threshold::{ThresholdPrice, TornadoBar, threshold_price, tornado};

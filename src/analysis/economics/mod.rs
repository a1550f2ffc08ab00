//! Economics: cost-effectiveness, budget impact and value of information, from probabilistic sensitivity analysis.
//!
//! Reading order: `psa` holds costs and effects by draw, strategy and replicate; `icer` and `acceptability` decide;
//! `evppi` says what certainty about parameters would be worth, by the regressions of `regression` and `gaussian`;
//! `noise` takes luck out of what certainty about all would be worth; `threshold` turns to prices, budgets and
//! tornados. How much of a spread is luck says [`variance`](super::variance). Costs are in
//! euro, effects in QALYs, willingness to pay (wtp) in euro per QALY. Everything is a function of its arguments;
//! faults come back as a sentence.

mod acceptability;
mod evppi;
mod gaussian;
mod icer;
mod linear;
mod lots;
mod noise;
mod psa;
mod regression;
mod threshold;

pub use acceptability::{
    Acceptability, FrontierPoint, PairwiseProbabilities, SwitchPoint, acceptability, pairwise_probabilities,
    switch_points,
};
pub use evppi::{Bootstrap, Evppi, Method, Regression, evppi, regress};
pub use gaussian::{GaussianProcess, Kernel};
pub use icer::{IcerRow, Status, expected_icers, icers, spans_zero};
pub use noise::{EvpiUnderNoise, Shrunk, evpi_under_noise, shrink, smoothed_evpi};
pub use psa::{DrawMeans, Parameters, Psa};
pub use threshold::{
    BudgetImpact, Crossing, ThresholdPrice, TornadoBar, budget_impact, discount_factors, probability_at_price,
    threshold_effect, threshold_price, tornado,
};

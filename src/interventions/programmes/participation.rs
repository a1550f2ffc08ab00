//! Participation in programmes: who gives up waiting, how no-shows rise with the months waited, and who drops out.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::units::{LogRatio, Months, Sd};

/// `[chain.participation]`: who waits, starts and completes, for all programmes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipationTable {
    /// Decrease of the log odds that a victim or child starts per month of waiting.
    pub start_per_month: LogRatio,
    /// Decrease of the log odds that a perpetrator starts per month of waiting.
    pub start_per_month_perpetrators: LogRatio,
    /// Months of waiting after which the odds no longer fall.
    pub longest: Months,
    /// Standard deviation, between persons, of the logarithm of the time that they are prepared to wait; the median is
    /// the `patience` of the programme.
    pub patience_sd: Sd,
    /// Decrease of the log odds that a perpetrator completes a programme per standard deviation of liability to use
    /// violence: who drops out differed before the programme.
    pub selection: LogRatio,
    /// Liability at which the probability of completion of a programme for perpetrators holds, standard deviations.
    pub selection_from: Sd,
}

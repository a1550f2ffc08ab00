//! Triage (*risicoscreening*): the instrument with which the ASHG screens every reported family for its risk. Whether it
//! does is an edge of the response; requests of an urgent case go before others of the same month.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::units::Probability;

/// `[chain.triage]`: the instrument with which the ASHG screens reported families for their risk.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Triage {
    /// Probability that a screening calls a case urgent if the violence is coercive or did serious injury (sensitivity).
    pub found: Probability,
    /// Probability that a screening calls any other case urgent (1 − specificity).
    pub found_wrongly: Probability,
}

//! What is known of a figure of an answer.

use serde::{Deserialize, Serialize};

use crate::analysis::Hidden;
use crate::stats::pairs::Sides;

/// Simulated persons or starts below which a count is not shown.
pub(super) const FEWEST: f64 = 10.0;

/// What is known of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownFigure {
    /// Mean under the status quo.
    pub comparator: f64,
    /// Mean difference, the mix minus the status quo.
    pub difference: f64,
    /// Monte Carlo standard error of the mean difference; `None` with one draw.
    pub error: Option<f64>,
    /// Limits in which 95 % of the parameter draws lie, or 95 % confidence limits of the mean without draws.
    pub limits: Option<(f64, f64)>,
    /// Whether the limits are those of parameter draws.
    pub of_draws: bool,
    /// Number of draws with a lower figure than under the status quo, an equal one, and a higher one.
    pub sides: [usize; 3],
}

/// Why a figure is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenFigure {
    /// Fewer than ten were simulated.
    Few,
    /// It depends on a queue that is too small at this scale.
    Withheld,
}

impl KnownFigure {
    /// Whether the whole interval lies on one side of no difference.
    pub fn is_clear(&self) -> bool {
        self.limits.is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    }

    pub(super) fn sides_of(sides: Sides) -> [usize; 3] {
        [sides.lower, sides.equal, sides.higher]
    }
}

impl From<Hidden> for HiddenFigure {
    fn from(hidden: Hidden) -> Self {
        match hidden {
            Hidden::Few => HiddenFigure::Few,
            Hidden::Withheld => HiddenFigure::Withheld,
        }
    }
}

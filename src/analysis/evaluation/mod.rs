//! The economic evaluation of a run: costs and QALYs of its scenarios by draw and replicate, and the resulting
//! decisions.
//!
//! [`accounts`] reads the table `costs` once; [`evaluate`] converts the accounts to a probabilistic sensitivity
//! analysis under one discounting rule and one perspective, and applies [`economics`](crate::economics). Effects are
//! QALYs *gained*: minus the QALYs lost in the table. Births differ between scenarios: if the run has the table
//! `lives`, [`Accounts::with_lives`] counts the health of persons who exist in both scenarios only, and with
//! `life_costs` their costs. Without these tables, the losses and costs of children born in only one scenario are
//! included.

mod accounts;
mod influence;

use ndarray::Axis;

pub use accounts::{Accounts, Perspective, accounts};
pub use influence::{
    Influence, LineWorth, MANY_DRAWS, ResearchLine, Share, drawn, influences, research_lines, share_explained,
};

use crate::economics::{
    Acceptability, DrawMeans, EvpiUnderNoise, IcerRow, Psa, SwitchPoint, acceptability, evpi_under_noise,
    expected_icers, pairwise_probabilities, switch_points,
};
use crate::money::Discounting;
use crate::stats::pairs::Design;

/// Minimum number of draws for an evaluation.
pub const ENOUGH_DRAWS: usize = 20;
/// Willingness to pay at which results are reported, in euro per QALY: the bands of Zorginstituut Nederland by burden
/// of disease.
pub const MARKS: [f64; 3] = [20_000.0, 50_000.0, 80_000.0];

/// An evaluation under one discounting rule and one perspective.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Discounting rule.
    pub rule: Discounting,
    /// Perspective on costs.
    pub perspective: Perspective,
    /// Costs and effects.
    pub psa: Psa,
    /// Means over replicates.
    pub means: DrawMeans,
    /// The incremental table of expected values.
    pub icers: Vec<IcerRow>,
    /// Curves over willingness to pay.
    pub curves: Acceptability,
    /// Willingness to pay at which the optimal scenario changes.
    pub switches: Vec<SwitchPoint>,
    /// Value of perfect information without Monte Carlo error, at [`MARKS`]; empty with one replicate.
    pub without_luck: Vec<EvpiUnderNoise>,
}

/// The grid of willingness to pay, in euro per QALY: 0 to 100,000 in steps of 2,500.
pub fn grid() -> Vec<f64> {
    (0..=40).map(|step| 2_500.0 * f64::from(step)).collect()
}

/// Evaluates the scenarios of a run.
///
/// # Errors
/// As [`Accounts::psa`].
pub fn evaluate(
    accounts: &Accounts,
    rule: Discounting,
    perspective: Perspective,
) -> std::result::Result<Evaluation, String> {
    let psa = accounts.psa(rule, perspective)?;
    let means = psa.draw_means();
    let without_luck = if psa.replicates() > 1 && psa.draws() >= 8 {
        evpi_under_noise(&psa, if accounts.crossed { Design::Crossed } else { Design::Nested }, &MARKS)?
    } else {
        Vec::new()
    };
    let icers = expected_icers(&means)?;
    // A switch point is a ratio, too.
    let is_sure = |point: &SwitchPoint| !icers.iter().any(|row| row.index == point.to && row.unsure);
    let switches = switch_points(&means)?.into_iter().filter(is_sure).collect();
    Ok(Evaluation {
        rule,
        perspective,
        icers,
        curves: acceptability(&means, &grid())?,
        switches,
        without_luck,
        means,
        psa,
    })
}

impl Evaluation {
    /// Probability that a scenario has a larger net benefit than the comparator at a willingness to pay.
    ///
    /// # Errors
    /// An unknown scenario.
    pub fn better(&self, scenario: usize, wtp: f64) -> std::result::Result<f64, String> {
        Ok(pairwise_probabilities(&self.means, scenario, wtp)?.net_benefit)
    }

    /// Standard error over replicates of the cost in euro of a draw and scenario; `None` with one replicate.
    pub fn replicate_error(&self, draw: usize, scenario: usize) -> Option<f64> {
        let all = self.psa.cost();
        let values = all.index_axis(Axis(0), draw);
        let values = values.index_axis(Axis(0), scenario);
        let n = values.len() as f64;
        let mean = values.sum() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        (values.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::accounts::tests::accounts;
    use super::*;

    #[test]
    fn a_qaly_less_lost_is_a_qaly_gained_and_measures_alone_cost_less_than_all() {
        let all = evaluate(&accounts(3), Discounting::Zin2024, Perspective::Societal).expect("three draws");
        let own = evaluate(&accounts(3), Discounting::Zin2024, Perspective::Programme).expect("three draws");
        let last = |evaluation: &Evaluation| evaluation.icers.last().cloned().expect("two scenarios");
        assert_eq!((last(&all).inc_cost, last(&all).inc_effect), (Some(15.0), Some(2.0)));
        assert_eq!(last(&own).icer, Some(2.5));
        assert_eq!(own.better(1, 10.0), Ok(1.0));
        assert_eq!(own.replicate_error(0, 1), None);
    }
}

//! Incremental cost-effectiveness ratios (*kosteneffectiviteitsratio's*) with dominance and extended dominance.
//!
//! Strategies are sorted by cost; each one on the frontier is compared with the previous one on it, not with the
//! comparator. Columns, words and rules follow `calculate_icers` of the R package dampack. Source: Drummond and others,
//! Methods for the Economic Evaluation of Health Care Programmes, 4th edition 2015, section 4.4.

use super::psa::DrawMeans;
use crate::stats::pairs::range_of_draws;

/// Result of the comparison for a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Not dominated: on the frontier.
    NonDominated,
    /// Dominated by a mixture of two others (extended dominance).
    ExtendedDominated,
    /// Dominated: another strategy costs no more and has at least the same effect.
    Dominated,
}

impl Status {
    /// The word of dampack: `ND`, `ED` or `D`.
    pub fn word(self) -> &'static str {
        match self {
            Status::NonDominated => "ND",
            Status::ExtendedDominated => "ED",
            Status::Dominated => "D",
        }
    }
}

/// One strategy in the incremental table.
#[derive(Clone, Debug, PartialEq)]
pub struct IcerRow {
    /// Index of the strategy in the input.
    pub index: usize,
    /// Its name.
    pub strategy: String,
    /// Its cost, in euro.
    pub cost: f64,
    /// Its effect, in QALYs.
    pub effect: f64,
    /// Incremental cost over the previous strategy on the frontier, in euro; `None` for the first one and for dominated
    /// ones.
    pub inc_cost: Option<f64>,
    /// Incremental effect over that strategy, in QALYs; above 0.
    pub inc_effect: Option<f64>,
    /// `inc_cost` ÷ `inc_effect`, in euro per QALY.
    pub icer: Option<f64>,
    /// No ratio is given, because the range of `inc_effect` over draws includes zero.
    pub unsure: bool,
    /// Whether it is dominated.
    pub status: Status,
}

/// The incremental table: the frontier by cost, then strategies that are extendedly dominated, then dominated ones.
///
/// Of two strategies with equal cost and effect the first one stays. Three on one line all stay.
///
/// # Errors
/// Lists of different lengths, empty lists, and non-finite numbers.
pub fn icers(strategies: &[String], cost: &[f64], effect: &[f64]) -> Result<Vec<IcerRow>, String> {
    let n = strategies.len();
    if n == 0 || cost.len() != n || effect.len() != n {
        return Err(format!("{n} names, {} costs and {} effects; give as many of each", cost.len(), effect.len()));
    }
    if !cost.iter().chain(effect).all(|value| value.is_finite()) {
        return Err("a cost or effect is not a finite number".to_owned());
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| cost[*a].total_cmp(&cost[*b]).then(effect[*b].total_cmp(&effect[*a])));

    let mut status = vec![Status::NonDominated; n];
    let mut frontier: Vec<usize> = Vec::new();
    let mut most = f64::NEG_INFINITY;
    for at in &order {
        // All strategies before it cost no more, so it is dominated if its effect is no larger than the best of them.
        if effect[*at] <= most {
            status[*at] = Status::Dominated;
            continue;
        }
        most = effect[*at];
        while let [.., before, last] = frontier[..] {
            // Ratios must rise along the frontier; compared as products, to avoid division by tiny differences in
            // effect.
            let steeper = (cost[last] - cost[before]) * (effect[*at] - effect[last]);
            if steeper <= (cost[*at] - cost[last]) * (effect[last] - effect[before]) {
                break;
            }
            status[last] = Status::ExtendedDominated;
            frontier.pop();
        }
        frontier.push(*at);
    }

    order.sort_by_key(|at| status[*at]);
    let mut rows: Vec<IcerRow> = Vec::with_capacity(n);
    for at in order {
        let before = rows.last().filter(|_| status[at] == Status::NonDominated).map(|row| row.index);
        let inc_cost = before.map(|before| cost[at] - cost[before]);
        let inc_effect = before.map(|before| effect[at] - effect[before]);
        rows.push(IcerRow {
            index: at,
            strategy: strategies[at].clone(),
            cost: cost[at],
            effect: effect[at],
            inc_cost,
            inc_effect,
            icer: inc_cost.zip(inc_effect).map(|(cost, effect)| cost / effect),
            unsure: false,
            status: status[at],
        });
    }
    Ok(rows)
}

/// The incremental table of expected costs and effects. If the range of a difference in effect over draws includes
/// zero, no ratio is given: it would be dominated by noise, and pass through infinity.
///
/// # Errors
/// Only means that overflow, since [`DrawMeans`] has checked the rest.
pub fn expected_icers(means: &DrawMeans) -> Result<Vec<IcerRow>, String> {
    let mut rows = icers(means.strategies(), &means.expected_cost(), &means.expected_effect())?;
    for at in 1..rows.len() {
        let (before, own) = (rows[at - 1].index, rows[at].index);
        let row = &mut rows[at];
        if row.icer.is_some() && spans_zero(means, own, before) {
            (row.icer, row.unsure) = (None, true);
        }
    }
    Ok(rows)
}

/// Whether the range over draws of the difference in effect of two strategies includes zero.
pub fn spans_zero(means: &DrawMeans, own: usize, before: usize) -> bool {
    let effect = means.effect();
    let more: Vec<f64> = (0..means.draws()).map(|draw| effect[[draw, own]] - effect[[draw, before]]).collect();
    range_of_draws(&more).is_none_or(|(low, high)| low <= 0.0 && high >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, f64, f64)]) -> Vec<IcerRow> {
        let names: Vec<String> = rows.iter().map(|row| row.0.to_owned()).collect();
        let cost: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let effect: Vec<f64> = rows.iter().map(|row| row.2).collect();
        icers(&names, &cost, &effect).unwrap()
    }

    fn words(rows: &[IcerRow]) -> Vec<(&str, &str, Option<f64>)> {
        rows.iter().map(|row| (row.strategy.as_str(), row.status.word(), row.icer)).collect()
    }

    #[test]
    fn the_golden_table_of_dampack() {
        let rows = table(&[
            ("E", 55_000.0, 5.0),
            ("D", 35_000.0, 4.0),
            ("C", 25_000.0, 3.0),
            ("B", 10_000.0, 2.0),
            ("A", 12_000.0, 1.5),
            ("UC", 5_000.0, 1.0),
        ]);
        assert_eq!(
            words(&rows),
            [
                ("UC", "ND", None),
                ("B", "ND", Some(5_000.0)),
                ("D", "ND", Some(12_500.0)),
                ("E", "ND", Some(20_000.0)),
                ("C", "ED", None),
                ("A", "D", None),
            ]
        );
        assert_eq!((rows[2].inc_cost, rows[2].inc_effect, rows[2].index), (Some(25_000.0), Some(2.0), 1));
        assert_eq!((rows[4].inc_cost, rows[5].inc_effect), (None, None));
    }

    #[test]
    fn one_that_dominates_all_with_equal_effects_does_not_crash() {
        // Issue 37 of dampack.
        let rows = table(&[("x", 163_771.0, 6.48273), ("y", 164_848.7, 6.52861), ("z", 163_765.1, 6.52861)]);
        assert_eq!(words(&rows), [("z", "ND", None), ("x", "D", None), ("y", "D", None)]);
    }

    #[test]
    fn extended_dominance_goes_back_more_than_one_step() {
        // Step ratios: 10, 11, 12, 1. The last strategy removes the others one by one until its own ratio is the
        // largest.
        let rows = table(&[("a", 0.0, 0.0), ("b", 10.0, 1.0), ("c", 21.0, 2.0), ("d", 33.0, 3.0), ("e", 34.0, 4.0)]);
        assert_eq!(
            words(&rows),
            [("a", "ND", None), ("e", "ND", Some(8.5)), ("b", "ED", None), ("c", "ED", None), ("d", "ED", None)]
        );
    }

    #[test]
    fn edges_twins_lines_and_single_strategies() {
        let rows = table(&[("a", 0.0, 0.0), ("twin", 1.0, 1.0), ("b", 1.0, 1.0), ("c", 2.0, 2.0)]);
        assert_eq!(
            words(&rows),
            [("a", "ND", None), ("twin", "ND", Some(1.0)), ("c", "ND", Some(1.0)), ("b", "D", None)]
        );
        assert_eq!(words(&table(&[("a", 1.0, 1.0)])), [("a", "ND", None)]);
        assert_eq!(words(&table(&[("a", -5.0, 1.0), ("b", -5.0, 2.0)])), [("b", "ND", None), ("a", "D", None)]);
        assert!(icers(&["a".into()], &[1.0], &[]).is_err());
        assert!(icers(&[], &[], &[]).is_err());
        assert!(icers(&["a".into()], &[f64::NAN], &[1.0]).is_err());
    }

    #[test]
    fn no_ratio_is_formed_from_a_difference_that_may_be_none() {
        use ndarray::Array2;
        let means = |effects: [f64; 3]| {
            let cost = Array2::from_shape_fn((3, 2), |(_, strategy)| 1000.0 * strategy as f64);
            let effect = Array2::from_shape_fn((3, 2), |(draw, strategy)| effects[draw] * strategy as f64);
            DrawMeans::new(vec!["base".into(), "own".into()], 0, cost, effect).expect("two strategies")
        };
        // Mean 3.4 in both; the half width of the prediction interval of three draws is 4.3 × 1.15 standard deviations.
        let row = |effects| expected_icers(&means(effects)).expect("a table")[1].clone();
        let (sure, unsure) = (row([3.3, 3.4, 3.5]), row([-5.0, 3.4, 11.8]));
        assert!(sure.icer.is_some_and(|ratio| (ratio - 1000.0 / 3.4).abs() < 1e-9) && !sure.unsure);
        assert_eq!((unsure.icer, unsure.unsure), (None, true));
        assert!(unsure.inc_effect.is_some_and(|effect| (effect - 3.4).abs() < 1e-9));
    }
}

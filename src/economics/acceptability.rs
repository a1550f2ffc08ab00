//! Acceptability: the cost-effective strategy by willingness to pay, its probability, and the value of perfect
//! information.
//!
//! Everything is in net monetary benefit, effect × willingness to pay − cost, in euro. Sources: Fenwick, Claxton &
//! Sculpher, Health Economics 10 (2001), pages 779-787 (acceptability frontier); Alarid-Escudero and others, Value in
//! Health 22 (2019), pages 611-618 (expected loss curves).

use ndarray::{Array2, ArrayView2};

use super::icer::{Status, icers};
use super::psa::{DrawMeans, column_means};

/// Curves over willingness to pay (wtp): rows are values of it, columns strategies.
#[derive(Clone, Debug, PartialEq)]
pub struct Acceptability {
    /// Willingness to pay, in euro per QALY.
    pub wtp: Vec<f64>,
    /// Names of the strategies.
    pub strategies: Vec<String>,
    /// Expected net monetary benefit, in euro.
    pub expected_nb: Array2<f64>,
    /// Expected net monetary benefit against the comparator, in euro.
    pub incremental_nb: Array2<f64>,
    /// Probability that the strategy has the largest net benefit (CEAC). Strategies that tie in a draw share its
    /// weight, so that rows sum to 1.
    pub probability: Array2<f64>,
    /// Expected loss, in euro: mean net benefit forgone by choosing this strategy instead of the best one in each draw.
    pub expected_loss: Array2<f64>,
    /// The strategy with the largest *expected* net benefit, which is the optimal choice; the first one if there are
    /// ties.
    pub optimal: Vec<usize>,
    /// Expected value of perfect information, in euro: the expected loss of the optimal strategy.
    pub evpi: Vec<f64>,
    /// Monte Carlo standard error of `evpi`, from the variation of the loss over draws.
    pub evpi_se: Vec<f64>,
}

/// A point of the acceptability frontier (CEAF).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrontierPoint {
    /// Willingness to pay, in euro per QALY.
    pub wtp: f64,
    /// The strategy with the largest expected net benefit.
    pub strategy: usize,
    /// Probability that it is the best one; another strategy may have a higher probability.
    pub probability: f64,
}

/// A willingness to pay at which the optimal strategy changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SwitchPoint {
    /// Willingness to pay, in euro per QALY.
    pub wtp: f64,
    /// Optimal below.
    pub from: usize,
    /// Optimal above.
    pub to: usize,
}

/// Probabilities of one strategy compared with the comparator only, over draws. Ties count for neither side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairwiseProbabilities {
    /// Probability that its net benefit is larger.
    pub net_benefit: f64,
    /// Probability that its effect is larger.
    pub more_effect: f64,
    /// Probability that its cost is smaller.
    pub less_cost: f64,
    /// Probability of both: it dominates.
    pub dominates: f64,
    /// Probability that its effect is smaller and its cost larger: it is dominated.
    pub dominated: f64,
}

/// Curves over a grid of willingness to pay.
///
/// # Errors
/// A grid without values, or with a negative or non-finite value.
pub fn acceptability(means: &DrawMeans, wtp: &[f64]) -> Result<Acceptability, String> {
    check_wtp(wtp)?;
    let strategies = means.strategies().to_vec();
    let shape = (wtp.len(), strategies.len());
    let mut it = Acceptability {
        wtp: wtp.to_vec(),
        strategies,
        expected_nb: Array2::zeros(shape),
        incremental_nb: Array2::zeros(shape),
        probability: Array2::zeros(shape),
        expected_loss: Array2::zeros(shape),
        optimal: Vec::with_capacity(wtp.len()),
        evpi: Vec::with_capacity(wtp.len()),
        evpi_se: Vec::with_capacity(wtp.len()),
    };
    for (row, wtp) in wtp.iter().enumerate() {
        let nb = means.net_benefit(*wtp);
        let expected = column_means(nb.view());
        let optimal = first_largest(&expected);
        let n = nb.nrows() as f64;
        let (mut loss, mut squares) = (0.0, 0.0);
        for draw in nb.outer_iter() {
            let best = draw.iter().fold(f64::NEG_INFINITY, |best, own| own.max(best));
            let ties = draw.iter().filter(|own| **own == best).count() as f64;
            for (strategy, own) in draw.iter().enumerate() {
                it.expected_loss[[row, strategy]] += (best - own) / n;
                if *own == best {
                    it.probability[[row, strategy]] += 1.0 / (n * ties);
                }
            }
            let forgone = best - draw[optimal];
            loss += forgone;
            squares += forgone * forgone;
        }
        for (strategy, nb) in expected.iter().enumerate() {
            it.expected_nb[[row, strategy]] = *nb;
            it.incremental_nb[[row, strategy]] = nb - expected[means.comparator()];
        }
        let evpi = loss / n;
        it.optimal.push(optimal);
        it.evpi.push(evpi);
        it.evpi_se.push(((squares / n - evpi * evpi).max(0.0) / (n - 1.0)).sqrt());
    }
    Ok(it)
}

impl Acceptability {
    /// The acceptability frontier: at each willingness to pay, the probability of the strategy with the largest
    /// expected net benefit.
    pub fn frontier(&self) -> Vec<FrontierPoint> {
        let points = self.wtp.iter().zip(&self.optimal).enumerate();
        points
            .map(|(row, (wtp, strategy))| FrontierPoint {
                wtp: *wtp,
                strategy: *strategy,
                probability: self.probability[[row, *strategy]],
            })
            .collect()
    }
}

/// Where the optimal strategy changes as willingness to pay rises from 0: the ICERs along the frontier of expected
/// values, computed exactly and not on the grid.
///
/// # Errors
/// Expected values that overflow.
pub fn switch_points(means: &DrawMeans) -> Result<Vec<SwitchPoint>, String> {
    let rows = icers(means.strategies(), &means.expected_cost(), &means.expected_effect())?;
    let frontier: Vec<_> = rows.iter().filter(|row| row.status == Status::NonDominated).collect();
    let points = frontier.windows(2).filter_map(|pair| {
        let wtp = pair[1].icer?;
        Some(SwitchPoint { wtp, from: pair[0].index, to: pair[1].index })
    });
    Ok(points.collect())
}

/// Probabilities of a strategy against the comparator at one willingness to pay.
///
/// # Errors
/// An unknown strategy, or a negative or non-finite willingness to pay.
pub fn pairwise_probabilities(means: &DrawMeans, strategy: usize, wtp: f64) -> Result<PairwiseProbabilities, String> {
    check_wtp(&[wtp])?;
    if strategy >= means.strategies().len() {
        return Err(format!("no strategy {strategy}: there are {}", means.strategies().len()));
    }
    let (cost, effect, base) = (means.cost(), means.effect(), means.comparator());
    let pairs: Vec<(f64, f64)> = (0..means.draws())
        .map(|at| (cost[[at, strategy]] - cost[[at, base]], effect[[at, strategy]] - effect[[at, base]]))
        .collect();
    let share = |holds: &dyn Fn(f64, f64) -> bool| {
        pairs.iter().filter(|(cost, effect)| holds(*cost, *effect)).count() as f64 / pairs.len() as f64
    };
    Ok(PairwiseProbabilities {
        net_benefit: share(&|cost, effect| effect * wtp - cost > 0.0),
        more_effect: share(&|_, effect| effect > 0.0),
        less_cost: share(&|cost, _| cost < 0.0),
        dominates: share(&|cost, effect| cost < 0.0 && effect > 0.0),
        dominated: share(&|cost, effect| cost > 0.0 && effect < 0.0),
    })
}

/// Rejects a grid of willingness to pay without values or with invalid ones.
pub(super) fn check_wtp(wtp: &[f64]) -> Result<(), String> {
    if wtp.is_empty() {
        return Err("no willingness to pay; give at least one value".to_owned());
    }
    match wtp.iter().find(|value| !(value.is_finite() && **value >= 0.0)) {
        Some(value) => Err(format!("a willingness to pay of {value}; give a finite number of at least 0")),
        None => Ok(()),
    }
}

/// Index of the largest number, the first one if there are ties.
fn first_largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}

/// Expected value of perfect information of net benefits, draws × strategies: mean of the largest − largest mean.
///
/// The second number is the variance over draws of the advantage of each draw's best strategy over the one with the
/// largest mean.
pub(super) fn perfect_information(nb: ArrayView2<'_, f64>) -> (f64, f64) {
    let n = nb.nrows() as f64;
    let optimal = first_largest(&column_means(nb));
    let (mut sum, mut squares) = (0.0, 0.0);
    for draw in nb.outer_iter() {
        let forgone = draw.iter().fold(f64::NEG_INFINITY, |best, own| own.max(best)) - draw[optimal];
        sum += forgone;
        squares += forgone * forgone;
    }
    let mean = sum / n;
    (mean, (squares / n - mean * mean).max(0.0) * n / (n - 1.0))
}

/// Expected value of perfect information of two strategies whose incremental net benefit is normal: s × (φ(m/s) −
/// |m|/s × Φ(−|m|/s)), the unit normal loss integral. For tests.
#[cfg(test)]
pub(super) fn normal_loss(mean: f64, sd: f64) -> f64 {
    use statrs::distribution::{Continuous, ContinuousCDF, Normal};
    let unit = Normal::standard();
    let z = mean.abs() / sd;
    sd * (unit.pdf(z) - z * unit.cdf(-z))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::lots;

    /// Net benefits in euro, expressed as negative costs with zero effect.
    fn of_nb(nb: Array2<f64>) -> DrawMeans {
        let names = (0..nb.ncols()).map(|at| format!("s{at}")).collect();
        DrawMeans::new(names, 0, -&nb, nb * 0.0).unwrap()
    }

    #[test]
    fn three_draws_by_hand() {
        // At 10: net benefits (−0, 5, 2), (−0, −5, 2), (−0, 15, 2).
        let cost = ndarray::array![[0.0, 5.0, 8.0], [0.0, 5.0, 8.0], [0.0, 5.0, 8.0]];
        let effect = ndarray::array![[0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 2.0, 1.0]];
        let names = ["none", "a", "b"].map(str::to_owned).to_vec();
        let means = DrawMeans::new(names, 0, cost, effect).unwrap();
        let it = acceptability(&means, &[0.0, 10.0]).unwrap();
        assert_eq!(it.optimal, [0, 1]);
        assert_eq!(it.expected_nb.row(1).to_vec(), [0.0, 5.0, 2.0]);
        let thirds = |row: usize| it.probability.row(row).mapv(|p| (p * 3.0).round()).to_vec();
        assert_eq!((thirds(0), thirds(1)), (vec![3.0, 0.0, 0.0], vec![0.0, 2.0, 1.0]));
        // Best in each draw: 5, 2, 15; losses of "a": 0, 7, 0.
        assert!((it.expected_loss[[1, 1]] - 7.0 / 3.0).abs() < 1e-12);
        assert!((it.evpi[1] - 7.0 / 3.0).abs() < 1e-12);
        assert!((it.evpi_se[1] - 7.0 / 3.0).abs() < 1e-12);
        assert_eq!(it.frontier()[1].strategy, 1);
        // Expected effects 0, 1, 1 at costs 0, 5, 8: "b" is dominated and "a" begins at 5.
        assert_eq!(switch_points(&means).unwrap(), [SwitchPoint { wtp: 5.0, from: 0, to: 1 }]);
        let pair = pairwise_probabilities(&means, 1, 10.0).unwrap();
        assert!((pair.net_benefit - 2.0 / 3.0).abs() < 1e-12 && (pair.more_effect - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((pair.less_cost, pair.dominates, pair.dominated), (0.0, 0.0, 0.0));
    }

    #[test]
    fn the_smallest_expected_loss_is_the_value_of_perfect_information_and_probabilities_add_up() {
        let (draws, strategies) = (300, 15);
        let cost = Array2::from_shape_fn((draws, strategies), |(i, s)| 1e4 * lots::normal(5, i, s) + 1e3 * s as f64);
        let effect = Array2::from_shape_fn((draws, strategies), |(i, s)| lots::normal(6, i, s) + 0.05 * s as f64);
        let names = (0..strategies).map(|at| format!("s{at}")).collect();
        let means = DrawMeans::new(names, 3, cost, effect).unwrap();
        let grid: Vec<f64> = (0..=100).map(|at| 1000.0 * f64::from(at)).collect();
        let it = acceptability(&means, &grid).unwrap();
        for (row, wtp) in grid.iter().enumerate() {
            let least = it.expected_loss.row(row).iter().fold(f64::INFINITY, |least, own| own.min(least));
            // Sums of 300 numbers of size 1e5 in two orders of addition.
            assert!((least - it.evpi[row]).abs() < 1e-8);
            assert!((it.expected_loss[[row, it.optimal[row]]] - it.evpi[row]).abs() < 1e-8);
            assert!((it.probability.row(row).sum() - 1.0).abs() < 1e-12);
            assert_eq!(it.incremental_nb[[row, 3]], 0.0);
            let (evpi, variance) = perfect_information(means.net_benefit(*wtp).view());
            assert!((evpi - it.evpi[row]).abs() < 1e-8);
            assert!(((variance / draws as f64).sqrt() - it.evpi_se[row]).abs() < 1e-8);
        }
        // The optimal strategy of the grid changes exactly at the switch points.
        let switches = switch_points(&means).unwrap();
        for (wtp, optimal) in grid.iter().zip(&it.optimal) {
            let last = switches.iter().rfind(|point| point.wtp < *wtp);
            assert_eq!(last.map_or(switches[0].from, |point| point.to), *optimal);
        }
    }

    #[test]
    fn ties_share_the_probability() {
        let it = acceptability(&of_nb(ndarray::array![[1.0, 1.0, 0.0], [2.0, 2.0, 2.0]]), &[1.0]).unwrap();
        for (own, want) in it.probability.iter().zip([5.0 / 12.0, 5.0 / 12.0, 1.0 / 6.0]) {
            assert!((own - want).abs() < 1e-12);
        }
        assert_eq!((it.evpi[0], it.evpi_se[0], it.optimal[0]), (0.0, 0.0, 0));
    }

    #[test]
    fn the_value_of_perfect_information_of_a_normal_net_benefit_is_the_unit_normal_loss() {
        let (n, mean, sd) = (2000, 300.0, 1000.0);
        let nb = Array2::from_shape_fn((n, 2), |(i, s)| s as f64 * (mean + sd * lots::normal(8, i, 0)));
        let it = acceptability(&of_nb(nb), &[0.0]).unwrap();
        // The estimate is a mean of bounded moments, and its standard error is estimated to a few percent: 5.2 instead
        // of 4.9.
        assert!((it.evpi[0] - normal_loss(mean, sd)).abs() < 5.2 * it.evpi_se[0], "{it:?}");
        // Φ(0.3) = 0.6179, binomial.
        assert!((it.probability[[0, 1]] - 0.6179).abs() < 4.9 * (0.6179_f64 * 0.3821 / n as f64).sqrt());
    }

    #[test]
    fn faults_are_told() {
        let means = of_nb(ndarray::array![[0.0, 1.0], [1.0, 0.0]]);
        assert!(acceptability(&means, &[]).is_err());
        assert!(acceptability(&means, &[-1.0]).is_err());
        assert!(acceptability(&means, &[f64::NAN]).is_err());
        assert!(pairwise_probabilities(&means, 2, 1.0).is_err());
    }
}

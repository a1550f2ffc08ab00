//! Threshold prices and effects at which a strategy is just cost-effective, budget impact by payer and year, and
//! tornado diagrams of parameters.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

use super::psa::Parameters;
use super::regression::SplineBasis;
use crate::analysis::pairs::quantile;

/// Maximum number of knots of the curves of a tornado.
const KNOTS: usize = 10;

/// The price of a component at which a strategy is just cost-effective.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThresholdPrice {
    /// The price at which expected incremental net benefit is 0, in euro per unit; negative if it is not cost-effective
    /// even for free.
    pub price: f64,
    /// Monte Carlo standard error of the price, by the delta method for a ratio of means.
    pub se: f64,
    /// Whether the strategy is cost-effective below that price (it uses more units than the comparator) or above it.
    pub worth_below: bool,
}

/// A level of effect at which incremental net benefit crosses 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// The level, by linear interpolation between two scenarios.
    pub level: f64,
    /// Whether net benefit rises with the level there.
    pub rising: bool,
}

/// Budget impact (*budgetimpact*): costs of a strategy minus those of the comparator, undiscounted, in euro.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetImpact {
    /// Calendar years.
    pub years: Vec<i32>,
    /// Who pays.
    pub payers: Vec<String>,
    /// Differences: years × payers.
    pub difference: Array2<f64>,
    /// Sum over payers of each year.
    pub by_year: Vec<f64>,
    /// Sum over payers up to and including each year.
    pub cumulative: Vec<f64>,
    /// Sum over years of each payer.
    pub by_payer: Vec<f64>,
}

/// A bar of a tornado.
#[derive(Clone, Debug, PartialEq)]
pub struct TornadoBar {
    /// The parameter.
    pub param: String,
    /// Its low quantile.
    pub low: f64,
    /// Its high quantile.
    pub high: f64,
    /// Expected outcome at the low quantile, with the other parameters varying.
    pub out_low: f64,
    /// Expected outcome at the high quantile.
    pub out_high: f64,
}

/// The price at which expected incremental net benefit is 0, all else equal. Net benefit is linear in a price: INB(p) =
/// INB(`price`) − units × (p − `price`).
///
/// `inb` is incremental net benefit by draw in euro, at the present price; `units` is the number of units that the
/// strategy uses in excess of the comparator in that draw.
///
/// # Errors
/// Lists of different lengths or of fewer than two draws, non-finite numbers, and a mean use of 0 units.
pub fn threshold_price(inb: &[f64], units: &[f64], price: f64) -> Result<ThresholdPrice, String> {
    check_draws(inb, units, price)?;
    let n = inb.len() as f64;
    let (benefit, use_of) = (inb.iter().sum::<f64>() / n, units.iter().sum::<f64>() / n);
    let room = benefit / use_of;
    if !room.is_finite() {
        return Err("the strategy uses as many units as the comparator; no price makes a difference".to_owned());
    }
    let square: f64 = inb.iter().zip(units).map(|(inb, units)| (inb - room * units) * (inb - room * units)).sum();
    Ok(ThresholdPrice {
        price: price + room,
        se: (square / (n - 1.0) / n).sqrt() / use_of.abs(),
        worth_below: use_of > 0.0,
    })
}

/// Fraction of draws in which incremental net benefit is above 0 at another price; arguments as [`threshold_price`].
///
/// # Errors
/// As [`threshold_price`], except that a mean use of 0 units is allowed.
pub fn probability_at_price(inb: &[f64], units: &[f64], price: f64, other: f64) -> Result<f64, String> {
    check_draws(inb, units, price)?;
    if !other.is_finite() {
        return Err("the price is not a finite number".to_owned());
    }
    let above = inb.iter().zip(units).filter(|(inb, units)| **inb - **units * (other - price) > 0.0).count();
    Ok(above as f64 / inb.len() as f64)
}

fn check_draws(inb: &[f64], units: &[f64], price: f64) -> Result<(), String> {
    if inb.len() != units.len() || inb.len() < 2 {
        return Err(format!("{} net benefits and {} uses; give the same, at least two", inb.len(), units.len()));
    }
    if !price.is_finite() || !inb.iter().chain(units).all(|value| value.is_finite()) {
        return Err("a net benefit, use or price is not a finite number".to_owned());
    }
    Ok(())
}

/// Levels of effect at which incremental net benefit crosses 0, by linear interpolation between scenarios, ascending.
///
/// `scenarios` are pairs of a level (a risk ratio, a coverage) and the expected incremental net benefit in euro. There
/// may be no crossing. If there are several, the relation is not monotone, or there were too few replicates. A segment
/// that is 0 throughout gives both ends.
///
/// # Errors
/// Fewer than two scenarios, non-finite numbers, and a level that occurs twice.
pub fn threshold_effect(scenarios: &[(f64, f64)]) -> Result<Vec<Crossing>, String> {
    if scenarios.len() < 2 {
        return Err(format!("{} scenarios; give at least two", scenarios.len()));
    }
    if !scenarios.iter().all(|(level, inb)| level.is_finite() && inb.is_finite()) {
        return Err("a level or net benefit is not a finite number".to_owned());
    }
    let mut sorted = scenarios.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(format!("the level {} is given twice", pair[0].0));
    }
    let mut crossings = Vec::new();
    for (at, (level, inb)) in sorted.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| sorted[before]);
        if *inb == 0.0 {
            let next = sorted.get(at + 1).map_or(0.0, |next| next.1);
            let rising = next > before.map_or(0.0, |before| before.1);
            crossings.push(Crossing { level: *level, rising });
        } else if let Some((level_before, inb_before)) = before
            && (inb_before < 0.0) != (*inb < 0.0)
            && inb_before != 0.0
        {
            let share = inb_before / (inb_before - inb);
            crossings.push(Crossing { level: level_before + share * (level - level_before), rising: *inb > 0.0 });
        }
    }
    Ok(crossings)
}

/// The budget impact of a strategy relative to the comparator, from costs by year and payer in euro (years × payers),
/// undiscounted.
///
/// # Errors
/// Shapes that do not match the years and payers, and non-finite costs.
pub fn budget_impact(
    years: &[i32],
    payers: &[String],
    strategy: ArrayView2<'_, f64>,
    comparator: ArrayView2<'_, f64>,
) -> Result<BudgetImpact, String> {
    let shape = (years.len(), payers.len());
    if strategy.dim() != shape || comparator.dim() != shape {
        return Err(format!(
            "{} years and {} payers, but costs of shape {:?} and {:?}; give years × payers",
            shape.0,
            shape.1,
            strategy.dim(),
            comparator.dim()
        ));
    }
    let difference = &strategy - &comparator;
    if !difference.iter().all(|value| value.is_finite()) {
        return Err("a cost is not a finite number".to_owned());
    }
    let by_year = difference.sum_axis(Axis(1)).to_vec();
    let mut sum = 0.0;
    let cumulative = by_year.iter().map(|own| {
        sum += own;
        sum
    });
    Ok(BudgetImpact {
        years: years.to_vec(),
        payers: payers.to_vec(),
        cumulative: cumulative.collect(),
        by_payer: difference.sum_axis(Axis(0)).to_vec(),
        by_year,
        difference,
    })
}

/// Discount factors (*disconteervoeten*) of a number of years: (1 + rate)^−t, with t from 0, or from 1 if the first
/// year is discounted.
///
/// # Errors
/// A rate (per year, 0.03 for 3 %) that is not finite or not above −1.
pub fn discount_factors(rate: f64, years: usize, first_year_discounted: bool) -> Result<Vec<f64>, String> {
    if !(rate.is_finite() && rate > -1.0) {
        return Err(format!("a discount rate of {rate} per year; give a finite number above -1"));
    }
    let from = usize::from(first_year_discounted);
    Ok((from..from + years).map(|year| libm::pow(1.0 + rate, -(year as f64))).collect())
}

/// A tornado from a probabilistic sensitivity analysis: for each parameter, the expected outcome at two of its
/// quantiles (for example 0.05 and 0.95), by a spline through the draws. The longest bar comes first; a constant
/// parameter has a bar of length 0.
///
/// # Errors
/// Different numbers of draws or fewer than eight, a non-finite outcome, and quantiles that are not increasing within 0
/// to 1.
pub fn tornado(
    parameters: &Parameters,
    outcome: ArrayView1<'_, f64>,
    low: f64,
    high: f64,
) -> Result<Vec<TornadoBar>, String> {
    let n = outcome.len();
    if parameters.values().nrows() != n || n < 8 {
        let rows = parameters.values().nrows();
        return Err(format!("{rows} draws of parameters and {n} of outcomes; give the same, at least eight"));
    }
    if !outcome.iter().all(|value| value.is_finite()) {
        return Err("an outcome is not a finite number".to_owned());
    }
    if !(0.0 <= low && low < high && high <= 1.0) {
        return Err(format!("quantiles {low} and {high}; give two that rise within 0 to 1"));
    }
    let mean = outcome.sum() / n as f64;
    let mut bars = Vec::with_capacity(parameters.names().len());
    for (name, values) in parameters.names().iter().zip(parameters.values().columns()) {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let spline = SplineBasis::new(values, KNOTS);
        let fit = spline.fit(outcome).ok_or_else(|| format!("the outcome could not be regressed on `{name}`"))?;
        let (low, high) = (quantile(&sorted, low), quantile(&sorted, high));
        bars.push(TornadoBar {
            param: name.clone(),
            low,
            high,
            out_low: spline.at(&fit, mean, low),
            out_high: spline.at(&fit, mean, high),
        });
    }
    bars.sort_by(|a, b| (b.out_high - b.out_low).abs().total_cmp(&(a.out_high - a.out_low).abs()));
    Ok(bars)
}

#[cfg(test)]
mod tests {
    use super::super::lots;
    use super::*;

    #[test]
    fn a_threshold_price_by_hand() {
        // Mean net benefit 30 at 100 euro, 1.5 more units: the price may rise by 20 euro.
        let it = threshold_price(&[20.0, 40.0], &[1.0, 2.0], 100.0).unwrap();
        assert_eq!((it.price, it.se, it.worth_below), (120.0, 0.0, true));
        let fewer = threshold_price(&[20.0, 40.0], &[-1.0, -2.0], 100.0).unwrap();
        assert_eq!((fewer.price, fewer.worth_below), (80.0, false));
        // Residuals about 20 per unit: −5 and 5, variance 50, over √2 draws and a use of 1.
        let it = threshold_price(&[15.0, 25.0], &[1.0, 1.0], 0.0).unwrap();
        assert_eq!((it.price, it.se), (20.0, 5.0));
        assert_eq!(probability_at_price(&[15.0, 25.0], &[1.0, 1.0], 0.0, 20.0).unwrap(), 0.5);
        assert_eq!(probability_at_price(&[15.0, 25.0], &[1.0, 1.0], 0.0, 14.0).unwrap(), 1.0);
        assert!(threshold_price(&[1.0, 2.0], &[1.0, -1.0], 0.0).unwrap_err().contains("no price"));
        assert!(threshold_price(&[0.0, 0.0], &[0.0, 0.0], 0.0).is_err());
        assert!(threshold_price(&[1.0], &[1.0], 0.0).is_err());
        assert!(probability_at_price(&[1.0, 2.0], &[1.0, 1.0], 0.0, f64::NAN).is_err());
    }

    #[test]
    fn net_benefit_passes_through_nothing_between_scenarios() {
        let one = threshold_effect(&[(1.0, -40.0), (0.5, 60.0), (0.75, 10.0)]).unwrap();
        assert_eq!(one, [Crossing { level: 0.8, rising: false }]);
        assert_eq!(threshold_effect(&[(0.0, 1.0), (1.0, 2.0)]).unwrap(), []);
        let at = |level, rising| Crossing { level, rising };
        assert_eq!(
            threshold_effect(&[(0.0, -1.0), (1.0, 0.0), (2.0, 1.0), (3.0, -1.0)]).unwrap(),
            [at(1.0, true), at(2.5, false)]
        );
        assert_eq!(threshold_effect(&[(0.0, 0.0), (1.0, -2.0)]).unwrap(), [at(0.0, false)]);
        assert!(threshold_effect(&[(0.0, 1.0)]).is_err());
        assert!(threshold_effect(&[(0.0, 1.0), (0.0, 2.0)]).unwrap_err().contains("twice"));
        assert!(threshold_effect(&[(0.0, 1.0), (f64::NAN, 2.0)]).is_err());
    }

    #[test]
    fn a_budget_adds_up_over_years_and_payers() {
        let payers = ["municipality", "insurer"].map(str::to_owned);
        let strategy = ndarray::array![[10.0, 5.0], [20.0, 5.0], [0.0, 5.0]];
        let comparator = ndarray::array![[0.0, 6.0], [5.0, 8.0], [5.0, 9.0]];
        let it = budget_impact(&[2008, 2009, 2010], &payers, strategy.view(), comparator.view()).unwrap();
        assert_eq!(it.difference, ndarray::array![[10.0, -1.0], [15.0, -3.0], [-5.0, -4.0]]);
        assert_eq!(it.by_year, [9.0, 12.0, -9.0]);
        assert_eq!(it.cumulative, [9.0, 21.0, 12.0]);
        assert_eq!(it.by_payer, [20.0, -8.0]);
        assert!(budget_impact(&[2008], &payers, strategy.view(), comparator.view()).is_err());
    }

    #[test]
    fn discount_factors_with_and_without_the_first_year() {
        let close = |own: Vec<f64>, want: &[f64]| {
            assert_eq!(own.len(), want.len());
            assert!(own.iter().zip(want).all(|(own, want)| (own - want).abs() < 1e-12));
        };
        close(discount_factors(0.25, 3, false).unwrap(), &[1.0, 0.8, 0.64]);
        close(discount_factors(0.25, 2, true).unwrap(), &[0.8, 0.64]);
        close(discount_factors(0.0, 2, true).unwrap(), &[1.0, 1.0]);
        assert!(discount_factors(-1.0, 2, false).is_err());
        assert!(discount_factors(f64::NAN, 2, false).is_err());
    }

    #[test]
    fn the_longest_bar_comes_first_and_has_the_slope_of_the_model() {
        let n = 600;
        let names = ["weak", "strong", "none", "still"].map(str::to_owned).to_vec();
        let values = Array2::from_shape_fn((n, 4), |(i, j)| if j == 3 { 7.0 } else { lots::uniform(61, i, j) });
        let parameters = Parameters::new(names, values.clone()).unwrap();
        let (weak, strong, sd) = (30.0, -100.0, 10.0);
        let outcome =
            (0..n).map(|i| 50.0 + weak * values[[i, 0]] + strong * values[[i, 1]] + sd * lots::normal(62, i, 0));
        let bars = tornado(&parameters, outcome.collect::<ndarray::Array1<f64>>().view(), 0.05, 0.95).unwrap();
        let order: Vec<&str> = bars.iter().map(|bar| bar.param.as_str()).collect();
        assert_eq!(order, ["strong", "weak", "none", "still"]);
        // A slope over ± 0.45 of a uniform distribution (sd 1/√12): error of the bar 0.9 √12 × residual sd / √n = 0.127
        // of it. A curve with more freedom than a line has a larger error at its ends: double.
        for (bar, slope, rest) in [(&bars[0], strong, 13.2), (&bars[1], weak, 30.5)] {
            assert!((bar.low - 0.05).abs() < 0.05 && (bar.high - 0.95).abs() < 0.05);
            let want = slope * (bar.high - bar.low);
            assert!((bar.out_high - bar.out_low - want).abs() < 4.9 * 2.0 * 0.127 * rest, "{bar:?}");
        }
        assert_eq!((bars[3].low, bars[3].high), (7.0, 7.0));
        assert!((bars[3].out_high - bars[3].out_low).abs() < 1e-9);
        let few = ndarray::Array1::zeros(5);
        assert!(tornado(&parameters, few.view(), 0.05, 0.95).is_err());
        assert!(tornado(&parameters, ndarray::Array1::zeros(n).view(), 0.95, 0.05).is_err());
    }
}

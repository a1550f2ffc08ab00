//! Threshold prices at which a strategy is just cost-effective, and tornado diagrams of parameters.

use ndarray::ArrayView1;

use super::psa::Parameters;
use crate::stats::pairs::quantile;
use crate::stats::regression::SplineBasis;

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

fn check_draws(inb: &[f64], units: &[f64], price: f64) -> Result<(), String> {
    if inb.len() != units.len() || inb.len() < 2 {
        return Err(format!("{} net benefits and {} uses; give the same, at least two", inb.len(), units.len()));
    }
    if !price.is_finite() || !inb.iter().chain(units).all(|value| value.is_finite()) {
        return Err("a net benefit, use or price is not a finite number".to_owned());
    }
    Ok(())
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
    use super::*;
    use crate::stats::lots;

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
        assert!(threshold_price(&[1.0, 2.0], &[1.0, -1.0], 0.0).unwrap_err().contains("no price"));
        assert!(threshold_price(&[0.0, 0.0], &[0.0, 0.0], 0.0).is_err());
        assert!(threshold_price(&[1.0], &[1.0], 0.0).is_err());
    }

    #[test]
    fn the_longest_bar_comes_first_and_has_the_slope_of_the_model() {
        let n = 600;
        let names = ["weak", "strong", "none", "still"].map(str::to_owned).to_vec();
        let values =
            ndarray::Array2::from_shape_fn((n, 4), |(i, j)| if j == 3 { 7.0 } else { lots::uniform(61, i, j) });
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

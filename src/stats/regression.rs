//! Penalised least squares: smooth curves through noisy draws, with the smoothing parameter chosen by restricted
//! maximum likelihood (REML).
//!
//! ŷ = X (XᵀX + λS)⁻¹ Xᵀ y. The penalty corresponds to a normal distribution of the penalised coefficients, with λ the
//! ratio of the two variances. REML maximises the likelihood over λ, with unpenalised coefficients integrated out.
//! Source: Wood, Generalized Additive Models, 2nd edition 2017, sections 4.2 and 6.2.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::linear::{Cholesky, CubicSpline};
use super::pairs::quantile;

/// A ridge penalty on all coefficients, as a fraction of the mean diagonal of XᵀX, for collinear columns.
const RIDGE: f64 = 1e-10;

/// Columns of a regression with their penalty. Constants must be in its null space.
#[derive(Clone, Debug)]
pub(crate) struct Basis {
    x: Array2<f64>,
    penalty: Array2<f64>,
    /// Rank of the penalty.
    rank: usize,
    gram: Array2<f64>,
}

/// A fitted regression.
#[derive(Clone, Debug)]
pub(crate) struct RegressionFit {
    /// Coefficients of the columns.
    pub(crate) coefficients: Array1<f64>,
    /// Fitted values.
    pub(crate) fitted: Array1<f64>,
    /// Effective degrees of freedom, the trace of the smoother.
    pub(crate) freedom: f64,
    factor: Cholesky,
}

/// Range to search for the logarithm of λ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) step: f64,
}

/// One λ tried: the criterion (smaller is better), the coefficients and the factor of XᵀX + λS.
type PenaltyTrial = (f64, Array1<f64>, Cholesky);

impl Basis {
    /// Combines columns and a square penalty of the same dimension, with its rank.
    pub(crate) fn new(x: Array2<f64>, penalty: Array2<f64>, rank: usize) -> Basis {
        let gram = x.t().dot(&x);
        Basis { x, penalty, rank, gram }
    }

    /// The widest range of λ: from practically no smoothing to nothing left but the unpenalised columns.
    pub(crate) fn anywhere(&self) -> Search {
        let (gram, penalty) = (self.gram.diag().sum(), self.penalty.diag().sum());
        let middle = if gram > 0.0 && penalty > 0.0 { libm::log(gram / penalty) } else { 0.0 };
        Search { from: middle - 16.0, to: middle + 18.0, step: 2.0 }
    }

    /// The criterion, the coefficients and the factor at one λ, for a centred response given by Xᵀy and yᵀy.
    fn trial(&self, log_lambda: f64, right: &Array1<f64>, square: f64) -> Option<PenaltyTrial> {
        let p = self.gram.nrows();
        let mut a = self.gram.clone();
        a.scaled_add(libm::exp(log_lambda), &self.penalty);
        let ridge = RIDGE * self.gram.diag().sum() / p as f64;
        a.diag_mut().mapv_inplace(|value| value + ridge);
        let factor = Cholesky::of(a)?;
        let coefficients = factor.solve_vector(right.view());
        let freedom = self.x.nrows() as f64 - (p - self.rank) as f64;
        // Residual sum of squares plus penalty; the floor represents rounding if the fit is perfect.
        let left = (square - coefficients.dot(right)).max(1e-13 * square);
        let criterion = freedom * libm::log(left / freedom) + factor.log_determinant() - self.rank as f64 * log_lambda;
        criterion.is_finite().then_some((criterion, coefficients, factor))
    }

    /// Fits a response vector; `None` if there are no more rows than unpenalised columns, or nothing can be solved.
    pub(crate) fn fit(&self, y: ArrayView1<'_, f64>, search: Search) -> Option<RegressionFit> {
        let (n, p) = self.x.dim();
        if n != y.len() || n <= p - self.rank {
            return None;
        }
        let mean = y.sum() / n as f64;
        let centred = y.mapv(|value| value - mean);
        let (right, square) = (self.x.t().dot(&centred), centred.dot(&centred));
        let best = if self.rank == 0 || square <= 0.0 {
            // Nothing to choose; without any variation every λ fits, and the criterion is undefined.
            (search.to, self.trial(search.to, &right, square.max(f64::MIN_POSITIVE))?)
        } else {
            self.best(search, &right, square)?
        };
        let (log_lambda, (_, coefficients, factor)) = best;
        let fitted = self.x.dot(&coefficients) + mean;
        let penalised =
            if self.rank == 0 { 0.0 } else { libm::exp(log_lambda) * factor.solve(self.penalty.view()).diag().sum() };
        Some(RegressionFit { coefficients, fitted, freedom: p as f64 - penalised, factor })
    }

    /// The criterion of a λ, for tests.
    #[cfg(test)]
    pub(crate) fn criterion(&self, y: &Array1<f64>, log_lambda: f64) -> f64 {
        self.trial(log_lambda, &self.x.t().dot(y), y.dot(y)).map_or(f64::NAN, |trial| trial.0)
    }

    /// The optimal λ: a grid, then golden-section search around its best point.
    fn best(&self, search: Search, right: &Array1<f64>, square: f64) -> Option<(f64, PenaltyTrial)> {
        let mut best: Option<(f64, PenaltyTrial)> = None;
        let mut keep = |at: f64| {
            let trial = self.trial(at, right, square);
            let value = trial.as_ref().map_or(f64::INFINITY, |trial| trial.0);
            if let Some(trial) = trial
                && best.as_ref().is_none_or(|(_, least)| trial.0 < least.0)
            {
                best = Some((at, trial));
            }
            value
        };
        let steps = ((search.to - search.from) / search.step).ceil() as usize;
        let (mut place, mut least) = (search.from, f64::INFINITY);
        for at in (0..=steps).map(|step| search.from + search.step * step as f64) {
            let value = keep(at);
            if value < least {
                (place, least) = (at, value);
            }
        }
        let golden = 0.618_033_988_749_894_9;
        let (mut low, mut high) = (place - search.step, place + search.step);
        let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
        let (mut at_left, mut at_right) = (keep(left), keep(right));
        while high - low > 0.1 {
            if at_left <= at_right {
                (high, right, at_right) = (right, left, at_left);
                left = high - golden * (high - low);
                at_left = keep(left);
            } else {
                (low, left, at_left) = (left, right, at_right);
                right = low + golden * (high - low);
                at_right = keep(right);
            }
        }
        best
    }

    /// Smooths other response vectors, one per column, with the λ of a fit.
    pub(crate) fn smooth(&self, fit: &RegressionFit, y: ArrayView2<'_, f64>) -> Array2<f64> {
        self.x.dot(&fit.factor.solve(self.x.t().dot(&y).view()))
    }
}

/// A penalised cubic regression spline of one parameter.
#[derive(Clone, Debug)]
pub(crate) struct SplineBasis {
    /// Columns and penalty.
    pub(crate) basis: Basis,
    /// `None` if the parameter has only one or two values: a constant or a straight line.
    spline: Option<CubicSpline>,
    centre: f64,
    scale: f64,
    line: bool,
}

impl SplineBasis {
    /// A spline with at most this many knots, at quantiles of the distinct values; fewer with few draws or values.
    pub(crate) fn new(values: ArrayView1<'_, f64>, knots: usize) -> SplineBasis {
        let n = values.len();
        let centre = values.sum() / n as f64;
        let scale = (values.iter().map(|value| (value - centre) * (value - centre)).sum::<f64>() / n as f64).sqrt();
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let z: Vec<f64> = values.iter().map(|value| (value - centre) / scale).collect();
        let mut distinct = z.clone();
        distinct.sort_by(f64::total_cmp);
        // Values that differ only by rounding count as one.
        distinct.dedup_by(|later, earlier| *later - *earlier <= 1e-9);
        let k = knots.min(distinct.len()).min((n / 4).max(3));
        let line = distinct.len() > 1;
        let places = (0..k).map(|at| quantile(&distinct, at as f64 / (k.max(2) - 1) as f64)).collect();
        let spline = if k >= 3 { CubicSpline::new(places) } else { None };
        let basis = match &spline {
            Some(spline) => Basis::new(spline.rows(&z), spline.penalty.clone(), k - 2),
            None => {
                let columns = 1 + usize::from(line);
                let x = Array2::from_shape_fn((n, columns), |(row, column)| if column == 0 { 1.0 } else { z[row] });
                Basis::new(x, Array2::zeros((columns, columns)), 0)
            }
        };
        SplineBasis { basis, spline, centre, scale, line }
    }

    /// The fit; `None` as [`Basis::fit`].
    pub(crate) fn fit(&self, y: ArrayView1<'_, f64>) -> Option<RegressionFit> {
        self.basis.fit(y, self.basis.anywhere())
    }

    /// The fitted curve at a value of the parameter; `mean` is the mean of the response.
    pub(crate) fn at(&self, fit: &RegressionFit, mean: f64, value: f64) -> f64 {
        let z = (value - self.centre) / self.scale;
        mean + match &self.spline {
            Some(spline) => spline.row(z).dot(&fit.coefficients),
            None if self.line => fit.coefficients[0] + fit.coefficients[1] * z,
            None => fit.coefficients[0],
        }
    }
}

/// Columns minus their mean, divided by their standard deviation; constant columns are left out.
pub(crate) fn standardised(values: ArrayView2<'_, f64>) -> Array2<f64> {
    let n = values.nrows() as f64;
    let mut kept: Vec<Array1<f64>> = Vec::new();
    for column in values.columns() {
        let mean = column.sum() / n;
        let centred = column.mapv(|value| value - mean);
        let sd = (centred.dot(&centred) / n).sqrt();
        if sd > 1e-12 * mean.abs() {
            kept.push(centred / sd);
        }
    }
    let mut all = Array2::zeros((values.nrows(), kept.len()));
    for (mut to, column) in all.axis_iter_mut(Axis(1)).zip(&kept) {
        to.assign(column);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::lots;

    fn x(n: usize) -> Array1<f64> {
        (0..n).map(|at| lots::normal(21, at, 0)).collect()
    }

    fn mean(y: &Array1<f64>) -> f64 {
        y.sum() / y.len() as f64
    }

    #[test]
    fn a_straight_line_without_noise_is_found_with_two_degrees_of_freedom() {
        let x = x(200);
        let y = x.mapv(|x| 3.0 - 2.0 * x);
        let spline = SplineBasis::new(x.view(), 10);
        let fit = spline.fit(y.view()).unwrap();
        assert!((&fit.fitted - &y).iter().all(|rest| rest.abs() < 1e-5));
        for at in [-5.0, 0.0, 0.3, 4.0] {
            assert!((spline.at(&fit, mean(&y), at) - (3.0 - 2.0 * at)).abs() < 1e-4);
        }
        let noisy = Array1::from_shape_fn(200, |at| y[at] + lots::normal(22, at, 0));
        let fit = spline.fit(noisy.view()).unwrap();
        // An F statistic at 1e-6 could make it wigglier; these random numbers do not.
        assert!(fit.freedom > 1.999 && fit.freedom < 5.0, "{}", fit.freedom);
    }

    #[test]
    fn a_curve_is_found_within_the_error_that_its_freedom_leaves() {
        let (n, sd) = (500, 0.3);
        let x = x(n);
        let truth = x.mapv(|x| (2.0 * x).sin());
        let y = Array1::from_shape_fn(n, |at| truth[at] + sd * lots::normal(22, at, 0));
        let fit = SplineBasis::new(x.view(), 14).fit(y.view()).unwrap();
        let error = (&fit.fitted - &truth).mapv(|rest| rest * rest).sum();
        // At most a chi square with the 14 columns as degrees of freedom (1e-6: 56) times the variance, and as much
        // again for bias.
        assert!(error < 2.0 * 56.0 * sd * sd, "{error}");
        assert!(fit.freedom > 6.0 && fit.freedom < 14.0, "{}", fit.freedom);
    }

    #[test]
    fn smoothing_again_with_the_same_smoother_gives_the_same_curve() {
        let x = x(100);
        let y = Array1::from_shape_fn(100, |at| 100.0 + x[at] * x[at] + lots::normal(22, at, 0));
        let spline = SplineBasis::new(x.view(), 8);
        let fit = spline.fit(y.view()).unwrap();
        let again = spline.basis.smooth(&fit, y.view().insert_axis(Axis(1)));
        assert!((again.column(0).to_owned() - &fit.fitted).iter().all(|rest| rest.abs() < 1e-6));
    }

    #[test]
    fn parameters_of_one_and_of_two_values_give_means() {
        let two = Array1::from_shape_fn(10, |at| f64::from(u8::from(at >= 6)));
        let y = Array1::from_shape_fn(10, |at| at as f64);
        let spline = SplineBasis::new(two.view(), 10);
        let fit = spline.fit(y.view()).unwrap();
        assert!((fit.fitted[0] - 2.5).abs() < 1e-6 && (fit.fitted[9] - 7.5).abs() < 1e-6);
        assert!((spline.at(&fit, 4.5, 0.5) - 5.0).abs() < 1e-6);
        let one = Array1::from_elem(10, 3.0);
        let fit = SplineBasis::new(one.view(), 10).fit(y.view()).unwrap();
        assert!((&fit.fitted - 4.5).iter().all(|rest| rest.abs() < 1e-9));
        let still = SplineBasis::new(x(10).view(), 10).fit(Array1::from_elem(10, 7.0).view()).unwrap();
        assert!(still.fitted.iter().all(|value| (value - 7.0).abs() < 1e-12));
    }

    #[test]
    fn columns_that_do_not_vary_are_left_out() {
        let z = standardised(ndarray::array![[1.0, 5.0], [3.0, 5.0]].view());
        assert_eq!(z, ndarray::array![[-1.0], [1.0]]);
    }
}

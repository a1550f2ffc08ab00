//! Gaussian process regression on a group of parameters: a linear part, a smooth deviation from it, and noise (nugget).
//!
//! Length scales and nugget maximise the restricted likelihood on a subset of the draws. The deviation is then
//! represented by a subset of draws (inducing points; exact when it contains all draws), and the nugget is chosen again
//! on all draws. Sources: Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, sections 2.7, 5.4 and
//! 8.3; Strong, Oakley & Brennan, Medical Decision Making 34 (2014), pages 311-326, for the use here.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, concatenate};

use super::linear::{Cholesky, part};
use super::lots;
use super::regression::{Basis, Search};

/// Correlation of the deviation at two points, by their distance r in length scales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernel {
    /// Matérn with smoothness 5/2: (1 + √5 r + 5r²/3) exp(−√5 r). Twice differentiable.
    #[default]
    Matern52,
    /// Squared exponential: exp(−r²/2). Infinitely smooth.
    SquaredExponential,
}

/// A Gaussian process regression. The defaults suit a few hundred to 2000 draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GaussianProcess {
    /// The kernel.
    pub kernel: Kernel,
    /// Whether each parameter has its own length scale (automatic relevance determination) or all share one.
    pub own_scales: bool,
    /// Number of draws, chosen at random, used to estimate length scales; all draws if there are fewer.
    pub likelihood_points: usize,
    /// Number of draws, chosen at random, used as inducing points; all draws if there are fewer, and then the process
    /// is exact.
    pub inducing_points: usize,
}

impl Default for GaussianProcess {
    fn default() -> GaussianProcess {
        GaussianProcess { kernel: Kernel::Matern52, own_scales: false, likelihood_points: 300, inducing_points: 300 }
    }
}

/// Standardised parameters and the choice of subsets, shared by all regressions on them.
pub(crate) struct Prepared<'a> {
    settings: &'a GaussianProcess,
    z: Array2<f64>,
    /// A constant and, with enough draws, the parameters themselves.
    linear: Array2<f64>,
    order: Vec<usize>,
}

/// Logarithms of length scales (one, or one per parameter), then the logit of the nugget's share of the variance.
type Hyper = Vec<f64>;

/// Limit of the logit: shares of the nugget between 1e-5 and 1 − 1e-5.
const LOGIT: f64 = 11.5;

impl<'a> Prepared<'a> {
    /// Prepares regressions on standardised parameters, draws × parameters.
    pub(crate) fn new(settings: &'a GaussianProcess, z: Array2<f64>) -> Prepared<'a> {
        let (n, d) = z.dim();
        let one = Array2::ones((n, 1));
        // At least four draws of the subset per slope; otherwise the deviation has to represent the slopes too.
        let slopes = 4 * (d + 1) <= settings.likelihood_points.min(n);
        let linear = if slopes { concatenate(Axis(1), &[one.view(), z.view()]).unwrap_or(one) } else { one };
        Prepared { settings, z, linear, order: lots::order(0x6a05, n) }
    }

    fn some(&self, most: usize) -> Vec<usize> {
        let mut rows: Vec<usize> = self.order.iter().copied().take(most.max(1)).collect();
        rows.sort_unstable();
        rows
    }

    /// Columns for one response vector, and the range to search for its λ; `None` if nothing can be solved.
    pub(crate) fn basis(&self, y: ArrayView1<'_, f64>) -> Option<(Basis, Search)> {
        let hyper = self.likeliest(y)?;
        let (scales, logit) = hyper.split_at(hyper.len() - 1);
        let scaled = &self.z * &self.inverse_scales(scales);
        let points = scaled.select(Axis(0), &self.some(self.settings.inducing_points));
        let mut own = self.kernel(points.view(), points.view());
        own.diag_mut().mapv_inplace(|value| value + 1e-8);
        let factor = Cholesky::of(own)?;
        let features = factor.forward(self.kernel(points.view(), scaled.view()).view());
        let x = concatenate(Axis(1), &[self.linear.view(), features.t()]).ok()?;
        let (plain, all) = (self.linear.ncols(), x.ncols());
        let mut penalty = Array2::zeros((all, all));
        penalty.diag_mut().iter_mut().skip(plain).for_each(|value| *value = 1.0);
        let search = Search { from: logit[0] - 2.0, to: logit[0] + 2.0, step: 1.0 };
        Some((Basis::new(x, penalty, all - plain), search))
    }

    fn inverse_scales(&self, logs: &[f64]) -> Array1<f64> {
        (0..self.z.ncols()).map(|at| libm::exp(-logs[at.min(logs.len() - 1)])).collect()
    }

    /// Kernel between rows of two matrices of scaled parameters.
    fn kernel(&self, a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
        let norms = |m: &ArrayView2<'_, f64>| m.outer_iter().map(|row| row.dot(&row)).collect::<Array1<f64>>();
        let mut k = a.dot(&b.t());
        let (a, b) = (norms(&a), norms(&b));
        for (mut row, own) in k.outer_iter_mut().zip(&a) {
            for (value, other) in row.iter_mut().zip(&b) {
                let square = (own + other - 2.0 * *value).max(0.0);
                *value = match self.settings.kernel {
                    Kernel::Matern52 => {
                        let r = (5.0 * square).sqrt();
                        (1.0 + r + r * r / 3.0) * libm::exp(-r)
                    }
                    Kernel::SquaredExponential => libm::exp(-0.5 * square),
                };
            }
        }
        k
    }

    /// Hyperparameters that maximise the restricted likelihood, by pattern search from the best of nine starts.
    fn likeliest(&self, y: ArrayView1<'_, f64>) -> Option<Hyper> {
        let rows = self.some(self.settings.likelihood_points);
        let z = self.z.select(Axis(0), &rows);
        let linear = self.linear.select(Axis(0), &rows);
        let mean = y.sum() / y.len() as f64;
        let y = rows.iter().map(|row| y[*row] - mean).collect::<Array1<f64>>();
        // Standardised points are about √d apart: the scale is searched around that.
        let middle = 0.5 * libm::log(self.z.ncols().max(1) as f64);
        let bounds = (middle - 2.3, middle + 3.4);
        let value = |hyper: &Hyper| self.deviance(hyper, &z, &linear, &y);
        let starts = [-1.2, 0.0, 1.1]
            .into_iter()
            .flat_map(|scale| [-4.0, -0.8, 2.2].into_iter().map(move |logit| vec![middle + scale, logit]));
        let mut best: (f64, Hyper) = starts.map(|hyper| (value(&hyper), hyper)).min_by(|a, b| a.0.total_cmp(&b.0))?;
        best = pattern_search(best, bounds, &[1.0, 0.5, 0.25, 0.12], &value);
        if self.settings.own_scales && self.z.ncols() > 1 {
            let mut hyper = vec![best.1[0]; self.z.ncols()];
            hyper.push(best.1[1]);
            best = pattern_search((best.0, hyper), bounds, &[1.0, 0.5, 0.25], &value);
        }
        best.0.is_finite().then_some(best.1)
    }

    /// Minus twice the restricted log likelihood, up to a constant, with the variance at its optimum.
    fn deviance(&self, hyper: &Hyper, z: &Array2<f64>, linear: &Array2<f64>, y: &Array1<f64>) -> f64 {
        let (scales, logit) = hyper.split_at(hyper.len() - 1);
        let nugget = 1.0 / (1.0 + libm::exp(-logit[0]));
        let scaled = z * &self.inverse_scales(scales);
        let mut a = self.kernel(scaled.view(), scaled.view()) * (1.0 - nugget);
        a.diag_mut().mapv_inplace(|value| value + nugget);
        restricted_deviance(a, linear, y).unwrap_or(f64::INFINITY)
    }
}

/// Minus twice the restricted log likelihood of y ~ N(linear β, σ² `a`) with β integrated out and σ² at its optimum.
fn restricted_deviance(a: Array2<f64>, linear: &Array2<f64>, y: &Array1<f64>) -> Option<f64> {
    let (n, q) = linear.dim();
    let factor = Cholesky::of(a)?;
    let both = concatenate(Axis(1), &[linear.view(), y.view().insert_axis(Axis(1))]).ok()?;
    let solved = factor.forward(both.view());
    let (u, v) = (part(&solved, 0..n, 0..q), solved.column(q));
    let mut gram = u.t().dot(&u);
    let ridge = 1e-10 * gram.diag().sum() / q as f64;
    gram.diag_mut().mapv_inplace(|value| value + ridge);
    let gram = Cholesky::of(gram)?;
    let right = u.t().dot(&v);
    let freedom = n as f64 - q as f64;
    let square = v.dot(&v);
    let left = (square - right.dot(&gram.solve_vector(right.view()))).max(1e-13 * square);
    let deviance = freedom * libm::log(left / freedom) + factor.log_determinant() + gram.log_determinant();
    deviance.is_finite().then_some(deviance)
}

/// Pattern search (Hooke & Jeeves 1961): each coordinate in turn moves a step up or down if that is an improvement;
/// steps shrink. The last coordinate is within ±[`LOGIT`], the others within the bounds.
fn pattern_search(
    start: (f64, Hyper),
    bounds: (f64, f64),
    steps: &[f64],
    value: &dyn Fn(&Hyper) -> f64,
) -> (f64, Hyper) {
    let mut best = start;
    let last = best.1.len() - 1;
    for step in steps {
        // A dozen rounds reach either bound from any start, so the search always ends.
        for _round in 0..12 {
            let before = best.0;
            for at in 0..=last {
                let (low, high) = if at == last { (-LOGIT, LOGIT) } else { bounds };
                for move_by in [*step, -step] {
                    let mut hyper = best.1.clone();
                    hyper[at] = (hyper[at] + move_by).clamp(low, high);
                    if hyper[at] == best.1[at] {
                        continue;
                    }
                    let tried = value(&hyper);
                    if tried < best.0 {
                        best = (tried, hyper);
                        break;
                    }
                }
            }
            // Gains below a hundredth of a unit of deviance have no visible effect on a curve.
            let gain = before - best.0;
            if gain.is_nan() || gain <= 0.01 {
                break;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::regression::standardised;

    fn lot(n: usize, d: usize) -> Array2<f64> {
        standardised(Array2::from_shape_fn((n, d), |(i, j)| lots::normal(31, i, j)).view())
    }

    fn error(settings: &GaussianProcess, z: &Array2<f64>, truth: &Array1<f64>, sd: f64) -> (f64, f64) {
        let y = Array1::from_shape_fn(truth.len(), |at| truth[at] + sd * lots::normal(32, at, 0));
        let design = Prepared::new(settings, z.clone());
        let (basis, search) = design.basis(y.view()).unwrap();
        let fit = basis.fit(y.view(), search).unwrap();
        let square = (&fit.fitted - truth).mapv(|rest| rest * rest).sum() / truth.len() as f64;
        (square.sqrt(), fit.freedom)
    }

    #[test]
    fn the_restricted_likelihood_of_independent_noise_is_that_of_least_squares() {
        let linear = Array2::ones((4, 1));
        let y = ndarray::array![1.0, 2.0, 3.0, 6.0];
        // Sum of squares about the mean 14, three degrees of freedom, determinant of 1ᵀ1 = 4.
        let hand = 3.0 * (14.0_f64 / 3.0).ln() + 4.0_f64.ln();
        let own = restricted_deviance(Array2::eye(4), &linear, &y).unwrap();
        assert!((own - hand).abs() < 1e-8, "{own} {hand}");
    }

    #[test]
    fn both_forms_of_the_restricted_likelihood_agree() {
        // y = linear + features γ + noise, once with n × n covariances and once with penalised coefficients.
        let (n, z) = (40, lot(40, 5));
        let linear = concatenate(Axis(1), &[Array2::ones((n, 1)).view(), part(&z, 0..n, 0..1)]).unwrap();
        let features = part(&z, 0..n, 1..5);
        let x = concatenate(Axis(1), &[linear.view(), features]).unwrap();
        let penalty = Array2::from_diag(&ndarray::array![0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        let basis = Basis::new(x, penalty, 4);
        let y = Array1::from_shape_fn(n, |at| z[[at, 2]] + lots::normal(33, at, 0));
        for lambda in [0.01_f64, 1.0, 30.0] {
            let covariance = features.dot(&features.t()) / lambda + Array2::<f64>::eye(n);
            let dense = restricted_deviance(covariance, &linear, &y).unwrap();
            assert!((dense - basis.criterion(&y, lambda.ln())).abs() < 1e-6, "{lambda}");
        }
    }

    #[test]
    fn kernels_at_a_distance_of_two_length_scales() {
        let z = ndarray::array![[0.0, 0.0], [6.0, 0.0]];
        let at = |kernel| {
            let settings = GaussianProcess { kernel, ..GaussianProcess::default() };
            let prepared = Prepared::new(&settings, z.clone());
            let scaled = &z * &prepared.inverse_scales(&[3_f64.ln(), 0.0]);
            prepared.kernel(scaled.view(), scaled.view())[[0, 1]]
        };
        let r = 2.0 * 5_f64.sqrt();
        assert!((at(Kernel::Matern52) - (1.0 + r + r * r / 3.0) * (-r).exp()).abs() < 1e-12);
        assert!((at(Kernel::SquaredExponential) - (-2_f64).exp()).abs() < 1e-12);
    }

    #[test]
    fn noise_about_a_plane_leaves_the_plane() {
        let z = lot(200, 3);
        let truth = Array1::from_shape_fn(200, |at| z[[at, 0]] - 0.5 * z[[at, 2]]);
        let (root_square, freedom) = error(&GaussianProcess::default(), &z, &truth, 1.0);
        // Four coefficients; a chi square of 12 degrees of freedom (including the deviation) is below 52 with
        // probability 1 − 1e-6.
        assert!(freedom < 12.0, "{freedom}");
        assert!(root_square < (52.0_f64 / 200.0).sqrt(), "{root_square}");
    }

    #[test]
    fn an_interaction_is_found_by_either_kernel_and_with_scales_of_its_own() {
        let z = lot(400, 2);
        let truth = Array1::from_shape_fn(400, |at| z[[at, 0]] * z[[at, 1]]);
        for kernel in [Kernel::Matern52, Kernel::SquaredExponential] {
            for own_scales in [false, true] {
                let settings = GaussianProcess { kernel, own_scales, ..GaussianProcess::default() };
                let (root_square, freedom) = error(&settings, &z, &truth, 0.3);
                // The standard deviation of the truth is 1; the remainder is noise by degrees of freedom, times 1.6 at
                // 1e-6, and as much bias.
                assert!(root_square < 2.0 * 1.6 * 0.3 * (freedom / 400.0).sqrt(), "{root_square} {freedom}");
                assert!(freedom < 60.0);
            }
        }
    }

    #[test]
    fn fewer_inducing_points_give_nearly_the_exact_curve() {
        let z = lot(300, 2);
        let truth = Array1::from_shape_fn(300, |at| (1.5 * z[[at, 0]]).sin() + z[[at, 1]] * z[[at, 0]]);
        let (exact, _) = error(&GaussianProcess::default(), &z, &truth, 0.2);
        let few = GaussianProcess { inducing_points: 150, likelihood_points: 150, ..GaussianProcess::default() };
        let (sparse, _) = error(&few, &z, &truth, 0.2);
        assert!(sparse < 1.5 * exact, "{sparse} {exact}");
    }

    #[test]
    fn copies_of_a_parameter_and_many_parameters_do_no_harm() {
        let z = lot(120, 1);
        let twins = concatenate(Axis(1), &[z.view(), z.view()]).unwrap();
        let truth = z.column(0).to_owned();
        for own_scales in [false, true] {
            let settings = GaussianProcess { own_scales, ..GaussianProcess::default() };
            assert!(error(&settings, &twins, &truth, 0.1).0 < 0.1);
        }
        let many = lot(60, 40);
        let truth = many.column(0).to_owned();
        assert!(error(&GaussianProcess::default(), &many, &truth, 0.1).0 < 1.1);
        assert!(error(&GaussianProcess::default(), &Array2::zeros((60, 0)), &truth, 0.1).0 < 1.1);
    }
}

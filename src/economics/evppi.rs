//! Expected value of partial perfect information (EVPPI): the value of eliminating uncertainty about one parameter or a
//! group.
//!
//! EVPPI = E[max over strategies of E(NB | φ)] − max E(NB). The inner expectation is a regression of cost and effect,
//! each relative to the comparator, on the parameters φ: a penalised cubic spline for one, a Gaussian process for a
//! group. Costs and effects are regressed separately, so one fit serves every willingness to pay. The regression also
//! removes the Monte Carlo error of the simulation. Sources: Strong, Oakley & Brennan, Medical Decision Making 34
//! (2014), pages 311-326; Wood (2017) for the splines.

use ndarray::{Array1, Array2, Axis};

use super::acceptability::{check_wtp, perfect_information};
use super::psa::{DrawMeans, Parameters};
use crate::stats::gaussian::{GaussianProcess, Prepared};
use crate::stats::lots;
use crate::stats::regression::{Basis, RegressionFit, SplineBasis, standardised};

/// Method of regressing net benefit on parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A penalised cubic regression spline with at most this many knots; for one parameter.
    Spline {
        /// Knots, at quantiles of the parameter. The penalty controls the smoothness, so ten are nearly always enough.
        knots: usize,
    },
    /// A Gaussian process; for one parameter or a group.
    GaussianProcess(GaussianProcess),
}

impl Method {
    /// The default: a spline of ten knots for one parameter, a Gaussian process with one length scale for more.
    pub fn usual(parameters: usize) -> Method {
        if parameters == 1 { Method::Spline { knots: 10 } } else { Method::GaussianProcess(GaussianProcess::default()) }
    }
}

/// Estimation of standard errors: residuals, each multiplied by a standard normal random number, are added to the
/// fitted values and smoothed again.
///
/// This samples the normal distribution of the fitted values, with a covariance that allows for heteroscedastic noise
/// that costs and effects of all strategies share (Gaussian wild bootstrap).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// Repeats; 100 give a standard error to within 7 %. With none, the error of the fit and the bias are not
    /// estimated.
    pub repeats: usize,
    /// Seed of the random numbers.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Bootstrap {
        Bootstrap { repeats: 100, seed: 1 }
    }
}

/// The expected value of partial perfect information at one willingness to pay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evppi {
    /// Willingness to pay, in euro per QALY.
    pub wtp: f64,
    /// The estimate from the fitted values, in euro; at least 0.
    pub evppi: f64,
    /// Standard error: `se_fit` and `se_draws` combined.
    pub se: f64,
    /// Part due to noise in the regression, by bootstrap; `None` without repeats.
    pub se_fit: Option<f64>,
    /// Part due to the finite number of parameter draws.
    pub se_draws: f64,
    /// Bias: how far the estimate exceeds the true value according to the bootstrap, net of the loss by smoothing;
    /// `None` without repeats.
    pub bias: Option<f64>,
    /// The estimate minus its bias, in euro, at least 0; the estimate itself without repeats.
    pub corrected: f64,
}

/// One regressed column, cost or effect of a strategy against the comparator.
#[derive(Clone, Debug)]
struct RegressedColumn {
    strategy: usize,
    of_cost: bool,
    basis: usize,
    fit: RegressionFit,
    /// Residuals, scaled up for the degrees of freedom of the fit.
    rest: Array1<f64>,
}

/// Fits one response, adding a basis if it needs its own, and returns the index of the basis with the fit.
type Fitter<'a> = dyn FnMut(&Array1<f64>, &mut Vec<Basis>) -> Option<(usize, RegressionFit)> + 'a;

/// Costs and effects of all strategies relative to the comparator, regressed on a group of parameters.
#[derive(Clone, Debug)]
pub struct Regression {
    fitted: DrawMeans,
    bases: Vec<Basis>,
    responses: Vec<RegressedColumn>,
}

/// Regresses costs and effects relative to the comparator on a group of parameters, given by their columns.
///
/// Draws should be independent or stratified, not copies of one another.
///
/// # Errors
/// Different numbers of draws of means and parameters; no parameter, an unknown or repeated one; a spline of several
/// parameters or with fewer than three knots; fewer than eight draws.
pub fn regress(
    means: &DrawMeans,
    parameters: &Parameters,
    group: &[usize],
    method: &Method,
) -> Result<Regression, String> {
    let values = parameters.values();
    check_group(means, parameters, group)?;
    let phi = values.select(Axis(1), group);
    let shape = (means.draws(), means.strategies().len());
    let mut it = Regression {
        fitted: means.with(constant(shape, &means.expected_cost()), constant(shape, &means.expected_effect())),
        bases: Vec::new(),
        responses: Vec::new(),
    };
    match method {
        Method::Spline { knots } => {
            if group.len() != 1 {
                return Err(format!("a spline of {} parameters; give one, or use a Gaussian process", group.len()));
            }
            if *knots < 3 {
                return Err(format!("a spline of {knots} knots; give at least three"));
            }
            let spline = SplineBasis::new(phi.column(0), *knots);
            it.bases.push(spline.basis.clone());
            it.respond(means, &mut |y, _bases| Some((0, spline.fit(y.view())?)))?;
        }
        Method::GaussianProcess(settings) => {
            let design = Prepared::new(settings, standardised(phi.view()));
            it.respond(means, &mut |y, bases| {
                let (basis, search) = design.basis(y.view())?;
                let fit = basis.fit(y.view(), search)?;
                bases.push(basis);
                Some((bases.len() - 1, fit))
            })?;
        }
    }
    Ok(it)
}

/// Expected value of partial perfect information of a group of parameters, over willingness to pay.
///
/// # Errors
/// As [`regress`], and a negative or non-finite willingness to pay.
pub fn evppi(
    means: &DrawMeans,
    parameters: &Parameters,
    group: &[usize],
    method: &Method,
    wtp: &[f64],
    bootstrap: Bootstrap,
) -> Result<Vec<Evppi>, String> {
    check_wtp(wtp)?;
    regress(means, parameters, group, method)?.evppi(wtp, bootstrap)
}

impl Regression {
    /// Fits every column that varies.
    fn respond(&mut self, means: &DrawMeans, fit: &mut Fitter<'_>) -> Result<(), String> {
        let comparator = means.comparator();
        for of_cost in [true, false] {
            let all = if of_cost { means.cost() } else { means.effect() };
            let base = all.column(comparator);
            let level = base.sum() / base.len() as f64;
            for strategy in (0..all.ncols()).filter(|strategy| *strategy != comparator) {
                let y = &all.column(strategy) - &base;
                let n = y.len() as f64;
                let mean = y.sum() / n;
                // Variation due to rounding of sums is not fitted.
                let size = all.column(strategy).iter().chain(&base).fold(0.0, |most: f64, own| own.abs().max(most));
                if y.iter().all(|own| (own - mean).abs() <= 1e-13 * size) {
                    continue;
                }
                let what = if of_cost { "cost" } else { "effect" };
                let (basis, fit) = fit(&y, &mut self.bases).ok_or_else(|| {
                    format!("the {what} of `{}` could not be regressed", means.strategies()[strategy])
                })?;
                let enlarge = (n / (n - fit.freedom).max(1.0)).sqrt();
                let rest = (&y - &fit.fitted) * enlarge;
                self.fitted.replace(strategy, of_cost, &fit.fitted + level);
                self.responses.push(RegressedColumn { strategy, of_cost, basis, fit, rest });
            }
        }
        Ok(())
    }

    /// Fitted costs and effects: the comparator at its expected values, others at these plus the fitted difference.
    /// They are the expectations given the parameters, without Monte Carlo error and without the effects of all other
    /// parameters, for any acceptability curve.
    pub fn fitted(&self) -> &DrawMeans {
        &self.fitted
    }

    /// Effective degrees of freedom of the fitted cost and effect of a strategy relative to the comparator; 1 is a
    /// constant.
    pub fn freedom(&self, strategy: usize) -> (f64, f64) {
        let of = |of_cost| {
            let found = self.responses.iter().find(|it| it.strategy == strategy && it.of_cost == of_cost);
            found.map_or(1.0, |it| it.fit.freedom)
        };
        (of(true), of(false))
    }

    /// Expected value of partial perfect information over willingness to pay.
    ///
    /// # Errors
    /// A negative or non-finite willingness to pay, or none at all.
    pub fn evppi(&self, wtp: &[f64], bootstrap: Bootstrap) -> Result<Vec<Evppi>, String> {
        check_wtp(wtp)?;
        let n = self.fitted.draws() as f64;
        let mut repeats = vec![Vec::with_capacity(bootstrap.repeats); wtp.len()];
        // In batches: products of matrices are fast, and memory use stays small.
        for from in (0..bootstrap.repeats).step_by(32) {
            let to = (from + 32).min(bootstrap.repeats);
            for again in self.again(from, to, bootstrap.seed) {
                for (own, wtp) in repeats.iter_mut().zip(wtp) {
                    own.push(perfect_information(again.net_benefit(*wtp).view()).0);
                }
            }
        }
        let estimate = |(wtp, repeats): (&f64, &Vec<f64>)| {
            let (evppi, variance) = perfect_information(self.fitted.net_benefit(*wtp).view());
            let spread = mean_and_sd(repeats);
            let bias = spread.map(|(mean, _)| mean - evppi);
            let (se_fit, se_draws) = (spread.map(|(_, sd)| sd), (variance / n).sqrt());
            Evppi {
                wtp: *wtp,
                evppi,
                se: libm::hypot(se_draws, se_fit.unwrap_or(0.0)),
                se_fit,
                se_draws,
                bias,
                corrected: (evppi - bias.unwrap_or(0.0)).max(0.0),
            }
        };
        Ok(wtp.iter().zip(&repeats).map(estimate).collect())
    }

    /// Bootstrap repeats of the fitted values.
    fn again(&self, from: usize, to: usize, seed: u64) -> Vec<DrawMeans> {
        let n = self.fitted.draws();
        let lots = Array2::from_shape_fn((n, to - from), |(row, repeat)| lots::normal(seed, from + repeat, row));
        let mut all = vec![self.fitted.clone(); to - from];
        for it in &self.responses {
            let base = if it.of_cost { self.fitted.cost() } else { self.fitted.effect() };
            // The comparator is the same in all draws.
            let level = base[[0, self.fitted.comparator()]];
            let mut y = lots.clone();
            for (mut row, (fitted, rest)) in y.outer_iter_mut().zip(it.fit.fitted.iter().zip(&it.rest)) {
                row.mapv_inplace(|lot| fitted + lot * rest);
            }
            let smooth = self.bases[it.basis].smooth(&it.fit, y.view());
            for (means, column) in all.iter_mut().zip(smooth.columns()) {
                means.replace(it.strategy, it.of_cost, &column + level);
            }
        }
        all
    }
}

fn constant(shape: (usize, usize), values: &[f64]) -> Array2<f64> {
    Array2::from_shape_fn(shape, |(_, strategy)| values[strategy])
}

fn mean_and_sd(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    Some((mean, (square / (n - 1.0)).sqrt()))
}

fn check_group(means: &DrawMeans, parameters: &Parameters, group: &[usize]) -> Result<(), String> {
    let (rows, columns) = parameters.values().dim();
    if rows != means.draws() {
        return Err(format!("{rows} draws of parameters and {} of results; give the same", means.draws()));
    }
    if rows < 8 {
        return Err(format!("{rows} draws are too few to regress on; give at least eight"));
    }
    if group.is_empty() {
        return Err("no parameter; give at least one".to_owned());
    }
    for (at, parameter) in group.iter().enumerate() {
        if *parameter >= columns {
            return Err(format!("no parameter {parameter}: there are {columns}"));
        }
        if group[..at].contains(parameter) {
            return Err(format!("the parameter `{}` is given twice", parameters.names()[*parameter]));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::acceptability::{acceptability, normal_loss};
    use super::*;

    /// 4.9 standard errors leave 1e-6; with an error estimated to 7 % by 100 repeats, 5.5 do.
    const SIGMAS: f64 = 5.5;
    const WTP: f64 = 20_000.0;

    fn parameters(n: usize, columns: usize, seed: u64) -> Parameters {
        let names = (0..columns).map(|at| format!("p{at}")).collect();
        Parameters::new(names, Array2::from_shape_fn((n, columns), |(i, j)| lots::normal(seed, i, j))).unwrap()
    }

    /// Two strategies (or more) whose incremental net benefit at [`WTP`] is given in euro, three quarters of it as
    /// effect.
    fn with_nb(n: usize, strategies: usize, nb: impl Fn(usize, usize) -> f64) -> DrawMeans {
        let shape = (n, strategies);
        let part = |i: usize, s: usize| if s == 0 { 0.0 } else { nb(i, s) };
        // Components that all strategies share cancel.
        let shared = |i: usize| 5000.0 * lots::normal(99, i, 0);
        let cost = Array2::from_shape_fn(shape, |(i, s)| shared(i) - 0.25 * part(i, s));
        let effect = Array2::from_shape_fn(shape, |(i, s)| 0.75 * part(i, s) / WTP);
        let names = (0..strategies).map(|at| format!("s{at}")).collect();
        DrawMeans::new(names, 0, cost, effect).unwrap()
    }

    fn at_wtp(means: &DrawMeans, parameters: &Parameters, group: &[usize], method: &Method) -> Evppi {
        evppi(means, parameters, group, method, &[WTP], Bootstrap::default()).unwrap()[0]
    }

    /// The tolerance: both parts of the error, and the absolute bias according to the bootstrap.
    fn assert_near(it: &Evppi, truth: f64) {
        let tolerance = SIGMAS * it.se + it.bias.unwrap().abs();
        assert!((it.evppi - truth).abs() < tolerance, "{truth}: {it:?}");
        assert!((it.corrected - truth).abs() < tolerance, "{truth}: {it:?}");
    }

    #[test]
    fn linear_net_benefit_with_normal_parameters_has_the_unit_normal_loss() {
        // INB = 200 + 600 θ0 + 800 θ1 + 0 θ2 + 500 noise.
        let n = 1000;
        let p = parameters(n, 4, 41);
        let v = p.values();
        let means = with_nb(n, 2, |i, _| 200.0 + 600.0 * v[[i, 0]] + 800.0 * v[[i, 1]] + 500.0 * v[[i, 3]]);
        let spline = Method::usual(1);
        assert_near(&at_wtp(&means, &p, &[0], &spline), normal_loss(200.0, 600.0));
        assert_near(&at_wtp(&means, &p, &[1], &spline), normal_loss(200.0, 800.0));
        let process = Method::GaussianProcess(GaussianProcess::default());
        assert_near(&at_wtp(&means, &p, &[0], &process), normal_loss(200.0, 600.0));
        let both = at_wtp(&means, &p, &[0, 1], &Method::usual(2));
        assert_near(&both, normal_loss(200.0, 1000.0));
        let own = Method::GaussianProcess(GaussianProcess { own_scales: true, ..GaussianProcess::default() });
        let same = at_wtp(&means, &p, &[0, 1], &own);
        assert!((same.evppi - both.evppi).abs() < both.se, "{same:?} {both:?}");
        // All parameters: the value of perfect information itself, for these draws.
        let all = at_wtp(&means, &p, &[0, 1, 2, 3], &Method::usual(4));
        let evpi = acceptability(&means, &[WTP]).unwrap().evpi[0];
        assert!((all.evppi - evpi).abs() < 1.0, "{all:?} {evpi}");
    }

    #[test]
    fn the_tolerance_of_theory_holds_too() {
        // As above with θ0 alone, with a tolerance from sampling theory instead of the bootstrap. Gain g = max(0, f)
        // with f ~ N(m, a²) and m > 0 has loss l = max(0, −f): E l = L, E l² = (m² + a²) Φ(−m/a) − m a φ(m/a). Noise of
        // sd b affects the mean of g through at most all draws: b/√n. An error variance p b²/n of fitted values near 0
        // adds density × variance / 2.
        use statrs::distribution::{Continuous, ContinuousCDF, Normal};
        let (n, m, a, b) = (1000, 200.0, 600.0, 943.4);
        let p = parameters(n, 2, 43);
        let v = p.values();
        let means = with_nb(n, 2, |i, _| m + a * v[[i, 0]] + b * v[[i, 1]]);
        let it = at_wtp(&means, &p, &[0], &Method::usual(1));
        let unit = Normal::standard();
        let loss = normal_loss(m, a);
        let square = (m * m + a * a) * unit.cdf(-m / a) - m * a * unit.pdf(m / a);
        let root = (n as f64).sqrt();
        let bias = unit.pdf(m / a) / a * 10.0 * b * b / n as f64 / 2.0;
        let tolerance = 4.9 * ((square - loss * loss) + b * b).sqrt() / root + bias;
        assert!((it.evppi - loss).abs() < tolerance, "{it:?} {loss} {tolerance}");
        assert!(it.se * root < ((square - loss * loss) + b * b).sqrt() * 1.4);
        assert!(it.se_draws * root > (square - loss * loss).sqrt() * 0.7);
    }

    #[test]
    fn a_parameter_without_influence_is_worth_nothing() {
        let n = 800;
        let p = parameters(n, 3, 44);
        let v = p.values();
        let sd = 1000.0;
        let means = with_nb(n, 2, |i, _| sd * v[[i, 1]]);
        for method in [Method::usual(1), Method::usual(2)] {
            let it = at_wtp(&means, &p, &[0], &method);
            // The mean of max(0, f), minus max(0, mean f), is at most half the standard deviation of f; n times its
            // square over the noise variance is at most a chi square with the ten columns as degrees of freedom: below
            // 48.4 with probability 1 − 1e-6.
            assert!(it.evppi < 0.5 * sd * (48.4 / n as f64).sqrt(), "{it:?}");
            // Both curves can only tilt: one degree of freedom, 23.9.
            assert!(it.corrected < 0.5 * sd * (23.9 / n as f64).sqrt(), "{it:?}");
        }
    }

    #[test]
    fn a_parabola_and_a_product_are_found_where_straight_lines_find_nothing() {
        let n = 600;
        let p = parameters(n, 3, 45);
        let v = p.values();
        // E max(0, θ² − 1) = 2 φ(1).
        let means = with_nb(n, 2, |i, _| 1000.0 * (v[[i, 0]] * v[[i, 0]] - 1.0) + 500.0 * v[[i, 2]]);
        let truth = 1000.0 * 2.0 * (-0.5_f64).exp() / (2.0 * std::f64::consts::PI).sqrt();
        // The value of two strategies is (mean |f| − |mean f|) / 2. The error covers the first; the second would be 0
        // in the limit and is at most 4.9 of its standard errors, half of which may be missing.
        let kink = |variance: f64| 0.5 * 4.9 * (variance / n as f64).sqrt();
        let it = at_wtp(&means, &p, &[0], &Method::usual(1));
        assert!((it.evppi - truth).abs() < SIGMAS * it.se + kink(2.0e6 + 0.25e6), "{it:?} {truth}");
        assert!((it.evppi - truth).abs() < 0.5 * truth);
        // E max(0, a θ0 θ1) = a/π; either parameter alone has no value.
        let means = with_nb(n, 2, |i, _| 1000.0 * v[[i, 0]] * v[[i, 1]] + 300.0 * v[[i, 2]]);
        let truth = 1000.0 / std::f64::consts::PI;
        for own_scales in [false, true] {
            let method = Method::GaussianProcess(GaussianProcess { own_scales, ..GaussianProcess::default() });
            let it = at_wtp(&means, &p, &[0, 1], &method);
            assert!((it.evppi - truth).abs() < SIGMAS * it.se + kink(1.09e6), "{it:?} {truth}");
        }
        // As without influence, but noise increases with θ0²: its fourth moment is 3.
        let alone = at_wtp(&means, &p, &[0], &Method::usual(1));
        assert!(alone.evppi < 0.5 * (1.09e6 * 48.4 / n as f64 * 3.0).sqrt(), "{alone:?}");
    }

    #[test]
    fn three_strategies_that_are_equal_in_expectation() {
        // E max(0, X, Y) of independent standard normals = (2 + √2) / (2 √(2π)); the means of draws reduce it by
        // O(1/√n).
        let n = 1500;
        let p = parameters(n, 4, 46);
        let v = p.values();
        let means = with_nb(n, 3, |i, s| 1000.0 * v[[i, s - 1]] + 600.0 * v[[i, 2]] * s as f64);
        let full = (2.0 + 2_f64.sqrt()) / (2.0 * (2.0 * std::f64::consts::PI).sqrt()) * 1000.0;
        let it = at_wtp(&means, &p, &[0, 1], &Method::usual(2));
        // The largest of three means of noise: at most 4.9 of the larger standard error, √(1000² + 1200²) / √n.
        let kink = 4.9 * (2.44e6 / n as f64).sqrt();
        assert!((it.evppi - full).abs() < SIGMAS * it.se + kink, "{it:?} {full}");
        assert!((it.evppi - full).abs() < 0.2 * full);
    }

    #[test]
    fn the_standard_error_is_the_spread_over_analyses_and_the_bias_is_corrected() {
        let (n, analyses) = (200, 150);
        let truth = normal_loss(100.0, 500.0);
        let mut found = Vec::new();
        for seed in 0..analyses {
            let p = parameters(n, 2, 1000 + seed);
            let v = p.values();
            let means = with_nb(n, 2, |i, _| 100.0 + 500.0 * v[[i, 0]] + 1500.0 * v[[i, 1]]);
            let bootstrap = Bootstrap { repeats: 60, seed };
            found.push(evppi(&means, &p, &[0], &Method::usual(1), &[WTP], bootstrap).unwrap()[0]);
        }
        let (_, spread) = mean_and_sd(&found.iter().map(|it| it.evppi).collect::<Vec<_>>()).unwrap();
        let stated = (found.iter().map(|it| it.se * it.se).sum::<f64>() / analyses as f64).sqrt();
        // A standard deviation from 150 values has a relative error of 1/√298 = 5.8 %: 4.9 of them are 28 %.
        assert!((stated / spread).ln().abs() < 0.28, "{stated} {spread}");
        let (mean, _) = mean_and_sd(&found.iter().map(|it| it.corrected).collect::<Vec<_>>()).unwrap();
        assert!((mean - truth).abs() < 4.9 * spread / (analyses as f64).sqrt(), "{mean} {truth} {spread}");
    }

    #[test]
    fn luck_of_the_simulation_is_taken_out_and_draws_stay_as_they_are_without_it() {
        let n = 300;
        let p = parameters(n, 2, 48);
        let v = p.values();
        let means = with_nb(n, 2, |i, _| 500.0 * v[[i, 0]] + 2000.0 * lots::normal(49, i, 0));
        let fit = regress(&means, &p, &[0, 1], &Method::usual(2)).unwrap();
        let nb = fit.fitted().incremental_net_benefit(WTP);
        let error = (0..n).map(|i| (nb[[i, 1]] - 500.0 * v[[i, 0]]).powi(2)).sum::<f64>();
        // A chi square of 20 degrees of freedom is below 65.4 with probability 1 − 1e-6; the deviation rarely uses that
        // many.
        assert!(error < 65.4 * 2000.0 * 2000.0, "{error}");
        let (cost, effect) = fit.freedom(1);
        assert!(cost < 20.0 && effect < 20.0 && fit.freedom(0) == (1.0, 1.0));
        // Expected values are preserved.
        for (own, want) in fit.fitted().expected_cost().iter().zip(means.expected_cost()) {
            assert!((own - want).abs() < 1e-6 * want.abs().max(1.0));
        }
    }

    #[test]
    fn nonsense_is_refused_or_answered_but_never_a_panic() {
        for n in [8, 9, 30] {
            let values = Array2::from_shape_fn((n, 4), |(i, j)| match j {
                0 => 1.0,
                1 => f64::from(u8::from(i == 0)) * 1e12,
                2 => (3.0 * lots::normal(51, i, 0)).exp(),
                _ => i as f64 * 1e-300,
            });
            let names = (0..4).map(|at| format!("p{at}")).collect();
            let p = Parameters::new(names, values).unwrap();
            for size in [1e-200, 1.0, 1e150, 1e300] {
                let means = with_nb(n, 3, |i, s| size * lots::normal(52, i, s));
                for points in [0, 1, 3, 1000] {
                    for own_scales in [false, true] {
                        let settings = GaussianProcess {
                            own_scales,
                            likelihood_points: points,
                            inducing_points: points,
                            ..GaussianProcess::default()
                        };
                        let method = Method::GaussianProcess(settings);
                        let bootstrap = Bootstrap { repeats: 3, seed: 1 };
                        if let Ok(all) = evppi(&means, &p, &[0, 1, 2, 3], &method, &[0.0, 1.0], bootstrap) {
                            assert!(size > 1e200 || all.iter().all(|it| it.evppi >= 0.0), "{all:?}");
                        }
                    }
                }
                for parameter in 0..4 {
                    let it = evppi(&means, &p, &[parameter], &Method::usual(1), &[1.0], Bootstrap::default());
                    assert!(size > 1e100 || it.unwrap()[0].evppi >= 0.0);
                }
            }
        }
    }

    #[test]
    fn edges_strategies_alike_no_repeats_and_faults() {
        let p = parameters(20, 2, 50);
        let same = with_nb(20, 3, |_, _| 0.0);
        let it = at_wtp(&same, &p, &[0], &Method::usual(1));
        assert_eq!((it.evppi, it.se, it.bias, it.corrected), (0.0, 0.0, Some(0.0), 0.0));
        let none = Bootstrap { repeats: 0, seed: 1 };
        let means = with_nb(20, 2, |i, _| p.values()[[i, 0]]);
        let it = evppi(&means, &p, &[0], &Method::usual(1), &[WTP], none).unwrap()[0];
        assert_eq!((it.se_fit, it.bias, it.corrected), (None, None, it.evppi));
        let told = |means: &DrawMeans, group: &[usize], method: Method, wtp: f64| {
            evppi(means, &p, group, &method, &[wtp], none).unwrap_err()
        };
        assert!(told(&means, &[], Method::usual(1), 1.0).contains("at least one"));
        assert!(told(&means, &[2], Method::usual(1), 1.0).contains("no parameter 2"));
        assert!(told(&means, &[0, 0], Method::usual(2), 1.0).contains("twice"));
        assert!(told(&means, &[0, 1], Method::usual(1), 1.0).contains("spline"));
        assert!(told(&means, &[0], Method::Spline { knots: 2 }, 1.0).contains("three"));
        assert!(told(&means, &[0], Method::usual(1), -1.0).contains("willingness"));
        assert!(told(&with_nb(9, 2, |_, _| 0.0), &[0], Method::usual(1), 1.0).contains("9 of results"));
    }
}

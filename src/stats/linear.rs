//! Linear algebra for regressions: Cholesky factors, eigenvalues of small symmetric matrices, a cubic spline basis.
//!
//! Matrix products use `ndarray`, whose kernel depends on the processor: the last bits may differ between machines.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayBase, ArrayView1, ArrayView2, ArrayViewMut2, Axis, Data, DataMut, Ix2, Slice};

/// Block size of the Cholesky factorisation; the rest is matrix products, which are faster.
const BLOCK: usize = 48;
/// A pivot below this fraction of its diagonal is rounding error: the matrix is not positive definite.
const PIVOT: f64 = 1e-14;

/// Some rows and columns of a matrix. (The macro `s!` of ndarray contains unsafe code, which keten forbids.)
pub(crate) fn part<S: Data<Elem = f64>>(
    matrix: &ArrayBase<S, Ix2>,
    rows: Range<usize>,
    columns: Range<usize>,
) -> ArrayView2<'_, f64> {
    let mut view = matrix.view();
    view.slice_axis_inplace(Axis(0), Slice::from(rows));
    view.slice_axis_inplace(Axis(1), Slice::from(columns));
    view
}

/// As [`part`], mutable.
pub(crate) fn part_mut<S: DataMut<Elem = f64>>(
    matrix: &mut ArrayBase<S, Ix2>,
    rows: Range<usize>,
    columns: Range<usize>,
) -> ArrayViewMut2<'_, f64> {
    let mut view = matrix.view_mut();
    view.slice_axis_inplace(Axis(0), Slice::from(rows));
    view.slice_axis_inplace(Axis(1), Slice::from(columns));
    view
}

/// The lower triangle L of a symmetric positive definite matrix A = L Lᵀ.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    lower: Array2<f64>,
}

impl Cholesky {
    /// Factorises a matrix, of which the lower triangle is read; `None` if it is not positive definite in double
    /// precision.
    pub(crate) fn of(matrix: Array2<f64>) -> Option<Cholesky> {
        let n = matrix.nrows();
        if matrix.ncols() != n {
            return None;
        }
        let diagonal = matrix.diag().to_owned();
        let mut a = matrix;
        for from in (0..n).step_by(BLOCK) {
            let to = (from + BLOCK).min(n);
            factor_block(part_mut(&mut a, from..n, from..to), &diagonal.as_slice()?[from..to])?;
            if to < n {
                let panel = part(&a, to..n, from..to).to_owned();
                general_mat_mul(-1.0, &panel, &panel.t(), 1.0, &mut part_mut(&mut a, to..n, to..n));
            }
        }
        for row in 0..n {
            part_mut(&mut a, row..row + 1, row + 1..n).fill(0.0);
        }
        Some(Cholesky { lower: a })
    }

    /// Logarithm of the determinant of the matrix.
    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * self.lower.diag().iter().map(|pivot| libm::log(*pivot)).sum::<f64>()
    }

    /// Solves L X = B for columns of B.
    pub(crate) fn forward(&self, right: ArrayView2<'_, f64>) -> Array2<f64> {
        let n = self.lower.nrows();
        let mut x = right.to_owned();
        for from in (0..n).step_by(BLOCK) {
            let to = (from + BLOCK).min(n);
            let (done, rest) = x.view_mut().split_at(Axis(0), from);
            let (mut here, _) = rest.split_at(Axis(0), to - from);
            general_mat_mul(-1.0, &part(&self.lower, from..to, 0..from), &done, 1.0, &mut here);
            for row in from..to {
                let (before, mut at) = here.view_mut().split_at(Axis(0), row - from);
                let mut at = at.row_mut(0);
                for (earlier, values) in before.outer_iter().enumerate() {
                    at.scaled_add(-self.lower[[row, from + earlier]], &values);
                }
                at /= self.lower[[row, row]];
            }
        }
        x
    }

    /// Solves Lᵀ X = B for columns of B.
    fn backward(&self, right: ArrayView2<'_, f64>) -> Array2<f64> {
        let n = self.lower.nrows();
        let mut x = right.to_owned();
        for from in (0..n).step_by(BLOCK).rev() {
            let to = (from + BLOCK).min(n);
            let (front, done) = x.view_mut().split_at(Axis(0), to);
            let (_, mut here) = front.split_at(Axis(0), from);
            general_mat_mul(-1.0, &part(&self.lower, to..n, from..to).t(), &done, 1.0, &mut here);
            for row in (from..to).rev() {
                let (mut upto, after) = here.view_mut().split_at(Axis(0), row - from + 1);
                let mut at = upto.row_mut(row - from);
                for (later, values) in after.outer_iter().enumerate() {
                    at.scaled_add(-self.lower[[row + 1 + later, row]], &values);
                }
                at /= self.lower[[row, row]];
            }
        }
        x
    }

    /// Solves A X = B for columns of B.
    pub(crate) fn solve(&self, right: ArrayView2<'_, f64>) -> Array2<f64> {
        self.backward(self.forward(right).view())
    }

    /// Solves A x = b.
    pub(crate) fn solve_vector(&self, right: ArrayView1<'_, f64>) -> Array1<f64> {
        self.solve(right.insert_axis(Axis(1))).remove_axis(Axis(1))
    }
}

/// Factorises the leading square of a panel and solves the rows below it, column by column.
fn factor_block(mut panel: ArrayViewMut2<'_, f64>, diagonal: &[f64]) -> Option<()> {
    for column in 0..panel.ncols() {
        let (done, mut rest) = panel.view_mut().split_at(Axis(1), column);
        let own = done.row(column).to_owned();
        let mut here = rest.column_mut(0);
        for row in column..here.len() {
            here[row] -= done.row(row).dot(&own);
        }
        let pivot = here[column];
        if pivot.is_nan() || pivot <= PIVOT * diagonal[column].abs() {
            return None;
        }
        let root = pivot.sqrt();
        here[column] = root;
        here.iter_mut().skip(column + 1).for_each(|value| *value /= root);
    }
    Some(())
}

/// Eigenvalues of a symmetric matrix and its eigenvectors as columns, by descending eigenvalue (Jacobi rotations).
///
/// Intended for some tens of rows.
pub(crate) fn eigen(matrix: ArrayView2<'_, f64>) -> (Array1<f64>, Array2<f64>) {
    let n = matrix.nrows();
    let mut a = matrix.to_owned();
    let mut vectors = Array2::eye(n);
    let size: f64 = a.iter().map(|value| value * value).sum();
    for _sweep in 0..60 {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|at| a[at] * a[at]).sum();
        // Rotations converge quadratically: the remainder is below the rounding error of the eigenvalues.
        if off <= 1e-30 * size {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|i, j| a[[*j, *j]].total_cmp(&a[[*i, *i]]));
    (order.iter().map(|at| a[[*at, *at]]).collect(), vectors.select(Axis(1), &order))
}

/// One rotation that eliminates the element (p, q).
fn rotate(a: &mut Array2<f64>, vectors: &mut Array2<f64>, p: usize, q: usize) {
    if a[[p, q]] == 0.0 {
        return;
    }
    let theta = (a[[q, q]] - a[[p, p]]) / (2.0 * a[[p, q]]);
    let tangent = 1.0_f64.copysign(theta) / (theta.abs() + libm::hypot(theta, 1.0));
    let cosine = 1.0 / libm::hypot(tangent, 1.0);
    let sine = tangent * cosine;
    let n = a.nrows();
    for k in 0..n {
        let (x, y) = (a[[k, p]], a[[k, q]]);
        a[[k, p]] = cosine * x - sine * y;
        a[[k, q]] = sine * x + cosine * y;
    }
    for k in 0..n {
        let (x, y) = (a[[p, k]], a[[q, k]]);
        a[[p, k]] = cosine * x - sine * y;
        a[[q, k]] = sine * x + cosine * y;
    }
    for k in 0..n {
        let (x, y) = (vectors[[k, p]], vectors[[k, q]]);
        vectors[[k, p]] = cosine * x - sine * y;
        vectors[[k, q]] = sine * x + cosine * y;
    }
}

/// Natural cubic regression splines in the form of Wood (Generalized Additive Models, 2nd edition 2017, section 5.3.1):
/// the coefficients are the values at the knots, and the penalty is the integral of the squared second derivative.
#[derive(Clone, Debug)]
pub(crate) struct CubicSpline {
    knots: Vec<f64>,
    /// Second derivatives at the knots, as a linear map of the values there.
    curvature: Array2<f64>,
    /// βᵀ `penalty` β is the integral of the squared second derivative.
    pub(crate) penalty: Array2<f64>,
}

impl CubicSpline {
    /// The spline with these knots; `None` if they are not increasing, or fewer than three.
    pub(crate) fn new(knots: Vec<f64>) -> Option<CubicSpline> {
        let k = knots.len();
        let gaps: Vec<f64> = knots.windows(2).map(|pair| pair[1] - pair[0]).collect();
        if k < 3 || !gaps.iter().all(|gap| *gap > 0.0) {
            return None;
        }
        let mut second = Array2::zeros((k - 2, k));
        let mut band = Array2::zeros((k - 2, k - 2));
        for i in 0..k - 2 {
            second[[i, i]] = 1.0 / gaps[i];
            second[[i, i + 1]] = -1.0 / gaps[i] - 1.0 / gaps[i + 1];
            second[[i, i + 2]] = 1.0 / gaps[i + 1];
            band[[i, i]] = (gaps[i] + gaps[i + 1]) / 3.0;
            if i > 0 {
                band[[i, i - 1]] = gaps[i] / 6.0;
                band[[i - 1, i]] = gaps[i] / 6.0;
            }
        }
        let inner = Cholesky::of(band)?.solve(second.view());
        let penalty = second.t().dot(&inner);
        let mut curvature = Array2::zeros((k, k));
        part_mut(&mut curvature, 1..k - 1, 0..k).assign(&inner);
        Some(CubicSpline { knots, curvature, penalty })
    }

    /// The row of the basis at a point; beyond the outer knots the spline is linear.
    pub(crate) fn row(&self, at: f64) -> Array1<f64> {
        let last = self.knots.len() - 1;
        let inside = at.clamp(self.knots[0], self.knots[last]);
        let left = self.knots[1..last].partition_point(|knot| *knot <= inside);
        let (from, to) = (self.knots[left], self.knots[left + 1]);
        let gap = to - from;
        let (down, up) = (to - inside, inside - from);
        let bend = |side: f64| (side * side * side / gap - gap * side) / 6.0;
        let slope = |side: f64| (3.0 * side * side / gap - gap) / 6.0;
        let beyond = at - inside;
        let mut row = Array1::zeros(last + 1);
        row[left] = down / gap - beyond / gap;
        row[left + 1] = up / gap + beyond / gap;
        row.scaled_add(bend(down) - beyond * slope(down), &self.curvature.row(left));
        row.scaled_add(bend(up) + beyond * slope(up), &self.curvature.row(left + 1));
        row
    }

    /// Rows of the basis at many points.
    pub(crate) fn rows(&self, at: &[f64]) -> Array2<f64> {
        let mut rows = Array2::zeros((at.len(), self.knots.len()));
        for (mut row, place) in rows.outer_iter_mut().zip(at) {
            row.assign(&self.row(*place));
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::lots;

    fn lot(rows: usize, columns: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, columns), |(i, j)| lots::normal(7, i, j))
    }

    fn largest(matrix: &Array2<f64>) -> f64 {
        matrix.iter().fold(0.0, |most, value| value.abs().max(most))
    }

    #[test]
    fn a_cholesky_factor_gives_back_the_matrix_and_solves_it() {
        // Sizes below, at and above block boundaries. Entries are of size n, so rounding is of size n² times 1e-16.
        for n in [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5] {
            let root = lot(n, n + 5);
            let matrix = root.dot(&root.t());
            let factor = Cholesky::of(matrix.clone()).unwrap();
            assert!(largest(&(factor.lower.dot(&factor.lower.t()) - &matrix)) < 1e-10);
            let right = lot(n, 3);
            assert!(largest(&(matrix.dot(&factor.solve(right.view())) - &right)) < 1e-8);
            let one = factor.solve_vector(right.column(1));
            assert!(largest(&(one.insert_axis(Axis(1)) - part(&factor.solve(right.view()), 0..n, 1..2))) < 1e-12);
        }
    }

    #[test]
    fn the_determinant_of_a_matrix_by_hand() {
        let matrix = ndarray::array![[4.0, 2.0], [2.0, 3.0]];
        assert!((Cholesky::of(matrix).unwrap().log_determinant() - 8_f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn matrices_that_are_not_positive_definite_have_no_factor() {
        assert!(Cholesky::of(ndarray::array![[1.0, 2.0], [2.0, 1.0]]).is_none());
        assert!(Cholesky::of(ndarray::array![[1.0, 1.0], [1.0, 1.0]]).is_none());
        assert!(Cholesky::of(ndarray::array![[f64::NAN]]).is_none());
        assert!(Cholesky::of(Array2::zeros((2, 3))).is_none());
    }

    #[test]
    fn eigenvectors_rebuild_the_matrix_in_falling_order() {
        let root = lot(12, 8);
        let matrix = root.dot(&root.t());
        let (values, vectors) = eigen(matrix.view());
        assert!(values.windows(2).into_iter().all(|pair| pair[0] >= pair[1]));
        // Twelve rows from eight columns: the last four eigenvalues are 0.
        assert!(values.iter().skip(8).all(|value| value.abs() < 1e-12 * values[0]));
        let rebuilt = (&vectors * &values).dot(&vectors.t());
        assert!(largest(&(rebuilt - matrix)) < 1e-12 * values[0]);
        assert!(largest(&(vectors.t().dot(&vectors) - Array2::<f64>::eye(12))) < 1e-13);
    }

    #[test]
    fn a_spline_of_a_straight_line_is_that_line_everywhere_and_costs_no_penalty() {
        let spline = CubicSpline::new(vec![-1.0, 0.0, 0.5, 2.0, 3.0]).unwrap();
        let values: Array1<f64> = [-1.0, 0.0, 0.5, 2.0, 3.0].iter().map(|x| 2.0 + 3.0 * x).collect();
        for at in [-4.0, -1.0, -0.3, 0.5, 1.7, 3.0, 5.0] {
            assert!((spline.row(at).dot(&values) - 2.0 - 3.0 * at).abs() < 1e-12);
        }
        assert!(values.dot(&spline.penalty.dot(&values)).abs() < 1e-12);
    }

    #[test]
    fn a_spline_passes_through_its_values_smoothly_and_its_penalty_is_the_integral() {
        let knots = [0.0, 1.0, 1.5, 3.0, 4.0];
        let spline = CubicSpline::new(knots.to_vec()).unwrap();
        let values = ndarray::array![1.0, -1.0, 2.0, 0.0, 0.5];
        let value = |at: f64| spline.row(at).dot(&values);
        for (knot, want) in knots.iter().zip(&values) {
            assert!((value(*knot) - want).abs() < 1e-12);
        }
        // Left and right slopes at each knot, over steps whose square is the error.
        let h = 1e-5;
        for knot in knots {
            let (left, right) = ((value(knot) - value(knot - h)) / h, (value(knot + h) - value(knot)) / h);
            assert!((left - right).abs() < 1e-3, "{knot}: {left} {right}");
        }
        // The second derivative is linear between knots, so Simpson's rule is exact on each interval.
        let second = spline.curvature.dot(&values);
        let integral: f64 = (0..4)
            .map(|i| {
                let (a, b) = (second[i], second[i + 1]);
                (knots[i + 1] - knots[i]) * (a * a + a * b + b * b) / 3.0
            })
            .sum();
        assert!((values.dot(&spline.penalty.dot(&values)) - integral).abs() < 1e-10);
        assert!(CubicSpline::new(vec![0.0, 0.0, 1.0]).is_none());
        assert!(CubicSpline::new(vec![0.0, 1.0]).is_none());
    }
}
